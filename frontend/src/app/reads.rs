//! What the page reads: all of it at the start and after a gap, parts of it when they change.

use base::ConversationId;
use contract::conversation::{LIST_LIMIT_MAX, ListConversations, ReadConversation};
use contract::log::ReadLogs;
use contract::model::ListModels;
use contract::setting::ListSettings;
use contract::system::ShowStatus;
use contract::token::ListTokens;
use contract::{Code, Fault};
use leptos::prelude::*;

use super::vault::Extent;
use super::{App, Link};
use crate::page;
use crate::state::{PAGE, Reread};
use crate::words::Language;

/// How many lines of the log one read brings.
const LOG_LINES: u32 = 1_000;

impl App {
    /// Reads everything that is shown, at the start and after a gap.
    pub(crate) async fn read_all(self) {
        self.read_status().await;
        self.read_identity(Extent::All).await;
    }

    /// Reads what lies in the open store.
    pub(super) async fn read_contents(self) {
        self.read_models().await;
        self.read_conversations().await;
        if let Some(id) = self.chosen.get_untracked() {
            self.read_conversation(id).await;
        }
        self.read_logs().await;
        self.read_approvals().await;
        if self.feed.with_untracked(|feed| feed.entries.known) {
            self.read_entries().await;
        }
        // What changed meanwhile was not told.
        self.remembered.update(|count| *count += 1);
    }

    /// What a fault means for the whole page; the fault is given on.
    pub(crate) fn heed(self, fault: Fault) -> Fault {
        if fault.code == Code::NotAllowed && !self.client.is_window() {
            self.link.set(Link::SignedOut);
        }
        if fault.code == Code::Locked {
            // The notice of it was missed.
            self.reread(Reread::Identity);
        }
        fault
    }

    pub(super) async fn read_status(self) {
        match self.client.ask(ShowStatus {}).await {
            Ok(status) => {
                // It lets this page in again; what it tells may have come all the time.
                if self.link.get_untracked() == Link::Connecting {
                    self.link.set(Link::Live);
                }
                self.engine.set(status.engine.clone());
                self.status.set(Some(status));
            }
            Err(fault) => self.tell_unless_gone(fault),
        }
    }

    /// Shows a fault of reading; that the hub is gone or the browser signed out is told elsewhere.
    pub(super) fn tell_unless_gone(self, fault: Fault) {
        let fault = self.heed(fault);
        let is_told_elsewhere = matches!(
            fault.code,
            Code::NotAllowed | Code::NoHub | Code::Closing | Code::Locked
        );
        if !is_told_elsewhere {
            self.tell_fault(&fault);
        }
    }

    pub(super) async fn read_settings(self) {
        match self.ask(ListSettings {}).await {
            Ok(settings) => {
                self.settings.set(Some(settings));
                self.obey_settings();
            }
            Err(fault) => self.tell_unless_gone(fault),
        }
    }

    /// Theme and language as the settings say.
    pub(super) fn obey_settings(self) {
        let text = |key| {
            self.settings.with_untracked(|settings| {
                let found = settings
                    .as_ref()?
                    .settings
                    .iter()
                    .find(|one| one.key == key)?;
                found.value.as_str().map(str::to_owned)
            })
        };
        if let Some(theme) = text("ui.theme") {
            page::set_theme(&theme);
        }
        if let Some(tag) = text("ui.language") {
            page::remember("hai-net.language", &tag);
            let tag = if tag == "system" {
                page::preferred_language()
            } else {
                tag
            };
            let language = Language::of_tag(&tag);
            if self.language.get_untracked() != language {
                self.language.set(language);
            }
        }
    }

    pub(super) async fn read_models(self) {
        match self.ask(ListModels {}).await {
            Ok(models) => {
                self.engine.set(models.engine.clone());
                self.feed.update(|feed| feed.tell_models(&models));
                self.models.set(Some(models));
            }
            Err(fault) => self.tell_unless_gone(fault),
        }
    }

