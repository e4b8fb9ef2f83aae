//! Making an identity, and bringing one back from its words.

use contract::identity::{CreateIdentity, IdentityMade, RestoreIdentity, VaultState};
use contract::{Code, Fault};
use store::StoreKey;
use vault::{NewOwner, OpenVault, Passphrase, RecoveryWords};

use super::super::Answer;
use super::{cards, strong_passphrase, words};
use crate::convert;
use crate::house::Hub;
use crate::safe::open_store;

/// What this device may do for its owner: it holds the data and answers.
const ROLES: [&str; 1] = ["primary"];

impl Answer<CreateIdentity> for Hub {
    async fn answer_to(&self, ask: CreateIdentity) -> Result<IdentityMade, Fault> {
        let new = NewOwner {
            name: cards::name(&ask.name)?,
            details: cards::details(ask.details)?,
            device_label: device_label(),
            roles: ROLES.map(str::to_owned).to_vec(),
        };
        let passphrase = strong_passphrase(&ask.passphrase)?;
        let made = self.make(new, passphrase, None, ask.keychain).await?;
        tracing::info!("an identity was made");
        self.note_on_record(store::AuditKind::Identity, "made")
            .await;
        Ok(made)
    }
}

impl Answer<RestoreIdentity> for Hub {
    async fn answer_to(&self, ask: RestoreIdentity) -> Result<IdentityMade, Fault> {
        let new = NewOwner {
            name: cards::name(&ask.name)?,
            details: vault::PersonalDetails::default(),
            device_label: device_label(),
            roles: ROLES.map(str::to_owned).to_vec(),
        };
        let (words, passphrase) = (words(&ask.words)?, strong_passphrase(&ask.passphrase)?);
        let made = self
            .make(new, passphrase, Some(words), ask.keychain)
            .await?;
        tracing::info!("an identity was restored from its words");
        self.note_on_record(store::AuditKind::Identity, "restored from words")
            .await;
        Ok(made)
    }
}

impl Hub {
    /// Makes the vault, and brings the store from the key in the plain file under a new one.
    async fn make(
        &self,
        new: NewOwner,
        passphrase: Passphrase,
        words: Option<RecoveryWords>,
        keychain: bool,
    ) -> Result<IdentityMade, Fault> {
        let _passage = self.passage().await;
        if self.vault_state() != VaultState::Unowned {
            return Err(Fault::refused(
                Code::IdentityExists,
                "This hub has an owner already.",
            ));
        }
        let folder = self.data_folder().to_owned();
        let Some(previous) = read_key_file(&folder)? else {
            return Err(Fault::broken(
                Code::Store,
                "The key file of the store is gone while the hub runs.",
                folder.display().to_string(),
            ));
        };
        self.close_store(VaultState::Locked).await?;
        let (brought, now, store) = (words.is_some(), self.now(), self.house.store.clone());
        let made = self
            .at_safe(move |inside| {
                let previous_key = *previous.as_bytes();
                let made =
                    OpenVault::create(&folder, new, &passphrase, words, Some(previous_key), now)
                        .map_err(|error| convert::vault_fault(&error));
                let mut open = match made {
                    Ok(open) => open,
                    Err(fault) => {
                        // Nothing was made: the store goes on under the key that it has.
                        store
                            .unlock(previous)
                            .map_err(|error| convert::open_fault(&error))?;
                        return Err(fault);
                    }
                };
                open_store(&folder, &mut open, &store)?;
                let shown = if brought {
                    open.confirm_words()
                        .map_err(|error| convert::vault_fault(&error))?;
                    Vec::new()
                } else {
                    cards::words(&open.words())
                };
                let card = open.owner();
                inside.vault = Some(open);
                let remarks = if keychain {
                    inside.use_keychain(true).err().into_iter().collect()
                } else {
                    Vec::new()
                };
                Ok((card, shown, remarks))
            })
            .await?;
        let (card, words, remarks) = match made {
            Ok(made) => made,
            Err(fault) => {
                self.reopened_unowned().await;
                return Err(fault);
            }
        };
        self.opened().await?;
        self.keep_certificate(&card.certificate).await?;
        Ok(IdentityMade {
            owner: cards::owner(&card),
            words,
            remarks,
        })
    }

    /// Nothing came of it: the store is open under the key in the plain file, as before.
    pub(super) async fn reopened_unowned(&self) {
        if let Err(fault) = self.opened().await {
            tracing::error!("the store could not be read again: {fault}");
        }
        self.change_state(VaultState::Unowned).await;
    }
}

pub(super) fn read_key_file(folder: &std::path::Path) -> Result<Option<StoreKey>, Fault> {
    StoreKey::read(&folder.join(store::KEY_FILE)).map_err(|error| {
        Fault::broken(
            Code::Store,
            "The key file of the store cannot be read.",
            convert::chain(&error),
        )
    })
}

/// How this device is called among the owner's devices, until the person changes it.
pub(super) fn device_label() -> String {
    machine::host_name().unwrap_or_else(|| "This device".to_owned())
}
