//! A comparison as a session: whoever plays its first variant plays all of them.
//!
//! What is asked of it is asked of the first variant; what is done to it is done to all. The first
//! one goes ahead by what its budget allows and the others follow to the same instant, so that they
//! never stand apart.

use super::compare::Compare;
use super::trial::Promise;
use crate::condition::Reading;
use crate::kernel::engine::{ActError, Flight, PropertyState};
use crate::kernel::session::{Past, Session};
use crate::kernel::timeline::{Cursor, Halt, Stops};
use crate::scene::{Scene, StageShape};
use crate::spec::Spec;
use crate::time::SimTime;
use crate::value::{Call, Value};

impl Compare {
    fn first(&self) -> &dyn Session {
        &*self.sessions[0]
    }

    /// Brings the others to where the first one is.
    fn follow(&mut self) {
        let at = self.now();
        for session in &mut self.sessions[1..] {
            if session.cursor().at > at {
                session.seek(at);
            } else {
                session.advance(at, u64::MAX, &Stops::default());
            }
        }
    }
}

impl Session for Compare {
    fn advance(&mut self, until: SimTime, budget: u64, stops: &Stops) -> Halt {
        let halt = self.sessions[0].advance(until, budget, stops);
        self.follow();
        halt
    }

    fn step(&mut self) -> bool {
        let stepped = self.sessions[0].step();
        self.follow();
        stepped
    }

    fn step_back(&mut self) -> bool {
        let stepped = self.sessions[0].step_back();
        self.follow();
        stepped
    }

    fn seek(&mut self, at: SimTime) {
        for session in &mut self.sessions {
            session.seek(at);
        }
    }

    fn seek_cursor(&mut self, cursor: Cursor) {
        self.sessions[0].seek_cursor(cursor);
        let at = self.now();
        for session in &mut self.sessions[1..] {
            session.seek(at);
        }
    }

    /// Does it in all of them. What only another variant refuses is done in the first all the same:
    /// they have come to differ in what is possible.
    fn act(&mut self, call: &Call) -> Result<(), ActError> {
        self.sessions[0].act(call)?;
        for session in &mut self.sessions[1..] {
            let _ = session.act(call);
        }
        Ok(())
    }

    /// Changes it in the first, and in those that had the same value.
    fn set_knob(&mut self, key: &str, value: &Value) -> Result<(), ActError> {
        let before = self.knob(key);
        let (first, others) = self.sessions.split_at_mut(1);
        first[0].set_knob(key, value)?;
        for session in others {
            if session.knob(key) == before {
                session.set_knob(key, value)?;
            }
        }
        Ok(())
    }

    fn switch(&mut self, branch: usize) -> bool {
        let switched = self.sessions[0].switch(branch);
        let at = self.now();
        for session in &mut self.sessions[1..] {
            session.switch(branch);
            session.seek(at);
        }
        switched
    }

    fn cursor(&self) -> Cursor {
        self.first().cursor()
    }

    fn knob(&self, key: &str) -> Option<Value> {
        self.first().knob(key)
    }

    fn knob_at_start(&self, key: &str) -> Option<Value> {
        self.first().knob_at_start(key)
    }

    fn knobs(&self) -> &'static [Spec] {
        self.first().knobs()
    }

    fn scene(&self, shape: StageShape) -> Scene {
        self.first().scene(shape)
    }

    fn flights(&self) -> Vec<Flight> {
        self.first().flights()
    }

    fn promises(&self) -> Vec<Promise> {
        self.first().promises()
    }

    fn standing(&self, promise: usize) -> PropertyState {
        self.first().standing(promise)
    }

    fn past(&self) -> Past<'_> {
        self.first().past()
    }

    fn reading(&self, reading: &Reading) -> f64 {
        self.first().reading(reading)
    }

    fn trace_hash(&self) -> u64 {
        self.first().trace_hash()
    }

    fn comparison(&self) -> Option<&Compare> {
        Some(self)
    }

    fn comparison_mut(&mut self) -> Option<&mut Compare> {
        Some(self)
    }
}
