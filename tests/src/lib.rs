//! The harness of the acceptance tests: the real programs, started as a person starts them.
//!
//! The tests in `tests/` call it. Nothing of the house is linked but the words of the contract: what is
//! tested is what was built into the programs.
//!
//! - Programs are taken from `HAI_NET_BIN_DIR`, else from beside the test program's folder.
//! - The starter model is `HAI_NET_STARTER_MODEL`, else that of the user's model folder.
//! - Screenshots go to `HAI_NET_ARTEFACTS`, else to `artefacts` in the build folder.
//!
//! Each test has a [`Home`] of its own: data, settings, models and sockets lie in a temporary folder, and
//! no variable of the caller reaches the programs. Nothing waits for a fixed time: everything is looked
//! at until it is so, or until patience ends.

pub mod browser;
pub mod home;
pub mod http;
pub mod hub;
pub mod keyring;
pub mod llama_server;
pub mod node;
pub mod page;
pub mod places;
pub mod process;
pub mod python;
pub mod screen;
pub mod shell;
pub mod socket;
pub mod wait;
pub mod window;

pub use home::{Home, Ran};
pub use hub::Hub;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// The exit codes of `hai-net`, as its manual page lists them.
pub mod exit {
    /// Something is broken.
    pub const BROKEN: i32 = 1;
    /// The command or a value in it is wrong.
    pub const USAGE: i32 = 2;
    /// Not now, or not like this.
    pub const REFUSED: i32 = 3;
    /// No hub is running.
    pub const NO_HUB: i32 = 4;
    /// There is no such thing.
    pub const NOT_FOUND: i32 = 5;
}

/// Whether this runs where nobody looks, and nothing may be skipped in silence.
#[must_use]
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty())
}

/// Says why a test looks at nothing here; where tests decide about a change, that is a failure unless the
/// machine cannot do it by its nature.
#[expect(
    clippy::print_stdout,
    reason = "a skipped test must say so in the test's output"
)]
pub fn skip(what: &str, why: &str) {
    println!("SKIPPED: {what}: {why}");
}

/// Chance for a test of moments. The seed is told, and `HAI_NET_CRASH_SEED` repeats it.
#[must_use]
pub fn chance() -> StdRng {
    let seed = std::env::var("HAI_NET_CRASH_SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| rand::rng().random());
    tell(format_args!("seed {seed} (HAI_NET_CRASH_SEED repeats it)"));
    StdRng::seed_from_u64(seed)
}

/// Tells a measured figure in the test's output.
#[expect(clippy::print_stdout, reason = "figures belong into the test's output")]
pub fn tell(text: impl std::fmt::Display) {
    println!("{text}");
}
