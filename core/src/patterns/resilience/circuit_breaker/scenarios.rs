//! Starting points, and what can be measured.

use super::promises;
use super::theory;
use crate::catalog::Scenario;
use crate::lab::{Experiment, Outcome, Theory};
use crate::time::{SimTime, Span};
use crate::value::{Call, Value};

/// Every scenario, the first of which is shown first.
pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        protected(),
        cascade(),
        flapping(),
        tight(),
        no_minimum(),
        herd(),
        asked_on_arrival(),
        no_forgetting(),
        lost_trial(),
        slow_calls(),
        in_a_row(),
        late_results(),
        failures_only(),
    ]
}

/// What a visitor sees first.
pub(super) fn protected() -> Scenario {
    Scenario::new(
        "protected",
        "A slow dependency, behind a breaker",
        "The dependency slows down for twelve seconds. The breaker opens, the threads come back, and users get a fallback until the trial after the wait goes well.",
    )
    .seed(SEED)
    .caption(
        0.0,
        "Every call passes, and its result enters the window of the last twenty.",
    )
    .caption(
        5.0,
        "The dependency slows down. Calls wait, and each of them holds a thread.",
    )
    .caption(
        7.5,
        "Calls time out. Half of the window has failed: the breaker opens.",
    )
    .caption(
        9.0,
        "No call is sent. The threads are back, and users get the fallback at once.",
    )
    .caption(
        11.6,
        "After the wait three calls are tried. They get no answer: open again.",
    )
    .caption(
        17.0,
        "The dependency is well. Nobody knows until the next trial has told.",
    )
    .caption(
        17.9,
        "The trial went well: closed, and the count starts anew.",
    )
    .lasts(24.0)
    .leads_to("there-and-back")
    .still(10.0)
    .pace(0.7)
    .claim("the breaker opens and closes again", |run| {
        run.value("openings") >= 1.0 && run.value("openness") == 0.0 && closings(run) == 1
    })
    .claim("few requests are turned away", |run| {
        run.ratio("turned-away", "arrived") < 0.05
    })
}

fn cascade() -> Scenario {
    Scenario::new(
        "cascade",
        "The cascade, without a breaker",
        "The same requests and the same slowdown. Every thread ends up waiting for the dependency, and even requests that do not need it are turned away.",
    )
    .seed(SEED)
    .knob("breaker", false)
    .caption(0.0, "The same service without a breaker: every call goes to the dependency.")
    .caption(5.0, "The dependency slows down. Each call now holds its thread until the timeout.")
    .caption(7.0, "No thread is left. Requests that never needed the dependency are turned away too.")
    .caption(12.0, "The dependency works on calls whose callers have given up.")
    .caption(17.0, "It is well again, and still has the queue of the past to work off.")
    .caption(19.0, "Only now are there free threads again.")
    .lasts(24.0)
    .still(12.0)
    .pace(0.7)
    .breaks(&[promises::THREADS_COME_BACK])
    .claim("more than a quarter of all requests are turned away", |run| {
        run.ratio("turned-away", "arrived") > 0.25
    })
    .claim("bystanders are hurt", |run| run.value("bystanders") > 30.0)
}

fn flapping() -> Scenario {
    Scenario::new(
        "flapping",
        "Flapping, and waits that double",
        "The dependency is well for one second in four. Each failed trial doubles the wait, so that an unreliable dependency is asked ever more rarely.",
    )
    .seed(4)
    .knob("curve", "flapping")
    .knob("trouble", "errors")
    .knob("trouble_from", 2_000.0)
    .knob("wait", 500.0)
    .knob("growth", 200)
    .knob("cap", 16_000.0)
    .knob("judge", "streak")
    .knob("trials", 1)
    .knob("successes", 10)
    .at(40.0, Call::new("heal"))
    .caption(0.0, "The first wait is half a second. To close takes ten successes, one at a time.")
    .caption(2.0, "The dependency breaks. From now on it is well for one second in four.")
    .caption(3.3, "A trial fails, and the wait doubles. Another fails, and it doubles again.")
    .caption(10.8, "Eight seconds, then sixteen: hardly a call is wasted any more.")
    .caption(40.0, "Healed for good. The last wait was long, and must still be waited for.")
    .caption(51.0, "The trial begins; ten successes later the breaker is closed.")
    .lasts(60.0)
    .still(14.0)
    .pace(1.5)
    .claim("it opens again and again, ever more rarely", |run| {
        (5.0..=9.0).contains(&run.value("openings"))
    })
    .claim("few calls are wasted", |run| run.value("wasted") < 30.0)
    .claim("it closes once the dependency stays well", |run| {
        run.value("openness") == 0.0
    })
}

