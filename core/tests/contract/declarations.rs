//! What a pattern must declare about itself, without a run of it.
//!
//! Each check lists all that it has to say, so that an author reads it as what is left to do.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use orrery_core::catalog::Pattern;
use orrery_core::embed::options;
use orrery_core::lab::{Experiment, Theory};
use orrery_core::link::RESERVED;
use orrery_core::spec::find;
use orrery_core::time::SimTime;
use orrery_core::value::Value;

use crate::{patterns, reading};

/// Asks something of every pattern, which answers with what is wrong; each answer is a line.
fn nothing_wrong(look: impl Fn(&'static Pattern) -> Vec<String>) {
    let lines: Vec<String> = patterns()
        .into_iter()
        .flat_map(|pattern| {
            let answers = look(pattern).into_iter();
            answers.map(move |answer| format!("{}: {answer}", pattern.card.slug))
        })
        .collect();
    assert!(lines.is_empty(), "\n{}", lines.join("\n"));
}

/// A line when something does not hold.
fn unless(holds: bool, line: impl FnOnce() -> String) -> Option<String> {
    (!holds).then(line)
}

/// Where the core lies.
const CORE: &str = env!("CARGO_MANIFEST_DIR");

/// The folder of a pattern, which follows from family and slug.
fn folder(pattern: &Pattern) -> PathBuf {
    Path::new(CORE)
        .join("src/patterns")
        .join(pattern.card.family.slug().replace('-', "_"))
        .join(pattern.card.slug.replace('-', "_"))
}

/// Every file of a folder, with its text.
fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.sort();
    let read = |path: PathBuf| {
        if path.is_dir() {
            files(&path)
        } else {
            let text = fs::read_to_string(&path).unwrap_or_default();
            vec![(path, text)]
        }
    };
    paths.into_iter().flat_map(read).collect()
}

#[test]
fn slugs_and_names_are_unique_and_fit_an_address() {
    let all: Vec<&str> = patterns().iter().map(|pattern| pattern.card.slug).collect();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    nothing_wrong(|pattern| {
        let card = &pattern.card;
        let length = card.summary.chars().count();
        let machine = &pattern.machine;
        let mut wrong = vec![
            unless(
                all.iter().filter(|slug| **slug == card.slug).count() == 1,
                || "it is registered twice: take one line out of core/src/catalog.rs".to_owned(),
            ),
            unless(card.slug.chars().all(fits), || {
                "its slug does not fit an address: use small letters, digits and hyphens".to_owned()
            }),
            unless(folder(pattern).is_dir(), || {
                format!("it does not lie in {}", folder(pattern).display())
            }),
            unless(length <= 160, || {
                format!("its summary has {length} characters; 160 are shown")
            }),
            unless(!card.problem.is_empty(), || {
                "its card states no problem".to_owned()
            }),
            unless(!card.synonyms.is_empty(), || {
                "its card has no synonyms, by which people look for it".to_owned()
            }),
        ];
        for (what, keys) in [
            ("knobs", keys((machine.knobs)(), |spec| spec.key)),
            ("actions", keys((machine.actions)(), |spec| spec.name)),
            ("metrics", keys((machine.metrics)(), |spec| spec.key)),
            ("promises", (machine.properties)()),
            ("scenarios", keys(&(pattern.scenarios)(), |it| it.slug)),
            ("experiments", keys(&(pattern.experiments)(), |it| it.slug)),
            (
                "challenges",
                pattern.all_challenges().map(|it| it.slug).collect(),
            ),
        ] {
            let name = |key| format!("two of its {what} are called `{key}`");
            wrong.push(twice(&keys).map(name));
        }
        wrong.into_iter().flatten().collect()
    });
}

