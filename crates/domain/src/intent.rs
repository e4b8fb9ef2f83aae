//! What a message asks for, by its words: which tools its answer may need.
//!
//! A small model that sees ten tools calls one of them whatever it is asked. So tools are offered only to
//! messages whose words name what the tool is for, in the languages of the UI, and what a message plainly
//! asks for is begun without asking the model at all. A message that names nothing is just answered. This
//! decides what is offered, never what is allowed.

mod named;

pub use named::{Foreign, Named, named};

use crate::introduction;
use crate::language::Language;

/// A call that is made before the model says anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The name of the tool.
    pub tool: &'static str,
    /// The text that the call is about; empty where the tool takes none.
    pub about: String,
}

/// What a message asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Intent {
    /// Calls to begin with.
    pub opening: Vec<Opening>,
    /// The names of the tools to offer, sorted.
    pub offered: Vec<&'static str>,
    /// Whether a tool must be called first: the message orders something that only a tool does.
    pub must_call: bool,
}

impl Intent {
    /// Whether the message is just to be answered.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.opening.is_empty() && self.offered.is_empty()
    }
}

/// Words that name what tools are for.
struct Cue {
    /// Any of these, as whole words in this order. A word that ends in `*` stands for all that begin so.
    words: &'static [&'static str],
    /// The tools to offer.
    offers: &'static [&'static str],
    /// Tools that are called at once, with nothing to say.
    opens: &'static [&'static str],
    /// Whether this is an order that only a tool carries out.
    orders: bool,
}

/// Words that ask the AI to introduce itself, by language.
const INTRODUCE: &[(Language, &[&str])] = &[
    (
        Language::English,
        &[
            "introduce yourself",
            "get me started",
            "help me get started",
            "who are you",
            "what can you do",
        ],
    ),
    (
        Language::German,
        &[
            "stell dich vor",
            "stell dich bitte vor",
            "stelle dich vor",
            "wer bist du",
            "was kannst du",
            "erste schritte",
        ],
    ),
];

const CUES: &[Cue] = &[
    Cue {
        words: &[
            "organize my day",
            "organise my day",
            "plan my day",
            "my day today",
            "meinen tag",
            "mein tag",
        ],
        offers: &["delegate", "set_reminder", "write_note"],
        opens: &["now", "list_reminders"],
        orders: false,
    },
    Cue {
        words: &[
            "system status",
            "status of the system",
            "systemstatus",
            "how is my computer",
            "how busy is",
            "disk space",
            "free memory",
            "wie geht es meinem rechner",
            "speicherplatz",
        ],
        offers: &[],
        opens: &["system_status"],
        orders: false,
    },
    Cue {
        words: &[
            "connect me with",
            "others interested in",
            "people interested in",
            "verbinde mich mit",
            "andere die sich fur",
        ],
        offers: &[],
        opens: &["find_people"],
        orders: false,
    },
    Cue {
        words: &["teach me", "something new", "bring mir", "etwas neues"],
        offers: &[],
        opens: &["recall"],
        orders: false,
    },
    Cue {
        words: &[
            "what time",
            "what date",
            "which day",
            "wie spat",
            "welches datum",
            "welcher tag",
        ],
        offers: &[],
        opens: &["now"],
        orders: false,
    },
    Cue {
        words: &["remind me", "set a reminder", "erinnere mich"],
        offers: &["set_reminder"],
        opens: &[],
        orders: true,
    },
    Cue {
        words: &["my reminders", "reminders", "erinnerungen"],
        offers: &[],
        opens: &["list_reminders"],
        orders: false,
    },
    Cue {
        words: &[
            "what do you know about me",
            "what do you remember",
            "do you remember",
            "was weisst du uber mich",
        ],
        offers: &[],
        opens: &["recall"],
        orders: false,
    },
    Cue {
        words: &[
            "make a note",
            "write a note",
            "take a note",
            "note down",
            "write down",
            "notiere",
            "notiz",
        ],
        offers: &["write_note"],
        opens: &[],
        orders: true,
    },
    Cue {
        words: &["my notes", "in my notes", "meine notizen", "meinen notizen"],
        offers: &[],
        opens: &["search_notes"],
        orders: false,
    },
    Cue {
        words: &[
            "my document*",
            "the document*",
            "the pdf",
            "dem dokument",
            "das dokument",
            "dokumente*",
        ],
        offers: &[],
        opens: &["search_documents"],
        orders: false,
    },
    Cue {
        words: &["my file*", "the file*", "folder*", "datei*", "ordner*"],
        offers: &["list_files", "read_file", "search_files", "write_file"],
        opens: &[],
        orders: false,
    },
    Cue {
        words: &["http*", "www*", "web page", "website", "webseite"],
        offers: &["fetch_page"],
        opens: &[],
        orders: false,
    },
    Cue {
        words: &["delegate", "a worker", "workers", "delegiere"],
        offers: &["delegate"],
        opens: &[],
        orders: true,
    },
    Cue {
        words: &["in parallel", "research", "recherchiere"],
        offers: &["delegate"],
        opens: &[],
        orders: false,
    },
];

