//! Rows and columns of text.

use super::pen::{Pen, Type};
use super::sign;
use crate::scene::geometry::{Point, Rect};
use crate::scene::item::Item;
use crate::scene::picture::Anchor;
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
    let weights: Vec<f64> = (0..count).map(wanted).collect();
    let sum: f64 = weights.iter().sum();
    let mut x = content.x;
    weights
        .iter()
        .map(|weight| {
            let column = Rect::new(x, content.y, content.w * weight / sum, content.h);
            x = column.right();
            column
        })
        .collect()
}
