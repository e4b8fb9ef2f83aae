//! A loaded model with all that belongs to it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use wire::engine::{FromEngine, LoadPlan, ModelFacts};

use crate::chat::ChatForm;
use crate::context::{self, Context, ContextPlan};
use crate::ears::Switch;
use crate::logs;
use crate::voice::Voice;

/// Tokens of a conversation when the hub leaves it to us: a long talk, and little memory.
const CONTEXT_TOKENS_DEFAULT: u32 = 8192;

/// Tokens that are computed at once while taking in a prompt. Larger is hardly faster on a processor,
/// and others wait for so long.
pub(crate) const BATCH_TOKENS: u32 = 512;

/// The most conversations that are decoded together.
const SLOTS_MAX: u32 = 64;

/// Memory that the cache of all conversations may take beyond what a single one needs.
const CACHE_BYTES: u64 = 256 * 1024 * 1024;

/// Models up to this size are read into memory instead of mapped from the file.
///
/// Memory can come in large pages, which makes a small model write about a tenth faster; a large
/// model had better stay where the system can drop it and other processes can share it.
const READ_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// Why a model is not loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("the file does not exist")]
    NoFile,
    #[error("{0}")]
    NotLoaded(String),
    #[error(transparent)]
    NoContext(#[from] context::NoContext),
}

/// A loaded model.
pub(crate) struct Weights {
    pub(crate) context: Context,
    pub(crate) facts: ModelFacts,
    pub(crate) chat: ChatForm,
    /// Number of conversations that are decoded together.
    pub(crate) slots: u32,
    /// For each token, whether it steers the conversation instead of being text.
    pub(crate) steering: Arc<[bool]>,
    /// Whether a part of a conversation can be forgotten or shared.
    pub(crate) divisible: bool,
    pub(crate) threads: u32,
    pub(crate) model: Arc<LlamaModel>,
}

impl Weights {
    /// Loads a model; says how far it is.
    pub(crate) fn load(
        backend: &LlamaBackend,
        plan: &LoadPlan,
        voice: &Voice,
        switch: &Arc<Switch>,
    ) -> Result<Self, LoadError> {
        let begun = Instant::now();
        let file = plan.model.metadata().ok().filter(|file| file.is_file());
        let bytes = file.ok_or(LoadError::NoFile)?.len();
        let params = LlamaModelParams::default()
            .with_n_gpu_layers(plan.gpu_layers)
            .with_use_mmap(bytes > READ_BYTES_MAX)
            .with_progress_callback(progress(voice.clone(), Arc::clone(switch)));
        let (model, said) =
            logs::while_loading(|| LlamaModel::load_from_file(backend, &plan.model, &params));
        let model = model
            .map_err(|error| LoadError::NotLoaded(said.unwrap_or_else(|| error.to_string())))?;
        let mut weights = Self::prepare(Arc::new(model), plan, switch.abort_flag())?;
        weights.facts.load_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(weights)
    }

    fn prepare(
        model: Arc<LlamaModel>,
        plan: &LoadPlan,
        abort: Arc<AtomicBool>,
    ) -> Result<Self, LoadError> {
        let trained = model.n_ctx_train().max(1);
        let asked = if plan.context_tokens == 0 {
            CONTEXT_TOKENS_DEFAULT
        } else {
            plan.context_tokens
        };
        let context_tokens = asked.min(trained);
        let slots = plan.slots.clamp(1, SLOTS_MAX);
        let threads = plan.threads.max(1);
        let context_plan = ContextPlan {
            tokens: cache_tokens(&model, context_tokens, slots),
            sequences: slots,
            batch: BATCH_TOKENS,
            threads,
            embeddings: false,
        };
        let (context, _) = logs::while_loading(|| Context::new(&model, context_plan, abort));
        let vocab = model.vocab();
        let steers = |token| vocab.is_control(token) && !vocab.is_eog(token);
        let facts = ModelFacts {
            description: context::description(&model),
            context_tokens,
            trained_tokens: trained,
            parameters: model.n_params(),
            embedding_length: u32::try_from(model.n_embd_out()).unwrap_or(0),
            vocabulary: u32::try_from(vocab.n_tokens()).unwrap_or(0),
            has_chat_template: model.chat_template(None).is_ok(),
            load_ms: 0,
        };
        Ok(Self {
            context: context?,
            facts,
            chat: ChatForm::of(&model),
            slots,
            steering: vocab.tokens().map(steers).collect(),
            divisible: !model.is_recurrent() && !model.is_hybrid(),
            threads,
            model,
        })
    }

    /// The tokens of a text in which nothing steers.
    pub(crate) fn tokenize(&self, text: &str, with_begin: bool) -> Vec<i32> {
        let tokens = self
            .model
            .vocab()
            .tokenize(text.as_bytes(), with_begin, false);
        tokens.into_iter().map(|token| token.0).collect()
    }
}

/// Tokens that the cache holds for all conversations together: at least one whole conversation, all
/// of them where that is cheap.
fn cache_tokens(model: &LlamaModel, context_tokens: u32, slots: u32) -> u32 {
    let heads = u64::from(model.n_head().max(1));
    let head_length = u64::try_from(model.n_embd()).unwrap_or(0) / heads;
    // Keys and values, of two bytes each.
    let bytes = 4 * u64::from(model.n_layer()) * u64::from(model.n_head_kv()) * head_length;
    let cheap = u32::try_from(CACHE_BYTES / bytes.max(1)).unwrap_or(u32::MAX);
    context_tokens
        .saturating_mul(slots)
        .min(cheap)
        .max(context_tokens)
}

fn progress(voice: Voice, switch: Arc<Switch>) -> impl FnMut(f32) -> bool + 'static {
    let mut said = -1.0_f32;
    move |share: f32| {
        if share - said >= 0.01 || share >= 1.0 && said < 1.0 {
            said = share;
            // A hub that hears nothing any more has closed the pipe; the reading thread ends us.
            let _ = voice.say(&FromEngine::Loading {
                share: share.clamp(0.0, 1.0),
            });
        }
        !switch.is_ending()
    }
}
