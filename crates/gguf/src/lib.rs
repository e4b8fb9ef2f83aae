//! Checks the header of a GGUF model file before a parser written in C sees it.
//!
//! Model files come from strangers. llama.cpp reads their header with C++ code that trusts lengths and
//! counts more than it should; a hostile or merely broken file can make it take all memory or read
//! where it must not. [`check`] reads the same header in safe Rust, refuses everything that no real
//! model needs, and hands back a [`Header`] with what a person wants to know about the model.
//!
//! Downloads, the model folder and the engine call this. It reads the header only, never the
//! weights; it allocates at most a small multiple of what it has really read, and it never panics.

mod error;
mod header;
pub mod limits;
mod metadata;
mod source;
mod tensor_type;
mod tensors;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

pub use error::{GgufError, TensorFault};
pub use header::Header;

use limits::{METADATA_ENTRIES_MAX, TENSORS_MAX};
use metadata::Metadata;
use source::Source;
use tensors::Tensors;

/// Checks the file at `path`.
///
/// # Errors
/// As [`check`].
pub fn check_file(path: &Path) -> Result<Header, GgufError> {
    let mut file = File::open(path).map_err(GgufError::Read)?;
    let metadata = file.metadata().map_err(GgufError::Read)?;
    if metadata.is_dir() {
        return Err(GgufError::OtherFormat { kind: "a folder" });
    }
    check(&mut file, metadata.len())
}

/// Checks the header of a model file of `file_bytes` bytes, from the start of `reader`.
///
/// # Errors
/// The file is not a whole GGUF model that the engine may see; the error says why.
pub fn check(reader: &mut (impl Read + Seek), file_bytes: u64) -> Result<Header, GgufError> {
    reader.seek(SeekFrom::Start(0)).map_err(GgufError::Read)?;
    let mut source = Source::new(reader, file_bytes);
    let version = read_version(&mut source)?;
    let tensor_count = source.count("the number of tensors", TENSORS_MAX)?;
    let entries = source.count("the number of metadata entries", METADATA_ENTRIES_MAX)?;
    let metadata = Metadata::read(&mut source, entries)?;
    refuse_split(&metadata)?;
    let mut header = Header::from_metadata(&metadata, version)?;
    if tensor_count == 0 {
        return Err(GgufError::NoTensors);
    }
    let alignment = metadata.alignment()?;
    let tensors = Tensors::read(&mut source, tensor_count, alignment)?;
    let data = source.position().next_multiple_of(alignment);
    let tensors = tensors.check_places(data, file_bytes)?;
    header.parameters = tensors.parameters;
    header.tensors = tensor_count;
    header.file_bytes = file_bytes;
    header.header_bytes = data;
    Ok(header)
}

fn read_version<R: Read + Seek>(source: &mut Source<'_, R>) -> Result<u32, GgufError> {
    if source.left() == 0 {
        return Err(GgufError::Empty);
    }
    let mut magic = [0; 4];
    let magic_bytes = usize::try_from(source.left()).map_or(4, |left| left.min(4));
    source.fill(&mut magic[..magic_bytes], "the magic")?;
    if magic != *b"GGUF" {
        return Err(name_other_format(source, magic));
    }
    let version = source.u32("the version")?;
    match version {
        2 | 3 => Ok(version),
        _ if version & 0xffff == 0 && version != 0 => Err(GgufError::BigEndian),
        found => Err(GgufError::Version { found }),
    }
}

/// How many bytes of a wrong file are looked at to say what it is.
const SNIFF_BYTES: usize = 512;

fn name_other_format<R: Read + Seek>(source: &mut Source<'_, R>, magic: [u8; 4]) -> GgufError {
    let mut start = magic.to_vec();
    let more = usize::try_from(source.left()).map_or(SNIFF_BYTES, |left| left.min(SNIFF_BYTES));
    let mut rest = vec![0; more];
    if source.fill(&mut rest, "the start").is_ok() {
        start.extend_from_slice(&rest);
    }
    let text = String::from_utf8_lossy(&start)
        .trim_start_matches('\u{feff}')
        .to_ascii_lowercase();
    let text = text.trim_start();
    if text.starts_with("version https://git-lfs") {
        return GgufError::LfsPointer;
    }
    if text.starts_with("<!doctype") || text.starts_with("<html") || text.starts_with("<?xml") {
        return GgufError::WebPage;
    }
    if text.starts_with('{') || text.starts_with('[') {
        return GgufError::JsonText;
    }
    let kind = match &magic {
        b"FUGG" => return GgufError::BigEndian,
        b"PK\x03\x04" => "a ZIP archive (perhaps a PyTorch model)",
        [0x1f, 0x8b, ..] => "a file packed with gzip",
        [0x28, 0xb5, 0x2f, 0xfd] => "a file packed with zstd",
        b"lmgg" | b"fmgg" | b"tjgg" | b"algg" => "a model in the old GGML format",
        b"%PDF" => "a PDF document",
        _ if start.get(8) == Some(&b'{') => "a safetensors model",
        _ => return GgufError::Magic { found: magic },
    };
    GgufError::OtherFormat { kind }
}

fn refuse_split(metadata: &Metadata) -> Result<(), GgufError> {
    match metadata.number("split.count") {
        Some(parts) if parts > 1 => {
            let part = metadata.number("split.no").unwrap_or(0).saturating_add(1);
            Err(GgufError::Split { part, parts })
        }
        _ => Ok(()),
    }
}
