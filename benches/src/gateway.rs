//! What the HTTP door adds to talking to the worker.
//!
//! The same request, one token long, goes in turn through the gateway of a running hub and directly
//! to a worker of our own. A token takes ten times as long as what is looked for and varies by more than
//! that; so each pair is compared, and the median of the differences is what guard, token, JSON and HTTP
//! cost.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use llm::{ChatTurn, Engine, EngineSetup, Generation, Happening, Overflow, Prompt, Sampling};
use serde_json::json;

use crate::figures::Figures;
use crate::place::{RunningHub, programs, starter_model};

/// Requests of each kind, after the first few that warm both up.
const ROUNDS: u32 = 600;
const WARM_UP: u32 = 10;

const QUESTION: &str = "Say hello.";

pub(crate) fn run() -> anyhow::Result<()> {
    let hub = RunningHub::start()?;
    let mut door = Door::open(&hub)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let engine = runtime.block_on(async {
        anyhow::Ok(Engine::new(EngineSetup {
            worker: programs()?.join("hai-net-llm"),
            slots: 4,
            context_tokens: 4096,
            threads: 2,
            gpu_layers: 0,
            unload_after: None,
        }))
    })?;
    let model = {
        let _inside = runtime.enter();
        engine.model("starter", &starter_model()?)
    };
    let (mut through, mut direct) = (Figures::default(), Figures::default());
    let mut added = Figures::default();
    for round in 0..WARM_UP + ROUNDS {
        let began = Instant::now();
        door.ask()?;
        let through_door = began.elapsed();
        let began = Instant::now();
        runtime.block_on(async {
            let mut answering = model.generate(generation()).await?;
            while let Some(happening) = answering.next().await {
                ensure!(!matches!(happening, Happening::Failed(_)), "{happening:?}");
            }
            Ok(())
        })?;
        let at_worker = began.elapsed();
        if round >= WARM_UP {
            through.add_ms(through_door);
            direct.add_ms(at_worker);
            added.add((through_door.as_secs_f64() - at_worker.as_secs_f64()) * 1_000.0);
        }
    }
    println!("through the gateway, ms: {}", through.line());
    println!("at the worker, ms:       {}", direct.line());
    println!("gateway adds at p50, ms (aim < 1): {:.2}", added.median());
    Ok(())
}

fn generation() -> Generation {
    Generation {
        prompt: Prompt::Chat(vec![ChatTurn {
            role: "user".into(),
            text: QUESTION.into(),
        }]),
        sampling: Sampling {
            temperature: 0.0,
            ..Sampling::default()
        },
        constraint: None,
        tokens_max: Some(1),
        stop: Vec::new(),
        logprobs: None,
        overflow: Overflow::Stop,
        holds_private: false,
        is_whole: false,
    }
}

/// One connection to the gateway, kept open.
struct Door {
    stream: BufReader<TcpStream>,
    request: Vec<u8>,
}

impl Door {
    fn open(hub: &RunningHub) -> anyhow::Result<Self> {
        let body = json!({
            "model": "gpt-4",
            "messages": [{"role": "user", "content": QUESTION}],
            "max_tokens": 1,
            "temperature": 0,
        })
        .to_string();
        let request = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            hub.address,
            hub.token()?,
            body.len()
        );
        let stream = TcpStream::connect(hub.address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            request: request.into_bytes(),
        })
    }

    fn ask(&mut self) -> anyhow::Result<()> {
        self.stream.get_mut().write_all(&self.request)?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        ensure!(line.contains(" 200 "), "the gateway said {line}");
        let mut length = None;
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let header = line.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse::<usize>().ok();
            }
        }
        let mut body = vec![0; length.context("the answer tells its length")?];
        Ok(self.stream.read_exact(&mut body)?)
    }
}
