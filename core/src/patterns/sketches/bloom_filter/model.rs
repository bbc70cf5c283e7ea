//! A store with a Bloom filter before it: keys are added and asked for, one bit at a time, and each
//! answer is held against what the store has.
//!
//! It owns what happens when, and the truth beside the filter. The filter is that of
//! [`algorithm`](super::algorithm), driven place by place.

mod deeds;

use std::rc::Rc;

use super::algorithm::Digest;
use super::filter::Filter;
use super::keys::{Members, Names};
use super::knobs::{
    Action, DENIED, ESTIMATE, EXPECTED, FILL, Knobs, MEMBERS, METRICS, Mode, Source, Step,
};
use super::promises::{Chances, PROPERTIES, Sample};
use super::scene;
use super::steps::Happening;
use crate::prelude::*;

/// What the model schedules for itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Event {
    /// The next key comes, unless something else came after this was said.
    Next {
        /// The number of what was done last.
        after: u32,
    },
    /// What is being done goes on by one step.
    Go {
        /// Its number.
        number: u32,
    },
}

impl crate::simulation::Event for Event {
    fn label(&self) -> std::borrow::Cow<'static, str> {
        match self {
            Self::Next { .. } => "next key".into(),
            Self::Go { .. } => "next step".into(),
        }
    }
}

/// What is done with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Add,
    Ask,
    Remove,
}

/// What the filter said, and what is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// No, and it was never added: a read saved.
    No,
    /// Maybe, and the store has it.
    Found,
    /// Maybe, and the store does not have it: a false positive.
    InVain,
    /// No, and yet the store has it: a false negative.
    Denied,
}

/// How far one key has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// It is here.
    Key,
    /// It is hashed.
    Hashed,
    /// The places of its bits are known, and so many of them are done.
    Places(usize),
    /// It is done with.
    Over,
}

/// One key at work.
#[derive(Debug, Clone)]
pub(super) struct Work {
    pub(super) deed: Deed,
    pub(super) key: Rc<str>,
    /// Whether the store has it.
    known: bool,
    /// Whether it was never added and is asked for the first time.
    stranger: bool,
    pub(super) digest: Digest,
    pub(super) places: Vec<usize>,
    /// For each place done, whether it was set before.
    pub(super) before: Vec<bool>,
    pub(super) stage: Stage,
    /// What came of a question.
    pub(super) answer: Option<Answer>,
    /// For each place of a false positive, a member that has set it.
    pub(super) blamed: Vec<Rc<str>>,
}

/// Members that the filter denies.
#[derive(Debug, Clone, Default)]
pub(super) struct Denied {
    pub(super) count: u32,
    pub(super) first: Option<Rc<str>>,
}

/// What the last removal and the last union came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Audit {
    pub(super) denied: Denied,
    /// Places that a union has otherwise than the keys of both would.
    pub(super) astray: usize,
}

/// What became of questions.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) saved: u64,
    pub(super) needed: u64,
    pub(super) in_vain: u64,
}

/// The machine.
#[derive(Debug, Clone)]
pub(crate) struct Sieve {
    pub(super) knobs: Knobs,
    pub(super) filter: Filter,
    /// What is drawn of the filter as it is.
    pub(super) drawing: Rc<scene::Drawing>,
    names: Names,
    pub(super) members: Members,
    strangers: u64,
    /// What is or was done last.
    pub(super) work: Option<Work>,
    number: u32,
    pub(super) sample: Sample,
    pub(super) tally: Tally,
    pub(super) audit: Audit,
}

/// The first key comes after this, so that a reader has seen the stage.
const FIRST: Span = Span::from_millis(300);

impl Simulation for Sieve {
    type Event = Event;
    type Knobs = Knobs;
    type Action = Action;
    type Step = Happening;

