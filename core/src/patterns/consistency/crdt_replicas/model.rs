//! Replicas on a network: each edited on its own, all gossiping.
//!
//! Owns who talks to whom and when, and what a person may do. What is merged and how is the
//! algorithm's; what ought to come of it is the witness's.

mod knobs;
pub mod replicated;
pub mod steps;
pub mod sync;
pub mod witness;

use std::borrow::Cow;
use std::rc::Rc;

use knobs::*;
pub use knobs::{Action, Knobs};
use replicated::{State, Wish};
use steps::Told;
pub use sync::Sync;
use sync::{Message, Outbox};
use witness::{Debt, Witness};

use super::algorithm::{CausalContext, Crdt as _, Dot, ReplicaId, Splice, Text, encoded_len};
use crate::kernel::network::Status;
use crate::kernel::workload::{Shape, Workload};
use crate::prelude::*;
use crate::sorted::{SortedMap, SortedSet};
use crate::words::{halves, place_of};

/// Something that happens.
#[derive(Debug, Clone, Hash)]
pub enum Event {
    /// An edit by itself is due; of the schedule with this number.
    Arrival(u32),
    /// A replica sends to one of the others.
    Gossip(NodeId),
    /// A message arrives.
    Message(Parcel),
}

/// A message with its sender and its size.
#[derive(Debug, Clone, Hash)]
pub struct Parcel {
    from: NodeId,
    to: NodeId,
    bytes: usize,
    message: Rc<Message>,
}

impl crate::simulation::Event for Event {
    fn label(&self) -> Cow<'static, str> {
        match self {
            Self::Arrival(_) => Cow::Borrowed("edit"),
            Self::Gossip(_) => Cow::Borrowed("gossip"),
            Self::Message(parcel) if parcel.message.carries_data() => {
                Cow::Owned(format!("{} {} B", parcel.message.word(), parcel.bytes))
            }
            Self::Message(parcel) => Cow::Borrowed(parcel.message.word()),
        }
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Message(parcel) if !parcel.message.carries_data() => Tone::Idle,
            Self::Arrival(_) | Self::Gossip(_) | Self::Message(_) => Tone::Active,
        }
    }
}

/// One replica.
#[derive(Debug, Clone)]
pub struct Replica {
    /// Its node.
    pub node: NodeId,
    /// Its copy.
    pub state: State,
    /// Whether its owner has taken it offline.
    pub offline: bool,
    /// What is wrong with its copy, given the edits it knows.
    pub amiss: Option<(Debt, String)>,
    /// The size of its copy when it last gossiped.
    bytes: usize,
    outbox: Outbox,
    /// Whom it gossips with next, in turn.
    turns: Vec<NodeId>,
    /// The last character typed here.
    caret: Option<Dot>,
}

/// The machine.
#[derive(Debug, Clone)]
pub struct Replicas {
    knobs: Knobs,
    replicas: Vec<Replica>,
    witness: Witness,
    arrivals: Workload,
    schedule: u32,
    /// Two replicas that know the same edits and do not read the same.
    unequal: Option<String>,
    agreed: bool,
    /// Since when, or from when on, the network is undisturbed, as far as faults are known.
    calm_from: SimTime,
    /// Nodes whose links or clocks a fault has slowed.
    slowed: SortedSet<NodeId>,
    /// The edit that is left out of history, and what each replica would read then.
    left_out: Option<(usize, Rc<Vec<String>>)>,
}

