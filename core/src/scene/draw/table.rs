//! Rows and columns of text.

use super::pen::{Pen, Type};
use super::sign;
use crate::scene::geometry::{Point, Rect};
use crate::scene::item::Item;
use crate::scene::picture::Anchor;
use crate::scene::report;
use crate::scene::shapes::{Cell, Table, TableRow};
use crate::scene::tone::{Line, Tone};

const ROW: f64 = 24.0;
const PAD: f64 = 8.0;

pub(super) fn draw(pen: &mut Pen, item: &Item, table: &Table) {
    let content = pen.heading(item, "");
    let columns = columns(table, content);
    let (head, mut body) = content.take_top(if table.header.is_empty() { 0.0 } else { ROW }, 0.0);
    if !table.header.is_empty() {
        for (column, words) in columns.iter().zip(&table.header) {
            let at = Point::new(column.x + PAD, head.center().y);
            let room = column.w - 1.5 * PAD;
            pen.text(Type::QUIET, None, at, Anchor::Start, words, room);
        }
        pen.line("rule", head.at(0.0, 1.0), head.at(1.0, 1.0));
        body = Rect::new(body.x, body.y + 1.0, body.w, body.h - 1.0);
    }
    let fitting = (body.h / ROW).max(0.0) as usize;
    let shown = if table.rows.len() > fitting {
        fitting.saturating_sub(1)
    } else {
        table.rows.len()
    };
    for (index, row) in table.rows.iter().take(shown).enumerate() {
        let line = Rect::new(body.x, body.y + index as f64 * ROW, body.w, ROW);
        draw_row(pen, row, line, &columns);
        let label = || report::row_words(&table.header, row);
        pen.part(|| format!("row-{index}"), line, label, &row.menu);
        for (at, (column, cell)) in columns.iter().zip(&row.cells).enumerate() {
            let place = Rect::new(column.x, line.y, column.w, line.h);
            let name = || format!("cell-{index}-{at}");
            pen.part(name, place, || report::cell_words(cell), &cell.menu);
        }
    }
    if shown < table.rows.len() {
        let y = body.y + (shown as f64 + 0.5) * ROW;
        let rest = format!("and {} more", table.rows.len() - shown);
        let at = Point::new(body.x + PAD, y.min(content.bottom() - 7.0));
        pen.text(Type::QUIET, None, at, Anchor::Start, &rest, body.w - PAD);
    }
}

fn draw_row(pen: &mut Pen, row: &TableRow, line: Rect, columns: &[Rect]) {
    if row.tone != Tone::Plain {
        pen.rect(("band", row.tone), line.inset_xy(0.0, 1.0), 4.0);
    }
    for (index, (column, cell)) in columns.iter().zip(&row.cells).enumerate() {
        let mut room = Rect::new(column.x, line.y, column.w, line.h).inset_xy(PAD, 0.0);
        room.w += PAD / 2.0;
        let tone = if cell.tone == Tone::Plain && index == 0 {
            row.tone
        } else {
            cell.tone
        };
        if sign::has_sign(tone) {
            let (spot, rest) = room.take_left(12.0, 5.0);
            sign::seal(pen, tone, spot.center(), 6.0);
            room = rest;
        }
        let inverse = (row.tone == Tone::Leader).then_some(Tone::Leader);
        let at = room.at(0.0, 0.5);
        pen.text(
            style(cell, inverse),
            inverse,
            at,
            Anchor::Start,
            &cell.text,
            room.w,
        );
    }
    pen.line("rule faint", line.at(0.0, 1.0), line.at(1.0, 1.0));
}

fn style(cell: &Cell, inverse: Option<Tone>) -> Type {
    match (cell.line, inverse) {
        (_, Some(_)) => Type::INNER,
        (Line::Struck, None) => Type::STRUCK,
        (Line::Dashed | Line::Cut, None) => Type::QUIET,
        (Line::Solid, None) => Type::READING,
    }
}

/// The columns across the content: by weight if given, otherwise by their longest text.
fn columns(table: &Table, content: Rect) -> Vec<Rect> {
    let rows = table.rows.iter().map(|row| row.cells.len()).max();
    let count = table.header.len().max(rows.unwrap_or(0));
    let wanted = |column: usize| {
        if let Some(weight) = table.weights.get(column) {
            return weight.max(0.01);
        }
        let header = table.header.get(column).map(String::as_str);
        let cells = table.rows.iter().filter_map(|row| row.cells.get(column));
        cells
            .map(|cell| {
                let sign = if sign::has_sign(cell.tone) { 17.0 } else { 0.0 };
                Type::READING.width(&cell.text) + sign
            })
            .chain(header.map(|words| Type::QUIET.width(words)))
            .fold(16.0, f64::max)
            + 2.0 * PAD
            + if column == 0 { 17.0 } else { 0.0 }
    };
    let mut widths: Vec<f64> = (0..count).map(wanted).collect();
    if table.weights.is_empty() {
        level(&mut widths, content.w);
    }
    let sum: f64 = widths.iter().sum();
    let mut x = content.x;
    widths
        .iter()
        .map(|width| {
            let column = Rect::new(x, content.y, content.w * width / sum, content.h);
            x = column.right();
            column
        })
        .collect()
}

/// Cuts the widest down to one width, until all fit into `room`.
fn level(widths: &mut [f64], room: f64) {
    let mut sorted = widths.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut left = room;
    let count = sorted.len();
    for (index, width) in sorted.iter().enumerate() {
        let most = left / (count - index) as f64;
        if *width > most {
            for width in &mut *widths {
                *width = width.min(most.max(1.0));
            }
            return;
        }
        left -= width;
    }
}
