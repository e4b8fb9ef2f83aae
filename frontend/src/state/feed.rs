//! What the AI did, made from conversations, models and downloads: nothing is told that the hub
//! did not say.

use base::{ByteCount, ConversationId, Timestamp};
use contract::conversation::{ConversationView, MessageState, Role, UsageView};
use contract::model::{ModelsView, PullState, PullView};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Happening {
    /// When.
    pub(crate) at: Timestamp,
    /// What.
    pub(crate) event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    /// A model answered, or tried to.
    Answered {
        /// In which conversation.
        conversation: ConversationId,
        /// Its title.
        title: String,
        /// The model.
        model: Option<String>,
        /// Where it was computed.
        ran_on: Option<String>,
        /// How it ended.
        state: MessageState,
        /// What it cost.
        usage: Option<UsageView>,
    },
    /// A model was installed.
    ModelCame {
        /// Its name.
        model: String,
        /// Size of the file.
        size: ByteCount,
        /// Whether a published checksum was right.
        verified: bool,
    },
}

/// All that is told.
#[derive(Debug, Clone, Default)]
pub(crate) struct FeedBook {
    answers: Vec<(ConversationId, Vec<Happening>)>,
    models: Vec<Happening>,
    /// Downloads that are under way or failed.
    pub(crate) pulls: Vec<PullView>,
    /// Whether conversations were read.
    pub(crate) known: bool,
}

impl FeedBook {
    /// Takes a conversation as it is now.
    pub(crate) fn tell(&mut self, view: &ConversationView) {
        self.forget(view.id);
        let answers = view.messages.iter().filter(|message| {
            message.role == Role::Assistant && message.state != MessageState::Writing
        });
        let told = answers.map(|answer| Happening {
            at: answer.created,
            event: Event::Answered {
                conversation: view.id,
                title: view.title.clone(),
                model: answer.model.clone(),
                ran_on: answer.ran_on.clone(),
                state: answer.state.clone(),
                usage: answer.usage,
            },
        });
        self.answers.push((view.id, told.collect()));
    }

    /// Tells no more of a conversation.
    pub(crate) fn forget(&mut self, id: ConversationId) {
        self.answers.retain(|(had, _)| *had != id);
    }

    /// Whether a conversation is told of.
    pub(crate) fn tells_of(&self, id: ConversationId) -> bool {
        self.answers.iter().any(|(had, _)| *had == id)
    }

    /// Takes models and downloads as they are now.
    pub(crate) fn tell_models(&mut self, models: &ModelsView) {
        let usable = models.installed.iter().filter(|model| model.header.is_ok());
        self.models = usable
            .map(|model| Happening {
                at: model.added,
                event: Event::ModelCame {
                    model: model.name.clone(),
                    size: model.file_bytes,
                    verified: model.verified,
                },
            })
            .collect();
        self.pulls = models
            .pulls
            .iter()
            .filter(|pull| {
                matches!(
                    pull.state,
                    PullState::Running { .. } | PullState::Failed { .. }
                )
            })
            .cloned()
            .collect();
    }

    /// All that happened, the newest first.
    pub(crate) fn newest_first(&self) -> Vec<Happening> {
        let answers = self.answers.iter().flat_map(|(_, told)| told);
        let mut all: Vec<Happening> = answers.chain(&self.models).cloned().collect();
        all.sort_by_key(|happening| std::cmp::Reverse(happening.at));
        all
    }
}

/// Groups what stands newest first by day; `day` names the day of a time.
pub(crate) fn by_day<T, D: PartialEq>(
    newest_first: Vec<T>,
    day: impl Fn(&T) -> D,
) -> Vec<(D, Vec<T>)> {
    let mut days: Vec<(D, Vec<T>)> = Vec::new();
    for one in newest_first {
        let name = day(&one);
        match days.last_mut() {
            Some((last, group)) if *last == name => group.push(one),
            _ => days.push((name, vec![one])),
        }
    }
    days
}
