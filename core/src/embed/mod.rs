//! A machine in someone else's page: what its address may ask for, and what the page and the
//! machine may say to each other.
//!
//! [`options`] reads the address of an embed, [`messages`] what its surroundings say to it,
//! [`reports`] writes what it answers, [`snippets`] what an author pastes into a page. All of it is
//! plain text in and out: who carries it does not matter here, and nothing here waits or remembers.

pub mod messages;
pub mod options;
pub mod reports;
pub mod snippets;
