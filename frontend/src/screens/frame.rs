//! The frame around everything: list, status line, content, tabs.

use leptos::ev::DragEvent;
use leptos::prelude::*;
use leptos::wasm_split::wasm_split;
use wasm_bindgen::JsValue;

use super::feed::Feed;
use super::logs::Logs;
use super::recovery::NewWords;
use super::settings::Settings;
use super::setup::Setup;
use super::unlock::Unlock;
use super::visualize::Visualize;
use super::waiting::Waiting;
use crate::app::{App, Link, app};
use crate::client::Client;
use crate::page;
use crate::parts::{
    Banner, ConversationPane, Icon, IconButton, Overlays, Part, StatusLine, TabBar, copy_button,
    later, listen_to_keys,
};
use crate::route::{Route, Tab};
use crate::state::Gate;

/// What prints a sign-in link.
const SIGN_IN_COMMAND: &str = "hai-net open";

/// The root of the page.
#[component]
pub(crate) fn Frame() -> impl IntoView {
    let app = App::new(Client::here(), here());
    provide_context(app);
    listen_to_keys(app);
    window_event_listener(leptos::ev::resize, move |_| {
        if app.list_open.get_untracked() && !page::is_narrow() {
            app.list_open.set(false);
        }
    });
    keep_page_when_files_are_dropped();
    follow_address(app);
    Effect::new(move |_| page::set_language(app.language.get().tag()));
    Effect::new(move |first: Option<()>| {
        if first.is_none() {
            app.listen();
        }
    });
    // The link changes with every second of waiting; the page is drawn anew only when this changes.
    let is_out = Memo::new(move |_| app.link.get() == Link::SignedOut);
    view! {
        {move || {
            if is_out.get() {
                return view! { <SignedOut /> }.into_any();
            }
            match app.gate.get() {
                Gate::Unknown => view! { <Waiting /> }.into_any(),
                Gate::Locked => later(load_unlock, unlock),
                Gate::Setup => later(load_set_up, set_up),
                Gate::Words => later(load_new_words, new_words),
                Gate::Inside => view! { <Inside /> }.into_any(),
            }
        }}
        <div class="hidden" role="status" aria-live="polite" data-testid="said">
            {move || app.said.get()}
        </div>
        <div class="hidden" role="alert" data-testid="urgent">
            {move || app.urgent.get()}
        </div>
        <div class="toasts" role="status" aria-live="polite">
            {move || app.toast.get().map(|text| toast(app, text))}
        </div>
    }
}

/// A short message, with a way to take back what it tells of where there is one.
fn toast(app: App, text: String) -> AnyView {
    let undo = app.toast_undo.get().map(|undo| {
        let press = move |_| {
            app.toast.set(None);
            app.toast_undo.set(None);
            undo.run(());
        };
        view! {
            <button type="button" data-testid="toast-undo" on:click=press>
                {app.words().acts.undo}
            </button>
        }
    });
    view! {
        <div class="toast">
            <p data-testid="toast">{text}</p>
            {undo}
        </div>
    }
    .into_any()
}

/// A file that is dropped beside the text box must not take the place of the page.
fn keep_page_when_files_are_dropped() {
    let keep = |event: DragEvent| {
        if page::drags_files(&event) {
            event.prevent_default();
        }
    };
    window_event_listener(leptos::ev::dragover, keep);
    window_event_listener(leptos::ev::drop, keep);
}

fn here() -> Route {
    let hash = page::window().and_then(|window| window.location().hash().ok());
    Route::read(&hash.unwrap_or_default())
}

/// Keeps the address and the place in the program the same.
fn follow_address(app: App) {
    Effect::new(move |_| {
        let route = Route {
            tab: app.tab.get(),
            conversation: app.chosen.get(),
        };
        if route == here() {
            return;
        }
        if let Some(history) = page::window().and_then(|window| window.history().ok()) {
            // Without an entry in its history the browser only loses one step back.
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&route.write()));
        }
    });
    window_event_listener(leptos::ev::popstate, move |_| {
        let route = here();
        if route.conversation != app.chosen.get_untracked() {
            match route.conversation {
                Some(id) => app.open_conversation(id),
                None => app.begin_conversation(),
            }
        }
        app.go(route.tab);
    });
}

