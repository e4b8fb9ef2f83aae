//! Recovery words on their way to the person: on paper, into a file, or into the result of a script.

use std::path::Path;

use base::Timestamp;
use contract::identity::{ConfirmRecoveryWords, IdentityMade, OwnerView, WORDS_ASKED};
use contract::{Code, Fault, Secret};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::args::Scene;
use crate::dialogue;
use crate::failure::Failure;
use crate::link::Link;
use crate::passphrase::read_hidden;
use crate::private_file::PrivateFile;
use crate::screen::tame;

/// Words in a column of the grid: 24 words make four columns, which fit a narrow terminal.
const ROWS: usize = 6;

/// Where the words go.
pub(crate) enum Place {
    /// Onto paper: they are shown, and some are asked back.
    Paper,
    /// Into a file that nobody else can read.
    File(PrivateFile),
    /// Into the result, once.
    Result,
    /// Nowhere: the person has them already.
    Known,
}

impl Place {
    /// `alone` is a script, which is asked nothing.
    pub(crate) fn claim(file: Option<&Path>, alone: bool) -> Result<Self, Failure> {
        Ok(match file {
            Some(path) => Self::File(PrivateFile::claim(path)?),
            None if alone => Self::Result,
            None => Self::Paper,
        })
    }
}

/// What is shown of an identity that was made.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    did: &'a str,
    did_alias: &'a str,
    created: Timestamp,
    /// Where they go into the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<&'a [Secret]>,
    /// Where they were written.
    #[serde(skip_serializing_if = "Option::is_none")]
    words_file: Option<&'a Path>,
    /// What did not work and does no harm.
    remarks: &'a [Fault],
}

/// Hands the words over, says that they arrived, and shows whose they are.
pub(crate) async fn hand_over(
    link: &Link,
    scene: &Scene,
    made: IdentityMade,
    place: Place,
) -> Result<(), Failure> {
    let IdentityMade {
        owner,
        words,
        remarks,
    } = made;
    for remark in &remarks {
        let remark = format!("{} {}", remark.message, remark.advice);
        scene.screen.remark(&tame(&remark));
    }
    let mut shown = Shown {
        name: &owner.name,
        did: &owner.did,
        did_alias: &owner.did_alias,
        created: owner.created,
        words: None,
        words_file: None,
        remarks: &remarks,
    };
    let whose = whose(&owner, scene);
    match place {
        Place::Result => {
            shown.words = Some(&words);
            scene
                .screen
                .remark("Keep these words: they are shown only now, and bring everything back.");
            let words_too = || format!("{whose}\n\n{}", grid(&words).as_str());
            scene.screen.show(&shown, words_too)?;
            confirm(link, &words).await
        }
        Place::File(file) => {
            let path = file.write(&in_one_line(&words))?;
            confirm(link, &words).await?;
            shown.words_file = Some(&path);
            scene.screen.show(&shown, || {
                format!("{whose}\nThe recovery words are in {}.", path.display())
            })
        }
        Place::Paper => {
            onto_paper(link, scene, &words).await?;
            scene.screen.show(&shown, || whose)
        }
        Place::Known => scene.screen.show(&shown, || whose),
    }
}

fn whose(owner: &OwnerView, scene: &Scene) -> String {
    scene.screen.pairs(&[
        ("Name", owner.name.clone()),
        ("Identity", owner.did.clone()),
    ])
}

fn in_one_line(words: &[Secret]) -> Zeroizing<String> {
    let length = words.iter().map(|word| word.expose().len() + 1).sum();
    // Made large enough at once: a text that grows leaves copies behind.
    let mut line = Zeroizing::new(String::with_capacity(length));
    for (place, word) in words.iter().enumerate() {
        if place > 0 {
            line.push(' ');
        }
        line.push_str(word.expose());
    }
    line.push('\n');
    line
}

