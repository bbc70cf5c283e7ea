//! Orchestration: one coordinator asks the services, one step after the other, and writes down
//! what it is about to do before it does it.
//!
//! The durable state of a saga is the fold of its log records ([`Entry`]); everything else
//! (attempts, timers) may be lost in a crash. [`Coordinator::recover`] replays the log and goes on:
//! a request whose answer is not in the log has an *unknown* outcome, and is either asked again
//! under the same key or compensated as if it had happened.
//!
//! Backward and forward recovery are those of Garcia-Molina and Salem 1987.

use crate::sorted::Entry as Slot;
use crate::sorted::SortedMap;

use serde::{Deserialize, Serialize};

use super::{Answer, Ending, Kind, Letter, LogMode, Op, Plan, Reason, Retry, SagaId, Verb};
use crate::time::Span;

/// The coordinator of any number of sagas that follow one plan.
///
/// [`Coordinator::step`] is O(log sagas) and performs nothing: its caller carries out the effects
/// **in order**, and does not begin one before an [`Effect::Append`] ahead of it is durable.
///
/// ```
/// use orrery_core::patterns::transactions::saga::algorithm::{
///     Answer, Coordinator, Effect, Input, Op, Order, Policy, Record, SagaId, Step,
/// };
///
/// let mut coordinator = Coordinator::<Step>::new(Policy::default());
/// let (saga, data) = (SagaId(7), Order { units: 1, price_cents: 4_900 });
/// let begun = coordinator.step(Input::Begin { saga, data });
/// let op = Op::act(Step::Open);
/// // The call comes after the record that announces it.
/// let call = begun.iter().position(|effect| matches!(effect, Effect::Call { .. }));
/// let log: Vec<Record<Step>> = begun[..call.unwrap()]
///     .iter()
///     .filter_map(|effect| match effect {
///         Effect::Append(record) => Some(record.clone()),
///         _ => None,
///     })
///     .collect();
/// assert_eq!(log.len(), 2);
///
/// // It dies here. Its successor knows from the log that the order may have been opened.
/// let (mut successor, effects) = Coordinator::recover(Policy::default(), &log);
/// assert!(effects.iter().any(|effect| {
///     matches!(effect, Effect::Call { op, .. } if *op == Op::undo(Step::Open))
/// }));
/// # let _ = (op, successor.step(Input::Answer { saga, op, attempt: 1, answer: Answer::Done }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Coordinator<S: Plan> {
    policy: Policy,
    sagas: SortedMap<SagaId, Saga<S>>,
}

/// How a coordinator, or a [`super::Node`], behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Policy {
    /// When records become durable.
    pub log: LogMode,
    /// What a restarted coordinator does with a saga found before its pivot.
    pub recovery: Recovery,
    /// How often to ask, and how long to wait in between.
    pub retry: Retry,
    /// How long to wait for an answer before its outcome counts as unknown.
    pub timeout: Span,
}

/// What a restarted coordinator does with a saga that it finds before its pivot. Past the pivot
/// there is only forwards.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Recovery {
    /// Backward: undo what was done.
    #[default]
    Abort,
    /// Forward: ask again for what was being asked.
    Resume,
}

/// One thing that happens to a coordinator.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Input<S: Plan> {
    /// A client hands in a new saga; repeating it is harmless.
    Begin {
        /// Its identity, chosen by the client.
        saga: SagaId,
        /// What the services are told.
        data: S::Data,
    },
    /// A service answers a call.
    Answer {
        /// Which saga.
        saga: SagaId,
        /// What was asked.
        op: Op<S>,
        /// Which attempt is answered.
        attempt: u32,
        /// The answer.
        answer: Answer,
    },
    /// A wait that the coordinator asked for is over.
    Timer(Timer<S>),
    /// A person has removed the cause of a dead letter: try again.
    Resolve(SagaId),
}

