//! The gateway over real sockets, with a hall behind it whose model says what a test wants.

mod api;
mod matrix;
mod pages;
mod real;
mod rough;
mod support;