/// The replicas' names, in order.
pub const NAMES: [&str; 8] = ["Ann", "Bo", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hana"];

const GOSSIP: Stream = Stream::named("gossip");
const AUTHORS: Stream = Stream::named("authors");

impl Simulation for Replicas {
    type Event = Event;
    type Knobs = Knobs;
    type Action = Action;
    type Step = Told;

    fn start(knobs: &Knobs, cx: &mut Context<'_, Self>) -> Self {
        cx.network().set_default_profile(knobs.profile());
        let count = knobs.replicas as usize;
        let state = State::start(knobs.data, knobs.care(), knobs.size, ReplicaId(0));
        let bytes = encoded_len(&state);
        let replicas: Vec<Replica> = NAMES[..count]
            .iter()
            .map(|name| cx.add_node(*name))
            .map(|node| Replica {
                node,
                state: state.clone(),
                bytes,
                offline: false,
                amiss: None,
                outbox: Outbox::new(knobs.sync, ReplicaId(node.0), count, knobs.deliver_once),
                turns: Vec::new(),
                caret: None,
            })
            .collect();
        for replica in &replicas {
            let phase = cx.rng(GOSSIP).below(knobs.interval.as_nanos().max(1));
            cx.timer(
                replica.node,
                Span::from_nanos(phase),
                Event::Gossip(replica.node),
            );
        }
        let mut model = Self {
            knobs: knobs.clone(),
            witness: Witness::new(knobs.data, state, count),
            replicas,
            arrivals: Workload::new(Shape::Poisson, knobs.rate),
            schedule: 0,
            unequal: None,
            agreed: true,
            calm_from: SimTime::ZERO,
            slowed: SortedSet::new(),
            left_out: None,
        };
        model.schedule_arrival(cx);
        cx.gauge(READINGS, 1.0);
        cx.gauge(STATE_SIZE, bytes as f64);
        model
    }

    fn on_event(&mut self, event: Event, cx: &mut Context<'_, Self>) {
        match event {
            Event::Arrival(schedule) if schedule == self.schedule => {
                self.edit_somewhere(cx);
                self.schedule_arrival(cx);
            }
            Event::Arrival(_) => {}
            Event::Gossip(node) => {
                self.gossip(usize::from(node.0), cx);
                cx.timer(node, self.knobs.interval, Event::Gossip(node));
            }
            Event::Message(parcel) => self.receive(&parcel, cx),
        }
    }

    fn on_action(&mut self, action: Action, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        match action {
            Action::Count { by: 0, .. } => Err("Count at least one, up or down.".into()),
            Action::Count { node, by } => self.edit_at(node, Wish::Count(by), cx),
            Action::Add { node, element } => self.edit_at(node, Wish::Add(not_empty(element)?), cx),
            Action::Remove { node, element } => self.edit_at(node, Wish::Remove(element), cx),
            Action::Write { node, value } => self.edit_at(node, Wish::Write(value), cx),
            Action::Put { node, key, value } => {
                self.edit_at(node, Wish::Put(not_empty(key)?, value), cx)
            }
            Action::Edit { node, text, was } => {
                let wish = self.wish_to_read(node, &text, &was)?;
                self.edit_at(node, wish, cx)
            }
            Action::Keys { node, text, behind } => {
                let wish = self.wish_to_type(node, text, &behind)?;
                self.edit_at(node, wish, cx)
            }
            Action::Offline { node } => self.set_online(node, false, cx),
            Action::Online { node } => self.set_online(node, true, cx),
            Action::Merge { from, into } => self.merge_pair(from, into, cx),
            Action::Without { edit } => self.leave_out(edit as usize, cx),
        }
    }

    fn on_knobs(&mut self, knobs: &Knobs, cx: &mut Context<'_, Self>) {
        // Timers and messages set by the old knobs are still under way.
        let longest = self.knobs.interval.max(knobs.interval);
        let slowest = self.knobs.latency.max(knobs.latency);
        self.calm_from = self.calm_from.max(cx.now() + longest + slowest * 10);
        if knobs.rate != self.knobs.rate {
            self.arrivals.retune(Shape::Poisson, knobs.rate, cx.now());
            self.schedule += 1;
            self.schedule_arrival(cx);
        }
        self.knobs = knobs.clone();
        cx.network().set_default_profile(knobs.profile());
    }

    fn on_fault(&mut self, fault: &Fault, cx: &mut Context<'_, Self>) {
        let mut calm_from = cx.now();
        match *fault {
            Fault::Repair {} => self.replicas.iter_mut().for_each(|r| r.offline = false),
            Fault::Slow { node, factor } => {
                // What was sent while a link was slow may be that far off.
                calm_from += self.knobs.latency * 10_000;
                self.set_slowed(node, factor > 1);
            }
            Fault::Skew {
                node, rate_percent, ..
            } => self.set_slowed(node, rate_percent < 100),
            Fault::Crash { .. }
            | Fault::Restart { .. }
            | Fault::Pause { .. }
            | Fault::Resume { .. }
            | Fault::Partition { .. }
            | Fault::Hold { .. }
            | Fault::Release { .. }
            | Fault::Drop { .. } => {}
        }
        self.calm_from = self.calm_from.max(calm_from);
    }

    fn on_restart(&mut self, node: NodeId, cx: &mut Context<'_, Self>) {
        cx.timer(node, self.knobs.interval, Event::Gossip(node));
    }

    fn metrics() -> &'static [MetricSpec] {
        METRICS
    }

    fn properties() -> &'static [Property<Self>] {
        const {
            &[
                Property::always(
                    SAME_EDITS_SAME_STATE,
                    "Replicas that know the same edits read the same, in whatever order and \
                     however often these came.",
                    |model, _| model.unequal.clone().map_or(Ok(()), Err),
                ),
                Property::always(
                    EVERY_COUNT_ONCE,
                    "No increment is lost and none is counted twice.",
                    |model, _| model.owed(Debt::Count),
                ),
                Property::always(
                    ADDED_IS_PRESENT,
                    "A set holds what was added and not removed by someone who saw it, and nothing \
                     else. What was once removed from a two-phase set does not come back.",
                    |model, _| model.owed(Debt::Presence),
                ),
                Property::always(
                    WRITE_REPLACES,
                    "A write takes the place of what its author saw; no older value comes back.",
                    |model, _| model.owed(Debt::Replacement),
                ),
                Property::always(
                    RUN_STAYS,
                    "What one replica types in one go is split only by someone who saw part of it.",
                    |model, _| model.owed(Debt::Run),
                ),
                Property::eventually(
                    ALL_CONVERGE,
                    "Once the network is whole again, every edit reaches every replica.",
                    Span::from_millis(1),
                    Self::spreads,
                )
                .with_patience(Knobs::patience),
            ]
        }
    }

    fn scene(&self, world: &World<Event>, scene: &mut SceneBuilder) {
        super::scene::draw(self, world, scene);
    }
}

