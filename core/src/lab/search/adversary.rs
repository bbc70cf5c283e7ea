//! What a search does to a run: actions, faults and changes of knobs, drawn with their arguments
//! from the pattern's own declarations.

use super::SearchPlan;
use crate::catalog::Pattern;
use crate::kernel::engine::{FAULT_PREFIX, SET};
use crate::kernel::network::{Fault, Network, NodeId, Status};
use crate::kernel::random::Random;
use crate::kernel::trace::EventId;
use crate::lab::trial::Trial;
use crate::spec::{ActionSpec, Actions as _, Kind, Spec};
use crate::staging::fault;
use crate::value::{Call, Value};

/// Something that can be done to a run.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    Action(&'static ActionSpec),
    Fault(&'static ActionSpec),
    /// Changes this knob, which begins at this value, while the run goes on.
    Turn(&'static Spec, Value),
}

impl Deed {
    /// Its name as it stands in a declaration of what to spare, and in the counts of what was done.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Action(spec) => spec.name.to_owned(),
            Self::Fault(spec) => format!("{FAULT_PREFIX}{}", spec.name),
            Self::Turn(spec, _) => knob_name(spec.key),
        }
    }

    /// A call of it that may make sense now; `None` when none does.
    pub(super) fn draw(&self, random: &mut Random, trial: &dyn Trial) -> Option<Call> {
        match self {
            Self::Action(spec) => Some(arguments(Call::new(spec.name), spec, random, trial)),
            Self::Fault(spec) => strike(spec, random, trial),
            Self::Turn(spec, begins) => {
                let value = value_near(spec, begins, random, trial.network());
                Some(Call::new(SET).with(spec.key, value))
            }
        }
    }
}

fn knob_name(key: &str) -> String {
    format!("{SET}.{key}")
}

/// Everything that can be done to a pattern and is not spared.
#[derive(Debug, Clone)]
pub(super) struct Menu {
    pub(super) deeds: Vec<Deed>,
    /// The knobs that may differ from the start.
    pub(super) knobs: Vec<&'static Spec>,
}

/// What mends a fault is not on the menu by itself: it is done when there is something to mend.
const MENDING: [&str; 4] = ["restart", "resume", "repair", "release"];

impl Menu {
    pub(super) fn of(pattern: &Pattern, plan: &SearchPlan) -> Self {
        let breaking = (pattern.breaking)();
        let spared = |name: &str| breaking.spared.iter().any(|spared| spared.name == name);
        let mut deeds = Vec::new();
        if plan.vary.actions {
            deeds.extend((pattern.machine.actions)().iter().map(Deed::Action));
        }
        if plan.vary.faults {
            let striking = Fault::specs().iter();
            let striking = striking.filter(|spec| !MENDING.contains(&spec.name));
            deeds.extend(striking.map(Deed::Fault));
        }
        let knobs: Vec<&'static Spec> = (pattern.machine.knobs)()
            .iter()
            .filter(|spec| !spec.safeguard && !spared(&knob_name(spec.key)))
            .collect();
        if plan.vary.live_knobs {
            let live = knobs.iter().filter(|spec| spec.live);
            deeds.extend(live.map(|spec| {
                let begins = plan.base.knobs.get(spec.key).unwrap_or(&spec.default);
                Deed::Turn(spec, begins.clone())
            }));
        }
        deeds.retain(|deed| !spared(&deed.name()));
        Self { deeds, knobs }
    }
}

/// What can be mended now, each with the call that mends it.
pub(super) fn cures(network: &Network) -> Vec<Call> {
    let on = |name: &str, node: NodeId| fault(name).with("node", i64::from(node.0));
    let mut cures = Vec::new();
    for node in network.nodes() {
        match network.status(node) {
            Status::Up => {}
            Status::Crashed => cures.push(on("restart", node)),
            Status::Paused => cures.push(on("resume", node)),
        }
        if network.is_slowed(node) {
            cures.push(on("slow", node).with("factor", 1));
        }
        if !network.clock_is_steady(node) {
            cures.push(on("skew", node));
        }
    }
    if network.is_partitioned() {
        cures.push(fault("repair"));
    }
    for (from, to) in pairs(network) {
        if network.is_held(from, to) {
            let ends = |call: Call| {
                call.with("from", i64::from(from.0))
                    .with("to", i64::from(to.0))
            };
            cures.push(ends(fault("release")));
        }
    }
    cures
}

fn pairs(network: &Network) -> impl Iterator<Item = (NodeId, NodeId)> {
    network
        .nodes()
        .flat_map(|from| network.nodes().map(move |to| (from, to)))
        .filter(|(from, to)| from != to)
}

