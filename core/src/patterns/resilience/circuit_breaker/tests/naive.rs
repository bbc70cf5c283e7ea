//! A breaker that remembers every call it ever saw and works everything out from scratch.
//!
//! Written from the rules alone and without the breaker's data structures: no ring, no running
//! totals, no stored wait, no deadline fields.

use proptest::prelude::*;
use proptest::sample::Index;

use crate::patterns::resilience::circuit_breaker::algorithm::{
    CircuitBreaker, LateResults, Outcome, Permit, Recorded, Settings, State, Tally, TripRule,
    Verdict, Wait, WindowSize,
};
use crate::time::{SimTime, Span};

/// One step of a random history.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Acquire,
    Report(Index, Span, Outcome),
    Pass(Span),
    PassUntilNextChange,
    JumpBack(Span),
    Poll,
    Trip,
    BeginTrial,
    Reset,
    ForceOpen,
    Disable,
}

impl Step {
    /// Whether the breaker learns what time it is from this step.
    fn tells_the_breaker(&self, nothing_out: bool) -> bool {
        match self {
            Self::Pass(_) | Self::PassUntilNextChange | Self::JumpBack(_) => false,
            Self::Report(..) => !nothing_out,
            Self::Acquire
            | Self::Poll
            | Self::Trip
            | Self::BeginTrial
            | Self::Reset
            | Self::ForceOpen
            | Self::Disable => true,
        }
    }
}

/// A stay in one state.
#[derive(Debug, Clone)]
struct Stay {
    state: State,
    since: SimTime,
    /// Calls let through during this stay.
    admitted: u32,
    /// What those of them that are back said.
    own: Vec<Outcome>,
    /// Every result counted during this stay: when, failed, slow.
    counted: Vec<(SimTime, bool, bool)>,
}

pub(super) struct Naive {
    settings: Settings,
    now: SimTime,
    /// Every stay since the beginning of time, the present one last.
    history: Vec<Stay>,
}

impl Naive {
    pub(super) fn new(settings: Settings) -> Self {
        let mut naive = Self {
            settings,
            now: SimTime::ZERO,
            history: Vec::new(),
        };
        naive.enter(State::Closed, SimTime::ZERO);
        naive
    }

    /// Takes each step both here and in the breaker, and compares all that can be seen of them.
    pub(super) fn run_beside_the_breaker(mut self, steps: &[Step]) -> Result<(), TestCaseError> {
        let mut told = SimTime::ZERO;
        let mut breaker =
            CircuitBreaker::new(self.settings.clone(), told).expect("generated within limits");
        let mut out: Vec<(Permit, usize)> = Vec::new();
        for step in steps {
            if step.tells_the_breaker(out.is_empty()) {
                self.now = self.now.max(told);
            }
            match step {
                Step::Acquire => {
                    let ours = self.acquire();
                    let theirs = breaker.try_acquire(told);
                    prop_assert_eq!(ours.is_some(), theirs.is_ok());
                    match theirs {
                        Ok(permit) => out.push((permit, self.history.len() - 1)),
                        Err(refused) => {
                            prop_assert_eq!(refused.retry_after, self.retry_after());
                        }
                    }
                }
                Step::Report(which, took, outcome) if !out.is_empty() => {
                    let (permit, stay) = out.swap_remove(which.index(out.len()));
                    let theirs = breaker.on_result(permit, told, *took, *outcome);
                    prop_assert_eq!(
                        self.report(stay, *took, *outcome),
                        matches!(theirs, Recorded::Counted(_))
                    );
                }
                Step::Report(..) => {}
                Step::Pass(span) => told += *span,
                Step::PassUntilNextChange => {
                    told = breaker.next_change().unwrap_or(told).max(told);
                }
                Step::JumpBack(span) => told = told - *span,
                Step::Poll => {
                    self.poll();
                    breaker.poll(told);
                }
                Step::Trip => {
                    self.enter(State::Open, self.now);
                    breaker.trip(told);
                }
                Step::BeginTrial => {
                    self.enter(State::HalfOpen, self.now);
                    breaker.begin_trial(told);
                }
                Step::Reset => {
                    self.enter(State::Closed, self.now);
                    breaker.reset(told);
                }
                Step::ForceOpen => {
                    self.enter(State::ForcedOpen, self.now);
                    breaker.force_open(told);
                }
                Step::Disable => {
                    self.enter(State::Disabled, self.now);
                    breaker.disable(told);
                }
            }
            self.compare(&mut breaker)?;
        }
        Ok(())
    }

