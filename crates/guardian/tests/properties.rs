//! What holds for every text: a stream agrees with the whole, tokens are turned back, spans are in order.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use guardian::{Action, Detector, Kind, Memory, OwnWords, Policy, Scan, ScanError, limits};
use proptest::prelude::*;

/// Pieces that texts are put together from: private values, what looks like them, and plain words.
const PIECES: &[&str] = &[
    "john@example.com",
    "write to ",
    "+49 170 1234567",
    "4111 1111 1111 1111",
    "DE89 3704 0044 0532 0130 00",
    " ",
    "\n",
    "\n\n",
    ". ",
    ", ",
    "The quick brown fox jumps over the lazy dog",
    "my name is Zorblax Quux",
    "Quux",
    "John Smith",
    "born on March 12, 1980",
    "12.03.1980",
    "sk-abcdEFGH1234ijklMNOP5678",
    "password: hunter2!",
    "-----BEGIN PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END PRIVATE KEY-----",
    "-----BEGIN ",
    "-----END ",
    "legal winner thank year wave sausage worth useful legal winner thank yellow",
    "legal winner thank",
    "[EMAIL_1]",
    "[CARD]",
    "203.0.113.7",
    "00:1a:2b:3c:4d:5e",
    "48.13715, 11.57612",
    "/home/anneliese/x",
    "https://a:b12345@x.example/?token=a1b2c3d4e5",
    "kővári",
    "K o v a r i",
    "Ｋovári",
    "４１１１１１１１１１１１１１１１",
    "am9obkBleGFtcGxlLmNvbQ==",
    "john%40example.com",
    "zl anzr vf Wbua Fzvgu",
    "Hauptstraße 5, 80331 München",
    "東京は日本の首都",
    "é",
    "\u{200b}",
    "😀",
    "1",
    "23",
    "456",
    "-",
    "@",
    ":",
    "/",
    "(",
    "x",
    "Dr. ",
    "12, rue de la Paix, 75002 Paris",
    "86095742719",
    "a8F3kZ9qLm2XcV7bN1tR5yU0wQ4e",
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua ut enim ad minim veniam quis nostrud",
];

fn detector() -> Detector {
    Detector::new(
        Policy::default().with(Kind::Mac, Action::Allow),
        OwnWords::new(["Kővári"]).unwrap(),
    )
}

fn texts() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..60).prop_map(|pieces| pieces.concat())
}

fn whole(text: &str) -> (Result<Scan, ScanError>, Memory) {
    let mut memory = Memory::new();
    let scan = detector().scan(text, &mut memory);
    (scan, memory)
}

fn in_pieces(text: &str, cuts: &[usize]) -> Result<(Scan, usize), ScanError> {
    let (detector, mut memory) = (detector(), Memory::new());
    let mut stream = detector.stream(&mut memory);
    let (mut put_together, mut held, mut from) = (Scan::default(), 0, 0);
    let mut add = |scan: Scan| {
        put_together.spans.extend(scan.spans);
        put_together.masked.push_str(&scan.masked);
        put_together.findings.extend(scan.findings);
    };
    let mut ends: Vec<usize> = cuts
        .iter()
        .map(|cut| text.floor_char_boundary(*cut))
        .collect();
    ends.sort_unstable();
    for end in ends.into_iter().chain([text.len()]) {
        add(stream.push(&text[from..end])?);
        held = held.max(stream.held_bytes());
        from = end;
    }
    add(stream.finish()?);
    Ok((put_together, held))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn a_stream_agrees_with_the_whole_text_wherever_it_is_cut(text in texts(), cuts in prop::collection::vec(0..4000_usize, 0..40)) {
        let (scan, _) = whole(&text);
        let streamed = in_pieces(&text, &cuts).map(|(scan, _)| scan);
        prop_assert_eq!(scan, streamed);
    }

    #[test]
    fn a_stream_of_single_letters_agrees_with_the_whole_text(text in texts()) {
        let cuts: Vec<usize> = (0..text.len()).collect();
        let (scan, _) = whole(&text);
        prop_assert_eq!(scan, in_pieces(&text, &cuts).map(|(scan, _)| scan));
    }

    #[test]
    fn random_characters_make_no_difference_between_stream_and_whole(text in "\\PC{0,600}", cuts in prop::collection::vec(0..2400_usize, 0..12)) {
        let (scan, _) = whole(&text);
        prop_assert_eq!(scan, in_pieces(&text, &cuts).map(|(scan, _)| scan));
    }

    #[test]
    fn masked_text_is_turned_back_to_what_it_was(text in texts()) {
        let policy = Kind::ALL.into_iter().fold(Policy::default(), |policy, kind| policy.with(kind, Action::Mask));
        let detector = Detector::new(policy, OwnWords::new(["Kővári"]).unwrap());
        let mut memory = Memory::new();
        let scan = detector.scan(&text, &mut memory).unwrap();
        prop_assert_eq!(memory.restore(&scan.masked), text.clone());
        // The same in pieces of three bytes or so.
        let mut restorer = memory.restorer();
        let (mut restored, mut from) = (String::new(), 0);
        while from < scan.masked.len() {
            let end = scan.masked.ceil_char_boundary((from + 3).min(scan.masked.len()));
            restored.push_str(&restorer.push(&scan.masked[from..end]));
            from = end;
        }
        restored.push_str(&restorer.finish());
        prop_assert_eq!(restored, text);
    }

    #[test]
    fn spans_are_in_order_inside_the_text_and_do_not_overlap(text in texts()) {
        let (scan, _) = whole(&text);
        let (spans, length) = (scan.unwrap().spans, text.chars().count());
        prop_assert!(spans.iter().all(|span| span.start < span.end && span.end <= length), "{:?}", spans);
        prop_assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start), "{:?}", spans);
    }

    #[test]
    fn no_masked_text_holds_a_value_behind_the_place_where_it_was_found(text in texts()) {
        let (scan, _) = whole(&text);
        let scan = scan.unwrap();
        let letters: Vec<char> = text.chars().collect();
        // Found once, found from there on: what stood in front of the first one was gone already.
        let later = scan.masked.find("[CARD_").map_or("", |at| &scan.masked[at..]);
        for span in scan.spans.iter().filter(|span| span.action > Action::Allow && span.kind == Kind::Card) {
            let value: String = letters[span.start..span.end].iter().collect();
            // Among other digits it is another number.
            let stands = later.match_indices(&value).any(|(at, _)| {
                let before = later[..at].chars().next_back();
                let after = later[at + value.len()..].chars().next();
                !before.is_some_and(char::is_numeric) && !after.is_some_and(char::is_numeric)
            });
            prop_assert!(!stands, "{value} in {}", scan.masked);
        }
    }
}

