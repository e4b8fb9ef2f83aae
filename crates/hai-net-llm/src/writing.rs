//! Turns tokens into text that may be sent: whole characters, and nothing that may become a stop.

use std::collections::VecDeque;

use wire::engine::TokenLogprob;

/// The text of one answer while it is written.
#[derive(Default)]
pub(crate) struct Writing {
    stops: Vec<String>,
    /// The bytes of a character that is not whole yet.
    unfinished: Vec<u8>,
    /// Whole characters that may be the beginning of a stop text.
    held: String,
    /// How many bytes were given out.
    given: usize,
    /// The probabilities of tokens whose text was not given out, with where their text begins and ends.
    entries: VecDeque<(usize, usize, TokenLogprob)>,
}

/// What may be sent now.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Passage {
    pub(crate) text: String,
    pub(crate) logprobs: Vec<TokenLogprob>,
    /// The stop text of this number has come; it is not part of the text, and nothing follows.
    pub(crate) stopped: Option<usize>,
}

impl Passage {
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.logprobs.is_empty()
    }
}

impl Writing {
    pub(crate) fn new(stops: Vec<String>) -> Self {
        Self {
            stops,
            ..Self::default()
        }
    }

    /// Adds the bytes of one token.
    pub(crate) fn push(&mut self, bytes: &[u8], entry: Option<TokenLogprob>) -> Passage {
        let begins = self.end();
        self.unfinished.extend_from_slice(bytes);
        let searched = self.held.len();
        self.take_whole_characters();
        if let Some(entry) = entry {
            self.entries.push_back((begins, self.end(), entry));
        }
        if let Some((at, stop)) = self.first_stop(searched) {
            return self.cut(at, stop);
        }
        let keep = self.held.len() - self.length_that_may_become_a_stop();
        let text: String = self.held.drain(..keep).collect();
        self.given += text.len();
        let logprobs = self.entries_up_to(self.given);
        Passage {
            text,
            logprobs,
            stopped: None,
        }
    }

    /// Gives out what was held back. Half a character at the very end is dropped.
    pub(crate) fn close(&mut self) -> Passage {
        self.unfinished.clear();
        let text = std::mem::take(&mut self.held);
        self.given += text.len();
        let logprobs = self.entries.drain(..).map(|(_, _, entry)| entry).collect();
        Passage {
            text,
            logprobs,
            stopped: None,
        }
    }

    fn end(&self) -> usize {
        self.given + self.held.len() + self.unfinished.len()
    }

    fn take_whole_characters(&mut self) {
        loop {
            match std::str::from_utf8(&self.unfinished) {
                Ok(text) => {
                    self.held.push_str(text);
                    self.unfinished.clear();
                    return;
                }
                Err(error) => {
                    let (whole, rest) = self.unfinished.split_at(error.valid_up_to());
                    self.held.push_str(&String::from_utf8_lossy(whole));
                    let Some(broken) = error.error_len() else {
                        self.unfinished = rest.to_vec();
                        return;
                    };
                    self.held.push(char::REPLACEMENT_CHARACTER);
                    self.unfinished = rest.get(broken..).unwrap_or_default().to_vec();
                }
            }
        }
    }

    /// Where the first stop begins, and its number. Text before `searched` was looked at before, so that only a stop
    /// that ends behind it is new.
    fn first_stop(&self, searched: usize) -> Option<(usize, usize)> {
        self.stops
            .iter()
            .enumerate()
            .filter_map(|(number, stop)| {
                let mut from = searched.saturating_sub(stop.len());
                while !self.held.is_char_boundary(from) {
                    from -= 1;
                }
                self.held
                    .get(from..)?
                    .find(stop.as_str())
                    .map(|at| (from + at, number))
            })
            .min()
    }

    fn length_that_may_become_a_stop(&self) -> usize {
        let held = self.held.as_bytes();
        let longest = |stop: &String| {
            let stop = stop.as_bytes();
            let most = held.len().min(stop.len().saturating_sub(1));
            (1..=most)
                .rev()
                .find(|&length| held.ends_with(&stop[..length]))
                .unwrap_or(0)
        };
        let length = self.stops.iter().map(longest).max().unwrap_or(0);
        // A match of bytes may begin inside a character only where that character cannot begin a
        // stop; then holding back from its start is safe as well.
        let mut from = held.len() - length;
        while !self.held.is_char_boundary(from) {
            from -= 1;
        }
        held.len() - from
    }

