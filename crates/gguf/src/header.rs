//! What a header says about its model, in a person's words.

use crate::error::GgufError;
use crate::metadata::Metadata;
use crate::tensor_type::quantisation_name;

/// The summary of a checked header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Version of the format: 2 or 3.
    pub version: u32,
    /// The kind of model, such as `llama`.
    pub architecture: String,
    /// The name that its makers gave it.
    pub name: Option<String>,
    /// The size that its makers state, such as `135M`.
    pub size_label: Option<String>,
    /// How the numbers are stored, such as `Q4_K_M`.
    pub quantisation: Option<String>,
    /// Licence, as the makers wrote it.
    pub licence: Option<String>,
    /// Numbers in all tensors together.
    pub parameters: u64,
    /// How many tensors.
    pub tensors: u64,
    /// Tokens of context that the model was trained on.
    pub context_tokens: Option<u64>,
    /// Width of the model.
    pub embedding_length: Option<u64>,
    /// Layers.
    pub blocks: Option<u64>,
    /// Attention heads of a layer.
    pub heads: Option<u64>,
    /// Heads of a layer that keep keys and values; the largest where layers differ.
    pub heads_kv: Option<u64>,
    /// Length of a key of one head, where it is not width / heads.
    pub key_length: Option<u64>,
    /// Length of a value of one head, where it is not width / heads.
    pub value_length: Option<u64>,
    /// The kind of tokenizer, such as `gpt2`.
    pub tokenizer: Option<String>,
    /// Whether the file says how to write a conversation for it.
    pub has_chat_template: bool,
    /// Size of the file.
    pub file_bytes: u64,
    /// Size of the header.
    pub header_bytes: u64,
}

/// Memory that the engine takes besides weights and context: buffers for a batch, the program.
const ENGINE_BYTES: u64 = 64 * 1024 * 1024;

/// Bytes of one number in the memory of a conversation (16-bit floats).
const CONTEXT_NUMBER_BYTES: u64 = 2;

impl Header {
    /// Bytes that `context_tokens` tokens of conversation take; 0 when the file does not tell.
    #[must_use]
    pub fn context_bytes(&self, context_tokens: u64) -> u64 {
        let (Some(blocks), Some(width), Some(heads)) =
            (self.blocks, self.embedding_length, self.heads)
        else {
            return 0;
        };
        let heads = heads.max(1);
        let heads_kv = self.heads_kv.unwrap_or(heads);
        let key = self.key_length.unwrap_or(width / heads);
        let value = self.value_length.unwrap_or(width / heads);
        blocks
            .saturating_mul(heads_kv)
            .saturating_mul(key.saturating_add(value))
            .saturating_mul(CONTEXT_NUMBER_BYTES)
            .saturating_mul(context_tokens)
    }

    /// Memory that the model needs with a context of so many tokens, estimated.
    #[must_use]
    pub fn memory_bytes(&self, context_tokens: u64) -> u64 {
        self.file_bytes
            .saturating_add(self.context_bytes(context_tokens))
            .saturating_add(ENGINE_BYTES)
    }

    pub(crate) fn from_metadata(metadata: &Metadata, version: u32) -> Result<Self, GgufError> {
        let architecture = metadata
            .text("general.architecture")
            .ok_or(GgufError::NoArchitecture)?;
        let of = |key: &str| metadata.number(&format!("{architecture}.{key}"));
        Ok(Self {
            version,
            name: metadata.text("general.name"),
            size_label: metadata.text("general.size_label"),
            quantisation: metadata
                .number("general.file_type")
                .and_then(quantisation_name)
                .map(str::to_owned),
            licence: metadata.text("general.license"),
            parameters: 0,
            tensors: 0,
            context_tokens: of("context_length"),
            embedding_length: of("embedding_length"),
            blocks: of("block_count"),
            heads: of("attention.head_count"),
            heads_kv: of("attention.head_count_kv"),
            key_length: of("attention.key_length"),
            value_length: of("attention.value_length"),
            tokenizer: metadata.text("tokenizer.ggml.model"),
            has_chat_template: metadata.has("tokenizer.chat_template"),
            file_bytes: 0,
            header_bytes: 0,
            architecture,
        })
    }
}
