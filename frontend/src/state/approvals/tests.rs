use std::collections::BTreeMap;

use base::AgentId;
use proptest::prelude::*;

use super::*;

fn approval(call: u8, conversation: u8) -> ApprovalView {
    ApprovalView {
        call: CallId::from_bytes([call; 16]),
        agent: AgentId::from_bytes([1; 16]),
        conversation: ConversationId::from_bytes([conversation; 16]),
        tool: "web_fetch".to_owned(),
        what: "Reads a page.".to_owned(),
        translations: BTreeMap::new(),
        arguments: "{}".to_owned(),
        masked: None,
        leaves: true,
        labels: Vec::new(),
        asked: Timestamp::default(),
        expires: Timestamp::from_millis(900_000),
    }
}

fn list(of: &[(u8, u8)]) -> ApprovalList {
    let waiting = of
        .iter()
        .map(|(call, conversation)| approval(*call, *conversation));
    ApprovalList {
        waiting: waiting.collect(),
    }
}

#[test]
fn approval_is_new_only_the_first_time_that_it_is_read() {
    let mut book = ApprovalBook::default();
    assert_eq!(book.refresh(list(&[(1, 1)])).len(), 1);
    let new = book.refresh(list(&[(1, 1), (2, 1)]));
    assert_eq!(new.len(), 1, "the first one was told of before");
    assert_eq!(new[0].call, CallId::from_bytes([2; 16]));
    assert!(book.refresh(list(&[(2, 1)])).is_empty());
    assert_eq!(book.waiting().len(), 1, "what waits no longer goes");
}

#[test]
fn conversation_shows_only_what_waits_for_it() {
    let mut book = ApprovalBook::default();
    book.refresh(list(&[(1, 1), (2, 2), (3, 1)]));
    let first = Some(ConversationId::from_bytes([1; 16]));
    assert_eq!(
        book.of(first),
        [CallId::from_bytes([1; 16]), CallId::from_bytes([3; 16])]
    );
    assert_eq!(book.of(None).len(), 3, "the feed shows all");
    book.remove(CallId::from_bytes([1; 16]));
    assert_eq!(book.of(first).len(), 1);
}

#[test]
fn time_that_is_left_is_counted_in_minutes_and_at_the_end_in_seconds() {
    let left = |now| time_left(Timestamp::from_millis(900_000), Timestamp::from_millis(now));
    assert_eq!(left(0), Left::Minutes(15));
    assert_eq!(left(1), Left::Minutes(15), "rounded up, never too little");
    assert_eq!(left(801_000), Left::Seconds(99));
    assert_eq!(left(899_999), Left::Seconds(1));
    assert_eq!(left(900_000), Left::Over);
    assert_eq!(left(u64::MAX), Left::Over, "a clock that runs ahead");
}

#[test]
fn tokens_of_the_guardian_are_told_from_other_brackets() {
    let shown = masked_pieces("to [EMAIL_1], [not this] [PHONE] a[0]");
    assert_eq!(
        shown,
        [
            ("to ".to_owned(), false),
            ("[EMAIL_1]".to_owned(), true),
            (", [not this] ".to_owned(), false),
            ("[PHONE]".to_owned(), true),
            (" a[0]".to_owned(), false),
        ]
    );
}

proptest! {
    #[test]
    fn pieces_of_a_masked_text_are_the_whole_text(text in "[\\[\\]A-Z_0-9a ö]{0,60}") {
        let pieces = masked_pieces(&text);
        let whole: String = pieces.iter().map(|(piece, _)| piece.as_str()).collect();
        prop_assert_eq!(whole, text, "what leaves must be shown letter by letter");
    }
}
