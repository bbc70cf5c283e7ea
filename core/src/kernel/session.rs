//! The object-safe face of a running pattern: all that an app, a test or a worker sees.
//!
//! It takes and gives plain data. Types of the pattern stay behind it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::condition::{Lately, Reading};
pub use crate::kernel::engine::PropertyState;
use crate::kernel::engine::{ActError, Flight, SET};
use crate::kernel::metrics::{Metric, MetricKind, MetricSpec, Metrics};
use crate::kernel::network::{Network, NodeId, Status};
use crate::kernel::timeline::{Branch, Cursor, Entry, Halt, Stops, Timeline};
use crate::kernel::trace::{EventId, Record, RecordKind, Said, Series};
use crate::lab::{Compare, Outcome, Promise, refusal};
use crate::scene::{Scene, SceneBuilder, StageShape, Tone};
use crate::simulation::{PropertyKind, Simulation};
use crate::sorted::SortedMap;
use crate::spec::{Knobs, SettingError, Spec};
use crate::time::{SimTime, Span};
use crate::value::{Call, Value};

/// A run as a value: from it every event follows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RunState {
    /// The seed of all random streams.
    pub seed: u64,
    /// The knobs that differ from their defaults.
    #[serde(default)]
    pub knobs: SortedMap<String, Value>,
    /// What a person does on the first branch.
    #[serde(default)]
    pub script: Vec<Entry>,
    /// The other branches, in the order in which they began.
    #[serde(default)]
    pub branches: Vec<BranchState>,
    /// The branch being looked at; zero is the first.
    #[serde(default)]
    pub current: usize,
    /// Where in it.
    #[serde(default)]
    pub cursor: Cursor,
}

impl RunState {
    /// The run without its branches, at its start: for what is run many times.
    #[must_use]
    pub fn trunk(self) -> Self {
        Self {
            branches: Vec::new(),
            current: 0,
            cursor: Cursor::default(),
            ..self
        }
    }
}

/// A branch of a run as a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BranchState {
    /// The branch it left; zero is the first.
    pub parent: usize,
    /// Where it left.
    pub forked_at: Cursor,
    /// What a person does after that.
    pub script: Vec<Entry>,
}

/// Why a run could not be opened or changed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SessionError {
    /// A setting is wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// An action is wrong or refused.
    #[error(transparent)]
    Act(#[from] ActError),
    /// A branch does not fit the run.
    #[error("branch {branch} leaves branch {parent}, which does not exist before it")]
    Branch {
        /// The branch.
        branch: usize,
        /// The branch it claims to leave.
        parent: usize,
    },
    /// The cursor lies further than a run may go.
    #[error("the run would have to go on until {at}; the furthest instant is {max}")]
    TooFar {
        /// What was asked for.
        at: SimTime,
        /// The limit.
        max: SimTime,
    },
}

/// How far any run goes.
pub const RUN_MAX: SimTime = SimTime::from_secs(24 * 3_600);

/// A property and its state now.
#[derive(Debug, Clone, PartialEq)]
pub struct PropertyView {
    /// A few words.
    pub name: &'static str,
    /// The promise as one sentence.
    pub promise: &'static str,
    /// When it must hold.
    pub kind: PropertyKind,
    /// How it stands.
    pub state: PropertyState,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// Its number in the run.
    pub number: u64,
    /// When.
    pub at: SimTime,
    /// After how many events and actions.
    pub ordinal: u64,
    /// The event that said it.
    pub event: EventId,
    /// What sort of step it is.
    pub kind: &'static str,
    /// The sentence.
    pub text: String,
    /// Its meaning.
    pub tone: Tone,
    /// The region of the source that decided it.
    pub region: Option<&'static str>,
    /// The node it happened at.
    pub node: Option<NodeId>,
    /// Whether it is worth stopping at.
    pub notable: bool,
}

