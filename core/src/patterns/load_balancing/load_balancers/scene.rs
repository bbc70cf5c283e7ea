//! The picture: clients and balancers above, below them the servers, each with what it has stacked
//! upon it, and requests falling from one to the other.

use super::knobs::{ANSWERED, FAILED, GIVEN_UP, Knobs, LATENCY, Rule};
use super::model::balancer::{Balancer, Chosen};
use super::model::{self, CLIENTS, Event, Model};
use crate::kernel::network::Status;
use crate::kernel::path::{Server, Standing};
use crate::prelude::*;
use crate::real::fixed;
use crate::scene::{Align, Axis, Badge, Bar, Cell, ItemId, Node, Placed, Point, Rect, Slot, Swarm};
use crate::staging;
use crate::words::counted;

/// With more messages than this under way they are points of a swarm instead of items.
const MOST_MESSAGES: usize = 60;
/// With more pairs than this their links would hide more than they show.
const MOST_LINKS: usize = 16;
/// Maglev’s table is drawn up to this size.
const MOST_SLOTS: usize = 128;
/// The most a server takes across.
const WIDEST: f64 = 150.0;
/// The height of a stack in requests, unless a server has had more.
const STACK: usize = 10;

/// Where everything stands.
struct Layout {
    clients: Rect,
    balancers: Vec<Rect>,
    figures: Rect,
    /// One for each server: its stack and itself.
    columns: Vec<(Rect, Rect)>,
    /// Where a column is too narrow for a server of its own, rows of so many.
    rows: Option<(Vec<Rect>, usize)>,
    /// For Maglev’s table, or the latest turns.
    table: Option<Rect>,
    /// How many requests a whole stack is.
    scale: usize,
}

impl Layout {
    fn of(model: &Model, scene: &SceneBuilder) -> Self {
        let area = scene.area();
        let servers = model.pool().len();
        let slots = model.balancers().first().and_then(Balancer::table);
        let slots = slots.map(|table| table.slots().len());
        let (top, rest) = area.take_top(58.0, scene.pick(40.0, 44.0));
        let (middle, rest) = rest.take_top(46.0, scene.pick(44.0, 48.0));
        let in_turn = matches!(model.knobs().rule, Rule::RoundRobin | Rule::Weighted);
        let detailed = servers <= scene.pick(16, 8);
        let (rest, table) = match slots.filter(|slots| *slots <= MOST_SLOTS) {
            None if in_turn && detailed => {
                let (turns, rest) = rest.take_bottom(46.0, 8.0);
                (rest, Some(turns))
            }
            None => (rest, None),
            Some(_) => {
                let (table, rest) = rest.take_bottom(scene.pick(66.0, 110.0), 14.0);
                (rest, Some(table))
            }
        };
        let (figures, _) = top.take_right(scene.pick(180.0, 130.0), 0.0);
        let count = model.balancers().len();
        let balancers = middle.columns(count, scene.pick(14.0, 4.0)).into_iter();
        let balancers = balancers.map(|column| column.centered(column.w.min(230.0), middle.h));
        let per_row = match detailed {
            true => servers,
            false => scene.pick(32, 16),
        };
        let lines = servers.div_ceil(per_row);
        let rows = rest.rows(lines, 22.0);
        let (mut columns, gap) = (
            Vec::new(),
            if detailed { scene.pick(10.0, 6.0) } else { 0.0 },
        );
        for row in &rows {
            let in_row = per_row.min(servers - columns.len());
            for column in row.columns(if detailed { in_row } else { per_row }, gap) {
                if columns.len() < servers {
                    let column = match detailed {
                        true => column.centered(column.w.min(WIDEST), column.h),
                        false => column,
                    };
                    let (foot, stack) = column.take_bottom(if detailed { 74.0 } else { 16.0 }, 6.0);
                    // Badges hang from a server.
                    let (_, server) = foot.take_bottom(if detailed { 20.0 } else { 0.0 }, 0.0);
                    columns.push((stack, server));
                }
            }
        }
        Self {
            clients: top.centered(80.0, top.h),
            balancers: balancers.collect(),
            figures,
            columns,
            rows: (!detailed).then_some((rows, per_row)),
            table,
            scale: model.highest().max(STACK),
        }
    }

