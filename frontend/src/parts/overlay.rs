//! What stands over the page: questions, explanations, commands, keys.

use base::DocumentId;
use contract::conversation::TITLE_CHARS_MAX;
use contract::memory::RemoveDocument;
use contract::model::RemoveModel;
use contract::server::RemoveToolServer;
use contract::token::RevokeToken;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::wasm_split;

use super::crew::{StepsDialog, TakeOverDialog};
use super::palette::Palette;
use super::vault::dialogs::{ChangePassphraseDialog, CheckBackupDialog, EraseDialog, RotateDialog};
use super::{Dialog, Part, later_above};
use crate::app::{App, Overlay, app};

/// Whatever is open.
#[component]
pub(crate) fn Overlays() -> impl IntoView {
    let app = app();
    let give_up = Callback::new(move |fault| {
        app.tell_fault(&fault);
        close(app);
    });
    move || {
        app.overlay
            .get()
            .map(|overlay| later_above(load_draw, move || draw(app, overlay.clone()), give_up))
    }
}

#[wasm_split(
    overlays,
    wasm_split_path = leptos::wasm_split,
    preload(load_draw),
    fallible
)]
fn draw(app: App, overlay: Overlay) -> Part {
    Ok(drawn(app, overlay))
}

fn drawn(app: App, overlay: Overlay) -> AnyView {
    let words = app.words_now();
    match overlay {
        Overlay::Palette => view! { <Palette /> }.into_any(),
        Overlay::Keys => view! { <Keys /> }.into_any(),
        Overlay::AboutSharing => explain(app, words.about_sharing_title, words.about_sharing),
        Overlay::AboutGuardian => explain(app, words.about_guardian_title, words.about_guardian),
        Overlay::Steps(agent) => view! { <StepsDialog agent /> }.into_any(),
        Overlay::TakeOver(agent) => view! { <TakeOverDialog agent /> }.into_any(),
        Overlay::ChangePassphrase => view! { <ChangePassphraseDialog /> }.into_any(),
        Overlay::RotateKey => view! { <RotateDialog /> }.into_any(),
        Overlay::CheckBackup => view! { <CheckBackupDialog /> }.into_any(),
        Overlay::EraseEverything => view! { <EraseDialog /> }.into_any(),
        Overlay::RevokeDevice(serial, label) => {
            let question = (words.owner.revoke_title)(&label);
            let text = words.owner.revoke_text.to_owned();
            let confirm = move || app.revoke_device(serial.clone());
            view! { <Question question text yes=words.owner.revoke confirm /> }.into_any()
        }
        Overlay::Rename(id, title) => {
            let save = move |title| app.rename(id, title);
            view! { <Rename title save /> }.into_any()
        }
        Overlay::Delete(id, title) => {
            let question = (words.delete_title)(&title);
            let text = words.delete_text.to_owned();
            let confirm = move || app.delete(id, title.clone());
            view! { <Question question text yes=words.delete_confirm confirm /> }.into_any()
        }
        Overlay::RemoveModel(name, size) => {
            let question = (words.model_remove_title)(&name);
            let text = (words.model_remove_text)(&size);
            let confirm = move || remove_model(app, name.clone());
            view! { <Question question text yes=words.model_remove confirm /> }.into_any()
        }
        Overlay::RemoveDocument(document, name) => {
            let question = (words.keeps.document_remove_title)(&name);
            let text = words.keeps.document_remove_text.to_owned();
            let confirm = move || remove_document(app, document, name.clone());
            view! { <Question question text yes=words.keeps.document_remove confirm /> }.into_any()
        }
        Overlay::RemoveToolServer(name) => {
            let question = (words.keeps.server_remove_title)(&name);
            let text = words.keeps.server_remove_text.to_owned();
            let confirm = move || remove_tool_server(app, name.clone());
            view! { <Question question text yes=words.keeps.server_remove confirm /> }.into_any()
        }
        Overlay::RevokeToken(token, label) => {
            let question = (words.token_revoke_title)(&label);
            let text = words.token_revoke_text.to_owned();
            let confirm = move || {
                spawn_local(async move {
                    if let Err(fault) = app.ask(RevokeToken { token }).await {
                        app.tell_fault(&app.heed(fault));
                    }
                    app.read_tokens().await;
                });
            };
            view! { <Question question text yes=words.token_revoke confirm /> }.into_any()
        }
    }
}

