//! Other libraries compute the same: did:key, BIP-39, HKDF, Argon2id, age.

use std::path::Path;

use ed25519_dalek::SigningKey;
use serde_json::Value;
use vault::{Did, Key, OpenVault, Passphrase, RecoveryWords, VAULT_FILE, backup};

use crate::scene::{self, NOON, go_on, passphrase, sample, zoe};
use crate::tools::{self, hex, lines, needed, said};

/// How many keys and words are compared.
const MANY: u8 = 100;

/// Seeds that differ in each byte.
fn seeds() -> impl Iterator<Item = [u8; 32]> {
    (0..MANY).map(|number| {
        std::array::from_fn(|place| {
            let place = u8::try_from(place).expect("below 32");
            number.wrapping_mul(31).wrapping_add(place.wrapping_mul(7)) ^ place
        })
    })
}

#[test]
fn hundred_identifiers_resolve_to_the_same_keys_with_another_library() {
    let keys: Vec<_> = seeds()
        .map(|seed| SigningKey::from_bytes(&seed).verifying_key())
        .collect();
    let dids: String = keys
        .iter()
        .map(|key| format!("{}\n", Did::of(key)))
        .collect();
    let answers = lines(&mut tools::resolve(), dids.as_bytes());
    let (resolved, made) = answers.split_at(keys.len());
    for (key, resolved) in keys.iter().zip(resolved) {
        assert_eq!(&hex(key.as_bytes()), resolved);
    }
    assert!(made.len() >= 20, "the other library made some too");
    for line in made {
        let parts: Vec<_> = line.split(' ').collect();
        let did: Did = parts[1]
            .parse()
            .expect("an identifier of the other library");
        assert_eq!(hex(did.key().as_bytes()), parts[2]);
        assert_eq!(did.to_string(), parts[1]);
    }
}

#[test]
fn recovery_words_agree_with_another_library_in_both_directions() {
    let seeds: Vec<_> = seeds().collect();
    let digits: Vec<_> = seeds.iter().map(|seed| hex(seed)).collect();
    let theirs = lines(tools::agree().arg("words").args(&digits), b"");
    assert_eq!(theirs.len(), seeds.len());
    for (seed, words) in seeds.iter().zip(&theirs) {
        assert_eq!(RecoveryWords::from_seed(*seed).text().as_str(), words);
        let read: RecoveryWords = words.parse().expect("words of the other library");
        assert_eq!(read.seed(), seed);
    }
    let back = lines(tools::agree().arg("seeds").args(&theirs), b"");
    assert_eq!(back, digits);
}

#[test]
fn keys_follow_from_the_words_as_the_documentation_says() {
    let folder = scene::folder();
    let seed = [0x2a; 32];
    let words = RecoveryWords::from_seed(seed);
    let open = OpenVault::create(
        folder.path(),
        zoe(),
        &passphrase(),
        Some(words.clone()),
        None,
        NOON,
    )
    .expect("a vault of these words");
    let theirs = lines(tools::agree().args(["keys", &hex(&seed)]), b"");
    let theirs: Value = serde_json::from_str(&theirs[0]).expect("JSON");
    assert_eq!(theirs["did"], open.owner().did.to_string());
    assert_eq!(theirs["encryption"], open.encryption_key());
    let vault = folder.path().join(VAULT_FILE);
    let recovery = backup::age_identity(&vault, &Key::Words(&words)).expect("it opens");
    assert_eq!(theirs["recovery"], recovery.as_str());
}

#[test]
fn another_argon2_makes_the_same_identity_of_a_passphrase() {
    let (_folder, vault) = scene::folder_with_sample();
    let ours = backup::age_identity(&vault, &Key::Passphrase(&passphrase())).expect("it opens");
    let mut agree = tools::agree();
    agree.arg("secret").arg(&vault).arg(scene::PASSPHRASE);
    assert_eq!(lines(&mut agree, b""), [ours.as_str()]);
}

#[test]
fn passphrase_typed_on_another_keyboard_opens_the_vault() {
    let folder = scene::folder();
    let composed = Passphrase::new("Zo\u{eb} \u{fb01}sh lantern orbit").expect("short");
    let decomposed = Passphrase::new("Zoe\u{308} fish lantern orbit").expect("short");
    OpenVault::create(folder.path(), zoe(), &composed, None, None, NOON).expect("a vault");
    scene::unlock(folder.path(), &Key::Passphrase(&decomposed)).expect("the same passphrase");
}

/// Decrypts a file with the plain `age` program.
fn age(file: &Path, identity: &str) -> Vec<u8> {
    let folder = scene::folder();
    let key = folder.path().join("key");
    std::fs::write(&key, format!("{identity}\n")).expect("written");
    said(
        needed("age", "age").arg("-d").arg("-i").arg(&key).arg(file),
        b"",
    )
}

#[test]
fn age_program_opens_vault_and_backup_with_either_identity() {
    let folder = scene::folder();
    let passphrase = passphrase();
    for (name, bytes) in [
        ("vault.age", &sample().file),
        ("backup.age", &sample().backup),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).expect("written");
        let keys = [Key::Passphrase(&passphrase), Key::Words(&sample().words)];
        let [first, second] = keys.map(|key| {
            let identity = backup::age_identity(&file, &key).expect("it opens");
            assert!(identity.starts_with("AGE-SECRET-KEY-1"));
            age(&file, &identity)
        });
        assert!(first == second, "both identities open the same");
        assert!(!first.is_empty());
    }
}

#[test]
fn tar_program_unpacks_what_the_age_program_decrypted() {
    let folder = scene::folder();
    let file = folder.path().join("backup.age");
    std::fs::write(&file, &sample().backup).expect("written");
    let identity = backup::age_identity(&file, &Key::Words(&sample().words)).expect("it opens");
    let archive = age(&file, &identity);
    said(
        needed("tar", "tar").arg("-x").current_dir(folder.path()),
        &archive,
    );
    let read = |name: &str| std::fs::read(folder.path().join(name)).expect(name);
    assert!(read("hai-net.db") == sample().database);
    assert_eq!(read("settings.json"), b"{}");
    let manifest: Value = serde_json::from_slice(&read("manifest.json")).expect("JSON");
    assert_eq!(manifest["format"], "hai-net-backup/1");
    assert_eq!(manifest["did"], sample().did.to_string());
    for entry in manifest["files"].as_array().expect("a list") {
        let name = entry["name"].as_str().expect("a name");
        let sum = lines(needed("sha256sum", "coreutils").arg("-"), &read(name));
        assert_eq!(sum[0].split(' ').next(), entry["sha256"].as_str(), "{name}");
        assert_eq!(entry["bytes"], read(name).len());
    }
}

#[test]
fn backup_made_by_us_says_the_same_to_us() {
    let folder = scene::folder();
    let file = folder.path().join("backup.age");
    std::fs::write(&file, &sample().backup).expect("written");
    let report = backup::verify(&file, &Key::Words(&sample().words), go_on).expect("whole");
    assert_eq!(report.did, sample().did);
    assert_eq!((report.name.as_str(), report.made), ("Zoë", NOON));
    assert_eq!(report.bytes, sample().backup.len() as u64);
}
