//! What a person is told of calls and of agents, as sentences in each language of the front ends.
//!
//! A sentence is made once, in all languages, and kept so: whoever reads it later reads it in their own, and
//! finds it by its words.

use std::collections::BTreeMap;

use domain::agent::budget::Resource;
use domain::agent::call::{Call, Declined};
use domain::agent::capability::Capability;
use domain::agent::level::Level;
use domain::agent::tree::Failure;
use domain::language::Language;
use serde_json::Value;

use crate::convert::capital;

/// Characters of a text that a sentence quotes.
const QUOTED_CHARS: usize = 120;

/// The same sentence in each language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sentence {
    /// In English.
    pub(super) text: String,
    /// In the other languages, by their codes.
    pub(super) translations: BTreeMap<String, String>,
}

impl Sentence {
    fn new(say: impl Fn(Language) -> String) -> Self {
        let others = Language::ALL
            .into_iter()
            .filter(|language| *language != Language::English);
        Self {
            text: say(Language::English),
            translations: others
                .map(|language| (language.code().to_owned(), say(language)))
                .collect(),
        }
    }
}

/// What a call would do.
pub(super) fn would(call: &Call) -> Sentence {
    Sentence::new(|language| act(call, language).would)
}

/// What a call has done.
pub(super) fn did(call: &Call) -> Sentence {
    Sentence::new(|language| act(call, language).did)
}

/// That a call failed.
pub(super) fn failed(call: &Call, reason: &str) -> Sentence {
    Sentence::new(|language| {
        let (wanted, reason) = (act(call, language).would, quoted(reason, language));
        match language {
            Language::English => format!("{wanted} It failed: {reason}"),
            Language::German => format!("{wanted} Das ging nicht: {reason}"),
        }
    })
}

/// That a call was cut off.
pub(super) fn cut_off(call: &Call) -> Sentence {
    Sentence::new(|language| {
        let wanted = act(call, language).would;
        let so = match language {
            Language::English => "It was cut off, and it is not known whether it happened.",
            Language::German => "Es wurde unterbrochen; ob es geschehen ist, ist nicht bekannt.",
        };
        format!("{wanted} {so}")
    })
}

/// That a call was not approved.
pub(super) fn declined(call: &Call, why: Declined) -> Sentence {
    Sentence::new(|language| {
        let why = match (language, why) {
            (Language::English, Declined::ByPerson) => "You said no:",
            (Language::English, Declined::TakenOver) => "You took over:",
            (Language::English, Declined::Unanswered) => "Nobody answered, so it was not done:",
            (Language::German, Declined::ByPerson) => "Du hast abgelehnt:",
            (Language::German, Declined::TakenOver) => "Du hast übernommen:",
            (Language::German, Declined::Unanswered) => {
                "Niemand hat geantwortet, also wurde es nicht getan:"
            }
        };
        format!("{why} {}", act(call, language).would)
    })
}

/// That work was given to an agent.
pub(super) fn gave_work(to: Level, task: &str) -> Sentence {
    Sentence::new(|language| {
        let (whom, task) = (called(to, language), quoted(task, language));
        match language {
            Language::English => format!("Gave work to {whom}: {task}"),
            Language::German => format!("Arbeit an {whom} gegeben: {task}"),
        }
    })
}

/// That an agent could not go on.
pub(super) fn stuck(who: Level, why: &Failure) -> Sentence {
    Sentence::new(|language| {
        let (who, why) = (capital(called(who, language)), failure_in(why, language));
        match language {
            Language::English => format!("{who} could not go on: {why}"),
            Language::German => format!("{who} kam nicht weiter: {why}"),
        }
    })
}

/// That an agent has ended its part.
pub(super) fn concluded(who: Level) -> Sentence {
    Sentence::new(|language| {
        let who = capital(called(who, language));
        match language {
            Language::English => format!("{who} came to an answer."),
            Language::German => format!("{who} kam zu einer Antwort."),
        }
    })
}

/// That the person has an answer.
pub(super) fn answered(task: &str) -> Sentence {
    Sentence::new(|language| {
        let task = quoted(task, language);
        match language {
            Language::English => format!("Answered: {task}"),
            Language::German => format!("Beantwortet: {task}"),
        }
    })
}

/// Why an agent could not go on, in English.
pub(super) fn failure(failure: &Failure) -> String {
    failure_in(failure, Language::English)
}

