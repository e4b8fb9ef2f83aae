//! Small model files that pass the header check.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// A right model file with `numbers` numbers, which differ by `seed`.
pub(crate) fn model(numbers: u32, seed: u32) -> Vec<u8> {
    let text = |file: &mut Vec<u8>, text: &str| {
        file.extend((text.len() as u64).to_le_bytes());
        file.extend(text.bytes());
    };
    let mut file = b"GGUF\x03\0\0\0".to_vec();
    file.extend(1_u64.to_le_bytes());
    file.extend(1_u64.to_le_bytes());
    text(&mut file, "general.architecture");
    file.extend(8_u32.to_le_bytes());
    text(&mut file, "llama");
    text(&mut file, "token_embd.weight");
    file.extend(1_u32.to_le_bytes());
    file.extend(u64::from(numbers).to_le_bytes());
    file.extend(0_u32.to_le_bytes());
    file.extend(0_u64.to_le_bytes());
    file.resize(file.len().next_multiple_of(32), 0);
    let mut random = seed;
    for _ in 0..numbers {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        file.extend(random.to_le_bytes());
    }
    file
}

/// Sha256 in lower-case hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a string takes all");
            hex
        })
}
