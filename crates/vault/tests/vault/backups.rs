//! Backups: made, refused, stopped, restored, and archives that mean harm.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use vault::{BackupError, Key, OpenVault, Passphrase, VAULT_FILE, backup};

use crate::scene::{self, NOON, folder_with_sample, go_on, passphrase, sample, unlock};

/// The sample's backup in a file.
fn backup_in(folder: &Path) -> PathBuf {
    let path = folder.join("backup.age");
    std::fs::write(&path, &sample().backup).expect("written");
    path
}

fn restore(path: &Path, key: &Key<'_>, folder: &Path) -> Result<OpenVault, BackupError> {
    backup::restore(
        path,
        key,
        folder,
        &new_passphrase(),
        "New laptop",
        NOON,
        go_on,
    )
}

fn new_passphrase() -> Passphrase {
    Passphrase::new("seven quiet marble ladders").expect("short")
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("text")
        })
        .collect();
    names.sort();
    names
}

#[test]
fn backup_is_restored_with_passphrase_or_words_as_another_device_of_the_owner() {
    let source = scene::folder();
    let path = backup_in(source.path());
    let (old, new) = (passphrase(), new_passphrase());
    for key in [Key::Passphrase(&old), Key::Words(&sample().words)] {
        let folder = scene::folder();
        let open = restore(&path, &key, folder.path()).expect("restored");
        let card = open.owner();
        assert_eq!(card.did, sample().did);
        assert_eq!(open.store_key(), &sample().store_key);
        assert_eq!(card.certificate.label(), "New laptop");
        assert_eq!(card.certificate.verify(&card.did, NOON), Ok(()));
        assert_eq!(open.details().government_id(), Some("X1234567"));
        assert_eq!(names(folder.path()), ["hai-net.db", VAULT_FILE]);
        assert!(std::fs::read(folder.path().join("hai-net.db")).expect("it") == sample().database);
        drop(open);
        let again = unlock(folder.path(), &Key::Passphrase(&new)).expect("the new passphrase");
        assert_eq!(again.owner().certificate, card.certificate);
    }
}

#[test]
fn wrong_key_and_missing_file_are_told_apart() {
    let source = scene::folder();
    let path = backup_in(source.path());
    let wrong = Passphrase::new("wrong").expect("short");
    let words = vault::RecoveryWords::from_seed([1; 32]);
    for key in [Key::Passphrase(&wrong), Key::Words(&words)] {
        let refused = backup::verify(&path, &key, go_on);
        assert!(matches!(refused, Err(BackupError::WrongKey)), "{refused:?}");
        let refused = backup::age_identity(&path, &key);
        assert!(matches!(refused, Err(BackupError::WrongKey)));
    }
    let nowhere = source.path().join("nowhere.age");
    let refused = backup::verify(&nowhere, &Key::Words(&words), go_on);
    assert!(matches!(refused, Err(BackupError::NoFile { .. })));
    let refused = backup::verify(source.path(), &Key::Words(&words), go_on);
    assert!(
        matches!(refused, Err(BackupError::Damaged { .. })),
        "a folder"
    );
}

#[test]
fn backup_never_overwrites_a_file() {
    let (folder, _) = folder_with_sample();
    let open = unlock(folder.path(), &Key::Words(&sample().words)).expect("it opens");
    let (out, database) = (folder.path().join("out.age"), folder.path().join("db"));
    std::fs::write(&database, "db").expect("written");
    std::fs::write(&out, "mine").expect("written");
    let refused = backup::create(&out, &open, &database, b"{}", NOON, go_on);
    assert!(matches!(refused, Err(BackupError::Exists { .. })));
    assert_eq!(std::fs::read(&out).expect("still there"), b"mine");
}

