//! `hai-net guardian`: without a hub, without a data folder.

use serde_json::json;

use crate::house::{House, PATIENCE};

const TEXT: &str = "Grüße! Write to ada@example.org.\n";

fn told(house: &House, args: &[&str], text: &[u8]) -> assert_cmd::assert::Assert {
    assert_cmd::Command::from_std(house.command(args))
        .timeout(PATIENCE)
        .write_stdin(text)
        .assert()
}

#[test]
fn guardian_tells_places_in_code_points_and_opens_no_folder() {
    let house = House::empty();
    let done = told(&house, &["guardian", "scan", "--json"], TEXT.as_bytes()).success();
    let view: serde_json::Value = serde_json::from_slice(&done.get_output().stdout).unwrap();
    let span = json!({ "start": 16, "end": 31, "kind": "email", "action": "mask", "score": 0.98 });
    assert_eq!(
        view,
        json!({ "spans": [span], "masked": "Grüße! Write to [EMAIL_1].\n" })
    );
    let opened = std::fs::read_dir(house.data()).unwrap().count();
    assert_eq!(opened, 0, "the data folder stays empty");
}

#[test]
fn guardian_explains_which_rule_found_what() {
    let house = House::empty();
    let done = told(&house, &["guardian", "explain", "--json"], TEXT.as_bytes()).success();
    let view: serde_json::Value = serde_json::from_slice(&done.get_output().stdout).unwrap();
    assert_eq!(view["findings"][0]["rule"], "email");
    let done = told(&house, &["guardian", "explain"], TEXT.as_bytes()).success();
    let words = String::from_utf8(done.get_output().stdout.clone()).unwrap();
    assert!(
        words.contains("ada@example.org") && words.contains("16-31"),
        "{words}"
    );
}

#[test]
fn text_that_cannot_be_examined_is_refused() {
    let house = House::empty();
    let run = "a".repeat(1 << 20);
    told(&house, &["guardian", "scan"], run.as_bytes()).code(2);
    told(&house, &["guardian", "scan"], b"\xff\xfe").code(2);
}
