//! The way to the hub: the one that runs, else one of our own for as long as the verb takes.
//!
//! A hub of our own opens no port, and holds the lock of the data folder like any other. Where a verb
//! takes long, such a hub also opens the control socket, so that a second command line finds it. Where
//! it takes a moment, the second one waits for the lock instead: a hub that is about to close is of no
//! use to it.
//!
//! A hub of our own may find its vault locked. What needs the store opens it first, with the passphrase
//! that is named or that a person enters; what does not leaves it as it is. The vault of a hub that
//! runs is left alone: `hai-net unlock` opens it.

use std::time::{Duration, Instant};

use contract::identity::{IdentityView, Opener, UnlockVault, VaultState};
use contract::{Ask, Notice};
use control::{Client, ConnectError, Serving, Watching};
use hub::{Hub, Start};
use machine::Paths;

use crate::args::Scene;
use crate::failure::Failure;
use crate::passphrase::{self, Wanted};

/// How long to wait while a hub is just starting or ending: it holds the data folder and answers not
/// yet, or no more. A start takes less than a third of a second, an end a little longer.
const CHANGE_PATIENCE: Duration = Duration::from_secs(5);

/// Pause between two looks. Short enough not to be felt.
const CHANGE_PAUSE: Duration = Duration::from_millis(60);

/// A way to a hub.
pub(crate) struct Link {
    client: Client,
    own: Option<Own>,
}

/// A hub of our own.
struct Own {
    hub: Hub,
    serving: Option<Serving>,
}

/// Whether others find a hub of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stay {
    /// It is gone in a moment.
    Moment,
    /// It stays for as long as a person talks or waits.
    Long,
}

/// What a verb needs of the vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vault {
    /// It is to be open, or owned by nobody yet.
    Open,
    /// It may be locked.
    AsItIs,
}

impl Link {
    /// The hub that runs.
    pub(crate) async fn running(scene: &Scene) -> Result<Self, Failure> {
        let socket = Paths::new(scene.data_folder.clone())?.socket()?;
        let client = Client::connect(&socket).await?;
        Ok(Self { client, own: None })
    }

