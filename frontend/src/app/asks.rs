//! What a person can do.

use base::{ConversationId, MessageId};
use contract::conversation::{
    DeleteConversation, ExportConversation, ExportFormat, PreviewQuestion, QuestionPreview,
    RegenerateAnswer, RenameConversation, SelectBranch, SendMessage, StopAnswer,
};
use contract::model::UnloadModel;
use contract::setting::{ChangeSetting, SettingView};
use contract::{Code, Fault};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::App;
use crate::page;
use crate::route::Tab;
use crate::state::{Crew, Thread};

impl App {
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
        self.crew.set(Crew::default());
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
            // A conversation that has begun keeps its own choice.
            let model = match conversation {
                None => self.wanted.get_untracked(),
                Some(_) => None,
            };
            let ask = SendMessage {
                conversation,
                parent,
                text,
                model,
            };
            let answer = self.ask(ask).await;
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
            if let Err(fault) = self.ask(StopAnswer { answer }).await {
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
                approved: None,
            };
            match self.ask(ask).await {
                Ok(begun) => self.read_conversation(begun.conversation).await,
                Err(fault) => self.tell_fault(&self.heed(fault)),
            }
        });
    }

    /// Looks what would leave if a question went to this model once more.
    pub(crate) async fn preview_question(
        self,
        question: MessageId,
        model: Option<String>,
    ) -> Result<QuestionPreview, Fault> {
        let conversation = self.chosen.get_untracked().ok_or_else(nothing_chosen)?;
        let ask = PreviewQuestion {
            conversation,
            question,
            model,
        };
        self.ask(ask).await.map_err(|fault| self.heed(fault))
    }

    /// Sends what the person looked at and said yes to, once.
    pub(crate) async fn send_once(
        self,
        question: MessageId,
        model: String,
        digest: String,
    ) -> Result<(), Fault> {
        let conversation = self.chosen.get_untracked().ok_or_else(nothing_chosen)?;
        let ask = RegenerateAnswer {
            conversation,
            question,
            model: Some(model),
            approved: Some(digest),
        };
        let begun = self.ask(ask).await.map_err(|fault| self.heed(fault))?;
        self.read_conversation(begun.conversation).await;
        Ok(())
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
            match self.ask(SelectBranch { conversation, head }).await {
                Ok(_) => self.read_conversation(conversation).await,
                Err(fault) => self.tell_fault(&self.heed(fault)),
            }
        });
    }

    /// Gives a conversation another title.
    pub(crate) fn rename(self, conversation: ConversationId, title: String) {
        spawn_local(async move {
            match self
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
            match self.ask(DeleteConversation { conversation }).await {
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
        let answer = self.ask(ChangeSetting { key, value }).await;
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
            match self.ask(UnloadModel {}).await {
                Ok(_) => self.tell(self.words_now().engine_unloaded),
                Err(fault) => self.tell_fault(&self.heed(fault)),
            }
        });
    }
}

/// The conversation was left meanwhile.
fn nothing_chosen() -> Fault {
    Fault::refused(Code::NotFound, "There is no such conversation.")
}
