//! One connection to an MCP server.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use guardian::{ProgramStart, SiteStart};
use reqwest::header::{HeaderName, HeaderValue};
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, CallToolResult, CancelledNotificationParam,
    ClientCapabilities, ClientConfig, ClientRequest, Implementation, ListToolsRequest,
    ListToolsResult, PaginatedRequestParams, ProgressNotificationParam, ProgressToken,
    ProtocolVersion, ServerResult,
};
use rmcp::service::{
    ClientInitializeError, ClientLifecycleMode, ClientServiceExt as _, NotificationContext,
    PeerRequestOptions, RunningService,
};
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::transport::common::client_side_sse::FixedInterval;
use rmcp::transport::streamable_http_client::{
    StreamableHttpClientTransport, StreamableHttpClientTransportConfig, StreamableHttpError,
};
use rmcp::{ClientHandler, RoleClient, ServiceError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::error::McpError;
use super::program::{Measured, Process};
use super::server::{Limits, Progress};
use crate::web::{Names, Ports, Reach};

/// How often a broken stream of events is taken up again; then the connection counts as lost.
const STREAM_RETRIES: usize = 3;

/// The wait before that.
const STREAM_PAUSE: Duration = Duration::from_secs(1);

/// A connection.
pub(super) struct Link {
    running: RunningService<RoleClient, Ears>,
    process: Option<Process>,
    /// Whether it ended since a message was too large.
    over: Arc<AtomicBool>,
}

/// Hears what a server says by itself: how far it is. All else that it may ask for is refused.
#[derive(Default)]
pub(super) struct Ears {
    progress: Mutex<HashMap<ProgressToken, watch::Sender<Progress>>>,
}

impl Ears {
    fn book(&self) -> std::sync::MutexGuard<'_, HashMap<ProgressToken, watch::Sender<Progress>>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientHandler for Ears {
    fn get_info(&self) -> ClientConfig {
        let us = Implementation::new("HAI-Net", env!("CARGO_PKG_VERSION"));
        ClientConfig::new(ClientCapabilities::default(), us)
            .with_protocol_version(ProtocolVersion::V_2025_11_25)
    }

    async fn on_progress(
        &self,
        said: ProgressNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        if let Some(sender) = self.book().get(&said.progress_token) {
            sender.send_replace(Progress {
                done: said.progress,
                total: said.total,
                says: said.message.map(|says| crate::html::label(&says)),
            });
        }
    }
}

/// Servers of both kinds are spoken to: the newer ones are asked what they are, the older ones greeted.
fn greeting() -> ClientLifecycleMode {
    ClientLifecycleMode::Auto {
        preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        legacy_version: Some(ProtocolVersion::V_2025_11_25),
    }
}

impl Link {
    pub(super) async fn to_program(
        program: &ProgramStart,
        limits: &Limits,
    ) -> Result<Self, McpError> {
        let (process, stdout, stdin) = Process::start(program).map_err(McpError::Start)?;
        let (stdout, over) = Measured::new(stdout, limits.message_bytes);
        let transport = AsyncRwTransport::new_client(stdout, stdin);
        let running = tokio::time::timeout(
            limits.connect,
            Ears::default().serve_with_lifecycle(transport, greeting()),
        )
        .await
        .map_err(|_| McpError::TookTooLong {
            after: limits.connect,
        })?;
        let running = match running {
            Ok(running) => running,
            Err(_) if over.load(Ordering::Relaxed) => {
                return Err(McpError::TooLarge {
                    max: limits.message_bytes,
                });
            }
            Err(fault) => {
                return Err(McpError::Handshake {
                    said: process.said().await,
                    source: Box::new(fault),
                });
            }
        };
        Ok(Self {
            running,
            process: Some(process),
            over,
        })
    }

    pub(super) async fn to_site(site: &SiteStart, limits: &Limits) -> Result<Self, McpError> {
        let (url, headers) = check_site(site)?;
        let reach = reach_of(site);
        let client = crate::web::client(Names::of_the_system(reach))
            .connect_timeout(limits.connect)
            .build()
            .map_err(McpError::Client)?;
        let mut retries = FixedInterval::default();
        retries.max_times = Some(STREAM_RETRIES);
        retries.duration = STREAM_PAUSE;
        let mut config = StreamableHttpClientTransportConfig::with_uri(url.as_str())
            .custom_headers(headers)
            .max_sse_event_size(limits.message_bytes)
            .max_json_response_size(limits.message_bytes)
            // The next call connects anew; a call is never sent twice by itself.
            .reinit_on_expired_session(false);
        config.retry_config = Arc::new(retries);
        let transport = StreamableHttpClientTransport::with_client(client, config);
        let running = tokio::time::timeout(
            limits.connect,
            Ears::default().serve_with_lifecycle(transport, greeting()),
        )
        .await
        .map_err(|_| McpError::TookTooLong {
            after: limits.connect,
        })?
        .map_err(refused_or_failed)?;
        Ok(Self {
            running,
            process: None,
            over: Arc::default(),
        })
    }

    pub(super) fn is_over(&self) -> bool {
        self.running.is_closed() || self.running.peer().is_transport_closed()
    }

    /// Ends the connection and waits for a program to end.
    pub(super) async fn end(self) {
        let Self {
            mut running,
            process,
            ..
        } = self;
        // It only fails where the task of the connection panicked, and then it is over as well.
        let _ = running.close().await;
        if let Some(process) = process {
            process.end().await;
        }
    }

    /// One page of the list of tools, always from the server itself.
    pub(super) async fn page(
        &self,
        cursor: Option<String>,
        limits: &Limits,
    ) -> Result<ListToolsResult, McpError> {
        let params = PaginatedRequestParams::default().with_cursor(cursor);
        let request = ClientRequest::ListToolsRequest(ListToolsRequest::with_param(params));
        let options = PeerRequestOptions::with_timeout(limits.list);
        let answered = async {
            let handle = self
                .running
                .peer()
                .send_request_with_option(request, options);
            handle.await?.await_response().await
        };
        match answered.await {
            Ok(ServerResult::ListToolsResult(page)) => Ok(page),
            Ok(_) => Err(self.failed(ServiceError::UnexpectedResponse, limits).await),
            Err(fault) => Err(self.failed(fault, limits).await),
        }
    }

    pub(super) async fn call(
        &self,
        params: CallToolRequestParams,
        progress: Option<watch::Sender<Progress>>,
        cancel: &CancellationToken,
        limits: &Limits,
    ) -> Result<CallToolResult, McpError> {
        let peer = self.running.peer();
        let request = ClientRequest::CallToolRequest(CallToolRequest::new(params));
        let options = PeerRequestOptions::with_timeout(limits.silence)
            .reset_timeout_on_progress()
            .with_max_total_timeout(limits.whole);
        let handle = match peer.send_request_with_option(request, options).await {
            Ok(handle) => handle,
            Err(fault) => return Err(self.failed(fault, limits).await),
        };
        let (id, token) = (handle.id.clone(), handle.progress_token.clone());
        if let Some(progress) = progress {
            self.running
                .service()
                .book()
                .insert(token.clone(), progress);
        }
        let _forget = Forget {
            ears: self.running.service(),
            token,
        };
        let answered = tokio::select! {
            answered = handle.await_response() => answered,
            () = cancel.cancelled() => {
                let why = CancelledNotificationParam::new(Some(id), None);
                // Where it cannot be told, it is not there any more.
                let _ = peer.notify_cancelled(why).await;
                return Err(McpError::Cancelled);
            }
        };
        match answered {
            Ok(ServerResult::CallToolResult(result)) => Ok(result),
            // A result without anything in it is one, too.
            Ok(ServerResult::EmptyResult(_)) => Ok(CallToolResult::default()),
            Ok(ServerResult::InputRequiredResult(_) | ServerResult::CreateTaskResult(_)) => {
                Err(McpError::AsksBack)
            }
            Ok(_) => Err(self.failed(ServiceError::UnexpectedResponse, limits).await),
            Err(fault) => Err(self.failed(fault, limits).await),
        }
    }

    async fn failed(&self, fault: ServiceError, limits: &Limits) -> McpError {
        if self.over.load(Ordering::Relaxed) {
            return McpError::TooLarge {
                max: limits.message_bytes,
            };
        }
        match fault {
            ServiceError::McpError(refusal) => McpError::Refused {
                code: refusal.code.0,
                message: crate::html::label(&refusal.message),
            },
            ServiceError::Timeout { timeout } => McpError::TookTooLong { after: timeout },
            ServiceError::TransportClosed => McpError::Died {
                said: match &self.process {
                    Some(process) => process.said().await,
                    None => String::new(),
                },
            },
            fault => McpError::Exchange(Box::new(fault)),
        }
    }
}

/// Ends hearing about a call, also when nobody waits for it any more.
struct Forget<'a> {
    ears: &'a Ears,
    token: ProgressToken,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.ears.book().remove(&self.token);
    }
}

