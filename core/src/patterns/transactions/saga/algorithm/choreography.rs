//! Choreography: nobody is in charge; each service reacts to its neighbours' events.
//!
//! A step that is done is an event on which the next service acts; a step that is refused or
//! undone is an event on which the service before it compensates. What a reaction changes and the
//! event that tells of it are committed together, the event in an *outbox*, from where it is
//! published until its addressee acknowledges it. So an event is delivered at least once, and the
//! addressee's idempotency keys make that once.
//!
//! Nobody sees a whole order here: what a coordinator decides from its log has to be found out
//! from five stores.

use super::{
    Answer, Ending, Fate, Kind, Letter, LogMode, Name, Op, Order, Plan, Policy, Reason, Rules,
    SagaId, Service, Step, Verb, Write,
};
use crate::sorted::SortedMap;
use crate::time::Span;

/// A service that takes part in a choreography: its store, its outbox, and its parked work.
///
/// Like [`super::Coordinator::step`], [`Node::step`] performs nothing: its caller carries the
/// effects out in order, and hands every [`NodeEffect::Commit`] to [`Node::commit`]. A crash
/// forgets effects that were not carried out; everything committed survives, and [`Node::wake`]
/// says how to go on from it.
///
/// ```
/// use orrery_core::patterns::transactions::saga::algorithm::{
///     Event, Fate, Name, Node, NodeEffect, NodeInput, Order, Outcome, Policy, Rules, SagaId, Step,
/// };
///
/// let mut inventory = Node::new(Name::Inventory, Policy::default(), Rules::default(), 10);
/// let order = Order { units: 1, price_cents: 4_900 };
/// let opened = Event { saga: SagaId(7), order, step: Step::Open, outcome: Outcome::Done };
/// let effects = inventory.step(NodeInput::Event { event: opened, attempt: 1, fate: Fate::Normal });
/// // The commit comes first, then the acknowledgement, then the news.
/// assert!(matches!(effects[0], NodeEffect::Commit(_)));
/// assert!(matches!(effects[1], NodeEffect::Acknowledge(event) if event == opened));
/// assert!(matches!(effects[2], NodeEffect::Publish { event, .. } if event.name() == "StockReserved"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Node {
    service: Service,
    policy: Policy,
    outbox: SortedMap<Event, Delivery>,
    parked: SortedMap<SagaId, Parked>,
}

/// What a service tells the others about one step of one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Event {
    /// Which saga.
    pub saga: SagaId,
    /// What was ordered.
    pub order: Order,
    /// Which step.
    pub step: Step,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It is done.
    Done,
    /// It was refused.
    Refused(Reason),
    /// It is undone.
    Undone,
}

/// How the publication of an event is getting on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Delivery {
    /// How many times it was published.
    pub attempt: u32,
    /// After how many it is left to a person.
    pub attempt_limit: u32,
    /// It is left to a person.
    pub parked: bool,
}

/// A reaction that could not be brought to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Parked {
    letter: Letter<Step>,
    order: Order,
}

/// One thing that happens to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeInput {
    /// A client places an order; repeating it is harmless.
    Place {
        /// Its identity, chosen by the client.
        saga: SagaId,
        /// What is ordered.
        order: Order,
        /// What the world decides about opening it.
        fate: Fate,
    },
    /// A neighbour tells of something.
    Event {
        /// What it tells.
        event: Event,
        /// How many times it has told it, this one included.
        attempt: u32,
        /// What the world decides about the reaction.
        fate: Fate,
    },
    /// A neighbour has taken note of this event.
    Acknowledged(Event),
    /// A wait that the node asked for is over.
    Timer {
        /// The event whose acknowledgement was awaited.
        event: Event,
        /// After which attempt.
        attempt: u32,
    },
    /// A person has removed the cause of a dead letter: try again.
    Resolve {
        /// Which saga.
        saga: SagaId,
        /// What the world decides about it now.
        fate: Fate,
    },
}

