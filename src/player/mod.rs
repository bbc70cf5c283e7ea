//! Runs a session and tells the page about it.
//!
//! The session lives on its own: the animation loop moves it sixty times a second and draws it, while
//! observable values carry controls at once and readouts a few times a second.

pub(crate) mod clock;

use leptos::prelude::window;
use orrery_core::catalog::{Exhibit, Pattern, Scenario};
use orrery_core::condition::Condition;
use orrery_core::kernel::network::NodeId;
use orrery_core::kernel::session::{LogLine, RunState, Session};
use orrery_core::kernel::timeline::{Cursor, Halt, Stops};
use orrery_core::kernel::trace::{EventId, Record, RecordKind};
use orrery_core::link::Link;
use orrery_core::sorted::SortedMap;
use orrery_core::time::{SimTime, Span};
use orrery_core::value::{Call, Value};

use crate::loading;
use crate::observable::Observable;

pub use clock::{FRAME_MILLIS_KEY, now_millis, run_frames};

/// What the transport shows of the run.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Readout {
    /// Where the cursor is.
    pub cursor: Cursor,
    /// How far the branch was played.
    pub head: Cursor,
    /// The length of the time axis.
    pub axis: Span,
    /// The branch being looked at.
    pub branch: usize,
}

/// A word to the reader about what just happened, and whether it is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// Whether something was refused.
    pub refused: bool,
}

/// Something that led to something else.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// What happened.
    pub record: Record,
    /// That in words.
    pub words: String,
}

/// The speeds of the transport, as factors.
pub const SPEEDS: [f64; 11] = [
    0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0,
];

/// Main-thread milliseconds that one frame may spend on running the model.
const FRAME_BUDGET_MILLIS: f64 = 2.5;
/// Events between two looks at the clock.
const SLICE_EVENTS: u64 = 256;
/// What the page is told in turns while time goes on, with the milliseconds from one time to the
/// next. No two are told in one frame, which would be a long one.
const TURNS: [(Turn, f64); 3] = [
    (Turn::Readout, 125.0),
    (Turn::Revision, 333.0),
    (Turn::Charts, 333.0),
];

/// How far ahead is looked for something to stop at, and for how many events.
const FORESIGHT: Span = Span::from_secs(600);
const FORESIGHT_EVENTS: u64 = 500_000;

/// Of a run without captions, the last notable one of so many steps is told.
const LINES_TOLD: usize = 200;
/// So many lines of the log are searched for what an event said.
const LINES_SEARCHED: usize = 4_000;
/// For a reader who asked for calm, time goes on in strides of so many milliseconds.
const STRIDE_MILLIS: f64 = 700.0;
/// One stride in forty frames may take the time of several frames.
const STRIDE_BUDGET_MILLIS: f64 = 12.0;

/// One of the things that the page is told in turns.
#[derive(Debug, Clone, Copy)]
enum Turn {
    Readout,
    Revision,
    Charts,
}

struct Inner {
    session: Box<dyn Session>,
    base: Link,
    pace: f64,
    lasts: Span,
    captions: Vec<(SimTime, &'static str)>,
    /// Milliseconds that have passed since the last stride, for a reader who asked for calm.
    waited: Option<f64>,
    /// When each of the [`TURNS`] was taken last.
    told: [f64; TURNS.len()],
}

/// What an address leads to.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The run and where in it.
    pub link: Link,
    /// What could not be read of it.
    pub problems: Vec<String>,
}

impl Opening {
    /// The start of a scenario.
    pub fn of(scenario: &Scenario) -> Self {
        Self {
            link: link_to(scenario),
            problems: Vec::new(),
        }
    }
}

