//! The witness: who knows which edits, and what each copy therefore ought to read.
//!
//! A ghost beside the replicas. It sees every edit and rides along with every message, decides
//! nothing, and is not counted in any size. It says what the promises mean, without the types that
//! are to keep them: with its own bookkeeping of edits, and not with theirs.

use std::ops::Range;
use std::rc::Rc;

use super::super::algorithm::{CausalContext, Crdt as _, Dot, Lattice as _, ReplicaId, Text};
use super::replicated::{DataType, Delta, Op, State, Wish, inserted};
use crate::sorted::{SortedMap, SortedSet};
use crate::time::SimTime;
use crate::words::noun;

/// One edit, as history remembers it.
#[derive(Debug, Clone)]
pub struct Edit {
    /// Its author, and which of the author's edits it is.
    pub dot: Dot,
    /// When it was made.
    pub at: SimTime,
    /// What was wanted.
    pub wish: Wish,
    /// The edits that its author knew.
    pub seen: CausalContext,
    /// As it is sent.
    pub op: Op,
    /// As it is sent.
    pub delta: Delta,
    /// The first edit of the typing that this one continues; itself if it starts one.
    pub run: Dot,
}

/// Something that a copy owes to the edits it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Debt {
    /// Every increment counts once.
    Count,
    /// A set holds what was added and not removed since.
    Presence,
    /// A write takes the place of what its author saw.
    Replacement,
    /// A typed run stays together.
    Run,
}

/// The state of one element, key or register: which of its edits still stand.
#[derive(Debug, Clone, Default)]
struct Slot {
    /// Everything that an edit known here had seen.
    covered: CausalContext,
    /// Additions and writes that none of them had seen.
    standing: SortedSet<Dot>,
    /// Whether a removal is known.
    removed: bool,
}

/// What one replica knows, and what follows.
#[derive(Debug, Clone, Default)]
struct View {
    known: CausalContext,
    sum: i64,
    slots: SortedMap<String, Slot>,
}

/// The whole history and everyone's view of it.
#[derive(Debug, Clone)]
pub struct Witness {
    data: DataType,
    base: State,
    edits: Vec<Rc<Edit>>,
    /// Each author's edits, by number less one: their place in `edits`.
    by_author: Vec<Vec<usize>>,
    /// For each author, the counter of the first element of each edit of the text, and the edit's
    /// place in `edits`.
    typed: Vec<Vec<(u64, usize)>>,
    /// The edits that are not known everywhere, and at how many replicas they are.
    spreading: SortedMap<usize, usize>,
    views: Vec<View>,
}

impl Witness {
    /// The witness of `replicas` equal copies of `base`.
    pub fn new(data: DataType, base: State, replicas: usize) -> Self {
        Self {
            data,
            base,
            edits: Vec::new(),
            by_author: vec![Vec::new(); replicas],
            typed: vec![Vec::new(); replicas],
            spreading: SortedMap::new(),
            views: vec![View::default(); replicas],
        }
    }

    /// Every edit, oldest first.
    pub fn edits(&self) -> &[Rc<Edit>] {
        &self.edits
    }

    /// The edits that a replica knows.
    pub fn known(&self, replica: usize) -> &CausalContext {
        &self.views[replica].known
    }

    /// How many edits a replica lacks.
    pub fn lacks(&self, replica: usize) -> usize {
        let lacking = |place: &&usize| !self.known(replica).contains(self.edits[**place].dot);
        self.spreading.keys().filter(lacking).count()
    }

    /// The oldest edit that some replica lacks.
    pub fn oldest_spreading(&self) -> Option<&Edit> {
        let (&place, _) = self.spreading.first_key_value()?;
        Some(&self.edits[place])
    }

    /// Writes an edit of `author` into history. Nobody knows it before they
    /// [learn](Self::learn) of it.
    pub fn record(&mut self, author: usize, at: SimTime, wish: Wish, op: Op, delta: Delta) -> Dot {
        let place = self.edits.len();
        let replica = ReplicaId(author as u16);
        let dot = Dot {
            replica,
            counter: self.by_author[author].len() as u64 + 1,
        };
        let elements = inserted(&op);
        let run = self.continued_run(author, &op).unwrap_or(dot);
        if let Some((first, _)) = elements.first() {
            self.typed[author].push((first.counter, place));
        }
        self.edits.push(Rc::new(Edit {
            dot,
            at,
            wish,
            seen: self.views[author].known.clone(),
            op,
            delta,
            run,
        }));
        self.by_author[author].push(place);
        self.spreading.insert(place, 0);
        dot
    }

