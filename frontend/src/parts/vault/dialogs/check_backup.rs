//! Whether a backup is whole.

use contract::Fault;
use contract::identity::{BackupView, BackupWork, VerifyBackup};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Verbs;
use crate::app::{App, app};
use crate::clock;
use crate::page;
use crate::parts::{BackupBar, Dialog, FaultCard, Icon, OpenerDraft, OpenerField, icon};
use crate::state::Amounts;

/// Asks which backup and what opens it, reads it to its end, and says what it found.
#[component]
pub(crate) fn CheckBackupDialog() -> impl IntoView {
    let app = app();
    let last = app.identity.with_untracked(|view| {
        let last = view.as_ref().and_then(|view| view.last_backup.as_ref());
        last.map(|last| last.path.clone())
    });
    let path = RwSignal::new(last.unwrap_or_default());
    let opener = OpenerDraft::new();
    let busy = RwSignal::new(false);
    let found = RwSignal::new(None::<Result<BackupView, Fault>>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let file = path.get_untracked().trim().to_owned();
        if file.is_empty() {
            page::focus("#check-path");
            return;
        }
        let Some(key) = opener.take() else { return };
        busy.set(true);
        found.set(None);
        spawn_local(async move {
            let ask = VerifyBackup {
                path: file,
                opener: key,
            };
            let answer = app.client.ask(ask).await;
            if busy.try_set(false).is_some() {
                return;
            }
            if answer.is_ok() {
                opener.clear();
            }
            found.set(Some(answer.map_err(|fault| app.heed(fault))));
        });
    };
    // Nobody waits for it any more.
    on_cleanup(move || {
        if busy.try_get_untracked() == Some(true) {
            app.cancel_backup();
        }
    });
    view! {
        <Dialog
            title=Signal::derive(move || app.words().owner.check_backup.to_owned())
            close=move || app.overlay.set(None)
        >
            <form class="stack" data-testid="check-backup-form" on:submit=submit>
                <p class="muted small">{move || app.words().owner.check_backup_about}</p>
                <PathField path />
                <OpenerField
                    draft=opener
                    label=Signal::derive(move || app.words().vault.backup_passphrase)
                />
                {move || {
                    busy.get().then(|| view! { <BackupBar work=BackupWork::Verifying /> })
                }}
                <div role="status">{move || found.get().map(|found| outcome(app, found))}</div>
                <Verbs
                    yes=Signal::derive(move || app.words().owner.check_backup_start)
                    hook="check-backup-start"
                    class="primary"
                    busy
                    harmless=true
                />
            </form>
        </Dialog>
    }
}

/// Where the backup lies.
#[component]
fn PathField(path: RwSignal<String>) -> impl IntoView {
    let app = app();
    view! {
        <label class="field" for="check-path">
            <span>{move || app.words().vault.backup_path}</span>
            <input
                type="text"
                id="check-path"
                data-testid="check-path"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                prop:value=move || path.get()
                on:input=move |event| path.set(event_target_value(&event))
            />
        </label>
    }
}

fn outcome(app: App, found: Result<BackupView, Fault>) -> AnyView {
    let words = app.words();
    let language = app.language.get();
    match found {
        Err(fault) => view! { <FaultCard fault /> }.into_any(),
        Ok(backup) => {
            let size = Amounts(words).bytes(backup.bytes);
            let made = format!(
                "{}, {}",
                clock::short_date(backup.made, language),
                clock::time(backup.made, language)
            );
            view! {
                <p class="fit" data-testid="backup-whole">
                    {icon(Icon::Good)}
                    {(words.owner.backup_whole)(&backup.name, &made, &size)}
                </p>
            }
            .into_any()
        }
    }
}
