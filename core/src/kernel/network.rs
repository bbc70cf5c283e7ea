//! The simulated network: nodes, links, their delays and faults.
//!
//! One verdict per message (deliver now or later, once or twice, or lose it), one small set of
//! faults for every pattern that has nodes. What is in flight lives in the event queue, not here.

mod faults;
mod links;

use crate::kernel::random::{Chance, Duration, Random};
use crate::sorted::SortedSet;
use crate::spec::{Kind, Setting, SettingError, Spec};
use crate::time::{SimTime, Span};
use crate::value::Value;
pub(crate) use faults::Aftermath;
use links::{Link, Links};

/// A node of the running model, by its order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NodeId(pub u16);

/// A set of nodes, as an argument of an action.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeSet(pub SortedSet<NodeId>);

/// What a node is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Running.
    Up,
    /// Stopped: its timers are gone, messages to it are lost.
    Crashed,
    /// Stopped for a while: timers and messages wait.
    Paused,
}

/// How messages travel on a link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinkProfile {
    /// One-way delay.
    pub latency: Duration,
    /// Probability that a message is lost.
    pub loss: Chance,
    /// Probability that a message arrives twice.
    pub duplicate: Chance,
    /// Probability that a message is held up for up to four more delays, so that later ones
    /// overtake it.
    pub reorder: Chance,
    /// Whether the link keeps the order of what it carries, as TCP does.
    pub ordered: bool,
}

impl Default for LinkProfile {
    fn default() -> Self {
        Self {
            latency: Duration::Constant(Span::from_millis(50)),
            loss: Chance::NEVER,
            duplicate: Chance::NEVER,
            reorder: Chance::NEVER,
            ordered: false,
        }
    }
}

/// What the network does with one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Deliver { after: Span, again: Option<Span> },
    Lose { after: Span },
    Hold,
}

#[derive(Debug, Clone)]
struct Node {
    name: String,
    status: Status,
    incarnation: u32,
    clock: Clock,
}

/// A local clock: it read `local` at `at` and runs `rate` parts per million of true speed.
#[derive(Debug, Clone, Copy)]
struct Clock {
    at: SimTime,
    local: SimTime,
    rate_ppm: u64,
}

const TRUE_RATE_PPM: u64 = 1_000_000;

/// Nodes and links, and what ails them.
#[derive(Debug, Clone, Default)]
pub struct Network {
    nodes: Vec<Node>,
    default: LinkProfile,
    links: Links,
}

crate::actions! {
    /// Faults that every pattern with nodes understands.
    pub enum Fault {
        /// Stops a node at once: what it held in memory, its timers and messages on the way to it are lost.
        Crash {
            /// The node that stops.
            node: NodeId = NodeId(0), "Node";
        } = "crash", "Crash";
        /// Starts a crashed node again with what it had on disk.
        Restart {
            /// The node that starts.
            node: NodeId = NodeId(0), "Node";
        } = "restart", "Restart";
        /// Stops a node for a while, as a long garbage collection does: its timers and messages wait.
        Pause {
            /// The node that stops.
            node: NodeId = NodeId(0), "Node";
        } = "pause", "Pause";
        /// Lets a paused node go on.
        Resume {
            /// The node that goes on.
            node: NodeId = NodeId(0), "Node";
        } = "resume", "Resume";
        /// Cuts the links between some nodes and all others.
        Partition {
            /// The nodes on one side.
            nodes: NodeSet = NodeSet::default(), "Nodes";
            /// Cut only what they send; what they receive still arrives.
            one_way: bool = false, "One way only";
            /// The nodes that both sides still reach.
            bridge: NodeSet = NodeSet::default(), "Bridge";
        } = "partition", "Partition";
        /// Mends every cut link.
        Repair {} = "repair", "Repair links";
        /// Keeps back all messages from one node to another.
        Hold {
            /// The sender.
            from: NodeId = NodeId(0), "From";
            /// The receiver.
            to: NodeId = NodeId(1), "To";
        } = "hold", "Hold messages";
        /// Sends on what was kept back.
        Release {
            /// The sender.
            from: NodeId = NodeId(0), "From";
            /// The receiver.
            to: NodeId = NodeId(1), "To";
        } = "release", "Release messages";
        /// Makes all links of a node slower.
        Slow {
            /// The node.
            node: NodeId = NodeId(0), "Node";
            /// How many times slower; 1 mends it.
            factor: u32 = 10, "Factor", range(1, 1000);
        } = "slow", "Slow down";
        /// Moves the clock of a node and lets it run faster or slower.
        Skew {
            /// The node.
            node: NodeId = NodeId(0), "Node";
            /// How far its clock jumps; negative is back.
            offset_ms: i64 = 0, "Jump", range(-3_600_000, 3_600_000), unit("ms");
            /// Its speed against true time.
            rate_percent: u32 = 100, "Speed", range(1, 1000), unit("%");
        } = "skew", "Skew clock";
        /// Loses one message that is on its way.
        Drop {
            /// The number of the message.
            message: i64 = 0, "Message";
        } = "drop", "Lose this message";
    }
}

