//! What a person types into the search box, as a query that SQLite's full-text search accepts.

/// Stands before a hit in a snippet; a control character that no keyboard types.
pub const MARK_START: char = '\u{2}';

/// Stands behind a hit in a snippet.
pub const MARK_END: char = '\u{3}';

/// How many words of a search count; the rest is left out.
///
/// More words than anybody types, few enough that a pasted page does not become a huge query.
const WORDS_MAX: usize = 32;

/// How many characters of one word count.
const WORD_CHARS_MAX: usize = 100;

/// The full-text query for what was typed: all words must occur, the last one may be unfinished.
///
/// `None` when nothing was typed. Each word is quoted, so no sign in it has a meaning of its own,
/// and no text whatever is an error.
pub(crate) fn query(typed: &str) -> Option<String> {
    let words = quoted(typed);
    (!words.is_empty()).then(|| words.join(" ") + "*")
}

/// The full-text query for a question: one of its words must occur, and a rank says how well.
///
/// `None` when there is no word. Each word is quoted, as in [`query`].
pub(crate) fn any_of(text: &str) -> Option<String> {
    let words = quoted(text);
    (!words.is_empty()).then(|| words.join(" OR "))
}

fn quoted(typed: &str) -> Vec<String> {
    typed
        .split(|c: char| c.is_whitespace() || c == '\0')
        .filter(|word| !word.is_empty())
        .take(WORDS_MAX)
        .map(|word| {
            let word: String = word.chars().take(WORD_CHARS_MAX).collect();
            format!("\"{}\"", word.replace('"', "\"\""))
        })
        .collect()
}

/// A pattern for `LIKE … ESCAPE '\'` that finds `typed` anywhere in a text.
pub(crate) fn pattern(typed: &str) -> String {
    let mut pattern = String::with_capacity(typed.len() + 2);
    pattern.push('%');
    for c in typed
        .chars()
        .filter(|c| *c != '\0')
        .take(WORDS_MAX * WORD_CHARS_MAX)
    {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_quoted_and_the_last_may_be_unfinished() {
        assert_eq!(
            query("  red AND \"fox ").as_deref(),
            Some(r#""red" "AND" """fox"*"#)
        );
    }

    #[test]
    fn question_asks_for_any_of_its_words() {
        assert_eq!(
            any_of("red OR \"fox?").as_deref(),
            Some(r#""red" OR "OR" OR """fox?""#)
        );
        assert_eq!(any_of(" \n"), None);
    }

    #[test]
    fn nothing_typed_is_no_query() {
        assert_eq!(query(" \t\n\0"), None);
    }

    #[test]
    fn signs_with_a_meaning_in_patterns_are_taken_literally() {
        assert_eq!(pattern("50%_\\"), "%50\\%\\_\\\\%");
    }
}
