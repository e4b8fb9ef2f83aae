//! A database that is brought under another key, also when it is killed on the way.

use std::fs;
use std::path::Path;

use store::{DATABASE_FILE, OpenError, Store, StoreKey, opens_with, rekey};

use crate::{at, talk};

fn old() -> StoreKey {
    StoreKey::from_bytes([1; 32])
}

fn new() -> StoreKey {
    StoreKey::from_bytes([2; 32])
}

fn other() -> StoreKey {
    StoreKey::from_bytes([3; 32])
}

/// The names of the files in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("list")
        .map(|entry| {
            entry
                .expect("entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// The name, length and content of each file, to see whether anything was changed.
fn all_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    names(folder)
        .into_iter()
        .map(|name| (name.clone(), fs::read(folder.join(name)).expect("file")))
        .collect()
}

async fn closed_database(folder: &Path, conversations: u64) {
    let store = Store::open(folder, old()).expect("open");
    for number in 0..conversations {
        talk(
            &store,
            &format!("talk {number}"),
            at(number),
            &["text ".repeat(400).as_str()],
        )
        .await;
    }
    store.close().await.expect("closed");
}

/// As a crash leaves it: the last rows are only in the write-ahead log.
async fn crashed_database(folder: &Path, conversations: u64) {
    let elsewhere = tempfile::tempdir().expect("folder");
    closed_database(elsewhere.path(), conversations - 1).await;
    let store = Store::open(elsewhere.path(), old()).expect("open");
    talk(&store, "only in the log", at(99), &["text"]).await;
    for (name, bytes) in all_of(elsewhere.path()) {
        if !name.ends_with("-shm") {
            fs::write(folder.join(name), bytes).expect("copied");
        }
    }
}

async fn sound_with(folder: &Path, key: StoreKey, conversations: u64) {
    let store = Store::open(folder, key).expect("open");
    assert_eq!(
        store.conversation_count().await.expect("count"),
        conversations
    );
    assert_eq!(
        store.integrity_check().await.expect("check"),
        Vec::<String>::new()
    );
    talk(&store, "it goes on", at(100), &["being written"]).await;
    store.close().await.expect("closed");
}

#[tokio::test]
async fn old_key_opens_nothing_any_more_and_no_file_holds_a_page_under_it() {
    let folder = tempfile::tempdir().expect("folder");
    crashed_database(folder.path(), 30).await;
    let before = all_of(folder.path());
    assert_eq!(before.len(), 2, "the database and its log");
    rekey(folder.path(), &old(), &new()).expect("under the new key");
    assert_eq!(
        names(folder.path()),
        [DATABASE_FILE],
        "no log, no journal, no draft"
    );
    let after = fs::read(folder.path().join(DATABASE_FILE)).expect("file");
    for (name, bytes) in &before {
        // A page under the old key would be there byte for byte.
        for page in bytes
            .chunks_exact(4_096)
            .chain(bytes[32..].chunks_exact(4_096 + 24))
        {
            let page = &page[page.len() - 4_096..];
            assert!(
                !after
                    .chunks_exact(4_096)
                    .any(|found| found[16..] == page[16..]),
                "a page of {name} is still there"
            );
        }
    }
    assert!(!opens_with(folder.path(), &old()).expect("looked"));
    assert!(opens_with(folder.path(), &new()).expect("looked"));
    let outcome = Store::open(folder.path(), old());
    assert!(
        matches!(outcome, Err(OpenError::WrongKey { .. })),
        "{outcome:?}"
    );
    sound_with(folder.path(), new(), 30).await;
}

#[tokio::test]
async fn asking_again_is_harmless_and_back_is_possible() {
    let folder = tempfile::tempdir().expect("folder");
    closed_database(folder.path(), 3).await;
    rekey(folder.path(), &old(), &new()).expect("under the new key");
    let before = all_of(folder.path());
    rekey(folder.path(), &old(), &new()).expect("done already");
    assert!(all_of(folder.path()) == before, "nothing was changed");
    sound_with(folder.path(), new(), 3).await;
    rekey(folder.path(), &old(), &new()).expect("also after it was used");
    rekey(folder.path(), &new(), &old()).expect("back");
    sound_with(folder.path(), old(), 4).await;
}

#[tokio::test]
async fn key_that_opens_nothing_changes_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    crashed_database(folder.path(), 3).await;
    let before = all_of(folder.path());
    let outcome = rekey(folder.path(), &other(), &new());
    assert!(
        matches!(outcome, Err(OpenError::WrongKey { .. })),
        "{outcome:?}"
    );
    let kept: Vec<_> = all_of(folder.path())
        .into_iter()
        .filter(|(name, _)| !name.ends_with("-shm"))
        .collect();
    assert!(kept == before, "nothing was changed");
    sound_with(folder.path(), old(), 3).await;
}

#[tokio::test]
async fn looking_changes_nothing_and_may_be_done_while_the_store_is_open() {
    let folder = tempfile::tempdir().expect("a ? % # folder");
    let place = folder.path().join("a ?folder=1 100% #");
    fs::create_dir(&place).expect("folder");
    assert!(!opens_with(&place, &old()).expect("nothing is there"));
    assert!(!opens_with(&place.join("nowhere"), &old()).expect("not even a folder"));
    assert_eq!(names(&place), [""; 0], "nothing was made");
    crashed_database(&place, 3).await;
    let before = all_of(&place);
    assert!(opens_with(&place, &old()).expect("looked"));
    assert!(!opens_with(&place, &new()).expect("looked"));
    assert!(all_of(&place) == before, "nothing was changed");
    let store = Store::open(&place, old()).expect("open");
    for number in 0..20 {
        talk(&store, "while others look", at(number), &["text"]).await;
        assert!(opens_with(&place, &old()).expect("looked"));
        assert!(!opens_with(&place, &new()).expect("looked"));
    }
    assert_eq!(store.conversation_count().await.expect("count"), 23);
    store.close().await.expect("closed");
    fs::write(place.join(DATABASE_FILE), [1; 100]).expect("cut");
    let outcome = opens_with(&place, &old());
    assert!(
        matches!(outcome, Err(OpenError::Corrupt { .. })),
        "{outcome:?}"
    );
}

#[test]
fn where_there_is_no_database_there_is_nothing_to_do() {
    let folder = tempfile::tempdir().expect("folder");
    rekey(folder.path(), &old(), &new()).expect("nothing to do");
    assert_eq!(names(folder.path()), [""; 0], "nothing was made");
}

#[tokio::test]
async fn open_store_is_not_brought_under_another_key() {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::open(folder.path(), old()).expect("open");
    talk(&store, "kept", at(1), &["text"]).await;
    let outcome = tokio::task::spawn_blocking({
        let folder = folder.path().to_path_buf();
        move || rekey(&folder, &old(), &new())
    })
    .await
    .expect("joined");
    assert!(
        matches!(outcome, Err(OpenError::Busy { .. })),
        "{outcome:?}"
    );
    talk(&store, "kept too", at(2), &["text"]).await;
    store.lock().await.expect("locked");
    rekey(folder.path(), &old(), &new()).expect("a locked store can be");
    store.unlock(new()).expect("unlocked");
    assert_eq!(store.conversation_count().await.expect("count"), 2);
}

#[tokio::test]
async fn draft_that_a_crash_left_is_removed() {
    let folder = tempfile::tempdir().expect("folder");
    closed_database(folder.path(), 3).await;
    let draft = folder.path().join("hai-net.db-rekey");
    for _ in 0..2 {
        fs::write(&draft, [1; 10_000]).expect("left");
        rekey(folder.path(), &old(), &new()).expect("under the new key");
        assert!(!draft.exists());
    }
    sound_with(folder.path(), new(), 3).await;
}

#[tokio::test]
async fn damaged_page_is_told_and_the_database_stays_under_its_key() {
    let folder = tempfile::tempdir().expect("folder");
    closed_database(folder.path(), 30).await;
    let path = folder.path().join(DATABASE_FILE);
    let mut bytes = fs::read(&path).expect("file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).expect("damaged");
    let outcome = rekey(folder.path(), &old(), &new());
    assert!(
        matches!(outcome, Err(OpenError::Corrupt { .. })),
        "{outcome:?}"
    );
    assert!(opens_with(folder.path(), &old()).expect("looked"));
    assert!(!opens_with(folder.path(), &new()).expect("looked"));
    assert_eq!(names(folder.path()), [DATABASE_FILE], "no draft is left");
}

#[cfg(unix)]
mod killed {
    use std::io::{BufRead, BufReader};
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use super::*;

    /// Names the data folder to the child; without it the child's test does nothing.
    const FOLDER: &str = "HAI_NET_TEST_STORE_REKEY_FOLDER";

    /// How often the child is killed.
    const ROUNDS: u32 = 20;

    /// Not a test of its own: the program that is killed.
    #[test]
    fn child_that_changes_the_key_until_it_is_killed() {
        let Some(folder) = std::env::var_os(FOLDER) else {
            return;
        };
        use std::io::Write;
        writeln!(std::io::stdout(), "begun").expect("told");
        rekey(folder.as_ref(), &old(), &new()).expect("under the new key");
    }

    fn start(folder: &Path) -> Child {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args([
                "--exact",
                "rekey::killed::child_that_changes_the_key_until_it_is_killed",
                "--nocapture",
            ])
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("child");
        let output = child.stdout.take().expect("piped");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains("begun")), "the child works");
        // What else it says must be read, or it could not end.
        std::thread::spawn(move || lines.for_each(drop));
        child
    }

    #[tokio::test]
    async fn database_opens_with_exactly_one_of_the_keys_after_sigkill_at_random_moments() {
        let template = tempfile::tempdir().expect("folder");
        crashed_database(template.path(), 1_200).await;
        let fresh = || {
            let folder = tempfile::tempdir().expect("folder");
            for name in names(template.path()) {
                fs::copy(template.path().join(&name), folder.path().join(name)).expect("copied");
            }
            folder
        };
        // How long it takes here; kills are spread over that and more, since it varies.
        let folder = fresh();
        let began = Instant::now();
        assert!(start(folder.path()).wait().expect("ended").success());
        let whole = began.elapsed();
        let mut ends = [0, 0];
        let mut drafts = 0;
        for round in 0..ROUNDS {
            let folder = fresh();
            let mut child = start(folder.path());
            let share = rand::random_range(0.0..1.6);
            std::thread::sleep(whole.mul_f64(share).min(Duration::from_secs(20)));
            child.kill().expect("SIGKILL");
            child.wait().expect("dead");
            drafts += u32::from(folder.path().join("hai-net.db-rekey").exists());
            let (with_old, with_new) = (
                opens_with(folder.path(), &old()).expect("looked"),
                opens_with(folder.path(), &new()).expect("looked"),
            );
            assert!(
                with_old != with_new,
                "round {round}: {with_old} and {with_new}"
            );
            ends[usize::from(with_new)] += 1;
            let key = if with_new { new() } else { old() };
            let store = Store::open(folder.path(), key).expect("it opens");
            assert_eq!(
                store.conversation_count().await.expect("count"),
                1_200,
                "round {round}"
            );
            store.close().await.expect("closed");
            rekey(folder.path(), &old(), &new()).expect("what was cut off is ended");
            assert_eq!(names(folder.path()), [DATABASE_FILE]);
            sound_with(folder.path(), new(), 1_200).await;
        }
        println!(
            "killed within {whole:?}: {} under the old key ({drafts} with a draft), {} under the new",
            ends[0], ends[1]
        );
        assert!(drafts > 0, "some were killed on the way");
    }
}
