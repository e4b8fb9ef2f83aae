//! The text box.

use contract::conversation::MESSAGE_CHARS_MAX;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use super::{FaultCard, Icon, icon};
use crate::app::{App, app};

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

/// The text box with its send button, which is a stop button while an answer is written.
#[component]
pub(crate) fn Composer() -> impl IntoView {
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
        <form
            class="composer"
            on:submit=move |event| {
                event.prevent_default();
                app.send_draft();
            }
        >
            {move || app.refusal.get().map(|fault| view! { <FaultCard fault /> })}
            <div class="composer-box">
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
                {move || send_or_stop(app)}
            </div>
            <p id="composer-note" class="composer-note" role="status">
                {move || match excess(app) {
                    0 => String::new(),
                    over => (app.words().too_long)(over as u64),
                }}
            </p>
        </form>
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
