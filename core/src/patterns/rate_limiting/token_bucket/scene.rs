//! The picture: clients on one side, the limiter with its buckets in the middle, the service on
//! the other; below, the latest answer as a client reads it.
//!
//! Pure: it reads the model at an instant and says what stands where.

use super::algorithm::Tokens;
use super::buckets::Buckets;
use super::model::{ANSWERS_KEPT, Client, Limited, Occurrence};
use crate::kernel::engine::Flight;
use crate::kernel::network::Status;
use crate::patterns::rate_limiting::headers::{Fields, Policy};
use crate::patterns::rate_limiting::limiter::{Obstacle, Verdict};
use crate::prelude::*;
use crate::real::plain;
use crate::scene::{
    Badge, Cell, GROUP_INSET, GROUP_TITLE, ItemId, Mark, Node, Placed, Point, Rect, Swarm,
};
use crate::staging;
use crate::words::{counted, noun};

/// Beyond this many clients their tiles hold only a number, and links would hide the messages.
const ROOMY_CLIENTS: usize = 8;

/// A client's tile that is narrower holds its number and what was admitted.
const NARROW_TILE: f64 = 64.0;

/// Beyond this many clients their buckets are boxes with a number.
const DRAWN_BUCKETS: usize = 15;

/// Beyond this many messages under way they are drawn as a swarm.
const MESSAGES_MAX: usize = 120;

const TOKENS: [&str; 2] = ["token", "tokens"];

/// Where things stand.
struct Layout {
    clients: Vec<Rect>,
    limiter: Rect,
    /// What is inside the limiter.
    buckets: Rect,
    service: Rect,
    answer: Rect,
    recent: Rect,
    legend: Rect,
}

impl Layout {
    fn of(model: &Limited, scene: &SceneBuilder) -> Self {
        if scene.is_tall() {
            Self::tall(model, scene.area())
        } else {
            Self::wide(model, scene.area())
        }
    }

    fn wide(model: &Limited, area: Rect) -> Self {
        let (foot, machine) = area.take_bottom(160.0, 18.0);
        let count = model.clients.len();
        let [clients, limiter, service] = if count <= ROOMY_CLIENTS {
            machine.columns_of([1.0, 1.9, 0.85], 104.0)
        } else {
            machine.columns_of([1.5, 1.9, 0.75], 84.0)
        };
        let [answer, recent] = foot.columns_of([1.0, 0.9], 40.0);
        let (recent, legend) = recent.take_top(104.0, 12.0);
        let clients = if count <= ROOMY_CLIENTS {
            let column = clients.centered(clients.w, 66.0 * count as f64);
            column.rows(count, 10.0)
        } else {
            even_tiles(clients, count, 1.45, 5.0)
        };
        Self {
            clients,
            buckets: inside(limiter),
            limiter,
            service: service.centered(service.w, 76.0),
            answer,
            recent,
            legend,
        }
    }

    fn tall(model: &Limited, area: Rect) -> Self {
        let (legend, area) = area.take_bottom(18.0, 10.0);
        let (answer, area) = area.take_bottom(150.0, 12.0);
        let (recent, area) = area.take_bottom(52.0, 14.0);
        let count = model.clients.len();
        let [clients, limiter, service] = if count <= ROOMY_CLIENTS {
            area.rows_of([0.9, 2.0, 0.4], 40.0)
        } else {
            area.rows_of([1.5, 2.2, 0.45], 36.0)
        };
        let clients = if count <= ROOMY_CLIENTS {
            clients.centered(clients.w, 52.0).columns(count, 8.0)
        } else {
            even_tiles(clients, count, 1.2, 4.0)
        };
        Self {
            clients,
            buckets: inside(limiter),
            limiter,
            service: service.centered(150.0, 46.0),
            answer,
            recent,
            legend,
        }
    }
}

fn inside(limiter: Rect) -> Rect {
    let (_, inside) = limiter.take_top(GROUP_TITLE, 0.0);
    inside.inset_xy(GROUP_INSET, GROUP_INSET / 2.0)
}

/// Tiles of about this aspect, with the rows as even as their number allows.
fn even_tiles(room: Rect, count: usize, aspect: f64, gap: f64) -> Vec<Rect> {
    let tiles = room.tiles(count, aspect, gap);
    let columns = tiles.iter().take_while(|tile| tile.y == tiles[0].y).count();
    let rows = count.div_ceil(columns.max(1)).max(1);
    let mut tiles = room.grid(count.div_ceil(rows), rows, gap);
    tiles.truncate(count);
    tiles
}