impl LogLine {
    /// The line of what was said, with its number in the run.
    pub fn of(number: u64, said: &Said) -> Self {
        Self {
            number,
            at: said.at,
            ordinal: said.ordinal,
            event: said.event,
            kind: said.narration.kind,
            text: said.narration.text.clone(),
            tone: said.narration.tone,
            region: said.narration.region,
            node: said.narration.node,
            notable: said.narration.notable,
        }
    }
}

/// A mark on the scrubber.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// When.
    pub at: SimTime,
    /// What it marks.
    pub kind: MarkKind,
    /// A few words.
    pub label: String,
}

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// A person acted.
    Action,
    /// A fault struck.
    Fault,
    /// A property was first violated.
    Violation,
    /// A notable step.
    Notable,
}

/// A branch as the scrubber shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct BranchView {
    /// The branch it left.
    pub parent: Option<usize>,
    /// Where it left.
    pub forked_at: Cursor,
    /// How far it was played.
    pub head: Cursor,
    /// What a person did first on it, and when; nothing on the first.
    pub deed: Option<(SimTime, Call)>,
}

/// One metric over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What is measured.
    pub spec: MetricSpec,
    /// Seconds and values: a counter's rate per second, a gauge's level, the mean of what a
    /// histogram saw since the point before (absent when it saw nothing).
    pub points: Vec<(f64, f64)>,
    /// The value now: a counter's total, a gauge's level, a histogram's median.
    pub now: f64,
    /// The 99th percentile of a histogram.
    pub p99: Option<f64>,
}

/// A node as the fault panel shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeView {
    /// Its handle.
    pub id: NodeId,
    /// Its name.
    pub name: String,
    /// What it is doing.
    pub status: Status,
}

/// A running pattern.
///
/// Here stands what is compiled for each pattern. What can be read from the plain data behind it is
/// read by methods of `dyn Session`, which are compiled once and where they are called.
pub trait Session {
    /// Where the cursor is.
    fn cursor(&self) -> Cursor;
    /// Plays on until an instant, at most `budget` events, or until something in `stops`.
    fn advance(&mut self, until: SimTime, budget: u64, stops: &Stops) -> Halt;
    /// Takes the next event that leaves a trace; false when nothing is left to happen.
    fn step(&mut self) -> bool;
    /// Undoes the last one; false at the start.
    fn step_back(&mut self) -> bool;
    /// Goes to an instant.
    fn seek(&mut self, at: SimTime);
    /// Goes to a cursor.
    fn seek_cursor(&mut self, cursor: Cursor);
    /// Does something now; in the past this starts a branch.
    ///
    /// # Errors
    /// Why it cannot be done; nothing has changed then.
    fn act(&mut self, call: &Call) -> Result<(), ActError>;
    /// Changes a knob now. One that is not live starts the run anew with the same seed and script,
    /// and goes to the same instant; branches end with it.
    ///
    /// # Errors
    /// Why it cannot be done; nothing has changed then.
    fn set_knob(&mut self, key: &str, value: &Value) -> Result<(), ActError>;
    /// The present value of a knob.
    fn knob(&self, key: &str) -> Option<Value>;
    /// The value that a knob has at the start of the run.
    fn knob_at_start(&self, key: &str) -> Option<Value>;
    /// The knobs.
    fn knobs(&self) -> &'static [Spec];
    /// Goes to another branch; false when there is none.
    fn switch(&mut self, branch: usize) -> bool;
    /// The picture at the cursor.
    fn scene(&self, shape: StageShape) -> Scene;
    /// Every message on its way or kept back, in the order of sending.
    fn flights(&self) -> Vec<Flight>;
    /// What is promised.
    fn promises(&self) -> Vec<Promise>;
    /// How a promise stands; one that does not exist holds.
    fn standing(&self, promise: usize) -> PropertyState;
    /// What the run left behind.
    fn past(&self) -> Past<'_>;
    /// A hash of everything that happened up to the cursor.
    fn trace_hash(&self) -> u64;
    /// The variants that are played in lock step, if these are several.
    fn comparison(&self) -> Option<&Compare> {
        None
    }
    /// The same, to change them.
    fn comparison_mut(&mut self) -> Option<&mut Compare> {
        None
    }
}

