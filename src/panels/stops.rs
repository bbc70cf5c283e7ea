//! Conditions at which the run stops, as the address has them.

use leptos::prelude::*;
use orrery_core::condition::Condition;

use crate::machine::View;
use crate::player::Player;

/// The key of the address, and what stands between two conditions.
const KEY: &str = "stop";
const BETWEEN: char = ';';

/// Takes over the conditions that the page was opened with, and keeps the address leading to those
/// that there are.
pub fn follow(player: Player, view: View) {
    let metrics = (player.pattern().machine.metrics)();
    let given = player.view(KEY).unwrap_or_default();
    for text in given.split(BETWEEN).filter(|text| !text.is_empty()) {
        match Condition::parse(text, metrics) {
            Ok(condition) => player.conditions.update(|all| all.push(condition)),
            Err(error) => view.problems.update(|all| all.push(error.to_string())),
        }
    }
    Effect::new(move |before: Option<()>| {
        let conditions = player.conditions.get();
        if before.is_some() {
            let texts: Vec<String> = conditions.iter().map(ToString::to_string).collect();
            let text = texts.join(&BETWEEN.to_string());
            player.set_view(KEY, Some(text).filter(|text| !text.is_empty()));
        }
    });
}
