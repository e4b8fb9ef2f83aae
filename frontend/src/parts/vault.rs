//! Pieces around the vault: fields for secrets, what opens it, how far a backup is.
//!
//! What is typed here lives in signals of the piece that asks for it, and is overwritten when that
//! piece goes or has what it wanted.

mod backup;
mod details;
pub(super) mod dialogs;
mod new_passphrase;
mod opener;
mod qr;
mod secret_field;

pub(crate) use backup::BackupBar;
pub(crate) use details::{DetailsDraft, DetailsFields};
pub(crate) use new_passphrase::{NewPassphrase, PassphraseDraft};
pub(crate) use opener::{OpenerDraft, OpenerField, WordsField};
pub(crate) use qr::QrCode;
pub(crate) use secret_field::SecretField;
