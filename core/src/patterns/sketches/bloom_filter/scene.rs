//! The picture: a key, the bytes of its hash, the places that follow from it, the bits, and what
//! came of it; below, how full the filter is and how often it errs.

use std::cell::OnceCell;
use std::rc::Rc;

use super::algorithm::BLOCK_BITS;
use super::filter::Filter;
use super::knobs::{Function, Mode};
use super::model::{Answer, Deed, Sieve, Stage, Work};
use crate::prelude::*;
use crate::real::fixed;
use crate::scene::{Axis, Bar, Cell, End, Link, Mark, Placed, Point, Rect, Swarm};
use crate::words::{counted, grouped};

/// Up to so many bits each is a box of its own; more are points.
const MOST_BOXES: usize = 1_024;
/// Up to so many bits a box shows what is in it.
const MOST_READABLE: usize = 256;

/// What a bit that is set looks like.
const SET: Tone = Tone::Series(0);

/// The bits of a large filter as points, on stages of both shapes: worked out when they are first
/// shown, and kept until a bit changes.
#[derive(Debug, Default)]
pub(super) struct Drawing {
    wide: OnceCell<Swarm>,
    tall: OnceCell<Swarm>,
}

pub(super) fn draw(sieve: &Sieve, scene: &mut SceneBuilder) {
    scene.summary(summary(sieve));
    let stage = Frames::lay_out(sieve, scene);
    fields(sieve, scene, stage.fields);
    verdict(sieve, scene, stage.verdict);
    hash(sieve, scene, stage.hash);
    places(sieve, scene, stage.places);
    match sieve.filter.len() <= MOST_BOXES {
        true => boxes(sieve, scene, stage.bits),
        false => points(sieve, scene, stage.bits),
    }
    if let Some(frame) = stage.store {
        store(sieve, scene, frame);
    }
    denied(sieve, scene, stage.denied);
    gauges(sieve, scene, stage.gauges);
}

/// Where everything goes.
struct Frames {
    fields: Rect,
    verdict: Rect,
    hash: Rect,
    places: Rect,
    bits: Rect,
    /// How many members are denied.
    denied: Rect,
    /// Keys that are in the store, where each bit is a box.
    store: Option<Rect>,
    gauges: Rect,
}

impl Frames {
    fn lay_out(sieve: &Sieve, scene: &SceneBuilder) -> Self {
        let area = scene.area();
        let hashes = sieve.filter.shape().hashes() as usize;
        let rows = hashes.div_ceil(scene.pick(24, 8)) as f64;
        let (fields, verdict, rest) = if scene.is_tall() {
            let (fields, rest) = area.take_top(58.0, 6.0);
            let (verdict, rest) = rest.take_top(40.0, 8.0);
            (fields, verdict, rest)
        } else {
            let (top, rest) = area.take_top(58.0, 14.0);
            let (fields, verdict) = top.take_left(430.0, 24.0);
            (fields, verdict, rest)
        };
        let (hash, rest) = rest.take_top(52.0, 12.0);
        let (places, rest) = rest.take_top(24.0 + rows * scene.pick(30.0, 26.0), 0.0);
        let (gauges, rest) = rest.take_bottom(scene.pick(92.0, 196.0), 16.0);
        let (_, bits) = rest.take_top(34.0, 0.0);
        let (line, _) = places.take_top(24.0, 0.0);
        let (denied, _) = line.take_right(150.0, 0.0);
        let (store, bits) = match sieve.filter.len() <= MOST_READABLE {
            true => {
                let (store, bits) = bits.take_bottom(50.0, 22.0);
                (Some(store), bits)
            }
            false => (None, bits),
        };
        Self {
            fields,
            verdict,
            hash,
            places: in_the_middle(places, hashes.min(scene.pick(24, 8)), sieve.filter.len()),
            bits,
            denied,
            store,
            gauges,
        }
    }
}

