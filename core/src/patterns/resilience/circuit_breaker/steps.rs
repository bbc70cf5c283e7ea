//! What happens, in plain words.

use super::algorithm::{Cause, Recorded, State, Tally};
use super::dependency::{Health, Reply};
use super::knobs::Trouble;
use super::model::{DEPENDENCY, SERVICE};
use crate::scene::Tone;
use crate::simulation::{self, Narration};
use crate::time::Span;
use crate::words::{counted, noun};

/// How a call ended for the service that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// With a reply.
    Replied(Reply),
    /// With none in time.
    TimedOut,
}

impl Ended {
    /// Whether the service got what it asked for.
    pub(super) fn is_good(self) -> bool {
        self == Self::Replied(Reply::Done)
    }

    /// Whether it is the dependency that failed.
    pub(super) const fn is_failure(self) -> bool {
        match self {
            Self::Replied(Reply::Done | Reply::Misused) => false,
            Self::Replied(Reply::Unlucky | Reply::Broken | Reply::Overloaded) | Self::TimedOut => {
                true
            }
        }
    }

    /// Whether it is the caller's own error, which the breaker ignores.
    pub(super) const fn is_ignored(self) -> bool {
        match self {
            Self::Replied(Reply::Misused) => true,
            Self::Replied(Reply::Done | Reply::Unlucky | Reply::Broken | Reply::Overloaded)
            | Self::TimedOut => false,
        }
    }

    /// Whether more than bad luck is behind it: a dependency in trouble, a full queue, a network
    /// that loses messages.
    pub(super) const fn is_trouble(self) -> bool {
        match self {
            Self::Replied(Reply::Done | Reply::Misused | Reply::Unlucky) => false,
            Self::Replied(Reply::Broken | Reply::Overloaded) | Self::TimedOut => true,
        }
    }
}

/// A step worth a sentence.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// The breaker opened.
    Opened {
        /// The state it left.
        from: State,
        /// Why.
        cause: Cause,
        /// For how long.
        wait: Span,
        /// The how manieth time since it was closed.
        openings: u32,
    },
    /// The wait is over.
    TrialBegins {
        /// Calls let through.
        trials: u32,
        /// Whether that number is enforced.
        limited: bool,
    },
    /// The breaker closed.
    Closed(Cause),
    /// A person forced it open.
    ForcedOpen,
    /// It was switched off.
    SwitchedOff,
    /// It refused a call.
    Refused {
        /// Whose.
        request: u32,
        /// What it was.
        state: State,
        /// When to ask again.
        retry_after: Option<Span>,
    },
    /// A call ended.
    CallEnded {
        /// Which.
        call: u32,
        /// How.
        ended: Ended,
        /// After how long.
        took: Span,
        /// What the breaker made of it.
        recorded: Recorded,
    },
    /// A call was sent although the breaker is open.
    SentWhileOpen {
        /// Which.
        call: u32,
    },
    /// A call was given up, and the breaker was not told.
    GivenUpSilently {
        /// Which.
        call: u32,
        /// After how long.
        took: Span,
    },
    /// An answer came for a call that was given up.
    NobodyWaits {
        /// Which.
        call: u32,
    },
    /// No thread is free, and at least half of them wait for the dependency.
    Starved {
        /// Threads that wait.
        held: usize,
        /// All of them.
        threads: usize,
    },
    /// That is over.
    Relieved {
        /// How long it lasted.
        after: Span,
    },
    /// A request found no thread and no room.
    TurnedAway {
        /// Which.
        request: u32,
        /// Whether it needed the dependency at all.
        needs: bool,
    },
    /// The dependency's health changed.
    Health {
        /// To this.
        health: Health,
        /// How many times slower it is when slow.
        factor: u32,
    },
    /// The dependency's queue is full.
    Overloaded {
        /// The call it could not take.
        call: u32,
    },
    /// A process crashed.
    Crashed {
        /// What.
        what: &'static str,
        /// Requests or calls it held.
        lost: usize,
    },
}

