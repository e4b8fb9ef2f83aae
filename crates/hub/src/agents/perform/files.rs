//! Files in the folders that the person granted.

use ::tools::files::{Folders, Grant, Search};
use serde_json::Value;
use store::FolderAccess;

use super::super::tools;
use super::{Brought, CallError, Errand, brought, text};

/// Characters of a file that a model is shown: some pages.
const SHOWN_CHARS: usize = 12_000;

/// Lines of a list that a model is shown.
const SHOWN_LINES: usize = 100;

pub(super) async fn perform(errand: &Errand, arguments: &Value) -> Result<Brought, CallError> {
    let granted = errand.hub.house.store.granted_folders().await?;
    if granted.is_empty() {
        return Err(CallError::NoFolder);
    }
    let grants = granted
        .into_iter()
        .map(|folder| Grant {
            path: folder.path.into(),
            may_write: folder.access == FolderAccess::Write,
        })
        .collect();
    let (tool, arguments) = (errand.call.tool.clone(), arguments.clone());
    let done = errand
        .hub
        .blocking(move || {
            let folders = Folders::new(grants).map_err(|error| files(&error))?;
            in_folders(&folders, &tool, &arguments)
        })
        .await;
    done.map_err(|fault| CallError::Broken(fault.message))?
}

fn in_folders(folders: &Folders, tool: &str, arguments: &Value) -> Result<Brought, CallError> {
    let told = match tool {
        "list_files" => match arguments["folder"].as_str().filter(|path| !path.is_empty()) {
            Some(path) => {
                let listing = folders.list(path).map_err(|error| files(&error))?;
                lines(listing.entries.iter().map(|entry| entry.name.clone()))
            }
            None => lines(folders.names().map(|(name, may_write)| {
                format!("{name}/{}", if may_write { " (may be written)" } else { "" })
            })),
        },
        "read_file" => {
            let file = folders
                .read_text(text(arguments, "path")?)
                .map_err(|error| files(&error))?;
            match file.text.char_indices().nth(SHOWN_CHARS) {
                None => file.text,
                Some((at, _)) => format!("{}\n(the rest is left out)", &file.text[..at]),
            }
        }
        "search_files" => {
            let wanted = Search::for_text(text(arguments, "query")?);
            let found = folders.search(&wanted).map_err(|error| files(&error))?;
            lines(found.hits.iter().map(ToString::to_string))
        }
        _ => {
            let path = text(arguments, "path")?;
            let content = text(arguments, "text")?;
            folders
                .write(path, content.as_bytes())
                .map_err(|error| files(&error))?;
            format!("The file {path} is written.")
        }
    };
    Ok(brought(told, tools::FILE))
}

fn lines(all: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = all.collect();
    let more = all.len().saturating_sub(SHOWN_LINES);
    all.truncate(SHOWN_LINES);
    if all.is_empty() {
        return "There is nothing.".to_owned();
    }
    if more > 0 {
        all.push(format!("(and {more} more)"));
    }
    all.join("\n")
}

fn files(error: &(dyn std::error::Error + 'static)) -> CallError {
    CallError::Files(crate::convert::chain(error))
}