/// One thing that a coordinator wants done.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Effect<S: Plan> {
    /// Make this record durable before going on.
    Append(Record<S>),
    /// Tell the client that the saga has been taken on, so that it stops asking.
    Accept(SagaId),
    /// Send a request to the service that owns the step.
    Call {
        /// Which saga.
        saga: SagaId,
        /// What to do.
        op: Op<S>,
        /// How many times it has been asked, this one included.
        attempt: u32,
        /// What the service needs to know.
        data: S::Data,
    },
    /// Give the timer back after the span.
    Wait {
        /// What to give back.
        timer: Timer<S>,
        /// How long to wait.
        after: Span,
    },
    /// Put a letter into the dead-letter box, in place of an earlier one of the same saga.
    Park(Letter<S>),
    /// Take the letter about it out of the box.
    Unpark {
        /// Which saga.
        saga: SagaId,
        /// What had not been brought to an end.
        op: Op<S>,
    },
    /// The saga is over.
    Ended {
        /// Which saga.
        saga: SagaId,
        /// How.
        ending: Ending,
    },
}

/// Identifies a wait; one that no longer fits the saga is ignored, so timers need no cancelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timer<S> {
    /// Which saga.
    pub saga: SagaId,
    /// What was asked.
    pub op: Op<S>,
    /// Which attempt.
    pub attempt: u32,
    /// What is being waited for.
    pub waiting: Waiting,
}

/// What a saga waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Waiting {
    /// The answer to a call.
    Answer,
    /// The moment to call again.
    Backoff,
}

/// One line of the durable log.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Record<S: Plan> {
    /// Which saga.
    pub saga: SagaId,
    /// What is remembered.
    pub entry: Entry<S>,
}

/// What a log record says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Entry<S: Plan> {
    /// The saga exists.
    Begin(S::Data),
    /// This is about to be asked.
    Try(Op<S>),
    /// This is done.
    Did(Op<S>),
    /// From here on it goes back.
    Abort(Aborted<S>),
    /// It waits for a person.
    Park(Reason),
    /// A person has seen to it.
    Resolve,
}

/// Why and where a saga turned back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Aborted<S> {
    /// The step that was not done.
    pub at: S,
    /// It may have been done all the same, or may yet be, and so has to be compensated too.
    pub unknown: bool,
    /// What went wrong.
    pub reason: Reason,
}

/// Where a saga stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase<S> {
    /// This is being asked for.
    Running(Op<S>),
    /// This could not be brought to an end and waits for a person.
    Parked(Op<S>, Reason),
    /// Over.
    Ended(Ending),
}

/// How one step of a saga stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Not asked for yet.
    Waiting,
    /// Being asked for.
    Trying,
    /// Done.
    Done,
    /// Did not happen, and the saga turned back here.
    Failed,
    /// Being compensated.
    Undoing,
    /// Compensated.
    Undone,
    /// Will not be asked for.
    Skipped,
}

/// One saga.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Saga<S: Plan> {
    data: S::Data,
    phase: Phase<S>,
    aborted: Option<Aborted<S>>,
    /// The log announces the present operation, so it may have been sent.
    announced: bool,
    attempt: u32,
    attempt_limit: u32,
    waiting: Waiting,
    /// Records that wait for the call to be answered, with [`LogMode::AfterCall`].
    held: Vec<Entry<S>>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            log: LogMode::default(),
            recovery: Recovery::default(),
            retry: Retry::default(),
            timeout: Span::from_millis(500),
        }
    }
}

