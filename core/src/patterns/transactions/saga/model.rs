//! The shop: customers, five services and, in one style, a coordinator, on the kernel's network.
//!
//! It owns what the algorithm leaves to its caller: sending, waiting, writing to disk, the dice of
//! the world, the dead-letter box and the person beside it. What orchestration does with it stands
//! in [`orchestration`], what choreography does in [`choreography`]; which promises hold, in
//! [`audit`].

pub(super) mod audit;
pub(super) mod choreography;
pub(super) mod orchestration;

use std::borrow::Cow;

use super::algorithm::{
    Answer, Ending, Event as News, Fate, Kind, Letter, Name, Op, Order, Plan, SagaId, Service,
    Step as Stage, Timer, Verb, Verdict,
};
use super::algorithm::{Fact, Reason};
use super::knobs::{
    Action, DEAD_LETTERS, Deed, IN_PROGRESS, Knobs, LOCK_WAITS, MESSAGES, METRICS, PLACED, RETRIES,
    Style, TURNED_AWAY, WAITING,
};
use super::scene;
use super::steps::{Served, Step, What, done, verb};
use crate::kernel::network::Status;
use crate::kernel::trace::EventId;
use crate::prelude::*;
use crate::sorted::SortedMap;
use audit::Audit;
use choreography::Choreography;
use orchestration::Orchestration;

/// What a node works on before it acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Job {
    /// A coordinator's request.
    Request {
        /// Which order.
        saga: SagaId,
        /// What is asked.
        op: Op<Stage>,
        /// How often, this time included.
        attempt: u32,
    },
    /// A neighbour's event.
    News {
        /// What it tells.
        event: News,
        /// How often, this time included.
        attempt: u32,
    },
    /// A customer's order.
    Place(SagaId),
}

/// The first step, which a customer's order asks for.
const OPEN: Op<Stage> = Op::act(Stage::Open);

/// Something that happens in the shop.
#[derive(Debug, Clone, Hash)]
pub enum Event {
    /// The next customer comes.
    Customer,
    /// A customer's order, to whoever takes orders.
    Place(SagaId),
    /// A customer has waited for a confirmation of receipt.
    AskAgain(SagaId),
    /// To a customer: the order is taken on.
    Accepted(SagaId),
    /// To a customer: the order is over.
    Ended(SagaId, Ending),
    /// To a service: a request or an event.
    Ask(Job),
    /// A service has worked long enough on it.
    Worked(Job),
    /// To the coordinator: the answer of a service.
    Reply {
        /// Which order.
        saga: SagaId,
        /// What was asked.
        op: Op<Stage>,
        /// Which attempt is answered.
        attempt: u32,
        /// The answer.
        answer: Answer,
    },
    /// A wait of the coordinator is over.
    Alarm(Timer<Stage>),
    /// A record of the coordinator about this order is durable.
    Written(SagaId),
    /// To a service: its event has been taken note of.
    Acknowledged(News),
    /// A service's wait for an acknowledgement is over.
    Redeliver {
        /// Which service.
        name: Name,
        /// Which event.
        event: News,
        /// After which attempt.
        attempt: u32,
    },
    /// A service's local transaction is durable.
    Committed(Name),
    /// A late copy of a message is sent.
    Copy {
        /// The sender.
        from: u16,
        /// The receiver.
        to: u16,
        /// The message.
        job: Job,
    },
    /// A person comes to the dead-letter box.
    Person(SagaId),
    /// An order has had the time to end.
    Deadline(SagaId),
}

