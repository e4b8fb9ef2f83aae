//! Responses that are written in the background, so that they can be cancelled.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::TokenId;
use tokio_util::sync::CancellationToken;

/// How long a cancelled response may take to be kept as such. It stops within one token.
const CANCEL_PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone)]
struct Strings {
    token: Option<TokenId>,
    cancel: CancellationToken,
    ended: CancellationToken,
}

/// The responses that are under way.
#[derive(Debug, Default)]
pub(crate) struct Underway {
    all: Mutex<HashMap<String, Strings>>,
}

/// The place of one response. Dropping it says that the response has ended.
#[derive(Debug)]
pub(super) struct Place {
    underway: Arc<Underway>,
    id: String,
    strings: Strings,
}

impl Underway {
    pub(super) fn enter(self: &Arc<Self>, id: &str, token: Option<TokenId>) -> Place {
        let strings = Strings {
            token,
            cancel: CancellationToken::new(),
            ended: CancellationToken::new(),
        };
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(id.to_owned(), strings.clone());
        Place {
            underway: Arc::clone(self),
            id: id.to_owned(),
            strings,
        }
    }

    pub(super) fn has(&self, id: &str) -> bool {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.contains_key(id)
    }

    /// Stops a response of this program, and waits until that is kept. One that has ended stays as it is.
    pub(super) async fn cancel(&self, id: &str, token: Option<TokenId>) {
        let found = {
            let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
            all.get(id)
                .filter(|strings| strings.token == token)
                .cloned()
        };
        if let Some(strings) = found {
            strings.cancel.cancel();
            let ended = strings.ended.cancelled();
            if tokio::time::timeout(CANCEL_PATIENCE, ended).await.is_err() {
                tracing::warn!("a cancelled response has not ended");
            }
        }
    }
}

impl Place {
    pub(super) async fn cancelled(&self) {
        self.strings.cancel.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let all = &self.underway.all;
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&self.id);
        self.strings.ended.cancel();
    }
}
