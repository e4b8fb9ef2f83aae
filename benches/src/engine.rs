//! Speed of the engine, beside llama.cpp's own server on the same file with as many threads.
//!
//! The peer is a `llama-server` named by `--peer=PATH` or `HAI_NET_LLAMA_SERVER`. Rounds alternate
//! between the two, each with a prompt that neither has seen, so that nothing comes from a cache and
//! a machine that slows down slows both.

mod peer;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use llm::{
    ChatTurn, Engine, EngineSetup, Generation, Happening, Model, Overflow, Prompt, Sampling, Usage,
};
use tokio::runtime::Runtime;

use crate::figures::Figures;
use crate::place::{programs, starter_model};
use peer::Peer;

/// Tokens of an answer whose writing is timed.
const DECODE_TOKENS: u32 = 64;

/// Sentences of a prompt whose taking in is timed; about 400 tokens.
const PROMPT_SENTENCES: usize = 24;

/// Short answers a round, of all of which the median and the slowest are shown.
const SHORT_ANSWERS: usize = 8;
const SHORT_TOKENS: u32 = 50;

/// Questions whose answers must be the same on both sides.
const QUESTIONS: [&str; 4] = [
    "What is the capital of France? Answer briefly.",
    "What is two plus two?",
    "Write one sentence about the sea.",
    "Name a fruit.",
];

/// What is asked on the command line.
struct Options {
    peer: Option<std::path::PathBuf>,
    rounds: usize,
    /// The one part to measure; `None` for all.
    only: Option<String>,
}

impl Options {
    fn read(words: &[String]) -> anyhow::Result<Self> {
        let named = std::env::var_os("HAI_NET_LLAMA_SERVER").map(Into::into);
        let mut options = Self {
            peer: named,
            rounds: 5,
            only: None,
        };
        for word in words {
            match word.split_once('=') {
                Some(("--peer", path)) => options.peer = Some(path.into()),
                Some(("--rounds", rounds)) => {
                    options.rounds = rounds.parse().context("--rounds")?;
                }
                Some(("--only", part)) => options.only = Some(part.to_owned()),
                _ => bail!(
                    "`{word}` is no option; there are --peer=PATH, --rounds=N and \
                     --only=peer|four|later|short"
                ),
            }
        }
        Ok(options)
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }
}

/// Measures and prints.
pub(crate) fn run(words: &[String]) -> anyhow::Result<()> {
    let options = Options::read(words)?;
    let runtime = Runtime::new()?;
    for threads in [1, 2] {
        if !options.wants("peer") {
            break;
        }
        // One conversation at a time, so that neither side looks through others that rest.
        let ours = Ours::start(&runtime, threads, 1)?;
        let peer = options
            .peer
            .as_deref()
            .map(|path| Peer::start(path, threads))
            .transpose()?;
        if peer.is_none() && threads == 1 {
            println!("no peer: name a llama-server with --peer=PATH");
        }
        println!("-- {threads} thread(s)");
        if let Some(peer) = &peer {
            same_answers(&ours, peer)?;
        }
        side_by_side(&ours, peer.as_ref(), options.rounds)?;
        drop(peer);
        ours.stop();
    }
    // Each on an engine of its own, so that none looks through what another left to rest.
    type Measure = fn(&Ours<'_>, usize) -> anyhow::Result<()>;
    let measures: [(&str, Measure); 3] = [
        ("four", four_at_once),
        ("later", later_turn),
        ("short", short_answers),
    ];
    for (name, measure) in measures {
        if !options.wants(name) {
            continue;
        }
        let ours = Ours::start(&runtime, 2, 4)?;
        measure(&ours, options.rounds)?;
        ours.stop();
    }
    Ok(())
}

/// Our engine with the starter model loaded.
struct Ours<'a> {
    runtime: &'a Runtime,
    engine: Engine,
    model: Arc<dyn Model>,
}

struct Answer {
    text: String,
    usage: Usage,
    first_text: Duration,
    whole: Duration,
}