/// Draws the whole stage.
pub(super) fn draw(model: &Limited, world: &World<Occurrence>, scene: &mut SceneBuilder) {
    let layout = Layout::of(model, scene);
    scene.summary(summary(model, world));
    draw_limiter(model, world, scene, &layout);
    draw_links(model, world, scene);
    for (index, frame) in layout.clients.iter().enumerate() {
        draw_client(model, world, scene, index, *frame);
    }
    draw_service(model, world, scene, layout.service);
    draw_answer(model, scene, layout.answer);
    draw_recent(model, scene, layout.recent);
    let tones = [
        (Tone::Active, "asking"),
        (Tone::Good, "admitted"),
        (Tone::Refused, "refused"),
    ];
    scene
        .legend("legend", layout.legend, tones)
        .describe("Messages: asking, admitted, refused");
    draw_messages(model, world, scene, &layout);
}

fn summary(model: &Limited, world: &World<Occurrence>) -> String {
    let limit = model.limit();
    let level = match &model.buckets {
        Buckets::Shared(_) => {
            let tokens = model.tokens(0, model.poured(model.limiter_time(world)));
            format!(
                "The bucket holds {tokens} of {}",
                counted(limit.capacity(), TOKENS)
            )
        }
        Buckets::PerClient(_) => {
            format!(
                "Every client has a bucket of {}",
                counted(limit.capacity(), TOKENS)
            )
        }
    };
    let metrics = world.metrics();
    let (admitted, refused) = (
        metrics.value(super::model::ADMITTED),
        metrics.value(super::model::REFUSED),
    );
    format!(
        "{level}, {}; {} admitted and {} refused.",
        inflow(model),
        counted(admitted as u64, ["request was", "requests were"]),
        counted(refused as u64, ["try", "tries"])
    )
}

fn inflow(model: &Limited) -> String {
    if model.frozen {
        "refill stopped".to_owned()
    } else {
        let how = match model.knobs.lazy {
            true => "per second",
            false => "each second",
        };
        format!("+{} {how}", plain(model.knobs.rate))
    }
}

fn client_item(index: usize) -> ItemId {
    ("client", index).into()
}

