//! The hub as a door sees it, over a real store and, where an answer is needed, the real engine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use contract::conversation::{
    DeleteConversation, ExportConversation, ExportFormat, ListConversations, MessageState,
    MessageView, ReadConversation, RegenerateAnswer, RenameConversation, Role, SelectBranch,
    SendMessage, StopAnswer,
};
use contract::model::ListModels;
use contract::setting::{ChangeSetting, ListSettings, Origin};
use contract::system::{ExamineHealth, MakeSignInLink, ShowResources, ShowStatus, StopHub};
use contract::token::{CreateToken, ListTokens, RevokeToken, Scope};
use contract::{Code, Notice};
use hub::{Ending, Hub, Start, Watch};
use serde_json::json;

/// How long anything may take on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

async fn open(folder: &Path) -> Hub {
    let start = Start {
        data_folder: Some(folder.to_owned()),
        ..Start::default()
    };
    Hub::open(start)
        .await
        .expect("an empty folder can be opened")
}

async fn close(hub: Hub) {
    hub.close();
    assert_eq!(hub.closed().await, Ending::Stop);
}

fn starter_model() -> PathBuf {
    let named = std::env::var_os("HAI_NET_STARTER_MODEL").map(PathBuf::from);
    let path = named.unwrap_or_else(|| {
        let home = std::env::var_os("HOME")
            .map(PathBuf::from)
            .unwrap_or_default();
        home.join(".local/share/hai-net/models/SmolLM2-135M-Instruct.Q4_1.gguf")
    });
    assert!(
        path.is_file(),
        "{} is missing: run `cargo xtask test`",
        path.display()
    );
    path
}

/// The engine's program, beside which cargo puts everything that it builds.
fn worker() -> PathBuf {
    let folder = std::env::var_os("HAI_NET_BIN_DIR")
        .map(PathBuf::from)
        .unwrap_or_else(|| {
            let program = std::env::current_exe().expect("a test is a program");
            program
                .ancestors()
                .nth(2)
                .expect("target/debug/deps")
                .to_owned()
        });
    folder.join("hai-net-llm")
}

fn question(text: &str) -> SendMessage {
    SendMessage {
        conversation: None,
        parent: None,
        text: text.to_owned(),
        model: None,
    }
}

async fn until_ended(watch: &mut Watch) -> (MessageState, String) {
    let mut text = String::new();
    tokio::time::timeout(PATIENCE, async {
        loop {
            match watch.next().await.expect("the hub is open") {
                Notice::AnswerGrew {
                    from, text: more, ..
                } => {
                    assert_eq!(from, text.len() as u64, "pieces join without a gap");
                    text.push_str(&more);
                }
                Notice::AnswerEnded { state, .. } => return (state, text),
                _ => {}
            }
        }
    })
    .await
    .expect("the answer ends in time")
}

#[tokio::test]
async fn second_hub_on_one_folder_is_refused_with_the_process_that_has_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = open(folder.path()).await;
    let start = Start {
        data_folder: Some(folder.path().to_owned()),
        ..Start::default()
    };
    let fault = Hub::open(start)
        .await
        .expect_err("one hub a folder")
        .fault();
    assert!(
        fault.message.contains(&std::process::id().to_string()),
        "{fault}"
    );
    close(first).await;
    close(open(folder.path()).await).await;
}

#[tokio::test]
async fn token_opens_the_door_until_it_is_revoked() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    let made = hub
        .answer(CreateToken {
            label: "editor".into(),
            days: Some(1),
            ..CreateToken::default()
        })
        .await
        .expect("made");
    assert!(
        made.token.starts_with("hai_sk_") && made.token.len() == 71,
        "32 random bytes in hex"
    );
    let grant = hub.admit(&made.token).await.expect("it is good");
    assert_eq!(grant.token, made.id);
    assert!(
        Scope::USUAL.iter().all(|scope| grant.check(*scope).is_ok()),
        "a token without scopes is for what is usual"
    );
    assert!(
        grant.check(Scope::Agents).is_err(),
        "what is known about the person takes a word of its own"
    );
    assert_eq!(
        hub.admit("hai_sk_0").await,
        None,
        "a guess does not open it"
    );
    assert!(
        !hub.signed_in(&made.token).await,
        "a program's token is no browser session"
    );
    let listed = hub.answer(ListTokens {}).await.expect("listed").tokens;
    assert_eq!(listed.len(), 1);
    hub.answer(RevokeToken { token: made.id })
        .await
        .expect("revoked");
    assert_eq!(
        hub.admit(&made.token).await,
        None,
        "revoked means revoked at once"
    );
    close(hub).await;
}

