//! What is read from a run: one number.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::catalog::Pattern;
use crate::kernel::metrics::{Metric, MetricKind, MetricSpec};
use crate::lab::{Outcome, PlanError};

/// The number that a sweep reads from each run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// A metric, brought down to one number.
    Metric {
        /// The metric's key.
        key: String,
        /// How.
        reduction: Reduction,
    },
    /// The total of one metric over that of another.
    Ratio {
        /// The key of the metric above the line.
        part: String,
        /// The key of the metric below it.
        whole: String,
    },
    /// 1 when the run breaks a promise, otherwise 0: the mean is the share of runs that do.
    Broken {
        /// The name of the promise.
        promise: String,
    },
    /// What an experiment of the pattern reads.
    Experiment {
        /// The experiment's key.
        slug: String,
    },
}

/// How a metric over a whole run becomes one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// A gauge's mean over time, the mean value of a histogram.
    Mean,
    /// A counter's total, the number of values in a histogram.
    Total,
    /// The same per second.
    Rate,
    /// A gauge's level at the end.
    Last,
    /// The median of a histogram.
    P50,
    /// The 90th percentile of a histogram.
    P90,
    /// The 95th percentile of a histogram.
    P95,
    /// The 99th percentile of a histogram.
    P99,
    /// A gauge's highest level, the largest value of a histogram.
    Max,
}

impl Reduction {
    /// The reductions that a kind of metric has; the first is taken when none is named.
    pub const fn of(kind: MetricKind) -> &'static [Self] {
        match kind {
            MetricKind::Counter => &[Self::Rate, Self::Total],
            MetricKind::Gauge => &[Self::Mean, Self::Max, Self::Last],
            MetricKind::Histogram => &[
                Self::Mean,
                Self::P50,
                Self::P90,
                Self::P95,
                Self::P99,
                Self::Max,
                Self::Total,
                Self::Rate,
            ],
        }
    }

    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Total => "total",
            Self::Rate => "rate",
            Self::Last => "last",
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Max => "max",
        }
    }

    fn read(self, outcome: &Outcome, metric: Metric) -> f64 {
        let metrics = &outcome.metrics;
        let quantile = |q: f64| {
            metrics
                .histogram(metric)
                .map_or(f64::NAN, |histogram| histogram.quantile(q))
        };
        match self {
            Self::Mean => metrics.mean(metric, outcome.now),
            Self::Total | Self::Last => metrics.value(metric),
            Self::Rate => metrics.value(metric) / outcome.now.as_secs_f64(),
            Self::P50 => quantile(0.5),
            Self::P90 => quantile(0.9),
            Self::P95 => quantile(0.95),
            Self::P99 => quantile(0.99),
            Self::Max => metrics.max(metric),
        }
    }
}

impl fmt::Display for Reduction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A measure whose names have been looked up.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reader {
    Metric(Metric, Reduction),
    Ratio(Metric, Metric),
    Broken(&'static str),
    Own(fn(&Outcome) -> f64),
}

impl Reader {
    pub(super) fn read(self, outcome: &Outcome) -> f64 {
        match self {
            Self::Metric(metric, reduction) => reduction.read(outcome, metric),
            Self::Ratio(part, whole) => outcome.metrics.value(part) / outcome.metrics.value(whole),
            Self::Broken(promise) => {
                let unreached = outcome.unreached.contains(&promise);
                f64::from(u8::from(outcome.violates(promise) || unreached))
            }
            Self::Own(measure) => measure(outcome),
        }
    }
}

impl Measure {
    /// Reads `key`, `key:reduction` or `part/whole`.
    ///
    /// # Errors
    /// A metric that the pattern does not have, or a reduction that the metric does not.
    pub fn parse(text: &str, pattern: &Pattern) -> Result<Self, PlanError> {
        let measure = if let Some((part, whole)) = text.split_once('/') {
            Self::Ratio {
                part: part.trim().to_owned(),
                whole: whole.trim().to_owned(),
            }
        } else {
            let (key, word) = text.split_once(':').unwrap_or((text, ""));
            let (_, spec) = find(pattern, key.trim())?;
            let offered = Reduction::of(spec.kind);
            let named = |reduction: &&Reduction| word.is_empty() || reduction.name() == word.trim();
            let reduction = offered
                .iter()
                .find(named)
                .ok_or_else(|| refuse(spec, word))?;
            Self::Metric {
                key: spec.key.to_owned(),
                reduction: *reduction,
            }
        };
        measure.resolve(pattern).map(|_| measure)
    }

