//! A circuit breaker: refuses calls that would only fail or hang, and finds out by trial when to
//! stop refusing.
//!
//! This module owns the state machine and its decisions. It does not make calls, measure them or
//! run timers: the caller asks with [`CircuitBreaker::try_acquire`], makes the call however it
//! likes, and reports with [`CircuitBreaker::on_result`]. Time is a parameter, so that the same
//! machine serves threads, futures and simulations.
//!
//! The three states are from M. Nygard, *Release It!* (2nd edition 2018, section 5.2). The rates,
//! windows and trial calls have the meaning they have in Resilience4j 2.2
//! (`CircuitBreakerStateMachine`, `CircuitBreakerMetrics`, `FixedSizeSlidingWindowMetrics`,
//! `SlidingTimeWindowMetrics`):
//!
//! * A rate equal to its threshold opens. Any counted result can be the one that does it, also a
//!   success that brings the window up to its minimum of calls.
//! * Below the minimum of calls there is no rate. Resilience4j writes -1, this module `None`.
//! * A call is slow when it took strictly longer than its threshold, whether it failed or not.
//! * OPEN ends strictly after the wait, and by a call that asks, not by itself. A timer that calls
//!   [`CircuitBreaker::poll`] is what Resilience4j calls the automatic transition.
//! * HALF_OPEN lets a fixed number of trial calls through and judges them by the same thresholds;
//!   both rates must be below theirs to close.
//! * An ignored error is neither success nor failure; it gives its trial place back.
//!
//! Where it differs, or leaves a choice:
//!
//! * Resilience4j judges a trial after `min(minimumNumberOfCalls, permitted)` results. Here the
//!   number is a setting of its own; [`HalfOpen::all_in`] waits for all of them.
//! * Resilience4j does not know in which state a call was admitted and counts its result in the
//!   state it arrives in. Here a [`Permit`] remembers, and [`LateResults`] chooses. One detail of
//!   its counting is left out on purpose: an ignored error that arrives late there frees a trial
//!   place it never took, so that more calls than permitted can be in trial.
//! * Shares are compared as exact fractions, not as floating-point percentages.
//!
//! ```
//! use orrery_core::patterns::resilience::circuit_breaker::algorithm::{
//!     CircuitBreaker, Outcome, Settings, State,
//! };
//! use orrery_core::time::{SimTime, Span};
//!
//! let settings = Settings::consecutive(2, 1, Span::from_secs(5));
//! let mut breaker = CircuitBreaker::new(settings, SimTime::ZERO)?;
//! let took = Span::from_millis(20);
//!
//! for second in 1..=2 {
//!     let now = SimTime::from_secs(second);
//!     let permit = breaker.try_acquire(now)?;
//!     breaker.on_result(permit, now, took, Outcome::Failure);
//! }
//! assert_eq!(breaker.state(), State::Open);
//!
//! // Refused until strictly after the wait, and told when to come back.
//! let refused = breaker.try_acquire(SimTime::from_secs(4)).unwrap_err();
//! assert_eq!(refused.retry_after, Some(Span::from_secs(3) + Span::from_nanos(1)));
//!
//! // The first call after it is the trial; it succeeds, and the circuit is closed again.
//! let permit = breaker.try_acquire(SimTime::from_secs(8))?;
//! breaker.on_result(permit, SimTime::from_secs(8), took, Outcome::Success);
//! assert_eq!(breaker.state(), State::Closed);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod exchange;
mod settings;
mod window;

use std::collections::VecDeque;

use crate::time::{SimTime, Span};

pub use exchange::{Cause, Outcome, Permit, Recorded, Rejected, State, Transition};
pub use settings::{
    HalfOpen, LateResults, Percent, Settings, SettingsError, TripRule, Verdict, WINDOW_MAX, Wait,
    WindowSize,
};
pub use window::{Call, Tally, Window};

/// Transitions kept for [`CircuitBreaker::drain_transitions`]; a caller who never drains must not
/// make the breaker grow, so the oldest are dropped beyond this.
const TRANSITIONS_KEPT: usize = 16;

/// A breaker for one dependency.
///
/// Each call costs one step, and in a window of seconds one more for every second that has passed
/// since the last, at most the window's length. Instants may come out of order; the breaker's
/// clock never runs backwards, an earlier instant is read as the latest one seen.
#[derive(Debug, Clone)]
pub struct CircuitBreaker {
    settings: Settings,
    phase: Phase,
    /// What CLOSED looks back on. Kept while the breaker is open: it shows what opened it.
    window: Window,
    /// Grows with each change of state, so that a permit knows when it is from another time.
    generation: u64,
    /// Openings since the breaker was last closed.
    openings: u32,
    next_wait: Span,
    clock: SimTime,
    transitions: VecDeque<Transition>,
}

