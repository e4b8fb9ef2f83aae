//! What is told of the agents: sentences for the feed, categories for the audit chain, and views.

use std::collections::BTreeMap;

use base::{AgentId, ConversationId, Timestamp};
use contract::agent::{AgentLevel, AgentState, BudgetView, StepKind, StepView};
use contract::approval::ApprovalView;
use contract::feed::FeedKind;
use contract::model::EngineView;
use domain::agent::call::{Call, CallEnd, Declined, SideEffects};
use domain::agent::capability::Capability;
use domain::agent::level::Level;
use domain::agent::state::State;
use domain::agent::tree::{Agent, Event, Failure, Happening, Outcome, Tree};
use domain::agent::turn;
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::{AuditEntry, AuditKind, AuditValue, FeedEntry, FeedRow};

use super::actor::called;
use super::journal::Line;
use super::{Sheet, tools};
use crate::convert::capital;

/// Characters of a text that a sentence quotes.
const QUOTED_CHARS: usize = 120;

/// Characters of a step that are shown.
const STEP_CHARS: usize = 2_000;

/// Whose event it is.
pub(super) fn agent_of(what: &Happening, tree: &Tree) -> Option<AgentId> {
    match what {
        Happening::Spawned(spawn) => Some(spawn.agent),
        Happening::Moved { agent, .. }
        | Happening::Spent { agent, .. }
        | Happening::Paused { agent }
        | Happening::Resumed { agent }
        | Happening::TakenOver { agent }
        | Happening::Finished { agent, .. }
        | Happening::Recovered { agent } => Some(*agent),
        Happening::Asked { call, .. }
        | Happening::Allowed { call, .. }
        | Happening::Refused { call, .. } => Some(call.agent),
        Happening::Approved { call }
        | Happening::Declined { call, .. }
        | Happening::Began { call }
        | Happening::Ended { call, .. } => tree.call(*call).map(|call| call.agent),
    }
}

/// What the audit chain says of an event.
pub(super) fn audit(event: &Event, agent: AgentId) -> Option<AuditEntry> {
    let by_agent = format!("agent:{agent}");
    let person = "person".to_owned();
    let (kind, actor, subject, digest) = match &event.what {
        Happening::Spawned(spawn) => {
            let level = level_name(spawn.level);
            (AuditKind::Spawn, by_agent, level.to_owned(), None)
        }
        Happening::Asked { call, .. } => {
            let subject = format!("asked: {}", call.tool);
            (AuditKind::Approval, by_agent, subject, Some(digest(call)))
        }
        Happening::Refused { call, .. } => {
            let subject = format!("refused: {}", call.tool);
            (AuditKind::ToolRun, by_agent, subject, Some(digest(call)))
        }
        Happening::Allowed { call, .. } if call.side_effects != SideEffects::None => {
            let subject = format!("allowed before: {}", call.tool);
            (AuditKind::Approval, person, subject, Some(digest(call)))
        }
        Happening::Approved { call } => (
            AuditKind::Approval,
            person,
            format!("approved: call:{call}"),
            None,
        ),
        Happening::Declined { call, why } => {
            let (actor, what) = match why {
                Declined::ByPerson => (person, "declined"),
                Declined::TakenOver => (person, "taken over"),
                Declined::Unanswered => ("hub".to_owned(), "not answered"),
            };
            let subject = format!("{what}: call:{call}");
            (AuditKind::Approval, actor, subject, None)
        }
        Happening::Began { call } => (
            AuditKind::ToolRun,
            by_agent,
            format!("began: call:{call}"),
            None,
        ),
        Happening::Ended { call, end } => {
            let subject = format!("{}: call:{call}", ending(end));
            (AuditKind::ToolRun, by_agent, subject, None)
        }
        Happening::Allowed { .. }
        | Happening::Moved { .. }
        | Happening::Spent { .. }
        | Happening::Paused { .. }
        | Happening::Resumed { .. }
        | Happening::TakenOver { .. }
        | Happening::Finished { .. }
        | Happening::Recovered { .. } => return None,
    };
    Some(AuditEntry {
        at: event.at,
        kind,
        actor,
        subject,
        digest,
        details: details(&event.what),
    })
}

