//! Which patterns a test is about: all of them, or those that `ORRERY_PATTERN` names.

use orrery_core::catalog::{self, PATTERNS, Pattern};

/// The patterns whose slugs `ORRERY_PATTERN` lists with commas in between, in the registry's order;
/// every pattern when it is not set.
pub(crate) fn patterns() -> Vec<&'static Pattern> {
    let Ok(list) = std::env::var("ORRERY_PATTERN") else {
        return PATTERNS.to_vec();
    };
    let asked: Vec<&str> = list.split(',').map(str::trim).collect();
    for slug in &asked {
        let all: Vec<&str> = PATTERNS.iter().map(|pattern| pattern.card.slug).collect();
        assert!(
            catalog::find(slug).is_some(),
            "ORRERY_PATTERN names “{slug}”, which is no pattern: list slugs with commas in between, of {}",
            all.join(", ")
        );
    }
    let is_asked = |pattern: &&&Pattern| asked.contains(&pattern.card.slug);
    PATTERNS.iter().filter(is_asked).copied().collect()
}
