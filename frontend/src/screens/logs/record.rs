//! The record: the audit chain, page by page, and whether it is whole.

use std::collections::BTreeSet;
use std::time::Duration;

use contract::Fault;
use contract::audit::{AuditCheck, AuditEntry, AuditPage, ReadAudit, VerifyAudit};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::{App, app};
use crate::clock;
use crate::parts::{FaultCard, Icon, Skeleton, icon};
use crate::state::{PAGE_ROWS, Pages};
use crate::words::KeepWords;

/// How long typing must rest before the record is searched. As in the list of conversations.
const SEARCH_PATIENCE: Duration = Duration::from_millis(250);

/// How much of a hash a row shows: enough to compare two by eye. The whole is in its title.
const HASH_CHARS: usize = 12;

/// What is wanted of the record.
#[derive(Debug, Clone, Default, PartialEq)]
struct Wanted {
    kind: Option<String>,
    search: String,
}

impl Wanted {
    fn ask(&self, before: Option<i64>) -> ReadAudit {
        let words = self.search.trim();
        ReadAudit {
            kind: self.kind.clone(),
            search: (!words.is_empty()).then(|| words.to_owned()),
            before,
            limit: Some(PAGE_ROWS),
        }
    }
}

/// What is shown of the record. It goes with the place.
#[derive(Clone, Copy)]
struct Record {
    app: App,
    wanted: RwSignal<Wanted>,
    pages: RwSignal<Pages<AuditEntry>>,
    /// All kinds that were seen.
    kinds: RwSignal<BTreeSet<String>>,
    fault: RwSignal<Option<Fault>>,
    busy: RwSignal<bool>,
}

impl Record {
    /// Reads from the newest entry, or what comes before the oldest that is kept.
    fn read(self, before: Option<i64>) {
        let wanted = self.wanted.get_untracked();
        self.busy.set(true);
        spawn_local(async move {
            let answer = self.app.ask(wanted.ask(before)).await;
            // An answer to what was wanted before, or in a place that was left, is of no use.
            if self.wanted.try_get_untracked() != Some(wanted) {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(page) => self.take(page, before),
                Err(fault) => self.fault.set(Some(self.app.heed(fault))),
            }
        });
    }

    fn take(self, page: AuditPage, before: Option<i64>) {
        self.fault.set(None);
        let seen = page.entries.iter().map(|entry| entry.kind.clone());
        let seen: Vec<_> = seen.collect();
        self.kinds.update(|kinds| kinds.extend(seen));
        self.pages.update(|pages| match before {
            Some(_) => pages.add_older(page.entries, page.more),
            None => pages.replace(page.entries, page.more),
        });
    }

    fn want(self, wanted: Wanted) {
        self.wanted.set(wanted);
        self.pages.update(Pages::start_over);
        self.read(None);
    }
}