fn draw_links(model: &Limited, world: &World<Occurrence>, scene: &mut SceneBuilder) {
    let (network, limiter) = (world.network(), ItemId::from("limiter"));
    let service = (model.service, &ItemId::from("service"));
    staging::link(network, scene, (model.limiter, &limiter), service);
    let cut = |client: &Client| {
        let (node, limiter) = (client.node, model.limiter);
        network.is_cut(node, limiter) || network.is_cut(limiter, node)
    };
    for (index, client) in model.clients.iter().enumerate() {
        if model.clients.len() <= ROOMY_CLIENTS || cut(client) {
            let client = (client.node, &client_item(index));
            staging::link(network, scene, client, (model.limiter, &limiter));
        }
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
    let now = world.now();
    let note = match (scene.is_tall(), frame.w >= NARROW_TILE) {
        (false, _) => client_note(client),
        (true, true) => format!("{} ✓  {} ✕", client.admitted, client.refused),
        (true, false) => format!("{} ✓", client.admitted),
    };
    let label = if frame.w >= NARROW_TILE {
        short_name(model, client)
    } else {
        number.to_string()
    };
    let placed = scene
        .node(client_item(index), frame)
        .label(label)
        .tone(client_tone(world, client))
        .describe(client_sentence(client, now))
        .when(roomy, |node| node.note(note))
        .with(wait_left(client, now), Placed::<'_, Node>::timer)
        .menu("Send one", Call::new("send").with("client", number))
        .menu(
            "Send a burst of 15",
            Call::new("burst").with("client", number),
        );
    staging::with_faults(placed, world.network(), client.node);
}

/// The name as far as there is room for it.
fn short_name(model: &Limited, client: &Client) -> String {
    let roomy = model.clients.len() <= ROOMY_CLIENTS;
    match client.name.strip_prefix("Client ") {
        Some(number) if !roomy => number.to_owned(),
        Some(_) | None => client.name.to_string(),
    }
}

fn client_tone(world: &World<Occurrence>, client: &Client) -> Tone {
    match world.network().status(client.node) {
        Status::Crashed => Tone::Failed,
        Status::Paused => Tone::Idle,
        Status::Up if !client.waiting.is_empty() => Tone::Pending,
        Status::Up => Tone::Plain,
    }
}

fn client_note(client: &Client) -> String {
    match client.waiting.len() {
        0 => format!("{} in, {} refused", client.admitted, client.refused),
        held => format!("{} in, {held} held back", client.admitted),
    }
}

fn client_sentence(client: &Client, now: SimTime) -> String {
    let Client {
        name,
        admitted,
        refused,
        ..
    } = client;
    let waits = match client.silence {
        Some((_, until)) if !client.waiting.is_empty() => format!(
            "; it holds {} back for another {}",
            client.waiting.len(),
            until - now
        ),
        Some(_) | None => String::new(),
    };
    format!(
        "{name}: {} admitted, {} refused{waits}",
        counted(*admitted, ["request", "requests"]),
        counted(*refused, ["try", "tries"])
    )
}

/// How much of its wait a silent client still has before it, from 1 down to 0.
fn wait_left(client: &Client, now: SimTime) -> Option<f64> {
    let (since, until) = client.silence.filter(|_| !client.waiting.is_empty())?;
    let whole = (until - since).as_secs_f64();
    (whole > 0.0).then(|| (until - now).as_secs_f64() / whole)
}

fn draw_limiter(
    model: &Limited,
    world: &World<Occurrence>,
    scene: &mut SceneBuilder,
    layout: &Layout,
) {
    let count = model.clients.len();
    let title = match model.buckets {
        Buckets::Shared(_) => "Limiter".to_owned(),
        Buckets::PerClient(_) => {
            format!("{} of {count} in memory", model.buckets.held())
        }
    };
    let (refill, call) = if model.frozen {
        ("Resume the refill", "thaw")
    } else {
        ("Stop the refill", "freeze")
    };
    let placed = scene
        .group("limiter", layout.limiter, title)
        .tone(limiter_tone(world.network().status(model.limiter)))
        .describe(format!("The limiter: {}", rule(model)))
        .menu(refill, Call::new(call))
        .menu("Set its clock back 5 s", Call::new("step-back"));
    let badges = limiter_badges(model, world).into_iter();
    let placed = badges.fold(placed, Placed::badge);
    staging::with_faults(placed, world.network(), model.limiter);
    if model.down {
        let words = "Its buckets were in memory and are lost.";
        scene
            .text("lost", layout.buckets.inset(20.0), words)
            .caption();
        return;
    }
    let at = model.poured(model.limiter_time(world));
    match model.buckets {
        Buckets::Shared(_) => {
            let drips = model.knobs.lazy && !model.frozen;
            let refills = drips && model.clock_lag(world).is_zero();
            draw_shared_bucket(model, scene, (model.tokens(0, at), refills), layout.buckets);
        }
        Buckets::PerClient(_) if count > DRAWN_BUCKETS => {
            draw_bucket_cells(model, scene, at, layout.buckets);
        }
        Buckets::PerClient(_) => {
            let tiles = even_tiles(layout.buckets, count, 0.85, 8.0);
            for (client, frame) in (0..).zip(tiles) {
                draw_client_bucket(model, scene, client, model.tokens(client, at), frame);
            }
        }
    }
}

const fn limiter_tone(status: Status) -> Tone {
    match status {
        Status::Up => Tone::Plain,
        Status::Paused => Tone::Idle,
        Status::Crashed => Tone::Failed,
    }
}

fn rule(model: &Limited) -> String {
    let whose = match model.buckets {
        Buckets::Shared(_) => "one bucket for all clients",
        Buckets::PerClient(_) => "a bucket for every client",
    };
    let capacity = model.limit().capacity();
    format!(
        "{whose}, at most {}, {}",
        counted(capacity, TOKENS),
        inflow(model)
    )
}

/// Why the limiter behaves as it does.
fn limiter_badges(model: &Limited, world: &World<Occurrence>) -> Vec<Badge> {
    if model.down {
        return vec![Badge::new("down", Tone::Failed)];
    }
    let mut badges = Vec::new();
    let lag = model.clock_lag(world);
    if !lag.is_zero() && model.knobs.guard_clock {
        badges.push(Badge::new(format!("clock {lag} behind"), Tone::Stale));
    }
    if model.frozen {
        badges.push(Badge::new("refill stopped", Tone::Stale));
    }
    if model.untaken > 0 {
        let words = format!("{} checked, not taken", model.untaken);
        badges.push(Badge::new(words, Tone::Pending));
    }
    let at = model.poured(model.limiter_time(world));
    let mut clients = 0..model.clients.len() as u16;
    if clients.any(|client| model.tokens(client, at).are_owed()) {
        badges.push(Badge::new("below zero", Tone::Failed));
    }
    badges.extend(refusal_badge(model, world));
    badges
}

/// After a refusal: what is left of the wait, as long as there is any.
fn refusal_badge(model: &Limited, world: &World<Occurrence>) -> Option<Badge> {
    let answer = model.answer.as_ref()?;
    let (text, tone) = match answer.decision.verdict {
        Verdict::Refused { retry_after } => {
            let left = (answer.now + retry_after) - model.limiter_time(world);
            if left.is_zero() {
                return None;
            }
            (format!("short for {left}"), Tone::Refused)
        }
        Verdict::Never(Obstacle::CostAboveLimit { cost, limit }) => {
            (format!("{cost} never fit {limit}"), Tone::Failed)
        }
        Verdict::Admitted | Verdict::Never(Obstacle::RefillStopped) => return None,
    };
    Some(Badge::new(text, tone).caused_by(answer.event.0))
}

fn bucket_tone(model: &Limited, tokens: Tokens) -> Tone {
    let shared = matches!(model.buckets, Buckets::Shared(_));
    if !shared && tokens.whole() >= model.limit().capacity() {
        // Full: it need not be in memory.
        Tone::Idle
    } else if tokens.are_owed() {
        Tone::Failed
    } else if tokens.whole() == 0 {
        Tone::Refused
    } else {
        Tone::Active
    }
}

fn draw_shared_bucket(
    model: &Limited,
    scene: &mut SceneBuilder,
    (tokens, refills): (Tokens, bool),
    inside: Rect,
) {
    let frame = inside.centered(240.0, inside.h);
    let capacity = model.limit().capacity();
    let bucket = scene
        .bucket("bucket-0", frame, tokens.as_f64() / capacity as f64)
        .tone(bucket_tone(model, tokens))
        .reading(format!("{tokens:.2} of {capacity}"))
        .describe(format!(
            "The bucket: {tokens} of {}",
            counted(capacity, TOKENS)
        ))
        .inflow(inflow(model))
        .drops(next_token(model, tokens).filter(|_| refills));
    // A cost that is always one needs no more than a whole token; the mark shows how far that is.
    if capacity <= 40 {
        let _ = bucket.mark(Mark::new(1.0 / capacity as f64, "1 token"));
    }
}

/// How far the next token is on its way in: it lands as it is complete.
fn next_token(model: &Limited, tokens: Tokens) -> Option<f64> {
    let (credit, token) = tokens.as_ratio();
    let full = tokens.whole() >= model.limit().capacity();
    (!full).then(|| credit.rem_euclid(token as i64) as f64 / token as f64)
}

fn draw_client_bucket(
    model: &Limited,
    scene: &mut SceneBuilder,
    client: u16,
    tokens: Tokens,
    frame: Rect,
) {
    let capacity = model.limit().capacity();
    let one = &model.clients[usize::from(client)];
    let digits = usize::from(model.clients.len() <= ROOMY_CLIENTS);
    scene
        .bucket(
            ("bucket", usize::from(client)),
            frame,
            tokens.as_f64() / capacity as f64,
        )
        .label(short_name(model, one))
        .tone(bucket_tone(model, tokens))
        .reading(format!("{tokens:.digits$}"))
        .describe(format!(
            "The bucket of {}: {tokens} of {capacity} tokens",
            one.name
        ));
}

/// Whole tokens, a box for every client in their order.
fn draw_bucket_cells(model: &Limited, scene: &mut SceneBuilder, at: SimTime, inside: Rect) {
    let count = model.clients.len();
    let cells = (0..count as u16).map(|client| {
        let tokens = model.tokens(client, at);
        Cell::new(format!("{tokens:.0}"), bucket_tone(model, tokens))
    });
    let capacity = model.limit().capacity();
    scene
        .cells("buckets", inside, cells)
        .label(format!("Tokens of each client, at most {capacity}"))
        .columns(10)
        .describe(format!(
            "Whole tokens in the buckets of {}",
            counted(count, ["client", "clients"])
        ));
}

fn draw_service(model: &Limited, world: &World<Occurrence>, scene: &mut SceneBuilder, frame: Rect) {
    let up = world.network().is_up(model.service);
    let placed = scene
        .node("service", frame)
        .label("Service")
        .note(format!("{} served", model.served))
        .tone(if up { Tone::Plain } else { Tone::Failed });
    staging::with_faults(placed, world.network(), model.service);
}

/// The latest answer, as the client reads it.
fn draw_answer(model: &Limited, scene: &mut SceneBuilder, frame: Rect) {
    let Some(answer) = &model.answer else {
        let words = "The limiter has not answered yet.";
        scene.text("answer", frame, words).caption();
        return;
    };
    let limit = model.limit();
    let policy = Policy {
        name: "bucket".to_owned(),
        quota: limit.capacity(),
        window: limit.time_to_fill(),
    };
    let (status, tone) = match answer.decision.verdict {
        Verdict::Admitted => ("HTTP/1.1 200 OK", Tone::Good),
        Verdict::Refused { .. } | Verdict::Never(_) => {
            ("HTTP/1.1 429 Too Many Requests", Tone::Refused)
        }
    };
    let (title, body) = frame.take_top(20.0, 2.0);
    let who = model.name(answer.request.client);
    scene
        .text("answer", title, format!("Latest answer, to {who}"))
        .title();
    let fields = Fields::new(&policy, &answer.decision);
    let named = fields.named().into_iter();
    let lines = named.map(|(name, value)| (format!("{name}: {value}"), Tone::Plain));
    let lines = [(status.to_owned(), tone)].into_iter().chain(lines);
    // A status and at most six fields.
    let rows = body.rows(7, 0.0);
    for (index, ((line, tone), row)) in lines.zip(rows).enumerate() {
        scene.text(("field", index), row, line).code().tone(tone);
    }
}

/// The latest answers, one box each, the newest last.
fn draw_recent(model: &Limited, scene: &mut SceneBuilder, frame: Rect) {
    let count = model.answers.len();
    let admitted = model.answers.iter().filter(|admitted| **admitted).count();
    let tones = model.answers.iter().map(|admitted| match admitted {
        true => Tone::Good,
        false => Tone::Refused,
    });
    let missing = std::iter::repeat_n(Tone::Idle, ANSWERS_KEPT - count);
    scene
        .cells("recent", frame, tones.chain(missing))
        .columns(if frame.h < 80.0 { 24 } else { 16 })
        .label(format!("Latest answers: {admitted} of {count} admitted"))
        .describe(format!(
            "Of the latest {} {admitted} {} admitted",
            counted(count, ["answer", "answers"]),
            noun(admitted, ["was", "were"])
        ));
}

fn draw_messages(
    model: &Limited,
    world: &World<Occurrence>,
    scene: &mut SceneBuilder,
    layout: &Layout,
) {
    let flights = world.flights();
    if flights.len() > MESSAGES_MAX {
        let points = flights
            .iter()
            .map(|flight| (whereabouts(model, layout, flight), flight.tone));
        let room = layout.limiter.union(layout.service);
        let room = layout.clients.iter().copied().fold(room, Rect::union);
        scene
            .swarm("messages", room, Swarm::collect(3.0, points))
            .describe(format!("{} messages on their way", flights.len()));
        return;
    }
    let mut drawn: Vec<(Flight, u32)> = Vec::new();
    for flight in flights {
        match drawn.last_mut() {
            Some((first, count)) if travel_together(first, &flight) => *count += 1,
            Some(_) | None => drawn.push((flight, 1)),
        }
    }
    for (flight, count) in drawn {
        let (from, to) = (item_of(model, flight.from), item_of(model, flight.to));
        staging::message(scene, &flight, from, to)
            .label(flight.label)
            .count(count);
    }
}

/// Whether two messages cannot be told apart on the stage, as the requests of a burst.
fn travel_together(one: &Flight, other: &Flight) -> bool {
    let path = |flight: &Flight| (flight.from, flight.to, flight.sent, flight.due);
    let look = |flight: &Flight| (flight.tone, flight.lost, flight.held);
    path(one) == path(other) && look(one) == look(other) && one.label == other.label
}

/// The item that stands for a node.
fn item_of(model: &Limited, node: NodeId) -> ItemId {
    if node == model.limiter {
        "limiter".into()
    } else if node == model.service {
        "service".into()
    } else {
        client_item(usize::from(node.0))
    }
}

/// Where a message of a swarm is: on the straight way between the middles of its two ends.
fn whereabouts(model: &Limited, layout: &Layout, flight: &Flight) -> Point {
    let frame = |node: NodeId| {
        if node == model.service {
            layout.service
        } else {
            let client = layout.clients.get(usize::from(node.0));
            client.copied().unwrap_or(layout.limiter)
        }
    };
    let (from, to) = (frame(flight.from).center(), frame(flight.to).center());
    from.lerp(to, flight.fraction)
}
