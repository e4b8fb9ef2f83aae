//! Checks of the style sheets: what can be read must be readable, and colours stand in one place.

use std::collections::BTreeMap;

const TOKENS: &str = include_str!("../assets/tokens.css");

const OTHERS: [(&str, &str); 7] = [
    ("base.css", include_str!("../assets/base.css")),
    ("frame.css", include_str!("../assets/frame.css")),
    (
        "conversation.css",
        include_str!("../assets/conversation.css"),
    ),
    ("places.css", include_str!("../assets/places.css")),
    ("wizard.css", include_str!("../assets/wizard.css")),
    ("agents.css", include_str!("../assets/agents.css")),
    ("shown.css", include_str!("../assets/shown.css")),
];

/// Where a theme stands in the token file.
const THEMES: [(&str, &str); 5] = [
    ("light", ":root {"),
    ("dark by the system", ":root:not([data-theme]) {"),
    ("dark", ":root[data-theme=\"dark\"] {"),
    ("contrast by the system", "(prefers-contrast: more) {"),
    ("contrast", ":root[data-theme=\"contrast\"] {"),
];

type Theme = BTreeMap<String, String>;

/// The tokens of the block that begins behind `start`.
fn block(start: &str) -> Theme {
    let from = TOKENS.find(start).expect("the theme is in the token file") + start.len();
    let rest = &TOKENS[from..];
    let rest = rest
        .strip_prefix("\n  :root:not([data-theme]) {")
        .unwrap_or(rest);
    let end = rest.find('}').expect("the block ends");
    let lines = rest[..end]
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--"));
    let pairs = lines.filter_map(|line| line.trim_end_matches(';').split_once(": "));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The share of light that a colour gives back, as WCAG 2 defines it.
fn luminance(colour: &str) -> f64 {
    let digits = colour.strip_prefix('#').expect("a colour in six digits");
    let part = |at: usize| {
        let value = u8::from_str_radix(&digits[at..at + 2], 16).expect("two hexadecimal digits");
        let share = f64::from(value) / 255.0;
        if share <= 0.040_45 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn contrast_is_computed_as_the_standard_says() {
    assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 0.01);
    assert!((contrast("#777777", "#ffffff") - 4.48).abs() < 0.01);
}

#[test]
fn every_text_is_readable_and_every_outline_visible_in_every_theme() {
    const TEXTS: [(&str, &[&str]); 10] = [
        ("text", &["bg", "surface", "raised", "mine", "mark"]),
        ("muted", &["bg", "surface", "raised"]),
        ("accent", &["bg", "surface", "raised"]),
        ("on-accent", &["accent"]),
        ("danger", &["bg", "surface", "raised"]),
        ("on-danger", &["danger"]),
        ("warn", &["bg", "surface", "raised"]),
        ("info", &["bg", "surface", "raised"]),
        // A short message is written in the colours of the page, exchanged.
        ("bg", &["text"]),
        ("on-accent", &["accent"]),
    ];
    for (theme, start) in THEMES {
        let tokens = block(start);
        let colour = |name: &str| {
            tokens
                .get(name)
                .unwrap_or_else(|| panic!("{theme}: no --{name}"))
        };
        for (text, grounds) in TEXTS {
            for ground in grounds {
                let ratio = contrast(colour(text), colour(ground));
                assert!(
                    ratio >= 4.5,
                    "{theme}: --{text} on --{ground} is {ratio:.2}, below 4.5"
                );
            }
        }
        for ground in ["bg", "surface", "raised"] {
            for outline in ["line", "accent"] {
                let ratio = contrast(colour(outline), colour(ground));
                assert!(
                    ratio >= 3.0,
                    "{theme}: --{outline} on --{ground} is {ratio:.2}, below 3"
                );
            }
        }
    }
}

#[test]
fn a_theme_is_the_same_whether_the_system_or_the_person_chose_it() {
    assert_eq!(block(THEMES[1].1), block(THEMES[2].1), "dark");
    assert_eq!(block(THEMES[3].1), block(THEMES[4].1), "contrast");
}

#[test]
fn colours_stand_in_the_token_file_only() {
    for (name, sheet) in OTHERS {
        for (number, line) in sheet.lines().enumerate() {
            let value = line.split_once(": ").map_or("", |(_, value)| value);
            let is_colour = value.contains('#') || value.contains("rgb") || value.contains("hsl");
            assert!(
                !is_colour,
                "{name}:{}: use a token instead of {line:?}",
                number + 1
            );
        }
    }
}

#[test]
fn every_token_that_is_used_exists() {
    let known = block(THEMES[0].1);
    for (name, sheet) in OTHERS {
        for used in sheet.split("var(--").skip(1) {
            let token: String = used
                .chars()
                .take_while(|it| it.is_ascii_alphanumeric() || *it == '-')
                .collect();
            assert!(
                known.contains_key(&token),
                "{name} uses --{token}, which does not exist"
            );
        }
    }
}

#[test]
fn nothing_comes_from_elsewhere_and_nothing_is_inline() {
    let page = include_str!("../index.html");
    for forbidden in [
        "http://",
        "https://",
        "//cdn",
        "style=",
        "onclick",
        "javascript:",
    ] {
        assert!(
            !page.contains(forbidden),
            "index.html must not hold {forbidden}"
        );
    }
    for (name, sheet) in OTHERS {
        assert!(
            !sheet.contains("@import") && !sheet.contains("url("),
            "{name} loads something"
        );
    }
}
