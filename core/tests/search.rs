//! The search for broken promises and the shrinking of what it finds, over every pattern, or those
//! that `ORRERY_PATTERN` names.

mod asked;

use asked::patterns;
use orrery_core::catalog::{self, Pattern};
use orrery_core::kernel::session::{PropertyState, RunState, Session};
use orrery_core::kernel::timeline::Cursor;
use orrery_core::lab::search::{
    BATCH, Batch, Budget, Counts, End, Ending, Found, NOTHING, Search, SearchError, SearchPlan,
    Vary,
};
use orrery_core::lab::shrink::{Resting, Shrink, ShrinkError, Shrunk};
use orrery_core::lab::{BrokenVariant, Job, Rows, Work};
use orrery_core::link::Link;
use orrery_core::time::{SimTime, Span};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const EVERYTHING: Vary = Vary {
    seed: true,
    actions: true,
    faults: true,
    live_knobs: true,
    knobs: true,
};

fn pattern(slug: &str) -> &'static Pattern {
    catalog::find(slug).expect("it is registered")
}

fn search(pattern: &'static Pattern, plan: SearchPlan) -> Search {
    let mut search = Search::new(pattern, plan).expect("the plan is sound");
    search.run(u64::MAX);
    search
}

fn found(search: &Search) -> Found {
    match search.end() {
        Some(End::Found(found)) => found.clone(),
        Some(End::Spent) | None => panic!("{}", search.words()),
    }
}

fn shrunk(pattern: &'static Pattern, found: &Found) -> Shrunk {
    let shrink = Shrink::new(pattern, found).expect("what was found is broken");
    shrink.finish()
}

fn open(pattern: &Pattern, state: &RunState) -> Box<dyn Session> {
    (pattern.machine.open)(state).expect("the run opens")
}

/// Whether a session shows, at its cursor, that a promise is broken.
fn shows(session: &dyn Session, property: &str) -> bool {
    session
        .properties()
        .iter()
        .any(|view| view.name == property && matches!(view.state, PropertyState::Violated(_)))
}

