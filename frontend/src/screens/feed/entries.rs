//! What happened, by day.

use base::Timestamp;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::line::line;
use crate::app::{App, app};
use crate::clock;
use crate::parts::{FaultCard, Icon, Skeleton, icon};
use crate::state::{Row, Wanted, by_day};

/// How many more conversations one press tells of.
const MORE: usize = 20;

/// The day of a row, to tell days apart.
type Day = (u32, u32, u32);

/// All that is kept of what happened.
#[component]
pub(super) fn Entries(
    /// Reads the next page.
    older: Callback<()>,
) -> impl IntoView {
    let app = app();
    let days = Memo::new(move |_| {
        let rows = app.feed.with(|feed| feed.rows());
        by_day(rows, |row| clock::day(row.at()))
    });
    let standing = Memo::new(move |_| {
        let is_empty = days.with(Vec::is_empty);
        app.feed.with(|feed| {
            let is_known = feed.entries.known && feed.known;
            (is_empty, is_known, *feed.wanted() != Wanted::default())
        })
    });
    let has_fault = Memo::new(move |_| app.feed_fault.with(Option::is_some));
    view! {
        {move || {
            let again = Callback::new(move |()| spawn_local(app.read_entries()));
            app.feed_fault.get().map(|fault| view! { <FaultCard fault again /> })
        }}
        {move || match standing.get() {
            (false, ..) => view! { <Days days /> }.into_any(),
            (true, ..) if has_fault.get() => ().into_any(),
            (true, false, _) => view! { <Skeleton /> }.into_any(),
            (true, true, true) => {
                view! { <p class="empty muted">{app.words().acts.feed_nothing_matches}</p> }
                    .into_any()
            }
            (true, true, false) => nothing_yet(app),
        }}
        <Older older />
    }
}

fn nothing_yet(app: App) -> AnyView {
    let words = app.words();
    view! {
        <div class="empty">
            <span class="empty-icon">{icon(Icon::Feed)}</span>
            <h2>{words.feed_empty_title}</h2>
            <p class="muted">{words.feed_empty_text}</p>
            <button type="button" class="primary" on:click=move |_| app.begin_conversation()>
                {words.new_conversation}
            </button>
        </div>
    }
    .into_any()
}

/// The days with their rows. Only what changed is drawn anew.
#[component]
fn Days(days: Memo<Vec<(Day, Vec<Row>)>>) -> impl IntoView {
    let app = app();
    let heads = move || {
        let head = |(day, rows): &(Day, Vec<Row>)| {
            let at = rows.first().map(Row::at).unwrap_or_default();
            (*day, at)
        };
        days.with(|days| days.iter().map(head).collect::<Vec<_>>())
    };
    let rows_of = move |wanted: Day| {
        days.with(|days| {
            let found = days.iter().find(|(day, _)| *day == wanted);
            found.map(|(_, rows)| rows.clone()).unwrap_or_default()
        })
    };
    view! {
        <For each=heads key=|(day, _)| *day let:head>
            {
                let (day, at): (Day, Timestamp) = head;
                view! {
                    <section>
                        <h2 class="day">{move || clock::day_name(at, app.language.get())}</h2>
                        <ul class="happenings">
                            <For each=move || rows_of(day) key=key_of let:row>
                                {move || line(app, &row)}
                            </For>
                        </ul>
                    </section>
                }
            }
        </For>
    }
}

/// Tells rows apart, and one that changed from what it was.
fn key_of(row: &Row) -> String {
    match row {
        Row::Entry(entry, from) => format!(
            "{} {} {:?} {from:?}",
            entry.number, entry.can_undo, entry.undone
        ),
        Row::Happening(happening) => format!("{happening:?}"),
    }
}

/// Leads to what happened before.
#[component]
fn Older(older: Callback<()>) -> impl IntoView {
    let app = app();
    let stored = Memo::new(move |_| app.feed.with(|feed| feed.entries.more));
    let told = Memo::new(move |_| {
        let reach = u64::try_from(app.feed_reach.get()).unwrap_or(u64::MAX);
        app.shelf.with(|shelf| shelf.total) > reach
    });
    let more = move |_| {
        if stored.get_untracked() {
            older.run(());
        } else {
            app.feed_reach.update(|reach| *reach += MORE);
            spawn_local(app.read_feed());
        }
    };
    view! {
        <Show when=move || stored.get() || told.get()>
            <button type="button" data-testid="feed-more" on:click=more>
                {move || app.words().show_more}
            </button>
        </Show>
    }
}
