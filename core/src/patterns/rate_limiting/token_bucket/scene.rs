//! The picture: clients on one side, the bucket in the middle, the service on the other.
//!
//! Pure: it reads the model at an instant and says what stands where.

use super::model::{Buckets, Client, Limited, Occurrence};
use crate::kernel::network::Status;
use crate::patterns::rate_limiting::headers::{Fields, Policy};
use crate::patterns::rate_limiting::limiter::Verdict;
use crate::prelude::*;
use crate::scene::{Badge, Cell, GROUP_INSET, GROUP_TITLE, ItemId, Mark, Rect, TableRow};
use crate::staging;

/// Beyond this many clients their tiles are too small for more than a number.
const ROOMY_CLIENTS: usize = 8;

/// Where things stand.
struct Layout {
    clients: Vec<Rect>,
    limiter: Rect,
    service: Rect,
    answer: Rect,
    recent: Rect,
}

impl Layout {
    fn of(model: &Limited, scene: &SceneBuilder) -> Self {
        let count = model.clients.len();
        if scene.is_tall() {
            let [clients, limiter, service, recent, answer] =
                scene.area().rows_of([1.5, 2.6, 0.55, 0.5, 2.3], 16.0);
            let clients = tiles(clients, count, 2.2);
            return Self {
                clients,
                limiter,
                service: service.centered(150.0, 50.0),
                answer,
                recent,
            };
        }
        let (foot, machine) = scene.area().take_bottom(186.0, 20.0);
        let [clients, limiter, service] = machine.columns_of([1.25, 1.7, 0.7], 78.0);
        let [answer, recent] = foot.columns_of([1.5, 1.0], 28.0);
        let clients = if count <= 5 {
            clients.rows(count, 10.0)
        } else {
            tiles(clients, count, 1.5)
        };
        Self {
            clients,
            limiter,
            service: service.centered(130.0, 76.0),
            answer,
            recent,
        }
    }
}

fn tiles(room: Rect, count: usize, aspect: f64) -> Vec<Rect> {
    room.tiles(
        count,
        aspect,
        if count > ROOMY_CLIENTS { 5.0 } else { 10.0 },
    )
}

/// Draws the whole stage.
pub(super) fn draw(model: &Limited, world: &World<Occurrence>, scene: &mut SceneBuilder) {
    let layout = Layout::of(model, scene);
    scene.summary(summary(model, world));
    draw_links(model, world, scene);
    for (index, frame) in layout.clients.iter().enumerate() {
        draw_client(model, world, scene, index, *frame);
    }
    draw_limiter(model, world, scene, layout.limiter);
    draw_service(model, world, scene, layout.service);
    draw_answer(model, scene, layout.answer);
    draw_recent(model, scene, layout.recent);
    staging::messages(world, scene, |node| Some(item_of(model, node)));
}

/// The item that stands for a node.
fn item_of(model: &Limited, node: NodeId) -> ItemId {
    if node == model.limiter {
        "limiter".into()
    } else if node == model.service {
        "service".into()
    } else {
        client_id(usize::from(node.0))
    }
}

fn client_id(index: usize) -> ItemId {
    ("client", index).into()
}

fn summary(model: &Limited, world: &World<Occurrence>) -> String {
    let metrics = world.metrics();
    let (admitted, refused) = (
        metrics.value(super::model::ADMITTED),
        metrics.value(super::model::REFUSED),
    );
    let limit = model.limit();
    format!(
        "{} clients share a limit of {} tokens, refilled at {} per second. \
         {admitted} requests passed, {refused} tries were refused.",
        model.clients.len(),
        limit.capacity(),
        model.knobs.rate,
    )
}

fn draw_links(model: &Limited, world: &World<Occurrence>, scene: &mut SceneBuilder) {
    let network = world.network();
    let limiter = (model.limiter, &item_of(model, model.limiter));
    staging::link(
        network,
        scene,
        limiter,
        (model.service, &item_of(model, model.service)),
    );
    for (index, client) in model.clients.iter().enumerate() {
        staging::link(network, scene, (client.node, &client_id(index)), limiter);
    }
}

