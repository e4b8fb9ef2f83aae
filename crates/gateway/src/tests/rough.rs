//! Clients that are broken, slow or hostile below the level of routes.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::AsyncWriteExt;

use super::support::{House, SESSION, TOKEN, request, say};
use crate::body::BODY_BYTES_MAX;

#[tokio::test]
async fn contradicting_lengths_are_refused_and_the_connection_ends() {
    let house = House::open().await;
    let at = house.address();
    for lines in [
        "content-length: 2\r\ncontent-length: 3\r\n",
        "content-length: +2\r\n",
        "content-length: 2, 3\r\n",
        "content-length: x\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding: xchunked\r\n",
    ] {
        let mut line = house.line().await;
        let hidden = format!("GET /health HTTP/1.1\r\nhost: {at}\r\n\r\n");
        line.send(&format!(
            "POST /health HTTP/1.1\r\nhost: {at}\r\n{lines}\r\n{{}}{hidden}"
        ))
        .await;
        let reply = line.try_reply("POST").await;
        assert!(reply.is_none_or(|reply| reply.status == 400), "{lines}");
        assert!(
            line.try_reply("GET").await.is_none(),
            "nothing more is read after {lines}"
        );
    }
}

#[tokio::test]
async fn chunked_body_wins_over_a_length_and_its_end_is_kept() {
    let house = House::open().await;
    let at = house.address();
    let mut line = house.line().await;
    line.send(&format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {at}\r\nauthorization: Bearer {TOKEN}\r\n\
         content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
    ))
    .await;
    let reply = line.reply("POST").await;
    assert_eq!(
        reply.json()["error"]["param"],
        "messages",
        "the body was the two bytes of the chunk"
    );
}

#[tokio::test]
async fn head_without_end_or_with_too_many_lines_is_refused() {
    let house = House::open().await;
    let long = format!("x-long: {}\r\n", "a".repeat(200 * 1024));
    let many: String = (0..500).map(|n| format!("x-{n}: y\r\n")).collect();
    for lines in [long, many] {
        let mut line = house.line().await;
        let text = request(house.address(), "GET", "/health", &lines, "");
        // The gateway may close before everything is sent.
        let _ = line.stream.write_all(text.as_bytes()).await;
        let status = line.try_reply("GET").await.map(|reply| reply.status);
        assert!(matches!(status, None | Some(431)), "got {status:?}");
    }
    assert_eq!(
        house.send("GET", "/health", "", "").await.status,
        200,
        "others go on"
    );
}

#[tokio::test]
async fn what_is_no_http_ends_the_connection_and_nothing_else() {
    let house = House::open().await;
    for bytes in [
        "\u{16}\u{3}\u{1}\u{2}\0",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET\r\n\r\n",
    ] {
        let mut line = house.line().await;
        line.send(bytes).await;
        line.stream.shutdown().await.expect("open");
        let reply = line.try_reply("GET").await;
        assert!(reply.is_none_or(|reply| reply.status >= 400), "{bytes:?}");
    }
    assert_eq!(house.send("GET", "/health", "", "").await.status, 200);
}

#[tokio::test]
async fn head_that_comes_byte_by_byte_loses_its_connection_after_the_patience() {
    let house = House::open().await;
    let mut line = house.line().await;
    let began = Instant::now();
    line.send("GET /health HTTP/1.1\r\nhost: 127").await;
    assert!(line.closed().await);
    let took = began.elapsed();
    assert!(
        took >= Duration::from_secs(14),
        "closed already after {took:?}"
    );
    assert!(took < Duration::from_secs(19), "closed only after {took:?}");
}

