//! What keeps the house in order and no compiler checks.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn files_of(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    rust_files(&root().join(folder), &mut found);
    found
        .into_iter()
        .map(|path| {
            (
                path.display().to_string(),
                fs::read_to_string(&path).expect("it is text"),
            )
        })
        .collect()
}

#[test]
fn every_path_that_the_map_names_exists() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the map is there");
    let mut named = 0;
    for word in map.split('`').skip(1).step_by(2) {
        let is_path = word.contains('/') && !word.contains(['<', ' ']);
        if is_path && word != "bench/" {
            named += 1;
            assert!(root().join(word).exists(), "ARCHITECTURE.md names {word}");
        }
    }
    assert!(named > 15, "the map names its places");
}

#[test]
fn every_file_says_first_what_it_owns() {
    for folder in [
        "core/src",
        "core/tests",
        "cli/src",
        "cli/tests",
        "src",
        "tests",
        "xtask/src",
    ] {
        for (path, text) in files_of(folder) {
            assert!(
                text.starts_with("//! "),
                "{path} does not begin with what it owns"
            );
        }
    }
}

#[test]
fn the_app_names_no_pattern() {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    for (path, text) in files_of("src") {
        // Whole words: a short slug is part of many.
        let words: BTreeSet<&str> = text.split(|letter| !is_part(letter)).collect();
        for pattern in orrery_core::catalog::PATTERNS {
            assert!(
                !words.contains(pattern.card.slug),
                "{path} names {}",
                pattern.card.slug
            );
        }
    }
}

#[test]
fn an_algorithm_knows_neither_kernel_nor_scene() {
    for (path, text) in files_of("core/src/patterns") {
        if !path.contains("/algorithm") {
            continue;
        }
        for foreign in [
            "crate::kernel",
            "crate::scene",
            "crate::simulation",
            "crate::prelude",
        ] {
            assert!(!text.contains(foreign), "{path} uses {foreign}");
        }
    }
}