fn draw_client(
    model: &Limited,
    world: &World<Occurrence>,
    scene: &mut SceneBuilder,
    index: usize,
    frame: Rect,
) {
    let client = &model.clients[index];
    let roomy = model.clients.len() <= ROOMY_CLIENTS;
    let number = (index + 1) as u32;
    let up = world.network().is_up(client.node);
    let waiting = client.waiting.len();
    let tone = match client.silence {
        _ if !up => Tone::Failed,
        Some(_) if waiting > 0 => Tone::Pending,
        Some(_) | None => Tone::Plain,
    };
    let tally = if scene.is_tall() {
        format!("{} ✓  {} ✕", client.admitted, client.refused)
    } else {
        format!("{} passed, {} refused", client.admitted, client.refused)
    };
    let name = if roomy {
        client.name.to_string()
    } else {
        number.to_string()
    };
    let placed = scene
        .node(client_id(index), frame)
        .label(name)
        .tone(tone)
        .describe(describe_client(client, up))
        .when(roomy, |node| node.note(tally))
        .with(waiting_left(client, world.now()), |node, left| {
            node.timer(left)
        })
        .when(waiting > 0 && roomy, |node| {
            node.badge(Badge::new(format!("{waiting} held back"), Tone::Pending))
        })
        .menu("Send one", Call::new("send").with("client", number))
        .menu(
            "Send a burst of 15",
            Call::new("burst").with("client", number),
        );
    let _ = staging::with_faults(placed, world.network(), client.node);
}

fn describe_client(client: &Client, up: bool) -> String {
    let state = match client.waiting.len() {
        _ if !up => "not running".to_owned(),
        0 => "sending as it pleases".to_owned(),
        1 => "holding one request back".to_owned(),
        held => format!("holding {held} requests back"),
    };
    format!(
        "{}, {state}: {} requests passed, {} tries refused.",
        client.name, client.admitted, client.refused
    )
}

/// How much of its wait a silent client still has before it, from 1 down to 0.
fn waiting_left(client: &Client, now: SimTime) -> Option<f64> {
    let (since, until) = client.silence?;
    let whole = (until - since).as_secs_f64();
    (whole > 0.0 && now < until && !client.waiting.is_empty())
        .then(|| (until - now).as_secs_f64() / whole)
}

fn draw_limiter(model: &Limited, world: &World<Occurrence>, scene: &mut SceneBuilder, frame: Rect) {
    let status = world.network().status(model.limiter);
    let tone = if status == Status::Up {
        Tone::Plain
    } else {
        Tone::Failed
    };
    let title = if model.frozen {
        "Limiter, refill stopped"
    } else {
        "Limiter"
    };
    let lag = model.clock_lag(world);
    let placed = scene
        .group("limiter", frame, title)
        .tone(tone)
        .describe(format!("The limiter: {}", rule(model)))
        .when(!lag.is_zero() && model.knobs.guard_clock, |group| {
            group.badge(Badge::new(format!("clock {lag} behind"), Tone::Stale))
        })
        .menu("Stop the refill", Call::new("freeze"))
        .menu("Resume the refill", Call::new("thaw"))
        .menu("Set its clock back 5 s", Call::new("step-back"));
    let _ = staging::with_faults(placed, world.network(), model.limiter);
    let (_, inside) = frame.take_top(GROUP_TITLE, 0.0);
    let inside = inside.inset_xy(GROUP_INSET, GROUP_INSET / 2.0);
    match model.buckets {
        Buckets::Shared(_) => {
            draw_bucket(
                model,
                world,
                scene,
                0,
                inside.centered(230.0, inside.h),
                true,
            );
        }
        Buckets::PerClient(_) => {
            let tiles = inside.tiles(model.clients.len(), 0.9, 8.0);
            for (index, tile) in tiles.into_iter().enumerate() {
                let roomy = model.clients.len() <= ROOMY_CLIENTS;
                draw_bucket(model, world, scene, index as u16, tile, roomy);
            }
        }
    }
}

fn rule(model: &Limited) -> String {
    format!(
        "at most {} tokens, {} more every second, one bucket {}.",
        model.limit().capacity(),
        if model.frozen { 0.0 } else { model.knobs.rate },
        match model.buckets {
            Buckets::Shared(_) => "for all clients",
            Buckets::PerClient(_) => "per client",
        }
    )
}

