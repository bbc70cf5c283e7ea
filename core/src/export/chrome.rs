//! A trace in Chrome's trace event format, as Perfetto and `chrome://tracing` open it.
//!
//! One process is the run, one track (thread) each node; track 0 is for what happens at no node.
//! Messages are flows from the slice of their sending to that of their arrival, metrics are
//! counters. An event of a model takes no time, but a flow needs a slice to hold on to: events are
//! drawn a microsecond long, or shorter where the next one follows sooner.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::trace::{Kind, Trace};

const PROCESS: u32 = 1;
const SLICE_NANOS: u64 = 1_000;

/// A slice of a track.
struct Slice {
    at: u64,
    name: String,
    category: &'static str,
    flow: Option<(&'static str, u64)>,
    arguments: Json,
}

impl Trace {
    /// The trace as JSON in the trace event format. Messages still on their way at the end are
    /// left out.
    pub fn to_chrome(&self) -> String {
        let mut events = self.names();
        for (track, mut slices) in self.tracks() {
            slices.sort_by_key(|slice| slice.at);
            events.extend(drawn(track, &slices));
        }
        let violations = self.violations.iter().map(|(name, at, reason)| {
            json!({
                "ph": "i", "s": "g", "pid": PROCESS, "tid": 0, "ts": micros(*at),
                "cat": "promise", "name": format!("broken: {name}"), "args": { "reason": reason },
            })
        });
        events.extend(violations);
        events.extend(self.counters());
        let document = json!({
            "traceEvents": events,
            "displayTimeUnit": "ms",
            "otherData": {
                "orrery": self.orrery,
                "pattern": self.pattern,
                "run": self.run,
                "traceHash": self.trace_hash,
                "leftOut": self.left_out,
            },
        });
        document.to_string()
    }

    fn names(&self) -> Vec<Json> {
        let name = |what: &str, track: usize, name: &str| {
            json!({
                "ph": "M", "pid": PROCESS, "tid": track, "name": what, "args": { "name": name },
            })
        };
        let mut events = vec![
            name("process_name", 0, &self.pattern),
            name("thread_name", 0, "run"),
        ];
        for (track, node) in (1..).zip(&self.nodes) {
            events.push(name("thread_name", track, &node.name));
            events.push(json!({
                "ph": "M", "pid": PROCESS, "tid": track, "name": "thread_sort_index",
                "args": { "sort_index": track },
            }));
        }
        events
    }

    /// The slices of each track, in no order.
    fn tracks(&self) -> BTreeMap<usize, Vec<Slice>> {
        let track = |node: Option<u16>| {
            let known = node.filter(|node| usize::from(*node) < self.nodes.len());
            known.map_or(0, |node| usize::from(node) + 1)
        };
        let mut tracks: BTreeMap<usize, Vec<Slice>> = BTreeMap::new();
        for event in &self.events {
            let is_flow = event.kind == Kind::Delivered;
            if event.kind.is_message() {
                tracks.entry(track(event.from)).or_default().push(Slice {
                    at: event.since_ns,
                    name: format!("send {}", event.label),
                    category: "send",
                    flow: is_flow.then_some(("s", event.id)),
                    arguments: json!({ "message": event.id, "during": event.cause }),
                });
            }
            tracks.entry(track(event.node)).or_default().push(Slice {
                at: event.at_ns,
                name: match (event.kind, event.label.as_str()) {
                    (kind, "") => kind.name().to_owned(),
                    (Kind::Lost, label) => format!("lost {label}"),
                    (_, label) => label.to_owned(),
                },
                category: event.kind.name(),
                flow: is_flow.then_some(("f", event.id)),
                arguments: json!({
                    "event": event.id, "cause": event.cause, "ordinal": event.ordinal,
                }),
            });
        }
        tracks
    }

    fn counters(&self) -> Vec<Json> {
        let points = self.charts.iter().flat_map(|chart| {
            let finite = chart.points.iter().filter(|(_, value)| value.is_finite());
            finite.map(move |(at, value)| {
                json!({
                    "ph": "C", "pid": PROCESS, "ts": at * 1e6, "name": chart.spec.label,
                    "args": { (chart.spec.unit): value },
                })
            })
        });
        points.collect()
    }
}

/// The events that draw the slices of a track, which stand in the order of their beginnings.
fn drawn(track: usize, slices: &[Slice]) -> Vec<Json> {
    let mut events = Vec::with_capacity(slices.len() * 2);
    for (place, slice) in slices.iter().enumerate() {
        let next = slices[place..].iter().find(|other| other.at > slice.at);
        let length = next.map_or(SLICE_NANOS, |next| SLICE_NANOS.min(next.at - slice.at));
        events.push(json!({
            "ph": "X", "pid": PROCESS, "tid": track, "ts": micros(slice.at), "dur": micros(length),
            "cat": slice.category, "name": slice.name, "args": slice.arguments,
        }));
        if let Some((phase, id)) = slice.flow {
            let mut flow = json!({
                "ph": phase, "pid": PROCESS, "tid": track, "ts": micros(slice.at),
                "cat": "message", "name": "message", "id": id,
            });
            if phase == "f" {
                // To the slice that it falls into rather than to the next one.
                flow["bp"] = json!("e");
            }
            events.push(flow);
        }
    }
    events
}

/// The format counts in microseconds.
fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1e3
}
