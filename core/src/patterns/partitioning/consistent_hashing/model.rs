//! A cluster of caches that clients find by consistent hashing, and what becomes of it when nodes
//! come and go.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::algorithm::{Bound, HashRing, Placement, Server};
use super::layout::{Layout, MAX_NODES, NOBODY, Peer, Plan, Slots, bit, letter};
use super::population::{KeyName, Population};
use super::scene::Drawing;
use super::steps::{Change, Outcome, Step, Why};
use crate::kernel::network::Status;
use crate::prelude::*;

crate::choices! {
    /// How a key finds its node.
    pub enum Rule {
        /// The ring with XXH3 on 64 bits.
        Modern = "modern", "Ring, XXH3";
        /// The ring as memcached clients have it.
        Ketama = "ketama", "Ring, ketama";
        /// No ring: the hash modulo the number of nodes.
        Modulo = "modulo", "Hash mod n";
    }
}

crate::knobs! {
    /// What can be set.
    pub struct Knobs {
        /// How many nodes there are at the start.
        nodes: u32 = 5, "Nodes", range(1, 24), group("Ring");
        /// Points on the ring per unit of weight. More points even out the shares. Ketama has its
        /// own: 160 per node of average weight.
        vnodes: u32 = 100, "Points per node", range(1, 1_000), log(), live(), group("Ring");
        /// How a key finds its node. Hash mod n takes the ring away.
        rule: Rule = Rule::Modern, "Placement", safeguard(), group("Ring");
        /// How many nodes have a copy of each key: its owner and the next ones clockwise.
        replicas: u32 = 1, "Copies", range(1, 5), live(), group("Ring");
        /// How far above the average the load of a node may go before its keys overflow to the
        /// next one: 0.25 allows 1.25 times the average, 0 turns the bound off. It needs a ring.
        bound: f64 = 0.0, "Load bound e", range(0, 1), live(), group("Ring");
        /// How many keys there are.
        keys: u32 = 2_000, "Keys", range(100, 100_000), log(), group("Keys");
        /// Exponent s of Zipf's law: 0 makes all keys equally popular, at 1 the k-th most popular
        /// is asked for 1/k as often as the first.
        zipf: f64 = 0.0, "Popularity skew", range(0, 1.5), group("Keys");
        /// Lookups per second by all clients together.
        rate: f64 = 10.0, "Lookups", range(0, 500), unit("per second"), live(), group("Keys");
        /// Whether keys that get another node are sent to it. Otherwise it fetches each when first
        /// asked, as caches do.
        hand_over: bool = true, "Hand keys over", live(), group("Keys");
        /// Shows beside the ring what becomes of the same keys under hash mod n.
        compare: bool = false, "Compare with hash mod n", live(), group("View");
    }
}

crate::actions! {
    /// What a person can do.
    pub enum Action {
        /// A new node joins, or one that left comes back.
        AddNode {
            /// How many times the points of a plain node it has.
            weight: u32 = 1, "Weight", range(1, 8);
        } = "add_node", "Add a node";
        /// A node leaves in good order: it hands its keys over.
        RemoveNode {
            /// The node that leaves.
            node: NodeId = NodeId(1), "Node";
        } = "remove_node", "Remove a node";
        /// Gives a node more or fewer points. At 0 it stays a member and owns nothing.
        SetWeight {
            /// The node.
            node: NodeId = NodeId(1), "Node";
            /// How many times the points of a plain node it has.
            weight: u32 = 2, "Weight", range(0, 8);
        } = "set_weight", "Change a weight";
        /// Shows the hash of a key, its way to its owner and its preference list, and looks it up.
        LookUp {
            /// Any text.
            key: String = "user:7".to_owned(), "Key", max_chars(80);
        } = "look_up", "Look up a key";
        /// Makes one key a celebrity.
        Heat {
            /// One of the keys there are.
            key: String = "user:7".to_owned(), "Key", max_chars(80);
            /// Its part of all lookups.
            percent: u32 = 40, "Share of lookups", range(1, 90), unit("%");
        } = "heat", "Heat one key";
        /// Puts your keys in place of those there are. A key that is there several times is asked
        /// for so many times as often.
        Paste {
            /// Keys, separated by spaces, commas or line ends.
            keys: String = "alice bob carol dave erin frank".to_owned(), "Keys", max_chars(100_000);
        } = "paste_keys", "Paste keys";
    }
}

