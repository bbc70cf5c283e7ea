//! A sweep: a checked plan, cut into units of work that are runs of their own.

use crate::catalog::Pattern;
use crate::kernel::session::{RunState, SessionError};
use crate::lab::measure::Reader;
use crate::lab::plan::AxisName;
use crate::lab::{Outcome, PlanError, Run, Shard, Slices, SweepPlan, Theory, UNITS_MAX};
use crate::time::SimTime;
use crate::value::Value;

/// A plan that can be carried out. What unit `k` runs follows from the plan and `k` alone, so that
/// units can be handed to anyone, in any order.
///
/// ```
/// use orrery_core::catalog;
/// use orrery_core::kernel::session::RunState;
/// use orrery_core::lab::{Axis, Measure, Sweep, SweepPlan};
/// use orrery_core::time::Span;
///
/// let pattern = catalog::find("token-bucket").expect("it is registered");
/// let x = Axis::range("capacity", 5.0, 20.0, 4);
/// let measure = Measure::parse("admitted:rate", pattern)?;
/// let mut plan = SweepPlan::new(pattern, &RunState::default(), x, measure);
/// (plan.runs, plan.lasts) = (3, Span::from_secs(10));
///
/// let mut slices = Sweep::new(plan, pattern)?.start();
/// while !slices.advance(50_000)? {
///     // A page would draw the points so far, and see to its reader.
/// }
/// assert_eq!(slices.results().points().len(), 4);
/// # Ok::<(), orrery_core::lab::PlanError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sweep {
    plan: SweepPlan,
    pattern: &'static Pattern,
    base: RunState,
    xs: Vec<Value>,
    ys: Vec<Value>,
    reader: Reader,
    theory: Option<Theory>,
}

/// Where a unit belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The point, counted along x first, then along y.
    pub point: usize,
    /// Which run of that point.
    pub run: u32,
}

impl Sweep {
    /// Checks a plan.
    ///
    /// # Errors
    /// What is wrong with it, where, and what to do.
    pub fn new(plan: SweepPlan, pattern: &'static Pattern) -> Result<Self, PlanError> {
        plan.check_base(pattern)?;
        let xs = plan.x.check(AxisName::X, pattern)?;
        let ys = match &plan.y {
            Some(y) if y.knob == plan.x.knob => {
                let knob = y.knob.clone();
                return Err(PlanError::SameKnob { knob });
            }
            Some(y) => y.check(AxisName::Y, pattern)?,
            None => Vec::new(),
        };
        let points = xs.len() as u64 * ys.len().max(1) as u64;
        let units = points.saturating_mul(u64::from(plan.runs));
        if units > UNITS_MAX {
            return Err(PlanError::TooMany {
                points,
                runs: plan.runs,
                units,
                max: UNITS_MAX,
            });
        }
        let reader = plan.measure.resolve(pattern)?;
        let experiments = (pattern.experiments)();
        let theory = experiments
            .iter()
            .find(|experiment| experiment.speaks_of(&plan))
            .map(|experiment| experiment.theory);
        Ok(Self {
            base: plan.base(),
            plan,
            pattern,
            xs,
            ys,
            reader,
            theory,
        })
    }

    /// The plan.
    pub const fn plan(&self) -> &SweepPlan {
        &self.plan
    }

    /// The pattern.
    pub const fn pattern(&self) -> &'static Pattern {
        self.pattern
    }

    /// The values on x.
    pub fn xs(&self) -> &[Value] {
        &self.xs
    }

    /// The values on y; empty when there is no such axis.
    pub fn ys(&self) -> &[Value] {
        &self.ys
    }

    /// What theory says of it, when it is an experiment as the pattern declares it, however many
    /// runs it takes and from whatever seed.
    pub const fn theory(&self) -> Option<&Theory> {
        self.theory.as_ref()
    }

    /// How many points it has.
    pub fn point_count(&self) -> usize {
        self.xs.len() * self.ys.len().max(1)
    }

    /// How many runs it takes.
    pub fn units(&self) -> u64 {
        self.point_count() as u64 * u64::from(self.plan.runs)
    }

    /// Where a unit belongs. The first runs of all points come first, so that a sweep that is
    /// stopped early knows a little of every point.
    pub fn place(&self, unit: u64) -> Place {
        let points = self.point_count() as u64;
        // Fits: both are bounded by the most runs that a sweep may have.
        Place {
            point: (unit % points) as usize,
            run: (unit / points) as u32,
        }
    }

    /// The values of x and y at a point.
    pub fn values(&self, point: usize) -> (&Value, Option<&Value>) {
        let (x, y) = (point % self.xs.len(), point / self.xs.len());
        (&self.xs[x], self.ys.get(y))
    }

    /// The run of a unit: also what to open to watch it.
    pub fn state(&self, unit: u64) -> RunState {
        let place = self.place(unit);
        let (x, y) = self.values(place.point);
        let mut state = self.base.clone();
        state.seed = self.seed(place.run);
        state.knobs.insert(self.plan.x.knob.clone(), x.clone());
        if let (Some(axis), Some(y)) = (&self.plan.y, y) {
            state.knobs.insert(axis.knob.clone(), y.clone());
        }
        state
    }

    /// The seed of a run, the same at every point.
    pub const fn seed(&self, run: u32) -> u64 {
        self.plan.seed.wrapping_add(run as u64)
    }

    /// When each run ends.
    pub fn end(&self) -> SimTime {
        SimTime::ZERO + self.plan.lasts
    }

    /// Starts the run of a unit, to be taken in slices.
    ///
    /// # Errors
    /// Why the pattern cannot start it.
    pub fn begin(&self, unit: u64) -> Result<Box<dyn Run>, SessionError> {
        (self.pattern.machine.start)(&self.state(unit))
    }

    /// What is read from a run that has ended; NaN when it measured nothing.
    pub fn read(&self, outcome: &Outcome) -> f64 {
        let value = self.reader.read(outcome);
        if value.is_finite() { value } else { f64::NAN }
    }

    /// Makes the run of a unit and reads it.
    ///
    /// # Errors
    /// Why the pattern cannot start it.
    pub fn run(&self, unit: u64) -> Result<f64, SessionError> {
        let mut run = self.begin(unit)?;
        run.advance(self.end(), u64::MAX);
        Ok(self.read(&run.outcome()))
    }

    /// All of it, in slices.
    pub fn start(self) -> Slices {
        self.start_shard(Shard::WHOLE)
    }

    /// A part of it, in slices.
    pub fn start_shard(self, shard: Shard) -> Slices {
        Slices::new(self, shard)
    }
}
