//! “Find a run that breaks this”: random seeds, faults and actions over one pattern, until a promise
//! breaks or the budget is spent.
//!
//! A [`SearchPlan`] is a value; run number `i` of a search follows from the plan and `i` alone. So
//! runs can be shared out among workers in [batches](Search::run_batch) and the result is the one
//! that a single worker gets. Nothing here starts a thread or reads a clock: whoever drives a
//! [`Search`] does so in slices and stops when it likes.
//!
//! Each run is given a few deeds only, drawn from a random part of all there are (swarm testing:
//! Groce, Zhang, Eide, Chen and Regehr, ISSTA 2012), close together as often as far apart, and half
//! of them right after something has happened.

mod adversary;
mod situations;

use std::collections::BTreeMap;
use std::hash::{Hash as _, Hasher as _};
use std::ops::Range;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::catalog::{self, Pattern};
use crate::kernel::engine::PropertyState;
use crate::kernel::random::Random;
use crate::kernel::session::{RUN_MAX, RunState, SessionError};
use crate::kernel::timeline::Entry;
use crate::kernel::trace::TraceHash;
use crate::lab::breaking::{Breaking, BrokenVariant};
use crate::lab::trial::{Break, Pause, Promise, Trial, Watched, act_now, break_of, play_to};
use crate::simulation::PropertyKind;
use crate::time::{SimTime, Span};
use adversary::{Menu, cures, value_near};
pub use situations::Situations;

/// What may differ from run to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vary {
    /// The seed.
    pub seed: bool,
    /// What a person does.
    pub actions: bool,
    /// Which faults strike.
    pub faults: bool,
    /// Live knobs that are turned while a run goes on.
    pub live_knobs: bool,
    /// The knobs at the start, near the ones given. Safeguards stay as they are.
    pub knobs: bool,
}

impl Default for Vary {
    /// Seeds, actions and faults.
    fn default() -> Self {
        Self {
            seed: true,
            actions: true,
            faults: true,
            live_knobs: false,
            knobs: false,
        }
    }
}

/// How much a search may try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Runs in all.
    pub runs: u64,
    /// Events in all. Looked at after every [`BATCH`] runs, so that it does not depend on who makes
    /// them.
    pub events: u64,
    /// Events in one run, which is cut short then.
    pub events_per_run: u64,
}

impl Default for Budget {
    /// Ten thousand runs of at most twenty thousand events each.
    fn default() -> Self {
        Self {
            runs: 10_000,
            events: 1_000_000_000,
            events_per_run: 20_000,
        }
    }
}

/// Everything that a search depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchPlan {
    /// The pattern's slug.
    pub pattern: String,
    /// The run to start from: its knobs, its seed unless seeds vary, and its script, which is
    /// played in every run.
    pub base: RunState,
    /// The promise to break; any when absent.
    pub property: Option<String>,
    /// How long each run lasts.
    pub lasts: Span,
    /// From this and its number follows each run.
    pub root_seed: u64,
    /// What may differ from run to run.
    pub vary: Vary,
    /// How much may be tried.
    pub budget: Budget,
}

impl SearchPlan {
    /// A search through small runs with every safeguard on, for a break of any promise.
    pub fn with_safeguards(pattern: &Pattern) -> Self {
        let breaking = (pattern.breaking)();
        Self::from(pattern, breaking.state(), breaking.lasts)
    }

    /// A search without one safeguard, for the first promise that this is known to break.
    pub fn without(pattern: &Pattern, variant: &BrokenVariant) -> Self {
        Self {
            property: variant.breaks.first().map(|name| (*name).to_owned()),
            ..Self::from(pattern, variant.state(), variant.lasts)
        }
    }

    /// A search from a run that someone looks at, for a break of any promise.
    pub fn from(pattern: &Pattern, base: RunState, lasts: Span) -> Self {
        Self {
            pattern: pattern.card.slug.to_owned(),
            base,
            property: None,
            lasts,
            root_seed: 1,
            vary: Vary::default(),
            budget: Budget::default(),
        }
    }
}

