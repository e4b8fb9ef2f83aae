//! The words of an HTML page: no scripts, no styles, nothing that is hidden.
//!
//! Only the tokens are read, in one pass and with a bounded stack, and no tree is built: a page from a
//! stranger that nests a million elements costs no more than one that does not.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// Elements inside each other that are kept in mind. Pages of people have fewer than a hundred; what is
/// nested deeper is read as text of the element that encloses it.
const DEPTH_MAX: usize = 512;

/// Links that are kept: a list longer than this is a map of the site and helps nobody.
const LINKS_MAX: usize = 500;

/// The longest address of a link that is kept.
const ADDRESS_BYTES_MAX: usize = 2048;

/// Characters of a link's words, and of a title, that are kept.
const LABEL_CHARS_MAX: usize = 200;

/// How long a page is read at most. A tag with ten thousands of attributes makes the parser compare each
/// with each; what was read until then counts.
const READING_TIME_MAX: Duration = Duration::from_secs(5);

/// Bytes between two looks at the clock.
const PIECE_BYTES: usize = 4096;

/// What a page says.
#[derive(Debug, Default)]
pub(crate) struct Words {
    pub(crate) title: Option<String>,
    pub(crate) text: String,
    /// Words and address of each link, as written.
    pub(crate) links: Vec<(String, String)>,
    /// What relative links count from, where the page says so.
    pub(crate) base: Option<String>,
    /// Whether it took too long to read to its end.
    pub(crate) cut: bool,
}

/// Reads a page.
pub(crate) fn read(html: &str) -> Words {
    let until = Instant::now() + READING_TIME_MAX;
    let input = BufferQueue::default();
    let tokenizer = Tokenizer::new(Reader::default(), TokenizerOpts::default());
    let mut rest = html;
    while !rest.is_empty() && Instant::now() < until {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE_BYTES));
        input.push_back(StrTendril::from_slice(piece));
        // The sink never asks to stop, so one call takes all of the piece.
        let _ = tokenizer.feed(&input);
        rest = after;
    }
    tokenizer.end();
    let mut words = tokenizer.sink.inner.into_inner().finish();
    words.cut = !rest.is_empty();
    words
}

#[derive(Default)]
struct Reader {
    inner: RefCell<State>,
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.inner.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return state.begin(&tag),
            Token::TagToken(tag) => state.end(&tag.name),
            Token::CharacterTokens(text) => state.say(&text),
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

#[derive(Default)]
struct State {
    words: Words,
    open: Vec<Open>,
    title: String,
    /// The link whose words are being read.
    link: Option<(String, String)>,
    gap: Gap,
}

struct Open {
    name: String,
    hidden: bool,
}

/// What stands between the last word and the next.
#[derive(Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

impl State {
    fn begin(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        self.close_implied(name);
        self.part(gap_around(name));
        match name {
            "base" if self.words.base.is_none() => self.words.base = attribute(tag, "href"),
            "li" if !self.hidden() => self.say("- "),
            "img" if !self.hidden() => {
                if let Some(says) = attribute(tag, "alt") {
                    self.say(&says);
                }
            }
            "a" if !self.hidden() => {
                self.end_link();
                self.link = attribute(tag, "href")
                    .filter(|address| address.len() <= ADDRESS_BYTES_MAX)
                    .map(|address| (String::new(), address));
            }
            _ => {}
        }
        if !is_void(name) && self.open.len() < DEPTH_MAX {
            let hidden = self.hidden() || is_never_shown(name) || is_hidden(tag);
            self.open.push(Open {
                name: name.to_owned(),
                hidden,
            });
        }
        match name {
            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" => {
                TokenSinkResult::RawData(RawKind::Rawtext)
            }
            "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
            "plaintext" => TokenSinkResult::Plaintext,
            _ => TokenSinkResult::Continue,
        }
    }

    fn end(&mut self, name: &str) {
        if name == "a" {
            self.end_link();
        }
        if let Some(at) = self.open.iter().rposition(|open| open.name == name) {
            self.open.truncate(at);
        }
        self.part(gap_around(name));
    }

    /// The end tags that people leave out: a list item ends the one before it, a block ends a paragraph.
    fn close_implied(&mut self, next: &str) {
        let Some(last) = self.open.last() else {
            return;
        };
        let ends = match last.name.as_str() {
            "p" => gap_around(next) >= Gap::Line && next != "br",
            "li" | "option" | "tr" => next == last.name,
            "dt" | "dd" => matches!(next, "dt" | "dd"),
            "td" | "th" => matches!(next, "td" | "th" | "tr"),
            "head" => next == "body",
            _ => false,
        };
        if ends {
            self.open.pop();
        }
    }

    fn say(&mut self, text: &str) {
        if self.open.last().is_some_and(|open| open.name == "title") {
            self.title.push_str(text);
            return;
        }
        if self.hidden() {
            return;
        }
        let kept = self.open.iter().any(|open| open.name == "pre");
        for letter in text.chars() {
            match letter {
                '\n' if kept => self.part(Gap::Line),
                letter if letter.is_whitespace() => self.part(Gap::Space),
                letter if letter.is_control() => {}
                letter => self.letter(letter),
            }
        }
    }

    fn letter(&mut self, letter: char) {
        if !self.words.text.is_empty() {
            match self.gap {
                Gap::None => {}
                Gap::Space => self.words.text.push(' '),
                Gap::Line => self.words.text.push('\n'),
                Gap::Paragraph => self.words.text.push_str("\n\n"),
            }
        }
        if let Some((says, _)) = &mut self.link {
            if self.gap != Gap::None && !says.is_empty() {
                says.push(' ');
            }
            says.push(letter);
        }
        self.gap = Gap::None;
        self.words.text.push(letter);
    }

