//! What was measured: sweeps, ensembles, comparisons and charts as CSV and JSON.

use serde::{Deserialize, Serialize};

use super::{VERSION, number, table};
use crate::catalog::Pattern;
use crate::kernel::metrics::MetricKind;
use crate::kernel::session::{Chart, RunState, Session};
use crate::lab::{Agreement, Compare, Ensemble, EnsemblePlan, Part, Point, Results};
use crate::link::Link;
use crate::time::Span;
use crate::value::Value;

/// A measured sweep, or a part of one, with what it takes to make it again and what follows from
/// it. Only the [`Part`] in it counts when it is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepDocument {
    /// The readings, their plan, and the version that made them.
    #[serde(flatten)]
    pub part: Part,
    /// What was read.
    pub y: String,
    /// The seeds: run j of every point has the j-th.
    pub seeds: Vec<u64>,
    /// The points, summed up.
    pub points: Vec<PointRow>,
}

/// A point as it is written. What is not a finite number is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PointRow {
    /// The value on x.
    pub x: Value,
    /// The value on y.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<Value>,
    /// How many runs measured something.
    pub count: usize,
    /// How many measured nothing.
    pub missing: usize,
    /// The mean.
    pub mean: Option<f64>,
    /// Where the 95 % interval of the mean begins.
    pub ci95_low: Option<f64>,
    /// Where it ends.
    pub ci95_high: Option<f64>,
    /// The smallest.
    pub min: Option<f64>,
    /// The 5th percentile.
    pub p5: Option<f64>,
    /// The 25th percentile.
    pub p25: Option<f64>,
    /// The median.
    pub median: Option<f64>,
    /// The 75th percentile.
    pub p75: Option<f64>,
    /// The 95th percentile.
    pub p95: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
    /// What theory says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theory: Option<f64>,
    /// Whether it agrees with theory; none where theory says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agrees: Option<bool>,
}

impl Default for PointRow {
    fn default() -> Self {
        Self {
            x: Value::Int(0),
            y: None,
            count: 0,
            missing: 0,
            mean: None,
            ci95_low: None,
            ci95_high: None,
            min: None,
            p5: None,
            p25: None,
            median: None,
            p75: None,
            p95: None,
            max: None,
            theory: None,
            agrees: None,
        }
    }
}

impl PointRow {
    fn of(point: &Point) -> Self {
        let finite = |value: f64| value.is_finite().then_some(value);
        let summary = &point.summary;
        Self {
            x: point.x.clone(),
            y: point.y.clone(),
            count: summary.count,
            missing: summary.missing,
            mean: finite(summary.mean),
            ci95_low: finite(summary.mean - summary.half_width),
            ci95_high: finite(summary.mean + summary.half_width),
            min: finite(summary.min),
            p5: finite(summary.p5),
            p25: finite(summary.p25),
            median: finite(summary.median),
            p75: finite(summary.p75),
            p95: finite(summary.p95),
            max: finite(summary.max),
            theory: point.theory.and_then(finite),
            agrees: match point.agreement {
                Agreement::Agrees => Some(true),
                Agreement::Differs => Some(false),
                Agreement::NoTheory => None,
            },
        }
    }

    fn cells(&self) -> Vec<String> {
        let real = |value: Option<f64>| value.map_or_else(String::new, number);
        let agrees = self.agrees.map(|agrees| if agrees { "yes" } else { "no" });
        let mut cells = vec![self.count.to_string(), self.missing.to_string()];
        cells.extend(
            [
                self.mean,
                self.ci95_low,
                self.ci95_high,
                self.min,
                self.p5,
                self.p25,
                self.median,
                self.p75,
                self.p95,
                self.max,
                self.theory,
            ]
            .map(real),
        );
        cells.push(agrees.unwrap_or_default().to_owned());
        cells
    }
}

const SUMMARY: [&str; 14] = [
    "runs",
    "missing",
    "mean",
    "ci95_low",
    "ci95_high",
    "min",
    "p5",
    "p25",
    "median",
    "p75",
    "p95",
    "max",
    "theory",
    "agrees",
];

