//! Two to four variants of a run in lock step, and in what they differ.
//!
//! How they are played is in `lockstep`: to whoever plays it, a comparison is its first variant.

use thiserror::Error;

use crate::catalog::Pattern;
use crate::kernel::engine::SET;
use crate::kernel::metrics::{Metric, MetricSpec, Metrics};
use crate::kernel::session::{Chart, RunState, Session, SessionError};
use crate::lab::Reduction;
use crate::sorted::SortedMap;
use crate::spec::{find, meant};
use crate::time::SimTime;
use crate::value::Value;

/// The most variants that are compared at once.
pub const VARIANTS_MAX: usize = 4;

/// The key of a link's view that says how many variants there are.
pub const VARIANTS_KEY: &str = "variants";

/// Knobs in which a variant differs from the first, by their keys.
pub type Differences = SortedMap<String, Value>;

/// Why variants cannot be compared.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CompareError {
    /// Too few or too many.
    #[error("{given} variants cannot be compared: choose from 2 to {VARIANTS_MAX}")]
    Count {
        /// How many were given.
        given: usize,
    },
    /// They would meet different arrivals.
    #[error(
        "variant {variant} has the seed {seed}, the first one {first}: give both the same, so that they meet the same arrivals"
    )]
    Seed {
        /// Which one, from 1 on.
        variant: usize,
        /// Its seed.
        seed: u64,
        /// The first one's seed.
        first: u64,
    },
    /// One cannot be opened.
    #[error("variant {variant}: {problem}")]
    Open {
        /// Which one, from 1 on.
        variant: usize,
        /// Why not.
        problem: SessionError,
    },
}

/// A knob in which variants differ now.
#[derive(Debug, Clone, PartialEq)]
pub struct KnobDifference {
    /// The knob's key.
    pub key: &'static str,
    /// Its name.
    pub label: &'static str,
    /// The unit of its value.
    pub unit: &'static str,
    /// Its value in each variant.
    pub values: Vec<Value>,
}

/// A metric in which variants differ now.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricDifference {
    /// What is measured.
    pub spec: MetricSpec,
    /// How it became one number.
    pub reduction: Reduction,
    /// Its value in each variant; NaN where nothing was measured.
    pub values: Vec<f64>,
}

impl MetricDifference {
    /// How much more or less a variant has than the first.
    pub fn change(&self, variant: usize) -> f64 {
        let of = |index: usize| self.values.get(index).copied().unwrap_or(f64::NAN);
        of(variant) - of(0)
    }
}

/// Variants of one run that stand at the same instant. They share the seed, and so, by named
/// streams, the arrivals and whatever else the knobs they differ in do not touch.
///
/// ```
/// use orrery_core::catalog;
/// use orrery_core::kernel::session::{RunState, Session};
/// use orrery_core::lab::Compare;
/// use orrery_core::sorted::SortedMap;
/// use orrery_core::time::SimTime;
/// use orrery_core::value::Value;
///
/// let pattern = catalog::find("token-bucket").expect("it is registered");
/// let larger = SortedMap::from([("capacity".to_owned(), Value::Int(40))]);
/// let mut compare = Compare::beside(pattern, &RunState::default(), &[larger])?;
/// compare.seek(SimTime::from_secs(5));
/// assert_eq!(compare.knobs().len(), 1);
/// # Ok::<(), orrery_core::lab::CompareError>(())
/// ```
pub struct Compare {
    pub(super) pattern: &'static Pattern,
    /// At least one; the first is the one that is played.
    pub(super) sessions: Vec<Box<dyn Session>>,
}

impl std::fmt::Debug for Compare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let states: Vec<RunState> = self
            .sessions
            .iter()
            .map(|session| session.state())
            .collect();
        f.debug_struct("Compare")
            .field("variants", &states)
            .finish()
    }
}

