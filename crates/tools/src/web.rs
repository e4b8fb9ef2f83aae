//! Pages of the web: asked for with an address that the guardian cleared, and read as plain text.
//!
//! The hub calls [`Web::fetch`]. Only public addresses are reached: a name is looked up here, the
//! addresses that came out are checked, and the connection goes to one of these and no other, so that a
//! name which changes its answer reaches nothing inside the house. No cookie, no referrer, no script,
//! no proxy of the environment.

mod address;
mod error;
mod fetch;
mod names;
mod page;

pub use address::{Ports, Reach};
pub use error::{AddressError, FetchError};
pub(crate) use fetch::client;
pub use fetch::{Exchange, Fetched, Limits, Page, Web};
pub(crate) use names::{Names, refusal_in};
pub use page::{Link, PageText};
