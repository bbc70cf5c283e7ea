//! Every placement of one and of two faults in one choreographed order.

use std::sync::Arc;

use stateright::{Model, Property};

use crate::sorted::{SortedMap, SortedSet};

use super::super::algorithm::{
    Event, Fate, Name, Node, NodeEffect, NodeInput, Op, Order, SagaId, Service, Step,
};
use super::search::{Fault, Search, Situation, World, properties};

/// Five services, and what is on its way between them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct State {
    nodes: [Arc<Node>; 5],
    down: SortedSet<Name>,
    accepted: SortedMap<SagaId, Order>,
    /// Messages on their way, in any order, each with its number of copies.
    flights: SortedMap<Message, u8>,
    /// Which node waits for which event to be acknowledged, after which attempt.
    timers: SortedMap<(Name, Event), u32>,
    letters: SortedSet<(Name, SagaId, Op<Step>)>,
    refuse: Option<Step>,
    cured: bool,
    faults: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Message {
    Event(Event, u32),
    Acknowledgement(Event),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Something makes a node act.
    Run(Cause),
    /// The message arrives at a node that is down.
    Vanish(Message),
    Restart(Name),
    Lose(Message),
    Duplicate(Message),
    /// The wait ends although its message is still on its way.
    Delay(Name, Event),
    /// The service fails before it does anything about this event.
    Fail(Event, u32),
    /// The node acts, but crashes after so many effects.
    Cut(Cause, usize),
    Crash(Name),
}

/// What makes a node act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Place(SagaId),
    Event(Event, u32),
    Acknowledgement(Event),
    Expire(Name, Event),
    Resolve(Name, SagaId),
}

pub(super) struct Choreography(pub(super) Situation);

impl World for State {
    fn accepted(&self) -> &SortedMap<SagaId, Order> {
        &self.accepted
    }

    fn services(&self) -> [&Service; 5] {
        self.nodes.each_ref().map(|node| node.service())
    }

    fn dead_letters(&self) -> SortedSet<SagaId> {
        self.letters.iter().map(|(_, saga, _)| *saga).collect()
    }
}

impl Search for Choreography {
    fn is_free(&self, action: &Action) -> bool {
        match action {
            Action::Run(_) | Action::Vanish(_) | Action::Restart(_) => true,
            Action::Lose(_)
            | Action::Duplicate(_)
            | Action::Delay(..)
            | Action::Fail(..)
            | Action::Cut(..)
            | Action::Crash(_) => false,
        }
    }
}

