//! Clients that are slow, huge or wrong: each gets an answer with a type, others are served meanwhile, and
//! the memory of the hub stays bounded.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use acceptance::hub::Hub;
use acceptance::{http, process, tell};
use serde_json::{Value, json};

const CHAT: &str = "/v1/chat/completions";

/// Clients of each slow kind.
const SLOW: usize = 20;

/// How much more memory the hub may hold after all of it, in MB: some bodies that the allocator keeps.
const GROWTH_MAX_MB: u64 = 160;

struct Door {
    hub: Hub,
    token: String,
}

impl Door {
    fn open() -> Self {
        let hub = Hub::fresh();
        let made = hub.home.ask_json(&["token", "create", "--label", "rough"]);
        let token = made["token"].as_str().expect("a token").to_owned();
        Self { hub, token }
    }

    fn post(&self, path: &str, body: &str) -> http::Response {
        let bearer = format!("Bearer {}", self.token);
        let headers = [
            ("Content-Type", "application/json"),
            ("Authorization", bearer.as_str()),
        ];
        http::request(self.hub.port, &format!("POST {path}"), &headers, body).expect("an answer")
    }

    fn head(&self, path: &str, length: usize) -> String {
        format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n",
            self.hub.port, self.token
        )
    }

    fn line(&self) -> TcpStream {
        let line = TcpStream::connect(("127.0.0.1", self.hub.port)).expect("open");
        let patience = Some(Duration::from_secs(60));
        line.set_read_timeout(patience).expect("a patience");
        line
    }

    fn answers(&self) {
        let begun = Instant::now();
        let body = json!({"messages": [{"role": "user", "content": "Hi."}], "max_tokens": 1});
        let answer = self.post(CHAT, &body.to_string());
        assert_eq!(answer.status, 200, "{}", answer.body);
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(10), "others wait {took:?}");
    }

    fn rss_mb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.hub.pid()));
        let status = status.expect("the hub runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        kib.and_then(|kib| kib.trim().parse::<u64>().ok())
            .expect("a number")
            / 1_024
    }
}

#[test]
fn slow_clients_keep_nobody_else_out_and_lose_their_connection() {
    let door = Door::open();
    door.answers();
    let before = door.rss_mb();
    let body = json!({
        "messages": [{"role": "user", "content": "Tell a very long story."}],
        "max_tokens": 2_000,
        "stream": true,
    })
    .to_string();
    let mut heads: Vec<TcpStream> = (0..SLOW).map(|_| door.line()).collect();
    let mut bodies: Vec<TcpStream> = (0..SLOW).map(|_| door.line()).collect();
    let mut unread: Vec<TcpStream> = (0..SLOW).map(|_| door.line()).collect();
    for line in &mut bodies {
        line.write_all(door.head(CHAT, 1_000_000).as_bytes())
            .expect("open");
    }
    for line in &mut unread {
        let whole = door.head(CHAT, body.len()) + &body;
        line.write_all(whole.as_bytes()).expect("open");
    }
    let begun = Instant::now();
    let head = format!(
        "GET /health HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nX: ",
        door.hub.port
    );
    let mut letters = head.bytes().chain(std::iter::repeat(b'x'));
    // Longer than the patience with a head, and as long as that with a body.
    while begun.elapsed() < Duration::from_secs(32) {
        let letter = [letters.next().expect("endless")];
        for line in heads.iter_mut().chain(&mut bodies) {
            // Those that lost their connection cannot be written to.
            let _ = line.write_all(&letter);
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    drop(unread);
    door.answers();
    for line in &mut heads {
        let mut rest = Vec::new();
        let _ = line.read_to_end(&mut rest);
        assert!(!rest.starts_with(b"HTTP/1.1 200"), "a head without an end");
    }
    for line in &mut bodies {
        let mut rest = [0; 12];
        let _ = line.read(&mut rest);
        assert_eq!(
            &rest, b"HTTP/1.1 408",
            "a body that takes too long is told so"
        );
    }
    let after = door.rss_mb();
    tell(format_args!(
        "memory of the hub: {before} MB, then {after} MB"
    ));
    assert!(
        after < before + GROWTH_MAX_MB,
        "{before} MB, then {after} MB"
    );
    assert!(process::runs(door.hub.pid()));
}

#[test]
fn what_is_huge_deep_or_wrong_gets_an_error_with_a_type_and_costs_no_memory() {
    let door = Door::open();
    door.answers();
    let before = door.rss_mb();
    for path in [CHAT, "/v1/messages", "/api/chat"] {
        for (what, body, statuses) in &cases() {
            let answer = door.post(path, body);
            let is_expected = statuses.contains(&answer.status)
                // These two name a model or a bound first.
                || (path != CHAT && answer.status == 400);
            assert!(
                is_expected,
                "{path}, {what}: {} {}",
                answer.status, answer.body
            );
            if answer.status != 200 {
                let error = &answer.json()["error"];
                assert!(
                    error.is_object() || error.is_string(),
                    "{path}, {what}: {}",
                    answer.body
                );
            }
        }
    }
    door.answers();
    let after = door.rss_mb();
    tell(format_args!(
        "memory of the hub: {before} MB, then {after} MB"
    ));
    assert!(
        after < before + GROWTH_MAX_MB,
        "{before} MB, then {after} MB"
    );
}

/// Requests that are huge, deep or wrong: what they are, their body, and what a chat may answer.
fn cases() -> Vec<(&'static str, String, &'static [u16])> {
    let ask = |content: Value| json!({"messages": [{"role": "user", "content": content}]});
    let many: Vec<Value> = (0..100_000)
        .map(|_| json!({"role": "user", "content": "a"}))
        .collect();
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    vec![
        (
            "10 MB",
            ask(json!("word ".repeat(2_000_000))).to_string(),
            &[413],
        ),
        (
            "7 MB",
            ask(json!("word ".repeat(1_400_000))).to_string(),
            &[400],
        ),
        (
            "many messages",
            json!({ "messages": many }).to_string(),
            &[400],
        ),
        (
            "deep",
            format!("{{\"messages\": {}}}", deep(100_000)),
            &[400],
        ),
        (
            "deep in a schema",
            json!({"messages": [{"role": "user", "content": "a"}],
            "response_format": {"type": "json_schema", "json_schema": {"name": "x",
            "schema": nested(60)}}})
            .to_string(),
            &[400, 200],
        ),
        (
            "a number for messages",
            json!({"messages": 5}).to_string(),
            &[400],
        ),
        (
            "an object for text",
            ask(json!({"a": 1})).to_string(),
            &[400],
        ),
        ("null", "null".to_owned(), &[400]),
        ("not JSON", "\u{0}{".to_owned(), &[400]),
        (
            "a text for a number",
            json!({"messages": [{"role": "user", "content": "a"}],
            "temperature": "hot"})
            .to_string(),
            &[400],
        ),
        (
            "numbers beyond all",
            json!({"messages": [{"role": "user", "content": "a"}],
            "max_tokens": 1e300})
            .to_string(),
            &[400],
        ),
    ]
}

/// A schema within a schema, so many times.
fn nested(depth: usize) -> Value {
    (0..depth).fold(json!({"type": "string", "maxLength": 1}), |inner, _| {
        json!({"type": "object", "properties": {"a": inner}, "required": ["a"],
               "additionalProperties": false})
    })
}
