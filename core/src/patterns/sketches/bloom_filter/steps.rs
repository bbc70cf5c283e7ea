//! What is told of a run: one sentence for every step.

use std::rc::Rc;

use super::algorithm::Digest;
use super::model::{Answer, Deed};
use crate::prelude::*;
use crate::real::fixed;
use crate::words::counted;

/// A step worth a sentence.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    /// A key comes.
    Begun {
        /// What is done with it.
        deed: Deed,
        /// The key.
        key: Rc<str>,
    },
    /// It is hashed.
    Hashed {
        /// The key.
        key: Rc<str>,
        /// Its hash.
        digest: Digest,
        /// Whether only the first half of it is used.
        short: bool,
    },
    /// The places of its bits are known.
    Placed {
        /// The places.
        places: Vec<usize>,
        /// Whether they lie in one block.
        blocked: bool,
        /// Whether the steps between them are as they should be.
        sound: bool,
    },
    /// One place is set, tested or taken back.
    Touched {
        /// Which of these.
        deed: Deed,
        /// The place.
        place: usize,
        /// Which of the key's it is, from one.
        number: usize,
        /// Of how many.
        of: usize,
        /// Whether it was set before.
        set: bool,
        /// Whether it is a counter.
        counting: bool,
    },
    /// A key is in.
    Added {
        /// The key.
        key: Rc<str>,
        /// Whether any bit was set for it.
        new: bool,
    },
    /// A question is answered.
    Answered {
        /// The key.
        key: Rc<str>,
        /// What was said, and what is so.
        answer: Answer,
        /// How many bits were tested.
        tested: usize,
        /// Of how many.
        of: usize,
        /// Who set the bits of a false positive.
        blamed: Vec<Rc<str>>,
    },
    /// A key is out.
    Removed {
        /// The key.
        key: Rc<str>,
        /// Whether it was in.
        known: bool,
        /// How many members are denied now.
        denied: u32,
    },
    /// Many keys were added.
    Filled {
        /// How many.
        count: u32,
        /// How many there are now.
        members: u32,
        /// How many were planned for.
        planned: u32,
    },
    /// Many strangers were asked for.
    Probed {
        /// How many.
        count: u64,
        /// How many passed.
        passed: u64,
        /// The part that was to be expected.
        expected: f64,
        /// How many pass a plain filter of as many bits, where this one is blocked.
        passed_plain: Option<u64>,
    },
    /// Another filter was joined.
    Joined {
        /// How many keys it had.
        count: u32,
        /// How many hashes.
        hashes: u32,
        /// How many hashes this one has.
        own: u32,
        /// Places that are not as the keys of both would have them.
        astray: usize,
        /// Members that are denied now.
        denied: u32,
    },
}

impl Step for Happening {
    fn narrate(&self) -> Narration {
        match self {
            Self::Begun { deed, key } => begun(*deed, key),
            Self::Hashed { key, digest, short } => hashed(key, *digest, *short),
            Self::Placed {
                places,
                blocked,
                sound,
            } => placed(places, *blocked, *sound),
            Self::Touched { .. } => self.touched(),
            Self::Added { key, new } => {
                let text = match new {
                    true => format!("{key} is in."),
                    false => {
                        format!("{key} is in; all of its bits were set before, by other keys.")
                    }
                };
                Narration::new("add", text).tone(Tone::Good)
            }
            Self::Answered { .. } => self.answered(),
            Self::Removed { key, known, denied } => removed(key, *known, *denied),
            Self::Filled {
                count,
                members,
                planned,
            } => {
                let more = counted(*count, ["key", "keys"]);
                let text = format!("{more} more: {members} of {planned} planned for.");
                let over = members > planned;
                let tone = if over { Tone::Stale } else { Tone::Good };
                Narration::new("fill", text).tone(tone).notable()
            }
            Self::Probed {
                count,
                passed,
                expected,
                passed_plain,
            } => {
                let beside = passed_plain.map_or_else(String::new, |plain| {
                    format!(" A plain filter of as many bits passes {plain}.")
                });
                let asked = match count {
                    1 => "1 key that was never added is asked for".to_owned(),
                    count => format!("{count} keys that were never added are asked for"),
                };
                let text = format!(
                    "{asked}: {passed} pass, {} were to be expected.{beside}",
                    fixed(*count as f64 * expected, 1)
                );
                Narration::new("probe", text)
                    .region("query")
                    .tone(Tone::Active)
                    .notable()
            }
            Self::Joined { .. } => self.joined(),
        }
    }
}

fn begun(deed: Deed, key: &str) -> Narration {
    let (kind, text) = match deed {
        Deed::Add => ("add", format!("Add {key}.")),
        Deed::Ask => ("ask", format!("Was {key} added?")),
        Deed::Remove => ("remove", format!("Remove {key}.")),
    };
    Narration::new(kind, text).tone(Tone::Active)
}

