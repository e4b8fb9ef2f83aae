//! Backups: the last one, a new one, and whether one is whole.

use contract::identity::{BackupView, BackupWork};
use leptos::prelude::*;

use super::super::api::fact;
use crate::app::{App, Overlay, app};
use crate::clock;
use crate::parts::{BackupBar, Icon, Refusal, icon};
use crate::state::Amounts;

/// The last backup and what can be done.
#[component]
pub(super) fn Backups() -> impl IntoView {
    let app = app();
    let last = Memo::new(move |_| app.identity.with(|view| view.as_ref()?.last_backup.clone()));
    let path = RwSignal::new(String::new());
    // A backup that another window or a terminal makes is shown too.
    let runs = Memo::new(move |_| {
        let other = app.backup.get();
        app.backing_up.get() || other.is_some_and(|it| it.doing == BackupWork::Creating)
    });
    let begin = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let path = path.get_untracked().trim().to_owned();
        app.back_up((!path.is_empty()).then_some(path));
    };
    view! {
        <p class="muted small">{move || app.words().owner.backup_about}</p>
        {move || last_backup(app, last.get())}
        <form class="stack" data-testid="backup-form" on:submit=begin>
            <Show when=move || runs.get()>
                <BackupBar work=BackupWork::Creating />
            </Show>
            <Refusal refusal=app.backup_fault hook="backup-fault" />
            <details class="fold">
                <summary>{move || app.words().owner.backup_elsewhere}</summary>
                <div class="field">
                    <label for="backup-path">{move || app.words().vault.backup_path}</label>
                    <input
                        type="text"
                        id="backup-path"
                        data-testid="backup-path"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        placeholder=move || app.words().vault.backup_path_example
                        aria-describedby="backup-path-about"
                        prop:value=move || path.get()
                        on:input=move |event| path.set(event_target_value(&event))
                    />
                    <p class="muted small" id="backup-path-about">
                        {move || app.words().owner.backup_path_about}
                    </p>
                </div>
            </details>
            <div class="row">
                <button
                    type="submit"
                    class="primary"
                    data-testid="backup-now"
                    disabled=move || runs.get()
                >
                    {icon(Icon::Data)}
                    {move || app.words().owner.backup_now}
                </button>
                <button
                    type="button"
                    data-testid="backup-check"
                    disabled=move || runs.get()
                    on:click=move |_| app.overlay.set(Some(Overlay::CheckBackup))
                >
                    {move || app.words().owner.check_backup}
                </button>
            </div>
        </form>
    }
}

fn last_backup(app: App, last: Option<BackupView>) -> AnyView {
    let words = app.words();
    let Some(last) = last else {
        return view! {
            <p class="small fit not" data-testid="no-backup">
                {icon(Icon::Warning)}
                {words.owner.backup_none}
            </p>
        }
        .into_any();
    };
    let language = app.language.get();
    let made = format!(
        "{}, {}",
        clock::day_name(last.made, language),
        clock::time(last.made, language)
    );
    let size = Amounts(words).bytes(last.bytes);
    view! {
        <dl class="facts" data-testid="last-backup">
            <div>
                <dt>{words.owner.backup_last}</dt>
                <dd>{made} " · " {size}</dd>
            </div>
            {fact(words.owner.backup_file, last.path)}
        </dl>
        <p class="muted small">{words.owner.backup_copy_it}</p>
    }
    .into_any()
}
