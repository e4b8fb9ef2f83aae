//! A passphrase in a descriptor that was open when the program began, as in `--passphrase-fd 3 3< FILE`.

use std::fs::File;
use std::sync::{Mutex, PoisonError};

use super::source::{Reading, SourceError};

/// An open descriptor that was named on the command line.
#[derive(Debug)]
pub(super) struct Descriptor {
    number: u32,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// Standard input, which others read too.
    Input,
    Ready(File),
    NotOpen,
    Read,
}

impl Descriptor {
    /// Takes the descriptor of this number from whoever started us.
    pub(super) fn take(number: u32) -> Self {
        let state = match number {
            0 => State::Input,
            // Others write there.
            1 | 2 => State::NotOpen,
            _ => take_descriptor(number).map_or(State::NotOpen, State::Ready),
        };
        Self {
            number,
            state: Mutex::new(state),
        }
    }

    /// What is read from it, once.
    pub(super) fn reading(&self) -> Result<Reading, SourceError> {
        let number = self.number;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *state, State::Read) {
            State::Input => Ok(Reading::Input),
            State::Ready(file) => Ok(Reading::Descriptor(number, file)),
            State::NotOpen => {
                *state = State::NotOpen;
                Err(SourceError::NotOpen { number })
            }
            State::Read => Err(SourceError::ReadAlready { number }),
        }
    }

    /// Its number, when it is not open.
    pub(super) fn lost(&self) -> Option<u32> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(*state, State::NotOpen).then_some(self.number)
    }
}

/// Takes an inherited descriptor, so that no program which we start inherits it from us.
#[cfg(unix)]
#[expect(unsafe_code, reason = "a number becomes a descriptor in no other way")]
fn take_descriptor(number: u32) -> Option<File> {
    use std::os::fd::{FromRawFd, OwnedFd};

    // Whether it is open is asked of the system; a number that is not open must not be owned.
    std::fs::metadata(format!("/dev/fd/{number}")).ok()?;
    let raw = i32::try_from(number).ok()?;
    // SAFETY: it is open, and it is nobody else's: this runs before the program has opened anything
    // that stays open, and once for the one number on the command line.
    let owned = unsafe { OwnedFd::from_raw_fd(raw) };
    rustix::io::fcntl_setfd(&owned, rustix::io::FdFlags::CLOEXEC).ok()?;
    Some(File::from(owned))
}

#[cfg(not(unix))]
fn take_descriptor(_number: u32) -> Option<File> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn descriptor_is_read_once_and_a_closed_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        std::fs::write(&path, "through a descriptor\n").unwrap();
        let descriptor = Descriptor {
            number: 9,
            state: Mutex::new(State::Ready(File::open(path).unwrap())),
        };
        let text = descriptor.reading().unwrap().read().unwrap();
        assert_eq!(text.expose(), "through a descriptor");
        assert!(matches!(
            descriptor.reading(),
            Err(SourceError::ReadAlready { number: 9 })
        ));
        for number in [1, 2, 4_000_000_000] {
            assert!(matches!(
                Descriptor::take(number).reading(),
                Err(SourceError::NotOpen { .. })
            ));
        }
    }
}
