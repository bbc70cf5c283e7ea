//! Something to stop at: a metric that passes a number.
//!
//! A condition is read after each event, from what was measured by then and nothing else, so it
//! comes true at the same place however the run is played, sought or sliced.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::kernel::metrics::{Histogram, Metric, MetricKind, MetricSpec, Metrics};
use crate::real::plain;
use crate::time::SimTime;

/// A comparison of something measured with a number.
///
/// ```
/// use orrery_core::catalog;
/// use orrery_core::condition::Condition;
///
/// let bucket = catalog::find("token-bucket").expect("it is registered");
/// let metrics = (bucket.machine.metrics)();
/// let condition = Condition::parse("refused > 5", metrics)?;
/// assert_eq!(condition.to_string(), "refused:rate>5");
/// let wrong = Condition::parse("refused > lots", metrics).unwrap_err();
/// assert_eq!(wrong.to_string(), "“lots” is not a number: write one such as 5 or 0.2");
/// # Ok::<(), orrery_core::condition::ConditionError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condition {
    /// What is read.
    pub reading: Reading,
    /// How it compares.
    pub comparison: Comparison,
    /// With what.
    pub number: f64,
}

/// A number read from what was measured so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// One metric, read in one way.
    Metric(&'static MetricSpec, Metric, Way),
    /// The total of one metric over that of another.
    Ratio((&'static MetricSpec, Metric), (&'static MetricSpec, Metric)),
}

/// How a metric becomes a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// How many there were in the last whole second.
    Rate,
    /// How many there were so far.
    Total,
    /// How high it stands.
    Level,
    /// The highest so far.
    Max,
    /// The mean value so far.
    Mean,
    /// The median so far.
    P50,
    /// The 99th percentile so far.
    P99,
}

/// How two numbers compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// More than.
    Above,
    /// At least.
    AtLeast,
    /// Less than.
    Below,
    /// At most.
    AtMost,
}

/// Why a condition cannot be read.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ConditionError {
    /// There is nothing to compare with, or nothing to compare.
    #[error("“{0}” is not a condition: write a metric, one of > >= < <=, and a number")]
    Form(String),
    /// No such metric.
    #[error("there is no metric “{key}”; the metrics here are {known}")]
    Metric {
        /// What was asked for.
        key: String,
        /// What there is.
        known: String,
    },
    /// The metric cannot be read so.
    #[error("{metric} has no “{given}”; it has {known}")]
    Way {
        /// Its name.
        metric: &'static str,
        /// What was asked for.
        given: String,
        /// What there is.
        known: String,
    },
    /// What stands after the sign is no number.
    #[error("“{0}” is not a number: write one such as 5 or 0.2")]
    Number(String),
}

impl Way {
    /// The ways in which a kind of metric can be read; the first is taken when none is named.
    pub const fn of(kind: MetricKind) -> &'static [Self] {
        match kind {
            MetricKind::Counter => &[Self::Rate, Self::Total],
            MetricKind::Gauge => &[Self::Level, Self::Max],
            MetricKind::Histogram => &[
                Self::P99,
                Self::P50,
                Self::Mean,
                Self::Max,
                Self::Rate,
                Self::Total,
            ],
        }
    }

    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Total => "total",
            Self::Level => "level",
            Self::Max => "max",
            Self::Mean => "mean",
            Self::P50 => "p50",
            Self::P99 => "p99",
        }
    }

    /// What it means, in words that follow the name of a metric.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Rate => "in the last whole second",
            Self::Total => "in all so far",
            Self::Level => "now",
            Self::Max => "at its highest so far",
            Self::Mean => "on average so far",
            Self::P50 => "median so far",
            Self::P99 => "99th percentile so far",
        }
    }
}

impl Comparison {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Above, Self::AtLeast, Self::Below, Self::AtMost];

    /// Its sign.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }

    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Above => left > right,
            Self::AtLeast => left >= right,
            Self::Below => left < right,
            Self::AtMost => left <= right,
        }
    }
}

impl Reading {
    /// Reads `key`, `key:way` or `part/whole`.
    ///
    /// # Errors
    /// A metric that is not there, or one that cannot be read so.
    pub fn parse(text: &str, metrics: &'static [MetricSpec]) -> Result<Self, ConditionError> {
        if let Some((part, whole)) = text.split_once('/') {
            return Ok(Self::Ratio(find(part, metrics)?, find(whole, metrics)?));
        }
        let (key, word) = text.split_once(':').unwrap_or((text, ""));
        let (spec, metric) = find(key, metrics)?;
        let offered = Way::of(spec.kind);
        let word = word.trim();
        let named = |way: &&Way| word.is_empty() || way.name() == word;
        let way = offered.iter().find(named).ok_or_else(|| {
            let known: Vec<&str> = offered.iter().map(|way| way.name()).collect();
            ConditionError::Way {
                metric: spec.label,
                given: shorten(word),
                known: known.join(", "),
            }
        })?;
        Ok(Self::Metric(spec, metric, *way))
    }

