//! Writes an answer as server-sent events, as the OpenAI API does.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use futures::future::BoxFuture;
use llm::{Happening, Usage};
use serde_json::Value;

use super::answers::CALL_PREFIX;
use super::paper::Paper;
use crate::answering::{Clerk, Ear, Running, Step, cut_off, fresh_id};
use crate::problem::Problem;

/// How long the first happening may take before the response begins without it.
///
/// Until then an error still gets a status of its own; after it the client hears comments, so that
/// neither it nor a proxy takes the loading of a large model for a dead connection.
pub(crate) const HEAD_PATIENCE: Duration = Duration::from_secs(3);

/// How often a comment is sent while no token comes.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(5);

/// What ends every stream that ended well.
const DONE: &str = "[DONE]";

type Beginning = BoxFuture<'static, Result<Running, Problem>>;

/// Begins a streamed response.
pub(crate) async fn respond(
    mut beginning: Beginning,
    paper: Paper,
    ears: Vec<Ear>,
    clerk: Clerk,
) -> Result<Response, Problem> {
    let phase = match tokio::time::timeout(HEAD_PATIENCE, &mut beginning).await {
        Ok(begun) => Phase::Running(begun?),
        Err(_) => Phase::Beginning(beginning),
    };
    let waiting = matches!(phase, Phase::Beginning(_))
        .then(|| Ok(Event::default().comment(clerk.what_it_waits_for())));
    let flow = Flow {
        phase,
        script: Script::new(paper, ears, clerk),
    };
    let events = futures::stream::unfold(flow, |mut flow| async {
        let event = flow.next().await?;
        Some((Ok::<_, Infallible>(Event::default().data(event)), flow))
    });
    let events = futures::stream::iter(waiting).chain(events);
    Ok(Sse::new(events)
        .keep_alive(KeepAlive::new().interval(HEARTBEAT))
        .into_response())
}

enum Phase {
    Beginning(Beginning),
    Running(Running),
    Over,
}

struct Flow {
    phase: Phase,
    script: Script,
}

impl Flow {
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some(event) = self.script.events.pop_front() {
                return Some(event);
            }
            if self.script.over {
                // The answers stop here, also those of other choices after an error.
                self.phase = Phase::Over;
            }
            match &mut self.phase {
                Phase::Over => return None,
                Phase::Beginning(beginning) => match beginning.await {
                    Ok(running) => self.phase = Phase::Running(running),
                    Err(problem) => self.script.fail(&problem),
                },
                Phase::Running(running) => match running.next().await {
                    Some((index, happening)) => self.script.hear(index, happening),
                    None => self.script.fail(&cut_off()),
                },
            }
        }
    }
}

/// Turns happenings into the texts of events.
struct Script {
    paper: Paper,
    clerk: Clerk,
    choices: Vec<Progress>,
    events: VecDeque<String>,
    over: bool,
}

#[derive(Debug, Clone, Default)]
struct Progress {
    ear: Ear,
    opened: bool,
    written_chars: usize,
    calls: usize,
    usage: Option<Usage>,
}

impl Script {
    fn new(paper: Paper, ears: Vec<Ear>, clerk: Clerk) -> Self {
        let choices = ears
            .into_iter()
            .map(|ear| Progress {
                ear,
                ..Progress::default()
            })
            .collect();
        Self {
            paper,
            clerk,
            choices,
            events: VecDeque::new(),
            over: false,
        }
    }

    fn hear(&mut self, index: usize, happening: Happening) {
        for step in self.choices[index].ear.take(happening) {
            self.take(index, step);
        }
    }

    fn take(&mut self, index: usize, step: Step) {
        match step {
            Step::Began { .. } => self.open(index),
            Step::Text { text, logprobs } => {
                self.open(index);
                let written = self.choices[index].written_chars;
                self.push(&self.paper.piece(index, written, &text, &logprobs));
                self.choices[index].written_chars += text.chars().count();
            }
            Step::CallBegins(name) => {
                self.open(index);
                let number = self.choices[index].calls;
                let id = fresh_id(CALL_PREFIX);
                self.push(&self.paper.call_opening(index, number, &id, &name));
                self.choices[index].calls += 1;
            }
            Step::Arguments(text) => {
                let number = self.choices[index].calls.saturating_sub(1);
                self.push(&self.paper.call_piece(index, number, &text));
            }
            Step::CallEnds => {}
            Step::Ended { end, usage } => {
                self.open(index);
                self.push(&self.paper.finish(index, end));
                self.clerk.answered(&usage);
                self.choices[index].usage = Some(usage);
                self.end_if_all_ended();
            }
            Step::Failed(problem) => self.fail(&problem),
        }
    }

    fn open(&mut self, index: usize) {
        if !std::mem::replace(&mut self.choices[index].opened, true)
            && let Some(opening) = self.paper.opening(index)
        {
            self.push(&opening);
        }
    }

    fn end_if_all_ended(&mut self) {
        let usages: Option<Vec<Usage>> = self.choices.iter().map(|choice| choice.usage).collect();
        if let Some(usages) = usages {
            if let Some(usage) = self.paper.usage(&usages) {
                self.push(&usage);
            }
            self.events.push_back(DONE.to_owned());
            self.over = true;
        }
    }

    fn fail(&mut self, problem: &Problem) {
        self.push(&problem.object());
        self.over = true;
    }

    fn push(&mut self, event: &Value) {
        self.events.push_back(event.to_string());
    }
}
