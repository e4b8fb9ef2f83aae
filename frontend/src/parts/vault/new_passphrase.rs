//! A new passphrase: typed twice, judged while it is typed, or taken from a suggestion.

use std::time::Duration;

use contract::Secret;
use contract::identity::{PassphraseRating, RatePassphrase};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::{Icon, icon};
use super::SecretField;
use crate::app::{App, app};
use crate::page;
use crate::state::{Readiness, readiness};
use crate::words::rating_warning;

/// How long a person has to stop typing before the passphrase is judged.
///
/// Judging takes the hub some milliseconds; a word that is half typed needs no opinion.
const JUDGE_PATIENCE: Duration = Duration::from_millis(300);

/// The best score.
const SCORE_MAX: u8 = 4;

/// A new passphrase while it is made. Copied freely: it holds only handles.
#[derive(Clone, Copy)]
pub(crate) struct PassphraseDraft {
    first: RwSignal<Secret>,
    again: RwSignal<Secret>,
    shown: RwSignal<bool>,
    /// What the hub said last, and of what. It is shown until it says something else.
    rating: RwSignal<Option<(Secret, PassphraseRating)>>,
    /// What was suggested last.
    suggested: RwSignal<Option<Secret>>,
    /// Why it could not be taken, since it was tried.
    problem: RwSignal<Option<Readiness>>,
}

impl PassphraseDraft {
    /// Nothing is typed yet.
    pub(crate) fn new() -> Self {
        Self {
            first: RwSignal::new(Secret::default()),
            again: RwSignal::new(Secret::default()),
            shown: RwSignal::new(false),
            rating: RwSignal::new(None),
            suggested: RwSignal::new(None),
            problem: RwSignal::new(None),
        }
    }

    /// Overwrites what was typed.
    pub(crate) fn clear(self) {
        self.first.set(Secret::default());
        self.again.set(Secret::default());
        self.shown.set(false);
        self.rating.set(None);
        self.suggested.set(None);
        self.problem.set(None);
    }

    /// The passphrase, where it can be used; else the field says what is missing and takes the focus.
    pub(crate) fn take(self) -> Option<Secret> {
        let first = self.first.get_untracked();
        let acceptable = self.rating.with_untracked(|rating| {
            let of_this = rating.as_ref().filter(|(rated, _)| *rated == first);
            of_this.map(|(_, rating)| rating.acceptable)
        });
        let ready = readiness(&first, &self.again.get_untracked(), acceptable);
        if ready == Readiness::Ready {
            self.problem.set(None);
            return Some(first);
        }
        self.problem.set(Some(ready));
        page::focus(match ready {
            Readiness::Different => "#new-passphrase-again",
            Readiness::Empty | Readiness::Weak | Readiness::Ready => "#new-passphrase",
        });
        None
    }

    /// Has the hub judge what stands there now, unless it changes meanwhile.
    async fn judge(self, app: App, personal: Vec<Secret>) {
        let Some(passphrase) = self.first.try_get_untracked() else {
            return;
        };
        let ask = RatePassphrase {
            passphrase: passphrase.clone(),
            personal,
        };
        // Without a judgement now the hub judges at the end.
        let Ok(rating) = app.client.ask(ask).await else {
            return;
        };
        if self.first.try_get_untracked().as_ref() == Some(&passphrase) {
            self.rating.set(Some((passphrase, rating)));
        }
    }

    /// Fills in a passphrase that the hub draws, and shows it.
    async fn suggest(self, app: App) {
        let ask = RatePassphrase {
            passphrase: Secret::default(),
            personal: Vec::new(),
        };
        match app.client.ask(ask).await {
            Ok(rating) => {
                self.problem.set(None);
                self.first.set(rating.suggestion.clone());
                self.again.set(rating.suggestion.clone());
                self.suggested.set(Some(rating.suggestion));
                self.shown.set(true);
            }
            Err(fault) => app.tell_fault(&app.heed(fault)),
        }
    }
}

