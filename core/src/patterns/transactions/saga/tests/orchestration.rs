//! Every placement of one and of two faults in one orchestrated order.

use std::sync::Arc;

use stateright::{Model, Property};

use crate::sorted::{SortedMap, SortedSet};

use super::super::algorithm::{
    Answer, Coordinator, Effect, Fate, Input, Name, Op, Order, Record, SagaId, Service, Step,
    Timer, Waiting,
};
use super::search::{Fault, Search, Situation, World, properties};

/// One coordinator, five services, and what is on its way between them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct State {
    /// Down when absent.
    coordinator: Option<Arc<Coordinator<Step>>>,
    log: Arc<Vec<Record<Step>>>,
    services: [Arc<Service>; 5],
    down: SortedSet<Name>,
    accepted: SortedMap<SagaId, Order>,
    /// Messages on their way, in any order, each with its number of copies.
    flights: SortedMap<Message, u8>,
    /// The wait of each saga; an earlier one would be ignored.
    timers: SortedMap<SagaId, Timer<Step>>,
    letters: SortedSet<(SagaId, Op<Step>)>,
    refuse: Option<Step>,
    cured: bool,
    faults: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Message {
    Request(SagaId, Op<Step>, u32),
    Reply(SagaId, Op<Step>, u32, Answer),
}

/// One move. Where it makes the coordinator act, `Cut` says that it crashes after so many effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Place(SagaId),
    Deliver(Message),
    /// The wait ends, its message being lost or done with.
    Expire(Timer<Step>),
    Restart,
    RestartService(Name),
    Resolve(SagaId),
    Lose(Message),
    Duplicate(Message),
    /// The wait ends although its message is still on its way.
    Delay(Timer<Step>),
    /// The service fails before it does anything about this request.
    Fail(Message),
    CrashService(Name),
    /// Like the free move inside, but the coordinator crashes after so many effects.
    Cut(Cause, usize),
}

/// A free move that makes the coordinator act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Place(SagaId),
    Reply(Message),
    Expire(Timer<Step>),
    Resolve(SagaId),
    Restart,
    /// Nothing: it crashes while it is idle.
    Idle,
}

pub(super) struct Orchestration(pub(super) Situation);

impl World for State {
    fn accepted(&self) -> &SortedMap<SagaId, Order> {
        &self.accepted
    }

    fn services(&self) -> [&Service; 5] {
        self.services.each_ref().map(AsRef::as_ref)
    }

    fn dead_letters(&self) -> SortedSet<SagaId> {
        self.letters.iter().map(|(saga, _)| *saga).collect()
    }
}

impl Search for Orchestration {
    fn is_free(&self, action: &Action) -> bool {
        match action {
            Action::Place(_)
            | Action::Deliver(_)
            | Action::Expire(_)
            | Action::Restart
            | Action::RestartService(_)
            | Action::Resolve(_) => true,
            Action::Lose(_)
            | Action::Duplicate(_)
            | Action::Delay(_)
            | Action::Fail(_)
            | Action::CrashService(_)
            | Action::Cut(..) => false,
        }
    }
}

