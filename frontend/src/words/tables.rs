//! Which sentences there are. Each language fills these tables.

mod acts;
mod keeps;
mod owner;
mod page;
mod servers;
mod setup;
mod shown;
mod usage;
mod vault;

pub(crate) use acts::ActWords;
pub(crate) use keeps::KeepWords;
pub(super) use owner::OwnerWords;
pub(crate) use page::Words;
pub(super) use servers::ServerWords;
pub(super) use setup::SetupWords;
pub(crate) use shown::ShownWords;
pub(crate) use usage::UsageWords;
pub(super) use vault::VaultWords;
