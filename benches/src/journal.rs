//! The agents' journal: one durable append against a bare `fdatasync`, many writers at once, and what a
//! durable spawn costs.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use base::AgentId;
use serde_json::json;
use store::{AgentEvent, AuditEntry, AuditKind, JournalAppend, Store, StoreKey, TreeId};

use crate::figures::Figures;
use crate::store::moment;

/// Single appends, and bare waits for the disk in turn with them.
const SINGLES: u64 = 1_500;

/// Bytes of a bare append: about those of an event.
const BARE_BYTES: usize = 200;

/// Writers at once, each with a tree of its own, and the events that each appends in a round.
const WRITERS: u64 = 64;
const EVENTS_BY_EACH: u64 = 1_000;
const ROUNDS: u64 = 5;

/// What is aimed at.
const SINGLE_AIM: f64 = 0.9;
const TOGETHER_AIM: u64 = 50_000;

pub(crate) fn run() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let folder = tempfile::Builder::new()
        .prefix("journal")
        .tempdir_in(place()?)?;
    let store = Store::open(folder.path(), StoreKey::from_bytes([0x5a; 32]))?;
    runtime.block_on(async {
        singles(&store, folder.path()).await?;
        together(&store).await?;
        spawns(&store).await?;
        Ok(store.close().await?)
    })
}

/// A folder on a disk: temporary files often lie in memory, where waiting costs nothing.
fn place() -> anyhow::Result<std::path::PathBuf> {
    let program = std::env::current_exe()?;
    Ok(program
        .parent()
        .map_or_else(std::env::temp_dir, Path::to_owned))
}

async fn singles(store: &Store, folder: &Path) -> anyhow::Result<()> {
    let mut growing = File::create(folder.join("growing"))?;
    let mut whole = File::create(folder.join("whole"))?;
    whole.write_all(&vec![0; BARE_BYTES * usize::try_from(SINGLES)?])?;
    whole.sync_all()?;
    whole.rewind()?;
    let (mut ours, mut theirs, mut quicker) =
        (Figures::default(), Figures::default(), Figures::default());
    for number in 0..SINGLES {
        theirs.add_ms(bare(&mut growing)?);
        quicker.add_ms(bare(&mut whole)?);
        let append = event(tree(0), number);
        let began = Instant::now();
        store.append_events(append).await?;
        ours.add_ms(began.elapsed());
    }
    println!(
        "one event on disk, ms:                        {}",
        ours.line()
    );
    println!(
        "bare write and fdatasync, ms:                 {}",
        theirs.line()
    );
    println!(
        "bare, in a file that has its length, ms:      {}",
        quicker.line()
    );
    println!(
        "rate of ours / bare (aim ≥ {SINGLE_AIM}): {:.2}; / bare in such a file: {:.2}",
        theirs.median() / ours.median(),
        quicker.median() / ours.median()
    );
    // All of them: now and then many events are brought into the database.
    println!(
        "the same by the sums of all: {:.2}; {:.2}",
        theirs.sum() / ours.sum(),
        quicker.sum() / ours.sum()
    );
    Ok(())
}

/// A write and a wait for the disk.
fn bare(file: &mut File) -> anyhow::Result<Duration> {
    let began = Instant::now();
    file.write_all(&[0x5a; BARE_BYTES])?;
    file.sync_data()?;
    Ok(began.elapsed())
}

async fn together(store: &Store) -> anyhow::Result<()> {
    let (mut rates, mut shared) = (Figures::default(), Figures::default());
    for round in 0..ROUNDS {
        let before = store.writer_counts();
        let began = Instant::now();
        let writers = (0..WRITERS).map(|writer| {
            let store = store.clone();
            let tree = tree(1 + round * WRITERS + writer);
            tokio::spawn(async move {
                for number in 0..EVENTS_BY_EACH {
                    store.append_events(event(tree, number)).await?;
                }
                anyhow::Ok(())
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await??;
        }
        let took = began.elapsed().as_secs_f64();
        let after = store.writer_counts();
        rates.add(as_float(WRITERS * EVENTS_BY_EACH) / took);
        let transactions = after.transactions - before.transactions;
        shared.add(as_float(after.jobs - before.jobs) / as_float(transactions.max(1)));
    }
    println!(
        "{WRITERS} writers, events on disk per second (aim ≥ {TOGETHER_AIM}): {}",
        rates.line()
    );
    println!("events that share a wait for the disk: {}", shared.line());
    Ok(())
}

/// Spawns that are asked for at the same moment: with its entry in the audit chain, each is one append.
async fn spawns(store: &Store) -> anyhow::Result<()> {
    let mut took = Figures::default();
    let before = store.writer_counts();
    for round in 0..ROUNDS {
        let spawned = (0..WRITERS).map(|number| {
            let store = store.clone();
            let mut append = event(tree(1_000_000 + round * WRITERS + number), number);
            append.audit.push(AuditEntry {
                at: moment(number),
                kind: AuditKind::Spawn,
                actor: "agent:bench".to_owned(),
                subject: "worker".to_owned(),
                digest: None,
                details: std::collections::BTreeMap::new(),
            });
            tokio::spawn(async move {
                let began = Instant::now();
                store.append_events(append).await?;
                anyhow::Ok(began.elapsed())
            })
        });
        for one in spawned.collect::<Vec<_>>() {
            took.add_ms(one.await??);
        }
    }
    let after = store.writer_counts();
    let (jobs, transactions) = (
        after.jobs - before.jobs,
        after.transactions - before.transactions,
    );
    ensure!(jobs == ROUNDS * WRITERS, "{jobs} jobs for as many spawns");
    println!(
        "durable spawn, {WRITERS} at once, ms: {}; {jobs} spawns in {transactions} commits",
        took.line()
    );
    Ok(())
}

fn event(tree: TreeId, number: u64) -> JournalAppend {
    JournalAppend {
        tree,
        events: vec![AgentEvent {
            at: moment(number),
            kind: "told".to_owned(),
            event: json!({"agent": "01980c2e-0000-7000-8000-000000000001", "step": number,
                          "said": "Two trains leave before nine; the second is direct."}),
        }],
        finished: None,
        audit: Vec::new(),
        feed: Vec::new(),
    }
}

fn tree(number: u64) -> TreeId {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    AgentId::from_bytes(bytes).into()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a million is far below what a float counts exactly"
)]
fn as_float(number: u64) -> f64 {
    number as f64
}
