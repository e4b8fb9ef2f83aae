//! Ids that a person can copy and a database can sort: UUID version 7, one type for each noun.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A text that is not an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdError {
    /// The noun whose id was expected, such as `conversation`.
    pub noun: &'static str,
}

impl std::fmt::Display for IdError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not the id of a {}", self.noun)
    }
}

impl std::error::Error for IdError {}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $noun:literal;)+) => {$(
        $(#[$doc])*
        ///
        /// A UUID version 7 (RFC 9562): sorts by the time it was made.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// Makes a new id from the present time and ten random bytes.
            #[must_use]
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(now.as_millis(), &random).into_uuid())
            }

            /// The sixteen bytes of the id, as the store keeps them.
            #[must_use]
            pub fn to_bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }

            /// The id that [`Self::to_bytes`] was taken from.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(uuid::Uuid::from_bytes(bytes))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                uuid::Uuid::try_parse(text).map(Self).map_err(|_| IdError { noun: $noun })
            }
        }
    )+};
}

ids! {
    /// Names a conversation.
    ConversationId = "conversation";
    /// Names a message in a conversation.
    MessageId = "message";
    /// Names an API token; not the secret itself.
    TokenId = "token";
    /// Names a model download that is under way.
    PullId = "download";
    /// Names an agent.
    AgentId = "agent";
    /// Names one call of a tool.
    CallId = "call";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_written_as_text_reads_back_as_the_same_id() {
        let id = MessageId::new(Timestamp::from_millis(1_700_000_000_000), [7; 10]);
        assert_eq!(id.to_string().parse(), Ok(id), "text form must be lossless");
    }

    #[test]
    fn later_id_sorts_after_earlier_id() {
        let earlier = MessageId::new(Timestamp::from_millis(1_000), [255; 10]);
        let later = MessageId::new(Timestamp::from_millis(1_001), [0; 10]);
        assert!(earlier < later, "time is the leading part of the id");
    }

    #[test]
    fn garbage_is_refused_with_the_noun_that_was_expected() {
        let error = "hello".parse::<ConversationId>().expect_err("not a UUID");
        assert_eq!(error.to_string(), "not the id of a conversation");
    }
}