/// Beginnings of an order to remember something; what stands behind is what to remember.
const REMEMBER: &[&str] = &[
    "please remember that ",
    "remember that ",
    "remember: ",
    "bitte merk dir, dass ",
    "merk dir, dass ",
    "merke dir, dass ",
    "merk dir: ",
];

/// Reads what a message asks for.
#[must_use]
pub fn read(message: &str) -> Intent {
    let mut intent = Intent::default();
    if let Some(fact) = fact_to_remember(message) {
        intent.opening.push(Opening {
            tool: "remember",
            about: fact.to_owned(),
        });
        return intent;
    }
    if introduction::read(message).is_some() {
        intent.opening.push(Opening {
            tool: "set_up",
            about: message.to_owned(),
        });
        return intent;
    }
    let words = words(message);
    let introduced = INTRODUCE
        .iter()
        .find(|(_, cues)| cues.iter().any(|phrase| holds(&words, phrase)));
    if let Some((language, _)) = introduced {
        intent.opening.push(Opening {
            tool: "introduce",
            about: language.code().to_owned(),
        });
    }
    for cue in CUES {
        if !cue.words.iter().any(|phrase| holds(&words, phrase)) {
            continue;
        }
        for tool in cue.opens {
            if intent.opening.iter().all(|opening| opening.tool != *tool) {
                intent.opening.push(Opening {
                    tool,
                    about: message.trim().to_owned(),
                });
            }
        }
        intent.offered.extend(cue.offers);
        intent.must_call |= cue.orders;
    }
    intent.offered.sort_unstable();
    intent.offered.dedup();
    intent
}

/// Letters that a word has at least to say what a text is about.
const TELLING_LETTERS_MIN: usize = 4;

/// Longer words that stand in any text, in the languages of the UI.
const COMMON: &[&str] = &[
    "aber", "about", "also", "auch", "bitte", "could", "dass", "diese", "dieser", "does", "eine",
    "einem", "einen", "einer", "from", "habe", "have", "hello", "ihre", "kann", "know", "make",
    "mein", "meine", "mich", "mine", "nicht", "oder", "please", "sein", "should", "show", "sind",
    "some", "tell", "than", "that", "their", "them", "then", "there", "these", "they", "this",
    "uber", "want", "warum", "were", "what", "when", "where", "which", "will", "with", "word",
    "words", "would", "write", "your",
];

/// The words of a text that tell what it is about, for a search.
#[must_use]
pub fn telling_words(text: &str) -> Vec<String> {
    let mut telling = words(text);
    telling.retain(|word| {
        word.chars().count() >= TELLING_LETTERS_MIN && !COMMON.contains(&word.as_str())
    });
    telling
}

