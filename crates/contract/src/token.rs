//! Tokens with which other programs use the API.

use base::{Timestamp, TokenId};
use serde::{Deserialize, Serialize};

/// The most characters of a label.
pub const LABEL_CHARS_MAX: usize = 100;

/// The most tokens of models that a token's quota can be a day.
pub const QUOTA_MAX: u64 = 1_000_000_000_000;

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Seeing which models there are.
    Models,
    /// Having a model write: chat, completions, responses, and counting tokens.
    Chat,
    /// Turning texts into vectors, and sorting texts by them.
    Embeddings,
    /// Having the admin work with its tools, memory included, where a question asks for it.
    Agents,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 4] = [Self::Models, Self::Chat, Self::Embeddings, Self::Agents];

    /// What a token may be used for that was made without naming any: all that shows nothing of the person.
    pub const USUAL: [Self; 3] = [Self::Models, Self::Chat, Self::Embeddings];

    /// The name, as a person types it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Models => "models",
            Self::Chat => "chat",
            Self::Embeddings => "embeddings",
            Self::Agents => "agents",
        }
    }

    /// The scope of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Makes a token for a program.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CreateToken {
    /// What it is for, in the person's words.
    pub label: String,
    /// Days until it ends; `None` for no end.
    #[serde(default)]
    pub days: Option<u32>,
    /// What it may be used for, by [`Scope::name`]; empty for [`Scope::USUAL`].
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The most requests a minute; `None` for no limit.
    #[serde(default)]
    pub rate_per_minute: Option<u32>,
    /// The most tokens of models a day, read and written; `None` for no limit.
    #[serde(default)]
    pub quota_tokens_per_day: Option<u64>,
}

/// A new token. The only time that its secret is shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenCreated {
    /// Names it.
    pub id: TokenId,
    /// What it is for.
    pub label: String,
    /// The secret: `hai_sk_` and 64 hexadecimal digits.
    pub token: String,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// What it may be used for.
    #[serde(default)]
    pub scopes: Vec<Scope>,
    /// The most requests a minute; `None` for no limit.
    #[serde(default)]
    pub rate_per_minute: Option<u32>,
    /// The most tokens of models a day; `None` for no limit.
    #[serde(default)]
    pub quota_tokens_per_day: Option<u64>,
}

impl std::fmt::Debug for TokenCreated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenCreated")
            .field("id", &self.id)
            .field("label", &self.label)
            .field("token", &"Secret(…)")
            .field("expires", &self.expires)
            .field("scopes", &self.scopes)
            .field("rate_per_minute", &self.rate_per_minute)
            .field("quota_tokens_per_day", &self.quota_tokens_per_day)
            .finish()
    }
}

/// Lists tokens, without their secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListTokens {}

/// The tokens, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenList {
    /// The tokens.
    pub tokens: Vec<TokenView>,
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenView {
    /// Names it.
    pub id: TokenId,
    /// What it is for.
    pub label: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
    /// What it may be used for.
    #[serde(default)]
    pub scopes: Vec<Scope>,
    /// The most requests a minute; `None` for no limit.
    #[serde(default)]
    pub rate_per_minute: Option<u32>,
    /// The most tokens of models a day; `None` for no limit.
    #[serde(default)]
    pub quota_tokens_per_day: Option<u64>,
}

/// Revokes a token for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokeToken {
    /// Which.
    pub token: TokenId,
}
