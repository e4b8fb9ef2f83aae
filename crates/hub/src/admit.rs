//! Who may come in: API tokens for programs, sessions for browsers, links that make a session.
//!
//! A secret is 32 random bytes; only its SHA-256 is stored. That is enough for a secret that nobody
//! chose: there is nothing to guess.

use std::sync::Arc;

use base::{Timestamp, TokenId};
use contract::system::SignInLink;
use contract::token::{Scope, TokenCreated};
use contract::{Code, Fault};
use domain::admission::{self, SESSION_LIFE, SecretHash};
use domain::allowance;
use sha2::{Digest, Sha256};
use store::TokenRow;

use crate::clock::{hex, random};
use crate::convert;
use crate::desk::Input;
use crate::house::Hub;

/// What API tokens begin with, so that a person and a secret scanner know one when they see it.
const TOKEN_PREFIX: &str = "hai_sk_";

/// How the store names a token that may be used for what is usual. Tokens made before there were scopes
/// have it too.
const SCOPE_API: &str = "api";

/// What a signed-in browser's token may be used for.
const SCOPE_BROWSER: &str = "browser";

/// How a signed-in browser is called in the list of tokens.
const BROWSER_LABEL: &str = "Browser";

impl Hub {
    /// Whether this is a good API token, and what it allows.
    pub async fn admit(&self, bearer: &str) -> Option<Grant> {
        if !bearer.starts_with(TOKEN_PREFIX) {
            return None;
        }
        let row = self.good_token(bearer, is_for_programs).await?;
        let allowed = scopes(&row.scopes);
        Some(Grant {
            token: row.id,
            scopes: Scope::ALL.map(|scope| allowed.contains(&scope).then_some(scope)),
            rate_per_minute: row.rate_per_minute,
            quota_tokens: row.quota_tokens,
        })
    }

    /// Lets a request of a program in, and counts it; `None` stands for a program without a token.
    ///
    /// # Errors
    /// The token is not for this, or has had its share: then the fault tells when there is room again.
    pub async fn let_in(&self, grant: Option<&Grant>, scope: Scope) -> Result<(), Fault> {
        let Some(grant) = grant else { return Ok(()) };
        grant.check(scope)?;
        let (now, ledger) = (self.now(), self.house.turns.ledger());
        if let Some(quota) = grant.quota_tokens {
            let spent = ledger.spent(grant.token, now, &self.house.store).await;
            let spent = spent.map_err(|error| convert::store_fault(&error))?;
            allowance::within_quota(spent, quota, now).map_err(|seconds| {
                let message = format!(
                    "This token has used {spent} tokens of models today, and may use {quota} a day."
                );
                Fault::refused(Code::Busy, message)
                    .advising("The count begins anew at midnight UTC.")
                    .retrying_after(seconds)
            })?;
        }
        if let Some(rate) = grant.rate_per_minute {
            ledger
                .count_request(grant.token, rate, now)
                .map_err(|seconds| {
                    let message = format!("This token may ask {rate} times a minute.");
                    Fault::refused(Code::Busy, message)
                        .advising(format!("There is room again in {seconds} s."))
                        .retrying_after(seconds)
                })?;
        }
        Ok(())
    }

