//! Scenes of every kind of shape, for tests.

use super::{
    Axis, Badge, Bar, Cell, Edge, Lane, LaneArrow, LaneMark, LaneSpan, Mark, Placed, Pointer, Rect,
    RingArc, RingMarker, RingTick, Scene, SceneBuilder, Slot, StageShape, State, Swarm, TableRow,
    TextStyle, Tone, TreeNode,
};
use crate::time::SimTime;
use crate::value::Call;

/// How many kinds [`one`] knows.
pub(super) const KINDS: usize = 24;

/// How many tones [`tone`] knows.
pub(super) const TONES: usize = 12;

/// The tone with this number.
pub(super) fn tone(number: usize) -> Tone {
    Tone::STATES
        .get(number)
        .copied()
        .unwrap_or_else(|| Tone::series(number - Tone::STATES.len()))
}

/// A scene with one item of a kind, holding about `amount` things.
pub(super) fn one(kind: usize, frame: Rect, tone: Tone, amount: usize) -> Scene {
    let mut scene = SceneBuilder::new(StageShape::Wide);
    let fraction = amount as f64 / 60.0;
    match kind {
        0..=3 => node(&mut scene, kind, frame, tone, amount),
        4 => done(
            scene
                .ring("ring", frame)
                .arcs(arcs(amount))
                .walk(0.9, 0.2, tone),
            tone,
        ),
        5 => done(ring_with_owners(&mut scene, frame, amount), tone),
        6 => done(
            scene
                .bucket("bucket", frame, fraction)
                .reading("7.25 of 10"),
            tone,
        ),
        7 => done(full_bucket(&mut scene, frame, fraction), tone),
        8 => done(
            queue(&mut scene, frame, tone, amount).axis(Axis::Across),
            tone,
        ),
        9 => done(
            queue(&mut scene, frame, tone, amount).axis(Axis::Down),
            tone,
        ),
        10 => done(cells(&mut scene, frame, tone, amount), tone),
        11 => done(cells(&mut scene, frame, tone, amount).columns(8), tone),
        12 => done(table(&mut scene, frame, tone, amount), tone),
        13 => done(scene.tree("tree", frame, tree(amount, tone)), tone),
        14 => done(machine(&mut scene, frame, amount), tone),
        15 => done(machine(&mut scene, frame, amount).in_line(), tone),
        16 => done(lanes(&mut scene, frame, tone, amount), tone),
        17 => done(gauge(&mut scene, frame, fraction), tone),
        18 => done(gauge(&mut scene, frame, fraction).dial(), tone),
        19 => done(bars(&mut scene, frame, tone, amount).axis(Axis::Down), tone),
        20 => done(
            bars(&mut scene, frame, tone, amount).axis(Axis::Across),
            tone,
        ),
        21 => done(sparkline(&mut scene, frame, amount), tone),
        22 => words(&mut scene, frame, tone, amount),
        _ => {
            let points = (0..amount).map(|n| (frame.at(0.5, n as f64 / 400.0), tone));
            done(
                scene.swarm("swarm", frame, Swarm::collect(1.0, points)),
                tone,
            );
        }
    }
    scene.finish()
}

/// A scene with one item of every kind, and links and messages between them.
pub(super) fn all(shape: StageShape) -> Scene {
    let mut scene = SceneBuilder::new(shape);
    scene.summary("Every kind of shape");
    let [left, right] = scene.split([1.0, 1.0], 80.0);
    let tones = (0..TONES).map(tone);
    for ((index, tone), spot) in tones.enumerate().zip(left.tiles(TONES, 1.6, 10.0)) {
        scene
            .node(("node", index), spot)
            .label(format!("Node {index}"))
            .tone(tone)
            .menu("Crash", Call::new("crash").with("node", index as i64));
    }
    scene
        .table("orders", right, ["Order", "State"])
        .label("Orders")
        .badge(Badge::new("2 stuck", Tone::Stale).caused_by(7))
        .row(TableRow::new(["#1", "done"]).menu("Resolve", Call::new("resolve").with("order", 1)));
    scene
        .link("wire", "node-0", "node-1")
        .menu("Cut", Call::new("cut"));
    scene.link("curve", "node-1", "node-2").bend(0.3).cut();
    for index in 0..8_usize {
        scene
            .message(("message", index), "node-0", "node-1", index as f64 / 8.0)
            .label("GET")
            .tone(tone(index));
    }
    scene.finish()
}