impl crate::simulation::Event for Event {
    fn label(&self) -> Cow<'static, str> {
        let words = |saga: SagaId, words: &str| Cow::Owned(format!("{words} {}", saga.0));
        match self {
            Self::Customer => Cow::Borrowed("customer"),
            Self::Place(saga) | Self::Ask(Job::Place(saga)) => words(*saga, "order"),
            Self::AskAgain(saga) => words(*saga, "ask again"),
            Self::Accepted(saga) => words(*saga, "taken on"),
            Self::Ended(saga, Ending::Completed) => words(*saga, "done"),
            Self::Ended(saga, Ending::Compensated) => words(*saga, "undone"),
            Self::Ask(Job::Request { saga, op, .. }) => words(*saga, verb(*op)),
            Self::Ask(Job::News { event, .. }) => words(event.saga, event.name()),
            Self::Worked(_) => Cow::Borrowed("work"),
            Self::Reply {
                saga, op, answer, ..
            } => match answer {
                Answer::Done => words(*saga, done(*op)),
                Answer::Refused(_) => words(*saga, "no"),
                Answer::NotNow(_) => words(*saga, "not now"),
            },
            Self::Alarm(timer) => words(timer.saga, "timer"),
            Self::Written(saga) => words(*saga, "written"),
            Self::Acknowledged(_) => Cow::Borrowed("ack"),
            Self::Redeliver { event, .. } => words(event.saga, "timer"),
            Self::Committed(_) => Cow::Borrowed("commit"),
            Self::Copy { .. } => Cow::Borrowed("copy"),
            Self::Person(_) => Cow::Borrowed("person"),
            Self::Deadline(_) => Cow::Borrowed("deadline"),
        }
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Ask(Job::Request { op, .. }) => direction(op.verb),
            Self::Ask(Job::News { event, .. }) => {
                direction(event.reaction().map_or(Verb::Act, |op| op.verb))
            }
            Self::Reply { answer, .. } => match answer {
                Answer::Done => Tone::Good,
                Answer::Refused(_) => Tone::Refused,
                Answer::NotNow(_) => Tone::Stale,
            },
            Self::Ended(_, Ending::Completed) => Tone::Good,
            Self::Ended(_, Ending::Compensated) => Tone::Refused,
            Self::Acknowledged(_) | Self::Accepted(_) => Tone::Idle,
            Self::Customer
            | Self::Place(_)
            | Self::Ask(Job::Place(_))
            | Self::AskAgain(_)
            | Self::Worked(_)
            | Self::Alarm(_)
            | Self::Written(_)
            | Self::Redeliver { .. }
            | Self::Committed(_)
            | Self::Copy { .. }
            | Self::Person(_)
            | Self::Deadline(_) => Tone::Active,
        }
    }
}

const fn direction(verb: Verb) -> Tone {
    match verb {
        Verb::Act => Tone::Active,
        Verb::Undo => Tone::Stale,
    }
}

/// An order as its customer knows it.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) order: Order,
    pub(super) at: SimTime,
    pub(super) accepted: bool,
    /// When something last happened to it.
    pub(super) touched: SimTime,
    /// It was last told to wait for another order's stock.
    pub(super) locked_out: bool,
}

/// A letter in the box.
#[derive(Debug, Clone, Copy)]
pub(super) struct Boxed {
    pub(super) letter: Letter<Stage>,
    pub(super) cause: EventId,
}

/// Faults that a person has prepared, by operation: how many are left.
#[derive(Debug, Clone, Default)]
pub(super) struct Mischief {
    pub(super) failures: SortedMap<Op<Stage>, u32>,
    pub(super) lost_replies: SortedMap<Op<Stage>, u32>,
    pub(super) copies: SortedMap<Op<Stage>, Span>,
}

/// Who leads.
#[derive(Debug, Clone)]
pub(super) enum Lead {
    Orchestration(Orchestration),
    Choreography(Box<Choreography>),
}

/// The running shop.
#[derive(Debug, Clone)]
pub struct Shop {
    pub(super) knobs: Knobs,
    pub(super) lead: Lead,
    pub(super) orders: SortedMap<SagaId, Placed>,
    pub(super) letters: SortedMap<(NodeId, SagaId, Op<Stage>), Boxed>,
    pub(super) mischief: Mischief,
    /// How many requests each service is working on.
    pub(super) busy: [u32; 5],
    pub(super) audit: Audit,
    customers_to_come: u32,
}

/// The customers' node.
pub(super) const CUSTOMERS: NodeId = NodeId(0);
/// The coordinator's node, in the style that has one.
pub(super) const COORDINATOR: NodeId = NodeId(6);

/// The node of a service.
pub(super) const fn node(name: Name) -> NodeId {
    NodeId(name as u16 + 1)
}

/// The service at a node.
pub(super) fn service_at(node: NodeId) -> Option<Name> {
    let index = usize::from(node.0).checked_sub(1)?;
    Name::ALL.get(index).copied()
}

const ORDERS: Stream = Stream::named("orders");
const WORLD: Stream = Stream::named("world");
const JITTER: Stream = Stream::named("jitter");

/// A run stays readable, and its tables small, up to so many orders.
const MOST_ORDERS: usize = 400;

pub(super) type Cx<'a> = Context<'a, Shop>;

impl Simulation for Shop {
    type Event = Event;
    type Knobs = Knobs;
    type Action = Action;
    type Step = Step;

