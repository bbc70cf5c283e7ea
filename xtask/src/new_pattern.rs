//! Begins a pattern: a folder that compiles, the line that registers it, and nothing more. What is
//! still missing the contract tests say.

use std::fs;
use std::path::Path;
use std::process::Command;

use orrery_core::catalog::{self, Family};

use crate::bless::{self, PATTERN};
use crate::error::Error;
use crate::process::{command, not_started, run, run_counting};
use crate::tally::Tally;
use crate::workspace::Workspace;

/// Where the families and their patterns lie.
const PATTERNS_FOLDER: &str = "core/src/patterns";

/// The list of patterns.
const CATALOG: &str = "core/src/catalog.rs";

/// How the list of patterns begins.
const LIST_START: &str = "registry! { ($)";

/// How it ends.
const LIST_END: &str = "}";

/// A file of a new pattern and what it begins with.
macro_rules! template {
    ($file:literal) => {
        (
            $file,
            include_str!(concat!("../templates/pattern/", $file, ".txt")),
        )
    };
}

/// The files of a new pattern, in the order in which to read them.
const FILES: [(&str, &str); 12] = [
    template!("mod.rs"),
    template!("algorithm.rs"),
    template!("knobs.rs"),
    template!("steps.rs"),
    template!("model.rs"),
    template!("scene.rs"),
    template!("scenarios.rs"),
    template!("challenges.rs"),
    template!("experiments.rs"),
    template!("breaking.rs"),
    template!("lesson.md"),
    template!("tests.rs"),
];

/// Which pattern to begin.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct NewPatternArguments {
    /// The family it belongs to, such as `caching` or `load-balancing`.
    family: String,
    /// Its address, in small letters, digits and hyphens, such as `read-through-cache`.
    slug: String,
}

/// The names of a new pattern.
#[derive(Debug, PartialEq, Eq)]
struct Names {
    family: Family,
    family_module: String,
    slug: String,
    module: String,
    name: String,
}

/// Writes the folder, the module lines and the line in the catalogue.
pub(crate) fn new_pattern(
    workspace: &Workspace,
    arguments: &NewPatternArguments,
) -> Result<(), Error> {
    let names = Names::read(&arguments.family, &arguments.slug)?;
    let patterns = workspace.root().join(PATTERNS_FOLDER);
    let family = patterns.join(&names.family_module);
    let folder = family.join(&names.module);
    if folder.exists() || catalog::find(&names.slug).is_some() {
        return Err(Error::NotANewPattern {
            problem: format!("\"{}\" exists already", names.slug),
            advice: "choose another name".to_owned(),
        });
    }
    fs::create_dir_all(&folder).map_err(Error::file("create", &folder))?;
    for (file, template) in FILES {
        write(&folder.join(file), &names.fill(template))?;
    }
    if !patterns
        .join(format!("{}.rs", names.family_module))
        .exists()
    {
        let words = names.family.name().to_lowercase();
        write(
            &patterns.join(format!("{}.rs", names.family_module)),
            &format!("//! The {words} family.\n\n"),
        )?;
        edit(&workspace.root().join("core/src/patterns.rs"), |text| {
            Some(with_module(text, &names.family_module))
        })?;
    }
    edit(
        &patterns.join(format!("{}.rs", names.family_module)),
        |text| Some(with_module(text, &names.module)),
    )?;
    edit(&workspace.root().join(CATALOG), |text| {
        with_entry(text, &names.entry())
    })?;
    // One entry more or less may change how the list is laid out.
    run(command(workspace, "cargo").args(["fmt", "--package", "orrery-core"]))?;
    println!("Began {} in {}:", names.name, folder.display());
    for (file, _) in FILES {
        println!("  {file}");
    }
    println!(
        "It runs: a room with so many places, to be replaced from algorithm.rs on. What is still \
         missing: ORRERY_PATTERN={} cargo test -p orrery-core --test contract",
        names.slug
    );
    Ok(())
}

/// What a trial of the template does not need of the repository: history and what is built.
const LEFT_OUT: [&str; 4] = [".git", ".tools", "dist", "target"];

/// The contract tests that say what a new pattern lacks; the others pass from the start.
const COMPLAINTS: [&str; 3] = [
    "every_pattern_has_at_least_three_challenges_and_its_card_says_how_many",
    "every_pattern_has_at_least_three_scenarios_one_of_which_goes_wrong",
    "nothing_is_left_from_the_template_of_a_new_pattern",
];

