//! What passes between a breaker and its caller: permits and refusals, outcomes and changes.
//!
//! Only words; what they lead to is decided in the parent module.

use std::fmt;

use thiserror::Error;

use crate::time::{SimTime, Span};

use super::window::{Call, Tally};

/// The state of a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Every call passes and is counted.
    Closed,
    /// No call passes until the wait is over.
    Open,
    /// A limited number of calls pass to see how the dependency does.
    HalfOpen,
    /// No call passes until someone decides otherwise.
    ForcedOpen,
    /// Every call passes and none is counted.
    Disabled,
}

/// The right to make one call. Hand it back exactly once, with
/// [`CircuitBreaker::on_result`](super::CircuitBreaker::on_result) and [`Outcome::Ignored`] when
/// the call was never made: a trial place is taken until then.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a permit that is not handed back keeps its trial place"]
pub struct Permit {
    pub(super) generation: u64,
    pub(super) trial: bool,
}

/// A call that was not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the circuit is {state}{}", RetryAfter(.retry_after))]
pub struct Rejected {
    /// What the breaker was when it refused.
    pub state: State,
    /// The exact time after which the same question would begin a trial, if nothing else happens
    /// first; `None` where no instant can be named: when all trial places are taken, or the
    /// breaker is forced open.
    pub retry_after: Option<Span>,
}

/// How a call ended, in the caller's judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The dependency did its work.
    Success,
    /// It did not, or not in time.
    Failure,
    /// Says nothing about the dependency: the caller's own error, or a call that was never made.
    Ignored,
}

/// What became of a reported result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It was counted.
    Counted(Call),
    /// It was not: ignored, or the breaker is disabled or forced open.
    NotCounted,
    /// It was not: its call was admitted in an earlier state, see [`LateResults::Discard`](super::LateResults::Discard).
    Late,
}

/// One change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// When it took effect.
    pub at: SimTime,
    /// The state left.
    pub from: State,
    /// The state entered.
    pub to: State,
    /// Why.
    pub cause: Cause,
}

/// Why a breaker changed its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// As many failures in a row as open it.
    FailuresInARow(u32),
    /// At least one rate reached its threshold, in the window or in a trial.
    RateReached {
        /// The calls judged.
        tally: Tally,
        /// The failure rate did.
        by_failures: bool,
        /// The slow-call rate did.
        by_slowness: bool,
    },
    /// The wait is over and a call asked.
    WaitOver,
    /// The trial's results were good enough.
    TrialPassed(Tally),
    /// A trial call failed where none may.
    TrialFailed,
    /// The trial was not decided in its time.
    TrialTimedOut,
    /// Someone said so.
    ByHand,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "CLOSED",
            Self::Open => "OPEN",
            Self::HalfOpen => "HALF_OPEN",
            Self::ForcedOpen => "FORCED_OPEN",
            Self::Disabled => "DISABLED",
        })
    }
}

struct RetryAfter<'a>(&'a Option<Span>);

impl fmt::Display for RetryAfter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(span) => write!(f, "; try again in {span}"),
            None => Ok(()),
        }
    }
}
