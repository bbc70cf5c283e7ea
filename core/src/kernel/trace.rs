//! What a run leaves behind: its hash, and the record from which log, swimlanes and causes are read.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::hash::Hasher;

use crate::kernel::metrics::{MetricKind, Metrics};
use crate::kernel::network::NodeId;
use crate::scene::Tone;
use crate::simulation::Narration;
use crate::time::{SimTime, Span};

/// Identifies an event of a run: its place in the order of scheduling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct EventId(pub u64);

/// A running hash over the events of a run, equal on every platform.
///
/// Sizes are widened to 64 bits before they are mixed in, so that a 32-bit machine agrees with a
/// 64-bit one. It tells runs apart; it withstands no attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceHash(u64);

impl Default for TraceHash {
    fn default() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
}

impl TraceHash {
    const fn mix(&mut self, word: u64) {
        // Multiplied by an odd constant and folded, which loses nothing: two runs that differ in
        // one word differ from there on. No product is wider than 64 bits, which wasm lacks.
        let product = (self.0 ^ word).wrapping_mul(0xa076_1d64_78bd_642f);
        self.0 = product ^ (product >> 32);
    }
}

impl Hasher for TraceHash {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
        self.mix(bytes.len() as u64);
    }
    fn write_u8(&mut self, word: u8) {
        self.mix(u64::from(word));
    }
    fn write_u16(&mut self, word: u16) {
        self.mix(u64::from(word));
    }
    fn write_u32(&mut self, word: u32) {
        self.mix(u64::from(word));
    }
    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }
    fn write_u128(&mut self, word: u128) {
        self.mix(word as u64);
        self.mix((word >> 64) as u64);
    }
    fn write_usize(&mut self, word: usize) {
        self.mix(word as u64);
    }
    fn write_i8(&mut self, word: i8) {
        self.mix(i64::from(word) as u64);
    }
    fn write_i16(&mut self, word: i16) {
        self.mix(i64::from(word) as u64);
    }
    fn write_i32(&mut self, word: i32) {
        self.mix(i64::from(word) as u64);
    }
    fn write_i64(&mut self, word: i64) {
        self.mix(word as u64);
    }
    fn write_isize(&mut self, word: isize) {
        self.mix(word as i64 as u64);
    }
}

/// What happened, as a swimlane shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    /// The model did something on its own.
    Local,
    /// A timer of a node fired.
    Timer,
    /// A message arrived.
    Delivered,
    /// A message was lost.
    Lost,
    /// A person acted.
    Action,
    /// A fault struck.
    Fault,
}

/// One event of the run.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its identity.
    pub id: EventId,
    /// The event during which this one was scheduled.
    pub cause: EventId,
    /// When it happened.
    pub at: SimTime,
    /// When it was scheduled or sent.
    pub since: SimTime,
    /// What it was.
    pub kind: RecordKind,
    /// The sender of a message.
    pub from: Option<NodeId>,
    /// The node at which it happened.
    pub node: Option<NodeId>,
    /// A few words.
    pub label: Cow<'static, str>,
    /// Its meaning.
    pub tone: Tone,
    /// How many events of the run had happened, this one included.
    pub ordinal: u64,
}

/// A narrated step.
#[derive(Debug, Clone)]
pub struct Said {
    /// The event that said it.
    pub event: EventId,
    /// When.
    pub at: SimTime,
    /// After how many events and actions.
    pub ordinal: u64,
    /// What was said.
    pub narration: Narration,
}

/// A list that only grows at its end and forgets its beginning beyond a limit.
///
/// Elements keep their number for ever; adding number `n` again is ignored, so that a replayed
/// stretch of a run leaves no doubles.
#[derive(Debug, Clone)]
pub(crate) struct Journal<T> {
    first: u64,
    items: VecDeque<T>,
    limit: usize,
}

