//! A new key for the owner.

use contract::identity::RotateIdentity;
use contract::{Fault, Secret};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Verbs;
use crate::app::app;
use crate::page;
use crate::parts::{Dialog, Refusal, SecretField};

/// Explains what changes and asks for the passphrase. The new words are shown where the dialog was.
#[component]
pub(crate) fn RotateDialog() -> impl IntoView {
    let app = app();
    let passphrase = RwSignal::new(Secret::default());
    let shown = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let refusal = RwSignal::new(None::<Fault>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = passphrase.get_untracked();
        if typed.is_empty() {
            page::focus("#rotate-passphrase");
            return;
        }
        busy.set(true);
        refusal.set(None);
        spawn_local(async move {
            let answer = app.ask(RotateIdentity { passphrase: typed }).await;
            let is_gone = busy.try_set(false).is_some();
            match answer {
                Ok(made) => {
                    // Also when the dialog was closed: the old words open nothing any more.
                    app.overlay.set(None);
                    app.show_new_words(made);
                }
                Err(fault) if is_gone => app.tell_fault(&app.heed(fault)),
                Err(fault) => {
                    passphrase.set(Secret::default());
                    refusal.set(Some(app.heed(fault)));
                }
            }
        });
    };
    view! {
        <Dialog
            title=Signal::derive(move || app.words().owner.rotate_title.to_owned())
            close=move || app.overlay.set(None)
        >
            <form class="stack" data-testid="rotate-form" on:submit=submit>
                <p>{move || app.words().owner.rotate_about}</p>
                <ul class="points">
                    <li>{move || app.words().owner.rotate_point_did}</li>
                    <li>{move || app.words().owner.rotate_point_words}</li>
                    <li>{move || app.words().owner.rotate_point_devices}</li>
                </ul>
                <SecretField
                    id="rotate-passphrase"
                    label=Signal::derive(move || app.words().vault.passphrase)
                    value=passphrase
                    shown
                    autocomplete="current-password"
                />
                <Refusal refusal />
                <Verbs
                    yes=Signal::derive(move || app.words().owner.rotate_confirm)
                    hook="rotate-confirm"
                    class="danger"
                    busy
                />
            </form>
        </Dialog>
    }
}
