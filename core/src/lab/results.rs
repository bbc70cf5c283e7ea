//! What a sweep has measured so far, whoever measured it and in whatever order.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::kernel::session::SessionError;
use crate::lab::{Agreement, Run, Summary, Sweep};
use crate::time::Span;
use crate::value::Value;

/// One of several parts of equal size into which the units of a sweep are dealt in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which part, from 1 on.
    pub index: u32,
    /// How many there are.
    pub of: u32,
}

/// Why a text names no shard.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("“{given}” is no part of a sweep: write i/n with i from 1 to n, such as 2/8")]
pub struct ShardError {
    given: String,
}

impl Shard {
    /// Everything.
    pub const WHOLE: Self = Self { index: 1, of: 1 };

    /// Whether the numbers make sense.
    pub const fn is_valid(self) -> bool {
        1 <= self.index && self.index <= self.of
    }

    /// The units of this part out of so many, in order.
    pub fn units(self, all: u64) -> impl Iterator<Item = u64> + Clone {
        (u64::from(self.index.saturating_sub(1))..all).step_by(self.of.max(1) as usize)
    }

    /// The place of a unit within this part.
    fn position(self, unit: u64) -> Option<usize> {
        let offset = unit.checked_sub(u64::from(self.index.saturating_sub(1)))?;
        let of = u64::from(self.of.max(1));
        offset
            .is_multiple_of(of)
            .then_some(usize::try_from(offset / of).ok())
            .flatten()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let read = text.split_once('/').and_then(|(index, of)| {
            Some(Self {
                index: index.trim().parse().ok()?,
                of: of.trim().parse().ok()?,
            })
        });
        read.filter(|shard| shard.is_valid())
            .ok_or_else(|| ShardError {
                given: text.chars().take(40).collect(),
            })
    }
}

/// One measured point.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The value of the knob on x.
    pub x: Value,
    /// The value of the knob on y.
    pub y: Option<Value>,
    /// What was measured.
    pub summary: Summary,
    /// What theory says.
    pub theory: Option<f64>,
    /// Whether the two agree.
    pub agreement: Agreement,
}

/// The readings of a sweep, or of a part of it. Every reading keeps its place, and points are
/// summed up in the order of their runs: in which order readings came makes no difference, not in
/// the last bit.
#[derive(Debug, Clone)]
pub struct Results {
    sweep: Sweep,
    shard: Shard,
    readings: Vec<Option<f64>>,
    done: u64,
}

impl Results {
    /// Nothing measured yet.
    pub fn new(sweep: Sweep, shard: Shard) -> Self {
        let count = shard.units(sweep.units()).count();
        Self {
            sweep,
            shard,
            readings: vec![None; count],
            done: 0,
        }
    }

    /// The sweep.
    pub const fn sweep(&self) -> &Sweep {
        &self.sweep
    }

    /// Which part of it this is.
    pub const fn shard(&self) -> Shard {
        self.shard
    }

    /// The units to be measured here, in order.
    pub fn units(&self) -> impl Iterator<Item = u64> + Clone + use<> {
        self.shard.units(self.sweep.units())
    }

    /// The reading of a unit; NaN when the run measured nothing, none when it was not made.
    pub fn reading(&self, unit: u64) -> Option<f64> {
        self.readings.get(self.shard.position(unit)?).copied()?
    }

    /// The readings in the order of their units.
    pub fn readings(&self) -> &[Option<f64>] {
        &self.readings
    }

    /// Takes the reading of a unit; false when the unit does not belong here or is there already.
    pub fn insert(&mut self, unit: u64, reading: f64) -> bool {
        let place = self.shard.position(unit);
        let free = place.and_then(|place| self.readings.get_mut(place));
        match free {
            Some(free @ None) => {
                *free = Some(if reading.is_finite() {
                    reading
                } else {
                    f64::NAN
                });
                self.done += 1;
                true
            }
            Some(Some(_)) | None => false,
        }
    }

    /// How many runs have been made, and how many there are.
    pub const fn progress(&self) -> (u64, u64) {
        (self.done, self.readings.len() as u64)
    }

