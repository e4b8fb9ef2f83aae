//! What the gateway needs of the hub, as a trait: the tests of the door put a small hall behind it
//! whose model answers exactly what a test wants, errors in mid-answer included.

use std::sync::Arc;

use async_trait::async_trait;
use base::TokenId;
use contract::model::EngineView;
use contract::token::{ListTokens, Scope};
use contract::{AnyAsk, Fault, Notice};
use futures::stream::BoxStream;
use guardian::Guardian;
use hub::{Figures, Grant, Hub, KeptResponse, OfferedModel};
use llm::Model;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// What the gateway needs of the hub.
#[async_trait]
pub(crate) trait Hall: Send + Sync + 'static {
    /// Answers an ask whose reach was checked.
    async fn ask(&self, ask: AnyAsk) -> Result<Value, Fault>;
    /// What the hub tells, until it closes.
    fn watch(&self) -> BoxStream<'static, Notice>;
    /// The model of this name, or the one that answers when none is named, for a program with a token that
    /// allows this, or without one.
    async fn model(
        &self,
        name: Option<&str>,
        grant: Option<&Grant>,
    ) -> Result<Arc<dyn Model>, Fault>;
    /// The models that the API lists, aliases included.
    async fn offered_models(&self) -> Result<Vec<OfferedModel>, Fault>;
    /// Whether the vault is locked, so that no token can be looked up.
    fn is_locked(&self) -> bool;
    /// What the API token of this secret allows, while it counts.
    async fn admit(&self, secret: &str) -> Option<Grant>;
    /// Lets a request of a program in and counts it, unless its token is not for this or has had its share.
    async fn let_in(&self, grant: Option<&Grant>, scope: Scope) -> Result<(), Fault>;
    /// Answers of programs that are under way or wait for their turn.
    fn programs_waiting(&self) -> usize;
    /// What the engine does now.
    fn engine(&self) -> EngineView;
    /// Turns a one-time ticket into the secret of a session.
    async fn redeem(&self, ticket: &str) -> Option<String>;
    /// Whether a session of this secret counts.
    async fn signed_in(&self, session: &str) -> bool;
    /// Whether some API token counts now.
    async fn has_token(&self, now: base::Timestamp) -> Result<bool, Fault>;
    /// Keeps an answer for its program; it is on disk when this returns.
    async fn keep_response(&self, response: KeptResponse) -> Result<(), Fault>;
    /// An answer of this program, and those that it goes on from, the newest first.
    async fn kept_responses(
        &self,
        id: &str,
        token: Option<TokenId>,
    ) -> Result<Vec<KeptResponse>, Fault>;
    /// Deletes an answer of this program.
    async fn forget_response(&self, id: &str, token: Option<TokenId>) -> Result<(), Fault>;
    /// The guardian, as the owner of the hub needs it.
    async fn guardian(&self) -> Guardian;
    /// Counters.
    fn figures(&self) -> Figures;
    /// Cancelled when the hub begins to close.
    fn closing(&self) -> CancellationToken;
}

#[async_trait]
impl Hall for Hub {
    async fn ask(&self, ask: AnyAsk) -> Result<Value, Fault> {
        Self::ask(self, ask).await
    }

    fn watch(&self) -> BoxStream<'static, Notice> {
        Box::pin(futures::stream::unfold(
            Self::watch(self),
            |mut watch| async { watch.next().await.map(|notice| (notice, watch)) },
        ))
    }

    async fn model(
        &self,
        name: Option<&str>,
        grant: Option<&Grant>,
    ) -> Result<Arc<dyn Model>, Fault> {
        self.model_for_program(name, grant).await
    }

    async fn offered_models(&self) -> Result<Vec<OfferedModel>, Fault> {
        Self::offered_models(self).await
    }

    fn is_locked(&self) -> bool {
        self.vault_state() == contract::identity::VaultState::Locked
    }

    async fn admit(&self, secret: &str) -> Option<Grant> {
        Self::admit(self, secret).await
    }

    async fn let_in(&self, grant: Option<&Grant>, scope: Scope) -> Result<(), Fault> {
        Self::let_in(self, grant, scope).await
    }

    fn programs_waiting(&self) -> usize {
        Self::programs_waiting(self)
    }

    fn engine(&self) -> EngineView {
        Self::engine(self)
    }

    async fn redeem(&self, ticket: &str) -> Option<String> {
        Self::redeem(self, ticket).await
    }

    async fn signed_in(&self, session: &str) -> bool {
        Self::signed_in(self, session).await
    }

    async fn has_token(&self, now: base::Timestamp) -> Result<bool, Fault> {
        let list = self.answer(ListTokens {}).await?;
        Ok(list.tokens.iter().any(|token| {
            token.revoked.is_none() && token.expires.is_none_or(|expires| expires > now)
        }))
    }

    async fn keep_response(&self, response: KeptResponse) -> Result<(), Fault> {
        Self::keep_response(self, response).await
    }

    async fn kept_responses(
        &self,
        id: &str,
        token: Option<TokenId>,
    ) -> Result<Vec<KeptResponse>, Fault> {
        Self::kept_responses(self, id, token).await
    }

    async fn forget_response(&self, id: &str, token: Option<TokenId>) -> Result<(), Fault> {
        Self::forget_response(self, id, token).await
    }

    async fn guardian(&self) -> Guardian {
        Self::guardian(self).await
    }

    fn figures(&self) -> Figures {
        Self::figures(self)
    }

    fn closing(&self) -> CancellationToken {
        Self::closing(self)
    }
}
