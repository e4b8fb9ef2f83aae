//! What a model writes is hostile input. It is read as Markdown into a small tree of harmless
//! pieces; only these become elements of the page. There is no way from here to raw HTML, to a
//! script, to an image that is loaded, or to a link that leads into the program. A fenced block that
//! holds a view of the contract is drawn as that view.

mod links;
mod paint;
mod parse;
mod stream;

pub(crate) use paint::{Drawn, Painter, code_to_copy};

#[cfg(test)]
mod tests;
