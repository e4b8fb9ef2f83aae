//! What the hub adds to streams and to plain requests of a constant upstream.
//!
//! The upstream is a small server of our own that answers like the OpenAI API, always the same and at a
//! steady pace, in a process of its own, so that all else is the way through. Two measurements:
//!
//! 1. 200 streams at once, each of 64 pieces, one every 20 ms. What is aimed at is the gap between two pieces,
//!    beyond what it is without the hub. Each piece also carries the moment at which it was sent: how much
//!    later it arrives tells of the beginning too, when 200 questions come at the same moment. No piece may
//!    be lost.
//! 2. Plain requests in interleaved rounds: directly, through the hub, and through Portkey's gateway (npm
//!    `@portkey-ai/gateway`), which does the same work and was chosen since it is known to be light.

mod client;
mod peer;
mod upstream;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::json;

use self::client::Way;
use self::peer::Portkey;
pub(crate) use self::upstream::ROLE as UPSTREAM_ROLE;
use self::upstream::{FIXED, PACED, Upstream};
use crate::figures::Figures;
use crate::place::{RunningHub, pss_mb, tree_pss_mb};

/// Streams at once, pieces of each, and the pause between two; and how often each way has its turn.
const STREAM_ROUNDS: usize = 3;
const STREAMS: usize = 200;
const PIECES: usize = 64;
const PAUSE: Duration = Duration::from_millis(20);

/// How one client asks: rounds in which each way has its turn, and requests in a turn. One that asks on and on is
/// what a program does; in turns of one request, each way finds the processor's caches full of the others.
const ONE_CLIENT: [(usize, usize); 2] = [(40, 50), (400, 1)];

/// Requests that warm up each way.
const WARM_UP: usize = 20;

/// Clients at once, and how long they ask in each of the rounds.
const CLIENTS: usize = 16;
const CROWD_ROUNDS: usize = 3;
const CROWD_FOR: Duration = Duration::from_secs(4);

/// Is the upstream of another process of this program.
pub(crate) fn be_the_upstream() -> anyhow::Result<()> {
    upstream::run(PIECES, PAUSE)
}

pub(crate) fn run() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let upstream = Upstream::start()?;
    let hub = RunningHub::start()?;
    hub.command(&[
        "models",
        "add-server",
        "constant",
        &upstream.base_url(),
        "--json",
    ])
    .context("telling the hub of the upstream")?;
    let token = hub.token()?;
    let through = |model: &str| {
        let model = format!("constant/{model}");
        Way::new("the hub", hub.address, &token, &model)
    };
    let direct = |model| Way::new("directly", upstream.address, "none", model);
    runtime.block_on(streams(&direct(PACED), &through(PACED)))?;
    let mut ways = vec![(direct(FIXED), None), (through(FIXED), Some(hub.pid()))];
    let portkey = Portkey::start(&upstream.base_url())?;
    match &portkey {
        Some(portkey) => ways.push((portkey.way(FIXED), Some(portkey.pid()))),
        None => println!("Portkey is left out: node or npm is missing"),
    }
    let ways: Vec<(Arc<Way>, Option<u32>)> = ways
        .into_iter()
        .map(|(way, pid)| (Arc::new(way), pid))
        .collect();
    // One client is one thread: in a runtime of several, one would wait for the socket and wake another up.
    let one = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    for (rounds, each) in ONE_CLIENT {
        one.block_on(one_client(&ways, rounds, each))?;
    }
    runtime.block_on(crowd(&ways))?;
    for (way, pid) in &ways {
        if let Some(pid) = pid {
            println!(
                "{:10} memory: {:.1} MB, with its children {:.1} MB",
                way.name,
                pss_mb(*pid)?,
                tree_pss_mb(*pid)?
            );
        }
    }
    Ok(())
}

/// All streams at once, directly and through the hub in turn.
async fn streams(direct: &Way, through: &Way) -> anyhow::Result<()> {
    let mut late = [Figures::default(), Figures::default()];
    let mut gaps = late.clone();
    for _ in 0..STREAM_ROUNDS {
        for (index, way) in [direct, through].into_iter().enumerate() {
            let answers = (0..STREAMS).map(|_| client::stream(way));
            for answer in futures::future::try_join_all(answers).await? {
                ensure!(
                    answer.pieces == PIECES,
                    "{}: {} of {PIECES} pieces arrived",
                    way.name,
                    answer.pieces
                );
                answer.late_ms.iter().for_each(|ms| late[index].add(*ms));
                answer.gaps_ms.iter().for_each(|ms| gaps[index].add(*ms));
            }
        }
    }
    println!("{STREAM_ROUNDS} times {STREAMS} streams of {PIECES} pieces each way, none lost");
    for (what, aim, [without, with]) in [
        ("gap between two pieces", " (aim ≤ 5)", gaps),
        ("later than sent", "", late),
    ] {
        println!("{what}, directly, ms: {}", without.line());
        println!("{what}, the hub,  ms: {}", with.line());
        println!(
            "{what}, the hub adds at p99, ms{aim}: {:.2}",
            with.quantile(0.99) - without.quantile(0.99)
        );
    }
    Ok(())
}

/// Plain requests of many clients at once.
async fn crowd(ways: &[(Arc<Way>, Option<u32>)]) -> anyhow::Result<()> {
    for _ in 0..CROWD_ROUNDS {
        for (way, _) in ways {
            let until = Instant::now() + CROWD_FOR;
            let clients = (0..CLIENTS).map(|_| tokio::spawn(ask_until(Arc::clone(way), until)));
            let mut answers = 0;
            for client in clients.collect::<Vec<_>>() {
                answers += client.await??;
            }
            println!(
                "{:10} {CLIENTS} clients: {:.0} requests/s",
                way.name,
                f64::from(answers) / CROWD_FOR.as_secs_f64()
            );
        }
    }
    Ok(())
}

/// Plain requests of one client, who asks each way in turn.
async fn one_client(
    ways: &[(Arc<Way>, Option<u32>)],
    rounds: usize,
    each: usize,
) -> anyhow::Result<()> {
    let mut took: Vec<Figures> = ways.iter().map(|_| Figures::default()).collect();
    let mut lines = Vec::new();
    for (way, _) in ways {
        let mut line = way.line().await?;
        for _ in 0..WARM_UP {
            line.ask(&json!({"stream": false})).await?;
        }
        lines.push(line);
    }
    for _ in 0..rounds {
        for (line, figures) in lines.iter_mut().zip(&mut took) {
            for _ in 0..each {
                let begun = Instant::now();
                line.ask(&json!({"stream": false})).await?;
                figures.add_ms(begun.elapsed());
            }
        }
    }
    let (p50, p99) = (took[0].quantile(0.5), took[0].quantile(0.99));
    for ((way, _), figures) in ways.iter().zip(&took) {
        println!(
            "{:10} one client, {each} requests in turn, ms: {}; added at p50 {:.2}, at p99 {:.2}",
            way.name,
            figures.line(),
            figures.quantile(0.5) - p50,
            figures.quantile(0.99) - p99
        );
    }
    Ok(())
}

async fn ask_until(way: Arc<Way>, until: Instant) -> anyhow::Result<u32> {
    let mut line = way.line().await?;
    let mut answers = 0;
    while Instant::now() < until {
        line.ask(&json!({"stream": false})).await?;
        answers += 1;
    }
    Ok(answers)
}
