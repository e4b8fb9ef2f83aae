//! The turn of one agent: it asks the model, has tools called, tells the model what they brought, and comes
//! to an answer.
//!
//! The hub runs one [`Turn`] for each agent. It asks the model what [`Effect::AskModel`] says, takes the
//! calls of [`Effect::Perform`] to the [`tree`](super::tree), and tells the turn what came of both. Each
//! [`Effect::Record`] is on disk before the next effect is performed; after a crash [`Turn::replay`] and
//! [`Input::Recovered`] go on where the turn was.
//!
//! What a model writes is not trusted. A call of no known tool or with arguments that its schema does not
//! allow is told back to the model and never performed. A model that goes in circles, and one that used up
//! its steps or tokens, is made to answer with what it has. Labels of all that was observed go with the
//! answer.

mod answer;
mod check;
mod input;
mod talk;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use base::{CallId, Timestamp, TokenCount};
use serde_json::Value;

use super::call::{Call, CallEnd, Labels, SideEffects};
use super::state::State;

pub use input::{
    Choice, Effect, Ending, Event, Failure, Input, Message, Opening, Question, Refusal, Role, Room,
    Task, Tool, Wanted,
};
use talk::Talk;

/// The most times that a turn asks the model.
///
/// Enough for a dozen tools in a row; a small model that has not come to an answer by then does not.
pub const STEPS_MAX: u32 = 16;

/// How often a turn tells the model that its call or answer is invalid, before no call counts any more.
///
/// With what is wrong in words, a model that can repair a call does so at the first or second try.
pub const REPAIRS_MAX: u32 = 3;

/// The most calls that one step may make. The same as the gateway lets a model write at once.
pub const CALLS_PER_STEP_MAX: usize = 8;

/// Tokens that are kept for the last answer: some paragraphs.
pub const ANSWER_RESERVE: TokenCount = TokenCount(256);

/// The third call with equal arguments is a loop: a second look is sensible, a third brings nothing new.
const SAME_CALLS_MAX: usize = 2;

/// The second one is, where the call changes something or leaves: it was done, and the person asked for it.
const SAME_CHANGES_MAX: usize = 1;

/// The turn of one agent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Turn {
    phase: Phase,
    task: Option<Task>,
    schemas: BTreeMap<String, Value>,
    talk: Talk,
    labels: Labels,
    steps: u32,
    repairs: u32,
    left: TokenCount,
    deadline: Option<Timestamp>,
    last_at: Timestamp,
    /// The calls that were made, with what they were made of.
    made: Vec<(String, Value)>,
    /// All ids of calls that came.
    known: BTreeSet<CallId>,
    /// Calls that brought something.
    findings: BTreeSet<CallId>,
    /// Why the model must answer now.
    must_end: Option<Ending>,
    effects: VecDeque<Effect>,
}

/// What the turn waits for.
#[derive(Debug, Clone, PartialEq, Default)]
enum Phase {
    /// Its task.
    #[default]
    Fresh,
    /// The model's plan.
    Planning,
    /// The model's next step.
    Asking(Choice),
    /// The ends of these calls.
    Performing(BTreeMap<CallId, Call>),
    /// Nothing more.
    Ended(State),
}

impl Turn {
    /// The turn that these events led to. Nothing is to be done yet: see [`Input::Recovered`].
    pub fn replay(events: impl IntoIterator<Item = Event>) -> Result<Self, Refusal> {
        let mut turn = Self::default();
        for event in events {
            turn.check(&event.input)?;
            turn.apply(event.input, event.at);
            turn.effects.clear();
        }
        Ok(turn)
    }

    /// Takes in what happened. A refused input changes nothing.
    pub fn handle_input(&mut self, input: Input, now: Timestamp) -> Result<(), Refusal> {
        self.check(&input)?;
        self.effects.push_back(Effect::Record(Event {
            at: now,
            input: input.clone(),
        }));
        self.apply(input, now);
        Ok(())
    }

