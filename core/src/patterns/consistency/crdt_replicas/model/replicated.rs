//! Any of the replicated types as one: what a run's knobs choose between.
//!
//! Owns the choice and the wishes of people; the types themselves are the algorithm's.

use serde::Serialize;

use super::super::algorithm::{
    Crdt, DotFun, Element, GCounter, GSet, Lattice, LwwRegister, MvRegister, NaiveCounter,
    NaiveSet, OrMap, OrSet, PnCounter, ReplicaId, Splice, Text, TwoPhaseSet,
};
use crate::simulation::Refusal;
use crate::sorted::SortedSet;
use crate::time::SimTime;

crate::choices! {
    /// What is replicated.
    pub enum DataType {
        /// Elements come and go.
        OrSet = "or-set", "Set (OR-Set)";
        /// Characters in order.
        Text = "text", "Text (Fugue)";
        /// A count up and down.
        PnCounter = "pn-counter", "Counter (PN)";
        /// A count upwards.
        GCounter = "g-counter", "Growing counter (G)";
        /// One value, the latest.
        LwwRegister = "lww-register", "Register, last write wins";
        /// One value, or several written at once.
        MvRegister = "mv-register", "Register, keeps conflicts";
        /// Keys with values.
        OrMap = "or-map", "Map (OR-Map)";
        /// Elements come.
        GSet = "g-set", "Growing set (G-Set)";
        /// Elements come, and go for ever.
        TwoPhaseSet = "2p-set", "Set, removed for ever (2P)";
    }
}

/// The safeguards that matter to the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Care {
    /// Each replica counts in a place of its own.
    pub own_counts: bool,
    /// A set remembers what it has seen.
    pub causal_context: bool,
    /// A write's stamp lies above the stamp it replaces.
    pub stamps_above_seen: bool,
    /// A character hangs on the one before it.
    pub runs_hang: bool,
}

/// What a person wants to change.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// Count so many more, or fewer.
    Count(i64),
    /// Add an element.
    Add(String),
    /// Remove an element or a key.
    Remove(String),
    /// Put a value in place of the old one.
    Write(String),
    /// Put a value under a key.
    Put(String, String),
    /// Change the text.
    Type(Splice),
}

