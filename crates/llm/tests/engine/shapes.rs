//! Answers whose shape was asked for.

use llm::{
    CALL_BEGINS, CALL_ENDS, CallShape, Constraint, EngineFault, Generation, ModelError, Sampling,
};
use serde_json::Value;

use crate::kit::{answer, engine, greedy, try_answer, user};

fn shaped(question: &str, constraint: Constraint, temperature: f32) -> Generation {
    Generation {
        constraint: Some(constraint),
        sampling: Sampling {
            temperature,
            seed: Some(5),
            ..Sampling::default()
        },
        ..greedy(user(question), 400)
    }
}

fn schema(json: &str) -> Constraint {
    Constraint::JsonSchema(json.into())
}

#[tokio::test]
async fn answers_follow_their_schema_whatever_the_temperature() {
    let (_engine, model) = engine();
    let person = r#"{"type":"object","properties":{"name":{"type":"string","maxLength":20},
        "age":{"type":"integer","minimum":0,"maximum":150}},
        "required":["name","age"],"additionalProperties":false}"#;
    let list = r#"{"type":"array","items":{"enum":["red","green","blue"]},
        "minItems":2,"maxItems":4}"#;
    for temperature in [0.0, 1.0, 2.0] {
        let found = answer(&model, shaped("Who is Ada?", schema(person), temperature))
            .await
            .text;
        let value: Value = serde_json::from_str(&found).unwrap_or_else(|e| panic!("{found}: {e}"));
        assert!(
            value["name"].is_string() && value["age"].is_u64(),
            "{found}"
        );
        assert_eq!(
            value.as_object().map(serde_json::Map::len),
            Some(2),
            "{found}"
        );

        let found = answer(&model, shaped("Name colours.", schema(list), temperature))
            .await
            .text;
        let value: Value = serde_json::from_str(&found).unwrap_or_else(|e| panic!("{found}: {e}"));
        let colours = value.as_array().expect("a list");
        assert!((2..=4).contains(&colours.len()), "{found}");
        assert!(
            colours
                .iter()
                .all(|c| ["red", "green", "blue"].contains(&c.as_str().unwrap_or("")))
        );
    }
}

#[tokio::test]
async fn any_object_is_json() {
    let (_engine, model) = engine();
    let question = "Give the word and number of the day as a short JSON object.";
    let found = answer(&model, shaped(question, Constraint::JsonObject, 0.0))
        .await
        .text;
    let value: Value = serde_json::from_str(&found).unwrap_or_else(|e| panic!("{found}: {e}"));
    assert!(value.is_object());
}

