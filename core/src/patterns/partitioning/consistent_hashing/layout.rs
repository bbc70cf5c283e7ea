//! Who should hold which key under a rule, who does hold it, and what is on its way.
//!
//! The ring and `hash mod n` are two rules with one bookkeeping: a [`Plan`] says where keys should
//! be, a [`Layout`] follows it with copies that take time to move. Nodes are numbered slots, sets
//! of nodes are bits.

use std::rc::Rc;

use super::algorithm::{Bound, HashRing, Placement, assign_within, capacities};
use super::orbits::KeptCrowd;
use super::population::Population;
use crate::sorted::SortedMap;
use crate::time::{SimTime, Span};

/// Most nodes at a time.
pub(super) const MAX_NODES: usize = 24;

/// In place of a slot: there is no node to ask.
pub(super) const NOBODY: u8 = u8::MAX;

/// The name of the node in a slot.
pub(super) fn letter(slot: u8) -> char {
    char::from(b'A' + slot)
}

/// A set of slots.
pub(super) type Slots = u32;

/// The set of one slot.
pub(super) const fn bit(slot: u8) -> Slots {
    1 << slot
}

/// Where every key should be.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// Whom a lookup asks, by key; of a spread key the first.
    asked: Vec<u8>,
    /// The keys whose demand is spread over several slots, and how.
    spread: SortedMap<u32, Vec<(u8, u64)>>,
    /// Who should hold a copy, by key.
    wanted: Vec<Slots>,
    /// The demand on each slot.
    loads: Rooms,
    /// The most demand a slot may have, when there is a bound.
    capacities: Option<Rooms>,
    /// The room that each slot was given: as much, or more that it had before.
    rooms: Option<Rooms>,
}

/// So much demand for each slot.
pub(super) type Rooms = [u64; MAX_NODES];

/// How keys are placed on a ring.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rules<'a> {
    /// How far above the average a load may go.
    pub(super) bound: Option<Bound>,
    /// Room that slots have under the bound before this one and do not give back.
    pub(super) kept: Option<&'a Rooms>,
    /// How many copies there are of each key.
    pub(super) replicas: usize,
    /// Whether copies go to the next points, whoever has them, and not to the next nodes.
    pub(super) next_points: bool,
}

/// The nodes of a key at `position` in the order in which they are asked.
pub(super) fn preference_list(
    ring: &HashRing<Peer>,
    position: u64,
    wanted: usize,
    next_points: bool,
) -> impl Iterator<Item = u8> {
    let list = match next_points {
        true => ring.next_points_at(position, wanted),
        false => ring.preference_list_at(position, wanted),
    };
    list.into_iter().map(|peer| peer.slot)
}

/// A node as the ring hashes it: an address, and the slot it stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Peer {
    /// The bytes that place it; no two peers share them.
    pub(super) address: Rc<str>,
    /// Its slot.
    pub(super) slot: u8,
}

impl AsRef<[u8]> for Peer {
    fn as_ref(&self) -> &[u8] {
        self.address.as_bytes()
    }
}

impl Plan {
    /// Places the keys on `ring`.
    pub(super) fn on_ring(ring: &HashRing<Peer>, rules: Rules<'_>, keys: &Population) -> Self {
        let slots: Vec<u8> = ring.members().map(|member| member.node.slot).collect();
        let mut plan = Self::empty(keys);
        let demand = keys
            .positions()
            .iter()
            .copied()
            .zip(keys.demand().iter().copied());
        let capacities = capacities(ring, rules.bound, keys.total_demand());
        let rooms = slots.iter().zip(&capacities);
        let rooms = rooms.map(|(slot, most)| match rules.kept {
            Some(kept) => kept[usize::from(*slot)].max(*most),
            None => *most,
        });
        let assignment = assign_within(ring, rooms.collect(), demand);
        for portion in &assignment.portions {
            let (key, slot) = (portion.key as usize, slots[portion.member as usize]);
            if plan.asked[key] == NOBODY {
                plan.asked[key] = slot;
            }
            plan.wanted[key] |= bit(slot);
            plan.loads[usize::from(slot)] += portion.units;
            if portion.units < keys.demand()[key] {
                plan.spread
                    .entry(portion.key)
                    .or_default()
                    .push((slot, portion.units));
            }
        }
        if rules.bound.is_some() {
            let by_slot = |rooms: &[u64]| {
                let mut all = [0; MAX_NODES];
                for (slot, room) in slots.iter().zip(rooms) {
                    all[usize::from(*slot)] = *room;
                }
                all
            };
            plan.capacities = Some(by_slot(&capacities));
            plan.rooms = Some(by_slot(&assignment.capacities));
        }
        if rules.replicas > 1 {
            plan.add_preference_lists(ring, rules, keys);
        }
        plan
    }