macro_rules! replicated {
    ($($Variant:ident($Type:ty)),+ $(,)?) => {
        /// A copy of the data.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
        #[serde(untagged)]
        pub enum State {
            /// Nothing yet, of no type yet.
            #[default]
            Nothing,
            $(#[doc = concat!("As [`", stringify!($Type), "`].")] $Variant($Type)),+
        }

        /// A part of a copy.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
        #[serde(untagged)]
        pub enum Delta {
            /// Nothing yet, of no type yet.
            #[default]
            Nothing,
            $(#[doc = concat!("Of a [`", stringify!($Type), "`].")]
            $Variant(<$Type as Crdt>::Delta)),+
        }

        /// An edit of a copy.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
        #[serde(untagged)]
        pub enum Op {
            $(#[doc = concat!("Of a [`", stringify!($Type), "`].")]
            $Variant(<$Type as Crdt>::Op)),+
        }

        impl Lattice for State {
            fn merge(&mut self, other: &Self) -> bool {
                match (&mut *self, other) {
                    $((Self::$Variant(mine), Self::$Variant(theirs)) => mine.merge(theirs),)+
                    (Self::Nothing, _) => {
                        *self = other.clone();
                        *self != Self::Nothing
                    }
                    (_, _) => false, // all copies of a run are of one type
                }
            }
        }

        impl Lattice for Delta {
            fn merge(&mut self, other: &Self) -> bool {
                match (&mut *self, other) {
                    $((Self::$Variant(mine), Self::$Variant(theirs)) => mine.merge(theirs),)+
                    (Self::Nothing, _) => {
                        *self = other.clone();
                        *self != Self::Nothing
                    }
                    (_, _) => false,
                }
            }
        }

        impl Crdt for State {
            type Delta = Delta;
            type Op = Op;

            fn merge_delta(&mut self, delta: &Delta) -> bool {
                match (self, delta) {
                    $((Self::$Variant(mine), Delta::$Variant(delta)) => mine.merge_delta(delta),)+
                    (_, _) => false,
                }
            }

            fn delta_of(&self, op: &Op) -> Delta {
                match (self, op) {
                    $((Self::$Variant(mine), Op::$Variant(op)) => {
                        Delta::$Variant(mine.delta_of(op))
                    })+
                    (_, _) => Delta::Nothing,
                }
            }

            fn whole(&self) -> Delta {
                match self {
                    Self::Nothing => Delta::Nothing,
                    $(Self::$Variant(mine) => Delta::$Variant(mine.whole())),+
                }
            }

            fn news_in(&self, delta: &Delta) -> Delta {
                match (self, delta) {
                    $((Self::$Variant(mine), Delta::$Variant(delta)) => {
                        Delta::$Variant(mine.news_in(delta))
                    })+
                    (_, _) => Delta::Nothing,
                }
            }

            fn apply(&mut self, op: &Op) {
                match (self, op) {
                    $((Self::$Variant(mine), Op::$Variant(op)) => mine.apply(op),)+
                    (_, _) => {}
                }
            }
        }
    };
}

replicated! {
    GCounter(GCounter),
    PnCounter(PnCounter),
    NaiveCounter(NaiveCounter),
    LwwRegister(LwwRegister<String>),
    MvRegister(MvRegister<String>),
    GSet(GSet<String>),
    TwoPhaseSet(TwoPhaseSet<String>),
    OrSet(OrSet<String>),
    NaiveSet(NaiveSet<String>),
    OrMap(OrMap<String, DotFun<String>>),
    Text(Text),
}

/// The most characters that a text may have.
pub const TEXT_MAX: usize = 4_000;

impl State {
    /// A copy of the chosen type that already holds `size` elements or characters, put there by
    /// `founder`.
    pub fn start(data: DataType, care: Care, size: u32, founder: ReplicaId) -> Self {
        let elements = (1..=size).map(|n| format!("item {n}"));
        match data {
            DataType::GCounter | DataType::PnCounter if !care.own_counts => {
                Self::NaiveCounter(NaiveCounter::default())
            }
            DataType::GCounter => Self::GCounter(GCounter::default()),
            DataType::PnCounter => Self::PnCounter(PnCounter::default()),
            DataType::LwwRegister => Self::LwwRegister(LwwRegister::default()),
            DataType::MvRegister => Self::MvRegister(MvRegister::default()),
            DataType::OrSet if care.causal_context => {
                let mut set = OrSet::default();
                elements.for_each(|element| drop(set.add(founder, element)));
                Self::OrSet(set)
            }
            DataType::OrSet => {
                let mut set = NaiveSet::default();
                elements.for_each(|element| drop(set.add(element)));
                Self::NaiveSet(set)
            }
            DataType::GSet => {
                let mut set = GSet::default();
                elements.for_each(|element| drop(set.add(element)));
                Self::GSet(set)
            }
            DataType::TwoPhaseSet => {
                let mut set = TwoPhaseSet::default();
                elements.for_each(|element| drop(set.add(element)));
                Self::TwoPhaseSet(set)
            }
            DataType::OrMap => {
                let mut map = OrMap::default();
                for element in elements {
                    map.update(founder, element, |seen: &DotFun<String>, dot| {
                        seen.write(dot, "1".to_owned())
                    });
                }
                Self::OrMap(map)
            }
            DataType::Text => {
                let mut text = if care.runs_hang {
                    Text::default()
                } else {
                    Text::by_fractions()
                };
                let words = "the quick brown fox jumps over the lazy dog ";
                let start: String = words.chars().cycle().take(size as usize).collect();
                text.set(founder, &start);
                Self::Text(text)
            }
        }
    }

    /// Does what a person wishes at `me`, whose clock shows `clock`.
    ///
    /// # Errors
    /// Why this data does not allow it now.
    pub fn wish(
        &mut self,
        me: ReplicaId,
        clock: SimTime,
        care: Care,
        wish: &Wish,
    ) -> Result<Op, Refusal> {
        match (self, wish) {
            (Self::GCounter(count), Wish::Count(by)) => {
                let by = u64::try_from(*by)
                    .map_err(|_| Refusal::from("This counter only grows: count upwards."))?;
                Ok(Op::GCounter(count.increment(me, by)))
            }
            (Self::PnCounter(count), Wish::Count(by)) => Ok(Op::PnCounter(count.add(me, *by))),
            (Self::NaiveCounter(count), Wish::Count(by)) => {
                Ok(Op::NaiveCounter(count.add(me, clock, *by)))
            }
            (Self::LwwRegister(register), Wish::Write(value)) => {
                Ok(Op::LwwRegister(if care.stamps_above_seen {
                    register.write(me, clock, value.clone())
                } else {
                    register.write_wall(me, clock, value.clone())
                }))
            }
            (Self::MvRegister(register), Wish::Write(value)) => {
                Ok(Op::MvRegister(register.write(me, value.clone())))
            }
            (Self::GSet(set), Wish::Add(element)) => Ok(Op::GSet(set.add(element.clone()))),
            (Self::GSet(_), Wish::Remove(_)) => {
                Err("This set only grows: choose another to remove from.".into())
            }
            (Self::TwoPhaseSet(set), Wish::Add(element)) => {
                Ok(Op::TwoPhaseSet(set.add(element.clone())))
            }
            (Self::TwoPhaseSet(set), Wish::Remove(element)) => set
                .remove(element)
                .map(Op::TwoPhaseSet)
                .ok_or_else(|| absent(element)),
            (Self::OrSet(set), Wish::Add(element)) => Ok(Op::OrSet(set.add(me, element.clone()))),
            (Self::OrSet(set), Wish::Remove(element)) => set
                .remove(element)
                .map(Op::OrSet)
                .ok_or_else(|| absent(element)),
            (Self::NaiveSet(set), Wish::Add(element)) => Ok(Op::NaiveSet(set.add(element.clone()))),
            (Self::NaiveSet(set), Wish::Remove(element)) => {
                if !set.contains(element) {
                    return Err(absent(element));
                }
                Ok(Op::NaiveSet(set.remove(element)))
            }
            (Self::OrMap(map), Wish::Put(key, value)) => {
                let put = |seen: &DotFun<String>, dot| seen.write(dot, value.clone());
                Ok(Op::OrMap(map.update(me, key.clone(), put)))
            }
            (Self::OrMap(map), Wish::Remove(key)) => map
                .remove_key(key)
                .map(Op::OrMap)
                .ok_or_else(|| absent(key)),
            (Self::Text(text), Wish::Type(splice)) => {
                if text.len() + splice.insert.chars().count() > TEXT_MAX {
                    let reason = format!("The text may have {TEXT_MAX} characters: delete some.");
                    return Err(reason.into());
                }
                if splice.is_empty() {
                    return Err("The text reads so already.".into());
                }
                Ok(Op::Text(text.splice(me, splice)))
            }
            (state, _) => Err(format!("These replicas hold {}.", state.described()).into()),
        }
    }

    /// What it is and how to edit it, to complete "These replicas hold …".
    const fn described(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::GCounter(_) | Self::PnCounter(_) | Self::NaiveCounter(_) => {
                "a counter: count, or choose another data type"
            }
            Self::LwwRegister(_) | Self::MvRegister(_) => {
                "a register: write a value, or choose another data type"
            }
            Self::GSet(_) | Self::TwoPhaseSet(_) | Self::OrSet(_) | Self::NaiveSet(_) => {
                "a set: add or remove an element, or choose another data type"
            }
            Self::OrMap(_) => "a map: put a value, remove a key, or choose another data type",
            Self::Text(_) => "a text: type into it, or choose another data type",
        }
    }

    /// The count, of a counter.
    pub fn count(&self) -> Option<i64> {
        match self {
            Self::GCounter(count) => count.value().try_into().ok(),
            Self::PnCounter(count) => count.value().try_into().ok(),
            Self::NaiveCounter(count) => Some(count.value()),
            Self::Nothing
            | Self::LwwRegister(_)
            | Self::MvRegister(_)
            | Self::GSet(_)
            | Self::TwoPhaseSet(_)
            | Self::OrSet(_)
            | Self::NaiveSet(_)
            | Self::OrMap(_)
            | Self::Text(_) => None,
        }
    }

    /// The elements or keys, of a set or a map, in order.
    pub fn elements(&self) -> Option<Box<dyn Iterator<Item = &String> + '_>> {
        match self {
            Self::GSet(set) => Some(Box::new(set.iter())),
            Self::TwoPhaseSet(set) => Some(Box::new(set.iter())),
            Self::OrSet(set) => Some(Box::new(set.iter())),
            Self::NaiveSet(set) => Some(Box::new(set.iter())),
            Self::OrMap(map) => Some(Box::new(map.keys())),
            Self::Nothing
            | Self::GCounter(_)
            | Self::PnCounter(_)
            | Self::NaiveCounter(_)
            | Self::LwwRegister(_)
            | Self::MvRegister(_)
            | Self::Text(_) => None,
        }
    }

    /// The values, of a register or under a key of a map; several if they are in conflict.
    pub fn values(&self, key: &str) -> Option<SortedSet<&String>> {
        match self {
            Self::LwwRegister(register) => Some(register.value().into_iter().collect()),
            Self::MvRegister(register) => Some(register.values().collect()),
            Self::OrMap(map) => map
                .get(&key.to_owned())
                .map(|store| store.iter().map(|(_, value)| value).collect()),
            Self::Nothing
            | Self::GCounter(_)
            | Self::PnCounter(_)
            | Self::NaiveCounter(_)
            | Self::GSet(_)
            | Self::TwoPhaseSet(_)
            | Self::OrSet(_)
            | Self::NaiveSet(_)
            | Self::Text(_) => None,
        }
    }

    /// The text, if it is one.
    pub const fn text(&self) -> Option<&Text> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// What a person reads in it.
    pub fn reading(&self) -> String {
        if let Some(count) = self.count() {
            return count.to_string();
        }
        if let Some(text) = self.text() {
            return text.to_string();
        }
        let list = |values: SortedSet<&String>| {
            let words: Vec<&str> = values.into_iter().map(String::as_str).collect();
            words.join(" | ")
        };
        if let Some(elements) = self.elements() {
            let words: Vec<String> = elements
                .map(|element| match self.values(element) {
                    Some(values) => format!("{element}: {}", list(values)),
                    None => element.clone(),
                })
                .collect();
            return words.join(", ");
        }
        self.values("").map(list).unwrap_or_default()
    }
}

