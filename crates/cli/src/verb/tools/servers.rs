//! The servers of tools: listed, added, tried and removed.

use contract::server::{
    AddToolServer, CheckToolServer, Given, ListToolServers, RemoveToolServer, ServerState,
    ToolServerList, ToolServerView, Way, WayView,
};

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::{with_any, with_any_for_long};
use crate::screen::{tame, text_of};

/// A server to add.
#[derive(Debug, clap::Args)]
pub(super) struct Adding {
    /// Its name: small letters, digits, `-` and `_`
    name: String,
    /// The address of a server that speaks HTTP, instead of a program
    #[arg(long, value_name = "ADDRESS", conflicts_with = "command")]
    url: Option<String>,
    /// The address may lie on this device
    #[arg(long, requires = "url")]
    this_device: bool,
    /// A header for each request. Its value is taken from the variable HEADER_NAME of this command's
    /// environment
    #[arg(long, value_name = "NAME", requires = "url")]
    header: Vec<String>,
    /// A variable of this command's environment that the program gets
    #[arg(long, value_name = "NAME", conflicts_with = "url")]
    env: Vec<String>,
    /// The program and its arguments, behind `--`
    #[arg(last = true, required_unless_present = "url", value_name = "COMMAND")]
    command: Vec<String>,
}

pub(super) async fn list(scene: &Scene) -> Result<(), Failure> {
    let list = with_any(scene, async |link| link.ask(ListToolServers {}).await).await?;
    scene.screen.show(&list, || words(&list, scene))
}

pub(super) async fn add(adding: Adding, scene: &Scene) -> Result<(), Failure> {
    let way = match adding.url {
        Some(address) => Way::Site {
            address,
            this_device: adding.this_device,
            headers: given(&adding.header, |name| {
                let name = name.to_ascii_uppercase().replace('-', "_");
                format!("HEADER_{name}")
            })?,
        },
        None => {
            let mut command = adding.command.into_iter();
            Way::Program {
                program: found(command.next().unwrap_or_default())?,
                arguments: command.collect(),
                environment: given(&adding.env, str::to_owned)?,
            }
        }
    };
    let ask = AddToolServer {
        name: adding.name,
        way,
    };
    let view = with_any_for_long(scene, async |link| link.ask(ask).await).await?;
    scene.screen.show(&view, || looked(&view, "Added"))
}

pub(super) async fn check(name: String, scene: &Scene) -> Result<(), Failure> {
    let ask = CheckToolServer { name };
    let view = with_any_for_long(scene, async |link| link.ask(ask).await).await?;
    scene.screen.show(&view, || looked(&view, "Looked at"))
}

pub(super) async fn remove(name: String, scene: &Scene) -> Result<(), Failure> {
    let ask = RemoveToolServer { name: name.clone() };
    with_any(scene, async |link| link.ask(ask).await).await?;
    let view = serde_json::json!({ "removed": name });
    scene
        .screen
        .show(&view, || format!("Removed {}.", tame(&name)))
}

/// The program as the hub gets it, which may run elsewhere: a path is made whole.
fn found(program: String) -> Result<String, Failure> {
    if !program.contains(std::path::is_separator) {
        return Ok(program);
    }
    let path = std::path::absolute(&program).map_err(|error| Failure::usage(error.to_string()))?;
    path.into_os_string()
        .into_string()
        .map_err(|_| Failure::usage("The program's name is not UTF-8."))
}

/// Values out of variables of this command's own, which no other user can see: a command line they could.
fn given(names: &[String], variable: impl Fn(&str) -> String) -> Result<Vec<Given>, Failure> {
    let one = |name: &String| {
        let variable = variable(name);
        let value = std::env::var(&variable).map_err(|_| {
            Failure::usage(format!("There is no variable {variable} to take it from."))
        })?;
        Ok(Given {
            name: name.clone(),
            value: value.into(),
        })
    };
    names.iter().map(one).collect()
}

fn looked(view: &ToolServerView, done: &str) -> String {
    let name = tame(&view.name);
    if let (ServerState::Failed, Some(fault)) = (view.state, &view.fault) {
        let message = tame(&fault.message).into_owned();
        return format!(
            "{done} {name}, but it does not work: {message}\nTry it again: hai-net tools \
             check-server {name}"
        );
    }
    let mut text = format!("{done} {name}. Its tools ask before each call:");
    for tool in &view.tools {
        text.push_str(&format!("\n  {}  {}", tame(&tool.name), tame(&tool.about)));
    }
    if view.tools.is_empty() {
        text.push_str("\n  (it has none that can be used)");
    }
    text
}

fn words(list: &ToolServerList, scene: &Scene) -> String {
    if list.servers.is_empty() {
        return "There are no tool servers. Add one: hai-net tools add-server NAME -- COMMAND"
            .to_owned();
    }
    let mut table = scene
        .screen
        .table(&["SERVER", "STATE", "TOOLS", "WHERE", "GETS"]);
    for server in &list.servers {
        let (place, gets) = match &server.way {
            WayView::Program {
                program,
                arguments,
                environment,
            } => (
                [std::slice::from_ref(program), arguments.as_slice()]
                    .concat()
                    .join(" "),
                environment,
            ),
            WayView::Site {
                address, headers, ..
            } => (address.clone(), headers),
        };
        table.add_row([
            tame(&server.name).into_owned(),
            server.state.name().to_owned(),
            server.tools.len().to_string(),
            tame(&place).into_owned(),
            tame(&gets.join(", ")).into_owned(),
        ]);
    }
    text_of(&table)
}
