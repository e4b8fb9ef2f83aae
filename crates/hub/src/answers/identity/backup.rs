//! Answers about backups: one encrypted file with everything, made, checked and restored.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use base::ByteCount;
use contract::identity::{
    BackupProgress, BackupView, BackupWork, CancelBackup, CreateBackup, IdentityMade,
    RestoreBackup, VaultState, VerifyBackup,
};
use contract::{Code, Done, Fault, Notice};
use store::StoreKey;
use tokio::sync::MutexGuard;
use vault::backup;

use super::super::Answer;
use super::{OwnedKey, cards, making, opener, passphrase, strong_passphrase};
use crate::convert;
use crate::desk::Input;
use crate::house::Hub;
use crate::safe::open_store;

/// The folder for backups, in the data folder.
pub(super) const FOLDER: &str = "backups";

/// The mark of the last backup in the store.
const LAST: &str = "backup.last";

/// How often watchers are told how far a backup is.
const TOLD_EVERY: Duration = Duration::from_millis(200);

/// The folder in which the files of an empty hub wait while a backup is put in their place.
const ASIDE: &str = "before-restore";

impl Answer<CreateBackup> for Hub {
    async fn answer_to(&self, ask: CreateBackup) -> Result<BackupView, Fault> {
        let _turn = self.backup_turn()?;
        if self.vault_state() == VaultState::Unowned {
            return Err(convert::unowned());
        }
        let path = match ask.path {
            Some(path) => absolute(&path)?,
            None => self.new_backup_path()?,
        };
        let made = self.back_up(path).await;
        // Whoever hears of the end and looks finds the new backup.
        self.told_end().await;
        made
    }
}

impl Hub {
    async fn back_up(&self, path: PathBuf) -> Result<BackupView, Fault> {
        let now = self.now();
        let snapshot = self
            .data_folder()
            .join(format!("snapshot-{}.tmp", now.as_millis()));
        let taken = self.house.store.snapshot(&snapshot).await;
        taken.map_err(|error| convert::store_fault(&error))?;
        let settings = self.changed_settings();
        let (tell, out) = (self.teller(BackupWork::Creating), path.clone());
        let database = snapshot.clone();
        let made = self
            .at_safe(move |inside| {
                let open = inside.open()?;
                let card = open.owner();
                backup::create(&out, open, &database, &settings, now, tell)
                    .map_err(|error| convert::backup_fault(&error))?;
                let bytes = std::fs::metadata(&out).map_or(0, |found| found.len());
                Ok::<_, Fault>((card, bytes))
            })
            .await;
        let _ = std::fs::remove_file(&snapshot);
        let (card, bytes) = made??;
        let view = BackupView {
            path: path.display().to_string(),
            made: now,
            bytes: ByteCount(bytes),
            did: card.did.to_string(),
            name: card.name,
        };
        let note = serde_json::to_string(&view).map_err(|error| convert::internal(&error))?;
        let marked = self.house.store.set_mark(LAST, now, note).await;
        marked.map_err(|error| convert::store_fault(&error))?;
        tracing::info!(bytes, "a backup was made");
        Ok(view)
    }
}

impl Answer<VerifyBackup> for Hub {
    async fn answer_to(&self, ask: VerifyBackup) -> Result<BackupView, Fault> {
        let _turn = self.backup_turn()?;
        let (path, opener) = (absolute(&ask.path)?, opener(ask.opener)?);
        let (tell, shown) = (self.teller(BackupWork::Verifying), path.clone());
        let report = self
            .blocking(move || backup::verify(&path, &opener.key(), tell))
            .await;
        self.told_end().await;
        let report = report?.map_err(|error| convert::backup_fault(&error))?;
        Ok(BackupView {
            path: shown.display().to_string(),
            made: report.made,
            bytes: ByteCount(report.bytes),
            did: report.did.to_string(),
            name: report.name,
        })
    }
}

impl Answer<CancelBackup> for Hub {
    async fn answer_to(&self, _ask: CancelBackup) -> Result<Done, Fault> {
        if self.house.safe.backup.progress.borrow().is_none() {
            return Err(Fault::refused(Code::NotFound, "No backup is under way."));
        }
        self.house
            .safe
            .backup
            .cancelled
            .store(true, Ordering::Release);
        Ok(Done {})
    }
}

