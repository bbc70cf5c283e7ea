//! A machine in somebody else's page: it sleeps while nobody sees it, hears what that page says and
//! tells what was asked for.
//!
//! What the two may say to each other `orrery_core::embed` tells. What takes more than a few lines
//! is [`speech`], a piece that comes with the first message.

pub mod parent;
pub mod sleep;
pub mod speech;
