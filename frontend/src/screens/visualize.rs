//! The conversation.

mod body;
mod leaving;
mod message;

use base::ConversationId;
use contract::conversation::ExportFormat;
use contract::model::EngineView;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::message::Message;
use crate::app::{App, Section, app};
use crate::page;
use crate::parts::{Approvals, Composer, CrewTree, FaultCard, Icon, IconButton, Skeleton, icon};
use crate::state::{Reread, Thread};

/// How near to the end, in pixels, a person is taken to be at it. About two lines.
const AT_END_PX: i32 = 48;

/// The conversation with its text box.
#[component]
pub(crate) fn Visualize() -> impl IntoView {
    let app = app();
    let scroll = NodeRef::<html::Div>::new();
    let at_end = RwSignal::new(true);
    let chosen = Memo::new(move |_| app.chosen.get());
    keep_at_end(app, scroll, at_end);
    let calls = Memo::new(move |_| match app.chosen.get() {
        Some(shown) => app.approvals.with(|book| book.of(Some(shown))),
        None => Vec::new(),
    });
    let look = move |_| {
        if let Some(place) = scroll.get_untracked() {
            let rest = place.scroll_height() - place.scroll_top() - place.client_height();
            let is_end = rest <= AT_END_PX;
            if at_end.get_untracked() != is_end {
                at_end.set(is_end);
            }
        }
    };
    view! {
        <div class="visualize">
            <Head />
            <div class="above">
                <CrewTree />
                <Approvals calls />
            </div>
            <div class="scroll" node_ref=scroll on:scroll=look tabindex="-1">
                <div class="column">{move || content(app, chosen.get())}</div>
            </div>
            <div class="column composer-column">
                <Show when=move || !at_end.get()>
                    <button
                        type="button"
                        class="to-end"
                        on:click=move |_| {
                            at_end.set(true);
                            go_to_end(scroll);
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

fn go_to_end(scroll: NodeRef<html::Div>) {
    // Drawing comes later than the decision: the place may be left by then.
    if let Some(place) = scroll.try_get_untracked().flatten() {
        place.set_scroll_top(place.scroll_height());
    }
}

/// Follows the answer while it grows, but only when the person is at the end already.
fn keep_at_end(app: App, scroll: NodeRef<html::Div>, at_end: RwSignal<bool>) {
    Effect::new(move |before: Option<Option<_>>| {
        app.grown.track();
        let shown = app.thread.with(Thread::id);
        let is_other = before != Some(shown);
        if is_other {
            at_end.set(true);
        }
        if at_end.get_untracked() {
            page::after_drawing(move || go_to_end(scroll));
        }
        shown
    });
}

/// The title of the conversation and what can be done with the whole of it.
#[component]
fn Head() -> impl IntoView {
    let app = app();
    let title = Memo::new(move |_| {
        app.thread
            .with(|thread| thread.view().map(|view| (view.id, view.title.clone())))
    });
    move || {
        title.get().map(|(id, title)| {
            view! {
                <header class="place-head">
                    <h1 class="title">{title}</h1>
                    <span class="row">
                        <IconButton
                            which=Icon::Copy
                            name=Signal::derive(move || app.words().copy_markdown.to_owned())
                            press=move || app.copy_conversation(id)
                        />
                        <IconButton
                            which=Icon::Download
                            hook="export"
                            name=Signal::derive(move || app.words().export_markdown.to_owned())
                            press=move || app.export(id, ExportFormat::Markdown)
                        />
                        <IconButton
                            which=Icon::Data
                            name=Signal::derive(move || app.words().export_json.to_owned())
                            press=move || app.export(id, ExportFormat::Json)
                        />
                    </span>
                </header>
            }
        })
    }
}

fn content(app: App, chosen: Option<ConversationId>) -> AnyView {
    let Some(chosen) = chosen else {
        return view! { <Empty /> }.into_any();
    };
    if let Some(fault) = app.unreadable.get() {
        let again = Callback::new(move |()| {
            app.unreadable.set(None);
            spawn_local(async move { app.reread(Reread::All) });
        });
        return view! { <FaultCard fault again /> }.into_any();
    }
    let is_read = Memo::new(move |_| app.thread.with(|thread| thread.id() == Some(chosen)));
    let shown = Memo::new(move |_| app.thread.with(Thread::shown));
    view! {
        <Show when=move || is_read.get() fallback=|| view! { <Skeleton /> }>
            <ol class="messages">
                <For each=move || shown.get() key=|id| *id let:id>
                    <Message id />
                </For>
            </ol>
        </Show>
    }
    .into_any()
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