impl<'a> Ours<'a> {
    fn start(runtime: &'a Runtime, threads: u32, slots: u32) -> anyhow::Result<Self> {
        let setup = EngineSetup {
            worker: programs()?.join("hai-net-llm"),
            slots,
            context_tokens: 4096,
            threads,
            gpu_layers: 0,
            unload_after: None,
        };
        let (engine, path) = (
            runtime.block_on(async { Engine::new(setup) }),
            starter_model()?,
        );
        let model = engine.model("starter", &path);
        let ours = Self {
            runtime,
            engine,
            model,
        };
        ours.ask(&turns("Hi"), 4)?;
        Ok(ours)
    }

    fn ask(&self, turns: &[ChatTurn], tokens: u32) -> anyhow::Result<Answer> {
        self.runtime.block_on(answer(&self.model, turns, tokens))
    }

    fn stop(self) {
        self.runtime
            .block_on(self.engine.shutdown(Duration::from_secs(5)));
    }
}

async fn answer(model: &Arc<dyn Model>, turns: &[ChatTurn], tokens: u32) -> anyhow::Result<Answer> {
    let what = Generation {
        prompt: Prompt::Chat(turns.to_vec()),
        sampling: Sampling {
            temperature: 0.0,
            ..Sampling::default()
        },
        constraint: None,
        tokens_max: Some(tokens),
        stop: Vec::new(),
        logprobs: None,
        overflow: Overflow::Stop,
        holds_private: false,
        is_whole: false,
    };
    let begun = Instant::now();
    let mut answering = model.generate(what).await?;
    let (mut text, mut first_text) = (String::new(), None);
    loop {
        match answering.next().await.context("an answer has an end")? {
            Happening::Started { .. } => {}
            Happening::Piece { text: more, .. } => {
                first_text.get_or_insert_with(|| begun.elapsed());
                text.push_str(&more);
            }
            Happening::Finished { usage, .. } => {
                let whole = begun.elapsed();
                return Ok(Answer {
                    text,
                    usage,
                    first_text: first_text.unwrap_or(whole),
                    whole,
                });
            }
            Happening::Failed(error) => return Err(error.into()),
        }
    }
}

fn turns(question: &str) -> Vec<ChatTurn> {
    vec![ChatTurn {
        role: "user".into(),
        text: question.into(),
    }]
}

/// Text that differs from its first word on, so that no cache knows it.
fn fresh(number: usize, sentences: usize) -> String {
    let mut text = format!("Story number {number} of {}.", number * 7919);
    for line in 0..sentences {
        let (a, b) = (number * 31 + line * 17, number * 13 + line * 29);
        text += &format!(" On day {a} the old boat carried {b} boxes of fruit along the river.");
    }
    text
}

fn same_answers(ours: &Ours<'_>, peer: &Peer) -> anyhow::Result<()> {
    let mut same = 0;
    for question in QUESTIONS {
        let (own, other) = (
            ours.ask(&turns(question), 32)?,
            peer.ask(&turns(question), 32)?,
        );
        if own.text.trim() == other.text.trim() {
            same += 1;
        } else {
            println!(
                "  they differ: {:?}\n               {:?}",
                own.text, other.text
            );
        }
    }
    println!("same greedy answers: {same} of {}", QUESTIONS.len());
    Ok(())
}

fn side_by_side(ours: &Ours<'_>, peer: Option<&Peer>, rounds: usize) -> anyhow::Result<()> {
    let mut prefill = [Figures::default(), Figures::default()];
    let mut decode = [Figures::default(), Figures::default()];
    // One round to warm up.
    for round in 0..=rounds {
        let question = turns(&(fresh(round + 1, PROMPT_SENTENCES) + " Tell it on at length."));
        for side in [0, 1] {
            // Each goes first every other time.
            let usage = match ((side + round) % 2, peer) {
                (0, _) => (0, ours.ask(&question, DECODE_TOKENS)?.usage),
                (_, Some(peer)) => (1, peer.ask(&question, DECODE_TOKENS)?.usage),
                (_, None) => continue,
            };
            if round > 0 {
                let (who, usage) = usage;
                prefill[who].add(per_second(
                    usage.prompt_tokens - usage.cached_tokens,
                    usage.prefill_us,
                ));
                decode[who].add(per_second(
                    usage.completion_tokens.saturating_sub(1),
                    usage.decode_us,
                ));
            }
        }
    }
    for (what, [own, other]) in [("prefill", prefill), ("decode", decode)] {
        println!("{what} tok/s, ours:         {}", own.line());
        if peer.is_some() {
            println!("{what} tok/s, llama-server: {}", other.line());
            println!(
                "{what} ratio of medians (aim ≥ 1.0): {:.2}",
                own.median() / other.median()
            );
        }
    }
    Ok(())
}

