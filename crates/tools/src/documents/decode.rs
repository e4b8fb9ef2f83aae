//! Bytes to letters.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// The text in a file: UTF-8, UTF-16 with its mark, else what Windows wrote for long. Nothing where the
/// bytes are no text.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let text = encoding.decode_without_bom_handling(&bytes[mark..]).0;
        return Some(clean(&text));
    }
    if bytes.contains(&0) {
        return None;
    }
    let text = match UTF_8.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => text,
        None => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    };
    Some(clean(&text))
}

/// Without control characters that nobody reads, and with one kind of line end.
fn clean(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|letter| if letter == '\r' { '\n' } else { letter })
        .filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn text_is_read_in_the_encodings_that_people_have() {
        assert_eq!(text("über\r\nuns\r".as_bytes()).unwrap(), "über\nuns\n");
        assert_eq!(text(b"\xef\xbb\xbfa").unwrap(), "a");
        assert_eq!(text(b"\xff\xfea\0\xfc\0").unwrap(), "aü");
        assert_eq!(text(b"\xfc\x80").unwrap(), "ü€");
        assert_eq!(text(b"a\x1b[0m\tb").unwrap(), "a[0m\tb");
        assert_eq!(text(b"\x7fELF\0\0"), None);
    }
}