impl<S: Plan> Coordinator<S> {
    /// A coordinator without sagas.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            sagas: SortedMap::new(),
        }
    }

    /// A coordinator that takes over from one that crashed and left this log, and what it does
    /// first. O(records log sagas).
    pub fn recover(policy: Policy, log: &[Record<S>]) -> (Self, Vec<Effect<S>>) {
        // region: recover
        let mut coordinator = Self::new(policy);
        for Record { saga, entry } in log {
            match entry {
                Entry::Begin(data) => {
                    let fresh = Saga::new(data.clone());
                    coordinator.sagas.entry(*saga).or_insert(fresh);
                }
                Entry::Try(_)
                | Entry::Did(_)
                | Entry::Abort(_)
                | Entry::Park(_)
                | Entry::Resolve => {
                    if let Some(known) = coordinator.sagas.get_mut(saga) {
                        known.apply(entry);
                    }
                }
            }
        }
        let mut effects = Vec::new();
        for (&id, saga) in &mut coordinator.sagas {
            Turn::new(id, saga, &policy, &mut effects).wake();
        }
        (coordinator, effects)
        // endregion
    }

    /// Takes one input and says what is to be done about it, in order.
    pub fn step(&mut self, input: Input<S>) -> Vec<Effect<S>> {
        let mut effects = Vec::new();
        match input {
            Input::Begin { saga, data } => match self.sagas.entry(saga) {
                Slot::Occupied(_) => effects.push(Effect::Accept(saga)),
                Slot::Vacant(slot) => {
                    let fresh = slot.insert(Saga::new(data));
                    Turn::new(saga, fresh, &self.policy, &mut effects).begin();
                }
            },
            Input::Answer {
                saga,
                op,
                attempt,
                answer,
            } => {
                if let Some(mut turn) = self.turn(saga, &mut effects) {
                    turn.on_answer(op, attempt, answer);
                }
            }
            Input::Timer(timer) => {
                if let Some(mut turn) = self.turn(timer.saga, &mut effects) {
                    turn.on_timer(timer);
                }
            }
            Input::Resolve(saga) => {
                if let Some(mut turn) = self.turn(saga, &mut effects) {
                    turn.resolve();
                }
            }
        }
        effects
    }

    /// Changes how it behaves from now on.
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// The saga with this number, if it is known here.
    pub fn saga(&self, id: SagaId) -> Option<&Saga<S>> {
        self.sagas.get(&id)
    }

    /// Every saga known here, by number.
    pub fn sagas(&self) -> impl Iterator<Item = (SagaId, &Saga<S>)> {
        self.sagas.iter().map(|(&id, saga)| (id, saga))
    }

    fn turn<'a>(&'a mut self, id: SagaId, effects: &'a mut Vec<Effect<S>>) -> Option<Turn<'a, S>> {
        let saga = self.sagas.get_mut(&id)?;
        Some(Turn::new(id, saga, &self.policy, effects))
    }
}

impl<S: Plan> Saga<S> {
    fn new(data: S::Data) -> Self {
        Self {
            data,
            phase: Phase::Running(Op::act(S::STEPS[0])),
            aborted: None,
            announced: false,
            attempt: 0,
            attempt_limit: 0,
            waiting: Waiting::Answer,
            held: Vec::new(),
        }
    }

    /// Where it stands.
    pub fn phase(&self) -> Phase<S> {
        self.phase
    }

    /// Where and why it turned back, if it did.
    pub fn aborted(&self) -> Option<Aborted<S>> {
        self.aborted
    }

    /// What the services are told.
    pub fn data(&self) -> &S::Data {
        &self.data
    }

    /// How many times the present operation has been asked for.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// What it waits for while it runs.
    pub fn waiting(&self) -> Waiting {
        self.waiting
    }

    /// How `step` stands.
    pub fn mark(&self, step: S) -> Mark {
        let now = match self.phase {
            Phase::Running(op) | Phase::Parked(op, _) => Some(op.step),
            Phase::Ended(_) => None,
        };
        match self.aborted {
            None => match now {
                Some(at) if step == at => Mark::Trying,
                Some(at) if step > at => Mark::Waiting,
                _ => Mark::Done,
            },
            Some(aborted) if step > aborted.at => Mark::Skipped,
            Some(aborted) if step == aborted.at && !aborted.unknown => Mark::Failed,
            Some(_) => match now {
                Some(at) if step == at => Mark::Undoing,
                Some(at) if step < at => Mark::Done,
                _ => Mark::Undone,
            },
        }
    }

