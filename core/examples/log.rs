use orrery_core::catalog;
use orrery_core::time::*;
fn main() {
    let w: Vec<String> = std::env::args().skip(1).collect();
    let p = catalog::find(&w[0]).unwrap();
    let s = p.scenario(&w[1]).unwrap();
    let mut x = (p.machine.open)(&s.state()).unwrap();
    x.seek(SimTime::ZERO + s.lasts);
    for l in x.log(400) {
        println!(
            "{} [{}] {:?} {} <{:?}>",
            l.at, l.kind, l.tone, l.text, l.region
        );
    }
    for c in x.charts() {
        println!("{} = {} (p99 {:?})", c.spec.key, c.now, c.p99);
    }
    for c in x.properties() {
        println!("{} {:?}", c.name, c.state);
    }
}
