//! Where the keys of model servers lie: in the keychain when the vault's own key lies there too, else in
//! the encrypted store.

use contract::identity::KeychainState;
use contract::{Code, Fault};
use store::ModelServerRow;
use vault::{ForeignKeys, KeychainError};

use super::Known;
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
            true => self.move_into_keychain(&rows).await?,
            false => self.move_out_of_keychain(&rows).await?,
        };
        if let Err(error) = moved {
            tracing::warn!("keys of model servers stay where they are: {error}");
        }
        Ok(())
    }

    /// Also takes out those of servers that were removed.
    async fn move_into_keychain(
        &self,
        rows: &[ModelServerRow],
    ) -> Result<Result<(), KeychainError>, Fault> {
        let mut keys = match self.keys_in_keychain().await? {
            Ok(keys) => keys,
            Err(error) => return Ok(Err(error)),
        };
        let before = keys.len();
        keys.retain(|name, _| rows.iter().any(|row| row.name == *name));
        let moving: Vec<_> = rows.iter().filter(|row| row.key.is_some()).collect();
        if keys.len() == before && moving.is_empty() {
            return Ok(Ok(()));
        }
        for row in &moving {
            keys.extend(row.key.clone().map(|key| (row.name.clone(), key)));
        }
        if let Err(error) = self.keep_in_keychain(keys).await? {
            return Ok(Err(error));
        }
        for row in moving {
            let placed = self.house.store.place_model_server_key(&row.name, None);
            placed.await.map_err(|error| convert::store_fault(&error))?;
        }
        Ok(Ok(()))
    }

    async fn move_out_of_keychain(
        &self,
        rows: &[ModelServerRow],
    ) -> Result<Result<(), KeychainError>, Fault> {
        let moving: Vec<_> = rows.iter().filter(|row| row.key_in_keychain).collect();
        if moving.is_empty() {
            return Ok(Ok(()));
        }
        let mut keys = match self.keys_in_keychain().await? {
            Ok(keys) => keys,
            Err(error) => return Ok(Err(error)),
        };
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

    /// A server of the list, with its key from wherever that lies.
    pub(super) async fn known_from(&self, rows: Vec<ModelServerRow>) -> Result<Vec<Known>, Fault> {
        let keys = match rows.iter().any(|row| row.key_in_keychain) {
            true => self.keys_in_keychain().await?,
            false => Ok(ForeignKeys::new()),
        };
        let known = rows.into_iter().filter_map(|row| {
            let key = match (&row.key, &keys) {
                (Some(key), _) => Ok(Some(key.clone())),
                (None, _) if !row.key_in_keychain => Ok(None),
                (None, Ok(keys)) => match keys.get(&row.name) {
                    Some(key) => Ok(Some(key.clone())),
                    None => Err(lost(&row.name)),
                },
                (None, Err(error)) => Err(convert::keychain_fault(error).advising(
                    "The key of this server lies in the keychain: unlock it, then try again.",
                )),
            };
            Known::new(row, key)
                .inspect_err(|fault| tracing::warn!("a model server is passed over: {fault}"))
                .ok()
        });
        Ok(known.collect())
    }

    async fn keys_in_keychain(&self) -> Result<Result<ForeignKeys, KeychainError>, Fault> {
        self.at_safe(|inside| match &inside.keychain {
            Some(keychain) => keychain.foreign_keys(),
            None => Err(KeychainError::Missing),
        })
        .await
    }

    async fn keep_in_keychain(
        &self,
        keys: ForeignKeys,
    ) -> Result<Result<(), KeychainError>, Fault> {
        self.at_safe(move |inside| match &inside.keychain {
            Some(keychain) => keychain.keep_foreign_keys(&keys),
            None => Err(KeychainError::Missing),
        })
        .await
    }
}

fn lost(name: &str) -> Fault {
    let message = format!("The keychain has no key for the model server {name}.");
    Fault::refused(Code::Keychain, message).advising(
        "Remove the server and add it again with its key. Keys in the keychain are not in backups.",
    )
}