/// The results as a document, from which they can be made again.
pub fn sweep_json(results: &Results) -> String {
    let sweep = results.sweep();
    let document = SweepDocument {
        part: results.part(),
        y: sweep.plan().measure.label(sweep.pattern()),
        seeds: (0..sweep.plan().runs).map(|run| sweep.seed(run)).collect(),
        points: results.points().iter().map(PointRow::of).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).expect("it is plain data");
    text.push('\n');
    text
}

/// Reads what [`sweep_json`] wrote.
///
/// # Errors
/// A text of another form.
pub fn read_sweep(text: &str) -> Result<Part, serde_json::Error> {
    serde_json::from_str(text)
}

/// What it takes to measure again, at the end of each row: a row that was cut out of its table and
/// pasted elsewhere still says where it comes from.
const SETTING: [&str; 4] = ["pattern", "setting", "lasts_s", "orrery"];

/// The cells below [`SETTING`]. The setting is what the fragment of a link says of it.
fn setting(pattern: &Pattern, state: RunState, lasts: Span) -> [String; 4] {
    [
        pattern.card.slug.to_owned(),
        Link::from(state.trunk()).encode(pattern).0,
        lasts.as_secs_f64().to_string(),
        VERSION.to_owned(),
    ]
}

/// What all runs of a sweep share.
fn shared(results: &Results) -> [String; 4] {
    let sweep = results.sweep();
    setting(sweep.pattern(), sweep.plan().base(), sweep.plan().lasts)
}

/// The points of a sweep, one in a row.
pub fn points_csv(results: &Results) -> String {
    let plan = results.sweep().plan();
    let (mut header, shared) = (axes(results), shared(results));
    header.extend(SUMMARY.iter().chain(&SETTING).map(|key| (*key).to_owned()));
    let points = results.points();
    let rows = points.iter().map(|point| {
        let mut row = vec![point.x.to_string()];
        if plan.y.is_some() {
            row.push(point.y.as_ref().map_or_else(String::new, Value::to_string));
        }
        row.extend(PointRow::of(point).cells());
        row.extend(shared.clone());
        row
    });
    table(std::iter::once(header).chain(rows))
}

/// The readings of a sweep, one run in a row with its seed.
pub fn readings_csv(results: &Results) -> String {
    let sweep = results.sweep();
    let (mut header, shared) = (axes(results), shared(results));
    let own = ["run", "seed", "value"];
    header.extend(own.iter().chain(&SETTING).map(|key| (*key).to_owned()));
    let made = results
        .units()
        .filter_map(|unit| Some((unit, results.reading(unit)?)));
    let rows = made.map(|(unit, reading)| {
        let place = sweep.place(unit);
        let (x, y) = sweep.values(place.point);
        let mut row = vec![x.to_string()];
        row.extend(y.map(Value::to_string));
        row.extend([
            place.run.to_string(),
            sweep.seed(place.run).to_string(),
            number(reading),
        ]);
        row.extend(shared.clone());
        row
    });
    table(std::iter::once(header).chain(rows))
}

/// The knobs on the axes.
fn axes(results: &Results) -> Vec<String> {
    let plan = results.sweep().plan();
    let y = plan.y.as_ref().map(|axis| axis.knob.clone());
    std::iter::once(plan.x.knob.clone()).chain(y).collect()
}

/// An ensemble as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnsembleDocument {
    /// The version of Orrery that measured it.
    pub orrery: String,
    /// What was measured.
    pub plan: EnsemblePlan,
    /// The instants, in seconds.
    pub at: Vec<f64>,
    /// The runs made so far: the seed, and a value for each instant.
    pub runs: Vec<(u64, Vec<Option<f64>>)>,
}

/// An ensemble as a document, from which it can be made again.
pub fn ensemble_json(ensemble: &Ensemble) -> String {
    let finite = |value: &f64| value.is_finite().then_some(*value);
    let runs = (0..ensemble.plan().runs).filter_map(|run| {
        let series = ensemble.series(run)?;
        Some((
            ensemble.state(run).seed,
            series.iter().map(finite).collect(),
        ))
    });
    let document = EnsembleDocument {
        orrery: VERSION.to_owned(),
        plan: ensemble.plan().clone(),
        at: ensemble
            .instants()
            .iter()
            .map(|at| at.as_secs_f64())
            .collect(),
        runs: runs.collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).expect("it is plain data");
    text.push('\n');
    text
}

