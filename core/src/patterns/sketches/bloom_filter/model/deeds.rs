//! What is done with keys, one by one and many at once, and what comes of it.

use std::rc::Rc;

use super::super::algorithm::BloomFilter;
use super::super::filter::Filter;
use super::super::knobs::{
    ASKED, MOST_KEYS, Mode, NEEDED, PASSED, REMOVED, Removal, SAVED, STRANGERS, WASTED,
};
use super::super::steps::Happening;
use super::{Answer, Deed, Sieve, Standing, Work};
use crate::prelude::*;

impl Sieve {
    pub(super) fn add(&mut self, key: &str, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        let key = typed(key)?;
        self.make_room(1)?;
        self.members.add(&key);
        self.begin(Deed::Add, key, Standing::Member, cx);
        Ok(())
    }

    pub(super) fn ask(&mut self, key: &str, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        let key = typed(key)?;
        // Who types may ask for the same key again: that says nothing of how often strangers pass.
        let standing = match self.members.has(&key) {
            true => Standing::Member,
            false => Standing::Absent,
        };
        self.begin(Deed::Ask, key, standing, cx);
        Ok(())
    }

    pub(super) fn remove(&mut self, key: &str, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        let key = typed(key)?;
        if self.knobs.mode != Mode::Counting && self.knobs.removal == Removal::Refused {
            return Err(
                "Nothing can be removed from a filter without counters: each bit of the key may be \
                 a bit of other keys, which would be denied from then on. Choose the counting \
                 filter to remove keys."
                    .into(),
            );
        }
        let known = self.members.has(&key);
        if !known && self.knobs.look_first {
            return Err(format!(
                "“{key}” is not in the store, and was not removed: its bits would be those of other \
                 keys. Add it first, or choose a key that is there."
            )
            .into());
        }
        if !self.filter.contains(key.as_bytes()) {
            return Err(format!(
                "“{key}” is certainly not there: the filter says no. Choose a key that is there."
            )
            .into());
        }
        let standing = match self.members.remove(&key) {
            true => Standing::Member,
            false => Standing::Absent,
        };
        self.begin(Deed::Remove, key, standing, cx);
        Ok(())
    }

    /// What comes of the present key once all of its places are done.
    pub(super) fn conclude(&mut self, work: &mut Work, cx: &mut Context<'_, Self>) {
        let key = Rc::clone(&work.key);
        match work.deed {
            Deed::Add => cx.say(Happening::Added {
                key,
                new: work.before.contains(&false),
            }),
            Deed::Ask => self.answer(work, cx),
            Deed::Remove => {
                cx.count(REMOVED, 1);
                self.audit.denied = self.count_denied();
                cx.say(Happening::Removed {
                    key,
                    known: work.known,
                    denied: self.audit.denied.count,
                });
            }
        }
        self.measure(cx);
    }

    fn answer(&mut self, work: &mut Work, cx: &mut Context<'_, Self>) {
        let maybe = work.before.iter().all(|set| *set);
        let answer = match (maybe, work.known) {
            (false, false) => Answer::No,
            (false, true) => Answer::Denied,
            (true, true) => Answer::Found,
            (true, false) => Answer::InVain,
        };
        cx.count(ASKED, 1);
        let (tally, metric) = match answer {
            Answer::No | Answer::Denied => (&mut self.tally.saved, SAVED),
            Answer::Found => (&mut self.tally.needed, NEEDED),
            Answer::InVain => (&mut self.tally.in_vain, WASTED),
        };
        *tally += 1;
        cx.count(metric, 1);
        if work.stranger {
            let chances = self.chances();
            self.sample.count(maybe, chances);
            cx.count(STRANGERS, 1);
            cx.count(PASSED, u64::from(maybe));
        }
        if answer == Answer::InVain {
            work.blamed = self.who_set(&work.places);
        }
        work.answer = Some(answer);
        cx.say(Happening::Answered {
            key: Rc::clone(&work.key),
            answer,
            tested: work.before.len(),
            of: work.places.len(),
            blamed: work.blamed.clone(),
        });
    }

    /// For each place, the first member that has it among its own. A place that none has is left
    /// out: it was set by a key that is no longer there.
    fn who_set(&self, places: &[usize]) -> Vec<Rc<str>> {
        let mut blamed: Vec<Option<Rc<str>>> = vec![None; places.len()];
        self.members.any(|key| {
            let own = self.filter.places(self.filter.digest(key.as_bytes()));
            for (place, blamed) in places.iter().zip(&mut blamed) {
                if blamed.is_none() && own.contains(place) {
                    *blamed = Some(key.into());
                }
            }
            blamed.iter().all(Option::is_some)
        });
        let nobody = || Rc::from("a key that is gone");
        blamed
            .into_iter()
            .map(|key| key.unwrap_or_else(nobody))
            .collect()
    }

