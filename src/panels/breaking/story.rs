//! A story before and after it was made shorter, and the ways to both.

use leptos::prelude::*;
use orrery_core::catalog::Pattern;
use orrery_core::kernel::engine::SET;
use orrery_core::kernel::network::NodeId;
use orrery_core::kernel::session::RunState;
use orrery_core::kernel::timeline::Entry;
use orrery_core::lab::Trial;
use orrery_core::lab::shrink::Story;
use orrery_core::link::Link;
use orrery_core::spec::{Kind, Spec};
use orrery_core::value::Value;

use super::pursuit::{Pursuit, Quarry};
use crate::panels::share;
use crate::player::Player;
use crate::route::Navigator;

/// The length of a story, in words.
pub fn in_words(story: &Story) -> String {
    let deeds = match story.deeds {
        0 => "no action at all".to_owned(),
        1 => "1 action or fault".to_owned(),
        more => format!("{more} actions and faults"),
    };
    format!("{deeds} and {} events until {}", story.events, story.at)
}

/// What was found and the shortest story of it, side by side.
#[component]
pub fn Stories(
    /// The search.
    pursuit: Pursuit,
) -> impl IntoView {
    let quarry = Memo::new(move |_| {
        let standing = pursuit.standing.read();
        (!standing.is_under_way()).then(|| standing.quarry().cloned())
    });
    move || {
        quarry
            .get()
            .flatten()
            .map(|quarry| view! { <Pair quarry/> })
    }
}

#[component]
fn Pair(quarry: Quarry) -> impl IntoView {
    let pattern = expect_context::<Player>().pattern();
    let Quarry { found, shrunk, .. } = quarry;
    let (before, after) = (shrunk.before, shrunk.after);
    let row = |name: &'static str, value: &dyn Fn(&Story) -> String| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td>{value(&before)}</td>
                <td>{value(&after)}</td>
            </tr>
        }
    };
    let (knobs_before, knobs_after) = (knobs(pattern, &found.state), knobs(pattern, &shrunk.state));
    view! {
        <div class="stories" data-testid="stories">
            <table class="outcomes" aria-label="The story as it was found, and made shorter">
                <thead>
                    <tr>
                        <th scope="col">"Story"</th>
                        <th scope="col">"as found"</th>
                        <th scope="col">"shortest"</th>
                    </tr>
                </thead>
                <tbody>
                    {row("faults and actions", &|story| story.deeds.to_string())}
                    {row("events", &|story| story.events.to_string())}
                    {row("breaks at", &|story| story.at.to_string())}
                    {row("knobs turned", &|story| story.knobs.to_string())}
                    {row("seed", &|story| story.seed.to_string())}
                </tbody>
            </table>
            <Tale name="The shortest story" open=true knobs=knobs_after state=shrunk.state/>
            <Tale name="As it was found" open=false knobs=knobs_before state=found.state/>
        </div>
    }
}

/// One story: what is done when, and the way to where it breaks.
#[component]
fn Tale(name: &'static str, open: bool, knobs: String, state: RunState) -> impl IntoView {
    let player = expect_context::<Player>();
    let navigator = expect_context::<Navigator>();
    let deeds = (player.pattern().machine.trial)(&state).map_or_else(
        |_| Vec::new(),
        |trial| {
            let entries = state.script.iter();
            entries
                .map(|entry| (entry.at.to_string(), deed(player.pattern(), &*trial, entry)))
                .collect()
        },
    );
    let nothing = deeds.is_empty();
    let deeds = deeds
        .into_iter()
        .map(|(at, words)| {
            view! { <li><span class="log-time">{at}</span>" "{words}</li> }
        })
        .collect_view();
    let breaks_at = state.cursor.at.to_string();
    let state = StoredValue::new(state);
    let show = move |_| {
        player.pause();
        player.open_run(state.get_value());
    };
    let copy = move |_| {
        let link = Link::from(state.get_value());
        share::copy(
            player,
            &navigator,
            &link,
            "The link to this story is copied.",
        );
    };
    let test_id = if open { "hunt-open" } else { "hunt-open-found" };
    view! {
        <details class="story" open=open>
            <summary>{name}</summary>
            <p class="quiet-text">{knobs}</p>
            <Show when=move || nothing>
                <p class="quiet-text">"Nothing is done to it: it breaks by itself."</p>
            </Show>
            <ol class="story-deeds">{deeds}</ol>
            <p>{format!("It breaks at {breaks_at}.")}</p>
            <div class="story-ways">
                <button type="button" class="button" data-testid=test_id on:click=show>
                    "Show it on the stage, where it breaks"
                </button>
                <button type="button" class="button quiet" on:click=copy>"Copy link"</button>
            </div>
        </details>
    }
}

/// The knobs that differ from their defaults, in words.
fn knobs(pattern: &Pattern, state: &RunState) -> String {
    let specs = (pattern.machine.knobs)().iter();
    let turned: Vec<String> = specs
        .filter_map(|spec| {
            let value = state.knobs.get(spec.key)?;
            (*value != spec.default).then(|| format!("{}: {}", spec.label, shown(spec, value)))
        })
        .collect();
    match turned.is_empty() {
        true => "All knobs at their defaults.".to_owned(),
        false => format!("{}.", turned.join("; ")),
    }
}

/// A value as its form shows it.
fn shown(spec: &Spec, value: &Value) -> String {
    match (&spec.kind, value) {
        (Kind::Flag, Value::Flag(on)) => if *on { "on" } else { "off" }.to_owned(),
        (Kind::Choice(choices), Value::Text(key)) => {
            let choice = choices.iter().find(|choice| choice.key == key);
            choice.map_or_else(|| key.clone(), |choice| choice.label.to_owned())
        }
        _ => format!("{value} {}", spec.unit).trim_end().to_owned(),
    }
}

/// Something that is done, in words.
pub fn deed(pattern: &Pattern, trial: &dyn Trial, entry: &Entry) -> String {
    let call = &entry.call;
    let (label, params): (&str, &[Spec]) = if call.name == SET {
        ("Turn", (pattern.machine.knobs)())
    } else {
        match pattern.call_spec(&call.name) {
            Some(spec) => (spec.label, &spec.params),
            None => return call.to_string(),
        }
    };
    let name = |text: &str| {
        let id = text.parse().map(NodeId);
        id.map_or_else(
            |_| text.to_owned(),
            |id| trial.network().name(id).to_owned(),
        )
    };
    let said = params.iter().filter_map(|spec| {
        let value = call.args.get(spec.key)?;
        let value = match spec.kind {
            Kind::Node => name(&value.to_string()),
            Kind::Nodes => {
                let names: Vec<String> = value.to_string().split(' ').map(name).collect();
                names.join(", ")
            }
            Kind::Flag
            | Kind::Int { .. }
            | Kind::Real { .. }
            | Kind::Choice(_)
            | Kind::Text { .. }
            | Kind::Trace => shown(spec, value),
        };
        Some(format!("{}: {value}", spec.label.to_lowercase()))
    });
    let said: Vec<String> = said.collect();
    match said.is_empty() {
        true => label.to_owned(),
        false => format!("{label} ({})", said.join("; ")),
    }
}
