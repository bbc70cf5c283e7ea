//! Texts, text fields, groups and legends.

use super::pen::{Pen, Type};
use super::sign;
use crate::scene::geometry::{Point, Rect};
use crate::scene::item::Item;
use crate::scene::picture::{Anchor, PictureField};
use crate::scene::shapes::{Align, Group, Legend, Shape, Text, TextField, TextStyle};
use crate::scene::text;
use crate::scene::tone::{Line, Tone};
use crate::scene::{GROUP_INSET, GROUP_TITLE};
use crate::words::halves;

const FIELD_PAD: f64 = 10.0;
/// Below this height a field's label stands beside it.
const FIELD_LOW: f64 = 56.0;

pub(super) fn draw_text(pen: &mut Pen, item: &Item, words: &Text) {
    let frame = pen.frame();
    let style = match words.style {
        TextStyle::Title => Type::TITLE,
        TextStyle::Body => Type::BODY,
        TextStyle::Caption => Type::CAPTION,
        TextStyle::Code => Type::CODE,
        TextStyle::Figure => Type::FIGURE,
    };
    let leading = style.size().leading();
    let most = ((frame.h + 4.0) / leading).max(1.0) as usize;
    let room = if sign::has_sign(item.tone) {
        frame.w - 20.0
    } else {
        frame.w
    };
    let lines = match words.style {
        TextStyle::Body | TextStyle::Caption => text::wrap(&item.label, style.size(), room, most),
        TextStyle::Title | TextStyle::Code | TextStyle::Figure => vec![item.label.clone()],
    };
    let (across, anchor) = match words.align {
        Align::Start => (0.0, Anchor::Start),
        Align::Middle => (0.5, Anchor::Middle),
        Align::End => (1.0, Anchor::End),
    };
    let signed = sign::has_sign(item.tone);
    let (spot, column) = frame.take_left(if signed { 20.0 } else { 0.0 }, 0.0);
    for (index, line) in lines.iter().enumerate() {
        let y = (index as f64 + 0.5) * leading;
        let y = y.min(frame.h.max(leading) - leading / 2.0);
        let at = Point::new(column.at(across, 0.0).x, y);
        pen.text(style, None, at, anchor, line, column.w + 0.01);
        if signed && index == 0 {
            let before = column.w - style.width(line).min(column.w);
            let at = Point::new(spot.x + 8.0 + before * across, y);
            sign::seal(pen, item.tone, at, 6.5);
        }
    }
}

/// The input that a backend puts over a text field.
pub(super) fn field(item: &Item) -> Option<PictureField> {
    let Shape::TextField(field) = &item.shape else {
        return None;
    };
    Some(PictureField {
        frame: field_frame(&mut Pen::new(item.frame), item),
        value: field.value.clone(),
        placeholder: field.placeholder.clone(),
        call: field.call.clone(),
        parameter: field.parameter.clone(),
        commit: field.commit,
        multiline: field.multiline,
    })
}

/// Draws the heading; hands back where the text goes.
fn field_frame(pen: &mut Pen, item: &Item) -> Rect {
    pen.heading_unless_below(FIELD_LOW, item, "")
}

pub(super) fn draw_field(pen: &mut Pen, item: &Item, field: &TextField) {
    let content = field_frame(pen, item);
    pen.rect("body field", content, 6.0);
    let room = content.inset_xy(FIELD_PAD, 6.0);
    let (words, style) = if field.value.is_empty() {
        (field.placeholder.as_str(), Type::HINT)
    } else {
        (field.value.as_str(), Type::CODE)
    };
    let leading = style.size().leading();
    let (lines, top) = if field.multiline {
        let most = (room.h / leading).max(1.0) as usize;
        let mut lines = text::wrap_exactly(words, style.size(), room.w);
        lines.truncate(most);
        (lines, room.y + leading / 2.0)
    } else {
        (vec![words], room.center().y)
    };
    for (index, line) in lines.iter().enumerate() {
        let at = Point::new(room.x, top + index as f64 * leading);
        pen.text(
            style,
            None,
            at,
            Anchor::Start,
            line.trim_end(),
            room.w + 0.01,
        );
    }
    if !field.value.is_empty() {
        underlines(pen, field, &lines, room, top + 11.0);
    }
}

/// Who wrote which part: under each line, in stretches of one writer. In a fixed-width font the
/// widths are what they will be on the screen.
fn underlines(pen: &mut Pen, field: &TextField, lines: &[&str], room: Rect, first_y: f64) {
    let runs = field.runs.iter();
    let mut tones = runs.flat_map(|run| std::iter::repeat_n(run.tone, run.chars));
    for (index, line) in lines.iter().enumerate() {
        let y = first_y + index as f64 * Type::CODE.size().leading();
        let mut rest = *line;
        let mut x = room.x;
        let writers: Vec<Tone> = tones.by_ref().take(line.chars().count()).collect();
        for stretch in writers.chunk_by(|a, b| a == b) {
            let end = rest
                .char_indices()
                .nth(stretch.len())
                .map_or(rest.len(), |(at, _)| at);
            let (part, after) = halves(rest, end);
            let right = (x + Type::CODE.width(part)).min(room.right());
            if right - x > 1.0 {
                let (from, to) = (Point::new(x + 0.5, y), Point::new(right - 0.5, y));
                pen.line(("underline", stretch[0]), from, to);
            }
            (rest, x) = (after, right);
        }
    }
}

pub(super) fn draw_group(pen: &mut Pen, item: &Item, group: &Group) {
    let frame = pen.frame();
    let class = match group.line {
        Line::Solid => "frame",
        Line::Dashed | Line::Cut | Line::Struck => "frame dashes",
    };
    pen.rect(class, frame, 10.0);
    let (top, _) = frame.take_top(GROUP_TITLE, 0.0);
    pen.title(item.tone, &item.label, top.inset_xy(GROUP_INSET, 0.0));
}

pub(super) fn draw_legend(pen: &mut Pen, _: &Item, legend: &Legend) {
    const ROW: f64 = 20.0;
    let frame = pen.frame();
    let (mut x, mut y) = (0.0, ROW / 2.0);
    for (tone, words) in &legend.entries {
        let width = Type::QUIET.width(words) + 18.0;
        if x > 0.0 && x + width > frame.w {
            x = 0.0;
            y += ROW;
        }
        if y > frame.h {
            return;
        }
        sign::seal(pen, *tone, Point::new(x + 7.0, y), 6.0);
        let at = Point::new(x + 18.0, y);
        pen.text(Type::QUIET, None, at, Anchor::Start, words, frame.w - 18.0);
        x += width + 16.0;
    }
}