    fn start(knobs: &Knobs, cx: &mut Cx<'_>) -> Self {
        cx.network().set_default_profile(knobs.profile());
        cx.add_node("Customers");
        for name in Name::ALL {
            cx.add_node(super::steps::service_name(name));
        }
        let lead = match knobs.style {
            Style::Orchestration => {
                cx.add_node("Coordinator");
                Lead::Orchestration(Orchestration::new(knobs))
            }
            Style::Choreography => Lead::Choreography(Box::new(Choreography::new(knobs))),
        };
        cx.schedule(Span::ZERO, Event::Customer);
        Self {
            knobs: knobs.clone(),
            lead,
            orders: SortedMap::new(),
            letters: SortedMap::new(),
            mischief: Mischief::default(),
            busy: [0; 5],
            audit: Audit::default(),
            customers_to_come: knobs.orders,
        }
    }

    fn on_event(&mut self, event: Event, cx: &mut Cx<'_>) {
        match event {
            Event::Customer => self.next_customer(cx),
            Event::Place(saga) => self.place_arrives(saga, cx),
            Event::AskAgain(saga) => self.ask_again(saga, cx),
            Event::Accepted(saga) => {
                if let Some(placed) = self.orders.get_mut(&saga) {
                    placed.accepted = true;
                }
            }
            Event::Ended(..) => {}
            Event::Ask(job) => self.job_arrives(job, cx),
            Event::Worked(job) => self.worked(job, cx),
            Event::Reply {
                saga,
                op,
                attempt,
                answer,
            } => self.reply_arrives(saga, op, attempt, answer, cx),
            Event::Alarm(timer) => self.alarm(timer, cx),
            Event::Written(saga) => self.written(saga, cx),
            Event::Acknowledged(event) => self.acknowledged(event, cx),
            Event::Redeliver {
                name,
                event,
                attempt,
            } => self.redeliver(name, event, attempt, cx),
            Event::Committed(name) => self.committed(name, cx),
            Event::Copy { from, to, job } => {
                self.send(NodeId(from), NodeId(to), Event::Ask(job), cx);
            }
            Event::Person(saga) => {
                // Someone may have been there before.
                let _ = self.resolve(saga, cx);
            }
            Event::Deadline(saga) => self.deadline(saga, cx),
        }
    }

    fn on_action(&mut self, action: Action, cx: &mut Cx<'_>) -> Result<(), Refusal> {
        match action {
            Action::Place {} => {
                if self.orders.len() >= MOST_ORDERS {
                    let refusal = format!("The shop takes {MOST_ORDERS} orders a run: start anew.");
                    return Err(refusal.into());
                }
                self.place(cx);
            }
            Action::Fail { step, times } => {
                self.mischief.failures.insert(step.op(), times);
                cx.say(What::Armed(armed(step, times, "will fail", "fail")).nowhere());
            }
            Action::LoseReply { step, times } => {
                self.mischief.lost_replies.insert(step.op(), times);
                let what = "will happen, and its answer will be lost";
                cx.say(What::Armed(armed(step, times, what, "lose their answer")).nowhere());
            }
            Action::Duplicate { step, late_ms } => {
                let late = Span::from_millis(u64::from(late_ms));
                self.mischief.copies.insert(step.op(), late);
                cx.say(What::Armed(format!("“{}” will be sent twice.", step.label())).nowhere());
            }
            Action::Resolve { order } => self.resolve(SagaId(order), cx)?,
        }
        Ok(())
    }

    fn on_knobs(&mut self, knobs: &Knobs, cx: &mut Cx<'_>) {
        // What waits by the old settings goes on waiting by them.
        let longer = self.knobs.patience().saturating_sub(knobs.patience());
        self.audit.disturbed = self.audit.disturbed.max(cx.now() + longer);
        self.knobs = knobs.clone();
        cx.network().set_default_profile(knobs.profile());
        match &mut self.lead {
            Lead::Orchestration(office) => office.set_knobs(knobs),
            Lead::Choreography(office) => office.set_knobs(knobs),
        }
    }

    fn on_fault(&mut self, _: &Fault, cx: &mut Cx<'_>) {
        self.audit.disturbed = self.audit.disturbed.max(cx.now());
    }

    fn on_crash(&mut self, node: NodeId, _: &mut Cx<'_>) {
        self.crashed(node);
    }

    fn on_restart(&mut self, node: NodeId, cx: &mut Cx<'_>) {
        self.restarted(node, cx);
    }

