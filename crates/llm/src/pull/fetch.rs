//! One attempt to fetch a file from a server, beginning where the part ends.

use std::io::Cursor;

use futures::StreamExt;
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, IF_RANGE, LOCATION, RANGE,
};
use reqwest::{Response, StatusCode, Url};
use tokio_util::sync::CancellationToken;

use super::part::{Part, PartNote, pump};
use super::progress::{Meter, Stage};
use super::source::{Target, is_safe, is_this_machine};
use super::{Patience, PullError};

/// How often a server may send us on. Model hubs need two or three.
const REDIRECTS_MAX: usize = 6;

/// The first bytes of every model; a text in their place is an error page.
const MAGIC: &[u8] = b"GGUF";

/// What to fetch, and how patiently.
#[derive(Debug, Clone)]
pub(crate) struct Fetch<'a> {
    pub(crate) url: Url,
    pub(crate) target: &'a Target,
    pub(crate) patience: &'a Patience,
}

/// A server's answer, and what the servers on the way said of the file.
struct Answer {
    response: Response,
    host: String,
    linked_sha256: Option<String>,
    linked_bytes: Option<u64>,
}

type Outcome = Result<Option<String>, PullError>;

impl Fetch<'_> {
    /// Fetches what the part lacks. Gives back the part, and the sha256 that the server announced.
    pub(crate) async fn attempt(
        &self,
        part: Part,
        cancel: &CancellationToken,
        meter: &mut Meter,
    ) -> Result<(Part, Outcome), PullError> {
        meter.stage(Stage::Connecting);
        let answer = tokio::select! {
            biased;
            () = cancel.cancelled() => return Ok((part, Err(PullError::Cancelled))),
            answer = self.ask(&part) => answer,
        };
        match answer {
            Ok(answer) => self.receive(part, answer, cancel, meter).await,
            Err(fault) => Ok((part, Err(fault))),
        }
    }

    async fn ask(&self, part: &Part) -> Result<Answer, PullError> {
        let first_host = host_of(&self.url);
        let mut url = self.url.clone();
        let (mut linked_sha256, mut linked_bytes) = (None, None);
        for _ in 0..=REDIRECTS_MAX {
            let host = host_of(&url);
            let response = self.send(&url, &host, part).await?;
            let headers = response.headers();
            linked_sha256 = linked_sha256.or_else(|| announced_sha256(headers));
            linked_bytes = linked_bytes
                .or_else(|| header(headers, "x-linked-size").and_then(|text| text.parse().ok()));
            if !response.status().is_redirection() {
                return Ok(Answer {
                    response,
                    host,
                    linked_sha256,
                    linked_bytes,
                });
            }
            let location = header(headers, LOCATION.as_str())
                .unwrap_or_default()
                .to_owned();
            url = match url.join(&location) {
                Ok(next) if !location.is_empty() && is_safe(&next) => next,
                _ => return Err(PullError::UnsafeRedirect { host, location }),
            };
        }
        Err(PullError::TooManyRedirects { host: first_host })
    }

    async fn send(&self, url: &Url, host: &str, part: &Part) -> Result<Response, PullError> {
        let mut client = reqwest::Client::builder()
            // Followed by hand, since the hub tells the checksum in the answer that redirects.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(self.patience.connect)
            .user_agent(concat!("hai-net/", env!("CARGO_PKG_VERSION")));
        if is_this_machine(url) {
            client = client.no_proxy();
        }
        // A packed answer would have other bytes, another length and another checksum.
        let mut request = client
            .build()
            .map_err(PullError::Network)?
            .get(url.clone())
            .header(ACCEPT_ENCODING, "identity");
        if let Some(etag) = self.resumable(part) {
            request = request.header(RANGE, format!("bytes={}-", part.bytes()));
            if let Some(etag) = etag {
                request = request.header(IF_RANGE, etag);
            }
        }
        let sent = tokio::time::timeout(self.patience.stall, request.send()).await;
        sent.map_err(|_| PullError::BrokeOff {
            host: host.to_owned(),
            bytes: part.bytes(),
        })?
        .map_err(|source| PullError::Connection {
            host: host.to_owned(),
            source: source.without_url(),
        })
    }

    /// Whether the part may be continued, and under which condition. Without the server's name for
    /// the version only a pinned checksum can tell whether the pieces fit.
    fn resumable<'p>(&self, part: &'p Part) -> Option<Option<&'p str>> {
        let note = part.note();
        let is_same_source = note.source == self.target.origin.to_string();
        // A weak name (`W/…`) promises the same meaning, not the same bytes.
        let etag = note.etag.as_deref().filter(|etag| !etag.starts_with("W/"));
        let can_continue =
            part.bytes() > 0 && is_same_source && (etag.is_some() || self.target.sha256.is_some());
        can_continue.then_some(etag)
    }

    async fn receive(
        &self,
        mut part: Part,
        answer: Answer,
        cancel: &CancellationToken,
        meter: &mut Meter,
    ) -> Result<(Part, Outcome), PullError> {
        let Answer {
            response,
            host,
            linked_sha256,
            linked_bytes,
        } = answer;
        let total_bytes = match self.begin(&mut part, &response, &host, linked_bytes) {
            Ok(Begun::Receive { total_bytes }) => total_bytes,
            Ok(Begun::Complete) => return Ok((part, Ok(linked_sha256))),
            Err(fault) => return Ok((part, Err(fault))),
        };
        meter.receiving(part.bytes(), total_bytes);
        let is_start = part.bytes() == 0;
        let stream_host = host.clone();
        let mut pieces = response.bytes_stream().map(move |piece| {
            piece.map_err(|source| PullError::Connection {
                host: stream_host.clone(),
                source: source.without_url(),
            })
        });
        let mut first = None;
        if is_start {
            match tokio::time::timeout(self.patience.stall, pieces.next()).await {
                Ok(Some(Ok(piece))) if looks_like_text_instead(&piece) => {
                    part.discard();
                    return Err(not_a_model(&piece, host));
                }
                Ok(piece) => first = piece,
                Err(_) => return Ok((part, Err(PullError::BrokeOff { host, bytes: 0 }))),
            }
        }
        let all = futures::stream::iter(first).chain(pieces);
        let stall = Some((self.patience.stall, host.as_str()));
        let (part, received) = pump(part, all, stall, cancel, meter).await?;
        let bytes = part.bytes();
        let outcome = match received {
            Ok(()) if total_bytes.is_some_and(|total| bytes < total) => {
                Err(PullError::BrokeOff { host, bytes })
            }
            Ok(()) => Ok(linked_sha256),
            Err(fault) => Err(fault),
        };
        Ok((part, outcome))
    }

    /// Makes the part ready for the body of this answer.
    fn begin(
        &self,
        part: &mut Part,
        response: &Response,
        host: &str,
        linked_bytes: Option<u64>,
    ) -> Result<Begun, PullError> {
        let headers = response.headers();
        let etag = header(headers, ETAG.as_str()).map(str::to_owned);
        let (starts_at, total_bytes) = match response.status() {
            StatusCode::OK => {
                if header(headers, CONTENT_TYPE.as_str())
                    .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/html"))
                {
                    return Err(PullError::WebPage {
                        host: host.to_owned(),
                    });
                }
                (0, response.content_length().or(linked_bytes))
            }
            StatusCode::PARTIAL_CONTENT => {
                let range = header(headers, CONTENT_RANGE.as_str()).and_then(parse_range);
                let is_other = part.note().etag.is_some() && part.note().etag != etag;
                match range {
                    Some((start, total)) if start == part.bytes() && !is_other => (start, total),
                    _ => return Err(begin_again(part, host)?),
                }
            }
            StatusCode::RANGE_NOT_SATISFIABLE => {
                let total = header(headers, CONTENT_RANGE.as_str())
                    .and_then(|text| text.strip_prefix("bytes */")?.trim().parse().ok());
                if total == Some(part.bytes()) && part.bytes() > 0 {
                    return Ok(Begun::Complete);
                }
                return Err(begin_again(part, host)?);
            }
            status => return Err(refusal(status, host)),
        };
        if let (Some(expected), Some(found)) = (self.target.bytes, total_bytes)
            && expected != found
        {
            return Err(PullError::WrongSize { expected, found });
        }
        if starts_at == 0 {
            let source = self.target.origin.to_string();
            part.begin(PartNote {
                source,
                etag,
                total_bytes,
            })?;
        }
        if let Some(total) = total_bytes {
            part.check_room(total)?;
        }
        Ok(Begun::Receive { total_bytes })
    }
}

