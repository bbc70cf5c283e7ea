//! A disc of keys: each at the angle of its hash, on the track of the node that has it.
//!
//! A node is a track, so a contiguous arc of the ring is a contiguous stretch of one track, and a
//! key that gets another node flies from track to track at its own angle. Tracks tell the nodes
//! apart without colour.

use std::cell::RefCell;

use super::layout::{Layout, MAX_NODES, Move, NOBODY, Ones, bit};
use super::population::Population;
use crate::prelude::*;
use crate::scene::{Point, Rect, Swarm};

/// Where the tracks of a disc lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Orbits {
    /// The middle of the disc.
    pub(super) center: Point,
    /// Half the side of its square.
    half: f64,
    tracks: usize,
}

/// The radii of the innermost and outermost track, in parts of half the square: inside is room for
/// a figure, outside for the ring and what is marked on it.
const TRACKS: (f64, f64) = (0.33, 0.745);
/// Where a lookup comes in: at the inner edge of the ring.
const RIM: f64 = 0.85;
/// How much of the way to the next track the keys of one track take up.
const BAND: f64 = 0.55;
/// The radius of a point of a crowd of one, in parts of half the square: the more points, the
/// smaller, so that they take up the same area.
const DOT: f64 = 0.42;
/// Above this many points only the node that is asked first shows a key, and not its copies.
const MOST_COPIES_SHOWN: usize = 30_000;

impl Orbits {
    /// A disc in the largest square inside `frame` with room for `tracks`.
    pub(super) fn new(frame: Rect, tracks: usize) -> Self {
        Self {
            center: frame.center(),
            half: frame.short_side() / 2.0,
            tracks: tracks.clamp(2, MAX_NODES),
        }
    }

    fn step(self) -> f64 {
        (TRACKS.1 - TRACKS.0) * self.half / (self.tracks - 1) as f64
    }

    /// The radius of the track of `slot`.
    pub(super) fn radius(self, slot: u8) -> f64 {
        TRACKS.0 * self.half + self.step() * f64::from(slot)
    }

    /// Where a lookup for a key at `turn` comes in.
    pub(super) fn rim(self, turn: f64) -> Point {
        self.center.polar(RIM * self.half, turn)
    }

    /// Where a key at `turn` lies on the track of `slot`.
    pub(super) fn place(self, slot: u8, turn: f64) -> Point {
        self.center.polar(self.radius(slot), turn)
    }

    /// Where the point of a key lies on a track: beside its middle, to keep keys from hiding each
    /// other.
    pub(super) fn spot(self, keys: &Population, key: usize, track: f64) -> (f32, f32) {
        let (across, down) = keys.directions()[key];
        let off = (keys.scatter(key) - 0.5) * BAND;
        let radius = (TRACKS.0 * self.half + self.step() * (track + off)) as f32;
        (
            self.center.x as f32 + radius * across,
            self.center.y as f32 + radius * down,
        )
    }

    /// Every copy of every key as a point.
    pub(super) fn keys(self, layout: &Layout, keys: &Population, now: SimTime) -> Crowd {
        let mut kept = layout.crowd().0.borrow_mut();
        let still = match kept.take() {
            Some((orbits, still)) if orbits == self => still,
            Some(_) | None => self.still(layout, keys),
        };
        let crowd = match layout.shipments() {
            [] => still.clone(),
            _ => self.with_shipments(&still, layout, keys, now),
        };
        *kept = Some((self, still));
        crowd
    }

    /// The keys that others ask another node for, on the tracks of `asked`.
    pub(super) fn disputed(self, asked: &[u8], layout: &Layout, keys: &Population) -> Swarm {
        let mut dots = Dots::new(self, keys, 2.0);
        let owners = asked.iter().zip(layout.all_asked()).enumerate();
        for (key, (asked, owner)) in owners {
            if asked != owner && *asked != NOBODY {
                dots.put(key, f64::from(*asked), Tone::Refused);
            }
        }
        dots.swarm()
    }

    /// What stays where it is until the layout changes: everything but what a shipment brings.
    fn still(self, layout: &Layout, keys: &Population) -> Crowd {
        let copies = layout
            .all_wanted()
            .iter()
            .map(|set| set.count_ones() as usize);
        let count = copies.sum::<usize>();
        let radius = (DOT * self.half / (count.max(1) as f64).sqrt()).clamp(0.75, 3.5) as f32;
        let dots = |more: f32| Dots::new(self, keys, radius * more);
        let (mut settled, moving, mut missing) = (dots(1.0), dots(1.2), dots(1.4));

        let all_copies = count <= MOST_COPIES_SHOWN;
        let sent = layout.sent();
        let wanted = layout.all_wanted().iter().zip(layout.all_asked());
        for (key, ((wanted, asked), sent)) in wanted.zip(sent).enumerate() {
            let shown = |slot: &u8| all_copies || slot == asked;
            for slot in Ones(*wanted & !sent).filter(shown) {
                if layout.holds(slot, key) {
                    settled.put(key, f64::from(slot), tone_of(slot));
                } else {
                    missing.put(key, f64::from(slot), Tone::Failed);
                }
            }
            if *asked == NOBODY {
                missing.put(key, INSIDE, Tone::Failed);
            }
        }
        Crowd {
            settled: settled.swarm(),
            waiting: dots(1.0).swarm(),
            moving: moving.swarm(),
            missing: missing.swarm(),
            all_copies,
        }
    }

