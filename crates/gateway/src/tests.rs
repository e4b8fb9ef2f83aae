//! The gateway over real sockets, with a hall behind it whose model says what a test wants.

mod api;
mod matrix;
mod more;
mod ollama;
mod pages;
mod real;
mod responses;
mod rough;
pub(crate) mod support;
mod tools;