    fn compare(&self, breaker: &mut CircuitBreaker) -> Result<(), TestCaseError> {
        prop_assert_eq!(breaker.state(), self.stay().state);
        prop_assert_eq!(breaker.rates(self.now), self.rates());
        prop_assert_eq!(
            breaker.openings() as usize,
            self.since_closed()
                .filter(|stay| stay.state == State::Open)
                .count()
        );
        let slots = breaker.window().slots(self.now);
        let failed = slots.map(|slot| slot.failed).sum::<u32>();
        let counted = breaker.window().tally(self.now).failed;
        if self.settings.forgets {
            prop_assert_eq!(failed, counted);
        } else {
            prop_assert!(failed <= counted);
        }
        if let Some(trial) = breaker.trial() {
            let back = self.stay().own.len() as u32;
            prop_assert_eq!(trial.in_flight, self.stay().admitted - back);
            if self.settings.half_open.limited {
                prop_assert!(trial.in_flight <= self.settings.half_open.trials);
            }
            prop_assert_eq!(trial.tally, tally(&self.stay().counted));
        }
        if let Some(last) = breaker.drain_transitions().last() {
            prop_assert_eq!(last.to, self.stay().state);
            prop_assert_eq!(last.at, self.stay().since);
        }
        Ok(())
    }

    fn acquire(&mut self) -> Option<()> {
        self.poll();
        let passes = match self.stay().state {
            State::Closed | State::Disabled => true,
            State::Open | State::ForcedOpen => false,
            State::HalfOpen => !self.settings.half_open.limited || self.has_room(),
        };
        passes.then(|| self.history.last_mut().unwrap().admitted += 1)
    }

    fn has_room(&self) -> bool {
        let stay = self.stay();
        let back_as = |outcome| stay.own.iter().filter(|&&own| own == outcome).count() as u32;
        let taken = match self.settings.half_open.verdict {
            Verdict::Rates { .. } => stay.admitted - back_as(Outcome::Ignored),
            Verdict::Streak { .. } => stay.admitted - stay.own.len() as u32,
        };
        taken < self.settings.half_open.trials
    }

    fn report(&mut self, admitted_in: usize, took: Span, outcome: Outcome) -> bool {
        self.expire();
        let late = admitted_in + 1 != self.history.len();
        if !late {
            self.history.last_mut().unwrap().own.push(outcome);
        }
        let counts = match self.stay().state {
            State::Closed | State::HalfOpen | State::Open => {
                outcome != Outcome::Ignored
                    && (!late || self.settings.late_results == LateResults::Count)
            }
            State::ForcedOpen | State::Disabled => false,
        };
        if counts {
            let call = (
                self.now,
                outcome == Outcome::Failure,
                took > self.settings.slow_after,
            );
            self.history.last_mut().unwrap().counted.push(call);
            self.judge();
        }
        counts
    }

    fn judge(&mut self) {
        match self.stay().state {
            State::Closed => {
                let opens = match self.settings.trip {
                    TripRule::Consecutive { failures } if !self.settings.forgets => {
                        tally(&self.stay().counted).failed >= failures
                    }
                    TripRule::Consecutive { failures } => {
                        let results = self.stay().counted.iter().rev();
                        results.take_while(|(_, failed, _)| *failed).count() as u32 >= failures
                    }
                    TripRule::Rates { .. } => self.rates().is_some_and(|tally| self.is_bad(tally)),
                };
                if opens {
                    self.enter(State::Open, self.now);
                }
            }
            State::HalfOpen => {
                let seen = tally(&self.stay().counted);
                let good = match self.settings.half_open.verdict {
                    Verdict::Rates { after } if seen.calls < after => return,
                    Verdict::Rates { .. } => !self.is_bad(seen),
                    Verdict::Streak { .. } if seen.failed > 0 => false,
                    Verdict::Streak { successes } if seen.calls < successes => return,
                    Verdict::Streak { .. } => true,
                };
                let next = if good { State::Closed } else { State::Open };
                self.enter(next, self.now);
            }
            State::Open | State::ForcedOpen | State::Disabled => {}
        }
    }

