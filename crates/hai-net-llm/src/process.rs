//! What the worker does to its own process before it touches anybody's data.

use std::fs::File;
use std::io;

/// Takes standard output for frames and lets file descriptor 1 point at standard error.
///
/// Code written in C prints where it likes; a stray line between two frames would break the stream.
#[cfg(unix)]
pub(crate) fn claim_stdout() -> io::Result<File> {
    use std::os::fd::AsFd;
    let frames = io::stdout().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdout(io::stderr().as_fd())?;
    Ok(File::from(frames))
}

/// Takes standard output for frames.
#[cfg(windows)]
pub(crate) fn claim_stdout() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(File::from(io::stdout().as_handle().try_clone_to_owned()?))
}

/// Gives up what the worker does not need: being debugged, outliving the hub, gaining rights.
///
/// Each is a second line of defence, so a kernel that refuses one is no reason to stop.
pub(crate) fn drop_rights() {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::process::{DumpableBehavior, Signal};
        let done = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
            .and(rustix::process::set_parent_process_death_signal(Some(
                Signal::KILL,
            )))
            .and(rustix::thread::set_no_new_privs(true));
        if let Err(error) = done {
            tracing::warn!("the worker keeps rights that it does not need: {error}");
        }
    }
}
