//! The trace of a run: every event that left a record, in order, with its cause.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{VERSION, table};
use crate::catalog::Pattern;
use crate::kernel::session::{Chart, PropertyState, RunState, SessionError};
use crate::kernel::timeline::{Cursor, Halt, Stops};
use crate::kernel::trace::{Record, RecordKind};
use crate::time::SimTime;

/// The most events of one trace.
pub const TRACE_EVENTS_MAX: usize = 200_000;
/// Events taken in one go; fewer than a session remembers.
const SLICE: u64 = 8_192;

/// A run with everything that happened in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// The version of Orrery that made it.
    pub orrery: String,
    /// The slug of the pattern.
    pub pattern: String,
    /// The run; its cursor is where the trace ends.
    pub run: RunState,
    /// The hash of everything that happened until there, in hexadecimal.
    pub trace_hash: String,
    /// How many events at the beginning were left out, since there are more than a trace holds.
    pub left_out: u64,
    /// The nodes, in the order of their numbers.
    pub nodes: Vec<TraceNode>,
    /// What happened.
    pub events: Vec<TraceEvent>,
    /// The promises that were broken: name, when in nanoseconds, why.
    pub violations: Vec<(String, u64, String)>,
    /// What was measured over time, for formats that can show it.
    #[serde(skip)]
    pub(super) charts: Vec<Chart>,
}

/// A node of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceNode {
    /// Its name.
    pub name: String,
}

/// One event of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceEvent {
    /// Its number in the order of scheduling.
    pub id: u64,
    /// The event during which it was scheduled; its own number when a person did it, 0 for the
    /// start of the run.
    pub cause: u64,
    /// How many events had happened, this one included.
    pub ordinal: u64,
    /// When it happened, in nanoseconds.
    pub at_ns: u64,
    /// When it was scheduled or sent.
    pub since_ns: u64,
    /// What it was.
    pub kind: Kind,
    /// The sender of a message, by its place among the nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u16>,
    /// The node at which it happened, by its place among the nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<u16>,
    /// A few words.
    pub label: String,
}

/// What an event was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The model did something on its own.
    Local,
    /// A timer of a node fired.
    Timer,
    /// A message arrived.
    Delivered,
    /// A message was lost.
    Lost,
    /// A person acted.
    Action,
    /// A fault struck.
    Fault,
}

impl Kind {
    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Timer => "timer",
            Self::Delivered => "delivered",
            Self::Lost => "lost",
            Self::Action => "action",
            Self::Fault => "fault",
        }
    }

    /// Whether it is the end of a message.
    pub const fn is_message(self) -> bool {
        matches!(self, Self::Delivered | Self::Lost)
    }
}

impl From<RecordKind> for Kind {
    fn from(kind: RecordKind) -> Self {
        match kind {
            RecordKind::Local => Self::Local,
            RecordKind::Timer => Self::Timer,
            RecordKind::Delivered => Self::Delivered,
            RecordKind::Lost => Self::Lost,
            RecordKind::Action => Self::Action,
            RecordKind::Fault => Self::Fault,
        }
    }
}

impl TraceEvent {
    fn of(record: &Record) -> Self {
        Self {
            id: record.id.0,
            cause: record.cause.0,
            ordinal: record.ordinal,
            at_ns: record.at.as_nanos(),
            since_ns: record.since.as_nanos(),
            kind: record.kind.into(),
            from: record.from.map(|node| node.0),
            node: record.node.map(|node| node.0),
            label: record.label.clone().into_owned(),
        }
    }
}

impl Trace {
    /// Plays the branch of `state` that is looked at from its start until an instant, and keeps
    /// the last [`TRACE_EVENTS_MAX`] events of it.
    ///
    /// # Errors
    /// Why the run cannot be opened.
    pub fn record(
        pattern: &Pattern,
        state: &RunState,
        until: SimTime,
    ) -> Result<Self, SessionError> {
        let start = Cursor::default();
        let mut session = (pattern.machine.open)(&RunState {
            cursor: start,
            ..state.clone()
        })?;
        session.seek_cursor(start);
        let mut events: Vec<TraceEvent> = Vec::new();
        let mut left_out = 0;
        loop {
            let before = session.cursor().ordinal;
            let halt = session.advance(until, SLICE, &Stops::default());
            let fresh = session.records(SLICE as usize);
            let fresh = fresh.iter().filter(|record| record.ordinal > before);
            events.extend(fresh.map(TraceEvent::of));
            if events.len() > TRACE_EVENTS_MAX {
                let surplus = events.len() - TRACE_EVENTS_MAX;
                events.drain(..surplus);
                left_out += surplus as u64;
            }
            if halt == Halt::Reached {
                break;
            }
        }
        let violations = session.properties().into_iter().filter_map(|property| {
            let PropertyState::Violated(violation) = property.state else {
                return None;
            };
            Some((
                property.name.to_owned(),
                violation.at.as_nanos(),
                violation.reason,
            ))
        });
        let nodes = session.nodes().into_iter();
        Ok(Self {
            orrery: VERSION.to_owned(),
            pattern: pattern.card.slug.to_owned(),
            run: session.state(),
            trace_hash: format!("{:016x}", session.trace_hash()),
            left_out,
            nodes: nodes.map(|node| TraceNode { name: node.name }).collect(),
            violations: violations.collect(),
            events,
            charts: session.charts(),
        })
    }

    /// The trace as JSON, from which [`Trace`] reads back and the run can be played again.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a trace is plain data")
    }

    /// The events as CSV. Times are whole nanoseconds.
    pub fn to_csv(&self) -> String {
        let header = [
            "ordinal", "at_ns", "since_ns", "kind", "from", "node", "label", "id", "cause",
        ];
        let rows = self.events.iter().map(|event| {
            vec![
                event.ordinal.to_string(),
                event.at_ns.to_string(),
                event.since_ns.to_string(),
                event.kind.name().to_owned(),
                event.from.map_or_else(String::new, |node| self.name(node)),
                event.node.map_or_else(String::new, |node| self.name(node)),
                event.label.clone(),
                event.id.to_string(),
                event.cause.to_string(),
            ]
        });
        table(std::iter::once(header.map(str::to_owned).to_vec()).chain(rows))
    }

    pub(super) fn name(&self, node: u16) -> String {
        let known = self.nodes.get(usize::from(node));
        known.map_or_else(|| format!("node {node}"), |known| known.name.clone())
    }

    /// The messages sent during each event, by their places in the list of events.
    pub(super) fn sent_during(&self) -> BTreeMap<u64, Vec<usize>> {
        let mut sent: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (place, event) in self.events.iter().enumerate() {
            if event.kind.is_message() {
                sent.entry(event.cause).or_default().push(place);
            }
        }
        sent
    }
}

/// Seconds with as many decimals as a reader can use.
pub(super) fn seconds(nanos: u64) -> String {
    format!("{}.{:06}", nanos / 1_000_000_000, nanos / 1_000 % 1_000_000)
}
