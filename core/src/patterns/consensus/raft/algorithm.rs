//! Raft as a pure state machine: what happens goes in, what is to be done comes out.
//!
//! Follows Ongaro and Ousterhout, *In Search of an Understandable Consensus Algorithm* (USENIX ATC
//! 2014; figure 2 is the whole core), and Ongaro's dissertation *Consensus: Bridging Theory and
//! Practice* (2014) for pre-vote (section 9.6), membership (chapter 4), leadership transfer (3.10),
//! snapshots (chapter 5), reads (6.4) and sessions (6.3).
//!
//! A [`Server`] sends nothing, writes nothing and waits for nothing. [`Server::step`] takes a
//! message, a timeout or a request and fills an [`Effects`]: first what must be on disk, then what
//! may be sent and answered. Time is the server's own monotonic clock, passed in; the length of the
//! election timeout is drawn by whoever owns the timer, so chance stays outside too.
//!
//! ```
//! use orrery_core::patterns::consensus::raft::algorithm::*;
//! use orrery_core::time::SimTime;
//!
//! let members: Members = (0..3).map(ServerId).collect();
//! let mut servers: Vec<Server<Store>> = (0..3)
//!     .map(|id| Server::new(ServerId(id), Options::default(), members.clone(), Store::default()))
//!     .collect();
//!
//! // The first server loses patience; carry messages about until there are none.
//! let mut effects = Effects::default();
//! servers[0].step(SimTime::ZERO, Input::Timeout(Timer::Election), &mut effects)?;
//! let mut post: Vec<_> = effects.send.into_iter().map(|(to, m)| (ServerId(0), to, m)).collect();
//! while let Some((from, to, message)) = post.pop() {
//!     let mut effects = Effects::default();
//!     let input = Input::Message { from, message };
//!     servers[usize::from(to.0)].step(SimTime::ZERO, input, &mut effects)?;
//!     post.extend(effects.send.into_iter().map(|(next, m)| (to, next, m)));
//! }
//! assert!(servers[0].is_leader());
//! assert_eq!(servers[2].leader(), Some(ServerId(0)));
//! # Ok::<(), Rejection>(())
//! ```

mod election;
mod log;
mod membership;
mod message;
mod reads;
mod replication;
mod store;

use std::collections::VecDeque;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use crate::sorted::{SortedMap, SortedSet};
use crate::time::{SimTime, Span};

pub use log::{Durable, Entry, Log, Payload, Snapshot, Write};
pub use membership::Change;
pub use message::{Append, Ask, Body, Conflict, Message};
pub use reads::ReadId;
pub use store::{Answer, Command, Deed, Store};

/// A server, by a number of its own that is never given to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(pub u16);

impl fmt::Display for ServerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S{}", self.0 + 1)
    }
}

/// The number of a term: a stretch of time with at most one leader. The first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Term(pub u64);

impl Term {
    /// The term after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The place of an entry in the log. The first is 1; 0 is before all.
pub type Index = u64;

/// Who has a vote.
pub type Members = SortedSet<ServerId>;

/// What the log's commands are applied to.
pub trait Machine: Clone + fmt::Debug + Eq + Hash {
    /// What it is told.
    type Command: Clone + fmt::Debug + Eq + Hash;
    /// What comes of a command.
    type Answer: Clone + fmt::Debug;

    /// Carries out a command. The same commands in the same order must lead to the same state and
    /// the same answers on every server.
    fn apply(&mut self, command: &Self::Command) -> Self::Answer;
}

/// How many votes elect and how many copies commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quorum {
    /// More than half: any two have a server in common.
    Majority,
    /// Half is enough: wrong as soon as the number of servers is even.
    Half,
}

impl Quorum {
    /// How many of `members` it takes; at least one.
    pub const fn of(self, members: usize) -> usize {
        // region: quorum
        match self {
            Self::Majority => members / 2 + 1,
            Self::Half => {
                if members > 1 {
                    members.div_ceil(2)
                } else {
                    1
                }
            }
        }
        // endregion
    }
}

/// What a leader makes sure of before it answers a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reads {
    /// That a majority still follows it, by a round of heartbeats (section 6.4).
    ReadIndex,
    /// That no other can have been elected yet, by its clock (section 6.4.1).
    Lease,
    /// Nothing: wrong as soon as there may be another leader.
    Unconfirmed,
}

