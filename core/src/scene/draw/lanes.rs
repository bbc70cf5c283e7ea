//! A space-time diagram: time from left to right, one lane per actor.

use super::path::Trace;
use super::pen::{Pen, Type};
use super::sign;
use crate::scene::geometry::{Point, Rect};
use crate::scene::item::Item;
use crate::scene::picture::Anchor;
use crate::scene::shapes::{LaneArrow, LaneMark, LaneSpan, Lanes};
use crate::scene::tone::Tone;
use crate::time::{SimTime, Span};

const AXIS: f64 = 20.0;
const NAMES: (f64, f64) = (44.0, 120.0);
/// Between a lane's name and the lane.
const NAME_GAP: f64 = 12.0;
const SPAN: f64 = 9.0;
/// How far a lost message is drawn along its way.
const LOST_AT: f64 = 0.62;
/// Half the size of a mark, with the paper around it.
const MARK: f64 = 6.5;
/// The height of a label.
const LINE: f64 = 14.0;
/// How far labels keep apart.
const APART: f64 = 14.0;

pub(super) fn draw(pen: &mut Pen, item: &Item, lanes: &Lanes) {
    let content = pen.heading(item, "");
    let chart = Chart::of(lanes, content);
    axis(pen, lanes, &chart);
    for (at, lane) in lanes.lanes.iter().enumerate() {
        let y = chart.y(at);
        let room = chart.plot.x - content.x - NAME_GAP;
        let line = Rect::new(content.x, y - 9.0, room, 18.0);
        pen.title(lane.tone, &lane.name, line);
        let (from, to) = (
            Point::new(chart.plot.x, y),
            Point::new(chart.plot.right(), y),
        );
        pen.line("lane", from, to);
    }
    for span in &lanes.spans {
        draw_span(pen, &chart, span);
    }
    let now = lanes.now.and_then(|now| chart.x(now));
    if let Some(now) = now {
        pen.line(
            "now",
            Point::new(now, chart.plot.y),
            Point::new(now, chart.plot.bottom()),
        );
    }
    // Words go over all lines, those about what is out of the ordinary first.
    let mut labels = Labels::default();
    let (usual, others): (Vec<&LaneMark>, Vec<&LaneMark>) =
        lanes.marks.iter().partition(|mark| mark.tone == Tone::Idle);
    let marks = || others.iter().chain(&usual);
    for mark in marks() {
        labels.keep_free(&chart, mark);
    }
    let stretches: Vec<Option<Point>> = (lanes.spans.iter())
        .map(|span| labels.of_span(&chart, span))
        .collect();
    let named: Vec<Option<Point>> = (marks()).map(|mark| labels.of_mark(&chart, mark)).collect();
    let ways: Vec<Option<Way>> = (lanes.arrows.iter())
        .map(|arrow| Way::of(&chart, arrow))
        .collect();
    let told: Vec<Option<Point>> = (ways.iter().zip(&lanes.arrows))
        .map(|(way, arrow)| labels.of_arrow(&chart, way.as_ref()?, arrow))
        .collect();
    for ((way, arrow), told) in ways.iter().zip(&lanes.arrows).zip(&told) {
        if let Some(way) = way {
            draw_arrow(pen, way, arrow, now, told.is_some());
        }
    }
    for (mark, named) in marks().zip(&named) {
        draw_mark(pen, &chart, mark, named.is_some());
    }
    for (span, spot) in lanes.spans.iter().zip(stretches) {
        word(pen, Type::FLOATING_QUIET, (None, &span.label), spot);
    }
    for (arrow, spot) in lanes.arrows.iter().zip(told) {
        word(pen, Type::FLOATING_QUIET, (arrow.event, &arrow.label), spot);
    }
    for (mark, spot) in marks().zip(named) {
        word(pen, Type::FLOATING, (mark.event, &mark.label), spot);
    }
    pen.leading_to(None);
}

/// The label of what stands for an event, where there is room for it.
fn word(pen: &mut Pen, style: Type, (event, label): (Option<u64>, &str), spot: Option<Point>) {
    if let Some(spot) = spot {
        pen.leading_to(event);
        let room = style.width(label) + 1.0;
        pen.text(style, None, spot, Anchor::Middle, label, room);
    }
}

struct Chart {
    plot: Rect,
    from: SimTime,
    to: SimTime,
    lanes: usize,
}

