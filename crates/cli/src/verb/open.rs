//! `hai-net open`: the browser page, with a fresh sign-in link.
//!
//! The link is a secret until it is used, and other users of a machine can read the arguments of its
//! programs. The browser is therefore given a file that only this user can read and that leads on.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use contract::system::{MakeSignInLink, ShowStatus, SignInLink};

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::with_running;
use crate::when;

/// The file that leads to the page. It is written anew each time; its link works once.
const DOOR_FILE: &str = "sign-in.html";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only print the link
    #[arg(long)]
    print: bool,
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    let (link, folder) = with_running(scene, async |link| {
        let status = link.ask(ShowStatus {}).await?;
        Ok((link.ask(MakeSignInLink {}).await?, status.data_folder))
    })
    .await?;
    scene.screen.show(&link, || link.url.clone())?;
    scene.screen.remark(&format!(
        "It signs one browser in, until {}.",
        when::minute(link.expires)
    ));
    let wanted = !args.print && !scene.screen.is_json() && scene.screen.is_terminal();
    if wanted && has_display() {
        match door(Path::new(&folder), &link) {
            Ok(file) => show_in_browser(&file, scene),
            Err(error) => scene
                .screen
                .remark(&format!("No browser was opened: {error}")),
        }
    }
    Ok(())
}

/// Whether a browser could be seen.
fn has_display() -> bool {
    if cfg!(any(target_os = "macos", windows)) {
        return true;
    }
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn door(folder: &Path, link: &SignInLink) -> io::Result<PathBuf> {
    let path = folder.join(DOOR_FILE);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let page = format!(
        "<!doctype html><meta charset=\"utf-8\"><title>HAI-Net</title>\
         <meta http-equiv=\"refresh\" content=\"0;url={url}\"><a href=\"{url}\">Open HAI-Net</a>",
        url = escaped(&link.url)
    );
    options.open(&path)?.write_all(page.as_bytes())?;
    Ok(path)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
}

fn show_in_browser(file: &Path, scene: &Scene) {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let started = Command::new(opener)
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if let Err(error) = started {
        scene.screen.remark(&format!(
            "No browser was opened ({opener}: {error}). Use the link."
        ));
    }
}

#[cfg(test)]
mod tests {
    use base::Timestamp;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn file_with_the_link_can_be_read_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let link = SignInLink {
            url: "http://127.0.0.1:1/sign-in?ticket=a&x=\"".to_owned(),
            expires: Timestamp::from_millis(0),
        };
        for _ in 0..2 {
            let file = door(folder.path(), &link).unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            let page = std::fs::read_to_string(file).unwrap();
            assert!(page.contains("ticket=a&amp;x=&quot;"), "{page}");
        }
    }
}
