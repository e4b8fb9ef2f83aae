//! What always holds: nothing leaves, nobody but the hub listens, and waiting costs little.

use std::fs;
use std::process::Command;
use std::time::Duration;

use acceptance::home::Home;
use acceptance::hub::Hub;
use acceptance::{http, places, process, shell, skip, tell};
use contract::conversation::MessageState;

/// Far above what is promised and measured by the benchmarks: only a gross change fails here, also in
/// a build without optimisation on a busy machine.
const READY_AT_MOST: Duration = Duration::from_secs(5);

/// As [`READY_AT_MOST`], for memory.
const IDLE_KIB_AT_MOST: u64 = 150 * 1024;

/// The state of a listening socket in the kernel's table.
const LISTENS: &str = "0A";

#[test]
fn question_is_answered_without_any_network() {
    let test = "ip link set lo up && ! ip -o link show | grep -qv ' lo:'";
    if !shell::succeeds(Command::new("unshare").args(["-n", "sh", "-c", test])) {
        return skip(
            "no network at all",
            "a network namespace needs root, unshare and ip",
        );
    }
    let home = Home::new();
    let mut command = home.command("unshare");
    // Each program replaces the one before it, so that the process is the hub's in the end.
    command
        .args(["-n", "sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""])
        .arg(places::program("hai-net"))
        .arg("--data-dir")
        .arg(home.data())
        .args(["serve", "--listen", "127.0.0.1:0", "--json"]);
    let hub = Hub::started(home, &mut command);
    let answer = hub.ended(hub.say("Say a word.").expect("it is said"));
    assert!(
        matches!(answer.state, MessageState::Done | MessageState::CutOff),
        "{answer:?}"
    );
    assert_eq!(answer.ran_on.as_deref(), Some("this device"));
    let names = network_of(hub.pid());
    assert_eq!(names, ["lo"], "it ran where there is nothing else");
}

#[test]
fn engine_opens_no_socket_and_the_hub_listens_on_this_machine_only() {
    let hub = Hub::fresh();
    let sent = hub
        .say("Write a very long story about a lighthouse.")
        .expect("it is said");
    let _ = hub.writing(sent);
    let worker = hub.worker();
    if !process::can_be_seen(worker) {
        return;
    }
    let files = process::open_files(worker);
    assert!(!files.is_empty(), "its files can be seen");
    assert!(
        files.iter().all(|file| !file.starts_with("socket:")),
        "the engine's files: {files:#?}"
    );
    let sockets = sockets(hub.pid());
    let listening: Vec<_> = sockets
        .iter()
        .filter(|socket| socket.state == LISTENS)
        .collect();
    assert_eq!(listening.len(), 1, "one door: {sockets:#?}");
    assert_eq!(
        listening[0].local,
        format!("0100007F:{:04X}", hub.port),
        "on loopback"
    );
    for socket in &sockets {
        let to = socket.remote.split(':').next().unwrap_or_default();
        assert!(
            ["0100007F", "00000000"].contains(&to),
            "it talks to nobody else: {socket:?}"
        );
    }
    let environment = fs::read(format!("/proc/{worker}/environ")).expect("it is ours");
    let environment = String::from_utf8_lossy(&environment).to_lowercase();
    assert!(
        !environment.contains("key=") && !environment.contains("token="),
        "{environment}"
    );
    let key = fs::read_to_string(hub.home.data().join("hai-net.key")).expect("the key is there");
    let arguments = fs::read_to_string(format!("/proc/{worker}/cmdline")).expect("it is ours");
    for word in key.split_whitespace().filter(|word| word.len() > 16) {
        assert!(
            !arguments.contains(word) && !environment.contains(word),
            "it gets no secret"
        );
    }
}

#[test]
fn hub_without_a_model_is_ready_at_once_and_small() {
    let hub = Home::without_model().serve();
    tell(format_args!(
        "ready after {} ms (of this build; the benchmarks own the promise)",
        hub.ready_after.as_millis(),
    ));
    assert!(hub.ready_after < READY_AT_MOST, "{:?}", hub.ready_after);
    if process::can_be_seen(hub.pid()) {
        let memory = process::pss_kib(hub.pid());
        tell(format_args!(
            "{:.1} MB of memory",
            memory as f64 * 1024.0 / 1e6
        ));
        assert!(memory < IDLE_KIB_AT_MOST, "{memory} KiB");
    }
    assert_eq!(hub.worker_now(), None, "no engine runs while nobody asks");
    let fault = hub.say("hi").expect_err("there is no model");
    assert_eq!(fault.code.name(), "no_model");
    assert!(fault.advice.contains("hai-net models pull"), "{fault:?}");
}

#[test]
fn stranger_at_the_port_gets_nothing_but_health() {
    let hub = Hub::fresh();
    let status = |path: &str| http::get(hub.port, path, &[]).expect("an answer").status;
    assert_eq!(status("/health"), 200);
    assert_eq!(status("/v1/models"), 401);
    assert_eq!(status("/ui/watch"), 401);
    let ask = [("Content-Type", "application/json"), ("X-HAI-Net", "1")];
    let body = r#"{"ask":"ShowStatus","with":{}}"#;
    let answer = http::request(hub.port, "POST /ui/ask", &ask, body).expect("an answer");
    assert_eq!(answer.status, 401, "{}", answer.body);
    assert!(!answer.body.contains("data_folder"), "{}", answer.body);
}

#[derive(Debug)]
struct Socket {
    local: String,
    remote: String,
    state: String,
}

/// The TCP and UDP sockets of a process, as the kernel's tables tell.
fn sockets(pid: u32) -> Vec<Socket> {
    let own: Vec<String> = process::open_files(pid)
        .iter()
        .filter_map(|file| Some(file.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let mut found = Vec::new();
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        let text = fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        for line in text.lines().skip(1) {
            let words: Vec<&str> = line.split_whitespace().collect();
            if let [_, local, remote, state, _, _, _, _, _, inode, ..] = words.as_slice()
                && own.iter().any(|one| one == inode)
            {
                let text = |word: &str| word.to_owned();
                found.push(Socket {
                    local: text(local),
                    remote: text(remote),
                    state: text(state),
                });
            }
        }
    }
    found
}

/// The names of the network interfaces that a process sees.
fn network_of(pid: u32) -> Vec<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/net/dev")).expect("it runs");
    let names = text
        .lines()
        .skip(2)
        .filter_map(|line| Some(line.split_once(':')?.0.trim().to_owned()));
    names.collect()
}