    /// Its name, in words.
    pub fn label(&self) -> String {
        match self {
            Self::Metric(spec, _, way) => format!("{}, {}", spec.label, way.words()),
            Self::Ratio((part, _), (whole, _)) => format!("{} / {}", part.label, whole.label),
        }
    }

    /// The number; NaN when there is none yet.
    pub(crate) fn read(&self, metrics: &Metrics, lately: &Lately) -> f64 {
        match self {
            Self::Metric(_, metric, way) => {
                let quantile = |q: f64| {
                    let histogram = metrics.histogram(*metric);
                    histogram.map_or(f64::NAN, |histogram| histogram.quantile(q))
                };
                match way {
                    Way::Rate => lately.rate(*metric),
                    Way::Total | Way::Level => metrics.value(*metric),
                    Way::Max => metrics.max(*metric),
                    Way::Mean => {
                        let histogram = metrics.histogram(*metric);
                        histogram.map_or(f64::NAN, Histogram::mean)
                    }
                    Way::P50 => quantile(0.5),
                    Way::P99 => quantile(0.99),
                }
            }
            Self::Ratio((_, part), (_, whole)) => metrics.value(*part) / metrics.value(*whole),
        }
    }
}

impl Condition {
    /// Reads `key > number`, `key:way <= number` or `part/whole > number`.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn parse(text: &str, metrics: &'static [MetricSpec]) -> Result<Self, ConditionError> {
        let form = || ConditionError::Form(shorten(text));
        let at = text.find(['<', '>']).ok_or_else(form)?;
        let (left, rest) = text.split_at(at);
        // The longer signs first: each begins with a shorter one.
        let mut signs = Comparison::ALL.into_iter();
        let fits = |comparison: &Comparison| {
            let after = rest.strip_prefix(comparison.sign());
            after.is_some_and(|after| !after.starts_with('='))
        };
        let comparison = signs.find(fits).ok_or_else(form)?;
        if left.trim().is_empty() {
            return Err(form());
        }
        Ok(Self {
            reading: Reading::parse(left.trim(), metrics)?,
            comparison,
            number: number(&rest[comparison.sign().len()..])?,
        })
    }

    /// Whether it is true now; what cannot be read yet compares with nothing.
    pub(crate) fn holds(&self, metrics: &Metrics, lately: &Lately) -> bool {
        let read = self.reading.read(metrics, lately);
        self.comparison.holds(read, self.number)
    }

    /// The condition as a sentence has it.
    pub fn words(&self) -> String {
        format!(
            "{} {} {}",
            self.reading.label(),
            self.comparison.sign(),
            plain(self.number)
        )
    }
}

/// The number that was written.
///
/// # Errors
/// When it is none, or not finite.
pub fn number(text: &str) -> Result<f64, ConditionError> {
    let read = f64::from_str(text.trim()).ok();
    read.filter(|number| number.is_finite())
        .ok_or_else(|| ConditionError::Number(shorten(text.trim())))
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metric(spec, _, way) => write!(f, "{}:{}", spec.key, way.name()),
            Self::Ratio((part, _), (whole, _)) => write!(f, "{}/{}", part.key, whole.key),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{}{}",
            self.reading,
            self.comparison.sign(),
            plain(self.number)
        )
    }
}

/// How much was counted in the last whole second of a run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lately {
    /// Where the second under way ends, in nanoseconds.
    ends: u64,
    /// What was counted when it began.
    before: Vec<f64>,
    /// How much more was counted in the second before it.
    rates: Vec<f64>,
}

const SECOND: u64 = 1_000_000_000;

impl Lately {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        let none = vec![0.0; metrics.specs().len()];
        Self {
            ends: SECOND,
            before: none.clone(),
            rates: none,
        }
    }

    /// Comes to an instant before what happens there is counted.
    pub(crate) fn pass(&mut self, at: SimTime, metrics: &Metrics) {
        let nanos = at.as_nanos();
        if nanos < self.ends {
            return;
        }
        let is_next = nanos - self.ends < SECOND;
        for (index, (before, rate)) in self.before.iter_mut().zip(&mut self.rates).enumerate() {
            let now = metrics.value(Metric(index));
            *rate = if is_next { now - *before } else { 0.0 };
            *before = now;
        }
        self.ends = (nanos / SECOND * SECOND).saturating_add(SECOND);
    }

    fn rate(&self, metric: Metric) -> f64 {
        self.rates.get(metric.0).copied().unwrap_or(f64::NAN)
    }
}

