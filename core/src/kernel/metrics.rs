//! Counters, gauges and histograms with bounded memory.

use crate::real::within;
use crate::time::SimTime;

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// A count that only grows; charts show its rate.
    Counter,
    /// A level that moves both ways; its mean is weighted by time.
    Gauge,
    /// A distribution of observed values.
    Histogram,
}

/// The declaration of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricSpec {
    /// The stable key.
    pub key: &'static str,
    /// Its name on a chart.
    pub label: &'static str,
    /// The unit of its values.
    pub unit: &'static str,
    /// What it is.
    pub kind: MetricKind,
    /// What exactly is measured.
    pub help: &'static str,
}

/// The handle of a declared metric: made by [`metrics!`](crate::metrics).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Metric(pub usize);

impl Metric {
    /// The metric with this key, and what it says of itself.
    pub fn find<'a>(key: &str, specs: &'a [MetricSpec]) -> Option<(Self, &'a MetricSpec)> {
        let index = specs.iter().position(|spec| spec.key == key)?;
        Some((Self(index), &specs[index]))
    }
}

/// Declares the metrics of a pattern: a constant for each and the list `METRICS`.
///
/// ```
/// orrery_core::metrics! {
///     /// Requests let through.
///     ADMITTED: Counter, "admitted", "Admitted", "requests";
///     /// Time from arrival to answer.
///     LATENCY: Histogram, "latency", "Latency", "s";
/// }
/// assert_eq!(METRICS[LATENCY.0].unit, "s");
/// ```
#[macro_export]
macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $NAME:ident: $kind:ident, $key:literal, $label:literal, $unit:literal;)+) => {
        $crate::metrics!(@index 0_usize; $($(#[doc = $help])+ $NAME)+);

        /// Every metric of the pattern, in the order of its charts.
        pub(crate) static METRICS: &[$crate::kernel::metrics::MetricSpec] = &[$(
            $crate::kernel::metrics::MetricSpec {
                key: $key,
                label: $label,
                unit: $unit,
                kind: $crate::kernel::metrics::MetricKind::$kind,
                help: concat!($($help),+),
            }
        ),+];
    };
    (@index $index:expr; $(#[doc = $help:literal])+ $NAME:ident $($rest:tt)*) => {
        $(#[doc = $help])+
        pub(crate) const $NAME: $crate::kernel::metrics::Metric = $crate::kernel::metrics::Metric($index);
        $crate::metrics!(@index $index + 1; $($rest)*);
    };
    (@index $index:expr;) => {};
}

/// The state of one metric.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Counter(u64),
    Gauge(Gauge),
    Histogram(Histogram),
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Gauge {
    value: f64,
    since: SimTime,
    // Integral of the value over time, in value-seconds.
    area: f64,
    // The highest level it was set to; none yet.
    highest: Option<f64>,
}

/// All metrics of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Metrics {
    specs: &'static [MetricSpec],
    cells: Vec<Cell>,
}

impl Metrics {
    /// Every metric at zero.
    pub fn new(specs: &'static [MetricSpec]) -> Self {
        let cells = specs
            .iter()
            .map(|spec| match spec.kind {
                MetricKind::Counter => Cell::Counter(0),
                MetricKind::Gauge => Cell::Gauge(Gauge::default()),
                MetricKind::Histogram => Cell::Histogram(Histogram::default()),
            })
            .collect();
        Self { specs, cells }
    }

    /// The declarations.
    pub const fn specs(&self) -> &'static [MetricSpec] {
        self.specs
    }

    /// The handle of the metric with this key.
    pub fn find(&self, key: &str) -> Option<Metric> {
        self.specs
            .iter()
            .position(|spec| spec.key == key)
            .map(Metric)
    }

    /// Adds to a counter; another kind of metric is left alone.
    pub fn count(&mut self, metric: Metric, more: u64) {
        if let Some(Cell::Counter(count)) = self.cells.get_mut(metric.0) {
            *count += more;
        }
    }

    /// Sets a gauge from `now` on; another kind of metric is left alone.
    pub fn gauge(&mut self, metric: Metric, now: SimTime, value: f64) {
        if let Some(Cell::Gauge(gauge)) = self.cells.get_mut(metric.0) {
            gauge.area += gauge.value * (now - gauge.since).as_secs_f64();
            gauge.since = now;
            gauge.value = value;
            gauge.highest = Some(gauge.highest.map_or(value, |highest| highest.max(value)));
        }
    }

    /// Adds a value to a histogram; another kind of metric is left alone.
    pub fn observe(&mut self, metric: Metric, value: f64) {
        if let Some(Cell::Histogram(histogram)) = self.cells.get_mut(metric.0) {
            histogram.observe(value);
        }
    }

    /// A counter's total; zero for another kind of metric.
    pub fn total(&self, metric: Metric) -> u64 {
        match self.cells.get(metric.0) {
            Some(Cell::Counter(count)) => *count,
            Some(Cell::Gauge(_) | Cell::Histogram(_)) | None => 0,
        }
    }

    /// A counter's total, a gauge's level, a histogram's number of values.
    pub fn value(&self, metric: Metric) -> f64 {
        match self.cells.get(metric.0) {
            Some(Cell::Counter(count)) => *count as f64,
            Some(Cell::Gauge(gauge)) => gauge.value,
            Some(Cell::Histogram(histogram)) => histogram.count as f64,
            None => f64::NAN,
        }
    }

    /// A counter's mean rate per second, a gauge's mean over time, a histogram's mean value, from
    /// the start until `now`.
    pub fn mean(&self, metric: Metric, now: SimTime) -> f64 {
        let elapsed = now.as_secs_f64();
        match self.cells.get(metric.0) {
            Some(Cell::Counter(count)) => *count as f64 / elapsed,
            Some(Cell::Gauge(gauge)) => {
                (gauge.area + gauge.value * (now - gauge.since).as_secs_f64()) / elapsed
            }
            Some(Cell::Histogram(histogram)) => histogram.mean(),
            None => f64::NAN,
        }
    }

    /// The highest level that a gauge was set to, the largest value of a histogram; NaN when there
    /// is none, and for a counter.
    pub fn max(&self, metric: Metric) -> f64 {
        match self.cells.get(metric.0) {
            Some(Cell::Gauge(gauge)) => gauge.highest.unwrap_or(f64::NAN),
            Some(Cell::Histogram(histogram)) if histogram.count() > 0 => histogram.max(),
            Some(Cell::Counter(_) | Cell::Histogram(_)) | None => f64::NAN,
        }
    }

    /// The distribution behind a histogram metric.
    pub fn histogram(&self, metric: Metric) -> Option<&Histogram> {
        match self.cells.get(metric.0) {
            Some(Cell::Histogram(histogram)) => Some(histogram),
            Some(Cell::Counter(_) | Cell::Gauge(_)) | None => None,
        }
    }
}

/// A histogram of non-negative values with 32 buckets per doubling: quantiles are within 1.6 %.
///
/// Memory grows with the ratio of the largest to the smallest value, not with their number.
///
/// ```
/// use orrery_core::kernel::metrics::Histogram;
///
/// let mut latency = Histogram::default();
/// (1..=1_000).for_each(|ms| latency.observe(f64::from(ms)));
/// assert!((latency.quantile(0.99) / 990.0 - 1.0).abs() < 0.016);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Histogram {
    count: u64,
    sum: f64,
    min: f64,
    max: f64,
    zeros: u64,
    // Bucket of `counts[0]`.
    first: u64,
    counts: Vec<u32>,
}

// A bucket is the exponent and the five leading bits of the mantissa.
const BUCKET_SHIFT: u32 = 47;

impl Histogram {
    /// Adds a value; a negative or NaN value counts as zero.
    pub fn observe(&mut self, value: f64) {
        let value = if value > 0.0 { value } else { 0.0 };
        self.min = if self.count == 0 {
            value
        } else {
            self.min.min(value)
        };
        self.max = self.max.max(value);
        self.count += 1;
        self.sum += value;
        if value == 0.0 {
            self.zeros += 1;
            return;
        }
        let bucket = value.to_bits() >> BUCKET_SHIFT;
        if self.counts.is_empty() {
            self.first = bucket;
        }
        if bucket < self.first {
            let missing = (self.first - bucket) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, missing));
            self.first = bucket;
        }
        let index = (bucket - self.first) as usize;
        if index >= self.counts.len() {
            self.counts.resize(index + 1, 0);
        }
        self.counts[index] += 1;
    }

    /// How many values were added.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The sum of all values.
    pub const fn sum(&self) -> f64 {
        self.sum
    }

    /// The mean; NaN when empty.
    pub fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }

    /// The largest value; zero when empty.
    pub const fn max(&self) -> f64 {
        self.max
    }

    /// The value that a share `q` of all values do not exceed; NaN when empty.
    pub fn quantile(&self, q: f64) -> f64 {
        if self.count == 0 {
            return f64::NAN;
        }
        let rank = ((q.clamp(0.0, 1.0) * self.count as f64).ceil() as u64).max(1);
        let mut seen = self.zeros;
        if seen >= rank {
            return 0.0;
        }
        for (bucket, &count) in (self.first..).zip(&self.counts) {
            seen += u64::from(count);
            if seen >= rank {
                let low = f64::from_bits(bucket << BUCKET_SHIFT);
                let high = f64::from_bits((bucket + 1) << BUCKET_SHIFT);
                return within((low + high) / 2.0, self.min, self.max);
            }
        }
        self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    metrics! {
        /// Tokens in the bucket.
        LEVEL: Gauge, "level", "Level", "tokens";
        /// Requests seen.
        SEEN: Counter, "seen", "Seen", "requests";
    }

    #[test]
    fn a_gauge_is_averaged_over_the_time_it_stood() {
        let mut metrics = Metrics::new(METRICS);
        metrics.gauge(LEVEL, SimTime::ZERO, 10.0);
        metrics.gauge(LEVEL, SimTime::from_secs(1), 0.0);
        assert!((metrics.mean(LEVEL, SimTime::from_secs(4)) - 2.5).abs() < 1e-12);
    }

    #[test]
    fn a_counter_is_averaged_as_a_rate() {
        let mut metrics = Metrics::new(METRICS);
        metrics.count(SEEN, 30);
        assert!((metrics.mean(SEEN, SimTime::from_secs(10)) - 3.0).abs() < 1e-12);
        assert_eq!(metrics.find("seen"), Some(SEEN));
    }

    #[test]
    fn quantiles_stay_within_half_a_bucket_over_nine_decades() {
        let mut histogram = Histogram::default();
        let values: Vec<f64> = (0..900)
            .map(|i| libm::pow(10.0, f64::from(i) / 100.0 - 4.0))
            .collect();
        values.iter().for_each(|&value| histogram.observe(value));
        for percent in [1_usize, 10, 50, 90, 99] {
            let exact = values[(percent * 9).saturating_sub(1)];
            let read = histogram.quantile(percent as f64 / 100.0);
            assert!(
                (read / exact - 1.0).abs() < 0.016,
                "p{percent}: {read} against {exact}"
            );
        }
    }

    #[test]
    fn zero_negative_and_nan_are_counted_as_zero() {
        let mut histogram = Histogram::default();
        [0.0, -1.0, f64::NAN]
            .iter()
            .for_each(|&value| histogram.observe(value));
        assert_eq!(histogram.quantile(1.0), 0.0);
        assert_eq!(histogram.count(), 3);
    }
}
