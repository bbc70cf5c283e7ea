//! The auditor: sees every server's every step, and remembers which promises are broken.
//!
//! It compares what a step changed with what was seen before, so its work does not grow with the
//! logs, and forgets what every server has committed.

use super::host::Host;
use super::{Cluster, Event, entry_words};
use crate::history::{Live, Op, OpId, Outcome};
use crate::patterns::consensus::raft::algorithm::{
    Command, Effects, Entry, Index, Note, Role, Server, ServerId, Store, Term,
};
use crate::patterns::consensus::raft::knobs::Knobs;
use crate::prelude::*;
use crate::sorted::SortedMap;

pub(in super::super) const ELECTION: &str = "one leader in a term";
pub(in super::super) const APPEND_ONLY: &str = "leaders only append";
pub(in super::super) const MATCHING: &str = "logs match";
pub(in super::super) const COMPLETE: &str = "leaders have what is committed";
pub(in super::super) const MACHINE: &str = "all apply the same";
pub(in super::super) const LINEAR: &str = "clients see one copy";
pub(in super::super) const ELECTED: &str = "a leader is elected";

pub(super) const PROPERTIES: &[Property<Cluster>] = &[
    Property::always(
        ELECTION,
        "At most one leader is elected in a term (election safety).",
        |cluster, _| cluster.audit.verdict(Promise::Election),
    ),
    Property::always(
        APPEND_ONLY,
        "A leader never overwrites or removes entries of its log; it only appends (leader append-only).",
        |cluster, _| cluster.audit.verdict(Promise::AppendOnly),
    ),
    Property::always(
        MATCHING,
        "If two logs have an entry with the same index and term, they are the same up to it (log matching).",
        |cluster, _| cluster.audit.verdict(Promise::Matching),
    ),
    Property::always(
        COMPLETE,
        "What is committed in a term is in the logs of the leaders of all later terms (leader completeness).",
        |cluster, _| cluster.audit.verdict(Promise::Complete),
    ),
    Property::always(
        MACHINE,
        "No two servers apply different entries at the same index (state machine safety).",
        |cluster, _| cluster.audit.verdict(Promise::Machine),
    ),
    Property::<Cluster>::always(
        LINEAR,
        "What clients are told is as if there were one copy: each request takes effect at one instant between question and answer (linearizability).",
        |cluster, _| cluster.audit.verdict(Promise::Linear),
    )
    .with_doubt(|cluster| {
        let since = cluster.audit.lost_track?;
        let reason = "too many requests are open at once to try every order of them";
        Some(Doubt { since, reason })
    }),
    Property::<Cluster>::always(
        ELECTED,
        "As long as a majority can talk and timeouts are long enough for it, there is a leader within thirty attempts.",
        |cluster, world| cluster.audit.is_led_in_time(&cluster.knobs, world.now()),
    )
    .with_patience(Knobs::time_to_elect),
];

#[derive(Debug, Clone, Copy)]
enum Promise {
    Election,
    AppendOnly,
    Matching,
    Complete,
    Machine,
    Linear,
}

type Line = Entry<Command>;

/// What the auditor keeps.
#[derive(Debug, Clone)]
pub(in super::super) struct Audit {
    leaders: SortedMap<Term, ServerId>,
    /// Every entry seen in a log: what it says, and the term of the entry before it.
    written: SortedMap<(Index, Term), (Line, Term)>,
    /// What was committed where, and in which term.
    settled: SortedMap<Index, (Line, Term)>,
    /// Everything up to here has been forgotten.
    base: Index,
    /// What each server knew to be committed at most.
    highs: Vec<Index>,
    registers: Vec<Live>,
    /// Since when more requests are open for some register than can be followed.
    lost_track: Option<SimTime>,
    top: Term,
    breaches: [Option<String>; 6],
    can_talk: bool,
    led: bool,
    /// Since when a majority can talk without a leader, as far as it does.
    since: SimTime,
    /// When the last one who waits by settings of before does so no more.
    patient_until: SimTime,
}

/// What matters of a server before a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    term: Term,
    role: u8,
    leader: Option<ServerId>,
    last: (Index, Term),
    commit: Index,
    members: usize,
}

const fn kind(role: &Role) -> u8 {
    match role {
        Role::Follower => 0,
        Role::Canvassing(_) => 1,
        Role::Candidate(_) => 2,
        Role::Leader(_) => LEADER,
    }
}