/// The words with their numbers, one column after the other.
fn grid(words: &[Secret]) -> Zeroizing<String> {
    let columns = words.len().div_ceil(ROWS);
    let mut grid = Zeroizing::new(String::with_capacity(words.len() * 16));
    for row in 0..ROWS {
        let mut line = Zeroizing::new(String::with_capacity(columns * 16));
        for place in (row..words.len()).step_by(ROWS) {
            let word = words[place].expose();
            line.push_str(&format!("{:>2}  {word:<10}", place + 1));
        }
        grid.push_str(line.trim_end());
        grid.push('\n');
    }
    grid
}

/// Shows the words, and asks some of them back until they are right.
async fn onto_paper(link: &Link, scene: &Scene, words: &[Secret]) -> Result<(), Failure> {
    loop {
        show_on_a_page(words).await?;
        match ask_back(link, words.len()).await {
            Err(Failure::Fault(fault)) if fault.code == Code::WrongKey => {
                scene.screen.fault(&fault);
                dialogue::line("Enter shows the words again. ").await?;
            }
            Err(Failure::Told(exit)) => {
                dialogue::say("The words are not confirmed yet: `hai-net setup` goes on here.");
                return Err(Failure::Told(exit));
            }
            other => return other,
        }
    }
}

/// Shows the words on a page of their own, which is gone afterwards, also from what can be scrolled
/// back to.
async fn show_on_a_page(words: &[Secret]) -> Result<(), Failure> {
    let page = Page::open();
    dialogue::say(
        "These are your recovery words. They bring everything back when the passphrase is forgotten or\n\
         this machine is lost. Write them on paper, with their numbers, and show them to nobody.\n",
    );
    dialogue::say(&grid(words));
    let read = read_hidden("Press Enter when they are on paper. ").await;
    drop(page);
    read.map(drop)
}

/// A second page of the terminal.
struct Page;

impl Page {
    fn open() -> Self {
        dialogue::piece("\x1b[?1049h\x1b[H");
        Self
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        dialogue::piece("\x1b[2J\x1b[?1049l");
    }
}

async fn ask_back(link: &Link, count: usize) -> Result<(), Failure> {
    dialogue::say("Some of them, to be sure that they can be read:");
    let mut places = rand::seq::index::sample(&mut rand::rng(), count, WORDS_ASKED).into_vec();
    places.sort_unstable();
    let mut words = Vec::with_capacity(WORDS_ASKED);
    for place in places {
        let word = dialogue::line(&format!("Word {}: ", place + 1)).await?;
        words.push((number(place), Secret::from(word)));
    }
    link.ask(ConfirmRecoveryWords { words }).await?;
    Ok(())
}

/// Says that the words arrived where nobody has to be asked.
async fn confirm(link: &Link, words: &[Secret]) -> Result<(), Failure> {
    let words = words.iter().take(WORDS_ASKED).enumerate();
    let words = words
        .map(|(place, word)| (number(place), word.clone()))
        .collect();
    link.ask(ConfirmRecoveryWords { words }).await?;
    Ok(())
}

/// The number of a word, counted from 1.
fn number(place: usize) -> u8 {
    u8::try_from(place + 1).expect("there are 24 words")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Vec<Secret> {
        (1..=24)
            .map(|place| Secret::from(format!("word{place}")))
            .collect()
    }

    #[test]
    fn grid_counts_down_its_columns() {
        let grid = grid(&words());
        let lines: Vec<&str> = grid.lines().collect();
        assert_eq!(lines.len(), ROWS);
        assert_eq!(
            lines[0],
            " 1  word1      7  word7     13  word13    19  word19"
        );
        assert_eq!(
            lines[5],
            " 6  word6     12  word12    18  word18    24  word24"
        );
    }

    #[test]
    fn words_of_a_file_can_be_entered_as_they_are() {
        let line = in_one_line(&words());
        assert_eq!(line.split_whitespace().count(), 24);
        assert!(line.ends_with("word24\n"));
    }
}