fn tight() -> Scenario {
    Scenario::new(
        "noise",
        "Too tight: it opens on noise",
        "A healthy dependency fails one call in twenty. A window of five calls that opens at 20 % takes a single bad call for an outage.",
    )
    .seed(25)
    .knob("curve", "steady")
    .knob("errors", 5.0)
    .knob("window", 5)
    .knob("minimum", 5)
    .knob("failure_rate", 20)
    .knob("wait", 2_000.0)
    .caption(0.0, "Nothing is wrong with the dependency; one call in twenty fails, as always.")
    .caption(3.0, "One failure in five calls is 20 %: the breaker opens on noise.")
    .caption(8.0, "Most users get the fallback from a dependency that is well.")
    .lasts(20.0)
    .still(5.0)
    .pace(0.7)
    .breaks(&[promises::NO_FALSE_ALARM])
    .claim("it opens several times on a healthy dependency", |run| {
        run.value("false-alarms") >= 3.0
    })
}

fn no_minimum() -> Scenario {
    Scenario::new(
        "no-minimum",
        "A quiet night without a minimum of calls",
        "The breaker looks back on three seconds and on however few calls they hold. When one call comes in a second, one failure is soon half of all.",
    )
    .seed(8)
    .knob("curve", "steady")
    .knob("errors", 8.0)
    .knob("rule", "seconds")
    .knob("window", 3)
    .knob("minimum", 1)
    .knob("rate", 1.5)
    .caption(
        0.0,
        "At night there are few calls: some seconds have none at all.",
    )
    .caption(
        1.7,
        "The first call fails, as one in twelve does. One of one is 100 %: the breaker opens.",
    )
    .caption(
        9.8,
        "Three trial calls went well, and it closes: until the next failure among so few calls.",
    )
    .caption(
        19.3,
        "One of two is 50 %. Users get the fallback from a healthy dependency.",
    )
    .caption(25.5, "Closed again, with an empty window.")
    .caption(45.2, "One of one again.")
    .caption(53.2, "Closed once more. Nothing has been wrong all night.")
    .lasts(60.0)
    .still(19.6)
    .pace(2.0)
    .breaks(&[promises::NO_FALSE_ALARM])
    .claim("it opens on a healthy dependency", |run| {
        run.value("false-alarms") >= 2.0
    })
}

fn herd() -> Scenario {
    Scenario::new(
        "herd",
        "No trial limit: the herd comes back",
        "Refused users come back exactly when the breaker says. Without a limit on the trial all of them are let through at the same moment, and their number brings the dependency down again.",
    )
    .seed(57)
    .knob("trial_limit", false)
    .knob("instead", "return")
    .knob("threads", 64)
    .knob("backlog", 200)
    .knob("queue", 12)
    .knob("trouble", "errors")
    .knob("trouble_from", 3_000.0)
    .knob("trouble_lasts", 4_000.0)
    .knob("rate", 40.0)
    .caption(0.0, "Users who are refused are told when to come back, and they do.")
    .caption(3.0, "The dependency fails for four seconds; the breaker opens.")
    .caption(7.0, "The dependency is well. Outside, more than a hundred users wait for one instant.")
    .caption(7.8, "All at once: the queue overflows, most calls fail, and it opens again.")
    .caption(11.9, "Again all at once. The first three answers close it, the errors behind them open it.")
    .caption(16.5, "By now so few come back together that it stays closed.")
    .lasts(24.0)
    .still(7.9)
    .pace(0.7)
    .breaks(&[promises::TRIALS_ARE_LIMITED])
    .claim("it opens again although the dependency is well", |run| run.value("openings") >= 3.0)
}