fn find(
    key: &str,
    metrics: &'static [MetricSpec],
) -> Result<(&'static MetricSpec, Metric), ConditionError> {
    let key = key.trim();
    let found = Metric::find(key, metrics).map(|(metric, spec)| (spec, metric));
    found.ok_or_else(|| {
        let known: Vec<&str> = metrics.iter().map(|spec| spec.key).collect();
        ConditionError::Metric {
            key: shorten(key),
            known: known.join(", "),
        }
    })
}

fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics;

    metrics! {
        /// Requests turned away.
        REFUSED: Counter, "refused", "Refused", "requests";
        /// Requests seen.
        OFFERED: Counter, "offered", "Offered", "requests";
        /// Requests that wait.
        QUEUE: Gauge, "queue", "Queue", "requests";
        /// Time to an answer.
        LATENCY: Histogram, "latency", "Latency", "s";
    }

    #[test]
    fn each_kind_of_metric_offers_its_own_ways_the_usual_one_first() {
        for (metric, ways) in [
            (REFUSED, "rate total"),
            (OFFERED, "rate total"),
            (QUEUE, "level max"),
            (LATENCY, "p99 p50 mean max rate total"),
        ] {
            let offered = Way::of(METRICS[metric.0].kind).iter();
            let names: Vec<&str> = offered.map(|way| way.name()).collect();
            assert_eq!(names.join(" "), ways);
        }
    }

    #[test]
    fn what_is_written_is_read_and_written_again() {
        for (text, written) in [
            ("refused > 5", "refused:rate>5"),
            ("refused:total>=5", "refused:total>=5"),
            (" queue < 0.5 ", "queue:level<0.5"),
            ("latency:p99 <= 2e-3", "latency:p99<=0.002"),
            ("refused / offered > 0.05", "refused/offered>0.05"),
        ] {
            let condition = Condition::parse(text, METRICS).expect(text);
            assert_eq!(condition.to_string(), written);
            let again = Condition::parse(written, METRICS);
            assert_eq!(again, Ok(condition));
        }
    }

    #[test]
    fn what_makes_no_condition_gets_a_sentence() {
        for (text, sentence) in [
            ("", "“” is not a condition: write a metric, "),
            ("refused", "“refused” is not a condition: "),
            ("> 5", "“> 5” is not a condition: "),
            ("refused >", "“” is not a number: "),
            ("refused > NaN", "“NaN” is not a number: "),
            ("refused > inf", "“inf” is not a number: "),
            ("refused >> 5", "“> 5” is not a number: "),
            (
                "luck > 5",
                "there is no metric “luck”; the metrics here are refused, offered, ",
            ),
            ("queue:p99 > 5", "Queue has no “p99”; it has level, max"),
            ("refused/luck > 5", "there is no metric “luck”; "),
        ] {
            let error = Condition::parse(text, METRICS).expect_err(text).to_string();
            assert!(error.starts_with(sentence), "{error}");
        }
    }

    #[test]
    fn a_rate_is_what_the_last_whole_second_counted() {
        let mut metrics = Metrics::new(METRICS);
        let mut lately = Lately::new(&metrics);
        let mut rates = Vec::new();
        for (millis, count) in [
            (100, 2),
            (900, 1),
            (1_000, 5),
            (1_100, 0),
            (2_500, 0),
            (5_000, 1),
        ] {
            lately.pass(SimTime::from_nanos(millis * 1_000_000), &metrics);
            metrics.count(REFUSED, count);
            rates.push(lately.rate(REFUSED));
        }
        assert_eq!(rates, [0.0, 0.0, 3.0, 3.0, 5.0, 0.0]);
    }

    #[test]
    fn what_was_not_measured_yet_compares_with_nothing() {
        let metrics = Metrics::new(METRICS);
        let lately = Lately::new(&metrics);
        for text in ["latency:p99 > 0", "latency:p99 < 9", "refused/offered >= 0"] {
            let condition = Condition::parse(text, METRICS).expect(text);
            assert!(!condition.holds(&metrics, &lately), "{text}");
        }
    }
}
