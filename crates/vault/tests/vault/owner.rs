//! A person and their vault: made, opened, changed, lost, erased.

use std::path::Path;
use std::time::{Duration, Instant};

use vault::{
    Certificate, Key, OpenVault, Passphrase, PersonalDetails, Presence, RecoveryWords, Rotation,
    Tries, VAULT_FILE, VaultError, erase, presence,
};

use crate::scene::{self, NOON, folder_with_sample, make, passphrase, sample, unlock, zoe};

#[test]
fn vault_opens_with_passphrase_and_words_and_holds_what_was_put_in() {
    let folder = scene::folder();
    assert!(matches!(presence(folder.path()), Presence::Absent));
    let made = make(folder.path());
    assert!(matches!(presence(folder.path()), Presence::Present));
    let (passphrase, words) = (passphrase(), made.words());
    for key in [Key::Passphrase(&passphrase), Key::Words(&words)] {
        let open = unlock(folder.path(), &key).expect("it opens");
        assert_eq!(open.store_key(), made.store_key());
        assert_eq!(open.words(), words);
        let (card, before) = (open.owner(), made.owner());
        assert_eq!((card.name.as_str(), card.created), ("Zoë", NOON));
        assert_eq!(card.did, before.did);
        assert_eq!(card.certificate, before.certificate);
        assert_eq!(card.certificate.verify(&card.did, NOON), Ok(()));
        assert_eq!(open.details(), made.details());
        assert_eq!(open.encryption_key(), made.encryption_key());
        assert!(!card.words_confirmed);
    }
}

#[cfg(unix)]
#[test]
fn vault_is_readable_by_its_owner_only_and_leaves_no_draft() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = scene::folder();
    let mut open = make(folder.path());
    open.confirm_words().expect("written");
    let names: Vec<_> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, [VAULT_FILE]);
    let path = folder.path().join(VAULT_FILE);
    let mode = || {
        std::fs::metadata(&path)
            .expect("the vault")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(), 0o600);
    // One that others could read is made private when it is read.
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("changed");
    let _ = presence(folder.path());
    assert_eq!(mode(), 0o600);
}

#[test]
fn all_vaults_have_one_size_whatever_is_in_them() {
    let folder = scene::folder();
    let mut open = make(folder.path());
    // Age adds up to some 200 bytes that mean nothing.
    let size = || {
        std::fs::metadata(folder.path().join(VAULT_FILE))
            .expect("the vault")
            .len()
            / 1_024
    };
    let before = size();
    open.set_name_and_details("Z".repeat(200), PersonalDetails::default())
        .expect("written");
    assert_eq!(size(), before);
}

#[test]
fn identity_comes_back_from_its_words_with_a_new_store_key() {
    let folder = scene::folder();
    let words: RecoveryWords = sample().words.text().parse().expect("our own words");
    let open = OpenVault::create(
        folder.path(),
        zoe(),
        &passphrase(),
        Some(words),
        Some([9; 32]),
        NOON,
    )
    .expect("a vault of these words");
    assert_eq!(open.owner().did, sample().did);
    assert_ne!(open.store_key(), &sample().store_key);
    assert_eq!(open.previous_store_key(), Some(&[9; 32]));
    let mut again = unlock(folder.path(), &Key::Words(&sample().words)).expect("it opens");
    again.forget_previous_store_key().expect("written");
    let again = unlock(folder.path(), &Key::Words(&sample().words)).expect("it opens");
    assert_eq!(again.previous_store_key(), None);
}

#[test]
fn vault_that_is_there_is_never_overwritten_by_a_new_one() {
    let create = |folder: &Path| {
        OpenVault::create(folder, zoe(), &passphrase(), None, None, NOON).map(|_| ())
    };
    for bytes in [&sample().file[..], b"", b"garbage", &sample().file[..700]] {
        let (folder, path) = folder_with_sample();
        std::fs::write(&path, bytes).expect("written");
        assert!(matches!(
            create(folder.path()),
            Err(VaultError::Exists { .. })
        ));
        assert_eq!(std::fs::read(&path).expect("still there"), bytes);
    }
    let folder = scene::folder();
    std::fs::create_dir(folder.path().join(VAULT_FILE)).expect("a folder of that name");
    assert!(matches!(
        create(folder.path()),
        Err(VaultError::Exists { .. })
    ));
    assert!(matches!(presence(folder.path()), Presence::Unreadable(_)));
}

