//! Usage: how much the models have worked, for whom, and what is known of its cost.

use contract::Fault;
use contract::show::{Chart, ChartKind, Series};
use contract::usage::{ReadUsage, UsageBy, UsageCaller, UsageReport, UsageRow, UsageSums};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::row::SettingRows;
use crate::app::{App, Section, app};
use crate::parts::{ChartView, FaultCard, Skeleton};
use crate::words::Words;

/// The spans that can be chosen, in days.
const SPANS: [u32; 3] = [7, 30, 365];

/// The span that is shown first.
const SPAN: u32 = 30;

/// Milliseconds of a second.
const SECOND_MS: u64 = 1_000;

/// The three tables of one span.
#[derive(Debug, Clone)]
struct Reports {
    days: UsageReport,
    models: UsageReport,
    callers: UsageReport,
}

/// The section.
#[component]
pub(super) fn Usage() -> impl IntoView {
    let app = app();
    let days = RwSignal::new(SPAN);
    let found = RwSignal::new(None::<Result<Reports, Fault>>);
    Effect::new(move |_| {
        let wanted = days.get();
        // A price that was changed changes what is shown.
        app.settings.track();
        spawn_local(async move {
            let read = read(app, wanted).await.map_err(|fault| app.heed(fault));
            if days.try_get_untracked() == Some(wanted) {
                found.try_set(Some(read));
            }
        });
    });
    view! {
        <p>{move || app.words().usage.about}</p>
        <label class="field">
            <span>{move || app.words().usage.days}</span>
            <select
                data-testid="usage-days"
                on:change=move |event| {
                    if let Ok(chosen) = event_target_value(&event).parse() {
                        days.set(chosen);
                    }
                }
            >
                {SPANS
                    .map(|span| {
                        view! {
                            <option value=span.to_string() selected=span == SPAN>
                                {move || (app.words().usage.days_named)(&span.to_string())}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </label>
        {move || match found.get() {
            None => view! { <Skeleton /> }.into_any(),
            Some(Err(fault)) => view! { <FaultCard fault /> }.into_any(),
            Some(Ok(reports)) => draw(app, &reports),
        }}
        <SettingRows section=Section::Usage />
    }
}

async fn read(app: App, days: u32) -> Result<Reports, Fault> {
    let read = async |by| {
        let by = vec![by];
        app.ask(ReadUsage { days, by }).await
    };
    Ok(Reports {
        days: read(UsageBy::Day).await?,
        models: read(UsageBy::Model).await?,
        callers: read(UsageBy::Caller).await?,
    })
}

fn draw(app: App, reports: &Reports) -> AnyView {
    let words = app.words();
    let span = (words.usage.span)(&reports.days.from, &reports.days.to);
    if reports.days.rows.is_empty() {
        return view! {
            <p class="muted" data-testid="usage-none">{words.usage.none}</p>
            <p class="muted small">{span}</p>
        }
        .into_any();
    }
    let chart = chart(words, &reports.days.rows);
    let total = &reports.days.total;
    view! {
        <ChartView chart />
        <h3>{words.usage.by_model}</h3>
        {table(words, &reports.models.rows, total)}
        <h3>{words.usage.by_caller}</h3>
        {table(words, &reports.callers.rows, total)}
        <h3>{words.usage.by_day}</h3>
        {table(words, &reports.days.rows, total)}
        <p class="muted small">{span}</p>
        {method(words, &reports.days)}
    }
    .into_any()
}

/// Tokens read and written, the oldest day first.
fn chart(words: &Words, rows: &[UsageRow]) -> Chart {
    let series = |name: &str, count: fn(&UsageSums) -> u64| Series {
        name: name.to_owned(),
        values: rows
            .iter()
            .rev()
            .map(|row| number(count(&row.sums)))
            .collect(),
    };
    let labels = rows.iter().rev().map(|row| {
        let day = row.day.as_deref().unwrap_or_default();
        // The year is in the table below.
        day.get(5..).unwrap_or(day).to_owned()
    });
    Chart {
        title: words.usage.chart_title.to_owned(),
        kind: ChartKind::Bars,
        labels: labels.collect(),
        series: vec![
            series(words.usage.read, |sums| sums.prompt_tokens),
            series(words.usage.written, |sums| sums.completion_tokens),
        ],
        unit: words.usage.chart_unit.to_owned(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a bar of a chart")]
fn number(count: u64) -> f64 {
    count as f64
}

fn table(words: &'static Words, rows: &[UsageRow], total: &UsageSums) -> AnyView {
    let says = words.usage;
    let heads = [
        says.name,
        says.requests,
        says.read,
        says.written,
        says.time,
        says.energy,
        says.cost,
        says.avoided,
    ];
    let lines: Vec<_> = rows
        .iter()
        .map(|row| (name(words, row), &row.sums))
        .chain([(says.total.to_owned(), total)])
        .map(|(name, sums)| (name, cells(words, sums)))
        .collect();
    // What is known of no row has no column.
    let is_known: Vec<bool> = (0..CELLS)
        .map(|at| lines.iter().any(|(_, cells)| !cells[at].is_empty()))
        .collect();
    let heads = heads.into_iter().enumerate().filter_map(|(at, name)| {
        let is_shown = at.checked_sub(1).is_none_or(|at| is_known[at]);
        let class = if at == 0 { "" } else { "end" };
        is_shown.then(|| view! { <th scope="col" class=class>{name}</th> })
    });
    let heads = heads.collect_view();
    let lines = lines.into_iter().map(|(name, cells)| {
        let cells = cells.into_iter().zip(&is_known);
        let cells = cells.filter(|(_, is_known)| **is_known);
        view! {
            <tr>
                <th scope="row">{name}</th>
                {cells.map(|(text, _)| view! { <td class="end">{text}</td> }).collect_view()}
            </tr>
        }
    });
    view! {
        <div class="table-block" tabindex="0" data-testid="usage-table">
            <table>
                <thead>
                    <tr>{heads}</tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn name(words: &Words, row: &UsageRow) -> String {
    let says = words.usage;
    match (&row.caller, &row.model, &row.day) {
        (Some(UsageCaller::Own), ..) => says.own.to_owned(),
        (Some(UsageCaller::Open), ..) => says.open.to_owned(),
        (Some(UsageCaller::Token { label, .. }), ..) => {
            label.clone().unwrap_or_else(|| says.gone.to_owned())
        }
        (None, Some(model), _) => model.clone(),
        (None, None, day) => day.clone().unwrap_or_default(),
    }
}

/// Cells of a row, beside its name.
const CELLS: usize = 7;

fn cells(words: &Words, sums: &UsageSums) -> [String; CELLS] {
    let money = |amount: Option<f64>| {
        amount.map_or_else(String::new, |amount| decimal(words, format!("{amount:.4}")))
    };
    [
        sums.requests.to_string(),
        sums.prompt_tokens.to_string(),
        sums.completion_tokens.to_string(),
        decimal(
            words,
            format!(
                "{}.{} s",
                sums.busy_ms / SECOND_MS,
                sums.busy_ms % SECOND_MS / 100
            ),
        ),
        energy(words, sums),
        money(sums.cost),
        money(sums.avoided),
    ]
}

/// The energy, each part with where it comes from.
fn energy(words: &Words, sums: &UsageSums) -> String {
    let part = |wh: Option<f64>, say: fn(&str) -> String| {
        wh.map(|wh| say(&decimal(words, format!("{wh:.3}"))))
    };
    let parts = [
        part(sums.measured_wh, words.usage.measured),
        part(sums.stated_wh, words.usage.stated),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(" + ")
}

fn decimal(words: &Words, number: String) -> String {
    number.replace('.', words.decimal_point)
}

/// Where the figures come from. Only what was used is explained.
fn method(words: &'static Words, report: &UsageReport) -> AnyView {
    let (says, basis) = (words.usage, report.basis);
    let stated = |value: f64, say: fn(&str) -> String| {
        (value > 0.0).then(|| say(&decimal(words, value.to_string())))
    };
    let mut sentences = vec![says.method_time.to_owned()];
    let is_measured = report.total.measured_wh.is_some();
    sentences.extend(is_measured.then(|| says.method_measured.to_owned()));
    sentences.extend(stated(basis.watts, says.method_stated));
    sentences.extend(stated(basis.price_per_kwh, says.method_cost));
    sentences.extend(stated(basis.avoided_per_million, says.method_avoided));
    let all = [basis.watts, basis.price_per_kwh, basis.avoided_per_million];
    let is_all_stated = all.into_iter().all(|value| value > 0.0);
    sentences.extend((!is_all_stated).then(|| says.not_stated.to_owned()));
    let lines = sentences.into_iter().map(|line| view! { <li>{line}</li> });
    view! {
        <details>
            <summary class="small">{says.method}</summary>
            <ul class="small">{lines.collect_view()}</ul>
        </details>
    }
    .into_any()
}
