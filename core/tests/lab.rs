//! Sweeps, ensembles and comparisons: the same result whoever does the work, and a clear word for
//! every plan that cannot be carried out.

use orrery_core::sorted::SortedMap;

use orrery_core::catalog::{self, Pattern};
use orrery_core::kernel::session::{RunState, Session as _};
use orrery_core::kernel::timeline::{Entry, Halt, Stops};
use orrery_core::lab::{
    Agreement, Axis, AxisName, Compare, CompareError, Ensemble, EnsemblePlan, Measure, MergeError,
    Part, PlanError, Reduction, Results, Scale, Shard, Slices, Sweep, SweepPlan, Values, Verdict,
    merge, read_variants, write_variants,
};
use orrery_core::link::Link;
use orrery_core::time::{SimTime, Span};
use orrery_core::value::{Call, Value};
use proptest::prelude::*;

fn bucket() -> &'static Pattern {
    catalog::find("token-bucket").expect("it is registered")
}

/// Four capacities by three rates, three runs of five seconds each.
fn plan() -> SweepPlan {
    let x = Axis::range("capacity", 2.0, 20.0, 4);
    let measure = Measure::parse("delay:p99", bucket()).expect("it has it");
    let mut plan = SweepPlan::new(bucket(), &RunState::default(), x, measure);
    plan.y = Some(Axis::list("rate", [2.0, 5.0, 9.0]));
    (plan.seed, plan.runs, plan.lasts) = (77, 3, Span::from_secs(5));
    plan
}

fn sweep() -> Sweep {
    Sweep::new(plan(), bucket()).expect("the plan is fine")
}

fn finish(mut slices: Slices, budget: u64) -> Results {
    while !slices.advance(budget).expect("it starts") {}
    slices.into_results()
}

/// Everything that a sweep came to, to the last bit.
fn text(results: &Results) -> String {
    let bits: Vec<Option<u64>> = results
        .readings()
        .iter()
        .map(|reading| reading.map(f64::to_bits))
        .collect();
    format!("{bits:?} {:?}", results.points())
}

#[test]
fn units_in_any_order_give_what_one_run_gives() {
    let whole = finish(sweep().start(), u64::MAX);
    assert!(whole.is_complete());
    assert_eq!(whole.progress(), (36, 36));
    let sweep = sweep();
    let mut backwards = Results::new(sweep.clone(), Shard::WHOLE);
    for unit in (0..sweep.units()).rev() {
        assert!(backwards.insert(unit, sweep.run(unit).expect("it starts")));
        assert!(!backwards.insert(unit, 0.0), "a unit counts once");
    }
    assert_eq!(text(&backwards), text(&whole));
}

#[test]
fn slices_of_any_size_give_what_one_run_gives() {
    let whole = text(&finish(sweep().start(), u64::MAX));
    for budget in [1, 7, 1_000] {
        assert_eq!(
            text(&finish(sweep().start(), budget)),
            whole,
            "slices of {budget}"
        );
    }
}

#[test]
fn joined_shards_are_bit_for_bit_what_one_run_gives() {
    let whole = finish(sweep().start(), u64::MAX);
    for of in [1, 2, 5, 36, 40] {
        let mut parts: Vec<(String, Part)> = (1..=of)
            .map(|index| {
                let shard = Shard { index, of };
                let part = finish(sweep().start_shard(shard), 10_000).part();
                // Over a file and back.
                let file = serde_json::to_string(&part).expect("it is plain data");
                let read: Part = serde_json::from_str(&file).expect("it reads back");
                assert_eq!(read, part);
                (format!("part-{index}.json"), read)
            })
            .collect();
        parts.reverse();
        let joined = merge(&parts, bucket()).expect("they fit");
        assert_eq!(text(&joined), text(&whole), "{of} shards");
        assert_eq!(joined.part(), whole.part());
    }
}

