//! Scratch.
#![expect(clippy::print_stdout, reason = "scratch")]
use orrery_core::catalog;
use orrery_core::time::SimTime;
fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let pattern = catalog::find("circuit-breaker").unwrap();
    let mut state = pattern.scenario("protected").unwrap().state();
    state.seed = words[0].parse().unwrap();
    for kv in &words[1..] {
        let (k, v) = kv.split_once('=').unwrap();
        let spec = (pattern.machine.knobs)()
            .iter()
            .find(|s| s.key == k)
            .unwrap();
        state.knobs.insert(k.to_owned(), spec.parse(v).unwrap());
    }
    let mut session = (pattern.machine.open)(&state).unwrap();
    session.seek(SimTime::from_secs(40));
    for line in session.log(20_000) {
        println!("{} [{}] {}", line.at, line.kind, line.text);
    }
    for v in session.properties() {
        println!("  {} {:?}", v.name, v.state);
    }
}
