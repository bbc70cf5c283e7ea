//! “Find a run that breaks this”: where to search and for what, what was tried, and what came of it.

use leptos::prelude::*;
use orrery_core::kernel::session::RunState;
use orrery_core::lab::search::{Budget, SearchPlan};
use orrery_core::time::Span;

use super::outcomes::Outcomes;
use super::pursuit::{Pursuit, Standing};
use super::story::{Stories, in_words};
use crate::lab::Hands;
use crate::panels::field::written;
use crate::player::Player;
use crate::views;

/// Where a search begins, by its place in the list of choices: the setting on the stage, all
/// safeguards, or without one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Stage,
    Safeguards,
    Variant(usize),
}

/// The search of a page and what is asked of it.
#[derive(Clone, Copy)]
struct Hunt {
    pursuit: Pursuit,
    from: RwSignal<From>,
    property: RwSignal<String>,
    runs: RwSignal<String>,
    root_seed: RwSignal<String>,
}

impl Hunt {
    fn on_page() -> Self {
        let player = expect_context::<Player>();
        let has_variants = !(player.pattern().breaking)().variants.is_empty();
        Self {
            pursuit: Pursuit::on_page(),
            from: RwSignal::new(match has_variants {
                true => From::Variant(0),
                false => From::Stage,
            }),
            property: RwSignal::new(String::new()),
            runs: RwSignal::new(Budget::default().runs.to_string()),
            root_seed: RwSignal::new("1".to_owned()),
        }
    }

    /// What is asked for.
    fn plan(self, player: Player) -> Result<SearchPlan, String> {
        let pattern = player.pattern();
        let breaking = (pattern.breaking)();
        let mut plan = match self.from.get_untracked() {
            From::Stage => SearchPlan::from(pattern, on_stage(player), length(player)),
            From::Safeguards => SearchPlan::with_safeguards(pattern),
            From::Variant(index) => match breaking.variants.get(index) {
                Some(variant) => SearchPlan::without(pattern, variant),
                None => SearchPlan::with_safeguards(pattern),
            },
        };
        let property = self.property.get_untracked();
        if !property.is_empty() {
            plan.property = Some(property);
        }
        plan.budget.runs = whole(&self.runs.get_untracked(), "a number of runs")?;
        plan.root_seed = whole(&self.root_seed.get_untracked(), "a seed")?;
        Ok(plan)
    }
}

/// The search for a run that breaks a promise.
#[component]
pub fn HuntPanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let hunt = views::once(Hunt::on_page);
    let pursuit = hunt.pursuit;
    let standing = pursuit.standing;
    let under_way = move || standing.read().is_under_way();
    let press = move |_| {
        if standing.get_untracked().is_under_way() {
            pursuit.stop();
            return;
        }
        match hunt.plan(player) {
            Ok(plan) => pursuit.begin(plan),
            Err(problem) => standing.set(Standing::Ended(problem)),
        }
    };
    view! {
        <Form hunt/>
        <button type="button" class="button" data-testid="hunt" on:click=press>
            {move || if under_way() { "Stop" } else { "Search" }}
        </button>
        <p class="hunt-told" role="status" data-testid="hunt-told">
            {move || told(&pursuit)}
        </p>
        // It changes too often to be read out.
        <p class="quiet-text hunt-tried" data-testid="hunt-tried">
            {move || tried(&pursuit)}
        </p>
        <Stories pursuit/>
        <Outcomes pursuit/>
    }
}