#[test]
fn a_long_stream_holds_back_no_more_than_it_says() {
    let text = "The quick brown fox jumps over John Smith and calls +49 170 1234567 at noon. "
        .repeat(4_000);
    let cuts: Vec<usize> = (0..text.len()).step_by(97).collect();
    let (scan, held) = in_pieces(&text, &cuts).unwrap();
    assert_eq!(scan.spans.len(), 8_000);
    assert!(held < 4_096, "{held} bytes were held back");
    assert!(held < limits::HOLDBACK_BYTES_MAX);
}

#[test]
fn a_run_without_a_blank_is_refused_by_stream_and_whole_and_bounds_what_is_held() {
    let text = "a".repeat(limits::RUN_BYTES_MAX * 4);
    let refused = ScanError::RunTooLong {
        max: limits::RUN_BYTES_MAX,
    };
    assert_eq!(whole(&text).0, Err(refused));
    let (detector, mut memory) = (detector(), Memory::new());
    let mut stream = detector.stream(&mut memory);
    let mut outcome = Ok(Scan::default());
    for piece in text.as_bytes().chunks(1_000) {
        outcome = stream.push(std::str::from_utf8(piece).unwrap());
        if outcome.is_err() {
            break;
        }
        assert!(stream.held_bytes() <= limits::HOLDBACK_BYTES_MAX);
    }
    assert_eq!(outcome, Err(refused));
    assert_eq!(
        stream.push("more"),
        Err(ScanError::FailedBefore),
        "a failed stream stays failed"
    );
}

#[test]
fn a_key_block_without_an_end_is_blocked_or_refused() {
    let cut_off = "-----BEGIN PRIVATE KEY-----\nMIIEow\nmore";
    assert_eq!(whole(cut_off).0.unwrap().masked, "[PRIVATE_KEY]");
    let endless = format!(
        "-----BEGIN PRIVATE KEY-----\n{}",
        "MIIEow\n".repeat(limits::RUN_BYTES_MAX / 6)
    );
    let refused = ScanError::KeyBlockTooLong {
        max: limits::RUN_BYTES_MAX,
    };
    assert_eq!(whole(&endless).0, Err(refused));
    assert_eq!(
        in_pieces(&endless, &[100, 40_000]).map(|_| ()),
        Err(refused)
    );
}

#[test]
fn what_is_encoded_too_often_is_refused() {
    let mut text = "am9obkBleGFtcGxlLmNvbQ==".to_owned();
    for _ in 0..limits::DECODING_DEPTH_MAX {
        text = base64(text.as_bytes());
    }
    let refused = ScanError::EncodedTooOften {
        max: limits::DECODING_DEPTH_MAX,
    };
    assert_eq!(whole(&text).0, Err(refused));
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let bits = part
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - part.len()));
        for place in 0..=part.len() {
            text.push(char::from(
                LETTERS[(bits >> (18 - 6 * place) & 63) as usize],
            ));
        }
    }
    text
}
