//! Points, rectangles and the layout helpers that divide them.
//!
//! Stage units, y downwards. One unit is about one CSS pixel on a desktop stage and a little less
//! on a phone held upright. Angles are *turns*: 0 is twelve o'clock, 0.25 is three o'clock.

use crate::real::{sin_cos, within};

use super::{GROUP_INSET, GROUP_TITLE};

/// A place on the stage, in stage units.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// Distance from the left edge.
    pub x: f64,
    /// Distance from the top edge.
    pub y: f64,
}

impl Point {
    /// The point (`x`, `y`).
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// The point `fraction` of the way to `other`.
    #[must_use]
    pub fn lerp(self, other: Self, fraction: f64) -> Self {
        Self {
            x: self.x + (other.x - self.x) * fraction,
            y: self.y + (other.y - self.y) * fraction,
        }
    }

    /// Straight distance to `other`.
    pub fn distance(self, other: Self) -> f64 {
        let (x, y) = (other.x - self.x, other.y - self.y);
        (x * x + y * y).sqrt()
    }

    /// The point moved by (`dx`, `dy`).
    #[must_use]
    pub fn moved(self, dx: f64, dy: f64) -> Self {
        Self::new(self.x + dx, self.y + dy)
    }

    /// The point at `turn` on the circle of `radius` around this one.
    #[must_use]
    #[inline(never)]
    pub fn polar(self, radius: f64, turn: f64) -> Self {
        let (sin, cos) = sin_cos(turn);
        self.moved(radius * sin, -radius * cos)
    }
}

/// An upright rectangle in stage units.
///
/// ```
/// use orrery_core::scene::Rect;
///
/// let stage = Rect::new(0.0, 0.0, 300.0, 100.0);
/// let [machine, chart] = stage.columns_of([2.0, 1.0], 30.0);
/// assert_eq!(machine, Rect::new(0.0, 0.0, 180.0, 100.0));
/// assert_eq!(chart, Rect::new(210.0, 0.0, 90.0, 100.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width, never negative when made by the helpers here.
    pub w: f64,
    /// Height, never negative when made by the helpers here.
    pub h: f64,
}

impl Rect {
    /// The rectangle with its top left corner at (`x`, `y`).
    pub const fn new(x: f64, y: f64, w: f64, h: f64) -> Self {
        Self { x, y, w, h }
    }

    /// The rectangle of this size around `center`.
    pub fn around_point(center: Point, w: f64, h: f64) -> Self {
        Self::new(center.x - w / 2.0, center.y - h / 2.0, w, h)
    }

    /// Right edge.
    pub fn right(self) -> f64 {
        self.x + self.w
    }

    /// Bottom edge.
    pub fn bottom(self) -> f64 {
        self.y + self.h
    }

    /// The middle.
    pub fn center(self) -> Point {
        self.at(0.5, 0.5)
    }

    /// The point at a fraction of the width and of the height: `at(0.5, 1.0)` is the middle of the
    /// bottom edge.
    pub fn at(self, across: f64, down: f64) -> Point {
        Point::new(self.x + self.w * across, self.y + self.h * down)
    }

    /// The point at `turn` on the largest circle inside.
    pub fn at_turn(self, turn: f64) -> Point {
        self.center().polar(self.short_side() / 2.0, turn)
    }

    /// The smaller of width and height.
    pub fn short_side(self) -> f64 {
        self.w.min(self.h)
    }

    /// Whether `other` lies inside, to a hundredth of a unit.
    pub fn contains(self, other: Self) -> bool {
        const SLACK: f64 = 0.01;
        other.x >= self.x - SLACK
            && other.y >= self.y - SLACK
            && other.right() <= self.right() + SLACK
            && other.bottom() <= self.bottom() + SLACK
    }

