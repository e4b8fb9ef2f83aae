//! Calls that wait for the person: what would happen, exactly, and the ways to answer.

use std::time::Duration;

use base::{CallId, Timestamp};
use contract::approval::{ApprovalView, Decision};
use contract::{Code, Fault};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Icon, Refusal, icon};
use crate::app::{App, Section, app};
use crate::clock;
use crate::page;
use crate::state::{Left, masked_pieces, time_left};
use crate::words::Words;

/// The answers, in the order of their buttons: the way on first, what cannot be seen again last. The first
/// is offered where something can be hidden, and is the one that is meant then.
const DECISIONS: [Decision; 6] = [
    Decision::OnceHidden,
    Decision::Once,
    Decision::Conversation,
    Decision::Always,
    Decision::Decline,
    Decision::Never,
];

/// The calls that wait, as long as any does.
#[component]
pub(crate) fn Approvals(
    /// Which.
    calls: Memo<Vec<CallId>>,
) -> impl IntoView {
    let is_any = Memo::new(move |_| calls.with(|calls| !calls.is_empty()));
    view! {
        <Show when=move || is_any.get()>
            <Waiting calls />
        </Show>
    }
}

#[component]
fn Waiting(calls: Memo<Vec<CallId>>) -> impl IntoView {
    let app = app();
    let now = RwSignal::new(clock::now());
    let ticking =
        set_interval_with_handle(move || now.set(clock::now()), Duration::from_secs(1)).ok();
    on_cleanup(move || {
        if let Some(ticking) = ticking {
            ticking.clear();
        }
    });
    view! {
        <section class="approvals" aria-labelledby="approvals-title" data-testid="approvals">
            <h2 id="approvals-title" tabindex="-1">
                {move || app.words().acts.approvals}
            </h2>
            <For each=move || calls.get() key=|call| *call let:call>
                <Approval call now />
            </For>
        </section>
    }
}

#[component]
fn Approval(call: CallId, now: RwSignal<u64>) -> impl IntoView {
    let app = app();
    let approval = Memo::new(move |_| app.approvals.with(|book| book.find(call).cloned()));
    let busy = RwSignal::new(false);
    let refusal = RwSignal::new(None::<Fault>);
    let answer = move |decision| {
        let Some(tool) = approval.with_untracked(|it| it.as_ref().map(|it| it.tool.clone())) else {
            return;
        };
        busy.set(true);
        refusal.set(None);
        spawn_local(async move {
            let answered = app.answer_approval(call, decision).await;
            let acts = app.words_now().acts;
            match answered {
                Ok(()) => app.tell(acts.decided(decision, &tool)),
                Err(fault) if fault.code == Code::NotFound => app.tell(acts.said_by_another),
                Err(fault) => {
                    busy.try_set(false);
                    refusal.try_set(Some(fault));
                    return;
                }
            }
            page::after_drawing(|| {
                if !page::focus("#approvals-title") {
                    page::focus("#panel");
                }
            });
        });
    };
    move || {
        let approval = approval.get()?;
        Some(card(app, &approval, now, busy, refusal, answer))
    }
}

fn card(
    app: App,
    approval: &ApprovalView,
    now: RwSignal<u64>,
    busy: RwSignal<bool>,
    refusal: RwSignal<Option<Fault>>,
    answer: impl Fn(Decision) + Copy + Send + Sync + 'static,
) -> AnyView {
    let words = app.words();
    let acts = words.acts;
    let id = format!("approval-{}", approval.call);
    let what = approval.what_in(app.language.get().tag()).to_owned();
    let expires = approval.expires;
    let is_over = move || time_left(expires, Timestamp::from_millis(now.get())) == Left::Over;
    let is_over = Memo::new(move |_| is_over());
    let can_hide = approval.masked.is_some();
    let offered = DECISIONS
        .into_iter()
        .filter(|decision| can_hide || *decision != Decision::OnceHidden);
    let first = if can_hide {
        Decision::OnceHidden
    } else {
        Decision::Once
    };
    let buttons = offered.map(|decision| {
        view! {
            <button
                type="button"
                class:primary=decision == first
                data-testid=hook(decision)
                disabled=move || busy.get() || is_over.get()
                on:click=move |_| answer(decision)
            >
                {acts.decision(decision)}
            </button>
        }
    });
    let whereto = if approval.leaves {
        acts.approval_leaves
    } else {
        acts.approval_stays
    };
    let private = (!approval.labels.is_empty())
        .then(|| (acts.approval_private)(&acts.sources(&approval.labels)));
    view! {
        <article class="card approval" aria-labelledby=id.clone() data-testid="approval">
            <h3 id=id.clone()>{what.clone()}</h3>
            <p class="small" class:leaves=approval.leaves>
                {icon(if approval.leaves { Icon::Warning } else { Icon::Shield })}
                {whereto}
            </p>
            {private.map(|text| view! { <p class="small">{text}</p> })}
            {exactly(words, approval)}
            <p class="muted small" data-testid="approval-left">
                {move || left_words(words, time_left(expires, Timestamp::from_millis(now.get())))}
            </p>
            <div class="row" role="group" aria-label=what>
                {buttons.collect_view()}
            </div>
            <p class="muted small">
                {(acts.approval_always_about)(&approval.tool)} " "
                <button
                    type="button"
                    class="quiet"
                    on:click=move |_| app.go_to_section(Section::May)
                >
                    {acts.to_permissions}
                </button>
            </p>
            <Refusal refusal />
        </article>
    }
    .into_any()
}