impl Chart {
    fn of(lanes: &Lanes, content: Rect) -> Self {
        let widest = lanes
            .lanes
            .iter()
            .map(|lane| Pen::title_width(lane.tone, &lane.name) + NAME_GAP)
            .fold(NAMES.0, f64::max)
            .min(NAMES.1.min(content.w * 0.3));
        let (_, right) = content.take_left(widest, 0.0);
        let (_, plot) = right.take_bottom(AXIS, 0.0);
        Self {
            plot: Rect::new(plot.x, plot.y, (plot.w - 6.0).max(1.0), plot.h),
            from: lanes.from,
            to: lanes.to,
            lanes: lanes.lanes.len().max(1),
        }
    }

    fn y(&self, lane: usize) -> f64 {
        self.plot.y + self.plot.h * (lane as f64 + 0.5) / self.lanes as f64
    }

    /// Where an instant lies, before and after the window too.
    fn raw_x(&self, at: SimTime) -> f64 {
        let whole = self.to.since(self.from).as_nanos().max(1) as f64;
        let part = at.as_nanos() as f64 - self.from.as_nanos() as f64;
        self.plot.x + self.plot.w * part / whole
    }

    /// Where a mark in the window lies.
    fn spot(&self, mark: &LaneMark) -> Option<Point> {
        let x = self.x(mark.at).filter(|_| mark.lane < self.lanes)?;
        Some(Point::new(x, self.y(mark.lane)))
    }

    /// The part of a stretch that lies in the window.
    fn stretch(&self, span: &LaneSpan) -> Option<Rect> {
        if span.to < self.from || span.from > self.to || span.lane >= self.lanes {
            return None;
        }
        let left = self.raw_x(span.from.max(self.from));
        let right = self.raw_x(span.to.min(self.to));
        let (y, w) = (self.y(span.lane), (right - left).max(1.0));
        Some(Rect::new(left, y - SPAN / 2.0, w, SPAN))
    }

    /// Where an instant in the window lies.
    fn x(&self, at: SimTime) -> Option<f64> {
        (self.from <= at && at <= self.to).then(|| self.raw_x(at))
    }
}

/// Rooms taken by labels and marks, so that no label covers another or a mark.
#[derive(Debug, Default)]
struct Labels(Vec<Rect>);

impl Labels {
    fn claim(&mut self, room: Rect) -> bool {
        let free = !self.0.iter().any(|other| {
            other.x < room.right()
                && room.x < other.right()
                && other.y < room.bottom()
                && room.y < other.bottom()
        });
        if free {
            self.0.push(room);
        }
        free
    }

    fn keep_free(&mut self, chart: &Chart, mark: &LaneMark) {
        if let Some(at) = chart.spot(mark) {
            self.0.push(Rect::around_point(at, 2.0 * MARK, 2.0 * MARK));
        }
    }

    /// Where the words of a stretch go, below its beginning, where it is long enough for them.
    fn of_span(&mut self, chart: &Chart, span: &LaneSpan) -> Option<Point> {
        let rect = chart.stretch(span).filter(|_| !span.label.is_empty())?;
        let width = Type::FLOATING_QUIET.width(&span.label);
        let room = Rect::new(rect.x, rect.bottom() + 2.0, width + APART, LINE);
        (room.w <= rect.w && self.claim(room)).then(|| room.center())
    }

    /// Where the words of a mark go, above it.
    fn of_mark(&mut self, chart: &Chart, mark: &LaneMark) -> Option<Point> {
        let at = chart.spot(mark).filter(|_| !mark.label.is_empty())?;
        let width = Type::FLOATING.width(&mark.label) + APART;
        let left = (at.x - width / 2.0).min(chart.plot.right() + 6.0 - width);
        let room = Rect::new(left.max(chart.plot.x), at.y - MARK - LINE, width, LINE);
        self.claim(room).then(|| room.center())
    }

    /// Where the words of an arrow go: on it, between two lanes, as near to its middle as there is
    /// room.
    fn of_arrow(&mut self, chart: &Chart, way: &Way, arrow: &LaneArrow) -> Option<Point> {
        if arrow.label.is_empty() {
            return None;
        }
        let width = Type::FLOATING_QUIET.width(&arrow.label) + APART;
        let gaps = arrow.from.abs_diff(arrow.to).max(1);
        let mut places: Vec<f64> = (0..gaps)
            .map(|gap| (gap as f64 + 0.5) / gaps as f64)
            .filter(|place| *place < if arrow.lost { LOST_AT } else { 1.0 })
            .collect();
        places.sort_by(|a, b| (a - 0.5).abs().total_cmp(&(b - 0.5).abs()));
        places.into_iter().find_map(|place| {
            let middle = way.from.lerp(way.to, place);
            let room = Rect::around_point(middle, width, LINE);
            let inside = room.x >= chart.plot.x && room.right() <= chart.plot.right() + 6.0;
            (inside && self.claim(room)).then_some(middle)
        })
    }
}

