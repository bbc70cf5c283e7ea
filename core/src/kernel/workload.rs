//! When requests arrive, for which key, at what cost: generated or pasted.

use std::rc::Rc;

use csv_core::ReadRecordResult;
use thiserror::Error;

use crate::kernel::random::{Random, Zipf};
use crate::real::sin_cos;
use crate::spec::{Kind, Setting, SettingError, Spec};
use crate::time::{SimTime, Span};
use crate::value::Value;

/// One arrival.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Arrival {
    /// When it arrives.
    pub at: SimTime,
    /// Its key, when the source names one.
    pub key: Option<Rc<str>>,
    /// Its cost; at least one.
    pub cost: u32,
}

crate::choices! {
    /// The shape of traffic over time.
    pub enum Shape {
        /// Evenly spaced.
        Constant = "constant", "Constant";
        /// Independent arrivals: exponential gaps.
        Poisson = "poisson", "Poisson";
        /// Two seconds at four times the rate, six seconds of silence.
        Bursts = "bursts", "On/off bursts";
        /// From nothing to twice the rate over a minute, then again.
        Ramp = "ramp", "Ramp";
        /// A day in a minute: between a tenth and almost twice the rate.
        Diurnal = "diurnal", "Day and night";
        /// The arrivals of a pasted trace.
        Trace = "trace", "Pasted trace";
    }
}

/// A source of arrivals, one after the other.
///
/// Shapes that vary are non-homogeneous Poisson processes, drawn by thinning (Lewis and Shedler
/// 1979), and have the stated rate on average.
///
/// ```
/// use orrery_core::kernel::{random::Random, workload::{Shape, Workload}};
///
/// let mut source = Workload::new(Shape::Constant, 4.0);
/// let mut random = Random::new(1);
/// let first = source.next(&mut random).unwrap();
/// assert_eq!(first.at.to_string(), "0.250 s");
/// ```
#[derive(Debug, Clone)]
pub struct Workload {
    shape: Shape,
    per_second: f64,
    last: SimTime,
    made: u64,
    // Constant spacing counts from here, so that a change of rate moves no past arrival.
    epoch: SimTime,
    trace: Trace,
}

const BURST_ON: Span = Span::from_secs(2);
const BURST_PERIOD: Span = Span::from_secs(8);
const CYCLE: Span = Span::from_secs(60);

impl Workload {
    /// Arrivals of this shape, `per_second` on average; none when the rate is not positive.
    pub fn new(shape: Shape, per_second: f64) -> Self {
        Self {
            shape,
            per_second,
            last: SimTime::ZERO,
            made: 0,
            epoch: SimTime::ZERO,
            trace: Trace::default(),
        }
    }

    /// Gives the source a trace to play when its shape is [`Shape::Trace`].
    #[must_use]
    pub fn with_trace(mut self, trace: Trace) -> Self {
        self.trace = trace;
        self
    }

    /// Changes shape and rate from `now` on.
    pub fn retune(&mut self, shape: Shape, per_second: f64, now: SimTime) {
        if shape != Shape::Trace || self.shape != shape {
            self.made = 0;
            self.epoch = now;
            self.last = now;
        }
        self.shape = shape;
        self.per_second = per_second;
    }

    /// The next arrival; none when the source has run dry.
    pub fn next(&mut self, random: &mut Random) -> Option<Arrival> {
        if self.shape == Shape::Trace {
            return self.next_of_trace();
        }
        if self.per_second.is_nan() || self.per_second <= 0.0 {
            return None;
        }
        self.made += 1;
        let at = match self.shape {
            Shape::Constant => self.epoch + Span::from_secs_f64(self.made as f64 / self.per_second),
            Shape::Poisson => self.last + self.gap(1.0, random),
            Shape::Bursts | Shape::Ramp | Shape::Diurnal => self.thin(random),
            Shape::Trace => return None,
        };
        self.last = at;
        Some(Arrival {
            at,
            key: None,
            cost: 1,
        })
    }

    fn next_of_trace(&mut self) -> Option<Arrival> {
        let arrivals = &self.trace.arrivals;
        while let Some(arrival) = arrivals.get(self.made as usize) {
            self.made += 1;
            if arrival.at >= self.epoch {
                return Some(arrival.clone());
            }
        }
        None
    }

    fn gap(&self, factor: f64, random: &mut Random) -> Span {
        Span::from_secs_f64(random.exponential() / (self.per_second * factor))
    }

