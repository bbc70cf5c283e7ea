//! The cluster: bookkeeping of copies, promises under any sequence of actions, refusals.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proptest::prelude::*;

use super::super::PATTERN;
use super::super::algorithm::{Bound, HashRing, Placement};
use super::super::layout::{Layout, Ones, Peer, Plan, Rules, Slots, bit};
use super::super::model::{
    Action, BOUNDED, Cluster, DISTINCT, JOINING, Knobs, LEAVING, ONE_OWNER, Rule,
};
use super::super::orbits::{INSIDE, Orbits, between, tone_of};
use super::super::population::Population;
use crate::kernel::engine::{Engine, Recording};
use crate::kernel::session::{RunState, Session};
use crate::kernel::timeline::Entry;
use crate::lab::Outcome;
use crate::prelude::*;
use crate::scene::{Rect, StageShape};
use crate::spec::Actions as _;
use crate::staging::fault;

const PLACEMENT: Placement = Placement::Modern {
    points_per_weight: 20,
};

fn ring(members: Slots) -> HashRing<Peer> {
    let peers = (0_u8..6)
        .filter(|slot| members & bit(*slot) != 0)
        .map(|slot| {
            let address: Rc<str> = format!("10.0.0.{slot}").into();
            (Peer { address, slot }, 1)
        });
    HashRing::from_nodes(PLACEMENT, peers).expect("distinct addresses")
}

/// What the layout keeps up to date step by step, counted afresh.
fn cold_units(layout: &Layout, keys: &Population) -> u64 {
    let cold = |key: usize| {
        let units = 0..keys.demand()[key];
        units
            .filter(|unit| !layout.holds(layout.asked(key, *unit), key))
            .count() as u64
    };
    (0..keys.len()).map(cold).sum()
}

/// Points that stand, that move and that stand for what is missing, each by place and tone in
/// any order.
type Points = [Vec<(u32, u32, u8)>; 3];

fn orbits() -> Orbits {
    Orbits::new(Rect::new(0.0, 0.0, 400.0, 400.0), 6)
}

fn drawn(layout: &Layout, keys: &Population, now: SimTime) -> Points {
    let crowd = orbits().keys(layout, keys, now);
    let standing = [&crowd.settled, &crowd.waiting];
    [&standing[..], &[&crowd.moving], &[&crowd.missing]].map(|swarms| {
        let mut points = Vec::new();
        for swarm in swarms {
            let places = swarm.x.iter().zip(&*swarm.y).zip(&*swarm.tone);
            points.extend(places.map(|((x, y), tone)| (x.to_bits(), y.to_bits(), *tone)));
        }
        points.sort_unstable();
        points
    })
}

/// What there is to draw, copy by copy.
fn counted(layout: &Layout, keys: &Population, now: SimTime) -> Points {
    let mut points = Points::default();
    let mut put = |kind: usize, key: usize, track: f64, tone: Tone| {
        let (x, y) = orbits().spot(keys, key, track);
        points[kind].push((x.to_bits(), y.to_bits(), tone.index()));
    };
    let coming = layout.coming();
    for (key, wanted) in layout.all_wanted().iter().enumerate() {
        for slot in Ones(*wanted) {
            if layout.holds(slot, key) {
                put(0, key, slot.into(), tone_of(slot));
            } else if coming[key] & bit(slot) == 0 {
                put(2, key, slot.into(), Tone::Failed);
            }
        }
        if *wanted == 0 {
            put(2, key, INSIDE, Tone::Failed);
        }
    }
    for (copy, gone) in layout
        .shipments()
        .iter()
        .flat_map(|shipment| shipment.progress(now))
    {
        let key = copy.key as usize;
        match gone {
            None => {}
            Some(gone) if gone <= 0.0 => put(0, key, copy.from.into(), tone_of(copy.from)),
            Some(gone) if gone >= 1.0 => put(0, key, copy.to.into(), tone_of(copy.to)),
            Some(gone) => put(1, key, between(copy, gone), Tone::Active),
        }
    }
    points.map(|mut points| {
        points.sort_unstable();
        points
    })
}

/// Lets everything that is on its way arrive.
fn land_all(layout: &mut Layout, up: Slots, keys: &Population) {
    while let Some(shipment) = layout.shipments().first().map(|shipment| shipment.id) {
        layout.land(shipment, up, keys);
    }
}

