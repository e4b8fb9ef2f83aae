//! Ids, units and time stamps: the words that every floor of the house shares.
//!
//! Everyone may use this crate. It does no input or output, reads no clock and draws no random
//! numbers: whoever makes an id passes both in.

mod id;
mod time;
mod unit;

pub use id::{AgentId, CallId, ConversationId, IdError, MessageId, PullId, TokenId};
pub use time::Timestamp;
pub use unit::{ByteCount, Milliseconds, Percent, PercentError, TokenCount};
