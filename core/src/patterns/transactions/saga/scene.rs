//! The picture: whoever leads above, the services with their stores below, the orders as strips of
//! steps, and the box of dead letters.

use super::algorithm::promises::{Breach, Standing};
use super::algorithm::{
    Effect, Fact, Kind, Mark, Name, Op, Outcome, Phase, Plan, Reason, Row, SagaId, Service,
    Step as Stage, Store,
};
use super::knobs::Deed;
use super::model::choreography::Choreography;
use super::model::orchestration::{Orchestration, summary as record_summary};
use super::model::{COORDINATOR, CUSTOMERS, Event, Lead, Shop, node};
use super::steps::{Written, done, euros, service_name, verb};
use crate::kernel::network::{Network, Status};
use crate::prelude::*;
use crate::scene::{Badge, Cell, ItemId, Node, Placed, Rect, TableRow};
use crate::staging;
use crate::words::counted;

const RECORDS: [&str; 2] = ["record", "records"];

/// More orders than this are a grid instead of a strip each.
const MOST_STRIPS: usize = 3;

pub(super) fn draw(shop: &Shop, world: &World<Event>, scene: &mut SceneBuilder) {
    scene.summary(summary(shop, world));
    let layout = Layout::of(shop, scene);
    links(shop, world.network(), scene);
    customers(shop, world, scene, layout.customers);
    match &shop.lead {
        Lead::Orchestration(office) => {
            coordinator(office, world, scene, layout.leader);
            log(shop, office, scene, layout.record);
        }
        Lead::Choreography(office) => told(shop, office, scene, layout.record),
    }
    let focus = focus(shop, layout.rows);
    for (name, place) in Name::ALL.into_iter().zip(&layout.services) {
        service(shop, name, world, scene, place.node);
        store(shop, name, &focus, scene, place.table);
        if let (Lead::Choreography(office), Some(frame)) = (&shop.lead, place.outbox) {
            outbox(office, name, scene, frame);
        }
    }
    orders(shop, scene, layout.orders);
    dead_letters(shop, scene, layout.letters);
    books(shop, scene, layout.books);
    staging::messages(world, scene, |node| Some(item(node)));
}

/// Where everything goes.
struct Layout {
    customers: Rect,
    leader: Rect,
    record: Rect,
    services: Vec<Place>,
    orders: Rect,
    letters: Rect,
    books: Rect,
    /// How many orders fit into a store's table.
    rows: usize,
}

/// Where a service goes.
struct Place {
    node: Rect,
    table: Rect,
    outbox: Option<Rect>,
}

impl Place {
    /// A service on top of its table.
    fn under(column: Rect, table: f64, orchestrated: bool) -> Self {
        let (node, below) = column.take_top(62.0, 14.0);
        let (table, outbox) = below.take_top(table, 4.0);
        if orchestrated {
            return Self {
                node,
                table,
                outbox: None,
            };
        }
        Self {
            node: node.centered(122.0, node.h),
            table,
            outbox: Some(outbox),
        }
    }
}

/// How many orders are shown one by one: all that are planned, up to a limit.
fn rows_wanted(shop: &Shop) -> usize {
    let planned = shop.knobs.orders as usize;
    planned.max(shop.orders.len()).clamp(1, MOST_STRIPS)
}

impl Layout {
    fn of(shop: &Shop, scene: &SceneBuilder) -> Self {
        if scene.is_tall() {
            Self::tall(shop, scene.area())
        } else {
            Self::wide(shop, scene.area())
        }
    }