fn asked_on_arrival() -> Scenario {
    Scenario::new(
        "asked-on-arrival",
        "Asked too early: the queue behind the breaker",
        "Requests ask the breaker when they come, and then wait for a thread. It opens meanwhile, and what it let through before goes out all the same.",
    )
    .seed(SEED)
    .knob("ask_last", false)
    .knob("backlog", 40)
    .caption(0.0, "A request asks the breaker first and waits for a thread afterwards.")
    .caption(5.0, "The dependency slows down, and the threads are gone. Whoever waits now has been let through.")
    .caption(7.6, "The breaker opens. Each thread that comes back still sends the next of them into the void.")
    .caption(11.4, "The wait is over. By now nobody is left who was let through before: open means open.")
    .lasts(16.0)
    .still(7.8)
    .pace(0.7)
    .breaks(&[promises::OPEN_IS_OPEN])
    .claim("it opens", |run| run.value("openings") >= 1.0)
}

fn no_forgetting() -> Scenario {
    Scenario::new(
        "no-forgetting",
        "A window that never forgets",
        "The breaker counts everything since it closed. Five good seconds outweigh ten bad ones: it stays closed while every call fails, and the threads are gone.",
    )
    .seed(SEED)
    .knob("forgets", false)
    .caption(0.0, "Nothing that was counted is ever let go of.")
    .caption(5.0, "The dependency slows down. Every call from now on is given up.")
    .caption(7.6, "Half of the last twenty have failed. Of all that count, it is one in twelve.")
    .caption(17.0, "It is well again, and the breaker has never opened.")
    .lasts(20.0)
    .still(9.0)
    .pace(0.7)
    .breaks(&[promises::OPENS_AT_THRESHOLD, promises::THREADS_COME_BACK])
    .claim("it never opens", |run| run.value("openings") == 0.0)
}

fn lost_trial() -> Scenario {
    Scenario::new(
        "lost-trial",
        "Trial calls that nobody reports",
        "A timeout outside the breaker gives calls up without a word to it. Three trial calls end so, keep their places for ever, and a healthy dependency is refused for good.",
    )
    .seed(SEED)
    .knob("report_timeouts", false)
    .knob("trouble", "errors")
    .knob("trouble_from", 3_000.0)
    .knob("wait", 2_000.0)
    .knob("timeout", 1_000.0)
    .at(4.5, Call::new("hang"))
    .at(8.0, Call::new("heal"))
    .caption(0.0, "A call that takes a second is given up, and the breaker does not hear of it.")
    .caption(3.0, "The dependency answers with errors. These are reported: the breaker opens.")
    .caption(5.5, "Now it does not answer at all. Three calls are on trial.")
    .caption(6.8, "They are given up. For the breaker they are still out.")
    .caption(8.0, "The dependency is well. No place is left to find out.")
    .lasts(20.0)
    .still(8.6)
    .pace(0.7)
    .breaks(&[promises::CLOSES_AGAIN])
    .claim("it still tries at the end", |run| run.value("openness") == 1.0)
}

fn slow_calls() -> Scenario {
    Scenario::new(
        "slow-calls",
        "Slow is a failure too",
        "Nothing fails and nothing times out: the dependency only takes ten times as long. The slow-call rate opens the breaker before the threads run out.",
    )
    .seed(30)
    .knob("slow_factor", 10)
    .knob("slow_after", 400.0)
    .knob("trouble_from", 3_000.0)
    .knob("rate", 20.0)
    .knob("errors", 0.0)
    .caption(0.0, "A call counts as slow when it takes longer than 400 ms.")
    .caption(3.0, "The work takes ten times as long. No call fails; yellow fills the window.")
    .caption(4.4, "60 % of the window is slow: the breaker opens without a single failure.")
    .caption(8.8, "The trial calls are slow too: it opens again, and once more after the next wait.")
    .caption(19.3, "The dependency is well again, the trial was quick, and the breaker is closed.")
    .lasts(24.0)
    .still(5.0)
    .pace(0.7)
    .claim("it opens although nothing failed", |run| {
        run.value("openings") >= 1.0 && run.value("wasted") == 0.0
    })
}

