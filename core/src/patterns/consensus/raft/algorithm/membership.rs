//! Changes of members, one server at a time, and handing over (chapter 4 and section 3.10 of the
//! dissertation).
//!
//! Not joint consensus: as long as old and new members differ by one server, any majority of the
//! old ones and any majority of the new ones have a server in common, so a change needs no second
//! quorum and no state between two lists of members. What it needs is that the one before is over,
//! which a leader knows only once it has committed an entry of its own term (Ongaro 2015).

use super::log::Payload;
use super::message::Body;
use super::{Effects, Index, Machine, Members, Note, Progress, Rejection, Role, Server, ServerId};
use crate::time::SimTime;

/// One server more or less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// It catches up and gets a vote.
    Add(ServerId),
    /// It loses its vote.
    Remove(ServerId),
}

impl<M: Machine> Server<M> {
    /// The members are to change.
    pub(super) fn change(
        &mut self,
        now: SimTime,
        change: Change,
        effects: &mut Effects<M>,
    ) -> Result<(), Rejection> {
        // region: change
        let lead = self.must_lead()?;
        if lead.joining.is_some() || self.members_at > self.commit {
            return Err(Rejection::ChangeUnderWay);
        }
        if self.options.change_after_own_term && self.commit < lead.began {
            return Err(Rejection::TooEarly);
        }
        // endregion
        match change {
            Change::Add(id) if self.members.contains(&id) => Err(Rejection::IsMember(id)),
            Change::Add(id) => {
                self.let_catch_up(id, effects);
                Ok(())
            }
            Change::Remove(id) if !self.members.contains(&id) => Err(Rejection::NoMember(id)),
            Change::Remove(id) if self.members.len() == 1 => Err(Rejection::LastMember(id)),
            Change::Remove(id) => {
                let mut members = self.members.clone();
                members.remove(&id);
                self.change_to(members, change, effects);
                self.advance(now, effects);
                Ok(())
            }
        }
    }

    /// Sends a new server what it lacks before it has a vote: until then it would only stand in
    /// the way of a majority.
    fn let_catch_up(&mut self, id: ServerId, effects: &mut Effects<M>) {
        // region: catch-up
        let next = self.log.last_index() + 1;
        if let Role::Leader(lead) = &mut self.role {
            lead.joining = Some(id);
            lead.peers.insert(id, Progress::from(next));
        }
        effects.notes.push(Note::CatchesUp(id));
        self.replicate_to(id, effects);
        // endregion
    }

    /// Gives a server that has caught up its vote.
    pub(super) fn admit(&mut self, id: ServerId, effects: &mut Effects<M>) {
        let commit = self.commit;
        let Role::Leader(lead) = &mut self.role else {
            return;
        };
        let has_caught_up = |peer: &Progress| peer.matched >= commit;
        if lead.joining != Some(id) || !lead.peers.get(&id).is_some_and(has_caught_up) {
            return;
        }
        lead.joining = None;
        let mut members = self.members.clone();
        members.insert(id);
        self.change_to(members, Change::Add(id), effects);
    }

    fn change_to(&mut self, members: Members, change: Change, effects: &mut Effects<M>) {
        self.push(Payload::Members(members));
        effects.notes.push(Note::Changes(change));
        self.replicate(effects);
    }

    /// Once a change is committed its leader forgets who is gone, and leaves if that is itself.
    pub(super) fn leave_if_removed(&mut self, now: SimTime, effects: &mut Effects<M>) {
        let Role::Leader(lead) = &self.role else {
            return;
        };
        let stays = |id: &ServerId| self.members.contains(id) || lead.joining == Some(*id);
        let someone_left = lead.peers.keys().any(|id| !stays(id));
        let leaves = !self.is_member();
        if self.members_at > self.commit || !(someone_left || leaves) {
            return;
        }
        // The ones that are gone hear of it, so that they stay quiet from now on.
        self.broadcast(now, effects);
        let members = &self.members;
        if let Role::Leader(lead) = &mut self.role {
            let joining = lead.joining;
            lead.peers
                .retain(|id, _| members.contains(id) || joining == Some(*id));
        }
        if leaves {
            self.leader = None;
            self.follow(effects);
        }
    }

    /// Another server is to lead.
    pub(super) fn transfer(
        &mut self,
        to: ServerId,
        effects: &mut Effects<M>,
    ) -> Result<(), Rejection> {
        self.must_lead()?;
        if to == self.id {
            return Err(Rejection::Leads(to));
        }
        if !self.members.contains(&to) {
            return Err(Rejection::NoMember(to));
        }
        // region: transfer
        if let Role::Leader(lead) = &mut self.role {
            lead.heir = Some(to);
            lead.heir_is_late = false;
            // Whoever is told to stand does not wait for leases.
            lead.handed_over = true;
        }
        effects.notes.push(Note::HandsOver(to));
        self.replicate_to(to, effects);
        self.hand_over_to(to, effects);
        // endregion
        Ok(())
    }

    /// Tells the heir to stand once it has everything.
    pub(super) fn hand_over_to(&mut self, id: ServerId, effects: &mut Effects<M>) {
        let last = self.log.last_index();
        let Role::Leader(lead) = &self.role else {
            return;
        };
        let has_all = |peer: &Progress| peer.matched == last;
        if lead.heir == Some(id) && lead.peers.get(&id).is_some_and(has_all) {
            self.send(id, Body::StandNow, effects);
        }
    }

    /// Looks up who has a vote by the newest entry.
    pub(super) fn find_members(&mut self) {
        self.members = self.members_by(self.log.last_index());
        let found = self.log.iter().rev().find(|(_, entry)| entry.is_members());
        self.members_at = found.map_or(self.log.snapshot_index(), |(index, _)| index);
    }

    /// Who has a vote by the entries up to an index.
    pub(super) fn members_by(&self, index: Index) -> Members {
        let changes = self.log.iter().rev().filter(|(at, _)| *at <= index);
        for (_, entry) in changes {
            if let Payload::Members(members) = &entry.payload {
                return members.clone();
            }
        }
        let snapshot = self.log.snapshot();
        snapshot.map_or_else(
            || self.first_members.clone(),
            |snapshot| snapshot.members.clone(),
        )
    }
}