    fn wide(shop: &Shop, area: Rect) -> Self {
        let orchestrated = shop.is_orchestrated();
        let rows = rows_wanted(shop);
        // What fewer orders do not need goes to the messages' way.
        let spare = (MOST_STRIPS - rows) as f64 * 80.0;
        let table = 26.0 + 24.0 * rows as f64;
        let strips = 56.0 * rows as f64 - 2.0;
        let below_nodes = if orchestrated { table } else { table + 34.0 };
        let way = if orchestrated { 84.0 } else { 58.0 } + spare * 0.45;
        let (top, rest) = area.take_top(78.0, way);
        let (customers, top) = top.take_left(84.0, 60.0);
        let (leader, record) = if orchestrated {
            let (_, top) = top.take_left(206.0, 0.0);
            top.take_left(140.0, 50.0)
        } else {
            (Rect::default(), top)
        };
        let (services, rest) = rest.take_top(76.0 + below_nodes, 0.0);
        let gap = if orchestrated { 14.0 } else { 22.0 };
        let services = services.columns(Name::ALL.len(), gap).into_iter();
        let services = services.map(|column| Place::under(column, table, orchestrated));
        let (bottom, _) = rest.take_bottom(strips.max(136.0), 0.0);
        let (orders, box_side) = bottom.take_left(530.0, 24.0);
        let (books, letters) = box_side.take_bottom(50.0, 6.0);
        Self {
            customers,
            leader,
            record,
            services: services.collect(),
            orders,
            letters,
            books,
            rows,
        }
    }

    fn tall(shop: &Shop, area: Rect) -> Self {
        let rows = if shop.orders.len() > MOST_STRIPS {
            MOST_STRIPS
        } else {
            rows_wanted(shop)
        };
        let strips = 54.0 * rows as f64 + 4.0;
        let (rest, upper) = area.take_bottom(strips + 104.0, 10.0);
        let (left, right) = upper.take_left(106.0, 50.0);
        let (customers, left) = left.take_top(64.0, 0.0);
        let (leader, record) = if shop.is_orchestrated() {
            let (_, left) = left.take_top(54.0, 0.0);
            left.take_top(74.0, 12.0)
        } else {
            let (_, left) = left.take_top(44.0, 0.0);
            (Rect::default(), left)
        };
        let services = right
            .rows(Name::ALL.len(), 8.0)
            .into_iter()
            .map(|row| {
                let (node, table) = row.take_left(108.0, 4.0);
                Place {
                    node: node.centered(node.w, 62.0),
                    table,
                    outbox: None,
                }
            })
            .collect();
        let (orders, below) = rest.take_top(strips, 4.0);
        let (books, letters) = below.take_bottom(50.0, 2.0);
        Self {
            customers,
            leader,
            record,
            services,
            orders,
            letters,
            books,
            rows: 2,
        }
    }
}

fn summary(shop: &Shop, world: &World<Event>) -> String {
    let count = |wanted| {
        shop.audit
            .ended
            .values()
            .filter(|(how, _)| *how == wanted)
            .count()
    };
    let (done, undone) = (count(Standing::Done), count(Standing::Compensated));
    let mut text = format!(
        "{} orders: {done} done, {undone} undone, {} under way",
        shop.orders.len(),
        shop.audit.in_progress
    );
    if !shop.letters.is_empty() {
        text += &format!("; {} wait for a person", shop.letters.len());
    }
    let network = world.network();
    for node in network
        .nodes()
        .filter(|node| network.status(*node) == Status::Crashed)
    {
        text += &format!("; {} is down", network.name(node));
    }
    text + "."
}

fn item(node: NodeId) -> ItemId {
    ("node", u32::from(node.0)).into()
}

/// Lines between those who talk to each other.
fn links(shop: &Shop, network: &Network, scene: &mut SceneBuilder) {
    // Past the services in between: above them, or to their left.
    let (around, far_around) = scene.pick((-0.3, 0.2), (0.46, -0.3));
    let mut link = |a: NodeId, b: NodeId, bend: f64| {
        let (there, back) = (network.is_cut(a, b), network.is_cut(b, a));
        scene
            .link(format!("link-{}-{}", a.0, b.0), item(a), item(b))
            .bend(bend)
            .dim()
            .when(there && back, |link| link.cut().tone(Tone::Failed))
            .when(there != back, |link| link.dashed().tone(Tone::Failed));
    };
    if shop.is_orchestrated() {
        link(CUSTOMERS, COORDINATOR, 0.0);
        for name in Name::ALL {
            link(COORDINATOR, node(name), 0.0);
        }
        return;
    }
    link(CUSTOMERS, node(Name::Orders), 0.0);
    link(node(Name::Orders), node(Name::Inventory), 0.0);
    link(node(Name::Inventory), node(Name::Payments), 0.0);
    link(node(Name::Payments), node(Name::Shipping), 0.0);
    link(node(Name::Shipping), node(Name::Inventory), around);
    link(node(Name::Orders), node(Name::Notifications), far_around);
}

