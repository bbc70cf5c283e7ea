//! The comparison itself: begun with what the link says or with one knob turned, kept while the
//! run is started again, and ended with the first variant alone.

use leptos::prelude::*;
use orrery_core::catalog::Pattern;
use orrery_core::kernel::session::Session;
use orrery_core::lab::{Compare, Differences, VARIANTS_KEY, read_variants, write_variants};
use orrery_core::spec::{Kind, Spec};
use orrery_core::value::Value;

use super::opened;
use crate::machine::View;
use crate::player::Player;

/// A handle on what is compared.
#[derive(Clone, Copy)]
pub(super) struct Variants {
    /// Who plays it.
    pub(super) player: Player,
    /// How many there are.
    pub(super) count: Memo<usize>,
    /// The knobs that every variant shows: those in which some differ.
    pub(super) knobs: Memo<Vec<&'static str>>,
}

impl Variants {
    /// The comparison of this page.
    pub(super) fn on_page() -> Self {
        let player = expect_context::<Player>();
        let count = Memo::new(move |_| {
            player.changes.track();
            look(player, |compare| compare.sessions().len()).unwrap_or(1)
        });
        let knobs = Memo::new(move |_| {
            player.changes.track();
            let knobs = look(player, Compare::knobs).unwrap_or_default();
            knobs.into_iter().map(|knob| knob.key).collect()
        });
        Self {
            player,
            count,
            knobs,
        }
    }

    /// Looks at one variant, counted from zero.
    pub(super) fn read<T>(
        &self,
        variant: usize,
        read: impl FnOnce(&dyn Session) -> T,
    ) -> Option<T> {
        let look_at = |compare: &Compare| compare.sessions().get(variant).map(|it| read(&**it));
        look(self.player, look_at).flatten()
    }

    /// Turns a knob of one variant.
    pub(super) fn turn(&self, variant: usize, key: &str, value: &Value) -> Result<(), String> {
        let turned = change(self.player, |compare| {
            compare.set_knob_of(variant, key, value)
        });
        turned.map_or(Ok(()), |turned| turned.map_err(|error| error.to_string()))
    }

    /// Gives the last variant another value of a knob than the first has, so that they differ in it.
    pub(super) fn differ_in(&self, key: &str) {
        let spec = specs(self.player.pattern())
            .iter()
            .find(|spec| spec.key == key);
        let last = self.count.get_untracked() - 1;
        let value = self.read(0, |session| session.knob(key)).flatten();
        let other = spec
            .zip(value)
            .and_then(|(spec, value)| other(spec, &value));
        match other {
            Some(other) => {
                if let Err(error) = self.turn(last, key, &other) {
                    self.player.say(error, true);
                }
            }
            None => self.player.say("This knob takes no other value.", true),
        }
    }

    /// Adds one more, with these knobs.
    pub(super) fn add(&self, knobs: &Differences) {
        if let Some(Err(error)) = change(self.player, |compare| compare.add(knobs)) {
            self.player.say(error.to_string(), true);
        }
    }

    /// Takes one away.
    pub(super) fn remove(&self, variant: usize) {
        change(self.player, |compare| compare.remove(variant));
    }
}

/// Looks at the comparison; none when nothing is compared.
pub(super) fn look<T>(player: Player, look: impl FnOnce(&Compare) -> T) -> Option<T> {
    player
        .read(|session| session.comparison().map(look))
        .flatten()
}

fn change<T>(player: Player, change: impl FnOnce(&mut Compare) -> T) -> Option<T> {
    player
        .alter(|session| session.comparison_mut().map(change))
        .flatten()
}