impl Compare {
    /// Opens the variants and brings all of them to where the first one's cursor is.
    ///
    /// # Errors
    /// Too few or too many variants, different seeds, or one that cannot be opened.
    pub fn open(pattern: &'static Pattern, variants: &[RunState]) -> Result<Self, CompareError> {
        let given = variants.len();
        if !(2..=VARIANTS_MAX).contains(&given) {
            return Err(CompareError::Count { given });
        }
        let (first, at) = (variants[0].seed, variants[0].cursor.at);
        let mut sessions = Vec::with_capacity(given);
        for (variant, state) in (1..).zip(variants) {
            if state.seed != first {
                return Err(CompareError::Seed {
                    variant,
                    seed: state.seed,
                    first,
                });
            }
            let opened = (pattern.machine.open)(state);
            let mut session = opened.map_err(|problem| CompareError::Open { variant, problem })?;
            session.seek(at);
            sessions.push(session);
        }
        Ok(Self { pattern, sessions })
    }

    /// Opens a run, and beside it the same run with other knobs from its start.
    ///
    /// # Errors
    /// As [`Compare::open`].
    pub fn beside(
        pattern: &'static Pattern,
        first: &RunState,
        others: &[Differences],
    ) -> Result<Self, CompareError> {
        let others = others.iter().map(|knobs| with_knobs(first.clone(), knobs));
        let variants: Vec<RunState> = std::iter::once(first.clone()).chain(others).collect();
        Self::open(pattern, &variants)
    }

    /// The pattern.
    pub const fn pattern(&self) -> &'static Pattern {
        self.pattern
    }

    /// The variants, all at one instant.
    pub fn sessions(&self) -> &[Box<dyn Session>] {
        &self.sessions
    }

    /// The instant at which all of them stand.
    pub fn now(&self) -> SimTime {
        self.sessions[0].cursor().at
    }

    /// Gives one variant, counted from zero, another value of a knob from the start of its run on,
    /// and brings it to the instant of the others.
    ///
    /// # Errors
    /// Why it cannot have that value; nothing has changed then.
    pub fn set_knob_of(
        &mut self,
        variant: usize,
        key: &str,
        value: &Value,
    ) -> Result<(), SessionError> {
        let Some(session) = self.sessions.get(variant) else {
            return Ok(());
        };
        let spec = find((self.pattern.machine.knobs)(), key)?;
        let value = spec.accept(value)?;
        if session.knob(key).as_ref() == Some(&value) {
            return Ok(());
        }
        let knobs = Differences::from([(key.to_owned(), value)]);
        self.sessions[variant] = self.reopened(&with_knobs(session.state(), &knobs))?;
        Ok(())
    }

    /// Adds the first variant once more with other knobs.
    ///
    /// # Errors
    /// Too many variants, or one that cannot be opened; nothing has changed then.
    pub fn add(&mut self, knobs: &Differences) -> Result<(), CompareError> {
        let variant = self.sessions.len() + 1;
        if variant > VARIANTS_MAX {
            return Err(CompareError::Count { given: variant });
        }
        let state = with_knobs(self.sessions[0].state(), knobs);
        let opened = self.reopened(&state);
        let session = opened.map_err(|problem| CompareError::Open { variant, problem })?;
        self.sessions.push(session);
        Ok(())
    }

    /// Takes a variant away, counted from zero. The last two stay.
    pub fn remove(&mut self, variant: usize) {
        if self.sessions.len() > 2 && variant < self.sessions.len() {
            self.sessions.remove(variant);
        }
    }

    fn reopened(&self, state: &RunState) -> Result<Box<dyn Session>, SessionError> {
        let mut session = (self.pattern.machine.open)(state)?;
        session.seek(self.now());
        Ok(session)
    }

    /// For each variant but the first, in which knobs it differs from the first now.
    pub fn differences(&self) -> Vec<Differences> {
        let specs = (self.pattern.machine.knobs)();
        let (first, others) = (&self.sessions[0], &self.sessions[1..]);
        let differs = |session: &dyn Session| {
            let keys = specs.iter().map(|spec| spec.key);
            let other = keys.filter(|key| session.knob(key) != first.knob(key));
            other
                .filter_map(|key| Some((key.to_owned(), session.knob(key)?)))
                .collect()
        };
        others.iter().map(|session| differs(&**session)).collect()
    }

    /// The knobs in which they differ now.
    pub fn knobs(&self) -> Vec<KnobDifference> {
        let specs = (self.pattern.machine.knobs)().iter();
        let differences = specs.map(|spec| KnobDifference {
            key: spec.key,
            label: spec.label,
            unit: spec.unit,
            values: self
                .sessions
                .iter()
                .map(|session| {
                    session
                        .knob(spec.key)
                        .unwrap_or_else(|| spec.default.clone())
                })
                .collect(),
        });
        differences
            .filter(|knob| knob.values.iter().any(|value| *value != knob.values[0]))
            .collect()
    }

    /// Whether they do different things, or the same at different times.
    pub fn scripts_differ(&self) -> bool {
        let script = |session: &dyn Session| session.state().script;
        let first = script(&*self.sessions[0]);
        self.sessions
            .iter()
            .any(|session| script(&**session) != first)
    }

    /// Every metric, as one number for each variant at the present instant: those in which they
    /// differ and those in which they do not.
    pub fn metrics(&self) -> Vec<MetricDifference> {
        let specs = (self.pattern.machine.metrics)().iter().enumerate();
        let compared = specs.map(|(index, spec)| {
            let sessions = self.sessions.iter();
            let mean = |at: SimTime, metrics: &Metrics| metrics.mean(Metric(index), at);
            MetricDifference {
                spec: *spec,
                // Every kind of metric has at least one, and it is the mean.
                reduction: Reduction::of(spec.kind)[0],
                values: sessions
                    .map(|session| mean(session.cursor().at, session.metrics()))
                    .collect(),
            }
        });
        compared.collect()
    }

    /// A metric over time, one series for each variant.
    pub fn series(&self, key: &str) -> Vec<Chart> {
        let charts = self.sessions.iter().flat_map(|session| session.charts());
        charts.filter(|chart| chart.spec.key == key).collect()
    }
}

