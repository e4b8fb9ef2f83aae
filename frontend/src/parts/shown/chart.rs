//! A chart as elements of SVG. The same numbers stand below it as a table.

use contract::show::{Chart, ChartKind, Series};
use leptos::prelude::*;

use super::number_words;
use crate::app::app;
use crate::words::Words;

/// The size of the drawing in its own units; the style sheet decides how large it is on the page.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 280.0;

/// Room at the left for numbers, at the bottom for names, and a little around.
const LEFT: f64 = 64.0;
const BOTTOM: f64 = 32.0;
const AROUND: f64 = 12.0;

/// The most names below a chart; of more only every so many is written.
const NAMES_MAX: usize = 8;

/// The most letters of a name below a chart. The table below has all of them.
const NAME_CHARS_MAX: usize = 12;

/// The smallest span that is drawn. Below it numbers differ by less than a person means.
const SPAN_MIN: f64 = 1e-9;

/// The lines behind a chart, about: more make it restless.
const LINES: f64 = 4.0;

/// From where to where the numbers of a chart go, in round steps, always with zero.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    fn of(series: &[Series]) -> Self {
        let values = || series.iter().flat_map(|one| one.values.iter().copied());
        let low = values().fold(0.0, f64::min);
        let high = values().fold(0.0, f64::max);
        let span = if high - low > SPAN_MIN {
            high - low
        } else {
            1.0
        };
        let rough = span / LINES;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|times| times * power)
            .find(|step| *step >= rough)
            .unwrap_or(rough);
        Self {
            low: (low / step).floor() * step,
            high: ((low + span) / step).ceil() * step,
            step,
        }
    }

    /// How far down a number stands.
    fn y(self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        AROUND + (1.0 - share) * (HEIGHT - AROUND - BOTTOM)
    }

    /// The numbers at the lines.
    fn ticks(self) -> Vec<f64> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "about ten steps, and bounded below"
        )]
        let count = ((self.high - self.low) / self.step)
            .round()
            .clamp(1.0, 20.0) as u32;
        let at = |number: u32| self.low + f64::from(number) * self.step;
        // Without the rest that adding fractions leaves.
        let round = |value: f64| (value / self.step).round() * self.step;
        (0..=count).map(|number| tidy(round(at(number)))).collect()
    }
}

/// A number without the last digits, which steps of a fraction fill with noise.
fn tidy(value: f64) -> f64 {
    format!("{value:.12e}").parse().unwrap_or(value)
}

fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// Where a point stands along the chart, and how much room it has.
fn x(place: usize, count: usize) -> (f64, f64) {
    let room = (WIDTH - LEFT - AROUND) / float(count.max(1));
    (LEFT + float(place) * room, room)
}

/// A chart.
#[component]
pub(crate) fn ChartView(chart: Chart) -> impl IntoView {
    let app = app();
    let words = app.words_now();
    let scale = Scale::of(&chart.series);
    let marks = match chart.kind {
        ChartKind::Bars => bars(&chart, scale),
        ChartKind::Line => lines(&chart, scale),
    };
    let names = (chart.series.len() > 1).then(|| legend(&chart.series));
    let unit = chart.unit.clone();
    view! {
        <figure class="chart">
            {(!unit.is_empty()).then(|| view! { <p class="muted small">{unit}</p> })}
            <svg
                viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                role="img"
                aria-label=(words.shown.chart_of)(&chart.title)
            >
                {grid(words, scale)} {marks} {below(&chart.labels)}
            </svg>
            {names}
            <details>
                <summary class="small">{move || app.words().shown.as_table}</summary>
                {numbers(words, &chart)}
            </details>
        </figure>
    }
}

/// Lines at round numbers.
fn grid(words: &'static Words, scale: Scale) -> AnyView {
    let lines = scale.ticks().into_iter().map(|value| {
        let y = format!("{:.1}", scale.y(value));
        let class = if value == 0.0 { "zero" } else { "grid" };
        view! {
            <line
                class=class
                x1=format!("{LEFT}")
                x2=format!("{}", WIDTH - AROUND)
                y1=y.clone()
                y2=y.clone()
            ></line>
            <text class="tick" x=format!("{}", LEFT - 8.0) y=y text-anchor="end" dy="0.35em">
                {number_words(words, value)}
            </text>
        }
    });
    lines.collect_view().into_any()
}

/// The names of the points, as many as there is room for.
fn below(labels: &[String]) -> AnyView {
    let every = labels.len().div_ceil(NAMES_MAX).max(1);
    let shown = labels.iter().enumerate().step_by(every);
    let names = shown.map(|(place, label)| {
        let (left, room) = x(place, labels.len());
        view! {
            <text
                class="tick"
                x=format!("{:.1}", left + room / 2.0)
                y=format!("{}", HEIGHT - AROUND)
                text-anchor="middle"
            >
                {shortened(label)}
            </text>
        }
    });
    names.collect_view().into_any()
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= NAME_CHARS_MAX {
        return label.to_owned();
    }
    let kept: String = label.chars().take(NAME_CHARS_MAX - 1).collect();
    format!("{kept}…")
}