impl Answer<RestoreBackup> for Hub {
    async fn answer_to(&self, ask: RestoreBackup) -> Result<IdentityMade, Fault> {
        let _turn = self.backup_turn()?;
        let _passage = self.passage().await;
        if self.vault_state() != VaultState::Unowned {
            return Err(Fault::refused(
                Code::IdentityExists,
                "This hub has an owner already; a backup is restored into a new one.",
            ));
        }
        let kept = self.house.store.conversation_count().await;
        if kept.map_err(|error| convert::store_fault(&error))? > 0 {
            return Err(Fault::refused(
                Code::IdentityExists,
                "There are conversations here, and restoring would replace them.",
            )
            .advising("Delete or export them, or restore into a new folder with --data-dir."));
        }
        let (path, opener) = (absolute(&ask.path)?, opener(ask.opener)?);
        let new = match (&ask.passphrase, &opener) {
            (Some(text), _) => strong_passphrase(text)?,
            (None, OwnedKey::Passphrase(old)) => passphrase(&old.expose().into())?,
            (None, OwnedKey::Words(_)) => {
                let message = "A passphrase for this device is needed with recovery words.";
                return Err(Fault::refused(Code::InvalidAsk, message));
            }
        };
        let restored = self.restore(path, opener, new, ask.keychain).await;
        self.told_end().await;
        let (card, remarks) = match restored {
            Ok(restored) => restored,
            Err(fault) => {
                self.reopened_unowned().await;
                return Err(fault);
            }
        };
        self.house.turns.ledger().forget();
        self.bring(Input::StoreReplaced).await;
        self.opened().await?;
        self.keep_certificate(&card.certificate).await?;
        tracing::info!("a backup was restored");
        self.note_on_record(store::AuditKind::Identity, "restored from a backup")
            .await;
        Ok(IdentityMade {
            owner: cards::owner(&card),
            words: Vec::new(),
            remarks,
        })
    }
}

impl Hub {
    /// Puts the backup in the place of the empty store; on failure the empty one is back and open.
    async fn restore(
        &self,
        path: PathBuf,
        opener: OwnedKey,
        new: vault::Passphrase,
        keychain: bool,
    ) -> Result<(vault::OwnerCard, Vec<Fault>), Fault> {
        let folder = self.data_folder().to_owned();
        let Some(empty_key) = making::read_key_file(&folder)? else {
            return Err(convert::unowned());
        };
        self.close_store(VaultState::Locked).await?;
        let (store, now) = (self.house.store.clone(), self.now());
        let tell = self.teller(BackupWork::Restoring);
        self.at_safe(move |inside| {
            let aside = Aside::put(&folder).map_err(|error| file_fault(&error))?;
            let label = making::device_label();
            let restored = backup::restore(&path, &opener.key(), &folder, &new, &label, now, tell)
                .map_err(|error| convert::backup_fault(&error))
                .and_then(|mut open| {
                    open_store(&folder, &mut open, &store)?;
                    Ok(open)
                });
            match restored {
                Ok(open) => {
                    aside.forget();
                    let card = open.owner();
                    inside.vault = Some(open);
                    let remarks = if keychain {
                        inside.use_keychain(true).err().into_iter().collect()
                    } else {
                        Vec::new()
                    };
                    Ok((card, remarks))
                }
                Err(fault) => {
                    aside.put_back().map_err(|error| file_fault(&error))?;
                    store
                        .unlock(StoreKey::from_bytes(*empty_key.as_bytes()))
                        .map_err(|error| convert::open_fault(&error))?;
                    Err(fault)
                }
            }
        })
        .await?
    }