/// A label, a badge and a menu, as on most items.
fn done<S>(placed: Placed<'_, S>, tone: Tone) {
    placed
        .label("A label of some length")
        .tone(tone)
        .badge(Badge::new("queue full 20/20", Tone::Refused))
        .menu("Do it", Call::new("do"));
}

fn node(scene: &mut SceneBuilder, kind: usize, frame: Rect, tone: Tone, amount: usize) {
    let node = scene
        .node("node", frame)
        .note("follower, term 12")
        .timer(amount as f64 / 60.0)
        .lease(0.5)
        .leads()
        .load(0.7)
        .dots((0..amount % 12).map(self::tone))
        .quorum(amount % 12 / 2 + 1);
    done(
        match kind {
            0 => node,
            1 => node.circle(),
            2 => node.store(),
            _ => node.person(),
        },
        tone,
    );
}

fn arcs(amount: usize) -> Vec<RingArc> {
    let width = 1.0 / amount.max(1) as f64;
    (0..amount)
        .map(|n| RingArc::new(n as f64 * width, (n + 1) as f64 * width, Tone::series(n)))
        .collect()
}

fn ring_with_owners(
    scene: &mut SceneBuilder,
    frame: Rect,
    amount: usize,
) -> Placed<'_, super::Ring> {
    let at = |n: usize| n as f64 / amount.max(1) as f64;
    let markers = (0..amount.min(12)).map(|n| {
        let marker = RingMarker::new(at(n), Tone::series(n), format!("owner {n}"));
        if n.is_multiple_of(2) {
            marker.outside()
        } else {
            marker
        }
    });
    let ticks: Vec<RingTick> = (0..amount)
        .map(|n| RingTick::new(at(n), Tone::Plain))
        .collect();
    scene
        .ring("ring", frame)
        .arcs(arcs(amount))
        .ticks(ticks)
        .markers(markers)
        .center("12 nodes", "and a note")
}

fn full_bucket(scene: &mut SceneBuilder, frame: Rect, level: f64) -> Placed<'_, super::Bucket> {
    scene
        .bucket("bucket", frame, level)
        .reading("full")
        .mark(Mark::new(0.5, "half"))
        .drops([0.0, 0.5, 1.0])
        .inflow("12 per s")
        .outflow("2 per s")
        .overflowing()
}

fn queue(
    scene: &mut SceneBuilder,
    frame: Rect,
    tone: Tone,
    amount: usize,
) -> Placed<'_, super::Queue> {
    let slots = (0..amount).map(|n| Slot::new(format!("req {n}"), tone));
    scene.queue("queue", frame, slots).capacity(amount / 2 + 4)
}

fn cells(
    scene: &mut SceneBuilder,
    frame: Rect,
    tone: Tone,
    amount: usize,
) -> Placed<'_, super::Cells> {
    let cells = (0..amount).map(|n| match n % 3 {
        0 => Cell::new("x←1", tone),
        1 => Cell::new("y←2", tone).dashed(),
        _ => Cell::new("", tone).struck(),
    });
    scene
        .cells("cells", frame, cells)
        .indexed_from(1)
        .pointer(Pointer::new(0, "first"))
        .pointer(Pointer::new(amount, "next"))
}

fn table(
    scene: &mut SceneBuilder,
    frame: Rect,
    tone: Tone,
    amount: usize,
) -> Placed<'_, super::Table> {
    let rows = (0..amount).map(|n| {
        TableRow::new([
            Cell::from(format!("#{n}")),
            Cell::new("a state with a long name and a reason", tone),
            Cell::new("gone", tone).struck(),
        ])
        .tone(tone)
    });
    scene
        .table("table", frame, ["Id", "State", "Was"])
        .rows(rows)
}

