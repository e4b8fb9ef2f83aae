//! Which functions a program calls, in the order of their first calls.
//!
//! The first byte of every function is replaced by a breakpoint. Where one is hit, the byte is put back and
//! the program goes on: each function stops it once, so that it runs at nearly its own speed.

use std::{
    collections::HashMap,
    fs::{self, File},
    os::unix::{fs::FileExt as _, process::CommandExt as _},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use nix::{
    sys::{
        ptrace::{self, Event, Options},
        signal::{Signal, kill, killpg},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};

use super::map::Function;

/// The instruction that stops a program (`int3`).
const BREAKPOINT: u8 = 0xcc;

/// How long to rest where the program does not stop.
const REST: Duration = Duration::from_micros(200);

/// Starts a program and lets it run for so long; `meanwhile` is called once, early. Returns the symbols of
/// the functions that were called. What it prints is lost; it and what it started are ended.
pub(super) fn calls(
    program: &Command,
    functions: &[Function],
    patience: Duration,
    meanwhile: impl FnOnce() + Send,
) -> Result<Vec<String>> {
    let mut traced = Traced::start(program)?;
    traced.arm(functions)?;
    std::thread::scope(|scope| {
        scope.spawn(meanwhile);
        traced.watch(Instant::now() + patience)
    })?;
    Ok(traced
        .called
        .iter()
        .map(|index| functions[*index].symbol.clone())
        .collect())
}

/// A program under observation. It is the first of a process group of its own.
struct Traced {
    child: Child,
    /// By address: the byte that belongs there, and which function begins there.
    armed: HashMap<u64, (u8, usize)>,
    called: Vec<usize>,
}

impl Traced {
    /// Starts the program and holds it before its first instruction.
    fn start(program: &Command) -> Result<Self> {
        // The shell stops itself, so that it can be observed from before it becomes the program.
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "kill -STOP $$; exec \"$@\"", "sh"])
            .arg(program.get_program())
            .args(program.get_args())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        let child = shell.spawn().context("starting a shell")?;
        let traced = Self {
            child,
            armed: HashMap::new(),
            called: Vec::new(),
        };
        let root = traced.root();
        waitpid(root, Some(WaitPidFlag::WUNTRACED)).context("waiting for the shell")?;
        let options = Options::PTRACE_O_TRACECLONE
            | Options::PTRACE_O_TRACEFORK
            | Options::PTRACE_O_TRACEVFORK
            | Options::PTRACE_O_TRACEEXEC
            | Options::PTRACE_O_EXITKILL;
        ptrace::seize(root, options).context("observing a program: is ptrace allowed here?")?;
        kill(root, Signal::SIGCONT).context("waking the shell")?;
        loop {
            match waitpid(root, Some(WaitPidFlag::__WALL)).context("waiting for the program")? {
                WaitStatus::PtraceEvent(_, _, event)
                    if event == Event::PTRACE_EVENT_EXEC as i32 =>
                {
                    return Ok(traced);
                }
                WaitStatus::Stopped(..) | WaitStatus::PtraceEvent(..) => ptrace::cont(root, None)?,
                WaitStatus::Continued(_) => {}
                ended => anyhow::bail!("the program did not start: {ended:?}"),
            }
        }
    }

    fn root(&self) -> Pid {
        // A process number fits: the kernel's type is a signed one of 32 bits.
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// Puts a breakpoint in front of every function.
    fn arm(&mut self, functions: &[Function]) -> Result<()> {
        let root = self.root();
        let base = base(root)?;
        let memory = memory(root)?;
        for (index, function) in functions.iter().enumerate() {
            let at = base + function.address;
            let mut byte = [0];
            memory
                .read_exact_at(&mut byte, at)
                .with_context(|| format!("reading {}", function.symbol))?;
            self.armed.entry(at).or_insert((byte[0], index));
        }
        for at in self.armed.keys() {
            memory.write_all_at(&[BREAKPOINT], *at)?;
        }
        ptrace::cont(root, None)?;
        Ok(())
    }

    fn watch(&mut self, until: Instant) -> Result<()> {
        let root = self.root();
        let group = Pid::from_raw(-root.as_raw());
        let flags = WaitPidFlag::__WALL | WaitPidFlag::WNOHANG;
        while Instant::now() < until {
            match waitpid(group, Some(flags)).context("observing the program")? {
                WaitStatus::StillAlive => std::thread::sleep(REST),
                WaitStatus::Stopped(pid, Signal::SIGTRAP) => self.stopped(pid)?,
                WaitStatus::Stopped(pid, signal) => go_on(pid, Some(signal)),
                // Another program from here on: it has none of our breakpoints.
                WaitStatus::PtraceEvent(pid, _, event)
                    if event == Event::PTRACE_EVENT_EXEC as i32 =>
                {
                    let _ = ptrace::detach(pid, None);
                }
                WaitStatus::PtraceEvent(pid, ..) => go_on(pid, None),
                ended @ (WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..)) => {
                    ensure!(pid != root, "the program ended by itself: {ended:?}");
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Notes which function began, and lets it begin.
    fn stopped(&mut self, pid: Pid) -> Result<()> {
        let mut registers = ptrace::getregs(pid).context("reading registers")?;
        let at = registers.rip - 1;
        let Some((byte, index)) = self.armed.get(&at) else {
            go_on(pid, Some(Signal::SIGTRAP));
            return Ok(());
        };
        // A child that was forked has memory of its own, and a thread may have been just as quick.
        memory(pid)?.write_all_at(&[*byte], at)?;
        if !self.called.contains(index) {
            self.called.push(*index);
        }
        registers.rip = at;
        ptrace::setregs(pid, registers).context("writing registers")?;
        go_on(pid, None);
        Ok(())
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        // What has ended already needs no ending. Threads that are observed are waited for one by one; only
        // then does the program itself count as ended.
        let group = Pid::from_raw(-self.root().as_raw());
        let _ = killpg(self.root(), Signal::SIGKILL);
        while waitpid(group, Some(WaitPidFlag::__WALL)).is_ok() {}
    }
}

/// A thread may be gone meanwhile; then there is nothing to let go on.
fn go_on(pid: Pid, signal: Option<Signal>) {
    let _ = ptrace::cont(pid, signal);
}

fn memory(pid: Pid) -> Result<File> {
    let path = format!("/proc/{pid}/mem");
    let file = File::options().read(true).write(true).open(&path);
    file.with_context(|| format!("opening {path}"))
}

/// Where the program itself is loaded.
fn base(pid: Pid) -> Result<u64> {
    let program = fs::read_link(format!("/proc/{pid}/exe")).context("finding the program")?;
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).context("reading its memory map")?;
    let own = maps
        .lines()
        .find(|line| line.ends_with(&*program.to_string_lossy()))
        .context("the program is not in its own memory map")?;
    let begin = own.split('-').next().unwrap_or_default();
    u64::from_str_radix(begin, 16).with_context(|| format!("reading {own}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::map;

    /// Calls one function from a thread, one twice and one never; a child becomes another program.
    const PROGRAM: &str = r#"
use std::process::Command;
#[inline(never)] #[unsafe(no_mangle)] extern "C" fn one() -> u32 { std::hint::black_box(1) }
#[inline(never)] #[unsafe(no_mangle)] extern "C" fn two() -> u32 { std::hint::black_box(2) }
#[inline(never)] #[unsafe(no_mangle)] extern "C" fn three() -> u32 { std::hint::black_box(3) }
#[inline(never)] #[unsafe(no_mangle)] extern "C" fn never() -> u32 { std::hint::black_box(4) }
fn main() {
    let _rests = std::thread::spawn(|| std::thread::sleep(std::time::Duration::from_secs(60)));
    let all = two() + std::thread::spawn(|| three()).join().unwrap() + two();
    assert!(Command::new("true").status().unwrap().success());
    if all + one() == 0 { never(); }
    std::thread::sleep(std::time::Duration::from_secs(60));
}
"#;

    #[test]
    fn functions_are_told_in_the_order_of_their_first_calls() {
        let folder = tempfile::tempdir().unwrap();
        let (source, program) = (folder.path().join("p.rs"), folder.path().join("p"));
        fs::write(&source, PROGRAM).unwrap();
        let map = folder.path().join("map");
        let built = Command::new("rustc")
            .args([
                "--edition",
                "2024",
                "-O",
                "-C",
                "link-arg=-Wl,--no-demangle",
            ])
            .arg(format!("-Clink-arg=-Wl,-Map={}", map.display()))
            .arg("-o")
            .args([&program, &source])
            .status();
        assert!(built.unwrap().success());
        let functions = map::functions(&fs::read_to_string(map).unwrap());
        let patience = Duration::from_secs(2);
        let mut was_called = false;
        let called = calls(&Command::new(&program), &functions, patience, || {
            was_called = true;
        });
        let ours = called.unwrap();
        let ours: Vec<_> = ours
            .iter()
            .filter(|it| ["one", "two", "three", "never"].contains(&it.as_str()))
            .collect();
        assert_eq!(ours, ["two", "three", "one"]);
        assert!(was_called);
    }

    #[test]
    fn program_that_ends_by_itself_or_is_not_there_is_an_error() {
        let patience = Duration::from_secs(5);
        for program in ["true", "/nowhere"] {
            let called = calls(&Command::new(program), &[], patience, || {});
            assert!(called.is_err(), "{program}");
        }
    }
}
