//! What every pattern in the registry must do. A new pattern is tested here before its author
//! writes a test.
//!
//! With `ORRERY_PATTERN=SLUG` in the environment only that pattern is looked at, which takes seconds.

#[path = "../asked/mod.rs"]
mod asked;
mod declarations;

use std::collections::{BTreeMap, BTreeSet};

use asked::patterns;
use orrery_core::catalog::{self, Pattern, Reading, Scenario};
use orrery_core::kernel::network::Fault;
use orrery_core::kernel::session::{RunState, Session};
use orrery_core::kernel::timeline::{Cursor, Halt, Stops};
use orrery_core::lab::{Agreement, Theory};
use orrery_core::link::Link;
use orrery_core::scene::{Painter, Scene, StageShape};
use orrery_core::simulation::PropertyKind;
use orrery_core::sorted::SortedMap;
use orrery_core::spec::{ActionSpec, Actions as _, Kind, Spec};
use orrery_core::time::{SimTime, Span};
use orrery_core::value::{Call, Value};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Runs a check for every scenario of every pattern and names the one that fails.
fn for_each_scenario(check: impl Fn(&'static Pattern, &Scenario)) {
    for pattern in patterns() {
        for scenario in (pattern.scenarios)() {
            let name = format!("{}/{}", pattern.card.slug, scenario.slug);
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                check(pattern, &scenario);
            }));
            assert!(outcome.is_ok(), "{name} failed, see above");
        }
    }
}

fn open(pattern: &Pattern, state: &RunState) -> Box<dyn Session> {
    (pattern.machine.open)(state).unwrap_or_else(|error| panic!("{}: {error}", pattern.card.slug))
}

fn reading(pattern: &Pattern) -> &'static Reading {
    catalog::reading(pattern).expect("every pattern has something to read")
}

fn end(scenario: &Scenario) -> SimTime {
    SimTime::ZERO + scenario.lasts
}

