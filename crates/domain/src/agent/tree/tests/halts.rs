//! What the person does with agents.

use std::collections::BTreeMap;

use super::*;

#[test]
fn cancelled_agent_stops_after_all_below_it_and_its_question_is_void() {
    let mut house = House::with_three();
    house.tell(wanted(writing(1, 3)));
    let effects = house.tell(Input::Cancel(agent(2)));
    assert_eq!(
        effects,
        [
            Effect::Withdraw(call(1)),
            Effect::Stop(agent(3)),
            Effect::Stop(agent(2)),
            Effect::Report {
                to: Some(agent(1)),
                from: agent(2),
                outcome: Outcome::Cancelled(Cancelled::ByPerson),
            },
        ]
    );
    assert_eq!(
        (house.state(1), house.state(3)),
        (State::Working, State::Cancelled)
    );
    assert_eq!(
        house.refused(Input::Approve(call(1))),
        Refusal::NoSuchCall(call(1))
    );
    let again = house.refused(Input::Cancel(agent(2)));
    let state = State::Cancelled;
    assert_eq!(
        again,
        Refusal::WrongState {
            agent: agent(2),
            state
        }
    );
}

#[test]
fn thousand_agents_are_cancelled_by_one_input_each_once() {
    let mut house = House::default();
    house.spawn(admin(1));
    for boss in 0..10 {
        house.spawn(manager(10 + boss, 1).with_tokens(10_000));
        for number in 0..99 {
            house.spawn(worker(100 * (boss + 1) + number, 10 + boss));
        }
    }
    house.spawn(admin(2));
    let records = house.disk.len();
    let effects = house.tell(Input::Cancel(agent(1)));
    let mut stops = BTreeMap::new();
    for effect in &effects {
        if let Effect::Stop(agent) = effect {
            *stops.entry(*agent).or_insert(0) += 1;
        }
    }
    assert_eq!(stops.len(), 1_001, "the admin and a thousand below it");
    assert!(stops.values().all(|times| *times == 1));
    assert!(!stops.contains_key(&agent(2)), "who is not below goes on");
    assert_eq!(effects.len(), 1_002, "one report, and nothing else");
    assert_eq!(
        house.disk.len(),
        records + 1,
        "one record: a crash leaves no half of it"
    );
}

impl Spawn {
    fn with_tokens(mut self, amount: u64) -> Self {
        self.budget = Budget {
            depth: 1,
            children: 99,
            ..budget(amount)
        };
        self
    }
}

#[test]
fn answer_of_an_agent_ends_those_that_still_work_for_it() {
    let mut house = House::with_three();
    house.tell(Input::Answer {
        agent: agent(2),
        text: "enough".to_owned(),
        labels: Labels::new(),
    });
    assert_eq!(
        (house.state(2), house.state(3)),
        (State::Done, State::Cancelled)
    );
}

#[test]
fn paused_agent_holds_all_below_and_goes_on_where_it_was() {
    let mut house = House::with_three();
    house.tell(wanted(writing(1, 3)));
    let effects = house.tell(Input::Pause(agent(2)));
    assert_eq!(effects, [Effect::Hold(agent(2)), Effect::Hold(agent(3))]);
    assert_eq!(
        (house.state(1), house.state(3)),
        (State::Working, State::Paused)
    );
    assert!(matches!(
        house.refused(wanted(reading(2, 3))),
        Refusal::WrongState { .. }
    ));
    assert!(matches!(
        house.refused(Input::Spawn(worker(4, 2))),
        Refusal::WrongState { .. }
    ));
    let alone = house.refused(Input::Resume(agent(3)));
    let (paused, by) = (agent(3), agent(2));
    assert_eq!(alone, Refusal::PausedWith { agent: paused, by });
    let effects = house.tell(Input::Resume(agent(2)));
    assert_eq!(
        effects,
        [Effect::Resume(agent(2)), Effect::Resume(agent(3))]
    );
    assert_eq!(
        (house.state(2), house.state(3)),
        (State::Working, State::Waiting)
    );
}

#[test]
fn call_approved_while_paused_is_performed_when_the_agent_goes_on() {
    let mut house = House::with_three();
    house.tell(wanted(writing(1, 3)));
    house.tell(Input::Pause(agent(1)));
    assert_eq!(house.tell(Input::Approve(call(1))), []);
    let effects = house.tell(Input::Resume(agent(1)));
    assert!(
        effects.contains(&Effect::Perform(writing(1, 3))),
        "{effects:?}"
    );
    assert_eq!(
        house.state(3),
        State::Working,
        "it waits for nothing any more"
    );
}

#[test]
fn agent_paused_by_itself_stays_paused_when_the_one_above_goes_on() {
    let mut house = House::with_three();
    house.tell(Input::Pause(agent(3)));
    house.tell(Input::Pause(agent(2)));
    house.tell(Input::Resume(agent(2)));
    assert_eq!(
        (house.state(2), house.state(3)),
        (State::Working, State::Paused)
    );
    house.tell(Input::Resume(agent(3)));
    assert_eq!(house.state(3), State::Working);
}

#[test]
fn person_who_takes_over_ends_the_helpers_and_answers_instead() {
    let mut house = House::with_three();
    house.tell(wanted(giving_away(1, 1)));
    house.spawn(Spawn {
        call: Some(call(1)),
        ..manager(4, 1)
    });
    house.spawn(worker(5, 4));
    house.tell(wanted(writing(2, 4)));
    let effects = house.tell(Input::TakeOver(agent(4)));
    assert!(effects.contains(&Effect::Stop(agent(5))), "{effects:?}");
    assert!(effects.contains(&Effect::Withdraw(call(2))), "{effects:?}");
    assert!(effects.contains(&Effect::Hold(agent(4))), "{effects:?}");
    let text = "I did it".to_owned();
    let input = Input::AnswerInstead {
        agent: agent(4),
        text: text.clone(),
    };
    let end = CallEnd::Done {
        text,
        labels: Labels::new(),
    };
    let told = Effect::Settled {
        agent: agent(1),
        call: call(1),
        end,
    };
    assert!(
        house.tell(input).contains(&told),
        "who gave the work away hears of it"
    );
    assert_eq!(house.state(4), State::Done);
}

#[test]
fn work_that_was_taken_over_can_be_handed_back() {
    let mut house = House::with_three();
    house.tell(wanted(writing(1, 3)));
    house.tell(Input::TakeOver(agent(3)));
    assert!(matches!(
        house.refused(Input::TakeOver(agent(3))),
        Refusal::WrongState { .. }
    ));
    assert_eq!(
        house.tell(Input::Resume(agent(3))),
        [Effect::Resume(agent(3))]
    );
    assert_eq!(house.state(3), State::Working);
    let text = "mine".to_owned();
    let instead = Input::AnswerInstead {
        agent: agent(3),
        text,
    };
    assert_eq!(house.refused(instead), Refusal::NotTakenOver(agent(3)));
}
