//! The engine: a model, its world, and the loop that takes one event after the other.
//!
//! An [`Engine`] is exactly what a checkpoint must hold: model, knobs, pending events, random
//! streams, network, metrics, verdicts, counters and time. What a viewer remembers of the run (the
//! log, the record, the series) is a [`Recording`], which lives outside and is filled on the way.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use thiserror::Error;

use crate::kernel::metrics::{Metric, Metrics};
use crate::kernel::network::{Aftermath, Fate, Fault, Network, NodeId, Status, scaled};
use crate::kernel::queue::{EventQueue, TournamentQueue, in_order};
use crate::kernel::random::{Random, Stream, Streams};
use crate::kernel::trace::{EventId, Journal, Record, RecordKind, Said, Series, TraceHash};
use crate::scene::Tone;
use crate::simulation::{Doubt, Event, PropertyKind, Refusal, Simulation, Step as _};
use crate::spec::{Actions, Kind, Knobs, SettingError};
use crate::time::{SimTime, Span};
use crate::value::{Call, Value};

/// Why a call changed nothing.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ActError {
    /// The call itself is wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The machine refuses it in its present state.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// To whom a pending event goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Target {
    Model,
    Timer { node: NodeId, incarnation: u32 },
    Delivery { from: NodeId, to: NodeId },
    Lost { from: NodeId, to: NodeId },
}

#[derive(Debug, Clone)]
struct Pending<E> {
    id: EventId,
    cause: EventId,
    since: SimTime,
    target: Target,
    event: E,
}

/// A message on its way, as the stage draws it.
#[derive(Debug, Clone, PartialEq)]
pub struct Flight {
    /// Identifies the message; its number is the argument of the fault that loses it.
    pub id: EventId,
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// When it was sent.
    pub sent: SimTime,
    /// When it arrives.
    pub due: SimTime,
    /// How far it is, from 0 to 1.
    pub fraction: f64,
    /// A few words.
    pub label: Cow<'static, str>,
    /// Its meaning; pending while it is kept back.
    pub tone: Tone,
    /// Whether it will never arrive.
    pub lost: bool,
    /// Whether a held link or a paused receiver keeps it back.
    pub held: bool,
}

/// A message on its way as one of thousands, of which nobody reads a word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dot {
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// How far it is, from 0 to 1.
    pub fraction: f64,
    /// Its meaning; pending while it is kept back.
    pub tone: Tone,
}

impl<E: Event> Pending<E> {
    /// Its meaning as a message.
    fn tone(&self, held: bool) -> Tone {
        match held {
            true => Tone::Pending,
            false => self.event.tone(),
        }
    }
}

/// Everything around the model.
#[derive(Debug, Clone)]
pub struct World<E> {
    now: SimTime,
    queue: TournamentQueue<Pending<E>>,
    // Messages kept back by a held link, messages and timers kept back by a paused node.
    parked: Vec<(SimTime, Pending<E>)>,
    streams: Streams,
    network: Network,
    metrics: Metrics,
    hash: TraceHash,
    scheduled: u64,
    sent: u64,
    happened: u64,
    current: EventId,
    said: u64,
    recorded: u64,
}

impl<E: Event> World<E> {
    fn new(seed: u64, metrics: Metrics) -> Self {
        Self {
            now: SimTime::ZERO,
            queue: TournamentQueue::default(),
            parked: Vec::new(),
            streams: Streams::new(seed),
            network: Network::default(),
            metrics,
            hash: TraceHash::default(),
            scheduled: 0,
            sent: 0,
            happened: 0,
            current: EventId(0),
            said: 0,
            recorded: 0,
        }
    }

    /// The present instant. On the stage it lies between two events.
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// Nodes, links and their faults.
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// What was measured so far.
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// How many events and actions have happened.
    pub const fn happened(&self) -> u64 {
        self.happened
    }

    /// How many messages were handed to the network, whatever became of them.
    pub const fn sent(&self) -> u64 {
        self.sent
    }

    /// How many events are pending.
    pub fn pending(&self) -> usize {
        self.queue.len()
    }

