//! The recovery words: shown to be written down, then asked back.

use contract::identity::{ConfirmRecoveryWords, ReadRecoveryWords};
use contract::{Fault, Secret};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::{App, app};
use crate::page;
use crate::parts::{Icon, Refusal, SecretField, icon};
use crate::state::{places_to_ask, wrong_places};

/// The words in their order, or the passphrase that shows them again. `next` runs when the person says
/// that they are written down.
#[component]
pub(crate) fn WordsShown(next: Callback<()>) -> impl IntoView {
    let app = app();
    move || {
        if app.fresh_words.with(Vec::is_empty) {
            view! { <AskForWords /> }.into_any()
        } else {
            view! { <WordsGrid next /> }.into_any()
        }
    }
}

#[component]
fn WordsGrid(next: Callback<()>) -> impl IntoView {
    let app = app();
    let words = app.fresh_words.get_untracked();
    let cells = words.into_iter().map(|word| {
        view! {
            <li translate="no" lang="en">
                {word.expose().to_owned()}
            </li>
        }
    });
    view! {
        <p>{move || app.words().vault.words_why}</p>
        <ul class="points">
            <li>{move || app.words().vault.words_paper}</li>
            <li>{move || app.words().vault.words_order}</li>
            <li>{move || app.words().vault.words_nobody}</li>
        </ul>
        <ol
            class="recovery-words"
            data-testid="recovery-words"
            aria-label=move || app.words().vault.recovery_words
        >
            {cells.collect_view()}
        </ol>
        <div class="setup-verbs">
            <button
                type="button"
                class="primary"
                data-testid="words-written"
                on:click=move |_| next.run(())
            >
                {move || app.words().vault.words_written}
                {icon(Icon::Right)}
            </button>
        </div>
    }
}

/// The page was opened anew before the words were confirmed.
#[component]
fn AskForWords() -> impl IntoView {
    let app = app();
    let passphrase = RwSignal::new(Secret::default());
    let shown = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let refusal = RwSignal::new(None::<Fault>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = passphrase.get_untracked();
        if typed.is_empty() {
            page::focus("#words-passphrase");
            return;
        }
        busy.set(true);
        refusal.set(None);
        spawn_local(async move {
            let answer = app.ask(ReadRecoveryWords { passphrase: typed }).await;
            if busy.try_set(false).is_some() {
                return;
            }
            passphrase.set(Secret::default());
            match answer {
                Ok(read) => app.fresh_words.set(read.words),
                Err(fault) => refusal.set(Some(app.heed(fault))),
            }
        });
    };
    view! {
        <form class="stack" data-testid="words-again" on:submit=submit>
            <p>{move || app.words().vault.words_again}</p>
            <SecretField
                id="words-passphrase"
                label=Signal::derive(move || app.words().vault.passphrase)
                value=passphrase
                shown
                autocomplete="current-password"
            />
            <Refusal refusal />
            <div class="setup-verbs">
                <button
                    type="submit"
                    class="primary"
                    data-testid="words-show"
                    disabled=move || busy.get()
                >
                    {move || {
                        let words = app.words().vault;
                        if busy.get() { words.one_moment } else { words.words_show }
                    }}
                </button>
            </div>
        </form>
    }
}

