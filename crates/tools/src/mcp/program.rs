//! An MCP server that is a program on this device, spoken to through its standard input and output.

use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use guardian::ProgramStart;
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio_util::sync::CancellationToken;

/// The pause between two looks at whether it has ended.
const ENDING_PAUSE: Duration = Duration::from_millis(20);

/// What every program gets from our environment, without which few start. All else, keys and tokens
/// among it, has to be given in [`ProgramStart::environment`].
pub const ENVIRONMENT_ALWAYS: [&str; 12] = [
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TZ",
    "USER",
    // Windows: where programs find the system, themselves and a place to write.
    "SYSTEMROOT",
    "COMSPEC",
    "PATHEXT",
    "TEMP",
    "USERPROFILE",
];

/// Bytes of its log that are kept for when it ends: its last words, not its story.
const LOG_BYTES_MAX: usize = 2048;

/// How long the end of a log is waited for.
const LOG_PATIENCE: Duration = Duration::from_millis(500);

/// How long a program may take to end by itself once nobody talks to it.
const ENDING_PATIENCE: Duration = Duration::from_secs(2);

/// A program that runs. Dropping it ends it, and those that it started and that stayed with it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    log: Log,
}

/// What a program wrote into its log last.
#[derive(Debug, Clone, Default)]
struct Log {
    last: Arc<Mutex<Vec<u8>>>,
    ended: CancellationToken,
}

impl Process {
    pub(super) fn start(program: &ProgramStart) -> io::Result<(Self, ChildStdout, ChildStdin)> {
        let always = ENVIRONMENT_ALWAYS.into_iter();
        let mut command = Command::new(&program.program);
        command
            .args(&program.arguments)
            .current_dir(&program.folder)
            .env_clear()
            .envs(always.filter_map(|name| Some((name, std::env::var_os(name)?))))
            .envs(&program.environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // A group of its own, so that what it starts can be ended with it.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().expect("its output was asked for");
        let stdin = child.stdin.take().expect("its input was asked for");
        let stderr = child.stderr.take().expect("its log was asked for");
        let log = Log::default();
        tokio::spawn(log.clone().keep(stderr));
        Ok((Self { child, log }, stdout, stdin))
    }

    /// The last lines of its log, once it ended.
    pub(super) async fn said(&self) -> String {
        // What it starts may hold the log open.
        let _ = tokio::time::timeout(LOG_PATIENCE, self.log.ended.cancelled()).await;
        crate::html::one_line(&String::from_utf8_lossy(&self.log.last()))
    }

    /// Waits for it to end, since its input has, and ends what it started.
    pub(super) async fn end(mut self) {
        // Not waited for in the usual way: once that is done its number, which names the group, is free.
        let ended = async {
            while !self.has_ended() {
                tokio::time::sleep(ENDING_PAUSE).await;
            }
        };
        // Whatever is left is ended by force.
        let _ = tokio::time::timeout(ENDING_PATIENCE, ended).await;
        self.end_group();
        let _ = tokio::time::timeout(ENDING_PATIENCE, self.child.wait()).await;
    }

    #[cfg(unix)]
    fn group(&self) -> Option<rustix::process::Pid> {
        // Without a number it was waited for; the number may be another's by now.
        let number = i32::try_from(self.child.id()?).ok()?;
        rustix::process::Pid::from_raw(number)
    }

    /// Whether it has ended; its number stays its own.
    #[cfg(unix)]
    fn has_ended(&self) -> bool {
        use rustix::process::{WaitId, WaitIdOptions, waitid};
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        self.group()
            .is_none_or(|number| !matches!(waitid(WaitId::Pid(number), look), Ok(None)))
    }

    #[cfg(not(unix))]
    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    fn end_group(&self) {
        #[cfg(unix)]
        if let Some(group) = self.group() {
            // It may be gone this moment.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end_group();
    }
}

impl Log {
    async fn keep(self, mut stderr: ChildStderr) {
        let mut piece = [0; 1024];
        while let Ok(count @ 1..) = stderr.read(&mut piece).await {
            let mut last = self.last();
            last.extend_from_slice(&piece[..count]);
            let over = last.len().saturating_sub(LOG_BYTES_MAX);
            last.drain(..over);
        }
        self.ended.cancel();
    }

    fn last(&self) -> MutexGuard<'_, Vec<u8>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The output of a program that ends with the first line that is too long. The reader behind it would
/// pass over that line, and the call that it answers would wait for nothing.
pub(super) struct Measured<R> {
    inner: R,
    max: usize,
    line: usize,
    over: Arc<AtomicBool>,
}

impl<R> Measured<R> {
    /// The output, and whether it went over.
    pub(super) fn new(inner: R, max: usize) -> (Self, Arc<AtomicBool>) {
        let over = Arc::default();
        let measured = Self {
            inner,
            max,
            line: 0,
            over: Arc::clone(&over),
        };
        (measured, over)
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Measured<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(context, buffer);
        let came = &buffer.filled()[before..];
        self.line = match came.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => came.len() - end - 1,
            None => self.line + came.len(),
        };
        if self.line > self.max {
            self.over.store(true, Ordering::Relaxed);
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        read
    }
}
