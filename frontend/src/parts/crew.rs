//! The living tree of agents: who does what at what cost, and what a person may do about it.

mod dialogs;

use std::collections::HashSet;

use base::AgentId;
use contract::agent::{AgentState, AgentView, CancelAgent, PauseAgent, ResumeAgent};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

pub(super) use self::dialogs::{StepsDialog, TakeOverDialog};
use super::{Icon, icon};
use crate::app::{App, Overlay, app};
use crate::page;
use crate::state::{AGENTS_DRAWN_MAX, Amounts, Branch, Step, Thread, seen, step};
use crate::words::Words;

/// The deepest level that is moved further in; deeper ones would leave no room for words.
const INDENTED_MAX: usize = 6;

/// The agents of the shown conversation, while they work and for the answer that is shown.
#[component]
pub(crate) fn CrewTree() -> impl IntoView {
    let app = app();
    let answer = Memo::new(move |_| {
        app.thread
            .with(|thread| thread.last_answer().map(|message| message.id))
    });
    let tree = Memo::new(move |_| app.crew.with(|crew| crew.tree(answer.get())));
    let at_work = Memo::new(move |_| tree.with(|tree| app.crew.with(|crew| crew.at_work(tree))));
    let is_any = Memo::new(move |_| tree.with(|tree| !tree.is_empty()));
    let of = Memo::new(move |_| app.thread.with(Thread::id));
    // What the person pressed; it holds until work begins or ends, or another conversation is shown.
    let pressed = RwSignal::new(None::<bool>);
    Effect::new(move |_| {
        at_work.track();
        of.track();
        pressed.set(None);
    });
    let is_open = Memo::new(move |_| pressed.get().unwrap_or(at_work.get()));
    let title = move || {
        let count = app.crew.with(|crew| {
            tree.with(|tree| {
                let agents = tree.iter().filter_map(|branch| crew.agent(branch.id));
                let counted = agents.filter(|agent| !at_work.get() || !agent.state.is_end());
                counted.count() as u64
            })
        });
        let acts = app.words().acts;
        if at_work.get() {
            (acts.crew_at_work)(count)
        } else {
            (acts.crew_done)(count)
        }
    };
    let hint = move || {
        let acts = app.words().acts;
        if is_open.get() {
            acts.crew_hide
        } else {
            acts.crew_show
        }
    };
    view! {
        <Show when=move || is_any.get()>
            <section class="crew" aria-label=move || app.words().acts.crew data-testid="crew">
                <button
                    type="button"
                    class="quiet crew-head"
                    data-testid="crew-toggle"
                    aria-expanded=move || is_open.get().to_string()
                    title=hint
                    on:click=move |_| pressed.set(Some(!is_open.get_untracked()))
                >
                    {icon(Icon::Person)}
                    <span>{title}</span>
                    {move || icon(if is_open.get() { Icon::Down } else { Icon::Right })}
                </button>
                <Show when=move || is_open.get()>
                    <Tree tree />
                </Show>
            </section>
        </Show>
    }
}

#[component]
fn Tree(tree: Memo<Vec<Branch>>) -> impl IntoView {
    let app = app();
    let closed = RwSignal::new(HashSet::<AgentId>::new());
    let wanted = RwSignal::new(None::<AgentId>);
    let rows = Memo::new(move |_| {
        let mut rows = tree.with(|tree| closed.with(|closed| seen(tree, closed)));
        let over = rows.len().saturating_sub(AGENTS_DRAWN_MAX);
        rows.truncate(AGENTS_DRAWN_MAX);
        (rows, over as u64)
    });
    let here = Memo::new(move |_| {
        rows.with(|(rows, _)| {
            let wanted = rows.iter().find(|row| Some(row.id) == wanted.get());
            wanted.or(rows.first()).map(|row| row.id)
        })
    });
    let on_key = move |event: KeyboardEvent| {
        let Some(at) = here.get_untracked() else {
            return;
        };
        let taken = rows.with_untracked(|(rows, _)| {
            closed.with_untracked(|closed| step(rows, closed, at, &event.key()))
        });
        let Some(taken) = taken else { return };
        event.prevent_default();
        match taken {
            Step::To(id) => {
                wanted.set(Some(id));
                page::focus(&format!("#agent-{id}"));
            }
            Step::Open(id) => closed.update(|closed| {
                closed.remove(&id);
            }),
            Step::Close(id) => closed.update(|closed| {
                closed.insert(id);
            }),
        }
    };
    view! {
        <div
            class="crew-tree"
            role="tree"
            aria-label=move || app.words().acts.crew
            on:keydown=on_key
        >
            <For each=move || rows.with(|(rows, _)| rows.clone()) key=|row| *row let:row>
                <Row row closed here wanted />
            </For>
        </div>
        {move || {
            let over = rows.with(|(_, over)| *over);
            (over > 0)
                .then(|| view! { <p class="muted small">{(app.words().acts.crew_more)(over)}</p> })
        }}
        <Verbs here />
    }
}

