//! What a person did, by the names on the page.

use orrery_core::kernel::engine::SET;
use orrery_core::kernel::session::NodeView;
use orrery_core::spec::{Kind, Spec, find};
use orrery_core::value::{Call, Value};

use crate::player::Player;

/// More letters of a text than this say nothing more.
const LETTERS_MAX: usize = 16;

/// What a call does: “Crash S2”, “Send a burst (client Client 1, requests 15)”.
pub fn named(player: Player, call: &Call) -> String {
    let pattern = player.pattern();
    let nodes = player.read(|session| session.nodes()).unwrap_or_default();
    let args = call.args.iter();
    if call.name == SET {
        let specs = (pattern.machine.knobs)();
        let set = args.map(|(key, value)| match find(specs, key) {
            Ok(spec) => format!("{} {}", spec.label, told(spec, value, &nodes)),
            Err(_) => format!("{key} {}", value.told()),
        });
        return format!("Set {}", set.collect::<Vec<_>>().join(", "));
    }
    let Some(deed) = pattern.call_spec(&call.name) else {
        return call.name.replace('_', " ");
    };
    let given = args.filter_map(|(key, value)| Some((find(&deed.params, key).ok()?, value)));
    let (whom, how): (Vec<_>, Vec<_>) =
        given.partition(|(spec, _)| matches!(spec.kind, Kind::Node | Kind::Nodes));
    let whom = whom.iter().map(|(spec, value)| told(spec, value, &nodes));
    let whom: Vec<String> = whom.filter(|name| !name.is_empty()).collect();
    let how = how.iter().map(|(spec, value)| {
        let label = spec.label.to_lowercase();
        format!("{label} {}", told(spec, value, &nodes))
    });
    let how: Vec<String> = how.collect();
    let mut words = deed.label.to_owned();
    if !whom.is_empty() {
        words = format!("{words} {}", whom.join(", "));
    }
    if !how.is_empty() {
        words = format!("{words} ({})", how.join(", "));
    }
    words
}

/// A value as its field shows it.
fn told(spec: &Spec, value: &Value, nodes: &[NodeView]) -> String {
    let text = value.to_string();
    let name = |index: &str| {
        let node = nodes.iter().find(|node| node.id.0.to_string() == index);
        node.map_or_else(|| index.to_owned(), |node| node.name.clone())
    };
    match &spec.kind {
        Kind::Node => name(&text),
        Kind::Nodes => {
            let names: Vec<String> = text.split_whitespace().map(name).collect();
            names.join(", ")
        }
        Kind::Choice(_) => spec.choice(value).map_or(text, str::to_owned),
        Kind::Text { .. } | Kind::Trace => match text.chars().count() > LETTERS_MAX {
            true => text.chars().take(LETTERS_MAX).chain(['…']).collect(),
            false => text,
        },
        Kind::Flag | Kind::Int { .. } | Kind::Real { .. } => value.told(),
    }
}
