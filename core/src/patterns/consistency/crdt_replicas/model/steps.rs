//! What is told of a run, sentence by sentence.

use super::Sync;
use super::replicated::{Delta, State};
use crate::kernel::network::NodeId;
use crate::scene::Tone;
use crate::simulation::{Narration, Step};

/// A step worth a sentence.
#[derive(Debug, Clone)]
pub enum Told {
    /// A person edited a copy.
    Edited {
        /// Where.
        node: NodeId,
        /// The replica's name.
        name: String,
        /// The edit in a few words.
        words: String,
        /// What the copy reads now.
        reading: String,
        /// The deciding lines.
        region: &'static str,
    },
    /// A write had no effect where it was made.
    WriteLost {
        /// Where.
        node: NodeId,
        /// The replica's name.
        name: String,
        /// What was written.
        words: String,
        /// What the copy reads still.
        reading: String,
    },
    /// Something came that changed a copy.
    Merged {
        /// Where.
        node: NodeId,
        /// The replica's name.
        name: String,
        /// The sender's name.
        from: String,
        /// What came, with its size.
        what: String,
        /// How many edits were new.
        news: usize,
        /// What the copy reads now.
        reading: String,
        /// The deciding lines.
        region: &'static str,
    },
    /// Something came that changed nothing.
    NoNews {
        /// Where.
        node: NodeId,
        /// The replica's name.
        name: String,
        /// The sender's name.
        from: String,
        /// What came.
        what: String,
        /// The deciding lines.
        region: &'static str,
    },
    /// An operation came before something it depends on.
    HeldBack {
        /// Where.
        node: NodeId,
        /// The replica's name.
        name: String,
        /// How many wait.
        count: usize,
    },
    /// Two replicas met.
    Met {
        /// Who learned.
        node: NodeId,
        /// The learner's name.
        name: String,
        /// The other's name.
        from: String,
        /// What the copy reads now.
        reading: String,
        /// The deciding lines.
        region: &'static str,
    },
    /// A replica went offline or came back.
    Online {
        /// Which.
        node: NodeId,
        /// Its name.
        name: String,
        /// Whether it came back.
        online: bool,
    },
    /// A copy is not what the edits it knows make of it.
    Amiss {
        /// Where.
        node: NodeId,
        /// The replica's name.
        name: String,
        /// What is wrong.
        reason: String,
        /// The lines to blame.
        region: &'static str,
    },
    /// Everyone knows everything.
    Agreed {
        /// How many edits.
        edits: usize,
        /// Whether they also read the same.
        equal: bool,
        /// Whether what they read is what the edits make.
        right: bool,
    },
    /// A person looks at history with one edit left out.
    LeftOut {
        /// The edit in a few words; none to look at history as it was.
        words: Option<String>,
    },
}

