//! The picture: the ring with its keys, `hash mod n` beside it when asked for, the nodes, their
//! shares, and a key somebody looks at.

use std::cell::OnceCell;
use std::sync::Arc;

use super::algorithm::{HashRing, theory};
use super::layout::{Layout, MAX_NODES, Peer, Slots, bit, letter};
use super::model::{Cluster, Event, Inspected, LATENESS, Rule, Standing, Which, turn};
use super::orbits::{Orbits, tone_of};
use crate::kernel::network::Status;
use crate::prelude::*;
use crate::real::fixed;
use crate::scene::{
    Align, Axis, Badge, Bar, Cell, Mark, Placed, Rect, Ring, RingArc, RingMarker, RingTick, Swarm,
};
use crate::staging;

use crate::words::{counted, grouped, halves, noun};

/// What is drawn of a ring, worked out when it is first shown and kept until the ring changes.
#[derive(Debug, Default)]
pub(super) struct Drawing(OnceCell<Parts>);

#[derive(Debug)]
struct Parts {
    arcs: Arc<[RingArc]>,
    ticks: Arc<[RingTick]>,
    /// By slot, the share that nine in ten nodes with as many points have.
    bands: [Option<(f64, f64)>; MAX_NODES],
}

/// With more points than this their arcs show them well enough.
const MOST_TICKS: usize = 64;
/// With more lookups under way than this they are points of a swarm instead of items.
const MOST_MESSAGES: usize = 40;

pub(super) fn draw(cluster: &Cluster, world: &World<Event>, scene: &mut SceneBuilder) {
    scene.summary(summary(cluster));
    let stage = Stage::lay_out(cluster, scene);
    disc(
        cluster,
        &cluster.real,
        world,
        scene,
        (Which::Real, stage.real),
    );
    if let (Some(shadow), Some(beside)) = (&cluster.shadow, stage.shadow) {
        words(
            cluster,
            shadow,
            scene,
            (Which::Shadow, beside.disc),
            stage.clients,
        );
        disc(cluster, shadow, world, scene, (Which::Shadow, beside.disc));
        bars(cluster, shadow, scene, (Which::Shadow, beside.bars));
        let [real, modulo] = beside.keys;
        looked_up(cluster, scene, (Which::Real, stage.real), real);
        looked_up(cluster, scene, (Which::Shadow, beside.disc), modulo);
    }
    words(
        cluster,
        &cluster.real,
        scene,
        (Which::Real, stage.real),
        stage.clients,
    );
    clients(cluster, world, scene, stage.clients);
    nodes(cluster, world, scene, stage.nodes);
    bars(cluster, &cluster.real, scene, (Which::Real, stage.bars));
    if let Some(frame) = stage.lookup {
        lookup(cluster, scene, frame);
    }
    lookups_under_way(cluster, world, scene, stage.real);
}

/// Where everything goes.
struct Stage {
    /// The first of the clients; there is room for another beside it.
    clients: Rect,
    real: Rect,
    /// What is there of `hash mod n`, when it is shown.
    shadow: Option<Beside>,
    nodes: Rect,
    bars: Rect,
    /// Where a key can be looked up, when there is room for it.
    lookup: Option<Rect>,
}

/// Where `hash mod n` goes beside the ring.
struct Beside {
    disc: Rect,
    bars: Rect,
    /// Lines under both discs for the key that was looked up last.
    keys: [Rect; 2],
}

