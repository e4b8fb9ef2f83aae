//! Damaged and hostile files: no panic, never other contents, and the file stays as it is.

use std::time::Instant;

use vault::{BackupError, Key, OpenVault, Presence, Tries, VaultError, backup, presence};

use crate::scene::{self, NOON, folder_with_sample, go_on, passphrase, sample, unlock};

/// How many single bits are changed.
const FLIPS: usize = 1_000;

/// Places spread over a file, many of them in its header.
fn bits(bytes: usize) -> impl Iterator<Item = usize> {
    // A multiplier from Knuth spreads them evenly, and the same in each run.
    (0..FLIPS).map(move |number| {
        let spread = number.wrapping_mul(2_654_435_761) ^ number >> 3;
        let within = if number % 3 == 0 {
            800.min(bytes)
        } else {
            bytes
        };
        spread % (within * 8)
    })
}

#[test]
fn thousand_changed_bits_never_open_the_vault_as_another() {
    let (folder, path) = folder_with_sample();
    let whole = &sample().file;
    let mut told = std::collections::BTreeMap::<String, u32>::new();
    for bit in bits(whole.len()) {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, &changed).expect("written");
        let _ = presence(folder.path());
        let outcome = unlock(folder.path(), &Key::Words(&sample().words));
        let Err(error) = outcome else {
            panic!("bit {bit} was changed and nobody noticed");
        };
        assert!(
            matches!(error, VaultError::Damaged { .. }),
            "bit {bit}: {error:?}"
        );
        *told.entry(error.to_string()).or_default() += 1;
        let after = std::fs::read(&path).expect("still there");
        assert!(after == changed, "bit {bit}: the file is left as it is");
    }
    println!("{told:#?}");
    std::fs::write(&path, whole).expect("written");
    let open = unlock(folder.path(), &Key::Words(&sample().words)).expect("the untouched copy");
    assert_eq!(open.store_key(), &sample().store_key);
}

#[test]
fn changed_header_is_no_wrong_passphrase_and_costs_no_try() {
    let (folder, path) = folder_with_sample();
    let now = Instant::now();
    let mut tries = Tries::read(folder.path(), now);
    let passphrase = passphrase();
    let end = sample()
        .file
        .windows(4)
        .position(|window| window == b"\n---")
        .expect("a header");
    for place in (0..end).step_by(7) {
        let mut changed = sample().file.clone();
        changed[place] ^= 4;
        std::fs::write(&path, changed).expect("written");
        let key = Key::Passphrase(&passphrase);
        let refused = OpenVault::unlock(folder.path(), &key, &mut tries, now);
        // What age adds at random is not ours to check before the key is known.
        assert!(
            matches!(refused, Err(VaultError::Damaged { .. })),
            "place {place}: {refused:?}"
        );
    }
    assert_eq!(tries.wait(now), std::time::Duration::ZERO);
    assert!(
        !folder.path().join("vault.tries").exists()
            || Tries::read(folder.path(), now).wait(now).is_zero()
    );
}

#[test]
fn contents_that_are_damaged_are_told_from_a_wrong_passphrase() {
    let (folder, path) = folder_with_sample();
    let mut changed = sample().file.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    std::fs::write(&path, changed).expect("written");
    let right = passphrase();
    let told = unlock(folder.path(), &Key::Passphrase(&right));
    assert!(matches!(told, Err(VaultError::Damaged { .. })), "{told:?}");
    let wrong = vault::Passphrase::new("wrong").expect("short");
    let told = unlock(folder.path(), &Key::Passphrase(&wrong));
    assert!(matches!(told, Err(VaultError::WrongKey)), "{told:?}");
}

/// Where a file is cut: all through the header, around the seams, and here and there.
fn cuts(bytes: usize) -> impl Iterator<Item = usize> {
    let seams = [64, 128].map(|number: usize| number * 1_024);
    (0..1_200.min(bytes))
        .chain(seams.into_iter().flat_map(|seam| seam - 3..seam + 800))
        .chain((0..bytes).step_by(9_973))
        .chain(bytes.saturating_sub(40)..bytes)
        .filter(move |cut| *cut < bytes)
}

