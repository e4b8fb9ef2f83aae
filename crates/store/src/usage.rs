//! How much the models have worked, for whom and on which day. Figures only, no content.

use rusqlite::{Row, params};

use crate::Store;
use crate::error::StoreError;

/// What the figures are kept for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsageKey {
    /// Days since the first of January 1970, in UTC.
    pub day: u64,
    /// The model's name.
    pub model: String,
    /// `own`, `open`, or the id of a token.
    pub caller: String,
    /// Whether the model ran on this device.
    pub here: bool,
}

/// The figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UsageFigures {
    /// Requests.
    pub requests: u64,
    /// Tokens that were read.
    pub prompt_tokens: u64,
    /// Tokens that were written.
    pub completion_tokens: u64,
    /// The part of the models' time that was spent on these, in microseconds.
    pub busy_us: u64,
    /// Energy that was measured meanwhile, in thousandths of a joule.
    pub measured_mj: u64,
    /// For how much of the time it was measured, in microseconds.
    pub measured_us: u64,
}

impl UsageFigures {
    /// Adds others to these.
    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.prompt_tokens += other.prompt_tokens;
        self.completion_tokens += other.completion_tokens;
        self.busy_us += other.busy_us;
        self.measured_mj += other.measured_mj;
        self.measured_us += other.measured_us;
    }
}

impl Store {
    /// Adds figures to those that are there, all in one transaction.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn add_usage(&self, rows: Vec<(UsageKey, UsageFigures)>) -> Result<(), StoreError> {
        self.write("counting use", move |connection| {
            let mut statement = connection.prepare_cached(
                "INSERT INTO usage
                     (day, model, caller, here, requests, prompt_tokens, completion_tokens, busy_us,
                      measured_mj, measured_us)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT DO UPDATE SET
                     requests = requests + excluded.requests,
                     prompt_tokens = prompt_tokens + excluded.prompt_tokens,
                     completion_tokens = completion_tokens + excluded.completion_tokens,
                     busy_us = busy_us + excluded.busy_us,
                     measured_mj = measured_mj + excluded.measured_mj,
                     measured_us = measured_us + excluded.measured_us",
            )?;
            for (key, figures) in &rows {
                statement.execute(params![
                    whole(key.day),
                    key.model,
                    key.caller,
                    key.here,
                    whole(figures.requests),
                    whole(figures.prompt_tokens),
                    whole(figures.completion_tokens),
                    whole(figures.busy_us),
                    whole(figures.measured_mj),
                    whole(figures.measured_us),
                ])?;
            }
            Ok(())
        })
        .await
    }

    /// The figures of all days from this one on, the oldest first.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn usage_since(&self, day: u64) -> Result<Vec<(UsageKey, UsageFigures)>, StoreError> {
        self.read("reading use", move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT * FROM usage WHERE day >= ?1 ORDER BY day, model, caller, here",
            )?;
            let rows = statement.query_map([whole(day)], from_row)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// Tokens that were read and written on a day for one caller.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn tokens_used(&self, day: u64, caller: String) -> Result<u64, StoreError> {
        self.read("reading use", move |connection| {
            let sum: i64 = connection
                .prepare_cached(
                    "SELECT coalesce(sum(prompt_tokens + completion_tokens), 0) FROM usage
                     WHERE day = ?1 AND caller = ?2",
                )?
                .query_row(params![whole(day), caller], |row| row.get(0))?;
            Ok(u64::try_from(sum).unwrap_or_default())
        })
        .await
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<(UsageKey, UsageFigures)> {
    let number = |name| {
        row.get::<_, i64>(name)
            .map(|it| u64::try_from(it).unwrap_or_default())
    };
    let key = UsageKey {
        day: number("day")?,
        model: row.get("model")?,
        caller: row.get("caller")?,
        here: row.get("here")?,
    };
    let figures = UsageFigures {
        requests: number("requests")?,
        prompt_tokens: number("prompt_tokens")?,
        completion_tokens: number("completion_tokens")?,
        busy_us: number("busy_us")?,
        measured_mj: number("measured_mj")?,
        measured_us: number("measured_us")?,
    };
    Ok((key, figures))
}

/// A count as SQLite keeps it.
pub(crate) fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
