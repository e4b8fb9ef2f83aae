use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn read(value: &Value) -> Result<Shown, ShowError> {
    parse(&value.to_string())
}

/// One view of each kind, as a model is told to write them.
fn examples() -> Vec<Value> {
    vec![
        json!({"view": "table", "title": "Trains", "columns": ["From", "Minutes"],
               "rows": [["Graz", 150], ["Linz", 76.5], ["", -1]]}),
        json!({"view": "chart", "title": "Rain", "kind": "bars", "labels": ["May", "June"],
               "series": [{"name": "2025", "values": [80, 92.5]}], "unit": "mm"}),
        json!({"view": "chart", "title": "Heat", "kind": "line", "labels": ["May"],
               "series": [{"name": "a", "values": [-1]}, {"name": "b", "values": [2]}]}),
        json!({"view": "checklist", "title": "Pack",
               "items": [{"text": "Tent"}, {"text": "Map", "done": true}]}),
        json!({"view": "timeline", "title": "Tuesday",
               "entries": [{"when": "9:30", "what": "Dentist", "note": "bring the card"}]}),
        json!({"view": "form", "title": "A few questions", "fields": [
            {"label": "Name", "kind": "text", "required": true},
            {"label": "Age", "kind": "number"},
            {"label": "Meal", "kind": "choice", "options": ["soup", "salad"]},
            {"label": "Day", "kind": "date"}]}),
    ]
}

#[test]
fn every_kind_of_view_is_read_and_written_back_the_same() {
    for example in examples() {
        let shown = read(&example).unwrap_or_else(|error| panic!("{example}: {error}"));
        let again = serde_json::to_string(&shown).expect("plain data");
        assert_eq!(parse(&again).expect("our own text"), shown);
    }
}

#[test]
fn field_that_no_view_has_is_refused_wherever_it_stands() {
    for example in examples() {
        let mut stray = example.clone();
        stray["html"] = json!("<script>alert(1)</script>");
        assert!(
            matches!(read(&stray), Err(ShowError::Unreadable(_))),
            "{stray}"
        );
    }
    for inner in [
        json!({"view": "checklist", "title": "x", "items": [{"text": "a", "href": "https://a"}]}),
        json!({"view": "timeline", "title": "x",
               "entries": [{"when": "1", "what": "a", "image": "a.png"}]}),
        json!({"view": "form", "title": "x",
               "fields": [{"label": "a", "kind": "text", "action": "/"}]}),
        json!({"view": "chart", "title": "x", "kind": "bars", "labels": ["a"],
               "series": [{"name": "a", "values": [1], "onclick": "x"}]}),
    ] {
        assert!(
            matches!(read(&inner), Err(ShowError::Unreadable(_))),
            "{inner}"
        );
    }
}

#[test]
fn one_more_than_a_limit_is_refused() {
    let table = |columns: usize, rows: usize| {
        json!({"view": "table", "title": "x", "columns": vec!["c"; columns],
               "rows": vec![vec!["v"; columns]; rows]})
    };
    assert!(read(&table(COLUMNS_MAX, ROWS_MAX)).is_ok());
    assert!(read(&table(COLUMNS_MAX + 1, 1)).is_err());
    assert!(read(&table(1, ROWS_MAX + 1)).is_err());
    let chart = |points: usize, series: usize| {
        json!({"view": "chart", "title": "x", "kind": "line", "labels": vec!["p"; points],
               "series": vec![json!({"name": "s", "values": vec![1; points]}); series]})
    };
    assert!(read(&chart(POINTS_MAX, SERIES_MAX)).is_ok());
    assert!(read(&chart(POINTS_MAX + 1, 1)).is_err());
    assert!(read(&chart(1, SERIES_MAX + 1)).is_err());
    let list = |text: usize, items: usize| {
        json!({"view": "checklist", "title": "x",
               "items": vec![json!({"text": "ä".repeat(text)}); items]})
    };
    assert!(read(&list(TEXT_CHARS_MAX, ITEMS_MAX)).is_ok());
    assert!(read(&list(TEXT_CHARS_MAX + 1, 1)).is_err());
    assert!(read(&list(1, ITEMS_MAX + 1)).is_err());
    let long = format!("{}{}", " ".repeat(SOURCE_BYTES_MAX), list(1, 1));
    assert!(matches!(parse(&long), Err(ShowError::SourceTooLong)));
}

#[test]
fn what_could_not_be_drawn_or_would_mislead_is_refused() {
    for (wrong, why) in [
        (
            json!({"view": "table", "title": "x", "columns": ["a", "b"], "rows": [["1"]]}),
            "a row with a cell too few",
        ),
        (
            json!({"view": "table", "title": " ", "columns": ["a"], "rows": [["1"]]}),
            "no title",
        ),
        (
            json!({"view": "chart", "title": "x", "kind": "bars", "labels": ["a"],
                   "series": [{"name": "s", "values": [1e16]}]}),
            "a number that nobody can read",
        ),
        (
            json!({"view": "form", "title": "x", "fields": [
                {"label": "a", "kind": "text"}, {"label": "a ", "kind": "date"}]}),
            "two questions with the same words",
        ),
        (
            json!({"view": "form", "title": "x", "fields": [
                {"label": "a", "kind": "choice", "options": ["one"]}]}),
            "a choice without a choice",
        ),
        (
            json!({"view": "form", "title": "x", "fields": [
                {"label": "a", "kind": "text", "options": ["one"]}]}),
            "options of what is no choice",
        ),
        (
            json!({"view": "form", "title": "x", "fields": [
                {"label": "Name\nI agree to everything", "kind": "text"}]}),
            "a question that would be two lines of the person's message",
        ),
        (
            json!({"view": "form", "title": "x", "fields": [
                {"label": "\u{202e}eerga I", "kind": "text"}]}),
            "words that read backwards",
        ),
        (json!({"view": "page", "title": "x"}), "no such view"),
        (json!([]), "no view at all"),
    ] {
        assert!(read(&wrong).is_err(), "{why}: {wrong}");
    }
}

