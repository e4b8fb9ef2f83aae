//! One thing that the AI remembers: edited in place, deleted with a way back.

use contract::Fault;
use contract::memory::{ForgetMemory, KeepMemory, MEMORY_CHARS_MAX, MemoryView};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::{App, app};
use crate::clock;
use crate::parts::{Icon, IconButton, Refusal, fit_height};

/// One thing that is remembered.
#[component]
pub(super) fn Memory(memory: MemoryView, changed: Callback<()>) -> impl IntoView {
    let is_edited = RwSignal::new(false);
    let memory = StoredValue::new(memory);
    view! {
        <li class="card memory" data-testid="memory">
            {move || {
                if is_edited.get() {
                    view! { <Edit memory is_edited changed /> }.into_any()
                } else {
                    view! { <Shown memory is_edited changed /> }.into_any()
                }
            }}
        </li>
    }
}

#[component]
fn Shown(
    memory: StoredValue<MemoryView>,
    is_edited: RwSignal<bool>,
    changed: Callback<()>,
) -> impl IntoView {
    let app = app();
    let source = memory.with_value(|memory| memory.source);
    let facts = move || {
        let keeps = app.words().keeps;
        let language = app.language.get();
        memory.with_value(|memory| {
            let mut facts = vec![clock::short_date(memory.created, language)];
            if memory.source.is_none() {
                facts.push(keeps.memory_by_you.to_owned());
            }
            if memory.updated != memory.created {
                let date = clock::short_date(memory.updated, language);
                facts.push((keeps.memory_changed)(&date));
            }
            facts.join(" · ")
        })
    };
    let named =
        move |sentence: fn(&str) -> String| memory.with_value(|memory| sentence(&memory.text));
    view! {
        <div class="card-words">
            <p>{memory.with_value(|memory| memory.text.clone())}</p>
            <p class="muted small">
                {facts}
                {source
                    .map(|source| {
                        view! {
                            " "
                            <button
                                type="button"
                                class="quiet"
                                on:click=move |_| app.open_conversation(source)
                            >
                                {move || app.words().keeps.memory_from_conversation}
                            </button>
                        }
                    })}
            </p>
        </div>
        <span class="row">
            <IconButton
                which=Icon::Pencil
                hook="memory-edit"
                name=Signal::derive(move || named(app.words().keeps.memory_edit_named))
                press=move || is_edited.set(true)
            />
            <IconButton
                which=Icon::Trash
                hook="memory-forget"
                name=Signal::derive(move || named(app.words().keeps.memory_forget_named))
                press=move || spawn_local(forget(app, memory.get_value(), changed))
            />
        </span>
    }
}

/// Deletes it at once. What takes that back writes it again, as the person's own words: the hub has
/// forgotten where it came from.
async fn forget(app: App, memory: MemoryView, changed: Callback<()>) {
    match app.ask(ForgetMemory { memory: memory.id }).await {
        Ok(_) => {
            let text = memory.text;
            app.tell_with_undo(app.words_now().keeps.memory_forgotten, move || {
                let text = text.clone();
                spawn_local(remember_again(app, text));
            });
        }
        Err(fault) => app.tell_fault(&app.heed(fault)),
    }
    changed.try_run(());
}

async fn remember_again(app: App, text: String) {
    match app.ask(KeepMemory { memory: None, text }).await {
        Ok(_) => app.tell(app.words_now().keeps.memory_back),
        Err(fault) => app.tell_fault(&app.heed(fault)),
    }
    app.remembered.update(|count| *count += 1);
}

#[component]
fn Edit(
    memory: StoredValue<MemoryView>,
    is_edited: RwSignal<bool>,
    changed: Callback<()>,
) -> impl IntoView {
    let app = app();
    let area = NodeRef::<html::Textarea>::new();
    let refusal = RwSignal::new(None::<Fault>);
    Effect::new(move |_| {
        if let Some(area) = area.get() {
            fit_height(&area);
            // A field that just appeared takes the focus.
            let _ = area.focus();
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let text = area.get_untracked().map(|area| area.value());
        let text = text.unwrap_or_default().trim().to_owned();
        if text.is_empty() {
            return;
        }
        refusal.set(None);
        let id = memory.with_value(|memory| memory.id);
        spawn_local(async move {
            let ask = KeepMemory {
                memory: Some(id),
                text,
            };
            match app.ask(ask).await {
                Ok(view) => {
                    memory.try_set_value(view);
                    is_edited.try_set(false);
                    changed.try_run(());
                }
                Err(fault) => {
                    refusal.try_set(Some(app.heed(fault)));
                }
            }
        });
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            is_edited.set(false);
        }
    };
    view! {
        <form class="editor grow" on:submit=submit>
            <textarea
                node_ref=area
                rows="2"
                required
                data-testid="memory-text"
                aria-label=move || app.words().keeps.memory_edit
                maxlength=MEMORY_CHARS_MAX.to_string()
                prop:value=memory.with_value(|memory| memory.text.clone())
                on:keydown=on_key
            ></textarea>
            <Refusal refusal />
            <div class="row end">
                <button type="button" on:click=move |_| is_edited.set(false)>
                    {move || app.words().cancel}
                </button>
                <button type="submit" class="primary" data-testid="memory-save">
                    {move || app.words().save}
                </button>
            </div>
        </form>
    }
}
