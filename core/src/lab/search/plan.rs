//! What a search is asked to do, and what makes no search.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::catalog::Pattern;
use crate::kernel::session::{RUN_MAX, RunState, SessionError};
use crate::lab::breaking::BrokenVariant;
use crate::lab::trial::Promise;
use crate::simulation::PropertyKind;
use crate::time::{SimTime, Span};

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
    /// Events in all. Looked at after every [`BATCH`](super::BATCH) runs, so that it does not depend on who makes
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

const RUNS_MAX: u64 = 1_000_000_000_000;
const EVENTS_MAX: u64 = 1_000_000_000_000_000;

/// Whether length and budget of a plan allow a search.
pub(super) fn check_limits(plan: &SearchPlan) -> Result<(), SearchError> {
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

/// The index of a promise that a run can break.
pub(super) fn breakable(promises: &[Promise], name: &str) -> Result<usize, SearchError> {
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
