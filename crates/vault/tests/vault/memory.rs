//! What is left in memory when a vault was closed: nothing that a core dump would give away.
//!
//! A second process works with a vault and closes it; this one then searches its memory. The secrets
//! come to that process in disguise, so that what is found was left by the vault.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use vault::{Key, NewOwner, OpenVault, Passphrase, PersonalDetails, VAULT_FILE, backup};
use zeroize::Zeroizing;

use crate::scene::{self, NOON, go_on, unlock};

/// Set in the second process: the folder.
const INSIDE: &str = "HAI_NET_VAULT_TEST_MEMORY";

/// What the secrets are disguised with.
const DISGUISE: u8 = 0x55;

/// The name to be called by: everybody may read it, and nothing wipes it.
const CALLED: &str = "name";

/// The secrets, in the order in which they are sent.
///
/// The keys of 32 bytes are not among them: the compiler copies them on the stack as it likes, and a
/// copy stays until the stack is used again. SECURITY.md says so.
const SECRETS: [(&str, &str); 6] = [
    ("passphrase", "canary plum orbit copper lantern"),
    (CALLED, "CanaryZoeCalledBy"),
    ("full name", "CanaryZoe Maria Example-Whole"),
    ("birth date", "canary-1987-06-05"),
    ("government id", "CANARY-X1234567-GOV"),
    ("e-mail", "canary.zoe@example.org"),
];

/// What was done, in order.
const STAGES: [&str; 4] = ["created", "unlocked", "changed", "backed up and restored"];

fn disguised(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ DISGUISE).collect()
}

