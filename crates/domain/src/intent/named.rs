//! Which tools of other programs a message names: by their name, by that of their server, or by what they
//! say they do.

use super::{holds, telling_words, words};

/// The most tools of other programs that are offered at once. Small models choose badly among more.
const OFFERED_MAX: usize = 6;

/// Telling words of a message that must stand in what a tool says it does. One alone is chance.
const SHARED_WORDS_MIN: usize = 2;

/// A tool of another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign<'a> {
    /// The name of its server.
    pub server: &'a str,
    /// Its own name.
    pub name: &'a str,
    /// What it says it does. It may lie: this only decides what is offered.
    pub about: &'a str,
}

/// What a message asks of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named {
    /// Which are offered, by their places in what was given; the most fitting first.
    pub offered: Vec<usize>,
    /// Whether one must be called: the message spells its whole name.
    pub must_call: bool,
}

/// How well a tool fits; the better ones stand first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Spelled,
    Tool,
    Server,
    Words,
}

/// Reads which of these tools a message names.
#[must_use]
pub fn named(message: &str, tools: &[Foreign<'_>]) -> Named {
    let lower = message.to_lowercase();
    let said = words(message);
    let telling = telling_words(message);
    let mut fits: Vec<(Fit, usize)> = tools
        .iter()
        .enumerate()
        .filter_map(|(at, tool)| Some((fit(&lower, &said, &telling, tool)?, at)))
        .collect();
    fits.sort_unstable();
    let must_call = fits.first().is_some_and(|(fit, _)| *fit == Fit::Spelled);
    if must_call {
        // Whoever spells a name means no other.
        fits.retain(|(fit, _)| *fit == Fit::Spelled);
    }
    let offered = fits.into_iter().map(|(_, at)| at).take(OFFERED_MAX);
    Named {
        offered: offered.collect(),
        must_call,
    }
}

fn fit(lower: &str, said: &[String], telling: &[String], tool: &Foreign<'_>) -> Option<Fit> {
    let whole = format!("{}.{}", tool.server, tool.name).to_lowercase();
    if stands_alone(lower, &whole) {
        return Some(Fit::Spelled);
    }
    let name = phrase(tool.name);
    // A name such as `get` says nothing; one of two words does.
    let is_telling = name.contains(' ') || !telling_words(&name).is_empty();
    if is_telling && holds(said, &name) {
        return Some(Fit::Tool);
    }
    let server = phrase(tool.server);
    if !server.is_empty() && holds(said, &server) {
        return Some(Fit::Server);
    }
    let about = words(tool.about);
    let shared = telling.iter().filter(|word| about.contains(word)).count();
    (shared >= SHARED_WORDS_MIN).then_some(Fit::Words)
}

/// A name as words: `getWeather`, `get-weather` and `get_weather` are the same two.
fn phrase(name: &str) -> String {
    let mut apart = String::new();
    let mut was_small = false;
    for letter in name.chars() {
        if letter.is_uppercase() && was_small {
            apart.push(' ');
        }
        was_small = letter.is_lowercase() || letter.is_numeric();
        apart.push(letter);
    }
    words(&apart).join(" ")
}

/// Whether a name stands in a text and is not a part of a longer one.
fn stands_alone(text: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOLS: &[Foreign<'_>] = &[
        Foreign {
            server: "sums",
            name: "add",
            about: "Adds two numbers.",
        },
        Foreign {
            server: "weather",
            name: "getForecast",
            about: "Tells tomorrow's rain and sunshine for a city.",
        },
        Foreign {
            server: "weather",
            name: "warn",
            about: "Warns of storms.",
        },
    ];

    fn offered(message: &str) -> Vec<usize> {
        named(message, TOOLS).offered
    }

    #[test]
    fn spelled_name_is_the_only_one_and_must_be_called() {
        for message in ["Use sums.add for 2 and 3.", "SUMS.ADD(2, 3)"] {
            let named = named(message, TOOLS);
            assert_eq!(
                (named.offered, named.must_call),
                (vec![0], true),
                "{message}"
            );
        }
        for message in ["sums.adder", "my-sums.add_all"] {
            assert!(!named(message, TOOLS).must_call, "{message}");
        }
    }

    #[test]
    fn server_and_tool_are_named_in_ordinary_words() {
        assert_eq!(offered("Ask sums what two and three are"), [0]);
        assert_eq!(offered("How will the weather be?"), [1, 2]);
        assert_eq!(offered("Please get forecast for Ulm"), [1]);
        assert_eq!(offered("Will there be rain or sunshine?"), [1]);
        assert!(!named("How will the weather be?", TOOLS).must_call);
    }

    #[test]
    fn message_that_names_none_is_offered_none() {
        for message in [
            "What is the capital of France?",
            "I love sunshine",
            "",
            "add salt",
        ] {
            assert_eq!(offered(message), Vec::<usize>::new(), "{message}");
        }
    }

    #[test]
    fn no_more_are_offered_than_a_small_model_can_choose_from() {
        let many = vec![TOOLS[1]; 40];
        assert_eq!(named("the weather", &many).offered.len(), OFFERED_MAX);
    }
}