fn specs(pattern: &'static Pattern) -> &'static [Spec] {
    (pattern.machine.knobs)()
}

/// Compares for as long as the present owner lives, whatever is done to the run.
pub(super) fn compare_while_here(player: Player, view: View) {
    let (asked, problems) = read_variants(player.pattern(), &opened(player));
    if !problems.is_empty() {
        view.problems.update(|shown| shown.extend(problems));
    }
    let others = asked.unwrap_or_else(|| vec![first_difference(player)]);
    let others = StoredValue::new(others);
    begin(player, view, &others.get_value());
    Effect::new(move || {
        player.changes.track();
        match look(player, Compare::differences) {
            Some(differences) => {
                others.set_value(differences);
                remember(player, Some(&others.get_value()));
            }
            // The run was started again, by itself: its variants start again with it.
            None => begin(player, view, &others.get_value()),
        }
    });
    on_cleanup(move || end(player));
}

fn begin(player: Player, view: View, others: &[Differences]) {
    let Some(state) = player.read(|session| session.state()) else {
        return;
    };
    match Compare::beside(player.pattern(), &state, others) {
        Ok(compare) => player.exchange(Box::new(compare)),
        Err(error) => {
            player.say(error.to_string(), true);
            view.comparing.set(false);
        }
    }
}

fn end(player: Player) {
    let state = player.read(|session| session.comparison().map(|_| session.state()));
    let Some(state) = state.flatten() else { return };
    // It was open until now.
    if let Ok(alone) = (player.exhibit.open)(&state) {
        player.exchange(alone);
    }
    remember(player, None);
}

/// Writes the variants into the page's link.
fn remember(player: Player, others: Option<&[Differences]>) {
    player.change_view(|view| {
        view.retain(|key, _| {
            let variant = key.split_once('.').map(|(variant, _)| variant);
            key != VARIANTS_KEY && variant.is_none_or(|variant| variant.parse::<u32>().is_err())
        });
        view.extend(others.map(write_variants).unwrap_or_default());
    });
}

/// The first knob that has another value to try, turned to it.
fn first_difference(player: Player) -> Differences {
    let turned = specs(player.pattern()).iter().find_map(|spec| {
        let now = player.read(|session| session.knob(spec.key)).flatten()?;
        Some((spec.key.to_owned(), other(spec, &now)?))
    });
    turned.into_iter().collect()
}

/// Another value for a knob: the other way, the next choice, twice or half as much. None for what
/// has to be written.
fn other(spec: &Spec, now: &Value) -> Option<Value> {
    let twice_or_half = |min: f64, max: f64| {
        let now = now.as_f64()?;
        let twice = if now == 0.0 { max / 2.0 } else { now * 2.0 };
        let other = if twice <= max { twice } else { now / 2.0 };
        (other >= min && other != now).then_some(other)
    };
    let value = match &spec.kind {
        Kind::Flag => Value::Flag(*now != Value::Flag(true)),
        Kind::Choice(choices) => {
            let here = choices.iter().position(|it| Value::from(it.key) == *now)?;
            let next = choices.iter().cycle().nth(here + 1)?;
            Value::from(next.key)
        }
        Kind::Int { min, max } => {
            let other = twice_or_half(*min as f64, *max as f64)?;
            Value::Int(other.round() as i64)
        }
        Kind::Real { min, max } => Value::Real(twice_or_half(*min, *max)?),
        Kind::Text { .. } | Kind::Node | Kind::Nodes | Kind::Trace => return None,
    };
    let value = spec.accept(&value).ok()?;
    (value != *now).then_some(value)
}

#[cfg(test)]
mod tests {
    use orrery_core::catalog::PATTERNS;

    use super::*;

    #[test]
    fn every_pattern_has_a_knob_to_compare_by_and_every_other_value_is_accepted() {
        for pattern in PATTERNS {
            let others: Vec<Value> = specs(pattern)
                .iter()
                .filter_map(|spec| Some((spec, other(spec, &spec.default)?)))
                .inspect(|(spec, value)| {
                    assert_ne!(*value, spec.default, "{}", spec.key);
                    assert!(spec.accept(value).is_ok(), "{}", spec.key);
                })
                .map(|(_, value)| value)
                .collect();
            assert!(!others.is_empty(), "{}", pattern.card.slug);
        }
    }
}