fn failure_in(failure: &Failure, language: Language) -> String {
    match (failure, language) {
        // What the model, a server or the system said.
        (Failure::Turn { reason, .. }, _) => reason.clone(),
        (Failure::Overspent(resource), Language::English) => format!("it used up its {resource}"),
        (Failure::Overspent(resource), Language::German) => {
            let what = match resource {
                Resource::Cpu => "die Rechenzeit",
                Resource::Memory => "der Speicher",
                Resource::Tokens => "die Token",
                Resource::Wall => "die Zeit",
                Resource::Depth => "die Ebenen von Agenten",
                Resource::Children => "die Agenten",
            };
            format!("aufgebraucht: {what}")
        }
        (Failure::CrashedTooOften, Language::English) => {
            "HAI-Net crashed repeatedly during this work".to_owned()
        }
        (Failure::CrashedTooOften, Language::German) => {
            "HAI-Net ist bei dieser Arbeit mehrmals abgestürzt".to_owned()
        }
    }
}

/// What an agent is called within a sentence.
fn called(level: Level, language: Language) -> &'static str {
    match (language, level) {
        (Language::English, level) => super::actor::called(level),
        (Language::German, Level::Admin) => "deine KI",
        (Language::German, Level::Manager) => "eine Planung",
        (Language::German, Level::Worker) => "eine Ausführung",
    }
}

/// What a call would do, and what it has done then.
struct Act {
    would: String,
    did: String,
}

impl Act {
    fn new(would: String, did: String) -> Self {
        Self { would, did }
    }
}

fn act(call: &Call, language: Language) -> Act {
    match language {
        Language::English => in_english(call),
        Language::German => in_german(call),
    }
}

/// The tool and the server where it is one of a server.
fn of_server(call: &Call) -> Option<(&str, &str)> {
    let Capability::Mcp(server) = &call.capability else {
        return None;
    };
    let name = call.tool.strip_prefix(server.as_str());
    let name = name.and_then(|name| name.strip_prefix('.'));
    Some((name.unwrap_or(&call.tool), server))
}

fn in_english(call: &Call) -> Act {
    let both = |would: &str, has: &str, about: &str| {
        Act::new(format!("{would} {about}"), format!("{has} {about}"))
    };
    if let Some((tool, server)) = of_server(call) {
        let tool = format!("the tool {tool} of the server {server}.");
        return both("Call", "Called", &tool);
    }
    let of = |key: &str| argument(call, key, Language::English);
    match call.tool.as_str() {
        "fetch_page" => {
            let page = format!("the page {} from the web.", of("address"));
            both("Fetch", "Fetched", &page)
        }
        "find_people" => both("Look", "Looked", "for people with the same interest."),
        "introduce" => both("Introduce", "Introduced", "itself."),
        "list_files" => both("List", "Listed", "files."),
        "list_reminders" => both("Look", "Looked", "at the reminders."),
        "now" => both("Look", "Looked", "at the clock."),
        "read_file" => both("Read", "Read", &format!("the file {}.", of("path"))),
        "recall" => both("Look", "Looked", "up what is known about you."),
        "remember" => both("Remember:", "Remembered:", &of("text")),
        "search_documents" => both("Look", "Looked", "into your documents."),
        "search_files" => {
            let files = format!("for {} in your files.", of("query"));
            both("Look", "Looked", &files)
        }
        "search_notes" => both("Look", "Looked", "into your notes."),
        "set_up" => both("Remember", "Remembered", "what you said about you."),
        "set_reminder" => {
            let reminder = format!("you at {}: {}", of("when"), of("text"));
            both("Remind", "Will remind", &reminder)
        }
        "share_memory" => both("Give", "Gave", "another program what is known about you."),
        "system_status" => both("Look", "Looked", "at how this machine is doing."),
        "write_file" => both("Write", "Wrote", &format!("the file {}.", of("path"))),
        "write_note" => both("Write", "Wrote", &format!("the note {}.", of("title"))),
        "delegate" => both("Give work away:", "Gave work away:", &of("task")),
        other => both("Call", "Called", &format!("the tool {other}.")),
    }
}

