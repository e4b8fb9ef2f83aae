//! What must not be found: names, passphrases and messages in any file of a hub, or in its core dump.

use std::path::{Path, PathBuf};
use std::process::Command;

use acceptance::home::{Home, PASSPHRASE};
use acceptance::{places, skip};
use contract::identity::{ChangePersonalDetails, CreateBackup, PersonalDetails};
use rustix::process::Signal;

/// How many different texts are looked for.
const CANARIES: usize = 50;

/// A text that stands nowhere else.
fn canary(number: usize) -> String {
    format!("quokka{:05}lantern", number * 7919 % 99_991)
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(files(&path)),
            Ok(kind) if kind.is_file() => found.push(path),
            _ => {}
        }
    }
    found
}

/// The memory in a core dump (ELF, 64 bits): what its segments to be loaded hold.
///
/// Only root's debugger makes one of a hub. Its notes hold the processors' registers, in which pieces of up
/// to 64 bytes of what was last copied can stand; they are root's to see, as `SECURITY.md` says.
fn memory_of(dump: &[u8]) -> Vec<u8> {
    let number = |place: usize, length: usize| {
        let bytes = dump.get(place..place + length).expect("a whole header");
        bytes
            .iter()
            .rev()
            .fold(0_usize, |number, byte| number << 8 | usize::from(*byte))
    };
    assert_eq!(
        dump.get(..5),
        Some(&b"\x7fELF\x02"[..]),
        "a core dump of 64 bits"
    );
    let (table, size, count) = (number(32, 8), number(54, 2), number(56, 2));
    let mut memory = Vec::new();
    for segment in (0..count).map(|place| table + place * size) {
        const TO_BE_LOADED: usize = 1;
        if number(segment, 4) == TO_BE_LOADED {
            let (from, length) = (number(segment + 8, 8), number(segment + 32, 8));
            memory.extend_from_slice(dump.get(from..from + length).expect("a whole segment"));
        }
    }
    memory
}

fn is_core(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("core.")
}

/// Which of the texts stand in a file, in UTF-8 or in UTF-16.
fn found_in(path: &Path, texts: &[String]) -> Vec<String> {
    let mut bytes = std::fs::read(path).unwrap_or_default();
    if is_core(path) {
        bytes = memory_of(&bytes);
    }
    let wide = |text: &str| text.bytes().flat_map(|byte| [byte, 0]).collect::<Vec<u8>>();
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    texts
        .iter()
        .filter(|text| holds(text.as_bytes()) || holds(&wide(text)))
        .map(|text| format!("{text} in {}", path.display()))
        .collect()
}

#[test]
fn nothing_private_stands_in_any_file_or_in_the_memory_of_a_core_dump() {
    let home = Home::new()
        .owned()
        .with("HAI_NET_LLM_ANSWER_TOKENS_MAX", "16");
    let hub = home.serve();
    let details = PersonalDetails {
        full_name: Some(canary(1).into()),
        birth_date: Some(canary(2).into()),
        government_id: Some(canary(3).into()),
        email: Some(format!("{}@example.org", canary(4)).into()),
    };
    let name = canary(0);
    hub.ask(ChangePersonalDetails { name, details })
        .expect("it is open");
    let mut texts: Vec<String> = (0..CANARIES - 1).map(canary).collect();
    for told in texts[5..].chunks(9) {
        let sent = hub.say(&told.join(" ")).expect("it is said");
        let _ = hub.ended(sent);
    }
    texts.push(PASSPHRASE.to_owned());
    hub.ask(CreateBackup { path: None }).expect("it is made");

    // A debugger's dump heeds the same filter as the kernel's, and no limit.
    let processes: Vec<u32> = [Some(hub.pid()), hub.worker_now()]
        .into_iter()
        .flatten()
        .collect();
    match places::tool("gcore") {
        Some(gcore) => {
            for process in &processes {
                let prefix = home.folder().join("core");
                let dumped = Command::new(&gcore)
                    .arg("-o")
                    .arg(prefix)
                    .arg(process.to_string())
                    .output();
                let dumped = dumped.expect("gcore runs");
                assert!(dumped.status.success(), "{dumped:?}");
            }
        }
        None => skip("the dump of a debugger", "gcore is missing"),
    }
    for process in processes {
        acceptance::process::send(process, Signal::ABORT);
    }
    let mut hub = hub;
    let _ = hub.wait_for_end();

    let left_out = [home.folder().join("passphrase"), home.models()];
    let looked_at: Vec<_> = files(home.folder())
        .into_iter()
        .filter(|path| !left_out.iter().any(|out| path.starts_with(out)))
        .collect();
    assert!(
        looked_at.iter().any(|path| path.ends_with("hai-net.db")),
        "the database is among them: {looked_at:?}"
    );
    let found: Vec<_> = looked_at
        .iter()
        .flat_map(|path| found_in(path, &texts))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    let cores = looked_at.iter().filter(|path| is_core(path));
    acceptance::tell(format_args!(
        "{} files looked at, {} core dumps among them",
        looked_at.len(),
        cores.count()
    ));
}