#[test]
fn passphrase_is_changed_without_touching_store_key_or_owner() {
    let folder = scene::folder();
    let mut open = make(folder.path());
    let (key, words) = (*open.store_key(), open.words());
    let new = Passphrase::new("seven quiet marble ladders").expect("short");
    open.change_passphrase(&new).expect("written");
    assert!(matches!(
        unlock(folder.path(), &Key::Passphrase(&passphrase())),
        Err(VaultError::WrongKey)
    ));
    for key_for in [Key::Passphrase(&new), Key::Words(&words)] {
        assert_eq!(
            unlock(folder.path(), &key_for)
                .expect("it opens")
                .store_key(),
            &key
        );
    }
}

#[test]
fn name_details_and_confirmation_are_kept() {
    let (folder, _) = folder_with_sample();
    let key = Key::Words(&sample().words);
    let mut open = unlock(folder.path(), &key).expect("it opens");
    let details = PersonalDetails::new(None, None, None, Some("zoe@example.org".to_owned()));
    open.set_name_and_details("Zo".to_owned(), details.expect("short"))
        .expect("written");
    open.confirm_words().expect("written");
    let again = unlock(folder.path(), &key).expect("it opens");
    assert_eq!(again.owner().name, "Zo");
    assert_eq!(again.details().email(), Some("zoe@example.org"));
    assert_eq!(again.details().full_name(), None);
    assert!(again.owner().words_confirmed);
    let too_long = open.set_name_and_details("x".repeat(201), PersonalDetails::default());
    assert!(matches!(too_long, Err(VaultError::TooLong)));
    assert_eq!(open.owner().name, "Zo");
}

#[test]
fn owner_gets_a_new_key_that_the_old_one_vouches_for() {
    let (folder, _) = folder_with_sample();
    let mut open = unlock(folder.path(), &Key::Words(&sample().words)).expect("it opens");
    open.confirm_words().expect("written");
    let before = open.owner();
    let rotation = open.rotate(NOON).expect("written");
    let after = open.owner();
    assert_eq!(Rotation::read(&rotation.to_bytes()), Ok(rotation.clone()));
    assert_eq!((rotation.old, rotation.new), (before.did, after.did));
    assert_ne!(before.did, after.did);
    assert_eq!(after.certificate.verify(&after.did, NOON), Ok(()));
    assert_eq!(
        after.certificate.device_key(),
        before.certificate.device_key()
    );
    assert!(!after.words_confirmed, "there are new words");
    assert_eq!(open.store_key(), &sample().store_key);
    // After a crash the statement is still there, though the old key is gone.
    let words = open.words();
    drop(open);
    let again = unlock(folder.path(), &Key::Words(&words)).expect("the new words open it");
    assert_eq!(again.last_rotation(), Some(&rotation.to_bytes()[..]));
    unlock(folder.path(), &Key::Passphrase(&passphrase())).expect("the passphrase stays");
    assert!(matches!(
        unlock(folder.path(), &Key::Words(&sample().words)),
        Err(VaultError::WrongKey)
    ));
}

#[test]
fn device_is_revoked_by_its_owner() {
    let (folder, _) = folder_with_sample();
    let open = unlock(folder.path(), &Key::Words(&sample().words)).expect("it opens");
    let revocation = open.revoke([7; 16], NOON);
    let read = vault::Revocation::read(&revocation.to_bytes(), &sample().did);
    assert_eq!(read, Ok(revocation));
}

#[test]
fn signature_of_one_domain_is_none_of_another() {
    let (folder, _) = folder_with_sample();
    let open = unlock(folder.path(), &Key::Words(&sample().words)).expect("it opens");
    let signature = open.sign("vote", b"yes");
    let signature = ed25519_dalek::Signature::from_bytes(&signature);
    let key = sample().did;
    assert!(key.key().verify_strict(b"vote\0yes", &signature).is_ok());
    assert!(key.key().verify_strict(b"voter\0yes", &signature).is_err());
}

#[test]
fn wrong_passphrases_back_off_across_restarts_and_the_right_one_still_opens() {
    let (folder, _) = folder_with_sample();
    let wrong = Passphrase::new("wrong").expect("short");
    let mut now = Instant::now();
    let mut tries = Tries::read(folder.path(), now);
    for _ in 0..3 {
        let refused = OpenVault::unlock(folder.path(), &Key::Passphrase(&wrong), &mut tries, now);
        assert!(matches!(refused, Err(VaultError::WrongKey)));
    }
    // Ending the program gains nothing: the wait begins anew.
    let mut tries = Tries::read(folder.path(), now);
    let right = passphrase();
    let early = OpenVault::unlock(folder.path(), &Key::Passphrase(&right), &mut tries, now);
    let Err(VaultError::BackOff { wait }) = early else {
        panic!("the right passphrase has to wait too, or its refusal would tell");
    };
    assert_eq!(wait, Duration::from_secs(1));
    // Words do not wait.
    OpenVault::unlock(folder.path(), &Key::Words(&sample().words), &mut tries, now)
        .expect("the words");
    for _ in 0..4 {
        now += tries.wait(now);
        let _ = OpenVault::unlock(folder.path(), &Key::Passphrase(&wrong), &mut tries, now);
    }
    now += tries.wait(now);
    OpenVault::unlock(folder.path(), &Key::Passphrase(&right), &mut tries, now)
        .expect("the right passphrase after its wait");
    assert_eq!(
        tries.wait(now),
        Duration::ZERO,
        "a right one clears the count"
    );
    assert_eq!(Tries::read(folder.path(), now).wait(now), Duration::ZERO);
}