#[component]
fn Inside() -> impl IntoView {
    let app = app();
    let tab = Memo::new(move |_| app.tab.get());
    view! {
        <a class="skip" href="#panel" on:click=move |event| {
            event.prevent_default();
            page::focus("#panel");
        }>{move || app.words().skip_to_content}</a>
        <div class="frame">
            <ConversationPane />
            <div class="main" inert=move || app.list_open.get()>
                <header class="top">
                    <span class="only-narrow">
                        <IconButton
                            which=Icon::Menu
                            hook="show-conversations"
                            name=Signal::derive(move || app.words().show_conversations.to_owned())
                            press=move || {
                                app.list_open.set(true);
                                page::after_drawing(|| {
                                    page::focus("[data-testid=new-conversation]");
                                });
                            }
                        />
                    </span>
                    <StatusLine />
                </header>
                <Banner />
                <main class="content">
                    <div
                        id="panel"
                        class="panel"
                        role="tabpanel"
                        tabindex="-1"
                        aria-labelledby=move || format!("tab-{}", app.tab.get().name())
                    >
                        {move || match tab.get() {
                            Tab::Visualize => view! { <Visualize /> }.into_any(),
                            Tab::Feed => later(load_feed, feed),
                            Tab::Logs => later(load_logs, logs),
                            Tab::Settings => later(load_settings, settings),
                        }}
                    </div>
                </main>
                <TabBar />
            </div>
        </div>
        <Overlays />
    }
}

#[wasm_split(
    outside,
    wasm_split_path = leptos::wasm_split,
    preload(load_unlock),
    fallible
)]
fn unlock() -> Part {
    Ok(view! { <Unlock /> }.into_any())
}

#[wasm_split(
    outside,
    wasm_split_path = leptos::wasm_split,
    preload(load_set_up),
    fallible
)]
fn set_up() -> Part {
    Ok(view! { <Setup /> }.into_any())
}

#[wasm_split(
    outside,
    wasm_split_path = leptos::wasm_split,
    preload(load_new_words),
    fallible
)]
fn new_words() -> Part {
    Ok(view! { <NewWords /> }.into_any())
}

// It shows what conversations show.
#[wasm_split(
    conversation,
    wasm_split_path = leptos::wasm_split,
    preload(load_feed),
    fallible
)]
fn feed() -> Part {
    Ok(view! { <Feed /> }.into_any())
}

// One part with the settings: fewer parts have fewer pieces in common, each of which is a file.
#[wasm_split(
    settings,
    wasm_split_path = leptos::wasm_split,
    preload(load_logs),
    fallible
)]
fn logs() -> Part {
    Ok(view! { <Logs /> }.into_any())
}

#[wasm_split(
    settings,
    wasm_split_path = leptos::wasm_split,
    preload(load_settings),
    fallible
)]
fn settings() -> Part {
    Ok(view! { <Settings /> }.into_any())
}

/// A browser that the hub does not know.
#[component]
fn SignedOut() -> impl IntoView {
    let app = app();
    view! {
        <main class="alone" data-testid="signed-out">
            <img src="icon.svg" alt="" width="56" height="56" />
            <h1>{move || app.words().signed_out_title}</h1>
            <p>{move || app.words().signed_out_text}</p>
            <p class="command">
                <code>{SIGN_IN_COMMAND}</code>
                {copy_button(|| SIGN_IN_COMMAND.to_owned())}
            </p>
            <button
                type="button"
                class="primary"
                on:click=move |_| {
                    app.link.set(Link::Connecting);
                    app.read_again_from_the_start();
                }
            >
                {move || app.words().signed_out_again}
            </button>
        </main>
    }
}
