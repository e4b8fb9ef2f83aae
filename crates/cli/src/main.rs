//! The program `hai-net`: a hub without a window, and the command line that talks with one.
//!
//! Each verb has a module in [`verb`] and a manual page in `docs/cli/`, which the tests run. A verb
//! reaches the hub through [`link`], shows what it gets on the [`screen`], and ends with one of the
//! codes of [`exit`]. What verbs decide is what to show; all else is the hub's.

mod args;
mod bar;
mod dialogue;
mod exit;
mod failure;
mod interrupt;
mod link;
mod passphrase;
mod pick;
mod private_file;
mod screen;
mod verb;
mod views;
mod when;

use std::process::ExitCode;

use crate::args::Started;
use crate::exit::Exit;
use crate::failure::Failure;

/// Quicker than the C library's where many requests come together, and it gives memory back; see
/// `docs/decisions.md`.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The most threads that serve doors and agents, however many processors there are. What waits or computes for
/// long has threads of its own.
const THREADS_MAX: usize = 8;

/// How many threads serve doors and agents: one for two processors. The model computes on the others, and the
/// fewer threads, the more seldom a request waits until another one has woken up; see `docs/decisions.md`.
fn threads() -> usize {
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    (processors / 2).clamp(1, THREADS_MAX)
}

fn main() -> ExitCode {
    // Two providers are compiled in; whoever comes first must say which one is used. Nobody came
    // before `main`, so that there is nothing to do about a refusal.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (scene, verb) = match args::read(std::env::args_os()) {
        Started::Run(scene, verb) => (scene, verb),
        Started::Ended(exit) => return exit.into(),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads())
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return scene.screen.failure(Failure::internal(&error)).into(),
    };
    let outcome = runtime.block_on(verb::run(*verb, &scene));
    let exit = match outcome {
        Ok(()) => Exit::Done,
        Err(failure) => scene.screen.failure(failure),
    };
    // A thread that still waits for a key must not hold the program.
    runtime.shutdown_background();
    exit.into()
}
