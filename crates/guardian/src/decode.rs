//! Encodings that are looked through: percent, `\u` and HTML escapes, base64, hex, and rot13.

use crate::window::Mapped;

/// Letters of base64 at least: twelve bytes, the shortest text that could tell of a person.
const BASE64_MIN: usize = 16;

/// Digits of hex at least.
const HEX_MIN: usize = 16;

/// A part of a text without blanks that is one encoded text.
pub(crate) struct Encoded {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) text: String,
}

/// The text with its escapes undone; nothing where it has none.
pub(crate) fn escapes(text: &str) -> Option<Mapped> {
    memchr::memchr3(b'%', b'\\', b'&', text.as_bytes())?;
    let mut mapped = Mapped::default();
    let (mut at, mut changed) = (0, false);
    while at < text.len() {
        if let Some((letter, length)) = escape(&text[at..]) {
            mapped.push(letter, at, at + length);
            at += length;
            changed = true;
            continue;
        }
        let Some(letter) = text[at..].chars().next() else {
            break;
        };
        mapped.push(letter, at, at + letter.len_utf8());
        at += letter.len_utf8();
    }
    changed.then_some(mapped)
}

/// The character that an escape stands for, and how long the escape is.
fn escape(rest: &str) -> Option<(char, usize)> {
    let bytes = rest.as_bytes();
    match bytes[0] {
        b'%' => percent(bytes),
        b'\\' if bytes.get(1) == Some(&b'u') => {
            let code = u32::from_str_radix(rest.get(2..6)?, 16).ok()?;
            Some((char::from_u32(code)?, 6))
        }
        b'\\' if bytes.get(1) == Some(&b'x') => {
            let code = u32::from_str_radix(rest.get(2..4)?, 16).ok()?;
            Some((char::from_u32(code).filter(char::is_ascii)?, 4))
        }
        b'&' if bytes.get(1) == Some(&b'#') => {
            let end = bytes.iter().take(10).position(|byte| *byte == b';')?;
            let number = rest.get(2..end)?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            Some((char::from_u32(code)?, end + 1))
        }
        b'&' if rest.starts_with("&commat;") => Some(('@', 8)),
        b'&' if rest.starts_with("&nbsp;") => Some((' ', 6)),
        b'&' if rest.starts_with("&amp;") => Some(('&', 5)),
        _ => None,
    }
}

/// `%40`, and `%C3%A9` as one character.
fn percent(bytes: &[u8]) -> Option<(char, usize)> {
    let byte = |at: usize| {
        let pair = bytes.get(at..at + 3).filter(|pair| pair[0] == b'%')?;
        Some(nibble(pair[1])? << 4 | nibble(pair[2])?)
    };
    let first = byte(0)?;
    let count = match first {
        0x20..0x80 | b'\n' | b'\t' | b'\r' => return Some((char::from(first), 3)),
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let whole: Vec<u8> = (0..count)
        .map(|place| byte(place * 3))
        .collect::<Option<_>>()?;
    let letter = std::str::from_utf8(&whole).ok()?.chars().next()?;
    Some((letter, count * 3))
}

/// Runs of base64 and hex in a text without blanks that hold readable text.
pub(crate) fn runs(text: &str) -> Vec<Encoded> {
    let bytes = text.as_bytes();
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let start = at;
        while at < bytes.len() && part(bytes[at]) {
            at += 1;
        }
        let (body, mut end) = (at, at);
        while end < bytes.len() && bytes[end] == b'=' && end - body < 2 {
            end += 1;
        }
        match run(text, start, body, end) {
            Some(whole) => found.push(whole),
            None => found.extend(pieces(text, start, body, end)),
        }
        at = end.max(at + 1);
    }
    found
}

/// Encoded texts between borders that are letters of base64 as well: in an address `/` parts folders, and
/// `-` and `_` part words.
fn pieces(text: &str, start: usize, body: usize, end: usize) -> Vec<Encoded> {
    let between = |borders: &'static [u8]| {
        let mut from = start;
        let parts = text.as_bytes()[start..body].split(move |byte| borders.contains(byte));
        parts.filter_map(move |part| {
            let (begins, ends) = (from, from + part.len());
            from = ends + 1;
            // The filling belongs to the last part.
            let filled = if ends == body { end } else { ends };
            (part.len() < body - start)
                .then(|| run(text, begins, ends, filled))
                .flatten()
        })
    };
    let folders: Vec<Encoded> = between(b"/").collect();
    if folders.is_empty() {
        between(b"/-_+").collect()
    } else {
        folders
    }
}

