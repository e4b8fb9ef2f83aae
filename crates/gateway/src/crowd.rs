//! How much work callers may have at the same time, so that one program cannot keep all others out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base::TokenId;

use crate::problem::Problem;

/// The most answers that all API callers together may wait for.
///
/// Sixteen times the four answers that are written at once by default: more would wait longer than
/// clients do.
pub(crate) const ANSWERS_MAX: usize = 64;

/// The most answers that the holders of one token may wait for: half of all, so that a second program
/// always gets in.
pub(crate) const ANSWERS_PER_CALLER_MAX: usize = 32;

/// Who waits for how many answers. `None` stands for callers without a token on loopback.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    places: Mutex<HashMap<Option<TokenId>, usize>>,
}

/// Places for some answers. Dropping it gives them back.
#[derive(Debug)]
pub(crate) struct Places {
    crowd: Arc<Crowd>,
    caller: Option<TokenId>,
    count: usize,
}

impl Crowd {
    /// Takes places for so many answers.
    pub(crate) fn enter(
        self: &Arc<Self>,
        caller: Option<TokenId>,
        count: usize,
    ) -> Result<Places, Problem> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = places.values().sum();
        let own = places.get(&caller).copied().unwrap_or_default();
        if own + count > ANSWERS_PER_CALLER_MAX || all + count > ANSWERS_MAX {
            let message = format!(
                "too many requests at once: {own} answers are under way for this token and {all} in \
                 all; at most {ANSWERS_PER_CALLER_MAX} and {ANSWERS_MAX} are allowed"
            );
            return Err(Problem::crowded(message));
        }
        places.insert(caller, own + count);
        Ok(Places {
            crowd: Arc::clone(self),
            caller,
            count,
        })
    }

    /// Answers that are waited for.
    pub(crate) fn size(&self) -> usize {
        self.places
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .sum()
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        let mut places = self
            .crowd
            .places
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = places.get_mut(&self.caller) {
            *own = own.saturating_sub(self.count);
            if *own == 0 {
                places.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use base::Timestamp;

    use super::*;

    #[test]
    fn one_caller_cannot_take_all_places_and_leaving_frees_them() {
        let crowd = Arc::new(Crowd::default());
        let greedy = Some(TokenId::new(Timestamp::from_millis(1), [1; 10]));
        let places = crowd
            .enter(greedy, ANSWERS_PER_CALLER_MAX)
            .expect("the first");
        assert!(crowd.enter(greedy, 1).is_err(), "its share is used up");
        let other = crowd.enter(None, 1).expect("another caller gets in");
        drop(places);
        assert_eq!(crowd.size(), 1, "only the other is left");
        drop(other);
        assert_eq!(crowd.size(), 0);
        crowd.enter(greedy, 1).expect("there is room again");
    }

    #[test]
    fn all_callers_together_are_bounded() {
        let crowd = Arc::new(Crowd::default());
        let caller = |n| Some(TokenId::new(Timestamp::from_millis(n), [1; 10]));
        let _first = crowd
            .enter(caller(1), ANSWERS_PER_CALLER_MAX)
            .expect("the first");
        let _second = crowd
            .enter(caller(2), ANSWERS_PER_CALLER_MAX)
            .expect("the second");
        let problem = crowd.enter(caller(3), 1).expect_err("full");
        assert_eq!(problem.status.as_u16(), 429);
    }
}
