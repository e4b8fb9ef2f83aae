//! Making a hub one's own, and what its owner can do without a terminal.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::house::{House, PASSPHRASE, json_of};

/// Makes the hub of this house somebody's; gives what `setup` printed.
pub(crate) fn owned(house: &House) -> Value {
    let file = house.passphrase_file();
    house.json(&[
        "setup",
        "--non-interactive",
        "--no-keychain",
        "--name",
        "Ada",
        "--passphrase-file",
        &file,
    ])
}

pub(crate) fn fault_of(told: &assert_cmd::assert::Assert) -> Value {
    json_of(&told.get_output().stdout)["fault"].clone()
}

fn words_of(made: &Value) -> Vec<String> {
    let words = made["words"].as_array().unwrap();
    words
        .iter()
        .map(|word| word.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn script_makes_a_complete_identity_and_gets_its_words_once() {
    let house = House::empty();
    let made = owned(&house);
    assert_eq!(made["name"], "Ada");
    let did = made["did"].as_str().unwrap();
    assert!(did.starts_with("did:key:z6Mk"), "{did}");
    assert_eq!(made["did_alias"], did.replace("did:key:", "did:hai:"));
    assert_eq!(words_of(&made).len(), 24);
    let file = house.passphrase_file();
    let shown = house.run(&["identity", "show", "--json"]).success();
    let locked = json_of(&shown.get_output().stdout);
    assert_eq!(
        locked["vault"], "locked",
        "without the passphrase: {locked}"
    );
    assert!(locked["owner"].is_null());
    let step = house.json(&[
        "settings",
        "get",
        "ui.setup_step",
        "--passphrase-file",
        &file,
    ]);
    assert_eq!(
        step["value"], 6,
        "the window does not begin with the first start"
    );
    let served = house.serve_with(&["--listen", "127.0.0.1:0", "--passphrase-file", &file]);
    let open = house.json(&["identity", "show"]);
    assert_eq!(open["vault"], "open");
    assert_eq!(open["owner"]["did"], did);
    assert_eq!(
        open["owner"]["words_confirmed"], true,
        "they were handed over"
    );
    assert_eq!(open["devices"][0]["is_this"], true);
    drop(served);
}

#[test]
fn words_go_into_a_new_private_file_and_nowhere_else() {
    let house = House::empty();
    let (file, words) = (house.passphrase_file(), house.path().join("words"));
    let args = [
        "setup",
        "--non-interactive",
        "--no-keychain",
        "--name",
        "Ada",
        "--passphrase-file",
        &file,
        "--words-file",
        words.to_str().unwrap(),
    ];
    let done = house.run(&args).success();
    let mode = words.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "who has the words has everything");
    let text = std::fs::read_to_string(&words).unwrap();
    assert_eq!(text.split_whitespace().count(), 24);
    let output = done.get_output();
    let printed = [&output.stdout[..], &output.stderr[..]].concat();
    let printed = String::from_utf8_lossy(&printed).into_owned();
    assert!(!printed.contains(text.trim()), "{printed}");
    let line = text
        .split_whitespace()
        .take(2)
        .collect::<Vec<_>>()
        .join(" ");
    assert!(!printed.contains(&line), "{printed}");
}

#[test]
fn words_file_that_is_there_stays_and_nothing_is_made() {
    let house = House::empty();
    let file = house.passphrase_file();
    let words = house.private_file("words", "the words of another hub");
    let args = [
        "setup",
        "--non-interactive",
        "--passphrase-file",
        &file,
        "--words-file",
        &words,
    ];
    house.run(&args).code(2);
    let kept = std::fs::read_to_string(&words).unwrap();
    assert_eq!(kept, "the words of another hub");
    assert_eq!(house.json(&["identity", "show"])["vault"], "unowned");
}

#[test]
fn hub_that_somebody_owns_is_not_taken_over() {
    let house = House::empty();
    let made = owned(&house);
    let file = house.private_file("other", "ladder pulse orbit velvet canyon mixture\n");
    let words = house.path().join("words");
    let args = [
        "setup",
        "--non-interactive",
        "--name",
        "Eve",
        "--json",
        "--passphrase-file",
        &file,
        "--words-file",
        words.to_str().unwrap(),
    ];
    let told = house.run(&args).code(3);
    assert_eq!(fault_of(&told)["code"], "identity_exists");
    assert!(!words.exists(), "no file is left behind");
    let file = house.passphrase_file();
    let public = house.json(&["identity", "export", "--passphrase-file", &file]);
    assert_eq!(public["did"], made["did"]);
}

#[test]
fn passphrase_that_could_be_guessed_is_refused_and_nothing_is_made() {
    let house = House::empty();
    let file = house.private_file("weak", "password1\n");
    let words = house.path().join("words");
    let told = house
        .run(&[
            "setup",
            "--non-interactive",
            "--json",
            "--passphrase-file",
            &file,
            "--words-file",
            words.to_str().unwrap(),
        ])
        .code(3);
    assert_eq!(fault_of(&told)["code"], "weak_passphrase");
    assert!(!words.exists(), "no file is left behind");
    assert_eq!(house.json(&["identity", "show"])["vault"], "unowned");
}

#[test]
fn setup_without_a_passphrase_says_how_to_give_one() {
    let house = House::empty();
    let told = house
        .run(&["setup", "--non-interactive", "--name", "Ada", "--json"])
        .code(2);
    let fault = fault_of(&told);
    assert!(
        fault["advice"]
            .as_str()
            .unwrap()
            .contains("--passphrase-file"),
        "{fault}"
    );
}

#[test]
fn what_was_kept_before_the_hub_had_an_owner_is_still_there() {
    let house = House::empty();
    house.json(&["token", "create", "--label", "from before"]);
    owned(&house);
    let file = house.passphrase_file();
    let tokens = house.json(&["token", "list", "--passphrase-file", &file]);
    assert_eq!(tokens["tokens"][0]["label"], "from before");
}

#[test]
fn details_are_given_by_file_shown_and_forgotten() {
    let house = House::empty();
    owned(&house);
    let _served = house.serve_with(&[
        "--listen",
        "127.0.0.1:0",
        "--passphrase-file",
        &house.passphrase_file(),
    ]);
    let text = r#"{"name":"Ada","details":{"full_name":"Ada Lovelace","email":"ada@example.org"}}"#;
    let from = house.private_file("details.json", text);
    let view = house.json(&["identity", "details", "--from", &from]);
    assert_eq!(view["details"]["full_name"], "Ada Lovelace");
    let view = house.json(&["identity", "details", "--name", "Countess"]);
    assert_eq!(view["name"], "Countess");
    assert_eq!(
        view["details"]["email"], "ada@example.org",
        "a new name leaves the details"
    );
    let from = house.private_file("details.json", r#"{"name":"Countess","details":{}}"#);
    house.json(&["identity", "details", "--from", &from]);
    let view = house.json(&["identity", "details"]);
    assert!(view["details"]["full_name"].is_null(), "{view}");
    let from = house.private_file(
        "details.json",
        r#"{"name":"x","details":"my secret number"}"#,
    );
    let told = house.run(&["identity", "details", "--from", &from]).code(2);
    let stderr = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
    assert!(!stderr.contains("secret number"), "{stderr}");
}

#[test]
fn new_key_brings_new_words_and_the_old_one_signs_it_over() {
    let house = House::empty();
    let made = owned(&house);
    let file = house.passphrase_file();
    let words = house.path().join("new-words");
    let rotated = house.json(&[
        "identity",
        "rotate",
        "--passphrase-file",
        &file,
        "--words-file",
        words.to_str().unwrap(),
    ]);
    assert_ne!(rotated["did"], made["did"]);
    let new = std::fs::read_to_string(&words).unwrap();
    let new: Vec<&str> = new.split_whitespace().collect();
    assert_eq!(new.len(), 24);
    assert_ne!(new, words_of(&made));
    let public = house.json(&["identity", "export", "--passphrase-file", &file]);
    assert_eq!(public["did"], rotated["did"]);
    assert_eq!(public["rotations"].as_array().unwrap().len(), 1, "{public}");
}

#[test]
fn device_in_use_is_listed_and_not_revoked_by_itself() {
    let house = House::empty();
    owned(&house);
    let file = house.passphrase_file();
    let list = house.json(&["identity", "devices", "--passphrase-file", &file]);
    let serial = list["devices"][0]["serial"].as_str().unwrap();
    assert_eq!(serial.len(), 32, "{list}");
    let end = &serial[24..];
    let told = house
        .run(&[
            "identity",
            "revoke",
            end,
            "--passphrase-file",
            &file,
            "--json",
        ])
        .code(3);
    assert_eq!(fault_of(&told)["code"], "not_allowed");
    house
        .run(&["identity", "revoke", "zzzz", "--passphrase-file", &file])
        .code(5);
}

#[test]
fn identity_comes_back_from_its_words_in_another_folder() {
    let house = House::empty();
    let made = owned(&house);
    let text = words_of(&made).join("\n");
    let words = house.private_file("words", &text);
    let other = House::empty();
    let file = other.private_file("passphrase", "mixture ladder pulse orbit velvet canyon\n");
    let restored = other.json(&[
        "identity",
        "restore",
        "--no-keychain",
        "--name",
        "Ada",
        "--words-from",
        &words,
        "--passphrase-file",
        &file,
    ]);
    assert_eq!(restored["did"], made["did"]);
    assert!(restored["words"].is_null(), "the person has them");
    let wrong = house.private_file("wrong", &text.replacen(char::is_alphabetic, "", 1));
    let third = House::empty();
    third
        .run(&[
            "identity",
            "restore",
            "--no-keychain",
            "--words-from",
            &wrong,
            "--passphrase-file",
            &file,
        ])
        .code(7);
    assert_eq!(third.json(&["identity", "show"])["vault"], "unowned");
}

#[test]
fn erase_needs_a_typed_confirmation_and_leaves_nobody() {
    let house = House::empty();
    owned(&house);
    let file = house.passphrase_file();
    house.json(&[
        "token",
        "create",
        "--label",
        "mine",
        "--passphrase-file",
        &file,
    ]);
    house.run(&["erase"]).code(2);
    house.run(&["erase", "--json"]).code(2);
    assert_eq!(
        house.json(&["identity", "show"])["vault"],
        "locked",
        "nothing was erased"
    );
    // The passphrase may be forgotten.
    house.json(&["erase", "--yes-erase-everything"]);
    assert_eq!(house.json(&["identity", "show"])["vault"], "unowned");
    let tokens = house.json(&["token", "list"]);
    assert!(tokens["tokens"].as_array().unwrap().is_empty(), "{tokens}");
    for entry in std::fs::read_dir(house.data()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes
                .windows(PASSPHRASE.len())
                .any(|part| part == PASSPHRASE.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
}
