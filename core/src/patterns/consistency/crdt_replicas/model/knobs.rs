//! What can be set, done and measured.

use super::replicated::{Care, DataType};
use super::sync::Sync;
use crate::prelude::*;

crate::knobs! {
    /// What can be set.
    pub struct Knobs {
        /// What every replica holds a copy of.
        data: DataType = DataType::OrSet, "Data type", group("Data");
        /// How many copies there are.
        replicas: u32 = 3, "Replicas", range(2, 8), group("Data");
        /// Elements or characters that all copies hold at the start; counters and registers start
        /// empty.
        size: u32 = 0, "Size at the start", range(0, 2_000), unit("elements"), group("Data");
        /// Edits made by themselves, anywhere, beside yours.
        rate: f64 = 0.0, "Edits by themselves", range(0, 20), unit("per second"), live(),
            group("Data");
        /// What replicas send each other: all they have, what the other has not confirmed, or each
        /// edit as it is made.
        sync: Sync = Sync::Deltas, "What is sent", group("Network");
        /// How often each replica sends to one of the others, taking turns.
        interval: Span = Span::from_millis(1_000), "Gossip interval", range(50, 10_000), unit("ms"),
            live(), log(), group("Network");
        /// One-way delay, on average; single messages differ by up to half.
        latency: Span = Span::from_millis(200), "Latency", range(1, 2_000), unit("ms"), live(),
            log(), group("Network");
        /// Messages that never arrive.
        loss: f64 = 0.0, "Loss", range(0, 60), unit("%"), live(), group("Network");
        /// Messages that arrive twice.
        duplicate: f64 = 0.0, "Duplicates", range(0, 60), unit("%"), live(), group("Network");
        /// Messages that are overtaken by later ones.
        reorder: f64 = 0.0, "Reordering", range(0, 60), unit("%"), live(), group("Network");
        /// Each replica counts in a place of its own. Without it a counter is one number, and of two
        /// numbers the one written last stays.
        own_counts: bool = true, "A count per replica", safeguard(), group("Safeguards");
        /// A set remembers which additions it has seen. Without it a merge is a union, and what one
        /// copy has removed another brings back. For the OR-Set.
        causal_context: bool = true, "Causal context", safeguard(), group("Safeguards");
        /// A character hangs on the very one before it. Without it, its place is a fraction between
        /// its neighbours, whoever types at the same spot gets the same fractions, and two words
        /// end up letter by letter in each other. For the text.
        runs_hang: bool = true, "Runs hang together", safeguard(), group("Safeguards");
        /// A write is stamped above what its author saw. Without it the stamp is what the clock
        /// shows, and a clock that runs ahead wins against later writes.
        stamps_above_seen: bool = true, "Stamps above what was seen", safeguard(),
            group("Safeguards");
        /// An operation that comes again is known by its number. Without it each arrival is
        /// carried out, and what comes twice counts twice. For operations on counters.
        deliver_once: bool = true, "Deliver once", safeguard(), group("Safeguards");
        /// What is not confirmed is sent again. Without it each change goes out once, and what is
        /// lost on the way is lost for good. For deltas and operations.
        send_again: bool = true, "Send until confirmed", safeguard(), group("Safeguards");
    }
}

