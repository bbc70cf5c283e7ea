//! What the pattern promises, and what must be remembered of a run to see whether it keeps it.
//!
//! The promises are checked against the model's own record of calls, results and threads, not
//! against what the breaker says of itself.

use super::algorithm::{Cause, State, Tally, Transition};
use super::knobs::{Judge, Knobs, Rule};
use super::model::{Event, Model, SERVICE};
use super::steps::Ended;
use crate::simulation::{Property, World, holds};
use crate::time::{SimTime, Span};
use crate::words::counted;

/// A service whose callers pause for longer than this is not one that keeps asking.
const KEEPS_ASKING: Span = Span::from_secs(1);

/// What is remembered of a run. Instants are read from the service's own clock.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    /// Calls sent while the breaker was open.
    sent_while_open: u32,
    /// The first result after which the breaker was not what the rule says.
    misjudged: Option<String>,
    /// The last opening for which the dependency had given no cause.
    false_alarm: Option<String>,
    /// Results in a row behind which there was no trouble.
    untroubled: u32,
    /// Since when nothing has gone wrong and callers keep asking.
    calm_since: SimTime,
    last_ask: SimTime,
    /// The wait of the present or the last opening.
    wait: Span,
    /// Since when no thread is free, half of them wait for the dependency, and each of those that
    /// came back brought a failure.
    failing_since: Option<SimTime>,
    /// The same, where each of them took too long.
    slow_since: Option<SimTime>,
    /// From when on nothing lingers of how it was before: calls with a longer timeout than now, a
    /// clock that was set back and has to catch up with what the breaker has seen.
    settled_from: SimTime,
}

impl Watch {
    /// Nothing has happened yet.
    pub(super) const fn new(now: SimTime) -> Self {
        Self {
            sent_while_open: 0,
            misjudged: None,
            false_alarm: None,
            untroubled: 0,
            calm_since: now,
            last_ask: now,
            wait: Span::ZERO,
            failing_since: None,
            slow_since: None,
            settled_from: now,
        }
    }

    /// The service asks the breaker.
    pub(super) fn asks(&mut self, now: SimTime) {
        if now - self.last_ask > KEEPS_ASKING {
            self.calm_since = now;
        }
        self.last_ask = now;
    }

    /// A call is sent while the breaker is in `state`. True when it should not be.
    pub(super) const fn sends(&mut self, state: State) -> bool {
        let open = match state {
            State::Open | State::ForcedOpen => true,
            State::Closed | State::HalfOpen | State::Disabled => false,
        };
        self.sent_while_open += open as u32;
        open
    }

    /// A call comes back or is given up.
    pub(super) fn ends(&mut self, now: SimTime, ended: Ended, slow: bool) {
        if ended.is_failure() || slow {
            self.calm_since = now;
        }
        if !ended.is_failure() {
            self.failing_since = None;
        }
        // What the breaker ignores tells it nothing, however long it took.
        if !slow || ended.is_ignored() {
            self.slow_since = None;
        }
        if ended.is_trouble() || slow {
            self.untroubled = 0;
        } else {
            self.untroubled = self.untroubled.saturating_add(1);
        }
    }

    /// A closed breaker has counted a result, has `tally` in its window now, and has opened or not.
    pub(super) fn judges(&mut self, knobs: &Knobs, tally: Tally, opened: bool) {
        if must_open(knobs, tally) != opened && self.misjudged.is_none() {
            let Tally {
                calls,
                failed,
                slow,
            } = tally;
            let did = if opened { "opened" } else { "did not open" };
            self.misjudged = Some(format!(
                "with {failed} failed and {slow} slow of {} it {did}",
                counted(calls, ["call", "calls"])
            ));
        }
    }

