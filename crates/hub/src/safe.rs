//! The safe: the vault as the hub holds it, and the ways between its three states.
//!
//! Unowned: the key of the store lies in a file beside it. Locked: a vault is there and closed, the
//! store too. Open: both are open. Every way from one state to another is gone by one at a time
//! ([`Safe::passage`]); what computes long (Argon2id) runs off the threads that serve asks.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use contract::identity::{BackupProgress, KeychainState, VaultState};
use contract::{Code, Fault};
use store::{Store, StoreKey};
use tokio::sync::watch;
use vault::{Keychain, KeychainError, OpenVault, OwnerCard, Presence, Tries};

use crate::convert;
use crate::desk::Input;
use crate::house::Hub;

/// The environment variable that keeps the hub away from the keychain when it says `off`.
const KEYCHAIN_VARIABLE: &str = "HAI_NET_KEYCHAIN";

/// How long answers get to come to rest before the store is locked under them.
const LOCKING_PATIENCE: Duration = Duration::from_secs(5);

/// Pause between two looks at whether they have.
const LOCKING_PAUSE: Duration = Duration::from_millis(10);

/// What the hub holds of the vault.
pub(crate) struct Safe {
    inside: Arc<tokio::sync::Mutex<Inside>>,
    /// What can be shown while somebody works with the vault, which takes as long as a backup.
    shown: Arc<Mutex<Shown>>,
    state: watch::Sender<VaultState>,
    /// What is wrong, as it is shown.
    trouble: Mutex<Option<Fault>>,
    /// Held on the way from one state to another.
    passage: tokio::sync::Mutex<()>,
    pub(crate) backup: Backup,
    /// When something was last asked, in milliseconds since the hub was opened.
    last_use_ms: AtomicU64,
}

/// The backup that is under way.
pub(crate) struct Backup {
    /// One at a time.
    pub(crate) turn: tokio::sync::Mutex<()>,
    pub(crate) progress: watch::Sender<Option<BackupProgress>>,
    pub(crate) cancelled: Arc<AtomicBool>,
}

/// What is worked with where it may take long.
pub(crate) struct Inside {
    pub(crate) vault: Option<OpenVault>,
    pub(crate) tries: Tries,
    pub(crate) keychain: Option<Keychain>,
    pub(crate) keychain_state: KeychainState,
}

/// What the last work with the vault left to be shown.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) owner: Option<OwnerCard>,
    pub(crate) keychain: KeychainState,
}

/// What was found when the data folder was opened.
pub(crate) struct Found {
    pub(crate) safe: Safe,
    pub(crate) store: Store,
}

impl Safe {
    /// Looks at the data folder and opens what opens by itself.
    ///
    /// # Errors
    /// There is no vault, and the key file or the store cannot be used.
    pub(crate) fn open(folder: &Path) -> Result<Found, crate::OpenError> {
        let keychain = (std::env::var(KEYCHAIN_VARIABLE).as_deref() != Ok("off"))
            .then(|| Keychain::of(folder));
        let mut inside = Inside {
            vault: None,
            tries: Tries::read(folder, Instant::now()),
            keychain_state: match keychain {
                Some(_) => KeychainState::NotUsed,
                None => KeychainState::Missing,
            },
            keychain,
        };
        let mut trouble = None;
        let (state, store) = match vault::presence(folder) {
            Presence::Absent => match StoreKey::read_or_create_for(folder) {
                Ok(key) => (VaultState::Unowned, Store::open(folder, key)?),
                // The database is here and no key: perhaps only the vault's file was lost.
                Err(missing @ store::KeyError::Missing { .. }) => {
                    inside.open_with_keychain(folder);
                    if inside.vault.is_none() {
                        return Err(missing.into());
                    }
                    (VaultState::Locked, Store::locked(folder))
                }
                Err(error) => return Err(error.into()),
            },
            Presence::Present => {
                inside.open_with_keychain(folder);
                (VaultState::Locked, Store::locked(folder))
            }
            Presence::Unreadable(error) => {
                inside.open_with_keychain(folder);
                trouble = Some(convert::vault_fault(&error));
                (VaultState::Locked, Store::locked(folder))
            }
        };
        let mut state = state;
        if let Some(open) = &mut inside.vault {
            match open_store(folder, open, &store) {
                Ok(()) => state = VaultState::Open,
                Err(fault) => {
                    trouble = Some(fault);
                    inside.vault = None;
                }
            }
        }
        let safe = Self {
            shown: Arc::new(Mutex::new(inside.to_be_shown())),
            inside: Arc::new(tokio::sync::Mutex::new(inside)),
            state: watch::Sender::new(state),
            trouble: Mutex::new(trouble),
            passage: tokio::sync::Mutex::new(()),
            backup: Backup {
                turn: tokio::sync::Mutex::new(()),
                progress: watch::Sender::new(None),
                cancelled: Arc::default(),
            },
            last_use_ms: AtomicU64::new(0),
        };
        Ok(Found { safe, store })
    }