    /// Every message on its way or kept back, in the order of sending.
    pub fn flights(&self) -> Vec<Flight> {
        let carried = self.carried().into_iter();
        carried.map(|(flight, _)| flight).collect()
    }

    /// The same messages with what each carries, for a stage that places them by their content.
    pub fn carried(&self) -> Vec<(Flight, &E)> {
        let under_way = self
            .queue
            .iter()
            .map(|(due, pending)| (due, pending, false));
        let kept_back = self
            .parked
            .iter()
            .map(|(due, pending)| (*due, pending, true));
        let carried: Vec<(SimTime, &Pending<E>, bool)> = under_way
            .chain(kept_back)
            .filter(|(_, pending, _)| pending.target.way().is_some())
            .collect();
        // Each pattern has types of its own for the rest, so numbers are put in order.
        let ids = carried.iter().map(|(_, pending, _)| pending.id.0);
        let keys = ids.zip(0_u32..);
        let keys = keys.map(|(id, index)| u128::from(id) << 64 | u128::from(index));
        let order = in_order(&keys.collect::<Vec<u128>>()).into_iter();
        order
            .map(|key| carried[key as u32 as usize])
            .filter_map(|(due, pending, held)| {
                Some((self.flight(due, pending, held)?, &pending.event))
            })
            .collect()
    }

    /// The same messages in no meaningful order, for a stage that shows thousands of them as a swarm.
    pub fn swarming(&self) -> impl Iterator<Item = (Dot, &E)> {
        let under_way = self.queue.iter();
        let under_way = under_way.map(|(due, pending)| (due, pending, false));
        let kept_back = self.parked.iter();
        let kept_back = kept_back.map(|(due, pending)| (*due, pending, true));
        let all = under_way.chain(kept_back);
        all.filter_map(|(due, pending, held)| {
            let (from, to, lost) = pending.target.way()?;
            let dot = Dot {
                from,
                to,
                fraction: self.fraction(due, pending.since, lost, held),
                tone: pending.tone(held),
            };
            Some((dot, &pending.event))
        })
    }

    fn flight(&self, due: SimTime, pending: &Pending<E>, held: bool) -> Option<Flight> {
        let (from, to, lost) = pending.target.way()?;
        Some(Flight {
            id: pending.id,
            from,
            to,
            sent: pending.since,
            due,
            fraction: self.fraction(due, pending.since, lost, held),
            label: pending.event.label(),
            tone: pending.tone(held),
            lost,
            held,
        })
    }

    /// How far a message is: a lost one comes half the way, as does one that is kept back.
    fn fraction(&self, due: SimTime, since: SimTime, lost: bool, held: bool) -> f64 {
        let whole = (due - since).as_nanos().max(1) as f64;
        let gone = ((self.now - since).as_nanos() as f64 / whole).min(1.0);
        match (held, lost) {
            (true, _) => gone.min(0.5),
            (false, true) => gone * 0.5,
            (false, false) => gone,
        }
    }

    #[inline]
    fn schedule(&mut self, at: SimTime, target: Target, event: E) {
        self.scheduled += 1;
        let pending = Pending {
            id: EventId(self.scheduled),
            cause: self.current,
            since: self.now,
            target,
            event,
        };
        self.queue.push(at, pending);
    }

    fn send(&mut self, from: NodeId, to: NodeId, event: E) {
        self.sent += 1;
        let random = self.streams.get(Stream::NETWORK);
        match self.network.judge(from, to, self.now, random) {
            Fate::Deliver { after, again } => {
                if let Some(second) = again {
                    let at = self.now + second;
                    self.schedule(at, Target::Delivery { from, to }, event.clone());
                }
                self.schedule(self.now + after, Target::Delivery { from, to }, event);
            }
            Fate::Lose { after } => {
                self.schedule(self.now + after, Target::Lost { from, to }, event);
            }
            Fate::Hold => {
                self.scheduled += 1;
                let pending = Pending {
                    id: EventId(self.scheduled),
                    cause: self.current,
                    since: self.now,
                    target: Target::Delivery { from, to },
                    event,
                };
                self.parked.push((self.now, pending));
            }
        }
    }