/// A handle on the running pattern, shared by all parts of its page.
#[derive(Clone, Copy)]
pub struct Player {
    /// What runs.
    pub exhibit: &'static Exhibit,
    inner: Observable<Inner>,
    /// Whether time goes on.
    pub playing: Observable<bool>,
    /// The speed, as an index into [`SPEEDS`].
    pub speed: Observable<usize>,
    /// The scenario that the run started from.
    pub scenario: Observable<Option<&'static str>>,
    /// The run's seed.
    pub seed: Observable<u64>,
    /// Cursor, head and axis: at once after a change, eight times a second while playing.
    pub readout: Observable<Readout>,
    /// Changes when panels should read the session again: at once after a change, three times a
    /// second while playing.
    pub revision: Observable<u32>,
    /// Changes when charts should be drawn again, as often.
    pub charts: Observable<u32>,
    /// Changes when the run was changed or moved by hand.
    pub changes: Observable<u32>,
    /// Changes when settings may have changed without their form: seek, scenario, branch.
    pub settings: Observable<u32>,
    /// The last word to the reader.
    pub notice: Observable<Option<Notice>>,
    /// How the run is looked at, as its link says it: each part of the page has keys of its own. It
    /// stays when another run comes.
    view: Observable<SortedMap<String, String>>,
    /// Properties, by index, at whose first violation the run stops.
    pub breakpoints: Observable<Vec<usize>>,
    /// What the run stops at when it comes true.
    pub conditions: Observable<Vec<Condition>>,
    /// Whether time stops at each caption until the reader goes on.
    pub touring: Observable<bool>,
}

impl Player {
    /// Opens what an address leads to; one that says nothing leads to the first scenario. Gives the
    /// player and what could not be opened.
    pub fn open(exhibit: &'static Exhibit, opening: Option<Opening>) -> (Self, Vec<String>) {
        let start = || Opening {
            link: link_to(&(exhibit.first)()),
            problems: Vec::new(),
        };
        let Opening { link, mut problems } = opening.unwrap_or_else(start);
        let session = (exhibit.open)(&link.state).or_else(|error| {
            problems.push(error.to_string());
            (exhibit.open)(&start().link.state)
        });
        let Ok(session) = session else {
            unreachable!("a pattern opens its own scenario");
        };
        if let Err(problem) = link.check(session.as_ref(), &exhibit.card) {
            problems.push(problem.to_string());
        }
        let player = Self {
            exhibit,
            inner: Observable::new(Inner {
                session,
                base: Link::default(),
                pace: 1.0,
                lasts: Span::ZERO,
                captions: Vec::new(),
                waited: prefers_reduced_motion().then_some(STRIDE_MILLIS),
                told: [0.0; TURNS.len()],
            }),
            playing: Observable::new(false),
            speed: Observable::new(4),
            scenario: Observable::new(None),
            seed: Observable::new(link.state.seed),
            readout: Observable::new(Readout::default()),
            revision: Observable::new(0),
            charts: Observable::new(0),
            changes: Observable::new(0),
            settings: Observable::new(0),
            notice: Observable::new(None),
            view: Observable::new(link.view.clone()),
            breakpoints: Observable::new(Vec::new()),
            conditions: Observable::new(Vec::new()),
            touring: Observable::new(false),
        };
        player.adopt(link);
        (player, problems)
    }

