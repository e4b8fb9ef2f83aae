//! The tokens that were shown since they last changed: a program shows its own with each request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::admission::SecretHash;
use store::TokenRow;

/// The most tokens that are kept at hand. With more, all are read anew.
const TOKENS_MAX: usize = 256;

/// Tokens by the hashes of their secrets.
#[derive(Debug, Default)]
pub(crate) struct TokenBook(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    rows: HashMap<SecretHash, Arc<TokenRow>>,
    changes: u64,
}

/// A state of the tokens that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Edition(u64);

impl TokenBook {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token with this hash, or the edition under which it is to be noted once it was read.
    pub(crate) fn find(&self, hash: &SecretHash) -> Result<Arc<TokenRow>, Edition> {
        let pages = self.pages();
        let found = pages.rows.get(hash).cloned();
        found.ok_or(Edition(pages.changes))
    }

    /// Notes a token that was read, unless tokens changed since.
    pub(crate) fn note(&self, row: &Arc<TokenRow>, edition: Edition) {
        let mut pages = self.pages();
        if Edition(pages.changes) != edition {
            return;
        }
        if pages.rows.len() >= TOKENS_MAX {
            pages.rows.clear();
        }
        pages.rows.insert(row.hash, Arc::clone(row));
    }

    /// A token was revoked, or the store is another: all are read anew.
    pub(crate) fn changed(&self) {
        let mut pages = self.pages();
        pages.changes += 1;
        pages.rows.clear();
    }
}

#[cfg(test)]
mod tests {
    use base::{Timestamp, TokenId};

    use super::*;

    fn row(hash: SecretHash) -> Arc<TokenRow> {
        let now = Timestamp::from_millis(1);
        Arc::new(TokenRow {
            id: TokenId::new(now, [1; 10]),
            label: String::new(),
            hash,
            scopes: Vec::new(),
            created: now,
            last_used: None,
            expires: None,
            revoked: None,
            rate_per_minute: None,
            quota_tokens: None,
        })
    }

    #[test]
    fn token_that_was_read_before_a_change_is_not_kept_after_it() {
        let book = TokenBook::default();
        let early = book.find(&[1; 32]).expect_err("nobody was here");
        book.changed();
        book.note(&row([1; 32]), early);
        let now = book.find(&[1; 32]).expect_err("it may be revoked");
        book.note(&row([1; 32]), now);
        assert!(book.find(&[1; 32]).is_ok());
        book.changed();
        assert!(book.find(&[1; 32]).is_err());
    }

    #[test]
    fn book_does_not_grow_without_end() {
        let book = TokenBook::default();
        for number in 0..TOKENS_MAX * 3 {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&number.to_le_bytes());
            let edition = book.find(&hash).expect_err("each is new");
            book.note(&row(hash), edition);
        }
        assert!(book.pages().rows.len() <= TOKENS_MAX);
    }
}
