//! The conversation of a turn: what the model is shown of it, within the room that it has.

use std::collections::BTreeSet;

use base::CallId;

use super::{ANSWER_RESERVE, Message, Role, Room, Task, Tool, Wanted};

/// What is left of an observation that is shortened, in bytes: enough to know what it was about.
const SHORTENED_BYTES: usize = 240;

/// Tokens that a chat template puts around a message.
const AROUND_MESSAGE: u64 = 8;

/// When the room is full, observations are shortened until this share of it is used, in quarters. With
/// some room gained at once, the start of the conversation stays the same for several questions, and a
/// model that has read it need not read it again.
const QUARTERS_KEPT: u64 = 3;

const SHORTENED: &str = " … (shortened)";
const LEFT_OUT: &str = "(left out)";

/// All that was said in a turn.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Talk {
    messages: Vec<Message>,
    room: Option<Room>,
    is_answer_due: bool,
}

impl Talk {
    pub(super) fn begin(task: &Task) -> Self {
        let mut messages = Vec::new();
        if !task.instructions.is_empty() {
            messages.push(message(Role::System, task.instructions.clone()));
        }
        messages.extend(task.earlier.iter().cloned());
        messages.push(message(Role::User, task.text.clone()));
        Self {
            messages,
            room: Some(task.room),
            is_answer_due: false,
        }
    }

    pub(super) fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub(super) fn ask_for_plan(&mut self) {
        self.told("First say in a few words how you will do this, and which tools you will use.");
    }

    pub(super) fn planned(&mut self, text: String) {
        if !text.trim().is_empty() {
            self.said(text);
        }
        self.told("Now do it.");
    }

    /// Tells the model that its next words are the answer; once.
    pub(super) fn ask_for_answer(&mut self) {
        if !std::mem::replace(&mut self.is_answer_due, true) {
            self.told("Call no more tools. Answer now with what you have found.");
        }
    }

    pub(super) fn told(&mut self, text: &str) {
        self.messages.push(message(Role::User, text.to_owned()));
    }

    pub(super) fn said(&mut self, text: String) {
        self.messages.push(message(Role::Assistant, text));
    }

    pub(super) fn called(&mut self, text: String, calls: Vec<Wanted>) {
        self.messages.push(Message {
            calls,
            ..message(Role::Assistant, text)
        });
    }

    /// What a call brought. One alone takes half of the room at most.
    pub(super) fn observed(&mut self, call: CallId, text: &str) {
        let half = self.room.map_or(u64::MAX, |room| {
            (room.tokens.0 / 2).saturating_mul(room.bytes_per_token.get().into())
        });
        let most = usize::try_from(half).unwrap_or(usize::MAX);
        self.messages.push(Message {
            answers: Some(call),
            ..message(Role::Tool, cut(text, most.max(SHORTENED_BYTES)))
        });
    }

    /// What these calls brought, as far as it is still there.
    pub(super) fn found(&self, calls: &BTreeSet<CallId>) -> Option<String> {
        let texts = self.messages.iter().filter(|message| {
            let is_finding = message.answers.is_some_and(|call| calls.contains(&call));
            is_finding && message.text != LEFT_OUT
        });
        let texts: Vec<&str> = texts.map(|message| message.text.trim()).collect();
        (!texts.is_empty()).then(|| texts.join("\n\n"))
    }

    /// Shortens observations, the oldest first, when the conversation outgrows its room.
    pub(super) fn shorten(&mut self, tools: &[Tool]) {
        let Some(room) = self.room else {
            return;
        };
        let tools: u64 = tools.iter().map(|tool| estimate_tool(room, tool)).sum();
        let mut used = tools
            + self
                .messages
                .iter()
                .map(|one| estimate(room, one))
                .sum::<u64>();
        if used + ANSWER_RESERVE.0 <= room.tokens.0 {
            return;
        }
        let goal = (room.tokens.0 / 4 * QUARTERS_KEPT).saturating_sub(ANSWER_RESERVE.0);
        let shorter: [fn(&str) -> String; 2] =
            [|text| cut(text, SHORTENED_BYTES), |_| LEFT_OUT.to_owned()];
        for shorter in shorter {
            for message in self
                .messages
                .iter_mut()
                .filter(|one| one.role == Role::Tool)
            {
                if used <= goal {
                    return;
                }
                let text = shorter(&message.text);
                if text.len() < message.text.len() {
                    used -= estimate(room, message);
                    message.text = text;
                    used += estimate(room, message);
                }
            }
        }
    }
}

fn message(role: Role, text: String) -> Message {
    Message {
        role,
        text,
        calls: Vec::new(),
        answers: None,
    }
}

/// At most this many bytes of a text, whole characters, and a sign where some is missing.
fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(bytes.saturating_sub(SHORTENED.len()));
    format!("{}{SHORTENED}", &text[..end])
}

fn estimate(room: Room, message: &Message) -> u64 {
    let calls = message.calls.iter();
    let calls: usize = calls
        .map(|call| call.name.len() + call.arguments.len())
        .sum();
    tokens(room, message.text.len() + calls) + AROUND_MESSAGE
}

fn estimate_tool(room: Room, tool: &Tool) -> u64 {
    tokens(
        room,
        tool.name.len() + tool.description.len() + tool.schema.len(),
    ) + AROUND_MESSAGE
}

fn tokens(room: Room, bytes: usize) -> u64 {
    u64::try_from(bytes)
        .unwrap_or(u64::MAX)
        .div_ceil(room.bytes_per_token.get().into())
}
