//! Passphrases and recovery words, from where a person or a script keeps them.
//!
//! A text that opens something never comes from the command line or from the value of a variable,
//! where other programs of the machine could read it. It comes from the first of: the file of
//! `--passphrase-file`, the descriptor of `--passphrase-fd`, the file that `HAI_NET_PASSPHRASE_FILE`
//! names, the credential that systemd hands over, and the keyboard, without being shown. In memory it
//! is overwritten when it is dropped, and it prints as `Secret(…)`.

mod descriptor;
mod fresh;
mod hidden;
mod source;

use std::path::{Path, PathBuf};

use contract::identity::Opener;
use contract::{Code, Fault, Secret};
use zeroize::Zeroizing;

pub(crate) use self::fresh::{New, fresh};
pub(crate) use self::hidden::read as read_hidden;
pub(crate) use self::source::Sources;
use crate::args::Scene;
use crate::dialogue;
use crate::failure::Failure;

/// How often a person may mistype. The hub makes the fourth wrong one wait anyway.
const TRIES: u32 = 3;

/// What a person is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Passphrase,
    /// The recovery words instead.
    Words,
}

impl Wanted {
    /// As the option `--words` says.
    pub(crate) fn by(words: bool) -> Self {
        if words { Self::Words } else { Self::Passphrase }
    }

    pub(crate) fn opener(self, text: Secret) -> Opener {
        match self {
            Self::Passphrase => Opener::Passphrase(text),
            Self::Words => Opener::Words(in_one_line(&text)),
        }
    }
}

/// The text of what opens something.
pub(crate) fn text_of(opener: Opener) -> Secret {
    match opener {
        Opener::Passphrase(text) | Opener::Words(text) => text,
    }
}

/// Words with one space between two, as they may stand in several lines of a file.
fn in_one_line(text: &Secret) -> Secret {
    // Made large enough at once: a text that grows leaves copies behind.
    let mut line = Zeroizing::new(String::with_capacity(text.expose().len()));
    for word in text.expose().split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    Secret::from(std::mem::take(&mut *line))
}

/// Does something with what opens a vault or a backup. A person who mistyped may try again; a script
/// may not. `question` is what the person is asked, such as `Passphrase`. Where nothing is named and
/// nobody can be asked, it fails as `otherwise` says.
pub(crate) async fn with_opener<T>(
    scene: &Scene,
    wanted: Wanted,
    question: &str,
    otherwise: impl FnOnce() -> Failure,
    work: impl AsyncFn(Opener) -> Result<T, Failure>,
) -> Result<T, Failure> {
    if let Some(text) = scene.passphrase.named().await? {
        return work(wanted.opener(text)).await;
    }
    if !dialogue::is_possible() {
        return Err(otherwise());
    }
    let mut tries = if scene.screen.is_json() { 1 } else { TRIES };
    loop {
        let text = hidden::read(&format!("{question}: ")).await?;
        tries -= 1;
        match work(wanted.opener(text)).await {
            Err(Failure::Fault(fault)) if fault.code == Code::WrongKey && tries > 0 => {
                scene.screen.fault(&fault);
            }
            other => return other,
        }
    }
}

/// A passphrase, or words, that lie in a file which a person named.
pub(crate) async fn in_file(path: &Path) -> Result<Secret, Failure> {
    let path: PathBuf = path.to_owned();
    let read = tokio::task::spawn_blocking(move || source::read_private(&path));
    Ok(read.await.map_err(|error| Failure::internal(&error))??)
}

/// Nothing names a passphrase, and there is no terminal to ask in.
pub(crate) fn missing() -> Failure {
    Failure::Fault(
        Fault::refused(
            Code::InvalidAsk,
            "A passphrase is needed, and there is no terminal to ask for it.",
        )
        .advising(HOW),
    )
}

/// The same where a vault waits for it.
pub(crate) fn locked() -> Failure {
    Failure::Fault(Fault::refused(Code::Locked, "The vault is locked.").advising(HOW))
}

/// How a passphrase is given.
const HOW: &str = "Name the passphrase's file with --passphrase-file or HAI_NET_PASSPHRASE_FILE, or do \
                   this in a terminal.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_file_may_stand_in_several_lines() {
        let text = Secret::from("  legal winner\nthank\tyear \r\n wave\n");
        assert_eq!(in_one_line(&text).expose(), "legal winner thank year wave");
        assert_eq!(
            Wanted::by(true).opener(text),
            Opener::Words(Secret::from("legal winner thank year wave"))
        );
    }

    #[test]
    fn passphrase_stays_as_it_is_blanks_and_all() {
        let text = Secret::from(" two  blanks ");
        assert_eq!(
            Wanted::by(false).opener(text.clone()),
            Opener::Passphrase(text)
        );
    }
}
