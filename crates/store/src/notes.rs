//! Notes that a person or an agent has written down.

use base::{NoteId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::columns::{Json, millis, time};
use crate::error::{JobError, StoreError};
use crate::transaction::Transaction;
use crate::{Store, search};

/// The most notes that one list has, whatever its filter asks.
pub const NOTES_MAX: u32 = 1_000;

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRow {
    /// Its name for machines.
    pub id: NoteId,
    /// Its name for people.
    pub title: String,
    /// What it says.
    pub text: String,
    /// Words that it is kept under.
    pub tags: Vec<String>,
    /// When it was written.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
}

/// Which notes to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NoteFilter {
    /// Words that must all occur in title, text and tags; the last may be unfinished. Blank is the same
    /// as `None`.
    pub search: Option<String>,
    /// Only notes with this tag.
    pub tag: Option<String>,
    /// Only those that come after this `updated` and `id` in the list: for the next page.
    pub before: Option<(Timestamp, NoteId)>,
    /// How many at most; never more than [`NOTES_MAX`].
    pub limit: u32,
}

impl Store {
    /// Keeps a note, in place of an earlier state of the same one, whose `created` stays.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn save_note(&self, row: NoteRow) -> Result<(), StoreError> {
        self.transact("saving a note", move |together| together.save_note(&row))
            .await
    }

    /// Removes a note, and returns what it was.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn delete_note(&self, id: NoteId) -> Result<Option<NoteRow>, StoreError> {
        self.transact("deleting a note", move |together| together.delete_note(id))
            .await
    }

    /// One note; `None` when there is no such one.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn note(&self, id: NoteId) -> Result<Option<NoteRow>, StoreError> {
        self.read("reading a note", move |connection| Ok(one(connection, id)?))
            .await
    }

    /// Notes, the one that changed last first.
    ///
    /// # Errors
    ///
    /// As every reading; no search text is an error.
    pub async fn notes(&self, filter: NoteFilter) -> Result<Vec<NoteRow>, StoreError> {
        self.read("listing notes", move |connection| list(connection, &filter))
            .await
    }
}

impl Transaction<'_> {
    /// As [`Store::save_note`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn save_note(&self, row: &NoteRow) -> Result<(), StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO notes (id, title, tags, created, updated, text)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (id) DO UPDATE SET title = excluded.title, tags = excluded.tags,
                         updated = excluded.updated, text = excluded.text",
                )?
                .execute(params![
                    row.id.to_bytes(),
                    row.title,
                    Json(&row.tags),
                    millis(row.created),
                    millis(row.updated),
                    row.text,
                ])?;
            Ok(())
        })
    }

    /// As [`Store::delete_note`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn delete_note(&self, id: NoteId) -> Result<Option<NoteRow>, StoreError> {
        self.run(|connection| {
            let row = one(connection, id)?;
            connection
                .prepare_cached("DELETE FROM notes WHERE id = ?1")?
                .execute([id.to_bytes()])?;
            Ok(row)
        })
    }

    /// As [`Store::note`], with what this transaction has changed.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn note(&self, id: NoteId) -> Result<Option<NoteRow>, StoreError> {
        self.run(|connection| Ok(one(connection, id)?))
    }
}

fn one(connection: &Connection, id: NoteId) -> rusqlite::Result<Option<NoteRow>> {
    connection
        .prepare_cached("SELECT * FROM notes WHERE id = ?1")?
        .query_row([id.to_bytes()], from_row)
        .optional()
}

fn list(connection: &Connection, filter: &NoteFilter) -> Result<Vec<NoteRow>, JobError> {
    let (updated, id) = filter
        .before
        .map_or((i64::MAX, [0xff; 16]), |(updated, id)| {
            (millis(updated), id.to_bytes())
        });
    let limit = filter.limit.min(NOTES_MAX);
    let query = filter.search.as_deref().and_then(search::query);
    let only = match query {
        Some(_) => "seq IN (SELECT rowid FROM note_words WHERE note_words MATCH ?4)",
        None => "?4 IS NULL",
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT * FROM notes WHERE {only} AND (updated, id) < (?1, ?2)
         AND (?5 IS NULL OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?5))
         ORDER BY updated DESC, id DESC LIMIT ?3"
    ))?;
    let rows = statement.query_map(params![updated, id, limit, query, filter.tag], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<NoteRow> {
    Ok(NoteRow {
        id: NoteId::from_bytes(row.get("id")?),
        title: row.get("title")?,
        text: row.get("text")?,
        tags: row.get::<_, Json<_>>("tags")?.0,
        created: time(row.get("created")?),
        updated: time(row.get("updated")?),
    })
}