    fn is_bad(&self, tally: Tally) -> bool {
        let reaches = |part: u32, percent: u32| part * 100 >= percent * tally.calls;
        reaches(tally.failed, self.settings.failure_rate.hundredths() / 100)
            || reaches(tally.slow, self.settings.slow_rate.hundredths() / 100)
    }

    fn rates(&self) -> Option<Tally> {
        let seen = self.looked_back_on();
        let (window, minimum) = match self.settings.trip {
            TripRule::Consecutive { failures } => (WindowSize::Calls(failures), failures),
            TripRule::Rates {
                window,
                minimum_calls,
            } => (window, minimum_calls),
        };
        let (inside, minimum): (Vec<_>, u32) = match window {
            WindowSize::Calls(size) => {
                let skipped = seen.len().saturating_sub(size as usize);
                (seen[skipped..].to_vec(), minimum.min(size))
            }
            WindowSize::Seconds(size) => {
                let second = |at: SimTime| at.as_nanos() / 1_000_000_000;
                let inside = seen
                    .into_iter()
                    .filter(|(at, _, _)| second(*at) + u64::from(size) > second(self.now));
                (inside.collect(), minimum)
            }
        };
        let all = || self.looked_back_on();
        let tally = tally(&if self.settings.forgets { inside } else { all() });
        (tally.calls >= minimum).then_some(tally)
    }

    /// Everything counted since the last closing except in trials.
    fn looked_back_on(&self) -> Vec<(SimTime, bool, bool)> {
        let stays: Vec<_> = self.since_closed().collect();
        stays
            .into_iter()
            .rev()
            .filter(|stay| stay.state != State::HalfOpen)
            .flat_map(|stay| stay.counted.clone())
            .collect()
    }

    /// The stays from the last entry into CLOSED on, the latest first.
    fn since_closed(&self) -> impl Iterator<Item = &Stay> {
        let mut closed = false;
        self.history.iter().rev().take_while(move |stay| {
            let before = closed;
            closed |= stay.state == State::Closed;
            !before
        })
    }

    fn poll(&mut self) {
        self.expire();
        if self.stay().state == State::Open && self.now > self.stay().since + self.wait() {
            self.enter(State::HalfOpen, self.now);
        }
    }

    fn expire(&mut self) {
        if let (State::HalfOpen, Some(at_most)) =
            (self.stay().state, self.settings.half_open.at_most)
        {
            let deadline = self.stay().since + at_most;
            if self.now >= deadline {
                self.enter(State::Open, deadline);
            }
        }
    }

    fn retry_after(&self) -> Option<Span> {
        (self.stay().state == State::Open)
            .then(|| (self.stay().since + self.wait()).since(self.now) + Span::from_nanos(1))
    }

    /// The wait of the present opening: initial, times the multiplier for each opening before it.
    fn wait(&self) -> Span {
        let openings = self.since_closed().filter(|stay| stay.state == State::Open);
        match self.settings.wait {
            Wait::Fixed(span) => span,
            Wait::Exponential {
                initial,
                multiplier_percent,
                cap,
            } => {
                let mut nanos = u128::from(initial.min(cap).as_nanos());
                for _ in 1..openings.count() {
                    nanos = (nanos * u128::from(multiplier_percent) / 100)
                        .min(u128::from(cap.as_nanos()));
                }
                Span::from_nanos(nanos as u64)
            }
        }
    }

    fn stay(&self) -> &Stay {
        self.history.last().expect("there is always a present")
    }

    fn enter(&mut self, state: State, since: SimTime) {
        self.history.push(Stay {
            state,
            since,
            admitted: 0,
            own: Vec::new(),
            counted: Vec::new(),
        });
    }
}

fn tally(counted: &[(SimTime, bool, bool)]) -> Tally {
    let number =
        |which: fn(&&(SimTime, bool, bool)) -> bool| counted.iter().filter(which).count() as u32;
    Tally {
        calls: counted.len() as u32,
        failed: number(|(_, failed, _)| *failed),
        slow: number(|(_, _, slow)| *slow),
    }
}
