//! Faults: what they do to nodes and links, and what the engine has to do for them.
//!
//! Each kind of event has an engine of its own in the compiled program; what does not look at events
//! stands here, once.

use super::{Fault, Network, NodeId, Status};
use crate::kernel::random::Random;
use crate::kernel::trace::EventId;
use crate::simulation::Refusal;
use crate::time::{SimTime, Span};

/// What a fault leaves to be done with pending events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aftermath {
    /// Nothing.
    Nothing,
    /// What a node has kept waiting goes on.
    WakesUp(NodeId),
    /// What a link has kept back goes on.
    LetsGo {
        from: NodeId,
        to: NodeId,
        after: Span,
    },
    /// A node's clock runs at another rate than before, and its timers with it.
    Retimes { node: NodeId, rate_before: u64 },
    /// A message is lost.
    Loses(EventId),
}

impl Network {
    /// Does its part of a fault, or changes nothing.
    pub(crate) fn strike(
        &mut self,
        fault: &Fault,
        now: SimTime,
        random: &mut Random,
    ) -> Result<Aftermath, Refusal> {
        match *fault {
            Fault::Crash { node } => {
                if self.status(self.known(node)?) == Status::Crashed {
                    return Err(self.refuse(node, "has crashed already"));
                }
                self.set_status(node, Status::Crashed);
                return Ok(Aftermath::WakesUp(node));
            }
            Fault::Restart { node } => {
                if self.status(self.known(node)?) != Status::Crashed {
                    return Err(self.refuse(node, "is running: crash it first"));
                }
                self.set_status(node, Status::Up);
            }
            Fault::Pause { node } => {
                if !self.is_up(self.known(node)?) {
                    return Err(self.refuse(node, "is not running"));
                }
                self.set_status(node, Status::Paused);
            }
            Fault::Resume { node } => {
                if self.status(self.known(node)?) != Status::Paused {
                    return Err(self.refuse(node, "is not paused"));
                }
                self.set_status(node, Status::Up);
                return Ok(Aftermath::WakesUp(node));
            }
            Fault::Partition {
                ref nodes,
                one_way,
                ref bridge,
            } => {
                let (side, bridge) = (&nodes.0, &bridge.0);
                for node in side.iter().chain(bridge) {
                    self.known(*node)?;
                }
                if let Some(node) = side.iter().find(|node| bridge.contains(node)) {
                    let reason = "cannot be cut off and be the bridge: choose one of both";
                    return Err(self.refuse(*node, reason));
                }
                if side.is_empty() || side.len() + bridge.len() >= self.len() {
                    return Err("Choose some of the nodes, but not all, to cut off.".into());
                }
                self.cut(side, bridge, one_way);
            }
            Fault::Repair {} => self.repair(),
            Fault::Hold { from, to } => {
                self.known(from)?;
                self.known(to)?;
                self.set_held(from, to, true);
            }
            Fault::Release { from, to } => {
                self.known(from)?;
                self.known(to)?;
                self.set_held(from, to, false);
                let after = self.profile(from, to).latency.sample(random);
                return Ok(Aftermath::LetsGo { from, to, after });
            }
            Fault::Slow { node, factor } => self.slow(self.known(node)?, factor),
            Fault::Skew {
                node,
                offset_ms,
                rate_percent,
            } => {
                let rate_before = self.rate_ppm(self.known(node)?);
                self.skew(node, now, offset_ms, rate_percent);
                return Ok(Aftermath::Retimes { node, rate_before });
            }
            Fault::Drop { message } => {
                let message = u64::try_from(message).unwrap_or(0);
                return Ok(Aftermath::Loses(EventId(message)));
            }
        }
        Ok(Aftermath::Nothing)
    }

    /// The node, if there is one.
    fn known(&self, node: NodeId) -> Result<NodeId, Refusal> {
        if usize::from(node.0) < self.len() {
            return Ok(node);
        }
        let last = self.len().saturating_sub(1);
        let refusal = format!("There is no node {}: choose one from 0 to {last}.", node.0);
        Err(refusal.into())
    }

    fn refuse(&self, node: NodeId, state: &str) -> Refusal {
        format!("{} {state}.", self.name(node)).into()
    }
}
