//! Consistent hashing on a ring, with weights, preference lists and bounded loads.
//!
//! Nodes and keys are hashed onto one circle of 2^64 positions. A node has many points there; a
//! key belongs to the node of the first point at or after its own position, going clockwise and
//! past the top back to zero. A node that joins takes over the arcs that end at its points and
//! nothing else changes hands; a node that leaves gives its arcs to the points behind them.
//!
//! - [`HashRing`] holds the nodes and answers lookups; [`Handover`] says which arcs changed hands
//!   between two rings.
//! - [`Placement`] says where points and keys land: 64-bit XXH3, or MD5 as libmemcached's weighted
//!   ketama does it.
//! - [`Bound`] and [`assign`] keep every node within a chosen factor of the average load.
//! - [`theory`] holds the closed forms that experiments are held against.
//!
//! What is not here: moving the data itself, deciding who is alive, agreeing on the member list.
//!
//! Sources: Karger et al., "Consistent Hashing and Random Trees", STOC 1997 (the ring); DeCandia
//! et al., "Dynamo", SOSP 2007, section 4.2 and 4.3 (virtual nodes, preference lists);
//! libmemcached 1.1.4, `hosts.cc` and `hash.cc` (weighted ketama); Mirrokni, Thorup and
//! Zadimoghaddam, "Consistent Hashing with Bounded Loads", SODA 2018, arXiv:1608.01350.
//!
//! ```
//! use orrery_core::patterns::partitioning::consistent_hashing::algorithm::{HashRing, Placement};
//!
//! let mut ring = HashRing::new(Placement::Modern { points_per_weight: 200 });
//! for name in ["amber", "birch", "cedar"] {
//!     ring.add(name, 1)?;
//! }
//! let owner = *ring.owner(b"user:42").expect("the ring has nodes");
//! let replicas = ring.preference_list(b"user:42", 2);
//! assert_eq!(*replicas[0], owner);
//! assert_ne!(replicas[0], replicas[1]);
//!
//! // Losing the owner passes the key to the next node of its preference list.
//! let heir = *replicas[1];
//! ring.remove(&owner)?;
//! assert_eq!(ring.owner(b"user:42"), Some(&heir));
//! # Ok::<(), orrery_core::patterns::partitioning::consistent_hashing::algorithm::RingError>(())
//! ```

mod bounded;
mod placement;
mod points;
mod ring;
pub mod theory;

pub use bounded::{Assignment, Bound, Portion, assign, assign_within, capacities};
pub use placement::{Placement, Server};
pub use points::PointIndex;
pub use ring::{Handover, HashRing, MAX_POINTS, Member, OwnedArc, RingError};
