//! What the AI did, in plain sentences.

use contract::conversation::MessageState;
use contract::model::{PullState, PullView};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::{App, Section, app};
use crate::clock;
use crate::parts::{Composer, Icon, Skeleton, icon};
use crate::state::{Amounts, Event, Happening, by_day};

/// How many more conversations one press tells of.
const MORE: usize = 20;

/// The feed.
#[component]
pub(crate) fn Feed() -> impl IntoView {
    let app = app();
    spawn_local(app.read_feed());
    view! {
        <div class="place">
            <div class="scroll">
                <div class="column">
                    <header class="place-intro">
                        <h1>{move || app.words().feed_title}</h1>
                        <p class="muted">{move || app.words().feed_about}</p>
                    </header>
                    {move || pulls(app)}
                    {move || days(app)}
                </div>
            </div>
            <div class="column composer-column">
                <FeedComposer />
            </div>
        </div>
    }
}

/// From here a new conversation begins.
#[component]
fn FeedComposer() -> impl IntoView {
    view! { <Composer /> }
}

/// Downloads that are under way or failed.
fn pulls(app: App) -> Option<AnyView> {
    let words = app.words();
    let pulls = app.feed.with(|feed| feed.pulls.clone());
    if pulls.is_empty() {
        return None;
    }
    let lines = pulls.into_iter().map(|pull: PullView| {
        let text = match &pull.state {
            PullState::Failed { .. } => (words.feed_pull_failed)(&pull.source),
            PullState::Running { .. } | PullState::Done { .. } | PullState::Cancelled => {
                (words.feed_pulling)(&pull.source)
            }
        };
        view! {
            <li class="happening">
                <span class="happening-icon">{icon(Icon::Download)}</span>
                <div>
                    <p>{text}</p>
                    <button
                        type="button"
                        class="quiet"
                        on:click=move |_| app.go_to_section(Section::Models)
                    >
                        {words.section_models}
                    </button>
                </div>
            </li>
        }
    });
    Some(view! { <ul class="happenings">{lines.collect_view()}</ul> }.into_any())
}

fn days(app: App) -> AnyView {
    let words = app.words();
    let language = app.language.get();
    let (known, happenings) = app.feed.with(|feed| (feed.known, feed.newest_first()));
    if happenings.is_empty() {
        if !known {
            return view! { <Skeleton /> }.into_any();
        }
        return view! {
            <div class="empty">
                <span class="empty-icon">{icon(Icon::Feed)}</span>
                <h2>{words.feed_empty_title}</h2>
                <p class="muted">{words.feed_empty_text}</p>
                <button
                    type="button"
                    class="primary"
                    on:click=move |_| app.begin_conversation()
                >
                    {words.new_conversation}
                </button>
            </div>
        }
        .into_any();
    }
    let days = by_day(happenings, |one| clock::day(one.at))
        .into_iter()
        .map(|(_, day)| {
            let name = day.first().map(|one| clock::day_name(one.at, language));
            let lines = day.into_iter().map(|one| line(app, one));
            view! {
                <section>
                    <h2 class="day">{name}</h2>
                    <ul class="happenings">{lines.collect_view()}</ul>
                </section>
            }
        });
    let has_more = app.shelf.with(|shelf| shelf.total)
        > u64::try_from(app.feed_reach.get()).unwrap_or(u64::MAX);
    view! {
        {days.collect_view()}
        {has_more
            .then(|| {
                view! {
                    <button
                        type="button"
                        on:click=move |_| {
                            app.feed_reach.update(|reach| *reach += MORE);
                            spawn_local(app.read_feed());
                        }
                    >
                        {words.show_more}
                    </button>
                }
            })}
    }
    .into_any()
}

fn line(app: App, one: Happening) -> AnyView {
    let words = app.words();
    let amounts = Amounts(words);
    let at = clock::time(one.at, app.language.get());
    match one.event {
        Event::ModelCame {
            model,
            size,
            verified,
        } => {
            let check = if verified {
                words.feed_checked
            } else {
                words.feed_not_checked
            };
            let text = (words.feed_model_came)(&model, &amounts.bytes(size));
            happening(Icon::Model, text, check.to_owned(), at, None)
        }
        Event::Answered {
            conversation,
            title,
            model,
            ran_on,
            state,
            usage,
        } => {
            let model = model.unwrap_or_else(|| words.assistant.to_owned());
            let title = if title.trim().is_empty() {
                words.untitled.to_owned()
            } else {
                title
            };
            let (symbol, sentence) = match state {
                MessageState::Writing | MessageState::Done => (Icon::Message, words.feed_answered),
                MessageState::CutOff => (Icon::Message, words.feed_cut_off),
                MessageState::Stopped => (Icon::Stop, words.feed_stopped),
                MessageState::Failed { .. } => (Icon::Warning, words.feed_failed),
            };
            let place = match ran_on.as_deref() {
                None | Some("this device") => words.ran_on_this_device.to_lowercase(),
                Some(place) => (words.ran_on)(place),
            };
            let cost = usage.map(|usage| {
                let tokens = (words.tokens_count)(u64::from(usage.completion_tokens));
                (words.feed_cost)(&tokens, &amounts.span(usage.total_ms), &place)
            });
            let why = match &state {
                MessageState::Failed { fault } => fault.message.clone(),
                _ => cost.unwrap_or_default(),
            };
            let text = sentence(&model, &title);
            let open = view! {
                <button
                    type="button"
                    class="quiet"
                    on:click=move |_| app.open_conversation(conversation)
                >
                    {(words.open_conversation)(&title)}
                </button>
            };
            happening(symbol, text, why, at, Some(open.into_any()))
        }
    }
}

fn happening(
    symbol: Icon,
    text: String,
    more: String,
    at: String,
    verb: Option<AnyView>,
) -> AnyView {
    view! {
        <li class="happening" data-testid="happening">
            <span class="happening-icon">{icon(symbol)}</span>
            <div>
                <p>{text}</p>
                {(!more.is_empty()).then(|| view! { <p class="muted small">{more}</p> })}
                {verb}
            </div>
            <time class="muted small">{at}</time>
        </li>
    }
    .into_any()
}
