//! Elections: patience, candidates, votes and what a leader begins with (sections 5.2 and 5.4.1 of
//! the paper, 9.6 and 4.2.3 of the dissertation).

use std::collections::VecDeque;
use std::mem;

use super::message::{Ask, Body};
use super::{
    Denial, Effects, Entry, Lead, Machine, Members, Note, Payload, Progress, Reads, Role, Server,
    ServerId, Term, Timer,
};
use crate::sorted::SortedMap;
use crate::time::SimTime;

impl<M: Machine> Server<M> {
    /// Nothing was heard of a leader for too long.
    pub(super) fn lose_patience(&mut self, now: SimTime, effects: &mut Effects<M>) {
        if self.is_leader() {
            return;
        }
        effects.reset.push(Timer::Election);
        if !self.may_stand() {
            return;
        }
        self.heard = None;
        if self.options.pre_vote {
            self.canvass(now, effects);
        } else {
            self.stand(now, false, effects);
        }
    }

    /// Whether it may ask for votes: as a member, or as one of whose removal it does not know that it
    /// is committed. Until then nobody else may be able to win (section 4.2.2 of the dissertation); its
    /// own vote does not count.
    pub fn may_stand(&self) -> bool {
        // region: may-stand
        let was_member = || self.members_by(self.members_at - 1).contains(&self.id);
        self.is_member() || self.members_at > self.commit && was_member()
        // endregion
    }

    /// Asks whether it could win, without beginning a term.
    fn canvass(&mut self, now: SimTime, effects: &mut Effects<M>) {
        // region: pre-vote
        self.role = Role::Canvassing(Members::from([self.id]));
        self.leader = None;
        effects.notes.push(Note::Canvasses(self.term.next()));
        self.ask_all(self.term.next(), true, false, effects);
        // endregion
        self.count_votes(now, effects);
    }

    /// Begins a term as a candidate in it.
    pub(super) fn stand(&mut self, now: SimTime, handed_over: bool, effects: &mut Effects<M>) {
        if self.is_leader() {
            return;
        }
        // region: stand
        self.term = self.term.next();
        self.vote = Some(self.id);
        self.unsaved.vote = true;
        self.role = Role::Candidate(Members::from([self.id]));
        self.leader = None;
        effects.reset.push(Timer::Election);
        effects.notes.push(Note::Stands(self.term));
        self.ask_all(self.term, false, handed_over, effects);
        // endregion
        self.count_votes(now, effects);
    }

    fn ask_all(&self, term: Term, pre: bool, handed_over: bool, effects: &mut Effects<M>) {
        let ask = Ask {
            pre,
            last_index: self.log.last_index(),
            last_term: self.log.last_term(),
            handed_over,
        };
        for to in self.others() {
            let body = Body::Ask(ask);
            effects.send.push((to, super::Message { term, body }));
        }
    }

    /// A candidate wants a vote.
    pub(super) fn asked(
        &mut self,
        now: SimTime,
        from: ServerId,
        term: Term,
        ask: Ask,
        effects: &mut Effects<M>,
    ) {
        // region: hears-leader
        if term > self.term && !ask.handed_over && self.hears_leader(now) {
            effects.notes.push(Note::Denies(from, Denial::HearsLeader));
            if ask.pre {
                let (pre, granted) = (true, false);
                self.send(from, Body::Vote { pre, granted }, effects);
            }
            return;
        }
        // endregion
        if term > self.term && !ask.pre {
            self.adopt(term, effects);
        }
        let denial = self.denial(from, term, ask);
        match denial {
            Some(denial) => effects.notes.push(Note::Denies(from, denial)),
            None if ask.pre => effects.notes.push(Note::Votes(from, false)),
            None => {
                // region: vote
                if self.vote != Some(from) {
                    self.vote = Some(from);
                    self.unsaved.vote = true;
                }
                effects.reset.push(Timer::Election);
                effects.notes.push(Note::Votes(from, true));
                // endregion
            }
        }
        let granted = denial.is_none();
        let said_in = if ask.pre && granted { term } else { self.term };
        let body = Body::Vote {
            pre: ask.pre,
            granted,
        };
        let answer = super::Message {
            term: said_in,
            body,
        };
        effects.send.push((from, answer));
    }

    /// Why it does not vote for a candidate, if it does not.
    fn denial(&self, from: ServerId, term: Term, ask: Ask) -> Option<Denial> {
        // region: deny
        if term < self.term || (ask.pre && term == self.term) {
            return Some(Denial::OldTerm);
        }
        if !self.log.is_no_newer_than(ask.last_term, ask.last_index) {
            return Some(Denial::StaleLog);
        }
        match self.vote {
            Some(other) if other != from && !ask.pre => Some(Denial::Voted(other)),
            Some(_) | None => None,
        }
        // endregion
    }

