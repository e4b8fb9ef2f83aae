//! Answers that programs asked the API to keep, in the encrypted store.

use std::time::Duration;

use base::{Timestamp, TokenId};
use contract::{Code, Fault};
use serde_json::Value;
use store::ResponseRow;

use crate::convert;
use crate::house::Hub;

/// How long answers are kept, as in the OpenAI API.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The most answers that one goes on from. A longer chain does not fit the context of a model.
const CHAIN_MAX: usize = 500;

/// An answer that a program asked to keep.
#[derive(Clone, PartialEq)]
pub struct KeptResponse {
    /// Its name, as the program knows it.
    pub id: String,
    /// The token of the program; only who shows it gets the answer back.
    pub token: Option<TokenId>,
    /// The answer that it goes on from.
    pub previous: Option<String>,
    /// What was said to the model, beyond what `previous` has.
    pub input: Value,
    /// The answer as the program gets it.
    pub body: Value,
}

impl std::fmt::Debug for KeptResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptResponse")
            .field("id", &self.id)
            .field("previous", &self.previous)
            .finish_non_exhaustive()
    }
}

impl Hub {
    /// Keeps an answer, in place of an earlier state of the same one. It is on disk when this returns.
    ///
    /// # Errors
    /// The store is locked or cannot be written.
    pub async fn keep_response(&self, response: KeptResponse) -> Result<(), Fault> {
        let now = self.now();
        let kept_ms = u64::try_from(KEPT_FOR.as_millis()).unwrap_or(u64::MAX);
        let oldest = Timestamp::from_millis(now.as_millis().saturating_sub(kept_ms));
        let row = ResponseRow {
            id: response.id,
            token: response.token,
            previous: response.previous,
            created: now,
            input: response.input,
            body: response.body,
        };
        let saved = self.house.store.save_response(row, oldest).await;
        saved.map_err(|error| convert::store_fault(&error))
    }

    /// An answer of this program, and those that it goes on from, the newest first.
    ///
    /// # Errors
    /// [`Code::NotFound`] when there is no such answer, or it belongs to another program; or the store
    /// cannot be read.
    pub async fn kept_responses(
        &self,
        id: &str,
        token: Option<TokenId>,
    ) -> Result<Vec<KeptResponse>, Fault> {
        let rows = self.house.store.responses_back_from(id, CHAIN_MAX).await;
        let rows = rows.map_err(|error| convert::store_fault(&error))?;
        let kept: Vec<KeptResponse> = rows
            .into_iter()
            .take_while(|row| row.token == token)
            .map(|row| KeptResponse {
                id: row.id,
                token: row.token,
                previous: row.previous,
                input: row.input,
                body: row.body,
            })
            .collect();
        if kept.is_empty() {
            let message = "There is no such response, or it is not yours.";
            return Err(Fault::refused(Code::NotFound, message));
        }
        Ok(kept)
    }

    /// Deletes an answer of this program.
    ///
    /// # Errors
    /// As [`Self::kept_responses`].
    pub async fn forget_response(&self, id: &str, token: Option<TokenId>) -> Result<(), Fault> {
        let deleted = self.house.store.delete_response(id, token).await;
        match deleted.map_err(|error| convert::store_fault(&error))? {
            true => Ok(()),
            false => {
                let message = "There is no such response, or it is not yours.";
                Err(Fault::refused(Code::NotFound, message))
            }
        }
    }
}