    /// What stays where it is, and what shipments bring.
    fn with_shipments(
        self,
        still: &Crowd,
        layout: &Layout,
        keys: &Population,
        now: SimTime,
    ) -> Crowd {
        let dots = |like: &Swarm| Dots::new(self, keys, like.radius);
        let (mut waiting, mut moving) = (dots(&still.waiting), dots(&still.moving));
        let mut missing = dots(&still.missing);
        let (wanted, asked) = (layout.all_wanted(), layout.all_asked());
        for (index, shipment) in layout.shipments().iter().enumerate() {
            let later = &layout.shipments()[index + 1..];
            for (copy, gone) in shipment.progress(now) {
                let (key, slot) = (copy.key as usize, copy.to);
                let (from, to) = (f64::from(copy.from), f64::from(slot));
                match gone {
                    Some(gone) if gone <= 0.0 => waiting.put(key, from, tone_of(copy.from)),
                    Some(gone) if gone < 1.0 => moving.put(key, between(copy, gone), Tone::Active),
                    Some(_) => waiting.put(key, to, tone_of(slot)),
                    None => {}
                }
                let due = wanted[key] & bit(slot) != 0
                    && (still.all_copies || slot == asked[key])
                    && !later.iter().any(|shipment| shipment.brings(copy));
                if due && layout.holds(slot, key) {
                    waiting.put(key, to, tone_of(slot));
                } else if due && gone.is_none() {
                    missing.put(key, to, Tone::Failed);
                }
            }
        }
        Crowd {
            waiting: waiting.swarm(),
            moving: moving.swarm(),
            missing: joined(&still.missing, &missing.swarm()),
            ..still.clone()
        }
    }
}

/// The points of a layout that no shipment brings, kept until they change. A clone begins without
/// them.
#[derive(Debug, Default)]
pub(super) struct KeptCrowd(RefCell<Option<(Orbits, Crowd)>>);

impl Clone for KeptCrowd {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// The keys of a disc. What is out of place is a little larger.
#[derive(Debug, Clone)]
pub(super) struct Crowd {
    /// Where they should be.
    pub(super) settled: Swarm,
    /// Of a shipment under way, but about to set out or there already.
    pub(super) waiting: Swarm,
    /// On their way from one track to another.
    pub(super) moving: Swarm,
    /// Wanted on a track, but not there and not on their way.
    pub(super) missing: Swarm,
    /// Whether every copy is shown, and not only the one that is asked for first.
    all_copies: bool,
}

/// Inside the innermost track, where keys lie that no node owns.
pub(super) const INSIDE: f64 = -1.5;

/// The track, with its fraction, of a copy that has gone a part of its way.
pub(super) fn between(copy: Move, gone: f64) -> f64 {
    let (from, to) = (f64::from(copy.from), f64::from(copy.to));
    from + (to - from) * eased(gone)
}

/// The points of both.
fn joined(one: &Swarm, other: &Swarm) -> Swarm {
    if other.is_empty() {
        return one.clone();
    }
    Swarm {
        radius: one.radius,
        x: one.x.iter().chain(&*other.x).copied().collect(),
        y: one.y.iter().chain(&*other.y).copied().collect(),
        tone: one.tone.iter().chain(&*other.tone).copied().collect(),
    }
}

/// Slow at both ends.
fn eased(part: f64) -> f64 {
    part * part * (3.0 - 2.0 * part)
}

/// Points being collected.
struct Dots<'a> {
    orbits: Orbits,
    keys: &'a Population,
    radius: f32,
    x: Vec<f32>,
    y: Vec<f32>,
    tone: Vec<u8>,
}

impl<'a> Dots<'a> {
    const fn new(orbits: Orbits, keys: &'a Population, radius: f32) -> Self {
        Self {
            orbits,
            keys,
            radius,
            x: Vec::new(),
            y: Vec::new(),
            tone: Vec::new(),
        }
    }

    fn put(&mut self, key: usize, track: f64, tone: Tone) {
        let (x, y) = self.orbits.spot(self.keys, key, track);
        self.x.push(x);
        self.y.push(y);
        self.tone.push(tone.index());
    }

    fn swarm(self) -> Swarm {
        Swarm {
            radius: self.radius,
            x: self.x.into(),
            y: self.y.into(),
            tone: self.tone.into(),
        }
    }
}

/// The tone of the node in `slot`: the series without its first, which looks like what is moving.
pub(super) const fn tone_of(slot: u8) -> Tone {
    Tone::series(slot as usize + 1)
}
