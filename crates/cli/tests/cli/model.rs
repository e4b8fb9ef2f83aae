//! Everything that needs a model which answers. Left out where there is none: see `House::with_model`.

use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::house::{House, STARTER, json_of, kill, wait};

fn piped(house: &House, args: &[&str], input: &str) -> std::process::Output {
    let mut child = house
        .command(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn question_is_answered_without_a_running_hub_and_kept() {
    let Some(house) = House::with_model() else {
        return;
    };
    let answer = house.json(&["chat", "What", "is", "the", "capital", "of", "France?"]);
    let text = answer["text"].as_str().unwrap();
    assert!(text.contains("Paris"), "{answer}");
    let kept = house.json(&["conversations", "show", "last"]);
    assert_eq!(kept["id"], answer["conversation"]);
    assert_eq!(
        kept["messages"][0]["text"],
        "What is the capital of France?"
    );
    assert_eq!(kept["messages"][1]["text"], text);
}

#[test]
fn piped_text_is_put_behind_the_question_and_plain_text_comes_out() {
    let Some(house) = House::with_model() else {
        return;
    };
    let _served = house.serve();
    let output = piped(
        &house,
        &["chat", "Name the capital of this country:"],
        "France\n",
    );
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Paris") && text.ends_with('\n'), "{text}");
    assert!(!text.contains('\x1b'), "no colours in a pipe: {text:?}");
    let kept = house.json(&["conversations", "show", "last"]);
    assert_eq!(
        kept["messages"][0]["text"],
        "Name the capital of this country:\n\nFrance"
    );
    let output = piped(&house, &["chat"], "What is 2 + 2?\n");
    assert!(
        output.status.success() && !output.stdout.is_empty(),
        "{output:?}"
    );
}

#[test]
fn conversation_goes_on_where_it_ended() {
    let Some(house) = House::with_model() else {
        return;
    };
    let _served = house.serve();
    let first = house.json(&["chat", "My name is Ada."]);
    let second = house.json(&["chat", "-c", "last", "What is my name?"]);
    assert_eq!(first["conversation"], second["conversation"]);
    let kept = house.json(&["conversations", "show", "last"]);
    let messages = kept["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 4);
    assert_eq!(
        messages[2]["parent"], first["answer"],
        "it answers the answer before"
    );
    assert!(
        second["usage"]["cached_tokens"].as_u64() > Some(0),
        "{second}"
    );
}

#[test]
fn conversation_is_listed_found_renamed_exported_and_deleted() {
    let Some(house) = House::with_model() else {
        return;
    };
    let _served = house.serve();
    let id = house.json(&["chat", "Tell me about fjords"])["conversation"].clone();
    let id = id.as_str().unwrap();
    let end = &id[id.len() - 8..];
    house
        .run(&["conversations", "rename", end, "Deep", "water"])
        .success();
    let list = house.json(&["conversations", "list"]);
    assert_eq!(list["conversations"][0]["title"], "Deep water");
    let found = house.json(&["conversations", "search", "fjords"]);
    assert_eq!(found["conversations"][0]["id"], id);
    let table = house.run(&["conversations", "list"]).success();
    assert!(String::from_utf8_lossy(&table.get_output().stdout).contains(end));
    let markdown = house.run(&["conversations", "export", end]).success();
    assert!(String::from_utf8_lossy(&markdown.get_output().stdout).contains("fjords"));
    let file = house.path().join("out.json");
    let to_file = [
        "conversations",
        "export",
        end,
        "--format",
        "json",
        "-o",
        file.to_str().unwrap(),
    ];
    house.run(&to_file).success();
    house.run(&to_file).code(2);
    let exported: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(exported["format"], "hai-net/1");
    house.run(&["conversations", "delete", end]).success();
    house.run(&["conversations", "show", id]).code(5);
}

fn long_answer(house: &House) -> Child {
    house
        .command(&["chat", "Count from 1 to 500, one number on each line."])
        .env("HAI_NET_LLM_ANSWER_TOKENS_MAX", "4000")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn ctrl_c_stops_the_answer_and_keeps_what_was_written() {
    let Some(house) = House::with_model() else {
        return;
    };
    let mut child = long_answer(&house);
    let mut first = [0; 1];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut first)
        .unwrap();
    kill(child.id(), Signal::INT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let kept = house.json(&["conversations", "show", "last"]);
    assert_eq!(kept["messages"][1]["state"]["is"], "stopped");
    assert!(!kept["messages"][1]["text"].as_str().unwrap().is_empty());
}

#[test]
fn answer_that_nobody_reads_any_more_is_stopped() {
    let Some(house) = House::with_model() else {
        return;
    };
    let mut child = long_answer(&house);
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 1]).unwrap();
    drop(stdout);
    assert_eq!(wait(&mut child), Some(0));
    let kept = house.json(&["conversations", "show", "last"]);
    assert_eq!(kept["messages"][1]["state"]["is"], "stopped");
}

#[test]
fn hub_killed_in_mid_answer_is_told_and_what_was_written_is_kept() {
    let Some(house) = House::with_model() else {
        return;
    };
    let served = house.serve();
    let mut child = long_answer(&house);
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut [0; 1])
        .unwrap();
    served.signal(Signal::KILL);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let kept = house.json(&["conversations", "show", "last"]);
    assert_eq!(kept["messages"][1]["state"]["is"], "failed", "{kept}");
    drop(served);
}

#[test]
fn followed_log_shows_lines_as_they_are_written() {
    let Some(house) = House::with_model() else {
        return;
    };
    let served = house.serve();
    let mut child = house
        .command(&["logs", "-f", "-n", "0", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The model is loaded for this, which is told.
    std::thread::sleep(Duration::from_millis(500));
    house.json(&["chat", "hello"]);
    let mut first = [0; 1];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut first)
        .unwrap();
    assert_eq!(&first, b"{");
    drop(served);
    assert_eq!(wait(&mut child), Some(0), "it ends with the hub");
}

#[test]
fn model_is_installed_from_a_file_chosen_shown_and_removed() {
    let Some(house) = House::with_model() else {
        return;
    };
    let model = house.models().join(STARTER);
    let file = house.path().join("another.gguf");
    std::fs::rename(&model, &file).unwrap();
    house.run(&["chat", "hello"]).code(3);
    let pulled = house
        .run(&["models", "pull", "./another.gguf", "--json"])
        .success();
    let steps = String::from_utf8_lossy(&pulled.get_output().stdout).into_owned();
    let last: Value = serde_json::from_str(steps.lines().last().unwrap()).unwrap();
    assert_eq!(last["state"]["is"], "done", "{steps}");
    let name = last["state"]["model"].as_str().unwrap().to_owned();
    house.run(&["models", "use", &name]).success();
    let detail = house.json(&["models", "show", &name]);
    assert_eq!(detail["model"]["header"]["Ok"]["architecture"], "llama");
    assert_eq!(house.json(&["models", "list"])["chosen"], name.as_str());
    house.run(&["models", "rm", &name]).success();
    house.run(&["models", "show", &name]).code(5);
}

#[test]
fn loaded_model_is_shown_and_gives_its_memory_back() {
    let Some(house) = House::with_model() else {
        return;
    };
    let _served = house.serve();
    house.json(&["chat", "hello"]);
    assert_eq!(house.json(&["status"])["engine"]["is"], "ready");
    house.run(&["models", "unload"]).success();
    let begun = Instant::now();
    while house.json(&["status"])["engine"]["is"] != "asleep" {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{}",
            house.json(&["status"])
        );
    }
    let refused = house
        .run(&["chat", "-m", "nothing", "hello", "--json"])
        .code(5);
    assert_eq!(
        json_of(&refused.get_output().stdout)["fault"]["code"],
        "model_not_found"
    );
}