    /// Where a request lands that comes to a server.
    fn landing(&self, server: usize, load: usize) -> Point {
        let stack = self.columns[server].0;
        let filled = (load as f64 / self.scale as f64).min(1.0);
        stack.at(0.5, 1.0 - filled)
    }

    /// Where its answer sets out.
    fn leaving(&self, server: usize) -> Point {
        self.columns[server].1.at(0.85, 0.0)
    }
}

/// Draws the model at the world’s present instant.
pub(super) fn draw(model: &Model, world: &World<Event>, scene: &mut SceneBuilder) {
    let layout = Layout::of(model, scene);
    scene.summary(summary(model, world));
    draw_clients(model, world, scene, layout.clients);
    for (index, frame) in layout.balancers.iter().enumerate() {
        draw_balancer(model, world, scene, index, *frame);
    }
    draw_figures(model, world, scene, layout.figures);
    match &layout.rows {
        None => {
            for (server, (stack, frame)) in layout.columns.iter().enumerate() {
                draw_stack(model, scene, server, *stack, layout.scale);
                draw_server(model, world, scene, server, *frame);
            }
        }
        Some((rows, per_row)) => draw_rows(model, world, scene, &layout, (rows, *per_row)),
    }
    draw_links(model, world, scene, &layout);
    if let Some(frame) = layout.table {
        draw_table(model, scene, frame);
    }
    draw_messages(model, world, scene, &layout);
}

fn summary(model: &Model, world: &World<Event>) -> String {
    let loads = || model.pool().iter().map(Server::load);
    let most = loads().max().unwrap_or(0);
    let all = model.pool().load();
    let mean = world.metrics().mean(LATENCY, world.now());
    let mean = if mean.is_finite() {
        format!("; calls take {} on average", seconds(mean))
    } else {
        String::new()
    };
    format!(
        "{}: {} at {}, {most} at the fullest{mean}.",
        model.knobs().rule.label(),
        counted(all, ["request", "requests"]),
        counted(model.pool().len(), ["server", "servers"]),
    )
}

fn seconds(secs: f64) -> String {
    match secs {
        secs if secs < 0.995 => format!("{} ms", fixed(secs * 1e3, 0)),
        secs if secs < 9.95 => format!("{} s", fixed(secs, 1)),
        secs => format!("{} s", fixed(secs, 0)),
    }
}

/// A number in few characters.
fn short(number: usize) -> String {
    match number {
        ..1_000 => number.to_string(),
        _ => format!("{}k", fixed(number as f64 / 1e3, 1)),
    }
}

fn draw_clients(model: &Model, world: &World<Event>, scene: &mut SceneBuilder, frame: Rect) {
    let open = model.client().open();
    let up = world.network().is_up(CLIENTS);
    let clients = scene
        .node("clients", frame)
        .person()
        .label("Clients")
        .note(match open {
            1 => "1 waits".to_owned(),
            open => format!("{} wait", short(open)),
        })
        .tone(if up { Tone::Plain } else { Tone::Failed })
        .menu("Send 50 requests", Call::new("send"))
        .menu("Send 500 requests", Call::new("send").with("requests", 500));
    staging::with_faults(clients, world.network(), CLIENTS);
}

fn balancer_id(index: usize) -> ItemId {
    ("balancer", index + 1).into()
}