impl<T> Journal<T> {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            first: 0,
            items: VecDeque::new(),
            limit,
        }
    }

    /// The number that the next new element gets.
    pub(crate) fn end(&self) -> u64 {
        self.first + self.items.len() as u64
    }

    pub(crate) fn push(&mut self, number: u64, item: impl FnOnce() -> T) {
        if number != self.end() {
            return;
        }
        if self.items.len() == self.limit {
            self.items.pop_front();
            self.first += 1;
        }
        self.items.push_back(item());
    }

    pub(crate) fn get(&self, number: u64) -> Option<&T> {
        self.items
            .get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// Elements with their numbers, those before number `end` only.
    pub(crate) fn until(&self, end: u64) -> impl DoubleEndedIterator<Item = (u64, &T)> {
        let shown = usize::try_from(end.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let shown = shown.min(self.items.len());
        let first = self.first;
        (0..shown).map(move |index| (first + index as u64, &self.items[index]))
    }

    pub(crate) fn truncate(&mut self, end: u64) {
        let kept = usize::try_from(end.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.items.truncate(kept);
    }
}

/// Metrics over time at a bounded number of points: when full, every second point goes and the
/// interval doubles.
#[derive(Debug, Clone)]
pub struct Series {
    interval: Span,
    times: Vec<SimTime>,
    // One row of values per time.
    rows: Vec<Vec<f64>>,
}

impl Series {
    const LIMIT: usize = 600;

    pub(crate) const fn new(interval: Span) -> Self {
        Self {
            interval,
            times: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// The time between two points.
    pub const fn interval(&self) -> Span {
        self.interval
    }

    /// The instants of the points.
    pub fn times(&self) -> &[SimTime] {
        &self.times
    }

    /// The value of a metric at each point: a counter's total, a gauge's level, a histogram's
    /// running sum (its count stands in the column that follows all metrics, in the same order).
    pub fn column(&self, metric: usize) -> impl Iterator<Item = f64> {
        self.rows.iter().map(move |row| row[metric])
    }

    fn next_at(&self) -> SimTime {
        self.times
            .last()
            .map_or(SimTime::ZERO, |&last| last + self.interval)
    }

    /// Takes the points that lie before `until`, while the metrics still have their old values.
    pub(crate) fn sample_before(&mut self, until: SimTime, metrics: &Metrics) {
        while self.next_at() < until {
            if self.times.len() == Self::LIMIT {
                self.halve();
            }
            self.times.push(self.next_at());
            self.rows.push(row(metrics));
        }
    }

    fn halve(&mut self) {
        let mut index = 0;
        self.times.retain(|_| {
            index += 1;
            index % 2 == 1
        });
        let mut index = 0;
        self.rows.retain(|_| {
            index += 1;
            index % 2 == 1
        });
        self.interval = self.interval * 2;
        // An even number of points leaves the last kept one a whole new interval behind the next.
    }

    pub(crate) fn truncate(&mut self, until: SimTime) {
        let kept = self.times.partition_point(|&at| at < until);
        self.times.truncate(kept);
        self.rows.truncate(kept);
    }
}

fn row(metrics: &Metrics) -> Vec<f64> {
    let handles = || (0..metrics.specs().len()).map(crate::kernel::metrics::Metric);
    let values = handles().map(|metric| match metrics.specs()[metric.0].kind {
        MetricKind::Counter | MetricKind::Gauge => metrics.value(metric),
        MetricKind::Histogram => metrics
            .histogram(metric)
            .map_or(0.0, super::metrics::Histogram::sum),
    });
    values
        .chain(handles().map(|metric| metrics.value(metric)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_ignores_what_it_already_has_and_forgets_the_oldest() {
        let mut journal = Journal::new(3);
        for number in [0, 1, 1, 0, 2, 3] {
            journal.push(number, || number);
        }
        let kept: Vec<(u64, u64)> = journal
            .until(u64::MAX)
            .map(|(n, item)| (n, *item))
            .collect();
        assert_eq!(kept, [(1, 1), (2, 2), (3, 3)]);
        assert_eq!(journal.until(2).count(), 1);
        journal.truncate(2);
        assert_eq!(journal.end(), 2);
    }

    #[test]
    fn a_series_of_any_length_keeps_evenly_spaced_points_within_its_limit() {
        let metrics = Metrics::new(&[]);
        let mut series = Series::new(Span::from_millis(100));
        series.sample_before(SimTime::from_secs(3_600), &metrics);
        assert!(series.times().len() <= Series::LIMIT);
        let gaps: Vec<Span> = series
            .times()
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .collect();
        assert!(gaps.iter().all(|gap| *gap == series.interval()), "{gaps:?}");
    }

    #[test]
    fn the_hash_reads_sizes_alike_on_every_platform() {
        let (mut wide, mut narrow) = (TraceHash::default(), TraceHash::default());
        wide.write_usize(7);
        narrow.write_u64(7);
        assert_eq!(wide, narrow);
    }
}
