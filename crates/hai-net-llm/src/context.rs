//! llama.cpp's inference context.
//!
//! llama-cpp-2 wraps models, vocabularies and samplers, but its context can neither change the number
//! of threads, nor be interrupted, nor use a thread pool that lives on. This module wraps just that,
//! and, but for one call in `processors`, is the only one here that calls C.

#![expect(
    unsafe_code,
    reason = "calls llama.cpp's C API; each call says why it is sound"
)]

use std::ffi::{c_char, c_void};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use llama_cpp_2::model::LlamaModel;
use llama_cpp_sys_2 as sys;

use crate::logs;

/// How much of the time between two operations the threads wait awake, 0 to 100, as in llama.cpp.
const POLL: u32 = 50;

/// What a context is made for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ContextPlan {
    /// Tokens that all sequences together may hold.
    pub(crate) tokens: u32,
    /// Number of sequences.
    pub(crate) sequences: u32,
    /// The most tokens in one call of [`Context::decode`].
    pub(crate) batch: u32,
    /// Threads to compute with.
    pub(crate) threads: u32,
    /// Compute embeddings instead of just the next token.
    pub(crate) embeddings: bool,
}

/// Why there is no context.
#[derive(Debug, thiserror::Error)]
#[error("llama.cpp cannot make a context of {tokens} tokens, probably for want of memory")]
pub(crate) struct NoContext {
    tokens: u32,
}

/// How a batch went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decoded {
    /// It is computed.
    Done,
    /// The cache has no room for it; nothing changed.
    NoRoom,
    /// It was interrupted; what of it remains in the cache is not known.
    Interrupted,
}

/// llama.cpp could not compute a batch.
#[derive(Debug, thiserror::Error)]
#[error("llama.cpp could not compute (code {code})")]
pub(crate) struct DecodeError {
    code: i32,
}

/// Tokens to compute together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    tokens: Vec<i32>,
    positions: Vec<i32>,
    sequences: Vec<i32>,
    wanted: Vec<i8>,
}

impl Batch {
    pub(crate) fn clear(&mut self) {
        self.tokens.clear();
        self.positions.clear();
        self.sequences.clear();
        self.wanted.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Adds a token; `wanted` if what follows it is to be computed. Gives its place in the batch.
    pub(crate) fn add(&mut self, token: i32, position: i32, sequence: i32, wanted: bool) -> usize {
        self.tokens.push(token);
        self.positions.push(position);
        self.sequences.push(sequence);
        self.wanted.push(i8::from(wanted));
        self.tokens.len() - 1
    }
}

/// An inference context with its cache and threads.
pub(crate) struct Context {
    raw: NonNull<sys::llama_context>,
    plan: ContextPlan,
    vocabulary: usize,
    embedding_length: usize,
    /// Freed after the context, which computes with it.
    threads: Option<Threads>,
    /// Those before: at the next batch llama.cpp tells the ones that it computed with last to rest, and only
    /// when that batch is done is it known that it looks at none of them any more.
    former_threads: Vec<Threads>,
    /// llama.cpp reads it while computing.
    _abort: Arc<AtomicBool>,
    /// Freed after the context, which points into it.
    _model: Arc<LlamaModel>,
}

// SAFETY: llama.cpp's contexts are bound to no thread; they may only not be used by two at once, which
// `&mut self` on all calls that change anything sees to.
unsafe impl Send for Context {}

impl Context {
    pub(crate) fn new(
        model: &Arc<LlamaModel>,
        plan: ContextPlan,
        abort: Arc<AtomicBool>,
    ) -> Result<Self, NoContext> {
        // SAFETY: takes nothing and gives a plain struct.
        let mut params = unsafe { sys::llama_context_default_params() };
        params.n_ctx = plan.tokens;
        params.n_batch = plan.batch;
        params.n_ubatch = plan.batch;
        params.n_seq_max = plan.sequences;
        params.n_threads = plan.threads.cast_signed();
        params.n_threads_batch = plan.threads.cast_signed();
        params.embeddings = plan.embeddings;
        params.kv_unified = true;
        params.no_perf = true;
        params.abort_callback = Some(is_aborted);
        params.abort_callback_data = Arc::as_ptr(&abort).cast_mut().cast();
        let raw_model = raw_model(model);
        // SAFETY: the model is alive (we hold it), the parameters are llama.cpp's defaults with fields
        // of the right types changed, and the flag behind the callback lives as long as the context.
        let raw = unsafe { sys::llama_init_from_model(raw_model, params) };
        let raw = NonNull::new(raw).ok_or(NoContext {
            tokens: plan.tokens,
        })?;
        let mut context = Self {
            raw,
            plan,
            vocabulary: usize::try_from(model.n_vocab()).unwrap_or(0),
            embedding_length: usize::try_from(model.n_embd_out()).unwrap_or(0),
            threads: None,
            former_threads: Vec::new(),
            _abort: abort,
            _model: Arc::clone(model),
        };
        context.use_threads(plan.threads);
        Ok(context)
    }

