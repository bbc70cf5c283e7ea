//! The stage on the page: the animation loop draws the session's scene.

use orrery_core::kernel::session::NodeView;
use orrery_core::kernel::timeline::Cursor;
use orrery_core::scene::{Scene, StageShape};
use orrery_core::time::Span;
use web_sys::{Element, HtmlElement};

use crate::dom::{DomResult, document, find, html_element, report};
use crate::machine::{Tab, View};
use crate::player::{Player, run_frames};
use crate::stage::{Stage, StageEvent};

/// How much time the swimlanes show at normal pace.
pub const LANES_WINDOW: Span = Span::from_secs(4);

/// Where the stage stands, and what is shown beside it.
pub const STAGES: &str = "<div class=\"stages\"><div class=\"stage-host\"></div></div>";

/// Shows what runs on the stage, and in the swimlanes beside it when they are wanted.
pub(super) fn begin(stages: &Element, player: Player, view: View) -> DomResult {
    let Some(host) = find(stages, ".stage-host") else {
        return Ok(());
    };
    let lanes = lanes_host()?;
    place(stages, &host, &lanes, view);
    let mut drawn = Drawn::default();
    let mut shown = Stages::default();
    let mut theme_shown = None;

    run_frames(view.awake, move |elapsed, now| {
        player.frame(elapsed, now);
        let theme_now = view.theme.try_get_untracked();
        let restyle = theme_now != theme_shown;
        theme_shown = theme_now;
        let Some(main) = shown.main(&host, player, view) else {
            return;
        };
        let panels = view.panels.try_get_untracked().flatten();
        let hands = view.hands.try_get_untracked().flatten();
        if let Some(hands) = hands {
            main.take(hands);
        }
        if restyle {
            main.restyle();
        }
        let shape = main.shape();
        if !drawn.is_stale(player, view, shape) && !restyle {
            return;
        }
        let scene = player.read(|session| {
            let mut scene = session.scene(shape);
            trace(&mut scene, view, || session.nodes());
            scene
        });
        if let Some(scene) = scene {
            main.show(scene);
        }
        if view.lanes.try_get_untracked() == Some(true)
            && let Some(panels) = panels
            && let Some(Some(mut scene)) = player.read(|session| {
                // Beside other variants the swimlanes have the stage's place, and its shape.
                let shape = match (view.comparing.try_get_untracked(), &shown.lanes) {
                    (Some(true), Some(twin)) => twin.shape(),
                    (Some(true), None) => shape_of(&lanes),
                    (Some(false) | None, _) => shape,
                };
                (panels.lanes)(session, shape, LANES_WINDOW * player.pace())
            })
            && let Some(twin) = shown.lanes(&lanes, player, view)
        {
            trace(&mut scene, view, Vec::new);
            if let Some(hands) = hands {
                twin.take(hands);
            }
            twin.show(scene);
        } else {
            shown.forget_lanes();
        }
        view.beside.try_update_untracked(|beside| {
            if let Some(draw) = beside {
                draw(restyle);
            }
        });
    });
    Ok(())
}

/// The place of the swimlanes.
fn lanes_host() -> DomResult<HtmlElement> {
    let host: HtmlElement = html_element(&document()?, "div", "stage-host lanes-host")?;
    host.set_attribute("data-testid", "lanes")?;
    Ok(host)
}

/// Keeps the place of the swimlanes on the page while they are wanted, and tells the stylesheet what
/// stands there.
fn place(stages: &Element, host: &HtmlElement, lanes: &HtmlElement, view: View) {
    let (stages, host, lanes) = (stages.clone(), host.clone(), lanes.clone());
    let place = move || {
        let with_lanes = view.lanes.try_get_untracked() == Some(true);
        let compared = view.comparing.try_get_untracked() == Some(true);
        for (class, is) in [("split", with_lanes), ("compared", compared)] {
            report(stages.class_list().toggle_with_force(class, is).map(drop));
        }
        match with_lanes {
            true if !lanes.is_connected() => report(host.after_with_node_1(&lanes)),
            true => {}
            false => lanes.remove(),
        }
    };
    place();
    view.lanes.watch(place.clone());
    view.comparing.watch(place);
}

/// The shape of picture that suits a place on the page that has no stage yet.
fn shape_of(host: &HtmlElement) -> StageShape {
    Stage::shape_for(
        f64::from(host.client_width()),
        f64::from(host.client_height()),
    )
}

/// Makes stand out what took part in the chain of causes that is asked for.
fn trace(scene: &mut Scene, view: View, nodes: impl FnOnce() -> Vec<NodeView>) {
    if let Some(panels) = view.panels.try_get_untracked().flatten() {
        view.chain.try_with_untracked(|chain| {
            if !chain.is_empty() {
                (panels.trace)(scene, chain, &nodes());
            }
        });
    }
}

/// Where, on which branch, of which revision, in which shape, beside what, and with which cause.
type Look = (Cursor, usize, u32, StageShape, (bool, bool), Option<u64>);

/// What was drawn last, so that a standing picture costs nothing.
#[derive(Default)]
struct Drawn {
    last: Option<Look>,
}

impl Drawn {
    fn is_stale(&mut self, player: Player, view: View, shape: StageShape) -> bool {
        let lanes = view.lanes.try_get_untracked().unwrap_or_default();
        let compared = view.comparing.try_get_untracked().unwrap_or_default();
        let cause = view.cause.try_get_untracked().flatten();
        let now = player.read(|session| {
            let revision = player.revision.try_get_untracked().unwrap_or_default();
            (
                session.cursor(),
                session.current_branch(),
                revision,
                shape,
                (lanes, compared),
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
    fn main(&mut self, host: &HtmlElement, player: Player, view: View) -> Option<&mut Stage> {
        if self.main.is_none() {
            self.main = mount(host, player, view);
        }
        self.main.as_mut()
    }

    fn lanes(&mut self, host: &HtmlElement, player: Player, view: View) -> Option<&mut Stage> {
        if self.lanes.is_none() {
            self.lanes = mount(host, player, view);
        }
        self.lanes.as_mut()
    }

    fn forget_lanes(&mut self) {
        self.lanes = None;
    }
}

fn mount(host: &HtmlElement, player: Player, view: View) -> Option<Stage> {
    let on = move |event| match event {
        StageEvent::Act(call) => {
            player.act(&call);
        }
        StageEvent::Event(event) => {
            view.cause.set(Some(event));
            view.tab.set(Tab::Log);
            if let Some(panels) = view.panels.get_untracked() {
                (panels.why)(player, event);
            }
        }
    };
    Stage::mount(host, on)
        .map_err(|error| web_sys::console::error_1(&error))
        .ok()
}