/// The part of a row that so many boxes with places of a filter take, in its middle: so that the
/// ways to the bits are short.
fn in_the_middle(row: Rect, boxes: usize, places: usize) -> Rect {
    // A digit takes eight units, and the edges of a box fourteen; the heading needs the rest.
    let digits = places.to_string().len() as f64;
    let wide = boxes as f64 * (digits * 8.0 + 14.0).max(26.0);
    row.centered(wide.max(280.0), row.h)
}

fn summary(sieve: &Sieve) -> String {
    let shape = sieve.filter.shape();
    let name = match sieve.knobs.mode {
        Mode::Plain => "A Bloom filter",
        Mode::Counting => "A counting Bloom filter",
        Mode::Blocked => "A blocked Bloom filter",
    };
    let mut text = format!(
        "{name} of {} bits with {} for each key holds {}; {} of its bits are set",
        shape.bits(),
        shape.hashes(),
        keys(sieve.members.len()),
        percent(fill(sieve)),
    );
    if let Some(work) = &sieve.work {
        let deed = match work.deed {
            Deed::Add => "being added",
            Deed::Ask => "asked for",
            Deed::Remove => "being removed",
        };
        text += &format!("; {} is {deed}", work.key);
    }
    text + "."
}

/// Where a key can be typed.
fn fields(sieve: &Sieve, scene: &mut SceneBuilder, frame: Rect) {
    let [add, ask] = frame.columns_of([1.0, 1.0], 14.0);
    let present = |deed: Deed| {
        let work = sieve.work.as_ref().filter(|work| work.deed == deed);
        work.map_or_else(String::new, |work| work.key.to_string())
    };
    for (id, label, frame, deed) in [
        ("add", "Add a key", add, Deed::Add),
        ("ask", "Ask for a key", ask, Deed::Ask),
    ] {
        scene
            .text_field(id, frame, present(deed), Call::new(id), "key")
            .label(label)
            .placeholder("any text");
    }
}

/// What the filter said, and what is so.
fn verdict(sieve: &Sieve, scene: &mut SceneBuilder, frame: Rect) {
    let (words, note, tone) = spoken(sieve);
    let (line, rest) = frame.take_top(scene.pick(28.0, 20.0), 2.0);
    scene.text("answer", line, words).title().tone(tone);
    scene.text("why", rest, note).caption();
}

fn spoken(sieve: &Sieve) -> (String, String, Tone) {
    let of = |words: &str, note: String, tone| (words.to_owned(), note, tone);
    let Some(work) = &sieve.work else {
        let sample = &sieve.sample;
        if sample.strangers == 0 {
            let note = format!("{} in.", keys(sieve.members.len()));
            return of("Add a key, or ask for one", note, Tone::Plain);
        }
        let (expected, _) = sample.theory();
        let note = format!(
            "{} to be expected of them.",
            percent_of(expected, sample.strangers)
        );
        let strangers = counted(sample.strangers, ["stranger", "strangers"]);
        let words = format!("{} of {strangers} passed", sample.passed);
        return (words, note, Tone::Plain);
    };
    let key = &work.key;
    let denied = sieve.audit.denied.count;
    match (work.answer, work.deed) {
        (Some(Answer::No), _) => of(
            "No, for certain",
            format!("{key} was never added. A read is saved."),
            Tone::Good,
        ),
        (Some(Answer::Found), _) => of(
            "Maybe: and it is there",
            format!("The store is read, and has {key}."),
            Tone::Good,
        ),
        (Some(Answer::InVain), _) => of(
            "Maybe: but it is not there",
            format!("A false positive: set by {}.", listed(&work.blamed)),
            Tone::Stale,
        ),
        (Some(Answer::Denied), _) => of(
            "No: but it was added",
            format!("A false negative: {key} has lost a bit."),
            Tone::Failed,
        ),
        (None, Deed::Remove) if work.stage == Stage::Over && denied > 0 => (
            format!("{key} is out"),
            format!(
                "With it went what others need: {} denied now.",
                keys(denied)
            ),
            Tone::Failed,
        ),
        (None, deed) => under_way(work, deed),
    }
}

