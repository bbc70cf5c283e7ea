//! The picture: a card for each copy, messages between them, and the history below.
//!
//! Everything is read from the model and its world; nothing here decides anything.

use super::algorithm::{DotStore, PerReplica, ReplicaId, Text, encoded_len};
use super::model::replicated::State;
use super::model::{Event, NAMES, Replica, Replicas, readings};
use crate::kernel::network::{NodeId, Status};
use crate::real::fixed;
use crate::scene::{
    Align, Badge, Cell, GROUP_INSET, GROUP_TITLE, Group, ItemId, Placed, Rect, SceneBuilder,
    TextRun, Tone, chip_width,
};
use crate::simulation::World;
use crate::sorted::SortedSet;
use crate::staging;
use crate::time::SimTime;
use crate::value::Call;
use crate::words::counted;

/// Draws the whole stage.
pub(super) fn draw(model: &Replicas, world: &World<Event>, scene: &mut SceneBuilder) {
    scene.summary(summary(model));
    let rows = if model.replicas().len() == 2 && !scene.is_tall() {
        2
    } else {
        1
    };
    let strip = 44.0 + 60.0 * f64::from(rows);
    let (below, stage) = scene.area().take_bottom(strip, 12.0);
    let frames = frames(scene, stage, model.replicas().len());

    links(model, world, scene);
    for (replica, frame) in model.replicas().iter().zip(&frames) {
        card(model, world, scene, replica, *frame);
    }
    history(model, scene, below, rows as usize);
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
        (..=2, false) => ends(330.0, 290.0, &[(0.0, 0.5), (1.0, 0.5)]),
        (3, false) => ends(290.0, 166.0, &[(0.5, 0.0), (0.0, 1.0), (1.0, 1.0)]),
        (4, false) => ends(
            270.0,
            156.0,
            &[(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)],
        ),
        (5 | 6, false) => stage.around(count, 200.0, 122.0),
        (_, false) => stage.around(count, 176.0, 100.0),
        (..=2, true) => ends(400.0, 210.0, &[(0.5, 0.0), (0.5, 1.0)]),
        (3, true) => ends(244.0, 150.0, &[(0.0, 0.0), (1.0, 0.5), (0.0, 1.0)]),
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
        for (ahead, other) in model.replicas()[place + 1..].iter().enumerate() {
            // In two long columns a link to the next but one would run across a card.
            if scene.is_tall() && model.replicas().len() > 4 && ahead % 2 == 1 && ahead > 1 {
                continue;
            }
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
    let bytes = encoded_len(&replica.state);
    let badge = badge(world, replica, lacking);
    // A narrow card has no room for its size beside a badge.
    let label = if badge.is_some() && frame.w < 260.0 {
        name.to_owned()
    } else {
        format!("{name} · {bytes} B")
    };
    let group = scene
        .group(item(replica.node), frame, label)
        .tone(tone(replica, network.status(replica.node), lacking))
        .describe(format!(
            "{name} reads “{}”, in {bytes} bytes",
            replica.state.reading()
        ))
        .with(badge, Placed::badge);
    menu(group, model, world, replica);

    let body = frame.inside_group();
    let takes_words = replica.state.elements().is_some();
    let least = if takes_words {
        FIELD_HEIGHT + CHIP_HEIGHT
    } else {
        0.0
    };
    let body = remark(model, scene, replica, body, least);
    match &replica.state {
        State::Nothing | State::GCounter(_) | State::PnCounter(_) | State::NaiveCounter(_) => {
            count(scene, replica, body);
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

/// The foot of a card: what it would read without the edit that is left out, or what is wrong with
/// it, or, where that leaves a height of `least`, what it keeps beside the data. Returns what is left
/// above.
fn remark(
    model: &Replicas,
    scene: &mut SceneBuilder,
    replica: &Replica,
    body: Rect,
    least: f64,
) -> Rect {
    const LINE: f64 = 18.0;
    let place = usize::from(replica.node.0);
    let name = NAMES[place];
    let (line, rest) = body.take_bottom(LINE, 6.0);
    if let Some((edit, readings)) = model.left_out() {
        let reading = readings.get(place).map_or("", String::as_str);
        let number = edit + 1;
        scene
            .text(
                ("remark", place),
                line,
                format!("without {number}: {reading}"),
            )
            .caption()
            .tone(Tone::Pending)
            .describe(format!(
                "Without edit {number}, {name} would read “{reading}”"
            ));
        return rest;
    }
    if let Some((_, reason)) = &replica.amiss {
        let both = line.union(line.moved(0.0, -LINE));
        let frame = if body.h > 90.0 { both } else { line };
        scene
            .text(("remark", place), frame, reason.clone())
            .caption()
            .tone(Tone::Failed);
        return body.take_bottom(frame.h, 4.0).1;
    }
    match kept_beside(model, &replica.state) {
        Beside::PerReplica(words, counts) if body.h >= least + 30.0 => {
            let (line, rest) = body.take_bottom(24.0, 6.0);
            per_replica(scene, place, line, words, &counts);
            rest
        }
        Beside::Words(words) if body.h >= least + LINE + 6.0 => {
            scene.text(("remark", place), line, words).caption();
            rest
        }
        Beside::PerReplica(..) | Beside::Words(_) | Beside::Nothing => body,
    }
}

/// A number for each replica, in its tone: with words in front, or in the middle without.
fn per_replica(scene: &mut SceneBuilder, place: usize, line: Rect, words: &str, counts: &[String]) {
    let longest = counts.iter().map(String::len).max().unwrap_or(1) as f64;
    let width = (longest * 7.0 + 20.0) * counts.len() as f64;
    let strip = if words.is_empty() {
        line.centered(width, line.h)
    } else {
        let (caption, strip) = line.take_left(38.0, 0.0);
        scene
            .text(("remark", place), caption.moved(0.0, 3.0), words)
            .caption()
            .describe(format!(
                "{} has {words}: {}",
                NAMES[place],
                counts.join(", ")
            ));
        strip.take_left(width, 0.0).0
    };
    let cells = counts.iter().enumerate();
    scene
        .cells(
            ("counts", place),
            strip,
            cells.map(|(id, count)| Cell::new(count.clone(), Tone::series(id))),
        )
        .describe(format!("By replica: {}", counts.join(", ")));
}

/// What a type keeps beside what is read.
enum Beside {
    /// A number for each replica, with words in front.
    PerReplica(&'static str, Vec<String>),
    /// A few words.
    Words(String),
    /// Nothing.
    Nothing,
}

fn kept_beside(model: &Replicas, state: &State) -> Beside {
    let ids = || (0..model.replicas().len() as u16).map(ReplicaId);
    let seen = |vector: &PerReplica| {
        Beside::PerReplica("seen", ids().map(|id| vector.get(id).to_string()).collect())
    };
    match state {
        State::GCounter(count) => {
            let counts = ids().map(|id| count.counts().get(id).to_string());
            Beside::PerReplica("", counts.collect())
        }
        State::PnCounter(count) => {
            let each = |id| match (count.added().get(id), count.taken().get(id)) {
                (added, 0) => added.to_string(),
                (added, taken) => format!("{added}−{taken}"),
            };
            Beside::PerReplica("", ids().map(each).collect())
        }
        State::OrSet(set) => seen(set.context().vector()),
        State::MvRegister(register) => seen(register.context().vector()),
        State::OrMap(map) => seen(map.context().vector()),
        State::LwwRegister(register) => register.stamp().map_or(Beside::Nothing, |stamp| {
            let writer = NAMES[usize::from(stamp.replica.0)];
            Beside::Words(format!("stamped {} by {writer}", time(stamp.time)))
        }),
        State::TwoPhaseSet(set) => Beside::Words(format!("{} tombstones", set.tombstones())),
        State::NaiveSet(_) => Beside::Words("keeps nothing of what was removed".to_owned()),
        State::NaiveCounter(_) => Beside::Words("one number for all".to_owned()),
        State::Text(text) => Beside::Words(format!(
            "{} characters, {} deleted ones kept",
            text.len(),
            text.tombstones()
        )),
        State::GSet(_) | State::Nothing => Beside::Nothing,
    }
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

/// Why a copy is behind or out of reach, in one badge.
fn badge(world: &World<Event>, replica: &Replica, lacking: usize) -> Option<Badge> {
    let clock = world.network().clock(replica.node, world.now());
    let ahead = (clock - world.now()).as_secs_f64() - (world.now() - clock).as_secs_f64();
    let mut reasons: Vec<(String, Tone)> = Vec::new();
    match world.network().status(replica.node) {
        Status::Crashed => reasons.push(("crashed".to_owned(), Tone::Failed)),
        Status::Paused => reasons.push(("paused".to_owned(), Tone::Idle)),
        Status::Up => {}
    }
    if replica.offline {
        reasons.push(("offline".to_owned(), Tone::Stale));
    }
    if libm::fabs(ahead) >= 0.5 {
        reasons.push((format!("clock {:+} s", fixed(ahead, 0)), Tone::Stale));
    }
    if lacking > 0 {
        reasons.push((format!("lacks {lacking}"), Tone::Pending));
    }
    let (_, tone) = reasons.first()?;
    let words: Vec<&str> = reasons.iter().map(|(words, _)| words.as_str()).collect();
    Some(Badge::new(words.join(" · "), *tone))
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
        group = group.menu_from(item(other.node), label, call);
    }
    // The item is on the stage already; what comes back is only for saying more.
    staging::with_faults(group, world.network(), replica.node);
}

/// The count, large.
fn count(scene: &mut SceneBuilder, replica: &Replica, body: Rect) {
    let reading = replica.state.reading();
    let figure = body.centered(body.w, 30.0);
    scene
        .text(
            ("count", usize::from(replica.node.0)),
            figure,
            reading.clone(),
        )
        .figure()
        .align(Align::Middle)
        .describe(format!("The count reads {reading}"));
}

const CHIP_HEIGHT: f64 = 22.0;
const FIELD_HEIGHT: f64 = 28.0;

/// Frames for chips in rows; fewer than there are chips if they do not all fit.
fn rows_of_chips<'w>(body: Rect, chips: impl IntoIterator<Item = (&'w str, Tone)>) -> Vec<Rect> {
    let widths = chips
        .into_iter()
        .map(|(words, tone)| chip_width(words, tone));
    body.flow(widths, CHIP_HEIGHT, 6.0)
}

/// The elements as chips, each in the tone of who added it, and a field to add another.
fn collection(model: &Replicas, scene: &mut SceneBuilder, replica: &Replica, body: Rect) {
    let place = usize::from(replica.node.0);
    let on = |name: &str| Call::new(name).with("node", i64::from(replica.node.0));
    let is_map = matches!(replica.state, State::OrMap(_));
    let gap = body.h - FIELD_HEIGHT - CHIP_HEIGHT;
    let (field, body) = if gap >= 0.0 {
        let (field, rest) = body.take_bottom(FIELD_HEIGHT, gap.min(8.0));
        (Some(field), rest)
    } else {
        (None, body)
    };
    let keys = edited_first(model, replica);
    let chips: Vec<(String, Tone)> = keys.iter().map(|key| entry(&replica.state, key)).collect();
    let frames = rows_of_chips(
        body,
        chips.iter().map(|(words, tone)| (words.as_str(), *tone)),
    );
    let total = replica.state.elements().map_or(0, Iterator::count);
    // The last place says how many more there are, if there are.
    let shown = if frames.len() < total {
        frames.len().saturating_sub(1)
    } else {
        total
    };
    for ((key, (words, tone)), frame) in keys.iter().zip(&chips).zip(&frames).take(shown) {
        scene
            .chip(
                format!("element-{place}-{}", slug(key)),
                *frame,
                words.clone(),
            )
            .tone(*tone)
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
    if let (true, Some(frame)) = (shown < total, frames.last()) {
        let more = total - shown;
        let frame = Rect::new(frame.x, frame.y, body.right() - frame.x, frame.h);
        scene
            .text(("more", place), frame.moved(0.0, 2.0), format!("+{more}"))
            .caption()
            .describe(format!("And {more} more"));
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
        .describe(format!("Add an element at {}", NAMES[place]))
        .placeholder("Add …");
}

/// The elements of a copy: those that someone edited come first.
fn edited_first<'m>(model: &'m Replicas, replica: &'m Replica) -> Vec<&'m String> {
    let edited: SortedSet<&str> = model
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

/// An element in words, in the tone of who added it; in conflict if it has several values.
fn entry(state: &State, key: &str) -> (String, Tone) {
    if let Some(values) = state.values(key) {
        let words: Vec<&str> = values.iter().map(|value| value.as_str()).collect();
        let tone = if words.len() > 1 {
            Tone::Pending
        } else {
            Tone::Plain
        };
        return (format!("{key}: {}", words.join(" | ")), tone);
    }
    let author = if let State::OrSet(set) = state {
        let dots = set.store().get(&key.to_owned()).map(DotStore::dots);
        dots.and_then(|dots| Some(usize::from(dots.last()?.replica.0)))
    } else {
        None
    };
    (key.to_owned(), author.map_or(Tone::Plain, Tone::series))
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

/// The value in a field; values in conflict as chips above it.
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
    let conflict = values.len() > 1;
    let block = body.centered(body.w, CHIP_HEIGHT + 10.0 + FIELD_HEIGHT);
    let (field, chips) = if conflict {
        block.take_bottom(FIELD_HEIGHT, 10.0)
    } else {
        (body.centered(body.w, FIELD_HEIGHT), Rect::default())
    };
    if conflict {
        let frames = rows_of_chips(
            chips,
            values.iter().map(|value| (value.as_str(), Tone::Pending)),
        );
        for (value, frame) in values.iter().zip(frames) {
            scene
                .chip(
                    format!("value-{place}-{}", slug(value)),
                    frame,
                    value.clone(),
                )
                .tone(Tone::Pending)
                .describe(format!("“{value}”, in conflict"))
                .menu(
                    format!("Settle on {value}"),
                    call.clone().with("value", value.as_str()),
                );
        }
    }
    let shown = if conflict {
        ""
    } else {
        values.first().map_or("", String::as_str)
    };
    scene
        .text_field(("write", place), field, shown, call, "value")
        .describe(format!("Value of {}", NAMES[place]))
        .placeholder(if conflict {
            "Settle it …"
        } else {
            "Write …"
        });
}

/// The text in a field, underlined by who wrote what.
fn text(scene: &mut SceneBuilder, replica: &Replica, body: Rect) {
    let place = usize::from(replica.node.0);
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
    let body = kept_characters(scene, place, text, body);
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
        .describe(format!("Text of {}", NAMES[place]))
        .placeholder("Type …")
        .multiline()
        .live()
        .runs(runs);
}

/// The text as it is kept, deleted characters too, where there is room. Returns what is left above.
fn kept_characters(scene: &mut SceneBuilder, place: usize, text: &Text, body: Rect) -> Rect {
    const COLUMNS: usize = 20;
    const ROW: f64 = 22.0;
    let count = text.iter_all().count();
    let rows = count.div_ceil(COLUMNS);
    let height = ROW * rows as f64;
    if rows == 0 || body.h < height + 70.0 {
        return body;
    }
    let (strip, rest) = body.take_bottom(height, 10.0);
    let cells = text.iter_all().map(|(dot, value, deleted)| {
        let cell = Cell::new(value, Tone::series(usize::from(dot.replica.0)));
        if deleted { cell.struck() } else { cell }
    });
    scene
        .cells(("kept", place), strip, cells)
        .columns(COLUMNS)
        .describe(format!(
            "{} kept, deleted ones too",
            counted(count, ["character is", "characters are"])
        ));
    rest
}

/// The last edits, each with who knows it.
fn history(model: &Replicas, scene: &mut SceneBuilder, frame: Rect, rows: usize) {
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
    let places = inside.grid(scene.pick(6, 3), rows, 8.0);
    let first = edits.len().saturating_sub(places.len());
    for (index, frame) in (first..edits.len()).zip(places) {
        edit_box(model, scene, index, frame);
    }
}

/// One edit of history, with a dot for each replica: filled if it knows the edit.
fn edit_box(model: &Replicas, scene: &mut SceneBuilder, index: usize, frame: Rect) {
    let edit = &model.witness().edits()[index];
    let number = index + 1;
    let author = usize::from(edit.dot.replica.0);
    let knows = |replica: usize| model.witness().known(replica).contains(edit.dot);
    let replicas = 0..model.replicas().len();
    let known_to: Vec<&str> = replicas
        .clone()
        .filter(|&replica| knows(replica))
        .map(|replica| NAMES[replica])
        .collect();
    let is_out = model.left_out().is_some_and(|(out, _)| out == index);
    let without = |number: i64| Call::new("without").with("edit", number);
    scene
        .node(("edit", number), frame)
        .label(edit.wish.words())
        .note(format!("{number} · {}", NAMES[author]))
        .tone(if is_out {
            Tone::Refused
        } else {
            Tone::series(author)
        })
        .dots(replicas.map(|replica| {
            if knows(replica) {
                Tone::Good
            } else {
                Tone::Idle
            }
        }))
        .describe(format!(
            "Edit {number} by {}, at {}: {}{}; known to {}",
            NAMES[author],
            time(edit.at),
            edit.wish.words(),
            if is_out { ", left out" } else { "" },
            known_to.join(", "),
        ))
        .when(is_out, |node| {
            node.dim().menu("Put it back into history", without(0))
        })
        .when(!is_out, |node| {
            node.menu("Leave it out of history", without(number as i64))
        });
}

fn time(at: SimTime) -> String {
    format!("{} s", fixed(at.as_secs_f64(), 1))
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
