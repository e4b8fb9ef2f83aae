//! What came of calling a tool.

use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use serde_json::Value;

/// What went over the line, for the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Volume {
    /// Bytes of the arguments.
    pub bytes_out: u64,
    /// Bytes of the text and the data that came back.
    pub bytes_in: u64,
}

/// What a tool answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What it says. Pictures and sounds are only named.
    pub text: String,
    /// The same as data, where the tool gives it and it is not too large.
    pub data: Option<Value>,
    /// Whether the tool says that it failed.
    pub failed: bool,
    /// Whether something is missing, since it was too large.
    pub cut: bool,
    /// What went over the line.
    pub volume: Volume,
}

impl Outcome {
    pub(super) fn of(result: CallToolResult, bytes_out: u64, bytes_max: usize) -> Self {
        let mut text = String::new();
        for part in result.content {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&words(part));
        }
        text.retain(is_visible);
        let data = result.structured_content;
        let data_bytes = data.as_ref().map_or(0, |data| data.to_string().len());
        let bytes_in = (text.len() + data_bytes) as u64;
        let mut cut = text.len() > bytes_max;
        if cut {
            text.truncate(text.floor_char_boundary(bytes_max));
        }
        let data = data.filter(|_| data_bytes <= bytes_max);
        cut |= data.is_none() && data_bytes > 0;
        Self {
            text,
            data,
            failed: result.is_error == Some(true),
            cut,
            volume: Volume {
                bytes_out,
                bytes_in,
            },
        }
    }
}

/// Neither steers a terminal nor turns the order of letters, which could make a text look like another.
fn is_visible(letter: char) -> bool {
    let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !turns && (!letter.is_control() || matches!(letter, '\n' | '\t'))
}

fn words(part: ContentBlock) -> String {
    let named = |what: &str, kind: &str, base64: &str| {
        format!("[{what}: {kind}, about {} bytes]", base64.len() / 4 * 3)
    };
    match part {
        ContentBlock::Text(text) => text.text,
        ContentBlock::Image(image) => named("picture", &image.mime_type, &image.data),
        ContentBlock::Audio(audio) => named("sound", &audio.mime_type, &audio.data),
        ContentBlock::Resource(resource) => match resource.resource {
            ResourceContents::TextResourceContents { text, .. } => text,
            ResourceContents::BlobResourceContents {
                mime_type, blob, ..
            } => named("file", mime_type.as_deref().unwrap_or("of any kind"), &blob),
            _ => "[something of an unknown kind]".to_owned(),
        },
        ContentBlock::ResourceLink(link) => format!("[link: {} {}]", link.name, link.uri),
        _ => "[something of an unknown kind]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outcome(result: Value, max: usize) -> Outcome {
        Outcome::of(serde_json::from_value(result).unwrap(), 7, max)
    }

    #[test]
    fn parts_become_one_text_and_pictures_are_named() {
        let outcome = outcome(
            json!({"content": [
                {"type": "text", "text": "one"},
                {"type": "image", "data": "AAAAAAAA", "mimeType": "image/png"},
                {"type": "resource", "resource": {"uri": "file:///a", "text": "two"}},
                {"type": "resource_link", "uri": "file:///b", "name": "b"},
            ], "isError": true, "structuredContent": {"n": 1}}),
            1000,
        );
        assert_eq!(
            outcome.text,
            "one\n[picture: image/png, about 6 bytes]\ntwo\n[link: b file:///b]"
        );
        assert!(outcome.failed && !outcome.cut);
        assert_eq!(outcome.data, Some(json!({"n": 1})));
        assert_eq!(outcome.volume.bytes_out, 7);
    }

    #[test]
    fn what_steers_a_terminal_or_turns_letters_is_taken_out() {
        let text = "a\u{1b}[31mb\r\n\u{202e}c\td";
        let answer = json!({"content": [{"type": "text", "text": text}]});
        assert_eq!(outcome(answer, 1000).text, "a[31mb\nc\td");
    }

    #[test]
    fn a_long_answer_is_cut_between_letters_and_says_so() {
        let answer = json!({"content": [{"type": "text", "text": "ü".repeat(10)}]});
        let cut = outcome(answer, 5);
        assert_eq!((cut.text.as_str(), cut.cut), ("üü", true));
        assert_eq!(cut.volume.bytes_in, 20, "all of it came over the line");
        let data = json!({"content": [], "structuredContent": {"long": "a".repeat(10)}});
        let cut = outcome(data, 5);
        assert_eq!((cut.data, cut.cut), (None, true));
    }
}
