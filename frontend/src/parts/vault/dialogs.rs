//! Dialogs around the vault. What is typed into one is gone when it closes.

use leptos::prelude::*;

use crate::app::app;

mod change_passphrase;
mod check_backup;
mod erase;
mod rotate;

pub(crate) use change_passphrase::ChangePassphraseDialog;
pub(crate) use check_backup::CheckBackupDialog;
pub(crate) use erase::EraseDialog;
pub(crate) use rotate::RotateDialog;

/// The way out of a dialog, and the way on. The one that goes on is the form's own.
#[component]
fn Verbs(
    /// What goes on.
    #[prop(into)]
    yes: Signal<&'static str>,
    /// A hook for tests.
    hook: &'static str,
    /// How it looks.
    class: &'static str,
    /// Whether the hub is at it.
    busy: RwSignal<bool>,
    /// Whether the way out only closes: what the form does changes nothing.
    #[prop(optional)]
    harmless: bool,
    /// Whether it cannot be pressed for another reason.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let app = app();
    let text = move || {
        if busy.get() {
            app.words().vault.one_moment
        } else {
            yes.get()
        }
    };
    view! {
        <div class="row end">
            <button type="button" on:click=move |_| app.overlay.set(None)>
                {move || {
                    let words = app.words();
                    if harmless { words.close } else { words.cancel }
                }}
            </button>
            <button
                type="submit"
                class=class
                data-testid=hook
                disabled=move || busy.get() || disabled.get()
            >
                {text}
            </button>
        </div>
    }
}