fn run(text: &str, start: usize, body: usize, end: usize) -> Option<Encoded> {
    let bytes = text.as_bytes();
    if body - start < HEX_MIN.min(BASE64_MIN) {
        return None;
    }
    // `0x…` and `data,…/…` may stand in front of the run that is meant.
    let mut start = start;
    if text[start..body].starts_with("0x") {
        start += 2;
    }
    let encoded = |start: usize, end: usize, bytes: Vec<u8>| {
        Some(Encoded {
            start,
            end,
            text: readable(bytes)?,
        })
    };
    if let Some(plain) = hex(&bytes[start..body])
        && let Some(found) = encoded(start, body, plain)
    {
        return Some(found);
    }
    let plain = base64(&bytes[start..body])?;
    encoded(start, end, plain)
}

fn hex(digits: &[u8]) -> Option<Vec<u8>> {
    if digits.len() < HEX_MIN || !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?))
        .collect()
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Base64 in its two alphabets, with or without the filling.
fn base64(letters: &[u8]) -> Option<Vec<u8>> {
    if letters.len() < BASE64_MIN || letters.len() % 4 == 1 {
        return None;
    }
    let mut plain = Vec::with_capacity(letters.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for letter in letters {
        let six = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            plain.push(u8::try_from(bits >> count & 0xff).unwrap_or(0));
        }
    }
    Some(plain)
}

/// The bytes as text, if someone could read it: UTF-8 or UTF-16 without control characters.
fn readable(bytes: Vec<u8>) -> Option<String> {
    let wide = bytes.len() >= 8
        && bytes.len().is_multiple_of(2)
        && bytes.chunks_exact(2).all(|pair| pair[1] == 0);
    let text = if wide {
        bytes
            .chunks_exact(2)
            .map(|pair| char::from(pair[0]))
            .collect()
    } else {
        String::from_utf8(bytes).ok()?
    };
    text.chars()
        .all(|letter| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t'))
        .then_some(text)
}

/// The text with each letter turned by 13; places stay as they are.
pub(crate) fn rot13(text: &str) -> String {
    text.chars().map(rotated).collect()
}

/// A letter turned by 13.
pub(crate) fn rotated(letter: char) -> char {
    let turn = |base: u8| {
        let place = u32::from(letter) - u32::from(base);
        char::from_u32((place + 13) % 26 + u32::from(base)).unwrap_or(letter)
    };
    match letter {
        'a'..='z' => turn(b'a'),
        'A'..='Z' => turn(b'A'),
        other => other,
    }
}

/// Words that are often met in rot13 and never in a language, in small letters.
pub(crate) const ROT13: &[&[u8]] = &[
    b"gur",
    b"naq",
    b"lbh",
    b"lbhe",
    b"sbe",
    b"jvgu",
    b"jnf",
    b"guvf",
    b"zl",
    b"anzr",
    b"rznvy",
    b"cubar",
    b"cnffjbeq",
    b"ahzore",
    b"nqqerff",
    b"pneq",
    b"xrl",
    b"frperg",
    b"obea",
    b"znvy",
    b"sebz",
    b"gung",
    b"unir",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_reads_as_what_was_meant() {
        let text = "john@example.com";
        assert_eq!(runs("am9obkBleGFtcGxlLmNvbQ==")[0].text, text);
        assert_eq!(runs("6a6f686e406578616d706c652e636f6d")[0].text, text);
        assert_eq!(rot13("wbua@rknzcyr.pbz"), text);
        for escaped in [
            "john%40example.com",
            "john\\u0040example.com",
            "john&#64;example.com",
            "john&#x40;example.com",
        ] {
            assert_eq!(escapes(escaped).unwrap().text, text, "{escaped}");
        }
        assert_eq!(escapes("M%C3%BCller").unwrap().text, "Müller");
    }

    #[test]
    fn encoded_text_is_found_between_the_borders_of_an_address() {
        for address in [
            "https://example.com/am9obkBleGFtcGxlLmNvbQ==",
            "https://example.com/am9obkBleGFtcGxlLmNvbQ/picture.png",
            "https://example.com/note_am9obkBleGFtcGxlLmNvbQ",
            "https://example.com/files/6a6f686e406578616d706c652e636f6d/x",
        ] {
            let found = runs(address);
            assert!(
                found.iter().any(|run| run.text == "john@example.com"),
                "{address}"
            );
        }
    }

    #[test]
    fn words_and_random_bytes_are_no_encoded_text() {
        assert!(
            runs("internationalisation").is_empty(),
            "letters of base64, but no text behind them"
        );
        assert!(runs("d41d8cd98f00b204e9800998ecf8427e").is_empty());
        assert!(escapes("100% sure & done").is_none());
    }
}
