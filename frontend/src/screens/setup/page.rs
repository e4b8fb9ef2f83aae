//! The form that every screen of the first start has: a heading, a question, one way on.

use contract::identity::{IdentityView, KeychainState};
use leptos::prelude::*;

use super::wizard;
use crate::app::app;
use crate::parts::{Icon, Refusal, icon};

/// A screen. Its heading takes the focus, Enter goes on.
#[component]
pub(super) fn Page(
    /// The question.
    #[prop(into)]
    title: Signal<&'static str>,
    /// What goes on; a screen without it goes on by what is in it.
    #[prop(optional, into)]
    next: Option<Signal<&'static str>>,
    /// Goes on.
    #[prop(optional, into)]
    submit: Option<Callback<()>>,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    let app = app();
    let wizard = wizard();
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if wizard.busy.get_untracked() {
            return;
        }
        if let Some(submit) = submit {
            submit.run(());
        }
    };
    view! {
        <form
            class="setup-page"
            aria-labelledby="setup-title"
            aria-busy=move || wizard.busy.get().to_string()
            on:submit=on_submit
        >
            <Heading title />
            {children()}
            <Refusal refusal=wizard.refusal hook="setup-fault" />
            <p class="hidden" role="status">
                {move || wizard.busy.get().then(|| app.words().vault.one_moment)}
            </p>
            {next
                .map(|next| {
                    view! {
                        <div class="setup-verbs">
                            <button
                                type="submit"
                                class="primary"
                                data-testid="setup-next"
                                disabled=move || wizard.busy.get()
                            >
                                {move || {
                                    if wizard.busy.get() {
                                        app.words().vault.one_moment
                                    } else {
                                        next.get()
                                    }
                                }}
                                {icon(Icon::Right)}
                            </button>
                        </div>
                    }
                })}
        </form>
    }
}

/// The heading of a screen, which says where the person is when it takes the focus.
#[component]
pub(super) fn Heading(#[prop(into)] title: Signal<&'static str>) -> impl IntoView {
    view! {
        <h1 id="setup-title" tabindex="-1" aria-describedby="setup-step">
            {move || title.get()}
        </h1>
    }
}

/// One of several ways on: a large button with a title and a sentence.
#[component]
pub(super) fn Way(
    /// A hook for tests.
    hook: &'static str,
    /// What it is.
    #[prop(into)]
    title: Signal<&'static str>,
    /// What that means.
    #[prop(into)]
    about: Signal<&'static str>,
    /// Goes there.
    press: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <button type="button" class="way" data-testid=hook on:click=move |_| press()>
            <span class="way-words">
                <span class="way-title">{move || title.get()}</span>
                <span class="muted small">{move || about.get()}</span>
            </span>
            {icon(Icon::Right)}
        </button>
    }
}

/// Whether it is known that this computer has no keychain.
pub(super) fn has_no_keychain(view: &Option<IdentityView>) -> bool {
    let keychain = view.as_ref().map(|view| &view.keychain);
    keychain == Some(&KeychainState::Missing)
}

/// Whether this computer's keychain may open the vault.
#[component]
pub(super) fn KeychainChoice() -> impl IntoView {
    let app = app();
    let wizard = wizard();
    move || {
        if app.identity.with(has_no_keychain) {
            // Nothing to choose: the passphrase is asked for at each start.
            return view! {
                <p class="muted small" data-testid="keychain-missing">
                    {app.words().setup.keychain_missing}
                </p>
            }
            .into_any();
        }
        view! {
            <label class="choice">
                <input
                    type="checkbox"
                    data-testid="setup-keychain"
                    aria-describedby="setup-keychain-about"
                    prop:checked=move || wizard.keychain.get()
                    on:change=move |event| wizard.keychain.set(event_target_checked(&event))
                />
                <span class="way-words">
                    <span>{move || app.words().setup.keychain}</span>
                    <span class="muted small" id="setup-keychain-about">
                        {move || app.words().setup.keychain_about}
                    </span>
                </span>
            </label>
        }
        .into_any()
    }
}
