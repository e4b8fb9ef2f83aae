//! The person's way in the terminal: ask, read, export, delete, make tokens, look, change, stop.

use std::io::Read;
use std::process::Stdio;
use std::time::Instant;

use acceptance::home::Home;
use acceptance::{exit, hub, process, wait};
use contract::conversation::MessageState;
use serde_json::json;

#[test]
fn question_that_is_piped_in_is_answered_with_nothing_prepared_but_the_model() {
    let home = Home::new();
    let ran = home.hai_net_fed(&["chat"], Some("hi\n")).ended(0);
    assert!(!ran.stdout.trim().is_empty(), "an answer: {ran:#?}");
    let list = home.ask_json(&["conversations", "list"]);
    assert_eq!(
        list["conversations"][0]["title"], "hi",
        "the conversation is kept: {list}"
    );
}

#[test]
fn answer_comes_to_the_terminal_word_by_word() {
    let hub = hub::Hub::fresh();
    let mut command = hub
        .home
        .hai_net_command(&["chat", "Tell me about the sea in ten sentences."]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let mut stdout = child.stdout.take().expect("it was asked for");
    let (mut pieces, mut text, mut buffer) = (0, Vec::new(), [0; 4096]);
    loop {
        // Each read returns what is there: an answer that came whole would be one piece.
        match stdout.read(&mut buffer).expect("it can be read") {
            0 => break,
            length => {
                pieces += 1;
                text.extend_from_slice(&buffer[..length]);
            }
        }
    }
    assert!(child.wait().expect("it was started").success());
    let text = String::from_utf8(text).expect("text");
    assert!(pieces >= 3, "{pieces} pieces of: {text}");
    let listed = hub.home.ask_json(&["conversations", "show", "last"]);
    let answer = &listed["messages"][1];
    assert_eq!(
        answer["text"].as_str().unwrap_or_default().trim(),
        text.trim(),
        "the same is kept"
    );
    // How long the model goes on is its own matter: it may reach the limit of an answer.
    let state = answer["state"]["is"].as_str();
    assert!(
        matches!(state, Some("done" | "cut_off")),
        "it ended by itself: {listed}"
    );
    assert!(
        answer["usage"]["completion_tokens"].as_u64() > Some(0),
        "its cost: {listed}"
    );
}

#[test]
fn conversation_goes_on_where_it_ended() {
    let hub = hub::Hub::fresh();
    let first = hub.home.ask_json(&["chat", "My name is Ada."]);
    let second = hub
        .home
        .ask_json(&["chat", "-c", "last", "What did I just tell you?"]);
    assert_eq!(first["conversation"], second["conversation"]);
    let shown = hub.home.ask_json(&["conversations", "show", "last"]);
    let roles: Vec<_> = shown["messages"].as_array().into_iter().flatten().collect();
    assert_eq!(roles.len(), 4, "two questions and two answers: {shown}");
    assert_eq!(
        roles[2]["parent"], first["answer"],
        "the second answers the first"
    );
}

#[test]
fn conversations_are_listed_found_shown_exported_renamed_and_deleted() {
    let hub = hub::Hub::fresh();
    let home = &hub.home;
    for text in ["The zebra stands by the river.", "Something else."] {
        let _ = hub.ended(hub.say(text).expect("it is said"));
    }
    let list = home.ask_json(&["conversations", "list"]);
    assert_eq!(list["total"], 2);
    let found = home.ask_json(&["conversations", "search", "zebra"]);
    assert_eq!(
        found["conversations"].as_array().map(Vec::len),
        Some(1),
        "{found}"
    );
    let id = found["conversations"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();

    let words = home
        .hai_net(&["conversations", "show", &id])
        .ended(0)
        .stdout;
    assert!(words.contains("The zebra stands by the river."), "{words}");
    let markdown = home
        .hai_net(&["conversations", "export", &id])
        .ended(0)
        .stdout;
    assert!(
        markdown.contains("## You\n\nThe zebra stands by the river."),
        "{markdown}"
    );
    let file = home.folder().join("kept.json");
    let path = file.display().to_string();
    let arguments = [
        "conversations",
        "export",
        &id,
        "--format",
        "json",
        "--output",
        &path,
    ];
    let _ = home.hai_net(&arguments).ended(0);
    let text = std::fs::read_to_string(&file).expect("the file was written");
    let kept: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(kept["format"], "hai-net/1");
    assert!(text.contains("zebra"));
    let _ = home.hai_net(&arguments).ended(exit::USAGE);
    assert_eq!(
        std::fs::read_to_string(&file).expect("still there"),
        text,
        "nothing is overwritten"
    );

    let _ = home.ask_json(&["conversations", "rename", &id, "Animals", "of", "Africa"]);
    let listed = home.ask_json(&["conversations", "list"]).to_string();
    assert!(listed.contains("Animals of Africa"), "{listed}");
    let deleted = home.ask_json(&["conversations", "delete", &id]);
    assert_eq!(deleted["deleted"], json!([id]));
    assert_eq!(home.ask_json(&["conversations", "list"])["total"], 1);
    let ran = home
        .hai_net(&["conversations", "show", &id, "--json"])
        .ended(exit::NOT_FOUND);
    assert_eq!(ran.fault_code(), "not_found");
}

#[test]
fn token_is_made_used_listed_and_locked_out() {
    let hub = hub::Hub::fresh();
    let made = hub.home.ask_json(&["token", "create", "--label", "x"]);
    let token = made["token"].as_str().expect("a token").to_owned();
    assert!(
        token.starts_with("hai_sk_"),
        "a scanner for secrets knows it by its head"
    );
    let bearer = format!("Bearer {token}");
    let models = || {
        let headers = [("Authorization", bearer.as_str())];
        acceptance::http::get(hub.port, "/v1/models", &headers).expect("an answer")
    };
    assert_eq!(models().status, 200, "{}", models().body);
    let list = hub.home.ask_json(&["token", "list"]);
    assert!(list.to_string().contains("\"x\""), "{list}");
    assert!(!list.to_string().contains(&token), "a secret is shown once");
    let _ = hub.home.ask_json(&["token", "revoke", "x"]);
    assert_eq!(models().status, 401, "{}", models().body);
}

#[test]
fn everything_that_looks_answers_in_json_too() {
    let hub = Home::new().owned().serve();
    let home = &hub.home;
    let status = home.ask_json(&["status"]);
    assert_eq!(status["pid"], json!(hub.pid()));
    assert_eq!(status["address"], json!(hub.address));
    let models = home.ask_json(&["models", "list"]);
    assert_eq!(
        models["installed"][0]["name"], "smollm2-135m-instruct",
        "{models}"
    );
    let model = home.ask_json(&["models", "show", "smollm2-135m-instruct"]);
    assert_eq!(
        model["model"]["header"]["Ok"]["architecture"], "llama",
        "{model}"
    );
    assert!(home.ask_json(&["resources"])["cores"].as_u64() > Some(0));
    let healthy = home.ask_json(&["doctor"]);
    assert!(
        healthy["findings"]
            .as_array()
            .is_some_and(|all| all.len() >= 4),
        "{healthy}"
    );
    let lines = home.hai_net(&["logs", "--json"]).ended(0).json_lines();
    assert!(
        lines.iter().any(|line| line["text"]
            .as_str()
            .is_some_and(|text| text.starts_with("HAI-Net started"))),
        "{lines:?}"
    );
    let settings = home.ask_json(&["settings", "list"]);
    assert!(settings.to_string().contains("llm.temperature"));
    let token_list = home.ask_json(&["token", "list"]);
    assert!(token_list["tokens"].is_array());
}

#[test]
fn setting_is_changed_told_from_where_it_comes_and_taken_back() {
    let hub = hub::Hub::fresh();
    let home = &hub.home;
    let set = home.ask_json(&["settings", "set", "llm.temperature", "0.7"]);
    assert_eq!(
        (&set["value"], &set["origin"]["is"]),
        (&json!(0.7), &json!("stored")),
        "{set}"
    );
    let got = home
        .hai_net(&["settings", "get", "llm.temperature"])
        .ended(0)
        .stdout;
    assert_eq!(got.trim(), "0.7");
    let unset = home.ask_json(&["settings", "unset", "llm.temperature"]);
    assert_eq!(unset["value"], set["default"], "the default again");
    assert_eq!(unset["origin"]["is"], "default");
}

#[test]
fn hub_is_stopped_and_its_engine_with_it() {
    let mut hub = hub::Hub::fresh();
    let _ = hub.ended(hub.say("Hello").expect("it is said"));
    let worker = hub.worker();
    let begun = Instant::now();
    let stopped = hub.home.ask_json(&["stop"]);
    assert_eq!(stopped["pid"], json!(hub.pid()));
    assert!(
        hub.wait_for_end().success(),
        "it was asked to end: {}",
        hub.said()
    );
    process::wait_for_end(worker, wait::START);
    acceptance::tell(format_args!(
        "stopped after {} ms",
        begun.elapsed().as_millis()
    ));
    let ran = hub.home.hai_net(&["status", "--json"]).ended(exit::NO_HUB);
    assert_eq!(ran.fault_code(), "no_hub");
    let ran = hub.home.hai_net(&["stop", "--json"]).ended(exit::NO_HUB);
    assert!(
        ran.fault_text().contains("hai-net serve"),
        "what to do: {ran:#?}"
    );
}

#[test]
fn hub_ends_in_order_when_the_system_asks_it_to() {
    let hub = hub::Hub::fresh();
    let sent = hub
        .say("Write a very long story about a lighthouse.")
        .expect("it is said");
    let before = hub.writing(sent);
    let home = hub.home.clone();
    let status = hub.terminate();
    assert!(status.success(), "{status}");
    let hub = home.serve();
    let answer = hub.message(sent.conversation, sent.answer);
    assert!(
        answer.text.starts_with(&before.text),
        "what was written is kept: {answer:?}"
    );
    assert!(
        matches!(&answer.state, MessageState::Failed { fault } if fault.code.name() == "interrupted"),
        "and marked: {answer:?}"
    );
}

#[test]
fn restarted_hub_is_another_one_with_the_same_data() {
    let hub = hub::Hub::fresh();
    let sent = hub.say("Keep this.").expect("it is said");
    let _ = hub.ended(sent);
    let before = hub.home.ask_json(&["status"]);
    let after = hub.home.ask_json(&["restart"]);
    assert!(
        after["started"].as_u64() > before["started"].as_u64(),
        "{before} {after}"
    );
    assert_eq!(
        hub.message(sent.conversation, sent.question).text,
        "Keep this."
    );
}
