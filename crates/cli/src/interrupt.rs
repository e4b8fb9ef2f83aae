//! What the operating system tells a program from outside: Ctrl-C, and that it shall end.
//!
//! Streams, not single calls: a signal that comes between two looks is not lost.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ctrl-C, as often as it is pressed.
pub(crate) struct Interrupts {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

impl Interrupts {
    /// From now on Ctrl-C does not end the program.
    pub(crate) fn new() -> io::Result<Self> {
        #[cfg(unix)]
        let interrupt = signal(SignalKind::interrupt())?;
        #[cfg(windows)]
        let interrupt = tokio::signal::windows::ctrl_c()?;
        Ok(Self { interrupt })
    }

    /// The next Ctrl-C.
    pub(crate) async fn next(&mut self) {
        if self.interrupt.recv().await.is_none() {
            // No more can come: wait for ever, as if nobody pressed it.
            std::future::pending::<()>().await;
        }
    }
}

/// All ways of being told to end.
pub(crate) struct Ends {
    interrupts: Interrupts,
    #[cfg(unix)]
    terminate: Signal,
    #[cfg(unix)]
    hang_up: Signal,
}

impl Ends {
    /// From now on none of them ends the program by itself.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            interrupts: Interrupts::new()?,
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate())?,
            #[cfg(unix)]
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// The next one.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            () = self.interrupts.next() => {}
            Some(()) = self.terminate.recv() => {}
            Some(()) = self.hang_up.recv() => {}
        }
    }

    /// The next one.
    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) {
        self.interrupts.next().await;
    }
}