fn customers(shop: &Shop, world: &World<Event>, scene: &mut SceneBuilder, frame: Rect) {
    let placed = scene
        .node(item(CUSTOMERS), frame)
        .person()
        .label("Customers")
        .note(counted(shop.orders.len(), ["order", "orders"]))
        .menu("Place an order", Call::new("place"));
    standing(placed, world.network(), CUSTOMERS, Tone::Plain);
}

/// Adds how a node stands, and the faults that it can be given.
fn standing<'s, S>(placed: Placed<'s, S>, network: &Network, node: NodeId, usual: Tone) {
    let (tone, badge) = match network.status(node) {
        Status::Up => (usual, None),
        Status::Crashed => (Tone::Failed, Some("down")),
        Status::Paused => (Tone::Pending, Some("paused")),
    };
    let placed = placed
        .tone(tone)
        .with(badge, |placed, words| placed.badge(Badge::new(words, tone)));
    staging::with_faults(placed, network, node);
}

fn coordinator(
    office: &Orchestration,
    world: &World<Event>,
    scene: &mut SceneBuilder,
    frame: Rect,
) {
    let now = world.now();
    let nearest = office
        .waits
        .values()
        .filter(|(_, due)| *due > now)
        .min_by_key(|(_, due)| *due);
    let left = nearest
        .map(|(from, due)| (*due - now).as_secs_f64() / (*due - *from).as_secs_f64().max(1e-9));
    let running = office.coordinator.as_ref().map_or(0, |coordinator| {
        let sagas = coordinator.sagas();
        sagas
            .filter(|(_, saga)| !matches!(saga.phase(), Phase::Ended(_)))
            .count()
    });
    let note = match (&office.coordinator, running) {
        (None, _) => format!("{} on disk", counted(office.log.len(), RECORDS)),
        (Some(_), 0) => "at rest".to_owned(),
        (Some(_), more) => format!("{more} under way"),
    };
    let placed = scene
        .node(item(COORDINATOR), frame)
        .label("Coordinator")
        .note(note)
        .with(left, Placed::<Node>::timer);
    let tone = if running > 0 {
        Tone::Leader
    } else {
        Tone::Plain
    };
    standing(placed, world.network(), COORDINATOR, tone);
}

/// The end of the log, and the record that is being written.
fn log(shop: &Shop, office: &Orchestration, scene: &mut SceneBuilder, frame: Rect) {
    let (columns, places) = scene.pick((4, 8), (1, 5));
    let being_written = office
        .queues
        .values()
        .filter_map(|queue| match queue.front() {
            Some(Effect::Append(record)) => Some(record),
            _ => None,
        });
    let provisional: Vec<Cell> = being_written
        .take(2)
        .map(|record| record_cell(shop, record.saga, record_summary(&record.entry)).dashed())
        .collect();
    let first = office.log.len().saturating_sub(places - provisional.len());
    let on_disk = office.log[first..]
        .iter()
        .map(|record| record_cell(shop, record.saga, record_summary(&record.entry)));
    let cells: Vec<Cell> = on_disk.chain(provisional).collect();
    let label = match office.log.len() {
        0 => "Log: empty".to_owned(),
        records => format!("Log: {}", counted(records, RECORDS)),
    };
    scene
        .cells("log", frame, cells)
        .columns(columns)
        .label(label)
        .describe(format!(
            "The coordinator’s log on disk, {}.",
            counted(office.log.len(), RECORDS)
        ));
}

