//! Reminders: what to tell a person, and when.

use base::{ReminderId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::Store;
use crate::columns::{millis, time};
use crate::error::StoreError;
use crate::transaction::Transaction;

/// The most reminders that one list has, whatever its filter asks.
pub const REMINDERS_MAX: u32 = 1_000;

/// A reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReminderRow {
    /// Its name.
    pub id: ReminderId,
    /// What to tell.
    pub text: String,
    /// When to tell it.
    pub due: Timestamp,
    /// When it was made.
    pub created: Timestamp,
    /// When the person said that it is done.
    pub done: Option<Timestamp>,
    /// When it was told.
    pub told: Option<Timestamp>,
}

/// Which reminders to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReminderFilter {
    /// Only those that are done, or only those that are not.
    pub done: Option<bool>,
    /// Only those due at this time or later.
    pub from: Option<Timestamp>,
    /// Only those due before this time.
    pub until: Option<Timestamp>,
    /// How many at most; never more than [`REMINDERS_MAX`].
    pub limit: u32,
}

impl Store {
    /// Keeps a reminder, in place of an earlier state of the same one, whose `created` stays.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn save_reminder(&self, row: ReminderRow) -> Result<(), StoreError> {
        self.transact("saving a reminder", move |together| {
            together.save_reminder(&row)
        })
        .await
    }

    /// Removes a reminder, and returns what it was.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn delete_reminder(&self, id: ReminderId) -> Result<Option<ReminderRow>, StoreError> {
        self.transact("deleting a reminder", move |together| {
            together.delete_reminder(id)
        })
        .await
    }

    /// One reminder; `None` when there is no such one.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn reminder(&self, id: ReminderId) -> Result<Option<ReminderRow>, StoreError> {
        self.read("reading a reminder", move |connection| {
            Ok(one(connection, id)?)
        })
        .await
    }

    /// Reminders, the one that is due first first.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn reminders(&self, filter: ReminderFilter) -> Result<Vec<ReminderRow>, StoreError> {
        self.read("listing reminders", move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT * FROM reminders
                 WHERE due >= ?1 AND due < ?2 AND (?3 IS NULL OR (done IS NOT NULL) = ?3)
                 ORDER BY due, id LIMIT ?4",
            )?;
            let rows = statement.query_map(
                params![
                    filter.from.map_or(0, millis),
                    filter.until.map_or(i64::MAX, millis),
                    filter.done,
                    filter.limit.min(REMINDERS_MAX)
                ],
                from_row,
            )?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// The reminders that are to be told at `now`: due, not told, not done; the longest due first, at
    /// most [`REMINDERS_MAX`].
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn reminders_due(&self, now: Timestamp) -> Result<Vec<ReminderRow>, StoreError> {
        self.read("looking for reminders", move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT * FROM reminders
                 WHERE told IS NULL AND done IS NULL AND due <= ?1 ORDER BY due, id LIMIT ?2",
            )?;
            let rows = statement.query_map(params![millis(now), REMINDERS_MAX], from_row)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// When the next reminder is to be told; `None` when there is none.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn next_reminder(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read("looking for the next reminder", |connection| {
            let due: Option<i64> = connection
                .prepare_cached(
                    "SELECT min(due) FROM reminders WHERE told IS NULL AND done IS NULL",
                )?
                .query_row([], |row| row.get(0))?;
            Ok(due.map(time))
        })
        .await
    }

    /// Notes that reminders were told. The time at which one was first told stays.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn mark_reminders_told(
        &self,
        ids: Vec<ReminderId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write("noting which reminders were told", move |connection| {
            let mut statement = connection
                .prepare_cached("UPDATE reminders SET told = ?2 WHERE id = ?1 AND told IS NULL")?;
            for id in &ids {
                statement.execute(params![id.to_bytes(), millis(now)])?;
            }
            Ok(())
        })
        .await
    }
}

impl Transaction<'_> {
    /// As [`Store::save_reminder`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn save_reminder(&self, row: &ReminderRow) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO reminders (id, text, due, created, done, told)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (id) DO UPDATE SET text = excluded.text, due = excluded.due,
                         done = excluded.done, told = excluded.told",
                )?
                .execute(params![
                    row.id.to_bytes(),
                    row.text,
                    millis(row.due),
                    millis(row.created),
                    row.done.map(millis),
                    row.told.map(millis),
                ])?;
            Ok(())
        })
    }

    /// As [`Store::delete_reminder`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn delete_reminder(&self, id: ReminderId) -> Result<Option<ReminderRow>, StoreError> {
        self.run(|connection| {
            let row = one(connection, id)?;
            connection
                .prepare_cached("DELETE FROM reminders WHERE id = ?1")?
                .execute([id.to_bytes()])?;
            Ok(row)
        })
    }

    /// As [`Store::reminder`], with what this transaction has changed.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn reminder(&self, id: ReminderId) -> Result<Option<ReminderRow>, StoreError> {
        self.run(|connection| Ok(one(connection, id)?))
    }
}

fn one(connection: &Connection, id: ReminderId) -> rusqlite::Result<Option<ReminderRow>> {
    connection
        .prepare_cached("SELECT * FROM reminders WHERE id = ?1")?
        .query_row([id.to_bytes()], from_row)
        .optional()
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<ReminderRow> {
    Ok(ReminderRow {
        id: ReminderId::from_bytes(row.get("id")?),
        text: row.get("text")?,
        due: time(row.get("due")?),
        created: time(row.get("created")?),
        done: row.get::<_, Option<i64>>("done")?.map(time),
        told: row.get::<_, Option<i64>>("told")?.map(time),
    })
}
