//! The swimlane twin of the stage: one lane per node, time from left to right, messages as arrows.
//!
//! It is derived from the record of a run, so that every pattern with nodes has it.

use crate::kernel::engine::Flight;
use crate::kernel::network::{Network, NodeId, Status};
use crate::kernel::trace::{Record, RecordKind};
use crate::scene::{Lane, LaneArrow, LaneMark, LaneSpan, Scene, SceneBuilder, StageShape, Tone};
use crate::sorted::SortedMap;
use crate::time::{SimTime, Span};

/// Draws the stretch of length `window` that ends a little after `now`; none without nodes.
pub(crate) fn draw<'a>(
    network: &Network,
    now: SimTime,
    records: impl Iterator<Item = &'a Record>,
    flights: &[Flight],
    shape: StageShape,
    window: Span,
) -> Option<Scene> {
    if network.is_empty() {
        return None;
    }
    // An eighth of the picture is left for what is still to arrive.
    let to = now.max(SimTime::ZERO + window - window / 8) + window / 8;
    let from = to - window;
    let history = History::read(network, records, from, now);

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
        .filter(|flight| flight.due >= from)
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
    let frame = builder.area();
    builder
        .lanes("swimlanes", frame, lanes, from, to)
        .label("Swimlanes")
        .now(now)
        .spans(history.spans)
        .marks(history.marks)
        .arrows(arrows);
    Some(builder.finish())
}

#[derive(Default)]
struct History {
    arrows: Vec<LaneArrow>,
    marks: Vec<LaneMark>,
    spans: Vec<LaneSpan>,
}

impl History {
    fn read<'a>(
        network: &Network,
        records: impl Iterator<Item = &'a Record>,
        from: SimTime,
        now: SimTime,
    ) -> Self {
        let mut history = Self::default();
        let mut down: SortedMap<NodeId, (SimTime, &'static str)> = SortedMap::new();
        for record in records {
            let Some(node) = record
                .node
                .filter(|node| usize::from(node.0) < network.len())
            else {
                continue;
            };
            if record.kind == RecordKind::Fault {
                history.outage(&mut down, node, record);
            }
            if record.at < from {
                continue;
            }
            match record.kind {
                RecordKind::Delivered | RecordKind::Lost => history.arrow(record, node),
                RecordKind::Timer | RecordKind::Local | RecordKind::Action | RecordKind::Fault => {
                    history.mark(record, node);
                }
            }
        }
        for (node, (since, label)) in down {
            history.span(node, since, now, label);
        }
        history.spans.retain(|span| span.to >= from);
        history
    }

    fn outage(
        &mut self,
        down: &mut SortedMap<NodeId, (SimTime, &'static str)>,
        node: NodeId,
        record: &Record,
    ) {
        let is = |name: &str| record.label.starts_with(name);
        if is("fault.crash") {
            down.insert(node, (record.at, "crashed"));
        } else if is("fault.pause") {
            down.insert(node, (record.at, "paused"));
        } else if (is("fault.restart") || is("fault.resume"))
            && let Some((since, label)) = down.remove(&node)
        {
            self.span(node, since, record.at, label);
        }
    }

    fn span(&mut self, node: NodeId, from: SimTime, to: SimTime, label: &str) {
        let label = label.to_owned();
        self.spans.push(LaneSpan {
            lane: lane(node),
            from,
            to,
            tone: Tone::Failed,
            label,
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
        self.marks.push(LaneMark {
            lane: lane(node),
            at: record.at,
            tone: record.tone,
            label: record.label.to_string(),
            event: Some(record.id.0),
        });
    }
}

fn lane(node: NodeId) -> usize {
    usize::from(node.0)
}
