//! An HTTP server that answers as a test tells it to, byte by byte.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What a client asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) path: String,
    /// The first byte wanted, of `Range: bytes=N-`.
    pub(crate) range: Option<usize>,
    pub(crate) if_range: Option<String>,
}

/// What the server does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// The length that it claims; without it, as long as the body.
    pub(crate) claimed_length: Option<usize>,
    /// Claims no length, and closes at the end.
    pub(crate) no_length: bool,
    /// How long it then says nothing before it closes.
    pub(crate) silence: Duration,
    /// The wait after every 16 KiB.
    pub(crate) pause: Duration,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            body: body.into(),
            ..Self::default()
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A file, or the rest of it where the request and its condition allow.
    pub(crate) fn file(request: &Request, file: &[u8], etag: &str) -> Self {
        let is_same = request
            .if_range
            .as_deref()
            .is_none_or(|wanted| wanted == etag);
        match request.range {
            Some(start) if is_same && start < file.len() => {
                let range = format!("bytes {start}-{}/{}", file.len() - 1, file.len());
                Self::new(206, &file[start..])
                    .with("Content-Range", range)
                    .with("ETag", etag)
            }
            Some(_) if is_same => {
                Self::new(416, "").with("Content-Range", format!("bytes */{}", file.len()))
            }
            _ => Self::new(200, file).with("ETag", etag),
        }
    }

    /// Claims the whole body, but closes after `bytes` of it.
    pub(crate) fn cut_after(mut self, bytes: usize) -> Self {
        self.claimed_length = Some(self.body.len());
        self.body.truncate(bytes);
        self
    }
}

/// A server on this machine. Stops when the test's runtime does.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers each request as `answer` says; the number counts requests from 0.
    pub(crate) async fn start(
        answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (answer, log) = (Arc::new(answer), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    let Some(request) = read_request(&mut stream).await else {
                        return;
                    };
                    let number = {
                        let mut log = log.lock().unwrap();
                        log.push(request.clone());
                        log.len() - 1
                    };
                    // The client may be gone, as some tests want.
                    let _ = send(stream.into_inner(), &answer(&request, number)).await;
                });
            }
        });
        Self { url, seen }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut request = Request::default();
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    request.path = line.split(' ').nth(1)?.to_owned();
    loop {
        line.clear();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            return Some(request);
        };
        match name.to_ascii_lowercase().as_str() {
            "range" => {
                let start = value
                    .trim()
                    .trim_start_matches("bytes=")
                    .trim_end_matches('-');
                request.range = start.parse().ok();
            }
            "if-range" => request.if_range = Some(value.trim().to_owned()),
            _ => {}
        }
    }
}

async fn send(mut stream: TcpStream, reply: &Reply) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} Told\r\nConnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !reply.no_length {
        let length = reply.claimed_length.unwrap_or(reply.body.len());
        head.push_str(&format!("Content-Length: {length}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    for piece in reply.body.chunks(16 * 1024) {
        stream.write_all(piece).await?;
        tokio::time::sleep(reply.pause).await;
    }
    stream.flush().await?;
    tokio::time::sleep(reply.silence).await;
    stream.shutdown().await
}
