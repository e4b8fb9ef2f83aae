//! The door of a locked hub.

use std::time::Duration;

use contract::identity::KeychainState;
use contract::{Code, Fault};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::{App, Overlay, app};
use crate::page;
use crate::parts::{Banner, FaultCard, Icon, OpenerDraft, OpenerField, Overlays, Refusal, icon};

/// What is asked of a person before anything is shown.
#[component]
pub(crate) fn Unlock() -> impl IntoView {
    let app = app();
    let opener = OpenerDraft::new();
    let busy = RwSignal::new(false);
    let refusal = RwSignal::new(None::<Fault>);
    let wait = RwSignal::new(0_u64);
    let trouble = Memo::new(move |_| app.identity.with(|it| it.as_ref()?.trouble.clone()));
    Effect::new(move |_| {
        // A wait that began before this page was opened.
        if let Some(seconds) = trouble.get().and_then(|fault| fault.retry_after_s) {
            count_down(wait, seconds);
        }
    });
    opener.focus();
    let submit = move |()| {
        if busy.get_untracked() || must_wait(opener, wait) {
            return;
        }
        let Some(key) = opener.take() else { return };
        busy.set(true);
        refusal.set(None);
        spawn_local(async move {
            let answer = app.unlock(key).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(()) => opener.clear(),
                Err(fault) => {
                    if fault.code != Code::NoHub {
                        opener.clear();
                    }
                    if let Some(seconds) = fault.retry_after_s {
                        count_down(wait, seconds);
                    }
                    refusal.set(Some(fault));
                    opener.focus();
                }
            }
        });
    };
    view! {
        <div class="outside">
            <Banner />
            <main class="alone unlock" data-testid="unlock">
                <span class="empty-icon">{icon(Icon::Lock)}</span>
                <h1>{move || app.words().vault.unlock_title}</h1>
                <p class="muted">{move || app.words().vault.unlock_text}</p>
                {move || trouble.get().map(|fault| view! { <FaultCard fault /> })}
                {move || keychain(app)}
                <Door opener busy refusal wait submit=Callback::new(submit) />
                <LastResort />
            </main>
        </div>
        <Overlays />
    }
}

/// The field, what went wrong, and the button.
#[component]
fn Door(
    opener: OpenerDraft,
    busy: RwSignal<bool>,
    refusal: RwSignal<Option<Fault>>,
    wait: RwSignal<u64>,
    submit: Callback<()>,
) -> impl IntoView {
    let app = app();
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        submit.run(());
    };
    view! {
        <form
            class="stack unlock-form"
            aria-busy=move || busy.get().to_string()
            on:submit=on_submit
        >
            <OpenerField
                draft=opener
                label=Signal::derive(move || app.words().vault.passphrase)
            />
            <Refusal refusal hook="unlock-fault" />
            <p class="small" role="timer" data-testid="unlock-wait">
                {move || waiting(app, opener, wait)}
            </p>
            <p class="hidden" role="status">
                {move || busy.get().then(|| app.words().vault.unlocking)}
            </p>
            <button
                type="submit"
                class="primary"
                data-testid="unlock-submit"
                disabled=move || busy.get() || must_wait_now(opener, wait)
            >
                {move || {
                    let words = app.words().vault;
                    if busy.get() { words.unlocking } else { words.unlock }
                }}
            </button>
        </form>
    }
}

/// For a person who has nothing that opens it.
#[component]
fn LastResort() -> impl IntoView {
    let app = app();
    view! {
        <details class="last-resort">
            <summary>{move || app.words().vault.has_neither}</summary>
            <p class="muted small">{move || app.words().vault.has_neither_text}</p>
            <button
                type="button"
                class="quiet"
                data-testid="unlock-erase"
                on:click=move |_| app.overlay.set(Some(Overlay::EraseEverything))
            >
                {move || app.words().owner.erase}
            </button>
        </details>
    }
}

/// Recovery words need not wait.
fn must_wait(opener: OpenerDraft, wait: RwSignal<u64>) -> bool {
    wait.get_untracked() > 0 && !opener.with_words.get_untracked()
}

fn must_wait_now(opener: OpenerDraft, wait: RwSignal<u64>) -> bool {
    wait.get() > 0 && !opener.with_words.get()
}

fn waiting(app: App, opener: OpenerDraft, wait: RwSignal<u64>) -> Option<String> {
    must_wait_now(opener, wait).then(|| (app.words().vault.next_try_in)(wait.get()))
}

/// Counts the seconds until the next try.
fn count_down(wait: RwSignal<u64>, seconds: u64) {
    wait.set(seconds);
    step(wait, seconds);
}

fn step(wait: RwSignal<u64>, from: u64) {
    if from == 0 {
        page::after_drawing(|| {
            page::focus("#opener-passphrase");
        });
        return;
    }
    set_timeout(
        move || {
            // Another count has begun, or the page is gone.
            if wait.try_get_untracked() == Some(from) {
                wait.set(from - 1);
                step(wait, from - 1);
            }
        },
        Duration::from_secs(1),
    );
}

/// Why the keychain does not open it, where it should.
fn keychain(app: App) -> Option<AnyView> {
    let words = app.words().vault;
    let state = app
        .identity
        .with(|it| it.as_ref().map(|it| it.keychain.clone()));
    match state? {
        KeychainState::Trouble { fault } => {
            let title = words.keychain_trouble.to_owned();
            Some(
                view! {
                    <div data-testid="unlock-keychain">
                        <FaultCard fault title />
                    </div>
                }
                .into_any(),
            )
        }
        KeychainState::Used | KeychainState::NotUsed | KeychainState::Missing => None,
    }
}