#[derive(Debug, Clone)]
enum Turn {
    Follow {
        members: Slots,
        bound: u16,
        replicas: usize,
        hands_over: bool,
    },
    LandOne {
        up: Slots,
    },
    Fill {
        key: usize,
        unit: u64,
    },
    Forget {
        slot: u8,
    },
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn = prop_oneof![
        (
            1_u32..64,
            prop_oneof![Just(0_u16), 1_u16..600],
            1_usize..4,
            any::<bool>()
        )
            .prop_map(|(members, bound, replicas, hands_over)| Turn::Follow {
                members,
                bound,
                replicas,
                hands_over
            }),
        (0_u32..64).prop_map(|up| Turn::LandOne { up }),
        (0_usize..120, 0_u64..1_000).prop_map(|(key, unit)| Turn::Fill { key, unit }),
        (0_u8..6).prop_map(|slot| Turn::Forget { slot }),
    ];
    proptest::collection::vec(turn, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_would_miss_is_counted_right_whatever_happens(heat in 0_u32..90, turns in turns()) {
        let keys = Population::numbered(PLACEMENT, 120, 0.0).heated(17, heat);
        let plan = |members, bound: u16, replicas| {
            let bound = (bound > 0).then(|| Bound::from_thousandths(bound));
            Plan::on_ring(&ring(members), Rules { bound, replicas, ..Rules::default() }, &keys)
        };
        let mut layout = Layout::settled(plan(0b111, 0, 1));
        for turn in turns {
            match turn {
                Turn::Follow { members, bound, replicas, hands_over } => {
                    let plan = plan(members, bound, replicas);
                    layout.follow(plan, 0b11_1111, hands_over, SimTime::ZERO, &keys);
                }
                Turn::LandOne { up } => {
                    if let Some(shipment) = layout.shipments().first().map(|shipment| shipment.id) {
                        layout.land(shipment, up, &keys);
                    }
                }
                Turn::Fill { key, unit } => {
                    let slot = layout.asked(key, unit % keys.demand()[key]);
                    layout.fill(key, slot, &keys);
                }
                Turn::Forget { slot } => layout.forget(slot, &keys),
            }
            let expected = cold_units(&layout, &keys) as f64 / keys.total_demand() as f64;
            prop_assert_eq!(layout.cold_fraction(&keys), expected);
            let now = SimTime::from_millis(900);
            let kept = drawn(&layout, &keys, now);
            prop_assert_eq!(&kept, &drawn(&layout.clone(), &keys, now), "a clone has nothing kept");
            prop_assert_eq!(kept, counted(&layout, &keys, now));
        }
    }

    #[test]
    fn what_is_handed_over_arrives_and_nothing_is_missing_afterwards(
        plans in proptest::collection::vec((1_u32..64, 1_usize..4), 1..6),
        land_between in any::<bool>(),
    ) {
        let keys = Population::numbered(PLACEMENT, 200, 0.0);
        let plan = |members, replicas| Plan::on_ring(&ring(members), Rules { replicas, ..Rules::default() }, &keys);
        let mut layout = Layout::settled(plan(0b1, 1));
        for (members, replicas) in plans {
            layout.follow(plan(members, replicas), 0b11_1111, true, SimTime::ZERO, &keys);
            if land_between {
                land_all(&mut layout, 0b11_1111, &keys);
            }
        }
        land_all(&mut layout, 0b11_1111, &keys);
        for (key, wanted) in layout.all_wanted().iter().enumerate() {
            let held = (0_u8..6).filter(|slot| layout.holds(*slot, key));
            prop_assert_eq!(held.fold(0, |set, slot| set | bit(slot)), *wanted, "key {}", key);
        }
        prop_assert_eq!(layout.cold_fraction(&keys), 0.0);
    }

    #[test]
    fn no_sequence_of_actions_breaks_a_promise_of_the_ring(
        seed in 0_u64..1_000,
        calls in proptest::collection::vec(any_call(), 1..14),
    ) {
        let outcome = play(seed, &[("keys", Value::from(300))], &calls);
        prop_assert_eq!(outcome.violated, Vec::<&str>::new());
    }

    #[test]
    fn a_safeguard_that_is_missing_breaks_its_own_promise_and_no_other(
        seed in 0_u64..1_000,
        calls in proptest::collection::vec(any_call(), 1..14),
        missing in 0_usize..3,
    ) {
        let (safeguard, promise) = [
            ("one_list", ONE_OWNER),
            ("shrink_rooms", BOUNDED),
            ("skip_met", DISTINCT),
        ][missing];
        let knobs = [
            ("keys", Value::from(300)),
            ("bound", Value::from(0.2)),
            ("replicas", Value::from(2)),
            (safeguard, Value::Flag(false)),
        ];
        let violated = play(seed, &knobs, &calls).violated;
        prop_assert!(violated.iter().all(|name| *name == promise), "{violated:?}");
    }

    #[test]
    fn ketama_keeps_them_too_as_long_as_all_weights_are_equal(
        seed in 0_u64..1_000,
        calls in proptest::collection::vec(any_call(), 1..14),
    ) {
        let equal: Vec<Call> = calls
            .into_iter()
            .filter(|call| call.name != "set_weight" && !call.args.contains_key("weight"))
            .collect();
        let knobs = [("keys", Value::from(300)), ("rule", Value::from("ketama"))];
        prop_assert_eq!(play(seed, &knobs, &equal).violated, Vec::<&str>::new());
    }
}

fn any_call() -> impl Strategy<Value = Call> {
    let node = 0_i64..9;
    prop_oneof![
        Just(Call::new("add_node")),
        (1_i64..9).prop_map(|weight| Call::new("add_node").with("weight", weight)),
        node.clone()
            .prop_map(|node| Call::new("remove_node").with("node", node)),
        (node.clone(), 0_i64..9).prop_map(|(node, weight)| Call::new("set_weight")
            .with("node", node)
            .with("weight", weight)),
        node.clone()
            .prop_map(|node| fault("crash").with("node", node)),
        node.clone()
            .prop_map(|node| fault("restart").with("node", node)),
        node.prop_map(|node| fault("pause").with("node", node)),
        (1_i64..91).prop_map(|percent| Call::new("heat").with("percent", percent)),
        (0.0..1.0).prop_map(|bound| Call::new("set").with("bound", bound)),
        (1_i64..6).prop_map(|copies| Call::new("set").with("replicas", copies)),
        (1_i64..300).prop_map(|points| Call::new("set").with("vnodes", points)),
        Just(Call::new("look_up")),
        Just(Call::new("paste_keys")),
        any::<bool>().prop_map(|compare| Call::new("set").with("compare", compare)),
    ]
}

/// A run in which something is done every 0.3 s; what is refused is passed over.
fn play(seed: u64, knobs: &[(&str, Value)], calls: &[Call]) -> Outcome {
    let entry = |(index, call): (usize, &Call)| Entry {
        at: SimTime::from_millis(300 * (index as u64 + 1)),
        after: None,
        call: call.clone(),
    };
    let state = RunState {
        seed,
        knobs: knobs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
        script: calls.iter().enumerate().map(entry).collect(),
        ..RunState::default()
    };
    let end = SimTime::from_millis(300 * calls.len() as u64 + 4_000);
    (PATTERN.machine.simulate)(&state, end).expect("its knobs are accepted")
}

#[test]
fn without_the_ring_joining_and_leaving_break_their_promises() {
    let rule = [("rule", Value::from("modulo"))];
    let joined = play(1, &rule, &[Call::new("add_node")]);
    assert_eq!(joined.violated, [JOINING]);
    let left = play(1, &rule, &[Call::new("remove_node").with("node", 2)]);
    assert_eq!(left.violated, [LEAVING]);
}

/// What breaks when these calls are made with one safeguard off, and with it on.
fn broken_without(safeguard: &str, knobs: &[(&str, Value)], calls: &[Call]) -> Vec<&'static str> {
    let with = |on: bool| {
        let set: Vec<(&str, Value)> = [(safeguard, Value::Flag(on))]
            .into_iter()
            .chain(knobs.iter().cloned())
            .collect();
        play(1, &set, calls).violated
    };
    assert_eq!(with(true), Vec::<&str>::new(), "with {safeguard}");
    with(false)
}

