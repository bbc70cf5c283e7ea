//! Strips and grids of small boxes.

use super::path::{Trace, TraceByTone};
use super::pen::{Pen, Type};
use super::sign;
use crate::scene::geometry::{Point, Rect};
use crate::scene::item::Item;
use crate::scene::picture::Anchor;
use crate::scene::report;
use crate::scene::shapes::{Cell, Cells, Pointer};
use crate::scene::tone::{Line, Tone};

/// The least and the largest size of a box.
const WIDTH: (f64, f64) = (26.0, 120.0);
const HEIGHT: f64 = 34.0;
const LEAST: f64 = 1.0;
/// Above this many boxes, signs in the empty ones would drown the picture; outlines tell them apart.
const MOST_SIGNED: usize = 40;
/// Above this many boxes without text, those of one tone are one shape.
const MOST_APART: usize = 256;
const INDEX: f64 = 15.0;
const POINTER: f64 = 26.0;

/// Where the box at a position lies on the stage.
pub(super) fn place(item: &Item, cells: &Cells, at: usize) -> Option<Rect> {
    let mut unseen = Pen::new(item.frame);
    let layout = Layout::of(&mut unseen, item, cells);
    let place = (at < cells.cells.len()).then(|| layout.grid.place(at))?;
    Some(place.moved(item.frame.x, item.frame.y))
}

/// Where the boxes lie, and what room there is around them.
struct Layout {
    content: Rect,
    grid: Grid,
    /// The room above each row for numbers, and below it for pointers.
    index: f64,
    below: f64,
    /// Whether something points behind the last box.
    behind: bool,
    /// Whether no box has text.
    bare: bool,
}

impl Layout {
    fn of(pen: &mut Pen, item: &Item, cells: &Cells) -> Self {
        let content = pen.heading(item, "");
        let count = cells.cells.len().max(1);
        let columns = cells.columns.unwrap_or(count).min(count).max(1);
        let rows = count.div_ceil(columns);
        let (index, below) = margins(cells, content.h / rows as f64);
        let text = |cell: &Cell| Type::INNER_CODE.width(&cell.text) + 14.0;
        let widest = cells.cells.iter().map(text).fold(WIDTH.0, f64::max);
        let behind = rows == 1 && cells.pointers.iter().any(|pointer| pointer.at >= count);
        let places = columns + usize::from(behind);
        let (places, widest) = match cells.places {
            // The same width whatever stands in the boxes.
            Some(given) => (given.max(places), WIDTH.1),
            None => (places, widest),
        };
        let w = (content.w / places as f64).min(widest).min(WIDTH.1);
        let bare = cells.cells.iter().all(|cell| cell.text.is_empty());
        let most = if bare { w.min(HEIGHT) } else { HEIGHT };
        let between = if index + below > 0.0 { 4.0 } else { 0.0 };
        let h = (content.h / rows as f64 - index - below - between)
            .min(most)
            .max(LEAST);
        let grid = Grid {
            origin: Point::new(content.x, content.y + index),
            count: cells.cells.len(),
            columns,
            w,
            h,
            step: h + index + below + between,
        };
        Self {
            content,
            grid,
            index,
            below,
            behind,
            bare,
        }
    }
}

pub(super) fn draw(pen: &mut Pen, item: &Item, cells: &Cells) {
    let layout = Layout::of(pen, item, cells);
    let (grid, count) = (&layout.grid, cells.cells.len().max(1));
    // One narrow box makes all of them narrow: two kinds of letters in a strip would mean something.
    let room = grid.place(0).inset(gap(grid.place(0))).w - 4.0;
    let fits = |cell: &Cell| Type::INNER_CODE.width(&cell.text) <= room;
    let style = if cells.cells.iter().all(fits) {
        Type::INNER_CODE
    } else {
        Type::INNER
    };
    let apart = !layout.bare || count <= MOST_APART;
    if !apart {
        draw_together(pen, grid, &cells.cells);
    }
    for (at, cell) in cells.cells.iter().enumerate() {
        if apart {
            draw_cell(pen, grid.place(at), cell, style, count <= MOST_SIGNED);
        }
        let name = || format!("cell-{at}");
        pen.part(
            name,
            grid.place(at),
            || report::cell_words(cell),
            &cell.menu,
        );
    }
    if layout.behind {
        let empty = grid.pointed(count).inset(1.5);
        pen.rect("rule dashes", empty, 4.0);
    }
    if let Some(first) = cells.first_index.filter(|_| layout.index > 0.0) {
        for at in 0..cells.cells.len() {
            let number = (first + at).to_string();
            let spot = grid.place(at).at(0.5, 0.0).moved(0.0, -INDEX / 2.0);
            if Type::QUIET.width(&number) <= grid.w || at.is_multiple_of(5) {
                pen.text(
                    Type::QUIET,
                    None,
                    spot,
                    Anchor::Middle,
                    &number,
                    grid.w.max(24.0),
                );
            }
        }
    }
    if layout.below > 0.0 {
        draw_pointers(pen, grid, &cells.pointers, layout.content);
    }
}

