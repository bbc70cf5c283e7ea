//! A server's surroundings: its disk, its clock, its timers, and what waits for the disk.

use std::collections::VecDeque;

use super::clients::Reply;
use crate::kernel::trace::EventId;
use crate::patterns::consensus::raft::algorithm::{
    Durable, Index, Members, Message, Note, ReadId, Server, ServerId, Store, Term, Timer, Write,
};
use crate::prelude::*;
use crate::sorted::SortedMap;

/// Where a server runs.
#[derive(Debug, Clone)]
pub(in super::super) struct Host {
    /// Its node in the network.
    pub(in super::super) node: NodeId,
    /// The server; none while it is down.
    pub(in super::super) server: Option<Server<Store>>,
    /// What it has on disk.
    pub(in super::super) disk: Durable<Store>,
    /// The members before any entry says otherwise.
    pub(super) first_members: Members,
    /// It was told to leave.
    pub(in super::super) removed: bool,
    /// Its clock.
    pub(in super::super) clock: Clock,
    waits: [Wait; 3],
    /// What goes to disk, and what may leave the server afterwards.
    pub(in super::super) writes: VecDeque<Writing>,
    /// How many of them the disk is writing.
    pub(super) syncing: usize,
    /// Reads that it has taken on without an entry: who asked for which register.
    pub(super) reads: SortedMap<ReadId, (u16, u32, u8)>,
    /// Commands that it has taken on as leader: where, in which term, when.
    pub(super) proposed: VecDeque<(Index, Term, SimTime)>,
    /// Why it did not vote, or what it does, in its last decision worth a badge.
    pub(in super::super) last: Option<(Note, EventId, SimTime)>,
}

/// What may leave a server.
#[derive(Debug, Clone)]
pub(in super::super) enum Out {
    /// A message to another server.
    Wire(ServerId, Message<Store>),
    /// An answer to a client's request, by the client's count.
    Told(u16, u32, Reply),
}

/// A write, and what may leave the server once it is durable.
#[derive(Debug, Clone)]
pub(in super::super) struct Writing {
    pub(super) write: Option<Write<Store>>,
    pub(super) out: Vec<Out>,
}

/// A clock that runs at a rate of its own and is never set.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Clock {
    at: SimTime,
    local: SimTime,
    rate_percent: u32,
}

impl Clock {
    /// What it reads at true time `now`.
    pub(in super::super) fn read(&self, now: SimTime) -> SimTime {
        let passed = now - self.at;
        if self.rate_percent == 100 {
            return self.local + passed;
        }
        self.local + passed / 100 * u64::from(self.rate_percent)
    }

    pub(super) fn run_at(&mut self, now: SimTime, rate_percent: u32) {
        *self = Self {
            at: now,
            local: self.read(now),
            rate_percent,
        };
    }

    /// Its speed against true time, in percent.
    pub(in super::super) const fn rate_percent(&self) -> u32 {
        self.rate_percent
    }
}

/// A wait by the server's clock. It begins anew much more often than it ends, so the kernel's timer
/// is left running and looks again when it fires.
#[derive(Debug, Clone, Copy, Default)]
struct Wait {
    from: SimTime,
    until: SimTime,
    /// When the kernel's timer fires.
    fires: Option<SimTime>,
}

/// What a fired timer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fired {
    /// Another one counts.
    Stale,
    /// The wait has begun anew and lasts so much longer.
    Early(Span),
    /// The wait is over.
    Due,
}

/// Clocks that run fast or slow round to whole nanoseconds; a wait that is over but for less than
/// this is over.
const GRAIN: Span = Span::from_micros(1);

impl Host {
    pub(super) fn new(
        node: NodeId,
        now: SimTime,
        disk: Durable<Store>,
        first_members: Members,
    ) -> Self {
        Self {
            node,
            server: None,
            disk,
            first_members,
            removed: false,
            clock: Clock {
                at: now,
                local: now,
                rate_percent: 100,
            },
            waits: [Wait::default(); 3],
            writes: VecDeque::new(),
            syncing: 0,
            reads: SortedMap::new(),
            proposed: VecDeque::new(),
            last: None,
        }
    }

    /// Everything in memory is gone.
    pub(super) fn crash(&mut self) {
        self.server = None;
        self.waits = [Wait::default(); 3];
        self.writes.clear();
        self.syncing = 0;
        self.reads.clear();
        self.proposed.clear();
        self.last = None;
    }

    /// Whether nothing waits for the disk.
    pub(in super::super) fn is_idle(&self) -> bool {
        self.writes.is_empty()
    }

    pub(super) fn queue(&mut self, write: Option<Write<Store>>, out: Vec<Out>) {
        self.writes.push_back(Writing { write, out });
    }

    /// Begins a wait; how long until the kernel should look, if no timer looks before.
    pub(super) fn wait(&mut self, timer: Timer, now: SimTime, after: Span) -> Option<Span> {
        let wait = &mut self.waits[timer as usize];
        (wait.from, wait.until) = (now, now + after);
        if wait.fires.is_some_and(|fires| fires <= wait.until) {
            return None;
        }
        wait.fires = Some(wait.until);
        Some(after)
    }

    pub(super) fn fired(&mut self, timer: Timer, at: SimTime, now: SimTime) -> Fired {
        let wait = &mut self.waits[timer as usize];
        if wait.fires != Some(at) {
            return Fired::Stale;
        }
        let left = wait.until - now;
        if left > GRAIN {
            wait.fires = Some(now + left);
            return Fired::Early(left);
        }
        wait.fires = None;
        Fired::Due
    }

    /// How much of its wait for a leader is left, as a share, by its own clock.
    pub(in super::super) fn patience_left(&self, now: SimTime) -> f64 {
        let wait = &self.waits[Timer::Election as usize];
        let left = (wait.until - self.clock.read(now)).as_secs_f64();
        left / (wait.until - wait.from).as_secs_f64().max(1e-9)
    }

    pub(super) fn remember(&mut self, note: Note, event: EventId, now: SimTime) {
        match note {
            Note::Denies(..)
            | Note::Conflicts(_)
            | Note::Truncates(_)
            | Note::Leads(_)
            | Note::Follows(_)
            | Note::Stands(_)
            | Note::Votes(..)
            | Note::LosesQuorum => self.last = Some((note, event, now)),
            Note::Canvasses(_)
            | Note::StepsDown(_)
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
            | Note::ToldToStand
            | Note::Leaves => {}
        }
    }
}
