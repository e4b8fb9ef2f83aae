//! The vault of a hub that starts: opened with what a person or a service named, else left locked.

use std::future::Future;

use contract::identity::{Opener, UnlockVault, VaultState};
use contract::{Code, Fault, Notice, Secret};
use hub::Hub;

use crate::args::Scene;
use crate::dialogue;
use crate::failure::Failure;
use crate::interrupt::Ends;
use crate::passphrase::read_hidden;

/// How to open it later.
const HOW: &str = "The vault is locked. Open it in the browser, or with: hai-net unlock";

/// What a person is asked.
const QUESTION: &str = "Passphrase (Enter alone leaves the vault locked): ";

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// The hub goes on, with the vault open or locked.
    Done,
    /// The hub was told to end meanwhile.
    Ending,
}

/// Opens a locked vault with the passphrase that is named; the keychain was tried by the hub itself.
/// Done before any door opens: who finds the hub finds it open.
///
/// A passphrase that cannot be read as it was named keeps the hub from starting: that is to be put
/// right. One that does not open the vault does not: the owner can still open it in another way.
pub(super) async fn open_with_named(
    hub: &Hub,
    ends: &mut Ends,
    scene: &Scene,
) -> Result<Opening, Failure> {
    if hub.vault_state() != VaultState::Locked {
        return Ok(Opening::Done);
    }
    if let Some(number) = scene.passphrase.lost_descriptor() {
        // A restart does not hand descriptors on, and must not be the end of the hub.
        scene.screen.remark(&format!(
            "File descriptor {number} is not open: no passphrase."
        ));
        return Ok(Opening::Done);
    }
    match unless_ending(scene.passphrase.named(), hub, ends).await {
        None => Ok(Opening::Ending),
        Some(Err(failure)) => Err(failure),
        Some(Ok(None)) => Ok(Opening::Done),
        Some(Ok(Some(passphrase))) => {
            if let Err(fault) = unlock(hub, passphrase).await {
                scene.screen.warning(&fault);
            }
            Ok(Opening::Done)
        }
    }
}

/// Opens a vault that is still locked with what a person enters. The control socket is open by now:
/// it may be opened in another terminal meanwhile, and the hub may be told to end.
pub(super) async fn open_with_entered(
    hub: &Hub,
    ends: &mut Ends,
    scene: &Scene,
) -> Result<Opening, Failure> {
    // Who named a passphrase does not wait to be asked.
    let asks = !scene.passphrase.is_named() && dialogue::is_possible();
    while asks && hub.vault_state() == VaultState::Locked {
        let entered = async {
            tokio::select! {
                entered = read_hidden(QUESTION) => Some(entered),
                () = opened_elsewhere(hub) => None,
            }
        };
        let passphrase = match unless_ending(entered, hub, ends).await {
            Some(None) => break,
            Some(Some(Ok(passphrase))) if passphrase.is_empty() => break,
            Some(Some(Ok(passphrase))) => passphrase,
            // Ctrl-C, which is a key and no signal while a passphrase is entered.
            None | Some(Some(Err(Failure::Told(_)))) => return Ok(Opening::Ending),
            Some(Some(Err(failure))) => return Err(failure),
        };
        let Err(fault) = unlock(hub, passphrase).await else {
            break;
        };
        scene.screen.warning(&fault);
        if fault.code != Code::WrongKey {
            break;
        }
    }
    if hub.vault_state() == VaultState::Locked {
        scene.screen.remark(HOW);
    }
    Ok(Opening::Done)
}

async fn unlock(hub: &Hub, passphrase: Secret) -> Result<(), Fault> {
    let ask = UnlockVault {
        opener: Opener::Passphrase(passphrase),
    };
    hub.answer(ask).await.map(drop).inspect_err(|fault| {
        tracing::warn!(code = %fault.code, "the vault was not opened at the start: {fault}");
    })
}

/// What comes of it; `None` if the hub is told to end before.
async fn unless_ending<T>(work: impl Future<Output = T>, hub: &Hub, ends: &mut Ends) -> Option<T> {
    let closing = hub.closing();
    tokio::select! {
        outcome = work => Some(outcome),
        () = closing.cancelled() => None,
        () = ends.next() => None,
    }
}

/// Waits until somebody else has opened the vault.
async fn opened_elsewhere(hub: &Hub) {
    let mut watch = hub.watch();
    // It may have been opened before the watch began.
    if hub.vault_state() == VaultState::Open {
        return;
    }
    while let Some(notice) = watch.next().await {
        let is_open = match notice {
            Notice::VaultChanged { vault } => vault == VaultState::Open,
            Notice::Missed { .. } => hub.vault_state() == VaultState::Open,
            _ => false,
        };
        if is_open {
            return;
        }
    }
    std::future::pending::<()>().await;
}
