//! `hai-net conversations export`.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use contract::conversation::{ExportConversation, ExportFormat, ExportedConversation};
use serde_json::json;

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::with_any;
use crate::pick;

/// The form of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// The branch that is shown, for reading.
    Md,
    /// All branches, for programs.
    Json,
}

pub(super) async fn run(
    named: &str,
    format: Format,
    output: Option<&Path>,
    force: bool,
    scene: &Scene,
) -> Result<(), Failure> {
    let format = match format {
        Format::Md => ExportFormat::Markdown,
        Format::Json => ExportFormat::Json,
    };
    let exported = with_any(scene, async |link| {
        let conversation = pick::conversation(link, named).await?;
        link.ask(ExportConversation {
            conversation,
            format,
        })
        .await
    })
    .await?;
    let Some(output) = output else {
        // A file as it is, also in a terminal: what it holds was asked for byte by byte.
        return scene.screen.show(&exported, || exported.text.clone());
    };
    let path = place(output, &exported);
    write(&path, &exported.text, force).map_err(|error| refusal(&path, &error))?;
    let view = json!({ "file": path, "bytes": exported.text.len() });
    scene
        .screen
        .show(&view, || format!("Wrote {}.", path.display()))
}

fn place(output: &Path, exported: &ExportedConversation) -> PathBuf {
    if output.is_dir() {
        // The hub's name for a file, without a path that could lead elsewhere.
        let name = Path::new(&exported.file_name).file_name();
        output.join(name.unwrap_or_else(|| "conversation".as_ref()))
    } else {
        output.to_path_buf()
    }
}

fn write(path: &Path, text: &str, force: bool) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn refusal(path: &Path, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::AlreadyExists {
        let message = format!(
            "{} exists already. Replace it with --force.",
            path.display()
        );
        return Failure::usage(message);
    }
    Failure::file("written", path, error)
}
