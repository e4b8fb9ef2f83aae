//! Writes GGUF files, right ones and wrong ones.

use std::io::Cursor;

use gguf::{GgufError, Header};

/// A value of metadata, as it stands in the file.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    U32(u32),
    U64(u64),
    Bool(u8),
    Text(String),
    /// Type of the elements, how many the file says there are, and their bytes.
    Array(u32, u64, Vec<u8>),
    /// A type number with the bytes behind it.
    Raw(u32, Vec<u8>),
}

/// A tensor, as it stands in the file.
#[derive(Debug, Clone)]
pub(crate) struct Tensor {
    pub(crate) name: Vec<u8>,
    pub(crate) dimensions: Vec<u64>,
    pub(crate) kind: u32,
    pub(crate) offset: u64,
}

/// A file in the making. [`Self::new`] is a right one; a test spoils what it is about.
#[derive(Debug, Clone)]
pub(crate) struct Builder {
    pub(crate) magic: [u8; 4],
    pub(crate) version: u32,
    pub(crate) metadata: Vec<(Vec<u8>, Value)>,
    pub(crate) tensors: Vec<Tensor>,
    pub(crate) metadata_count: Option<u64>,
    pub(crate) tensor_count: Option<u64>,
    pub(crate) data_bytes: usize,
    pub(crate) alignment: usize,
}

impl Builder {
    /// A llama-like model of two tensors.
    pub(crate) fn new() -> Self {
        let mut builder = Self {
            magic: *b"GGUF",
            version: 3,
            metadata: Vec::new(),
            tensors: vec![
                Tensor::new("token_embd.weight", &[32, 4], 8, 0),
                Tensor::new("output_norm.weight", &[32], 0, 160),
            ],
            metadata_count: None,
            tensor_count: None,
            data_bytes: 160 + 128,
            alignment: 32,
        };
        builder.text("general.architecture", "llama");
        builder.text("general.name", "Tiny");
        builder.text("general.size_label", "160");
        builder.text("general.license", "apache-2.0");
        builder.value("general.file_type", Value::U32(7));
        builder.value("llama.context_length", Value::U32(2048));
        builder.value("llama.embedding_length", Value::U32(32));
        builder.value("llama.block_count", Value::U32(2));
        builder.value("llama.attention.head_count", Value::U32(4));
        builder.value("llama.attention.head_count_kv", Value::U32(2));
        builder.text("tokenizer.ggml.model", "gpt2");
        builder.text("tokenizer.chat_template", "{{ messages }}");
        let mut tokens = Vec::new();
        for token in ["a", "bc", ""] {
            push_text(&mut tokens, token.as_bytes());
        }
        builder.value("tokenizer.ggml.tokens", Value::Array(8, 3, tokens));
        builder
    }

    pub(crate) fn text(&mut self, key: &str, text: &str) -> &mut Self {
        self.value(key, Value::Text(text.to_owned()))
    }

    /// Sets a key, or adds it.
    pub(crate) fn value(&mut self, key: &str, value: Value) -> &mut Self {
        let known = self
            .metadata
            .iter_mut()
            .find(|(known, _)| known == key.as_bytes());
        match known {
            Some(entry) => entry.1 = value,
            None => self.metadata.push((key.as_bytes().to_vec(), value)),
        }
        self
    }

    pub(crate) fn remove(&mut self, key: &str) -> &mut Self {
        self.metadata.retain(|(known, _)| known != key.as_bytes());
        self
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut file = self.header_bytes();
        file.resize(
            file.len().next_multiple_of(self.alignment) + self.data_bytes,
            0,
        );
        file
    }

    /// The file without its data.
    pub(crate) fn header_bytes(&self) -> Vec<u8> {
        let mut file = self.magic.to_vec();
        file.extend(self.version.to_le_bytes());
        file.extend(
            self.tensor_count
                .unwrap_or(self.tensors.len() as u64)
                .to_le_bytes(),
        );
        file.extend(
            self.metadata_count
                .unwrap_or(self.metadata.len() as u64)
                .to_le_bytes(),
        );
        for (key, value) in &self.metadata {
            push_text(&mut file, key);
            push_value(&mut file, value);
        }
        for tensor in &self.tensors {
            push_text(&mut file, &tensor.name);
            file.extend(
                u32::try_from(tensor.dimensions.len())
                    .unwrap()
                    .to_le_bytes(),
            );
            for dimension in &tensor.dimensions {
                file.extend(dimension.to_le_bytes());
            }
            file.extend(tensor.kind.to_le_bytes());
            file.extend(tensor.offset.to_le_bytes());
        }
        file
    }

    pub(crate) fn check(&self) -> Result<Header, GgufError> {
        check_bytes(&self.bytes())
    }
}

impl Tensor {
    pub(crate) fn new(name: &str, dimensions: &[u64], kind: u32, offset: u64) -> Self {
        Self {
            name: name.as_bytes().to_vec(),
            dimensions: dimensions.to_vec(),
            kind,
            offset,
        }
    }
}

pub(crate) fn check_bytes(bytes: &[u8]) -> Result<Header, GgufError> {
    gguf::check(&mut Cursor::new(bytes), bytes.len() as u64)
}

pub(crate) fn push_text(file: &mut Vec<u8>, text: &[u8]) {
    file.extend((text.len() as u64).to_le_bytes());
    file.extend(text);
}

fn push_value(file: &mut Vec<u8>, value: &Value) {
    match value {
        Value::U32(number) => {
            file.extend(4_u32.to_le_bytes());
            file.extend(number.to_le_bytes());
        }
        Value::U64(number) => {
            file.extend(10_u32.to_le_bytes());
            file.extend(number.to_le_bytes());
        }
        Value::Bool(byte) => {
            file.extend(7_u32.to_le_bytes());
            file.push(*byte);
        }
        Value::Text(text) => {
            file.extend(8_u32.to_le_bytes());
            push_text(file, text.as_bytes());
        }
        Value::Array(kind, count, bytes) => {
            file.extend(9_u32.to_le_bytes());
            file.extend(kind.to_le_bytes());
            file.extend(count.to_le_bytes());
            file.extend(bytes);
        }
        Value::Raw(kind, bytes) => {
            file.extend(kind.to_le_bytes());
            file.extend(bytes);
        }
    }
}
