//! The constant upstream: a server that answers like the OpenAI API, always the same.
//!
//! It is a process of its own, as a server of models is: within the client's process a direct call would
//! spare the way from one process to another, which no real one does.

use std::io::{BufRead as _, Read as _, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The model whose streams keep the pace, and the one that answers at once: a gateway may ask for a stream
/// also where its own client wants none.
pub(super) const PACED: &str = "paced";
pub(super) const FIXED: &str = "fixed";

/// What ends each piece, so that pieces can be counted however they are put together on the way.
pub(super) const PIECE_END: char = ';';

/// The word that has this program be the upstream.
pub(crate) const ROLE: &str = "--be-the-upstream";

/// Serves until standard input ends: streams of so many pieces, with this pause between two. The first line
/// of standard output tells the address.
pub(super) fn run(pieces: usize, pause: Duration) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let mut output = std::io::stdout();
    writeln!(output, "{}", listener.local_addr()?)?;
    output.flush()?;
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that goes away ends its connection, and that is all.
            tokio::spawn(serve(stream, pieces, pause));
        }
    });
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// A running upstream, ended when dropped.
pub(super) struct Upstream {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        // One that is gone already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Upstream {
    /// Starts it.
    pub(super) fn start() -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(ROLE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting the upstream")?;
        let output = child.stdout.take().context("its output is piped")?;
        let mut line = String::new();
        std::io::BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse();
        let address = address.context("the upstream tells its address")?;
        Ok(Self { child, address })
    }

    /// Where clients find its API.
    pub(super) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

/// The present moment in microseconds, the same clock for whoever sends and whoever receives.
pub(super) fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    })
}

async fn serve(stream: TcpStream, pieces: usize, pause: Duration) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some((path, body)) = request(&mut stream).await? {
        let wants_stream = body["stream"] == true;
        let client = stream.get_mut();
        if path.ends_with("/models") {
            let row = |id| json!({"id": id, "object": "model", "created": 1, "owned_by": "bench"});
            let list = json!({"object": "list", "data": [row(PACED), row(FIXED)]});
            whole(client, "200 OK", &list).await?;
        } else if path.ends_with("/chat/completions") && wants_stream {
            match body["model"] == PACED {
                true => events(client, pieces, pause).await?,
                false => events(client, 1, Duration::ZERO).await?,
            }
        } else if path.ends_with("/chat/completions") {
            let answer = json!({
                "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "fixed",
                "choices": [{"index": 0, "finish_reason": "stop",
                             "message": {"role": "assistant", "content": "Always the same."}}],
                "usage": {"prompt_tokens": 5, "completion_tokens": 4, "total_tokens": 9},
            });
            whole(client, "200 OK", &answer).await?;
        } else {
            whole(
                client,
                "404 Not Found",
                &json!({"error": {"message": "nothing here"}}),
            )
            .await?;
        }
    }
    Ok(())
}

/// Reads a request: its path and its body. `None` when the client has gone.
async fn request(stream: &mut BufReader<TcpStream>) -> anyhow::Result<Option<(String, Value)>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).context("a request has a path")?;
    let path = path.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        let header = line.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Some((
        path,
        serde_json::from_slice(&body).unwrap_or(Value::Null),
    )))
}

async fn whole(client: &mut TcpStream, status: &str, body: &Value) -> anyhow::Result<()> {
    let body = body.to_string();
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    Ok(client.write_all(answer.as_bytes()).await?)
}

/// A stream whose pieces carry the moment at which each is sent.
async fn events(client: &mut TcpStream, pieces: usize, pause: Duration) -> anyhow::Result<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                transfer-encoding: chunked\r\n\r\n";
    client.write_all(head.as_bytes()).await?;
    send(client, &chunk(&json!({"role": "assistant"}), None)).await?;
    let mut tick = (!pause.is_zero()).then(|| tokio::time::interval(pause));
    for _ in 0..pieces {
        if let Some(tick) = &mut tick {
            tick.tick().await;
        }
        let text = format!("{}{PIECE_END}", now_us());
        send(client, &chunk(&json!({ "content": text }), None)).await?;
    }
    send(client, &chunk(&json!({}), Some("stop"))).await?;
    let mut usage = chunk(&json!({}), None);
    usage["choices"] = json!([]);
    usage["usage"] = json!({"prompt_tokens": 5, "completion_tokens": pieces,
                            "total_tokens": pieces + 5});
    send(client, &usage).await?;
    let end = "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";
    Ok(client.write_all(end.as_bytes()).await?)
}

fn chunk(delta: &Value, reason: Option<&str>) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "fixed",
           "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
}

async fn send(client: &mut TcpStream, event: &Value) -> anyhow::Result<()> {
    let event = format!("data: {event}\n\n");
    let framed = format!("{:x}\r\n{event}\r\n", event.len());
    Ok(client.write_all(framed.as_bytes()).await?)
}
