//! Tokens with which other programs use the API.

use base::{Timestamp, TokenId};
use serde::{Deserialize, Serialize};

/// The most characters of a label.
pub const LABEL_CHARS_MAX: usize = 100;

/// Makes a token for a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateToken {
    /// What it is for, in the person's words.
    pub label: String,
    /// Days until it ends; `None` for no end.
    #[serde(default)]
    pub days: Option<u32>,
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
}

impl std::fmt::Debug for TokenCreated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenCreated")
            .field("id", &self.id)
            .field("label", &self.label)
            .field("token", &"Secret(…)")
            .field("expires", &self.expires)
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
}

/// Revokes a token for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokeToken {
    /// Which.
    pub token: TokenId,
}
