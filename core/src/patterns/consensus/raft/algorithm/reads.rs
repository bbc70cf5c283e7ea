//! Reads without an entry in the log (section 6.4 of the dissertation).

use super::{Effects, Index, Machine, Reads, Rejection, Role, Server};
use crate::time::SimTime;

/// A read, by a number that its caller gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadId(pub u64);

/// A read that waits for its confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Waiting {
    pub(super) id: ReadId,
    /// It must see everything up to here.
    index: Index,
    /// A majority must have answered this round.
    round: u64,
}

impl<M: Machine> Server<M> {
    /// A client wants to read.
    pub(super) fn read(
        &mut self,
        now: SimTime,
        id: ReadId,
        effects: &mut Effects<M>,
    ) -> Result<(), Rejection> {
        let lead = self.must_lead()?;
        // region: lease-read
        let in_own_term = self.commit >= lead.began;
        let leased = now < lead.lease && !lead.handed_over && in_own_term;
        // endregion
        let at_once = match self.options.reads {
            Reads::ReadIndex => false,
            Reads::Lease => leased,
            Reads::Unconfirmed => true,
        };
        if at_once {
            effects.reads.push((id, true));
            return Ok(());
        }
        // region: read-index
        let index = self.commit.max(lead.began);
        self.broadcast(now, effects);
        if let Role::Leader(lead) = &mut self.role {
            let round = lead.round;
            lead.waiting.push(Waiting { id, index, round });
        }
        // endregion
        self.confirm(effects);
        Ok(())
    }

    /// Sees which rounds a majority has answered: reads that waited for them go on, and the lease
    /// runs from when the last of them was sent.
    pub(super) fn confirm(&mut self, effects: &mut Effects<M>) {
        let Role::Leader(lead) = &self.role else {
            return;
        };
        if lead.waiting.is_empty() && lead.rounds.is_empty() {
            return;
        }
        let confirmed = self.reached(lead.round, |peer| peer.round);
        let Role::Leader(lead) = &mut self.role else {
            return;
        };
        // region: lease
        while let Some(&(round, sent)) = lead.rounds.front() {
            if round > confirmed {
                break;
            }
            lead.lease = sent + self.options.election_timeout;
            lead.rounds.pop_front();
        }
        // endregion
        // region: read-confirmed
        let applied = self.applied;
        lead.waiting.retain(|waiting| {
            let is_due = waiting.round <= confirmed && waiting.index <= applied;
            if is_due {
                effects.reads.push((waiting.id, true));
            }
            !is_due
        });
        // endregion
    }
}
