//! What went wrong, and what loads.

use contract::{Fault, FaultKind};
use leptos::prelude::*;

use super::{Icon, icon};
use crate::app::app;
use crate::words::fault_words;

/// What happened, what to do, details to copy, and one way on.
#[component]
pub(crate) fn FaultCard(
    /// What went wrong.
    fault: Fault,
    /// A heading, where the place does not say what failed.
    #[prop(optional, into)]
    title: String,
    /// Tries again, where that makes sense.
    #[prop(optional)]
    again: Option<Callback<()>>,
) -> impl IntoView {
    let app = app();
    let symbol = match fault.kind {
        FaultKind::Refused => Icon::Warning,
        FaultKind::Broken => Icon::Problem,
    };
    let class = match fault.kind {
        FaultKind::Refused => "fault refused",
        FaultKind::Broken => "fault",
    };
    let told = fault_words(&fault, app.language.get_untracked());
    let report = format!(
        "{}: {}\n{}",
        fault.code,
        fault.message,
        fault.details.clone().unwrap_or_default()
    );
    let details = fault.details.clone();
    // Without details all there is to copy can be read above.
    let can_copy = details.is_some();
    view! {
        <div class=class role="group" data-code=fault.code.name()>
            <span class="fault-icon">{icon(symbol)}</span>
            <div class="fault-words">
                {(!title.is_empty()).then(|| view! { <p class="fault-title">{title}</p> })}
                <p>{with_code(&told.message)}</p>
                <p class="muted">{with_code(&told.advice)}</p>
                {told
                    .original
                    .map(|original| {
                        view! { <p class="muted small" lang="en">{with_code(&original)}</p> }
                    })}
                {details
                    .map(|details| {
                        view! {
                            <details>
                                <summary>{move || app.words().details}</summary>
                                <pre tabindex="0">{details}</pre>
                            </details>
                        }
                    })}
                <div class="row">
                    {again
                        .map(|again| {
                            view! {
                                <button type="button" data-testid="retry" on:click=move |_| again.run(())>
                                    {icon(Icon::Again)}
                                    {move || app.words().try_again}
                                </button>
                            }
                        })}
                    {can_copy
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="quiet"
                                    on:click=move |_| app.copy(report.trim().to_owned())
                                >
                                    {icon(Icon::Copy)}
                                    {move || app.words().copy_details}
                                </button>
                            }
                        })}
                </div>
            </div>
        </div>
    }
}

/// Why what a person asked for was not done, read out when it appears.
#[component]
pub(crate) fn Refusal(
    /// Why; nothing while there is nothing to say.
    refusal: RwSignal<Option<Fault>>,
    /// A hook for tests.
    #[prop(optional)]
    hook: &'static str,
) -> impl IntoView {
    view! {
        <div role="alert" data-testid=(!hook.is_empty()).then_some(hook)>
            {move || refusal.get().map(|fault| view! { <FaultCard fault /> })}
        </div>
    }
}

/// Grey lines where something is about to stand; words after two seconds. When both appear is
/// decided by the style sheet.
#[component]
pub(crate) fn Skeleton() -> impl IntoView {
    let app = app();
    view! {
        <div class="skeleton" role="status">
            <span class="bar"></span>
            <span class="bar short"></span>
            <span class="bar"></span>
            <p class="late muted">{move || app.words().loading}</p>
        </div>
    }
}

/// Words with names between backticks, which are shown as code.
pub(crate) fn with_code(text: &str) -> AnyView {
    let pieces = text.split('`').enumerate().map(|(place, piece)| {
        let piece = piece.to_owned();
        if place % 2 == 1 {
            view! { <code>{piece}</code> }.into_any()
        } else {
            piece.into_any()
        }
    });
    pieces.collect_view().into_any()
}