impl Model for Orchestration {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let rules = self.0.rules;
        let start = State {
            coordinator: Some(Arc::new(Coordinator::new(self.0.policy))),
            log: Arc::default(),
            services: Name::ALL.map(|name| Arc::new(Service::new(name, rules, self.0.shelf_units))),
            down: SortedSet::new(),
            accepted: SortedMap::new(),
            flights: SortedMap::new(),
            timers: SortedMap::new(),
            letters: SortedSet::new(),
            refuse: None,
            cured: false,
            faults: 0,
        };
        let starts = self.0.refusals.iter().map(|&refuse| State {
            refuse,
            ..start.clone()
        });
        starts.collect()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.free_moves(state, actions);
        self.message_faults(state, actions);
        if self.0.allows(Fault::Delay, state.faults) && state.coordinator.is_some() {
            let early = state.timers.values().filter(|timer| !is_over(state, timer));
            actions.extend(early.map(|&timer| Action::Delay(timer)));
        }
        if self.0.allows(Fault::Crash, state.faults) {
            let up = Name::ALL.iter().filter(|name| !state.down.contains(name));
            actions.extend(up.map(|&name| Action::CrashService(name)));
            self.cuts(state, actions);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        if !self.is_free(&action) {
            next.faults += 1;
        }
        match action {
            Action::Place(saga) => self.run(&mut next, Cause::Place(saga), None),
            Action::Deliver(message @ Message::Reply(..)) => {
                self.run(&mut next, Cause::Reply(message), None);
            }
            Action::Deliver(Message::Request(saga, op, attempt)) => {
                let fate = self.0.fate(state.refuse, state.cured, saga, op);
                self.serve(&mut next, saga, op, attempt, fate);
            }
            Action::Fail(Message::Request(saga, op, attempt)) => {
                self.serve(&mut next, saga, op, attempt, Fate::Fail);
            }
            Action::Fail(Message::Reply(..)) => return None,
            Action::Expire(timer) | Action::Delay(timer) => {
                self.run(&mut next, Cause::Expire(timer), None);
            }
            Action::Restart => self.run(&mut next, Cause::Restart, None),
            Action::RestartService(name) => {
                next.down.remove(&name);
            }
            Action::Resolve(saga) => self.run(&mut next, Cause::Resolve(saga), None),
            Action::Lose(message) => take(&mut next.flights, message),
            Action::Duplicate(message) => *next.flights.entry(message).or_insert(0) += 1,
            Action::CrashService(name) => {
                next.down.insert(name);
            }
            Action::Cut(cause, effects) => self.run(&mut next, cause, Some(effects)),
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties()
    }
}

impl Orchestration {
    fn free_moves(&self, state: &State, actions: &mut Vec<Action>) {
        if state.coordinator.is_some() {
            let asking = self
                .0
                .sagas()
                .filter(|saga| !state.accepted.contains_key(saga));
            actions.extend(asking.map(Action::Place));
            let over = state.timers.values().filter(|timer| is_over(state, timer));
            actions.extend(over.map(|&timer| Action::Expire(timer)));
            // A person sees to it once every service is back.
            if state.down.is_empty() {
                actions.extend(state.letters.iter().map(|&(saga, _)| Action::Resolve(saga)));
            }
        } else {
            actions.push(Action::Restart);
        }
        actions.extend(
            state
                .flights
                .keys()
                .map(|&message| Action::Deliver(message)),
        );
        actions.extend(state.down.iter().map(|&name| Action::RestartService(name)));
    }

    fn message_faults(&self, state: &State, actions: &mut Vec<Action>) {
        for &message in state.flights.keys() {
            if self.0.allows(Fault::Lose, state.faults) {
                actions.push(Action::Lose(message));
            }
            if self.0.allows(Fault::Duplicate, state.faults) {
                actions.push(Action::Duplicate(message));
            }
            let is_request = matches!(message, Message::Request(..));
            if self.0.allows(Fault::Fail, state.faults) && is_request {
                actions.push(Action::Fail(message));
            }
        }
    }

    /// A crash after any number of the effects of any move of the coordinator.
    fn cuts(&self, state: &State, actions: &mut Vec<Action>) {
        if state.coordinator.is_some() {
            actions.push(Action::Cut(Cause::Idle, 0));
        }
        let mut moves = Vec::new();
        self.free_moves(state, &mut moves);
        for cause in moves.into_iter().filter_map(cause) {
            let (_, effects) = self.react(state, cause);
            actions.extend((0..effects.len()).map(|cut| Action::Cut(cause, cut)));
        }
    }

    fn react(
        &self,
        state: &State,
        cause: Cause,
    ) -> (Option<Arc<Coordinator<Step>>>, Vec<Effect<Step>>) {
        let mut coordinator = state.coordinator.clone();
        let input = match cause {
            Cause::Place(saga) => Input::Begin {
                saga,
                data: Situation::order(saga),
            },
            Cause::Reply(Message::Reply(saga, op, attempt, answer)) => Input::Answer {
                saga,
                op,
                attempt,
                answer,
            },
            Cause::Expire(timer) => Input::Timer(timer),
            Cause::Resolve(saga) => Input::Resolve(saga),
            Cause::Restart => {
                let (recovered, effects) = Coordinator::recover(self.0.policy, &state.log);
                return (Some(Arc::new(recovered)), effects);
            }
            Cause::Idle | Cause::Reply(Message::Request(..)) => return (coordinator, Vec::new()),
        };
        let effects = coordinator
            .as_mut()
            .map(|coordinator| Arc::make_mut(coordinator).step(input));
        (coordinator, effects.unwrap_or_default())
    }

