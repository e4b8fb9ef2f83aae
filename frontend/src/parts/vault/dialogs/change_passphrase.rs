//! Another passphrase.

use contract::Fault;
use contract::identity::ChangePassphrase;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Verbs;
use crate::app::app;
use crate::parts::{Dialog, NewPassphrase, OpenerDraft, OpenerField, PassphraseDraft, Refusal};

/// Asks for what opens the vault now, and for the passphrase from now on.
#[component]
pub(crate) fn ChangePassphraseDialog() -> impl IntoView {
    let app = app();
    let opener = OpenerDraft::new();
    let new = PassphraseDraft::new();
    let busy = RwSignal::new(false);
    let refusal = RwSignal::new(None::<Fault>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(old) = opener.take() else { return };
        let Some(passphrase) = new.take() else { return };
        busy.set(true);
        refusal.set(None);
        spawn_local(async move {
            let ask = ChangePassphrase {
                opener: old,
                new: passphrase,
            };
            let answer = app.ask(ask).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(_) => {
                    opener.clear();
                    new.clear();
                    app.overlay.set(None);
                    app.tell(app.words_now().owner.passphrase_changed);
                }
                Err(fault) => refusal.set(Some(app.heed(fault))),
            }
        });
    };
    let personal = move || {
        let name = app
            .identity
            .with_untracked(|view| Some(view.as_ref()?.owner.as_ref()?.name.clone()));
        name.map(contract::Secret::from).into_iter().collect()
    };
    view! {
        <Dialog
            title=Signal::derive(move || app.words().owner.change_passphrase.to_owned())
            close=move || app.overlay.set(None)
        >
            <form class="stack" data-testid="change-passphrase-form" on:submit=submit>
                <p class="muted small">{move || app.words().owner.change_passphrase_about}</p>
                <OpenerField
                    draft=opener
                    label=Signal::derive(move || app.words().vault.passphrase_now)
                />
                <NewPassphrase draft=new personal />
                <Refusal refusal />
                <Verbs
                    yes=Signal::derive(move || app.words().save)
                    hook="change-passphrase-save"
                    class="primary"
                    busy
                />
            </form>
        </Dialog>
    }
}
