//! Pieces to elements of the page, one by one and without any HTML text in between.

use std::any::Any;

use contract::show;
use wasm_bindgen::JsCast as _;
use web_sys::{Document, Element, HtmlElement, Node};

use super::parse::{Piece, Side, Tag, parse};
use super::stream::Growing;
use crate::words::Words;

/// Draws a view that an answer proposes into an empty element. It is there as long as what this returns.
pub(crate) type Draw = Box<dyn Fn(HtmlElement, show::Shown) -> Drawn>;

/// A view that is drawn. It goes when this goes.
pub(crate) type Drawn = Box<dyn Any>;

/// Keeps an element of the page equal to a text of Markdown that may grow.
pub(crate) struct Painter {
    at: HtmlElement,
    growing: Growing,
    /// How many children of `at` are settled.
    settled: u32,
    /// Whether the text has ended and is painted as a whole.
    ended: bool,
    words: &'static Words,
    draw: Draw,
    /// The views in settled blocks, and those in blocks that may change.
    views: (Vec<Drawn>, Vec<Drawn>),
}

/// What painting needs, and the views that it made.
struct Brush<'a> {
    document: Document,
    words: &'static Words,
    draw: &'a Draw,
    views: Vec<Drawn>,
}

impl Painter {
    /// Paints into an empty element.
    pub(crate) fn new(at: HtmlElement, words: &'static Words, draw: Draw) -> Self {
        Self {
            at,
            growing: Growing::default(),
            settled: 0,
            ended: false,
            words,
            draw,
            views: (Vec::new(), Vec::new()),
        }
    }

    /// Shows this text. Where it is the last one with something behind it, only that is painted.
    pub(crate) fn show(&mut self, text: &str, ended: bool) {
        match text.strip_prefix(self.growing.text()) {
            // What a person ticked or typed in a view of it stays.
            Some("") if self.ended || !ended => return,
            Some(more) => self.grow(more),
            None => {
                self.clear(0);
                self.views.0.clear();
                self.growing = Growing::default();
                self.settled = 0;
                self.grow(text);
            }
        }
        if ended && self.growing.needs_whole() {
            self.clear(0);
            self.views = (self.add(&parse(text)), Vec::new());
            self.settled = 0;
        }
        self.ended = ended;
    }

    fn grow(&mut self, more: &str) {
        let change = self.growing.grow(more);
        self.clear(self.settled);
        let settled = self.add(&change.settled);
        self.views.0.extend(settled);
        self.settled = self.at.child_nodes().length();
        self.views.1 = self.add(&change.open);
    }

    fn clear(&mut self, keep: u32) {
        self.views.1.clear();
        while self.at.child_nodes().length() > keep {
            let Some(last) = self.at.last_child() else {
                break;
            };
            let _ = self.at.remove_child(&last);
        }
    }

    fn add(&self, pieces: &[Piece]) -> Vec<Drawn> {
        let Some(document) = web_sys::window().and_then(|window| window.document()) else {
            return Vec::new();
        };
        let mut brush = Brush {
            document,
            words: self.words,
            draw: &self.draw,
            views: Vec::new(),
        };
        add_all(&mut brush, &self.at, pieces);
        brush.views
    }
}

fn add_all(brush: &mut Brush<'_>, to: &Node, pieces: &[Piece]) {
    for piece in pieces {
        let node = match piece {
            Piece::Text(text) => Some(
                brush
                    .document
                    .create_text_node(text)
                    .unchecked_into::<Node>(),
            ),
            Piece::Element(tag, inside) => element(brush, tag, inside),
        };
        if let Some(node) = node {
            let _ = to.append_child(&node);
        }
    }
}

fn element(brush: &mut Brush<'_>, tag: &Tag, inside: &[Piece]) -> Option<Node> {
    let document = brush.document.clone();
    let words = brush.words;
    let make = |name: &str| document.create_element(name).ok();
    let (outer, inner) = match tag {
        Tag::CodeBlock(language) => {
            return match shown(language, inside) {
                Some(shown) => view(brush, shown),
                None => code_block(brush, language, inside),
            };
        }
        Tag::Table => return table(brush, inside),
        Tag::Image => return image(brush, inside),
        Tag::Tick(done) => {
            let mark = make("span")?;
            let _ = mark.set_attribute("class", if *done { "tick done" } else { "tick" });
            mark.set_text_content(Some(if *done { "☑ " } else { "☐ " }));
            return Some(mark.unchecked_into());
        }
        Tag::Link(address) => {
            let link = make("a")?;
            let _ = link.set_attribute("href", address);
            let _ = link.set_attribute("rel", "noopener noreferrer nofollow");
            let _ = link.set_attribute("target", "_blank");
            let _ = link.set_attribute("title", &format!("{address} ({})", words.opens_outside));
            (link.clone(), link)
        }
        Tag::Numbers(first) => {
            let list = make("ol")?;
            if *first != 1 {
                let _ = list.set_attribute("start", &first.to_string());
            }
            (list.clone(), list)
        }
        Tag::HeadCell(side) | Tag::Cell(side) => {
            let cell = make(if matches!(tag, Tag::HeadCell(_)) {
                "th"
            } else {
                "td"
            })?;
            let _ = cell.set_attribute("class", class_of(*side));
            (cell.clone(), cell)
        }
        Tag::Heading(level) => {
            let heading = make(name_of(tag))?;
            let _ = heading.set_attribute("class", if *level < 3 { "large" } else { "small-head" });
            (heading.clone(), heading)
        }
        _ => {
            let plain = make(name_of(tag))?;
            (plain.clone(), plain)
        }
    };
    add_all(brush, &inner, inside);
    Some(outer.unchecked_into())
}