fn failures_only() -> Scenario {
    Scenario::new(
        "failures-only",
        "Only failures count",
        "The dependency takes ten times as long and answers every call. A breaker that counts failures alone has nothing to count: it stays closed, and every thread waits.",
    )
    .seed(SEED)
    .knob("slow_counts", false)
    .knob("slow_factor", 10)
    .knob("slow_after", 500.0)
    .knob("errors", 0.0)
    .knob("trouble_from", 3_000.0)
    .knob("trouble_lasts", 15_000.0)
    .caption(0.0, "This breaker asks of each call whether it failed, and not how long it took.")
    .caption(3.0, "The work takes ten times as long. Every call is still answered before its timeout.")
    .caption(5.0, "All threads wait for the dependency, and requests that never needed it are turned away.")
    .caption(10.0, "Each answer is good for the breaker. It stays closed.")
    .caption(18.0, "The dependency is well again: only that brought the threads back.")
    .lasts(22.0)
    .still(8.0)
    .pace(0.7)
    .breaks(&[promises::THREADS_COME_BACK])
    .claim("it never opens, and nothing fails", |run| {
        run.value("openings") == 0.0 && run.value("wasted") == 0.0
    })
    .claim("bystanders are hurt", |run| run.value("bystanders") > 10.0)
}

fn in_a_row() -> Scenario {
    Scenario::new(
        "in-a-row",
        "The simple breaker",
        "Five failures in a row open it; after the wait one call at a time is tried, three successes close it and one failure opens it again.",
    )
    .seed(7)
    .knob("rule", "row")
    .knob("judge", "streak")
    .knob("trials", 1)
    .knob("curve", "steady")
    .knob("errors", 10.0)
    .at(3.0, Call::new("break"))
    .at(9.0, Call::new("heal"))
    .caption(0.0, "One call in ten fails. A success between two failures starts the count anew.")
    .caption(3.0, "The dependency breaks: five failures follow each other within a moment.")
    .caption(7.3, "One call is tried. It fails, and the wait begins again.")
    .caption(11.4, "After healing: one success, two, three. Closed.")
    .lasts(18.0)
    .still(3.6)
    .pace(0.7)
    .claim("few calls are wasted on the outage", |run| run.value("wasted") < 40.0)
    .claim("it closes", |run| run.value("openness") == 0.0)
}

fn late_results() -> Scenario {
    Scenario::new(
        "late-results",
        "Old timeouts judge a new trial",
        "The dependency hung for three seconds and is well again when the trial begins. Calls from before time out just then: counted where they arrive, they fail the trial.",
    )
    .seed(9)
    .knob("late", "count")
    .knob("threads", 64)
    .knob("trouble", "hang")
    .knob("trouble_from", 3_000.0)
    .knob("trouble_lasts", 3_000.0)
    .knob("timeout", 4_000.0)
    .knob("slow_after", 3_000.0)
    .knob("wait", 500.0)
    .caption(0.0, "Calls may take four seconds here before they are given up.")
    .caption(3.0, "The dependency hangs. Nothing fails yet: the calls just wait.")
    .caption(6.0, "It is well again. The calls from before still wait for their timeouts.")
    .caption(7.3, "Now they time out, and the breaker opens against a healthy dependency.")
    .caption(7.8, "Every trial is judged by timeouts from three seconds ago, and fails.")
    .caption(10.3, "The last old call is gone: this trial was judged by its own calls, and closed it.")
    .lasts(16.0)
    .still(8.3)
    .pace(0.7)
    .claim("trials fail although the dependency is well", |run| run.value("openings") >= 3.0)
    .claim("it closes when the last old call is gone", |run| run.value("openness") == 0.0)
}