/// The record.
#[component]
pub(super) fn RecordView() -> impl IntoView {
    let app = app();
    let record = Record {
        app,
        wanted: RwSignal::new(Wanted::default()),
        pages: RwSignal::new(Pages::default()),
        kinds: RwSignal::new(BTreeSet::new()),
        fault: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    record.read(None);
    let again = Callback::new(move |()| record.read(None));
    let standing = Memo::new(move |_| {
        let (known, count) = record.pages.with(|pages| (pages.known, pages.len()));
        (known, count == 0, record.wanted.get() != Wanted::default())
    });
    view! {
        <div class="scroll" data-testid="record">
            <div class="column wide">
                <p class="muted small">{move || app.words().keeps.record_about}</p>
                <Check />
                <Filters record />
                {move || record.fault.get().map(|fault| view! { <FaultCard fault again /> })}
                {move || match standing.get() {
                    (_, false, _) => view! { <Entries record /> }.into_any(),
                    (false, ..) if record.fault.with(Option::is_some) => ().into_any(),
                    (false, ..) => view! { <Skeleton /> }.into_any(),
                    (true, true, is_filtered) => {
                        let keeps = app.words().keeps;
                        let text = if is_filtered {
                            keeps.record_nothing_matches
                        } else {
                            keeps.record_empty
                        };
                        view! { <p class="empty muted">{text}</p> }.into_any()
                    }
                }}
            </div>
        </div>
    }
}

#[component]
fn Filters(record: Record) -> impl IntoView {
    let app = app();
    let chosen = Memo::new(move |_| record.wanted.with(|wanted| wanted.kind.clone()));
    let options = move || {
        let one = |kind: String| {
            let is_chosen = chosen.with(|chosen| chosen.as_ref() == Some(&kind));
            view! { <option value=kind.clone() selected=is_chosen>{kind.clone()}</option> }
        };
        let kinds = record.kinds.get();
        kinds.into_iter().map(one).collect_view()
    };
    let choose = move |event| {
        let kind = Some(event_target_value(&event)).filter(|kind| !kind.is_empty());
        let before = record.wanted.get_untracked();
        record.want(Wanted { kind, ..before });
    };
    let typed = RwSignal::new(String::new());
    let search = move |event| {
        let search = event_target_value(&event);
        typed.set(search.clone());
        set_timeout(
            move || {
                if typed.try_get_untracked().as_ref() == Some(&search) {
                    let before = record.wanted.get_untracked();
                    record.want(Wanted { search, ..before });
                }
            },
            SEARCH_PATIENCE,
        );
    };
    view! {
        <div class="filters">
            <select
                data-testid="record-kind"
                aria-label=move || app.words().keeps.record_kind
                on:change=choose
            >
                <option value="">{move || app.words().keeps.record_kind_all}</option>
                {options}
            </select>
            <div class="search-box">
                {icon(Icon::Search)}
                <input
                    type="search"
                    data-testid="record-search"
                    aria-label=move || app.words().keeps.record_search
                    placeholder=move || app.words().keeps.record_search
                    prop:value=move || typed.get()
                    on:input=search
                />
            </div>
            <button
                type="button"
                disabled=move || record.busy.get()
                on:click=move |_| record.read(None)
            >
                {icon(Icon::Again)}
                {move || app.words().keeps.record_refresh}
            </button>
        </div>
    }
}

/// The entries that are kept, and the way to those that are not.
#[component]
fn Entries(record: Record) -> impl IntoView {
    let app = app();
    let cut = Memo::new(move |_| record.pages.with(|pages| pages.cut));
    let more = Memo::new(move |_| record.pages.with(|pages| pages.more));
    let entries = move || {
        record
            .pages
            .with(|pages| pages.iter().cloned().collect::<Vec<_>>())
    };
    let head = move |name: fn(&KeepWords) -> &'static str| {
        view! { <th scope="col">{move || name(app.words().keeps)}</th> }
    };
    view! {
        <Show when=move || cut.get()>
            <p class="newer small" role="status">
                <span>{move || app.words().acts.feed_cut}</span>
                <button type="button" on:click=move |_| record.read(None)>
                    {move || app.words().acts.feed_newest}
                </button>
            </p>
        </Show>
        <div class="table-block" tabindex="0">
            <table class="record">
                <thead>
                    <tr>
                        {head(|keeps| keeps.record_number)} {head(|keeps| keeps.record_time)}
                        {head(|keeps| keeps.record_kind)} {head(|keeps| keeps.record_actor)}
                        {head(|keeps| keeps.record_subject)} {head(|keeps| keeps.record_digest)}
                        {head(|keeps| keeps.record_hash)}
                    </tr>
                </thead>
                <tbody>
                    <For each=entries key=|entry| entry.number let:entry>
                        {row(app, entry)}
                    </For>
                </tbody>
            </table>
        </div>
        <Show when=move || more.get()>
            <button
                type="button"
                data-testid="record-more"
                disabled=move || record.busy.get()
                on:click=move |_| record.read(record.pages.with_untracked(Pages::before))
            >
                {move || app.words().show_more}
            </button>
        </Show>
    }
}

