//! The ledger: how much the models have worked for whom. Figures are gathered in memory and written
//! together now and then, so that counting costs an answer nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base::{Timestamp, TokenId};
use domain::allowance::{RateMeter, day_of};
use domain::line::Caller;
use store::{Store, StoreError, UsageFigures, UsageKey};

use crate::clock;

/// How often figures are written. After a crash at most so much is not counted.
pub(crate) const WRITTEN_EVERY: Duration = Duration::from_secs(5);

/// How the store names what the person and their agents asked for.
pub(crate) const OWN: &str = "own";

/// How the store names programs without a token.
pub(crate) const OPEN: &str = "open";

/// A piece of work that was done.
#[derive(Debug)]
pub(crate) struct Work {
    key: UsageKey,
    caller: Caller,
    pub(crate) figures: UsageFigures,
}

impl Work {
    pub(crate) fn begun(caller: Caller, model: &str, here: bool) -> Self {
        let key = UsageKey {
            day: day_of(clock::now()),
            model: model.to_owned(),
            caller: name(caller),
            here,
        };
        Self {
            key,
            caller,
            figures: UsageFigures::default(),
        }
    }
}

/// What was counted.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    book: Mutex<Book>,
    /// Held while figures are on their way to the store.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Book {
    unwritten: BTreeMap<UsageKey, UsageFigures>,
    /// What each token that has a quota used on its day.
    spent: HashMap<TokenId, (u64, u64)>,
    rates: HashMap<TokenId, RateMeter>,
}

impl Book {
    fn tokens_unwritten(&self, day: u64, caller: &str) -> u64 {
        let mine = self.unwritten.iter();
        mine.filter(|(key, _)| key.day == day && key.caller == caller)
            .map(|(_, figures)| figures.prompt_tokens + figures.completion_tokens)
            .sum()
    }
}

impl Ledger {
    /// Counts a piece of work.
    pub(crate) fn note(&self, work: &Work) {
        let mut book = self.book();
        if let Caller::Token(token) = work.caller
            && let Some((day, spent)) = book.spent.get_mut(&token)
            && *day == work.key.day
        {
            *spent += work.figures.prompt_tokens + work.figures.completion_tokens;
        }
        let sums = book.unwritten.entry(work.key.clone()).or_default();
        sums.add(&work.figures);
    }

    /// Counts a request of a token, unless there were too many; then tells in how many seconds there is
    /// room again.
    pub(crate) fn count_request(
        &self,
        token: TokenId,
        most: u32,
        now: Timestamp,
    ) -> Result<(), u64> {
        let mut book = self.book();
        book.rates.entry(token).or_default().count(most, now)
    }

    /// Tokens of models that a token has used today.
    pub(crate) async fn spent(
        &self,
        token: TokenId,
        now: Timestamp,
        store: &Store,
    ) -> Result<u64, StoreError> {
        let day = day_of(now);
        let known = |book: &Book| {
            let spent = book.spent.get(&token).filter(|spent| spent.0 == day);
            spent.map(|(_, spent)| *spent)
        };
        if let Some(spent) = known(&self.book()) {
            return Ok(spent);
        }
        // While this is held nothing goes from here to the store, so nothing is counted twice.
        let _writing = self.writing.lock().await;
        let caller = name(Caller::Token(token));
        let written = store.tokens_used(day, caller.clone()).await?;
        let mut book = self.book();
        let spent = match known(&book) {
            Some(spent) => spent,
            None => written + book.tokens_unwritten(day, &caller),
        };
        book.spent.insert(token, (day, spent));
        Ok(spent)
    }

    /// Writes what was counted since the last time.
    pub(crate) async fn write(&self, store: &Store) -> Result<(), StoreError> {
        let _writing = self.writing.lock().await;
        if !store.is_open() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.book().unwritten);
        if rows.is_empty() {
            return Ok(());
        }
        let written = store.add_usage(rows.clone().into_iter().collect()).await;
        if written.is_err() {
            // They are tried again the next time.
            let mut book = self.book();
            for (key, figures) in rows {
                book.unwritten.entry(key).or_default().add(&figures);
            }
        }
        written
    }

    /// The store was replaced: what was counted belongs to nobody any longer.
    pub(crate) fn forget(&self) {
        *self.book() = Book::default();
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How the store names a caller.
fn name(caller: Caller) -> String {
    match caller {
        Caller::Own => OWN.to_owned(),
        Caller::Open => OPEN.to_owned(),
        Caller::Token(token) => token.to_string(),
    }
}
