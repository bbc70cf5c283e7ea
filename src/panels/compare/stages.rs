//! The other variants beside the stage, each under a head with its number and its own knobs.

use std::array;

use leptos::html;
use leptos::prelude::*;
use orrery_core::kernel::session::{NodeView, Session};
use orrery_core::lab::VARIANTS_MAX;
use orrery_core::scene::Scene;
use orrery_core::spec::find;
use orrery_core::value::Value;
use web_sys::HtmlElement;

use super::variants::{Variants, compare_while_here};
use crate::machine::View;
use crate::panels::field::Field;
use crate::panels::lanes;
use crate::panels::lines;
use crate::player::Player;
use crate::stage::{HANDS, Stage, StageEvent};

/// Places of fields, to make their ids unique.
const PLACES: [&str; VARIANTS_MAX] = ["variant-1", "variant-2", "variant-3", "variant-4"];

/// Where the pictures of all variants but the first go.
type Hosts = [NodeRef<html::Div>; VARIANTS_MAX - 1];

/// The heads of all variants, and the stages of all but the first.
#[component]
pub fn Stages() -> impl IntoView {
    let player = expect_context::<Player>();
    let view = expect_context::<View>();
    compare_while_here(player, view);
    let variants = Variants::on_page();
    let hosts: Hosts = array::from_fn(|_| NodeRef::new());
    let mut shown = Shown::default();
    view.beside.set(Some(Box::new(move |restyle| {
        shown.draw(&variants, view, &hosts, restyle);
    })));
    on_cleanup(move || {
        view.beside.set(None);
    });
    let heads = move || {
        (0..variants.count.get())
            .map(|variant| view! { <Head variants variant/> })
            .collect_view()
    };
    let stages = move || {
        (1..variants.count.get())
            .map(|variant| {
                let label = format!("Variant {}", variant + 1);
                view! {
                    <div
                        class=format!("stage-host variant-stage variant-{}", variant + 1)
                        role="group"
                        aria-label=label
                        data-testid="variant-stage"
                        node_ref=hosts[variant - 1]
                    ></div>
                }
            })
            .collect_view()
    };
    view! {
        {heads}
        {stages}
    }
}

/// The stages beside the first, each with the place that it is in.
#[derive(Default)]
struct Shown {
    stages: [Option<(HtmlElement, Stage)>; VARIANTS_MAX - 1],
}

impl Shown {
    fn draw(&mut self, variants: &Variants, view: View, hosts: &Hosts, restyle: bool) {
        let with_lanes = view.lanes.try_get_untracked() == Some(true);
        for (variant, (host, shown)) in (1..).zip(hosts.iter().zip(&mut self.stages)) {
            let Some(host) = host.try_get_untracked().flatten() else {
                *shown = None;
                continue;
            };
            let stands = shown.as_ref().is_some_and(|(place, _)| *place == *host);
            if !stands {
                *shown = mount(&host, variants.player).map(|stage| ((*host).clone(), stage));
            }
            let Some((_, stage)) = shown else { continue };
            if restyle {
                stage.restyle();
            }
            let scene = |session: &dyn Session| -> Scene {
                let strip = || lanes::strip(session, variants.player, stage.room());
                let lanes = with_lanes.then(strip).flatten();
                lanes.unwrap_or_else(|| session.scene(stage.shape()))
            };
            if let Some(scene) = variants.read(variant, scene) {
                stage.show(scene);
            }
        }
    }
}

fn mount(host: &HtmlElement, player: Player) -> Option<Stage> {
    let on = move |event| match event {
        StageEvent::Act(call) => {
            player.act(&call);
        }
        StageEvent::Event(_) => player.say(
            "Why something came about is told of variant 1: ask there.",
            false,
        ),
    };
    let mut stage = Stage::mount(host, on)
        .map_err(|error| web_sys::console::error_1(&error))
        .ok()?;
    stage.take(&HANDS);
    Some(stage)
}

/// What stands over the picture of a variant.
#[component]
fn Head(variants: Variants, variant: usize) -> impl IntoView {
    let number = variant + 1;
    let fields = move || {
        let knobs = variants.knobs.get().into_iter();
        knobs
            .map(|key| view! { <Knob variants variant key/> })
            .collect_view()
    };
    let removable = move || variant > 0 && variants.count.get() > 2;
    let same = move || variants.knobs.read().is_empty();
    view! {
        <div
            class=format!("variant-head variant-{number}")
            role="group"
            aria-label=format!("Variant {number}")
            data-testid="variant-head"
        >
            <div class="variant-title">
                <span class="chart-picture" inner_html=lines::sample(variant)></span>
                <strong>{format!("Variant {number}")}</strong>
                <Show when=removable>
                    <button
                        type="button"
                        class="button quiet"
                        title=format!("Remove variant {number}")
                        aria-label=format!("Remove variant {number}")
                        on:click=move |_| variants.remove(variant)
                    >
                        "×"
                    </button>
                </Show>
            </div>
            {fields}
            <Show when=same>
                <p class="quiet-text">"No knob differs."</p>
            </Show>
        </div>
    }
}

#[component]
fn Knob(variants: Variants, variant: usize, key: &'static str) -> impl IntoView {
    let specs = (variants.player.pattern().machine.knobs)();
    let Ok(spec) = find(specs, key) else {
        return ().into_any();
    };
    let entered = RwSignal::new(0_u32);
    let value = Memo::new(move |_| {
        variants.player.settings.track();
        entered.track();
        let now = variants.read(variant, |session| session.knob(key));
        now.flatten().unwrap_or_else(|| spec.default.clone())
    });
    let commit = move |value: Value| {
        let outcome = variants.turn(variant, key, &value);
        entered.try_update(|count| *count += 1);
        outcome
    };
    let nodes = Signal::derive(Vec::<NodeView>::new);
    view! { <Field spec place=PLACES[variant] value=value nodes=nodes commit=commit/> }.into_any()
}