/// What a run left behind and what is around its model, without the types of its pattern.
#[derive(Debug)]
pub struct Past<'a> {
    seed: u64,
    branches: &'a [Branch],
    current: usize,
    // How many steps and records precede the cursor.
    counts: (u64, u64),
    metrics: &'a Metrics,
    lately: &'a Lately,
    network: &'a Network,
}

impl<'a> Past<'a> {
    fn branch(&self) -> &'a Branch {
        &self.branches[self.current]
    }

    /// What was said before the cursor, oldest first, with its numbers in the run.
    fn said(&self) -> impl DoubleEndedIterator<Item = (u64, &'a Said)> + use<'a> {
        self.branch().recording.said.until(self.counts.0)
    }

    /// Records before the cursor, oldest first.
    fn records(&self) -> impl DoubleEndedIterator<Item = &'a Record> {
        let records = self.branch().recording.records.until(self.counts.1);
        records.map(|(_, record)| record)
    }
}

impl<'a> dyn Session + 'a {
    /// How far the present branch was played.
    pub fn head(&self) -> Cursor {
        self.past().branch().head
    }

    /// The branches; the first is the trunk.
    pub fn branches(&self) -> Vec<BranchView> {
        self.past()
            .branches
            .iter()
            .map(|branch| BranchView {
                parent: branch.parent,
                forked_at: branch.forked_at,
                head: branch.head,
                deed: branch
                    .script
                    .get(branch.inherited)
                    .filter(|_| branch.parent.is_some())
                    .map(|entry| (entry.at, entry.call.clone())),
            })
            .collect()
    }

    /// The branch being looked at.
    pub fn current_branch(&self) -> usize {
        self.past().current
    }

    /// The swimlanes of a stretch of time up to the cursor; none without nodes.
    pub fn lanes(&self, shape: StageShape, window: Span) -> Option<Scene> {
        let stretch = crate::swimlanes::latest(self.cursor().at, window);
        self.lanes_between(shape, stretch)
    }

    /// The swimlanes between two instants, as far as the run has come; none without nodes.
    pub fn lanes_between(&self, shape: StageShape, stretch: (SimTime, SimTime)) -> Option<Scene> {
        let past = self.past();
        let spoke = (past.said().rev())
            .take_while(|(_, said)| said.at >= stretch.0)
            .map(|(_, said)| said.event);
        crate::swimlanes::draw(
            (past.network, self.cursor().at),
            past.records(),
            spoke.collect(),
            &self.flights(),
            shape,
            stretch,
        )
    }

    /// From when on the record of the run reaches up to the cursor.
    pub fn recorded_from(&self) -> SimTime {
        let past = self.past();
        let is_whole = past.branch().recording.records.get(0).is_some();
        let oldest = past.records().next().filter(|_| !is_whole);
        oldest.map_or(SimTime::ZERO, |record| record.at)
    }

    /// The last `count` lines of the log before the cursor, oldest first.
    pub fn log(&self, count: usize) -> Vec<LogLine> {
        let mut lines: Vec<LogLine> = (self.said().rev().take(count))
            .map(|(number, said)| LogLine::of(number, said))
            .collect();
        lines.reverse();
        lines
    }

    /// What was said before the cursor, oldest first, with its numbers in the run: the log without
    /// a copy of it.
    pub fn said(&self) -> impl DoubleEndedIterator<Item = (u64, &Said)> {
        self.past().said()
    }

    /// How many lines the log has before the cursor.
    pub fn log_len(&self) -> u64 {
        self.past().counts.0
    }

    /// The last `count` events before the cursor, oldest first.
    pub fn records(&self, count: usize) -> Vec<Record> {
        let past = self.past();
        let mut records: Vec<Record> = past.records().rev().take(count).cloned().collect();
        records.reverse();
        records
    }

