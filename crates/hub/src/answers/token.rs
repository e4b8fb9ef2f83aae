//! Answers about tokens.

use std::time::Duration;

use contract::token::{
    CreateToken, LABEL_CHARS_MAX, ListTokens, RevokeToken, TokenCreated, TokenList, TokenView,
};
use contract::{Code, Done, Fault};
use domain::admission;
use store::AuditKind;

use super::Answer;
use crate::admit::SCOPE_API;
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
        let created = self.create_token(label, expires).await?;
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
            // A browser's session opens the page, not the API; it is no token of a program.
            .filter(|row| row.scopes.iter().any(|scope| scope == SCOPE_API))
            .map(|row| TokenView {
                id: row.id,
                label: row.label,
                created: row.created,
                last_used: row.last_used,
                expires: row.expires,
                revoked: row.revoked,
            })
            .collect();
        tokens.sort_by_key(|token| std::cmp::Reverse(token.id));
        Ok(TokenList { tokens })
    }
}

impl Answer<RevokeToken> for Hub {
    async fn answer_to(&self, ask: RevokeToken) -> Result<Done, Fault> {
        let revoked = self.house.store.revoke_token(ask.token, self.now()).await;
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
