//! What the cluster has to say: its steps in plain words.

use super::layout::letter;
use super::population::KeyName;
use crate::prelude::*;
use crate::real::fixed;
use crate::words::counted;

/// A change of who owns what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A node joins.
    Joined {
        /// Its slot.
        slot: u8,
    },
    /// A node leaves in good order.
    Left {
        /// Its slot.
        slot: u8,
    },
    /// The members notice that a node has crashed.
    Lost {
        /// Its slot.
        slot: u8,
    },
    /// A crashed node is back.
    Returned {
        /// Its slot.
        slot: u8,
    },
    /// A node gets another weight.
    Weight {
        /// Its slot.
        slot: u8,
        /// Its new weight.
        weight: u32,
    },
    /// A setting of the ring changes.
    Settings,
    /// A key becomes hotter.
    Heated,
}

impl Change {
    /// The change in a few words.
    pub(super) fn words(self) -> String {
        match self {
            Self::Joined { slot } => format!("{} joins", letter(slot)),
            Self::Left { slot } => format!("{} leaves", letter(slot)),
            Self::Lost { slot } => format!("{} is lost", letter(slot)),
            Self::Returned { slot } => format!("{} is back", letter(slot)),
            Self::Weight { slot, weight } => format!("{} now weighs {weight}", letter(slot)),
            Self::Settings => "The settings change".to_owned(),
            Self::Heated => "The demand shifts".to_owned(),
        }
    }
}

/// How many keys a change gave another node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// How many.
    pub(super) moved: u64,
    /// Of how many.
    pub(super) keys: u64,
    /// How many it would have been under hash mod n, when that is looked at.
    pub(super) modulo_moved: Option<u64>,
}

impl Outcome {
    /// The part of all keys that moved.
    pub(super) fn part(self) -> f64 {
        self.moved as f64 / self.keys.max(1) as f64
    }

    /// The part of all keys that would have moved under hash mod n.
    pub(super) fn modulo_part(self) -> Option<f64> {
        Some(self.modulo_moved? as f64 / self.keys.max(1) as f64)
    }
}

/// A step worth a sentence.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A lookup sets out.
    Routed {
        /// The key.
        key: KeyName,
        /// Where it lies, in turns of the circle.
        turn: f64,
        /// The slot that is asked.
        slot: u8,
        /// Its handle.
        node: NodeId,
        /// Why this one.
        why: Why,
    },
    /// Nobody is there to ask.
    Nobody {
        /// The key.
        key: KeyName,
    },
    /// A node does not have a key.
    Missed {
        /// The key.
        key: KeyName,
        /// The slot.
        slot: u8,
        /// Its handle.
        node: NodeId,
    },
    /// A client gives up.
    GaveUp {
        /// The key.
        key: KeyName,
        /// The slot that was asked.
        slot: u8,
        /// Its handle.
        node: NodeId,
    },
    /// A node crashes.
    Crashed {
        /// Its slot.
        slot: u8,
        /// Its handle.
        node: NodeId,
    },
    /// A node is back before anyone noticed that it was gone.
    Blinked {
        /// Its slot.
        slot: u8,
        /// Its handle.
        node: NodeId,
    },
    /// The owners changed.
    Changed {
        /// How.
        change: Change,
        /// What it came to.
        outcome: Outcome,
        /// The region of the source that decided it.
        region: &'static str,
    },
    /// The late clients hear of a change.
    Learned {
        /// Their handle.
        node: NodeId,
    },
    /// The last of the keys on their way has landed.
    Arrived,
    /// Somebody looks at a key.
    Inspected {
        /// The key.
        key: KeyName,
        /// Its hash, in hexadecimal.
        hash: String,
        /// Its nodes, the owner first.
        list: Vec<u8>,
        /// How much of the circle it is to the owner's point, when there is one.
        way: Option<f64>,
        /// The region of the source that made the list.
        region: &'static str,
    },
    /// A key became a celebrity.
    Heated {
        /// The key.
        key: KeyName,
        /// Its part of all lookups.
        percent: u32,
        /// Over how many nodes it is spread.
        nodes: usize,
    },
    /// Other keys are in place.
    Pasted {
        /// How many.
        keys: usize,
    },
}

/// Why a lookup asks the node it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The first point clockwise is its.
    Owner,
    /// It was, when the client last heard of a change.
    OldList,
    /// The owner is full.
    Overflow,
    /// The hash modulo the number of nodes.
    Modulo,
}

