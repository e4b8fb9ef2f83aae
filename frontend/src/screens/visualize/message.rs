//! One message with what belongs to it: its versions, its verbs, what it cost.

use base::MessageId;
use contract::Code;
use contract::conversation::{MessageState, MessageView, Role};
use contract::model::EngineView;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use super::body::{Answer, Question, role_name, state_name};
use super::leaving::Leaving;
use crate::app::{App, app};
use crate::parts::{FaultCard, Icon, IconButton, icon, place_words};
use crate::state::{Amounts, share_percent};

/// All of a message but its text, which grows too often to be compared.
#[derive(Clone, PartialEq)]
struct Facts {
    role: Role,
    state: MessageState,
    has_text: bool,
    parent: Option<MessageId>,
    cost: String,
    place: (usize, usize),
    /// The model, where it runs on somebody else's computer.
    elsewhere: Option<String>,
}

fn facts(app: App, id: MessageId) -> Option<Facts> {
    app.thread.with(|thread| {
        let message = thread.message(id)?;
        Some(Facts {
            role: message.role,
            state: message.state.clone(),
            has_text: !message.text.is_empty(),
            parent: message.parent,
            cost: cost(app, message),
            place: thread.place(id),
            elsewhere: message
                .model
                .clone()
                .filter(|_| message.ran_on.as_deref().is_some_and(is_elsewhere)),
        })
    })
}

/// Whether a place, as the hub names it, may be somebody else's.
fn is_elsewhere(ran_on: &str) -> bool {
    ["external: ", "own network: "]
        .iter()
        .any(|place| ran_on.starts_with(place))
}

/// Where it ran and what it cost, in one quiet line.
fn cost(app: App, message: &MessageView) -> String {
    let words = app.words();
    let amounts = Amounts(words);
    let mut parts = Vec::new();
    if let Some(place) = &message.ran_on {
        parts.push(place_words(words, place));
    }
    // What the program itself said, no model was asked for.
    let usage = message.usage.as_ref();
    if usage.is_some_and(|usage| usage.completion_tokens == 0) {
        return parts.join(" · ");
    }
    parts.extend(message.model.clone());
    if let Some(usage) = usage {
        parts.push((words.tokens_count)(u64::from(usage.completion_tokens)));
        parts.extend(amounts.speed(usage).map(|speed| (words.cost_speed)(&speed)));
        parts.push((words.cost_time)(&amounts.span(usage.total_ms)));
    }
    parts.join(" · ")
}

/// One message.
#[component]
pub(super) fn Message(id: MessageId) -> impl IntoView {
    let app = app();
    let has_text = Memo::new(move |_| {
        app.grown.track();
        app.thread
            .with(|thread| thread.message(id).is_some_and(|it| !it.text.is_empty()))
    });
    let facts = Memo::new(move |_| facts(app, id));
    let role = facts
        .get_untracked()
        .map_or(Role::Assistant, |facts| facts.role);
    let is_edited = move || app.editing.get() == Some(id);
    let state = move || facts.get().map(|facts| state_name(&facts.state));
    let speaker = move || match role {
        Role::User => app.words().you,
        Role::Assistant => app.words().assistant,
        Role::System => app.words().instructions,
    };
    view! {
        <li
            class="message"
            data-testid="message"
            data-role=role_name(role)
            data-state=state
            data-id=id.to_string()
        >
            <h2 class="speaker">{speaker}</h2>
            {move || match (role, is_edited()) {
                (Role::User, true) => view! { <Editor id /> }.into_any(),
                (Role::User | Role::System, _) => view! { <Question id /> }.into_any(),
                (Role::Assistant, _) => view! { <Answer id /> }.into_any(),
            }}
            {move || facts.get().map(|facts| below(app, id, &facts, has_text.get()))}
        </li>
    }
}

