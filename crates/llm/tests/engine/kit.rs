//! What the tests share.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use llm::{
    Answering, ChatTurn, Engine, EngineSetup, EngineStatus, FinishReason, Generation, Happening,
    Model, ModelError, Overflow, Prompt, Sampling, TokenLogprob, Usage,
};

/// No answer of the starter model takes so long, also on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) fn worker() -> PathBuf {
    let name = format!("hai-net-llm{}", std::env::consts::EXE_SUFFIX);
    let folder = std::env::var_os("HAI_NET_BIN_DIR").map_or_else(
        || {
            let test = std::env::current_exe().expect("a test has a file");
            test.ancestors()
                .nth(2)
                .expect("…/debug/deps/test")
                .to_path_buf()
        },
        PathBuf::from,
    );
    let worker = folder.join(name);
    assert!(
        worker.is_file(),
        "{} is missing; `cargo build --workspace --bin hai-net-llm` makes it",
        worker.display()
    );
    worker
}

pub(crate) fn starter_model() -> PathBuf {
    let model = std::env::var_os("HAI_NET_STARTER_MODEL").map_or_else(
        || {
            let home = std::env::var_os("HOME")
                .map(PathBuf::from)
                .unwrap_or_default();
            home.join(".local/share/hai-net/models/SmolLM2-135M-Instruct.Q4_1.gguf")
        },
        PathBuf::from,
    );
    assert!(
        model.is_file(),
        "{} is missing; `cargo xtask test` fetches it",
        model.display()
    );
    model
}

pub(crate) fn setup() -> EngineSetup {
    EngineSetup {
        worker: worker(),
        slots: 4,
        context_tokens: 2048,
        // Two threads that wait for each other are slower than one while tests share the machine.
        threads: 1,
        gpu_layers: 0,
        unload_after: None,
    }
}

pub(crate) fn engine() -> (Engine, Arc<dyn Model>) {
    engine_with(setup())
}

pub(crate) fn engine_with(setup: EngineSetup) -> (Engine, Arc<dyn Model>) {
    let engine = Engine::new(setup);
    let model = engine.model("starter", &starter_model());
    (engine, model)
}

pub(crate) fn user(text: &str) -> Vec<ChatTurn> {
    vec![turn("user", text)]
}

pub(crate) fn turn(role: &str, text: &str) -> ChatTurn {
    ChatTurn {
        role: role.into(),
        text: text.into(),
    }
}

pub(crate) fn greedy(turns: Vec<ChatTurn>, tokens: u32) -> Generation {
    Generation {
        prompt: Prompt::Chat(turns),
        sampling: Sampling {
            temperature: 0.0,
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

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) logprobs: Vec<TokenLogprob>,
    pub(crate) reason: FinishReason,
    pub(crate) usage: Usage,
}

pub(crate) async fn answer(model: &Arc<dyn Model>, what: Generation) -> Answer {
    try_answer(model, what).await.expect("an answer")
}

pub(crate) async fn try_answer(
    model: &Arc<dyn Model>,
    what: Generation,
) -> Result<Answer, ModelError> {
    let mut answering = model.generate(what).await?;
    rest(&mut answering).await
}

pub(crate) async fn rest(answering: &mut Answering) -> Result<Answer, ModelError> {
    let (mut text, mut logprobs) = (String::new(), Vec::new());
    loop {
        let next = tokio::time::timeout(PATIENCE, answering.next())
            .await
            .expect("it goes on");
        match next.expect("an answer ends with its end") {
            Happening::Started { .. } => {}
            Happening::Piece {
                text: more,
                logprobs: others,
            } => {
                text.push_str(&more);
                logprobs.extend(others);
            }
            Happening::Finished { reason, usage } => {
                return Ok(Answer {
                    text,
                    logprobs,
                    reason,
                    usage,
                });
            }
            Happening::Failed(error) => return Err(error),
        }
    }
}

/// Waits until some text has come.
pub(crate) async fn first_text(answering: &mut Answering) {
    loop {
        match answering.next().await.expect("it goes on") {
            Happening::Piece { .. } => return,
            Happening::Started { .. } => {}
            other => panic!("no text came but {other:?}"),
        }
    }
}

pub(crate) async fn until(engine: &Engine, what: impl Fn(&EngineStatus) -> bool) -> EngineStatus {
    let mut status = engine.status();
    let found = tokio::time::timeout(PATIENCE, status.wait_for(|status| what(status))).await;
    found
        .expect("the status comes")
        .expect("the engine is there")
        .clone()
}

pub(crate) async fn pid_when_ready(engine: &Engine) -> u32 {
    match until(engine, |status| {
        matches!(status, EngineStatus::Ready { .. })
    })
    .await
    {
        EngineStatus::Ready { pid, .. } => pid,
        other => panic!("not ready but {other:?}"),
    }
}

/// Whether two greedy answers agree. Computing alone and computing together round differently, which
/// may decide between two tokens that are almost equally likely; behind such a place all may differ.
pub(crate) fn agree(alone: &Answer, other: &Answer) -> bool {
    const ALMOST: f32 = 0.25;
    let differs = alone
        .logprobs
        .iter()
        .zip(&other.logprobs)
        .position(|(a, b)| a.token.id != b.token.id);
    match differs {
        None => alone.text == other.text,
        Some(at) => {
            let top = &alone.logprobs[at].top;
            let second = top
                .get(1)
                .is_some_and(|second| second.id == other.logprobs[at].token.id);
            second && top[0].logprob - top[1].logprob < ALMOST
        }
    }
}

/// A greedy answer that [`agree`] can compare.
pub(crate) fn comparable(turns: Vec<ChatTurn>, tokens: u32) -> Generation {
    Generation {
        logprobs: Some(2),
        ..greedy(turns, tokens)
    }
}