/// How a call ended, in a word.
fn ending(end: &CallEnd) -> &'static str {
    match end {
        CallEnd::Done { .. } => "done",
        CallEnd::Failed { .. } => "failed",
        CallEnd::Refused(_) => "refused",
        CallEnd::Declined(_) => "declined",
        CallEnd::Interrupted => "interrupted",
        CallEnd::Cancelled => "cancelled",
    }
}

fn details(what: &Happening) -> BTreeMap<String, AuditValue> {
    let call = match what {
        Happening::Asked { call, .. }
        | Happening::Refused { call, .. }
        | Happening::Allowed { call, .. } => call,
        _ => return BTreeMap::new(),
    };
    let id = AuditValue::Text(call.id.to_string());
    BTreeMap::from([("call".to_owned(), id)])
}

/// The hash of exactly what a call would do.
fn digest(call: &Call) -> [u8; 32] {
    Sha256::digest(format!("{}\n{}", call.tool, call.arguments)).into()
}

/// What a person is told of an event.
pub(super) fn feed(
    event: &Event,
    agent: AgentId,
    conversation: Option<ConversationId>,
    tree: &Tree,
) -> Option<FeedEntry> {
    let who = tree
        .agent(agent)
        .map_or("an agent", |one| called(one.level));
    let (kind, call, text, undo) = match &event.what {
        Happening::Spawned(spawn) if spawn.parent.is_some() => {
            let (whom, task) = (called(spawn.level), quoted(&spawn.task));
            let text = format!("Gave work to {whom}: {task}");
            (FeedKind::Delegation, None, text, None)
        }
        Happening::Declined { call, why } => {
            let wanted = what_of(*call, tree);
            let text = match why {
                Declined::ByPerson => format!("You said no: {wanted}"),
                Declined::TakenOver => format!("You took over: {wanted}"),
                Declined::Unanswered => format!("Nobody answered, so it was not done: {wanted}"),
            };
            (FeedKind::Approval, Some(*call), text, None)
        }
        Happening::Ended { call, end } => {
            let (kind, text, undo) = ended(tree.call(*call)?, end)?;
            (kind, Some(*call), text, undo)
        }
        Happening::Finished { outcome, .. } => match outcome {
            Outcome::Failed(why) => {
                let text = format!("{} could not go on: {}", capital(who), failure(why));
                (FeedKind::Failure, None, text, None)
            }
            Outcome::Answered { .. } if is_child(agent, tree) => {
                let text = format!("{} came to an answer.", capital(who));
                (FeedKind::Delegation, None, text, None)
            }
            Outcome::Answered { .. } => {
                let task = tree.agent(agent).map_or("", |one| one.task.as_str());
                (
                    FeedKind::Answer,
                    None,
                    format!("Answered: {}", quoted(task)),
                    None,
                )
            }
            Outcome::AnsweredByPerson { .. } | Outcome::Cancelled(_) => return None,
        },
        Happening::Spawned(_)
        | Happening::Moved { .. }
        | Happening::Spent { .. }
        | Happening::Asked { .. }
        | Happening::Allowed { .. }
        | Happening::Refused { .. }
        | Happening::Approved { .. }
        | Happening::Began { .. }
        | Happening::Paused { .. }
        | Happening::Resumed { .. }
        | Happening::TakenOver { .. }
        | Happening::Recovered { .. } => return None,
    };
    Some(FeedEntry {
        at: event.at,
        kind: kind.name().to_owned(),
        conversation,
        agent: Some(agent),
        call,
        text,
        undo,
    })
}

