//! What is told of the agents: entries of the feed, categories for the audit chain, and views.

use std::collections::BTreeMap;

use base::{AgentId, ConversationId, Timestamp};
use contract::agent::{AgentLevel, AgentState, BudgetView, StepKind, StepView};
use contract::approval::ApprovalView;
use contract::feed::FeedKind;
use contract::model::EngineView;
use domain::agent::call::{Call, CallEnd, Declined, SideEffects};
use domain::agent::level::Level;
use domain::agent::state::State;
use domain::agent::tree::{Agent, Event, Happening, Outcome, Tree};
use domain::agent::turn;
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::{AuditEntry, AuditKind, AuditValue, FeedEntry, FeedRow};

use super::actor::called;
use super::journal::Line;
use super::wording::Sentence;
use super::{Sheet, tools, wording};

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
        Happening::Approved { call, .. }
        | Happening::Declined { call, .. }
        | Happening::Began { call }
        | Happening::Ended { call, .. } => tree.call(*call).map(|call| call.agent),
    }
}

/// What the audit chain says of an event.
pub(super) fn audit(event: &Event, agent: AgentId, tree: &Tree) -> Option<AuditEntry> {
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
        Happening::Approved { call, instead } => {
            let (how, digest) = match instead {
                None => ("approved", None),
                Some(_) => (
                    "approved with private parts hidden",
                    tree.call(*call).map(digest),
                ),
            };
            let subject = format!("{how}: call:{call}");
            (AuditKind::Approval, person, subject, digest)
        }
        Happening::Declined { call, why } => {
            let (actor, what) = match why {
                Declined::ByPerson => (person, "declined"),
                Declined::TakenOver => (person, "taken over"),
                Declined::Unanswered => ("hub".to_owned(), "not answered"),
            };
            let subject = format!("{what}: call:{call}");
            (AuditKind::Approval, actor, subject, None)
        }
        Happening::Began { call } => {
            let subject = format!("began: call:{call}");
            (AuditKind::ToolRun, by_agent, subject, None)
        }
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
    let (kind, call, sentence, undo) = match &event.what {
        Happening::Spawned(spawn) if spawn.parent.is_some() => {
            let sentence = wording::gave_work(spawn.level, &spawn.task);
            (FeedKind::Delegation, None, sentence, None)
        }
        Happening::Declined { call, why } => {
            let sentence = wording::declined(tree.call(*call)?, *why);
            (FeedKind::Approval, Some(*call), sentence, None)
        }
        Happening::Ended { call, end } => {
            let (kind, sentence, undo) = ended(tree.call(*call)?, end)?;
            (kind, Some(*call), sentence, undo)
        }
        Happening::Finished { outcome, .. } => {
            let one = tree.agent(agent)?;
            let (kind, sentence) = match outcome {
                Outcome::Failed(why) => (FeedKind::Failure, wording::stuck(one.level, why)),
                Outcome::Answered { .. } if one.parent.is_some() => {
                    (FeedKind::Delegation, wording::concluded(one.level))
                }
                Outcome::Answered { .. } => (FeedKind::Answer, wording::answered(&one.task)),
                Outcome::AnsweredByPerson { .. } | Outcome::Cancelled(_) => return None,
            };
            (kind, None, sentence, None)
        }
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
        text: sentence.text,
        translations: sentence.translations,
        undo,
    })
}

/// What a person is told of a call that ended, and what takes it back.
fn ended(call: &Call, end: &CallEnd) -> Option<(FeedKind, Sentence, Option<Value>)> {
    let changes = call.side_effects != SideEffects::None;
    let (kind, sentence) = match end {
        CallEnd::Done { .. } if matches!(call.tool.as_str(), "remember" | "set_up") => {
            (FeedKind::Memory, wording::did(call))
        }
        CallEnd::Done { .. } if changes => (FeedKind::Change, wording::did(call)),
        CallEnd::Done { .. } => (FeedKind::Look, wording::did(call)),
        CallEnd::Failed { reason, .. } => (FeedKind::Failure, wording::failed(call, reason)),
        CallEnd::Interrupted => (FeedKind::Failure, wording::cut_off(call)),
        CallEnd::Refused(_) | CallEnd::Declined(_) | CallEnd::Cancelled => return None,
    };
    let can_undo =
        matches!(end, CallEnd::Done { .. }) && call.side_effects == SideEffects::ExactlyOnce;
    let undo = can_undo.then(|| serde_json::json!({ "call": call.id }));
    Some((kind, sentence, undo))
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
        translations: row.entry.translations,
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
            let what = wording::would(call);
            Some(ApprovalView {
                call: call.id,
                agent: call.agent,
                conversation: root.conversation,
                tool: call.tool.clone(),
                what: what.text,
                translations: what.translations,
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
                        Outcome::Failed(why) => wording::failure(why),
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

/// A text of at most so many characters.
pub(super) fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}
