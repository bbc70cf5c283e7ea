//! The stage on the page: the animation loop draws the session's scene, a caption says it.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::html;
use leptos::prelude::*;
use orrery_core::kernel::engine::FAULT_PREFIX;
use orrery_core::kernel::network::NodeId;
use orrery_core::kernel::session::NodeView;
use orrery_core::scene::{Emphasis, End, Item, Link, Scene, Shape, StageShape, Tone};
use orrery_core::time::Span;
use orrery_core::value::Value;
use wasm_bindgen::JsCast as _;
use web_sys::Element;

use crate::pages::View;
use crate::player::{Cause, Player, run_frames};
use crate::stage::{Stage, StageEvent};
use crate::theme::Theme;

/// How much time the swimlanes show at normal pace.
const LANES_WINDOW: Span = Span::from_secs(4);

/// The widest that a tip gets, in CSS pixels, as the stylesheet has it.
const TIP_WIDTH: f64 = 280.0;

/// The stage, and the swimlanes beside it when they are wanted.
#[component]
pub fn StageView() -> impl IntoView {
    let player = expect_context::<Player>();
    let view = expect_context::<View>();
    let stage = NodeRef::<html::Div>::new();
    let lanes = NodeRef::<html::Div>::new();
    let mut drawn = Drawn::default();
    let stages: Rc<RefCell<Stages>> = Rc::default();
    let theme = expect_context::<RwSignal<Theme>>();
    let restyled = StoredValue::new(false);
    Effect::new(move || {
        theme.track();
        restyled.set_value(true);
    });

    run_frames(move |elapsed, now| {
        player.frame(elapsed, now);
        let mut stages = stages.borrow_mut();
        let Some(host) = stage.try_get_untracked().flatten() else {
            return;
        };
        let restyle = restyled
            .try_update_value(std::mem::take)
            .unwrap_or_default();
        let Some(main) = stages.main(&host, player, view) else {
            return;
        };
        if restyle {
            main.restyle();
        }
        let size = (
            f64::from(host.client_width()),
            f64::from(host.client_height()),
        );
        let shape = Stage::shape_for(size.0, size.1);
        if !drawn.is_stale(player, view, shape) && !restyle {
            return;
        }
        let scene = player.read(|session| {
            let mut scene = session.scene(shape);
            view.chain
                .try_with_untracked(|chain| trace(&mut scene, chain, &session.nodes()));
            scene
        });
        if let Some(scene) = scene {
            main.show(scene);
        }
        if view.lanes.try_get_untracked() == Some(true)
            && let Some(host) = lanes.try_get_untracked().flatten()
            && let Some(Some(mut scene)) =
                player.read(|session| session.lanes(shape, LANES_WINDOW * player.pace()))
            && let Some(twin) = stages.lanes(&host, player, view)
        {
            view.chain
                .try_with_untracked(|chain| trace(&mut scene, chain, &[]));
            twin.show(scene);
        } else {
            stages.forget_lanes();
        }
    });

    let tip = RwSignal::new(None::<Tip>);
    let look = move |event: &web_sys::Event| tip.set(tip_at(event, player));
    view! {
        <div
            class="stages"
            on:pointerover=move |event| look(&event)
            on:focusin=move |event| look(&event)
            on:focusout=move |_| tip.set(None)
            on:pointerleave=move |_| tip.set(None)
            class:split=move || view.lanes.get()>
            <div class="stage-host" node_ref=stage></div>
            <Show when=move || view.lanes.get()>
                <div class="stage-host lanes-host" node_ref=lanes data-testid="lanes"></div>
            </Show>
            {move || tip.get().map(|tip| view! {
                <p class="stage-tip" role="status" style:left=tip.left style:top=tip.top data-testid="tip">{tip.words}</p>
            })}
        </div>
    }
}

/// What was drawn last, so that a standing picture costs nothing.
#[derive(Default)]
struct Drawn {
    last: Option<(
        orrery_core::kernel::timeline::Cursor,
        usize,
        u32,
        StageShape,
        bool,
        Option<u64>,
    )>,
}