#[test]
fn no_secret_is_left_in_memory_when_a_vault_was_closed() {
    if let Some(folder) = std::env::var_os(INSIDE) {
        return work(Path::new(&folder));
    }
    let folder = scene::folder();
    let lines: Vec<_> = SECRETS.iter().map(|(_, secret)| *secret).collect();
    let sent = disguised(lines.join("\n").as_bytes());
    std::fs::write(folder.path().join("sent"), sent).expect("written");
    let mut child = Command::new(std::env::current_exe().expect("a path"))
        .args([
            "--exact",
            "memory::no_secret_is_left_in_memory_when_a_vault_was_closed",
        ])
        .args(["--nocapture", "--test-threads=1"])
        .env(INSIDE, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut said = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut stdin = child.stdin.take().expect("piped");
    let mut left = BTreeSet::new();
    for stage in STAGES {
        let wanted = format!("stage: {stage}");
        said.by_ref()
            .map(|line| line.expect("text"))
            .find(|line| line.contains(&wanted))
            .unwrap_or_else(|| panic!("it ended before it had {stage}"));
        for (what, secret) in secrets_of(folder.path()) {
            for place in places(child.id(), &secret) {
                left.insert(format!("{stage}: {what} in {place}"));
            }
        }
        stdin.write_all(b"on\n").expect("it waits");
    }
    assert!(child.wait().expect("it ends").success());
    assert!(left.is_empty(), "{left:#?}");
}

/// The second process.
fn work(folder: &Path) {
    let mut sent = Zeroizing::new(std::fs::read(folder.join("sent")).expect("sent"));
    sent.iter_mut().for_each(|byte| *byte ^= DISGUISE);
    let secret = |number: usize| {
        let line = sent.split(|byte| *byte == b'\n').nth(number).expect("sent");
        std::str::from_utf8(line).expect("text").to_owned()
    };
    let passphrase = || {
        let text = Zeroizing::new(secret(0));
        Passphrase::new(&text).expect("short")
    };
    let details = || {
        PersonalDetails::new(
            Some(secret(2)),
            Some(secret(3)),
            Some(secret(4)),
            Some(secret(5)),
        )
        .expect("short")
    };
    let new = NewOwner {
        name: secret(1),
        details: details(),
        device_label: "laptop".to_owned(),
        roles: Vec::new(),
    };
    drop(OpenVault::create(folder, new, &passphrase(), None, None, NOON).expect("a vault"));
    wait(&mut sent, STAGES[0]);
    let secret = |sent: &[u8], number: usize| {
        let line = sent.split(|byte| *byte == b'\n').nth(number).expect("sent");
        std::str::from_utf8(line).expect("text").to_owned()
    };
    let passphrase = |sent: &[u8]| {
        let text = Zeroizing::new(secret(sent, 0));
        Passphrase::new(&text).expect("short")
    };
    drop(unlock(folder, &Key::Passphrase(&passphrase(&sent))).expect("it opens"));
    wait(&mut sent, STAGES[1]);
    let mut open = unlock(folder, &Key::Passphrase(&passphrase(&sent))).expect("it opens");
    open.confirm_words().expect("written");
    open.change_passphrase(&passphrase(&sent)).expect("written");
    drop(open);
    wait(&mut sent, STAGES[2]);
    let open = unlock(folder, &Key::Passphrase(&passphrase(&sent))).expect("it opens");
    let (database, out) = (folder.join("db"), folder.join("out.age"));
    std::fs::write(&database, vec![7; 300_000]).expect("written");
    backup::create(&out, &open, &database, b"{}", NOON, go_on).expect("made");
    drop(open);
    let target = folder.join("target");
    std::fs::create_dir(&target).expect("a folder");
    let key = passphrase(&sent);
    drop(
        backup::restore(
            &out,
            &Key::Passphrase(&key),
            &target,
            &key,
            "new",
            NOON,
            go_on,
        )
        .expect("restored"),
    );
    drop(key);
    wait(&mut sent, STAGES[3]);
}

/// Says how far it is, and waits with the secrets in disguise.
fn wait(sent: &mut [u8], stage: &str) {
    sent.iter_mut().for_each(|byte| *byte ^= DISGUISE);
    let mut out = std::io::stdout();
    writeln!(out, "stage: {stage}").expect("printed");
    out.flush().expect("printed");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("a line");
    sent.iter_mut().for_each(|byte| *byte ^= DISGUISE);
}

/// All that must not be found.
fn secrets_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let passphrase = Passphrase::new(SECRETS[0].1).expect("short");
    let open = unlock(folder, &Key::Passphrase(&passphrase)).expect("it opens");
    let words = open.words();
    let vault = folder.join(VAULT_FILE);
    let identity = |key| backup::age_identity(&vault, &key).expect("it opens");
    let mut all: Vec<_> = SECRETS
        .iter()
        .filter(|(what, _)| *what != CALLED)
        .map(|(what, secret)| ((*what).to_owned(), secret.as_bytes().to_vec()))
        .collect();
    for (what, bytes) in [
        ("words", words.text().as_bytes().to_vec()),
        (
            "identity of the words",
            identity(Key::Words(&words)).as_bytes().to_vec(),
        ),
        (
            "identity of the passphrase",
            identity(Key::Passphrase(&passphrase)).as_bytes().to_vec(),
        ),
    ] {
        all.push((what.to_owned(), bytes));
    }
    all
}

/// Where the memory of a process holds these bytes.
fn places(pid: u32, needle: &[u8]) -> Vec<String> {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).expect("maps");
    let mut memory = std::fs::File::open(format!("/proc/{pid}/mem")).expect("memory");
    let mut found = Vec::new();
    for line in maps.lines() {
        let parts: Vec<_> = line.split_whitespace().collect();
        if !parts[1].starts_with("rw") {
            continue;
        }
        let (from, to) = parts[0].split_once('-').expect("a range");
        let [from, to] =
            [from, to].map(|place| u64::from_str_radix(place, 16).expect("hexadecimal"));
        let mut bytes = Vec::new();
        let read = memory.seek(SeekFrom::Start(from)).and_then(|_| {
            std::io::Read::by_ref(&mut memory)
                .take(to - from)
                .read_to_end(&mut bytes)
        });
        if read.is_ok() && bytes.windows(needle.len()).any(|window| window == needle) {
            found.push(
                parts
                    .get(5)
                    .map_or("the heap of a thread", |name| *name)
                    .to_owned(),
            );
        }
    }
    found
}
