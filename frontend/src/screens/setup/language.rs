//! Step 1: the language.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::page::Page;
use super::wizard;
use crate::app::app;
use crate::page;
use crate::words::Language;

/// Which language the page speaks.
#[component]
pub(super) fn LanguageChoice() -> impl IntoView {
    let app = app();
    let wizard = wizard();
    let chosen = Memo::new(move |_| {
        let setting = app.setting("ui.language");
        let tag = setting.and_then(|setting| setting.value.as_str().map(str::to_owned));
        tag.unwrap_or_else(|| "system".to_owned())
    });
    let choose = move |tag: &'static str| {
        wizard.refusal.set(None);
        spawn_local(async move {
            let changed = app
                .change("ui.language".to_owned(), Some(Value::from(tag)))
                .await;
            if let Err(fault) = changed {
                wizard.refusal.set(Some(fault));
            }
        });
    };
    let option = move |tag: &'static str, lang: &'static str, name: Signal<String>| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="language"
                    data-testid=format!("language-{tag}")
                    prop:checked=move || chosen.get() == tag
                    on:change=move |_| choose(tag)
                />
                <span lang=(!lang.is_empty()).then_some(lang)>{move || name.get()}</span>
            </label>
        }
    };
    let system = Signal::derive(move || {
        let of_system = match Language::of_tag(&page::preferred_language()) {
            Language::English => "English",
            Language::German => "Deutsch",
        };
        (app.words().setup.language_of_system)(of_system)
    });
    view! {
        <Page
            title=Signal::derive(move || app.words().setup.language_title)
            next=Signal::derive(move || app.words().setup.next)
            submit=move |()| wizard.go_to_step(2)
        >
            <p class="muted">{move || app.words().setup.language_text}</p>
            <fieldset class="choices">
                <legend class="hidden">{move || app.words().setup.step_language}</legend>
                {option("system", "", system)}
                {option("en", "en", Signal::derive(|| "English".to_owned()))}
                {option("de", "de", Signal::derive(|| "Deutsch".to_owned()))}
            </fieldset>
        </Page>
    }
}