impl Drawn {
    fn is_stale(&mut self, player: Player, view: View, shape: StageShape) -> bool {
        let lanes = view.lanes.try_get_untracked().unwrap_or_default();
        let cause = view.cause.try_get_untracked().flatten();
        let now = player.read(|session| {
            let revision = player.revision.try_get_untracked().unwrap_or_default();
            (
                session.cursor(),
                session.current_branch(),
                revision,
                shape,
                lanes,
                cause,
            )
        });
        let stale = now != self.last;
        self.last = now;
        stale
    }
}

#[derive(Default)]
struct Stages {
    main: Option<Stage>,
    lanes: Option<Stage>,
}

impl Stages {
    fn main(
        &mut self,
        host: &web_sys::HtmlElement,
        player: Player,
        view: View,
    ) -> Option<&mut Stage> {
        if self.main.is_none() {
            self.main = mount(host, player, view);
        }
        self.main.as_mut()
    }

    fn lanes(
        &mut self,
        host: &web_sys::HtmlElement,
        player: Player,
        view: View,
    ) -> Option<&mut Stage> {
        if self.lanes.is_none() {
            self.lanes = mount(host, player, view);
        }
        self.lanes.as_mut()
    }

    fn forget_lanes(&mut self) {
        self.lanes = None;
    }
}

fn mount(host: &web_sys::HtmlElement, player: Player, view: View) -> Option<Stage> {
    let on = move |event| match event {
        StageEvent::Act(call) => {
            player.act(&call);
        }
        StageEvent::Event(event) => {
            view.cause.set(Some(event));
            view.tab.set(crate::pages::Tab::Log);
            if let Some(cause) = player.causes(event).pop() {
                player.say(format!("Why: {}", cause.words), false);
            }
        }
    };
    Stage::mount(host, on)
        .map_err(|error| web_sys::console::error_1(&error))
        .ok()
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
    let end_of = |end: &End| match end {
        End::Item(id) => Some(id.clone()),
        End::Point(_) => None,
    };
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

/// A few words beside something on the stage.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Tip {
    words: String,
    left: String,
    top: String,
}

/// What brought about the badge, mark or arrow that is pointed at or has the focus.
fn tip_at(event: &web_sys::Event, player: Player) -> Option<Tip> {
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
    Some(Tip {
        words: format!("Why: {words}"),
        left: format!("{left}px"),
        top: format!("{top}px"),
    })
}

/// What is told now, and under it the last step.
#[component]
pub fn Caption() -> impl IntoView {
    let player = expect_context::<Player>();
    let view = expect_context::<View>();
    let caption = Memo::new(move |_| {
        player.readout.track();
        player.told()
    });
    let step = Memo::new(move |_| {
        player.revision.track();
        player
            .read(|session| session.log(1).pop())
            .flatten()
            .map(|line| (line.text, line.region))
            .unwrap_or_default()
    });
    Effect::new(move || {
        let (_, region) = step.get();
        if region.is_some() && region != view.region.get_untracked() {
            view.region.set(region);
        }
    });
    let last_step = move || {
        let (text, _) = step.get();
        (text != caption.get()).then_some(text)
    };
    // Steps follow each other too fast to be read out while time goes on.
    let live = move || {
        if player.playing.get() {
            "off"
        } else {
            "polite"
        }
    };
    let notice = move || {
        player.notice.get().map(|notice| {
            let class = if notice.refused {
                "notice refused"
            } else {
                "notice"
            };
            view! { <p class=class role="status" data-testid="notice">{notice.text}</p> }
        })
    };
    view! {
        <div class="caption">
            <p class="caption-words" aria-live="polite" data-testid="caption">{move || caption.get()}</p>
            <p class="caption-step" aria-live=live data-testid="step">{last_step}</p>
            {notice}
        </div>
    }
}
