//! Servers of models: listing, adding, finding and ordering them.

use std::io::Read;
use std::path::PathBuf;

use contract::Secret;
use contract::model_server::{
    AddModelServer, FindModelServers, FoundModelServers, ListModelServers, ModelServerList,
    ModelServerView, OrderModelServers, RemoveModelServer, ServerHealth, ServerKind, ServerPlace,
};
use serde_json::json;

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::with_any;
use crate::screen::{short, tame, text_of};

/// The most bytes of a file with a key: keys have some hundreds.
const KEY_FILE_BYTES_MAX: u64 = 16 * 1024;

/// Characters of the models of a server in the list.
const MODELS_SHOWN: usize = 60;

#[derive(Debug, clap::Args)]
pub(super) struct AddArgs {
    /// A name for it: small letters, digits, - and _
    name: String,
    /// Its address, such as http://127.0.0.1:11434
    address: String,
    /// How it is spoken to
    #[arg(long, value_enum, default_value = "openai")]
    kind: Kind,
    /// Read its key from this file; `-` reads it from standard input
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// The device is your own: it may have a name of your home network, and what is private may go there
    #[arg(long)]
    own_device: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// Ollama's own API
    Ollama,
    /// llama.cpp's server, vLLM, LocalAI, LM Studio, exo, and services on the internet
    Openai,
}

pub(super) async fn list(scene: &Scene) -> Result<(), Failure> {
    let list = with_any(scene, async |link| link.ask(ListModelServers {}).await).await?;
    scene.screen.show(&list, || words(&list, scene))
}

pub(super) async fn add(args: AddArgs, scene: &Scene) -> Result<(), Failure> {
    let key = args.key_file.as_ref().map(read_key).transpose()?;
    let ask = AddModelServer {
        name: args.name,
        kind: match args.kind {
            Kind::Ollama => ServerKind::Ollama,
            Kind::Openai => ServerKind::Openai,
        },
        address: args.address,
        key,
        own_device: args.own_device,
    };
    let server = with_any(scene, async |link| link.ask(ask).await).await?;
    scene.screen.show(&server, || {
        let health = health(&server);
        format!("Added {}: {}.", server.name, health.trim_end_matches('.'))
    })
}

pub(super) async fn remove(name: String, scene: &Scene) -> Result<(), Failure> {
    let ask = RemoveModelServer { name: name.clone() };
    with_any(scene, async |link| link.ask(ask).await).await?;
    scene.screen.show(&json!({ "removed": name }), || {
        format!("Removed {}.", tame(&name))
    })
}

pub(super) async fn order(names: Vec<String>, scene: &Scene) -> Result<(), Failure> {
    let ask = OrderModelServers { names };
    let list = with_any(scene, async |link| {
        link.ask(ask).await?;
        link.ask(ListModelServers {}).await
    })
    .await?;
    scene.screen.show(&list, || words(&list, scene))
}

pub(super) async fn find(adds: bool, scene: &Scene) -> Result<(), Failure> {
    let found = with_any(scene, async |link| {
        let found = link.ask(FindModelServers {}).await?;
        for server in found.found.iter().filter(|_| adds) {
            let ask = AddModelServer {
                name: server.name.clone(),
                kind: server.kind,
                address: server.address.clone(),
                key: None,
                own_device: false,
            };
            link.ask(ask).await?;
        }
        Ok(found)
    })
    .await?;
    scene
        .screen
        .show(&found, || found_words(&found, adds, scene))
}

fn read_key(path: &PathBuf) -> Result<Secret, Failure> {
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin()
            .take(KEY_FILE_BYTES_MAX)
            .read_to_string(&mut text)
    } else {
        std::fs::File::open(path)
            .and_then(|file| file.take(KEY_FILE_BYTES_MAX).read_to_string(&mut text))
    };
    read.map_err(|error| Failure::file("read", path, &error))?;
    let key = Secret::from(text.trim());
    zeroize::Zeroize::zeroize(&mut text);
    Ok(key)
}

fn words(list: &ModelServerList, scene: &Scene) -> String {
    if list.servers.is_empty() {
        return "There are no model servers. Look for some: hai-net models find".to_owned();
    }
    let mut table = scene
        .screen
        .table(&["SERVER", "WHERE", "ADDRESS", "HOW IT IS"]);
    for server in &list.servers {
        table.add_row([
            server.name.clone(),
            place(server).to_owned(),
            tame(&server.address).into_owned(),
            health(server),
        ]);
    }
    text_of(&table)
}

fn place(server: &ModelServerView) -> &'static str {
    match server.place {
        ServerPlace::ThisDevice => "this device",
        ServerPlace::OwnNetwork if server.own_device => "own device",
        ServerPlace::OwnNetwork => "own network",
        ServerPlace::External => "external",
    }
}

fn health(server: &ModelServerView) -> String {
    match &server.health {
        ServerHealth::Up { models } if models.is_empty() => "it answers, and has no model".into(),
        ServerHealth::Up { models } => short(&models.join(", "), MODELS_SHOWN),
        ServerHealth::Down { fault } => short(&fault.message, MODELS_SHOWN),
        ServerHealth::Off => "off: llm.external is not allowed".to_owned(),
    }
}

fn found_words(found: &FoundModelServers, added: bool, scene: &Scene) -> String {
    if found.found.is_empty() {
        return "Nothing was found at the usual ports of this device.".to_owned();
    }
    let mut table = scene.screen.table(&["FOUND", "ADDRESS", "MODELS"]);
    for server in &found.found {
        table.add_row([
            server.name.clone(),
            server.address.clone(),
            short(&server.models.join(", "), MODELS_SHOWN),
        ]);
    }
    let next = match added {
        true => "All of them were added.",
        false => "Add them: hai-net models find --add",
    };
    format!("{}\n\n{next}", text_of(&table))
}
