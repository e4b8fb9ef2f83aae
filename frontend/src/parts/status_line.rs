//! One slim line that says in words how things stand. Each part opens the place that explains it.

use contract::model::EngineView;
use leptos::prelude::*;

use super::{Icon, icon};
use crate::app::{App, Overlay, Section, app};
use crate::route::Tab;
use crate::state::Amounts;
use crate::words::Words;

/// The model and where it runs, in words.
fn model_words(app: App) -> String {
    let words = app.words();
    let chosen = app
        .status
        .with(|status| status.as_ref().and_then(|status| status.model.clone()));
    let installed = app
        .models
        .with(|models| models.as_ref().map(|it| !it.installed.is_empty()));
    if let Some(model) = served(app) {
        return (words.servers.status)(&model);
    }
    match app.engine.get() {
        EngineView::Failed { .. } => words.status_model_failed.to_owned(),
        EngineView::Starting => words.status_model_starting.to_owned(),
        EngineView::Loading { model, share } => {
            (words.status_model_loading)(&model, &Amounts(words).percent(share))
        }
        EngineView::Ready { model, .. } => (words.status_model_ready)(&model),
        EngineView::Asleep if installed == Some(false) => words.status_no_model.to_owned(),
        EngineView::Asleep => match chosen {
            Some(model) => (words.status_model_asleep)(&model),
            None => words.status_no_model.to_owned(),
        },
    }
}

/// The usual model, where it is that of a server.
fn served(app: App) -> Option<String> {
    let chosen = app.models.with(|models| models.as_ref()?.chosen.clone());
    chosen.filter(|name| name.contains('/'))
}

/// The same where there is little room: only the name of the model where there is one.
fn model_short(app: App) -> String {
    if let Some(model) = served(app) {
        return model;
    }
    match app.engine.get() {
        EngineView::Ready { model, .. } => model,
        EngineView::Asleep => {
            let chosen = app
                .status
                .with(|it| it.as_ref().and_then(|it| it.model.clone()));
            chosen.unwrap_or_else(|| model_words(app))
        }
        EngineView::Starting | EngineView::Loading { .. } | EngineView::Failed { .. } => {
            model_words(app)
        }
    }
}

/// Whether all is private, or how many calls wait for the person.
fn guardian_words(words: &Words, waiting: u64, is_external: bool) -> String {
    match waiting {
        0 if is_external => words.servers.status_external.to_owned(),
        0 => words.status_guardian.to_owned(),
        count => (words.acts.approvals_waiting)(count),
    }
}

/// The same where there is little room.
fn guardian_short(words: &Words, waiting: u64, is_external: bool) -> String {
    match waiting {
        0 if is_external => words.servers.status_external_short.to_owned(),
        0 => words.status_guardian_short.to_owned(),
        count => (words.acts.approvals_waiting_short)(count),
    }
}

/// The status line.
#[component]
pub(crate) fn StatusLine() -> impl IntoView {
    let app = app();
    let waiting = Memo::new(move |_| app.approvals.with(|book| book.waiting().len() as u64));
    let is_external = Memo::new(move |_| {
        let setting = app.setting("llm.external");
        setting.is_some_and(|setting| setting.value == serde_json::Value::Bool(true))
    });
    let part = |symbol, words: Signal<String>, short: Signal<String>, open: Box<dyn Fn()>| {
        view! {
            <li>
                <button
                    type="button"
                    class="status-part"
                    title=move || words.get()
                    on:click=move |_| open()
                >
                    {icon(symbol)}
                    <span class="when-wide">{move || words.get()}</span>
                    <span class="when-narrow">{move || short.get()}</span>
                </button>
            </li>
        }
    };
    view! {
        <ul class="status-line" data-testid="status-line" aria-label=move || app.words().status>
            {part(
                Icon::Chip,
                Signal::derive(move || model_words(app)),
                Signal::derive(move || model_short(app)),
                Box::new(move || app.go_to_section(Section::Models)),
            )}
            {part(
                Icon::Laptop,
                Signal::derive(move || app.words().status_devices.to_owned()),
                Signal::derive(move || app.words().status_devices_short.to_owned()),
                Box::new(move || app.go_to_section(Section::Limits)),
            )}
            {part(
                Icon::Share,
                Signal::derive(move || app.words().status_sharing.to_owned()),
                Signal::derive(move || app.words().status_sharing_short.to_owned()),
                Box::new(move || app.overlay.set(Some(Overlay::AboutSharing))),
            )}
            {part(
                Icon::Shield,
                Signal::derive(move || guardian_words(app.words(), waiting.get(), is_external.get())),
                Signal::derive(move || guardian_short(app.words(), waiting.get(), is_external.get())),
                Box::new(move || app.go(Tab::Feed)),
            )}
        </ul>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn guardian_says_private_until_an_approval_waits() {
        let english = Language::English.words();
        assert_eq!(
            guardian_words(english, 0, false),
            "private: nothing leaves this device"
        );
        assert!(
            !guardian_words(english, 0, true).contains("nothing leaves"),
            "models elsewhere may answer"
        );
        assert_eq!(guardian_words(english, 1, false), "1 approval waits");
        assert_eq!(guardian_words(english, 3, false), "3 approvals wait");
        let german = Language::German.words();
        assert_eq!(guardian_short(german, 0, false), "privat");
        assert_eq!(guardian_words(german, 2, false), "2 Freigaben warten");
    }
}
