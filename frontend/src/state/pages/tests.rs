use std::collections::BTreeMap;

use base::Timestamp;
use contract::feed::FeedKind;

use super::*;

fn entry(number: i64) -> FeedEntry {
    FeedEntry {
        number,
        at: Timestamp::default(),
        kind: FeedKind::Look,
        text: String::new(),
        translations: BTreeMap::new(),
        conversation: None,
        agent: None,
        can_undo: false,
        undone: None,
    }
}

/// The entries with these numbers, the newest first.
fn page(numbers: std::ops::Range<i64>) -> Vec<FeedEntry> {
    numbers.rev().map(entry).collect()
}

fn numbers(pages: &Pages<FeedEntry>) -> Vec<i64> {
    pages.iter().map(Numbered::number).collect()
}

fn read(numbers: std::ops::Range<i64>) -> Pages<FeedEntry> {
    let mut pages = Pages::default();
    pages.replace(page(numbers), true);
    pages
}

#[test]
fn a_hundred_thousand_entries_are_read_to_the_end_without_keeping_more_than_the_limit() {
    let mut pages = read(99_900..100_000);
    let mut reads = 1;
    while pages.more {
        let before = pages.before().expect("something is kept");
        let next = (before - i64::from(PAGE_ROWS)).max(0);
        pages.add_older(page(next..before), next > 0);
        reads += 1;
        assert!(pages.len() <= ROWS_MAX, "{} rows in the page", pages.len());
    }
    assert_eq!(reads, 1_000);
    assert_eq!(pages.before(), Some(0), "the first entry is reached");
    assert!(
        pages.cut,
        "the person is told that newer ones are not shown"
    );
    pages.replace(page(99_900..100_000), true);
    assert!(!pages.cut, "the way back leads to the newest");
    assert_eq!(pages.iter().next().map(Numbered::number), Some(99_999));
}

#[test]
fn older_page_that_overlaps_is_not_shown_twice() {
    let mut pages = read(5..8);
    pages.add_older(page(3..7), false);
    assert_eq!(numbers(&pages), [7, 6, 5, 4, 3]);
    assert!(!pages.more);
}

#[test]
fn new_entries_come_on_top_once_and_the_oldest_go() {
    let mut pages = read(0..ROWS_MAX as i64);
    pages.more = false;
    let next = ROWS_MAX as i64;
    pages.add_new(vec![entry(next - 1), entry(next)]);
    assert_eq!(pages.len(), ROWS_MAX);
    assert_eq!(pages.iter().next().map(Numbered::number), Some(next));
    assert!(pages.more, "the one that went can be read again");
    assert!(!pages.cut);
}

#[test]
fn new_entries_wait_while_a_person_reads_further_down() {
    let mut pages = read(0..3);
    pages.hold(true);
    pages.add_new(vec![entry(3), entry(4)]);
    assert_eq!((pages.len(), pages.waiting()), (3, 2));
    pages.hold(false);
    assert_eq!(numbers(&pages), [4, 3, 2, 1, 0]);
    assert_eq!(pages.waiting(), 0);
}

#[test]
fn more_than_can_wait_leaves_a_gap_that_is_told() {
    let mut pages = read(0..3);
    pages.hold(true);
    pages.add_new((3..5 + ROWS_MAX as i64).map(entry).collect());
    assert!(pages.cut);
    pages.hold(false);
    assert_eq!(
        numbers(&pages),
        [2, 1, 0],
        "no entry stands beside one that does not follow it"
    );
}

#[test]
fn entry_that_was_told_while_the_page_was_read_is_not_lost() {
    let mut pages = Pages::default();
    pages.add_new(vec![entry(2), entry(3)]);
    assert_eq!(pages.len(), 0, "nothing is shown before it was read");
    pages.replace(page(0..3), false);
    assert_eq!(numbers(&pages), [3, 2, 1, 0]);
    // Read again: what came after the hub answered stays.
    pages.add_new(vec![entry(4)]);
    pages.replace(page(0..4), false);
    assert_eq!(numbers(&pages), [4, 3, 2, 1, 0]);
}

#[test]
fn another_filter_takes_nothing_over_from_the_one_before() {
    let mut pages = read(0..5);
    pages.start_over();
    pages.replace(page(1..2), false);
    assert_eq!(numbers(&pages), [1]);
}