fn per_second(tokens: u32, micros: u64) -> f64 {
    f64::from(tokens) / Duration::from_micros(micros).as_secs_f64()
}

/// Time to the first text on the fifth turn of a long conversation, against its first turn.
///
/// Each conversation has instructions of its own, as a person's hub has, so that its first turn pays
/// for all that it sends. The long turns lie between, and the fifth asks as briefly as the first.
fn later_turn(ours: &Ours<'_>, rounds: usize) -> anyhow::Result<()> {
    let (mut first, mut fifth) = (Figures::default(), Figures::default());
    let (mut first_new, mut fifth_new) = (Figures::default(), Figures::default());
    for round in 0..rounds {
        let question = |turn: usize| format!("What of boat {round}-{turn}, and what did it carry?");
        let rules = fresh(9000 + round, 4) + " Answer briefly, and only what you know.";
        let mut talk = vec![ChatTurn {
            role: "system".into(),
            text: rules,
        }];
        for turn in 1..=5 {
            let long = match turn {
                2..=4 => fresh(5000 + round * 10 + turn, 30) + " ",
                _ => String::new(),
            };
            talk.extend(turns(&(long + &question(turn))));
            let found = ours.ask(&talk, 16)?;
            let new = f64::from(found.usage.prompt_tokens - found.usage.cached_tokens);
            match turn {
                1 => {
                    first.add_ms(found.first_text);
                    first_new.add(new);
                }
                5 => {
                    let history = found.usage.prompt_tokens;
                    ensure!(history > 1900, "the history has only {history} tokens");
                    fifth.add_ms(found.first_text);
                    fifth_new.add(new);
                }
                _ => {}
            }
            talk.push(ChatTurn {
                role: "assistant".into(),
                text: found.text,
            });
        }
    }
    println!("new tokens, turn 1:                   {}", first_new.line());
    println!("new tokens, turn 5:                   {}", fifth_new.line());
    println!("first text ms, turn 1:                {}", first.line());
    println!("first text ms, turn 5 of 2000 tokens: {}", fifth.line());
    println!(
        "ratio of medians (aim < 1.3): {:.2}",
        fifth.median() / first.median()
    );
    Ok(())
}

/// Tokens a second of four conversations at once, against one.
fn four_at_once(ours: &Ours<'_>, rounds: usize) -> anyhow::Result<()> {
    let (mut one, mut four) = (Figures::default(), Figures::default());
    for round in 0..rounds {
        let question =
            |lane: usize| turns(&format!("Tell a long story about boat {round}-{lane}."));
        let alone = ours.ask(&question(0), DECODE_TOKENS)?;
        one.add(f64::from(alone.usage.completion_tokens) / alone.whole.as_secs_f64());
        let begun = Instant::now();
        let written = ours.runtime.block_on(async {
            let lanes = (1..=4).map(|lane| {
                let (model, turns) = (Arc::clone(&ours.model), question(lane));
                tokio::spawn(async move { answer(&model, &turns, DECODE_TOKENS).await })
            });
            let mut written = 0;
            for lane in lanes.collect::<Vec<_>>() {
                written += lane.await??.usage.completion_tokens;
            }
            anyhow::Ok(written)
        })?;
        four.add(f64::from(written) / begun.elapsed().as_secs_f64());
    }
    println!("tok/s, one conversation:   {}", one.line());
    println!("tok/s, four conversations: {}", four.line());
    println!(
        "ratio of medians (aim ≥ 1.6): {:.2}",
        four.median() / one.median()
    );
    Ok(())
}

fn short_answers(ours: &Ours<'_>, rounds: usize) -> anyhow::Result<()> {
    let mut whole = Figures::default();
    for round in 0..rounds * SHORT_ANSWERS {
        let question = turns(&format!(
            "Tell me about boat number {round} and its journey."
        ));
        whole.add_ms(ours.ask(&question, SHORT_TOKENS)?.whole);
    }
    println!(
        "answers of {SHORT_TOKENS} tokens, ms (aim p50 < 2000, p95 < 5000): {}",
        whole.line()
    );
    Ok(())
}
