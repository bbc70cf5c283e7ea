//! What is told of a run: one sentence for every step.

use std::rc::Rc;

use super::algorithm::Tokens;
use crate::patterns::rate_limiting::limiter::{Decision, Obstacle, Verdict};
use crate::prelude::*;
use crate::real::plain;
use crate::words::counted;

/// A step worth a sentence.
#[derive(Debug, Clone)]
pub(super) enum Happening {
    /// The limiter answered a request.
    Decided(Answered),
    /// The limiter found enough tokens and goes to take them.
    Checked {
        /// Who asked.
        who: Rc<str>,
        /// For how many tokens.
        cost: u32,
        /// The tokens that were there.
        before: Tokens,
        /// Where.
        node: NodeId,
    },
    /// A person let a client send many requests at once.
    Burst {
        /// Who sends.
        who: Rc<str>,
        /// How many.
        size: u32,
        /// Where.
        node: NodeId,
    },
    /// A client falls silent because it was told to.
    Waits {
        /// Who.
        who: Rc<str>,
        /// For how long.
        wait: Span,
        /// How many requests it holds back.
        held: usize,
        /// Where.
        node: NodeId,
    },
    /// A client drops a request.
    GaveUp {
        /// Who.
        who: Rc<str>,
        /// How long after its first try.
        after: Span,
        /// Where.
        node: NodeId,
    },
    /// The limit changed.
    LimitSet {
        /// The new capacity in tokens.
        capacity: u32,
        /// The new rate in tokens per second.
        rate: f64,
    },
    /// The refill stopped.
    Frozen,
    /// The refill goes on.
    Thawed,
    /// The limiter's clock was set back.
    ClockSet {
        /// By how much.
        back: Span,
        /// Whether the limiter is guarded against it.
        guarded: bool,
        /// Where.
        node: NodeId,
    },
    /// The limiter runs again after a crash.
    Restarted {
        /// Whether its buckets are empty.
        empty: bool,
        /// Where.
        node: NodeId,
    },
}

/// The limiter's answer to one request.
#[derive(Debug, Clone)]
pub(super) struct Answered {
    /// Who asked.
    pub(super) who: Rc<str>,
    /// For how many tokens.
    pub(super) cost: u32,
    /// What was decided.
    pub(super) decision: Decision,
    /// The tokens that were there.
    pub(super) before: Tokens,
    /// The tokens that were due, poured or not.
    pub(super) due: Tokens,
    /// The tokens left.
    pub(super) after: Tokens,
    /// Whether check and take were one step.
    pub(super) atomic: bool,
    /// Whether a wait is told to the nanosecond.
    pub(super) exact_wait: bool,
    /// Whether the answer before this one was still an admission.
    pub(super) ran_dry: bool,
    /// Where.
    pub(super) node: NodeId,
}

