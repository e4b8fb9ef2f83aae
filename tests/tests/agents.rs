//! Agents at work: what a person asks for is done, what changes something is asked first, nothing is done
//! twice, and the record holds.

use std::time::Duration;

use acceptance::home::Home;
use acceptance::hub::Hub;
use acceptance::{tell, wait};
use contract::agent::{AgentLevel, AgentState, ListAgents, ShowAgent, StepKind};
use contract::approval::{
    AnswerApproval, ApprovalView, Decision, ListApprovals, Permission, SetToolPermission,
};
use contract::audit::{ReadAudit, VerifyAudit};
use contract::conversation::MessageState;
use contract::feed::{FeedKind, ReadFeed, UndoFeedEntry};
use contract::memory::{AddDocument, ListMemories};
use rand::Rng;

/// How often the hub is killed while agents work.
const KILLS: usize = 100;

/// The latest moment of a kill after a person's yes was acknowledged.
const KILL_WITHIN: Duration = Duration::from_millis(120);

fn hub() -> Hub {
    Home::new()
        .with("HAI_NET_LLM_ANSWER_TOKENS_MAX", "48")
        .serve()
}

/// The call that waits for the person.
fn waiting(hub: &Hub) -> ApprovalView {
    wait::until("a call that waits", wait::ANSWER, || {
        let list = hub.ask(ListApprovals {}).expect("a list");
        list.waiting.into_iter().next()
    })
}

fn memories(hub: &Hub, words: &str) -> Vec<String> {
    let ask = ListMemories {
        search: Some(words.to_owned()),
        limit: None,
    };
    let found = hub.ask(ask).expect("a list").memories;
    found.into_iter().map(|memory| memory.text).collect()
}

#[test]
fn status_is_answered_with_what_is_really_so() {
    let hub = hub();
    let sent = hub.say("Show me system status").expect("it is said");
    let answer = hub.ended(sent);
    assert_eq!(answer.state, MessageState::Done, "{answer:?}");
    let view = answer.text.split("```hai-view\n").nth(1).expect("a view");
    let view = view.split("\n```").next().expect("it ends");
    let view: serde_json::Value = serde_json::from_str(view).expect("JSON");
    let rows = view["rows"].to_string();
    assert!(rows.contains("smollm2-135m-instruct"), "{rows}");
    assert!(rows.contains("cores"), "{rows}");
    let agents = hub.ask(ListAgents::default()).expect("a list").agents;
    assert_eq!(agents.len(), 1, "{agents:?}");
    assert_eq!(
        (agents[0].level, agents[0].state),
        (AgentLevel::Admin, AgentState::Done)
    );
    let agent = agents[0].id;
    let steps = hub.ask(ShowAgent { agent }).expect("it is there").steps;
    let kinds: Vec<StepKind> = steps.iter().map(|step| step.kind).collect();
    assert!(
        kinds.starts_with(&[StepKind::Task, StepKind::Called, StepKind::Returned]),
        "{steps:?}"
    );
}

#[test]
fn nobody_is_looked_for_where_no_community_is_joined() {
    let hub = hub();
    let sent = hub.say("Connect me with others interested in beekeeping");
    let _ = hub.ended(sent.expect("it is said"));
    let agent = hub.ask(ListAgents::default()).expect("a list").agents[0].id;
    let steps = hub.ask(ShowAgent { agent }).expect("it is there").steps;
    let returned = steps.iter().find(|step| step.kind == StepKind::Returned);
    let returned = &returned.expect("the tool answered").text;
    assert!(returned.contains("No community is joined"), "{returned}");
    let record = hub.ask(ReadAudit {
        kind: Some("egress".to_owned()),
        ..ReadAudit::default()
    });
    assert!(
        record.expect("it is read").entries.is_empty(),
        "nothing left"
    );
}

#[test]
fn what_the_person_orders_to_remember_is_remembered_told_and_can_be_undone() {
    let hub = hub();
    let sent = hub.say("Remember that I drink tea, never coffee.");
    let _ = hub.ended(sent.expect("it is said"));
    assert_eq!(memories(&hub, "tea"), ["I drink tea, never coffee."]);
    let page = hub.ask(ReadFeed::default()).expect("the feed");
    let entry = page
        .entries
        .iter()
        .find(|entry| entry.kind == FeedKind::Memory);
    let entry = entry.expect("the feed tells of it");
    assert!(entry.text.contains("tea") && entry.can_undo, "{entry:?}");
    let number = entry.number;
    let _ = hub.ask(UndoFeedEntry { number }).expect("it is undone");
    assert_eq!(memories(&hub, "tea"), Vec::<String>::new());
    let _ = hub
        .ask(UndoFeedEntry { number })
        .expect("twice is harmless");
}

