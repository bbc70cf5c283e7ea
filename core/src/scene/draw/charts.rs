//! Gauges, bars and sparklines: numbers on a scale.

use std::borrow::Cow;

use super::path::{Trace, TraceByTone, arc};
use super::pen::{Pen, Type};
use crate::scene::geometry::{Point, Rect};
use crate::scene::item::Item;
use crate::scene::picture::Anchor;
use crate::scene::report::number;
use crate::scene::shapes::{Axis, Bar, Bars, Gauge, GaugeForm, Mark, Sparkline};

const TRACK: f64 = 10.0;
/// A dial leaves a quarter open at the foot.
const DIAL: (f64, f64) = (-0.375, 0.375);

pub(super) fn draw_gauge(pen: &mut Pen, item: &Item, gauge: &Gauge) {
    let reading = if gauge.reading.is_empty() {
        number(gauge.value)
    } else {
        gauge.reading.clone()
    };
    let scale = Scale::new(gauge.min, gauge.max);
    match gauge.form {
        GaugeForm::Bar => {
            let content = pen.heading(item, &reading);
            let beside = content.h > pen.frame().h - 1.0;
            let top = if beside {
                (content.h - TRACK) / 2.0
            } else {
                2.0
            };
            let (_, content) = content.take_top(top, 0.0);
            let (line, below) = content.take_top(TRACK, 2.0);
            pen.rect("track", line, TRACK / 2.0);
            let filled = Rect {
                w: line.w * scale.part(gauge.value),
                ..line
            };
            if filled.w > 0.5 {
                pen.rect("fill", filled, TRACK / 2.0);
            }
            mark_line(pen, &gauge.marks, &scale, line, below);
        }
        GaugeForm::Dial => {
            let content = pen.heading(item, "");
            let radius = (content.w / 2.0).min(content.h / 1.72) - 6.0;
            let center = Point::new(content.center().x, content.y + radius + 5.0);
            let turn = |part: f64| DIAL.0 + (DIAL.1 - DIAL.0) * part;
            pen.path("dial-scale", arc(center, radius, DIAL.0, DIAL.1));
            let part = scale.part(gauge.value);
            if part > 0.0 {
                pen.path("dial-value", arc(center, radius, DIAL.0, turn(part)));
            }
            for mark in &gauge.marks {
                let at = turn(scale.part(mark.at));
                let (from, to) = (
                    center.polar(radius - 8.0, at),
                    center.polar(radius + 6.0, at),
                );
                pen.line(("mark", mark.tone), from, to);
            }
            pen.text(
                Type::FIGURE,
                None,
                center,
                Anchor::Middle,
                &reading,
                radius * 1.6,
            );
        }
    }
}

/// Marks across a bar, with their words below where they do not cover each other.
fn mark_line(pen: &mut Pen, marks: &[Mark], scale: &Scale, line: Rect, below: Rect) {
    let mut free_from = f64::MIN;
    for mark in marks {
        let x = line.x + line.w * scale.part(mark.at);
        pen.line(
            ("mark", mark.tone),
            Point::new(x, line.y - 3.0),
            Point::new(x, line.bottom() + 3.0),
        );
        let width = Type::QUIET.width(&mark.label);
        let left = (x - width / 2.0).min(line.right() - width).max(line.x);
        if below.h >= 14.0 && left > free_from {
            let at = Point::new(left, below.y + 9.0);
            pen.text(Type::QUIET, None, at, Anchor::Start, &mark.label, line.w);
            free_from = left + width + 6.0;
        }
    }
}

/// From a value to a fraction of a length.
struct Scale {
    min: f64,
    span: f64,
}

impl Scale {
    fn new(min: f64, max: f64) -> Self {
        Self {
            min,
            span: if max > min { max - min } else { 1.0 },
        }
    }

    fn part(&self, value: f64) -> f64 {
        let part = (value - self.min) / self.span;
        if part > 0.0 { part.min(1.0) } else { 0.0 }
    }
}

