//! Cutting a text into pieces.

/// About how long a piece is, in characters: two or three paragraphs, so that a hit says enough by itself
/// and a few of them fit into a small model's context.
pub const CHUNK_CHARS: usize = 800;

/// How much of a piece the next one repeats, in characters: a sentence that a border cuts is whole in
/// one of the two.
pub const OVERLAP_CHARS: usize = 100;

/// A border is looked for behind this many characters of a piece. Before that, pieces would get small.
const BORDER_FROM_CHARS: usize = CHUNK_CHARS / 2;

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// What it says: the document's text from `start` to `end`.
    pub text: String,
    /// Where it begins in the document's text, in bytes.
    pub start: usize,
    /// Where it ends there, in bytes.
    pub end: usize,
    /// The page that it lies on, counted from one, where the document has pages.
    pub page: Option<u32>,
}

/// The pieces of `text[from..to]`. Together they hold everything but white space at their borders.
pub(super) fn cut(text: &str, from: usize, to: usize, page: Option<u32>, out: &mut Vec<Chunk>) {
    let mut start = from;
    while let Some(begin) = first_word(text, start, to) {
        let end = end_of(&text[begin..to]) + begin;
        let kept = text[begin..end].trim_end();
        out.push(Chunk {
            text: kept.to_owned(),
            start: begin,
            end: begin + kept.len(),
            page,
        });
        if first_word(text, end, to).is_none() {
            return;
        }
        start = back(text, begin, end);
    }
}

fn first_word(text: &str, start: usize, to: usize) -> Option<usize> {
    let rest = &text[start..to];
    let word = rest.find(|letter: char| !letter.is_whitespace())?;
    Some(start + word)
}

/// How far a piece goes: to the end of a paragraph, else of a sentence, else of a word.
fn end_of(rest: &str) -> usize {
    let mut from = None;
    let mut full = rest.len();
    for (count, (at, _)) in rest.char_indices().enumerate() {
        if count == BORDER_FROM_CHARS {
            from = Some(at);
        }
        if count == CHUNK_CHARS {
            full = at;
            break;
        }
    }
    let Some(from) = from.filter(|_| full < rest.len()) else {
        return rest.len();
    };
    let tail = &rest[from..full];
    paragraph(tail)
        .or_else(|| sentence(tail))
        .or_else(|| tail.rfind(char::is_whitespace))
        .map_or(full, |at| from + at)
}

fn paragraph(tail: &str) -> Option<usize> {
    tail.rfind("\n\n").or_else(|| tail.rfind("\n\r\n"))
}

/// Behind the last sentence that ends in there.
fn sentence(tail: &str) -> Option<usize> {
    let mut next = None::<char>;
    for (at, letter) in tail.char_indices().rev() {
        let ends = match letter {
            '.' | '!' | '?' | '…' => next.is_some_and(char::is_whitespace),
            '。' | '！' | '？' => true,
            '\n' => return Some(at),
            _ => false,
        };
        if ends {
            return Some(at + letter.len_utf8());
        }
        next = Some(letter);
    }
    None
}

/// Where the next piece begins: a little before this one ends, with a whole word.
fn back(text: &str, begin: usize, end: usize) -> usize {
    let piece = &text[begin..end];
    let Some((at, _)) = piece.char_indices().rev().nth(OVERLAP_CHARS - 1) else {
        return end;
    };
    if at == 0 {
        return end;
    }
    let tail = &piece[at..];
    let skip = tail.find(char::is_whitespace).unwrap_or(0);
    begin + at + skip
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(text: &str) -> Vec<Chunk> {
        let mut out = Vec::new();
        cut(text, 0, text.len(), None, &mut out);
        out
    }

    #[test]
    fn a_piece_ends_with_a_paragraph_if_it_can() {
        let first = "One sentence here. ".repeat(30);
        let text = format!("{first}\n\n{}", "Another one there. ".repeat(40));
        assert_eq!(pieces(&text)[0].text, first.trim_end());
    }

    #[test]
    fn a_piece_ends_with_a_sentence_if_there_is_no_paragraph() {
        let text = "Version 1.2 of it is out now. ".repeat(60);
        for piece in pieces(&text) {
            assert!(piece.text.ends_with("now."), "{:?}", piece.text);
        }
    }

    #[test]
    fn a_text_without_spaces_is_cut_anyway() {
        let text = "語".repeat(3000);
        let pieces = pieces(&text);
        assert!(
            pieces
                .iter()
                .all(|piece| piece.text.chars().count() <= CHUNK_CHARS),
            "a piece is no longer than it may be"
        );
        assert_eq!(pieces.last().map(|piece| piece.end), Some(text.len()));
    }

    #[test]
    fn white_space_alone_is_no_piece() {
        assert_eq!(pieces(""), []);
        assert_eq!(pieces(&" \n".repeat(2000)), []);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn pieces_cover_the_text_in_order_and_say_what_stands_at_their_place(
            text in r"([a-zäß語🦀e\u{301}]{1,12}[ .!?\n。]{0,3}){0,600}"
        ) {
            let pieces = pieces(&text);
            let mut covered = 0;
            for piece in &pieces {
                prop_assert_eq!(&text[piece.start..piece.end], piece.text.as_str());
                prop_assert!(piece.text.chars().count() <= CHUNK_CHARS);
                prop_assert!(!piece.text.is_empty());
                if piece.start > covered {
                    let gap = &text[covered..piece.start];
                    prop_assert!(gap.trim().is_empty(), "lost {:?}", gap);
                }
                prop_assert!(piece.end > covered, "each piece goes further");
                covered = piece.end;
            }
            prop_assert!(text[covered..].trim().is_empty());
            for pair in pieces.windows(2) {
                let repeated = pair[0].end.saturating_sub(pair[1].start);
                let repeated = text[pair[0].end - repeated..pair[0].end].chars().count();
                prop_assert!(repeated <= OVERLAP_CHARS);
            }
        }
    }
}
