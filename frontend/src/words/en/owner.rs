//! You and security, in English.

use super::super::OwnerWords;

/// What is said in English.
pub(super) static WORDS: OwnerWords = OwnerWords {
    section: "You and security",
    did: "Identifier",
    did_alias: "Its visible form",
    did_about: "Your identifier is public: devices and people recognise you by it. It says \
        nothing about you.",
    since: "Since",
    qr_show: "Show as QR code",
    qr_name: "Your identifier as a QR code",
    details_open: "Change name and details",

    devices: "Devices",
    devices_about: "Devices that may act for you. Each has a certificate that ends by itself.",
    device_issued: |date| format!("certified {date}"),
    device_expires: |date| format!("good until {date}"),
    device_revoked: |date| format!("revoked {date}"),
    device_serial: "Certificate",
    role_primary: "holds your data",
    role_helper: "computes for you",
    role_none: "no rights",
    revoke: "Revoke",
    revoke_named: |label| format!("Revoke “{label}”"),
    revoke_title: |label| format!("Revoke “{label}”?"),
    revoke_text: "The device loses its rights for good. To act for you again it needs a new \
        certificate.",

    opening: "Opening and locking",
    passphrase_about: "It opens what is stored here. A change takes about a second, however much \
        is stored.",
    change_passphrase: "Change the passphrase",
    change_passphrase_about: "Backups that were made before keep the passphrase that they have.",
    passphrase_changed: "The passphrase is changed.",
    keychain: "This computer’s keychain",
    keychain_about: "Whether it opens HAI-Net at each start, without the passphrase.",
    keychain_used: "It opens HAI-Net.",
    keychain_not_used: "It is not asked.",
    keychain_missing: "This computer has none that HAI-Net could use.",
    keychain_trouble: "It should open HAI-Net and could not.",
    lock_now: "Lock now",
    lock_about: "Closes what is stored and forgets its key. An answer under way is stopped.",

    backup: "Backup",
    backup_about: "One encrypted file with identity, conversations and settings. Your passphrase \
        of now or your recovery words open it.",
    backup_none: "There is no backup yet.",
    backup_last: "Last backup",
    backup_file: "File",
    backup_copy_it: "Copy the file to another disk or device: a backup on the same disk is lost \
        with it.",
    backup_now: "Back up now",
    backup_made: "The backup is made.",
    backup_elsewhere: "Save it elsewhere",
    backup_path_about: "The whole path of a new file, for example on a USB stick. Left empty, it \
        goes into the folder for backups beside the data.",
    check_backup: "Check a backup",
    check_backup_about: "Reads the file to its end and checks that every part is whole. Nothing \
        is changed.",
    check_backup_start: "Check",
    backup_whole: |name, made, size| format!("The backup is whole: {name}, made {made}, {size}."),
    tokens_elsewhere: "Tokens that let other programs in stand under API and tools.",

    key: "Key",
    key_about: "If somebody may have seen your recovery words, change the key: the words of \
        before then no longer open this HAI-Net.",
    rotate: "Change the key",
    rotate_title: "Change your key?",
    rotate_about: "You get a new key. The old one signs a statement that the new one takes its \
        place.",
    rotate_point_did: "Your identifier changes. Whoever knows the old one can check the statement.",
    rotate_point_words: "You get 24 new recovery words. They are shown next, and three of them \
        are asked back.",
    rotate_point_devices: "This device gets a new certificate. Backups that were made before stay \
        as they are.",
    rotate_confirm: "Change the key",

    erase_heading: "Erase",
    erase: "Erase everything",
    erase_about: "Removes identity, conversations, settings and the log from this device. Models \
        stay.",
    erase_title: "Erase everything on this device?",
    erase_goes: "Gone for good: your identity, all conversations, settings and the log, and the \
        backups in the folder beside the data.",
    erase_stays: "What stays: downloaded models, and backups that lie elsewhere.",
    erase_no_way_back: "Without a backup elsewhere and what opens it there is no way back.",
    erase_type: "To go on, type:",
    erase_confirm: "Erase for good",
    erased: "Everything is erased.",
};
