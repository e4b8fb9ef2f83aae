//! `hai-net identity details`: the name, and what the guardian keeps from leaving.

use std::io::Read;
use std::path::{Path, PathBuf};

use contract::Secret;
use contract::identity::{ChangePersonalDetails, PersonalDetailsView, ReadPersonalDetails};
use zeroize::Zeroizing;

use crate::args::Scene;
use crate::dialogue;
use crate::failure::Failure;
use crate::link::with_any_for_long;
use crate::verb::setup::ask_for_details;

/// The most bytes of a file of details: far more than four of them can have.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Stands for standard input.
const INPUT: &str = "-";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ask for each detail
    #[arg(long, conflicts_with = "from")]
    edit: bool,
    /// Take them from a JSON file as `--json` prints it, or from standard input (-). What it leaves out
    /// is forgotten
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Change the name to be called by
    #[arg(long)]
    name: Option<String>,
}

pub(super) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    if args.edit && (scene.screen.is_json() || !dialogue::is_possible()) {
        return Err(Failure::usage(
            "There is no terminal to ask in: use --from FILE.",
        ));
    }
    // Read before a hub is opened: whoever pipes into us may take its time.
    let given = args.from.as_deref().map(read).transpose()?;
    let changes = args.edit || given.is_some() || args.name.is_some();
    let view = with_any_for_long(scene, async |link| {
        let mut view = match given {
            Some(given) => given,
            None => link.ask(ReadPersonalDetails {}).await?,
        };
        if let Some(name) = &args.name {
            view.name.clone_from(name);
        }
        if args.edit {
            view.details = ask_for_details(view.details).await?;
        }
        if changes {
            let ask = ChangePersonalDetails {
                name: view.name.clone(),
                details: view.details.clone(),
            };
            link.ask(ask).await?;
        }
        Ok(view)
    })
    .await?;
    scene.screen.show(&view, || words(&view, scene))
}

fn read(path: &Path) -> Result<PersonalDetailsView, Failure> {
    let told = |error: &std::io::Error| Failure::file("read", path, error);
    let mut bytes = Zeroizing::new(Vec::with_capacity(4_096));
    let read = if path == Path::new(INPUT) {
        let input = std::io::stdin().lock();
        input.take(FILE_BYTES_MAX).read_to_end(&mut bytes)
    } else {
        let file = std::fs::File::open(path).map_err(|error| told(&error))?;
        file.take(FILE_BYTES_MAX).read_to_end(&mut bytes)
    };
    read.map_err(|error| told(&error))?;
    // The parser's message would repeat a piece of what stands there.
    serde_json::from_slice(&bytes).map_err(|error| {
        let message = format!(
            "{} is not written as `hai-net identity details --json` prints it (line {}).",
            path.display(),
            error.line()
        );
        Failure::usage(message)
    })
}

fn words(view: &PersonalDetailsView, scene: &Scene) -> String {
    let shown = |text: &Option<Secret>| {
        text.as_ref()
            .map_or_else(|| "not given".to_owned(), |text| text.expose().to_owned())
    };
    let details = &view.details;
    scene.screen.pairs(&[
        ("Name", view.name.clone()),
        ("Full name", shown(&details.full_name)),
        ("Date of birth", shown(&details.birth_date)),
        ("Identity card", shown(&details.government_id)),
        ("E-mail address", shown(&details.email)),
    ])
}