    /// Lets the coordinator act; with `cut`, it crashes after so many effects.
    fn run(&self, state: &mut State, cause: Cause, cut: Option<usize>) {
        let (coordinator, effects) = self.react(state, cause);
        match cause {
            Cause::Reply(message) => take(&mut state.flights, message),
            Cause::Expire(timer) => {
                state.timers.remove(&timer.saga);
            }
            Cause::Resolve(_) => state.cured = true,
            Cause::Place(_) | Cause::Restart | Cause::Idle => {}
        }
        let Some(done) = cut else {
            state.coordinator = coordinator;
            perform(state, &effects);
            return;
        };
        perform(state, &effects[..done]);
        state.coordinator = None;
        state.timers.clear();
    }

    fn serve(&self, state: &mut State, saga: SagaId, op: Op<Step>, attempt: u32, fate: Fate) {
        take(&mut state.flights, Message::Request(saga, op, attempt));
        let name = op.step.owner();
        if state.down.contains(&name) {
            return;
        }
        let service = Arc::make_mut(&mut state.services[name as usize]);
        let answer = service.handle(saga, op, &Situation::order(saga), fate);
        let reply = Message::Reply(saga, op, attempt, answer);
        *state.flights.entry(reply).or_insert(0) += 1;
    }
}

/// The free moves that make the coordinator act.
fn cause(action: Action) -> Option<Cause> {
    match action {
        Action::Place(saga) => Some(Cause::Place(saga)),
        Action::Deliver(message @ Message::Reply(..)) => Some(Cause::Reply(message)),
        Action::Expire(timer) => Some(Cause::Expire(timer)),
        Action::Resolve(saga) => Some(Cause::Resolve(saga)),
        Action::Restart => Some(Cause::Restart),
        Action::Deliver(Message::Request(..))
        | Action::RestartService(_)
        | Action::Lose(_)
        | Action::Duplicate(_)
        | Action::Delay(_)
        | Action::Fail(_)
        | Action::CrashService(_)
        | Action::Cut(..) => None,
    }
}

/// Whether the timer may end without a fault: what it waits for is not on its way.
fn is_over(state: &State, timer: &Timer<Step>) -> bool {
    timer.waiting == Waiting::Backoff
        || !state.flights.keys().any(|message| match *message {
            Message::Request(saga, op, attempt) | Message::Reply(saga, op, attempt, _) => {
                (saga, op, attempt) == (timer.saga, timer.op, timer.attempt)
            }
        })
}

fn perform(state: &mut State, effects: &[Effect<Step>]) {
    for effect in effects {
        match effect {
            Effect::Append(record) => Arc::make_mut(&mut state.log).push(record.clone()),
            Effect::Accept(saga) => {
                let order = Situation::order(*saga);
                state.accepted.insert(*saga, order);
            }
            Effect::Call {
                saga, op, attempt, ..
            } => {
                let request = Message::Request(*saga, *op, *attempt);
                *state.flights.entry(request).or_insert(0) += 1;
            }
            Effect::Wait { timer, .. } => {
                state.timers.insert(timer.saga, *timer);
            }
            Effect::Park(letter) => {
                state.letters.insert((letter.saga, letter.op));
            }
            Effect::Unpark { saga, op } => {
                state.letters.remove(&(*saga, *op));
            }
            Effect::Ended { .. } => {}
        }
    }
}

fn take(flights: &mut SortedMap<Message, u8>, message: Message) {
    match flights.get_mut(&message) {
        Some(copies) if *copies > 1 => *copies -= 1,
        _ => {
            flights.remove(&message);
        }
    }
}