/// Why a search cannot begin.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SearchError {
    /// No such pattern, or another one than the plan is for.
    #[error("the search is for “{wanted}”, which is not here")]
    Pattern {
        /// What the plan names.
        wanted: String,
    },
    /// No such promise.
    #[error("there is no promise “{name}”; the promises here are {known}")]
    Property {
        /// What the plan names.
        name: String,
        /// What there is.
        known: String,
    },
    /// The promise is one that no run can break.
    #[error("“{name}” is to come true sometimes: no single run can break it")]
    Unbreakable {
        /// Its name.
        name: String,
    },
    /// A run that lasts no time, or longer than any run may.
    #[error("runs of {given} cannot be searched: choose a length up to {max}")]
    Lasts {
        /// What the plan says.
        given: Span,
        /// The limit.
        max: Span,
    },
    /// A budget that allows nothing, or more than could ever be spent.
    #[error("a budget of {given} {what} makes no search: choose from 1 to {max}")]
    Budget {
        /// Of what.
        what: &'static str,
        /// What the plan says.
        given: u64,
        /// The limit.
        max: u64,
    },
    /// Nothing may differ from run to run.
    #[error("every run would be the same: let seeds, actions, faults or knobs vary")]
    NothingVaries,
    /// The run to start from cannot be opened.
    #[error(transparent)]
    Base(#[from] SessionError),
}

/// A broken promise, and the run that breaks it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The number of the run.
    pub run: u64,
    /// The promise.
    pub property: String,
    /// What was wrong.
    pub reason: String,
    /// The run; its cursor is where the promise breaks.
    pub state: RunState,
}

/// How a promise stood at the end of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// It held.
    pub held: u64,
    /// It was not satisfied, and need not be yet.
    pub pending: u64,
    /// It was broken.
    pub broken: u64,
}

impl Tally {
    const fn merge(&mut self, other: Self) {
        self.held += other.held;
        self.pending += other.pending;
        self.broken += other.broken;
    }
}

/// What came of some runs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Runs made.
    pub runs: u64,
    /// Events and actions that happened in them.
    pub events: u64,
    /// By promise, how it stood at the end of each run.
    pub promises: BTreeMap<String, Tally>,
    /// By name, how often each action, fault (`fault.…`) and turn of a knob (`set.…`) was done and
    /// not refused.
    pub done: BTreeMap<String, u64>,
    /// How many different situations runs were in after each deed and at their end.
    pub situations: Situations,
}

impl Counts {
    /// Adds what came of other runs.
    pub fn merge(&mut self, other: &Self) {
        self.runs += other.runs;
        self.events += other.events;
        for (name, tally) in &other.promises {
            self.promises.entry(name.clone()).or_default().merge(*tally);
        }
        for (name, times) in &other.done {
            *self.done.entry(name.clone()).or_default() += times;
        }
        self.situations.merge(&other.situations);
    }
}

/// Runs that are made in one go by one worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Its number: it holds the runs from `number * BATCH` on.
    pub number: u64,
    /// What came of them. The run that broke the promise is the last.
    pub counts: Counts,
    /// The run that broke the promise, if one did.
    pub found: Option<Found>,
}

impl Batch {
    fn new(number: u64) -> Self {
        Self {
            number,
            counts: Counts::default(),
            found: None,
        }
    }
}

/// Runs in a batch.
pub const BATCH: u64 = 64;

/// How a search ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum End {
    /// It found a run that breaks the promise.
    Found(Found),
    /// It spent its budget and found none.
    Spent,
}

const RUNS_MAX: u64 = 1_000_000_000_000;
const EVENTS_MAX: u64 = 1_000_000_000_000_000;

/// A search under way.
///
/// ```
/// use orrery_core::catalog;
/// use orrery_core::lab::search::{End, Search, SearchPlan};
///
/// let saga = catalog::find("saga").expect("it is registered");
/// let breaking = (saga.breaking)();
/// let plan = SearchPlan::without(saga, breaking.find("no-keys").expect("it is declared"));
/// let mut search = Search::new(saga, plan)?;
/// while search.end().is_none() {
///     search.run(100); // a slice; draw, listen, come back
/// }
/// assert!(matches!(search.end(), Some(End::Found(_))));
/// # Ok::<(), orrery_core::lab::search::SearchError>(())
/// ```
#[derive(Debug)]
pub struct Search {
    hunt: Hunt,
    counts: Counts,
    /// The batch under way in [`Search::run`].
    current: Batch,
    /// Batches that came before their turn.
    early: BTreeMap<u64, Batch>,
    end: Option<End>,
}

