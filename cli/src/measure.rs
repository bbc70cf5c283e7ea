//! Sweeps, experiments, and the joining of their parts.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use orrery_core::catalog::Pattern;
use orrery_core::export::{points_csv, read_sweep, readings_csv, sweep_json};
use orrery_core::lab::{
    Agreement, Axis, AxisName, Measure, Point, Results, Shard, Sweep, SweepPlan, Theory, Verdict,
    merge as join,
};

use crate::Outcome;
use crate::error::Failure;
use crate::output::{print, short, table, write};
use crate::setting::{self, Setting};
use crate::workers;

/// An experiment to measure.
#[derive(Debug, Args)]
pub(crate) struct ExperimentArguments {
    /// The pattern.
    pattern: String,
    /// The experiment; `orrery list PATTERN` names them.
    slug: String,
    /// How many runs each point has, if not as many as declared.
    #[arg(long)]
    runs: Option<u32>,
    /// The seed of the first run of each point, if not 1.
    #[arg(long)]
    seed: Option<u64>,
    #[command(flatten)]
    work: Work,
    #[command(flatten)]
    form: Form,
}

/// A sweep to measure.
#[derive(Debug, Args)]
pub(crate) struct SweepArguments {
    #[command(flatten)]
    setting: Setting,
    /// The knob on x and its values: knob=from..to:steps, knob=from..to:steps:log or knob=a,b,c.
    #[arg(long, value_name = "KNOB=VALUES")]
    x: String,
    /// The knob on y, for a map.
    #[arg(long, value_name = "KNOB=VALUES")]
    y: Option<String>,
    /// What is read from each run: key, key:reduction or part/whole.
    #[arg(long, value_name = "METRIC", required_unless_present = "broken")]
    metric: Option<String>,
    /// Read whether this promise is broken: the mean is the share of runs that break it.
    #[arg(long, value_name = "PROMISE", conflicts_with = "metric")]
    broken: Option<String>,
    /// How many runs each point has.
    #[arg(long, default_value_t = 10)]
    runs: u32,
    #[command(flatten)]
    work: Work,
    #[command(flatten)]
    form: Form,
}

/// Parts to join.
#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    /// What `--shard i/n -o FILE` wrote, all n of them.
    #[arg(required = true, value_name = "PART")]
    parts: Vec<PathBuf>,
    #[command(flatten)]
    form: Form,
}

/// Who does the work.
#[derive(Debug, Args)]
struct Work {
    /// How many threads work at it; the result does not depend on it. As many as there are cores
    /// if not said.
    #[arg(long, value_name = "N")]
    jobs: Option<std::num::NonZero<u16>>,
    /// Measure only the i-th of n parts, to be joined by `orrery merge`.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
}

/// How the result is written.
#[derive(Debug, Args)]
struct Form {
    /// Write the result into this file, as JSON unless it ends in .csv.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print the result as JSON, from which it can be measured again.
    #[arg(long)]
    json: bool,
    /// Print the points as CSV.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print every single reading as CSV.
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    readings: bool,
}

/// Measures an experiment; it is a failure if theory disagrees.
pub(crate) fn experiment(arguments: &ExperimentArguments) -> Outcome {
    let pattern = setting::pattern(&arguments.pattern)?;
    let experiments = (pattern.experiments)();
    let found = experiments.iter().find(|e| e.slug == arguments.slug);
    let experiment = found.ok_or_else(|| {
        let known: Vec<&str> = experiments.iter().map(|e| e.slug).collect();
        let slug = &arguments.slug;
        Failure::Usage(format!(
            "{} has no experiment “{slug}”; choose one of {}",
            pattern.card.slug,
            known.join(", ")
        ))
    })?;
    let mut plan = experiment.plan(pattern);
    plan.runs = arguments.runs.unwrap_or(plan.runs);
    plan.seed = arguments.seed.unwrap_or(plan.seed);
    let results = arguments.work.measure(plan, pattern, &arguments.form)?;
    arguments.form.write(&results, experiment.question)?;
    verdict(&results)
}

/// Measures a sweep.
pub(crate) fn sweep(arguments: &SweepArguments) -> Outcome {
    let meant = arguments.setting.resolve()?;
    let pattern = meant.pattern;
    let x = Axis::parse(&arguments.x, AxisName::X, pattern)?;
    let y = arguments.y.as_deref();
    let y = y
        .map(|y| Axis::parse(y, AxisName::Y, pattern))
        .transpose()?;
    let measure = match (&arguments.broken, &arguments.metric) {
        (Some(promise), _) => Measure::Broken {
            promise: promise.clone(),
        },
        (None, metric) => Measure::parse(metric.as_deref().unwrap_or_default(), pattern)?,
    };
    let mut plan = SweepPlan::new(pattern, &meant.trunk()?, x, measure);
    (plan.y, plan.runs, plan.lasts) = (y, arguments.runs, meant.lasts());
    // The axes have the last word on their own knobs.
    plan.knobs.remove(&plan.x.knob);
    if let Some(y) = &plan.y {
        plan.knobs.remove(&y.knob);
    }
    let results = arguments.work.measure(plan, pattern, &arguments.form)?;
    arguments.form.write(&results, "")
}

