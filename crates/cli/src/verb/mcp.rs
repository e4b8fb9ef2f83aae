//! `hai-net mcp`: the running hub as a server of tools for other programs.
//!
//! The program that wants it starts this one and speaks MCP with it through standard input and output. This
//! one holds nothing: each call goes to the hub through its socket, and the hub decides what may leave.

use std::path::PathBuf;

use contract::Ask;
use contract::identity::VaultState;
use contract::model::EngineView;
use contract::server::{AnswerProgram, ShareMemory};
use contract::system::{ShowStatus, StatusView};
use control::Client;
use machine::Paths;
use serde_json::{Value, json};
use tools::mcp::{Counter, Offer, serve};

use crate::args::Scene;
use crate::failure::Failure;

pub(crate) async fn run(scene: &Scene) -> Result<(), Failure> {
    let socket = Paths::new(scene.data_folder.clone())?.socket()?;
    // Whoever starts it should hear at once that there is nobody to talk to.
    drop(Client::connect(&socket).await?);
    let served = serve(HubCounter { socket }).await;
    served.map_err(|error| Failure::internal(&error))
}

/// Takes calls to the hub.
struct HubCounter {
    socket: PathBuf,
}

impl HubCounter {
    /// Asks the hub that runs now: it may have been started again since the last time.
    async fn ask<A: Ask>(&self, ask: A) -> Result<A::View, Failure> {
        let client = Client::connect(&self.socket).await?;
        Ok(client.ask(ask).await?)
    }
}

impl Counter for HubCounter {
    fn offers(&self) -> Vec<Offer> {
        let text = |field: &str, about: &str| {
            json!({
                "type": "object",
                "properties": {field: {"type": "string", "description": about}},
                "required": [field],
            })
        };
        vec![
            Offer {
                name: "chat",
                about: "Has the language model on the person's own device answer a text. It knows \
                        nothing about the person and remembers nothing of this.",
                schema: text("text", "What is to be answered."),
            },
            Offer {
                name: "memory_search",
                about: "Looks up what the person's AI knows about the person. The person is asked each \
                        time whether what was found may leave, so this can take minutes or be declined.",
                schema: text("query", "Words of what is looked for."),
            },
            Offer {
                name: "status",
                about: "Tells whether HAI-Net is ready, and with which model.",
                schema: json!({"type": "object", "properties": {}}),
            },
        ]
    }

    async fn take(&self, name: &str, arguments: &Value) -> Result<String, String> {
        let given = |field: &str| {
            let text = arguments[field].as_str().map(str::to_owned);
            text.ok_or_else(|| format!("The argument `{field}` is missing, or no text."))
        };
        let taken = match name {
            "chat" => {
                let text = given("text")?;
                let answer = self.ask(AnswerProgram { text }).await;
                answer.map(|answer| answer.text)
            }
            "memory_search" => {
                let query = given("query")?;
                let shared = self.ask(ShareMemory { query }).await;
                shared.map(|shared| match shared.texts.as_slice() {
                    [] => "Nothing is known about this.".to_owned(),
                    texts => format!("- {}", texts.join("\n- ")),
                })
            }
            _ => {
                let status = self.ask(ShowStatus {}).await;
                status.map(|status| public(&status).to_string())
            }
        };
        taken.map_err(|failure| match failure {
            Failure::Fault(fault) => format!("{} {}", fault.message, fault.advice),
            Failure::Told(_) | Failure::ReaderGone => failure.to_string(),
        })
    }
}

/// What another program may know: no folders, in whose names a person's may stand, and no numbers of what is
/// stored.
fn public(status: &StatusView) -> Value {
    json!({
        "version": status.version,
        "running_for_minutes": status.uptime.0 / 60_000,
        "model": status.model,
        "engine": match &status.engine {
            EngineView::Asleep => "asleep, and started by the next question",
            EngineView::Starting | EngineView::Loading { .. } => "starting",
            EngineView::Ready { .. } => "ready",
            EngineView::Failed { .. } => "failed",
        },
        "locked": status.vault == VaultState::Locked,
    })
}
