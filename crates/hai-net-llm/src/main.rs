//! The engine worker: llama.cpp in a process of its own.
//!
//! The hub starts it and talks length-prefixed frames with it over standard input and output, in the
//! words of [`wire::engine`]. It opens no socket, holds no secret, writes no file, and knows nothing
//! of conversations or people. When it dies, the hub starts another.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use llama_cpp_2::llama_backend::LlamaBackend;
use wire::engine::{FromEngine, PROTOCOL};

mod calls;
mod chat;
mod constraint;
mod context;
mod desk;
mod ears;
mod embedding;
mod job;
mod logs;
mod odds;
mod pick;
mod process;
mod processors;
mod request;
mod room;
mod slots;
mod template;
mod voice;
mod weights;
mod writing;

/// Stack of the thread that computes. llama.cpp parses grammars, schemas and patterns recursively;
/// what the limits in [`constraint`] let through needs a few megabytes. Unused pages cost nothing.
const STACK_BYTES: usize = 256 * 1024 * 1024;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hai-net-llm: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let voice = voice::Voice::new(process::claim_stdout().context("standard output is unusable")?);
    logs::forward_to(voice.clone());
    let plain = std::env::args()
        .skip(1)
        .any(|word| word == processors::PLAIN);
    let devices =
        processors::load(plain).context("no processor module of llama.cpp can be loaded")?;
    let backend = LlamaBackend::init().context("llama.cpp does not start")?;
    process::drop_rights();
    voice.say(&FromEngine::Ready {
        protocol: PROTOCOL,
        devices,
    })?;

    let switch = Arc::new(ears::Switch::default());
    let inbox = ears::listen(Arc::clone(&switch))?;
    std::thread::Builder::new()
        .name("compute".into())
        .stack_size(STACK_BYTES)
        .spawn(move || desk::Desk::new(backend, voice, switch).serve(&inbox))
        .context("no thread to compute with")?
        .join()
        .map_err(|_| anyhow::anyhow!("the computing thread panicked"))?
}
