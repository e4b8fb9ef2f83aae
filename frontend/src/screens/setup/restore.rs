//! Step 2: an identity that exists, from a backup or from its words.

use contract::identity::{BackupWork, IdentityMade, Opener, RestoreBackup, RestoreIdentity, WORDS};
use contract::{Ask, Secret};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::identity::NameField;
use super::page::{KeychainChoice, Page, Way};
use super::{Wizard, wizard};
use crate::app::app;
use crate::page;
use crate::parts::{BackupBar, NewPassphrase, OpenerField, WordsField};
use crate::state::{Screen, Standing, count_words, plain_words};

/// From a backup, or from the words.
#[component]
pub(super) fn RestoreFrom() -> impl IntoView {
    let app = app();
    let wizard = wizard();
    view! {
        <Page title=Signal::derive(move || app.words().setup.restore_title)>
            <div class="ways">
                <Way
                    hook="restore-from-file"
                    title=Signal::derive(move || app.words().setup.restore_file)
                    about=Signal::derive(move || app.words().setup.restore_file_about)
                    press=move || wizard.go(Screen::RestoreFile)
                />
                <Way
                    hook="restore-from-words"
                    title=Signal::derive(move || app.words().setup.restore_words)
                    about=Signal::derive(move || app.words().setup.restore_words_about)
                    press=move || wizard.go(Screen::RestoreWords)
                />
            </div>
        </Page>
    }
}

/// Which backup, what opens it, and a new passphrase where one is wanted.
#[component]
pub(super) fn RestoreFile() -> impl IntoView {
    let app = app();
    let wizard = wizard();
    let wants_new = RwSignal::new(false);
    let no_path = RwSignal::new(false);
    // Words open a backup, but a vault is opened by a passphrase.
    let needs_new = move || wants_new.get() || wizard.opener.with_words.get();
    let runs = move || wizard.busy.get() || app.standing() == Some(Standing::Restoring);
    on_cleanup(move || wizard.passphrase.clear());
    let submit = move |()| {
        let path = wizard.path.get_untracked().trim().to_owned();
        no_path.set(path.is_empty());
        if path.is_empty() {
            page::focus("#restore-path");
            return;
        }
        let Some(opener) = wizard.opener.take() else {
            return;
        };
        let is_new = wants_new.get_untracked() || matches!(opener, Opener::Words(_));
        let passphrase = if is_new {
            let Some(passphrase) = wizard.passphrase.take() else {
                return;
            };
            Some(passphrase)
        } else {
            None
        };
        let ask = RestoreBackup {
            path,
            opener,
            passphrase,
            keychain: wizard.wants_keychain(),
        };
        restore(wizard, ask);
    };
    view! {
        <Page
            title=Signal::derive(move || app.words().setup.restore_file_title)
            next=Signal::derive(move || app.words().setup.restore_now)
            submit
        >
            <div class="stack" class:gone=runs>
                <PathField no_path />
                <OpenerField
                    draft=wizard.opener
                    label=Signal::derive(move || app.words().vault.backup_passphrase)
                />
                <Show when=move || !wizard.opener.with_words.get()>
                    <label class="choice">
                        <input
                            type="checkbox"
                            data-testid="restore-new-passphrase"
                            prop:checked=move || wants_new.get()
                            on:change=move |event| wants_new.set(event_target_checked(&event))
                        />
                        <span>{move || app.words().setup.restore_new_passphrase}</span>
                    </label>
                </Show>
                <Show when=needs_new>
                    <NewPassphrase draft=wizard.passphrase personal=Vec::new />
                </Show>
                <KeychainChoice />
            </div>
            <Show when=runs>
                <BackupBar work=BackupWork::Restoring />
            </Show>
        </Page>
    }
}