/// The room above each row for numbers and below it for pointers; numbers give way first when the
/// rows are low.
fn margins(cells: &Cells, row: f64) -> (f64, f64) {
    const LOW: f64 = 18.0;
    let index = if cells.first_index.is_some() {
        INDEX
    } else {
        0.0
    };
    let below = if cells.pointers.is_empty() {
        0.0
    } else {
        POINTER
    };
    if row - index - below >= LOW {
        (index, below)
    } else if row - below >= LOW {
        (0.0, below)
    } else {
        (0.0, 0.0)
    }
}

struct Grid {
    origin: Point,
    count: usize,
    columns: usize,
    w: f64,
    h: f64,
    step: f64,
}

impl Grid {
    fn place(&self, at: usize) -> Rect {
        Rect::new(
            self.origin.x + (at % self.columns) as f64 * self.w,
            self.origin.y + (at / self.columns) as f64 * self.step,
            self.w,
            self.h,
        )
    }

    /// The box a pointer means: one past the last stands behind a strip; in a grid it is the last.
    fn pointed(&self, at: usize) -> Rect {
        if at >= self.count && self.count == self.columns {
            self.place(0).moved(self.count as f64 * self.w, 0.0)
        } else {
            self.place(at.min(self.count.saturating_sub(1)))
        }
    }
}

/// One path for all boxes of a tone.
fn draw_together(pen: &mut Pen, grid: &Grid, cells: &[Cell]) {
    let mut traces = TraceByTone::default();
    let gap = if grid.h > 8.0 { 1.0 } else { 0.5 };
    for (at, cell) in cells.iter().enumerate() {
        let rect = grid.place(at).inset(gap);
        traces.extend(cell.tone, |trace| {
            trace
                .jump(rect.at(0.0, 0.0))
                .line(rect.at(1.0, 0.0))
                .line(rect.at(1.0, 1.0))
                .line(rect.at(0.0, 1.0))
                .close()
        });
    }
    for (tone, trace) in traces {
        pen.path(("body thin", tone), trace);
    }
}

/// Half of what lies between two boxes of this size.
fn gap(place: Rect) -> f64 {
    if place.short_side() > 12.0 { 1.5 } else { 0.5 }
}

fn draw_cell(pen: &mut Pen, place: Rect, cell: &Cell, style: Type, signed: bool) {
    let rect = place.inset(gap(place));
    let class = match cell.line {
        Line::Dashed => "body dashes",
        Line::Solid | Line::Cut | Line::Struck => "body",
    };
    pen.rect(
        (class, cell.tone),
        rect,
        if rect.h > 12.0 { 4.0 } else { 1.0 },
    );
    if rect.h >= 13.0 {
        pen.text_in(style, Some(cell.tone), rect.inset_xy(2.0, 0.0), &cell.text);
    }
    if signed && cell.text.is_empty() && sign::has_sign(cell.tone) && rect.short_side() >= 13.0 {
        let radius = (rect.short_side() * 0.3).min(6.5);
        sign::seal(pen, cell.tone, rect.center(), radius);
    }
    if cell.line == Line::Struck {
        let inner = rect.inset(1.0);
        pen.line(
            ("strike", cell.tone),
            inner.at(0.0, 1.0),
            inner.at(1.0, 0.0),
        );
    }
}

/// Arrows from below; labels of arrows to the same box share a line.
fn draw_pointers(pen: &mut Pen, grid: &Grid, pointers: &[Pointer], content: Rect) {
    let mut shown: Vec<(usize, Tone, String)> = Vec::new();
    for pointer in pointers {
        match shown.iter_mut().find(|(at, ..)| *at == pointer.at) {
            Some((_, _, label)) => {
                label.push_str(", ");
                label.push_str(&pointer.label);
            }
            None => shown.push((pointer.at, pointer.tone, pointer.label.clone())),
        }
    }
    for (at, tone, label) in shown {
        let tip = grid.pointed(at).at(0.5, 1.0).moved(0.0, 2.0);
        let trace = Trace::from(tip)
            .line(tip.moved(5.0, 7.0))
            .line(tip.moved(-5.0, 7.0))
            .close();
        pen.path(("fill", tone), trace);
        let half = Type::QUIET.width(&label) / 2.0;
        let x = tip.x.min(content.right() - half).max(content.x + half);
        let spot = Point::new(x, tip.y + 16.0);
        pen.text(Type::QUIET, None, spot, Anchor::Middle, &label, content.w);
    }
}
