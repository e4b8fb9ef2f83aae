//! What opens the vault, and when it is locked.

use contract::Fault;
use contract::identity::{KeychainState, UseKeychain};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::row::SettingRows;
use crate::app::{Overlay, Section, app};
use crate::parts::{FaultCard, Icon, icon};

/// Passphrase, keychain, locking.
#[component]
pub(super) fn Opening() -> impl IntoView {
    let app = app();
    view! {
        <div class="setting">
            <div class="setting-words">
                <p class="setting-title">{move || app.words().vault.passphrase}</p>
                <p class="muted small">{move || app.words().owner.passphrase_about}</p>
            </div>
            <div class="setting-field">
                <button
                    type="button"
                    data-testid="change-passphrase"
                    on:click=move |_| app.overlay.set(Some(Overlay::ChangePassphrase))
                >
                    {icon(Icon::Pencil)}
                    {move || app.words().owner.change_passphrase}
                </button>
            </div>
        </div>
        <Keychain />
        <SettingRows section=Section::You />
        <div class="setting">
            <div class="setting-words">
                <p class="setting-title">{move || app.words().owner.lock_now}</p>
                <p class="muted small">{move || app.words().owner.lock_about}</p>
            </div>
            <div class="setting-field">
                <button type="button" data-testid="lock-now" on:click=move |_| app.lock()>
                    {icon(Icon::Lock)}
                    {move || app.words().owner.lock_now}
                </button>
            </div>
        </div>
    }
}

/// Whether this computer's keychain opens the vault.
#[component]
fn Keychain() -> impl IntoView {
    let app = app();
    let state = Memo::new(move |_| {
        app.identity
            .with(|view| view.as_ref().map(|view| view.keychain.clone()))
    });
    let busy = RwSignal::new(false);
    let refusal = RwSignal::new(None::<Fault>);
    let is_on = move || state.get() == Some(KeychainState::Used);
    let is_missing = move || state.get() == Some(KeychainState::Missing);
    let text = move || {
        let words = app.words().owner;
        match state.get() {
            Some(KeychainState::Used) => words.keychain_used,
            Some(KeychainState::NotUsed) | None => words.keychain_not_used,
            Some(KeychainState::Missing) => words.keychain_missing,
            Some(KeychainState::Trouble { .. }) => words.keychain_trouble,
        }
    };
    let turn = move |_| {
        let on = !is_on();
        busy.set(true);
        refusal.set(None);
        spawn_local(async move {
            let answer = app.ask(UseKeychain { on }).await;
            busy.try_set(false);
            match answer {
                Ok(view) => app.identity.set(Some(view)),
                Err(fault) => {
                    refusal.try_set(Some(app.heed(fault)));
                }
            }
        });
    };
    view! {
        <div class="setting">
            <div class="setting-words">
                <label for="keychain-switch">{move || app.words().owner.keychain}</label>
                <p class="muted small" id="keychain-about">
                    {move || app.words().owner.keychain_about}
                </p>
                <p class="small" role="status" data-testid="keychain-state">{text}</p>
            </div>
            <div class="setting-field">
                <button
                    type="button"
                    role="switch"
                    class="switch"
                    id="keychain-switch"
                    data-testid="keychain-switch"
                    aria-describedby="keychain-about"
                    aria-checked=move || is_on().to_string()
                    disabled=move || busy.get() || is_missing()
                    on:click=turn
                >
                    <span class="knob"></span>
                </button>
            </div>
            {move || match (refusal.get(), state.get()) {
                (Some(fault), _) | (None, Some(KeychainState::Trouble { fault })) => {
                    Some(view! { <FaultCard fault /> })
                }
                _ => None,
            }}
        </div>
    }
}