fn draw_balancer(
    model: &Model,
    world: &World<Event>,
    scene: &mut SceneBuilder,
    index: usize,
    frame: Rect,
) {
    let balancer = &model.balancers()[index];
    let several = model.balancers().len() > 1;
    let roomy = frame.w >= 130.0;
    let rule = match (model.knobs().rule, model.knobs().choices) {
        (Rule::Choices, draws) => format!("Best of {draws}"),
        (rule, _) => rule.label().to_owned(),
    };
    let label = match (several, roomy) {
        (false, true) => rule.clone(),
        (false, false) => "Balancer".to_owned(),
        (true, true) => format!("Balancer {}", index + 1),
        (true, false) => format!("{}", index + 1),
    };
    let note = match (several, roomy) {
        (true, true) => rule.clone(),
        (true, false) => short(balancer.waits_for()),
        (false, _) => format!("{} out", short(balancer.waits_for())),
    };
    let status = world.network().status(balancer.node);
    let node = scene
        .node(balancer_id(index), frame)
        .label(label)
        .note(note)
        .tone(of_status(status, Tone::Plain))
        .describe(format!(
            "Balancer {}, {rule}: {} out.",
            index + 1,
            counted(balancer.waits_for(), ["request", "requests"])
        ));
    staging::with_faults(node, world.network(), balancer.node);
}

const fn of_status(status: Status, up: Tone) -> Tone {
    match status {
        Status::Up => up,
        Status::Crashed => Tone::Failed,
        Status::Paused => Tone::Idle,
    }
}

/// How long calls take.
fn draw_figures(model: &Model, world: &World<Event>, scene: &mut SceneBuilder, frame: Rect) {
    let metrics = world.metrics();
    let taken = metrics.histogram(LATENCY);
    let Some(taken) = taken.filter(|taken| taken.count() > 0) else {
        return;
    };
    let bad = metrics.value(FAILED) + metrics.value(GIVEN_UP);
    let calls = bad + metrics.value(ANSWERED);
    let lately = seconds(model.lately());
    let (mean, tail) = (seconds(taken.mean()), seconds(taken.quantile(0.99)));
    let [figure, all, failed] = frame.rows_of([30.0, 16.0, 16.0], 0.0);
    scene
        .text("lately", figure, lately.as_str())
        .figure()
        .align(Align::End)
        .describe(format!("Lately a call takes {lately}."));
    let words = scene.pick(format!("in all {mean}, p99 {tail}"), format!("p99 {tail}"));
    scene.text("in-all", all, words).caption().align(Align::End);
    if bad > 0.0 {
        let percent = fixed(100.0 * bad / calls, 1);
        scene
            .text("bad", failed, format!("{percent} % failed"))
            .caption()
            .align(Align::End)
            .tone(Tone::Failed);
    }
}

/// How a server stands, in a tone and a few words, what matters most last.
fn standing(model: &Model, world: &World<Event>, server: usize) -> (Tone, Vec<Badge>) {
    let state = &model.pool()[server];
    let mut words = Vec::new();
    let own = |words: String, tone| Badge::new(words, tone).caused_by(model.because(server).0);
    let status = world.network().status(model.nodes()[server]);
    let mut tone = Tone::Plain;
    if state.pace.warmth(world.now()) < 1.0 {
        tone = Tone::Pending;
        words.push(own("cold".to_owned(), tone));
    }
    let speed = state.pace.speed_percent;
    if speed < 100 {
        tone = Tone::Stale;
        let times = fixed(100.0 / f64::from(speed), 0);
        words.push(own(format!("{times}× slow"), tone));
    }
    if state.standing == Standing::Draining {
        tone = Tone::Stale;
        words.push(match state.load() {
            0 => own("drained".to_owned(), Tone::Good),
            _ => own("draining".to_owned(), Tone::Stale),
        });
    }
    let known = model
        .balancers()
        .iter()
        .map(|balancer| balancer.known(server));
    let mut down = known.filter(|known| known.down);
    let first = down.next().map(|known| known.because.0);
    let out = usize::from(first.is_some()) + down.count();
    if status == Status::Crashed && out == 0 {
        words.push(own("crashed".to_owned(), Tone::Failed));
    }
    if out > 0 {
        let said = match model.balancers().len() {
            1 => "left out".to_owned(),
            all => format!("left out by {out}/{all}"),
        };
        words.push(Badge::new(said, Tone::Refused).caused_by(first));
    }
    (of_status(status, tone), words)
}

