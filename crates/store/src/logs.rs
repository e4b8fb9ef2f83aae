//! The log: many small rows, read from the newest on, removed when they are old.

use base::Timestamp;
use rusqlite::{Row, ToSql, params};
use serde_json::Value;

use crate::columns::{Json, count, millis, time};
use crate::error::StoreError;
use crate::{Store, search};

/// The most log rows that one reading returns, whatever its filter asks.
pub const LOGS_MAX: u32 = 10_000;

/// How many old rows one transaction removes: a few milliseconds, so that no writer waits long.
const PRUNED_TOGETHER: u32 = 500;

/// A log row to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRow {
    /// When it happened.
    pub at: Timestamp,
    /// How grave it is; a higher number is graver.
    pub level: u8,
    /// The part of the program that tells it.
    pub source: String,
    /// What it tells.
    pub text: String,
    /// Details for machines.
    pub fields: Option<Value>,
}

/// A log row with its number.
#[derive(Debug, Clone, PartialEq)]
pub struct LogFound {
    /// Its number; later rows have higher ones, and none is used twice.
    pub id: i64,
    /// The row.
    pub row: LogRow,
}

/// Which log rows to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogFilter {
    /// Only rows at least this grave; 0 means all.
    pub level_min: u8,
    /// Only rows of this source.
    pub source: Option<String>,
    /// Only rows with this in their text; capital letters from A to Z count as small ones.
    pub search: Option<String>,
    /// Only rows older than this one: for the next page.
    pub before_id: Option<i64>,
    /// Only rows newer than this one: for what was missed.
    pub after_id: Option<i64>,
    /// How many at most; never more than [`LOGS_MAX`].
    pub limit: u32,
}

impl Store {
    /// Adds log rows, all in one job. Returns their numbers, in the same order.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn add_logs(&self, rows: Vec<LogRow>) -> Result<Vec<i64>, StoreError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.write("saving the log", move |connection| {
            let mut statement = connection.prepare_cached(
                "INSERT INTO logs (at, level, source, text, fields) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            let mut numbers = Vec::with_capacity(rows.len());
            for row in &rows {
                let number = statement.insert(params![
                    millis(row.at),
                    row.level,
                    row.source,
                    row.text,
                    row.fields.as_ref().map(Json),
                ])?;
                numbers.push(number);
            }
            Ok(numbers)
        })
        .await
    }

    /// Log rows, the newest first.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn logs(&self, filter: LogFilter) -> Result<Vec<LogFound>, StoreError> {
        self.read("reading the log", move |connection| {
            let (sql, values) = query(&filter);
            let mut statement = connection.prepare_cached(&sql)?;
            let values = rusqlite::params_from_iter(values.iter().map(AsRef::as_ref));
            let rows = statement.query_map(values, from_row)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// Removes the rows from before `before`, and returns how many there were.
    ///
    /// Other writers get their turn in between, so a failure may come after some rows are gone.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn prune_logs(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let some = self
                .write("removing old log rows", move |connection| {
                    let some = connection
                        .prepare_cached(
                            "DELETE FROM logs WHERE id IN
                             (SELECT id FROM logs WHERE at < ?1 ORDER BY at LIMIT ?2)",
                        )?
                        .execute(params![millis(before), PRUNED_TOGETHER])?;
                    Ok(some as u64)
                })
                .await?;
            removed += some;
            if some < u64::from(PRUNED_TOGETHER) {
                return Ok(removed);
            }
        }
    }

    /// How many log rows there are.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn log_count(&self) -> Result<u64, StoreError> {
        self.read("counting log rows", |connection| {
            let found = connection.query_row("SELECT count(*) FROM logs", [], |row| row.get(0))?;
            Ok(count(found))
        })
        .await
    }
}

/// A query with only the conditions that are asked, so that SQLite can pick its index.
fn query(filter: &LogFilter) -> (String, Vec<Box<dyn ToSql>>) {
    let mut sql = "SELECT id, at, level, source, text, fields FROM logs WHERE TRUE".to_owned();
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut only = |condition: &str, value: Box<dyn ToSql>| {
        sql.push_str(" AND ");
        sql.push_str(condition);
        values.push(value);
    };
    if filter.level_min > 0 {
        only("level >= ?", Box::new(filter.level_min));
    }
    if let Some(source) = &filter.source {
        only("source = ?", Box::new(source.clone()));
    }
    if let Some(typed) = filter
        .search
        .as_deref()
        .filter(|typed| !typed.trim().is_empty())
    {
        only("text LIKE ? ESCAPE '\\'", Box::new(search::pattern(typed)));
    }
    if let Some(id) = filter.before_id {
        only("id < ?", Box::new(id));
    }
    if let Some(id) = filter.after_id {
        only("id > ?", Box::new(id));
    }
    only(
        "TRUE ORDER BY id DESC LIMIT ?",
        Box::new(filter.limit.min(LOGS_MAX)),
    );
    (sql, values)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<LogFound> {
    Ok(LogFound {
        id: row.get(0)?,
        row: LogRow {
            at: time(row.get(1)?),
            level: row.get(2)?,
            source: row.get(3)?,
            text: row.get(4)?,
            fields: row.get::<_, Option<Json<Value>>>(5)?.map(|json| json.0),
        },
    })
}