crate::metrics! {
    /// Answers that reached a client.
    LOOKUPS: Counter, "lookups", "Lookups", "lookups";
    /// Lookups whose node did not have the key and fetched it.
    MISSES: Counter, "misses", "Misses", "lookups";
    /// Lookups that got no answer in time.
    TIMEOUTS: Counter, "timeouts", "Timeouts", "lookups";
    /// From question to answer.
    LATENCY: Histogram, "latency", "Lookup latency", "s";
    /// Keys that got a node they were not on before, over all changes.
    MOVED: Counter, "moved", "Keys moved", "keys";
    /// The part of all keys that the last change gave another node.
    LAST_MOVED: Gauge, "last_moved", "Moved by the last change", "of keys";
    /// The part of demand that would miss now: its node does not have the key.
    COLD: Gauge, "cold", "Would miss now", "of lookups";
    /// The largest load against what is fair for the node's weight.
    HOTTEST: Gauge, "hottest", "Hottest node", "x fair share";
    /// How uneven the nodes' shares of the circle are: their standard deviation over their mean.
    UNEVENNESS: Gauge, "unevenness", "Unevenness of shares", "of mean";
    /// Lookups that would have missed under hash mod n.
    MODULO_MISSES: Counter, "modulo_misses", "Misses under mod n", "lookups";
    /// The part of all keys that the last change gives another node under hash mod n.
    MODULO_LAST_MOVED: Gauge, "modulo_last_moved", "Moved by the last change under mod n", "of keys";
    /// The part of demand that would miss now under hash mod n.
    MODULO_COLD: Gauge, "modulo_cold", "Would miss now under mod n", "of lookups";
}

/// One way between a client and a node.
const LATENCY_ONE_WAY: Span = Span::from_millis(350);
/// How long a node takes to fetch a key from where it is kept for good.
const FETCH: Span = Span::from_millis(400);
/// How long a client waits for an answer.
const PATIENCE: Span = Span::from_millis(2_500);
/// How long after a crash the members notice.
const DETECTION: Span = Span::from_millis(500);

/// Which of the two layouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Which {
    /// The one the knobs ask for.
    Real,
    /// `hash mod n`, beside it.
    Shadow,
}

impl Which {
    /// The id of an item that both have.
    pub(super) fn named(self, item: &str) -> String {
        match self {
            Self::Real => item.to_owned(),
            Self::Shadow => format!("modulo-{item}"),
        }
    }
}

/// What the model schedules for itself and sends between nodes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Event {
    /// A client looks something up; of the series of lookups that began last.
    Ask {
        /// Which series.
        series: u32,
    },
    /// The question, on its way to a node.
    Get {
        /// The number of the lookup.
        lookup: u64,
    },
    /// A node has fetched a key it did not have.
    Fetched {
        /// The number of the lookup.
        lookup: u64,
    },
    /// The answer, on its way back.
    Found {
        /// The number of the lookup.
        lookup: u64,
        /// Whether the node had the key.
        hit: bool,
    },
    /// The client's patience ends.
    GiveUp {
        /// The number of the lookup.
        lookup: u64,
    },
    /// Part of a shipment of keys arrives.
    Land(Landing),
    /// The members notice that a node is gone.
    Notice {
        /// Its slot.
        slot: u8,
    },
}

/// Part of a shipment of keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Landing {
    layout: Which,
    shipment: u32,
}

impl crate::simulation::Event for Event {
    fn label(&self) -> std::borrow::Cow<'static, str> {
        let label = match self {
            Self::Ask { .. } => "ask",
            Self::Get { .. } => "get",
            Self::Fetched { .. } => "fetched",
            Self::Found { hit: true, .. } => "value",
            Self::Found { hit: false, .. } => "value, fetched",
            Self::GiveUp { .. } => "give up",
            Self::Land(_) => "keys arrive",
            Self::Notice { .. } => "notice",
        };
        label.into()
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Found { hit: true, .. } => Tone::Good,
            Self::Found { hit: false, .. } | Self::Fetched { .. } => Tone::Stale,
            Self::GiveUp { .. } | Self::Notice { .. } => Tone::Failed,
            Self::Ask { .. } | Self::Get { .. } | Self::Land(_) => Tone::Active,
        }
    }
}

/// How a node stands to the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// On the ring.
    Member,
    /// Off the ring by its own wish.
    Left,
    /// Off the ring because it crashed.
    Lost,
}

/// A cache node.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) id: NodeId,
    pub(super) weight: u32,
    pub(super) standing: Standing,
}

/// A lookup that waits for its answer.
#[derive(Debug, Clone)]
pub(super) struct Lookup {
    /// The key; one that is not among the run's has no number.
    pub(super) key: Option<usize>,
    pub(super) name: KeyName,
    pub(super) position: u64,
    pub(super) slot: u8,
    asked: SimTime,
}

/// A key that someone looks at.
#[derive(Debug, Clone)]
pub(super) struct Inspected {
    pub(super) name: KeyName,
    pub(super) position: u64,
}

/// What the last change came to, held against what it may do. Made once per change, so that the
/// promises are cheap to check after every event.
#[derive(Debug, Clone, Default)]
pub(super) struct Audit {
    /// Keys that nobody among the members owns.
    orphans: u64,
    /// Keys that changed owner when a node joined, although it was not to that node.
    strays_on_join: u64,
    /// Keys that changed owner when a node left, although it had not owned them.
    strays_on_leave: u64,
    /// A key whose preference list names a node twice.
    repeated: Option<KeyName>,
    /// The change and what it came to; none at the start.
    pub(super) last: Option<(Change, Outcome)>,
}

