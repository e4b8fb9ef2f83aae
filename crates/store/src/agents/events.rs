//! Where events lie: by their numbers, and sorted by tree up to one of them.
//!
//! An index by tree is kept by SQLite with each event, at another page for each tree, and what a
//! transaction costs is its pages: each is encrypted, and written twice. So an event is only written
//! behind the last one, and the index is a table that many are sorted into together. What is not sorted
//! yet is looked through by whoever reads.

use rusqlite::{Connection, params};
use serde_json::Value;

use super::lines::Line;
use super::{AgentEvent, EventFound, TreeId};
use crate::columns::{Json, count, number, time};

/// How many events may lie unsorted behind the last one that is sorted by its tree.
///
/// Sorting touches a page for each tree, so that it is done for many events at once; with sixteen of each
/// tree it no longer counts. Whoever reads a tree looks through all unsorted ones, some sixty pages at most.
const EVENTS_UNSORTED_MAX: u64 = 1_024;

/// The number of the last event that there was, though it may be removed since.
pub(crate) fn last(connection: &Connection) -> rusqlite::Result<u64> {
    connection
        .prepare_cached(
            "SELECT max(through, coalesce((SELECT max(number) FROM agent_events), 0))
             FROM agent_events_sorted",
        )?
        .query_row([], |row| row.get(0))
        .map(count)
}

/// Writes events of a tree under numbers from `first` on.
pub(super) fn write(
    connection: &Connection,
    first: u64,
    tree: [u8; 16],
    events: &[Line],
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO agent_events (number, tree, at, kind, event) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (next, event) in (first..).zip(events) {
        statement.execute(params![
            number(next),
            tree,
            event.at,
            event.kind,
            event.event,
        ])?;
    }
    Ok(())
}

/// Sorts the events by tree when many are not yet; `last` is the number of the last one.
pub(super) fn sort_when_many(connection: &Connection, last: u64) -> rusqlite::Result<()> {
    let through = connection
        .prepare_cached("SELECT through FROM agent_events_sorted")?
        .query_row([], |row| row.get(0))
        .map(count)?;
    if last - through > EVENTS_UNSORTED_MAX {
        sort(connection)?;
    }
    Ok(())
}

/// The events of a tree behind the one of number `after`.
pub(super) fn read(
    connection: &Connection,
    tree: TreeId,
    after: u64,
    limit: u32,
) -> rusqlite::Result<Vec<EventFound>> {
    let mut statement = connection.prepare_cached(
        "SELECT sorted.number, event.at, event.kind, event.event
         FROM agent_events_by_tree AS sorted
         CROSS JOIN agent_events AS event ON event.number = sorted.number
         WHERE sorted.tree = ?1 AND sorted.number > ?2
         UNION ALL
         SELECT number, at, kind, event FROM agent_events
         WHERE number > max(?2, (SELECT through FROM agent_events_sorted)) AND tree = ?1
         ORDER BY number LIMIT ?3",
    )?;
    let rows = statement.query_map(params![tree.to_bytes(), number(after), limit], |row| {
        Ok(EventFound {
            number: count(row.get("number")?),
            event: AgentEvent {
                at: time(row.get("at")?),
                kind: row.get("kind")?,
                event: row.get::<_, Json<Value>>("event")?.0,
            },
        })
    })?;
    rows.collect()
}

/// Removes the events of a tree.
pub(super) fn remove(connection: &Connection, tree: TreeId) -> rusqlite::Result<()> {
    // All of them are then sorted, and their numbers are among those that are never given again.
    sort(connection)?;
    connection
        .prepare_cached(
            "DELETE FROM agent_events WHERE number IN (
                 SELECT number FROM agent_events_by_tree WHERE tree = ?1)",
        )?
        .execute([tree.to_bytes()])?;
    connection
        .prepare_cached("DELETE FROM agent_events_by_tree WHERE tree = ?1")?
        .execute([tree.to_bytes()])?;
    Ok(())
}

/// Sorts all events by tree that are not yet.
fn sort(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO agent_events_by_tree (tree, number)
             SELECT tree, number FROM agent_events
             WHERE number > (SELECT through FROM agent_events_sorted) ORDER BY tree, number",
        )?
        .execute([])?;
    connection
        .prepare_cached(
            "UPDATE agent_events_sorted SET through = last
             FROM (SELECT max(number) AS last FROM agent_events) WHERE through < last",
        )?
        .execute([])?;
    Ok(())
}
