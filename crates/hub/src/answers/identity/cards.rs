//! Between the words of the vault and what front ends see of a person.

use contract::identity::{DETAIL_CHARS_MAX, OwnerView, PersonalDetails};
use contract::{Code, Fault, Secret};
use vault::{OwnerCard, RecoveryWords};

pub(super) fn owner(card: &OwnerCard) -> OwnerView {
    OwnerView {
        name: card.name.clone(),
        did: card.did.to_string(),
        did_alias: card.did.alias(),
        created: card.created,
        words_confirmed: card.words_confirmed,
    }
}

pub(super) fn words(words: &RecoveryWords) -> Vec<Secret> {
    (1..=u8::MAX)
        .map_while(|place| words.word(place))
        .map(Secret::from)
        .collect()
}

/// A name to be called by, without what surrounds it.
pub(super) fn name(given: &str) -> Result<String, Fault> {
    let name = given.trim();
    if name.is_empty() {
        return Err(Fault::refused(
            Code::InvalidAsk,
            "A name to be called by is needed.",
        ));
    }
    line("The name", name)?;
    Ok(name.to_owned())
}

/// Details as the vault keeps them: what is empty is not there.
pub(super) fn details(given: PersonalDetails) -> Result<vault::PersonalDetails, Fault> {
    let kept = |what: &str, text: Option<Secret>| {
        let Some(text) = text else { return Ok(None) };
        let text = text.expose().trim();
        if text.is_empty() {
            return Ok(None);
        }
        line(what, text)?;
        Ok(Some(text.to_owned()))
    };
    vault::PersonalDetails::new(
        kept("The full name", given.full_name)?,
        kept("The date of birth", given.birth_date)?,
        kept("The number", given.government_id)?,
        kept("The e-mail address", given.email)?,
    )
    .map_err(|error| {
        Fault::refused(
            Code::InvalidAsk,
            format!("{}.", crate::convert::capital(&error.to_string())),
        )
    })
}

pub(super) fn shown_details(details: &vault::PersonalDetails) -> PersonalDetails {
    let shown = |text: Option<&str>| text.map(Secret::from);
    PersonalDetails {
        full_name: shown(details.full_name()),
        birth_date: shown(details.birth_date()),
        government_id: shown(details.government_id()),
        email: shown(details.email()),
    }
}

fn line(what: &str, text: &str) -> Result<(), Fault> {
    if text.chars().count() > DETAIL_CHARS_MAX || text.chars().any(char::is_control) {
        let message = format!("{what} has at most {DETAIL_CHARS_MAX} characters, on one line.");
        return Err(Fault::refused(Code::InvalidAsk, message));
    }
    Ok(())
}