/// One thing that a node wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeEffect {
    /// Hand this to [`Node::commit`] and make it durable before going on.
    Commit(Change),
    /// Tell the client that the order has been taken on.
    Accept(SagaId),
    /// Tell the sender that this event need not be sent again.
    Acknowledge(Event),
    /// Send an event to the service that reacts to it.
    Publish {
        /// The addressee.
        to: Name,
        /// The event.
        event: Event,
        /// How many times it has been sent, this one included.
        attempt: u32,
    },
    /// Give the timer back after the span.
    Wait {
        /// The event whose acknowledgement is awaited.
        event: Event,
        /// After which attempt.
        attempt: u32,
        /// How long to wait.
        after: Span,
    },
    /// Put a letter into the dead-letter box.
    Park(Letter<Step>),
    /// Take this service's letter about it out of the box, if there is one.
    Unpark {
        /// Which saga.
        saga: SagaId,
        /// What had not been brought to an end.
        op: Op<Step>,
    },
    /// The saga is over, as far as this service can tell.
    Ended {
        /// Which saga.
        saga: SagaId,
        /// How.
        ending: Ending,
    },
}

/// One local transaction of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Change {
    write: Option<Write>,
    outbox: Option<Event>,
    parked: Option<Parked>,
}

impl Change {
    /// What it does to the service's store, if anything.
    pub fn write(&self) -> Option<Write> {
        self.write
    }
}

impl Event {
    /// What this event makes its addressee do; `None` when the saga is over.
    pub fn reaction(&self) -> Option<Op<Step>> {
        // region: react
        match self.outcome {
            Outcome::Done => self.step.next().map(Op::act),
            Outcome::Refused(_) | Outcome::Undone => self.step.previous().map(Op::undo),
        }
        // endregion
    }

    /// Its name in the shop's language.
    pub fn name(&self) -> &'static str {
        match (self.step, self.outcome) {
            (Step::Open, Outcome::Done) => "OrderPlaced",
            (Step::Open, Outcome::Refused(_)) => "OrderRefused",
            (Step::Open, Outcome::Undone) => "OrderCancelled",
            (Step::Reserve, Outcome::Done) => "StockReserved",
            (Step::Reserve, Outcome::Refused(_)) => "StockRefused",
            (Step::Reserve, Outcome::Undone) => "StockReleased",
            (Step::Charge, Outcome::Done) => "PaymentTaken",
            (Step::Charge, Outcome::Refused(_)) => "PaymentRefused",
            (Step::Charge, Outcome::Undone) => "PaymentRefunded",
            (Step::Ship, Outcome::Done) => "ParcelShipped",
            (Step::Ship, Outcome::Refused(_)) => "ShippingRefused",
            (Step::Ship, Outcome::Undone) => "ParcelWithdrawn",
            (Step::Settle, _) => "StockSold",
            (Step::Confirm, _) => "OrderConfirmed",
            (Step::Notify, _) => "CustomerTold",
        }
    }

    fn ending(&self) -> Ending {
        match self.outcome {
            Outcome::Done => Ending::Completed,
            Outcome::Refused(_) | Outcome::Undone => Ending::Compensated,
        }
    }
}

impl Node {
    /// A node with an empty store; `shelf_units` matters to the inventory only.
    pub fn new(name: Name, policy: Policy, rules: Rules, shelf_units: u32) -> Self {
        Self {
            service: Service::new(name, rules, shelf_units),
            policy,
            outbox: SortedMap::new(),
            parked: SortedMap::new(),
        }
    }

    /// Takes one input and says what is to be done about it, in order. O(log orders).
    pub fn step(&mut self, input: NodeInput) -> Vec<NodeEffect> {
        match input {
            NodeInput::Place { saga, order, fate } => {
                let open = Op::act(Step::Open);
                // The client keeps asking until it is told yes or no: there is no last attempt.
                self.carry_out(saga, order, open, 0, fate, NodeEffect::Accept(saga))
            }
            NodeInput::Event {
                event,
                attempt,
                fate,
            } => self.react(event, attempt, fate),
            NodeInput::Acknowledged(event) => self.acknowledged(event),
            NodeInput::Timer { event, attempt } => self.redeliver(event, attempt),
            NodeInput::Resolve { saga, fate } => self.resolve(saga, fate),
        }
    }

