//! The rules against what others say of them, and the model against them.

mod model;
mod rules;
