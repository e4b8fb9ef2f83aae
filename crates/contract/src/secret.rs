//! A text that no log and no debug print may show.

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

/// A passphrase, recovery words, or another text that opens something.
///
/// It travels as plain text, prints as `Secret(…)`, and is overwritten in memory when it is dropped.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text itself. Whoever takes it keeps it out of logs, errors and files.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<Secret> for String {
    fn from(mut secret: Secret) -> Self {
        std::mem::take(&mut *secret.0)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl std::fmt::Display for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Zeroize for Secret {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_travels_as_text_and_prints_as_nothing() {
        let secret = Secret::from("correct horse");
        let wire = serde_json::to_string(&secret).expect("plain data");
        assert_eq!(wire, r#""correct horse""#, "the hub needs the text");
        assert_eq!(format!("{secret} {secret:?}"), "Secret(…) Secret(…)");
    }
}
