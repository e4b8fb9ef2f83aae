//! The one exit door: finds what is private in a text, and clears what may leave.
//!
//! The hub asks a [`Guardian`] before anything goes to an external model, the web, a tool, a peer or a
//! report. Senders take a [`Cleared`] value, and only this crate makes one. What came from the private
//! store leaves only with the person's [`Approval`] of the exact bytes; behind that rule stands the
//! [`Detector`] as a second net.
//!
//! This crate never reads a file, a clock or chance: the same input gives the same result. Where a bound
//! is exceeded or a rule cannot go on, it refuses; it never lets pass. What it finds, what it does not,
//! and its bounds are told in `docs/guardian.md`.

mod cleared;
mod cue;
mod decode;
mod detector;
mod disguise;
mod error;
mod finding;
mod fold;
mod inspect;
mod json;
mod kind;
mod lexicon;
pub mod limits;
mod memory;
mod own;
mod request;
mod rule;
mod scan;
mod survey;
mod tool;
mod web;
mod window;
mod words;

pub use cleared::{
    Approval, Basis, Clearance, Cleared, Digest, Guardian, Home, Labelled, Preview, Provenance,
    Refusal,
};
pub use detector::{Detector, Stream};
pub use error::{OwnWordsError, ScanError};
pub use finding::{Finding, Scan, Span};
pub use json::{JsonScan, JsonSpan};
pub use kind::{Action, Kind, Policy};
pub use memory::{Memory, Restorer};
pub use own::OwnWords;
pub use request::{RequestPreview, digest};
pub use tool::{ProgramStart, ServerStart, SiteStart};
pub use web::WebRequest;