/// What stands below the text.
fn below(app: App, id: MessageId, facts: &Facts, has_text: bool) -> AnyView {
    let words = app.words();
    let is_writing = facts.state == MessageState::Writing;
    let note = match &facts.state {
        MessageState::Writing if !has_text => Some(view! { <Waiting /> }.into_any()),
        MessageState::Writing | MessageState::Done => None,
        MessageState::CutOff => {
            Some(view! { <p class="note">{words.answer_cut_off}</p> }.into_any())
        }
        MessageState::Stopped => {
            Some(view! { <p class="note">{words.answer_stopped}</p> }.into_any())
        }
        MessageState::Failed { fault } => {
            let question = facts.parent;
            let again = Callback::new(move |()| {
                if let Some(question) = question {
                    app.answer_again(question);
                }
            });
            let (fault, title) = (fault.clone(), words.answer_failed.to_owned());
            Some(view! { <FaultCard fault title again /> }.into_any())
        }
    };
    let is_kept_in =
        matches!(&facts.state, MessageState::Failed { fault } if fault.code == Code::KeptIn);
    let look = facts.parent.filter(|_| is_kept_in).map(|question| {
        let model = facts.elsewhere.clone();
        view! { <LookFirst question model is_quiet=false /> }
    });
    let cost = facts.cost.clone();
    let show_cost = facts.role == Role::Assistant && !is_writing && !cost.is_empty();
    view! {
        {note}
        {look}
        {(!is_writing)
            .then(|| {
                view! {
                    <div class="message-foot">
                        {show_cost.then(|| view! { <span class="cost" data-testid="cost">{cost}</span> })}
                        <span class="message-verbs">
                            {versions(app, id, facts.place)} {verbs(app, id, facts)}
                        </span>
                    </div>
                }
            })}
    }
    .into_any()
}

/// Leads to the other versions of a message.
fn versions(app: App, id: MessageId, (place, count): (usize, usize)) -> Option<AnyView> {
    if count < 2 {
        return None;
    }
    let step = move |step: isize| {
        let head = app
            .thread
            .with_untracked(|thread| thread.branch_beside(id, step));
        if let Some(head) = head {
            app.select_branch(head);
        }
    };
    let text = move || (app.words().branch_of)(&place.to_string(), &count.to_string());
    Some(
        view! {
            <span class="versions" role="group" data-testid="versions">
                <IconButton
                    which=Icon::Left
                    hook="version-previous"
                    name=Signal::derive(move || app.words().branch_previous.to_owned())
                    press=move || step(-1)
                    disabled=Signal::derive(move || place <= 1)
                />
                <span>{text}</span>
                <IconButton
                    which=Icon::Right
                    hook="version-next"
                    name=Signal::derive(move || app.words().branch_next.to_owned())
                    press=move || step(1)
                    disabled=Signal::derive(move || place >= count)
                />
            </span>
        }
        .into_any(),
    )
}

fn verbs(app: App, id: MessageId, facts: &Facts) -> AnyView {
    let copy = move || {
        let text = app
            .thread
            .with_untracked(|it| it.message(id).map(|it| it.text.clone()));
        app.copy(text.unwrap_or_default());
    };
    let question = facts.parent;
    let is_over = matches!(facts.state, MessageState::Done | MessageState::CutOff);
    let look = question
        .filter(|_| is_over && facts.elsewhere.is_some())
        .map(|question| {
            let model = facts.elsewhere.clone();
            view! { <LookFirst question model is_quiet=true /> }
        });
    let other = match facts.role {
        Role::User => view! {
            <IconButton
                which=Icon::Pencil
                hook="edit"
                name=Signal::derive(move || app.words().edit.to_owned())
                press=move || app.editing.set(Some(id))
            />
        }
        .into_any(),
        Role::Assistant => view! {
            <IconButton
                which=Icon::Again
                hook="regenerate"
                name=Signal::derive(move || app.words().answer_again.to_owned())
                press=move || {
                    if let Some(question) = question {
                        app.answer_again(question);
                    }
                }
                disabled=Signal::derive(move || app.writing().is_some())
            />
        }
        .into_any(),
        Role::System => ().into_any(),
    };
    view! {
        <IconButton
            which=Icon::Copy
            hook="copy"
            name=Signal::derive(move || app.words().copy.to_owned())
            press=copy
        />
        {other}
        {look}
    }
    .into_any()
}

