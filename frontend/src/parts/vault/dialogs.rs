//! Dialogs around the vault. What is typed into one is gone when it closes.

mod change_passphrase;
mod check_backup;
mod erase;
mod rotate;

pub(crate) use change_passphrase::ChangePassphraseDialog;
pub(crate) use check_backup::CheckBackupDialog;
pub(crate) use erase::EraseDialog;
pub(crate) use rotate::RotateDialog;
