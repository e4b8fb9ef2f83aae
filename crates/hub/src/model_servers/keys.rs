//! Where the keys of model servers lie: in the keychain when the vault's own key lies there too, else in
//! the encrypted store.

use contract::identity::KeychainState;
use contract::{Code, Fault};
use store::ModelServerRow;
use vault::{ForeignKeys, Keychain, KeychainError};
use zeroize::Zeroizing;

use crate::convert;
use crate::house::Hub;

impl Hub {
    /// Brings each key to its place, after the list of servers or the use of the keychain was changed. A
    /// keychain that does not take or give them leaves them where they are.
    pub(crate) async fn settle_server_keys(&self) -> Result<(), Fault> {
        let book = &self.house.model_servers;
        let _one = book.settling.lock().await;
        let settled = self.settle().await;
        // Also what came of it half-way.
        book.changed();
        settled
    }

    async fn settle(&self) -> Result<(), Fault> {
        let rows = self.server_rows().await?;
        let in_keychain = self.house.safe.shown().keychain == KeychainState::Used;
        let moved = match in_keychain {
            true => self.move_into_keychain(&rows).await,
            false => self.move_out_of_keychain(&rows).await,
        };
        match moved {
            Err(fault) if fault.code == Code::Keychain => {
                tracing::warn!("keys of model servers stay where they are: {fault}");
                Ok(())
            }
            other => other,
        }
    }

    /// Also takes out those of servers that were removed.
    async fn move_into_keychain(&self, rows: &[ModelServerRow]) -> Result<(), Fault> {
        let mut keys = self.keys_in_keychain().await?;
        let before = keys.len();
        keys.retain(|name, _| rows.iter().any(|row| row.name == *name));
        let moving: Vec<_> = rows.iter().filter(|row| row.key.is_some()).collect();
        if keys.len() == before && moving.is_empty() {
            return Ok(());
        }
        for row in &moving {
            keys.extend(row.key.clone().map(|key| (row.name.clone(), key)));
        }
        self.keep_in_keychain(keys).await?;
        for row in moving {
            let placed = self.house.store.place_model_server_key(&row.name, None);
            placed.await.map_err(|error| convert::store_fault(&error))?;
        }
        Ok(())
    }

    async fn move_out_of_keychain(&self, rows: &[ModelServerRow]) -> Result<(), Fault> {
        let moving: Vec<_> = rows.iter().filter(|row| row.key_in_keychain).collect();
        if moving.is_empty() {
            return Ok(());
        }
        let mut keys = self.keys_in_keychain().await?;
        for row in moving {
            // One that the keychain has lost stays noted there, so that the server says so.
            if let Some(key) = keys.remove(&row.name) {
                let store = &self.house.store;
                let placed = store.place_model_server_key(&row.name, Some(key));
                placed.await.map_err(|error| convert::store_fault(&error))?;
            }
        }
        self.keep_in_keychain(ForeignKeys::new()).await
    }

    /// The keys of these servers that lie in the keychain, where any does.
    pub(super) async fn keys_of(&self, rows: &[&ModelServerRow]) -> Result<ForeignKeys, Fault> {
        match rows.iter().any(|row| row.key_in_keychain) {
            true => self.keys_in_keychain().await.map_err(|fault| {
                fault.advising(
                    "The key of this server lies in the keychain: unlock it, then try again.",
                )
            }),
            false => Ok(ForeignKeys::new()),
        }
    }

    async fn keys_in_keychain(&self) -> Result<ForeignKeys, Fault> {
        self.at_keychain(Keychain::foreign_keys).await
    }

    async fn keep_in_keychain(&self, keys: ForeignKeys) -> Result<(), Fault> {
        self.at_keychain(move |keychain| keychain.keep_foreign_keys(&keys))
            .await
    }

    async fn at_keychain<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Keychain) -> Result<T, KeychainError> + Send + 'static,
    ) -> Result<T, Fault> {
        let done = self
            .at_safe(|inside| match &inside.keychain {
                Some(keychain) => work(keychain),
                None => Err(KeychainError::Missing),
            })
            .await?;
        done.map_err(|error| convert::keychain_fault(&error))
    }
}

/// The key of a server from wherever it lies, or what keeps it away.
pub(super) fn key_of(
    row: &ModelServerRow,
    keys: &Result<ForeignKeys, Fault>,
) -> Result<Option<Zeroizing<String>>, Fault> {
    if !row.key_in_keychain {
        return Ok(row.key.clone());
    }
    match keys.as_ref().map(|keys| keys.get(&row.name)) {
        Ok(Some(key)) => Ok(Some(key.clone())),
        Ok(None) => Err(lost(&row.name)),
        Err(fault) => Err(fault.clone()),
    }
}

fn lost(name: &str) -> Fault {
    let message = format!("The keychain has no key for the model server {name}.");
    Fault::refused(Code::Keychain, message).advising(
        "Remove the server and add it again with its key. Keys in the keychain are not in backups.",
    )
}
