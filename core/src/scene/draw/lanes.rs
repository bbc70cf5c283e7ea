//! A space-time diagram: time from left to right, one lane per actor.

use super::path::Trace;
use super::pen::{Pen, Type};
use super::sign;
use crate::scene::geometry::{Point, Rect};
use crate::scene::item::Item;
use crate::scene::picture::Anchor;
use crate::scene::shapes::{LaneArrow, LaneMark, LaneSpan, Lanes};
use crate::time::{SimTime, Span};

const AXIS: f64 = 20.0;
const NAMES: (f64, f64) = (44.0, 120.0);
const SPAN: f64 = 9.0;
/// How far a lost message is drawn along its way.
const LOST_AT: f64 = 0.62;

pub(super) fn draw(pen: &mut Pen, item: &Item, lanes: &Lanes) {
    let content = pen.heading(item, "");
    let chart = Chart::of(lanes, content);
    axis(pen, lanes, &chart);
    for (at, lane) in lanes.lanes.iter().enumerate() {
        let y = chart.y(at);
        let mut name = Rect::new(content.x, y - 9.0, chart.plot.x - content.x - 10.0, 18.0);
        if sign::has_sign(lane.tone) {
            let (spot, rest) = name.take_left(12.0, 4.0);
            sign::seal(pen, lane.tone, spot.center(), 6.0);
            name = rest;
        }
        pen.text(
            Type::HEADING,
            None,
            name.at(0.0, 0.5),
            Anchor::Start,
            &lane.name,
            name.w,
        );
        let (from, to) = (
            Point::new(chart.plot.x, y),
            Point::new(chart.plot.right(), y),
        );
        pen.line("lane", from, to);
    }
    let mut labels = Labels::default();
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
    for arrow in &lanes.arrows {
        draw_arrow(pen, &chart, arrow, now, &mut labels);
    }
    for mark in &lanes.marks {
        draw_mark(pen, &chart, mark, &mut labels);
    }
    pen.leading_to(None);
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
            .map(|lane| {
                let sign = if sign::has_sign(lane.tone) { 16.0 } else { 0.0 };
                Type::HEADING.width(&lane.name) + sign + 12.0
            })
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

    /// Where an instant in the window lies.
    fn x(&self, at: SimTime) -> Option<f64> {
        (self.from <= at && at <= self.to).then(|| self.raw_x(at))
    }
}

/// Rooms taken by labels, so that none covers another.
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
        1_000_000.. if nanos >= 10_000_000_000 => (1_000_000_000, "s"),
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
    if span.to < chart.from || span.from > chart.to || span.lane >= chart.lanes {
        return;
    }
    let left = chart.raw_x(span.from.max(chart.from));
    let right = chart.raw_x(span.to.min(chart.to));
    let y = chart.y(span.lane);
    let rect = Rect::new(left, y - SPAN / 2.0, (right - left).max(1.0), SPAN);
    pen.rect(("body span", span.tone), rect, 3.0);
    let words = &span.label;
    if !words.is_empty() && Type::QUIET.width(words) <= rect.w - 4.0 {
        let spot = Point::new(rect.x + 2.0, y + SPAN / 2.0 + 9.0);
        pen.text(
            Type::FLOATING_QUIET,
            None,
            spot,
            Anchor::Start,
            words,
            rect.w,
        );
    }
}

fn draw_mark(pen: &mut Pen, chart: &Chart, mark: &LaneMark, labels: &mut Labels) {
    let (Some(x), true) = (chart.x(mark.at), mark.lane < chart.lanes) else {
        return;
    };
    let at = Point::new(x, chart.y(mark.lane));
    pen.leading_to(mark.event);
    pen.circle("seal-bed", at, 6.5);
    sign::seal(pen, mark.tone, at, 5.5);
    if !mark.label.is_empty() {
        let width = Type::FLOATING.width(&mark.label);
        let x = (x - width / 2.0).min(chart.plot.right() + 6.0 - width);
        let room = Rect::new(x.max(chart.plot.x), at.y - 22.0, width, 14.0);
        if labels.claim(room) {
            let spot = room.center();
            pen.text(
                Type::FLOATING,
                None,
                spot,
                Anchor::Middle,
                &mark.label,
                width + 1.0,
            );
        }
    }
}

fn draw_arrow(
    pen: &mut Pen,
    chart: &Chart,
    arrow: &LaneArrow,
    now: Option<f64>,
    labels: &mut Labels,
) {
    let outside = arrow.due < chart.from || arrow.sent > chart.to;
    if outside || arrow.from >= chart.lanes || arrow.to >= chart.lanes {
        return;
    }
    let from = Point::new(chart.raw_x(arrow.sent), chart.y(arrow.from));
    let to = Point::new(chart.raw_x(arrow.due), chart.y(arrow.to));
    let reach = if arrow.lost { LOST_AT } else { 1.0 };
    let end = from.lerp(to, reach);
    let Some((shown_from, shown_to)) = clip(from, end, chart.plot) else {
        return;
    };
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
    let arrived = shown_to.distance(end) < 0.01;
    if arrow.lost && arrived {
        let mark = Trace::from(end.moved(-5.0, -5.0))
            .line(end.moved(5.0, 5.0))
            .jump(end.moved(-5.0, 5.0))
            .line(end.moved(5.0, -5.0));
        pen.path(("cross", arrow.tone), mark);
    } else if arrived {
        pen.arrow_head(("head", arrow.tone), from, end, 8.0);
    }
    if !arrow.label.is_empty() {
        let middle = shown_from.lerp(shown_to, 0.5);
        let width = Type::FLOATING_QUIET.width(&arrow.label);
        let room = Rect::around_point(middle, width, 14.0);
        let inside = room.x >= chart.plot.x && room.right() <= chart.plot.right() + 6.0;
        if inside && labels.claim(room) {
            pen.text(
                Type::FLOATING_QUIET,
                None,
                middle,
                Anchor::Middle,
                &arrow.label,
                width,
            );
        }
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
