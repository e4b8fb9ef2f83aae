//! Pieces to elements of the page, one by one and without any HTML text in between.

use wasm_bindgen::JsCast as _;
use web_sys::{Document, Element, HtmlElement, Node};

use super::parse::{Piece, Side, Tag, parse};
use super::stream::Growing;
use crate::words::Words;

/// Keeps an element of the page equal to a text of Markdown that may grow.
pub(crate) struct Painter {
    at: HtmlElement,
    growing: Growing,
    /// How many children of `at` are settled.
    settled: u32,
    words: &'static Words,
}

impl Painter {
    /// Paints into an empty element.
    pub(crate) fn new(at: HtmlElement, words: &'static Words) -> Self {
        Self {
            at,
            growing: Growing::default(),
            settled: 0,
            words,
        }
    }

    /// Shows this text. Where it is the last one with something behind it, only that is painted.
    pub(crate) fn show(&mut self, text: &str, ended: bool) {
        match text.strip_prefix(self.growing.text()) {
            Some("") if !ended => {}
            Some(more) => self.grow(more),
            None => {
                self.clear(0);
                self.growing = Growing::default();
                self.settled = 0;
                self.grow(text);
            }
        }
        if ended && self.growing.needs_whole() {
            self.clear(0);
            self.add(&parse(text));
            self.settled = 0;
        }
    }

    fn grow(&mut self, more: &str) {
        let change = self.growing.grow(more);
        self.clear(self.settled);
        self.add(&change.settled);
        self.settled = self.at.child_nodes().length();
        self.add(&change.open);
    }

    fn clear(&self, keep: u32) {
        while self.at.child_nodes().length() > keep {
            let Some(last) = self.at.last_child() else {
                break;
            };
            let _ = self.at.remove_child(&last);
        }
    }

    fn add(&self, pieces: &[Piece]) {
        let Some(document) = web_sys::window().and_then(|window| window.document()) else {
            return;
        };
        add_all(&document, &self.at, pieces, self.words);
    }
}

fn add_all(document: &Document, to: &Node, pieces: &[Piece], words: &'static Words) {
    for piece in pieces {
        let node = match piece {
            Piece::Text(text) => Some(document.create_text_node(text).unchecked_into::<Node>()),
            Piece::Element(tag, inside) => element(document, tag, inside, words),
        };
        if let Some(node) = node {
            let _ = to.append_child(&node);
        }
    }
}

fn element(
    document: &Document,
    tag: &Tag,
    inside: &[Piece],
    words: &'static Words,
) -> Option<Node> {
    let make = |name: &str| document.create_element(name).ok();
    let (outer, inner) = match tag {
        Tag::CodeBlock(language) => return code_block(document, language, inside, words),
        Tag::Table => return table(document, inside, words),
        Tag::Image => return image(document, inside, words),
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
    add_all(document, &inner, inside, words);
    Some(outer.unchecked_into())
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
fn code_block(
    document: &Document,
    language: &str,
    inside: &[Piece],
    words: &'static Words,
) -> Option<Node> {
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
    add_all(document, &code, inside, words);
    pre.append_child(&code).ok()?;
    head.append_child(&name).ok()?;
    head.append_child(&copy).ok()?;
    outer.append_child(&head).ok()?;
    outer.append_child(&pre).ok()?;
    Some(outer.unchecked_into())
}

/// A table that scrolls by itself when it is wider than the column.
fn table(document: &Document, rows: &[Piece], words: &'static Words) -> Option<Node> {
    let outer = document.create_element("div").ok()?;
    let _ = outer.set_attribute("class", "table-block");
    let _ = outer.set_attribute("tabindex", "0");
    let table = document.create_element("table").ok()?;
    let head: Element = document.create_element("thead").ok()?;
    let body: Element = document.create_element("tbody").ok()?;
    let (first, rest) = rows.split_at(rows.len().min(1));
    add_all(document, &head, first, words);
    add_all(document, &body, rest, words);
    table.append_child(&head).ok()?;
    table.append_child(&body).ok()?;
    outer.append_child(&table).ok()?;
    Some(outer.unchecked_into())
}

fn image(document: &Document, inside: &[Piece], words: &'static Words) -> Option<Node> {
    let span = document.create_element("span").ok()?;
    let _ = span.set_attribute("class", "no-image");
    let inner = document.create_element("span").ok()?;
    add_all(document, &inner, inside, words);
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
