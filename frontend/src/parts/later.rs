//! Parts of the page that are loaded when they are first needed, so that a page that only answers is
//! smaller and starts sooner. Each is a file of WebAssembly of its own, beside the page; which functions
//! begin such a part says `wasm_split` in front of them.

use std::future::Future;

use contract::{Code, Fault};
use futures::FutureExt as _;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

use super::FaultCard;
use crate::app::app;

/// What a part draws, or that it could not be loaded.
pub(crate) type Part = Result<AnyView, SplitLoaderError>;

/// Whether a part can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Coming,
    There,
    Missing,
}

/// Draws a part of the page: at once where it is there, else as soon as it has been loaded. One that does not
/// come says so and can be tried again.
pub(crate) fn later<L, D>(
    load: impl Fn() -> L + Copy + Send + Sync + 'static,
    draw: impl Fn() -> D + Send + 'static,
) -> AnyView
where
    L: Future<Output = Result<(), SplitLoaderError>>,
    D: Future<Output = Part>,
{
    let app = app();
    let state = RwSignal::new(match load().now_or_never() {
        Some(Ok(())) => State::There,
        _ => State::Coming,
    });
    let fetch = move || {
        spawn_local(async move {
            let came = load().await.is_ok();
            // Nobody waits for it where the person has gone elsewhere.
            state.try_set(if came { State::There } else { State::Missing });
        });
    };
    if state.get_untracked() == State::Coming {
        fetch();
    }
    let again = Callback::new(move |()| {
        state.set(State::Coming);
        fetch();
    });
    let missing = move || view! { <FaultCard fault=fault() again /> }.into_any();
    (move || match state.get() {
        State::Coming => view! {
            <p class="muted late" role="status">
                {app.words().loading}
            </p>
        }
        .into_any(),
        // What has been loaded draws without waiting.
        State::There => draw()
            .now_or_never()
            .and_then(Part::ok)
            .unwrap_or_else(missing),
        State::Missing => missing(),
    })
    .into_any()
}

/// Why a part may not come: the hub that has the file is gone, or is of another version than the page.
fn fault() -> Fault {
    Fault::refused(Code::NoHub, "This part of the page could not be loaded.")
        .advising("Try again. If that does not help, reload the page.")
}
