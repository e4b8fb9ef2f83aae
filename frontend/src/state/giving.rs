//! Documents on their way to the AI.

use contract::Fault;
use contract::memory::{DOCUMENT_BYTES_MAX, DocumentView};

/// A document that a person gives.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gift {
    /// Tells gifts of the same name apart.
    pub(crate) number: u64,
    /// The file's name.
    pub(crate) name: String,
    /// Its size in bytes.
    pub(crate) bytes: u64,
    /// How far it is.
    pub(crate) stage: Stage,
}

/// How far a document is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stage {
    /// It is larger than the hub takes, and was not read.
    TooLarge,
    /// The page reads the file; so many percent.
    Reading(u64),
    /// The browser could not read the file.
    Unreadable,
    /// The hub reads and indexes it.
    Indexing,
    /// The hub did not take it.
    Refused(Fault),
    /// It can be asked about.
    Given(DocumentView),
}

impl Gift {
    /// A file of this name and size, before any of it is read.
    pub(crate) fn new(number: u64, name: String, bytes: u64) -> Self {
        let stage = if bytes > DOCUMENT_BYTES_MAX {
            Stage::TooLarge
        } else {
            Stage::Reading(0)
        };
        Self {
            number,
            name,
            bytes,
            stage,
        }
    }

    /// Whether nothing more happens to it.
    pub(crate) fn is_over(&self) -> bool {
        match self.stage {
            Stage::Reading(_) | Stage::Indexing => false,
            Stage::TooLarge | Stage::Unreadable | Stage::Refused(_) | Stage::Given(_) => true,
        }
    }
}

/// The base64 in a `data:` address, as a browser makes one of a file.
pub(crate) fn content_of(address: &str) -> Option<&str> {
    let (head, content) = address.split_once(',')?;
    (head.starts_with("data:") && head.ends_with(";base64")).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_above_the_limit_is_refused_before_any_of_it_is_read() {
        let at = Gift::new(0, "a.pdf".to_owned(), DOCUMENT_BYTES_MAX);
        let above = Gift::new(1, "b.pdf".to_owned(), DOCUMENT_BYTES_MAX + 1);
        assert_eq!(at.stage, Stage::Reading(0));
        assert_eq!(above.stage, Stage::TooLarge);
    }

    #[test]
    fn content_is_what_stands_behind_the_comma_of_a_base64_address() {
        assert_eq!(content_of("data:text/plain;base64,SGk="), Some("SGk="));
        assert_eq!(content_of("data:;base64,"), Some(""), "an empty file");
        assert_eq!(content_of("data:text/plain,Hi"), None);
        assert_eq!(content_of("https://example.org;base64,SGk="), None);
    }
}
