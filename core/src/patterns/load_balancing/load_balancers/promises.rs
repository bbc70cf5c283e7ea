//! What is promised, and what must be remembered of a run to see whether it is kept.
//!
//! Each is checked against a reckoning of its own, not against what the rules say of themselves.

use super::algorithm::{Backends, Maglev, gcd};
use super::knobs::{ANSWERED, CALLS, FAILED, GIVEN_UP, Knobs};
use super::model::{Event, Model};
use crate::prelude::*;

/// The name of a promise that turns in a row break.
pub(super) const SMOOTH: &str = "turns by weight are exact and spread out";
/// The name of a promise that draining by weight breaks.
pub(super) const DRAINED: &str = "a draining server gets nothing new";
/// The name of a promise that a balancer breaks which does not heed what it knows.
pub(super) const LEFT_OUT: &str = "who is known to be down gets nothing";
/// The name of a promise that a single step aside breaks.
pub(super) const BOUNDED: &str = "nobody above the bound";
/// The name of a promise that a table without a prime size breaks.
pub(super) const FULL_TABLE: &str = "Maglev’s table is full and fair";
/// The name of a promise that clients break who wait for ever.
pub(super) const ENDS: &str = "every call ends in time";
/// The name of a promise that late answers break which count.
pub(super) const ONCE: &str = "every call ends once";
/// The name of a promise that forgotten failures break.
pub(super) const COUNTS: &str = "what counts as out is out";

/// What is remembered of a run.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch {
    /// Turns by weight, for each balancer, since anything changed.
    turns: Vec<Turns>,
    unfair_turn: Option<String>,
    to_draining: Option<String>,
    to_down: Option<String>,
    above_bound: Option<String>,
    unfair_table: Option<String>,
}

/// Who had how many turns.
#[derive(Debug, Clone, Default)]
struct Turns {
    taken: Vec<u64>,
    all: u64,
}

impl Watch {
    /// There are so many balancers.
    pub(super) fn of(balancers: usize) -> Self {
        Self {
            turns: vec![Turns::default(); balancers],
            ..Self::default()
        }
    }

    /// Turns are counted anew: somebody came, went or has another weight.
    pub(super) fn begin_turns(&mut self, balancer: usize) {
        self.turns[balancer] = Turns::default();
    }

    /// A turn by weight was taken: after it nobody may be a whole turn ahead of its share, and at
    /// the end of a cycle everybody has had it exactly.
    pub(super) fn turn(&mut self, balancer: usize, server: usize, backends: &Backends) {
        let turns = &mut self.turns[balancer];
        turns.taken.resize(backends.all().len(), 0);
        turns.taken[server] += 1;
        turns.all += 1;
        let (mut sum, mut common) = (0, 0);
        for (_, backend) in backends.iter_open() {
            sum += u64::from(backend.weight);
            common = gcd(common, backend.weight);
        }
        if sum == 0 || self.unfair_turn.is_some() {
            return;
        }
        let cycle_ends = turns.all.is_multiple_of(sum / u64::from(common));
        for (number, backend) in backends.iter_open() {
            let (had, due) = (
                turns.taken[number] * sum,
                turns.all * u64::from(backend.weight),
            );
            if had >= due + sum || cycle_ends && had != due {
                let (taken, all, weight) = (turns.taken[number], turns.all, backend.weight);
                self.unfair_turn = Some(format!(
                    "after {all} turns server {} has had {taken}, with {weight} of {sum} parts",
                    number + 1
                ));
                return;
            }
        }
    }

    /// A request is sent to a server that is being drained.
    pub(super) fn sent_to_draining(&mut self, server: usize) {
        self.to_draining
            .get_or_insert_with(|| format!("server {} was given a request", server + 1));
    }

    /// A request is sent to a server that the balancer has to leave out.
    pub(super) fn sent_to_down(&mut self, server: usize) {
        self.to_down
            .get_or_insert_with(|| format!("server {} was given a request", server + 1));
    }

