//! Who owns this hub: the identifier, the name, and details for the guardian.

use contract::Fault;
use contract::identity::{ChangePersonalDetails, DETAIL_CHARS_MAX, OwnerView, ReadPersonalDetails};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::api::fact;
use crate::app::{App, app};
use crate::clock;
use crate::page;
use crate::parts::{DetailsDraft, DetailsFields, Icon, QrCode, Refusal, Skeleton, icon};
use crate::state::Reread;

/// The owner, and the form for what they say of themselves.
#[component]
pub(super) fn Person() -> impl IntoView {
    let app = app();
    let owner = Memo::new(move |_| app.identity.with(|view| view.as_ref()?.owner.clone()));
    let edits = RwSignal::new(false);
    view! {
        {move || match owner.get() {
            None => view! { <Skeleton /> }.into_any(),
            Some(owner) => facts(app, owner),
        }}
        {move || {
            if edits.get() {
                view! { <Form edits /> }.into_any()
            } else {
                view! {
                    <button
                        type="button"
                        data-testid="details-open"
                        on:click=move |_| edits.set(true)
                    >
                        {icon(Icon::Pencil)}
                        {move || app.words().owner.details_open}
                    </button>
                }
                    .into_any()
            }
        }}
    }
}

fn facts(app: App, owner: OwnerView) -> AnyView {
    let words = app.words();
    let since = clock::short_date(owner.created, app.language.get());
    let did = owner.did.clone();
    let name = Signal::derive(move || app.words().owner.qr_name.to_owned());
    view! {
        <p class="muted">{words.owner.did_about}</p>
        <dl class="facts" data-testid="owner">
            <div>
                <dt>{words.vault.name}</dt>
                <dd data-testid="owner-name">{owner.name}</dd>
            </div>
            {fact(words.owner.did, owner.did)}
            {fact(words.owner.did_alias, owner.did_alias)}
            <div>
                <dt>{words.owner.since}</dt>
                <dd>{since}</dd>
            </div>
        </dl>
        <details class="fold" data-testid="qr-fold">
            <summary>{words.owner.qr_show}</summary>
            <QrCode text=did name />
        </details>
    }
    .into_any()
}

/// Name and details, read only when the person wants to see them.
#[component]
fn Form(edits: RwSignal<bool>) -> impl IntoView {
    let app = app();
    let name = RwSignal::new(String::new());
    let details = DetailsDraft::new();
    let is_read = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let refusal = RwSignal::new(None::<Fault>);
    spawn_local(async move {
        match app.ask(ReadPersonalDetails {}).await {
            Ok(view) => {
                if is_read.is_disposed() {
                    return;
                }
                name.set(view.name);
                details.fill(view.details);
                is_read.set(true);
                page::after_drawing(|| {
                    page::focus("#owner-name");
                });
            }
            Err(fault) => {
                refusal.try_set(Some(app.heed(fault)));
            }
        }
    });
    let close = move || {
        details.clear();
        edits.set(false);
        page::after_drawing(|| {
            page::focus("[data-testid=details-open]");
        });
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let ask = ChangePersonalDetails {
            name: name.get_untracked().trim().to_owned(),
            details: details.details(),
        };
        busy.set(true);
        refusal.set(None);
        spawn_local(async move {
            let answer = app.ask(ask).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(_) => {
                    close();
                    app.tell(app.words_now().setting_saved);
                    app.reread(Reread::Identity);
                }
                Err(fault) => refusal.set(Some(app.heed(fault))),
            }
        });
    };
    view! {
        <form class="stack details-form" data-testid="details-form" on:submit=submit>
            <Show when=move || is_read.get() fallback=|| view! { <Skeleton /> }>
                <label class="field" for="owner-name">
                    <span>{move || app.words().vault.name}</span>
                    <input
                        type="text"
                        id="owner-name"
                        data-testid="owner-name-field"
                        autocomplete="off"
                        spellcheck="false"
                        required
                        maxlength=DETAIL_CHARS_MAX.to_string()
                        prop:value=move || name.get()
                        on:input=move |event| name.set(event_target_value(&event))
                    />
                </label>
                <DetailsFields draft=details />
            </Show>
            <Refusal refusal />
            <div class="row">
                <button
                    type="submit"
                    class="primary"
                    data-testid="details-save"
                    disabled=move || busy.get() || !is_read.get()
                >
                    {move || app.words().save}
                </button>
                <button type="button" data-testid="details-cancel" on:click=move |_| close()>
                    {move || app.words().cancel}
                </button>
            </div>
        </form>
    }
}
