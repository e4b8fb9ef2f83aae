//! A field for a passphrase, which can be shown while it is typed.

use contract::Secret;
use leptos::prelude::*;

use super::super::{Icon, icon};
use crate::app::app;

/// A field whose text is hidden unless the person wants to see it.
#[component]
pub(crate) fn SecretField(
    /// Names it in the page and for tests.
    id: &'static str,
    /// What belongs into it.
    #[prop(into)]
    label: Signal<&'static str>,
    /// What was typed.
    value: RwSignal<Secret>,
    /// Whether it is shown.
    shown: RwSignal<bool>,
    /// `new-password` or `current-password`, for the person's own keeper of passwords.
    autocomplete: &'static str,
    /// The id of what explains it.
    #[prop(optional)]
    described_by: &'static str,
    /// Whether what was typed cannot be used.
    #[prop(optional, into)]
    invalid: Signal<bool>,
) -> impl IntoView {
    let app = app();
    let name = move || app.words().vault.show_passphrase;
    view! {
        <div class="field">
            <label for=id>{move || label.get()}</label>
            <span class="secret-field">
                <input
                    id=id
                    data-testid=id
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    aria-describedby=(!described_by.is_empty()).then_some(described_by)
                    aria-invalid=move || invalid.get().then_some("true")
                    prop:value=move || value.with(|text| text.expose().to_owned())
                    on:input=move |event| value.set(Secret::from(event_target_value(&event)))
                />
                <button
                    type="button"
                    class="icon-button"
                    data-testid=format!("{id}-show")
                    aria-pressed=move || shown.get().to_string()
                    aria-controls=id
                    aria-label=name
                    title=name
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || icon(if shown.get() { Icon::EyeOff } else { Icon::Eye })}
                </button>
            </span>
        </div>
    }
}
