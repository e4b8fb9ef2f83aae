//! Servers over a real hub: who is asked, what is kept in, and who stands in.

use std::net::SocketAddr;
use std::sync::Once;
use std::time::Duration;

use axum::routing::{get, post};
use axum::{Json, Router};
use base::Timestamp;
use contract::conversation::{MessageState, ReadConversation, SendMessage};
use contract::model_server::{
    AddModelServer, ListModelChoices, ListModelServers, RemoveModelServer, ServerHealth,
    ServerKind, ServerPlace, UseModel,
};
use contract::setting::ChangeSetting;
use contract::{Code, Notice, Secret};
use llm::served::Flavour;
use llm::{ChatTurn, Generation, Happening, Model, ModelError, Overflow, Prompt, Sampling};
use serde_json::json;
use store::{AuditFilter, AuditKind};

use super::asked::ServedModel;
use super::*;
use crate::open::Start;

async fn open() -> (Hub, tempfile::TempDir) {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Another test of this process may have done it.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    });
    let folder = tempfile::tempdir().expect("a folder");
    let start = Start {
        data_folder: Some(folder.path().to_owned()),
        ..Start::default()
    };
    (Hub::open(start).await.expect("it opens"), folder)
}

/// An Ollama that says one thing, on threads of its own: ending them ends its connections too.
struct Ollama {
    address: SocketAddr,
    threads: Option<tokio::runtime::Runtime>,
}