#[component]
fn Row(
    row: Branch,
    closed: RwSignal<HashSet<AgentId>>,
    here: Memo<Option<AgentId>>,
    wanted: RwSignal<Option<AgentId>>,
) -> impl IntoView {
    let app = app();
    let id = row.id;
    let agent = Memo::new(move |_| app.crew.with(|crew| crew.agent(id).cloned()));
    let is_here = move || here.get() == Some(id);
    let expanded = move || {
        row.has_children
            .then(|| (!closed.with(|closed| closed.contains(&id))).to_string())
    };
    let state = move || agent.with(|agent| agent.as_ref().map(|it| state_name(it.state)));
    view! {
        <div
            class="crew-row"
            role="treeitem"
            id=format!("agent-{id}")
            data-testid="agent"
            data-depth=row.level.min(INDENTED_MAX).to_string()
            data-state=state
            attr:aria-level=row.level.to_string()
            aria-posinset=row.place.to_string()
            aria-setsize=row.beside.to_string()
            aria-selected=move || is_here().to_string()
            aria-expanded=expanded
            tabindex=move || if is_here() { "0" } else { "-1" }
            on:click=move |_| wanted.set(Some(id))
            on:focus=move |_| wanted.set(Some(id))
        >
            {move || agent.with(|agent| agent.as_ref().map(|agent| words_of(app, agent)))}
        </div>
    }
}

/// Level, task, state and budget of an agent.
fn words_of(app: App, agent: &AgentView) -> AnyView {
    let words = app.words();
    let budget = &agent.budget;
    let bar = |name: &'static str, used: u64, all: u64, figures: String| {
        (all > 0).then(|| {
            view! {
                <span class="crew-budget">
                    <progress
                        max=all.to_string()
                        value=used.min(all).to_string()
                        aria-label=name
                        aria-valuetext=figures.clone()
                    ></progress>
                    <span class="small muted">{figures.clone()}</span>
                </span>
            }
        })
    };
    let [tokens, time] = budget_words(words, agent);
    view! {
        <span class="crew-level small">{words.acts.level(agent.level)}</span>
        <span class="crew-task">{agent.task.clone()}</span>
        <span class="crew-state small">
            {icon(symbol(agent.state))}
            {state_words(words, agent)}
        </span>
        <span class="crew-budgets">
            {bar(words.acts.budget_tokens_name, budget.tokens_used, budget.tokens, tokens)}
            {bar(words.acts.budget_time_name, budget.wall_ms_used, budget.wall_ms, time)}
        </span>
    }
    .into_any()
}

/// What an agent does, and why where that is known.
fn state_words(words: &Words, agent: &AgentView) -> String {
    let state = words.acts.state(agent.state);
    if agent.reason.trim().is_empty() {
        state.to_owned()
    } else {
        format!("{state}: {}", agent.reason)
    }
}

/// What an agent has used of its tokens and of its time.
fn budget_words(words: &'static Words, agent: &AgentView) -> [String; 2] {
    let amounts = Amounts(words);
    let budget = &agent.budget;
    [
        (words.acts.budget_tokens)(&budget.tokens_used.to_string(), &budget.tokens.to_string()),
        (words.acts.budget_time)(
            &amounts.span(budget.wall_ms_used),
            &amounts.span(budget.wall_ms),
        ),
    ]
}

fn symbol(state: AgentState) -> Icon {
    match state {
        AgentState::Created => Icon::Info,
        AgentState::Planning | AgentState::Working => Icon::Play,
        AgentState::WaitingForApproval => Icon::Warning,
        AgentState::Paused => Icon::Pause,
        AgentState::Done => Icon::Check,
        AgentState::Failed => Icon::Problem,
        AgentState::Cancelled => Icon::Close,
    }
}