    /// Makes a local transaction durable.
    pub fn commit(&mut self, change: Change) {
        if let Some(write) = change.write {
            if self.is_parked(write.saga(), write.op()) {
                self.parked.remove(&write.saga());
            }
            self.service.commit(write);
        }
        if let Some(event) = change.outbox {
            self.outbox.insert(event, self.first_delivery());
        }
        if let Some(parked) = change.parked {
            self.parked.insert(parked.letter.saga, parked);
        }
    }

    /// What to do first after a crash: publish whatever nobody has acknowledged.
    pub fn wake(&mut self) -> Vec<NodeEffect> {
        // region: wake-node
        let fresh = self.first_delivery();
        let mut effects = Vec::new();
        for (&event, delivery) in &mut self.outbox {
            if delivery.parked {
                effects.extend(undeliverable(event).map(NodeEffect::Park));
            } else {
                *delivery = fresh;
                effects.extend(publish(event, fresh.attempt, &self.policy));
            }
        }
        let letters = self.parked.values().map(|parked| parked.letter);
        effects.extend(letters.map(NodeEffect::Park));
        effects
        // endregion
    }

    /// Its service.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// What it has told and nobody has acknowledged.
    pub fn outbox(&self) -> impl Iterator<Item = (&Event, &Delivery)> {
        self.outbox.iter()
    }

    /// Changes how it behaves from now on.
    pub fn set_policy(&mut self, policy: Policy, rules: Rules) {
        self.policy = policy;
        self.service.rules = rules;
    }

    fn react(&self, event: Event, attempt: u32, fate: Fate) -> Vec<NodeEffect> {
        let acknowledge = NodeEffect::Acknowledge(event);
        match event.reaction() {
            Some(op) => self.carry_out(event.saga, event.order, op, attempt, fate, acknowledge),
            None => vec![acknowledge],
        }
    }

    /// Carries out one local transaction and tells its outcome. `receipt` goes to whoever asked
    /// for it, once they need not ask again.
    fn carry_out(
        &self,
        saga: SagaId,
        order: Order,
        op: Op<Step>,
        attempt: u32,
        fate: Fate,
        receipt: NodeEffect,
    ) -> Vec<NodeEffect> {
        let verdict = self.service.consider(saga, op, &order, fate);
        let news = |outcome| Event {
            saga,
            order,
            step: op.step,
            outcome,
        };
        match (verdict.answer, verdict.write) {
            // region: consume
            (Answer::Done, Some(write)) if op.verb == Verb::Act => {
                self.tell(write, news(Outcome::Done), receipt)
            }
            (Answer::Done, Some(write)) => self.tell(write, news(Outcome::Undone), receipt),
            (Answer::Refused(reason), Some(write)) => {
                self.tell(write, news(Outcome::Refused(reason)), receipt)
            }
            // endregion
            // region: seen-before
            (Answer::Done | Answer::Refused(_), None) => vec![receipt],
            // endregion
            // region: not-now
            (Answer::NotNow(_), _) if attempt < self.policy.retry.attempts => Vec::new(),
            (Answer::NotNow(reason), _) if may_be_refused(op) => {
                let write = Service::rule_out(saga, op, &order, reason);
                self.tell(write, news(Outcome::Refused(reason)), receipt)
            }
            (Answer::NotNow(reason), _) => self.park(Letter { saga, op, reason }, order, receipt),
            // endregion
        }
    }

    /// Commits a reaction and publishes the news of it, in the order that the log mode says.
    fn tell(&self, write: Write, news: Event, receipt: NodeEffect) -> Vec<NodeEffect> {
        let Some(addressee) = news.reaction() else {
            let commit = NodeEffect::Commit(Change {
                write: Some(write),
                outbox: None,
                parked: None,
            });
            let ended = NodeEffect::Ended {
                saga: news.saga,
                ending: news.ending(),
            };
            return vec![commit, receipt, ended];
        };
        let kept = self.policy.log != LogMode::Off;
        let commit = NodeEffect::Commit(Change {
            write: Some(write),
            outbox: kept.then_some(news),
            parked: None,
        });
        let sent = publish(news, 1, &self.policy);
        let mut effects = match self.policy.log {
            // region: outbox
            LogMode::BeforeCall => [vec![commit, receipt], sent].concat(),
            // endregion
            // region: dual-write
            LogMode::AfterCall => [sent, vec![commit, receipt]].concat(),
            // endregion
            LogMode::Off => {
                let to = addressee.step.owner();
                let (event, attempt) = (news, 1);
                vec![commit, receipt, NodeEffect::Publish { to, event, attempt }]
            }
        };
        let (saga, op) = (write.saga(), write.op());
        if self.is_parked(saga, op) {
            effects.push(NodeEffect::Unpark { saga, op });
        }
        effects
    }

