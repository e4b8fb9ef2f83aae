//! The program in a terminal.

use std::io::Read;
use std::process::Stdio;

use rustix::process::Signal;

use crate::house::{House, kill, wait};
use crate::pty::Terminal;

#[test]
fn colours_are_for_terminals_and_not_where_they_are_unwanted() {
    let house = House::empty();
    let mut terminal = Terminal::open(&house, &["status"]);
    let shown = terminal.until("hai-net serve");
    assert!(shown.contains("\x1b[31merror:\x1b[0m"), "{shown:?}");
    assert_eq!(wait(&mut terminal.child), Some(4));
    let piped = house.run(&["status"]).code(4);
    assert!(
        !piped.get_output().stderr.contains(&0x1b),
        "no colours in a pipe"
    );
}

#[test]
fn talk_answers_line_by_line_and_ctrl_c_stops_only_the_answer() {
    let Some(house) = House::with_model() else {
        return;
    };
    let mut terminal = Terminal::open(&house, &["chat"]);
    terminal.until("/help");
    terminal.until("> ");
    terminal.enter("What is the capital of France?\r");
    terminal.until("Paris");
    terminal.until("a second)");
    terminal.until("> ");
    terminal.enter("/regenerate\r");
    terminal.until("a second)");
    terminal.until("> ");
    terminal.enter("/new\r");
    terminal.until("A new conversation.");
    terminal.until("> ");
    terminal.enter("\x03");
    terminal.until("Once more leaves");
    terminal.until("> ");
    terminal.enter("/quit\r");
    assert_eq!(wait(&mut terminal.child), Some(0));
    let history = house.data().join("chat-history");
    let mode = std::os::unix::fs::PermissionsExt::mode(&history.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "what was entered is private");
    assert!(
        std::fs::read_to_string(&history)
            .unwrap()
            .contains("capital of France")
    );
}

#[test]
fn interrupted_answer_leads_back_to_the_prompt() {
    let Some(house) = House::with_model() else {
        return;
    };
    let mut served = house.command(&["serve", "--json", "--listen", "127.0.0.1:0"]);
    served
        .env("HAI_NET_LLM_ANSWER_TOKENS_MAX", "4000")
        .stdout(Stdio::piped());
    let mut served = served.spawn().unwrap();
    served
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut [0; 1])
        .unwrap();
    let mut terminal = Terminal::open(&house, &["chat"]);
    terminal.until("> ");
    terminal.enter("Count from 1 to 500, one number on each line.\r");
    while house.json(&["status"])["engine"]["answering"] != 1 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    kill(terminal.child.id(), Signal::INT);
    terminal.until("(stopped");
    terminal.until("> ");
    terminal.enter("\x04");
    assert_eq!(wait(&mut terminal.child), Some(0));
    kill(served.id(), Signal::TERM);
    assert_eq!(wait(&mut served), Some(0));
}