    /// An event and what led to it, oldest first, as far as the record reaches: the chain of events
    /// each of which scheduled the next, and what was done before to the nodes on its way.
    pub fn causes(&self, event: EventId) -> Vec<Record> {
        let (mut wanted, mut last) = (event, None);
        let mut past: Vec<Record> = Vec::new();
        // Where the chain has been: before that, what was done there is in its past.
        let mut nodes: Vec<NodeId> = Vec::new();
        for record in self.past().records().rev() {
            let is_deed = matches!(record.kind, RecordKind::Action | RecordKind::Fault);
            let is_there = record.node.is_some_and(|node| nodes.contains(&node));
            let is_in_chain = record.id == wanted && last != Some(wanted);
            if is_in_chain {
                last = Some(wanted);
                wanted = record.cause;
                nodes.extend(record.node);
            }
            if is_in_chain || is_deed && is_there {
                past.push(record.clone());
            }
        }
        past.reverse();
        past
    }

    /// What is promised and how it stands.
    pub fn properties(&self) -> Vec<PropertyView> {
        let promises = self.promises().into_iter().enumerate();
        promises
            .map(|(index, promise)| PropertyView {
                name: promise.name,
                promise: promise.promise,
                kind: promise.kind,
                state: self.standing(index),
            })
            .collect()
    }

    /// The charts, up to the cursor.
    pub fn charts(&self) -> Vec<Chart> {
        let past = self.past();
        let series = &past.branch().recording.series;
        let specs = past.metrics.specs().iter().enumerate();
        specs
            .map(|(index, spec)| chart(series, past.metrics, self.cursor().at, index, *spec))
            .collect()
    }

    /// What was measured up to the cursor.
    pub fn metrics(&self) -> &Metrics {
        self.past().metrics
    }

    /// What a condition reads, at the cursor; NaN when there is nothing yet.
    pub fn reading(&self, reading: &Reading) -> f64 {
        let past = self.past();
        reading.read(past.metrics, past.lately)
    }

    /// The nodes of the model.
    pub fn nodes(&self) -> Vec<NodeView> {
        let network = self.past().network;
        network
            .nodes()
            .map(|id| NodeView {
                id,
                name: network.name(id).to_owned(),
                status: network.status(id),
            })
            .collect()
    }

    /// Marks for the scrubber, over the whole branch.
    pub fn marks(&self) -> Vec<Mark> {
        let past = self.past();
        let branch = past.branch();
        let entries = branch.script.iter().map(|entry| Mark {
            at: entry.at,
            kind: if entry
                .call
                .name
                .starts_with(crate::kernel::engine::FAULT_PREFIX)
            {
                MarkKind::Fault
            } else {
                MarkKind::Action
            },
            label: entry.call.to_string(),
        });
        let violations =
            self.properties()
                .into_iter()
                .filter_map(|property| match property.state {
                    PropertyState::Violated(violation) => Some(Mark {
                        at: violation.at,
                        kind: MarkKind::Violation,
                        label: property.name.to_owned(),
                    }),
                    PropertyState::Holds | PropertyState::Undecided(_) | PropertyState::Pending => {
                        None
                    }
                });
        let notable = branch
            .recording
            .said
            .until(u64::MAX)
            .rev()
            .filter(|(_, said)| said.narration.notable)
            .take(MARKS_MAX)
            .map(|(_, said)| Mark {
                at: said.at,
                kind: MarkKind::Notable,
                label: said.narration.text.clone(),
            });
        entries.chain(violations).chain(notable).collect()
    }

    /// Script entries of this branch that were refused, with the reason.
    pub fn refused(&self) -> Vec<(Entry, String)> {
        let past = self.past();
        let branch = past.branch();
        branch
            .refused
            .iter()
            .filter_map(|(index, reason)| {
                branch
                    .script
                    .get(*index)
                    .map(|entry| (entry.clone(), reason.clone()))
            })
            .collect()
    }

