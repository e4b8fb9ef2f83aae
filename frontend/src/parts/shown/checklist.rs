//! Things to tick. The ticks are the person's own and stay in the page.

use contract::show::{Checklist, Item};
use leptos::prelude::*;

use crate::app::app;

/// A checklist.
#[component]
pub(super) fn ChecklistView(checklist: Checklist) -> impl IntoView {
    let app = app();
    let done = RwSignal::new(
        checklist
            .items
            .iter()
            .map(|item| item.done)
            .collect::<Vec<_>>(),
    );
    let items = checklist.items.into_iter().enumerate();
    let items = items.map(|(place, Item { text, .. })| {
        view! {
            <li>
                <label>
                    <input
                        type="checkbox"
                        prop:checked=move || done.with(|done| done[place])
                        on:change=move |event| {
                            let is_done = event_target_checked(&event);
                            done.update(|done| done[place] = is_done);
                        }
                    />
                    <span class:done=move || done.with(|done| done[place])>{text}</span>
                </label>
            </li>
        }
    });
    let count = move || {
        let (ticked, all) = done.with(|done| {
            let ticked = done.iter().filter(|done| **done).count();
            (ticked as u64, done.len() as u64)
        });
        (app.words().shown.ticked)(ticked, all)
    };
    view! {
        <ul class="checklist">{items.collect_view()}</ul>
        <p class="muted small">
            <span role="status">{count}</span>
            ". "
            {move || app.words().shown.ticks_stay_here}
        </p>
    }
}
