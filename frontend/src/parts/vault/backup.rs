//! How far a backup is, with the way to stop it.

use contract::identity::BackupWork;
use leptos::prelude::*;

use crate::app::app;
use crate::clock;
use crate::state::Amounts;

/// The bar of the backup that is under way; before the hub tells how far it is, only that it began.
#[component]
pub(crate) fn BackupBar(
    /// What this page asked for.
    work: BackupWork,
) -> impl IntoView {
    let app = app();
    let stopping = RwSignal::new(false);
    let known = move || {
        let running = app.backup.get();
        running.filter(|running| running.doing == work && running.total.0 > 0)
    };
    let doing = move || {
        let words = app.words().vault;
        match work {
            BackupWork::Creating => words.backup_creating,
            BackupWork::Verifying => words.backup_verifying,
            BackupWork::Restoring => words.backup_restoring,
        }
    };
    let begun = clock::now();
    let amount = move || {
        let running = known()?;
        let words = app.words();
        let amounts = Amounts(words);
        let of =
            (words.vault.amount_of)(&amounts.bytes(running.done), &amounts.bytes(running.total));
        let elapsed = clock::now().saturating_sub(begun).max(1);
        let per_second = running.done.0.saturating_mul(1_000) / elapsed;
        let left = amounts.left(running.done.0, Some(running.total.0), per_second);
        Some(match left {
            Some(left) => format!("{of}, {}", (words.pull_left)(&left)),
            None => of,
        })
    };
    view! {
        <div class="backup-bar" data-testid="backup-progress">
            <p class="small">
                <span role="status">{doing}</span>
                {move || amount().map(|amount| format!(" {amount}"))}
            </p>
            <progress
                max=move || known().map(|running| running.total.0.to_string())
                value=move || known().map(|running| running.done.0.min(running.total.0).to_string())
                aria-label=doing
            ></progress>
            <div class="row">
                <button
                    type="button"
                    data-testid="backup-cancel"
                    disabled=move || stopping.get()
                    on:click=move |_| {
                        stopping.set(true);
                        app.cancel_backup();
                    }
                >
                    {move || {
                        let words = app.words();
                        if stopping.get() { words.vault.backup_stopping } else { words.cancel }
                    }}
                </button>
            </div>
        </div>
    }
}
