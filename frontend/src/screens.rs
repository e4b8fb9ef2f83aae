//! What fills the window.

mod feed;
mod frame;
mod logs;
mod settings;
mod visualize;

pub(crate) use frame::Frame;