fn record_cell(shop: &Shop, saga: SagaId, record: Written) -> Cell {
    let (words, tone) = match record {
        Written::Begin => ("begin", Tone::Plain),
        Written::Try(op) => (verb(op), Tone::Plain),
        Written::Did(op) => (done(op), Tone::Good),
        Written::Abort(_) => ("back!", Tone::Refused),
        Written::Park => ("parked", Tone::Failed),
        Written::Resolve => ("resolved", Tone::Leader),
    };
    Cell::new(numbered(shop, saga, words), tone)
}

/// Words with the order's number, which a shop with one order can do without.
fn numbered(shop: &Shop, saga: SagaId, words: &str) -> String {
    if shop.orders.len() > 1 {
        format!("{} {words}", saga.0)
    } else {
        words.to_owned()
    }
}

/// What has been told so far: nobody in the shop has this list.
fn told(shop: &Shop, office: &Choreography, scene: &mut SceneBuilder, frame: Rect) {
    let (columns, most) = scene.pick((5, 10), (1, 9));
    let skipped = office.told.len().saturating_sub(most);
    let cells = office.told.iter().skip(skipped).map(|event| {
        let tone = match event.outcome {
            Outcome::Done => Tone::Good,
            Outcome::Refused(_) => Tone::Refused,
            Outcome::Undone => Tone::Stale,
        };
        Cell::new(numbered(shop, event.saga, event.name()), tone)
    });
    scene
        .cells("told", frame, cells)
        .columns(columns)
        .label(if office.told.is_empty() {
            "Events: none yet"
        } else {
            "Events told"
        })
        .describe("The latest events, as an observer outside the shop would list them.");
}

fn service(shop: &Shop, name: Name, world: &World<Event>, scene: &mut SceneBuilder, frame: Rect) {
    let scene_is_tall = scene.is_tall();
    let busy = shop.busy[name as usize] as usize;
    let mut placed = scene
        .node(item(node(name)), frame)
        .label(service_name(name))
        .note(note(shop, name))
        .dots(std::iter::repeat_n(Tone::Active, busy.min(6)));
    for (op, left) in &shop.mischief.failures {
        if op.step.owner() == name {
            let words = match left {
                1 => format!("{} will fail", verb(*op)),
                _ => format!("{} keeps failing", verb(*op)),
            };
            placed = placed.badge(Badge::new(words, Tone::Stale));
        }
    }
    for op in shop.mischief.lost_replies.keys() {
        if op.step.owner() == name {
            let words = format!("{}: reply will be lost", verb(*op));
            placed = placed.badge(Badge::new(words, Tone::Stale));
        }
    }
    let step = first_step(name);
    let call = |action: &str| Call::new(action).with("step", Deed::of(Op::act(step)).key());
    let placed = placed
        .menu(
            format!("Fail “{}” next time", verb(Op::act(step))),
            call("fail"),
        )
        .menu("Lose its reply", call("lose_reply"))
        .menu("Send it twice", call("duplicate"));
    let is_committing = match &shop.lead {
        Lead::Orchestration(_) => false,
        Lead::Choreography(office) => office.desks[name as usize].is_committing(),
    };
    // A narrow node has no room for a sign beside its name, and the dots say it too.
    let tone = match (busy > 0 || is_committing, scene_is_tall) {
        (true, false) => Tone::Active,
        (true, true) | (false, _) => Tone::Plain,
    };
    standing(placed, world.network(), node(name), tone);
}

/// The step for which an order first comes to a service.
fn first_step(name: Name) -> Stage {
    match name {
        Name::Orders => Stage::Open,
        Name::Inventory => Stage::Reserve,
        Name::Payments => Stage::Charge,
        Name::Shipping => Stage::Ship,
        Name::Notifications => Stage::Notify,
    }
}

