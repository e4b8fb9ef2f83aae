//! Reading a line from the keyboard without showing it.
//!
//! The terminal hands over each key as it is pressed, and shows none. It gets back what it was told
//! before when the line has ended, and also when nobody waits for the line any more.

use contract::Secret;
use zeroize::Zeroizing;

use crate::dialogue;
use crate::failure::Failure;

/// The most bytes of a line; keys beyond are passed over. More than any passphrase or 24 words.
const BYTES_MAX: usize = 4 * 1024;

/// Asks, and reads the answer.
pub(crate) async fn read(question: &str) -> Result<Secret, Failure> {
    let quiet = quiet::Quiet::begin().map_err(|error| Failure::internal(&error))?;
    dialogue::piece(question);
    let line = tokio::task::spawn_blocking(read_line).await;
    drop(quiet);
    dialogue::piece("\n");
    line.map_err(|error| Failure::internal(&error))?
}

fn read_line() -> Result<Secret, Failure> {
    let mut line = Line::new();
    loop {
        match quiet::key().map_err(|error| Failure::internal(&error))? {
            None => return Err(Failure::interrupted()),
            Some(byte) => match line.press(byte) {
                Pressed::GoesOn => {}
                Pressed::Entered => return line.into_secret(),
                Pressed::Interrupted => return Err(Failure::interrupted()),
            },
        }
    }
}

/// A line in the making.
struct Line {
    bytes: Zeroizing<Vec<u8>>,
    escape: Escape,
}

/// Where in the bytes of a key that is no letter, such as an arrow, we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    No,
    Begun,
    /// Until its last byte.
    Long,
}

#[derive(Debug, PartialEq, Eq)]
enum Pressed {
    GoesOn,
    Entered,
    Interrupted,
}

impl Line {
    fn new() -> Self {
        Self {
            // Made large enough at once: a buffer that grows leaves copies behind.
            bytes: Zeroizing::new(Vec::with_capacity(BYTES_MAX)),
            escape: Escape::No,
        }
    }

    fn press(&mut self, byte: u8) -> Pressed {
        match (self.escape, byte) {
            (Escape::Begun, b'[' | b'O') => {
                self.escape = Escape::Long;
                return Pressed::GoesOn;
            }
            (Escape::Long, 0x40..=0x7e) => {
                self.escape = Escape::No;
                return Pressed::GoesOn;
            }
            (Escape::Long, 0x20..=0x3f) => return Pressed::GoesOn,
            (Escape::No | Escape::Begun | Escape::Long, _) => self.escape = Escape::No,
        }
        match byte {
            b'\n' | b'\r' => return Pressed::Entered,
            // Ctrl-C.
            0x03 => return Pressed::Interrupted,
            // Ctrl-D.
            0x04 if self.bytes.is_empty() => return Pressed::Interrupted,
            0x08 | 0x7f => self.remove_letter(),
            // Ctrl-U.
            0x15 => self.bytes.clear(),
            0x1b => self.escape = Escape::Begun,
            0x00..=0x1f => {}
            letter if self.bytes.len() < BYTES_MAX => self.bytes.push(letter),
            _ => {}
        }
        Pressed::GoesOn
    }

    /// All bytes of the last letter.
    fn remove_letter(&mut self) {
        while self.bytes.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
    }

    fn into_secret(self) -> Result<Secret, Failure> {
        let text = std::str::from_utf8(&self.bytes)
            .map_err(|_| Failure::usage("What was entered is not text (UTF-8)."))?;
        Ok(Secret::from(text))
    }
}

#[cfg(unix)]
mod quiet {
    use std::io;

    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
    };

    /// While this lives, the terminal shows no keys.
    pub(super) struct Quiet {
        before: Termios,
    }

    impl Quiet {
        pub(super) fn begin() -> io::Result<Self> {
            let before = tcgetattr(rustix::stdio::stdin())?;
            let mut quiet = before.clone();
            // Not to be shown, not to be gathered into lines, and Ctrl-C comes to us: who ended the
            // program by it would find a terminal that shows nothing.
            quiet.local_modes.remove(
                LocalModes::ECHO
                    | LocalModes::ECHONL
                    | LocalModes::ICANON
                    | LocalModes::ISIG
                    | LocalModes::IEXTEN,
            );
            quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
            quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
            tcsetattr(rustix::stdio::stdin(), OptionalActions::Drain, &quiet)?;
            Ok(Self { before })
        }
    }

    impl Drop for Quiet {
        fn drop(&mut self) {
            // A terminal that is gone needs nothing any more.
            let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Drain, &self.before);
        }
    }

    /// The next byte; `None` when the terminal is gone.
    pub(super) fn key() -> io::Result<Option<u8>> {
        let mut byte = [0];
        loop {
            match rustix::io::read(rustix::stdio::stdin(), &mut byte) {
                Ok(0) | Err(rustix::io::Errno::IO) => return Ok(None),
                Ok(_) => return Ok(Some(byte[0])),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Elsewhere the keyboard cannot be read without being shown yet.
#[cfg(not(unix))]
mod quiet {
    use std::io;

    pub(super) struct Quiet {}

    impl Quiet {
        pub(super) fn begin() -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    pub(super) fn key() -> io::Result<Option<u8>> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entered(keys: &[u8]) -> String {
        let mut line = Line::new();
        for key in keys {
            assert_eq!(line.press(*key), Pressed::GoesOn);
        }
        assert_eq!(line.press(b'\r'), Pressed::Entered);
        line.into_secret().expect("text").expose().to_owned()
    }

    #[test]
    fn backspace_removes_a_whole_letter_and_ctrl_u_all() {
        assert_eq!(entered("añ\x7fb".as_bytes()), "ab");
        assert_eq!(entered("\x7fa\x08\x08b".as_bytes()), "b");
        assert_eq!(entered("wrong\x15right".as_bytes()), "right");
    }

    #[test]
    fn arrows_and_other_keys_leave_nothing_in_the_line() {
        assert_eq!(entered(b"a\x1b[Ab\x1bOPc\x1b[1;5Dd\te"), "abcde");
    }

    #[test]
    fn ctrl_c_and_an_empty_ctrl_d_leave() {
        assert_eq!(Line::new().press(0x03), Pressed::Interrupted);
        assert_eq!(Line::new().press(0x04), Pressed::Interrupted);
        let mut line = Line::new();
        assert_eq!(line.press(b'a'), Pressed::GoesOn);
        assert_eq!(
            line.press(0x04),
            Pressed::GoesOn,
            "there is something to lose"
        );
    }

    #[test]
    fn keys_beyond_the_limit_are_passed_over() {
        assert_eq!(entered(&[b'x'; BYTES_MAX + 9]).len(), BYTES_MAX);
    }
}