impl Stage {
    fn lay_out(cluster: &Cluster, scene: &SceneBuilder) -> Self {
        let area = scene.area();
        if cluster.shadow.is_some() {
            let (discs, rest) = area.take_top(scene.pick(344.0, 530.0), 10.0);
            let [real, shadow] = match scene.is_tall() {
                false => discs.columns_of([1.0, 1.0], 20.0),
                true => discs.rows_of([1.0, 1.0], 6.0),
            };
            let ((key, real), (shadow_key, disc)) =
                (real.take_bottom(18.0, 4.0), shadow.take_bottom(18.0, 4.0));
            let (nodes, rest) = rest.take_top(54.0, 8.0);
            let [bars, shadow_bars] = rest.columns_of([1.0, 1.0], 20.0);
            let (clients, real) = corner(cluster, real);
            return Self {
                clients,
                real,
                shadow: Some(Beside {
                    disc,
                    bars: shadow_bars,
                    keys: [key, shadow_key],
                }),
                nodes,
                bars,
                lookup: None,
            };
        }
        let (real, rest) = match scene.is_tall() {
            false => area.take_left(area.h, 20.0),
            true => area.take_top(area.w * 0.98, 8.0),
        };
        let [nodes, bars, lookup] =
            rest.rows_of(scene.pick([1.25, 2.0, 0.6], [0.95, 2.0, 1.05]), 14.0);
        let (clients, real) = corner(cluster, real);
        Self {
            clients,
            real,
            shadow: None,
            nodes,
            bars,
            lookup: Some(lookup),
        }
    }
}

/// The free corner at the top left of a disc, and the disc: where the corner does not hold two
/// groups of clients, they get a strip of their own.
fn corner(cluster: &Cluster, disc: Rect) -> (Rect, Rect) {
    let corner = Rect::new(disc.x, disc.y, 64.0, 62.0);
    match cluster.late.is_some() && disc.short_side() < 500.0 {
        true => (corner, disc.take_top(corner.h, 0.0).1),
        false => (corner, disc),
    }
}

fn summary(cluster: &Cluster) -> String {
    let members = cluster.members().len();
    let mut text = format!(
        "{} keys on {}; the hottest node has {} times its fair share",
        grouped(cluster.keys.len()),
        counted(members, ["node", "nodes"]),
        fixed(cluster.hottest(), 2),
    );
    if let Some((change, outcome)) = &cluster.audit.last {
        text += &format!("; {}: {} moved", change.words(), percent(outcome.part()));
    }
    let cold = cluster.real.cold_fraction(&cluster.keys);
    if cold > 0.0 {
        text += &format!("; {} of lookups would miss now", percent(cold));
    }
    text + "."
}

/// One layout: the ring, or a bare circle under `hash mod n`, with its keys.
fn disc(
    cluster: &Cluster,
    layout: &Layout,
    world: &World<Event>,
    scene: &mut SceneBuilder,
    (which, frame): (Which, Rect),
) {
    let square = frame.square();
    let is_ring = which == Which::Real && cluster.knobs.rule != Rule::Modulo;
    let parts = cluster.drawing.parts(&cluster.ring);
    let inspected = cluster.inspected.as_ref();
    let compares = cluster.shadow.is_some();
    let (figure, note) = middle(cluster, which);
    scene
        .ring(which.named("ring"), square)
        .describe(disc_words(cluster, layout, is_ring))
        .when(is_ring, |ring| {
            ring.arcs(Arc::clone(&parts.arcs))
                .ticks(Arc::clone(&parts.ticks))
        })
        .center(figure, note)
        .with(inspected.filter(|_| is_ring), |ring, inspected| {
            mark(cluster, inspected, ring)
        })
        .with(
            inspected.filter(|_| compares && !is_ring),
            |ring, inspected| {
                let at = turn(inspected.position);
                ring.markers([RingMarker::new(at, Tone::Leader, "")])
            },
        )
        .with(cluster.keys.celebrity().filter(|_| is_ring), |ring, key| {
            let at = turn(cluster.keys.positions()[key]);
            ring.markers([RingMarker::new(
                at,
                Tone::Stale,
                cluster.keys.name(key).to_string(),
            )])
        })
        .menu("Add a node", Call::new("add_node"));
    let orbits = orbits(cluster, square);
    let crowd = orbits.keys(layout, &cluster.keys, world.now());
    let (moving, missing) = (crowd.moving.len(), crowd.missing.len());
    scene
        .swarm(which.named("keys"), square, crowd.settled)
        .describe("Keys, each at the angle of its hash on the track of its node");
    if !layout.shipments().is_empty() {
        scene
            .swarm(which.named("waiting"), square, crowd.waiting)
            .describe("Keys about to set out, and keys that have just arrived");
    }
    scene
        .swarm(which.named("moving"), square, crowd.moving)
        .describe(format!(
            "{} {} on the way to another track",
            grouped(moving),
            noun(moving, ["key", "keys"])
        ));
    scene
        .swarm(which.named("missing"), square, crowd.missing)
        .describe(format!("Keys missing on their track: {}", grouped(missing)));
    if let Some(late) = cluster.late.as_ref().filter(|_| which == Which::Real) {
        let disputed = orbits.disputed(late.plan.all_asked(), layout, &cluster.keys);
        scene.swarm("disputed", square, disputed).describe(format!(
            "{} {} on the track of the node that late clients ask",
            grouped(cluster.audit.disputed),
            noun(cluster.audit.disputed, ["key", "keys"])
        ));
    }
}

