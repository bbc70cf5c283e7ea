//! The stage: shows pictures in the page and says what a person does on them.
//!
//! Pictures come up to sixty times a second, so nothing is built anew that can stay: every group
//! keeps its element, what did not change costs a comparison, and what only moved costs one
//! attribute. Points by the thousand go to a canvas above. The stage knows no pattern, keeps no
//! clock and decides nothing: it passes calls and events on.

mod caret;
mod dots;
mod draw;
mod field;
mod groups;
mod menu;
mod order;
mod pointer;
mod primitive;
mod sight;
mod swarm;
mod zoom;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use orrery_core::scene::{Painter, Picture, Scene, StageShape};
use orrery_core::value::Call;
use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlElement};

use crate::dom::{DomResult, Listener, Resizing, document, html_element, report, svg_element};
use groups::{Groups, MakeEditor, Send, Typing};
use primitive::{Counts, counts_on};
use sight::Sight;
use swarm::SwarmLayer;

/// Narrower than this, width by height, and a host gets the picture for a phone held upright.
const NARROW: f64 = 0.95;

/// How far a press must move to be no click, in CSS pixels.
const SLACK: f64 = 6.0;

/// Where keys are what somebody types or chooses with, as a selector.
pub const TYPING: &str =
    "input:not([type=range]), textarea, select, [contenteditable], [role=menu], dialog";

/// For how long numbers stand in a picture that moves, in milliseconds: nobody reads them faster, and
/// to lay them out in every frame takes longer than all else that moves. Much longer, and they would be
/// seen to lag behind what they stand on.
const COUNT_MILLIS: f64 = 50.0;

/// What a person did on the stage.
#[derive(Debug, Clone, PartialEq)]
pub enum StageEvent {
    /// Chose something from a menu, or edited a text field: the call with the new text in it.
    Act(Call),
    /// Asked for the event behind a badge, a mark or an arrow.
    Event(u64),
}

/// What lets a person take hold of a picture: pointer, keyboard, menus and text fields.
///
/// It is handed to a stage that moves already, so that its code may come later.
#[derive(Debug)]
pub struct Hands {
    listen: fn(&Stage) -> DomResult<Vec<Listener>>,
    editor: MakeEditor,
}

/// The hands of every stage.
pub static HANDS: Hands = Hands {
    listen: pointer::listen,
    editor: field::make,
};

/// The picture in a page: one SVG, and a canvas over it.
///
/// Dropping it leaves the host as it was.
pub struct Stage {
    frame: HtmlElement,
    svg: Element,
    groups: Rc<RefCell<Groups>>,
    swarms: Rc<RefCell<SwarmLayer>>,
    sight: Rc<Cell<Sight>>,
    room: Rc<Cell<Room>>,
    send: Send,
    typing: Option<Typing>,
    painter: Painter,
    drawn: Drawn,
    _resizing: Resizing,
    listeners: Vec<Listener>,
}

/// Width and height of a stage on the page, in CSS pixels.
type Room = (f64, f64);

/// What the root element says already.
#[derive(Default)]
struct Drawn {
    shape: Option<StageShape>,
    description: String,
    /// When numbers were written.
    counted: f64,
    behind: bool,
}

impl Stage {
    /// Puts an empty stage at the end of `host`; `on` hears what a person does once the stage has
    /// [hands](Stage::take).
    ///
    /// `on` is never called from within [`Stage::show`].
    ///
    /// # Errors
    ///
    /// When the page refuses an element or has no canvas.
    pub fn mount(host: &HtmlElement, on: impl Fn(StageEvent) + 'static) -> Result<Self, JsValue> {
        let document = document()?;
        let send: Send = Rc::new(on);
        let frame: HtmlElement = html_element(&document, "div", "stage-frame")?;
        let svg = svg_element(&document, "svg")?;
        for (name, value) in [
            ("class", "stage"),
            ("data-testid", "stage"),
            ("preserveAspectRatio", "xMidYMid meet"),
            ("role", "group"),
            ("tabindex", "-1"),
        ] {
            svg.set_attribute(name, value)?;
        }
        frame.append_child(&svg)?;
        let swarms = SwarmLayer::new(&document, &frame, &svg)?;
        let swarms = Rc::new(RefCell::new(swarms));
        let groups = Rc::new(RefCell::new(Groups::default()));
        host.append_child(&frame)?;
        let room = Rc::default();
        let resizing = observe(&frame, &room, &swarms)?;
        Ok(Self {
            frame,
            svg,
            groups,
            swarms,
            sight: Rc::default(),
            room,
            send,
            typing: None,
            painter: Painter::default(),
            drawn: Drawn::default(),
            _resizing: resizing,
            listeners: Vec::new(),
        })
    }

