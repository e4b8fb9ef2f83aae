//! `hai-net guardian`: what the guardian finds in a text. It needs no hub and opens no folder.

use std::io::{self, IsTerminal, Read};

use ::guardian::{Action, Detector, Finding, Memory, Scan, ScanError, limits::TEXT_BYTES_MAX};
use serde_json::json;

use crate::args::Scene;
use crate::failure::{Failure, sentence};
use crate::screen::{Colour, short, tame, text_of};

/// Characters of a found value in the table; JSON has its place instead.
const VALUE_SHOWN: usize = 48;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: GuardianVerb,
}

#[derive(Debug, clap::Subcommand)]
enum GuardianVerb {
    /// Read a text from standard input, list what is private in it, and show it masked
    Scan,
    /// Read a text from standard input and say which rule found what
    Explain,
}

pub(crate) fn run(args: &Args, scene: &Scene) -> Result<(), Failure> {
    let text = read(scene)?;
    let scan = Detector::default()
        .scan(&text, &mut Memory::new())
        .map_err(|error| refused(&error))?;
    match args.verb {
        GuardianVerb::Scan => scene.screen.show(&scan, || spans(&text, &scan, scene)),
        GuardianVerb::Explain => {
            let view = json!({ "findings": scan.findings });
            scene
                .screen
                .show(&view, || findings(&text, &scan.findings, scene))
        }
    }
}

fn read(scene: &Scene) -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        scene
            .screen
            .remark("Type or paste the text; end it with Ctrl-D.");
    }
    // One byte more than may be tells that there is more.
    let limit = u64::try_from(TEXT_BYTES_MAX + 1).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::internal(&error))?;
    if bytes.len() > TEXT_BYTES_MAX {
        return Err(refused(&ScanError::TextTooLong {
            max: TEXT_BYTES_MAX,
        }));
    }
    String::from_utf8(bytes).map_err(|_| Failure::usage("Standard input is not text in UTF-8."))
}

/// What could not be scanned counts as private.
fn refused(error: &ScanError) -> Failure {
    Failure::Fault(
        contract::Fault::refused(contract::Code::InvalidAsk, sentence(&error.to_string()))
            .advising("Such a text would not leave. Give it in parts, or leave the long part out."),
    )
}

fn spans(text: &str, scan: &Scan, scene: &Scene) -> String {
    let screen = &scene.screen;
    if scan.spans.is_empty() {
        return "Nothing private was found.".to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let mut table = screen.table(&["PLACE", "KIND", "ACTION", "SCORE", "VALUE"]);
    for span in &scan.spans {
        table.add_row([
            format!("{}-{}", span.start, span.end),
            span.kind.name().to_owned(),
            span.action.name().to_owned(),
            format!("{:.2}", span.score()),
            value(&letters, span.start, span.end),
        ]);
    }
    let end = match scan.action() {
        Some(Action::Block) => screen
            .paint(Colour::Bad, "This text would not leave.")
            .into_owned(),
        Some(Action::Mask | Action::Allow) | None => "As it would leave:".to_owned(),
    };
    format!("{}\n\n{end}\n\n{}", text_of(&table), tame(&scan.masked))
}

fn findings(text: &str, findings: &[Finding], scene: &Scene) -> String {
    if findings.is_empty() {
        return "No rule found anything.".to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let mut table = scene
        .screen
        .table(&["PLACE", "RULE", "KIND", "ACTION", "SCORE", "VALUE"]);
    for found in findings {
        table.add_row([
            format!("{}-{}", found.start, found.end),
            found.rule.to_owned(),
            found.kind.name().to_owned(),
            found.action.name().to_owned(),
            format!("{:.2}", found.score()),
            value(&letters, found.start, found.end),
        ]);
    }
    text_of(&table)
}

fn value(letters: &[char], start: usize, end: usize) -> String {
    short(&letters[start..end].iter().collect::<String>(), VALUE_SHOWN)
}