/// What a service's store comes to.
fn note(shop: &Shop, name: Name) -> String {
    match shop.services()[name as usize].store() {
        Store::Orders(book) => {
            let pending = book
                .rows
                .values()
                .filter(|row| **row == Row::Pending)
                .count();
            format!("{pending} pending")
        }
        Store::Inventory(inventory) => format!("{} on the shelf", inventory.shelf_units),
        Store::Payments(payments) => euros(payments.cash_cents),
        Store::Shipping(parcels) => match parcels.len() {
            1 => "1 parcel".to_owned(),
            parcels => format!("{parcels} parcels"),
        },
        Store::Notifications(letters) => format!("{} told", letters.len()),
    }
}

/// The orders to show in the tables: those about which something is to be said first, in the order
/// of their numbers.
fn focus(shop: &Shop, rows: usize) -> Vec<SagaId> {
    let mut all: Vec<SagaId> = shop.orders.keys().copied().collect();
    if all.len() > rows {
        let rank = |saga: &SagaId| {
            let broken = shop.audit.breach_of(*saga).is_some();
            let open = !shop.audit.ended.contains_key(saga);
            (broken, open, shop.orders[saga].touched)
        };
        let ranks: Vec<_> = all.iter().map(rank).collect();
        // A few of many are found without sorting all.
        let mut shown = vec![false; all.len()];
        for _ in 0..rows {
            // Of equal ones the last counts as the largest.
            let others = (0..all.len()).rev().filter(|at| !shown[*at]);
            if let Some(first) = others.max_by_key(|at| ranks[*at]) {
                shown[first] = true;
            }
        }
        let mut shown = shown.into_iter();
        all.retain(|_| shown.next().unwrap_or(false));
    }
    all
}

/// A service's store, one row for each order in focus.
fn store(shop: &Shop, name: Name, focus: &[SagaId], scene: &mut SceneBuilder, frame: Rect) {
    let service = shop.services()[name as usize];
    let rows = focus.iter().filter_map(|&saga| {
        let (words, tone) = held(shop, service, saga)?;
        let cell = Cell::new(words, tone);
        Some(TableRow::new([Cell::from(format!("{}", saga.0)), cell]))
    });
    let weights = scene.pick([0.22, 0.78], [0.24, 0.76]);
    let heading = match name {
        Name::Orders => "book",
        Name::Inventory => "shelf",
        Name::Payments => "ledger",
        Name::Shipping => "parcel",
        Name::Notifications => "letter",
    };
    scene
        .table(("store", name as usize), frame, ["№", heading])
        .weights(weights)
        .rows(rows)
        .describe(format!("The store of {}.", service_name(name)));
}

/// What a service holds about an order.
fn held(shop: &Shop, service: &Service, saga: SagaId) -> Option<(String, Tone)> {
    let step = first_step(service.name());
    let tally = service.tally(saga, step);
    let times = tally.acts.max(tally.undos);
    let undone = tally.undos > 0;
    if times > 1 {
        let op = if tally.undos > 1 {
            Op::undo(step)
        } else {
            Op::act(step)
        };
        return Some((format!("{} ×{times}", done(op)), Tone::Failed));
    }
    if tally.undos > tally.acts {
        return Some((format!("{} of nothing", verb(Op::undo(step))), Tone::Failed));
    }
    if tally.acts == 0 {
        return match service.fact(saga, step)? {
            Fact::Refused(reason) => Some((format!("{reason}"), Tone::Refused)),
            Fact::Barred => Some(("withdrawn".to_owned(), Tone::Idle)),
            Fact::Done | Fact::Undone => None,
        };
    }
    let price = || euros(i64::from(shop.order(saga).price_cents));
    let words = match service.store() {
        Store::Orders(book) => match book.rows.get(&saga)? {
            Row::Pending => return Some(("pending".to_owned(), Tone::Pending)),
            Row::Confirmed => "confirmed".to_owned(),
            Row::Cancelled => return Some(("cancelled".to_owned(), Tone::Idle)),
        },
        Store::Inventory(inventory) => match inventory.reservations.get(&saga) {
            Some(held) if held.pending => return Some(("pending".to_owned(), Tone::Pending)),
            Some(_) => "sold".to_owned(),
            None => return Some(("put back".to_owned(), Tone::Idle)),
        },
        Store::Payments(_) if undone => return Some(("refunded".to_owned(), Tone::Idle)),
        Store::Payments(_) => price(),
        Store::Shipping(_) => "shipped".to_owned(),
        Store::Notifications(_) => "told".to_owned(),
    };
    Some((words, Tone::Good))
}