    /// What one record means. The durable part of a saga is the fold of this over its records.
    fn apply(&mut self, entry: &Entry<S>) {
        // region: replay-log
        match *entry {
            Entry::Begin(_) => {}
            Entry::Try(op) => {
                self.phase = Phase::Running(op);
                self.announced = true;
            }
            Entry::Did(op) => self.go_to(op.after(), op.verb),
            Entry::Abort(aborted) => {
                self.aborted = Some(aborted);
                let first = if aborted.unknown {
                    Some(aborted.at)
                } else {
                    aborted.at.previous()
                };
                self.go_to(first.map(Op::undo), Verb::Undo);
            }
            Entry::Park(reason) => {
                if let Phase::Running(op) = self.phase {
                    self.phase = Phase::Parked(op, reason);
                }
            }
            Entry::Resolve => {
                if let Phase::Parked(op, _) = self.phase {
                    self.phase = Phase::Running(op);
                    self.announced = true;
                }
            }
        }
        // endregion
    }

    fn go_to(&mut self, next: Option<Op<S>>, direction: Verb) {
        self.announced = false;
        self.phase = match (next, direction) {
            (Some(op), _) => Phase::Running(op),
            (None, Verb::Act) => Phase::Ended(Ending::Completed),
            (None, Verb::Undo) => Phase::Ended(Ending::Compensated),
        };
    }
}

/// One saga's reaction to one input.
struct Turn<'a, S: Plan> {
    id: SagaId,
    saga: &'a mut Saga<S>,
    policy: &'a Policy,
    effects: &'a mut Vec<Effect<S>>,
}

impl<'a, S: Plan> Turn<'a, S> {
    fn new(
        id: SagaId,
        saga: &'a mut Saga<S>,
        policy: &'a Policy,
        effects: &'a mut Vec<Effect<S>>,
    ) -> Self {
        Self {
            id,
            saga,
            policy,
            effects,
        }
    }

    fn begin(&mut self) {
        // region: begin
        self.write(Entry::Begin(self.saga.data.clone()));
        self.effects.push(Effect::Accept(self.id));
        self.go_on();
        // endregion
    }

    fn on_answer(&mut self, op: Op<S>, attempt: u32, answer: Answer) {
        let (Phase::Running(asked) | Phase::Parked(asked, _)) = self.saga.phase else {
            return;
        };
        if asked != op {
            return;
        }
        match answer {
            // region: answered
            Answer::Done => {
                self.unpark();
                self.write(Entry::Did(op));
                self.go_on();
            }
            // endregion
            // region: refused
            Answer::Refused(reason) if self.may_turn_back(op) => {
                self.unpark();
                self.flush();
                self.abort(op.step, false, reason);
            }
            // endregion
            Answer::Refused(reason) | Answer::NotNow(reason) => {
                let current = self.saga.waiting == Waiting::Answer && self.saga.attempt == attempt;
                if current && self.is_running() {
                    self.retry(op, reason);
                }
            }
        }
    }

    fn on_timer(&mut self, timer: Timer<S>) {
        let current = self.saga.phase == Phase::Running(timer.op)
            && self.saga.attempt == timer.attempt
            && self.saga.waiting == timer.waiting;
        match timer.waiting {
            _ if !current => {}
            // region: timeout
            Waiting::Answer => self.retry(timer.op, Reason::Silence),
            // endregion
            Waiting::Backoff => self.send(timer.op),
        }
    }

    fn resolve(&mut self) {
        // region: resolve
        if let Phase::Parked(op, _) = self.saga.phase {
            self.unpark();
            self.write(Entry::Resolve);
            self.saga.attempt_limit = self.saga.attempt + self.policy.retry.attempts;
            self.send(op);
        }
        // endregion
    }

    /// After a crash: the records are all that is left of this saga.
    fn wake(&mut self) {
        // region: wake
        match self.saga.phase {
            Phase::Running(op) => {
                let announced = self.saga.announced;
                let begun = announced || op.step.previous().is_some();
                let turns_back = op.verb == Verb::Act
                    && begun
                    && self.policy.recovery == Recovery::Abort
                    && match op.step.kind() {
                        Kind::Compensable => true,
                        Kind::Pivot => !announced,
                        Kind::Retriable => false,
                    };
                if turns_back {
                    self.abort(op.step, announced, Reason::Interrupted);
                } else if announced {
                    self.ask(op);
                } else {
                    self.go_on();
                }
            }
            Phase::Parked(op, reason) => self.park(op, reason),
            Phase::Ended(_) => {}
        }
        // endregion
    }