#[test]
fn change_waits_for_the_persons_yes_and_a_no_keeps_it_from_happening() {
    let hub = hub();
    let sent = hub.say("Please remind me to call Mum").expect("it is said");
    let asked = waiting(&hub);
    assert_eq!(asked.tool, "set_reminder");
    assert!(!asked.leaves);
    let arguments: serde_json::Value = serde_json::from_str(&asked.arguments).expect("JSON");
    assert!(arguments["when"].is_string(), "{arguments}");
    let agents = hub.ask(ListAgents::default()).expect("a list").agents;
    assert_eq!(agents[0].state, AgentState::WaitingForApproval);
    let no = AnswerApproval {
        call: asked.call,
        decision: Decision::Never,
        masked: None,
    };
    let _ = hub.ask(no).expect("it waits");
    let _ = hub.ended(sent);
    // From now on it is refused without asking.
    let sent = hub.say("Please remind me to call Dad").expect("it is said");
    let _ = hub.ended(sent);
    assert!(
        hub.ask(ListApprovals {})
            .expect("a list")
            .waiting
            .is_empty()
    );
    let page = hub.ask(ReadFeed {
        kind: Some(FeedKind::Change),
        ..ReadFeed::default()
    });
    assert!(
        page.expect("the feed").entries.is_empty(),
        "nothing changed"
    );
    let check = hub.ask(VerifyAudit {}).expect("it is checked");
    assert_eq!(check.wrong, None);
    assert!(check.entries >= 4, "{check:?}");
}

#[test]
fn work_is_given_to_a_worker_who_answers_within_its_budget() {
    let hub = hub();
    let sent = hub.say("Delegate this to a worker: name three fruits.");
    let answer = hub.ended(sent.expect("it is said"));
    assert!(
        matches!(answer.state, MessageState::Done | MessageState::CutOff),
        "{answer:?}"
    );
    let agents = hub.ask(ListAgents::default()).expect("a list").agents;
    let admin = agents.iter().find(|one| one.level == AgentLevel::Admin);
    let admin = admin.expect("the admin is there");
    let child = agents.iter().find(|one| one.parent == Some(admin.id));
    let child = child.expect("somebody got work");
    assert!(child.budget.tokens < admin.budget.tokens);
    assert!(child.state.is_end(), "{child:?}");
    let page = hub.ask(ReadFeed {
        kind: Some(FeedKind::Delegation),
        ..ReadFeed::default()
    });
    assert!(
        !page.expect("the feed").entries.is_empty(),
        "a person sees it"
    );
}

#[test]
fn document_is_found_again_by_its_words() {
    use base64::Engine as _;
    let hub = hub();
    let text = "The lighthouse keeper of Korsnes is called Ada Berg.\n\nShe keeps bees.";
    let added = hub.ask(AddDocument {
        conversation: None,
        name: "keeper.md".to_owned(),
        content: base64::prelude::BASE64_STANDARD.encode(text),
    });
    assert!(added.expect("it is read").chunks >= 1);
    let sent = hub.say("Who is the keeper in my document?");
    let _ = hub.ended(sent.expect("it is said"));
    let agent = hub.ask(ListAgents::default()).expect("a list").agents[0].id;
    let steps = hub.ask(ShowAgent { agent }).expect("it is there").steps;
    let returned = steps.iter().find(|step| step.kind == StepKind::Returned);
    let returned = &returned.expect("the tool answered").text;
    assert!(
        returned.contains("[keeper.md]") && returned.contains("Ada Berg"),
        "{returned}"
    );
}

#[test]
fn nothing_approved_is_lost_or_done_twice_when_the_hub_is_killed_while_agents_work() {
    let mut chance = acceptance::chance();
    let home = Home::new().with("HAI_NET_LLM_ANSWER_TOKENS_MAX", "16");
    let mut hub = home.serve();
    let ask = SetToolPermission {
        tool: "remember".to_owned(),
        permission: Permission::Ask,
    };
    let _ = hub.ask(ask).expect("it is a tool");
    for round in 1..=KILLS {
        let word = format!("quokka{round}x");
        let _ = hub.say(&format!("Remember that the word is {word}."));
        let asked = wait::until("the call of this round", wait::ANSWER, || {
            let list = hub.ask(ListApprovals {}).expect("a list").waiting;
            list.into_iter().find(|one| one.arguments.contains(&word))
        });
        let yes = AnswerApproval {
            call: asked.call,
            decision: Decision::Once,
            masked: None,
        };
        let _ = hub.ask(yes).expect("it waits");
        std::thread::sleep(chance.random_range(Duration::ZERO..KILL_WITHIN));
        let home = hub.kill();
        hub = home.serve();
        wait::until(
            &format!("what was approved in round {round}"),
            wait::ANSWER,
            || (!memories(&hub, &word).is_empty()).then_some(()),
        );
    }
    let all = memories(&hub, "word");
    let check = hub.ask(VerifyAudit {}).expect("it is checked");
    assert_eq!(check.wrong, None, "the record holds");
    assert_eq!(all.len(), KILLS, "each once");
    tell(format_args!(
        "{KILLS} kills, {} entries on record",
        check.entries
    ));
}