/// Equal knowledge, equal copies.
pub const SAME_EDITS_SAME_STATE: &str = "same edits, same state";
/// Counters are exact.
pub const EVERY_COUNT_ONCE: &str = "every increment counts once";
/// Sets hold what they ought to.
pub const ADDED_IS_PRESENT: &str = "added and not removed is present";
/// Writes are not undone by older ones.
pub const WRITE_REPLACES: &str = "a write replaces what it saw";
/// Typing is not torn apart.
pub const RUN_STAYS: &str = "a typed run stays together";
/// Everyone learns everything.
pub const ALL_CONVERGE: &str = "every edit reaches everyone";

fn not_empty(words: String) -> Result<String, Refusal> {
    if words.trim().is_empty() {
        Err("Give it a name first.".into())
    } else {
        Ok(words)
    }
}

/// What the stage reads from the machine.
impl Replicas {
    /// The replicas, in order of their nodes.
    pub fn replicas(&self) -> &[Replica] {
        &self.replicas
    }

    /// History, and who knows what of it.
    pub const fn witness(&self) -> &Witness {
        &self.witness
    }

    /// The settings.
    pub const fn knobs(&self) -> &Knobs {
        &self.knobs
    }

    /// The edit that is left out of history, and what each replica would read then.
    pub fn left_out(&self) -> Option<(usize, &[String])> {
        let (edit, readings) = self.left_out.as_ref()?;
        Some((*edit, readings))
    }
}

/// Edits.
impl Replicas {
    fn replica(&self, node: NodeId) -> Result<usize, Refusal> {
        let place = usize::from(node.0);
        if place < self.replicas.len() {
            Ok(place)
        } else {
            let last = self.replicas.len() - 1;
            Err(format!(
                "There is no replica {}: choose one from 0 to {last}.",
                node.0
            )
            .into())
        }
    }

