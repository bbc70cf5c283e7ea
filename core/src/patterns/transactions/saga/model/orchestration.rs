//! Orchestration on the network: the coordinator's office with its log, and the services it asks.

use std::collections::VecDeque;

use std::rc::Rc;

use super::{COORDINATOR, CUSTOMERS, Cx, Event, Job, Lead, Shop, node, outcome};
use crate::patterns::transactions::saga::algorithm::{
    Aborted, Answer, Coordinator, Effect, Entry, Input, Name, Op, Phase, Record, Saga, SagaId,
    Service, Step as Stage, Timer, Verb, Waiting,
};
use crate::patterns::transactions::saga::knobs::{Knobs, RECORDS};
use crate::patterns::transactions::saga::steps::{What, Written};
use crate::prelude::*;
use crate::sorted::SortedMap;

/// The coordinator, what it has on disk, and the services.
#[derive(Debug, Clone)]
pub(in super::super) struct Orchestration {
    pub(in super::super) services: [Rc<Service>; 5],
    /// Absent while it is down.
    pub(in super::super) coordinator: Option<Rc<Coordinator<Stage>>>,
    /// On disk.
    pub(in super::super) log: Rc<Vec<Record<Stage>>>,
    /// In memory: what is still to be done, by order. A record that is being written stays in front
    /// until it is durable.
    pub(in super::super) queues: SortedMap<SagaId, VecDeque<Effect<Stage>>>,
    /// In memory: from when until when it waits, by order.
    pub(in super::super) waits: SortedMap<SagaId, (SimTime, SimTime)>,
}

impl Orchestration {
    pub(super) fn new(knobs: &Knobs) -> Self {
        let service = |name| Rc::new(Service::new(name, knobs.rules(), knobs.stock));
        Self {
            services: Name::ALL.map(service),
            coordinator: Some(Rc::new(Coordinator::new(knobs.policy()))),
            log: Rc::default(),
            queues: SortedMap::new(),
            waits: SortedMap::new(),
        }
    }

    pub(super) fn set_knobs(&mut self, knobs: &Knobs) {
        if let Some(coordinator) = &mut self.coordinator {
            Rc::make_mut(coordinator).set_policy(knobs.policy());
        }
    }

    pub(super) fn crash(&mut self) {
        self.coordinator = None;
        self.queues.clear();
        self.waits.clear();
    }
}

impl Shop {
    fn office(&mut self) -> Option<&mut Orchestration> {
        match &mut self.lead {
            Lead::Orchestration(office) => Some(office),
            Lead::Choreography(_) => None,
        }
    }

    pub(super) fn begin(&mut self, saga: SagaId, cx: &mut Cx<'_>) {
        let data = self.order(saga);
        self.command(saga, Input::Begin { saga, data }, cx);
    }

    pub(super) fn reply_arrives(
        &mut self,
        saga: SagaId,
        op: Op<Stage>,
        attempt: u32,
        answer: Answer,
        cx: &mut Cx<'_>,
    ) {
        let input = Input::Answer {
            saga,
            op,
            attempt,
            answer,
        };
        self.command(saga, input, cx);
    }

    pub(super) fn alarm(&mut self, timer: Timer<Stage>, cx: &mut Cx<'_>) {
        let Timer {
            saga, op, attempt, ..
        } = timer;
        let waits = self.office().and_then(|office| {
            let saga = office.coordinator.as_ref()?.saga(saga)?;
            let waits = saga.phase() == Phase::Running(op) && saga.attempt() == attempt;
            Some(waits && saga.waiting() == Waiting::Answer)
        });
        if waits == Some(true) && timer.waiting == Waiting::Answer {
            cx.say(What::TimedOut { saga, op }.at(COORDINATOR));
        }
        self.command(saga, Input::Timer(timer), cx);
    }

    pub(super) fn resume(&mut self, saga: SagaId, cx: &mut Cx<'_>) {
        self.command(saga, Input::Resolve(saga), cx);
    }

