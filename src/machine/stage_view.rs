//! The stage on the page: the animation loop draws the session's scene.

use orrery_core::kernel::session::NodeView;
use orrery_core::kernel::timeline::Cursor;
use orrery_core::scene::{Scene, StageShape};
use web_sys::{Element, HtmlElement};

use crate::dom::{DomResult, find, report};
use crate::machine::{Beside, Tab, View};
use crate::player::{Player, run_frames};
use crate::stage::{Stage, StageEvent};

/// Where the stage stands, and what is shown beside it.
pub const STAGES: &str = "<div class=\"stages\"><div class=\"stage-host\"></div></div>";

/// Shows what runs on the stage, and has the swimlanes drawn beside it when they are wanted.
pub(super) fn begin(stages: &Element, player: Player, view: View) -> DomResult {
    let Some(host) = find(stages, ".stage-host") else {
        return Ok(());
    };
    tell_comparing(stages, view);
    let mut drawn = Drawn::default();
    let mut shown: Option<Stage> = None;
    let mut lanes: Option<Beside> = None;
    let mut theme_shown = None;

    run_frames(view.awake, move |elapsed, now| {
        player.frame(elapsed, now);
        let theme_now = view.theme.try_get_untracked();
        let restyle = theme_now != theme_shown;
        theme_shown = theme_now;
        let panels = view.panels.try_get_untracked().flatten();
        let wanted = view.lanes.try_get_untracked() == Some(true);
        match panels.filter(|_| wanted) {
            Some(panels) => {
                let draw = lanes.get_or_insert_with(|| (panels.lanes)(&host, player, view));
                draw(restyle);
            }
            None => lanes = None,
        }
        if shown.is_none() {
            shown = mount(&host, player, view);
        }
        let Some(main) = shown.as_mut() else {
            return;
        };
        if let Some(hands) = view.hands.try_get_untracked().flatten() {
            main.take(hands);
        }
        if restyle {
            main.restyle();
        }
        let shape = main.shape();
        let moves = drawn.is_stale(player, view, shape);
        if !moves && !restyle && !main.is_behind() {
            return;
        }
        let scene = player.read(|session| {
            let mut scene = session.scene(shape);
            trace(&mut scene, view, || session.nodes());
            scene
        });
        let plays = player.playing.try_get_untracked() == Some(true);
        match scene {
            Some(scene) if moves && plays => main.show_in_passing(scene, now),
            Some(scene) => main.show(scene),
            None => {}
        }
        view.beside.try_update_untracked(|beside| {
            if let Some(draw) = beside {
                draw(restyle);
            }
        });
    });
    Ok(())
}

/// Tells the stylesheet whether variants stand beside the stage.
fn tell_comparing(stages: &Element, view: View) {
    let stages = stages.clone();
    let tell = move || {
        let compared = view.comparing.try_get_untracked() == Some(true);
        let told = stages.class_list().toggle_with_force("compared", compared);
        report(told.map(drop));
    };
    tell();
    view.comparing.watch(tell);
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

/// An empty stage at the end of `host`, which does what a person does on it.
pub fn mount(host: &HtmlElement, player: Player, view: View) -> Option<Stage> {
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
    let stage = Stage::mount(host, on)
        .map_err(|error| web_sys::console::error_1(&error))
        .ok()?;
    if !view.interactive {
        stage.keep_still();
    }
    Some(stage)
}
