//! Security invariant 1: every combination of Host, Origin, credential, method and route over raw
//! sockets, against a table of rules that is written here a second time.

use std::net::SocketAddr;

use super::support::{House, Line, SESSION, TOKEN};

/// What a header does to a request: nothing, or the status with which it is refused.
type Verdict = Option<u16>;

fn hosts(at: SocketAddr) -> Vec<(String, Verdict)> {
    let port = at.port();
    let other = if port == 1 { 2 } else { port - 1 };
    vec![
        (format!("host: 127.0.0.1:{port}\r\n"), None),
        (format!("host: localhost:{port}\r\n"), None),
        (format!("Host: LOCALHOST:{port}\r\n"), None),
        (format!("host: [::1]:{port}\r\n"), None),
        (String::new(), Some(400)),
        (
            format!("host: 127.0.0.1:{port}\r\nhost: 127.0.0.1:{port}\r\n"),
            Some(400),
        ),
        (
            format!("host: 127.0.0.1:{port}\r\nhost: evil.example\r\n"),
            Some(400),
        ),
        ("host: \r\n".to_owned(), Some(403)),
        ("host: 127.0.0.1\r\n".to_owned(), Some(403)),
        (format!("host: 127.0.0.1:{other}\r\n"), Some(403)),
        (format!("host: evil.example:{port}\r\n"), Some(403)),
        (
            format!("host: 127.0.0.1.evil.example:{port}\r\n"),
            Some(403),
        ),
        (format!("host: localhost.:{port}\r\n"), Some(403)),
        (format!("host: 127.1:{port}\r\n"), Some(403)),
        (format!("host: 2130706433:{port}\r\n"), Some(403)),
        (format!("host: 0.0.0.0:{port}\r\n"), Some(403)),
        (format!("host: 192.168.1.1:{port}\r\n"), Some(403)),
        (
            format!("host: evil.example@127.0.0.1:{port}\r\n"),
            Some(403),
        ),
    ]
}

/// Lines about where a request comes from. `OWN` stands for the Host as it was sent.
const ORIGINS: [(&str, Verdict); 17] = [
    ("", None),
    ("origin: http://OWN\r\n", None),
    (
        "origin: http://OWN\r\nsec-fetch-site: same-origin\r\n",
        None,
    ),
    ("sec-fetch-site: none\r\nsec-fetch-mode: navigate\r\n", None),
    ("origin: null\r\n", Some(403)),
    ("origin: \r\n", Some(403)),
    ("origin: https://OWN\r\n", Some(403)),
    ("origin: http://evil.example\r\n", Some(403)),
    ("origin: http://OWN.evil.example\r\n", Some(403)),
    ("origin: http://OWN/\r\n", Some(403)),
    ("origin: http://127.0.0.1:3000\r\n", Some(403)),
    ("origin: tauri://localhost\r\n", Some(403)),
    ("origin: http://OWN\r\norigin: http://OWN\r\n", Some(403)),
    ("sec-fetch-site: cross-site\r\n", Some(403)),
    ("sec-fetch-site: same-site\r\n", Some(403)),
    (
        "sec-fetch-site: same-origin\r\nsec-fetch-site: none\r\n",
        Some(403),
    ),
    (
        "origin: http://OWN\r\nsec-fetch-site: cross-site\r\n",
        Some(403),
    ),
];

/// Credentials: the lines, whether they open `/v1`, whether they open `/ui`.
fn credentials() -> Vec<(String, bool, bool)> {
    let cookie = format!("cookie: hai_net_session={SESSION}\r\n");
    let bearer = format!("authorization: Bearer {TOKEN}\r\n");
    let key = format!("x-api-key: {TOKEN}\r\n");
    let wrong = "authorization: Bearer hai_sk_wrong\r\n";
    vec![
        (String::new(), false, false),
        (bearer.clone(), true, false),
        (key.clone(), true, false),
        (cookie.clone(), false, true),
        (format!("{bearer}{cookie}"), true, true),
        (wrong.to_owned(), false, false),
        (format!("{wrong}{cookie}"), false, true),
        (format!("{bearer}x-api-key: hai_sk_wrong\r\n"), false, false),
        (format!("{bearer}{wrong}"), false, false),
        (format!("authorization: Basic {TOKEN}\r\n"), false, false),
        (format!("authorization: Bearer {SESSION}\r\n"), false, false),
        (format!("cookie: hai_net_session={TOKEN}\r\n"), false, false),
        (
            format!("{cookie}cookie: hai_net_session=planted\r\n"),
            false,
            false,
        ),
        ("cookie: hai_net_session=\r\n".to_owned(), false, false),
    ]
}

#[derive(Clone, Copy, PartialEq)]
enum Opens {
    Anyone,
    Token,
    Session,
    Either,
}

const METHODS: [&str; 7] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND",
];

