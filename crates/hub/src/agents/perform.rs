//! What calls of tools do.
//!
//! Whatever is changed in the store is changed once for each call, however often it is performed. What leaves
//! goes through the guardian, and into the audit chain before it leaves.

mod exit;
mod files;
mod introduction;
mod server;
mod web;

use base::{NoteId, ReminderId, Timestamp};
use contract::identity::VaultState;
use contract::show::{Cell, FENCE, ROWS_MAX, Shown, TEXT_CHARS_MAX, Table};
use domain::agent::call::{Call, CallEnd, Labels};
use domain::agent::capability::Capability;
use domain::agent::turn;
use guardian::Refusal;
use serde_json::{Value, json};
use store::{
    HybridSearch, MemoryFilter, MemoryRow, MemorySource, NoteFilter, NoteRow, ReminderFilter,
    ReminderRow, StoreError,
};

use super::journal::Root;
use super::tools;
use crate::convert;
use crate::house::Hub;

/// Characters of a file or a page that a model is shown: some pages of a book.
const SHOWN_CHARS: usize = 12_000;

/// The most entries that a list for a model has.
const LISTED_MAX: u32 = 20;

/// What a call is performed with.
pub(super) struct Errand {
    pub(super) hub: Hub,
    pub(super) call: Call,
    pub(super) root: Root,
    /// Where all that the agent has seen came from.
    pub(super) seen: Labels,
    /// Whether the person said yes to exactly this call.
    pub(super) is_approved: bool,
    /// The tool as it was offered to the agent; `None` where that is not known any more.
    pub(super) offered: Option<turn::Tool>,
}

/// Why a call did not work, in words for the model and the person.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    #[error("there is no tool of this name")]
    UnknownTool,
    #[error("the argument `{0}` is missing")]
    Missing(&'static str),
    #[error("`{0}` is no time: write a local time such as 2026-03-01 17:30, or +20m, +2h, +1d")]
    NoTime(String),
    #[error("the time {0} is over")]
    TimeOver(String),
    #[error("no folder was granted: grant one in Settings, or with `hai-net tools grant FOLDER`")]
    NoFolder,
    #[error("{0}")]
    Files(String),
    #[error("{0}")]
    Web(String),
    #[error("{0}")]
    Server(String),
    #[error("the tool is another one than it was when it was offered; look at it in Settings")]
    ToolChanged,
    #[error("the guardian keeps it in: {0}")]
    Kept(Refusal),
    #[error("it could not be looked up: {0}")]
    Store(#[from] StoreError),
    #[error("it broke: {0}")]
    Broken(String),
}

/// What a call brought.
pub(super) struct Brought {
    pub(super) text: String,
    pub(super) from: &'static str,
}

fn brought(text: impl Into<String>, from: &'static str) -> Brought {
    Brought {
        text: text.into(),
        from,
    }
}

/// Performs a call.
pub(super) async fn run(errand: Errand) -> CallEnd {
    let arguments: Value = serde_json::from_str(&errand.call.arguments).unwrap_or_default();
    match perform(&errand, &arguments).await {
        Ok(Brought { text, from }) => CallEnd::Done {
            text,
            labels: Labels::from([from.to_owned()]),
        },
        Err(error) => {
            let from = match error {
                // A stranger's words.
                CallError::Server(_) => tools::OUTSIDE,
                _ => tools::STORE,
            };
            CallEnd::Failed {
                reason: error.to_string(),
                labels: Labels::from([from.to_owned()]),
            }
        }
    }
}

async fn perform(errand: &Errand, arguments: &Value) -> Result<Brought, CallError> {
    if let Capability::Mcp(server) = &errand.call.capability {
        return server::call(errand, server, arguments).await;
    }
    match errand.call.tool.as_str() {
        super::share::SHARE => server::share(errand, arguments).await,
        "now" => Ok(brought(now(errand.hub.now()), tools::PUBLIC)),
        "system_status" => system_status(&errand.hub).await,
        "find_people" => Ok(brought(
            "No community is joined yet, so there is nobody to look for. Nothing was sent anywhere.",
            tools::PUBLIC,
        )),
        "introduce" => introduction::introduce(errand, text(arguments, "text")?).await,
        "set_up" => introduction::set_up(errand, text(arguments, "text")?).await,
        "list_reminders" => list_reminders(&errand.hub).await,
        "set_reminder" => set_reminder(errand, arguments).await,
        "write_note" => write_note(errand, arguments).await,
        "search_notes" => search_notes(&errand.hub, arguments).await,
        "remember" => remember(errand, arguments).await,
        "recall" => recall(&errand.hub, text(arguments, "query")?).await,
        "search_documents" => search_documents(errand, text(arguments, "query")?).await,
        "list_files" | "read_file" | "search_files" | "write_file" => {
            files::perform(errand, arguments).await
        }
        "fetch_page" => web::fetch(errand, text(arguments, "address")?).await,
        _ => Err(CallError::UnknownTool),
    }
}

/// What a model is shown of a text.
fn shown(text: String) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        None => text,
        Some((at, _)) => format!("{}\n(the rest is left out)", &text[..at]),
    }
}

