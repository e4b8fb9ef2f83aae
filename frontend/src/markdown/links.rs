//! Which links a model may set.

/// Schemes that open something harmless outside.
const SCHEMES: &[&str] = &["https", "http", "mailto"];

/// The most characters of an address that is worth opening.
///
/// Longer ones are no addresses but data, and could carry a conversation out on a click.
const ADDRESS_CHARS_MAX: usize = 2_000;

/// The address when it may be opened.
///
/// Relative ones are refused: they would lead into the program itself. So is everything with a
/// control character, which browsers drop before they look at the scheme (`java\nscript:`).
pub(super) fn safe_address(address: &str) -> Option<&str> {
    let address = address.trim();
    if address.chars().count() > ADDRESS_CHARS_MAX || address.chars().any(char::is_control) {
        return None;
    }
    let (scheme, rest) = address.split_once(':')?;
    let known = SCHEMES
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    (known && !rest.is_empty()).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_open_outside_are_links() {
        for good in [
            "https://example.org/a?b=c",
            "HTTP://example.org",
            "mailto:a@example.org",
        ] {
            assert_eq!(safe_address(good), Some(good));
        }
        for bad in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            "\u{1}https://example.org",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://example.org/1",
            "tauri://localhost/",
            "ipc://localhost/ask",
            "/ui/ask",
            "#settings",
            "//example.org",
            "",
            "https:",
        ] {
            assert_eq!(safe_address(bad), None, "{bad:?} must not be a link");
        }
    }

    #[test]
    fn an_address_that_could_carry_a_conversation_is_no_link() {
        let long = format!("https://example.org/?q={}", "a".repeat(ADDRESS_CHARS_MAX));
        assert_eq!(safe_address(&long), None);
    }
}
