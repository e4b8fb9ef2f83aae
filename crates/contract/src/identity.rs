//! Who owns this hub, what opens its store, and how to get it back.
//!
//! A hub is in one of three states ([`VaultState`]): nobody owns it yet, it is locked, or it is open.
//! While it is locked only what stands in [`crate::AnyAsk::works_while_locked`] is answered; everything
//! else is refused with [`crate::Code::Locked`].

use base::{ByteCount, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Fault, Secret};

/// The most characters of a name or of one personal detail.
pub const DETAIL_CHARS_MAX: usize = 200;

/// How many of the recovery words are asked back.
pub const WORDS_ASKED: usize = 3;

/// How many recovery words there are.
pub const WORDS: usize = 24;

/// What must be typed to erase everything.
pub const ERASE_CONFIRMATION: &str = "erase everything";

/// Shows who owns this hub and whether its store is open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ShowIdentity {}

/// Who owns this hub and whether its store is open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IdentityView {
    /// Whether somebody owns the hub, and whether it is open.
    pub vault: VaultState,
    /// The owner; `None` unless the vault is open.
    pub owner: Option<OwnerView>,
    /// The devices that the owner certified; none unless the vault is open.
    pub devices: Vec<DeviceView>,
    /// Whether this computer's keychain opens the vault without a passphrase.
    pub keychain: KeychainState,
    /// What is wrong with the vault, where something is: a damaged file, a passphrase that has to wait.
    pub trouble: Option<Fault>,
    /// The last backup that was made here; `None` when there is none or the vault is not open.
    pub last_backup: Option<BackupView>,
    /// The backup that is being made or restored now.
    pub running: Option<BackupProgress>,
}

/// Whether somebody owns the hub, and whether it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VaultState {
    /// Nobody owns it yet: the key of the store lies in a file beside it.
    Unowned,
    /// It has an owner, and waits for a passphrase, recovery words or the keychain.
    Locked,
    /// It has an owner and is open.
    Open,
}

/// The owner of a hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerView {
    /// The name to be called by.
    pub name: String,
    /// The identifier: `did:key:z6Mk…`. It is public.
    pub did: String,
    /// The same identifier in the visible form `did:hai:z6Mk…`.
    pub did_alias: String,
    /// When the identity was made.
    pub created: Timestamp,
    /// Whether the recovery words were asked back. Until then they can be shown again.
    pub words_confirmed: bool,
}

/// A device that the owner certified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceView {
    /// The number of its certificate, as 32 hexadecimal digits.
    pub serial: String,
    /// Its name.
    pub label: String,
    /// What it may do.
    pub roles: Vec<String>,
    /// When it was certified.
    pub issued: Timestamp,
    /// Until when the certificate is good.
    pub expires: Timestamp,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
    /// Whether it is the device that answers.
    pub is_this: bool,
}

/// Whether this computer's keychain opens the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum KeychainState {
    /// It does.
    Used,
    /// It could, and is not asked to.
    NotUsed,
    /// This computer has none.
    Missing,
    /// It should, and cannot: locked, hanging, emptied, or with another key.
    Trouble {
        /// Which.
        fault: Fault,
    },
}

/// What opens a vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "with", content = "text", rename_all = "snake_case")]
pub enum Opener {
    /// The passphrase.
    Passphrase(Secret),
    /// The recovery words, with spaces between them.
    Words(Secret),
}

/// Details that the guardian keeps from leaving. Each is optional; they are encrypted here and never sent.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PersonalDetails {
    /// The full name.
    #[serde(default)]
    pub full_name: Option<Secret>,
    /// The date of birth, as the person writes it.
    #[serde(default)]
    pub birth_date: Option<Secret>,
    /// The number of a passport, an identity card or a social insurance.
    #[serde(default)]
    pub government_id: Option<Secret>,
    /// The e-mail address.
    #[serde(default)]
    pub email: Option<Secret>,
}

impl std::fmt::Debug for PersonalDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Makes an identity for a hub that nobody owns yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateIdentity {
    /// The name to be called by.
    pub name: String,
    /// The passphrase that opens the vault.
    pub passphrase: Secret,
    /// Details for the guardian.
    #[serde(default)]
    pub details: PersonalDetails,
    /// Whether this computer's keychain may open the vault too.
    pub keychain: bool,
}

/// A new identity, or a new key of an old one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityMade {
    /// The owner.
    pub owner: OwnerView,
    /// The recovery words, in order. Empty where the person brought them.
    pub words: Vec<Secret>,
    /// What did not work and does no harm, such as a keychain that is missing.
    pub remarks: Vec<Fault>,
}

/// Shows the recovery words of an identity whose words were not asked back yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadRecoveryWords {
    /// The passphrase, since who has the words has everything.
    pub passphrase: Secret,
}

/// The recovery words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryWordsView {
    /// The words, in order.
    pub words: Vec<Secret>,
}

/// Says some of the recovery words back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmRecoveryWords {
    /// At least [`WORDS_ASKED`] different places, counted from 1, and the word at each.
    pub words: Vec<(u8, Secret)>,
}

/// Gives a new data folder the identity that belongs to recovery words, without any data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreIdentity {
    /// The recovery words, with spaces between them.
    pub words: Secret,
    /// The name to be called by.
    pub name: String,
    /// The passphrase that will open the vault here.
    pub passphrase: Secret,
    /// Whether this computer's keychain may open the vault too.
    pub keychain: bool,
}

