//! `hai-net unlock` and `hai-net lock`: the vault of the running hub.

use contract::identity::{IdentityView, LockVault, ShowIdentity, VaultState};
use contract::{Code, Fault};
use serde_json::json;

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::with_running;
use crate::passphrase::Wanted;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// With the 24 recovery words instead of the passphrase
    #[arg(long)]
    words: bool,
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    let (before, view): (VaultState, IdentityView) = with_running(scene, async |link| {
        let view = link.ask(ShowIdentity {}).await?;
        match view.vault {
            VaultState::Unowned => Err(unowned()),
            VaultState::Open => Ok((VaultState::Open, view)),
            VaultState::Locked => {
                if let Some(trouble) = &view.trouble {
                    scene.screen.remark(&trouble.message);
                }
                let view = link.unlock(scene, Wanted::by(args.words)).await?;
                Ok((VaultState::Locked, view))
            }
        }
    })
    .await?;
    scene.screen.show(&view, || match before {
        VaultState::Open => "The vault is open already.".to_owned(),
        VaultState::Locked | VaultState::Unowned => "The vault is open.".to_owned(),
    })
}

pub(crate) async fn lock(scene: &Scene) -> Result<(), Failure> {
    with_running(scene, async |link| link.ask(LockVault {}).await).await?;
    scene
        .screen
        .show(&json!({ "vault": VaultState::Locked }), || {
            "The vault is locked.".to_owned()
        })
}

fn unowned() -> Failure {
    Failure::Fault(Fault::refused(
        Code::NoIdentity,
        "Nobody owns this hub yet.",
    ))
}