/// How a server behaves; the same on all of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Options {
    /// Ask whether one could win before beginning a term, and do not listen to candidates while
    /// the leader is heard.
    pub pre_vote: bool,
    /// A leader that does not hear from a majority steps down.
    pub check_quorum: bool,
    /// A new leader begins its term with an empty entry.
    pub noop: bool,
    /// Entries per message at most.
    pub batch: usize,
    /// What a leader makes sure of before it answers a read.
    pub reads: Reads,
    /// The shortest time after which a server that hears nothing may stand for election.
    pub election_timeout: Span,
    /// How many votes elect and how many copies commit.
    pub quorum: Quorum,
    /// Count copies only of entries of the leader's own term (section 5.4.2).
    pub own_term_only: bool,
    /// Begin a change of members only after an entry of the leader's own term is committed (Ongaro,
    /// *bug in single-server membership changes*, raft-dev 2015).
    pub change_after_own_term: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pre_vote: true,
            check_quorum: true,
            noop: true,
            batch: 8,
            reads: Reads::ReadIndex,
            election_timeout: Span::from_millis(150),
            quorum: Quorum::Majority,
            own_term_only: true,
            change_after_own_term: true,
        }
    }
}

/// A wait. Whoever owns the timers starts one anew when [`Effects::reset`] says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Until a server that hears nothing stands for election: the election timeout and a random
    /// time on top.
    Election,
    /// Until a leader lets its followers hear from it again.
    Heartbeat,
    /// Until a leader counts whom it has heard from: the election timeout.
    Quorum,
}

/// What can happen to a server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Input<M: Machine> {
    /// A message has arrived.
    Message {
        /// Its sender.
        from: ServerId,
        /// What it says.
        message: Message<M>,
    },
    /// A wait is over.
    Timeout(Timer),
    /// Everything up to this entry is on its disk. Whoever is a majority alone has to be told:
    /// otherwise nobody hears of an entry before it is saved.
    Saved(Index),
    /// A client wants a command carried out.
    Command(M::Command),
    /// A client wants to read without an entry in the log.
    Read(ReadId),
    /// The members are to change.
    Change(Change),
    /// Another server is to lead.
    Transfer(ServerId),
    /// A snapshot is to take the place of everything applied: when, each server decides for itself.
    Compact,
}

/// Why a server does not do what is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It does not lead; it may know who does.
    #[error("it is not the leader")]
    NotLeader(Option<ServerId>),
    /// It is handing over to another.
    #[error("it is handing over to {0}")]
    HandingOver(ServerId),
    /// A change of members is under way.
    #[error("the last change of members is not committed yet")]
    ChangeUnderWay,
    /// It has not committed an entry of its own term yet.
    #[error("it has not committed an entry of its own term yet")]
    TooEarly,
    /// The server is a member already.
    #[error("{0} is a member already")]
    IsMember(ServerId),
    /// The server is not a member.
    #[error("{0} is not a member")]
    NoMember(ServerId),
    /// Nobody would be left.
    #[error("{0} is the last member")]
    LastMember(ServerId),
    /// It leads already.
    #[error("{0} leads already")]
    Leads(ServerId),
}

/// What is to be done after a step, in this order: save, then send and answer.
#[derive(Debug, Clone)]
pub struct Effects<M: Machine> {
    /// What must be on disk before anything else here happens.
    pub save: Option<Write<M>>,
    /// Messages.
    pub send: Vec<(ServerId, Message<M>)>,
    /// Timers that start anew.
    pub reset: Vec<Timer>,
    /// Entries applied, with what came of them.
    pub applied: Vec<Applied<M>>,
    /// Reads that may be answered from the machine as it stands now, or that this server cannot
    /// answer any more.
    pub reads: Vec<(ReadId, bool)>,
    /// What was decided and why, for whoever keeps a log.
    pub notes: Vec<Note>,
}