#[test]
fn parts_that_do_not_fit_are_refused_with_the_name_of_the_file() {
    let part = |plan: SweepPlan, index, of| {
        let sweep = Sweep::new(plan, bucket()).expect("the plan is fine");
        let part = finish(sweep.start_shard(Shard { index, of }), u64::MAX).part();
        (format!("{index}.json"), part)
    };
    let check = |parts: &[(String, Part)], sentence: &str| {
        let error = merge(parts, bucket()).expect_err(sentence);
        assert_eq!(error.to_string(), sentence);
    };
    let (one, two) = (part(plan(), 1, 3), part(plan(), 2, 3));
    check(&[], "there are no parts to join: name at least one file");
    check(
        std::slice::from_ref(&two),
        "2 of 3 parts are missing: 1/3, 3/3",
    );
    check(
        &[
            one.clone(),
            two.clone(),
            ("copy.json".to_owned(), one.1.clone()),
        ],
        "copy.json and 1.json are both part 1/3: leave one out",
    );
    check(
        &[one.clone(), part(plan(), 2, 2)],
        "2.json is part 2/2, but 1.json is one of 3 parts: divide the sweep once",
    );
    let mut other = plan();
    other.seed = 78;
    check(
        &[one.clone(), part(other, 2, 3)],
        "2.json has another plan than 1.json: parts of one sweep only can be joined",
    );
    let mut torn = part(plan(), 3, 3);
    torn.1.readings[4] = None;
    check(
        &[one.clone(), two.clone(), torn.clone()],
        "3.json holds 11 of 12 runs: let it finish first",
    );
    torn.1.readings.pop();
    check(
        &[one.clone(), two.clone(), torn.clone()],
        "3.json says it is part 3/3 and holds 11 readings where 12 belong: it is damaged",
    );
    torn.1.orrery = "9.9.9".to_owned();
    assert!(matches!(
        merge(&[one.clone(), torn], bucket()),
        Err(MergeError::OtherVersion { .. })
    ));
    let mut absurd = one;
    absurd.1.shard = Shard {
        index: u32::MAX,
        of: u32::MAX,
    };
    assert!(matches!(
        merge(&[absurd], bucket()),
        Err(MergeError::Missing { .. })
    ));
}

#[test]
fn run_j_meets_the_same_arrivals_at_every_point() {
    let sweep = sweep();
    for unit in 0..sweep.units() {
        let (place, state) = (sweep.place(unit), sweep.state(unit));
        assert_eq!(state.seed, 77 + u64::from(place.run));
        let (x, y) = sweep.values(place.point);
        assert_eq!(state.knobs.get("capacity"), Some(x));
        assert_eq!(state.knobs.get("rate"), y);
    }
    let places: Vec<_> = (0..sweep.units()).map(|unit| sweep.place(unit)).collect();
    let first_round = &places[..sweep.point_count()];
    assert!(
        first_round.iter().all(|place| place.run == 0),
        "every point early"
    );
}

#[test]
fn partial_results_say_what_is_known_so_far() {
    let mut slices = sweep().start();
    assert_eq!(slices.results().points(), []);
    assert_eq!(slices.estimate(0.0).seconds, None);
    let mut seen = 0;
    while !slices.advance(100).expect("it starts") {
        let points = slices.results().points().len();
        assert!(points >= seen, "points do not go away");
        seen = points;
        let estimate = slices.estimate(2.0);
        let passed = 36 * 5 - estimate.simulated.as_nanos().div_ceil(1_000_000_000);
        assert!(estimate.seconds.is_some() || passed == 0, "{estimate:?}");
    }
    let estimate = slices.estimate(2.0);
    assert_eq!((estimate.runs, estimate.seconds), (0, Some(0.0)));
}

#[test]
fn half_the_work_predicts_as_long_again() {
    let mut slices = sweep().start();
    while slices.results().progress().0 < 18 {
        slices.advance(1).expect("it starts");
    }
    let estimate = slices.estimate(3.0);
    assert_eq!(estimate.runs, 18);
    assert!((estimate.seconds.expect("something was measured") - 3.0).abs() < 1e-9);
}

#[test]
fn a_plan_survives_being_written_and_read() {
    let mut plan = plan();
    plan.knobs = SortedMap::from([("latency".to_owned(), Value::Real(0.1 + 0.2))]);
    plan.script.push(Entry {
        at: SimTime::from_millis(1_500),
        after: None,
        call: Call::new("burst").with("size", 7),
    });
    plan.x.values = Values::Range {
        from: 1.0 / 3.0 * 9.0,
        to: 1e3 / 7.0,
        steps: 5,
        scale: Scale::Log,
    };
    let text = serde_json::to_string_pretty(&plan).expect("it is plain data");
    let read: SweepPlan = serde_json::from_str(&text).expect("it reads back");
    assert_eq!(read, plan);
}

fn refused(change: impl FnOnce(&mut SweepPlan)) -> String {
    let mut plan = plan();
    change(&mut plan);
    Sweep::new(plan, bucket())
        .expect_err("it must be refused")
        .to_string()
}

