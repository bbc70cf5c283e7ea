//! Points by the ten thousand, on a canvas over the picture.
//!
//! They are set into a buffer of pixels that goes to the canvas in one call: at this number, one
//! call for each point costs more than all else.

use std::ops::Range;

use orrery_core::real::within;
use orrery_core::scene::{PictureSwarm, Tone};
use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{
    CanvasRenderingContext2d, Document, Element, HtmlCanvasElement, HtmlElement, ImageData,
};

use super::dots::{Colour, Dots, PIXEL, Raster};
use crate::dom::{DomResult, html_element, svg_element};

/// Up to how many points dots have soft edges, which cost about three times as much.
const SOFT: usize = 20_000;

/// As many tones as a number of one byte can name.
const TONES: usize = 256;

/// The canvas layer of a stage.
pub(super) struct SwarmLayer {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    /// Where a tone's colour is looked up: never painted, but styled.
    probe: Element,
    /// By the tone's number, as far as they were looked up.
    colours: [Option<Colour>; TONES],
    swarms: Vec<PictureSwarm>,
    room: (f64, f64),
    /// What of the picture is in sight: left, top, width, height.
    window: [f64; 4],
    fit: Option<Fit>,
    painted: Option<Area>,
    pixels: Vec<u8>,
    /// What most recently stood still under what moves.
    ground: Ground,
}

/// The first swarms of a picture, set once for many pictures in which they are the same.
#[derive(Default)]
struct Ground {
    /// How many swarms; none before anything was set.
    count: usize,
    area: Option<Area>,
    pixels: Vec<u8>,
}

/// How stage units fall on the canvas's pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fit {
    width: u32,
    height: u32,
    scale: f64,
    left: f64,
    top: f64,
}

impl Fit {
    /// The middle of the canvas, as large as it goes: what `xMidYMid meet` means.
    fn new(canvas: (f64, f64), [x, y, w, h]: [f64; 4]) -> Self {
        let scale = (canvas.0 / w).min(canvas.1 / h);
        let scale = if scale.is_finite() { scale } else { 0.0 };
        Self {
            width: canvas.0 as u32,
            height: canvas.1 as u32,
            scale,
            left: (canvas.0 - w * scale) / 2.0 - x * scale,
            top: (canvas.1 - h * scale) / 2.0 - y * scale,
        }
    }
}

/// Pixels of the canvas.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Area {
    x: u32,
    y: u32,
    w: u32,
    h: u32,
}

impl Area {
    /// How many bytes its pixels take.
    const fn bytes(self) -> usize {
        self.w as usize * self.h as usize * PIXEL
    }

    /// Makes `pixels` its own, with nothing in them.
    fn clear(self, pixels: &mut Vec<u8>) {
        pixels.resize(self.bytes(), 0);
        // In one go, where resizing sets one byte after the other.
        pixels.fill(0);
    }

    /// The smallest area around both.
    fn union(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Self {
            x,
            y,
            w: (self.x + self.w).max(other.x + other.w) - x,
            h: (self.y + self.h).max(other.y + other.h) - y,
        }
    }
}

impl SwarmLayer {
    /// An empty layer at the end of `frame`, which looks its colours up in `svg`.
    pub(super) fn new(document: &Document, frame: &HtmlElement, svg: &Element) -> DomResult<Self> {
        let canvas: HtmlCanvasElement = html_element(document, "canvas", "stage-canvas")?;
        canvas.set_attribute("aria-hidden", "true")?;
        canvas.set_width(0);
        canvas.set_height(0);
        let context = canvas
            .get_context("2d")?
            .ok_or_else(|| JsValue::from_str("no 2d canvas"))?
            .dyn_into()?;
        let defs = svg_element(document, "defs")?;
        let probe = svg_element(document, "g")?;
        let fill = svg_element(document, "rect")?;
        fill.set_attribute("class", "fill")?;
        probe.append_child(&fill)?;
        defs.append_child(&probe)?;
        svg.insert_before(&defs, svg.first_child().as_ref())?;
        frame.append_child(&canvas)?;
        Ok(Self {
            canvas,
            context,
            probe,
            colours: [None; TONES],
            swarms: Vec::new(),
            room: (0.0, 0.0),
            window: [0.0, 0.0, 1.0, 1.0],
            fit: None,
            painted: None,
            pixels: Vec::new(),
            ground: Ground::default(),
        })
    }

    /// Forgets the colours and paints with those that hold now.
    pub(super) fn restyle(&mut self) -> DomResult {
        self.colours = [None; TONES];
        self.paint(0)
    }

    /// Takes the size of the frame, in CSS pixels.
    pub(super) fn resize(&mut self, room: (f64, f64)) -> DomResult {
        self.room = room;
        if self.swarms.is_empty() {
            return Ok(());
        }
        if self.refit() { self.paint(0) } else { Ok(()) }
    }