impl<M: Machine> Default for Effects<M> {
    fn default() -> Self {
        Self {
            save: None,
            send: Vec::new(),
            reset: Vec::new(),
            applied: Vec::new(),
            reads: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl<M: Machine> Effects<M> {
    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.save = None;
        self.send.clear();
        self.reset.clear();
        self.applied.clear();
        self.reads.clear();
        self.notes.clear();
    }
}

/// A command that was carried out.
#[derive(Debug, Clone)]
pub struct Applied<M: Machine> {
    /// Its place in the log.
    pub index: Index,
    /// The command.
    pub command: M::Command,
    /// What came of it.
    pub answer: M::Answer,
}

/// Why a vote was not granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The candidate's term is over.
    OldTerm,
    /// The vote of this term is given to another.
    Voted(ServerId),
    /// The candidate's log ends before the voter's.
    StaleLog,
    /// The voter hears the leader.
    HearsLeader,
}

/// A decision, for whoever keeps a log of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// Asks whether it could win an election for this term.
    Canvasses(Term),
    /// Stands for election in this term.
    Stands(Term),
    /// Votes for a candidate; in earnest or only when asked beforehand.
    Votes(ServerId, bool),
    /// Does not vote for a candidate.
    Denies(ServerId, Denial),
    /// Leads this term.
    Leads(Term),
    /// Does not lead any more: it has heard of this term.
    StepsDown(Term),
    /// Does not lead any more: it has not heard from a majority.
    LosesQuorum,
    /// Follows this leader from now on.
    Follows(ServerId),
    /// Its log does not continue what a leader sent.
    Conflicts(Index),
    /// Removes its entries from here on: they conflict with the leader's.
    Truncates(Index),
    /// The leader tries this follower again from an earlier entry.
    BacksUp(ServerId, Index),
    /// A majority has everything up to here.
    Commits(Index),
    /// Everything up to here is in a snapshot.
    Compacts(Index),
    /// Sends a snapshot up to here to a server that lacks what is no longer in the log.
    SendsSnapshot(ServerId, Index),
    /// Takes over a snapshot up to here.
    Installs(Index),
    /// A server catches up before it has a vote.
    CatchesUp(ServerId),
    /// That server does not answer: the leader adds it no more.
    GivesUpOn(ServerId),
    /// A change of members is in the log and in force.
    Changes(Change),
    /// Hands over to another.
    HandsOver(ServerId),
    /// That one has not taken over in time: the leader goes on.
    GoesOnWithout(ServerId),
    /// Has been told to stand for election at once.
    ToldToStand,
    /// It is not a member any more.
    Leaves,
}

/// What a follower has, as its leader knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Progress {
    /// The next entry to send.
    pub next: Index,
    /// It has everything up to here.
    pub matched: Index,
    /// The last round of heartbeats that it answered.
    pub round: u64,
    /// It has been heard from since the leader last counted.
    pub active: bool,
}

/// What a leader keeps in memory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lead {
    /// What the others have.
    pub peers: SortedMap<ServerId, Progress>,
    /// The first index of its own term.
    pub(super) began: Index,
    /// The last round of heartbeats.
    round: u64,
    /// When the rounds that a majority has not answered yet were sent.
    rounds: VecDeque<(u64, SimTime)>,
    /// By its own clock no other leader can be elected before.
    pub(super) lease: SimTime,
    /// Reads that wait.
    waiting: Vec<reads::Waiting>,
    /// A server that catches up before it has a vote.
    pub(super) joining: Option<ServerId>,
    /// The server that is to lead next.
    pub(super) heir: Option<ServerId>,
    /// Whether it was waited for already when activity was counted last.
    pub(super) heir_is_late: bool,
    /// A server was told to stand in this term, which does not wait for leases.
    handed_over: bool,
}

impl Lead {
    /// By its own clock, no other leader can be elected before.
    pub const fn lease_until(&self) -> SimTime {
        self.lease
    }

    /// The server that is to lead next.
    pub const fn heir(&self) -> Option<ServerId> {
        self.heir
    }

    /// The server that catches up before it has a vote.
    pub const fn joining(&self) -> Option<ServerId> {
        self.joining
    }
}

/// What a server is in its term.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Role {
    /// It answers.
    Follower,
    /// It asks whether it could win; who said yes.
    Canvassing(Members),
    /// It wants to lead; who voted for it.
    Candidate(Members),
    /// It leads.
    Leader(Box<Lead>),
}

/// A server: its durable state and what it has in memory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Server<M: Machine> {
    id: ServerId,
    options: Options,
    term: Term,
    vote: Option<ServerId>,
    log: Log<M>,
    first_members: Members,
    role: Role,
    leader: Option<ServerId>,
    commit: Index,
    applied: Index,
    machine: M,
    heard: Option<SimTime>,
    members: Members,
    members_at: Index,
    unsaved: Unsaved,
    /// What it knows to be on its disk.
    saved: Index,
}

/// What has changed since the last save.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
struct Unsaved {
    vote: bool,
    from: Option<Index>,
    snapshot: bool,
}

impl<M: Machine> Server<M> {
    /// A server that has never run, among these members.
    pub fn new(id: ServerId, options: Options, members: Members, machine: M) -> Self {
        Self::with_disk(id, options, members, machine, Durable::default())
    }

    /// A server that starts again at `now` with what it had on disk; `machine` is the one before
    /// all commands.
    pub fn restart(
        now: SimTime,
        id: ServerId,
        options: Options,
        first_members: Members,
        machine: M,
        disk: Durable<M>,
    ) -> Self {
        // It may have heard a leader just before it stopped, and a lease may rest on that.
        let heard = (options.reads == Reads::Lease).then_some(now);
        Self {
            heard,
            ..Self::with_disk(id, options, first_members, machine, disk)
        }
    }