fn remove_model(app: App, name: String) {
    spawn_local(async move {
        match app.ask(RemoveModel { name: name.clone() }).await {
            Ok(_) => app.tell((app.words_now().model_removed)(&name)),
            Err(fault) => app.tell_fault(&app.heed(fault)),
        }
    });
}

fn remove_document(app: App, document: DocumentId, name: String) {
    spawn_local(async move {
        match app.ask(RemoveDocument { document }).await {
            Ok(_) => app.tell((app.words_now().keeps.document_removed)(&name)),
            Err(fault) => app.tell_fault(&app.heed(fault)),
        }
        app.remembered.update(|count| *count += 1);
    });
}

fn remove_tool_server(app: App, name: String) {
    spawn_local(async move {
        match app.ask(RemoveToolServer { name: name.clone() }).await {
            Ok(_) => app.tell((app.words_now().keeps.server_removed)(&name)),
            Err(fault) => app.tell_fault(&app.heed(fault)),
        }
        app.servers_changed.update(|count| *count += 1);
    });
}

fn close(app: App) {
    app.overlay.set(None);
}

fn explain(app: App, title: &'static str, text: &'static str) -> AnyView {
    view! {
        <Dialog title=title.to_owned() close=move || close(app)>
            <p>{text}</p>
        </Dialog>
    }
    .into_any()
}

/// A question whose answer cannot be taken back. The focus is on the harmless answer.
#[component]
fn Question(
    question: String,
    text: String,
    yes: &'static str,
    confirm: impl Fn() + Send + 'static,
) -> impl IntoView {
    let app = app();
    view! {
        <Dialog title=question close=move || close(app) class="question">
            <p>{text}</p>
            <div class="row end">
                <button type="button" autofocus on:click=move |_| close(app)>
                    {move || app.words().cancel}
                </button>
                <button
                    type="button"
                    class="danger"
                    data-testid="confirm"
                    on:click=move |_| {
                        confirm();
                        close(app);
                    }
                >
                    {yes}
                </button>
            </div>
        </Dialog>
    }
}

/// Asks for a title.
#[component]
fn Rename(title: String, save: impl Fn(String) + Copy + Send + 'static) -> impl IntoView {
    let app = app();
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            field.select();
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let title = field
            .get_untracked()
            .map(|field| field.value())
            .unwrap_or_default();
        let title = title.trim().to_owned();
        if !title.is_empty() {
            save(title);
            close(app);
        }
    };
    view! {
        <Dialog
            title=Signal::derive(move || app.words().rename_title.to_owned())
            close=move || close(app)
        >
            <form on:submit=submit>
                <label class="field">
                    <span>{move || app.words().rename_label}</span>
                    <input
                        type="text"
                        data-testid="rename-title"
                        node_ref=field
                        required
                        autofocus
                        maxlength=TITLE_CHARS_MAX.to_string()
                        value=title
                    />
                </label>
                <div class="row end">
                    <button type="button" on:click=move |_| close(app)>
                        {move || app.words().cancel}
                    </button>
                    <button type="submit" class="primary" data-testid="rename-save">
                        {move || app.words().save}
                    </button>
                </div>
            </form>
        </Dialog>
    }
}

/// All keys.
#[component]
fn Keys() -> impl IntoView {
    let app = app();
    let words = app.words_now();
    let keys: [(&[&str], &str); 8] = [
        (&["Enter"], words.key_send),
        (&["Shift", "Enter"], words.key_newline),
        (&["/"], words.key_focus),
        (&["Esc"], words.key_stop),
        (&["Ctrl / ⌘", "K"], words.key_palette),
        (&["Ctrl / ⌘", "Shift", "O"], words.key_new),
        (&["?"], words.key_keys),
        (&["←", "→"], words.key_tabs),
    ];
    let rows = keys.into_iter().map(|(keys, does)| {
        let keys = keys
            .iter()
            .map(|key| view! { <kbd>{*key}</kbd> })
            .collect_view();
        view! {
            <div>
                <dt>{keys}</dt>
                <dd>{does}</dd>
            </div>
        }
    });
    view! {
        <Dialog title=words.keys_title.to_owned() close=move || close(app)>
            <dl class="keys">{rows.collect_view()}</dl>
        </Dialog>
    }
}
