//! The request path: what stands between somebody who calls and the answer.
//!
//! Parts for every pattern in which calls meet servers. They are plain values without a clock or a
//! queue of events of their own: a model gives them the time and schedules what they ask for.
//!
//! - [`Client`] makes calls by a workload and keeps them until they end or their time is up.
//! - [`Queue`] lets what comes wait, in an order and up to a limit.
//! - [`Server`] has workers with a queue before them, and a [`Pace`]: slow, or still cold.
//! - [`Pool`] is a number of servers, and [`Board`] what was last posted of their loads.
//! - [`Policy`] is a layer around calls, such as a retry or a timeout; [`Layers`] puts them in order.
//! - [`Law`] says how the time of work is distributed; [`theory`] what queues come to on average.
//! - [`Ledger`] and [`Deadlines`] are what the others keep their books with.
//!
//! Who gets which call is not decided here, nor how a message travels.

mod client;
mod deadlines;
mod law;
mod ledger;
mod policy;
mod pool;
mod queue;
mod server;
pub mod theory;

pub use client::{Call, CallId, Client, Ended};
pub use deadlines::Deadlines;
pub use law::Law;
pub use ledger::Ledger;
pub use policy::{
    Admission, Ending, LAYERS_MAX, Layers, Next, Patience, Policy, Progress, Retries, Step,
};
pub use pool::{Board, Pool};
pub use queue::{Entry, Full, Order, Queue};
pub use server::{Begun, Pace, Server, Standing, Taken, WarmUp};
