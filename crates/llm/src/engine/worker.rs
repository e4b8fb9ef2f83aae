//! The worker process, as the keeper holds it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, oneshot};
use wire::engine::{FromEngine, LogLevel, ToEngine};

/// Frames that wait for the worker to read them. A worker that lets more wait does not read at all.
const ASKS: usize = 1024;

/// How much of what the worker prints goes into one line of the log.
const LINE_BYTES_MAX: usize = 1024;

/// What the worker may see of our environment: where libraries lie, and which GPU it may use.
const ENVIRONMENT: [&str; 10] = [
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "HIP_VISIBLE_DEVICES",
    "GGML_VK_VISIBLE_DEVICES",
    "VK_DRIVER_FILES",
    "VK_ICD_FILENAMES",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
];

/// Asks the C library for large pages where it allocates much. Reading through weights and caches is
/// most of what the worker does, and with small pages a tenth of that time goes into finding them.
#[cfg(target_os = "linux")]
const LARGE_PAGES: (&str, &str) = ("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");

/// Something that the worker did.
#[derive(Debug)]
pub(super) enum Event {
    /// It said something.
    Said(FromEngine),
    /// It is gone, or speaks no language that we know.
    Gone,
    /// It had ended, and by an instruction that this processor does not know.
    WasUnfit,
}

/// What a worker may compute with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instructions {
    /// The best that this processor says it has.
    Best,
    /// Those that every processor of its kind has.
    Plain,
}

/// Tells the worker to use [`Instructions::Plain`].
const PLAIN: &str = "--plain";

/// A running worker.
#[derive(Debug)]
pub(super) struct Worker {
    /// Tells this worker from those before it.
    pub(super) serial: u64,
    pub(super) pid: u32,
    asks: mpsc::Sender<ToEngine>,
    child: Child,
    events: mpsc::Sender<(u64, Event)>,
    /// Dropped with the worker; lets the thread that started it end.
    _starter: std::sync::mpsc::Sender<()>,
}

impl Worker {
    /// Starts the program. Its events come with its serial number.
    pub(super) async fn start(
        program: &Path,
        instructions: Instructions,
        serial: u64,
        events: mpsc::Sender<(u64, Event)>,
    ) -> std::io::Result<Self> {
        let (mut child, starter) = spawn(command(program, instructions)).await?;
        let gone = || std::io::Error::other("the worker has no pipes");
        let stdin = child.stdin.take().ok_or_else(gone)?;
        let stdout = child.stdout.take().ok_or_else(gone)?;
        let stderr = child.stderr.take().ok_or_else(gone)?;
        let (asks, outbox) = mpsc::channel(ASKS);
        tokio::spawn(write(stdin, outbox));
        tokio::spawn(read(stdout, serial, events.clone()));
        tokio::spawn(log(stderr));
        let pid = child.id().unwrap_or(0);
        Ok(Self {
            serial,
            pid,
            asks,
            child,
            events,
            _starter: starter,
        })
    }

    /// Asks something; never waits. `false`: the worker does not listen.
    pub(super) fn ask(&self, ask: ToEngine) -> bool {
        self.asks.try_send(ask).is_ok()
    }

    /// Ends the worker: asks it to, and kills it when the patience is over. `done` hears the end.
    pub(super) fn end(self, patience: Duration, done: Vec<oneshot::Sender<()>>) {
        let Self {
            serial,
            asks,
            mut child,
            events,
            _starter,
            ..
        } = self;
        // The pipe may be full or broken; closing it says the same.
        let _ = asks.try_send(ToEngine::Quit);
        drop(asks);
        tokio::spawn(async move {
            if tokio::time::timeout(patience, child.wait()).await.is_err() {
                tracing::warn!("the engine did not end in time and is killed");
                // It can only fail if the process is gone.
                let _ = child.kill().await;
            }
            let ended = child.wait().await;
            if let Ok(status) = &ended
                && !status.success()
            {
                tracing::warn!("the engine's process ended: {status}");
            }
            if ended.is_ok_and(was_unfit) {
                // A keeper that is gone starts no other worker.
                let _ = events.send((serial, Event::WasUnfit)).await;
            }
            for done in done {
                // Whoever asked may have gone.
                let _ = done.send(());
            }
        });
    }
}

