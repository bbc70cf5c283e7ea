//! The swimlane twin of the stage: one lane per node, time from left to right, messages as arrows.
//!
//! It is derived from the record of a run, so that every pattern with nodes has it.

use crate::kernel::engine::{FAULT_PREFIX, Flight};
use crate::kernel::network::{Network, NodeId, Status};
use crate::kernel::trace::{EventId, Record, RecordKind};
use crate::scene::{Lane, LaneArrow, LaneMark, LaneSpan, Scene, SceneBuilder, StageShape, Tone};
use crate::sorted::{SortedMap, SortedSet};
use crate::time::{SimTime, Span};

/// The stretch of length `window` that ends a little after `now`.
pub(crate) fn latest(now: SimTime, window: Span) -> (SimTime, SimTime) {
    // An eighth of the picture is left for what is still to arrive.
    let to = now.max(SimTime::ZERO + window - window / 8) + window / 8;
    (to - window, to)
}

/// Draws a stretch of a run that has come to `now`; none without nodes. `spoke` are the events of the
/// stretch of which something was told.
pub(crate) fn draw<'a>(
    (network, now): (&Network, SimTime),
    records: impl Iterator<Item = &'a Record>,
    spoke: SortedSet<EventId>,
    flights: &[Flight],
    shape: StageShape,
    (from, to): (SimTime, SimTime),
) -> Option<Scene> {
    if network.is_empty() {
        return None;
    }
    let history = History {
        spoke,
        ..History::default()
    };
    let history = history.read(network, records, (from, to), now);

    let mut builder = SceneBuilder::new(shape);
    let lanes = network.nodes().map(|node| Lane {
        name: network.name(node).to_owned(),
        tone: match network.status(node) {
            Status::Up => Tone::Plain,
            Status::Crashed => Tone::Failed,
            Status::Paused => Tone::Idle,
        },
    });
    let on_their_way = flights
        .iter()
        .filter(|flight| flight.due >= from && flight.sent <= to)
        .map(|flight| LaneArrow {
            from: lane(flight.from),
            sent: flight.sent,
            to: lane(flight.to),
            due: flight.due,
            tone: flight.tone,
            label: flight.label.to_string(),
            lost: flight.lost,
            event: Some(flight.id.0),
        });
    let arrows: Vec<LaneArrow> = history.arrows.into_iter().chain(on_their_way).collect();
    let lanes: Vec<Lane> = lanes.collect();
    let frame = builder.area();
    let placed = builder.lanes("swimlanes", frame, lanes.clone(), from, to);
    // A strip has no room for a heading, and stands where it is named.
    let placed = match shape {
        StageShape::Wide | StageShape::Tall => placed.label("Swimlanes"),
        StageShape::Strip { .. } => {
            let names: Vec<&str> = lanes.iter().map(|lane| &*lane.name).collect();
            let (names, count) = (names.join(", "), arrows.len());
            placed.describe(format!(
                "Swimlanes of {names}: {count} messages from {from} to {to}"
            ))
        }
    };
    placed
        .now(now)
        .spans(history.spans)
        .marks(history.marks)
        .arrows(arrows);
    Some(builder.finish())
}

