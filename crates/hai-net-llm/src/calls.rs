//! The grammar of an answer that calls tools: text without the mark of a call, calls, or both.

use wire::engine::{CALL_BEGINS, CALL_ENDS, CallShape};

/// The most calls of one answer, whatever was asked: each is unrolled in the grammar.
const CALLS_MAX: u32 = 32;

/// Puts the marks, and text where it may stand, around the grammar of one call.
///
/// Rules of ours begin with `hai-net-`. Rules that llama.cpp makes of a schema have names of its
/// properties behind `root-`, or are among its few fixed ones.
pub(crate) fn grammar(shape: &CallShape, one_call: &str) -> String {
    let again = shape.calls_max.clamp(1, CALLS_MAX) - 1;
    let calls = match again {
        0 => "hai-net-call".to_owned(),
        _ => format!("hai-net-call hai-net-call{{0,{again}}}"),
    };
    let root = match shape.text {
        true => format!("root ::= hai-net-letter* hai-net-rest? ( {calls} )?"),
        false => format!("root ::= {calls}"),
    };
    let mut lines = vec![
        root,
        format!(
            r#"hai-net-call ::= "{CALL_BEGINS}" hai-net-white hai-net-root "{CALL_ENDS}" hai-net-white"#
        ),
        r"hai-net-white ::= [ \n]{0,2}".to_owned(),
    ];
    if shape.text {
        lines.extend(text_rules());
    }
    lines.extend(one_call.lines().map(|line| {
        // Nothing in a grammar made of a schema refers to its start, so one rule changes its name.
        match line.strip_prefix("root ::=") {
            Some(rule) => format!("hai-net-root ::={rule}"),
            None => line.to_owned(),
        }
    }));
    lines.join("\n") + "\n"
}

/// Rules for text in which [`CALL_BEGINS`] does not occur.
///
/// `letter` is a character that begins no mark, or the beginning of one that goes on otherwise; `rest`
/// is a beginning that does not go on.
fn text_rules() -> [String; 3] {
    let mark: Vec<char> = CALL_BEGINS.chars().collect();
    let first = mark.first().copied().unwrap_or('<');
    let last = mark.last().copied().unwrap_or('>');
    // From the inside out: what may follow when so many characters of the mark have come. Its first
    // character begins it anew.
    let mut follows = format!("( [^{first}{last}] | hai-net-begun )");
    for next in mark.iter().take(mark.len().saturating_sub(1)).skip(1).rev() {
        follows = format!(r#"( [^{first}{next}] | hai-net-begun | "{next}" {follows} )"#);
    }
    let beginnings: Vec<String> = (1..mark.len())
        .map(|count| format!(r#""{}""#, mark.iter().take(count).collect::<String>()))
        .collect();
    [
        format!("hai-net-letter ::= [^{first}] | hai-net-begun"),
        format!(r#"hai-net-begun ::= "{first}" {follows}"#),
        format!(
            "hai-net-rest ::= ( {} ) hai-net-rest?",
            beginnings.join(" | ")
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"root ::= "{" space root-name "}"
root-name ::= "a"
space ::= | " ""#;

    fn shape(text: bool, calls_max: u32) -> CallShape {
        CallShape {
            schema: String::new(),
            text,
            calls_max,
            ..CallShape::default()
        }
    }

    #[test]
    fn forced_calls_leave_no_room_for_text() {
        let made = grammar(&shape(false, 1), ONE);
        assert!(made.starts_with("root ::= hai-net-call\n"), "{made}");
        assert!(
            made.contains("\nhai-net-root ::= \"{\" space root-name"),
            "the start of the schema has another name: {made}"
        );
        assert_eq!(made.matches("\nroot ::=").count(), 0, "one start: {made}");
        assert!(!made.contains("hai-net-letter"), "{made}");
    }

    #[test]
    fn number_of_calls_is_bounded_whatever_was_asked() {
        assert!(grammar(&shape(false, 3), ONE).contains("hai-net-call{0,2}"));
        assert!(grammar(&shape(false, u32::MAX), ONE).contains("hai-net-call{0,31}"));
    }

    #[test]
    fn every_rule_that_is_named_is_there() {
        let made = grammar(&shape(true, 2), ONE);
        for name in ["call", "white", "letter", "begun", "rest", "root"] {
            let rule = format!("hai-net-{name} ::=");
            assert_eq!(made.matches(&rule).count(), 1, "{rule} in {made}");
        }
        // Ten of eleven characters of the mark may come and go on otherwise.
        assert_eq!(made.matches("| hai-net-begun").count(), CALL_BEGINS.len());
    }
}