#[component]
fn Form(hunt: Hunt) -> impl IntoView {
    let player = expect_context::<Player>();
    let breaking = StoredValue::new((player.pattern().breaking)());
    let from = hunt.from;
    let harm = move || match from.get() {
        From::Variant(index) => breaking.with_value(|it| {
            let variant = it.variants.get(index);
            variant.map_or("", |variant| variant.harm)
        }),
        From::Stage => "From the knobs and the script of the run on the stage.",
        From::Safeguards => "Small runs with everything on that protects the promises.",
    };
    let choice = move |own: From, value: String, name: &'static str| {
        let selected = from.get_untracked() == own;
        view! { <option value=value prop:selected=selected>{name}</option> }
    };
    let choices = breaking.with_value(|breaking| {
        let variants = breaking.variants.iter().enumerate();
        variants
            .map(|(index, variant)| choice(From::Variant(index), index.to_string(), variant.name))
            .collect_view()
    });
    let choose = move |event| {
        from.set(match event_target_value(&event).as_str() {
            "stage" => From::Stage,
            "safeguards" => From::Safeguards,
            index => index.parse().map_or(From::Stage, From::Variant),
        });
    };
    let names = (player.pattern().machine.promises)()
        .iter()
        .map(|promise| {
            let selected = hunt.property.get_untracked() == promise.name;
            view! { <option value=promise.name prop:selected=selected>{promise.name}</option> }
        })
        .collect_view();
    view! {
        <div class="lab-form">
            <label class="wide">
                <span>"Search"</span>
                <select data-testid="hunt-from" on:change=choose>
                    {choices}
                    {choice(From::Safeguards, "safeguards".to_owned(), "with all safeguards")}
                    {choice(From::Stage, "stage".to_owned(), "the setting on the stage")}
                </select>
            </label>
            <label class="wide">
                <span>"For a break of"</span>
                <select on:change=move |event| hunt.property.set(event_target_value(&event))>
                    <option value="">"what breaks there"</option>
                    {names}
                </select>
            </label>
            {written("Runs at most", "numeric", Some("hunt-runs"), hunt.runs)}
            {written("Seed of the search", "numeric", Some("hunt-seed"), hunt.root_seed)}
        </div>
        <p class="quiet-text">{harm}</p>
    }
}

/// The whole number that was written.
fn whole(text: &str, what: &str) -> Result<u64, String> {
    let digits: String = text.chars().filter(|c| !" ,_".contains(*c)).collect();
    digits.parse().map_err(|_| {
        let shown: String = text.chars().take(30).collect();
        format!("“{shown}” is not {what}: write a whole number.")
    })
}

fn on_stage(player: Player) -> RunState {
    let state = player.read(|session| session.state());
    state.unwrap_or_default().trunk()
}

fn length(player: Player) -> Span {
    let axis = player.readout.with_untracked(|readout| readout.axis);
    axis.clamp(Span::from_secs(1), Span::from_secs(120))
}

/// How the search stands: what changes seldom, for a reader who hears it.
fn told(pursuit: &Pursuit) -> String {
    pursuit.standing.with(|standing| match standing {
        Standing::Idle => String::new(),
        Standing::Searching => {
            let by = pursuit.hands.get().map_or("…", Hands::words);
            format!("Searching{by}.")
        }
        Standing::Shrinking(quarry) => {
            format!("Found in run {}; making it shorter.", quarry.found.run + 1)
        }
        Standing::Found(quarry) => {
            let shrunk = &quarry.shrunk;
            let unfinished = match &quarry.unfinished {
                Some(why) => format!(" {why}"),
                None => String::new(),
            };
            format!(
                "“{}” breaks: {}. Found in run {} as {}, made shorter to {}.{unfinished}",
                shrunk.property,
                shrunk.reason,
                quarry.found.run + 1,
                in_words(&shrunk.before),
                in_words(&shrunk.after),
            )
        }
        Standing::Ended(words) => words.clone(),
    })
}

/// The live counters.
fn tried(pursuit: &Pursuit) -> String {
    pursuit.standing.with(|standing| match standing {
        Standing::Searching | Standing::Found(_) => {
            format!("Tried: {}.", pursuit.counts.read().words())
        }
        Standing::Shrinking(quarry) => format!("So far {}.", in_words(&quarry.shrunk.after)),
        Standing::Idle | Standing::Ended(_) => String::new(),
    })
}
