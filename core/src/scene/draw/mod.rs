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

use std::collections::VecDeque;
use std::sync::Arc;

use super::Scene;
use super::geometry::{Rect, StageShape};
use super::item::{End, Item};
use super::picture::{Picture, PictureGroup, PictureSwarm, Role, round};
use super::shapes::{
    Bars, Bucket, Cells, Chip, Gauge, Group, Lanes, Legend, Link, Message, Node, NodeForm, Queue,
    Ring, Shape, Sparkline, StateMachine, Swarm, Table, Text, TextField, Tree,
};
use super::tone::Emphasis;
use pen::Part;

pub use badges::chip_width;
pub(super) use pen::Pen;
pub(super) use route::{Route, Routes};

/// The least size of something that can be touched, in stage units.
const TOUCH_SIZE: f64 = 28.0;

/// The primitives that show `scene`.
pub(super) fn picture(scene: &Scene) -> Picture {
    let drawn: Vec<Drawn> = scene
        .items
        .iter()
        .enumerate()
        .map(|(index, item)| Drawn::new(item, scene.routes.get(index), scene.shape))
        .collect();
    assemble(scene.shape, scene.describe(), drawn.iter())
}

/// Draws one scene after another. What is as it was in the scene before is not drawn again: its
/// groups are handed out once more, so that whoever shows them knows them by their address.
///
/// ```
/// use std::sync::Arc;
///
/// use orrery_core::scene::{Painter, SceneBuilder, StageShape};
///
/// let scene = |label: &str| {
///     let mut scene = SceneBuilder::new(StageShape::Wide);
///     let [one, other] = scene.area().columns_of([1.0, 1.0], 20.0);
///     scene.node("one", one).label("One");
///     scene.node("other", other).label(label);
///     scene.finish()
/// };
/// let mut painter = Painter::default();
/// let before = painter.picture(scene("Two"));
/// let after = painter.picture(scene("Three"));
/// assert!(Arc::ptr_eq(&before.groups[0], &after.groups[0]));
/// assert_eq!(after, scene("Three").to_picture());
/// ```
#[derive(Debug, Default)]
pub struct Painter {
    shape: Option<StageShape>,
    kept: Vec<Kept>,
}

/// An item, the way that it goes, and what was drawn of it.
#[derive(Debug)]
struct Kept {
    item: Item,
    route: Option<Route>,
    drawn: Drawn,
}

impl Painter {
    /// The same picture as [`Scene::to_picture`]. Besides drawing what changed it takes a search for
    /// each item, which is short for those that were there before, in the same order.
    pub fn picture(&mut self, scene: Scene) -> Picture {
        if self.shape.replace(scene.shape) != Some(scene.shape) {
            self.kept.clear();
        }
        let description = scene.describe();
        let mut routes = scene.routes;
        let mut before: VecDeque<Kept> = self.kept.drain(..).collect();
        for (index, item) in scene.items.into_iter().enumerate() {
            let route = routes.take(index);
            // Items keep their order as a rule, so that it is the first; what has gone is passed.
            let place = before.iter().position(|kept| kept.item.id == item.id);
            let kept = place
                .and_then(|place| before.drain(..=place).next_back())
                .filter(|kept| kept.item == item && kept.route == route);
            self.kept.push(kept.unwrap_or_else(|| Kept {
                drawn: Drawn::new(&item, route.as_ref(), scene.shape),
                item,
                route,
            }));
        }
        let drawn = self.kept.iter().map(|kept| &kept.drawn);
        assemble(scene.shape, description, drawn)
    }
}

/// What was drawn of one item.
#[derive(Debug)]
struct Drawn {
    layer: usize,
    groups: Vec<Arc<PictureGroup>>,
    badges: Option<Arc<PictureGroup>>,
    swarm: Option<PictureSwarm>,
}

impl Drawn {
    fn new(item: &Item, route: Option<&Route>, shape: StageShape) -> Self {
        let badges = || Arc::new(badges::group(item, shape.stage()));
        Self {
            layer: layer(&item.shape),
            groups: groups(item, route).into_iter().map(Arc::new).collect(),
            badges: (!item.badges.is_empty()).then(badges),
            swarm: swarm(item),
        }
    }
}

/// Everything in painting order.
fn assemble<'d>(
    shape: StageShape,
    description: String,
    drawn: impl Iterator<Item = &'d Drawn>,
) -> Picture {
    let mut layers: [Vec<Arc<PictureGroup>>; 5] = Default::default();
    let mut swarms = Vec::new();
    for drawn in drawn {
        layers[drawn.layer].extend_from_slice(&drawn.groups);
        layers[4].extend(drawn.badges.clone());
        swarms.extend(drawn.swarm.clone());
    }
    let stage = shape.stage();
    Picture {
        shape,
        width: stage.w,
        height: stage.h,
        description,
        groups: layers.into_iter().flatten().collect(),
        swarms,
    }
}

