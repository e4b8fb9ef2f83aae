//! One line of the feed: what, why, at what cost, and what can be done about it.

use base::{AgentId, ConversationId, Timestamp};
use contract::conversation::{MessageState, UsageView};
use contract::feed::{FeedEntry, FeedKind};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::App;
use crate::clock;
use crate::parts::{Icon, icon, place_words};
use crate::state::{Amounts, Event, Happening, Row};
use crate::words::Words;

/// What a line says and offers.
struct Line {
    symbol: Icon,
    kind: Option<FeedKind>,
    number: Option<i64>,
    text: String,
    more: String,
    at: String,
    verbs: AnyView,
}

/// One line.
pub(super) fn line(app: App, row: &Row) -> AnyView {
    let line = match row {
        Row::Entry(entry, from) => of_entry(app, entry, from.as_deref()),
        Row::Happening(happening) => of_happening(app, happening),
    };
    view! {
        <li
            class="happening"
            data-testid="happening"
            data-kind=line.kind.map(FeedKind::name)
            data-number=line.number.map(|number| number.to_string())
        >
            <span class="happening-icon">{icon(line.symbol)}</span>
            <div>
                <p>
                    {line
                        .kind
                        .map(|kind| {
                            view! { <span class="hidden">{app.words().acts.kind(kind)} ": "</span> }
                        })}
                    {line.text}
                </p>
                {(!line.more.is_empty())
                    .then(|| view! { <p class="muted small">{line.more}</p> })}
                <span class="row">{line.verbs}</span>
            </div>
            <time class="muted small">{line.at}</time>
        </li>
    }
    .into_any()
}

fn of_entry(app: App, entry: &FeedEntry, from: Option<&Happening>) -> Line {
    let words = app.words();
    let language = app.language.get();
    let text = entry.text_in(language.tag());
    let undone = entry.undone.map(|at| {
        let time = clock::time(at, language);
        (words.acts.undone_at)(&time)
    });
    let cost = from.and_then(|from| cost_of(words, from));
    let verbs = view! {
        {entry.can_undo.then(|| undo_button(app, entry.number, text))}
        {entry.agent.map(|agent| why_button(app, agent, text))}
        {entry.conversation.map(|id| open_button(app, id, words.acts.feed_open.to_owned()))}
    };
    Line {
        symbol: symbol(entry.kind),
        kind: Some(entry.kind),
        number: Some(entry.number),
        text: text.to_owned(),
        more: undone.or(cost).unwrap_or_default(),
        at: clock::time(entry.at, language),
        verbs: verbs.into_any(),
    }
}

fn symbol(kind: FeedKind) -> Icon {
    match kind {
        FeedKind::Answer => Icon::Message,
        FeedKind::Delegation => Icon::Share,
        FeedKind::Look => Icon::Eye,
        FeedKind::Change => Icon::Pencil,
        FeedKind::Memory => Icon::Data,
        FeedKind::Approval => Icon::Shield,
        FeedKind::Reminder => Icon::Info,
        FeedKind::Failure => Icon::Warning,
    }
}

fn undo_button(app: App, number: i64, text: &str) -> AnyView {
    let acts = app.words().acts;
    let busy = RwSignal::new(false);
    let undo = move |_| {
        busy.set(true);
        spawn_local(async move {
            let now = Timestamp::from_millis(clock::now());
            match app.undo_entry(number, now).await {
                Ok(()) => app.tell(app.words_now().acts.undone),
                Err(fault) => app.tell_fault(&fault),
            }
            busy.try_set(false);
        });
    };
    view! {
        <button
            type="button"
            class="quiet"
            data-testid="undo"
            aria-label=(acts.undo_named)(text)
            disabled=move || busy.get()
            on:click=undo
        >
            {acts.undo}
        </button>
    }
    .into_any()
}

fn why_button(app: App, agent: AgentId, text: &str) -> AnyView {
    let acts = app.words().acts;
    view! {
        <button
            type="button"
            class="quiet"
            data-testid="why"
            aria-label=(acts.why_named)(text)
            on:click=move |_| app.show_steps(agent)
        >
            {acts.why}
        </button>
    }
    .into_any()
}

fn open_button(app: App, conversation: ConversationId, name: String) -> AnyView {
    view! {
        <button
            type="button"
            class="quiet"
            on:click=move |_| app.open_conversation(conversation)
        >
            {name}
        </button>
    }
    .into_any()
}

fn of_happening(app: App, one: &Happening) -> Line {
    let words = app.words();
    let at = clock::time(one.at, app.language.get());
    match &one.event {
        Event::ModelCame {
            model,
            size,
            verified,
        } => {
            let check = if *verified {
                words.feed_checked
            } else {
                words.feed_not_checked
            };
            Line {
                symbol: Icon::Model,
                kind: None,
                number: None,
                text: (words.feed_model_came)(model, &Amounts(words).bytes(*size)),
                more: check.to_owned(),
                at,
                verbs: ().into_any(),
            }
        }
        Event::Answered {
            conversation,
            title,
            model,
            state,
            ..
        } => {
            let model = model.as_deref().unwrap_or(words.assistant);
            let title = if title.trim().is_empty() {
                words.untitled
            } else {
                title.as_str()
            };
            let (symbol, sentence) = match state {
                MessageState::Writing | MessageState::Done => (Icon::Message, words.feed_answered),
                MessageState::CutOff => (Icon::Message, words.feed_cut_off),
                MessageState::Stopped => (Icon::Stop, words.feed_stopped),
                MessageState::Failed { .. } => (Icon::Warning, words.feed_failed),
            };
            let why = match state {
                MessageState::Failed { fault } => fault.message.clone(),
                _ => cost_of(words, one).unwrap_or_default(),
            };
            let name = (words.open_conversation)(title);
            Line {
                symbol,
                kind: None,
                number: None,
                text: sentence(model, title),
                more: why,
                at,
                verbs: open_button(app, *conversation, name),
            }
        }
    }
}

/// What an answer cost and where it was computed.
fn cost_of(words: &'static Words, one: &Happening) -> Option<String> {
    let Event::Answered { ran_on, usage, .. } = &one.event else {
        return None;
    };
    // What the program itself said, no model was asked for.
    let usage = usage.filter(|usage| usage.completion_tokens > 0);
    usage.map(|usage| cost_words(words, &usage, ran_on.as_deref()))
}

fn cost_words(words: &'static Words, usage: &UsageView, ran_on: Option<&str>) -> String {
    let place = within_sentence(&place_words(words, ran_on.unwrap_or("this device")));
    let tokens = (words.tokens_count)(u64::from(usage.completion_tokens));
    (words.feed_cost)(&tokens, &Amounts(words).span(usage.total_ms), &place)
}

/// A sentence as a part of another one: its first letter is small.
fn within_sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn answer_says_what_it_cost_and_where_it_was_computed() {
        let usage = UsageView {
            prompt_tokens: 20,
            cached_tokens: 0,
            completion_tokens: 11,
            first_token_ms: 500,
            total_ms: 1_500,
        };
        assert_eq!(
            cost_words(Language::English.words(), &usage, Some("this device")),
            "11 tokens in 1.5 s, stayed on this device."
        );
        assert_eq!(
            cost_words(Language::German.words(), &usage, Some("laptop")),
            "11 Token in 1,5 s, lief auf laptop."
        );
        assert_eq!(
            cost_words(Language::German.words(), &usage, None),
            "11 Token in 1,5 s, blieb auf diesem Gerät.",
            "nouns keep their large letters"
        );
    }
}