impl Search {
    /// A search that has not begun.
    ///
    /// # Errors
    /// What is wrong with the plan.
    pub fn new(pattern: &'static Pattern, plan: SearchPlan) -> Result<Self, SearchError> {
        Ok(Self {
            hunt: Hunt::new(pattern, plan)?,
            counts: Counts::default(),
            current: Batch::new(0),
            early: BTreeMap::new(),
            end: None,
        })
    }

    /// The same, the pattern being looked up in the catalogue.
    ///
    /// # Errors
    /// What is wrong with the plan.
    pub fn open(plan: SearchPlan) -> Result<Self, SearchError> {
        let pattern = catalog::find(&plan.pattern).ok_or_else(|| SearchError::Pattern {
            wanted: plan.pattern.chars().take(40).collect(),
        })?;
        Self::new(pattern, plan)
    }

    /// The plan.
    pub const fn plan(&self) -> &SearchPlan {
        &self.hunt.plan
    }

    /// How it ended, if it has.
    pub const fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// What came of the runs so far.
    pub fn counts(&self) -> Counts {
        let mut counts = self.counts.clone();
        counts.merge(&self.current.counts);
        counts
    }

    /// Makes up to `runs` more runs; returns how many it made, none once the search has ended.
    pub fn run(&mut self, runs: u64) -> u64 {
        let mut made = 0;
        while made < runs && self.end.is_none() {
            let number = self.hunt.range(self.current.number).start + self.current.counts.runs;
            self.hunt.run(number, &mut self.current);
            made += 1;
            if self.hunt.is_complete(&self.current) {
                let batch = std::mem::replace(&mut self.current, Batch::new(0));
                self.absorb(batch);
            }
        }
        made
    }

    /// How many batches the budget of runs allows.
    pub const fn batches(&self) -> u64 {
        self.hunt.plan.budget.runs.div_ceil(BATCH)
    }

    /// Makes the runs of one batch, wherever the search stands: for a worker, which hands it to the
    /// search that gathers them.
    pub fn run_batch(&self, number: u64) -> Batch {
        let mut batch = Batch::new(number);
        for run in self.hunt.range(number) {
            if batch.found.is_some() {
                break;
            }
            self.hunt.run(run, &mut batch);
        }
        batch
    }

    /// Takes in a batch that a worker has made. Batches may come in any order and count in that of
    /// their numbers; what comes after the end, or a second time, is dropped.
    pub fn absorb(&mut self, batch: Batch) {
        let next = self.next_batch();
        if self.end.is_some() || batch.number < next {
            return;
        }
        self.early.insert(batch.number, batch);
        while self.end.is_none()
            && let Some(batch) = self.early.remove(&self.next_batch())
        {
            self.count(batch);
        }
        if self.current.number != self.next_batch() || self.end.is_some() {
            self.current = Batch::new(self.next_batch());
        }
    }

    fn next_batch(&self) -> u64 {
        self.counts.runs.div_ceil(BATCH)
    }

    fn count(&mut self, batch: Batch) {
        self.counts.merge(&batch.counts);
        let budget = self.hunt.plan.budget;
        if let Some(found) = batch.found {
            self.end = Some(End::Found(found));
        } else if self.counts.runs >= budget.runs || self.counts.events >= budget.events {
            self.end = Some(End::Spent);
        }
        if self.end.is_some() {
            self.early.clear();
        }
    }

    /// What the search came to so far, in words, and what that does not prove.
    pub fn words(&self) -> String {
        let counts = self.counts();
        let tried = counts.words();
        let what = match &self.hunt.plan.property {
            Some(name) => format!("“{name}”"),
            None => "any promise".to_owned(),
        };
        match &self.end {
            Some(End::Found(found)) => format!(
                "Run {} breaks “{}”: {}. Tried: {tried}.",
                found.run + 1,
                found.property,
                found.reason
            ),
            Some(End::Spent) | None => format!(
                "No run broke {what}. Tried: {tried}, each run up to {}.{} That is no proof: other \
                 timings, other settings or longer runs may still break it.",
                self.hunt.plan.lasts,
                self.hunt.left_alone()
            ),
        }
    }
}