    /// Whether it has heard from a leader so lately that no election is due. Leases rest on it.
    fn hears_leader(&self, now: SimTime) -> bool {
        let listens = self.options.pre_vote || self.options.reads == Reads::Lease;
        let lately = |heard: SimTime| now < heard + self.options.election_timeout;
        listens && (self.is_leader() || self.heard.is_some_and(lately))
    }

    /// A server has answered a question for its vote.
    pub(super) fn voted(
        &mut self,
        now: SimTime,
        from: ServerId,
        term: Term,
        (pre, granted): (bool, bool),
        effects: &mut Effects<M>,
    ) {
        let is_yes_beforehand = pre && granted;
        if !is_yes_beforehand && term > self.term {
            self.adopt(term, effects);
            return;
        }
        let current = if pre { self.term.next() } else { self.term };
        if !granted || term != current {
            return;
        }
        match &mut self.role {
            Role::Canvassing(yes) if pre => yes.insert(from),
            Role::Candidate(votes) if !pre => votes.insert(from),
            Role::Canvassing(_) | Role::Candidate(_) | Role::Follower | Role::Leader(_) => return,
        };
        self.count_votes(now, effects);
    }

    fn count_votes(&mut self, now: SimTime, effects: &mut Effects<M>) {
        let (Role::Canvassing(votes) | Role::Candidate(votes)) = &self.role else {
            return;
        };
        // region: elected
        let valid = votes.iter().filter(|voter| self.members.contains(*voter));
        if valid.count() < self.quorum() {
            return;
        }
        // endregion
        if matches!(self.role, Role::Canvassing(_)) {
            self.stand(now, false, effects);
        } else {
            self.take_the_lead(now, effects);
        }
    }

    fn take_the_lead(&mut self, now: SimTime, effects: &mut Effects<M>) {
        // region: lead
        let began = self.log.last_index() + 1;
        let mut peers = SortedMap::new();
        for other in self.others() {
            peers.insert(other, Progress::from(began));
        }
        self.role = Role::Leader(Box::new(Lead {
            peers,
            began,
            round: 0,
            rounds: VecDeque::new(),
            lease: SimTime::ZERO,
            waiting: Vec::new(),
            joining: None,
            heir: None,
            heir_is_late: false,
            handed_over: false,
        }));
        self.leader = Some(self.id);
        effects.notes.push(Note::Leads(self.term));
        effects.reset.extend([Timer::Heartbeat, Timer::Quorum]);
        if self.options.noop {
            self.push(Payload::Blank);
        }
        self.broadcast(now, effects);
        self.advance(now, effects);
        // endregion
    }

    /// Adds an entry of its own term to its log.
    pub(super) fn push(&mut self, payload: Payload<M::Command>) -> u64 {
        let term = self.term;
        if let Payload::Members(members) = &payload {
            self.members = members.clone();
            self.members_at = self.log.last_index() + 1;
        }
        let index = self.log.push(Entry { term, payload });
        self.touch(index);
        index
    }

    /// A leader counts from whom it has heard.
    pub(super) fn count_active(&mut self, effects: &mut Effects<M>) {
        let Role::Leader(lead) = &mut self.role else {
            return;
        };
        effects.reset.push(Timer::Quorum);
        // region: give-up
        if let Some(heir) = lead.heir.take_if(|_| lead.heir_is_late) {
            effects.notes.push(Note::GoesOnWithout(heir));
        }
        lead.heir_is_late = lead.heir.is_some();
        if let Some(new) = lead.joining {
            let peer = lead.peers.get_mut(&new);
            if peer.is_none_or(|peer| !mem::take(&mut peer.active)) {
                lead.joining = None;
                lead.peers.remove(&new);
                effects.notes.push(Note::GivesUpOn(new));
            }
        }
        // endregion
        let mut heard = 0;
        for member in &self.members {
            let is_heard = match lead.peers.get_mut(member) {
                Some(progress) => mem::take(&mut progress.active),
                None => *member == self.id,
            };
            heard += usize::from(is_heard);
        }
        // region: check-quorum
        if self.options.check_quorum && heard < self.quorum() {
            self.leader = None;
            effects.notes.push(Note::LosesQuorum);
            self.follow(effects);
        }
        // endregion
    }
}

impl Progress {
    /// Nothing is known of a peer to which entries from `next` on are to be sent.
    pub(super) const fn from(next: u64) -> Self {
        Self {
            next,
            matched: 0,
            round: 0,
            active: true,
        }
    }
}