    /// Computes with this many threads from the next batch on.
    pub(crate) fn use_threads(&mut self, threads: u32) {
        let threads = threads.max(1).cast_signed();
        let pool = Threads::new(threads);
        // SAFETY: the context is alive and not computing, since we hold it mutably. The pool that it computed
        // with is kept until it has computed with another; the new one is kept until after the context.
        unsafe {
            sys::llama_detach_threadpool(self.raw.as_ptr());
            sys::llama_set_n_threads(self.raw.as_ptr(), threads, threads);
            if let Some(pool) = &pool {
                sys::llama_attach_threadpool(self.raw.as_ptr(), pool.raw, pool.raw);
            }
        }
        self.former_threads
            .extend(std::mem::replace(&mut self.threads, pool));
    }

    /// Computes a batch.
    pub(crate) fn decode(&mut self, batch: &mut Batch) -> Result<Decoded, DecodeError> {
        let count = batch.len();
        if count == 0 || count > self.plan.batch as usize {
            return Err(DecodeError { code: -1 });
        }
        let mut counts = vec![1_i32; count];
        let mut sequences: Vec<*mut i32> = batch
            .sequences
            .iter_mut()
            .map(|sequence| &raw mut *sequence)
            .collect();
        let raw = sys::llama_batch {
            // A batch is at most `plan.batch` tokens, which came from an `u32`.
            n_tokens: i32::try_from(count).map_err(|_| DecodeError { code: -1 })?,
            token: batch.tokens.as_mut_ptr(),
            embd: std::ptr::null_mut(),
            pos: batch.positions.as_mut_ptr(),
            n_seq_id: counts.as_mut_ptr(),
            seq_id: sequences.as_mut_ptr(),
            logits: batch.wanted.as_mut_ptr(),
        };
        // SAFETY: all arrays have `n_tokens` entries and live until the call returns; llama.cpp checks
        // tokens and sequences against vocabulary and plan and copies what it keeps.
        let decode = || unsafe { sys::llama_decode(self.raw.as_ptr(), raw) };
        match logs::while_computing(decode) {
            (0, _) => {
                self.former_threads.clear();
                Ok(Decoded::Done)
            }
            (1, _) => Ok(Decoded::NoRoom),
            (2, _) => Ok(Decoded::Interrupted),
            (code, why) => {
                tracing::error!("computing failed ({code}): {}", why.unwrap_or_default());
                Err(DecodeError { code })
            }
        }
    }

    /// What follows the token at this place of the last batch.
    pub(crate) fn logits(&mut self, place: usize) -> Option<&[f32]> {
        let place = i32::try_from(place).ok()?;
        // SAFETY: llama.cpp gives null for a place without output, else `vocabulary` numbers that stay
        // until the next call that changes the context, which the borrow of `self` forbids meanwhile.
        unsafe {
            let first = sys::llama_get_logits_ith(self.raw.as_ptr(), place);
            (!first.is_null()).then(|| std::slice::from_raw_parts(first, self.vocabulary))
        }
    }

    /// The embedding of the token at this place of the last batch.
    pub(crate) fn embedding(&mut self, place: usize) -> Option<&[f32]> {
        let place = i32::try_from(place).ok()?;
        // SAFETY: as for `logits`, with `embedding_length` numbers.
        unsafe {
            let first = sys::llama_get_embeddings_ith(self.raw.as_ptr(), place);
            (!first.is_null()).then(|| std::slice::from_raw_parts(first, self.embedding_length))
        }
    }

    /// The pooled embedding of a sequence of the last batch, where the model pools by itself.
    pub(crate) fn pooled(&mut self, sequence: i32) -> Option<&[f32]> {
        // SAFETY: as for `logits`; llama.cpp gives null for a sequence that was not in the batch.
        unsafe {
            let first = sys::llama_get_embeddings_seq(self.raw.as_ptr(), sequence);
            (!first.is_null()).then(|| std::slice::from_raw_parts(first, self.embedding_length))
        }
    }

    /// Whether the model itself makes one vector of all tokens.
    pub(crate) fn pools(&self) -> bool {
        // SAFETY: the context is alive.
        let kind = unsafe { sys::llama_pooling_type(self.raw.as_ptr()) };
        kind != sys::LLAMA_POOLING_TYPE_NONE
    }

    /// Forgets a sequence from a position on. `false`: the model cannot forget a part; all is kept.
    #[must_use]
    pub(crate) fn forget_from(&mut self, sequence: i32, from: usize) -> bool {
        self.forget_between(sequence, position(from), -1)
    }

    /// Forgets a whole sequence.
    pub(crate) fn forget(&mut self, sequence: i32) {
        // Forgetting all always works.
        let _ = self.forget_between(sequence, -1, -1);
    }

