//! What the cluster has to say: its steps in plain words.

use super::algorithm::{Answer, Change, Command, Deed, Denial, Index, Note, ServerId, Term};
use super::model::clients::request_words;
use super::model::key_name;
use crate::prelude::*;

/// A step worth a sentence, and the node it happens at.
#[derive(Debug, Clone)]
pub struct Step {
    at: NodeId,
    what: What,
}

/// What happens.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// A server has decided something.
    Noted {
        server: ServerId,
        term: Term,
        note: Note,
    },
    /// A person took a server's patience away.
    TimedOut(ServerId),
    /// A server has failed by itself.
    Failed(ServerId),
    /// A server is back with what it had on disk.
    Restarted {
        server: ServerId,
        term: Term,
        last: Index,
    },
    /// A client asks for something.
    Asks { request: Command, to: ServerId },
    /// A client has waited for long enough and asks another server.
    AsksAgain { request: Command, to: ServerId },
    /// A client has its answer, which fits what clients were told before or does not.
    Answered {
        request: Command,
        answer: Answer,
        fits: bool,
    },
    /// A client does not wait any longer.
    GivenUp(Command),
}

impl What {
    /// It happens at this node.
    pub(super) const fn at(self, at: NodeId) -> Step {
        Step { at, what: self }
    }

    fn words(&self) -> Narration {
        match self {
            Self::Noted { server, term, note } => noted(*server, *term, *note),
            Self::TimedOut(server) => {
                let text = format!("{server} loses patience at once, as you wished.");
                Narration::new("timeout", text).tone(Tone::Leader)
            }
            Self::Failed(server) => {
                let text = format!("{server} fails: what it had in memory is gone.");
                Narration::new("crash", text).tone(Tone::Failed).notable()
            }
            Self::Restarted { server, term, last } => {
                let text = format!(
                    "{server} is back with what was on its disk: term {term}, {}.",
                    count(*last, "entry", "entries")
                );
                Narration::new("restart", text)
                    .tone(Tone::Pending)
                    .notable()
            }
            Self::Asks { request, to } => {
                let text = format!("{} asks {to} to {}.", client(request), wish(request));
                Narration::new("request", text)
            }
            Self::AsksAgain { request, to } => {
                let text = format!(
                    "{} asks again, {to} this time, to {}: the same request under the same number.",
                    client(request),
                    wish(request)
                );
                Narration::new("request", text).tone(Tone::Stale)
            }
            Self::Answered {
                request,
                answer,
                fits,
            } => answered(request, *answer, *fits),
            Self::GivenUp(request) => {
                let text = format!(
                    "{} gives up: nobody knows whether its request to {} has happened or will.",
                    client(request),
                    wish(request)
                );
                Narration::new("answer", text).tone(Tone::Failed).notable()
            }
        }
    }
}

impl crate::simulation::Step for Step {
    fn narrate(&self) -> Narration {
        self.what.words().node(self.at)
    }
}

/// A decision of a server; the rarer and weightier ones are worth a stop.
fn noted(server: ServerId, term: Term, note: Note) -> Narration {
    match note {
        Note::Canvasses(_)
        | Note::Stands(_)
        | Note::Votes(..)
        | Note::Denies(..)
        | Note::ToldToStand
        | Note::Leads(_)
        | Note::StepsDown(_)
        | Note::LosesQuorum
        | Note::Follows(_) => {
            let (kind, region, tone, text) = election_words(server, term, note);
            let weighty = matches!(
                note,
                Note::Stands(_) | Note::Leads(_) | Note::StepsDown(_) | Note::LosesQuorum
            );
            let said = Narration::new(kind, text).region(region).tone(tone);
            if weighty { said.notable() } else { said }
        }
        Note::Conflicts(_)
        | Note::Truncates(_)
        | Note::BacksUp(..)
        | Note::Commits(_)
        | Note::Compacts(_)
        | Note::SendsSnapshot(..)
        | Note::Installs(_)
        | Note::CatchesUp(_)
        | Note::GivesUpOn(_)
        | Note::Changes(_)
        | Note::HandsOver(_)
        | Note::GoesOnWithout(_)
        | Note::Leaves => {
            let (kind, region, tone, text) = log_words(server, note);
            let weighty = matches!(
                note,
                Note::Truncates(_) | Note::SendsSnapshot(..) | Note::Changes(_) | Note::Leaves
            );
            let said = Narration::new(kind, text).region(region).tone(tone);
            if weighty { said.notable() } else { said }
        }
    }
}

/// Kind, region, tone and sentence.
type Words = (&'static str, &'static str, Tone, String);

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is no part of an election is told by log_words, and noted() lists both"
)]
fn election_words(server: ServerId, term: Term, note: Note) -> Words {
    match note {
        Note::Canvasses(term) => (
            "election",
            "pre-vote",
            Tone::Active,
            format!("{server} has heard from no leader and asks whether it could win term {term}."),
        ),
        Note::Stands(term) => (
            "election",
            "stand",
            Tone::Active,
            format!("{server} stands for election in term {term} and votes for itself."),
        ),
        Note::Votes(whom, true) => (
            "vote",
            "vote",
            Tone::Good,
            format!("{server} votes for {whom}; it has one vote in a term."),
        ),
        Note::Votes(whom, false) => (
            "vote",
            "deny",
            Tone::Plain,
            format!("{server} would vote for {whom}."),
        ),
        Note::Denies(whom, denial) => denied(server, whom, denial),
        Note::Leads(term) => (
            "leader",
            "elected",
            Tone::Leader,
            format!("{server} has enough votes and leads term {term}."),
        ),
        Note::StepsDown(newer) => (
            "leader",
            "newer-term",
            Tone::Stale,
            format!("{server} hears of term {newer} and leads no more."),
        ),
        Note::LosesQuorum => (
            "leader",
            "check-quorum",
            Tone::Stale,
            format!("{server} has not heard from a majority and leads no more."),
        ),
        Note::Follows(leader) => (
            "leader",
            "newer-term",
            Tone::Plain,
            format!("{server} follows {leader} in term {term}."),
        ),
        _ => (
            "election",
            "transfer",
            Tone::Leader,
            format!("{server} was told by the leader to stand at once."),
        ),
    }
}

