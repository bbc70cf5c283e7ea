//! The traits that a pattern implements. Start reading here.
//!
//! A pattern is a [`Simulation`]: a plain value that reacts to its own events and to what a person
//! does, and that can describe itself as a scene. It owns no clock, no queue and no randomness;
//! the kernel hands them to it as a [`Context`]. From this one trait come play, step, seek, step
//! back, branches, links, faults, charts, promises, swimlanes and tests.
//!
//! A whole pattern, without its picture's details:
//!
//! ```
//! use orrery_core::kernel::random::Stream;
//! use orrery_core::prelude::*;
//!
//! orrery_core::knobs! {
//!     /// What can be set.
//!     pub struct Knobs {
//!         /// Dice thrown per second.
//!         rate: u32 = 2, "Rate", range(1, 100), unit("per second"), live();
//!     }
//! }
//!
//! orrery_core::actions! {
//!     /// What a person can do.
//!     pub enum Action {
//!         /// Throws once more, now.
//!         Throw {} = "throw", "Throw";
//!     }
//! }
//!
//! orrery_core::metrics! {
//!     /// Dice thrown.
//!     THROWN: Counter, "thrown", "Thrown", "dice";
//! }
//!
//! /// Something the model schedules for itself.
//! #[derive(Debug, Clone, Hash)]
//! pub struct Throw;
//! impl Event for Throw {}
//!
//! /// A step worth a sentence.
//! #[derive(Debug, Clone)]
//! pub struct Rolled(u64);
//! impl Step for Rolled {
//!     fn narrate(&self) -> Narration {
//!         Narration::new("roll", format!("The die shows {}.", self.0)).region("roll")
//!     }
//! }
//!
//! /// The machine.
//! #[derive(Debug, Clone)]
//! pub struct Dice {
//!     knobs: Knobs,
//!     shows: u64,
//! }
//!
//! impl Dice {
//!     fn throw(&mut self, cx: &mut Context<'_, Self>) {
//!         self.shows = cx.rng(Stream::named("dice")).below(6) + 1;
//!         cx.count(THROWN, 1);
//!         cx.say(Rolled(self.shows));
//!     }
//! }
//!
//! impl Simulation for Dice {
//!     type Event = Throw;
//!     type Knobs = Knobs;
//!     type Action = Action;
//!     type Step = Rolled;
//!
//!     fn start(knobs: &Knobs, cx: &mut Context<'_, Self>) -> Self {
//!         cx.schedule(Span::ZERO, Throw);
//!         Self { knobs: knobs.clone(), shows: 0 }
//!     }
//!     fn on_event(&mut self, _: Throw, cx: &mut Context<'_, Self>) {
//!         self.throw(cx);
//!         cx.schedule(Span::from_secs(1) / u64::from(self.knobs.rate), Throw);
//!     }
//!     fn on_action(&mut self, _: Action, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
//!         self.throw(cx);
//!         Ok(())
//!     }
//!     fn on_knobs(&mut self, knobs: &Knobs, _: &mut Context<'_, Self>) {
//!         self.knobs = knobs.clone();
//!     }
//!     fn metrics() -> &'static [MetricSpec] {
//!         METRICS
//!     }
//!     fn properties() -> &'static [Property<Self>] {
//!         const { &[Property::always("a die shows one to six", "No throw leaves the range.", |dice, _| {
//!             holds(dice.shows <= 6, || format!("it shows {}", dice.shows))
//!         })] }
//!     }
//!     fn scene(&self, _: &World<Throw>, _: &mut SceneBuilder) {}
//! }
//!
//! let mut run = orrery_core::kernel::engine::Engine::<Dice>::start(42, Knobs::default());
//! run.advance(SimTime::from_secs(10), None);
//! assert_eq!(run.world().metrics().value(THROWN), 21.0);
//! ```

use std::borrow::Cow;
use std::fmt::Debug;
use std::hash::Hash;

