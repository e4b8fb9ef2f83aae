//! `hai-net backup`: everything in one encrypted file.

mod follow;
mod key;
mod list;

use std::path::{Path, PathBuf};

use contract::identity::{
    BackupView, CreateBackup, IdentityMade, RestoreBackup, ShowIdentity, VaultState, VerifyBackup,
};
use contract::{Code, Fault};

use self::follow::follow;
use crate::args::Scene;
use crate::failure::Failure;
use crate::link::{Link, with_any_even_locked_for_long, with_any_for_long};
use crate::passphrase::{self, New, Wanted, fresh};
use crate::screen::tame;
use crate::verb::setup::{Place, hand_over};
use crate::when;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: BackupVerb,
}

#[derive(Debug, clap::Subcommand)]
enum BackupVerb {
    /// Write a backup of everything
    Create {
        /// The new file, or a folder for it; without, the folder `backups` beside the data
        file: Option<PathBuf>,
    },
    /// Read a backup to its end, and say whose it is when it is whole
    Verify {
        /// The backup
        file: PathBuf,
        /// Open it with the 24 recovery words instead of the passphrase
        #[arg(long)]
        words: bool,
    },
    /// Fill a hub that nobody owns yet from a backup
    Restore(Restore),
    /// List the backups in the folder `backups` beside the data
    List,
    /// Print the secret key with which the program `age` opens a backup
    Key(key::Args),
}

#[derive(Debug, clap::Args)]
struct Restore {
    /// The backup
    file: PathBuf,
    /// Open it with the 24 recovery words instead of the passphrase
    #[arg(long)]
    words: bool,
    /// Read the passphrase for this device from this file; without, that of the backup stays
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
    /// Leave this computer's keychain alone: the passphrase is needed at each start
    #[arg(long)]
    no_keychain: bool,
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    match args.verb {
        BackupVerb::Create { file } => create(file.as_deref(), scene).await,
        BackupVerb::Verify { file, words } => verify(&file, Wanted::by(words), scene).await,
        BackupVerb::Restore(args) => restore(&args, scene).await,
        BackupVerb::List => list::run(scene).await,
        BackupVerb::Key(args) => key::run(args, scene).await,
    }
}

async fn create(file: Option<&Path>, scene: &Scene) -> Result<(), Failure> {
    let path = file.map(place).transpose()?;
    let made = with_any_for_long(scene, async |link| {
        follow(link, scene, CreateBackup { path }).await
    })
    .await?;
    scene.screen.show(&made, || {
        format!("Wrote {} ({}).", tame(&made.path), made.bytes)
    })
}

/// Where a backup goes: the hub may run in another folder, and names one only where none is named.
fn place(file: &Path) -> Result<String, Failure> {
    if file.is_dir() {
        let name = format!("hai-net-{}.age", when::now_in_a_name());
        whole(&file.join(name))
    } else {
        whole(file)
    }
}

/// The path from the root on.
fn whole(path: &Path) -> Result<String, Failure> {
    let path = std::path::absolute(path).map_err(|error| Failure::file("named", path, &error))?;
    path.into_os_string()
        .into_string()
        .map_err(|_| Failure::usage("The name of the file is not text (UTF-8)."))
}

/// The path of a backup that is there. That it is not is told before a passphrase is asked for.
fn existing(path: &Path) -> Result<String, Failure> {
    if !path.is_file() {
        let message = format!("There is no backup {}.", path.display());
        return Err(Failure::not_found(
            message,
            "Look at them with `hai-net backup list`.",
        ));
    }
    whole(path)
}

async fn verify(file: &Path, wanted: Wanted, scene: &Scene) -> Result<(), Failure> {
    let path = existing(file)?;
    let whole = with_any_even_locked_for_long(scene, async |link| {
        passphrase::with_opener(
            scene,
            wanted,
            question(wanted),
            passphrase::missing,
            async |opener| {
                let path = path.clone();
                follow(link, scene, VerifyBackup { path, opener }).await
            },
        )
        .await
    })
    .await?;
    scene.screen.show(&whole, || verified(&whole, scene))
}

fn verified(backup: &BackupView, scene: &Scene) -> String {
    let pairs = scene.screen.pairs(&[
        ("Made", when::minute(backup.made)),
        ("Size", backup.bytes.to_string()),
        ("Name", backup.name.clone()),
        ("Identity", backup.did.clone()),
    ]);
    format!("The backup is whole.\n{pairs}")
}

fn question(wanted: Wanted) -> &'static str {
    match wanted {
        Wanted::Passphrase => "Passphrase of the backup",
        Wanted::Words => "Recovery words",
    }
}

async fn restore(args: &Restore, scene: &Scene) -> Result<(), Failure> {
    let path = existing(&args.file)?;
    with_any_even_locked_for_long(scene, async |link| {
        if link.ask(ShowIdentity {}).await?.vault != VaultState::Unowned {
            return Err(Failure::Fault(Fault::refused(
                Code::IdentityExists,
                "This hub has an owner already; a backup is restored into a new one.",
            )));
        }
        let made = restored(link, args, path, scene).await?;
        hand_over(link, scene, made, Place::Known).await
    })
    .await
}

async fn restored(
    link: &Link,
    args: &Restore,
    path: String,
    scene: &Scene,
) -> Result<IdentityMade, Failure> {
    let wanted = Wanted::by(args.words);
    // With words there is no passphrase yet. One for this device is asked for first, and only once.
    let new = match (&args.new_passphrase_file, wanted) {
        (None, Wanted::Passphrase) => None,
        (file, _) => Some(fresh(link, scene, New::Beside(file.as_deref()), &[]).await?),
    };
    passphrase::with_opener(
        scene,
        wanted,
        question(wanted),
        passphrase::missing,
        async |opener| {
            let ask = RestoreBackup {
                path: path.clone(),
                opener,
                passphrase: new.clone(),
                keychain: !args.no_keychain,
            };
            follow(link, scene, ask).await
        },
    )
    .await
}
