//! What is told while a model is loaded.
//!
//! A small model is in memory within a second, and nobody notices. A large one takes minutes: longer than
//! clients wait for the first byte. So a request that wants its answer whole is told how far the loading
//! is and when to come back; the loading goes on meanwhile. A stream begins without its first word.

use std::time::Duration;

use axum::http::StatusCode;
use contract::model::EngineView;
use futures::future::Either;

use crate::hall::Hall;
use crate::problem::Problem;

/// How long a request waits for a model that is being loaded.
///
/// Half of what impatient clients allow until the first byte; small models are in memory long before.
const LOAD_PATIENCE: Duration = Duration::from_secs(5);

/// How often it is looked at whether a model is still being loaded.
const LOOKED_EVERY: Duration = Duration::from_millis(500);

/// Seconds after which a client may ask again: some percent of a large model later.
const LOAD_RETRY_S: u32 = 5;

/// The first word of a model, unless it is still being loaded when the patience is over.
pub(crate) async fn unless<T, E: Into<Problem>>(
    hall: &dyn Hall,
    word: impl Future<Output = Result<T, E>>,
) -> Result<T, Problem> {
    let loads_for_long = async {
        tokio::time::sleep(LOAD_PATIENCE).await;
        loop {
            if let Some(words) = in_words(&hall.engine()) {
                return words;
            }
            tokio::time::sleep(LOOKED_EVERY).await;
        }
    };
    let (word, loads_for_long) = (std::pin::pin!(word), std::pin::pin!(loads_for_long));
    match futures::future::select(word, loads_for_long).await {
        Either::Left((word, _)) => word.map_err(Into::into),
        Either::Right((words, _)) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, words)
            .code("model_loading")
            .retry_after(LOAD_RETRY_S)),
    }
}

/// How far the loading is; `None` when nothing is being loaded.
pub(crate) fn in_words(engine: &EngineView) -> Option<String> {
    match engine {
        EngineView::Starting => Some("the engine is being started".to_owned()),
        EngineView::Loading { model, share } => Some(format!(
            "the model {model} is being loaded: {:.0} % are in memory",
            share.clamp(0.0, 1.0) * 100.0
        )),
        EngineView::Asleep | EngineView::Ready { .. } | EngineView::Failed { .. } => None,
    }
}
