//! Ollama as its API is documented: lines of JSON, letters that two packets share, errors in mid-stream,
//! calls of tools.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use llm::served::{Flavour, Server, ServerKind};
use llm::tools::ToolChoice;
use llm::{FinishReason, Happening, ModelError, Prompt};
use serde_json::{Value, json};

use crate::kit::{answer, begin, cleared, question, server, turn, with_weather};

/// What the Ollama of a test was asked, and what it says.
#[derive(Default)]
struct Ollama {
    asked: Mutex<Vec<Value>>,
    says: Mutex<Vec<Vec<u8>>>,
}

async fn start(says: Vec<Vec<u8>>) -> (Server, Arc<Ollama>, SocketAddr) {
    let ollama = Arc::new(Ollama {
        says: Mutex::new(says),
        ..Ollama::default()
    });
    let tags =
        || async { Json(json!({"models": [{"name": "llama3.2:latest"}, {"name": "all-minilm"}]})) };
    let vectors =
        || async { Json(json!({"embeddings": [[3.0, 4.0], [0.0, 2.0]], "prompt_eval_count": 5})) };
    let router = Router::new()
        .route("/api/tags", get(tags))
        .route("/api/embed", post(vectors))
        .route("/api/chat", post(chat))
        .route("/api/generate", post(chat))
        .with_state(Arc::clone(&ollama));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move { axum::serve(listener, router).await });
    (server(ServerKind::Ollama, address), ollama, address)
}

async fn chat(State(ollama): State<Arc<Ollama>>, Json(asked): Json<Value>) -> impl IntoResponse {
    ollama.asked.lock().expect("no panic").push(asked);
    let says = ollama.says.lock().expect("no panic").clone();
    let packets = futures::stream::unfold(says.into_iter(), |mut says| async move {
        let next = says.next()?;
        // Apart, so that each is a packet of its own.
        tokio::time::sleep(Duration::from_millis(15)).await;
        Some((Ok::<_, Infallible>(Bytes::from(next)), says))
    });
    (
        [("content-type", "application/x-ndjson")],
        Body::from_stream(packets),
    )
}

fn line(value: &Value) -> Vec<u8> {
    format!("{value}\n").into_bytes()
}

fn said(text: &str) -> Value {
    json!({"model": "m", "message": {"role": "assistant", "content": text}, "done": false})
}

fn done() -> Value {
    json!({"model": "m", "message": {"role": "assistant", "content": ""}, "done": true,
        "done_reason": "stop", "prompt_eval_count": 12, "eval_count": 5})
}

#[tokio::test]
async fn letters_that_two_packets_share_come_whole_wherever_they_are_cut() {
    let whole = [
        line(&said("Grüße aus ")),
        line(&said("東京 🗼")),
        line(&done()),
    ]
    .concat();
    for size in [1, 2, 3, 5, 64] {
        let packets = whole.chunks(size).map(<[u8]>::to_vec).collect();
        let (client, _, _) = start(packets).await;
        let asked = question(vec![turn("user", "hi")], 20);
        let answer = answer(&client, Flavour::Other, asked)
            .await
            .expect("an answer");
        assert_eq!(answer.text, "Grüße aus 東京 🗼", "in packets of {size}");
        assert_eq!(
            (answer.usage.prompt_tokens, answer.usage.completion_tokens),
            (12, 5)
        );
        assert_eq!(answer.reason, FinishReason::Stop);
    }
}

#[tokio::test]
async fn error_in_mid_stream_is_told_and_not_swallowed() {
    let error = json!({"error": "an error was encountered while running the model: CUDA error"});
    let (client, _, _) = start(vec![line(&said("Once")), line(&error)]).await;
    let asked = question(vec![turn("user", "hi")], 20);
    let mut answering = begin(&client, Flavour::Other, asked)
        .await
        .expect("it begins");
    let mut heard = Vec::new();
    while let Some(happening) = answering.next().await {
        heard.push(happening);
    }
    let [
        Happening::Started { .. },
        Happening::Piece { text, .. },
        Happening::Failed(error),
    ] = heard.as_slice()
    else {
        panic!("{heard:?}")
    };
    assert_eq!(text, "Once");
    assert!(error.to_string().contains("CUDA error"), "{error}");
}

