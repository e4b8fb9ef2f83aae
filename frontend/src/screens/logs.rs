//! The log, live, and beside it the record. Only the rows that are in view are part of the page, so that 100,000 of them
//! scroll like ten.

mod record;

use contract::log::Level;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::record::RecordView;
use crate::app::{App, app};
use crate::clock;
use crate::page;
use crate::parts::{Icon, Skeleton, icon};
use crate::state::{Logbook, Seen};

/// How many rows stand ready above and below what is seen.
const MARGIN_ROWS: usize = 12;

/// Rows when the height of the view is not known yet.
const FIRST_ROWS: usize = 60;

/// The most lines that one press copies: what a person may paste into a report.
const COPY_MAX: usize = 5_000;

/// The height of a row where the style sheet cannot be read.
const ROW_PX: f64 = 28.0;

/// The log with its filters.
#[component]
pub(crate) fn Logs() -> impl IntoView {
    let app = app();
    let shows_record = RwSignal::new(false);
    // Drawn anew only when the kind of content changes, not with every line.
    let kind = Memo::new(move |_| {
        app.logbook
            .with(|log| (log.known, log.is_bare(), log.len() == 0))
    });
    view! {
        <div class="place logs">
            <header class="place-intro column wide">
                <h1>{move || app.words().logs_title}</h1>
                <Views shows_record />
                <Show when=move || !shows_record.get()>
                    <Filters />
                </Show>
            </header>
            {move || {
                if shows_record.get() {
                    view! { <RecordView /> }.into_any()
                } else {
                    content(app, kind.get())
                }
            }}
        </div>
    }
}

/// The log or the record.
#[component]
fn Views(shows_record: RwSignal<bool>) -> impl IntoView {
    let app = app();
    let one = move |record: bool, hook: &'static str| {
        let name = move || {
            let keeps = app.words().keeps;
            if record {
                keeps.view_record
            } else {
                keeps.view_log
            }
        };
        view! {
            <button
                type="button"
                data-testid=hook
                aria-pressed=move || (shows_record.get() == record).to_string()
                on:click=move |_| shows_record.set(record)
            >
                {name}
            </button>
        }
    };
    view! {
        <div class="row views" role="group" aria-label=move || app.words().keeps.view_of_logs>
            {one(false, "view-log")} {one(true, "view-record")}
        </div>
    }
}

fn content(app: App, (known, bare, nothing): (bool, bool, bool)) -> AnyView {
    let words = app.words();
    if !known && bare {
        return view! { <Skeleton /> }.into_any();
    }
    if bare {
        return view! {
            <div class="empty">
                <span class="empty-icon">{icon(Icon::Logs)}</span>
                <h2>{words.logs_empty_title}</h2>
                <p class="muted">{words.logs_empty_text}</p>
            </div>
        }
        .into_any();
    }
    if nothing {
        return view! { <p class="empty muted">{words.logs_nothing_matches}</p> }.into_any();
    }
    view! { <Rows /> }.into_any()
}

#[component]
fn Filters() -> impl IntoView {
    let app = app();
    let look = move |change: &dyn Fn(&mut Seen)| {
        app.logbook.update(|log| {
            let mut seen = log.seen().clone();
            change(&mut seen);
            log.look_for(seen);
        });
    };
    let sources = Memo::new(move |_| app.logbook.with(Logbook::sources));
    let levels = Level::ALL.into_iter().skip(1).map(|level| {
        let name = level.name();
        view! {
            <option value=name>{move || (app.words().logs_level_named)(name)}</option>
        }
    });
    let chosen_source = move || app.logbook.with(|log| log.seen().source.clone());
    let options = move || {
        let one = |source: String| {
            let is_chosen = chosen_source().as_ref() == Some(&source);
            view! { <option value=source.clone() selected=is_chosen>{source.clone()}</option> }
        };
        sources.get().into_iter().map(one).collect_view()
    };
    view! {
        <div class="filters">
            <select
                data-testid="log-level"
                aria-label=move || app.words().logs_level
                prop:value=move || {
                    app.logbook.with(|log| log.seen().level.map_or("", Level::name).to_owned())
                }
                on:change=move |event| {
                    let level = event_target_value(&event).parse().ok();
                    look(&move |seen| seen.level = level);
                }
            >
                <option value="">{move || app.words().logs_level_all}</option>
                {levels.collect_view()}
            </select>
            <select
                data-testid="log-source"
                aria-label=move || app.words().logs_source
                on:change=move |event| {
                    let source = Some(event_target_value(&event)).filter(|it| !it.is_empty());
                    look(&move |seen| seen.source.clone_from(&source));
                }
            >
                <option value="">{move || app.words().logs_source_all}</option>
                {options}
            </select>
            <div class="search-box">
                {icon(Icon::Search)}
                <input
                    type="search"
                    data-testid="log-search"
                    aria-label=move || app.words().logs_search
                    placeholder=move || app.words().logs_search
                    prop:value=move || app.logbook.with(|log| log.seen().search.clone())
                    on:input=move |event| {
                        let search = event_target_value(&event);
                        look(&move |seen| seen.search.clone_from(&search));
                    }
                />
            </div>
            <PauseAndCopy />
        </div>
    }
}