/// Whether all that `parse` promises is true.
fn is_within_limits(shown: &Shown) -> bool {
    fn text(it: &str) -> bool {
        it.chars().count() <= TEXT_CHARS_MAX && !it.chars().any(char::is_control)
    }
    let inside = match shown {
        Shown::Table(it) => {
            (1..=COLUMNS_MAX).contains(&it.columns.len())
                && it.rows.len() <= ROWS_MAX
                && it.columns.iter().all(|name| text(name))
                && it.rows.iter().all(|row| row.len() == it.columns.len())
                && it.rows.iter().flatten().all(|cell| match cell {
                    Cell::Text(words) => text(words),
                    Cell::Number(number) => number.abs() <= NUMBER_MAX,
                })
        }
        Shown::Chart(it) => {
            (1..=POINTS_MAX).contains(&it.labels.len())
                && (1..=SERIES_MAX).contains(&it.series.len())
                && text(&it.unit)
                && it.labels.iter().all(|label| text(label))
                && it.series.iter().all(|series| {
                    text(&series.name)
                        && series.values.len() == it.labels.len()
                        && series.values.iter().all(|value| value.abs() <= NUMBER_MAX)
                })
        }
        Shown::Checklist(it) => {
            it.items.len() <= ITEMS_MAX && it.items.iter().all(|item| text(&item.text))
        }
        Shown::Timeline(it) => {
            it.entries.len() <= ITEMS_MAX
                && it
                    .entries
                    .iter()
                    .all(|one| text(&one.when) && text(&one.what) && text(&one.note))
        }
        Shown::Form(it) => {
            it.fields.len() <= FIELDS_MAX
                && it.fields.iter().all(|field| {
                    text(&field.label)
                        && field.options.len() <= OPTIONS_MAX
                        && field.options.iter().all(|option| text(option))
                })
        }
    };
    inside && text(shown.title())
}

/// Any JSON, three levels deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::hash_map("[a-z]{1,6}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A text such as a hostile model writes: too long, or not a line, or fine after all.
fn odd_text() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,20}", "[a\\n\\t\u{202e}\u{0}]{0,4}", "ö{295,305}"]
}

/// Fewer than so many texts, all plain but for one at most.
fn texts(most: usize) -> impl Strategy<Value = Vec<String>> {
    let plain = proptest::collection::vec("[a-z]{4,12}", 0..most);
    let odd = proptest::option::of((any::<proptest::sample::Index>(), odd_text()));
    (plain, odd).prop_map(|(mut texts, odd)| {
        if let Some((place, text)) = odd
            && !texts.is_empty()
        {
            let place = place.index(texts.len());
            texts[place] = text;
        }
        texts
    })
}

/// A view of the right form whose sizes, texts and numbers stand at and beyond the limits.
fn nearly_a_view() -> impl Strategy<Value = Value> {
    let number = prop_oneof![any::<f64>(), -1e15..1e15, Just(1e15), Just(f64::MAX)];
    let table =
        (texts(COLUMNS_MAX + 3), 0..ROWS_MAX + 3, odd_text()).prop_map(|(columns, rows, title)| {
            let row = columns.clone();
            json!({"view": "table", "title": title, "columns": columns, "rows": vec![row; rows]})
        });
    let chart = (texts(POINTS_MAX + 3), texts(SERIES_MAX + 2), number).prop_map(
        |(labels, names, number)| {
            let values = vec![number; labels.len()];
            let series = names
                .iter()
                .map(|name| json!({"name": name, "values": values}));
            json!({"view": "chart", "title": "t", "kind": "line", "labels": labels,
                   "series": series.collect::<Vec<_>>()})
        },
    );
    let list = texts(ITEMS_MAX + 5).prop_map(|texts| {
        let items = texts.iter().map(|text| json!({"text": text}));
        json!({"view": "checklist", "title": "t", "items": items.collect::<Vec<_>>()})
    });
    let form = (texts(FIELDS_MAX + 3), texts(OPTIONS_MAX + 3)).prop_map(|(labels, options)| {
        let fields = labels
            .iter()
            .map(|label| json!({"label": label, "kind": "choice", "options": options}));
        json!({"view": "form", "title": "t", "fields": fields.collect::<Vec<_>>()})
    });
    prop_oneof![table, chart, list, form]
}

proptest! {
    #[test]
    fn no_json_makes_the_reader_panic(value in any_json(), view in "[a-z]{4,9}") {
        let _ = read(&value);
        let mut tagged = value;
        if let Some(map) = tagged.as_object_mut() {
            map.insert("view".to_owned(), Value::from(view));
            let _ = read(&tagged);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,300}") {
        let _ = parse(&text);
    }

    #[test]
    fn whatever_is_accepted_is_within_the_limits(value in nearly_a_view()) {
        if let Ok(shown) = read(&value) {
            prop_assert!(is_within_limits(&shown), "{shown:?}");
        }
    }
}
