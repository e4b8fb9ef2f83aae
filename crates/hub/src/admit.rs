//! Who may come in: API tokens for programs, sessions for browsers, links that make a session.
//!
//! A secret is 32 random bytes; only its SHA-256 is stored. That is enough for a secret that nobody
//! chose: there is nothing to guess.

use base::{Timestamp, TokenId};
use contract::Fault;
use contract::system::SignInLink;
use contract::token::TokenCreated;
use domain::admission::{self, SESSION_LIFE, SecretHash};
use sha2::{Digest, Sha256};
use store::TokenRow;

use crate::clock::{hex, random};
use crate::convert;
use crate::desk::Input;
use crate::house::Hub;

/// What API tokens begin with, so that a person and a secret scanner know one when they see it.
const TOKEN_PREFIX: &str = "hai_sk_";

/// What a token for the API may be used for.
pub(crate) const SCOPE_API: &str = "api";

/// What a signed-in browser's token may be used for.
pub(crate) const SCOPE_BROWSER: &str = "browser";

/// How a signed-in browser is called in the list of tokens.
const BROWSER_LABEL: &str = "Browser";

impl Hub {
    /// Whether this is a good API token, and which.
    pub async fn admit(&self, bearer: &str) -> Option<TokenId> {
        if !bearer.starts_with(TOKEN_PREFIX) {
            return None;
        }
        self.good_token(bearer, SCOPE_API).await
    }

    /// Whether this is the secret of a browser that is signed in. While the vault is locked, those count
    /// that were seen since the hub started.
    pub async fn signed_in(&self, session: &str) -> bool {
        if self.house.store.is_open() {
            return self.good_token(session, SCOPE_BROWSER).await.is_some();
        }
        let (session, now) = (hash(session), self.now());
        self.consult(|reply| Input::SessionKnown {
            session,
            now,
            reply,
        })
        .await
        .unwrap_or(false)
    }

    /// Stores the session of a browser; whether that worked.
    pub(crate) async fn write_session(&self, session: SecretHash, expires: Timestamp) -> bool {
        let added = self
            .add_token(
                BROWSER_LABEL.to_owned(),
                SCOPE_BROWSER,
                session,
                Some(expires),
            )
            .await;
        added
            .inspect_err(|fault| tracing::error!("a browser could not be signed in: {fault}"))
            .is_ok()
    }

    /// Takes in the ticket of a sign-in link. Returns the secret for the browser's cookie, once.
    pub async fn redeem(&self, ticket: &str) -> Option<String> {
        let (ticket, now) = (hash(ticket), self.now());
        let is_good = self
            .consult(|reply| Input::TicketRedeemed { ticket, now, reply })
            .await
            .ok()?;
        if !is_good {
            tracing::warn!("a sign-in link was opened that is used up, has ended, or is no link");
            return None;
        }
        let secret = hex(&random::<32>());
        let (session, expires) = (hash(&secret), admission::later(now, SESSION_LIFE));
        let is_stored = self.house.store.is_open();
        if is_stored && !self.write_session(session, expires).await {
            return None;
        }
        self.bring(Input::SessionSeen {
            session,
            expires,
            is_stored,
        })
        .await;
        tracing::info!("a browser was signed in");
        Some(secret)
    }

    /// Makes a link that signs one browser in, once. `None` when no port is open.
    pub(crate) async fn make_sign_in_link(&self) -> Result<Option<SignInLink>, Fault> {
        let Some(address) = self.address() else {
            return Ok(None);
        };
        let secret = hex(&random::<32>());
        let (ticket, now) = (hash(&secret), self.now());
        let expires = self
            .consult(|reply| Input::TicketIssued { ticket, now, reply })
            .await?;
        Ok(Some(SignInLink {
            url: format!("{address}/sign-in?ticket={secret}"),
            expires,
        }))
    }

    /// Makes a token for a program.
    pub(crate) async fn create_token(
        &self,
        label: String,
        expires: Option<Timestamp>,
    ) -> Result<TokenCreated, Fault> {
        let token = format!("{TOKEN_PREFIX}{}", hex(&random::<32>()));
        let id = self
            .add_token(label.clone(), SCOPE_API, hash(&token), expires)
            .await?;
        Ok(TokenCreated {
            id,
            label,
            token,
            expires,
        })
    }

    /// Where a browser finds the gateway, by the name that a person would type.
    pub(crate) fn address(&self) -> Option<String> {
        let address = self.house.address.get()?;
        let port = address.port();
        Some(match address.ip() {
            ip if ip.is_loopback() || ip.is_unspecified() => format!("http://localhost:{port}"),
            _ => format!("http://{address}"),
        })
    }

    async fn add_token(
        &self,
        label: String,
        scope: &str,
        hash: SecretHash,
        expires: Option<Timestamp>,
    ) -> Result<TokenId, Fault> {
        let id = self.house.mint.token();
        let row = TokenRow {
            id,
            label,
            hash,
            scopes: vec![scope.to_owned()],
            created: self.now(),
            last_used: None,
            expires,
            revoked: None,
        };
        self.house
            .store
            .add_token(row)
            .await
            .map_err(|error| convert::store_fault(&error))?;
        Ok(id)
    }

    async fn good_token(&self, secret: &str, scope: &str) -> Option<TokenId> {
        // The lookup is by hash, so its timing tells nothing about the secret.
        let hash = hash(secret);
        let found = self.house.store.token_by_hash(hash).await;
        let row = found
            .inspect_err(|error| tracing::error!("a token could not be looked up: {error}"))
            .ok()??;
        let now = self.now();
        let is_good = admission::is_good(row.expires, row.revoked, now)
            && row.scopes.iter().any(|given| given == scope);
        if !is_good {
            return None;
        }
        let token = row.id;
        if self
            .consult(|reply| Input::TokenUsed { token, now, reply })
            .await
            .unwrap_or(false)
        {
            if let (SCOPE_BROWSER, Some(expires)) = (scope, row.expires) {
                self.bring(Input::SessionSeen {
                    session: hash,
                    expires,
                    is_stored: true,
                })
                .await;
            }
            let store = self.house.store.clone();
            self.undertake(async move {
                if let Err(error) = store.touch_token(token, now).await {
                    tracing::warn!("the use of a token could not be noted: {error}");
                }
            });
        }
        Some(token)
    }
}

fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}