const LEADER: u8 = 3;

impl Before {
    pub(super) fn of(server: &Server<Store>) -> Self {
        Self {
            term: server.term(),
            role: kind(server.role()),
            leader: server.leader(),
            last: (server.log().last_index(), server.log().last_term()),
            commit: server.commit(),
            members: server.members().len(),
        }
    }

    /// Whether the step changed who leads or follows whom.
    pub(super) fn differs(&self, server: &Server<Store>) -> bool {
        (self.term, self.role, self.leader, self.members)
            != (
                server.term(),
                kind(server.role()),
                server.leader(),
                server.members().len(),
            )
    }
}

/// Entries that the auditor remembers at most.
const REMEMBERED: Index = 4_096;

/// Terms whose leader the auditor remembers at most.
const TERMS: usize = 64;

impl Audit {
    pub(super) fn new(keys: usize) -> Self {
        Self {
            leaders: SortedMap::new(),
            written: SortedMap::new(),
            settled: SortedMap::new(),
            base: 0,
            highs: Vec::new(),
            registers: vec![Live::default(); keys],
            lost_track: None,
            top: Term(0),
            breaches: [const { None }; 6],
            can_talk: false,
            led: false,
            since: SimTime::ZERO,
            patient_until: SimTime::ZERO,
        }
    }

    fn verdict(&self, promise: Promise) -> Result<(), String> {
        match &self.breaches[promise as usize] {
            None => Ok(()),
            Some(reason) => Err(reason.clone()),
        }
    }

    fn breach(&mut self, promise: Promise, reason: impl FnOnce() -> String) {
        self.breaches[promise as usize].get_or_insert_with(reason);
    }

    /// One more server is seen.
    pub(super) fn joins(&mut self) {
        self.highs.push(0);
    }

    pub(super) fn crashes(&mut self, _id: ServerId) {
        self.led = false;
    }

    /// A term that somebody has seen; the latest so far.
    pub(super) fn see_term(&mut self, term: Term) -> Term {
        self.top = self.top.max(term);
        self.top
    }

    /// Takes note of what the servers begin with.
    pub(super) fn look_at_disks(&mut self, hosts: &[Host]) {
        for (at, host) in hosts.iter().enumerate() {
            self.top = self.top.max(host.disk.term);
            if let Some(server) = &host.server {
                self.see_entries(ServerId(at as u16), server, 1);
            }
        }
    }

    /// Looks at a step that a server took; how many more entries are committed.
    pub(super) fn look(
        &mut self,
        id: ServerId,
        before: &Before,
        server: &Server<Store>,
        effects: &Effects<Store>,
    ) -> u64 {
        if let Some(write) = &effects.save {
            self.see_entries(id, server, write.from);
        }
        let (last, term) = before.last;
        if before.role == LEADER && server.term() == before.term {
            let log = server.log();
            let stands = last <= log.snapshot_index() || log.term_at(last) == Some(term);
            if !stands {
                self.breach(Promise::AppendOnly, || {
                    format!("{id} led term {term} and lost its own entry {last} in that term")
                });
            }
        }
        for note in &effects.notes {
            if let Note::Leads(term) = note {
                self.elected(id, *term, server);
            }
        }
        if server.commit() > before.commit {
            self.commits(id, before.commit, server)
        } else {
            0
        }
    }

    fn see_entries(&mut self, id: ServerId, server: &Server<Store>, from: Index) {
        let log = server.log();
        for index in from.max(self.base + 1).max(log.snapshot_index() + 1)..=log.last_index() {
            let (Some(entry), Some(prev)) = (log.get(index), log.term_at(index - 1)) else {
                continue;
            };
            match self.written.get(&(index, entry.term)) {
                None => {
                    self.written
                        .insert((index, entry.term), (entry.clone(), prev));
                }
                Some((seen, before)) if seen == entry && *before == prev => {}
                Some((seen, _)) => {
                    let (seen, term) = (entry_words(seen), entry.term);
                    let here = entry_words(entry);
                    self.breach(Promise::Matching, || {
                        format!(
                            "entry {index} of term {term} is “{here}” on {id}, and elsewhere “{seen}” or after another entry"
                        )
                    });
                }
            }
        }
    }

