//! The bounds that a header must keep, each with its reason.

/// Bytes of the whole header: magic, metadata and tensor descriptions.
///
/// The largest vocabularies known (260 000 tokens with scores, types and merges) take about 20 MB.
pub const HEADER_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Entries of metadata. Real files have 20 to 60; adapters and merged models some hundred.
pub const METADATA_ENTRIES_MAX: u64 = 16_384;

/// Tensors in a file. The largest mixture-of-experts models have about 2 500.
pub const TENSORS_MAX: u64 = 131_072;

/// Bytes of a key, as the specification says.
pub const KEY_BYTES_MAX: u64 = 65_535;

/// Bytes of one text value. Chat templates are the longest known, at about 30 kB.
pub const TEXT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Elements of one array, nested ones counted too. Vocabularies have up to 260 000.
pub const ARRAY_ELEMENTS_MAX: u64 = 8 * 1024 * 1024;

/// How deep arrays may lie in arrays. llama.cpp itself reads no nested ones.
pub const ARRAY_DEPTH_MAX: u32 = 4;

/// Bytes of a tensor's name.
///
/// The specification allows 64, llama.cpp needs one of them for the closing zero: 64 and longer
/// would be refused after the memory has been taken.
pub const TENSOR_NAME_BYTES_MAX: u64 = 63;

/// Dimensions of a tensor.
pub const DIMENSIONS_MAX: u32 = 4;

/// The alignment of tensor data where the file names none.
pub const ALIGNMENT_DEFAULT: u64 = 32;

/// The largest alignment accepted: a huge page is 2 MiB, and nobody aligns further.
pub const ALIGNMENT_MAX: u64 = 2 * 1024 * 1024;

/// Bytes of a text value that the summary keeps; the rest is read and dropped.
pub const KEPT_TEXT_BYTES_MAX: u64 = 256;
