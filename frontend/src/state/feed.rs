//! What the AI did, as the hub's feed has it, joined with what conversations, models and downloads
//! tell: nothing is told that the hub did not say.

use std::collections::HashSet;

use base::{ByteCount, ConversationId, Timestamp};
use contract::conversation::{ConversationView, MessageState, Role, UsageView};
use contract::feed::{FeedEntry, FeedKind};
use contract::model::{ModelsView, PullState, PullView};

use super::Pages;

/// How long after the end of an answer its entry in the feed may be written, to be taken for it.
const ENTRY_LATE_MS: u64 = 60_000;

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

/// What a person wants to see of the feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Only entries of this kind.
    pub(crate) kind: Option<FeedKind>,
    /// Only entries that hold these words.
    pub(crate) search: String,
}

impl Wanted {
    /// What to give as `search` when asking for the feed.
    pub(crate) fn words(&self) -> Option<String> {
        let words = self.search.trim();
        (!words.is_empty()).then(|| words.to_owned())
    }

    /// Whether a new entry is wanted, in any case of its letters.
    fn takes(&self, entry: &FeedEntry) -> bool {
        let sentences = entry.translations.values().chain([&entry.text]);
        let text = sentences
            .map(|text| text.to_lowercase())
            .collect::<String>();
        let search = self.search.to_lowercase();
        self.kind.is_none_or(|kind| kind == entry.kind)
            && search.split_whitespace().all(|word| text.contains(word))
    }
}

/// A line of the feed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Row {
    /// An entry of the hub's feed; for an answer also what it came from.
    Entry(FeedEntry, Option<Box<Happening>>),
    /// Something that the hub's feed does not hold.
    Happening(Happening),
}

impl Row {
    /// When.
    pub(crate) fn at(&self) -> Timestamp {
        match self {
            Self::Entry(entry, _) => entry.at,
            Self::Happening(happening) => happening.at,
        }
    }
}

/// All that is told.
#[derive(Debug, Clone, Default)]
pub(crate) struct FeedBook {
    /// The part of the hub's feed that is kept.
    pub(crate) entries: Pages<FeedEntry>,
    wanted: Wanted,
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

    /// What is wanted of it.
    pub(crate) fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Wants something else: what is kept is read anew.
    pub(crate) fn want(&mut self, wanted: Wanted) {
        self.wanted = wanted;
        self.entries.start_over();
    }

    /// Takes what the AI did just now, the oldest first.
    pub(crate) fn grow(&mut self, entries: Vec<FeedEntry>) {
        let wanted = entries.into_iter().filter(|one| self.wanted.takes(one));
        let wanted: Vec<_> = wanted.collect();
        if !wanted.is_empty() {
            self.entries.add_new(wanted);
        }
    }

    /// Takes that an entry was undone.
    pub(crate) fn undone(&mut self, number: i64, at: Timestamp) {
        if let Some(entry) = self.entries.entry_mut(number) {
            entry.can_undo = false;
            entry.undone = Some(at);
        }
    }

    /// All that is shown, the newest first.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let told = self.told();
        let mut used = HashSet::new();
        let mut rows: Vec<Row> = Vec::with_capacity(self.entries.len() + told.len());
        for entry in self.entries.iter() {
            let from = answer_of(entry, &told).filter(|place| used.insert(*place));
            let from = from.map(|place| Box::new(told[place].clone()));
            rows.push(Row::Entry(entry.clone(), from));
        }
        let is_in_reach = |one: &Happening| {
            let newest = self.entries.iter().next().map(|entry| entry.at);
            let oldest = self.entries.iter().next_back().map(|entry| entry.at);
            let too_new = self.entries.cut && newest.is_some_and(|newest| one.at > newest);
            let too_old = self.entries.more && oldest.is_some_and(|oldest| one.at < oldest);
            !too_new && !too_old
        };
        let others = told.into_iter().enumerate();
        let others = others.filter(|(place, one)| !used.contains(place) && is_in_reach(one));
        rows.extend(others.map(|(_, one)| Row::Happening(one)));
        rows.sort_by_key(|row| std::cmp::Reverse(row.at()));
        rows
    }

    /// What conversations and models tell, as far as it is wanted.
    fn told(&self) -> Vec<Happening> {
        if self.wanted.words().is_some() {
            return Vec::new();
        }
        let answers = self.answers.iter().flat_map(|(_, told)| told);
        let models: &[Happening] = match self.wanted.kind {
            None => &self.models,
            Some(_) => &[],
        };
        match self.wanted.kind {
            None | Some(FeedKind::Answer) => answers.chain(models).cloned().collect(),
            Some(_) => Vec::new(),
        }
    }
}

/// Which of the answers an entry tells of: the one of its conversation that ended nearest before.
fn answer_of(entry: &FeedEntry, told: &[Happening]) -> Option<usize> {
    if entry.kind != FeedKind::Answer {
        return None;
    }
    let late = told.iter().enumerate().filter_map(|(place, one)| {
        let Event::Answered {
            conversation,
            usage,
            ..
        } = &one.event
        else {
            return None;
        };
        let took = usage.map_or(0, |usage| usage.total_ms);
        let end = one.at.as_millis() + took;
        let is_its = entry.conversation == Some(*conversation)
            && (one.at.as_millis()..=end + ENTRY_LATE_MS).contains(&entry.at.as_millis());
        is_its.then(|| (entry.at.as_millis().abs_diff(end), place))
    });
    late.min().map(|(_, place)| place)
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

#[cfg(test)]
mod tests;