#[test]
fn two_member_lists_give_a_key_two_owners_until_both_groups_have_heard() {
    let broken = |calls: &[Call]| broken_without("one_list", &[], calls);
    assert_eq!(broken(&[Call::new("add_node")]), [ONE_OWNER]);
    assert_eq!(broken(&[fault("crash").with("node", 3)]), [ONE_OWNER]);
    assert_eq!(broken(&[Call::new("heat")]), Vec::<&str>::new());

    let knobs = Knobs {
        one_list: false,
        ..Knobs::default()
    };
    let mut run = Engine::<Cluster>::start(1, knobs);
    run.try_act(&Call::new("add_node"), None).expect("room");
    let disputed = |run: &Engine<Cluster>| run.model().audit.disputed;
    let moved = disputed(&run);
    assert!(moved > 0);
    run.advance(SimTime::from_secs(1), None);
    run.try_act(&Call::new("add_node"), None).expect("room");
    assert!(disputed(&run) > moved, "two changes are unheard of");
    run.advance(SimTime::from_secs(2), None);
    assert!(disputed(&run) > 0, "one still is");
    run.advance(SimTime::from_secs(3), None);
    assert_eq!(disputed(&run), 0);
}

#[test]
fn other_keys_make_old_news_void() {
    let knobs = Knobs {
        one_list: false,
        ..Knobs::default()
    };
    let mut run = Engine::<Cluster>::start(1, knobs);
    for call in ["add_node", "paste_keys"] {
        run.try_act(&Call::new(call), None).expect("it can be done");
    }
    assert_eq!(run.model().audit.disputed, 0);
    run.advance(SimTime::from_secs(5), None);
    assert_eq!(run.model().audit.disputed, 0);
}