/// Begins a pattern in a copy of the repository: it must be formatted, compile without a warning, do
/// what it says, have its promise broken by a search and be put on record; and be told what it lacks,
/// no less and no more.
pub(crate) fn check_template(workspace: &Workspace, tally: &mut Tally) -> Result<(), Error> {
    let root = workspace.target().join("new-pattern");
    // What an earlier trial left; there may be none.
    let _ = fs::remove_dir_all(&root);
    copy_but(&LEFT_OUT, workspace.root(), &root)?;
    let trial = Workspace::at(root.clone());
    let slug = "trial-pattern";
    let family = Family::Caching.slug().to_owned();
    new_pattern(
        &trial,
        &NewPatternArguments {
            family,
            slug: slug.to_owned(),
        },
    )?;
    let cargo = |arguments: &[&str]| {
        let mut cargo = command(&trial, "cargo");
        cargo
            .args(arguments)
            .env("CARGO_TARGET_DIR", workspace.target())
            .env(PATTERN, slug);
        cargo
    };
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    let core = ["--package", "orrery-core"];
    let deny = ["--quiet", "--all-targets", "--", "-D", "warnings"];
    run(cargo(&["clippy"]).args(core).args(deny))?;
    let complaints = complaints(cargo(&["test"]).args(core).args(["--test", "contract"]))?;
    if complaints != COMPLAINTS {
        return Err(Error::StaleTemplate {
            problem: format!("it should fail {COMPLAINTS:?}, and fails {complaints:?}"),
        });
    }
    tally.passed += COMPLAINTS.map(|_| 1).iter().sum::<u32>();
    let mut writing = bless::writing(&trial, &[slug.to_owned()]);
    run(writing.env("CARGO_TARGET_DIR", workspace.target()))?;
    let records = ["--test", "golden", "--test", "links", "--test", "search"];
    run_counting(cargo(&["test"]).args(core).args(records), tally)?;
    for own in [["--lib", "trial_pattern"], ["--doc", "trial_pattern"]] {
        run_counting(cargo(&["test"]).args(core).args(own), tally)?;
    }
    fs::remove_dir_all(&root).map_err(Error::file("remove", &root))
}

/// The tests that fail, without their modules, in the order of their names.
fn complaints(test: &mut Command) -> Result<Vec<String>, Error> {
    let output = test.output().map_err(|cause| not_started(test, cause))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let failed = said.lines().filter_map(|line| {
        let test = line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?;
        Some(test.rsplit("::").next().unwrap_or(test).to_owned())
    });
    let mut failed: Vec<String> = failed.collect();
    failed.sort();
    Ok(failed)
}

/// Copies a folder with all that is in it, but for the entries of these names.
fn copy_but(left_out: &[&str], from: &Path, to: &Path) -> Result<(), Error> {
    fs::create_dir_all(to).map_err(Error::file("create", to))?;
    let entries = fs::read_dir(from).map_err(Error::file("read", from))?;
    for name in entries
        .filter_map(Result::ok)
        .map(|entry| entry.file_name())
    {
        let source = from.join(&name);
        if left_out.iter().any(|other| name == *other) {
            continue;
        } else if source.is_dir() {
            copy_but(left_out, &source, &to.join(&name))?;
        } else {
            fs::copy(&source, to.join(&name)).map_err(Error::file("copy", &source))?;
        }
    }
    Ok(())
}

impl Names {
    fn read(family: &str, slug: &str) -> Result<Self, Error> {
        let refuse = |problem: String, advice: String| Error::NotANewPattern { problem, advice };
        let known = Family::ALL.into_iter().find(|known| known.slug() == family);
        let family = known.ok_or_else(|| {
            let all: Vec<&str> = Family::ALL.iter().map(|family| family.slug()).collect();
            refuse(
                format!("there is no family called \"{family}\""),
                format!("the families are {}", all.join(", ")),
            )
        })?;
        let is_word = |word: &str| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        let starts_with_letter = slug.starts_with(|c: char| c.is_ascii_lowercase());
        if !starts_with_letter || !slug.split('-').all(is_word) {
            return Err(refuse(
                format!("\"{slug}\" does not fit an address"),
                "use small letters, digits and single hyphens, beginning with a letter".to_owned(),
            ));
        }
        let words = slug.replace('-', " ");
        Ok(Self {
            family,
            family_module: family.slug().replace('-', "_"),
            slug: slug.to_owned(),
            module: slug.replace('-', "_"),
            name: words[..1].to_uppercase() + &words[1..],
        })
    }

    fn fill(&self, template: &str) -> String {
        [
            ("{{family}}", format!("{:?}", self.family).as_str()),
            ("{{family_module}}", &self.family_module),
            ("{{slug}}", &self.slug),
            ("{{module}}", &self.module),
            ("{{name}}", &self.name),
        ]
        .into_iter()
        .fold(template.to_owned(), |text, (from, to)| {
            text.replace(from, to)
        })
    }

