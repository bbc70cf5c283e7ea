//! Promises of the scene as a whole.
