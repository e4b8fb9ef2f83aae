//! Agents on a real hub with a real store; only the model is scripted, so that it does what a test wants.

mod first_conversation;
mod hostile;
mod private_answers;
mod program;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use contract::agent::{
    AgentLevel, AgentState, CancelAgent, ListAgents, PauseAgent, ResumeAgent, TakeOverAgent,
};
use contract::approval::{AnswerApproval, Decision, ListApprovals, Permission, SetToolPermission};
use contract::audit::VerifyAudit;
use contract::feed::{FeedKind, ReadFeed};
use contract::memory::KeepMemory;
use domain::agent::call::Labels;
use domain::intent::Intent;
use llm::{
    About, Answering, ChatTurn, Embeddings, FinishReason, Generation, Happening, Model, ModelError,
    Prompt, Usage,
};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::Admin;
use crate::house::Hub;
use crate::open::Start;

/// How long anything may take here.
const PATIENCE: Duration = Duration::from_secs(20);

/// Says what it was told to say, one text for each question.
struct Script {
    lines: Mutex<VecDeque<String>>,
    asked: Mutex<Vec<Generation>>,
    /// How often it may answer; closed where it answers as often as it is asked.
    turns: Semaphore,
    waits: bool,
    takes_private: bool,
}

impl Script {
    fn of(lines: impl IntoIterator<Item = impl Into<String>>) -> Arc<Self> {
        Arc::new(Self {
            lines: Mutex::new(lines.into_iter().map(Into::into).collect()),
            asked: Mutex::default(),
            turns: Semaphore::new(0),
            waits: false,
            takes_private: true,
        })
    }

    /// Answers only after [`Semaphore::add_permits`].
    fn waiting(lines: impl IntoIterator<Item = impl Into<String>>) -> Arc<Self> {
        let mut script = Self::of(lines);
        Arc::get_mut(&mut script).expect("nobody has it yet").waits = true;
        script
    }

    /// As one on somebody else's computer.
    fn elsewhere(lines: impl IntoIterator<Item = impl Into<String>>) -> Arc<Self> {
        let mut script = Self::of(lines);
        let model = Arc::get_mut(&mut script).expect("nobody has it yet");
        model.takes_private = false;
        script
    }

    fn times_asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

#[async_trait]
impl Model for Script {
    fn about(&self) -> About<'_> {
        About {
            takes_private: self.takes_private,
            ..About::embedded("script")
        }
    }

    async fn generate(&self, what: Generation) -> Result<Answering, ModelError> {
        self.asked.lock().unwrap().push(what);
        if self.waits {
            self.turns.acquire().await.expect("open").forget();
        }
        let line = self.lines.lock().unwrap().pop_front();
        let line = line.unwrap_or_else(|| "That is all.".to_owned());
        let (out, happenings) = mpsc::channel(8);
        let usage = Usage {
            prompt_tokens: 10,
            completion_tokens: 5,
            ..Usage::default()
        };
        let piece = Happening::Piece {
            text: line,
            logprobs: Vec::new(),
        };
        let end = Happening::Finished {
            reason: FinishReason::Stop,
            usage,
        };
        for happening in [piece, end] {
            out.try_send(happening).expect("there is room");
        }
        Ok(Answering::new(
            happenings,
            CancellationToken::new().drop_guard(),
        ))
    }

    async fn embed(&self, _texts: Vec<String>) -> Result<Embeddings, ModelError> {
        Err(ModelError::Closing)
    }

    async fn tokenize(&self, _text: String) -> Result<Vec<i32>, ModelError> {
        Err(ModelError::Closing)
    }
}

fn call(name: &str, arguments: &serde_json::Value) -> String {
    let call = serde_json::json!({ "name": name, "arguments": arguments });
    format!("<tool_call>\n{call}\n</tool_call>")
}

async fn open(folder: &Path) -> Hub {
    let start = Start {
        data_folder: Some(folder.to_owned()),
        listen: Some("127.0.0.1:1".parse().expect("an address")),
        worker: None,
        is_passing: false,
    };
    Hub::open(start).await.expect("it opens")
}

