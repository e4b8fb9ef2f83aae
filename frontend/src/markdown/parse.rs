//! Markdown to pieces.

use std::ops::Range;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Options, Parser};
use pulldown_cmark::{Tag as Mark, TagEnd};

use super::links::safe_address;

/// The deepest nesting that is kept; deeper pieces are shown flat.
///
/// Nobody writes twenty quotes in each other; a hostile text with ten thousand would exhaust the
/// stack when the page is made.
const DEPTH_MAX: usize = 20;

/// A harmless piece of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Words.
    Text(String),
    /// Something around other pieces.
    Element(Tag, Vec<Piece>),
}

/// What may stand around words. There are no others, whatever a model writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tag {
    Paragraph,
    Heading(u8),
    Quote,
    /// A block of code, with the name of its language.
    CodeBlock(String),
    List,
    Numbers(u64),
    Item,
    Table,
    Row,
    HeadCell(Side),
    Cell(Side),
    Emphasis,
    Strong,
    Struck,
    Code,
    /// A link to an address that was found safe.
    Link(String),
    /// An image that is not loaded: its description is inside.
    Image,
    LineBreak,
    Rule,
    /// A box of a list of tasks: ticked or not.
    Tick(bool),
}

/// To which side a cell of a table leans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Start,
    Middle,
    End,
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS
}

/// Reads a whole text.
pub(crate) fn parse(text: &str) -> Vec<Piece> {
    blocks(text).into_iter().map(|(piece, _)| piece).collect()
}

/// Reads a text into its outermost blocks, each with its place.
pub(super) fn blocks(text: &str) -> Vec<(Piece, Range<usize>)> {
    let mut builder = Builder::default();
    let mut done = Vec::new();
    let mut start = 0;
    for (event, place) in Parser::new_ext(text, options()).into_offset_iter() {
        if builder.open.is_empty() {
            start = place.start;
        }
        builder.take(event);
        if builder.open.is_empty() {
            for piece in builder.finished.drain(..) {
                done.push((piece, start..place.end));
            }
        }
    }
    done
}

#[derive(Default)]
struct Builder {
    /// What was begun and has not ended. `None` marks what is shown flat.
    open: Vec<(Option<Tag>, Vec<Piece>)>,
    finished: Vec<Piece>,
    sides: Vec<Side>,
    in_head: bool,
    column: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(mark) => {
                let tag = self.tag(mark);
                let tag = if self.open.len() < DEPTH_MAX {
                    tag
                } else {
                    None
                };
                self.open.push((tag, Vec::new()));
            }
            Event::End(end) => self.end(end),
            // HTML is shown as the characters that it is made of.
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Code(text) => {
                self.put(Piece::Element(
                    Tag::Code,
                    vec![Piece::Text(text.into_string())],
                ));
            }
            Event::SoftBreak => self.text("\n"),
            Event::HardBreak => self.put(Piece::Element(Tag::LineBreak, Vec::new())),
            Event::Rule => self.put(Piece::Element(Tag::Rule, Vec::new())),
            Event::TaskListMarker(done) => self.put(Piece::Element(Tag::Tick(done), Vec::new())),
            Event::FootnoteReference(name) => self.text(&format!("[{name}]")),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.text(&text),
        }
    }

    fn tag(&mut self, mark: Mark<'_>) -> Option<Tag> {
        Some(match mark {
            Mark::Paragraph => Tag::Paragraph,
            Mark::Heading { level, .. } => Tag::Heading(depth(level)),
            Mark::BlockQuote(_) => Tag::Quote,
            Mark::CodeBlock(CodeBlockKind::Indented) => Tag::CodeBlock(String::new()),
            Mark::CodeBlock(CodeBlockKind::Fenced(info)) => Tag::CodeBlock(language_of(&info)),
            Mark::HtmlBlock => Tag::Paragraph,
            Mark::List(None) => Tag::List,
            Mark::List(Some(first)) => Tag::Numbers(first),
            Mark::Item => Tag::Item,
            Mark::Table(sides) => {
                self.sides = sides.into_iter().map(side).collect();
                Tag::Table
            }
            Mark::TableHead => {
                self.in_head = true;
                self.column = 0;
                Tag::Row
            }
            Mark::TableRow => {
                self.column = 0;
                Tag::Row
            }
            Mark::TableCell => {
                let side = self.sides.get(self.column).copied().unwrap_or(Side::Start);
                self.column += 1;
                if self.in_head {
                    Tag::HeadCell(side)
                } else {
                    Tag::Cell(side)
                }
            }
            Mark::Emphasis => Tag::Emphasis,
            Mark::Strong => Tag::Strong,
            Mark::Strikethrough => Tag::Struck,
            Mark::Link { dest_url, .. } => Tag::Link(safe_address(&dest_url)?.to_owned()),
            Mark::Image { .. } => Tag::Image,
            Mark::FootnoteDefinition(_)
            | Mark::DefinitionList
            | Mark::DefinitionListTitle
            | Mark::DefinitionListDefinition
            | Mark::Superscript
            | Mark::Subscript
            | Mark::MetadataBlock(_) => return None,
        })
    }

    fn end(&mut self, end: TagEnd) {
        if matches!(end, TagEnd::TableHead) {
            self.in_head = false;
        }
        let Some((tag, inside)) = self.open.pop() else {
            return;
        };
        match tag {
            Some(tag) => self.put(Piece::Element(tag, inside)),
            None => inside.into_iter().for_each(|piece| self.put(piece)),
        }
    }

    fn text(&mut self, text: &str) {
        let into = match self.open.last_mut() {
            Some((_, inside)) => inside,
            None => &mut self.finished,
        };
        match into.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ => into.push(Piece::Text(text.to_owned())),
        }
    }

    fn put(&mut self, piece: Piece) {
        match self.open.last_mut() {
            Some((_, inside)) => inside.push(piece),
            None => self.finished.push(piece),
        }
    }
}

fn depth(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

fn side(alignment: Alignment) -> Side {
    match alignment {
        Alignment::None | Alignment::Left => Side::Start,
        Alignment::Center => Side::Middle,
        Alignment::Right => Side::End,
    }
}

/// The first word behind the fence: `rust` of `rust,ignore`.
fn language_of(info: &str) -> String {
    let word = info.split([' ', ',', '{']).next().unwrap_or_default();
    word.chars()
        .filter(|letter| !letter.is_control())
        .take(24)
        .collect()
}