#[component]
fn PauseAndCopy() -> impl IntoView {
    let app = app();
    let paused = Memo::new(move |_| app.logbook.with(Logbook::paused));
    let state = move || {
        let words = app.words();
        match paused.get() {
            Some(waiting) => (words.logs_paused_new)(waiting as u64),
            None => {
                let count = app.logbook.with(Logbook::len);
                format!("{} · {}", words.logs_live, (words.logs_count)(count as u64))
            }
        }
    };
    let copy = move || {
        let language = app.language.get_untracked();
        let text = app.logbook.with_untracked(|log| {
            let first = log.len().saturating_sub(COPY_MAX);
            let lines = (first..log.len()).filter_map(|place| log.line(place));
            let lines = lines.map(|line| {
                let (at, level) = (clock::exact(line.at, language), line.level.name());
                format!("{at} {level} {} {}", line.source, line.text)
            });
            lines.collect::<Vec<_>>().join("\n")
        });
        app.copy(text);
    };
    view! {
        <button
            type="button"
            data-testid="log-pause"
            aria-pressed=move || paused.get().is_some().to_string()
            on:click=move |_| {
                let is_paused = paused.get_untracked().is_some();
                app.logbook.update(|log| log.pause(!is_paused));
            }
        >
            {move || icon(if paused.get().is_some() { Icon::Play } else { Icon::Pause })}
            {move || {
                if paused.get().is_some() { app.words().logs_resume } else { app.words().logs_pause }
            }}
        </button>
        <button type="button" on:click=move |_| copy()>
            {icon(Icon::Copy)}
            {move || app.words().logs_copy_shown}
        </button>
        <span class="muted small filter-state">{state}</span>
    }
}

/// What of the list is in view: its first row, how many rows fit.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Window {
    first: usize,
    rows: usize,
}

/// Which rows to draw when the view is `height` high and scrolled down by `top`.
fn in_view(top: f64, height: f64, row: f64) -> Window {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rows in a window: small and not negative"
    )]
    let rows = |pixels: f64| (pixels / row).max(0.0) as usize;
    Window {
        first: rows(top).saturating_sub(MARGIN_ROWS),
        rows: rows(height) + 2 * MARGIN_ROWS + 1,
    }
}

#[component]
fn Rows() -> impl IntoView {
    let app = app();
    let scroll = NodeRef::<html::Div>::new();
    let window = RwSignal::new(Window {
        first: 0,
        rows: FIRST_ROWS,
    });
    let at_end = StoredValue::new(true);
    let picked = RwSignal::new(None::<i64>);
    let row_px = row_height();
    let look = move || {
        // Drawing comes later than the decision: the place may be left by then.
        let Some(place) = scroll.try_get_untracked().flatten() else {
            return;
        };
        let (top, height) = (
            f64::from(place.scroll_top()),
            f64::from(place.client_height()),
        );
        at_end.set_value(f64::from(place.scroll_height()) - top - height < row_px);
        let now = in_view(top, height, row_px);
        if window
            .try_get_untracked()
            .is_some_and(|before| before != now)
        {
            window.set(now);
        }
    };
    Effect::new(move |_| {
        app.logbook.with(Logbook::len);
        let Some(place) = scroll.get() else { return };
        page::after_drawing(move || {
            if at_end.try_get_value() == Some(true) {
                place.set_scroll_top(place.scroll_height());
            }
            look();
        });
    });
    let shown = move || {
        let Window { first, rows } = window.get();
        app.logbook.with(|log| {
            let rows = (first..(first + rows).min(log.len()))
                .filter_map(|place| log.line(place).map(|line| (place, line.clone())));
            rows.collect::<Vec<_>>()
        })
    };
    view! {
        <div
            class="log-scroll"
            node_ref=scroll
            tabindex="0"
            role="log"
            aria-live="off"
            aria-label=move || app.words().logs_title
            on:scroll=move |_| look()
        >
            <Older scroll row_px />
            <div
                class="log-space"
                style:height=move || {
                    format!("{}px", app.logbook.with(Logbook::len) as f64 * row_px)
                }
            >
                <For each=shown key=|(place, line)| (*place, line.number) let:row>
                    {
                        let (place, line) = row;
                        let number = line.number;
                        let at = clock::exact(line.at, app.language.get_untracked());
                        view! {
                            <div
                                class="log-row"
                                class:picked=move || picked.get() == Some(number)
                                data-testid="log-row"
                                data-level=line.level.name()
                                style:top=format!("{}px", place as f64 * row_px)
                                on:click=move |_| picked.set(Some(number))
                            >
                                <time>{at}</time>
                                <span class="log-level">{line.level.name()}</span>
                                <span class="log-source">{line.source}</span>
                                <span class="log-text" title=line.text.clone()>{line.text.clone()}</span>
                            </div>
                        }
                    }
                </For>
            </div>
        </div>
        {move || picked.get().and_then(|number| detail(app, number, picked))}
    }
}

