//! The picture: a card for each copy, messages between them, and the history below.
//!
//! Everything is read from the model and its world; nothing here decides anything.

use std::collections::BTreeSet;

use super::algorithm::ReplicaId;
use super::model::replicated::State;
use super::model::{Event, Knobs, NAMES, Replica, Replicas, readings};
use crate::kernel::network::{NodeId, Status};
use crate::scene::{
    Badge, Cell, GROUP_INSET, GROUP_TITLE, Group, ItemId, Placed, Rect, SceneBuilder, TextRun, Tone,
};
use crate::simulation::World;
use crate::staging;
use crate::time::SimTime;
use crate::value::Call;

/// Draws the whole stage.
pub(super) fn draw(model: &Replicas, world: &World<Event>, scene: &mut SceneBuilder) {
    scene.summary(summary(model));
    let strip = scene.pick(104.0, 106.0);
    let (below, stage) = scene.area().take_bottom(strip, 12.0);
    let frames = frames(scene, stage, model.replicas().len());

    links(model, world, scene);
    for (replica, frame) in model.replicas().iter().zip(&frames) {
        card(model, world, scene, replica, *frame);
    }
    history(model, scene, below);
    staging::messages(world, scene, |node| Some(item(node)));
}

fn item(node: NodeId) -> ItemId {
    ItemId::from(("replica", usize::from(node.0)))
}

/// Where the cards stand: apart, with room for messages between them.
fn frames(scene: &SceneBuilder, stage: Rect, count: usize) -> Vec<Rect> {
    let corner = |x: f64, y: f64, w: f64, h: f64| {
        Rect::new(
            stage.x + (stage.w - w) * x,
            stage.y + (stage.h - h) * y,
            w,
            h,
        )
    };
    let ends = |w: f64, h: f64, places: &[(f64, f64)]| {
        places.iter().map(|&(x, y)| corner(x, y, w, h)).collect()
    };
    match (count, scene.is_tall()) {
        (..=2, false) => ends(310.0, 230.0, &[(0.0, 0.5), (1.0, 0.5)]),
        (3, false) => ends(290.0, 166.0, &[(0.5, 0.0), (0.0, 1.0), (1.0, 1.0)]),
        (4, false) => ends(
            270.0,
            156.0,
            &[(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)],
        ),
        (5 | 6, false) => stage.around(count, 200.0, 122.0),
        (_, false) => stage.around(count, 176.0, 100.0),
        (..=2, true) => ends(400.0, 210.0, &[(0.5, 0.0), (0.5, 1.0)]),
        (3, true) => {
            let mut frames: Vec<Rect> = ends(188.0, 200.0, &[(0.0, 1.0), (1.0, 1.0)]);
            frames.insert(0, corner(0.5, 0.0, 260.0, 200.0));
            frames
        }
        (_, true) => {
            let rows = count.div_ceil(2);
            let gap = if rows == 2 { 110.0 } else { 28.0 };
            let columns = stage.columns(2, 36.0);
            (0..count)
                .map(|place| columns[place % 2].rows(rows, gap)[place / 2])
                .collect()
        }
    }
}

fn links(model: &Replicas, world: &World<Event>, scene: &mut SceneBuilder) {
    for (place, one) in model.replicas().iter().enumerate() {
        for other in &model.replicas()[place + 1..] {
            let (a, b) = (one.node, other.node);
            staging::link(world.network(), scene, (a, &item(a)), (b, &item(b)));
        }
    }
}