    /// All of the pattern that runs, for the panels, which come with it.
    pub fn pattern(&self) -> &'static Pattern {
        loading::arrived(self.exhibit.card.slug)
            .expect("no panel stands before the pattern is here")
    }

    /// The scenario with this slug. Until what offers the others is here, there is the first one.
    fn scenario_named(&self, slug: &str) -> Option<Scenario> {
        let first = (self.exhibit.first)();
        if first.slug == slug {
            return Some(first);
        }
        loading::known(self.exhibit.card.slug)?.scenario(slug)
    }

    fn adopt(&self, link: Link) {
        let scenario = link
            .scenario
            .as_deref()
            .and_then(|slug| self.scenario_named(slug));
        let slug = scenario.as_ref().map(|scenario| scenario.slug);
        if slug != self.scenario.get_untracked() {
            self.touring.set(false);
        }
        self.scenario.set(slug);
        self.seed.set(link.state.seed);
        let captions = scenario.as_ref().map(|scenario| scenario.captions.clone());
        let captions = captions.unwrap_or_default();
        let timing = scenario.unwrap_or_else(self.exhibit.first);
        self.with_mut(|inner| {
            inner.base = link;
            inner.captions = captions;
            inner.pace = timing.pace;
            inner.lasts = timing.lasts;
        });
        self.changed();
    }

    /// Reads something from the session; none when the page is gone.
    pub fn read<T>(&self, read: impl FnOnce(&dyn Session) -> T) -> Option<T> {
        self.with(|inner| read(inner.session.as_ref()))
    }

    /// Changes how the session stands, settings included; none when the page is gone.
    pub fn alter<T>(&self, change: impl FnOnce(&mut dyn Session) -> T) -> Option<T> {
        let result = self.change(change);
        self.touch_settings();
        result
    }

    /// Plays another session of the same run, at the same instant, in place of the present one.
    pub fn exchange(&self, session: Box<dyn Session>) {
        self.with_mut(|inner| inner.session = session);
        self.changed();
        self.touch_settings();
    }

    fn change<T>(&self, change: impl FnOnce(&mut dyn Session) -> T) -> Option<T> {
        let result = self.with_mut(|inner| change(inner.session.as_mut()));
        self.changed();
        result
    }

    /// Looks at what is inside; none when the page is gone.
    fn with<T>(&self, look: impl FnOnce(&Inner) -> T) -> Option<T> {
        let (mut look, mut result) = (Some(look), None);
        self.borrow(&mut |inner| result = look.take().map(|look| look(inner)));
        result
    }

    /// Changes what is inside; none when the page is gone.
    fn with_mut<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> Option<T> {
        let (mut change, mut result) = (Some(change), None);
        self.borrow_mut(&mut |inner| result = change.take().map(|change| change(inner)));
        result
    }

    // Compiled once, whatever is done inside.

    fn borrow(&self, look: &mut dyn FnMut(&Inner)) {
        self.inner.try_with_untracked(|inner| look(inner));
    }

    fn borrow_mut(&self, change: &mut dyn FnMut(&mut Inner)) {
        self.inner.try_update_untracked(|inner| change(inner));
    }

    /// Tells the page that the run has changed.
    fn changed(&self) {
        self.read_out();
        count(self.revision);
        count(self.charts);
        count(self.changes);
    }

    fn read_out(&self) {
        let readout = self.with(|inner| {
            let head = inner.session.head();
            Readout {
                cursor: inner.session.cursor(),
                head,
                axis: inner.lasts.max(head.at - SimTime::ZERO),
                branch: inner.session.current_branch(),
            }
        });
        if let Some(readout) = readout {
            self.readout.set(readout);
        }
    }

    /// Lets time pass for one frame.
    pub fn frame(&self, elapsed_millis: f64, now: f64) {
        if self.playing.try_get_untracked() != Some(true) {
            return;
        }
        let speed = SPEEDS[self
            .speed
            .try_get_untracked()
            .unwrap_or(4)
            .min(SPEEDS.len() - 1)];
        let stops = self.stops(false);
        let touring = self.touring.try_get_untracked().unwrap_or_default();
        let halt = self.with_mut(|inner| {
            let rest = inner.next_rest(touring);
            inner.advance(elapsed_millis, speed, now, rest, &stops)
        });
        let Some((halt, ended)) = halt else { return };
        if self.say_stop(halt) {
            self.playing.set(false);
            self.changed();
        } else if ended {
            self.pause();
        }
        self.refresh(now);
    }

    fn refresh(&self, now: f64) {
        match self.with_mut(|inner| inner.next_turn(now)).flatten() {
            Some(Turn::Readout) => self.read_out(),
            Some(Turn::Revision) => count(self.revision),
            Some(Turn::Charts) => count(self.charts),
            None => {}
        }
    }

    /// Lets time go on.
    pub fn play(&self) {
        self.notice.set(None);
        self.playing.set(true);
    }

    /// Stops time.
    pub fn pause(&self) {
        self.playing.set(false);
        self.changed();
    }

    /// Plays or pauses.
    pub fn toggle(&self) {
        if self.playing.get_untracked() {
            self.pause();
        } else {
            self.play();
        }
    }

    /// Takes the next event.
    pub fn step(&self) {
        self.playing.set(false);
        if self.change(|session| session.step()) == Some(false) {
            self.say("Nothing is left to happen.", false);
        }
    }

    /// Undoes the last event.
    pub fn step_back(&self) {
        self.playing.set(false);
        self.change(|session| session.step_back());
        self.touch_settings();
    }

    /// Goes to an instant.
    pub fn seek(&self, at: SimTime) {
        self.change(|session| session.seek(at));
        self.touch_settings();
    }

    /// Goes to a share of the time axis.
    pub fn seek_fraction(&self, fraction: f64) {
        let axis = self.readout.get_untracked().axis;
        let nanos = axis.as_nanos() as f64 * fraction.clamp(0.0, 1.0);
        self.seek(SimTime::from_nanos(nanos as u64));
    }

    /// Goes to a place in the run.
    pub fn seek_cursor(&self, cursor: Cursor) {
        self.playing.set(false);
        self.change(|session| session.seek_cursor(cursor));
        self.touch_settings();
    }

    /// Goes on to the next notable step.
    pub fn next_notable(&self) {
        self.playing.set(false);
        let stops = self.stops(true);
        let halt = self.change(|session| {
            let from = session.cursor();
            let halt = session.advance(from.at + FORESIGHT, FORESIGHT_EVENTS, &stops);
            if matches!(halt, Halt::Reached | Halt::Budget) {
                session.seek_cursor(from);
            }
            halt
        });
        self.touch_settings();
        match halt {
            Some(Halt::Reached | Halt::Budget) => self.say(
                format!("Nothing notable happens in the next {FORESIGHT}, or not soon enough."),
                false,
            ),
            Some(halt @ (Halt::Violated(_) | Halt::Condition(_))) => {
                self.say_stop(halt);
            }
            Some(Halt::Notable) | None => {}
        }
    }

    /// Goes on to where the run stops next; stays where it is when nothing comes up for long.
    pub fn next_stop(&self) {
        self.playing.set(false);
        let stops = self.stops(false);
        let found = self.read(|session| {
            // Another one looks ahead, so that this one has not been there.
            let mut scout = (self.exhibit.open)(&session.state()).ok()?;
            let until = scout.cursor().at + FORESIGHT;
            let halt = scout.advance(until, FORESIGHT_EVENTS, &stops);
            let is_stop = matches!(halt, Halt::Violated(_) | Halt::Condition(_));
            is_stop.then(|| (scout.cursor(), halt))
        });
        match found.flatten() {
            Some((cursor, halt)) => {
                self.seek_cursor(cursor);
                self.say_stop(halt);
            }
            None => self.say(
                format!("Nothing comes up to stop at in the next {FORESIGHT}, or not soon enough."),
                false,
            ),
        }
    }

    fn stops(&self, notable: bool) -> Stops {
        Stops {
            notable,
            violations: self.breakpoints.try_get_untracked().unwrap_or_default(),
            conditions: self.conditions.try_get_untracked().unwrap_or_default(),
        }
    }

    /// Says at what the run stopped, if it was asked to stop there.
    fn say_stop(&self, halt: Halt) -> bool {
        let words = match halt {
            Halt::Violated(property) => self
                .read(|session| session.properties().get(property).map(|view| view.name))
                .flatten()
                .map(|name| format!("Stopped: “{name}” was violated.")),
            Halt::Condition(index) => {
                let conditions = self.conditions.try_get_untracked().unwrap_or_default();
                let condition = conditions.get(index);
                condition.map(|condition| format!("Stopped: {}.", condition.words()))
            }
            Halt::Reached | Halt::Notable | Halt::Budget => None,
        };
        let stopped = words.is_some();
        if let Some(words) = words {
            self.say(words, false);
        }
        stopped
    }

    /// Does something, and says so when it is refused.
    pub fn act(&self, call: &Call) -> bool {
        let (branches, was_past) = self
            .read(|session| (session.branches().len(), session.cursor() < session.head()))
            .unwrap_or_default();
        let outcome = self.change(|session| session.act(call));
        match outcome {
            Some(Err(error)) => {
                self.say(error.to_string(), true);
                false
            }
            Some(Ok(())) if self.read(|session| session.branches().len()) != Some(branches) => {
                let words = if was_past {
                    "You acted in the past: this is a new branch, the old one is kept."
                } else {
                    "From here on the run is yours: the scenario goes on in the branch before."
                };
                self.say(words, false);
                true
            }
            Some(Ok(())) | None => true,
        }
    }

    /// Changes a knob; the error says why not.
    ///
    /// # Errors
    /// The sentence to show beside the knob.
    pub fn set_knob(&self, key: &str, value: &Value) -> Result<(), String> {
        match self.change(|session| session.set_knob(key, value)) {
            Some(Err(error)) => Err(error.to_string()),
            Some(Ok(())) | None => Ok(()),
        }
    }

    /// Goes to another branch.
    pub fn switch_branch(&self, branch: usize) {
        self.notice.set(None);
        self.change(|session| session.switch(branch));
        self.touch_settings();
    }

    /// Starts a scenario from its beginning and plays it.
    pub fn load_scenario(&self, slug: &str) {
        let Some(scenario) = self.scenario_named(slug) else {
            return;
        };
        self.load(link_to(&scenario));
        self.play();
    }

    /// Starts the present run again from its beginning, without what was done in it by hand.
    pub fn restart(&self) {
        let Some(state) = self.read(|session| session.state()) else {
            return;
        };
        let script = self.scenario_script();
        let state = RunState {
            seed: state.seed,
            knobs: state.knobs,
            script,
            ..RunState::default()
        };
        self.follow_run(state);
        self.play();
    }

    /// Starts the present run again with another seed.
    pub fn reseed(&self, seed: u64) {
        let Some(state) = self.read(|session| session.state()) else {
            return;
        };
        let script = self.scenario_script();
        let state = RunState {
            seed,
            knobs: state.knobs,
            script,
            ..RunState::default()
        };
        self.follow_run(state);
    }

    fn scenario_slug(&self) -> Option<String> {
        self.scenario.get_untracked().map(str::to_owned)
    }

    fn scenario_script(&self) -> Vec<orrery_core::kernel::timeline::Entry> {
        let scenario = self
            .scenario
            .get_untracked()
            .and_then(|slug| self.scenario_named(slug));
        scenario
            .map(|scenario| scenario.state().script)
            .unwrap_or_default()
    }

    /// Opens a run of the present scenario, which differs in its seed or in what is done.
    pub fn follow_run(&self, state: RunState) {
        self.load(Link {
            scenario: self.scenario_slug(),
            state,
            ..Link::default()
        });
    }

    /// Opens a run at its cursor in place of the present one.
    pub fn open_run(&self, state: RunState) {
        self.load(Link::from(state));
    }

    fn load(&self, link: Link) {
        match (self.exhibit.open)(&link.state) {
            Ok(session) => {
                self.with_mut(|inner| inner.session = session);
                self.notice.set(None);
                self.adopt(link);
                self.touch_settings();
            }
            Err(error) => self.say(error.to_string(), true),
        }
    }

    /// Changes the speed by so many steps.
    pub fn change_speed(&self, steps: isize) {
        self.speed.update(|speed| {
            *speed = speed.saturating_add_signed(steps).min(SPEEDS.len() - 1);
        });
    }

    /// The fragment that leads to the present instant.
    pub fn fragment(&self) -> String {
        self.link()
            .map(|link| link.encode(self.pattern()).0)
            .unwrap_or_default()
    }

    /// What the present instant's link leads to.
    pub fn link(&self) -> Option<Link> {
        self.with(|inner| Link {
            scenario: inner.base.scenario.clone(),
            view: self.view.try_get_untracked().unwrap_or_default(),
            ..Link::here(inner.session.as_ref())
        })
    }

    /// How some part of the page is looked at, as the link said.
    pub fn view(&self, key: &str) -> Option<String> {
        self.view.with_untracked(|view| view.get(key).cloned())
    }

    /// Has the link say how some part of the page is looked at, or nothing where that goes without
    /// saying.
    pub fn set_view(&self, key: &str, value: Option<String>) {
        self.change_view(|view| match value {
            Some(value) => drop(view.insert(key.to_owned(), value)),
            None => drop(view.remove(key)),
        });
    }

    /// Changes how the run is looked at, by several keys at once.
    pub fn change_view(&self, change: impl FnOnce(&mut SortedMap<String, String>)) {
        let mut view = self.view.get_untracked();
        change(&mut view);
        if self.view.with_untracked(|before| *before != view) {
            self.view.set(view);
            count(self.changes);
        }
    }

    /// What is told at the cursor: the scenario's caption; where it has none, the last notable step,
    /// or the last step at all.
    pub fn told(&self) -> String {
        let told = self.with(|inner| {
            let now = inner.session.cursor().at;
            let caption = inner.captions.iter().rfind(|(from, _)| *from <= now);
            caption.map(|(_, words)| (*words).to_owned()).or_else(|| {
                let last_notable = |count| {
                    let lines = inner.session.log(count).into_iter();
                    lines.rev().find(|line| line.notable)
                };
                // It is mostly among the last few.
                let told = last_notable(LINES_TOLD / 20).or_else(|| last_notable(LINES_TOLD));
                let last = || inner.session.log(1).pop();
                told.or_else(last).map(|line| line.text)
            })
        });
        told.flatten()
            .unwrap_or_else(|| self.exhibit.card.summary.to_owned())
    }

    /// When the scenario's captions begin.
    pub fn captions(&self) -> Vec<SimTime> {
        let starts = |inner: &Inner| inner.captions.iter().map(|(at, _)| *at).collect();
        self.with(starts).unwrap_or_default()
    }

    /// What led to the event with this number, first cause first, and the event itself: what was
    /// said then, or what it was. What said nothing and has no name, as one arrival that schedules
    /// the next, is left out.
    pub fn causes(&self, event: u64) -> Vec<Cause> {
        let causes = self.read(|session| {
            let chain = session.causes(EventId(event));
            let mut said: SortedMap<EventId, LogLine> = SortedMap::new();
            for line in session.log(LINES_SEARCHED) {
                said.insert(line.event, line);
            }
            let told = chain.into_iter().filter_map(|mut record| {
                let words = match said.remove(&record.id) {
                    Some(line) => {
                        record.node = record.node.or(line.node);
                        match record.kind {
                            RecordKind::Action | RecordKind::Fault => {
                                format!("{}: {}", self.deed(session, &record), line.text)
                            }
                            RecordKind::Local
                            | RecordKind::Timer
                            | RecordKind::Delivered
                            | RecordKind::Lost => line.text,
                        }
                    }
                    None => match record.kind {
                        RecordKind::Action | RecordKind::Fault => self.deed(session, &record),
                        RecordKind::Local
                        | RecordKind::Timer
                        | RecordKind::Delivered
                        | RecordKind::Lost => describe(session, &record)?,
                    },
                };
                Some(Cause { record, words })
            });
            told.collect::<Vec<_>>()
        });
        causes.unwrap_or_default()
    }

    /// What someone did, by the name on its button, and to which node.
    fn deed(&self, session: &dyn Session, record: &Record) -> String {
        let (name, arguments) = record.label.split_once('(').unwrap_or((&record.label, ")"));
        let label = self
            .pattern()
            .call_spec(name)
            .map_or(name, |spec| spec.label);
        let nodes = session.nodes();
        let node = nodes.iter().find(|view| Some(view.id) == record.node);
        match (node, arguments) {
            (Some(node), _) => format!("you: {label} ({})", node.name),
            (None, ")") => format!("you: {label}"),
            (None, arguments) => format!("you: {label} ({arguments}"),
        }
    }

    /// Whole simulated seconds per second of watching at normal speed, at least one.
    pub fn pace(&self) -> u64 {
        self.with(|inner| inner.pace.ceil() as u64)
            .unwrap_or(1)
            .max(1)
    }

    /// How much simulated time passes while one watches for so many seconds at normal speed.
    pub fn watched(&self, secs: f64) -> Span {
        Span::from_secs_f64(secs * self.with(|inner| inner.pace).unwrap_or(1.0))
    }

    /// Says something to the reader.
    pub fn say(&self, text: impl Into<String>, refused: bool) {
        self.notice.set(Some(Notice {
            text: text.into(),
            refused,
        }));
    }

    fn touch_settings(&self) {
        count(self.settings);
    }
}

