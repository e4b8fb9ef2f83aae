//! Models on their way here, and the one that answers.

use contract::model::{CancelPull, PullModel, PullState, PullView};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::FaultCard;
use crate::app::App;
use crate::state::{Amounts, Reread};

/// Has this model answer when none is named.
pub(crate) fn choose_model(app: App, name: String) {
    spawn_local(async move {
        let changed = app
            .change("llm.model".to_owned(), Some(Value::from(name)))
            .await;
        if let Err(fault) = changed {
            app.tell_fault(&fault);
        }
        app.reread(Reread::Models);
    });
}

/// Downloads a model.
pub(crate) fn pull(app: App, source: String) {
    spawn_local(async move {
        match app
            .ask(PullModel {
                source,
                sha256: None,
            })
            .await
        {
            Ok(_) => app.reread(Reread::Models),
            Err(fault) => app.tell_fault(&app.heed(fault)),
        }
    });
}

/// One download with its progress.
pub(crate) fn download(app: App, download: PullView) -> AnyView {
    let words = app.words();
    let source = download.source.clone();
    let id = download.id;
    let again = {
        let source = source.clone();
        move || pull(app, source.clone())
    };
    let state = match download.state {
        PullState::Running {
            have,
            total,
            per_second,
        } => {
            let text = progress_words(app, have.0, total.map(|total| total.0), per_second.0);
            let label = text.clone();
            let (value, max) = (have.0.to_string(), total.map(|total| total.0.to_string()));
            view! {
                <p class="muted small">{text}</p>
                {match max {
                    Some(max) => {
                        view! { <progress max=max value=value aria-label=label></progress> }.into_any()
                    }
                    None => view! { <progress aria-label=label></progress> }.into_any(),
                }}
                <button
                    type="button"
                    aria-label=(words.pull_cancel_named)(&source)
                    on:click=move |_| {
                        spawn_local(async move {
                            if let Err(fault) = app.ask(CancelPull { pull: id }).await {
                                app.tell_fault(&app.heed(fault));
                            }
                        });
                    }
                >
                    {words.cancel}
                </button>
            }
            .into_any()
        }
        PullState::Done { model } => {
            view! { <p class="muted small">{(words.pull_done)(&model)}</p> }.into_any()
        }
        PullState::Cancelled => view! {
            <p class="muted small">{words.pull_cancelled}</p>
            <button type="button" on:click=move |_| again()>{words.pull_again}</button>
        }
        .into_any(),
        PullState::Failed { fault } => {
            view! { <FaultCard fault again=Callback::new(move |()| again()) /> }.into_any()
        }
    };
    view! {
        <li class="card download" data-testid="download">
            <div class="card-words">
                <p class="card-title">{download.source}</p>
                {state}
            </div>
        </li>
    }
    .into_any()
}

fn progress_words(app: App, have: u64, total: Option<u64>, per_second: u64) -> String {
    let words = app.words();
    let amounts = Amounts(words);
    let bytes = |count| amounts.bytes(base::ByteCount(count));
    let amount = match total {
        Some(total) => (words.pull_progress)(&bytes(have), &bytes(total), &bytes(per_second)),
        None => (words.pull_progress_open)(&bytes(have), &bytes(per_second)),
    };
    match amounts.left(have, total, per_second) {
        Some(left) => format!("{amount}, {}", (words.pull_left)(&left)),
        None => amount,
    }
}