/// Markers closer than this, in turns, share one place: their letters would lie on each other.
const APART: f64 = 0.03;

/// The key that was looked up last, under one of two rules: where it is on the disc, and in a line
/// its nodes in order.
fn looked_up(
    cluster: &Cluster,
    scene: &mut SceneBuilder,
    (which, disc): (Which, Rect),
    line: Rect,
) {
    let Some(inspected) = &cluster.inspected else {
        let (what, hint) = match which {
            Which::Real => (
                "look-up-hint",
                "Look a key up: here are its nodes in order,",
            ),
            Which::Shadow => (
                "modulo-look-up-hint",
                "and here those that it has under hash mod n.",
            ),
        };
        scene.text(what, line, hint).caption();
        return;
    };
    let list = cluster.preference_list_under(which, inspected.position);
    let letters: Vec<String> = list.iter().map(|slot| letter(*slot).to_string()).collect();
    let name = &inspected.name;
    let (place, way) = match which {
        Which::Real if cluster.knobs.rule != Rule::Modulo => (
            cluster.hash_words(inspected.position),
            "its nodes clockwise",
        ),
        Which::Real | Which::Shadow => {
            let members = cluster.members();
            let first = cluster
                .ring
                .placement()
                .modulo(inspected.position, members.len());
            let index = first.map_or_else(|| "?".to_owned(), |first| first.to_string());
            (
                format!("mod {} = {index}", members.len()),
                "its nodes by number",
            )
        }
    };
    scene
        .text(
            which.named("look-up-line"),
            line,
            format!(
                "{}: {} ({place})",
                shorten(&name.to_string()),
                letters.join(" → ")
            ),
        )
        .caption()
        .describe(format!("{name}: {place}; {way}: {}", letters.join(", ")));
    let orbits = orbits(cluster, disc.square());
    let at = turn(inspected.position);
    let copies = list.iter().take(cluster.knobs.replicas as usize);
    let places = copies.map(|slot| (orbits.place(*slot, at), Tone::Leader));
    scene
        .swarm(
            which.named("looked-up"),
            disc.square(),
            Swarm::collect(5.0, places),
        )
        .describe(format!("{name} on the tracks of its nodes"));
}

/// Marks the key that is looked at, its way to its owner and the nodes of its preference list.
fn mark<'s>(cluster: &Cluster, inspected: &Inspected, ring: Placed<'s, Ring>) -> Placed<'s, Ring> {
    let list = cluster.preference_list(inspected.position);
    let from = turn(inspected.position);
    let mut left: Slots = list.iter().fold(0, |set, slot| set | bit(*slot));
    let mut firsts = Vec::new();
    for (position, peer) in cluster.ring.walk(inspected.position) {
        if left & bit(peer.slot) != 0 {
            left &= !bit(peer.slot);
            firsts.push((turn(position), peer.slot));
        }
        if left == 0 {
            break;
        }
    }
    let mut marks: Vec<RingMarker> = Vec::new();
    for (at, slot) in &firsts {
        match marks.last_mut() {
            Some(before) if *at - before.at < APART && *at >= before.at => {
                before.label.push(letter(*slot));
            }
            Some(_) | None => marks.push(RingMarker::new(*at, tone_of(*slot), letter(*slot))),
        }
    }
    ring.markers(marks)
        .markers([RingMarker::new(from, Tone::Leader, "")])
        .with(firsts.first().copied(), |ring, (owner, _)| {
            ring.walk(from, owner, Tone::Leader)
        })
}

