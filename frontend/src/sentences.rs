//! Cuts an answer that is being written into whole sentences, for people who hear the page.
//!
//! A screen reader that is told every few letters stumbles; one that is told everything at the end
//! leaves a person waiting. This gives out what has ended, and the rest when the answer has.

/// The longest text that waits for its end. A list without full stops is told in parts.
const WAITING_CHARS_MAX: usize = 400;

/// What was said so far of one answer.
#[derive(Debug, Default)]
pub(crate) struct Sentences {
    said: usize,
}

impl Sentences {
    /// What can be said now of the text so far, once.
    pub(crate) fn next(&mut self, text: &str, ended: bool) -> Option<String> {
        let rest = text.get(self.said..)?;
        let upto = if ended { rest.len() } else { last_end(rest)? };
        self.said += upto;
        let spoken = plain(&rest[..upto]);
        (!spoken.is_empty()).then_some(spoken)
    }

    /// Takes so many bytes at the beginning as said already.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.said = bytes;
    }
}

/// Where the last whole sentence ends: behind `.`, `!`, `?`, `:` before a blank, or at a line's end.
fn last_end(text: &str) -> Option<usize> {
    let mut end = None;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map(|(_, next)| *next);
        let closes = matches!(letter, '.' | '!' | '?' | '…' | '。')
            && next.is_some_and(char::is_whitespace)
            && !is_number_before(&text[..at]);
        if closes || letter == '\n' {
            end = Some(at + letter.len_utf8());
        }
    }
    if end.is_none() && text.len() > WAITING_CHARS_MAX {
        return text.rfind(' ').map(|at| at + 1);
    }
    end
}

/// Whether a full stop belongs to a number: `1. one`.
fn is_number_before(text: &str) -> bool {
    let word = text.rsplit(char::is_whitespace).next().unwrap_or_default();
    !word.is_empty() && word.chars().all(|letter| letter.is_ascii_digit())
}

/// Without the signs that only mark how the text looks.
fn plain(text: &str) -> String {
    let kept: String = text
        .chars()
        .filter(|letter| !matches!(letter, '*' | '#' | '`' | '|'))
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_sentences_are_said_while_the_answer_grows() {
        let mut sentences = Sentences::default();
        assert_eq!(sentences.next("The sky is bl", false), None);
        assert_eq!(
            sentences.next("The sky is blue. It sc", false).as_deref(),
            Some("The sky is blue.")
        );
        assert_eq!(
            sentences.next("The sky is blue. It scatters", false),
            None,
            "nothing twice"
        );
        assert_eq!(
            sentences
                .next("The sky is blue. It scatters light", true)
                .as_deref(),
            Some("It scatters light"),
            "what is left is said at the end"
        );
        assert_eq!(
            sentences.next("The sky is blue. It scatters light", true),
            None
        );
    }

    #[test]
    fn the_number_of_a_list_does_not_end_a_sentence() {
        let mut sentences = Sentences::default();
        assert_eq!(sentences.next("1. Walk more", false), None);
        assert_eq!(
            sentences.next("1. Walk more\n2. Sl", false).as_deref(),
            Some("1. Walk more")
        );
    }

    #[test]
    fn a_decimal_point_does_not_end_a_sentence() {
        assert_eq!(
            Sentences::default().next("It costs 3.50 euros", false),
            None
        );
    }

    #[test]
    fn signs_of_markdown_are_not_read_out() {
        assert_eq!(
            Sentences::default()
                .next("## **Bold** `code`", true)
                .as_deref(),
            Some("Bold code")
        );
    }

    #[test]
    fn what_stood_there_before_is_not_said() {
        let mut sentences = Sentences::default();
        sentences.skip("Old answer. ".len());
        assert_eq!(
            sentences.next("Old answer. New one. ", false).as_deref(),
            Some("New one.")
        );
    }
}
