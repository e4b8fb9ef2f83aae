//! Who is next: the line of those who wait for a model.
//!
//! A model takes some answers at once. What the person asks in their own window goes first; programs
//! follow, one of each token in turn, so that none keeps the others out. Each may let only so much wait.
//!
//! While answers are under way together, each is given its part of the time, so that the parts of all
//! add up to the time for which the model worked.

use std::collections::{BTreeMap, VecDeque};

use base::{Timestamp, TokenId};

/// The most answers that the holders of one token may let wait for one place to run.
///
/// Ten rounds of a small engine: what stands further behind waits longer than clients do.
pub const WAITING_PER_PROGRAM_MAX: usize = 32;

/// The most answers that the person's own window and agents may let wait. As many as the engine itself
/// lets wait.
pub const WAITING_OWN_MAX: usize = 256;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller {
    /// The person: their window, their terminal, their agents.
    Own,
    /// A program on this machine, where none needs a token.
    Open,
    /// A program with this token.
    Token(TokenId),
}

/// Names a place in the line, from the moment it is asked for until it is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seat(u64);

/// What became of an ask for a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It may begin.
    Now(Seat),
    /// It waits, and is called.
    Wait(Seat),
    /// Too much of this caller waits.
    Full,
}

#[derive(Debug)]
struct Running {
    caller: Caller,
    share_us: u64,
}

/// The line before one place where models run.
#[derive(Debug)]
pub struct Line {
    places: usize,
    last: u64,
    running: BTreeMap<Seat, Running>,
    own: VecDeque<Seat>,
    programs: BTreeMap<Caller, VecDeque<Seat>>,
    /// The program that was called last; the one behind it is next.
    called: Option<Caller>,
    counted: Option<Timestamp>,
}

impl Line {
    /// A line before something that takes so many answers at once.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self {
            places: places.max(1),
            last: 0,
            running: BTreeMap::new(),
            own: VecDeque::new(),
            programs: BTreeMap::new(),
            called: None,
            counted: None,
        }
    }

    /// Someone wants an answer.
    pub fn ask(&mut self, caller: Caller, now: Timestamp) -> Answer {
        let may_begin = self.is_free_for(caller) && !self.waits_before(caller);
        if !may_begin && self.is_full_for(caller) {
            return Answer::Full;
        }
        self.last += 1;
        let seat = Seat(self.last);
        if may_begin {
            self.begin(seat, caller, now);
            return Answer::Now(seat);
        }
        match caller {
            Caller::Own => self.own.push_back(seat),
            Caller::Open | Caller::Token(_) => {
                self.programs.entry(caller).or_default().push_back(seat);
            }
        }
        Answer::Wait(seat)
    }

    /// A place is given back, or nobody waits for it any longer. Gives its part of the time that the
    /// model worked, in microseconds, and who may begin now.
    pub fn leave(&mut self, seat: Seat, now: Timestamp) -> (u64, Vec<Seat>) {
        self.count(now);
        let share_us = match self.running.remove(&seat) {
            Some(running) => running.share_us,
            None => {
                self.own.retain(|waiting| *waiting != seat);
                self.programs.retain(|_, waiting| {
                    waiting.retain(|one| *one != seat);
                    !waiting.is_empty()
                });
                0
            }
        };
        (share_us, self.call(now))
    }

    /// Answers of programs that are under way or wait.
    #[must_use]
    pub fn programs_len(&self) -> usize {
        let waiting: usize = self.programs.values().map(VecDeque::len).sum();
        waiting + self.programs_running()
    }

    /// Whether nobody is here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.running.is_empty() && self.own.is_empty() && self.programs.is_empty()
    }

    fn programs_running(&self) -> usize {
        let is_program = |running: &&Running| running.caller != Caller::Own;
        self.running.values().filter(is_program).count()
    }

    /// One place is kept for the person, so that they never wait until a program has its long answer.
    fn is_free_for(&self, caller: Caller) -> bool {
        let free = self.running.len() < self.places;
        match caller {
            Caller::Own => free,
            Caller::Open | Caller::Token(_) => {
                free && self.programs_running() < self.places.saturating_sub(1).max(1)
            }
        }
    }

    fn waits_before(&self, caller: Caller) -> bool {
        match caller {
            Caller::Own => !self.own.is_empty(),
            Caller::Open | Caller::Token(_) => !self.own.is_empty() || !self.programs.is_empty(),
        }
    }

    fn is_full_for(&self, caller: Caller) -> bool {
        match caller {
            Caller::Own => self.own.len() >= WAITING_OWN_MAX,
            Caller::Open | Caller::Token(_) => self
                .programs
                .get(&caller)
                .is_some_and(|waiting| waiting.len() >= WAITING_PER_PROGRAM_MAX),
        }
    }

    /// Calls all who may begin, in their order.
    fn call(&mut self, now: Timestamp) -> Vec<Seat> {
        let mut called = Vec::new();
        while self.is_free_for(Caller::Own)
            && let Some(seat) = self.own.pop_front()
        {
            self.begin(seat, Caller::Own, now);
            called.push(seat);
        }
        while self.own.is_empty()
            && self.is_free_for(Caller::Open)
            && let Some((caller, seat)) = self.next_program()
        {
            self.begin(seat, caller, now);
            called.push(seat);
        }
        called
    }

    /// The first of the program behind the one that was called last.
    fn next_program(&mut self) -> Option<(Caller, Seat)> {
        let behind = |caller: &&Caller| self.called.is_none_or(|called| **caller > called);
        let caller = *self
            .programs
            .keys()
            .find(behind)
            .or_else(|| self.programs.keys().next())?;
        let waiting = self.programs.get_mut(&caller)?;
        let seat = waiting.pop_front()?;
        if waiting.is_empty() {
            self.programs.remove(&caller);
        }
        self.called = Some(caller);
        Some((caller, seat))
    }

    fn begin(&mut self, seat: Seat, caller: Caller, now: Timestamp) {
        self.count(now);
        let running = Running {
            caller,
            share_us: 0,
        };
        self.running.insert(seat, running);
    }

    /// Gives everyone who is under way their part of the time since the last look.
    fn count(&mut self, now: Timestamp) {
        let before = self.counted.replace(now).unwrap_or(now);
        let passed_us = now.as_millis().saturating_sub(before.as_millis()) * 1_000;
        let share_us = passed_us
            .checked_div(self.running.len() as u64)
            .unwrap_or_default();
        for running in self.running.values_mut() {
            running.share_us += share_us;
        }
    }
}

#[cfg(test)]
mod tests;