/// What stands in the middle of a disc: how many keys moved last, or how many there are.
fn middle(cluster: &Cluster, which: Which) -> (String, &'static str) {
    let last = cluster.audit.last.filter(|(_, outcome)| outcome.moved > 0);
    let part = last.and_then(|(_, outcome)| match which {
        Which::Real => Some(outcome.part()),
        Which::Shadow => outcome.modulo_part(),
    });
    match part {
        Some(part) if cluster.shadow.is_some() => (percent(part), "moved"),
        Some(part) => (percent(part), "of keys moved"),
        None => (grouped(cluster.keys.len()), "keys"),
    }
}

fn disc_words(cluster: &Cluster, layout: &Layout, is_ring: bool) -> String {
    let shares: Vec<String> = cluster
        .members()
        .into_iter()
        .map(|slot| format!("{} {}", letter(slot), percent(share(cluster, layout, slot))))
        .collect();
    let rule = if is_ring {
        format!("Ring with {} points", grouped(cluster.ring.point_count()))
    } else {
        "Hash mod n".to_owned()
    };
    format!("{rule}; shares of the load: {}", shares.join(", "))
}

/// What a disc is, what it costs now, and how to read its tracks.
fn words(
    cluster: &Cluster,
    layout: &Layout,
    scene: &mut SceneBuilder,
    (which, frame): (Which, Rect),
    clients: Rect,
) {
    // Clients may have a strip of their own above the disc, of which they take the left.
    let strip = match which {
        Which::Real => frame.y - clients.y.min(frame.y),
        Which::Shadow => 0.0,
    };
    let corner = frame.take_right(130.0, 0.0).0;
    let corner = Rect::new(corner.x, corner.y - strip, corner.w, corner.h + strip);
    let compares = cluster.shadow.is_some();
    let (line, below) = corner.take_top(if compares { 22.0 } else { 0.0 }, 0.0);
    if compares {
        let title = match which {
            Which::Real if cluster.knobs.rule != Rule::Modulo => "Ring",
            Which::Real | Which::Shadow => "Hash mod n",
        };
        scene
            .text(which.named("title"), line, title)
            .title()
            .align(Align::End);
    }
    let cold = layout.cold_fraction(&cluster.keys);
    if cold > 0.0 {
        let (line, _) = below.take_top(18.0, 0.0);
        scene
            .text(
                which.named("cold"),
                line,
                format!("{} would miss", percent(cold)),
            )
            .caption()
            .align(Align::End)
            .tone(Tone::Stale);
    }
    if which == Which::Real && cluster.audit.disputed > 0 {
        let (_, below) = below.take_top(18.0, 0.0);
        let (line, _) = below.take_top(18.0, 0.0);
        let keys = grouped(cluster.audit.disputed);
        scene
            .text("disputed-keys", line, format!("{keys} disputed"))
            .caption()
            .align(Align::End)
            .tone(Tone::Refused)
            .describe(format!(
                "{keys} {} two owners",
                noun(cluster.audit.disputed, ["key has", "keys have"])
            ));
    }
    let last = letter(cluster.nodes.len() as u8 - 1);
    let (foot, _) = frame.take_bottom(38.0, 0.0);
    scene
        .text(
            which.named("tracks"),
            foot.take_left(82.0, 0.0).0,
            format!("A innermost, {last} outermost"),
        )
        .caption()
        .describe(format!("The tracks go from A inside to {last} outside"));
    scene
        .legend(
            which.named("legend"),
            foot.take_right(66.0, 0.0).0,
            [(Tone::Active, "moving"), (Tone::Failed, "missing")],
        )
        .describe("Keys that are moving, keys that are missing");
}

