//! One run to its end, and the proof that a run is the one it was.

use clap::Args;
use orrery_core::condition::Condition;
use orrery_core::export::VERSION;
use orrery_core::kernel::metrics::{Metric, MetricKind, Metrics};
use orrery_core::kernel::session::{PropertyState, RunState, Session};
use orrery_core::kernel::timeline::{Cursor, Halt, Stops};
use orrery_core::link::Link;
use orrery_core::time::SimTime;
use serde_json::{Value as Json, json};

use crate::Outcome;
use crate::error::Failure;
use crate::output::{print, print_json, short, table};
use crate::setting::{Meant, Setting, site_address};

/// What to run.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    setting: Setting,
    /// End where this comes true, such as 'refused > 5' or 'latency:p99 >= 0.2'.
    #[arg(long, value_name = "CONDITION")]
    stop_when: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What to replay.
#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    #[command(flatten)]
    setting: Setting,
    /// The hash that the trace must have, in hexadecimal; without it, the one that the link names.
    #[arg(long, value_name = "HASH", value_parser = hash)]
    expect: Option<u64>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn hash(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    u64::from_str_radix(digits, 16)
        .map_err(|_| "a hash has up to 16 hexadecimal digits, such as 0123456789abcdef".to_owned())
}

/// Runs and prints how it ended.
pub(crate) fn run(arguments: &RunArguments) -> Outcome {
    let meant = arguments.setting.resolve()?;
    let session = match &arguments.stop_when {
        None => play(&meant)?,
        Some(condition) => play_until(&meant, condition)?,
    };
    if arguments.json {
        print_json(&as_json(&meant, &*session))
    } else {
        print(&in_words(&meant, &*session))
    }
}

/// Runs and compares.
pub(crate) fn replay(arguments: &ReplayArguments) -> Outcome {
    let meant = arguments.setting.resolve()?;
    let found = play(&meant)?.trace_hash();
    let slug = meant.pattern.card.slug;
    let until = meant.until;
    let (same, expected) = match (arguments.expect, meant.link.hash) {
        (Some(expected), _) => (found == expected, hex(expected)),
        (None, Some(start)) => (
            meant.link.agrees(found) == Some(true),
            format!("{start:08x}…"),
        ),
        (None, None) => {
            return Err(Failure::Usage(
                "the link does not say which trace it leads to: give --expect HASH".to_owned(),
            ));
        }
    };
    if arguments.json {
        print_json(&json!({
            "orrery": VERSION,
            "pattern": slug,
            "until_s": until.as_secs_f64(),
            "trace_hash": hex(found),
            "expected": expected,
            "same": same,
        }))?;
    } else if same {
        print(&format!(
            "{slug} has the trace {} at {until}, as expected\n",
            hex(found)
        ))?;
    }
    if same {
        return Ok(());
    }
    Err(Failure::No(format!(
        "{slug} has the trace {} at {until} under Orrery {VERSION}, not {expected}",
        hex(found),
    )))
}

fn hex(hash: u64) -> String {
    format!("{hash:016x}")
}

/// Plays the branch that is looked at until the end: where a link points between two events of one
/// instant, until there.
fn play(meant: &Meant) -> Result<Box<dyn Session>, Failure> {
    let cursor = meant.state().cursor;
    if cursor.ordinal > 0 && cursor.at == meant.until {
        return Ok((meant.pattern.machine.open)(meant.state())?);
    }
    let mut session = start(meant)?;
    session.seek(meant.until);
    Ok(session)
}

/// Plays from the start until a condition comes true.
fn play_until(meant: &Meant, condition: &str) -> Result<Box<dyn Session>, Failure> {
    let metrics = (meant.pattern.machine.metrics)();
    let stops = Stops {
        conditions: vec![Condition::parse(condition, metrics)?],
        ..Stops::default()
    };
    let mut session = start(meant)?;
    match session.advance(meant.until, u64::MAX, &stops) {
        Halt::Condition(_) => Ok(session),
        Halt::Reached | Halt::Notable | Halt::Violated(_) | Halt::Budget => {
            Err(Failure::No(format!(
                "“{condition}” does not come true until {}",
                session.cursor().at
            )))
        }
    }
}

/// The branch that is looked at, at its start.
fn start(meant: &Meant) -> Result<Box<dyn Session>, Failure> {
    let state = RunState {
        cursor: Cursor {
            at: SimTime::ZERO,
            ordinal: 0,
        },
        ..meant.state().clone()
    };
    Ok((meant.pattern.machine.open)(&state)?)
}

/// The link to where the run ended, relative to the site's root.
fn link(meant: &Meant, session: &dyn Session) -> String {
    let link = Link {
        scenario: meant.link.scenario.clone(),
        view: meant.link.view.clone(),
        ..Link::here(session)
    };
    site_address(meant.pattern, &link)
}

