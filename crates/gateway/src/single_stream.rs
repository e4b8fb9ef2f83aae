//! Streams one answer, as server-sent events or as lines; each API brings the writer of its own.

use std::collections::VecDeque;
use std::convert::Infallible;

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

use crate::answering::{Single, Step, cut_off};
use crate::openai::stream::{HEAD_PATIENCE, HEARTBEAT};
use crate::problem::Problem;

/// An answer that is about to begin.
pub(crate) type Beginning = BoxFuture<'static, Result<Single, Problem>>;

/// Turns steps into what is sent.
pub(crate) trait Writer: Send + 'static {
    /// What is sent at once: an event, or a line.
    type Item: Send + 'static;
    /// Takes in a step. What has to be on disk before it is told is written here.
    fn take(&mut self, step: Step) -> impl Future<Output = ()> + Send;
    /// What waits to be sent.
    fn items(&mut self) -> &mut VecDeque<Self::Item>;
}

enum Phase {
    Beginning(Beginning),
    Running(Box<Single>),
    Over,
}

/// Begins a response of server-sent events.
pub(crate) async fn respond_with_events<W: Writer<Item = Event>>(
    beginning: Beginning,
    writer: W,
) -> Result<Response, Problem> {
    let (waits, events) = flow(beginning, writer).await?;
    let waiting = waits.then(|| Event::default().comment("the model is being loaded"));
    let events = futures::stream::iter(waiting).chain(events);
    Ok(Sse::new(events.map(Ok::<_, Infallible>))
        .keep_alive(KeepAlive::new().interval(HEARTBEAT))
        .into_response())
}

/// Begins a response of lines of JSON.
pub(crate) async fn respond_with_lines<W: Writer<Item = String>>(
    beginning: Beginning,
    writer: W,
) -> Result<Response, Problem> {
    let (_, lines) = flow(beginning, writer).await?;
    let body = Body::from_stream(lines.map(|line| Ok::<_, Infallible>(line + "\n")));
    let kind = HeaderValue::from_static("application/x-ndjson");
    Ok(([(CONTENT_TYPE, kind)], body).into_response())
}

/// Begins an answer. What goes wrong before the first step is told at once, unless that takes longer
/// than [`HEAD_PATIENCE`]; whether it does comes back too.
async fn flow<W: Writer>(
    mut beginning: Beginning,
    writer: W,
) -> Result<(bool, BoxStream<'static, W::Item>), Problem> {
    let phase = match tokio::time::timeout(HEAD_PATIENCE, &mut beginning).await {
        Ok(begun) => Phase::Running(Box::new(begun?)),
        Err(_) => Phase::Beginning(beginning),
    };
    let waits = matches!(phase, Phase::Beginning(_));
    let items = futures::stream::unfold((phase, writer), |(mut phase, mut writer)| async {
        loop {
            if let Some(item) = writer.items().pop_front() {
                return Some((item, (phase, writer)));
            }
            match &mut phase {
                Phase::Over => return None,
                Phase::Beginning(beginning) => match beginning.await {
                    Ok(single) => phase = Phase::Running(Box::new(single)),
                    Err(problem) => {
                        writer.take(Step::Failed(problem)).await;
                        phase = Phase::Over;
                    }
                },
                Phase::Running(single) => {
                    let step = single.next().await;
                    let step = step.unwrap_or_else(|| Step::Failed(cut_off()));
                    let last = matches!(step, Step::Ended { .. } | Step::Failed(_));
                    writer.take(step).await;
                    if last {
                        phase = Phase::Over;
                    }
                }
            }
        }
    });
    Ok((waits, items.boxed()))
}
