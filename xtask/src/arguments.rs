//! What was typed after `cargo xtask`, as one value. Written by hand: an argument parser would take
//! longer to compile than all the rest of this program.

use std::fmt;

/// Shown for `cargo xtask help` and after a mistake.
pub(crate) const USAGE: &str = "\
usage: cargo xtask <verb>

  run [--yes] [-- ARGS]     set up, build and start HAI-Net (window, or headless without a display)
  test [--yes] [-- ARGS]    set up and run every test; ARGS go to the test runner
  check [--install-tools]   formatting, lints, floors, licences, generated pages
  tidy                      the floors of the design and the shape of the files
  bench [--yes] [-- ARGS]   measurements; ARGS go to the bench program
  doctor [--json]           name every missing thing and its cure
  docs [--check]            write the generated pages, or compare them
  bundle [--yes] [-- ARGS]  packages for this system (deb and rpm on Linux)
  fuzz TARGET [--seconds N] run one fuzz target of crates/gguf/fuzz

--yes answers the question before system packages are installed, as CI=true does.";

/// How long `fuzz` runs when nobody says otherwise: long enough to find what a change broke just
/// now, short enough to wait for.
const FUZZ_SECONDS_DEFAULT: u64 = 60;

/// One thing to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Help,
    Run { yes: bool, rest: Vec<String> },
    Test { yes: bool, rest: Vec<String> },
    Setup { yes: bool },
    Check { install_tools: bool },
    Tidy,
    Bench { yes: bool, rest: Vec<String> },
    Doctor { json: bool },
    Docs { check: bool },
    Bundle { yes: bool, rest: Vec<String> },
    Fuzz { target: String, seconds: u64 },
}

/// Why the words after `cargo xtask` were not understood.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Misuse {
    UnknownVerb(String),
    UnknownWord { verb: &'static str, word: String },
    FuzzWithoutTarget,
    SecondsNotANumber(String),
}

impl fmt::Display for Misuse {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownVerb(word) => write!(out, "there is no verb `{word}`"),
            Self::UnknownWord { verb, word } => {
                write!(
                    out,
                    "`{verb}` does not know `{word}` (put `--` before what it passes on)"
                )
            }
            Self::FuzzWithoutTarget => out.write_str("`fuzz` needs the name of a target"),
            Self::SecondsNotANumber(word) => write!(out, "`{word}` is not a number of seconds"),
        }
    }
}

/// Reads the words after `cargo xtask`.
pub(crate) fn parse(words: &[String]) -> Result<Verb, Misuse> {
    let Some((verb, words)) = words.split_first() else {
        return Ok(Verb::Help);
    };
    let end = words
        .iter()
        .position(|word| word == "--")
        .unwrap_or(words.len());
    let (flags, rest) = words.split_at(end);
    let rest: Vec<String> = rest.iter().skip(1).cloned().collect();
    if flags.iter().any(|word| word == "--help" || word == "-h") {
        return Ok(Verb::Help);
    }
    match verb.as_str() {
        "help" | "--help" | "-h" => Ok(Verb::Help),
        "run" => Ok(Verb::Run {
            yes: flag("run", flags, "--yes")?,
            rest,
        }),
        "test" => Ok(Verb::Test {
            yes: flag("test", flags, "--yes")?,
            rest,
        }),
        "setup" => Ok(Verb::Setup {
            yes: flag("setup", flags, "--yes")?,
        }),
        "check" => Ok(Verb::Check {
            install_tools: flag("check", flags, "--install-tools")?,
        }),
        "tidy" => flag("tidy", flags, "").map(|_| Verb::Tidy),
        "bench" => Ok(Verb::Bench {
            yes: flag("bench", flags, "--yes")?,
            rest,
        }),
        "doctor" => Ok(Verb::Doctor {
            json: flag("doctor", flags, "--json")?,
        }),
        "docs" => Ok(Verb::Docs {
            check: flag("docs", flags, "--check")?,
        }),
        "bundle" => Ok(Verb::Bundle {
            yes: flag("bundle", flags, "--yes")?,
            rest,
        }),
        "fuzz" => fuzz(flags),
        other => Err(Misuse::UnknownVerb(other.to_owned())),
    }
}

/// Whether the one flag that a verb knows is among its words; any other word is a mistake.
fn flag(verb: &'static str, words: &[String], known: &str) -> Result<bool, Misuse> {
    match words.iter().find(|word| *word != known) {
        Some(word) => Err(Misuse::UnknownWord {
            verb,
            word: word.clone(),
        }),
        None => Ok(!words.is_empty()),
    }
}

fn fuzz(words: &[String]) -> Result<Verb, Misuse> {
    let (target, options) = words.split_first().ok_or(Misuse::FuzzWithoutTarget)?;
    let seconds = match options {
        [] => FUZZ_SECONDS_DEFAULT,
        [name, count] if name == "--seconds" => count
            .parse()
            .map_err(|_| Misuse::SecondsNotANumber(count.clone()))?,
        [word, ..] => {
            return Err(Misuse::UnknownWord {
                verb: "fuzz",
                word: word.clone(),
            });
        }
    };
    Ok(Verb::Fuzz {
        target: target.clone(),
        seconds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &str) -> Result<Verb, Misuse> {
        parse(
            &line
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn words_after_two_dashes_are_passed_on_untouched() {
        let verb = typed("run --yes -- --listen 127.0.0.1:9 --yes").unwrap();
        let rest = vec![
            "--listen".to_owned(),
            "127.0.0.1:9".to_owned(),
            "--yes".to_owned(),
        ];
        assert_eq!(verb, Verb::Run { yes: true, rest });
    }

    #[test]
    fn a_word_that_a_verb_does_not_know_is_named() {
        let misuse = typed("run --listen 1").unwrap_err();
        assert_eq!(
            misuse,
            Misuse::UnknownWord {
                verb: "run",
                word: "--listen".to_owned()
            }
        );
        assert_eq!(
            typed("launch").unwrap_err(),
            Misuse::UnknownVerb("launch".to_owned())
        );
    }

    #[test]
    fn fuzz_takes_a_target_and_seconds() {
        let verb = typed("fuzz header --seconds 5").unwrap();
        assert_eq!(
            verb,
            Verb::Fuzz {
                target: "header".to_owned(),
                seconds: 5
            }
        );
        assert_eq!(typed("fuzz").unwrap_err(), Misuse::FuzzWithoutTarget);
        let misuse = typed("fuzz header --seconds soon").unwrap_err();
        assert_eq!(misuse, Misuse::SecondsNotANumber("soon".to_owned()));
    }

    #[test]
    fn nothing_typed_shows_help() {
        assert_eq!(parse(&[]).unwrap(), Verb::Help);
        assert_eq!(typed("test --help").unwrap(), Verb::Help);
    }
}