#[test]
fn a_plan_that_cannot_be_carried_out_says_what_where_and_what_to_do() {
    let range = |from, to, steps| Axis::range("capacity", from, to, steps);
    let list = |knob: &str, values: &[Value]| Axis::list(knob, values.iter().cloned());
    let cases: [(String, &str); 20] = [
        (
            refused(|p| p.x.knob = "warp".into()),
            "the x axis: there is no setting named “warp”",
        ),
        (
            refused(|p| p.x = Axis::range("scope", 0.0, 1.0, 2)),
            "has no range; list its values: ",
        ),
        (
            refused(|p| p.x = range(f64::NAN, 1.0, 2)),
            "the x axis: NaN is no end of a range",
        ),
        (
            refused(|p| p.x = range(1.0, f64::INFINITY, 2)),
            "inf is no end of a range; give a finite",
        ),
        (
            refused(|p| p.x = range(9.0, 3.0, 2)),
            "goes from 9 to 3: give the smaller number first",
        ),
        (
            refused(|p| p.x = range(1.0, 9.0, 0)),
            "has 0 values: choose from 2 to 1000",
        ),
        (
            refused(|p| p.x = range(1.0, 9.0, 1)),
            "has 1 values: choose from 2 to 1000",
        ),
        (
            refused(|p| p.x = range(1.0, 9.0, 1_000_000_000)),
            "has 1000000000 values: choose from 2",
        ),
        (
            refused(|p| p.x = range(-5.0, 9.0, 3)),
            "the x axis: Capacity cannot be -5: choose",
        ),
        (
            refused(|p| p.x = list("capacity", &[])),
            "has 0 values: choose from 1 to 1000",
        ),
        (
            refused(|p| p.x = list("capacity", &[3.into(), 3.0.into()])),
            "names 3 twice: leave one",
        ),
        (
            refused(|p| p.y = Some(range(1.0, 9.0, 2))),
            "both axes vary “capacity”: choose another",
        ),
        (
            refused(|p| p.runs = 0),
            "each point has 0 runs: choose at least 1",
        ),
        (
            refused(|p| p.runs = 1_000_000_000),
            "are 12000000000 runs: at most 1000000 are made",
        ),
        (
            refused(|p| p.lasts = Span::ZERO),
            "a run cannot last 0 s: choose more than 0 s",
        ),
        (
            refused(|p| p.lasts = Span::from_secs(100_000)),
            "and at most 86400.00 s",
        ),
        (
            refused(|p| p.pattern = "saga".into()),
            "the plan is for the pattern “saga”, not for",
        ),
        (
            refused(|p| drop(p.knobs.insert("capacity".into(), 0.into()))),
            "all runs share: Capacity",
        ),
        (
            refused(|p| {
                p.measure = Measure::Broken {
                    promise: "x".into(),
                }
            }),
            "no promise named “x”",
        ),
        (
            refused(|p| {
                p.script.push(Entry {
                    at: SimTime::from_secs(1),
                    after: None,
                    call: Call::new("dance"),
                });
            }),
            "what is done at 1.000 s: there is no action named “dance”",
        ),
    ];
    for (sentence, part) in cases {
        assert!(sentence.contains(part), "“{sentence}” lacks “{part}”");
        assert!(sentence.len() < 700, "{sentence}");
    }
    let ratio = refused(|p| {
        p.x.values = Values::Range {
            from: 0.0,
            to: 9.0,
            steps: 3,
            scale: Scale::Log,
        };
    });
    assert!(ratio.contains("equal ratios cannot start at 0"), "{ratio}");
}

#[test]
fn a_measure_that_does_not_exist_is_refused_with_those_that_do() {
    for (given, part) in [
        (
            "speed",
            "there is no metric named “speed”; the metrics here are admitted",
        ),
        (
            "delay:p98",
            "has no “p98”: choose one of mean, p50, p90, p95, p99, max, total, rate",
        ),
        ("admitted:p99", "has no “p99”: choose one of rate, total"),
        ("admitted/speed", "there is no metric named “speed”"),
    ] {
        let sentence = Measure::parse(given, bucket())
            .expect_err(given)
            .to_string();
        assert!(sentence.contains(part), "“{sentence}” lacks “{part}”");
    }
    let rate = Measure::parse("admitted", bucket()).expect("a counter has a rate");
    let Measure::Metric { reduction, .. } = rate else {
        panic!("it is a metric");
    };
    assert_eq!(reduction, Reduction::Rate);
}

