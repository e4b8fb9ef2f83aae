//! Has a model write the choices of a request at the same time, and gathers them or passes them on.

use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use contract::token::Scope;
use futures::FutureExt;
use llm::Generation;

use super::paper::{Kind, Manner, Paper};
use super::stream;
use crate::answering::{Clerk, Ear, Running, Step, Whole, begin, cut_off, fresh_id};
use crate::door::Door;
use crate::guard::ApiCaller;
use crate::problem::Problem;

/// What the ids of calls begin with.
pub(crate) const CALL_PREFIX: &str = "call_";

/// What a request wants to be written.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) model: Option<String>,
    pub(crate) generations: Vec<Generation>,
    pub(crate) choices_per_prompt: u32,
    pub(crate) stream: bool,
    pub(crate) include_usage: bool,
    pub(crate) kind: Kind,
    /// Whether answers may hold calls of tools.
    pub(crate) with_tools: bool,
}

/// Answers a request for completions.
pub(crate) async fn give(
    door: &Arc<Door>,
    caller: ApiCaller,
    wanted: Wanted,
) -> Result<Response, Problem> {
    let count = wanted.generations.len();
    door.let_in(caller, Scope::Chat).await?;
    let model = door.model(wanted.model.as_deref(), caller).await?;
    let with_tools = wanted.with_tools;
    let manner = Manner {
        kind: wanted.kind,
        asked_model: wanted.model,
        logprobs: wanted.generations.iter().any(|one| one.logprobs.is_some()),
        choices_per_prompt: wanted.choices_per_prompt,
        include_usage: wanted.include_usage,
    };
    let paper = Paper::new(manner, model.as_ref());
    let is_embedded = model.is_embedded();
    let beginning = begin(model, wanted.generations)
        .map(move |begun| begun.map_err(|problem| problem.told_of_tools(with_tools)))
        .boxed();
    let ears = vec![Ear::new(with_tools); count];
    if wanted.stream {
        let clerk = Clerk::new(door);
        return stream::respond(beginning, paper, ears, clerk).await;
    }
    let running = door.unless_loading(is_embedded, beginning).await?;
    let choices = gather(running, ears).await?;
    for (_, usage) in choices.iter().filter_map(|choice| choice.ended) {
        door.metrics.answered(&usage);
    }
    Ok(Json(paper.whole(&choices)).into_response())
}

/// Waits for all choices.
async fn gather(mut running: Running, mut ears: Vec<Ear>) -> Result<Vec<Whole>, Problem> {
    let mut choices = vec![Whole::default(); ears.len()];
    while let Some((index, happening)) = running.next().await {
        for step in ears[index].take(happening) {
            match step {
                Step::Failed(problem) => return Err(problem),
                other => choices[index].take(other, &|| fresh_id(CALL_PREFIX)),
            }
        }
    }
    if choices.iter().all(|choice| choice.ended.is_some()) {
        Ok(choices)
    } else {
        Err(cut_off())
    }
}