fn axis(pen: &mut Pen, lanes: &Lanes, chart: &Chart) {
    let step = round_step(lanes.to.since(lanes.from), (chart.plot.w / 80.0).max(1.0));
    let y = chart.plot.bottom();
    pen.line(
        "rule",
        Point::new(chart.plot.x, y),
        Point::new(chart.plot.right(), y),
    );
    let first = lanes.from.as_nanos().div_ceil(step).saturating_mul(step);
    let mut at = first;
    let mut last_right = f64::MIN;
    while at <= lanes.to.as_nanos() {
        let x = chart.raw_x(SimTime::from_nanos(at));
        pen.line(
            "rule faint",
            Point::new(x, chart.plot.y),
            Point::new(x, y + 4.0),
        );
        let words = instant(at, step);
        let half = Type::QUIET.width(&words) / 2.0;
        let left = (x - half).min(chart.plot.right() + 6.0 - 2.0 * half);
        if left > last_right + 6.0 {
            let spot = Point::new(left + half, y + 12.0);
            pen.text(Type::QUIET, None, spot, Anchor::Middle, &words, 90.0);
            last_right = left + 2.0 * half;
        }
        let Some(next) = at.checked_add(step) else {
            break;
        };
        at = next;
    }
}

/// The least of 1, 2 and 5 times a power of ten (in nanoseconds) that makes at most `most` steps.
fn round_step(window: Span, most: f64) -> u64 {
    let least = (window.as_nanos() as f64 / most).max(1.0);
    let mut power: u64 = 1;
    loop {
        for factor in [1, 2, 5] {
            let step = power.saturating_mul(factor);
            if step as f64 >= least || step == u64::MAX {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// An instant with as many digits as the step between two of them needs.
fn instant(nanos: u64, step: u64) -> String {
    let (unit, name) = match step {
        1_000_000_000.. => (1_000_000_000, "s"),
        1_000_000.. if nanos >= 1_000_000_000 => (1_000_000_000, "s"),
        1_000_000.. => (1_000_000, "ms"),
        1_000.. => (1_000, "µs"),
        _ => (1, "ns"),
    };
    let (whole, part) = (nanos / unit, nanos % unit);
    if part == 0 {
        format!("{whole} {name}")
    } else {
        let digits = format!("{:09}", part * (1_000_000_000 / unit));
        format!("{whole}.{} {name}", digits.trim_end_matches('0'))
    }
}

fn draw_span(pen: &mut Pen, chart: &Chart, span: &LaneSpan) {
    if let Some(rect) = chart.stretch(span) {
        pen.rect(("body span", span.tone), rect, 3.0);
    }
}

fn draw_mark(pen: &mut Pen, chart: &Chart, mark: &LaneMark, named: bool) {
    let Some(at) = chart.spot(mark) else {
        return;
    };
    pen.leading_to(mark.event);
    pen.circle("seal-bed", at, MARK);
    sign::seal(pen, mark.tone, at, MARK - 1.0);
    if !named && !mark.label.is_empty() {
        pen.title_last(&mark.label);
    }
}

/// An arrow on the picture.
struct Way {
    /// Where it was sent and where it arrives, outside of the plot too.
    from: Point,
    to: Point,
    /// Where it ends, which for a lost message is on the way.
    end: Point,
    /// The part that is shown.
    shown: (Point, Point),
}

impl Way {
    fn of(chart: &Chart, arrow: &LaneArrow) -> Option<Self> {
        let outside = arrow.due < chart.from || arrow.sent > chart.to;
        if outside || arrow.from >= chart.lanes || arrow.to >= chart.lanes {
            return None;
        }
        let from = Point::new(chart.raw_x(arrow.sent), chart.y(arrow.from));
        let to = Point::new(chart.raw_x(arrow.due), chart.y(arrow.to));
        let end = from.lerp(to, if arrow.lost { LOST_AT } else { 1.0 });
        let shown = clip(from, end, chart.plot)?;
        Some(Self {
            from,
            to,
            end,
            shown,
        })
    }
}

fn draw_arrow(pen: &mut Pen, way: &Way, arrow: &LaneArrow, now: Option<f64>, told: bool) {
    let (end, (shown_from, shown_to)) = (way.end, way.shown);
    pen.leading_to(arrow.event);
    let class = if arrow.lost { "wire dashes" } else { "wire" };
    match now.filter(|now| *now < shown_to.x) {
        None => pen.line((class, arrow.tone), shown_from, shown_to),
        Some(now) => {
            let run = (shown_to.x - shown_from.x).max(1e-6);
            let here = shown_from.lerp(shown_to, ((now - shown_from.x) / run).clamp(0.0, 1.0));
            pen.line((class, arrow.tone), shown_from, here);
            pen.line(("wire to-come", arrow.tone), here, shown_to);
            pen.circle(("marker", arrow.tone), here, 4.0);
        }
    }
    if !told && !arrow.label.is_empty() {
        pen.title_last(&arrow.label);
    }
    let arrived = shown_to.distance(end) < 0.01;
    if arrow.lost && arrived {
        let mark = Trace::from(end.moved(-5.0, -5.0))
            .line(end.moved(5.0, 5.0))
            .jump(end.moved(-5.0, 5.0))
            .line(end.moved(5.0, -5.0));
        pen.path(("cross", arrow.tone), mark);
    } else if arrived {
        pen.arrow_head(("head", arrow.tone), way.from, end, 8.0);
    }
}

/// The part of a line between the plot's left and right edges.
fn clip(from: Point, to: Point, plot: Rect) -> Option<(Point, Point)> {
    let run = to.x - from.x;
    if run <= 0.0 {
        return (from.x >= plot.x && from.x <= plot.right()).then_some((from, to));
    }
    let start = ((plot.x - from.x) / run).clamp(0.0, 1.0);
    let finish = ((plot.right() - from.x) / run).clamp(0.0, 1.0);
    (start < finish).then(|| (from.lerp(to, start), from.lerp(to, finish)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::picture::Figure;
    use crate::scene::{Scene, SceneBuilder, StageShape};

    const SHAPE: StageShape = StageShape::Strip {
        width: 700,
        height: 200,
    };

    fn ms(at: u64) -> SimTime {
        SimTime::from_millis(at)
    }

    /// Marks and messages in a crowd, every few milliseconds.
    fn crowd(every_ms: u64) -> Scene {
        let mut scene = SceneBuilder::new(SHAPE);
        let frame = scene.area();
        let instants = || (0..200).step_by(every_ms as usize).map(ms);
        let marks = instants().map(|at| LaneMark {
            lane: 1,
            at,
            tone: Tone::Active,
            label: "heartbeat".to_owned(),
            event: Some(at.as_nanos()),
        });
        let arrows = instants().map(|at| LaneArrow {
            from: 0,
            sent: at,
            to: 3,
            due: at + Span::from_millis(10),
            tone: Tone::Plain,
            label: "a long request".to_owned(),
            lost: false,
            event: Some(at.as_nanos() + 1),
        });
        scene
            .lanes("lanes", frame, ["S1", "S2", "S3", "S4"], ms(0), ms(200))
            .label("Lanes")
            .marks(marks)
            .arrows(arrows);
        scene.finish()
    }

    #[test]
    fn labels_keep_apart_however_many_things_happen() {
        for every_ms in [1, 7, 40] {
            let picture = crowd(every_ms).to_picture();
            let texts = picture.groups[0].primitives.iter();
            let rooms: Vec<Rect> = texts
                .filter(|part| part.class.names.contains("halo"))
                .filter_map(|part| match &part.figure {
                    Figure::Text { x, y, text, .. } => {
                        let width = Type::FLOATING.width(text);
                        Some(Rect::new(x - width / 2.0, y - 10.0, width, 12.0))
                    }
                    Figure::Rect { .. }
                    | Figure::Circle { .. }
                    | Figure::Dashes { .. }
                    | Figure::Line { .. }
                    | Figure::Path { .. } => None,
                })
                .collect();
            assert!(rooms.len() > 4, "some have room: {}", rooms.len());
            for (at, room) in rooms.iter().enumerate() {
                let covers = rooms[at + 1..].iter().any(|other| room.overlaps(*other));
                assert!(!covers, "every {every_ms} ms");
            }
        }
    }

    #[test]
    fn what_has_no_room_for_its_label_says_it_to_a_pointer() {
        let picture = crowd(1).to_picture();
        let parts = picture.groups[0].primitives.iter();
        let titled = parts.filter(|part| part.title.is_some()).count();
        assert!(titled > 300, "{titled}");
    }
}
