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
        if text.is_empty() {
            return Err(PassphraseError::Empty);
        }
        // One letter can become eighteen: both forms have to be short.
        let bytes = || text.nfkc().map(char::len_utf8).sum::<usize>();
        if text.len() > PASSPHRASE_BYTES_MAX || bytes() > PASSPHRASE_BYTES_MAX {
            return Err(PassphraseError::TooLong);
        }
        // Made large enough at once: a text that grows leaves copies behind.
        let mut whole = Zeroizing::new(String::with_capacity(bytes()));
        for letter in text.nfkc() {
            whole.push(letter);
        }
        Ok(Self(whole))
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
#[derive(Debug, Clone, PartialEq)]
pub struct Rating {
    /// From 0 (guessed at once) to 4 (out of reach), as zxcvbn counts.
    pub score: u8,
    /// The power of ten of the guesses that it withstands.
    pub guesses_log10: f64,
    /// Whether it may be used.
    pub acceptable: bool,
    /// What makes it weak, where something does.
    pub warning: Option<String>,
}

/// Letters from which a personal word counts. Shorter ones are in many words.
const PERSONAL_CHARS_MIN: usize = 3;

/// Judges a passphrase. `personal` are words that an attacker would try first.
#[must_use]
pub fn rate(text: &str, personal: &[&str]) -> Rating {
    let end = text
        .char_indices()
        .nth(JUDGED_CHARS_MAX)
        .map_or(text.len(), |(end, _)| end);
    let judged = &text[..end];
    let mut known = vec!["hai-net", "hainet"];
    known.extend(personal.iter().flat_map(|words| words.split_whitespace()));
    let mut rating = rate_judged(judged, &known);
    // A name and a surname with a blank between are three parts, which zxcvbn takes for hard to guess,
    // however well known each is. So it has to be strong without them.
    let rest = without(judged, &known);
    if rest.len() < judged.len() {
        let of_rest = rate_judged(&rest, &[]);
        if of_rest.score < rating.score {
            rating = Rating {
                warning: Some("Personal words are tried first.".to_owned()),
                ..of_rest
            };
        }
    }
    rating.acceptable = rating.score >= SCORE_MIN && text.len() <= PASSPHRASE_BYTES_MAX;
    rating
}

fn rate_judged(text: &str, known: &[&str]) -> Rating {
    let entropy = zxcvbn::zxcvbn(text, known);
    let warning = entropy.feedback().and_then(|feedback| {
        let warning = feedback.warning().map(|warning| warning.to_string());
        warning.or_else(|| feedback.suggestions().first().map(ToString::to_string))
    });
    Rating {
        score: u8::from(entropy.score()),
        guesses_log10: entropy.guesses_log10(),
        acceptable: false,
        warning,
    }
}

/// The text in small letters without these words.
fn without(text: &str, words: &[&str]) -> Zeroizing<String> {
    let mut rest = Zeroizing::new(text.to_lowercase());
    for word in words {
        let word = word.to_lowercase();
        if word.chars().count() >= PERSONAL_CHARS_MIN {
            rest = Zeroizing::new(rest.replace(&word, ""));
        }
    }
    rest
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
/// The cost is judged before any memory is taken.
pub(crate) fn derive(
    passphrase: &Passphrase,
    salt: &[u8; 16],
    cost: Cost,
) -> Result<Zeroizing<[u8; 32]>, DeriveError> {
    if !cost.is_acceptable() {
        return Err(DeriveError::Cost(cost));
    }
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32))
        .map_err(|_| DeriveError::Cost(cost))?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.0.as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| DeriveError::NoMemory)?;
    Ok(key)
}

/// Why a passphrase made no key.
#[derive(Debug)]
pub(crate) enum DeriveError {
    /// The cost is not acceptable.
    Cost(Cost),
    /// The memory could not be had. Nothing else can fail: all lengths are set here.
    NoMemory,
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
        assert!(
            !rate("Marta Lindqvist", &["marta", "lindqvist"]).acceptable,
            "her own name"
        );
        let name = "Marta Lindqvist";
        assert!(
            !rate("LindqvistMarta1987", &[name]).acceptable,
            "in another order"
        );
        assert!(!rate("marta & hai-net", &[name]).acceptable);
        assert!(
            rate("marta plum orbit copper lantern", &[name]).acceptable,
            "strong without"
        );
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
        let refused = |cost: Cost| {
            matches!(
                derive(&passphrase, &[0; 16], cost),
                Err(DeriveError::Cost(_))
            )
        };
        assert!(refused(Cost {
            memory_kib: 64 * 1024 - 1,
            ..Cost::DEFAULT
        }));
        assert!(refused(Cost {
            passes: 2,
            ..Cost::DEFAULT
        }));
        assert!(
            refused(Cost {
                memory_kib: u32::MAX,
                ..Cost::DEFAULT
            }),
            "4 TiB"
        );
        assert!(refused(Cost {
            passes: u32::MAX,
            ..Cost::DEFAULT
        }));
        assert!(refused(Cost {
            lanes: 0,
            ..Cost::DEFAULT
        }));
    }

    #[test]
    fn same_passphrase_from_two_keyboards_is_the_same() {
        let of = |text| Passphrase::new(text).expect("short").expose().to_owned();
        assert_eq!(of("Zoe\u{308} \u{fb01}sh"), of("Zo\u{eb} fish"));
        assert_eq!(
            of(" two  blanks "),
            " two  blanks ",
            "blanks stay as they are"
        );
        let grows = "\u{fdfa}".repeat(100);
        assert_eq!(
            Passphrase::new(&grows).err(),
            Some(PassphraseError::TooLong)
        );
    }

    #[test]
    fn passphrase_prints_as_a_secret() {
        assert_eq!(
            format!("{:?}", Passphrase::new("hidden").expect("short")),
            "Secret(…)"
        );
    }
}