#[test]
fn an_axis_is_read_as_a_range_or_as_a_list() {
    let xs = |text: &str| {
        let mut plan = plan();
        plan.x = Axis::parse(text, AxisName::X, bucket())?;
        plan.y = None;
        Sweep::new(plan, bucket()).map(|sweep| sweep.xs().to_vec())
    };
    let ints = |ints: &[i64]| Ok(ints.iter().copied().map(Value::Int).collect::<Vec<_>>());
    assert_eq!(xs("capacity=1..9:3"), ints(&[1, 5, 9]));
    assert_eq!(xs("capacity=1..100:3:log"), ints(&[1, 10, 100]));
    assert_eq!(
        xs("capacity=1..3:9"),
        ints(&[1, 2, 3]),
        "what rounds to one value is one"
    );
    assert_eq!(xs("capacity = 4, 2"), ints(&[4, 2]));
    let scopes = xs("scope=shared,per-client").map(|values| values.len());
    assert_eq!(scopes, Ok(2));
    assert!(matches!(
        xs("capacity"),
        Err(PlanError::Steps { given: 0, .. })
    ));
    assert!(matches!(xs("capacity=1..x:3"), Err(PlanError::Knob { .. })));
}

#[test]
fn the_share_of_runs_that_break_a_promise_can_be_swept() {
    let saga = catalog::find("saga").expect("it is registered");
    let promises = (saga.machine.properties)();
    let measure = Measure::Broken {
        promise: promises[0].to_owned(),
    };
    let spec = (saga.machine.knobs)().iter().find(|spec| spec.safeguard);
    let knob = spec.expect("it has a safeguard").key;
    let mut plan = SweepPlan::new(
        saga,
        &RunState::default(),
        Axis::list(knob, [true, false]),
        measure,
    );
    plan.runs = 2;
    let points = finish(
        Sweep::new(plan, saga).expect("the plan is fine").start(),
        u64::MAX,
    )
    .points();
    assert_eq!(points[0].summary.mean, 0.0, "with the safeguard it holds");
}

#[test]
fn theory_speaks_of_an_experiment_as_declared_and_of_nothing_else() {
    let experiment = &(bucket().experiments)()[0];
    let mut plan = experiment.plan(bucket());
    (plan.runs, plan.seed) = (2, 900);
    let declared = Sweep::new(plan.clone(), bucket()).expect("the plan is fine");
    assert!(declared.theory().is_some(), "seed and runs are free");
    let points = finish(declared.start(), u64::MAX).points();
    let verdict = Verdict::of(&points);
    assert_eq!(verdict.agree + verdict.differ, points.len());
    plan.runs = 1;
    let single = Sweep::new(plan.clone(), bucket()).expect("the plan is fine");
    let points = finish(single.start(), u64::MAX).points();
    let undecided = |agreement| agreement == Agreement::NoTheory;
    assert!(
        points.iter().all(|p| undecided(p.agreement)),
        "one run decides nothing"
    );
    plan.knobs.insert("rate".to_owned(), Value::Real(6.0));
    let other = Sweep::new(plan, bucket()).expect("the plan is fine");
    assert!(
        other.theory().is_none(),
        "another setting is not what theory was asked about"
    );
}

fn ensemble_plan(metric: &str) -> EnsemblePlan {
    let mut plan = EnsemblePlan::new(bucket(), &RunState::default(), metric);
    (plan.seed, plan.runs, plan.instants, plan.lasts) = (5, 12, 20, Span::from_secs(10));
    plan
}

#[test]
fn an_ensemble_is_the_same_in_slices_and_run_by_run() {
    for metric in ["admitted", "delay", "held"] {
        let plan = ensemble_plan(metric);
        let mut sliced = Ensemble::new(plan.clone(), bucket()).expect("the plan is fine");
        while !sliced.advance(13).expect("it starts") {}
        let mut inserted = Ensemble::new(plan, bucket()).expect("the plan is fine");
        for run in (0..12).rev() {
            let values = inserted.run(run).expect("it starts");
            assert!(inserted.insert(run, values.clone()));
            assert!(!inserted.insert(run, values), "a run counts once");
        }
        assert_eq!(
            format!("{:?}", sliced.bands()),
            format!("{:?}", inserted.bands())
        );
        assert_eq!(sliced.progress(), (12, 12));
    }
}

