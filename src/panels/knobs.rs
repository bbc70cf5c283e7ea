//! The knobs of the pattern, grouped as it declares them.

use leptos::prelude::*;
use orrery_core::kernel::session::NodeView;
use orrery_core::spec::Spec;
use orrery_core::value::Value;

use crate::panels::field::Field;
use crate::player::Player;

/// Every knob as a form.
#[component]
pub fn KnobsPanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let specs = (player.pattern().machine.knobs)();
    let mut groups: Vec<(&'static str, Vec<&'static Spec>)> = Vec::new();
    for spec in specs {
        match groups.iter_mut().find(|(group, _)| *group == spec.group) {
            Some((_, members)) => members.push(spec),
            None => groups.push((spec.group, vec![spec])),
        }
    }
    let groups = groups
        .into_iter()
        .enumerate()
        .map(|(index, (group, members))| {
            let title = if group.is_empty() { "Settings" } else { group };
            let knobs = members
                .into_iter()
                .map(|spec| view! { <Knob spec/> })
                .collect_view();
            // The first group is open; the others are one press away.
            view! {
                <details class="knob-group" open=index == 0>
                    <summary>{title}</summary>
                    {knobs}
                </details>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="knobs-title" data-testid="knobs">
            <h2 id="knobs-title">"Knobs"</h2>
            {groups}
        </section>
    }
}

#[component]
fn Knob(spec: &'static Spec) -> impl IntoView {
    let player = expect_context::<Player>();
    let entered = RwSignal::new(0_u32);
    let value = Memo::new(move |_| {
        player.settings.track();
        player.readout.with(|readout| readout.branch);
        entered.track();
        player
            .read(|session| session.knob(spec.key))
            .flatten()
            .unwrap_or_else(|| spec.default.clone())
    });
    let commit = move |value: Value| {
        let outcome = player.set_knob(spec.key, &value);
        entered.update(|count| *count += 1);
        outcome
    };
    let nodes = Signal::derive(Vec::<NodeView>::new);
    let differs = move || value.get() != spec.default;
    let reset = move |_| {
        let _ = commit(spec.default.clone());
    };
    let notes = view! {
        {spec.safeguard.then(|| view! {
            <span class="knob-note safeguard-note" title="Without this a promise breaks.">"safeguard"</span>
        })}
        {(!spec.live).then(|| view! {
            <span class="knob-note" title="Changing this replays the run from its start, with the same seed, to the present instant.">
                "replays"
            </span>
        })}
        <Show when=differs>
            <button
                type="button"
                class="reset"
                title=format!("Back to {} {}", spec.default, spec.unit)
                aria-label=format!("{}: back to {} {}", spec.label, spec.default, spec.unit)
                on:click=reset
            >
                "↺"
            </button>
        </Show>
    };
    view! {
        <div class="knob">
            <Field spec place="knob" value=value nodes=nodes commit=commit notes=notes.into_any()/>
        </div>
    }
}