use thiserror::Error;

pub use crate::kernel::engine::{Context, World};
use crate::kernel::metrics::MetricSpec;
use crate::kernel::network::{Fault, NodeId};
use crate::scene::{SceneBuilder, Tone};
use crate::spec::{Actions, Knobs};
use crate::time::{SimTime, Span};

/// A running machine: the model of one pattern.
///
/// `Clone` makes a checkpoint, so it should be cheap: keep large parts that seldom change behind
/// an `Rc`. Nothing in it may depend on anything but its inputs.
pub trait Simulation: Clone + Debug + Sized + 'static {
    /// What the model schedules for itself and sends between nodes.
    type Event: Event;
    /// What can be set.
    type Knobs: Knobs;
    /// What a person can do.
    type Action: Actions;
    /// What is narrated.
    type Step: Step;

    /// The machine at time zero; schedules its first events.
    fn start(knobs: &Self::Knobs, cx: &mut Context<'_, Self>) -> Self;

    /// One scheduled event, fired timer or delivered message.
    fn on_event(&mut self, event: Self::Event, cx: &mut Context<'_, Self>);

    /// A person acts.
    ///
    /// # Errors
    /// Why it cannot be done now, as a sentence; nothing may have changed then.
    fn on_action(
        &mut self,
        action: Self::Action,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Refusal>;

    /// Live knobs have changed; the others are as they were at the start.
    fn on_knobs(&mut self, knobs: &Self::Knobs, cx: &mut Context<'_, Self>);

    /// A fault has struck, after the kernel did its part. A crash and a restart are told once more,
    /// by [`on_crash`](Self::on_crash) and [`on_restart`](Self::on_restart).
    fn on_fault(&mut self, fault: &Fault, cx: &mut Context<'_, Self>) {
        let _ = (fault, cx);
    }

    /// A node has crashed: it forgets here what it had in memory. Its timers are gone already.
    fn on_crash(&mut self, node: NodeId, cx: &mut Context<'_, Self>) {
        let _ = (node, cx);
    }

    /// A node runs again after a crash: it starts its timers here.
    fn on_restart(&mut self, node: NodeId, cx: &mut Context<'_, Self>) {
        let _ = (node, cx);
    }

    /// What is measured.
    fn metrics() -> &'static [MetricSpec];

    /// What is promised.
    fn properties() -> &'static [Property<Self>];

    /// Draws the machine as it stands at `world.now()`; pure.
    fn scene(&self, world: &World<Self::Event>, scene: &mut SceneBuilder);
}

/// Something that happens in a model.
pub trait Event: Clone + Debug + Hash + 'static {
    /// A few words for the message on the stage and the mark in the swimlane.
    fn label(&self) -> Cow<'static, str> {
        Cow::Borrowed("")
    }

    /// Its meaning.
    fn tone(&self) -> Tone {
        Tone::Active
    }
}

/// A narrated step: caption, log line, screen-reader text and code highlight come from it.
pub trait Step: Clone + Debug + 'static {
    /// Says the step in plain words.
    fn narrate(&self) -> Narration;
}

/// The words for one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Narration {
    /// What sort of step it is, one word, for filtering the log.
    pub kind: &'static str,
    /// One sentence.
    pub text: String,
    /// Its meaning.
    pub tone: Tone,
    /// The region of the algorithm's source that decided it.
    pub region: Option<&'static str>,
    /// The node it happened at.
    pub node: Option<NodeId>,
    /// Whether "next interesting event" stops here and the scrubber marks it.
    pub notable: bool,
}

impl Narration {
    /// A plain step.
    pub const fn new(kind: &'static str, text: String) -> Self {
        Self {
            kind,
            text,
            tone: Tone::Plain,
            region: None,
            node: None,
            notable: false,
        }
    }

    /// Gives it a meaning.
    #[must_use]
    pub const fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// Names the region of the source that decided it.
    #[must_use]
    pub const fn region(mut self, region: &'static str) -> Self {
        self.region = Some(region);
        self
    }

