//! Servers that are busy, broken, slow, or lead elsewhere.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use guardian::{Guardian, Labelled, Memory, Provenance};
use llm::Happening;
use llm::ModelError;
use llm::served::{ApiKey, Flavour, Server, ServerAddress, ServerKind};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::kit::{answer, begin, cleared, question, server, turn};

/// A server that answers the nth connection with the nth of these texts, and tells what it was sent and
/// when its client went away.
async fn scripted(replies: Vec<String>) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it is bound");
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let count = Arc::new(AtomicUsize::new(0));
        let replies = Arc::new(replies);
        while let Ok((stream, _)) = listener.accept().await {
            let (tell, replies, count) = (tell.clone(), Arc::clone(&replies), Arc::clone(&count));
            tokio::spawn(async move {
                serve(stream, &replies, &count, &tell).await;
            });
        }
    });
    (address, told)
}

async fn serve(
    mut stream: TcpStream,
    replies: &[String],
    count: &AtomicUsize,
    tell: &mpsc::UnboundedSender<String>,
) {
    let mut asked = String::new();
    let mut buffer = [0; 4096];
    while !asked.contains("\r\n\r\n") || !(asked.ends_with('}') || asked.starts_with("GET")) {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => asked.push_str(&String::from_utf8_lossy(&buffer[..count])),
        }
    }
    let _ = tell.send(asked);
    let number = count.fetch_add(1, Ordering::SeqCst);
    let reply = &replies[number.min(replies.len() - 1)];
    let _ = stream.write_all(reply.as_bytes()).await;
    if reply.contains("content-length") || reply.contains("connection: close") {
        return;
    }
    // Goes on being silent, until the client is gone.
    while !matches!(stream.read(&mut buffer).await, Ok(0) | Err(_)) {}
    let _ = tell.send("gone".to_owned());
}

fn busy(status: &str, more: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{more}content-length: 2\r\nconnection: close\r\n\r\n{{}}")
}

fn stream(events: &[&str]) -> String {
    let mut text =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
            .to_owned();
    for event in events {
        text.push_str(&format!("data: {event}\n\n"));
    }
    text
}

fn hello() -> llm::Generation {
    question(vec![turn("user", "hi")], 5)
}

const FINE: [&str; 3] = [
    r#"{"choices":[{"index":0,"delta":{"content":"hi"}}]}"#,
    r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
    "[DONE]",
];

