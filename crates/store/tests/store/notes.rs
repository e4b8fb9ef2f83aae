//! Notes and reminders.

use base::{NoteId, ReminderId};
use store::{NoteFilter, NoteRow, ReminderFilter, ReminderRow, Store};

use crate::{at, open, unique, words_fit};

fn note(title: &str, text: &str, tags: &[&str], time: u64) -> NoteRow {
    NoteRow {
        id: NoteId::new(at(time), unique()),
        title: title.to_owned(),
        text: text.to_owned(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        created: at(time),
        updated: at(time),
    }
}

async fn titles(store: &Store, filter: NoteFilter) -> Vec<String> {
    let rows = store.notes(filter).await.expect("listed");
    rows.into_iter().map(|row| row.title).collect()
}

fn all(limit: u32) -> NoteFilter {
    NoteFilter {
        limit,
        ..NoteFilter::default()
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn notes_are_listed_searched_changed_and_deleted() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let bread = note("Bread", "Flour, water, salt", &["kitchen"], 1);
    let boat = note(
        "Boat",
        "Paint the hull before May",
        &["work", "sea \"side\""],
        2,
    );
    for row in [&bread, &boat] {
        store.save_note(row.clone()).await.expect("saved");
    }
    assert_eq!(titles(&store, all(9)).await, ["Boat", "Bread"]);
    let changed = NoteRow {
        text: "Flour, water, salt, time".to_owned(),
        created: at(7),
        updated: at(3),
        ..bread.clone()
    };
    store.save_note(changed.clone()).await.expect("saved");
    let expected = NoteRow {
        created: bread.created,
        ..changed
    };
    assert_eq!(
        store.note(bread.id).await.expect("read"),
        Some(expected.clone())
    );
    assert_eq!(
        titles(&store, all(9)).await,
        ["Bread", "Boat"],
        "the last changed first"
    );
    let page = NoteFilter {
        before: Some((expected.updated, expected.id)),
        ..all(9)
    };
    assert_eq!(titles(&store, page).await, ["Boat"]);
    for (typed, found) in [
        ("hull PAI", "Boat"),
        ("salt time", "Bread"),
        ("kitchen", "Bread"),
    ] {
        let search = NoteFilter {
            search: Some(typed.to_owned()),
            ..all(9)
        };
        assert_eq!(titles(&store, search).await, [found], "{typed}");
    }
    let tagged = |tag: &str| NoteFilter {
        tag: Some(tag.to_owned()),
        ..all(9)
    };
    assert_eq!(titles(&store, tagged("sea \"side\"")).await, ["Boat"]);
    assert!(
        titles(&store, tagged("sea")).await.is_empty(),
        "a whole tag"
    );
    assert_eq!(
        store.delete_note(bread.id).await.expect("deleted"),
        Some(expected)
    );
    assert_eq!(store.delete_note(bread.id).await.expect("deleted"), None);
    let search = NoteFilter {
        search: Some("flour".to_owned()),
        ..all(9)
    };
    assert!(titles(&store, search).await.is_empty());
    assert_eq!(
        store.integrity_check().await.expect("check"),
        Vec::<String>::new()
    );
    store.close().await.expect("closed");
    words_fit(folder.path(), "note_words");
}

fn reminder(text: &str, due: u64) -> ReminderRow {
    ReminderRow {
        id: ReminderId::new(at(1), unique()),
        text: text.to_owned(),
        due: at(due),
        created: at(1),
        done: None,
        told: None,
    }
}

#[tokio::test]
async fn reminder_is_told_when_it_is_due_and_once() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    assert_eq!(store.next_reminder().await.expect("read"), None);
    let (tea, call, late) = (
        reminder("tea", 10),
        reminder("call", 20),
        reminder("late", 90),
    );
    for row in [&call, &late, &tea] {
        store.save_reminder(row.clone()).await.expect("saved");
    }
    let due = async |store: &Store, now: u64| {
        let rows = store.reminders_due(at(now)).await.expect("read");
        rows.into_iter().map(|row| row.text).collect::<Vec<_>>()
    };
    assert_eq!(store.next_reminder().await.expect("read"), Some(at(10)));
    assert_eq!(due(&store, 9).await, [""; 0]);
    assert_eq!(due(&store, 25).await, ["tea", "call"]);
    store
        .mark_reminders_told(vec![tea.id], at(11))
        .await
        .expect("marked");
    store
        .mark_reminders_told(vec![tea.id], at(12))
        .await
        .expect("marked");
    store.close().await.expect("closed");
    let store = open(folder.path());
    assert_eq!(due(&store, 25).await, ["call"]);
    let told = store.reminder(tea.id).await.expect("read").expect("there");
    assert_eq!(told.told, Some(at(11)), "the first time stays");
    let done = ReminderRow {
        done: Some(at(15)),
        ..call.clone()
    };
    store.save_reminder(done.clone()).await.expect("saved");
    assert_eq!(due(&store, 25).await, [""; 0], "what is done is not told");
    assert_eq!(store.next_reminder().await.expect("read"), Some(at(90)));
    assert_eq!(
        store.delete_reminder(late.id).await.expect("deleted"),
        Some(late.clone())
    );
    assert_eq!(store.delete_reminder(late.id).await.expect("deleted"), None);
    assert_eq!(store.next_reminder().await.expect("read"), None);
}

#[tokio::test]
async fn reminders_are_listed_by_time_and_by_whether_they_are_done() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    for due in 1..=5 {
        let row = ReminderRow {
            done: (due == 3).then(|| at(9)),
            ..reminder(&due.to_string(), due)
        };
        store.save_reminder(row).await.expect("saved");
    }
    let all = ReminderFilter {
        limit: 9,
        ..ReminderFilter::default()
    };
    for (filter, expected) in [
        (all, &["1", "2", "3", "4", "5"][..]),
        (
            ReminderFilter {
                done: Some(true),
                ..all
            },
            &["3"],
        ),
        (
            ReminderFilter {
                done: Some(false),
                from: Some(at(2)),
                until: Some(at(5)),
                ..all
            },
            &["2", "4"],
        ),
        (ReminderFilter { limit: 2, ..all }, &["1", "2"]),
    ] {
        let rows = store.reminders(filter).await.expect("listed");
        let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
        assert_eq!(texts, expected, "{filter:?}");
    }
}