impl Network {
    /// Adds a node and returns its handle.
    pub fn add_node(&mut self, name: impl Into<String>) -> NodeId {
        self.nodes.push(Node {
            name: name.into(),
            status: Status::Up,
            incarnation: 0,
            clock: Clock {
                at: SimTime::ZERO,
                local: SimTime::ZERO,
                rate_ppm: TRUE_RATE_PPM,
            },
        });
        NodeId((self.nodes.len() - 1) as u16)
    }

    /// Every node, in order of creation.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u16).map(NodeId)
    }

    /// How many nodes there are.
    pub const fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the model has no nodes.
    pub const fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// A node's name; empty when there is no such node.
    pub fn name(&self, node: NodeId) -> &str {
        self.nodes
            .get(usize::from(node.0))
            .map_or("", |node| node.name.as_str())
    }

    /// What a node is doing; a node that does not exist counts as crashed.
    pub fn status(&self, node: NodeId) -> Status {
        self.nodes
            .get(usize::from(node.0))
            .map_or(Status::Crashed, |node| node.status)
    }

    /// Whether a node is running.
    pub fn is_up(&self, node: NodeId) -> bool {
        self.status(node) == Status::Up
    }

    /// What a node's own clock reads at true time `now`.
    pub fn clock(&self, node: NodeId, now: SimTime) -> SimTime {
        self.nodes
            .get(usize::from(node.0))
            .map_or(now, |node| node.clock.read(now))
    }

    /// Sets how messages travel where no link says otherwise.
    pub const fn set_default_profile(&mut self, profile: LinkProfile) {
        self.default = profile;
    }

    /// Sets how messages travel from one node to another.
    pub fn set_profile(&mut self, from: NodeId, to: NodeId, profile: LinkProfile) {
        self.links.of(from, to).profile = Some(profile);
    }

    /// How messages travel from one node to another.
    pub fn profile(&self, from: NodeId, to: NodeId) -> LinkProfile {
        self.links
            .get(from, to)
            .and_then(|link| link.profile)
            .unwrap_or(self.default)
    }

    /// Whether messages from one node to another are cut off.
    pub fn is_cut(&self, from: NodeId, to: NodeId) -> bool {
        self.links.get(from, to).is_some_and(|link| link.cut)
    }

    /// Whether messages from one node to another are kept back.
    pub fn is_held(&self, from: NodeId, to: NodeId) -> bool {
        self.links.get(from, to).is_some_and(|link| link.held)
    }

    /// Whether any link is cut.
    pub fn is_partitioned(&self) -> bool {
        self.links.values().any(|link| link.cut)
    }

    /// Whether a link is slowed.
    pub fn is_slow(&self, from: NodeId, to: NodeId) -> bool {
        let link = self.links.get(from, to);
        link.is_some_and(|link| link.slow.is_some_and(|by| by > 1))
    }

    /// Whether all links of a node are slowed.
    pub fn is_slowed(&self, node: NodeId) -> bool {
        let mut others = self.nodes().filter(|other| *other != node).peekable();
        others.peek().is_some() && others.all(|other| self.is_slow(node, other))
    }

    /// Whether a node's clock runs as fast as true time does, whatever it shows.
    pub fn clock_is_steady(&self, node: NodeId) -> bool {
        self.rate_ppm(node) == TRUE_RATE_PPM
    }

    /// Whether nothing ails it: every node runs, no clock is slow, and no link is cut, held or
    /// slowed.
    pub fn is_whole(&self) -> bool {
        let well = |node: &Node| node.status == Status::Up && node.clock.rate_ppm >= TRUE_RATE_PPM;
        let ailing = |link: &Link| link.cut || link.held || link.slow.is_some_and(|by| by > 1);
        self.nodes.iter().all(well) && !self.links.values().any(ailing)
    }

    pub(crate) fn incarnation(&self, node: NodeId) -> u32 {
        self.nodes
            .get(usize::from(node.0))
            .map_or(0, |node| node.incarnation)
    }

    /// True time that passes while the node's own clock counts `local`.
    pub(crate) fn true_span(&self, node: NodeId, local: Span) -> Span {
        scaled(local, TRUE_RATE_PPM, self.rate_ppm(node))
    }

    /// How fast a node's clock runs, in parts per million of true speed.
    pub(crate) fn rate_ppm(&self, node: NodeId) -> u64 {
        self.nodes
            .get(usize::from(node.0))
            .map_or(TRUE_RATE_PPM, |n| n.clock.rate_ppm)
    }

    /// Decides what happens to a message sent now. It always takes the same number of draws, so
    /// that a fault does not shift the fates of later messages.
    pub(crate) fn judge(
        &mut self,
        from: NodeId,
        to: NodeId,
        now: SimTime,
        random: &mut Random,
    ) -> Fate {
        let link = self.links.get(from, to);
        let own = link.and_then(|link| link.profile.as_ref());
        let profile = own.unwrap_or(&self.default);
        let (cut, held) = link.map_or((false, false), |link| (link.cut, link.held));
        let factor = u64::from(link.and_then(|link| link.slow).unwrap_or(1));
        let lost = random.happens(profile.loss) || cut;
        let doubled = random.happens(profile.duplicate);
        let overtaken = random.happens(profile.reorder);
        let extra = random.below(4_000);
        let first = profile.latency.sample(random);
        let second = profile.latency.sample(random) * factor;
        if held {
            return Fate::Hold;
        }
        if !profile.ordered {
            let after = if overtaken {
                stretch(first, extra)
            } else {
                first
            };
            return fate(lost, doubled, after * factor, second);
        }
        let link = self.links.of(from, to);
        let due = (now + first * factor).max(link.last_due);
        if !lost {
            link.last_due = due;
        }
        fate(lost, doubled, due - now, (due - now) + second)
    }

    fn set_status(&mut self, node: NodeId, status: Status) {
        if let Some(node) = self.nodes.get_mut(usize::from(node.0)) {
            if status == Status::Crashed && node.status != Status::Crashed {
                node.incarnation += 1;
            }
            node.status = status;
        }
    }

    /// Cuts the links between some nodes and all others but those of the bridge.
    pub(crate) fn cut(
        &mut self,
        side: &SortedSet<NodeId>,
        bridge: &SortedSet<NodeId>,
        one_way: bool,
    ) {
        let is_beyond = |to: &NodeId| !side.contains(to) && !bridge.contains(to);
        for from in side.iter().copied() {
            for to in self.nodes().filter(is_beyond) {
                self.links.of(from, to).cut = true;
                if !one_way {
                    self.links.of(to, from).cut = true;
                }
            }
        }
    }

    /// Mends the cut links between some nodes and all others.
    pub(crate) fn mend(&mut self, side: &SortedSet<NodeId>) {
        for (from, to, link) in self.links.iter_mut() {
            if side.contains(&from) != side.contains(&to) {
                link.cut = false;
            }
        }
    }

    fn repair(&mut self) {
        self.links
            .iter_mut()
            .for_each(|(_, _, link)| link.cut = false);
    }

    fn set_held(&mut self, from: NodeId, to: NodeId, held: bool) {
        self.links.of(from, to).held = held;
    }

    fn slow(&mut self, node: NodeId, factor: u32) {
        for other in self.nodes().filter(|other| *other != node) {
            for (from, to) in [(node, other), (other, node)] {
                self.links.of(from, to).slow = Some(factor);
            }
        }
    }

    pub(crate) fn skew(&mut self, node: NodeId, now: SimTime, offset_ms: i64, rate_percent: u32) {
        if let Some(node) = self.nodes.get_mut(usize::from(node.0)) {
            let read = node.clock.read(now);
            let jump = Span::from_millis(offset_ms.unsigned_abs());
            let local = if offset_ms < 0 {
                read - jump
            } else {
                read + jump
            };
            node.clock = Clock {
                at: now,
                local,
                rate_ppm: u64::from(rate_percent) * 10_000,
            };
        }
    }
}

