//! What is said of a promise once nobody can tell whether it holds.

use crate::kernel::engine::{Engine, PropertyState};
use crate::patterns::consensus::raft::knobs::Knobs;
use crate::patterns::consensus::raft::model::{Cluster, audit};
use crate::prelude::*;
use crate::staging::fault;

/// The first client's node, after five servers.
const CLIENT: i64 = 5;

fn standing(engine: &Engine<Cluster>) -> PropertyState {
    let mut promises = Cluster::properties().iter();
    let index = promises.position(|promise| promise.name == audit::LINEAR);
    engine.standing(index.expect("it is promised"))
}

#[test]
fn a_history_with_too_many_open_requests_is_not_said_to_hold() {
    let mut engine = Engine::<Cluster>::start(
        1,
        Knobs {
            busy: false,
            ..Knobs::default()
        },
    );
    let act = |engine: &mut Engine<Cluster>, call: Call| {
        engine.try_act(&call, None).expect("it can be done");
    };
    act(
        &mut engine,
        fault("partition").with("nodes", CLIENT.to_string()),
    );
    // What comes of a write is unknown for good once its client has crashed.
    let write = Call::new("write").with("client", 1);
    for round in 1..=64_u64 {
        engine.advance(SimTime::from_millis(round), None);
        act(&mut engine, write.clone());
        act(&mut engine, fault("crash").with("node", CLIENT));
        act(&mut engine, fault("restart").with("node", CLIENT));
        assert_eq!(standing(&engine), PropertyState::Holds);
    }
    let since = SimTime::from_secs(1);
    engine.advance(since, None);
    act(&mut engine, write);
    engine.advance(SimTime::from_secs(2), None);
    let PropertyState::Undecided(doubt) = standing(&engine) else {
        panic!("65 writes cannot be followed");
    };
    assert_eq!(doubt.since, since);
    assert!(
        engine
            .verdicts()
            .iter()
            .all(|verdict| verdict.violated.is_none())
    );
}
