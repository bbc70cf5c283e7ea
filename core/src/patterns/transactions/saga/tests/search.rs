//! What both exhaustive searches share: the situation searched, the faults to place in it, and the
//! promises.
//!
//! Time is left out: a wait may end at any moment at which it could end. A wait for an answer that
//! is still on its way ends only by a fault ([`Fault::Delay`]), all others for free.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Debug;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};

use stateright::{Checker, Expectation, Model, Property};

use crate::sorted::{SortedMap, SortedSet};

use super::super::algorithm::promises::{self, Breach, Standing, System};
use super::super::algorithm::{
    Fate, LogMode, Op, Order, Policy, Recovery, Retry, Rules, SagaId, Service, Step,
};

/// The kinds of fault that a search may place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Fault {
    /// The coordinator or a service stops, between any two effects.
    Crash,
    /// A message is lost.
    Lose,
    /// A message arrives twice.
    Duplicate,
    /// A wait ends while the message waited for is still on its way.
    Delay,
    /// A service fails before it does anything.
    Fail,
}

pub(super) const ALL_FAULTS: [Fault; 5] = [
    Fault::Crash,
    Fault::Lose,
    Fault::Duplicate,
    Fault::Delay,
    Fault::Fail,
];

/// What is searched.
#[derive(Debug, Clone)]
pub(super) struct Situation {
    pub(super) policy: Policy,
    pub(super) rules: Rules,
    pub(super) orders: u32,
    pub(super) shelf_units: u32,
    /// One start for each: the step of order 0 that the business refuses.
    pub(super) refusals: Vec<Option<Step>>,
    /// Fails every time until a person resolves the dead letter.
    pub(super) sick: Option<Op<Step>>,
    /// How many faults, of which kinds.
    pub(super) faults: u8,
    pub(super) kinds: Vec<Fault>,
}

impl Situation {
    /// One order with every safeguard, with `faults` faults of any kind, and every way in which
    /// the business may refuse it.
    pub(super) fn one_order(faults: u8) -> Self {
        let retry = Retry {
            attempts: 2,
            ..Retry::default()
        };
        Self {
            policy: Policy {
                retry,
                ..Policy::default()
            },
            rules: Rules::default(),
            orders: 1,
            shelf_units: 3,
            refusals: vec![
                None,
                Some(Step::Open),
                Some(Step::Reserve),
                Some(Step::Charge),
                Some(Step::Ship),
            ],
            sick: None,
            faults,
            kinds: ALL_FAULTS.to_vec(),
        }
    }

    pub(super) fn with_faults(mut self, kinds: &[Fault]) -> Self {
        self.kinds = kinds.to_vec();
        self
    }

    pub(super) fn refused_at(mut self, step: Option<Step>) -> Self {
        self.refusals = vec![step];
        self
    }

    pub(super) fn with_log(mut self, log: LogMode) -> Self {
        self.policy.log = log;
        self
    }

    pub(super) fn with_recovery(mut self, recovery: Recovery) -> Self {
        self.policy.recovery = recovery;
        self
    }

    pub(super) fn allows(&self, fault: Fault, spent: u8) -> bool {
        spent < self.faults && self.kinds.contains(&fault)
    }

    pub(super) fn order(saga: SagaId) -> Order {
        Order {
            units: 1,
            price_cents: 100 + saga.0,
        }
    }

    pub(super) fn sagas(&self) -> impl Iterator<Item = SagaId> {
        (0..self.orders).map(SagaId)
    }

    pub(super) fn fate(
        &self,
        refuse: Option<Step>,
        cured: bool,
        saga: SagaId,
        op: Op<Step>,
    ) -> Fate {
        if !cured && self.sick == Some(op) {
            Fate::Fail
        } else if saga == SagaId(0) && refuse.map(Op::act) == Some(op) {
            Fate::Refuse
        } else {
            Fate::Normal
        }
    }
}

/// A state that the promises can judge.
pub(super) trait World {
    fn accepted(&self) -> &SortedMap<SagaId, Order>;
    fn services(&self) -> [&Service; 5];
    fn dead_letters(&self) -> SortedSet<SagaId>;
}

