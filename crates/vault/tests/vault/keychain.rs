//! A real keychain (GNOME Keyring) on a bus of its own.
//!
//! Each test starts itself once more inside of `dbus-run-session`, in a home of its own, and starts the
//! daemon there. A further process reads what the first one stored.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use secret_service::EncryptionType;
use secret_service::blocking::{Collection, SecretService};
use vault::{ForeignKeys, Key, Keychain, KeychainError, OpenVault, Passphrase, VAULT_FILE};
use zeroize::Zeroizing;

use crate::scene::{self, make, passphrase, sample, unlock};
use crate::tools::{needed, said};

/// Set inside of the session: the folder in which everything of the test lies.
const INSIDE: &str = "HAI_NET_VAULT_TEST_SESSION";

/// Set in the process that reads what another has stored.
const READER: &str = "HAI_NET_VAULT_TEST_READER";

/// How long a keychain may take that need not wait for a person.
const AT_ONCE: Duration = Duration::from_millis(1_500);

/// A bus that knows no services, so that it starts none by itself beside the daemon of the test.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>"#;

/// Runs a test inside of a session of its own.
fn in_session(test: &str, inside: impl FnOnce(&Path)) {
    if let Some(folder) = std::env::var_os(INSIDE) {
        return inside(Path::new(&folder));
    }
    needed("gnome-keyring-daemon", "gnome-keyring");
    let folder = scene::folder();
    for name in ["home", "run", "data"] {
        std::fs::create_dir(folder.path().join(name)).expect("a folder");
    }
    let mut command = needed("dbus-run-session", "dbus");
    let bus = folder.path().join("bus.conf");
    std::fs::write(&bus, BUS).expect("written");
    command.arg("--config-file").arg(&bus);
    command.arg("--").arg(this_program());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command
        .env(INSIDE, folder.path())
        .env("HOME", folder.path().join("home"))
        .env("XDG_RUNTIME_DIR", folder.path().join("run"))
        .env_remove("XDG_DATA_HOME")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY");
    let output = String::from_utf8_lossy(&said(&mut command, b"")).into_owned();
    assert!(output.contains("1 passed"), "the test ran inside: {output}");
}

fn this_program() -> PathBuf {
    std::env::current_exe().expect("a running program has a path")
}

/// The data folder of the hub in a session.
fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// GNOME Keyring, unlocked with a passphrase as a desktop does at log-in.
struct Daemon(std::process::Child);