/// The bands of an ensemble, one instant in a row.
pub fn ensemble_bands_csv(ensemble: &Ensemble) -> String {
    let own = ["at_s", "runs", "p5", "p25", "p50", "p75", "p95", "metric"];
    let header = own.iter().chain(&SETTING).map(|key| (*key).to_owned());
    let (bands, plan) = (ensemble.bands(), ensemble.plan());
    let shared = setting(ensemble.pattern(), ensemble.state(0), plan.lasts);
    let rows = bands.iter().map(|band| {
        let values = [band.p5, band.p25, band.p50, band.p75, band.p95].map(number);
        [band.at.to_string(), band.count.to_string()]
            .into_iter()
            .chain(values)
            .chain([plan.metric.clone()])
            .chain(shared.clone())
            .collect()
    });
    table(std::iter::once(header.collect()).chain(rows))
}

/// The series of an ensemble, one value of one run in a row.
pub fn ensemble_csv(ensemble: &Ensemble) -> String {
    let own = ["seed", "at_s", "value", "metric"];
    let header = own.iter().chain(&SETTING).map(|key| (*key).to_owned());
    let plan = ensemble.plan();
    let shared = setting(ensemble.pattern(), ensemble.state(0), plan.lasts);
    let instants = ensemble.instants();
    let made = (0..ensemble.plan().runs).filter_map(|run| Some((run, ensemble.series(run)?)));
    let rows = made.flat_map(|(run, series)| {
        let seed = ensemble.state(run).seed;
        let values = instants.iter().zip(series);
        let shared = &shared;
        values.map(move |(at, value)| {
            let mut row = vec![
                seed.to_string(),
                at.as_secs_f64().to_string(),
                number(*value),
                plan.metric.clone(),
            ];
            row.extend(shared.clone());
            row
        })
    });
    table(std::iter::once(header.collect()).chain(rows))
}

/// The columns of [`run_rows`].
const RUN: [&str; 8] = [
    "metric", "unit", "at_s", "value", "seed", "pattern", "setting", "orrery",
];

/// The charts of a run, one point in a row, with what it takes to make them again: the setting is
/// the fragment of the run's link.
pub fn charts_csv(pattern: &Pattern, session: &dyn Session) -> String {
    let header = RUN.map(str::to_owned).to_vec();
    table(std::iter::once(header).chain(run_rows(pattern, session)))
}

/// The same for every variant of a comparison; they are counted from 1.
pub fn compare_csv(compare: &Compare) -> String {
    let header = std::iter::once("variant").chain(RUN);
    let header = header.map(str::to_owned).collect();
    let variants = (1..).zip(compare.sessions());
    let rows = variants.flat_map(|(variant, session): (u32, _)| {
        run_rows(compare.pattern(), session.as_ref())
            .into_iter()
            .map(move |mut row| {
                row.insert(0, variant.to_string());
                row
            })
    });
    table(std::iter::once(header).chain(rows))
}

fn run_rows(pattern: &Pattern, session: &dyn Session) -> Vec<Vec<String>> {
    let state = session.state();
    let seed = state.seed.to_string();
    let (fragment, _) = Link::from(state).encode(pattern);
    let slug = pattern.card.slug.to_owned();
    let told = [seed, slug, fragment, VERSION.to_owned()];
    let charts = session.charts();
    let rows = charts.iter().flat_map(chart_rows);
    rows.map(|row| row.into_iter().chain(told.clone()).collect())
        .collect()
}

fn chart_rows(chart: &Chart) -> impl Iterator<Item = Vec<String>> {
    let unit = match chart.spec.kind {
        MetricKind::Counter => format!("{} per second", chart.spec.unit),
        MetricKind::Gauge | MetricKind::Histogram => chart.spec.unit.to_owned(),
    };
    let points = chart.points.iter();
    points.map(move |(at, value)| {
        vec![
            chart.spec.key.to_owned(),
            unit.clone(),
            at.to_string(),
            number(*value),
        ]
    })
}