    pub(super) fn add_many(
        &mut self,
        count: u32,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Refusal> {
        self.make_room(count)?;
        for _ in 0..count {
            let key = self.members.make_up();
            self.filter.insert(key.as_bytes());
        }
        self.filled(count, cx);
        Ok(())
    }

    /// What comes of keys added at once: none of them is shown by itself.
    fn filled(&mut self, count: u32, cx: &mut Context<'_, Self>) {
        self.work = None;
        self.drawing = Rc::default();
        cx.say(Happening::Filled {
            count,
            members: self.members.len(),
            planned: self.knobs.n,
        });
        self.measure(cx);
    }

    pub(super) fn fill(&mut self, percent: u32, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        let wanted = (u64::from(self.knobs.n) * u64::from(percent) / 100).min(u64::from(u32::MAX));
        let members = self.members.len();
        match (wanted as u32).checked_sub(members) {
            None | Some(0) => Err(format!(
                "There are {members} keys already, and {percent} % of those planned for are \
                 {wanted}. Choose more than that."
            )
            .into()),
            Some(count) => self.add_many(count, cx),
        }
    }

    /// Asks for keys that were never added, each once.
    pub(super) fn ask_many(&mut self, count: u32, cx: &mut Context<'_, Self>) {
        let chances = self.chances();
        let plain = (self.knobs.mode == Mode::Blocked).then(|| self.as_plain());
        let mut text = String::new();
        let (mut passed, mut passed_plain) = (0, 0);
        for _ in 0..count {
            self.names.write(self.strangers * 2 + 1, &mut text);
            self.strangers += 1;
            let passes = self.filter.contains(text.as_bytes());
            passed += u64::from(passes);
            let plain = plain.as_ref();
            passed_plain += u64::from(plain.is_some_and(|plain| plain.contains(text.as_bytes())));
            self.sample.count(passes, chances);
        }
        let count = u64::from(count);
        cx.count(ASKED, count);
        cx.count(STRANGERS, count);
        cx.count(PASSED, passed);
        cx.count(WASTED, passed);
        cx.count(SAVED, count - passed);
        self.tally.in_vain += passed;
        self.tally.saved += count - passed;
        self.work = None;
        cx.say(Happening::Probed {
            count,
            passed,
            expected: chances.expected,
            passed_plain: plain.map(|_| passed_plain),
        });
    }

    /// A plain filter of as many bits with the same keys: what the blocked one is held against.
    fn as_plain(&self) -> BloomFilter {
        let mut plain = BloomFilter::new(self.knobs.plain_shape(self.filter.shape()));
        self.members.any(|key| {
            plain.insert(key.as_bytes());
            false
        });
        plain
    }

    pub(super) fn merge(
        &mut self,
        count: u32,
        hashes: u32,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Refusal> {
        self.make_room(count)?;
        let own = self.filter.shape();
        let hashes = match hashes {
            0 => own.hashes(),
            hashes => hashes,
        };
        let mut other = Filter::new(self.knobs.mode, self.knobs.with_hashes(own, hashes));
        let mut together = self.filter.clone();
        for _ in 0..count {
            let key = self.members.make_up();
            other.insert(key.as_bytes());
            together.insert(key.as_bytes());
        }
        let anyway = !self.knobs.same_shape;
        self.filter
            .join(&other, anyway)
            .map_err(|error| Refusal(error.to_string().into()))?;
        let places = 0..self.filter.len();
        let differs = |place: &usize| self.filter.is_set(*place) != together.is_set(*place);
        self.audit.astray = places.filter(differs).count();
        self.audit.denied = self.count_denied();
        self.work = None;
        self.drawing = Rc::default();
        cx.say(Happening::Joined {
            count,
            hashes,
            own: own.hashes(),
            astray: self.audit.astray,
            denied: self.audit.denied.count,
        });
        self.measure(cx);
        Ok(())
    }

    pub(super) fn paste(&mut self, text: &str, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        let words = text.split(|c: char| c.is_whitespace() || c == ',');
        let keys: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        if keys.is_empty() {
            return Err("Paste at least one key, separated by spaces, commas or line ends.".into());
        }
        let count = keys.len() as u32;
        self.make_room(count)?;
        for key in keys {
            self.members.add(&key.into());
            self.filter.insert(key.as_bytes());
        }
        self.filled(count, cx);
        Ok(())
    }

    /// Whether so many more keys can be kept; made-up ones count even after they are removed.
    pub(super) fn has_room(&self, more: u32) -> bool {
        let kept = self.members.len().max(self.members.made_up());
        kept.saturating_add(more) <= MOST_KEYS
    }

    fn make_room(&self, more: u32) -> Result<(), Refusal> {
        if self.has_room(more) {
            return Ok(());
        }
        Err(format!(
            "There are {} keys in the store, and it takes {MOST_KEYS}: add fewer, or begin anew.",
            self.members.len()
        )
        .into())
    }
}

/// A key as someone typed it, without the spaces around it.
fn typed(key: &str) -> Result<Rc<str>, Refusal> {
    match key.trim() {
        "" => Err("Type a key of at least one letter.".into()),
        key => Ok(key.into()),
    }
}
