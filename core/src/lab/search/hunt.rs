//! A checked plan, and how one run of it is made.

use std::hash::{Hash as _, Hasher as _};
use std::ops::Range;

use super::adversary::{Menu, cures, value_near};
use super::counts::{Counts, Ending, Tally};
use super::plan::{SearchError, SearchPlan, Vary, breakable, check_limits};
use super::{BATCH, Batch, Found};
use crate::catalog::Pattern;
use crate::kernel::engine::PropertyState;
use crate::kernel::random::Random;
use crate::kernel::session::RunState;
use crate::kernel::timeline::Entry;
use crate::kernel::trace::TraceHash;
use crate::lab::breaking::Breaking;
use crate::lab::trial::{Break, Pause, Promise, Trial, Watched, act_now, break_of, play_to};
use crate::simulation::PropertyKind;
use crate::time::{SimTime, Span};

/// A checked plan.
#[derive(Debug)]
pub(super) struct Hunt {
    pattern: &'static Pattern,
    pub(super) plan: SearchPlan,
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
    pub(super) fn new(pattern: &'static Pattern, plan: SearchPlan) -> Result<Self, SearchError> {
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
    pub(super) fn range(&self, batch: u64) -> Range<u64> {
        let runs = self.plan.budget.runs;
        let first = batch.saturating_mul(BATCH);
        first.min(runs)..first.saturating_add(BATCH).min(runs)
    }

    pub(super) fn is_complete(&self, batch: &Batch) -> bool {
        let range = self.range(batch.number);
        batch.found.is_some() || batch.counts.runs >= range.end - range.start
    }

    /// Makes run `number` and counts it.
    pub(super) fn run(&self, number: u64, batch: &mut Batch) {
        let mut counts = Counts {
            runs: 1,
            ..Counts::default()
        };
        if let Some((state, trial, broke)) = self.make(number, &mut counts) {
            self.count(&*trial, &mut counts);
            counts.end(number, self.ending(&*trial, broke.as_ref()));
            batch.found = broke.map(|broke| Found {
                run: number,
                property: self.promises[broke.property].name.to_owned(),
                reason: broke.reason,
                state,
            });
        }
        batch.counts.merge(&counts);
    }

    /// Makes run `number` once more.
    pub(super) fn again(&self, number: u64) -> RunState {
        let made = self.make(number, &mut Counts::default());
        made.map_or_else(RunState::default, |(state, ..)| state)
    }

    /// Makes run `number`: what was done, where it ended, and what it broke there.
    fn make(
        &self,
        number: u64,
        counts: &mut Counts,
    ) -> Option<(RunState, Box<dyn Trial>, Option<Break>)> {
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
        let mut trial = (self.pattern.machine.trial)(&state).ok()?;
        if self.plan.vary.knobs && !self.menu.knobs.is_empty() {
            self.vary_knobs(&mut state, &*trial, &mut random);
            trial = (self.pattern.machine.trial)(&state).ok()?;
        }
        let broke = self.play(&mut *trial, &mut state, &mut random, counts);
        state.cursor = trial.cursor();
        Some((state, trial, broke))
    }

    /// How a run ended that broke what is watched, or did not.
    fn ending(&self, trial: &dyn Trial, broke: Option<&Break>) -> Ending {
        if let Some(broke) = broke {
            return Ending::Broke(broke.property);
        }
        let standings = self.promises.iter().enumerate();
        let standings = standings.filter(|(_, promise)| promise.kind != PropertyKind::Sometimes);
        let endings = standings.map(|(index, _)| match trial.standing(index) {
            PropertyState::Holds | PropertyState::Undecided(_) => Ending::Kept,
            PropertyState::Pending => Ending::Open,
            PropertyState::Violated(_) => Ending::Broke(index),
        });
        let order = |ending: &Ending| match ending {
            Ending::Broke(index) => (0, *index),
            Ending::Open => (1, 0),
            Ending::Kept => (2, 0),
        };
        endings.min_by_key(order).unwrap_or(Ending::Kept)
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
                    PropertyState::Holds | PropertyState::Undecided(_) => tally.held += 1,
                    PropertyState::Pending => tally.pending += 1,
                    PropertyState::Violated(_) => tally.broken += 1,
                }
            }
        }
    }

    /// What is left alone, as a sentence.
    pub(super) fn left_alone(&self) -> String {
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