    /// Puts back into the queue what was parked and now may go on.
    fn unpark(&mut self, goes_on: impl Fn(&Target) -> bool, after: Span) {
        let (free, kept): (Vec<_>, Vec<_>) = self
            .parked
            .drain(..)
            .partition(|(_, pending)| goes_on(&pending.target));
        self.parked = kept;
        for (_, pending) in free {
            self.queue.push(self.now + after, pending);
        }
    }

    /// Does the kernel's part of a fault.
    fn strike(&mut self, fault: &Fault) -> Result<(), Refusal> {
        let random = self.streams.get(Stream::NETWORK);
        match self.network.strike(fault, self.now, random)? {
            Aftermath::Nothing => {}
            Aftermath::WakesUp(node) => {
                self.unpark(|target| target.receiver() == Some(node), Span::ZERO);
            }
            Aftermath::LetsGo { from, to, after } => {
                self.unpark(|target| *target == Target::Delivery { from, to }, after);
            }
            Aftermath::Retimes { node, rate_before } => self.retime(node, rate_before),
            Aftermath::Loses(message) => self.lose(message)?,
        }
        Ok(())
    }

    /// Lets the pending timers of a node follow its clock, which ran at another rate before.
    fn retime(&mut self, node: NodeId, rate_before: u64) {
        let rate = self.network.rate_ppm(node);
        if rate == rate_before {
            return;
        }
        let other = |pending: &Pending<E>| match pending.target {
            Target::Timer { node: of, .. } => of != node,
            Target::Model | Target::Delivery { .. } | Target::Lost { .. } => true,
        };
        for (due, pending) in self.queue.extract(other) {
            let left = scaled(due - self.now, rate_before, rate);
            self.queue.push(self.now + left, pending);
        }
    }

    fn lose(&mut self, id: EventId) -> Result<(), Refusal> {
        let is_it = |pending: &Pending<E>| {
            pending.id == id && matches!(pending.target, Target::Delivery { .. })
        };
        let before = self.parked.len();
        self.parked.retain(|(_, pending)| !is_it(pending));
        let found = self.queue.extract(|pending| !is_it(pending));
        if found.is_empty() && self.parked.len() == before {
            return Err("That message is no longer on its way.".into());
        }
        for (_, mut pending) in found {
            if let Target::Delivery { from, to } = pending.target {
                pending.target = Target::Lost { from, to };
            }
            self.queue.push(self.now, pending);
        }
        Ok(())
    }
}

impl Target {
    /// From whom to whom a message goes, and whether it is lost on the way.
    const fn way(self) -> Option<(NodeId, NodeId, bool)> {
        match self {
            Self::Model | Self::Timer { .. } => None,
            Self::Delivery { from, to } => Some((from, to, false)),
            Self::Lost { from, to } => Some((from, to, true)),
        }
    }

    const fn receiver(self) -> Option<NodeId> {
        match self {
            Self::Timer { node, .. } => Some(node),
            Self::Delivery { to, .. } => Some(to),
            Self::Model | Self::Lost { .. } => None,
        }
    }
}

/// What a viewer keeps of a run.
#[derive(Debug, Clone)]
pub struct Recording {
    pub(crate) said: Journal<Said>,
    pub(crate) records: Journal<Record>,
    pub(crate) series: Series,
}

impl Recording {
    const STEPS: usize = 20_000;
    const RECORDS: usize = 20_000;

    /// An empty recording that samples the metrics every `interval`.
    pub fn new(interval: Span) -> Self {
        Self {
            said: Journal::new(Self::STEPS),
            records: Journal::new(Self::RECORDS),
            series: Series::new(interval),
        }
    }

    /// The numbers that the next step and the next record get.
    fn ends(&self) -> (u64, u64) {
        (self.said.end(), self.records.end())
    }

    /// Takes off what has been added since it had these ends.
    fn forget_from(&mut self, (said, records): (u64, u64)) {
        self.said.truncate(said);
        self.records.truncate(records);
    }
}

/// What a model is given to act with.
pub struct Context<'a, M: Simulation> {
    world: &'a mut World<M::Event>,
    recording: Option<&'a mut Recording>,
}