    fn metrics() -> &'static [MetricSpec] {
        METRICS
    }

    fn properties() -> &'static [Property<Self>] {
        audit::PROPERTIES
    }

    fn scene(&self, world: &World<Event>, scene: &mut SceneBuilder) {
        scene::draw(self, world, scene);
    }
}

/// The sentence about a prepared fault.
fn armed(step: Deed, times: u32, once: &str, often: &str) -> String {
    match times {
        1 => format!("The next time, “{}” {once}.", step.label()),
        _ => format!("The next {times} times, “{}” will {often}.", step.label()),
    }
}

// What customers do.
impl Shop {
    fn next_customer(&mut self, cx: &mut Cx<'_>) {
        self.customers_to_come -= 1;
        self.place(cx);
        if self.customers_to_come > 0 {
            cx.schedule(self.knobs.spacing, Event::Customer);
        }
    }

    fn place(&mut self, cx: &mut Cx<'_>) {
        let saga = SagaId(self.orders.len() as u32 + 1);
        let order = Order {
            units: 1,
            price_cents: 1_900 + 100 * cx.rng(ORDERS).below(60) as u32,
        };
        let placed = Placed {
            order,
            at: cx.now(),
            accepted: false,
            touched: cx.now(),
            locked_out: false,
        };
        self.orders.insert(saga, placed);
        cx.count(PLACED, 1);
        self.audit.in_progress += 1;
        cx.gauge(IN_PROGRESS, f64::from(self.audit.in_progress));
        let price_cents = order.price_cents;
        cx.say(What::Placed { saga, price_cents }.at(CUSTOMERS));
        self.hand_in(saga, cx);
    }

    /// Sends an order to whoever takes orders; customers who are cut off try again later.
    fn hand_in(&mut self, saga: SagaId, cx: &mut Cx<'_>) {
        if !cx.network().is_up(CUSTOMERS) {
            return;
        }
        let to = match self.lead {
            Lead::Orchestration(_) => COORDINATOR,
            Lead::Choreography(_) => node(Name::Orders),
        };
        self.send(CUSTOMERS, to, Event::Place(saga), cx);
        if let Lead::Choreography(_) = self.lead {
            // The order itself is what asks for the first step.
            self.copy_if_armed((CUSTOMERS, to), OPEN, Job::Place(saga), cx);
        }
        cx.timer(CUSTOMERS, self.knobs.timeout, Event::AskAgain(saga));
    }

    fn ask_again(&mut self, saga: SagaId, cx: &mut Cx<'_>) {
        let waits = self
            .orders
            .get(&saga)
            .is_some_and(|placed| !placed.accepted);
        if waits {
            cx.count(RETRIES, 1);
            cx.say(What::AskedAgain(saga).at(CUSTOMERS));
            self.hand_in(saga, cx);
        }
    }

    fn place_arrives(&mut self, saga: SagaId, cx: &mut Cx<'_>) {
        match self.lead {
            Lead::Orchestration(_) => self.begin(saga, cx),
            Lead::Choreography(_) => self.job_arrives(Job::Place(saga), cx),
        }
    }

    /// Tells the customer that the order is taken on: from now on it has to end.
    pub(super) fn accept(&mut self, from: NodeId, saga: SagaId, cx: &mut Cx<'_>) {
        if self.audit.accepted.insert(saga) {
            cx.schedule(self.knobs.patience(), Event::Deadline(saga));
        }
        match self.lead {
            Lead::Orchestration(_) => self.send(from, CUSTOMERS, Event::Accepted(saga), cx),
            // It answers the first step, too.
            Lead::Choreography(_) => {
                self.send_answer((from, CUSTOMERS), OPEN, Event::Accepted(saga), cx);
            }
        }
    }
}

// What services do in both styles.
impl Shop {
    fn job_arrives(&mut self, job: Job, cx: &mut Cx<'_>) {
        let name = match job {
            Job::Request { op, .. } => op.step.owner(),
            Job::News { event, .. } => match event.reaction() {
                Some(op) => op.step.owner(),
                None => return,
            },
            Job::Place(_) => Name::Orders,
        };
        self.busy[name as usize] += 1;
        cx.timer(node(name), self.knobs.work, Event::Worked(job));
    }

    fn worked(&mut self, job: Job, cx: &mut Cx<'_>) {
        match job {
            Job::Request { saga, op, attempt } => self.serve(saga, op, attempt, cx),
            Job::News { event, attempt } => self.hear(event, attempt, cx),
            Job::Place(saga) => self.open(saga, cx),
        }
    }