/// Where the backup lies.
#[component]
fn PathField(no_path: RwSignal<bool>) -> impl IntoView {
    let app = app();
    let wizard = wizard();
    view! {
        <div class="field">
            <label for="restore-path">{move || app.words().vault.backup_path}</label>
            <input
                type="text"
                id="restore-path"
                data-testid="restore-path"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                placeholder=move || app.words().vault.backup_path_example
                aria-describedby="restore-path-about"
                aria-invalid=move || no_path.get().then_some("true")
                prop:value=move || wizard.path.get()
                on:input=move |event| {
                    wizard.path.set(event_target_value(&event));
                    no_path.set(false);
                }
            />
            <p class="muted small" id="restore-path-about">
                {move || app.words().vault.backup_path_hint}
            </p>
            <p class="field-problem" role="alert">
                {move || no_path.get().then(|| app.words().setup.restore_path_missing)}
            </p>
        </div>
    }
}

/// The words and a name.
#[component]
pub(super) fn RestoreWords() -> impl IntoView {
    let app = app();
    let wizard = wizard();
    let missing = RwSignal::new(false);
    let wrong_count = RwSignal::new(false);
    let submit = move |()| {
        let is_whole = wizard.words.with_untracked(count_words) == WORDS;
        let has_name = wizard.name.with_untracked(|name| !name.trim().is_empty());
        wrong_count.set(!is_whole);
        missing.set(!has_name);
        if !is_whole {
            page::focus("#restore-words");
        } else if !has_name {
            page::focus("#setup-name");
        } else {
            wizard.go(Screen::RestorePassphrase);
        }
    };
    view! {
        <Page
            title=Signal::derive(move || app.words().setup.restore_words_title)
            next=Signal::derive(move || app.words().setup.next)
            submit
        >
            <p class="muted">{move || app.words().setup.restore_words_text}</p>
            <WordsField text=wizard.words id="restore-words" />
            <p class="field-problem" role="alert" data-testid="restore-words-problem">
                {move || {
                    let is_wrong = wrong_count.get() && wizard.words.with(count_words) != WORDS;
                    is_wrong.then(|| app.words().setup.restore_words_count)
                }}
            </p>
            <NameField missing />
        </Page>
    }
}

/// The passphrase of what is restored from words.
#[component]
pub(super) fn RestorePassphrase() -> impl IntoView {
    let app = app();
    let wizard = wizard();
    on_cleanup(move || wizard.passphrase.clear());
    let submit = move |()| {
        let Some(passphrase) = wizard.passphrase.take() else {
            return;
        };
        let ask = RestoreIdentity {
            words: wizard.words.with_untracked(plain_words),
            name: wizard.name.get_untracked().trim().to_owned(),
            passphrase,
            keychain: wizard.wants_keychain(),
        };
        restore(wizard, ask);
    };
    let personal = move || vec![Secret::from(wizard.name.get_untracked())];
    view! {
        <Page
            title=Signal::derive(move || app.words().setup.passphrase_title)
            next=Signal::derive(move || app.words().setup.restore_now)
            submit
        >
            <p class="muted">{move || app.words().setup.passphrase_text}</p>
            <NewPassphrase draft=wizard.passphrase personal />
            <KeychainChoice />
        </Page>
    }
}

/// Has the hub take an owner who was elsewhere before.
fn restore<A: Ask<View = IdentityMade>>(wizard: Wizard, ask: A) {
    let app = wizard.app;
    wizard.busy.set(true);
    wizard.refusal.set(None);
    // The fields make room for the bar; whoever types goes on from there.
    page::after_drawing(|| {
        page::focus("[data-testid=backup-cancel]");
    });
    spawn_local(async move {
        let answer = app.pass(ask).await;
        app.backup.set(None);
        if answer.is_ok() {
            // What a backup says of the first start was true on another machine: this one is to be
            // looked at. Before anything is read, so that no other page shows in between.
            app.keep_step(Screen::Machine.step()).await;
        }
        app.read_all().await;
        if wizard.busy.is_disposed() {
            return;
        }
        match answer {
            Ok(made) => {
                for remark in &made.remarks {
                    app.tell_fault(remark);
                }
                wizard.clear_secrets();
                wizard.screen.set(Screen::Machine);
            }
            Err(fault) => {
                wizard.refusal.set(Some(fault));
                page::after_drawing(|| {
                    page::focus("#setup-title");
                });
            }
        }
        wizard.busy.set(false);
    });
}
