//! What a person can do now: the pattern's actions, and the faults of its nodes.

use std::collections::BTreeMap;

use leptos::prelude::*;
use orrery_core::kernel::engine::FAULT_PREFIX;
use orrery_core::kernel::network::Fault;
use orrery_core::kernel::session::NodeView;
use orrery_core::spec::{ActionSpec, Actions as _};
use orrery_core::value::{Call, Value};

use crate::panels::field::Field;
use crate::player::Player;

/// Every action as a button with its parameters, and the faults for patterns with nodes.
#[component]
pub fn ActionsPanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let nodes = Memo::new(move |_| {
        player.revision.track();
        player.read(|session| session.nodes()).unwrap_or_default()
    });
    let actions = (player.pattern.machine.actions)()
        .iter()
        .map(|spec| view! { <ActionForm spec prefix="" nodes/> })
        .collect_view();
    let faults = move || {
        // A message to lose is chosen on the stage.
        let specs = Fault::specs().iter().filter(|spec| spec.name != "drop");
        specs
            .map(|spec| view! { <ActionForm spec prefix=FAULT_PREFIX nodes/> })
            .collect_view()
    };
    let has_nodes = Memo::new(move |_| nodes.with(|nodes| nodes.len() > 1));
    view! {
        <section class="panel" aria-labelledby="actions-title" data-testid="actions">
            <h2 id="actions-title">"Do something"</h2>
            <div class="action-list">{actions}</div>
            <Show when=move || has_nodes.get()>
                <details class="knob-group">
                    <summary>"Faults"</summary>
                    <div class="action-list">{faults()}</div>
                </details>
            </Show>
        </section>
    }
}

#[component]
fn ActionForm(
    spec: &'static ActionSpec,
    prefix: &'static str,
    #[prop(into)] nodes: Signal<Vec<NodeView>>,
) -> impl IntoView {
    let player = expect_context::<Player>();
    let args = RwSignal::new(BTreeMap::<String, Value>::new());
    let act = move |_| {
        let name = format!("{prefix}{}", spec.name);
        player.act(&Call {
            name,
            args: args.get_untracked(),
        });
    };
    let fields = spec
        .params
        .iter()
        .map(|param| {
            let value = Signal::derive(move || {
                args.with(|args| {
                    args.get(param.key)
                        .cloned()
                        .unwrap_or_else(|| param.default.clone())
                })
            });
            let commit = move |value: Value| {
                args.update(|args| {
                    args.insert(param.key.to_owned(), value);
                });
                Ok(())
            };
            view! { <Field spec=param place=spec.name value nodes commit/> }
        })
        .collect_view();
    let button = view! {
        <button type="button" class="button action" title=spec.help.clone() on:click=act>{spec.label}</button>
    };
    if spec.params.is_empty() {
        return button.into_any();
    }
    view! {
        <details class="action-form">
            <summary aria-label=format!("Settings of {}", spec.label)>{button}</summary>
            {fields}
        </details>
    }
    .into_any()
}
