//! What a person can do, and what the page reads.

use base::{ConversationId, MessageId};
use contract::conversation::{
    DeleteConversation, ExportConversation, ExportFormat, LIST_LIMIT_MAX, ListConversations,
    ReadConversation, RegenerateAnswer, RenameConversation, SelectBranch, SendMessage, StopAnswer,
};
use contract::log::ReadLogs;
use contract::model::{ListModels, UnloadModel};
use contract::setting::{ChangeSetting, ListSettings, SettingView};
use contract::system::ShowStatus;
use contract::token::ListTokens;
use contract::{Code, Fault};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::{App, Link};
use crate::page;
use crate::route::Tab;
use crate::state::{PAGE, Thread};
use crate::words::Language;

/// How many lines of the log one read brings.
const LOG_LINES: u32 = 1_000;

impl App {
    /// Reads everything that is shown, at the start and after a gap.
    pub(super) async fn read_all(self) {
        self.read_status().await;
        self.read_settings().await;
        self.read_models().await;
        self.read_conversations().await;
        if let Some(id) = self.chosen.get_untracked() {
            self.read_conversation(id).await;
        }
        self.read_logs().await;
    }

    /// What a fault means for the whole page; the fault is given on.
    pub(crate) fn heed(self, fault: Fault) -> Fault {
        if fault.code == Code::NotAllowed && !self.client.is_window() {
            self.link.set(Link::SignedOut);
        }
        fault
    }

    pub(super) async fn read_status(self) {
        match self.client.ask(ShowStatus {}).await {
            Ok(status) => {
                self.engine.set(status.engine.clone());
                self.status.set(Some(status));
            }
            Err(fault) => self.tell_unless_gone(fault),
        }
    }

    /// Shows a fault of reading; that the hub is gone or the browser signed out is told elsewhere.
    fn tell_unless_gone(self, fault: Fault) {
        let fault = self.heed(fault);
        if !matches!(fault.code, Code::NotAllowed | Code::NoHub | Code::Closing) {
            self.tell_fault(&fault);
        }
    }

    pub(super) async fn read_settings(self) {
        match self.client.ask(ListSettings {}).await {
            Ok(settings) => {
                self.settings.set(Some(settings));
                self.obey_settings();
            }
            Err(fault) => self.tell_unless_gone(fault),
        }
    }