fn tree(amount: usize, tone: Tone) -> impl Iterator<Item = TreeNode> {
    (0..amount.clamp(1, 31)).map(move |n| match n {
        0 => TreeNode::root("root", tone),
        _ => TreeNode::child((n - 1) / 2, format!("node {n}"), tone),
    })
}

fn machine(
    scene: &mut SceneBuilder,
    frame: Rect,
    amount: usize,
) -> Placed<'_, super::StateMachine> {
    let count = amount % 5 + 1;
    let states = (0..count).map(|n| State::new(format!("State {n}"), tone(n)).note("3 of 10"));
    let machine = scene
        .state_machine("machine", frame, states)
        .current(0)
        .timer(0.4)
        .edge(Edge::new(0, 0, "again"));
    (0..count).fold(machine, |machine, n| {
        machine.edge(Edge::new(n, (n + 1) % count, "goes on"))
    })
}

fn lanes(
    scene: &mut SceneBuilder,
    frame: Rect,
    tone: Tone,
    amount: usize,
) -> Placed<'_, super::Lanes> {
    let ms = |n: usize| SimTime::from_millis(n as u64 * 10);
    let lanes = ["S1", "S2", "a server with a long name"];
    let lost = |n: usize| n.is_multiple_of(4);
    scene
        .lanes("lanes", frame, lanes.map(Lane::from), ms(10), ms(50))
        .now(ms(40))
        .arrows((0..amount).map(|n| LaneArrow {
            from: n % 3,
            sent: ms(n),
            to: (n + 1) % 3,
            due: ms(n + 2),
            tone,
            label: "append".to_owned(),
            lost: lost(n),
            event: None,
        }))
        .marks((0..amount).map(|n| LaneMark {
            lane: n % 3,
            at: ms(n),
            tone,
            label: "elected".to_owned(),
            event: Some(n as u64),
        }))
        .spans([LaneSpan {
            lane: 1,
            from: ms(0),
            to: ms(30),
            tone,
            label: "down".to_owned(),
        }])
}

fn gauge(scene: &mut SceneBuilder, frame: Rect, value: f64) -> Placed<'_, super::Gauge> {
    scene
        .gauge("gauge", frame, value, (0.0, 1.0))
        .mark(Mark::new(0.5, "half"))
        .mark(Mark::new(1.0, "the limit"))
}

fn bars(
    scene: &mut SceneBuilder,
    frame: Rect,
    tone: Tone,
    amount: usize,
) -> Placed<'_, super::Bars> {
    let bars = (0..amount).map(|n| {
        let value = (n * 37 % 50) as f64;
        Bar::new(format!("node {n}"), value, tone).band(20.0, 30.0)
    });
    scene
        .bars("bars", frame, bars)
        .band(22.0, 28.0)
        .mark(Mark::new(25.0, "the mean of all"))
}

fn sparkline(scene: &mut SceneBuilder, frame: Rect, amount: usize) -> Placed<'_, super::Sparkline> {
    let values = (0..amount).map(|n| {
        if n == 7 {
            f64::NAN
        } else {
            (n * 37 % 50) as f64
        }
    });
    scene
        .sparkline("line", frame, values)
        .reading("12 per s")
        .mark(Mark::new(30.0, "limit"))
}

fn words(scene: &mut SceneBuilder, frame: Rect, tone: Tone, amount: usize) {
    let sentence = "A sentence that is rather longer than the room it has been given here. ";
    let style = [TextStyle::Body, TextStyle::Caption, TextStyle::Code][amount % 3];
    let text = sentence.repeat(amount % 7 + 1);
    scene
        .text("text", frame, text.clone())
        .style(style)
        .tone(tone);
    scene.chip("chip", frame, text.clone()).tone(tone);
    scene.group("group", frame, text.clone()).tone(tone);
    scene
        .text_field("field", frame, text.clone(), Call::new("type"), "text")
        .label("Replica");
    scene
        .text_field("area", frame, text, Call::new("type"), "text")
        .label("Replica")
        .multiline();
    scene
        .legend(
            "legend",
            frame,
            Tone::STATES.map(|tone| (tone, tone.class())),
        )
        .label("Legend");
}
