//! The keys of a run: the names of those that are made up, and which ones were added. The filter
//! never sees any of this; it is what its answers are held against.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;

use super::knobs::Source;
use crate::kernel::random::Random;
use crate::sorted::SortedSet;

/// The names of keys that are made up: as many as wanted, none twice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    source: Source,
    salt: u64,
}

const FIRST: [&str; 32] = [
    "amber", "ashen", "azure", "bold", "brave", "brisk", "calm", "clear", "coral", "crisp",
    "dusky", "eager", "early", "faint", "fleet", "frosty", "gentle", "golden", "hazel", "humble",
    "ivory", "jolly", "keen", "lively", "mellow", "misty", "noble", "pale", "quick", "rusty",
    "silent", "wild",
];
const SECOND: [&str; 32] = [
    "adder", "badger", "beaver", "bison", "crane", "curlew", "dingo", "eagle", "falcon", "ferret",
    "finch", "gecko", "heron", "ibis", "jackal", "kestrel", "lark", "lemur", "lynx", "marten",
    "newt", "ocelot", "otter", "owl", "plover", "quail", "raven", "seal", "stoat", "tapir", "vole",
    "wren",
];

impl Names {
    /// Names of this sort; `salt` decides which.
    pub(super) const fn new(source: Source, salt: u64) -> Self {
        Self { source, salt }
    }

    /// The name of a key to be added.
    pub(super) fn member(self, index: u32) -> Rc<str> {
        let mut text = String::new();
        self.write(u64::from(index) * 2, &mut text);
        text.into()
    }

    /// The name of a key that is never added.
    pub(super) fn stranger(self, index: u64) -> Rc<str> {
        let mut text = String::new();
        self.write(index * 2 + 1, &mut text);
        text.into()
    }

    /// Writes the name with this number: even ones are for members, odd ones for strangers.
    pub(super) fn write(self, number: u64, text: &mut String) {
        text.clear();
        // Odd factors and sums permute the numbers, so that no two names are the same.
        let order = number
            .wrapping_mul(self.salt | 1)
            .wrapping_add(self.salt >> 32);
        let pair = (order & 1_023) as usize;
        let (first, second) = (FIRST[pair >> 5], SECOND[pair & 31]);
        let round = number >> 10;
        // Writing to a string cannot fail.
        let _ = match (self.source, round) {
            (Source::Random | Source::Typed, _) => {
                let scattered = number
                    .wrapping_add(self.salt)
                    .wrapping_mul(0x9e37_79b9_7f4a_7c15);
                write!(text, "{:016x}", scattered ^ scattered >> 29)
            }
            (Source::Words, 0) => write!(text, "{first}-{second}"),
            (Source::Words, _) => write!(text, "{first}-{second}-{round}"),
            (Source::Urls, 0) => write!(text, "shop.example/{first}/{second}"),
            (Source::Urls, _) => write!(text, "shop.example/{first}/{second}/{round}"),
        };
    }
}

/// The keys that were added and are still there: what the store behind the filter has.
#[derive(Debug, Clone)]
pub(super) struct Members {
    names: Names,
    made_up: u32,
    removed: SortedSet<u32>,
    /// Typed and pasted keys, and how often each was added.
    given: Rc<BTreeMap<Rc<str>, u32>>,
}

impl Members {
    pub(super) fn new(names: Names) -> Self {
        Self {
            names,
            made_up: 0,
            removed: SortedSet::new(),
            given: Rc::default(),
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        self.made_up - self.removed.len() as u32 + self.given.len() as u32
    }

    /// Makes up one more.
    pub(super) fn make_up(&mut self) -> Rc<str> {
        self.made_up += 1;
        self.names.member(self.made_up - 1)
    }

    /// How many were made up so far.
    pub(super) const fn made_up(&self) -> u32 {
        self.made_up
    }

    /// Adds one that was typed.
    pub(super) fn add(&mut self, key: &Rc<str>) {
        *Rc::make_mut(&mut self.given)
            .entry(Rc::clone(key))
            .or_default() += 1;
    }

    /// Whether a key is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.given.contains_key(key) || self.find(key).is_some()
    }

    /// Takes one out; whether it was there.
    pub(super) fn remove(&mut self, key: &str) -> bool {
        if let Some(times) = Rc::make_mut(&mut self.given).get_mut(key) {
            *times -= 1;
            if *times == 0 {
                Rc::make_mut(&mut self.given).remove(key);
            }
            return true;
        }
        let found = self.find(key);
        found.is_some_and(|index| self.removed.insert(index))
    }

    fn find(&self, key: &str) -> Option<u32> {
        let mut text = String::new();
        let mut there = self.made_up_still_there();
        there.find(|index| {
            self.names.write(u64::from(*index) * 2, &mut text);
            text == key
        })
    }

    fn made_up_still_there(&self) -> impl Iterator<Item = u32> {
        (0..self.made_up).filter(|index| !self.removed.contains(index))
    }

    /// Calls `visit` with each in turn until it has seen enough.
    pub(super) fn any(&self, mut visit: impl FnMut(&str) -> bool) -> bool {
        let mut text = String::new();
        let mut there = self.made_up_still_there();
        self.given.keys().any(|key| visit(key))
            || there.any(|index| {
                self.names.write(u64::from(index) * 2, &mut text);
                visit(&text)
            })
    }

    /// One of them; none when there is none.
    pub(super) fn draw(&self, random: &mut Random) -> Option<Rc<str>> {
        let drawn = random.index(self.len() as usize);
        if let Some(key) = self.given.keys().nth(drawn) {
            return Some(Rc::clone(key));
        }
        let past = drawn.saturating_sub(self.given.len());
        let index = self.made_up_still_there().nth(past)?;
        Some(self.names.member(index))
    }
}
