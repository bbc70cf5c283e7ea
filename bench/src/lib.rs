//! Orrery measured beside hand-written code and beside other crates.
//!
//! `cargo bench -p orrery-bench` runs everything, `cargo bench -p orrery-bench --bench kernel` one
//! part. Contenders take turns within every round, so that whatever else the machine does slows
//! all of them alike; what is compared is the median over the rounds of the ratio within a round.
//! Nothing fails for being slow: a table says what was measured and whether the aim is met.
//!
//! This is a package of its own so that the crates measured against burden nobody else's build.

pub mod mm1;

use std::fmt;
use std::io::Write as _;
use std::time::{Duration, Instant};

/// One measured stretch of work.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    took: Duration,
    operations: u64,
}

impl Sample {
    /// Times `work`, which returns how many operations it did.
    pub fn of(work: impl FnOnce() -> u64) -> Self {
        let begun = Instant::now();
        let operations = work();
        Self {
            took: begun.elapsed(),
            operations,
        }
    }

    /// Times `work`, which does `operations`.
    pub fn of_many(operations: u64, work: impl FnOnce()) -> Self {
        Self::of(|| {
            work();
            operations
        })
    }

    /// What another process measured of its own.
    pub const fn told(took: Duration, operations: u64) -> Self {
        Self { took, operations }
    }

    fn nanos_per_operation(self) -> f64 {
        self.took.as_nanos() as f64 / self.operations.max(1) as f64
    }
}

/// What is hoped for when ours is held against another contender.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aim {
    /// Ours takes at most this many times as long.
    AtMost(f64),
    /// The other takes at least this many times as long.
    TimesFaster(f64),
    /// None: shown for comparison.
    Shown,
}

impl Aim {
    /// Says how ours did: the ratio, the aim, and whether it is met.
    fn judge(self, ours: &[f64], theirs: &[f64]) -> [String; 3] {
        let ratio = |of: &[f64], to: &[f64]| {
            median(
                of.iter()
                    .zip(to)
                    .map(|(of, to)| of / to)
                    .collect::<Vec<_>>(),
            )
        };
        match self {
            Self::AtMost(limit) => {
                let ratio = ratio(ours, theirs);
                [
                    format!("ours takes {ratio:.2} x"),
                    format!("<= {limit} x"),
                    met(ratio <= limit),
                ]
            }
            Self::TimesFaster(limit) => {
                let ratio = ratio(theirs, ours);
                [
                    format!("ours is {ratio:.2} x as fast"),
                    format!(">= {limit} x"),
                    met(ratio >= limit),
                ]
            }
            Self::Shown => {
                let ratio = ratio(theirs, ours);
                [
                    format!("ours is {ratio:.2} x as fast"),
                    "-".to_owned(),
                    "-".to_owned(),
                ]
            }
        }
    }
}

fn met(met: bool) -> String {
    if met { "met" } else { "MISSED" }.to_owned()
}

/// Something to be measured beside others.
pub struct Contender<'a> {
    name: &'static str,
    aim: Aim,
    run: Box<dyn FnMut() -> Sample + 'a>,
}

impl<'a> Contender<'a> {
    /// A contender and what is aimed at in comparison with it.
    pub fn new(name: &'static str, aim: Aim, run: impl FnMut() -> Sample + 'a) -> Self {
        Self {
            name,
            aim,
            run: Box::new(run),
        }
    }
}

impl fmt::Debug for Contender<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contender")
            .field("name", &self.name)
            .field("aim", &self.aim)
            .finish_non_exhaustive()
    }
}

/// Measures all contenders in turn, `rounds` times after one round to warm up, and prints a table;
/// the first one is ours.
pub fn compete(title: &str, rounds: usize, mut contenders: Vec<Contender<'_>>) {
    let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
    for round in 0..=rounds {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            let sample = (contender.run)();
            if round > 0 {
                times.push(sample.nanos_per_operation());
            }
        }
    }
    let Some(ours) = times.first().cloned() else {
        return;
    };
    let mut table = Table::new(title, ["contender", "ns each", "ratio", "aim", ""]);
    for (index, (contender, times)) in contenders.iter().zip(times).enumerate() {
        let [ratio, aim, met] = if index == 0 {
            [const { String::new() }; 3]
        } else {
            contender.aim.judge(&ours, &times)
        };
        let each = format!("{:.1}", median(times));
        table.row([contender.name.to_owned(), each, ratio, aim, met]);
    }
    table.print();
}

/// The middle value; NaN of none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The value below which `share` of the others lie; NaN of none.
pub fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let index = (share * last as f64).round() as usize;
    values.get(index).copied().unwrap_or(f64::NAN)
}

/// Whether an aim is met, as a word.
pub fn verdict(is_met: bool) -> String {
    met(is_met)
}

/// A plain table.
#[derive(Debug)]
pub struct Table<const N: usize> {
    title: String,
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// An empty table.
    pub fn new(title: &str, columns: [&str; N]) -> Self {
        Self {
            title: title.to_owned(),
            rows: vec![columns.map(str::to_owned)],
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells);
    }

    /// Prints it to standard output.
    pub fn print(&self) {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        };
        let widths: [usize; N] = std::array::from_fn(width);
        let mut text = format!("\n{}\n", self.title);
        for row in &self.rows {
            let cells = row.iter().zip(widths);
            let line: Vec<String> = cells
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            text += &format!("  {}\n", line.join("  ").trim_end());
        }
        // Nobody is left to tell when standard output is gone.
        let _ = std::io::stdout().write_all(text.as_bytes());
    }
}
