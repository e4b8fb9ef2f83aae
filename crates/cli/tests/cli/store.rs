//! Verbs that only need what is stored: with a running hub and without one.

use crate::house::{House, json_of};

#[test]
fn token_made_without_a_hub_is_known_to_the_hub_that_runs_later() {
    let house = House::empty();
    let made = house.json(&["token", "create", "--label", "laptop"]);
    let secret = made["token"].as_str().unwrap();
    assert!(
        secret.starts_with("hai_sk_") && secret.len() == 7 + 64,
        "{secret}"
    );
    let _served = house.serve();
    let list = house.json(&["token", "list"]);
    assert_eq!(list["tokens"][0]["id"], made["id"]);
    assert!(
        !list.to_string().contains(secret),
        "the secret is shown once"
    );
    house.run(&["token", "revoke", "laptop"]).success();
    house.run(&["token", "revoke", "laptop"]).code(5);
    assert!(house.json(&["token", "list"])["tokens"][0]["revoked"].is_u64());
}

#[test]
fn only_the_secret_of_a_token_goes_to_standard_output() {
    let house = House::empty();
    let made = house.run(&["token", "create", "--label", "x"]).success();
    let text = String::from_utf8_lossy(&made.get_output().stdout).into_owned();
    assert!(
        text.starts_with("hai_sk_") && text.lines().count() == 1,
        "{text}"
    );
}

#[test]
fn setting_changed_without_a_hub_holds_for_the_next_one() {
    let house = House::empty();
    house
        .run(&["settings", "set", "log.retention_days", "7"])
        .success();
    let _served = house.serve();
    let setting = house.json(&["settings", "get", "log.retention_days"]);
    assert_eq!(setting["value"], 7);
    house
        .run(&["settings", "unset", "log.retention_days"])
        .success();
    assert_eq!(
        house.json(&["settings", "get", "log.retention_days"])["value"],
        30
    );
}

#[test]
fn setting_fixed_by_the_environment_is_not_changed() {
    let house = House::empty();
    let refused = house
        .run(&["settings", "set", "llm.temperature", "1", "--json"])
        .code(3);
    assert_eq!(
        json_of(&refused.get_output().stdout)["fault"]["code"],
        "setting_fixed"
    );
}

#[test]
fn every_setting_is_listed() {
    let house = House::empty();
    let listed = house.json(&["settings", "list"]);
    let listed = listed["settings"].as_array().unwrap().len();
    assert_eq!(listed, contract::setting::SettingKey::all().count());
    let table = house.run(&["settings", "list"]).success();
    let table = String::from_utf8_lossy(&table.get_output().stdout).into_owned();
    assert_eq!(
        table.lines().count(),
        listed + 1,
        "one line each and a head: {table}"
    );
}

#[test]
fn two_verbs_at_the_same_time_without_a_hub_both_do_their_work() {
    let house = House::empty();
    std::thread::scope(|scope| {
        for number in 0..4 {
            let house = &house;
            scope.spawn(move || {
                house.json(&["token", "create", "--label", &format!("number {number}")]);
            });
        }
    });
    let list = house.json(&["token", "list"]);
    assert_eq!(list["tokens"].as_array().unwrap().len(), 4, "{list}");
}

#[test]
fn missing_things_end_with_five() {
    let house = House::empty();
    let id = "01890000-0000-7000-8000-000000000000";
    for args in [
        &["conversations", "show", id][..],
        &["conversations", "show", "last"],
        &["conversations", "delete", id],
        &["conversations", "export", "abcd1234"],
        &["token", "revoke", id],
        &["models", "show", "nothing"],
        &["models", "rm", "nothing"],
        &["models", "use", "nothing"],
        &["settings", "get", "nothing"],
        &["chat", "-m", "nothing", "hello"],
    ] {
        house.run(args).code(5);
    }
}

#[test]
fn question_without_a_model_is_refused_with_the_way_to_get_one() {
    let house = House::empty();
    let refused = house.run(&["chat", "hello", "--json"]).code(3);
    let fault = json_of(&refused.get_output().stdout);
    assert_eq!(fault["fault"]["code"], "no_model");
    assert!(
        fault["fault"]["advice"]
            .as_str()
            .unwrap()
            .contains("hai-net models pull")
    );
}

#[test]
fn broken_model_file_is_refused_and_not_installed() {
    let house = House::empty();
    let file = house.path().join("broken.gguf");
    std::fs::write(&file, b"GGUF and then nothing that makes sense").unwrap();
    let refused = house.run(&["models", "pull", file.to_str().unwrap()]);
    assert!(!refused.get_output().status.success());
    let models = house.json(&["models", "list"]);
    assert!(
        models["installed"].as_array().unwrap().is_empty(),
        "{models}"
    );
}

#[test]
fn log_is_shown_line_by_line_and_without_a_hub() {
    let house = House::empty();
    drop(house.serve());
    let shown = house.run(&["logs", "-n", "5", "--json"]).success();
    let text = String::from_utf8_lossy(&shown.get_output().stdout).into_owned();
    let numbers: Vec<i64> = text
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["number"].as_i64().unwrap()
        })
        .collect();
    assert!(!numbers.is_empty() && numbers.len() <= 5, "{text}");
    assert!(numbers.is_sorted(), "the oldest first: {numbers:?}");
}

#[test]
fn reader_that_has_enough_is_no_failure() {
    use std::process::Stdio;

    let house = House::empty();
    let mut child = house
        .command(&["completion", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
