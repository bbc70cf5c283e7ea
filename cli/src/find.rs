//! The search for a run that breaks a promise, and the shortest story of it.

use std::num::NonZero;
use std::thread;

use clap::Args;
use orrery_core::catalog::Pattern;
use orrery_core::export::VERSION;
use orrery_core::kernel::session::RunState;
use orrery_core::lab::search::{BATCH, Batch, End, Found, Search, SearchPlan};
use orrery_core::lab::shrink::{Shrink, Shrunk, Story};
use orrery_core::link::Link;
use serde_json::json;

use crate::Outcome;
use crate::error::Failure;
use crate::output::{print, print_json};
use crate::setting::{self, site_address};
use crate::workers::cores;

/// Batches that each thread makes before the search is asked whether it has ended.
const BATCHES_EACH: u64 = 32;

/// What to look for.
#[derive(Debug, Args)]
pub(crate) struct FindArguments {
    /// A pattern, such as saga.
    #[arg(value_name = "PATTERN")]
    pattern: String,
    /// Take away a safeguard: the key of one of the pattern's broken variants. Otherwise all
    /// safeguards are on.
    #[arg(long)]
    without: Option<String>,
    /// The promise to break; otherwise what the variant is known to break, or any.
    #[arg(long)]
    promise: Option<String>,
    /// How many runs may be tried.
    #[arg(long, default_value_t = 10_000)]
    runs: u64,
    /// From this seed follows what is tried.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many threads search; the result is the same for any number.
    #[arg(long, default_value_t = NonZero::new(cores()).unwrap_or(NonZero::<usize>::MIN))]
    jobs: NonZero<usize>,
    /// Print the run as it was found, without making it shorter.
    #[arg(long)]
    whole: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Searches, shortens what was found, and prints it with its link.
pub(crate) fn find(arguments: &FindArguments) -> Outcome {
    let pattern = setting::pattern(&arguments.pattern)?;
    let mut search = Search::new(pattern, plan(arguments, pattern)?)?;
    while search.end().is_none() {
        for batch in round(&search, arguments.jobs.get()) {
            search.absorb(batch);
        }
    }
    let Some(End::Found(found)) = search.end() else {
        return Err(Failure::No(search.words()));
    };
    let shrunk = shorten(pattern, found, arguments.whole)?;
    if arguments.json {
        print_json(&json!({
            "orrery": VERSION,
            "plan": search.plan(),
            "found": found,
            "tried": search.counts(),
            "shrunk": shrunk,
            "link": link(pattern, &shrunk.state),
        }))
    } else {
        print(&format!(
            "{}\nas found  {}\nshortest  {}: {}\nlink      {}\n",
            search.words(),
            in_words(&shrunk.before),
            in_words(&shrunk.after),
            shrunk.reason,
            link(pattern, &shrunk.state)
        ))
    }
}

fn plan(arguments: &FindArguments, pattern: &Pattern) -> Result<SearchPlan, Failure> {
    let breaking = (pattern.breaking)();
    let mut plan = match &arguments.without {
        None => SearchPlan::with_safeguards(pattern),
        Some(slug) => {
            let variant = breaking.find(slug).ok_or_else(|| {
                let known: Vec<&str> = breaking.variants.iter().map(|known| known.slug).collect();
                Failure::Usage(format!(
                    "{} has no broken variant “{slug}”; it has {}",
                    pattern.card.slug,
                    known.join(", ")
                ))
            })?;
            SearchPlan::without(pattern, variant)
        }
    };
    if arguments.promise.is_some() {
        plan.property.clone_from(&arguments.promise);
    }
    plan.budget.runs = arguments.runs;
    plan.root_seed = arguments.seed;
    Ok(plan)
}

/// The next batches of a search, shared out among threads. What each gives follows from its number.
fn round(search: &Search, jobs: usize) -> Vec<Batch> {
    let done = search.counts().runs.div_ceil(BATCH);
    let all = search.batches();
    thread::scope(|scope| {
        let shares: Vec<_> = (0..jobs as u64)
            .map(|thread| {
                let first = done + thread * BATCHES_EACH;
                let numbers = first.min(all)..(first + BATCHES_EACH).min(all);
                scope.spawn(move || numbers.map(|number| search.run_batch(number)).collect())
            })
            .collect();
        let batches = shares.into_iter().map(|share| {
            // A panic is a bug of ours and goes on as one.
            let share: thread::Result<Vec<Batch>> = share.join();
            share.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        batches.flatten().collect()
    })
}

fn shorten(pattern: &'static Pattern, found: &Found, whole: bool) -> Result<Shrunk, Failure> {
    let shrink = Shrink::new(pattern, found).map_err(|error| Failure::No(error.to_string()))?;
    Ok(if whole {
        shrink.result()
    } else {
        shrink.finish()
    })
}

fn link(pattern: &Pattern, state: &RunState) -> String {
    site_address(pattern, &Link::from(state.clone()))
}

fn in_words(story: &Story) -> String {
    let deeds = match story.deeds {
        1 => "1 action or fault".to_owned(),
        deeds => format!("{deeds} actions and faults"),
    };
    format!("{deeds}, {} events until {}", story.events, story.at)
}
