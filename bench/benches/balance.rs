//! How fast the load balancers run: whole requests through the model, and single decisions of each
//! rule.
//!
//! A request through the model is two events on Orrery's engine with everything that belongs to
//! them: client, balancer, rule, server, queue, metrics, and every promise checked after each event.
//! Messages take no time. A decision is one pick among 16 servers that are busy to different degrees.

use std::hint::black_box;
use std::time::Instant;

use orrery_bench::{Aim, Contender, Sample, Table, compete, verdict};
use orrery_core::catalog;
use orrery_core::kernel::random::Random;
use orrery_core::kernel::session::RunState;
use orrery_core::patterns::load_balancing::load_balancers::algorithm::{
    Ask, Backends, Balance, BoundedHash, Choices, LeastConnections, Maglev, PeakEwma, Remainder,
    RoundRobin, SmoothWeighted, hash,
};
use orrery_core::patterns::partitioning::consistent_hashing::algorithm::Bound;
use orrery_core::time::{SimTime, Span};
use orrery_core::value::Value;

const SERVERS: u32 = 16;
/// Requests per server and second, at a second of work each.
const LOAD: f64 = 0.8;
const REQUESTS: f64 = 10_000_000.0;
/// Seconds for all of them.
const AIM: f64 = 2.0;

/// Ten million requests under one rule: seconds, and the mean time in service times.
fn run(rule: &str) -> (f64, f64) {
    let pattern = catalog::find("load-balancers").expect("it is registered");
    let knobs: [(&str, Value); 10] = [
        ("rule", rule.into()),
        ("servers", SERVERS.into()),
        ("rate", LOAD.into()),
        ("work", 1_000.0.into()),
        ("latency", 0.0.into()),
        ("timeout", 0.0.into()),
        ("retries", 0.into()),
        ("room", 10_000.into()),
        ("patience", 600_000.0.into()),
        // Who calls matters to no rule that is measured here.
        ("clients", 1.into()),
    ];
    let state = RunState {
        seed: 1,
        knobs: knobs
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
        ..RunState::default()
    };
    let secs = REQUESTS / (LOAD * f64::from(SERVERS));
    let begun = Instant::now();
    let end = SimTime::ZERO + Span::from_secs_f64(secs);
    let outcome = (pattern.machine.simulate)(&state, end).expect("it opens");
    assert!((outcome.value("calls") / REQUESTS - 1.0).abs() < 0.01);
    (begun.elapsed().as_secs_f64(), outcome.mean("latency"))
}

fn through_the_model() {
    let mut table = Table::new(
        "Ten million requests at 16 servers, load 0.8, one thread",
        [
            "rule",
            "s",
            "ns each",
            "of the limit",
            "aim",
            "",
            "mean time",
        ],
    );
    for rule in ["random", "round-robin", "choices", "least"] {
        let (secs, mean) = run(rule);
        table.row([
            rule.to_owned(),
            format!("{secs:.2}"),
            format!("{:.0}", secs * 1e9 / REQUESTS),
            format!("{:.2}", secs / AIM),
            format!("<= {AIM} s"),
            verdict(secs <= AIM),
            format!("{mean:.2}"),
        ]);
    }
    table.print();
}

fn decisions() {
    const PICKS: u64 = 200_000;
    let mut random = Random::new(3);
    let mut backends = Backends::with_weights((0..SERVERS).map(|n| 100 * (1 + n % 4)));
    for server in 0..SERVERS as usize {
        backends.set_load(server, random.below(8) as u32);
    }
    let positions: Vec<u64> = (0..1_024_u32).map(|key| hash(&key.to_le_bytes())).collect();
    let mut rules: Vec<(&'static str, Box<dyn Balance>)> = vec![
        ("round robin", Box::new(RoundRobin::default())),
        ("smooth weights", Box::new(SmoothWeighted::default())),
        ("random", Box::new(Choices { draws: 1 })),
        ("best of 2", Box::new(Choices { draws: 2 })),
        ("least connections", Box::new(LeastConnections)),
        ("peak EWMA", Box::new(PeakEwma::new(Span::from_secs(10)))),
        ("hash mod n", Box::new(Remainder)),
        (
            "bounded hash",
            Box::new(BoundedHash::new(Bound::from_thousandths(250))),
        ),
        ("maglev, 65,537 slots", Box::new(Maglev::new(65_537))),
    ];
    for (_, rule) in &mut rules {
        rule.changed(&backends);
        for server in 0..SERVERS as usize {
            rule.answered(server, Span::from_millis(5), SimTime::ZERO);
        }
    }
    let backends = &backends;
    let positions = &positions;
    let contenders = rules.into_iter().map(|(name, mut rule)| {
        let mut random = Random::new(5);
        Contender::new(name, Aim::Shown, move || {
            Sample::of_many(PICKS, || {
                let mut draw = |bound| random.below(bound);
                for pick in 0..PICKS {
                    let ask = Ask {
                        position: positions[pick as usize % positions.len()],
                        now: SimTime::from_millis(pick / 100),
                    };
                    black_box(rule.pick(black_box(ask), backends, &mut draw));
                }
            })
        })
    });
    compete(
        "Decisions among 16 servers: ns per pick",
        11,
        contenders.collect(),
    );
}

fn main() {
    through_the_model();
    decisions();
}