/// The name of a state for tests and styles.
fn state_name(state: AgentState) -> &'static str {
    match state {
        AgentState::Created => "created",
        AgentState::Planning => "planning",
        AgentState::Working => "working",
        AgentState::WaitingForApproval => "waiting_for_approval",
        AgentState::Paused => "paused",
        AgentState::Done => "done",
        AgentState::Failed => "failed",
        AgentState::Cancelled => "cancelled",
    }
}

/// What can be done with the agent that is chosen in the tree.
#[component]
fn Verbs(here: Memo<Option<AgentId>>) -> impl IntoView {
    let app = app();
    // Only what decides about the verbs: figures change all the time.
    let chosen = Memo::new(move |_| {
        app.crew.with(|crew| {
            let agent = crew.agent(here.get()?)?;
            Some((agent.id, agent.state, agent.task.clone()))
        })
    });
    let figures = move || {
        let words = app.words();
        app.crew.with(|crew| {
            let agent = crew.agent(here.get()?)?;
            let steps = (words.acts.steps)(u64::from(agent.steps));
            let calls = (words.acts.calls)(u64::from(agent.calls));
            Some((words.acts.steps_and_calls)(&steps, &calls))
        })
    };
    view! {
        {move || chosen.get().map(|(id, state, task)| verbs(app, id, state, &task))}
        <p class="muted small crew-figures">{figures}</p>
    }
}

fn verbs(app: App, agent: AgentId, state: AgentState, task: &str) -> AnyView {
    let words = app.words();
    let acts = words.acts;
    let title = (acts.chosen_agent)(task);
    let goes_on = (!state.is_end()).then(|| {
        let pause = if state == AgentState::Paused {
            view! {
                <button
                    type="button"
                    data-testid="agent-resume"
                    on:click=move |_| app.tend(ResumeAgent { agent })
                >
                    {icon(Icon::Play)}
                    {acts.resume}
                </button>
            }
            .into_any()
        } else {
            view! {
                <button
                    type="button"
                    data-testid="agent-pause"
                    on:click=move |_| app.tend(PauseAgent { agent })
                >
                    {icon(Icon::Pause)}
                    {acts.pause}
                </button>
            }
            .into_any()
        };
        view! {
            {pause}
            <button
                type="button"
                data-testid="agent-cancel"
                on:click=move |_| app.tend(CancelAgent { agent })
            >
                {icon(Icon::Stop)}
                {acts.cancel}
            </button>
            <button
                type="button"
                data-testid="agent-take-over"
                on:click=move |_| app.overlay.set(Some(Overlay::TakeOver(agent)))
            >
                {icon(Icon::Pencil)}
                {acts.take_over}
            </button>
        }
    });
    view! {
        <div class="row crew-verbs" role="group" aria-label=title.clone()>
            <span class="small muted crew-chosen">{title.clone()}</span>
            {goes_on}
            <button
                type="button"
                data-testid="agent-steps"
                on:click=move |_| app.show_steps(agent)
            >
                {icon(Icon::Logs)}
                {acts.show_steps}
            </button>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::agent;
    use crate::words::Language;

    #[test]
    fn agent_says_its_state_with_the_reason_and_its_budget_with_figures() {
        let words = Language::English.words();
        let mut one = agent(1, None, AgentState::Failed);
        one.reason = "its time was up".to_owned();
        one.budget.tokens = 4_000;
        one.budget.tokens_used = 1_200;
        one.budget.wall_ms = 60_000;
        one.budget.wall_ms_used = 2_100;
        assert_eq!(state_words(words, &one), "failed: its time was up");
        assert_eq!(
            budget_words(words, &one),
            ["1200 of 4000 tokens", "2.1 s of 60.0 s"]
        );
    }

    #[test]
    fn every_state_has_words_of_its_own_in_every_language() {
        const ALL: [AgentState; 8] = [
            AgentState::Created,
            AgentState::Planning,
            AgentState::Working,
            AgentState::WaitingForApproval,
            AgentState::Paused,
            AgentState::Done,
            AgentState::Failed,
            AgentState::Cancelled,
        ];
        for language in Language::ALL {
            let acts = language.words().acts;
            let words: HashSet<_> = ALL.iter().map(|state| acts.state(*state)).collect();
            assert_eq!(words.len(), ALL.len(), "not told apart in {language:?}");
        }
    }
}