impl<M: Simulation> Context<'_, M> {
    /// The present instant.
    pub const fn now(&self) -> SimTime {
        self.world.now
    }

    /// The event or action under way: what a badge that it brings about leads to.
    pub const fn event(&self) -> EventId {
        self.world.current
    }

    /// What a node's own clock reads now.
    pub fn clock(&self, node: NodeId) -> SimTime {
        self.world.network.clock(node, self.world.now)
    }

    /// Lets `event` happen after a while. Events at one instant happen in the order in which they
    /// were scheduled.
    pub fn schedule(&mut self, after: Span, event: M::Event) {
        self.schedule_at(self.world.now + after, event);
    }

    /// Lets `event` happen at an instant; one that has passed counts as now.
    pub fn schedule_at(&mut self, at: SimTime, event: M::Event) {
        self.world
            .schedule(at.max(self.world.now), Target::Model, event);
    }

    /// Starts a timer of a node: it runs by the node's clock, waits while the node is paused, and
    /// is gone when the node crashes.
    pub fn timer(&mut self, node: NodeId, after: Span, event: M::Event) {
        let incarnation = self.world.network.incarnation(node);
        let at = self.world.now + self.world.network.true_span(node, after);
        self.world
            .schedule(at, Target::Timer { node, incarnation }, event);
    }

    /// Sends a message: `event` happens at the receiver, if the network lets it through.
    pub fn send(&mut self, from: NodeId, to: NodeId, event: M::Event) {
        self.world.send(from, to, event);
    }

    /// Does the kernel's part of a fault that the model itself brings about, such as a server that
    /// fails now and then. The model's own part is up to it.
    ///
    /// # Errors
    /// Why the fault cannot strike now, as a sentence; nothing has changed then.
    pub fn inflict(&mut self, fault: &Fault) -> Result<(), Refusal> {
        self.world.strike(fault)
    }

    /// Adds a node to the network.
    pub fn add_node(&mut self, name: impl Into<String>) -> NodeId {
        self.world.network.add_node(name)
    }

    /// The network, to set up links and to ask about nodes.
    pub const fn network(&mut self) -> &mut Network {
        &mut self.world.network
    }

    /// Everything around the model, to look at.
    pub const fn world(&self) -> &World<M::Event> {
        self.world
    }

    /// A random stream by name.
    pub fn rng(&mut self, stream: Stream) -> &mut Random {
        self.world.streams.get(stream)
    }

    /// Adds to a counter.
    pub fn count(&mut self, metric: Metric, more: u64) {
        self.world.metrics.count(metric, more);
    }

    /// Sets a gauge.
    pub fn gauge(&mut self, metric: Metric, value: f64) {
        self.world.metrics.gauge(metric, self.world.now, value);
    }

    /// Adds a value to a histogram.
    pub fn observe(&mut self, metric: Metric, value: f64) {
        self.world.metrics.observe(metric, value);
    }

    /// Narrates a step.
    pub fn say(&mut self, step: M::Step) {
        self.say_with(|| step);
    }

    /// Narrates a step whose making costs something: it is made only if someone keeps a record.
    pub fn say_with(&mut self, step: impl FnOnce() -> M::Step) {
        if let Some(recording) = self.recording.as_deref_mut() {
            let world = &*self.world;
            recording.said.push(world.said, || Said {
                event: world.current,
                at: world.now,
                ordinal: world.happened,
                narration: step().narrate(),
            });
        }
        self.world.said += 1;
    }
}

/// What is known of one property.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// Whether it was satisfied after the last event.
    pub satisfied: bool,
    /// When it was first satisfied.
    pub reached: Option<SimTime>,
    /// Since when it has not been satisfied.
    pub unsatisfied_since: Option<SimTime>,
    /// The event after which it came to be so.
    pub unsatisfied_by: EventId,
    /// When and why it was first violated.
    pub violated: Option<Violation>,
}

/// The first violation of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// When.
    pub at: SimTime,
    /// After how many events and actions.
    pub ordinal: u64,
    /// The event after which it was seen; of what came true too late, the one that made it due.
    pub event: EventId,
    /// What was wrong.
    pub reason: String,
}

/// How a property stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PropertyState {
    /// It has held so far.
    Holds,
    /// It held as long as anybody could tell.
    Undecided(Doubt),
    /// It is not satisfied, and need not be yet.
    Pending,
    /// It was violated.
    Violated(Violation),
}

