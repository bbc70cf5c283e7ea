//! How each shape is drawn. The only place that turns shapes into primitives.

use super::Scene;
use super::geometry::{Point, Rect};
use super::item::{End, Item};
use super::picture::{
    Anchor, Class, Figure, Picture, PictureGroup, PictureSwarm, Primitive, Role, round,
};
use super::shapes::Shape;
use super::text::{self, Size};

/// Gives links and messages the frames that follow from their ends.
pub(super) fn route(scene: &mut Scene) {
    let frames: Vec<Option<Rect>> = scene
        .items
        .iter()
        .map(|item| {
            let (from, to, fraction) = if let Shape::Link(link) = &item.shape {
                (&link.from, &link.to, None)
            } else if let Shape::Message(message) = &item.shape {
                (&message.from, &message.to, Some(message.fraction))
            } else {
                return None;
            };
            let (from, to) = (place(scene, from)?, place(scene, to)?);
            Some(match fraction {
                None => Rect::new(from.x, from.y, 0.0, 0.0).union(Rect::new(to.x, to.y, 0.0, 0.0)),
                Some(fraction) => Rect::around_point(from.lerp(to, fraction), 12.0, 12.0),
            })
        })
        .collect();
    for (item, frame) in scene.items.iter_mut().zip(frames) {
        item.frame = frame.unwrap_or(item.frame);
    }
}

fn place(scene: &Scene, end: &End) -> Option<Point> {
    match end {
        End::Point(point) => Some(*point),
        End::Item(id) => scene.item(id.as_str()).map(|item| item.frame.center()),
    }
}

pub(super) fn picture(scene: &Scene) -> Picture {
    let stage = scene.shape.stage();
    Picture {
        shape: scene.shape,
        width: stage.w,
        height: stage.h,
        description: scene.describe(),
        groups: scene.items.iter().map(group).collect(),
        swarms: scene.items.iter().filter_map(swarm).collect(),
    }
}

fn swarm(item: &Item) -> Option<PictureSwarm> {
    let Shape::Swarm(swarm) = &item.shape else {
        return None;
    };
    Some(PictureSwarm {
        id: item.id.clone(),
        label: item.describe(),
        x: swarm.x.clone(),
        y: swarm.y.clone(),
        tone: swarm.tone.clone(),
        radius: swarm.radius,
    })
}

fn group(item: &Item) -> PictureGroup {
    let frame = item.frame;
    PictureGroup {
        id: item.id.to_string(),
        item: item.id.clone(),
        class: format!("item {}", item.tone.class()),
        x: round(frame.x),
        y: round(frame.y),
        role: if item.menu.is_empty() {
            Role::Image
        } else {
            Role::Button
        },
        label: item.describe(),
        has_menu: !item.menu.is_empty(),
        field: None,
        primitives: vec![
            Primitive {
                class: Class {
                    names: "soft line",
                    tone: None,
                },
                figure: Figure::Rect {
                    x: 0.0,
                    y: 0.0,
                    w: round(frame.w),
                    h: round(frame.h),
                    rx: 6.0,
                },
                event: None,
                title: None,
            },
            Primitive {
                class: Class {
                    names: "text",
                    tone: None,
                },
                figure: Figure::Text {
                    x: round(frame.w / 2.0),
                    y: round(frame.h / 2.0 + Size::Body.drop()),
                    anchor: Anchor::Middle,
                    text: text::fit(&item.label, Size::Body, frame.w).into_owned(),
                },
                event: None,
                title: None,
            },
        ],
    }
}