/// Has an admin work with these tools, whatever the words are.
async fn work(hub: &Hub, model: &Arc<Script>, tools: &[&'static str]) -> Answering {
    let admin = Admin {
        hub: hub.clone(),
        conversation: hub.house.mint.conversation(),
        question: hub.house.mint.message(),
        answer: hub.house.mint.message(),
        is_asked_by_program: false,
        model: Arc::clone(model) as Arc<dyn Model>,
    };
    let mut offered = tools.to_vec();
    offered.sort_unstable();
    let intent = Intent {
        opening: Vec::new(),
        offered,
        must_call: false,
    };
    let turns = vec![ChatTurn {
        role: "user".to_owned(),
        text: "Do it.".to_owned(),
    }];
    admin
        .work(
            turns,
            "Do it.".to_owned(),
            intent,
            Vec::new(),
            Labels::new(),
        )
        .await
        .expect("work begins")
}

/// A question of the person, or of a program.
fn question(text: &str) -> Generation {
    let asked = ChatTurn {
        role: "user".to_owned(),
        text: text.to_owned(),
    };
    Generation {
        prompt: Prompt::Chat(vec![asked]),
        sampling: llm::Sampling::default(),
        constraint: None,
        tokens_max: None,
        stop: Vec::new(),
        logprobs: None,
        overflow: llm::Overflow::Stop,
        holds_private: false,
        is_whole: false,
    }
}

/// The whole answer, or why there is none.
async fn whole(mut answering: Answering) -> Result<String, ModelError> {
    let mut text = String::new();
    let read = async {
        while let Some(happening) = answering.next().await {
            match happening {
                Happening::Piece { text: more, .. } => text.push_str(&more),
                Happening::Started { .. } => {}
                Happening::Finished { .. } => return Ok(()),
                Happening::Failed(error) => return Err(error),
            }
        }
        Err(ModelError::Closing)
    };
    tokio::time::timeout(PATIENCE, read)
        .await
        .expect("an answer ends")
        .map(|()| text)
}

async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    found.await.unwrap_or_else(|_| panic!("{what}"))
}

async fn agents(hub: &Hub) -> Vec<contract::agent::AgentView> {
    let list = hub.answer(ListAgents::default()).await;
    list.expect("a list").agents
}

/// The agent that is at work.
async fn at_work(hub: &Hub) -> base::AgentId {
    until("it works", async || {
        let agents = agents(hub).await;
        agents
            .iter()
            .find(|one| !one.state.is_end())
            .map(|one| one.id)
    })
    .await
}

/// The first call that waits for the person.
async fn waiting(hub: &Hub) -> contract::approval::ApprovalView {
    until("it asks the person", async || {
        let list = hub.answer(ListApprovals {}).await.expect("a list");
        list.waiting.into_iter().next()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_call_is_told_back_and_a_good_one_is_performed() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    let note = serde_json::json!({ "title": "Milk", "text": "Buy milk." });
    let model = Script::of([
        call("write_note", &serde_json::json!({ "title": "Milk" })),
        call("write_note", &note),
        "It is noted.".to_owned(),
    ]);
    let allow = SetToolPermission {
        tool: "write_note".to_owned(),
        permission: Permission::Always,
    };
    hub.answer(allow).await.expect("it is a tool");
    let answer = whole(work(&hub, &model, &["write_note"]).await).await;
    assert_eq!(answer.expect("an answer"), "It is noted.");
    assert_eq!(model.times_asked(), 3);
    let told = match &model.asked.lock().unwrap()[1].prompt {
        Prompt::Chat(turns) => turns.last().expect("a turn").text.clone(),
        other => panic!("{other:?}"),
    };
    assert!(told.contains("text"), "it is told what is missing: {told}");
    let notes = hub.house.store.notes(store::NoteFilter {
        limit: 10,
        ..Default::default()
    });
    let notes = notes.await.expect("a list");
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].text, "Buy milk.");
}