/// Opens the vault and with it the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnlockVault {
    /// With what.
    pub opener: Opener,
}

/// Locks the vault: the store is closed and its key leaves the memory.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LockVault {}

/// Changes the passphrase. Only the small file of the vault is written anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePassphrase {
    /// The passphrase until now, or the recovery words where it was forgotten.
    pub opener: Opener,
    /// The passphrase from now on.
    pub new: Secret,
}

/// Judges how long a passphrase would withstand guessing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RatePassphrase {
    /// The passphrase; an empty one only asks for a suggestion.
    pub passphrase: Secret,
    /// Words that an attacker would try first, such as the person's name.
    #[serde(default)]
    pub personal: Vec<Secret>,
}

/// How long a passphrase would withstand guessing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassphraseRating {
    /// From 0 (guessed at once) to 4 (out of reach).
    pub score: u8,
    /// Whether it may be used.
    pub acceptable: bool,
    /// What makes it weak, where something does.
    pub warning: Option<String>,
    /// A strong passphrase of ordinary words that could be used instead.
    pub suggestion: Secret,
}

/// Shows the owner's personal details.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReadPersonalDetails {}

/// The owner's name and personal details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalDetailsView {
    /// The name to be called by.
    pub name: String,
    /// The details.
    pub details: PersonalDetails,
}

/// Changes the owner's name and personal details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePersonalDetails {
    /// The name to be called by.
    pub name: String,
    /// The details, all of them: what is left out is forgotten.
    pub details: PersonalDetails,
}

/// Lets this computer's keychain open the vault, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UseKeychain {
    /// Whether it may.
    pub on: bool,
}

/// Gives the owner a new key. The old one signs it over to the new one; the recovery words change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotateIdentity {
    /// The passphrase.
    pub passphrase: Secret,
}

/// Revokes the certificate of a device for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokeDevice {
    /// The number of its certificate.
    pub serial: String,
}

/// The public part of an identity, signed by its owner.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ExportIdentity {}

/// The public part of an identity: nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedIdentity {
    /// The identifier: `did:key:z6Mk…`.
    pub did: String,
    /// The owner's verification key, in the multibase form of the identifier.
    pub public_key: String,
    /// The owner's X25519 key for encryption, in the multibase form of `did:key`.
    pub encryption_key: String,
    /// The certificates of the devices, each as base64 of its canonical CBOR.
    pub certificates: Vec<String>,
    /// The statements by which an older key gave way to a newer one, as base64.
    pub rotations: Vec<String>,
    /// The revocations of devices, as base64.
    pub revocations: Vec<String>,
}

/// Writes a backup of everything: identity, conversations and settings, in one encrypted file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CreateBackup {
    /// The file to write; `None` for a new one in the folder `backups` beside the data.
    #[serde(default)]
    pub path: Option<String>,
}

/// A backup that was made or looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupView {
    /// The file.
    pub path: String,
    /// When it was made.
    pub made: Timestamp,
    /// Its size.
    pub bytes: ByteCount,
    /// Whose it is.
    pub did: String,
    /// The owner's name in it.
    pub name: String,
}

/// Reads a backup to its end and says whether it is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyBackup {
    /// The file.
    pub path: String,
    /// What opens it.
    pub opener: Opener,
}

/// Fills a hub that nobody owns yet from a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreBackup {
    /// The file.
    pub path: String,
    /// What opens it.
    pub opener: Opener,
    /// The passphrase that will open the vault here; `None` for the one that opened the backup.
    #[serde(default)]
    pub passphrase: Option<Secret>,
    /// Whether this computer's keychain may open the vault too.
    pub keychain: bool,
}

/// Stops the backup that is being made, checked or restored.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CancelBackup {}

/// How far a backup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupProgress {
    /// What is being done.
    pub doing: BackupWork,
    /// Bytes that are done.
    pub done: ByteCount,
    /// Bytes in all.
    pub total: ByteCount,
}

/// What is being done with a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupWork {
    /// It is being made.
    Creating,
    /// It is being checked.
    Verifying,
    /// It is being restored.
    Restoring,
}

/// Erases identity, conversations, settings and log from this machine. Models stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EraseEverything {
    /// Must be [`ERASE_CONFIRMATION`].
    pub confirmation: String,
}

/// Says which model fits this machine, with a speed measured here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RecommendModel {}

/// Which model fits this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelAdvice {
    /// Memory that programs could still get.
    pub memory_available: ByteCount,
    /// The model that was measured and how many tokens it wrote a second; `None` without one.
    pub measured: Option<MeasuredSpeed>,
    /// Models, the smallest first.
    pub choices: Vec<ModelChoice>,
}

/// How quickly a model wrote on this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasuredSpeed {
    /// The model.
    pub model: String,
    /// Tokens a second.
    pub tokens_per_second: f32,
}

/// A model that could be used here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelChoice {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it is good for.
    pub good_for: String,
    /// Size of the file.
    pub file_bytes: ByteCount,
    /// Memory that it needs.
    pub memory_needed: ByteCount,
    /// Whether that memory can be had now.
    pub fits: bool,
    /// Tokens a second, about: the measured speed, scaled by the sizes of the files, since writing a
    /// token reads the whole model once.
    pub tokens_per_second_about: Option<f32>,
    /// Whether it is here.
    pub installed: bool,
    /// Whether it is the one to take.
    pub recommended: bool,
}
