//! Replication: appends, conflicts, what is committed, and snapshots (sections 5.3, 5.4.2 and 7).

use std::sync::Arc;

use super::log::{Entry, Payload, Snapshot};
use super::message::{Append, Body, Conflict, Message};
use super::{
    Applied, Effects, Index, Machine, Note, Progress, Reads, Rejection, Role, Server, ServerId,
    Term, Timer,
};
use crate::sorted::SortedMap;
use crate::time::SimTime;

/// Rounds of heartbeats whose start a leader remembers.
const ROUNDS: usize = 64;

impl<M: Machine> Server<M> {
    /// A client wants a command carried out.
    pub(super) fn propose(
        &mut self,
        now: SimTime,
        command: M::Command,
        effects: &mut Effects<M>,
    ) -> Result<(), Rejection> {
        self.must_lead()?;
        // region: propose
        self.push(Payload::Command(command));
        self.replicate(effects);
        self.advance(now, effects);
        // endregion
        Ok(())
    }

    /// It leads and hands over to nobody, or why a request goes elsewhere.
    pub(super) fn must_lead(&self) -> Result<&super::Lead, Rejection> {
        let lead = self.lead().ok_or(Rejection::NotLeader(self.leader))?;
        match lead.heir {
            Some(heir) => Err(Rejection::HandingOver(heir)),
            None => Ok(lead),
        }
    }

    /// It is time for a sign of life.
    pub(super) fn beat(&mut self, now: SimTime, effects: &mut Effects<M>) {
        if self.is_leader() {
            effects.reset.push(Timer::Heartbeat);
            self.broadcast(now, effects);
        }
    }

    /// Begins a round of heartbeats.
    pub(super) fn broadcast(&mut self, now: SimTime, effects: &mut Effects<M>) {
        if let Role::Leader(lead) = &mut self.role {
            lead.round += 1;
            if self.options.reads == Reads::Lease {
                if lead.rounds.len() == ROUNDS {
                    lead.rounds.pop_front();
                }
                lead.rounds.push_back((lead.round, now));
            }
        }
        self.replicate(effects);
    }

    /// Sends everyone what they lack; to who lacks nothing, a sign of life.
    pub(super) fn replicate(&mut self, effects: &mut Effects<M>) {
        if let Some((sender, peers)) = self.sender() {
            for (&to, progress) in peers {
                sender.send(to, progress, effects);
            }
        }
    }

    /// Sends one of them what it lacks.
    pub(super) fn replicate_to(&mut self, to: ServerId, effects: &mut Effects<M>) {
        if let Some((sender, peers)) = self.sender()
            && let Some(progress) = peers.get_mut(&to)
        {
            sender.send(to, progress, effects);
        }
    }

    /// What a leader sends from, and to whom.
    fn sender(&mut self) -> Option<(Sender<'_, M>, &mut SortedMap<ServerId, Progress>)> {
        let Role::Leader(lead) = &mut self.role else {
            return None;
        };
        let sender = Sender {
            term: self.term,
            log: &self.log,
            commit: self.commit,
            round: lead.round,
            batch: self.options.batch.max(1),
        };
        Some((sender, &mut lead.peers))
    }

    /// Entries or a sign of life have come from a leader.
    pub(super) fn appending(
        &mut self,
        now: SimTime,
        from: ServerId,
        term: Term,
        append: Append<M::Command>,
        effects: &mut Effects<M>,
    ) {
        let round = append.round;
        if term < self.term {
            // The answer's term is what tells an old leader.
            let found = Err(self.conflict(append.prev_index));
            return self.send(from, Body::Appended { found, round }, effects);
        }
        self.hear(now, from, effects);
        let found = self.take_over(append, effects);
        if let Err(conflict) = &found {
            effects.notes.push(Note::Conflicts(conflict.asked));
        }
        self.send(from, Body::Appended { found, round }, effects);
    }

