//! Other servers as back ends of the real programs: a real llama-server that is found, asked, killed in
//! mid-answer and stood in for; over the command line, the page's asks and the API.

use std::time::Duration;

use acceptance::home::Home;
use acceptance::hub::Hub;
use acceptance::keyring::Keyring;
use acceptance::llama_server::LlamaServer;
use acceptance::{http, places};
use contract::Code;
use contract::conversation::{MessageState, SendMessage};
use contract::identity::{CreateIdentity, Opener, PersonalDetails, UnlockVault, UseKeychain};
use contract::model_server::{ListModelServers, ServerHealth, UseModel};
use serde_json::{Value, json};

fn hub() -> Hub {
    Home::new()
        .with("HAI_NET_LLM_ANSWER_TOKENS_MAX", "400")
        .serve()
}

/// A key of the API.
fn key(hub: &Hub) -> String {
    let made = hub.home.ask_json(&["token", "create", "--label", "test"]);
    made["token"].as_str().expect("a token").to_owned()
}

fn read(hub: &Hub, key: &str, path: &str) -> http::Response {
    let bearer = format!("Bearer {key}");
    http::get(hub.port, path, &[("Authorization", &bearer)]).expect("the hub answers")
}

fn chat(hub: &Hub, key: &str, body: &Value) -> http::Response {
    http::post_json(hub.port, "/v1/chat/completions", key, body).expect("the hub answers")
}

fn say(hub: &Hub, text: &str, model: &str) -> contract::conversation::MessageSent {
    let ask = SendMessage {
        conversation: None,
        parent: None,
        text: text.to_owned(),
        model: Some(model.to_owned()),
    };
    hub.ask(ask).expect("it is said")
}

fn ollamas_clients_are_told_of_it(hub: &Hub, key: &str) {
    let tags = read(hub, key, "/api/tags").json();
    let mut rows = tags["models"].as_array().expect("rows").iter();
    let row = rows.find(|row| row["name"] == "llama/model");
    assert_eq!(
        row.expect("it is listed")["remote_host"],
        "this device: llama"
    );
    let asked = json!({"model": "llama/model"});
    let shown = http::post_json(hub.port, "/api/show", key, &asked);
    assert_eq!(
        shown.expect("the hub answers").json()["remote_model"],
        "model"
    );
}