/// The arguments, and beside them what would leave.
fn exactly(words: &'static Words, approval: &ApprovalView) -> AnyView {
    let acts = words.acts;
    match &approval.masked {
        Some(masked) => before_and_after(words, approval.arguments.clone(), masked),
        None => view! {
            <figure>
                <figcaption class="muted small">{acts.approval_arguments}</figcaption>
                <pre tabindex="0">{approval.arguments.clone()}</pre>
            </figure>
        }
        .into_any(),
    }
}

/// What would leave as it is, and beside it the same with tokens in place of what is private.
pub(crate) fn before_and_after(words: &'static Words, text: String, masked: &str) -> AnyView {
    let acts = words.acts;
    let pieces = masked_pieces(masked).into_iter().map(|(piece, is_token)| {
        if is_token {
            view! { <mark>{piece}</mark> }.into_any()
        } else {
            piece.into_any()
        }
    });
    view! {
        <div class="beside">
            <figure>
                <figcaption class="muted small">{acts.approval_unchanged}</figcaption>
                <pre tabindex="0">{text}</pre>
            </figure>
            <figure>
                <figcaption class="muted small">{acts.approval_with_private_hidden}</figcaption>
                <pre tabindex="0" data-testid="approval-masked">{pieces.collect_view()}</pre>
            </figure>
        </div>
    }
    .into_any()
}

/// How long the person has yet, as a sentence.
fn left_words(words: &Words, left: Left) -> String {
    match left {
        Left::Minutes(count) => (words.acts.approval_left)(&(words.minutes)(count)),
        Left::Seconds(count) => (words.acts.approval_left)(&(words.seconds)(&count.to_string())),
        Left::Over => words.acts.approval_over.to_owned(),
    }
}

fn hook(decision: Decision) -> &'static str {
    match decision {
        Decision::OnceHidden => "allow-once-hidden",
        Decision::Once => "allow-once",
        Decision::Conversation => "allow-conversation",
        Decision::Always => "allow-always",
        Decision::Decline => "decline",
        Decision::Never => "allow-never",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn time_that_is_left_is_a_sentence_in_both_languages() {
        let english = Language::English.words();
        assert_eq!(
            left_words(english, Left::Minutes(12)),
            "Declined in 12 minutes if you do not answer."
        );
        assert_eq!(
            left_words(english, Left::Seconds(9)),
            "Declined in 9 s if you do not answer."
        );
        assert_eq!(
            left_words(Language::German.words(), Left::Over),
            "Die Zeit ist um: Es ist abgelehnt."
        );
    }

    #[test]
    fn every_answer_has_a_button_and_says_what_came_of_it() {
        for language in Language::ALL {
            let acts = language.words().acts;
            let mut names: Vec<_> = DECISIONS.iter().map(|it| acts.decision(*it)).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(
                names.len(),
                DECISIONS.len(),
                "each its own words in {language:?}"
            );
            for decision in [Decision::Conversation, Decision::Always, Decision::Never] {
                let said = acts.decided(decision, "files_write");
                assert!(said.contains("files_write"), "{said} must name the tool");
            }
        }
    }

    #[test]
    fn source_that_nobody_has_words_for_keeps_its_name() {
        let acts = Language::English.words().acts;
        let labels = ["memory".to_owned(), "calendar".to_owned()];
        assert_eq!(
            acts.sources(&labels),
            "what the AI remembers of you, calendar"
        );
    }
}