    fn entry(&self) -> String {
        format!("{}::{},", self.family_module, self.module)
    }
}

/// The module list with one more line, in order.
fn with_module(text: &str, module: &str) -> String {
    let line = format!("pub mod {module};");
    let mut lines: Vec<&str> = text.lines().collect();
    let is_later = |other: &&str| other.starts_with("pub mod ") && **other > *line;
    let last = lines
        .iter()
        .rposition(|other| other.starts_with("pub mod "));
    let end = last.map_or(lines.len(), |last| last + 1);
    lines.insert(lines.iter().position(is_later).unwrap_or(end), &line);
    lines.join("\n") + "\n"
}

/// The catalogue with one more entry at the end of its list; `None` when the list is not found.
fn with_entry(text: &str, entry: &str) -> Option<String> {
    let (before, rest) = text.split_once(LIST_START)?;
    let (entries, after) = rest.split_once(LIST_END)?;
    let entries = entries.trim_end().trim_end_matches(',');
    let comma = if entries.is_empty() { "" } else { "," };
    Some(format!(
        "{before}{LIST_START}{entries}{comma}\n    {entry}\n{LIST_END}{after}"
    ))
}

fn edit(path: &Path, change: impl FnOnce(&str) -> Option<String>) -> Result<(), Error> {
    let text = fs::read_to_string(path).map_err(Error::file("read", path))?;
    let changed = change(&text).ok_or_else(|| Error::NotANewPattern {
        problem: format!("the list of patterns was not found in {}", path.display()),
        advice: format!("it should begin with `{LIST_START}`"),
    })?;
    write(path, &changed)
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(Error::file("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an author must replace; the contract tests look for it.
    const PLACEHOLDER: &str = "Write here";

    #[test]
    fn a_slug_gives_module_and_name() {
        let names = Names::read("load-balancing", "least-connections").expect("both are fine");
        assert_eq!(names.family, Family::LoadBalancing);
        assert_eq!(names.family_module, "load_balancing");
        assert_eq!(names.module, "least_connections");
        assert_eq!(names.name, "Least connections");
    }

    #[test]
    fn what_cannot_be_an_address_or_a_family_is_refused_with_the_reason() {
        for (family, slug, reason) in [
            ("cachin", "lru", "the families are partitioning,"),
            ("caching", "LRU", "small letters"),
            ("caching", "2q", "beginning with a letter"),
            ("caching", "a--b", "single hyphens"),
            ("caching", "", "does not fit"),
            ("caching", "../lru", "does not fit"),
        ] {
            let error = Names::read(family, slug)
                .expect_err("it must be refused")
                .to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn a_module_takes_its_place_in_the_order() {
        let text = "//! The family.\n\npub mod b;\npub mod d;\n";
        assert_eq!(
            with_module(text, "c"),
            "//! The family.\n\npub mod b;\npub mod c;\npub mod d;\n"
        );
        assert_eq!(
            with_module(text, "e"),
            "//! The family.\n\npub mod b;\npub mod d;\npub mod e;\n"
        );
        assert_eq!(
            with_module("//! The family.\n\n", "a"),
            "//! The family.\n\npub mod a;\n"
        );
    }

    #[test]
    fn an_entry_goes_to_the_end_of_the_list_however_it_is_written() {
        let check = |list: &str, expected: &str| {
            let text = format!("{LIST_START}{list}\nfn after() {{ [1]; }}\n");
            let changed = with_entry(&text, "family::b,").expect("the list is there");
            assert_eq!(
                changed,
                format!("{LIST_START}{expected}\nfn after() {{ [1]; }}\n")
            );
        };
        check("}", "\n    family::b,\n}");
        check("\n    family::a,\n}", "\n    family::a,\n    family::b,\n}");
        check(" family::a }", " family::a,\n    family::b,\n}");
        assert_eq!(with_entry("no list", "family::b,"), None);
    }

    #[test]
    fn the_projects_catalogue_has_the_list() {
        let text = Workspace::find().read(CATALOG).expect("it is there");
        assert!(with_entry(&text, "x").is_some());
    }

    #[test]
    fn templates_leave_no_name_open_and_say_what_to_replace() {
        let names = Names::read("caching", "a-name").expect("both are fine");
        for (file, template) in FILES {
            assert!(!names.fill(template).contains("{{"), "{file}");
        }
        for (file, template) in FILES {
            assert!(template.contains(PLACEHOLDER), "{file}");
        }
    }
}
