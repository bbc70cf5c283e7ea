//! What is known of single links, found at once by their two ends.
//!
//! Every message asks for its link when it is sent and when it arrives, and most links have nothing
//! to say. So a table leads from each pair of nodes to the links that have, which are few.

use super::{LinkProfile, NodeId};
use crate::time::SimTime;

/// What sets a link apart from the others; by default nothing does.
#[derive(Debug, Clone, Default)]
pub(super) struct Link {
    pub(super) profile: Option<LinkProfile>,
    pub(super) cut: bool,
    pub(super) held: bool,
    pub(super) slow: Option<u32>,
    pub(super) last_due: SimTime,
}

/// The links that have something to say. Memory for the table grows with the square of the number
/// of nodes that such links have had: 20 kB for seventy.
#[derive(Debug, Clone, Default)]
pub(super) struct Links {
    list: Vec<((NodeId, NodeId), Link)>,
    /// Row by row, by sender, the place of each link in the list, counted from one; 0 for none.
    places: Vec<u32>,
    /// How long a row is.
    side: usize,
}

impl Links {
    /// The place of a link in the table.
    fn cell(&self, from: NodeId, to: NodeId) -> Option<usize> {
        let (from, to) = (usize::from(from.0), usize::from(to.0));
        (from < self.side && to < self.side).then_some(from * self.side + to)
    }

    /// A link, if it has anything to say.
    pub(super) fn get(&self, from: NodeId, to: NodeId) -> Option<&Link> {
        let place = *self.places.get(self.cell(from, to)?)?;
        let (_, link) = self.list.get((place as usize).checked_sub(1)?)?;
        Some(link)
    }

    /// A link, to be set apart.
    pub(super) fn of(&mut self, from: NodeId, to: NodeId) -> &mut Link {
        let last = usize::from(from.0.max(to.0));
        if last >= self.side {
            self.widen(last + 1);
        }
        let cell = usize::from(from.0) * self.side + usize::from(to.0);
        if self.places[cell] == 0 {
            self.list.push(((from, to), Link::default()));
            self.places[cell] = self.list.len() as u32;
        }
        &mut self.list[self.places[cell] as usize - 1].1
    }

    /// Makes room in the table for so many nodes.
    fn widen(&mut self, side: usize) {
        self.side = side;
        self.places = vec![0; side * side];
        for (((from, to), _), place) in self.list.iter().zip(1..) {
            self.places[usize::from(from.0) * side + usize::from(to.0)] = place;
        }
    }

    /// Every link that has had anything to say.
    pub(super) fn values(&self) -> impl Iterator<Item = &Link> {
        self.list.iter().map(|(_, link)| link)
    }

    /// The same with their ends, to be changed.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (NodeId, NodeId, &mut Link)> {
        let links = self.list.iter_mut();
        links.map(|((from, to), link)| (*from, *to, link))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn links_are_found_by_their_ends_whatever_the_order_they_came_in(
            pairs in prop::collection::vec((0_u16..9, 0_u16..9), 0..40),
        ) {
            let (mut links, mut map) = (Links::default(), BTreeMap::new());
            for ((from, to), factor) in pairs.into_iter().zip(2_u32..) {
                links.of(NodeId(from), NodeId(to)).slow = Some(factor);
                map.insert((from, to), factor);
            }
            for (from, to) in (0..10).flat_map(|from| (0..10).map(move |to| (from, to))) {
                let found = links.get(NodeId(from), NodeId(to)).and_then(|link| link.slow);
                prop_assert_eq!(found, map.get(&(from, to)).copied());
            }
            prop_assert_eq!(links.values().count(), map.len());
        }
    }
}
