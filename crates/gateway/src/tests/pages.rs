//! Pages, signing in, asks and notices of the browser UI.

use std::time::{Duration, Instant};

use super::support::{House, SESSION, TICKET, request};
use crate::ui::WATCHERS_MAX;

fn cookie() -> String {
    format!("cookie: hai_net_session={SESSION}\r\n")
}

fn asking(more: &str) -> String {
    format!("{}content-type: application/json\r\n{more}", cookie())
}

#[tokio::test]
async fn every_response_carries_the_headers_that_keep_other_pages_out() {
    let house = House::open().await;
    for (path, lines) in [
        ("/", ""),
        ("/health", ""),
        ("/v1/models", ""),
        ("/nothing", ""),
    ] {
        let reply = house.send("GET", path, lines, "").await;
        let policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
                      img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; \
                      base-uri 'none'; form-action 'self'";
        for (name, value) in [
            ("content-security-policy", policy),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(reply.header(name), Some(value), "{path}");
        }
    }
}

#[tokio::test]
async fn first_page_is_there_also_without_a_built_ui() {
    let house = House::open().await;
    let reply = house.send("GET", "/", "accept: text/html\r\n", "").await;
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(
        reply.body.to_lowercase().contains("<!doctype html>"),
        "{}",
        reply.body
    );
    if crate::pages::ui_file("/", true).is_none() {
        assert!(
            reply
                .body
                .contains("The browser UI is not built in: run cargo xtask run")
        );
    } else {
        let tag = reply.header("etag").expect("a tag");
        let lines = format!("if-none-match: {tag}\r\n");
        assert_eq!(house.send("GET", "/", &lines, "").await.status, 304);
        let place = house
            .send("GET", "/settings", "accept: text/html\r\n", "")
            .await;
        assert_eq!(
            place.body, reply.body,
            "places of the UI get its first page"
        );
    }
}

#[tokio::test]
async fn link_signs_in_once_and_then_says_what_to_do() {
    let house = House::open().await;
    let path = format!("/sign-in?ticket={TICKET}");
    let head = house.send("HEAD", &path, "", "").await;
    assert_eq!(head.status, 405, "a look does not use the ticket up");
    let ahead = house
        .send("GET", &path, "sec-purpose: prefetch;prerender\r\n", "")
        .await;
    assert_eq!(ahead.status, 403, "loading ahead does not either");
    let clicked = house
        .send("GET", &path, "sec-fetch-site: cross-site\r\n", "")
        .await;
    assert_eq!(clicked.status, 403, "nor does a click on another site");
    let reply = house
        .send("GET", &path, "sec-fetch-site: none\r\n", "")
        .await;
    assert_eq!(reply.status, 303, "{reply:?}");
    assert_eq!(reply.header("location"), Some("/"));
    let set = "hai_net_session=good-session; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000";
    assert_eq!(reply.header("set-cookie"), Some(set));
    for path in [
        path.as_str(),
        "/sign-in?ticket=wrong",
        "/sign-in?ticket=",
        "/sign-in",
        "/sign-in?x",
    ] {
        let again = house.send("GET", path, "", "").await;
        assert_eq!(again.status, 403, "{path}");
        assert!(
            again.body.contains("hai-net open"),
            "it says what to do: {}",
            again.body
        );
        assert_eq!(again.header("set-cookie"), None);
    }
}