#[tokio::test]
async fn answer_follows_a_grammar() {
    let (_engine, model) = engine();
    let grammar = Constraint::Grammar(r#"root ::= ("yes" | "no") "!""#.into());
    let found = answer(&model, shaped("Is water wet?", grammar, 1.0))
        .await
        .text;
    assert!(
        ["yes!", "no!"].contains(&found.as_str()),
        "the answer was {found}"
    );
}

#[tokio::test]
async fn bad_grammars_and_schemas_are_refused_and_the_worker_lives_on() {
    let (engine, model) = engine();
    let deep = format!("root ::= {}\"a\"{}", "(".repeat(1990), ")".repeat(1990));
    let circle = r##"{"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"$ref":"#/$defs/a"}}}"##;
    let constraints = [
        Constraint::Grammar(String::new()),
        Constraint::Grammar("this is no grammar".into()),
        Constraint::Grammar("root ::= root \"a\" | \"b\"".into()),
        Constraint::Grammar("root ::= missing".into()),
        Constraint::Grammar("other ::= \"a\"".into()),
        Constraint::Grammar("root ::= [".into()),
        Constraint::Grammar("root ::= \"a\"{1000000000}".into()),
        Constraint::Grammar("root ::= \"\\u{}\"".into()),
        Constraint::Grammar("(".repeat(100_000)),
        schema("{"),
        schema(circle),
        schema(r#"{"type":"nonsense"}"#),
        schema(r#"{"$ref":"https://example.org/s.json"}"#),
        schema(&"[".repeat(100_000)),
    ];
    for constraint in constraints {
        let head: String = format!("{constraint:?}").chars().take(80).collect();
        let error = try_answer(&model, shaped("Hi", constraint, 0.0))
            .await
            .expect_err(&head);
        let refused = matches!(error, ModelError::Engine(EngineFault::BadConstraint { .. }));
        assert!(refused, "{head}: {error:?}");
    }
    // Deep but right: it may be refused or work, but not break anything.
    let deep = try_answer(&model, shaped("Hi", Constraint::Grammar(deep), 0.0)).await;
    assert!(!matches!(deep, Err(ModelError::WorkerDied)), "{deep:?}");
    assert_eq!(engine.stats().deaths, 0, "the worker never died");
}

#[tokio::test]
async fn garbage_as_a_grammar_never_ends_the_worker() {
    let (engine, model) = engine();
    let alphabet: Vec<char> = "root::=|()[]{}*+?\"\\^-.,!<>019az \n#\u{e9}\u{1F600}"
        .chars()
        .collect();
    let mut state = 1_u32;
    for _ in 0..150 {
        let mut text = String::from("root ::= ");
        for _ in 0..40 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push(alphabet[(state >> 16) as usize % alphabet.len()]);
        }
        let asked = Generation {
            tokens_max: Some(3),
            ..shaped("Hi", Constraint::Grammar(text.clone()), 1.0)
        };
        let found = try_answer(&model, asked).await;
        assert!(
            !matches!(found, Err(ModelError::WorkerDied)),
            "{text:?} ended the worker"
        );
    }
    assert_eq!(engine.stats().deaths, 0);
}

#[tokio::test]
async fn grammar_that_takes_years_to_read_is_refused_and_the_next_question_works() {
    let (_engine, model) = engine();
    let rules: String = (0..60)
        .map(|n| format!("r{n} ::= r{0} | r{0}\n", n + 1))
        .collect();
    let endless = format!("root ::= r0\n{rules}r60 ::= \"a\"");
    let error = try_answer(&model, shaped("Hi", Constraint::Grammar(endless), 0.0)).await;
    let error = error.expect_err("too complicated");
    assert!(
        matches!(error, ModelError::Engine(EngineFault::BadConstraint { .. })),
        "{error:?}"
    );
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(
        answer(&model, greedy(user("Hi"), 2))
            .await
            .usage
            .completion_tokens,
        2
    );
}

#[tokio::test]
async fn forced_calls_are_whole_and_follow_their_schema_whatever_the_temperature() {
    let (_engine, model) = engine();
    let schema = r##"{"anyOf":[
        {"type":"object","properties":{"name":{"const":"weather"},
            "arguments":{"$ref":"#/$defs/a"}},"required":["name","arguments"]},
        {"type":"object","properties":{"name":{"const":"now"},
            "arguments":{"type":"object","properties":{},"additionalProperties":false}},"required":["name","arguments"]}],
        "$defs":{"a":{"type":"object","properties":{"city":{"type":"string","maxLength":20}},
            "required":["city"]}}}"##;
    for (temperature, calls_max) in [(0.0, 1), (1.0, 3), (2.0, 3)] {
        let shape = CallShape {
            schema: schema.into(),
            text: false,
            calls_max,
            ..CallShape::default()
        };
        let what = shaped(
            "What is the weather?",
            Constraint::Calls(shape),
            temperature,
        );
        let found = answer(&model, what).await.text;
        let calls: Vec<&str> = found
            .split(CALL_ENDS)
            .map(|call| call.trim().trim_start_matches(CALL_BEGINS))
            .filter(|call| !call.is_empty())
            .collect();
        assert!((1..=calls_max as usize).contains(&calls.len()), "{found}");
        for call in calls {
            let call: Value = serde_json::from_str(call).unwrap_or_else(|e| panic!("{found}: {e}"));
            match call["name"].as_str() {
                Some("weather") => assert!(call["arguments"]["city"].is_string(), "{found}"),
                Some("now") => assert_eq!(call["arguments"], serde_json::json!({}), "{found}"),
                other => panic!("{other:?} is no tool: {found}"),
            }
        }
    }
}

#[tokio::test]
async fn text_beside_tools_never_holds_half_a_mark_of_a_call() {
    let (_engine, model) = engine();
    let schema = r#"{"type":"object","properties":{"name":{"const":"now"},
        "arguments":{"type":"object","properties":{},"additionalProperties":false}},"required":["name","arguments"]}"#;
    for seed in 0..6 {
        let shape = CallShape {
            schema: schema.into(),
            text: true,
            calls_max: 2,
            ..CallShape::default()
        };
        // Hot, so that the model comes to write what it would not.
        let mut what = shaped(
            "Write about < and <tool_call>.",
            Constraint::Calls(shape),
            1.8,
        );
        what.sampling.seed = Some(seed);
        what.tokens_max = Some(120);
        let found = answer(&model, what).await;
        let (begun, ended) = (
            found.text.matches(CALL_BEGINS).count(),
            found.text.matches(CALL_ENDS).count(),
        );
        // Cut off at its bound, an answer may leave one call open.
        assert!(begun == ended || begun == ended + 1, "{}", found.text);
    }
}
