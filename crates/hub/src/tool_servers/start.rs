//! How a server is started: as the person wrote it, as it lies in the store, and as the guardian clears it.

use std::collections::BTreeMap;

use contract::server::{Given, Way, WayView};
use contract::{Code, Fault};
use guardian::{
    Cleared, Digest, Guardian, Labelled, Memory, ProgramStart, Provenance, ServerStart, SiteStart,
};
use serde_json::{Value, json};

use crate::convert;

/// Characters of a server's name. Its tools carry it in theirs, which have 64.
const NAME_CHARS_MAX: usize = 24;

/// Arguments of a program, values of its environment, or headers.
const PARTS_MAX: usize = 64;

/// Bytes of one of them.
const PART_BYTES_MAX: usize = 8 * 1024;

/// How a server is started, without its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) way: WayView,
    /// The digest of what the person said yes to, keys included.
    pub(super) consent: String,
}

impl Written {
    /// As it lies in the store.
    pub(super) fn value(&self) -> Value {
        json!({ "way": self.way, "consent": self.consent })
    }

    pub(super) fn read(value: &Value) -> Result<Self, Fault> {
        let way = serde_json::from_value(value["way"].clone());
        let way = way.map_err(|error| convert::internal(&error))?;
        let consent = value["consent"].as_str().unwrap_or_default().to_owned();
        Ok(Self { way, consent })
    }

    /// The whole start.
    pub(super) fn with(&self, keys: &BTreeMap<String, String>, folder: String) -> ServerStart {
        let keys = keys.clone();
        match self.way.clone() {
            WayView::Program {
                program, arguments, ..
            } => ServerStart::Program(ProgramStart {
                program,
                arguments,
                environment: keys,
                folder,
            }),
            WayView::Site {
                address,
                this_device,
                ..
            } => ServerStart::Site(SiteStart {
                address,
                headers: keys,
                this_device,
            }),
        }
    }
}

/// Small letters, digits, `-` and `_`, a letter first: it stands in names of tools, folders and records.
pub(super) fn check_name(name: &str) -> Result<(), Fault> {
    let rest =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    let begins = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_lowercase());
    if begins && name.len() <= NAME_CHARS_MAX && name.bytes().all(rest) {
        return Ok(());
    }
    Err(invalid(format!(
        "The name of a tool server has 1 to {NAME_CHARS_MAX} small letters, digits, `-` or `_`, and \
         begins with a letter."
    )))
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::refused(Code::InvalidAsk, message)
}

/// What is shown of a way, and the keys in it.
pub(super) fn take_apart(way: Way) -> Result<(WayView, BTreeMap<String, String>), Fault> {
    match way {
        Way::Program {
            program,
            arguments,
            environment,
        } => {
            if program.trim().is_empty() {
                return Err(invalid("Name the program that is to be started."));
            }
            let is_path = program.contains(std::path::is_separator);
            if is_path && !std::path::Path::new(&program).is_absolute() {
                return Err(invalid(
                    "Name the program by its whole path, or by a name that is found in PATH.",
                ));
            }
            let is_good = |part: &String| part.len() <= PART_BYTES_MAX && !part.contains('\0');
            if arguments.len() > PARTS_MAX || !arguments.iter().all(is_good) || !is_good(&program) {
                return Err(invalid(format!(
                    "A program has at most {PARTS_MAX} arguments of {PART_BYTES_MAX} bytes."
                )));
            }
            let keys = keys(environment, is_variable)?;
            let way = WayView::Program {
                program,
                arguments,
                environment: keys.keys().cloned().collect(),
            };
            Ok((way, keys))
        }
        Way::Site {
            address,
            this_device,
            headers,
        } => {
            let keys = keys(headers, |name| !name.is_empty())?;
            let way = WayView::Site {
                address: address.trim().to_owned(),
                this_device,
                headers: keys.keys().cloned().collect(),
            };
            Ok((way, keys))
        }
    }
}

