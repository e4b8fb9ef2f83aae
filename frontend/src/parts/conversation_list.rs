//! The list of conversations: at the left of a wide window, a sheet in a narrow one.

use std::time::Duration;

use contract::conversation::ConversationSummary;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Icon, IconButton, Skeleton, icon};
use crate::app::{App, Overlay, app};
use crate::clock;
use crate::page;
use crate::state::by_day;

/// How long a person has to stop typing before the search begins.
///
/// Shorter than a pause to think, longer than the time between two letters.
const SEARCH_PATIENCE: Duration = Duration::from_millis(180);

/// The list with its search.
#[component]
pub(crate) fn ConversationPane() -> impl IntoView {
    let app = app();
    view! {
        <aside
            class="pane"
            class:open=move || app.list_open.get()
            aria-label=move || app.words().conversations
        >
            <div class="pane-head">
                <span class="brand">
                    <img src="icon.svg" alt="" width="24" height="24" />
                    "HAI-Net"
                </span>
                <span class="only-narrow">
                    <IconButton
                        which=Icon::Close
                        name=Signal::derive(move || app.words().close.to_owned())
                        press=move || close_sheet(app)
                    />
                </span>
            </div>
            <button
                type="button"
                class="new-conversation"
                data-testid="new-conversation"
                on:click=move |_| app.begin_conversation()
            >
                {icon(Icon::Plus)}
                {move || app.words().new_conversation}
            </button>
            <SearchBox />
            <div class="pane-list">{move || list(app)}</div>
        </aside>
        <button
            type="button"
            class="pane-shade"
            class:open=move || app.list_open.get()
            tabindex="-1"
            aria-hidden="true"
            on:click=move |_| close_sheet(app)
        ></button>
    }
}

fn close_sheet(app: App) {
    app.list_open.set(false);
    page::after_drawing(|| {
        page::focus("[data-testid=show-conversations]");
    });
}

#[component]
fn SearchBox() -> impl IntoView {
    let app = app();
    let search = move |event| {
        let words = event_target_value(&event);
        app.shelf.update(|shelf| shelf.search.clone_from(&words));
        set_timeout(
            move || {
                if app.shelf.with_untracked(|shelf| shelf.search == words) {
                    spawn_local(app.read_conversations());
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
                data-testid="conversation-search"
                aria-label=move || app.words().search_conversations
                placeholder=move || app.words().search_conversations
                prop:value=move || app.shelf.with(|shelf| shelf.search.clone())
                on:input=search
            />
        </div>
    }
}

fn list(app: App) -> AnyView {
    let shelf = app.shelf.get();
    let words = app.words();
    if !shelf.known {
        return view! { <Skeleton /> }.into_any();
    }
    if shelf.conversations.is_empty() {
        let text = match shelf.wanted() {
            Some(searched) => (words.nothing_found)(&searched),
            None => words.no_conversations.to_owned(),
        };
        return view! { <p class="muted pane-empty">{text}</p> }.into_any();
    }
    let language = app.language.get();
    let groups = by_day(shelf.conversations, |one| {
        clock::day_group(one.updated, language)
    });
    let groups = groups.into_iter().map(|(name, group)| {
        let lines = group.into_iter().map(|one| view! { <Line one /> });
        view! {
            <section>
                <h3 class="day">{name}</h3>
                <ul>{lines.collect_view()}</ul>
            </section>
        }
    });
    view! {
        {groups.collect_view()}
        {shelf
            .more
            .then(|| {
                view! {
                    <button
                        type="button"
                        class="quiet"
                        on:click=move |_| spawn_local(app.read_more_conversations())
                    >
                        {words.show_more}
                    </button>
                }
            })}
    }
    .into_any()
}

/// The title of a conversation, or that it has none.
pub(crate) fn title_or_none(title: &str, app: App) -> String {
    let title = title.trim();
    if title.is_empty() {
        app.words().untitled.to_owned()
    } else {
        title.to_owned()
    }
}

/// One conversation in the list.
#[component]
fn Line(one: ConversationSummary) -> impl IntoView {
    let app = app();
    let id = one.id;
    let title = StoredValue::new(title_or_none(&one.title, app));
    let is_here = move || app.chosen.get() == Some(id);
    let found = one.found.into_iter().map(|piece| {
        if piece.hit {
            view! { <mark>{piece.text}</mark> }.into_any()
        } else {
            piece.text.into_any()
        }
    });
    let found = found.collect::<Vec<_>>();
    let named = move |sentence: fn(&str) -> String| title.with_value(|title| sentence(title));
    view! {
        <li
            class="conversation-item"
            class:here=is_here
            data-testid="conversation-item"
            data-id=id.to_string()
        >
            <button
                type="button"
                class="conversation-open"
                aria-current=move || is_here().then_some("page")
                on:click=move |_| app.open_conversation(id)
            >
                <span class="conversation-title">{title.get_value()}</span>
                {(!found.is_empty()).then(|| view! { <span class="found">{found}</span> })}
            </button>
            <span class="conversation-verbs">
                <IconButton
                    which=Icon::Pencil
                    hook="rename"
                    name=Signal::derive(move || named(app.words().rename_named))
                    press=move || {
                        app.overlay.set(Some(Overlay::Rename(id, title.get_value())));
                    }
                />
                <IconButton
                    which=Icon::Trash
                    hook="delete"
                    name=Signal::derive(move || named(app.words().delete_named))
                    press=move || {
                        app.overlay.set(Some(Overlay::Delete(id, title.get_value())));
                    }
                />
            </span>
        </li>
    }
}