impl crate::simulation::Step for Step {
    fn narrate(&self) -> Narration {
        match self {
            Self::Routed {
                key,
                turn,
                slot,
                node,
                why,
            } => routed(key, *turn, *slot, *why).node(*node),
            Self::Nobody { key } => {
                Narration::new("lookup", format!("There is no node to ask for {key}."))
                    .tone(Tone::Failed)
            }
            Self::Missed { key, slot, node } => {
                let text = format!("{} does not have {key} and fetches it.", letter(*slot));
                Narration::new("miss", text).tone(Tone::Stale).node(*node)
            }
            Self::GaveUp { key, slot, node } => {
                let text = format!(
                    "{} gives no answer for {key}: the client gives up.",
                    letter(*slot)
                );
                Narration::new("timeout", text)
                    .tone(Tone::Failed)
                    .node(*node)
            }
            Self::Crashed { slot, node } => {
                let node_name = letter(*slot);
                let text = format!(
                    "{node_name} crashes with all it held. Clients ask it until the members notice."
                );
                Narration::new("crash", text)
                    .tone(Tone::Failed)
                    .node(*node)
                    .notable()
            }
            Self::Blinked { slot, node } => {
                let text = format!(
                    "{} is back before anyone noticed; it is empty.",
                    letter(*slot)
                );
                Narration::new("return", text)
                    .tone(Tone::Stale)
                    .node(*node)
                    .notable()
            }
            Self::Changed {
                change,
                outcome,
                region,
            } => Narration::new("change", changed(*change, *outcome))
                .tone(Tone::Leader)
                .region(region)
                .notable(),
            Self::Learned { node } => {
                let text = "The late clients hear of a change.".to_owned();
                Narration::new("learn", text)
                    .tone(Tone::Good)
                    .node(*node)
                    .notable()
            }
            Self::Arrived => Narration::new(
                "arrive",
                "The last of the moving keys has arrived.".to_owned(),
            )
            .tone(Tone::Good)
            .notable(),
            Self::Inspected {
                key,
                hash,
                list,
                way,
                region,
            } => Narration::new("inspect", inspected(key, hash, list, *way))
                .tone(Tone::Active)
                .region(region)
                .notable(),
            Self::Heated {
                key,
                percent,
                nodes,
            } => {
                let where_to = match nodes {
                    0 | 1 => "one node serves them all".to_owned(),
                    nodes => format!("they are spread over {nodes} nodes"),
                };
                let text = format!("{key} is now {percent} % of all lookups; {where_to}.");
                Narration::new("heat", text)
                    .tone(Tone::Stale)
                    .region("overflow")
                    .notable()
            }
            Self::Pasted { keys } => Narration::new(
                "paste",
                format!(
                    "{} on the ring.",
                    counted(
                        *keys,
                        [
                            "pasted key takes its place",
                            "pasted keys take their places"
                        ]
                    )
                ),
            )
            .notable(),
        }
    }
}

fn routed(key: &KeyName, turn: f64, slot: u8, why: Why) -> Narration {
    let (node, percent) = (letter(slot), fixed(turn * 100.0, 1));
    let (text, region) = match why {
        Why::Owner => (
            format!(
                "{key} lies at {percent} % of the circle; the next point is {node}’s, so {node} is asked."
            ),
            "owner",
        ),
        Why::OldList => (
            format!("{node} is asked for {key} by clients whose member list is old."),
            "owner",
        ),
        Why::Overflow => (
            format!(
                "{key} lies at {percent} % of the circle; its owner is full, so {node} is asked."
            ),
            "overflow",
        ),
        Why::Modulo => (format!("The hash of {key} mod n picks {node}."), "modulo"),
    };
    Narration::new("lookup", text)
        .tone(Tone::Active)
        .region(region)
}

fn changed(change: Change, outcome: Outcome) -> String {
    let mut text = format!(
        "{}: {} of {} keys ({} %) get another node",
        change.words(),
        outcome.moved,
        outcome.keys,
        fixed(outcome.part() * 100.0, 1),
    );
    if let (Some(moved), Some(part)) = (outcome.modulo_moved, outcome.modulo_part()) {
        text += &format!(
            "; under hash mod n it is {moved} ({} %)",
            fixed(part * 100.0, 1)
        );
    }
    text + "."
}

fn inspected(key: &KeyName, hash: &str, list: &[u8], way: Option<f64>) -> String {
    let names: Vec<String> = list.iter().map(|slot| letter(*slot).to_string()).collect();
    match (way, names.as_slice()) {
        (_, []) => format!("{key} hashes to {hash}, and no node is there to own it."),
        (Some(way), [owner, ..]) => format!(
            "{key} hashes to {hash}; {} % of the circle further on is a point of {owner}. Its preference list is {}.",
            fixed(way * 100.0, 2),
            names.join(", "),
        ),
        (None, [owner, ..]) => {
            format!(
                "{key} hashes to {hash}, which mod n picks {owner}. Its nodes are {}.",
                names.join(", ")
            )
        }
    }
}
