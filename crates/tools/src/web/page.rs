//! A body that came over the web, as text.

use encoding_rs::{Encoding, UTF_8};
use reqwest::Url;

use crate::html;

/// Bytes at the begin of a page in which it may name its encoding, as the HTML standard says.
const CHARSET_BYTES: usize = 1024;

/// A link of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its words; empty for a picture.
    pub says: String,
    /// Where it leads, as a full address. It was not checked: fetching it is.
    pub address: String,
}

/// What a page says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageText {
    /// Its title, where it has one.
    pub title: Option<String>,
    /// What a person would read, without scripts, styles and hidden parts.
    pub text: String,
    /// Where it leads, each address once.
    pub links: Vec<Link>,
    /// Whether something is missing at the end: the page was too large or took too long to read.
    pub cut: bool,
}

/// The kinds of content that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Html,
    Text,
}

impl Content {
    /// What a media type without parameters stands for; nothing that is not text.
    pub(super) fn of(media_type: &str) -> Option<Self> {
        match media_type {
            "text/html" | "application/xhtml+xml" => Some(Self::Html),
            "application/json" | "application/xml" | "application/yaml" => Some(Self::Text),
            other if other.starts_with("text/") => Some(Self::Text),
            other if other.starts_with("application/") => {
                (other.ends_with("+json") || other.ends_with("+xml")).then_some(Self::Text)
            }
            _ => None,
        }
    }
}

/// Reads a body.
pub(super) fn read(body: &[u8], content: Content, charset: Option<&str>, from: &Url) -> PageText {
    let text = decode(body, content, charset);
    match content {
        Content::Text => PageText {
            text: text.replace('\0', ""),
            ..PageText::default()
        },
        Content::Html => {
            let words = html::read(&text);
            let base = words.base.as_deref().and_then(|base| from.join(base).ok());
            PageText {
                title: words.title,
                links: links(words.links, base.as_ref().unwrap_or(from)),
                text: words.text,
                cut: words.cut,
            }
        }
    }
}

fn links(written: Vec<(String, String)>, base: &Url) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (says, address) in written {
        let Ok(url) = base.join(&address) else {
            continue;
        };
        if matches!(url.scheme(), "http" | "https") && seen.insert(url.to_string()) {
            links.push(Link {
                says,
                address: url.into(),
            });
        }
    }
    links
}

/// By the mark at the begin, what the server says, what the page says, else UTF-8.
fn decode(body: &[u8], content: Content, charset: Option<&str>) -> String {
    let named = charset.and_then(|label| Encoding::for_label(label.as_bytes()));
    let named = named.or_else(|| {
        let head = &body[..body.len().min(CHARSET_BYTES)];
        (content == Content::Html)
            .then(|| charset_in(head))
            .flatten()
    });
    let (text, _, _) = named.unwrap_or(UTF_8).decode(body);
    text.into_owned()
}

fn charset_in(head: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let (_, behind) = head.split_once("charset=")?;
    let label: String = behind
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
        .collect();
    // A page that was read so far cannot be in UTF-16.
    Encoding::for_label(label.as_bytes()).map(|encoding| encoding.output_encoding())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &[u8], charset: Option<&str>) -> PageText {
        let from = Url::parse("https://example.com/a/b").unwrap();
        read(body, Content::Html, charset, &from)
    }

    #[test]
    fn links_are_full_addresses_and_only_of_the_web() {
        let body = b"<a href='c'>one</a><a href='/d#x'>two</a><a href='javascript:alert(1)'>no</a>\
            <a href='mailto:a@b'>no</a><a href='c'>again</a><a href='//other.example'>three</a>";
        let links: Vec<_> = page(body, None)
            .links
            .into_iter()
            .map(|link| (link.says, link.address))
            .collect();
        let wanted = [
            ("one", "https://example.com/a/c"),
            ("two", "https://example.com/d#x"),
            ("three", "https://other.example/"),
        ];
        assert_eq!(links.len(), wanted.len(), "{links:?}");
        for ((says, address), wanted) in links.iter().zip(wanted) {
            assert_eq!((says.as_str(), address.as_str()), wanted);
        }
    }

    #[test]
    fn letters_are_read_in_the_encoding_that_the_server_or_the_page_names() {
        assert_eq!(page(b"<p>caf\xe9", Some("iso-8859-1")).text, "café");
        assert_eq!(
            page(b"<meta charset=\"windows-1252\"><p>caf\xe9", None).text,
            "café"
        );
        assert_eq!(page("<p>café".as_bytes(), None).text, "café");
        assert_eq!(
            page("\u{feff}<p>café".as_bytes(), Some("iso-8859-1")).text,
            "café"
        );
        assert_eq!(
            page(b"<p>caf\xe9", Some("no such thing")).text,
            "caf\u{fffd}"
        );
    }

    #[test]
    fn only_text_is_read() {
        for text in [
            "text/html",
            "text/plain",
            "application/json",
            "application/ld+json",
        ] {
            assert!(Content::of(text).is_some(), "{text}");
        }
        for other in [
            "image/png",
            "application/octet-stream",
            "application/pdf",
            "",
        ] {
            assert!(Content::of(other).is_none(), "{other}");
        }
    }
}