fn clients(cluster: &Cluster, world: &World<Event>, scene: &mut SceneBuilder, frame: Rect) {
    let network = world.network();
    let up = network.is_up(cluster.clients);
    let person = scene
        .node("clients", frame)
        .person()
        .label("Clients")
        .tone(if up { Tone::Plain } else { Tone::Failed })
        .describe("Clients: they look keys up, each by itself");
    staging::with_faults(person, network, cluster.clients);
    let Some(late) = &cluster.late else {
        return;
    };
    let up = network.is_up(late.id);
    let left = late.news.front().map(|(due, _)| *due - world.now());
    let person = scene
        .node(
            "late-clients",
            Rect::new(frame.x + frame.w, frame.y, frame.w, frame.h),
        )
        .person()
        .label("Late")
        .tone(match (up, left) {
            (false, _) => Tone::Failed,
            (true, Some(_)) => Tone::Stale,
            (true, None) => Tone::Plain,
        })
        .describe(match left {
            Some(left) => format!("Late clients: they hear of the next change in {left}"),
            None => "Late clients: they hear of every change late".to_owned(),
        })
        .with(left, |person, left| {
            person.timer(left.as_secs_f64() / LATENESS.as_secs_f64())
        });
    staging::with_faults(person, network, late.id);
}

fn nodes(cluster: &Cluster, world: &World<Event>, scene: &mut SceneBuilder, frame: Rect) {
    let shown: Vec<u8> = (0..cluster.nodes.len() as u8)
        .filter(|slot| cluster.nodes[usize::from(*slot)].standing != Standing::Left)
        .collect();
    let tiles = if frame.h < 60.0 {
        // A strip: one row, or two when there are many.
        let rows = shown.len().div_ceil(scene.pick(MAX_NODES, 12)).max(1);
        frame.grid(shown.len().div_ceil(rows), rows, 6.0)
    } else {
        frame.tiles(shown.len(), 1.5, 8.0)
    };
    for (slot, tile) in shown.iter().zip(tiles) {
        let tile = tile.centered(tile.w.min(110.0), tile.h.min(64.0));
        node(cluster, world, scene, *slot, tile);
    }
}

fn node(cluster: &Cluster, world: &World<Event>, scene: &mut SceneBuilder, slot: u8, frame: Rect) {
    let node = &cluster.nodes[usize::from(slot)];
    let crashed = world.network().status(node.id) == Status::Crashed;
    let load = share(cluster, &cluster.real, slot);
    let fair = f64::from(cluster.weight(slot)) / cluster.total_weight().max(1) as f64;
    let note = match (crashed, node.standing) {
        (true, Standing::Member) if frame.w > 80.0 => "not noticed".to_owned(),
        (true, _) if frame.w > 60.0 => "crashed".to_owned(),
        (true, _) => String::new(),
        (false, _) if frame.w < 60.0 => format!("{}%", fixed(load * 100.0, 0)),
        (false, _) => percent(load),
    };
    let limit = room(cluster, slot).unwrap_or(2.0 * fair);
    let full = cluster.real.is_full(slot);
    let over = limit > 0.0 && load > limit && cluster.real.capacities().is_some();
    let number = i64::from(node.id.0);
    let tone = if crashed { Tone::Failed } else { tone_of(slot) };
    let weight = match node.weight {
        1 => String::new(),
        weight => format!(" ×{weight}"),
    };
    let member = node.standing == Standing::Member && !crashed;
    let card = scene
        .node(("node", usize::from(slot)), frame)
        .label(format!("{}{weight}", letter(slot)))
        .note(note.clone())
        .tone(tone)
        .load(if limit > 0.0 { load / limit } else { 0.0 })
        .describe(format!(
            "Node {} at {}, weight {}: {note}{}",
            letter(slot),
            cluster.addresses[usize::from(slot)],
            node.weight,
            match (over, full) {
                (true, _) => ", over the bound",
                (false, true) => ", full",
                (false, false) => "",
            },
        ))
        .when(full && frame.w > 60.0, |card| {
            card.badge(match over {
                true => Badge::new("over", Tone::Failed),
                false => Badge::new("full", Tone::Refused),
            })
        });
    let weigh = |weight: u32| {
        Call::new("set_weight")
            .with("node", number)
            .with("weight", weight)
    };
    let card = card
        .when(member, |card| {
            card.menu(
                "Remove from the cluster",
                Call::new("remove_node").with("node", number),
            )
        })
        .when(member && cluster.knobs.rule != Rule::Modulo, |card| {
            card.menu("Double its weight", weigh((node.weight * 2).clamp(1, 8)))
                .menu("Halve its weight", weigh(node.weight / 2))
        });
    staging::with_faults(card, world.network(), node.id);
}