const SEED: u64 = 1;

fn closings(run: &Outcome) -> u64 {
    run.histogram("closing")
        .map_or(0, crate::kernel::metrics::Histogram::count)
}

/// Every experiment.
pub(super) fn experiments() -> Vec<Experiment> {
    vec![
        wasted_with(),
        wasted_without(),
        closing(),
        patience(),
        turned_away(),
        relief(),
    ]
}

const OUTAGE_SECS: f64 = 60.0;
const ASKING_RATE: f64 = 10.0;
const OPENS_AFTER: u32 = 5;
const CLOSES_AFTER: u32 = 3;
/// Two messages of a millisecond each and a millisecond of work.
const ROUND_TRIP_SECS: f64 = 0.003;

/// A simple breaker before a dependency that fails at once for a minute, with short ways.
fn outage() -> Vec<(&'static str, Value)> {
    vec![
        ("rule", "row".into()),
        ("row", OPENS_AFTER.into()),
        ("judge", "streak".into()),
        ("trials", 1.into()),
        ("successes", CLOSES_AFTER.into()),
        ("rate", ASKING_RATE.into()),
        ("share", 100.into()),
        ("threads", 64.into()),
        ("errors", 0.0.into()),
        ("work", 1.0.into()),
        ("latency", 1.0.into()),
        ("trouble", "errors".into()),
        ("trouble_from", 5_000.0.into()),
        ("trouble_lasts", 60_000.0.into()),
    ]
}

fn wasted_with() -> Experiment {
    Experiment {
        slug: "wasted-with",
        name: "Calls wasted on an outage, with a breaker",
        question: "How many calls does an outage of a minute cost when a breaker stands before it?",
        x: "wait",
        values: [1_000.0, 2_000.0, 5_000.0, 10_000.0, 20_000.0]
            .map(Value::from)
            .into(),
        lines: None,
        knobs: outage(),
        script: Vec::new(),
        y: "Calls wasted",
        measure: |run| run.value("wasted"),
        lasts: Span::from_secs(65),
        seeds: 24,
        theory: Theory::Curve {
            source: "The failures that open it and, after each wait, one failed trial at the next arrival: sums of Erlang probabilities.",
            at: |wait_ms| {
                theory::wasted_calls(OPENS_AFTER, ASKING_RATE, wait_ms / 1_000.0, OUTAGE_SECS)
            },
            // Calls already on their way when the breaker opens.
            tolerance: 0.01,
        },
    }
}

fn wasted_without() -> Experiment {
    let mut knobs = outage();
    knobs.push(("breaker", false.into()));
    knobs.retain(|(key, _)| *key != "rate");
    Experiment {
        slug: "wasted-without",
        name: "Calls wasted on an outage, without a breaker",
        question: "And how many without one?",
        x: "rate",
        values: [2.0, 5.0, 10.0, 20.0].map(Value::from).into(),
        lines: None,
        knobs,
        script: Vec::new(),
        y: "Calls wasted",
        measure: |run| run.value("wasted"),
        lasts: Span::from_secs(66),
        seeds: 60,
        theory: Theory::Curve {
            source: "Every arrival of the outage: rate times length.",
            at: |rate| rate * OUTAGE_SECS,
            tolerance: 0.0,
        },
    }
}

fn closing() -> Experiment {
    Experiment {
        slug: "closing",
        name: "Time to close after healing",
        question: "How long does the breaker stay open when the dependency is well again?",
        x: "wait",
        values: [1_000.0, 2_000.0, 5_000.0, 10_000.0, 20_000.0]
            .map(Value::from)
            .into(),
        lines: None,
        knobs: outage(),
        script: Vec::new(),
        y: "Time to close, s",
        measure: |run| {
            run.histogram("closing")
                .map_or(f64::NAN, crate::kernel::metrics::Histogram::mean)
        },
        lasts: Span::from_secs(120),
        seeds: 40,
        theory: Theory::Curve {
            source: "The first trial after the healing, by Wald's identity over the trials before it, and the successes it takes to close.",
            at: |wait_ms| {
                let wait = wait_ms / 1_000.0;
                theory::closing_time(
                    OPENS_AFTER,
                    CLOSES_AFTER,
                    ASKING_RATE,
                    wait,
                    OUTAGE_SECS,
                    ROUND_TRIP_SECS,
                )
            },
            tolerance: 0.02,
        },
    }
}