#[tokio::test]
async fn sign_in_link_signs_one_browser_in_and_the_session_outlives_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    let none = hub
        .answer(MakeSignInLink {})
        .await
        .expect_err("no port is open");
    assert_eq!(none.code, Code::NotFound);
    hub.opened_at("127.0.0.1:8080".parse().expect("an address"));
    let link = hub.answer(MakeSignInLink {}).await.expect("a port is open");
    let ticket = link.url.rsplit('=').next().expect("a ticket").to_owned();
    let session = hub
        .redeem(&ticket)
        .await
        .expect("the first opening signs in");
    assert_eq!(hub.redeem(&ticket).await, None, "the second does not");
    assert!(hub.signed_in(&session).await);
    assert_eq!(
        hub.admit(&session).await,
        None,
        "a session is no token for programs"
    );
    close(hub).await;
    let hub = open(folder.path()).await;
    assert!(
        hub.signed_in(&session).await,
        "a restart does not sign the person out"
    );
    close(hub).await;
}

#[tokio::test]
async fn changed_setting_is_kept_and_a_wrong_value_is_refused_with_what_fits() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    let change = |value| ChangeSetting {
        key: "ui.theme".into(),
        value,
    };
    let view = hub
        .answer(change(Some(json!("dark"))))
        .await
        .expect("a theme");
    assert_eq!((view.value, view.origin), (json!("dark"), Origin::Stored));
    let fault = hub
        .answer(change(Some(json!("plaid"))))
        .await
        .expect_err("no such theme");
    assert_eq!(fault.code, Code::InvalidSetting);
    assert!(
        fault.message.contains("system, light, dark, contrast"),
        "{fault}"
    );
    close(hub).await;
    let hub = open(folder.path()).await;
    let settings = hub.answer(ListSettings {}).await.expect("listed").settings;
    let theme = settings
        .iter()
        .find(|view| view.key == "ui.theme")
        .expect("in the schema");
    assert_eq!(theme.value, json!("dark"));
    hub.answer(change(None)).await.expect("back to the default");
    close(hub).await;
}

#[tokio::test]
async fn hub_that_stops_tells_its_watchers_and_refuses_new_asks() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    let mut watch = hub.watch();
    assert!(matches!(watch.next().await, Some(Notice::Watching { .. })));
    hub.answer(StopHub {}).await.expect("it stops");
    while let Some(notice) = watch.next().await {
        if notice == Notice::HubClosing {
            break;
        }
    }
    assert_eq!(watch.next().await, None, "the watch ends");
    let fault = hub.answer(ShowStatus {}).await.expect_err("closing");
    assert_eq!(fault.code, Code::Closing);
    assert_eq!(hub.closed().await, Ending::Stop);
    assert_eq!(
        hub.closed().await,
        Ending::Stop,
        "waiting twice is harmless"
    );
}

#[tokio::test]
async fn health_and_resources_are_measured_on_this_machine() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    let seen = hub.answer(ShowResources {}).await.expect("looked");
    assert!(
        seen.memory_total.0 > 0 && seen.cores > 0 && seen.disk_total.0 > 0,
        "{seen:?}"
    );
    let health = hub.answer(ExamineHealth {}).await.expect("examined");
    let database = health
        .findings
        .iter()
        .find(|finding| finding.what == "database");
    assert!(database.is_some_and(|finding| finding.good), "{health:?}");
    close(hub).await;
}

/// A hub with the real engine and the starter model.
async fn open_with_engine(folder: &Path) -> Hub {
    starter_model();
    let start = Start {
        data_folder: Some(folder.to_owned()),
        listen: None,
        worker: Some(worker()),
        is_passing: false,
    };
    Hub::open(start).await.expect("opens")
}