impl Step for Told {
    fn narrate(&self) -> Narration {
        match self {
            Self::Edited {
                node,
                name,
                words,
                reading,
                region,
            } => {
                let text = format!("{name}: {words}. {}", now_reads(reading));
                Narration::new("edit", text)
                    .tone(Tone::Active)
                    .region(region)
                    .node(*node)
            }
            Self::WriteLost {
                node,
                name,
                words,
                reading,
            } => {
                let text = format!(
                    "{name}: {words}, and it is lost on the spot: {} carries a later stamp.",
                    quoted(reading)
                );
                Narration::new("lost", text)
                    .tone(Tone::Failed)
                    .region("lww-stamp")
                    .node(*node)
                    .notable()
            }
            Self::Merged {
                node,
                name,
                from,
                what,
                news,
                reading,
                region,
            } => {
                let edits = if *news == 1 { "edit" } else { "edits" };
                let reads = now_reads(reading);
                let text = format!("{name} merges {what} from {from}: {news} new {edits}. {reads}");
                Narration::new("merge", text)
                    .tone(Tone::Good)
                    .region(region)
                    .node(*node)
            }
            Self::NoNews {
                node,
                name,
                from,
                what,
                region,
            } => {
                let text = format!("{name} takes {what} from {from} and changes nothing.");
                Narration::new("no news", text)
                    .tone(Tone::Idle)
                    .region(region)
                    .node(*node)
            }
            Self::HeldBack { node, name, count } => {
                let text = match count {
                    1 => format!("{name} holds back an operation whose cause has not come yet."),
                    _ => {
                        format!("{name} holds back {count} operations whose causes have not come.")
                    }
                };
                Narration::new("held back", text)
                    .tone(Tone::Pending)
                    .region("deliver")
                    .node(*node)
            }
            Self::Met {
                node,
                name,
                from,
                reading,
                region,
            } => {
                let text = format!(
                    "{name} takes over all that {from} has. {}",
                    now_reads(reading)
                );
                Narration::new("merge", text)
                    .tone(Tone::Good)
                    .region(region)
                    .node(*node)
                    .notable()
            }
            Self::Online { node, name, online } => {
                let text = if *online {
                    format!("{name} is online again.")
                } else {
                    format!("{name} goes offline and edits on alone.")
                };
                let tone = if *online { Tone::Good } else { Tone::Stale };
                Narration::new("network", text)
                    .tone(tone)
                    .node(*node)
                    .notable()
            }
            Self::Amiss {
                node,
                name,
                reason,
                region,
            } => Narration::new("amiss", format!("{name}'s copy is wrong: {reason}."))
                .tone(Tone::Failed)
                .region(region)
                .node(*node)
                .notable(),
            Self::Agreed {
                edits,
                equal,
                right,
            } => {
                let known = format!("Every replica knows every edit, {edits} in all");
                let (end, tone) = match (equal, right) {
                    (true, true) => ("and all read the same", Tone::Good),
                    (true, false) => ("and all are wrong alike", Tone::Failed),
                    (false, _) => ("and still they differ", Tone::Failed),
                };
                let text = format!("{known}, {end}.");
                Narration::new("agreed", text).tone(tone).notable()
            }
            Self::LeftOut { words } => {
                let text = match words {
                    Some(words) => format!("History is read without “{words}”."),
                    None => "History is read as it was.".to_owned(),
                };
                Narration::new("history", text).tone(Tone::Pending)
            }
        }
    }
}

fn now_reads(reading: &str) -> String {
    format!("It reads {} now.", quoted(reading))
}

/// A reading between quotation marks, shortened at its end.
fn quoted(reading: &str) -> String {
    const MOST: usize = 60;
    if reading.chars().count() <= MOST {
        return format!("“{reading}”");
    }
    let start: String = reading.chars().take(MOST).collect();
    format!("“{start}…”")
}

/// The lines that decide an edit of this data.
pub fn region_of_edit(delta: &Delta, removal: bool) -> &'static str {
    match (delta, removal) {
        (Delta::GCounter(_), _) => "g-counter-count",
        (Delta::PnCounter(_), _) => "pn-counter-count",
        (Delta::NaiveCounter(_), _) => "naive-count",
        (Delta::LwwRegister(_), _) => "lww-stamp",
        (Delta::MvRegister(_), _) => "mv-write",
        (Delta::GSet(_), _) => "g-set-join",
        (Delta::TwoPhaseSet(_), _) => "two-phase-present",
        (Delta::OrSet(_), false) => "or-set-add",
        (Delta::OrSet(_), true) => "or-set-remove",
        (Delta::NaiveSet(_) | Delta::Nothing, _) => "naive-union",
        (Delta::OrMap(_), false) => "map-update",
        (Delta::OrMap(_), true) => "map-remove",
        (Delta::Text(_), _) => "text-splice",
    }
}

/// The lines that decide a merge of this data.
pub const fn region_of_merge(state: &State) -> &'static str {
    match state {
        State::GCounter(_) => "g-counter-join",
        State::PnCounter(_) => "pn-counter-join",
        State::NaiveCounter(_) | State::LwwRegister(_) => "lww-join",
        State::MvRegister(_) | State::OrSet(_) | State::OrMap(_) => "keep-or-drop",
        State::GSet(_) => "g-set-join",
        State::TwoPhaseSet(_) => "two-phase-join",
        State::NaiveSet(_) | State::Nothing => "naive-union",
        State::Text(_) => "text-attach",
    }
}

/// What a message is called in a sentence.
pub fn called(sync: Sync, bytes: usize) -> String {
    let what = match sync {
        Sync::States => "a state",
        Sync::Deltas => "a delta",
        Sync::Operations => "operations",
    };
    format!("{what} of {bytes} bytes")
}
