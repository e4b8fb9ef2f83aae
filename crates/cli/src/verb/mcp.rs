//! `hai-net mcp`: the running hub as a server of tools for other programs.
//!
//! The program that wants it starts this one and speaks MCP with it through standard input and output. This
//! one holds nothing: each call goes to the hub through its socket, and the hub decides what may leave.

use contract::identity::VaultState;
use contract::model::EngineView;
use contract::server::{AnswerProgram, ShareMemory};
use contract::system::{ShowStatus, StatusView};
use serde_json::{Value, json};
use tools::mcp::{Counter, Offer, serve};

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::{Link, with_running};

pub(crate) async fn run(scene: Scene) -> Result<(), Failure> {
    // Whoever starts it should hear at once that there is nobody to talk to.
    drop(Link::running(&scene).await?);
    let served = serve(HubCounter { scene }).await;
    served.map_err(|error| Failure::internal(&error))
}

/// Takes calls to the hub.
struct HubCounter {
    scene: Scene,
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
                let ask = AnswerProgram {
                    text: given("text")?,
                };
                let answer = with_running(&self.scene, async |link| link.ask(ask).await).await;
                answer.map(|answer| answer.text)
            }
            "memory_search" => {
                let ask = ShareMemory {
                    query: given("query")?,
                };
                let shared = with_running(&self.scene, async |link| link.ask(ask).await).await;
                shared.map(|shared| match shared.texts.as_slice() {
                    [] => "Nothing is known about this.".to_owned(),
                    texts => format!("- {}", texts.join("\n- ")),
                })
            }
            _ => {
                let status =
                    with_running(&self.scene, async |link| link.ask(ShowStatus {}).await).await;
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
