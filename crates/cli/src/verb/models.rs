//! `hai-net models`: those that are installed, and those that can be.

pub(crate) mod pull;
mod servers;
mod words;

use contract::model::{ListModels, RemoveModel, ShowModel, UnloadModel};
use contract::model_server::ListModelChoices;
use contract::setting::{ChangeSetting, SettingKey};
use serde_json::json;

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::{with_any, with_any_for_long, with_running};
use crate::screen::tame;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: ModelsVerb,
}

#[derive(Debug, clap::Subcommand)]
enum ModelsVerb {
    /// List installed and recommended models
    List,
    /// Show what is known of an installed model
    Show {
        /// Its name
        model: String,
    },
    /// Download a model
    Pull(pull::Args),
    /// Delete an installed model
    Rm {
        /// Its name
        model: String,
    },
    /// Have this model answer when none is named
    Use {
        /// Its name; that of a server's model is SERVER/MODEL
        model: String,
    },
    /// List servers that bring models of their own, and how they are
    Servers,
    /// Add a server: Ollama, llama.cpp's server, vLLM, or a service on the internet
    AddServer(servers::AddArgs),
    /// Remove a server and its key
    RemoveServer {
        /// Its name
        server: String,
    },
    /// Set the order in which servers stand in for each other
    OrderServers {
        /// Their names, the first to be asked first
        #[arg(required = true)]
        servers: Vec<String>,
    },
    /// Look for servers on this device
    Find {
        /// Add what is found
        #[arg(long)]
        add: bool,
    },
    /// Give the memory of the loaded model back
    Unload,
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    match args.verb {
        ModelsVerb::List => {
            let models = with_any(scene, async |link| link.ask(ListModels {}).await).await?;
            scene
                .screen
                .show(&models, || words::list(&models, &scene.screen))
        }
        ModelsVerb::Show { model } => {
            let ask = ShowModel { name: model };
            let detail = with_any(scene, async |link| link.ask(ask).await).await?;
            scene
                .screen
                .show(&detail, || words::detail(&detail, &scene.screen))
        }
        ModelsVerb::Pull(args) => {
            with_any_for_long(scene, async |link| pull::run(link, &args, scene).await).await
        }
        ModelsVerb::Rm { model } => {
            let ask = RemoveModel {
                name: model.clone(),
            };
            with_any(scene, async |link| link.ask(ask).await).await?;
            scene.screen.show(&json!({ "removed": model }), || {
                format!("Removed {}.", tame(&model))
            })
        }
        ModelsVerb::Use { model } => choose(model, scene).await,
        ModelsVerb::Servers => servers::list(scene).await,
        ModelsVerb::AddServer(args) => servers::add(args, scene).await,
        ModelsVerb::RemoveServer { server } => servers::remove(server, scene).await,
        ModelsVerb::OrderServers { servers } => servers::order(servers, scene).await,
        ModelsVerb::Find { add } => servers::find(add, scene).await,
        ModelsVerb::Unload => {
            with_running(scene, async |link| link.ask(UnloadModel {}).await).await?;
            scene.screen.show(&json!({ "unloaded": true }), || {
                "The memory is free.".to_owned()
            })
        }
    }
}

async fn choose(model: String, scene: &Scene) -> Result<(), Failure> {
    let setting = with_any(scene, async |link| {
        // A name that does not exist is told now, not at the next question.
        let name = if model.contains('/') {
            let choices = link.ask(ListModelChoices {}).await?;
            let known = choices.models.into_iter().find(|one| one.name == model);
            let unknown = || {
                let message = format!("There is no model named {model} on a server that answers.");
                Failure::not_found(message, "Look at them: hai-net models servers")
            };
            known.ok_or_else(unknown)?.name
        } else {
            link.ask(ShowModel { name: model }).await?.model.name
        };
        let ask = ChangeSetting {
            key: SettingKey::LlmModel.spec().name.to_owned(),
            value: Some(name.into()),
        };
        link.ask(ask).await
    })
    .await?;
    scene.screen.show(&setting, || {
        format!(
            "{} answers from now on.",
            setting.value.as_str().unwrap_or_default()
        )
    })
}
