//! The kernel by itself: two nodes that call to each other, and what faults and time do to them.

use std::cell::Cell;
use std::rc::Rc;

use orrery_core::catalog;
use orrery_core::condition::Condition;
use orrery_core::kernel::engine::Engine;
use orrery_core::kernel::session::{RunState, Session};
use orrery_core::kernel::timeline::{Cursor, Entry, Halt, Stops, Timeline};
use orrery_core::prelude::*;
use orrery_core::staging::fault;

orrery_core::knobs! {
    /// What can be set.
    pub struct Knobs {
        /// Milliseconds between two calls.
        every_ms: u32 = 100, "Every", range(1, 10_000), unit("ms"), live();
    }
}

orrery_core::actions! {
    /// What a person can do.
    pub enum Action {
        /// Calls once more.
        Call {} = "call", "Call";
        /// Cannot be done.
        Forbidden {} = "forbidden", "Do the impossible";
    }
}

orrery_core::metrics! {
    /// Calls heard.
    HEARD: Counter, "heard", "Heard", "calls";
}

#[derive(Debug, Clone, Hash)]
enum Happening {
    Tick,
    Call(u32),
}

impl Event for Happening {}

#[derive(Debug, Clone)]
struct Heard(u32);

impl Step for Heard {
    fn narrate(&self) -> Narration {
        let narration = Narration::new("heard", format!("Call {} is heard.", self.0));
        if self.0.is_multiple_of(10) {
            narration.notable()
        } else {
            narration
        }
    }
}

/// One node calls on a timer, the other keeps what it hears.
#[derive(Debug, Clone)]
struct Callers {
    every: Span,
    made: u32,
    heard: Vec<(SimTime, u32)>,
    // Shared by all clones: how many events were handled, replays included.
    handled: Rc<Cell<u64>>,
}

const CALLER: NodeId = NodeId(0);
const HEARER: NodeId = NodeId(1);

impl Callers {
    fn call(&mut self, cx: &mut Context<'_, Self>) {
        self.made += 1;
        cx.send(CALLER, HEARER, Happening::Call(self.made));
    }
}

impl Simulation for Callers {
    type Event = Happening;
    type Knobs = Knobs;
    type Action = Action;
    type Step = Heard;

    fn start(knobs: &Knobs, cx: &mut Context<'_, Self>) -> Self {
        cx.add_node("caller");
        cx.add_node("hearer");
        cx.network().set_default_profile(LinkProfile {
            latency: Duration::Constant(Span::from_millis(30)),
            ..LinkProfile::default()
        });
        let every = Span::from_millis(u64::from(knobs.every_ms));
        cx.timer(CALLER, every, Happening::Tick);
        Self {
            every,
            made: 0,
            heard: Vec::new(),
            handled: Rc::default(),
        }
    }

    fn on_event(&mut self, event: Happening, cx: &mut Context<'_, Self>) {
        self.handled.set(self.handled.get() + 1);
        match event {
            Happening::Tick => {
                self.call(cx);
                cx.timer(CALLER, self.every, Happening::Tick);
            }
            Happening::Call(number) => {
                self.heard.push((cx.now(), number));
                cx.count(HEARD, 1);
                cx.say(Heard(number));
            }
        }
    }

    fn on_action(&mut self, action: Action, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        match action {
            Action::Call {} => {
                self.call(cx);
                Ok(())
            }
            Action::Forbidden {} => {
                self.made = 0;
                Err("That cannot be done.".into())
            }
        }
    }

    fn on_knobs(&mut self, knobs: &Knobs, _: &mut Context<'_, Self>) {
        self.every = Span::from_millis(u64::from(knobs.every_ms));
    }

    fn on_restart(&mut self, node: NodeId, cx: &mut Context<'_, Self>) {
        if node == CALLER {
            cx.timer(CALLER, self.every, Happening::Tick);
        }
    }

    fn metrics() -> &'static [MetricSpec] {
        METRICS
    }

    fn properties() -> &'static [Property<Self>] {
        const {
            &[
                Property::always(
                    "fewer than 50",
                    "At most 49 calls are heard.",
                    |callers, _| {
                        holds(callers.heard.len() < 50, || {
                            format!("{} heard", callers.heard.len())
                        })
                    },
                ),
                Property::eventually(
                    "keeps hearing",
                    "Never silent for more than half a second.",
                    Span::from_millis(500),
                    |callers, world| {
                        let last = callers.heard.last().map_or(SimTime::ZERO, |(at, _)| *at);
                        holds(world.now() - last <= Span::from_millis(200), || {
                            "silence".to_owned()
                        })
                    },
                ),
            ]
        }
    }

    fn scene(&self, _: &World<Happening>, _: &mut SceneBuilder) {}
}