    fn start(knobs: &Knobs, cx: &mut Context<'_, Self>) -> Self {
        let names = Names::new(knobs.source, cx.rng(Stream::named("names")).bits());
        let mut sieve = Self {
            knobs: knobs.clone(),
            filter: Filter::new(knobs.mode, knobs.shape()),
            drawing: Rc::default(),
            names,
            members: Members::new(names),
            strangers: 0,
            work: None,
            number: 0,
            sample: Sample::default(),
            tally: Tally::default(),
            audit: Audit::default(),
        };
        for _ in 0..knobs.load {
            let key = sieve.members.make_up();
            sieve.filter.insert(key.as_bytes());
        }
        sieve.measure(cx);
        if knobs.source != Source::Typed {
            cx.schedule(FIRST, Event::Next { after: 0 });
        }
        sieve
    }

    fn on_event(&mut self, event: Event, cx: &mut Context<'_, Self>) {
        match event {
            Event::Next { after } => {
                if after == self.number {
                    self.next_key(cx);
                }
            }
            Event::Go { number } => {
                if number == self.number {
                    self.go_on(cx);
                    self.schedule_step(cx);
                }
            }
        }
    }

    fn on_action(&mut self, action: Action, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        self.finish(cx);
        match action {
            Action::Add { key } => self.add(&key, cx),
            Action::Ask { key } => self.ask(&key, cx),
            Action::Remove { key } => self.remove(&key, cx),
            Action::AddMany { count } => self.add_many(count, cx),
            Action::AskMany { count } => {
                self.ask_many(count, cx);
                Ok(())
            }
            Action::Fill { percent } => self.fill(percent, cx),
            Action::Merge { count, hashes } => self.merge(count, hashes, cx),
            Action::Paste { keys } => self.paste(&keys, cx),
        }
    }

    fn on_knobs(&mut self, knobs: &Knobs, _: &mut Context<'_, Self>) {
        self.knobs = knobs.clone();
    }

    fn metrics() -> &'static [MetricSpec] {
        METRICS
    }

    fn properties() -> &'static [Property<Self>] {
        PROPERTIES
    }

    fn scene(&self, _: &World<Event>, scene: &mut SceneBuilder) {
        scene::draw(self, scene);
    }
}

impl Sieve {
    /// A key comes by itself.
    fn next_key(&mut self, cx: &mut Context<'_, Self>) {
        let random = cx.rng(Stream::KEYS);
        // As many draws for every key, so that turning one knob leaves the rest as it was.
        let (adds, known) = (random.unit(), random.unit());
        let member = self.members.draw(random);
        if adds < self.knobs.adds && self.has_room(1) {
            let key = self.members.make_up();
            self.begin(Deed::Add, key, Standing::Member, cx);
        } else if let Some(member) = member.filter(|_| known < self.knobs.known) {
            self.begin(Deed::Ask, member, Standing::Member, cx);
        } else {
            let key = self.names.stranger(self.strangers);
            self.strangers += 1;
            self.begin(Deed::Ask, key, Standing::Stranger, cx);
        }
    }

    fn begin(&mut self, deed: Deed, key: Rc<str>, standing: Standing, cx: &mut Context<'_, Self>) {
        self.number += 1;
        cx.say(Happening::Begun {
            deed,
            key: Rc::clone(&key),
        });
        self.work = Some(Work {
            deed,
            key,
            known: standing == Standing::Member,
            stranger: standing == Standing::Stranger,
            digest: Digest { low: 0, high: 0 },
            places: Vec::new(),
            before: Vec::new(),
            stage: Stage::Key,
            answer: None,
            blamed: Vec::new(),
        });
        self.schedule_step(cx);
    }

    /// The next step in its time, or all that is left where steps take none.
    fn schedule_step(&mut self, cx: &mut Context<'_, Self>) {
        let over = self
            .work
            .as_ref()
            .is_none_or(|work| work.stage == Stage::Over);
        if over {
            return;
        }
        if self.knobs.step == 0.0 {
            return self.finish(cx);
        }
        let after = Span::from_secs_f64(self.knobs.step / 1_000.0);
        let number = self.number;
        cx.schedule(after, Event::Go { number });
    }

