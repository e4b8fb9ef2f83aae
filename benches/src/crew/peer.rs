//! Programs that do the same work: a line tells them what to do, they answer with a number.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::place;

/// Names a Python with `langgraph` and `autogen-core`.
const PYTHON: &str = "HAI_NET_BENCH_AGENTS_PYTHON";

/// The scripts for that Python, each with its name in the figures and the module that it needs.
const AGENTS: [(&str, &str, &str); 2] = [
    ("langgraph", "langgraph", "two_agents_langgraph.py"),
    ("autogen-core", "autogen_core", "two_agents_autogen.py"),
];

/// A running peer. It ends when it is dropped.
pub(super) struct Peer {
    child: Child,
    asks: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// What it was made from.
    _folder: Option<tempfile::TempDir>,
}

impl Peer {
    /// Erlang, if it is installed; else says how to get it.
    pub(super) fn erlang() -> anyhow::Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        let compiled = Command::new("erlc")
            .arg("-o")
            .arg(folder.path())
            .arg(place::peers().join("crew.erl"))
            .status();
        match compiled {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                println!(
                    "erlang: left out, there is no `erlc` (Debian: apt-get install erlang-base)"
                );
                return Ok(None);
            }
            Err(error) => return Err(error).context("starting erlc"),
            Ok(status) => ensure!(status.success(), "erlc ended with {status}"),
        }
        let mut erl = Command::new("erl");
        erl.args(["-noshell", "-pa"])
            .arg(folder.path())
            .args(["-s", "crew", "main"]);
        Self::start(erl, Some(folder)).map(Some)
    }

    /// The two agents in Python, as far as they are installed; else says how to get them.
    pub(super) fn python_agents() -> anyhow::Result<Vec<(&'static str, Self)>> {
        let Some(python) = std::env::var_os(PYTHON) else {
            println!(
                "langgraph, autogen-core: left out, {PYTHON} names no Python that has them \
                 (python3 -m venv FOLDER; FOLDER/bin/pip install langgraph autogen-core)"
            );
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for (name, module, script) in AGENTS {
            let there = Command::new(&python)
                .args(["-c", &format!("import {module}")])
                .stderr(Stdio::null())
                .status()
                .with_context(|| format!("starting the Python of {PYTHON}"))?;
            if !there.success() {
                println!(
                    "{name}: left out, that Python cannot import {module} (pip install {name})"
                );
                continue;
            }
            let mut program = Command::new(&python);
            program.arg(place::peers().join(script));
            found.push((name, Self::start(program, None)?));
        }
        Ok(found)
    }

    fn start(mut program: Command, folder: Option<tempfile::TempDir>) -> anyhow::Result<Self> {
        let mut child = program
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", program.get_program().display()))?;
        let asks = child.stdin.take();
        let answers = child.stdout.take().context("its output is a pipe")?;
        Ok(Self {
            child,
            asks,
            answers: BufReader::new(answers),
            _folder: folder,
        })
    }

    /// Has it do this, and reads the number.
    pub(super) fn ask(&mut self, what: &str) -> anyhow::Result<f64> {
        let asks = self.asks.as_mut().context("it is still asked")?;
        writeln!(asks, "{what}")?;
        asks.flush()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let number = answer.trim().parse();
        number.with_context(|| format!("asked for {what}, the peer said {answer:?}"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Both end at the end of their input.
        self.asks = None;
        let _ = self.child.wait();
    }
}