    fn elected(&mut self, id: ServerId, term: Term, server: &Server<Store>) {
        match self.leaders.get(&term) {
            Some(other) if *other != id => {
                let other = *other;
                self.breach(Promise::Election, || {
                    format!("{other} and {id} were both elected in term {term}")
                });
            }
            Some(_) => {}
            None => {
                self.leaders.insert(term, id);
                if self.leaders.len() > TERMS {
                    let first = self.leaders.keys().next().copied();
                    first.map(|first| self.leaders.remove(&first));
                }
            }
        }
        let log = server.log();
        let earlier = self.settled.iter().filter(|(_, (_, by))| *by < term);
        let lacks = earlier
            .filter(|(index, _)| **index > log.snapshot_index())
            .find(|(index, (entry, _))| log.get(**index) != Some(entry));
        let lacks = lacks.map(|(index, (entry, _))| (*index, entry_words(entry)));
        if let Some((index, words)) = lacks {
            self.breach(Promise::Complete, || {
                format!(
                    "{id} leads term {term} without entry {index}, “{words}”, which is committed"
                )
            });
        }
    }

    /// More is committed on a server, and therefore applied.
    fn commits(&mut self, id: ServerId, before: Index, server: &Server<Store>) -> u64 {
        let mut more = 0;
        let log = server.log();
        for index in before.max(self.base) + 1..=server.commit() {
            let Some(entry) = log.get(index) else {
                continue;
            };
            match self.settled.get(&index) {
                None => {
                    more += 1;
                    self.settled.insert(index, (entry.clone(), server.term()));
                }
                Some((seen, _)) if seen == entry => {}
                Some((seen, _)) => {
                    let (here, there) = (entry_words(entry), entry_words(seen));
                    let (term, other) = (entry.term, seen.term);
                    self.breach(Promise::Machine, || {
                        format!(
                            "{id} applies “{here}” of term {term} at {index}, where “{there}” of term {other} was applied before"
                        )
                    });
                }
            }
        }
        let high = &mut self.highs[usize::from(id.0)];
        *high = (*high).max(server.commit());
        self.forget();
        more
    }

    /// Forgets what every server has committed, and what is too long ago.
    fn forget(&mut self) {
        const OFTEN: Index = 64;
        let lowest = self.highs.iter().min().copied().unwrap_or(0);
        let highest = self.highs.iter().max().copied().unwrap_or(0);
        let base = lowest.max(highest.saturating_sub(REMEMBERED));
        if base >= self.base + OFTEN {
            self.base = base;
            self.written.retain(|(index, _), _| *index > base);
            self.settled.retain(|index, _| *index > base);
        }
    }

    /// Whether an entry is the one that was committed at its place; none where nothing was yet.
    pub(in super::super) fn is_settled(
        &self,
        index: Index,
        entry: &Entry<Command>,
    ) -> Option<bool> {
        if index <= self.base {
            return Some(true);
        }
        self.settled.get(&index).map(|(seen, _)| seen == entry)
    }
}

// What clients are told.
impl Audit {
    pub(super) fn called(&mut self, key: u8, id: OpId, op: Op, now: SimTime) {
        if let Some(register) = self.registers.get_mut(usize::from(key)) {
            register.call(id, op);
            if register.gave_up() {
                self.lost_track.get_or_insert(now);
            }
        }
    }

    pub(super) fn lost(&mut self, key: u8, id: OpId) {
        if let Some(register) = self.registers.get_mut(usize::from(key)) {
            register.lost(id);
        }
    }

    /// Whether an answer fits what clients have been told before.
    pub(super) fn returned(&mut self, key: u8, id: OpId, told: Outcome, now: SimTime) -> bool {
        let Some(register) = self.registers.get_mut(usize::from(key)) else {
            return true;
        };
        let outcome = register.returned(id, told);
        if register.gave_up() {
            self.lost_track.get_or_insert(now);
        }
        let Err(breach) = outcome else {
            return true;
        };
        let client = (id.0 >> 32) + 1;
        let key = super::key_name(key);
        self.breach(Promise::Linear, || match breach.told {
            Outcome::Value(value) => {
                let value = value.map_or("nothing".to_owned(), |value| value.to_string());
                let newest = breach.expected.unwrap_or(0);
                format!("client {client} reads {value} from {key}, which cannot be: {newest} was there before")
            }
            Outcome::Written | Outcome::Swapped(_) => {
                format!("no order of all requests explains what client {client} was told about {key}")
            }
        });
        false
    }
}

