//! What goes wrong in a person's hands: each time a clear message with a cure, and nothing is lost.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use acceptance::home::{Home, Ran};
use acceptance::hub::{self, Hub};
use acceptance::{exit, http, places, shell, skip};
use contract::conversation::MessageState;
use contract::model::ListModels;
use serde_json::{Value, json};

/// A user number that nobody on the machine has.
const STRANGER: u32 = 12_345;

/// The size of the disk that is filled.
const SMALL_DISK_MIB: u64 = 12;

#[test]
fn unknown_model_is_named_at_each_door() {
    let hub = Hub::fresh();
    let ran = hub
        .home
        .hai_net(&["chat", "--model", "nonesuch", "hi", "--json"]);
    let ran = ran.ended(exit::NOT_FOUND);
    assert_eq!(ran.fault_code(), "model_not_found");
    assert!(ran.fault_text().contains("nonesuch") && ran.fault_text().contains("hai-net models"));
    let mut ask = hub::message(None, "hi");
    ask.model = Some("nonesuch".to_owned());
    let fault = hub.ask(ask).expect_err("there is no such model");
    assert_eq!(fault.code.name(), "model_not_found");
    let token = hub.home.ask_json(&["token", "create", "--label", "x"]);
    let body = json!({ "model": "nonesuch", "messages": [{ "role": "user", "content": "hi" }] });
    let token = token["token"].as_str().expect("a token");
    let answer =
        http::post_json(hub.port, "/v1/chat/completions", token, &body).expect("an answer");
    assert_eq!(answer.status, 404, "{}", answer.body);
    assert_eq!(answer.json()["error"]["code"], "model_not_found");
    assert_eq!(
        hub.home.ask_json(&["conversations", "list"])["total"],
        0,
        "nothing was begun"
    );
}

#[test]
fn file_that_is_no_usable_model_is_listed_with_its_fault_and_never_loaded() {
    let home = Home::new();
    let starter = fs::read(places::starter_model()).expect("it can be read");
    let folder = home.models();
    fs::write(folder.join("empty.gguf"), "").expect("written");
    fs::write(
        folder.join("page.gguf"),
        "<!DOCTYPE html><html><title>404</title></html>",
    )
    .expect("written");
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 98362432\n";
    fs::write(folder.join("pointer.gguf"), pointer).expect("written");
    fs::write(folder.join("head.gguf"), &starter[..50_000]).expect("written");
    fs::write(folder.join("half.gguf"), &starter[..starter.len() / 2]).expect("written");
    let mut huge = starter[..4_096].to_vec();
    // The number of tensors, as large as it can be: a parser in C would ask for that much memory.
    huge[8..16].fill(0xff);
    fs::write(folder.join("huge.gguf"), huge).expect("written");
    symlink(folder.join("gone"), folder.join("dangling.gguf")).expect("linked");
    let hub = home.serve();
    let models = hub.ask(ListModels {}).expect("a list");
    for name in ["empty", "page", "pointer", "head", "half", "huge"] {
        let found = models.installed.iter().find(|one| one.name == name);
        let found = found.unwrap_or_else(|| panic!("{name} is listed: {models:#?}"));
        let fault = found.header.as_ref().expect_err("it is no model");
        assert_eq!(fault.code.name(), "model_file", "{name}");
        assert!(
            fault.message.len() > 10 && !fault.advice.is_empty(),
            "{name}: {fault:?}"
        );
        let ran = home.hai_net(&["chat", "--model", name, "hi", "--json"]);
        assert_ne!(ran.code, Some(0), "{name} answers: {ran:#?}");
        assert_eq!(ran.fault_code(), "model_file", "{name}: {ran:#?}");
    }
    assert_eq!(
        hub.worker_now(),
        None,
        "no such file reaches the engine's program"
    );
    let words = home.hai_net(&["models", "list"]).ended(0).stdout;
    assert!(words.contains("unusable"), "a person sees it: {words}");
    let answer = hub.ended(hub.say("Say a word.").expect("the good model works"));
    assert!(
        matches!(answer.state, MessageState::Done | MessageState::CutOff),
        "{answer:?}"
    );
}