#[test]
fn vault_that_is_cut_off_anywhere_is_damaged() {
    let (folder, path) = folder_with_sample();
    for cut in cuts(sample().file.len()) {
        std::fs::write(&path, &sample().file[..cut]).expect("written");
        let refused = unlock(folder.path(), &Key::Words(&sample().words));
        assert!(
            matches!(refused, Err(VaultError::Damaged { .. })),
            "cut at {cut}: {refused:?}"
        );
    }
}

#[test]
fn endless_file_and_a_pipe_are_no_vault() {
    let (folder, path) = folder_with_sample();
    let file = std::fs::File::create(&path).expect("a file");
    file.set_len(1 << 40)
        .expect("a large file that takes no space");
    assert!(matches!(presence(folder.path()), Presence::Unreadable(_)));
    drop(file);
    std::fs::remove_file(&path).expect("removed");
    #[cfg(target_os = "linux")]
    {
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0)
            .expect("a pipe");
        assert!(
            matches!(presence(folder.path()), Presence::Unreadable(_)),
            "it did not wait"
        );
    }
}

#[test]
fn vault_of_a_newer_program_is_named_and_left_alone() {
    // A file of a newer program, sealed as ours are, with format 2 in its contents.
    let (folder, path) = folder_with_sample();
    let vault = String::from_utf8_lossy(&sample().file[..700]).into_owned();
    let stanza = vault
        .lines()
        .find(|line| line.starts_with("-> hai-net-argon2id 1 "))
        .expect("our stanza");
    // Its digest does not fit a changed number: that is damage. The unit tests of the envelope seal a
    // newer one rightly.
    let newer = stanza.replace("argon2id 1 ", "argon2id 2 ");
    let bytes = replaced(&sample().file, stanza.as_bytes(), newer.as_bytes());
    std::fs::write(&path, &bytes).expect("written");
    assert!(matches!(
        presence(folder.path()),
        Presence::Unreadable(VaultError::Damaged { .. })
    ));
    assert!(std::fs::read(&path).expect("still there") == bytes);
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes
        .windows(from.len())
        .position(|window| window == from)
        .expect("it is there");
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

#[test]
fn thousand_changed_bits_never_restore_another_backup() {
    let folder = scene::folder();
    let path = folder.path().join("backup.age");
    let whole = &sample().backup;
    for bit in bits(whole.len()) {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, &changed).expect("written");
        let outcome = backup::verify(&path, &Key::Words(&sample().words), go_on);
        assert!(
            matches!(outcome, Err(BackupError::Damaged { .. })),
            "bit {bit}: {outcome:?}"
        );
        assert!(std::fs::read(&path).expect("still there") == changed);
    }
    std::fs::write(&path, whole).expect("written");
    backup::verify(&path, &Key::Words(&sample().words), go_on).expect("the untouched copy");
}

#[test]
fn backup_that_is_cut_off_anywhere_is_damaged_and_restores_nothing() {
    let folder = scene::folder();
    let path = folder.path().join("backup.age");
    let target = scene::folder();
    for (number, cut) in cuts(sample().backup.len()).enumerate() {
        std::fs::write(&path, &sample().backup[..cut]).expect("written");
        let words = Key::Words(&sample().words);
        let outcome = if number % 50 == 0 {
            backup::restore(
                &path,
                &words,
                target.path(),
                &passphrase(),
                "x",
                NOON,
                go_on,
            )
            .map(|_| ())
        } else {
            backup::verify(&path, &words, go_on).map(|_| ())
        };
        assert!(
            matches!(outcome, Err(BackupError::Damaged { .. })),
            "cut at {cut}: {outcome:?}"
        );
    }
    let left = std::fs::read_dir(target.path()).expect("a folder").count();
    assert_eq!(left, 0, "nothing was restored");
}
