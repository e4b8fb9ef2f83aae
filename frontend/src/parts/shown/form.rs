//! A small form. What is filled in becomes the person's next message, in words that stand in the form.

use contract::show::{Field, FieldKind, Form};
use leptos::prelude::*;

use super::super::{Icon, icon};
use crate::app::{App, app};
use crate::state::Thread;

/// The most characters of one answer: a paragraph. Longer ones are messages.
const ANSWER_CHARS_MAX: usize = 2_000;

/// A form.
#[component]
pub(super) fn FormView(form: Form) -> impl IntoView {
    let app = app();
    let answers = RwSignal::new(vec![String::new(); form.fields.len()]);
    let sent = RwSignal::new(false);
    let note = RwSignal::new(false);
    let fields = StoredValue::new(form.fields);
    let cannot =
        move || app.sending.get() || app.thread.with(Thread::writing).is_some() || sent.get();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if cannot() {
            return;
        }
        let text =
            fields.with_value(|fields| answers.with_untracked(|answers| message(fields, answers)));
        note.set(text.is_none());
        let Some(text) = text else { return };
        let (chosen, head) = (
            app.chosen.get_untracked(),
            app.thread.with_untracked(Thread::head),
        );
        app.send(chosen, head, text, move || {
            sent.try_set(true);
        });
    };
    let rows = fields.with_value(|fields| {
        let rows = fields.iter().enumerate();
        rows.map(|(place, field)| question(app, place, field, answers, sent))
            .collect_view()
    });
    view! {
        <form class="small-form" on:submit=submit>
            {rows}
            <p class="muted small">{move || app.words().shown.form_sends}</p>
            <p class="small" role="status">
                {move || {
                    let words = app.words();
                    match (sent.get(), note.get()) {
                        (true, _) => words.shown.form_sent,
                        (false, true) => words.shown.form_nothing,
                        (false, false) => "",
                    }
                }}
            </p>
            <button type="submit" class="primary" data-testid="shown-send" disabled=cannot>
                {icon(Icon::Send)}
                {move || app.words().shown.form_send}
            </button>
        </form>
    }
}

fn question(
    app: App,
    place: usize,
    field: &Field,
    answers: RwSignal<Vec<String>>,
    sent: RwSignal<bool>,
) -> AnyView {
    let required = field.required;
    let value = move || answers.with(|answers| answers[place].clone());
    let keep = move |event| {
        let answer = event_target_value(&event);
        answers.update(|answers| answers[place] = answer);
    };
    let control = match field.kind {
        FieldKind::Choice => {
            let options = field.options.iter().map(|option| {
                view! { <option value=option.clone()>{option.clone()}</option> }
            });
            view! {
                <select
                    required=required
                    disabled=move || sent.get()
                    prop:value=value
                    on:change=keep
                >
                    <option value="">{move || app.words().shown.form_choose}</option>
                    {options.collect_view()}
                </select>
            }
            .into_any()
        }
        FieldKind::Text | FieldKind::Number | FieldKind::Date => {
            let kind = match field.kind {
                FieldKind::Number => "number",
                FieldKind::Date => "date",
                FieldKind::Text | FieldKind::Choice => "text",
            };
            view! {
                <input
                    type=kind
                    step=(field.kind == FieldKind::Number).then_some("any")
                    required=required
                    disabled=move || sent.get()
                    maxlength=ANSWER_CHARS_MAX.to_string()
                    prop:value=value
                    on:input=keep
                />
            }
            .into_any()
        }
    };
    view! {
        <label class="field">
            <span>
                {field.label.clone()}
                {required
                    .then(|| {
                        view! {
                            <span class="muted small">
                                " (" {move || app.words().shown.form_required} ")"
                            </span>
                        }
                    })}
            </span>
            {control}
        </label>
    }
    .into_any()
}

/// The person's next message; none where nothing was filled in.
fn message(fields: &[Field], answers: &[String]) -> Option<String> {
    let lines = fields.iter().zip(answers).filter_map(|(field, answer)| {
        // One line for each answer, so that none can pass for another question's.
        let answer = answer.split_whitespace().collect::<Vec<_>>().join(" ");
        (!answer.is_empty()).then(|| format!("{}: {answer}", field.label.trim()))
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(label: &str) -> Field {
        Field {
            label: label.to_owned(),
            kind: FieldKind::Text,
            options: Vec::new(),
            required: false,
        }
    }

    #[test]
    fn answers_become_a_message_of_one_line_each_and_empty_ones_are_left_out() {
        let fields = [field("Name"), field("Age"), field("Wish")];
        let answers = ["Ada", " ", "a\nName: Bob"].map(str::to_owned);
        assert_eq!(
            message(&fields, &answers).as_deref(),
            Some("Name: Ada\nWish: a Name: Bob"),
            "an answer cannot write a line of its own"
        );
    }

    #[test]
    fn form_without_answers_sends_nothing() {
        assert_eq!(message(&[field("Name")], &[String::new()]), None);
    }
}
