//! `hai-net passphrase`: what opens the vault.

use std::path::PathBuf;

use contract::identity::ChangePassphrase;
use serde_json::json;

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::with_any_even_locked_for_long;
use crate::passphrase::{self, New, Wanted, fresh};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: PassphraseVerb,
}

#[derive(Debug, clap::Subcommand)]
enum PassphraseVerb {
    /// Change it. Nothing but the small file of the vault is written anew
    Change {
        /// Say the 24 recovery words instead of the passphrase until now
        #[arg(long)]
        words: bool,
        /// Read the new passphrase from this file, which only you may read
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    let PassphraseVerb::Change {
        words,
        new_passphrase_file,
    } = args.verb;
    let (wanted, question) = if words {
        (Wanted::Words, "Recovery words")
    } else {
        (Wanted::Passphrase, "Passphrase until now")
    };
    with_any_even_locked_for_long(scene, async |link| {
        // What is wrong with the file is told before a passphrase is asked for.
        let named = match new_passphrase_file.as_deref() {
            Some(path) => Some(passphrase::in_file(path).await?),
            None => None,
        };
        passphrase::with_opener(
            scene,
            wanted,
            question,
            passphrase::missing,
            async |opener| {
                link.open_own(&opener).await?;
                let new = match &named {
                    Some(new) => new.clone(),
                    None => fresh(link, scene, New::Beside(None), &[]).await?,
                };
                link.ask(ChangePassphrase { opener, new }).await
            },
        )
        .await
    })
    .await?;
    scene.screen.show(&json!({ "changed": true }), || {
        "The new passphrase opens the vault from now on. Backups that were made before open with the \
         old one."
            .to_owned()
    })
}
