//! Which sentences there are. Each language fills these tables.

mod owner;
mod page;
mod setup;
mod vault;

pub(super) use owner::OwnerWords;
pub(crate) use page::Words;
pub(super) use setup::SetupWords;
pub(super) use vault::VaultWords;