fn hashed(key: &str, digest: Digest, short: bool) -> Narration {
    let Digest { low, high } = digest;
    let text = match short {
        false => format!("{key} hashes to {low:016x} and {high:016x}."),
        true => format!("{key} hashes to {low:016x}."),
    };
    Narration::new("hash", text)
}

fn placed(places: &[usize], blocked: bool, sound: bool) -> Narration {
    let list = places
        .iter()
        .map(usize::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let (text, region) = match (blocked, sound) {
        (true, _) => {
            let block = places.first().map_or(0, |place| place / 512);
            (
                format!("The hash picks block {block}, and in it the bits {list}."),
                "block",
            )
        }
        (false, true) => (
            format!("First half, then one second half further each time: bits {list}."),
            "double-hashing",
        ),
        (false, false) => (
            format!("The steps from bit to bit are not a second hash: bits {list}."),
            "stride",
        ),
    };
    Narration::new("places", text).region(region)
}

fn removed(key: &str, known: bool, denied: u32) -> Narration {
    let text = match (known, denied) {
        (true, 0) => format!("{key} is out, and every other key is still there."),
        (false, 0) => format!("{key} is out, though it was never in."),
        (_, 1) => format!("{key} is out, and with it a bit of another key, which is denied now."),
        (_, denied) => format!("{key} is out, and {denied} other keys are denied now."),
    };
    let tone = if denied > 0 { Tone::Failed } else { Tone::Good };
    Narration::new("remove", text).tone(tone).notable()
}

impl Happening {
    fn touched(&self) -> Narration {
        let Self::Touched {
            deed,
            place,
            number,
            of,
            set,
            counting,
        } = self
        else {
            return Narration::new("bit", String::new());
        };
        let which = format!("{number} of {of}");
        let (text, region, tone) = match (deed, counting, set) {
            (Deed::Add, true, _) => {
                let text = format!("{which}: counter {place} counts one more.");
                (text, "count", Tone::Active)
            }
            (Deed::Add, false, false) => (
                format!("{which}: bit {place} is set."),
                "insert",
                Tone::Active,
            ),
            (Deed::Add, false, true) => {
                let text = format!("{which}: bit {place} was set already.");
                (text, "insert", Tone::Plain)
            }
            (Deed::Ask, _, true) => (
                format!("{which}: bit {place} is set."),
                "query",
                Tone::Plain,
            ),
            (Deed::Ask, _, false) => {
                let text = format!("{which}: bit {place} is not set, and that settles it.");
                (text, "query", Tone::Good)
            }
            (Deed::Remove, true, _) => {
                let text = format!("{which}: counter {place} counts one less.");
                (text, "remove", Tone::Active)
            }
            (Deed::Remove, false, _) => {
                let text = format!("{which}: bit {place} is cleared, whoever else needs it.");
                (text, "clear", Tone::Stale)
            }
        };
        Narration::new("bit", text).region(region).tone(tone)
    }

    fn answered(&self) -> Narration {
        let Self::Answered {
            key,
            answer,
            tested,
            of,
            blamed,
        } = self
        else {
            return Narration::new("answer", String::new());
        };
        let (text, tone) = match answer {
            Answer::No => (
                format!(
                    "No: {key} was never added. Bit {tested} of {of} told, and a read is saved."
                ),
                Tone::Good,
            ),
            Answer::Found => (format!("Maybe, and the store has {key}."), Tone::Good),
            Answer::InVain => {
                let mut names: Vec<&str> = blamed.iter().map(|key| &**key).collect();
                names.dedup();
                let text = format!(
                    "Maybe, but the store does not have {key}: its bits were set by {}.",
                    names.join(", ")
                );
                (text, Tone::Stale)
            }
            Answer::Denied => (
                format!("No, and yet {key} was added: a member is denied."),
                Tone::Failed,
            ),
        };
        let narration = Narration::new("answer", text).region("query").tone(tone);
        match answer {
            Answer::No | Answer::Found => narration,
            Answer::InVain | Answer::Denied => narration.notable(),
        }
    }

    fn joined(&self) -> Narration {
        let Self::Joined {
            count,
            hashes,
            own,
            astray,
            denied,
        } = self
        else {
            return Narration::new("join", String::new());
        };
        if *astray == 0 {
            let text = format!(
                "A filter with {} of its own is joined: a bit that is set in either is set, and that \
                 is the filter of both.",
                counted(*count, ["key", "keys"])
            );
            return Narration::new("join", text)
                .region("union")
                .tone(Tone::Good)
                .notable();
        }
        let text = format!(
            "A filter with {} is laid over one with {own}: {} not of {}, and {} denied.",
            counted(*hashes, ["hash", "hashes"]),
            counted(*astray, ["bit is", "bits are"]),
            counted(*count, ["key of its own", "keys of its own"]),
            counted(*denied, ["key is", "keys are"]),
        );
        Narration::new("join", text)
            .region("same-shape")
            .tone(Tone::Failed)
            .notable()
    }
}