    /// Places the keys on `members` by `hash mod n`; copies go to the members that follow.
    pub(super) fn modulo(
        placement: Placement,
        members: &[u8],
        replicas: usize,
        keys: &Population,
    ) -> Self {
        let mut plan = Self::empty(keys);
        for (key, position) in keys.positions().iter().enumerate() {
            let Some(first) = placement.modulo(*position, members.len()) else {
                break;
            };
            let copies = replicas.min(members.len());
            for step in 0..copies {
                plan.wanted[key] |= bit(members[(first + step) % members.len()]);
            }
            plan.asked[key] = members[first];
            plan.loads[usize::from(members[first])] += keys.demand()[key];
        }
        plan
    }

    fn empty(keys: &Population) -> Self {
        Self {
            asked: vec![NOBODY; keys.len()],
            spread: SortedMap::new(),
            wanted: vec![0; keys.len()],
            loads: [0; MAX_NODES],
            capacities: None,
            rooms: None,
        }
    }

    /// Whom the lookup for `unit`, counted from zero, of the demand for `key` asks; [`NOBODY`]
    /// when there is no node.
    pub(super) fn asked(&self, key: usize, unit: u64) -> u8 {
        let Some(portions) = self.spread.get(&(key as u32)) else {
            return self.asked[key];
        };
        let mut passed = 0;
        let hit = portions.iter().find(|(_, units)| {
            passed += units;
            unit < passed
        });
        hit.map_or(NOBODY, |(slot, _)| *slot)
    }

    /// Whom lookups ask first, by key.
    pub(super) fn all_asked(&self) -> &[u8] {
        &self.asked
    }

    /// How much of the demand for `key` goes to slots that are not among those that hold it.
    fn cold(&self, key: usize, held: Slots, keys: &Population) -> u64 {
        match self.spread.get(&(key as u32)) {
            Some(portions) => {
                let cold = portions.iter().filter(|(slot, _)| held & bit(*slot) == 0);
                cold.map(|(_, units)| units).sum()
            }
            None if self.asked[key] != NOBODY && held & bit(self.asked[key]) != 0 => 0,
            None => keys.demand()[key],
        }
    }

    /// All keys of an arc have one preference list: it is looked up once per arc.
    fn add_preference_lists(&mut self, ring: &HashRing<Peer>, rules: Rules<'_>, keys: &Population) {
        let (mut through, mut list) = (None, 0);
        for (wanted, position) in self.wanted.iter_mut().zip(keys.positions()) {
            if through.is_none_or(|through| *position > through) {
                let nodes = preference_list(ring, *position, rules.replicas, rules.next_points);
                list = nodes.fold(0, |set, slot| set | bit(slot));
                // Behind the last point the arc goes on over the top of the circle.
                through = ring
                    .walk(*position)
                    .next()
                    .map(|(point, _)| if point < *position { u64::MAX } else { point });
            }
            *wanted |= list;
        }
    }
}

/// Keys on their way after one change.
#[derive(Debug, Clone)]
pub(super) struct Shipment {
    /// Identifies it among those of its layout.
    pub(super) id: u32,
    started: SimTime,
    moves: Rc<[Move]>,
    landed: u32,
}

/// One copy of one key on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move {
    /// The key.
    pub(super) key: u32,
    /// The slot it comes from.
    pub(super) from: u8,
    /// The slot it goes to.
    pub(super) to: u8,
}

/// How long one key is on its way: long enough to follow with the eye.
const FLIGHT: Span = Span::from_millis(900);
/// Over how long the keys of a shipment set out, at most.
const DEPARTURES: Span = Span::from_millis(1_600);
/// Time between two departures of a small shipment.
const DEPARTURE_GAP: Span = Span::from_millis(8);
/// A shipment lands in so many parts: one event each.
const WAVES: u32 = 16;

impl Shipment {
    /// Every copy, in the order of keys, and how far it is on its way: 0 and less before it sets
    /// out, 1 when it is there and waits for the rest of its wave, nothing once that has landed.
    pub(super) fn progress(&self, now: SimTime) -> impl Iterator<Item = (Move, Option<f64>)> {
        let since = (now - self.started).as_nanos() as f64;
        let last = (self.moves.len().max(2) - 1) as f64;
        let departures = self.departures().as_nanos() as f64;
        let landed = self.first_of(self.landed);
        let moves = self.moves.iter().enumerate();
        moves.map(move |(index, copy)| {
            let gone = since - departures * index as f64 / last;
            let gone = (gone / FLIGHT.as_nanos() as f64).min(1.0);
            (*copy, (index >= landed).then_some(gone))
        })
    }

