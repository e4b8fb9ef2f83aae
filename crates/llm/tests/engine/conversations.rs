//! Several turns, and several conversations at once.

use std::time::{Duration, Instant};

use futures::future::join_all;
use llm::{ChatTurn, EngineSetup, FinishReason, Generation, Overflow, Prompt};

use crate::kit::{
    agree, answer, comparable, engine, engine_with, first_text, greedy, rest, setup, turn, user,
};

#[tokio::test]
async fn four_conversations_at_once_are_answered_as_if_alone() {
    let (_engine, model) = engine();
    let questions = [
        "What is the capital of France?",
        "Name three colours.",
        "Write one sentence about the sea.",
        "What is two plus two?",
    ];
    let mut alone = Vec::new();
    for question in questions {
        alone.push(answer(&model, comparable(user(question), 20)).await);
    }
    let together = questions.map(|question| answer(&model, comparable(user(question), 20)));
    for (alone, together) in alone.iter().zip(join_all(together).await) {
        assert!(
            agree(alone, &together),
            "{} is not {}",
            together.text,
            alone.text
        );
    }
}

#[tokio::test]
async fn next_turn_pays_only_for_what_is_new() {
    let (_engine, model) = engine();
    let mut turns = user("Tell me about the moon in a few sentences.");
    let first = answer(&model, greedy(turns.clone(), 60)).await;
    turns.push(turn("assistant", &first.text));
    turns.push(turn("user", "And the sun?"));
    let second = answer(&model, greedy(turns, 10)).await.usage;
    let known = first.usage.prompt_tokens + first.usage.completion_tokens;
    assert!(
        second.cached_tokens + 3 >= known,
        "{known} tokens were known, {} were used again",
        second.cached_tokens
    );
}

#[tokio::test]
async fn conversations_with_the_same_beginning_share_it() {
    let (_engine, model) = engine();
    let rules = "You are a helpful assistant. ".repeat(20);
    let ask =
        |question: &str| -> Vec<ChatTurn> { vec![turn("system", &rules), turn("user", question)] };
    let long = format!(
        "Summarise: {}",
        "the sky is blue and the sea is deep. ".repeat(30)
    );
    let alone = answer(&model, comparable(ask("Name a fruit."), 8)).await;
    answer(&model, greedy(ask(&long), 8)).await;
    let (first, second) = tokio::join!(
        answer(&model, greedy(ask("Name an animal."), 8)),
        answer(&model, comparable(ask("Name a fruit."), 8)),
    );
    assert!(
        first.usage.cached_tokens > 80,
        "only {} were shared",
        first.usage.cached_tokens
    );
    assert!(
        second.usage.cached_tokens > 80,
        "only {} were shared",
        second.usage.cached_tokens
    );
    assert!(
        agree(&alone, &second),
        "{} is not {}",
        second.text,
        alone.text
    );
}

fn endless(overflow: Overflow) -> Generation {
    let bias = [(2, -100.0), (0, -100.0)].into();
    let what = greedy(user("Count upwards and never stop."), 400);
    Generation {
        sampling: llm::Sampling {
            logit_bias: bias,
            ..what.sampling
        },
        overflow,
        ..what
    }
}

#[tokio::test]
async fn full_context_ends_the_answer_or_forgets_its_beginning() {
    let (_engine, model) = engine_with(EngineSetup {
        context_tokens: 256,
        ..setup()
    });
    let stopped = answer(&model, endless(Overflow::Stop)).await;
    assert_eq!(stopped.reason, FinishReason::Length);
    let held = stopped.usage.prompt_tokens + stopped.usage.completion_tokens;
    assert!(
        (256..=257).contains(&held),
        "the context of 256 held {held}"
    );

    let shifted = answer(&model, endless(Overflow::Shift)).await;
    assert_eq!(
        shifted.usage.completion_tokens, 400,
        "it goes on behind the end"
    );
    assert!(
        shifted.text.len() > stopped.text.len(),
        "it writes more than fits"
    );
}

#[tokio::test]
async fn dropping_an_answer_frees_the_engine_at_once() {
    let (engine, model) = engine_with(EngineSetup {
        slots: 1,
        ..setup()
    });
    let mut long = model
        .generate(greedy(user("Tell me a very long story."), 1500))
        .await
        .expect("ok");
    first_text(&mut long).await;
    drop(long);
    let begun = Instant::now();
    answer(&model, greedy(user("Hi"), 1)).await;
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "it took {:?}",
        begun.elapsed()
    );
    assert!(
        engine.stats().tokens < 500,
        "{} tokens were written for nobody",
        engine.stats().tokens
    );
}

#[tokio::test]
async fn cancel_is_heard_while_a_prompt_is_taken_in() {
    let (_engine, model) = engine_with(EngineSetup {
        slots: 1,
        context_tokens: 8192,
        ..setup()
    });
    answer(&model, greedy(user("Hi"), 1)).await;
    let words: String = (0..1200).map(|number| format!("{number} ")).collect();
    let prompt = Generation {
        prompt: Prompt::Text(words),
        ..greedy(Vec::new(), 5)
    };
    let begun = Instant::now();
    let gave_up = tokio::time::timeout(Duration::from_millis(300), model.generate(prompt)).await;
    assert!(
        gave_up.is_err(),
        "a prompt of thousands of tokens takes longer"
    );
    answer(&model, greedy(user("Hi"), 1)).await;
    assert!(
        // All of it takes over 20 s; a busy machine may need some for the second question alone.
        begun.elapsed() < Duration::from_secs(8),
        "it took {:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn slow_reader_does_not_hold_up_the_others() {
    let (_engine, model) = engine();
    let slow = model
        .generate(greedy(user("Tell me a long story."), 300))
        .await;
    let mut slow = slow.expect("it begins");
    let other = answer(&model, greedy(user("Name three colours."), 20)).await;
    assert!(other.usage.completion_tokens > 3);
    let all = rest(&mut slow).await.expect("all of it is there");
    assert!(
        // How long it is depends on the processor: they round differently.
        all.text.len() > 100,
        "the story has {} bytes",
        all.text.len()
    );
}
