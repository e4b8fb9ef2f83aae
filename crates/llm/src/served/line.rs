//! The connection to one server: who is asked, how long one waits, and how errors are told.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, redirect};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wire::engine::EngineFault;
use zeroize::Zeroizing;

use super::address::Place;
use super::names::Names;
use crate::model::ModelError;

/// Requests to one server that are under way together; more wait. As many as may come in together: a server
/// that has enough says so itself, and vLLM, which decodes about a hundred together, lines up the others.
pub const IN_FLIGHT_MAX: usize = 256;

/// How long a server may take to pick up: a device that sleeps on the home network needs some seconds, and
/// a person waits for the next in the order.
const CONNECT: Duration = Duration::from_secs(5);

/// How long a server may be silent. A large model on a small machine is loaded and reads a long
/// conversation in some minutes.
const SILENCE: Duration = Duration::from_secs(600);

/// How long a server may be silent while it writes an answer that comes as a whole. A large model on a small
/// machine writes some thousand tokens in an hour; programs themselves give up after ten minutes, as a rule.
const SILENCE_WHOLE: Duration = Duration::from_secs(3_600);

/// How long one request waits in all while its server says that it is busy. Longer, and a person asks
/// another.
const BUSY_PATIENCE: Duration = Duration::from_secs(20);

/// How long one waits where a busy server does not say.
const BUSY_USUAL: Duration = Duration::from_secs(1);

/// The most bytes of a list of models, and of an error. A service lists some hundreds with long texts.
const REPLY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The most bytes of what comes as a whole: a thousand vectors of 4,096 numbers, written out. An answer in
/// words is far shorter.
const WHOLE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The most characters of what a server says about an error that are told.
const REASON_CHARS_MAX: usize = 300;

/// What servers are told about who asks. It names the program and nothing of the person or the device.
const USER_AGENT: &str = concat!("HAI-Net/", env!("CARGO_PKG_VERSION"));

/// The key of a service. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(Zeroizing<String>);

impl ApiKey {
    /// Takes a key in.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Self {
        Self(Zeroizing::new(key.into()))
    }

    /// Whether it can stand in a header: visible letters of ASCII.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// The connection to one server.
pub(super) struct Line {
    server: Arc<str>,
    base: Url,
    place: Place,
    client: Client,
    bearer: Option<HeaderValue>,
    places: Arc<Semaphore>,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line")
            .field("server", &self.server)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// A reply that is being read, and its place among those under way.
pub(super) struct Reply {
    response: Response,
    _place: OwnedSemaphorePermit,
}

impl Reply {
    /// Some more bytes; `None` at the end, or what the connection said.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, String> {
        within(SILENCE, self.response.chunk()).await
    }
}

/// Waits for the next step of a connection, or tells why there is none.
async fn within<T>(
    patience: Duration,
    step: impl Future<Output = reqwest::Result<T>>,
) -> Result<T, String> {
    match tokio::time::timeout(patience, step).await {
        Ok(step) => step.map_err(told),
        Err(_) => Err(format!("it was silent for {} s", patience.as_secs())),
    }
}

