//! `hai-net models pull`: downloads a model and shows how far it is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base::PullId;
use contract::model::{CancelPull, ListModels, PullModel, PullState, PullView};
use contract::{Code, Fault, Notice};
use control::Watching;
use indicatif::ProgressBar;

use crate::args::Scene;
use crate::bar;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupts;
use crate::link::Link;
use crate::screen::tame;

/// How long a cancelled download may take to end.
const CANCEL_PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A name of the list, an https address, a Hugging Face path (OWNER/REPO/FILE.gguf) or a file here
    source: String,
    /// SHA-256 in hexadecimal digits that the file must have
    #[arg(long, value_name = "DIGITS")]
    sha256: Option<String>,
}

impl Args {
    /// A model of the list.
    pub(crate) fn named(name: String) -> Self {
        Self {
            source: name,
            sha256: None,
        }
    }
}

pub(crate) async fn run(link: &Link, args: &Args, scene: &Scene) -> Result<(), Failure> {
    // The watch begins first, so that no step falls between the two.
    let mut watching = link.watch().await?;
    let ask = PullModel {
        source: source(&args.source),
        sha256: args.sha256.clone(),
    };
    let begun = link.ask(ask).await?;
    let id = begun.id;
    let mut shown = Shown::new(scene);
    let mut state = Some(shown.step(begun)?);
    let mut interrupts = Interrupts::new().map_err(|error| Failure::internal(&error))?;
    let mut interrupted = false;
    loop {
        if let Some(Step::Ended(end)) = state {
            shown.bar.finish_and_clear();
            return tell_end(end, interrupted, scene);
        }
        state = tokio::select! {
            next = next_step(link, &mut watching, id) => Some(shown.step(next?)?),
            () = interrupts.next(), if !interrupted => {
                interrupted = true;
                link.ask(CancelPull { pull: id }).await?;
                None
            }
            () = tokio::time::sleep(CANCEL_PATIENCE), if interrupted => {
                return tell_end(PullState::Cancelled, true, scene);
            }
        };
    }
}

/// The path of a file here is made whole: the hub may run in another folder. Everything else stays.
fn source(given: &str) -> String {
    let path = Path::new(given);
    let looks_like_a_file = given.contains(std::path::MAIN_SEPARATOR)
        || path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("gguf"));
    if looks_like_a_file && path.is_file() {
        let whole: Option<PathBuf> = std::path::absolute(path).ok();
        if let Some(text) = whole.as_deref().and_then(Path::to_str) {
            return text.to_owned();
        }
    }
    given.to_owned()
}

async fn next_step(link: &Link, watching: &mut Watching, id: PullId) -> Result<PullView, Failure> {
    loop {
        match watching.next().await {
            Some(Notice::PullChanged { pull }) if pull.id == id => return Ok(pull),
            Some(Notice::Missed { .. }) => {
                let pulls = link.ask(ListModels {}).await?.pulls;
                if let Some(pull) = pulls.into_iter().find(|pull| pull.id == id) {
                    return Ok(pull);
                }
            }
            Some(Notice::HubClosing) | None => return Err(Failure::lost()),
            Some(_) => {}
        }
    }
}

enum Step {
    GoesOn,
    Ended(PullState),
}

/// What the person sees meanwhile.
struct Shown<'a> {
    scene: &'a Scene,
    bar: ProgressBar,
}

impl<'a> Shown<'a> {
    fn new(scene: &'a Scene) -> Self {
        Self {
            scene,
            bar: bar::new(scene),
        }
    }

    fn step(&mut self, pull: PullView) -> Result<Step, Failure> {
        if self.scene.screen.is_json() {
            self.scene.screen.json(&pull)?;
        }
        match pull.state {
            PullState::Running {
                have,
                total,
                per_second,
            } => {
                if let Some(total) = total {
                    self.bar.set_length(total.0);
                }
                self.bar.set_style(bar::style(total.is_some()));
                self.bar.set_message(format!("{per_second}/s"));
                self.bar.set_position(have.0);
                Ok(Step::GoesOn)
            }
            PullState::Done { .. } | PullState::Cancelled | PullState::Failed { .. } => {
                Ok(Step::Ended(pull.state))
            }
        }
    }
}

fn tell_end(end: PullState, interrupted: bool, scene: &Scene) -> Result<(), Failure> {
    match end {
        PullState::Done { model } if !scene.screen.is_json() => {
            scene.screen.line(&format!("Installed {}.", tame(&model)))
        }
        // With `--json` the last step was printed as it came.
        PullState::Done { .. } => Ok(()),
        PullState::Cancelled => {
            scene
                .screen
                .remark("Stopped. The next try goes on where this one ended.");
            if interrupted {
                return Err(Failure::interrupted());
            }
            let fault = Fault::refused(Code::Download, "The download was cancelled elsewhere.");
            Err(told(fault, scene))
        }
        PullState::Failed { fault } => Err(told(fault, scene)),
        PullState::Running { .. } => Ok(()),
    }
}

/// With `--json` the fault stands in the last step already.
fn told(fault: Fault, scene: &Scene) -> Failure {
    if scene.screen.is_json() {
        Failure::Told(Exit::of(&fault))
    } else {
        Failure::Fault(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_path_of_a_file_that_is_here_is_made_whole() {
        assert_eq!(source("smollm2-135m-instruct"), "smollm2-135m-instruct");
        assert_eq!(source("owner/repo/file.gguf"), "owner/repo/file.gguf");
        assert_eq!(
            source("https://example.org/a.gguf"),
            "https://example.org/a.gguf"
        );
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("model.gguf");
        std::fs::write(&file, "x").unwrap();
        assert_eq!(source(file.to_str().unwrap()), file.to_str().unwrap());
    }
}