impl Counts {
    /// What was tried, in words.
    pub fn words(&self) -> String {
        let of = |prefix: &str, kinds: &str| {
            let named = self.done.iter().filter(|(name, _)| match prefix {
                "" => !name.contains('.'),
                _ => name.starts_with(prefix),
            });
            let times: u64 = named.clone().map(|(_, times)| times).sum();
            match named.count() {
                0 => String::new(),
                sorts => format!(", {} {kinds} of {sorts} sorts", grouped(times)),
            }
        };
        format!(
            "{} runs with {} events{}{}{}, about {} different situations",
            grouped(self.runs),
            grouped(self.events),
            of("fault.", "faults"),
            of("", "actions"),
            of("set.", "turns of knobs"),
            grouped(self.situations.estimate())
        )
    }
}

/// A whole number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A checked plan.
#[derive(Debug)]
struct Hunt {
    pattern: &'static Pattern,
    plan: SearchPlan,
    breaking: Breaking,
    promises: Vec<Promise>,
    watched: Watched,
    menu: Menu,
}

/// When something of a run's plan is done.
#[derive(Debug, Clone)]
enum Turn {
    /// An entry of the script that every run plays.
    Given(Entry),
    /// Something drawn, perhaps only after the next event.
    Deed { after_next: bool },
    /// Whatever is down is started, whatever is cut is mended.
    MendAll,
}

/// Runs with nothing done to them, in so many.
const QUIET_ONE_IN: u64 = 16;
/// How often another deed is drawn when one is refused.
const DRAWS: u32 = 4;

impl Hunt {
    fn new(pattern: &'static Pattern, plan: SearchPlan) -> Result<Self, SearchError> {
        if plan.pattern != pattern.card.slug {
            return Err(SearchError::Pattern {
                wanted: plan.pattern.chars().take(40).collect(),
            });
        }
        check_limits(&plan)?;
        let promises = (pattern.machine.promises)();
        let watched = match &plan.property {
            None => None,
            Some(name) => Some(breakable(&promises, name)?),
        };
        (pattern.machine.trial)(&plan.base)?;
        let menu = Menu::of(pattern, &plan);
        let Vary { seed, knobs, .. } = plan.vary;
        if !seed && menu.deeds.is_empty() && (!knobs || menu.knobs.is_empty()) {
            return Err(SearchError::NothingVaries);
        }
        Ok(Self {
            pattern,
            breaking: (pattern.breaking)(),
            promises,
            watched,
            menu,
            plan,
        })
    }

    /// The runs of a batch.
    fn range(&self, batch: u64) -> Range<u64> {
        let runs = self.plan.budget.runs;
        let first = batch.saturating_mul(BATCH);
        first.min(runs)..first.saturating_add(BATCH).min(runs)
    }

    fn is_complete(&self, batch: &Batch) -> bool {
        let range = self.range(batch.number);
        batch.found.is_some() || batch.counts.runs >= range.end - range.start
    }

    /// Makes run `number` and counts it.
    fn run(&self, number: u64, batch: &mut Batch) {
        batch.counts.runs += 1;
        let mut hash = TraceHash::default();
        (self.plan.root_seed, number).hash(&mut hash);
        let mut random = Random::new(hash.finish());
        let mut state = RunState {
            seed: self.plan.base.seed,
            knobs: self.plan.base.knobs.clone(),
            ..RunState::default()
        };
        if self.plan.vary.seed {
            state.seed = random.below(1 << 32);
        }
        // Checked before; a knob drawn from its own declaration is accepted.
        let Ok(mut trial) = (self.pattern.machine.trial)(&state) else {
            return;
        };
        if self.plan.vary.knobs && !self.menu.knobs.is_empty() {
            self.vary_knobs(&mut state, &*trial, &mut random);
            let Ok(varied) = (self.pattern.machine.trial)(&state) else {
                return;
            };
            trial = varied;
        }
        let broke = self.play(&mut *trial, &mut state, &mut random, &mut batch.counts);
        self.count(&*trial, &mut batch.counts);
        batch.found = broke.map(|broke| Found {
            run: number,
            property: self.promises[broke.property].name.to_owned(),
            reason: broke.reason,
            state: RunState {
                cursor: broke.cursor,
                ..state
            },
        });
    }

