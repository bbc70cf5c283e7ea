//! Choreography on the network: five services that hear and tell, each with its outbox.

use std::collections::VecDeque;
use std::rc::Rc;

use super::{CUSTOMERS, Cx, Event, Job, Lead, Shop, node, outcome, service_at};
use crate::patterns::transactions::saga::algorithm::{
    Answer, Change, Event as News, Fact, Name, Node, NodeEffect, NodeInput, Op, SagaId,
    Step as Stage, Verb, Verdict,
};
use crate::patterns::transactions::saga::knobs::{Knobs, RECORDS};
use crate::patterns::transactions::saga::steps::What;
use crate::prelude::*;

/// The services, and what each still has to do.
#[derive(Debug, Clone)]
pub(in super::super) struct Choreography {
    pub(in super::super) nodes: [Rc<Node>; 5],
    pub(in super::super) desks: [Desk; 5],
    /// The latest events for the first time told, oldest first: what an observer remembers.
    pub(in super::super) told: VecDeque<News>,
}

/// In memory: what a service still has to do. A transaction that is being committed stays in front
/// until it is durable, and nothing else is looked at meanwhile.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Desk {
    inbox: VecDeque<NodeInput>,
    queue: VecDeque<NodeEffect>,
}

/// How many events an observer remembers.
const REMEMBERED: usize = 12;

impl Choreography {
    pub(super) fn new(knobs: &Knobs) -> Self {
        let node = |name| Rc::new(Node::new(name, knobs.policy(), knobs.rules(), knobs.stock));
        Self {
            nodes: Name::ALL.map(node),
            desks: Default::default(),
            told: VecDeque::new(),
        }
    }

    pub(super) fn set_knobs(&mut self, knobs: &Knobs) {
        for node in &mut self.nodes {
            Rc::make_mut(node).set_policy(knobs.policy(), knobs.rules());
        }
    }

    pub(super) fn crash(&mut self, node: NodeId) {
        if let Some(name) = service_at(node) {
            self.desks[name as usize] = Desk::default();
        }
    }
}

impl Desk {
    /// Whether a transaction is being committed.
    pub(in super::super) fn is_committing(&self) -> bool {
        matches!(self.queue.front(), Some(NodeEffect::Commit(_)))
    }
}

impl Shop {
    fn stage(&mut self) -> Option<&mut Choreography> {
        match &mut self.lead {
            Lead::Choreography(stage) => Some(stage),
            Lead::Orchestration(_) => None,
        }
    }

    pub(super) fn open(&mut self, saga: SagaId, cx: &mut Cx<'_>) {
        self.busy[Name::Orders as usize] -= 1;
        let order = self.order(saga);
        let fate = self.fate(saga, Op::act(Stage::Open), cx);
        let input = NodeInput::Place { saga, order, fate };
        self.tell(Name::Orders, input, cx);
    }

    pub(super) fn hear(&mut self, event: News, attempt: u32, cx: &mut Cx<'_>) {
        let Some(op) = event.reaction() else {
            return;
        };
        self.busy[op.step.owner() as usize] -= 1;
        let fate = self.fate(event.saga, op, cx);
        let input = NodeInput::Event {
            event,
            attempt,
            fate,
        };
        self.tell(op.step.owner(), input, cx);
    }

    pub(super) fn acknowledged(&mut self, event: News, cx: &mut Cx<'_>) {
        let input = NodeInput::Acknowledged(event);
        self.tell(event.step.owner(), input, cx);
    }

    pub(super) fn redeliver(&mut self, name: Name, event: News, attempt: u32, cx: &mut Cx<'_>) {
        self.tell(name, NodeInput::Timer { event, attempt }, cx);
    }

    pub(super) fn resolve_at(
        &mut self,
        holder: NodeId,
        saga: SagaId,
        op: Op<Stage>,
        cx: &mut Cx<'_>,
    ) {
        if let Some(name) = service_at(holder) {
            let fate = self.fate(saga, op, cx);
            self.tell(name, NodeInput::Resolve { saga, fate }, cx);
        }
    }

    /// A service starts again from its store and its outbox.
    pub(super) fn wake(&mut self, at: NodeId, cx: &mut Cx<'_>) {
        let Some(name) = service_at(at) else {
            return;
        };
        let Some(stage) = self.stage() else {
            return;
        };
        let service = Rc::make_mut(&mut stage.nodes[name as usize]);
        let effects = service.wake();
        let outbox = service.outbox().count();
        stage.desks[name as usize].queue = effects.into();
        cx.say(What::Woken { name, outbox }.at(at));
        self.clear_desk(name, cx);
    }

    /// Gives a service an input, now or once it has committed what it is committing.
    fn tell(&mut self, name: Name, input: NodeInput, cx: &mut Cx<'_>) {
        let Some(stage) = self.stage() else {
            return;
        };
        let desk = &mut stage.desks[name as usize];
        desk.inbox.push_back(input);
        if desk.queue.is_empty() {
            self.clear_desk(name, cx);
        }
    }

