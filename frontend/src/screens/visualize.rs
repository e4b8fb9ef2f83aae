//! The conversation with its text box.

mod body;
mod leaving;
mod message;
mod thread;

use contract::model::EngineView;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_split::wasm_split;

use self::thread::Conversation;
use crate::app::{Section, app};
use crate::parts::{Composer, Icon, Part, icon, later};

/// Where a conversation scrolls.
#[derive(Clone, Copy)]
struct Scroll {
    place: NodeRef<html::Div>,
    /// Whether the person is at its end, and wants to see what is added.
    at_end: RwSignal<bool>,
}

impl Scroll {
    /// Shows what was said last.
    fn to_end(self) {
        // Drawing comes later than the decision: the place may be left by then.
        if let Some(place) = self.place.try_get_untracked().flatten() {
            place.set_scroll_top(place.scroll_height());
        }
    }
}

/// The conversation with its text box.
#[component]
pub(crate) fn Visualize() -> impl IntoView {
    let app = app();
    let scroll = Scroll {
        place: NodeRef::new(),
        at_end: RwSignal::new(true),
    };
    let is_chosen = Memo::new(move |_| app.chosen.with(Option::is_some));
    view! {
        <div class="visualize">
            <div class="conversation">
                {move || {
                    if is_chosen.get() {
                        later(load_conversation, move || conversation(scroll))
                    } else {
                        view! {
                            <div class="scroll">
                                <div class="column">
                                    <Empty />
                                </div>
                            </div>
                        }
                            .into_any()
                    }
                }}
            </div>
            <div class="column composer-column">
                <Show when=move || !scroll.at_end.get()>
                    <button
                        type="button"
                        class="to-end"
                        on:click=move |_| {
                            scroll.at_end.set(true);
                            scroll.to_end();
                        }
                    >
                        {icon(Icon::Down)}
                        {move || app.words().jump_to_end}
                    </button>
                </Show>
                <Composer />
            </div>
        </div>
    }
}

#[wasm_split(
    conversation,
    wasm_split_path = leptos::wasm_split,
    preload(load_conversation),
    fallible
)]
fn conversation(scroll: Scroll) -> Part {
    Ok(view! { <Conversation scroll /> }.into_any())
}

/// What stands there before the first question.
#[component]
fn Empty() -> impl IntoView {
    let app = app();
    let has_none = move || {
        let installed = app
            .models
            .with(|models| models.as_ref().map(|it| it.installed.is_empty()));
        installed == Some(true) && !matches!(app.engine.get(), EngineView::Ready { .. })
    };
    let ask = move |text: &'static str| {
        view! {
            <li>
                <button
                    type="button"
                    class="suggestion"
                    data-testid="suggestion"
                    on:click=move |_| app.send(None, None, text.to_owned(), || ())
                    disabled=move || app.sending.get()
                >
                    <span>{text}</span>
                    {icon(Icon::Right)}
                </button>
            </li>
        }
    };
    move || {
        let words = app.words();
        if has_none() {
            return view! {
                <div class="empty">
                    <span class="empty-icon">{icon(Icon::Model)}</span>
                    <h1>{words.no_model_title}</h1>
                    <p class="muted">{words.no_model_text}</p>
                    <button
                        type="button"
                        class="primary"
                        on:click=move |_| app.go_to_section(Section::Models)
                    >
                        {words.open_models}
                    </button>
                </div>
            }
            .into_any();
        }
        let (tries, title) = app.tries();
        view! {
            <div class="empty">
                <h1>{words.empty_title}</h1>
                <p class="muted">{words.empty_text}</p>
                <h2 class="suggestions-title">{title}</h2>
                <ul class="suggestions">
                    {ask(words.try_introduction)} {ask(tries.try_one)} {ask(tries.try_two)}
                </ul>
            </div>
        }
        .into_any()
    }
}