/// What the rule of the only balancer goes by, at a server; in a narrow box the bare number, if that
/// says it.
fn gone_by(model: &Model, world: &World<Event>, server: usize, narrow: bool) -> String {
    let knobs = model.knobs();
    let [balancer] = model.balancers() else {
        return String::new();
    };
    let known = balancer.backends().all()[server];
    let out = || match (narrow, knobs.posted.is_zero()) {
        (true, _) => known.load.to_string(),
        (false, true) => format!("{} out", known.load),
        (false, false) => format!("seen: {}", known.load),
    };
    match balancer.chosen() {
        Chosen::Smooth(rule) => {
            let gained = rule.gained().get(server).copied().unwrap_or(0);
            format!("{:+}", gained / i64::from(Knobs::PARTS))
        }
        Chosen::Row(_) if narrow => (known.weight / Knobs::PARTS).to_string(),
        Chosen::Row(_) => format!("weight {}", known.weight / Knobs::PARTS),
        Chosen::Fastest(_) if narrow => String::new(),
        Chosen::Fastest(rule) => match rule.cost(server, known.load, world.now()) {
            cost if cost > 1e5 => "unknown".to_owned(),
            cost => format!("cost {}", seconds(cost)),
        },
        Chosen::Least(_) | Chosen::Lots(_) | Chosen::Bounded(_) => out(),
        Chosen::Turns(_) | Chosen::Hash(_) | Chosen::Maglev(_) => String::new(),
    }
}

fn draw_server(
    model: &Model,
    world: &World<Event>,
    scene: &mut SceneBuilder,
    server: usize,
    frame: Rect,
) {
    let state = &model.pool()[server];
    let (tone, words) = standing(model, world, server);
    let load = state.busy() as f64 / state.workers().len().max(1) as f64;
    let (now, node) = (world.now(), model.nodes()[server]);
    let cold = Some(1.0 - state.pace.warmth(now)).filter(|left| *left > 0.0);
    let label = match frame.w {
        w if w >= 110.0 => format!("Server {}", server + 1),
        _ => (server + 1).to_string(),
    };
    let said: Vec<&str> = words.iter().map(|badge| badge.text.as_str()).collect();
    let said = match said.as_slice() {
        [] => String::new(),
        said => format!(", {}", said.join(", ")),
    };
    let strength = state.pace.speed_percent / 100;
    let placed = scene
        .node(("server", server + 1), frame)
        .label(label)
        .tone(tone)
        .note(gone_by(model, world, server, frame.w < 60.0))
        .load(load)
        .describe(format!(
            "Server {}{said}: {} of {} busy.",
            server + 1,
            state.busy(),
            counted(state.workers().len(), ["worker", "workers"])
        ))
        .with(cold, Placed::<Node>::timer)
        .with(
            words.last().cloned().filter(|_| frame.w >= 60.0),
            Placed::badge,
        )
        .when(
            words.is_empty() && strength > 1 && frame.w >= 60.0,
            |node| node.badge(Badge::new(format!("{strength}× strong"), Tone::Plain)),
        );
    let placed = menu(model, server)
        .into_iter()
        .fold(placed, |placed, (words, call)| placed.menu(words, call));
    staging::with_faults(placed, world.network(), node);
}

/// What can be done to a server, beside its faults.
fn menu(model: &Model, server: usize) -> Vec<(&'static str, Call)> {
    let state = &model.pool()[server];
    let number = i64::from(server as u32 + 1);
    let call = |name: &str| Call::new(name).with("server", number);
    let speed = state.pace.speed_percent;
    vec![
        match speed {
            ..100 => ("Cure it", call("pace").with("percent", 100)),
            _ => (
                "Make it five times slower",
                call("pace").with("percent", speed / 5),
            ),
        },
        match state.standing {
            Standing::Draining => ("Put it back", call("return")),
            Standing::Serving | Standing::Down => ("Drain it", call("drain")),
        },
    ]
}

