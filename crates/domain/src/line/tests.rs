use super::*;

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(1_000_000 + ms)
}

fn program(number: u64) -> Caller {
    Caller::Token(TokenId::new(Timestamp::from_millis(number), [1; 10]))
}

fn begins(answer: Answer) -> Seat {
    match answer {
        Answer::Now(seat) => seat,
        Answer::Wait(_) | Answer::Full => panic!("it must begin at once: {answer:?}"),
    }
}

fn waits(answer: Answer) -> Seat {
    match answer {
        Answer::Wait(seat) => seat,
        Answer::Now(_) | Answer::Full => panic!("it must wait: {answer:?}"),
    }
}

#[test]
fn person_finds_a_place_though_programs_wait() {
    let mut line = Line::new(2);
    begins(line.ask(program(1), at(0)));
    waits(line.ask(program(1), at(0)));
    begins(line.ask(Caller::Own, at(0)));
}

#[test]
fn person_goes_before_all_programs_where_there_is_one_place_only() {
    let mut line = Line::new(1);
    let first = begins(line.ask(program(1), at(0)));
    let program_waits = waits(line.ask(program(2), at(0)));
    let own = waits(line.ask(Caller::Own, at(0)));
    assert_eq!(line.leave(first, at(1)).1, [own]);
    assert_eq!(line.leave(own, at(2)).1, [program_waits]);
}

#[test]
fn programs_are_called_in_turn_however_much_one_of_them_asks() {
    let mut line = Line::new(2);
    let running = begins(line.ask(program(1), at(0)));
    let greedy: Vec<Seat> = (0..3).map(|_| waits(line.ask(program(1), at(0)))).collect();
    let second = waits(line.ask(program(2), at(0)));
    let third = waits(line.ask(Caller::Open, at(0)));
    let mut order = Vec::new();
    let mut next = running;
    while let [seat] = line.leave(next, at(1)).1[..] {
        order.push(seat);
        next = seat;
    }
    let place = |seat| order.iter().position(|one| *one == seat);
    assert_eq!(order.len(), 5, "everyone is called once");
    assert!(place(second) < place(greedy[1]), "{order:?}");
    assert!(place(third) < place(greedy[1]), "{order:?}");
    assert!(line.is_empty());
}

#[test]
fn line_of_one_program_is_bounded_and_others_still_get_in() {
    let mut line = Line::new(2);
    begins(line.ask(program(1), at(0)));
    let seats: Vec<Seat> = (0..WAITING_PER_PROGRAM_MAX)
        .map(|_| waits(line.ask(program(1), at(0))))
        .collect();
    assert_eq!(line.ask(program(1), at(0)), Answer::Full);
    waits(line.ask(program(2), at(0)));
    line.leave(seats[0], at(0));
    waits(line.ask(program(1), at(0)));
}

#[test]
fn one_who_goes_away_while_waiting_is_never_called() {
    let mut line = Line::new(1);
    let first = begins(line.ask(program(1), at(0)));
    let gone = waits(line.ask(program(2), at(0)));
    let stays = waits(line.ask(program(2), at(0)));
    assert_eq!(line.leave(gone, at(1)), (0, vec![]));
    assert_eq!(line.leave(first, at(2)).1, [stays]);
}

#[test]
fn parts_of_the_time_add_up_to_the_time_that_the_model_worked() {
    let mut line = Line::new(4);
    let alone = begins(line.ask(program(1), at(0)));
    let joins = begins(line.ask(program(2), at(100)));
    let (first_us, _) = line.leave(alone, at(300));
    let (second_us, _) = line.leave(joins, at(500));
    assert_eq!(first_us, 200_000, "100 ms alone and half of 200 ms");
    assert_eq!(first_us + second_us, 500_000);
    let later = begins(line.ask(program(1), at(900)));
    assert_eq!(
        line.leave(later, at(1_000)).0,
        100_000,
        "idle time is nobody's"
    );
}

#[test]
fn nobody_starves_whatever_comes_and_goes() {
    // A small generator of our own: the same numbers in every run.
    let mut state = 7_u64;
    let mut random = move |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    };
    let mut line = Line::new(3);
    let (mut running, mut waiting) = (Vec::new(), VecDeque::new());
    for ms in 0..20_000 {
        let caller = match random(4) {
            0 => Caller::Own,
            number => program(number),
        };
        match line.ask(caller, at(ms)) {
            Answer::Now(seat) => running.push(seat),
            Answer::Wait(seat) => waiting.push_back(seat),
            Answer::Full => {}
        }
        if !running.is_empty() {
            let at_random = usize::try_from(random(running.len() as u64)).expect("small");
            let (_, called) = line.leave(running.swap_remove(at_random), at(ms));
            for seat in called {
                waiting.retain(|one| *one != seat);
                running.push(seat);
            }
        }
        assert!(
            running.len() <= 3,
            "more are under way than there are places"
        );
        let oldest = waiting.front().map_or(u64::MAX, |Seat(seat)| *seat);
        assert!(
            oldest == u64::MAX || line.last - oldest < 1_000,
            "someone waits since {oldest}, and {} have come",
            line.last
        );
    }
}
