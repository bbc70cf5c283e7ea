//! Sagas: one long transaction as a row of local ones, each with a way back.
//!
//! Garcia-Molina and Salem, "Sagas", SIGMOD 1987: a saga either runs all of its steps or runs the
//! compensations of the steps it did run, last first. Steps come in three kinds, in this order:
//! *compensable* ones that can be undone, one *pivot* that decides, and *retriable* ones that are
//! asked until they succeed.
//!
//! Two drivers of the same saga, both pure machines that take an input and give back effects, so
//! that the same code runs in a simulation, under a real network, and in an exhaustive search:
//!
//! - [`Coordinator`]: orchestration; one place that asks, waits and decides, with a durable log;
//! - [`Node`]: choreography; every service reacts to its neighbour's events, with an outbox.
//!
//! Beside them: [`Keys`], what a service must remember so that a repeated, late or overtaken
//! request does no harm; [`Service`], five services of an online shop with their own small stores;
//! [`promises`], what must hold whatever fails.
//!
//! Not here: the network, clocks, randomness. Effects say what to send and how long to wait; the
//! caller does it.

mod choreography;
mod coordinator;
mod keys;
mod order;
pub mod promises;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Span;

pub use choreography::{Change, Delivery, Event, Node, NodeEffect, NodeInput, Outcome};
pub use coordinator::{
    Aborted, Coordinator, Effect, Entry, Input, Mark, Phase, Policy, Record, Recovery, Saga, Timer,
    Waiting,
};
pub use keys::{Admission, Fact, Keys};
pub use order::{
    Fate, Inventory, Movement, Name, Order, OrderBook, Payments, Reservation, Row, Rules, Service,
    Step, Store, Tally, TurnedAway, Verdict, Write,
};

/// Which saga: also the number of the order that it carries out.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SagaId(pub u32);

/// The steps of one kind of saga, in order.
///
/// [`Plan::STEPS`] holds compensable steps first, then at most one pivot, then retriable steps.
/// [`is_well_formed`] says whether it does.
pub trait Plan: Copy + Ord + fmt::Debug + std::hash::Hash + 'static {
    /// What a service is told about the saga that it takes part in.
    type Data: Clone + Eq + fmt::Debug + std::hash::Hash;

    /// Every step once, first to last; never empty.
    const STEPS: &'static [Self];

    /// What may be done about this step once it has been asked for.
    fn kind(self) -> Kind;

    /// The step after this one.
    fn next(self) -> Option<Self> {
        let at = Self::STEPS.iter().position(|&step| step == self)?;
        Self::STEPS.get(at + 1).copied()
    }

    /// The step before this one.
    fn previous(self) -> Option<Self> {
        let at = Self::STEPS.iter().position(|&step| step == self)?;
        Self::STEPS.get(at.checked_sub(1)?).copied()
    }
}

/// Whether the steps of a plan stand in an order that a saga can run: what can be undone before
/// what decides, what decides before what must succeed.
pub fn is_well_formed<S: Plan>() -> bool {
    let kinds = || S::STEPS.iter().map(|step| step.kind());
    !S::STEPS.is_empty()
        && kinds().is_sorted()
        && kinds().filter(|&kind| kind == Kind::Pivot).count() <= 1
}

/// What may be done about a step once it has been asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// May be refused, and can be undone.
    Compensable,
    /// May be refused; once done there is no way back.
    Pivot,
    /// Cannot be refused; asked until it is done.
    Retriable,
}

/// Forwards or back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Verb {
    /// Run the step.
    Act,
    /// Run its compensation.
    Undo,
}

/// One local transaction of a saga: a step, or the compensation of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Op<S> {
    /// Which step.
    pub step: S,
    /// Forwards or back.
    pub verb: Verb,
}

impl<S: Plan> Op<S> {
    /// The step itself.
    pub const fn act(step: S) -> Self {
        Self {
            step,
            verb: Verb::Act,
        }
    }

    /// The compensation of the step.
    pub const fn undo(step: S) -> Self {
        Self {
            step,
            verb: Verb::Undo,
        }
    }

    /// What comes after this one is done; `None` at either end of the saga.
    pub fn after(self) -> Option<Self> {
        match self.verb {
            Verb::Act => self.step.next().map(Self::act),
            Verb::Undo => self.step.previous().map(Self::undo),
        }
    }
}

/// What a service says to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Answer {
    /// It is so, since now or since an earlier request with the same key.
    Done,
    /// It is not so and, under this key, never will be.
    Refused(Reason),
    /// This request changed nothing; ask again.
    NotNow(Reason),
}

/// Why something did not happen, in words for the person who reads a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// The business said no: a card declined, an address that is not served.
    Declined,
    /// Not enough on the shelf.
    SoldOut,
    /// The compensation of this request was here first.
    Withdrawn,
    /// What is asked for is held by another saga that has not ended.
    Locked,
    /// The service failed before it did anything.
    Fault,
    /// No answer came: it may have happened, or not.
    Silence,
    /// The coordinator went down in the middle.
    Interrupted,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Declined => "declined",
            Self::SoldOut => "sold out",
            Self::Withdrawn => "already withdrawn",
            Self::Locked => "held by an order that is still pending",
            Self::Fault => "the service keeps failing",
            Self::Silence => "no answer, so it may or may not have happened",
            Self::Interrupted => "the coordinator went down in the middle",
        })
    }
}

/// How a saga ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Ending {
    /// Every step is done.
    Completed,
    /// No step is done, or every one that was has been undone.
    Compensated,
}

/// A saga that waits for a person, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Letter<S> {
    /// Which saga.
    pub saga: SagaId,
    /// What could not be brought to an end.
    pub op: Op<S>,
    /// The last thing that went wrong with it.
    pub reason: Reason,
}

/// When what the saga has to remember is made durable, relative to telling anyone about it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum LogMode {
    /// First the record, then the message: a crash can only forget what nobody has heard of.
    #[default]
    BeforeCall,
    /// First the message, then the record: a crash between the two loses what was done.
    AfterCall,
    /// Nothing is written: a crash forgets everything.
    Off,
}

/// How often to ask, and how long to wait in between.
///
/// The wait doubles with every attempt up to a cap.
///
/// ```
/// use orrery_core::patterns::transactions::saga::algorithm::Retry;
/// use orrery_core::time::Span;
///
/// let retry = Retry { attempts: 5, base: Span::from_millis(100), cap: Span::from_millis(500) };
/// let waits: Vec<Span> = (1..=4).map(|attempt| retry.delay(attempt)).collect();
/// assert_eq!(waits, [100, 200, 400, 500].map(Span::from_millis));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Retry {
    /// How many times a request is sent before its sender gives up; at least 1.
    pub attempts: u32,
    /// The wait after the first attempt.
    pub base: Span,
    /// The longest wait.
    pub cap: Span,
}

impl Retry {
    /// The wait after attempt number `attempt`, counted from 1.
    pub fn delay(&self, attempt: u32) -> Span {
        let doublings = attempt.saturating_sub(1).min(63);
        (self.base * (1 << doublings)).min(self.cap)
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 5,
            base: Span::from_millis(100),
            cap: Span::from_secs(2),
        }
    }
}

impl fmt::Display for SagaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "order {}", self.0)
    }
}
