//! Texts, text fields, groups and legends.

use super::pen::{Pen, Type};
use super::sign;
use crate::scene::geometry::{Point, Rect};
use crate::scene::item::Item;
use crate::scene::picture::{Anchor, PictureField};
use crate::scene::shapes::{Align, Group, Legend, Shape, Text, TextField, TextStyle};
use crate::scene::text;
use crate::scene::tone::Line;
use crate::scene::{GROUP_INSET, GROUP_TITLE};

const FIELD_PAD: f64 = 10.0;

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
    let lines = match words.style {
        TextStyle::Body | TextStyle::Caption => {
            text::wrap(&item.label, style.size(), frame.w, most)
        }
        TextStyle::Title | TextStyle::Code | TextStyle::Figure => vec![item.label.clone()],
    };
    let (across, anchor) = match words.align {
        Align::Start => (0.0, Anchor::Start),
        Align::Middle => (0.5, Anchor::Middle),
        Align::End => (1.0, Anchor::End),
    };
    for (index, line) in lines.iter().enumerate() {
        let y = (index as f64 + 0.5) * leading;
        let at = Point::new(
            frame.w * across,
            y.min(frame.h.max(leading) - leading / 2.0),
        );
        pen.text(style, Some(item.tone), at, anchor, line, frame.w + 0.01);
    }
}

/// The input that a backend puts over a text field.
pub(super) fn field(item: &Item) -> Option<PictureField> {
    let Shape::TextField(field) = &item.shape else {
        return None;
    };
    Some(PictureField {
        frame: field_frame(item, item.frame.moved(-item.frame.x, -item.frame.y)),
        value: field.value.clone(),
        placeholder: field.placeholder.clone(),
        call: field.call.clone(),
        parameter: field.parameter.clone(),
        commit: field.commit,
        multiline: field.multiline,
    })
}

fn field_frame(item: &Item, frame: Rect) -> Rect {
    if item.label.is_empty() {
        frame
    } else {
        frame.take_top(20.0, 4.0).1
    }
}

pub(super) fn draw_field(pen: &mut Pen, item: &Item, field: &TextField) {
    let content = pen.heading(item, "");
    pen.rect("body field", content, 6.0);
    let room = content.inset_xy(FIELD_PAD, 6.0);
    let (words, style) = if field.value.is_empty() {
        (field.placeholder.as_str(), Type::HINT)
    } else {
        (field.value.as_str(), Type::BODY)
    };
    let leading = style.size().leading();
    let lines = if field.multiline {
        let most = (room.h / leading).max(1.0) as usize;
        text::wrap(words, style.size(), room.w, most)
    } else {
        vec![words.to_owned()]
    };
    let top = if field.multiline {
        room.y + leading / 2.0
    } else {
        room.center().y
    };
    for (index, line) in lines.iter().enumerate() {
        let at = Point::new(room.x, top + index as f64 * leading);
        pen.text(style, None, at, Anchor::Start, line, room.w + 0.01);
    }
    if !field.multiline {
        underlines(pen, field, room, top + 11.0);
    }
}

/// Who wrote which part, by approximate widths.
fn underlines(pen: &mut Pen, field: &TextField, room: Rect, y: f64) {
    let mut chars = field.value.chars();
    let mut x = room.x;
    for run in &field.runs {
        let part: String = chars.by_ref().take(run.chars).collect();
        let right = (x + Type::BODY.width(&part)).min(room.right());
        if right - x > 1.0 {
            let (from, to) = (Point::new(x + 0.5, y), Point::new(right - 0.5, y));
            pen.line(("underline", run.tone), from, to);
        }
        x = right;
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
    let mut line = top.inset_xy(GROUP_INSET, 0.0);
    if sign::has_sign(item.tone) {
        let (spot, rest) = line.take_left(14.0, 5.0);
        sign::seal(pen, item.tone, spot.center(), 6.5);
        line = rest;
    }
    let at = line.at(0.0, 0.5);
    pen.text(Type::HEADING, None, at, Anchor::Start, &item.label, line.w);
}

pub(super) fn draw_legend(pen: &mut Pen, legend: &Legend) {
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
