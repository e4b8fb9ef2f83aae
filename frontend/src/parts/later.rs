//! Parts of the page that are loaded when they are first needed, so that a page that only answers is
//! smaller and starts sooner. Each is a file of WebAssembly of its own, beside the page; which functions
//! begin such a part says `wasm_split` in front of them.

use std::future::Future;

use contract::{Code, Fault};
use futures::FutureExt as _;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

use super::{FaultCard, Skeleton};

/// What a part draws, or that it could not be loaded.
pub(crate) type Part = Result<AnyView, SplitLoaderError>;

/// Whether a part can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Coming,
    There,
    Missing,
}

/// Draws a place of the page: at once where its part is there, else as soon as that has been loaded. One that
/// does not come says so and can be tried again.
pub(crate) fn later<L, D>(
    load: impl Fn() -> L + Copy + Send + Sync + 'static,
    draw: impl Fn() -> D + Send + 'static,
) -> AnyView
where
    L: Future<Output = Result<(), SplitLoaderError>>,
    D: Future<Output = Part>,
{
    part(load, draw, None)
}

/// Draws what stands over the page. Until its part has been loaded nothing is shown; `give_up` is told why it
/// does not come.
pub(crate) fn later_above<L, D>(
    load: impl Fn() -> L + Copy + Send + Sync + 'static,
    draw: impl Fn() -> D + Send + 'static,
    give_up: Callback<Fault>,
) -> AnyView
where
    L: Future<Output = Result<(), SplitLoaderError>>,
    D: Future<Output = Part>,
{
    part(load, draw, Some(give_up))
}

fn part<L, D>(
    load: impl Fn() -> L + Copy + Send + Sync + 'static,
    draw: impl Fn() -> D + Send + 'static,
    give_up: Option<Callback<Fault>>,
) -> AnyView
where
    L: Future<Output = Result<(), SplitLoaderError>>,
    D: Future<Output = Part>,
{
    let state = RwSignal::new(match load().now_or_never() {
        Some(Ok(())) => State::There,
        _ => State::Coming,
    });
    let fetch = move || {
        spawn_local(async move {
            let came = load().await.is_ok();
            match give_up.filter(|_| !came) {
                Some(give_up) => give_up.run(fault()),
                // Nobody waits for it where the person has gone elsewhere.
                None => drop(state.try_set(if came { State::There } else { State::Missing })),
            }
        });
    };
    if state.get_untracked() == State::Coming {
        fetch();
    }
    let again = Callback::new(move |()| {
        state.set(State::Coming);
        fetch();
    });
    (move || match state.get() {
        State::Coming if give_up.is_some() => ().into_any(),
        State::Coming => view! {
            <div class="column">
                <Skeleton />
            </div>
        }
        .into_any(),
        // What has been loaded draws without waiting.
        State::There => draw().now_or_never().and_then(Part::ok).into_any(),
        State::Missing => view! {
            <div class="column">
                <FaultCard fault=fault() again />
            </div>
        }
        .into_any(),
    })
    .into_any()
}

/// Why a part may not come: the hub that has the file is gone, or is of another version than the page.
fn fault() -> Fault {
    Fault::refused(Code::NoHub, "This part of the page could not be loaded.")
        .advising("Try again. If that does not help, reload the page.")
}