    /// Takes over a leader's entries; the last index known to agree with the leader's.
    fn take_over(
        &mut self,
        append: Append<M::Command>,
        effects: &mut Effects<M>,
    ) -> Result<Index, Conflict> {
        let Append {
            prev_index,
            prev_term,
            entries,
            commit,
            ..
        } = append;
        let matched = prev_index + entries.len() as Index;
        let settled = self.log.snapshot_index();
        // region: consistency-check
        if prev_index >= settled && self.log.term_at(prev_index) != Some(prev_term) {
            return Err(self.conflict(prev_index));
        }
        // endregion
        // What the snapshot stands for is committed, and so the same.
        let known = usize::try_from(settled.saturating_sub(prev_index)).unwrap_or(usize::MAX);
        for (index, entry) in (prev_index + 1..).zip(entries).skip(known) {
            self.take_entry(index, entry, effects);
        }
        // region: follow-commit
        let matched = matched.max(settled);
        if commit.min(matched) > self.commit {
            self.commit = commit.min(matched);
            self.apply(effects);
        }
        // endregion
        Ok(matched)
    }

    fn take_entry(&mut self, index: Index, entry: Entry<M::Command>, effects: &mut Effects<M>) {
        // region: truncate
        match self.log.term_at(index) {
            Some(term) if term == entry.term => return,
            Some(_) => {
                effects.notes.push(Note::Truncates(index));
                self.log.truncate(index);
                if index <= self.members_at {
                    self.find_members();
                }
            }
            None => {}
        }
        // endregion
        if let Payload::Members(members) = &entry.payload {
            self.members = members.clone();
            self.members_at = index;
        }
        self.touch(index);
        self.log.push(entry);
    }

    /// What tells a leader where to try again (end of section 5.3).
    fn conflict(&self, asked: Index) -> Conflict {
        // region: conflict
        let last = self.log.last_index();
        match self.log.term_at(asked) {
            Some(term) if asked > self.log.snapshot_index() => Conflict {
                term: Some(term),
                index: self.log.first_of_term(asked, term),
                asked,
            },
            Some(_) | None => Conflict {
                term: None,
                index: last + 1,
                asked,
            },
        }
        // endregion
    }

    /// A follower has answered.
    pub(super) fn appended(
        &mut self,
        now: SimTime,
        from: ServerId,
        found: Result<Index, Conflict>,
        round: u64,
        effects: &mut Effects<M>,
    ) {
        let last = self.log.last_index();
        let Role::Leader(lead) = &mut self.role else {
            return;
        };
        let Some(progress) = lead.peers.get_mut(&from) else {
            return;
        };
        progress.active = true;
        progress.round = progress.round.max(round);
        match found {
            Ok(matched) => {
                progress.matched = progress.matched.max(matched.min(last));
                progress.next = progress.next.max(progress.matched + 1);
            }
            Err(conflict) => {
                // region: back-up
                let own = conflict.term.and_then(|term| self.log.last_of_term(term));
                let next = own.map_or(conflict.index, |own| own + 1);
                progress.next = next.min(conflict.asked).clamp(1, last + 1);
                effects.notes.push(Note::BacksUp(from, progress.next));
                // endregion
            }
        }
        let lacks = progress.next <= last;
        self.advance(now, effects);
        self.admit(from, effects);
        self.hand_over_to(from, effects);
        if lacks {
            self.replicate_to(from, effects);
        }
    }

    /// Whether it needs nobody else to decide.
    pub fn is_majority(&self) -> bool {
        self.is_member() && self.quorum() == 1
    }

