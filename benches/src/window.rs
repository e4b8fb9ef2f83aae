//! Memory of the window, hub included, against an empty WebKitGTK window: at its first start, and as on every
//! other day, set up and with the vault open. All under Xvfb.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use crate::figures::Figures;
use crate::place::{self, peers, programs, starter_model, tree_pss_mb};

/// How often each window is opened.
const ROUNDS: u32 = 3;

/// How long a window is left alone before its memory is read.
const REST: Duration = Duration::from_secs(12);

/// A display that nobody else is likely to use.
const DISPLAY: &str = ":97";

/// How long a program may take to answer its first command.
const PATIENCE: Duration = Duration::from_secs(15);

/// A passphrase for the vault of the window in use.
const PASSPHRASE: &str = "measured on an idle afternoon";

pub(crate) fn run() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let peer = build_peer(folder.path())?;
    let _display = Ended(
        Command::new("Xvfb")
            .args([DISPLAY, "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("Xvfb is needed: `cargo xtask test` installs it")?,
    );
    std::thread::sleep(Duration::from_secs(1));
    let (mut empty, mut first, mut in_use) = Default::default();
    for _ in 0..ROUNDS {
        add_rested(&mut empty, &opened(Command::new(&peer), folder.path())?)?;
        let home = tempfile::tempdir()?;
        let window = opened(our_window()?, home.path())?;
        add_rested(&mut first, &window)?;
        set_up(home.path())?;
        drop(window);
        let window = opened(our_window()?, home.path())?;
        ask(home.path(), &["unlock", "--passphrase-file", "passphrase"])?;
        add_rested(&mut in_use, &window)?;
    }
    println!(
        "empty WebKitGTK window, PSS in MB:          {}",
        empty.line()
    );
    println!(
        "ours with its hub, at its first start:      {}",
        first.line()
    );
    println!(
        "ours with its hub, set up and in use:       {}",
        in_use.line()
    );
    let adds = |ours: &Figures| ours.median() - empty.median();
    println!(
        "at its first start ours adds, MB (aim ≤ 60): {:.1}",
        adds(&first)
    );
    println!(
        "in use ours adds, MB (aim ≤ 60):             {:.1}",
        adds(&in_use)
    );
    Ok(())
}

fn build_peer(folder: &Path) -> anyhow::Result<std::path::PathBuf> {
    let source = peers().join("empty-webview.c");
    let flags = Command::new("pkg-config")
        .args(["--cflags", "--libs", "webkit2gtk-4.1"])
        .output()?;
    let flags = String::from_utf8(flags.stdout)?;
    let program = folder.join("empty-webview");
    let built = Command::new("cc")
        .args(["-O2", "-o"])
        .arg(&program)
        .arg(source)
        .args(flags.split_whitespace())
        .status()?;
    ensure!(built.success(), "the empty window could not be built");
    Ok(program)
}

fn our_window() -> anyhow::Result<Command> {
    let models = starter_model()?;
    let mut command = Command::new(programs()?.join("hai-net-desktop"));
    command.env(
        "HAI_NET_MODEL_DIR",
        models.parent().context("a file lies in a folder")?,
    );
    command.env("HAI_NET_API_PORT", "18099");
    Ok(command)
}

fn opened(mut command: Command, home: &Path) -> anyhow::Result<Ended> {
    let child = command
        .env("DISPLAY", DISPLAY)
        .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1")
        .env("HOME", home)
        .env("HAI_NET_DATA_DIR", data_in(home))
        .env_remove("XDG_RUNTIME_DIR")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    Ok(Ended(child))
}

fn add_rested(figures: &mut Figures, window: &Ended) -> anyhow::Result<()> {
    std::thread::sleep(REST);
    figures.add(tree_pss_mb(window.0.id())?);
    Ok(())
}

fn data_in(home: &Path) -> PathBuf {
    home.join("data")
}

/// Gives the running hub an identity and ends the set-up, as a person does on the first day.
fn set_up(home: &Path) -> anyhow::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(data_in(home).join("passphrase"))?;
    file.write_all(PASSPHRASE.as_bytes())?;
    let identity = "setup --non-interactive --no-keychain --name Ada --passphrase-file passphrase \
                    --words-file words";
    ask(home, &identity.split_whitespace().collect::<Vec<_>>())?;
    // The step behind the last.
    ask(home, &["settings", "set", "ui.setup_step", "6"])
}

/// Has the hub do something, as soon as it answers.
fn ask(home: &Path, words: &[&str]) -> anyhow::Result<()> {
    let until = Instant::now() + PATIENCE;
    loop {
        let output = place::command(&data_in(home))?.args(words).output()?;
        if output.status.success() {
            return Ok(());
        }
        ensure!(
            Instant::now() < until,
            "`hai-net {}`: {}",
            words.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A program that is ended when dropped.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
