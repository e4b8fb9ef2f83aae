//! Step 2: a new identity.

use contract::identity::{CreateIdentity, DETAIL_CHARS_MAX};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::page::{Heading, KeychainChoice, Page, Way};
use super::{Wizard, wizard};
use crate::app::app;
use crate::page;
use crate::parts::{DetailsFields, Icon, NewPassphrase, icon};
use crate::screens::recovery::{WordsAskedBack, WordsShown};
use crate::state::Screen;

/// A new identity, or one that exists.
#[component]
pub(super) fn Choose() -> impl IntoView {
    let app = app();
    let wizard = wizard();
    view! {
        <Page title=Signal::derive(move || app.words().setup.choose_title)>
            <p class="muted">{move || app.words().setup.choose_text}</p>
            <div class="ways">
                <Way
                    hook="choose-create"
                    title=Signal::derive(move || app.words().setup.create)
                    about=Signal::derive(move || app.words().setup.create_about)
                    press=move || wizard.go(Screen::Name)
                />
                <Way
                    hook="choose-restore"
                    title=Signal::derive(move || app.words().setup.restore)
                    about=Signal::derive(move || app.words().setup.restore_about)
                    press=move || wizard.go(Screen::RestoreFrom)
                />
            </div>
        </Page>
    }
}

/// The name to be called by, and details for the guardian.
#[component]
pub(super) fn Name() -> impl IntoView {
    let app = app();
    let wizard = wizard();
    let missing = RwSignal::new(false);
    let submit = move |()| {
        let is_empty = wizard.name.with_untracked(|name| name.trim().is_empty());
        missing.set(is_empty);
        if is_empty {
            page::focus("#setup-name");
        } else {
            wizard.go(Screen::Passphrase);
        }
    };
    view! {
        <Page
            title=Signal::derive(move || app.words().setup.name_title)
            next=Signal::derive(move || app.words().setup.next)
            submit
        >
            <NameField missing />
            <details class="fold" data-testid="setup-details">
                <summary>{move || app.words().vault.details_title}</summary>
                <div class="stack">
                    <DetailsFields draft=wizard.details />
                </div>
            </details>
        </Page>
    }
}

/// The field for the name to be called by.
#[component]
pub(super) fn NameField(missing: RwSignal<bool>) -> impl IntoView {
    let app = app();
    let wizard = wizard();
    view! {
        <div class="field">
            <label for="setup-name">{move || app.words().vault.name}</label>
            <input
                type="text"
                id="setup-name"
                data-testid="setup-name"
                autocomplete="nickname"
                spellcheck="false"
                aria-required="true"
                aria-describedby="setup-name-about"
                aria-invalid=move || missing.get().then_some("true")
                maxlength=DETAIL_CHARS_MAX.to_string()
                prop:value=move || wizard.name.get()
                on:input=move |event| {
                    wizard.name.set(event_target_value(&event));
                    missing.set(false);
                }
            />
            <p class="muted small" id="setup-name-about">
                {move || app.words().setup.name_about}
            </p>
            <p class="field-problem" role="alert">
                {move || missing.get().then(|| app.words().setup.name_missing)}
            </p>
        </div>
    }
}

/// The passphrase; with it the identity is made.
#[component]
pub(super) fn NewIdentity() -> impl IntoView {
    let app = app();
    let wizard = wizard();
    on_cleanup(move || wizard.passphrase.clear());
    view! {
        <Page
            title=Signal::derive(move || app.words().setup.passphrase_title)
            next=Signal::derive(move || app.words().setup.create_now)
            submit=move |()| create(wizard)
        >
            <p class="muted">{move || app.words().setup.passphrase_text}</p>
            <NewPassphrase draft=wizard.passphrase personal=move || wizard.personal() />
            <KeychainChoice />
        </Page>
    }
}

fn create(wizard: Wizard) {
    let Some(passphrase) = wizard.passphrase.take() else {
        return;
    };
    let app = wizard.app;
    wizard.busy.set(true);
    wizard.refusal.set(None);
    let ask = CreateIdentity {
        name: wizard.name.get_untracked().trim().to_owned(),
        passphrase,
        details: wizard.details.details(),
        keychain: wizard.wants_keychain(),
    };
    spawn_local(async move {
        let answer = app.pass(ask).await;
        match answer {
            Ok(made) => {
                for remark in &made.remarks {
                    app.tell_fault(remark);
                }
                app.fresh_words.set(made.words);
                wizard.clear_secrets();
            }
            Err(fault) => wizard.refusal.set(Some(fault)),
        }
        // The screen with the words follows from who owns the hub now.
        app.read_all().await;
        wizard.busy.try_set(false);
    });
}

/// The recovery words, to be written down.
#[component]
pub(super) fn Words() -> impl IntoView {
    let app = app();
    let wizard = wizard();
    view! {
        <div class="setup-page">
            <Heading title=Signal::derive(move || app.words().vault.words_title) />
            <WordsShown next=Callback::new(move |()| wizard.go(Screen::Quiz)) />
        </div>
    }
}

/// Three of them, asked back.
#[component]
pub(super) fn Quiz() -> impl IntoView {
    let app = app();
    let wizard = wizard();
    view! {
        <div class="setup-page">
            <Heading title=Signal::derive(move || app.words().vault.quiz_title) />
            <WordsAskedBack
                look=Callback::new(move |()| wizard.go(Screen::Words))
                done=Callback::new(move |()| wizard.go(Screen::Machine))
            />
        </div>
    }
}

/// Who owns the hub: nothing is left to do here.
#[component]
pub(super) fn Owned() -> impl IntoView {
    let app = app();
    let wizard = wizard();
    let owner = move || app.identity.with(|view| view.as_ref()?.owner.clone());
    view! {
        <Page
            title=Signal::derive(move || app.words().setup.owned_title)
            next=Signal::derive(move || app.words().setup.next)
            submit=move |()| wizard.go(Screen::Machine)
        >
            {move || {
                owner()
                    .map(|owner| {
                        view! {
                            <div class="card" data-testid="setup-owner">
                                <div class="card-words">
                                    <p class="card-title">{icon(Icon::Person)} {owner.name}</p>
                                    <p class="muted small">
                                        <code>{owner.did}</code>
                                    </p>
                                </div>
                            </div>
                        }
                    })
            }}
            <p class="muted">{move || app.words().setup.owned_text}</p>
        </Page>
    }
}
