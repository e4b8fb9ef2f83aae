//! Agents at work: the admin that talks with the person, and those that it gives work to.
//!
//! The [`desk`] owns the tree of all agents and writes down what happens before anything follows from it.
//! Each agent is an [`actor`] with a mailbox and a turn of its own; it asks the model and has its calls
//! performed ([`perform`]) by way of the desk, which knows what each may do. A front end sees the admin as a
//! [`model`] that answers, and all of them through the asks about agents.
//!
//! Nothing here decides: what an agent may do, what is asked first and what goes on after a crash is decided
//! in `domain::agent`.

mod actor;
mod brief;
mod desk;
mod journal;
mod model;
mod perform;
mod program;
mod share;
#[cfg(test)]
mod tests;
mod told;
mod tools;
mod wording;

use std::collections::BTreeMap;

use base::{AgentId, ConversationId};
use contract::Notice;
use contract::agent::StepView;
use contract::feed::FeedKind;
use store::{FeedEntry, Store, StoreError, TreeId};

pub(crate) use desk::{Agents, AgentsInbox, Sheet};
pub(crate) use model::Admin;
pub(crate) use program::ForPrograms;
pub(crate) use share::share_memory;
pub(crate) use told::{entry, waiting};
pub(crate) use tools::TOOLS;

use crate::desk::Input;
use crate::house::Hub;

/// What an agent did, step by step, out of the journal of its conversation.
pub(crate) async fn steps(
    store: &Store,
    conversation: ConversationId,
    agent: AgentId,
) -> Result<Vec<StepView>, Box<dyn std::error::Error + Send + Sync>> {
    let lines = journal::lines(store, TreeId::from(conversation)).await?;
    let lines: Vec<_> = lines.into_iter().map(|(_, line)| line).collect();
    Ok(told::steps(agent, &lines))
}

/// Tells reminders that are due, each once.
pub(crate) async fn tell_reminders(hub: &Hub) -> Result<(), StoreError> {
    let (store, now) = (&hub.house.store, hub.now());
    let due = store.reminders_due(now).await?;
    if due.is_empty() {
        return Ok(());
    }
    let ids = due.iter().map(|row| row.id).collect();
    let entries: Vec<FeedEntry> = due
        .iter()
        .map(|row| FeedEntry {
            at: now,
            kind: FeedKind::Reminder.name().to_owned(),
            conversation: None,
            agent: None,
            call: None,
            text: row.text.clone(),
            translations: BTreeMap::new(),
            undo: None,
        })
        .collect();
    // Told first: after a crash in between, twice is better than never.
    let numbers = store.append_feed(entries.clone()).await?;
    store.mark_reminders_told(ids, now).await?;
    let entries = told::entries(numbers, entries);
    hub.bring(Input::Tell(Notice::FeedGrew { entries })).await;
    Ok(())
}