/// A repeatable property-test runner.
fn runner(cases: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

#[test]
fn a_scenario_is_complete_and_plays_to_its_end_with_nothing_refused() {
    for_each_scenario(|pattern, scenario| {
        assert!(!scenario.captions.is_empty(), "no caption");
        assert!(!scenario.claims.is_empty(), "it claims to show nothing");
        assert!(
            scenario.still <= end(scenario),
            "its still lies after its end"
        );
        let outcome =
            (pattern.machine.simulate)(&scenario.state(), end(scenario)).expect("it opens");
        assert_eq!(
            outcome.refused,
            Vec::<String>::new(),
            "its script is refused"
        );
        assert!(outcome.happened > 0, "nothing happens");
    });
}

#[test]
fn a_scenario_shows_what_it_claims() {
    for_each_scenario(|pattern, scenario| {
        let outcome =
            (pattern.machine.simulate)(&scenario.state(), end(scenario)).expect("it opens");
        for claim in &scenario.claims {
            assert!((claim.check)(&outcome), "not borne out: {}", claim.sentence);
        }
    });
}

#[test]
fn promises_hold_except_those_that_a_scenario_says_it_breaks() {
    for_each_scenario(|pattern, scenario| {
        let outcome =
            (pattern.machine.simulate)(&scenario.state(), end(scenario)).expect("it opens");
        let violated: BTreeSet<&str> = outcome.violated.iter().copied().collect();
        let announced: BTreeSet<&str> = scenario.breaks.iter().copied().collect();
        assert_eq!(
            violated, announced,
            "on the left what its run breaks, on the right what its `breaks` says"
        );
    });
}

#[test]
fn something_moves_within_the_first_second_of_watching() {
    for_each_scenario(|pattern, scenario| {
        let mut session = open(pattern, &scenario.state());
        let first = session.scene(StageShape::Wide);
        let second = Span::from_secs_f64(scenario.pace);
        let moved = (1..=10).any(|tenth| {
            session.seek(SimTime::ZERO + second * tenth / 10);
            session.scene(StageShape::Wide) != first
        });
        assert!(moved, "the stage stands still");
    });
}

#[test]
fn seeking_to_an_instant_equals_playing_to_it() {
    for_each_scenario(|pattern, scenario| {
        let whole = scenario.lasts.as_nanos();
        let mut sought = open(pattern, &scenario.state());
        sought.seek(end(scenario));
        for part in [7, 3, 10, 0, 5, 9, 1] {
            let at = SimTime::from_nanos(whole / 10 * part);
            sought.seek(at);
            let mut played = open(pattern, &scenario.state());
            let mut now = SimTime::ZERO;
            while now < at {
                now = at.min(now + Span::from_nanos(whole / 37));
                played.advance(now, u64::MAX, &Stops::default());
            }
            assert_eq!(sought.cursor(), played.cursor(), "at {at}");
            assert_eq!(sought.trace_hash(), played.trace_hash(), "at {at}");
            assert_eq!(
                sought.scene(StageShape::Wide),
                played.scene(StageShape::Wide),
                "at {at}"
            );
            assert_eq!(sought.log(50), played.log(50), "at {at}");
        }
    });
}

#[test]
fn a_recorded_run_and_a_bare_one_have_the_same_trace() {
    for_each_scenario(|pattern, scenario| {
        let bare = (pattern.machine.simulate)(&scenario.state(), end(scenario)).expect("it opens");
        let mut session = open(pattern, &scenario.state());
        session.seek(end(scenario));
        assert_eq!(session.trace_hash(), bare.trace_hash);
    });
}

#[test]
fn a_link_leads_to_the_same_instant_of_the_same_run() {
    for_each_scenario(|pattern, scenario| {
        let mut session = open(pattern, &scenario.state());
        session.seek(SimTime::ZERO + scenario.lasts / 2);
        for spec in (pattern.machine.actions)() {
            let _ = session.act(&Call::new(spec.name));
        }
        session.step();
        session.step_back();
        let _ = (pattern.machine.actions)()
            .iter()
            .any(|s| session.act(&Call::new(s.name)).is_ok());
        let link = Link {
            scenario: Some(scenario.slug.to_owned()),
            view: SortedMap::from([("tab".to_owned(), "code & more".to_owned())]),
            ..Link::here(session.as_ref())
        };
        let (text, left_out) = link.encode(pattern);
        assert_eq!(left_out, Vec::<String>::new());
        let (read, problems) = Link::decode(pattern, &format!("#{text}"));
        assert_eq!(problems, []);
        // Whole links are too long to be read side by side.
        let again_as_text = read.encode(pattern).0;
        assert!(
            read == link,
            "{text} is read as something else: written again it is {again_as_text}; a scenario may \
             set a knob to what it is without"
        );
        let again = open(pattern, &read.state);
        assert_eq!(again.trace_hash(), session.trace_hash());
        assert_eq!(read.check(again.as_ref(), &pattern.card), Ok(()));
    });
}

#[test]
fn a_link_to_a_run_that_goes_otherwise_here_says_so() {
    for pattern in patterns() {
        let (link, problems) = Link::decode(pattern, "at=2&hash=0000abcd");
        assert_eq!(problems, []);
        let changed = link.check(open(pattern, &link.state).as_ref(), &pattern.card);
        let problem = changed.expect_err("it is another run").to_string();
        assert!(problem.contains(pattern.card.name), "{problem}");
    }
}

#[test]
fn a_torn_or_hostile_link_is_opened_as_far_as_it_can_be_read() {
    for pattern in patterns() {
        for torn in [
            "v=9",
            "seed=-1",
            "seed=1e9",
            "nonsense=1",
            "at=1e400",
            "at=999999999",
            "at=NaN@x",
            "on=7",
            "do=soon:x",
            "do=1:no-such-action",
            "fork=9,1@1",
            "hash=12",
            "hash=+0000abc",
            "scenario=%3Cscript%3E",
            "%ff%fe=1",
        ] {
            let (link, problems) = Link::decode(pattern, torn);
            assert_eq!(
                problems.len(),
                1,
                "{}: {torn}: {problems:?}",
                pattern.card.slug
            );
            assert!(problems[0].to_string().len() < 600);
            open(pattern, &link.state);
        }
        runner(300)
            .run(&".{0,200}", |text| {
                let (link, _) = Link::decode(pattern, &text);
                open(pattern, &link.state);
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{}: {error}", pattern.card.slug));
    }
}

#[test]
fn stepping_back_undoes_stepping_forward() {
    for_each_scenario(|pattern, scenario| {
        let mut session = open(pattern, &scenario.state());
        session.seek(SimTime::ZERO + scenario.lasts / 3);
        let mut passed = Vec::new();
        for _ in 0..20 {
            if !session.step() {
                break;
            }
            passed.push((session.cursor(), session.trace_hash()));
        }
        while let Some(last) = passed.pop() {
            assert_eq!((session.cursor(), session.trace_hash()), last);
            session.step_back();
        }
    });
}

#[test]
fn acting_in_the_past_keeps_the_old_future() {
    for_each_scenario(|pattern, scenario| {
        let mut session = open(pattern, &scenario.state());
        session.seek(end(scenario));
        let old = session.trace_hash();
        session.seek(SimTime::ZERO + scenario.lasts / 2);
        let acted = (pattern.machine.actions)()
            .iter()
            .map(|spec| Call::new(spec.name))
            .any(|call| session.act(&call).is_ok());
        if !acted {
            return;
        }
        assert_eq!(session.branches().len(), 2);
        assert_eq!(session.current_branch(), 1);
        session.seek(end(scenario));
        assert!(session.switch(0));
        session.seek(end(scenario));
        assert_eq!(session.trace_hash(), old);
    });
}

#[test]
fn a_run_survives_being_saved_and_opened() {
    for_each_scenario(|pattern, scenario| {
        let mut session = open(pattern, &scenario.state());
        session.seek(SimTime::ZERO + scenario.lasts / 2);
        for spec in (pattern.machine.actions)() {
            let _ = session.act(&Call::new(spec.name));
        }
        session.advance(
            SimTime::ZERO + scenario.lasts * 3 / 4,
            u64::MAX,
            &Stops::default(),
        );
        session.step();
        let state = session.state();
        let text = serde_json::to_string(&state).expect("a run is plain data");
        let read: RunState = serde_json::from_str(&text).expect("and reads back");
        assert_eq!(read, state);
        let opened = open(pattern, &read);
        assert_eq!(opened.cursor(), session.cursor());
        assert_eq!(opened.trace_hash(), session.trace_hash());
        assert_eq!(opened.state(), state);
    });
}

fn extremes(spec: &Spec) -> Vec<Value> {
    match &spec.kind {
        Kind::Flag => vec![Value::Flag(false), Value::Flag(true)],
        Kind::Int { min, max } => vec![Value::Int(*min), Value::Int(*max)],
        Kind::Real { min, max } => vec![Value::Real(*min), Value::Real(*max)],
        Kind::Choice(choices) => choices
            .iter()
            .map(|choice| Value::from(choice.key))
            .collect(),
        Kind::Text { max_chars } => vec![Value::from(""), Value::from("é".repeat(*max_chars))],
        Kind::Node => vec![Value::Int(0), Value::Int(999)],
        Kind::Nodes => vec![Value::from(""), Value::from("0"), Value::from("0 1 2")],
        Kind::Trace => vec![Value::from(""), Value::from("0.5,a\n0.75,b,2\n1,a\n")],
    }
}

#[test]
fn every_knob_works_at_each_end_of_its_range() {
    for pattern in patterns() {
        for spec in (pattern.machine.knobs)() {
            assert_eq!(
                spec.accept(&spec.default),
                Ok(spec.default.clone()),
                "{}",
                spec.key
            );
            assert!(
                spec.help.len() > 10,
                "{}: {} has no help",
                pattern.card.slug,
                spec.key
            );
            for value in extremes(spec) {
                let state = RunState {
                    seed: 3,
                    knobs: SortedMap::from([(spec.key.to_owned(), value.clone())]),
                    ..RunState::default()
                };
                let mut session = open(pattern, &state);
                session.advance(SimTime::from_secs(4), 20_000, &Stops::default());
                check_scene(pattern, &session.scene(StageShape::Wide));
                if spec.live {
                    let mut session = open(pattern, &RunState::default());
                    session.seek(SimTime::from_secs(1));
                    session
                        .set_knob(spec.key, &value)
                        .expect("a live knob takes its extremes");
                    session.advance(SimTime::from_secs(3), 20_000, &Stops::default());
                }
            }
        }
    }
}

#[test]
fn a_knob_out_of_range_is_refused_with_a_sentence_and_changes_nothing() {
    for pattern in patterns() {
        let mut session = open(pattern, &RunState::default());
        for spec in (pattern.machine.knobs)() {
            let bad = match &spec.kind {
                Kind::Int { max, .. } => Value::Int(max.saturating_add(1)),
                Kind::Real { .. } => Value::Real(f64::NAN),
                Kind::Text { max_chars } => Value::from("x".repeat(max_chars + 1)),
                Kind::Trace => Value::from("soon,<b>"),
                Kind::Flag | Kind::Choice(_) | Kind::Node | Kind::Nodes => Value::Real(0.5),
            };
            let before = session.state();
            let error = session.set_knob(spec.key, &bad).expect_err("out of range");
            assert!(error.to_string().contains(spec.label), "{error}");
            assert_eq!(session.state(), before);
        }
        assert!(
            session
                .set_knob("no-such-knob", &Value::Flag(true))
                .is_err()
        );
        assert!(session.act(&Call::new("no-such-action")).is_err());
    }
}

fn value_within(spec: &Spec) -> BoxedStrategy<Value> {
    match spec.kind.clone() {
        Kind::Flag => any::<bool>().prop_map(Value::Flag).boxed(),
        Kind::Int { min, max } => (min..=max).prop_map(Value::Int).boxed(),
        Kind::Real { min, max } => (min..=max).prop_map(Value::Real).boxed(),
        Kind::Choice(choices) => prop::sample::select(choices)
            .prop_map(|choice| Value::from(choice.key))
            .boxed(),
        Kind::Text { max_chars } => prop::collection::vec(any::<char>(), 0..max_chars.min(24))
            .prop_map(|chars| Value::from(chars.into_iter().collect::<String>()))
            .boxed(),
        Kind::Node => (0_i64..10).prop_map(Value::Int).boxed(),
        Kind::Nodes => prop::collection::vec(0_u32..10, 0..4)
            .prop_map(|nodes| {
                Value::from(
                    nodes
                        .iter()
                        .map(u32::to_string)
                        .collect::<Vec<_>>()
                        .join(" "),
                )
            })
            .boxed(),
        Kind::Trace => Just(Value::from("0.1,a\n0.2,b,3\n0.2,a\n1.5,c\n")).boxed(),
    }
}

fn call_within(spec: &'static ActionSpec, prefix: &'static str) -> BoxedStrategy<Call> {
    let args: Vec<_> = spec
        .params
        .iter()
        .map(|p| (Just(p.key), value_within(p)))
        .collect();
    args.prop_map(move |args| {
        args.into_iter().fold(
            Call::new(format!("{prefix}{}", spec.name)),
            |call, (key, value)| call.with(key, value),
        )
    })
    .boxed()
}

/// Everything a person can do to a pattern: its actions, all faults, its live knobs.
fn any_call(pattern: &Pattern) -> BoxedStrategy<Call> {
    let mut calls: Vec<BoxedStrategy<Call>> = (pattern.machine.actions)()
        .iter()
        .map(|spec| call_within(spec, ""))
        .collect();
    calls.extend(
        Fault::specs()
            .iter()
            .map(|spec| call_within(spec, "fault.")),
    );
    calls.extend(
        (pattern.machine.knobs)()
            .iter()
            .filter(|spec| spec.live)
            .map(|spec| {
                value_within(spec)
                    .prop_map(|value| Call::new("set").with(spec.key, value))
                    .boxed()
            }),
    );
    prop::strategy::Union::new(calls).boxed()
}

#[test]
fn any_actions_at_any_times_leave_a_run_that_draws_and_replays() {
    for pattern in patterns() {
        let acts = prop::collection::vec((0_u64..2_000, any_call(pattern)), 1..12);
        runner(200)
            .run(&(any::<u64>(), acts), |(seed, acts)| {
                let mut session = open(
                    pattern,
                    &RunState {
                        seed,
                        ..RunState::default()
                    },
                );
                for (gap, call) in acts {
                    let until = session.cursor().at + Span::from_millis(gap);
                    let _ = session.act(&call);
                    if session.advance(until, 20_000, &Stops::default()) == Halt::Budget {
                        break;
                    }
                }
                check_scene(pattern, &session.scene(StageShape::Tall));
                let replayed = open(pattern, &session.state());
                prop_assert_eq!(replayed.trace_hash(), session.trace_hash());
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{}: {error}", pattern.card.slug));
    }
}

fn check_scene(pattern: &Pattern, scene: &Scene) {
    assert_eq!(
        scene.problems(),
        Vec::<String>::new(),
        "{}",
        pattern.card.slug
    );
}

#[test]
fn every_scene_names_its_items_and_stays_on_the_stage() {
    for_each_scenario(|pattern, scenario| {
        let mut session = open(pattern, &scenario.state());
        for part in 0..=24 {
            session.seek(SimTime::ZERO + scenario.lasts * part / 24);
            for shape in [StageShape::Wide, StageShape::Tall] {
                check_scene(pattern, &session.scene(shape));
                if let Some(lanes) = session.lanes(shape, Span::from_secs(4)) {
                    check_scene(pattern, &lanes);
                }
            }
        }
    });
}

/// What is kept from frame to frame saves time and changes nothing.
#[test]
fn a_frame_among_others_is_the_frame_drawn_alone() {
    const FRAMES: u64 = 24;
    for_each_scenario(|pattern, scenario| {
        let mut played = open(pattern, &scenario.state());
        let mut painter = Painter::default();
        let mut check = |played: &dyn Session, shape| {
            let scene = played.scene(shape);
            let mut alone = open(pattern, &scenario.state());
            alone.seek(played.cursor().at);
            assert_eq!(scene, alone.scene(shape), "at {}", played.cursor().at);
            let expected = scene.to_picture();
            assert_eq!(painter.picture(scene), expected);
        };
        for frame in 0..=FRAMES {
            played.advance(
                SimTime::ZERO + scenario.lasts * frame / FRAMES,
                u64::MAX,
                &Stops::default(),
            );
            check(&*played, StageShape::Wide);
        }
        check(&*played, StageShape::Tall);
        played.seek(SimTime::ZERO + scenario.lasts / 2);
        check(&*played, StageShape::Wide);
    });
}

#[test]
fn an_item_that_stays_keeps_its_shape_under_its_id() {
    for_each_scenario(|pattern, scenario| {
        let mut session = open(pattern, &scenario.state());
        let mut shapes = BTreeMap::new();
        for part in 0..=48 {
            session.seek(SimTime::ZERO + scenario.lasts * part / 48);
            for item in session.scene(StageShape::Wide).items {
                let shape = std::mem::discriminant(&item.shape);
                let before = shapes.insert(item.id.to_string(), shape);
                assert!(
                    before.is_none_or(|before| before == shape),
                    "{} changes its shape",
                    item.id
                );
            }
        }
    });
}

#[test]
fn every_menu_entry_on_the_stage_is_a_call_that_the_pattern_knows() {
    for_each_scenario(|pattern, scenario| {
        let mut session = open(pattern, &scenario.state());
        for part in 0..=12 {
            session.seek(SimTime::ZERO + scenario.lasts * part / 12);
            for item in session.scene(StageShape::Wide).items {
                for call in item.calls() {
                    let spec = pattern.call_spec(&call.name);
                    let spec = spec.unwrap_or_else(|| panic!("{}: {call}", item.id));
                    for key in call.args.keys() {
                        assert!(spec.params.iter().any(|p| p.key == key), "{call}");
                    }
                }
            }
        }
    });
}

#[test]
fn every_narrated_region_exists_in_the_source() {
    for_each_scenario(|pattern, scenario| {
        let marked: BTreeSet<&str> = reading(pattern)
            .sources
            .iter()
            .flat_map(|source| source.text.lines())
            .filter_map(|line| line.trim().strip_prefix("// region: "))
            .collect();
        let mut session = open(pattern, &scenario.state());
        session.seek(end(scenario));
        let log = session.log(20_000);
        assert!(!log.is_empty(), "it says nothing");
        for line in log {
            assert!(
                line.text.ends_with(['.', '!', '?', '”']),
                "not a sentence: {}",
                line.text
            );
            if let Some(region) = line.region {
                assert!(marked.contains(region), "no region {region}");
            }
        }
    });
}

#[test]
fn experiments_agree_with_theory() {
    for pattern in patterns() {
        for experiment in (pattern.experiments)() {
            let points = experiment.run(pattern).expect("its knobs are accepted");
            let lines = experiment.lines.as_ref();
            let lines = lines.map_or(1, |lines| lines.values.len());
            assert_eq!(points.len(), experiment.values.len() * lines);
            for point in points {
                let line = point.y.iter().map(|y| format!(", {y}"));
                let at: String = std::iter::once(point.x.to_string()).chain(line).collect();
                let name = format!("{}/{} at {at}", pattern.card.slug, experiment.slug);
                assert!(point.summary.mean.is_finite(), "{name}: no measurement");
                let expected = match experiment.theory {
                    Theory::Curve { .. } => Agreement::Agrees,
                    Theory::Lines { .. } if point.theory.is_some() => Agreement::Agrees,
                    Theory::Lines { .. } | Theory::None(_) => Agreement::NoTheory,
                };
                assert_eq!(
                    point.agreement, expected,
                    "{name}: measured {} ± {}, theory {:?}",
                    point.summary.mean, point.summary.half_width, point.theory
                );
            }
        }
    }
}

#[test]
fn every_promise_is_broken_by_some_variant() {
    for pattern in patterns() {
        let slug = pattern.card.slug;
        let breaking = (pattern.breaking)();
        let broken: BTreeSet<&str> = breaking
            .variants
            .iter()
            .flat_map(|variant| variant.breaks.iter().copied())
            .collect();
        for promise in (pattern.machine.promises)() {
            if promise.kind == PropertyKind::Sometimes {
                continue;
            }
            let name = promise.name;
            assert!(broken.contains(name), "{slug}: no variant breaks “{name}”");
        }
        let names = (pattern.machine.properties)();
        for name in &broken {
            assert!(names.contains(name), "{slug}: there is no promise “{name}”");
        }
    }
}

#[test]
fn a_broken_variant_takes_a_safeguard_away_and_says_what_harm_comes_of_it() {
    for pattern in patterns() {
        let specs = (pattern.machine.knobs)();
        let variants = (pattern.breaking)().variants;
        let slugs: BTreeSet<&str> = variants.iter().map(|variant| variant.slug).collect();
        assert_eq!(slugs.len(), variants.len(), "{}", pattern.card.slug);
        for variant in variants {
            let name = format!("{}/{}", pattern.card.slug, variant.slug);
            open(pattern, &variant.state());
            assert!(!variant.breaks.is_empty(), "{name} breaks nothing");
            assert!(variant.harm.ends_with('.'), "{name}: {}", variant.harm);
            let removed = |spec: &&Spec| {
                let given = variant.knobs.iter().find(|(key, _)| *key == spec.key);
                spec.safeguard && given.is_some_and(|(_, value)| *value != spec.default)
            };
            assert!(specs.iter().any(|spec| removed(&spec)), "{name} is safe");
        }
    }
}

/// The promises that runs so long, with these settings, are too short to see broken.
fn out_of_sight(pattern: &Pattern, state: &RunState, lasts: Span) -> Vec<&'static str> {
    let trial = (pattern.machine.trial)(state).expect("the settings are accepted");
    let promises = (pattern.machine.promises)().into_iter().enumerate();
    promises
        .filter(|(index, _)| trial.patience(*index) >= lasts)
        .map(|(_, promise)| promise.name)
        .collect()
}

#[test]
fn a_search_looks_at_runs_that_last_longer_than_a_promise_lets_anything_go_on() {
    for pattern in patterns() {
        let slug = pattern.card.slug;
        let breaking = (pattern.breaking)();
        let unseen = out_of_sight(pattern, &breaking.state(), breaking.lasts);
        let lasts = breaking.lasts;
        assert!(unseen.is_empty(), "{slug}, runs of {lasts}: {unseen:?}");
        for variant in breaking.variants {
            let mut unseen = out_of_sight(pattern, &variant.state(), variant.lasts);
            unseen.retain(|name| variant.breaks.contains(name));
            let (name, lasts) = (variant.slug, variant.lasts);
            assert!(
                unseen.is_empty(),
                "{slug}/{name}, runs of {lasts}: {unseen:?}"
            );
        }
    }
}

#[test]
fn what_a_search_spares_exists_and_has_a_reason() {
    for pattern in patterns() {
        let breaking = (pattern.breaking)();
        open(pattern, &breaking.state());
        for spared in breaking.spared {
            let known = match spared.name.strip_prefix("set.") {
                Some(knob) => (pattern.machine.knobs)()
                    .iter()
                    .any(|spec| spec.key == knob),
                None => pattern.call_spec(spared.name).is_some(),
            };
            assert!(known, "{}: {}", pattern.card.slug, spared.name);
            assert!(
                spared.since.len() > 20,
                "{}: {}",
                pattern.card.slug,
                spared.name
            );
        }
    }
}

#[test]
fn a_challenge_is_not_done_at_its_start_nor_by_waiting() {
    for pattern in patterns() {
        for challenge in pattern.all_challenges() {
            let name = format!("{}/{}", pattern.card.slug, challenge.slug);
            if let Some(scenario) = challenge.scenario {
                assert!(
                    pattern.scenario(scenario).is_some(),
                    "{name}: no “{scenario}”"
                );
            }
            assert!(challenge.task.ends_with('.'), "{name}: {}", challenge.task);
            let mut session = open(pattern, &challenge.state(pattern));
            assert!(
                !challenge.is_done(pattern, &*session),
                "{name} is done at its start"
            );
            session.seek(challenge.solution.by);
            assert!(
                !challenge.is_done(pattern, &*session),
                "{name} is done by waiting"
            );
        }
    }
}

#[test]
fn a_challenge_can_be_done_and_its_solution_shows_how() {
    for pattern in patterns() {
        for challenge in pattern.all_challenges() {
            let name = format!("{}/{}", pattern.card.slug, challenge.slug);
            for (key, _) in &challenge.solution.knobs {
                assert!(
                    challenge.free.contains(key),
                    "{name}: {key} may not be turned"
                );
            }
            let mut session = open(pattern, &challenge.solved(pattern));
            let whole = challenge.solution.by.as_nanos();
            let done = (0..=200).any(|part| {
                session.seek(SimTime::from_nanos(whole / 200 * part));
                let states = pattern.challenges(&*session);
                let own = states.iter().find(|s| s.challenge.slug == challenge.slug);
                own.is_some_and(|state| state.done)
            });
            assert!(done, "{name} is not solved by its solution");
            assert_eq!(session.refused(), [], "{name}");
        }
    }
}

#[test]
fn a_challenge_does_not_count_when_a_fixed_knob_is_turned() {
    for pattern in patterns() {
        for challenge in pattern.all_challenges() {
            let fixed = (pattern.machine.knobs)().iter().find(|spec| {
                matches!(spec.kind, Kind::Flag) && !challenge.free.contains(&spec.key)
            });
            let Some(spec) = fixed else {
                continue;
            };
            let mut session = open(pattern, &challenge.solved(pattern));
            session.seek(challenge.solution.by);
            if let Some(Value::Flag(now)) = session.knob(spec.key) {
                session
                    .set_knob(spec.key, &Value::Flag(!now))
                    .expect("a flag can be turned");
            }
            let name = format!("{}/{}", pattern.card.slug, challenge.slug);
            assert!(
                !challenge.is_done(pattern, &*session),
                "{name} by {}",
                spec.key
            );
        }
    }
}

#[test]
fn a_saved_cursor_in_the_middle_of_an_instant_is_found_again() {
    for_each_scenario(|pattern, scenario| {
        let mut session = open(pattern, &scenario.state());
        for _ in 0..40 {
            if !session.step() {
                break;
            }
            let cursor = session.cursor();
            let mut other = open(pattern, &scenario.state());
            other.seek_cursor(cursor);
            assert_eq!(other.cursor(), cursor);
            assert_eq!(other.trace_hash(), session.trace_hash());
        }
        session.seek_cursor(Cursor::default());
        assert_eq!(session.cursor().at, SimTime::ZERO);
    });
}