#[test]
fn a_click_on_an_ensemble_finds_the_run_that_passes_there() {
    let mut ensemble = Ensemble::new(ensemble_plan("admitted"), bucket()).expect("it is fine");
    while !ensemble.advance(10_000).expect("it starts") {}
    let instants = ensemble.instants();
    for run in 0..12 {
        let series = ensemble.series(run).expect("it was made").to_vec();
        let found = ensemble
            .nearest(instants[11], series[11])
            .expect("there are runs");
        let passes = ensemble.series(found).expect("it was made")[11];
        assert_eq!(passes, series[11], "run {run}");
        assert_eq!(ensemble.state(run).seed, 5 + u64::from(run));
    }
    for band in ensemble.bands() {
        assert!(band.p5 <= band.p25 && band.p25 <= band.p50);
        assert!(band.p50 <= band.p75 && band.p75 <= band.p95);
        assert_eq!(band.count, 12);
    }
}

#[test]
fn the_rates_of_a_run_in_an_ensemble_add_up_to_its_total() {
    let ensemble = Ensemble::new(ensemble_plan("admitted"), bucket()).expect("it is fine");
    let rates = ensemble.run(3).expect("it starts");
    let total = rates.iter().sum::<f64>() * 10.0 / 20.0;
    let outcome = (bucket().machine.simulate)(&ensemble.state(3), SimTime::from_secs(10));
    assert!((total - outcome.expect("it starts").value("admitted")).abs() < 1e-9);
}

#[test]
fn an_ensemble_too_large_for_memory_is_refused() {
    let mut plan = ensemble_plan("admitted");
    plan.runs = 1_000_000;
    let error = Ensemble::new(plan, bucket()).expect_err("too many");
    assert_eq!(
        error.to_string(),
        "an ensemble cannot have 1000000 runs: choose from 1 to 1000"
    );
}

fn variant(seed: u64, capacity: i64) -> RunState {
    RunState {
        seed,
        knobs: SortedMap::from([("capacity".to_owned(), Value::Int(capacity))]),
        ..RunState::default()
    }
}

#[test]
fn variants_meet_the_same_arrivals_and_differ_in_what_is_listed() {
    let mut compare =
        Compare::open(bucket(), &[variant(9, 3), variant(9, 30), variant(9, 3)]).expect("it opens");
    let end = SimTime::from_secs(20);
    while compare.advance(end, 50, &Stops::default()) != Halt::Reached {
        let now = compare.now();
        assert!(compare.sessions().iter().all(|s| s.cursor().at == now));
    }
    assert_eq!(compare.now(), end);
    let knobs = compare.knobs();
    assert_eq!(knobs.len(), 1, "{knobs:?}");
    assert_eq!(knobs[0].values, [3, 30, 3].map(Value::from));
    let metrics = compare.metrics();
    let of = |key: &str| {
        metrics
            .iter()
            .find(|metric| metric.spec.key == key)
            .expect(key)
    };
    assert_eq!(of("offered").change(1), 0.0, "the same arrivals");
    assert!(
        of("refused").change(1) < 0.0,
        "a larger bucket refuses less"
    );
    assert_eq!(of("refused").change(2), 0.0, "equal variants do not differ");
    let series = compare.series("offered");
    assert_eq!(series.len(), 3);
    assert_eq!(series[0].points, series[1].points);
    assert!(!compare.scripts_differ());
    compare.seek(SimTime::from_secs(2));
    assert!(
        compare
            .sessions()
            .iter()
            .all(|s| s.cursor().at == SimTime::from_secs(2))
    );
}

#[test]
fn what_is_done_to_a_comparison_is_done_to_every_variant() {
    let knobs = SortedMap::from([("capacity".to_owned(), Value::Int(30))]);
    let mut compare = Compare::beside(bucket(), &variant(9, 3), &[knobs]).expect("it opens");
    compare.seek(SimTime::from_secs(4));
    let burst = Call::new("burst").with("size", 12);
    compare.act(&burst).expect("it can be done");
    compare.seek(SimTime::from_secs(6));
    assert!(!compare.scripts_differ());
    // A knob that is not at issue is turned for all, one that is for the first alone.
    compare.set_knob("rate", &Value::Real(2.0)).expect("it can");
    compare
        .set_knob("capacity", &Value::Int(5))
        .expect("it can");
    let values = |compare: &Compare, key: &str| -> Vec<Option<Value>> {
        compare.sessions().iter().map(|s| s.knob(key)).collect()
    };
    assert_eq!(values(&compare, "rate"), vec![Some(Value::Real(2.0)); 2]);
    let capacities = [5, 30].map(|capacity| Some(Value::Int(capacity)));
    assert_eq!(values(&compare, "capacity"), capacities);
    compare.step();
    compare.step_back();
    let at = compare.now();
    assert!(compare.sessions().iter().all(|s| s.cursor().at == at));
}

