//! What stands beside the transport's keys: speed, seed, swimlanes, which marks are shown.

use leptos::prelude::*;

use crate::machine::View;
use crate::machine::transport::Icon;
use crate::panels::timeline::MarkFilter;
use crate::player::{Player, SPEEDS};

/// Speed, seed, swimlanes and marks.
#[component]
pub fn Speed() -> impl IntoView {
    let player = expect_context::<Player>();
    let view = expect_context::<View>();
    let nodes = Memo::new(move |_| {
        player.settings.track();
        let nodes = player.read(|session| session.nodes().len());
        nodes.unwrap_or_default()
    });
    let has_nodes = move || nodes.get() > 0;
    view! {
        <div class="button-group">
            {key(player, "Slower ([)", Icon::Slower, |player| player.change_speed(-1))}
            <output class="speed" aria-label="Speed" data-testid="speed">
                {move || speed_label(player.speed.get())}
            </output>
            {key(player, "Faster (])", Icon::Faster, |player| player.change_speed(1))}
        </div>
        <Seed/>
        <Show when=has_nodes>
            <button
                type="button"
                class="button quiet"
                aria-pressed=move || view.lanes.get().to_string()
                title="Swimlanes beside the stage (S)"
                on:click=move |_| view.lanes.update(|shown| *shown = !*shown)
            >
                "Swimlanes"
            </button>
        </Show>
        <button
            type="button"
            class="button quiet"
            data-testid="compare"
            aria-pressed=move || view.comparing.get().to_string()
            title="Variants side by side (C)"
            on:click=move |_| view.comparing.update(|shown| *shown = !*shown)
        >
            "Compare"
        </button>
        <MarkFilter/>
    }
}

/// A button that shows a picture; its label is for a tooltip and a screen reader.
fn key(player: Player, label: &'static str, icon: Icon, press: fn(&Player)) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button icon-button"
            aria-label=label
            title=label
            inner_html=icon.markup()
            on:click=move |_| press(&player)
        ></button>
    }
}

fn speed_label(index: usize) -> String {
    match SPEEDS[index.min(SPEEDS.len() - 1)] {
        speed if speed < 1.0 => format!("1/{}×", 1.0 / speed),
        speed => format!("{speed}×"),
    }
}

#[component]
fn Seed() -> impl IntoView {
    let player = expect_context::<Player>();
    let problem = RwSignal::new(None::<String>);
    let set = move |text: String| match text.trim().parse::<u64>() {
        Ok(seed) => {
            problem.set(None);
            player.reseed(seed);
        }
        Err(_) => problem.set(Some(no_seed(&text))),
    };
    // A run with another seed has none of what was wrong with the text before.
    Effect::new(move || {
        player.seed.track();
        problem.set(None);
    });
    let wrong = move || problem.with(Option::is_some);
    let told = move || {
        let words = problem.get()?;
        Some(view! {
            <p class="field-error seed-error" id="seed-error" role="alert" data-testid="seed-error">
                {words}
            </p>
        })
    };
    view! {
        <div class="seed">
            {told}
            <label for="seed">"Seed"</label>
            <input
                id="seed"
                type="text"
                inputmode="numeric"
                autocomplete="off"
                data-testid="seed"
                aria-invalid=move || wrong().then_some("true")
                aria-describedby=move || wrong().then_some("seed-error")
                prop:value=move || player.seed.get().to_string()
                on:change=move |event| set(event_target_value(&event))
            />
            {key(player, "New seed", Icon::Dice, |player| player.reseed(fresh_seed()))}
        </div>
    }
}

/// Why a text is no seed, and what is one.
fn no_seed(text: &str) -> String {
    let shown: String = text.trim().chars().take(30).collect();
    let given = match shown.is_empty() {
        true => "Nothing is written here".to_owned(),
        false => format!("“{shown}” is no seed"),
    };
    format!(
        "{given}. Write a whole number, such as 7: all chance in a run follows from it, so the same \
         seed gives the same run."
    )
}

/// A seed that no one chose, short enough for a link.
fn fresh_seed() -> u64 {
    // Without a source of chance the same seed again is better than none.
    getrandom::u32().map_or(1, |bits| u64::from(bits % 1_000_000))
}
