//! The text box.

use contract::conversation::MESSAGE_CHARS_MAX;
use leptos::ev::{DragEvent, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;

use super::gifts::{Gifts, GiveButton};
use super::{FaultCard, Icon, ModelSelect, icon};
use crate::app::{App, app};
use crate::page;

fn draft(app: App) -> String {
    let chosen = app.chosen.get();
    app.drafts
        .with(|drafts| drafts.get(&chosen).cloned())
        .unwrap_or_default()
}

/// By how many characters the draft is too long.
fn excess(app: App) -> usize {
    draft(app).chars().count().saturating_sub(MESSAGE_CHARS_MAX)
}

/// Lets a text box be as high as its text; the style sheet sets the limit.
pub(crate) fn fit_height(area: &web_sys::HtmlTextAreaElement) {
    let style = web_sys::HtmlElement::style(area);
    // Without the first line it would never shrink.
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &format!("{}px", area.scroll_height() + 2));
}

/// The text box with its send button, which is a stop button while an answer is written. Files are
/// given by dropping them here.
#[component]
pub(crate) fn Composer() -> impl IntoView {
    let app = app();
    let dropping = RwSignal::new(false);
    let over = move |event: DragEvent| {
        if page::drags_files(&event) {
            // Without this the browser would leave the page and open the file.
            event.prevent_default();
            dropping.set(true);
        }
    };
    let drop = move |event: DragEvent| {
        dropping.set(false);
        if page::drags_files(&event) {
            event.prevent_default();
            if let Some(files) = event.data_transfer().and_then(|it| it.files()) {
                app.give(&files);
            }
        }
    };
    view! {
        <form
            class="composer"
            class:dropping=move || dropping.get()
            on:dragover=over
            on:dragleave=move |_| dropping.set(false)
            on:drop=drop
            on:submit=move |event| {
                event.prevent_default();
                app.send_draft();
            }
        >
            {move || app.refusal.get().map(|fault| view! { <FaultCard fault /> })}
            <Gifts />
            <p class="drop-note small">{move || app.words().keeps.give_drop}</p>
            <div class="composer-box">
                <GiveButton />
                <Draft />
                {move || send_or_stop(app)}
            </div>
            <ModelSelect />
            <p id="composer-note" class="composer-note" role="status">
                {move || match excess(app) {
                    0 => String::new(),
                    over => (app.words().too_long)(over as u64),
                }}
            </p>
        </form>
    }
}

/// What is not sent yet.
#[component]
fn Draft() -> impl IntoView {
    let app = app();
    let area = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        let _ = draft(app);
        if let Some(area) = area.get() {
            fit_height(&area);
        }
    });
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            if excess(app) == 0 {
                app.send_draft();
            }
        }
    };
    let keep = move |event| {
        let text = event_target_value(&event);
        let chosen = app.chosen.get_untracked();
        app.drafts.update(|drafts| {
            drafts.insert(chosen, text);
        });
    };
    view! {
        <label class="hidden" for="composer">
            {move || app.words().message_label}
        </label>
        <textarea
            id="composer"
            data-testid="composer"
            node_ref=area
            rows="1"
            placeholder=move || app.words().message_hint
            aria-describedby="composer-note"
            prop:value=move || draft(app)
            on:input=keep
            on:keydown=on_key
        ></textarea>
    }
}

fn send_or_stop(app: App) -> AnyView {
    if app.writing().is_some() {
        return view! {
            <button
                type="button"
                class="send stop"
                data-testid="stop"
                aria-label=move || app.words().stop
                title=move || app.words().stop
                on:click=move |_| app.stop_answer()
            >
                {icon(Icon::Stop)}
            </button>
        }
        .into_any();
    }
    let cannot = move || app.sending.get() || excess(app) > 0 || draft(app).trim().is_empty();
    let name = move || {
        if app.sending.get() {
            app.words().sending
        } else {
            app.words().send
        }
    };
    view! {
        <button
            type="submit"
            class="send"
            data-testid="send"
            aria-label=name
            title=name
            disabled=cannot
        >
            {icon(Icon::Send)}
        </button>
    }
    .into_any()
}