/// What leads to the start of a scenario.
fn link_to(scenario: &Scenario) -> Link {
    Link {
        scenario: Some(scenario.slug.to_owned()),
        state: scenario.state(),
        ..Link::default()
    }
}

/// Tells whoever watches a value that something has changed.
fn count(changes: Observable<u32>) {
    changes.try_update(|count| *count = count.wrapping_add(1));
}

impl Inner {
    /// What the page is to be told now: of what is due, that which has waited longest.
    fn next_turn(&mut self, now: f64) -> Option<Turn> {
        let lateness = |place: &usize| (now - self.told[*place]) / TURNS[*place].1;
        let due = (0..TURNS.len()).filter(|place| lateness(place) >= 1.0);
        let place = due.max_by(|a, b| lateness(a).total_cmp(&lateness(b)))?;
        self.told[place] = now;
        Some(TURNS[place].0)
    }

    /// Where time stops by itself: at the scenario's end, and on a tour before each caption.
    fn next_rest(&self, touring: bool) -> SimTime {
        let from = self.session.cursor().at;
        let mut captions = self.captions.iter().map(|(at, _)| *at);
        let caption = captions.find(|at| touring && *at > from);
        caption.unwrap_or(SimTime::ZERO + self.lasts)
    }

    /// Moves the run on; also tells whether it has just come to where it rests.
    fn advance(
        &mut self,
        millis: f64,
        speed: f64,
        started: f64,
        rest: SimTime,
        stops: &Stops,
    ) -> (Halt, bool) {
        let (millis, budget) = match &mut self.waited {
            None => (millis, FRAME_BUDGET_MILLIS),
            Some(waited) => {
                *waited += millis;
                if *waited < STRIDE_MILLIS {
                    return (Halt::Budget, false);
                }
                (std::mem::take(waited), STRIDE_BUDGET_MILLIS)
            }
        };
        let from = self.session.cursor().at;
        let wanted = from + Span::from_secs_f64(millis * speed / 1e3 * self.pace);
        let until = if from < rest {
            wanted.min(rest)
        } else {
            wanted
        };
        let mut halt = Halt::Budget;
        while halt == Halt::Budget {
            halt = self.session.advance(until, SLICE_EVENTS, stops);
            if now_millis() - started > budget {
                break;
            }
        }
        (halt, halt == Halt::Reached && from < rest && until == rest)
    }
}

/// What an event was, for one that said nothing; none when there is nothing to say of it.
fn describe(session: &dyn Session, record: &Record) -> Option<String> {
    let nodes = session.nodes();
    let name = |node: Option<NodeId>| {
        let view = nodes.iter().find(|view| Some(view.id) == node);
        view.map_or("", |view| view.name.as_str())
    };
    let (from, at, label) = (name(record.from), name(record.node), &record.label);
    match record.kind {
        RecordKind::Local | RecordKind::Timer if label.is_empty() => None,
        RecordKind::Local => Some(label.to_string()),
        RecordKind::Timer => Some(format!("{at}: {label}")),
        RecordKind::Action | RecordKind::Fault => Some(format!("you: {label}")),
        RecordKind::Delivered => Some(format!("{label}, from {from} to {at}")),
        RecordKind::Lost => Some(format!("{label}, lost from {from} to {at}")),
    }
}

/// Whether the reader asked for calm.
pub fn prefers_reduced_motion() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)");
    query.ok().flatten().is_some_and(|query| query.matches())
}