    /// A server that has heard nobody yet, with this on its disk.
    pub fn with_disk(
        id: ServerId,
        options: Options,
        first_members: Members,
        machine: M,
        disk: Durable<M>,
    ) -> Self {
        let snapshot = disk.log.snapshot().cloned();
        let (applied, machine) = snapshot.map_or((0, machine), |snapshot| {
            (snapshot.index, snapshot.machine.clone())
        });
        let saved = disk.log.last_index();
        let mut server = Self {
            id,
            options,
            saved,
            term: disk.term,
            vote: disk.vote,
            log: disk.log,
            members: first_members.clone(),
            first_members,
            role: Role::Follower,
            leader: None,
            commit: applied,
            applied,
            machine,
            heard: None,
            members_at: 0,
            unsaved: Unsaved::default(),
        };
        server.find_members();
        server
    }

    /// Takes in what happened at `now` by the server's own clock and adds to `effects` what is to
    /// be done.
    ///
    /// # Errors
    /// Why a request is not taken on. Messages and timeouts are never refused.
    pub fn step(
        &mut self,
        now: SimTime,
        input: Input<M>,
        effects: &mut Effects<M>,
    ) -> Result<(), Rejection> {
        let done = match input {
            Input::Message { from, message } => {
                self.receive(now, from, message, effects);
                Ok(())
            }
            Input::Timeout(timer) => {
                self.time_out(now, timer, effects);
                Ok(())
            }
            Input::Saved(upto) => {
                self.saved = upto;
                self.advance(now, effects);
                Ok(())
            }
            Input::Command(command) => self.propose(now, command, effects),
            Input::Read(id) => self.read(now, id, effects),
            Input::Change(change) => self.change(now, change, effects),
            Input::Transfer(to) => self.transfer(to, effects),
            Input::Compact => {
                self.compact(effects);
                Ok(())
            }
        };
        self.save(effects);
        done
    }

    fn time_out(&mut self, now: SimTime, timer: Timer, effects: &mut Effects<M>) {
        match timer {
            Timer::Election => self.lose_patience(now, effects),
            Timer::Heartbeat => self.beat(now, effects),
            Timer::Quorum => self.count_active(effects),
        }
    }

    fn receive(
        &mut self,
        now: SimTime,
        from: ServerId,
        message: Message<M>,
        effects: &mut Effects<M>,
    ) {
        let Message { term, body } = message;
        match body {
            Body::Ask(ask) => return self.asked(now, from, term, ask, effects),
            Body::Vote { pre, granted } => {
                return self.voted(now, from, term, (pre, granted), effects);
            }
            Body::Append(_) | Body::Appended { .. } | Body::Install { .. } | Body::StandNow => {}
        }
        // region: newer-term
        if term > self.term {
            self.adopt(term, effects);
        }
        // endregion
        match body {
            Body::Append(append) => self.appending(now, from, term, append, effects),
            Body::Install { snapshot, round } => {
                self.install(now, (from, term), snapshot, round, effects);
            }
            Body::Appended { found, round } if term == self.term => {
                self.appended(now, from, found, round, effects);
            }
            Body::StandNow if term == self.term => {
                effects.notes.push(Note::ToldToStand);
                self.stand(now, true, effects);
            }
            Body::Appended { .. } | Body::StandNow | Body::Ask(_) | Body::Vote { .. } => {}
        }
    }

    /// Takes over a newer term, as a follower without a vote in it.
    fn adopt(&mut self, term: Term, effects: &mut Effects<M>) {
        self.term = term;
        self.vote = None;
        self.unsaved.vote = true;
        self.leader = None;
        if self.is_leader() {
            effects.notes.push(Note::StepsDown(term));
        }
        self.follow(effects);
    }

    /// Becomes a follower in its present term.
    fn follow(&mut self, effects: &mut Effects<M>) {
        let before = std::mem::replace(&mut self.role, Role::Follower);
        match before {
            Role::Follower => {}
            Role::Canvassing(_) | Role::Candidate(_) => effects.reset.push(Timer::Election),
            Role::Leader(lead) => {
                let lost = lead.waiting.iter().map(|waiting| (waiting.id, false));
                effects.reads.extend(lost);
                effects.reset.push(Timer::Election);
            }
        }
    }

    /// Hears from the leader of its present term.
    fn hear(&mut self, now: SimTime, leader: ServerId, effects: &mut Effects<M>) {
        self.follow(effects);
        if self.leader != Some(leader) {
            self.leader = Some(leader);
            effects.notes.push(Note::Follows(leader));
        }
        self.heard = Some(now);
        effects.reset.push(Timer::Election);
    }