#[test]
fn passphrase_is_checked_while_the_vault_is_open() {
    let (folder, _) = folder_with_sample();
    let open = unlock(folder.path(), &Key::Words(&sample().words)).expect("it opens");
    let now = Instant::now();
    let mut tries = Tries::read(folder.path(), now);
    let (right, wrong) = (passphrase(), Passphrase::new("wrong").expect("short"));
    let mut check = |key| open.check(&key, &mut tries, now);
    assert!(check(Key::Passphrase(&right)).is_ok());
    assert!(check(Key::Words(&sample().words)).is_ok());
    assert!(matches!(
        check(Key::Passphrase(&wrong)),
        Err(VaultError::WrongKey)
    ));
    let other = RecoveryWords::from_seed([1; 32]);
    assert!(matches!(
        check(Key::Words(&other)),
        Err(VaultError::WrongKey)
    ));
}

#[test]
fn unlocking_takes_between_a_tenth_of_a_second_and_a_second() {
    let (folder, _) = folder_with_sample();
    let passphrase = passphrase();
    // The best of some: other tests run beside this one.
    let quickest = (0..5)
        .map(|_| {
            let begun = Instant::now();
            unlock(folder.path(), &Key::Passphrase(&passphrase)).expect("it opens");
            begun.elapsed()
        })
        .min()
        .expect("five");
    println!("unlocking took {} ms", quickest.as_millis());
    assert!(
        quickest >= Duration::from_millis(100),
        "too cheap to guess: {quickest:?}"
    );
    assert!(
        quickest <= Duration::from_secs(1),
        "a person waits too long: {quickest:?}"
    );
}

#[test]
fn nothing_of_a_vault_is_left_when_it_was_erased() {
    let (folder, path) = folder_with_sample();
    std::fs::write(folder.path().join("vault.tries"), "2").expect("written");
    std::fs::write(folder.path().join("vault.age.damaged-1"), "x").expect("written");
    std::fs::write(folder.path().join("vault.age.0123.new"), "x").expect("written");
    std::fs::write(folder.path().join("other"), "x").expect("written");
    let told = erase(folder.path(), None).expect("removed");
    assert!(told.is_none());
    assert!(!path.exists());
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(left, ["other"]);
    erase(folder.path(), None).expect("a second time does no harm");
}

#[test]
fn file_that_somebody_put_in_the_place_of_an_open_vault_is_kept() {
    let (folder, path) = folder_with_sample();
    let mut open = unlock(folder.path(), &Key::Words(&sample().words)).expect("it opens");
    std::fs::write(&path, "not a vault").expect("written");
    open.confirm_words().expect("written");
    let aside = folder.path().join("vault.age.damaged-1");
    assert_eq!(std::fs::read(aside).expect("kept"), b"not a vault");
    unlock(folder.path(), &Key::Words(&sample().words)).expect("the vault is back");
}

#[cfg(unix)]
#[test]
fn folder_that_cannot_be_written_is_named_and_nothing_changes() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path) = folder_with_sample();
    let mut open = unlock(folder.path(), &Key::Words(&sample().words)).expect("it opens");
    let mode = |mode| {
        let rights = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(folder.path(), rights).expect("changed");
    };
    mode(0o500);
    let outcome = open.confirm_words();
    mode(0o700);
    if rustix::process::geteuid().is_root() {
        return; // Nothing is forbidden to root.
    }
    assert!(matches!(outcome, Err(VaultError::NotWritable { .. })));
    assert!(
        !open.owner().words_confirmed,
        "memory says what the file says"
    );
    assert_eq!(std::fs::read(path).expect("the vault"), sample().file);
}

#[test]
fn nothing_secret_is_printed() {
    let (folder, _) = folder_with_sample();
    let open = unlock(folder.path(), &Key::Words(&sample().words)).expect("it opens");
    let printed = format!("{open:?} {:?} {:?}", open.details(), open.words());
    assert_eq!(printed, "Secret(…) Secret(…) Secret(…)");
    let key = format!("{:?}", Key::Passphrase(&passphrase()));
    assert!(!key.contains("plum"), "{key}");
    let bytes = open.owner().certificate.to_bytes();
    assert!(Certificate::read(&bytes).is_ok());
}
