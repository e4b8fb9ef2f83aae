//! Answers about tokens.

use std::time::Duration;

use contract::token::{
    CreateToken, LABEL_CHARS_MAX, ListTokens, QUOTA_MAX, RevokeToken, Scope, TokenCreated,
    TokenList, TokenView,
};
use contract::{Code, Done, Fault};
use domain::admission;
use domain::allowance::RATE_MAX;
use store::AuditKind;

use super::Answer;
use crate::admit::{self, NewToken};
use crate::convert;
use crate::house::Hub;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Answer<CreateToken> for Hub {
    async fn answer_to(&self, ask: CreateToken) -> Result<TokenCreated, Fault> {
        let label = ask.label.trim().to_owned();
        let chars = label.chars().count();
        if chars == 0 || chars > LABEL_CHARS_MAX || label.chars().any(char::is_control) {
            let message = format!("A label has 1 to {LABEL_CHARS_MAX} characters on one line.");
            return Err(Fault::refused(Code::InvalidAsk, message));
        }
        if ask.days == Some(0) {
            return Err(Fault::refused(
                Code::InvalidAsk,
                "A token is good for at least one day.",
            ));
        }
        let expires = ask
            .days
            .map(|days| admission::later(self.now(), DAY.saturating_mul(days)));
        let wanted = NewToken {
            label,
            expires,
            scopes: scopes_named(&ask.scopes)?,
            rate_per_minute: ask.rate_per_minute,
            quota_tokens: ask.quota_tokens_per_day,
        };
        check_limits(&wanted)?;
        let created = self.create_token(wanted).await?;
        tracing::info!(token = %created.id, "an API token was created");
        let subject = format!("token created: {}", created.id);
        self.note_on_record(AuditKind::Access, subject).await;
        Ok(created)
    }
}

impl Answer<ListTokens> for Hub {
    async fn answer_to(&self, _ask: ListTokens) -> Result<TokenList, Fault> {
        let rows = self
            .house
            .store
            .tokens()
            .await
            .map_err(|error| convert::store_fault(&error))?;
        let mut tokens: Vec<_> = rows
            .into_iter()
            .filter(|row| admit::is_for_programs(&row.scopes))
            .map(|row| TokenView {
                id: row.id,
                label: row.label,
                created: row.created,
                last_used: row.last_used,
                expires: row.expires,
                revoked: row.revoked,
                scopes: admit::scopes(&row.scopes),
                rate_per_minute: row.rate_per_minute,
                quota_tokens_per_day: row.quota_tokens,
            })
            .collect();
        tokens.sort_by_key(|token| std::cmp::Reverse(token.id));
        Ok(TokenList { tokens })
    }
}

impl Answer<RevokeToken> for Hub {
    async fn answer_to(&self, ask: RevokeToken) -> Result<Done, Fault> {
        let revoked = self.house.store.revoke_token(ask.token, self.now()).await;
        self.house.tokens.changed();
        match revoked.map_err(|error| convert::store_fault(&error))? {
            true => {
                tracing::info!(token = %ask.token, "a token was revoked");
                let subject = format!("token revoked: {}", ask.token);
                self.note_on_record(AuditKind::Access, subject).await;
                Ok(Done {})
            }
            false => Err(Fault::refused(
                Code::NotFound,
                "There is no such token, or it has ended.",
            )),
        }
    }
}

/// Reads the names of scopes, each once.
fn scopes_named(names: &[String]) -> Result<Vec<Scope>, Fault> {
    let mut scopes = Vec::new();
    for name in names {
        let Some(scope) = Scope::named(name.trim()) else {
            let known = Scope::ALL.map(Scope::name).join(", ");
            let message = format!("There is no scope `{name}`; a token takes {known}.");
            return Err(Fault::refused(Code::InvalidAsk, message));
        };
        scopes.push(scope);
    }
    scopes.sort_unstable();
    scopes.dedup();
    Ok(scopes)
}

fn check_limits(wanted: &NewToken) -> Result<(), Fault> {
    let (rate, quota) = (wanted.rate_per_minute, wanted.quota_tokens);
    if rate.is_some_and(|rate| rate == 0 || rate > RATE_MAX) {
        let message = format!("A rate is 1 to {RATE_MAX} requests a minute.");
        return Err(Fault::refused(Code::InvalidAsk, message));
    }
    if quota.is_some_and(|quota| quota == 0 || quota > QUOTA_MAX) {
        let message = format!("A quota is 1 to {QUOTA_MAX} tokens of models a day.");
        return Err(Fault::refused(Code::InvalidAsk, message));
    }
    Ok(())
}
