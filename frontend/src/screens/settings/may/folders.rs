//! The folders that are open to agents.

use contract::Fault;
use contract::approval::{FolderList, FolderView, GrantFolder, ListFolders, RevokeFolder};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::{App, app};
use crate::parts::{FaultCard, Icon, Refusal, Skeleton, icon};

type Found = RwSignal<Option<Result<FolderList, Fault>>>;

/// The folders, and a field for another one.
#[component]
pub(super) fn Folders() -> impl IntoView {
    let app = app();
    let found: Found = RwSignal::new(None);
    spawn_local(read(app, found));
    let again = Callback::new(move |()| spawn_local(read(app, found)));
    view! {
        {move || match found.get() {
            None => view! { <Skeleton /> }.into_any(),
            Some(Err(fault)) => view! { <FaultCard fault again /> }.into_any(),
            Some(Ok(list)) if list.folders.is_empty() => {
                view! { <p class="muted">{app.words().keeps.folders_none}</p> }.into_any()
            }
            Some(Ok(list)) => {
                let lines = list.folders.into_iter().map(|folder| line(app, found, folder));
                view! { <ul class="cards">{lines.collect_view()}</ul> }.into_any()
            }
        }}
        <Add found />
    }
}

async fn read(app: App, found: Found) {
    let answer = app.ask(ListFolders {}).await;
    // The section may be left by then.
    found.try_set(Some(answer.map_err(|fault| app.heed(fault))));
}

/// Opens a folder to agents, or changes whether they may write there.
async fn grant(app: App, found: Found, folder: FolderView) -> Result<(), Fault> {
    let ask = GrantFolder {
        path: folder.path,
        may_write: folder.may_write,
    };
    let list = app.ask(ask).await.map_err(|fault| app.heed(fault))?;
    found.try_set(Some(Ok(list)));
    Ok(())
}

fn line(app: App, found: Found, folder: FolderView) -> AnyView {
    let keeps = app.words().keeps;
    let path = folder.path.clone();
    let state = if folder.may_write {
        keeps.folder_writes
    } else {
        keeps.folder_reads
    };
    let turned = FolderView {
        path: path.clone(),
        may_write: !folder.may_write,
    };
    let turn = move |_| {
        let turned = turned.clone();
        spawn_local(async move {
            if let Err(fault) = grant(app, found, turned).await {
                app.tell_fault(&fault);
                read(app, found).await;
            }
        });
    };
    let before = folder.clone();
    let revoke = move |_| {
        let before = before.clone();
        spawn_local(revoke(app, found, before));
    };
    view! {
        <li class="card" data-testid="folder">
            <div class="card-words">
                <p class="card-title">{icon(Icon::Data)} <code>{path.clone()}</code></p>
                <p class="muted small">{state}</p>
            </div>
            <button
                type="button"
                class="switch"
                role="switch"
                aria-checked=folder.may_write.to_string()
                aria-label=(keeps.folder_may_write_named)(&path)
                title=keeps.folder_may_write
                on:click=turn
            >
                <span class="knob"></span>
            </button>
            <button
                type="button"
                class="quiet"
                data-testid="folder-remove"
                aria-label=(keeps.folder_remove_named)(&path)
                on:click=revoke
            >
                {keeps.folder_remove}
            </button>
        </li>
    }
    .into_any()
}

async fn revoke(app: App, found: Found, folder: FolderView) {
    let path = folder.path.clone();
    match app.ask(RevokeFolder { path: path.clone() }).await {
        Ok(_) => {
            let message = (app.words_now().keeps.folder_removed)(&path);
            app.tell_with_undo(message, move || {
                let folder = folder.clone();
                spawn_local(async move {
                    if let Err(fault) = grant(app, found, folder).await {
                        app.tell_fault(&fault);
                    }
                });
            });
        }
        Err(fault) => app.tell_fault(&app.heed(fault)),
    }
    read(app, found).await;
}

#[component]
fn Add(found: Found) -> impl IntoView {
    let app = app();
    let field = NodeRef::<html::Input>::new();
    let may_write = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let refusal = RwSignal::new(None::<Fault>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let path = field.get_untracked().map(|field| field.value());
        let path = path.unwrap_or_default().trim().to_owned();
        if path.is_empty() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        refusal.set(None);
        let folder = FolderView {
            path,
            may_write: may_write.get_untracked(),
        };
        spawn_local(async move {
            let answer = grant(app, found, folder).await;
            busy.try_set(false);
            match answer {
                Ok(()) => {
                    if let Some(field) = field.try_get_untracked().flatten() {
                        field.set_value("");
                    }
                    may_write.try_set(false);
                }
                Err(fault) => {
                    refusal.try_set(Some(fault));
                }
            }
        });
    };
    view! {
        <form class="pull-form" on:submit=submit>
            <label class="field grow">
                <span>{move || app.words().keeps.folder_path}</span>
                <input
                    type="text"
                    node_ref=field
                    required
                    autocomplete="off"
                    spellcheck="false"
                    data-testid="folder-path"
                    placeholder=move || app.words().keeps.folder_path_hint
                />
            </label>
            <button
                type="submit"
                data-testid="folder-add"
                disabled=move || busy.get()
            >
                {icon(Icon::Plus)}
                {move || app.words().keeps.folder_add}
            </button>
        </form>
        <label class="check small">
            <input
                type="checkbox"
                prop:checked=move || may_write.get()
                on:change=move |event| may_write.set(event_target_checked(&event))
            />
            <span>{move || app.words().keeps.folder_may_write}</span>
        </label>
        <Refusal refusal />
    }
}
