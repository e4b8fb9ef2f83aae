//! Passphrases: how strong one is, and how a key is made of it.

use argon2::{Algorithm, Argon2, Params, Version};
use rand::TryRngCore as _;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// The most bytes of a passphrase: a page of text. Longer ones are a mistake.
pub const PASSPHRASE_BYTES_MAX: usize = 1_024;

/// The score from which a passphrase may be used: about 10^8 guesses or more (zxcvbn), each of which
/// costs the time and memory of [`Cost`].
const SCORE_MIN: u8 = 3;

/// How much of a passphrase is judged. zxcvbn takes time with the square of the length, and whoever
/// types that much is safe.
const JUDGED_CHARS_MAX: usize = 100;

/// Words of a suggested passphrase. Six of 2,048 words carry 66 bits.
const SUGGESTED_WORDS: usize = 6;

/// A passphrase. Overwritten in memory when dropped; prints as `Secret(…)`.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

/// Why a text is no passphrase.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PassphraseError {
    /// There is none.
    #[error("the passphrase is empty")]
    Empty,
    /// It is longer than anybody types.
    #[error("the passphrase is longer than {PASSPHRASE_BYTES_MAX} bytes")]
    TooLong,
}

impl Passphrase {
    /// Takes a passphrase as it was typed, blanks and all, in one form of Unicode (NFKC): keyboards
    /// write the same letter in several.
    ///
    /// # Errors
    /// It is empty or too long.
    pub fn new(text: &str) -> Result<Self, PassphraseError> {
        match text.len() {
            0 => Err(PassphraseError::Empty),
            1..=PASSPHRASE_BYTES_MAX => {
                // Made large enough at once: a text that grows leaves copies behind.
                let mut whole = Zeroizing::new(String::with_capacity(text.len() * 4));
                whole.extend(text.nfkc());
                Ok(Self(whole))
            }
            _ => Err(PassphraseError::TooLong),
        }
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How long a passphrase would withstand guessing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// From 0 (guessed at once) to 4 (out of reach), as zxcvbn counts.
    pub score: u8,
    /// Whether it may be used.
    pub acceptable: bool,
    /// What makes it weak, where something does.
    pub warning: Option<String>,
}

/// Judges a passphrase. `personal` are words that an attacker would try first.
#[must_use]
pub fn rate(text: &str, personal: &[&str]) -> Rating {
    let judged: Zeroizing<String> = Zeroizing::new(text.chars().take(JUDGED_CHARS_MAX).collect());
    let mut known = vec!["hai-net", "hainet"];
    known.extend(personal);
    let entropy = zxcvbn::zxcvbn(&judged, &known);
    let score = u8::from(entropy.score());
    let warning = entropy.feedback().and_then(|feedback| {
        let warning = feedback.warning().map(|warning| warning.to_string());
        warning.or_else(|| feedback.suggestions().first().map(ToString::to_string))
    });
    Rating {
        score,
        acceptable: score >= SCORE_MIN && text.len() <= PASSPHRASE_BYTES_MAX,
        warning,
    }
}

/// A strong passphrase of ordinary words, drawn by the operating system's generator.
///
/// # Panics
/// Never in practice: the operating system always gives random bytes once it has started.
#[must_use]
pub fn suggest() -> Passphrase {
    let list = bip39::Language::English.word_list();
    let mut text = Zeroizing::new(String::with_capacity(SUGGESTED_WORDS * 9));
    for place in 0..SUGGESTED_WORDS {
        let number = u16::from_le_bytes(random::<2>());
        if place > 0 {
            text.push(' ');
        }
        // 2,048 divides 65,536: every word is equally likely.
        text.push_str(list[usize::from(number) % list.len()]);
    }
    Passphrase(text)
}

/// What it costs to try one passphrase (Argon2id, RFC 9106).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Cost {
    /// What new vaults cost: a third of a second on a small machine.
    pub const DEFAULT: Self = Self {
        memory_kib: 128 * 1024,
        passes: 3,
        lanes: 1,
    };

    /// The least that is accepted. A file that asks for less was made to be guessed.
    pub const MIN: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 1,
    };

    /// The most that is accepted. A file that asks for more was made to stop the machine.
    pub const MAX: Self = Self {
        memory_kib: 1024 * 1024,
        passes: 16,
        lanes: 16,
    };

    /// Whether this cost is neither too low nor absurd. Asked before any memory is taken.
    #[must_use]
    pub fn is_acceptable(self) -> bool {
        (Self::MIN.memory_kib..=Self::MAX.memory_kib).contains(&self.memory_kib)
            && (Self::MIN.passes..=Self::MAX.passes).contains(&self.passes)
            && (Self::MIN.lanes..=Self::MAX.lanes).contains(&self.lanes)
    }
}

/// The key that a passphrase makes with a salt: `Argon2id(passphrase, salt, cost)`, version 0x13.
///
/// `None` when the cost is not acceptable or its memory cannot be had.
pub(crate) fn derive(
    passphrase: &Passphrase,
    salt: &[u8; 16],
    cost: Cost,
) -> Option<Zeroizing<[u8; 32]>> {
    if !cost.is_acceptable() {
        return None;
    }
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.0.as_bytes(), salt, key.as_mut_slice())
        .ok()?;
    Some(key)
}

/// Random bytes from the operating system's generator.
pub(crate) fn random<const LENGTH: usize>() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .expect("the operating system always gives random bytes once it has started");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_passphrase_is_weak_and_a_suggested_one_is_not() {
        assert!(!rate("password123", &[]).acceptable);
        assert!(!rate("Marta Lindqvist", &["marta", "lindqvist"]).acceptable, "her own name");
        assert!(!rate("", &[]).acceptable);
        let suggested = suggest();
        assert_eq!(suggested.expose().split(' ').count(), SUGGESTED_WORDS);
        assert_eq!(rate(suggested.expose(), &[]).score, 4);
        assert_ne!(suggested.expose(), suggest().expose(), "drawn anew");
    }

    #[test]
    fn endless_passphrase_is_judged_at_once_and_refused() {
        let begun = std::time::Instant::now();
        let long = "correct horse battery ".repeat(5_000);
        assert!(!rate(&long, &[]).acceptable, "too long to be kept");
        assert!(begun.elapsed().as_secs() < 2);
        assert_eq!(Passphrase::new(&long).err(), Some(PassphraseError::TooLong));
    }

    #[test]
    fn cost_that_is_too_low_or_absurd_is_refused_before_memory_is_taken() {
        let passphrase = Passphrase::new("x").expect("short");
        let refused = |cost: Cost| derive(&passphrase, &[0; 16], cost).is_none();
        assert!(refused(Cost { memory_kib: 64 * 1024 - 1, ..Cost::DEFAULT }));
        assert!(refused(Cost { passes: 2, ..Cost::DEFAULT }));
        assert!(refused(Cost { memory_kib: u32::MAX, ..Cost::DEFAULT }), "4 TiB");
        assert!(refused(Cost { passes: u32::MAX, ..Cost::DEFAULT }));
        assert!(refused(Cost { lanes: 0, ..Cost::DEFAULT }));
    }

    #[test]
    fn passphrase_prints_as_a_secret() {
        assert_eq!(format!("{:?}", Passphrase::new("hidden").expect("short")), "Secret(…)");
    }
}