fn bars(chart: &Chart, scale: Scale) -> AnyView {
    let count = chart.labels.len();
    let marks = chart.series.iter().enumerate().flat_map(|(which, series)| {
        series.values.iter().enumerate().map(move |(place, value)| {
            let (left, room) = x(place, count);
            let width = room * 0.8 / float(chart.series.len());
            let from = left + room * 0.1 + float(which) * width;
            let (zero, end) = (scale.y(0.0), scale.y(*value));
            view! {
                <rect
                    class=format!("mark series-{which}")
                    x=format!("{from:.1}")
                    width=format!("{width:.1}")
                    y=format!("{:.1}", zero.min(end))
                    height=format!("{:.1}", (zero - end).abs())
                ></rect>
            }
        })
    });
    marks.collect_view().into_any()
}

fn lines(chart: &Chart, scale: Scale) -> AnyView {
    let count = chart.labels.len();
    let marks = chart.series.iter().enumerate().map(|(which, series)| {
        let points: Vec<(f64, f64)> = series
            .values
            .iter()
            .enumerate()
            .map(|(place, value)| {
                let (left, room) = x(place, count);
                (left + room / 2.0, scale.y(*value))
            })
            .collect();
        let path = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}"));
        let path = path.collect::<Vec<_>>().join(" ");
        let dots = points.into_iter().map(|(x, y)| {
            view! {
                <circle
                    class=format!("mark series-{which}")
                    cx=format!("{x:.1}")
                    cy=format!("{y:.1}")
                    r="4"
                ></circle>
            }
        });
        view! {
            <polyline class=format!("path series-{which}") fill="none" points=path></polyline>
            {dots.collect_view()}
        }
    });
    marks.collect_view().into_any()
}

fn legend(series: &[Series]) -> AnyView {
    let names = series.iter().enumerate().map(|(which, series)| {
        view! {
            <li>
                <svg class="key" viewBox="0 0 24 12" aria-hidden="true">
                    <rect class=format!("mark series-{which}") x="1" y="1" width="22" height="10">
                    </rect>
                </svg>
                {series.name.clone()}
            </li>
        }
    });
    view! { <ul class="legend small">{names.collect_view()}</ul> }.into_any()
}

/// The same as a table: for people who do not see the drawing, and for exact numbers.
fn numbers(words: &'static Words, chart: &Chart) -> AnyView {
    let heads = chart
        .series
        .iter()
        .map(|series| view! { <th scope="col" class="end">{series.name.clone()}</th> });
    let rows = chart.labels.iter().enumerate().map(|(place, label)| {
        let values = chart.series.iter().filter_map(|one| one.values.get(place));
        let cells =
            values.map(|value| view! { <td class="end">{number_words(words, *value)}</td> });
        view! {
            <tr>
                <th scope="row">{label.clone()}</th>
                {cells.collect_view()}
            </tr>
        }
    });
    view! {
        <div class="table-block" tabindex="0">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{words.shown.point}</th>
                        {heads.collect_view()}
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn series(values: &[f64]) -> Vec<Series> {
        vec![Series {
            name: "a".to_owned(),
            values: values.to_vec(),
        }]
    }

    #[test]
    fn scale_has_zero_and_round_steps() {
        assert_eq!(
            Scale::of(&series(&[80.0, 92.5])).ticks(),
            [0.0, 50.0, 100.0]
        );
        assert_eq!(
            Scale::of(&series(&[-3.0, 7.0])).ticks(),
            [-5.0, 0.0, 5.0, 10.0]
        );
        assert_eq!(
            Scale::of(&series(&[0.3])).ticks(),
            [0.0, 0.1, 0.2, 0.3],
            "no rest of adding fractions is shown"
        );
    }

    #[test]
    fn long_name_of_a_point_is_shortened_at_a_letter() {
        assert_eq!(shortened("Übergrößenträger"), "Übergrößent…");
        assert_eq!(shortened("May"), "May");
    }

    proptest! {
        #[test]
        fn every_number_that_is_allowed_stands_inside_of_the_drawing(
            values in proptest::collection::vec(-1e15..1e15_f64, 1..60),
            small in proptest::collection::vec(-1e-12..1e-12_f64, 1..60),
        ) {
            for values in [values, small] {
                let scale = Scale::of(&series(&values));
                for value in values.iter().copied().chain([0.0]).chain(scale.ticks()) {
                    let y = scale.y(value);
                    prop_assert!(
                        (AROUND - 0.5..=HEIGHT - BOTTOM + 0.5).contains(&y),
                        "{value} at {y} on {scale:?}"
                    );
                }
            }
        }
    }
}
