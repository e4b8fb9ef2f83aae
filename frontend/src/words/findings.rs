//! What the guardian finds, by the names of its kinds.

use super::Language;

/// A kind of finding, within a list. What this page does not know is called by its name.
pub(crate) fn finding_words(kind: &str, language: Language) -> String {
    let known = KINDS.iter().find(|(name, _, _)| *name == kind);
    match (known, language) {
        (Some((_, english, _)), Language::English) => (*english).to_owned(),
        (Some((_, _, german)), Language::German) => (*german).to_owned(),
        (None, _) => kind.replace('_', " "),
    }
}

/// Each kind: its name, in English, in German.
const KINDS: [(&str, &str, &str); 20] = [
    ("private_key", "a private key", "ein privater Schlüssel"),
    ("seed_phrase", "recovery words", "Wiederherstellungswörter"),
    (
        "api_key",
        "a key of a service",
        "ein Schlüssel eines Dienstes",
    ),
    ("jwt", "a sign-in token", "ein Anmelde-Token"),
    ("password", "a password", "ein Passwort"),
    (
        "url_secret",
        "a secret in an address",
        "ein Geheimnis in einer Adresse",
    ),
    (
        "high_entropy",
        "what looks like a secret",
        "etwas, das nach einem Geheimnis aussieht",
    ),
    ("card", "a card number", "eine Kartennummer"),
    ("iban", "an account number", "eine Kontonummer"),
    (
        "national_id",
        "a number of an identity document",
        "eine Ausweisnummer",
    ),
    (
        "own_word",
        "a word of your own details",
        "ein Wort aus deinen Angaben",
    ),
    ("email", "an e-mail address", "eine E-Mail-Adresse"),
    ("phone", "a phone number", "eine Telefonnummer"),
    ("ip", "an address of a device", "eine Adresse eines Geräts"),
    (
        "mac",
        "a number of a network card",
        "eine Nummer einer Netzwerkkarte",
    ),
    ("coordinates", "a place on the map", "ein Ort auf der Karte"),
    ("birth_date", "a date of birth", "ein Geburtsdatum"),
    ("address", "a postal address", "eine Anschrift"),
    ("person", "a name", "ein Name"),
    ("user_name", "a user name", "ein Benutzername"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finding_is_told_in_both_languages_and_an_unknown_one_by_its_name() {
        assert_eq!(
            finding_words("birth_date", Language::English),
            "a date of birth"
        );
        assert_eq!(
            finding_words("birth_date", Language::German),
            "ein Geburtsdatum"
        );
        assert_eq!(
            finding_words("token_lookalike", Language::German),
            "token lookalike"
        );
    }
}