impl simulation::Step for Step {
    fn narrate(&self) -> Narration {
        match *self {
            Self::Opened {
                from,
                cause,
                wait,
                openings,
            } => opened(from, cause, wait, openings),
            Self::TrialBegins { trials, limited } => {
                let text = if limited {
                    format!(
                        "The wait is over: {} on trial, everybody else is still refused.",
                        passes(trials)
                    )
                } else {
                    "The wait is over, and with no limit on the trial everybody is let through."
                        .to_owned()
                };
                Narration::new("trial", text)
                    .tone(Tone::Pending)
                    .region("wait")
                    .node(SERVICE)
                    .notable()
            }
            Self::Closed(cause) => closed(cause),
            Self::ForcedOpen => Narration::new(
                "forced",
                "The breaker is forced open: it refuses every call until it is reset.".to_owned(),
            )
            .tone(Tone::Refused)
            .node(SERVICE)
            .notable(),
            Self::SwitchedOff => Narration::new(
                "off",
                "The breaker is off: every call is let through and none is counted.".to_owned(),
            )
            .node(SERVICE)
            .notable(),
            Self::Refused {
                request,
                state,
                retry_after,
            } => refused(request, state, retry_after),
            Self::CallEnded {
                call,
                ended,
                took,
                recorded,
            } => call_ended(call, ended, took, recorded),
            Self::SentWhileOpen { call } => Narration::new(
                "sent while open",
                format!("Call {call} goes out although the breaker is open: its request was let through when it came, and nobody asked again."),
            )
            .tone(Tone::Failed)
            .region("acquire")
            .node(SERVICE)
            .notable(),
            Self::GivenUpSilently { call, took } => Narration::new(
                "not reported",
                format!("Call {call} has no answer after {took} and is given up. Nobody tells the breaker."),
            )
            .tone(Tone::Failed)
            .region("result")
            .node(SERVICE),
            Self::NobodyWaits { call } => Narration::new(
                "late answer",
                format!("The answer to call {call} arrives, but the call was given up: the work was for nobody."),
            )
            .tone(Tone::Stale)
            .node(SERVICE),
            Self::Starved { held, threads } => Narration::new(
                "threads",
                format!("No thread is free: {held} of {threads} {} for the dependency. Whoever comes now waits or is turned away.", noun(held, ["waits", "wait"])),
            )
            .tone(Tone::Failed)
            .node(SERVICE)
            .notable(),
            Self::Relieved { after } => Narration::new(
                "threads",
                format!("After {after} a thread is free again."),
            )
            .tone(Tone::Good)
            .node(SERVICE),
            Self::TurnedAway { request, needs } => {
                let why = if needs {
                    "no thread is free and the backlog is full"
                } else {
                    "it needs no dependency, but others hold the threads it needs"
                };
                Narration::new("turned away", format!("Request {request} is turned away: {why}."))
                    .tone(Tone::Failed)
                    .node(SERVICE)
            }
            Self::Health { health, factor } => changed(health, factor),
            Self::Overloaded { call } => Narration::new(
                "overload",
                format!("The dependency's queue is full: call {call} gets an error."),
            )
            .tone(Tone::Failed)
            .node(DEPENDENCY),
            Self::Crashed { what, lost } => {
                Narration::new("crash", format!("The {what} crashes and forgets {lost} in hand."))
                    .tone(Tone::Failed)
                    .notable()
            }
        }
    }
}

fn opened(from: State, cause: Cause, wait: Span, openings: u32) -> Narration {
    let why = match cause {
        Cause::FailuresInARow(1) => "A call has failed".to_owned(),
        Cause::FailuresInARow(failures) => format!("{failures} calls in a row have failed"),
        Cause::RateReached {
            tally,
            by_failures,
            by_slowness,
        } => reached(tally, by_failures, by_slowness, from),
        Cause::TrialFailed => "A trial call failed".to_owned(),
        Cause::TrialTimedOut => "The trial was not decided in time".to_owned(),
        Cause::ByHand | Cause::WaitOver | Cause::TrialPassed(_) => "So it was decided".to_owned(),
    };
    let (then, region) = match from {
        State::HalfOpen if openings > 1 => ("it opens again", "backoff"),
        State::Closed | State::Open | State::HalfOpen | State::ForcedOpen | State::Disabled => {
            ("the breaker opens", "trip")
        }
    };
    Narration::new(
        "open",
        format!("{why}: {then} and refuses every call for {wait}."),
    )
    .tone(Tone::Refused)
    .region(region)
    .node(SERVICE)
    .notable()
}

