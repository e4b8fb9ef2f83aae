//! `hai-net setup`: a person makes a hub their own.
//!
//! In a terminal it asks for what is needed, shows the recovery words and asks some of them back, and
//! ends with a model that fits. If it was left before the words were confirmed, the next time goes on
//! with them. A script says `--non-interactive`, and everything that it needs beside it.

mod first_model;
mod person;
mod words;

use std::path::PathBuf;

use contract::identity::{
    CreateIdentity, IdentityMade, IdentityView, KeychainState, OwnerView, PersonalDetails,
    ReadRecoveryWords, ShowIdentity, VaultState,
};
use contract::setting::{ChangeSetting, SettingKey};
use contract::{Code, Fault, Secret};

pub(crate) use self::person::{details as ask_for_details, name_of};
pub(crate) use self::words::{Place, hand_over};
use crate::args::Scene;
use crate::dialogue;
use crate::failure::Failure;
use crate::link::{Link, with_any_even_locked_for_long};
use crate::passphrase::{self, New, Wanted, fresh};

/// The step of the first start after the last one.
const ALL_DONE: u8 = 6;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ask nothing, for scripts: the passphrase comes from a file or a descriptor. So it is with
    /// `--json` too
    #[arg(long)]
    non_interactive: bool,
    /// The name to be called by. Without a terminal, that of your account stands in
    #[arg(long)]
    name: Option<String>,
    /// Leave this computer's keychain alone: the passphrase is needed at each start
    #[arg(long)]
    no_keychain: bool,
    /// Write the recovery words into this new file, which only you can read, and show them nowhere
    #[arg(long, value_name = "FILE")]
    words_file: Option<PathBuf>,
}

/// Everything: the identity, and what comes after it.
pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    let alone = args.is_alone(scene)?;
    with_any_even_locked_for_long(scene, async |link| {
        make(link, &args, scene).await?;
        if !alone {
            first_model::offer(link, scene).await?;
        }
        end_first_start(link).await?;
        scene
            .screen
            .remark("Ask your first question: hai-net chat what is a fjord?");
        Ok(())
    })
    .await
}

/// Only the identity.
pub(crate) async fn identity(args: Args, scene: &Scene) -> Result<(), Failure> {
    args.is_alone(scene)?;
    with_any_even_locked_for_long(scene, async |link| make(link, &args, scene).await).await
}

impl Args {
    /// Whether nobody is asked.
    fn is_alone(&self, scene: &Scene) -> Result<bool, Failure> {
        let alone = self.non_interactive || scene.screen.is_json();
        if alone || dialogue::is_possible() {
            return Ok(alone);
        }
        Err(Failure::Fault(
            Fault::refused(Code::InvalidAsk, "There is no terminal to ask in.")
                .advising("Add --non-interactive --passphrase-file FILE."),
        ))
    }
}

/// Makes the identity, or goes on where that was left.
async fn make(link: &Link, args: &Args, scene: &Scene) -> Result<(), Failure> {
    let alone = args.is_alone(scene)?;
    let view = link.ask(ShowIdentity {}).await?;
    let is_unowned = view.vault == VaultState::Unowned;
    if alone && !is_unowned {
        return Err(owned());
    }
    // The file is there before the words are: they can be had only once.
    let place = Place::claim(args.words_file.as_deref(), alone)?;
    let made = if !is_unowned {
        left(link, &view, scene).await?
    } else if alone {
        link.ask(by_script(link, args, scene).await?).await?
    } else {
        link.ask(by_person(link, args, &view, scene).await?).await?
    };
    hand_over(link, scene, made, place).await
}

async fn by_script(link: &Link, args: &Args, scene: &Scene) -> Result<CreateIdentity, Failure> {
    let name = name_of(args.name.as_deref(), true).await?;
    // `fresh` would ask a person where nothing is named.
    if !scene.passphrase.is_named() {
        return Err(passphrase::missing());
    }
    Ok(CreateIdentity {
        passphrase: fresh(link, scene, New::Only, &[]).await?,
        name,
        details: PersonalDetails::default(),
        keychain: !args.no_keychain,
    })
}

async fn by_person(
    link: &Link,
    args: &Args,
    view: &IdentityView,
    scene: &Scene,
) -> Result<CreateIdentity, Failure> {
    dialogue::say(
        "This makes the hub yours: with a key of your own, and everything on the disk encrypted.\n",
    );
    let name = name_of(args.name.as_deref(), false).await?;
    let passphrase = fresh(link, scene, New::Only, &[Secret::from(name.as_str())]).await?;
    let details = person::details_if_wanted().await?;
    let keychain = !args.no_keychain
        && view.keychain != KeychainState::Missing
        && dialogue::yes(
            "May this computer's keychain open the vault too, so that no passphrase is needed at the \
             start?",
            true,
        )
        .await?;
    Ok(CreateIdentity {
        name,
        passphrase,
        details,
        keychain,
    })
}

/// The identity whose words were not confirmed yet. An owner who has confirmed them is done.
async fn left(link: &Link, view: &IdentityView, scene: &Scene) -> Result<IdentityMade, Failure> {
    let waits = |view: &IdentityView| match &view.owner {
        Some(owner) if !owner.words_confirmed => Some(owner.clone()),
        Some(_) | None => None,
    };
    let may_wait = match view.vault {
        VaultState::Open => waits(view).is_some(),
        // Only a look inside tells; the vault of a hub that runs is left alone.
        VaultState::Locked => link.is_own(),
        VaultState::Unowned => false,
    };
    if !may_wait {
        return Err(owned());
    }
    dialogue::say("This hub has an owner, whose recovery words may not be confirmed yet.");
    passphrase::with_opener(
        scene,
        Wanted::Passphrase,
        "Passphrase",
        passphrase::missing,
        async |opener| {
            link.open_own(&opener).await?;
            let owner: OwnerView = waits(&link.ask(ShowIdentity {}).await?).ok_or_else(owned)?;
            let ask = ReadRecoveryWords {
                passphrase: passphrase::text_of(opener),
            };
            let words = link.ask(ask).await?.words;
            Ok(IdentityMade {
                owner,
                words,
                remarks: Vec::new(),
            })
        },
    )
    .await
}

fn owned() -> Failure {
    Failure::Fault(Fault::refused(
        Code::IdentityExists,
        "This hub has an owner already.",
    ))
}

/// The window and the browser page do not begin with the first start any more.
async fn end_first_start(link: &Link) -> Result<(), Failure> {
    let ask = ChangeSetting {
        key: SettingKey::UiSetupStep.spec().name.to_owned(),
        value: Some(ALL_DONE.into()),
    };
    match link.ask(ask).await {
        // Who fixed it from outside knows why.
        Err(Failure::Fault(fault)) if fault.code == Code::SettingFixed => Ok(()),
        other => other.map(drop),
    }
}