    /// Carries out what a service wants done, up to the next transaction to be committed.
    fn clear_desk(&mut self, name: Name, cx: &mut Cx<'_>) {
        while let Some(stage) = self.stage() {
            let desk = &mut stage.desks[name as usize];
            match desk.queue.pop_front() {
                Some(commit @ NodeEffect::Commit(_)) => {
                    desk.queue.push_front(commit);
                    cx.timer(node(name), self.knobs.write, Event::Committed(name));
                    return;
                }
                Some(effect) => self.carry_out(name, effect, cx),
                None => match desk.inbox.pop_front() {
                    Some(input) => self.take_up(name, input, cx),
                    None => return,
                },
            }
        }
    }

    fn take_up(&mut self, name: Name, input: NodeInput, cx: &mut Cx<'_>) {
        let now = cx.now();
        if let Some(placed) = self.orders.get_mut(&order_of(&input)) {
            placed.touched = now;
        }
        let Some(stage) = self.stage() else {
            return;
        };
        let service = Rc::make_mut(&mut stage.nodes[name as usize]);
        let verdict = considered(service, &input);
        let effects = service.step(input);
        let commits = effects
            .iter()
            .any(|effect| matches!(effect, NodeEffect::Commit(_)));
        stage.desks[name as usize].queue.extend(effects);
        if let Some((saga, op, verdict)) = verdict.filter(|_| !commits) {
            self.say_served(saga, op, outcome(verdict, 0), cx);
        }
    }

    pub(super) fn committed(&mut self, name: Name, cx: &mut Cx<'_>) {
        let Some(stage) = self.stage() else {
            return;
        };
        let desk = &mut stage.desks[name as usize];
        if let Some(NodeEffect::Commit(change)) = desk.queue.pop_front() {
            self.commit(name, change, cx);
        }
        self.clear_desk(name, cx);
    }

    fn commit(&mut self, name: Name, change: Change, cx: &mut Cx<'_>) {
        cx.count(RECORDS, 1);
        let Some(stage) = self.stage() else {
            return;
        };
        let service = Rc::make_mut(&mut stage.nodes[name as usize]);
        service.commit(change);
        let Some(write) = change.write() else {
            return;
        };
        let (saga, op) = (write.saga(), write.op());
        let tally = service.service().tally(saga, op.step);
        let times = match op.verb {
            Verb::Act => tally.acts,
            Verb::Undo => tally.undos,
        };
        let answer = match write.fact() {
            Fact::Refused(reason) => Answer::Refused(reason),
            Fact::Done | Fact::Undone | Fact::Barred => Answer::Done,
        };
        let verdict = Verdict {
            answer,
            write: Some(write),
        };
        self.say_served(saga, op, outcome(verdict, times), cx);
        self.look_over(saga, cx);
    }

    fn carry_out(&mut self, name: Name, effect: NodeEffect, cx: &mut Cx<'_>) {
        let at = node(name);
        match effect {
            // Committed by `clear_desk`, which does not hand it on.
            NodeEffect::Commit(_) => {}
            NodeEffect::Accept(saga) => self.accept(at, saga, cx),
            NodeEffect::Acknowledge(event) => {
                if let Some(op) = event.reaction() {
                    let way = (at, node(event.step.owner()));
                    self.send_answer(way, op, Event::Acknowledged(event), cx);
                }
            }
            NodeEffect::Publish { to, event, attempt } => {
                self.remember(event, attempt);
                cx.say(What::Published { event, attempt }.at(at));
                if let Some(op) = event.reaction() {
                    self.send_job(
                        (at, node(to)),
                        op,
                        Job::News { event, attempt },
                        attempt,
                        cx,
                    );
                }
            }
            NodeEffect::Wait {
                event,
                attempt,
                after,
            } => {
                let after = self.jittered(after, cx);
                let redeliver = Event::Redeliver {
                    name,
                    event,
                    attempt,
                };
                cx.timer(at, after, redeliver);
            }
            NodeEffect::Park(letter) => self.park(at, letter, cx),
            NodeEffect::Unpark { saga, op } => self.unpark(at, saga, op, cx),
            NodeEffect::Ended { saga, ending } => {
                cx.say(What::Ended { saga, ending }.at(at));
                self.send(at, CUSTOMERS, Event::Ended(saga, ending), cx);
            }
        }
    }

    fn remember(&mut self, event: News, attempt: u32) {
        if let Some(stage) = self.stage().filter(|_| attempt == 1) {
            stage.told.push_back(event);
            if stage.told.len() > REMEMBERED {
                stage.told.pop_front();
            }
        }
    }
}

/// Which order an input is about.
fn order_of(input: &NodeInput) -> SagaId {
    match input {
        NodeInput::Place { saga, .. } | NodeInput::Resolve { saga, .. } => *saga,
        NodeInput::Event { event, .. }
        | NodeInput::Acknowledged(event)
        | NodeInput::Timer { event, .. } => event.saga,
    }
}

/// What the service will make of an input that asks it for something.
fn considered(service: &Node, input: &NodeInput) -> Option<(SagaId, Op<Stage>, Verdict)> {
    let (saga, op, order, fate) = match *input {
        NodeInput::Place { saga, order, fate } => (saga, Op::act(Stage::Open), order, fate),
        NodeInput::Event { event, fate, .. } => (event.saga, event.reaction()?, event.order, fate),
        NodeInput::Acknowledged(_) | NodeInput::Timer { .. } | NodeInput::Resolve { .. } => {
            return None;
        }
    };
    Some((saga, op, service.service().consider(saga, op, &order, fate)))
}
