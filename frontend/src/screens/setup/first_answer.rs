//! Step 5: the first question. With it the first start ends.

use contract::conversation::MESSAGE_CHARS_MAX;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::page::Page;
use super::wizard;
use crate::app::{App, app};
use crate::page;
use crate::parts::{Icon, Refusal, fit_height, icon};
use crate::state::{DONE, Screen};

/// Three questions to try, and a text box.
#[component]
pub(super) fn FirstAnswer() -> impl IntoView {
    let app = app();
    let wizard = wizard();
    let typed = RwSignal::new(String::new());
    let send = move |()| {
        let text = typed.get_untracked();
        if text.trim().is_empty() {
            page::focus("#first-question");
        } else {
            ask(app, text);
        }
    };
    let no_model = move || {
        let has = app.models.with(|models| {
            let models = models.as_ref();
            models.map(|models| models.installed.iter().any(|model| model.header.is_ok()))
        });
        has == Some(false)
    };
    view! {
        <Page title=Signal::derive(move || app.words().setup.first_title) submit=send>
            <p class="muted">{move || app.words().setup.first_text}</p>
            <Show when=no_model>
                <div class="fault refused">
                    <span class="fault-icon">{icon(Icon::Warning)}</span>
                    <div class="fault-words">
                        <p>{move || app.words().setup.first_no_model}</p>
                        <div class="row">
                            <button
                                type="button"
                                data-testid="first-choose-model"
                                on:click=move |_| wizard.go(Screen::Machine)
                            >
                                {move || app.words().open_models}
                            </button>
                        </div>
                    </div>
                </div>
            </Show>
            {move || suggestions(app)}
            <QuestionBox typed send=Callback::new(send) />
            <Refusal refusal=app.refusal hook="first-fault" />
            <div class="row">
                <button
                    type="button"
                    class="quiet"
                    data-testid="setup-skip"
                    on:click=move |_| spawn_local(app.keep_step(DONE))
                >
                    {move || app.words().setup.finish_without}
                </button>
            </div>
        </Page>
    }
}

/// Sends the first question; when it is on disk, the first start is over and the answer is shown.
fn ask(app: App, text: String) {
    if app.sending.get_untracked() {
        return;
    }
    app.send(None, None, text, move || spawn_local(app.keep_step(DONE)));
}

fn suggestions(app: App) -> AnyView {
    let (tries, title) = app.tries();
    let one = move |text: &'static str| {
        view! {
            <li>
                <button
                    type="button"
                    class="suggestion"
                    data-testid="first-suggestion"
                    disabled=move || app.sending.get()
                    on:click=move |_| ask(app, text.to_owned())
                >
                    <span>{text}</span>
                    {icon(Icon::Right)}
                </button>
            </li>
        }
    };
    view! {
        <h2 class="suggestions-title">{title}</h2>
        <ul class="suggestions">
            {one(tries.try_one)} {one(tries.try_two)} {one(tries.try_three)}
        </ul>
    }
    .into_any()
}

/// The text box. Enter sends, as later in every conversation.
#[component]
fn QuestionBox(typed: RwSignal<String>, send: Callback<()>) -> impl IntoView {
    let app = app();
    let area = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        typed.track();
        if let Some(area) = area.get() {
            fit_height(&area);
        }
    });
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            send.run(());
        }
    };
    view! {
        <div class="composer-box">
            <label class="hidden" for="first-question">
                {move || app.words().message_label}
            </label>
            <textarea
                id="first-question"
                data-testid="first-question"
                node_ref=area
                rows="1"
                maxlength=MESSAGE_CHARS_MAX.to_string()
                placeholder=move || app.words().message_hint
                prop:value=move || typed.get()
                on:input=move |event| typed.set(event_target_value(&event))
                on:keydown=on_key
            ></textarea>
            <button
                type="submit"
                class="send"
                data-testid="first-send"
                aria-label=move || app.words().send
                title=move || app.words().send
                disabled=move || app.sending.get() || typed.with(|it| it.trim().is_empty())
            >
                {icon(Icon::Send)}
            </button>
        </div>
    }
}
