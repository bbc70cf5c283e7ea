//! The picture.

use super::model::{Cluster, Event};
use crate::prelude::*;

pub(super) fn draw(_cluster: &Cluster, _world: &World<Event>, _scene: &mut SceneBuilder) {}
