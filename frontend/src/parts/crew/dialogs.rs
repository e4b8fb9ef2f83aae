//! What an agent did, step by step; and an answer in its place.

use base::AgentId;
use contract::Fault;
use contract::agent::{AgentDetail, ShowAgent, StepView, TakeOverAgent};
use contract::conversation::MESSAGE_CHARS_MAX;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::{Dialog, FaultCard, Refusal, Skeleton};
use crate::app::{App, app};
use crate::clock;

fn close(app: App) {
    app.overlay.set(None);
}

/// What an agent did. While it works, it is read again.
#[component]
pub(in crate::parts) fn StepsDialog(agent: AgentId) -> impl IntoView {
    let app = app();
    let found = RwSignal::new(None::<Result<AgentDetail, Fault>>);
    let read = move || {
        spawn_local(async move {
            let answer = app.ask(ShowAgent { agent }).await;
            // The dialog may be closed by then.
            found.try_set(Some(answer.map_err(|fault| app.heed(fault))));
        });
    };
    let progress = Memo::new(move |_| {
        app.crew.with(|crew| {
            let agent = crew.agent(agent)?;
            Some((agent.steps, agent.calls, agent.state))
        })
    });
    Effect::new(move |_| {
        progress.track();
        read();
    });
    let again = Callback::new(move |()| read());
    view! {
        <Dialog
            title=Signal::derive(move || app.words().acts.steps_title.to_owned())
            close=move || close(app)
            class="wide"
        >
            <div data-testid="steps">
                {move || match found.get() {
                    None => view! { <Skeleton /> }.into_any(),
                    Some(Err(fault)) => view! { <FaultCard fault again /> }.into_any(),
                    Some(Ok(detail)) => steps(app, detail),
                }}
            </div>
        </Dialog>
    }
}

fn steps(app: App, detail: AgentDetail) -> AnyView {
    let words = app.words();
    let acts = words.acts;
    let state = format!(
        "{} · {}",
        acts.level(detail.agent.level),
        super::state_words(words, &detail.agent)
    );
    if detail.steps.is_empty() {
        return view! {
            <p class="muted small">{state}</p>
            <p>{acts.steps_none}</p>
        }
        .into_any();
    }
    let language = app.language.get();
    let line = |step: StepView| {
        view! {
            <li class="step">
                <p class="small muted">
                    {acts.step(step.kind)} " · " {clock::exact(step.at, language)}
                </p>
                <p class="step-text">{step.text}</p>
            </li>
        }
    };
    view! {
        <p>{detail.agent.task}</p>
        <p class="muted small">{state}</p>
        <ol class="steps-list">{detail.steps.into_iter().map(line).collect_view()}</ol>
    }
    .into_any()
}

/// Asks for the answer that goes on in place of the agent's.
#[component]
pub(in crate::parts) fn TakeOverDialog(agent: AgentId) -> impl IntoView {
    let app = app();
    let field = NodeRef::<html::Textarea>::new();
    let busy = RwSignal::new(false);
    let refusal = RwSignal::new(None::<Fault>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let text = field.get_untracked().map(|field| field.value());
        let text = text.unwrap_or_default();
        if text.trim().is_empty() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        refusal.set(None);
        spawn_local(async move {
            match app.ask(TakeOverAgent { agent, text }).await {
                Ok(_) => {
                    close(app);
                    app.tell(app.words_now().acts.take_over_done);
                }
                Err(fault) => {
                    busy.try_set(false);
                    refusal.try_set(Some(app.heed(fault)));
                }
            }
        });
    };
    view! {
        <Dialog
            title=Signal::derive(move || app.words().acts.take_over_title.to_owned())
            close=move || close(app)
        >
            <form on:submit=submit>
                <p>{move || app.words().acts.take_over_about}</p>
                <label class="field">
                    <span>{move || app.words().acts.take_over_label}</span>
                    <textarea
                        node_ref=field
                        rows="5"
                        required
                        autofocus
                        data-testid="take-over-text"
                        maxlength=MESSAGE_CHARS_MAX.to_string()
                    ></textarea>
                </label>
                <Refusal refusal />
                <div class="row end">
                    <button type="button" on:click=move |_| close(app)>
                        {move || app.words().cancel}
                    </button>
                    <button
                        type="submit"
                        class="primary"
                        data-testid="take-over-send"
                        disabled=move || busy.get()
                    >
                        {move || app.words().acts.take_over}
                    </button>
                </div>
            </form>
        </Dialog>
    }
}
