//! The picture: clients on one side, the bucket in the middle, the service on the other.
//!
//! Pure: it reads the model at an instant and says what stands where.

use super::algorithm::Tokens;
use super::model::{ANSWERS_KEPT, Buckets, Client, Limited, Occurrence};
use crate::kernel::engine::Flight;
use crate::kernel::network::Status;
use crate::patterns::rate_limiting::headers::{Fields, Policy};
use crate::patterns::rate_limiting::limiter::{Obstacle, Verdict};
use crate::prelude::*;
use crate::scene::{Badge, GROUP_INSET, GROUP_TITLE, ItemId, Placed, Point, Rect, Swarm};
use crate::staging;

/// Beyond this many clients their tiles are too small for more than a number.
const ROOMY_CLIENTS: usize = 8;

/// Beyond this many messages they are drawn as a swarm.
const MESSAGES_MAX: usize = 120;

/// Where things stand.
struct Layout {
    clients: Vec<Rect>,
    limiter: Rect,
    /// The buckets' frames: one, or one per client.
    buckets: Vec<Rect>,
    service: Rect,
    answer: Rect,
    recent: Rect,
}

impl Layout {
    fn of(model: &Limited, scene: &SceneBuilder) -> Self {
        let (machine, foot) = scene.area().take_bottom(scene.pick(112.0, 176.0), 24.0).swap();
        let (clients, limiter, service) = if scene.is_tall() {
            let [clients, limiter, service] = machine.rows_of([1.1, 2.1, 0.5], 44.0);
            (clients, limiter, service.centered(150.0, 56.0))
        } else {
            let [clients, limiter, service] = machine.columns_of([1.1, 1.7, 0.8], 84.0);
            (clients, limiter, service.centered(150.0, 76.0))
        };
        let (answer, recent) = if scene.is_tall() {
            let (recent, answer) = foot.take_top(52.0, 12.0);
            (answer, recent)
        } else {
            let [answer, recent] = foot.columns_of([1.25, 1.0], 24.0);
            (answer, recent)
        };
        Self {
            clients: client_tiles(clients, model.clients.len(), scene.is_tall()),
            buckets: bucket_tiles(limiter, model),
            limiter,
            service,
            answer,
            recent,
        }
    }
}

/// The two parts in the other order.
trait Swap {
    fn swap(self) -> Self;
}

impl Swap for (Rect, Rect) {
    fn swap(self) -> Self {
        (self.1, self.0)
    }
}

fn client_tiles(room: Rect, count: usize, tall: bool) -> Vec<Rect> {
    if count > ROOMY_CLIENTS {
        return room.tiles(count, 1.3, 6.0);
    }
    let tiles = if tall { room.tiles(count, 2.2, 12.0) } else { room.rows(count, 12.0) };
    tiles.into_iter().map(|tile| tile.centered(190.0, 64.0)).collect()
}

fn bucket_tiles(room: Rect, model: &Limited) -> Vec<Rect> {
    match model.buckets {
        Buckets::Shared(_) => vec![room.centered(300.0, 330.0)],
        Buckets::PerClient(_) => {
            let (_, inside) = room.take_top(GROUP_TITLE, 0.0);
            let inside = inside.inset_xy(GROUP_INSET, GROUP_INSET / 2.0);
            inside.tiles(model.clients.len(), 0.9, 10.0)
        }
    }
}

/// Draws the whole stage.
pub(super) fn draw(model: &Limited, world: &World<Occurrence>, scene: &mut SceneBuilder) {
    let layout = Layout::of(model, scene);
    scene.summary(summary(model, world));
    draw_links(model, world, scene);
    for (index, frame) in layout.clients.iter().enumerate() {
        draw_client(model, world, scene, index, *frame);
    }
    match &model.buckets {
        Buckets::Shared(_) => draw_shared_bucket(model, world, scene, layout.buckets[0]),
        Buckets::PerClient(_) => draw_client_buckets(model, world, scene, &layout),
    }
    draw_service(model, world, scene, layout.service);
    draw_answer(model, scene, layout.answer);
    draw_recent(model, scene, layout.recent);
    draw_messages(model, world, scene, &layout);
}
