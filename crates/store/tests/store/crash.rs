//! The program dies at any moment: what was acknowledged is there, and the file is sound.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base::MessageId;

use crate::{message, open, talk};

/// Names the data folder to the child; without it the child's test does nothing.
const FOLDER: &str = "HAI_NET_TEST_STORE_FOLDER";

/// How often the child is killed; the acceptance tests do it more often, over the whole program.
const ROUNDS: u32 = 10;

/// How many tasks of the child write at once, so that transactions hold several jobs.
const WRITERS: u64 = 6;

/// Not a test of its own: the program that is killed. Prints each id after its acknowledgement.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("runtime");
    runtime.block_on(async {
        let store = open(Path::new(&folder));
        let moment = base::Timestamp::from_clock(std::time::SystemTime::now());
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
        // Until it is killed.
        std::future::pending::<()>().await;
    });
}

fn start_child(folder: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--exact",
            "crash::child_that_writes_until_it_is_killed",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("child")
}

/// Lets the child write, kills it after a random while, and returns what it was promised.
fn killed_while_writing(folder: &Path) -> Vec<MessageId> {
    let mut child = start_child(folder);
    let output = child.stdout.take().expect("piped");
    let (first, started) = std::sync::mpsc::channel();
    let listener = std::thread::spawn(move || {
        let mut kept = Vec::new();
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            // The last line may be cut; a cut id is no id.
            let text = String::from_utf8_lossy(&line);
            if let Some(Ok(id)) = text.split_once("kept ").map(|(_, id)| id.trim().parse()) {
                kept.push(id);
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
        let kept = killed_while_writing(folder.path());
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