fn bars(
    cluster: &Cluster,
    layout: &Layout,
    scene: &mut SceneBuilder,
    (which, frame): (Which, Rect),
) {
    let is_ring = which == Which::Real && cluster.knobs.rule != Rule::Modulo;
    let members = cluster.members();
    let parts = cluster.drawing.parts(&cluster.ring);
    // Theory speaks of shares of the circle: of loads only when all keys are alike and stay with
    // their owners.
    let alone = cluster.shadow.is_none();
    let comparable = alone && is_ring && cluster.keys.are_alike() && layout.capacities().is_none();
    let list = members.iter().map(|slot| {
        let value = share(cluster, layout, *slot);
        let bar = Bar::new(letter(*slot), value, tone_of(*slot));
        let sign = if alone { "%" } else { "" };
        let bar = bar.reading(format!("{}{sign}", fixed(value * 100.0, 0)));
        match parts.bands[usize::from(*slot)].filter(|_| comparable) {
            Some((from, to)) => bar.band(from, to),
            None => bar,
        }
    });
    let even = 1.0 / members.len().max(1) as f64;
    let first = members.first().copied();
    let equal = members
        .iter()
        .all(|slot| Some(cluster.weight(*slot)) == first.map(|slot| cluster.weight(slot)));
    let bound = first
        .and_then(|slot| room(cluster, slot))
        .filter(|_| equal && is_ring);
    let largest = members
        .iter()
        .map(|slot| share(cluster, layout, *slot))
        .fold(0.0, f64::max);
    // Heading and marks take 40; a row with its name needs 13.
    let rows_fit = members.len() as f64 * 13.0 <= frame.h - 40.0;
    let title = match (which, alone) {
        (Which::Real, true) => "Share of the load",
        (Which::Real, false) if is_ring => "Load on the ring, %",
        (Which::Real | Which::Shadow, _) => "Load under mod n, %",
    };
    scene
        .bars(which.named("shares"), frame, list)
        .label(title)
        .max(largest.max(2.0 * even))
        .axis(if rows_fit { Axis::Down } else { Axis::Across })
        .when(alone && rows_fit && equal && bound.is_none(), |bars| {
            bars.mark(Mark::new(even, "fair"))
        })
        .with(bound, |bars, bound| {
            bars.mark(Mark::new(bound, "bound").tone(Tone::Refused))
        });
}

/// A key that somebody looks at: its hash and its nodes in order.
fn lookup(cluster: &Cluster, scene: &mut SceneBuilder, frame: Rect) {
    let (top, _) = frame.take_top(66.0, 0.0);
    let [field, answer] = top.columns_of([1.0, 1.1], 14.0);
    let (field, _) = field.take_top(58.0, 0.0);
    let name = cluster
        .inspected
        .as_ref()
        .map(|inspected| inspected.name.to_string());
    scene
        .text_field(
            "look-up",
            field,
            name.unwrap_or_default(),
            Call::new("look_up"),
            "key",
        )
        .label("Look up a key")
        .placeholder("user:7");
    let Some(inspected) = &cluster.inspected else {
        let (_, line) = answer.take_top(22.0, 0.0);
        scene
            .text(
                "look-up-hint",
                line,
                "Its hash and its nodes in order appear here.",
            )
            .caption();
        return;
    };
    let (line, rest) = answer.take_top(20.0, 0.0);
    scene
        .text("look-up-hash", line, cluster.hash_words(inspected.position))
        .code();
    let list = cluster.preference_list(inspected.position);
    let cells = list
        .iter()
        .map(|slot| Cell::new(letter(*slot), tone_of(*slot)));
    let words: Vec<String> = list.iter().map(|slot| letter(*slot).to_string()).collect();
    scene
        .cells("look-up-list", rest, cells)
        .describe(format!("Its nodes in order: {}", words.join(", ")))
        .indexed_from(1);
}

