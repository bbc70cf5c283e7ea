//! What is promised. The costly part of each check is done once per change, in the [`Audit`].
//!
//! [`Audit`]: super::Audit

use super::super::layout::letter;
use super::{Cluster, Repeated};
use crate::prelude::*;
use crate::words::counted;

/// The name of a promise that two member lists break.
pub(crate) const ONE_OWNER: &str = "one owner per key";
/// The name of a promise that nodes break which give no room back.
pub(crate) const BOUNDED: &str = "no node above the bound";
/// The name of a promise that a walk from point to point breaks.
pub(crate) const DISTINCT: &str = "preference lists name distinct nodes";
/// The name of a promise that `hash mod n` breaks, and ketama with unequal weights.
pub(crate) const JOINING: &str = "joining moves keys only to the newcomer";
/// The name of a promise that `hash mod n` breaks.
pub(crate) const LEAVING: &str = "leaving moves only the leaver’s keys";

/// What is promised.
pub(super) static PROPERTIES: &[Property<Cluster>] = &[
    Property::always(
        ONE_OWNER,
        "While a member has points, every key has exactly one owner for all clients, and it is a member.",
        |cluster, _| {
            let (orphans, disputed) = (cluster.audit.orphans, cluster.audit.disputed);
            let somebody = cluster.total_weight() > 0;
            holds(orphans + disputed == 0 || !somebody, || match disputed {
                0 => format!("{} no owner", counted(orphans, ["key has", "keys have"])),
                _ => format!(
                    "{} two owners, by two member lists",
                    counted(disputed, ["key has", "keys have"])
                ),
            })
        },
    ),
    Property::always(
        JOINING,
        "When a node joins, a key that changes owner goes to that node.",
        |cluster, _| {
            let strays = cluster.audit.strays_on_join;
            holds(strays == 0, || {
                format!(
                    "{} changed owner between other nodes",
                    counted(strays, ["key", "keys"])
                )
            })
        },
    ),
    Property::always(
        LEAVING,
        "When a node leaves or is lost, only the keys that it owned change owner.",
        |cluster, _| {
            let strays = cluster.audit.strays_on_leave;
            holds(strays == 0, || {
                format!(
                    "{} of other nodes changed owner",
                    counted(strays, ["key", "keys"])
                )
            })
        },
    ),
    Property::always(
        BOUNDED,
        "With a bound e on a ring, no node has more than (1 + e) times its fair share of the load, rounded up.",
        |cluster, _| {
            let over = cluster.over_capacity();
            holds(over.is_none(), || over.unwrap_or_default())
        },
    ),
    Property::always(
        DISTINCT,
        "No preference list names a node twice.",
        |cluster, _| match cluster.audit.repeated {
            None => Ok(()),
            Some(Repeated::UpTo(point)) => Err(format!(
                "that of every position up to {} does",
                cluster.hash_words(point)
            )),
            Some(Repeated::First(slot)) => {
                Err(format!("that of every key of {} does", letter(slot)))
            }
        },
    ),
];

impl Cluster {
    fn over_capacity(&self) -> Option<String> {
        let capacities = self.real.capacities()?;
        let mut loads = self.real.loads().iter().zip(capacities).zip(0_u8..);
        let ((load, most), slot) = loads.find(|((load, most), _)| load > most)?;
        Some(format!(
            "{} has {} of load, its bound is {most}",
            letter(slot),
            counted(*load, ["unit", "units"])
        ))
    }
}
