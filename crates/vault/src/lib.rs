//! The vault: who owns a hub, the key of its store, and the ways to open both.
//!
//! What for: the owner's keys follow from one random seed, which the 24 recovery words stand for. The
//! store has a random key of its own. Both lie in one small file, `vault.age`, which the passphrase and
//! the recovery words open, and, if the person wants that, in the keychain of the operating system.
//!
//! Who calls it: the hub, and nobody else.
//!
//! What it never does: it opens no database and no connection; it never makes a new identity in the
//! place of one that it cannot read, and never overwrites a file that it could not read. No error, log
//! line or debug print holds a secret.

pub mod backup;
mod cbor;
mod certificate;
mod contents;
mod did;
mod envelope;
mod error;
mod files;
mod keychain;
mod keys;
mod open;
mod passphrase;
mod statement;
mod tries;
mod words;

pub use certificate::{Certificate, CertificateFor, LABEL_CHARS_MAX, Revocation, Rotation};
pub use contents::{DETAIL_CHARS_MAX, DetailTooLong, PersonalDetails};
pub use did::{Did, DidError};
pub use error::{BackupError, KeychainError, VaultError};
pub use keychain::foreign::{FOREIGN_KEYS_BYTES_MAX, ForeignKeys};
pub use keychain::{Keychain, PATIENCE as KEYCHAIN_PATIENCE};
pub use open::{NewOwner, OpenVault, OwnerCard, Presence, VAULT_FILE, erase, presence};
pub use passphrase::{
    Cost, PASSPHRASE_BYTES_MAX, Passphrase, PassphraseError, Rating, rate, suggest,
};
pub use statement::{StatementError, is_signed};
pub use tries::Tries;
pub use words::{RecoveryWords, WORDS, WordsError};

/// What opens a vault or a backup.
#[derive(Debug, Clone, Copy)]
pub enum Key<'a> {
    /// The passphrase.
    Passphrase(&'a Passphrase),
    /// The recovery words.
    Words(&'a RecoveryWords),
}