    fn thin(&self, random: &mut Random) -> SimTime {
        let peak = 4.0;
        let mut at = self.last;
        loop {
            at += self.gap(peak, random);
            if random.unit() * peak < self.intensity(at) || at == SimTime::MAX {
                return at;
            }
        }
    }

    /// The rate at an instant against the mean rate; at most 4.
    fn intensity(&self, at: SimTime) -> f64 {
        let phase = |period: Span| at.as_nanos() % period.as_nanos();
        let share = |period: Span| phase(period) as f64 / period.as_nanos() as f64;
        match self.shape {
            Shape::Constant | Shape::Poisson | Shape::Trace => 1.0,
            Shape::Bursts => {
                if phase(BURST_PERIOD) < BURST_ON.as_nanos() {
                    4.0
                } else {
                    0.0
                }
            }
            Shape::Ramp => 2.0 * share(CYCLE),
            Shape::Diurnal => 1.0 - 0.9 * sin_cos(share(CYCLE)).1,
        }
    }
}

/// Which of a number of keys (clients, records) an arrival belongs to.
#[derive(Debug, Clone)]
pub struct Keys(Zipf);

impl Keys {
    /// `len` keys whose popularity follows Zipf's law with exponent `s`; zero makes it uniform.
    pub fn new(len: u32, s: f64) -> Self {
        Self(Zipf::new(len as usize, s))
    }

    /// Draws a key.
    pub fn next(&self, random: &mut Random) -> u32 {
        self.0.sample(random) as u32
    }
}

/// A pasted arrival trace: lines of `time[,key[,cost]]`, time in seconds, in order of time.
///
/// At most [`Trace::MAX_ARRIVALS`] arrivals are kept; the rest is counted. Clones share the data.
///
/// ```
/// use orrery_core::kernel::workload::Trace;
///
/// let trace: Trace = "time,key,cost\n0.5,alice\n0.75,bob,3\n".parse().unwrap();
/// assert_eq!(trace.arrivals().len(), 2);
///
/// let torn = "0.5,alice\nsoon,bob".parse::<Trace>().unwrap_err();
/// assert_eq!(
///     torn.to_string(),
///     "line 2: “soon” is not a time; write seconds such as 12.5"
/// );
/// ```
#[derive(Debug, Clone, Default)]
pub struct Trace {
    text: Rc<str>,
    arrivals: Rc<[Arrival]>,
    left_out: u64,
}

/// What is wrong with a pasted trace: one sentence for each of the first few bad lines.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", self.sentence())]
pub struct TraceError {
    /// Line number, counted from one, and what is wrong there.
    pub problems: Vec<(u64, String)>,
    /// How many more lines are bad.
    pub more: u64,
}

impl TraceError {
    fn sentence(&self) -> String {
        let mut lines: Vec<String> = self
            .problems
            .iter()
            .map(|(line, problem)| format!("line {line}: {problem}"))
            .collect();
        if self.more > 0 {
            lines.push(format!("and {} more bad lines", self.more));
        }
        lines.join("; ")
    }
}

impl Trace {
    /// The most arrivals that are kept.
    pub const MAX_ARRIVALS: usize = 100_000;
    const MAX_PROBLEMS: usize = 3;

    /// The arrivals, in order of time.
    pub fn arrivals(&self) -> &[Arrival] {
        &self.arrivals
    }

    /// How many arrivals were beyond the limit.
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// What was kept, in one sentence.
    pub fn summary(&self) -> String {
        let Some(last) = self.arrivals.last() else {
            return "No trace pasted yet.".to_owned();
        };
        let kept = format!("{} arrivals over {}", self.arrivals.len(), last.at);
        if self.left_out == 0 {
            format!("{kept}.")
        } else {
            format!("The first {kept}; {} more were left out.", self.left_out)
        }
    }
}

impl std::str::FromStr for Trace {
    type Err = TraceError;