#[test]
fn llama_server_is_added_listed_and_asked_through_every_door() {
    let server = LlamaServer::start();
    let hub = hub();
    let key = key(&hub);
    let added = hub
        .home
        .ask_json(&["models", "add-server", "llama", &server.address()]);
    assert_eq!(added["place"], "this_device", "{added}");
    assert_eq!(added["health"]["models"], json!(["llama/model"]), "{added}");
    let listed = read(&hub, &key, "/v1/models").json();
    let row = listed["data"]
        .as_array()
        .expect("rows")
        .iter()
        .find(|row| row["id"] == "llama/model");
    assert_eq!(
        row.expect("it is listed")["hai_net"]["served_by"],
        "this device: llama"
    );
    let one = read(&hub, &key, "/v1/models/llama/model");
    assert_eq!(one.status, 200);
    ollamas_clients_are_told_of_it(&hub, &key);

    let question = json!([{"role": "user", "content": "What is the capital of France?"}]);
    let body =
        json!({"model": "llama/model", "messages": question, "temperature": 0, "max_tokens": 20});
    let answer = chat(&hub, &key, &body).json();
    assert_eq!(answer["model"], "llama/model", "{answer}");
    assert_eq!(
        answer["hai_net"]["served_by"], "this device: llama",
        "{answer}"
    );
    assert_eq!(answer["hai_net"]["backend"], "openai", "{answer}");
    let text = answer["choices"][0]["message"]["content"]
        .as_str()
        .unwrap_or_default();
    assert!(!text.is_empty(), "{answer}");
    assert!(
        answer["usage"]["prompt_tokens"].as_u64() > Some(10),
        "{answer}"
    );

    let tools = json!([{"type": "function", "function": {"name": "weather", "parameters":
        {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]);
    let body = json!({"model": "llama/model", "messages": question, "tools": tools,
        "tool_choice": "required", "temperature": 0, "max_tokens": 60});
    let answer = chat(&hub, &key, &body).json();
    let call = &answer["choices"][0]["message"]["tool_calls"][0]["function"];
    assert_eq!(call["name"], "weather", "{answer}");
    let arguments: Value =
        serde_json::from_str(call["arguments"].as_str().unwrap_or_default()).expect("JSON");
    assert!(arguments["city"].is_string(), "{answer}");

    let sent = say(&hub, "What is the capital of France?", "llama/model");
    let answer = hub.ended(sent);
    assert_eq!(answer.state, MessageState::Done, "{answer:?}");
    assert_eq!(answer.ran_on.as_deref(), Some("this device: llama"));

    let _ = hub.home.hai_net(&["models", "use", "llama/model"]).ended(0);
    let body = json!({"model": "gpt-4", "messages": question, "max_tokens": 4});
    let answer = chat(&hub, &key, &body).json();
    assert_eq!(
        answer["hai_net"]["served_by"], "this device: llama",
        "an alias means the usual one"
    );
    let _ = hub
        .home
        .hai_net(&["models", "remove-server", "llama"])
        .ended(0);
    let gone = chat(
        &hub,
        &key,
        &json!({"model": "llama/model", "messages": question}),
    );
    assert_eq!(gone.status, 404);
}

#[test]
fn server_killed_in_mid_answer_is_an_error_and_the_next_question_goes_elsewhere() {
    let mut server = LlamaServer::start();
    let spare = LlamaServer::start();
    let hub = hub();
    let key = key(&hub);
    for (name, one) in [("first", &server), ("second", &spare)] {
        let address = one.address();
        let _ = hub
            .home
            .hai_net(&["models", "add-server", name, &address])
            .ended(0);
    }
    let sent = say(
        &hub,
        "Write a very long story about the sea and its ships.",
        "first/model",
    );
    let _ = hub.writing(sent);
    server.kill();
    let answer = hub.ended(sent);
    let MessageState::Failed { fault } = &answer.state else {
        panic!("{answer:?}")
    };
    assert_eq!(fault.code, Code::ServerDown, "{fault:?}");
    assert!(!answer.text.is_empty(), "what came is kept");

    // The same model of the next server in the order.
    let next = say(&hub, "Say hello.", "first/model");
    let answer = hub.ended(next);
    assert_eq!(answer.state, MessageState::Done, "{answer:?}");
    assert_eq!(answer.ran_on.as_deref(), Some("this device: second"));
    let list = hub.ask(ListModelServers {}).expect("a list");
    assert!(
        matches!(list.servers[0].health, ServerHealth::Down { .. }),
        "{list:?}"
    );
    assert!(
        matches!(list.servers[1].health, ServerHealth::Up { .. }),
        "{list:?}"
    );

    // A stream of the API gets an error event, and nothing is left hanging.
    let (port, stream_key) = (hub.port, key.clone());
    let stream = std::thread::spawn(move || {
        let body = json!({"model": "second/model", "stream": true, "max_tokens": 3000,
            "messages": [{"role": "user", "content": "Write a very long story about the sea."}]});
        http::post_json(port, "/v1/chat/completions", &stream_key, &body).expect("a stream")
    });
    std::thread::sleep(Duration::from_secs(2));
    drop(spare);
    let heard = stream.join().expect("it ends");
    let text = heard.body;
    assert!(text.contains("\"error\""), "{text}");
    assert!(text.contains("server_down"), "{text}");

    // Nobody else has this model: in a conversation the engine within stands in.
    let last = say(&hub, "Say hello.", "first/model");
    let answer = hub.ended(last);
    assert_eq!(answer.state, MessageState::Done, "{answer:?}");
    assert_eq!(answer.ran_on.as_deref(), Some("this device"));
    let conversation = last.conversation;
    let use_model = UseModel {
        conversation,
        model: Some(places::STARTER_NAME.to_owned()),
    };
    hub.ask(use_model).expect("another choice");
    let refused = chat(
        &hub,
        &key,
        &json!({"model": "first/model", "messages": [{"role": "user", "content": "hi"}]}),
    );
    assert_eq!(
        refused.status, 502,
        "a program gets what it named, or an error"
    );
    let health = http::get(hub.port, "/health", &[]).expect("it answers");
    assert_eq!(health.status, 200, "the hub is well");
}

#[test]
fn llama_server_at_its_usual_port_is_found_when_it_is_looked_for() {
    let hub = hub();
    let found = hub.home.ask_json(&["models", "find"]);
    // What runs on this machine is its own matter; that the hub does not find itself is ours.
    let found = found["found"].as_array().expect("a list").clone();
    let own = format!(":{}", hub.port);
    assert!(
        found
            .iter()
            .all(|one| !one["address"].as_str().unwrap_or_default().ends_with(&own))
    );
}

/// Why the server of the test is not used; `None` while it is.
fn trouble(hub: &Hub) -> Option<Code> {
    let list = hub.ask(ListModelServers {}).expect("a list");
    match &list.servers[0].health {
        ServerHealth::Up { models } => {
            assert_eq!(*models, ["locked/model"]);
            None
        }
        ServerHealth::Down { fault } => Some(fault.code),
        ServerHealth::Off => panic!("it is on this device"),
    }
}

#[test]
fn key_of_a_server_lies_in_the_keychain_while_the_key_of_the_vault_does() {
    const KEY: &str = "sk-0123456789-of-a-test";
    const PASSPHRASE: &str = "correct horse battery staple";
    let server = LlamaServer::with_key(KEY);
    let (mut keyring, home) = Keyring::start(Home::new());
    let key_file = home.folder().join("key");
    std::fs::write(&key_file, KEY).expect("the folder can be written");
    let hub = home.serve();
    let made = hub.ask(CreateIdentity {
        name: "Marta".to_owned(),
        passphrase: PASSPHRASE.into(),
        details: PersonalDetails::default(),
        keychain: true,
    });
    assert_eq!(made.expect("it is made").remarks, []);
    let key_file = key_file.display().to_string();
    let added = hub.home.ask_json(&[
        "models",
        "add-server",
        "locked",
        &server.address(),
        "--key-file",
        &key_file,
    ]);
    assert_eq!(added["has_key"], true, "{added}");
    assert_eq!(trouble(&hub), None);

    // Moved to the store and back it is of use all the time.
    for on in [false, true] {
        let _ = hub.ask(UseKeychain { on }).expect("it is changed");
        assert_eq!(trouble(&hub), None, "with the keychain: {on}");
    }
    // A hub that starts anew has nothing in its memory.
    let _ = hub.home.ask_json(&["restart"]);
    assert_eq!(trouble(&hub), None, "the keychain gives it");
    // What lay in the keychain went with it, and the passphrase opens the rest.
    keyring.end();
    let _ = hub.home.ask_json(&["restart"]);
    let opener = Opener::Passphrase(PASSPHRASE.into());
    let _ = hub.ask(UnlockVault { opener }).expect("it opens");
    assert_eq!(trouble(&hub), Some(Code::Keychain));
    let _ = hub
        .home
        .hai_net(&["models", "remove-server", "locked"])
        .ended(0);
}