/// What a person is told of a call that ended, and what takes it back.
fn ended(call: &Call, end: &CallEnd) -> Option<(FeedKind, String, Option<Value>)> {
    let changes = call.side_effects != SideEffects::None;
    let wanted = what(call);
    let (kind, text) = match end {
        CallEnd::Done { .. } if matches!(call.tool.as_str(), "remember" | "set_up") => {
            (FeedKind::Memory, did(call))
        }
        CallEnd::Done { .. } if changes => (FeedKind::Change, did(call)),
        CallEnd::Done { .. } => (FeedKind::Look, did(call)),
        CallEnd::Failed { reason, .. } => (
            FeedKind::Failure,
            format!("{wanted} It failed: {}", quoted(reason)),
        ),
        CallEnd::Interrupted => (
            FeedKind::Failure,
            format!("{wanted} It was cut off, and it is not known whether it happened."),
        ),
        CallEnd::Refused(_) | CallEnd::Declined(_) | CallEnd::Cancelled => return None,
    };
    let can_undo =
        matches!(end, CallEnd::Done { .. }) && call.side_effects == SideEffects::ExactlyOnce;
    let undo = can_undo.then(|| serde_json::json!({ "call": call.id }));
    Some((kind, text, undo))
}

fn is_child(agent: AgentId, tree: &Tree) -> bool {
    tree.agent(agent).is_some_and(|one| one.parent.is_some())
}

/// An entry of the feed as front ends see it.
pub(crate) fn entry(row: FeedRow) -> contract::feed::FeedEntry {
    let kind = FeedKind::ALL
        .into_iter()
        .find(|kind| kind.name() == row.entry.kind)
        .unwrap_or(FeedKind::Change);
    contract::feed::FeedEntry {
        number: i64::try_from(row.id).unwrap_or(i64::MAX),
        at: row.entry.at,
        kind,
        text: row.entry.text,
        conversation: row.entry.conversation,
        agent: row.entry.agent,
        can_undo: row.entry.undo.is_some() && row.undone.is_none(),
        undone: row.undone,
    }
}

/// Entries that were written just now, with the ids that they got.
pub(super) fn entries(ids: Vec<u64>, written: Vec<FeedEntry>) -> Vec<contract::feed::FeedEntry> {
    let rows = ids.into_iter().zip(written);
    rows.map(|(id, written)| {
        entry(FeedRow {
            id,
            entry: written,
            undone: None,
        })
    })
    .collect()
}

/// What a call would do, as a sentence to the person.
pub(super) fn what(call: &Call) -> String {
    sentences(call).0
}

/// What a call has done, as a sentence to the person.
fn did(call: &Call) -> String {
    sentences(call).1
}

/// What a call would do, and what it has done then.
fn sentences(call: &Call) -> (String, String) {
    let both = |would: &str, has: &str, about: &str| {
        (format!("{would} {about}"), format!("{has} {about}"))
    };
    if let Capability::Mcp(server) = &call.capability {
        let name = call.tool.strip_prefix(&format!("{server}."));
        let name = name.unwrap_or(&call.tool);
        let tool = format!("the tool {name} of the server {server}.");
        return both("Call", "Called", &tool);
    }
    let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_default();
    let of = |key: &str| quoted(arguments[key].as_str().unwrap_or_default());
    match call.tool.as_str() {
        "fetch_page" => {
            let page = format!("the page {} from the web.", of("address"));
            both("Fetch", "Fetched", &page)
        }
        "find_people" => both("Look", "Looked", "for people with the same interest."),
        "introduce" => both("Introduce", "Introduced", "itself."),
        "list_files" => both("List", "Listed", "files."),
        "list_reminders" => both("Look", "Looked", "at the reminders."),
        "now" => both("Look", "Looked", "at the clock."),
        "read_file" => both("Read", "Read", &format!("the file {}.", of("path"))),
        "recall" => both("Look", "Looked", "up what is known about you."),
        "remember" => both("Remember:", "Remembered:", &of("text")),
        "search_documents" => both("Look", "Looked", "into your documents."),
        "search_files" => {
            let files = format!("for {} in your files.", of("query"));
            both("Look", "Looked", &files)
        }
        "search_notes" => both("Look", "Looked", "into your notes."),
        "set_up" => both("Remember", "Remembered", "what you said about you."),
        "set_reminder" => {
            let reminder = format!("you at {}: {}", of("when"), of("text"));
            both("Remind", "Will remind", &reminder)
        }
        "share_memory" => both("Give", "Gave", "another program what is known about you."),
        "system_status" => both("Look", "Looked", "at how this machine is doing."),
        "write_file" => both("Write", "Wrote", &format!("the file {}.", of("path"))),
        "write_note" => both("Write", "Wrote", &format!("the note {}.", of("title"))),
        "delegate" => both("Give work away:", "Gave work away:", &of("task")),
        other => both("Call", "Called", &format!("the tool {other}.")),
    }
}

