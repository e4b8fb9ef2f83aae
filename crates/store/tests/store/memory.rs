//! What is left of a key in the memory of the program after the store was locked.
#![cfg(target_os = "linux")]

use std::io::{Read, Seek, SeekFrom};
use std::process::{Command, Stdio};

use store::{Store, StoreKey};
use zeroize::Zeroize as _;

use crate::journal_order::{append, tree};
use crate::{at, talk};

/// Says to the child that it is the child, and where to work.
const FOLDER: &str = "HAI_NET_TEST_STORE_MEMORY_FOLDER";

/// What the key lies under while it is looked for, so that the search does not find itself.
const MASK: u8 = 0x5a;

/// How often `masked` (and its hexadecimal form) stands in the memory that the program can write.
fn found_in_memory(masked: &[u8; 32]) -> (usize, usize) {
    let maps = std::fs::read_to_string("/proc/self/maps").expect("maps");
    let mut memory = std::fs::File::open("/proc/self/mem").expect("memory");
    let digits: Vec<u8> = masked
        .iter()
        .flat_map(|byte| {
            let byte = byte ^ MASK;
            [byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)] ^ MASK)
        })
        .collect();
    let (mut raw, mut hex) = (0, 0);
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (start, end) = line
            .split_once(' ')
            .and_then(|(range, _)| range.split_once('-'))
            .expect("range");
        let number = |digits| u64::from_str_radix(digits, 16).expect("address");
        let (start, end) = (number(start), number(end));
        let mut bytes = vec![0; usize::try_from(end - start).expect("small")];
        if memory.seek(SeekFrom::Start(start)).is_err() || memory.read_exact(&mut bytes).is_err() {
            continue;
        }
        for byte in &mut bytes {
            *byte ^= MASK;
        }
        raw += bytes.windows(32).filter(|part| part == masked).count();
        hex += bytes.windows(64).filter(|part| *part == digits).count();
        // Not to be found by the next look. What is only filled and dropped, a compiler leaves as it was.
        bytes.zeroize();
    }
    (raw, hex)
}

/// The key of the journal's tail, under the mask.
fn masked_of_tail(key: &StoreKey) -> [u8; 32] {
    let mut derived = [0; 32];
    hkdf::Hkdf::<sha2::Sha256>::new(None, key.as_bytes())
        .expand(b"hai-net journal tail 1", &mut derived)
        .expect("short");
    let masked = derived.map(|byte| byte ^ MASK);
    derived.zeroize();
    masked
}

/// Not a test of its own: a program whose memory holds nothing of other tests.
#[test]
fn child_that_looks_for_its_key() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let masked: [u8; 32] = std::array::from_fn(|_| rand::random());
    let key = || StoreKey::from_bytes(masked.map(|byte| byte ^ MASK));
    let masked_of_tail = masked_of_tail(&key());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("runtime");
    runtime.block_on(async {
        let store = Store::open(folder.as_ref(), key()).expect("open");
        talk(&store, "title", at(1), &["text"]).await;
        let appended = store.append_events(append(tree(), 0..1)).await;
        assert_eq!(appended.expect("appended").events, [1]);
        assert_eq!(store.conversation_count().await.expect("count"), 1);
        for masked in [&masked, &masked_of_tail] {
            assert!(
                found_in_memory(masked) > (0, 0),
                "the search finds a key that is there"
            );
        }
        store.lock().await.expect("locked");
        // What was on the stack of this thread is written over by ordinary work.
        assert!(store.settings().await.is_err());
        for masked in [&masked, &masked_of_tail] {
            assert_eq!(found_in_memory(masked), (0, 0), "as bytes, and as digits");
        }
    });
}

#[test]
fn no_copy_of_the_key_is_left_in_memory_when_the_store_was_locked() {
    let folder = tempfile::tempdir().expect("folder");
    let child = Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--exact",
            "memory::child_that_looks_for_its_key",
            "--nocapture",
        ])
        .env(FOLDER, folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("child");
    let told = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{told}");
    assert!(
        folder.path().join(store::DATABASE_FILE).exists(),
        "the child did its work"
    );
}
