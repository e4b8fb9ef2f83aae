//! Answers that come as a whole, for programs that do not read along.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use llm::served::{Flavour, Server, ServerKind};
use llm::tools::{Bit, Reader, ToolChoice};
use llm::{FinishReason, Generation, Happening, ModelError};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::kit::{PATIENCE, answer, begin, question, server, turn, with_weather};

/// A server that says this to every question, and what it was asked.
async fn says(kind: ServerKind, answer: Value) -> (Server, Arc<Mutex<Vec<Value>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let told = State(Arc::clone(&asked));
    let chat = async move |State(asked): State<Arc<Mutex<Vec<Value>>>>,
                           Json(question): Json<Value>| {
        asked.lock().expect("no panic").push(question);
        Json(answer)
    };
    let router = Router::new()
        .route("/v1/chat/completions", post(chat.clone()))
        .route("/api/chat", post(chat))
        .with_state(told.0);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move { axum::serve(listener, router).await });
    (server(kind, address), asked)
}

fn whole() -> Generation {
    let mut asked = question(vec![turn("user", "hi")], 20);
    asked.is_whole = true;
    asked
}

fn completion(message: &Value, reason: &str) -> Value {
    json!({"id": "1", "object": "chat.completion", "choices": [
        {"index": 0, "finish_reason": reason, "message": message}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17}})
}

#[tokio::test]
async fn openai_server_is_asked_for_one_piece_and_its_answer_reads_like_a_stream() {
    let message = json!({"role": "assistant", "content": "Bread.", "reasoning_content": "Food?"});
    let (client, asked) = says(ServerKind::OpenAi, completion(&message, "length")).await;
    let said = answer(&client, Flavour::Vllm, whole())
        .await
        .expect("an answer");
    assert_eq!(said.text, "<think>\nFood?\n</think>\n\nBread.");
    assert_eq!(said.reason, FinishReason::Length);
    assert_eq!(
        (said.usage.prompt_tokens, said.usage.completion_tokens),
        (12, 5)
    );
    assert!(said.usage.decode_us > 0, "{said:?}");
    let asked = asked.lock().expect("no panic");
    assert_eq!(asked[0]["stream"], false);
    assert_eq!(asked[0].get("stream_options"), None, "it is refused there");
}

#[tokio::test]
async fn calls_of_a_whole_answer_are_calls() {
    let call = json!({"id": "c", "type": "function", "function":
        {"name": "weather", "arguments": "{\"city\": \"Rome\"}"}});
    let message = json!({"role": "assistant", "content": null, "tool_calls": [call]});
    let (client, _) = says(ServerKind::OpenAi, completion(&message, "tool_calls")).await;
    let asked = with_weather(whole(), ToolChoice::Auto);
    let said = answer(&client, Flavour::Vllm, asked)
        .await
        .expect("an answer");
    let mut reader = Reader::default();
    let bits = reader.push(&said.text);
    assert!(
        bits.contains(&Bit::CallBegins("weather".into())) && bits.contains(&Bit::CallEnds),
        "{said:?}"
    );
}

#[tokio::test]
async fn ollama_is_asked_for_one_piece_too() {
    let line = json!({"model": "m", "message": {"role": "assistant", "content": "Bread."},
        "done": true, "done_reason": "stop", "prompt_eval_count": 12, "eval_count": 5});
    let (client, asked) = says(ServerKind::Ollama, line).await;
    let said = answer(&client, Flavour::Other, whole())
        .await
        .expect("an answer");
    assert_eq!(
        (said.text.as_str(), said.reason),
        ("Bread.", FinishReason::Stop)
    );
    assert_eq!(asked.lock().expect("no panic")[0]["stream"], false);
}

#[tokio::test]
async fn whole_answer_without_an_end_or_with_an_error_is_no_answer() {
    for wrong in [
        json!({"choices": [{"index": 0, "message": {"content": "Half of i"}}]}),
        json!({"error": {"message": "out of memory"}}),
        json!([]),
        json!("fine"),
    ] {
        let (client, _) = says(ServerKind::OpenAi, wrong.clone()).await;
        let error = answer(&client, Flavour::Vllm, whole()).await;
        assert!(
            matches!(error, Err(ModelError::ServerBrokeOff { .. })),
            "{wrong}: {error:?}"
        );
    }
    let unfinished = json!({"message": {"content": "Half of i"}, "done": false});
    let (client, _) = says(ServerKind::Ollama, unfinished).await;
    let error = answer(&client, Flavour::Other, whole()).await;
    assert!(
        matches!(error, Err(ModelError::ServerBrokeOff { .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn all_of_a_whole_answer_has_happened_and_whoever_goes_before_ends_the_connection() {
    let message = json!({"role": "assistant", "content": "Bread."});
    let (client, _) = says(ServerKind::OpenAi, completion(&message, "stop")).await;
    let mut answering = begin(&client, Flavour::Vllm, whole())
        .await
        .expect("an answer");
    assert!(answering.is_whole());
    let mut heard = Vec::new();
    while let Some(happening) = answering.next_now() {
        heard.push(happening);
    }
    assert!(
        matches!(
            heard.as_slice(),
            [
                Happening::Started { .. },
                Happening::Piece { .. },
                Happening::Finished { .. }
            ]
        ),
        "{heard:?}"
    );

    // A server that never answers notices that nobody waits.
    let (gone, mut noticed) = mpsc::unbounded_channel();
    let slow = async move |State(gone): State<mpsc::UnboundedSender<()>>| {
        let _tell = Tell(gone);
        tokio::time::sleep(PATIENCE).await;
        StatusCode::OK
    };
    let router = Router::new()
        .route("/v1/chat/completions", post(slow))
        .with_state(gone);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = server(ServerKind::OpenAi, address);
    let asking = begin(&client, Flavour::Vllm, whole());
    let none = tokio::time::timeout(Duration::from_millis(300), asking).await;
    assert!(none.is_err(), "it waits for the whole");
    let noticed = tokio::time::timeout(PATIENCE / 4, noticed.recv()).await;
    assert_eq!(noticed, Ok(Some(())));
}

/// Tells when it is dropped.
struct Tell(mpsc::UnboundedSender<()>);

impl Drop for Tell {
    fn drop(&mut self) {
        // The test may be over.
        let _ = self.0.send(());
    }
}
