//! Turns llama.cpp's log lines and our own into [`FromEngine::Log`] frames.
//!
//! llama.cpp names files, sizes and devices while it loads; afterwards a line may quote a grammar or
//! a piece of text. So lines of llama.cpp below a warning pass only while loading, and none pass
//! while somebody's words are parsed.

use std::fmt::{Debug, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use wire::engine::{FromEngine, LogLevel};

use crate::voice::Voice;

/// Longer lines are cut. No line that helps is longer.
const LINE_CHARS_MAX: usize = 400;

static LOADING: AtomicBool = AtomicBool::new(false);
static COMPUTING: AtomicBool = AtomicBool::new(false);
static PRIVATE: AtomicBool = AtomicBool::new(false);
static LAST_ERROR: Mutex<Option<String>> = Mutex::new(None);

/// Sends all log lines of this process to the hub.
pub(crate) fn forward_to(voice: Voice) {
    if tracing::subscriber::set_global_default(Forward { voice }).is_ok() {
        llama_cpp_2::send_logs_to_tracing(llama_cpp_2::LogOptions::default());
    }
}

/// Runs something during which llama.cpp may talk freely; gives its last error line as well.
pub(crate) fn while_loading<T>(load: impl FnOnce() -> T) -> (T, Option<String>) {
    heard(&LOADING, load)
}

/// Runs a computation that may be ended on purpose, which llama.cpp calls an error. Gives its last error
/// line, for when it failed by itself.
pub(crate) fn while_computing<T>(compute: impl FnOnce() -> T) -> (T, Option<String>) {
    heard(&COMPUTING, compute)
}

fn heard<T>(occasion: &AtomicBool, work: impl FnOnce() -> T) -> (T, Option<String>) {
    *last_error() = None;
    occasion.store(true, Ordering::Relaxed);
    let result = work();
    occasion.store(false, Ordering::Relaxed);
    (result, last_error().take())
}

fn last_error() -> MutexGuard<'static, Option<String>> {
    LAST_ERROR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs something whose log lines could quote a person's words; they are dropped.
pub(crate) fn in_private<T>(work: impl FnOnce() -> T) -> T {
    PRIVATE.store(true, Ordering::Relaxed);
    let result = work();
    PRIVATE.store(false, Ordering::Relaxed);
    result
}

struct Forward {
    voice: Voice,
}

impl Subscriber for Forward {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let ours = metadata.target().starts_with("hai_net_llm");
        let least = match (ours, LOADING.load(Ordering::Relaxed)) {
            (true, _) => Level::DEBUG,
            (false, true) => Level::INFO,
            (false, false) => Level::WARN,
        };
        metadata.is_event() && *metadata.level() <= least && !PRIVATE.load(Ordering::Relaxed)
    }

    fn event(&self, event: &Event<'_>) {
        if !self.enabled(event.metadata()) {
            return;
        }
        let mut line = Line::default();
        event.record(&mut line);
        let text: String = line.0.trim().chars().take(LINE_CHARS_MAX).collect();
        if text.is_empty() {
            return;
        }
        let ours = event.metadata().target().starts_with("hai_net_llm");
        if *event.metadata().level() == Level::ERROR {
            *last_error() = Some(text.clone());
        }
        let level = match *event.metadata().level() {
            Level::ERROR if !ours && COMPUTING.load(Ordering::Relaxed) => LogLevel::Debug,
            Level::ERROR => LogLevel::Error,
            // llama.cpp warns of things about which a person can do nothing, at every load.
            Level::WARN if !ours => LogLevel::Debug,
            Level::WARN => LogLevel::Warn,
            Level::INFO => LogLevel::Info,
            Level::DEBUG | Level::TRACE => LogLevel::Debug,
        };
        // A hub that hears nothing any more has closed the pipe; the reading thread ends us.
        let _ = self.voice.say(&FromEngine::Log { level, text });
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.0.push_str(value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            // Writing to a string does not fail.
            let _ = write!(self.0, "{value:?}");
        }
    }
}
