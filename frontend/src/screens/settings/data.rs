//! Data: where it lies, and how to take it along.

use contract::conversation::{ExportConversation, ExportFormat, ListConversations};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::api::fact;
use super::row::SettingRows;
use crate::app::{App, Section, app};
use crate::parts::{Icon, icon};

/// How many conversations are listed at a time while all are exported.
const PAGE: u32 = 200;

/// The section.
#[component]
pub(super) fn Data() -> impl IntoView {
    let app = app();
    let folders = Memo::new(move |_| {
        app.status.with(|status| {
            status
                .as_ref()
                .map(|it| (it.data_folder.clone(), it.model_folder.clone()))
        })
    });
    let count = move || {
        app.shelf
            .with(|shelf| (app.words().conversations_count)(shelf.total))
    };
    let busy = RwSignal::new(false);
    let export = move |_| {
        busy.set(true);
        spawn_local(async move {
            export_all(app).await;
            busy.set(false);
        });
    };
    view! {
        {move || {
            folders
                .get()
                .map(|(data, models)| {
                    view! {
                        <dl class="facts">
                            {fact(app.words().data_folder, data)}
                            {fact(app.words().model_folder, models)}
                        </dl>
                    }
                })
        }}
        <div class="setting">
            <div class="setting-words">
                <p class="setting-title">{move || app.words().export_all}</p>
                <p class="muted small">{move || app.words().export_all_about}</p>
                <p class="muted small">{count}</p>
            </div>
            <div class="setting-field">
                <button
                    type="button"
                    disabled=move || busy.get() || app.shelf.with(|shelf| shelf.total == 0)
                    on:click=export
                >
                    {icon(Icon::Download)}
                    {move || app.words().export}
                </button>
            </div>
        </div>
        <SettingRows section=Section::Data />
    }
}

/// Saves all conversations as one file.
async fn export_all(app: App) {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let ask = ListConversations {
            search: None,
            limit: Some(PAGE),
            after,
        };
        let list = match app.ask(ask).await {
            Ok(list) => list.conversations,
            Err(fault) => return app.tell_fault(&app.heed(fault)),
        };
        let Some(last) = list.last() else { break };
        after = Some(last.id);
        for one in list {
            let ask = ExportConversation {
                conversation: one.id,
                format: ExportFormat::Json,
            };
            match app.ask(ask).await {
                Ok(file) => {
                    // What is no JSON after all is kept as it is rather than lost.
                    let read = serde_json::from_str(&file.text);
                    all.push(read.unwrap_or(Value::String(file.text)));
                }
                Err(fault) => return app.tell_fault(&app.heed(fault)),
            }
        }
    }
    let text = serde_json::json!({ "format": "hai-net/1", "conversations": all });
    app.save(
        "hai-net-conversations.json",
        "application/json",
        &text.to_string(),
    );
}