/// Events that a service has told and nobody has acknowledged: the first, and how many more.
fn outbox(office: &Choreography, name: Name, scene: &mut SceneBuilder, frame: Rect) {
    let mut waiting = office.nodes[name as usize].outbox();
    let first = waiting.next().map(|(event, delivery)| {
        let tone = if delivery.parked {
            Tone::Failed
        } else {
            Tone::Pending
        };
        let again = match delivery.attempt {
            1 => String::new(),
            attempt => format!(" ×{attempt}"),
        };
        let more = match waiting.count() {
            0 => String::new(),
            more => format!(" +{more}"),
        };
        Cell::new(format!("{}{again}{more}", event.name()), tone)
    });
    scene
        .cells(("outbox", name as usize), frame, first)
        .describe(format!("The outbox of {}.", service_name(name)));
}

/// How the steps of an order stand: what the coordinator believes, or what the stores say.
fn marks(shop: &Shop, saga: SagaId) -> Vec<Mark> {
    if let Lead::Orchestration(office) = &shop.lead
        && let Some(coordinator) = &office.coordinator
        && let Some(saga) = coordinator.saga(saga)
    {
        return Stage::STEPS.iter().map(|&step| saga.mark(step)).collect();
    }
    let services = shop.services();
    let mut ahead = true;
    let happened = |step: Stage| {
        let service = services[step.owner() as usize];
        let tally = service.tally(saga, step);
        match (tally.acts, tally.undos, service.fact(saga, step)) {
            (1.., 0, _) => Mark::Done,
            (_, 1.., _) => Mark::Undone,
            (_, _, Some(Fact::Refused(_) | Fact::Barred)) => Mark::Failed,
            _ => Mark::Waiting,
        }
    };
    let turned = Stage::STEPS
        .iter()
        .any(|&step| matches!(happened(step), Mark::Failed | Mark::Undone));
    Stage::STEPS
        .iter()
        .map(|&step| {
            let mark = happened(step);
            match (mark == Mark::Waiting, turned) {
                (false, _) => mark,
                (true, true) => Mark::Skipped,
                (true, false) if std::mem::take(&mut ahead) => Mark::Trying,
                (true, false) => Mark::Waiting,
            }
        })
        .collect()
}

fn step_cell(step: Stage, mark: Mark) -> Cell {
    let act = Op::act(step);
    let (words, tone) = match mark {
        Mark::Waiting => (verb(act), Tone::Idle),
        Mark::Trying => (verb(act), Tone::Active),
        Mark::Done => (verb(act), Tone::Good),
        Mark::Failed => (verb(act), Tone::Refused),
        Mark::Undoing => (verb(Op::undo(step)), Tone::Stale),
        Mark::Undone => (verb(Op::undo(step)), Tone::Idle),
        Mark::Skipped => (verb(act), Tone::Idle),
    };
    let cell = Cell::new(words, tone);
    let cell = match mark {
        Mark::Waiting | Mark::Trying | Mark::Undoing => cell.dashed(),
        Mark::Failed | Mark::Skipped => cell.struck(),
        Mark::Done | Mark::Undone => cell,
    };
    let key = Deed::of(act).key();
    let cell = cell
        .menu(
            format!("Fail “{}” next time", verb(act)),
            Call::new("fail").with("step", key),
        )
        .menu("Lose its reply", Call::new("lose_reply").with("step", key))
        .menu("Send it twice", Call::new("duplicate").with("step", key));
    if step.kind() == Kind::Compensable {
        let undo = Op::undo(step);
        let key = Deed::of(undo).key();
        let always = Call::new("fail").with("step", key).with("times", 1_000);
        cell.menu(format!("Let “{}” keep failing", verb(undo)), always)
    } else {
        cell
    }
}

