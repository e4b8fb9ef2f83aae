//! The program dies at any moment: what was acknowledged is there, and the file is sound.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base::{AgentId, MessageId, Timestamp};
use store::{EVENTS_MAX, Store, TreeId};

use crate::journal_order::append;
use crate::{message, open, talk};

/// Names the data folder to the child; without it the children's tests do nothing.
const FOLDER: &str = "HAI_NET_TEST_STORE_FOLDER";

/// The children.
const MESSAGES: &str = "crash::child_that_writes_until_it_is_killed";
const EVENTS: &str = "crash::child_that_writes_its_journal_until_it_is_killed";

/// How many events the child appends before it writes something else.
const EVENTS_TOGETHER: u64 = 70;

/// How often the child is killed; the acceptance tests do it more often, over the whole program.
const ROUNDS: u32 = 10;

/// How many tasks of the child write at once, so that transactions hold several jobs.
const WRITERS: u64 = 6;

/// What a child does with the store of the folder that it is told of, until it is killed.
fn as_child<F: Future<Output = ()>>(work: impl FnOnce(Store, Timestamp) -> F) {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("runtime");
    runtime.block_on(async {
        let moment = Timestamp::from_clock(std::time::SystemTime::now());
        work(open(Path::new(&folder)), moment).await;
    });
}

/// Not a test of its own: the program that is killed. Prints each id after its acknowledgement.
#[test]
fn child_that_writes_until_it_is_killed() {
    as_child(async |store, moment| {
        let conversation = talk(&store, "crash", moment, &["start"]).await;
        for _ in 0..WRITERS {
            let store = store.clone();
            tokio::spawn(async move {
                loop {
                    let row = message(conversation, None, &"text ".repeat(50), moment);
                    let id = row.id;
                    store
                        .add_messages(conversation, vec![row], id, moment)
                        .await
                        .expect("on");
                    // Not `println!`, which the test harness would keep to itself.
                    writeln!(std::io::stdout(), "kept {id}").expect("told");
                }
            });
        }
        std::future::pending::<()>().await;
    });
}

/// As the other one, with events: in turn by one alone, which the journal's tail takes, and by several.
#[test]
fn child_that_writes_its_journal_until_it_is_killed() {
    as_child(async |store, moment| {
        for round in 0.. {
            let writers = if round % 2 == 0 { 1 } else { WRITERS };
            let writing = (0..writers).map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let id = AgentId::new(moment, rand::random());
                    for number in 0..EVENTS_TOGETHER {
                        let one = append(id.into(), number..number + 1);
                        let kept = store.append_events(one).await.expect("on").events[0];
                        writeln!(std::io::stdout(), "kept {id} {number} {kept}.").expect("told");
                    }
                })
            });
            for writer in writing.collect::<Vec<_>>() {
                writer.await.expect("joined");
            }
            if round % 3 == 2 {
                talk(&store, "in between", moment, &["text"]).await;
            }
        }
    });
}

fn start_child(child: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", child, "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("child")
}

/// Lets the child write, kills it after a random while, and returns what it was promised.
fn killed_while_writing<T: Send + 'static>(
    child: &str,
    folder: &Path,
    read: fn(&str) -> Option<T>,
) -> Vec<T> {
    let mut child = start_child(child, folder);
    let output = child.stdout.take().expect("piped");
    let (first, started) = std::sync::mpsc::channel();
    let listener = std::thread::spawn(move || {
        let mut kept = Vec::new();
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            // Whatever else a test program prints, also on the same line.
            let text = String::from_utf8_lossy(&line);
            if let Some(promise) = text.split_once("kept ").and_then(|(_, told)| read(told)) {
                kept.push(promise);
                let _ = first.send(());
            }
        }
        kept
    });
    started
        .recv_timeout(Duration::from_secs(60))
        .expect("the child writes");
    std::thread::sleep(Duration::from_millis(rand::random_range(0..300)));
    child.kill().expect("SIGKILL");
    child.wait().expect("dead");
    listener.join().expect("heard")
}

#[tokio::test]
async fn acknowledged_messages_survive_sigkill_at_random_moments() {
    let folder = tempfile::tempdir().expect("folder");
    let mut promised: Vec<MessageId> = Vec::new();
    for round in 0..ROUNDS {
        // The last line may be cut; a cut id is no id.
        let kept: Vec<MessageId> =
            killed_while_writing(MESSAGES, folder.path(), |told| told.trim().parse().ok());
        println!("round {round}: {} acknowledged", kept.len());
        promised.extend(kept);
        let store = open(folder.path());
        for id in &promised {
            let found = store.message(*id).await.expect("read");
            let row = found.unwrap_or_else(|| panic!("round {round}: {id} was promised"));
            assert_eq!(row.text.len(), 250, "whole");
        }
        assert_eq!(
            store.integrity_check().await.expect("check"),
            Vec::<String>::new()
        );
        store.close().await.expect("closed");
    }
    assert!(
        promised.len() > 10,
        "the child had time to write: {}",
        promised.len()
    );
}

/// The tree, the event and its number, of a line that is whole.
fn promise(told: &str) -> Option<(TreeId, u64, u64)> {
    let mut words = told.strip_suffix('.')?.split(' ');
    let tree: AgentId = words.next()?.parse().ok()?;
    let event = words.next()?.parse().ok()?;
    Some((tree.into(), event, words.next()?.parse().ok()?))
}

#[tokio::test]
async fn acknowledged_events_survive_sigkill_once_each_and_in_order() {
    let folder = tempfile::tempdir().expect("folder");
    let mut promised = Vec::new();
    for round in 0..ROUNDS {
        let kept = killed_while_writing(EVENTS, folder.path(), promise);
        println!("round {round}: {} acknowledged", kept.len());
        promised.extend(kept);
        let store = open(folder.path());
        let mut trees: BTreeMap<TreeId, Vec<(u64, u64)>> = BTreeMap::new();
        for (tree, ..) in &promised {
            trees.entry(*tree).or_default();
        }
        for (tree, found) in &mut trees {
            let events = store.events(*tree, 0, EVENTS_MAX).await.expect("read");
            let number = |event: &store::AgentEvent| event.event["number"].as_u64();
            *found = events
                .iter()
                .map(|found| (number(&found.event).expect("a number"), found.number))
                .collect();
            let written: Vec<u64> = found.iter().map(|(event, _)| *event).collect();
            let all: Vec<u64> = (0..written.len() as u64).collect();
            assert_eq!(written, all, "round {round}: each once, in order");
        }
        for (tree, event, number) in &promised {
            assert!(
                trees[tree].contains(&(*event, *number)),
                "round {round}: event {event} under {number} was promised"
            );
        }
        assert_eq!(
            store.integrity_check().await.expect("check"),
            Vec::<String>::new()
        );
        store.close().await.expect("closed");
    }
    assert!(promised.len() > 100, "{} promises", promised.len());
}
