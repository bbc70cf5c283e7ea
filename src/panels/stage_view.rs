//! The stage on the page: the animation loop draws the session's scene, a caption says it.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::html;
use leptos::prelude::*;
use orrery_core::scene::StageShape;
use orrery_core::time::Span;

use crate::pages::View;
use crate::player::{Player, run_frames};
use crate::stage::{Stage, StageEvent};
use crate::theme::Theme;

/// How much time the swimlanes show at normal pace.
const LANES_WINDOW: Span = Span::from_secs(4);

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
        if let Some(picture) = player.read(|session| session.scene(shape).to_picture()) {
            main.show(&picture);
        }
        if view.lanes.try_get_untracked() == Some(true)
            && let Some(host) = lanes.try_get_untracked().flatten()
            && let Some(Some(scene)) =
                player.read(|session| session.lanes(shape, LANES_WINDOW * player.pace()))
            && let Some(twin) = stages.lanes(&host, player, view)
        {
            twin.show(&scene.to_picture());
        } else {
            stages.forget_lanes();
        }
    });

    view! {
        <div class="stages" class:split=move || view.lanes.get()>
            <div class="stage-host" node_ref=stage></div>
            <Show when=move || view.lanes.get()>
                <div class="stage-host lanes-host" node_ref=lanes data-testid="lanes"></div>
            </Show>
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
    )>,
}

impl Drawn {
    fn is_stale(&mut self, player: Player, view: View, shape: StageShape) -> bool {
        let lanes = view.lanes.try_get_untracked().unwrap_or_default();
        let now = player.read(|session| {
            let revision = player.revision.try_get_untracked().unwrap_or_default();
            (
                session.cursor(),
                session.current_branch(),
                revision,
                shape,
                lanes,
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
        }
    };
    Stage::mount(host, on)
        .map_err(|error| web_sys::console::error_1(&error))
        .ok()
}

/// What is told now: the scenario's caption, and under it the last step.
#[component]
pub fn Caption() -> impl IntoView {
    let player = expect_context::<Player>();
    let view = expect_context::<View>();
    let caption = Memo::new(move |_| {
        player.readout.track();
        player.caption().unwrap_or(player.pattern.card.summary)
    });
    let step = Memo::new(move |_| {
        player.revision.track();
        let line = player.read(|session| session.log(1).pop()).flatten();
        (
            line.as_ref()
                .map(|line| line.text.clone())
                .unwrap_or_default(),
            line.and_then(|line| line.region),
        )
    });
    Effect::new(move || {
        let (_, region) = step.get();
        if region.is_some() && region != view.region.get_untracked() {
            view.region.set(region);
        }
    });
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
            <p class="caption-words" data-testid="caption">{move || caption.get()}</p>
            <p class="caption-step" aria-live="polite" data-testid="step">{move || step.get().0}</p>
            {notice}
        </div>
    }
}