/// The machine.
#[derive(Debug, Clone)]
pub struct Cluster {
    pub(super) knobs: Knobs,
    pub(super) clients: NodeId,
    /// By slot.
    pub(super) nodes: Vec<Node>,
    /// The addresses of all slots, whether taken or not.
    pub(super) addresses: Rc<[Rc<str>]>,
    pub(super) ring: HashRing<Peer>,
    pub(super) drawing: Rc<Drawing>,
    pub(super) keys: Population,
    pub(super) real: Layout,
    pub(super) shadow: Option<Layout>,
    pub(super) lookups: BTreeMap<u64, Lookup>,
    asked: u64,
    series: u32,
    pub(super) inspected: Option<Inspected>,
    pub(super) audit: Audit,
}

impl Simulation for Cluster {
    type Event = Event;
    type Knobs = Knobs;
    type Action = Action;
    type Step = Step;

    fn start(knobs: &Knobs, cx: &mut Context<'_, Self>) -> Self {
        let latency = Duration::Constant(LATENCY_ONE_WAY);
        cx.network().set_default_profile(LinkProfile {
            latency,
            ..LinkProfile::default()
        });
        let clients = cx.add_node("clients");
        let placement = placement_of(knobs);
        let keys = Population::numbered(placement, knobs.keys, knobs.zipf);
        let mut cluster = Self {
            knobs: knobs.clone(),
            clients,
            nodes: Vec::new(),
            addresses: draw_addresses(cx),
            ring: HashRing::new(placement),
            drawing: Rc::default(),
            real: Layout::settled(Plan::modulo(placement, &[], 1, &keys)),
            keys,
            shadow: None,
            lookups: BTreeMap::new(),
            asked: 0,
            series: 0,
            inspected: None,
            audit: Audit::default(),
        };
        for _ in 0..knobs.nodes {
            cluster.open_slot(1, cx);
        }
        cluster.renew_ring();
        cluster.settle();
        cluster.audit = cluster.audited(Vec::new(), None);
        cluster.measure(cx);
        cluster.schedule_ask(cx);
        cluster
    }

    fn on_event(&mut self, event: Event, cx: &mut Context<'_, Self>) {
        match event {
            Event::Ask { series } => {
                if series == self.series {
                    let key = self.keys.draw(cx.rng(Stream::KEYS));
                    self.ask_for(key, cx);
                    self.schedule_ask(cx);
                }
            }
            Event::Get { lookup } => self.answer(lookup, cx),
            Event::Fetched { lookup } => self.fetched(lookup, cx),
            Event::Found { lookup, hit } => self.found(lookup, hit, cx),
            Event::GiveUp { lookup } => self.give_up(lookup, cx),
            Event::Land(landing) => self.land(&landing, cx),
            Event::Notice { slot } => self.notice(slot, cx),
        }
    }

    fn on_action(&mut self, action: Action, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        match action {
            Action::AddNode { weight } => self.add_node(weight, cx),
            Action::RemoveNode { node } => self.remove_node(node, cx),
            Action::SetWeight { node, weight } => self.set_weight(node, weight, cx),
            Action::LookUp { key } => self.look_up(&key, cx),
            Action::Heat { key, percent } => self.heat(&key, percent, cx),
            Action::Paste { keys } => self.paste(&keys, cx),
        }
    }

    fn on_knobs(&mut self, knobs: &Knobs, cx: &mut Context<'_, Self>) {
        let before = std::mem::replace(&mut self.knobs, knobs.clone());
        if before.rate != knobs.rate {
            self.series += 1;
            self.schedule_ask(cx);
        }
        if before.compare != knobs.compare {
            self.shadow = knobs.compare.then(|| Layout::settled(self.modulo_plan()));
            self.measure(cx);
        }
        let ring_of = |knobs: &Knobs| (knobs.vnodes, knobs.replicas, knobs.bound.to_bits());
        if ring_of(&before) != ring_of(knobs) {
            self.change(Change::Settings, Self::renew_ring, cx);
        }
    }

    fn on_fault(&mut self, fault: &Fault, cx: &mut Context<'_, Self>) {
        match *fault {
            Fault::Crash { node } => match self.slot_of(node) {
                Some(slot) => self.crashed(slot, cx),
                None => self.lookups.clear(),
            },
            Fault::Restart { node } => {
                if let Some(slot) = self.slot_of(node) {
                    self.restarted(slot, cx);
                }
            }
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

    fn metrics() -> &'static [MetricSpec] {
        METRICS
    }

    fn properties() -> &'static [Property<Self>] {
        PROPERTIES
    }

    fn scene(&self, world: &World<Event>, scene: &mut SceneBuilder) {
        super::scene::draw(self, world, scene);
    }
}

/// Lookups.
impl Cluster {
    fn schedule_ask(&mut self, cx: &mut Context<'_, Self>) {
        if self.knobs.rate > 0.0 {
            let gap = cx.rng(Stream::ARRIVALS).exponential() / self.knobs.rate;
            cx.schedule(
                Span::from_secs_f64(gap),
                Event::Ask {
                    series: self.series,
                },
            );
        }
    }