fn card(
    model: &Replicas,
    world: &World<Event>,
    scene: &mut SceneBuilder,
    replica: &Replica,
    frame: Rect,
) {
    let network = world.network();
    let place = usize::from(replica.node.0);
    let name = network.name(replica.node);
    let lacking = model.witness().lacks(place);
    let group = scene
        .group(item(replica.node), frame, name)
        .tone(tone(replica, network.status(replica.node), lacking))
        .describe(format!("{name} reads “{}”", replica.state.reading()));
    let group = badges(group, world, replica, lacking);
    menu(group, model, world, replica);

    let (head, body) = frame.take_top(GROUP_TITLE, 0.0);
    let size = Rect::new(head.right() - 84.0 - GROUP_INSET, head.y, 84.0, head.h);
    scene
        .text(("size", place), size, format!("{} B", replica.bytes))
        .caption()
        .align(crate::scene::Align::End)
        .describe(format!("{name}'s copy takes {} bytes", replica.bytes));

    let body = Rect::new(
        body.x + GROUP_INSET,
        body.y,
        body.w - 2.0 * GROUP_INSET,
        body.h - GROUP_INSET,
    );
    let body = match model.left_out() {
        None => body,
        Some((edit, readings)) => {
            let (line, body) = body.take_bottom(20.0, 4.0);
            let reading = readings.get(place).map_or("", String::as_str);
            scene
                .text(
                    ("without", place),
                    line,
                    format!("without {}: {reading}", edit + 1),
                )
                .caption()
                .tone(Tone::Pending)
                .describe(format!(
                    "Without edit {}, {name} would read “{reading}”",
                    edit + 1
                ));
            body
        }
    };
    contents(model, scene, replica, body);
}

fn tone(replica: &Replica, status: Status, lacking: usize) -> Tone {
    match status {
        _ if replica.amiss.is_some() => Tone::Failed,
        Status::Crashed => Tone::Failed,
        Status::Paused => Tone::Idle,
        Status::Up if replica.offline => Tone::Stale,
        Status::Up if lacking > 0 => Tone::Pending,
        Status::Up => Tone::Good,
    }
}

fn badges<'s>(
    group: Placed<'s, Group>,
    world: &World<Event>,
    replica: &Replica,
    lacking: usize,
) -> Placed<'s, Group> {
    let status = world.network().status(replica.node);
    let clock = world.network().clock(replica.node, world.now());
    let ahead = (clock - world.now()).as_secs_f64() - (world.now() - clock).as_secs_f64();
    let lacks = match lacking {
        1 => "lacks 1 edit".to_owned(),
        _ => format!("lacks {lacking} edits"),
    };
    let wrong = replica.amiss.as_ref().map(|(_, reason)| reason.clone());
    group
        .when(status == Status::Crashed, |group| {
            group.badge(Badge::new("crashed", Tone::Failed))
        })
        .when(status == Status::Paused, |group| {
            group.badge(Badge::new("paused", Tone::Idle))
        })
        .when(replica.offline, |group| {
            group.badge(Badge::new("offline", Tone::Stale))
        })
        .when(libm::fabs(ahead) >= 0.5, |group| {
            group.badge(Badge::new(format!("clock {ahead:+.0} s"), Tone::Stale))
        })
        .with(wrong, |group, reason| {
            group.badge(Badge::new(reason, Tone::Failed))
        })
        .when(lacking > 0, |group| {
            group.badge(Badge::new(lacks, Tone::Pending))
        })
}

/// What a person may do to a replica; a plain click does what its data invites to.
fn menu(group: Placed<'_, Group>, model: &Replicas, world: &World<Event>, replica: &Replica) {
    let on = |name: &str| Call::new(name).with("node", i64::from(replica.node.0));
    let counts = replica.state.count().is_some();
    let falls = counts && !matches!(replica.state, State::GCounter(_));
    let online = if replica.offline {
        ("Come online", on("online"))
    } else {
        ("Go offline", on("offline"))
    };
    let mut group = group
        .when(counts, |group| group.menu("Count one", on("count")))
        .when(falls, |group| {
            group.menu("Take one away", on("count").with("by", -1))
        })
        .menu(online.0, online.1);
    for other in model
        .replicas()
        .iter()
        .filter(|other| other.node != replica.node)
    {
        let call = Call::new("merge")
            .with("from", i64::from(other.node.0))
            .with("into", i64::from(replica.node.0));
        let label = format!("Merge from {}", world.network().name(other.node));
        group = group.menu(label, call);
    }
    // The item is on the stage already; what comes back is only for saying more.
    let _ = staging::with_faults(group, world.network(), replica.node);
}