#[tokio::test]
async fn stream_that_ends_early_or_in_mid_line_is_an_error_and_no_short_answer() {
    let mut half = line(&said("twice"));
    half.truncate(20);
    for packets in [
        vec![line(&said("Once"))],
        vec![line(&said("Once")), half],
        vec![b"<html>\n".to_vec()],
    ] {
        let (client, _, _) = start(packets).await;
        let asked = question(vec![turn("user", "hi")], 20);
        let error = answer(&client, Flavour::Other, asked)
            .await
            .expect_err("it broke off");
        assert!(
            matches!(error, ModelError::ServerBrokeOff { .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn calls_of_tools_come_between_the_marks_of_the_engine_within() {
    let calls = json!({"message": {"role": "assistant", "content": "", "tool_calls": [
        {"function": {"name": "weather", "arguments": {"city": "Paris"}}}]}, "done": false});
    let (client, ollama, _) = start(vec![line(&calls), line(&done())]).await;
    let history = vec![
        turn("system", "Be kind."),
        turn("user", "And in Rome?"),
        turn(
            "assistant",
            "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Rome\"}}\n</tool_call>",
        ),
        turn("tool", "sunny"),
    ];
    let asked = with_weather(question(history, 20), ToolChoice::Auto);
    let said = answer(&client, Flavour::Other, asked)
        .await
        .expect("an answer");
    let call =
        "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\":\"Paris\"}}\n</tool_call>";
    assert_eq!(said.text, call);
    let asked = ollama.asked.lock().expect("no panic").remove(0);
    assert_eq!(asked["tools"][0]["function"]["name"], "weather");
    assert_eq!(
        asked["messages"][0]["content"], "Be kind.",
        "tools are not told twice"
    );
    let called = &asked["messages"][2]["tool_calls"][0]["function"];
    assert_eq!(called["arguments"], json!({"city": "Rome"}));
    assert_eq!(asked["messages"][3]["tool_name"], "weather");
    assert_eq!(
        (&asked["model"], &asked["stream"]),
        (&json!("tiny"), &json!(true))
    );
}

#[tokio::test]
async fn call_that_must_come_is_had_by_the_shape_of_the_answer() {
    let parts = [
        "{\"name\":\"weather\",",
        "\"arguments\":{\"city\":\"Paris\"}}",
    ];
    let packets = parts
        .iter()
        .map(|part| line(&said(part)))
        .chain([line(&done())]);
    let (client, ollama, _) = start(packets.collect()).await;
    let asked = with_weather(question(vec![turn("user", "hi")], 20), ToolChoice::Required);
    let said = answer(&client, Flavour::Other, asked)
        .await
        .expect("an answer");
    assert_eq!(
        said.text,
        "<tool_call>{\"name\":\"weather\",\"arguments\":{\"city\":\"Paris\"}}</tool_call>"
    );
    let asked = ollama.asked.lock().expect("no panic").remove(0);
    assert!(
        asked["format"]["properties"]["name"]["const"] == "weather",
        "{asked}"
    );
    let told = asked["messages"][0]["content"].as_str().unwrap_or_default();
    assert!(
        told.contains("weather"),
        "the model is told what it may call: {told}"
    );
}

#[tokio::test]
async fn models_vectors_and_plain_texts_are_had_too() {
    let text = json!({"response": "four", "done": false});
    let end = json!({"response": "", "done": true, "done_reason": "length", "eval_count": 1});
    let (client, ollama, _) = start(vec![line(&text), line(&end)]).await;
    let seen = client
        .look(Duration::from_secs(5))
        .await
        .expect("it answers");
    assert_eq!(seen.models, ["llama3.2:latest", "all-minilm"]);
    let words = client.embedding_words(&["a".into(), "b".into()]);
    let made = client
        .embed("all-minilm", cleared(words))
        .await
        .expect("vectors");
    assert_eq!(made.vectors, [[0.6, 0.8], [0.0, 1.0]], "each of length 1");
    let mut plain = question(Vec::new(), 1);
    plain.prompt = Prompt::Text("One, two, three,".into());
    let said = answer(&client, Flavour::Other, plain)
        .await
        .expect("a text");
    assert_eq!(
        (said.text.as_str(), said.reason),
        ("four", FinishReason::Length)
    );
    assert_eq!(ollama.asked.lock().expect("no panic")[0]["raw"], true);
    let tokens = client
        .tokenize("m", cleared(client.tokens_words("x")), Flavour::Other)
        .await;
    assert!(
        tokens.is_err(),
        "Ollama tells no tokens, and nothing is made up"
    );
}