fn under_way(work: &Work, deed: Deed) -> (String, String, Tone) {
    let key = &work.key;
    let over = work.stage == Stage::Over;
    let words = match (deed, over) {
        (Deed::Add, false) => format!("Adding {key}"),
        (Deed::Add, true) => format!("{key} is in"),
        (Deed::Ask, _) => format!("Was {key} added?"),
        (Deed::Remove, false) => format!("Removing {key}"),
        (Deed::Remove, true) => format!("{key} is out"),
    };
    let note = match work.stage {
        Stage::Key => "To be hashed.".to_owned(),
        Stage::Hashed => "Its hash gives its places.".to_owned(),
        Stage::Places(done) => format!("{done} of {} places done.", work.places.len()),
        Stage::Over => {
            let new = work.before.iter().filter(|set| !**set).count();
            match deed {
                Deed::Add => format!("{new} of its {} bits were new.", work.places.len()),
                Deed::Ask | Deed::Remove => String::from("Everybody else is still there."),
            }
        }
    };
    let tone = if over { Tone::Good } else { Tone::Active };
    (words, note, tone)
}

/// Names, each once, at most three of them.
fn listed(keys: &[Rc<str>]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for key in keys {
        if !names.contains(&&**key) {
            names.push(key);
        }
    }
    let more = names.len().saturating_sub(3);
    names.truncate(3);
    let list = names.join(", ");
    match more {
        0 => list,
        more => format!("{list} and {more} more"),
    }
}

/// The bytes of the hash, in its two halves.
fn hash(sieve: &Sieve, scene: &mut SceneBuilder, frame: Rect) {
    let work = sieve
        .work
        .as_ref()
        .filter(|work| work.stage >= Stage::Hashed);
    let blocked = sieve.knobs.mode == Mode::Blocked;
    let bytes = match blocked {
        true => 8,
        false => 16,
    };
    let cells = (0..bytes).map(|at| {
        let tone = if at < 8 {
            Tone::Series(4)
        } else {
            Tone::Series(2)
        };
        match work {
            Some(work) => Cell::new(format!("{:02x}", work.digest.bytes()[at]), tone),
            None => Cell::new("", Tone::Idle).dashed(),
        }
    });
    let name = match sieve.knobs.function {
        Function::Murmur3 => "MurmurHash3",
        Function::Xxh3 => "XXH3",
    };
    let label = match (&sieve.work, blocked) {
        (Some(work), false) => format!("{name} of {}: two halves", work.key),
        (Some(work), true) => format!("{name} of {}", work.key),
        (None, _) => format!("{name} of a key"),
    };
    let words = match work {
        None => format!("{label}: not hashed yet"),
        Some(work) if blocked => format!("{label}: {:016x}", work.digest.low),
        Some(work) => format!(
            "{label}, {:016x} and {:016x}",
            work.digest.low, work.digest.high
        ),
    };
    scene
        .cells("hash", frame, cells)
        .label(label)
        .describe(words);
}

/// One box for each hash: the place that it gives.
fn places(sieve: &Sieve, scene: &mut SceneBuilder, frame: Rect) {
    let hashes = sieve.filter.shape().hashes() as usize;
    let work = sieve.work.as_ref().filter(|work| !work.places.is_empty());
    let cells = (0..hashes).map(|at| match work {
        None => Cell::new("", Tone::Idle).dashed(),
        Some(work) => {
            let text = work.places[at].to_string();
            match state(work, at) {
                None => Cell::new(text, Tone::Pending),
                Some(tone) => Cell::new(text, tone),
            }
        }
    });
    let label = match (sieve.knobs.mode, hashes) {
        (Mode::Blocked, _) => "A block from the hash, and bits in it",
        (Mode::Plain | Mode::Counting, 1) => "One hash: the bit of the key",
        (Mode::Plain | Mode::Counting, _) => "First half + i × second half: its bits",
    };
    // Beside how many are denied a narrow stage has room for less.
    let heading = match sieve.audit.denied.count {
        1.. if scene.is_tall() => "Its bits",
        _ => label,
    };
    let tell = work.map(|work| {
        let told = |(at, place): (usize, &usize)| match state(work, at) {
            None => place.to_string(),
            Some(tone) => format!("{place} ({})", tone.word()),
        };
        let list: Vec<String> = work.places.iter().enumerate().map(told).collect();
        format!("{label}: {}", list.join(", "))
    });
    let columns = hashes.min(scene.pick(24, 8));
    scene
        .cells("places", frame, cells)
        .label(heading)
        .columns(columns)
        .describe(tell.unwrap_or_else(|| format!("{hashes} places of a key, not known yet")));
}