/// The two fields, the judgement and the suggestion. `personal` gives words that an attacker would try
/// first.
#[component]
pub(crate) fn NewPassphrase(
    draft: PassphraseDraft,
    personal: impl Fn() -> Vec<Secret> + Copy + 'static,
) -> impl IntoView {
    let app = app();
    follow(app, draft, personal);
    let problem = move |about: &'static [Readiness]| {
        Signal::derive(move || draft.problem.get().is_some_and(|it| about.contains(&it)))
    };
    let is_suggested = move || {
        draft
            .suggested
            .get()
            .is_some_and(|it| it == draft.first.get())
    };
    view! {
        <SecretField
            id="new-passphrase"
            label=Signal::derive(move || app.words().vault.new_passphrase)
            value=draft.first
            shown=draft.shown
            autocomplete="new-password"
            described_by="new-passphrase-strength"
            invalid=problem(&[Readiness::Empty, Readiness::Weak])
        />
        {strength(app, draft)}
        <div class="row">
            <button
                type="button"
                class="quiet"
                data-testid="suggest-passphrase"
                on:click=move |_| spawn_local(draft.suggest(app))
            >
                {icon(Icon::Again)}
                {move || {
                    let words = app.words().vault;
                    if is_suggested() { words.suggest_another } else { words.suggest }
                }}
            </button>
        </div>
        <p class="muted small" role="status">
            {move || is_suggested().then(|| app.words().vault.suggested)}
        </p>
        <SecretField
            id="new-passphrase-again"
            label=Signal::derive(move || app.words().vault.new_passphrase_again)
            value=draft.again
            shown=draft.shown
            autocomplete="new-password"
            invalid=problem(&[Readiness::Different])
        />
        <p class="field-problem" role="alert" data-testid="passphrase-problem">
            {move || draft.problem.get().map(|problem| problem_words(app, problem))}
        </p>
    }
}

/// Has the passphrase judged after it changed, and takes back what was said of another one.
fn follow(app: App, draft: PassphraseDraft, personal: impl Fn() -> Vec<Secret> + Copy + 'static) {
    Effect::new(move |_| {
        let typed = draft.first.get();
        if typed.is_empty() {
            draft.rating.set(None);
            return;
        }
        set_timeout(
            move || {
                if draft.first.try_get_untracked() == Some(typed) {
                    spawn_local(draft.judge(app, personal()));
                }
            },
            JUDGE_PATIENCE,
        );
    });
    Effect::new(move |before: Option<()>| {
        draft.first.track();
        draft.again.track();
        // What was said of another text does not hold for this one.
        if before.is_some() {
            draft.problem.set(None);
        }
    });
}

fn problem_words(app: App, problem: Readiness) -> &'static str {
    let words = app.words().vault;
    match problem {
        Readiness::Empty => words.passphrase_empty,
        Readiness::Weak => words.passphrase_weak,
        Readiness::Different => words.passphrase_different,
        Readiness::Ready => "",
    }
}

/// How strong it is, as a bar and in words.
fn strength(app: App, draft: PassphraseDraft) -> impl IntoView {
    let rating = move || draft.rating.get().map(|(_, rating)| rating);
    let word = move || {
        let words = app.words().vault;
        rating().map(|rating| match rating.score {
            0 => words.strength_none,
            1 => words.strength_weak,
            2 => words.strength_fair,
            3 => words.strength_good,
            _ => words.strength_best,
        })
    };
    let score = move || {
        let rated = rating().map(|rating| rating.score);
        rated.unwrap_or_default().min(SCORE_MAX).to_string()
    };
    let why = move || {
        let warning = rating()?.warning?;
        Some(rating_warning(&warning, app.language.get()).to_owned())
    };
    let usable = move || rating().map(|rating| rating.acceptable.to_string());
    view! {
        <div class="strength" data-testid="strength" data-score=score data-acceptable=usable>
            <progress
                max=SCORE_MAX.to_string()
                value=score
                aria-label=move || app.words().vault.strength
            ></progress>
            <p id="new-passphrase-strength" class="small" role="status">
                <span class="strength-word">{word}</span>
                {move || why().map(|why| format!(" {why}"))}
                {move || {
                    let nothing = draft.first.with(Secret::is_empty);
                    nothing.then(|| app.words().vault.passphrase_hint)
                }}
            </p>
        </div>
    }
}