    fn edit_at(
        &mut self,
        node: NodeId,
        wish: Wish,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Refusal> {
        let place = self.replica(node)?;
        let name = NAMES[place];
        match cx.world().network().status(node) {
            Status::Up => self.edit(place, wish, cx),
            Status::Crashed => Err(format!("{name} has crashed: restart it first.").into()),
            Status::Paused => Err(format!("{name} is paused: resume it first.").into()),
        }
    }

    fn edit(
        &mut self,
        place: usize,
        wish: Wish,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Refusal> {
        let care = self.knobs.care();
        let replica = &mut self.replicas[place];
        let me = ReplicaId(replica.node.0);
        let clock = cx.clock(replica.node);
        let before = replica
            .state
            .values("")
            .map(|values| values.into_iter().cloned().collect());
        let op = replica.state.wish(me, clock, care, &wish)?;
        let delta = replica.state.delta_of(&op);
        if let Some((last, _)) = replicated::inserted(&op).last() {
            replica.caret = Some(*last);
        }
        cx.count(EDITS, 1);
        self.tell_of_edit(place, &wish, &delta, before.as_ref(), cx);
        let dot = self
            .witness
            .record(place, cx.now(), wish, op.clone(), delta.clone());
        let to_all = self.replicas[place].outbox.keep(me, op, delta, dot);
        self.learn(place, &[dot].into_iter().collect(), cx);
        self.changed(place, cx);
        if let Some(message) = to_all {
            self.send_to_all(place, &Rc::new(message), cx);
        }
        Ok(())
    }

    fn tell_of_edit(
        &self,
        place: usize,
        wish: &Wish,
        delta: &replicated::Delta,
        before: Option<&SortedSet<String>>,
        cx: &mut Context<'_, Self>,
    ) {
        let replica = &self.replicas[place];
        let after = replica.state.values("");
        let lost = matches!((wish, before, &after), (Wish::Write(value), Some(before), Some(after))
            if !after.contains(value) && before.iter().eq(after.iter().copied()));
        cx.say_with(|| {
            let (node, name) = (replica.node, NAMES[place].to_owned());
            let (words, reading) = (wish.words(), replica.state.reading());
            if lost {
                return Told::WriteLost {
                    node,
                    name,
                    words,
                    reading,
                };
            }
            let removal = matches!(wish, Wish::Remove(_));
            Told::Edited {
                node,
                name,
                words,
                reading,
                region: steps::region_of_edit(delta, removal),
            }
        });
    }

    /// The change that makes the text of a replica read `text`, begun when it read `was`.
    fn wish_to_read(&self, node: NodeId, text: &str, was: &str) -> Result<Wish, Refusal> {
        let now = self.text_at(node)?.to_string();
        let splice = if was.is_empty() {
            Splice::between(&now, text)
        } else {
            Splice::between(was, text).after(&Splice::between(was, &now))
        };
        Ok(Wish::Type(splice))
    }

    /// The change that types `keys` at a replica, behind the words `behind` or at its caret.
    fn wish_to_type(&self, node: NodeId, keys: String, behind: &str) -> Result<Wish, Refusal> {
        let text = self.text_at(node)?;
        let place = if behind.is_empty() {
            self.caret_place(usize::from(node.0), text)
        } else {
            let words = text.to_string();
            let at = place_of(behind, &words).ok_or_else(|| {
                Refusal::from(format!(
                    "“{behind}” does not stand in the text of {}.",
                    name_of(node)
                ))
            })?;
            halves(&words, at + behind.len()).0.chars().count()
        };
        Ok(Wish::Type(Splice {
            remove: place..place,
            insert: keys,
        }))
    }

    fn text_at(&self, node: NodeId) -> Result<&Text, Refusal> {
        let place = self.replica(node)?;
        let text = self.replicas[place].state.text();
        text.ok_or_else(|| "These replicas hold no text: choose that data type first.".into())
    }

    /// How many characters stand before the caret of a replica; all if it has not typed yet.
    fn caret_place(&self, place: usize, text: &Text) -> usize {
        let Some(caret) = self.replicas[place].caret else {
            return text.len();
        };
        let mut before = 0;
        for (dot, _, deleted) in text.iter_all() {
            before += usize::from(!deleted);
            if dot == caret {
                break;
            }
        }
        before
    }

    fn schedule_arrival(&mut self, cx: &mut Context<'_, Self>) {
        if let Some(next) = self.arrivals.next(cx.rng(Stream::ARRIVALS)) {
            cx.schedule_at(next.at, Event::Arrival(self.schedule));
        }
    }

    /// An edit by itself: anyone does something sensible.
    fn edit_somewhere(&mut self, cx: &mut Context<'_, Self>) {
        let place = cx.rng(AUTHORS).index(self.replicas.len());
        let node = self.replicas[place].node;
        let wish = self.something_to_do(place, cx);
        if cx.world().network().is_up(node) {
            // What is refused now (removing from a growing set, say) is simply not done.
            let _ = self.edit(place, wish, cx);
        }
    }

    fn something_to_do(&self, place: usize, cx: &mut Context<'_, Self>) -> Wish {
        const GOODS: [&str; 8] = [
            "tea", "milk", "bread", "olives", "rice", "salt", "figs", "oil",
        ];
        const WORDS: [&str; 8] = [
            "and ", "then ", "we ", "met ", "at ", "noon ", "or ", "later ",
        ];
        let random = cx.rng(AUTHORS);
        let (which, kind, amount) = (random.index(GOODS.len()), random.below(4), random.below(9));
        let (goods, word) = (GOODS[which].to_owned(), WORDS[which].to_owned());
        let state = &self.replicas[place].state;
        match state {
            State::Nothing | State::GCounter(_) => Wish::Count(1),
            State::PnCounter(_) | State::NaiveCounter(_) => {
                Wish::Count(if kind == 0 { -1 } else { 1 })
            }
            State::LwwRegister(_) | State::MvRegister(_) => Wish::Write(goods),
            State::GSet(_) => Wish::Add(goods),
            State::TwoPhaseSet(_) | State::OrSet(_) | State::NaiveSet(_) => {
                let mut elements = state.elements().into_iter().flatten();
                if kind == 0 && elements.any(|element| *element == goods) {
                    Wish::Remove(goods)
                } else {
                    Wish::Add(goods)
                }
            }
            State::OrMap(map) => {
                if kind == 0 && map.get(&goods).is_some() {
                    Wish::Remove(goods)
                } else {
                    Wish::Put(goods, (amount + 1).to_string())
                }
            }
            State::Text(text) => {
                let length = text.len();
                let start = random.index(length + 1);
                let end = (start + amount as usize).min(length);
                Wish::Type(if kind == 0 || length > self.knobs.size as usize + 120 {
                    Splice {
                        remove: start..end.max((start + 1).min(length)),
                        insert: String::new(),
                    }
                } else {
                    let caret = self.caret_place(place, text);
                    Splice {
                        remove: caret..caret,
                        insert: word,
                    }
                })
            }
        }
    }
}

/// The network.
impl Replicas {
    fn gossip(&mut self, place: usize, cx: &mut Context<'_, Self>) {
        let count = self.replicas.len();
        let replica = &mut self.replicas[place];
        // Sizes are taken at this pace: encoding a copy after each key would cost more than the run.
        replica.bytes = encoded_len(&replica.state);
        let bytes: usize = self.replicas.iter().map(|replica| replica.bytes).sum();
        cx.gauge(STATE_SIZE, bytes as f64 / count as f64);
        let replica = &mut self.replicas[place];
        if replica.offline {
            return;
        }
        if replica.turns.is_empty() {
            let me = replica.node;
            replica.turns = (0..count as u16).map(NodeId).filter(|&n| n != me).collect();
            cx.rng(GOSSIP).shuffle(&mut replica.turns);
        }
        let Some(peer) = replica.turns.pop() else {
            return;
        };
        let known = self.witness.known(place);
        let copy = (&replica.state, known);
        let again = self.knobs.send_again;
        let messages = replica.outbox.gossip(ReplicaId(peer.0), copy, again);
        for message in messages {
            self.send(place, peer, Rc::new(message), cx);
        }
    }

    fn send_to_all(&self, place: usize, message: &Rc<Message>, cx: &mut Context<'_, Self>) {
        if self.replicas[place].offline {
            return;
        }
        for other in (0..self.replicas.len()).filter(|&other| other != place) {
            self.send(place, self.replicas[other].node, Rc::clone(message), cx);
        }
    }

    fn send(&self, place: usize, to: NodeId, message: Rc<Message>, cx: &mut Context<'_, Self>) {
        let from = self.replicas[place].node;
        let bytes = message.bytes();
        cx.count(MESSAGES, 1);
        cx.count(BYTES, bytes as u64);
        if message.carries_data() {
            cx.observe(MESSAGE_SIZE, bytes as f64);
        }
        let parcel = Parcel {
            from,
            to,
            bytes,
            message,
        };
        cx.send(from, to, Event::Message(parcel));
    }

    fn receive(&mut self, parcel: &Parcel, cx: &mut Context<'_, Self>) {
        let place = usize::from(parcel.to.0);
        let count = self.replicas.len();
        let replica = &mut self.replicas[place];
        let from = ReplicaId(parcel.from.0);
        let taken = sync::take_in(
            &mut replica.state,
            &mut replica.outbox,
            from,
            &parcel.message,
        );
        sync::tidy(&mut replica.outbox, ReplicaId(parcel.to.0), count);
        let news = self.learn(place, &taken.edits, cx);
        if parcel.message.carries_data() {
            self.tell_of_message(parcel, taken.changed, news, cx);
        }
        if taken.held_back > 0 {
            cx.say(Told::HeldBack {
                node: parcel.to,
                name: NAMES[place].to_owned(),
                count: taken.held_back,
            });
        }
        if taken.changed || news > 0 {
            self.changed(place, cx);
        }
        if let Some(reply) = taken.reply
            && !self.replicas[place].offline
        {
            self.send(place, parcel.from, Rc::new(reply), cx);
        }
    }

    fn tell_of_message(
        &self,
        parcel: &Parcel,
        changed: bool,
        news: usize,
        cx: &mut Context<'_, Self>,
    ) {
        let state = &self.replicas[usize::from(parcel.to.0)].state;
        cx.say_with(|| {
            let (node, name) = (parcel.to, name_of(parcel.to).to_owned());
            let from = name_of(parcel.from).to_owned();
            let what = steps::called(self.knobs.sync, parcel.bytes);
            let region = match self.knobs.sync {
                Sync::Operations => "deliver",
                Sync::States | Sync::Deltas => steps::region_of_merge(state),
            };
            if !changed {
                return Told::NoNews {
                    node,
                    name,
                    from,
                    what,
                    region,
                };
            }
            Told::Merged {
                node,
                name,
                from,
                what,
                news,
                reading: state.reading(),
                region,
            }
        });
    }

    fn merge_pair(
        &mut self,
        from: NodeId,
        into: NodeId,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Refusal> {
        let (giver, taker) = (self.replica(from)?, self.replica(into)?);
        if giver == taker {
            return Err("Choose two different replicas.".into());
        }
        for node in [from, into] {
            if cx.world().network().status(node) == Status::Crashed {
                return Err(format!("{} has crashed: restart it first.", name_of(node)).into());
            }
        }
        let other = self.replicas[giver].clone();
        let replica = &mut self.replicas[taker];
        let edits = sync::meet(
            &mut replica.state,
            &mut replica.outbox,
            ReplicaId(from.0),
            (&other.state, &other.outbox, self.witness.known(giver)),
        );
        self.learn(taker, &edits, cx);
        let state = &self.replicas[taker].state;
        cx.say(Told::Met {
            node: into,
            name: name_of(into).to_owned(),
            from: name_of(from).to_owned(),
            reading: state.reading(),
            region: steps::region_of_merge(state),
        });
        self.changed(taker, cx);
        Ok(())
    }

    fn set_online(
        &mut self,
        node: NodeId,
        online: bool,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Refusal> {
        let place = self.replica(node)?;
        let name = NAMES[place];
        if self.replicas[place].offline != online {
            let state = if online { "online" } else { "offline" };
            return Err(format!("{name} is {state} already.").into());
        }
        self.replicas[place].offline = !online;
        let alone = SortedSet::from([node]);
        if online {
            cx.network().mend(&alone);
        }
        // Links between this one and another that is offline stay cut.
        for replica in self.replicas.iter().filter(|replica| replica.offline) {
            cx.network()
                .cut(&SortedSet::from([replica.node]), &SortedSet::new(), false);
        }
        self.calm_from = self.calm_from.max(cx.now());
        cx.say(Told::Online {
            node,
            name: name.to_owned(),
            online,
        });
        Ok(())
    }

    fn set_slowed(&mut self, node: NodeId, slowed: bool) {
        if slowed {
            self.slowed.insert(node);
        } else {
            self.slowed.remove(&node);
        }
    }

    /// Whether every edit has had time to be everywhere, or the network is not whole.
    fn spreads(&self, world: &World<Event>) -> Result<(), String> {
        let Some(edit) = self.witness.oldest_spreading() else {
            return Ok(());
        };
        let network = world.network();
        let apart = |a: NodeId, b: NodeId| network.is_cut(a, b) || network.is_held(a, b);
        let deadline = edit.at.max(self.calm_from) + self.knobs.patience();
        let disturbed = || {
            !self.slowed.is_empty()
                || network.nodes().any(|node| !network.is_up(node))
                || network
                    .nodes()
                    .any(|a| network.nodes().any(|b| apart(a, b)))
        };
        if world.now() <= deadline || disturbed() {
            return Ok(());
        }
        let author = name_of(NodeId(edit.dot.replica.0));
        Err(format!(
            "{author}'s edit “{}” is not everywhere",
            edit.wish.words()
        ))
    }
}

/// What follows from a change.
impl Replicas {
    /// Lets a replica know of edits; returns how many were new to it.
    fn learn(&mut self, place: usize, edits: &CausalContext, cx: &mut Context<'_, Self>) -> usize {
        let before = self.witness.lacks(place);
        for edit in self.witness.learn(place, edits) {
            let author = usize::from(edit.dot.replica.0);
            if author < self.replicas.len() {
                cx.observe(CONVERGENCE, (cx.now() - edit.at).as_secs_f64());
            }
        }
        before - self.witness.lacks(place)
    }

    /// Looks at everything anew after the copy of a replica or its knowledge has changed.
    fn changed(&mut self, place: usize, cx: &mut Context<'_, Self>) {
        let replica = &mut self.replicas[place];
        let amiss = self.witness.audit(place, &replica.state);
        if let Some((debt, reason)) = &amiss
            && replica.amiss != amiss
        {
            cx.say(Told::Amiss {
                node: replica.node,
                name: NAMES[place].to_owned(),
                reason: reason.clone(),
                region: culprit(*debt, self.knobs.own_counts),
            });
        }
        replica.amiss = amiss;
        // Only this replica has changed: if all was well, it is enough to look at it.
        let all = self.unequal.is_some();
        self.unequal = self.find_unequal(|other| all || other == place);
        self.measure(cx);
        self.tell_agreement(cx);
        if let Some((edit, _)) = self.left_out {
            self.left_out = Some((edit, self.readings_without(edit)));
        }
    }

    /// Two replicas that know the same edits and do not read the same, one of which `concerns`.
    fn find_unequal(&self, concerns: impl Fn(usize) -> bool) -> Option<String> {
        (0..self.replicas.len())
            .filter(|&place| concerns(place))
            .find_map(|place| {
                let known = self.witness.known(place);
                let same = |other: &usize| *other != place && self.witness.known(*other) == known;
                let other = (0..self.replicas.len()).find(same)?;
                let (one, other) = (&self.replicas[other], &self.replicas[place]);
                (one.state != other.state).then(|| {
                let (one_name, other_name) = (name_of(one.node), name_of(other.node));
                format!(
                    "{one_name} reads “{}”, {other_name} reads “{}”, and they know the same edits",
                    one.state.reading(),
                    other.state.reading()
                )
            })
            })
    }

    fn measure(&self, cx: &mut Context<'_, Self>) {
        let count = self.replicas.len();
        let lacking: usize = (0..count).map(|place| self.witness.lacks(place)).sum();
        let all_equal = self.unequal.is_none();
        let same = |one: usize, other: usize| {
            let known_alike = all_equal && self.witness.known(one) == self.witness.known(other);
            known_alike || self.replicas[one].state == self.replicas[other].state
        };
        let different = (0..count)
            .filter(|&place| !(0..place).any(|other| same(other, place)))
            .count();
        cx.gauge(LACKING, lacking as f64);
        cx.gauge(READINGS, different as f64);
    }

    fn tell_agreement(&mut self, cx: &mut Context<'_, Self>) {
        let agreed = self.witness.oldest_spreading().is_none();
        if agreed && !self.agreed {
            cx.say(Told::Agreed {
                edits: self.witness.edits().len(),
                equal: self.unequal.is_none(),
                right: self.replicas.iter().all(|replica| replica.amiss.is_none()),
            });
        }
        self.agreed = agreed;
    }

    fn owed(&self, debt: Debt) -> Result<(), String> {
        let wrong = self.replicas.iter().find_map(|replica| {
            let (which, reason) = replica.amiss.as_ref()?;
            (*which == debt).then(|| format!("{}: {reason}", name_of(replica.node)))
        });
        wrong.map_or(Ok(()), Err)
    }

    fn leave_out(&mut self, number: usize, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        let count = self.witness.edits().len();
        if number > count {
            let reason = match count {
                0 => "There is no edit yet: make one first.".to_owned(),
                _ => format!("There is no edit {number}: choose one from 1 to {count}."),
            };
            return Err(reason.into());
        }
        let place = number.checked_sub(1);
        self.left_out = place.map(|place| (place, self.readings_without(place)));
        let words = place.map(|place| self.witness.edits()[place].wish.words());
        cx.say(Told::LeftOut { words });
        Ok(())
    }

    fn readings_without(&self, edit: usize) -> Rc<Vec<String>> {
        let readings = (0..self.replicas.len()).map(|place| self.witness.without(place, edit));
        Rc::new(readings.collect())
    }
}

fn name_of(node: NodeId) -> &'static str {
    NAMES.get(usize::from(node.0)).copied().unwrap_or("someone")
}

/// The lines to blame when a debt is not paid.
const fn culprit(debt: Debt, own_counts: bool) -> &'static str {
    match debt {
        Debt::Count if own_counts => "deliver",
        Debt::Count => "naive-count",
        Debt::Presence => "naive-union",
        Debt::Replacement => "lww-stamp",
        Debt::Run => "text-origin",
    }
}

/// How the copies of a run are spread over their readings, for a sentence: each reading and who
/// has it, in order of the first who has.
pub fn readings(model: &Replicas) -> Vec<(String, Vec<&'static str>)> {
    let mut order: Vec<String> = Vec::new();
    let mut by_reading: SortedMap<String, Vec<&'static str>> = SortedMap::new();
    for replica in &model.replicas {
        let reading = replica.state.reading();
        if !by_reading.contains_key(&reading) {
            order.push(reading.clone());
        }
        by_reading
            .entry(reading)
            .or_default()
            .push(name_of(replica.node));
    }
    order
        .into_iter()
        .map(|reading| {
            let names = by_reading.remove(&reading).unwrap_or_default();
            (reading, names)
        })
        .collect()
}
