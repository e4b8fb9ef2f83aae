//! Files in the folders that the person granted.

use ::tools::files::{EntryKind, Folders, Grant, Search};
use serde_json::Value;
use store::FolderAccess;

use super::super::tools;
use super::{Brought, CallError, Errand, brought, shown, text};

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
                lines(listing.entries.iter().map(|entry| match entry.kind {
                    EntryKind::Folder => format!("{}/", entry.path),
                    EntryKind::File | EntryKind::Other => entry.path.clone(),
                }))
            }
            None => lines(folders.names().map(|(name, may_write)| {
                format!(
                    "{name}/{}",
                    if may_write { " (may be written)" } else { "" }
                )
            })),
        },
        "read_file" => {
            let file = folders
                .read_text(text(arguments, "path")?)
                .map_err(|error| files(&error))?;
            shown(file.text)
        }
        "search_files" => search(folders, text(arguments, "query")?)?,
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

/// Looks for files by their names first, and by what they say where no name fits.
fn search(folders: &Folders, query: &str) -> Result<String, CallError> {
    let by_name = Search {
        name: Some(query.to_owned()),
        ..Search::default()
    };
    let by_content = Search {
        content: Some(query.to_owned()),
        ..Search::default()
    };
    for wanted in [by_name, by_content] {
        let found = folders.search(&wanted).map_err(|error| files(&error))?;
        if !found.hits.is_empty() {
            return Ok(lines(found.hits.iter().map(|hit| match &hit.line {
                Some((number, says)) => format!("{}:{number}: {says}", hit.path),
                None => hit.path.clone(),
            })));
        }
    }
    Ok("There is no such file.".to_owned())
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