/// What the body of an answer is good for.
enum Begun {
    /// It is the rest of the file.
    Receive {
        /// Size of the whole file, if the server tells.
        total_bytes: Option<u64>,
    },
    /// Nothing was missing.
    Complete,
}

/// Drops a part that the server cannot continue; the fault makes the next attempt begin.
fn begin_again(part: &mut Part, host: &str) -> Result<PullError, PullError> {
    let bytes = part.bytes();
    part.begin(PartNote::default())?;
    Ok(PullError::BrokeOff {
        host: host.to_owned(),
        bytes,
    })
}

fn refusal(status: StatusCode, host: &str) -> PullError {
    let host = host.to_owned();
    match status.as_u16() {
        404 | 410 => PullError::NotFound { host },
        401 | 403 | 451 => PullError::Forbidden { host },
        status @ (408 | 429 | 500..=599) => PullError::Busy { host, status },
        status => PullError::Status { host, status },
    }
}

fn looks_like_text_instead(piece: &[u8]) -> bool {
    piece.len() >= MAGIC.len() && !piece.starts_with(MAGIC)
}

fn not_a_model(piece: &[u8], host: String) -> PullError {
    match gguf::check(&mut Cursor::new(piece), piece.len() as u64) {
        Err(gguf::GgufError::WebPage) => PullError::WebPage { host },
        Err(error) => PullError::NotAModel(error),
        // Unreachable, since the magic is wrong; a retry would find out.
        Ok(_) => PullError::BrokeOff { host, bytes: 0 },
    }
}

/// The sha256 that a model hub announces for a large file.
fn announced_sha256(headers: &HeaderMap) -> Option<String> {
    let linked = header(headers, "x-linked-etag");
    // Elsewhere an ETag is anything; only a hub's is the checksum.
    let own = header(headers, ETAG.as_str()).filter(|_| headers.contains_key("x-repo-commit"));
    [linked, own].into_iter().flatten().find_map(|etag| {
        let sum = etag.trim_start_matches("W/").trim_matches('"');
        let is_sum = sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_sum.then(|| sum.to_ascii_lowercase())
    })
}

/// Start and total of `bytes START-END/TOTAL`.
fn parse_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let start = range.split_once('-')?.0.trim().parse().ok()?;
    Some((start, total.trim().parse().ok()))
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or("the server").to_owned()
}
