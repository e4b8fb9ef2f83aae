//! From where a passphrase comes, and what it opens.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::house::{House, PASSPHRASE, json_of};
use crate::owner::{fault_of, owned};

const NEW: &str = "mixture ladder pulse orbit velvet canyon";

/// A shell, for what only a shell can open.
fn shell(house: &House, script: &str) -> std::process::Output {
    let mut command = Command::new("sh");
    command
        .args(["-c", script, "sh", env!("CARGO_BIN_EXE_hai-net")])
        .env_clear()
        .envs(house.environment())
        .current_dir(house.path())
        .stdin(Stdio::null());
    command.output().unwrap()
}

#[test]
fn verb_that_needs_the_store_ends_with_six_where_nothing_opens_it() {
    let house = House::empty();
    owned(&house);
    for args in [
        &["token", "list", "--json"][..],
        &["conversations", "list", "--json"],
        &["chat", "hello", "--json"],
        &["settings", "list", "--json"],
    ] {
        let told = house.run(args).code(6);
        let fault = fault_of(&told);
        assert_eq!(fault["code"], "locked");
        assert!(
            fault["advice"]
                .as_str()
                .unwrap()
                .contains("--passphrase-file"),
            "{fault}"
        );
    }
    for args in [
        &["identity", "show"][..],
        &["resources"],
        &["backup", "list"],
    ] {
        house.run(args).success();
    }
    let health = house.run(&["doctor", "--json"]);
    assert!(json_of(&health.get_output().stdout)["findings"].is_array());
}

