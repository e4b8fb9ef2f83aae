//! Erasing everything.

use contract::identity::{ERASE_CONFIRMATION, EraseEverything, VaultState};
use contract::{Code, Done, Fault};
use store::StoreKey;

use super::super::Answer;
use super::backup;
use crate::convert;
use crate::desk::Input;
use crate::house::Hub;

impl Answer<EraseEverything> for Hub {
    async fn answer_to(&self, ask: EraseEverything) -> Result<Done, Fault> {
        if ask.confirmation.trim() != ERASE_CONFIRMATION {
            let message = format!("Type \u{201c}{ERASE_CONFIRMATION}\u{201d} to erase everything.");
            return Err(Fault::refused(Code::InvalidAsk, message));
        }
        let _passage = self.passage().await;
        // Also when it cannot be closed in order: what is in it is to go.
        if let Err(fault) = self.close_store(VaultState::Locked).await {
            tracing::warn!("the store could not be closed before it was erased: {fault}");
        }
        let (folder, store) = (self.data_folder().to_owned(), self.house.store.clone());
        self.at_safe(move |inside| {
            inside.vault = None;
            // The vault first: without its keys the database is noise, whatever happens next.
            vault::erase(&folder, inside.keychain.as_ref())
                .map_err(|error| convert::vault_fault(&error))?;
            store::erase(&folder).map_err(|error| {
                Fault::broken(
                    Code::Store,
                    "The database cannot be removed; without its key it cannot be read.",
                    convert::chain(&error),
                )
            })?;
            match std::fs::remove_dir_all(folder.join(backup::FOLDER)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::warn!("the folder of backups could not be removed: {error}");
                }
                _ => {}
            }
            inside.keychain_state = contract::identity::KeychainState::NotUsed;
            let key = StoreKey::read_or_create_for(&folder).map_err(|error| {
                Fault::broken(
                    Code::Store,
                    "Everything is erased; a new store cannot be made.",
                    convert::chain(&error),
                )
            })?;
            store
                .unlock(key)
                .map_err(|error| convert::open_fault(&error))
        })
        .await??;
        self.house.turns.ledger().forget();
        self.bring(Input::StoreReplaced).await;
        self.opened().await?;
        self.change_state(VaultState::Unowned).await;
        tracing::warn!("everything was erased");
        Ok(Done {})
    }
}
