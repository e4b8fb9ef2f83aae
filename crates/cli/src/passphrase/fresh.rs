//! A passphrase that opens a vault from now on: judged, and entered twice.

use std::path::Path;

use contract::Secret;
use contract::identity::RatePassphrase;

use super::{hidden, in_file, missing};
use crate::args::Scene;
use crate::dialogue;
use crate::failure::Failure;
use crate::link::Link;
use crate::screen::{Colour, tame};

/// The best that a passphrase can be.
const SCORE_MAX: u8 = 4;

/// Where a new passphrase comes from.
pub(crate) enum New<'a> {
    /// It is the only one: it comes from where passphrases come from.
    Only,
    /// Beside an old one: it comes from this file, else from the keyboard.
    Beside(Option<&'a Path>),
}

/// A new passphrase. The hub judges those of a script, as it does everybody's; a person hears it here
/// and may take another one. `personal` are words that an attacker would try first.
pub(crate) async fn fresh(
    link: &Link,
    scene: &Scene,
    new: New<'_>,
    personal: &[Secret],
) -> Result<Secret, Failure> {
    let named = match new {
        New::Only => scene.passphrase.named().await?,
        New::Beside(Some(path)) => Some(in_file(path).await?),
        New::Beside(None) => None,
    };
    if let Some(named) = named {
        return Ok(named);
    }
    if !dialogue::is_possible() {
        return Err(missing());
    }
    let empty = RatePassphrase {
        passphrase: Secret::default(),
        personal: Vec::new(),
    };
    let suggestion = link.ask(empty).await?.suggestion;
    dialogue::say(&format!(
        "A passphrase opens everything here, and nobody can bring it back. A strong one that nobody\n\
         else has would be:\n\n    {}\n",
        tame(suggestion.expose())
    ));
    loop {
        let passphrase = hidden::read("New passphrase: ").await?;
        if passphrase.is_empty() || !is_strong(link, &passphrase, personal, scene).await? {
            continue;
        }
        if hidden::read("Once more: ").await? == passphrase {
            return Ok(passphrase);
        }
        dialogue::say("These two are different. Please begin anew.");
    }
}

/// Tells how strong it is.
async fn is_strong(
    link: &Link,
    passphrase: &Secret,
    personal: &[Secret],
    scene: &Scene,
) -> Result<bool, Failure> {
    let ask = RatePassphrase {
        passphrase: passphrase.clone(),
        personal: personal.to_vec(),
    };
    let rating = link.ask(ask).await?;
    let colour = if rating.acceptable {
        Colour::Good
    } else {
        Colour::Careful
    };
    let strength = format!("Strength: {} of {SCORE_MAX}.", rating.score);
    let strength = scene.screen.err_paint(colour, &strength).into_owned();
    let warning = rating.warning.as_deref().map(tame).unwrap_or_default();
    match (rating.acceptable, warning.is_empty()) {
        (true, _) => dialogue::say(&strength),
        (false, true) => dialogue::say(&format!("{strength} Please take a longer one.")),
        (false, false) => {
            dialogue::say(&format!("{strength} {warning} Please take another one."));
        }
    }
    Ok(rating.acceptable)
}