    /// Whether it brings, or has brought, this copy.
    pub(super) fn brings(&self, copy: Move) -> bool {
        let place = |other: &Move| (other.key, other.to).cmp(&(copy.key, copy.to));
        self.moves.binary_search_by(place).is_ok()
    }

    /// When the next wave has landed: after its last copy.
    pub(super) fn next_landing(&self) -> SimTime {
        let departed = self.departures() * u64::from(self.landed + 1) / u64::from(WAVES);
        self.started + departed + FLIGHT
    }

    fn departures(&self) -> Span {
        DEPARTURES.min(DEPARTURE_GAP * self.moves.len() as u64)
    }

    fn wave(&self, wave: u32) -> &[Move] {
        &self.moves[self.first_of(wave)..self.first_of(wave + 1)]
    }

    /// The index of the first copy of a wave.
    fn first_of(&self, wave: u32) -> usize {
        self.moves.len() * wave as usize / WAVES as usize
    }
}

/// Where every key should be and is, under one rule.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    plan: Rc<Plan>,
    /// Who holds a copy, by key.
    copies: Rc<Vec<Slots>>,
    shipments: Vec<Shipment>,
    shipped: u32,
    cold: u64,
    crowd: KeptCrowd,
}

impl Layout {
    /// A layout that has followed `plan` since long ago.
    pub(super) fn settled(plan: Plan) -> Self {
        Self {
            copies: Rc::new(plan.wanted.clone()),
            plan: Rc::new(plan),
            shipments: Vec::new(),
            shipped: 0,
            cold: 0,
            crowd: KeptCrowd::default(),
        }
    }

    /// Takes over `plan`. What a node should hold now and does not is sent to it by one of `up`
    /// that has it, when there is one and copies are handed over at all. Returns how many keys
    /// got a node they were not meant for before, and what was sent.
    pub(super) fn follow(
        &mut self,
        plan: Plan,
        up: Slots,
        hands_over: bool,
        now: SimTime,
        keys: &Population,
    ) -> (u64, Option<&Shipment>) {
        let mut moved = 0;
        let mut moves = Vec::new();
        let coming = self.coming();
        self.crowd = KeptCrowd::default();
        let copies = Rc::make_mut(&mut self.copies);
        for (key, held) in copies.iter_mut().enumerate() {
            let (before, wanted) = (self.plan.wanted[key], plan.wanted[key]);
            moved += u64::from(wanted & !before != 0);
            let former = self.plan.asked[key];
            let givers = *held & up;
            let missing =
                Ones(wanted & !*held & !coming[key]).filter(|_| hands_over && givers != 0);
            moves.extend(missing.map(|to| Move {
                key: key as u32,
                from: giver(givers, former),
                to,
            }));
            // What nobody waits for any more is dropped; what must still be read from stays.
            if wanted & !*held == 0 || !hands_over {
                *held &= wanted;
            }
        }
        self.plan = Rc::new(plan);
        self.cold = self.count_cold(keys);
        if moves.is_empty() {
            return (moved, None);
        }
        self.shipped += 1;
        self.shipments.push(Shipment {
            id: self.shipped,
            started: now,
            moves: moves.into(),
            landed: 0,
        });
        (moved, self.shipments.last())
    }

    /// The next wave of a shipment arrives; a copy is lost when the node that sent it or the one
    /// it goes to is not among `up`. Returns when the wave after it arrives, if there is one.
    pub(super) fn land(&mut self, shipment: u32, up: Slots, keys: &Population) -> Option<SimTime> {
        let mut shipments = self.shipments.iter();
        let index = shipments.position(|known| known.id == shipment)?;
        let arrived = self.shipments[index].clone();
        let copies = Rc::make_mut(&mut self.copies);
        for copy in arrived.wave(arrived.landed) {
            let (key, both) = (copy.key as usize, bit(copy.from) | bit(copy.to));
            if both & up != both {
                continue;
            }
            self.cold -= self.plan.cold(key, copies[key], keys);
            copies[key] |= bit(copy.to);
            if self.plan.wanted[key] & !copies[key] == 0 {
                copies[key] &= self.plan.wanted[key];
            }
            self.cold += self.plan.cold(key, copies[key], keys);
        }
        self.shipments[index].landed += 1;
        if self.shipments[index].landed < WAVES {
            return Some(self.shipments[index].next_landing());
        }
        self.shipments.remove(index);
        self.crowd = KeptCrowd::default();
        None
    }

