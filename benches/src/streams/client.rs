//! The client: one connection, kept open, without a library that would be measured too.

use std::net::SocketAddr;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::upstream::{PIECE_END, now_us};

/// A way to the upstream.
pub(super) struct Way {
    pub(super) name: &'static str,
    address: SocketAddr,
    headers: String,
    model: String,
}

/// What came of a stream.
pub(super) struct Streamed {
    pub(super) pieces: usize,
    /// How much later than sent each piece came.
    pub(super) late_ms: Vec<f64>,
    /// The time between one piece and the next.
    pub(super) gaps_ms: Vec<f64>,
    last_us: Option<u64>,
}

impl Way {
    pub(super) fn new(name: &'static str, address: SocketAddr, token: &str, model: &str) -> Self {
        Self {
            name,
            address,
            headers: format!("Authorization: Bearer {token}\r\n"),
            model: model.to_owned(),
        }
    }

    /// The same with another header.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers += &format!("{name}: {value}\r\n");
        self
    }

    /// A connection.
    pub(super) async fn line(&self) -> anyhow::Result<Line<'_>> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(Line {
            way: self,
            stream: BufReader::new(stream),
        })
    }
}

/// A connection to the API.
pub(super) struct Line<'a> {
    way: &'a Way,
    stream: BufReader<TcpStream>,
}

impl Line<'_> {
    /// Asks, and reads the whole answer.
    pub(super) async fn ask(&mut self, more: &Value) -> anyhow::Result<()> {
        let (length, is_chunked) = self.begin(more).await?;
        if is_chunked {
            while !self.chunk().await?.is_empty() {}
            return Ok(());
        }
        let mut body = vec![0; length.context("the answer tells its length")?];
        self.stream.read_exact(&mut body).await?;
        Ok(())
    }

    /// Sends a request and reads the head of the answer: its length, and whether it comes in chunks.
    async fn begin(&mut self, more: &Value) -> anyhow::Result<(Option<usize>, bool)> {
        let mut body = json!({"model": self.way.model,
                              "messages": [{"role": "user", "content": "Say something."}]});
        let fields = body.as_object_mut().context("an object")?;
        fields.extend(more.as_object().context("an object")?.clone());
        let body = body.to_string();
        let request = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: {}\r\n{}Content-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.way.address,
            self.way.headers,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).await?;
        let mut line = String::new();
        self.stream.read_line(&mut line).await?;
        let status = line.clone();
        let (mut length, mut is_chunked) = (None, false);
        loop {
            line.clear();
            self.stream.read_line(&mut line).await?;
            let header = line.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = Some(value.trim().parse()?);
            }
            is_chunked |= header.starts_with("transfer-encoding:") && header.ends_with("chunked");
        }
        ensure!(status.contains(" 200 "), "{}: {status}", self.way.name);
        Ok((length, is_chunked))
    }

    /// The next chunk; empty at the end.
    async fn chunk(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut line = String::new();
        self.stream.read_line(&mut line).await?;
        let size = usize::from_str_radix(line.trim(), 16).context("the size of a chunk")?;
        let mut chunk = vec![0; size + 2];
        self.stream.read_exact(&mut chunk).await?;
        chunk.truncate(size);
        Ok(chunk)
    }
}

/// One stream from its beginning to its end.
pub(super) async fn stream(way: &Way) -> anyhow::Result<Streamed> {
    let mut line = way.line().await?;
    line.begin(&json!({"stream": true})).await?;
    let mut streamed = Streamed {
        pieces: 0,
        late_ms: Vec::new(),
        gaps_ms: Vec::new(),
        last_us: None,
    };
    let mut rest = String::new();
    loop {
        let chunk = line.chunk().await?;
        if chunk.is_empty() {
            return Ok(streamed);
        }
        let now = now_us();
        rest.push_str(std::str::from_utf8(&chunk)?);
        while let Some(end) = rest.find("\n\n") {
            let event: String = rest.drain(..end + 2).collect();
            take(&event, now, &mut streamed);
        }
    }
}

/// Counts the pieces of an event; what is no piece is passed over.
fn take(event: &str, now_us: u64, streamed: &mut Streamed) {
    let Some(data) = event.trim_end().strip_prefix("data: ") else {
        return;
    };
    let Ok(data) = serde_json::from_str::<Value>(data) else {
        return;
    };
    let text = data["choices"][0]["delta"]["content"].as_str();
    for sent in text.unwrap_or_default().split(PIECE_END) {
        if let Ok(sent_us) = sent.parse::<u64>() {
            streamed.pieces += 1;
            streamed.late_ms.push(ms_from(sent_us, now_us));
            if let Some(last_us) = streamed.last_us.replace(now_us) {
                streamed.gaps_ms.push(ms_from(last_us, now_us));
            }
        }
    }
}

fn ms_from(earlier_us: u64, later_us: u64) -> f64 {
    let span = u32::try_from(later_us.saturating_sub(earlier_us)).unwrap_or(u32::MAX);
    f64::from(span) / 1_000.0
}
