//! What a person can do now: the pattern's actions, and the faults of its nodes.

use leptos::prelude::*;
use orrery_core::kernel::engine::FAULT_PREFIX;
use orrery_core::kernel::network::Fault;
use orrery_core::kernel::session::NodeView;
use orrery_core::sorted::SortedMap;
use orrery_core::spec::{ActionSpec, Actions as _, Kind, Spec};
use orrery_core::value::{Call, Value};

use crate::panels::field::Field;
use crate::player::Player;

/// Forms of more lines than this together are a wall: the rest stands behind "More".
const LINES_SHOWN: usize = 4;

/// The actions of the pattern in its own order: plain buttons, then forms of one line; what needs
/// room to write in and what is rarer stands behind "More", the faults of nodes behind "Faults".
#[component]
pub fn ActionsPanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let nodes = Memo::new(move |_| {
        player.revision.track();
        player.read(|session| session.nodes()).unwrap_or_default()
    });
    let form = move |spec: &'static ActionSpec| action_form(player, spec, "", nodes.into());
    let specs = (player.pattern().machine.actions)();
    let (forms, buttons): (Vec<_>, Vec<_>) = specs.iter().partition(|spec| !spec.params.is_empty());
    let (long, short): (Vec<_>, Vec<_>) = forms.into_iter().partition(|spec| needs_room(spec));
    let mut lines = 0;
    let fitting = short.iter().take_while(|spec| {
        lines += lines_of(spec);
        lines <= LINES_SHOWN
    });
    let (shown, rest) = short.split_at(fitting.count());
    let more: Vec<_> = rest.iter().copied().chain(long).collect();
    let count = more.len();
    let buttons = buttons.into_iter().map(form).collect_view();
    let shown = shown.iter().copied().map(form).collect_view();
    let more = more.into_iter().map(form).collect_view();
    let faults = move || {
        // A message to lose is chosen on the stage.
        let specs = Fault::specs().iter().filter(|spec| spec.name != "drop");
        specs
            .map(|spec| action_form(player, spec, FAULT_PREFIX, nodes.into()))
            .collect_view()
    };
    let has_nodes = Memo::new(move |_| nodes.with(|nodes| nodes.len() > 1));
    view! {
        <section class="panel" aria-labelledby="actions-title" data-testid="actions">
            <h2 id="actions-title">"Do something"</h2>
            <div class="action-buttons">{buttons}</div>
            {shown}
            {(count > 0).then(|| view! {
                <details class="knob-group">
                    <summary>{format!("More to do ({count})")}</summary>
                    {more}
                </details>
            })}
            <Show when=move || has_nodes.get()>
                <details class="knob-group">
                    <summary>"Faults"</summary>
                    {faults()}
                </details>
            </Show>
        </section>
    }
}

/// How many lines the form of an action takes: a text stands below its button.
fn lines_of(spec: &ActionSpec) -> usize {
    let text = |param: &&Spec| matches!(param.kind, Kind::Text { .. });
    1 + spec.params.iter().skip(1).filter(text).count()
}

/// Whether a parameter of the action is written rather than chosen.
fn needs_room(spec: &ActionSpec) -> bool {
    spec.params.iter().any(|param| match param.kind {
        Kind::Text { max_chars } => max_chars > 200,
        Kind::Trace | Kind::Nodes => true,
        Kind::Flag | Kind::Int { .. } | Kind::Real { .. } | Kind::Choice(_) | Kind::Node => false,
    })
}

/// A button, and beside it what it is to be done with.
fn action_form(
    player: Player,
    spec: &'static ActionSpec,
    prefix: &'static str,
    nodes: Signal<Vec<NodeView>>,
) -> AnyView {
    let args = RwSignal::new(SortedMap::<String, Value>::new());
    let act = move |_| {
        let name = format!("{prefix}{}", spec.name);
        player.act(&Call {
            name,
            args: args.get_untracked(),
        });
    };
    let button = view! {
        <button type="button" class="button action" title=spec.help.clone() on:click=act>{spec.label}</button>
    };
    if spec.params.is_empty() {
        return button.into_any();
    }
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
    view! {
        <div class="action-form" role="group" aria-label=spec.label class:roomy=needs_room(spec)>
            {button}
            {fields}
        </div>
    }
    .into_any()
}