    /// The run as a value.
    pub fn state(&self) -> RunState {
        let mut knobs = SortedMap::new();
        for spec in self.knobs() {
            let value = self.knob_at_start(spec.key);
            if let Some(value) = value.filter(|value| *value != spec.default) {
                knobs.insert(spec.key.to_owned(), value);
            }
        }
        let past = self.past();
        let mut branches = past.branches.iter();
        let script = branches
            .next()
            .map(|trunk| trunk.script.clone())
            .unwrap_or_default();
        RunState {
            seed: past.seed,
            knobs,
            script,
            branches: branches
                .map(|branch| BranchState {
                    parent: branch.parent.unwrap_or(0),
                    forked_at: branch.forked_at,
                    script: branch.script[branch.inherited..].to_vec(),
                })
                .collect(),
            current: past.current,
            cursor: self.cursor(),
        }
    }

    /// The run up to the cursor, as if it ended there.
    pub fn outcome(&self) -> Outcome {
        let here = self.cursor();
        let refused = self.refused().into_iter();
        let refused = refused
            .filter(|(entry, _)| entry.at <= here.at)
            .map(|(entry, reason)| refusal(&entry, &reason));
        let properties = self.properties().into_iter();
        let (violated, others): (Vec<PropertyView>, Vec<PropertyView>) =
            properties.partition(|property| matches!(property.state, PropertyState::Violated(_)));
        let unreached = others.iter().filter(|property| {
            property.kind == PropertyKind::Sometimes && property.state == PropertyState::Pending
        });
        Outcome {
            now: here.at,
            happened: here.ordinal,
            metrics: self.metrics().clone(),
            unreached: unreached.map(|property| property.name).collect(),
            violated: violated.iter().map(|property| property.name).collect(),
            refused: refused.collect(),
            trace_hash: self.trace_hash(),
        }
    }
}

/// The metric with this index over time.
fn chart(
    series: &Series,
    metrics: &Metrics,
    until: SimTime,
    index: usize,
    spec: MetricSpec,
) -> Chart {
    let shown = series.times().partition_point(|&at| at <= until);
    let counts = series.column(index + metrics.specs().len());
    let samples: Vec<(f64, f64, f64)> = series
        .times()
        .iter()
        .zip(series.column(index).zip(counts))
        .take(shown)
        .map(|(at, (value, count))| (at.as_secs_f64(), value, count))
        .collect();
    let points = match spec.kind {
        MetricKind::Gauge => samples.iter().map(|&(at, value, _)| (at, value)).collect(),
        MetricKind::Counter => samples
            .windows(2)
            .map(|pair| (pair[1].0, (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0)))
            .collect(),
        MetricKind::Histogram => samples
            .windows(2)
            .filter(|pair| pair[1].2 > pair[0].2)
            .map(|pair| (pair[1].0, (pair[1].1 - pair[0].1) / (pair[1].2 - pair[0].2)))
            .collect(),
    };
    let histogram = metrics.histogram(Metric(index));
    Chart {
        spec,
        points,
        now: histogram.map_or_else(|| metrics.value(Metric(index)), |h| h.quantile(0.5)),
        p99: histogram.map(|h| h.quantile(0.99)),
    }
}

/// A [`Session`] of one pattern.
#[derive(Debug)]
pub(crate) struct Running<M: Simulation> {
    seed: u64,
    knobs: M::Knobs,
    timeline: Timeline<M>,
}

const SAMPLE_EVERY: Span = Span::from_millis(100);
const MARKS_MAX: usize = 400;

