//! A new passphrase while it is typed: whether it can be used, or what is missing.

use contract::Secret;

/// How far a new passphrase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// Nothing was typed.
    Empty,
    /// It could be guessed.
    Weak,
    /// It was typed differently the second time.
    Different,
    /// It can be used.
    Ready,
}

/// How far it is. `acceptable` is what the hub says of it; where it has not said anything yet, the hub
/// judges when it gets it.
pub(crate) fn readiness(first: &Secret, again: &Secret, acceptable: Option<bool>) -> Readiness {
    if first.is_empty() {
        Readiness::Empty
    } else if acceptable == Some(false) {
        Readiness::Weak
    } else if first != again {
        Readiness::Different
    } else {
        Readiness::Ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_passphrase_is_ready_when_it_is_strong_and_typed_twice() {
        let of = |first: &str, again: &str, acceptable| {
            readiness(&Secret::from(first), &Secret::from(again), acceptable)
        };
        assert_eq!(of("", "", Some(true)), Readiness::Empty);
        assert_eq!(of("abc", "abc", Some(false)), Readiness::Weak);
        assert_eq!(of("one two", "one tw", Some(true)), Readiness::Different);
        assert_eq!(
            of("one two", "one two ", Some(true)),
            Readiness::Different,
            "blanks count"
        );
        assert_eq!(of("one two", "one two", Some(true)), Readiness::Ready);
        assert_eq!(
            of("one two", "one two", None),
            Readiness::Ready,
            "the hub judges at the end"
        );
    }
}
