//! Answers about what the AI did.

use contract::feed::{FeedPage, PAGE_ENTRIES_MAX, ReadFeed, UndoFeedEntry};
use contract::{Code, Done, Fault, Notice};
use serde_json::Value;
use store::{FeedFilter, Transaction};

use super::{Answer, page};
use crate::agents;
use crate::convert;
use crate::desk::Input;
use crate::house::Hub;

/// How many entries a page has when no limit is named.
const PAGE_ENTRIES_USUAL: u32 = 100;

impl Answer<ReadFeed> for Hub {
    async fn answer_to(&self, ask: ReadFeed) -> Result<FeedPage, Fault> {
        let limit = ask
            .limit
            .unwrap_or(PAGE_ENTRIES_USUAL)
            .clamp(1, PAGE_ENTRIES_MAX);
        let filter = FeedFilter {
            kinds: ask
                .kind
                .map(|kind| kind.name().to_owned())
                .into_iter()
                .collect(),
            text: ask.search,
            before: ask.before.and_then(|number| u64::try_from(number).ok()),
            // One more than asked tells whether there are more.
            limit: limit + 1,
            ..FeedFilter::default()
        };
        let found = self
            .house
            .store
            .read_feed(filter)
            .await
            .map_err(|error| convert::store_fault(&error))?;
        let (found, more) = page(found, limit);
        Ok(FeedPage {
            entries: found.into_iter().map(agents::entry).collect(),
            more,
        })
    }
}

impl Answer<UndoFeedEntry> for Hub {
    async fn answer_to(&self, ask: UndoFeedEntry) -> Result<Done, Fault> {
        let store = &self.house.store;
        let number = u64::try_from(ask.number).unwrap_or_default();
        let row = store
            .feed_entry(number)
            .await
            .map_err(|error| convert::store_fault(&error))?
            .ok_or_else(|| Fault::refused(Code::NotFound, "There is no such entry."))?;
        if row.undone.is_some() {
            return Ok(Done {});
        }
        let cannot = || Fault::refused(Code::InvalidAsk, "That cannot be undone.");
        let call = row
            .entry
            .call
            .filter(|_| row.entry.undo.is_some())
            .ok_or_else(cannot)?;
        let outcome = store
            .action_outcome(call)
            .await
            .map_err(|error| convert::store_fault(&error))?
            .ok_or_else(cannot)?;
        let (undo, now) = (outcome["undo"].clone(), self.now());
        let undone = store
            .transact("undoing what was done", move |together| {
                take_back(together, &undo)?;
                together.mark_undone(number, now).map(drop)
            })
            .await;
        undone.map_err(|error| convert::store_fault(&error))?;
        self.bring(Input::Tell(Notice::MemoriesChanged)).await;
        Ok(Done {})
    }
}

/// Takes back what a call made. What is gone already is taken back as well.
fn take_back(together: &Transaction<'_>, undo: &Value) -> Result<(), store::StoreError> {
    fn id<T: std::str::FromStr>(undo: &Value, noun: &str) -> Option<T> {
        undo[noun].as_str()?.parse().ok()
    }
    if let Some(note) = id(undo, "note") {
        together.delete_note(note)?;
    }
    if let Some(reminder) = id(undo, "reminder") {
        together.delete_reminder(reminder)?;
    }
    if let Some(memory) = id(undo, "memory") {
        together.delete_memory(memory)?;
    }
    let memories = undo["memories"].as_array().into_iter().flatten();
    for memory in memories.filter_map(|memory| memory.as_str()?.parse().ok()) {
        together.delete_memory(memory)?;
    }
    Ok(())
}
