//! The swimlanes beside the stage: large enough to be read, in a box that scrolls back through what is
//! recorded and follows the present until somebody does.
//!
//! Only the stretch in sight is drawn. A track as long as the record gives the box something to
//! scroll; the picture stands still in it and shows what belongs to the place.

use std::cell::Cell;
use std::rc::Rc;

use orrery_core::kernel::session::Session;
use orrery_core::kernel::timeline::Cursor;
use orrery_core::scene::{Scene, StageShape};
use orrery_core::time::Span;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent};

use crate::dom::{DomResult, Listener, Resizing, document, html_element, is_at, report};
use crate::machine::stage_view::mount;
use crate::machine::{Beside, View};
use crate::panels::causes;
use crate::player::Player;
use crate::stage::Stage;

/// How much of the picture a second of watching takes at normal speed, in CSS pixels.
const PIXELS_PER_SECOND: f64 = 320.0;

/// The least and the largest height of a lane, about how high all of them are, and what the axis and
/// the margins take, in CSS pixels.
const LANE: (usize, usize) = (30, 56);
const LANES: usize = 210;
const AXIS: usize = 34;

/// Browsers lay out nothing that is much longer.
const TRACK_MAX: f64 = 4e6;

/// So much longer the track may be before the page is told, while time goes on, in CSS pixels.
const TRACK_STEP: f64 = 64.0;

/// How much time a picture of this width shows.
pub fn window(player: Player, width: f64) -> Span {
    player.watched(width.max(1.0) / PIXELS_PER_SECOND)
}

/// The latest swimlanes in a room of this size; none without nodes.
pub fn strip(session: &dyn Session, player: Player, room: (f64, f64)) -> Option<Scene> {
    session.lanes(shape_of(room), window(player, room.0))
}

fn shape_of((width, height): (f64, f64)) -> StageShape {
    StageShape::Strip {
        width: width as u16,
        height: height as u16,
    }
}

/// Puts the swimlanes beside the stage in `host`.
pub fn beside(host: &Element, player: Player, view: View) -> Beside {
    match Lanes::begin(host, player, view) {
        Ok(mut lanes) => Box::new(move |restyle| report(lanes.draw(restyle))),
        Err(error) => {
            report(Err(error));
            Box::new(|_| ())
        }
    }
}

/// Where, on which branch, of which revision, how the page is looked at.
type Look = (Cursor, usize, u32, Sight);

/// In which room, how far back, beside other variants, with which cause.
type Sight = ((f64, f64), Option<i32>, bool, Option<u64>);

/// The sizes of the track and of the picture in it, how much time the track stands for, and whether
/// the box is kept at its end.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Made {
    long: f64,
    picture: (f64, f64),
    whole: Span,
    follows: bool,
}

/// The box, what is in it, and what is known of both.
struct Lanes {
    player: Player,
    view: View,
    host: Element,
    scroller: HtmlElement,
    track: HtmlElement,
    place: HtmlElement,
    stage: Option<Stage>,
    room: Rc<Cell<(f64, f64)>>,
    /// How far the box is scrolled, where it does not follow the present.
    back: Rc<Cell<Option<i32>>>,
    drawn: Option<Look>,
    /// What the page was told last.
    made: Made,
    _resizing: Resizing,
    _listeners: [Listener; 2],
}