    /// Shows what of the picture is in this window from now on.
    pub(super) fn look(&mut self, window: [f64; 4]) -> DomResult {
        self.window = window;
        self.resize(self.room)
    }

    /// Shows `swarms` of a picture through this window, if they or it changed.
    pub(super) fn show(&mut self, swarms: &[PictureSwarm], window: [f64; 4]) -> DomResult {
        if swarms.is_empty() && self.swarms.is_empty() {
            return Ok(());
        }
        self.window = window;
        let pairs = self.swarms.iter().zip(swarms);
        let same = pairs
            .take_while(|(a, b)| is_same(a, b) && is_soft(a, &self.swarms) == is_soft(b, swarms));
        let same = same.count();
        let fitted = self.refit();
        if same == swarms.len() && same == self.swarms.len() && !fitted {
            return Ok(());
        }
        self.swarms.clear();
        self.swarms.extend_from_slice(swarms);
        self.paint(if fitted { 0 } else { same })
    }

    /// Gives the canvas the pixels that its room on the screen has; says whether that is news.
    fn refit(&mut self) -> bool {
        let density = web_sys::window().map_or(1.0, |window| window.device_pixel_ratio());
        let (width, height) = self.room;
        let canvas = ((width * density).round(), (height * density).round());
        let fit = Fit::new(canvas, self.window);
        if self.fit == Some(fit) {
            return false;
        }
        self.canvas.set_width(fit.width);
        self.canvas.set_height(fit.height);
        self.painted = None;
        self.fit = Some(fit);
        true
    }

    /// Paints everything; the first `same` swarms are those of the picture before.
    fn paint(&mut self, same: usize) -> DomResult {
        if same < self.ground.count {
            self.ground.count = 0;
        }
        let old = self.painted.take();
        let area = self.fit.and_then(|fit| Some((fit, self.area(fit)?)));
        if let Some(old) = old.filter(|old| area.is_none_or(|(_, area)| area != *old)) {
            let (x, y) = (f64::from(old.x), f64::from(old.y));
            self.context
                .clear_rect(x, y, f64::from(old.w), f64::from(old.h));
        }
        let Some((fit, area)) = area else {
            return Ok(());
        };
        self.lay_ground(same, area, fit)?;
        self.look_up_tones(self.ground.count..self.swarms.len())?;
        if self.ground.count > 0 {
            self.pixels.clone_from(&self.ground.pixels);
        } else {
            area.clear(&mut self.pixels);
        }
        let mut raster = Raster::new(&mut self.pixels, area.w);
        for swarm in &self.swarms[self.ground.count..] {
            let soft = is_soft(swarm, &self.swarms);
            set_points(&mut raster, area, fit, (swarm, soft), &self.colours);
        }
        let image =
            ImageData::new_with_u8_clamped_array_and_sh(Clamped(&self.pixels), area.w, area.h)?;
        let (x, y) = (f64::from(area.x), f64::from(area.y));
        self.context.put_image_data(&image, x, y)?;
        self.painted = Some(area);
        Ok(())
    }

    /// The pixels that the swarms touch. What is set already is not looked at again: its area may
    /// only grow.
    fn area(&self, fit: Fit) -> Option<Area> {
        let ground = self.ground.area.filter(|_| self.ground.count > 0);
        let moving = covered(&self.swarms[self.ground.count..], fit);
        match (ground, moving) {
            (Some(ground), Some(moving)) => Some(ground.union(moving)),
            (one, other) => one.or(other),
        }
    }

    /// Sets the first `same` swarms, unless that has been done.
    fn lay_ground(&mut self, same: usize, area: Area, fit: Fit) -> DomResult {
        if self.ground.count > 0 && self.ground.area == Some(area) {
            return Ok(());
        }
        self.ground.count = same;
        if same == 0 {
            return Ok(());
        }
        self.look_up_tones(0..same)?;
        let ground = &mut self.ground;
        area.clear(&mut ground.pixels);
        let mut raster = Raster::new(&mut ground.pixels, area.w);
        for swarm in &self.swarms[..same] {
            let soft = is_soft(swarm, &self.swarms);
            set_points(&mut raster, area, fit, (swarm, soft), &self.colours);
        }
        ground.area = Some(area);
        Ok(())
    }

    /// Looks the colours up of the tones in use in these swarms.
    fn look_up_tones(&mut self, swarms: Range<usize>) -> DomResult {
        let mut used = [false; TONES];
        for tone in self.swarms[swarms]
            .iter()
            .flat_map(|swarm| swarm.tone.iter())
        {
            used[usize::from(*tone)] = true;
        }
        for index in (0..=u8::MAX).filter(|&index| used[usize::from(index)]) {
            let place = usize::from(index);
            if self.colours[place].is_none()
                && let Some(tone) = Tone::from_index(index)
            {
                self.colours[place] = Some(self.look_up(tone)?);
            }
        }
        Ok(())
    }

