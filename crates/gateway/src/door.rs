//! What all handlers share.

use std::sync::Arc;

use contract::Fault;
use contract::token::Scope;
use llm::Model;
use tokio::sync::Semaphore;

use crate::guard::ApiCaller;
use crate::hall::Hall;
use crate::loading;
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::responses::Underway;
use crate::ui;

/// What all handlers share.
pub(crate) struct Door {
    pub(crate) hall: Arc<dyn Hall>,
    pub(crate) metrics: Metrics,
    /// Responses that are written in the background.
    pub(crate) underway: Arc<Underway>,
    pub(crate) watchers: Arc<Semaphore>,
}

impl Door {
    pub(crate) fn new(hall: Arc<dyn Hall>) -> Arc<Self> {
        Arc::new(Self {
            hall,
            metrics: Metrics::default(),
            underway: Arc::default(),
            watchers: ui::watch_places(),
        })
    }

    /// Lets a request in for what it wants, and counts it.
    pub(crate) async fn let_in(&self, caller: ApiCaller, scope: Scope) -> Result<(), Problem> {
        Ok(self.hall.let_in(caller.grant.as_ref(), scope).await?)
    }

    /// The model of this name for a caller.
    pub(crate) async fn model(
        &self,
        name: Option<&str>,
        caller: ApiCaller,
    ) -> Result<Arc<dyn Model>, Fault> {
        self.hall.model(name, caller.grant.as_ref()).await
    }

    /// Waits for a model's first word, but not for long while one is being loaded; a model that is not
    /// embedded waits for no loading.
    pub(crate) async fn unless_loading<T, E: Into<Problem>>(
        &self,
        is_embedded: bool,
        word: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Problem> {
        match is_embedded {
            true => loading::unless(self.hall.as_ref(), word).await,
            false => word.await.map_err(Into::into),
        }
    }
}