fn text<'a>(arguments: &'a Value, field: &'static str) -> Result<&'a str, CallError> {
    arguments[field]
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .ok_or(CallError::Missing(field))
}

fn local(at: Timestamp) -> jiff::ZonedDateTime {
    let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis)
        .unwrap_or(jiff::Timestamp::MAX)
        .to_zoned_datetime(jiff::tz::TimeZone::system())
}

fn now(at: Timestamp) -> String {
    local(at)
        .strftime("It is %A, %-d %B %Y, %H:%M.")
        .to_string()
}

fn minute(at: Timestamp) -> String {
    local(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Reads a time: `+20m`, `+2h`, `+1d`, `2026-03-01 17:30`, or `17:30` for the next time that it is that late.
fn time(written: &str, now: Timestamp) -> Result<Timestamp, CallError> {
    let no_time = || CallError::NoTime(written.to_owned());
    let here = local(now);
    let at = if let Some(span) = written.strip_prefix('+') {
        let span = span.trim();
        let unit = span.chars().last().ok_or_else(no_time)?;
        let count: i64 = span[..span.len() - unit.len_utf8()]
            .trim()
            .parse()
            .map_err(|_| no_time())?;
        let span = match unit {
            'm' => jiff::Span::new().try_minutes(count),
            'h' => jiff::Span::new().try_hours(count),
            'd' => jiff::Span::new().try_days(count),
            _ => return Err(no_time()),
        };
        here.checked_add(span.map_err(|_| no_time())?)
    } else if let Ok(time) = jiff::civil::Time::strptime("%H:%M", written) {
        let today = here.with().time(time).second(0).build();
        let today = today.map_err(|_| no_time())?;
        if today > here {
            Ok(today)
        } else {
            today.checked_add(jiff::Span::new().days(1))
        }
    } else {
        let written = written.replace('T', " ");
        let civil = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M", &written)
            .or_else(|_| jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", &written));
        civil
            .map_err(|_| no_time())?
            .to_zoned_datetime(jiff::tz::TimeZone::system())
    };
    let at = at.map_err(|_| no_time())?.timestamp().as_millisecond();
    let at = Timestamp::from_millis(u64::try_from(at).map_err(|_| no_time())?);
    if at <= now {
        return Err(CallError::TimeOver(minute(at)));
    }
    Ok(at)
}

async fn system_status(hub: &Hub) -> Result<Brought, CallError> {
    let broken = |fault: contract::Fault| CallError::Broken(fault.message);
    let status = hub
        .answer(contract::system::ShowStatus {})
        .await
        .map_err(broken)?;
    let machine = hub
        .answer(contract::system::ShowResources {})
        .await
        .map_err(broken)?;
    let rows = super::told::status_rows(&status, &machine);
    let rows = rows.into_iter().map(|(what, how)| vec![what, how]);
    let view = table("System status", ["What", "How it is"], rows);
    Ok(brought(
        format!("This is how this machine and HAI-Net are doing.\n{view}"),
        tools::STORE,
    ))
}

/// A table for the person to see beside the answer.
fn table(title: &str, columns: [&str; 2], rows: impl Iterator<Item = Vec<String>>) -> String {
    let cell = |text: String| Cell::Text(text.chars().take(TEXT_CHARS_MAX).collect());
    let shown = Shown::Table(Table {
        title: title.to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: rows
            .take(ROWS_MAX)
            .map(|row| row.into_iter().map(cell).collect())
            .collect(),
    });
    view(&shown)
}

/// A view as it stands in an answer.
fn view(shown: &Shown) -> String {
    let json = serde_json::to_string(shown).expect("a view is plain data");
    format!("```{FENCE}\n{json}\n```")
}

async fn list_reminders(hub: &Hub) -> Result<Brought, CallError> {
    let filter = ReminderFilter {
        done: Some(false),
        limit: LISTED_MAX,
        ..ReminderFilter::default()
    };
    let rows = hub.house.store.reminders(filter).await?;
    if rows.is_empty() {
        return Ok(brought("There are no reminders.", tools::STORE));
    }
    let lines: Vec<String> = rows
        .iter()
        .map(|row| format!("- {}: {}", minute(row.due), row.text))
        .collect();
    let rows = rows.into_iter().map(|row| vec![minute(row.due), row.text]);
    let view = table("Reminders", ["When", "What"], rows);
    Ok(brought(
        format!("{}\n{view}", lines.join("\n")),
        tools::STORE,
    ))
}

async fn set_reminder(errand: &Errand, arguments: &Value) -> Result<Brought, CallError> {
    let now = errand.hub.now();
    let (text, due) = (text(arguments, "text")?, text(arguments, "when")?);
    let due = time(due, now)?;
    let row = ReminderRow {
        id: ReminderId::from_bytes(errand.call.id.to_bytes()),
        text: text.to_owned(),
        due,
        created: now,
        done: None,
        told: None,
    };
    let told = format!("The reminder is set for {}: {text}", minute(due));
    let outcome = json!({ "text": told, "undo": { "reminder": row.id.to_string() } });
    once(errand, outcome, move |together| {
        together.save_reminder(&row)
    })
    .await
}

async fn write_note(errand: &Errand, arguments: &Value) -> Result<Brought, CallError> {
    let now = errand.hub.now();
    let row = NoteRow {
        id: NoteId::from_bytes(errand.call.id.to_bytes()),
        title: text(arguments, "title")?.to_owned(),
        text: text(arguments, "text")?.to_owned(),
        tags: Vec::new(),
        created: now,
        updated: now,
    };
    let told = format!("The note “{}” is written.", row.title);
    let outcome = json!({ "text": told, "undo": { "note": row.id.to_string() } });
    once(errand, outcome, move |together| together.save_note(&row)).await
}

async fn search_notes(hub: &Hub, arguments: &Value) -> Result<Brought, CallError> {
    let query = text(arguments, "query")?.to_owned();
    let store = &hub.house.store;
    let listed = |search| NoteFilter {
        search,
        limit: LISTED_MAX,
        ..NoteFilter::default()
    };
    let mut rows = store.notes(listed(Some(query))).await?;
    if rows.is_empty() {
        // The words are the whole question, so often none fits: the newest notes say more than nothing.
        rows = store.notes(listed(None)).await?;
    }
    if rows.is_empty() {
        return Ok(brought("There are no notes.", tools::STORE));
    }
    let lines: Vec<String> = rows
        .iter()
        .map(|row| format!("- {}: {}", row.title, row.text))
        .collect();
    Ok(brought(lines.join("\n"), tools::STORE))
}

/// What the person told in this conversation, as it is kept.
fn fact(errand: &Errand, id: base::MemoryId, text: String) -> MemoryRow {
    let now = errand.hub.now();
    MemoryRow {
        id,
        text,
        kind: "fact".to_owned(),
        source: MemorySource::Conversation(errand.root.conversation),
        created: now,
        updated: now,
        used: None,
    }
}

async fn remember(errand: &Errand, arguments: &Value) -> Result<Brought, CallError> {
    let id = base::MemoryId::from_bytes(errand.call.id.to_bytes());
    let row = fact(errand, id, text(arguments, "text")?.to_owned());
    let told = format!("Remembered: {}", row.text);
    let outcome = json!({ "text": told, "undo": { "memory": row.id.to_string() } });
    let done = once(errand, outcome, move |together| {
        together.add_memory(&row, None)
    })
    .await?;
    tell_memories_changed(errand).await;
    Ok(done)
}

async fn tell_memories_changed(errand: &Errand) {
    let changed = contract::Notice::MemoriesChanged;
    errand.hub.bring(crate::desk::Input::Tell(changed)).await;
}

/// Changes something in the store once for this call.
async fn once(
    errand: &Errand,
    outcome: Value,
    job: impl Fn(&store::Transaction<'_>) -> Result<(), StoreError> + Send + 'static,
) -> Result<Brought, CallError> {
    let store = &errand.hub.house.store;
    let performed = store
        .perform_once(errand.call.id, errand.hub.now(), move |together| {
            job(together)?;
            Ok(outcome.clone())
        })
        .await?;
    let text = performed.outcome["text"].as_str().unwrap_or_default();
    Ok(brought(text, tools::STORE))
}

/// What is known about the person and has some of these words; the best first.
///
/// By words alone: a model finds something near to everything, and what is told without being asked for must
/// fit.
pub(super) async fn known(hub: &Hub, words: &str, most: u32) -> Vec<String> {
    if hub.vault_state() == VaultState::Locked {
        return Vec::new();
    }
    let search = HybridSearch {
        text: words.to_owned(),
        embedding: None,
        limit: most,
    };
    remembered(hub, search).await.unwrap_or_else(|error| {
        tracing::warn!(
            "what is known cannot be looked up: {}",
            convert::chain(&error)
        );
        Vec::new()
    })
}

/// Memories that fit a search, the best first; it is noted that they helped.
async fn remembered(hub: &Hub, search: HybridSearch) -> Result<Vec<String>, StoreError> {
    let found = hub.house.store.search_memories(search).await?;
    if !found.is_empty() {
        let used = found.iter().map(|found| found.memory.id).collect();
        let (store, now) = (hub.house.store.clone(), hub.now());
        // Nobody waits for the disk because of this.
        hub.undertake(async move {
            if let Err(error) = store.mark_memories_used(used, now).await {
                tracing::warn!("it could not be noted that memories helped: {error}");
            }
        });
    }
    Ok(found.into_iter().map(|found| found.memory.text).collect())
}

/// What is known about the person, what fits the question best first.
async fn recall(hub: &Hub, query: &str) -> Result<Brought, CallError> {
    let search = hub.search_for(query.to_owned(), LISTED_MAX).await;
    let mut lines = remembered(hub, search).await?;
    if lines.is_empty() {
        let filter = MemoryFilter {
            limit: LISTED_MAX,
            ..MemoryFilter::default()
        };
        let rows = hub.house.store.memories(filter).await?;
        lines = rows.into_iter().map(|row| row.text).collect();
    }
    if lines.is_empty() {
        return Ok(brought(
            "Nothing is known about the person yet.",
            tools::MEMORY,
        ));
    }
    let text = format!("This is known about the person:\n- {}", lines.join("\n- "));
    Ok(brought(text, tools::MEMORY))
}

async fn search_documents(errand: &Errand, query: &str) -> Result<Brought, CallError> {
    let search = errand.hub.search_for(query.to_owned(), LISTED_MAX / 4);
    let search = search.await;
    let store = &errand.hub.house.store;
    let found = store
        .search_documents(search, Some(errand.root.conversation))
        .await?;
    if found.is_empty() {
        return Ok(brought(
            "No document has anything about this. Say so.",
            tools::FILE,
        ));
    }
    let pieces: Vec<String> = found
        .iter()
        .map(|found| {
            let page = found.chunk.page.map(|page| format!(", page {page}"));
            let place = format!("{}{}", found.name, page.unwrap_or_default());
            format!("[{place}] {}", found.chunk.text)
        })
        .collect();
    let text = format!(
        "Pieces of the documents. Name the document in brackets when you use one:\n{}",
        pieces.join("\n")
    );
    Ok(brought(text, tools::FILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_772_366_400_000);

    #[test]
    fn times_are_read_as_a_small_model_writes_them() {
        let after = |written: &str| {
            let at = time(written, NOON).expect(written);
            (at.as_millis() - NOON.as_millis()) / 60_000
        };
        assert_eq!(after("+20m"), 20);
        assert_eq!(after("+2h"), 120);
        assert_eq!(after("+ 1d"), 24 * 60);
        assert!(after("17:30") <= 24 * 60);
        assert_eq!(after("2030-01-01T08:00"), after("2030-01-01 08:00:00"));
    }

    #[test]
    fn what_is_no_time_to_come_is_refused() {
        for written in [
            "",
            "soon",
            "+",
            "+m",
            "+2y",
            "25:99",
            "2020-01-01 10:00",
            "+99999999999999d",
        ] {
            assert!(time(written, NOON).is_err(), "{written}");
        }
    }
}
