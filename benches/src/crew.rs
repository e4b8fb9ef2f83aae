//! Mailboxes and supervision, against Erlang; two agents with a scripted model, against langgraph and
//! autogen-core.
//!
//! Erlang is found by `erl` and `erlc` in the search path (Debian: `apt-get install erlang-base`).
//! `HAI_NET_BENCH_AGENTS_PYTHON` names a Python with `langgraph` and `autogen-core`. What is missing is
//! named and left out.

mod agents;
mod peer;
mod work;

use std::time::Duration;

use anyhow::Context as _;

use crate::figures::Figures;
use peer::Peer;
use work::ACTORS;

/// Rounds; in each, ours and the peers take turns.
const ROUNDS: usize = 7;

/// Runs of the two agents in one round.
const RUNS: u32 = 1_000;

/// What is aimed at.
const IDLE_AIM_BYTES: u32 = 4 * 1024;
const CANCEL_AIM_MS: u32 = 50;

/// The measurements whose rate is told; each with Erlang's names for it.
const RATES: [(&str, &[&str]); 5] = [
    ("spawn, 100,000 with a message each", &["spawn"]),
    ("ask, 1 client", &["call 1", "bare 1"]),
    ("ask, 16 clients", &["call 16", "bare 16"]),
    ("tell, 1 to 1", &["tell 1"]),
    ("tell, 16 to 1", &["tell 16"]),
];

/// The option with which this program measures its own memory, as a fresh process, and ends.
const IDLE_OPTION: &str = "--idle-actors";

pub(crate) fn run(options: &[String]) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    if options.iter().any(|option| option == IDLE_OPTION) {
        println!("{}", runtime.block_on(on_worker(work::idle()))?);
        return Ok(());
    }
    let mut erlang = Peer::erlang()?;
    idle(erlang.is_some())?;
    rates(&runtime, erlang.as_mut())?;
    cancel(&runtime, erlang.as_mut())?;
    drop(erlang);
    two_agents(&runtime)
}

/// Runs it on one of the runtime's own threads, where a hub's work runs too.
async fn on_worker<T: Send + 'static>(
    work: impl Future<Output = anyhow::Result<T>> + Send + 'static,
) -> anyhow::Result<T> {
    tokio::spawn(work).await?
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a hundred thousand is far below what a float counts exactly"
)]
fn idle(with_erlang: bool) -> anyhow::Result<()> {
    let each = |bytes: f64| bytes / ACTORS as f64;
    let program = std::env::current_exe()?;
    let told = std::process::Command::new(program)
        .args(["crew", IDLE_OPTION])
        .output()
        .context("starting this program again")?;
    let told = String::from_utf8(told.stdout)?;
    let bytes = told.trim().lines().last().context("a number of bytes")?;
    println!(
        "idle actor, PSS in bytes (aim ≤ {IDLE_AIM_BYTES}): ours {:.0}",
        each(bytes.parse()?)
    );
    if with_erlang {
        for name in ["idle", "idle hibernated"] {
            // In a process that has done nothing else.
            if let Some(mut erlang) = Peer::erlang()? {
                println!("  erlang, {name}: {:.0}", each(erlang.ask(name)?));
            }
        }
    }
    Ok(())
}

fn rates(runtime: &tokio::runtime::Runtime, mut erlang: Option<&mut Peer>) -> anyhow::Result<()> {
    for (what, peers) in RATES {
        let mut ours = Figures::default();
        let mut theirs = vec![Figures::default(); peers.len()];
        for _ in 0..ROUNDS {
            let (count, took) = runtime.block_on(ours_of(peers[0]))?;
            ours.add(rate(count, took.as_secs_f64()));
            if let Some(erlang) = erlang.as_deref_mut() {
                for (name, figures) in peers.iter().zip(&mut theirs) {
                    figures.add(rate(count, erlang.ask(name)?));
                }
            }
        }
        println!("{what}, thousands per second");
        println!("  ours:            {}", ours.line());
        for (name, figures) in peers.iter().zip(&theirs) {
            if erlang.is_some() {
                let ratio = ours.median() / figures.median();
                println!(
                    "  erlang {name:9} {}; ours is {ratio:.2} times",
                    figures.line()
                );
            }
        }
    }
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a million is far below what a float counts exactly"
)]
fn rate(count: u64, seconds: f64) -> f64 {
    count as f64 / seconds / 1e3
}

async fn ours_of(name: &str) -> anyhow::Result<(u64, Duration)> {
    match name {
        "spawn" => {
            let took = on_worker(work::spawn()).await?;
            Ok((u64::try_from(ACTORS)?, took))
        }
        "call 1" => on_worker(work::ask(1)).await,
        "call 16" => on_worker(work::ask(16)).await,
        "tell 1" => on_worker(work::tell(1)).await,
        "tell 16" => on_worker(work::tell(16)).await,
        _ => anyhow::bail!("`{name}` is no measurement"),
    }
}

fn cancel(runtime: &tokio::runtime::Runtime, erlang: Option<&mut Peer>) -> anyhow::Result<()> {
    let (mut ours, mut theirs) = (Figures::default(), Figures::default());
    let mut erlang = erlang;
    for _ in 0..ROUNDS {
        ours.add_ms(runtime.block_on(on_worker(work::cancel()))?);
        if let Some(erlang) = erlang.as_deref_mut() {
            theirs.add(erlang.ask("cancel")? * 1e3);
        }
    }
    println!("stopping a subtree of 1,000, ms (aim ≤ {CANCEL_AIM_MS})");
    println!("  ours:   {}", ours.line());
    if erlang.is_some() {
        println!("  erlang: {}", theirs.line());
    }
    Ok(())
}

fn two_agents(runtime: &tokio::runtime::Runtime) -> anyhow::Result<()> {
    let mut peers = Peer::python_agents()?;
    let mut ours = Figures::default();
    let mut theirs = vec![Figures::default(); peers.len()];
    for _ in 0..ROUNDS {
        ours.add_ms(runtime.block_on(on_worker(agents::plan_days(RUNS)))?);
        for ((_, peer), figures) in peers.iter_mut().zip(&mut theirs) {
            figures.add(peer.ask(&RUNS.to_string())? * 1e3);
        }
    }
    println!("two agents, a scripted model, {RUNS} runs, ms");
    println!("  ours:         {}", ours.line());
    for ((name, _), figures) in peers.iter().zip(&theirs) {
        let ratio = figures.median() / ours.median();
        println!(
            "  {name:13} {}; ours is {ratio:.0} times as quick",
            figures.line()
        );
    }
    Ok(())
}