pub(super) fn draw_bars(pen: &mut Pen, item: &Item, bars: &Bars) {
    let content = pen.heading(item, "");
    let ends = bars
        .bars
        .iter()
        .flat_map(|bar| [bar.value, bar.band.map_or(0.0, |band| band.1)]);
    let marks = bars.marks.iter().map(|mark| mark.at);
    let band = bars.band.map(|band| band.1);
    let largest = ends.chain(marks).chain(band).fold(0.0, f64::max);
    let scale = Scale::new(0.0, bars.max.unwrap_or(largest));
    let down = match bars.axis {
        Axis::Down => true,
        Axis::Across => false,
        Axis::Auto => content.h > content.w,
    };
    if down {
        bars_below(pen, bars, &scale, content);
    } else {
        bars_beside(pen, bars, &scale, content);
    }
}

fn reading(bar: &Bar) -> Cow<'_, str> {
    match bar.reading.as_str() {
        "" => Cow::Owned(number(bar.value)),
        reading => Cow::Borrowed(reading),
    }
}

fn widest<'w>(words: impl Iterator<Item = &'w str>) -> f64 {
    words
        .map(|words| Type::QUIET.width(words))
        .fold(0.0, f64::max)
}

fn names(bars: &Bars) -> impl Iterator<Item = &str> {
    bars.bars.iter().map(|bar| bar.label.as_str())
}

/// Bars below each other: name, bar, value.
fn bars_below(pen: &mut Pen, bars: &Bars, scale: &Scale, content: Rect) {
    let top = if bars.marks.is_empty() { 0.0 } else { 15.0 };
    let (head, body) = content.take_top(top, 0.0);
    let readings: Vec<Cow<'_, str>> = bars.bars.iter().map(reading).collect();
    let names = (widest(names(bars)) + 8.0).min(content.w * 0.35);
    let values = (widest(readings.iter().map(|reading| &**reading)) + 8.0).min(content.w * 0.3);
    let plot = Rect::new(
        body.x + names,
        body.y,
        (body.w - names - values).max(4.0),
        body.h,
    );
    let step = (body.h / bars.bars.len().max(1) as f64).min(26.0);
    let used = Rect {
        h: step * bars.bars.len() as f64,
        ..plot
    };
    band(
        pen,
        bars.band,
        |part| used.x + used.w * part,
        scale,
        |from, to| Rect::new(from, used.y, to - from, used.h),
    );
    let thick = (step * 0.58).min(14.0);
    let middle = |index: usize| body.y + (index as f64 + 0.5) * step;
    lengths(pen, (bars, scale), thick, &|index, part| {
        let foot = Point::new(plot.x, middle(index));
        (foot, foot.moved(plot.w * part, 0.0))
    });
    for (index, (bar, reading)) in bars.bars.iter().zip(&readings).enumerate() {
        let y = middle(index);
        let row = Rect::new(content.x, y - step / 2.0, content.w, step);
        bar_part(pen, index, (bar, reading), row);
        if let Some((from, to)) = bar.band {
            let (from, to) = (
                plot.x + plot.w * scale.part(from),
                plot.x + plot.w * scale.part(to),
            );
            whisker(pen, Point::new(from, y), Point::new(to, y), thick);
        }
        if step >= 12.0 {
            let name = Point::new(plot.x - 8.0, y);
            pen.text(
                Type::QUIET,
                None,
                name,
                Anchor::End,
                &bar.label,
                names - 6.0,
            );
            let value = Point::new(content.right(), y);
            pen.text(Type::READING, None, value, Anchor::End, reading, values);
        }
    }
    for mark in &bars.marks {
        let x = plot.x + plot.w * scale.part(mark.at);
        pen.line(
            ("mark", mark.tone),
            Point::new(x, body.y),
            Point::new(x, used.bottom()),
        );
        let at = Point::new(x, head.center().y - 1.0);
        clamped_text(pen, &mark.label, at, content);
    }
}

