//! What the AI does and did, in plain sentences: what waits for the person on top, below it what
//! happened, the newest first.

mod entries;
mod line;

use std::time::Duration;

use contract::feed::FeedKind;
use contract::model::{PullState, PullView};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::entries::Entries;
use crate::app::{App, Overlay, Section, app};
use crate::page;
use crate::parts::{Approvals, Composer, Icon, icon};
use crate::state::Wanted;

/// How long typing must rest before the feed is searched. As in the list of conversations.
const SEARCH_PATIENCE: Duration = Duration::from_millis(250);

/// From how many pixels below its beginning on a person is taken to read, so that nothing is put in
/// above. About two entries.
const READING_FROM_PX: i32 = 150;

/// How far from the end, in pixels, the next page is read. About one screen.
const NEAR_END_PX: i32 = 800;

/// The feed.
#[component]
pub(crate) fn Feed() -> impl IntoView {
    let app = app();
    let scroll = NodeRef::<html::Div>::new();
    let reading = RwSignal::new(false);
    spawn_local(async move {
        let is_fresh = app
            .feed
            .with_untracked(|feed| feed.entries.known && !feed.entries.cut);
        if !is_fresh {
            app.read_entries().await;
        }
        app.read_feed().await;
    });
    on_cleanup(move || hold(app, false));
    let calls = Memo::new(move |_| app.approvals.with(|book| book.of(None)));
    let look = move |_| {
        let Some(place) = scroll.get_untracked() else {
            return;
        };
        hold(app, place.scroll_top() > READING_FROM_PX);
        let rest = place.scroll_height() - place.scroll_top() - place.client_height();
        let has_more = app.feed.with_untracked(|feed| feed.entries.more);
        if rest < NEAR_END_PX && has_more {
            read_older(app, scroll, reading);
        }
    };
    view! {
        <div class="place">
            <div class="scroll feed-scroll" node_ref=scroll on:scroll=look>
                <div class="column">
                    <header class="place-intro">
                        <h1>{move || app.words().feed_title}</h1>
                        <p class="muted">
                            {move || app.words().feed_about} " "
                            <button
                                type="button"
                                class="quiet"
                                data-testid="about-private"
                                on:click=move |_| app.overlay.set(Some(Overlay::AboutGuardian))
                            >
                                {icon(Icon::Shield)}
                                {move || app.words().acts.feed_private}
                            </button>
                        </p>
                    </header>
                    <Approvals calls />
                    <Filters />
                    {move || pulls(app)}
                    <Newer scroll />
                    <Entries older=Callback::new(move |()| read_older(app, scroll, reading)) />
                </div>
            </div>
            <div class="column composer-column">
                <Composer />
            </div>
        </div>
    }
}

/// Has new entries wait, or not.
fn hold(app: App, held: bool) {
    if app
        .feed
        .with_untracked(|feed| feed.entries.would_change(held))
    {
        app.feed.update(|feed| feed.entries.hold(held));
    }
}

/// Reads the next page, one at a time. What is in view stays there, also when newer ones go.
fn read_older(app: App, scroll: NodeRef<html::Div>, reading: RwSignal<bool>) {
    if reading.get_untracked() {
        return;
    }
    reading.set(true);
    spawn_local(async move {
        let place = scroll.try_get_untracked().flatten();
        let kept = place.and_then(|place| page::Kept::last(&place, "[data-number]"));
        app.read_older_entries().await;
        page::after_drawing(move || {
            if let Some(kept) = kept {
                kept.put_back();
            }
            reading.try_set(false);
        });
    });
}

/// Reads from the newest entry, and goes there.
fn to_newest(app: App, scroll: NodeRef<html::Div>) {
    spawn_local(async move {
        if app.feed.with_untracked(|feed| feed.entries.cut) {
            app.read_entries().await;
        }
        hold(app, false);
        page::after_drawing(move || {
            if let Some(place) = scroll.try_get_untracked().flatten() {
                place.set_scroll_top(0);
            }
        });
    });
}