fn ms(millis: u64) -> SimTime {
    SimTime::from_millis(millis)
}

fn run(script: &[(u64, Call)], until: u64) -> Timeline<Callers> {
    let script = script
        .iter()
        .map(|(at, call)| Entry {
            at: ms(*at),
            after: None,
            call: call.clone(),
        })
        .collect();
    let mut timeline = Timeline::start(1, Knobs::default(), script, Span::from_millis(100));
    timeline.seek(ms(until));
    timeline
}

fn heard(timeline: &Timeline<Callers>) -> Vec<u64> {
    let heard = &timeline.engine().model().heard;
    heard
        .iter()
        .map(|(at, _)| at.as_nanos() / 1_000_000)
        .collect()
}

fn on(node: u32, name: &str) -> Call {
    fault(name).with("node", node)
}

/// What it teaches, what is done when (in milliseconds), when calls are heard.
type Case = (&'static str, Vec<(u64, Call)>, &'static [u64]);

#[test]
fn faults_do_to_messages_and_timers_what_they_say() {
    let pair = |name: &str| fault(name).with("from", 0).with("to", 1);
    let cut = fault("partition").with("nodes", "1");
    let cases: [Case; 11] = [
        (
            "nothing: a call each 100 ms, 30 ms on its way",
            vec![],
            &[130, 230, 330, 430],
        ),
        (
            "a crash loses the timers, a restart starts anew",
            vec![(150, on(0, "crash")), (250, on(0, "restart"))],
            &[130, 380, 480],
        ),
        (
            "a crashed receiver hears nothing",
            vec![(110, on(1, "crash")), (220, on(1, "restart"))],
            &[230, 330, 430],
        ),
        (
            "a paused receiver hears everything when it goes on",
            vec![(110, on(1, "pause")), (350, on(1, "resume"))],
            &[350, 350, 350, 430],
        ),
        (
            "a paused caller's timer fires late",
            vec![(150, on(0, "pause")), (320, on(0, "resume"))],
            &[130, 350, 450],
        ),
        (
            "a cut link loses what is on its way",
            vec![(110, cut.clone()), (250, fault("repair"))],
            &[330, 430],
        ),
        (
            "a cut the other way changes nothing",
            vec![(110, cut.with("one_way", true))],
            &[130, 230, 330, 430],
        ),
        (
            "a held link keeps messages back until it is released",
            vec![(150, pair("hold")), (310, pair("release"))],
            &[130, 340, 340, 430],
        ),
        (
            "a clock at double speed halves the timers",
            vec![(0, on(0, "skew").with("rate_percent", 200))],
            &[80, 130, 180, 230, 280, 330, 380, 430, 480],
        ),
        (
            "a timer under way follows its clock when that is sped up",
            vec![(50, on(0, "skew").with("rate_percent", 200))],
            &[105, 155, 205, 255, 305, 355, 405, 455],
        ),
        (
            "and when it was slow and is set right",
            vec![
                (50, on(0, "skew").with("rate_percent", 1)),
                (150, on(0, "skew").with("rate_percent", 100)),
            ],
            &[229, 329, 429],
        ),
    ];
    for (lesson, script, expected) in cases {
        assert_eq!(heard(&run(&script, 499)), expected, "{lesson}");
    }
}

#[test]
fn an_entry_with_a_wrong_place_still_waits_for_what_is_due_before_it() {
    let entry = |after| Entry {
        at: ms(250),
        after,
        call: Call::new("call"),
    };
    for after in [None, Some(0), Some(1), Some(1_000)] {
        let script = vec![entry(after)];
        let mut timeline =
            Timeline::<Callers>::start(1, Knobs::default(), script, Span::from_millis(100));
        timeline.seek(ms(350));
        assert_eq!(heard(&timeline), [130, 230, 280, 330], "after {after:?}");
    }
}

#[test]
fn one_message_on_its_way_can_be_lost_by_its_number() {
    let mut timeline = run(&[], 110);
    let flight = timeline.engine().world().flights().remove(0);
    assert!(
        (flight.fraction - 1.0 / 3.0).abs() < 1e-9,
        "ten of thirty milliseconds"
    );
    timeline
        .act(&fault("drop").with("message", flight.id.0 as i64))
        .expect("it is on its way");
    timeline.seek(ms(300));
    assert_eq!(heard(&timeline), [230]);
    let gone = timeline
        .act(&fault("drop").with("message", flight.id.0 as i64))
        .unwrap_err();
    assert_eq!(gone.to_string(), "That message is no longer on its way.");
}

