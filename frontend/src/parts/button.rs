//! Buttons that are an icon, with their name for everyone who does not see it.

use leptos::prelude::*;

use super::{Icon, icon};
use crate::app::app;

/// A button that shows an icon. Its name is read out and shown on hovering.
#[component]
pub(crate) fn IconButton(
    /// What it shows.
    which: Icon,
    /// Its name.
    #[prop(into)]
    name: Signal<String>,
    /// What it does.
    press: impl Fn() + 'static,
    /// A hook for tests.
    #[prop(optional)]
    hook: &'static str,
    /// Whether it can be pressed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="icon-button"
            data-testid=(!hook.is_empty()).then_some(hook)
            aria-label=move || name.get()
            title=move || name.get()
            disabled=move || disabled.get()
            on:click=move |event| {
                event.stop_propagation();
                press();
            }
        >
            {icon(which)}
        </button>
    }
}

/// A button that copies some text.
pub(crate) fn copy_button(text: impl Fn() -> String + 'static) -> impl IntoView {
    let app = app();
    view! {
        <IconButton
            which=Icon::Copy
            name=Signal::derive(move || app.words().copy.to_owned())
            press=move || app.copy(text())
        />
    }
}