fn keys<T>(items: &[T], key: fn(&T) -> &'static str) -> Vec<&'static str> {
    items.iter().map(key).collect()
}

/// A key that a list has more than once.
fn twice(keys: &[&'static str]) -> Option<&'static str> {
    let mut seen = BTreeSet::new();
    keys.iter().copied().find(|key| !seen.insert(*key))
}

#[test]
fn nothing_is_left_from_the_template_of_a_new_pattern() {
    nothing_wrong(|pattern| {
        let mut left = Vec::new();
        for (path, text) in files(&folder(pattern)) {
            let name = path.strip_prefix(CORE).unwrap_or(&path);
            for (number, line) in text.lines().enumerate() {
                if line.to_lowercase().contains("write here") {
                    left.push(format!(
                        "core/{}:{} is still the template’s: {}",
                        name.display(),
                        number + 1,
                        line.trim()
                    ));
                }
            }
        }
        left
    });
}

#[test]
fn a_knob_has_a_key_that_links_and_embeds_do_not_use_for_themselves() {
    nothing_wrong(|pattern| {
        let mut wrong = Vec::new();
        for spec in (pattern.machine.knobs)() {
            let key = spec.key;
            let whose = if RESERVED.contains(&key) {
                format!("links use it for themselves ({})", RESERVED.join(", "))
            } else if options::KEYS.contains(&key) {
                format!(
                    "embeds use it for themselves ({})",
                    options::KEYS.join(", ")
                )
            } else if key.starts_with('_') {
                "in links an underscore begins what says how a run is looked at".to_owned()
            } else {
                continue;
            };
            wrong.push(format!(
                "a knob cannot have the key `{key}`, because {whose}: rename that field in `knobs!`"
            ));
        }
        wrong
    });
}

/// Every list of settings that a pattern declares, after the words for where it stands.
fn settings(pattern: &Pattern) -> Vec<(String, Vec<(&'static str, Value)>)> {
    let breaking = (pattern.breaking)();
    let mut lists = vec![("`breaking` itself".to_owned(), breaking.knobs)];
    for scenario in (pattern.scenarios)() {
        lists.push((format!("the scenario `{}`", scenario.slug), scenario.knobs));
    }
    for challenge in pattern.all_challenges() {
        let name = format!("the challenge `{}`", challenge.slug);
        lists.push((format!("the solution of {name}"), challenge.solution.knobs));
        lists.push((name, challenge.knobs));
    }
    for variant in breaking.variants {
        lists.push((format!("the variant `{}`", variant.slug), variant.knobs));
    }
    for experiment in (pattern.experiments)() {
        let name = format!("the experiment `{}`", experiment.slug);
        let x = experiment.values.into_iter();
        lists.extend(x.map(|value| (format!("x of {name}"), vec![(experiment.x, value)])));
        if let Some(lines) = experiment.lines {
            let values = lines.values.into_iter();
            lists.extend(
                values.map(|value| (format!("a line of {name}"), vec![(lines.knob, value)])),
            );
        }
        lists.push((name, experiment.knobs));
    }
    lists
}

#[test]
fn whatever_sets_a_knob_sets_one_that_there_is_to_a_value_it_takes() {
    nothing_wrong(|pattern| {
        let mut wrong = Vec::new();
        for (name, list) in settings(pattern) {
            for (key, value) in list {
                let spec = find((pattern.machine.knobs)(), key);
                if let Err(problem) = spec.and_then(|spec| spec.accept(&value)) {
                    wrong.push(format!("{name} sets `{key}` to {value}: {problem}"));
                }
            }
        }
        wrong
    });
}

#[test]
fn a_scenario_sets_only_what_differs_from_the_default() {
    nothing_wrong(|pattern| {
        let mut wrong = Vec::new();
        for scenario in (pattern.scenarios)() {
            for (key, value) in &scenario.knobs {
                let spec = find((pattern.machine.knobs)(), key);
                if spec.is_ok_and(|spec| spec.accept(value).as_ref() == Ok(&spec.default)) {
                    wrong.push(format!(
                        "the scenario `{}` sets `{key}` to {value}, which is its default: leave \
                         that out, since a link names only what differs",
                        scenario.slug
                    ));
                }
            }
        }
        wrong
    });
}

#[test]
fn an_experiment_can_be_held_against_its_theory_or_says_why_there_is_none() {
    nothing_wrong(|pattern| {
        let experiments = (pattern.experiments)();
        let wrong = experiments.iter().filter_map(|experiment| {
            let problem = wrong_experiment(experiment)?;
            Some(format!("the experiment `{}` {problem}", experiment.slug))
        });
        wrong.collect()
    });
}

fn wrong_experiment(experiment: &Experiment) -> Option<String> {
    let keys = keys(&experiment.knobs, |(key, _)| key);
    if let Some(key) = twice(&keys) {
        return Some(format!(
            "sets `{key}` twice, so that theory does not know it again: leave one out"
        ));
    }
    let has_lines = experiment.lines.is_some();
    match experiment.theory {
        Theory::Curve { .. } | Theory::Lines { .. } => {
            let fits = has_lines == matches!(experiment.theory, Theory::Lines { .. });
            let shape = unless(fits, || {
                "has lines and a theory of one curve, or the other way round".to_owned()
            });
            let mut values = experiment.values.iter();
            let word = values.find(|value| value.as_f64().is_none());
            let wordy = word.map(|value| {
                let x = experiment.x;
                format!("has a theory that is a curve over numbers, and sets `{x}` to {value}")
            });
            shape.or(wordy).or_else(|| {
                unless(experiment.seeds >= 2, || {
                    "has fewer than 2 seeds, and so no interval to hold against theory".to_owned()
                })
            })
        }
        Theory::None(reason) => unless(reason.len() > 10, || {
            "says neither theory nor why there is none".to_owned()
        }),
    }
}

#[test]
fn every_pattern_has_at_least_three_scenarios_one_of_which_goes_wrong() {
    nothing_wrong(|pattern| {
        let scenarios = (pattern.scenarios)();
        let first = scenarios.first().map(|scenario| scenario.slug);
        let count = scenarios.len();
        let wrong = [
            unless(first == Some((pattern.first)().slug), || {
                format!("its first scenario is not `{}`", (pattern.first)().slug)
            }),
            unless(count >= 3, || {
                format!("scenarios there are: {count}, three are asked for")
            }),
            unless(scenarios.iter().any(|it| !it.breaks.is_empty()), || {
                "in no scenario a promise is broken: say which with `breaks`".to_owned()
            }),
        ];
        wrong.into_iter().flatten().collect()
    });
}

#[test]
fn every_pattern_has_at_least_three_challenges_and_its_card_says_how_many() {
    nothing_wrong(|pattern| {
        let (count, told) = (pattern.challenges.len(), pattern.card.challenges);
        let wrong = [
            unless(count >= 3, || {
                format!("challenges there are: {count}, three are asked for")
            }),
            unless(count == told, || {
                format!("its card says {told} challenges, and there are {count}")
            }),
        ];
        wrong.into_iter().flatten().collect()
    });
}

#[test]
fn every_lesson_has_its_sections() {
    const SECTIONS: [&str; 8] = [
        "Problem",
        "How it works",
        "Costs and gains",
        "When to use it",
        "When not",
        "Who uses it",
        "What this model leaves out",
        "References",
    ];
    nothing_wrong(|pattern| {
        let lesson = reading(pattern).lesson;
        let lines = lesson.lines();
        let headings: Vec<&str> = lines.filter_map(|line| line.strip_prefix("## ")).collect();
        let mut wrong = Vec::from_iter(unless(headings == SECTIONS, || {
            format!("lesson.md has the sections {headings:?}, not {SECTIONS:?}")
        }));
        for section in lesson.split("\n## ").skip(1) {
            let (heading, body) = section.split_once('\n').unwrap_or((section, ""));
            let length = body.trim().len();
            wrong.extend(unless(length > 40, || {
                format!("lesson.md says too little under “{heading}”: {length} characters")
            }));
        }
        wrong
    });
}

#[test]
fn the_first_scenario_is_a_tour_of_less_than_three_minutes_that_ends_with_a_challenge() {
    const WORDS_PER_SECOND: f64 = 3.3;
    nothing_wrong(|pattern| {
        let tour = (pattern.first)();
        let starts: Vec<SimTime> = tour.captions.iter().map(|(at, _)| *at).collect();
        let words = tour
            .captions
            .iter()
            .flat_map(|(_, words)| words.split_whitespace());
        let reading = words.count() as f64 / WORDS_PER_SECOND;
        let watching = tour.lasts.as_secs_f64() / tour.pace;
        let from_start = starts.first() == Some(&SimTime::ZERO);
        let wrong = [
            unless(
                starts.len() >= 3 && from_start && starts.is_sorted(),
                || {
                    format!(
                        "its tour has captions at {starts:?}: at least three, in order, from 0 on"
                    )
                },
            ),
            unless(reading + watching < 180.0, || {
                format!("its tour takes {reading:.0} s of reading and {watching:.0} s of watching")
            }),
            unless(tour.leads_to.is_some(), || {
                "its tour leads to no challenge: name one with `leads_to`".to_owned()
            }),
        ];
        wrong.into_iter().flatten().collect()
    });
}

#[test]
fn a_tour_leads_to_a_challenge_that_there_is() {
    nothing_wrong(|pattern| {
        let known: BTreeSet<&str> = pattern.all_challenges().map(|it| it.slug).collect();
        let scenarios = (pattern.scenarios)().into_iter();
        let unknown = scenarios.filter_map(|scenario| {
            let slug = scenario.leads_to.filter(|slug| !known.contains(slug))?;
            let name = scenario.slug;
            Some(format!(
                "the scenario `{name}` leads to `{slug}`; the challenges are {known:?}"
            ))
        });
        unknown.collect()
    });
}
