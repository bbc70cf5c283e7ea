//! A cluster of caches that clients find by consistent hashing, and what becomes of it when nodes
//! come and go.

mod changes;
mod lookups;
mod promises;

use std::collections::VecDeque;
use std::rc::Rc;

use super::algorithm::{HashRing, Placement, Server};
use super::layout::{Layout, MAX_NODES, Peer, Plan};
use super::population::{KeyName, Population};
use super::scene::Drawing;
use super::steps::{Change, Outcome, Step};
use crate::prelude::*;
use crate::sorted::SortedMap;
pub(super) use promises::{BOUNDED, DISTINCT, JOINING, LEAVING, ONE_OWNER};

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
        /// Let all clients take over a new member list at the same instant. Without it half of
        /// them hear of every change two seconds late.
        one_list: bool = true, "One member list", safeguard(), group("Ring");
        /// Let copies go to the next distinct nodes. Without it they go to the next points, and
        /// two of these may be points of one node.
        skip_met: bool = true, "Skip nodes on the list", safeguard(), group("Ring");
        /// Under a bound, let a node give keys up when its fair share shrinks. Without it a node
        /// keeps the room that it once had.
        shrink_rooms: bool = true, "Take room back", safeguard(), group("Ring");
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
/// How long after the others the late clients hear of a change.
pub(super) const LATENESS: Span = Span::from_secs(2);
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
    /// The late clients hear of a change.
    Learn,
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
            Self::Learn => "learn",
        };
        label.into()
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Found { hit: true, .. } => Tone::Good,
            Self::Found { hit: false, .. } | Self::Fetched { .. } => Tone::Stale,
            Self::GiveUp { .. } | Self::Notice { .. } => Tone::Failed,
            Self::Ask { .. } | Self::Get { .. } | Self::Land(_) | Self::Learn => Tone::Active,
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
    /// Who asks.
    from: NodeId,
    /// The key; one that is not among the run's has no number.
    pub(super) key: Option<usize>,
    pub(super) name: KeyName,
    pub(super) position: u64,
    pub(super) slot: u8,
    asked: SimTime,
}

/// Clients with a member list of their own, who hear of every change late.
#[derive(Debug, Clone)]
pub(super) struct Late {
    pub(super) id: NodeId,
    /// Where keys should be, for all they know.
    pub(super) plan: Rc<Plan>,
    /// What they will hear, and when.
    pub(super) news: VecDeque<(SimTime, Rc<Plan>)>,
    /// Whether the lookup before was theirs.
    asks: bool,
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
    /// Keys that have another owner for the late clients.
    pub(super) disputed: u64,
    /// Keys that changed owner when a node joined, although it was not to that node.
    strays_on_join: u64,
    /// Keys that changed owner when a node left, although it had not owned them.
    strays_on_leave: u64,
    /// Where a preference list names a node twice.
    repeated: Option<Repeated>,
    /// The change and what it came to; none at the start.
    pub(super) last: Option<(Change, Outcome)>,
}

/// Positions whose preference list names a node twice.
#[derive(Debug, Clone, Copy)]
enum Repeated {
    /// Those up to this point of the ring.
    UpTo(u64),
    /// Those whose first node is in this slot, under `hash mod n`.
    First(u8),
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
    /// There are none where all clients go by one member list.
    pub(super) late: Option<Late>,
    pub(super) lookups: SortedMap<u64, Lookup>,
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
            late: None,
            lookups: SortedMap::new(),
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
        cluster.late = (!knobs.one_list).then(|| Late {
            id: cx.add_node("late clients"),
            plan: Rc::clone(cluster.real.plan()),
            news: VecDeque::new(),
            asks: false,
        });
        cluster.audit = cluster.audited(&[], None);
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
            Event::Learn => self.learn(cx),
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

    fn on_crash(&mut self, node: NodeId, cx: &mut Context<'_, Self>) {
        match self.slot_of(node) {
            Some(slot) => self.crashed(slot, cx),
            None => self.lookups.retain(|_, lookup| lookup.from != node),
        }
    }

    fn on_restart(&mut self, node: NodeId, cx: &mut Context<'_, Self>) {
        if let Some(slot) = self.slot_of(node) {
            self.restarted(slot, cx);
        }
    }

    fn metrics() -> &'static [MetricSpec] {
        METRICS
    }

    fn properties() -> &'static [Property<Self>] {
        promises::PROPERTIES
    }

    fn scene(&self, world: &World<Event>, scene: &mut SceneBuilder) {
        super::scene::draw(self, world, scene);
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