/// Routes: the path, the body, what opens it, and the status by method once it is open.
const ROUTES: [(&str, &str, Opens, [u16; 7]); 11] = [
    ("/", "", Opens::Anyone, [200, 200, 404, 404, 404, 404, 404]),
    ("/nothing", "", Opens::Anyone, [404; 7]),
    (
        "/health",
        "",
        Opens::Anyone,
        [200, 200, 405, 405, 405, 405, 405],
    ),
    (
        "/.well-known/hai-net.json",
        "",
        Opens::Anyone,
        [200, 200, 405, 405, 405, 405, 405],
    ),
    (
        "/sign-in?ticket=wrong",
        "",
        Opens::Anyone,
        [403, 405, 405, 405, 405, 405, 405],
    ),
    (
        "/metrics",
        "",
        Opens::Either,
        [200, 200, 405, 405, 405, 405, 405],
    ),
    (
        "/v1/models",
        "",
        Opens::Token,
        [200, 200, 405, 405, 405, 405, 405],
    ),
    ("/v1/openai-compat/nothing", "", Opens::Token, [404; 7]),
    (
        "/v1/openai-compat/v1/chat/completions",
        r#"{"messages":[{"role":"user","content":"say hi"}]}"#,
        Opens::Token,
        [405, 405, 200, 405, 405, 405, 405],
    ),
    (
        "/ui/ask",
        r#"{"ask":"ShowStatus","with":{}}"#,
        Opens::Session,
        [405, 405, 200, 405, 405, 405, 405],
    ),
    (
        "/ui/watch",
        "",
        Opens::Session,
        [200, 405, 405, 405, 405, 405, 405],
    ),
];

/// Tries the whole table, or with `step` over 1 every so manieth host and origin.
async fn check(house: &House, token_optional: bool, step: usize) -> usize {
    let mut line = house.line().await;
    let mut count = 0;
    for (host, host_verdict) in hosts(house.address()).into_iter().step_by(step) {
        let named = host
            .trim_end()
            .rsplit(": ")
            .next()
            .unwrap_or_default()
            .to_owned();
        for (origin, origin_verdict) in ORIGINS.into_iter().step_by(step) {
            let origin = origin.replace("OWN", &named);
            for (shown, token, session) in credentials() {
                // Where none is needed, showing none is enough; showing a wrong one is not.
                let bare = !shown.contains("authorization") && !shown.contains("x-api-key");
                let api = token || (token_optional && bare);
                for (path, body, opens, statuses) in ROUTES {
                    let open = match opens {
                        Opens::Anyone => true,
                        Opens::Token => api,
                        Opens::Session => session,
                        Opens::Either => token || session,
                    };
                    for (method, status) in METHODS.into_iter().zip(statuses) {
                        let denied = (!open).then_some(401);
                        let expected = host_verdict.or(origin_verdict).or(denied).unwrap_or(status);
                        let head = format!(
                            "{method} {path} HTTP/1.1\r\n{host}{origin}{shown}x-hai-net: 1\r\n\
                             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                            body.len()
                        );
                        let got = status_of(house, &mut line, method, &head).await;
                        assert_eq!(got, expected, "optional {token_optional}\n{head}");
                        count += 1;
                    }
                }
            }
        }
    }
    count
}

async fn status_of(house: &House, line: &mut Line, method: &str, head: &str) -> u16 {
    line.send(head).await;
    let (status, headers) = line.head().await.expect("a response");
    if headers.contains("text/event-stream") || method == "HEAD" {
        // A watch has no end, and after HEAD nothing tells that the next bytes are no body.
        *line = house.line().await;
        return status;
    }
    let length = headers
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|length| length.parse::<usize>().ok())
        .unwrap_or_else(|| panic!("no length after\n{head}\n{headers}"));
    line.skip(length).await;
    if headers.contains("connection: close") {
        *line = house.line().await;
    }
    status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_combination_of_host_origin_credential_method_and_route_is_judged_by_the_rules() {
    let house = House::open().await;
    let count = check(&house, false, 1).await;
    assert!(count > 100_000, "only {count} combinations were tried");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_token_is_required_nothing_else_is_more_open() {
    let house = House::with(false).await;
    check(&house, true, 3).await;
}

#[tokio::test]
async fn refusal_without_a_token_is_an_error_object_that_says_how_to_sign_in() {
    let house = House::open().await;
    let reply = house.send("GET", "/v1/models", "", "").await;
    assert_eq!(reply.status, 401);
    assert_eq!(
        reply.header("www-authenticate"),
        Some("Bearer realm=\"HAI-Net\"")
    );
    let error = &reply.json()["error"];
    assert_eq!(error["type"], "authentication_error");
    assert_eq!(error["code"], "missing_api_key");
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.contains("hai-net token create"))
    );
    let signed_out = house.send("GET", "/ui/watch", "", "").await.json();
    assert_eq!(
        signed_out["fault"]["code"], "not_allowed",
        "the UI gets a fault: {signed_out}"
    );
}

#[tokio::test]
async fn foreign_origin_is_refused_even_with_a_good_token() {
    let house = House::open().await;
    let lines = format!("authorization: Bearer {TOKEN}\r\norigin: http://evil.example\r\n");
    let reply = house.send("GET", "/v1/models", &lines, "").await;
    assert_eq!(reply.status, 403);
    assert_eq!(reply.json()["error"]["code"], "origin_not_allowed");
    assert_eq!(
        reply.header("access-control-allow-origin"),
        None,
        "no page may read this"
    );
}

#[tokio::test]
async fn target_in_absolute_form_must_name_the_same_host() {
    let house = House::open().await;
    let at = house.address();
    for (target, status) in [
        (format!("http://{at}/health"), 200),
        ("http://evil.example/health".to_owned(), 403),
        (format!("http://localhost:{}/health", at.port()), 403),
        (format!("https://{at}/health"), 403),
        (format!("ftp://{at}/health"), 403),
        (format!("http://user@{at}/health"), 403),
    ] {
        let reply = house.send("GET", &target, "", "").await;
        assert_eq!(reply.status, status, "{target}");
    }
    let connect = house.send("CONNECT", "evil.example:443", "", "").await;
    assert_eq!(connect.status, 403, "we are no proxy");
}
