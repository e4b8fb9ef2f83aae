//! Has a model write, and tells what comes as steps that every API can write down.
//!
//! Every answer stops as soon as its [`Answering`](llm::Answering) is dropped. It lives in the future
//! or the body that hyper drops when the client goes away, so nothing here needs to notice that.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::http::StatusCode;
use contract::model::EngineView;
use futures::StreamExt;
use futures::stream::{BoxStream, SelectAll, select_all};
use llm::{Answering, FinishReason, Generation, Happening, Model, ModelError, TokenLogprob, Usage};

use crate::door::Door;
use crate::loading;
use crate::problem::Problem;
use llm::tools::Call;
use llm::tools::{Bit, Reader};

/// Seconds after which a client may ask again when its answer was cut off.
const CUT_OFF_RETRY_S: u32 = 2;

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It said all.
    Stop,
    /// The stop text of this number came.
    StopText(u16),
    /// The most tokens, or the end of the context, was reached.
    Length,
    /// It calls tools.
    Calls,
}

/// What happens in one answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// The prompt is taken in.
    Began {
        /// Tokens of the prompt.
        prompt_tokens: u32,
        /// Of these, tokens that cost nothing.
        cached_tokens: u32,
    },
    /// Some more text.
    Text {
        text: String,
        logprobs: Vec<TokenLogprob>,
    },
    /// A call of the tool of this name begins.
    CallBegins(String),
    /// Some more of its arguments, as JSON text.
    Arguments(String),
    /// The call is whole.
    CallEnds,
    /// The end; nothing follows.
    Ended { end: End, usage: Usage },
    /// It broke; nothing follows.
    Failed(Problem),
}

/// Hears one answer, and finds the calls in it where tools were offered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ear {
    reader: Option<Reader>,
    calls: usize,
}

impl Ear {
    pub(crate) fn new(with_tools: bool) -> Self {
        Self {
            reader: with_tools.then(Reader::default),
            calls: 0,
        }
    }

    /// What a happening means.
    pub(crate) fn take(&mut self, happening: Happening) -> Vec<Step> {
        match happening {
            Happening::Started {
                prompt_tokens,
                cached_tokens,
            } => vec![Step::Began {
                prompt_tokens,
                cached_tokens,
            }],
            Happening::Piece { text, logprobs } => match &mut self.reader {
                None => vec![Step::Text { text, logprobs }],
                Some(reader) => {
                    let bits = reader.push(&text);
                    self.steps(bits)
                }
            },
            Happening::Finished {
                reason: FinishReason::Cancelled,
                ..
            } => vec![Step::Failed(cut_off())],
            Happening::Finished { reason, usage } => {
                let (bits, whole) = self
                    .reader
                    .as_mut()
                    .map(Reader::end)
                    .unwrap_or((vec![], true));
                let mut steps = self.steps(bits);
                let end = match reason {
                    FinishReason::Length => End::Length,
                    // A stop text within a call: as unfinished as one that became too long.
                    _ if !whole => End::Length,
                    _ if self.calls > 0 => End::Calls,
                    FinishReason::StopText(number) => End::StopText(number),
                    FinishReason::Stop | FinishReason::Cancelled => End::Stop,
                };
                steps.push(Step::Ended { end, usage });
                steps
            }
            Happening::Failed(error) => vec![Step::Failed(error.into())],
        }
    }

    fn steps(&mut self, bits: Vec<Bit>) -> Vec<Step> {
        bits.into_iter()
            .map(|bit| match bit {
                Bit::Text(text) => Step::Text {
                    text,
                    logprobs: Vec::new(),
                },
                Bit::CallBegins(name) => Step::CallBegins(name),
                Bit::Arguments(text) => Step::Arguments(text),
                Bit::CallEnds => {
                    self.calls += 1;
                    Step::CallEnds
                }
            })
            .collect()
    }
}

/// Answers that are being written, each happening with the index of its choice.
pub(crate) struct Running {
    first: Option<(usize, Happening)>,
    rest: SelectAll<BoxStream<'static, (usize, Happening)>>,
}

impl Running {
    pub(crate) async fn next(&mut self) -> Option<(usize, Happening)> {
        match self.first.take() {
            Some(first) => Some(first),
            None => self.rest.next().await,
        }
    }
}

/// Begins all answers and waits for the first happening, so that what is wrong with the request is
/// known before a response begins. There may be more answers than the engine takes at once: then some begin
/// when others have ended.
pub(crate) async fn begin(
    model: Arc<dyn Model>,
    generations: Vec<Generation>,
) -> Result<Running, Problem> {
    let all = generations.into_iter().enumerate();
    let mut rest = select_all(all.map(|(index, generation)| {
        let model = Arc::clone(&model);
        futures::stream::once(async move { model.generate(generation).await })
            .flat_map(happenings)
            .map(move |happening| (index, happening))
            .boxed()
    }));
    match rest.next().await {
        Some((_, Happening::Failed(error))) => Err(error.into()),
        Some(first) => Ok(Running {
            first: Some(first),
            rest,
        }),
        None => Err(cut_off()),
    }
}