    /// What the world decides about this operation now.
    pub(super) fn fate(&mut self, saga: SagaId, op: Op<Stage>, cx: &mut Cx<'_>) -> Fate {
        let chance = self.knobs.failure(op);
        let happens = cx.rng(WORLD).happens(chance);
        // What is answered from the record cannot fail any more.
        if self.services()[op.step.owner() as usize].knows(saga, op) {
            return Fate::Normal;
        }
        let prepared = take_one(&mut self.mischief.failures, op);
        let may_refuse = op.verb == Verb::Act && op.step.kind() != Kind::Retriable;
        match (happens || prepared, may_refuse) {
            (true, true) => Fate::Refuse,
            (true, false) => Fate::Fail,
            (false, _) => Fate::Normal,
        }
    }

    /// Says what a service made of a request, once it is so.
    pub(super) fn say_served(
        &mut self,
        saga: SagaId,
        op: Op<Stage>,
        served: Served,
        cx: &mut Cx<'_>,
    ) {
        if let Some(placed) = self.orders.get_mut(&saga) {
            placed.locked_out = served == Served::Locked;
        }
        match served {
            Served::Locked => cx.count(LOCK_WAITS, 1),
            Served::Refused(Reason::SoldOut) => {
                let away = self.inventory().turned_away.len() as u64;
                cx.count(TURNED_AWAY, away - self.audit.turned_away);
                self.audit.turned_away = away;
            }
            Served::Did(_)
            | Served::Barred
            | Served::Again
            | Served::TooLate
            | Served::Refused(_)
            | Served::Failed => {}
        }
        let price_cents = self.order(saga).price_cents;
        let step = What::Served {
            saga,
            op,
            served,
            price_cents,
        };
        cx.say(step.at(node(op.step.owner())));
    }

    /// Sends a message and counts it.
    pub(super) fn send(&mut self, from: NodeId, to: NodeId, event: Event, cx: &mut Cx<'_>) {
        cx.count(MESSAGES, 1);
        cx.send(from, to, event);
    }

    /// Sends a request or an event, and the copy of it that a person may have prepared.
    pub(super) fn send_job(
        &mut self,
        (from, to): (NodeId, NodeId),
        op: Op<Stage>,
        job: Job,
        attempt: u32,
        cx: &mut Cx<'_>,
    ) {
        if attempt > 1 {
            cx.count(RETRIES, 1);
        }
        self.send(from, to, Event::Ask(job), cx);
        self.copy_if_armed((from, to), op, job, cx);
    }

    /// Sends what asks for an operation a second time, if a person wants that.
    fn copy_if_armed(
        &mut self,
        (from, to): (NodeId, NodeId),
        op: Op<Stage>,
        job: Job,
        cx: &mut Cx<'_>,
    ) {
        if let Some(late) = self.mischief.copies.remove(&op) {
            let (from, to) = (from.0, to.0);
            cx.schedule(late, Event::Copy { from, to, job });
        }
    }

    /// Sends an answer, unless a person wants it lost.
    pub(super) fn send_answer(
        &mut self,
        (from, to): (NodeId, NodeId),
        op: Op<Stage>,
        event: Event,
        cx: &mut Cx<'_>,
    ) {
        let doomed = take_one(&mut self.mischief.lost_replies, op);
        if doomed {
            let usual = cx.network().profile(from, to);
            let lossy = LinkProfile {
                loss: Chance::ALWAYS,
                ..usual
            };
            cx.network().set_profile(from, to, lossy);
            self.send(from, to, event, cx);
            cx.network().set_profile(from, to, usual);
        } else {
            self.send(from, to, event, cx);
        }
    }

    /// A pause of which a part is left to chance.
    pub(super) fn jittered(&mut self, pause: Span, cx: &mut Cx<'_>) -> Span {
        let most = pause * u64::from(self.knobs.jitter) / 100;
        let less = cx.rng(JITTER).below(most.as_nanos().saturating_add(1));
        pause.saturating_sub(Span::from_nanos(less))
    }

    pub(super) fn order(&self, saga: SagaId) -> Order {
        let known = self.orders.get(&saga).map(|placed| placed.order);
        known.expect("only placed orders are sent on their way")
    }

    pub(super) fn services(&self) -> [&Service; 5] {
        match &self.lead {
            Lead::Orchestration(office) => office.services.each_ref().map(AsRef::as_ref),
            Lead::Choreography(office) => office.nodes.each_ref().map(|node| node.service()),
        }
    }
}

