//! Documents that a person gives to the AI, beside the text box.

use contract::memory::DOCUMENT_BYTES_MAX;
use leptos::html;
use leptos::prelude::*;

use super::{FaultCard, Icon, IconButton, icon};
use crate::app::{App, app};
use crate::state::{Amounts, Gift, Stage};
use crate::words::Words;

/// What the browser offers first when files are chosen. What a file is, the hub finds out itself.
const KINDS: &str = ".txt,.md,.html,.htm,.csv,.pdf";

/// The button that gives a document.
#[component]
pub(super) fn GiveButton() -> impl IntoView {
    let app = app();
    let field = NodeRef::<html::Input>::new();
    let take = move |_| {
        let Some(field) = field.get_untracked() else {
            return;
        };
        if let Some(files) = field.files() {
            app.give(&files);
        }
        // So that the same file can be chosen once more.
        field.set_value("");
    };
    view! {
        <input
            type="file"
            class="hidden"
            tabindex="-1"
            aria-hidden="true"
            multiple
            accept=KINDS
            data-testid="give-file"
            node_ref=field
            on:change=take
        />
        <IconButton
            which=Icon::Clip
            hook="give"
            name=Signal::derive(move || app.words().keeps.give_document.to_owned())
            press=move || {
                if let Some(field) = field.get_untracked() {
                    field.click();
                }
            }
        />
    }
}

/// How far the documents are that a person gives.
#[component]
pub(super) fn Gifts() -> impl IntoView {
    let app = app();
    let is_any = Memo::new(move |_| app.gifts.with(|gifts| !gifts.is_empty()));
    view! {
        <Show when=move || is_any.get()>
            <ul
                class="gifts"
                aria-live="polite"
                aria-label=move || app.words().keeps.gifts
                data-testid="gifts"
            >
                {move || {
                    let gifts = app.gifts.get();
                    gifts.into_iter().map(|gift| line(app, &gift)).collect_view()
                }}
            </ul>
        </Show>
    }
}

fn line(app: App, gift: &Gift) -> AnyView {
    let words = app.words();
    let number = gift.number;
    let text = gift_words(words, gift);
    let name = gift.name.clone();
    let symbol = match gift.stage {
        Stage::Given(_) => Icon::Check,
        Stage::Reading(_) | Stage::Indexing => Icon::Clip,
        Stage::TooLarge | Stage::Unreadable | Stage::Refused(_) => Icon::Warning,
    };
    let progress = match gift.stage {
        Stage::Reading(percent) => Some(
            view! {
                <progress max="100" value=percent.to_string() aria-label=text.clone()></progress>
            }
            .into_any(),
        ),
        // How long that takes, nobody knows: a bar without an end.
        Stage::Indexing => Some(view! { <progress aria-label=text.clone()></progress> }.into_any()),
        Stage::TooLarge | Stage::Unreadable | Stage::Refused(_) | Stage::Given(_) => None,
    };
    let card = match &gift.stage {
        Stage::Refused(fault) => {
            let fault = fault.clone();
            Some(view! { <FaultCard fault title=text.clone() /> })
        }
        _ => None,
    };
    let has_card = card.is_some();
    view! {
        <li class="gift">
            {(!has_card)
                .then(|| {
                    view! {
                        <p class="small">{icon(symbol)} <span>{text}</span></p>
                    }
                })}
            {progress}
            {card}
            {gift
                .is_over()
                .then(|| {
                    view! {
                        <IconButton
                            which=Icon::Close
                            name=Signal::derive(move || {
                                (app.words().keeps.gift_dismiss_named)(&name)
                            })
                            press=move || app.dismiss_gift(number)
                        />
                    }
                })}
        </li>
    }
    .into_any()
}

/// How far a document is, as a sentence.
fn gift_words(words: &'static Words, gift: &Gift) -> String {
    let amounts = Amounts(words);
    let keeps = words.keeps;
    let name = format!(
        "{} ({})",
        gift.name,
        amounts.bytes(base::ByteCount(gift.bytes))
    );
    match &gift.stage {
        Stage::TooLarge => {
            let most = amounts.bytes(base::ByteCount(DOCUMENT_BYTES_MAX));
            (keeps.gift_too_large)(&name, &most)
        }
        Stage::Reading(percent) => (keeps.gift_reading)(&name, &(words.percent)(*percent)),
        Stage::Unreadable => (keeps.gift_unreadable)(&name),
        Stage::Indexing => (keeps.gift_indexing)(&name),
        Stage::Refused(_) => (keeps.gift_refused)(&name),
        Stage::Given(document) if document.conversation.is_none() => {
            (keeps.gift_given_for_all)(&name)
        }
        Stage::Given(_) => (keeps.gift_given)(&name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn file_that_is_too_large_is_told_with_its_size_and_the_limit_before_it_is_read() {
        let gift = Gift::new(0, "atlas.pdf".to_owned(), 40_000_000);
        assert_eq!(
            gift_words(Language::English.words(), &gift),
            "atlas.pdf (40 MB) is too large. A document may have 33.6 MB."
        );
        assert!(gift.is_over(), "nothing more happens to it");
    }

    #[test]
    fn document_under_way_says_how_far_it_is() {
        let mut gift = Gift::new(0, "tale.txt".to_owned(), 1_200);
        gift.stage = Stage::Reading(40);
        let german = Language::German.words();
        assert_eq!(
            gift_words(german, &gift),
            "tale.txt (1,2 kB) wird gelesen, 40 %"
        );
        gift.stage = Stage::Indexing;
        assert_eq!(gift_words(german, &gift), "Die KI liest tale.txt (1,2 kB)");
        assert!(!gift.is_over());
    }
}
