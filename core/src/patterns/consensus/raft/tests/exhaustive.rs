//! Every run of small instances in which never more than a few messages are under way: all orders in
//! which these can arrive or be lost, timeouts fire and servers stop and start again, within a few
//! terms. Searched by stateright.
//!
//! Time is left out: a timeout may fire at any moment. Votes asked for beforehand, quorums counted by
//! time, snapshots, changes of members and reads are left to the search over seeds. The counts of states are pinned, so that a change of the algorithm that adds or removes behaviour
//! is seen.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use stateright::{Checker, Model, Property};

use crate::patterns::consensus::raft::algorithm::{
    Body, Durable, Effects, Entry, Index, Input, Log, Machine, Members, Message, Note, Options,
    Payload, Quorum, Server, ServerId, Term, Timer,
};
use crate::sorted::SortedMap;
use crate::time::SimTime;

/// A machine that keeps what it was told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Told(Vec<u8>);

impl Machine for Told {
    type Command = u8;
    type Answer = ();

    fn apply(&mut self, command: &u8) {
        self.0.push(*command);
    }
}

type Line = Entry<u8>;

/// What is searched.
#[derive(Debug, Clone)]
struct Situation {
    options: Options,
    /// What each server begins with.
    disks: Vec<Durable<Told>>,
    last_term: Term,
    commands: u8,
    crashes: u8,
    keeps_votes: bool,
    /// Messages under way at most; a run with more is not followed.
    mail: usize,
}

impl Situation {
    fn of(servers: usize, last_term: u64) -> Self {
        Self {
            options: Options {
                pre_vote: false,
                check_quorum: false,
                noop: false,
                batch: 1,
                ..Options::default()
            },
            disks: vec![Durable::default(); servers],
            last_term: Term(last_term),
            commands: 0,
            crashes: 0,
            keeps_votes: true,
            mail: usize::MAX,
        }
    }

    fn begins_with(mut self, disks: &[(u64, &[u64])]) -> Self {
        let disk = |(term, terms): &(u64, &[u64])| {
            let entries = terms.iter().zip(1_u8..).map(|(&term, at)| Entry {
                term: Term(term),
                payload: Payload::Command(at + 10 * term as u8),
            });
            Durable {
                term: Term(*term),
                vote: None,
                log: Log::of(entries.collect()),
            }
        };
        self.disks = disks.iter().map(disk).collect();
        self
    }

    fn members(&self) -> Members {
        (0..self.disks.len() as u16).map(ServerId).collect()
    }
}

/// All that can differ between two runs, and what a witness has seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    servers: Vec<Server<Told>>,
    disks: Vec<Durable<Told>>,
    mail: Vec<(ServerId, ServerId, Message<Told>)>,
    commands: u8,
    crashes: u8,
    leaders: SortedMap<Term, ServerId>,
    committed: SortedMap<Index, (Line, Term)>,
    broken: Option<Broken>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Broken {
    ElectionSafety,
    LogMatching,
    LeaderCompleteness,
    StateMachineSafety,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Timeout(usize),
    Beat(usize),
    Command(usize),
    Deliver(usize),
    Lose(usize),
    Crash(usize),
}

impl Model for Situation {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let servers = self.disks.iter().zip(0..).map(|(disk, id)| {
            let (options, members) = (self.options.clone(), self.members());
            Server::with_disk(
                ServerId(id),
                options,
                members,
                Told::default(),
                disk.clone(),
            )
        });
        vec![State {
            servers: servers.collect(),
            disks: self.disks.clone(),
            mail: Vec::new(),
            commands: self.commands,
            crashes: self.crashes,
            leaders: SortedMap::new(),
            committed: SortedMap::new(),
            broken: None,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.broken.is_some() {
            return;
        }
        for (at, server) in state.servers.iter().enumerate() {
            if server.is_leader() {
                actions.push(Action::Beat(at));
                if state.commands > 0 {
                    actions.push(Action::Command(at));
                }
            } else if server.term() < self.last_term {
                actions.push(Action::Timeout(at));
            }
            if state.crashes > 0 {
                actions.push(Action::Crash(at));
            }
        }
        actions.extend((0..state.mail.len()).map(Action::Deliver));
        actions.extend((0..state.mail.len()).map(Action::Lose));
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Timeout(at) => state.step(at, Input::Timeout(Timer::Election)),
            Action::Beat(at) => state.step(at, Input::Timeout(Timer::Heartbeat)),
            Action::Command(at) => {
                state.commands -= 1;
                state.step(at, Input::Command(100 + state.commands));
            }
            Action::Deliver(at) => {
                let (from, to, message) = state.mail.remove(at);
                state.step(usize::from(to.0), Input::Message { from, message });
            }
            Action::Lose(at) => drop(state.mail.remove(at)),
            Action::Crash(at) => {
                state.crashes -= 1;
                if !self.keeps_votes {
                    state.disks[at].vote = None;
                }
                state.servers[at] = Server::restart(
                    SimTime::ZERO,
                    ServerId(at as u16),
                    self.options.clone(),
                    self.members(),
                    Told::default(),
                    state.disks[at].clone(),
                );
            }
        }
        (state.mail.len() <= self.mail).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![Property::always("figure 3", |_, state: &State| {
            state.broken.is_none()
        })];
        if self.commands > 0 {
            let committed = |_: &Self, state: &State| !state.committed.is_empty();
            properties.push(Property::sometimes("committed", committed));
        }
        properties
    }
}

