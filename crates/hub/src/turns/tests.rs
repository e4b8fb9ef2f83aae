use std::time::Duration;

use llm::{About, FinishReason, Overflow, Prompt, Sampling, Usage};
use tokio::sync::Semaphore;

use super::*;

/// A model whose answers go on when they are told to.
struct Told {
    name: &'static str,
    may_end: Arc<Semaphore>,
    begun: Arc<Semaphore>,
}

#[async_trait]
impl Model for Told {
    fn about(&self) -> About<'_> {
        About::embedded(self.name)
    }

    async fn generate(&self, _what: Generation) -> Result<Answering, ModelError> {
        let (outlet, happenings) = mpsc::channel(1);
        let stop = CancellationToken::new();
        let (stopped, may_end) = (stop.clone(), Arc::clone(&self.may_end));
        self.begun.add_permits(1);
        tokio::spawn(async move {
            let play = async {
                let _ = outlet
                    .send(Happening::Started {
                        prompt_tokens: 3,
                        cached_tokens: 0,
                    })
                    .await;
                for _ in 0..100 {
                    let piece = Happening::Piece {
                        text: "x".to_owned(),
                        logprobs: Vec::new(),
                    };
                    let _ = outlet.send(piece).await;
                }
                may_end.acquire().await.expect("open").forget();
                let usage = Usage {
                    prompt_tokens: 3,
                    completion_tokens: 100,
                    ..Usage::default()
                };
                let reason = FinishReason::Stop;
                let _ = outlet.send(Happening::Finished { reason, usage }).await;
            };
            tokio::select! {
                () = play => {}
                () = stopped.cancelled() => {}
            }
        });
        Ok(Answering::new(happenings, stop.drop_guard()))
    }

    async fn embed(&self, _texts: Vec<String>) -> Result<Embeddings, ModelError> {
        Err(ModelError::Engine(EngineFault::NoModel))
    }

    async fn tokenize(&self, _text: String) -> Result<Vec<i32>, ModelError> {
        Ok(vec![1])
    }
}

struct Stage {
    turns: Turns,
    model: Arc<dyn Model>,
    may_end: Arc<Semaphore>,
    begun: Arc<Semaphore>,
}

fn stage(places: usize, name: &'static str) -> Stage {
    let (may_end, begun) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    Stage {
        turns: Turns::new(places),
        model: Arc::new(Told {
            name,
            may_end: Arc::clone(&may_end),
            begun: Arc::clone(&begun),
        }),
        may_end,
        begun,
    }
}

impl Stage {
    fn program(&self, number: u64) -> Arc<dyn Model> {
        let token = TokenId::new(Timestamp::from_millis(number), [1; 10]);
        self.turns.for_program(Arc::clone(&self.model), Some(token))
    }

    async fn has_begun(&self) {
        let begun = tokio::time::timeout(Duration::from_secs(10), self.begun.acquire()).await;
        begun.expect("it begins").expect("open").forget();
    }
}

fn question() -> Generation {
    Generation {
        prompt: Prompt::Text("x".to_owned()),
        sampling: Sampling::default(),
        constraint: None,
        tokens_max: None,
        stop: Vec::new(),
        logprobs: None,
        overflow: Overflow::Stop,
        holds_private: false,
        is_whole: false,
    }
}

async fn text(mut answering: Answering) -> String {
    let mut text = String::new();
    while let Some(happening) = answering.next().await {
        if let Happening::Piece { text: piece, .. } = happening {
            text.push_str(&piece);
        }
    }
    text
}

#[tokio::test]
async fn answer_that_nobody_reads_keeps_no_place_from_others() {
    let stage = stage(1, "tiny");
    let unread = stage.program(1).generate(question()).await.expect("begins");
    stage.has_begun().await;
    stage.may_end.add_permits(2);
    let second = stage.program(2);
    let second = tokio::time::timeout(Duration::from_secs(10), second.generate(question())).await;
    let second = second.expect("the place is free again").expect("begins");
    assert_eq!(text(second).await.len(), 100);
    assert_eq!(text(unread).await.len(), 100, "and nothing of it is lost");
    assert_eq!(stage.turns.programs_len(), 0);
}

#[tokio::test]
async fn person_begins_while_programs_hold_all_places_that_they_may() {
    let stage = stage(2, "tiny");
    let _held = stage.program(1).generate(question()).await.expect("begins");
    let waiting = stage.program(1);
    let waiting = tokio::spawn(async move { waiting.generate(question()).await });
    let own = stage.turns.for_person(Arc::clone(&stage.model));
    let own = tokio::time::timeout(Duration::from_secs(10), own.generate(question())).await;
    own.expect("at once").expect("begins");
    assert!(!waiting.is_finished(), "the program waits for its turn");
    waiting.abort();
}

#[tokio::test]
async fn one_who_goes_away_gives_the_place_back_and_is_counted_for_what_came() {
    let stage = stage(1, "tiny");
    let mut answering = stage.program(1).generate(question()).await.expect("begins");
    answering.next().await.expect("it is there");
    drop(answering);
    let next = stage.program(2);
    let next = tokio::time::timeout(Duration::from_secs(10), next.generate(question())).await;
    drop(next.expect("the place is free again").expect("begins"));
    let left = async {
        while stage.turns.programs_len() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let left = tokio::time::timeout(Duration::from_secs(10), left).await;
    left.expect("nobody is left");
}

#[tokio::test]
async fn line_of_a_token_that_is_full_is_told_at_once() {
    let stage = stage(1, "tiny");
    let _held = stage.program(1).generate(question()).await.expect("begins");
    let mut waiting = Vec::new();
    for _ in 0..domain::line::WAITING_PER_PROGRAM_MAX {
        let model = stage.program(1);
        waiting.push(tokio::spawn(
            async move { model.generate(question()).await },
        ));
    }
    while stage.turns.programs_len() <= domain::line::WAITING_PER_PROGRAM_MAX {
        tokio::task::yield_now().await;
    }
    let refused = stage.program(1).generate(question()).await;
    let refused = refused.expect_err("its line is full");
    assert_eq!(refused, ModelError::Engine(EngineFault::Busy));
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn server_elsewhere_takes_many_answers_of_one_token_at_once() {
    let stage = stage(1, "server/tiny");
    let mut answers = Vec::new();
    for _ in 0..200 {
        answers.push(stage.program(1).generate(question()).await.expect("begins"));
    }
    assert_eq!(stage.turns.programs_len(), 200);
}