/// How a place that is done came out; none for one that is still to come.
fn state(work: &Work, at: usize) -> Option<Tone> {
    let set = *work.before.get(at)?;
    Some(match (work.deed, set, work.answer) {
        (Deed::Ask, false, _) => Tone::Refused,
        (Deed::Ask, true, Some(Answer::InVain)) => Tone::Stale,
        (Deed::Ask, true, _) => Tone::Good,
        (Deed::Add, true, _) => Tone::Good,
        (Deed::Add, false, _) => Tone::Active,
        (Deed::Remove, ..) => Tone::Stale,
    })
}

/// Names to a row in the store, and at most.
const NAMES_TO_A_ROW: (usize, usize) = (11, 5);

/// Keys that are in the store, those first whose bits a stranger passed by, with the ways to these,
/// and then those that the filter denies.
fn store(sieve: &Sieve, scene: &mut SceneBuilder, frame: Rect) {
    let most = scene.pick(NAMES_TO_A_ROW.0, NAMES_TO_A_ROW.1);
    let work = sieve.work.as_ref();
    let blamed: &[Rc<str>] = work.map_or(&[], |work| &work.blamed);
    let mut names: Vec<Rc<str>> = Vec::new();
    for key in blamed {
        if !names.contains(key) {
            names.push(Rc::clone(key));
        }
    }
    let blame = names.len();
    let is_denied = |key: &str| {
        let lost = sieve.audit.denied.count > 0 && !sieve.filter.contains(key.as_bytes());
        // What is just being added is not in yet.
        lost && work.is_none_or(|work| work.stage == Stage::Over || *work.key != *key)
    };
    for denied in [true, false] {
        sieve.members.any(|key| {
            let missing = !names.iter().any(|name| **name == *key);
            if names.len() < most && is_denied(key) == denied && missing {
                names.push(key.into());
            }
            names.len() >= most
        });
    }
    names.truncate(most);
    let members = sieve.members.len() as usize;
    let cells = names.iter().enumerate().map(|(at, name)| {
        let own = work.is_some_and(|work| work.key == *name);
        match (at < blame, is_denied(name), own) {
            (true, ..) => Cell::new(&**name, Tone::Stale),
            (false, true, _) => Cell::new(&**name, Tone::Failed).struck(),
            (false, false, true) => Cell::new(&**name, Tone::Active),
            (false, false, false) => Cell::new(&**name, Tone::Plain),
        }
    });
    let words = match (members, members - names.len().min(members)) {
        (0, _) => "Nothing is in the store behind it".to_owned(),
        (_, 0) => "In the store behind it".to_owned(),
        (_, more) => format!("In the store behind it, and {more} more"),
    };
    let list = names
        .iter()
        .map(|name| &**name)
        .collect::<Vec<_>>()
        .join(", ");
    // What the row is stands below it, since arrows come out above.
    let (line, row) = frame.take_bottom(18.0, 2.0);
    scene.cells("store", row, cells).describe(match members {
        0 => "The store is empty".to_owned(),
        _ => format!("Keys in the store: {list}"),
    });
    scene.text("store-words", line, words).caption();
    let Some(work) = work.filter(|_| blame > 0) else {
        return;
    };
    for (at, (key, place)) in work.blamed.iter().zip(&work.places).enumerate() {
        let Some(name) = names.iter().position(|name| name == key) else {
            continue;
        };
        scene
            .link(
                ("blame", at),
                End::part("store", name),
                End::part("bits", *place),
            )
            .tone(Tone::Stale)
            .arrow()
            .dashed()
            .describe(format!("Bit {place} was set by {key}"));
    }
}

