//! What every pattern with nodes draws alike: messages on their way, links and the faults a person
//! can inflict on a node.

use crate::kernel::engine::{FAULT_PREFIX, Flight, World};
use crate::kernel::network::{Network, NodeId, Status};
use crate::scene::{End, ItemId, Message, Placed, SceneBuilder, Tone};
use crate::simulation::Event;
use crate::value::Call;

/// Draws every message on its way between the items that `item` names for two nodes; a message
/// whose end has no item is left out.
pub fn messages<E: Event>(
    world: &World<E>,
    scene: &mut SceneBuilder,
    item: impl Fn(NodeId) -> Option<ItemId>,
) {
    for flight in world.flights() {
        let (Some(from), Some(to)) = (item(flight.from), item(flight.to)) else {
            continue;
        };
        message(scene, &flight, &from, &to).label(flight.label);
    }
}

/// Draws one message on its way from one place to another, to be lost by hand until it is lost.
pub fn message<'s>(
    scene: &'s mut SceneBuilder,
    flight: &Flight,
    from: impl Into<End>,
    to: impl Into<End>,
) -> Placed<'s, Message> {
    let lose = fault("drop").with("message", flight.id.0 as i64);
    scene
        .message(("message", flight.id.0), from, to, flight.fraction)
        .tone(flight.tone)
        .when(flight.lost, Placed::lost)
        .when(!flight.lost, |message| {
            message.menu("Lose this message", lose)
        })
}

/// Draws the link between two items, cut when the network cuts it in both directions, dashed when
/// only in one.
pub fn link(
    network: &Network,
    scene: &mut SceneBuilder,
    (a, a_item): (NodeId, &ItemId),
    (b, b_item): (NodeId, &ItemId),
) {
    let (there, back) = (network.is_cut(a, b), network.is_cut(b, a));
    scene
        .link(format!("link-{}-{}", a.0, b.0), a_item, b_item)
        .when(there && back, |link| link.cut().tone(Tone::Failed))
        .when(there != back, |link| link.dashed().tone(Tone::Failed));
}

/// Adds to a node's menu the faults that make sense in its present state.
pub fn with_faults<'s, S>(placed: Placed<'s, S>, network: &Network, node: NodeId) -> Placed<'s, S>
where
    Placed<'s, S>: Sized,
{
    let call = |name: &str| fault(name).with("node", i64::from(node.0));
    match network.status(node) {
        Status::Up => {
            let cut = network.nodes().any(|other| network.is_cut(node, other));
            let others = fault("partition").with("nodes", node.0.to_string());
            let placed = placed
                .menu("Crash", call("crash"))
                .menu("Pause", call("pause"))
                .menu("Slow its links down", call("slow"));
            if cut {
                placed.menu("Repair links", fault("repair"))
            } else {
                placed.menu("Cut off from the others", others)
            }
        }
        Status::Crashed => placed.menu("Restart", call("restart")),
        Status::Paused => placed
            .menu("Resume", call("resume"))
            .menu("Crash", call("crash")),
    }
}

/// The call that inflicts a fault.
pub fn fault(name: &str) -> Call {
    Call::new(format!("{FAULT_PREFIX}{name}"))
}