impl Ollama {
    fn start(says: &'static str) -> Self {
        let tags = || async { Json(json!({"models": [{"name": "tiny:latest"}]})) };
        let chat = move || async move {
            let line = json!({"message": {"role": "assistant", "content": says}, "done": false});
            let end = json!({"message": {"content": ""}, "done": true, "done_reason": "stop",
                "prompt_eval_count": 3, "eval_count": 2});
            format!("{line}\n{end}\n")
        };
        let router = Router::new()
            .route("/api/tags", get(tags))
            .route("/api/chat", post(chat));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it is bound");
        listener.set_nonblocking(true).expect("it may be");
        let threads = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("threads");
        threads.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            axum::serve(listener, router).await
        });
        Self {
            address,
            threads: Some(threads),
        }
    }

    fn end(&mut self) {
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

impl Drop for Ollama {
    fn drop(&mut self) {
        self.end();
    }
}

fn adding(name: &str, address: impl std::fmt::Display) -> AddModelServer {
    AddModelServer {
        name: name.to_owned(),
        kind: ServerKind::Ollama,
        address: address.to_string(),
        key: None,
        own_device: false,
    }
}

fn question(text: &str) -> Generation {
    Generation {
        prompt: Prompt::Chat(vec![ChatTurn {
            role: "user".into(),
            text: text.into(),
        }]),
        sampling: Sampling::default(),
        constraint: None,
        tokens_max: None,
        stop: Vec::new(),
        logprobs: None,
        overflow: Overflow::Stop,
        holds_private: false,
        is_whole: false,
    }
}

async fn said(model: &dyn Model, text: &str) -> Result<String, ModelError> {
    let mut answering = model.generate(question(text)).await?;
    let mut said = String::new();
    while let Some(happening) = answering.next().await {
        match happening {
            Happening::Piece { text, .. } => said.push_str(&text),
            Happening::Failed(error) => return Err(error),
            Happening::Started { .. } | Happening::Finished { .. } => {}
        }
    }
    Ok(said)
}

async fn left(hub: &Hub) -> Vec<(String, Option<AuditValue>)> {
    let filter = AuditFilter {
        kinds: vec![AuditKind::Egress],
        limit: 100,
        ..AuditFilter::default()
    };
    let rows = hub.house.store.read_audit(filter).await.expect("the chain");
    let rows = rows.into_iter().map(|row| row.entry);
    rows.map(|entry| (entry.subject, entry.details.get("place").cloned()))
        .collect()
}

/// A server with this address that is asked directly, whether it is there or not.
fn far(hub: &Hub, address: &str, own_device: bool) -> ServedModel {
    let row = ModelServerRow {
        name: "far".into(),
        kind: ModelServerKind::OpenAi,
        address: address.into(),
        own_device,
        key: None,
        key_in_keychain: false,
        added: Timestamp::from_millis(1),
    };
    let known = Arc::new(Known::new(row, Ok(None)).expect("an address"));
    ServedModel::new(hub, &known, "big", Flavour::Other)
}

async fn allow_external(hub: &Hub) {
    let ask = ChangeSetting {
        key: "llm.external".into(),
        value: Some(json!(true)),
    };
    hub.answer(ask).await.expect("it is a setting");
}

#[tokio::test]
async fn many_questions_at_once_share_one_reading_of_the_servers() {
    let (hub, _folder) = open().await;
    let there = Ollama::start("Hello");
    let adding = adding("shed", format!("http://{}", there.address));
    hub.answer(adding).await.expect("it is added");
    let before = hub.servers().await.expect("the servers");
    hub.house.model_servers.forget();
    let readings = (0..50).map(|_| hub.servers());
    let read = futures::future::try_join_all(readings).await;
    let read = read.expect("the servers");
    assert!(
        read.iter()
            .all(|servers| Arc::ptr_eq(&servers[0], &read[0][0])),
        "each question has the same clients"
    );
    assert!(
        !Arc::ptr_eq(&before[0], &read[0][0]),
        "and those are made anew"
    );
}

#[tokio::test]
async fn model_of_a_server_answers_in_a_conversation_and_the_answer_tells_where() {
    let (hub, _folder) = open().await;
    let there = Ollama::start("Hello from there");
    let address = there.address;
    let added = hub
        .answer(adding("shed", format!("http://{address}")))
        .await;
    let added = added.expect("it is added");
    assert_eq!(added.place, ServerPlace::ThisDevice);
    let models = vec!["shed/tiny:latest".to_owned()];
    assert_eq!(added.health, ServerHealth::Up { models });
    let mut watch = hub.watch();
    let sent = hub
        .answer(SendMessage {
            conversation: None,
            parent: None,
            text: "Good morning".into(),
            model: Some("shed/tiny".into()),
        })
        .await
        .expect("it is said");
    let ended = async {
        loop {
            if let Some(Notice::AnswerEnded { state, .. }) = watch.next().await {
                return state;
            }
        }
    };
    let state = tokio::time::timeout(Duration::from_secs(30), ended).await;
    assert_eq!(state.expect("in time"), MessageState::Done);
    let view = hub
        .answer(ReadConversation {
            conversation: sent.conversation,
        })
        .await
        .expect("it is there");
    assert_eq!(
        view.model.as_deref(),
        Some("shed/tiny"),
        "the choice is kept"
    );
    let answer = view.messages.last().expect("an answer");
    assert_eq!(answer.text, "Hello from there");
    assert_eq!(answer.ran_on.as_deref(), Some("this device: shed"));
    assert_eq!(answer.model.as_deref(), Some("shed/tiny:latest"));
    assert!(left(&hub).await.is_empty(), "nothing left this device");

    let conversation = sent.conversation;
    let wrong = UseModel {
        conversation,
        model: Some("shed/other".into()),
    };
    let fault = hub.answer(wrong).await.expect_err("there is no such model");
    assert_eq!(fault.code, Code::UnknownModel);
    let back = UseModel {
        conversation,
        model: None,
    };
    hub.answer(back).await.expect("the usual one again");
}

#[tokio::test]
async fn server_that_died_is_stood_in_for_by_the_next_in_the_order() {
    let (hub, _folder) = open().await;
    let mut first = Ollama::start("first");
    let second = Ollama::start("second");
    for (name, address) in [("one", first.address), ("two", second.address)] {
        let added = hub.answer(adding(name, format!("http://{address}"))).await;
        added.expect("it is added");
    }
    let model = hub.model(Some("one/tiny")).await.expect("it answers");
    assert_eq!(said(model.as_ref(), "hi").await.expect("text"), "first");
    first.end();
    // It was seen a moment ago, so the question that finds it dead fails.
    let failed = said(model.as_ref(), "hi").await.expect_err("it is dead");
    assert!(matches!(
        failed,
        ModelError::ServerUnreachable { .. } | ModelError::ServerBrokeOff { .. }
    ));
    let model = hub
        .model(Some("one/tiny"))
        .await
        .expect("another stands in");
    assert_eq!(model.name(), "two/tiny:latest", "and tells its own name");
    assert_eq!(said(model.as_ref(), "hi").await.expect("text"), "second");
    hub.answer(RemoveModelServer { name: "two".into() })
        .await
        .expect("removed");
    let fault = hub
        .model(Some("one/tiny"))
        .await
        .err()
        .expect("nobody is left");
    assert_eq!(fault.code, Code::ServerDown);
    let list = hub.answer(ListModelServers {}).await.expect("a list");
    assert!(matches!(list.servers[0].health, ServerHealth::Down { .. }));
}

#[tokio::test]
async fn address_decides_what_a_server_is_and_wrong_ones_are_refused() {
    let (hub, _folder) = open().await;
    for (name, address) in [
        ("far", "http://models.example/v1"),
        ("meta", "http://169.254.169.254"),
        ("file", "file:///etc/passwd"),
        ("With Capitals", "http://127.0.0.1:1"),
        ("a/b", "http://127.0.0.1:1"),
    ] {
        let fault = hub.answer(adding(name, address)).await.expect_err(address);
        assert_eq!(fault.code, Code::InvalidAsk, "{address}");
    }
    let mut far = adding("far", "https://models.example/v1");
    far.key = Some(Secret::from("sk-very-secret"));
    let view = hub.answer(far).await.expect("it is added");
    assert_eq!(
        (view.place, &view.health),
        (ServerPlace::External, &ServerHealth::Off)
    );
    let shown = serde_json::to_string(&view).expect("plain data");
    assert!(view.has_key && !shown.contains("very-secret"), "{shown}");
    let fault = hub.model(Some("far/big")).await.err().expect("not allowed");
    assert_eq!(fault.code, Code::ExternalOff);
    let choices = hub.answer(ListModelChoices {}).await.expect("a list");
    assert!(
        choices
            .models
            .iter()
            .all(|one| one.place == ServerPlace::ThisDevice),
        "only what is installed here: {choices:?}"
    );
    assert!(left(&hub).await.is_empty(), "nobody was asked");
}

#[tokio::test]
async fn question_with_a_secret_stays_and_the_record_says_so() {
    let (hub, _folder) = open().await;
    let model = far(&hub, "https://models.example/v1", false);
    let off = said(&model, "hi").await.expect_err("not allowed yet");
    assert!(matches!(off, ModelError::KeptIn { .. }), "{off:?}");
    allow_external(&hub).await;
    let kept = said(&model, "My password is hunter2-Xy77").await;
    let ModelError::KeptIn { reason } = kept.expect_err("a secret stays") else {
        panic!("kept in")
    };
    assert!(
        reason.contains("password") && !reason.contains("hunter2"),
        "{reason}"
    );
    let left = left(&hub).await;
    let external = Some(AuditValue::Text("external".into()));
    assert_eq!(left, [("model: kept in".to_owned(), external)]);
}

#[tokio::test]
async fn what_is_private_by_its_origin_goes_to_own_devices_only() {
    let (hub, _folder) = open().await;
    allow_external(&hub).await;
    for (address, own_device) in [
        ("https://models.example/v1", false),
        ("http://192.168.255.254:9", false),
    ] {
        let model = far(&hub, address, own_device);
        assert!(!model.takes_private());
        let mut what = question("hi");
        what.holds_private = true;
        let error = model.generate(what).await.expect_err("it stays");
        assert!(matches!(error, ModelError::KeptIn { .. }), "{error:?}");
    }
    assert!(far(&hub, "http://192.168.255.254:9", true).takes_private());
    assert!(far(&hub, "http://127.0.0.1:9", false).takes_private());
}

#[tokio::test]
async fn masked_values_come_back_in_the_answer_and_calls_stay_json() {
    use llm::{FinishReason, Usage};
    let mut memory = guardian::Memory::new();
    let text =
        guardian::Labelled::new("anna@example.org".to_owned(), guardian::Provenance::Message);
    let cleared = guardian::Guardian::default().clear(&text, &mut memory);
    assert_eq!(cleared.expect("masked").get(), "[EMAIL_1]");
    let (say, happenings) = tokio::sync::mpsc::channel(8);
    let stop = tokio_util::sync::CancellationToken::new().drop_guard();
    let (hub, _folder) = open().await;
    let model = far(&hub, "https://models.example/v1", false);
    let mut through = super::asked::through(
        llm::Answering::new(happenings, stop),
        Arc::clone(model.known()),
        memory,
        false,
    );
    let piece = |text: &str| Happening::Piece {
        text: text.into(),
        logprobs: Vec::new(),
    };
    let call =
        "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"to\": \"[EMAIL_1]\"}}\n</tool_call>";
    for happening in [
        piece("I write to [EMA"),
        piece("IL_1] now. "),
        piece(call),
        Happening::Finished {
            reason: FinishReason::Stop,
            usage: Usage::default(),
        },
    ] {
        say.send(happening).await.expect("it is read");
    }
    let mut heard = String::new();
    while let Some(happening) = through.next().await {
        if let Happening::Piece { text, .. } = happening {
            heard.push_str(&text);
        }
    }
    assert_eq!(
        heard,
        format!(
            "I write to anna@example.org now. {}",
            call.replace("[EMAIL_1]", "anna@example.org")
        )
    );
}
