//! Draws every shape in every tone, wide and tall, light and dark, as SVG files in the folder named
//! on the command line: `cargo run -p orrery-core --example gallery -- target/gallery`.

use std::path::Path;
use std::{env, fs, io};

use orrery_core::scene::{
    Axis, Badge, Bar, Cell, Edge, GAP, LaneArrow, LaneMark, LaneSpan, Mark, Point, Pointer, Rect,
    RingArc, RingMarker, RingTick, SceneBuilder, Slot, StageShape, State, Swarm, TableRow, TextRun,
    Theme, Tone, TreeNode,
};
use orrery_core::time::SimTime;
use orrery_core::value::Call;

type Page = (&'static str, fn(&mut SceneBuilder));

fn main() -> io::Result<()> {
    let folder = env::args()
        .nth(1)
        .unwrap_or_else(|| "target/gallery".to_owned());
    fs::create_dir_all(&folder)?;
    let pages: [Page; 7] = [
        ("nodes", nodes),
        ("flows", flows),
        ("scales", scales),
        ("ring", ring),
        ("structures", structures),
        ("states", states),
        ("words", words),
    ];
    for (name, page) in pages {
        for shape in StageShape::ALL {
            let mut scene = SceneBuilder::new(shape);
            page(&mut scene);
            let scene = scene.finish();
            let path = |end: &str| Path::new(&folder).join(format!("{name}-{}{end}", shape.name()));
            let mut text = scene.outline();
            text.push_str(&scene.describe());
            for problem in scene.problems() {
                text.push_str(&format!("\nproblem: {problem}"));
            }
            fs::write(path(".txt"), text)?;
            let picture = scene.to_picture();
            fs::write(path("-light.svg"), picture.to_svg_in(Theme::Light))?;
            fs::write(path("-dark.svg"), picture.to_svg_in(Theme::Dark))?;
        }
    }
    Ok(())
}

fn tones() -> Vec<Tone> {
    let series = (0..3).map(Tone::Series);
    Tone::STATES.into_iter().chain(series).collect()
}

fn name(tone: Tone) -> String {
    if tone.word().is_empty() {
        tone.class().to_owned()
    } else {
        tone.word().to_owned()
    }
}

fn nodes(scene: &mut SceneBuilder) {
    let tones = tones();
    let area = scene.area();
    let tiles = area.tiles(tones.len(), scene.pick(1.1, 1.0), GAP);
    for (index, (tile, tone)) in tiles.into_iter().zip(tones).enumerate() {
        let [top, bottom] = tile.rows_of([1.0, 1.25], 12.0);
        scene
            .node(("box", index), top.centered(150.0, 64.0))
            .label(name(tone))
            .note("term 7")
            .tone(tone)
            .when(index.is_multiple_of(2), |node| node.timer(0.7))
            .when(index.is_multiple_of(3), |node| node.load(0.6));
        let spot = bottom.centered(92.0, 92.0);
        let dots = [
            Tone::Good,
            Tone::Good,
            Tone::Pending,
            Tone::Idle,
            Tone::Failed,
        ];
        let node = scene
            .node(("other", index), spot)
            .label(format!("S{index}"))
            .tone(tone);
        match index % 4 {
            0 => node.circle().timer(0.65).note("follower"),
            1 => node.store().note("12 rows"),
            2 => node.circle().leads().dots(dots).quorum(3).lease(0.4),
            _ => node.person().note("hammering"),
        };
    }
}

fn flows(scene: &mut SceneBuilder) {
    let [left, middle, right] = scene.split([1.0, 1.0, 1.0], 90.0);
    let stacked = scene.is_tall();
    let cut = |part: Rect, count: usize| {
        if stacked {
            part.columns(count, 24.0)
        } else {
            part.rows(count, 40.0)
        }
    };
    for (index, spot) in cut(left, 3).into_iter().enumerate() {
        scene
            .node(("client", index), spot.centered(100.0, 78.0))
            .person()
            .label(format!("Client {index}"))
            .menu(
                "Send one request",
                Call::new("send").with("client", index as i64),
            );
    }
    scene
        .node("breaker", middle.centered(130.0, 70.0))
        .label("Breaker")
        .note("half open")
        .tone(Tone::Pending)
        .timer(0.4)
        .strong()
        .badge(Badge::new("1 of 3 trials", Tone::Pending).caused_by(12));
    for (index, spot) in cut(right, 3).into_iter().enumerate() {
        let tone = [Tone::Good, Tone::Stale, Tone::Failed][index];
        scene
            .node(("server", index), spot.centered(120.0, 60.0))
            .label(format!("Server {index}"))
            .tone(tone)
            .load([0.2, 0.95, 0.0][index])
            .when(index == 1, |node| {
                node.badge(Badge::new("queue full 20/20", Tone::Refused).caused_by(3))
            })
            .menu("Crash", Call::new("crash").with("server", index as i64));
    }
    for index in 0..3_usize {
        scene
            .link(("in", index), ("client", index), "breaker")
            .arrow();
    }
    scene
        .link("out-0", "breaker", "server-0")
        .arrow_both()
        .label("12 ms");
    scene
        .link("out-1", "breaker", "server-1")
        .dashed()
        .label("fallback");
    scene
        .link("out-2", "breaker", "server-2")
        .cut()
        .label("partitioned");
    scene
        .link("replica", "server-0", "server-1")
        .bend(-0.25)
        .arrow();
    let kinds = [
        Tone::Plain,
        Tone::Active,
        Tone::Good,
        Tone::Failed,
        Tone::Refused,
    ];
    for (index, tone) in kinds.into_iter().enumerate() {
        let fraction = 0.1 + 0.2 * index as f64;
        scene
            .message(("m", index), "client-0", "breaker", fraction)
            .tone(tone)
            .label(format!("GET {index}"));
        scene
            .message(("back", index), "breaker", "server-0", fraction)
            .tone(tone);
        scene
            .message(("reply", index), "server-0", "breaker", fraction)
            .tone(Tone::Good);
    }
    for index in 0..6_usize {
        scene
            .message(("burst", index), "client-1", "breaker", 0.5)
            .tone(Tone::Active);
    }
    scene
        .message("lost", "client-2", "breaker", 0.6)
        .lost()
        .label("vote")
        .tone(Tone::Active);
    scene
        .message("many", "client-2", "breaker", 0.25)
        .count(20)
        .tone(Tone::Stale);
    scene
        .message("card", "server-0", "server-1", 0.5)
        .card()
        .label("x ← 3")
        .tone(Tone::Pending);
}

fn scales(scene: &mut SceneBuilder) {
    let [first, second] = scene.split([1.0, 1.2], 32.0);
    let buckets = first.columns(2, 20.0);
    let tall = scene.is_tall();
    scene
        .bucket(
            "bucket",
            buckets[0].take_top(if tall { 300.0 } else { 260.0 }, 0.0).0,
            0.62,
        )
        .label("Token bucket")
        .reading("6.2")
        .mark(Mark::new(1.0, "10"))
        .mark(Mark::new(0.3, "cost 3").tone(Tone::Refused))
        .drops([0.1, 0.5, 0.9])
        .inflow("2 per s");
    scene
        .bucket(
            "meter",
            buckets[1].take_top(if tall { 300.0 } else { 260.0 }, 0.0).0,
            1.0,
        )
        .label("Leaky meter")
        .tone(Tone::Refused)
        .reading("full")
        .overflowing()
        .outflow("2 per s")
        .badge(Badge::new("refused 14", Tone::Refused));
    if !tall {
        let below = first.take_bottom(220.0, 0.0).0;
        let [a, b] = below.columns_of([1.0, 1.0], 20.0);
        scene
            .gauge("dial", a.take_top(150.0, 0.0).0, 0.72, (0.0, 1.0))
            .label("Utilisation")
            .dial()
            .tone(Tone::Active)
            .reading("72 %")
            .mark(Mark::new(0.9, "limit").tone(Tone::Failed));
        scene
            .sparkline(
                "spark-2",
                b.take_top(90.0, 0.0).0,
                (0..40).map(|x| f64::from(x * x % 37)),
            )
            .label("Queue length")
            .reading("12")
            .mark(Mark::new(30.0, "limit 30").tone(Tone::Refused));
    }
    let [gauge, spark, bars, columns] = second.rows_of([0.5, 0.8, 1.2, 1.2], 18.0);
    scene
        .gauge("gauge", gauge, 42.0, (0.0, 100.0))
        .label("Failure rate")
        .tone(Tone::Stale)
        .reading("42 %")
        .mark(Mark::new(50.0, "opens at 50 %").tone(Tone::Failed));
    scene
        .sparkline(
            "spark",
            spark,
            (0..60).map(|x| f64::from((x * 7919) % 23) + f64::from(x) / 4.0),
        )
        .label("Admitted per second")
        .tone(Tone::Active)
        .reading("21.4 per s");
    scene
        .bars(
            "bars",
            bars,
            (0..4).map(|n| {
                Bar::new(
                    format!("node {n}"),
                    18.0 + 9.0 * f64::from(n),
                    Tone::Series(n),
                )
                .band(20.0, 30.0)
            }),
        )
        .label("Keys per node")
        .axis(Axis::Down)
        .mark(Mark::new(25.0, "mean"));
    scene
        .bars(
            "columns",
            columns,
            (0..8).map(|n| Bar::new(format!("{n}"), f64::from((n * 37 + 11) % 50), Tone::Plain)),
        )
        .label("Requests by class")
        .band(20.0, 28.0)
        .axis(Axis::Across);
}

fn ring(scene: &mut SceneBuilder) {
    let [left, right] = scene.split([1.3, 1.0], 24.0);
    let arcs: Vec<RingArc> = (0..24_u8)
        .map(|n| {
            let from = f64::from(n) / 24.0;
            let arc = RingArc::new(from, from + 1.0 / 24.0, Tone::Series(n * 7 % 5));
            if n == 5 { arc.strong() } else { arc }
        })
        .collect();
    let ticks: Vec<RingTick> = (0..24_u8)
        .map(|n| RingTick::new(f64::from(n) / 24.0, Tone::Plain))
        .collect();
    let names = (0..5_u8).map(|n| {
        RingMarker::new(
            0.05 + f64::from(n) / 5.0,
            Tone::Series(n),
            format!("node {n}"),
        )
        .outside()
    });
    scene
        .ring("ring", left)
        .label("Hash ring")
        .arcs(arcs)
        .ticks(ticks)
        .markers(names)
        .markers([
            RingMarker::new(0.11, Tone::Active, "user:42"),
            RingMarker::new(0.4, Tone::Plain, ""),
            RingMarker::new(0.7, Tone::Plain, "k9"),
        ])
        .walk(0.11, 0.21, Tone::Active)
        .center("5 nodes", "24 points");
    let [big, cloud] = right.rows_of([1.0, 1.0], 24.0);
    let many: Vec<RingArc> = (0..4800_u32)
        .map(|n| {
            let from = f64::from(n) / 4800.0;
            let owner = n.wrapping_mul(2_654_435_761) >> 24;
            RingArc::new(from, from + 1.0 / 4800.0, Tone::series(owner as usize % 12))
        })
        .collect();
    scene
        .ring("many", big)
        .describe("Twelve nodes with 400 points each.")
        .arcs(many)
        .center("4,800", "points");
    let points = (0..3000_u32).map(|n| {
        let turn = f64::from(n) * 0.618_034;
        let radius = cloud.short_side() * (0.04 + 0.0045 * f64::from(n % 97));
        (
            cloud.center().polar(radius, turn),
            Tone::series(n as usize % 5),
        )
    });
    scene
        .swarm("keys", cloud, Swarm::collect(1.5, points))
        .label("Keys");
}

fn structures(scene: &mut SceneBuilder) {
    let [first, second] = scene.split([1.0, 1.0], 32.0);
    let [logs, bits, queues] = first.rows_of([1.3, 1.0, 1.2], 20.0);
    let [log_a, log_b] = logs.rows_of([1.1, 0.9], 8.0);
    scene
        .cells(
            "log-a",
            log_a,
            [
                Cell::new("x←1", Tone::Good),
                Cell::new("y←7", Tone::Good),
                Cell::new("x←3", Tone::Pending).dashed(),
                Cell::new("y←9", Tone::Failed).struck(),
            ],
        )
        .label("Leader's log")
        .tone(Tone::Leader)
        .indexed_from(1)
        .pointer(Pointer::new(1, "commit").tone(Tone::Good))
        .pointer(Pointer::new(4, "next"));
    scene
        .cells("word", log_b, tones().into_iter().take(9).map(Cell::from))
        .label("Every tone without text");
    scene
        .cells(
            "bits",
            bits,
            (0..96).map(|n| {
                if n % 7 == 0 || n % 11 == 3 {
                    Cell::from(Tone::Active)
                } else {
                    Cell::from(Tone::Idle)
                }
            }),
        )
        .columns(24)
        .label("Bits");
    let [across, down] = queues.columns_of([2.0, 1.0], 20.0);
    let [one, two, three] = across.rows_of([1.0, 1.0, 1.0], 10.0);
    let slots = [
        Tone::Active,
        Tone::Plain,
        Tone::Plain,
        Tone::Stale,
        Tone::Failed,
    ];
    scene.queue("one", one, slots).label("Waiting").capacity(8);
    scene
        .queue(
            "two",
            two,
            (0..20).map(|n| Slot::new(format!("{n}"), Tone::Plain)),
        )
        .label("Full")
        .tone(Tone::Refused)
        .capacity(20);
    scene
        .queue("three", three, (0..200).map(|_| Tone::Active))
        .label("Unbounded");
    scene
        .queue(
            "stack",
            down,
            slots
                .into_iter()
                .enumerate()
                .map(|(n, tone)| Slot::new(format!("req {n}"), tone)),
        )
        .label("Stack")
        .capacity(6)
        .axis(Axis::Down);
    let [table, tree] = second.rows_of([1.1, 1.0], 20.0);
    scene
        .table("table", table, ["Order", "Step", "State", "Reason"])
        .label("Orders")
        .rows((0..12_i32).map(|n| {
            let (state, tone) = [
                ("done", Tone::Good),
                ("running", Tone::Active),
                ("compensating, slowly and with many retries", Tone::Stale),
                ("dead letter", Tone::Failed),
            ][n as usize % 4];
            TableRow::new([
                Cell::from(format!("#{}", 1000 + n)),
                Cell::from("payment"),
                Cell::new(state, tone),
                Cell::from(if n == 3 { "refund refused" } else { "" }),
            ])
            .tone(if n == 1 { Tone::Active } else { Tone::Plain })
        }));
    scene
        .tree(
            "tree",
            tree,
            [
                TreeNode::root("root", Tone::Plain),
                TreeNode::child(0, "left", Tone::Active),
                TreeNode::child(0, "right", Tone::Good),
                TreeNode::child(1, "a", Tone::Plain),
                TreeNode::child(1, "b", Tone::Failed),
                TreeNode::child(2, "c", Tone::Pending),
                TreeNode::child(2, "deep leaf", Tone::Series(2)),
            ],
        )
        .label("Merkle tree");
}

fn states(scene: &mut SceneBuilder) {
    let [top, bottom] = scene.area().rows_of([1.0, 1.0], 24.0);
    let (machine, group) = if scene.is_tall() {
        (top, Rect::default())
    } else {
        let [a, b] = top.columns_of([1.4, 1.0], 24.0);
        (a, b)
    };
    scene
        .state_machine(
            "breaker",
            machine,
            [
                State::new("Closed", Tone::Good).note("2 of 10 failed"),
                State::new("Open", Tone::Refused).note("probe in 3.2 s"),
                State::new("Half open", Tone::Pending).note("1 of 3 trials"),
            ],
        )
        .edge(Edge::new(0, 1, "failure rate ≥ 50 %").tone(Tone::Active))
        .edge(Edge::new(1, 2, "wait over"))
        .edge(Edge::new(2, 0, "trials succeed"))
        .edge(Edge::new(2, 1, "a trial fails"))
        .current(1)
        .timer(0.64)
        .label("Circuit breaker");
    if group.w > 0.0 {
        let inner = group.inside_group();
        scene.group("zone", group, "Zone A").tone(Tone::Stale);
        for (index, row) in inner.rows(2, GAP).into_iter().enumerate() {
            scene
                .node(("in-zone", index), row.centered(120.0, 54.0))
                .label(format!("Node {index}"));
        }
    }
    let lanes = ["S1", "S2", "S3", "Client"];
    let ms = SimTime::from_millis;
    let arrow = |from, sent, to, due, tone, label: &str, lost| LaneArrow {
        from,
        sent: ms(sent),
        to,
        due: ms(due),
        tone,
        label: label.to_owned(),
        lost,
        event: Some(sent),
    };
    let mark = |lane, at, tone, label: &str| LaneMark {
        lane,
        at: ms(at),
        tone,
        label: label.to_owned(),
        event: Some(at),
    };
    scene
        .lanes("swimlane", bottom, lanes, ms(1000), ms(1400))
        .label("Space and time")
        .now(ms(1340))
        .spans([
            LaneSpan {
                lane: 0,
                from: ms(1120),
                to: ms(1400),
                tone: Tone::Leader,
                label: "leader".into(),
            },
            LaneSpan {
                lane: 2,
                from: ms(1200),
                to: ms(1300),
                tone: Tone::Failed,
                label: "crashed".into(),
            },
        ])
        .arrows([
            arrow(0, 1020, 1, 1060, Tone::Active, "vote?", false),
            arrow(0, 1020, 2, 1075, Tone::Active, "vote?", false),
            arrow(1, 1060, 0, 1110, Tone::Good, "yes", false),
            arrow(2, 1075, 0, 1130, Tone::Good, "yes", false),
            arrow(3, 1150, 0, 1190, Tone::Plain, "x ← 3", false),
            arrow(0, 1200, 2, 1260, Tone::Failed, "append", true),
            arrow(0, 1200, 1, 1250, Tone::Plain, "append", false),
            arrow(1, 1250, 0, 1290, Tone::Good, "ok", false),
            arrow(0, 1300, 3, 1360, Tone::Good, "done", false),
        ])
        .marks([
            mark(0, 1020, Tone::Pending, "candidate"),
            mark(0, 1120, Tone::Leader, "elected"),
            mark(2, 1200, Tone::Failed, "crash"),
            mark(0, 1290, Tone::Good, "commit"),
        ]);
}

fn words(scene: &mut SceneBuilder) {
    let [first, second] = scene.split([1.0, 1.0], 32.0);
    let [title, body, caption, code, figure] = first.rows_of([0.5, 1.4, 1.0, 0.5, 0.7], 12.0);
    scene
        .text("title", title, "Two phones and a tunnel")
        .title();
    scene.text(
        "body",
        body,
        "The bucket holds ten tokens and takes two more every second. A request that finds too few \
         is refused and told exactly when it would have passed.",
    );
    scene
        .text(
            "caption",
            caption,
            "Both replicas have seen the same operations, so they are equal.",
        )
        .caption();
    scene
        .text(
            "code",
            code,
            "RateLimit-Remaining: 3; a very long header that does not fit at all",
        )
        .code();
    scene
        .text("figure", figure, "99.95 %")
        .figure()
        .tone(Tone::Good);
    let rows = second.rows(6, 14.0);
    let edit = |n: i64| Call::new("type").with("replica", n);
    scene
        .text_field("field", rows[0], "the quick brown fox", edit(0), "text")
        .label("Replica A")
        .runs([
            TextRun {
                chars: 10,
                tone: Tone::Series(0),
            },
            TextRun {
                chars: 9,
                tone: Tone::Series(3),
            },
        ]);
    scene
        .text_field("empty", rows[1], "", edit(1), "text")
        .label("Replica B")
        .placeholder("type here")
        .tone(Tone::Pending);
    scene
        .text_field(
            "area",
            rows[4].union(rows[5]).take_top(74.0, 0.0).0,
            "Two people type in one sentence, and neither loses a word of what was written.",
            edit(2),
            "text",
        )
        .label("Replica C")
        .multiline()
        .runs([
            TextRun {
                chars: 31,
                tone: Tone::Series(0),
            },
            TextRun {
                chars: 22,
                tone: Tone::Series(1),
            },
            TextRun {
                chars: 30,
                tone: Tone::Series(3),
            },
        ]);
    let chips = rows[2].tiles(3, 3.0, 8.0);
    for (chip, tone) in chips
        .into_iter()
        .zip([Tone::Good, Tone::Refused, Tone::Stale])
    {
        scene
            .chip(
                ("chip", u64::from(tone.index())),
                chip,
                format!("{} here", tone.word()),
            )
            .tone(tone);
    }
    scene
        .legend(
            "legend",
            Rect { h: 90.0, ..rows[3] },
            Tone::STATES.map(|tone| {
                (
                    tone,
                    if tone.word().is_empty() {
                        "plain"
                    } else {
                        tone.word()
                    },
                )
            }),
        )
        .describe("What the tones mean.");
    let hint = Rect::around_point(
        Point::new(rows[5].center().x, rows[5].bottom() - 18.0),
        200.0,
        22.0,
    );
    scene
        .chip("why", hint, "open, probe in 3.2 s")
        .tone(Tone::Refused)
        .caused_by(7)
        .strong();
}