/// A running machine; a clone is a checkpoint.
#[derive(Debug, Clone)]
pub struct Engine<M: Simulation> {
    model: M,
    knobs: M::Knobs,
    world: World<M::Event>,
    verdicts: Vec<Verdict>,
}

impl<M: Simulation> Engine<M> {
    /// The machine at time zero.
    pub fn start(seed: u64, knobs: M::Knobs) -> Self {
        Self::start_recorded(seed, knobs, None)
    }

    /// The machine at time zero, its first steps recorded.
    pub fn start_recorded(seed: u64, knobs: M::Knobs, recording: Option<&mut Recording>) -> Self {
        let mut world = World::new(seed, Metrics::new(M::metrics()));
        let model = M::start(
            &knobs,
            &mut Context {
                world: &mut world,
                recording,
            },
        );
        let verdicts = vec![Verdict::default(); M::properties().len()];
        let mut engine = Self {
            model,
            knobs,
            world,
            verdicts,
        };
        engine.judge();
        engine
    }

    /// The model.
    pub const fn model(&self) -> &M {
        &self.model
    }

    /// The present settings.
    pub const fn knobs(&self) -> &M::Knobs {
        &self.knobs
    }

    /// Everything around the model.
    pub const fn world(&self) -> &World<M::Event> {
        &self.world
    }

    /// What is known of each property, in the order of [`Simulation::properties`].
    pub fn verdicts(&self) -> &[Verdict] {
        &self.verdicts
    }

    /// The first violation of a property as of now: an `Eventually` whose time has run out since
    /// the last event counts.
    pub fn violation(&self, property: usize) -> Option<Violation> {
        let verdict = self.verdicts.get(property)?;
        if verdict.violated.is_some() {
            return verdict.violated.clone();
        }
        let kind = M::properties().get(property)?.kind;
        self.overdue(kind, verdict)
    }

    /// How a property stands now; one that does not exist holds.
    pub fn standing(&self, property: usize) -> PropertyState {
        let Some((verdict, of)) = self
            .verdicts
            .get(property)
            .zip(M::properties().get(property))
        else {
            return PropertyState::Holds;
        };
        if let Some(violation) = self.violation(property) {
            return PropertyState::Violated(violation);
        }
        let fine = match of.kind {
            PropertyKind::Always | PropertyKind::Eventually(_) => verdict.satisfied,
            PropertyKind::Sometimes => verdict.reached.is_some(),
        };
        if fine {
            (of.doubt)(&self.model).map_or(PropertyState::Holds, PropertyState::Undecided)
        } else {
            PropertyState::Pending
        }
    }

    fn overdue(&self, kind: PropertyKind, verdict: &Verdict) -> Option<Violation> {
        let PropertyKind::Eventually(within) = kind else {
            return None;
        };
        let deadline = verdict.unsatisfied_since? + within;
        (self.world.now > deadline).then(|| Violation {
            at: deadline,
            ordinal: self.world.happened,
            event: verdict.unsatisfied_by,
            reason: format!("not satisfied for more than {within}"),
        })
    }

    /// When the next event is due.
    pub fn next_at(&self) -> Option<SimTime> {
        self.world.queue.next_at()
    }

    /// A hash of everything that happened, of what was measured and of what was promised.
    pub fn trace_hash(&self) -> u64 {
        let mut hash = self.world.hash;
        self.world.happened.hash(&mut hash);
        for metric in (0..self.world.metrics.specs().len()).map(Metric) {
            self.world.metrics.value(metric).to_bits().hash(&mut hash);
        }
        for property in 0..self.verdicts.len() {
            self.violation(property)
                .map(|violation| violation.at)
                .hash(&mut hash);
        }
        hash.finish()
    }

    /// Takes every event due up to and including `until`, and lets time pass until then.
    pub fn advance(&mut self, until: SimTime, mut recording: Option<&mut Recording>) {
        while self.next_at().is_some_and(|at| at <= until) {
            self.step(recording.as_deref_mut());
        }
        self.pass(until, recording);
    }

