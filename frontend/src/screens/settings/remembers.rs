//! What the AI remembers of the person, and the documents that it was given.

mod documents;
mod memory;

use std::time::Duration;

use contract::Fault;
use contract::memory::{KeepMemory, ListMemories, MEMORY_CHARS_MAX, MemoryList};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::documents::Documents;
use self::memory::Memory;
use crate::app::{App, app};
use crate::parts::{FaultCard, Icon, Refusal, Skeleton, icon};

/// How many memories are shown. Who has more searches.
const SHOWN: u32 = 200;

/// How long typing must rest before memories are searched. As in the list of conversations.
const SEARCH_PATIENCE: Duration = Duration::from_millis(250);

/// The section.
#[component]
pub(super) fn Remembers() -> impl IntoView {
    let app = app();
    view! {
        <p class="muted small">{move || app.words().keeps.memories_about}</p>
        <Memories />
        <h3>{move || app.words().keeps.documents}</h3>
        <p class="muted small">{move || app.words().keeps.documents_about}</p>
        <Documents />
    }
}

/// What to give as `search` when asking for memories.
fn wanted(search: &str) -> Option<String> {
    let words = search.trim();
    (!words.is_empty()).then(|| words.to_owned())
}

/// What is remembered.
#[component]
fn Memories() -> impl IntoView {
    let app = app();
    let search = RwSignal::new(String::new());
    let found = RwSignal::new(None::<Result<MemoryList, Fault>>);
    let read = move || {
        let searched = search.get_untracked();
        spawn_local(async move {
            let ask = ListMemories {
                search: wanted(&searched),
                limit: Some(SHOWN),
            };
            let answer = app.ask(ask).await;
            // An answer to other words, or to a section that was left, is of no use.
            if search.try_get_untracked().as_ref() == Some(&searched) {
                found.try_set(Some(answer.map_err(|fault| app.heed(fault))));
            }
        });
    };
    Effect::new(move |_| {
        app.remembered.track();
        read();
    });
    let type_search = move |event| {
        let typed = event_target_value(&event);
        search.set(typed.clone());
        set_timeout(
            move || {
                if search.try_get_untracked().as_ref() == Some(&typed) {
                    read();
                }
            },
            SEARCH_PATIENCE,
        );
    };
    view! {
        <div class="search-box">
            {icon(Icon::Search)}
            <input
                type="search"
                data-testid="memory-search"
                aria-label=move || app.words().keeps.memories_search
                placeholder=move || app.words().keeps.memories_search
                prop:value=move || search.get()
                on:input=type_search
            />
        </div>
        <List found search again=Callback::new(move |()| read()) />
        <New read=Callback::new(move |()| read()) />
    }
}

#[component]
fn List(
    found: RwSignal<Option<Result<MemoryList, Fault>>>,
    search: RwSignal<String>,
    again: Callback<()>,
) -> impl IntoView {
    let app = app();
    // Drawn anew only when the kind of content changes, so that an edit under way is not lost.
    let kind = Memo::new(move |_| {
        found.with(|found| match found {
            None => Kind::Unread,
            Some(Err(fault)) => Kind::Failed(fault.clone()),
            Some(Ok(list)) if list.memories.is_empty() => Kind::Nothing,
            Some(Ok(_)) => Kind::Some,
        })
    });
    let memories = move || {
        found.with(|found| match found {
            Some(Ok(list)) => list.memories.clone(),
            _ => Vec::new(),
        })
    };
    let is_full = move || memories().len() >= SHOWN as usize;
    move || match kind.get() {
        Kind::Unread => view! { <Skeleton /> }.into_any(),
        Kind::Failed(fault) => view! { <FaultCard fault again /> }.into_any(),
        Kind::Nothing => {
            view! { <p class="muted">{move || nothing(app, &search.get())}</p> }.into_any()
        }
        Kind::Some => view! {
            <ul class="cards">
                <For
                    each=memories
                    key=|memory| (memory.id, memory.updated, memory.text.clone())
                    let:memory
                >
                    <Memory memory changed=again />
                </For>
            </ul>
            {move || {
                is_full()
                    .then(|| {
                        view! {
                            <p class="muted small">
                                {(app.words().keeps.memories_limit)(u64::from(SHOWN))}
                            </p>
                        }
                    })
            }}
        }
        .into_any(),
    }
}

#[derive(Clone, PartialEq)]
enum Kind {
    Unread,
    Failed(Fault),
    Nothing,
    Some,
}

fn nothing(app: App, search: &str) -> String {
    let keeps = app.words().keeps;
    match wanted(search) {
        Some(words) => (keeps.memories_nothing_found)(&words),
        None => keeps.memories_none.to_owned(),
    }
}

/// A field for something that the person wants remembered.
#[component]
fn New(read: Callback<()>) -> impl IntoView {
    let app = app();
    let field = NodeRef::<html::Input>::new();
    let refusal = RwSignal::new(None::<Fault>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let text = field.get_untracked().map(|field| field.value());
        let text = text.unwrap_or_default().trim().to_owned();
        if text.is_empty() {
            return;
        }
        refusal.set(None);
        spawn_local(async move {
            match app.ask(KeepMemory { memory: None, text }).await {
                Ok(_) => {
                    if let Some(field) = field.try_get_untracked().flatten() {
                        field.set_value("");
                    }
                    read.run(());
                }
                Err(fault) => {
                    refusal.try_set(Some(app.heed(fault)));
                }
            }
        });
    };
    view! {
        <form class="pull-form" on:submit=submit>
            <label class="field grow">
                <span>{move || app.words().keeps.memory_new}</span>
                <input
                    type="text"
                    node_ref=field
                    required
                    data-testid="memory-new"
                    maxlength=MEMORY_CHARS_MAX.to_string()
                    placeholder=move || app.words().keeps.memory_new_hint
                />
            </label>
            <button type="submit" data-testid="memory-add">
                {icon(Icon::Plus)}
                {move || app.words().keeps.memory_add}
            </button>
        </form>
        <Refusal refusal />
    }
}