fn in_german(call: &Call) -> Act {
    let both = |about: &str, would: &str, has: &str| {
        Act::new(format!("{about} {would}."), format!("{about} {has}."))
    };
    if let Some((tool, server)) = of_server(call) {
        let tool = format!("Das Werkzeug {tool} des Servers {server}");
        return both(&tool, "aufrufen", "aufgerufen");
    }
    let of = |key: &str| argument(call, key, Language::German);
    match call.tool.as_str() {
        "fetch_page" => {
            let page = format!("Die Seite {} aus dem Netz", of("address"));
            both(&page, "holen", "geholt")
        }
        "find_people" => both("Nach Menschen mit demselben Interesse", "suchen", "gesucht"),
        "introduce" => both("Sich", "vorstellen", "vorgestellt"),
        "list_files" => both("Dateien", "auflisten", "aufgelistet"),
        "list_reminders" => both("Die Erinnerungen", "ansehen", "angesehen"),
        "now" => both("Auf die Uhr", "sehen", "gesehen"),
        "read_file" => both(&format!("Die Datei {}", of("path")), "lesen", "gelesen"),
        "recall" => both("Was über dich bekannt ist,", "nachsehen", "nachgesehen"),
        "remember" => {
            let text = of("text");
            Act::new(format!("Merken: {text}"), format!("Gemerkt: {text}"))
        }
        "search_documents" => both("In deinen Dokumenten", "suchen", "gesucht"),
        "search_files" => {
            let files = format!("In deinen Dateien nach {}", of("query"));
            both(&files, "suchen", "gesucht")
        }
        "search_notes" => both("In deinen Notizen", "suchen", "gesucht"),
        "set_up" => both("Was du über dich gesagt hast,", "merken", "gemerkt"),
        "set_reminder" => {
            let (when, text) = (of("when"), of("text"));
            Act::new(
                format!("Dich um {when} erinnern: {text}"),
                format!("Erinnert dich um {when}: {text}"),
            )
        }
        "share_memory" => {
            let what = "Was über dich bekannt ist, einem anderen Programm";
            both(what, "geben", "gegeben")
        }
        "system_status" => both("Nach dem Zustand dieses Geräts", "sehen", "gesehen"),
        "write_file" => {
            let file = format!("Die Datei {}", of("path"));
            both(&file, "schreiben", "geschrieben")
        }
        "write_note" => {
            let note = format!("Die Notiz {}", of("title"));
            both(&note, "schreiben", "geschrieben")
        }
        "delegate" => {
            let task = of("task");
            Act::new(
                format!("Arbeit abgeben: {task}"),
                format!("Arbeit abgegeben: {task}"),
            )
        }
        other => both(&format!("Das Werkzeug {other}"), "aufrufen", "aufgerufen"),
    }
}

/// An argument of a call, quoted; empty where it has none of this name.
fn argument(call: &Call, key: &str, language: Language) -> String {
    let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_default();
    quoted(arguments[key].as_str().unwrap_or_default(), language)
}

/// A text within a sentence, shortened.
fn quoted(text: &str, language: Language) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = super::told::cut(&line, QUOTED_CHARS);
    match language {
        Language::English => format!("“{line}”"),
        Language::German => format!("„{line}“"),
    }
}

#[cfg(test)]
mod tests {
    use base::{AgentId, CallId};
    use domain::agent::call::SideEffects;

    use super::*;

    fn call(tool: &str, arguments: &Value, capability: Capability) -> Call {
        Call {
            id: CallId::from_bytes([1; 16]),
            agent: AgentId::from_bytes([2; 16]),
            tool: tool.to_owned(),
            arguments: arguments.to_string(),
            capability,
            side_effects: SideEffects::None,
        }
    }

    #[test]
    fn sentence_of_a_call_is_whole_in_both_languages() {
        let page = serde_json::json!({"address": "https://example.org/"});
        let page = call("fetch_page", &page, Capability::Web);
        let told = would(&page);
        assert_eq!(
            told.text,
            "Fetch the page “https://example.org/” from the web."
        );
        assert_eq!(
            told.translations["de"],
            "Die Seite „https://example.org/“ aus dem Netz holen."
        );
        let declined = declined(&page, Declined::ByPerson);
        assert_eq!(
            declined.translations["de"],
            "Du hast abgelehnt: Die Seite „https://example.org/“ aus dem Netz holen."
        );
        let server = Capability::Mcp("files".to_owned());
        let foreign = call("files.read", &Value::Null, server);
        assert_eq!(
            did(&foreign).translations["de"],
            "Das Werkzeug read des Servers files aufgerufen."
        );
    }

    #[test]
    fn every_tool_has_a_sentence_of_its_own_in_both_languages() {
        for tool in super::super::TOOLS {
            let call = call(tool.name, &Value::Null, Capability::Web);
            let told = would(&call);
            let by_name = format!("the tool {}.", tool.name);
            assert!(!told.text.contains(&by_name), "{}", tool.name);
            assert!(
                !told.translations["de"].starts_with("Das Werkzeug"),
                "{}",
                tool.name
            );
        }
    }
}