/// What a person named may have any port, and lie on this device where they said so; never in the home
/// network.
fn reach_of(site: &SiteStart) -> Reach {
    Reach {
        ports: Ports::Any,
        this_device: site.this_device,
    }
}

/// The address and the headers of a site, as far as they can be known to be good before it is gone to.
pub(super) fn check_site(
    site: &SiteStart,
) -> Result<(reqwest::Url, HashMap<HeaderName, HeaderValue>), McpError> {
    let url = reach_of(site).check(&site.address)?;
    let mut headers = HashMap::new();
    for (name, value) in &site.headers {
        let wrong = |why| McpError::Header {
            name: crate::html::label(name),
            why,
        };
        if url.scheme() != "https" && !is_here(&url) {
            return Err(wrong("everybody on the way could read it; use https"));
        }
        let known = HeaderName::try_from(name).map_err(|_| wrong("this is no name of a header"))?;
        let mut value = HeaderValue::try_from(value)
            .map_err(|_| wrong("its value has signs that headers cannot have"))?;
        value.set_sensitive(true);
        headers.insert(known, value);
    }
    Ok((url, headers))
}

/// Whether an address names this device itself. A name such as `localhost` does not count: it is looked up.
fn is_here(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let ip = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    ip.is_ok_and(|ip| ip.is_loopback())
}

/// What went wrong on the way to a site. That an address is refused lies deep in it.
fn refused_or_failed(fault: ClientInitializeError) -> McpError {
    if let ClientInitializeError::TransportError { error, .. } = &fault
        && let Some(StreamableHttpError::Client(failed)) = error
            .error
            .downcast_ref::<StreamableHttpError<reqwest::Error>>()
        && let Some(refused) = crate::web::refusal_in(failed)
    {
        return McpError::Address(refused);
    }
    McpError::Handshake {
        said: String::new(),
        source: Box::new(fault),
    }
}