    /// The run that an edit continues: it hangs behind the last character that its author's edit
    /// before it typed.
    fn continued_run(&self, author: usize, op: &Op) -> Option<Dot> {
        let before = &self.edits[*self.by_author[author].last()?];
        let (last, _) = *inserted(&before.op).last()?;
        let (_, first) = *inserted(op).first()?;
        (first.parent == Some(last)).then_some(before.run)
    }

    /// Lets a replica know of edits. Returns those that everyone knows now.
    pub fn learn(&mut self, replica: usize, edits: &CausalContext) -> Vec<Rc<Edit>> {
        let view = &mut self.views[replica];
        let news: Vec<usize> = self
            .spreading
            .keys()
            .copied()
            .filter(|&place| {
                let dot = self.edits[place].dot;
                edits.contains(dot) && !view.known.contains(dot)
            })
            .collect();
        let mut everywhere = Vec::new();
        for place in news {
            let edit = &self.edits[place];
            view.take_in(edit);
            let holders = self.spreading.entry(place).or_insert(0);
            *holders += 1;
            if *holders == self.by_author.len() {
                self.spreading.remove(&place);
                everywhere.push(Rc::clone(edit));
            }
        }
        everywhere
    }

    // region: ought
    /// What is wrong with a replica's copy, given the edits it knows.
    pub fn audit(&self, replica: usize, state: &State) -> Option<(Debt, String)> {
        let view = &self.views[replica];
        if let Some(count) = state.count() {
            let reason = format!(
                "it reads {count}, but {} {} counted",
                view.sum,
                noun(view.sum, ["was", "were"])
            );
            return (count != view.sum).then_some((Debt::Count, reason));
        }
        if let Some(text) = state.text() {
            return self.split_run(text).map(|reason| (Debt::Run, reason));
        }
        self.audit_presence(view, state)
            .map(|reason| (Debt::Presence, reason))
            .or_else(|| {
                self.audit_values(view, state)
                    .map(|reason| (Debt::Replacement, reason))
            })
    }
    // endregion

    fn audit_presence(&self, view: &View, state: &State) -> Option<String> {
        let elements: SortedSet<&String> = state.elements()?.collect();
        let ought = |element: &String| self.ought_to_hold(view, element);
        if let Some(back) = elements.iter().find(|element| !ought(element)) {
            return Some(format!("it holds {back}, which was removed"));
        }
        let touched = view.slots.keys();
        touched
            .filter(|element| ought(element))
            .find(|element| !elements.contains(element))
            .map(|gone| format!("{gone} was added and not removed since, and is not there"))
    }

    fn ought_to_hold(&self, view: &View, element: &String) -> bool {
        let from_the_start = || {
            let mut elements = self.base.elements().into_iter().flatten();
            // Elements of the start have names of their own; only those are looked up.
            element.starts_with("item ") && elements.any(|other| other == element)
        };
        match view.slots.get(element) {
            None => from_the_start(),
            Some(slot) if self.data == DataType::TwoPhaseSet => {
                !slot.removed && (!slot.standing.is_empty() || from_the_start())
            }
            Some(slot) => !slot.standing.is_empty() || (!slot.removed && from_the_start()),
        }
    }

    fn audit_values(&self, view: &View, state: &State) -> Option<String> {
        let is_latest_only = matches!(state, State::LwwRegister(_));
        for (key, slot) in &view.slots {
            let Some(values) = state.values(key) else {
                continue;
            };
            let standing: SortedSet<&String> = slot
                .standing
                .iter()
                .filter_map(|dot| self.value_written(*dot))
                .collect();
            if let Some(old) = values.iter().find(|value| !standing.contains(*value)) {
                return Some(format!("it reads {old}, which a later write has replaced"));
            }
            if let Some(lost) = standing.iter().find(|value| !values.contains(*value))
                && !is_latest_only
            {
                return Some(format!(
                    "{lost} was written and nobody replaced it, and it is gone"
                ));
            }
        }
        None
    }

    fn edit(&self, dot: Dot) -> Option<&Rc<Edit>> {
        let author = self.by_author.get(usize::from(dot.replica.0))?;
        let place = author.get(usize::try_from(dot.counter).ok()?.checked_sub(1)?)?;
        self.edits.get(*place)
    }

    fn value_written(&self, dot: Dot) -> Option<&String> {
        match &self.edit(dot)?.wish {
            Wish::Write(value) | Wish::Put(_, value) => Some(value),
            Wish::Count(_) | Wish::Add(_) | Wish::Remove(_) | Wish::Type(_) => None,
        }
    }