#[test]
fn passphrase_is_found_in_each_of_its_places() {
    let house = House::empty();
    owned(&house);
    let file = house.passphrase_file();
    house.json(&["token", "list", "--passphrase-file", &file]);

    let mut by_variable = house.command(&["token", "list"]);
    by_variable.env("HAI_NET_PASSPHRASE_FILE", &file);
    assert!(by_variable.output().unwrap().status.success());

    let credentials = house.path().join("credentials");
    std::fs::create_dir(&credentials).unwrap();
    let credential = credentials.join("hai-net.passphrase");
    std::fs::write(&credential, PASSPHRASE).unwrap();
    let readable = std::fs::Permissions::from_mode(0o440);
    std::fs::set_permissions(&credential, readable).unwrap();
    let mut by_systemd = house.command(&["token", "list"]);
    by_systemd.env("CREDENTIALS_DIRECTORY", &credentials);
    let done = by_systemd.output().unwrap();
    assert!(done.status.success(), "{done:?}");

    let done = shell(&house, r#""$1" token list --passphrase-fd 3 3< passphrase"#);
    assert!(done.status.success(), "{done:?}");
    let done = shell(
        &house,
        r#"cat passphrase | "$1" token list --passphrase-fd 0"#,
    );
    assert!(done.status.success(), "{done:?}");
}

#[test]
fn command_line_goes_before_the_environment() {
    let house = House::empty();
    owned(&house);
    let (file, wrong) = (
        house.passphrase_file(),
        house.private_file("wrong", "wrong\n"),
    );
    let mut command = house.command(&["token", "list", "--passphrase-file", &file]);
    command.env("HAI_NET_PASSPHRASE_FILE", &wrong);
    assert!(command.output().unwrap().status.success());
}

#[test]
fn wrong_passphrase_ends_with_seven() {
    let house = House::empty();
    owned(&house);
    let wrong = house.private_file("wrong", "not the right one\n");
    let told = house
        .run(&["token", "list", "--json", "--passphrase-file", &wrong])
        .code(7);
    assert_eq!(fault_of(&told)["code"], "wrong_key");
}

#[test]
fn file_that_others_can_read_is_refused_before_it_is_used() {
    let house = House::empty();
    owned(&house);
    let file = house.passphrase_file();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    for args in [
        &["token", "list", "--passphrase-file", &file, "--json"][..],
        &[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--passphrase-file",
            &file,
            "--json",
        ],
    ] {
        let told = house.run(args).code(2);
        let fault = fault_of(&told);
        assert!(
            fault["message"].as_str().unwrap().contains("644"),
            "{fault}"
        );
        assert!(
            fault["advice"].as_str().unwrap().contains("chmod 600"),
            "{fault}"
        );
        assert!(!fault.to_string().contains("velvet"), "{fault}");
    }
    house.run(&["status"]).code(4);
}

#[test]
fn passphrase_is_no_argument_and_no_value_of_a_variable() {
    let house = House::empty();
    owned(&house);
    house
        .run(&["token", "list", "--passphrase", PASSPHRASE])
        .code(2);
    for name in ["HAI_NET_PASSPHRASE", "PASSPHRASE"] {
        let mut command = house.command(&["token", "list"]);
        command.env(name, PASSPHRASE);
        assert_eq!(command.output().unwrap().status.code(), Some(6), "{name}");
    }
}

#[test]
fn hub_opens_its_vault_at_the_start_with_what_is_named() {
    let house = House::empty();
    owned(&house);
    let file = house.passphrase_file();
    let served = house.serve_with(&["--listen", "127.0.0.1:0", "--passphrase-file", &file]);
    assert_eq!(served.greeting["vault"], "open");
    assert_eq!(house.json(&["status"])["vault"], "open");
    house.json(&["restart"]);
    // The socket answers as soon as the hub is back; opening the vault takes a moment longer.
    let begun = std::time::Instant::now();
    while house.json(&["status"])["vault"] != "open" {
        assert!(
            begun.elapsed().as_secs() < 60,
            "the file is still there after a restart"
        );
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    drop(served);
}

#[test]
fn hub_without_a_passphrase_serves_locked_and_says_how_to_open_it() {
    let house = House::empty();
    owned(&house);
    let mut child = house
        .command(&["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while house.run(&["status"]).get_output().status.code() != Some(0) {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(house.json(&["status"])["vault"], "locked");
    house.run(&["token", "list"]).code(6);
    let file = house.passphrase_file();
    let view = house.json(&["unlock", "--passphrase-file", &file]);
    assert_eq!(view["vault"], "open");
    house.run(&["unlock"]).success();
    house.json(&["token", "list"]);
    house.json(&["lock"]);
    house.json(&["lock"]);
    house.run(&["token", "list"]).code(6);
    house.json(&["stop"]);
    assert_eq!(crate::house::wait(&mut child), Some(0));
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("hai-net unlock"), "{told}");
}

#[test]
fn hub_with_a_wrong_passphrase_serves_locked() {
    let house = House::empty();
    owned(&house);
    let wrong = house.private_file("wrong", "not the right one\n");
    let served = house.serve_with(&["--listen", "127.0.0.1:0", "--passphrase-file", &wrong]);
    assert_eq!(
        served.greeting["vault"], "locked",
        "the owner can still open it"
    );
}

#[test]
fn hub_whose_descriptor_is_closed_serves_locked() {
    let house = House::empty();
    owned(&house);
    let served = house.serve_with(&["--listen", "127.0.0.1:0", "--passphrase-fd", "99"]);
    assert_eq!(
        served.greeting["vault"], "locked",
        "a restart hands none on"
    );
    house.run(&["unlock", "--passphrase-fd", "99"]).code(2);
}

#[test]
fn recovery_words_open_the_vault_too() {
    let house = House::empty();
    let made = owned(&house);
    let words: Vec<&str> = made["words"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    let _served = house.serve();
    let file = house.private_file("words", &format!("{}\n", words.join("\n")));
    let wrong = house.private_file("wrong", "abandon abandon\n");
    house
        .run(&["unlock", "--words", "--passphrase-file", &wrong])
        .code(7);
    let view = house.json(&["unlock", "--words", "--passphrase-file", &file]);
    assert_eq!(view["vault"], "open");
}

#[test]
fn nobody_unlocks_what_nobody_owns() {
    let house = House::empty();
    let _served = house.serve();
    let told = house.run(&["unlock", "--json"]).code(3);
    assert_eq!(fault_of(&told)["code"], "no_identity");
    let told = house.run(&["lock", "--json"]).code(3);
    assert_eq!(fault_of(&told)["code"], "no_identity");
}

fn opens(house: &House, file: &str) -> Option<i32> {
    let told = house.run(&["token", "list", "--passphrase-file", file]);
    told.get_output().status.code()
}

#[test]
fn changed_passphrase_opens_the_vault_and_the_old_one_does_not() {
    let house = House::empty();
    owned(&house);
    let (old, new) = (house.passphrase_file(), house.private_file("new", NEW));
    let changed: Value = house.json(&[
        "passphrase",
        "change",
        "--passphrase-file",
        &old,
        "--new-passphrase-file",
        &new,
    ]);
    assert_eq!(changed["changed"], true);
    assert_eq!(opens(&house, &old), Some(7));
    assert_eq!(opens(&house, &new), Some(0));
}

#[test]
fn forgotten_passphrase_is_replaced_with_the_words() {
    let house = House::empty();
    let made = owned(&house);
    let words = made["words"].as_array().unwrap().iter();
    let words: Vec<&str> = words.map(|word| word.as_str().unwrap()).collect();
    let words = house.private_file("words", &words.join(" "));
    let new = house.private_file("new", NEW);
    house.json(&[
        "passphrase",
        "change",
        "--words",
        "--passphrase-file",
        &words,
        "--new-passphrase-file",
        &new,
    ]);
    assert_eq!(opens(&house, &new), Some(0));
    let weak = house.private_file("weak", "12345678");
    let args = [
        "passphrase",
        "change",
        "--passphrase-file",
        &new,
        "--new-passphrase-file",
        &weak,
    ];
    house.run(&args).code(3);
    assert_eq!(opens(&house, &new), Some(0), "a weak one changes nothing");
}
