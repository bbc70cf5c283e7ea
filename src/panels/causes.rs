//! What led to what: on the stage, beside it, and in the log.

use leptos::prelude::*;
use orrery_core::kernel::engine::FAULT_PREFIX;
use orrery_core::kernel::network::NodeId;
use orrery_core::kernel::session::NodeView;
use orrery_core::scene::{Emphasis, End, Item, Link, Scene, Shape, Tone};
use orrery_core::value::Value;
use wasm_bindgen::JsCast as _;
use web_sys::Element;

use crate::machine::View;
use crate::player::{Cause, Player};

/// The widest that a tip gets, in CSS pixels, as the stylesheet has it.
const TIP_WIDTH: f64 = 280.0;

/// Keeps the chain of causes to the event that is asked for, within its run: an event's number
/// means something only there.
pub fn follow(player: Player, view: View) {
    Effect::new(move || {
        let event = view.cause.get();
        let chain = event.map(|event| player.causes(event)).unwrap_or_default();
        view.chain.set(chain);
    });
    let run = Memo::new(move |_| {
        let branch = player.readout.with(|readout| readout.branch);
        (player.scenario.get(), player.seed.get(), branch)
    });
    Effect::new(move |before: Option<()>| {
        run.track();
        if before.is_some() {
            view.cause.set(None);
        }
    });
}

/// Says why an event came about.
pub fn tell(player: Player, event: u64) {
    if let Some(cause) = player.causes(event).pop() {
        player.say(format!("Why: {}", cause.words), false);
    }
}

/// Makes stand out what took part in a chain of causes: the nodes at which it happened, the links
/// it went over, its messages that are on their way, and the badges that came of it.
///
/// In swimlanes all other arrows and marks step back.
///
/// An item is a node when its menu can make that node fail, or when it bears its name.
pub fn trace(scene: &mut Scene, chain: &[Cause], nodes: &[NodeView]) {
    if chain.is_empty() {
        return;
    }
    let is_node = |item: &Item, id: NodeId| {
        let index = Value::Int(i64::from(id.0));
        let fails = item.menu.iter().any(|entry| {
            let call = &entry.call;
            call.name.starts_with(FAULT_PREFIX) && call.args.get("node") == Some(&index)
        });
        fails
            || nodes
                .iter()
                .any(|node| node.id == id && node.name == item.label)
    };
    let items = &scene.items;
    let item_of = |id: Option<NodeId>| {
        let item = items
            .iter()
            .find(|item| id.is_some_and(|id| is_node(item, id)));
        item.map(|item| item.id.clone())
    };
    let ends: Vec<_> = chain
        .iter()
        .map(|cause| (item_of(cause.record.from), item_of(cause.record.node)))
        .collect();
    let happened = |event: Option<u64>| {
        event.is_some_and(|event| chain.iter().any(|cause| cause.record.id.0 == event))
    };
    let end_of = |end: &End| end.item().cloned();
    let over = |link: &Link| {
        let (a, b) = (end_of(&link.from), end_of(&link.to));
        a.is_some() && (ends.contains(&(a.clone(), b.clone())) || ends.contains(&(b, a)))
    };
    let takes_part = |item: &Item| {
        let own = Some(&item.id);
        let node = |(from, to): &(Option<_>, Option<_>)| from.as_ref() == own || to.as_ref() == own;
        let number = item.id.as_str().strip_prefix("message-");
        let message = number.and_then(|number| number.parse().ok());
        matches!(&item.shape, Shape::Link(link) if over(link))
            || matches!(&item.shape, Shape::Chip(chip) if happened(chip.cause))
            || matches!(&item.shape, Shape::Message(_)) && happened(message)
            || item.badges.iter().any(|badge| happened(badge.cause))
            || ends.iter().any(node)
    };
    let traced: Vec<bool> = items.iter().map(takes_part).collect();
    for (item, traced) in scene.items.iter_mut().zip(traced) {
        if traced {
            item.emphasis = Emphasis::Strong;
        }
        if let Shape::Lanes(lanes) = &mut item.shape {
            let arrows = lanes.arrows.iter_mut();
            let arrows = arrows.map(|arrow| (arrow.event, &mut arrow.tone));
            let marks = lanes.marks.iter_mut();
            let marks = marks.map(|mark| (mark.event, &mut mark.tone));
            for (_, tone) in arrows.chain(marks).filter(|(event, _)| !happened(*event)) {
                *tone = Tone::Idle;
            }
        }
    }
}

/// Beside whatever is pointed at on the stage, or has the keyboard there: what brought it about.
#[component]
pub fn Tip() -> impl IntoView {
    let player = expect_context::<Player>();
    let tip = RwSignal::new(None::<Words>);
    let look = move |event: &web_sys::Event| tip.set(tip_at(event, player));
    let listeners = [
        window_event_listener(leptos::ev::pointerover, move |event| look(&event)),
        window_event_listener(leptos::ev::focusin, move |event| look(&event)),
        window_event_listener(leptos::ev::focusout, move |_| tip.set(None)),
        window_event_listener(leptos::ev::pointerout, move |event| {
            let left_the_page = event.related_target().is_none();
            if left_the_page {
                tip.set(None);
            }
        }),
    ];
    on_cleanup(move || {
        for listener in listeners {
            listener.remove();
        }
    });
    move || {
        tip.get().map(|tip| {
            view! {
                <p class="stage-tip" role="status" style:left=tip.left style:top=tip.top data-testid="tip">
                    {tip.words}
                </p>
            }
        })
    }
}

/// A few words beside something on the stage.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Words {
    words: String,
    left: String,
    top: String,
}

/// What brought about the badge, mark or arrow that is pointed at or has the focus.
fn tip_at(event: &web_sys::Event, player: Player) -> Option<Words> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let stages = target.closest(".stages").ok()??;
    let own = target.closest("[data-event]").ok()?;
    let spot = own.or_else(|| {
        // A group of badges is touched as a whole.
        let group = target.closest("g.badges").ok()??;
        group.query_selector("[data-event]").ok()?
    })?;
    let number = spot.get_attribute("data-event")?.parse().ok()?;
    let words = player.causes(number).pop()?.words;
    let (spot, room) = (
        spot.get_bounding_client_rect(),
        stages.get_bounding_client_rect(),
    );
    let left = (spot.left() - room.left())
        .min(room.width() - TIP_WIDTH)
        .max(0.0);
    let top = spot.bottom() - room.top() + 6.0;
    Some(Words {
        words: format!("Why: {words}"),
        left: format!("{left}px"),
        top: format!("{top}px"),
    })
}