    fn cut(&mut self, at: usize, stop: usize) -> Passage {
        let text: String = self.held.drain(..at).collect();
        self.held.clear();
        self.unfinished.clear();
        self.given += text.len();
        let given = self.given;
        self.entries.retain(|(begins, _, _)| *begins < given);
        let logprobs = self.entries.drain(..).map(|(_, _, entry)| entry).collect();
        Passage {
            text,
            logprobs,
            stopped: Some(stop),
        }
    }

    fn entries_up_to(&mut self, given: usize) -> Vec<TokenLogprob> {
        let whole = self
            .entries
            .iter()
            .take_while(|(_, ends, _)| *ends <= given)
            .count();
        self.entries
            .drain(..whole)
            .map(|(_, _, entry)| entry)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use wire::engine::LikelyToken;

    use super::*;

    fn texts(writing: &mut Writing, tokens: &[&[u8]]) -> Vec<String> {
        tokens
            .iter()
            .map(|bytes| writing.push(bytes, None).text)
            .collect()
    }

    fn entry(id: i32) -> Option<TokenLogprob> {
        let token = LikelyToken {
            id,
            bytes: Vec::new(),
            logprob: -0.5,
        };
        Some(TokenLogprob {
            token,
            top: Vec::new(),
        })
    }

    #[test]
    fn character_split_over_tokens_is_given_out_whole() {
        let mut writing = Writing::default();
        let given = texts(&mut writing, &[b"a\xF0\x9F", b"\x98", b"\x80b"]);
        assert_eq!(
            given,
            ["a", "", "😀b"],
            "no piece may hold half a character"
        );
    }

    #[test]
    fn bytes_that_are_no_text_become_replacement_characters() {
        let mut writing = Writing::default();
        assert_eq!(texts(&mut writing, &[b"a\xFFb"]), ["a\u{FFFD}b"]);
    }

    #[test]
    fn half_a_character_at_the_end_is_dropped() {
        let mut writing = Writing::default();
        texts(&mut writing, &[b"a\xF0\x9F"]);
        assert_eq!(writing.close().text, "");
    }

    #[test]
    fn stop_that_spans_tokens_is_found_and_not_given_out() {
        let mut writing = Writing::new(vec!["END.".into()]);
        assert_eq!(texts(&mut writing, &[b"so EN", b"D"]), ["so ", ""]);
        let last = writing.push(b". more", None);
        assert_eq!((last.text.as_str(), last.stopped), ("", Some(0)));
    }

    #[test]
    fn beginning_of_a_stop_that_does_not_go_on_is_given_out() {
        let mut writing = Writing::new(vec!["END.".into()]);
        assert_eq!(texts(&mut writing, &[b"EN", b"DLESS"]), ["", "ENDLESS"]);
    }

    #[test]
    fn earliest_of_several_stops_wins() {
        let mut writing = Writing::new(vec!["cd".into(), "b".into()]);
        let passage = writing.push(b"abcd", None);
        assert_eq!((passage.text.as_str(), passage.stopped), ("a", Some(1)));
    }

    #[test]
    fn stop_next_to_wide_characters_does_not_break_them() {
        let mut writing = Writing::new(vec!["é!".into(), "\u{1F600}x".into()]);
        assert_eq!(
            texts(&mut writing, &["aé".as_bytes(), "é".as_bytes()]),
            ["a", "é"]
        );
        assert!(writing.push(b"!", None).stopped.is_some());
    }

    #[test]
    fn probabilities_travel_with_the_text_of_their_token() {
        let mut writing = Writing::new(vec!["stop".into()]);
        assert_eq!(
            writing.push(b"st", entry(1)).logprobs,
            [],
            "held text keeps its entry back"
        );
        let ids: Vec<i32> = writing
            .push(b"ay", entry(2))
            .logprobs
            .iter()
            .map(|e| e.token.id)
            .collect();
        assert_eq!(ids, [1, 2]);
        let ids: Vec<i32> = writing
            .push(b" stop", entry(3))
            .logprobs
            .iter()
            .map(|e| e.token.id)
            .collect();
        assert_eq!(ids, [3], "a token that is partly text is reported");
    }

    #[test]
    fn tokens_of_the_stop_itself_are_not_reported() {
        let mut writing = Writing::new(vec!["stop".into()]);
        writing.push(b"x", entry(1));
        writing.push(b"st", entry(2));
        let last = writing.push(b"op", entry(3));
        assert_eq!((last.logprobs.len(), last.stopped), (0, Some(0)));
    }
}