impl Line {
    pub(super) fn new(
        server: &str,
        base: Url,
        place: Place,
        key: Option<ApiKey>,
    ) -> Result<Self, ModelError> {
        // It goes nowhere by itself: no proxy from the environment, no redirect, no names but these.
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT)
            .dns_resolver(Arc::new(Names { place }))
            .build();
        let bearer = key.and_then(|key| {
            let text = Zeroizing::new(format!("Bearer {}", *key.0));
            let mut value = HeaderValue::from_str(&text).ok()?;
            value.set_sensitive(true);
            Some(value)
        });
        let client = client.map_err(|error| ModelError::ServerUnreachable {
            server: server.to_owned(),
            reason: told(error),
        })?;
        Ok(Self {
            server: Arc::from(server),
            base,
            place,
            client,
            bearer,
            places: Arc::new(Semaphore::new(IN_FLIGHT_MAX)),
        })
    }

    pub(super) fn server(&self) -> &str {
        &self.server
    }

    pub(super) fn place(&self) -> Place {
        self.place
    }

    pub(super) fn unreachable(&self, reason: String) -> ModelError {
        ModelError::ServerUnreachable {
            server: self.server.to_string(),
            reason,
        }
    }

    /// Something came that is not of the API.
    pub(super) fn odd(&self, what: &str) -> ModelError {
        self.unreachable(format!("it does not answer in this API: {what}"))
    }

    /// The address of a door. `/` in front means the root of the server, not of its API.
    fn door(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        let whole = match path.strip_prefix('/') {
            Some(rest) => format!("{}/{rest}", base.strip_suffix("/v1").unwrap_or(&base)),
            None => format!("{base}/{path}"),
        };
        url.set_path(&whole);
        url
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.bearer {
            Some(bearer) => request.header(AUTHORIZATION, bearer.clone()),
            None => request,
        }
    }

    /// Reads something small.
    pub(super) async fn get(&self, path: &str) -> Result<Value, ModelError> {
        let request = self.signed(self.client.get(self.door(path)));
        let response = within(SILENCE, request.send()).await;
        let response = response.map_err(|said| self.unreachable(said))?;
        let response = self.good(response).await?;
        self.json(response, REPLY_BYTES_MAX).await
    }

    /// Asks for something that comes as a whole.
    pub(super) async fn post_for(&self, path: &str, body: &Value) -> Result<Value, ModelError> {
        let reply = self.send(path, body, SILENCE_WHOLE).await?;
        self.json(reply.response, WHOLE_BYTES_MAX).await
    }

    /// Asks for something that comes in pieces.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Reply, ModelError> {
        self.send(path, body, SILENCE).await
    }

    /// Sends a request, waits its turn, and comes back while the server is busy, as it says when.
    async fn send(
        &self,
        path: &str,
        body: &Value,
        patience: Duration,
    ) -> Result<Reply, ModelError> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| ModelError::Closing)?;
        let bytes = serde_json::to_vec(body).expect("a JSON value can be written");
        let bytes = Bytes::from(bytes);
        let mut left = BUSY_PATIENCE;
        loop {
            let request = self
                .signed(self.client.post(self.door(path)))
                .header("content-type", "application/json")
                .body(bytes.clone());
            let response = within(patience, request.send()).await;
            let response = response.map_err(|said| self.unreachable(said))?;
            if !is_busy(response.status()) {
                let response = self.good(response).await?;
                return Ok(Reply {
                    response,
                    _place: place,
                });
            }
            let asked = retry_after(&response);
            let wait = asked.unwrap_or(BUSY_USUAL).max(Duration::from_millis(100));
            if wait > left {
                return Err(ModelError::ServerBusy {
                    server: self.server.to_string(),
                    retry_after_s: asked.map(|wait| wait.as_secs()),
                });
            }
            left -= wait;
            drop(response);
            tokio::time::sleep(wait).await;
        }
    }

    /// Turns an error status into an error that says what the server said.
    async fn good(&self, response: Response) -> Result<Response, ModelError> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = self.json(response, REPLY_BYTES_MAX).await;
        let body = body.unwrap_or_default();
        if let Some(fault) = too_long(&body) {
            return Err(ModelError::Engine(fault));
        }
        Err(ModelError::ServerRefused {
            server: self.server.to_string(),
            status: status.as_u16(),
            reason: reason(&body).unwrap_or_else(|| status.to_string()),
        })
    }

    async fn json(&self, mut response: Response, max: usize) -> Result<Value, ModelError> {
        let mut bytes = Vec::new();
        while let Some(piece) = within(SILENCE, response.chunk())
            .await
            .map_err(|said| self.unreachable(said))?
        {
            if bytes.len() + piece.len() > max {
                return Err(self.odd("the reply is too large"));
            }
            bytes.extend_from_slice(&piece);
        }
        serde_json::from_slice(&bytes).map_err(|_| self.odd("the reply is no JSON"))
    }
}

/// A server with too much to do, or one that is loading a model.
fn is_busy(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    )
}

fn retry_after(response: &Response) -> Option<Duration> {
    let told = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    told.trim().parse().ok().map(Duration::from_secs)
}

/// llama.cpp tells by how much a conversation is too long.
fn too_long(body: &Value) -> Option<EngineFault> {
    let error = &body["error"];
    let number = |key: &str| error[key].as_u64().and_then(|n| u32::try_from(n).ok());
    (error["type"] == "exceed_context_size_error").then_some(())?;
    Some(EngineFault::ContextLengthExceeded {
        asked: number("n_prompt_tokens")?,
        limit: number("n_ctx")?,
    })
}

/// What a server says about an error, in any of the usual shapes, in one short line.
pub(super) fn reason(body: &Value) -> Option<String> {
    let error = &body["error"];
    let said = error["message"]
        .as_str()
        .or_else(|| error.as_str())
        .or_else(|| body["message"].as_str())
        .or_else(|| body["detail"].as_str())?;
    let line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(line.chars().take(REASON_CHARS_MAX).collect())
}

/// A failed connection with all its causes, without the address.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
