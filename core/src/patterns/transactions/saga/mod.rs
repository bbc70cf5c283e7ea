//! The saga pattern: an order through five services, by a coordinator or by events.

pub mod algorithm;
#[cfg(test)]
mod tests;
