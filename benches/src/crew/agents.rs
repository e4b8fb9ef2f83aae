//! Two agents with a scripted model: the planner asks the worker three times.

use std::time::{Duration, Instant};

use ::crew::{Actor, Address, AskFailed, Context, Crew, Reply};
use anyhow::ensure;
use tokio::runtime::Handle;

/// What the model says, and what it is asked. The peers in `benches/peers` have the same.
const SCRIPT: [&str; 3] = [
    "It is Tuesday.",
    "The train leaves at nine.",
    "Bring an umbrella.",
];
const QUESTIONS: [&str; 3] = [
    "Which day is it?",
    "When does the train leave?",
    "What shall I bring?",
];

/// How long an agent waits for the other.
const PATIENCE: Duration = Duration::from_secs(60);

struct Question {
    place: usize,
    #[expect(
        dead_code,
        reason = "a scripted model does not read it; a real one would"
    )]
    text: String,
    reply: Reply<String>,
}

struct Worker;

impl Actor for Worker {
    type Message = Question;
    type Failure = std::convert::Infallible;

    async fn handle(
        &mut self,
        question: Question,
        _context: &mut Context<Self>,
    ) -> Result<(), Self::Failure> {
        question.reply.answer(SCRIPT[question.place].to_owned());
        Ok(())
    }
}

struct PlanDay(Reply<Vec<String>>);

struct Planner {
    worker: Address<Worker>,
}

impl Actor for Planner {
    type Message = PlanDay;
    type Failure = AskFailed;

    async fn handle(
        &mut self,
        PlanDay(reply): PlanDay,
        _context: &mut Context<Self>,
    ) -> Result<(), AskFailed> {
        let mut answers = Vec::with_capacity(QUESTIONS.len());
        for (place, text) in QUESTIONS.into_iter().enumerate() {
            let text = text.to_owned();
            let question = |reply| Question { place, text, reply };
            answers.push(self.worker.ask(question, PATIENCE).await?);
        }
        reply.answer(answers);
        Ok(())
    }
}

/// Plans so many days.
pub(super) async fn plan_days(runs: u32) -> anyhow::Result<Duration> {
    let crew = Crew::new(Handle::current());
    let worker = crew.spawn(|| Worker)?;
    let planner = crew.spawn(move || Planner {
        worker: worker.clone(),
    })?;
    let began = Instant::now();
    for _ in 0..runs {
        let answers = planner.ask(PlanDay, PATIENCE).await?;
        ensure!(answers == SCRIPT, "the answers are {answers:?}");
    }
    let took = began.elapsed();
    crew.stop(PATIENCE).await?;
    Ok(took)
}