fn denied(server: ServerId, whom: ServerId, denial: Denial) -> Words {
    let (why, region) = match denial {
        Denial::OldTerm => ("that term is over".to_owned(), "deny"),
        Denial::Voted(other) if other == server => ("it stands itself".to_owned(), "deny"),
        Denial::Voted(other) => (format!("it has voted for {other}"), "deny"),
        Denial::StaleLog => (
            "its own log ends later, so the candidate may lack what is committed".to_owned(),
            "up-to-date",
        ),
        Denial::HearsLeader => ("it hears a leader".to_owned(), "hears-leader"),
    };
    let text = format!("{server} does not vote for {whom}: {why}.");
    ("vote", region, Tone::Refused, text)
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is part of an election is told by election_words, and noted() lists both"
)]
fn log_words(server: ServerId, note: Note) -> Words {
    match note {
        Note::Conflicts(at) => (
            "log",
            "consistency-check",
            Tone::Refused,
            format!(
                "The log of {server} does not agree at entry {at}: it refuses and says where to try."
            ),
        ),
        Note::Truncates(from) => (
            "log",
            "truncate",
            Tone::Refused,
            format!(
                "{server} removes its entries from {from} on: they conflict with the leader’s."
            ),
        ),
        Note::BacksUp(whom, next) => (
            "log",
            "back-up",
            Tone::Plain,
            format!("{server} tries {whom} again from entry {next} on."),
        ),
        Note::Commits(upto) => (
            "commit",
            "commit",
            Tone::Good,
            format!("{server} knows entry {upto} on enough servers: it is committed."),
        ),
        Note::Compacts(upto) => (
            "snapshot",
            "snapshot",
            Tone::Plain,
            format!("{server} puts a snapshot in the place of its entries up to {upto}."),
        ),
        Note::SendsSnapshot(whom, upto) => (
            "snapshot",
            "send",
            Tone::Active,
            format!("{whom} lacks what {server} no longer has: it gets a snapshot up to {upto}."),
        ),
        Note::Installs(upto) => (
            "snapshot",
            "install",
            Tone::Plain,
            format!("{server} takes over a snapshot up to {upto}."),
        ),
        Note::CatchesUp(new) => (
            "members",
            "catch-up",
            Tone::Leader,
            format!("{server} sends {new} what it lacks. It has no vote before it has caught up."),
        ),
        Note::GivesUpOn(new) => (
            "members",
            "give-up",
            Tone::Stale,
            format!("{new} does not answer: {server} does not add it, and other changes may come."),
        ),
        Note::Changes(Change::Add(new)) => (
            "members",
            "change",
            Tone::Leader,
            format!("{new} has caught up: with this entry it has a vote."),
        ),
        Note::Changes(Change::Remove(gone)) => (
            "members",
            "change",
            Tone::Leader,
            format!("With this entry {gone} has no vote any more."),
        ),
        Note::HandsOver(heir) => (
            "members",
            "transfer",
            Tone::Leader,
            format!("{server} hands over to {heir} and takes no more requests."),
        ),
        Note::GoesOnWithout(heir) => (
            "members",
            "give-up",
            Tone::Stale,
            format!(
                "{heir} has not taken over in time: {server} goes on and takes requests again."
            ),
        ),
        _ => (
            "members",
            "apply",
            Tone::Idle,
            format!("{server} is not a member any more."),
        ),
    }
}

fn client(request: &Command) -> String {
    format!("Client {}", request.client + 1)
}

/// What a client wants, after “to”.
fn wish(request: &Command) -> String {
    let key = key_name(request.key);
    match request.deed {
        Deed::Read => format!("read {key}"),
        Deed::Write(value) => format!("write {value} to {key}"),
        Deed::Swap { from, to } => format!("put {to} in the place of {from} in {key}"),
    }
}

fn answered(request: &Command, answer: Answer, fits: bool) -> Narration {
    let who = client(request);
    let key = key_name(request.key);
    let text = match answer {
        Answer::Value(Some(value)) => format!("{who} reads {value} from {key}"),
        Answer::Value(None) => format!("{who} reads that nothing was ever written to {key}"),
        Answer::Written | Answer::Swapped(true) => {
            format!("{who} hears that it is done: {}", request_words(request))
        }
        Answer::Swapped(false) => format!("{who} hears that {key} had another value"),
        Answer::Outdated => format!("{who} hears that it was too late"),
    };
    let region = if matches!(answer, Answer::Value(_)) {
        "read-confirmed"
    } else {
        "apply"
    };
    let (text, tone) = if fits {
        (format!("{text}."), Tone::Good)
    } else {
        let text = format!("{text}: no single copy can have answered so.");
        return Narration::new("answer", text)
            .tone(Tone::Failed)
            .region(region)
            .notable();
    };
    Narration::new("answer", text).tone(tone).region(region)
}

/// A number with its noun.
fn count(number: u64, one: &str, many: &str) -> String {
    match number {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    }
}