#[tokio::test]
async fn body_over_the_limit_is_refused_with_an_error_object() {
    let house = House::open().await;
    let lines = format!("authorization: Bearer {TOKEN}\r\n");
    let text = "x".repeat(BODY_BYTES_MAX + 1);
    let mut line = house.line().await;
    let whole = request(
        house.address(),
        "POST",
        "/v1/chat/completions",
        &lines,
        &text,
    );
    let (reply, ()) = tokio::join!(
        async {
            let (mut reader, mut writer) = line.stream.split();
            let _ = writer.write_all(whole.as_bytes()).await;
            let mut bytes = vec![0; 4096];
            let count = tokio::io::AsyncReadExt::read(&mut reader, &mut bytes)
                .await
                .unwrap_or(0);
            String::from_utf8_lossy(&bytes[..count]).into_owned()
        },
        async {}
    );
    assert!(reply.starts_with("HTTP/1.1 413 "), "{reply}");
    assert!(reply.contains("\"code\":\"body_too_large\""), "{reply}");
}

#[tokio::test]
async fn largest_document_of_the_signed_in_page_fits_and_no_program_gets_so_much_room() {
    let house = House::open().await;
    let lines = format!(
        "cookie: hai_net_session={SESSION}\r\nx-hai-net: 1\r\ncontent-type: application/json\r\n"
    );
    let bytes = usize::try_from(contract::memory::DOCUMENT_BYTES_MAX).expect("it fits");
    let content = "A".repeat(bytes.div_ceil(3) * 4);
    let ask = json!({"ask": "AddDocument", "with": {"name": "a.txt", "content": content}});
    let reply = house
        .send("POST", "/ui/ask", &lines, &ask.to_string())
        .await;
    assert_eq!(reply.status, 200, "{reply:?}");
}

#[tokio::test]
async fn body_is_not_read_before_the_guard_has_let_the_request_in() {
    let house = House::open().await;
    let mut line = house.line().await;
    let at = house.address();
    line.send(&format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {at}\r\ncontent-length: 1000000\r\n\r\n{{"
    ))
    .await;
    let (status, _) = line.head().await.expect("an answer before the body");
    assert_eq!(status, 401);
}

#[tokio::test]
async fn connection_too_many_hears_so_at_once_and_gets_in_when_one_leaves() {
    let house = House::open().await;
    let mut lines = Vec::new();
    for _ in 0..256 {
        let mut line = house.line().await;
        line.send(&request(house.address(), "GET", "/health", "", ""))
            .await;
        assert_eq!(line.reply("GET").await.status, 200);
        lines.push(line);
    }
    let mut extra = house.line().await;
    let (status, head) = extra.head().await.expect("words of refusal");
    assert_eq!(status, 503);
    assert!(head.contains("retry-after"), "{head}");
    drop(lines);
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let mut line = house.line().await;
        line.send(&request(house.address(), "GET", "/health", "", ""))
            .await;
        if line
            .try_reply("GET")
            .await
            .is_some_and(|reply| reply.status == 200)
        {
            break;
        }
        assert!(Instant::now() < deadline, "places come free");
    }
}

#[tokio::test]
async fn closing_ends_idle_connections_and_watches_at_once_and_cuts_answers_after_the_patience() {
    let house = House::open().await;
    let mut idle = house.line().await;
    idle.send(&request(house.address(), "GET", "/health", "", ""))
        .await;
    assert_eq!(idle.reply("GET").await.status, 200);
    let mut answer = house.line().await;
    let lines = format!("authorization: Bearer {TOKEN}\r\n");
    let body = say("forever", &json!({"stream": true})).to_string();
    answer
        .send(&request(
            house.address(),
            "POST",
            "/v1/chat/completions",
            &lines,
            &body,
        ))
        .await;
    answer.until(b"\"x\"").await.expect("the answer has begun");
    let began = Instant::now();
    house.hall.closing.cancel();
    assert!(idle.closed().await);
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "an idle connection has nothing to wait for"
    );
    assert!(
        tokio::net::TcpStream::connect(house.address())
            .await
            .is_err(),
        "no new connections"
    );
    house.serving.ended().await;
    let took = began.elapsed();
    assert!(
        took < Duration::from_secs(8),
        "an endless answer does not keep us: {took:?}"
    );
    assert!(answer.closed().await);
}