impl Daemon {
    fn start() -> Self {
        let mut child = Command::new("gnome-keyring-daemon")
            .args(["--foreground", "--unlock", "--components=secrets"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the daemon starts");
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(b"log-in passphrase").expect("written");
        drop(stdin);
        let daemon = Self(child);
        daemon.wait();
        daemon
    }

    /// Waits until its default collection is there.
    fn wait(&self) {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            if let Ok(service) = SecretService::connect(EncryptionType::Plain)
                && service.get_default_collection().is_ok()
            {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the keychain is not ready after 20 seconds");
    }

    fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        said(Command::new("kill").args([format!("-{name}"), pid]), b"");
    }

    fn end(mut self) {
        self.0.kill().expect("it ends");
        self.0.wait().expect("it ended");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Does something with the default collection, as another program would.
fn with_collection<T>(work: impl FnOnce(&SecretService<'_>, &Collection<'_>) -> T) -> T {
    let service = SecretService::connect(EncryptionType::Plain).expect("a service");
    let collection = service.get_default_collection().expect("a collection");
    work(&service, &collection)
}

/// Replaces what the keychain holds for us.
fn overwrite(secret: &[u8]) {
    with_collection(|_, collection| {
        let items = collection.get_all_items().expect("items");
        assert_eq!(items.len(), 1);
        items[0].set_secret(secret, "text/plain").expect("written");
    });
}

/// What another process finds; its answer is one line.
fn another_process_says(test: &str) -> String {
    let mut command = Command::new(this_program());
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(READER, "1");
    let output = String::from_utf8_lossy(&said(&mut command, b"")).into_owned();
    let line = output.lines().find_map(|line| line.split("found: ").nth(1));
    line.unwrap_or_else(|| panic!("no answer: {output}"))
        .to_owned()
}

fn refusal(outcome: Result<OpenVault, KeychainError>) -> KeychainError {
    outcome.map(|_| ()).expect_err("it must not open")
}

#[test]
fn vault_is_opened_by_another_process_with_what_the_keychain_holds() {
    let test = "keychain::vault_is_opened_by_another_process_with_what_the_keychain_holds";
    in_session(test, |folder| {
        let data = data(folder);
        let keychain = Keychain::of(&data);
        if std::env::var_os(READER).is_some() {
            let open = OpenVault::unlock_from_keychain(&data, &keychain).expect("it opens");
            println!("found: {} {}", open.owner().did, open.owner().name);
            return;
        }
        let _daemon = Daemon::start();
        let mut open = make(&data);
        assert!(matches!(
            refusal(OpenVault::unlock_from_keychain(&data, &keychain)),
            KeychainError::NoItem
        ));
        assert!(!open.is_keychain_wanted());
        open.save_to_keychain(&keychain).expect("stored");
        assert_eq!(
            another_process_says(test),
            format!("{} Zoë", open.owner().did)
        );
        with_collection(|_, collection| {
            let items = collection.get_all_items().expect("items");
            let label = items[0].get_label().expect("a label");
            assert_eq!(label, format!("HAI-Net: {}", data.display()));
            let secret = items[0].get_secret().expect("a secret");
            assert!(secret.len() < 2_560, "Windows takes no more");
        });
        // Storing again replaces it, and the vault remembers that the owner wants it.
        open.save_to_keychain(&keychain).expect("stored again");
        let again = unlock(&data, &Key::Words(&open.words())).expect("it opens");
        assert!(again.is_keychain_wanted());
        open.remove_from_keychain(&keychain).expect("removed");
        open.remove_from_keychain(&keychain)
            .expect("a second time does no harm");
        assert!(matches!(
            refusal(OpenVault::unlock_from_keychain(&data, &keychain)),
            KeychainError::NoItem
        ));
    });
}

#[test]
fn keys_of_other_services_lie_in_an_item_of_their_own_and_are_erased_with_the_vault() {
    let test = "keychain::keys_of_other_services_lie_in_an_item_of_their_own_and_are_erased_with_the_vault";
    in_session(test, |folder| {
        let data = data(folder);
        let keychain = Keychain::of(&data);
        let keys = |rows: &[(&str, &str)]| -> ForeignKeys {
            let row = |(name, key): &(&str, &str)| {
                ((*name).to_owned(), Zeroizing::new((*key).to_owned()))
            };
            rows.iter().map(row).collect()
        };
        if std::env::var_os(READER).is_some() {
            let found = keychain.foreign_keys().expect("they are there");
            println!("found: {}", found["groq"].as_str());
            return;
        }
        let _daemon = Daemon::start();
        let mut open = make(&data);
        open.save_to_keychain(&keychain).expect("stored");
        assert_eq!(keychain.foreign_keys().expect("none"), keys(&[]));
        let two = keys(&[("groq", "gsk_0123"), ("work", "sk-4567")]);
        keychain.keep_foreign_keys(&two).expect("stored");
        assert_eq!(another_process_says(test), "gsk_0123");
        let long = "k".repeat(vault::FOREIGN_KEYS_BYTES_MAX);
        let refused = keychain.keep_foreign_keys(&keys(&[("long", &long)]));
        assert!(matches!(refused, Err(KeychainError::TooMany)));
        assert_eq!(keychain.foreign_keys().expect("still there"), two);
        OpenVault::unlock_from_keychain(&data, &keychain).expect("the vault's own key is there");
        let refused = vault::erase(&data, Some(&keychain)).expect("erased");
        assert!(refused.is_none(), "{refused:?}");
        with_collection(|_, collection| {
            assert_eq!(collection.get_all_items().expect("items").len(), 0);
        });
    });
}

#[test]
fn locked_keychain_is_told_at_once_and_asks_nobody() {
    let test = "keychain::locked_keychain_is_told_at_once_and_asks_nobody";
    in_session(test, |folder| {
        let _daemon = Daemon::start();
        let data = data(folder);
        let keychain = Keychain::of(&data);
        let mut open = make(&data);
        open.save_to_keychain(&keychain).expect("stored");
        with_collection(|_, collection| collection.lock().expect("locked"));
        let begun = Instant::now();
        let refused = refusal(OpenVault::unlock_from_keychain(&data, &keychain));
        assert!(matches!(refused, KeychainError::Locked), "{refused:?}");
        let refused = open.save_to_keychain(&keychain).expect_err("it is locked");
        assert!(matches!(refused, KeychainError::Locked), "{refused:?}");
        let refused = open
            .remove_from_keychain(&keychain)
            .expect_err("it is locked");
        assert!(matches!(refused, KeychainError::Locked), "{refused:?}");
        assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
        // The other way in is open.
        unlock(&data, &Key::Passphrase(&passphrase())).expect("the passphrase");
    });
}

#[test]
fn daemon_that_was_killed_is_no_way_in_and_one_that_was_started_anew_is() {
    let test = "keychain::daemon_that_was_killed_is_no_way_in_and_one_that_was_started_anew_is";
    in_session(test, |folder| {
        let daemon = Daemon::start();
        let data = data(folder);
        let keychain = Keychain::of(&data);
        let mut open = make(&data);
        open.save_to_keychain(&keychain).expect("stored");
        daemon.end();
        let begun = Instant::now();
        let refused = refusal(OpenVault::unlock_from_keychain(&data, &keychain));
        assert!(matches!(refused, KeychainError::Missing), "{refused:?}");
        assert!(begun.elapsed() < vault::KEYCHAIN_PATIENCE * 2);
        unlock(&data, &Key::Passphrase(&passphrase())).expect("the passphrase");
        // Whatever runs now makes way for one that is unlocked.
        let mut replaced = Command::new("gnome-keyring-daemon");
        replaced.args([
            "--replace",
            "--daemonize",
            "--unlock",
            "--components=secrets",
        ]);
        said(&mut replaced, b"log-in passphrase");
        let begun = Instant::now();
        loop {
            match OpenVault::unlock_from_keychain(&data, &keychain) {
                Ok(again) => break assert_eq!(again.owner().did, open.owner().did),
                Err(error) if begun.elapsed() > Duration::from_secs(20) => panic!("{error}"),
                Err(_) => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    });
}

#[test]
fn daemon_that_does_not_answer_is_given_up_after_two_seconds() {
    let test = "keychain::daemon_that_does_not_answer_is_given_up_after_two_seconds";
    in_session(test, |folder| {
        let daemon = Daemon::start();
        let data = data(folder);
        let keychain = Keychain::of(&data);
        let mut open = make(&data);
        open.save_to_keychain(&keychain).expect("stored");
        daemon.signal("STOP");
        let begun = Instant::now();
        let refused = refusal(OpenVault::unlock_from_keychain(&data, &keychain));
        assert!(matches!(refused, KeychainError::Hanging), "{refused:?}");
        let waited = begun.elapsed();
        assert!(waited >= vault::KEYCHAIN_PATIENCE, "{waited:?}");
        assert!(waited < vault::KEYCHAIN_PATIENCE + AT_ONCE, "{waited:?}");
        daemon.signal("CONT");
        // The call that hung holds up nobody.
        OpenVault::unlock_from_keychain(&data, &keychain).expect("it answers again");
    });
}

#[test]
fn garbled_item_opens_nothing_and_is_replaced_when_the_owner_says_so() {
    let test = "keychain::garbled_item_opens_nothing_and_is_replaced_when_the_owner_says_so";
    in_session(test, |folder| {
        let _daemon = Daemon::start();
        let data = data(folder);
        let keychain = Keychain::of(&data);
        let mut open = make(&data);
        open.save_to_keychain(&keychain).expect("stored");
        let whole = with_collection(|_, collection| {
            collection.get_all_items().expect("items")[0]
                .get_secret()
                .expect("a secret")
        });
        let before = std::fs::read(data.join(VAULT_FILE)).expect("the vault");
        let mut flipped = whole.clone();
        flipped[60] ^= 1;
        for garbage in [&b""[..], b"garbage", &[0xff; 3_000], &whole[..90], &flipped] {
            overwrite(garbage);
            let refused = refusal(OpenVault::unlock_from_keychain(&data, &keychain));
            assert!(matches!(refused, KeychainError::Garbled), "{refused:?}");
        }
        assert!(std::fs::read(data.join(VAULT_FILE)).expect("the vault") == before);
        open.save_to_keychain(&keychain).expect("replaced");
        OpenVault::unlock_from_keychain(&data, &keychain).expect("it opens");
    });
}

#[test]
fn item_of_another_vault_opens_nothing_and_is_kept_when_it_is_replaced() {
    let test = "keychain::item_of_another_vault_opens_nothing_and_is_kept_when_it_is_replaced";
    in_session(test, |folder| {
        let _daemon = Daemon::start();
        let data = data(folder);
        let keychain = Keychain::of(&data);
        let mut first = make(&data);
        first.save_to_keychain(&keychain).expect("stored");
        let item_of_first = with_collection(|_, collection| {
            collection.get_all_items().expect("items")[0]
                .get_secret()
                .expect("a secret")
        });
        std::fs::remove_file(data.join(VAULT_FILE)).expect("removed");
        let mut second = make(&data);
        let refused = refusal(OpenVault::unlock_from_keychain(&data, &keychain));
        assert!(matches!(refused, KeychainError::OtherVault), "{refused:?}");
        second.save_to_keychain(&keychain).expect("stored");
        let open = OpenVault::unlock_from_keychain(&data, &keychain).expect("it opens");
        assert_eq!(open.owner().did, second.owner().did);
        with_collection(|_, collection| {
            let items = collection.get_all_items().expect("items");
            assert_eq!(items.len(), 2, "nothing is lost");
            assert!(items.iter().any(|item| {
                let label = item.get_label().expect("a label");
                label.contains("(vault ") && item.get_secret().expect("a secret") == item_of_first
            }));
        });
    });
}

#[test]
fn keychain_opens_a_vault_whose_file_is_lost_and_a_passphrase_makes_a_new_one() {
    let test =
        "keychain::keychain_opens_a_vault_whose_file_is_lost_and_a_passphrase_makes_a_new_one";
    in_session(test, |folder| {
        let _daemon = Daemon::start();
        let data = data(folder);
        let path = data.join(VAULT_FILE);
        let keychain = Keychain::of(&data);
        let mut made = make(&data);
        made.save_to_keychain(&keychain).expect("stored");
        let whole = std::fs::read(&path).expect("the vault");
        let new = Passphrase::new("seven quiet marble ladders").expect("short");
        for damaged in [None, Some(&whole[..500]), Some(&b"garbage"[..])] {
            match damaged {
                Some(bytes) => std::fs::write(&path, bytes).expect("written"),
                None => std::fs::remove_file(&path).expect("removed"),
            }
            let mut open = OpenVault::unlock_from_keychain(&data, &keychain).expect("it opens");
            assert!(open.is_file_lost());
            assert_eq!(open.store_key(), made.store_key());
            assert_eq!(open.owner().did, made.owner().did);
            assert!(
                open.confirm_words().is_err(),
                "without a passphrase there is nothing to write"
            );
            assert_eq!(
                std::fs::read(&path).ok().as_deref(),
                damaged,
                "it is left as it is"
            );
            open.change_passphrase(&new).expect("a new file");
            assert!(!open.is_file_lost());
            let again = unlock(&data, &Key::Passphrase(&new)).expect("it opens");
            assert_eq!(again.store_key(), made.store_key());
            let opened = OpenVault::unlock_from_keychain(&data, &keychain).expect("it opens");
            assert!(!opened.is_file_lost());
        }
        let aside = |number| std::fs::read(data.join(format!("{VAULT_FILE}.damaged-{number}")));
        assert_eq!(aside(1).expect("kept"), &whole[..500]);
        assert_eq!(aside(2).expect("kept"), b"garbage");
        assert!(aside(3).is_err());
    });
}

#[test]
fn erased_vault_leaves_nothing_in_the_keychain() {
    let test = "keychain::erased_vault_leaves_nothing_in_the_keychain";
    in_session(test, |folder| {
        let _daemon = Daemon::start();
        let data = data(folder);
        let keychain = Keychain::of(&data);
        make(&data).save_to_keychain(&keychain).expect("stored");
        let told = vault::erase(&data, Some(&keychain)).expect("erased");
        assert!(told.is_none(), "{told:?}");
        with_collection(|_, collection| {
            assert_eq!(collection.get_all_items().expect("items").len(), 0);
        });
        // A keychain that keeps its item says so.
        make(&data).save_to_keychain(&keychain).expect("stored");
        with_collection(|_, collection| collection.lock().expect("locked"));
        let told = vault::erase(&data, Some(&keychain)).expect("the file is erased");
        assert!(matches!(told, Some(KeychainError::Locked)), "{told:?}");
        assert!(!data.join(VAULT_FILE).exists());
    });
}

#[test]
fn bus_without_a_keychain_and_no_bus_at_all_are_told_as_missing() {
    let test = "keychain::bus_without_a_keychain_and_no_bus_at_all_are_told_as_missing";
    in_session(test, |folder| {
        let data = data(folder);
        let keychain = Keychain::of(&data);
        if std::env::var_os(READER).is_some() {
            let refused = refusal(OpenVault::unlock_from_keychain(&data, &keychain));
            println!("found: {refused:?}");
            return;
        }
        let begun = Instant::now();
        let refused = refusal(OpenVault::unlock_from_keychain(&data, &keychain));
        assert!(matches!(refused, KeychainError::Missing), "{refused:?}");
        let mut open = make(&data);
        let refused = open.save_to_keychain(&keychain).expect_err("there is none");
        assert!(matches!(refused, KeychainError::Missing), "{refused:?}");
        assert!(begun.elapsed() < AT_ONCE * 2);
        for bus in [None, Some("unix:path=/nowhere"), Some("nonsense")] {
            let mut command = Command::new(this_program());
            command
                .args(["--exact", test, "--nocapture", "--test-threads=1"])
                .env(READER, "1")
                .env_remove("DBUS_SESSION_BUS_ADDRESS");
            if let Some(bus) = bus {
                command.env("DBUS_SESSION_BUS_ADDRESS", bus);
            }
            let output = String::from_utf8_lossy(&said(&mut command, b"")).into_owned();
            assert!(output.contains("found: Missing"), "{bus:?}: {output}");
        }
    });
}

#[test]
fn rotated_owner_is_opened_by_the_keychain_after_it_was_saved_again() {
    let test = "keychain::rotated_owner_is_opened_by_the_keychain_after_it_was_saved_again";
    in_session(test, |folder| {
        let _daemon = Daemon::start();
        let data = data(folder);
        let keychain = Keychain::of(&data);
        std::fs::write(data.join(VAULT_FILE), &sample().file).expect("written");
        let mut open = unlock(&data, &Key::Words(&sample().words)).expect("it opens");
        open.save_to_keychain(&keychain).expect("stored");
        open.rotate(scene::NOON).expect("written");
        // A crash here leaves the words of before in the keychain.
        let refused = refusal(OpenVault::unlock_from_keychain(&data, &keychain));
        assert!(matches!(refused, KeychainError::OtherVault), "{refused:?}");
        open.save_to_keychain(&keychain).expect("stored again");
        let again = OpenVault::unlock_from_keychain(&data, &keychain).expect("it opens");
        assert_eq!(again.owner().did, open.owner().did);
    });
}