/// Three of the words, asked back. `look` leads back to all of them; `done` runs when they were right.
#[component]
pub(crate) fn WordsAskedBack(look: Callback<()>, done: Callback<()>) -> impl IntoView {
    let app = app();
    let count = app.fresh_words.with_untracked(Vec::len);
    if count == 0 {
        // Opened anew, or locked meanwhile: there is nothing here to compare with.
        look.run(());
    }
    let said = StoredValue::new(fields_to_ask(count));
    let wrong = RwSignal::new(Vec::<u8>::new());
    let busy = RwSignal::new(false);
    let refusal = RwSignal::new(None::<Fault>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        refusal.set(None);
        let words = said.with_value(|said| typed(said));
        let mistakes = app
            .fresh_words
            .with_untracked(|all| wrong_places(all, &words));
        let first = mistakes.first().copied();
        wrong.set(mistakes);
        if let Some(place) = first {
            page::focus(&format!("#word-{place}"));
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let answer = confirm(app, words).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(()) => done.run(()),
                Err(fault) => refusal.set(Some(fault)),
            }
        });
    };
    let fields = said.with_value(|said| said.clone()).into_iter();
    let fields = fields.map(move |(place, word)| asked(app, place, word, wrong));
    view! {
        <form class="stack" data-testid="words-quiz" on:submit=submit>
            <p>{move || app.words().vault.quiz_text}</p>
            {fields.collect_view()}
            <p class="field-problem" role="alert" data-testid="quiz-wrong">
                {move || (!wrong.with(Vec::is_empty)).then(|| app.words().vault.quiz_wrong)}
            </p>
            <Refusal refusal />
            <div class="setup-verbs">
                <button type="button" data-testid="quiz-look" on:click=move |_| look.run(())>
                    {icon(Icon::Left)}
                    {move || app.words().vault.quiz_look}
                </button>
                <button
                    type="submit"
                    class="primary"
                    data-testid="quiz-check"
                    disabled=move || busy.get()
                >
                    {move || {
                        let words = app.words().vault;
                        if busy.get() { words.one_moment } else { words.quiz_check }
                    }}
                </button>
            </div>
        </form>
    }
}

/// Empty fields for some of the words.
fn fields_to_ask(count: usize) -> Vec<(u8, RwSignal<Secret>)> {
    let places = places_to_ask(count, js_sys::Math::random).into_iter();
    places
        .map(|place| (place, RwSignal::new(Secret::default())))
        .collect()
}

/// What stands in them.
fn typed(fields: &[(u8, RwSignal<Secret>)]) -> Vec<(u8, Secret)> {
    let fields = fields.iter();
    fields
        .map(|(place, word)| (*place, tidy(&word.get_untracked())))
        .collect()
}

fn tidy(word: &Secret) -> Secret {
    Secret::from(word.expose().trim().to_lowercase())
}

async fn confirm(app: App, words: Vec<(u8, Secret)>) -> Result<(), Fault> {
    let answer = app.ask(ConfirmRecoveryWords { words }).await;
    answer.map_err(|fault| app.heed(fault))?;
    app.fresh_words.set(Vec::new());
    app.identity.update(|view| {
        if let Some(owner) = view.as_mut().and_then(|view| view.owner.as_mut()) {
            owner.words_confirmed = true;
        }
    });
    Ok(())
}

/// The field for one word.
fn asked(app: App, place: u8, word: RwSignal<Secret>, wrong: RwSignal<Vec<u8>>) -> impl IntoView {
    let id = format!("word-{place}");
    let field = id.clone();
    let is_wrong = move || wrong.with(|wrong| wrong.contains(&place));
    view! {
        <label class="field" for=id>
            <span>{move || (app.words().vault.quiz_word)(&place.to_string())}</span>
            <input
                type="text"
                id=field
                data-testid="quiz-word"
                data-place=place.to_string()
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-invalid=move || is_wrong().then_some("true")
                prop:value=move || word.with(|word| word.expose().to_owned())
                on:input=move |event| {
                    word.set(Secret::from(event_target_value(&event)));
                    if is_wrong() {
                        wrong.update(|wrong| wrong.retain(|it| *it != place));
                    }
                }
            />
        </label>
    }
}

/// New words of a hub that was set up long ago: shown and asked back before anything else.
#[component]
pub(crate) fn NewWords() -> impl IntoView {
    let app = app();
    let asks = RwSignal::new(false);
    let title = move || {
        let words = app.words().vault;
        if asks.get() {
            words.quiz_title
        } else {
            words.words_title
        }
    };
    Effect::new(move |_| {
        asks.track();
        page::after_drawing(|| page::begin_at("main.setup", "#words-title"));
    });
    let next = Callback::new(move |()| asks.set(true));
    let look = Callback::new(move |()| asks.set(false));
    // With the words confirmed the frame is shown.
    let done = Callback::new(move |()| app.tell(app.words_now().vault.words_confirmed));
    view! {
        <main class="setup" data-testid="new-words">
            <div class="setup-page">
                <h1 id="words-title" tabindex="-1">
                    {title}
                </h1>
                {move || {
                    if asks.get() {
                        view! { <WordsAskedBack look done /> }.into_any()
                    } else {
                        view! { <WordsShown next /> }.into_any()
                    }
                }}
            </div>
        </main>
    }
}