    /// A client asks for one of the keys there are.
    fn ask_for(&mut self, key: usize, cx: &mut Context<'_, Self>) {
        // One draw for every lookup, so that a bound does not shift the stream.
        let unit = cx
            .rng(Stream::named("portion"))
            .below(self.keys.demand()[key]);
        self.ask_shadow(key, cx);
        let slot = self.real.asked(key, unit);
        let (name, position) = (self.keys.name(key), self.keys.positions()[key]);
        self.send_lookup(
            Lookup {
                key: Some(key),
                name,
                position,
                slot,
                asked: cx.now(),
            },
            cx,
        );
    }

    fn send_lookup(&mut self, lookup: Lookup, cx: &mut Context<'_, Self>) {
        if !cx.network().is_up(self.clients) {
            return;
        }
        let Some(node) = self.nodes.get(usize::from(lookup.slot)) else {
            cx.count(TIMEOUTS, 1);
            cx.say(Step::Nobody { key: lookup.name });
            return;
        };
        let node = node.id;
        cx.say(Step::Routed {
            key: lookup.name.clone(),
            turn: turn(lookup.position),
            slot: lookup.slot,
            node,
            why: self.why(&lookup),
        });
        let number = self.asked;
        self.asked += 1;
        self.lookups.insert(number, lookup);
        cx.send(self.clients, node, Event::Get { lookup: number });
        cx.timer(self.clients, PATIENCE, Event::GiveUp { lookup: number });
    }

    fn why(&self, lookup: &Lookup) -> Why {
        if self.knobs.rule == Rule::Modulo {
            return Why::Modulo;
        }
        match self.ring.owner_at(lookup.position) {
            Some(owner) if owner.slot == lookup.slot => Why::Owner,
            Some(_) | None => Why::Overflow,
        }
    }

    /// What the same lookup would have met under `hash mod n`.
    fn ask_shadow(&mut self, key: usize, cx: &mut Context<'_, Self>) {
        let up = self.up(cx.world());
        let Some(shadow) = &mut self.shadow else {
            return;
        };
        let slot = shadow.asked(key, 0);
        let answers = slot != NOBODY && up & bit(slot) != 0;
        if !answers || !shadow.holds(slot, key) {
            cx.count(MODULO_MISSES, 1);
        }
        if answers {
            shadow.fill(key, slot, &self.keys);
        }
        cx.gauge(MODULO_COLD, shadow.cold_fraction(&self.keys));
    }

    fn answer(&mut self, number: u64, cx: &mut Context<'_, Self>) {
        let Some(lookup) = self.lookups.get(&number) else {
            return;
        };
        let node = self.nodes[usize::from(lookup.slot)].id;
        if lookup
            .key
            .is_some_and(|key| self.real.holds(lookup.slot, key))
        {
            cx.send(
                node,
                self.clients,
                Event::Found {
                    lookup: number,
                    hit: true,
                },
            );
        } else {
            cx.say(Step::Missed {
                key: lookup.name.clone(),
                slot: lookup.slot,
                node,
            });
            cx.timer(node, FETCH, Event::Fetched { lookup: number });
        }
    }

    fn fetched(&mut self, number: u64, cx: &mut Context<'_, Self>) {
        let Some(lookup) = self.lookups.get(&number) else {
            return;
        };
        if let Some(key) = lookup.key {
            self.real.fill(key, lookup.slot, &self.keys);
            cx.gauge(COLD, self.real.cold_fraction(&self.keys));
        }
        let node = self.nodes[usize::from(lookup.slot)].id;
        cx.send(
            node,
            self.clients,
            Event::Found {
                lookup: number,
                hit: false,
            },
        );
    }

    fn found(&mut self, number: u64, hit: bool, cx: &mut Context<'_, Self>) {
        if let Some(lookup) = self.lookups.remove(&number) {
            cx.count(LOOKUPS, 1);
            cx.count(MISSES, u64::from(!hit));
            cx.observe(LATENCY, (cx.now() - lookup.asked).as_secs_f64());
        }
    }

    fn give_up(&mut self, number: u64, cx: &mut Context<'_, Self>) {
        if let Some(lookup) = self.lookups.remove(&number) {
            cx.count(TIMEOUTS, 1);
            let node = self.nodes[usize::from(lookup.slot)].id;
            cx.say(Step::GaveUp {
                key: lookup.name,
                slot: lookup.slot,
                node,
            });
        }
    }

    fn look_up(&mut self, text: &str, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        if text.trim().is_empty() {
            return Err("Type a key to look up.".into());
        }
        let placement = self.ring.placement();
        let name = KeyName::Given(text.trim().into());
        let position = placement.position(text.trim().as_bytes());
        let list = self.preference_list(position);
        cx.say(Step::Inspected {
            key: name.clone(),
            hash: self.hash_words(position),
            list: list.clone(),
            way: self
                .ring
                .walk(position)
                .next()
                .map(|(point, _)| turn(point.wrapping_sub(position))),
        });
        self.inspected = Some(Inspected {
            name: name.clone(),
            position,
        });
        match self.keys.find(placement, text.trim()) {
            Some(key) => self.ask_for(key, cx),
            None => {
                let slot = list.first().copied().unwrap_or(NOBODY);
                self.send_lookup(
                    Lookup {
                        key: None,
                        name,
                        position,
                        slot,
                        asked: cx.now(),
                    },
                    cx,
                );
            }
        }
        Ok(())
    }