    /// Whether the two share some room; touching is not enough.
    pub fn overlaps(self, other: Self) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }

    /// The point inside that is nearest to `point`.
    pub fn nearest(self, point: Point) -> Point {
        Point::new(
            point.x.min(self.right()).max(self.x),
            point.y.min(self.bottom()).max(self.y),
        )
    }

    /// The smallest rectangle that holds both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Self::new(
            x,
            y,
            self.right().max(other.right()) - x,
            self.bottom().max(other.bottom()) - y,
        )
    }

    /// The rectangle moved by (`dx`, `dy`).
    #[must_use]
    pub fn moved(self, dx: f64, dy: f64) -> Self {
        Self::new(self.x + dx, self.y + dy, self.w, self.h)
    }

    /// The rectangle with `margin` taken from every side.
    #[must_use]
    pub fn inset(self, margin: f64) -> Self {
        self.inset_xy(margin, margin)
    }

    /// The rectangle with `dx` taken from left and right and `dy` from top and bottom.
    #[must_use]
    pub fn inset_xy(self, dx: f64, dy: f64) -> Self {
        let (dx, dy) = (dx.min(self.w / 2.0), dy.min(self.h / 2.0));
        Self::new(
            self.x + dx,
            self.y + dy,
            self.w - 2.0 * dx,
            self.h - 2.0 * dy,
        )
    }

    /// A rectangle of at most this size in the middle.
    #[must_use]
    pub fn centered(self, w: f64, h: f64) -> Self {
        Self::around_point(self.center(), w.min(self.w), h.min(self.h))
    }

    /// The largest square in the middle.
    #[must_use]
    pub fn square(self) -> Self {
        self.centered(self.short_side(), self.short_side())
    }

    /// A strip of `height` from the top, and what is left below it after `gap`.
    pub fn take_top(self, height: f64, gap: f64) -> (Self, Self) {
        let height = within(height, 0.0, self.h.max(0.0));
        let used = (height + gap).min(self.h);
        (
            Self::new(self.x, self.y, self.w, height),
            Self::new(self.x, self.y + used, self.w, self.h - used),
        )
    }

    /// A strip of `height` from the bottom, and what is left above it after `gap`.
    pub fn take_bottom(self, height: f64, gap: f64) -> (Self, Self) {
        let height = within(height, 0.0, self.h.max(0.0));
        let used = (height + gap).min(self.h);
        (
            Self::new(self.x, self.bottom() - height, self.w, height),
            Self::new(self.x, self.y, self.w, self.h - used),
        )
    }

    /// A strip of `width` from the left, and what is left beside it after `gap`.
    pub fn take_left(self, width: f64, gap: f64) -> (Self, Self) {
        let width = within(width, 0.0, self.w.max(0.0));
        let used = (width + gap).min(self.w);
        (
            Self::new(self.x, self.y, width, self.h),
            Self::new(self.x + used, self.y, self.w - used, self.h),
        )
    }

    /// A strip of `width` from the right, and what is left beside it after `gap`.
    pub fn take_right(self, width: f64, gap: f64) -> (Self, Self) {
        let width = within(width, 0.0, self.w.max(0.0));
        let used = (width + gap).min(self.w);
        (
            Self::new(self.right() - width, self.y, width, self.h),
            Self::new(self.x, self.y, self.w - used, self.h),
        )
    }

    /// `count` equal columns, left to right.
    pub fn columns(self, count: usize, gap: f64) -> Vec<Self> {
        let w = share(self.w, count, gap);
        (0..count)
            .map(|i| Self::new(self.x + i as f64 * (w + gap), self.y, w, self.h))
            .collect()
    }

    /// `count` equal rows, top to bottom.
    pub fn rows(self, count: usize, gap: f64) -> Vec<Self> {
        let h = share(self.h, count, gap);
        (0..count)
            .map(|i| Self::new(self.x, self.y + i as f64 * (h + gap), self.w, h))
            .collect()
    }

    /// Columns whose widths are in the proportion of `weights`.
    pub fn columns_of<const N: usize>(self, weights: [f64; N], gap: f64) -> [Self; N] {
        let unit = share(self.w, N, gap) * N as f64 / weights.iter().sum::<f64>();
        let mut x = self.x;
        weights.map(|weight| {
            let column = Self::new(x, self.y, unit * weight, self.h);
            x = column.right() + gap;
            column
        })
    }

    /// Rows whose heights are in the proportion of `weights`.
    pub fn rows_of<const N: usize>(self, weights: [f64; N], gap: f64) -> [Self; N] {
        let unit = share(self.h, N, gap) * N as f64 / weights.iter().sum::<f64>();
        let mut y = self.y;
        weights.map(|weight| {
            let row = Self::new(self.x, y, self.w, unit * weight);
            y = row.bottom() + gap;
            row
        })
    }

    /// A grid of equal tiles, row by row.
    pub fn grid(self, columns: usize, rows: usize, gap: f64) -> Vec<Self> {
        self.rows(rows, gap)
            .into_iter()
            .flat_map(|row| row.columns(columns, gap))
            .collect()
    }

    /// `count` equal tiles, row by row, in the grid whose tiles come nearest to `aspect` (width
    /// over height).
    pub fn tiles(self, count: usize, aspect: f64, gap: f64) -> Vec<Self> {
        let rows_for = |columns: usize| count.div_ceil(columns);
        let misfit = |columns: usize| {
            let ratio =
                share(self.w, columns, gap) / share(self.h, rows_for(columns), gap).max(1e-9);
            libm::fabs(libm::log((ratio / aspect).max(1e-9)))
        };
        let best = (1..=count).min_by(|&a, &b| misfit(a).total_cmp(&misfit(b)));
        let Some(columns) = best else {
            return Vec::new();
        };
        let mut tiles = self.grid(columns, rows_for(columns), gap);
        tiles.truncate(count);
        tiles
    }

    /// Frames of the given widths and one height, row by row from the top left; as many as fit.
    pub fn flow(self, widths: impl IntoIterator<Item = f64>, h: f64, gap: f64) -> Vec<Self> {
        let mut frames = Vec::new();
        let (mut x, mut y) = (self.x, self.y);
        for w in widths {
            let w = w.min(self.w);
            if x > self.x && x + w > self.right() + 0.01 {
                (x, y) = (self.x, y + h + gap);
            }
            if y + h > self.bottom() + 0.01 {
                break;
            }
            frames.push(Self::new(x, y, w, h));
            x += w + gap;
        }
        frames
    }

    /// Where items go inside a group with this frame: under its title and off its edges.
    #[must_use]
    pub fn inside_group(self) -> Self {
        let (_, below) = self.take_top(GROUP_TITLE, 0.0);
        let (_, below) = below.take_bottom(GROUP_INSET, 0.0);
        below.inset_xy(GROUP_INSET, 0.0)
    }

    /// `count` frames of the given size, their middles evenly on the largest ellipse that keeps
    /// them inside: clockwise, the first at the top.
    pub fn around(self, count: usize, w: f64, h: f64) -> Vec<Self> {
        let (rx, ry) = ((self.w - w).max(0.0) / 2.0, (self.h - h).max(0.0) / 2.0);
        let center = self.center();
        (0..count)
            .map(|i| {
                let unit = Point::default().polar(1.0, i as f64 / count as f64);
                Self::around_point(center.moved(unit.x * rx, unit.y * ry), w, h)
            })
            .collect()
    }
}

