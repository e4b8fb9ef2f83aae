//! Draws what an answer proposes: elements that this program names, filled with words and numbers.
//! There is no way from a view to HTML, a script, an address or an image.

mod chart;
mod checklist;
mod form;

use contract::show::{Cell, Shown, Table, Timeline};
use leptos::prelude::*;

pub(crate) use self::chart::ChartView;
use self::checklist::ChecklistView;
use self::form::FormView;
use crate::app::app;
use crate::words::Words;

/// A view of an answer.
pub(crate) fn draw_shown(shown: Shown) -> AnyView {
    let app = app();
    let title = shown.title().to_owned();
    let kind = match &shown {
        Shown::Table(_) => "table",
        Shown::Chart(_) => "chart",
        Shown::Checklist(_) => "checklist",
        Shown::Timeline(_) => "timeline",
        Shown::Form(_) => "form",
    };
    let inside = match shown {
        Shown::Table(table) => draw_table(app.words_now(), table),
        Shown::Chart(chart) => view! { <ChartView chart /> }.into_any(),
        Shown::Checklist(checklist) => view! { <ChecklistView checklist /> }.into_any(),
        Shown::Timeline(timeline) => draw_timeline(timeline),
        Shown::Form(form) => view! { <FormView form /> }.into_any(),
    };
    view! {
        <section class="shown" data-testid="shown" data-view=kind aria-label=title.clone()>
            <header class="shown-head">
                <h3>{title.clone()}</h3>
                <span class="muted small">{move || app.words().shown.part_of_answer}</span>
            </header>
            {inside}
        </section>
    }
    .into_any()
}

fn draw_table(words: &'static Words, table: Table) -> AnyView {
    let heads = table.columns.into_iter().map(|name| {
        view! { <th scope="col">{name}</th> }
    });
    let rows = table.rows.into_iter().map(|row| {
        let cells = row.into_iter().map(|cell| match cell {
            Cell::Text(text) => view! { <td>{text}</td> }.into_any(),
            Cell::Number(number) => {
                view! { <td class="end">{number_words(words, number)}</td> }.into_any()
            }
        });
        view! { <tr>{cells.collect_view()}</tr> }
    });
    view! {
        <div class="table-block" tabindex="0">
            <table>
                <thead>
                    <tr>{heads.collect_view()}</tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn draw_timeline(timeline: Timeline) -> AnyView {
    let entries = timeline.entries.into_iter().map(|moment| {
        view! {
            <li>
                <span class="when">{moment.when}</span>
                <span class="what">
                    <span>{moment.what}</span>
                    {(!moment.note.is_empty())
                        .then(|| view! { <span class="muted small">{moment.note}</span> })}
                </span>
            </li>
        }
    });
    view! { <ol class="timeline">{entries.collect_view()}</ol> }.into_any()
}

/// A number as the language writes it, with the digits that it has.
fn number_words(words: &Words, number: f64) -> String {
    number.to_string().replace('.', words.decimal_point)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn numbers_keep_their_digits_and_take_the_point_of_the_language() {
        let english = Language::English.words();
        assert_eq!(number_words(english, 76.5), "76.5");
        assert_eq!(number_words(english, 150.0), "150");
        assert_eq!(number_words(Language::German.words(), -0.25), "-0,25");
        assert_eq!(
            number_words(english, contract::show::NUMBER_MAX).len(),
            16,
            "the largest number still fits a cell"
        );
    }
}
