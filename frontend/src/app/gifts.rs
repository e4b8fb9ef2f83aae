//! Documents that a person gives to the AI: read by the browser, sent as base64, indexed by the hub.

use base::ConversationId;
use contract::memory::AddDocument;
use futures::StreamExt as _;
use futures::channel::mpsc::unbounded;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{File, FileList, FileReader, ProgressEvent};

use super::App;
use crate::state::{Gift, Stage, content_of};

/// What a browser tells while it reads a file.
enum Heard {
    /// So many percent were read.
    Percent(u64),
    /// It is read, or cannot be.
    End,
}

impl App {
    /// Gives files to the AI, for the conversation that is shown.
    pub(crate) fn give(self, files: &FileList) {
        let conversation = self.chosen.get_untracked();
        for place in 0..files.length() {
            let Some(file) = files.get(place) else {
                continue;
            };
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a file's size: whole and not negative"
            )]
            let bytes = file.size() as u64;
            let number = self.add_gift(file.name(), bytes);
            spawn_local(async move {
                if self.stage_of(number) == Some(Stage::Reading(0)) {
                    self.read_and_send(number, &file, conversation).await;
                }
            });
        }
    }

    /// Notes a gift; nothing of it is read yet.
    pub(super) fn add_gift(self, name: String, bytes: u64) -> u64 {
        let last = self
            .gifts
            .with_untracked(|gifts| gifts.iter().map(|gift| gift.number).max());
        let number = last.map_or(0, |last| last + 1);
        self.gifts
            .update(|gifts| gifts.push(Gift::new(number, name, bytes)));
        number
    }

    /// Takes the note about a gift away.
    pub(crate) fn dismiss_gift(self, number: u64) {
        self.gifts
            .update(|gifts| gifts.retain(|gift| gift.number != number));
    }

    fn stage_of(self, number: u64) -> Option<Stage> {
        self.gifts.with_untracked(|gifts| {
            let found = gifts.iter().find(|gift| gift.number == number)?;
            Some(found.stage.clone())
        })
    }

    fn set_stage(self, number: u64, stage: Stage) {
        self.gifts.update(|gifts| {
            if let Some(gift) = gifts.iter_mut().find(|gift| gift.number == number) {
                gift.stage = stage;
            }
        });
    }

    async fn read_and_send(self, number: u64, file: &File, conversation: Option<ConversationId>) {
        let address = read(file, |percent| {
            self.set_stage(number, Stage::Reading(percent));
        })
        .await;
        match address.as_deref().and_then(content_of) {
            Some(content) => {
                let content = content.to_owned();
                self.send_gift(number, file.name(), content, conversation)
                    .await;
            }
            None => self.set_stage(number, Stage::Unreadable),
        }
    }

    /// Has the hub read and index what was read.
    pub(super) async fn send_gift(
        self,
        number: u64,
        name: String,
        content: String,
        conversation: Option<ConversationId>,
    ) {
        self.set_stage(number, Stage::Indexing);
        let ask = AddDocument {
            conversation,
            name,
            content,
        };
        let stage = match self.ask(ask).await {
            Ok(document) => Stage::Given(document),
            Err(fault) => Stage::Refused(self.heed(fault)),
        };
        self.set_stage(number, stage);
        // A document is shown in the settings too.
        self.remembered.update(|count| *count += 1);
    }
}

/// A file as a `data:` address, which the browser makes faster than this program could.
async fn read(file: &File, tell: impl Fn(u64)) -> Option<String> {
    let reader = FileReader::new().ok()?;
    let (say, mut heard) = unbounded();
    let on_progress = {
        let say = say.clone();
        Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
            let share = event.loaded() / event.total().max(1.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0 to 100"
            )]
            let percent = (share * 100.0).clamp(0.0, 100.0) as u64;
            // Who reads it waits below for as long as the file is read.
            let _ = say.unbounded_send(Heard::Percent(percent));
        })
    };
    let on_end = Closure::<dyn FnMut()>::new(move || {
        let _ = say.unbounded_send(Heard::End);
    });
    reader.set_onprogress(Some(on_progress.as_ref().unchecked_ref()));
    reader.set_onloadend(Some(on_end.as_ref().unchecked_ref()));
    reader.read_as_data_url(file).ok()?;
    while let Some(Heard::Percent(percent)) = heard.next().await {
        tell(percent);
    }
    reader.result().ok()?.as_string()
}