#[derive(Debug, Clone)]
enum Phase {
    Closed,
    Open { since: SimTime, until: SimTime },
    HalfOpen(Trial),
    ForcedOpen,
    Disabled,
}

/// A trial under way, in HALF_OPEN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trial {
    /// When it began.
    pub since: SimTime,
    /// When it counts as failed if still undecided.
    pub until: Option<SimTime>,
    /// Calls that may still be let through; meaningless when the limit is off.
    pub places_left: u32,
    /// Trial calls let through and not yet reported.
    pub in_flight: u32,
    /// Results so far.
    pub tally: Tally,
}

impl CircuitBreaker {
    /// A closed breaker that has seen nothing.
    ///
    /// # Errors
    /// When a setting is outside its limits, see [`Settings::check`].
    pub fn new(settings: Settings, now: SimTime) -> Result<Self, SettingsError> {
        settings.check()?;
        Ok(Self {
            phase: Phase::Closed,
            window: settings.new_window(now),
            generation: 0,
            openings: 0,
            next_wait: settings.wait.first(),
            clock: now,
            transitions: VecDeque::new(),
            settings,
        })
    }

    /// Asks to make a call at `now`.
    ///
    /// # Errors
    /// [`Rejected`] when the call must not be made.
    // region: acquire
    pub fn try_acquire(&mut self, now: SimTime) -> Result<Permit, Rejected> {
        self.poll(now);
        let trial = match &mut self.phase {
            Phase::Closed | Phase::Disabled => false,
            Phase::Open { until, .. } => {
                let retry_after = Some(until.since(self.clock) + STRICTLY_AFTER);
                return Err(self.rejected(retry_after));
            }
            Phase::HalfOpen(trial) if trial.places_left > 0 || !self.settings.half_open.limited => {
                trial.places_left = trial.places_left.saturating_sub(1);
                trial.in_flight += 1;
                true
            }
            Phase::HalfOpen(_) | Phase::ForcedOpen => return Err(self.rejected(None)),
        };
        Ok(Permit {
            generation: self.generation,
            trial,
        })
    }
    // endregion