    /// Theme and language as the settings say.
    fn obey_settings(self) {
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
        match self.client.ask(ListModels {}).await {
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
        match self.client.ask(ask).await {
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
        match self.client.ask(ask).await {
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
        let Ok(view) = self.client.ask(ReadConversation { conversation: id }).await else {
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
        let answer = self.client.ask(ReadConversation { conversation: id }).await;
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
            Err(fault) => self.unreadable.set(Some(self.heed(fault))),
        }
    }

    /// Shows a conversation.
    pub(crate) fn open_conversation(self, id: ConversationId) {
        self.go(Tab::Visualize);
        if self.chosen.get_untracked() == Some(id)
            && self.thread.with_untracked(|thread| thread.id() == Some(id))
        {
            return;
        }
        self.leave_conversation();
        self.chosen.set(Some(id));
        spawn_local(self.read_conversation(id));
    }

    /// Shows an empty page for a new conversation.
    pub(crate) fn begin_conversation(self) {
        self.leave_conversation();
        self.chosen.set(None);
        self.go(Tab::Visualize);
        page::after_drawing(|| {
            page::focus("#composer");
        });
    }

    fn leave_conversation(self) {
        self.editing.set(None);
        self.refusal.set(None);
        self.unreadable.set(None);
        self.said.set(String::new());
        self.thread.update(|thread| thread.open(None));
    }

    /// Sends what stands in the text box.
    pub(crate) fn send_draft(self) {
        let chosen = self.chosen.get_untracked();
        let draft = self
            .drafts
            .with_untracked(|drafts| drafts.get(&chosen).cloned());
        let text = draft.unwrap_or_default();
        if text.trim().is_empty() || self.sending.get_untracked() {
            return;
        }
        if self.thread.with_untracked(Thread::writing).is_some() {
            self.tell(self.words_now().wait_for_answer);
            return;
        }
        let parent = self.thread.with_untracked(Thread::head);
        self.send(chosen, parent, text, move || {
            self.drafts.update(|drafts| {
                drafts.remove(&chosen);
            });
        });
    }

    /// Sends a message; `sent` runs when it is on disk, so that nothing unsent is lost.
    pub(crate) fn send(
        self,
        conversation: Option<ConversationId>,
        parent: Option<MessageId>,
        text: String,
        sent: impl FnOnce() + 'static,
    ) {
        self.sending.set(true);
        self.refusal.set(None);
        spawn_local(async move {
            let ask = SendMessage {
                conversation,
                parent,
                text,
                model: None,
            };
            let answer = self.client.ask(ask).await;
            self.sending.set(false);
            match answer {
                Ok(begun) => {
                    sent();
                    self.go(Tab::Visualize);
                    if self.chosen.get_untracked() != Some(begun.conversation) {
                        self.chosen.set(Some(begun.conversation));
                    }
                    self.read_conversation(begun.conversation).await;
                }
                Err(fault) => self.refusal.set(Some(self.heed(fault))),
            }
        });
    }

    /// Stops the answer that is being written.
    pub(crate) fn stop_answer(self) {
        let Some(answer) = self.thread.with_untracked(Thread::writing) else {
            return;
        };
        spawn_local(async move {
            if let Err(fault) = self.client.ask(StopAnswer { answer }).await {
                self.tell_fault(&self.heed(fault));
            }
        });
    }

    /// Has a question answered once more.
    pub(crate) fn answer_again(self, question: MessageId) {
        let Some(conversation) = self.chosen.get_untracked() else {
            return;
        };
        spawn_local(async move {
            let ask = RegenerateAnswer {
                conversation,
                question,
                model: None,
            };
            match self.client.ask(ask).await {
                Ok(begun) => self.read_conversation(begun.conversation).await,
                Err(fault) => self.tell_fault(&self.heed(fault)),
            }
        });
    }

    /// Has the last question answered once more.
    pub(crate) fn answer_last_again(self) {
        let question = self
            .thread
            .with_untracked(|thread| thread.last_answer()?.parent);
        if let Some(question) = question {
            self.answer_again(question);
        }
    }

    /// Shows another branch.
    pub(crate) fn select_branch(self, head: MessageId) {
        let Some(conversation) = self.chosen.get_untracked() else {
            return;
        };
        spawn_local(async move {
            match self.client.ask(SelectBranch { conversation, head }).await {
                Ok(_) => self.read_conversation(conversation).await,
                Err(fault) => self.tell_fault(&self.heed(fault)),
            }
        });
    }

    /// Gives a conversation another title.
    pub(crate) fn rename(self, conversation: ConversationId, title: String) {
        spawn_local(async move {
            match self
                .client
                .ask(RenameConversation {
                    conversation,
                    title,
                })
                .await
            {
                Ok(_) => {
                    self.read_conversations().await;
                    self.read_again(conversation).await;
                }
                Err(fault) => self.tell_fault(&self.heed(fault)),
            }
        });
    }

    /// Deletes a conversation for good.
    pub(crate) fn delete(self, conversation: ConversationId, title: String) {
        spawn_local(async move {
            match self.client.ask(DeleteConversation { conversation }).await {
                Ok(_) => {
                    self.shelf.update(|shelf| shelf.remove(conversation));
                    self.feed.update(|feed| feed.forget(conversation));
                    if self.chosen.get_untracked() == Some(conversation) {
                        self.begin_conversation();
                    }
                    self.tell((self.words_now().deleted)(&title));
                }
                Err(fault) => self.tell_fault(&self.heed(fault)),
            }
        });
    }

    /// Saves a conversation as a file.
    pub(crate) fn export(self, conversation: ConversationId, format: ExportFormat) {
        spawn_local(async move {
            let kind = match format {
                ExportFormat::Markdown => "text/markdown",
                ExportFormat::Json => "application/json",
            };
            match self
                .client
                .ask(ExportConversation {
                    conversation,
                    format,
                })
                .await
            {
                Ok(file) => self.save(&file.file_name, kind, &file.text),
                Err(fault) => self.tell_fault(&self.heed(fault)),
            }
        });
    }

    /// Offers a file to save and says so.
    pub(crate) fn save(self, name: &str, kind: &str, text: &str) {
        let words = self.words_now();
        match page::save_file(name, kind, text) {
            Ok(()) => self.tell((words.saved_as)(name)),
            Err(_) => self.tell(words.copy_failed),
        }
    }

    /// Copies a conversation as Markdown.
    pub(crate) fn copy_conversation(self, conversation: ConversationId) {
        spawn_local(async move {
            let format = ExportFormat::Markdown;
            match self
                .client
                .ask(ExportConversation {
                    conversation,
                    format,
                })
                .await
            {
                Ok(file) => self.copy(file.text),
                Err(fault) => self.tell_fault(&self.heed(fault)),
            }
        });
    }

    /// Changes a setting; none goes back to the default.
    pub(crate) async fn change(
        self,
        key: String,
        value: Option<Value>,
    ) -> Result<SettingView, Fault> {
        let answer = self.client.ask(ChangeSetting { key, value }).await;
        let view = answer.map_err(|fault| self.heed(fault))?;
        self.settings.update(|settings| {
            let known = settings
                .iter_mut()
                .flat_map(|settings| &mut settings.settings);
            if let Some(known) = known.into_iter().find(|known| known.key == view.key) {
                known.clone_from(&view);
            }
        });
        self.obey_settings();
        Ok(view)
    }

    /// Changes a setting and says only what went wrong.
    pub(crate) fn change_quietly(self, key: &'static str, value: &'static str) {
        spawn_local(async move {
            if let Err(fault) = self.change(key.to_owned(), Some(Value::from(value))).await {
                self.tell_fault(&fault);
            }
        });
    }

    /// Gives the memory of the model back.
    pub(crate) fn unload(self) {
        spawn_local(async move {
            match self.client.ask(UnloadModel {}).await {
                Ok(_) => self.tell(self.words_now().engine_unloaded),
                Err(fault) => self.tell_fault(&self.heed(fault)),
            }
        });
    }

    /// Reads the tokens of the API.
    pub(crate) async fn read_tokens(self) {
        match self.client.ask(ListTokens {}).await {
            Ok(tokens) => self.tokens.set(Some(tokens)),
            Err(fault) => self.tell_fault(&self.heed(fault)),
        }
    }

    async fn read_logs(self) {
        let ask = ReadLogs {
            limit: Some(LOG_LINES),
            ..ReadLogs::default()
        };
        match self.client.ask(ask).await {
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
        match self.client.ask(ask).await {
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
        let Ok(list) = self.client.ask(ask).await else {
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
            if let Ok(view) = self.client.ask(ReadConversation { conversation: id }).await {
                self.feed.update(|feed| feed.tell(&view));
            }
        }
        self.feed.update(|feed| feed.known = true);
    }
}
