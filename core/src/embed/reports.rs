//! What an embed says to the page around it, as JSON.
//!
//! Every message has the version under `orrery` and its `type`; the rest is written here. Nothing is
//! kept for later: a report is made from the run as it stands, and is bounded.

use serde_json::{Value as Json, json};

use crate::embed::messages::{Id, KEY, VERSION};
use crate::kernel::session::{PropertyState, Session};
use crate::link::Terms;
use crate::spec::{Kind, Spec};
use crate::value::Value;

/// The most lines that one report of events holds; of more, the last.
pub const EVENTS_MAX: u64 = 100;

/// A message of this type with these fields.
///
/// ```
/// use orrery_core::embed::reports::message;
/// use serde_json::json;
///
/// let ready = message("ready", None, json!({ "pattern": "saga" }));
/// assert_eq!(ready, json!({ "orrery": 1, "type": "ready", "pattern": "saga" }));
/// ```
pub fn message(kind: &str, id: Option<&Id>, mut fields: Json) -> Json {
    fields[KEY] = json!(VERSION);
    fields["type"] = json!(kind);
    match id {
        Some(Id::Number(number)) => fields["id"] = json!(number),
        Some(Id::Text(text)) => fields["id"] = json!(text),
        None => {}
    }
    fields
}

/// Where the run is: `t` in seconds, `event`, `playing`.
pub fn time(session: &dyn Session, playing: bool) -> Json {
    let cursor = session.cursor();
    json!({
        "t": cursor.at.as_secs_f64(),
        "event": cursor.ordinal,
        "playing": playing,
    })
}

/// What is measured: the total of a counter, the level of a gauge, and of a histogram the median,
/// its count, mean and 99th percentile.
pub fn metrics(session: &dyn Session) -> Json {
    let metrics = session.metrics();
    let mut values = json!({});
    for spec in metrics.specs() {
        let Some(metric) = metrics.find(spec.key) else {
            continue;
        };
        values[spec.key] = match metrics.histogram(metric) {
            None => json!(metrics.value(metric)),
            Some(histogram) => json!({
                "count": histogram.count(),
                "mean": histogram.mean(),
                "p50": histogram.quantile(0.5),
                "p99": histogram.quantile(0.99),
            }),
        };
    }
    json!({ "t": session.cursor().at.as_secs_f64(), "values": values })
}

/// What was said since the line with this number, oldest first, and how many lines there was no room
/// for. The second value is the number to ask from next time.
///
/// Going back in the run makes `since` larger than what there is: then it starts anew from there.
pub fn events(session: &dyn Session, since: u64) -> (Option<Json>, u64) {
    let now = session.log_len();
    let fresh = now.saturating_sub(since);
    if fresh == 0 {
        return (None, now);
    }
    let lines = session.log(fresh.min(EVENTS_MAX) as usize);
    let told: Vec<Json> = lines
        .into_iter()
        .map(|line| {
            json!({
                "number": line.number,
                "t": line.at.as_secs_f64(),
                "event": line.ordinal,
                "kind": line.kind,
                "text": line.text,
                "notable": line.notable,
            })
        })
        .collect();
    let missed = fresh.saturating_sub(EVENTS_MAX);
    (Some(json!({ "events": told, "missed": missed })), now)
}

/// How the promises stand.
pub fn properties(session: &dyn Session) -> Json {
    let all: Vec<Json> = session
        .properties()
        .into_iter()
        .map(|property| match property.state {
            PropertyState::Holds => json!({ "name": property.name, "state": "holds" }),
            PropertyState::Undecided(doubt) => json!({
                "name": property.name,
                "state": "undecided",
                "t": doubt.since.as_secs_f64(),
                "reason": doubt.reason,
            }),
            PropertyState::Pending => json!({ "name": property.name, "state": "pending" }),
            PropertyState::Violated(violation) => json!({
                "name": property.name,
                "state": "violated",
                "t": violation.at.as_secs_f64(),
                "reason": violation.reason,
            }),
        })
        .collect();
    json!({ "properties": all })
}

