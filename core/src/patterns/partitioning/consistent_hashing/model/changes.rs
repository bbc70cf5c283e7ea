//! Changes of members, demand and settings: what they do to the ring, what moves, and the account
//! of it that the promises are held against.

use std::rc::Rc;

use super::super::algorithm::{Bound, HashRing};
use super::super::layout::{
    Layout, MAX_NODES, NOBODY, Peer, Plan, Rules, Shipment, Slots, bit, letter,
};
use super::super::population::Population;
use super::super::steps::{Change, Outcome, Step};
use super::{
    Audit, CIRCLE, COLD, Cluster, DETECTION, Event, HOTTEST, LAST_MOVED, LATENESS, Landing,
    MODULO_COLD, MODULO_LAST_MOVED, MOVED, Node, Repeated, Rule, Standing, UNEVENNESS, Which,
    placement_of,
};
use crate::kernel::network::Status;
use crate::prelude::*;

impl Cluster {
    pub(super) fn add_node(
        &mut self,
        weight: u32,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Refusal> {
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

    pub(super) fn remove_node(
        &mut self,
        node: NodeId,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Refusal> {
        let slot = self.member_slot(node, cx)?;
        self.check_others_own_points(slot)?;
        let leave = |cluster: &mut Self| {
            cluster.nodes[usize::from(slot)].standing = Standing::Left;
            cluster.renew_ring();
        };
        self.change(Change::Left { slot }, leave, cx);
        Ok(())
    }

    pub(super) fn set_weight(
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

    pub(super) fn crashed(&mut self, slot: u8, cx: &mut Context<'_, Self>) {
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

    pub(super) fn notice(&mut self, slot: u8, cx: &mut Context<'_, Self>) {
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

    pub(super) fn restarted(&mut self, slot: u8, cx: &mut Context<'_, Self>) {
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

    pub(super) fn heat(
        &mut self,
        key: &str,
        percent: u32,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Refusal> {
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

    pub(super) fn paste(&mut self, text: &str, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        let pasted = Population::pasted(self.ring.placement(), text);
        self.keys = pasted.ok_or(Refusal::from("Paste at least one key."))?;
        // Lookups and shipments speak of the keys that were.
        self.lookups.clear();
        self.settle();
        if let Some(late) = &mut self.late {
            late.plan = Rc::clone(self.real.plan());
            late.news.clear();
        }
        self.audit = self.audited(&[], None);
        cx.say(Step::Pasted {
            keys: self.keys.len(),
        });
        self.measure(cx);
        Ok(())
    }

    pub(super) fn land(&mut self, landing: &Landing, cx: &mut Context<'_, Self>) {
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
    pub(super) fn change(
        &mut self,
        change: Change,
        make: impl FnOnce(&mut Self),
        cx: &mut Context<'_, Self>,
    ) {
        let (ring, members) = (self.ring.clone(), self.members());
        make(self);
        let owners = self.owner_changes(&ring, &members);
        let (up, hands_over, now) = (self.up(cx.world()), self.knobs.hand_over, cx.now());

        let plan = self.plan();
        let (moved, shipment) = self.real.follow(plan, up, hands_over, now, &self.keys);
        schedule_landing(Which::Real, shipment, cx);
        if let Some(late) = &mut self.late {
            late.news
                .push_back((now + LATENESS, Rc::clone(self.real.plan())));
            cx.schedule(LATENESS, Event::Learn);
        }
        let modulo_plan = self.shadow.is_some().then(|| self.modulo_plan());
        let modulo_moved = self.shadow.as_mut().zip(modulo_plan).map(|(shadow, plan)| {
            let (moved, shipment) = shadow.follow(plan, up, hands_over, now, &self.keys);
            schedule_landing(Which::Shadow, shipment, cx);
            moved
        });
        let outcome = Outcome {
            moved,
            keys: self.keys.len() as u64,
            modulo_moved,
        };
        self.audit = self.audited(&owners, Some((change, outcome)));
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

    pub(super) fn audited(
        &self,
        owners: &[(u8, u8, u64)],
        last: Option<(Change, Outcome)>,
    ) -> Audit {
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
            disputed: self.disputed(),
            strays_on_join,
            strays_on_leave,
            repeated: self.repeated_preference(),
            last,
        }
    }

    /// The late clients hear of the change that they have not heard of the longest.
    pub(super) fn learn(&mut self, cx: &mut Context<'_, Self>) {
        let Some(late) = &mut self.late else {
            return;
        };
        let is_due = |(due, _): &(SimTime, Rc<Plan>)| *due <= cx.now();
        // Not one that a change of all keys has made void.
        if let Some((_, plan)) = late.news.pop_front_if(|news| is_due(news)) {
            late.plan = plan;
            let node = late.id;
            self.audit.disputed = self.disputed();
            cx.say(Step::Learned { node });
        }
    }

    /// How many keys the late clients ask another node for than the others.
    fn disputed(&self) -> u64 {
        let Some(late) = &self.late else {
            return 0;
        };
        let asked = self.real.all_asked().iter().zip(late.plan.all_asked());
        asked.filter(|(now, before)| now != before).count() as u64
    }

    /// Where a preference list names a node twice. Positions up to a point of the ring share one
    /// list, so there is one to look at for each point, and under `hash mod n` for each member.
    fn repeated_preference(&self) -> Option<Repeated> {
        let repeats = |list: &[u8]| {
            let set: Slots = list.iter().fold(0, |set, slot| set | bit(*slot));
            set.count_ones() as usize != list.len()
        };
        if self.knobs.rule == Rule::Modulo {
            let members = self.members();
            let mut firsts = 0..members.len();
            let first = firsts.find(|first| repeats(&self.list_from(&members, *first)))?;
            return Some(Repeated::First(members[first]));
        }
        let mut points = self.ring.walk(0).map(|(point, _)| point);
        let point = points.find(|point| repeats(&self.preference_list(*point)))?;
        Some(Repeated::UpTo(point))
    }

    /// Everything is where it should be.
    pub(super) fn settle(&mut self) {
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
        let rules = Rules {
            bound,
            kept: self.real.rooms().filter(|_| !self.knobs.shrink_rooms),
            replicas: self.knobs.replicas as usize,
            next_points: !self.knobs.skip_met,
        };
        Plan::on_ring(&self.ring, rules, &self.keys)
    }

    pub(super) fn modulo_plan(&self) -> Plan {
        let replicas = self.knobs.replicas as usize;
        Plan::modulo(self.ring.placement(), &self.members(), replicas, &self.keys)
    }

    pub(super) fn measure(&self, cx: &mut Context<'_, Self>) {
        cx.gauge(COLD, self.real.cold_fraction(&self.keys));
        cx.gauge(HOTTEST, self.hottest());
        cx.gauge(UNEVENNESS, self.unevenness());
        if let Some(shadow) = &self.shadow {
            cx.gauge(MODULO_COLD, shadow.cold_fraction(&self.keys));
        }
    }

    /// The largest load of a member against what is fair for its weight.
    pub(crate) fn hottest(&self) -> f64 {
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
    pub(super) fn renew_ring(&mut self) {
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
            let Ok(()) = made else {
                unreachable!("24 nodes of weight 8 with 1,000 points each are far below the limit");
            };
        }
        self.ring = ring;
        self.drawing = Rc::default();
    }

    /// Takes the next slot for a node, and returns it.
    pub(super) fn open_slot(&mut self, weight: u32, cx: &mut Context<'_, Self>) -> u8 {
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
    pub(crate) fn members(&self) -> Vec<u8> {
        let slots = (0_u8..).zip(&self.nodes);
        let members = slots.filter(|(_, node)| node.standing == Standing::Member);
        members.map(|(slot, _)| slot).collect()
    }

    /// The weight that counts: under `hash mod n` all are equal.
    pub(crate) fn weight(&self, slot: u8) -> u32 {
        match self.knobs.rule {
            Rule::Modern | Rule::Ketama => self.nodes[usize::from(slot)].weight,
            Rule::Modulo => 1,
        }
    }

    /// The weight of all members.
    pub(crate) fn total_weight(&self) -> u64 {
        self.members()
            .into_iter()
            .map(|slot| u64::from(self.weight(slot)))
            .sum()
    }

    /// The nodes that have not crashed.
    pub(super) fn up(&self, world: &World<Event>) -> Slots {
        let slots = (0_u8..).zip(&self.nodes);
        let up = slots.filter(|(_, node)| world.network().status(node.id) != Status::Crashed);
        up.fold(0, |set, (slot, _)| set | bit(slot))
    }
}

fn schedule_landing(layout: Which, shipment: Option<&Shipment>, cx: &mut Context<'_, Cluster>) {
    if let Some(shipment) = shipment {
        let landing = Landing {
            layout,
            shipment: shipment.id,
        };
        cx.schedule_at(shipment.next_landing(), Event::Land(landing));
    }
}