/// What a person may do to the bits.
const ADD_MANY: (&str, &str) = ("Add a hundred keys", "add_many");

/// Every bit as a box, and arrows to those of the present key.
fn boxes(sieve: &Sieve, scene: &mut SceneBuilder, frame: Rect) {
    let (filter, count) = (&sieve.filter, sieve.filter.len());
    let readable = count <= MOST_READABLE;
    // On a tall stage the boxes need the room.
    let numbered = readable && !scene.is_tall();
    let columns = match (readable, count) {
        (true, ..=128) => scene.pick(32, 16),
        (true, _) => 32,
        (false, _) => 64,
    };
    let touched = touched(sieve);
    let cells = (0..count).map(|place| {
        let text = match (readable, filter) {
            (false, _) => String::new(),
            (true, Filter::Counting(counters)) => match counters.count(place) {
                0 => String::new(),
                count => count.to_string(),
            },
            (true, Filter::Plain(_) | Filter::Blocked(_)) => match filter.is_set(place) {
                true => "1".to_owned(),
                false => String::new(),
            },
        };
        let own = touched.iter().find(|(own, _)| *own == place);
        let tone = match (own, filter.is_set(place)) {
            (Some((_, tone)), _) => *tone,
            (None, true) => SET,
            (None, false) => Tone::Idle,
        };
        Cell::new(text, tone)
    });
    scene
        .cells("bits", frame, cells)
        .columns(columns)
        .when(numbered, |cells| cells.indexed_from(0))
        .describe(told(sieve))
        .menu(ADD_MANY.0, Call::new(ADD_MANY.1))
        .menu("Ask for a thousand strangers", Call::new("ask_many"));
    arrows(sieve, scene, |place| End::part("bits", place));
}

/// Every bit that is set as a point, and arrows to those of the present key.
fn points(sieve: &Sieve, scene: &mut SceneBuilder, frame: Rect) {
    let grid = Grid::of(sieve, frame);
    let drawn = match scene.is_tall() {
        false => &sieve.drawing.wide,
        true => &sieve.drawing.tall,
    };
    let swarm = drawn.get_or_init(|| {
        let places = 0..sieve.filter.len();
        let set = places.filter(|place| sieve.filter.is_set(*place));
        Swarm::collect(grid.radius(), set.map(|place| (grid.at(place), SET)))
    });
    scene
        .group("array", frame.inset(-6.0), "")
        .describe(told(sieve))
        .menu(ADD_MANY.0, Call::new(ADD_MANY.1))
        .menu("Ask for a thousand strangers", Call::new("ask_many"));
    scene
        .swarm("bits", frame, swarm.clone())
        .describe("The bits that are set, in their places");
    let own = touched(sieve);
    let dots = own.iter().map(|(place, tone)| (grid.at(*place), *tone));
    scene
        .swarm("own-bits", frame, Swarm::collect(4.0, dots))
        .describe("The bits of the present key");
    arrows(sieve, scene, |place| End::Point(grid.at(place)));
}

/// Where the points of a large filter lie: row by row, those of a block in a tile of its own.
struct Grid {
    frame: Rect,
    columns: usize,
    pitch: f64,
    /// Tiles to a row of them, for a blocked filter.
    tiles: Option<usize>,
}

