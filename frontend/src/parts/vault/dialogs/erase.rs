//! Erasing everything.

use contract::Fault;
use contract::identity::{ERASE_CONFIRMATION, EraseEverything};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Verbs;
use crate::app::app;
use crate::page;
use crate::parts::{Dialog, Refusal};

/// Says what goes and what stays, and wants the confirmation typed.
#[component]
pub(crate) fn EraseDialog() -> impl IntoView {
    let app = app();
    let typed = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let refusal = RwSignal::new(None::<Fault>);
    let is_typed = move || typed.with(|typed| typed.trim() == ERASE_CONFIRMATION);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !is_typed() {
            page::focus("#erase-typed");
            return;
        }
        busy.set(true);
        refusal.set(None);
        spawn_local(async move {
            let ask = EraseEverything {
                confirmation: ERASE_CONFIRMATION.to_owned(),
            };
            match app.pass(ask).await {
                Ok(_) => {
                    app.forget_owner();
                    app.read_all().await;
                    app.tell(app.words_now().owner.erased);
                }
                Err(fault) => {
                    busy.try_set(false);
                    if let Some(Some(unseen)) = refusal.try_set(Some(fault)) {
                        app.tell_fault(&unseen);
                    }
                }
            }
        });
    };
    view! {
        <Dialog
            title=Signal::derive(move || app.words().owner.erase_title.to_owned())
            close=move || app.overlay.set(None)
        >
            <form class="stack" data-testid="erase-form" on:submit=submit>
                <p>{move || app.words().owner.erase_goes}</p>
                <p>{move || app.words().owner.erase_stays}</p>
                <p class="danger-text">{move || app.words().owner.erase_no_way_back}</p>
                <div class="field">
                    <label for="erase-typed">
                        {move || app.words().owner.erase_type} " " <code>{ERASE_CONFIRMATION}</code>
                    </label>
                    <input
                        type="text"
                        id="erase-typed"
                        data-testid="erase-typed"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        prop:value=move || typed.get()
                        on:input=move |event| typed.set(event_target_value(&event))
                    />
                </div>
                <Refusal refusal />
                <Verbs
                    yes=Signal::derive(move || app.words().owner.erase_confirm)
                    hook="erase-confirm"
                    class="danger"
                    busy
                    disabled=Signal::derive(move || !is_typed())
                />
            </form>
        </Dialog>
    }
}