#[tokio::test]
async fn ask_of_the_owner_is_answered_and_a_fault_comes_whole() {
    let house = House::open().await;
    let lines = asking("x-hai-net: 1\r\n");
    let reply = house
        .send(
            "POST",
            "/ui/ask",
            &lines,
            r#"{"ask":"ShowStatus","with":{}}"#,
        )
        .await;
    assert_eq!(
        (reply.status, reply.body.as_str()),
        (200, r#"{"fine":true}"#)
    );
    let id = "018c0000-0000-7000-8000-000000000000";
    let stop =
        format!(r#"{{"ask":"StopAnswer","with":{{"answer":"{id}","conversation":"{id}"}}}}"#);
    let reply = house.send("POST", "/ui/ask", &lines, &stop).await;
    assert_eq!(reply.status, 404, "{reply:?}");
    let fault = &reply.json()["fault"];
    assert_eq!(fault["code"], "not_found");
    assert_eq!(fault["message"], "There is no answer.");
}

#[tokio::test]
async fn browser_cannot_ask_for_a_way_in_or_end_the_hub() {
    let house = House::open().await;
    let lines = asking("x-hai-net: 1\r\n");
    for ask in ["MakeSignInLink", "StopHub", "RestartHub"] {
        let body = format!(r#"{{"ask":"{ask}","with":{{}}}}"#);
        let reply = house.send("POST", "/ui/ask", &lines, &body).await;
        assert_eq!(reply.status, 403, "{ask}");
        assert_eq!(reply.json()["fault"]["code"], "not_allowed");
    }
    let body = r#"{"ask":"CreateToken","with":{"label":"x"}}"#;
    assert_eq!(
        house.send("POST", "/ui/ask", &lines, body).await.status,
        403
    );
    assert!(
        house.hall.asked.lock().expect("no panic").is_empty(),
        "the hub heard none of it"
    );
}

#[tokio::test]
async fn ask_that_a_form_could_send_is_refused() {
    let house = House::open().await;
    let body = r#"{"ask":"ShowStatus","with":{}}"#;
    for (lines, status) in [
        (asking(""), 403),
        (asking("x-hai-net: 0\r\n"), 403),
        (format!("{}x-hai-net: 1\r\n", cookie()), 415),
        (
            format!("{}x-hai-net: 1\r\ncontent-type: text/plain\r\n", cookie()),
            415,
        ),
    ] {
        let reply = house.send("POST", "/ui/ask", &lines, body).await;
        assert_eq!(reply.status, status, "{lines}");
        assert!(reply.json()["fault"]["message"].is_string());
    }
    let lines = asking("x-hai-net: 1\r\n");
    for body in [
        "",
        "{}",
        r#"{"ask":"OpenSesame","with":{}}"#,
        "nonsense with secret words",
    ] {
        let reply = house.send("POST", "/ui/ask", &lines, body).await;
        assert_eq!(reply.status, 400, "{body}");
        assert_eq!(reply.json()["fault"]["code"], "invalid_ask");
        assert!(
            !reply.body.contains("secret"),
            "what was sent is not repeated"
        );
    }
}

#[tokio::test]
async fn watch_begins_with_watching_and_ends_with_the_hub() {
    let house = House::open().await;
    let mut line = house.line().await;
    line.send(&request(house.address(), "GET", "/ui/watch", &cookie(), ""))
        .await;
    let (status, head) = line.head().await.expect("a response");
    assert_eq!(status, 200);
    assert!(head.contains("content-type: text/event-stream"), "{head}");
    line.until(br#"data: {"notice":"watching","version":"1"}"#)
        .await
        .expect("the first notice");
    let began = Instant::now();
    house.hall.closing.cancel();
    line.until(br#"data: {"notice":"hub_closing"}"#)
        .await
        .expect("the last notice");
    assert!(line.closed().await);
    house.serving.ended().await;
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "a watch does not hold the hub up"
    );
}

#[tokio::test]
async fn watchers_are_bounded_and_one_that_leaves_makes_room() {
    let house = House::open().await;
    let ask = request(house.address(), "GET", "/ui/watch", &cookie(), "");
    let mut watchers = Vec::new();
    for _ in 0..WATCHERS_MAX {
        let mut line = house.line().await;
        line.send(&ask).await;
        assert_eq!(line.head().await.expect("a response").0, 200);
        watchers.push(line);
    }
    let reply = house.send("GET", "/ui/watch", &cookie(), "").await;
    assert_eq!(reply.status, 429);
    assert_eq!(reply.json()["fault"]["code"], "busy");
    watchers.pop();
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let mut line = house.line().await;
        line.send(&ask).await;
        if line.head().await.expect("a response").0 == 200 {
            break;
        }
        assert!(Instant::now() < deadline, "the place comes free");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