    /// The nodes of a key at `position` in the order in which they are asked.
    pub(super) fn preference_list(&self, position: u64) -> Vec<u8> {
        let wanted = (self.knobs.replicas as usize).max(3);
        if self.knobs.rule == Rule::Modulo {
            let members = self.members();
            let first = self
                .ring
                .placement()
                .modulo(position, members.len())
                .unwrap_or(0);
            let following = members.iter().cycle().skip(first);
            return following.take(wanted.min(members.len())).copied().collect();
        }
        let list = self.ring.preference_list_at(position, wanted);
        list.into_iter().map(|peer| peer.slot).collect()
    }

    /// The hash of a key as people write it.
    pub(super) fn hash_words(&self, position: u64) -> String {
        match self.ring.placement() {
            Placement::Modern { .. } => format!("{position:016x}"),
            Placement::Ketama => format!("{:08x}", position >> 32),
        }
    }
}

/// Members and keys.
impl Cluster {
    fn add_node(&mut self, weight: u32, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        let free = self
            .nodes
            .iter()
            .position(|node| node.standing == Standing::Left);
        let slot = match free {
            Some(slot) => slot as u8,
            None if self.nodes.len() < MAX_NODES => self.open_slot(weight, cx),
            None => {
                return Err("There are 24 nodes, the most there can be: remove one first.".into());
            }
        };
        let join = |cluster: &mut Self| {
            let node = &mut cluster.nodes[usize::from(slot)];
            node.weight = weight;
            node.standing = Standing::Member;
            cluster.renew_ring();
        };
        self.nodes[usize::from(slot)].standing = Standing::Left;
        self.change(Change::Joined { slot }, join, cx);
        Ok(())
    }

    fn remove_node(&mut self, node: NodeId, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        let slot = self.member_slot(node, cx)?;
        self.check_others_own_points(slot)?;
        let leave = |cluster: &mut Self| {
            cluster.nodes[usize::from(slot)].standing = Standing::Left;
            cluster.renew_ring();
        };
        self.change(Change::Left { slot }, leave, cx);
        Ok(())
    }