fn what_of(call: base::CallId, tree: &Tree) -> String {
    tree.call(call)
        .map_or_else(|| "a call that is gone".to_owned(), what)
}

/// How this machine and HAI-Net are doing, in words.
pub(super) fn status_rows(
    status: &contract::system::StatusView,
    machine: &contract::system::ResourcesView,
) -> Vec<(String, String)> {
    let model = match (&status.engine, &status.model) {
        (EngineView::Ready { model, device, .. }, _) => format!("{model}, ready on {device}"),
        (EngineView::Loading { model, .. }, _) => format!("{model}, being loaded"),
        (EngineView::Failed { fault }, _) => fault.message.clone(),
        (EngineView::Asleep | EngineView::Starting, Some(model)) => format!("{model}, asleep"),
        (EngineView::Asleep | EngineView::Starting, None) => "none is installed".to_owned(),
    };
    let minutes = status.uptime.0 / 60_000;
    let mut rows = vec![
        (
            "HAI-Net",
            format!("version {}, running for {minutes} min", status.version),
        ),
        ("Model", model),
        (
            "Processor",
            format!(
                "{} busy, {} of it by HAI-Net, {} cores",
                machine.cpu_busy, machine.cpu_busy_by_us, machine.cores
            ),
        ),
        (
            "Memory",
            format!(
                "{} of {} free, {} used by HAI-Net",
                machine.memory_available, machine.memory_total, machine.memory_by_us
            ),
        ),
        (
            "Disk",
            format!("{} of {} free", machine.disk_free, machine.disk_total),
        ),
        ("Conversations", status.conversations.to_string()),
        (
            "Sharing",
            "off: nothing of this machine is shared".to_owned(),
        ),
    ];
    if let Some(battery) = machine.battery {
        rows.push(("Battery", battery.to_string()));
    }
    rows.into_iter()
        .map(|(what, how)| (what.to_owned(), how))
        .collect()
}

/// The calls that wait for the person, the oldest first.
pub(crate) fn waiting(sheet: &Sheet) -> Vec<ApprovalView> {
    let mut waiting: Vec<ApprovalView> = sheet
        .tree
        .questions()
        .filter_map(|(until, call)| {
            let root = sheet.root_of(call.agent)?;
            let leaves = tools::leaves(call);
            let mut labels: Vec<String> = sheet.seen(call.agent).into_iter().collect();
            labels.retain(|label| leaves && tools::is_private(label));
            Some(ApprovalView {
                call: call.id,
                agent: call.agent,
                conversation: root.conversation,
                tool: call.tool.clone(),
                what: what(call),
                arguments: call.arguments.clone(),
                masked: None,
                leaves,
                labels,
                asked: asked(until),
                expires: until,
            })
        })
        .collect();
    waiting.sort_by_key(|waiting| waiting.call);
    waiting
}

/// When a call was asked that waits until then.
fn asked(until: Timestamp) -> Timestamp {
    let patience = u64::try_from(domain::agent::tree::REVIEW_PATIENCE.as_millis());
    let patience = patience.expect("minutes fit");
    Timestamp::from_millis(until.as_millis().saturating_sub(patience))
}

/// Why an agent could not go on.
pub(super) fn failure(failure: &Failure) -> String {
    match failure {
        Failure::Turn { reason, .. } => reason.clone(),
        Failure::Overspent(resource) => format!("it used up its {resource}"),
        Failure::CrashedTooOften => "HAI-Net crashed repeatedly during this work".to_owned(),
    }
}