    /// Gives another sequence the first `until` tokens of this one. They share the memory.
    pub(crate) fn share(&mut self, from: i32, to: i32, until: usize) {
        if let Some(memory) = self.memory() {
            // SAFETY: the memory belongs to the living context; llama.cpp ignores empty ranges.
            unsafe { sys::llama_memory_seq_cp(memory, from, to, 0, position(until)) };
        }
    }

    /// Whether positions can be moved, see [`Self::cut_out`].
    pub(crate) fn can_shift(&self) -> bool {
        // SAFETY: the memory belongs to the living context.
        self.memory()
            .is_some_and(|memory| unsafe { sys::llama_memory_can_shift(memory) })
    }

    /// Forgets the tokens from `from` to before `until` and moves those behind them forward.
    #[must_use]
    pub(crate) fn cut_out(&mut self, sequence: i32, from: usize, until: usize) -> bool {
        let (from, until) = (position(from), position(until));
        let Some(memory) = self.memory() else {
            return false;
        };
        if !self.forget_between(sequence, from, until) {
            return false;
        }
        // SAFETY: the memory belongs to the living context, and the caller asked `can_shift`.
        unsafe { sys::llama_memory_seq_add(memory, sequence, until, -1, from - until) };
        true
    }

    fn forget_between(&mut self, sequence: i32, from: i32, until: i32) -> bool {
        match self.memory() {
            // SAFETY: the memory belongs to the living context; any range is allowed.
            Some(memory) => unsafe { sys::llama_memory_seq_rm(memory, sequence, from, until) },
            None => true,
        }
    }

    /// Models that only make embeddings have none.
    fn memory(&self) -> Option<sys::llama_memory_t> {
        // SAFETY: the context is alive.
        let memory = unsafe { sys::llama_get_memory(self.raw.as_ptr()) };
        (!memory.is_null()).then_some(memory)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: made by `llama_init_from_model`, freed once; model, threads and flag are fields and
        // so are dropped after this.
        unsafe { sys::llama_free(self.raw.as_ptr()) };
    }
}

/// What the model says of itself, such as `llama 135M Q4_1`.
pub(crate) fn description(model: &LlamaModel) -> String {
    let mut text = [0_u8; 128];
    // SAFETY: the model is alive, and llama.cpp writes at most the given length with a final zero.
    let length = unsafe {
        sys::llama_model_desc(
            raw_model(model),
            text.as_mut_ptr().cast::<c_char>(),
            text.len(),
        )
    };
    let length = usize::try_from(length).unwrap_or(0).min(text.len() - 1);
    String::from_utf8_lossy(&text[..length]).into_owned()
}

fn raw_model(model: &LlamaModel) -> *mut sys::llama_model {
    // SAFETY: `LlamaModel` is `repr(transparent)` over a `repr(transparent)` non-null pointer to this
    // type; the exact version of llama-cpp-2 is pinned.
    unsafe { *std::ptr::from_ref(model).cast::<*mut sys::llama_model>() }
}

fn position(at: usize) -> i32 {
    i32::try_from(at).unwrap_or(i32::MAX)
}

unsafe extern "C" fn is_aborted(flag: *mut c_void) -> bool {
    // SAFETY: `Context::new` passes a flag that outlives the context.
    unsafe { (*flag.cast::<AtomicBool>()).load(Ordering::Relaxed) }
}

/// Threads that live as long as the context; without them llama.cpp starts new ones for each token.
struct Threads {
    raw: sys::ggml_threadpool_t,
    free: unsafe extern "C" fn(sys::ggml_threadpool_t),
}

impl Threads {
    /// `None` where the processor module has no thread pool of its own.
    fn new(count: i32) -> Option<Self> {
        type New = unsafe extern "C" fn(*mut sys::ggml_threadpool_params) -> sys::ggml_threadpool_t;
        type Free = unsafe extern "C" fn(sys::ggml_threadpool_t);
        // SAFETY: the device and its registry are static once loaded. The functions behind the two
        // names have these signatures in `ggml-cpu.h` of the pinned version.
        unsafe {
            let device = sys::ggml_backend_dev_by_type(sys::GGML_BACKEND_DEVICE_TYPE_CPU);
            if device.is_null() {
                return None;
            }
            let registry = sys::ggml_backend_dev_backend_reg(device);
            let find = |name: &std::ffi::CStr| {
                let found = sys::ggml_backend_reg_get_proc_address(registry, name.as_ptr());
                (!found.is_null()).then_some(found)
            };
            let new: New = std::mem::transmute(find(c"ggml_threadpool_new")?);
            let free: Free = std::mem::transmute(find(c"ggml_threadpool_free")?);
            let mut params = sys::ggml_threadpool_params_default(count);
            params.poll = POLL;
            let raw = new(&raw mut params);
            (!raw.is_null()).then_some(Self { raw, free })
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // SAFETY: made by `ggml_threadpool_new`, freed once, and no context computes with it any more.
        unsafe { (self.free)(self.raw) };
    }
}
