//! A terminal for a program: a pair of pseudo terminals stands in for one.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use crate::house::{House, PATIENCE, wait};

/// A program in a terminal, and what it has shown.
pub(crate) struct Terminal {
    keyboard: File,
    shown: Arc<Mutex<String>>,
    pub(crate) child: Child,
}

impl Terminal {
    pub(crate) fn open(house: &House, args: &[&str]) -> Self {
        Self::of(house.command(args))
    }

    pub(crate) fn of(mut command: Command) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let end = || {
            let file = File::options()
                .read(true)
                .write(true)
                .open(name.to_str().unwrap());
            Stdio::from(file.unwrap())
        };
        command
            .env("TERM", "xterm")
            .stdin(end())
            .stdout(end())
            .stderr(end());
        let child = command.spawn().unwrap();
        // The command holds its ends of the terminal until it is dropped.
        drop(command);
        let keyboard = File::from(keyboard);
        let mut screen = keyboard.try_clone().unwrap();
        let shown = Arc::new(Mutex::new(String::new()));
        let seen = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut bytes = [0; 4_096];
            // A terminal whose program has ended gives an error.
            while let Ok(count) = screen.read(&mut bytes) {
                seen.lock()
                    .unwrap()
                    .push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        Self {
            keyboard,
            shown,
            child,
        }
    }

    pub(crate) fn enter(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    /// Whether the terminal shows what is entered.
    pub(crate) fn shows_keys(&self) -> bool {
        let modes = tcgetattr(&self.keyboard).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    }

    /// Waits for the end, and gives the exit code.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        wait(&mut self.child)
    }

    /// What was shown and not waited for.
    pub(crate) fn rest(&self) -> String {
        std::mem::take(&mut *self.shown.lock().unwrap())
    }

    /// Waits until this is shown, and gives what was shown up to there; that is forgotten.
    pub(crate) fn until(&self, text: &str) -> String {
        let begun = Instant::now();
        loop {
            {
                let mut shown = self.shown.lock().unwrap();
                if let Some(at) = shown.find(text) {
                    let rest = shown.split_off(at + text.len());
                    return std::mem::replace(&mut *shown, rest);
                }
                assert!(
                    begun.elapsed() < PATIENCE,
                    "{text:?} is not shown: {shown:?}"
                );
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}
