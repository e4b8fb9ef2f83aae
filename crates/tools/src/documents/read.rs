//! From a file to a document.

use crate::html;

use super::chunk::{Chunk, cut};
use super::error::DocumentError;
use super::{decode, pdf, table};

/// The largest document that is read: a book with pictures.
pub const DOCUMENT_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The longest text that is kept of a document: four thick books. What comes behind is left out.
pub(super) const TEXT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How far into a file the mark of a PDF may stand; readers have always allowed for a line before it.
const PDF_MARK_WITHIN: usize = 1024;

/// What kind of document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// Plain text.
    Text,
    /// Text with marks for headings, lists and links.
    Markdown,
    /// A page of the web.
    Html,
    /// A table with values between commas, semicolons or tabulators.
    Csv,
    /// A PDF.
    Pdf,
}

impl MediaType {
    /// The kind of a document by its content, and by its name where the content could be several.
    /// Nothing for what holds no text.
    #[must_use]
    pub fn of(name: &str, bytes: &[u8]) -> Option<Self> {
        let head = &bytes[..bytes.len().min(PDF_MARK_WITHIN)];
        if head.windows(5).any(|window| window == b"%PDF-") {
            return Some(Self::Pdf);
        }
        let text = decode::text(head)?;
        let start = text.trim_start().to_lowercase();
        if start.starts_with("<!doctype html") || start.starts_with("<html") {
            return Some(Self::Html);
        }
        let extension = name.rsplit_once('.').map(|(_, end)| end.to_lowercase());
        Some(match extension.as_deref() {
            Some("html" | "htm" | "xhtml") => Self::Html,
            Some("md" | "markdown") => Self::Markdown,
            Some("csv" | "tsv") => Self::Csv,
            _ => Self::Text,
        })
    }

    /// The name of the kind, as media types are written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Html => "text/html",
            Self::Csv => "text/csv",
            Self::Pdf => "application/pdf",
        }
    }
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is called: its own title, else its file's name.
    pub title: String,
    /// What kind it is.
    pub media_type: MediaType,
    /// All that it says. The places of the pieces count in here.
    pub text: String,
    /// Its pieces, in order.
    pub chunks: Vec<Chunk>,
    /// Whether something is missing at the end, since it is very long.
    pub cut: bool,
}

/// A text with the places where its pages begin.
#[derive(Debug, Default)]
pub(super) struct Paged {
    pub(super) title: Option<String>,
    pub(super) text: String,
    /// From and to, of each page.
    pub(super) pages: Vec<(usize, usize)>,
    pub(super) cut: bool,
}

/// Reads a document. It takes up to half a minute for a large PDF.
///
/// # Errors
/// It is too large, damaged, locked, of another kind, or says nothing.
pub fn read(name: &str, bytes: &[u8]) -> Result<Document, DocumentError> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(DocumentError::TooLarge {
            bytes: bytes.len(),
            max: DOCUMENT_BYTES_MAX,
        });
    }
    let media_type = MediaType::of(name, bytes).ok_or(DocumentError::UnknownKind)?;
    let mut paged = match media_type {
        MediaType::Pdf => pdf::read(bytes)?,
        MediaType::Text | MediaType::Markdown | MediaType::Html | MediaType::Csv => {
            let text = decode::text(bytes).ok_or(DocumentError::UnknownKind)?;
            without_pages(media_type, text)
        }
    };
    if paged.text.len() > TEXT_BYTES_MAX {
        let end = paged.text.floor_char_boundary(TEXT_BYTES_MAX);
        paged.text.truncate(end);
        paged.cut = true;
    }
    let mut chunks = Vec::new();
    if paged.pages.is_empty() {
        cut(&paged.text, 0, paged.text.len(), None, &mut chunks);
    }
    for (number, (from, to)) in (1..).zip(&paged.pages) {
        let end = paged.text.len();
        cut(
            &paged.text,
            (*from).min(end),
            (*to).min(end),
            Some(number),
            &mut chunks,
        );
    }
    if chunks.is_empty() {
        return Err(DocumentError::Empty);
    }
    let title = paged.title.map(|title| html::label(&title));
    Ok(Document {
        title: title
            .filter(|title| !title.is_empty())
            .unwrap_or_else(|| html::label(name)),
        media_type,
        text: paged.text,
        chunks,
        cut: paged.cut,
    })
}

fn without_pages(media_type: MediaType, text: String) -> Paged {
    match media_type {
        MediaType::Html => {
            let words = html::read(&text);
            Paged {
                title: words.title,
                text: words.text,
                cut: words.cut,
                ..Paged::default()
            }
        }
        MediaType::Csv => {
            let (text, cut) = table::lines(&text);
            Paged {
                text,
                cut,
                ..Paged::default()
            }
        }
        MediaType::Markdown => Paged {
            title: heading(&text),
            text,
            ..Paged::default()
        },
        MediaType::Text | MediaType::Pdf => Paged {
            text,
            ..Paged::default()
        },
    }
}

/// The first heading of the first order.
fn heading(text: &str) -> Option<String> {
    text.lines()
        .find_map(|line| line.strip_prefix("# "))
        .map(str::to_owned)
}