    /// Names the node it happened at.
    #[must_use]
    pub const fn node(mut self, node: NodeId) -> Self {
        self.node = Some(node);
        self
    }

    /// Makes it a step to stop at.
    #[must_use]
    pub const fn notable(mut self) -> Self {
        self.notable = true;
        self
    }
}

/// Why an action cannot be done now: a sentence that says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Refusal(pub Cow<'static, str>);

impl From<&'static str> for Refusal {
    fn from(reason: &'static str) -> Self {
        Self(Cow::Borrowed(reason))
    }
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self(Cow::Owned(reason))
    }
}

/// When a property must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropertyKind {
    /// After every event.
    Always,
    /// At least once in a run.
    Sometimes,
    /// It may fail for a while, but never for longer than this in one go.
    Eventually(Span),
}

/// A named promise, checked after every event of a run.
pub struct Property<M: Simulation> {
    /// A few words, unique within the pattern.
    pub name: &'static str,
    /// The promise as one sentence.
    pub promise: &'static str,
    /// When it must hold.
    pub kind: PropertyKind,
    /// Whether it holds now. Cheap: it runs after every event. The error says what is wrong.
    pub check: fn(&M, &World<M::Event>) -> Result<(), String>,
    /// Whether the check has had to give up; it counts as satisfied then.
    pub doubt: fn(&M) -> Option<Doubt>,
    /// How long the check lets something go on before it says that it fails.
    pub patience: fn(&M::Knobs) -> Span,
}

/// From when on nobody can tell whether a promise holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doubt {
    /// The instant at which the check gave up.
    pub since: SimTime,
    /// Why, as a sentence without its full stop.
    pub reason: &'static str,
}

impl<M: Simulation> Property<M> {
    /// A property that holds after every event.
    pub const fn always(
        name: &'static str,
        promise: &'static str,
        check: fn(&M, &World<M::Event>) -> Result<(), String>,
    ) -> Self {
        Self {
            name,
            promise,
            kind: PropertyKind::Always,
            check,
            doubt: |_| None,
            patience: |_| Span::ZERO,
        }
    }

    /// A property that holds at least once.
    pub const fn sometimes(
        name: &'static str,
        promise: &'static str,
        check: fn(&M, &World<M::Event>) -> Result<(), String>,
    ) -> Self {
        Self {
            name,
            promise,
            kind: PropertyKind::Sometimes,
            check,
            doubt: |_| None,
            patience: |_| Span::ZERO,
        }
    }

    /// A property that never fails for longer than `within` in one go.
    pub const fn eventually(
        name: &'static str,
        promise: &'static str,
        within: Span,
        check: fn(&M, &World<M::Event>) -> Result<(), String>,
    ) -> Self {
        Self {
            name,
            promise,
            kind: PropertyKind::Eventually(within),
            check,
            doubt: |_| None,
            patience: |_| Span::ZERO,
        }
    }

    /// The same property, whose check may give up where there is too much to follow. What is shown
    /// of it says so then, and not that it holds.
    #[must_use]
    pub const fn with_doubt(mut self, doubt: fn(&M) -> Option<Doubt>) -> Self {
        self.doubt = doubt;
        self
    }

    /// The same property, whose check itself lets something go on for so long, with these settings,
    /// before it fails; `Span::MAX` where they allow no bound. A search that is to see it fail must
    /// look at runs that last longer.
    #[must_use]
    pub const fn with_patience(mut self, patience: fn(&M::Knobs) -> Span) -> Self {
        self.patience = patience;
        self
    }
}

/// Ends a property's check: fine when `condition` holds, else the reason.
///
/// # Errors
/// The reason, when the condition does not hold.
pub fn holds(condition: bool, reason: impl FnOnce() -> String) -> Result<(), String> {
    if condition { Ok(()) } else { Err(reason()) }
}