#[test]
fn full_disk_is_told_and_costs_nothing_that_was_acknowledged() {
    let Some(disk) = SmallDisk::mount() else {
        return skip("the full disk", "mounting a small tmpfs needs root");
    };
    let home = Home::new().with_data(disk.folder.join("data"));
    let hub = home.serve();
    // Longer than the model can hold, so that answers end at once and the disk fills quickly.
    let text = |number: usize| format!("{number} {}", "long words ".repeat(9_000));
    let mut acknowledged = Vec::new();
    let fault = loop {
        let number = acknowledged.len();
        match hub.say(&text(number)) {
            Ok(sent) => acknowledged.push((sent, text(number))),
            Err(fault) => break fault,
        }
        assert!(
            number < 1_000,
            "the disk of {SMALL_DISK_MIB} MiB is full long before"
        );
    };
    assert_eq!(fault.code.name(), "disk_full", "{fault:?}");
    assert!(fault.advice.contains("room"), "what to do: {fault:?}");
    assert!(!acknowledged.is_empty());
    let all_there = |hub: &Hub| {
        for (sent, text) in &acknowledged {
            assert_eq!(hub.message(sent.conversation, sent.question).text, *text);
        }
    };
    all_there(&hub);
    disk.grow(4 * SMALL_DISK_MIB);
    let sent = hub
        .say("There is room again.")
        .expect("it works again without a restart");
    let _ = hub.ended(sent);
    all_there(&hub);
    let home = hub.kill();
    let hub = home.serve();
    all_there(&hub);
    let health = home.hai_net(&["doctor", "--json"]).json();
    assert_eq!(finding(&health, "database")["good"], true, "{health}");
}

#[test]
fn port_in_use_is_named_with_a_cure() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let ran = Home::new()
        .hai_net(&["serve", "--listen", &address, "--json"])
        .ended(exit::REFUSED);
    let said = ran.fault_text();
    let port = address.rsplit(':').next().expect("a port");
    assert!(said.contains(port), "which port: {said}");
    assert!(
        said.contains("--listen") || said.contains("api.port"),
        "what to do: {said}"
    );
}

#[test]
fn data_folder_of_another_user_is_refused_and_left_as_it_is() {
    let home = Home::new();
    fs::create_dir(home.data()).expect("a folder");
    fs::write(home.data().join("theirs.txt"), "private").expect("written");
    if std::os::unix::fs::chown(home.data(), Some(STRANGER), Some(STRANGER)).is_err() {
        return skip(
            "the data folder of another user",
            "giving a folder away needs root",
        );
    }
    for arguments in [
        &["serve", "--listen", "127.0.0.1:0", "--json"][..],
        &["chat", "hi", "--json"],
    ] {
        let ran = home.hai_net(arguments).ended(exit::BROKEN);
        let said = ran.fault_text();
        assert!(
            said.contains("another user") && said.contains("--data-dir"),
            "{said}"
        );
    }
    let names: Vec<_> = fs::read_dir(home.data())
        .expect("root may")
        .map(|e| e.expect("e").file_name())
        .collect();
    assert_eq!(names, ["theirs.txt"], "nothing was put there");
    assert_eq!(home.data().metadata().expect("it is there").uid(), STRANGER);
}

#[test]
fn second_hub_on_a_data_folder_names_the_first_and_leaves_it_alone() {
    let hub = Hub::fresh();
    let ran = hub
        .home
        .hai_net(&["serve", "--listen", "127.0.0.1:0", "--json"])
        .ended(exit::REFUSED);
    let said = ran.fault_text();
    assert!(said.contains(&hub.pid().to_string()), "the process: {said}");
    assert!(said.contains("hai-net stop"), "what to do: {said}");
    assert_eq!(
        hub.home.ask_json(&["status"])["pid"],
        json!(hub.pid()),
        "the first goes on"
    );
}

#[test]
fn setting_that_does_not_fit_is_told_with_its_name_and_changes_nothing() {
    let home = Home::new();
    let wrong = home.clone().with("HAI_NET_API_PORT", "abc");
    let ran = wrong.hai_net(&["serve", "--json"]).ended(exit::USAGE);
    assert_eq!(ran.fault_code(), "invalid_setting");
    let said = ran.fault_text();
    assert!(
        said.contains("HAI_NET_API_PORT") && said.contains("abc"),
        "{said}"
    );
    for value in ["abc", "70000", "-1", ""] {
        let ran = home
            .hai_net(&["settings", "set", "api.port", value, "--json"])
            .ended(exit::USAGE);
        assert_eq!(ran.fault_code(), "invalid_setting", "{value}");
    }
    assert_eq!(
        home.ask_json(&["settings", "get", "api.port"])["value"],
        8080
    );
    let ran = home
        .hai_net(&["settings", "set", "no.such", "1", "--json"])
        .ended(exit::NOT_FOUND);
    assert!(ran.fault_text().contains("no.such"));
    let fixed = home.with("HAI_NET_LOG_LEVEL", "debug");
    let ran = fixed
        .hai_net(&["settings", "set", "log.level", "warn", "--json"])
        .ended(exit::REFUSED);
    assert_eq!(ran.fault_code(), "setting_fixed");
}

