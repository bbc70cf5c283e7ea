//! A measured sweep, or a part of one, as a value that is written, read and joined.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::catalog::Pattern;
use crate::lab::{PlanError, Results, Shard, Sweep, SweepPlan};

/// The readings of a sweep or of a part of it, with all that it takes to make them again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The version of Orrery that measured it.
    pub orrery: String,
    /// What was measured.
    pub plan: SweepPlan,
    /// Which part it is.
    pub shard: Shard,
    /// What each run read, in the order of the units.
    pub readings: Vec<Option<Reading>>,
}

/// What a run read. A run that was not made has none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Reading {
    /// A number.
    Number(f64),
    /// The run measured nothing.
    Nothing(Nothing),
}

/// Stands for a reading where there was nothing to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nothing {
    /// As it is written.
    Nothing,
}

/// Why parts cannot be joined or a part cannot be read.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum MergeError {
    /// There are none.
    #[error("there are no parts to join: name at least one file")]
    Empty,
    /// The plan is wrong.
    #[error("{name}: {problem}")]
    Plan {
        /// The part.
        name: String,
        /// Why.
        problem: Box<PlanError>,
    },
    /// The parts measure different things.
    #[error("{name} has another plan than {first}: parts of one sweep only can be joined")]
    OtherPlan {
        /// The part.
        name: String,
        /// The part it was compared with.
        first: String,
    },
    /// The parts were measured by different versions.
    #[error(
        "{name} was measured by Orrery {version}, {first} by {first_version}: measure both with one version"
    )]
    OtherVersion {
        /// The part.
        name: String,
        /// Its version.
        version: String,
        /// The part it was compared with.
        first: String,
        /// That one's version.
        first_version: String,
    },
    /// The parts come from different divisions.
    #[error("{name} is part {shard}, but {first} is one of {of} parts: divide the sweep once")]
    OtherDivision {
        /// The part.
        name: String,
        /// Its shard.
        shard: Shard,
        /// The part it was compared with.
        first: String,
        /// How many parts that one is of.
        of: u32,
    },
    /// A part is there twice.
    #[error("{name} and {other} are both part {shard}: leave one out")]
    Twice {
        /// The part.
        name: String,
        /// The other one.
        other: String,
        /// Its shard.
        shard: Shard,
    },
    /// Parts are missing.
    #[error("{missing} of {of} parts are missing: {which}")]
    Missing {
        /// How many.
        missing: usize,
        /// Of how many.
        of: u32,
        /// Which.
        which: String,
    },
    /// A part is not whole.
    #[error("{name} holds {done} of {all} runs: let it finish first")]
    Unfinished {
        /// The part.
        name: String,
        /// How many runs were made.
        done: u64,
        /// How many there are.
        all: u64,
    },
    /// The numbers of a part do not fit together.
    #[error(
        "{name} says it is part {shard} and holds {given} readings where {expected} belong: it is damaged"
    )]
    Damaged {
        /// The part.
        name: String,
        /// Its shard.
        shard: Shard,
        /// How many readings it has.
        given: usize,
        /// How many it should have.
        expected: usize,
    },
}

impl Results {
    /// These results as a value.
    pub fn part(&self) -> Part {
        let reading = |reading: &f64| {
            if reading.is_finite() {
                Reading::Number(*reading)
            } else {
                Reading::Nothing(Nothing::Nothing)
            }
        };
        Part {
            orrery: env!("CARGO_PKG_VERSION").to_owned(),
            plan: self.sweep().plan().clone(),
            shard: self.shard(),
            readings: self
                .readings()
                .iter()
                .map(|slot| slot.as_ref().map(reading))
                .collect(),
        }
    }
}