impl State {
    fn step(&mut self, at: usize, input: Input<Told>) {
        let mut effects = Effects::default();
        let before = self.servers[at].commit();
        // A request to a leader that just stepped down is refused; nothing has changed then.
        let _ = self.servers[at].step(SimTime::ZERO, input, &mut effects);
        if let Some(write) = effects.save {
            self.disks[at].write(write);
        }
        let own = ServerId(at as u16);
        // Rounds of heartbeats matter to reads only, and would tell apart what is the same.
        self.servers[at].forget_rounds();
        for (to, mut message) in effects.send {
            message.forget_round();
            self.mail.push((own, to, message));
        }
        let (servers, mail) = (&self.servers, &mut self.mail);
        mail.retain(|(_, to, message)| !is_moot(&servers[usize::from(to.0)], message));
        // Two runs that differ in the order of the mail alone are the same.
        mail.sort_by_cached_key(|mail| {
            BuildHasherDefault::<DefaultHasher>::default().hash_one(mail)
        });
        mail.dedup();
        for note in effects.notes {
            if let Note::Leads(term) = note {
                self.elected(own, term);
            }
        }
        self.commits(at, before);
        self.compare_logs();
    }

    fn elected(&mut self, id: ServerId, term: Term) {
        let first = *self.leaders.entry(term).or_insert(id);
        if first != id {
            self.broken = Some(Broken::ElectionSafety);
        }
        let log = self.servers[usize::from(id.0)].log();
        let mut earlier = self.committed.iter().filter(|(_, (_, by))| *by < term);
        if earlier.any(|(index, (entry, _))| log.get(*index) != Some(entry)) {
            self.broken = Some(Broken::LeaderCompleteness);
        }
    }

    fn commits(&mut self, at: usize, before: Index) {
        let server = &self.servers[at];
        for index in before + 1..=server.commit() {
            let Some(entry) = server.log().get(index) else {
                continue;
            };
            let seen = (entry.clone(), server.term());
            let (known, _) = self.committed.entry(index).or_insert(seen);
            if known != entry {
                self.broken = Some(Broken::StateMachineSafety);
            }
        }
    }

    fn compare_logs(&mut self) {
        for (at, one) in self.servers.iter().enumerate() {
            for other in &self.servers[at + 1..] {
                let shared = one.log().last_index().min(other.log().last_index());
                let same = |index: &Index| one.log().term_at(*index) == other.log().term_at(*index);
                let Some(last) = (1..=shared).rev().find(same) else {
                    continue;
                };
                if (1..=last).any(|index| one.log().get(index) != other.log().get(index)) {
                    self.broken = Some(Broken::LogMatching);
                }
            }
        }
    }
}

/// Whether a message can change nothing any more: an answer to a question of an earlier term.
fn is_moot(receiver: &Server<Told>, message: &Message<Told>) -> bool {
    let is_answer = matches!(message.body, Body::Vote { .. } | Body::Appended { .. });
    let is_late_vote = matches!(message.body, Body::Vote { .. }) && receiver.is_leader();
    is_answer && message.term < receiver.term() || is_late_vote && message.term == receiver.term()
}

/// Searches every run; how many states there are, and which promise breaks first.
fn search(situation: Situation) -> (usize, Option<Broken>) {
    let has_commands = situation.commands > 0;
    let checker = situation.checker().threads(2).spawn_bfs().join();
    let found = checker.discovery("figure 3");
    let broken = found.and_then(|path| path.last_state().broken);
    let decides = checker.discovery("committed").is_some();
    assert!(
        decides || broken.is_some() || !has_commands,
        "nothing was ever decided"
    );
    (checker.unique_state_count(), broken)
}

#[test]
fn every_election_of_three_servers_in_two_terms_is_safe() {
    let situation = Situation {
        mail: 4,
        ..Situation::of(3, 2)
    };
    assert_eq!(search(situation), (283_481, None));
}

#[test]
fn a_command_is_agreed_on_in_every_run_of_two_terms() {
    let situation = Situation {
        commands: 1,
        mail: 3,
        ..Situation::of(3, 2)
    };
    assert_eq!(search(situation), (1_219_809, None));
}

#[test]
fn servers_that_stop_and_start_again_keep_their_word() {
    let situation = Situation {
        crashes: 1,
        mail: 4,
        ..Situation::of(3, 1)
    };
    assert_eq!(search(situation), (18_363, None));
}

#[test]
fn a_forgotten_vote_elects_two() {
    let situation = Situation {
        crashes: 1,
        keeps_votes: false,
        ..Situation::of(3, 1)
    };
    assert_eq!(search(situation).1, Some(Broken::ElectionSafety));
}

#[test]
fn half_of_the_votes_elect_two() {
    let mut situation = Situation::of(4, 1);
    situation.options.quorum = Quorum::Half;
    assert_eq!(search(situation).1, Some(Broken::ElectionSafety));
}

/// Figure 8 with three servers, after (b): an entry of term 2 on the first server, another of term
/// 3 on the second.
fn figure_8() -> Situation {
    Situation {
        mail: 3,
        ..Situation::of(3, 5).begins_with(&[(2, &[2]), (3, &[3]), (3, &[])])
    }
}

#[test]
fn copies_of_old_entries_are_no_promise() {
    assert_eq!(search(figure_8()), (794_558, None));
}

#[test]
fn who_counts_copies_of_old_entries_breaks_its_word() {
    let mut situation = figure_8();
    situation.options.own_term_only = false;
    let (_, broken) = search(situation);
    assert_eq!(broken, Some(Broken::LeaderCompleteness));
}
