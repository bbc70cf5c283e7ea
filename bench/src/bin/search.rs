//! How long it takes to find a run that breaks a promise and to shrink it, and what a long search
//! with every safeguard on finds.
//!
//! `cargo run --release -p orrery-bench --bin search` measures each broken variant from ten cold
//! starts, and makes ten thousand runs with every safeguard on. `-- 1000000` makes that many
//! instead, shared out evenly among the patterns; `-- 1000000 saga` makes them of one pattern (`all` of all);
//! a third argument is the root seed.

use std::time::{Duration, Instant};

use orrery_bench::mm1::{Server, horizon};
use orrery_bench::{Table, median, verdict};
use orrery_core::catalog::{Card, Family, Machine, PATTERNS, Pattern, Scenario};
use orrery_core::kernel::session::RunState;
use orrery_core::lab::search::{Budget, Counts, End, Found, Search, SearchPlan, Vary};
use orrery_core::lab::shrink::{Shrink, Shrunk};
use orrery_core::lab::{Breaking, BrokenVariant};
use orrery_core::link::Link;
use orrery_core::time::SimTime;

/// Cold starts per variant.
const ROOT_SEEDS: u64 = 10;
/// Runs with every safeguard on, unless told otherwise.
const RUNS: u64 = 10_000;
/// A find natively within this leaves room for wasm and slower machines.
const AIM: Duration = Duration::from_secs(1);

fn main() {
    let mut arguments = std::env::args().skip(1);
    let runs: u64 = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(RUNS);
    let only = arguments.next().filter(|slug| slug != "all");
    let root_seed = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let chosen: Vec<&'static Pattern> = PATTERNS
        .iter()
        .copied()
        .filter(|pattern| only.as_ref().is_none_or(|slug| slug == pattern.card.slug))
        .collect();
    find_all(&chosen);
    search_sound(&chosen, runs / chosen.len().max(1) as u64, root_seed);
    search_scenarios(&chosen, runs / chosen.len().max(1) as u64 / 20, root_seed);
    short_runs();
}