impl Model for Choreography {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let Situation {
            policy,
            rules,
            shelf_units,
            ..
        } = self.0;
        let start = State {
            nodes: Name::ALL.map(|name| Arc::new(Node::new(name, policy, rules, shelf_units))),
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
        // An acknowledgement touches nothing but its row in the outbox, so nothing else can tell
        // when it came: let it come at once, or let a fault befall it at once.
        let mut flights = state.flights.keys();
        if let Some(&message @ Message::Acknowledgement(event)) = flights
            .find(|message| is_acknowledgement(message) && !state.down.contains(&to(message)))
        {
            let name = to(&message);
            actions.push(Action::Run(Cause::Acknowledgement(event)));
            self.message_faults(state, message, actions);
            if state.timers.contains_key(&(name, event)) {
                self.add_fault(Fault::Delay, Action::Delay(name, event), state, actions);
            }
            self.add_fault(Fault::Crash, Action::Crash(name), state, actions);
            return;
        }
        let causes = self.causes(state);
        actions.extend(causes.iter().map(|&cause| Action::Run(cause)));
        actions.extend(state.down.iter().map(|&name| Action::Restart(name)));
        for &message in state.flights.keys() {
            if state.down.contains(&to(&message)) {
                actions.push(Action::Vanish(message));
            }
            self.message_faults(state, message, actions);
        }
        for &(name, event) in state.timers.keys() {
            if !state.down.contains(&name) && is_on_its_way(state, event) {
                self.add_fault(Fault::Delay, Action::Delay(name, event), state, actions);
            }
        }
        if self.0.allows(Fault::Crash, state.faults) {
            let up = Name::ALL.iter().filter(|name| !state.down.contains(name));
            actions.extend(up.map(|&name| Action::Crash(name)));
            for cause in causes {
                let (_, _, effects) = self.react(state, cause, None);
                actions.extend((0..effects.len()).map(|cut| Action::Cut(cause, cut)));
            }
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        if !self.is_free(&action) {
            next.faults += 1;
        }
        match action {
            Action::Run(cause) => self.run(&mut next, cause, None, None),
            Action::Vanish(message) | Action::Lose(message) => take(&mut next.flights, message),
            Action::Restart(name) => {
                next.down.remove(&name);
                let node = Arc::make_mut(&mut next.nodes[name as usize]);
                let effects = node.wake();
                perform(&mut next, name, &effects);
            }
            Action::Duplicate(message) => *next.flights.entry(message).or_insert(0) += 1,
            Action::Delay(name, event) => {
                self.run(&mut next, Cause::Expire(name, event), None, None);
            }
            Action::Fail(event, attempt) => {
                let cause = Cause::Event(event, attempt);
                self.run(&mut next, cause, Some(Fate::Fail), None);
            }
            Action::Cut(cause, effects) => self.run(&mut next, cause, None, Some(effects)),
            Action::Crash(name) => crash(&mut next, name),
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties()
    }
}

impl Choreography {
    fn causes(&self, state: &State) -> Vec<Cause> {
        let mut causes = Vec::new();
        let up = |name: &Name| !state.down.contains(name);
        if up(&Name::Orders) {
            let asking = self
                .0
                .sagas()
                .filter(|saga| !state.accepted.contains_key(saga));
            causes.extend(asking.map(Cause::Place));
        }
        causes.extend(
            state
                .flights
                .keys()
                .filter(|message| up(&to(message)))
                .map(|&message| match message {
                    Message::Event(event, attempt) => Cause::Event(event, attempt),
                    Message::Acknowledgement(event) => Cause::Acknowledgement(event),
                }),
        );
        let over = state
            .timers
            .keys()
            .filter(|(name, event)| up(name) && !is_on_its_way(state, *event));
        causes.extend(over.map(|&(name, event)| Cause::Expire(name, event)));
        // A person sees to it once every service is back.
        if state.down.is_empty() {
            let letters = state.letters.iter();
            causes.extend(letters.map(|&(name, saga, _)| Cause::Resolve(name, saga)));
        }
        causes
    }

    fn message_faults(&self, state: &State, message: Message, actions: &mut Vec<Action>) {
        self.add_fault(Fault::Lose, Action::Lose(message), state, actions);
        self.add_fault(Fault::Duplicate, Action::Duplicate(message), state, actions);
        if let Message::Event(event, attempt) = message
            && !state.down.contains(&to(&message))
        {
            self.add_fault(Fault::Fail, Action::Fail(event, attempt), state, actions);
        }
    }

    fn add_fault(&self, fault: Fault, action: Action, state: &State, actions: &mut Vec<Action>) {
        if self.0.allows(fault, state.faults) {
            actions.push(action);
        }
    }

    /// Which node acts, how it is afterwards, and what it wants done.
    fn react(
        &self,
        state: &State,
        cause: Cause,
        forced: Option<Fate>,
    ) -> (Name, Arc<Node>, Vec<NodeEffect>) {
        let fate =
            |saga, op, cured| forced.unwrap_or_else(|| self.0.fate(state.refuse, cured, saga, op));
        let (name, input) = match cause {
            Cause::Place(saga) => {
                let input = NodeInput::Place {
                    saga,
                    order: Situation::order(saga),
                    fate: fate(saga, Op::act(Step::Open), state.cured),
                };
                (Name::Orders, input)
            }
            Cause::Event(event, attempt) => {
                let op = event
                    .reaction()
                    .expect("only events with a reaction are sent");
                let input = NodeInput::Event {
                    event,
                    attempt,
                    fate: fate(event.saga, op, state.cured),
                };
                (op.step.owner(), input)
            }
            Cause::Acknowledgement(event) => (event.step.owner(), NodeInput::Acknowledged(event)),
            Cause::Expire(name, event) => {
                let attempt = state.timers[&(name, event)];
                (name, NodeInput::Timer { event, attempt })
            }
            Cause::Resolve(name, saga) => {
                let fate = Fate::Normal;
                (name, NodeInput::Resolve { saga, fate })
            }
        };
        let mut node = Arc::clone(&state.nodes[name as usize]);
        let effects = Arc::make_mut(&mut node).step(input);
        (name, node, effects)
    }

    fn run(&self, state: &mut State, cause: Cause, forced: Option<Fate>, cut: Option<usize>) {
        let (name, node, effects) = self.react(state, cause, forced);
        match cause {
            Cause::Event(event, attempt) => {
                take(&mut state.flights, Message::Event(event, attempt));
            }
            Cause::Acknowledgement(event) => {
                take(&mut state.flights, Message::Acknowledgement(event));
                // An expiry would be ignored from now on.
                state.timers.remove(&(name, event));
            }
            Cause::Expire(name, event) => {
                state.timers.remove(&(name, event));
            }
            Cause::Resolve(..) => state.cured = true,
            Cause::Place(_) => {}
        }
        state.nodes[name as usize] = node;
        perform(state, name, &effects[..cut.unwrap_or(effects.len())]);
        if cut.is_some() {
            crash(state, name);
        }
    }
}

fn perform(state: &mut State, name: Name, effects: &[NodeEffect]) {
    for &effect in effects {
        match effect {
            NodeEffect::Commit(change) => {
                Arc::make_mut(&mut state.nodes[name as usize]).commit(change);
            }
            NodeEffect::Accept(saga) => {
                state.accepted.insert(saga, Situation::order(saga));
            }
            NodeEffect::Acknowledge(event) => {
                let message = Message::Acknowledgement(event);
                *state.flights.entry(message).or_insert(0) += 1;
            }
            NodeEffect::Publish { event, attempt, .. } => {
                let message = Message::Event(event, attempt);
                *state.flights.entry(message).or_insert(0) += 1;
            }
            NodeEffect::Wait { event, attempt, .. } => {
                state.timers.insert((name, event), attempt);
            }
            NodeEffect::Park(letter) => {
                state.letters.insert((name, letter.saga, letter.op));
            }
            NodeEffect::Unpark { saga, op } => {
                state.letters.remove(&(name, saga, op));
            }
            NodeEffect::Ended { .. } => {}
        }
    }
}

fn crash(state: &mut State, name: Name) {
    state.down.insert(name);
    state.timers.retain(|(holder, _), _| *holder != name);
}

fn to(message: &Message) -> Name {
    match message {
        Message::Event(event, _) => {
            let op = event
                .reaction()
                .expect("only events with a reaction are sent");
            op.step.owner()
        }
        Message::Acknowledgement(event) => event.step.owner(),
    }
}

fn is_acknowledgement(message: &Message) -> bool {
    matches!(message, Message::Acknowledgement(_))
}

fn is_on_its_way(state: &State, event: Event) -> bool {
    state.flights.keys().any(|message| match *message {
        Message::Event(sent, _) | Message::Acknowledgement(sent) => sent == event,
    })
}

fn take(flights: &mut SortedMap<Message, u8>, message: Message) {
    match flights.get_mut(&message) {
        Some(copies) if *copies > 1 => *copies -= 1,
        _ => {
            flights.remove(&message);
        }
    }
}