    /// Does at once what is left to be done with the present key.
    fn finish(&mut self, cx: &mut Context<'_, Self>) {
        while self
            .work
            .as_ref()
            .is_some_and(|work| work.stage != Stage::Over)
        {
            self.go_on(cx);
        }
    }

    /// One step of the present key.
    fn go_on(&mut self, cx: &mut Context<'_, Self>) {
        let Some(mut work) = self.work.take() else {
            return;
        };
        work.stage = match work.stage {
            Stage::Key => {
                work.digest = self.filter.digest(work.key.as_bytes());
                cx.say(Happening::Hashed {
                    key: Rc::clone(&work.key),
                    digest: work.digest,
                    short: self.knobs.mode == Mode::Blocked,
                });
                Stage::Hashed
            }
            Stage::Hashed => {
                work.places = self.filter.places(work.digest);
                cx.say(Happening::Placed {
                    places: work.places.clone(),
                    blocked: self.knobs.mode == Mode::Blocked,
                    sound: self.knobs.step_from == Step::SecondHalf,
                });
                Stage::Places(0)
            }
            Stage::Places(done) => self.one_place(&mut work, done, cx),
            Stage::Over => Stage::Over,
        };
        self.work = Some(work);
    }

    /// One place of the present key: set, tested or taken back.
    fn one_place(&mut self, work: &mut Work, done: usize, cx: &mut Context<'_, Self>) -> Stage {
        let Some(&place) = work.places.get(done) else {
            return Stage::Over;
        };
        let set = self.filter.is_set(place);
        work.before.push(set);
        match work.deed {
            Deed::Add => {
                self.filter.raise(place);
                self.drawing = Rc::default();
            }
            Deed::Ask => {}
            Deed::Remove => {
                self.filter.lower(place);
                self.drawing = Rc::default();
            }
        }
        cx.say(Happening::Touched {
            deed: work.deed,
            place,
            number: done + 1,
            of: work.places.len(),
            set,
            counting: self.knobs.mode == Mode::Counting,
        });
        let settled = work.deed == Deed::Ask && !set;
        if !settled && done + 1 < work.places.len() {
            return Stage::Places(done + 1);
        }
        self.conclude(work, cx);
        if self.knobs.source != Source::Typed {
            let pause = Span::from_secs_f64(self.knobs.pause / 1_000.0);
            let after = self.number;
            cx.schedule(pause, Event::Next { after });
        }
        Stage::Over
    }

    /// What strangers may do now.
    fn chances(&self) -> Chances {
        let hashes = self.filter.shape().hashes();
        Chances::of(self.filter.expected(), self.filter.len(), hashes)
    }

    /// Asks the filter for every member.
    fn count_denied(&self) -> Denied {
        let mut denied = Denied::default();
        self.members.any(|key| {
            if !self.filter.contains(key.as_bytes()) {
                denied.count += 1;
                denied.first.get_or_insert_with(|| key.into());
            }
            false
        });
        denied
    }

    fn measure(&self, cx: &mut Context<'_, Self>) {
        cx.gauge(MEMBERS, f64::from(self.members.len()));
        cx.gauge(FILL, self.filter.ones() as f64 / self.filter.len() as f64);
        cx.gauge(EXPECTED, self.filter.expected());
        // A full filter has no estimate; as many keys as there are bits is beyond any that it has.
        cx.gauge(
            ESTIMATE,
            self.filter.estimate().min(self.filter.len() as f64),
        );
        cx.gauge(DENIED, f64::from(self.audit.denied.count));
    }
}

/// How a key stands to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It is there, or is being added.
    Member,
    /// It was never added, and nobody asked for it before.
    Stranger,
    /// It is not there, and may have been before.
    Absent,
}