    /// The breaker changes its state. True when it is an opening without a cause.
    pub(super) fn changes(&mut self, change: &Transition, wait: Span) -> bool {
        let judged = match change.cause {
            Cause::FailuresInARow(failures) => failures,
            Cause::RateReached { tally, .. } => tally.calls,
            Cause::WaitOver
            | Cause::TrialPassed(_)
            | Cause::TrialFailed
            | Cause::TrialTimedOut
            | Cause::ByHand => {
                if change.cause == Cause::ByHand {
                    self.calm_since = change.at;
                }
                u32::MAX
            }
        };
        if change.to == State::Open {
            self.wait = wait;
            // A success may open it too, when it is the call that makes up the minimum.
            self.calm_since = self.calm_since.max(change.at);
        }
        let alarm = change.from == State::Closed && judged <= self.untroubled;
        if alarm {
            self.false_alarm = Some(format!(
                "it opened at {} although the dependency was well",
                change.at
            ));
        }
        alarm
    }

    /// A person or a fault interferes: what takes time starts anew.
    pub(super) const fn disturbed(&mut self, now: SimTime) {
        self.calm_since = now;
        self.failing_since = None;
        self.slow_since = None;
    }

    /// The timeout was turned: calls under way keep the one that they were sent with.
    pub(super) fn timeout_turned(&mut self, now: SimTime, before: Span, after: Span) {
        if after < before {
            self.settled_from = self.settled_from.max(now + before);
        }
    }

    /// The service's clock is set back to `now`.
    pub(super) fn clock_set_back(&mut self, now: SimTime, by: Span) {
        self.settled_from = self.settled_from.max(now + by);
    }

    /// Whether no thread is free and half of them wait for the dependency, as of now.
    pub(super) fn threads(&mut self, now: SimTime, starved: bool) {
        if starved {
            let since = now.max(self.settled_from);
            self.failing_since.get_or_insert(since);
            self.slow_since.get_or_insert(since);
        } else {
            self.failing_since = None;
            self.slow_since = None;
        }
    }
}

/// The rule, written down a second time.
fn must_open(knobs: &Knobs, tally: Tally) -> bool {
    let share = |part: u32, percent: u32| {
        tally.calls > 0 && u64::from(part) * 100 >= u64::from(percent) * u64::from(tally.calls)
    };
    let minimum = match knobs.rule {
        Rule::Row => return tally.failed >= knobs.row,
        Rule::Calls => knobs.minimum.min(knobs.window),
        Rule::Seconds => knobs.minimum,
    };
    tally.calls >= minimum
        && (share(tally.failed, knobs.failure_rate) || share(tally.slow, knobs.slow_rate))
}

/// How long nothing may go wrong, with callers asking, before the breaker must be closed: the
/// wait, and for each trial call the time until someone asks and until it comes back.
fn closing_bound(knobs: &Knobs, wait: Span) -> Span {
    let trials = match knobs.judge {
        Judge::Rates => knobs.trials,
        Judge::Streak => knobs.successes,
    };
    wait + KEEPS_ASKING + (KEEPS_ASKING + knobs.timeout) * u64::from(trials)
}

/// How long failures alone can keep the threads before the breaker must have opened and they must
/// be back.
fn failing_bound(knobs: &Knobs) -> Option<Span> {
    starving_bound(knobs, knobs.failure_rate)
}

/// The same for slow calls alone. Failures in a row are blind to them.
fn slow_bound(knobs: &Knobs) -> Option<Span> {
    match knobs.rule {
        Rule::Row => None,
        Rule::Calls | Rule::Seconds => starving_bound(knobs, knobs.slow_rate),
    }
}

/// How long calls of one kind alone can keep the threads where `rate` percent of them open the
/// breaker. None where the settings allow no bound: a trial that may itself hold half of the
/// threads, or a window of time too short to ever see the minimum of calls.
fn starving_bound(knobs: &Knobs, rate: u32) -> Option<Span> {
    let half = (knobs.threads / 2).max(1);
    if knobs.trials >= half {
        return None;
    }
    let to_open = match knobs.rule {
        Rule::Row => knobs.row,
        Rule::Calls => {
            let share = (rate * knobs.window).div_ceil(100);
            share.max(knobs.minimum.min(knobs.window))
        }
        Rule::Seconds => knobs.minimum,
    };
    // A thread that waits brings a result at least once per timeout. Three timeouts more: for a
    // trial, for calls from before it that do not count, and for those still out at the opening.
    let rounds = u64::from(to_open.div_ceil(half)) + 3;
    let window = match knobs.rule {
        Rule::Row | Rule::Calls => Span::ZERO,
        Rule::Seconds => {
            let window = Span::from_secs(u64::from(knobs.window));
            let rounds_seen = window.as_nanos() / knobs.timeout.as_nanos();
            if rounds_seen * u64::from(half) < u64::from(knobs.minimum) {
                return None;
            }
            window
        }
    };
    Some(knobs.timeout * rounds + window)
}

