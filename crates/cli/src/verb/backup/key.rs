//! `hai-net backup key`: the key with which the plain program `age` opens a backup.
//!
//! It works on the file alone, without a hub: it is the way out when there is no HAI-Net any more that
//! runs. So it does not go through a hub, where a browser could ask for it.

use std::path::{Path, PathBuf};

use contract::identity::Opener;
use contract::{Code, Fault, Secret};
use serde_json::json;
use vault::{BackupError, Key, Passphrase, RecoveryWords};

use super::{list, question};
use crate::args::Scene;
use crate::failure::{Failure, sentence};
use crate::passphrase::{self, Wanted};
use crate::private_file::PrivateFile;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The backup; without, the newest one in the folder `backups` beside the data
    file: Option<PathBuf>,
    /// Open it with the 24 recovery words instead of the passphrase
    #[arg(long)]
    words: bool,
    /// Write the key into this new file, which only you can read
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    let file = match args.file {
        Some(file) => file,
        None => newest(scene)?,
    };
    let output = args.output.as_deref().map(PrivateFile::claim).transpose()?;
    let wanted = Wanted::by(args.words);
    let key = passphrase::with_opener(
        scene,
        wanted,
        question(wanted),
        passphrase::missing,
        async |opener| {
            let file = file.clone();
            // A passphrase takes its time.
            let read = tokio::task::spawn_blocking(move || read(&file, opener));
            read.await.map_err(|error| Failure::internal(&error))?
        },
    )
    .await?;
    if let Some(output) = output {
        let path = output.write(&format!("{}\n", key.expose()))?;
        return scene.screen.show(&json!({ "key_file": path }), || {
            format!("Wrote {}.", path.display())
        });
    }
    // Only the key goes to standard output: `age -d -i <(hai-net backup key FILE) FILE`.
    scene
        .screen
        .remark("Keep this key for yourself: it opens the backup.");
    let view = json!({ "key": key });
    scene.screen.show(&view, || key.expose().to_owned())
}

fn newest(scene: &Scene) -> Result<PathBuf, Failure> {
    let backups = list::newest_first(&list::folder(scene)?)?;
    backups
        .into_iter()
        .next()
        .map(|one| one.path)
        .ok_or_else(|| {
            Failure::not_found(
                "There is no backup yet.",
                "Make one: hai-net backup create. Or name the file.",
            )
        })
}

fn read(file: &Path, opener: Opener) -> Result<Secret, Failure> {
    let key = match opener {
        Opener::Passphrase(text) => {
            let passphrase =
                Passphrase::new(text.expose()).map_err(|error| wrong(&error.to_string()))?;
            vault::backup::age_identity(file, &Key::Passphrase(&passphrase))
        }
        Opener::Words(text) => {
            let words: RecoveryWords = text
                .expose()
                .parse()
                .map_err(|error: vault::WordsError| wrong(&error.to_string()))?;
            vault::backup::age_identity(file, &Key::Words(&words))
        }
    };
    key.map(|key| Secret::from(key.as_str()))
        .map_err(|error| failure(&error))
}

fn wrong(error: &str) -> Failure {
    Failure::Fault(Fault::refused(Code::WrongKey, sentence(error)))
}

fn failure(error: &BackupError) -> Failure {
    let code = match error {
        BackupError::WrongKey => return wrong(&error.to_string()),
        BackupError::NoFile { .. } => Code::NotFound,
        _ => Code::Backup,
    };
    Failure::Fault(
        Fault::refused(code, sentence(&error.to_string())).advising("Name another file."),
    )
}
