//! What fills the window.

mod feed;
mod frame;
mod logs;
mod recovery;
mod settings;
mod setup;
mod unlock;
mod visualize;
mod waiting;

pub(crate) use frame::Frame;