    /// Reports at `now` how a permitted call ended and how long it took.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "reporting uses the permit up"
    )]
    // region: result
    pub fn on_result(
        &mut self,
        permit: Permit,
        now: SimTime,
        duration: Span,
        outcome: Outcome,
    ) -> Recorded {
        let Permit { generation, trial } = permit;
        let now = self.advance_clock(now);
        self.expire_trial(now);
        let late = generation != self.generation;
        if trial && !late {
            self.take_back_place(outcome);
        }
        let call = Call {
            failed: match outcome {
                Outcome::Success => false,
                Outcome::Failure => true,
                Outcome::Ignored => return Recorded::NotCounted,
            },
            slow: duration > self.settings.slow_after,
        };
        match (late, self.settings.late_results) {
            (true, LateResults::Discard) => Recorded::Late,
            (true, LateResults::Count) | (false, _) => self.count(now, call),
        }
    }

    fn count(&mut self, now: SimTime, call: Call) -> Recorded {
        match &mut self.phase {
            Phase::Closed => {
                self.window.record(now, call);
                if let Some(cause) = self.settings.trips(self.window.tally(now)) {
                    self.open(now, cause);
                }
            }
            // Only a late result gets here: it is kept with those that opened the breaker.
            Phase::Open { .. } => self.window.record(now, call),
            Phase::HalfOpen(trial) => {
                trial.tally.add(call);
                match self.settings.verdict(trial.tally) {
                    Some(Judgement::Close(cause)) => self.close(now, cause),
                    Some(Judgement::Reopen(cause)) => self.open(now, cause),
                    None => {}
                }
            }
            Phase::ForcedOpen | Phase::Disabled => return Recorded::NotCounted,
        }
        Recorded::Counted(call)
    }
    // endregion

    /// Makes the changes that time alone brings: a trial that ran out of time opens the breaker,
    /// and a wait that is over begins a trial. Asking for a call does this too; a timer that
    /// polls at [`next_change`](Self::next_change) makes them happen without a call.
    // region: wait
    pub fn poll(&mut self, now: SimTime) {
        let now = self.advance_clock(now);
        self.expire_trial(now);
        if let Phase::Open { until, .. } = self.phase
            && now > until
        {
            self.begin_trial_because(now, Cause::WaitOver);
        }
    }

    fn expire_trial(&mut self, now: SimTime) {
        if let Phase::HalfOpen(Trial {
            until: Some(until), ..
        }) = self.phase
            && now >= until
        {
            self.open(until, Cause::TrialTimedOut);
        }
    }
    // endregion

    /// Opens the breaker as if it had tripped.
    pub fn trip(&mut self, now: SimTime) {
        let now = self.advance_clock(now);
        self.open(now, Cause::ByHand);
    }

    /// Refuses every call until [`reset`](Self::reset) or another decision by hand.
    pub fn force_open(&mut self, now: SimTime) {
        let now = self.advance_clock(now);
        self.enter(now, Phase::ForcedOpen, Cause::ByHand);
    }

    /// Lets every call through and counts none, until a decision by hand.
    pub fn disable(&mut self, now: SimTime) {
        let now = self.advance_clock(now);
        self.enter(now, Phase::Disabled, Cause::ByHand);
    }

    /// Begins a trial now, whatever the state.
    pub fn begin_trial(&mut self, now: SimTime) {
        let now = self.advance_clock(now);
        self.begin_trial_because(now, Cause::ByHand);
    }

    /// Closes the breaker and forgets everything it has seen.
    pub fn reset(&mut self, now: SimTime) {
        let now = self.advance_clock(now);
        self.close(now, Cause::ByHand);
    }

    /// Takes over new settings in whatever state the breaker is in. A window of the same size
    /// keeps its calls; a trial under way whose rules changed starts over; a changed wait holds
    /// from the next opening on, beginning with its first step.
    ///
    /// # Errors
    /// When a setting is outside its limits; the old settings stay in force then.
    pub fn retune(&mut self, settings: Settings, now: SimTime) -> Result<(), SettingsError> {
        settings.check()?;
        let now = self.advance_clock(now);
        let old = std::mem::replace(&mut self.settings, settings);
        if self.settings.window_size() != self.window.size() || self.settings.forgets != old.forgets
        {
            self.window = self.settings.new_window(now);
        }
        if self.settings.wait != old.wait {
            self.next_wait = self.settings.wait.first();
        }
        if self.settings.half_open != old.half_open && matches!(self.phase, Phase::HalfOpen(_)) {
            self.generation += 1;
            self.phase = Phase::HalfOpen(self.new_trial(now));
        }
        Ok(())
    }

    /// The state as of the last instant the breaker was told. An open breaker whose wait has
    /// passed is OPEN until someone asks or polls.
    pub const fn state(&self) -> State {
        match self.phase {
            Phase::Closed => State::Closed,
            Phase::Open { .. } => State::Open,
            Phase::HalfOpen(_) => State::HalfOpen,
            Phase::ForcedOpen => State::ForcedOpen,
            Phase::Disabled => State::Disabled,
        }
    }

    /// The settings in force.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The calls that a closed breaker looks back on; while it is open, those that opened it.
    pub const fn window(&self) -> &Window {
        &self.window
    }

    /// What the window holds at `now`, or `None` while it holds too few calls for a rate.
    pub fn rates(&self, now: SimTime) -> Option<Tally> {
        let tally = self.window.tally(now.max(self.clock));
        (tally.calls >= self.settings.minimum_calls()).then_some(tally)
    }

    /// The trial under way, in HALF_OPEN.
    pub const fn trial(&self) -> Option<Trial> {
        match self.phase {
            Phase::HalfOpen(trial) => Some(trial),
            Phase::Closed | Phase::Open { .. } | Phase::ForcedOpen | Phase::Disabled => None,
        }
    }

    /// Since when and until when OPEN lasts: a trial begins strictly after the second instant.
    pub const fn open_wait(&self) -> Option<(SimTime, SimTime)> {
        match self.phase {
            Phase::Open { since, until } => Some((since, until)),
            Phase::Closed | Phase::HalfOpen(_) | Phase::ForcedOpen | Phase::Disabled => None,
        }
    }

    /// How often the breaker has opened since it was last closed.
    pub const fn openings(&self) -> u32 {
        self.openings
    }

    /// The earliest instant at which [`poll`](Self::poll) would change the state.
    pub fn next_change(&self) -> Option<SimTime> {
        match self.phase {
            Phase::Open { until, .. } => Some(until + STRICTLY_AFTER),
            Phase::HalfOpen(trial) => trial.until,
            Phase::Closed | Phase::ForcedOpen | Phase::Disabled => None,
        }
    }

    /// The changes of state since this was last called, oldest first; at most the last sixteen.
    pub fn drain_transitions(&mut self) -> impl Iterator<Item = Transition> + '_ {
        self.transitions.drain(..)
    }

    fn open(&mut self, at: SimTime, cause: Cause) {
        let wait = self.next_wait;
        self.next_wait = self.settings.wait.after(wait);
        self.openings = self.openings.saturating_add(1);
        let (since, until) = (at, at + wait);
        self.enter(at, Phase::Open { since, until }, cause);
    }

    fn begin_trial_because(&mut self, at: SimTime, cause: Cause) {
        let trial = self.new_trial(at);
        self.enter(at, Phase::HalfOpen(trial), cause);
    }

    fn new_trial(&self, at: SimTime) -> Trial {
        let half_open = self.settings.half_open;
        Trial {
            since: at,
            until: half_open.at_most.map(|span| at + span),
            places_left: half_open.trials,
            in_flight: 0,
            tally: Tally::default(),
        }
    }

    fn close(&mut self, at: SimTime, cause: Cause) {
        self.openings = 0;
        self.next_wait = self.settings.wait.first();
        self.window = self.settings.new_window(at);
        self.enter(at, Phase::Closed, cause);
    }

    fn enter(&mut self, at: SimTime, phase: Phase, cause: Cause) {
        let from = self.state();
        self.phase = phase;
        self.generation += 1;
        let to = self.state();
        if from == to {
            return;
        }
        if self.transitions.len() == TRANSITIONS_KEPT {
            self.transitions.pop_front();
        }
        self.transitions.push_back(Transition {
            at,
            from,
            to,
            cause,
        });
    }

    fn take_back_place(&mut self, outcome: Outcome) {
        let Phase::HalfOpen(trial) = &mut self.phase else {
            return;
        };
        trial.in_flight = trial.in_flight.saturating_sub(1);
        let reusable = match (outcome, self.settings.half_open.verdict) {
            (Outcome::Ignored, _) | (Outcome::Success, Verdict::Streak { .. }) => true,
            (Outcome::Success | Outcome::Failure, Verdict::Rates { .. })
            | (Outcome::Failure, Verdict::Streak { .. }) => false,
        };
        trial.places_left += u32::from(reusable);
    }

    fn advance_clock(&mut self, now: SimTime) -> SimTime {
        self.clock = self.clock.max(now);
        self.clock
    }

    const fn rejected(&self, retry_after: Option<Span>) -> Rejected {
        Rejected {
            state: self.state(),
            retry_after,
        }
    }
}

