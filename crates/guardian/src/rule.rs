//! What is looked for, one module for each family of values.
//!
//! Every rule begins at a place that a quick look over the text has marked, reads only around it, and
//! keeps no state: what it finds depends on the window alone, so that a stream and a whole text agree.

pub(crate) mod address;
pub(crate) mod card;
pub(crate) mod check;
pub(crate) mod date;
pub(crate) mod email;
pub(crate) mod home;
pub(crate) mod ids;
pub(crate) mod letters;
pub(crate) mod lookalike;
pub(crate) mod net;
pub(crate) mod number;
pub(crate) mod person;
pub(crate) mod phone;
pub(crate) mod place;
pub(crate) mod secret;
pub(crate) mod seed;
pub(crate) mod url;
