//! What there is.

use clap::Args;
use orrery_core::catalog::{PATTERNS, Pattern};
use orrery_core::kernel::metrics::MetricSpec;
use orrery_core::lab::Reduction;
use orrery_core::spec::{Kind, Spec};
use serde_json::{Value as Json, json};

use crate::Outcome;
use crate::output::{print, print_json, table};
use crate::setting;

/// What to name.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Name what can be set, measured and tried in this pattern.
    pattern: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Prints what there is.
pub(crate) fn list(arguments: &ListArguments) -> Outcome {
    match &arguments.pattern {
        Some(slug) => {
            let pattern = setting::pattern(slug)?;
            if arguments.json {
                print_json(&described(pattern))
            } else {
                print(&in_words(pattern))
            }
        }
        None if arguments.json => {
            print_json(&PATTERNS.iter().map(|pattern| described(pattern)).collect())
        }
        None => {
            let rows = PATTERNS.iter().map(|pattern| {
                vec![
                    pattern.card.slug.to_owned(),
                    pattern.card.summary.to_owned(),
                ]
            });
            print(&table(&rows.collect::<Vec<_>>()))
        }
    }
}

fn in_words(pattern: &Pattern) -> String {
    let card = &pattern.card;
    let mut text = format!("{}: {}\n", card.name, card.summary);
    let mut section = |title: &str, rows: Vec<Vec<String>>| {
        text += &format!("\n{title}\n{}", table(&rows));
    };
    let scenarios = (pattern.scenarios)().into_iter();
    section(
        "scenarios",
        scenarios
            .map(|s| vec![s.slug.to_owned(), s.name.to_owned()])
            .collect(),
    );
    let knobs = (pattern.machine.knobs)().iter();
    section(
        "knobs",
        knobs
            .map(|spec| {
                let default = format!("{} {}", spec.default, spec.unit);
                vec![
                    spec.key.to_owned(),
                    default,
                    accepts(spec),
                    spec.label.to_owned(),
                ]
            })
            .collect(),
    );
    let metrics = (pattern.machine.metrics)().iter();
    section(
        "metrics",
        metrics
            .map(|spec| {
                vec![
                    spec.key.to_owned(),
                    spec.unit.to_owned(),
                    reductions(spec).join(", "),
                ]
            })
            .collect(),
    );
    let experiments = (pattern.experiments)().into_iter();
    section(
        "experiments",
        experiments
            .map(|e| vec![e.slug.to_owned(), e.question.to_owned()])
            .collect(),
    );
    let promises = (pattern.machine.properties)().into_iter();
    section(
        "promises",
        promises.map(|name| vec![name.to_owned()]).collect(),
    );
    let variants = (pattern.breaking)().variants.into_iter();
    section(
        "broken variants",
        variants
            .map(|v| vec![v.slug.to_owned(), v.harm.to_owned()])
            .collect(),
    );
    text
}

fn reductions(spec: &MetricSpec) -> Vec<&'static str> {
    Reduction::of(spec.kind)
        .iter()
        .map(|reduction| reduction.name())
        .collect()
}

fn accepts(spec: &Spec) -> String {
    match &spec.kind {
        Kind::Flag => "on, off".to_owned(),
        Kind::Int { min, max } => format!("{min} to {max}"),
        Kind::Real { min, max } => format!("{min} to {max}"),
        Kind::Choice(choices) => choices
            .iter()
            .map(|choice| choice.key)
            .collect::<Vec<_>>()
            .join(", "),
        Kind::Text { max_chars } => format!("at most {max_chars} characters"),
        Kind::Node => "a node".to_owned(),
        Kind::Nodes => "nodes".to_owned(),
        Kind::Trace => "lines of time[,key[,cost]]".to_owned(),
    }
}

fn described(pattern: &Pattern) -> Json {
    let card = &pattern.card;
    let metrics = (pattern.machine.metrics)().iter();
    let experiments = (pattern.experiments)().into_iter();
    let scenarios = (pattern.scenarios)().into_iter();
    let variants = (pattern.breaking)().variants.into_iter();
    json!({
        "pattern": card.slug,
        "name": card.name,
        "family": card.family.slug(),
        "summary": card.summary,
        "knobs": (pattern.machine.knobs)(),
        "actions": (pattern.machine.actions)(),
        "metrics": metrics
            .map(|spec| json!({
                "key": spec.key,
                "label": spec.label,
                "unit": spec.unit,
                "help": spec.help.trim(),
                "reductions": reductions(spec),
            }))
            .collect::<Vec<_>>(),
        "promises": (pattern.machine.properties)(),
        "broken_variants": variants
            .map(|v| json!({ "slug": v.slug, "name": v.name, "harm": v.harm, "breaks": v.breaks }))
            .collect::<Vec<_>>(),
        "scenarios": scenarios
            .map(|s| json!({ "slug": s.slug, "name": s.name, "summary": s.summary }))
            .collect::<Vec<_>>(),
        "experiments": experiments
            .map(|e| json!({ "slug": e.slug, "name": e.name, "question": e.question }))
            .collect::<Vec<_>>(),
    })
}