crate::actions! {
    /// What a person can do.
    pub enum Action {
        /// Counts at one replica.
        Count {
            /// Where.
            node: NodeId = NodeId(0), "Replica";
            /// How far; negative counts down.
            by: i64 = 1, "By", range(-100, 100);
        } = "count", "Count";
        /// Adds an element at one replica.
        Add {
            /// Where.
            node: NodeId = NodeId(0), "Replica";
            /// What.
            element: String = "tea".to_owned(), "Element", max_chars(40);
        } = "add", "Add an element";
        /// Removes an element or a key at one replica.
        Remove {
            /// Where.
            node: NodeId = NodeId(0), "Replica";
            /// What.
            element: String = "tea".to_owned(), "Element", max_chars(40);
        } = "remove", "Remove an element";
        /// Writes a value at one replica in place of what it shows.
        Write {
            /// Where.
            node: NodeId = NodeId(0), "Replica";
            /// What.
            value: String = "noon".to_owned(), "Value", max_chars(40);
        } = "write", "Write a value";
        /// Puts a value under a key at one replica.
        Put {
            /// Where.
            node: NodeId = NodeId(0), "Replica";
            /// Under which key.
            key: String = "tea".to_owned(), "Key", max_chars(40);
            /// What.
            value: String = "2".to_owned(), "Value", max_chars(40);
        } = "put", "Put a value";
        /// Makes the text of one replica read as given: what differs is typed and deleted there.
        Edit {
            /// Where.
            node: NodeId = NodeId(0), "Replica";
            /// What it is to read.
            text: String = "Hello".to_owned(), "Text", max_chars(4_000);
            /// What it read when the change was begun; empty means what it reads now. What has
            /// arrived since then stays.
            was: String = String::new(), "Changed from", max_chars(4_000);
        } = "edit", "Edit the text";
        /// Types at one replica, behind what it typed last.
        Keys {
            /// Where.
            node: NodeId = NodeId(0), "Replica";
            /// What to type.
            text: String = "!".to_owned(), "Keys", max_chars(200);
            /// Go behind these words first.
            behind: String = String::new(), "Behind", max_chars(200);
        } = "keys", "Type";
        /// Cuts one replica off from all others; it can be edited on.
        Offline {
            /// Which.
            node: NodeId = NodeId(0), "Replica";
        } = "offline", "Go offline";
        /// Brings a replica back.
        Online {
            /// Which.
            node: NodeId = NodeId(0), "Replica";
        } = "online", "Come online";
        /// Lets one replica take over all that another has, past the network. Drawing from card to card
        /// does the same.
        Merge {
            /// Who gives.
            from: NodeId = NodeId(1), "From";
            /// Who takes.
            into: NodeId = NodeId(0), "Into";
        } = "merge", "Merge a pair";
        /// Shows what all replicas would read if one edit had not been made; 0 shows history as it
        /// was.
        Without {
            /// The number of the edit.
            edit: u32 = 1, "Edit", range(0, 100_000);
        } = "without", "Leave an edit out of history";
    }
}

crate::metrics! {
    /// Edits made, by people and by themselves.
    EDITS: Counter, "edits", "Edits", "edits";
    /// Time from an edit until every replica has it.
    CONVERGENCE: Histogram, "convergence", "Time until an edit is everywhere", "s";
    /// Replicas times the edits that they lack.
    LACKING: Gauge, "lacking", "Edits still to be learned", "edits";
    /// How many different readings there are; one when all agree.
    READINGS: Gauge, "readings", "Different copies", "copies";
    /// Everything sent, confirmations included.
    BYTES: Counter, "bytes", "Sent", "bytes";
    /// Messages sent, confirmations included.
    MESSAGES: Counter, "messages", "Messages", "messages";
    /// Size of the messages that carry data.
    MESSAGE_SIZE: Histogram, "message_size", "Size of a message", "bytes";
    /// Size of one copy, mean over the replicas, taken at each replica's turn to gossip.
    STATE_SIZE: Gauge, "state_size", "Size of a copy", "bytes";
}

impl Knobs {
    pub(super) const fn care(&self) -> Care {
        Care {
            own_counts: self.own_counts,
            causal_context: self.causal_context,
            stamps_above_seen: self.stamps_above_seen,
            runs_hang: self.runs_hang,
        }
    }

    pub(super) fn profile(&self) -> LinkProfile {
        LinkProfile {
            latency: Duration::Uniform {
                min: self.latency / 2,
                max: self.latency + self.latency / 2,
            },
            loss: Chance::percent(self.loss),
            duplicate: Chance::percent(self.duplicate),
            reorder: Chance::percent(self.reorder),
            ordered: false,
        }
    }

    /// How long an edit may take to be everywhere on a whole network.
    ///
    /// Within twice the others each replica has sent to each other once, and a message may be
    /// overtaken for four delays; what is lost is sent again.
    pub(super) fn patience(&self) -> Span {
        let odds = self.loss / 100.0;
        // So many tries fail together less often than once in ten million.
        let tries = if odds > 0.0 {
            libm::ceil(-16.0 / libm::log(odds)) as u64
        } else {
            1
        };
        let round = self.interval * (2 * u64::from(self.replicas - 1));
        // What was sent at once is sent again only after a whole turn, and causes have to arrive
        // before effects.
        round * (tries + 4) + self.latency * 10
    }
}
