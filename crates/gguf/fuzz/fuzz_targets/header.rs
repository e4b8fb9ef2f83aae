//! Any bytes at all: the header check answers, and neither panics nor takes memory without end.
//!
//! In `crates/gguf`: `cargo +nightly fuzz run header fuzz/corpus fuzz/seeds`.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(header) = gguf::check(&mut Cursor::new(bytes), bytes.len() as u64) {
        // What passes must be small enough to be in the file: at most 8 numbers a byte.
        assert!(header.parameters <= 8 * bytes.len() as u64);
        assert!(header.header_bytes <= header.file_bytes);
        assert!(header.memory_bytes(u64::MAX) >= header.file_bytes);
    }
});