/// A metric's numbers by their names.
fn numbers(metrics: &Metrics, index: usize, now: SimTime) -> Vec<(&'static str, f64)> {
    let metric = Metric(index);
    let (value, mean) = (metrics.value(metric), metrics.mean(metric, now));
    let quantile = |q: f64| {
        metrics
            .histogram(metric)
            .map_or(f64::NAN, |h| h.quantile(q))
    };
    match metrics.specs()[index].kind {
        MetricKind::Counter => vec![("total", value), ("rate", mean)],
        MetricKind::Gauge => vec![
            ("last", value),
            ("mean", mean),
            ("max", metrics.max(metric)),
        ],
        MetricKind::Histogram => vec![
            ("total", value),
            ("mean", mean),
            ("p50", quantile(0.5)),
            ("p99", quantile(0.99)),
            ("max", metrics.max(metric)),
        ],
    }
}

fn in_words(meant: &Meant, session: &dyn Session) -> String {
    let (state, cursor) = (session.state(), session.cursor());
    let mut text = format!(
        "{}, seed {}, until {}\n",
        meant.pattern.card.slug, state.seed, cursor.at
    );
    let metrics = session.metrics();
    let rows = metrics.specs().iter().enumerate().map(|(index, spec)| {
        let numbers = numbers(metrics, index, cursor.at);
        let mut row = vec![spec.key.to_owned(), spec.unit.to_owned()];
        row.extend(
            numbers
                .iter()
                .map(|(name, value)| format!("{name} {}", short(*value))),
        );
        row
    });
    text += &format!("\nmetrics\n{}", table(&rows.collect::<Vec<_>>()));
    let rows = session.properties().into_iter().map(|property| {
        let (word, reason) = match property.state {
            PropertyState::Holds => ("holds", String::new()),
            PropertyState::Undecided(doubt) => (
                "undecided",
                format!("since {}: {}", doubt.since, doubt.reason),
            ),
            PropertyState::Pending => ("pending", String::new()),
            PropertyState::Violated(violation) => (
                "BROKEN",
                format!("at {}: {}", violation.at, violation.reason),
            ),
        };
        vec![word.to_owned(), property.name.to_owned(), reason]
    });
    text += &format!("\npromises\n{}", table(&rows.collect::<Vec<_>>()));
    let refused = session
        .refused()
        .into_iter()
        .map(|(entry, reason)| vec![format!("{} at {}", entry.call, entry.at), reason]);
    let refused: Vec<_> = refused.collect();
    if !refused.is_empty() {
        text += &format!("\nrefused\n{}", table(&refused));
    }
    text += &format!(
        "\ntrace {} after {} events\nlink  {}\n",
        hex(session.trace_hash()),
        cursor.ordinal,
        link(meant, session)
    );
    text
}

fn as_json(meant: &Meant, session: &dyn Session) -> Json {
    let (state, cursor) = (session.state(), session.cursor());
    let metrics = session.metrics();
    let measured = metrics.specs().iter().enumerate().map(|(index, spec)| {
        let numbers = numbers(metrics, index, cursor.at).into_iter();
        let numbers: serde_json::Map<String, Json> = numbers
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        (
            spec.key.to_owned(),
            json!({ "unit": spec.unit, "values": numbers }),
        )
    });
    let promises = session
        .properties()
        .into_iter()
        .map(|property| match property.state {
            PropertyState::Holds => json!({ "name": property.name, "state": "holds" }),
            PropertyState::Undecided(doubt) => json!({
                "name": property.name,
                "state": "undecided",
                "since_s": doubt.since.as_secs_f64(),
                "reason": doubt.reason,
            }),
            PropertyState::Pending => json!({ "name": property.name, "state": "pending" }),
            PropertyState::Violated(violation) => json!({
                "name": property.name,
                "state": "broken",
                "at_s": violation.at.as_secs_f64(),
                "reason": violation.reason,
            }),
        });
    let refused = session.refused().into_iter().map(|(entry, reason)| {
        json!({ "at_s": entry.at.as_secs_f64(), "call": entry.call, "reason": reason })
    });
    json!({
        "orrery": VERSION,
        "pattern": meant.pattern.card.slug,
        "run": state,
        "until_s": cursor.at.as_secs_f64(),
        "events": cursor.ordinal,
        "trace_hash": hex(session.trace_hash()),
        "link": link(meant, session),
        "metrics": measured.collect::<serde_json::Map<_, _>>(),
        "promises": promises.collect::<Vec<_>>(),
        "refused": refused.collect::<Vec<_>>(),
    })
}