fn absent(element: &str) -> Refusal {
    format!("There is no “{element}” here to remove.").into()
}

/// The dot and the element of each insertion in an operation on a text; none for other types.
pub fn inserted(op: &Op) -> Vec<(super::super::algorithm::Dot, Element)> {
    if let Op::Text(elements) = op {
        elements
            .inserted()
            .map(|(dot, element)| (dot, *element))
            .collect()
    } else {
        Vec::new()
    }
}

impl Wish {
    /// The element or key that it is about.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Add(key) | Self::Remove(key) | Self::Put(key, _) => Some(key),
            Self::Count(_) | Self::Write(_) | Self::Type(_) => None,
        }
    }

    /// The edit in a few words.
    pub fn words(&self) -> String {
        match self {
            Self::Count(by) if *by < 0 => format!("−{}", by.unsigned_abs()),
            Self::Count(by) => format!("+{by}"),
            Self::Add(element) => format!("add {element}"),
            Self::Remove(element) => format!("remove {element}"),
            Self::Write(value) => format!("write {value}"),
            Self::Put(key, value) => format!("{key} = {value}"),
            Self::Type(splice) => match (splice.remove.len(), splice.insert.as_str()) {
                (0, insert) => format!("type “{insert}”"),
                (1, "") => "delete a character".to_owned(),
                (count, "") => format!("delete {count} characters"),
                (count, insert) => format!("replace {count} by “{insert}”"),
            },
        }
    }
}
