//! Asking on, and coming to an end.

use base::TokenCount;

use super::{
    ANSWER_RESERVE, Choice, Effect, Ending, Failure, Opening, Phase, Question, REPAIRS_MAX,
    STEPS_MAX, Task, Turn,
};
use crate::agent::call::Labels;
use crate::agent::state::State;

impl Turn {
    /// Asks the model for its next step, or for its answer when no step is left.
    pub(super) fn ask(&mut self) {
        if self.left == TokenCount(0) {
            self.conclude(Ending::TokensSpent);
            return;
        }
        if self.steps >= STEPS_MAX {
            self.conclude(Ending::StepsSpent);
            return;
        }
        if self.must_end.is_none() {
            self.must_end = if self.steps + 1 == STEPS_MAX {
                Some(Ending::StepsSpent)
            } else if self.left < ANSWER_RESERVE {
                Some(Ending::TokensSpent)
            } else {
                None
            };
        }
        if self.must_end.is_some() {
            self.talk.ask_for_answer();
        }
        self.phase = Phase::Asking(self.choice());
        self.pose();
    }

    fn choice(&self) -> Choice {
        let task = self.the_task();
        if self.must_end.is_some() || task.tools.is_empty() {
            Choice::Answer
        } else if task.opening == Opening::Call && self.made.is_empty() {
            Choice::Call
        } else {
            Choice::Either
        }
    }

    /// Puts the question that the turn waits on to the model.
    pub(super) fn pose(&mut self) {
        let choice = match self.phase {
            Phase::Asking(choice) => choice,
            Phase::Planning | Phase::Fresh | Phase::Performing(_) | Phase::Ended(_) => {
                Choice::Answer
            }
        };
        let is_planning = self.phase == Phase::Planning;
        let tools = match choice {
            Choice::Either | Choice::Call => self.the_task().tools.clone(),
            // A plan names the tools that are there.
            Choice::Answer if is_planning => self.the_task().tools.clone(),
            Choice::Answer => Vec::new(),
        };
        self.talk.shorten(&tools);
        self.effects.push_back(Effect::AskModel(Question {
            messages: self.talk.messages().to_vec(),
            tools,
            choice,
            tokens_max: self.left,
        }));
    }

    /// The model did something that cannot be used. It is told once more, up to a limit.
    pub(super) fn misstep(&mut self, told: &str) {
        self.repair();
        if self.repairs > REPAIRS_MAX + 1 {
            // It was told to answer, and did not do that either.
            self.conclude(Ending::Repairs);
            return;
        }
        self.talk.told(told);
        self.ask();
    }

    /// Counts a repair. After too many the model must answer.
    pub(super) fn repair(&mut self) {
        self.repairs += 1;
        if self.repairs > REPAIRS_MAX && self.must_end.is_none() {
            self.must_end = Some(Ending::Repairs);
        }
    }

    pub(super) fn answer(&mut self, text: String, ending: Ending) {
        self.phase = Phase::Ended(State::Done);
        self.effects.push_back(Effect::Answer {
            text,
            labels: self.labels.clone(),
            ending,
        });
    }

    /// Ends without the model: what the tools brought is the answer.
    pub(super) fn conclude(&mut self, ending: Ending) {
        match self.talk.found(&self.findings) {
            Some(text) => self.answer(text, ending),
            None => self.fail(Failure::NothingFound(ending)),
        }
    }

    pub(super) fn fail(&mut self, failure: Failure) {
        let state = match failure {
            Failure::Cancelled => State::Cancelled,
            Failure::Model(_) | Failure::NothingFound(_) => State::Failed,
        };
        self.phase = Phase::Ended(state);
        let labels: Labels = self.labels.clone();
        self.effects.push_back(Effect::Fail { failure, labels });
    }

    fn the_task(&self) -> &Task {
        self.task.as_ref().expect("a turn that asks has a task")
    }
}
