//! Limits: what this device has, and how much of it may be used.

use contract::system::{ResourcesView, ShowResources};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::row::SettingRows;
use crate::app::{App, Section, app};
use crate::client::sleep;
use crate::parts::Skeleton;
use crate::state::Amounts;

/// How often the figures are read while they are seen.
const EVERY_MS: u32 = 3_000;

/// The section.
#[component]
pub(super) fn Limits() -> impl IntoView {
    let app = app();
    let resources = RwSignal::new(None::<ResourcesView>);
    spawn_local(async move {
        loop {
            let read = app.ask(ShowResources {}).await.ok();
            // The signal goes with the section, and the reading with it.
            if read.is_some() && resources.try_set(read).is_some() {
                return;
            }
            sleep(EVERY_MS).await;
            if resources.is_disposed() {
                return;
            }
        }
    });
    view! {
        <h3>{move || app.words().this_device}</h3>
        {move || match resources.get() {
            None => view! { <Skeleton /> }.into_any(),
            Some(resources) => figures(app, &resources),
        }}
        <SettingRows section=Section::Limits />
    }
}

fn figures(app: App, it: &ResourcesView) -> AnyView {
    let words = app.words();
    let amounts = Amounts(words);
    let percent = |share| (words.percent)(u64::from(u8::from(share)));
    let mut facts = vec![
        (
            words.processor,
            format!("{}, {}", it.cpu, (words.cores)(u64::from(it.cores))),
        ),
        (
            words.busy,
            (words.busy_words)(&percent(it.cpu_busy), &percent(it.cpu_busy_by_us)),
        ),
        (
            words.memory,
            (words.memory_words)(
                &amounts.bytes(it.memory_available),
                &amounts.bytes(it.memory_total),
                &amounts.bytes(it.memory_by_us),
            ),
        ),
        (
            words.disk,
            (words.disk_words)(&amounts.bytes(it.disk_free), &amounts.bytes(it.disk_total)),
        ),
    ];
    if !it.gpus.is_empty() {
        facts.push((words.graphics, it.gpus.join(", ")));
    }
    if let Some(charge) = it.battery {
        facts.push((words.battery, percent(charge)));
    }
    if let Some(speed) = it.tokens_per_second {
        facts.push((
            words.speed,
            (words.speed_words)(&amounts.decimal(f64::from(speed))),
        ));
    }
    let rows = facts.into_iter().map(|(name, value)| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    });
    view! { <dl class="facts">{rows.collect_view()}</dl> }.into_any()
}
