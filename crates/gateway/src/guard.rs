//! The guard: what every request must pass before it is routed.
//!
//! A web page that a person happens to visit can make their browser send requests to this machine,
//! and with DNS rebinding even read the answers. So the guard looks, in this order, at
//!
//! 1. the target and `Host`: one of our own names with our own port;
//! 2. `Origin` and `Sec-Fetch-Site`: absent, or our own;
//! 3. what opens the area: an API token for `/v1` and `/api`, a session cookie for `/ui`, either for `/metrics`.
//!
//! It looks at nothing else: no method is exempt, and neither are event streams or upgrades. What
//! serves an area asks for the pass that only the guard hands out ([`ApiCaller`], [`SignedIn`]), so a
//! route that the guard did not check cannot be reached.

pub(crate) mod address;
pub(crate) mod credentials;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use base::TokenId;
use contract::{Code, Fault};
use hub::Grant;

use self::address::{OwnNames, check_address};
use self::credentials::{Presented, presented_token, session_cookies};
use crate::hall::Hall;
use crate::problem::Problem;

/// What a path belongs to, and so what opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    /// Pages without anything private: the UI's files, sign-in, health.
    Open,
    /// `/v1`: an API token.
    Api,
    /// `/v1/messages`: an API token; errors are told as the Anthropic API does.
    Anthropic,
    /// `/api`: an API token; errors are told as Ollama does.
    Ollama,
    /// `/ui`: a session cookie.
    Ui,
    /// `/metrics`: either.
    Metrics,
}

impl Area {
    /// The area of a path as it came, before anything is decoded: the router matches the same bytes.
    pub(crate) fn of(path: &str) -> Self {
        let mut parts = path.trim_start_matches('/').split('/');
        match parts.next() {
            Some("v1") => match parts.find(|part| !["openai-compat", "v1"].contains(part)) {
                Some("messages") => Self::Anthropic,
                Some(_) | None => Self::Api,
            },
            Some("api") => Self::Ollama,
            Some("ui") => Self::Ui,
            Some("metrics") => Self::Metrics,
            Some(_) | None => Self::Open,
        }
    }
}

/// The pass of a request that may use the API. Only the guard makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ApiCaller {
    /// The token; `None` on loopback where none is required.
    pub(crate) token: Option<TokenId>,
    /// What the token allows.
    pub(crate) grant: Option<Grant>,
}

/// The pass of a request from a browser that is signed in. Only the guard makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SignedIn(());

/// The guard of one listening address.
pub(crate) struct Guard {
    own: OwnNames,
    token_optional: bool,
    hall: Arc<dyn Hall>,
}

impl Guard {
    pub(crate) fn new(own: OwnNames, token_optional: bool, hall: Arc<dyn Hall>) -> Self {
        Self {
            own,
            token_optional,
            hall,
        }
    }

    /// Lets a request through and gives it its pass, or says why not.
    pub(crate) async fn check(&self, request: &mut Parts) -> Result<(), Problem> {
        check_address(&self.own, &request.uri, &request.headers)?;
        match Area::of(request.uri.path()) {
            Area::Open => {}
            Area::Api | Area::Anthropic | Area::Ollama => {
                let pass = self.api_caller(request).await?;
                request.extensions.insert(pass);
            }
            Area::Ui => {
                let pass = self.signed_in(request).await?;
                request.extensions.insert(pass);
            }
            Area::Metrics => {
                if self.signed_in(request).await.is_err() {
                    let caller = self.api_caller(request).await?;
                    caller.token.ok_or_else(Problem::token_missing)?;
                }
            }
        }
        Ok(())
    }

    async fn api_caller(&self, request: &Parts) -> Result<ApiCaller, Problem> {
        if self.hall.is_locked() {
            return Err(Fault::refused(Code::Locked, "HAI-Net is locked.").into());
        }
        match presented_token(&request.headers) {
            Presented::Secret(secret) => match self.hall.admit(secret).await {
                Some(grant) => Ok(ApiCaller {
                    token: Some(grant.token),
                    grant: Some(grant),
                }),
                None => Err(Problem::token_wrong()),
            },
            Presented::Nothing if self.token_optional => Ok(ApiCaller {
                token: None,
                grant: None,
            }),
            Presented::Nothing => Err(Problem::token_missing()),
            Presented::Unusable => Err(Problem::token_wrong()),
        }
    }

    async fn signed_in(&self, request: &Parts) -> Result<SignedIn, Problem> {
        let mut sessions = session_cookies(&request.headers);
        // Two cookies of our name: one was planted by another program on this machine.
        if let (Some(session), None) = (sessions.next(), sessions.next())
            && self.hall.signed_in(session).await
        {
            return Ok(SignedIn(()));
        }
        Err(Problem::not_signed_in())
    }
}

impl<S: Sync> FromRequestParts<S> for ApiCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get().copied().ok_or_else(unguarded)
    }
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get().copied().ok_or_else(unguarded)
    }
}

fn unguarded() -> Problem {
    tracing::error!("a route was reached without the guard; nothing was shown");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the guard was not asked").code("internal")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn area_is_that_of_the_first_part_of_the_path() {
        for (path, area) in [
            ("/", Area::Open),
            ("/health", Area::Open),
            ("/v1", Area::Api),
            ("/v1/models", Area::Api),
            ("//v1/models", Area::Api),
            ("/v1/../ui/ask", Area::Api),
            ("/v1/messages", Area::Anthropic),
            ("/v1/messages/count_tokens", Area::Anthropic),
            ("/v1/openai-compat/v1/messages", Area::Anthropic),
            ("/v1/models/messages", Area::Api),
            ("/api/chat", Area::Ollama),
            ("/api", Area::Ollama),
            ("/apis", Area::Open),
            ("/v10/models", Area::Open),
            ("/ui", Area::Ui),
            ("/ui/ask", Area::Ui),
            ("/uix.js", Area::Open),
            ("/metrics", Area::Metrics),
            ("/metrics/x", Area::Metrics),
        ] {
            assert_eq!(Area::of(path), area, "{path}");
        }
    }
}