    fn part(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn hidden(&self) -> bool {
        self.open.last().is_some_and(|open| open.hidden)
    }

    fn end_link(&mut self) {
        if let Some((says, address)) = self.link.take()
            && self.words.links.len() < LINKS_MAX
        {
            self.words.links.push((label(&says), address));
        }
    }

    fn finish(mut self) -> Words {
        self.end_link();
        self.words.title = Some(label(&self.title)).filter(|title| !title.is_empty());
        self.words
    }
}

/// The words in one line.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A line of words, not too long.
pub(crate) fn label(text: &str) -> String {
    one_line(text).chars().take(LABEL_CHARS_MAX).collect()
}

fn attribute(tag: &Tag, name: &str) -> Option<String> {
    tag.attrs
        .iter()
        .find(|attribute| &*attribute.name.local == name)
        .map(|attribute| attribute.value.trim().to_owned())
}

fn is_hidden(tag: &Tag) -> bool {
    let style = attribute(tag, "style").unwrap_or_default();
    let style: String = style
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect();
    attribute(tag, "hidden").is_some()
        || attribute(tag, "aria-hidden").is_some_and(|value| value.eq_ignore_ascii_case("true"))
        || [
            "display:none",
            "visibility:hidden",
            "font-size:0",
            "opacity:0",
        ]
        .iter()
        .any(|rule| declares(&style, rule))
}

/// Whether a style declares this, and not one that only begins like it, such as `opacity:0.9`.
fn declares(style: &str, rule: &str) -> bool {
    style.split(';').any(|declared| {
        declared
            .strip_prefix(rule)
            .is_some_and(|rest| matches!(rest, "" | "!important" | "px" | "em" | "rem" | "%"))
    })
}

/// Elements whose content is no text of the page.
fn is_never_shown(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "template"
            | "iframe"
            | "object"
            | "embed"
            | "svg"
            | "math"
            | "canvas"
            | "audio"
            | "video"
            | "noembed"
            | "noframes"
            | "datalist"
            | "head"
    )
}

/// Elements without content, which are not ended.
fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

fn gap_around(name: &str) -> Gap {
    match name {
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "pre" | "table" | "ul"
        | "ol" | "dl" | "hr" | "section" | "article" | "figure" => Gap::Paragraph,
        "br" | "div" | "li" | "tr" | "dt" | "dd" | "header" | "footer" | "main" | "nav"
        | "aside" | "form" | "fieldset" | "address" | "caption" | "figcaption" | "details"
        | "summary" | "body" | "option" => Gap::Line,
        "td" | "th" | "button" | "select" | "textarea" => Gap::Space,
        _ => Gap::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_sees_is_read_and_nothing_else() {
        let words = read(
            "<!doctype html><html><head><title>A &amp; B\n page</title><style>p{}</style></head><body>\
             <script>var a = '<p>no</p>';</script><h1>Head</h1><p>One <b>two</b>three<p>Next\
             <ul><li>first<li>second</ul><div hidden>no <p>no</p></div>\
             <p style='display : none'>no</p><span aria-hidden=true>no</span><template>no</template>\
             <svg><text>no</text></svg><!-- no --><img alt='A cat' src=x>\
             <table><tr><td>1<td>2<tr><td>3</table><p>end",
        );
        assert_eq!(words.title.as_deref(), Some("A & B page"));
        assert_eq!(
            words.text,
            "Head\n\nOne twothree\n\nNext\n\n- first\n- second\n\nA cat\n\n1 2\n3\n\nend"
        );
    }

    #[test]
    fn a_hidden_element_without_an_end_hides_no_more_than_a_browser_would() {
        let words = read("<p hidden>no<p>yes</p><div hidden><p hidden>no</div>also");
        assert_eq!(words.text, "yes\n\nalso");
        let words = read("<p style='opacity:0.9'>yes</p><p style='color:red;opacity:0'>no</p>");
        assert_eq!(words.text, "yes");
    }

    #[test]
    fn links_are_listed_with_their_words() {
        let words =
            read("<base href='/b/'><a href=' x.html '>The\n <i>first</i></a> <a name=y>no</a>");
        assert_eq!(words.links, [("The first".to_owned(), "x.html".to_owned())]);
        assert_eq!(words.base.as_deref(), Some("/b/"));
    }

    #[test]
    fn a_page_that_nests_a_million_elements_is_read_in_time() {
        let html = format!(
            "{}deep{}",
            "<div><b>".repeat(500_000),
            "</i>".repeat(500_000)
        );
        let begun = Instant::now();
        assert_eq!(read(&html).text, "deep");
        let took = begun.elapsed();
        assert!(
            took.as_secs() < 60,
            "it took {took:?}: it looks at all of them for each"
        );
    }

    #[test]
    fn a_tag_with_endless_attributes_is_given_up_on() {
        use std::fmt::Write as _;
        let mut html = "first<p ".to_owned();
        for number in 0..400_000 {
            write!(html, "a{number} ").unwrap();
        }
        let begun = Instant::now();
        let words = read(&html);
        let took = begun.elapsed();
        assert_eq!(words.text, "first");
        assert!(took < READING_TIME_MAX * 4, "it took {took:?}");
    }

    #[test]
    fn broken_pages_end_with_what_they_say() {
        for (html, says) in [
            ("<", "<"),
            ("<script>never ended", ""),
            ("a</p></p></body>b", "a\n\nb"),
            ("<title>never ended", ""),
            ("<p title=\"never ended", ""),
            ("a\0b\u{7}c", "abc"),
        ] {
            assert_eq!(read(html).text, says, "{html:?}");
        }
    }
}