fn layer(shape: &Shape) -> usize {
    match shape {
        Shape::Group(_) => 0,
        Shape::Link(link) if leads_to_part(link) => 3,
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

/// Whether an end lies inside an item, where it would be covered.
const fn leads_to_part(link: &Link) -> bool {
    matches!(link.from, End::Part(..)) || matches!(link.to, End::Part(..))
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

/// The item's group, followed by one for each of its parts that can be touched on its own.
fn groups(item: &Item, route: Option<&Route>) -> Vec<PictureGroup> {
    let mut pen = Pen::new(item.frame);
    (item.kind.draw)(&mut pen, item, route);
    aura(&mut pen, item);
    let along = matches!(item.shape, Shape::Link(_));
    if role(item) == Role::Button && !along {
        pen.touch_area(TOUCH_SIZE);
    }
    let field = words::field(item);
    let (x, y) = route.map_or((item.frame.x, item.frame.y), |route| {
        (route.origin.x, route.origin.y)
    });
    let (x, y) = (round(x), round(y));
    let parts = pen.take_parts();
    let whole = PictureGroup {
        id: item.id.to_string(),
        item: item.id.clone(),
        class: class(item),
        x,
        y,
        role: role(item),
        label: item.description.clone(),
        menu: item.menu.clone(),
        field,
        primitives: pen.finish(),
    };
    let part_group = |part: Part| {
        let mut own = Pen::new(part.place);
        own.spot(part.place);
        PictureGroup {
            id: format!("{}/{}", item.id, part.name),
            item: item.id.clone(),
            class: "part touchable".to_owned(),
            x,
            y,
            role: Role::Button,
            label: part.label,
            menu: part.menu,
            field: None,
            primitives: own.finish(),
        }
    };
    let mut groups = vec![whole];
    groups.extend(parts.into_iter().map(part_group));
    groups
}

fn role(item: &Item) -> Role {
    let leads = matches!(&item.shape, Shape::Chip(chip) if chip.cause.is_some());
    if matches!(item.shape, Shape::TextField(_)) {
        Role::Field
    } else if leads || !item.menu.is_empty() {
        Role::Button
    } else {
        Role::Image
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

/// A kind of shape that can be drawn.
pub trait Draw {
    /// Draws it as the shape of `item`; a link and a message lie along `route`.
    fn draw(&self, pen: &mut Pen, item: &Item, route: Option<&Route>);

    /// Where its part at a position lies on the stage, if links may lead to its parts.
    fn part(&self, item: &Item, at: usize) -> Option<Rect> {
        let _ = (item, at);
        None
    }
}

/// Has kinds of shapes drawn by functions that need no route.
macro_rules! drawn_by {
    ($($kind:ident: $draw:path),* $(,)?) => {
        $(
            impl Draw for $kind {
                fn draw(&self, pen: &mut Pen, item: &Item, _: Option<&Route>) {
                    $draw(pen, item, self);
                }
            }
        )*
    };
}

drawn_by! {
    Node: node::draw,
    Ring: ring::draw,
    Bucket: bucket::draw,
    Queue: queue::draw,
    Table: table::draw,
    Tree: tree::draw,
    StateMachine: state_machine::draw,
    Lanes: lanes::draw,
    Gauge: charts::draw_gauge,
    Bars: charts::draw_bars,
    Sparkline: charts::draw_sparkline,
    Chip: badges::draw_chip,
    Text: words::draw_text,
    TextField: words::draw_field,
    Group: words::draw_group,
    Legend: words::draw_legend,
}

impl Draw for Cells {
    fn draw(&self, pen: &mut Pen, item: &Item, _: Option<&Route>) {
        cells::draw(pen, item, self);
    }

    fn part(&self, item: &Item, at: usize) -> Option<Rect> {
        cells::place(item, self, at)
    }
}

impl Draw for Link {
    fn draw(&self, pen: &mut Pen, item: &Item, route: Option<&Route>) {
        if let Some(route) = route {
            route::draw_link(pen, item, self, route);
        }
    }
}

impl Draw for Message {
    fn draw(&self, pen: &mut Pen, item: &Item, route: Option<&Route>) {
        if let Some(route) = route {
            route::draw_message(pen, item, self, route);
        }
    }
}

/// Its points go to a canvas.
impl Draw for Swarm {
    fn draw(&self, _: &mut Pen, _: &Item, _: Option<&Route>) {}
}

/// A second outline around what the present step is about, where a frame has an outline of its own.
fn aura(pen: &mut Pen, item: &Item) {
    let framed = !matches!(
        item.shape,
        Shape::Link(_) | Shape::Message(_) | Shape::Swarm(_)
    );
    if item.emphasis == Emphasis::Strong && framed {
        let circle = matches!(&item.shape, Shape::Node(node) if node.form == NodeForm::Circle);
        let round = circle || matches!(item.shape, Shape::Chip(_));
        pen.aura(round);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scene::sample;

    /// Outlines, lips, arrow heads and arcs may reach this far over a frame's edge.
    const SLACK: f64 = 6.0;

    fn painted(item: &Item) -> Rect {
        let mut pen = Pen::new(item.frame);
        (item.kind.draw)(&mut pen, item, None);
        pen.bounds().unwrap_or_default()
    }

    proptest! {
        #[test]
        fn every_shape_draws_inside_its_frame(
            w in 90.0..420.0_f64,
            h in 70.0..420.0_f64,
            kind in 0..sample::KINDS,
            tone in 0..sample::TONES,
            amount in 0_usize..60,
        ) {
            let frame = Rect::new(10.0, 10.0, w, h);
            let scene = sample::one(kind, frame, sample::tone(tone), amount);
            for item in &scene.items {
                let size = Rect::new(0.0, 0.0, w, h);
                let room = Rect::new(-SLACK, -SLACK, w + 2.0 * SLACK, h + 2.0 * SLACK);
                let painted = painted(item);
                prop_assert!(
                    room.contains(painted),
                    "{} of {amount} in {size:?} paints {painted:?}",
                    item.shape.word(),
                );
            }
        }

        #[test]
        fn no_size_however_small_makes_drawing_fail(
            w in 0.0..90.0_f64,
            h in 0.0..70.0_f64,
            kind in 0..sample::KINDS,
            amount in 0_usize..400,
        ) {
            let frame = Rect::new(10.0, 10.0, w, h);
            let scene = sample::one(kind, frame, crate::scene::Tone::Failed, amount);
            let svg = scene.to_picture().to_svg_fragment();
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
        }
    }
}