/// Since when a node is not up, what that is called, and what it means.
type Outage = (SimTime, &'static str, Tone);

#[derive(Default)]
struct History {
    spoke: SortedSet<EventId>,
    arrows: Vec<LaneArrow>,
    marks: Vec<LaneMark>,
    spans: Vec<LaneSpan>,
}

impl History {
    fn read<'a>(
        mut self,
        network: &Network,
        records: impl Iterator<Item = &'a Record>,
        (from, to): (SimTime, SimTime),
        now: SimTime,
    ) -> Self {
        let mut down: SortedMap<NodeId, Outage> = SortedMap::new();
        for record in records {
            let Some(node) = record
                .node
                .filter(|node| usize::from(node.0) < network.len())
            else {
                continue;
            };
            if record.kind == RecordKind::Fault {
                self.outage(&mut down, node, record);
            }
            if record.at < from || record.since > to {
                continue;
            }
            match record.kind {
                RecordKind::Delivered | RecordKind::Lost => self.arrow(record, node),
                RecordKind::Timer | RecordKind::Local | RecordKind::Action | RecordKind::Fault => {
                    if record.at <= to {
                        self.mark(record, node);
                    }
                }
            }
        }
        for (node, outage) in down {
            self.span(node, outage, now);
        }
        self.spans.retain(|span| span.to >= from && span.from <= to);
        self
    }

    fn outage(&mut self, down: &mut SortedMap<NodeId, Outage>, node: NodeId, record: &Record) {
        let is = |name: &str| record.label.starts_with(name);
        if is("fault.crash") {
            down.insert(node, (record.at, "crashed", Tone::Failed));
        } else if is("fault.pause") {
            down.insert(node, (record.at, "paused", Tone::Idle));
        } else if (is("fault.restart") || is("fault.resume"))
            && let Some(outage) = down.remove(&node)
        {
            self.span(node, outage, record.at);
        }
    }

    fn span(&mut self, node: NodeId, (from, label, tone): Outage, to: SimTime) {
        self.spans.push(LaneSpan {
            lane: lane(node),
            from,
            to,
            tone,
            label: label.to_owned(),
        });
    }

    fn arrow(&mut self, record: &Record, node: NodeId) {
        self.arrows.push(LaneArrow {
            from: record.from.map_or(lane(node), lane),
            sent: record.since,
            to: lane(node),
            due: record.at,
            tone: record.tone,
            label: record.label.to_string(),
            lost: record.kind == RecordKind::Lost,
            event: Some(record.id.0),
        });
    }

    fn mark(&mut self, record: &Record, node: NodeId) {
        // What an answer has overtaken is no failure: a timer in vain has nothing to tell.
        let is_bad = matches!(record.tone, Tone::Failed | Tone::Refused | Tone::Stale);
        let in_vain =
            is_bad && record.kind == RecordKind::Timer && !self.spoke.contains(&record.id);
        let label = match record.kind {
            RecordKind::Action | RecordKind::Fault => deed(&record.label),
            RecordKind::Local | RecordKind::Timer | RecordKind::Delivered | RecordKind::Lost => {
                record.label.to_string()
            }
        };
        self.marks.push(LaneMark {
            lane: lane(node),
            at: record.at,
            tone: if in_vain { Tone::Idle } else { record.tone },
            label,
            event: Some(record.id.0),
        });
    }
}

/// A deed in a word or two, without what its lane says already.
fn deed(call: &str) -> String {
    let name = call.split('(').next().unwrap_or_default();
    name.trim_start_matches(FAULT_PREFIX).replace('_', " ")
}

fn lane(node: NodeId) -> usize {
    usize::from(node.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deed_is_told_without_its_arguments() {
        for (call, told) in [
            ("fault.crash(node=1)", "crash"),
            ("send_burst(client=0,size=4)", "send burst"),
            ("heal", "heal"),
        ] {
            assert_eq!(deed(call), told);
        }
    }

    #[test]
    fn a_timer_that_told_of_nothing_is_no_failure_and_one_that_did_is() {
        let timer = |id| Record {
            id: EventId(id),
            cause: EventId(0),
            at: SimTime::from_secs(1),
            since: SimTime::ZERO,
            kind: RecordKind::Timer,
            from: None,
            node: Some(NodeId(0)),
            label: "time is up".into(),
            tone: Tone::Failed,
            ordinal: id,
        };
        let mut history = History {
            spoke: [EventId(2)].into_iter().collect(),
            ..History::default()
        };
        for id in [1, 2] {
            history.mark(&timer(id), NodeId(0));
        }
        let tones: Vec<Tone> = history.marks.iter().map(|mark| mark.tone).collect();
        assert_eq!(tones, [Tone::Idle, Tone::Failed]);
    }
}