/// What a service made of a request, in one word.
pub(super) fn outcome(verdict: Verdict, times: u32) -> Served {
    match (verdict.answer, verdict.write.map(|write| write.fact())) {
        (Answer::Done, Some(Fact::Barred)) => Served::Barred,
        (Answer::Done, Some(_)) => Served::Did(times),
        (Answer::Refused(Reason::Withdrawn), None) => Served::TooLate,
        (Answer::Refused(reason), Some(_)) => Served::Refused(reason),
        (Answer::Done | Answer::Refused(_), None) => Served::Again,
        (Answer::NotNow(Reason::Locked), _) => Served::Locked,
        (Answer::NotNow(_), _) => Served::Failed,
    }
}

// Faults, and the box of dead letters.
impl Shop {
    fn crashed(&mut self, node: NodeId) {
        if let Some(name) = service_at(node) {
            self.busy[name as usize] = 0;
        }
        match &mut self.lead {
            Lead::Orchestration(office) if node == COORDINATOR => office.crash(),
            Lead::Choreography(office) => office.crash(node),
            Lead::Orchestration(_) => {}
        }
    }

    fn restarted(&mut self, node: NodeId, cx: &mut Cx<'_>) {
        if node == CUSTOMERS {
            let waiting = self.orders.iter().filter(|(_, placed)| !placed.accepted);
            for saga in waiting.map(|(&saga, _)| saga).collect::<Vec<_>>() {
                self.hand_in(saga, cx);
            }
            return;
        }
        match self.lead {
            Lead::Orchestration(_) if node == COORDINATOR => self.recover(cx),
            Lead::Choreography(_) => self.wake(node, cx),
            Lead::Orchestration(_) => {}
        }
    }

    pub(super) fn park(&mut self, holder: NodeId, letter: Letter<Stage>, cx: &mut Cx<'_>) {
        let boxed = Boxed {
            letter,
            cause: cx.event(),
        };
        let key = (holder, letter.saga, letter.op);
        if self.letters.insert(key, boxed).is_none() {
            cx.count(DEAD_LETTERS, 1);
            cx.say(What::Parked(letter).at(holder));
        }
        cx.gauge(WAITING, self.letters.len() as f64);
        if self.knobs.person > 0 {
            let after = Span::from_secs(u64::from(self.knobs.person));
            cx.schedule(after, Event::Person(letter.saga));
        }
    }

    pub(super) fn unpark(&mut self, holder: NodeId, saga: SagaId, op: Op<Stage>, cx: &mut Cx<'_>) {
        self.letters.remove(&(holder, saga, op));
        cx.gauge(WAITING, self.letters.len() as f64);
    }

    fn resolve(&mut self, saga: SagaId, cx: &mut Cx<'_>) -> Result<(), Refusal> {
        let keys = self.letters.keys().filter(|(_, of, _)| *of == saga);
        let keys: Vec<_> = keys.copied().collect();
        if keys.is_empty() {
            let known: Vec<String> = self
                .letters
                .keys()
                .map(|(_, of, _)| of.0.to_string())
                .collect();
            let hint = match known.as_slice() {
                [] => "the box is empty".to_owned(),
                _ => format!("the box holds {}", known.join(", ")),
            };
            let refusal = format!("There is no dead letter of {saga}: {hint}.");
            return Err(refusal.into());
        }
        for &(holder, ..) in &keys {
            if cx.network().status(holder) != Status::Up {
                let name = cx.network().name(holder);
                let refusal = format!("{name} is not running: start it first, it has to go on.");
                return Err(refusal.into());
            }
        }
        // The order goes on, and may take as long as any.
        self.audit.disturbed = self.audit.disturbed.max(cx.now());
        for (holder, saga, op) in keys {
            self.mischief.failures.remove(&op);
            cx.say(What::Resolved { saga, op }.at(holder));
            match self.lead {
                Lead::Orchestration(_) => self.resume(saga, cx),
                Lead::Choreography(_) => self.resolve_at(holder, saga, op, cx),
            }
        }
        if self.audit.excused.remove(&saga) {
            cx.schedule(self.knobs.patience(), Event::Deadline(saga));
        }
        Ok(())
    }
}

/// Uses up one of what is left, if anything is.
fn take_one(left: &mut SortedMap<Op<Stage>, u32>, op: Op<Stage>) -> bool {
    match left.get_mut(&op) {
        None => false,
        Some(1) => left.remove(&op).is_some(),
        Some(more) => {
            *more -= 1;
            true
        }
    }
}
