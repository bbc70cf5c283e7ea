//! Lookups: a client asks the node that it believes has the key, and waits.

use super::super::algorithm::Placement;
use super::super::layout::{NOBODY, bit, preference_list};
use super::super::population::KeyName;
use super::super::steps::{Step, Why};
use super::{
    COLD, Cluster, Event, FETCH, Inspected, LATENCY, LOOKUPS, Late, Lookup, MISSES, MODULO_COLD,
    MODULO_MISSES, PATIENCE, Rule, TIMEOUTS, Which, turn,
};
use crate::prelude::*;

impl Cluster {
    pub(super) fn schedule_ask(&mut self, cx: &mut Context<'_, Self>) {
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
    pub(super) fn ask_for(&mut self, key: usize, cx: &mut Context<'_, Self>) {
        // One draw for every lookup, so that a bound does not shift the stream.
        let unit = cx
            .rng(Stream::named("portion"))
            .below(self.keys.demand()[key]);
        self.ask_shadow(key, cx);
        let (from, slot) = match self.late_turn() {
            Some(late) => (late.id, late.plan.asked(key, unit)),
            None => (self.clients, self.real.asked(key, unit)),
        };
        let (name, position) = (self.keys.name(key), self.keys.positions()[key]);
        self.send_lookup(
            Lookup {
                from,
                key: Some(key),
                name,
                position,
                slot,
                asked: cx.now(),
            },
            cx,
        );
    }

    /// The late clients, whenever it is their turn to ask.
    fn late_turn(&mut self) -> Option<&Late> {
        let late = self.late.as_mut()?;
        late.asks = !late.asks;
        late.asks.then_some(late)
    }

    fn send_lookup(&mut self, lookup: Lookup, cx: &mut Context<'_, Self>) {
        let from = lookup.from;
        if !cx.network().is_up(from) {
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
        cx.send(from, node, Event::Get { lookup: number });
        cx.schedule(PATIENCE, Event::GiveUp { lookup: number });
    }

    fn why(&self, lookup: &Lookup) -> Why {
        if self.knobs.rule == Rule::Modulo {
            return Why::Modulo;
        }
        match self.ring.owner_at(lookup.position) {
            Some(owner) if owner.slot == lookup.slot => Why::Owner,
            Some(_) | None if self.has_not_heard(lookup.from) => Why::OldList,
            Some(_) | None => Why::Overflow,
        }
    }

    /// Whether these are the late clients and a change is still news to them.
    fn has_not_heard(&self, clients: NodeId) -> bool {
        let late = self.late.as_ref().filter(|late| late.id == clients);
        late.is_some_and(|late| !late.news.is_empty())
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

    pub(super) fn answer(&mut self, number: u64, cx: &mut Context<'_, Self>) {
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
                lookup.from,
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

    pub(super) fn fetched(&mut self, number: u64, cx: &mut Context<'_, Self>) {
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
            lookup.from,
            Event::Found {
                lookup: number,
                hit: false,
            },
        );
    }

    pub(super) fn found(&mut self, number: u64, hit: bool, cx: &mut Context<'_, Self>) {
        if let Some(lookup) = self.lookups.remove(&number) {
            cx.count(LOOKUPS, 1);
            cx.count(MISSES, u64::from(!hit));
            cx.observe(LATENCY, (cx.now() - lookup.asked).as_secs_f64());
        }
    }

    pub(super) fn give_up(&mut self, number: u64, cx: &mut Context<'_, Self>) {
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

    pub(super) fn look_up(
        &mut self,
        text: &str,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Refusal> {
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
            way: self.way_to_owner(position),
            region: match (self.knobs.rule, self.knobs.skip_met) {
                (Rule::Modulo, _) => "modulo",
                (Rule::Modern | Rule::Ketama, true) => "preference-list",
                (Rule::Modern | Rule::Ketama, false) => "next-points",
            },
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
                        from: self.clients,
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

    /// How much of the circle it is from `position` to its owner's point; mod n has no circle.
    fn way_to_owner(&self, position: u64) -> Option<f64> {
        if self.knobs.rule == Rule::Modulo {
            return None;
        }
        let (point, _) = self.ring.walk(position).next()?;
        Some(turn(point.wrapping_sub(position)))
    }

    /// The nodes of a key at `position` in the order in which they are asked.
    pub(crate) fn preference_list(&self, position: u64) -> Vec<u8> {
        self.preference_list_under(Which::Real, position)
    }

    /// The same under one of two rules.
    pub(in super::super) fn preference_list_under(&self, which: Which, position: u64) -> Vec<u8> {
        if self.knobs.rule == Rule::Modulo || which == Which::Shadow {
            let members = self.members();
            let first = self
                .ring
                .placement()
                .modulo(position, members.len())
                .unwrap_or(0);
            return self.list_from(&members, first);
        }
        preference_list(
            &self.ring,
            position,
            self.list_length(),
            !self.knobs.skip_met,
        )
        .collect()
    }

    /// The nodes of a key under `hash mod n`, by the place of the first among the members.
    pub(super) fn list_from(&self, members: &[u8], first: usize) -> Vec<u8> {
        let following = members.iter().cycle().skip(first);
        let length = self.list_length().min(members.len());
        following.take(length).copied().collect()
    }

    /// Long enough to show who inherits a key.
    fn list_length(&self) -> usize {
        (self.knobs.replicas as usize).max(3)
    }

    /// The hash of a key as people write it.
    pub(crate) fn hash_words(&self, position: u64) -> String {
        match self.ring.placement() {
            Placement::Modern { .. } => format!("{position:016x}"),
            Placement::Ketama => format!("{:08x}", position >> 32),
        }
    }
}