    pub(crate) fn state(&self) -> VaultState {
        *self.state.borrow()
    }

    pub(crate) fn shown(&self) -> Shown {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.clone()
    }

    pub(crate) fn trouble(&self) -> Option<Fault> {
        self.trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set_trouble(&self, fault: Option<Fault>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }
}

impl Inside {
    fn to_be_shown(&self) -> Shown {
        Shown {
            owner: self.vault.as_ref().map(OpenVault::owner),
            keychain: self.keychain_state.clone(),
        }
    }

    /// Tries the keychain; what became of it stands in `keychain_state`.
    fn open_with_keychain(&mut self, folder: &Path) {
        let Some(keychain) = &self.keychain else {
            self.keychain_state = KeychainState::Missing;
            return;
        };
        match OpenVault::unlock_from_keychain(folder, keychain) {
            Ok(open) => {
                self.vault = Some(open);
                self.keychain_state = KeychainState::Used;
            }
            Err(error) => self.keychain_state = keychain_state(&error),
        }
    }

    /// Puts the key into the keychain, or takes it out.
    pub(crate) fn use_keychain(&mut self, on: bool) -> Result<(), Fault> {
        let (Some(keychain), Some(open)) = (&self.keychain, &mut self.vault) else {
            self.keychain_state = KeychainState::Missing;
            return Err(Fault::refused(
                Code::Keychain,
                "This computer has no keychain that HAI-Net could use.",
            ));
        };
        let done = if on {
            open.save_to_keychain(keychain)
        } else {
            open.remove_from_keychain(keychain)
        };
        match done {
            Ok(()) => {
                self.keychain_state = if on {
                    KeychainState::Used
                } else {
                    KeychainState::NotUsed
                };
                Ok(())
            }
            Err(error) => {
                self.keychain_state = keychain_state(&error);
                Err(convert::keychain_fault(&error))
            }
        }
    }

    /// Takes in a vault that was opened without the keychain. One that should have opened it and has no
    /// key was emptied, and the person should know.
    pub(crate) fn take_in(&mut self, open: OpenVault) {
        if open.is_keychain_wanted() && self.keychain_state == KeychainState::NotUsed {
            self.keychain_state = KeychainState::Trouble {
                fault: Fault::refused(Code::Keychain, "The keychain has lost its key for HAI-Net."),
            };
        }
        self.vault = Some(open);
    }

    /// The open vault.
    pub(crate) fn open(&mut self) -> Result<&mut OpenVault, Fault> {
        self.vault.as_mut().ok_or_else(convert::locked)
    }
}

fn keychain_state(error: &KeychainError) -> KeychainState {
    match error {
        KeychainError::Missing => KeychainState::Missing,
        KeychainError::NoItem => KeychainState::NotUsed,
        _ => KeychainState::Trouble {
            fault: convert::keychain_fault(error),
        },
    }
}

/// Opens the store with the key of the vault, and ends a change of keys that was cut off.
///
/// It blocks, for as long as the whole database takes when a change of keys is under way.
pub(crate) fn open_store(folder: &Path, open: &mut OpenVault, store: &Store) -> Result<(), Fault> {
    let key = StoreKey::from_bytes(*open.store_key());
    if let Some(previous) = open.previous_store_key() {
        // The database was still under the key of the plain file when the vault was made.
        let previous = StoreKey::from_bytes(*previous);
        store::rekey(folder, &previous, &key).map_err(|error| convert::open_fault(&error))?;
        store::remove_key_file(folder).map_err(|error| {
            Fault::broken(
                Code::Store,
                "The old key file cannot be removed.",
                convert::chain(&error),
            )
        })?;
        open.forget_previous_store_key()
            .map_err(|error| convert::vault_fault(&error))?;
    }
    store
        .unlock(key)
        .map_err(|error| convert::open_fault(&error))
}

impl Hub {
    /// Whether somebody owns the hub, and whether it is open.
    #[must_use]
    pub fn vault_state(&self) -> VaultState {
        self.house.safe.state()
    }