    /// The hub that runs, else one of our own.
    async fn any(scene: &Scene, stay: Stay, vault: Vault) -> Result<Self, Failure> {
        let socket = Paths::new(scene.data_folder.clone())?.socket()?;
        let begun = Instant::now();
        loop {
            match Client::connect(&socket).await {
                Ok(client) => return Ok(Self { client, own: None }),
                Err(ConnectError::NotRunning) => {}
                Err(error) => return Err(error.into()),
            }
            match Self::own(scene, stay).await {
                Ok(link) => return link.ready(scene, vault).await,
                // The folder may have been taken since we looked.
                Err(_) if begun.elapsed() < CHANGE_PATIENCE && is_taken(scene) => {
                    tokio::time::sleep(CHANGE_PAUSE).await;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    async fn own(scene: &Scene, stay: Stay) -> Result<Self, Failure> {
        let start = Start {
            data_folder: scene.data_folder.clone(),
            listen: None,
            worker: None,
            is_passing: true,
        };
        let hub = Box::pin(Hub::open(start))
            .await
            .map_err(|error| error.fault())?;
        let opened = match stay {
            Stay::Moment => Ok(None),
            Stay::Long => control::serve(hub.clone())
                .await
                .map(Some)
                .map_err(Failure::from),
        };
        let opened = opened.and_then(|serving| Ok((serving, Client::inside(hub.clone())?)));
        match opened {
            Ok((serving, client)) => Ok(Self {
                client,
                own: Some(Own { hub, serving }),
            }),
            Err(failure) => {
                hub.close();
                hub.closed().await;
                Err(failure)
            }
        }
    }

    /// Opens the vault of a hub of our own where that is needed.
    async fn ready(self, scene: &Scene, vault: Vault) -> Result<Self, Failure> {
        if vault == Vault::AsItIs || !self.is_own_and_locked() {
            return Ok(self);
        }
        let unlocked = self.unlock(scene, Wanted::Passphrase).await;
        match unlocked {
            Ok(_) => Ok(self),
            Err(failure) => {
                self.leave().await;
                Err(failure)
            }
        }
    }

    /// Opens the vault with what is named, else with what a person enters.
    pub(crate) async fn unlock(
        &self,
        scene: &Scene,
        wanted: Wanted,
    ) -> Result<IdentityView, Failure> {
        let question = match wanted {
            Wanted::Passphrase => "Passphrase",
            Wanted::Words => "Recovery words",
        };
        passphrase::with_opener(
            scene,
            wanted,
            question,
            passphrase::locked,
            async |opener| self.ask(UnlockVault { opener }).await,
        )
        .await
    }

    /// Opens the locked vault of a hub of our own with this. That of a hub that runs stays locked.
    pub(crate) async fn open_own(&self, opener: &Opener) -> Result<(), Failure> {
        if self.is_own_and_locked() {
            let opener = opener.clone();
            self.ask(UnlockVault { opener }).await?;
        }
        Ok(())
    }

    fn is_own_and_locked(&self) -> bool {
        let own = self.own.as_ref();
        own.is_some_and(|own| own.hub.vault_state() == VaultState::Locked)
    }

    /// Whether the hub is there for this verb only.
    pub(crate) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Asks the hub.
    pub(crate) async fn ask<A: Ask>(&self, ask: A) -> Result<A::View, Failure> {
        Ok(self.client.ask(ask).await?)
    }

    /// Watches the hub; what happens from now on is not missed.
    pub(crate) async fn watch(&self) -> Result<Watching, Failure> {
        let mut watching = self.client.watch().await;
        match watching.next().await {
            Some(Notice::Watching { .. }) => Ok(watching),
            Some(_) | None => Err(Failure::lost()),
        }
    }

    /// Ends a hub of our own in good order.
    async fn leave(self) {
        let Self { client, own } = self;
        drop(client);
        if let Some(Own { hub, serving }) = own {
            hub.close();
            if let Some(serving) = serving {
                serving.ended().await;
            }
            hub.closed().await;
        }
    }
}

fn is_taken(scene: &Scene) -> bool {
    Paths::new(scene.data_folder.clone())
        .is_ok_and(|paths| machine::DataFolderLock::is_taken(paths.data()))
}

/// Does something with the hub that runs.
pub(crate) async fn with_running<T>(
    scene: &Scene,
    work: impl AsyncFnOnce(&Link) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let link = Link::running(scene).await?;
    work(&link).await
}

/// Does something short with the hub that runs, else with one of our own, which is closed afterwards.
pub(crate) async fn with_any<T>(
    scene: &Scene,
    work: impl AsyncFnOnce(&Link) -> Result<T, Failure>,
) -> Result<T, Failure> {
    with(scene, Stay::Moment, Vault::Open, work).await
}

/// As [`with_any`], for what takes long: other command lines find a hub of our own meanwhile.
pub(crate) async fn with_any_for_long<T>(
    scene: &Scene,
    work: impl AsyncFnOnce(&Link) -> Result<T, Failure>,
) -> Result<T, Failure> {
    with(scene, Stay::Long, Vault::Open, work).await
}

/// As [`with_any`], for what does not need the store: a locked vault stays locked.
pub(crate) async fn with_any_even_locked<T>(
    scene: &Scene,
    work: impl AsyncFnOnce(&Link) -> Result<T, Failure>,
) -> Result<T, Failure> {
    with(scene, Stay::Moment, Vault::AsItIs, work).await
}

/// As [`with_any_even_locked`], for what takes long.
pub(crate) async fn with_any_even_locked_for_long<T>(
    scene: &Scene,
    work: impl AsyncFnOnce(&Link) -> Result<T, Failure>,
) -> Result<T, Failure> {
    with(scene, Stay::Long, Vault::AsItIs, work).await
}

async fn with<T>(
    scene: &Scene,
    stay: Stay,
    vault: Vault,
    work: impl AsyncFnOnce(&Link) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let link = Link::any(scene, stay, vault).await?;
    let outcome = work(&link).await;
    link.leave().await;
    outcome
}