    /// A request is about to be sent under a bound.
    pub(super) fn bounds(&mut self, server: usize, backends: &Backends, knobs: &Knobs) {
        let (mut out, mut weights) = (1, 0);
        for (_, backend) in backends.iter_open() {
            out += u128::from(backend.load);
            weights += u128::from(backend.weight);
        }
        let chosen = backends.all()[server];
        // One more than it has, times all parts, may exceed its share by less than one.
        let has = u128::from(chosen.load) * 1_000 * weights;
        let share =
            (1_000 + u128::from(knobs.bound_thousandths())) * out * u128::from(chosen.weight);
        if has >= share && weights > 0 && self.above_bound.is_none() {
            self.above_bound = Some(format!(
                "server {} was given a request beside its {}, with {} out in all",
                server + 1,
                chosen.load,
                out - 1
            ));
        }
    }

    /// A table was filled.
    pub(super) fn table(&mut self, table: &Maglev, backends: &Backends) {
        if backends.open().is_empty() || self.unfair_table.is_some() {
            return;
        }
        let holes = table.slots().iter().filter(|slot| slot.is_none()).count();
        let shares = table.shares(backends.all().len());
        let open = || backends.iter_open().map(|(number, _)| shares[number]);
        let (least, most) = (open().min().unwrap_or(0), open().max().unwrap_or(0));
        if holes > 0 || most > least + 1 {
            self.unfair_table = Some(format!(
                "of {} slots {holes} have no server, and shares are from {least} to {most}",
                table.slots().len()
            ));
        }
    }
}

/// The first break that was noted, if any.
fn noted(first: Option<&String>) -> Result<(), String> {
    first.cloned().map_or(Ok(()), Err)
}

/// Every promise.
pub(super) static PROMISES: &[Property<Model>] = &[
    Property::always(
        SMOOTH,
        "In turns by weight nobody is ever a whole turn ahead of its share, and after each cycle everybody has had its weight exactly.",
        |model, _| noted(model.watch().unfair_turn.as_ref()),
    ),
    Property::always(
        DRAINED,
        "From the moment a server is to be drained no balancer sends it a request.",
        |model, _| noted(model.watch().to_draining.as_ref()),
    ),
    Property::always(
        LEFT_OUT,
        "A balancer that takes a server to be down sends it nothing until it tries it again.",
        |model, _| noted(model.watch().to_down.as_ref()),
    ),
    Property::always(
        BOUNDED,
        "Under a bound e no request goes to a server that has (1 + e) times its share of all that are out.",
        |model, _| noted(model.watch().above_bound.as_ref()),
    ),
    Property::always(
        FULL_TABLE,
        "Every slot of Maglev’s table has a server, and no server has two slots more than another.",
        |model, _| noted(model.watch().unfair_table.as_ref()),
    ),
    Property::<Model>::always(
        ENDS,
        "Every call is answered, fails or is given up by the time its client’s patience ends.",
        |model, world| {
            let Some(oldest) = model.client().oldest() else {
                return Ok(());
            };
            let waited = world.now() - oldest.began;
            holds(waited <= model.knobs().patience, || {
                format!("somebody has waited for {waited}")
            })
        },
    )
    .with_patience(|knobs| knobs.patience),
    Property::always(
        ONCE,
        "Calls made are calls answered, failed, given up and still open, each counted once.",
        counted_once,
    ),
    Property::always(
        COUNTS,
        "The requests that a balancer counts as out at its servers are those that it waits for.",
        |model, _| {
            let mut balancers = model.balancers().iter().zip(1..);
            let wrong =
                balancers.find(|(balancer, _)| balancer.counted_out() != balancer.waits_for());
            wrong.map_or(Ok(()), |(balancer, number)| {
                Err(format!(
                    "balancer {number} counts {} and waits for {}",
                    balancer.counted_out(),
                    balancer.waits_for()
                ))
            })
        },
    ),
];

fn counted_once(model: &Model, world: &World<Event>) -> Result<(), String> {
    let total = |metric| world.metrics().total(metric);
    let (made, open) = (total(CALLS), model.client().open() as u64);
    let ended = total(ANSWERED) + total(FAILED) + total(GIVEN_UP);
    holds(made == ended + open, || {
        format!("{made} calls were made, {ended} ended and {open} are open")
    })
}
