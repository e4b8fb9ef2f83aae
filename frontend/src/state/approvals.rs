//! The calls that wait for the person.

use base::{CallId, ConversationId, Timestamp};
use contract::approval::{ApprovalList, ApprovalView};

/// The calls that wait.
#[derive(Debug, Clone, Default)]
pub(crate) struct ApprovalBook {
    waiting: Vec<ApprovalView>,
}

impl ApprovalBook {
    /// All that wait, the oldest first.
    pub(crate) fn waiting(&self) -> &[ApprovalView] {
        &self.waiting
    }

    /// Those that wait for a conversation, or all.
    pub(crate) fn of(&self, conversation: Option<ConversationId>) -> Vec<CallId> {
        let wanted =
            |one: &&ApprovalView| conversation.is_none_or(|wanted| one.conversation == wanted);
        let found = self.waiting.iter().filter(wanted);
        found.map(|one| one.call).collect()
    }

    /// One that waits.
    pub(crate) fn find(&self, call: CallId) -> Option<&ApprovalView> {
        self.waiting.iter().find(|one| one.call == call)
    }

    /// Takes the list as it is now. Those that were not there before are returned.
    pub(crate) fn refresh(&mut self, list: ApprovalList) -> Vec<ApprovalView> {
        let is_new = |one: &&ApprovalView| self.find(one.call).is_none();
        let new = list.waiting.iter().filter(is_new).cloned().collect();
        self.waiting = list.waiting;
        new
    }

    /// Takes off what was answered.
    pub(crate) fn remove(&mut self, call: CallId) {
        self.waiting.retain(|one| one.call != call);
    }
}

/// How long something waits yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// So many minutes, rounded up.
    Minutes(u64),
    /// So many seconds.
    Seconds(u64),
    /// The time is up.
    Over,
}

/// From when on the seconds are counted.
const SECONDS_FROM_MS: u64 = 100_000;

/// How long it is from `now` until `end`.
pub(crate) fn time_left(end: Timestamp, now: Timestamp) -> Left {
    match end.as_millis().saturating_sub(now.as_millis()) {
        0 => Left::Over,
        left if left < SECONDS_FROM_MS => Left::Seconds(left.div_ceil(1_000)),
        left => Left::Minutes(left.div_ceil(60_000)),
    }
}

/// The pieces of a masked text: words, and the tokens such as `[EMAIL_1]` that stand for what was
/// taken out (`true`).
pub(crate) fn masked_pieces(text: &str) -> Vec<(String, bool)> {
    let mut pieces: Vec<(String, bool)> = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('[') {
        let (before, from) = rest.split_at(start);
        plain.push_str(before);
        if let Some(length) = token_length(from) {
            if !plain.is_empty() {
                pieces.push((std::mem::take(&mut plain), false));
            }
            pieces.push((from[..length].to_owned(), true));
            rest = &from[length..];
        } else {
            plain.push('[');
            rest = &from[1..];
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push((plain, false));
    }
    pieces
}

/// How many bytes of a text that begins with `[` are a token.
fn token_length(text: &str) -> Option<usize> {
    let end = text.find(']')?;
    let name = &text[1..end];
    let is_name = name.starts_with(|letter: char| letter.is_ascii_uppercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    is_name.then_some(end + 1)
}

#[cfg(test)]
mod tests;