/// Opens what would leave, before it is sent once.
#[component]
fn LookFirst(question: MessageId, model: Option<String>, is_quiet: bool) -> impl IntoView {
    let app = app();
    let open = RwSignal::new(false);
    let button = if is_quiet {
        view! {
            <IconButton
                which=Icon::Shield
                hook="look-first"
                name=Signal::derive(move || app.words().acts.leaving_look.to_owned())
                press=move || open.set(true)
            />
        }
        .into_any()
    } else {
        view! {
            <button type="button" data-testid="look-first" on:click=move |_| open.set(true)>
                {icon(Icon::Shield)}
                {move || app.words().acts.leaving_look}
            </button>
        }
        .into_any()
    };
    view! {
        {button}
        {move || {
            let model = model.clone();
            open.get().then(|| view! { <Leaving question model open /> })
        }}
    }
}

/// Says what is waited for before the first word.
#[component]
fn Waiting() -> impl IntoView {
    let app = app();
    let text = move || {
        let words = app.words();
        match app.engine.get() {
            EngineView::Loading { share, .. } => (words.waiting_loading)(share_percent(share)),
            EngineView::Starting | EngineView::Asleep => words.waiting_engine.to_owned(),
            EngineView::Ready { .. } | EngineView::Failed { .. } => {
                words.waiting_reading.to_owned()
            }
        }
    };
    let share = move || match app.engine.get() {
        EngineView::Loading { share, .. } => Some(share_percent(share).to_string()),
        _ => None,
    };
    view! {
        <div class="waiting" data-testid="waiting">
            <p role="status">{text}</p>
            {move || {
                share()
                    .map(|share| view! { <progress max="100" value=share aria-label=text></progress> })
            }}
        </div>
    }
}

/// A message of the person while it is edited.
#[component]
fn Editor(id: MessageId) -> impl IntoView {
    let app = app();
    let area = NodeRef::<html::Textarea>::new();
    let (text, parent) = app.thread.with_untracked(|thread| {
        thread
            .message(id)
            .map_or((String::new(), None), |it| (it.text.clone(), it.parent))
    });
    Effect::new(move |_| {
        if let Some(area) = area.get() {
            crate::parts::fit_height(&area);
            // A field that just appeared takes the focus.
            let _ = area.focus();
        }
    });
    let send = move || {
        let text = area
            .get_untracked()
            .map(|area| area.value())
            .unwrap_or_default();
        if text.trim().is_empty() {
            return;
        }
        app.send(app.chosen.get_untracked(), parent, text, move || {
            app.editing.set(None);
        });
    };
    let on_key = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" if !event.shift_key() && !event.is_composing() => {
            event.prevent_default();
            send();
        }
        "Escape" => {
            event.prevent_default();
            app.editing.set(None);
        }
        _ => {}
    };
    view! {
        <form
            class="editor"
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            <textarea
                node_ref=area
                rows="2"
                data-testid="edit-text"
                aria-label=move || app.words().edit_label
                prop:value=text
                on:keydown=on_key
                on:input=move |_| {
                    if let Some(area) = area.get_untracked() {
                        crate::parts::fit_height(&area);
                    }
                }
            ></textarea>
            <div class="row end">
                <button type="button" on:click=move |_| app.editing.set(None)>
                    {move || app.words().cancel}
                </button>
                <button
                    type="submit"
                    class="primary"
                    data-testid="edit-send"
                    disabled=move || app.sending.get() || app.writing().is_some()
                >
                    {icon(Icon::Send)}
                    {move || app.words().edit_send}
                </button>
            </div>
        </form>
    }
}