    /// Gives the coordinator an input and queues what it wants done.
    fn command(&mut self, saga: SagaId, input: Input<Stage>, cx: &mut Cx<'_>) {
        let now = cx.now();
        if let Some(placed) = self.orders.get_mut(&saga) {
            placed.touched = now;
        }
        let Some(office) = self.office() else {
            return;
        };
        let Some(coordinator) = office.coordinator.as_mut() else {
            return;
        };
        office.waits.remove(&saga);
        let before = turned_back(coordinator, saga);
        let effects = Rc::make_mut(coordinator).step(input);
        let after = turned_back(coordinator, saga);
        if before != after {
            say_turned_back(saga, after, cx);
        }
        self.enqueue(saga, effects, cx);
    }

    fn enqueue(&mut self, saga: SagaId, effects: Vec<Effect<Stage>>, cx: &mut Cx<'_>) {
        let Some(office) = self.office() else {
            return;
        };
        let queue = office.queues.entry(saga).or_default();
        let idle = queue.is_empty();
        queue.extend(effects);
        if idle {
            self.work_off(saga, cx);
        }
    }

    /// Carries out what is queued for an order, up to the next record that has to be written.
    fn work_off(&mut self, saga: SagaId, cx: &mut Cx<'_>) {
        while let Some(queue) = self
            .office()
            .and_then(|office| office.queues.get_mut(&saga))
        {
            match queue.front() {
                None => return,
                Some(Effect::Append(_)) => {
                    cx.timer(COORDINATOR, self.knobs.write, Event::Written(saga));
                    return;
                }
                Some(_) => {}
            }
            if let Some(effect) = queue.pop_front() {
                self.perform(&effect, cx);
            }
        }
    }

    pub(super) fn written(&mut self, saga: SagaId, cx: &mut Cx<'_>) {
        let Some(office) = self.office() else {
            return;
        };
        let queue = office.queues.entry(saga).or_default();
        if let Some(Effect::Append(record)) = queue.pop_front() {
            cx.count(RECORDS, 1);
            let summary = summary(&record.entry);
            let step = What::Written {
                saga,
                record: summary,
            };
            cx.say(step.at(COORDINATOR));
            Rc::make_mut(&mut office.log).push(record);
        }
        self.work_off(saga, cx);
    }

    fn perform(&mut self, effect: &Effect<Stage>, cx: &mut Cx<'_>) {
        match *effect {
            // Written by `work_off`, which does not hand it on.
            Effect::Append(_) => {}
            Effect::Accept(saga) => self.accept(COORDINATOR, saga, cx),
            Effect::Call {
                saga, op, attempt, ..
            } => {
                cx.say(What::Called { saga, op, attempt }.at(COORDINATOR));
                let way = (COORDINATOR, node(op.step.owner()));
                self.send_job(way, op, Job::Request { saga, op, attempt }, attempt, cx);
            }
            Effect::Wait { timer, after } => {
                let after = match timer.waiting {
                    Waiting::Answer => after,
                    Waiting::Backoff => self.jittered(after, cx),
                };
                let now = cx.now();
                if let Some(office) = self.office() {
                    office.waits.insert(timer.saga, (now, now + after));
                }
                cx.timer(COORDINATOR, after, Event::Alarm(timer));
            }
            Effect::Park(letter) => self.park(COORDINATOR, letter, cx),
            Effect::Unpark { saga, op } => self.unpark(COORDINATOR, saga, op, cx),
            Effect::Ended { saga, ending } => {
                cx.say(What::Ended { saga, ending }.at(COORDINATOR));
                self.send(COORDINATOR, CUSTOMERS, Event::Ended(saga, ending), cx);
            }
        }
    }