impl<M: Simulation> Running<M> {
    /// Opens a run at its cursor.
    pub(crate) fn open(state: &RunState) -> Result<Self, SessionError> {
        let mut knobs = M::Knobs::default();
        for (key, value) in &state.knobs {
            knobs.set(key, value)?;
        }
        let furthest = state
            .branches
            .iter()
            .map(|branch| branch.forked_at.at)
            .chain([state.cursor.at])
            .max()
            .unwrap_or(SimTime::ZERO);
        if furthest > RUN_MAX {
            return Err(SessionError::TooFar {
                at: furthest,
                max: RUN_MAX,
            });
        }
        let timeline = Timeline::start(
            state.seed,
            knobs.clone(),
            state.script.clone(),
            SAMPLE_EVERY,
        );
        let mut running = Self {
            seed: state.seed,
            knobs,
            timeline,
        };
        for (index, branch) in state.branches.iter().enumerate() {
            let own = branch.script.clone();
            if !running.timeline.adopt(branch.parent, branch.forked_at, own) {
                return Err(SessionError::Branch {
                    branch: index + 1,
                    parent: branch.parent,
                });
            }
        }
        running.timeline.switch(state.current);
        if state.cursor.ordinal == 0 {
            running.timeline.seek(state.cursor.at);
        } else {
            running.timeline.seek_cursor(state.cursor);
            if running.timeline.cursor() != state.cursor {
                // The instant is what a person means.
                running.timeline.seek(state.cursor.at);
            }
        }
        Ok(running)
    }

    fn restart(&mut self, knobs: M::Knobs) {
        let at = self.timeline.cursor().at;
        let script = self.timeline.branch().script.clone();
        self.knobs = knobs.clone();
        self.timeline = Timeline::start(self.seed, knobs, script, SAMPLE_EVERY);
        self.timeline.seek(at);
    }
}

impl<M: Simulation> Session for Running<M> {
    fn cursor(&self) -> Cursor {
        self.timeline.cursor()
    }

    fn advance(&mut self, until: SimTime, budget: u64, stops: &Stops) -> Halt {
        self.timeline.advance(until.min(RUN_MAX), budget, stops)
    }

    fn step(&mut self) -> bool {
        self.timeline.step(RUN_MAX)
    }

    fn step_back(&mut self) -> bool {
        self.timeline.step_back()
    }

    fn seek(&mut self, at: SimTime) {
        self.timeline.seek(at.min(RUN_MAX));
    }

    fn seek_cursor(&mut self, cursor: Cursor) {
        self.timeline.seek_cursor(cursor);
    }

    fn act(&mut self, call: &Call) -> Result<(), ActError> {
        self.timeline.act(call)
    }

    fn set_knob(&mut self, key: &str, value: &Value) -> Result<(), ActError> {
        let spec = crate::spec::find(M::Knobs::specs(), key)?;
        let value = spec.accept(value)?;
        if self.knob(key).as_ref() == Some(&value) {
            return Ok(());
        }
        if spec.live {
            return self.timeline.act(&Call::new(SET).with(key, value));
        }
        let mut knobs = self.knobs.clone();
        knobs.set(key, &value)?;
        self.restart(knobs);
        Ok(())
    }

    fn knob(&self, key: &str) -> Option<Value> {
        self.timeline.engine().knobs().get(key)
    }

    fn knob_at_start(&self, key: &str) -> Option<Value> {
        self.knobs.get(key)
    }

    fn knobs(&self) -> &'static [Spec] {
        M::Knobs::specs()
    }

    fn switch(&mut self, branch: usize) -> bool {
        self.timeline.switch(branch)
    }

    fn scene(&self, shape: StageShape) -> Scene {
        let mut builder = SceneBuilder::new(shape);
        let engine = self.timeline.engine();
        engine.model().scene(engine.world(), &mut builder);
        builder.finish()
    }

    fn flights(&self) -> Vec<Flight> {
        self.timeline.engine().world().flights()
    }

    fn promises(&self) -> Vec<Promise> {
        crate::lab::promises::<M>()
    }

    fn standing(&self, promise: usize) -> PropertyState {
        self.timeline.engine().standing(promise)
    }

    fn past(&self) -> Past<'_> {
        let engine = self.timeline.engine();
        Past {
            seed: self.seed,
            branches: self.timeline.branches(),
            current: self.timeline.current(),
            counts: engine.counts(),
            metrics: engine.world().metrics(),
            lately: self.timeline.lately(),
            network: engine.world().network(),
        }
    }

    fn trace_hash(&self) -> u64 {
        self.timeline.engine().trace_hash()
    }
}