/// What the person wants to be remembered, if the message is such an order.
fn fact_to_remember(message: &str) -> Option<&str> {
    let message = message.trim();
    REMEMBER.iter().find_map(|beginning| {
        let head = message.get(..beginning.len())?;
        let fact = message[beginning.len()..].trim();
        (head.eq_ignore_ascii_case(beginning) && !fact.is_empty()).then_some(fact)
    })
}

/// The words in lower case, with German letters as people write them who have none.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace('ä', "a")
        .replace('ö', "o")
        .replace('ü', "u")
        .replace('ß', "ss")
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether the words of a phrase stand in a text one behind the other.
fn holds(words: &[String], phrase: &str) -> bool {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    words.windows(phrase.len()).any(|window| {
        window
            .iter()
            .zip(&phrase)
            .all(|(word, wanted)| match wanted.strip_suffix('*') {
                Some(beginning) => word.starts_with(beginning),
                None => word == wanted,
            })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn opens(message: &str) -> Vec<&'static str> {
        let opening = read(message).opening;
        opening.iter().map(|opening| opening.tool).collect()
    }

    #[test]
    fn message_that_names_no_tool_is_just_answered() {
        for message in [
            "What is the capital of France?",
            "Write a poem about the sea.",
            "Wie heißt die Hauptstadt von Frankreich?",
            "I am noted for my status.",
            "",
        ] {
            assert!(read(message).is_plain(), "{message}: {:?}", read(message));
        }
    }

    #[test]
    fn the_four_things_of_the_first_screen_lead_somewhere() {
        assert_eq!(opens("Help me organize my day"), ["now", "list_reminders"]);
        assert_eq!(opens("Teach me something new"), ["recall"]);
        let others = "Connect me with others interested in beekeeping";
        assert_eq!(opens(others), ["find_people"]);
        assert_eq!(opens("Show me system status"), ["system_status"]);
        assert_eq!(
            opens("Hilf mir, meinen Tag zu planen"),
            ["now", "list_reminders"]
        );
    }

    #[test]
    fn order_to_remember_is_carried_out_with_the_persons_own_words() {
        let intent = read("Remember that I drink tea, never coffee.");
        assert_eq!(intent.opening[0].tool, "remember");
        assert_eq!(intent.opening[0].about, "I drink tea, never coffee.");
        assert_eq!(
            read("Merk dir, dass ich Tee trinke").opening[0].about,
            "ich Tee trinke"
        );
        assert!(
            read("remember that ").is_plain(),
            "there is nothing to remember"
        );
        assert!(read("I remember that day").is_plain());
    }

    #[test]
    fn first_conversation_introduces_the_ai_and_takes_the_answers() {
        let hello = read("Hello! Please introduce yourself and help me get started.");
        assert_eq!(hello.opening.len(), 1);
        assert_eq!(hello.opening[0].tool, "introduce");
        assert_eq!(hello.opening[0].about, "en");
        let german = read("Hallo! Stell dich bitte vor und hilf mir bei den ersten Schritten.");
        assert_eq!(german.opening[0].about, "de");
        let told = format!("{}: Ada", Language::English.words().name);
        assert_eq!(opens(&told), ["set_up"]);
    }

    #[test]
    fn order_that_only_a_tool_carries_out_must_call_it() {
        let intent = read("Please remind me to call Mum at five");
        assert_eq!(intent.offered, ["set_reminder"]);
        assert!(intent.must_call);
        let intent = read("What is in the files of this folder?");
        assert!(intent.offered.contains(&"list_files") && !intent.must_call);
    }

    #[test]
    fn only_telling_words_are_searched_for() {
        let words = telling_words("What would you tell me about my favourite tea, Earl Grey?");
        assert_eq!(words, ["favourite", "earl", "grey"]);
        assert!(telling_words("What is this?").is_empty());
        assert!(COMMON.is_sorted());
    }

    #[test]
    fn umlauts_may_be_left_out() {
        assert_eq!(opens("Wie spät ist es?"), opens("wie spat ist es"));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,80}") {
            let intent = read(&text);
            prop_assert!(intent.offered.is_sorted());
        }
    }
}
