//! Files inside the folders that the person granted, and nothing beside them.
//!
//! The hub opens [`Folders`] once per change of the grants. A granted folder is held open: a path is
//! followed from there step by step by `cap-std`, so that `..`, a link or a folder that is exchanged in
//! the middle of a call never leads out. What an agent removes goes to a trash folder inside the grant,
//! and what it overwrites is given back, so that both can be undone. Calls block: run them off the
//! runtime's threads.

mod change;
mod error;
mod folders;
mod place;
mod read;
mod search;

pub use change::{Trashed, Written};
pub use error::{FileError, GrantError};
pub use folders::{Folders, Grant};
pub use read::{Entry, EntryKind, Listing, TextFile};
pub use search::{Found, Hit, Search};