    /// `slot` has fetched `key` from where it is kept for good; one that should not hold it does
    /// not keep it.
    pub(super) fn fill(&mut self, key: usize, slot: u8, keys: &Population) {
        let held = self.copies[key];
        let filled = held | bit(slot) & self.plan.wanted[key];
        if filled != held {
            self.crowd = KeptCrowd::default();
            Rc::make_mut(&mut self.copies)[key] = filled;
            self.cold -= self.plan.cold(key, held, keys);
            self.cold += self.plan.cold(key, filled, keys);
        }
    }

    /// `slot` has lost all it held.
    pub(super) fn forget(&mut self, slot: u8, keys: &Population) {
        self.crowd = KeptCrowd::default();
        for held in Rc::make_mut(&mut self.copies) {
            *held &= !bit(slot);
        }
        self.cold = self.count_cold(keys);
    }

    /// Where every key should be.
    pub(super) const fn plan(&self) -> &Rc<Plan> {
        &self.plan
    }

    /// Whom a lookup asks, as [`Plan::asked`] says.
    pub(super) fn asked(&self, key: usize, unit: u64) -> u8 {
        self.plan.asked(key, unit)
    }

    /// Whom lookups ask first, by key.
    pub(super) fn all_asked(&self) -> &[u8] {
        self.plan.all_asked()
    }

    /// Among how many slots the demand for `key` is spread.
    pub(super) fn spread_of(&self, key: usize) -> usize {
        self.plan.spread.get(&(key as u32)).map_or(1, Vec::len)
    }

    /// Who should hold a copy, by key.
    pub(super) fn all_wanted(&self) -> &[Slots] {
        &self.plan.wanted
    }

    /// Whether `slot` holds `key`.
    pub(super) fn holds(&self, slot: u8, key: usize) -> bool {
        slot != NOBODY && self.copies[key] & bit(slot) != 0
    }

    /// The part of all demand that finds its node without the key.
    pub(super) fn cold_fraction(&self, keys: &Population) -> f64 {
        self.cold as f64 / keys.total_demand().max(1) as f64
    }

    /// The demand on each slot.
    pub(super) fn loads(&self) -> &Rooms {
        &self.plan.loads
    }

    /// The most demand each slot may have, when there is a bound.
    pub(super) fn capacities(&self) -> Option<&Rooms> {
        self.plan.capacities.as_ref()
    }

    /// The room that each slot was given, when there is a bound.
    pub(super) fn rooms(&self) -> Option<&Rooms> {
        self.plan.rooms.as_ref()
    }

    /// Whether `slot` has all the load that a bound allows it.
    pub(super) fn is_full(&self, slot: u8) -> bool {
        let slot = usize::from(slot);
        let capacities = self.plan.capacities.as_ref();
        capacities.is_some_and(|most| most[slot] > 0 && self.plan.loads[slot] >= most[slot])
    }

    /// What was last drawn of it, but for what shipments bring.
    pub(super) const fn crowd(&self) -> &KeptCrowd {
        &self.crowd
    }

    /// What is on its way.
    pub(super) fn shipments(&self) -> &[Shipment] {
        &self.shipments
    }

    /// Who is being sent a copy, by key.
    pub(super) fn coming(&self) -> Vec<Slots> {
        self.receivers(|shipment| shipment.first_of(shipment.landed))
    }

    /// Who is sent a copy by a shipment that has not landed as a whole, by key.
    pub(super) fn sent(&self) -> Vec<Slots> {
        self.receivers(|_| 0)
    }

    /// Whom shipments bring copies, by key, counted from a copy of each on.
    fn receivers(&self, first: impl Fn(&Shipment) -> usize) -> Vec<Slots> {
        let mut receivers = vec![0; self.copies.len()];
        for shipment in &self.shipments {
            for copy in &shipment.moves[first(shipment)..] {
                receivers[copy.key as usize] |= bit(copy.to);
            }
        }
        receivers
    }

    fn count_cold(&self, keys: &Population) -> u64 {
        let held = self.copies.iter().enumerate();
        held.map(|(key, held)| self.plan.cold(key, *held, keys))
            .sum()
    }
}

/// Which of the `givers` sends a copy: whoever was asked for the key before, else the first.
fn giver(givers: Slots, former: u8) -> u8 {
    if former != NOBODY && givers & bit(former) != 0 {
        former
    } else {
        givers.trailing_zeros() as u8
    }
}

/// The slots of a set, ascending.
pub(super) struct Ones(pub(super) Slots);

impl Iterator for Ones {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if self.0 == 0 {
            return None;
        }
        let slot = self.0.trailing_zeros() as u8;
        self.0 &= self.0 - 1;
        Some(slot)
    }
}