/// Bars beside each other: value above, name below.
fn bars_beside(pen: &mut Pen, bars: &Bars, scale: &Scale, content: Rect) {
    let count = bars.bars.len().max(1);
    let step = (content.w / count as f64).min(64.0);
    let readings: Vec<Cow<'_, str>> = bars.bars.iter().map(reading).collect();
    let named = widest(names(bars)) <= step.max(14.0) + 2.0;
    let valued = widest(readings.iter().map(|reading| &**reading)) <= step + 4.0;
    let (below, rest) = content.take_bottom(if named { 16.0 } else { 0.0 }, 0.0);
    let (_, plot) = rest.take_top(if valued { 15.0 } else { 2.0 }, 0.0);
    let used = Rect {
        w: step * count as f64,
        ..plot
    };
    band(
        pen,
        bars.band,
        |part| plot.bottom() - plot.h * part,
        scale,
        |from, to| Rect::new(used.x, to, used.w, from - to),
    );
    let thick = (step * 0.62).min(30.0);
    let middle = |index: usize| plot.x + (index as f64 + 0.5) * step;
    lengths(pen, (bars, scale), thick, &|index, part| {
        let foot = Point::new(middle(index), plot.bottom());
        (foot, foot.moved(0.0, -plot.h * part))
    });
    for (index, (bar, reading)) in bars.bars.iter().zip(&readings).enumerate() {
        let x = middle(index);
        let column = Rect::new(x - step / 2.0, content.y, step, content.h);
        bar_part(pen, index, (bar, reading), column);
        if let Some((from, to)) = bar.band {
            let y = |value: f64| plot.bottom() - plot.h * scale.part(value);
            whisker(pen, Point::new(x, y(from)), Point::new(x, y(to)), thick);
        }
        if valued {
            let top = plot.bottom() - plot.h * scale.part(bar.value);
            let at = Point::new(x, top - 8.0);
            pen.text(Type::READING, None, at, Anchor::Middle, reading, step + 6.0);
        }
        if named {
            let at = Point::new(x, below.center().y + 1.0);
            pen.text(
                Type::QUIET,
                None,
                at,
                Anchor::Middle,
                &bar.label,
                step + 4.0,
            );
        }
    }
    pen.line("rule", used.at(0.0, 1.0), used.at(1.0, 1.0));
    for mark in &bars.marks {
        let y = plot.bottom() - plot.h * scale.part(mark.at);
        pen.line(
            ("mark", mark.tone),
            Point::new(used.x, y),
            Point::new(used.right(), y),
        );
        let at = Point::new(used.right(), y - 8.0);
        pen.text(
            Type::FLOATING_QUIET,
            None,
            at,
            Anchor::End,
            &mark.label,
            used.w,
        );
    }
}

/// The bars themselves, all of one tone as one path: among a hundred that move, an element for each
/// would be most of what a frame costs. `place` gives foot and end of a bar that reaches this part of
/// the plot.
fn lengths(
    pen: &mut Pen,
    (bars, scale): (&Bars, &Scale),
    thick: f64,
    place: &dyn Fn(usize, f64) -> (Point, Point),
) {
    let mut drawn = TraceByTone::default();
    for (index, bar) in bars.bars.iter().enumerate() {
        let (foot, end) = place(index, scale.part(bar.value));
        if foot == end {
            continue;
        }
        let aside = match foot.x == end.x {
            true => Point::new(thick / 2.0, 0.0),
            false => Point::new(0.0, thick / 2.0),
        };
        drawn.extend(bar.tone, |trace| {
            trace
                .jump(foot.moved(-aside.x, -aside.y))
                .line(end.moved(-aside.x, -aside.y))
                .line(end.moved(aside.x, aside.y))
                .line(foot.moved(aside.x, aside.y))
        });
    }
    for (tone, trace) in drawn {
        pen.path(("bar", tone), trace);
    }
}