    /// Announces and asks for whatever comes next.
    fn go_on(&mut self) {
        // region: next
        match self.saga.phase {
            Phase::Running(op) => {
                self.write(Entry::Try(op));
                self.ask(op);
            }
            Phase::Parked(..) => {}
            Phase::Ended(ending) => {
                self.flush();
                self.effects.push(Effect::Ended {
                    saga: self.id,
                    ending,
                });
            }
        }
        // endregion
    }

    fn ask(&mut self, op: Op<S>) {
        self.saga.attempt = 0;
        self.saga.attempt_limit = self.policy.retry.attempts;
        self.send(op);
    }

    fn send(&mut self, op: Op<S>) {
        // region: call
        self.saga.attempt += 1;
        self.effects.push(Effect::Call {
            saga: self.id,
            op,
            attempt: self.saga.attempt,
            data: self.saga.data.clone(),
        });
        self.wait(op, Waiting::Answer, self.policy.timeout);
        // endregion
    }

    fn retry(&mut self, op: Op<S>, reason: Reason) {
        // region: retry
        if self.saga.attempt < self.saga.attempt_limit {
            let pause = self.policy.retry.delay(self.saga.attempt);
            self.wait(op, Waiting::Backoff, pause);
        } else {
            self.give_up(op, reason);
        }
        // endregion
    }

    fn give_up(&mut self, op: Op<S>, reason: Reason) {
        // region: give-up
        match (op.verb, op.step.kind()) {
            // Even if every answer was "not now", a copy of a request may still be on its way.
            (Verb::Act, Kind::Compensable) => self.abort(op.step, true, reason),
            (Verb::Act, Kind::Pivot | Kind::Retriable) | (Verb::Undo, _) => {
                self.write(Entry::Park(reason));
                self.park(op, reason);
            }
        }
        // endregion
    }

    /// Turns back: compensate everything done so far, last first, and this step too if nobody
    /// knows whether it happened.
    fn abort(&mut self, at: S, unknown: bool, reason: Reason) {
        // region: abort
        self.write(Entry::Abort(Aborted {
            at,
            unknown,
            reason,
        }));
        self.go_on();
        // endregion
    }

    fn park(&mut self, op: Op<S>, reason: Reason) {
        // region: park
        self.effects.push(Effect::Park(Letter {
            saga: self.id,
            op,
            reason,
        }));
        // endregion
    }

    fn unpark(&mut self) {
        if let Phase::Parked(op, _) = self.saga.phase {
            let saga = self.id;
            self.effects.push(Effect::Unpark { saga, op });
        }
    }

    fn wait(&mut self, op: Op<S>, waiting: Waiting, after: Span) {
        self.saga.waiting = waiting;
        let timer = Timer {
            saga: self.id,
            op,
            attempt: self.saga.attempt,
            waiting,
        };
        self.effects.push(Effect::Wait { timer, after });
    }

    fn is_running(&self) -> bool {
        matches!(self.saga.phase, Phase::Running(_))
    }

    fn may_turn_back(&self, op: Op<S>) -> bool {
        op.verb == Verb::Act && op.step.kind() != Kind::Retriable
    }

    /// Remembers, and makes durable when the log mode says so.
    fn write(&mut self, entry: Entry<S>) {
        // region: write
        self.saga.apply(&entry);
        match self.policy.log {
            LogMode::BeforeCall => self.append(entry),
            LogMode::AfterCall => match entry {
                Entry::Begin(_) | Entry::Try(_) | Entry::Abort(_) => self.saga.held.push(entry),
                Entry::Did(_) | Entry::Park(_) | Entry::Resolve => {
                    self.flush();
                    self.append(entry);
                }
            },
            LogMode::Off => {}
        }
        // endregion
    }

    fn flush(&mut self) {
        for entry in std::mem::take(&mut self.saga.held) {
            self.append(entry);
        }
    }

    fn append(&mut self, entry: Entry<S>) {
        self.effects.push(Effect::Append(Record {
            saga: self.id,
            entry,
        }));
    }
}
