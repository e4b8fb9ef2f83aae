use proptest::prelude::*;

use super::paint::shown;
use super::parse::{Piece, Tag, parse};
use super::stream::Growing;

fn words(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Element(_, inside) => words(inside),
        })
        .collect()
}

fn depth(pieces: &[Piece]) -> usize {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(_) => 0,
            Piece::Element(_, inside) => 1 + depth(inside),
        })
        .max()
        .unwrap_or_default()
}

fn text(of: &str) -> Piece {
    Piece::Text(of.to_owned())
}

/// The page that a text makes which comes in these portions.
fn grown(portions: &[&str]) -> Vec<Piece> {
    let mut growing = Growing::default();
    let (mut settled, mut open) = (Vec::new(), Vec::new());
    for portion in portions {
        let change = growing.grow(portion);
        settled.extend(change.settled);
        open = change.open;
    }
    settled.extend(open);
    settled
}

#[test]
fn html_is_shown_as_its_characters() {
    for hostile in [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "<iframe src=\"https://example.org\"></iframe>",
        "<style>*{display:none}</style>",
        "<!-- hidden -->",
    ] {
        let shown = words(&parse(hostile));
        assert!(
            shown.contains('<'),
            "{hostile:?} must stay visible, not {shown:?}"
        );
    }
}

#[test]
fn an_image_becomes_its_description_and_is_never_loaded() {
    let pieces = parse("![a cat](https://example.org/track.png)");
    assert_eq!(
        pieces,
        [Piece::Element(
            Tag::Paragraph,
            vec![Piece::Element(Tag::Image, vec![text("a cat")])]
        )]
    );
}

#[test]
fn a_link_with_a_dangerous_address_is_only_its_words() {
    assert_eq!(
        parse("[press](javascript:alert(1))"),
        [Piece::Element(Tag::Paragraph, vec![text("press")])]
    );
    let safe = parse("[press](https://example.org)");
    assert_eq!(
        safe,
        [Piece::Element(
            Tag::Paragraph,
            vec![Piece::Element(
                Tag::Link("https://example.org".to_owned()),
                vec![text("press")]
            )]
        )]
    );
}

#[test]
fn ten_thousand_quotes_do_not_nest_ten_thousand_deep() {
    let pieces = parse(&format!("{} deep", "> ".repeat(10_000)));
    assert!(
        depth(&pieces) <= 22,
        "depth {} would exhaust the stack",
        depth(&pieces)
    );
    assert!(
        words(&pieces).contains("deep"),
        "the words must not be lost"
    );
}

#[test]
fn a_table_knows_its_head_and_its_sides() {
    let shown = format!("{:?}", parse("| a | b |\n|---|--:|\n| 1 | 2 |"));
    assert!(
        shown.contains("HeadCell(Start)") && shown.contains("Cell(End)"),
        "{shown}"
    );
}

#[test]
fn finished_blocks_are_settled_once_and_only_the_last_is_open() {
    let mut growing = Growing::default();
    growing.grow("# Title\n\nFirst para");
    let change = growing.grow("graph.\n\nSecond\n");
    assert_eq!(
        change.settled,
        parse("# Title\n\nFirst paragraph."),
        "they cannot change any more"
    );
    assert_eq!(change.open, parse("Second"));
    let change = growing.grow("goes on");
    assert!(
        change.settled.is_empty(),
        "nothing that is settled comes twice"
    );
    assert_eq!(change.open, parse("Second\ngoes on"));
}

#[test]
fn an_open_fence_is_already_shown_as_code() {
    let mut growing = Growing::default();
    let change = growing.grow("```rust\nlet a = 1;\n");
    assert_eq!(
        change.open,
        [Piece::Element(
            Tag::CodeBlock("rust".to_owned()),
            vec![text("let a = 1;\n")]
        )]
    );
}

/// The view of the only block of a text.
fn view_of(text: &str) -> Option<contract::show::Shown> {
    match parse(text).as_slice() {
        [Piece::Element(Tag::CodeBlock(language), inside)] => shown(language, inside),
        other => panic!("one block of code was expected, not {other:?}"),
    }
}

#[test]
fn block_that_holds_a_view_is_drawn_and_any_other_stays_code() {
    const LIST: &str = r#"{"view": "checklist", "title": "Pack", "items": [{"text": "Tent"}]}"#;
    let title = |text: &str| view_of(text).map(|view| view.title().to_owned());
    assert_eq!(
        title(&format!("```hai-view\n{LIST}\n```")).as_deref(),
        Some("Pack")
    );
    assert_eq!(
        title(&format!("```json\n{LIST}\n```")),
        None,
        "another language was named"
    );
    assert_eq!(
        title("```hai-view\n{\"view\": \"checklist\", \"title\": \"Pa"),
        None,
        "while it is written it is code"
    );
    assert_eq!(title("```hai-view\n```"), None, "there is nothing in it");
    let hostile = LIST.replace("Tent", "<script>alert(1)</script>");
    assert_eq!(
        title(&format!("```hai-view\n{hostile}\n```")).as_deref(),
        Some("Pack"),
        "words are words, also those that look like elements"
    );
    let stray = LIST.replace("\"Tent\"", "\"Tent\", \"html\": \"<b>\"");
    assert_eq!(title(&format!("```hai-view\n{stray}\n```")), None);
}

#[test]
fn text_that_grows_makes_the_same_page_as_the_whole_text() {
    let whole = "Intro\n=====\n\n1. one\n2. two\n\n   still two\n\n> quote\n\n```\ncode\n\nmore\n```\n\n\
                 | a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n- [ ] open\n\nEnd *here*.";
    for size in 1..40 {
        let bytes = whole.as_bytes().chunks(size);
        let portions: Vec<&str> = bytes
            .map(|portion| std::str::from_utf8(portion).expect("ASCII"))
            .collect();
        assert_eq!(grown(&portions), parse(whole), "portions of {size}");
    }
}

#[test]
fn table_that_turns_out_to_be_text_goes_on_the_paragraph_before_it() {
    let whole = "Before it\n|one|\n|-1";
    for size in 1..9 {
        let letters: Vec<char> = whole.chars().collect();
        let portions: Vec<String> = letters
            .chunks(size)
            .map(|part| part.iter().collect())
            .collect();
        let portions: Vec<&str> = portions.iter().map(String::as_str).collect();
        assert_eq!(grown(&portions), parse(whole), "portions of {size}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
        parse(&text);
    }

    #[test]
    fn any_markdown_that_grows_makes_the_same_page_as_the_whole(
        lines in proptest::collection::vec("[-#>*_`|a-c 1.()\\[\\]!<~\\\\]{0,12}", 0..8),
        cut in 1_usize..9,
    ) {
        let whole = lines.join("\n");
        let portions: Vec<String> =
            whole.chars().collect::<Vec<_>>().chunks(cut).map(|part| part.iter().collect()).collect();
        let portions: Vec<&str> = portions.iter().map(String::as_str).collect();
        prop_assert_eq!(grown(&portions), parse(&whole));
    }
}
