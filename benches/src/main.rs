//! Measurements: `cargo xtask bench [NAME …]`.
//!
//! Each compares with a named peer in the same run, in interleaved rounds, so that a machine that
//! slows down slows both. Figures are printed; nothing here passes or fails.

#![expect(
    clippy::print_stdout,
    reason = "printing figures is what this program is for"
)]

mod crew;
mod engine;
mod figures;
mod gateway;
mod guardian;
mod idle;
mod journal;
mod place;
mod store;
mod streams;
mod window;

use anyhow::{Context as _, bail};

/// The measurements by name.
const BENCHES: [(&str, &str); 9] = [
    (
        "crew",
        "spawn, ask, tell, idle memory and stopping of actors, against Erlang and Python agents",
    ),
    (
        "engine",
        "prefill, decode, first token, four at once, against llama-server",
    ),
    (
        "gateway",
        "what the HTTP door adds to talking to the worker",
    ),
    (
        "guardian",
        "what the detector finds and how fast, against presidio-analyzer",
    ),
    (
        "idle",
        "time to a running hub, and its memory without a model",
    ),
    (
        "journal",
        "durable appends of agents' events, against a bare fdatasync",
    ),
    (
        "store",
        "inserts and searches in the encrypted store, against plain SQLite",
    ),
    (
        "streams",
        "what the hub adds to 200 streams and to plain requests of a constant upstream, against Portkey",
    ),
    (
        "window",
        "memory of the window, against an empty WebKitGTK window",
    ),
];

fn main() -> anyhow::Result<()> {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    if asked == [streams::UPSTREAM_ROLE] {
        return streams::be_the_upstream();
    }
    if asked.iter().any(|word| word == "--help" || word == "-h") {
        for (name, about) in BENCHES {
            println!("{name:10} {about}");
        }
        return Ok(());
    }
    let (names, options): (Vec<_>, Vec<_>) = asked
        .into_iter()
        .partition(|word| BENCHES.iter().any(|(name, _)| name == word));
    if let Some(stray) = options
        .iter()
        .find(|word| !word.starts_with('-') && names.is_empty())
    {
        bail!("there is no measurement `{stray}`; `--help` lists them");
    }
    for (name, _) in BENCHES {
        if !names.is_empty() && !names.iter().any(|asked| asked == name) {
            continue;
        }
        println!("\n== {name}");
        match name {
            "crew" => crew::run(&options),
            "engine" => engine::run(&options),
            "gateway" => gateway::run(),
            "guardian" => guardian::run(),
            "idle" => idle::run(),
            "journal" => journal::run(),
            "store" => store::run(),
            "streams" => streams::run(),
            "window" => window::run(),
            _ => bail!("`{name}` is in the list but not in the program"),
        }
        .with_context(|| format!("measuring {name}"))?;
    }
    Ok(())
}