impl Grid {
    fn of(sieve: &Sieve, frame: Rect) -> Self {
        let count = sieve.filter.len() as f64;
        let block = BLOCK_BITS as f64;
        // A tile of 32 by 16 with a free line on two sides.
        let (cells, tile) = match sieve.knobs.mode {
            Mode::Blocked => (count / block * 33.0 * 17.0, 33.0),
            Mode::Plain | Mode::Counting => (count, 1.0),
        };
        let mut pitch = (frame.w * frame.h / cells).sqrt();
        let columns = |pitch: f64| ((frame.w / pitch / tile) as usize).max(1);
        let height = |pitch: f64| match sieve.knobs.mode {
            Mode::Blocked => (count / block / columns(pitch) as f64).ceil() * 17.0 * pitch,
            Mode::Plain | Mode::Counting => (count / columns(pitch) as f64).ceil() * pitch,
        };
        // Whole columns and rows take a little more room than the bits do.
        while height(pitch) > frame.h && pitch > 0.1 {
            pitch *= 0.98;
        }
        let blocked = sieve.knobs.mode == Mode::Blocked;
        Self {
            frame,
            columns: columns(pitch),
            pitch,
            tiles: blocked.then(|| columns(pitch)),
        }
    }

    fn at(&self, place: usize) -> Point {
        let (across, down) = match self.tiles {
            None => (place % self.columns, place / self.columns),
            Some(tiles) => {
                let (block, within) = (place / BLOCK_BITS as usize, place % BLOCK_BITS as usize);
                (
                    block % tiles * 33 + within % 32,
                    block / tiles * 17 + within / 32,
                )
            }
        };
        let middle = |index: usize| (index as f64 + 0.5) * self.pitch;
        Point::new(self.frame.x + middle(across), self.frame.y + middle(down))
    }

    fn radius(&self) -> f32 {
        (self.pitch * 0.42).clamp(0.5, 3.0) as f32
    }
}

/// The places of the present key that are done or under way, and how they came out.
fn touched(sieve: &Sieve) -> Vec<(usize, Tone)> {
    let Some(work) = &sieve.work else {
        return Vec::new();
    };
    let done = work.places.iter().enumerate();
    done.filter_map(|(at, place)| Some((*place, state(work, at)?)))
        .collect()
}

/// From each place that is done to its bit; the one that is next is dashed.
fn arrows(sieve: &Sieve, scene: &mut SceneBuilder, bit: impl Fn(usize) -> End) {
    let Some(work) = &sieve.work else {
        return;
    };
    let next = work.before.len();
    for (at, place) in work.places.iter().enumerate() {
        let tone = match state(work, at) {
            Some(tone) => tone,
            None if at == next && work.stage != Stage::Over => Tone::Pending,
            None => continue,
        };
        scene
            .link(("arrow", at), End::part("places", at), bit(*place))
            .tone(tone)
            .arrow()
            .describe(match tone.word() {
                "" => format!("To bit {place}"),
                word => format!("To bit {place}: {word}"),
            })
            .when(at == next, Placed::<Link>::dashed);
    }
}

/// Members that the filter denies, if it does.
fn denied(sieve: &Sieve, scene: &mut SceneBuilder, frame: Rect) {
    let count = sieve.audit.denied.count;
    if count > 0 {
        let words = format!("{} denied", keys(count));
        scene.chip("denied", frame, words).tone(Tone::Failed);
    }
}

fn told(sieve: &Sieve) -> String {
    let shape = sieve.filter.shape();
    let ones = sieve.filter.ones();
    let what = match sieve.knobs.mode {
        Mode::Plain | Mode::Blocked => "bits",
        Mode::Counting => "counters",
    };
    let (bits, ones) = (grouped(shape.bits()), grouped(ones));
    format!("{bits} {what}, {ones} of them set")
}

/// How full it is, how often it errs, and what it saved.
fn gauges(sieve: &Sieve, scene: &mut SceneBuilder, frame: Rect) {
    let [size, errs, reads] = match scene.is_tall() {
        false => frame.columns_of([1.0, 1.1, 1.1], 28.0),
        true => frame.rows_of([0.7, 0.95, 1.25], 8.0),
    };
    full(sieve, scene, size);
    errors(sieve, scene, errs);
    saved(sieve, scene, reads);
}