pub(super) fn judge<W: World>(
    world: &W,
    promise: impl Fn(&System<'_>, SagaId) -> Result<(), Breach>,
) -> Result<(), Breach> {
    let dead_letters = world.dead_letters();
    let system = System {
        orders: world.accepted(),
        services: world.services(),
        dead_letters: &dead_letters,
    };
    let mut sagas = world.accepted().keys();
    sagas.try_for_each(|&saga| promise(&system, saga))
}

/// A model that tells what happens by itself from the faults placed in it.
pub(super) trait Search: Model {
    fn is_free(&self, action: &Self::Action) -> bool;
}

pub(super) const STOCK: &str = "stock is conserved";
pub(super) const MONEY: &str = "money is accounted for";
pub(super) const ORDER: &str = "nothing is undone before it is done";
pub(super) const ONCE: &str = "nothing happens twice";
pub(super) const NOT_IN_VAIN: &str = "nobody is turned away in vain";
pub(super) const ENDS: &str = "at rest every order has ended";
pub(super) const COMPLETES: &str = "some order is done";
pub(super) const COMPENSATES: &str = "some order is compensated";
pub(super) const PARKS: &str = "some order waits for a person";

/// The promises, and the endings that must be reachable for a search to mean anything.
pub(super) fn properties<M>() -> Vec<Property<M>>
where
    M: Search,
    M::State: World,
{
    fn some_order_is<W: World>(world: &W, standing: Standing) -> bool {
        judge(world, |system, saga| {
            if system.standing(saga) == standing {
                Err(Breach::Unfinished(saga))
            } else {
                Ok(())
            }
        })
        .is_err()
    }
    vec![
        Property::always(STOCK, |_: &M, w: &M::State| {
            judge(w, promises::stock_is_conserved).is_ok()
        }),
        Property::always(MONEY, |_: &M, w: &M::State| {
            let balanced = |system: &System<'_>, _: SagaId| {
                let books = system.books();
                let accounted = books.delivered_cents + books.owed_cents + books.in_progress_cents;
                let missing = Breach::MoneyAstray {
                    saga: SagaId(0),
                    expected_cents: accounted,
                    found_cents: books.taken_cents,
                };
                (books.taken_cents == accounted)
                    .then_some(())
                    .ok_or(missing)
            };
            judge(w, promises::money_is_accounted_for).is_ok() && judge(w, balanced).is_ok()
        }),
        Property::always(ORDER, |_: &M, w: &M::State| {
            judge(w, promises::nothing_is_undone_before_it_is_done).is_ok()
        }),
        Property::always(ONCE, |_: &M, w: &M::State| {
            judge(w, promises::nothing_happens_twice).is_ok()
        }),
        Property::always(NOT_IN_VAIN, |_: &M, w: &M::State| {
            judge(w, |system, _| {
                promises::nobody_is_turned_away_in_vain(system)
            })
            .is_ok()
        }),
        Property::always(ENDS, |model: &M, w: &M::State| {
            let mut actions = Vec::new();
            model.actions(w, &mut actions);
            let at_rest = !actions.iter().any(|action| model.is_free(action));
            !at_rest || judge(w, promises::order_has_ended).is_ok()
        }),
        Property::sometimes(COMPLETES, |_: &M, w: &M::State| {
            some_order_is(w, Standing::Done)
        }),
        Property::sometimes(COMPENSATES, |_: &M, w: &M::State| {
            some_order_is(w, Standing::Compensated)
        }),
        Property::sometimes(PARKS, |_: &M, w: &M::State| !w.dead_letters().is_empty()),
    ]
}

/// Searches everything, and returns how many states there are and which promises are broken in
/// some of them. Every ending must be reachable, or the search would prove nothing.
pub(super) fn search<M>(model: M) -> (usize, BTreeSet<&'static str>)
where
    M: Search + Send + Sync + 'static,
    M::State: World + Clone + Debug + PartialEq + Hash + Send + Sync,
    M::Action: Clone + Debug + PartialEq,
{
    let checker = model.checker().spawn_bfs().join();
    let is_promise =
        |name: &&'static str| checker.model().property(name).expectation == Expectation::Always;
    let broken = checker
        .discoveries()
        .into_keys()
        .filter(is_promise)
        .collect();
    (checker.unique_state_count(), broken)
}

/// A shortest way to break the promise. (The search above keeps whichever way it met last.)
pub(super) fn shortest_breach<M>(model: &M, promise: &'static str) -> Option<Vec<M::Action>>
where
    M: Search,
    M::State: World + Clone + Hash,
    M::Action: Clone,
{
    let holds = model.property(promise).condition;
    let mut seen: BTreeSet<_> = model.init_states().iter().map(fingerprint).collect();
    let mut frontier: VecDeque<_> = model
        .init_states()
        .into_iter()
        .map(|state| (state, Vec::new()))
        .collect();
    while let Some((state, path)) = frontier.pop_front() {
        if !holds(model, &state) {
            return Some(path);
        }
        for (action, next) in model.next_steps(&state) {
            if seen.insert(fingerprint(&next)) {
                frontier.push_back((next, [path.clone(), vec![action]].concat()));
            }
        }
    }
    None
}

/// Whether every run comes to rest: no state can be reached from itself.
pub(super) fn every_run_comes_to_rest<M>(model: &M) -> bool
where
    M: Search,
    M::State: Clone + Hash,
{
    let mut on_path = BTreeSet::new();
    let mut finished = BTreeSet::new();
    let mut stack: Vec<(M::State, bool)> = model
        .init_states()
        .into_iter()
        .map(|state| (state, false))
        .collect();
    while let Some((state, is_left)) = stack.pop() {
        let id = fingerprint(&state);
        if is_left {
            on_path.remove(&id);
            finished.insert(id);
        } else if on_path.contains(&id) {
            return false;
        } else if !finished.contains(&id) {
            on_path.insert(id);
            let next = model
                .next_states(&state)
                .into_iter()
                .map(|next| (next, false));
            stack.push((state, true));
            stack.extend(next);
        }
    }
    true
}

fn fingerprint(state: &impl Hash) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(state)
}