    fn vary_knobs(&self, state: &mut RunState, trial: &dyn Trial, random: &mut Random) {
        for _ in 0..random.below(3) {
            let spec = self.menu.knobs[random.index(self.menu.knobs.len())];
            let usual = state.knobs.get(spec.key).unwrap_or(&spec.default);
            let value = value_near(spec, usual, random, trial.network());
            state.knobs.insert(spec.key.to_owned(), value);
        }
    }

    /// Plays one run and writes down what is done in it.
    fn play(
        &self,
        trial: &mut dyn Trial,
        state: &mut RunState,
        random: &mut Random,
        counts: &mut Counts,
    ) -> Option<Break> {
        let horizon = SimTime::ZERO + self.plan.lasts;
        let most = self.plan.budget.events_per_run;
        let turns = self.turns(random);
        let swarm = self.swarm(random);
        for (at, turn) in turns {
            let broken = trial.broken(self.watched).is_some();
            if broken || trial.cursor().ordinal >= most {
                break;
            }
            let pause = match &turn {
                Turn::Given(entry) => play_to(trial, entry, most, self.watched),
                Turn::Deed { .. } | Turn::MendAll => {
                    trial.advance(at, most - trial.cursor().ordinal, self.watched)
                }
            };
            if pause != Pause::Reached {
                break;
            }
            self.take(turn, &swarm, trial, state, random, counts);
            counts.note(trial, self.promises.len());
        }
        if trial.broken(self.watched).is_none() {
            let left = most.saturating_sub(trial.cursor().ordinal);
            trial.advance(horizon, left, self.watched);
        }
        counts.note(trial, self.promises.len());
        break_of(trial, self.watched)
    }

    /// When something is done in a run: in a stretch of any length, and with everything mended
    /// afterwards in every second run, so that what takes its time can come about.
    fn turns(&self, random: &mut Random) -> Vec<(SimTime, Turn)> {
        let given = self.plan.base.script.iter();
        let mut turns: Vec<(SimTime, Turn)> = given
            .map(|entry| (entry.at, Turn::Given(entry.clone())))
            .collect();
        if self.menu.deeds.is_empty() || random.below(QUIET_ONE_IN) == 0 {
            return turns;
        }
        let most = if random.below(2) == 0 { 4 } else { 9 };
        let count = 1 + random.below(most);
        let whole = self.plan.lasts.as_nanos();
        let stretch = (whole >> random.below(7)).max(1);
        let from = match random.below(3) {
            0 => 0,
            1 => random.below(whole - stretch + 1) / 4,
            _ => random.below(whole - stretch + 1),
        };
        for _ in 0..count {
            let at = SimTime::from_nanos(from + random.below(stretch));
            let after_next = random.below(2) == 0;
            turns.push((at, Turn::Deed { after_next }));
        }
        if random.below(2) == 0 {
            let last = turns.iter().map(|(at, _)| *at).max();
            let gap = Span::from_nanos(random.below(stretch) / 4 + 1);
            turns.push((last.unwrap_or_default() + gap, Turn::MendAll));
        }
        turns.sort_by_key(|(at, _)| *at);
        turns.retain(|(at, _)| at.as_nanos() <= whole);
        turns
    }

    /// The few sorts of deeds that a run gets.
    fn swarm(&self, random: &mut Random) -> Vec<usize> {
        let sorts = self.menu.deeds.len();
        if sorts == 0 {
            return Vec::new();
        }
        let few = 1 + random.below(5);
        (0..few).map(|_| random.index(sorts)).collect()
    }

    fn take(
        &self,
        turn: Turn,
        swarm: &[usize],
        trial: &mut dyn Trial,
        state: &mut RunState,
        random: &mut Random,
        counts: &mut Counts,
    ) {
        match turn {
            Turn::Given(entry) => state.script.extend(act_now(trial, &entry.call)),
            Turn::MendAll => {
                for cure in cures(trial.network()) {
                    counts.done(&cure.name, act_now(trial, &cure), &mut state.script);
                }
            }
            Turn::Deed { after_next } => {
                let horizon = SimTime::ZERO + self.plan.lasts;
                if after_next && let Some(next) = trial.next_at().filter(|next| *next < horizon) {
                    trial.advance(next, 1, self.watched);
                }
                if trial.broken(self.watched).is_none() {
                    self.draw(swarm, trial, state, random, counts);
                }
            }
        }
    }