    /// Works with the vault, off the threads that serve asks; one at a time.
    pub(crate) async fn at_safe<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Inside) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let mut inside = Arc::clone(&self.house.safe.inside).lock_owned().await;
        let shown = Arc::clone(&self.house.safe.shown);
        self.blocking(move || {
            let made = work(&mut inside);
            *shown.lock().unwrap_or_else(PoisonError::into_inner) = inside.to_be_shown();
            made
        })
        .await
    }

    /// Waits until nobody else is on the way from one state to another.
    pub(crate) async fn passage(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.house.safe.passage.lock().await
    }

    /// The vault is open now, and so is the store: reads what lies in it, and says so.
    pub(crate) async fn opened(&self) -> Result<(), Fault> {
        let (values, warnings) = self.read_values().await?;
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        let sessions = self
            .consult(|reply| Input::VaultOpened { values, reply })
            .await?;
        for (hash, expires) in sessions {
            self.write_session(hash, expires).await;
        }
        self.end_answers_left_from_before().await?;
        self.keep_last_rotation().await?;
        self.house.tokens.changed();
        self.settle_server_keys().await?;
        self.used();
        self.house.safe.set_trouble(None);
        self.change_state(VaultState::Open).await;
        self.go_on_with_work().await;
        tracing::info!("the vault was opened");
        Ok(())
    }

    /// A change of the owner's key whose statement did not reach the store: the hub was killed between
    /// the vault and the store.
    async fn keep_last_rotation(&self) -> Result<(), Fault> {
        let last = self
            .at_safe(|inside| {
                let last = inside.vault.as_ref().and_then(OpenVault::last_rotation);
                last.map(<[u8]>::to_vec)
            })
            .await?;
        let Some(last) = last else { return Ok(()) };
        let kept = self.house.store.rotations().await;
        let kept = kept.map_err(|error| convert::store_fault(&error))?;
        if kept.iter().any(|row| row.bytes == last) {
            return Ok(());
        }
        let added = self.house.store.add_rotation(last, self.now()).await;
        added.map_err(|error| convert::store_fault(&error))
    }

    /// Locks the vault: answers stop, the engine forgets, the store is closed, keys leave the memory.
    ///
    /// # Errors
    /// The store could not be closed in order; it is closed all the same.
    pub(crate) async fn lock_vault(&self) -> Result<(), Fault> {
        if self.vault_state() != VaultState::Open {
            return Ok(());
        }
        tracing::info!("the vault is locked");
        let closed = self.close_store(VaultState::Locked).await;
        self.at_safe(|inside| inside.vault = None).await?;
        closed
    }

    /// Closes the store, and refuses everything that needs it from now on.
    pub(crate) async fn close_store(&self, state: VaultState) -> Result<(), Fault> {
        // First, so that nothing new begins.
        self.change_state(state).await;
        // What was read from the store is not for a locked hub.
        self.house.tokens.changed();
        self.house.model_servers.forget();
        self.house.agents.closing().await;
        self.house.tool_servers.end_all().await;
        let values = self.house.values_without_store();
        self.consult(|reply| Input::VaultLocked { values, reply })
            .await?;
        let begun = Instant::now();
        while begun.elapsed() < LOCKING_PATIENCE
            && !self
                .consult(|reply| Input::ReadLive { reply })
                .await?
                .is_empty()
        {
            tokio::time::sleep(LOCKING_PAUSE).await;
        }
        // The engine's memory holds what was read and written.
        self.house.engine.unload().await;
        self.write_ledger().await;
        self.house.logbook.flush(&self.house.store).await;
        let closed = self.house.store.lock().await;
        closed.map_err(|error| convert::store_fault(&error))
    }

    pub(crate) async fn change_state(&self, vault: VaultState) {
        if self.house.safe.state.send_replace(vault) != vault {
            self.bring(Input::Tell(contract::Notice::VaultChanged { vault }))
                .await;
        }
    }

    /// Somebody uses the hub: the time until it locks by itself begins anew.
    pub(crate) fn used(&self) {
        let now = self.house.started_at.elapsed().as_millis();
        self.house
            .safe
            .last_use_ms
            .store(u64::try_from(now).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// For how long nobody has used the hub.
    pub(crate) fn unused_for(&self) -> Duration {
        let last = Duration::from_millis(self.house.safe.last_use_ms.load(Ordering::Relaxed));
        self.house.started_at.elapsed().saturating_sub(last)
    }
}