fn contents(model: &Replicas, scene: &mut SceneBuilder, replica: &Replica, body: Rect) {
    match &replica.state {
        State::GCounter(count) => {
            let each = |id| count.counts().get(id).to_string();
            counter(scene, model.knobs(), replica, body, Some(&each));
        }
        State::PnCounter(count) => {
            let each = |id| match (count.added().get(id), count.taken().get(id)) {
                (added, 0) => added.to_string(),
                (added, taken) => format!("{added}−{taken}"),
            };
            counter(scene, model.knobs(), replica, body, Some(&each));
        }
        State::NaiveCounter(_) | State::Nothing => {
            counter(scene, model.knobs(), replica, body, None)
        }
        State::LwwRegister(_) | State::MvRegister(_) => register(scene, replica, body),
        State::GSet(_)
        | State::TwoPhaseSet(_)
        | State::OrSet(_)
        | State::NaiveSet(_)
        | State::OrMap(_) => collection(model, scene, replica, body),
        State::Text(_) => text(scene, replica, body),
    }
}

/// The sum, large, and under it what each replica has counted.
fn counter(
    scene: &mut SceneBuilder,
    knobs: &Knobs,
    replica: &Replica,
    body: Rect,
    each: Option<&dyn Fn(ReplicaId) -> String>,
) {
    let place = usize::from(replica.node.0);
    let reading = replica.state.reading();
    let (cells, figure) = body.take_bottom(26.0, 2.0);
    let figure = if each.is_some() { figure } else { body };
    scene
        .text(("count", place), figure, reading.clone())
        .figure()
        .align(crate::scene::Align::Middle)
        .describe(format!("The count reads {reading}"));
    let Some(each) = each else {
        return;
    };
    let ids = (0..knobs.replicas as u16).map(ReplicaId);
    let counts: Vec<String> = ids.map(each).collect();
    scene
        .cells(
            ("counts", place),
            cells,
            counts
                .iter()
                .enumerate()
                .map(|(id, count)| Cell::new(count.clone(), Tone::series(id))),
        )
        .describe(format!("Counted by each replica: {}", counts.join(", ")));
}

const CHIP_HEIGHT: f64 = 24.0;
const FIELD_HEIGHT: f64 = 30.0;

/// The width a chip needs for its words, nearly.
fn chip_width(words: &str, most: f64) -> f64 {
    (words.chars().count() as f64 * 7.4 + 22.0).min(most)
}

/// Frames for chips in rows; fewer than there are words if they do not all fit.
fn flow(body: Rect, words: &[String]) -> Vec<Rect> {
    let mut frames = Vec::new();
    let (mut x, mut y) = (body.x, body.y);
    for word in words {
        let w = chip_width(word, body.w);
        if x + w > body.right() + 0.01 {
            (x, y) = (body.x, y + CHIP_HEIGHT + 6.0);
        }
        if y + CHIP_HEIGHT > body.bottom() + 0.01 {
            break;
        }
        frames.push(Rect::new(x, y, w, CHIP_HEIGHT));
        x += w + 6.0;
    }
    frames
}

