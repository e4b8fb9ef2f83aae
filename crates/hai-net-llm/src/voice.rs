//! The one place that writes frames to the hub.

use std::fs::File;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use wire::FrameError;
use wire::engine::FromEngine;

/// Says things to the hub, from any thread, one whole frame at a time.
#[derive(Clone)]
pub(crate) struct Voice {
    out: Arc<Mutex<File>>,
}

impl Voice {
    pub(crate) fn new(out: File) -> Self {
        Self {
            out: Arc::new(Mutex::new(out)),
        }
    }

    /// Writes one frame.
    pub(crate) fn say(&self, what: &FromEngine) -> Result<(), FrameError> {
        self.say_all(std::slice::from_ref(what))
    }

    /// Writes some frames with one system call.
    pub(crate) fn say_all(&self, what: &[FromEngine]) -> Result<(), FrameError> {
        let mut bytes = Vec::with_capacity(256);
        for frame in what {
            wire::write_frame(&mut bytes, frame)?;
        }
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(out.write_all(&bytes)?)
    }
}
