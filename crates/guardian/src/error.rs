//! Why a text was not scanned. Nothing that was not scanned leaves.

use thiserror::Error;

/// Why a text was not scanned to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ScanError {
    /// The text is longer than a message.
    #[error("the text has more than {max} bytes")]
    TextTooLong {
        /// The bound.
        max: usize,
    },
    /// Letters follow each other without a blank for too long to be looked at as one.
    #[error("more than {max} bytes follow each other without a blank")]
    RunTooLong {
        /// The bound.
        max: usize,
    },
    /// A key block does not end where any key would.
    #[error("a key block has more than {max} bytes")]
    KeyBlockTooLong {
        /// The bound.
        max: usize,
    },
    /// More values than one session remembers.
    #[error("more than {max} private values in one session")]
    TooManyValues {
        /// The bound.
        max: usize,
    },
    /// JSON that is nested too deeply.
    #[error("the JSON is nested more than {max} deep")]
    TooDeep {
        /// The bound.
        max: usize,
    },
    /// JSON with too many values.
    #[error("the JSON has more than {max} values")]
    TooManyNodes {
        /// The bound.
        max: usize,
    },
    /// Something encoded in something encoded, more often than is looked through.
    #[error("a text is encoded more than {max} times")]
    EncodedTooOften {
        /// The bound.
        max: usize,
    },
    /// A scan that failed before is not gone on with.
    #[error("the scan failed before")]
    FailedBefore,
}

/// Why own words were not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OwnWordsError {
    /// A word has too few letters to be found without finding everything.
    #[error("own word {place} has fewer than two letters")]
    TooShort {
        /// Which one, counted from 0. The word itself is private.
        place: usize,
    },
    /// A word has more letters than are looked at together.
    #[error("own word {place} has more than {max} letters")]
    TooLong {
        /// Which one, counted from 0.
        place: usize,
        /// The bound.
        max: usize,
    },
    /// More words than a household has.
    #[error("there are more than {max} own words")]
    TooMany {
        /// The bound.
        max: usize,
    },
}