    fn set_weight(
        &mut self,
        node: NodeId,
        weight: u32,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Refusal> {
        if self.knobs.rule == Rule::Modulo {
            return Err("Hash mod n knows no weights: choose a ring as placement.".into());
        }
        let slot = self.member_slot(node, cx)?;
        if weight == 0 {
            self.check_others_own_points(slot)?;
        }
        let weigh = |cluster: &mut Self| {
            cluster.nodes[usize::from(slot)].weight = weight;
            cluster.renew_ring();
        };
        self.change(Change::Weight { slot, weight }, weigh, cx);
        Ok(())
    }

    fn crashed(&mut self, slot: u8, cx: &mut Context<'_, Self>) {
        self.real.forget(slot, &self.keys);
        if let Some(shadow) = &mut self.shadow {
            shadow.forget(slot, &self.keys);
        }
        let node = &self.nodes[usize::from(slot)];
        if node.standing == Standing::Member {
            cx.say(Step::Crashed {
                slot,
                node: node.id,
            });
            cx.schedule(DETECTION, Event::Notice { slot });
        }
        self.measure(cx);
    }

    fn notice(&mut self, slot: u8, cx: &mut Context<'_, Self>) {
        let node = &self.nodes[usize::from(slot)];
        let is_down = cx.network().status(node.id) == Status::Crashed;
        if is_down && node.standing == Standing::Member {
            let lose = |cluster: &mut Self| {
                cluster.nodes[usize::from(slot)].standing = Standing::Lost;
                cluster.renew_ring();
            };
            self.change(Change::Lost { slot }, lose, cx);
        }
    }

    fn restarted(&mut self, slot: u8, cx: &mut Context<'_, Self>) {
        let node = &self.nodes[usize::from(slot)];
        match node.standing {
            Standing::Left => {}
            Standing::Member => cx.say(Step::Blinked {
                slot,
                node: node.id,
            }),
            Standing::Lost => {
                let rejoin = |cluster: &mut Self| {
                    cluster.nodes[usize::from(slot)].standing = Standing::Member;
                    cluster.renew_ring();
                };
                self.change(Change::Returned { slot }, rejoin, cx);
            }
        }
    }

    fn heat(&mut self, key: &str, percent: u32, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        let Some(index) = self.keys.find(self.ring.placement(), key.trim()) else {
            let some = self.keys.name(0);
            return Err(format!(
                "There is no key “{}”: try {some}, or paste your own.",
                key.trim()
            )
            .into());
        };
        let heat = |cluster: &mut Self| cluster.keys = cluster.keys.clone().heated(index, percent);
        self.change(Change::Heated, heat, cx);
        let nodes = self.real.spread_of(index);
        cx.say(Step::Heated {
            key: self.keys.name(index),
            percent,
            nodes,
        });
        Ok(())
    }

    fn paste(&mut self, text: &str, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        let pasted = Population::pasted(self.ring.placement(), text);
        self.keys = pasted.ok_or(Refusal::from("Paste at least one key."))?;
        // Lookups and shipments speak of the keys that were.
        self.lookups.clear();
        self.settle();
        self.audit = self.audited(Vec::new(), None);
        cx.say(Step::Pasted {
            keys: self.keys.len(),
        });
        self.measure(cx);
        Ok(())
    }

    fn land(&mut self, landing: &Landing, cx: &mut Context<'_, Self>) {
        let up = self.up(cx.world());
        let layout = match (landing.layout, &mut self.shadow) {
            (Which::Real, _) => &mut self.real,
            (Which::Shadow, Some(shadow)) => shadow,
            (Which::Shadow, None) => return,
        };
        match layout.land(landing.shipment, up, &self.keys) {
            Some(next) => cx.schedule_at(next, Event::Land(landing.clone())),
            None if landing.layout == Which::Real && layout.shipments().is_empty() => {
                cx.say(Step::Arrived);
            }
            None => {}
        }
        self.measure(cx);
    }

    /// Makes a change of members, settings or demand, follows it with copies and accounts for it.
    fn change(&mut self, change: Change, make: impl FnOnce(&mut Self), cx: &mut Context<'_, Self>) {
        let (ring, members) = (self.ring.clone(), self.members());
        make(self);
        let owners = self.owner_changes(&ring, &members);
        let (up, hands_over, now) = (self.up(cx.world()), self.knobs.hand_over, cx.now());

        let (plan, modulo_plan) = (self.plan(), self.modulo_plan());
        let (moved, shipment) = self.real.follow(plan, up, hands_over, now, &self.keys);
        schedule_landing(Which::Real, shipment, cx);
        let modulo_moved = self.shadow.as_mut().map(|shadow| {
            let (moved, shipment) = shadow.follow(modulo_plan, up, hands_over, now, &self.keys);
            schedule_landing(Which::Shadow, shipment, cx);
            moved
        });
        let outcome = Outcome {
            moved,
            keys: self.keys.len() as u64,
            modulo_moved,
        };
        self.audit = self.audited(owners, Some((change, outcome)));
        cx.count(MOVED, moved);
        cx.gauge(LAST_MOVED, moved as f64 / outcome.keys as f64);
        if let Some(moved) = modulo_moved {
            cx.gauge(MODULO_LAST_MOVED, moved as f64 / outcome.keys as f64);
        }
        self.measure(cx);
        let region = if self.knobs.rule == Rule::Modulo {
            "modulo"
        } else {
            "rebuild"
        };
        cx.say(Step::Changed {
            change,
            outcome,
            region,
        });
    }

    /// How many keys changed owner since an earlier ring and member list, by old and new owner.
    fn owner_changes(&self, ring: &HashRing<Peer>, members: &[u8]) -> Vec<(u8, u8, u64)> {
        let slot = |peer: Option<&Peer>| peer.map_or(NOBODY, |peer| peer.slot);
        if self.knobs.rule != Rule::Modulo {
            let moved = ring.handovers(&self.ring);
            return moved
                .iter()
                .map(|arc| {
                    let keys = arc.keys_within(self.keys.positions());
                    let count = keys.iter().map(|range| range.len() as u64).sum();
                    (slot(arc.from), slot(arc.to), count)
                })
                .collect();
        }
        let (placement, now) = (self.ring.placement(), self.members());
        let owner = |members: &[u8], position: u64| {
            placement
                .modulo(position, members.len())
                .map_or(NOBODY, |index| members[index])
        };
        let positions = self.keys.positions().iter();
        positions
            .map(|position| (owner(members, *position), owner(&now, *position), 1))
            .filter(|(from, to, _)| from != to)
            .collect()
    }

    fn audited(&self, owners: Vec<(u8, u8, u64)>, last: Option<(Change, Outcome)>) -> Audit {
        let members = self.members().iter().fold(0, |set, slot| set | bit(*slot));
        let count = |strays: &dyn Fn(u8, u8) -> bool| {
            let strays = owners.iter().filter(|(from, to, _)| strays(*from, *to));
            strays.map(|(_, _, count)| count).sum()
        };
        let (mut strays_on_join, mut strays_on_leave) = (0, 0);
        match last.map(|(change, _)| change) {
            Some(Change::Joined { slot } | Change::Returned { slot }) => {
                strays_on_join = count(&|_, to| to != slot);
            }
            Some(Change::Left { slot } | Change::Lost { slot }) => {
                strays_on_leave = count(&|from, _| from != slot);
            }
            Some(Change::Weight { .. } | Change::Settings | Change::Heated) | None => {}
        }
        let asked = self.real.all_asked().iter();
        let orphans = asked.filter(|slot| **slot == NOBODY || members & bit(**slot) == 0);
        Audit {
            orphans: orphans.count() as u64,
            strays_on_join,
            strays_on_leave,
            repeated: self.repeated_preference(),
            last,
        }
    }

    /// A key among some spread over the circle whose preference list names a node twice.
    fn repeated_preference(&self) -> Option<KeyName> {
        const LOOKED_AT: usize = 64;
        let step = self.keys.len().div_ceil(LOOKED_AT);
        let mut keys = (0..self.keys.len()).step_by(step);
        let key = keys.find(|key| {
            let list = self.preference_list(self.keys.positions()[*key]);
            let set: Slots = list.iter().fold(0, |set, slot| set | bit(*slot));
            set.count_ones() as usize != list.len()
        })?;
        Some(self.keys.name(key))
    }

    /// Everything is where it should be.
    fn settle(&mut self) {
        self.real = Layout::settled(self.plan());
        self.shadow = self
            .knobs
            .compare
            .then(|| Layout::settled(self.modulo_plan()));
    }

    fn plan(&self) -> Plan {
        if self.knobs.rule == Rule::Modulo {
            return self.modulo_plan();
        }
        let thousandths = (self.knobs.bound * 1_000.0 + 0.5) as u16;
        let bound = (thousandths > 0).then(|| Bound::from_thousandths(thousandths));
        Plan::on_ring(&self.ring, bound, self.knobs.replicas as usize, &self.keys)
    }

    fn modulo_plan(&self) -> Plan {
        let replicas = self.knobs.replicas as usize;
        Plan::modulo(self.ring.placement(), &self.members(), replicas, &self.keys)
    }

    fn measure(&self, cx: &mut Context<'_, Self>) {
        cx.gauge(COLD, self.real.cold_fraction(&self.keys));
        cx.gauge(HOTTEST, self.hottest());
        cx.gauge(UNEVENNESS, self.unevenness());
        if let Some(shadow) = &self.shadow {
            cx.gauge(MODULO_COLD, shadow.cold_fraction(&self.keys));
        }
    }

    /// The largest load of a member against what is fair for its weight.
    pub(super) fn hottest(&self) -> f64 {
        let fair = self.keys.total_demand() as f64 / self.total_weight().max(1) as f64;
        let loads = self
            .members()
            .into_iter()
            .filter(|slot| self.weight(*slot) > 0);
        loads
            .map(|slot| {
                let load = self.real.loads()[usize::from(slot)] as f64;
                load / (fair * f64::from(self.weight(slot)))
            })
            .fold(0.0, f64::max)
    }

    /// The standard deviation of the members' shares of the circle, by weight, over their mean.
    fn unevenness(&self) -> f64 {
        let total = self.total_weight() as f64;
        let owned = self.ring.owned();
        let shares = self
            .ring
            .members()
            .zip(owned)
            .filter(|(member, _)| member.weight > 0);
        let squares: Vec<f64> = shares
            .map(|(member, owned)| {
                let share = owned as f64 / CIRCLE * total / f64::from(member.weight);
                (share - 1.0) * (share - 1.0)
            })
            .collect();
        (squares.iter().sum::<f64>() / squares.len().max(1) as f64).sqrt()
    }

    /// Brings the ring up to date with the members and the settings, step by step: each takes
    /// over the points of all members but one.
    fn renew_ring(&mut self) {
        let placement = placement_of(&self.knobs);
        let mut ring = self.ring.clone();
        if ring.placement() != placement {
            ring = HashRing::new(placement);
        }
        for (slot, node) in (0_u8..).zip(&self.nodes) {
            let peer = Peer {
                address: Rc::clone(&self.addresses[usize::from(slot)]),
                slot,
            };
            let is_member = node.standing == Standing::Member;
            let weight = ring.member(&peer).map(|member| member.weight);
            let made = match weight {
                None if is_member => ring.add(peer, node.weight),
                Some(_) if !is_member => ring.remove(&peer),
                Some(weight) if weight != node.weight => ring.set_weight(&peer, node.weight),
                Some(_) | None => Ok(()),
            };
            made.expect("24 nodes of weight 8 with 1,000 points each are far below the limit");
        }
        self.ring = ring;
        self.drawing = Rc::default();
    }

    /// Takes the next slot for a node, and returns it.
    fn open_slot(&mut self, weight: u32, cx: &mut Context<'_, Self>) -> u8 {
        let slot = self.nodes.len() as u8;
        let id = cx.add_node(letter(slot));
        self.nodes.push(Node {
            id,
            weight,
            standing: Standing::Member,
        });
        slot
    }

    /// Refuses what would leave the circle without an owner.
    fn check_others_own_points(&self, slot: u8) -> Result<(), Refusal> {
        let others = self.members().into_iter().filter(|other| *other != slot);
        if others.map(|other| self.weight(other)).sum::<u32>() > 0 {
            Ok(())
        } else {
            Err("No other node has a weight: somebody must own the keys. Add a node first.".into())
        }
    }

    fn member_slot(&self, node: NodeId, cx: &mut Context<'_, Self>) -> Result<u8, Refusal> {
        let slot = self.slot_of(node).ok_or_else(|| {
            Refusal::from(format!(
                "Node {} is not a cache node: choose one from 1 to {}.",
                node.0,
                self.nodes.len()
            ))
        })?;
        if self.nodes[usize::from(slot)].standing != Standing::Member {
            return Err(format!("{} is not on the ring.", letter(slot)).into());
        }
        if cx.network().status(node) == Status::Crashed {
            return Err(format!("{} has crashed: restart it first.", letter(slot)).into());
        }
        Ok(slot)
    }

    /// The slot of a cache node; the clients have none.
    pub(super) fn slot_of(&self, node: NodeId) -> Option<u8> {
        let slot = self.nodes.iter().position(|known| known.id == node)?;
        Some(slot as u8)
    }

    /// The slots of the members, ascending.
    pub(super) fn members(&self) -> Vec<u8> {
        let slots = (0_u8..).zip(&self.nodes);
        let members = slots.filter(|(_, node)| node.standing == Standing::Member);
        members.map(|(slot, _)| slot).collect()
    }

    /// The weight that counts: under `hash mod n` all are equal.
    pub(super) fn weight(&self, slot: u8) -> u32 {
        match self.knobs.rule {
            Rule::Modern | Rule::Ketama => self.nodes[usize::from(slot)].weight,
            Rule::Modulo => 1,
        }
    }

    /// The weight of all members.
    pub(super) fn total_weight(&self) -> u64 {
        self.members()
            .into_iter()
            .map(|slot| u64::from(self.weight(slot)))
            .sum()
    }

    /// The nodes that have not crashed.
    fn up(&self, world: &World<Event>) -> Slots {
        let slots = (0_u8..).zip(&self.nodes);
        let up = slots.filter(|(_, node)| world.network().status(node.id) != Status::Crashed);
        up.fold(0, |set, (slot, _)| set | bit(slot))
    }
}

/// The number of positions on the circle.
const CIRCLE: f64 = 18_446_744_073_709_551_616.0;

/// A position in turns.
pub(super) fn turn(position: u64) -> f64 {
    position as f64 / CIRCLE
}

fn placement_of(knobs: &Knobs) -> Placement {
    match knobs.rule {
        Rule::Modern | Rule::Modulo => Placement::Modern {
            points_per_weight: knobs.vnodes,
        },
        Rule::Ketama => Placement::Ketama,
    }
}

/// An address for every slot, none twice: the seed draws where the points of the ring fall.
fn draw_addresses(cx: &mut Context<'_, Cluster>) -> Rc<[Rc<str>]> {
    let random = cx.rng(Stream::named("addresses"));
    let mut hosts: Vec<u64> = Vec::with_capacity(MAX_NODES);
    while hosts.len() < MAX_NODES {
        let host = random.below(1 << 24);
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    let address = |host: &u64| format!("10.{}.{}.{}", host >> 16, host >> 8 & 255, host & 255);
    let names = hosts
        .iter()
        .map(address)
        .map(|host| Server::new(&host, Server::DEFAULT_PORT));
    names.map(|server| server.to_string().into()).collect()
}

fn schedule_landing(
    layout: Which,
    shipment: Option<&super::layout::Shipment>,
    cx: &mut Context<'_, Cluster>,
) {
    if let Some(shipment) = shipment {
        let landing = Landing {
            layout,
            shipment: shipment.id,
        };
        cx.schedule_at(shipment.next_landing(), Event::Land(landing));
    }
}

/// The name of a promise that `hash mod n` breaks, and ketama with unequal weights.
pub(super) const JOINING: &str = "joining moves keys only to the newcomer";
/// The name of a promise that `hash mod n` breaks.
pub(super) const LEAVING: &str = "leaving moves only the leaver’s keys";

/// What is promised.
static PROPERTIES: &[Property<Cluster>] = &[
    Property::always(
        "one owner per key",
        "While a member has points, every key has exactly one owner, and it is a member.",
        |cluster, _| {
            let orphans = cluster.audit.orphans;
            let somebody = cluster.total_weight() > 0;
            holds(orphans == 0 || !somebody, || {
                format!("{orphans} keys have no owner")
            })
        },
    ),
    Property::always(
        JOINING,
        "When a node joins, a key that changes owner goes to that node.",
        |cluster, _| {
            let strays = cluster.audit.strays_on_join;
            holds(strays == 0, || {
                format!("{strays} keys changed owner between other nodes")
            })
        },
    ),
    Property::always(
        LEAVING,
        "When a node leaves or is lost, only the keys that it owned change owner.",
        |cluster, _| {
            let strays = cluster.audit.strays_on_leave;
            holds(strays == 0, || {
                format!("{strays} keys of other nodes changed owner")
            })
        },
    ),
    Property::always(
        "no node above the bound",
        "With a bound e on a ring, no node has more than (1 + e) times its fair share of the load, rounded up.",
        |cluster, _| {
            let over = cluster.over_capacity();
            holds(over.is_none(), || over.unwrap_or_default())
        },
    ),
    Property::always(
        "preference lists name distinct nodes",
        "No preference list names a node twice.",
        |cluster, _| match &cluster.audit.repeated {
            None => Ok(()),
            Some(key) => Err(format!("that of {key} does")),
        },
    ),
];

impl Cluster {
    fn over_capacity(&self) -> Option<String> {
        let capacities = self.real.capacities()?;
        let mut loads = self.real.loads().iter().zip(capacities).zip(0_u8..);
        let ((load, most), slot) = loads.find(|((load, most), _)| load > most)?;
        Some(format!(
            "{} has {load} units of load, its bound is {most}",
            letter(slot)
        ))
    }
}
