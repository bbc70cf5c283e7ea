//! How each shape is drawn: the only place that turns shapes into primitives.
//!
//! Every shape draws in its own coordinates, from (0, 0) to the size of its frame, and stays
//! inside. Painting order: groups, links, things, messages, badges; a scene's own order within
//! each.

mod badges;
mod bucket;
mod cells;
mod charts;
mod lanes;
mod node;
mod path;
mod pen;
mod queue;
mod ring;
mod route;
mod sign;
mod state_machine;
mod table;
mod tree;
mod words;

use super::Scene;
use super::item::Item;
use super::picture::{Picture, PictureGroup, PictureSwarm, Role, round};
use super::shapes::Shape;
use super::tone::Emphasis;
use pen::Pen;
use route::{Route, Routes};

pub(super) use route::assign_frames;

/// The least size of something that can be touched, in stage units.
const TOUCH_SIZE: f64 = 28.0;

/// The primitives that show `scene`.
pub(super) fn picture(scene: &Scene) -> Picture {
    let stage = scene.shape.stage();
    let routes = Routes::of(scene);
    let mut layers: [Vec<PictureGroup>; 5] = Default::default();
    for (index, item) in scene.items.iter().enumerate() {
        layers[layer(&item.shape)].push(group(item, routes.get(index)));
        if !item.badges.is_empty() {
            layers[4].push(badges::group(item, stage));
        }
    }
    Picture {
        shape: scene.shape,
        width: stage.w,
        height: stage.h,
        description: scene.describe(),
        groups: layers.into_iter().flatten().collect(),
        swarms: scene.items.iter().filter_map(swarm).collect(),
    }
}

fn layer(shape: &Shape) -> usize {
    match shape {
        Shape::Group(_) => 0,
        Shape::Link(_) => 1,
        Shape::Message(_) => 3,
        Shape::Node(_)
        | Shape::Ring(_)
        | Shape::Bucket(_)
        | Shape::Queue(_)
        | Shape::Cells(_)
        | Shape::Table(_)
        | Shape::Tree(_)
        | Shape::StateMachine(_)
        | Shape::Lanes(_)
        | Shape::Gauge(_)
        | Shape::Bars(_)
        | Shape::Sparkline(_)
        | Shape::Chip(_)
        | Shape::Text(_)
        | Shape::TextField(_)
        | Shape::Legend(_)
        | Shape::Swarm(_) => 2,
    }
}

fn swarm(item: &Item) -> Option<PictureSwarm> {
    let Shape::Swarm(swarm) = &item.shape else {
        return None;
    };
    Some(PictureSwarm {
        id: item.id.clone(),
        label: item.description.clone(),
        x: swarm.x.clone(),
        y: swarm.y.clone(),
        tone: swarm.tone.clone(),
        radius: swarm.radius,
    })
}

fn group(item: &Item, route: Option<&Route>) -> PictureGroup {
    let mut pen = Pen::new(item.frame);
    shape(&mut pen, item, route);
    aura(&mut pen, item);
    let has_menu = !item.menu.is_empty();
    if has_menu {
        pen.touch_area(TOUCH_SIZE);
    }
    let field = words::field(item);
    let (x, y) = route.map_or((item.frame.x, item.frame.y), |route| {
        (route.origin.x, route.origin.y)
    });
    PictureGroup {
        id: item.id.to_string(),
        item: item.id.clone(),
        class: class(item),
        x: round(x),
        y: round(y),
        role: match (&field, has_menu || pen.leads_somewhere()) {
            (Some(_), _) => Role::Field,
            (None, true) => Role::Button,
            (None, false) => Role::Image,
        },
        label: item.description.clone(),
        has_menu,
        field,
        primitives: pen.finish(),
    }
}

fn class(item: &Item) -> String {
    let kind = item.shape.word().replace(' ', "-");
    let emphasis = match item.emphasis {
        Emphasis::Dim => " dim",
        Emphasis::Normal => "",
        Emphasis::Strong => " strong",
    };
    let touch = if item.menu.is_empty() {
        ""
    } else {
        " touchable"
    };
    format!("item item-{kind} {}{emphasis}{touch}", item.tone.class())
}

fn shape(pen: &mut Pen, item: &Item, route: Option<&Route>) {
    match &item.shape {
        Shape::Node(node) => node::draw(pen, item, node),
        Shape::Link(link) => {
            if let Some(route) = route {
                route::draw_link(pen, item, link, route);
            }
        }
        Shape::Message(message) => {
            if let Some(route) = route {
                route::draw_message(pen, item, message, route);
            }
        }
        Shape::Ring(ring) => ring::draw(pen, item, ring),
        Shape::Bucket(bucket) => bucket::draw(pen, item, bucket),
        Shape::Queue(queue) => queue::draw(pen, item, queue),
        Shape::Cells(cells) => cells::draw(pen, item, cells),
        Shape::Table(table) => table::draw(pen, item, table),
        Shape::Tree(tree) => tree::draw(pen, item, tree),
        Shape::StateMachine(machine) => state_machine::draw(pen, item, machine),
        Shape::Lanes(lanes) => lanes::draw(pen, item, lanes),
        Shape::Gauge(gauge) => charts::draw_gauge(pen, item, gauge),
        Shape::Bars(bars) => charts::draw_bars(pen, item, bars),
        Shape::Sparkline(line) => charts::draw_sparkline(pen, item, line),
        Shape::Chip(chip) => badges::draw_chip(pen, item, chip),
        Shape::Text(text) => words::draw_text(pen, item, text),
        Shape::TextField(field) => words::draw_field(pen, item, field),
        Shape::Group(group) => words::draw_group(pen, item, group),
        Shape::Legend(legend) => words::draw_legend(pen, legend),
        Shape::Swarm(_) => {}
    }
}

/// A second outline around what the present step is about, where a frame has an outline of its own.
fn aura(pen: &mut Pen, item: &Item) {
    let framed = !matches!(
        item.shape,
        Shape::Link(_) | Shape::Message(_) | Shape::Swarm(_)
    );
    if item.emphasis == Emphasis::Strong && framed {
        pen.aura();
    }
}