impl Lanes {
    fn begin(host: &Element, player: Player, view: View) -> DomResult<Self> {
        let document = document()?;
        let scroller: HtmlElement = html_element(&document, "div", "stage-host lanes-host")?;
        for (name, value) in [
            ("data-testid", "lanes"),
            ("role", "group"),
            ("aria-label", "Swimlanes"),
            ("tabindex", "0"),
        ] {
            scroller.set_attribute(name, value)?;
        }
        let track: HtmlElement = html_element(&document, "div", "lanes-track")?;
        let place: HtmlElement = html_element(&document, "div", "lanes-place")?;
        track.append_child(&place)?;
        scroller.append_child(&track)?;

        let back = Rc::new(Cell::new(None));
        let (target, seen) = (scroller.clone(), Rc::clone(&back));
        let on_scroll = Listener::new(&scroller, "scroll", move |_| {
            let left = target.scroll_left();
            let last = target.scroll_width() - target.client_width();
            seen.set((!is_at(left, last)).then_some(left));
        })?;
        // In the box these keys are its own.
        let on_key = Listener::new(&scroller, "keydown", move |event: Event| {
            let key = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key);
            if key.is_some_and(|key| key.starts_with("Arrow") || key == "Home" || key == "End") {
                event.stop_propagation();
            }
        })?;
        let room = Rc::new(Cell::new((0.0, 0.0)));
        let (target, measured) = (scroller.clone(), Rc::clone(&room));
        let resizing = Resizing::of([&*scroller], move || {
            let size = (target.client_width(), target.client_height());
            measured.set((f64::from(size.0), f64::from(size.1)));
        })?;
        Ok(Self {
            player,
            view,
            host: host.clone(),
            scroller,
            track,
            place,
            stage: None,
            room,
            back,
            drawn: None,
            made: Made::default(),
            _resizing: resizing,
            _listeners: [on_scroll, on_key],
        })
    }

    fn draw(&mut self, restyle: bool) -> DomResult {
        if !self.is_stale() && !restyle {
            return Ok(());
        }
        let (player, view) = (self.player, self.view);
        let compared = view.comparing.try_get_untracked() == Some(true);
        let count = player.read(|session| session.nodes().len());
        let Some(count) = count.filter(|count| *count > 0) else {
            return self.stand(None);
        };
        let lane = (LANES / count).clamp(LANE.0, LANE.1);
        let high = (count * lane + AXIS) as f64;
        self.stand(Some(high))?;
        let (width, height) = self.room.get();
        if width < 1.0 {
            return Ok(());
        }
        let high = if compared { height } else { high };
        let window = window(player, width);
        let (now, start) = player
            .read(|session| (session.cursor().at, session.recorded_from()))
            .unwrap_or_default();
        let back = self.back.get().filter(|_| !compared);
        if self.stage.is_none() {
            self.stage = mount(&self.place, player, view);
        }
        let shape = shape_of((width, high));
        let scene = player.read(|session| match back {
            None => session.lanes(shape, window),
            Some(left) => {
                let made = self.made;
                let share = f64::from(left) / (made.long - width).max(1.0);
                let most = made.whole.saturating_sub(window).as_secs_f64();
                let passed = most * share.clamp(0.0, 1.0);
                let from = start + Span::from_secs_f64(passed);
                session.lanes_between(shape, (from, from + window))
            }
        });
        if let (Some(Some(mut scene)), Some(stage)) = (scene, &mut self.stage) {
            view.chain
                .try_with_untracked(|chain| causes::trace(&mut scene, chain, &[]));
            if let Some(hands) = view.hands.try_get_untracked().flatten() {
                stage.take(hands);
            }
            if restyle {
                stage.restyle();
            }
            stage.show(scene);
        }
        // What is to come takes an eighth of the picture.
        let whole = match compared {
            true => window,
            false => window.max(now.since(start) + window / 8),
        };
        let times = whole.as_secs_f64() / window.as_secs_f64();
        self.make(Made {
            long: (width * times).min(TRACK_MAX).round(),
            picture: (width, high),
            whole,
            follows: back.is_none(),
        })
    }

    /// Keeps the box on the page where there are nodes, from the start as high as it will be: nothing
    /// is to move once it is drawn.
    fn stand(&self, high: Option<f64>) -> DomResult {
        if high.is_some() == self.scroller.is_connected() {
            return Ok(());
        }
        if let Some(stages) = self.host.parent_element() {
            let classes = stages.class_list();
            classes.toggle_with_force("split", high.is_some())?;
        }
        let Some(high) = high else {
            self.scroller.remove();
            return Ok(());
        };
        let style = self.track.style();
        style.set_property("height", &format!("{high}px"))?;
        self.host.after_with_node_1(&self.scroller)
    }

    fn is_stale(&mut self) -> bool {
        let (player, view) = (self.player, self.view);
        let before = self.drawn.as_ref().map(|(cursor, ..)| *cursor);
        let cursor = player.read(|session| session.cursor());
        // Whoever goes elsewhere by other means wants to see what is there.
        let jumped = player.playing.try_get_untracked() == Some(false) && before != cursor;
        if jumped && before.is_some() {
            self.back.set(None);
        }
        let sight = (
            self.room.get(),
            self.back.get(),
            view.comparing.try_get_untracked().unwrap_or_default(),
            view.cause.try_get_untracked().flatten(),
        );
        let revision = player.revision.try_get_untracked().unwrap_or_default();
        let look = player.read(|session| {
            let branch = session.current_branch();
            (session.cursor(), branch, revision, sight)
        });
        let stale = look != self.drawn;
        self.drawn = look;
        stale
    }

    /// Tells the page how long the track is, and keeps the box at its end while it follows the present.
    fn make(&mut self, new: Made) -> DomResult {
        let made = self.made;
        let moves = self.player.playing.try_get_untracked() == Some(true);
        let near = (new.long - made.long).abs() < TRACK_STEP;
        let same = (new.picture, new.follows) == (made.picture, made.follows);
        if same && (new.long == made.long || moves && near) {
            return Ok(());
        }
        self.made = new;
        let (width, high) = new.picture;
        for (element, width) in [(&self.track, new.long), (&self.place, width)] {
            let style = element.style();
            style.set_property("width", &format!("{width}px"))?;
            style.set_property("height", &format!("{high}px"))?;
        }
        if new.follows {
            self.scroller.set_scroll_left(new.long as i32);
        }
        Ok(())
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        report(self.stand(None));
    }
}
