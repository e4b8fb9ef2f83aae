//! Fetching one page.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use guardian::{Cleared, Labelled, Provenance, WebRequest};
use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use reqwest::{Client, Response, Url, redirect};

use super::address::Reach;
use super::error::FetchError;
use super::names::{Names, refusal_in};
use super::page::{Content, PageText, read};

/// What servers are told about who asks. It names the program and nothing of the person or the device.
const USER_AGENT: &str = concat!("HAI-Net/", env!("CARGO_PKG_VERSION"));

/// How large a page may be and how long it may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How long a server may take to answer the telephone: a slow mobile network needs some seconds.
    pub connect: Duration,
    /// How long the whole may take, redirects included: then a person has stopped waiting.
    pub whole: Duration,
    /// How much of a page is read. The text of a long book has a mebibyte.
    pub body_bytes: usize,
    /// How often one site may redirect. Browsers give up at twenty, honest sites need three.
    pub redirects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            whole: Duration::from_secs(30),
            body_bytes: 2 * 1024 * 1024,
            redirects: 5,
        }
    }
}

/// What went over the line, for the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The address that answered in the end.
    pub address: String,
    /// Bytes of the addresses that were asked for: all that a server learns of the request.
    pub bytes_out: u64,
    /// Bytes of the bodies that came.
    pub bytes_in: u64,
}

/// A page that came.
#[derive(Debug, Clone)]
pub struct Page {
    /// What it says. It comes from outside.
    pub says: Labelled<PageText>,
    /// What went over the line.
    pub exchange: Exchange,
}

/// What came of asking for a page.
#[derive(Debug, Clone)]
pub enum Fetched {
    /// The page.
    Page(Page),
    /// The server sends to another site: that address has to be cleared before it is gone to.
    Redirected {
        /// Where to. It comes from outside.
        to: Labelled<WebRequest>,
        /// What went over the line.
        exchange: Exchange,
    },
}

/// Fetches pages.
#[derive(Debug, Clone)]
pub struct Web {
    client: Client,
    reach: Reach,
    limits: Limits,
}

impl Web {
    /// A way to the web.
    ///
    /// # Errors
    /// The system's certificates cannot be used.
    pub fn new(reach: Reach, limits: Limits) -> Result<Self, FetchError> {
        Self::with_names(reach, limits, Names::of_the_system(reach))
    }

    fn with_names(reach: Reach, limits: Limits, names: Names) -> Result<Self, FetchError> {
        let client = client(names)
            .connect_timeout(limits.connect)
            .build()
            .map_err(FetchError::Setup)?;
        Ok(Self {
            client,
            reach,
            limits,
        })
    }

    /// Fetches a page. Dropping the future ends the connection.
    ///
    /// # Errors
    /// The address is not gone to, or no text came from there.
    pub async fn fetch(&self, request: Cleared<WebRequest>) -> Result<Fetched, FetchError> {
        let address = request.into_inner();
        tokio::time::timeout(self.limits.whole, self.follow(address.address()))
            .await
            .unwrap_or(Err(FetchError::TookTooLong {
                after: self.limits.whole,
            }))
    }

    async fn follow(&self, address: &str) -> Result<Fetched, FetchError> {
        let mut url = self.reach.check(address)?;
        url.set_fragment(None);
        let mut bytes_out = 0;
        for _ in 0..=self.limits.redirects {
            bytes_out += url.as_str().len() as u64;
            let response = self.ask(&url).await?;
            if !response.status().is_redirection() {
                return Ok(Fetched::Page(self.take(response, url, bytes_out).await?));
            }
            let to = target(&response, &url)?;
            if !is_same_site(&url, &to) {
                return Ok(Fetched::Redirected {
                    to: Labelled::new(WebRequest::get(to), Provenance::Outside),
                    exchange: Exchange {
                        address: url.into(),
                        bytes_out,
                        bytes_in: 0,
                    },
                });
            }
            self.reach.check_url(&to)?;
            url = to;
        }
        Err(FetchError::Redirects {
            max: self.limits.redirects,
        })
    }

    async fn ask(&self, url: &Url) -> Result<Response, FetchError> {
        self.client
            .get(url.clone())
            .header(ACCEPT, "text/html, text/*;q=0.9, application/json;q=0.8")
            .send()
            .await
            .map_err(failed)
    }

    async fn take(&self, response: Response, url: Url, bytes_out: u64) -> Result<Page, FetchError> {
        let status = response.status();
        if !status.is_success() {
            return Err(FetchError::Status {
                status: status.as_u16(),
            });
        }
        let (media_type, charset) = content_type(&response);
        let Some(content) = Content::of(&media_type) else {
            return Err(FetchError::NotText { media_type });
        };
        let (body, cut) = self.body(response).await?;
        let bytes_in = body.len() as u64;
        let from = url.clone();
        // Reading a large page takes long enough to hold others up.
        let mut says =
            tokio::task::spawn_blocking(move || read(&body, content, charset.as_deref(), &from))
                .await
                .map_err(|_| FetchError::Unreadable)?;
        says.cut |= cut;
        Ok(Page {
            says: Labelled::new(says, Provenance::Outside),
            exchange: Exchange {
                address: url.into(),
                bytes_out,
                bytes_in,
            },
        })
    }

    async fn body(&self, response: Response) -> Result<(Vec<u8>, bool), FetchError> {
        let mut body = Vec::new();
        let mut pieces = response.bytes_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(failed)?;
            let room = self.limits.body_bytes - body.len();
            body.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.len() > room {
                return Ok((body, true));
            }
        }
        Ok((body, false))
    }
}

/// A client that goes nowhere by itself: no proxy from the environment, no redirect, no memory of earlier
/// connections, no names but these.
pub(crate) fn client(names: Names) -> reqwest::ClientBuilder {
    Client::builder()
        .user_agent(USER_AGENT)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .pool_max_idle_per_host(0)
        .dns_resolver(Arc::new(names))
}

fn failed(fault: reqwest::Error) -> FetchError {
    match refusal_in(&fault) {
        Some(refused) => FetchError::Address(refused),
        None => FetchError::Connection(fault),
    }
}

fn target(response: &Response, from: &Url) -> Result<Url, FetchError> {
    let mut to = response
        .headers()
        .get(LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| from.join(location).ok())
        .ok_or(FetchError::RedirectedNowhere)?;
    to.set_fragment(None);
    Ok(to)
}

/// The same server, and never from an encrypted to a readable line.
fn is_same_site(from: &Url, to: &Url) -> bool {
    let safer = from.scheme() == "http" && to.scheme() == "https";
    let ports = (from.port(), to.port());
    from.host_str() == to.host_str()
        && ((from.scheme() == to.scheme() && ports.0 == ports.1)
            || (safer && ports == (None, None)))
}

fn content_type(response: &Response) -> (String, Option<String>) {
    let header = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let (media_type, parameters) = header.split_once(';').unwrap_or((&header, ""));
    let charset = parameters.split(';').find_map(|parameter| {
        let value = parameter.trim().strip_prefix("charset=")?;
        Some(value.trim_matches('"').to_owned())
    });
    (media_type.trim().to_owned(), charset)
}

#[cfg(test)]
mod tests;