// Whether anyone leads.
impl Audit {
    /// Something interfered: whoever is elected has the time again.
    pub(super) fn disturb(&mut self, now: SimTime) {
        self.since = now;
    }

    /// From this instant on nobody waits by settings of before.
    pub(super) fn is_patient_until(&mut self, at: SimTime) {
        self.patient_until = self.patient_until.max(at);
    }

    fn is_led_in_time(&self, knobs: &Knobs, now: SimTime) -> Result<(), String> {
        let waits = self.can_talk && !self.led;
        if waits && now > self.since.max(self.patient_until) + knobs.time_to_elect() {
            let within = knobs.time_to_elect();
            return Err(format!(
                "a majority has talked for {within} without a leader"
            ));
        }
        Ok(())
    }

    /// Sees whether a majority follows a leader, and whether a majority can talk.
    pub(super) fn look_around(
        &mut self,
        knobs: &Knobs,
        hosts: &[Host],
        world: &World<Event>,
    ) -> bool {
        let led = is_led(hosts, world);
        let can_talk = knobs.can_elect() && can_talk(knobs, hosts, world);
        let waited = self.can_talk && !self.led;
        if can_talk && !led && !waited {
            self.since = world.now();
        }
        (self.led, self.can_talk) = (led, can_talk);
        led
    }
}

/// Whether somebody leads and a majority of its members follow.
fn is_led(hosts: &[Host], world: &World<Event>) -> bool {
    let running = |host: &Host| world.network().is_up(host.node);
    let leads = |(at, host): (usize, &Host)| {
        let Some(server) = host.server.as_ref().filter(|server| server.is_leader()) else {
            return false;
        };
        let id = ServerId(at as u16);
        let follows = |member: &&ServerId| {
            let other = &hosts[usize::from(member.0)];
            let same =
                |other: &Server<Store>| other.leader() == Some(id) && other.term() == server.term();
            running(other) && other.server.as_ref().is_some_and(same)
        };
        let followers = server.members().iter().filter(follows).count();
        running(host) && followers > server.members().len() / 2
    };
    hosts.iter().enumerate().any(leads)
}

/// Whether the servers that run fall into groups that talk freely inside and not at all to each
/// other, and one group has a majority by everyone's own list of members.
fn can_talk(knobs: &Knobs, hosts: &[Host], world: &World<Event>) -> bool {
    let network = world.network();
    let runs = |host: &Host| network.is_up(host.node) && host.server.is_some();
    let well = |host: &Host| network.clock_is_steady(host.node);
    if hosts.iter().any(|host| runs(host) && !well(host)) {
        return false;
    }
    // Who was removed and does not know it stands for election, unless it asks first.
    let apart = |host: &Host| runs(host) && host.removed;
    if !knobs.pre_vote && hosts.iter().any(apart) {
        return false;
    }
    let mut groups = vec![0_u32; hosts.len()];
    for (a, one) in hosts.iter().enumerate().filter(|(_, host)| runs(host)) {
        for (b, other) in hosts.iter().enumerate().filter(|(_, host)| runs(host)) {
            let (there, back) = ((one.node, other.node), (other.node, one.node));
            let cut = |(from, to)| network.is_cut(from, to);
            let ails = |(from, to)| network.is_held(from, to) || network.is_slow(from, to);
            if cut(there) != cut(back) || ails(there) || ails(back) {
                return false;
            }
            if !cut(there) {
                groups[a] |= 1 << b;
            }
        }
    }
    let is_closed = |at: usize| {
        (0..hosts.len()).all(|other| groups[at] >> other & 1 == 0 || groups[other] == groups[at])
    };
    let rules = |at: usize| {
        let group = groups[at];
        let has_majority = |host: &Host| {
            host.server.as_ref().is_none_or(|server| {
                let members = server.members();
                let inside = members.iter().filter(|member| group >> member.0 & 1 == 1);
                members.is_empty() || inside.count() > members.len() / 2
            })
        };
        group != 0 && hosts.iter().filter(|host| runs(host)).all(has_majority)
    };
    (0..hosts.len()).all(is_closed) && (0..hosts.len()).any(rules)
}