impl Clock {
    fn read(&self, now: SimTime) -> SimTime {
        let passed = u128::from((now - self.at).as_nanos());
        let counted = passed * u128::from(self.rate_ppm) / u128::from(TRUE_RATE_PPM);
        self.local + Span::from_nanos(u64::try_from(counted).unwrap_or(u64::MAX))
    }
}

/// The span times one rate over another.
pub(crate) fn scaled(span: Span, times: u64, over: u64) -> Span {
    if times == over {
        return span;
    }
    let nanos = u128::from(span.as_nanos()) * u128::from(times) / u128::from(over.max(1));
    Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

fn stretch(span: Span, thousandths: u64) -> Span {
    span + span * thousandths / 1_000
}

fn fate(lost: bool, doubled: bool, after: Span, second: Span) -> Fate {
    if lost {
        // A lost message is seen to vanish half-way.
        Fate::Lose { after: after / 2 }
    } else {
        Fate::Deliver {
            after,
            again: doubled.then_some(second),
        }
    }
}

impl Setting for NodeId {
    fn kind() -> Kind {
        Kind::Node
    }
    fn to_value(&self) -> Value {
        Value::Int(i64::from(self.0))
    }
    fn from_value(value: &Value, spec: &Spec) -> Result<Self, SettingError> {
        match value {
            Value::Int(int) => u16::try_from(*int)
                .map(Self)
                .map_err(|_| spec.wrong_form(value)),
            Value::Flag(_) | Value::Real(_) | Value::Text(_) => Err(spec.wrong_form(value)),
        }
    }
}

impl Setting for NodeSet {
    fn kind() -> Kind {
        Kind::Nodes
    }
    fn to_value(&self) -> Value {
        let indices: Vec<String> = self.0.iter().map(|node| node.0.to_string()).collect();
        Value::Text(indices.join(" "))
    }
    fn from_value(value: &Value, spec: &Spec) -> Result<Self, SettingError> {
        match value {
            Value::Text(text) => {
                let mut nodes = SortedSet::new();
                for index in text.split_whitespace() {
                    let index = index.parse().map_err(|_| spec.wrong_form(value))?;
                    nodes.insert(NodeId(index));
                }
                Ok(Self(nodes))
            }
            Value::Flag(_) | Value::Int(_) | Value::Real(_) => Err(spec.wrong_form(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (Network, NodeId, NodeId) {
        let mut network = Network::default();
        let (a, b) = (network.add_node("a"), network.add_node("b"));
        (network, a, b)
    }

    #[test]
    fn a_cut_one_way_still_lets_messages_in() {
        let (mut network, a, b) = pair();
        network.cut(&SortedSet::from([a]), &SortedSet::new(), true);
        let mut random = Random::new(1);
        assert!(matches!(
            network.judge(a, b, SimTime::ZERO, &mut random),
            Fate::Lose { .. }
        ));
        assert!(matches!(
            network.judge(b, a, SimTime::ZERO, &mut random),
            Fate::Deliver { .. }
        ));
        network.repair();
        assert!(matches!(
            network.judge(a, b, SimTime::ZERO, &mut random),
            Fate::Deliver { .. }
        ));
    }

    #[test]
    fn a_bridge_reaches_both_sides_of_a_cut() {
        let mut network = Network::default();
        let [a, b, c] = ["a", "b", "c"].map(|name| network.add_node(name));
        let only = |node| SortedSet::from([node]);
        network.cut(&only(a), &only(b), false);
        let cut: Vec<_> = [(a, b), (b, a), (b, c), (c, b), (a, c), (c, a)]
            .into_iter()
            .filter(|(from, to)| network.is_cut(*from, *to))
            .collect();
        assert_eq!(cut, [(a, c), (c, a)]);
    }

    #[test]
    fn an_ordered_link_never_lets_a_message_overtake() {
        let (mut network, a, b) = pair();
        network.set_default_profile(LinkProfile {
            latency: Duration::Exponential(Span::from_millis(50)),
            ordered: true,
            ..LinkProfile::default()
        });
        let mut random = Random::new(9);
        let mut last = SimTime::ZERO;
        for step in 0..500 {
            let now = SimTime::from_millis(step * 5);
            if let Fate::Deliver { after, .. } = network.judge(a, b, now, &mut random) {
                assert!(now + after >= last);
                last = now + after;
            }
        }
    }

    #[test]
    fn a_fast_clock_counts_more_and_its_timers_fire_sooner() {
        let (mut network, a, _) = pair();
        network.skew(a, SimTime::from_secs(10), -2_000, 200);
        assert_eq!(
            network.clock(a, SimTime::from_secs(10)),
            SimTime::from_secs(8)
        );
        assert_eq!(
            network.clock(a, SimTime::from_secs(11)),
            SimTime::from_secs(10)
        );
        assert_eq!(network.true_span(a, Span::from_secs(4)), Span::from_secs(2));
    }

    #[test]
    fn a_network_is_whole_again_when_every_fault_is_mended() {
        let (mut network, a, b) = pair();
        assert!(network.is_whole());
        network.set_status(a, Status::Paused);
        network.slow(b, 10);
        network.skew(a, SimTime::ZERO, 5_000, 50);
        network.set_held(a, b, true);
        assert!(network.is_slowed(b) && !network.clock_is_steady(a));
        network.set_status(a, Status::Up);
        network.slow(b, 1);
        network.skew(a, SimTime::ZERO, 0, 100);
        assert!(!network.is_whole());
        network.set_held(a, b, false);
        assert!(
            network.is_whole(),
            "a clock may be wrong, as long as it is not slow"
        );
        assert!(!network.is_slowed(b) && network.clock_is_steady(a));
    }

    #[test]
    fn a_fault_does_not_shift_the_fates_of_later_messages() {
        let lossy = LinkProfile {
            latency: Duration::Exponential(Span::from_millis(10)),
            loss: Chance::percent(20.0),
            ..LinkProfile::default()
        };
        let (mut clean, a, b) = pair();
        let (mut faulty, ..) = pair();
        clean.set_default_profile(lossy);
        faulty.set_default_profile(lossy);
        faulty.set_held(a, b, true);
        let (mut left, mut right) = (Random::new(4), Random::new(4));
        for _ in 0..50 {
            clean.judge(a, b, SimTime::ZERO, &mut left);
            faulty.judge(a, b, SimTime::ZERO, &mut right);
        }
        faulty.set_held(a, b, false);
        assert_eq!(
            clean.judge(a, b, SimTime::ZERO, &mut left),
            faulty.judge(a, b, SimTime::ZERO, &mut right)
        );
    }
}
