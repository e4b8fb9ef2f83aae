use std::collections::BTreeMap;

use base::MessageId;
use contract::conversation::MessageView;

use super::*;

fn conversation() -> ConversationId {
    ConversationId::from_bytes([9; 16])
}

fn entry(number: i64, at: u64, kind: FeedKind) -> FeedEntry {
    FeedEntry {
        number,
        at: Timestamp::from_millis(at),
        kind,
        text: format!("Entry {number} about Trains"),
        translations: BTreeMap::from([("de".to_owned(), format!("Eintrag {number} über Züge"))]),
        conversation: Some(conversation()),
        agent: None,
        can_undo: true,
        undone: None,
    }
}

/// A conversation with answers that began at these times and took a second.
fn answered(at: &[u64]) -> ConversationView {
    let usage = UsageView {
        prompt_tokens: 1,
        cached_tokens: 0,
        completion_tokens: 1,
        first_token_ms: 1,
        total_ms: 1_000,
    };
    let answers = at.iter().enumerate().map(|(place, at)| MessageView {
        id: MessageId::from_bytes([u8::try_from(place).expect("few"); 16]),
        parent: None,
        role: Role::Assistant,
        text: String::new(),
        state: MessageState::Done,
        created: Timestamp::from_millis(*at),
        model: None,
        ran_on: None,
        usage: Some(usage),
    });
    ConversationView {
        id: conversation(),
        title: "Sky".to_owned(),
        model: None,
        created: Timestamp::default(),
        updated: Timestamp::default(),
        head: None,
        messages: answers.collect(),
    }
}

/// The numbers of entries, and whether an answer was found for each; `None` for what has no entry.
fn shape(book: &FeedBook) -> Vec<Option<(i64, bool)>> {
    let shape = |row: &Row| match row {
        Row::Entry(entry, from) => Some((entry.number, from.is_some())),
        Row::Happening(_) => None,
    };
    book.rows().iter().map(shape).collect()
}

#[test]
fn answer_is_told_once_by_its_entry_with_what_it_cost() {
    let mut book = FeedBook::default();
    book.tell(&answered(&[1_000, 500_000]));
    book.entries
        .replace(vec![entry(1, 2_050, FeedKind::Answer)], false);
    assert_eq!(
        shape(&book),
        [None, Some((1, true))],
        "the second answer has no entry and is told all the same"
    );
}

#[test]
fn two_answers_close_together_keep_their_own_costs() {
    let mut book = FeedBook::default();
    book.tell(&answered(&[1_000, 3_000]));
    let entries = vec![
        entry(2, 4_010, FeedKind::Answer),
        entry(1, 2_010, FeedKind::Answer),
    ];
    book.entries.replace(entries, false);
    let rows = book.rows();
    let began = rows.iter().map(|row| match row {
        Row::Entry(_, Some(from)) => Some(from.at.as_millis()),
        _ => None,
    });
    assert_eq!(began.collect::<Vec<_>>(), [Some(3_000), Some(1_000)]);
}

#[test]
fn conversations_tell_nothing_from_beyond_the_part_that_is_kept() {
    let mut book = FeedBook::default();
    book.tell(&answered(&[1_000, 900_000]));
    book.entries
        .replace(vec![entry(5, 500_000, FeedKind::Look)], true);
    assert_eq!(
        shape(&book),
        [None, Some((5, false))],
        "the older answer would stand where entries are missing"
    );
    book.entries.more = false;
    assert_eq!(shape(&book).len(), 3, "at the end of the feed it is told");
}

#[test]
fn filter_and_search_hold_for_what_comes_later_too() {
    let mut book = FeedBook::default();
    book.tell(&answered(&[1_000]));
    book.want(Wanted {
        kind: Some(FeedKind::Change),
        search: " trains 7 ".to_owned(),
    });
    book.entries.replace(Vec::new(), false);
    book.grow(vec![
        entry(7, 1, FeedKind::Change),
        entry(8, 1, FeedKind::Change),
        entry(70, 1, FeedKind::Look),
    ]);
    assert_eq!(shape(&book), [Some((7, false))]);
    book.want(Wanted {
        kind: Some(FeedKind::Answer),
        search: String::new(),
    });
    book.entries.replace(Vec::new(), false);
    assert_eq!(shape(&book), [None], "answers of conversations are answers");
}

#[test]
fn entry_that_was_undone_cannot_be_undone_again() {
    let mut book = FeedBook::default();
    book.entries
        .replace(vec![entry(1, 1, FeedKind::Change)], false);
    let now = Timestamp::from_millis(9);
    book.undone(1, now);
    let Some(Row::Entry(entry, _)) = book.rows().into_iter().next() else {
        panic!("it is still told");
    };
    assert_eq!((entry.can_undo, entry.undone), (false, Some(now)));
}