#[test]
fn a_fault_on_a_node_that_does_not_exist_is_refused_with_a_sentence() {
    let mut timeline = run(&[], 110);
    let refused = timeline.act(&on(7, "crash")).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "There is no node 7: choose one from 0 to 1."
    );
    let refused = timeline.act(&on(1, "restart")).unwrap_err();
    assert_eq!(refused.to_string(), "hearer is running: crash it first.");
}

#[test]
fn a_refused_action_leaves_no_trace() {
    let mut timeline = run(&[], 250);
    let before = timeline.engine().trace_hash();
    timeline
        .act(&Call::new("forbidden"))
        .expect_err("it is forbidden");
    assert_eq!(timeline.engine().trace_hash(), before);
    assert_eq!(timeline.engine().model().made, 2);
}

#[test]
fn what_a_script_asks_for_in_vain_is_not_in_the_log_nor_in_the_place_of_what_is() {
    let raft = catalog::find("raft").expect("it is registered");
    let crash = (10, on(0, "crash"));
    let recorded = |vain: &[(u64, Call)]| {
        let script = std::iter::once(&crash).chain(vain);
        let script = script.map(|(at, call)| Entry {
            at: ms(*at),
            after: None,
            call: call.clone(),
        });
        let state = RunState {
            script: script.collect(),
            ..RunState::default()
        };
        let mut session = (raft.machine.open)(&state).expect("it opens");
        session.seek(ms(1_000));
        assert_eq!(session.refused().len(), vain.len());
        let records = session.records(10_000);
        (records, session.log(10_000))
    };
    let vain = [
        // The model refuses, the network refuses, the knob refuses.
        (100, Call::new("timeout").with("node", 0)),
        (200, on(1, "restart")),
        (300, Call::new("set").with("servers", "many")),
    ];
    let (records, log) = recorded(&vain);
    let (without, log_without) = recorded(&[]);
    assert_eq!(records.len(), without.len());
    assert_eq!(records, without);
    assert_eq!(log, log_without);
}

#[test]
fn acting_in_the_past_forks_and_both_futures_stay() {
    let mut timeline = run(&[], 500);
    timeline.seek(ms(250));
    timeline.act(&Call::new("call")).expect("it can be done");
    timeline.seek(ms(500));
    assert_eq!(heard(&timeline), [130, 230, 280, 330, 430]);
    assert!(timeline.switch(0));
    assert_eq!(heard(&timeline), [130, 230, 330, 430]);
    assert!(timeline.switch(1));
    assert_eq!(heard(&timeline), [130, 230, 280, 330, 430]);
    assert!(!timeline.switch(2), "there is no third branch");
}

#[test]
fn acting_at_the_end_of_what_was_played_needs_no_branch() {
    let mut timeline = run(&[], 250);
    timeline.act(&Call::new("call")).expect("it can be done");
    timeline.seek(ms(290));
    timeline.act(&Call::new("call")).expect("it can be done");
    timeline.seek(ms(330));
    assert_eq!(heard(&timeline), [130, 230, 280, 320, 330]);
    timeline.step_back();
    timeline.act(&Call::new("call")).expect("it can be done");
    assert!(timeline.switch(1), "one step back is the past");
}

#[test]
fn an_eventual_promise_is_violated_at_its_deadline_and_not_before() {
    let stopped = [(450, on(0, "crash"))];
    let violation = |until| run(&stopped, until).engine().violation(1);
    assert_eq!(violation(2_000), None, "no event has shown the silence");
    let crash_heard = [
        (450, on(0, "crash")),
        (700, Call::new("set").with("every_ms", 50)),
    ];
    let violation = |until| run(&crash_heard, until).engine().violation(1);
    assert_eq!(violation(1_200), None);
    let found = violation(1_201).expect("700 ms and half a second have passed");
    assert_eq!(found.at, ms(1_200));
}

