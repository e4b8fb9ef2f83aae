//! `hai-net tools`: what agents may do, in which folders, and with tools of which servers.

mod servers;

use std::path::PathBuf;

use contract::approval::{
    FolderList, GrantFolder, ListFolders, ListTools, Permission, RevokeFolder, SetToolPermission,
    ToolList,
};

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::with_any;
use crate::screen::{tame, text_of};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: ToolVerb,
}

#[derive(Debug, clap::Subcommand)]
enum ToolVerb {
    /// List the tools, with what agents may do by themselves
    List,
    /// Set what agents may do with a tool: ask each time, always, or never
    Permit {
        /// The tool's name
        tool: String,
        /// What they may
        #[arg(value_enum)]
        permission: Choice,
    },
    /// List the folders that agents may look into
    Folders,
    /// Let agents look into a folder
    Grant {
        /// The folder
        folder: PathBuf,
        /// Also let them write there; each writing still asks
        #[arg(long)]
        write: bool,
    },
    /// Take a folder back from the agents
    Revoke {
        /// The folder
        folder: PathBuf,
    },
    /// List the servers that bring tools of their own (MCP)
    Servers,
    /// Add a server of tools: a program, or an address
    ///
    /// A program runs on this device with all that you may do yourself, from the moment it is added. Add only
    /// what you trust.
    AddServer(servers::Adding),
    /// Start a server now and look what tools it has
    CheckServer {
        /// Its name
        name: String,
    },
    /// End a server and forget it, with the keys that it got
    RemoveServer {
        /// Its name
        name: String,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Choice {
    Ask,
    Always,
    Never,
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    match args.verb {
        ToolVerb::List => {
            let list = with_any(scene, async |link| link.ask(ListTools {}).await).await?;
            scene.screen.show(&list, || words(&list, scene))
        }
        ToolVerb::Permit { tool, permission } => permit(tool, permission, scene).await,
        ToolVerb::Servers => servers::list(scene).await,
        ToolVerb::AddServer(adding) => Box::pin(servers::add(adding, scene)).await,
        ToolVerb::CheckServer { name } => Box::pin(servers::check(name, scene)).await,
        ToolVerb::RemoveServer { name } => servers::remove(name, scene).await,
        ToolVerb::Folders => {
            let list = with_any(scene, async |link| link.ask(ListFolders {}).await).await?;
            scene.screen.show(&list, || folder_words(&list, scene))
        }
        ToolVerb::Grant { folder, write } => {
            let path = absolute(&folder)?;
            let ask = GrantFolder {
                path,
                may_write: write,
            };
            let list = with_any(scene, async |link| link.ask(ask).await).await?;
            scene.screen.show(&list, || folder_words(&list, scene))
        }
        ToolVerb::Revoke { folder } => {
            let path = absolute(&folder)?;
            let ask = RevokeFolder { path: path.clone() };
            with_any(scene, async |link| link.ask(ask).await).await?;
            let view = serde_json::json!({ "revoked": path });
            scene
                .screen
                .show(&view, || format!("Revoked {}.", tame(&path)))
        }
    }
}

/// The folder as the hub gets it, which may run elsewhere than this program.
fn absolute(folder: &std::path::Path) -> Result<String, Failure> {
    let path = std::path::absolute(folder).map_err(|error| Failure::usage(error.to_string()))?;
    path.into_os_string()
        .into_string()
        .map_err(|_| Failure::usage("The folder's name is not UTF-8.".to_owned()))
}

async fn permit(tool: String, choice: Choice, scene: &Scene) -> Result<(), Failure> {
    let permission = match choice {
        Choice::Ask => Permission::Ask,
        Choice::Always => Permission::Always,
        Choice::Never => Permission::Never,
    };
    let ask = SetToolPermission {
        tool: tool.clone(),
        permission,
    };
    with_any(scene, async |link| link.ask(ask).await).await?;
    let view = serde_json::json!({ "tool": tool, "permission": permission });
    scene
        .screen
        .show(&view, || format!("{}: {}.", tame(&tool), permission.name()))
}

fn words(list: &ToolList, scene: &Scene) -> String {
    let mut table = scene
        .screen
        .table(&["TOOL", "MAY", "CHANGES", "LEAVES", "WHAT IT DOES"]);
    let yes = |is: bool| if is { "yes" } else { "-" }.to_owned();
    for tool in &list.tools {
        table.add_row([
            tame(&tool.name).into_owned(),
            tool.permission.name().to_owned(),
            yes(tool.changes),
            yes(tool.leaves),
            tame(&tool.about).into_owned(),
        ]);
    }
    text_of(&table)
}

fn folder_words(list: &FolderList, scene: &Scene) -> String {
    if list.folders.is_empty() {
        return "Agents may look into no folder. Grant one: hai-net tools grant FOLDER".to_owned();
    }
    let mut table = scene.screen.table(&["FOLDER", "MAY"]);
    for folder in &list.folders {
        let may = if folder.may_write {
            "read, write"
        } else {
            "read"
        };
        table.add_row([tame(&folder.path).into_owned(), may.to_owned()]);
    }
    text_of(&table)
}
