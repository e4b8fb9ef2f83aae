//! What would leave for somebody else's computer: to look at, and to send once.

use base::MessageId;
use contract::Fault;
use contract::conversation::{PreviewedTurn, QuestionPreview};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::{App, app};
use crate::parts::{Dialog, FaultCard, Icon, Refusal, Skeleton, before_and_after, icon};
use crate::words::{Words, finding_words};

/// The dialog, as long as it is open.
#[component]
pub(super) fn Leaving(
    /// The person's message.
    question: MessageId,
    /// The model that would be asked.
    model: Option<String>,
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let app = app();
    let preview = RwSignal::new(None::<Result<QuestionPreview, Fault>>);
    spawn_local(async move {
        let looked = app.preview_question(question, model).await;
        preview.try_set(Some(looked));
    });
    let close = move || open.set(false);
    view! {
        <Dialog
            title=Signal::derive(move || app.words().acts.leaving.to_owned())
            close
            class="wide leaving"
        >
            {move || match preview.get() {
                None => view! { <Skeleton /> }.into_any(),
                Some(Err(fault)) => view! { <FaultCard fault /> }.into_any(),
                Some(Ok(preview)) => view! { <Shown question preview open /> }.into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn Shown(question: MessageId, preview: QuestionPreview, open: RwSignal<bool>) -> impl IntoView {
    let app = app();
    let words = app.words();
    let acts = words.acts;
    let busy = RwSignal::new(false);
    let refusal = RwSignal::new(None::<Fault>);
    let (model, digest) = (preview.model.clone(), preview.digest.clone());
    let send = move |digest: String| {
        busy.set(true);
        refusal.set(None);
        let model = model.clone();
        spawn_local(async move {
            match app.send_once(question, model, digest).await {
                Ok(()) => {
                    app.tell(app.words_now().acts.leaving_sent);
                    open.try_set(false);
                }
                Err(fault) => {
                    busy.try_set(false);
                    refusal.try_set(Some(fault));
                }
            }
        });
    };
    let button = |digest: String, text: &'static str, hook: &'static str, primary: bool| {
        let send = send.clone();
        view! {
            <button
                type="button"
                class:primary=primary
                data-testid=hook
                disabled=move || busy.get()
                on:click=move |_| send(digest.clone())
            >
                {text}
            </button>
        }
    };
    let masked = preview
        .digest_masked
        .clone()
        .map(|digest| button(digest, acts.leaving_send_masked, "send-masked", true));
    let as_it_is = button(digest, acts.leaving_send, "send-once", masked.is_none());
    let turns = preview.turns.iter().map(|turn| said(words, turn));
    view! {
        <div class="leaving-about">
            <p>{(acts.leaving_about)(&preview.model)}</p>
            {warning(acts.leaving_once)}
            {preview.holds_private.then(|| warning(acts.leaving_private))}
            <p class="small" data-testid="leaving-found">{found(app, &preview)}</p>
        </div>
        <div class="leaving-turns" data-testid="leaving-turns">{turns.collect_view()}</div>
        <div class="row end">
            <button type="button" data-testid="send-nothing" on:click=move |_| open.set(false)>
                {acts.leaving_nothing}
            </button>
            {as_it_is}
            {masked}
        </div>
        <Refusal refusal />
    }
}

fn warning(text: &'static str) -> impl IntoView {
    view! { <p class="small leaves">{icon(Icon::Warning)} " " {text}</p> }
}

/// One thing that would be said, with both its forms where they differ.
fn said(words: &'static Words, turn: &PreviewedTurn) -> AnyView {
    let speaker = match turn.role.as_str() {
        "system" => words.instructions,
        "assistant" => words.assistant,
        _ => words.you,
    };
    let text = turn.text.clone();
    let text = match &turn.masked {
        Some(masked) => before_and_after(words, text, masked),
        None => view! { <pre tabindex="0">{text}</pre> }.into_any(),
    };
    view! {
        <section>
            <h3 class="speaker">{speaker}</h3>
            {text}
        </section>
    }
    .into_any()
}

/// What the guardian found, in words.
fn found(app: App, preview: &QuestionPreview) -> String {
    let acts = app.words().acts;
    match preview.kinds.as_slice() {
        [] => acts.leaving_found_nothing.to_owned(),
        kinds => {
            let language = app.language.get();
            let kinds = kinds.iter().map(|kind| finding_words(kind, language));
            let kinds: Vec<String> = kinds.collect();
            (acts.leaving_found)(&kinds.join(", "))
        }
    }
}