impl Step for Happening {
    fn narrate(&self) -> Narration {
        match self {
            Self::Decided(answered) => answered.narrate().node(answered.node),
            Self::Checked {
                who,
                cost,
                before,
                node,
            } => {
                let cost = tokens((*cost).into());
                let text = format!("{who} needs {cost}, {before} are there: go and take.");
                Narration::new("check", text)
                    .tone(Tone::Pending)
                    .region("charge")
                    .node(*node)
            }
            Self::Burst { who, size, node } => {
                let text = format!(
                    "{who} sends {} at once.",
                    counted(*size, ["request", "requests"])
                );
                Narration::new("burst", text)
                    .tone(Tone::Active)
                    .node(*node)
                    .notable()
            }
            Self::Waits {
                who,
                wait,
                held,
                node,
            } => {
                let kept = match held {
                    1 => "one request".to_owned(),
                    held => format!("{held} requests"),
                };
                let text =
                    format!("{who} was told to wait {wait}; it holds {kept} back until then.");
                Narration::new("wait", text).tone(Tone::Pending).node(*node)
            }
            Self::GaveUp { who, after, node } => {
                let text = format!("{who} gives a request up, {after} after it first sent it.");
                Narration::new("give up", text)
                    .tone(Tone::Stale)
                    .node(*node)
            }
            Self::LimitSet { capacity, rate } => {
                let text = format!(
                    "From now on a bucket holds {} and gains {} per second.",
                    tokens(u64::from(*capacity)),
                    plain(*rate),
                );
                Narration::new("limit", text)
                    .region("change-limit")
                    .notable()
            }
            Self::Frozen => {
                let text = "The refill stops: what is in the bucket is all there is.".to_owned();
                Narration::new("freeze", text)
                    .tone(Tone::Stale)
                    .region("change-limit")
                    .notable()
            }
            Self::Thawed => {
                let text = "The refill goes on from the level at which it stopped.".to_owned();
                Narration::new("thaw", text)
                    .tone(Tone::Good)
                    .region("change-limit")
                    .notable()
            }
            Self::ClockSet {
                back,
                guarded,
                node,
            } => {
                let effect = if *guarded {
                    "time it shows for the second time brings no tokens"
                } else {
                    "an unsigned difference takes that for centuries and fills the bucket"
                };
                let text = format!("The limiter's clock is set back by {back}; {effect}.");
                Narration::new("clock", text)
                    .tone(Tone::Stale)
                    .region("refill")
                    .node(*node)
                    .notable()
            }
            Self::Restarted { empty, node } => {
                let (level, effect) = if *empty {
                    (
                        "empty",
                        "what was spent before the crash cannot be spent again",
                    )
                } else {
                    ("full", "what was spent before the crash is forgiven")
                };
                let text = format!("The limiter restarts with {level} buckets: {effect}.");
                Narration::new("restart", text)
                    .tone(Tone::Stale)
                    .node(*node)
                    .notable()
            }
        }
    }
}

impl Answered {
    fn narrate(&self) -> Narration {
        let Self {
            who,
            before,
            due,
            after,
            ..
        } = self;
        let cost = tokens(self.cost.into());
        match self.decision.verdict {
            Verdict::Admitted if after.are_owed() => {
                let text = format!(
                    "{who} takes {cost} on an old check, with {before} left: {after} stay."
                );
                Narration::new("admit", text)
                    .tone(Tone::Failed)
                    .region("charge")
            }
            Verdict::Admitted => {
                let text = format!("{who} takes {cost} and passes; {after} stay.");
                Narration::new("admit", text)
                    .tone(Tone::Good)
                    .region(if self.atomic { "decide" } else { "charge" })
            }
            Verdict::Refused { retry_after } => {
                let not_poured = match due.whole() >= self.cost.into() {
                    true => format!(", {due} due but not poured"),
                    false => String::new(),
                };
                let text = format!(
                    "{who} is refused: it needs {cost} and {before} are there{not_poured}. Retry after {retry_after}."
                );
                let refused = Narration::new("refuse", text).tone(Tone::Refused).region(
                    match (self.exact_wait, not_poured.is_empty()) {
                        (false, _) => "whole-seconds",
                        (true, false) => "refill",
                        (true, true) => "retry-after",
                    },
                );
                if self.ran_dry {
                    refused.notable()
                } else {
                    refused
                }
            }
            Verdict::Never(Obstacle::CostAboveLimit { limit, .. }) => {
                let text = format!(
                    "{who} asks for {cost}, more than the {limit} that ever fit: no wait will help."
                );
                Narration::new("never", text)
                    .tone(Tone::Failed)
                    .region("retry-after")
                    .notable()
            }
            Verdict::Never(Obstacle::RefillStopped) => {
                let text = format!("{who} is refused and told no time: the refill is stopped.");
                Narration::new("refuse", text)
                    .tone(Tone::Refused)
                    .region("retry-after")
            }
        }
    }
}

fn tokens(count: u64) -> String {
    match count {
        1 => "1 token".to_owned(),
        count => format!("{count} tokens"),
    }
}
