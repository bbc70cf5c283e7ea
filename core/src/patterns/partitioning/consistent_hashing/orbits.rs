//! A disc of keys: each at the angle of its hash, on the track of the node that has it.
//!
//! A node is a track, so a contiguous arc of the ring is a contiguous stretch of one track, and a
//! key that gets another node flies from track to track at its own angle. Tracks tell the nodes
//! apart without colour.

use std::cell::RefCell;

use super::layout::{Layout, MAX_NODES, NOBODY, Ones, bit};
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

    /// Every copy of every key as a point.
    pub(super) fn keys(self, layout: &Layout, keys: &Population, now: SimTime) -> Crowd {
        if !layout.shipments().is_empty() {
            return self.collect(layout, keys, now);
        }
        let mut kept = layout.crowd().0.borrow_mut();
        match &*kept {
            Some((orbits, crowd)) if *orbits == self => crowd.clone(),
            Some(_) | None => {
                let crowd = self.collect(layout, keys, now);
                *kept = Some((self, crowd.clone()));
                crowd
            }
        }
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

    fn collect(self, layout: &Layout, keys: &Population, now: SimTime) -> Crowd {
        let copies = layout
            .all_wanted()
            .iter()
            .map(|set| set.count_ones() as usize);
        let count = copies.sum::<usize>();
        let radius = (DOT * self.half / (count.max(1) as f64).sqrt()).clamp(0.75, 3.5) as f32;
        let dots = |more: f32| Dots::new(self, keys, radius * more);
        let (mut settled, mut moving, mut missing) = (dots(1.0), dots(1.2), dots(1.4));

        let coming = layout.coming();
        let wanted = layout.all_wanted().iter().zip(layout.all_asked());
        for (key, (wanted, asked)) in wanted.enumerate() {
            let shown = |slot: &u8| count <= MOST_COPIES_SHOWN || slot == asked;
            for slot in Ones(*wanted).filter(shown) {
                if layout.holds(slot, key) {
                    settled.put(key, f64::from(slot), tone_of(slot));
                } else if coming[key] & bit(slot) == 0 {
                    missing.put(key, f64::from(slot), Tone::Failed);
                }
            }
            if *asked == NOBODY {
                missing.put(key, INSIDE, Tone::Failed);
            }
        }
        let shipments = layout.shipments().iter();
        for (copy, gone) in shipments.flat_map(|shipment| shipment.progress(now)) {
            let (from, to) = (f64::from(copy.from), f64::from(copy.to));
            let key = copy.key as usize;
            if gone <= 0.0 {
                settled.put(key, from, tone_of(copy.from));
            } else if gone < 1.0 {
                moving.put(key, from + (to - from) * eased(gone), Tone::Active);
            } else {
                settled.put(key, to, tone_of(copy.to));
            }
        }
        Crowd {
            settled: settled.swarm(),
            moving: moving.swarm(),
            missing: missing.swarm(),
        }
    }
}

/// The points of a layout at rest, kept until the layout changes. A clone begins without them.
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
    /// On their way from one track to another.
    pub(super) moving: Swarm,
    /// Wanted on a track, but not there and not on their way.
    pub(super) missing: Swarm,
}

/// Inside the innermost track, where keys lie that no node owns.
const INSIDE: f64 = -1.5;

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
        let (across, down) = self.keys.directions()[key];
        let off = (self.keys.scatter(key) - 0.5) * BAND;
        let radius = (TRACKS.0 * self.orbits.half + self.orbits.step() * (track + off)) as f32;
        self.x.push(self.orbits.center.x as f32 + radius * across);
        self.y.push(self.orbits.center.y as f32 + radius * down);
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
