//! Recovery words on their way back from the person: which are asked, and whether they are right.

use contract::Secret;
use contract::identity::WORDS_ASKED;

/// Places of words to ask back, counted from 1, ascending and all different. `random` gives numbers
/// from 0 up to but not including 1.
pub(crate) fn places_to_ask(count: usize, mut random: impl FnMut() -> f64) -> Vec<u8> {
    let mut left: Vec<u8> = (1..=u8::try_from(count).unwrap_or(u8::MAX)).collect();
    let mut asked = Vec::new();
    while asked.len() < WORDS_ASKED && !left.is_empty() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place among at most 255"
        )]
        let at = (random() * left.len() as f64) as usize;
        asked.push(left.remove(at.min(left.len() - 1)));
    }
    asked.sort_unstable();
    asked
}

/// The places at which another word was said than the one that stands there.
pub(crate) fn wrong_places(words: &[Secret], said: &[(u8, Secret)]) -> Vec<u8> {
    let is_right = |place: u8, word: &Secret| {
        let there = usize::from(place)
            .checked_sub(1)
            .and_then(|at| words.get(at));
        there.is_some_and(|there| there.expose().eq_ignore_ascii_case(word.expose().trim()))
    };
    said.iter()
        .filter(|(place, word)| !is_right(*place, word))
        .map(|(place, _)| *place)
        .collect()
}

/// The words of a text, in small letters with single blanks between them. Numbers before them, as they
/// stand on a person's paper, are left out.
pub(crate) fn plain_words(text: &Secret) -> Secret {
    let words = words_of(text.expose()).map(str::to_lowercase);
    Secret::from(words.collect::<Vec<_>>().join(" "))
}

/// How many words a text has.
pub(crate) fn count_words(text: &Secret) -> usize {
    words_of(text.expose()).count()
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    let is_sign = |letter: char| !letter.is_alphabetic();
    text.split_whitespace()
        .map(move |word| word.trim_matches(is_sign))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::identity::WORDS;

    fn secrets(words: &[&str]) -> Vec<Secret> {
        words.iter().map(|word| Secret::from(*word)).collect()
    }

    #[test]
    fn three_different_places_are_asked_whatever_chance_says() {
        for chance in [0.0, 0.25, 0.5, 0.999_999, 1.0] {
            let places = places_to_ask(WORDS, || chance);
            assert_eq!(places.len(), WORDS_ASKED, "{chance}");
            assert!(
                places.windows(2).all(|pair| pair[0] < pair[1]),
                "{places:?} must be different and ascending"
            );
            assert!(
                places.iter().all(|place| (1..=24).contains(place)),
                "{places:?}"
            );
        }
    }

    #[test]
    fn every_place_can_be_asked() {
        let mut seen = std::collections::BTreeSet::new();
        for step in 0..240 {
            seen.extend(places_to_ask(WORDS, || f64::from(step) / 240.0));
        }
        assert_eq!(seen.len(), WORDS);
    }

    #[test]
    fn without_words_nothing_is_asked() {
        assert!(places_to_ask(0, || 0.5).is_empty());
    }

    #[test]
    fn wrong_words_are_told_by_their_place_and_letters_may_be_large() {
        let words = secrets(&["abandon", "ability", "able", "about"]);
        let said = |pairs: &[(u8, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(place, word)| (*place, Secret::from(*word)));
            wrong_places(&words, &pairs.collect::<Vec<_>>())
        };
        assert!(said(&[(1, "abandon"), (2, " Ability "), (4, "ABOUT")]).is_empty());
        assert_eq!(said(&[(1, "abandon"), (2, "able"), (4, "")]), [2, 4]);
        assert_eq!(
            said(&[(0, "abandon"), (5, "x")]),
            [0, 5],
            "there is no such place"
        );
    }

    #[test]
    fn words_are_taken_from_a_numbered_list_as_people_write_it() {
        let typed = Secret::from("1. Abandon\n2) ability,\n 3 able  4: ABOUT");
        assert_eq!(plain_words(&typed).expose(), "abandon ability able about");
        assert_eq!(count_words(&typed), 4);
        assert_eq!(count_words(&Secret::from("  \n")), 0);
    }
}
