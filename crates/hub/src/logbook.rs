//! The log: what the parts of the house tell, kept in the store and shown live.
//!
//! Parts tell by `tracing` events. Texts are told by their writers with care: never what a person or
//! a model wrote. A full queue drops lines and says how many, so that the log never slows the work.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, RwLock, Weak};
use std::time::Duration;

use contract::log::{Level, LogLine};
use store::{LogRow, Store};
use tokio::sync::{Mutex, mpsc};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::clock;
use crate::desk::Input;
use crate::house::Hub;

/// Lines that wait to be written before lines are dropped.
const LINES_WAITING_MAX: usize = 4_096;

/// How long lines are gathered into one write, so that a busy hub does not write to disk for each.
const GATHERED_FOR: Duration = Duration::from_millis(250);

/// The most lines in one write.
const LINES_TOGETHER_MAX: usize = 512;

/// The most characters of one line.
const LINE_CHARS_MAX: usize = 4_000;

/// Crates whose events are ours, and the name under which each shows. What libraries tell is only
/// kept from [`Level::Warn`] on.
const SOURCES: [(&str, &str); 10] = [
    ("hub", "hub"),
    ("store", "store"),
    ("vault", "vault"),
    ("llm", "models"),
    ("engine", "engine"),
    ("machine", "machine"),
    ("control", "control"),
    ("gateway", "gateway"),
    ("hai_net", "command"),
    ("desktop", "window"),
];

/// One hub's part of the log.
#[derive(Clone)]
pub(crate) struct Logbook {
    inner: Arc<Inner>,
}

struct Inner {
    lines: mpsc::Sender<LogRow>,
    waiting: Mutex<mpsc::Receiver<LogRow>>,
    level_min: AtomicU8,
    dropped: AtomicU64,
}

/// The logbooks of the hubs in this process; a test may have several.
static LOGBOOKS: RwLock<Vec<Weak<Inner>>> = RwLock::new(Vec::new());
static LISTENING: OnceLock<()> = OnceLock::new();

impl Logbook {
    /// Begins to take in lines.
    pub(crate) fn open(level_min: Level) -> Self {
        let (lines, waiting) = mpsc::channel(LINES_WAITING_MAX);
        let inner = Arc::new(Inner {
            lines,
            waiting: Mutex::new(waiting),
            level_min: AtomicU8::new(level_min as u8),
            dropped: AtomicU64::new(0),
        });
        if let Ok(mut books) = LOGBOOKS.write() {
            books.retain(|book| book.strong_count() > 0);
            books.push(Arc::downgrade(&inner));
        }
        LISTENING.get_or_init(|| {
            let subscriber = tracing_subscriber::registry().with(Ears);
            // Fails when the program has set up a log of its own, as some tests do. Then that one is
            // used, and ours stays empty.
            let _ = tracing::subscriber::set_global_default(subscriber);
        });
        Self { inner }
    }

    /// Keeps lines from this level on.
    pub(crate) fn keep_from(&self, level_min: Level) {
        self.inner
            .level_min
            .store(level_min as u8, Ordering::Relaxed);
    }

    /// Writes lines down and shows them, until the hub closes.
    pub(crate) async fn run(self, hub: Hub) {
        let closing = hub.closing();
        while !closing.is_cancelled() {
            tokio::select! {
                () = tokio::time::sleep(GATHERED_FOR) => {}
                () = closing.cancelled() => {}
            }
            self.write_waiting(&hub.house.store, Some(&hub)).await;
        }
    }

    /// Writes down what still waits.
    pub(crate) async fn flush(&self, store: &Store) {
        self.write_waiting(store, None).await;
    }

    async fn write_waiting(&self, store: &Store, hub: Option<&Hub>) {
        if !store.is_open() {
            // Lines wait until the vault is open again; a full queue drops the newest.
            return;
        }
        let mut waiting = self.inner.waiting.lock().await;
        loop {
            let mut rows = Vec::new();
            while rows.len() < LINES_TOGETHER_MAX
                && let Ok(row) = waiting.try_recv()
            {
                rows.push(row);
            }
            let dropped = self.inner.dropped.swap(0, Ordering::Relaxed);
            if dropped > 0 {
                rows.push(row(
                    Level::Warn,
                    "hub",
                    format!("{dropped} lines came too fast for the log"),
                ));
            }
            if rows.is_empty() {
                return;
            }
            // A full disk must not fill the queue as well; what cannot be written is gone.
            let Ok(numbers) = store.add_logs(rows.clone()).await else {
                return;
            };
            if let Some(hub) = hub {
                let lines = rows
                    .into_iter()
                    .zip(numbers)
                    .map(|(row, number)| line(number, row));
                hub.bring(Input::LogsWritten {
                    lines: lines.collect(),
                })
                .await;
            }
        }
    }
}

/// A row of the store as a line of the log.
pub(crate) fn line(number: i64, row: LogRow) -> LogLine {
    let level = Level::ALL
        .into_iter()
        .find(|level| *level as u8 == row.level);
    LogLine {
        number,
        at: row.at,
        level: level.unwrap_or(Level::Error),
        source: row.source,
        text: row.text,
    }
}

fn row(level: Level, source: &str, text: String) -> LogRow {
    LogRow {
        at: clock::now(),
        level: level as u8,
        source: source.to_owned(),
        text,
        fields: None,
    }
}

/// Listens to all events of the process.
struct Ears;

impl<S: tracing::Subscriber> Layer<S> for Ears {
    fn on_event(&self, event: &tracing::Event<'_>, _context: Context<'_, S>) {
        let level = level(*event.metadata().level());
        let target = event.metadata().target();
        let crate_name = target.split("::").next().unwrap_or(target);
        let ours = SOURCES
            .iter()
            .find(|(name, _)| *name == crate_name)
            .map(|(_, shown)| *shown);
        if ours.is_none() && level < Level::Warn {
            return;
        }
        let Ok(books) = LOGBOOKS.read() else { return };
        for book in books.iter().filter_map(Weak::upgrade) {
            if (level as u8) < book.level_min.load(Ordering::Relaxed) {
                continue;
            }
            let mut text = EventText::default();
            event.record(&mut text);
            if book
                .lines
                .try_send(row(level, ours.unwrap_or(crate_name), text.finish()))
                .is_err()
            {
                book.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

fn level(level: tracing::Level) -> Level {
    match level {
        tracing::Level::TRACE => Level::Trace,
        tracing::Level::DEBUG => Level::Debug,
        tracing::Level::INFO => Level::Info,
        tracing::Level::WARN => Level::Warn,
        tracing::Level::ERROR => Level::Error,
    }
}

/// The message of an event and its fields, as one line.
#[derive(Default)]
struct EventText {
    message: String,
    fields: String,
}

impl EventText {
    fn finish(self) -> String {
        let line = format!("{}{}", self.message, self.fields);
        line.chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .take(LINE_CHARS_MAX)
            .collect()
    }
}

impl Visit for EventText {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
        } else {
            let _ = write!(self.fields, " {}={value}", field.name());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            let _ = write!(self.message, "{value:?}");
        } else {
            let _ = write!(self.fields, " {}={value:?}", field.name());
        }
    }
}
