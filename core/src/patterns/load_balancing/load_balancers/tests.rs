//! The rules against what others say of them.