    fn park(&self, letter: Letter<Step>, order: Order, receipt: NodeEffect) -> Vec<NodeEffect> {
        // region: park-reaction
        let commit = NodeEffect::Commit(Change {
            write: None,
            outbox: None,
            parked: Some(Parked { letter, order }),
        });
        vec![commit, receipt, NodeEffect::Park(letter)]
        // endregion
    }

    fn acknowledged(&mut self, event: Event) -> Vec<NodeEffect> {
        // region: acknowledged
        let delivery = self.outbox.remove(&event);
        match (delivery, event.reaction()) {
            (Some(Delivery { parked: true, .. }), Some(op)) => {
                let saga = event.saga;
                vec![NodeEffect::Unpark { saga, op }]
            }
            _ => Vec::new(),
        }
        // endregion
    }

    fn redeliver(&mut self, event: Event, attempt: u32) -> Vec<NodeEffect> {
        let Some(delivery) = self.outbox.get_mut(&event) else {
            return Vec::new();
        };
        if delivery.attempt != attempt || delivery.parked {
            return Vec::new();
        }
        // region: redeliver
        if delivery.attempt < delivery.attempt_limit {
            delivery.attempt += 1;
            publish(event, delivery.attempt, &self.policy)
        } else {
            delivery.parked = true;
            let letter = undeliverable(event);
            letter.map(NodeEffect::Park).into_iter().collect()
        }
        // endregion
    }

    fn resolve(&mut self, saga: SagaId, fate: Fate) -> Vec<NodeEffect> {
        // region: resolve-node
        let mut effects = Vec::new();
        let attempts = self.policy.retry.attempts;
        if let Some(Parked { letter, order }) = self.parked.get(&saga) {
            let receipt = NodeEffect::Accept(saga);
            effects.extend(self.carry_out(saga, *order, letter.op, attempts, fate, receipt));
        }
        for (&event, delivery) in &mut self.outbox {
            if event.saga == saga && delivery.parked {
                delivery.parked = false;
                delivery.attempt += 1;
                delivery.attempt_limit = delivery.attempt + attempts - 1;
                let op = event.reaction();
                effects.extend(op.map(|op| NodeEffect::Unpark { saga, op }));
                effects.extend(publish(event, delivery.attempt, &self.policy));
            }
        }
        effects
        // endregion
    }

    fn is_parked(&self, saga: SagaId, op: Op<Step>) -> bool {
        let parked = self.parked.get(&saga);
        parked.is_some_and(|parked| parked.letter.op == op)
    }

    fn first_delivery(&self) -> Delivery {
        Delivery {
            attempt: 1,
            attempt_limit: self.policy.retry.attempts,
            parked: false,
        }
    }
}

fn may_be_refused(op: Op<Step>) -> bool {
    match (op.verb, op.step.kind()) {
        (Verb::Act, Kind::Compensable | Kind::Pivot) => true,
        (Verb::Act, Kind::Retriable) | (Verb::Undo, _) => false,
    }
}

fn undeliverable(event: Event) -> Option<Letter<Step>> {
    let op = event.reaction()?;
    Some(Letter {
        saga: event.saga,
        op,
        reason: Reason::Silence,
    })
}

/// Sends an event and waits for its acknowledgement.
fn publish(event: Event, attempt: u32, policy: &Policy) -> Vec<NodeEffect> {
    let Some(op) = event.reaction() else {
        return Vec::new();
    };
    // region: publish
    vec![
        NodeEffect::Publish {
            to: op.step.owner(),
            event,
            attempt,
        },
        NodeEffect::Wait {
            event,
            attempt,
            after: policy.timeout + policy.retry.delay(attempt),
        },
    ]
    // endregion
}