#[test]
fn an_advance_stops_at_a_notable_step_or_at_a_violation() {
    let mut timeline = run(&[], 0);
    let notable = Stops {
        conditions: Vec::new(),
        notable: true,
        violations: vec![],
    };
    assert_eq!(
        timeline.advance(ms(60_000), u64::MAX, &notable),
        Halt::Notable
    );
    assert_eq!(timeline.cursor().at, ms(1_030));
    let violation = Stops {
        conditions: Vec::new(),
        notable: false,
        violations: vec![0],
    };
    assert_eq!(
        timeline.advance(ms(60_000), u64::MAX, &violation),
        Halt::Violated(0)
    );
    assert_eq!(timeline.cursor().at, ms(5_030));
    assert_eq!(
        timeline.advance(ms(60_000), 10, &Stops::default()),
        Halt::Budget
    );
}

#[test]
fn a_script_acts_in_the_middle_of_an_instant_when_it_says_so() {
    let mut played = run(&[(100, Call::new("call")), (130, Call::new("call"))], 130);
    assert_eq!(
        played.cursor(),
        Cursor {
            at: ms(130),
            ordinal: 5
        }
    );
    played.step_back();
    played.step_back();
    assert_eq!(played.cursor().ordinal, 3, "one of the two calls is heard");
    played.act(&Call::new("call")).expect("it can be done");
    let (knobs, end) = (Knobs::default(), ms(400));
    played.seek(end);
    let entry = Entry {
        at: ms(130),
        after: Some(3),
        call: Call::new("call"),
    };
    let script = vec![
        Entry {
            at: ms(100),
            after: None,
            call: Call::new("call"),
        },
        entry,
    ];
    let mut replayed = Timeline::<Callers>::start(1, knobs, script, Span::from_millis(100));
    replayed.seek(end);
    assert_eq!(replayed.engine().trace_hash(), played.engine().trace_hash());
}

#[test]
fn seeking_in_a_long_run_finds_the_state_that_playing_reached() {
    let knobs = Knobs { every_ms: 1 };
    let mut timeline = Timeline::<Callers>::start(1, knobs.clone(), vec![], Span::from_secs(1));
    timeline.seek(SimTime::from_secs(60));
    assert_eq!(timeline.cursor().ordinal, 60_000 + 59_970);
    for secs in [59, 3, 31, 0, 17] {
        timeline.seek(SimTime::from_secs(secs));
        let mut engine = Engine::<Callers>::start(1, knobs.clone());
        engine.advance(SimTime::from_secs(secs), None);
        assert_eq!(
            timeline.engine().trace_hash(),
            engine.trace_hash(),
            "{secs} s"
        );
    }
}

#[test]
fn a_seek_replays_little_in_either_direction() {
    let knobs = Knobs { every_ms: 1 };
    let mut timeline = Timeline::<Callers>::start(1, knobs, vec![], Span::from_secs(1));
    timeline.seek(SimTime::from_secs(60));
    for secs in [1, 59, 20, 21, 58] {
        let handled = |timeline: &Timeline<Callers>| timeline.engine().model().handled.get();
        let before = handled(&timeline);
        timeline.seek(SimTime::from_secs(secs));
        let by_time = handled(&timeline) - before;
        assert!(by_time < 2_048, "{secs} s took {by_time} events");
    }
}

#[test]
fn a_condition_stops_at_the_same_place_however_the_run_is_played() {
    let bucket = catalog::find("token-bucket").expect("it is registered");
    let scenario = bucket.scenario("burst").expect("it is declared");
    let condition = Condition::parse("refused:rate >= 5", (bucket.machine.metrics)());
    let stops = Stops {
        conditions: vec![condition.expect("it can be read")],
        ..Stops::default()
    };
    let end = ms(60_000);
    let open = || (bucket.machine.open)(&scenario.state()).expect("it opens");
    let next = |session: &mut dyn Session, slice: u64| {
        loop {
            match session.advance(end, slice, &stops) {
                Halt::Budget => {}
                Halt::Condition(0) => return Some(session.cursor()),
                Halt::Reached => return None,
                other @ (Halt::Condition(_) | Halt::Notable | Halt::Violated(_)) => {
                    panic!("stopped for {other:?}")
                }
            }
        }
    };
    let mut whole = open();
    let first = next(&mut *whole, u64::MAX).expect("it comes true");
    let second = next(&mut *whole, u64::MAX);
    assert!(first.at > SimTime::ZERO && second.is_none_or(|second| second > first));
    let mut sliced = open();
    assert_eq!(next(&mut *sliced, 3), Some(first));
    assert_eq!(next(&mut *sliced, 1), second);
    let mut sought = open();
    sought.seek(end);
    sought.seek(first.at - Span::from_millis(300));
    assert_eq!(next(&mut *sought, 7), Some(first));
}