    /// A service has worked on a request: it decides, commits and answers at once.
    pub(super) fn serve(&mut self, saga: SagaId, op: Op<Stage>, attempt: u32, cx: &mut Cx<'_>) {
        let name = op.step.owner();
        self.busy[name as usize] -= 1;
        let fate = self.fate(saga, op, cx);
        let order = self.order(saga);
        let Some(office) = self.office() else {
            return;
        };
        let service = Rc::make_mut(&mut office.services[name as usize]);
        let verdict = service.consider(saga, op, &order, fate);
        if let Some(write) = verdict.write {
            service.commit(write);
            cx.count(RECORDS, 1);
        }
        let tally = service.tally(saga, op.step);
        let times = match op.verb {
            Verb::Act => tally.acts,
            Verb::Undo => tally.undos,
        };
        self.say_served(saga, op, outcome(verdict, times), cx);
        self.look_over(saga, cx);
        let reply = Event::Reply {
            saga,
            op,
            attempt,
            answer: verdict.answer,
        };
        self.send_answer((node(name), COORDINATOR), op, reply, cx);
    }

    /// The coordinator starts again from its log.
    pub(super) fn recover(&mut self, cx: &mut Cx<'_>) {
        let policy = self.knobs.policy();
        let Some(office) = self.office() else {
            return;
        };
        let (coordinator, effects) = Coordinator::recover(policy, &office.log);
        let is_over = |phase| matches!(phase, Phase::Ended(_));
        let unfinished = coordinator
            .sagas()
            .filter(|(_, saga)| !is_over(saga.phase()))
            .count();
        let step = What::Recovered {
            records: office.log.len(),
            unfinished,
        };
        cx.say(step.at(COORDINATOR));
        let logged = aborts(&office.log);
        let turned: Vec<(SagaId, Option<Aborted<Stage>>)> = coordinator
            .sagas()
            .map(|(id, saga)| (id, saga.aborted()))
            .filter(|(id, aborted)| aborted.is_some() && !logged.contains(id))
            .collect();
        office.coordinator = Some(Rc::new(coordinator));
        for (saga, aborted) in turned {
            say_turned_back(saga, aborted, cx);
        }
        let mut by_order: SortedMap<SagaId, Vec<Effect<Stage>>> = SortedMap::new();
        for effect in effects {
            by_order.entry(order_of(&effect)).or_default().push(effect);
        }
        for (saga, effects) in by_order {
            self.enqueue(saga, effects, cx);
        }
    }
}

fn turned_back(coordinator: &Coordinator<Stage>, saga: SagaId) -> Option<Aborted<Stage>> {
    coordinator.saga(saga).and_then(Saga::aborted)
}

fn say_turned_back(saga: SagaId, aborted: Option<Aborted<Stage>>, cx: &mut Cx<'_>) {
    if let Some(aborted) = aborted {
        cx.say(What::TurnedBack { saga, aborted }.at(COORDINATOR));
    }
}

/// The orders that the log knows to have turned back.
fn aborts(log: &[Record<Stage>]) -> Vec<SagaId> {
    let aborts = log
        .iter()
        .filter(|record| matches!(record.entry, Entry::Abort(_)));
    aborts.map(|record| record.saga).collect()
}

fn order_of(effect: &Effect<Stage>) -> SagaId {
    match effect {
        Effect::Append(record) => record.saga,
        Effect::Accept(saga)
        | Effect::Call { saga, .. }
        | Effect::Unpark { saga, .. }
        | Effect::Ended { saga, .. } => *saga,
        Effect::Wait { timer, .. } => timer.saga,
        Effect::Park(letter) => letter.saga,
    }
}

/// What a record says, without the order's data.
pub(in super::super) fn summary(entry: &Entry<Stage>) -> Written {
    match entry {
        Entry::Begin(_) => Written::Begin,
        Entry::Try(op) => Written::Try(*op),
        Entry::Did(op) => Written::Did(*op),
        Entry::Abort(aborted) => Written::Abort(aborted.at),
        Entry::Park(_) => Written::Park,
        Entry::Resolve => Written::Resolve,
    }
}