/// The run with other knobs from its start on, whatever its script did to them.
fn with_knobs(mut state: RunState, knobs: &Differences) -> RunState {
    let branches = state.branches.iter_mut().map(|branch| &mut branch.script);
    for script in branches.chain([&mut state.script]) {
        for entry in script.iter_mut().filter(|entry| entry.call.name == SET) {
            entry.call.args.retain(|key, _| !knobs.contains_key(key));
        }
        script.retain(|entry| entry.call.name != SET || !entry.call.args.is_empty());
    }
    state.knobs.extend(knobs.clone());
    state
}

/// The variants as entries of a link's view: how many there are, and the knobs of all but the
/// first, as `2.capacity`.
pub fn write_variants(others: &[Differences]) -> SortedMap<String, String> {
    let count = (VARIANTS_KEY.to_owned(), (others.len() + 1).to_string());
    let knobs = (2..).zip(others).flat_map(|(variant, knobs): (u32, _)| {
        let named = knobs.iter();
        named.map(move |(key, value)| (format!("{variant}.{key}"), value.to_string()))
    });
    std::iter::once(count).chain(knobs).collect()
}

/// What [`write_variants`] wrote, and a sentence for each part that cannot be read. None when the
/// view compares nothing.
pub fn read_variants(
    pattern: &Pattern,
    view: &SortedMap<String, String>,
) -> (Option<Vec<Differences>>, Vec<String>) {
    let Some(count) = view.get(VARIANTS_KEY) else {
        return (None, Vec::new());
    };
    let mut problems = Vec::new();
    let given = count.parse().unwrap_or(0);
    if !(2..=VARIANTS_MAX).contains(&given) {
        let count: String = count.chars().take(40).collect();
        problems.push(format!(
            "the link says _{VARIANTS_KEY}={count}, which is not a number from 2 to {VARIANTS_MAX}"
        ));
        return (None, problems);
    }
    let specs = (pattern.machine.knobs)();
    let mut others = vec![Differences::new(); given - 1];
    for (key, text) in view {
        let Some((variant, key)) = key.split_once('.') else {
            continue;
        };
        let variant = variant.parse::<usize>().ok();
        let Some(knobs) = variant.and_then(|variant| others.get_mut(variant.checked_sub(2)?))
        else {
            continue;
        };
        let read = meant(specs, key).and_then(|specs| {
            let parts = specs.into_iter();
            let parts = parts.map(|spec| Ok((spec.key.to_owned(), spec.parse(text)?)));
            parts.collect::<Result<Vec<_>, _>>()
        });
        match read {
            Ok(parts) => parts.into_iter().for_each(|(key, value)| {
                knobs.insert(key, value);
            }),
            Err(problem) => problems.push(problem.to_string()),
        }
    }
    (Some(others), problems)
}