    /// Does one thing that is not refused, if one is drawn.
    fn draw(
        &self,
        swarm: &[usize],
        trial: &mut dyn Trial,
        state: &mut RunState,
        random: &mut Random,
        counts: &mut Counts,
    ) {
        for _ in 0..DRAWS {
            let cures = cures(trial.network());
            let (name, call) = if !cures.is_empty() && random.below(2) == 0 {
                let cure = cures[random.index(cures.len())].clone();
                (cure.name.clone(), cure)
            } else {
                let Some(&sort) = swarm.get(random.index(swarm.len())) else {
                    return;
                };
                let deed = &self.menu.deeds[sort];
                let Some(call) = deed.draw(random, trial) else {
                    continue;
                };
                (deed.name(), call)
            };
            if counts.done(&name, act_now(trial, &call), &mut state.script) {
                return;
            }
        }
    }

    fn count(&self, trial: &dyn Trial, counts: &mut Counts) {
        counts.events += trial.cursor().ordinal;
        for (index, promise) in self.promises.iter().enumerate() {
            if !counts.promises.contains_key(promise.name) {
                counts
                    .promises
                    .insert(promise.name.to_owned(), Tally::default());
            }
            if let Some(tally) = counts.promises.get_mut(promise.name) {
                match trial.standing(index) {
                    PropertyState::Holds => tally.held += 1,
                    PropertyState::Pending => tally.pending += 1,
                    PropertyState::Violated(_) => tally.broken += 1,
                }
            }
        }
    }

    /// What is left alone, as a sentence.
    fn left_alone(&self) -> String {
        let spared = self.breaking.spared.iter();
        let reasons: Vec<String> = spared
            .map(|spared| format!("{} (since {})", spared.name, spared.since))
            .collect();
        if reasons.is_empty() {
            String::new()
        } else {
            format!(" Left alone: {}.", reasons.join(", "))
        }
    }
}

impl Counts {
    fn note(&mut self, trial: &dyn Trial, promises: usize) {
        self.situations.note(situations::situation(trial, promises));
    }

    /// Counts a deed and writes it into the script, unless it was refused.
    fn done(&mut self, name: &str, entry: Option<Entry>, script: &mut Vec<Entry>) -> bool {
        let Some(entry) = entry else {
            return false;
        };
        script.push(entry);
        match self.done.get_mut(name) {
            Some(times) => *times += 1,
            None => {
                self.done.insert(name.to_owned(), 1);
            }
        }
        true
    }
}

fn check_limits(plan: &SearchPlan) -> Result<(), SearchError> {
    let longest = RUN_MAX - SimTime::ZERO;
    if plan.lasts.is_zero() || plan.lasts > longest {
        return Err(SearchError::Lasts {
            given: plan.lasts,
            max: longest,
        });
    }
    let Budget {
        runs,
        events,
        events_per_run,
    } = plan.budget;
    for (what, given, max) in [
        ("runs", runs, RUNS_MAX),
        ("events", events, EVENTS_MAX),
        ("events per run", events_per_run, EVENTS_MAX),
    ] {
        if given == 0 || given > max {
            return Err(SearchError::Budget { what, given, max });
        }
    }
    Ok(())
}

fn breakable(promises: &[Promise], name: &str) -> Result<usize, SearchError> {
    let found = promises.iter().position(|promise| promise.name == name);
    let index = found.ok_or_else(|| SearchError::Property {
        name: name.chars().take(80).collect(),
        known: promises
            .iter()
            .map(|promise| promise.name)
            .collect::<Vec<_>>()
            .join(", "),
    })?;
    match promises[index].kind {
        PropertyKind::Always | PropertyKind::Eventually(_) => Ok(index),
        PropertyKind::Sometimes => Err(SearchError::Unbreakable {
            name: name.to_owned(),
        }),
    }
}
