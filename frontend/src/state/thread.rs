//! The conversation that is shown, while it grows.

use base::{ConversationId, MessageId};
use contract::conversation::{ConversationView, MessageState, MessageView, Role, UsageView};

/// The conversation that is shown; none while a new one is begun.
#[derive(Debug, Clone, Default)]
pub(crate) struct Thread {
    view: Option<ConversationView>,
}

/// What a piece of an answer did to what we have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Growth {
    /// It went behind what we had.
    Grew,
    /// We had it already, or it belongs to another conversation.
    Known,
    /// Something before it is missing: read the conversation again.
    Missed,
}

impl Thread {
    /// The conversation as it stands.
    pub(crate) fn view(&self) -> Option<&ConversationView> {
        self.view.as_ref()
    }

    /// Which conversation it is.
    pub(crate) fn id(&self) -> Option<ConversationId> {
        self.view.as_ref().map(|view| view.id)
    }

    /// Shows another conversation, or none.
    pub(crate) fn open(&mut self, view: Option<ConversationView>) {
        self.view = view;
    }

    /// Takes what was read of the conversation that is shown.
    ///
    /// Notices and answers to asks come on different ways, so that what was read may be older than
    /// what was told: a text that has grown past it is kept.
    pub(crate) fn refresh(&mut self, mut fresh: ConversationView) {
        let Some(old) = &self.view else { return };
        if old.id != fresh.id {
            return;
        }
        for message in &mut fresh.messages {
            let Some(had) = old.messages.iter().find(|had| had.id == message.id) else {
                continue;
            };
            let is_older = had.text.len() > message.text.len()
                && had.text.starts_with(&message.text)
                && message.state == MessageState::Writing;
            if is_older {
                message.text.clone_from(&had.text);
                message.state.clone_from(&had.state);
                message.usage = had.usage;
            }
        }
        self.view = Some(fresh);
    }

    /// Takes more of an answer. `from` is how many bytes came before it.
    pub(crate) fn grow(
        &mut self,
        conversation: ConversationId,
        answer: MessageId,
        from: u64,
        more: &str,
    ) -> Growth {
        if self.id() != Some(conversation) {
            return Growth::Known;
        }
        let Some(message) = self.message_mut(answer) else {
            return Growth::Missed;
        };
        let have = message.text.len();
        let Ok(from) = usize::try_from(from) else {
            return Growth::Missed;
        };
        if from > have {
            return Growth::Missed;
        }
        let known = have - from;
        if known >= more.len() {
            return if message.text[..].get(from..from + more.len()) == Some(more) {
                Growth::Known
            } else {
                Growth::Missed
            };
        }
        match (
            message.text.get(from..),
            more.get(..known),
            more.get(known..),
        ) {
            (Some(ours), Some(theirs), Some(new)) if ours == theirs => {
                message.text.push_str(new);
                Growth::Grew
            }
            _ => Growth::Missed,
        }
    }

    /// Takes the end of an answer.
    pub(crate) fn end(&mut self, answer: MessageId, state: MessageState, usage: Option<UsageView>) {
        if let Some(message) = self.message_mut(answer) {
            message.state = state;
            message.usage = usage;
        }
    }

    /// A message on any branch.
    pub(crate) fn message(&self, id: MessageId) -> Option<&MessageView> {
        self.view
            .as_ref()?
            .messages
            .iter()
            .find(|message| message.id == id)
    }

    fn message_mut(&mut self, id: MessageId) -> Option<&mut MessageView> {
        self.view
            .as_mut()?
            .messages
            .iter_mut()
            .find(|message| message.id == id)
    }

    /// The messages of the branch that is shown, without instructions for the model.
    pub(crate) fn shown(&self) -> Vec<MessageId> {
        let Some(view) = &self.view else {
            return Vec::new();
        };
        let said = view
            .shown()
            .into_iter()
            .filter(|message| message.role != Role::System);
        said.map(|message| message.id).collect()
    }

    /// What a new message answers.
    pub(crate) fn head(&self) -> Option<MessageId> {
        self.view.as_ref()?.head
    }

    /// The answer of the shown branch that is being written.
    pub(crate) fn writing(&self) -> Option<MessageId> {
        let shown = self.view.as_ref()?.shown();
        let last = shown.last()?;
        (last.role == Role::Assistant && last.state == MessageState::Writing).then_some(last.id)
    }

    /// The last answer of the shown branch.
    pub(crate) fn last_answer(&self) -> Option<&MessageView> {
        let shown = self.view.as_ref()?.shown();
        shown
            .into_iter()
            .rev()
            .find(|message| message.role == Role::Assistant)
    }

    /// The place of a message among its versions, from 1, and how many there are.
    pub(crate) fn place(&self, id: MessageId) -> (usize, usize) {
        let versions = self.versions(id);
        let place = versions
            .iter()
            .position(|version| *version == id)
            .unwrap_or_default();
        (place + 1, versions.len().max(1))
    }

    /// The last message of the branch with the version `step` places beside this one.
    pub(crate) fn branch_beside(&self, id: MessageId, step: isize) -> Option<MessageId> {
        let versions = self.versions(id);
        let here = versions.iter().position(|version| *version == id)?;
        let beside = versions.get(here.checked_add_signed(step)?)?;
        Some(self.view.as_ref()?.newest_leaf_below(*beside))
    }

    fn versions(&self, id: MessageId) -> Vec<MessageId> {
        let found = self.view.as_ref().zip(self.message(id));
        found.map_or_else(Vec::new, |(view, message)| {
            view.siblings(message)
                .into_iter()
                .map(|version| version.id)
                .collect()
        })
    }
}