/// What there is to start, set, do and measure.
pub fn description(session: &dyn Session, terms: &Terms) -> Json {
    let scenarios: Vec<Json> = terms
        .scenarios()
        .iter()
        .map(|scenario| json!({ "scenario": scenario.slug, "name": scenario.name }))
        .collect();
    let knobs: Vec<Json> = terms
        .knobs()
        .iter()
        .map(|spec| setting(spec, session.knob(spec.key).as_ref()))
        .collect();
    let actions: Vec<Json> = terms
        .actions()
        .iter()
        .map(|action| {
            let args: Vec<Json> = action
                .params
                .iter()
                .map(|spec| setting(spec, None))
                .collect();
            json!({ "action": action.name, "label": action.label, "args": args })
        })
        .collect();
    let metrics: Vec<Json> = session
        .metrics()
        .specs()
        .iter()
        .map(|spec| json!({ "metric": spec.key, "label": spec.label, "unit": spec.unit }))
        .collect();
    json!({ "scenarios": scenarios, "knobs": knobs, "actions": actions, "metrics": metrics })
}

fn setting(spec: &Spec, now: Option<&Value>) -> Json {
    let mut told = json!({
        "key": spec.key,
        "label": spec.label,
        "unit": spec.unit,
        "live": spec.live,
        "default": spec.default,
        "value": now.unwrap_or(&spec.default),
    });
    let mut range = |min: Json, max: Json| {
        told["min"] = min;
        told["max"] = max;
    };
    match &spec.kind {
        Kind::Int { min, max } => range(json!(min), json!(max)),
        Kind::Real { min, max } => range(json!(min), json!(max)),
        Kind::Choice(choices) => {
            let keys: Vec<&str> = choices.iter().map(|choice| choice.key).collect();
            told["choices"] = json!(keys);
        }
        Kind::Flag | Kind::Text { .. } | Kind::Node | Kind::Nodes | Kind::Trace => {}
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{PATTERNS, Pattern};
    use crate::time::SimTime;

    fn played(pattern: &Pattern, until: u64) -> Box<dyn Session> {
        let scenario = (pattern.scenarios)().swap_remove(0);
        let opened = (pattern.machine.open)(&scenario.state());
        let mut session = opened.expect("a pattern opens its own scenario");
        session.seek(SimTime::from_secs(until));
        session
    }

    #[test]
    fn events_are_told_once_in_order_and_never_too_many() {
        for pattern in PATTERNS {
            let mut session = played(pattern, 20);
            let (report, next) = events(session.as_ref(), 0);
            let report = report.expect("something has happened");
            let lines = report["events"].as_array().expect("a list");
            assert!(lines.len() as u64 <= EVENTS_MAX, "{}", pattern.card.slug);
            let missed = report["missed"].as_u64().expect("a number");
            assert_eq!(missed + lines.len() as u64, session.log_len());
            assert_eq!(events(session.as_ref(), next), (None, next), "nothing new");
            session.seek(SimTime::ZERO);
            let (report, start) = events(session.as_ref(), next);
            assert_eq!(
                (report, start),
                (None, session.log_len()),
                "the past is not news"
            );
        }
    }

    #[test]
    fn what_is_told_names_every_metric_promise_and_knob() {
        for pattern in PATTERNS {
            let session = played(pattern, 5);
            let values = metrics(session.as_ref());
            for spec in (pattern.machine.metrics)() {
                assert!(!values["values"][spec.key].is_null(), "{}", spec.key);
            }
            let count = properties(session.as_ref())["properties"]
                .as_array()
                .map(Vec::len);
            assert_eq!(count, Some((pattern.machine.properties)().len()));
            let all = description(session.as_ref(), &Terms::from(*pattern));
            let count = all["knobs"].as_array().map(Vec::len);
            assert_eq!(count, Some((pattern.machine.knobs)().len()));
            assert_eq!(time(session.as_ref(), true)["t"], 5.0);
        }
    }
}