#[test]
fn a_variant_with_a_knob_of_its_own_has_it_from_the_start_whatever_the_script_did() {
    let mut compare =
        Compare::beside(bucket(), &variant(9, 3), &[SortedMap::new()]).expect("it opens");
    compare.seek(SimTime::from_secs(4));
    compare
        .set_knob("capacity", &Value::Int(50))
        .expect("it can");
    compare
        .set_knob_of(1, "capacity", &Value::Int(7))
        .expect("it can");
    assert_eq!(compare.sessions()[1].knob("capacity"), Some(Value::Int(7)));
    compare.seek(SimTime::ZERO);
    let capacities: Vec<_> = compare
        .sessions()
        .iter()
        .map(|s| s.knob("capacity"))
        .collect();
    assert_eq!(
        capacities,
        [3, 7].map(|capacity| Some(Value::Int(capacity)))
    );
    let refused = compare.set_knob_of(1, "capacity", &Value::Int(0));
    assert!(refused.is_err());
    assert_eq!(compare.sessions()[1].knob("capacity"), Some(Value::Int(7)));
    compare.add(&SortedMap::new()).expect("a third");
    compare.add(&SortedMap::new()).expect("a fourth");
    assert_eq!(
        compare.add(&SortedMap::new()),
        Err(CompareError::Count { given: 5 })
    );
    for _ in 0..4 {
        compare.remove(1);
    }
    assert_eq!(compare.sessions().len(), 2, "two stay");
}

#[test]
fn variants_come_back_from_a_link_and_what_is_wrong_in_it_is_said() {
    let knobs = SortedMap::from([("capacity".to_owned(), Value::Int(30))]);
    let others = vec![knobs, SortedMap::new()];
    let link = Link {
        state: variant(9, 3),
        view: write_variants(&others),
        ..Link::default()
    };
    let (fragment, left_out) = link.encode(bucket());
    assert!(left_out.is_empty());
    assert_eq!(fragment, "v=1&seed=9&capacity=3&_2.capacity=30&_variants=3");
    let (read, problems) = Link::decode(bucket(), &fragment);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(
        read_variants(bucket(), &read.view),
        (Some(others), Vec::new())
    );
    for (fragment, count, told) in [
        ("v=1", None, ""),
        ("_variants=9", None, "from 2 to 4"),
        ("_variants=two", None, "from 2 to 4"),
        ("_variants=2&_2.capacity=0", Some(1), "Capacity cannot be"),
        ("_variants=2&_2.alchemy=1", Some(1), "alchemy"),
        ("_variants=2&_7.capacity=5&_other=1", Some(1), ""),
    ] {
        let (link, _) = Link::decode(bucket(), fragment);
        let (others, problems) = read_variants(bucket(), &link.view);
        assert_eq!(others.map(|others| others.len()), count, "{fragment}");
        assert!(problems.concat().contains(told), "{fragment}: {problems:?}");
        assert_eq!(problems.is_empty(), told.is_empty(), "{fragment}");
    }
}

#[test]
fn variants_that_cannot_be_compared_are_refused() {
    let open = |variants: &[RunState]| Compare::open(bucket(), variants).expect_err("refused");
    assert_eq!(open(&[variant(1, 3)]), CompareError::Count { given: 1 });
    assert_eq!(
        open(&vec![variant(1, 3); 5]),
        CompareError::Count { given: 5 }
    );
    assert!(
        open(&[variant(1, 3), variant(2, 3)])
            .to_string()
            .starts_with("variant 2 has the seed 2")
    );
    assert!(
        open(&[variant(1, 3), variant(1, 0)])
            .to_string()
            .starts_with("variant 2: Capacity")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shards_share_out_every_unit_exactly_once(of in 1_u32..50, all in 0_u64..500) {
        let mut units: Vec<u64> = (1..=of).flat_map(|index| Shard { index, of }.units(all)).collect();
        units.sort_unstable();
        prop_assert_eq!(units, (0..all).collect::<Vec<_>>());
    }

    #[test]
    fn any_text_is_a_shard_or_a_sentence(text in ".{0,20}") {
        if let Err(error) = text.parse::<Shard>() {
            prop_assert!(error.to_string().contains("i/n"));
        }
    }
}