/// Lookups and answers, between the rim and the track of the node that is asked.
fn lookups_under_way(
    cluster: &Cluster,
    world: &World<Event>,
    scene: &mut SceneBuilder,
    frame: Rect,
) {
    let orbits = orbits(cluster, frame.square());
    let way = |event: &Event| {
        let (number, back) = match event {
            Event::Get { lookup } => (lookup, false),
            Event::Found { lookup, .. } => (lookup, true),
            Event::Ask { .. }
            | Event::Fetched { .. }
            | Event::GiveUp { .. }
            | Event::Land(_)
            | Event::Notice { .. }
            | Event::Learn => return None,
        };
        let lookup = cluster.lookups.get(number)?;
        let at = turn(lookup.position);
        let (rim, node) = (orbits.rim(at), orbits.place(lookup.slot, at));
        Some((if back { (node, rim) } else { (rim, node) }, lookup))
    };
    let carried = world.carried();
    if carried.len() > MOST_MESSAGES {
        let dots = carried.iter().filter_map(|(flight, event)| {
            let ((from, to), _) = way(event)?;
            Some((from.lerp(to, flight.fraction), flight.tone))
        });
        scene
            .swarm("lookups", frame.square(), Swarm::collect(2.5, dots))
            .describe("Lookups and answers under way");
        return;
    }
    for (flight, event) in carried {
        let Some(((from, to), lookup)) = way(event) else {
            continue;
        };
        staging::message(scene, &flight, from, to).describe(format!(
            "{}: {}, node {}",
            flight.label,
            lookup.name,
            letter(lookup.slot)
        ));
    }
}

/// Two more tracks than there are nodes at first, so that a newcomer moves nobody else's.
fn orbits(cluster: &Cluster, square: Rect) -> Orbits {
    let spare = cluster.knobs.nodes as usize + 2;
    Orbits::new(square, cluster.nodes.len().max(spare).min(MAX_NODES))
}

/// A key's name, or its beginning.
fn shorten(name: &str) -> String {
    const MOST: usize = 20;
    match name.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", halves(name, end).0),
        None => name.to_owned(),
    }
}

/// The part of all load that is on `slot`.
fn share(cluster: &Cluster, layout: &Layout, slot: u8) -> f64 {
    layout.loads()[usize::from(slot)] as f64 / cluster.keys.total_demand().max(1) as f64
}

/// The part of all load that may be on `slot`, when there is a bound.
fn room(cluster: &Cluster, slot: u8) -> Option<f64> {
    let capacities = cluster.real.capacities()?;
    Some(capacities[usize::from(slot)] as f64 / cluster.keys.total_demand().max(1) as f64)
}

fn percent(part: f64) -> String {
    match part * 100.0 {
        part if part < 9.95 => format!("{} %", fixed(part, 1)),
        part => format!("{} %", fixed(part, 0)),
    }
}

impl Drawing {
    fn parts(&self, ring: &HashRing<Peer>) -> &Parts {
        self.0.get_or_init(|| Parts::of(ring))
    }
}

impl Parts {
    fn of(ring: &HashRing<Peer>) -> Self {
        let tone = |peer: &Peer| tone_of(peer.slot);
        let arcs = ring.arcs().map(|arc| {
            let from = turn(arc.after);
            RingArc::new(from, from + arc.fraction(), tone(arc.node))
        });
        let few = ring.point_count() <= MOST_TICKS;
        let points = ring.walk(0).filter(|_| few);
        let ticks = points.map(|(at, peer)| RingTick::new(turn(at), tone(peer)));
        let mut bands = [None; MAX_NODES];
        let points = ring.point_count() as u64;
        let mut known: Vec<(u32, (f64, f64))> = Vec::new();
        for member in ring.members() {
            let own = member.points;
            let found = known
                .iter()
                .find(|(points, _)| *points == own)
                .map(|(_, band)| *band);
            let band = found.unwrap_or_else(|| {
                let at = |part| theory::share_quantile(own.into(), points - u64::from(own), part);
                (at(0.05), at(0.95))
            });
            known.push((own, band));
            bands[usize::from(member.node.slot)] = Some(band);
        }
        Self {
            arcs: arcs.collect(),
            ticks: ticks.collect(),
            bands,
        }
    }
}
