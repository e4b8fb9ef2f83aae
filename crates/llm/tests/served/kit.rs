//! What the tests share.

use std::net::SocketAddr;
use std::sync::Once;
use std::time::Duration;

use guardian::{Cleared, Guardian, Home, Labelled, Provenance};
use llm::served::{Flavour, Server, ServerAddress, ServerKind};
use llm::tools::{Tool, ToolChoice, Toolbox};
use llm::{
    Answering, ChatTurn, FinishReason, Generation, Happening, ModelError, Overflow, Prompt,
    Sampling, Usage,
};
use serde_json::{Value, json};

/// No answer of these servers takes so long, also on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// The server on this port.
pub(crate) fn server(kind: ServerKind, address: SocketAddr) -> Server {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Another test of this process may have done it.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    });
    let address = ServerAddress::read(&format!("http://{address}"), false).expect("loopback");
    Server::new("there", kind, &address, None).expect("a client")
}

pub(crate) fn turn(role: &str, text: &str) -> ChatTurn {
    ChatTurn {
        role: role.into(),
        text: text.into(),
    }
}

pub(crate) fn question(turns: Vec<ChatTurn>, tokens: u32) -> Generation {
    Generation {
        prompt: Prompt::Chat(turns),
        sampling: Sampling {
            temperature: 0.0,
            seed: Some(7),
            ..Sampling::default()
        },
        constraint: None,
        tokens_max: Some(tokens),
        stop: Vec::new(),
        logprobs: None,
        overflow: Overflow::Stop,
        holds_private: false,
        is_whole: false,
    }
}

pub(crate) fn with_weather(mut what: Generation, choice: ToolChoice) -> Generation {
    let weather = Tool {
        name: "weather".into(),
        description: "Tells the weather of a city.".into(),
        parameters: json!({"type": "object", "properties": {"city": {"type": "string", "maxLength": 20}},
            "required": ["city"], "additionalProperties": false}),
    };
    let toolbox = Toolbox {
        tools: vec![weather],
        choice,
        several: false,
    };
    toolbox.put_into(&mut what);
    what
}

/// Cleared for this device.
pub(crate) fn cleared(words: Value) -> Cleared<Value> {
    let words = Labelled::new(words, Provenance::Message);
    let cleared = Guardian::default().clear_at_home(&words, Home::ThisDevice);
    cleared.expect("nothing is kept from this device")
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) reason: FinishReason,
    pub(crate) usage: Usage,
}

pub(crate) async fn begin(
    server: &Server,
    flavour: Flavour,
    what: Generation,
) -> Result<Answering, ModelError> {
    let question = server.question(what, flavour)?;
    let words = cleared(question.words);
    server.ask("tiny", words, question.manner).await
}

pub(crate) async fn answer(
    server: &Server,
    flavour: Flavour,
    what: Generation,
) -> Result<Answer, ModelError> {
    let mut answering = begin(server, flavour, what).await?;
    let mut text = String::new();
    let whole = async {
        while let Some(happening) = answering.next().await {
            match happening {
                Happening::Started { .. } => {}
                Happening::Piece { text: more, .. } => text.push_str(&more),
                Happening::Finished { reason, usage } => return Ok((reason, usage)),
                Happening::Failed(error) => return Err(error),
            }
        }
        panic!("an answer ends with a word");
    };
    let (reason, usage) = tokio::time::timeout(PATIENCE, whole)
        .await
        .expect("in time")?;
    Ok(Answer {
        text,
        reason,
        usage,
    })
}