fn collection(model: &Replicas, scene: &mut SceneBuilder, replica: &Replica, body: Rect) {
    let place = usize::from(replica.node.0);
    let on = |name: &str| Call::new(name).with("node", i64::from(replica.node.0));
    let is_map = matches!(replica.state, State::OrMap(_));
    let (field, body) = if body.h >= FIELD_HEIGHT + CHIP_HEIGHT + 8.0 {
        let (field, rest) = body.take_bottom(FIELD_HEIGHT, 8.0);
        (Some(field), rest)
    } else {
        (None, body)
    };
    let keys: Vec<&String> = replica
        .state
        .elements()
        .into_iter()
        .flatten()
        .take(60)
        .collect();
    let entries: Vec<(String, bool)> = keys.iter().map(|key| entry(&replica.state, key)).collect();
    let words: Vec<String> = entries.iter().map(|(words, _)| words.clone()).collect();
    let frames = flow(body, &words);
    for ((key, (words, conflict)), frame) in keys.iter().zip(&entries).zip(&frames) {
        let is_last = std::ptr::eq(frame, &frames[frames.len() - 1]);
        let total = replica.state.elements().map_or(0, Iterator::count);
        if is_last && frames.len() < total {
            let more = total - frames.len() + 1;
            scene
                .text(("more", place), *frame, format!("+{more} more"))
                .caption()
                .describe(format!("{more} more elements"));
            break;
        }
        let tone = if *conflict {
            Tone::Pending
        } else {
            Tone::Plain
        };
        let id = format!("element-{place}-{}", slug(key));
        scene
            .chip(id, *frame, words.clone())
            .tone(tone)
            .when(is_map, |chip| {
                let more = next_value(&replica.state, key);
                let put = on("put")
                    .with("key", key.as_str())
                    .with("value", more.clone());
                chip.menu(format!("Make it {more}"), put)
            })
            .menu(
                format!("Remove {key}"),
                on("remove").with("element", key.as_str()),
            );
    }
    let Some(field) = field else {
        return;
    };
    let (call, parameter) = if is_map {
        (on("put").with("value", "1"), "key")
    } else {
        (on("add"), "element")
    };
    scene
        .text_field(("add", place), field, "", call, parameter)
        .label("Add")
        .placeholder("Add …");
}

/// The elements of a copy: those that someone edited come first.
fn edited_first<'m>(model: &'m Replicas, replica: &'m Replica) -> Vec<&'m String> {
    let edited: BTreeSet<&str> = model
        .witness()
        .edits()
        .iter()
        .filter_map(|edit| edit.wish.key())
        .collect();
    let (mut first, rest): (Vec<_>, Vec<_>) = replica
        .state
        .elements()
        .into_iter()
        .flatten()
        .partition(|element| edited.contains(element.as_str()));
    first.extend(rest);
    first.truncate(60);
    first
}

/// A key with its values, and whether they are in conflict.
fn entry(state: &State, key: &str) -> (String, bool) {
    match state.values(key) {
        Some(values) => {
            let words: Vec<&str> = values.iter().map(|value| value.as_str()).collect();
            (format!("{key}: {}", words.join(" | ")), values.len() > 1)
        }
        None => (key.to_owned(), false),
    }
}

/// The largest number under a key, and one more.
fn next_value(state: &State, key: &str) -> String {
    let values = state.values(key).unwrap_or_default();
    let numbers = values.iter().filter_map(|value| value.parse::<u32>().ok());
    numbers.max().map_or(1, |n| n.saturating_add(1)).to_string()
}

/// Fit for an id: distinct for distinct words, without white space.
fn slug(words: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric();
    if words.chars().all(plain) {
        return words.to_owned();
    }
    words
        .chars()
        .map(|c| {
            if plain(c) {
                c.to_string()
            } else {
                format!("_{:x}_", u32::from(c))
            }
        })
        .collect()
}

fn register(scene: &mut SceneBuilder, replica: &Replica, body: Rect) {
    let place = usize::from(replica.node.0);
    let call = Call::new("write").with("node", i64::from(replica.node.0));
    let values: Vec<String> = replica
        .state
        .values("")
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    let (field, chips) = body.take_bottom(FIELD_HEIGHT, 8.0);
    let conflict = values.len() > 1;
    for (value, frame) in values.iter().zip(flow(chips, &values)) {
        scene
            .chip(
                format!("value-{place}-{}", slug(value)),
                frame,
                value.clone(),
            )
            .tone(if conflict { Tone::Pending } else { Tone::Plain })
            .describe(if value.is_empty() {
                "An empty value"
            } else {
                value.as_str()
            })
            .when(conflict, |chip| {
                chip.menu(
                    format!("Settle on {value}"),
                    call.clone().with("value", value.as_str()),
                )
            });
    }
    let shown = if conflict {
        ""
    } else {
        values.first().map_or("", String::as_str)
    };
    let placeholder = if conflict {
        "Settle it …"
    } else {
        "Write …"
    };
    scene
        .text_field(("write", place), field, shown, call, "value")
        .label("Value")
        .placeholder(placeholder);
}