    fn from_str(text: &str) -> Result<Self, TraceError> {
        let mut records = Records::of(text);
        let mut arrivals: Vec<Arrival> = Vec::new();
        let mut error = TraceError {
            problems: Vec::new(),
            more: 0,
        };
        let mut left_out = 0;
        let mut first = true;
        while let Some((line, record)) = records.next() {
            let header =
                std::mem::take(&mut first) && record.first().is_some_and(|field| is_heading(field));
            match parse_record(&record, arrivals.last()) {
                _ if header => {}
                Ok(_) if arrivals.len() == Self::MAX_ARRIVALS => left_out += 1,
                Ok(arrival) => arrivals.push(arrival),
                Err(problem) if error.problems.len() < Self::MAX_PROBLEMS => {
                    error.problems.push((line, problem));
                }
                Err(_) => error.more += 1,
            }
        }
        if error.problems.is_empty() {
            // A text too long to keep is dropped: a link or saved run then says so.
            let text = if left_out == 0 { text } else { "" };
            Ok(Self {
                text: text.into(),
                arrivals: arrivals.into(),
                left_out,
            })
        } else {
            Err(error)
        }
    }
}

/// The records of a text, as RFC 4180 has them, of any length and with comments behind `#`.
///
/// Of the crate that reads such text, the part for streams takes more code than all else here.
struct Records<'a> {
    reader: csv_core::Reader,
    rest: &'a [u8],
    fields: Vec<u8>,
    ends: Vec<usize>,
}

impl<'a> Records<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            reader: csv_core::ReaderBuilder::new().comment(Some(b'#')).build(),
            rest: text.as_bytes(),
            fields: vec![0; 64],
            ends: vec![0; 4],
        }
    }

    /// The line at which the next record begins, and its fields without the space around them.
    fn next(&mut self) -> Option<(u64, Vec<&str>)> {
        let line = self.reader.line();
        let (mut written, mut count) = (0, 0);
        loop {
            let (fields, ends) = (&mut self.fields[written..], &mut self.ends[count..]);
            let (outcome, read, wrote, ended) = self.reader.read_record(self.rest, fields, ends);
            self.rest = &self.rest[read..];
            written += wrote;
            count += ended;
            match outcome {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.fields.resize(self.fields.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return None,
            }
        }
        let mut begin = 0;
        let fields = self.ends[..count].iter().map(|end| {
            let field = &self.fields[begin..*end];
            begin = *end;
            // Text is cut at commas, quotes and line ends only, none of which is part of a character.
            str::from_utf8(field).unwrap_or_default().trim()
        });
        Some((line, fields.collect()))
    }
}

fn is_heading(field: &str) -> bool {
    ["time", "t", "timestamp", "at", "seconds"].contains(&field.to_ascii_lowercase().as_str())
}

fn parse_record(record: &[&str], before: Option<&Arrival>) -> Result<Arrival, String> {
    let quoted = |field: &str| field.chars().take(30).collect::<String>();
    let time = record.first().copied().unwrap_or_default();
    let at = parse_seconds(time).ok_or_else(|| {
        format!(
            "“{}” is not a time; write seconds such as 12.5",
            quoted(time)
        )
    })?;
    if let Some(before) = before.filter(|before| before.at > at) {
        return Err(format!(
            "{at} is before {} of an earlier line; sort the lines by time",
            before.at
        ));
    }
    let field = |at: usize| record.get(at).copied().filter(|field| !field.is_empty());
    let key = field(1).map(Rc::from);
    let cost = match field(2) {
        None => 1,
        Some(cost) => cost.parse().ok().filter(|&cost| cost > 0).ok_or_else(|| {
            format!(
                "“{}” is not a cost; write a whole number from 1",
                quoted(cost)
            )
        })?,
    };
    if record.len() > 3 {
        return Err(format!(
            "{} fields; write time, or time,key, or time,key,cost",
            record.len()
        ));
    }
    Ok(Arrival { at, key, cost })
}

/// Exact decimal seconds: digits, and up to nine more after the point.
pub fn parse_seconds(text: &str) -> Option<SimTime> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || whole.len() + fraction.len() == 0 {
        return None;
    }
    let secs: u64 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let nanos: u64 = format!("{fraction:0<9.9}").parse().ok()?;
    Some(SimTime::from_nanos(
        secs.checked_mul(1_000_000_000)?.checked_add(nanos)?,
    ))
}

impl PartialEq for Trace {
    fn eq(&self, other: &Self) -> bool {
        self.arrivals == other.arrivals
    }
}