/// How an order stands, in words.
fn state_of(shop: &Shop, saga: SagaId) -> (String, Tone) {
    if let Some(breach) = shop.audit.breach_of(saga) {
        let words = match breach {
            Breach::Unfinished(_) => "neither done nor undone, nor a dead letter".to_owned(),
            Breach::StockMiscounted { .. }
            | Breach::UnitsAstray { .. }
            | Breach::MoneyAstray { .. }
            | Breach::UndoneBeforeDone(..)
            | Breach::Repeated(..)
            | Breach::TurnedAwayInVain(_) => breach.words(),
        };
        return (words, Tone::Failed);
    }
    match shop.audit.ended.get(&saga) {
        Some((Standing::Done, _)) => return ("done".to_owned(), Tone::Good),
        Some((Standing::Compensated, _)) => return ("undone".to_owned(), Tone::Refused),
        Some((Standing::InProgress, _)) | None => {}
    }
    let letter = shop.letters.iter().find(|((_, of, _), _)| *of == saga);
    if let Some((_, boxed)) = letter {
        let words = format!("cannot {}: {}", verb(boxed.letter.op), boxed.letter.reason);
        return (words, Tone::Failed);
    }
    if let Lead::Orchestration(office) = &shop.lead {
        let Some(coordinator) = &office.coordinator else {
            return ("no coordinator".to_owned(), Tone::Stale);
        };
        if let Some(known) = coordinator.saga(saga) {
            if let Some(aborted) = known.aborted() {
                return (going_back(aborted.reason), Tone::Stale);
            }
            if known.attempt() > 1 && !shop.orders[&saga].locked_out {
                let words = format!("no answer yet, attempt {}", known.attempt());
                return (words, Tone::Pending);
            }
        }
    }
    if !shop.is_orchestrated()
        && let Some(reason) = refusal(shop, saga)
    {
        return (going_back(reason), Tone::Stale);
    }
    if shop.orders[&saga].locked_out {
        return ("waits for a unit that is pending".to_owned(), Tone::Pending);
    }
    if shop.standing(saga) == Standing::InProgress && !shop.audit.accepted.contains(&saga) {
        return ("placed".to_owned(), Tone::Pending);
    }
    ("under way".to_owned(), Tone::Active)
}

/// Why an order goes back, in few words; the log has the whole reason.
fn going_back(reason: Reason) -> String {
    let words = match reason {
        Reason::Interrupted => "the coordinator went down".to_owned(),
        Reason::Silence => "no answer".to_owned(),
        Reason::Declined | Reason::SoldOut | Reason::Withdrawn | Reason::Locked | Reason::Fault => {
            reason.to_string()
        }
    };
    format!("going back: {words}")
}

/// Why a service refused one of its steps, if one did.
fn refusal(shop: &Shop, saga: SagaId) -> Option<Reason> {
    let services = shop.services();
    let facts = Stage::STEPS
        .iter()
        .map(|&step| services[step.owner() as usize].fact(saga, step));
    facts.flatten().find_map(|fact| match fact {
        Fact::Refused(reason) => Some(reason),
        Fact::Done | Fact::Undone | Fact::Barred => None,
    })
}

