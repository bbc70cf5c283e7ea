//! Parents above children.

use super::path::Trace;
use super::pen::{Pen, Type};
use super::sign;
use crate::scene::geometry::{Point, Rect};
use crate::scene::item::Item;
use crate::scene::shapes::{Tree, TreeNode};
use crate::scene::tone::Line;

const HEIGHT: f64 = 26.0;
const GAP: f64 = 6.0;

pub(super) fn draw(pen: &mut Pen, item: &Item, tree: &Tree) {
    let content = pen.heading(item, "");
    let layout = Layout::of(tree);
    let places: Vec<Rect> = (0..tree.nodes.len())
        .map(|at| layout.place(at, &tree.nodes[at], content))
        .collect();
    for (at, node) in tree.nodes.iter().enumerate() {
        if let Some(parent) = parent(at, node) {
            let class = match node.line {
                Line::Solid => "wire",
                Line::Dashed | Line::Cut | Line::Struck => "wire dashes",
            };
            pen.path(class, branch(places[parent], places[at]));
        }
    }
    for (at, (place, node)) in places.iter().zip(&tree.nodes).enumerate() {
        draw_node(pen, *place, node);
        pen.part(
            || format!("node-{at}"),
            *place,
            || node.label.clone(),
            &node.menu,
        );
    }
}

/// A parent that comes later in the list would make a loop possible, and is ignored.
fn parent(at: usize, node: &TreeNode) -> Option<usize> {
    node.parent.filter(|&parent| parent < at)
}

fn branch(parent: Rect, child: Rect) -> Trace {
    let (from, to) = (parent.at(0.5, 1.0), child.at(0.5, 0.0));
    let middle = (from.y + to.y) / 2.0;
    Trace::from(from)
        .curve(Point::new(from.x, middle), from.lerp(to, 0.5))
        .curve(Point::new(to.x, middle), to)
}

fn draw_node(pen: &mut Pen, place: Rect, node: &TreeNode) {
    let class = match node.line {
        Line::Solid | Line::Struck => "body",
        Line::Dashed | Line::Cut => "body dashes",
    };
    pen.rect((class, node.tone), place, 6.0);
    let mut room = place.inset_xy(6.0, 0.0);
    if sign::has_sign(node.tone) && room.w > 22.0 {
        let (spot, rest) = room.take_left(12.0, 2.0);
        sign::seal(pen, node.tone, spot.center(), 5.5);
        room = rest;
    }
    pen.text_in(Type::INNER, Some(node.tone), room, &node.label);
    if node.line == Line::Struck {
        pen.line(
            ("strike", node.tone),
            place.at(0.0, 1.0),
            place.at(1.0, 0.0),
        );
    }
}

/// Where nodes stand: leaves side by side, parents over the middle of their children.
struct Layout {
    across: Vec<f64>,
    depth: Vec<usize>,
    leaves: f64,
    levels: usize,
}

impl Layout {
    fn of(tree: &Tree) -> Self {
        let count = tree.nodes.len();
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut depth = vec![0; count];
        let mut roots = Vec::new();
        for (at, node) in tree.nodes.iter().enumerate() {
            match parent(at, node) {
                Some(parent) => {
                    children[parent].push(at);
                    depth[at] = depth[parent] + 1;
                }
                None => roots.push(at),
            }
        }
        let mut layout = Self {
            across: vec![0.0; count],
            levels: depth.iter().max().map_or(1, |deepest| deepest + 1),
            depth,
            leaves: 0.0,
        };
        let mut order = roots;
        order.reverse();
        let mut last_first = Vec::with_capacity(count);
        while let Some(at) = order.pop() {
            last_first.push(at);
            if children[at].is_empty() {
                layout.across[at] = layout.leaves + 0.5;
                layout.leaves += 1.0;
            }
            order.extend(children[at].iter().rev());
        }
        for at in last_first.into_iter().rev() {
            if let (Some(first), Some(last)) = (children[at].first(), children[at].last()) {
                layout.across[at] = (layout.across[*first] + layout.across[*last]) / 2.0;
            }
        }
        layout
    }

    fn place(&self, at: usize, node: &TreeNode, content: Rect) -> Rect {
        let column = content.w / self.leaves.max(1.0);
        let row = content.h / self.levels as f64;
        let height = HEIGHT.min(row * 0.7);
        let sign = if sign::has_sign(node.tone) { 16.0 } else { 0.0 };
        let wanted = (Type::INNER.width(&node.label) + 18.0 + sign).max(height);
        let width = wanted.min((column - GAP).max(8.0));
        let step = if self.levels > 1 {
            (content.h - height) / (self.levels - 1) as f64
        } else {
            0.0
        };
        let y = content.y + self.depth[at] as f64 * step.min(row.max(64.0));
        Rect::new(
            content.x + self.across[at] * column - width / 2.0,
            y,
            width,
            height,
        )
    }
}