    /// Lets time pass until an instant before the next event.
    pub(crate) fn pass(&mut self, until: SimTime, recording: Option<&mut Recording>) {
        if until > self.world.now {
            if let Some(recording) = recording {
                recording.series.sample_before(until, &self.world.metrics);
            }
            self.world.now = until;
        }
    }

    /// Lets time pass until an instant that no pending event precedes.
    pub(crate) fn advance_to_next(&mut self, at: SimTime) {
        self.pass(at, None);
    }

    /// Takes the next event; false when none is pending.
    pub fn step(&mut self, mut recording: Option<&mut Recording>) -> bool {
        let Some((at, pending)) = self.world.queue.pop() else {
            return false;
        };
        self.pass(at, recording.as_deref_mut());
        // What happens stays where it is until the model is given it: it may be large.
        let Pending { id, target, .. } = pending;
        self.world.current = id;
        self.world.happened += 1;
        (at, id, target).hash(&mut self.world.hash);
        pending.event.hash(&mut self.world.hash);

        let (kind, from, node) = match target {
            Target::Model => (RecordKind::Local, None, None),
            Target::Timer { node, incarnation } => {
                if self.world.network.incarnation(node) != incarnation {
                    return true;
                }
                (RecordKind::Timer, None, Some(node))
            }
            Target::Lost { from, to } => (RecordKind::Lost, Some(from), Some(to)),
            Target::Delivery { from, to } => {
                let status = self.world.network.status(to);
                let lost = status == Status::Crashed || self.world.network.is_cut(from, to);
                let kind = if lost {
                    RecordKind::Lost
                } else {
                    RecordKind::Delivered
                };
                (kind, Some(from), Some(to))
            }
        };
        let paused = node.is_some_and(|node| self.world.network.status(node) == Status::Paused);
        if paused && kind != RecordKind::Lost {
            self.world.parked.push((at, pending));
            return true;
        }
        if let Some(recording) = recording.as_deref_mut() {
            let ordinal = self.world.happened;
            recording.records.push(self.world.recorded, || Record {
                id,
                cause: pending.cause,
                at,
                since: pending.since,
                kind,
                from,
                node,
                label: pending.event.label(),
                tone: pending.event.tone(),
                ordinal,
            });
        }
        self.world.recorded += 1;
        if kind != RecordKind::Lost {
            self.model.on_event(
                pending.event,
                &mut Context {
                    world: &mut self.world,
                    recording,
                },
            );
        }
        self.judge();
        true
    }

    /// Does what a person asks, or changes nothing: an action of the pattern, a fault (`fault.crash`, …)
    /// or a change of knobs (`set`).
    ///
    /// # Errors
    /// Why it cannot be done.
    pub fn try_act(
        &mut self,
        call: &Call,
        mut recording: Option<&mut Recording>,
    ) -> Result<(), ActError> {
        if call.name == SET {
            let mut knobs = self.knobs.clone();
            for (key, value) in &call.args {
                knobs.set(key, value)?;
            }
            self.begin(call, RecordKind::Action, recording.as_deref_mut());
            self.knobs = knobs;
            let mut cx = Context {
                world: &mut self.world,
                recording,
            };
            self.model.on_knobs(&self.knobs, &mut cx);
        } else if let Some(name) = call.name.strip_prefix(FAULT_PREFIX) {
            let fault = fault_of(name, call)?;
            self.world.strike(&fault)?;
            self.begin(call, RecordKind::Fault, recording.as_deref_mut());
            self.suffer(&fault, recording);
        } else {
            let action = M::Action::from_call(call)?;
            // A model may find out half-way that it refuses.
            let before = self.clone();
            let ends = recording.as_deref().map(Recording::ends);
            self.begin(call, RecordKind::Action, recording.as_deref_mut());
            let mut cx = Context {
                world: &mut self.world,
                recording: recording.as_deref_mut(),
            };
            if let Err(refusal) = self.model.on_action(action, &mut cx) {
                *self = before;
                if let Some((recording, ends)) = recording.zip(ends) {
                    recording.forget_from(ends);
                }
                return Err(refusal.into());
            }
        }
        self.judge();
        Ok(())
    }

