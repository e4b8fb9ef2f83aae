//! Answers about the owner: making an identity, opening and locking the vault, changing what opens it.

mod backup;
mod cards;
mod devices;
mod erase;
mod making;

use std::time::Instant;

use contract::identity::{
    ChangePassphrase, ChangePersonalDetails, ConfirmRecoveryWords, IdentityView, LockVault, Opener,
    PassphraseRating, PersonalDetailsView, RatePassphrase, ReadPersonalDetails, ReadRecoveryWords,
    RecoveryWordsView, ShowIdentity, UnlockVault, UseKeychain, VaultState, WORDS_ASKED,
};
use contract::{Code, Done, Fault, Secret};
use vault::{Key, OpenVault, Passphrase, RecoveryWords};

use super::Answer;
use crate::convert;
use crate::house::Hub;
use crate::safe::{Inside, Shown, open_store};

impl Answer<ShowIdentity> for Hub {
    async fn answer_to(&self, _ask: ShowIdentity) -> Result<IdentityView, Fault> {
        self.identity_view().await
    }
}

impl Hub {
    pub(crate) async fn identity_view(&self) -> Result<IdentityView, Fault> {
        let Shown { owner, keychain } = self.house.safe.shown();
        let vault = self.vault_state();
        let owner = owner.filter(|_| vault == VaultState::Open);
        Ok(IdentityView {
            vault,
            devices: match &owner {
                Some(card) => self.devices(card.certificate.serial()).await?,
                None => Vec::new(),
            },
            owner: owner.as_ref().map(cards::owner),
            keychain,
            trouble: self.house.safe.trouble(),
            last_backup: match vault {
                VaultState::Open => self.last_backup().await?,
                VaultState::Locked | VaultState::Unowned => None,
            },
            running: *self.house.safe.backup.progress.borrow(),
        })
    }
}

impl Answer<UnlockVault> for Hub {
    async fn answer_to(&self, ask: UnlockVault) -> Result<IdentityView, Fault> {
        let _passage = self.passage().await;
        match self.vault_state() {
            VaultState::Open => return self.identity_view().await,
            VaultState::Unowned => return Err(convert::unowned()),
            VaultState::Locked => {}
        }
        let opener = opener(ask.opener)?;
        let (folder, store) = (self.data_folder().to_owned(), self.house.store.clone());
        self.at_safe(move |inside| {
            let mut open = opener
                .open(&folder, inside)
                .map_err(|error| convert::vault_fault(&error))?;
            open_store(&folder, &mut open, &store)?;
            inside.take_in(open);
            Ok::<_, Fault>(())
        })
        .await??;
        self.opened().await?;
        self.identity_view().await
    }
}

impl Answer<LockVault> for Hub {
    async fn answer_to(&self, _ask: LockVault) -> Result<Done, Fault> {
        let _passage = self.passage().await;
        if self.vault_state() == VaultState::Unowned {
            return Err(convert::unowned());
        }
        self.lock_vault().await?;
        Ok(Done {})
    }
}

impl Answer<RatePassphrase> for Hub {
    async fn answer_to(&self, ask: RatePassphrase) -> Result<PassphraseRating, Fault> {
        self.blocking(move || {
            let personal: Vec<_> = ask.personal.iter().map(Secret::expose).collect();
            let rating = vault::rate(ask.passphrase.expose(), &personal);
            PassphraseRating {
                score: rating.score,
                acceptable: rating.acceptable,
                warning: rating.warning,
                suggestion: Secret::from(vault::suggest().expose()),
            }
        })
        .await
    }
}

impl Answer<ReadRecoveryWords> for Hub {
    async fn answer_to(&self, ask: ReadRecoveryWords) -> Result<RecoveryWordsView, Fault> {
        let passphrase = passphrase(&ask.passphrase)?;
        self.at_safe(move |inside| {
            if inside.open()?.owner().words_confirmed {
                return Err(Fault::refused(
                    Code::NotAllowed,
                    "The recovery words were confirmed, and are not shown a second time.",
                )
                .advising("Change the key in Settings to get new ones."));
            }
            check(inside, &Key::Passphrase(&passphrase))?;
            Ok(RecoveryWordsView {
                words: cards::words(&inside.open()?.words()),
            })
        })
        .await?
    }
}

impl Answer<ConfirmRecoveryWords> for Hub {
    async fn answer_to(&self, ask: ConfirmRecoveryWords) -> Result<Done, Fault> {
        self.at_safe(move |inside| {
            let open = inside.open()?;
            let words = open.words();
            let mut places: Vec<_> = ask.words.iter().map(|(place, _)| *place).collect();
            places.sort_unstable();
            places.dedup();
            if places.len() < WORDS_ASKED {
                let message = format!("At least {WORDS_ASKED} of the words must be said back.");
                return Err(Fault::refused(Code::InvalidAsk, message));
            }
            for (place, said) in &ask.words {
                let is_right = words
                    .word(*place)
                    .is_some_and(|word| word.eq_ignore_ascii_case(said.expose().trim()));
                if !is_right {
                    let message = format!("Word {place} is another one.");
                    return Err(Fault::refused(Code::WrongKey, message)
                        .advising("Look at what you wrote down and try again."));
                }
            }
            open.confirm_words()
                .map_err(|error| convert::vault_fault(&error))?;
            Ok(Done {})
        })
        .await?
    }
}