    /// Lets a person take hold of what is shown. What the page refuses goes to the console; a stage
    /// that has hands keeps them.
    pub fn take(&mut self, hands: &'static Hands) {
        if self.typing.is_some() {
            return;
        }
        let typing = Typing {
            make: hands.editor,
            send: Rc::clone(&self.send),
        };
        if let Ok(mut groups) = self.groups.try_borrow_mut() {
            report(groups.open_fields(&typing));
        }
        self.typing = Some(typing);
        match (hands.listen)(self) {
            Ok(listeners) => self.listeners = listeners,
            Err(error) => report(Err(error)),
        }
    }

    /// Nobody is to take hold of what is shown from now on: it is a picture, described as one.
    pub fn keep_still(&self) {
        if let Ok(mut groups) = self.groups.try_borrow_mut() {
            groups.keep_still();
        }
    }

    /// Shows `scene`; draws and touches only what differs from the one before. What the page refuses
    /// goes to the console.
    pub fn show(&mut self, scene: Scene) {
        self.draw(scene, Counts::Now);
    }

    /// Shows `scene` as one of many in a row, `now` in milliseconds: numbers that count on are written
    /// twenty times a second. The last of the row is to be [shown](Self::show), if the stage [is
    /// behind](Self::is_behind).
    pub fn show_in_passing(&mut self, scene: Scene, now: f64) {
        let counts = match now - self.drawn.counted < COUNT_MILLIS {
            true => Counts::Later,
            false => Counts::Now,
        };
        if counts == Counts::Now {
            self.drawn.counted = now;
        }
        self.draw(scene, counts);
    }

    /// Whether numbers may stand there that are older than the picture.
    pub fn is_behind(&self) -> bool {
        self.drawn.behind
    }

    fn draw(&mut self, scene: Scene, counts: Counts) {
        self.drawn.behind = counts == Counts::Later;
        let picture = self.painter.picture(scene);
        report(self.write_root(&picture, counts));
        if let Ok(mut groups) = self.groups.try_borrow_mut() {
            report(groups.show(&self.svg, &picture.groups, self.typing.as_ref(), counts));
        }
        if let Ok(mut swarms) = self.swarms.try_borrow_mut() {
            report(swarms.show(&picture.swarms, self.sight.get().window()));
        }
    }

    /// The shape of picture that suits the room there is now.
    pub fn shape(&self) -> StageShape {
        let (width, height) = self.room.get();
        Self::shape_for(width, height)
    }

    /// Width and height that it has on the page, in CSS pixels.
    ///
    /// They are kept since they last changed: to ask the page for them in a frame would have the page
    /// laid out once more.
    pub fn room(&self) -> (f64, f64) {
        self.room.get()
    }

    /// The theme changed: takes the canvas's colours from the stylesheet anew.
    pub fn restyle(&mut self) {
        if let Ok(mut swarms) = self.swarms.try_borrow_mut() {
            report(swarms.restyle());
        }
    }

    /// The shape of picture that suits a host of this size, in CSS pixels.
    ///
    /// ```
    /// use orrery::stage::Stage;
    /// use orrery_core::scene::StageShape;
    ///
    /// assert_eq!(Stage::shape_for(390.0, 600.0), StageShape::Tall);
    /// assert_eq!(Stage::shape_for(1000.0, 640.0), StageShape::Wide);
    /// ```
    pub fn shape_for(width: f64, height: f64) -> StageShape {
        if width > 0.0 && width < height * NARROW {
            StageShape::Tall
        } else {
            StageShape::Wide
        }
    }

    fn write_root(&mut self, picture: &Picture, counts: Counts) -> DomResult {
        let drawn = &mut self.drawn;
        let size = (picture.width, picture.height);
        let mut sight = self.sight.get();
        if sight.size != size {
            sight.size = size;
            self.svg.set_attribute("viewBox", &sight.view_box())?;
            self.sight.set(sight);
        }
        if drawn.shape != Some(picture.shape) {
            let class = format!("stage stage-{}", picture.shape.name());
            self.svg.set_attribute("class", &class)?;
            drawn.shape = Some(picture.shape);
        }
        let (said, next) = (&drawn.description, &picture.description);
        if said != next && (counts == Counts::Now || !counts_on(said, next)) {
            self.svg.set_attribute("aria-label", &picture.description)?;
            drawn.description.clone_from(&picture.description);
        }
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Ok(groups) = self.groups.try_borrow() {
            groups.retire();
        }
        self.frame.remove();
    }
}

/// Keeps in `room`, and tells the canvas, how large the frame is, now and whenever that changes.
fn observe(
    frame: &HtmlElement,
    room: &Rc<Cell<Room>>,
    swarms: &Rc<RefCell<SwarmLayer>>,
) -> DomResult<Resizing> {
    let (target, room, swarms) = (frame.clone(), Rc::clone(room), Rc::clone(swarms));
    let measure = move || {
        let place = target.get_bounding_client_rect();
        let size = (place.width(), place.height());
        room.set(size);
        if let Ok(mut swarms) = swarms.try_borrow_mut() {
            report(swarms.resize(size));
        }
    };
    measure();
    Resizing::of([&**frame], measure)
}
