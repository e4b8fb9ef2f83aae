//! What a conversation is called until a person names it.

/// The most characters of a title that is made from a message.
///
/// One line of the conversation list, which is about 260 pixels wide.
const TITLE_CHARS_MAX: usize = 60;

/// The title of a conversation that begins with this message: its first words, on one line.
///
/// `None` when the message holds nothing that could be read.
#[must_use]
pub fn from_first_message(text: &str) -> Option<String> {
    let first_line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let line = first_line.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|letter| !letter.is_control()).collect();
    if line.is_empty() {
        return None;
    }
    if line.chars().count() <= TITLE_CHARS_MAX {
        return Some(line);
    }
    let head: String = line.chars().take(TITLE_CHARS_MAX - 1).collect();
    // Cut between words, unless the first word alone is too long.
    let cut = head
        .rfind(' ')
        .filter(|&at| at > TITLE_CHARS_MAX / 3)
        .unwrap_or(head.len());
    Some(format!("{}…", head[..cut].trim_end()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn short_message_is_its_own_title() {
        assert_eq!(
            from_first_message("  What is\ta fjord?\n"),
            Some("What is a fjord?".into())
        );
    }

    #[test]
    fn long_message_is_cut_between_words() {
        let text =
            "Explain to me in plain words how the tides come about and why there are two a day";
        let title = from_first_message(text).expect("has words");
        assert_eq!(
            title,
            "Explain to me in plain words how the tides come about and…"
        );
    }

    #[test]
    fn message_of_nothing_but_space_has_no_title() {
        assert_eq!(from_first_message(" \n\t\n"), None);
    }

    proptest! {
        #[test]
        fn title_is_one_short_line_whatever_was_said(text in any::<String>()) {
            if let Some(title) = from_first_message(&text) {
                prop_assert!(title.chars().count() <= TITLE_CHARS_MAX);
                prop_assert!(!title.contains(['\n', '\r', '\0']));
                prop_assert!(!title.is_empty());
            }
        }
    }
}
