//! The four tabs at the bottom.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::{Icon, icon};
use crate::app::app;
use crate::page;
use crate::route::Tab;
use crate::words::Words;

/// The name of a tab.
pub(crate) fn title(tab: Tab, words: &Words) -> &'static str {
    match tab {
        Tab::Visualize => words.tab_visualize,
        Tab::Feed => words.tab_feed,
        Tab::Logs => words.tab_logs,
        Tab::Settings => words.tab_settings,
    }
}

fn symbol(tab: Tab) -> Icon {
    match tab {
        Tab::Visualize => Icon::Message,
        Tab::Feed => Icon::Feed,
        Tab::Logs => Icon::Logs,
        Tab::Settings => Icon::Settings,
    }
}

/// The tab that a key leads to.
fn beside(tab: Tab, key: &str) -> Option<Tab> {
    let all = Tab::ALL;
    let here = all.iter().position(|one| *one == tab)?;
    let there = match key {
        "ArrowRight" => (here + 1) % all.len(),
        "ArrowLeft" => (here + all.len() - 1) % all.len(),
        "Home" => 0,
        "End" => all.len() - 1,
        _ => return None,
    };
    Some(all[there])
}

/// The tab bar: one stop for the tab key, arrows inside.
#[component]
pub(crate) fn TabBar() -> impl IntoView {
    let app = app();
    let on_key = move |event: KeyboardEvent| {
        if let Some(tab) = beside(app.tab.get_untracked(), &event.key()) {
            event.prevent_default();
            app.go(tab);
            page::focus(&format!("#tab-{}", tab.name()));
        }
    };
    let tabs = Tab::ALL.into_iter().map(|tab| {
        let is_here = move || app.tab.get() == tab;
        view! {
            <button
                type="button"
                role="tab"
                class="tab"
                id=format!("tab-{}", tab.name())
                data-testid=format!("tab-{}", tab.name())
                aria-selected=move || is_here().to_string()
                aria-controls="panel"
                tabindex=move || if is_here() { "0" } else { "-1" }
                on:click=move |_| app.go(tab)
            >
                {icon(symbol(tab))}
                <span>{move || title(tab, app.words())}</span>
            </button>
        }
    });
    view! {
        <nav class="tab-bar" aria-label=move || app.words().tabs>
            <div role="tablist" aria-label=move || app.words().tabs on:keydown=on_key>
                {tabs.collect_view()}
            </div>
        </nav>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_walk_around_the_tabs_and_other_keys_do_nothing() {
        assert_eq!(beside(Tab::Visualize, "ArrowLeft"), Some(Tab::Settings));
        assert_eq!(beside(Tab::Settings, "ArrowRight"), Some(Tab::Visualize));
        assert_eq!(beside(Tab::Logs, "Home"), Some(Tab::Visualize));
        assert_eq!(beside(Tab::Logs, "x"), None);
    }
}
