//! What opens a vault or a backup: the passphrase, or the recovery words.

use contract::Secret;
use contract::identity::{Opener, WORDS};
use leptos::prelude::*;

use super::SecretField;
use crate::app::app;
use crate::page;
use crate::state::{count_words, plain_words};

/// What opens something, while it is typed. Copied freely: it holds only handles.
#[derive(Clone, Copy)]
pub(crate) struct OpenerDraft {
    /// Whether recovery words are typed instead of the passphrase.
    pub(crate) with_words: RwSignal<bool>,
    text: RwSignal<Secret>,
    shown: RwSignal<bool>,
}

impl OpenerDraft {
    /// Nothing is typed yet.
    pub(crate) fn new() -> Self {
        Self {
            with_words: RwSignal::new(false),
            text: RwSignal::new(Secret::default()),
            shown: RwSignal::new(false),
        }
    }

    /// What was typed; nothing where nothing was. The field takes the focus then.
    pub(crate) fn take(self) -> Option<Opener> {
        let text = self.text.get_untracked();
        if text.expose().trim().is_empty() {
            self.focus();
            return None;
        }
        Some(if self.with_words.get_untracked() {
            Opener::Words(plain_words(&text))
        } else {
            Opener::Passphrase(text)
        })
    }

    /// Overwrites what was typed.
    pub(crate) fn clear(self) {
        self.text.set(Secret::default());
        self.shown.set(false);
    }

    /// Puts the focus into the field.
    pub(crate) fn focus(self) {
        page::after_drawing(|| {
            if !page::focus("#opener-words") {
                page::focus("#opener-passphrase");
            }
        });
    }

    fn exchange(self) {
        self.clear();
        self.with_words.update(|it| *it = !*it);
        self.focus();
    }
}

/// The field, and the way to the other one.
#[component]
pub(crate) fn OpenerField(
    draft: OpenerDraft,
    /// What the passphrase is called here.
    #[prop(into)]
    label: Signal<&'static str>,
) -> impl IntoView {
    let app = app();
    view! {
        {move || {
            if draft.with_words.get() {
                view! { <WordsField text=draft.text id="opener-words" /> }.into_any()
            } else {
                view! {
                    <SecretField
                        id="opener-passphrase"
                        label
                        value=draft.text
                        shown=draft.shown
                        autocomplete="current-password"
                    />
                }
                    .into_any()
            }
        }}
        <div class="row">
            <button
                type="button"
                class="quiet"
                data-testid="opener-other"
                on:click=move |_| draft.exchange()
            >
                {move || {
                    let words = app.words().vault;
                    if draft.with_words.get() { words.use_passphrase } else { words.use_words }
                }}
            </button>
        </div>
    }
}

/// A field for all recovery words, with how many there are.
#[component]
pub(crate) fn WordsField(text: RwSignal<Secret>, id: &'static str) -> impl IntoView {
    let app = app();
    let about = format!("{id}-about");
    let count = move || {
        let count = text.with(count_words) as u64;
        (app.words().vault.words_count)(count, WORDS as u64)
    };
    view! {
        <div class="field">
            <label for=id>{move || app.words().vault.recovery_words}</label>
            <textarea
                id=id
                data-testid=id
                class="words-field"
                rows="4"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=about.clone()
                prop:value=move || text.with(|text| text.expose().to_owned())
                on:input=move |event| text.set(Secret::from(event_target_value(&event)))
            ></textarea>
            <p class="muted small" id=about>
                {move || app.words().vault.recovery_words_hint}
                " "
                <span data-testid="words-count">{count}</span>
            </p>
        </div>
    }
}