/// Joins parts.
pub(crate) fn merge(arguments: &MergeArguments) -> Outcome {
    let mut parts = Vec::with_capacity(arguments.parts.len());
    for path in &arguments.parts {
        let text = fs::read_to_string(path).map_err(Failure::file("read", path))?;
        let part = read_sweep(&text).map_err(|source| Failure::Form {
            path: path.clone(),
            source,
        })?;
        parts.push((path.display().to_string(), part));
    }
    let slug = parts
        .first()
        .map_or("", |(_, part)| part.plan.pattern.as_str());
    let results = join(&parts, setting::pattern(slug)?)?;
    arguments.form.write(&results, "")?;
    verdict(&results)
}

fn verdict(results: &Results) -> Outcome {
    let verdict = Verdict::of(&results.points());
    if verdict.differ == 0 || !results.is_complete() {
        return Ok(());
    }
    Err(Failure::No(verdict.to_string()))
}

impl Work {
    fn measure(
        &self,
        plan: SweepPlan,
        pattern: &'static Pattern,
        form: &Form,
    ) -> Result<Results, Failure> {
        let shard = self.shard.unwrap_or(Shard::WHOLE);
        if self.shard.is_some() && !form.is_joinable() {
            return Err(Failure::Usage(
                "a part is of use only as a file to be joined: add -o part.json".to_owned(),
            ));
        }
        let sweep = Sweep::new(plan, pattern)?;
        let jobs = self
            .jobs
            .map_or_else(workers::cores, |jobs| usize::from(jobs.get()));
        Ok(workers::measure(&sweep, shard, jobs)?)
    }
}

impl Form {
    /// Whether what is written can be read by `orrery merge`.
    fn is_joinable(&self) -> bool {
        match &self.output {
            Some(path) => !self.is_table(path),
            None => self.json,
        }
    }

    fn is_table(&self, path: &Path) -> bool {
        let is_csv = path.extension().is_some_and(|extension| extension == "csv");
        self.csv || self.readings || (is_csv && !self.json)
    }

    fn write(&self, results: &Results, question: &str) -> Outcome {
        if let Some(path) = &self.output {
            let text = match (self.is_table(path), self.readings) {
                (true, true) => readings_csv(results),
                (true, false) => points_csv(results),
                (false, _) => sweep_json(results),
            };
            return write(Some(Path::new(path)), &text);
        }
        if self.json {
            print(&sweep_json(results))
        } else if self.csv {
            print(&points_csv(results))
        } else if self.readings {
            print(&readings_csv(results))
        } else {
            print(&in_words(results, question))
        }
    }
}

fn in_words(results: &Results, question: &str) -> String {
    let (sweep, points) = (results.sweep(), results.points());
    let plan = sweep.plan();
    let mut header = vec![plan.x.knob.clone()];
    header.extend(plan.y.as_ref().map(|y| y.knob.clone()));
    header.extend(["runs", "mean", "± 95 %", "p5", "p95"].map(str::to_owned));
    if sweep.theory().is_some() {
        header.extend(["theory", ""].map(str::to_owned));
    }
    let mut rows = vec![header];
    rows.extend(points.iter().map(|point| row(point, sweep.theory())));
    let mut text = if question.is_empty() {
        String::new()
    } else {
        format!("{question}\n")
    };
    text += &format!(
        "{}\n\n{}",
        plan.measure.label(sweep.pattern()),
        table(&rows)
    );
    match sweep.theory() {
        Some(Theory::Curve { source, .. } | Theory::Lines { source, .. }) => {
            text += &format!("\ntheory: {source}\n{}\n", Verdict::of(&points));
        }
        Some(Theory::None(reason)) => text += &format!("\nno theory: {reason}\n"),
        None => {}
    }
    let missing: usize = points.iter().map(|point| point.summary.missing).sum();
    if missing > 0 {
        text += &format!("\n{missing} runs measured nothing and are left out\n");
    }
    text
}

fn row(point: &Point, theory: Option<&Theory>) -> Vec<String> {
    let summary = &point.summary;
    let mut row = vec![point.x.to_string()];
    row.extend(point.y.as_ref().map(ToString::to_string));
    row.push(summary.count.to_string());
    row.extend([summary.mean, summary.half_width, summary.p5, summary.p95].map(short));
    if theory.is_some() {
        row.push(point.theory.map_or_else(|| "-".to_owned(), short));
        row.push(
            match point.agreement {
                Agreement::Agrees => "agrees",
                Agreement::Differs => "DIFFERS",
                Agreement::NoTheory => "",
            }
            .to_owned(),
        );
    }
    row
}
