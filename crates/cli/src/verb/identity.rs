//! `hai-net identity`: who owns this hub.

mod details;
mod restore;
mod words;

use std::path::PathBuf;

use contract::identity::{ExportIdentity, RevokeDevice, RotateIdentity, ShowIdentity, UseKeychain};
use serde_json::json;

use crate::args::Scene;
use crate::dialogue;
use crate::failure::Failure;
use crate::link::{with_any, with_any_even_locked, with_any_even_locked_for_long};
use crate::passphrase::{self, Wanted};
use crate::pick;
use crate::verb::setup::{self, Place, hand_over};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: IdentityVerb,
}

#[derive(Debug, clap::Subcommand)]
enum IdentityVerb {
    /// Make an identity, as `hai-net setup` does
    Create(setup::Args),
    /// Bring an identity back from its 24 recovery words, without any data
    Restore(restore::Args),
    /// Show who owns this hub and whether its vault is open
    Show,
    /// Print the public part of the identity, signed by its owner
    Export,
    /// Take a new key. The old one signs it over to the new one; the recovery words change
    Rotate {
        /// Write the new recovery words into this new file, and show them nowhere
        #[arg(long, value_name = "FILE")]
        words_file: Option<PathBuf>,
    },
    /// Show and change the name and the personal details
    Details(details::Args),
    /// List the devices that the owner certified
    Devices,
    /// Revoke the certificate of a device for good
    Revoke {
        /// The number of the certificate, or its end as the list shows it
        serial: String,
        /// Do not ask back
        #[arg(short, long)]
        yes: bool,
    },
    /// Let this computer's keychain open the vault, or no longer
    Keychain {
        /// Whether it may
        #[arg(value_enum)]
        switch: Switch,
    },
}

/// Whether something is to be so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Switch {
    On,
    Off,
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    match args.verb {
        IdentityVerb::Create(args) => setup::identity(args, scene).await,
        IdentityVerb::Restore(args) => restore::run(args, scene).await,
        IdentityVerb::Show => {
            let asked = async |link: &crate::link::Link| link.ask(ShowIdentity {}).await;
            let view = with_any_even_locked(scene, asked).await?;
            scene.screen.show(&view, || words::identity(&view, scene))
        }
        IdentityVerb::Export => {
            let public = with_any(scene, async |link| link.ask(ExportIdentity {}).await).await?;
            // It is JSON for everybody; for eyes it has lines.
            let lines = serde_json::to_string_pretty(&public);
            let lines = lines.map_err(|error| Failure::internal(&error))?;
            scene.screen.show(&public, || lines)
        }
        IdentityVerb::Rotate { words_file } => rotate(words_file, scene).await,
        IdentityVerb::Details(args) => details::run(args, scene).await,
        IdentityVerb::Devices => {
            let view = with_any(scene, async |link| link.ask(ShowIdentity {}).await).await?;
            let devices = view.devices;
            scene.screen.show(&json!({ "devices": devices }), || {
                words::devices(&devices, scene)
            })
        }
        IdentityVerb::Revoke { serial, yes } => revoke(&serial, yes, scene).await,
        IdentityVerb::Keychain { switch } => {
            let ask = UseKeychain {
                on: switch == Switch::On,
            };
            let view = with_any(scene, async |link| link.ask(ask).await).await?;
            scene.screen.show(&view, || {
                format!("Keychain: {}.", words::keychain(&view.keychain))
            })
        }
    }
}

async fn rotate(words_file: Option<PathBuf>, scene: &Scene) -> Result<(), Failure> {
    let alone = scene.screen.is_json() || !dialogue::is_possible();
    with_any_even_locked_for_long(scene, async |link| {
        let place = Place::claim(words_file.as_deref(), alone)?;
        let made = passphrase::with_opener(
            scene,
            Wanted::Passphrase,
            "Passphrase",
            passphrase::missing,
            async |opener| {
                link.open_own(&opener).await?;
                let passphrase = passphrase::text_of(opener);
                link.ask(RotateIdentity { passphrase }).await
            },
        )
        .await?;
        hand_over(link, scene, made, place).await
    })
    .await
}

async fn revoke(named: &str, yes: bool, scene: &Scene) -> Result<(), Failure> {
    let serial = with_any(scene, async |link| {
        let serial = pick::device(link, named).await?;
        let asks_back = !yes && !scene.screen.is_json() && dialogue::is_possible();
        if asks_back && !dialogue::yes("Revoke this device for good?", false).await? {
            return Err(Failure::interrupted());
        }
        let ask = RevokeDevice {
            serial: serial.clone(),
        };
        link.ask(ask).await?;
        Ok(serial)
    })
    .await?;
    scene.screen.show(&json!({ "revoked": serial }), || {
        format!("Revoked {}.", pick::short_id(&serial))
    })
}
