//! What makes a passphrase weak, in languages other than English. The hub says it in English, out of a
//! fixed list.

use super::Language;

/// A warning or a piece of advice in a language; as it is where the list has grown.
pub(crate) fn rating_warning(english: &str, language: Language) -> &str {
    match language {
        Language::English => english,
        Language::German => {
            let known = GERMAN.iter().find(|(it, _)| *it == english);
            known.map_or(english, |(_, german)| german)
        }
    }
}

const GERMAN: &[(&str, &str)] = &[
    (
        "Personal words are tried first.",
        "Persönliche Wörter werden zuerst probiert.",
    ),
    (
        "Straight rows of keys are easy to guess.",
        "Tasten in einer Reihe sind leicht zu erraten.",
    ),
    (
        "Short keyboard patterns are easy to guess.",
        "Kurze Muster auf der Tastatur sind leicht zu erraten.",
    ),
    (
        "Repeats like \"aaa\" are easy to guess.",
        "Wiederholungen wie „aaa“ sind leicht zu erraten.",
    ),
    (
        "Repeats like \"abcabcabc\" are only slightly harder to guess than \"abc\".",
        "Wiederholungen wie „abcabcabc“ sind kaum schwerer zu erraten als „abc“.",
    ),
    (
        "This is a top-10 common password.",
        "Das ist eines der zehn häufigsten Passwörter.",
    ),
    (
        "This is a top-100 common password.",
        "Das ist eines der hundert häufigsten Passwörter.",
    ),
    (
        "This is a very common password.",
        "Das ist ein sehr häufiges Passwort.",
    ),
    (
        "This is similar to a commonly used password.",
        "Das ähnelt einem häufigen Passwort.",
    ),
    (
        "Sequences like abc or 6543 are easy to guess.",
        "Folgen wie abc oder 6543 sind leicht zu erraten.",
    ),
    (
        "Recent years are easy to guess.",
        "Jahre der letzten Zeit sind leicht zu erraten.",
    ),
    (
        "A word by itself is easy to guess.",
        "Ein einzelnes Wort ist leicht zu erraten.",
    ),
    (
        "Dates are often easy to guess.",
        "Daten sind oft leicht zu erraten.",
    ),
    (
        "Names and surnames by themselves are easy to guess.",
        "Namen allein sind leicht zu erraten.",
    ),
    (
        "Common names and surnames are easy to guess.",
        "Häufige Namen sind leicht zu erraten.",
    ),
    (
        "Use a few words, avoid common phrases.",
        "Nimm einige Wörter, keine gängigen Wendungen.",
    ),
    (
        "No need for symbols, digits, or uppercase letters.",
        "Zeichen, Ziffern und große Buchstaben sind nicht nötig.",
    ),
    (
        "Add another word or two. Uncommon words are better.",
        "Füge ein oder zwei Wörter hinzu. Seltene sind besser.",
    ),
    (
        "Capitalization doesn't help very much.",
        "Große Buchstaben helfen kaum.",
    ),
    (
        "All-uppercase is almost as easy to guess as all-lowercase.",
        "Nur große Buchstaben sind fast so leicht zu erraten wie nur kleine.",
    ),
    (
        "Reversed words aren't much harder to guess.",
        "Umgedrehte Wörter sind kaum schwerer zu erraten.",
    ),
    (
        "Predictable substitutions like '@' instead of 'a' don't help very much.",
        "Naheliegende Ersetzungen wie „@“ für „a“ helfen kaum.",
    ),
    (
        "Use a longer keyboard pattern with more turns.",
        "Nimm ein längeres Muster auf der Tastatur, mit mehr Wendungen.",
    ),
    (
        "Avoid repeated words and characters.",
        "Vermeide wiederholte Wörter und Zeichen.",
    ),
    ("Avoid sequences.", "Vermeide Folgen."),
    ("Avoid recent years.", "Vermeide Jahre der letzten Zeit."),
    (
        "Avoid years that are associated with you.",
        "Vermeide Jahre, die mit dir zu tun haben.",
    ),
    (
        "Avoid dates and years that are associated with you.",
        "Vermeide Daten und Jahre, die mit dir zu tun haben.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_warning_is_german_and_another_stays_as_it_is() {
        let known = "Dates are often easy to guess.";
        let german = rating_warning(known, Language::German);
        assert_eq!(german, "Daten sind oft leicht zu erraten.");
        assert_eq!(rating_warning(known, Language::English), known);
        assert_eq!(rating_warning("New one.", Language::German), "New one.");
    }
}
