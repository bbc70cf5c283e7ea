//! A run without a viewer that goes on in slices.

use crate::kernel::engine::Engine;
use crate::kernel::metrics::Metrics;
use crate::kernel::session::{RunState, SessionError};
use crate::kernel::timeline::Entry;
use crate::lab::{Outcome, is_turn_of, outcome, refusal};
use crate::simulation::Simulation;
use crate::spec::Knobs;
use crate::time::SimTime;

/// A run of which nothing is kept but what it measures: no log, no checkpoints, no way back.
pub trait Run {
    /// Goes on until an instant, at most `budget` events and actions; false when the budget ended
    /// first.
    fn advance(&mut self, until: SimTime, budget: u64) -> bool;
    /// The present instant.
    fn now(&self) -> SimTime;
    /// How many events and actions have happened.
    fn happened(&self) -> u64;
    /// What was measured so far.
    fn metrics(&self) -> &Metrics;
    /// How the run stands.
    fn outcome(&self) -> Outcome;
}

/// The trunk of a run of one pattern.
#[derive(Debug)]
pub(crate) struct Bare<M: Simulation> {
    engine: Engine<M>,
    script: Vec<Entry>,
    applied: usize,
    refused: Vec<String>,
}

impl<M: Simulation> Bare<M> {
    /// The run at its start.
    pub(crate) fn start(state: &RunState) -> Result<Self, SessionError> {
        let mut knobs = M::Knobs::default();
        for (key, value) in &state.knobs {
            knobs.set(key, value)?;
        }
        Ok(Self {
            engine: Engine::start(state.seed, knobs),
            script: state.script.clone(),
            applied: 0,
            refused: Vec::new(),
        })
    }

    /// Takes what comes next by `until`, an event or an entry of the script; false when there is
    /// nothing.
    fn take_next(&mut self, until: SimTime) -> bool {
        if let Some(entry) = self.script.get(self.applied)
            && entry.at <= until
            && is_turn_of(entry, &self.engine)
        {
            self.engine.advance_to_next(entry.at);
            if let Err(reason) = self.engine.try_act(&entry.call, None) {
                let refused = refusal(entry, &reason.to_string());
                self.refused.push(refused);
            }
            self.applied += 1;
            return true;
        }
        self.engine.next_at().is_some_and(|at| at <= until) && self.engine.step(None)
    }
}

impl<M: Simulation> Run for Bare<M> {
    fn advance(&mut self, until: SimTime, budget: u64) -> bool {
        for _ in 0..budget {
            if !self.take_next(until) {
                self.engine.advance_to_next(until);
                return true;
            }
        }
        false
    }

    fn now(&self) -> SimTime {
        self.engine.world().now()
    }

    fn happened(&self) -> u64 {
        self.engine.world().happened()
    }

    fn metrics(&self) -> &Metrics {
        self.engine.world().metrics()
    }

    fn outcome(&self) -> Outcome {
        outcome(&self.engine, self.refused.clone())
    }
}
