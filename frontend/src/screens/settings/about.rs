//! About: version, licences, check-up.

use contract::Fault;
use contract::system::{ExamineHealth, HealthView};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::row::SettingRows;
use crate::app::{App, Section, app};
use crate::clock;
use crate::parts::{FaultCard, Icon, icon};

/// The section.
#[component]
pub(super) fn About() -> impl IntoView {
    let app = app();
    view! {
        {move || facts(app)}
        <h3>{move || app.words().licences_of_others}</h3>
        <p class="small">
            {move || app.words().licence_icons} " "
            <a href="licences/lucide.txt" target="_blank" rel="noopener">"Lucide"</a>
        </p>
        <p class="small">{move || app.words().licence_starter}</p>
        <CheckUp />
        <SettingRows section=Section::About />
    }
}

fn facts(app: App) -> AnyView {
    let words = app.words();
    let language = app.language.get();
    let status = app.status.get();
    let version = status
        .as_ref()
        .map_or(env!("CARGO_PKG_VERSION"), |it| it.version.as_str());
    let since = status.as_ref().map(|it| {
        let (day, time) = (
            clock::day_name(it.started, language),
            clock::time(it.started, language),
        );
        format!("{day}, {time}")
    });
    view! {
        <dl class="facts">
            <div>
                <dt>{words.version}</dt>
                <dd>{version.to_owned()}</dd>
            </div>
            {since
                .map(|since| {
                    view! {
                        <div>
                            <dt>{words.running_since}</dt>
                            <dd>{since}</dd>
                        </div>
                    }
                })}
            <div>
                <dt>{words.licence}</dt>
                <dd>{words.licence_words}</dd>
            </div>
        </dl>
    }
    .into_any()
}

/// Looks whether all is well.
#[component]
fn CheckUp() -> impl IntoView {
    let app = app();
    let found = RwSignal::new(None::<Result<HealthView, Fault>>);
    let busy = RwSignal::new(false);
    let examine = move |_| {
        busy.set(true);
        spawn_local(async move {
            let answer = app.ask(ExamineHealth {}).await;
            found.set(Some(answer.map_err(|fault| app.heed(fault))));
            busy.set(false);
        });
    };
    view! {
        <h3>{move || app.words().checkup}</h3>
        <p class="muted small">{move || app.words().checkup_about}</p>
        <button type="button" disabled=move || busy.get() on:click=examine>
            {move || app.words().checkup_start}
        </button>
        <div role="status">
            {move || match found.get() {
                None => ().into_any(),
                Some(Err(fault)) => view! { <FaultCard fault /> }.into_any(),
                Some(Ok(health)) => findings(app, health),
            }}
        </div>
    }
}

fn findings(app: App, health: HealthView) -> AnyView {
    let words = app.words();
    let lines = health.findings.into_iter().map(|finding| {
        let (symbol, word) = if finding.good {
            (Icon::Good, words.checkup_good)
        } else {
            (Icon::Warning, words.checkup_bad)
        };
        view! {
            <li class="card" class:bad=!finding.good>
                <div class="card-words">
                    <p class="card-title">
                        {icon(symbol)} {finding.what}
                        <span class="muted small">{word}</span>
                    </p>
                    <p class="muted small">{finding.seen}</p>
                    {finding.cure.map(|cure| view! { <p class="small">{cure}</p> })}
                </div>
            </li>
        }
    });
    view! { <ul class="cards">{lines.collect_view()}</ul> }.into_any()
}