/// Finds and shrinks a break of every promise that a variant is known to break.
fn find_all(patterns: &[&'static Pattern]) {
    let mut table = Table::new(
        "Broken variants from ten cold starts, medians",
        [
            "variant",
            "promise",
            "found",
            "runs",
            "find s",
            "",
            "shrink s",
            "",
            "deeds",
            "events",
            "most deeds",
        ],
    );
    for pattern in patterns {
        for variant in (pattern.breaking)().variants {
            for property in variant.breaks {
                table.row(measure(pattern, &variant, property));
            }
        }
    }
    table.print();
}

fn measure(pattern: &'static Pattern, variant: &BrokenVariant, property: &str) -> [String; 11] {
    let (mut find, mut shrink, mut runs) = (Vec::new(), Vec::new(), Vec::new());
    let mut stories: Vec<Shrunk> = Vec::new();
    for root_seed in 1..=ROOT_SEEDS {
        let plan = SearchPlan {
            property: Some(property.to_owned()),
            root_seed,
            budget: Budget {
                runs: 1_000_000,
                events: 200_000_000,
                ..Budget::default()
            },
            ..SearchPlan::without(pattern, variant)
        };
        let begun = Instant::now();
        let mut search = Search::new(pattern, plan).expect("a declared variant makes a plan");
        search.run(u64::MAX);
        let Some(End::Found(found)) = search.end() else {
            continue;
        };
        find.push(begun.elapsed().as_secs_f64());
        runs.push(search.counts().runs as f64);
        let begun = Instant::now();
        stories.push(shrunk(pattern, found));
        shrink.push(begun.elapsed().as_secs_f64());
    }
    let of =
        |measure: fn(&Shrunk) -> u64| median(stories.iter().map(|s| measure(s) as f64).collect());
    let within = |times: &[f64]| verdict(median(times.to_vec()) <= AIM.as_secs_f64());
    let change = |before: f64, after: f64| format!("{before} to {after}");
    [
        format!("{}/{}", pattern.card.slug, variant.slug),
        property.to_owned(),
        format!("{} of {ROOT_SEEDS}", find.len()),
        format!("{}", median(runs)),
        format!("{:.3}", median(find.clone())),
        within(&find),
        format!("{:.3}", median(shrink.clone())),
        within(&shrink),
        change(of(|s| s.before.deeds), of(|s| s.after.deeds)),
        change(of(|s| s.before.events), of(|s| s.after.events)),
        format!(
            "{}",
            stories.iter().map(|s| s.after.deeds).max().unwrap_or(0)
        ),
    ]
}

fn shrunk(pattern: &'static Pattern, found: &Found) -> Shrunk {
    let shrink = Shrink::new(pattern, found).expect("what was found breaks the promise");
    shrink.finish()
}

/// Searches with every safeguard on, once for deeds alone and once with knobs turned as well.
fn search_sound(patterns: &[&'static Pattern], runs: u64, root_seed: u64) {
    let mut table = Table::new(
        "With every safeguard on",
        [
            "pattern",
            "varied",
            "runs",
            "events",
            "s",
            "runs/s",
            "ns/event",
            "situations",
            "found",
        ],
    );
    let mut finds = String::new();
    let mut total = (0, 0);
    for pattern in patterns {
        for (name, vary, share) in [
            ("deeds", Vary::default(), runs / 2),
            ("deeds and knobs", everything(), runs - runs / 2),
        ] {
            let begun = Instant::now();
            let (counts, found) = search_on(pattern, vary, share, root_seed);
            let secs = begun.elapsed().as_secs_f64();
            total = (total.0 + counts.runs, total.1 + found.len());
            table.row([
                pattern.card.slug.to_owned(),
                name.to_owned(),
                counts.runs.to_string(),
                counts.events.to_string(),
                format!("{secs:.1}"),
                format!("{:.0}", counts.runs as f64 / secs),
                format!("{:.0}", secs * 1e9 / counts.events.max(1) as f64),
                counts.situations.estimate().to_string(),
                found.len().to_string(),
            ]);
            for found in found {
                finds += &tell(pattern, &found);
            }
        }
    }
    table.row(
        [
            "all",
            "",
            &total.0.to_string(),
            "",
            "",
            "",
            "",
            "",
            &total.1.to_string(),
        ]
        .map(str::to_owned),
    );
    table.print();
    print(&finds);
}

/// Searches from every scenario in which nothing breaks, as someone does who looks at it.
fn search_scenarios(patterns: &[&'static Pattern], runs: u64, root_seed: u64) {
    let mut table = Table::new(
        "From scenarios in which nothing breaks",
        ["scenario", "runs", "s", "found"],
    );
    let mut finds = String::new();
    for pattern in patterns {
        for scenario in (pattern.scenarios)() {
            if !scenario.breaks.is_empty() {
                continue;
            }
            let plan = SearchPlan {
                root_seed,
                ..SearchPlan::from(pattern, scenario.state(), scenario.lasts)
            };
            let begun = Instant::now();
            let (counts, found) = make_runs(pattern, &plan, runs, 3);
            table.row([
                format!("{}/{}", pattern.card.slug, scenario.slug),
                counts.runs.to_string(),
                format!("{:.1}", begun.elapsed().as_secs_f64()),
                found.len().to_string(),
            ]);
            for found in found {
                finds += &tell(pattern, &found);
            }
        }
    }
    table.print();
    print(&finds);
}

/// Ten thousand runs of a thousand events each: what one worker makes while someone looks on.
fn short_runs() {
    static QUEUE: Pattern = Pattern {
        card: Card {
            slug: "mm1",
            name: "A queue",
            family: Family::Messaging,
            summary: "",
            problem: "",
            synonyms: &[],
            challenges: 0,
        },
        first: || Scenario::new("", "", ""),
        scenarios: Vec::new,
        experiments: Vec::new,
        breaking: Breaking::new,
        challenges: &[],
        machine: Machine::of::<Server>(),
    };
    let plan = SearchPlan::from(&QUEUE, RunState::default(), horizon(1_000) - SimTime::ZERO);
    let begun = Instant::now();
    let mut search = Search::new(&QUEUE, plan).expect("seeds vary");
    search.run(10_000);
    let secs = begun.elapsed().as_secs_f64();
    let counts = search.counts();
    let mut table = Table::new(
        "Ten thousand runs of a thousand events",
        ["runs", "events per run", "s", "aim", ""],
    );
    table.row([
        counts.runs.to_string(),
        (counts.events / counts.runs.max(1)).to_string(),
        format!("{secs:.3}"),
        "<= 0.5 s".to_owned(),
        verdict(secs <= 0.5),
    ]);
    table.print();
}

const fn everything() -> Vary {
    Vary {
        seed: true,
        actions: true,
        faults: true,
        live_knobs: true,
        knobs: true,
    }
}

/// Makes exactly so many runs of a search with every safeguard on.
fn search_on(
    pattern: &'static Pattern,
    vary: Vary,
    runs: u64,
    root_seed: u64,
) -> (Counts, Vec<Found>) {
    let plan = SearchPlan {
        vary,
        root_seed,
        ..SearchPlan::with_safeguards(pattern)
    };
    make_runs(pattern, &plan, runs, 10)
}

/// Makes exactly so many runs, unless it finds too much: after a find it goes on with another root
/// seed.
fn make_runs(
    pattern: &'static Pattern,
    plan: &SearchPlan,
    runs: u64,
    finds_max: usize,
) -> (Counts, Vec<Found>) {
    let mut found = Vec::new();
    let mut counts = Counts::default();
    while counts.runs < runs && found.len() < finds_max {
        let plan = SearchPlan {
            root_seed: plan.root_seed * 1_000 + found.len() as u64,
            budget: Budget {
                runs: runs - counts.runs,
                events: 1_000_000_000_000,
                ..Budget::default()
            },
            ..plan.clone()
        };
        let mut search = Search::new(pattern, plan).expect("the pattern makes a plan");
        search.run(u64::MAX);
        counts.merge(&search.counts());
        if let Some(End::Found(one)) = search.end() {
            found.push(one.clone());
        }
    }
    (counts, found)
}

/// The shortest story of a find, with the link that leads to it.
fn tell(pattern: &'static Pattern, found: &Found) -> String {
    let shrunk = shrunk(pattern, found);
    let (text, _) = Link::from(shrunk.state.clone()).encode(pattern);
    format!(
        "\n{}: run {} breaks “{}”: {}\n  p/{}/#{text}\n  {} deeds and {} events, before {} and {}\n",
        pattern.card.name,
        found.run,
        shrunk.property,
        shrunk.reason,
        pattern.card.slug,
        shrunk.after.deeds,
        shrunk.after.events,
        shrunk.before.deeds,
        shrunk.before.events,
    )
}

fn print(text: &str) {
    use std::io::Write as _;
    // Nobody is left to tell when standard output is gone.
    let _ = std::io::stdout().write_all(text.as_bytes());
}