impl Part {
    /// The results that this value stands for; `name` stands in what is said of it.
    ///
    /// # Errors
    /// A plan that cannot be carried out, or readings that do not fit it.
    pub fn results(&self, name: &str, pattern: &'static Pattern) -> Result<Results, MergeError> {
        let plan = |problem| MergeError::Plan {
            name: name.to_owned(),
            problem: Box::new(problem),
        };
        let sweep = Sweep::new(self.plan.clone(), pattern).map_err(plan)?;
        let damaged = |expected| MergeError::Damaged {
            name: name.to_owned(),
            shard: self.shard,
            given: self.readings.len(),
            expected,
        };
        if !self.shard.is_valid() {
            return Err(damaged(0));
        }
        let mut results = Results::new(sweep, self.shard);
        if results.readings().len() != self.readings.len() {
            return Err(damaged(results.readings().len()));
        }
        for (unit, reading) in results.units().zip(&self.readings) {
            match reading {
                Some(Reading::Number(number)) => results.insert(unit, *number),
                Some(Reading::Nothing(_)) => results.insert(unit, f64::NAN),
                None => false,
            };
        }
        Ok(results)
    }
}

/// Joins the parts of one sweep: what comes out is bit for bit what one run of the whole gives.
///
/// # Errors
/// Parts of different sweeps, versions or divisions; parts that are missing, doubled, unfinished
/// or damaged.
pub fn merge(parts: &[(String, Part)], pattern: &'static Pattern) -> Result<Results, MergeError> {
    let Some((first, head)) = parts.first() else {
        return Err(MergeError::Empty);
    };
    for (name, part) in parts {
        check_alike(name, part, first, head)?;
    }
    let of = head.shard.of;
    let held: Vec<Option<&(String, Part)>> = by_index(parts, of)?;
    let absent: Vec<String> = (1..=of)
        .zip(&held)
        .filter(|(_, part)| part.is_none())
        .map(|(index, _)| format!("{index}/{of}"))
        .collect();
    if !absent.is_empty() {
        let shown = absent.len().min(20);
        let more = if shown < absent.len() { ", …" } else { "" };
        return Err(MergeError::Missing {
            missing: absent.len(),
            of,
            which: format!("{}{more}", absent[..shown].join(", ")),
        });
    }
    let mut whole: Option<Results> = None;
    for (name, part) in held.into_iter().flatten() {
        let results = part.results(name, pattern)?;
        if !results.is_complete() {
            let (done, all) = results.progress();
            return Err(MergeError::Unfinished {
                name: name.clone(),
                done,
                all,
            });
        }
        let whole =
            whole.get_or_insert_with(|| Results::new(results.sweep().clone(), Shard::WHOLE));
        for unit in results.units() {
            whole.insert(unit, results.reading(unit).unwrap_or(f64::NAN));
        }
    }
    whole.ok_or(MergeError::Empty)
}

fn check_alike(name: &str, part: &Part, first: &str, head: &Part) -> Result<(), MergeError> {
    let (name, first) = (name.to_owned(), first.to_owned());
    if part.plan != head.plan {
        return Err(MergeError::OtherPlan { name, first });
    }
    if part.orrery != head.orrery {
        return Err(MergeError::OtherVersion {
            name,
            version: part.orrery.clone(),
            first,
            first_version: head.orrery.clone(),
        });
    }
    if part.shard.of != head.shard.of || !part.shard.is_valid() {
        return Err(MergeError::OtherDivision {
            name,
            shard: part.shard,
            first,
            of: head.shard.of,
        });
    }
    Ok(())
}

fn by_index(parts: &[(String, Part)], of: u32) -> Result<Vec<Option<&(String, Part)>>, MergeError> {
    // A file may claim any number of parts; no more are looked for than can be missing.
    let mut held = vec![None; (of as usize).min(parts.len() + MISSING_LISTED)];
    for part in parts {
        let index = part.1.shard.index as usize - 1;
        let Some(slot) = held.get_mut(index) else {
            return Err(MergeError::Missing {
                missing: of as usize - parts.len(),
                of,
                which: format!("only {} are here", parts.len()),
            });
        };
        let held: &mut Option<&(String, Part)> = slot;
        if let Some((other, _)) = held {
            return Err(MergeError::Twice {
                name: part.0.clone(),
                other: other.clone(),
                shard: part.1.shard,
            });
        }
        *held = Some(part);
    }
    Ok(held)
}

/// So many missing parts are looked for by name.
const MISSING_LISTED: usize = 10_000;
