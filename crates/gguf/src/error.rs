//! What can be wrong with a model file.

use std::io;

/// Why a file is not given to the engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GgufError {
    /// The file cannot be read.
    #[error("the model file cannot be read")]
    Read(#[source] io::Error),
    /// A web server's answer was saved in place of the model.
    #[error("this is a web page, not a model: the address gave a page to read in a browser")]
    WebPage,
    /// A server's JSON answer was saved in place of the model.
    #[error("this is a text in JSON, not a model: the address probably gave an error message")]
    JsonText,
    /// A note that stands for the file in a git repository.
    #[error(
        "this is a git LFS pointer, a small note that stands for the model: download the file itself"
    )]
    LfsPointer,
    /// Some packed or other kind of file that people meet when they look for models.
    #[error("this is {kind}, not a GGUF model")]
    OtherFormat {
        /// What it is, with its article.
        kind: &'static str,
    },
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The four first bytes are not `GGUF`.
    #[error("this is not a GGUF model: it begins with {found:02x?}, not with \"GGUF\"")]
    Magic {
        /// The four first bytes.
        found: [u8; 4],
    },
    /// A version of the format that the engine does not read.
    #[error("GGUF version {found} is not supported, only 2 and 3: look for a newer file")]
    Version {
        /// The version of the file.
        found: u32,
    },
    /// The file is for machines that store numbers the other way round.
    #[error("this model is for big-endian machines: look for the little-endian file")]
    BigEndian,
    /// One part of a model that is split over several files.
    #[error(
        "this is part {part} of {parts} of a split model: join the parts to one file first \
         (llama-gguf-split --merge)"
    )]
    Split {
        /// Which part, counted from 1.
        part: u64,
        /// How many there are.
        parts: u64,
    },
    /// The file ends before the header does.
    #[error("the file ends in the middle of {reading}: it was not downloaded completely")]
    Truncated {
        /// What was being read.
        reading: &'static str,
    },
    /// A count or a length is beyond what any model needs.
    #[error("{what} is {found}, more than the {max} allowed")]
    TooMuch {
        /// What is counted.
        what: &'static str,
        /// The number in the file.
        found: u64,
        /// The bound.
        max: u64,
    },
    /// A metadata key is empty or has characters that keys do not have.
    #[error("metadata entry {index} has a malformed key")]
    Key {
        /// Which entry, counted from 0.
        index: u64,
    },
    /// Two metadata entries have one key.
    #[error("the metadata key {key:?} appears twice")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A value has a type that GGUF does not know.
    #[error("the metadata key {key:?} has the unknown value type {found}")]
    ValueType {
        /// The key.
        key: String,
        /// The type's number.
        found: u32,
    },
    /// A value is not what its key calls for.
    #[error("the metadata key {key:?} is not {expected}")]
    Value {
        /// The key.
        key: String,
        /// What it should be, with its article.
        expected: &'static str,
    },
    /// A tensor has no name, or one that is not text.
    #[error("tensor {index} has a malformed name")]
    TensorName {
        /// Which tensor, counted from 0.
        index: u64,
    },
    /// Two tensors have one name.
    #[error("the tensor {name:?} appears twice")]
    DuplicateTensor {
        /// The name.
        name: String,
    },
    /// Something is wrong with one tensor.
    #[error("the tensor {name:?} {fault}")]
    Tensor {
        /// Its name.
        name: String,
        /// What is wrong with it.
        fault: TensorFault,
    },
    /// Two tensors claim the same bytes.
    #[error("the tensors {first:?} and {second:?} overlap in the file")]
    Overlap {
        /// The one that begins earlier.
        first: String,
        /// The one that begins inside the first.
        second: String,
    },
    /// There is metadata only: a vocabulary or a template, which cannot answer.
    #[error("the file has no tensors: it holds a vocabulary only, not a model")]
    NoTensors,
    /// The file does not say what kind of model it is.
    #[error("the file does not say what kind of model it is (general.architecture is missing)")]
    NoArchitecture,
}

/// What is wrong with a tensor. Each reads on after its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TensorFault {
    /// No dimension, or more than four.
    #[error("has {0} dimensions, not 1 to 4")]
    Dimensions(u32),
    /// A dimension of 0.
    #[error("has an empty dimension")]
    EmptyDimension,
    /// The product of the dimensions, or the bytes they need, cannot be counted.
    #[error("is larger than any computer's memory")]
    Overflow,
    /// A storage type that the engine does not know.
    #[error("is stored in the unknown or withdrawn type {0}")]
    Type(u32),
    /// The first dimension is not a whole number of blocks.
    #[error("has rows of {row} numbers, not a multiple of its block of {block}")]
    Block {
        /// The first dimension.
        row: u64,
        /// Numbers in a block.
        block: u64,
    },
    /// It begins between two places where tensors may begin.
    #[error("begins at {offset}, not at a multiple of {alignment}")]
    Alignment {
        /// Where it begins, from the start of the data.
        offset: u64,
        /// The alignment of the file.
        alignment: u64,
    },
    /// It reaches beyond the end of the file.
    #[error("ends at byte {end}, but the file has {file_bytes}: it was not downloaded completely")]
    Outside {
        /// The byte after its last one.
        end: u64,
        /// Size of the file.
        file_bytes: u64,
    },
}