/// What a server has: at the foot what it works on, above it what waits.
fn draw_stack(model: &Model, scene: &mut SceneBuilder, server: usize, frame: Rect, scale: usize) {
    let state = &model.pool()[server];
    let (busy, all) = (state.busy(), state.load());
    let slots = (0..all).map(|place| {
        Slot::from(if place < busy {
            Tone::Active
        } else {
            Tone::Pending
        })
    });
    scene
        .queue(("stack", server + 1), frame, slots)
        .axis(Axis::Down)
        .capacity(scale)
        .describe(format!(
            "At server {}: {busy} worked on, {} waiting.",
            server + 1,
            all - busy
        ));
}

/// The ways between them, as long as there are few.
fn draw_links(model: &Model, world: &World<Event>, scene: &mut SceneBuilder, layout: &Layout) {
    let network = world.network();
    let (balancers, servers) = (model.balancers(), model.nodes());
    let mut link = |a: NodeId, b: NodeId, from: Point, to: Point| {
        let (there, back) = (network.is_cut(a, b), network.is_cut(b, a));
        let cut = if there || back { ", cut" } else { "" };
        let (one, other) = (network.name(a), network.name(b));
        scene
            .link(format!("link-{}-{}", a.0, b.0), from, to)
            .describe(format!("The way from {one} to {other}{cut}."))
            .when(there && back, |link| link.cut().tone(Tone::Failed))
            .when(there != back, |link| link.dashed().tone(Tone::Failed));
    };
    for (index, balancer) in balancers.iter().enumerate() {
        let (top, foot) = (
            layout.balancers[index].at(0.5, 0.0),
            layout.balancers[index].at(0.5, 1.0),
        );
        link(CLIENTS, balancer.node, layout.clients.at(0.5, 1.0), top);
        if layout.rows.is_some() || balancers.len() * servers.len() > MOST_LINKS {
            continue;
        }
        for (server, node) in servers.iter().enumerate() {
            link(
                balancer.node,
                *node,
                foot,
                layout.columns[server].0.at(0.5, 0.0),
            );
        }
    }
}

/// Many servers: a bar for each, in rows.
fn draw_rows(
    model: &Model,
    world: &World<Event>,
    scene: &mut SceneBuilder,
    layout: &Layout,
    (rows, per_row): (&[Rect], usize),
) {
    for (row, frame) in rows.iter().enumerate() {
        let servers = row * per_row..(row * per_row + per_row).min(model.pool().len());
        let mut told = String::new();
        let bars: Vec<Bar> = servers
            .clone()
            .map(|server| {
                let state = &model.pool()[server];
                let (tone, words) = standing(model, world, server);
                let tone = if tone == Tone::Plain && state.busy() > 0 {
                    Tone::Active
                } else {
                    tone
                };
                for badge in words {
                    told += &format!("; server {} is {}", server + 1, badge.text);
                }
                let node = i64::from(model.nodes()[server].0);
                let fault = match world.network().status(model.nodes()[server]) {
                    Status::Crashed => ("Restart", staging::fault("restart").with("node", node)),
                    Status::Up | Status::Paused => {
                        ("Crash", staging::fault("crash").with("node", node))
                    }
                };
                let bar = Bar::new((server + 1).to_string(), state.load() as f64, tone);
                let entries = menu(model, server).into_iter().chain([fault]);
                entries.fold(bar, |bar, (words, call)| bar.menu(words, call))
            })
            .collect();
        let first = servers.start + 1;
        scene
            .bars(("servers", row), *frame, bars)
            .axis(Axis::Across)
            .max(layout.scale as f64)
            .describe(format!(
                "Requests at servers {first} to {}: {} in all{told}.",
                servers.end,
                servers
                    .clone()
                    .map(|server| model.pool()[server].load())
                    .sum::<usize>()
            ));
    }
}

