//! What the tests share: a folder with a vault, and the words that open it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use base::Timestamp;
use vault::{Key, NewOwner, OpenVault, Passphrase, PersonalDetails, Tries, VAULT_FILE, VaultError};

/// What opens the vaults of these tests.
pub(crate) const PASSPHRASE: &str = "plum orbit copper lantern";

/// When everything here happens.
pub(crate) const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

pub(crate) fn passphrase() -> Passphrase {
    Passphrase::new(PASSPHRASE).expect("short")
}

pub(crate) fn zoe() -> NewOwner {
    NewOwner {
        name: "Zoë".to_owned(),
        details: PersonalDetails::new(
            Some("Zoë Example".to_owned()),
            Some("1987-06-05".to_owned()),
            Some("X1234567".to_owned()),
            None,
        )
        .expect("short"),
        device_label: "Old laptop".to_owned(),
        roles: vec!["primary".to_owned()],
    }
}

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

pub(crate) fn make(folder: &Path) -> OpenVault {
    OpenVault::create(folder, zoe(), &passphrase(), None, None, NOON).expect("a new vault")
}

pub(crate) fn unlock(folder: &Path, key: &Key<'_>) -> Result<OpenVault, VaultError> {
    let now = Instant::now();
    OpenVault::unlock(folder, key, &mut Tries::read(folder, now), now)
}

/// The bytes of one vault, its words and its store key; made once, since Argon2id takes its time.
pub(crate) struct Sample {
    pub(crate) file: Vec<u8>,
    pub(crate) words: vault::RecoveryWords,
    pub(crate) store_key: [u8; 32],
    pub(crate) did: vault::Did,
    /// A backup of it, and the database in that.
    pub(crate) backup: Vec<u8>,
    pub(crate) database: Vec<u8>,
}

pub(crate) fn sample() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let folder = folder();
        let open = make(folder.path());
        let database: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
        let source = folder.path().join("snapshot");
        std::fs::write(&source, &database).expect("written");
        let out = folder.path().join("backup.age");
        vault::backup::create(&out, &open, &source, b"{}", NOON, go_on).expect("a backup");
        Sample {
            file: std::fs::read(folder.path().join(VAULT_FILE)).expect("the vault"),
            words: open.words(),
            store_key: *open.store_key(),
            did: open.owner().did,
            backup: std::fs::read(out).expect("the backup"),
            database,
        }
    })
}

/// A folder with a copy of the sample's vault.
pub(crate) fn folder_with_sample() -> (tempfile::TempDir, PathBuf) {
    let folder = folder();
    let path = folder.path().join(VAULT_FILE);
    std::fs::write(&path, &sample().file).expect("written");
    (folder, path)
}

/// Progress that is not looked at.
pub(crate) fn go_on(_done: u64, _total: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
