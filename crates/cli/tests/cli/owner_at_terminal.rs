//! What a person enters: setting up, passphrases that are not shown, and words that are asked back.

use rustix::process::Signal;

use crate::house::{House, PASSPHRASE, kill};
use crate::owner::owned;
use crate::pty::Terminal;

/// The words of a grid, in their order.
fn words_of(page: &str) -> Vec<String> {
    let mut numbered: Vec<(usize, String)> = Vec::new();
    let mut number = None;
    for piece in page.split_whitespace() {
        match (piece.parse::<usize>(), number) {
            (Ok(next), _) if next <= 24 => number = Some(next),
            (Err(_), Some(place)) => {
                numbered.push((place, piece.to_owned()));
                number = None;
            }
            (Ok(_) | Err(_), _) => {}
        }
    }
    numbered.sort();
    numbered.into_iter().map(|(_, word)| word).collect()
}

/// Goes through the questions up to the page of words, and gives that page.
fn up_to_the_words(terminal: &mut Terminal) -> String {
    terminal.until("What may I call you?");
    terminal.enter("Ada\n");
    terminal.until("New passphrase: ");
    terminal.enter("password1\n");
    terminal.until("Please take");
    terminal.until("New passphrase: ");
    terminal.enter(&format!("{PASSPHRASE}\n"));
    terminal.until("Strength: ");
    terminal.until("Once more: ");
    terminal.enter("something else\n");
    terminal.until("different");
    terminal.until("New passphrase: ");
    terminal.enter(&format!("{PASSPHRASE}\n"));
    terminal.until("Once more: ");
    terminal.enter(&format!("{PASSPHRASE}\n"));
    terminal.until("Enter some of them now? [y/N] ");
    terminal.enter("y\n");
    terminal.until("Full name: ");
    terminal.enter("Ada Lovelace\n");
    for question in ["Date of birth: ", "identity card: ", "E-mail address: "] {
        terminal.until(question);
        terminal.enter("\n");
    }
    terminal.until("recovery words");
    let page = terminal.until("Press Enter");
    terminal.enter("\n");
    page
}

/// Answers the three questions; gives what was asked.
fn say_words_back(terminal: &mut Terminal, words: &[String]) {
    terminal.until("Some of them");
    for _ in 0..3 {
        terminal.until("Word ");
        let number: usize = terminal.until(": ").trim_end_matches(": ").parse().unwrap();
        terminal.enter(&format!("{}\n", words[number - 1]));
    }
}

#[test]
fn person_sets_a_hub_up_and_says_three_words_back() {
    let house = House::empty();
    let mut terminal = Terminal::open(&house, &["setup", "--no-keychain"]);
    let words = words_of(&up_to_the_words(&mut terminal));
    assert_eq!(words.len(), 24, "{words:?}");
    let wrong: Vec<String> = words.iter().rev().cloned().collect();
    say_words_back(&mut terminal, &wrong);
    terminal.until("Enter shows the words again");
    terminal.enter("\n");
    assert_eq!(words_of(&terminal.until("Press Enter")), words);
    terminal.enter("\n");
    say_words_back(&mut terminal, &words);
    terminal.until("did:key:z6Mk");
    terminal.until("Download");
    terminal.enter("n\n");
    terminal.until("hai-net chat");
    assert_eq!(terminal.ended(), Some(0));
    let file = house.passphrase_file();
    let details = house.json(&["identity", "details", "--passphrase-file", &file]);
    assert_eq!(details["name"], "Ada");
    assert_eq!(details["details"]["full_name"], "Ada Lovelace");
    let step = house.json(&[
        "settings",
        "get",
        "ui.setup_step",
        "--passphrase-file",
        &file,
    ]);
    assert_eq!(step["value"], 6);
}

#[test]
fn setup_that_was_left_before_the_words_were_said_back_goes_on_there() {
    let house = House::empty();
    let mut terminal = Terminal::open(&house, &["identity", "create", "--no-keychain"]);
    let words = words_of(&up_to_the_words(&mut terminal));
    terminal.until("Word ");
    terminal.enter("\x04");
    terminal.until("goes on here");
    assert_eq!(terminal.ended(), Some(130));
    let mut terminal = Terminal::open(&house, &["identity", "create"]);
    terminal.until("Passphrase: ");
    terminal.enter(&format!("{PASSPHRASE}\n"));
    assert_eq!(words_of(&terminal.until("Press Enter")), words);
    terminal.enter("\n");
    say_words_back(&mut terminal, &words);
    terminal.until("did:key:z6Mk");
    assert_eq!(terminal.ended(), Some(0));
    let mut terminal = Terminal::open(&house, &["identity", "create"]);
    terminal.until("Passphrase: ");
    terminal.enter(&format!("{PASSPHRASE}\n"));
    terminal.until("has an owner already");
    assert_eq!(
        terminal.ended(),
        Some(3),
        "confirmed words are not shown again"
    );
}