    /// The edit that typed an element and the counters of its author that belong to it; none for
    /// elements of the start.
    fn typed_by(&self, element: Dot) -> Option<(&Rc<Edit>, Range<u64>)> {
        let typed = self.typed.get(usize::from(element.replica.0))?;
        let after = typed.partition_point(|(first, _)| *first <= element.counter);
        let (first, place) = *typed.get(after.checked_sub(1)?)?;
        let end = typed.get(after).map_or(u64::MAX, |(next, _)| *next);
        Some((self.edits.get(place)?, first..end))
    }

    /// Whether some run is split by an edit whose author had seen nothing of it.
    fn split_run(&self, text: &Text) -> Option<String> {
        let mut stretches: Vec<&Rc<Edit>> = Vec::new();
        let mut current = (ReplicaId(0), 0..0); // the elements of the stretch under way
        for (dot, _, _) in text.iter_all() {
            if current.0 == dot.replica && current.1.contains(&dot.counter) {
                continue;
            }
            if let Some((edit, counters)) = self.typed_by(dot) {
                current = (dot.replica, counters);
                stretches.push(edit);
            }
        }
        let mut last_of_run: SortedMap<Dot, usize> = SortedMap::new();
        for (place, edit) in stretches.iter().enumerate() {
            if let Some(before) = last_of_run.insert(edit.run, place) {
                let strangers = &stretches[before + 1..place];
                let saw_it = |other: &&&Rc<Edit>| other.seen.contains(edit.run);
                if let Some(stranger) = strangers.iter().find(|other| !saw_it(other)) {
                    let (run, other) = (edit.wish.words(), stranger.wish.words());
                    return Some(format!("“{other}” stands inside the run of “{run}”"));
                }
            }
        }
        None
    }

    /// What a replica would read if one of the edits it knows had not been made, with all others
    /// made as they were.
    pub fn without(&self, replica: usize, left_out: usize) -> String {
        let view = &self.views[replica];
        let known = |edit: &&Rc<Edit>| view.known.contains(edit.dot);
        let Some(gone) = self.edits.get(left_out) else {
            return String::new();
        };
        let others = || {
            self.edits
                .iter()
                .filter(known)
                .filter(|edit| edit.dot != gone.dot)
        };
        let mut state = self.base.clone();
        match &mut state {
            // A counter's delta is a running total; only its operations can be left out.
            State::GCounter(_) | State::PnCounter(_) | State::NaiveSet(_) => {
                others().for_each(|edit| state.apply(&edit.op));
            }
            // Others may hang on what was typed: it has to be known, if not read.
            State::Text(text) => {
                for edit in others() {
                    merge_text(text, &edit.delta);
                }
                let hidden: SortedSet<Dot> =
                    inserted(&gone.op).into_iter().map(|(dot, _)| dot).collect();
                let mut with_it = text.clone();
                if known(&gone) {
                    merge_text(&mut with_it, &gone.delta);
                }
                let deleted_by_others: SortedSet<Dot> = text.elements().deleted().collect();
                let shown = |dot: &Dot, deleted: bool| {
                    !(hidden.contains(dot) || deleted && deleted_by_others.contains(dot))
                };
                return with_it
                    .iter_all()
                    .filter(|(dot, _, deleted)| shown(dot, *deleted))
                    .map(|(_, value, _)| value)
                    .collect();
            }
            State::Nothing
            | State::NaiveCounter(_)
            | State::LwwRegister(_)
            | State::MvRegister(_)
            | State::GSet(_)
            | State::TwoPhaseSet(_)
            | State::OrSet(_)
            | State::OrMap(_) => {
                for edit in others() {
                    state.merge_delta(&edit.delta);
                }
            }
        }
        state.reading()
    }
}

fn merge_text(text: &mut Text, delta: &Delta) -> bool {
    if let Delta::Text(elements) = delta {
        text.merge_delta(elements)
    } else {
        false
    }
}

impl View {
    fn take_in(&mut self, edit: &Edit) {
        self.known.insert(edit.dot);
        match &edit.wish {
            Wish::Count(by) => self.sum += by,
            Wish::Add(key) | Wish::Put(key, _) => self.stand(key, edit),
            Wish::Write(_) => self.stand("", edit),
            Wish::Remove(key) => self.slot(key, edit).removed = true,
            Wish::Type(_) => {}
        }
    }

    fn stand(&mut self, key: &str, edit: &Edit) {
        let slot = self.slot(key, edit);
        if !slot.covered.contains(edit.dot) {
            slot.standing.insert(edit.dot);
        }
    }

    /// The slot of `key`, from which everything that `edit` had seen has fallen.
    fn slot(&mut self, key: &str, edit: &Edit) -> &mut Slot {
        let slot = self.slots.entry(key.to_owned()).or_default();
        slot.covered.merge(&edit.seen);
        slot.standing.retain(|dot| !slot.covered.contains(*dot));
        slot
    }
}
