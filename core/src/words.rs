//! Counts that agree with their nouns.

/// So many of something, called by its name for one and for more.
///
/// ```
/// use orrery_core::words::counted;
///
/// assert_eq!(counted(1, ["call", "calls"]), "1 call");
/// assert_eq!(counted(20, ["call", "calls"]), "20 calls");
/// ```
pub fn counted(count: impl TryInto<u64>, names: [&str; 2]) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    format!("{count} {}", noun(count, names))
}

/// The name of so many of something, or the form of a verb that goes with them.
pub fn noun(count: impl TryInto<u64>, [one, more]: [&str; 2]) -> &str {
    match count.try_into() {
        Ok(1) => one,
        Ok(_) | Err(_) => more,
    }
}