    /// What is to be done next.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When the turn's time is over.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.deadline.filter(|_| self.is_running())
    }

    /// Ends a turn whose time is over, with what is known.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        if self.poll_timeout().is_some_and(|end| end <= now) {
            let taken = self.handle_input(Input::TimeSpent, now);
            taken.expect("a running turn takes the end of its time");
        }
    }

    /// What the agent is doing, as the tree names it.
    #[must_use]
    pub fn state(&self) -> State {
        match &self.phase {
            Phase::Fresh => State::Created,
            Phase::Planning => State::Planning,
            Phase::Asking(_) | Phase::Performing(_) => State::Working,
            Phase::Ended(state) => *state,
        }
    }

    /// Where all that the turn has seen came from.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    fn is_running(&self) -> bool {
        match self.phase {
            Phase::Planning | Phase::Asking(_) | Phase::Performing(_) => true,
            Phase::Fresh | Phase::Ended(_) => false,
        }
    }

    fn check(&self, input: &Input) -> Result<(), Refusal> {
        let is_asking = matches!(self.phase, Phase::Planning | Phase::Asking(_));
        match input {
            Input::Begun(task) if self.phase == Phase::Fresh => check::task(task).map(|_| ()),
            Input::Said { calls, .. } if is_asking => {
                let mut new = BTreeSet::new();
                let known = calls
                    .iter()
                    .find(|call| self.known.contains(&call.id) || !new.insert(call.id));
                known.map_or(Ok(()), |call| Err(Refusal::KnownCall(call.id)))
            }
            Input::ModelFailed { .. } if is_asking => Ok(()),
            Input::CallEnded { call, .. } => match &self.phase {
                Phase::Performing(calls) if calls.contains_key(call) => Ok(()),
                Phase::Fresh
                | Phase::Planning
                | Phase::Asking(_)
                | Phase::Performing(_)
                | Phase::Ended(_) => Err(Refusal::NoSuchCall(*call)),
            },
            Input::Recovered | Input::Cancelled | Input::TimeSpent if self.is_running() => Ok(()),
            Input::Begun(_)
            | Input::Said { .. }
            | Input::ModelFailed { .. }
            | Input::Recovered
            | Input::Cancelled
            | Input::TimeSpent => Err(Refusal::OutOfPlace),
        }
    }

    fn apply(&mut self, input: Input, now: Timestamp) {
        match input {
            Input::Begun(task) => self.begin(*task, now),
            Input::Said {
                text,
                calls,
                tokens,
            } => self.said(text, calls, tokens),
            Input::ModelFailed { reason } => self.fail(Failure::Model(reason)),
            Input::CallEnded { call, end } => self.call_ended(call, &end),
            Input::Recovered => self.recover(now),
            Input::Cancelled => self.fail(Failure::Cancelled),
            Input::TimeSpent => self.conclude(Ending::TimeSpent),
        }
        self.last_at = now;
    }

    fn begin(&mut self, task: Task, now: Timestamp) {
        self.schemas = check::task(&task).expect("the task was checked before it was taken in");
        self.talk = Talk::begin(&task);
        self.labels = task.labels.clone();
        self.left = task.tokens;
        let end = now.as_millis().saturating_add(task.wall.0);
        self.deadline = Some(Timestamp::from_millis(end));
        let plans = task.opening == Opening::Plan && !task.tools.is_empty();
        self.task = Some(task);
        if plans {
            self.phase = Phase::Planning;
            self.talk.ask_for_plan();
            self.pose();
        } else {
            self.ask();
        }
    }

    /// Time goes on where the last event left it: while the hub was down nobody could work.
    fn recover(&mut self, now: Timestamp) {
        if let Some(end) = self.deadline {
            let left = end.as_millis().saturating_sub(self.last_at.as_millis());
            self.deadline = Some(Timestamp::from_millis(now.as_millis().saturating_add(left)));
        }
        match &self.phase {
            Phase::Planning | Phase::Asking(_) => self.pose(),
            Phase::Performing(calls) => {
                let calls = calls.values().cloned().collect();
                self.effects.push_back(Effect::Perform(calls));
            }
            Phase::Fresh | Phase::Ended(_) => {}
        }
    }

    /// The model said something.
    fn said(&mut self, text: String, calls: Vec<Wanted>, tokens: TokenCount) {
        self.left.0 = self.left.0.saturating_sub(tokens.0);
        self.steps += 1;
        self.known.extend(calls.iter().map(|call| call.id));
        let Phase::Asking(choice) = self.phase else {
            // A plan is words; calls come after it.
            self.talk.planned(text);
            self.ask();
            return;
        };
        let is_blank = text.trim().is_empty();
        if choice == Choice::Answer && !calls.is_empty() && is_blank {
            self.misstep("Call no tool. Answer in words.");
        } else if choice != Choice::Answer && !calls.is_empty() {
            self.talk.called(text, calls.clone());
            self.take_calls(calls);
        } else if is_blank {
            self.misstep("Nothing was said. Answer the task, or call a tool.");
        } else if choice == Choice::Call {
            self.talk.said(text);
            self.misstep("Call one of the tools before you answer.");
        } else {
            let ending = self.must_end.unwrap_or(Ending::Answered);
            self.answer(text, ending);
        }
    }

    /// Has calls performed that are valid and new, and tells the model what is wrong with the others.
    fn take_calls(&mut self, calls: Vec<Wanted>) {
        let mut good = BTreeMap::new();
        let mut is_invalid = false;
        for (number, wanted) in calls.into_iter().enumerate() {
            let id = wanted.id;
            let checked = if number < CALLS_PER_STEP_MAX {
                self.check_call(&wanted)
            } else {
                Err(format!(
                    "at most {CALLS_PER_STEP_MAX} calls can be made at once"
                ))
            };
            match checked {
                Err(problem) => {
                    is_invalid = true;
                    self.talk.observed(id, &format!("Not called: {problem}."));
                }
                Ok(_) if self.must_end == Some(Ending::Loop) => {
                    self.talk.observed(id, "Not called.");
                }
                Ok((call, arguments)) if self.is_loop(&call, &arguments) => {
                    self.must_end = Some(Ending::Loop);
                    let told = "Not called: the same call was made before, and brought no more.";
                    self.talk.observed(id, told);
                }
                Ok((call, arguments)) => {
                    self.made.push((wanted.name, arguments));
                    good.insert(id, call);
                }
            }
        }
        if is_invalid {
            self.repair();
        }
        if good.is_empty() {
            self.ask();
        } else {
            let calls = good.values().cloned().collect();
            self.phase = Phase::Performing(good);
            self.effects.push_back(Effect::Perform(calls));
        }
    }

    /// The call that is performed, or what is wrong with it.
    fn check_call(&self, wanted: &Wanted) -> Result<(Call, Value), String> {
        let task = self.task.as_ref().expect("a turn that asks has a task");
        let tool = task.tools.iter().find(|tool| tool.name == wanted.name);
        let (Some(tool), Some(schema)) = (tool, self.schemas.get(&wanted.name)) else {
            let names: Vec<&str> = task.tools.iter().map(|tool| tool.name.as_str()).collect();
            return Err(format!(
                "there is no such tool; there are: {}",
                names.join(", ")
            ));
        };
        let arguments = check::arguments(schema, &wanted.arguments)?;
        let call = Call {
            id: wanted.id,
            agent: task.agent,
            tool: tool.name.clone(),
            // What was checked, not what was written: a key that comes twice means one thing here only.
            arguments: arguments.to_string(),
            capability: tool.capability.clone(),
            side_effects: tool.side_effects,
        };
        Ok((call, arguments))
    }

    /// Whether this call is one too many of its kind, or the fourth of two that take turns.
    fn is_loop(&self, call: &Call, arguments: &Value) -> bool {
        let is_same = |made: &&(String, Value)| made.0 == call.tool && made.1 == *arguments;
        let most = match call.side_effects {
            SideEffects::None => SAME_CALLS_MAX,
            SideEffects::ExactlyOnce | SideEffects::AtMostOnce => SAME_CHANGES_MAX,
        };
        if self.made.iter().filter(is_same).count() >= most {
            return true;
        }
        match self.made.as_slice() {
            [.., first, second, third] => first == third && is_same(&second),
            [] | [_] | [_, _] => false,
        }
    }

    fn call_ended(&mut self, id: CallId, end: &CallEnd) {
        let Phase::Performing(calls) = &mut self.phase else {
            return;
        };
        let made = calls.remove(&id);
        let is_last = calls.is_empty();
        if matches!(end, CallEnd::Declined(_) | CallEnd::Refused(_))
            && let (Some(made), Some(task)) = (made, &mut self.task)
        {
            // Asking for the same in other words would only try the person's patience.
            task.tools.retain(|tool| tool.name != made.tool);
        }
        if matches!(end, CallEnd::Done { .. }) {
            self.findings.insert(id);
        }
        self.labels.extend(end.labels());
        self.talk.observed(id, &end.observation());
        if is_last {
            self.ask();
        }
    }
}
