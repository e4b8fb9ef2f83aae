//! Memory of the window, hub included, against an empty WebKitGTK window. Both under Xvfb.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::figures::Figures;
use crate::place::{peers, programs, starter_model, tree_pss_mb};

/// How often each window is opened.
const ROUNDS: u32 = 3;

/// How long a window is left alone before its memory is read.
const REST: Duration = Duration::from_secs(12);

/// A display that nobody else is likely to use.
const DISPLAY: &str = ":97";

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
    let (mut ours, mut empty) = (Figures::default(), Figures::default());
    for _ in 0..ROUNDS {
        empty.add(measured(Command::new(&peer))?);
        ours.add(measured(our_window()?)?);
    }
    println!("empty WebKitGTK window, PSS in MB: {}", empty.line());
    println!("our window and hub, PSS in MB:     {}", ours.line());
    println!(
        "ours adds, MB (aim ≤ 60): {:.1}",
        ours.median() - empty.median()
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

fn measured(mut command: Command) -> anyhow::Result<f64> {
    let home = tempfile::tempdir()?;
    let child = command
        .env("DISPLAY", DISPLAY)
        .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1")
        .env("HOME", home.path())
        .env("HAI_NET_DATA_DIR", home.path().join("data"))
        .env_remove("XDG_RUNTIME_DIR")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let child = Ended(child);
    std::thread::sleep(REST);
    tree_pss_mb(child.0.id())
}

/// A program that is ended when dropped.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
