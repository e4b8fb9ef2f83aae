//! What a person is asked about themselves.

use contract::Secret;
use contract::identity::PersonalDetails;

use crate::dialogue;
use crate::failure::Failure;
use crate::screen::tame;

/// Entered for a detail that is to be forgotten.
const FORGET: &str = "-";

/// The name to be called by: the given one, else what a person enters, else that of the account.
pub(crate) async fn name_of(given: Option<&str>, alone: bool) -> Result<String, Failure> {
    if let Some(given) = given {
        return Ok(given.to_owned());
    }
    let account = account();
    if alone {
        let message = "Your account has no name: give one with --name.";
        return account.ok_or_else(|| Failure::usage(message));
    }
    let offered = account
        .as_ref()
        .map(|name| format!(" [{}]", tame(name)))
        .unwrap_or_default();
    loop {
        let entered = dialogue::line(&format!("What may I call you?{offered} ")).await?;
        if !entered.is_empty() {
            return Ok(entered);
        }
        if let Some(account) = account {
            return Ok(account);
        }
    }
}

/// The name of the account that runs this program.
fn account() -> Option<String> {
    ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .or_else(account_by_number)
}

/// Services often run without those variables.
#[cfg(unix)]
fn account_by_number() -> Option<String> {
    let number = rustix::process::getuid().as_raw().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    name_by_number(&number, &accounts)
}

#[cfg(not(unix))]
fn account_by_number() -> Option<String> {
    None
}

#[cfg(unix)]
fn name_by_number(number: &str, accounts: &str) -> Option<String> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1) == Some(number) && !name.is_empty()).then(|| name.to_owned())
    })
}

/// Personal details, of a person who wants to give some.
pub(super) async fn details_if_wanted() -> Result<PersonalDetails, Failure> {
    dialogue::say(
        "\nThe guardian keeps personal details from leaving if it knows them: full name, date of birth,\n\
         number of an identity card, e-mail address. They are encrypted here and never sent.",
    );
    if dialogue::yes("Enter some of them now?", false).await? {
        details(PersonalDetails::default()).await
    } else {
        Ok(PersonalDetails::default())
    }
}

/// Personal details, one after the other. Enter alone leaves each as it is.
pub(crate) async fn details(before: PersonalDetails) -> Result<PersonalDetails, Failure> {
    dialogue::say(&format!(
        "Enter alone leaves a detail as it is, {FORGET} forgets it."
    ));
    Ok(PersonalDetails {
        full_name: detail("Full name", before.full_name).await?,
        birth_date: detail("Date of birth", before.birth_date).await?,
        government_id: detail("Number of an identity card", before.government_id).await?,
        email: detail("E-mail address", before.email).await?,
    })
}

async fn detail(what: &str, before: Option<Secret>) -> Result<Option<Secret>, Failure> {
    let known = before
        .as_ref()
        .map(|text| format!(" [{}]", tame(text.expose())))
        .unwrap_or_default();
    let entered = dialogue::line(&format!("{what}{known}: ")).await?;
    Ok(match entered.as_str() {
        "" => before,
        FORGET => None,
        _ => Some(Secret::from(entered)),
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn account_without_a_variable_is_found_by_its_number() {
        let accounts =
            "root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\nbroken\n";
        assert_eq!(name_by_number("1000", accounts).as_deref(), Some("ada"));
        assert_eq!(name_by_number("100", accounts), None);
    }
}