fn patience() -> Experiment {
    Experiment {
        slug: "patience",
        name: "Results until noise opens it",
        question: "A healthy dependency fails three calls in ten. After how many results do so many failures follow each other?",
        x: "row",
        values: [1, 2, 3, 4].map(Value::from).into(),
        lines: None,
        knobs: vec![
            ("rule", "row".into()),
            ("judge", "streak".into()),
            ("trials", 1.into()),
            ("successes", 1.into()),
            ("rate", 100.0.into()),
            ("share", 100.into()),
            ("threads", 64.into()),
            ("errors", 30.0.into()),
            ("work", 1.0.into()),
            ("latency", 1.0.into()),
            ("wait", 10.0.into()),
            ("curve", "steady".into()),
        ],
        script: Vec::new(),
        y: "Results until it opens",
        measure: |run| run.mean("patience"),
        lasts: Span::from_secs(120),
        seeds: 12,
        theory: Theory::Curve {
            source: "Expected trials until a run of n failures: (1 - pⁿ) / (pⁿ (1 - p)).",
            at: |row| theory::results_until_row(row, 0.3),
            // The last, unfinished count of each run is left out.
            tolerance: 0.02,
        },
    }
}

const LOSS_THREADS: u32 = 16;
const LOSS_RATE: f64 = 20.0;
const LOSS_SHARE: f64 = 0.75;

fn turned_away() -> Experiment {
    Experiment {
        slug: "turned-away",
        name: "Turned away by a hanging dependency, without a breaker",
        question: "A dependency does not answer at all. Which share of all requests finds no thread, as the timeout grows?",
        x: "timeout",
        values: [700.0, 1_000.0, 1_500.0, 2_000.0, 4_000.0]
            .map(Value::from)
            .into(),
        lines: None,
        knobs: vec![
            ("breaker", false.into()),
            ("instead", "fail".into()),
            ("trouble", "hang".into()),
            ("trouble_from", 0.0.into()),
            ("trouble_lasts", 3_600_000.0.into()),
            ("threads", LOSS_THREADS.into()),
            ("backlog", 0.into()),
            ("rate", LOSS_RATE.into()),
        ],
        script: Vec::new(),
        y: "Turned away",
        measure: |run| run.ratio("turned-away", "arrived"),
        lasts: Span::from_secs(400),
        seeds: 10,
        theory: Theory::Curve {
            source: "Erlang's loss formula: each request that needs the dependency holds a thread for the timeout, the others for 40 ms.",
            at: |timeout_ms| {
                let held = LOSS_SHARE * timeout_ms / 1_000.0 + (1.0 - LOSS_SHARE) * 0.04;
                theory::erlang_b(LOSS_THREADS, LOSS_RATE * held)
            },
            // Each run begins with all threads free.
            tolerance: 0.02,
        },
    }
}

fn relief() -> Experiment {
    Experiment {
        slug: "relief",
        name: "Time without a free thread, with a breaker",
        question: "The dependency hangs for twenty seconds. For how much of the run is no thread free, as the timeout grows?",
        x: "timeout",
        values: [250.0, 500.0, 1_000.0, 2_000.0, 4_000.0]
            .map(Value::from)
            .into(),
        lines: None,
        knobs: vec![
            ("trouble", "hang".into()),
            ("trouble_lasts", 20_000.0.into()),
        ],
        script: vec![(SimTime::from_secs(40), Call::new("reset"))],
        y: "Share of time",
        measure: |run| run.mean("saturated"),
        lasts: Span::from_secs(40),
        seeds: 12,
        theory: Theory::None(
            "It depends on how the first timeouts fall into the window, which has no closed form.",
        ),
    }
}