fn text(scene: &mut SceneBuilder, replica: &Replica, body: Rect) {
    let Some(text) = replica.state.text() else {
        return;
    };
    let mut runs: Vec<TextRun> = Vec::new();
    for (dot, _) in text.iter() {
        let tone = Tone::series(usize::from(dot.replica.0));
        match runs.last_mut() {
            Some(run) if run.tone == tone => run.chars += 1,
            Some(_) | None => runs.push(TextRun { chars: 1, tone }),
        }
    }
    let value = text.to_string();
    let call = Call::new("edit")
        .with("node", i64::from(replica.node.0))
        .with("was", value.as_str());
    scene
        .text_field(
            ("text", usize::from(replica.node.0)),
            body,
            value,
            call,
            "text",
        )
        .label("Text")
        .placeholder("Type …")
        .multiline()
        .live()
        .runs(runs);
}

/// The last edits, each with who knows it.
fn history(model: &Replicas, scene: &mut SceneBuilder, frame: Rect) {
    let edits = model.witness().edits();
    let title = match edits.len() {
        0 => "History".to_owned(),
        1 => "History: 1 edit, and who knows it".to_owned(),
        count => format!("History: {count} edits, and who knows them"),
    };
    scene.group("history", frame, title);
    let inside = Rect::new(
        frame.x + GROUP_INSET,
        frame.y + GROUP_TITLE,
        frame.w - 2.0 * GROUP_INSET,
        frame.h - GROUP_TITLE - 10.0,
    );
    if edits.is_empty() {
        scene
            .text(
                "no-history",
                inside,
                "Edit a copy: what is done stands here.",
            )
            .caption();
        return;
    }
    let places = inside.columns(scene.pick(6, 3), 10.0);
    let first = edits.len().saturating_sub(places.len());
    let left_out = model.left_out().map(|(edit, _)| edit);
    for (index, (edit, frame)) in edits.iter().skip(first).zip(places).enumerate() {
        let (place, number) = (first + index, first + index + 1);
        let knows = |replica: usize| model.witness().known(replica).contains(edit.dot);
        let replicas = 0..model.replicas().len();
        let known_to: Vec<&str> = replicas
            .clone()
            .filter(|&replica| knows(replica))
            .map(|replica| NAMES[replica])
            .collect();
        let author = NAMES[usize::from(edit.dot.replica.0)];
        let is_out = left_out == Some(place);
        let (label, call) = if is_out {
            (
                "Put it back into history",
                Call::new("without").with("edit", 0),
            )
        } else {
            (
                "Leave it out of history",
                Call::new("without").with("edit", number as i64),
            )
        };
        scene
            .node(("edit", number), frame)
            .label(edit.wish.words())
            .note(format!("{number} · {author}"))
            .tone(if is_out {
                Tone::Refused
            } else {
                Tone::series(usize::from(edit.dot.replica.0))
            })
            .dots(replicas.map(|replica| {
                if knows(replica) {
                    Tone::Good
                } else {
                    Tone::Idle
                }
            }))
            .describe(format!(
                "Edit {number} by {author}, at {}: {}{}; known to {}",
                time(edit.at),
                edit.wish.words(),
                if is_out { ", left out" } else { "" },
                known_to.join(", "),
            ))
            .when(is_out, Placed::dim)
            .menu(label, call);
    }
}

fn time(at: SimTime) -> String {
    format!("{:.1} s", at.as_secs_f64())
}

fn summary(model: &Replicas) -> String {
    let readings = readings(model);
    if let [(reading, _)] = readings.as_slice() {
        let count = model.replicas().len();
        return format!("All {count} replicas read “{reading}”");
    }
    let parts: Vec<String> = readings
        .iter()
        .map(|(reading, names)| {
            let verb = if names.len() == 1 { "reads" } else { "read" };
            format!("{} {verb} “{reading}”", names.join(" and "))
        })
        .collect();
    parts.join("; ")
}