/// A fault that can strike now.
fn strike(spec: &'static ActionSpec, random: &mut Random, trial: &dyn Trial) -> Option<Call> {
    let network = trial.network();
    if network.is_empty() {
        return None;
    }
    let name = format!("{FAULT_PREFIX}{}", spec.name);
    match spec.name {
        "drop" => {
            let flights = trial.in_flight();
            let EventId(message) = flights.get(random.index(flights.len()))?;
            Some(Call::new(name).with("message", i64::try_from(*message).ok()?))
        }
        "hold" => {
            let pairs: Vec<_> = pairs(network).collect();
            let (from, to) = pairs.get(random.index(pairs.len()))?;
            let call = Call::new(name).with("from", i64::from(from.0));
            Some(call.with("to", i64::from(to.0)))
        }
        "partition" => {
            let mut call = arguments(Call::new(name), spec, random, trial);
            // Across a bridge most goes on as before, so it is the exception.
            if random.below(8) != 0 {
                call.args.remove("bridge");
            }
            Some(call)
        }
        _ => Some(arguments(Call::new(name), spec, random, trial)),
    }
}

/// The call with an argument for each parameter; what has its usual value is left out.
fn arguments(mut call: Call, spec: &ActionSpec, random: &mut Random, trial: &dyn Trial) -> Call {
    for param in &spec.params {
        let value = value_near(param, &param.default, random, trial.network());
        if value != param.default {
            call.args.insert(param.key.to_owned(), value);
        }
    }
    call
}

/// A value that `spec` takes: often the usual one, mostly near it, now and then far off.
pub(super) fn value_near(
    spec: &Spec,
    usual: &Value,
    random: &mut Random,
    network: &Network,
) -> Value {
    match &spec.kind {
        Kind::Flag => Value::Flag(random.below(2) == 1),
        Kind::Int { min, max } => {
            let usual = usual.as_f64().unwrap_or(*min as f64);
            let near = number_near((*min as f64, *max as f64), usual, 1.0, random);
            Value::Int((near as i64).clamp(*min, *max))
        }
        Kind::Real { min, max } => {
            let usual = usual.as_f64().unwrap_or(*min);
            let near = number_near((*min, *max), usual, 0.0, random);
            // Three digits: longer ones say no more and make long links.
            Value::Real(((near * 1e3).round() / 1e3).clamp(*min, *max))
        }
        Kind::Choice(choices) => {
            let choice = choices.get(random.index(choices.len()));
            choice.map_or_else(|| usual.clone(), |choice| Value::from(choice.key))
        }
        Kind::Text { max_chars } => text(usual, *max_chars, random),
        Kind::Node => Value::Int(random.below(network.len() as u64) as i64),
        Kind::Nodes => nodes(random, network),
        Kind::Trace => usual.clone(),
    }
}

/// A number within limits: the usual one, a neighbour, a few times more or less, or an end.
fn number_near((min, max): (f64, f64), usual: f64, step: f64, random: &mut Random) -> f64 {
    let drawn = match random.below(40) {
        0..=13 => usual,
        14..=19 => usual + (1.0 + random.below(3) as f64) * step.max(usual.abs() / 10.0),
        20..=25 => usual - (1.0 + random.below(3) as f64) * step.max(usual.abs() / 10.0),
        26..=28 => min + random.below(3) as f64 * step,
        29..=37 => spread(usual, max, random),
        38 => min + random.unit() * (max - min),
        _ => max,
    };
    drawn.clamp(min, max)
}

/// Eight times less to eight times more; any size when the usual one is zero.
fn spread(usual: f64, max: f64, random: &mut Random) -> f64 {
    if usual != 0.0 {
        return usual * libm::exp2(random.unit() * 6.0 - 3.0);
    }
    let sign = if random.below(2) == 0 { 1.0 } else { -1.0 };
    sign * libm::exp2(random.unit() * libm::log2(max.max(2.0)))
}

/// The usual words, or one of a few others: what matters is whether two are the same.
fn text(usual: &Value, max_chars: usize, random: &mut Random) -> Value {
    let other = match random.below(8) {
        0..=4 => return usual.clone(),
        5 => "a",
        6 => "b",
        _ => "c d",
    };
    Value::from(other.chars().take(max_chars).collect::<String>())
}

/// Mostly one node; otherwise any of them.
fn nodes(random: &mut Random, network: &Network) -> Value {
    let one = random.below(network.len() as u64) as u16;
    let alone = random.below(3) > 0;
    let chosen: Vec<String> = network
        .nodes()
        .filter(|node| node.0 == one || !alone && random.below(2) == 0)
        .map(|node| node.0.to_string())
        .collect();
    Value::from(chosen.join(" "))
}