fn orders(shop: &Shop, scene: &mut SceneBuilder, frame: Rect) {
    if shop.orders.len() <= MOST_STRIPS {
        let strips = frame.rows(rows_wanted(shop), 4.0);
        for (&saga, strip) in shop.orders.keys().zip(strips) {
            let (words, tone) = state_of(shop, saga);
            let price = euros(i64::from(shop.order(saga).price_cents));
            let whole = format!("Order {} · {price} · {words}", saga.0);
            // Held upright, the price gives way to what happens: the ledger has it too.
            let label = match scene.is_tall() && whole.chars().count() > 44 {
                true => format!("Order {} · {words}", saga.0),
                false => whole,
            };
            let steps = Stage::STEPS.iter().zip(marks(shop, saga));
            scene
                .cells(
                    ("order", saga.0),
                    strip,
                    steps.map(|(&step, mark)| step_cell(step, mark)),
                )
                .label(label)
                .tone(tone);
        }
        return;
    }
    let (grid, table) = if scene.is_tall() {
        frame.take_left(176.0, 12.0)
    } else {
        frame.take_left(270.0, 16.0)
    };
    let bare = shop.orders.len() > 40;
    let columns = match shop.orders.len() {
        101.. => 20,
        41..=100 => 10,
        _ => scene.pick(10, 8),
    };
    let cells = shop.orders.keys().map(|&saga| {
        let words = if bare {
            String::new()
        } else {
            saga.0.to_string()
        };
        let (_, tone) = state_of(shop, saga);
        Cell::new(words, tone)
    });
    scene
        .cells("orders", grid, cells)
        .columns(columns)
        .label("Orders")
        .describe("Every order as a box, by its number.");
    let rows = focus(shop, 5).into_iter().map(|saga| {
        let (words, tone) = state_of(shop, saga);
        let at = Stage::STEPS
            .iter()
            .zip(marks(shop, saga))
            .rfind(|(_, mark)| !matches!(mark, Mark::Waiting | Mark::Skipped));
        let step = at.map_or("", |(&step, mark)| match mark {
            Mark::Done => done(Op::act(step)),
            Mark::Undone => done(Op::undo(step)),
            Mark::Undoing => verb(Op::undo(step)),
            Mark::Waiting | Mark::Trying | Mark::Failed | Mark::Skipped => verb(Op::act(step)),
        });
        TableRow::new([
            Cell::from(saga.0.to_string()),
            Cell::from(step),
            Cell::new(words, tone),
        ])
    });
    scene
        .table("order-list", table, ["№", "step", "state"])
        .weights([0.14, 0.28, 0.58])
        .rows(rows)
        .describe("Orders that something is happening to.");
}

fn dead_letters(shop: &Shop, scene: &mut SceneBuilder, frame: Rect) {
    let rows = shop.letters.values().map(|boxed| {
        let letter = boxed.letter;
        let resolve = Call::new("resolve").with("order", letter.saga.0);
        TableRow::new([
            Cell::from(letter.saga.0.to_string()),
            Cell::new(verb(letter.op), Tone::Failed),
            Cell::from(letter.reason.to_string()),
        ])
        .menu(format!("Resolve {}", letter.saga), resolve)
    });
    let header: &[&str] = if shop.letters.is_empty() || scene.is_tall() {
        &[]
    } else {
        &["№", "cannot", "because"]
    };
    let placed = scene
        .table("letters", frame, header.iter().copied())
        .label(match shop.letters.len() {
            0 => "Dead letters: none".to_owned(),
            letters => format!("Dead letters: {letters}"),
        })
        .weights([0.14, 0.28, 0.58])
        .rows(rows)
        .describe("Orders that wait for a person, and why.");
    if let Some(boxed) = shop.letters.values().next() {
        placed
            .tone(Tone::Failed)
            .badge(Badge::new("a person is needed", Tone::Failed).caused_by(boxed.cause.0));
    }
}

fn books(shop: &Shop, scene: &mut SceneBuilder, frame: Rect) {
    let books = shop.books();
    let accounted = books.delivered_cents + books.owed_cents + books.in_progress_cents;
    let sign = if accounted == books.taken_cents {
        "="
    } else {
        "≠"
    };
    let tone = if accounted == books.taken_cents {
        Tone::Plain
    } else {
        Tone::Failed
    };
    let header = [
        "taken".to_owned(),
        format!("{sign} shipped"),
        "+ owed".to_owned(),
        "+ open".to_owned(),
    ];
    let amounts = [
        books.taken_cents,
        books.delivered_cents,
        books.owed_cents,
        books.in_progress_cents,
    ];
    scene
        .table("books", frame, header)
        .weights([1.1, 1.1, 0.9, 0.9])
        .row(TableRow::new(amounts.map(euros)).tone(tone))
        .describe("Where the money is: what was taken is shipped, owed back, or still open.");
}