fn full(sieve: &Sieve, scene: &mut SceneBuilder, frame: Rect) {
    let shape = sieve.filter.shape();
    let (words, gauge) = frame.take_bottom(scene.pick(34.0, 16.0), 2.0);
    let part = fill(sieve);
    let members = f64::from(sieve.members.len());
    let over = sieve.members.len() > sieve.knobs.n;
    scene
        .gauge("fill", gauge, part, (0.0, 1.0))
        .label("Bits set")
        .reading(percent(part))
        .mark(Mark::new(0.5, "best"))
        .tone(if over { Tone::Stale } else { Tone::Plain });
    let each = match sieve.members.len() {
        0 => String::new(),
        _ => format!(", {} bits each", fixed(shape.bits() as f64 / members, 1)),
    };
    scene
        .text(
            "size",
            words,
            format!(
                "m = {}, k = {}; {} of {} keys{each}",
                grouped(shape.bits()),
                shape.hashes(),
                grouped(sieve.members.len()),
                grouped(sieve.knobs.n),
            ),
        )
        .caption()
        .tone(if over { Tone::Stale } else { Tone::Plain });
}

fn errors(sieve: &Sieve, scene: &mut SceneBuilder, frame: Rect) {
    let sample = &sieve.sample;
    let now = sieve.filter.expected();
    let (expected, sigmas) = sample.theory();
    let measured = sample.rate();
    let far = sample.strangers >= 100 && measured > expected + sigmas;
    let tone = if far { Tone::Failed } else { Tone::Active };
    let measured = Bar::new("measured", measured, tone).reading(match sample.strangers {
        0 => "none asked".to_owned(),
        strangers => percent_of(sample.rate(), strangers),
    });
    // Of a few strangers three sigmas say nothing.
    let measured = match sample.strangers {
        0..100 => measured,
        _ => measured.band((expected - sigmas).max(0.0), (expected + sigmas).min(1.0)),
    };
    let theory = Bar::new("theory now", now, Tone::Idle).reading(percent(now));
    let few = sample.strangers < 100;
    let largest = sample
        .rate()
        .max(now)
        .max(if few { 0.0 } else { expected + sigmas });
    scene
        .bars("errors", frame, [measured, theory])
        .label("Strangers that pass")
        .axis(Axis::Down)
        .max(largest.max(0.001) * 1.1);
}

fn saved(sieve: &Sieve, scene: &mut SceneBuilder, frame: Rect) {
    let bar = |label: &str, value: u64, tone| {
        Bar::new(label, value as f64, tone).reading(value.to_string())
    };
    let tally = &sieve.tally;
    scene
        .bars(
            "reads",
            frame,
            [
                bar("saved", tally.saved, Tone::Good),
                bar("needed", tally.needed, Tone::Idle),
                bar("in vain", tally.in_vain, Tone::Stale),
            ],
        )
        .label("Reads of the store")
        .axis(Axis::Down);
}

fn fill(sieve: &Sieve) -> f64 {
    sieve.filter.ones() as f64 / sieve.filter.len() as f64
}

/// So many keys.
fn keys(count: u32) -> String {
    counted(count, ["key", "keys"])
}

fn percent(part: f64) -> String {
    match part * 100.0 {
        0.0 => "0 %".to_owned(),
        part if part < 0.01 => "below 0.01 %".to_owned(),
        part if part < 0.995 => format!("{} %", fixed(part, 2)),
        part if part < 9.95 => format!("{} %", fixed(part, 1)),
        part => format!("{} %", fixed(part, 0)),
    }
}

/// A part of a number of strangers: none of few says less than none of many.
fn percent_of(part: f64, strangers: u64) -> String {
    match strangers {
        0..100 => format!("{} of {strangers}", fixed(part * strangers as f64, 0)),
        _ => percent(part),
    }
}