/// Whether a process ended by an instruction that the processor does not know.
#[cfg(unix)]
fn was_unfit(status: std::process::ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    /// SIGILL, the same number on all Unix systems.
    const ILLEGAL_INSTRUCTION: i32 = 4;
    status.signal() == Some(ILLEGAL_INSTRUCTION)
}

/// Other systems tell it otherwise; there the engine is only started again.
#[cfg(not(unix))]
fn was_unfit(_status: std::process::ExitStatus) -> bool {
    false
}

fn command(program: &Path, instructions: Instructions) -> Command {
    let mut command = Command::new(program);
    if instructions == Instructions::Plain {
        command.arg(PLAIN);
    }
    command.env_clear();
    #[cfg(target_os = "linux")]
    command.env(LARGE_PAGES.0, LARGE_PAGES.1);
    for name in ENVIRONMENT {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // In a group of its own, so that Ctrl-C in a terminal stops an answer and not the engine.
    #[cfg(unix)]
    command.process_group(0);
    command
}

/// Starts the process from a thread that lives as long as the worker.
///
/// The worker asks the kernel to be killed when its parent dies, and for Linux the parent is the
/// thread that started it, not the process. A thread of the runtime may end at any time.
async fn spawn(mut command: Command) -> std::io::Result<(Child, std::sync::mpsc::Sender<()>)> {
    let runtime = tokio::runtime::Handle::current();
    let (started, child) = oneshot::channel();
    let (alive, until_dropped) = std::sync::mpsc::channel::<()>();
    std::thread::Builder::new()
        .name("engine-parent".into())
        .spawn(move || {
            let spawned = {
                let _inside = runtime.enter();
                command.spawn()
            };
            let worked = spawned.is_ok();
            if started.send(spawned).is_ok() && worked {
                // Fails when the other end is dropped, which is what we wait for.
                let _ = until_dropped.recv();
            }
        })?;
    let child = child
        .await
        .map_err(|_| std::io::Error::other("the starting thread ended"))??;
    Ok((child, alive))
}

async fn write(mut stdin: ChildStdin, mut outbox: mpsc::Receiver<ToEngine>) {
    while let Some(ask) = outbox.recv().await {
        if let Err(error) = wire::write_frame_async(&mut stdin, &ask).await {
            // The reading task reports the death.
            tracing::debug!("the engine does not listen: {error}");
            return;
        }
    }
}

async fn read(mut stdout: ChildStdout, serial: u64, events: mpsc::Sender<(u64, Event)>) {
    loop {
        let event = match wire::read_frame_async::<FromEngine>(&mut stdout).await {
            Ok(Some(FromEngine::Log { level, text })) => {
                log_line(level, &text);
                continue;
            }
            Ok(Some(said)) => Event::Said(said),
            Ok(None) => Event::Gone,
            Err(error) => {
                tracing::debug!("the engine's pipe broke: {error}");
                Event::Gone
            }
        };
        let over = matches!(event, Event::Gone);
        if events.send((serial, event)).await.is_err() || over {
            return;
        }
    }
}

fn log_line(level: LogLevel, text: &str) {
    match level {
        LogLevel::Debug | LogLevel::Info => tracing::debug!(target: "engine", "{text}"),
        LogLevel::Warn => tracing::warn!(target: "engine", "{text}"),
        LogLevel::Error => tracing::error!(target: "engine", "{text}"),
    }
}

/// What libraries print may quote a prompt, so it stays at DEBUG.
async fn log(mut stderr: impl AsyncRead + Unpin) {
    let mut bytes = [0; LINE_BYTES_MAX];
    while let Ok(read @ 1..) = stderr.read(&mut bytes).await {
        let text = String::from_utf8_lossy(&bytes[..read]);
        tracing::debug!(target: "engine", "{}", text.trim_end());
    }
}