fn bar_part(pen: &mut Pen, index: usize, (bar, reading): (&Bar, &str), place: Rect) {
    let label = || format!("{}: {reading}", bar.label);
    pen.part(|| format!("bar-{index}"), place, label, &bar.menu);
}

fn band(
    pen: &mut Pen,
    band: Option<(f64, f64)>,
    place: impl Fn(f64) -> f64,
    scale: &Scale,
    rect: impl Fn(f64, f64) -> Rect,
) {
    if let Some((from, to)) = band {
        pen.rect(
            "theory",
            rect(place(scale.part(from)), place(scale.part(to))),
            0.0,
        );
    }
}

/// The range that theory expects for one bar: a line with two caps.
fn whisker(pen: &mut Pen, from: Point, to: Point, thick: f64) {
    let flat = libm::fabs(to.x - from.x) >= libm::fabs(to.y - from.y);
    let reach = thick / 2.0 + 1.5;
    let (dx, dy) = if flat { (0.0, reach) } else { (reach, 0.0) };
    let trace = Trace::from(from.moved(-dx, -dy))
        .line(from.moved(dx, dy))
        .jump(from)
        .line(to)
        .jump(to.moved(-dx, -dy))
        .line(to.moved(dx, dy));
    pen.path("whisker", trace);
}

fn clamped_text(pen: &mut Pen, words: &str, at: Point, content: Rect) {
    let half = Type::QUIET.width(words) / 2.0;
    let x = at.x.min(content.right() - half).max(content.x + half);
    let at = Point::new(x, at.y);
    pen.text(Type::QUIET, None, at, Anchor::Middle, words, content.w);
}

pub(super) fn draw_sparkline(pen: &mut Pen, item: &Item, line: &Sparkline) {
    let content = pen.heading(item, &line.reading);
    let finite = || {
        line.values
            .iter()
            .copied()
            .filter(|value| value.is_finite())
    };
    let min = line.min.unwrap_or_else(|| finite().fold(0.0, f64::min));
    let marks = line.marks.iter().map(|mark| mark.at);
    let max = line
        .max
        .unwrap_or_else(|| finite().chain(marks).fold(min, f64::max));
    let scale = Scale::new(min, max);
    let above = if line.marks.is_empty() { 4.0 } else { 16.0 };
    let plot = content.take_top(above, 0.0).1.inset_xy(1.0, 0.0);
    let plot = plot.take_bottom(3.0, 0.0).1;
    let step = plot.w / line.values.len().saturating_sub(1).max(1) as f64;
    let place = |at: usize, value: f64| {
        Point::new(
            plot.x + at as f64 * step,
            plot.bottom() - plot.h * scale.part(value),
        )
    };
    pen.line("rule", plot.at(0.0, 1.0), plot.at(1.0, 1.0));
    for mark in &line.marks {
        let y = plot.bottom() - plot.h * scale.part(mark.at);
        pen.line(
            ("mark dashes", mark.tone),
            Point::new(plot.x, y),
            Point::new(plot.right(), y),
        );
        let at = Point::new(plot.x + 2.0, y - 8.0);
        pen.text(
            Type::FLOATING_QUIET,
            None,
            at,
            Anchor::Start,
            &mark.label,
            plot.w,
        );
    }
    let mut trace = Trace::default();
    let mut joined = false;
    for (at, value) in line.values.iter().enumerate() {
        let point = place(at, *value);
        trace = match (value.is_finite(), joined) {
            (false, _) => trace,
            (true, true) => trace.line(point),
            (true, false) => trace.jump(point),
        };
        joined = value.is_finite();
    }
    pen.path("curve", trace);
    if let Some((at, value)) = line.values.iter().enumerate().next_back()
        && value.is_finite()
    {
        pen.circle("marker", place(at, *value), 3.5);
    }
}