    /// Looks whether more is committed, and which reads are confirmed.
    pub(super) fn advance(&mut self, now: SimTime, effects: &mut Effects<M>) {
        // region: commit
        let last = self.log.last_index();
        if last == self.commit {
            // Nobody has more than the leader, and all of that is committed.
            return self.confirm(effects);
        }
        // What others have was on its own disk before it was sent.
        let own = if self.is_majority() { self.saved } else { last };
        let reached = self.reached(own, |peer| peer.matched);
        let of_own_term = self.log.term_at(reached) == Some(self.term);
        if reached > self.commit && (of_own_term || !self.options.own_term_only) {
            self.commit = reached;
            effects.notes.push(Note::Commits(reached));
            self.apply(effects);
            self.leave_if_removed(now, effects);
        }
        // endregion
        self.confirm(effects);
    }

    /// Applies what is committed.
    fn apply(&mut self, effects: &mut Effects<M>) {
        // region: apply
        while self.applied < self.commit {
            let Some(entry) = self.log.get(self.applied + 1) else {
                break;
            };
            self.applied += 1;
            match &entry.payload {
                Payload::Command(command) => effects.applied.push(Applied {
                    index: self.applied,
                    command: command.clone(),
                    answer: self.machine.apply(command),
                }),
                Payload::Members(members) => {
                    if !members.contains(&self.id) && self.applied == self.members_at {
                        effects.notes.push(Note::Leaves);
                    }
                }
                Payload::Blank => {}
            }
        }
        // endregion
    }

    /// Puts a snapshot in the place of everything applied.
    pub(super) fn compact(&mut self, effects: &mut Effects<M>) {
        let Some(term) = self.log.term_at(self.applied) else {
            return;
        };
        if self.applied == self.log.snapshot_index() {
            return;
        }
        // region: snapshot
        let snapshot = Snapshot {
            index: self.applied,
            term,
            members: self.members_by(self.applied),
            machine: self.machine.clone(),
        };
        self.log.compact(Arc::new(snapshot));
        self.unsaved.snapshot = true;
        effects.notes.push(Note::Compacts(self.applied));
        // endregion
    }

    /// A leader has sent a snapshot in the place of entries.
    pub(super) fn install(
        &mut self,
        now: SimTime,
        (from, term): (ServerId, Term),
        snapshot: Arc<Snapshot<M>>,
        round: u64,
        effects: &mut Effects<M>,
    ) {
        let index = snapshot.index;
        if term < self.term {
            let found = Err(self.conflict(index));
            return self.send(from, Body::Appended { found, round }, effects);
        }
        self.hear(now, from, effects);
        // region: install
        if index > self.commit {
            self.machine = snapshot.machine.clone();
            self.log.compact(snapshot);
            self.unsaved.snapshot = true;
            (self.commit, self.applied) = (index, index);
            self.find_members();
            effects.notes.push(Note::Installs(index));
        }
        // endregion
        let found = Ok(index);
        self.send(from, Body::Appended { found, round }, effects);
    }
}

/// What a leader sends from.
struct Sender<'a, M: Machine> {
    term: Term,
    log: &'a super::Log<M>,
    commit: Index,
    round: u64,
    batch: usize,
}

impl<M: Machine> Sender<'_, M> {
    fn send(&self, to: ServerId, progress: &mut Progress, effects: &mut Effects<M>) {
        let round = self.round;
        // region: send
        let prev_index = progress.next - 1;
        let body = match (self.log.term_at(prev_index), self.log.snapshot()) {
            (Some(prev_term), _) => {
                let entries = self.log.entries_from(progress.next, self.batch);
                progress.next += entries.len() as Index;
                Body::Append(Append {
                    prev_index,
                    prev_term,
                    entries: entries.to_vec(),
                    commit: self.commit,
                    round,
                })
            }
            (None, Some(snapshot)) => {
                let snapshot = Arc::clone(snapshot);
                effects.notes.push(Note::SendsSnapshot(to, snapshot.index));
                progress.next = snapshot.index + 1;
                Body::Install { snapshot, round }
            }
            // Nothing it has could come before: begin at the beginning.
            (None, None) => {
                progress.next = 1;
                return;
            }
        };
        // endregion
        let term = self.term;
        effects.send.push((to, Message { term, body }));
    }
}
