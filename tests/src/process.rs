//! Other processes, as `/proc` tells about them.

use std::fs;
use std::process::{Child, Command};
use std::time::Duration;

use rustix::process::{Pid, Signal};

use crate::wait;

/// A child that is ended when it is dropped.
#[derive(Debug)]
pub struct Kept(pub Child);

impl Kept {
    /// Starts it.
    ///
    /// # Panics
    /// It cannot be started.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let child = command.spawn();
        Self(child.unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}")))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // Its own children first: a driver that is killed leaves its browser behind.
        for child in descendants(self.0.id()) {
            kill(child);
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Kills a process at once, as a power cut would. One that has ended already is no failure.
pub fn kill(pid: u32) {
    send(pid, Signal::KILL);
}

/// Sends a signal. A process that has ended already is no failure.
pub fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// The processes that `pid` started and that run, with their names.
#[must_use]
pub fn children(pid: u32) -> Vec<(u32, String)> {
    all()
        .into_iter()
        .filter(|one| one.parent == pid)
        .map(|one| (one.pid, one.name))
        .collect()
}

/// The child of this name.
///
/// # Panics
/// There is none in time.
#[must_use]
pub fn child_named(pid: u32, name: &str) -> u32 {
    wait::until(
        &format!("a child {name} of process {pid}"),
        wait::START,
        || {
            // The kernel keeps 15 bytes of a name.
            let kept = &name[..name.len().min(15)];
            children(pid)
                .into_iter()
                .find(|(_, found)| found == kept)
                .map(|(pid, _)| pid)
        },
    )
}

/// Everything below `pid`, the nearest first.
#[must_use]
pub fn descendants(pid: u32) -> Vec<u32> {
    let all = all();
    let mut found = vec![pid];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(
            all.iter()
                .filter(|one| one.parent == parent)
                .map(|one| one.pid),
        );
        next += 1;
    }
    found.split_off(1)
}

/// Whether the process runs (one that has ended and was not waited for does not).
#[must_use]
pub fn runs(pid: u32) -> bool {
    all().iter().any(|one| one.pid == pid)
}

/// Whether the kernel lets this test look into a process. Hub and engine hide from all but root; a test that
/// is not root's is skipped then.
///
/// # Panics
/// The process has ended.
#[must_use]
pub fn can_be_seen(pid: u32) -> bool {
    match fs::read_dir(format!("/proc/{pid}/fd")) {
        Ok(_) => true,
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            crate::skip(
                "a look into a process",
                "only root may look into hub and engine",
            );
            false
        }
        Err(error) => panic!("process {pid}: {error}"),
    }
}

/// Memory of a process in KiB, shared pages counted by their share.
///
/// # Panics
/// The process has ended, or [`can_be_seen`] said no.
#[must_use]
pub fn pss_kib(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).expect("it runs");
    let line = text
        .lines()
        .find(|line| line.starts_with("Pss:"))
        .expect("the kernel tells it");
    let digits = line.split_whitespace().nth(1).expect("a number");
    digits.parse().expect("a number")
}

/// What the open files of a process lead to, such as `socket:[123]` or `/tmp/x`.
///
/// # Panics
/// The process has ended, or [`can_be_seen`] said no.
#[must_use]
pub fn open_files(pid: u32) -> Vec<String> {
    let folder = fs::read_dir(format!("/proc/{pid}/fd")).expect("it runs");
    folder
        .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .map(|path| path.display().to_string())
        .collect()
}

/// Waits until a process has ended.
///
/// # Panics
/// It does not end.
pub fn wait_for_end(pid: u32, patience: Duration) {
    wait::until(&format!("the end of process {pid}"), patience, || {
        (!runs(pid)).then_some(())
    });
}

struct Seen {
    pid: u32,
    parent: u32,
    name: String,
}

fn all() -> Vec<Seen> {
    let folder = fs::read_dir("/proc").expect("Linux tells about its processes");
    folder
        .filter_map(|entry| {
            let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            // `pid (name) state parent …`; a name may hold brackets and blanks.
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let (head, rest) = stat.rsplit_once(')')?;
            let name = head.split_once('(')?.1.to_owned();
            let mut words = rest.split_whitespace();
            let state = words.next()?;
            let parent = words.next()?.parse().ok()?;
            (state != "Z").then_some(Seen { pid, parent, name })
        })
        .collect()
}
