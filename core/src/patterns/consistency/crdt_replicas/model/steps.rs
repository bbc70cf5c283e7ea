//! What is told of a run, sentence by sentence.

use super::Sync;
use super::replicated::{Delta, State};
use crate::kernel::network::NodeId;
use crate::scene::Tone;
use crate::simulation::{Narration, Step};
use crate::words::{counted, noun};

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
        let mut narration = Narration::new(self.kind(), self.sentence()).tone(self.tone());
        narration.region = self.region();
        narration.node = self.node();
        narration.notable = self.is_notable();
        narration
    }
}

impl Told {
    fn sentence(&self) -> String {
        match self {
            Self::Edited {
                name,
                words,
                reading,
                ..
            } => format!("{name}: {words}. {}", now_reads(reading)),
            Self::WriteLost {
                name,
                words,
                reading,
                ..
            } => format!(
                "{name}: {words}, and it is lost on the spot: {} carries a later stamp.",
                quoted(reading)
            ),
            Self::Merged {
                name,
                from,
                what,
                news,
                reading,
                ..
            } => {
                let edits = noun(*news, ["edit", "edits"]);
                let reads = now_reads(reading);
                format!("{name} merges {what} from {from}: {news} new {edits}. {reads}")
            }
            Self::NoNews {
                name, from, what, ..
            } => format!("{name} takes {what} from {from} and changes nothing."),
            Self::HeldBack { name, count: 1, .. } => {
                format!("{name} holds back an operation whose cause has not come yet.")
            }
            Self::HeldBack { name, count, .. } => {
                format!("{name} holds back {count} operations whose causes have not come.")
            }
            Self::Met {
                name,
                from,
                reading,
                ..
            } => format!(
                "{name} takes over all that {from} has. {}",
                now_reads(reading)
            ),
            Self::Online { name, online, .. } if *online => format!("{name} is online again."),
            Self::Online { name, .. } => format!("{name} goes offline and edits on alone."),
            Self::Amiss { name, reason, .. } => format!("{name}'s copy is wrong: {reason}."),
            Self::Agreed {
                edits,
                equal,
                right,
            } => {
                let end = match (equal, right) {
                    (true, true) => "and all read the same",
                    (true, false) => "and all are wrong alike",
                    (false, _) => "and still they differ",
                };
                format!("Every replica knows every edit, {edits} in all, {end}.")
            }
            Self::LeftOut { words: Some(words) } => {
                format!("History is read without “{words}”.")
            }
            Self::LeftOut { words: None } => "History is read as it was.".to_owned(),
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Edited { .. } => "edit",
            Self::WriteLost { .. } => "lost",
            Self::Merged { .. } | Self::Met { .. } => "merge",
            Self::NoNews { .. } => "no news",
            Self::HeldBack { .. } => "held back",
            Self::Online { .. } => "network",
            Self::Amiss { .. } => "amiss",
            Self::Agreed { .. } => "agreed",
            Self::LeftOut { .. } => "history",
        }
    }

    const fn tone(&self) -> Tone {
        match self {
            Self::Edited { .. } => Tone::Active,
            Self::WriteLost { .. } | Self::Amiss { .. } => Tone::Failed,
            Self::Merged { .. } | Self::Met { .. } | Self::Online { online: true, .. } => {
                Tone::Good
            }
            Self::NoNews { .. } => Tone::Idle,
            Self::HeldBack { .. } | Self::LeftOut { .. } => Tone::Pending,
            Self::Online { online: false, .. } => Tone::Stale,
            Self::Agreed { equal, right, .. } => {
                if *equal && *right {
                    Tone::Good
                } else {
                    Tone::Failed
                }
            }
        }
    }

    const fn region(&self) -> Option<&'static str> {
        match self {
            Self::Edited { region, .. }
            | Self::Merged { region, .. }
            | Self::NoNews { region, .. }
            | Self::Met { region, .. }
            | Self::Amiss { region, .. } => Some(region),
            Self::WriteLost { .. } => Some("lww-stamp"),
            Self::HeldBack { .. } => Some("deliver"),
            Self::Online { .. } | Self::Agreed { .. } | Self::LeftOut { .. } => None,
        }
    }

    const fn node(&self) -> Option<NodeId> {
        match self {
            Self::Edited { node, .. }
            | Self::WriteLost { node, .. }
            | Self::Merged { node, .. }
            | Self::NoNews { node, .. }
            | Self::HeldBack { node, .. }
            | Self::Met { node, .. }
            | Self::Online { node, .. }
            | Self::Amiss { node, .. } => Some(*node),
            Self::Agreed { .. } | Self::LeftOut { .. } => None,
        }
    }

    /// Edits and merges are the run itself; what stands out is when it goes wrong or comes to rest.
    const fn is_notable(&self) -> bool {
        match self {
            Self::WriteLost { .. }
            | Self::Met { .. }
            | Self::Online { .. }
            | Self::Amiss { .. }
            | Self::Agreed { .. } => true,
            Self::Edited { .. }
            | Self::Merged { .. }
            | Self::NoNews { .. }
            | Self::HeldBack { .. }
            | Self::LeftOut { .. } => false,
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
    format!("{what} of {}", counted(bytes, ["byte", "bytes"]))
}