/// The view that a block proposes; none where it is any other block, or not a view within all limits.
pub(super) fn shown(language: &str, inside: &[Piece]) -> Option<show::Shown> {
    match (language, inside) {
        (show::FENCE, [Piece::Text(text)]) => show::parse(text).ok(),
        _ => None,
    }
}

/// A place in which a view is drawn.
fn view(brush: &mut Brush<'_>, shown: show::Shown) -> Option<Node> {
    let place: HtmlElement = brush.document.create_element("div").ok()?.unchecked_into();
    let drawn = (brush.draw)(place.clone(), shown);
    brush.views.push(drawn);
    Some(place.unchecked_into())
}

fn name_of(tag: &Tag) -> &'static str {
    match tag {
        Tag::Paragraph => "p",
        // The page has headings of its own; those of an answer stand below them, all on one level,
        // since models skip levels as they like. The class keeps how large they were meant.
        Tag::Heading(_) => "h3",
        Tag::Quote => "blockquote",
        Tag::List => "ul",
        Tag::Item => "li",
        Tag::Row => "tr",
        Tag::Emphasis => "em",
        Tag::Strong => "strong",
        Tag::Struck => "s",
        Tag::Code => "code",
        Tag::LineBreak => "br",
        Tag::Rule => "hr",
        Tag::CodeBlock(_) => "pre",
        Tag::Table => "table",
        Tag::Numbers(_) => "ol",
        Tag::HeadCell(_) => "th",
        Tag::Cell(_) => "td",
        Tag::Link(_) => "a",
        Tag::Image | Tag::Tick(_) => "span",
    }
}

fn class_of(side: Side) -> &'static str {
    match side {
        Side::Start => "start",
        Side::Middle => "middle",
        Side::End => "end",
    }
}

/// Code with the name of its language and a button that the message listens to.
fn code_block(brush: &mut Brush<'_>, language: &str, inside: &[Piece]) -> Option<Node> {
    let (document, words) = (brush.document.clone(), brush.words);
    let outer = document.create_element("div").ok()?;
    let _ = outer.set_attribute("class", "code-block");
    let head = document.create_element("div").ok()?;
    let _ = head.set_attribute("class", "code-head");
    let name = document.create_element("span").ok()?;
    name.set_text_content(Some(language));
    let copy = document.create_element("button").ok()?;
    let _ = copy.set_attribute("type", "button");
    let _ = copy.set_attribute("class", "quiet small");
    let _ = copy.set_attribute("data-copy-code", "");
    copy.set_text_content(Some(words.copy_code));
    let pre = document.create_element("pre").ok()?;
    let _ = pre.set_attribute("tabindex", "0");
    let code = document.create_element("code").ok()?;
    add_all(brush, &code, inside);
    pre.append_child(&code).ok()?;
    head.append_child(&name).ok()?;
    head.append_child(&copy).ok()?;
    outer.append_child(&head).ok()?;
    outer.append_child(&pre).ok()?;
    Some(outer.unchecked_into())
}

/// A table that scrolls by itself when it is wider than the column.
fn table(brush: &mut Brush<'_>, rows: &[Piece]) -> Option<Node> {
    let document = brush.document.clone();
    let outer = document.create_element("div").ok()?;
    let _ = outer.set_attribute("class", "table-block");
    let _ = outer.set_attribute("tabindex", "0");
    let table = document.create_element("table").ok()?;
    let head: Element = document.create_element("thead").ok()?;
    let body: Element = document.create_element("tbody").ok()?;
    let (first, rest) = rows.split_at(rows.len().min(1));
    add_all(brush, &head, first);
    add_all(brush, &body, rest);
    table.append_child(&head).ok()?;
    table.append_child(&body).ok()?;
    outer.append_child(&table).ok()?;
    Some(outer.unchecked_into())
}

fn image(brush: &mut Brush<'_>, inside: &[Piece]) -> Option<Node> {
    let (document, words) = (brush.document.clone(), brush.words);
    let span = document.create_element("span").ok()?;
    let _ = span.set_attribute("class", "no-image");
    let inner = document.create_element("span").ok()?;
    add_all(brush, &inner, inside);
    let description = inner.text_content().unwrap_or_default();
    span.set_text_content(Some(&(words.image_not_loaded)(&description)));
    Some(span.unchecked_into())
}

/// The text of the code block whose copy button was pressed, when it was one.
pub(crate) fn code_to_copy(pressed: &Element) -> Option<String> {
    let button = pressed.closest("[data-copy-code]").ok()??;
    let block = button.closest(".code-block").ok()??;
    block.query_selector("code").ok()??.text_content()
}
