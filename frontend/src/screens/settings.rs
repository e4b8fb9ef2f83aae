//! Settings, section by section. Most are made from what the hub says of them.

mod about;
mod api;
mod data;
mod limits;
mod may;
mod models;
mod remembers;
mod row;
mod servers;
mod usage;
mod you;

use leptos::prelude::*;

use self::about::About;
use self::api::Api;
use self::data::Data;
use self::limits::Limits;
use self::may::May;
use self::models::Models;
use self::remembers::Remembers;
use self::row::SettingRows;
use self::usage::Usage;
use self::you::You;
use crate::app::{Section, app};
use crate::page;

/// All settings.
#[component]
pub(crate) fn Settings() -> impl IntoView {
    let app = app();
    Effect::new(move |_| {
        if let Some(section) = app.section.get() {
            app.section.set(None);
            page::after_drawing(move || show(section));
        }
    });
    let links = Section::ALL.into_iter().map(|section| {
        view! {
            <li>
                <button type="button" class="section-link" on:click=move |_| show(section)>
                    {move || section.title(app.words())}
                </button>
            </li>
        }
    });
    view! {
        <div class="place settings">
            <nav class="sections" aria-label=move || app.words().sections>
                <ul>{links.collect_view()}</ul>
            </nav>
            <div class="scroll">
                <div class="column">
                    <header class="place-intro">
                        <h1>{move || app.words().settings_title}</h1>
                    </header>
                    {Section::ALL
                        .into_iter()
                        .map(|section| {
                            view! {
                                <section class="settings-section" aria-labelledby=section.id()>
                                    <h2 id=section.id() tabindex="-1">
                                        {move || section.title(app.words())}
                                    </h2>
                                    {content(section)}
                                </section>
                            }
                        })
                        .collect_view()}
                </div>
            </div>
        </div>
    }
}

fn content(section: Section) -> AnyView {
    match section {
        Section::You => view! { <You /> }.into_any(),
        Section::Models => view! { <Models /> }.into_any(),
        Section::May => view! { <May /> }.into_any(),
        Section::Remembers => view! { <Remembers /> }.into_any(),
        Section::Api => view! { <Api /> }.into_any(),
        Section::Usage => view! { <Usage /> }.into_any(),
        Section::Data => view! { <Data /> }.into_any(),
        Section::Limits => view! { <Limits /> }.into_any(),
        Section::Appearance => view! { <SettingRows section=Section::Appearance /> }.into_any(),
        Section::About => view! { <About /> }.into_any(),
    }
}

/// Brings a section into view and the focus to its heading.
fn show(section: Section) {
    let found = page::document().and_then(|document| document.get_element_by_id(section.id()));
    if let Some(heading) = found {
        heading.scroll_into_view();
        page::focus(&format!("#{}", section.id()));
    }
}