/// What happens in an answer, or why it has not begun.
fn happenings(begun: Result<Answering, ModelError>) -> BoxStream<'static, Happening> {
    match begun {
        Ok(answering) => futures::stream::unfold(answering, |mut answering| async move {
            let happening = answering.next().await?;
            Some((happening, answering))
        })
        .boxed(),
        Err(error) => futures::stream::once(async { Happening::Failed(error) }).boxed(),
    }
}

/// One answer, step by step.
pub(crate) struct Single {
    running: Running,
    ear: Ear,
    steps: VecDeque<Step>,
    over: bool,
}

impl Single {
    /// Begins it. A schema that cannot be followed is told under the name of the tools.
    pub(crate) async fn begin(
        model: Arc<dyn Model>,
        generation: Generation,
        with_tools: bool,
    ) -> Result<Self, Problem> {
        let running = begin(model, vec![generation]).await;
        Ok(Self {
            running: running.map_err(|problem| problem.told_of_tools(with_tools))?,
            ear: Ear::new(with_tools),
            steps: VecDeque::new(),
            over: false,
        })
    }

    /// The next step; `None` after [`Step::Ended`] or [`Step::Failed`].
    pub(crate) async fn next(&mut self) -> Option<Step> {
        loop {
            if let Some(step) = self.steps.pop_front() {
                self.over = matches!(step, Step::Ended { .. } | Step::Failed(_));
                return Some(step);
            }
            if self.over {
                return None;
            }
            match self.running.next().await {
                Some((_, happening)) => self.steps.extend(self.ear.take(happening)),
                None => self.steps.push_back(Step::Failed(cut_off())),
            }
        }
    }

    /// Waits for all of it. `id` makes the ids of calls.
    pub(crate) async fn whole(mut self, id: impl Fn() -> String) -> Result<Whole, Problem> {
        let mut whole = Whole::default();
        while let Some(step) = self.next().await {
            match step {
                Step::Ended { end, usage } => {
                    whole.ended = Some((end, usage));
                    return Ok(whole);
                }
                Step::Failed(problem) => return Err(problem),
                other => whole.take(other, &id),
            }
        }
        Err(cut_off())
    }
}

/// An answer that was gathered.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Whole {
    pub(crate) text: String,
    pub(crate) logprobs: Vec<TokenLogprob>,
    pub(crate) calls: Vec<Call>,
    pub(crate) ended: Option<(End, Usage)>,
}

impl Whole {
    /// Takes in a step.
    pub(crate) fn take(&mut self, step: Step, id: &impl Fn() -> String) {
        match step {
            Step::Text { text, logprobs } => {
                self.text.push_str(&text);
                self.logprobs.extend(logprobs);
            }
            Step::CallBegins(name) => self.calls.push(Call {
                id: id(),
                name,
                arguments: String::new(),
            }),
            Step::Arguments(text) => {
                if let Some(call) = self.calls.last_mut() {
                    call.arguments.push_str(&text);
                }
            }
            Step::Ended { end, usage } => self.ended = Some((end, usage)),
            Step::Began { .. } | Step::CallEnds | Step::Failed(_) => {}
        }
    }
}

/// Counts for an answer that is streamed.
pub(crate) struct Clerk {
    door: Arc<Door>,
}

impl Clerk {
    pub(crate) fn new(door: &Arc<Door>) -> Self {
        Self {
            door: Arc::clone(door),
        }
    }

    /// Why an answer does not begin yet, in words.
    pub(crate) fn what_it_waits_for(&self) -> String {
        let engine = self.door.hall.engine();
        let words = loading::in_words(&engine).unwrap_or_else(|| {
            let words = match engine {
                EngineView::Asleep => "the model is about to be loaded",
                EngineView::Starting
                | EngineView::Loading { .. }
                | EngineView::Ready { .. }
                | EngineView::Failed { .. } => "others are answered first",
            };
            words.to_owned()
        });
        // It becomes one line, whatever the model is called.
        words.replace(char::is_control, " ")
    }

    pub(crate) fn answered(&self, usage: &Usage) {
        self.door.metrics.answered(usage);
    }
}

/// The answer ended before its end: the model was unloaded, or the hub closes.
pub(crate) fn cut_off() -> Problem {
    let message = "the answer was cut off, since the model was unloaded or HAI-Net is closing";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, message)
        .code("interrupted")
        .retry_after(CUT_OFF_RETRY_S)
}

/// A fresh id with this prefix, as clients see it.
pub(crate) fn fresh_id(prefix: &str) -> String {
    format!("{prefix}{}", hex(&rand::random::<[u8; 12]>()))
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
