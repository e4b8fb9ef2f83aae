//! `hai-net identity restore`: an identity from its recovery words, where no backup is left.

use std::path::PathBuf;

use contract::Secret;
use contract::identity::{Opener, RestoreIdentity, ShowIdentity, VaultState};
use contract::{Code, Fault};

use crate::args::Scene;
use crate::dialogue;
use crate::failure::Failure;
use crate::link::with_any_even_locked_for_long;
use crate::passphrase::{self, New, Wanted, fresh, read_hidden};
use crate::verb::setup::{Place, hand_over, name_of};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Read the 24 recovery words from this file, which only you may read
    #[arg(long, value_name = "FILE")]
    words_from: Option<PathBuf>,
    /// The name to be called by. Without a terminal, that of your account stands in
    #[arg(long)]
    name: Option<String>,
    /// Leave this computer's keychain alone: the passphrase is needed at each start
    #[arg(long)]
    no_keychain: bool,
}

/// The passphrase is a new one, for this device.
pub(super) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    let alone = scene.screen.is_json() || !dialogue::is_possible();
    with_any_even_locked_for_long(scene, async |link| {
        if link.ask(ShowIdentity {}).await?.vault != VaultState::Unowned {
            return Err(Failure::Fault(Fault::refused(
                Code::IdentityExists,
                "This hub has an owner already.",
            )));
        }
        let words = words(&args, alone).await?;
        let name = name_of(args.name.as_deref(), alone).await?;
        let personal = [Secret::from(name.as_str())];
        let ask = RestoreIdentity {
            words,
            passphrase: fresh(link, scene, New::Only, &personal).await?,
            name,
            keychain: !args.no_keychain,
        };
        let made = link.ask(ask).await?;
        hand_over(link, scene, made, Place::Known).await
    })
    .await
}

async fn words(args: &Args, alone: bool) -> Result<Secret, Failure> {
    let text = match &args.words_from {
        Some(path) => passphrase::in_file(path).await?,
        None if alone => {
            return Err(Failure::usage(
                "There is no terminal to ask for the words in: use --words-from FILE.",
            ));
        }
        None => read_hidden("Recovery words, with spaces between them: ").await?,
    };
    match Wanted::Words.opener(text) {
        Opener::Words(text) | Opener::Passphrase(text) => Ok(text),
    }
}
