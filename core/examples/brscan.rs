//! Scratch.
#![expect(clippy::print_stdout, reason = "scratch")]
use orrery_core::catalog;
use orrery_core::time::SimTime;
fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let pattern = catalog::find("circuit-breaker").unwrap();
    let scenario = pattern.scenario(&words[0]).unwrap();
    for seed in 1..=30 {
        let mut state = scenario.state();
        state.seed = seed;
        for kv in &words[1..] {
            let (k, v) = kv.split_once('=').unwrap();
            let spec = (pattern.machine.knobs)()
                .iter()
                .find(|s| s.key == k)
                .unwrap();
            state.knobs.insert(k.to_owned(), spec.parse(v).unwrap());
        }
        let out = (pattern.machine.simulate)(&state, SimTime::ZERO + scenario.lasts).unwrap();
        println!(
            "{seed}: open {} alarms {} wasted {} answered {} away {} closing {:.2} viol {:?}",
            out.value("openings"),
            out.value("false-alarms"),
            out.value("wasted"),
            out.value("answered"),
            out.value("turned-away"),
            out.mean("closing"),
            out.violated
        );
    }
}