fn reached(tally: Tally, by_failures: bool, by_slowness: bool, from: State) -> String {
    let Tally {
        calls,
        failed,
        slow,
    } = tally;
    let calls = match (from, calls) {
        (State::HalfOpen, 1) => "1 trial call".to_owned(),
        (State::HalfOpen, _) => counted(calls, ["trial call", "trial calls"]),
        (_, 1) => "1 call".to_owned(),
        (_, _) => format!("the last {calls} calls"),
    };
    match (by_failures, by_slowness) {
        (true, true) => format!("Of {calls} {failed} failed and {slow} took too long"),
        (true | false, false) => format!("Of {calls} {failed} failed"),
        (false, true) => format!("Of {calls} {slow} took too long"),
    }
}

fn closed(cause: Cause) -> Narration {
    let text = match cause {
        Cause::TrialPassed(Tally { calls, failed, .. }) => format!(
            "{} of {} went well: the breaker closes and starts to count anew.",
            calls - failed,
            counted(calls, ["trial call", "trial calls"])
        ),
        Cause::ByHand
        | Cause::WaitOver
        | Cause::TrialFailed
        | Cause::TrialTimedOut
        | Cause::FailuresInARow(_)
        | Cause::RateReached { .. } => {
            "The breaker is reset: closed, with nothing counted.".to_owned()
        }
    };
    Narration::new("close", text)
        .tone(Tone::Good)
        .region("verdict")
        .node(SERVICE)
        .notable()
}

fn refused(request: u32, state: State, retry_after: Option<Span>) -> Narration {
    let when = match (state, retry_after) {
        (_, Some(span)) => format!("the next trial is {span} away"),
        (State::HalfOpen, None) => "all trial places are taken".to_owned(),
        (State::Closed | State::Open | State::ForcedOpen | State::Disabled, None) => {
            "it is forced open".to_owned()
        }
    };
    Narration::new(
        "refused",
        format!("Request {request} may not call the dependency: {when}."),
    )
    .tone(Tone::Refused)
    .region("acquire")
    .node(SERVICE)
}

fn call_ended(call: u32, ended: Ended, took: Span, recorded: Recorded) -> Narration {
    let how = match ended {
        Ended::Replied(Reply::Done) => format!("Call {call} is answered after {took}"),
        Ended::Replied(Reply::Unlucky | Reply::Broken) => {
            format!("Call {call} gets an error after {took}")
        }
        Ended::Replied(Reply::Misused) => {
            format!("Call {call} was wrong in itself, says the dependency after {took}")
        }
        Ended::Replied(Reply::Overloaded) => {
            format!("Call {call} finds the dependency's queue full, after {took}")
        }
        Ended::TimedOut => format!("Call {call} has no answer after {took} and is given up"),
    };
    let counts = match recorded {
        Recorded::Counted(counted) if counted.slow => " It counts as slow.",
        Recorded::NotCounted if !ended.is_failure() && !ended.is_good() => {
            " The breaker ignores it."
        }
        Recorded::Late => " It was let through in an earlier state and is not counted.",
        Recorded::Counted(_) | Recorded::NotCounted => "",
    };
    let (kind, tone) = match (ended.is_good(), ended.is_failure()) {
        (true, _) => ("answer", Tone::Good),
        (false, true) => ("failure", Tone::Failed),
        (false, false) => ("ignored", Tone::Plain),
    };
    Narration::new(kind, format!("{how}.{counts}"))
        .tone(tone)
        .region("result")
        .node(SERVICE)
}

fn changed(health: Health, factor: u32) -> Narration {
    let (text, tone) = match health {
        Health::Well => ("The dependency is well again.".to_owned(), Tone::Good),
        Health::Ill(Trouble::Slow) => (
            format!("The dependency becomes slow: its work takes {factor} times as long."),
            Tone::Stale,
        ),
        Health::Ill(Trouble::Errors) => (
            "The dependency breaks: it answers every call with an error.".to_owned(),
            Tone::Failed,
        ),
        Health::Ill(Trouble::Hang) => (
            "The dependency hangs: it takes calls and answers none.".to_owned(),
            Tone::Failed,
        ),
    };
    Narration::new("health", text)
        .tone(tone)
        .node(DEPENDENCY)
        .notable()
}

fn passes(trials: u32) -> String {
    if trials == 1 {
        "one call is let through".to_owned()
    } else {
        format!("{trials} calls are let through")
    }
}