fn draw_bucket(
    model: &Limited,
    world: &World<Occurrence>,
    scene: &mut SceneBuilder,
    client: u16,
    frame: Rect,
    roomy: bool,
) {
    let tokens = model.tokens(client, model.limiter_time(world)).as_f64();
    let capacity = model.limit().capacity() as f64;
    let level = (tokens / capacity).clamp(0.0, 1.0);
    let shared = matches!(model.buckets, Buckets::Shared(_));
    let name = if shared {
        String::new()
    } else {
        model.name(client).to_string()
    };
    let tone = if tokens < 1.0 {
        Tone::Refused
    } else {
        Tone::Active
    };
    let reading = if shared {
        format!("{tokens:.2} of {capacity}")
    } else if roomy {
        format!("{tokens:.1} of {capacity}")
    } else {
        format!("{tokens:.0}")
    };
    let refills = !model.frozen && level < 1.0;
    scene
        .bucket(("bucket", usize::from(client)), frame, level)
        .label(if roomy {
            name.clone()
        } else {
            (client + 1).to_string()
        })
        .tone(tone)
        .reading(reading)
        .describe(format!(
            "{}: {tokens:.2} of {capacity} tokens.",
            model.bucket_name(client)
        ))
        .when(shared, |bucket| {
            bucket
                .inflow(if model.frozen {
                    "refill stopped".to_owned()
                } else {
                    format!("+{} per second", model.knobs.rate)
                })
                .mark(Mark::new(1.0 / capacity, "1 token"))
        })
        .when(refills && shared, |bucket| bucket.drops([tokens.fract()]));
}

fn draw_service(model: &Limited, world: &World<Occurrence>, scene: &mut SceneBuilder, frame: Rect) {
    let up = world.network().is_up(model.service);
    let placed = scene
        .node("service", frame)
        .label("Service")
        .note(format!("{} served", model.served))
        .tone(if up { Tone::Good } else { Tone::Failed });
    let _ = staging::with_faults(placed, world.network(), model.service);
}

/// The latest answer as the response fields that a client would read.
fn draw_answer(model: &Limited, scene: &mut SceneBuilder, frame: Rect) {
    let limit = model.limit();
    let policy = Policy {
        name: "bucket".to_owned(),
        quota: limit.capacity(),
        window: limit.time_to_fill(),
    };
    let (title, tone, rows) = match &model.answer {
        None => ("No answer yet".to_owned(), Tone::Idle, Vec::new()),
        Some(answer) => {
            let (status, tone) = match answer.decision.verdict {
                Verdict::Admitted => ("200 OK", Tone::Good),
                Verdict::Refused { .. } | Verdict::Never(_) => {
                    ("429 Too Many Requests", Tone::Refused)
                }
            };
            let fields = Fields::new(&policy, &answer.decision);
            let rows: Vec<TableRow> = fields
                .named()
                .into_iter()
                .map(|(name, value)| TableRow::new([name, value]))
                .collect();
            (
                format!("{status}, to {}", model.name(answer.request.client)),
                tone,
                rows,
            )
        }
    };
    scene
        .table("answer", frame, ["Response field", "Value"])
        .label(title)
        .tone(tone)
        .weights([1.0, 1.1])
        .with(model.answer.as_ref(), |table, answer| {
            table.badge(Badge::new("why this answer", tone).caused_by(answer.event.0))
        })
        .rows(rows);
}

/// The latest answers, one cell each.
fn draw_recent(model: &Limited, scene: &mut SceneBuilder, frame: Rect) {
    let cells = model.answers.iter().map(|admitted| {
        if *admitted {
            Cell::new("", Tone::Good)
        } else {
            Cell::new("", Tone::Refused)
        }
    });
    let admitted = model.answers.iter().filter(|admitted| **admitted).count();
    let count = model.answers.len();
    scene
        .cells("recent", frame, cells)
        .columns(if scene_is_flat(frame) { 24 } else { 12 })
        .label(format!("Last {count} answers: {admitted} passed"))
        .describe(format!(
            "Of the last {count} answers {admitted} were admissions."
        ));
}

fn scene_is_flat(frame: Rect) -> bool {
    frame.h < 80.0
}