    /// Whether every run has been made.
    pub const fn is_complete(&self) -> bool {
        self.done == self.readings.len() as u64
    }

    /// The points of which at least one run has been made.
    pub fn points(&self) -> Vec<Point> {
        let points = 0..self.sweep.point_count();
        points.filter_map(|point| self.point(point)).collect()
    }

    /// A point, when at least one of its runs has been made.
    pub fn point(&self, point: usize) -> Option<Point> {
        let stride = self.sweep.point_count() as u64;
        let runs = 0..u64::from(self.sweep.plan().runs);
        let readings: Vec<f64> = runs
            .filter_map(|run| self.reading(run * stride + point as u64))
            .collect();
        if readings.is_empty() {
            return None;
        }
        let (x, y) = self.sweep.values(point);
        let summary = Summary::of(&readings);
        let theory = self.sweep.theory().and_then(|theory| theory.at(x, y));
        let agreement = self.sweep.theory().map_or(Agreement::NoTheory, |theory| {
            theory.judge(&summary, theory.at(x, y))
        });
        Some(Point {
            x: x.clone(),
            y: y.cloned(),
            summary,
            theory,
            agreement,
        })
    }
}

/// What is still to be done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Runs still to be made.
    pub runs: u64,
    /// Simulated time still to pass in them.
    pub simulated: Span,
    /// How many seconds that takes; none as long as nothing was measured to tell it by.
    pub seconds: Option<f64>,
}

/// A sweep under way on one thread: call [`Slices::advance`] until it is done.
pub struct Slices {
    results: Results,
    running: Option<(u64, Box<dyn Run>)>,
    next: usize,
}

impl fmt::Debug for Slices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = self.running.as_ref().map(|(unit, _)| unit);
        f.debug_struct("Slices")
            .field("results", &self.results)
            .field("running", &unit)
            .finish_non_exhaustive()
    }
}

impl Slices {
    pub(super) fn new(sweep: Sweep, shard: Shard) -> Self {
        Self {
            results: Results::new(sweep, shard),
            running: None,
            next: 0,
        }
    }

    /// What has been measured so far.
    pub const fn results(&self) -> &Results {
        &self.results
    }

    /// What has been measured.
    pub fn into_results(self) -> Results {
        self.results
    }

    /// Goes on for about so many events, within a run or over several; true when all is done.
    ///
    /// # Errors
    /// Why the pattern cannot start a run.
    pub fn advance(&mut self, budget: u64) -> Result<bool, SessionError> {
        let end = self.results.sweep.end();
        let mut left = budget.max(1);
        while left > 0 {
            let (unit, mut run) = match self.running.take() {
                Some(running) => running,
                None => match self.results.units().nth(self.next) {
                    Some(unit) => (unit, self.results.sweep.begin(unit)?),
                    None => return Ok(true),
                },
            };
            let before = run.happened();
            if !run.advance(end, left) {
                self.running = Some((unit, run));
                return Ok(false);
            }
            // A run in which nothing happens costs something too.
            left = left.saturating_sub(run.happened() - before + 1);
            let reading = self.results.sweep.read(&run.outcome());
            self.results.insert(unit, reading);
            self.next += 1;
        }
        Ok(self.results.is_complete())
    }

    /// What is still to be done, when what was done so far took this many seconds: a first slice
    /// serves as the probe. It assumes that simulated time costs the same everywhere.
    pub fn estimate(&self, seconds_so_far: f64) -> Estimate {
        let lasts = self.results.sweep.plan().lasts;
        let (done, all) = self.results.progress();
        let within = self.running.as_ref().map_or(Span::ZERO, |(_, run)| {
            run.now() - crate::time::SimTime::ZERO
        });
        let passed = (lasts * done + within).as_secs_f64();
        let simulated = (lasts * (all - done)).saturating_sub(within);
        Estimate {
            runs: all - done,
            simulated,
            seconds: (passed > 0.0).then(|| seconds_so_far / passed * simulated.as_secs_f64()),
        }
    }
}
