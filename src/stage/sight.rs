//! What part of a picture is in sight. Plain numbers, no DOM.

use orrery_core::real::{plain, within};

/// How many times its own size a picture may be shown at most.
const TIMES_MAX: f64 = 8.0;

/// Nearer to the whole picture than this is the whole picture: fingers are not exact.
const TIMES_NEARLY_WHOLE: f64 = 1.02;

/// A place on the screen, in CSS pixels from the corner of the picture's room.
pub(super) type Place = (f64, f64);

/// A part of a picture, of the shape of the whole.
///
/// Where it is counts in shares of the picture, so it outlives a change of the picture's size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sight {
    /// Width and height of the whole picture, in stage units.
    pub(super) size: (f64, f64),
    times: f64,
    left: f64,
    top: f64,
}

impl Default for Sight {
    fn default() -> Self {
        Self {
            size: (0.0, 0.0),
            times: 1.0,
            left: 0.0,
            top: 0.0,
        }
    }
}

impl Sight {
    /// Left, top, width and height of the part, in stage units.
    pub(super) fn window(self) -> [f64; 4] {
        let (w, h) = self.size;
        [self.left * w, self.top * h, w / self.times, h / self.times]
    }

    /// The same as an SVG's `viewBox` says it.
    pub(super) fn view_box(self) -> String {
        let [x, y, w, h] = self.window().map(plain);
        format!("{x} {y} {w} {h}")
    }

    /// Whether all of the picture is in sight.
    pub(super) fn is_whole(self) -> bool {
        self.times <= 1.0
    }

    /// All of the picture.
    pub(super) fn whole(self) -> Self {
        Self {
            size: self.size,
            ..Self::default()
        }
    }

    /// The place of the picture that is shown at a place in a room of this size, in stage units.
    pub(super) fn shown_at(self, room: (f64, f64), (x, y): Place) -> Place {
        let [left, top, w, h] = self.window();
        let scale = (room.0 / w).min(room.1 / h);
        let (beside, above) = ((room.0 - w * scale) / 2.0, (room.1 - h * scale) / 2.0);
        (left + (x - beside) / scale, top + (y - above) / scale)
    }

    /// What is in sight once that which is at `from` in a room of this size is at `to`, and
    /// everything `factor` times as large as now; as far as there is picture to show.
    pub(super) fn moved(self, room: (f64, f64), from: Place, to: Place, factor: f64) -> Self {
        let [x, y, w, h] = self.window();
        let scale = (room.0 / w).min(room.1 / h);
        let times = self.times * factor;
        if !(scale > 0.0 && scale.is_finite() && times >= TIMES_NEARLY_WHOLE) {
            return self.whole();
        }
        let times = times.min(TIMES_MAX);
        // The part fills the room alike before and after: what is left beside it stays.
        let (beside, above) = ((room.0 - w * scale) / 2.0, (room.1 - h * scale) / 2.0);
        let next = scale * times / self.times;
        let left = x + (from.0 - beside) / scale - (to.0 - beside) / next;
        let top = y + (from.1 - above) / scale - (to.1 - above) / next;
        let last = 1.0 - 1.0 / times;
        Self {
            size: self.size,
            times,
            left: within(left / self.size.0, 0.0, last),
            top: within(top / self.size.1, 0.0, last),
        }
    }
}

/// How far two places are apart.
pub(super) fn distance(a: Place, b: Place) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

#[cfg(test)]
mod tests {
    use super::Sight;

    /// Wider than the picture: 40 pixels are left on either side, and a unit takes half a pixel.
    const ROOM: (f64, f64) = (480.0, 200.0);

    fn sight() -> Sight {
        Sight {
            size: (800.0, 400.0),
            ..Sight::default()
        }
    }

    #[test]
    fn what_is_under_the_fingers_stays_under_them() {
        let (from, to) = ((200.0, 80.0), (210.0, 90.0));
        let under = sight().shown_at(ROOM, from);
        let near = sight().moved(ROOM, from, to, 2.5);
        let now = near.shown_at(ROOM, to);
        assert!((now.0 - under.0).abs() < 1e-9 && (now.1 - under.1).abs() < 1e-9);
        assert!(!near.is_whole());
    }

    #[test]
    fn the_picture_does_not_leave_its_room() {
        let near = sight().moved(ROOM, (240.0, 100.0), (240.0, 100.0), 2.0);
        assert_eq!(near.window(), [200.0, 100.0, 400.0, 200.0]);
        let [left, top, ..] = near.moved(ROOM, (0.0, 0.0), (900.0, 900.0), 1.0).window();
        assert_eq!((left, top), (0.0, 0.0));
        let [left, top, ..] = near.moved(ROOM, (0.0, 0.0), (-900.0, -900.0), 1.0).window();
        assert_eq!((left, top), (400.0, 200.0));
    }

    #[test]
    fn smaller_than_whole_is_whole_and_eight_times_is_the_end() {
        let middle = (240.0, 100.0);
        let near = sight().moved(ROOM, middle, middle, 100.0);
        assert_eq!(near.window()[2], 100.0);
        assert_eq!(near.moved(ROOM, middle, middle, 0.01), sight());
    }

    #[test]
    fn a_room_or_a_gesture_without_a_size_shows_the_whole_picture() {
        for (room, factor) in [((0.0, 0.0), 2.0), (ROOM, f64::NAN), (ROOM, 0.0)] {
            assert_eq!(sight().moved(room, (1.0, 1.0), (2.0, 2.0), factor), sight());
        }
    }

    #[test]
    fn another_size_of_the_picture_keeps_the_part() {
        let mut near = sight().moved(ROOM, (240.0, 100.0), (240.0, 100.0), 2.0);
        near.size = (400.0, 600.0);
        assert_eq!(near.window(), [100.0, 150.0, 200.0, 300.0]);
        assert_eq!(near.view_box(), "100 150 200 300");
    }
}