/// Reads lines before the oldest one, and keeps in view what was in view.
#[component]
fn Older(scroll: NodeRef<html::Div>, row_px: f64) -> impl IntoView {
    let app = app();
    let has_more = Memo::new(move |_| app.logbook.with(|log| log.more));
    let busy = RwSignal::new(false);
    let read = move |_| {
        busy.set(true);
        spawn_local(async move {
            let added = app.read_older_logs().await;
            busy.set(false);
            page::after_drawing(move || {
                if let Some(place) = scroll.try_get_untracked().flatten() {
                    #[expect(clippy::cast_possible_truncation, reason = "at most 1,000 rows")]
                    let down = (added as f64 * row_px) as i32;
                    place.set_scroll_top(place.scroll_top() + down);
                }
            });
        });
    };
    view! {
        <Show when=move || has_more.get()>
            <button type="button" class="quiet log-older" disabled=move || busy.get() on:click=read>
                {move || app.words().logs_older}
            </button>
        </Show>
    }
}

/// The whole text of one line.
fn detail(app: App, number: i64, picked: RwSignal<Option<i64>>) -> Option<AnyView> {
    let line = app.logbook.with_untracked(|log| {
        let places = 0..log.len();
        places
            .filter_map(|place| log.line(place))
            .find(|line| line.number == number)
            .cloned()
    })?;
    let words = app.words();
    let text = line.text.clone();
    let head = format!(
        "{} · {} · {}",
        clock::exact(line.at, app.language.get()),
        line.level.name(),
        line.source
    );
    Some(
        view! {
            <section class="log-detail" aria-label=words.logs_line>
                <header class="row">
                    <span class="muted small">{head}</span>
                    <span class="row">
                        <button type="button" class="quiet" on:click=move |_| app.copy(text.clone())>
                            {icon(Icon::Copy)}
                            {words.copy}
                        </button>
                        <button type="button" class="quiet" on:click=move |_| picked.set(None)>
                            {icon(Icon::Close)}
                            {words.close}
                        </button>
                    </span>
                </header>
                <pre tabindex="0">{line.text}</pre>
            </section>
        }
        .into_any(),
    )
}

/// The height of a row, as the style sheet says.
fn row_height() -> f64 {
    let read = || {
        let window = page::window()?;
        let root = page::document()?.document_element()?;
        let style = window.get_computed_style(&root).ok()??;
        let text = style.get_property_value("--log-row").ok()?;
        text.trim().strip_suffix("px")?.parse::<f64>().ok()
    };
    read().filter(|height| *height > 0.0).unwrap_or(ROW_PX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_in_view_and_a_margin_is_drawn() {
        let top = in_view(0.0, 560.0, 28.0);
        assert_eq!(
            top,
            Window {
                first: 0,
                rows: 20 + 2 * MARGIN_ROWS + 1
            }
        );
        let deep = in_view(2_800_000.0, 560.0, 28.0);
        assert_eq!(
            deep.first,
            100_000 - MARGIN_ROWS,
            "far down, the same number of rows"
        );
        assert_eq!(deep.rows, top.rows);
    }
}