    /// Whether this is the secret of a browser that is signed in. While the vault is locked, those count
    /// that were seen since the hub started.
    pub async fn signed_in(&self, session: &str) -> bool {
        if self.house.store.is_open() {
            return self.good_token(session, is_of_browser).await.is_some();
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
            .add_token(TokenRow {
                label: BROWSER_LABEL.to_owned(),
                scopes: vec![SCOPE_BROWSER.to_owned()],
                expires: Some(expires),
                ..self.new_token(session)
            })
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

    /// Makes a token for a program; no scopes stand for the usual ones.
    pub(crate) async fn create_token(&self, wanted: NewToken) -> Result<TokenCreated, Fault> {
        let token = format!("{TOKEN_PREFIX}{}", hex(&random::<32>()));
        let stored = match wanted.scopes.as_slice() {
            [] => vec![SCOPE_API.to_owned()],
            some => some.iter().map(|scope| scope.name().to_owned()).collect(),
        };
        let row = TokenRow {
            label: wanted.label,
            scopes: stored,
            expires: wanted.expires,
            rate_per_minute: wanted.rate_per_minute,
            quota_tokens: wanted.quota_tokens,
            ..self.new_token(hash(&token))
        };
        let created = TokenCreated {
            id: row.id,
            label: row.label.clone(),
            token,
            expires: row.expires,
            scopes: scopes(&row.scopes),
            rate_per_minute: row.rate_per_minute,
            quota_tokens_per_day: row.quota_tokens,
        };
        self.add_token(row).await?;
        Ok(created)
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

    /// A token that may do nothing yet.
    fn new_token(&self, hash: SecretHash) -> TokenRow {
        TokenRow {
            id: self.house.mint.token(),
            label: String::new(),
            hash,
            scopes: Vec::new(),
            created: self.now(),
            last_used: None,
            expires: None,
            revoked: None,
            rate_per_minute: None,
            quota_tokens: None,
        }
    }

    async fn add_token(&self, row: TokenRow) -> Result<(), Fault> {
        let added = self.house.store.add_token(row).await;
        added.map_err(|error| convert::store_fault(&error))
    }

    async fn good_token(
        &self,
        secret: &str,
        is_for: impl Fn(&[String]) -> bool,
    ) -> Option<Arc<TokenRow>> {
        // The lookup is by hash, so its timing tells nothing about the secret.
        let hash = hash(secret);
        let book = &self.house.tokens;
        let row = match book.find(&hash) {
            Ok(row) => row,
            Err(edition) => {
                let found = self.house.store.token_by_hash(hash).await;
                let row = found
                    .inspect_err(|error| tracing::error!("a token could not be looked up: {error}"))
                    .ok()??;
                let row = Arc::new(row);
                book.note(&row, edition);
                row
            }
        };
        let now = self.now();
        if !admission::is_good(row.expires, row.revoked, now) || !is_for(&row.scopes) {
            return None;
        }
        let token = row.id;
        if self
            .consult(|reply| Input::TokenUsed { token, now, reply })
            .await
            .unwrap_or(false)
        {
            if let (true, Some(expires)) = (is_of_browser(&row.scopes), row.expires) {
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
        Some(row)
    }
}

/// What a token for the API allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The token.
    pub token: TokenId,
    /// What it may be used for.
    pub scopes: [Option<Scope>; Scope::ALL.len()],
    /// The most requests a minute.
    pub rate_per_minute: Option<u32>,
    /// The most tokens of models a day.
    pub quota_tokens: Option<u64>,
}

impl Grant {
    /// Whether it may be used for this.
    ///
    /// # Errors
    /// It may not.
    pub fn check(&self, scope: Scope) -> Result<(), Fault> {
        if self.scopes.contains(&Some(scope)) {
            return Ok(());
        }
        let message = format!("This token may not be used for `{scope}`.");
        Err(Fault::refused(Code::NotAllowed, message).advising(format!(
            "Make one that may: `hai-net token create --label NAME --scope {scope}`."
        )))
    }
}

/// What a token that is to be made allows.
#[derive(Debug)]
pub(crate) struct NewToken {
    pub(crate) label: String,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) rate_per_minute: Option<u32>,
    pub(crate) quota_tokens: Option<u64>,
}

/// What a token's stored scopes allow a program.
pub(crate) fn scopes(stored: &[String]) -> Vec<Scope> {
    if stored.iter().any(|name| name == SCOPE_API) {
        return Scope::USUAL.to_vec();
    }
    stored
        .iter()
        .filter_map(|name| Scope::named(name))
        .collect()
}

/// A browser's session opens the page, not the API.
pub(crate) fn is_for_programs(stored: &[String]) -> bool {
    !stored.is_empty() && !is_of_browser(stored)
}

fn is_of_browser(stored: &[String]) -> bool {
    stored.iter().any(|name| name == SCOPE_BROWSER)
}

fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}