fn row(app: App, entry: AuditEntry) -> AnyView {
    let hash = |hash: Option<String>| {
        let short = hash.as_deref().map(short_hash);
        view! {
            <td>
                <code title=hash>{short}</code>
            </td>
        }
    };
    let at = entry.at;
    view! {
        <tr data-testid="record-row" data-kind=entry.kind.clone()>
            <td class="end">{entry.number}</td>
            <td>
                <time>{move || clock::exact(at, app.language.get())}</time>
            </td>
            <td>{entry.kind.clone()}</td>
            <td>{entry.actor}</td>
            <td>{entry.subject}</td>
            {hash(entry.digest)}
            {hash(Some(entry.hash))}
        </tr>
    }
    .into_any()
}

fn short_hash(hash: &str) -> String {
    hash.chars().take(HASH_CHARS).collect()
}

/// Checks the whole chain.
#[component]
fn Check() -> impl IntoView {
    let app = app();
    let found = RwSignal::new(None::<Result<AuditCheck, Fault>>);
    let busy = RwSignal::new(false);
    let check = move |_| {
        busy.set(true);
        spawn_local(async move {
            let answer = app.ask(VerifyAudit {}).await;
            // The place may be left by then.
            found.try_set(Some(answer.map_err(|fault| app.heed(fault))));
            busy.try_set(false);
        });
    };
    let name = move || {
        let keeps = app.words().keeps;
        if busy.get() {
            keeps.record_checking
        } else {
            keeps.record_check
        }
    };
    view! {
        <div class="record-check">
            <button
                type="button"
                data-testid="record-check"
                disabled=move || busy.get()
                on:click=check
            >
                {icon(Icon::Shield)}
                {name}
            </button>
            <div role="status" data-testid="record-outcome">
                {move || match found.get() {
                    None => ().into_any(),
                    Some(Err(fault)) => view! { <FaultCard fault /> }.into_any(),
                    Some(Ok(check)) => outcome(app.words().keeps, &check),
                }}
            </div>
        </div>
    }
}

fn outcome(keeps: &'static KeepWords, check: &AuditCheck) -> AnyView {
    let is_whole = check.wrong.is_none();
    let lines = outcome_words(keeps, check);
    let lines = lines
        .into_iter()
        .map(|line| view! { <p class="small">{line}</p> });
    view! {
        <div class="card" class:bad=!is_whole>
            {icon(if is_whole { Icon::Good } else { Icon::Problem })}
            <div class="card-words">{lines.collect_view()}</div>
        </div>
    }
    .into_any()
}

/// What the check found, as sentences.
fn outcome_words(keeps: &KeepWords, check: &AuditCheck) -> Vec<String> {
    if let Some(wrong) = &check.wrong {
        return vec![
            (keeps.record_wrong)(wrong),
            keeps.record_wrong_about.to_owned(),
        ];
    }
    let mut lines = vec![(keeps.record_whole)(check.entries, check.heads)];
    lines.extend(check.head.as_deref().map(keeps.record_head));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    fn check(wrong: Option<&str>) -> AuditCheck {
        AuditCheck {
            entries: 1_204,
            heads: 1,
            wrong: wrong.map(str::to_owned),
            head: Some("ab12".to_owned()),
        }
    }

    #[test]
    fn whole_chain_says_what_was_checked_and_its_newest_hash() {
        let keeps = Language::English.words().keeps;
        assert_eq!(
            outcome_words(keeps, &check(None)),
            [
                "The chain is whole: 1204 entries and 1 signature were checked.",
                "Newest hash: ab12"
            ]
        );
    }

    #[test]
    fn broken_chain_says_where_and_what_to_do() {
        let keeps = Language::English.words().keeps;
        let lines = outcome_words(keeps, &check(Some("entry 7 has another hash")));
        assert_eq!(lines[0], "The chain is not whole: entry 7 has another hash");
        assert!(lines[1].contains("backup"), "advice follows");
    }

    #[test]
    fn blank_search_asks_for_everything() {
        let wanted = Wanted {
            kind: Some("egress".to_owned()),
            search: "  ".to_owned(),
        };
        let ask = wanted.ask(Some(7));
        assert_eq!((ask.search, ask.before), (None, Some(7)));
        assert_eq!(ask.kind.as_deref(), Some("egress"));
    }
}