#[test]
fn backup_that_a_person_stops_leaves_nothing() {
    let (folder, _) = folder_with_sample();
    let open = unlock(folder.path(), &Key::Words(&sample().words)).expect("it opens");
    let (out, database) = (folder.path().join("out.age"), folder.path().join("db"));
    std::fs::write(&database, vec![1; 2_000_000]).expect("written");
    let before = names(folder.path());
    let mut seen = Vec::new();
    let stopped = backup::create(&out, &open, &database, b"{}", NOON, |done, total| {
        seen.push((done, total));
        if done > 500_000 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert!(
        matches!(stopped, Err(BackupError::Cancelled)),
        "{stopped:?}"
    );
    assert_eq!(names(folder.path()), before);
    assert!(
        seen.windows(2).all(|two| two[0].0 <= two[1].0),
        "it only goes forward"
    );
    assert!(seen.iter().all(|(_, total)| *total == 2_000_000));
}

#[test]
fn restoring_that_a_person_stops_leaves_nothing() {
    let (source, folder) = (scene::folder(), scene::folder());
    let path = backup_in(source.path());
    let key = Key::Words(&sample().words);
    let stop = |_, _| ControlFlow::Break(());
    let stopped =
        backup::restore(&path, &key, folder.path(), &passphrase(), "x", NOON, stop).map(|_| ());
    assert!(
        matches!(stopped, Err(BackupError::Cancelled)),
        "{stopped:?}"
    );
    assert!(names(folder.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn backup_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, _) = folder_with_sample();
    let open = unlock(folder.path(), &Key::Words(&sample().words)).expect("it opens");
    let (out, database) = (folder.path().join("out.age"), folder.path().join("db"));
    std::fs::write(&database, "db").expect("written");
    backup::create(&out, &open, &database, b"{}", NOON, go_on).expect("made");
    let mode = std::fs::metadata(&out).expect("it").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(
        !names(folder.path())
            .iter()
            .any(|name| name.contains("part"))
    );
}

#[test]
fn folder_with_a_vault_or_a_database_is_not_restored_into() {
    let source = scene::folder();
    let path = backup_in(source.path());
    for name in [VAULT_FILE, "hai-net.db"] {
        let folder = scene::folder();
        std::fs::write(folder.path().join(name), "mine").expect("written");
        let refused = restore(&path, &Key::Words(&sample().words), folder.path()).map(|_| ());
        assert!(
            matches!(refused, Err(BackupError::NotEmpty { .. })),
            "{refused:?}"
        );
        assert_eq!(
            std::fs::read(folder.path().join(name)).expect("it"),
            b"mine"
        );
        assert_eq!(names(folder.path()), [name]);
    }
}

#[test]
fn restoring_that_was_cut_off_can_be_tried_again() {
    let source = scene::folder();
    let path = backup_in(source.path());
    // Every state in which a power cut can leave the folder.
    let waiting = [
        &["hai-net.db.restoring"][..],
        &["hai-net.db.restoring", "vault.age.restoring"],
        &["hai-net.db", "vault.age.restoring"],
    ];
    for left in waiting {
        let folder = scene::folder();
        for name in left {
            std::fs::write(folder.path().join(name), "from before").expect("written");
        }
        let open = restore(&path, &Key::Words(&sample().words), folder.path())
            .unwrap_or_else(|error| panic!("{left:?}: {error}"));
        assert_eq!(open.owner().did, sample().did);
        assert_eq!(names(folder.path()), ["hai-net.db", VAULT_FILE]);
        assert!(std::fs::read(folder.path().join("hai-net.db")).expect("it") == sample().database);
    }
    // The database of a hub without an owner is never taken for one.
    let folder = scene::folder();
    for name in ["hai-net.db", "hai-net.key", "vault.age.restoring"] {
        std::fs::write(folder.path().join(name), "mine").expect("written");
    }
    let refused = restore(&path, &Key::Words(&sample().words), folder.path()).map(|_| ());
    assert!(
        matches!(refused, Err(BackupError::NotEmpty { .. })),
        "{refused:?}"
    );
    assert_eq!(
        std::fs::read(folder.path().join("hai-net.db")).expect("it"),
        b"mine"
    );
}

/// A member of a hostile archive.
fn member(archive: &mut tar::Builder<Vec<u8>>, name: &str, kind: tar::EntryType, bytes: &[u8]) {
    let mut header = tar::Header::new_gnu();
    let place = header.as_old_mut();
    // By hand: the library would refuse some of these names.
    place.name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    archive.append(&header, bytes).expect("into memory");
}

/// Encrypts an archive for the recovery words of the sample. Only who knows the owner's words or
/// passphrase can do this; a stranger's backup comes with a passphrase of the stranger.
fn sealed(archive: &[u8]) -> Vec<u8> {
    hostile::seal(archive)
}

mod hostile {
    //! An envelope made without the vault's code.

    use std::collections::HashSet;
    use std::io::Write as _;

    use age_core::format::{FileKey, Stanza};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    use sha2::{Digest as _, Sha256};

    use crate::scene::sample;

    struct Recipient(age::x25519::Recipient);

    impl age::Recipient for Recipient {
        fn wrap_file_key(
            &self,
            key: &FileKey,
        ) -> Result<(Vec<Stanza>, HashSet<String>), age::EncryptError> {
            let (mut stanzas, labels) = self.0.wrap_file_key(key)?;
            let args: Vec<String> = [
                "1".to_owned(),
                STANDARD_NO_PAD.encode([1; 16]),
                STANDARD_NO_PAD.encode([2; 16]),
                "65536".to_owned(),
                "3".to_owned(),
                "1".to_owned(),
            ]
            .into();
            // As docs/identity.md says.
            let mut hash = Sha256::new().chain_update("hai-net-argon2id");
            let parts = args
                .iter()
                .map(String::as_bytes)
                .chain(stanzas.iter().flat_map(|stanza| {
                    let args = stanza.args.iter().map(String::as_bytes);
                    args.chain([&stanza.body[..]])
                }));
            for part in parts {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
            let body = hash.finalize()[..16].to_vec();
            stanzas.push(Stanza {
                tag: "hai-net-argon2id".to_owned(),
                args,
                body,
            });
            Ok((stanzas, labels))
        }
    }

    pub(super) fn seal(inside: &[u8]) -> Vec<u8> {
        let folder = crate::scene::folder();
        let path = folder.path().join("backup.age");
        std::fs::write(&path, &sample().backup).expect("written");
        let words = vault::Key::Words(&sample().words);
        let identity = vault::backup::age_identity(&path, &words).expect("it opens");
        let identity: age::x25519::Identity = identity.parse().expect("an identity");
        let recipient = Recipient(identity.to_public());
        let encryptor =
            age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
                .expect("a recipient");
        let mut bytes = Vec::new();
        let mut writer = encryptor.wrap_output(&mut bytes).expect("into memory");
        writer.write_all(inside).expect("into memory");
        writer.finish().expect("into memory");
        bytes
    }
}

#[test]
fn archive_that_means_harm_is_refused_and_writes_nothing() {
    use tar::EntryType;
    let regular = EntryType::Regular;
    let long_name = vec![b'x'; 100_000];
    type Members<'a> = Vec<(&'a str, EntryType, &'a [u8])>;
    let cases: [(&str, Members<'_>); 9] = [
        ("a path", vec![("../../evil", regular, b"x")]),
        ("an absolute path", vec![("/etc/evil", regular, b"x")]),
        ("another name", vec![("evil.sh", regular, b"x")]),
        ("a link", vec![("hai-net.db", EntryType::Symlink, b"")]),
        ("a hard link", vec![("hai-net.db", EntryType::Link, b"")]),
        ("a folder", vec![("hai-net.db", EntryType::Directory, b"")]),
        (
            "a name from an extension",
            vec![("././@LongLink", EntryType::GNULongName, &long_name)],
        ),
        (
            "the same twice",
            vec![("hai-net.db", regular, b"x"), ("hai-net.db", regular, b"y")],
        ),
        ("no list", vec![("hai-net.db", regular, b"x")]),
    ];
    let source = scene::folder();
    for (what, members) in cases {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, kind, bytes) in members {
            member(&mut archive, name, kind, bytes);
        }
        let path = source.path().join("hostile.age");
        std::fs::write(&path, sealed(&archive.into_inner().expect("memory"))).expect("written");
        let folder = scene::folder();
        let outcome = restore(&path, &Key::Words(&sample().words), folder.path()).map(|_| ());
        assert!(
            matches!(outcome, Err(BackupError::Damaged { .. })),
            "{what}: {outcome:?}"
        );
        assert!(names(folder.path()).is_empty(), "{what}");
    }
}

#[test]
fn archive_that_claims_more_than_the_disk_holds_is_refused_before_it_is_written() {
    let mut header = tar::Header::new_gnu();
    header.set_path("hai-net.db").expect("short");
    header.set_size(1 << 60);
    header.set_cksum();
    let path = scene::folder().keep().join("hostile.age");
    std::fs::write(&path, sealed(header.as_bytes())).expect("written");
    let folder = scene::folder();
    let outcome = restore(&path, &Key::Words(&sample().words), folder.path()).map(|_| ());
    assert!(
        matches!(outcome, Err(BackupError::Full { .. })),
        "{outcome:?}"
    );
    assert!(names(folder.path()).is_empty());
    std::fs::remove_dir_all(path.parent().expect("a folder")).expect("removed");
}

#[test]
fn backup_of_a_newer_program_is_named_as_such() {
    let mut archive = tar::Builder::new(Vec::new());
    let list = br#"{ "format": "hai-net-backup/2", "something": "else" }"#;
    member(&mut archive, "manifest.json", tar::EntryType::Regular, list);
    let folder = scene::folder();
    let path = folder.path().join("newer.age");
    std::fs::write(&path, sealed(&archive.into_inner().expect("memory"))).expect("written");
    let outcome = backup::verify(&path, &Key::Words(&sample().words), go_on);
    assert!(matches!(outcome, Err(BackupError::Newer)), "{outcome:?}");
}
