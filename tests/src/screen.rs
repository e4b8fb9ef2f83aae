//! A screen that nobody sees, and pictures of what is on it.
//!
//! Pictures are taken from the screen's own memory: they show what a person would see. (The driver of
//! the window's web view takes none while it draws without a graphics processor: it waits for ever.)

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use tempfile::TempDir;

use crate::places;
use crate::process::Kept;

/// The window's first size, so that it fills the screen.
const SIZE: &str = "1100x760x24";

/// A screen. Clones are the same one; it ends when the last is dropped.
#[derive(Debug, Clone)]
pub struct Screen {
    display: String,
    memory: PathBuf,
    _kept: Arc<(Kept, TempDir)>,
}

impl Screen {
    /// Makes a screen.
    ///
    /// # Panics
    /// The program for it is missing.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(places::needed("Xvfb"));
        // The server picks a free number and tells it.
        command.args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            SIZE,
            "-nolisten",
            "tcp",
            "-fbdir",
        ]);
        command.arg(folder.path());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut server = Kept::start(&mut command);
        let mut number = String::new();
        let mut stdout = BufReader::new(server.0.stdout.take().expect("it was asked for"));
        stdout
            .read_line(&mut number)
            .expect("the screen tells its number");
        Self {
            display: format!(":{}", number.trim()),
            memory: folder.path().join("Xvfb_screen0"),
            _kept: Arc::new((server, folder)),
        }
    }

    /// Its name, for the variable `DISPLAY`.
    #[must_use]
    pub fn display(&self) -> &str {
        &self.display
    }

    /// What is on it now, as a PNG file.
    ///
    /// # Panics
    /// The screen is gone.
    #[must_use]
    pub fn picture(&self) -> Vec<u8> {
        let dump = fs::read(&self.memory).expect("the screen's memory");
        // The X window dump format: words of four bytes, the most significant first.
        let word = |place: usize| {
            let bytes = dump[4 * place..4 * place + 4]
                .try_into()
                .expect("four bytes");
            u32::from_be_bytes(bytes)
        };
        let (width, height) = (word(4), word(5));
        let (line_bytes, colours) = (word(12) as usize, word(19) as usize);
        assert_eq!(word(11), 32, "four bytes a pixel");
        let pixels = &dump[word(0) as usize + colours * 12..];
        let mut rgb = Vec::with_capacity(3 * width as usize * height as usize);
        for line in pixels.chunks(line_bytes).take(height as usize) {
            for pixel in line.chunks(4).take(width as usize) {
                rgb.extend([pixel[2], pixel[1], pixel[0]]);
            }
        }
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().expect("memory takes it");
        writer
            .write_image_data(&rgb)
            .expect("as many pixels as were told");
        writer.finish().expect("memory takes it");
        file
    }
}