fn for_each_variant(check: impl Fn(&'static Pattern, &BrokenVariant, &str)) {
    for pattern in patterns() {
        for variant in (pattern.breaking)().variants {
            for property in variant.breaks {
                check(pattern, &variant, property);
            }
        }
    }
}

fn plan(pattern: &Pattern, variant: &BrokenVariant, property: &str, root_seed: u64) -> SearchPlan {
    SearchPlan {
        property: Some(property.to_owned()),
        root_seed,
        budget: Budget {
            runs: 20_000,
            ..Budget::default()
        },
        ..SearchPlan::without(pattern, variant)
    }
}

/// A plan whose runs are quick and of which one in some dozens breaks the promise.
fn quick(root_seed: u64) -> (&'static Pattern, SearchPlan) {
    let saga = pattern("saga");
    let breaking = (saga.breaking)();
    let variant = breaking.find("log-after-call").expect("it is declared");
    let property = variant.breaks[0];
    (saga, plan(saga, variant, property, root_seed))
}

#[test]
fn without_a_safeguard_the_textbook_failure_is_found_and_told_in_three_deeds() {
    for_each_variant(|pattern, variant, property| {
        let mut deeds = Vec::new();
        for root_seed in 1..=5 {
            let search = search(pattern, plan(pattern, variant, property, root_seed));
            let found = found(&search);
            let story = shrunk(pattern, &found);
            assert_eq!(story.property, property);
            assert!(story.after <= story.before, "{story:?}");
            deeds.push(story.after.deeds);
        }
        deeds.sort_unstable();
        let name = format!("{}/{}: {property}", pattern.card.slug, variant.slug);
        assert!(deeds[2] <= 3, "{name} takes {deeds:?} faults and actions");
    });
}

#[test]
fn a_found_run_and_its_shrunk_one_open_where_the_promise_breaks() {
    for_each_variant(|pattern, variant, property| {
        let search = search(pattern, plan(pattern, variant, property, 11));
        let found = found(&search);
        let story = shrunk(pattern, &found);
        for state in [&found.state, &story.state] {
            let mut session = open(pattern, state);
            assert_eq!(session.cursor(), state.cursor);
            assert!(
                shows(&*session, property),
                "{property} at {:?}",
                state.cursor
            );
            assert_eq!(session.refused(), []);
            // A promise may be broken from the start on.
            if let Some(ordinal) = state.cursor.ordinal.checked_sub(1) {
                session.seek_cursor(Cursor {
                    at: SimTime::ZERO,
                    ordinal,
                });
                assert!(!shows(&*session, property), "{property} was broken before");
            }
            let (text, left_out) = Link::from(state.clone()).encode(pattern);
            assert_eq!(left_out, Vec::<String>::new());
            let (read, problems) = Link::decode(pattern, &text);
            assert_eq!(problems, []);
            assert!(shows(&*open(pattern, &read.state), property), "{text}");
        }
    });
}

#[test]
fn shrinking_leaves_the_safeguards_as_they_were_given() {
    for_each_variant(|pattern, variant, property| {
        let search = search(pattern, plan(pattern, variant, property, 3));
        let story = shrunk(pattern, &found(&search));
        for spec in (pattern.machine.knobs)()
            .iter()
            .filter(|spec| spec.safeguard)
        {
            let given = variant.state();
            let value = |state: &RunState| {
                let value = state.knobs.get(spec.key).unwrap_or(&spec.default);
                spec.accept(value).expect("it is accepted")
            };
            assert_eq!(value(&story.state), value(&given), "{}", spec.key);
        }
    });
}

#[test]
fn with_every_safeguard_on_nothing_is_found() {
    let searching: Vec<_> = patterns()
        .into_iter()
        .flat_map(|pattern| [(pattern, Vary::default()), (pattern, EVERYTHING)])
        .map(|(pattern, vary)| {
            std::thread::spawn(move || {
                let search = search(
                    pattern,
                    SearchPlan {
                        vary,
                        root_seed: 42,
                        budget: Budget {
                            runs: 1_000,
                            ..Budget::default()
                        },
                        ..SearchPlan::with_safeguards(pattern)
                    },
                );
                assert_eq!(search.end(), Some(&End::Spent), "{}", search.words());
                assert_eq!(search.counts().runs, 1_000);
                assert!(search.words().contains("That is no proof"));
                for (name, tally) in search.counts().promises {
                    assert_eq!(tally.broken, 0, "{name}");
                    assert_eq!(tally.held + tally.pending, 1_000, "{name}");
                }
            })
        })
        .collect();
    for pattern in searching {
        pattern.join().expect("nothing is found");
    }
}

#[test]
fn searching_from_a_scenario_finds_only_what_the_scenario_is_about() {
    for pattern in patterns() {
        for scenario in (pattern.scenarios)() {
            if !scenario.breaks.is_empty() {
                continue;
            }
            let search = search(
                pattern,
                SearchPlan {
                    budget: Budget {
                        runs: 15,
                        ..Budget::default()
                    },
                    ..SearchPlan::from(pattern, scenario.state(), scenario.lasts)
                },
            );
            let name = format!("{}/{}", pattern.card.slug, scenario.slug);
            assert_eq!(
                search.end(),
                Some(&End::Spent),
                "{name}: {}",
                search.words()
            );
        }
    }
}

/// What a search comes to when batches are shared out among workers and come back in any order.
fn shared_out(
    pattern: &'static Pattern,
    plan: &SearchPlan,
    order: &[u64],
) -> (Option<End>, Counts) {
    let worker = Search::new(pattern, plan.clone()).expect("the plan is sound");
    let mut gatherer = Search::new(pattern, plan.clone()).expect("the plan is sound");
    for number in order {
        let batch = worker.run_batch(*number);
        let text = serde_json::to_string(&batch).expect("a batch is plain data");
        let read: Batch = serde_json::from_str(&text).expect("and reads back");
        assert_eq!(read, batch);
        gatherer.absorb(read);
    }
    (gatherer.end().cloned(), gatherer.counts())
}

#[test]
fn shared_out_among_workers_a_search_comes_to_the_same() {
    for root_seed in 1..=3 {
        let (saga, plan) = quick(root_seed);
        let alone = search(saga, plan.clone());
        let batches = found(&alone).run / BATCH + 3;
        let forth: Vec<u64> = (0..batches).collect();
        let back: Vec<u64> = (0..batches).rev().collect();
        let twice: Vec<u64> = forth.iter().chain(&back).copied().collect();
        for order in [forth, back, twice] {
            let (end, counts) = shared_out(saga, &plan, &order);
            assert_eq!(end.as_ref(), alone.end());
            assert_eq!(counts, alone.counts());
        }
    }
}

#[test]
fn the_size_of_the_slices_changes_nothing() {
    let (saga, plan) = quick(5);
    let whole = search(saga, plan.clone());
    for slice in [1, 7, BATCH, 1_000] {
        let mut sliced = Search::new(saga, plan.clone()).expect("the plan is sound");
        while sliced.run(slice) > 0 {
            let _ = sliced.counts();
        }
        assert_eq!(sliced.end(), whole.end());
        assert_eq!(sliced.counts(), whole.counts());
    }
}

#[test]
fn slices_of_shrinking_come_to_the_same_and_every_step_is_a_shorter_story() {
    let (saga, plan) = quick(2);
    let found = found(&search(saga, plan));
    let whole = shrunk(saga, &found);
    let mut sliced = Shrink::new(saga, &found).expect("it is broken");
    let mut last = sliced.result().after;
    assert_eq!(last, sliced.result().before);
    while !sliced.is_done() {
        sliced.run(1);
        let now = sliced.result();
        assert!(now.after <= last);
        assert!(shows(&*open(saga, &now.state), &now.property));
        last = now.after;
    }
    assert_eq!(sliced.result(), whole);
}

/// What one unit of a job gives, by way of the text in which it is sent.
fn done(job: &Job, pattern: &'static Pattern, unit: u64) -> Rows {
    let text = serde_json::to_string(job).expect("a job is plain data");
    let read: Job = serde_json::from_str(&text).expect("and reads back");
    assert_eq!(&read, job);
    let work = Work::begin(&read, pattern).expect("it is sound");
    let (next, rows) = work.run(unit..unit + 1, || false).expect("it runs");
    assert_eq!(next, unit + 1);
    let text = serde_json::to_string(&rows).expect("rows are plain data");
    serde_json::from_str(&text).expect("and read back")
}

#[test]
fn a_search_and_its_shrinking_as_jobs_come_to_the_same_as_in_one_piece() {
    let (saga, plan) = quick(4);
    let alone = search(saga, plan.clone());
    let mut gatherer = Search::new(saga, plan.clone()).expect("the plan is sound");
    let job = Job::Search(Box::new(plan));
    for unit in 0.. {
        let Rows::Batches(batches) = done(&job, saga, unit) else {
            panic!("a search gives batches");
        };
        batches.into_iter().for_each(|batch| gatherer.absorb(batch));
        if gatherer.end().is_some() {
            break;
        }
    }
    assert_eq!(gatherer.end(), alone.end());
    let found = found(&alone);
    let begun = Shrink::new(saga, &found).expect("it is broken");
    let mut resting: Resting = begun.rest();
    while !resting.is_done() {
        let job = Job::Shrink {
            pattern: "saga".to_owned(),
            from: Box::new(resting),
            tries: 7,
        };
        let Rows::Shrunk(next) = done(&job, saga, 0) else {
            panic!("shrinking gives a story");
        };
        resting = *next;
    }
    assert_eq!(resting.shrunk, shrunk(saga, &found));
}

#[test]
fn every_mark_on_the_map_of_outcomes_stands_for_runs_that_ended_so() {
    let (saga, plan) = quick(6);
    let search = search(saga, plan);
    let Counts { map, runs, .. } = search.counts();
    let most = map.values().flat_map(|endings| endings.values());
    assert!(
        most.clone()
            .all(|cell| cell.runs <= runs && cell.first < runs)
    );
    assert!(
        most.map(|cell| cell.runs).sum::<u64>() >= runs,
        "each run is on it"
    );
    let promises = (saga.machine.promises)();
    let mut broken = 0;
    for (deed, endings) in &map {
        for (ending, cell) in endings {
            let state = search.run_again(cell.first);
            let is_done = |name: &str| state.script.iter().any(|entry| entry.call.name == name);
            assert!(is_done(deed) || *deed == NOTHING && state.script.is_empty());
            let session = open(saga, &state);
            let shown = |index: usize| shows(&*session, promises[index].name);
            match ending {
                Ending::Kept | Ending::Open => {
                    assert!(!(0..promises.len()).any(shown), "{deed}: {ending:?}");
                }
                Ending::Broke(index) => {
                    assert!(shown(*index), "{deed}: {ending:?}");
                    broken += cell.runs;
                }
            }
        }
    }
    assert!(broken > 0, "what was found is on it");
}

#[test]
fn any_run_that_is_found_can_be_shrunk_and_never_grows() {
    let config = Config {
        cases: 12,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    runner
        .run(&(any::<u64>(), any::<bool>()), |(root_seed, all)| {
            let (saga, plan) = quick(root_seed);
            let plan = SearchPlan {
                vary: if all { EVERYTHING } else { Vary::default() },
                ..plan
            };
            let search = search(saga, plan.clone());
            let found = found(&search);
            prop_assert!(found.state.cursor.at <= SimTime::ZERO + plan.lasts);
            let story = shrunk(saga, &found);
            prop_assert!(story.after <= story.before);
            prop_assert!(story.after.deeds <= found.state.script.len() as u64);
            prop_assert!(shows(&*open(saga, &story.state), &story.property));
            prop_assert_eq!(shrunk(saga, &found), story);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_plan_survives_being_saved_and_makes_the_same_search() {
    let (saga, plan) = quick(1);
    let text = serde_json::to_string(&plan).expect("a plan is plain data");
    let read: SearchPlan = serde_json::from_str(&text).expect("and reads back");
    assert_eq!(read, plan);
    let mut opened = Search::open(read).expect("the catalogue has it");
    opened.run(u64::MAX);
    assert_eq!(opened.end(), search(saga, plan).end());
}

#[test]
fn the_budget_of_events_ends_a_search_at_a_whole_batch() {
    let saga = pattern("saga");
    let search = search(
        saga,
        SearchPlan {
            budget: Budget {
                events: 1,
                ..Budget::default()
            },
            ..SearchPlan::with_safeguards(saga)
        },
    );
    assert_eq!(search.end(), Some(&End::Spent));
    assert_eq!(search.counts().runs, BATCH);
}

#[test]
fn a_run_is_cut_short_when_it_takes_too_many_events() {
    let breaker = pattern("circuit-breaker");
    let search = search(
        breaker,
        SearchPlan {
            budget: Budget {
                runs: 50,
                events_per_run: 100,
                ..Budget::default()
            },
            ..SearchPlan::with_safeguards(breaker)
        },
    );
    let counts = search.counts();
    // A deed that comes after the next event, and the deed itself, may go beyond.
    assert!(counts.events <= 50 * 110, "{} events", counts.events);
}

#[test]
fn a_plan_that_makes_no_search_is_refused_with_a_sentence() {
    let saga = pattern("saga");
    let sound = SearchPlan::with_safeguards(saga);
    let budget = |runs, events, events_per_run| SearchPlan {
        budget: Budget {
            runs,
            events,
            events_per_run,
        },
        ..sound.clone()
    };
    let still = Vary {
        seed: false,
        actions: false,
        faults: false,
        live_knobs: false,
        knobs: false,
    };
    let mut wrong_knob = sound.clone();
    wrong_knob.base.knobs.insert("magic".to_owned(), 1.into());
    let cases = [
        (
            SearchPlan {
                pattern: "sage".to_owned(),
                ..sound.clone()
            },
            "the search is for “sage”, which is not here",
        ),
        (
            SearchPlan {
                property: Some("luck".to_owned()),
                ..sound.clone()
            },
            "there is no promise “luck”; the promises here are every order ends, ",
        ),
        (
            SearchPlan {
                lasts: Span::ZERO,
                ..sound.clone()
            },
            "runs of 0 s cannot be searched: choose a length up to ",
        ),
        (
            SearchPlan {
                lasts: Span::from_secs(1_000_000),
                ..sound.clone()
            },
            "runs of ",
        ),
        (
            budget(0, 1, 1),
            "a budget of 0 runs makes no search: choose from 1 to ",
        ),
        (budget(1, 0, 1), "a budget of 0 events makes no search: "),
        (
            budget(1, 1, 0),
            "a budget of 0 events per run makes no search: ",
        ),
        (
            budget(u64::MAX, 1, 1),
            "a budget of 18446744073709551615 runs makes no search: ",
        ),
        (
            SearchPlan {
                vary: still,
                ..sound.clone()
            },
            "every run would be the same: let seeds, actions, faults or knobs vary",
        ),
        (wrong_knob, "there is no setting named “magic”; "),
    ];
    for (plan, sentence) in cases {
        let error = Search::new(saga, plan).expect_err(sentence);
        assert!(error.to_string().starts_with(sentence), "{error}");
    }
    let unknown = SearchPlan {
        pattern: "nowhere".to_owned(),
        ..sound
    };
    let expected = SearchError::Pattern {
        wanted: "nowhere".to_owned(),
    };
    assert_eq!(Search::open(unknown).unwrap_err(), expected);
}

#[test]
fn what_breaks_nothing_cannot_be_shrunk() {
    let saga = pattern("saga");
    let calm = RunState::default();
    for (property, sentence) in [
        ("luck", "there is no promise “luck” here"),
        (
            "nothing happens twice",
            "the run does not break “nothing happens twice”: there is nothing to shrink",
        ),
    ] {
        let error: ShrinkError = Shrink::of(saga, property, calm.clone()).expect_err(sentence);
        assert_eq!(error.to_string(), sentence);
    }
}

#[test]
fn a_search_finds_the_run_on_record_and_tells_the_story_on_record() {
    let (saga, plan) = quick(1);
    let found = found(&search(saga, plan));
    let session = open(saga, &found.state);
    let story = shrunk(saga, &found);
    let link = Link::from(story.state);
    assert_eq!(
        (
            found.run,
            session.trace_hash(),
            link.encode(saga).0.as_str()
        ),
        (
            18,
            2_243_101_403_559_054_016,
            "v=1&log=after&do=2:fault.crash,node=6;2:fault.restart,node=6&at=2.48@93"
        )
    );
}