#[test]
fn clients_who_have_not_heard_miss_at_the_former_owner() {
    let leave = Call::new("remove_node").with("node", 2);
    let missed = |one_list: bool| {
        let knobs = [
            ("one_list", Value::Flag(one_list)),
            ("rate", Value::from(200.0)),
            ("hand_over", Value::Flag(false)),
        ];
        play(1, &knobs, std::slice::from_ref(&leave)).value("misses")
    };
    assert!(missed(false) > missed(true));
}

#[test]
fn a_node_that_keeps_its_room_is_over_the_bound_when_another_joins() {
    let knobs = [("bound", Value::from(0.1)), ("vnodes", Value::from(20))];
    let broken = |calls: &[Call]| broken_without("shrink_rooms", &knobs, calls);
    assert_eq!(broken(&[Call::new("add_node")]), [BOUNDED]);
    let tighter = Call::new("set").with("bound", 0.05);
    assert_eq!(broken(&[tighter]), [BOUNDED]);
    let fewer = Call::new("remove_node").with("node", 2);
    assert_eq!(broken(&[fewer]), Vec::<&str>::new(), "the share grows");
    // Without a bound there is no room to keep.
    let off_and_on = [0.0, 0.05].map(|bound| Call::new("set").with("bound", bound));
    assert_eq!(broken(&off_and_on), Vec::<&str>::new());
}

#[test]
fn the_next_points_are_the_next_nodes_only_while_each_has_one_point() {
    let knobs = [("vnodes", Value::from(1)), ("replicas", Value::from(2))];
    let broken = |calls: &[Call]| broken_without("skip_met", &knobs, calls);
    assert_eq!(broken(&[Call::new("add_node")]), Vec::<&str>::new());
    let heavier = Call::new("set_weight").with("node", 2).with("weight", 8);
    assert_eq!(broken(&[heavier]), [DISTINCT]);

    let lost = |skip_met: bool| {
        let knobs = [
            ("skip_met", Value::Flag(skip_met)),
            ("replicas", Value::from(2)),
            ("rate", Value::from(0.0)),
        ];
        play(1, &knobs, &[fault("crash").with("node", 3)]).value("cold")
    };
    assert_eq!(lost(true), 0.0, "the heir has a copy");
    assert!(lost(false) > 0.0, "both copies were on one node");
}

#[test]
fn a_list_that_names_a_node_twice_is_noticed_wherever_it_lies() {
    // So few keys and points that most repeats are where no key is.
    for seed in 0..40 {
        let knobs = Knobs {
            nodes: 3,
            vnodes: 3,
            keys: 100,
            skip_met: false,
            ..Knobs::default()
        };
        let run = Engine::<Cluster>::start(seed, knobs);
        let owners: Vec<u8> = run
            .model()
            .ring
            .walk(0)
            .map(|(_, peer)| peer.slot)
            .collect();
        let repeats = (0..owners.len()).any(|from| {
            let next = (0..3).map(|step| owners[(from + step) % owners.len()]);
            next.collect::<BTreeSet<u8>>().len() < 3
        });
        let broken = run.violation(4).is_some();
        assert_eq!(broken, repeats, "seed {seed}: {owners:?}");
    }
}