    /// Counts and records what a person does.
    fn begin(&mut self, call: &Call, kind: RecordKind, recording: Option<&mut Recording>) {
        self.world.scheduled += 1;
        self.world.current = EventId(self.world.scheduled);
        self.world.happened += 1;
        (self.world.now, call.to_string()).hash(&mut self.world.hash);
        if let Some(recording) = recording {
            let world = &self.world;
            recording.records.push(world.recorded, || Record {
                id: world.current,
                cause: world.current,
                at: world.now,
                since: world.now,
                kind,
                from: None,
                node: node_of::<M>(call),
                label: Cow::Owned(call.to_string()),
                tone: Tone::Leader,
                ordinal: world.happened,
            });
        }
        self.world.recorded += 1;
    }

    /// Tells the model of a fault that has struck.
    fn suffer(&mut self, fault: &Fault, recording: Option<&mut Recording>) {
        let mut cx = Context {
            world: &mut self.world,
            recording,
        };
        self.model.on_fault(fault, &mut cx);
        match *fault {
            Fault::Crash { node } => self.model.on_crash(node, &mut cx),
            Fault::Restart { node } => self.model.on_restart(node, &mut cx),
            Fault::Pause { .. }
            | Fault::Resume { .. }
            | Fault::Partition { .. }
            | Fault::Repair {}
            | Fault::Hold { .. }
            | Fault::Release { .. }
            | Fault::Slow { .. }
            | Fault::Skew { .. }
            | Fault::Drop { .. } => {}
        }
    }

    fn judge(&mut self) {
        for (index, property) in M::properties().iter().enumerate() {
            let outcome = (property.check)(&self.model, &self.world);
            // What was satisfied and still is, as nearly always, has nothing to be noted.
            if outcome.is_err() || !self.verdicts[index].satisfied {
                self.note(index, property.kind, outcome);
            }
        }
    }

    /// Brings the verdict on a property up to date.
    #[cold]
    fn note(&mut self, index: usize, kind: PropertyKind, outcome: Result<(), String>) {
        let overdue = self.overdue(kind, &self.verdicts[index]);
        let verdict = &mut self.verdicts[index];
        if verdict.violated.is_none() {
            verdict.violated = overdue;
        }
        match outcome {
            Ok(()) => {
                verdict.satisfied = true;
                verdict.reached.get_or_insert(self.world.now);
                verdict.unsatisfied_since = None;
            }
            Err(reason) => {
                verdict.satisfied = false;
                if verdict.unsatisfied_since.is_none() {
                    verdict.unsatisfied_since = Some(self.world.now);
                    verdict.unsatisfied_by = self.world.current;
                }
                if kind == PropertyKind::Always && verdict.violated.is_none() {
                    verdict.violated = Some(Violation {
                        at: self.world.now,
                        ordinal: self.world.happened,
                        event: self.world.current,
                        reason,
                    });
                }
            }
        }
    }

    pub(crate) const fn counts(&self) -> (u64, u64) {
        (self.world.said, self.world.recorded)
    }
}

/// The node that a call names, or means by leaving it out.
fn node_of<M: Simulation>(call: &Call) -> Option<NodeId> {
    let (specs, name) = match call.name.strip_prefix(FAULT_PREFIX) {
        Some(fault) => (Fault::specs(), fault),
        None => (M::Action::specs(), call.name.as_str()),
    };
    let usual = || {
        let spec = specs.iter().find(|spec| spec.name == name)?;
        let param = spec.params.iter().find(|param| param.key == "node")?;
        (param.kind == Kind::Node).then_some(&param.default)
    };
    match call.args.get("node").or_else(usual) {
        Some(Value::Int(index)) => u16::try_from(*index).ok().map(NodeId),
        Some(Value::Flag(_) | Value::Real(_) | Value::Text(_)) | None => None,
    }
}

/// The fault that a call names behind the prefix.
fn fault_of(name: &str, call: &Call) -> Result<Fault, SettingError> {
    let bare = Call {
        name: name.to_owned(),
        args: call.args.clone(),
    };
    Fault::from_call(&bare)
}

/// The name of the call that changes knobs.
pub const SET: &str = "set";

/// What the name of every fault starts with.
pub const FAULT_PREFIX: &str = "fault.";