/// The least that makes "after" strict.
const STRICTLY_AFTER: Span = Span::from_nanos(1);

enum Judgement {
    Close(Cause),
    Reopen(Cause),
}

/// The deciding arithmetic.
impl Settings {
    // region: trip
    fn trips(&self, tally: Tally) -> Option<Cause> {
        if tally.calls < self.minimum_calls() {
            return None;
        }
        match self.trip {
            // The window is as long as the run, so the run is complete when all of it failed.
            TripRule::Consecutive { failures } => {
                (tally.failed == failures).then_some(Cause::FailuresInARow(failures))
            }
            TripRule::Rates { .. } => self.rate_reached(tally),
        }
    }

    fn rate_reached(&self, tally: Tally) -> Option<Cause> {
        let by_failures = self.failure_rate.is_reached_by(tally.failed, tally.calls);
        let by_slowness = self.slow_rate.is_reached_by(tally.slow, tally.calls);
        (by_failures || by_slowness).then_some(Cause::RateReached {
            tally,
            by_failures,
            by_slowness,
        })
    }
    // endregion

    // region: verdict
    fn verdict(&self, tally: Tally) -> Option<Judgement> {
        match self.half_open.verdict {
            Verdict::Rates { after } if tally.calls < after => None,
            Verdict::Rates { .. } => Some(self.rate_reached(tally).map_or(
                Judgement::Close(Cause::TrialPassed(tally)),
                Judgement::Reopen,
            )),
            Verdict::Streak { .. } if tally.failed > 0 => {
                Some(Judgement::Reopen(Cause::TrialFailed))
            }
            Verdict::Streak { successes } => {
                (tally.calls >= successes).then_some(Judgement::Close(Cause::TrialPassed(tally)))
            }
        }
    }
    // endregion

    const fn window_size(&self) -> WindowSize {
        match self.trip {
            TripRule::Consecutive { failures } => WindowSize::Calls(failures),
            TripRule::Rates { window, .. } => window,
        }
    }

    fn new_window(&self, now: SimTime) -> Window {
        Window::new(self.window_size(), self.forgets, now)
    }

    /// Calls the window must hold before anything is concluded from it.
    fn minimum_calls(&self) -> u32 {
        match self.trip {
            TripRule::Consecutive { failures } => failures,
            TripRule::Rates {
                window: WindowSize::Calls(size),
                minimum_calls,
            } => minimum_calls.min(size),
            TripRule::Rates {
                window: WindowSize::Seconds(_),
                minimum_calls,
            } => minimum_calls,
        }
    }
}
