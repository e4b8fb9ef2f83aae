//! What was said in a conversation, and what is done in it. It is loaded with the first one that is shown.

use base::ConversationId;
use contract::conversation::ExportFormat;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Scroll;
use super::message::Message;
use crate::app::{App, app};
use crate::page;
use crate::parts::{Approvals, CrewTree, FaultCard, Icon, IconButton, Skeleton};
use crate::state::{Reread, Thread};

/// How near to the end, in pixels, a person is taken to be at it. About two lines.
const AT_END_PX: i32 = 48;

/// The conversation that is chosen.
#[component]
pub(super) fn Conversation(
    /// Where it scrolls.
    scroll: Scroll,
) -> impl IntoView {
    let app = app();
    let chosen = Memo::new(move |_| app.chosen.get());
    keep_at_end(app, scroll);
    // Where no conversation is shown there is no end to go to.
    on_cleanup(move || {
        let _ = scroll.at_end.try_set(true);
    });
    let calls = Memo::new(move |_| match app.chosen.get() {
        Some(shown) => app.approvals.with(|book| book.of(Some(shown))),
        None => Vec::new(),
    });
    let look = move |_| {
        if let Some(place) = scroll.place.get_untracked() {
            let rest = place.scroll_height() - place.scroll_top() - place.client_height();
            let is_end = rest <= AT_END_PX;
            if scroll.at_end.get_untracked() != is_end {
                scroll.at_end.set(is_end);
            }
        }
    };
    view! {
        <Head />
        <div class="above">
            <CrewTree />
            <Approvals calls />
        </div>
        <div class="scroll" node_ref=scroll.place on:scroll=look tabindex="-1">
            <div class="column">{move || chosen.get().map(|chosen| content(app, chosen))}</div>
        </div>
    }
}

/// Follows the answer while it grows, but only when the person is at the end already.
fn keep_at_end(app: App, scroll: Scroll) {
    Effect::new(move |before: Option<Option<_>>| {
        app.grown.track();
        let shown = app.thread.with(Thread::id);
        let is_other = before != Some(shown);
        if is_other {
            scroll.at_end.set(true);
        }
        if scroll.at_end.get_untracked() {
            page::after_drawing(move || scroll.to_end());
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

fn content(app: App, chosen: ConversationId) -> AnyView {
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