#[test]
fn the_key_looked_up_last_is_shown_under_both_rules_that_are_compared() {
    let mut state = RunState::default();
    state.knobs.insert("compare".to_owned(), true.into());
    let mut session = (PATTERN.machine.open)(&state).expect("its knobs are accepted");
    let lines = |session: &dyn Session| {
        let outline = session.scene(StageShape::Wide).outline();
        let of_it = |line: &&str| line.contains("user:42");
        let lines = outline.lines().filter(of_it);
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines(&*session), Vec::<String>::new());
    let call = Call::new("look_up").with("key", "user:42");
    session.act(&call).expect("any text is a key");
    let shown = lines(&*session);
    for item in ["look-up-line", "modulo-look-up-line"] {
        assert!(shown.iter().any(|line| line.starts_with(item)), "{shown:?}");
    }
}

#[test]
fn a_refusal_says_what_to_do() {
    let check = |knobs: &[(&str, Value)], calls: &[Call], sentence: &str| {
        let refused = play(1, knobs, calls).refused;
        let last = refused.last().map(String::as_str).unwrap_or_default();
        assert!(
            last.ends_with(sentence),
            "{last:?} does not end with {sentence:?}"
        );
    };
    let one = [("nodes", Value::from(1))];
    let most = [("nodes", Value::from(24))];
    let call = Call::new;
    check(
        &one,
        &[call("remove_node").with("node", 1)],
        "somebody must own the keys. Add a node first.",
    );
    check(
        &one,
        &[call("set_weight").with("weight", 0)],
        "somebody must own the keys. Add a node first.",
    );
    check(
        &one,
        &[call("remove_node").with("node", 0)],
        "Node 0 is not a cache node: choose one from 1 to 1.",
    );
    check(
        &most,
        &[call("add_node")],
        "There are 24 nodes, the most there can be: remove one first.",
    );
    check(
        &[("rule", Value::from("modulo"))],
        &[call("set_weight")],
        "Hash mod n knows no weights: choose a ring as placement.",
    );
    check(
        &[],
        &[fault("crash").with("node", 1), call("remove_node")],
        "A has crashed: restart it first.",
    );
    check(
        &[],
        &[call("remove_node"), call("remove_node")],
        "A is not on the ring.",
    );
    check(
        &[],
        &[call("look_up").with("key", "  ")],
        "Type a key to look up.",
    );
    check(
        &[],
        &[call("paste_keys").with("keys", ", ,\n")],
        "Paste at least one key.",
    );
    check(
        &[],
        &[
            call("paste_keys").with("keys", "anna"),
            call("heat").with("key", "bert"),
        ],
        "There is no key “bert”: try anna, or paste your own.",
    );
}

#[test]
fn what_is_told_of_a_key_is_how_its_rule_found_it() {
    for (rule, told, lights) in [
        (
            Rule::Modern,
            "of the circle further on is a point of",
            "preference-list",
        ),
        (
            Rule::Ketama,
            "of the circle further on is a point of",
            "preference-list",
        ),
        (Rule::Modulo, "which mod n picks", "modulo"),
    ] {
        let knobs = Knobs {
            rule,
            rate: 0.0,
            ..Knobs::default()
        };
        let mut engine = Engine::<Cluster>::start(1, knobs);
        let mut recording = Recording::new(Span::from_secs(1));
        engine
            .try_act(
                &Call::new("look_up").with("key", "anna"),
                Some(&mut recording),
            )
            .expect("it is a key");
        let mut said = recording
            .said
            .until(u64::MAX)
            .map(|(_, said)| &said.narration);
        let found = said.find(|narration| narration.text.contains(told));
        let region = found.and_then(|narration| narration.region);
        assert_eq!(region, Some(lights), "{rule:?}");
    }
}

#[test]
fn the_same_lookups_meet_every_rule() {
    let lookups = |rule: &str| {
        let knobs = [
            ("rule", Value::from(rule)),
            ("rate", Value::from(50.0)),
            ("zipf", Value::from(1.0)),
        ];
        let run = play(7, &knobs, &[Call::new("add_node"), Call::new("add_node")]);
        run.value("lookups")
    };
    assert!(lookups("modern") > 100.0);
    assert_eq!(lookups("modern"), lookups("ketama"));
    assert_eq!(lookups("modern"), lookups("modulo"));
}