    /// Collects what has changed since the last save.
    fn save(&mut self, effects: &mut Effects<M>) {
        // region: save
        if self.unsaved == Unsaved::default() {
            return;
        }
        let Unsaved { from, snapshot, .. } = std::mem::take(&mut self.unsaved);
        let from = if snapshot {
            self.log.snapshot_index() + 1
        } else {
            from.unwrap_or(self.log.last_index() + 1)
        };
        effects.save = Some(Write {
            term: self.term,
            vote: self.vote,
            snapshot: self.log.snapshot().filter(|_| snapshot).map(Arc::clone),
            from,
            entries: self.log.entries_from(from, usize::MAX).to_vec(),
        });
        // endregion
    }

    /// Remembers that the log has changed from this entry on.
    fn touch(&mut self, index: Index) {
        let from = self.unsaved.from.map_or(index, |from| from.min(index));
        self.unsaved.from = Some(from);
    }

    fn send(&self, to: ServerId, body: Body<M>, effects: &mut Effects<M>) {
        let term = self.term;
        effects.send.push((to, Message { term, body }));
    }

    fn others(&self) -> impl Iterator<Item = ServerId> + use<'_, M> {
        let members = self.members.iter().copied();
        members.filter(|member| *member != self.id)
    }

    fn quorum(&self) -> usize {
        self.options.quorum.of(self.members.len())
    }

    /// The greatest value that a quorum of members has reached, this server having reached `own`.
    fn reached(&self, own: u64, of: impl Fn(&Progress) -> u64) -> u64 {
        let Role::Leader(lead) = &self.role else {
            return 0;
        };
        let mut values = [0_u64; MOST_MEMBERS];
        let members = self.members.iter().take(MOST_MEMBERS);
        let count = members.len();
        for (value, member) in values.iter_mut().zip(members) {
            *value = if *member == self.id {
                own
            } else {
                lead.peers.get(member).map_or(0, &of)
            };
        }
        let values = &values[..count];
        let quorum = self.quorum();
        // Each is held against all: there are few, and no branch depends on how they compare.
        values.iter().fold(0, |reached, value| {
            let having = values.iter().filter(|other| *other >= value).count();
            reached.max(if having >= quorum { *value } else { 0 })
        })
    }
}

/// The most members that a leader counts.
const MOST_MEMBERS: usize = 32;

// What can be seen of it.
impl<M: Machine> Server<M> {
    /// Its number.
    pub const fn id(&self) -> ServerId {
        self.id
    }

    /// Its term.
    pub const fn term(&self) -> Term {
        self.term
    }

    /// Whom it voted for in its term.
    pub const fn vote(&self) -> Option<ServerId> {
        self.vote
    }

    /// Its log.
    pub const fn log(&self) -> &Log<M> {
        &self.log
    }

    /// What it is in its term.
    pub const fn role(&self) -> &Role {
        &self.role
    }

    /// Whether it believes that it leads.
    pub const fn is_leader(&self) -> bool {
        matches!(self.role, Role::Leader(_))
    }

    /// What it keeps as a leader.
    pub fn lead(&self) -> Option<&Lead> {
        match &self.role {
            Role::Leader(lead) => Some(lead),
            Role::Follower | Role::Canvassing(_) | Role::Candidate(_) => None,
        }
    }

    /// The leader of its term, as far as it knows.
    pub const fn leader(&self) -> Option<ServerId> {
        self.leader
    }

    /// It knows that everything up to here is committed.
    pub const fn commit(&self) -> Index {
        self.commit
    }

    /// The machine, with everything up to [`commit`](Self::commit) applied.
    pub const fn machine(&self) -> &M {
        &self.machine
    }

    /// The members by the newest entry in its log, whether that is committed or not.
    pub const fn members(&self) -> &Members {
        &self.members
    }

    /// Whether it has a vote by its own log.
    pub fn is_member(&self) -> bool {
        self.members.contains(&self.id)
    }

    /// How many of the members it takes.
    pub fn votes_needed(&self) -> usize {
        self.quorum()
    }

    /// How it behaves.
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Behaves otherwise from now on.
    pub fn set_options(&mut self, options: Options) {
        self.options = options;
    }
}

#[cfg(test)]
impl<M: Machine> Server<M> {
    /// The same server as if it had not counted rounds of heartbeats: for who compares states.
    pub(crate) fn forget_rounds(&mut self) {
        if let Role::Leader(lead) = &mut self.role {
            lead.round = 0;
        }
    }
}
