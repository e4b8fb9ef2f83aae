//! What the AI knows, for another program: it leaves only with the person's yes to exactly these words.
//!
//! The question to the person is a call like any other, so that it is asked, answered, recorded and told in
//! the same way. No model takes part.

use std::sync::Arc;

use async_trait::async_trait;
use contract::{Code, Fault};
use domain::agent::call::Labels;
use domain::agent::capability::Rights;
use domain::agent::level::Level;
use domain::agent::tree::Spawn;
use domain::agent::turn::Wanted;
use llm::{About, Answering, Embeddings, Generation, Happening, Model, ModelError};
use serde_json::json;

use super::brief::{self, Brief};
use super::desk::Start;
use super::journal::Root;
use super::{perform, tools};
use crate::house::Hub;

/// The tool that gives it away.
pub(super) const SHARE: &str = "share_memory";

/// Memories that one search gives at most.
const SHARED_MAX: u32 = 10;

/// What stands between two memories in the text that a call brings.
pub(super) const BETWEEN: &str = "\n\u{1e}\n";

/// Room that a task without a model is given; nothing is written into it.
const CONTEXT_TOKENS: u32 = 2_048;

/// Looks something up for another program, and gives what the person let out.
pub(crate) async fn share_memory(hub: &Hub, query: &str) -> Result<Vec<String>, Fault> {
    let found = perform::known(hub, query, SHARED_MAX).await;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let agent = hub.house.mint.agent();
    let brief = Brief {
        agent,
        instructions: String::new(),
        earlier: Vec::new(),
        text: format!("Another program looks up what is known about: {query}"),
        tools: tools::offered([SHARE]),
        told: Labels::from([tools::MEMORY.to_owned()]),
        must_call: false,
        context_tokens: CONTEXT_TOKENS,
    };
    let task = brief.task();
    let spawn = Spawn {
        agent,
        parent: None,
        level: Level::Admin,
        task: task.text.clone(),
        budget: brief::budget(),
        rights: Rights::of(task.tools.iter().map(|tool| tool.capability.clone())),
        call: None,
    };
    let root = Root {
        agent,
        conversation: hub.house.mint.conversation(),
        question: hub.house.mint.message(),
        answer: hub.house.mint.message(),
        model: Silent.name().to_owned(),
        is_by_program: true,
    };
    let opening = vec![Wanted {
        id: hub.house.mint.call(),
        name: SHARE.to_owned(),
        arguments: json!({ "texts": found }).to_string(),
    }];
    let start = Start { task, opening };
    let agents = &hub.house.agents;
    let mut pieces = agents.begin(root, spawn, start, Arc::new(Silent)).await?;
    let mut text = String::new();
    while let Some(happening) = pieces.recv().await {
        match happening {
            Happening::Piece { text: piece, .. } => text.push_str(&piece),
            Happening::Finished { .. } if !text.is_empty() => {
                return Ok(text.split(BETWEEN).map(str::to_owned).collect());
            }
            Happening::Finished { .. } | Happening::Failed(_) => break,
            Happening::Started { .. } => {}
        }
    }
    Err(
        Fault::refused(Code::NotAllowed, "The person did not let this out.")
            .advising("The question stands in HAI-Net's window while it waits, for 15 minutes."),
    )
}

/// A model that says nothing. Where the call was not allowed, there is nothing to say.
struct Silent;

#[async_trait]
impl Model for Silent {
    fn about(&self) -> About<'_> {
        About::embedded("none")
    }

    async fn generate(&self, _what: Generation) -> Result<Answering, ModelError> {
        Err(ModelError::Agent {
            reason: "the person did not let this out".to_owned(),
        })
    }

    async fn embed(&self, _texts: Vec<String>) -> Result<Embeddings, ModelError> {
        Err(ModelError::Closing)
    }

    async fn tokenize(&self, _text: String) -> Result<Vec<i32>, ModelError> {
        Err(ModelError::Closing)
    }
}