fn is_variable(name: &str) -> bool {
    let begins = name
        .bytes()
        .next()
        .is_some_and(|byte| !byte.is_ascii_digit());
    begins
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn keys(
    given: Vec<Given>,
    is_name: impl Fn(&str) -> bool,
) -> Result<BTreeMap<String, String>, Fault> {
    if given.len() > PARTS_MAX {
        return Err(invalid(format!(
            "A server gets at most {PARTS_MAX} values."
        )));
    }
    let mut keys = BTreeMap::new();
    for Given { name, value } in given {
        let value = value.expose();
        if !is_name(&name) || name.len() > PART_BYTES_MAX {
            return Err(invalid(
                "A name of the environment has letters, digits and `_`.",
            ));
        }
        if value.len() > PART_BYTES_MAX || value.contains('\0') {
            return Err(invalid(format!(
                "The value of {name} has more than {PART_BYTES_MAX} bytes."
            )));
        }
        if keys.insert(name.clone(), value.to_owned()).is_some() {
            return Err(invalid(format!("{name} comes twice.")));
        }
    }
    Ok(keys)
}

/// The person's yes to exactly this start, as it is kept.
pub(super) fn consent(guardian: &Guardian, start: ServerStart) -> Result<Digest, Fault> {
    let start = Labelled::new(start, Provenance::Message);
    let preview = guardian.preview_server(&start, &mut Memory::new());
    let preview =
        preview.map_err(|error| invalid(convert::capital(&convert::chain(&error)) + "."))?;
    Ok(preview.approve_original().1.digest())
}

/// Clears a start that is the one the person said yes to.
pub(super) fn clear(
    guardian: &Guardian,
    start: ServerStart,
    consent: &str,
) -> Result<Cleared<ServerStart>, Fault> {
    let start = Labelled::new(start, Provenance::PrivateStore);
    let refused = |error: &dyn std::error::Error| {
        let message = format!("The guardian does not let this tool server be started: {error}.");
        Fault::refused(Code::ToolServer, message)
    };
    let preview = guardian.preview_server(&start, &mut Memory::new());
    let (_, approval) = preview.map_err(|error| refused(&error))?.approve_original();
    if approval.digest().to_string() != consent {
        let message = "This is not how you said that the tool server is to be started.";
        return Err(
            Fault::refused(Code::ToolServer, message).advising("Remove it and add it again.")
        );
    }
    let cleared = guardian.clear_server_approved(start, approval);
    cleared.map_err(|error| refused(&error))
}

/// Bytes that a value has at least to count as a key: `1` or `on` stand in any text.
const KEY_BYTES_MIN: usize = 6;

/// A text of a server without the keys that it got.
pub(crate) fn hide(mut text: String, keys: &BTreeMap<String, String>) -> String {
    for key in keys.values().filter(|key| key.len() >= KEY_BYTES_MIN) {
        if text.contains(key.as_str()) {
            text = text.replace(key.as_str(), "…");
        }
    }
    text
}

/// What went wrong, without the keys that the server may have repeated.
pub(super) fn without_keys(mut fault: Fault, keys: &BTreeMap<String, String>) -> Fault {
    fault.message = hide(fault.message, keys);
    fault.details = fault.details.map(|details| hide(details, keys));
    fault
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(program: &str, environment: &[(&str, &str)]) -> Way {
        Way::Program {
            program: program.to_owned(),
            arguments: vec!["--fast".to_owned()],
            environment: environment
                .iter()
                .map(|(name, value)| Given {
                    name: (*name).to_owned(),
                    value: (*value).into(),
                })
                .collect(),
        }
    }

    #[test]
    fn keys_are_taken_out_of_what_is_shown_and_come_back_in_the_start() {
        let (way, keys) = take_apart(program("weather", &[("KEY", "quokka")])).expect("good");
        let written = Written {
            way,
            consent: "digest".to_owned(),
        };
        assert!(!written.value().to_string().contains("quokka"));
        let again = Written::read(&written.value()).expect("our own");
        assert_eq!(again, written);
        let ServerStart::Program(start) = again.with(&keys, "/tmp".to_owned()) else {
            panic!("it is a program");
        };
        assert_eq!(start.environment, keys);
    }

    #[test]
    fn only_what_the_person_said_yes_to_is_cleared() {
        let guardian = Guardian::default();
        let (way, keys) = take_apart(program("weather", &[("KEY", "quokka")])).expect("good");
        let mut written = Written {
            way,
            consent: String::new(),
        };
        let start = || written.with(&keys, "/tmp".to_owned());
        let digest = consent(&guardian, start()).expect("it can be looked at");
        assert!(clear(&guardian, start(), &digest.to_string()).is_ok());
        let other = written.with(&BTreeMap::new(), "/tmp".to_owned());
        assert!(clear(&guardian, other, &digest.to_string()).is_err());
        written.way = WayView::Program {
            program: "weather".to_owned(),
            arguments: vec!["--fast".to_owned(), "--upload=/home".to_owned()],
            environment: vec!["KEY".to_owned()],
        };
        let other = written.with(&keys, "/tmp".to_owned());
        assert!(clear(&guardian, other, &digest.to_string()).is_err());
    }

    #[test]
    fn odd_names_and_values_are_refused() {
        for name in ["", "Weather", "1st", "a.b", "a b", &"a".repeat(25), "../up"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        for name in ["a", "weather-2", "my_mail"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for way in [
            program("", &[]),
            program("./weather", &[]),
            program("weather", &[("A=B", "x")]),
            program("weather", &[("1A", "x")]),
            program("weather", &[("A", "x"), ("A", "y")]),
            program("weather", &[("A", "x\0")]),
            program("weather", &[("A", &"x".repeat(PART_BYTES_MAX + 1))]),
        ] {
            assert!(take_apart(way.clone()).is_err(), "{way:?}");
        }
        assert!(take_apart(program("/usr/bin/weather", &[])).is_ok());
    }
}
