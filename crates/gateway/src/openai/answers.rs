//! Has a model write the choices of a request at the same time, and gathers them or passes them on.
//!
//! Every answer stops as soon as its [`Answering`](llm::Answering) is dropped. It lives in the future
//! or the body that hyper drops when the client goes away, so nothing here needs to notice that.

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::future::try_join_all;
use futures::stream::{BoxStream, SelectAll, select_all};
use futures::{FutureExt, StreamExt};
use llm::{FinishReason, Generation, Happening, Model, Usage};

use super::paper::{Choice, Kind, Manner, Paper};
use super::stream;
use crate::crowd::Places;
use crate::door::Door;
use crate::guard::ApiCaller;
use crate::problem::Problem;

/// Seconds after which a client may ask again when its answer was cut off.
const CUT_OFF_RETRY_S: u32 = 2;

/// What a request wants to be written.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) model: Option<String>,
    pub(crate) generations: Vec<Generation>,
    pub(crate) choices_per_prompt: u32,
    pub(crate) stream: bool,
    pub(crate) include_usage: bool,
    pub(crate) kind: Kind,
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

/// Counts for an answer that is streamed, and holds its places until it ends.
pub(crate) struct Clerk {
    door: Arc<Door>,
    _places: Places,
}

impl Clerk {
    pub(crate) fn answered(&self, usage: &Usage) {
        self.door.metrics.answered(usage);
    }
}

/// Answers a request for completions.
pub(crate) async fn give(
    door: &Arc<Door>,
    caller: ApiCaller,
    wanted: Wanted,
) -> Result<Response, Problem> {
    let count = wanted.generations.len();
    let places = door.crowd.enter(caller.token, count)?;
    let model = door.hall.model(wanted.model.as_deref()).await?;
    let manner = Manner {
        kind: wanted.kind,
        asked_model: wanted.model,
        logprobs: wanted.generations.iter().any(|one| one.logprobs.is_some()),
        choices_per_prompt: wanted.choices_per_prompt,
        include_usage: wanted.include_usage,
    };
    let paper = Paper::new(manner, model.as_ref(), &door.hall.backend());
    let beginning = begin(model, wanted.generations).boxed();
    if wanted.stream {
        let clerk = Clerk {
            door: Arc::clone(door),
            _places: places,
        };
        return stream::respond(beginning, paper, count, clerk).await;
    }
    let choices = gather(beginning.await?, count).await?;
    for (_, usage) in choices.iter().filter_map(|choice| choice.end) {
        door.metrics.answered(&usage);
    }
    Ok(Json(paper.whole(&choices)).into_response())
}

/// Begins all answers and waits for the first happening, so that what is wrong with the request is
/// known before a response begins.
async fn begin(model: Arc<dyn Model>, generations: Vec<Generation>) -> Result<Running, Problem> {
    let answerings = try_join_all(generations.into_iter().map(|one| model.generate(one))).await?;
    let mut rest = select_all(
        answerings
            .into_iter()
            .enumerate()
            .map(|(index, answering)| {
                futures::stream::unfold(answering, move |mut answering| async move {
                    answering
                        .next()
                        .await
                        .map(|happening| ((index, happening), answering))
                })
                .boxed()
            }),
    );
    match rest.next().await {
        Some((_, Happening::Failed(error))) => Err(error.into()),
        Some(first) => Ok(Running {
            first: Some(first),
            rest,
        }),
        None => Err(cut_off()),
    }
}

/// Waits for all choices.
async fn gather(mut running: Running, count: usize) -> Result<Vec<Choice>, Problem> {
    let mut choices = vec![Choice::default(); count];
    while let Some((index, happening)) = running.next().await {
        let choice = &mut choices[index];
        match happening {
            Happening::Started { .. } => {}
            Happening::Piece { text, logprobs } => {
                choice.text.push_str(&text);
                choice.logprobs.extend(logprobs);
            }
            Happening::Finished {
                reason: FinishReason::Cancelled,
                ..
            } => return Err(cut_off()),
            Happening::Finished { reason, usage } => choice.end = Some((reason, usage)),
            Happening::Failed(error) => return Err(error.into()),
        }
    }
    if choices.iter().all(|choice| choice.end.is_some()) {
        Ok(choices)
    } else {
        Err(cut_off())
    }
}

/// The answer ended before its end: the model was unloaded, or the hub closes.
pub(crate) fn cut_off() -> Problem {
    let message = "the answer was cut off, since the model was unloaded or HAI-Net is closing";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, message)
        .code("interrupted")
        .retry_after(CUT_OFF_RETRY_S)
}
