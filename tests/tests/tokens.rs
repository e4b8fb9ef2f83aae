//! What a token opens, how much it may have, and what is counted: on the real programs.

use acceptance::home::Home;
use acceptance::hub::Hub;
use acceptance::{http, tell};
use contract::usage::{ReadUsage, UsageBy, UsageCaller, UsageReport};
use serde_json::{Value, json};

const CHAT: &str = "/v1/chat/completions";

fn token(home: &Home, more: &[&str]) -> String {
    let made = home.ask_json(&[&["token", "create", "--label"], more].concat());
    made["token"].as_str().expect("a token").to_owned()
}

fn chat(hub: &Hub, token: &str) -> http::Response {
    let body = json!({
        "model": "gpt-4",
        "messages": [{"role": "user", "content": "Say hello."}],
        "max_tokens": 8,
    });
    http::post_json(hub.port, CHAT, token, &body).expect("an answer")
}

fn retry_after(answer: &http::Response) -> u64 {
    let seconds = answer.header("retry-after").expect("when to come back");
    seconds.parse().expect("seconds")
}

fn usage(hub: &Hub, by: UsageBy) -> UsageReport {
    let by = vec![by];
    hub.ask(ReadUsage { days: 2, by }).expect("figures")
}

#[test]
fn token_opens_its_scopes_only_and_its_rate_and_quota_hold_also_after_a_crash() {
    let hub = Hub::fresh();
    let narrow = token(&hub.home, &["narrow", "--scope", "models"]);
    let bearer = format!("Bearer {narrow}");
    let list = http::get(hub.port, "/v1/models", &[("Authorization", &bearer)]);
    assert_eq!(list.expect("an answer").status, 200);
    let refused = chat(&hub, &narrow);
    assert_eq!(refused.status, 403, "{}", refused.body);

    let seldom = token(&hub.home, &["seldom", "--rate", "2"]);
    assert_eq!(chat(&hub, &seldom).status, 200);
    assert_eq!(chat(&hub, &seldom).status, 200);
    let refused = chat(&hub, &seldom);
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert!((1..=60).contains(&retry_after(&refused)));

    let little = token(&hub.home, &["little", "--quota-tokens", "10"]);
    let first = chat(&hub, &little);
    assert_eq!(first.status, 200, "{}", first.body);
    for (path, body) in [
        (
            CHAT,
            json!({"messages": [{"role": "user", "content": "a"}]}),
        ),
        (
            "/v1/messages",
            json!({"max_tokens": 1, "messages": [{"role": "user", "content": "a"}]}),
        ),
        (
            "/api/chat",
            json!({"model": "gpt-4", "stream": false, "messages": [{"role": "user", "content": "a"}]}),
        ),
    ] {
        let refused = http::post_json(hub.port, path, &little, &body).expect("an answer");
        assert_eq!(refused.status, 429, "{path}: {}", refused.body);
        assert!((1..=86_400).contains(&retry_after(&refused)), "{path}");
    }
    // What is counted is written every few seconds, and read in between.
    let _ = usage(&hub, UsageBy::Caller);
    let hub = hub.kill().serve();
    assert_eq!(
        chat(&hub, &little).status,
        429,
        "a crash gives nothing back"
    );

    let wrong = hub.home.hai_net(&[
        "token", "create", "--label", "x", "--scope", "all", "--json",
    ]);
    assert_eq!(wrong.ended(2).fault_code(), "invalid_ask");
}

#[test]
fn use_is_counted_for_the_person_and_each_token_and_estimated_only_as_stated() {
    let hub = Hub::start(Home::new().owned());
    let laptop = token(&hub.home, &["laptop"]);
    let answer = chat(&hub, &laptop);
    let told = &answer.json()["usage"];
    let sent = hub.say("Hello.").expect("sent");
    let own = hub.ended(sent);
    let embedded = http::post_json(
        hub.port,
        "/v1/embeddings",
        &laptop,
        &json!({"model": "gpt-4", "input": "a"}),
    );
    assert_eq!(embedded.expect("an answer").status, 200);

    let report = usage(&hub, UsageBy::Caller);
    let row = |is_it: &dyn Fn(&UsageCaller) -> bool| {
        let found = report
            .rows
            .iter()
            .find(|row| row.caller.as_ref().is_some_and(is_it));
        found.unwrap_or_else(|| panic!("a row: {report:?}")).sums
    };
    let counted = row(
        &|who| matches!(who, UsageCaller::Token { label: Some(label), .. } if label == "laptop"),
    );
    assert_eq!(counted.requests, 2);
    let number = |value: &Value| value.as_u64().expect("a number");
    assert_eq!(
        counted.completion_tokens,
        number(&told["completion_tokens"])
    );
    assert!(
        counted.prompt_tokens > number(&told["prompt_tokens"]),
        "the vector too"
    );
    let mine = row(&|who| *who == UsageCaller::Own);
    let used = own.usage.expect("what it used");
    assert_eq!(mine.completion_tokens, u64::from(used.completion_tokens));
    assert_eq!(report.total.stated_wh, None, "nobody stated watts");
    assert!(report.total.busy_ms > 0);

    for (key, value) in [("usage.watts", "36"), ("usage.price_per_kwh", "0.5")] {
        let _ = hub.home.hai_net(&["settings", "set", key, value]).ended(0);
    }
    let report = usage(&hub, UsageBy::Model);
    let sums = report.total;
    if sums.measured_wh.is_none() {
        let about = 36.0 * f64::from(u32::try_from(sums.busy_ms).expect("short")) / 3_600_000.0;
        let stated = sums.stated_wh.expect("36 W were stated");
        assert!(
            (stated - about).abs() < 0.01 * about + 1e-4,
            "{stated} Wh, not {about}"
        );
        let cost = sums.cost.expect("a price was stated");
        assert!((cost - stated * 0.5 / 1_000.0).abs() < 1e-9, "{cost}");
    }
    let shown = hub.home.hai_net(&["usage", "--days", "1"]).ended(0);
    assert!(shown.stdout.contains("laptop"), "{shown:?}");
    assert!(
        shown.stdout.contains("36 W, stated by you"),
        "the formula: {shown:?}"
    );
    tell(&shown.stdout);
}