#[test]
fn missing_or_wrong_key_is_told_and_the_database_stays_as_it_is() {
    let (home, other) = (with_data(), with_data());
    let (key, database) = (
        home.data().join("hai-net.key"),
        home.data().join("hai-net.db"),
    );
    let (kept, before) = (read(&key), read(&database));

    fs::remove_file(&key).expect("removed");
    let said = refused_to_open(&home);
    assert!(
        said.contains("hai-net.key") && said.contains("missing"),
        "{said}"
    );
    assert!(!key.exists(), "a new key could never open it");

    fs::copy(other.data().join("hai-net.key"), &key).expect("copied");
    let said = refused_to_open(&home);
    assert!(said.contains("key"), "{said}");

    fs::write(&key, "hai-net-key-1 0 0\n").expect("written");
    let said = refused_to_open(&home);
    assert!(said.contains("damaged"), "{said}");
    assert_eq!(read(&database), before, "not a byte was changed");

    fs::write(&key, kept).expect("written");
    assert_eq!(
        home.ask_json(&["settings", "get", "llm.temperature"])["value"],
        json!(0.9)
    );
}

#[test]
fn truncated_database_is_told_and_not_touched() {
    let home = with_data();
    let database = home.data().join("hai-net.db");
    let whole = read(&database);
    for length in [whole.len() / 2, 4_096, 100] {
        fs::write(&database, &whole[..length]).expect("written");
        let said = refused_to_open(&home);
        assert!(
            said.contains("hai-net.db") || said.contains("database"),
            "{length}: {said}"
        );
        assert_eq!(
            read(&database),
            whole[..length],
            "{length}: what is left is not touched"
        );
    }
    fs::write(&database, &whole).expect("written");
    assert_eq!(
        home.ask_json(&["settings", "get", "llm.temperature"])["value"],
        json!(0.9)
    );
}

/// A home with something in its store, and no hub on it.
fn with_data() -> Home {
    let home = Home::new();
    let _ = home.ask_json(&["settings", "set", "llm.temperature", "0.9"]);
    home
}

/// That a hub does not open, and says why.
fn refused_to_open(home: &Home) -> String {
    let ran: Ran = home
        .hai_net(&["serve", "--listen", "127.0.0.1:0", "--json"])
        .ended(exit::BROKEN);
    let health = home
        .hai_net(&["doctor", "--json"])
        .ended(exit::BROKEN)
        .json();
    assert_eq!(
        finding(&health, "hub")["good"],
        false,
        "the doctor knows too: {health}"
    );
    ran.fault_text()
}

fn finding<'a>(health: &'a Value, what: &str) -> &'a Value {
    let findings = health["findings"].as_array().expect("findings");
    let found = findings.iter().find(|one| one["what"] == what);
    found.unwrap_or_else(|| panic!("{what} is looked at: {health}"))
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("it can be read")
}

/// A disk of a few megabytes, in memory. Gone when dropped.
struct SmallDisk {
    folder: PathBuf,
    _parent: tempfile::TempDir,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = parent.path().join("disk");
        fs::create_dir(&folder).expect("a folder");
        let options = format!("size={SMALL_DISK_MIB}m,mode=0700");
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(&folder);
        shell::succeeds(&mut mount).then_some(Self {
            folder,
            _parent: parent,
        })
    }

    /// Makes room, as deleting other files would.
    fn grow(&self, mib: u64) {
        let options = format!("remount,size={mib}m");
        shell::quiet(
            Command::new("mount")
                .args(["-o", &options])
                .arg(&self.folder),
        );
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a program that is just ending may hold a file still.
        let _ = shell::succeeds(Command::new("umount").arg("-l").arg(&self.folder));
    }
}