#[test]
fn a_crash_costs_the_keys_of_one_node_and_a_return_wins_them_back_slowly() {
    let knobs = [("nodes", Value::from(8)), ("rate", Value::from(0.0))];
    let crash = fault("crash").with("node", 3);
    let crashed = play(3, &knobs, std::slice::from_ref(&crash));
    let lost = crashed.value("cold");
    assert!((0.05..0.25).contains(&lost), "{lost} of the keys were C’s");
    assert_eq!(crashed.value("last_moved"), lost, "and only they moved");

    // Nobody asks: the heirs have nothing to hand back, so the same keys are still missing.
    let pause = || Call::new("set").with("rate", 0.0);
    let back = play(
        3,
        &knobs,
        &[crash, pause(), pause(), fault("restart").with("node", 3)],
    );
    assert_eq!(back.value("cold"), lost);
}

#[test]
fn a_node_that_is_back_before_anyone_notices_is_empty_but_never_left() {
    let knobs = [("rate", Value::from(0.0))];
    let blink = [
        fault("crash").with("node", 1),
        fault("restart").with("node", 1),
    ];
    let run = play(3, &knobs, &blink);
    assert_eq!(run.value("moved"), 0.0);
    assert!(run.value("cold") > 0.0);
}

#[test]
fn clients_that_wait_for_a_dead_node_give_up() {
    let knobs = [("rate", Value::from(100.0))];
    let run = play(3, &knobs, &[fault("crash").with("node", 2)]);
    assert!(run.value("timeouts") > 0.0);
    let silent = play(3, &knobs, &[fault("crash").with("node", 0)]);
    assert!(
        silent.value("lookups") < run.value("lookups") / 2.0,
        "crashed clients ask nothing"
    );
}

#[test]
fn a_pasted_key_is_asked_for_as_often_as_it_was_pasted() {
    let keys = Population::pasted(PLACEMENT, "anna,bert anna\ncarl\tanna").expect("five words");
    let demand: BTreeMap<String, u64> = (0..keys.len())
        .map(|key| (keys.name(key).to_string(), keys.demand()[key]))
        .collect();
    let expected = [("anna", 3), ("bert", 1), ("carl", 1)];
    assert_eq!(
        demand,
        expected
            .map(|(name, times)| (name.to_owned(), times))
            .into()
    );
    assert!(Population::pasted(PLACEMENT, " ,\n").is_none());
}

#[test]
fn a_heated_key_has_the_share_asked_for() {
    let keys = Population::numbered(PLACEMENT, 500, 0.9);
    let key = keys.find(PLACEMENT, "user:7").expect("it is there");
    let keys = keys.heated(key, 40);
    let share = keys.demand()[key] as f64 / keys.total_demand() as f64;
    assert!((share - 0.4).abs() < 1e-5, "{share}");
    assert_eq!(keys.celebrity(), Some(key));
    assert_eq!(keys.find(PLACEMENT, "user:500"), None);
}

#[test]
fn popularity_follows_the_law_asked_for() {
    let keys = Population::numbered(PLACEMENT, 1_000, 1.0);
    let units = |name: &str| keys.demand()[keys.find(PLACEMENT, name).expect("it is there")] as f64;
    for (name, times) in [("user:1", 2.0), ("user:9", 10.0), ("user:99", 100.0)] {
        assert!(
            (units("user:0") / units(name) / times - 1.0).abs() < 0.01,
            "{name}"
        );
    }
    assert!(Population::numbered(PLACEMENT, 1_000, 0.0).are_alike());
}

#[test]
fn a_checkpoint_shares_what_is_big() {
    let knobs = Knobs {
        keys: 100_000,
        vnodes: 1_000,
        nodes: 24,
        ..Knobs::default()
    };
    let engine = Engine::<Cluster>::start(1, knobs);
    let model = engine.model();
    let copy = model.clone();
    assert!(std::ptr::eq(model.keys.positions(), copy.keys.positions()));
    assert!(std::ptr::eq(model.keys.demand(), copy.keys.demand()));
    assert!(std::ptr::eq(
        model.real.all_wanted(),
        copy.real.all_wanted()
    ));
    assert_eq!(Rc::strong_count(&model.drawing), 2);
    assert_eq!(model.knobs.rule, Rule::Modern);
}

#[test]
fn every_action_has_a_call_that_leads_back_to_it() {
    for spec in Action::specs() {
        let call = Call::new(spec.name);
        let action = Action::from_call(&call).expect("its defaults are accepted");
        assert_eq!(Action::from_call(&action.to_call()), Ok(action));
    }
}