/// Maglev’s table, each slot in the tone of its server.
fn draw_table(model: &Model, scene: &mut SceneBuilder, frame: Rect) {
    let Some(table) = model.balancers().first().and_then(Balancer::table) else {
        return draw_turns(model, scene, frame);
    };
    let rows = scene.pick(2, 4);
    let cells = table.slots().iter().map(|owner| match owner {
        None => Cell::new("", Tone::Failed),
        Some(owner) => Cell::new((owner + 1).to_string(), Tone::series(*owner as usize)),
    });
    let shares = table.shares(model.pool().len());
    let words: Vec<String> = (1..)
        .zip(&shares)
        .map(|(server, share)| format!("{server}: {share}"))
        .collect();
    scene
        .cells("table", frame, cells)
        .label(format!("Maglev’s table: {} slots", table.slots().len()))
        .columns(table.slots().len().div_ceil(rows))
        .describe(format!("Slots by server: {}.", words.join(", ")));
}

/// Whose turns came last.
fn draw_turns(model: &Model, scene: &mut SceneBuilder, frame: Rect) {
    let turns: Vec<usize> = model.turns().collect();
    let missing = model::TURNS - turns.len();
    let taken = turns
        .iter()
        .map(|server| Cell::new((server + 1).to_string(), Tone::series(*server)));
    let cells = taken.chain((0..missing).map(|_| Cell::from(Tone::Idle).dashed()));
    let words: Vec<String> = turns
        .iter()
        .map(|server| (server + 1).to_string())
        .collect();
    scene
        .cells("turns", frame, cells)
        .label("Latest turns")
        .describe(format!(
            "Latest turns, the last one last: {}.",
            words.join(", ")
        ));
}

/// Requests and answers under way.
fn draw_messages(model: &Model, world: &World<Event>, scene: &mut SceneBuilder, layout: &Layout) {
    let way = |event: &Event, from| way(model, layout, event, from);
    let dots = world.swarming().filter_map(|(dot, event)| {
        let (from, to) = way(event, dot.from)?;
        Some((from.lerp(to, dot.fraction), dot.tone))
    });
    let mut swarm = Swarm::collect(2.2, dots);
    let count = swarm.len();
    if count > MOST_MESSAGES {
        if count > 2_000 {
            swarm.radius = 1.3;
        }
        scene
            .swarm("messages", scene.area(), swarm)
            .describe(format!("{count} requests and answers under way."));
        return;
    }
    let carried = world.carried();
    for (flight, event) in &carried {
        let Some((from, to)) = way(event, flight.from) else {
            continue;
        };
        staging::message(scene, flight, from, to).describe(format!(
            "{} from {} to {}.",
            flight.label,
            world.network().name(flight.from),
            world.network().name(flight.to)
        ));
    }
}

/// From where to where a message goes on the stage.
fn way(model: &Model, layout: &Layout, event: &Event, sender: NodeId) -> Option<(Point, Point)> {
    let balancer = |index: u16| layout.balancers[usize::from(index)];
    Some(match event {
        Event::Request { balancer: to, .. } => {
            (layout.clients.at(0.45, 1.0), balancer(*to).at(0.45, 0.0))
        }
        Event::Answer { .. } => (
            // Balancers follow the clients in the order of nodes.
            layout
                .balancers
                .get(usize::from(sender.0.checked_sub(1)?))?
                .at(0.55, 0.0),
            layout.clients.at(0.55, 1.0),
        ),
        Event::Task {
            server,
            balancer: from,
            ..
        } => {
            let server = usize::from(*server);
            let load = model.pool()[server].load();
            (balancer(*from).at(0.45, 1.0), layout.landing(server, load))
        }
        Event::Reply { balancer: to, .. } => {
            let first = model.nodes().first()?.0;
            let server = usize::from(sender.0.checked_sub(first)?);
            (layout.leaving(server), balancer(*to).at(0.55, 1.0))
        }
        Event::Arrive { .. }
        | Event::Done { .. }
        | Event::GiveUp
        | Event::Overdue { .. }
        | Event::TryAgain { .. }
        | Event::Post => return None,
    })
}
