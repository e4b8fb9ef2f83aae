//! What all handlers share.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::crowd::Crowd;
use crate::hall::Hall;
use crate::metrics::Metrics;
use crate::responses::Underway;
use crate::ui;

/// What all handlers share.
pub(crate) struct Door {
    pub(crate) hall: Arc<dyn Hall>,
    pub(crate) crowd: Arc<Crowd>,
    pub(crate) metrics: Metrics,
    /// Responses that are written in the background.
    pub(crate) underway: Arc<Underway>,
    pub(crate) watchers: Arc<Semaphore>,
}

impl Door {
    pub(crate) fn new(hall: Arc<dyn Hall>) -> Arc<Self> {
        Arc::new(Self {
            hall,
            crowd: Arc::default(),
            metrics: Metrics::default(),
            underway: Arc::default(),
            watchers: ui::watch_places(),
        })
    }
}
