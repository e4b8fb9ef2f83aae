//! The text of a PDF.
//!
//! `lopdf` reads the objects and the letters of fonts; putting letters into lines is done here, with
//! bounds on what a page may unpack to and on forms inside forms. A crate that does all of it follows
//! forms without end and would take the whole process down with its stack.

mod guard;
mod lines;
mod page;
mod widths;

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use lopdf::{Document as Pdf, LoadOptions};

use super::error::DocumentError;
use super::read::{Paged, TEXT_BYTES_MAX};
use guard::Stopped;
use page::Reader;

/// How long a PDF is read at most.
const READING_TIME_MAX: Duration = Duration::from_secs(30);

/// Pages that are read: a book of this many does not fit into [`TEXT_BYTES_MAX`] anyway.
const PAGES_MAX: usize = 5000;

/// What one part of a PDF may unpack to. A page of words has some ten kibibytes; one that unpacks to more
/// is a drawing or a trap.
const UNPACKED_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The stack of the thread: objects may lie a hundred deep inside each other.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Reads a PDF on a thread of its own. One that does not end in time is left to itself; it ends at its
/// next look at the clock, and holds nothing but its copy of the file.
pub(super) fn read(bytes: &[u8]) -> Result<Paged, DocumentError> {
    let until = Instant::now() + READING_TIME_MAX;
    let (send, receive) = mpsc::sync_channel(1);
    let bytes = bytes.to_vec();
    std::thread::Builder::new()
        .name("pdf".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            // The bytes and what was made of them go with the panic.
            let read = std::panic::catch_unwind(AssertUnwindSafe(|| read_here(&bytes, until)));
            // Whoever asked may be gone.
            let _ = send.send(read.unwrap_or_else(|why| Err(stopped(&*why))));
        })
        .map_err(DocumentError::Thread)?;
    receive
        .recv_timeout(READING_TIME_MAX + Duration::from_secs(1))
        .unwrap_or_else(|_| Err(too_long()))
}

fn stopped(why: &(dyn Any + Send)) -> DocumentError {
    match why.downcast_ref() {
        Some(Stopped::Time) => too_long(),
        Some(Stopped::Size) => DocumentError::HoldsTooMuch,
        None => DocumentError::Damaged(None),
    }
}

fn too_long() -> DocumentError {
    DocumentError::TookTooLong {
        after: READING_TIME_MAX,
    }
}

fn read_here(bytes: &[u8], until: Instant) -> Result<Paged, DocumentError> {
    if guard::tokens(bytes) > guard::TOKENS_IN_FILE_MAX {
        return Err(DocumentError::HoldsTooMuch);
    }
    // `lopdf` would read a locked file without looking at each object as below.
    if guard::names(bytes, b"Encrypt") {
        return Err(DocumentError::Locked);
    }
    guard::begin(bytes.len(), until);
    let options = LoadOptions {
        max_decompressed_size: Some(UNPACKED_BYTES_MAX),
        filter: Some(guard::look),
        ..LoadOptions::default()
    };
    let pdf = Pdf::load_mem_with_options(bytes, options)
        .map_err(|fault| DocumentError::Damaged(Some(Box::new(fault))))?;
    let mut paged = Paged {
        title: title(&pdf),
        ..Paged::default()
    };
    let mut reader = Reader::new(&pdf, until);
    for id in pdf.page_iter() {
        if paged.pages.len() == PAGES_MAX || paged.text.len() > TEXT_BYTES_MAX {
            paged.cut = true;
            break;
        }
        if Instant::now() >= until {
            return Err(too_long());
        }
        let from = paged.text.len();
        // A page that cannot be read is an empty one: the others are still worth reading.
        let page = reader.page(id).unwrap_or_default();
        paged.text.push_str(&page.text);
        paged.cut |= page.cut;
        paged.pages.push((from, paged.text.len()));
        paged.text.push_str("\n\n");
    }
    if paged.pages.is_empty() {
        return Err(DocumentError::Damaged(None));
    }
    Ok(paged)
}

fn title(pdf: &Pdf) -> Option<String> {
    let info = pdf.trailer.get_deref(b"Info", pdf).ok()?;
    let title = info.as_dict().ok()?.get_deref(b"Title", pdf).ok()?;
    lopdf::decode_text_string(title).ok()
}