impl Answer<ChangePassphrase> for Hub {
    async fn answer_to(&self, ask: ChangePassphrase) -> Result<Done, Fault> {
        let opener = opener(ask.opener)?;
        let new = strong_passphrase(&ask.new)?;
        self.at_safe(move |inside| {
            inside.open()?;
            match &opener {
                OwnedKey::Passphrase(old) => check(inside, &Key::Passphrase(old))?,
                OwnedKey::Words(words) => check(inside, &Key::Words(words))?,
            }
            inside
                .open()?
                .change_passphrase(&new)
                .map_err(|error| convert::vault_fault(&error))
        })
        .await??;
        tracing::info!("the passphrase was changed");
        self.note_on_record(store::AuditKind::Identity, "passphrase changed")
            .await;
        Ok(Done {})
    }
}

impl Answer<ReadPersonalDetails> for Hub {
    async fn answer_to(&self, _ask: ReadPersonalDetails) -> Result<PersonalDetailsView, Fault> {
        self.at_safe(|inside| {
            let open = inside.open()?;
            Ok(PersonalDetailsView {
                name: open.owner().name,
                details: cards::shown_details(open.details()),
            })
        })
        .await?
    }
}

impl Answer<ChangePersonalDetails> for Hub {
    async fn answer_to(&self, ask: ChangePersonalDetails) -> Result<Done, Fault> {
        let (name, details) = (cards::name(&ask.name)?, cards::details(ask.details)?);
        self.at_safe(move |inside| {
            inside
                .open()?
                .set_name_and_details(name, details)
                .map_err(|error| convert::vault_fault(&error))
        })
        .await??;
        Ok(Done {})
    }
}

impl Answer<UseKeychain> for Hub {
    async fn answer_to(&self, ask: UseKeychain) -> Result<IdentityView, Fault> {
        self.at_safe(move |inside| {
            inside.open()?;
            inside.use_keychain(ask.on)
        })
        .await??;
        self.settle_server_keys().await?;
        tracing::info!(on = ask.on, "the use of the keychain was changed");
        self.identity_view().await
    }
}

/// What opens a vault, owned.
pub(super) enum OwnedKey {
    Passphrase(Passphrase),
    Words(RecoveryWords),
}

impl OwnedKey {
    pub(super) fn key(&self) -> Key<'_> {
        match self {
            Self::Passphrase(passphrase) => Key::Passphrase(passphrase),
            Self::Words(words) => Key::Words(words),
        }
    }

    fn open(
        &self,
        folder: &std::path::Path,
        inside: &mut Inside,
    ) -> Result<OpenVault, vault::VaultError> {
        OpenVault::unlock(folder, &self.key(), &mut inside.tries, Instant::now())
    }
}

/// Refuses a key that does not open this vault; wrong passphrases back off.
pub(super) fn check(inside: &mut Inside, key: &Key<'_>) -> Result<(), Fault> {
    let Inside { vault, tries, .. } = inside;
    let open = vault.as_ref().ok_or_else(convert::locked)?;
    open.check(key, tries, Instant::now())
        .map_err(|error| convert::vault_fault(&error))
}

pub(super) fn opener(opener: Opener) -> Result<OwnedKey, Fault> {
    Ok(match opener {
        Opener::Passphrase(text) => OwnedKey::Passphrase(passphrase(&text)?),
        Opener::Words(text) => OwnedKey::Words(words(&text)?),
    })
}

pub(super) fn words(text: &Secret) -> Result<RecoveryWords, Fault> {
    text.expose().parse().map_err(|error: vault::WordsError| {
        Fault::refused(
            Code::WrongKey,
            format!("{}.", convert::capital(&error.to_string())),
        )
        .advising("Write all 24 words, in their order, with spaces between them.")
    })
}

pub(super) fn passphrase(text: &Secret) -> Result<Passphrase, Fault> {
    Passphrase::new(text.expose()).map_err(|error| {
        Fault::refused(
            Code::InvalidAsk,
            format!("{}.", convert::capital(&error.to_string())),
        )
    })
}

/// A passphrase that may protect a vault from now on.
pub(super) fn strong_passphrase(text: &Secret) -> Result<Passphrase, Fault> {
    let passphrase = passphrase(text)?;
    let rating = vault::rate(text.expose(), &[]);
    if rating.acceptable {
        return Ok(passphrase);
    }
    let why = rating.warning.unwrap_or_default();
    let message = format!("This passphrase could be guessed. {why}");
    Err(Fault::refused(Code::WeakPassphrase, message.trim()))
}
