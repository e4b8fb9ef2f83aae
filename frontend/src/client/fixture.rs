//! Answers that were written down before, for tests.

use std::sync::Mutex;

use contract::{AnyAsk, Code, Fault};
use serde_json::Value;

type Answer = (&'static str, Result<Value, Fault>);

/// What a hub would say, and what it was asked.
#[derive(Debug)]
pub(crate) struct Fixture {
    answers: Vec<Answer>,
    asked: Mutex<Vec<AnyAsk>>,
}

impl Fixture {
    /// Lives as long as the test program: a client is copied freely and must not borrow.
    pub(crate) fn leak(answers: Vec<Answer>) -> &'static Self {
        Box::leak(Box::new(Self {
            answers,
            asked: Mutex::default(),
        }))
    }

    /// The names of all asks, in their order.
    pub(crate) fn asked(&self) -> Vec<&'static str> {
        self.asked_whole().iter().map(AnyAsk::name).collect()
    }

    /// All asks with what they say, in their order.
    pub(crate) fn asked_whole(&self) -> Vec<AnyAsk> {
        self.asked
            .lock()
            .expect("no test panics while asking")
            .clone()
    }

    pub(super) fn answer(&self, ask: Value) -> Result<Value, Fault> {
        let ask: AnyAsk = serde_json::from_value(ask).expect("what a hub can read");
        let name = ask.name();
        self.asked
            .lock()
            .expect("no test panics while asking")
            .push(ask);
        let found = self.answers.iter().find(|(known, _)| *known == name);
        let missing = || Fault::refused(Code::NotFound, format!("no answer for {name}"));
        found.ok_or_else(missing)?.1.clone()
    }
}