/// Every promise.
pub(super) static PROMISES: &[Property<Model>] = &[
    Property::always(
        OPEN_IS_OPEN,
        "While the breaker is open, no call is sent to the dependency.",
        |model, _| {
            let sent = model.watch().sent_while_open;
            holds(sent == 0, || {
                format!("calls sent while it was open: {sent}")
            })
        },
    ),
    Property::always(
        TRIALS_ARE_LIMITED,
        "In a trial at most the permitted number of calls is out.",
        |model, _| {
            let (out, permitted) = (model.trials_out(), model.knobs().trials as usize);
            holds(out <= permitted, || {
                format!(
                    "{} out, {} permitted",
                    counted(out, ["trial call is", "trial calls are"]),
                    counted(permitted, ["is", "are"])
                )
            })
        },
    ),
    Property::always(
        OPENS_AT_THRESHOLD,
        "A closed breaker opens with the very result that reaches a threshold, and with no other.",
        |model, _| model.watch().misjudged.clone().map_or(Ok(()), Err),
    ),
    Property::always(
        CLOSES_AGAIN,
        "When nothing has gone wrong since it opened for as long as wait and trial take, and callers keep asking, the breaker is closed.",
        closes_again,
    )
    .with_patience(|knobs| closing_bound(knobs, knobs.wait)),
    Property::always(
        THREADS_COME_BACK,
        "A dependency that only fails, or only answers too late, does not hold the threads for longer than the breaker needs to see it.",
        threads_come_back,
    )
    .with_patience(|knobs| {
        let bounds = [failing_bound(knobs), slow_bound(knobs)];
        bounds.into_iter().flatten().max().unwrap_or(Span::MAX)
    }),
    Property::always(
        NO_FALSE_ALARM,
        "The breaker opens only when there was trouble: errors of a dependency that is ill, timeouts, slowness, a full queue.",
        |model, _| model.watch().false_alarm.clone().map_or(Ok(()), Err),
    ),
];

pub(super) const OPEN_IS_OPEN: &str = "open sends nothing";
pub(super) const TRIALS_ARE_LIMITED: &str = "trials are limited";
pub(super) const OPENS_AT_THRESHOLD: &str = "opens at its threshold";
pub(super) const CLOSES_AGAIN: &str = "closes after healing";
pub(super) const THREADS_COME_BACK: &str = "threads come back";
pub(super) const NO_FALSE_ALARM: &str = "no false alarm";

fn closes_again(model: &Model, world: &World<Event>) -> Result<(), String> {
    match model.breaker().state() {
        State::Closed | State::ForcedOpen | State::Disabled => return Ok(()),
        State::Open | State::HalfOpen => {}
    }
    let watch = model.watch();
    let now = world.network().clock(SERVICE, world.now());
    if now - watch.last_ask > KEEPS_ASKING {
        return Ok(());
    }
    let calm = now - watch.calm_since.max(watch.settled_from);
    let bound = closing_bound(model.knobs(), watch.wait);
    holds(calm <= bound, || {
        format!("nothing has gone wrong for {calm}, and it is still not closed")
    })
}

fn threads_come_back(model: &Model, world: &World<Event>) -> Result<(), String> {
    let now = world.network().clock(SERVICE, world.now());
    let (watch, knobs) = (model.watch(), model.knobs());
    let stretches = [
        (watch.failing_since, failing_bound(knobs), "failed"),
        (watch.slow_since, slow_bound(knobs), "taken too long"),
    ];
    for (since, bound, what) in stretches {
        let (Some(since), Some(bound)) = (since, bound) else {
            continue;
        };
        let held = now - since;
        holds(held <= bound, || {
            format!("for {held} no thread has been free and every call has {what}")
        })?;
    }
    Ok(())
}