#[test]
fn passphrase_is_not_shown_and_a_mistyped_one_may_be_entered_again() {
    let house = House::empty();
    owned(&house);
    let mut terminal = Terminal::open(&house, &["token", "list"]);
    terminal.until("Passphrase: ");
    assert!(!terminal.shows_keys());
    terminal.enter("mistyped\n");
    let told = terminal.until("Passphrase: ");
    assert!(!told.contains("mistyped"), "{told:?}");
    terminal.enter("wrong\x15");
    terminal.enter(PASSPHRASE);
    terminal.enter("x\x7f\n");
    let told = terminal.until("There are no tokens");
    assert!(!told.contains("velvet"), "{told:?}");
    assert_eq!(terminal.ended(), Some(0));
    assert!(terminal.shows_keys(), "the terminal is as it was");
}

#[test]
fn ctrl_c_at_a_passphrase_leaves_the_terminal_as_it_was() {
    let house = House::empty();
    owned(&house);
    let mut terminal = Terminal::open(&house, &["conversations", "list"]);
    terminal.until("Passphrase: ");
    terminal.enter("\x03");
    assert_eq!(terminal.ended(), Some(130));
    assert!(terminal.shows_keys());
    house.run(&["status"]).code(4);
}

#[test]
fn hub_in_a_terminal_asks_for_the_passphrase_at_its_start() {
    let house = House::empty();
    owned(&house);
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let mut terminal = Terminal::open(&house, &serve);
    terminal.until("leaves the vault locked): ");
    terminal.enter(&format!("{PASSPHRASE}\n"));
    terminal.until("Ctrl-C ends it.");
    assert_eq!(house.json(&["status"])["vault"], "open");
    kill(terminal.child.id(), Signal::INT);
    assert_eq!(terminal.ended(), Some(0));

    let mut terminal = Terminal::open(&house, &serve);
    terminal.until("leaves the vault locked): ");
    terminal.enter("\n");
    terminal.until("hai-net unlock");
    terminal.until("Ctrl-C ends it.");
    assert_eq!(house.json(&["status"])["vault"], "locked");
    kill(terminal.child.id(), Signal::INT);
    assert_eq!(terminal.ended(), Some(0));
}

#[test]
fn hub_that_waits_for_a_passphrase_is_opened_in_another_terminal_or_told_to_end() {
    let house = House::empty();
    owned(&house);
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let mut terminal = Terminal::open(&house, &serve);
    terminal.until("leaves the vault locked): ");
    let file = house.passphrase_file();
    house.json(&["unlock", "--passphrase-file", &file]);
    terminal.until("Ctrl-C ends it.");
    assert!(terminal.shows_keys());
    house.json(&["stop"]);
    assert_eq!(terminal.ended(), Some(0));

    let mut terminal = Terminal::open(&house, &serve);
    terminal.until("leaves the vault locked): ");
    kill(terminal.child.id(), Signal::TERM);
    assert_eq!(terminal.ended(), Some(0));
    assert!(terminal.shows_keys(), "{}", terminal.rest());
}

#[test]
fn everything_is_erased_only_after_the_words_were_typed() {
    let house = House::empty();
    owned(&house);
    let mut terminal = Terminal::open(&house, &["erase"]);
    terminal.until("to go on: ");
    terminal.enter("yes\n");
    terminal.until("Nothing was erased.");
    assert_eq!(terminal.ended(), Some(130));
    assert_eq!(house.json(&["identity", "show"])["vault"], "locked");
    let mut terminal = Terminal::open(&house, &["erase"]);
    terminal.until("to go on: ");
    terminal.enter("erase everything\n");
    terminal.until("Everything is erased.");
    assert_eq!(terminal.ended(), Some(0));
    assert_eq!(house.json(&["identity", "show"])["vault"], "unowned");
}
