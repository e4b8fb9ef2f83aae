//! You and security.

use super::super::{Plain, With1, With3};

words! {
    /// You and security.
    OwnerWords;

    /// The owner.
    section: Plain,
    did: Plain,
    did_alias: Plain,
    did_about: Plain,
    since: Plain,
    qr_show: Plain,
    qr_name: Plain,
    details_open: Plain,

    /// Devices.
    devices: Plain,
    devices_about: Plain,
    device_issued: With1,
    device_expires: With1,
    device_revoked: With1,
    device_serial: Plain,
    role_primary: Plain,
    role_helper: Plain,
    role_none: Plain,
    revoke: Plain,
    revoke_named: With1,
    revoke_title: With1,
    revoke_text: Plain,

    /// Opening and locking.
    opening: Plain,
    passphrase_about: Plain,
    change_passphrase: Plain,
    change_passphrase_about: Plain,
    passphrase_changed: Plain,
    keychain: Plain,
    keychain_about: Plain,
    keychain_used: Plain,
    keychain_not_used: Plain,
    keychain_missing: Plain,
    keychain_trouble: Plain,
    lock_now: Plain,
    lock_about: Plain,

    /// Backups.
    backup: Plain,
    backup_about: Plain,
    backup_none: Plain,
    backup_last: Plain,
    backup_file: Plain,
    backup_copy_it: Plain,
    backup_now: Plain,
    backup_made: Plain,
    backup_elsewhere: Plain,
    backup_path_about: Plain,
    check_backup: Plain,
    check_backup_about: Plain,
    check_backup_start: Plain,
    backup_whole: With3,
    tokens_elsewhere: Plain,

    /// The key.
    key: Plain,
    key_about: Plain,
    rotate: Plain,
    rotate_title: Plain,
    rotate_about: Plain,
    rotate_point_did: Plain,
    rotate_point_words: Plain,
    rotate_point_devices: Plain,
    rotate_confirm: Plain,

    /// Erasing.
    erase_heading: Plain,
    erase: Plain,
    erase_about: Plain,
    erase_title: Plain,
    erase_goes: Plain,
    erase_stays: Plain,
    erase_no_way_back: Plain,
    erase_type: Plain,
    erase_confirm: Plain,
    erased: Plain,
}
