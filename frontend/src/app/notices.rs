//! What happens when the hub tells something.

use contract::Notice;
use contract::conversation::MessageState;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::vault::Extent;
use super::{App, Link};
use crate::client::{self, Told};
use crate::page;
use crate::sentences::Sentences;
use crate::state::{Growth, Reread, to_reread};
use crate::words::fault_words;

impl App {
    /// Listens to the hub for as long as the page lives.
    pub(crate) fn listen(self) {
        let retry = client::watch(self.client, move |told| self.take(told));
        self.retry.set_value(Some(retry));
    }

    fn take(self, told: Told) {
        match told {
            // On the way that this page asked for; what comes of it is read at its end.
            Told::Notice(Notice::VaultChanged { .. }) if self.held.get_untracked() => {}
            Told::Notice(Notice::VaultChanged { .. }) if self.doubtful.get_untracked() => {
                self.reread(Reread::Identity);
            }
            Told::Notice(notice) => {
                for again in to_reread(&notice) {
                    self.reread(again);
                }
                self.take_notice(notice);
            }
            Told::Offline { seconds } => self.link.set(Link::Offline(seconds)),
            Told::SignedOut => self.link.set(Link::SignedOut),
        }
    }

    pub(super) fn take_notice(self, notice: Notice) {
        match notice {
            Notice::Watching { version } => self.meet(version),
            Notice::VaultChanged { vault } => self.take_vault(vault),
            Notice::BackupChanged { progress } => self.backup.set(progress),
            Notice::HubClosing => self.link.set(Link::Closing),
            // What else it tells is of the open store.
            _ if !self.is_open() => {}
            Notice::AnswerGrew {
                conversation,
                answer,
                from,
                text,
            } => {
                let growth = self
                    .thread
                    .try_update_untracked(|thread| thread.grow(conversation, answer, from, &text));
                match growth {
                    Some(Growth::Grew) => {
                        self.grown.update(|count| *count += 1);
                        self.say_what_grew(answer, Some(from));
                    }
                    Some(Growth::Missed) => self.reread(Reread::Conversation(conversation)),
                    Some(Growth::Known) | None => {}
                }
            }
            Notice::AnswerEnded {
                conversation,
                answer,
                state,
                usage,
            } => {
                if self
                    .thread
                    .with_untracked(|thread| thread.id() == Some(conversation))
                {
                    self.say_what_grew(answer, None);
                    self.say_end(&state);
                    self.thread
                        .update(|thread| thread.end(answer, state, usage));
                }
            }
            Notice::EngineChanged { engine } => self.engine.set(engine),
            Notice::PullChanged { pull } => self.take_pull(pull),
            Notice::LogsWritten { lines } => self.logbook.update(|log| log.add(lines)),
            Notice::AgentChanged { agent } => {
                if self.chosen.get_untracked() == Some(agent.conversation) {
                    self.crew.update(|crew| crew.take(agent));
                }
            }
            Notice::FeedGrew { entries } => self.feed.update(|feed| feed.grow(entries)),
            Notice::MemoriesChanged => self.remembered.update(|count| *count += 1),
            Notice::ConversationDeleted { conversation } => {
                self.shelf.update(|shelf| shelf.remove(conversation));
                self.feed.update(|feed| feed.forget(conversation));
                if self.chosen.get_untracked() == Some(conversation) {
                    self.begin_conversation();
                }
            }
            Notice::Missed { .. }
            | Notice::ConversationChanged { .. }
            | Notice::ModelsChanged
            | Notice::ApprovalsChanged { .. }
            | Notice::SettingsChanged { .. } => {}
        }
    }

    /// The hub is there. One of another version than before serves another page: load that.
    fn meet(self, version: String) {
        self.link.set(Link::Live);
        let changed = self
            .hub_version
            .with_value(|known| known.as_ref().is_some_and(|it| *it != version));
        self.hub_version.set_value(Some(version));
        if changed && let Some(window) = page::window() {
            // A page that cannot reload goes on as it is.
            let _ = window.location().reload();
        }
    }

    fn take_pull(self, pull: contract::model::PullView) {
        self.models.update(|models| {
            let Some(models) = models else { return };
            match models.pulls.iter_mut().find(|known| known.id == pull.id) {
                Some(known) => *known = pull,
                None => models.pulls.push(pull),
            }
        });
        self.models.with_untracked(|models| {
            if let Some(models) = models {
                self.feed.update(|feed| feed.tell_models(models));
            }
        });
    }

    /// Says whole sentences of an answer that is shown and grew from that byte on, or ended.
    fn say_what_grew(self, answer: base::MessageId, from: Option<u64>) {
        let text = self
            .thread
            .with_untracked(|thread| thread.message(answer).map(|message| message.text.clone()));
        let Some(text) = text else { return };
        let said = self.sentences.try_update_value(|now| {
            if now.as_ref().is_none_or(|(of, _)| *of != answer) {
                let mut sentences = Sentences::default();
                // What stood there when the page was opened is read by going to it.
                sentences.skip(
                    from.and_then(|from| usize::try_from(from).ok())
                        .unwrap_or(text.len()),
                );
                *now = Some((answer, sentences));
            }
            let (_, sentences) = now.as_mut()?;
            sentences.next(&text, from.is_none())
        });
        if let Some(said) = said.flatten() {
            self.said.set(said);
        }
    }

    fn say_end(self, state: &MessageState) {
        let words = self.words_now();
        let end = match state {
            MessageState::Writing => return,
            MessageState::Done => words.answer_done.to_owned(),
            MessageState::CutOff => words.answer_cut_off.to_owned(),
            MessageState::Stopped => words.answer_stopped.to_owned(),
            MessageState::Failed { fault } => {
                let told = fault_words(fault, self.language.get_untracked());
                format!("{}. {} {}", words.answer_failed, told.message, told.advice)
            }
        };
        // Behind the last sentence, not instead of it.
        self.said.update(|said| {
            if !said.is_empty() {
                said.push(' ');
            }
            said.push_str(&end);
        });
    }

    /// Reads something again.
    pub(crate) fn reread(self, what: Reread) {
        let is_stored = !matches!(what, Reread::All | Reread::Status | Reread::Identity);
        if is_stored && !self.is_open() {
            return;
        }
        spawn_local(async move {
            match what {
                Reread::All => self.read_all().await,
                Reread::Conversations => self.read_conversations().await,
                Reread::Conversation(id) => self.read_again(id).await,
                Reread::Models => self.read_models().await,
                Reread::Settings => self.read_settings().await,
                Reread::Status => self.read_status().await,
                Reread::Identity => self.read_identity(Extent::Identity).await,
                Reread::Approvals => self.read_approvals().await,
            }
        });
    }
}