    /// What stands on the axis.
    pub fn label(&self, pattern: &Pattern) -> String {
        let label =
            |key: &str| find(pattern, key).map_or(key.to_owned(), |(_, s)| s.label.to_owned());
        match self {
            Self::Metric { key, reduction } => match find(pattern, key) {
                Ok((_, spec)) => {
                    let per = if *reduction == Reduction::Rate {
                        " per second"
                    } else {
                        ""
                    };
                    format!("{}, {reduction} ({}{per})", spec.label, spec.unit)
                }
                Err(_) => format!("{key}, {reduction}"),
            },
            Self::Ratio { part, whole } => format!("{} / {}", label(part), label(whole)),
            Self::Broken { promise } => format!("share of runs that break “{promise}”"),
            Self::Experiment { slug } => {
                let mut experiments = (pattern.experiments)().into_iter();
                let found = experiments.find(|experiment| experiment.slug == slug);
                found.map_or_else(|| slug.clone(), |experiment| experiment.y.to_owned())
            }
        }
    }

    pub(super) fn resolve(&self, pattern: &Pattern) -> Result<Reader, PlanError> {
        match self {
            Self::Metric { key, reduction } => {
                let (metric, spec) = find(pattern, key)?;
                if Reduction::of(spec.kind).contains(reduction) {
                    Ok(Reader::Metric(metric, *reduction))
                } else {
                    Err(refuse(spec, reduction.name()))
                }
            }
            Self::Ratio { part, whole } => Ok(Reader::Ratio(
                find(pattern, part)?.0,
                find(pattern, whole)?.0,
            )),
            Self::Broken { promise } => {
                let promises = (pattern.machine.properties)();
                let found = promises.iter().find(|name| *name == promise);
                found
                    .map(|name| Reader::Broken(name))
                    .ok_or_else(|| PlanError::UnknownPromise {
                        name: promise.clone(),
                        known: promises.join("; "),
                    })
            }
            Self::Experiment { slug } => {
                let experiments = (pattern.experiments)();
                let found = experiments
                    .iter()
                    .find(|experiment| experiment.slug == slug);
                let known = || {
                    experiments
                        .iter()
                        .map(|e| e.slug)
                        .collect::<Vec<_>>()
                        .join(", ")
                };
                found
                    .map(|experiment| Reader::Own(experiment.measure))
                    .ok_or_else(|| PlanError::UnknownExperiment {
                        slug: slug.clone(),
                        known: known(),
                    })
            }
        }
    }
}

fn refuse(spec: &MetricSpec, given: &str) -> PlanError {
    let known: Vec<&str> = Reduction::of(spec.kind).iter().map(|r| r.name()).collect();
    PlanError::Reduction {
        metric: spec.label,
        given: given.to_owned(),
        known: known.join(", "),
    }
}

/// The metric with this key.
pub(super) fn find(
    pattern: &Pattern,
    key: &str,
) -> Result<(Metric, &'static MetricSpec), PlanError> {
    let specs = (pattern.machine.metrics)();
    Metric::find(key, specs).ok_or_else(|| PlanError::UnknownMetric {
        key: key.to_owned(),
        known: specs
            .iter()
            .map(|spec| spec.key)
            .collect::<Vec<_>>()
            .join(", "),
    })
}