/// The level, as front ends see it.
pub(super) fn level(level: Level) -> AgentLevel {
    match level {
        Level::Admin => AgentLevel::Admin,
        Level::Manager => AgentLevel::Manager,
        Level::Worker => AgentLevel::Worker,
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Admin => "admin",
        Level::Manager => "manager",
        Level::Worker => "worker",
    }
}

/// The state, as front ends see it.
pub(super) fn state(state: State) -> AgentState {
    match state {
        State::Created => AgentState::Created,
        State::Planning => AgentState::Planning,
        State::Working => AgentState::Working,
        State::Waiting => AgentState::WaitingForApproval,
        State::Paused => AgentState::Paused,
        State::Done => AgentState::Done,
        State::Failed => AgentState::Failed,
        State::Cancelled => AgentState::Cancelled,
    }
}

/// What an agent may use and has used, as front ends see it.
pub(super) fn budget(agent: &Agent) -> BudgetView {
    let (granted, left) = (agent.account.granted(), agent.account.left());
    BudgetView {
        tokens: granted.tokens.0,
        tokens_used: granted.tokens.0 - left.tokens.0,
        wall_ms: granted.wall.0,
        wall_ms_used: granted.wall.0 - left.wall.0,
        children: granted.children,
        children_used: granted.children - left.children,
    }
}

/// The steps of one agent, out of the journal of its tree.
pub(super) fn steps(agent: AgentId, lines: &[Line]) -> Vec<StepView> {
    let mut steps = Vec::new();
    for line in lines {
        let (at, kind, text) = match line {
            Line::Turn { agent: of, event } if *of == agent => match &event.input {
                turn::Input::Begun(task) => (event.at, StepKind::Task, task.text.clone()),
                turn::Input::Said { text, calls, .. } => {
                    let told: Vec<String> = calls
                        .iter()
                        .map(|call| format!("{} {}", call.name, call.arguments))
                        .collect();
                    if !text.trim().is_empty() {
                        steps.push(step(event.at, StepKind::Said, text));
                    }
                    if told.is_empty() {
                        continue;
                    }
                    (event.at, StepKind::Called, told.join("\n"))
                }
                turn::Input::ModelFailed { reason } => {
                    (event.at, StepKind::Refused, reason.clone())
                }
                turn::Input::CallEnded { end, .. } => {
                    let kind = match end {
                        CallEnd::Done { .. } => StepKind::Returned,
                        CallEnd::Failed { .. }
                        | CallEnd::Refused(_)
                        | CallEnd::Declined(_)
                        | CallEnd::Interrupted
                        | CallEnd::Cancelled => StepKind::Refused,
                    };
                    (event.at, kind, end.observation())
                }
                turn::Input::Recovered | turn::Input::Cancelled | turn::Input::TimeSpent => {
                    continue;
                }
            },
            Line::Tree(event) => match &event.what {
                Happening::Spawned(spawn) if spawn.parent == Some(agent) => {
                    let text = format!("{}: {}", called(spawn.level), spawn.task);
                    (event.at, StepKind::Delegated, text)
                }
                Happening::Finished { agent: of, outcome } if *of == agent => {
                    let text = match outcome {
                        Outcome::Answered { text, .. } | Outcome::AnsweredByPerson { text } => {
                            text.clone()
                        }
                        Outcome::Failed(why) => failure(why),
                        Outcome::Cancelled(_) => "cancelled".to_owned(),
                    };
                    (event.at, StepKind::Ended, text)
                }
                _ => continue,
            },
            Line::Root(_) | Line::Turn { .. } => continue,
        };
        steps.push(step(at, kind, &text));
    }
    steps
}

fn step(at: Timestamp, kind: StepKind, text: &str) -> StepView {
    StepView {
        at,
        kind,
        text: cut(text, STEP_CHARS),
    }
}

/// A text within a sentence, shortened.
fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("“{}”", cut(&line, QUOTED_CHARS))
}

fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}
