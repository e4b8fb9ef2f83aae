//! How the hub talks with its worker processes: length-prefixed frames, and what the frames say.
//!
//! A frame is a little-endian `u32` length and that many bytes of JSON. Workers read frames from
//! standard input and write them to standard output. The control socket uses the same frames.
//!
//! This crate decides nothing and opens nothing; it reads from and writes to what it is given.

pub mod engine;
mod frame;

pub use frame::{
    FRAME_BYTES_MAX, FrameError, read_frame, read_frame_async, write_frame, write_frame_async,
};