fn last(view: &contract::conversation::ConversationView) -> &MessageView {
    view.shown()
        .last()
        .copied()
        .expect("a conversation has messages")
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn question_is_answered_kept_branched_exported_and_deleted() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open_with_engine(folder.path()).await;
    assert!(
        hub.answer(ListModels {})
            .await
            .expect("listed")
            .chosen
            .is_some(),
        "a model is there"
    );
    let mut watch = hub.watch();
    let sent = hub
        .answer(question("What is the capital of France?"))
        .await
        .expect("sent");
    let (state, told) = until_ended(&mut watch).await;
    assert!(
        matches!(state, MessageState::Done | MessageState::CutOff),
        "{state:?}"
    );
    let read = ReadConversation {
        conversation: sent.conversation,
    };
    let view = hub.answer(read.clone()).await.expect("read");
    assert_eq!(view.title, "What is the capital of France?");
    assert_eq!(last(&view).text, told, "what was told is what is kept");
    assert!(!told.trim().is_empty(), "the model said something");
    assert!(
        last(&view)
            .usage
            .is_some_and(|usage| usage.completion_tokens > 0)
    );

    // Answered once more: a second branch at the same place.
    let again = RegenerateAnswer {
        conversation: sent.conversation,
        question: sent.question,
        model: None,
        approved: None,
    };
    let second = hub.answer(again).await.expect("sent again");
    until_ended(&mut watch).await;
    let view = hub.answer(read.clone()).await.expect("read");
    assert_eq!(view.head, Some(second.answer));
    assert_eq!(
        view.siblings(last(&view)).len(),
        2,
        "both answers are there"
    );
    let first = SelectBranch {
        conversation: sent.conversation,
        head: sent.answer,
    };
    hub.answer(first).await.expect("selected");
    assert_eq!(
        hub.answer(read.clone()).await.expect("read").head,
        Some(sent.answer)
    );

    let rename = RenameConversation {
        conversation: sent.conversation,
        title: "Paris".into(),
    };
    hub.answer(rename).await.expect("renamed");
    let search = ListConversations {
        search: Some("capital".into()),
        ..Default::default()
    };
    let found = hub.answer(search).await.expect("searched").conversations;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].title, "Paris");
    let export = |format| ExportConversation {
        conversation: sent.conversation,
        format,
    };
    let file = hub
        .answer(export(ExportFormat::Markdown))
        .await
        .expect("exported");
    assert!(
        file.file_name == "Paris.md" && file.text.contains("## You"),
        "{}",
        file.text
    );
    let file = hub
        .answer(export(ExportFormat::Json))
        .await
        .expect("exported");
    let tree: serde_json::Value = serde_json::from_str(&file.text).expect("JSON");
    assert_eq!(tree["format"], "hai-net/1");
    assert_eq!(
        tree["conversation"]["messages"].as_array().map(Vec::len),
        Some(3)
    );
    hub.answer(DeleteConversation {
        conversation: sent.conversation,
    })
    .await
    .expect("deleted");
    let gone = hub.answer(read).await.expect_err("deleted");
    assert_eq!(gone.code, Code::NotFound);
    close(hub).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_that_is_stopped_keeps_what_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open_with_engine(folder.path()).await;
    let mut watch = hub.watch();
    let sent = hub
        .answer(question("Tell me a very long story about a sea."))
        .await
        .expect("sent");
    tokio::time::timeout(PATIENCE, async {
        while !matches!(watch.next().await, Some(Notice::AnswerGrew { .. })) {}
    })
    .await
    .expect("the answer begins");
    hub.answer(StopAnswer {
        answer: sent.answer,
    })
    .await
    .expect("stopped");
    let (state, _) = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(Notice::AnswerEnded { state, usage, .. }) = watch.next().await {
                return (state, usage);
            }
        }
    })
    .await
    .expect("it ends");
    assert_eq!(state, MessageState::Stopped);
    let view = hub
        .answer(ReadConversation {
            conversation: sent.conversation,
        })
        .await
        .expect("read");
    assert!(!last(&view).text.is_empty(), "what was written is kept");
    close(hub).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_cut_off_by_closing_says_so_after_the_next_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open_with_engine(folder.path()).await;
    let sent = hub
        .answer(question("Tell me a very long story about a wood."))
        .await
        .expect("sent");
    close(hub).await;
    let hub = open_with_engine(folder.path()).await;
    let view = hub
        .answer(ReadConversation {
            conversation: sent.conversation,
        })
        .await
        .expect("read");
    match &last(&view).state {
        MessageState::Failed { fault } => assert_eq!(fault.code, Code::Interrupted),
        other => panic!("an unfinished answer must not look finished: {other:?}"),
    }
    assert_eq!(view.shown()[0].role, Role::User, "the question is there");
    close(hub).await;
}

#[tokio::test]
async fn empty_message_and_unknown_model_are_refused_before_anything_is_stored() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    let fault = hub
        .answer(question(" \n "))
        .await
        .expect_err("nothing to say");
    assert_eq!(fault.code, Code::InvalidAsk);
    let unknown = SendMessage {
        model: Some("gpt-99".into()),
        ..question("Hello")
    };
    let fault = hub.answer(unknown).await.expect_err("no such model");
    assert_eq!(fault.code, Code::UnknownModel);
    let list = hub
        .answer(ListConversations::default())
        .await
        .expect("listed");
    assert_eq!(list.total, 0, "a refused question leaves nothing behind");
    close(hub).await;
}
