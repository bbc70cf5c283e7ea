//! The load balancing family.

pub mod load_balancers;