/// The width of each of `count` parts with `gap` between them.
fn share(whole: f64, count: usize, gap: f64) -> f64 {
    let gaps = count.saturating_sub(1) as f64 * gap;
    ((whole - gaps) / count.max(1) as f64).max(0.0)
}

/// The two stages every scene is laid out for, and a place of any size for swimlanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StageShape {
    /// A desktop, a tablet, an embedded figure: 880 by 560 units.
    Wide,
    /// A phone held upright: 440 by 720 units.
    Tall,
    /// A strip as large as its place on the page, in CSS pixels: what fills it is not laid out by
    /// hand.
    Strip {
        /// Across.
        width: u16,
        /// Down.
        height: u16,
    },
}

impl StageShape {
    /// The shapes for which patterns lay out their scenes.
    pub const ALL: [Self; 2] = [Self::Wide, Self::Tall];

    /// The whole stage.
    pub const fn stage(self) -> Rect {
        match self {
            Self::Wide => Rect::new(0.0, 0.0, 880.0, 560.0),
            Self::Tall => Rect::new(0.0, 0.0, 440.0, 720.0),
            Self::Strip { width, height } => Rect::new(0.0, 0.0, width as f64, height as f64),
        }
    }

    /// The stage without its margin: where items go.
    pub fn area(self) -> Rect {
        let margin = match self {
            Self::Wide | Self::Tall => 20.0,
            Self::Strip { .. } => 6.0,
        };
        self.stage().inset(margin)
    }

    /// The shape's name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Tall => "tall",
            Self::Strip { .. } => "strip",
        }
    }
}
