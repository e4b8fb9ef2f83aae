//! Starting again: this process becomes the program anew, with the same arguments.
//!
//! Files and sockets do not travel: the standard library opens all of them to be closed then.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::failure::Failure;

/// The program and its arguments, as they were at the start. An update may replace the file meanwhile.
pub(super) struct Again {
    program: Option<PathBuf>,
    arguments: Vec<OsString>,
}

impl Again {
    pub(super) fn remember() -> Self {
        Self {
            program: std::env::current_exe().ok(),
            arguments: std::env::args_os().collect(),
        }
    }

    /// Starts again. Returns only if that is not possible.
    pub(super) fn start(self) -> Failure {
        let (name, arguments) = match self.arguments.split_first() {
            Some((name, arguments)) => (name.clone(), arguments),
            None => (OsString::from("hai-net"), [].as_slice()),
        };
        let program = self.program.unwrap_or_else(|| PathBuf::from(&name));
        let mut command = Command::new(program);
        command.args(arguments);
        become_it(command, &name)
    }
}

#[cfg(unix)]
fn become_it(mut command: Command, name: &OsString) -> Failure {
    use std::os::unix::process::CommandExt;

    Failure::internal(&command.arg0(name).exec())
}

/// Where a process cannot become another one, it starts that one and ends.
#[cfg(not(unix))]
fn become_it(mut command: Command, _name: &OsString) -> Failure {
    match command.spawn() {
        Ok(_) => Failure::Told(crate::exit::Exit::Done),
        Err(error) => Failure::internal(&error),
    }
}