    /// Reads the list of conversations from its beginning.
    pub(crate) async fn read_conversations(self) {
        let search = self.shelf.with_untracked(|shelf| shelf.wanted());
        // Those that were read behind the first part stay.
        let had = self.shelf.with_untracked(|shelf| shelf.conversations.len());
        let limit = u32::try_from(had)
            .unwrap_or(PAGE)
            .clamp(PAGE, LIST_LIMIT_MAX);
        let ask = ListConversations {
            search: search.clone(),
            limit: Some(limit),
            after: None,
        };
        match self.ask(ask).await {
            Ok(list) => self.shelf.update(|shelf| {
                // An answer to words that were changed meanwhile is of no use.
                if shelf.wanted() == search {
                    shelf.replace(list);
                }
            }),
            Err(fault) => self.tell_unless_gone(fault),
        }
    }

    /// Reads the next part of the list.
    pub(crate) async fn read_more_conversations(self) {
        let (search, after) = self
            .shelf
            .with_untracked(|shelf| (shelf.wanted(), shelf.last()));
        let ask = ListConversations {
            search,
            limit: Some(PAGE),
            after,
        };
        match self.ask(ask).await {
            Ok(list) => self.shelf.update(|shelf| shelf.extend(list)),
            Err(fault) => self.tell_fault(&self.heed(fault)),
        }
    }

    /// Reads a conversation that changed, where it is shown or told of.
    pub(super) async fn read_again(self, id: ConversationId) {
        let is_shown = self.chosen.get_untracked() == Some(id);
        let feed_is_read = self.feed.with_untracked(|feed| feed.known);
        if !is_shown && !feed_is_read {
            return;
        }
        let Ok(view) = self.ask(ReadConversation { conversation: id }).await else {
            return;
        };
        if feed_is_read {
            self.feed.update(|feed| feed.tell(&view));
        }
        if self.chosen.get_untracked() == Some(id) {
            self.thread.update(|thread| {
                if thread.id() == Some(id) {
                    thread.refresh(view);
                } else {
                    thread.open(Some(view));
                }
            });
        }
    }

    /// Reads the conversation that is to be shown.
    pub(super) async fn read_conversation(self, id: ConversationId) {
        let answer = self.ask(ReadConversation { conversation: id }).await;
        if self.chosen.get_untracked() != Some(id) {
            return;
        }
        match answer {
            Ok(view) => {
                self.unreadable.set(None);
                self.thread.update(|thread| {
                    if thread.id() == Some(id) {
                        thread.refresh(view);
                    } else {
                        thread.open(Some(view));
                    }
                });
            }
            Err(fault) => return self.unreadable.set(Some(self.heed(fault))),
        }
        self.read_agents(id).await;
    }

    /// Reads the tokens of the API.
    pub(crate) async fn read_tokens(self) {
        match self.ask(ListTokens {}).await {
            Ok(tokens) => self.tokens.set(Some(tokens)),
            Err(fault) => self.tell_fault(&self.heed(fault)),
        }
    }

    async fn read_logs(self) {
        let ask = ReadLogs {
            limit: Some(LOG_LINES),
            ..ReadLogs::default()
        };
        match self.ask(ask).await {
            Ok(page) => self
                .logbook
                .update(|log| log.replace(page.lines, page.more)),
            Err(fault) => self.tell_unless_gone(fault),
        }
    }

    /// Reads lines before the oldest one. How many of them are shown.
    pub(crate) async fn read_older_logs(self) -> usize {
        let before = self.logbook.with_untracked(|log| log.oldest());
        let ask = ReadLogs {
            before,
            limit: Some(LOG_LINES),
            ..ReadLogs::default()
        };
        match self.ask(ask).await {
            Ok(page) => self
                .logbook
                .try_update(|log| log.add_older(page.lines, page.more))
                .unwrap_or_default(),
            Err(fault) => {
                self.tell_fault(&self.heed(fault));
                0
            }
        }
    }

    /// Reads the conversations that the feed tells of.
    pub(crate) async fn read_feed(self) {
        let reach = self.feed_reach.get_untracked();
        let limit = u32::try_from(reach).ok();
        let ask = ListConversations {
            search: None,
            limit,
            after: None,
        };
        let Ok(list) = self.ask(ask).await else {
            return;
        };
        for conversation in list.conversations {
            let id = conversation.id;
            // What was read before is kept fresh by notices.
            if self
                .feed
                .with_untracked(|feed| feed.known && feed.tells_of(id))
            {
                continue;
            }
            if let Ok(view) = self.ask(ReadConversation { conversation: id }).await {
                self.feed.update(|feed| feed.tell(&view));
            }
        }
        self.feed.update(|feed| feed.known = true);
    }
}