#[tokio::test]
async fn busy_server_is_asked_again_when_it_says() {
    let replies = vec![
        busy("429 Too Many Requests", "retry-after: 1\r\n"),
        busy("503 Service Unavailable", ""),
        stream(&FINE),
    ];
    let (address, _told) = scripted(replies).await;
    let client = server(ServerKind::OpenAi, address);
    let begun = Instant::now();
    let said = answer(&client, Flavour::Vllm, hello())
        .await
        .expect("an answer");
    assert_eq!(said.text, "hi");
    assert!(
        begun.elapsed() >= Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn server_that_is_busy_for_long_is_told_as_busy_with_its_own_time() {
    let (address, _told) =
        scripted(vec![busy("429 Too Many Requests", "retry-after: 120\r\n")]).await;
    let client = server(ServerKind::OpenAi, address);
    let error = answer(&client, Flavour::Vllm, hello())
        .await
        .expect_err("busy");
    let expected = ModelError::ServerBusy {
        server: "there".into(),
        retry_after_s: Some(120),
    };
    assert_eq!(error, expected);
}

#[tokio::test]
async fn dropped_answer_closes_the_connection() {
    let silent = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
    let (address, mut told) = scripted(vec![silent.to_owned()]).await;
    let client = server(ServerKind::OpenAi, address);
    let mut answering = begin(&client, Flavour::Vllm, hello())
        .await
        .expect("it begins");
    while !matches!(answering.next().await, Some(Happening::Piece { .. })) {}
    told.recv().await.expect("it was asked");
    drop(answering);
    let gone = tokio::time::timeout(Duration::from_secs(5), told.recv()).await;
    assert_eq!(gone.expect("at once").as_deref(), Some("gone"));
}

#[tokio::test]
async fn many_questions_are_under_way_together() {
    let (address, mut told) = scripted(vec!["HTTP/1.1 200 OK\r\n\r\n".to_owned()]).await;
    let client = server(ServerKind::OpenAi, address);
    let all = (0..20).map(|_| begin(&client, Flavour::Vllm, hello()));
    let under_way = futures::future::join_all(all).await;
    for _ in 0..20 {
        let asked = tokio::time::timeout(Duration::from_secs(5), told.recv()).await;
        assert!(
            asked
                .expect("at once")
                .is_some_and(|asked| asked.contains("hi"))
        );
    }
    assert!(under_way.iter().all(Result::is_ok));
}

#[tokio::test]
async fn error_event_and_early_end_are_errors() {
    let error = r#"{"error":{"message":"out of memory","type":"server_error"}}"#;
    for (events, word) in [
        (vec![FINE[0], error], "out of memory"),
        (vec![FINE[0]], "mid-answer"),
        (vec![FINE[0], "{nonsense"], "no JSON"),
        (
            vec![r#"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#],
            "content_filter",
        ),
    ] {
        let (address, _told) = scripted(vec![stream(&events)]).await;
        let client = server(ServerKind::OpenAi, address);
        let error = answer(&client, Flavour::Other, hello())
            .await
            .expect_err("it broke off");
        assert!(
            matches!(&error, ModelError::ServerBrokeOff { reason, .. } if reason.contains(word)),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn refusal_is_told_in_the_servers_own_words() {
    let body = r#"{"error":{"message":"The model `x` does not exist"}}"#;
    let reply = format!(
        "HTTP/1.1 404 Not Found\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let (address, _told) = scripted(vec![reply]).await;
    let client = server(ServerKind::OpenAi, address);
    let error = answer(&client, Flavour::Other, hello())
        .await
        .expect_err("refused");
    assert!(
        matches!(&error, ModelError::ServerRefused { status: 404, reason, .. } if reason.contains("does not exist")),
        "{error:?}"
    );
}

#[tokio::test]
async fn redirect_is_not_followed_so_that_nobody_is_led_inside() {
    let (inside, mut reached) = scripted(vec![stream(&FINE)]).await;
    let lead = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{inside}/v1/chat/completions\r\ncontent-length: 0\r\n\r\n"
    );
    let (address, _told) = scripted(vec![lead]).await;
    let client = server(ServerKind::OpenAi, address);
    let error = answer(&client, Flavour::Other, hello())
        .await
        .expect_err("led away");
    assert!(
        matches!(error, ModelError::ServerRefused { status: 307, .. }),
        "{error:?}"
    );
    assert!(reached.try_recv().is_err(), "nobody came");
}

#[tokio::test]
async fn what_was_cleared_for_home_does_not_go_elsewhere() {
    let elsewhere = ServerAddress::read("https://models.example/v1", false).expect("an address");
    let _ = server(
        ServerKind::OpenAi,
        "127.0.0.1:1".parse().expect("an address"),
    );
    let client = Server::new("far", ServerKind::OpenAi, &elsewhere, None).expect("a client");
    let asked = client.question(hello(), Flavour::Other).expect("words");
    let error = client
        .ask("m", cleared(asked.words), asked.manner)
        .await
        .expect_err("kept in");
    assert!(matches!(error, ModelError::KeptIn { .. }), "{error:?}");
}

#[tokio::test]
async fn name_that_leads_into_the_house_is_not_connected_to() {
    // `localhost.` in another spelling would be caught when it is read; this one only when it is looked up.
    let named = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let address = format!("https://{}:9", named.trim());
    let Ok(elsewhere) = ServerAddress::read(&address, false) else {
        return;
    };
    let _ = server(
        ServerKind::OpenAi,
        "127.0.0.1:1".parse().expect("an address"),
    );
    let client = Server::new("far", ServerKind::OpenAi, &elsewhere, None).expect("a client");
    let error = client
        .look(Duration::from_secs(10))
        .await
        .expect_err("it is inside");
    let text = error.to_string();
    assert!(
        text.contains("is not where this server is said to be") || text.contains("is not known"),
        "{text}"
    );
}

#[tokio::test]
async fn key_goes_to_the_server_and_into_no_text() {
    let (address, mut told) = scripted(vec![stream(&FINE)]).await;
    let _ = server(ServerKind::OpenAi, address);
    let place = ServerAddress::read(&format!("http://{address}"), false).expect("loopback");
    let key = ApiKey::new("sk-very-secret");
    assert_eq!(format!("{key:?}"), "ApiKey(…)");
    let client = Server::new("there", ServerKind::OpenAi, &place, Some(key)).expect("a client");
    assert!(!format!("{client:?}").contains("very-secret"));
    answer(&client, Flavour::Other, hello())
        .await
        .expect("an answer");
    let asked = told.recv().await.expect("it was asked");
    assert!(asked.contains("Bearer sk-very-secret"), "{asked}");
}

#[tokio::test]
async fn masked_question_goes_out_masked() {
    let (address, mut told) = scripted(vec![stream(&FINE)]).await;
    let client = server(ServerKind::OpenAi, address);
    let mail = question(vec![turn("user", "Write to anna.kern@example.org")], 5);
    let asked = client.question(mail, Flavour::Other).expect("words");
    let words = Labelled::new(asked.words, Provenance::Message);
    let mut memory = Memory::new();
    let cleared = Guardian::default().clear_request(&words, &asked.said, &mut memory);
    let cleared = cleared.expect("a mask is enough");
    let mut answering = client
        .ask("m", cleared, asked.manner)
        .await
        .expect("it begins");
    while answering.next().await.is_some() {}
    let sent = told.recv().await.expect("it was asked");
    assert!(
        sent.contains("[EMAIL_1]") && !sent.contains("anna.kern"),
        "{sent}"
    );
    assert_eq!(memory.restore("to [EMAIL_1]"), "to anna.kern@example.org");
    let body: serde_json::Value =
        serde_json::from_str(sent.split("\r\n\r\n").last().unwrap_or_default()).expect("JSON");
    assert_eq!(
        body["messages"][0]["role"],
        json!("user"),
        "nothing else was masked: {body}"
    );
}
