//! The log, as the Logs tab and `hai-net logs` show it.

use base::Timestamp;
use serde::{Deserialize, Serialize};

/// The most lines in one [`LogPage`].
pub const PAGE_LINES_MAX: u32 = 2_000;

/// Reads lines of the log, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReadLogs {
    /// Only lines at least this serious; `None` for all.
    #[serde(default)]
    pub level_min: Option<Level>,
    /// Only lines of this source, such as `hub` or `engine`.
    #[serde(default)]
    pub source: Option<String>,
    /// Only lines that hold this text.
    #[serde(default)]
    pub search: Option<String>,
    /// Only lines before this number: the next page.
    #[serde(default)]
    pub before: Option<i64>,
    /// At most this many, up to [`PAGE_LINES_MAX`]; `None` for 200.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Some lines, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    /// The lines.
    pub lines: Vec<LogLine>,
    /// Whether older lines follow.
    pub more: bool,
}

/// A line of the log. Never holds what a person or a model wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Its number; later lines have higher ones.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// How serious.
    pub level: Level,
    /// Which part of HAI-Net, such as `hub`, `store` or `gateway`.
    pub source: String,
    /// What.
    pub text: String,
}

/// How serious a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Every step.
    Trace,
    /// For developers.
    Debug,
    /// Worth knowing.
    Info,
    /// Something is off and goes on.
    Warn,
    /// Something failed.
    Error,
}

impl Level {
    /// All levels, the least serious first.
    pub const ALL: [Self; 5] = [
        Self::Trace,
        Self::Debug,
        Self::Info,
        Self::Warn,
        Self::Error,
    ];

    /// The name, as settings and the command line spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl std::str::FromStr for Level {
    type Err = LevelError;

    fn from_str(text: &str) -> Result<Self, LevelError> {
        Self::ALL
            .into_iter()
            .find(|level| level.name().eq_ignore_ascii_case(text.trim()))
            .ok_or(LevelError)
    }
}

/// A text that names no level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a level is one of trace, debug, info, warn, error")]
pub struct LevelError;