impl Setting for Trace {
    fn kind() -> Kind {
        Kind::Trace
    }
    fn to_value(&self) -> Value {
        Value::Text(self.text.to_string())
    }
    fn from_value(value: &Value, spec: &Spec) -> Result<Self, SettingError> {
        match value {
            Value::Text(text) => text
                .parse()
                .map_err(|error: TraceError| SettingError::Trace {
                    label: spec.label,
                    problem: error.to_string(),
                }),
            Value::Flag(_) | Value::Int(_) | Value::Real(_) => Err(spec.wrong_form(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_has_its_rate_on_average() {
        for &shape in Shape::ALL.iter().filter(|shape| **shape != Shape::Trace) {
            let mut source = Workload::new(shape, 50.0);
            let mut random = Random::new(2);
            let end = SimTime::from_secs(240);
            let count = std::iter::from_fn(|| source.next(&mut random))
                .take_while(|arrival| arrival.at < end)
                .count();
            let rate = count as f64 / 240.0;
            assert!(
                (rate / 50.0 - 1.0).abs() < 0.04,
                "{shape:?}: {rate} per second"
            );
        }
    }

    #[test]
    fn a_source_without_a_rate_is_dry() {
        for rate in [0.0, -1.0, f64::NAN] {
            assert_eq!(
                Workload::new(Shape::Poisson, rate).next(&mut Random::new(1)),
                None
            );
        }
    }

    #[test]
    fn times_are_read_exactly() {
        for (text, nanos) in [
            ("0", Some(0)),
            ("1.5", Some(1_500_000_000)),
            (".25", Some(250_000_000)),
            ("3.000000001", Some(3_000_000_001)),
            ("1e3", None),
            ("-1", None),
            ("", None),
            (".", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(parse_seconds(text).map(SimTime::as_nanos), nanos, "{text}");
        }
    }

    #[test]
    fn a_bad_line_is_named_with_what_was_expected() {
        for (text, sentence) in [
            (
                "1,a\n0.5,b",
                "line 2: 0.500 s is before 1.000 s of an earlier line; sort the lines by time",
            ),
            (
                "1,a,none",
                "line 1: “none” is not a cost; write a whole number from 1",
            ),
            (
                "1,a,0",
                "line 1: “0” is not a cost; write a whole number from 1",
            ),
            (
                "1,a,1,x",
                "line 1: 4 fields; write time, or time,key, or time,key,cost",
            ),
            (
                "x\ny\nz\nu\nv",
                "line 1: “x” is not a time; write seconds such as 12.5; \
                 line 2: “y” is not a time; write seconds such as 12.5; \
                 line 3: “z” is not a time; write seconds such as 12.5; and 2 more bad lines",
            ),
        ] {
            assert_eq!(text.parse::<Trace>().unwrap_err().to_string(), sentence);
        }
    }

    #[test]
    fn a_million_lines_are_kept_within_bounds_and_said_so() {
        let text: String = (0..1_000_000)
            .map(|i| format!("{}.{:03}\n", i / 1_000, i % 1_000))
            .collect();
        let trace: Trace = text.parse().unwrap();
        assert_eq!(trace.arrivals().len(), Trace::MAX_ARRIVALS);
        assert_eq!(
            trace.summary(),
            "The first 100000 arrivals over 99.999 s; 900000 more were left out."
        );
    }

    #[test]
    fn records_and_their_lines_are_those_of_the_reader_for_streams() {
        let long = format!("1,\"{}\"\n2", "x\"\"\n".repeat(500));
        for text in [
            "",
            "\n\n",
            "1,a\r\n2,b",
            " 1 , \"a, b\" ,\"x\"\"y\"\n#no\n\n3",
            "\u{feff}1,ä\n",
            "1,\"two\nlines\"\n\n2",
            "\"open",
            "1,,,,,,,,9\n,\n",
            &long,
        ] {
            let mut records = Records::of(text);
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .comment(Some(b'#'))
                .trim(csv::Trim::All)
                .from_reader(text.as_bytes());
            for expected in reader.records() {
                let expected = expected.expect("it is text");
                let line = expected.position().map_or(0, csv::Position::line);
                let fields: Vec<&str> = expected.iter().collect();
                assert_eq!(records.next(), Some((line, fields)), "{text}");
            }
            assert_eq!(records.next(), None, "{text}");
        }
    }

    #[test]
    fn keys_with_markup_and_quotes_arrive_unchanged() {
        let trace: Trace = "0,\"<b>, \"\"x\"\"\"\n1,\u{202e}abc\n".parse().unwrap();
        let keys: Vec<&str> = trace
            .arrivals()
            .iter()
            .filter_map(|a| a.key.as_deref())
            .collect();
        assert_eq!(keys, ["<b>, \"x\"", "\u{202e}abc"]);
    }
}