/// Says that newer entries are not shown, and leads to them.
#[component]
fn Newer(scroll: NodeRef<html::Div>) -> impl IntoView {
    let app = app();
    let state = Memo::new(move |_| {
        app.feed
            .with(|feed| (feed.entries.cut, feed.entries.waiting() as u64))
    });
    move || {
        let acts = app.words().acts;
        let (note, verb) = match state.get() {
            (true, _) => (acts.feed_cut.to_owned(), acts.feed_newest),
            (false, 0) => return None,
            (false, count) => ((acts.feed_new)(count), acts.feed_newest),
        };
        Some(view! {
            <p class="newer small" role="status" data-testid="feed-newer">
                <span>{note}</span>
                <button type="button" on:click=move |_| to_newest(app, scroll)>
                    {verb}
                </button>
            </p>
        })
    }
}

/// What of the feed is wanted.
#[component]
fn Filters() -> impl IntoView {
    let app = app();
    let want = move |wanted: Wanted| {
        app.feed.update(|feed| feed.want(wanted));
        spawn_local(app.read_entries());
    };
    let wanted = move || app.feed.with_untracked(|feed| feed.wanted().clone());
    let choose = move |event| {
        let name = event_target_value(&event);
        let kind = FeedKind::ALL.into_iter().find(|it| it.name() == name);
        want(Wanted { kind, ..wanted() });
    };
    // What is typed is kept here until it rests, so that each letter does not empty the feed.
    let typed = RwSignal::new(wanted().search);
    let search = move |event| {
        let search = event_target_value(&event);
        typed.set(search.clone());
        set_timeout(
            move || {
                let has_rested = typed.try_get_untracked().as_ref() == Some(&search);
                if has_rested && wanted().search != search {
                    want(Wanted { search, ..wanted() });
                }
            },
            SEARCH_PATIENCE,
        );
    };
    let chosen = Memo::new(move |_| app.feed.with(|feed| feed.wanted().kind));
    let kinds = FeedKind::ALL.into_iter().map(|kind| {
        view! {
            <option value=kind.name() selected=move || chosen.get() == Some(kind)>
                {move || app.words().acts.kind(kind)}
            </option>
        }
    });
    view! {
        <div class="filters">
            <select
                data-testid="feed-kind"
                aria-label=move || app.words().acts.feed_kind
                on:change=choose
            >
                <option value="">{move || app.words().acts.feed_kind_all}</option>
                {kinds.collect_view()}
            </select>
            <div class="search-box">
                {icon(Icon::Search)}
                <input
                    type="search"
                    data-testid="feed-search"
                    aria-label=move || app.words().acts.feed_search
                    placeholder=move || app.words().acts.feed_search
                    prop:value=move || typed.get()
                    on:input=search
                />
            </div>
        </div>
    }
}

/// Downloads that are under way or failed.
fn pulls(app: App) -> Option<AnyView> {
    let words = app.words();
    let pulls = app.feed.with(|feed| feed.pulls.clone());
    if pulls.is_empty() {
        return None;
    }
    let lines = pulls.into_iter().map(|pull: PullView| {
        let text = match &pull.state {
            PullState::Failed { .. } => (words.feed_pull_failed)(&pull.source),
            PullState::Running { .. } | PullState::Done { .. } | PullState::Cancelled => {
                (words.feed_pulling)(&pull.source)
            }
        };
        view! {
            <li class="happening">
                <span class="happening-icon">{icon(Icon::Download)}</span>
                <div>
                    <p>{text}</p>
                    <button
                        type="button"
                        class="quiet"
                        on:click=move |_| app.go_to_section(Section::Models)
                    >
                        {words.section_models}
                    </button>
                </div>
            </li>
        }
    });
    Some(view! { <ul class="happenings">{lines.collect_view()}</ul> }.into_any())
}
