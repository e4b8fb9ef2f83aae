//! llama.cpp's server, as the other side of the comparison.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use llm::{ChatTurn, Usage};
use serde_json::{Value, json};

use crate::place::starter_model;

/// How long it may take to load a small model.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running `llama-server`, killed when dropped.
pub(super) struct Peer {
    child: Child,
    port: u16,
}

/// What it wrote.
pub(super) struct PeerAnswer {
    pub(super) text: String,
    pub(super) usage: Usage,
}

impl Peer {
    pub(super) fn start(program: &Path, threads: u32) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new(program)
            .args([
                "--device",
                "none",
                "--host",
                "127.0.0.1",
                "--ctx-size",
                "4096",
            ])
            .args(["--parallel", "1"])
            .arg("--port")
            .arg(port.to_string())
            .arg("--threads")
            .arg(threads.to_string())
            .arg("--model")
            .arg(starter_model()?)
            .env(
                "LD_LIBRARY_PATH",
                program.parent().unwrap_or(Path::new(".")),
            )
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let mut peer = Self { child, port };
        let begun = Instant::now();
        while peer.post("/tokenize", &json!({ "content": "hi" })).is_err() {
            if let Some(status) = peer.child.try_wait()? {
                bail!("the peer ended with {status}; it may be built for another processor");
            }
            ensure!(begun.elapsed() < PATIENCE, "the peer does not come up");
            std::thread::sleep(Duration::from_millis(100));
        }
        peer.ask(
            &[ChatTurn {
                role: "user".into(),
                text: "Hi".into(),
            }],
            4,
        )?;
        Ok(peer)
    }

    pub(super) fn ask(&self, turns: &[ChatTurn], tokens: u32) -> anyhow::Result<PeerAnswer> {
        let messages: Vec<Value> = turns
            .iter()
            .map(|turn| json!({ "role": turn.role, "content": turn.text }))
            .collect();
        let asked = json!({
            "messages": messages, "max_tokens": tokens, "temperature": 0.0, "cache_prompt": true,
        });
        let told = self.post("/v1/chat/completions", &asked)?;
        let number = |value: &Value| value.as_f64().context("a figure is missing");
        let timings = &told["timings"];
        let whole = |value: &Value| -> anyhow::Result<u32> {
            Ok(u32::try_from(
                value.as_u64().context("a figure is missing")?,
            )?)
        };
        let micros = |ms: f64| Duration::from_secs_f64(ms / 1e3).as_micros();
        let (computed, cached) = (whole(&timings["prompt_n"])?, whole(&timings["cache_n"])?);
        let usage = Usage {
            prompt_tokens: computed + cached,
            cached_tokens: cached,
            completion_tokens: whole(&timings["predicted_n"])?,
            prefill_us: u64::try_from(micros(number(&timings["prompt_ms"])?))?,
            decode_us: u64::try_from(micros(number(&timings["predicted_ms"])?))?,
        };
        let text = told["choices"][0]["message"]["content"]
            .as_str()
            .unwrap_or_default();
        Ok(PeerAnswer {
            text: text.to_owned(),
            usage,
        })
    }

    fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
        ensure!(head.starts_with("HTTP/1.1 200"), "{head}\n{body}");
        Ok(serde_json::from_str(body)?)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It can only fail if the process is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