    /// The colour of a tone as the stylesheet has it, whatever notation it comes in: one pixel is
    /// painted with it and read back.
    fn look_up(&self, tone: Tone) -> DomResult<Colour> {
        self.probe.set_attribute("class", tone.class())?;
        let style = match (web_sys::window(), self.probe.first_element_child()) {
            (Some(window), Some(fill)) => window.get_computed_style(&fill)?,
            _ => None,
        };
        let fill = style.map_or(Ok(String::new()), |style| style.get_property_value("fill"))?;
        let document = crate::dom::document()?;
        let canvas: HtmlCanvasElement = html_element(&document, "canvas", "")?;
        canvas.set_width(1);
        canvas.set_height(1);
        let context: CanvasRenderingContext2d = canvas
            .get_context("2d")?
            .ok_or_else(|| JsValue::from_str("no 2d canvas"))?
            .dyn_into()?;
        context.set_fill_style_str(&fill);
        context.fill_rect(0.0, 0.0, 1.0, 1.0);
        let data = context.get_image_data(0.0, 0.0, 1.0, 1.0)?.data();
        Ok(data.as_slice().try_into().unwrap_or([0, 0, 0, u8::MAX]))
    }
}

/// Whether two swarms look the same; cheap where they share their points.
fn is_same(a: &PictureSwarm, b: &PictureSwarm) -> bool {
    let shared = std::sync::Arc::ptr_eq(&a.x, &b.x)
        && std::sync::Arc::ptr_eq(&a.y, &b.y)
        && std::sync::Arc::ptr_eq(&a.tone, &b.tone);
    a.radius == b.radius && (shared || (a.x == b.x && a.y == b.y && a.tone == b.tone))
}

/// The pixels that the swarms touch.
fn covered(swarms: &[PictureSwarm], fit: Fit) -> Option<Area> {
    let (mut left, mut top) = (f64::INFINITY, f64::INFINITY);
    let (mut right, mut bottom) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    for swarm in swarms {
        let reach = f64::from(swarm.radius);
        let (low, high) = bounds(&swarm.x);
        (left, right) = (left.min(low - reach), right.max(high + reach));
        let (low, high) = bounds(&swarm.y);
        (top, bottom) = (top.min(low - reach), bottom.max(high + reach));
    }
    let x = pixel(left * fit.scale + fit.left - 1.0, fit.width);
    let y = pixel(top * fit.scale + fit.top - 1.0, fit.height);
    let w = pixel(right * fit.scale + fit.left + 2.0, fit.width).saturating_sub(x);
    let h = pixel(bottom * fit.scale + fit.top + 2.0, fit.height).saturating_sub(y);
    (w > 0 && h > 0).then_some(Area { x, y, w, h })
}

fn bounds(places: &[f32]) -> (f64, f64) {
    let wide = (f32::INFINITY, f32::NEG_INFINITY);
    let (low, high) = places
        .iter()
        .fold(wide, |(low, high), &at| (low.min(at), high.max(at)));
    (f64::from(low), f64::from(high))
}

/// The pixel at `at` of `count`; out of range goes to the nearer end, as does what is no number.
fn pixel(at: f64, count: u32) -> u32 {
    within(at, 0.0, f64::from(count)) as u32
}

/// Whether the dots of a swarm have soft edges: if there is time for all that are of its size, since
/// these must look alike.
fn is_soft(swarm: &PictureSwarm, all: &[PictureSwarm]) -> bool {
    let alike = all.iter().filter(|other| other.radius == swarm.radius);
    alike.map(|other| other.x.len()).sum::<usize>() <= SOFT
}

/// Sets every point of a swarm.
fn set_points(
    raster: &mut Raster<'_>,
    area: Area,
    fit: Fit,
    (swarm, soft): (&PictureSwarm, bool),
    palette: &[Option<Colour>],
) {
    let radius = (f64::from(swarm.radius) * fit.scale) as f32;
    let dots = Dots::new(radius, soft);
    let (scale, left, top) = (
        fit.scale as f32,
        (fit.left - f64::from(area.x)) as f32,
        (fit.top - f64::from(area.y)) as f32,
    );
    let reach = radius.max(1.0) + 1.0;
    let (across, down) = (area.w as f32 + reach, area.h as f32 + reach);
    let points = swarm.x.iter().zip(swarm.y.iter()).zip(swarm.tone.iter());
    for ((&x, &y), &tone) in points {
        let (x, y) = (x * scale + left, y * scale + top);
        // What is out of sight, or no number, is not worth a look.
        if let Some(colour) = palette[usize::from(tone)]
            && (-reach..across).contains(&x)
            && (-reach..down).contains(&y)
        {
            dots.set(raster, x, y, colour);
        }
    }
}
