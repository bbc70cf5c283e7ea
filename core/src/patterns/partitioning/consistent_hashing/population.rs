//! The keys of a run: their names, their places on the circle, and how much each is asked for.
//!
//! Keys are numbered in ring order, so that an arc is a range of numbers. Everything is shared
//! between clones; a run changes it only when keys are pasted or heated.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use super::algorithm::Placement;
use super::model::turn;
use crate::kernel::random::{Random, Zipf};
use crate::real::sin_cos;

/// The keys of a run.
#[derive(Debug, Clone)]
pub(super) struct Population {
    names: Names,
    /// Ascending.
    positions: Rc<[u64]>,
    /// The number of the name of each key.
    labels: Rc<[u32]>,
    demand: Rc<[u64]>,
    /// Sums of demand up to and including each key, for drawing one.
    sums: Rc<[u64]>,
    /// The key that is asked for most.
    hottest: usize,
    alike: bool,
    /// Worked out when first drawn.
    directions: Rc<OnceCell<Vec<(f32, f32)>>>,
}

#[derive(Debug, Clone)]
enum Names {
    /// "user:0", "user:1" and so on.
    Numbered,
    /// As pasted.
    Given(Rc<[Rc<str>]>),
}

/// The name of a key, cheap to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyName {
    /// "user:" and this number.
    Numbered(u32),
    /// As pasted or typed.
    Given(Rc<str>),
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbered(number) => write!(f, "user:{number}"),
            Self::Given(name) => f.write_str(name),
        }
    }
}

/// Units of demand of an average key when popularity differs: fine enough that rounding shows
/// nowhere. When all keys are equal one unit is one key.
const UNITS_PER_KEY: f64 = 1_000.0;

impl Population {
    /// `count` keys "user:0", "user:1", ... whose popularity follows Zipf's law with exponent `s`
    /// in that order; zero makes them equal.
    pub(super) fn numbered(placement: Placement, count: u32, s: f64) -> Self {
        let law = Zipf::new(count as usize, s);
        let demand = |rank: u32| {
            if s == 0.0 {
                1
            } else {
                let units = UNITS_PER_KEY * f64::from(count) * law.probability(rank as usize);
                (units + 0.5).max(1.0) as u64
            }
        };
        let demand: Vec<u64> = (0..count).map(demand).collect();
        Self::new(placement, Names::Numbered, &demand)
    }

    /// The keys named in `text`, one or more to a line, separated by white space or commas; a key
    /// named several times is asked for so many times as often. `None` when there is none.
    pub(super) fn pasted(placement: Placement, text: &str) -> Option<Self> {
        let mut demand: BTreeMap<&str, u64> = BTreeMap::new();
        let words = text.split(|c: char| c.is_whitespace() || c == ',');
        for name in words.filter(|word| !word.is_empty()) {
            *demand.entry(name).or_default() += 1;
        }
        if demand.is_empty() {
            return None;
        }
        let names = demand.keys().map(|name| Rc::from(*name)).collect();
        let demand: Vec<u64> = demand.into_values().collect();
        Some(Self::new(placement, Names::Given(names), &demand))
    }

    /// With the demand of each name.
    fn new(placement: Placement, names: Names, demand: &[u64]) -> Self {
        let mut placed: Vec<(u64, u32)> = (0..demand.len() as u32)
            .map(|label| {
                let name = names.get(label).to_string();
                (placement.position(name.as_bytes()), label)
            })
            .collect();
        placed.sort_unstable();
        Self {
            names,
            positions: placed.iter().map(|key| key.0).collect(),
            labels: placed.iter().map(|key| key.1).collect(),
            demand: Rc::default(),
            sums: Rc::default(),
            hottest: 0,
            alike: true,
            directions: Rc::default(),
        }
        .with_demand(placed.iter().map(|key| demand[key.1 as usize]).collect())
    }

    fn with_demand(mut self, demand: Rc<[u64]>) -> Self {
        self.sums = demand
            .iter()
            .scan(0, |sum, units| {
                *sum += units;
                Some(*sum)
            })
            .collect();
        let hottest = (0..demand.len()).max_by_key(|key| demand[*key]);
        self.hottest = hottest.unwrap_or_default();
        self.alike = demand.iter().all(|units| *units == demand[0]);
        self.demand = demand;
        self
    }

    /// The same keys with one of them taking `percent` of all demand, below 100.
    #[must_use]
    pub(super) fn heated(self, key: usize, percent: u32) -> Self {
        let others = self.total_demand() - self.demand[key];
        let mut demand = self.demand.to_vec();
        let cold = u64::from(100 - percent.min(99));
        demand[key] = (others * u64::from(percent) / cold).max(1);
        self.with_demand(demand.into())
    }

    /// How many keys there are; at least one.
    pub(super) fn len(&self) -> usize {
        self.positions.len()
    }

    /// The place of every key on the circle, ascending.
    pub(super) fn positions(&self) -> &[u64] {
        &self.positions
    }

    /// The units of demand of every key.
    pub(super) fn demand(&self) -> &[u64] {
        &self.demand
    }

    /// The units of demand of all keys.
    pub(super) fn total_demand(&self) -> u64 {
        self.sums.last().copied().unwrap_or_default()
    }

    /// Whether all keys are asked for alike.
    pub(super) const fn are_alike(&self) -> bool {
        self.alike
    }

    /// The key that is asked for most, when that is more than a twentieth of all demand.
    pub(super) fn celebrity(&self) -> Option<usize> {
        (self.demand[self.hottest] * 20 > self.total_demand()).then_some(self.hottest)
    }

    /// Where each key lies on a circle of radius 1: across and down from the middle.
    pub(super) fn directions(&self) -> &[(f32, f32)] {
        self.directions.get_or_init(|| {
            let direction = |position: &u64| {
                let (sin, cos) = sin_cos(turn(*position));
                (sin as f32, -cos as f32)
            };
            self.positions.iter().map(direction).collect()
        })
    }

    /// A fraction of its own for each key, to keep keys of one track from hiding each other.
    pub(super) fn scatter(&self, key: usize) -> f64 {
        // Ketama leaves the lower half of a position zero.
        f64::from((self.positions[key] >> 32) as u8) / 255.0
    }

    /// The name of a key.
    pub(super) fn name(&self, key: usize) -> KeyName {
        self.names.get(self.labels[key])
    }

    /// The key with this name.
    pub(super) fn find(&self, placement: Placement, name: &str) -> Option<usize> {
        let position = placement.position(name.as_bytes());
        let first = self.positions.partition_point(|other| *other < position);
        (first..self.len())
            .take_while(|key| self.positions[*key] == position)
            .find(|key| self.name(*key).to_string() == name)
    }

    /// Draws a key by demand.
    pub(super) fn draw(&self, random: &mut Random) -> usize {
        let unit = random.below(self.total_demand());
        self.sums.partition_point(|sum| *sum <= unit)
    }
}

impl Names {
    fn get(&self, label: u32) -> KeyName {
        match self {
            Self::Numbered => KeyName::Numbered(label),
            Self::Given(names) => KeyName::Given(Rc::clone(&names[label as usize])),
        }
    }
}
