//! Forms and readouts of a pattern page, built from what the session declares.

pub mod actions;
pub mod charts;
pub mod code;
pub mod field;
pub mod keyboard;
pub mod knobs;
pub mod lesson;
pub mod listing;
pub mod log;
pub mod promises;
pub mod scenarios;
pub mod share;
pub mod stage_view;
pub mod transport;
pub mod vitals;