    /// One backup at a time; begins it.
    fn backup_turn(&self) -> Result<MutexGuard<'_, ()>, Fault> {
        let turn = self.house.safe.backup.turn.try_lock();
        let turn = turn.map_err(|_| {
            Fault::refused(Code::Busy, "A backup is under way already.")
                .advising("Wait for it, or stop it.")
        })?;
        self.house
            .safe
            .backup
            .cancelled
            .store(false, Ordering::Release);
        Ok(turn)
    }

    /// Tells watchers how far it is, and stops the work when a person asked for that.
    fn teller(
        &self,
        doing: BackupWork,
    ) -> impl FnMut(u64, u64) -> ControlFlow<()> + Send + 'static {
        let (desk, progress) = (
            self.house.desk.clone(),
            self.house.safe.backup.progress.clone(),
        );
        let cancelled: Arc<AtomicBool> = Arc::clone(&self.house.safe.backup.cancelled);
        let mut told: Option<Instant> = None;
        move |done, total| {
            if told.is_none_or(|then| then.elapsed() >= TOLD_EVERY) {
                told = Some(Instant::now());
                let now = Some(BackupProgress {
                    doing,
                    done: ByteCount(done),
                    total: ByteCount(total),
                });
                progress.send_replace(now);
                // A full desk loses one step of progress, no more.
                let _ = desk.try_send(Input::Tell(Notice::BackupChanged { progress: now }));
            }
            if cancelled.load(Ordering::Acquire) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        }
    }

    async fn told_end(&self) {
        self.house.safe.backup.progress.send_replace(None);
        self.bring(Input::Tell(Notice::BackupChanged { progress: None }))
            .await;
    }

    pub(super) async fn last_backup(&self) -> Result<Option<BackupView>, Fault> {
        let mark = self.house.store.mark(LAST).await;
        let mark = mark.map_err(|error| convert::store_fault(&error))?;
        Ok(mark.and_then(|mark| serde_json::from_str(&mark.note).ok()))
    }

    fn new_backup_path(&self) -> Result<PathBuf, Fault> {
        let folder = self.data_folder().join(FOLDER);
        machine::make_private_folder(&folder).map_err(|error| {
            Fault::broken(
                Code::Backup,
                "The folder for backups cannot be made.",
                convert::chain(&error),
            )
        })?;
        Ok(folder.join(format!(
            "hai-net-{}.age",
            crate::clock::date_and_time(self.now())
        )))
    }

    /// The settings that a person changed, as JSON.
    fn changed_settings(&self) -> Vec<u8> {
        let values = self.values();
        let changed: serde_json::Map<_, _> = contract::setting::SettingKey::all()
            .map(|key| values.view(key))
            .filter(|view| view.value != view.default)
            .map(|view| (view.key, view.value))
            .collect();
        serde_json::to_vec_pretty(&changed).expect("settings are plain JSON")
    }
}

/// A path that does not depend on where the hub was started.
fn absolute(path: &str) -> Result<PathBuf, Fault> {
    let path = Path::new(path.trim());
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    Err(Fault::refused(
        Code::InvalidAsk,
        "Name the file with its whole path, from / on.",
    ))
}

fn file_fault(error: &std::io::Error) -> Fault {
    Fault::broken(
        Code::Backup,
        "The files of the empty hub cannot be moved aside.",
        convert::chain(error),
    )
}

/// The files of an empty hub, out of the way while a backup takes their place.
struct Aside {
    folder: PathBuf,
}

impl Aside {
    fn put(folder: &Path) -> std::io::Result<Self> {
        let aside = Self {
            folder: folder.to_owned(),
        };
        std::fs::create_dir_all(folder.join(ASIDE))?;
        for name in store::file_names() {
            rename(&folder.join(&name), &folder.join(ASIDE).join(&name))?;
        }
        Ok(aside)
    }

    fn put_back(self) -> std::io::Result<()> {
        for name in store::file_names() {
            rename(
                &self.folder.join(ASIDE).join(&name),
                &self.folder.join(&name),
            )?;
        }
        std::fs::remove_dir(self.folder.join(ASIDE))
    }

    /// Removes them. What stays does no harm: it is empty, and its key is gone.
    fn forget(self) {
        let aside = self.folder.join(ASIDE);
        if let Err(error) = store::erase(&aside) {
            tracing::warn!("the files of the empty hub could not be removed: {error}");
        }
        let _ = std::fs::remove_dir(&aside);
    }
}

fn rename(from: &Path, to: &Path) -> std::io::Result<()> {
    match std::fs::rename(from, to) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
