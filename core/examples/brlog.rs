//! Scratch.
#![expect(clippy::print_stdout, reason = "scratch")]
use orrery_core::catalog;
use orrery_core::kernel::metrics::Metric;
use orrery_core::time::SimTime;
fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let pattern = catalog::find("circuit-breaker").unwrap();
    for scenario in (pattern.scenarios)() {
        if !words.is_empty() && words[0] != scenario.slug {
            continue;
        }
        println!("== {} lasts {}", scenario.slug, scenario.lasts);
        let mut session = (pattern.machine.open)(&scenario.state()).unwrap();
        session.seek(SimTime::ZERO + scenario.lasts);
        for line in session.log(20_000) {
            if line.notable || words.len() > 1 {
                println!("{} [{}] {}", line.at, line.kind, line.text);
            }
        }
        let out =
            (pattern.machine.simulate)(&scenario.state(), SimTime::ZERO + scenario.lasts).unwrap();
        for (i, spec) in out.metrics.specs().iter().enumerate() {
            print!(
                "{}={:.3}({:.3}) ",
                spec.key,
                out.metrics.value(Metric(i)),
                out.metrics.mean(Metric(i), out.now)
            );
        }
        println!(
            "\nviolated {:?} announced {:?} happened {} refused {:?}",
            out.violated, scenario.breaks, out.happened, out.refused
        );
        for v in session.properties() {
            println!("  {:?}", v.state);
        }
        for c in &scenario.claims {
            println!("  claim {}: {}", (c.check)(&out), c.sentence);
        }
    }
}