#[tokio::test(flavor = "multi_thread")]
async fn worker_gets_less_than_its_parent_and_its_answer_goes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    let give = serde_json::json!({ "to": "worker", "task": "Count to three." });
    let model = Script::of([
        call("delegate", &give),
        "One, two, three.".to_owned(),
        "The worker counted: three.".to_owned(),
    ]);
    let answer = whole(work(&hub, &model, &["delegate", "now"]).await).await;
    assert_eq!(answer.expect("an answer"), "The worker counted: three.");
    let agents = agents(&hub).await;
    let admin = agents.iter().find(|one| one.level == AgentLevel::Admin);
    let worker = agents.iter().find(|one| one.level == AgentLevel::Worker);
    let (admin, worker) = (admin.expect("an admin"), worker.expect("a worker"));
    assert_eq!(worker.parent, Some(admin.id));
    assert_eq!(worker.task, "Count to three.");
    assert!(worker.budget.tokens < admin.budget.tokens);
    assert_eq!(worker.state, AgentState::Done);
    // A worker is not told of `delegate`: it creates nobody.
    let tools = match &model.asked.lock().unwrap()[1].prompt {
        Prompt::Chat(turns) => turns
            .iter()
            .map(|turn| turn.text.clone())
            .collect::<String>(),
        other => panic!("{other:?}"),
    };
    assert!(
        tools.contains("\"now\"") && !tools.contains("\"delegate\""),
        "{tools}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn person_pauses_resumes_cancels_and_takes_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    let model = Script::waiting(["Here it is."]);
    let answering = work(&hub, &model, &["now"]).await;
    until("it asks", async || (model.times_asked() == 1).then_some(())).await;
    let agent = agents(&hub).await[0].id;
    hub.answer(PauseAgent { agent }).await.expect("it works");
    assert_eq!(agents(&hub).await[0].state, AgentState::Paused);
    hub.answer(ResumeAgent { agent })
        .await
        .expect("it is paused");
    until("it asks again", async || {
        (model.times_asked() == 2).then_some(())
    })
    .await;
    model.turns.add_permits(2);
    assert_eq!(whole(answering).await.expect("an answer"), "Here it is.");

    let model = Script::waiting(["Never said."]);
    let answering = work(&hub, &model, &["now"]).await;
    let agent = at_work(&hub).await;
    let text = "I did it myself.".to_owned();
    hub.answer(TakeOverAgent { agent, text })
        .await
        .expect("it works");
    assert_eq!(
        whole(answering).await.expect("an answer"),
        "I did it myself."
    );

    let model = Script::waiting(["Never said."]);
    let answering = work(&hub, &model, &["now"]).await;
    let agent = at_work(&hub).await;
    hub.answer(CancelAgent { agent }).await.expect("it works");
    assert_eq!(whole(answering).await.expect("it ends"), "");
    let ended = agents(&hub).await;
    let ended = ended
        .iter()
        .find(|one| one.id == agent)
        .expect("it is there");
    assert_eq!(ended.state, AgentState::Cancelled);
    hub.answer(CancelAgent { agent })
        .await
        .expect_err("it has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_person_says_about_a_tool_holds_for_all_its_calls_that_wait() {
    for (decision, notes) in [(Decision::Never, 0), (Decision::Always, 2)] {
        let folder = tempfile::tempdir().expect("a folder");
        let hub = open(folder.path()).await;
        let note = |title: &str| {
            let note = serde_json::json!({ "title": title, "text": "Buy it." });
            call("write_note", &note)
        };
        let model = Script::of([note("Milk") + &note("Bread"), "Done.".to_owned()]);
        let answering = work(&hub, &model, &["write_note"]).await;
        let asked = until("it asks about both", async || {
            let list = hub.answer(ListApprovals {}).await.expect("a list");
            (list.waiting.len() == 2).then(|| list.waiting[0].call)
        })
        .await;
        let answer = AnswerApproval {
            call: asked,
            decision,
            masked: None,
        };
        hub.answer(answer).await.expect("it waits");
        assert_eq!(whole(answering).await.expect("an answer"), "Done.");
        let feed = hub.answer(ReadFeed {
            kind: Some(FeedKind::Change),
            ..ReadFeed::default()
        });
        let changes = feed.await.expect("the feed").entries.len();
        assert_eq!(changes, notes, "{decision:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_that_nobody_waits_for_is_cancelled() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    let model = Script::waiting(["Never said."]);
    let answering = work(&hub, &model, &["now"]).await;
    drop(answering);
    until("it is cancelled", async || {
        let agents = agents(&hub).await;
        (agents.first()?.state == AgentState::Cancelled).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_goes_on_after_the_hub_was_closed_and_a_question_is_asked_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    let note = serde_json::json!({ "title": "Milk", "text": "Buy milk." });
    let model = Script::of([call("write_note", &note)]);
    let answering = work(&hub, &model, &["write_note"]).await;
    let asked = waiting(&hub).await;
    hub.house.agents.closing().await;
    whole(answering).await.expect_err("it rests");
    hub.house.agents.opened().await;
    let again = waiting(&hub).await;
    assert_eq!((again.call, again.arguments), (asked.call, asked.arguments));
    let no = AnswerApproval {
        call: again.call,
        decision: Decision::Decline,
        masked: None,
    };
    hub.answer(no).await.expect("it waits");
    let check = hub.answer(VerifyAudit {}).await.expect("it is checked");
    assert_eq!(check.wrong, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn address_waits_for_the_person_where_the_instructions_tell_of_something_remembered() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    let keep = KeepMemory {
        memory: None,
        text: "The person lives in the lighthouse of Korsnes.".to_owned(),
    };
    hub.answer(keep).await.expect("it is kept");
    let always = SetToolPermission {
        tool: "fetch_page".to_owned(),
        permission: Permission::Always,
    };
    hub.answer(always).await.expect("it is a tool");
    let address = serde_json::json!({ "address": "https://example.org/?home=Korsnes&to=ada@korsnes-light.net" });
    let model = Script::of([call("fetch_page", &address)]);
    let admin = Admin {
        hub: hub.clone(),
        conversation: hub.house.mint.conversation(),
        question: hub.house.mint.message(),
        answer: hub.house.mint.message(),
        is_asked_by_program: false,
        model: Arc::clone(&model) as Arc<dyn Model>,
    };
    let generation = question("Look on a website for the lighthouse.");
    let answering = admin.generate(generation).await.expect("work begins");
    let asked = waiting(&hub).await;
    assert!(
        asked.leaves && asked.arguments.contains("Korsnes"),
        "{asked:?}"
    );
    assert_eq!(
        asked.labels,
        ["memory"],
        "where the private parts may be from"
    );
    let masked = asked.masked.expect("there is an address in it");
    assert!(
        masked.contains("Korsnes") && !masked.contains("ada@korsnes-light.net"),
        "{masked}"
    );
    drop(answering);
}
