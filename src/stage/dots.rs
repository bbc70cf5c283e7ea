//! Round dots in a buffer of pixels. Plain bytes, no DOM.

/// How many bytes a pixel takes.
pub(super) const PIXEL: usize = 4;

/// Red, green, blue and opacity.
pub(super) type Colour = [u8; PIXEL];

/// Into how many places a pixel is divided each way, so that what moves slowly moves smoothly.
const PLACES: usize = 4;

/// How many samples a side the covered part of a pixel is taken from.
const SAMPLES: i32 = 4;

/// At which bit the opacity begins in a pixel taken as one number.
const OPACITY: u32 = 24;

/// Rows of pixels, not premultiplied.
pub(super) struct Raster<'a> {
    pixels: &'a mut [Colour],
    width: i32,
    height: i32,
}

impl<'a> Raster<'a> {
    /// The pixels as rows of `width`.
    pub(super) fn new(bytes: &'a mut [u8], width: u32) -> Self {
        let (pixels, _) = bytes.as_chunks_mut();
        let height = pixels.len() / width.max(1) as usize;
        Self {
            pixels,
            width: width as i32,
            height: height as i32,
        }
    }
}

/// Dots of one radius.
pub(super) struct Dots {
    /// How many pixels a side of a stamp has.
    size: i32,
    /// How far the middle of a dot is from its stamp's corner, before its own place in the pixel.
    middle: f32,
    /// How much of each pixel is covered, by rows, for each place of the middle; one for all if the
    /// edges are hard.
    stamps: Vec<Vec<u8>>,
}

impl Dots {
    /// Dots of `radius` pixels.
    pub(super) fn new(radius: f32, soft: bool) -> Self {
        let radius = radius.clamp(0.5, 256.0);
        if soft {
            let size = (radius * 2.0).ceil() as i32 + 1;
            let stamps = (0..PLACES * PLACES).map(|place| {
                let part = |place: usize| (place as f32 + 0.5) / PLACES as f32 + radius;
                stamp(size, radius, (part(place % PLACES), part(place / PLACES)))
            });
            Self {
                size,
                middle: radius,
                stamps: stamps.collect(),
            }
        } else {
            let size = (radius * 2.0).round().max(1.0) as i32;
            let half = size as f32 / 2.0;
            let mut hard = stamp(size, half, (half, half));
            for covered in &mut hard {
                *covered = if *covered >= 128 { u8::MAX } else { 0 };
            }
            Self {
                size,
                middle: half - 0.5,
                stamps: vec![hard],
            }
        }
    }

    /// Sets the dot around (`x`, `y`), as far as it is inside.
    pub(super) fn set(&self, raster: &mut Raster<'_>, x: f32, y: f32, colour: Colour) {
        let (left, top) = (x - self.middle, y - self.middle);
        let (column, line) = (left.floor(), top.floor());
        let place = |at: f32| ((at * PLACES as f32) as usize).min(PLACES - 1);
        let index = place(left - column) + place(top - line) * PLACES;
        let Some(stamp) = self.stamps.get(index).or(self.stamps.first()) else {
            return;
        };
        let (column, line) = (column as i32, line as i32);
        let inside = |from: i32, end: i32| {
            let first = from.clamp(0, end);
            first..from.saturating_add(self.size).clamp(first, end)
        };
        let (columns, lines) = (inside(column, raster.width), inside(line, raster.height));
        if columns.is_empty() {
            return;
        }
        for at in lines {
            let start = at * raster.width;
            let pixels = (start + columns.start) as usize..(start + columns.end) as usize;
            let before = (at - line) * self.size + columns.start - column;
            let stamp = &stamp[before as usize..];
            for (pixel, &covered) in raster.pixels[pixels].iter_mut().zip(stamp) {
                *pixel = covered_by(*pixel, colour, covered);
            }
        }
    }
}

/// How much of each pixel the circle around `middle` covers.
fn stamp(size: i32, radius: f32, middle: (f32, f32)) -> Vec<u8> {
    let covered = |column: i32, line: i32| {
        let inside = (0..SAMPLES * SAMPLES).filter(|sample| {
            let part = |sample: i32| (sample as f32 + 0.5) / SAMPLES as f32;
            let x = column as f32 + part(sample % SAMPLES) - middle.0;
            let y = line as f32 + part(sample / SAMPLES) - middle.1;
            x * x + y * y <= radius * radius
        });
        (inside.count() * 255 / (SAMPLES * SAMPLES) as usize) as u8
    };
    (0..size * size)
        .map(|at| covered(at % size, at / size))
        .collect()
}

/// A pixel of which a colour covers a part: as opaque as both make it, in the colour of the one that
/// covers more.
///
/// To mix them would take three divisions. A branch for what is covered not at all, or all of it,
/// would be guessed wrong every few pixels.
fn covered_by(pixel: Colour, colour: Colour, covered: u8) -> Colour {
    let (old, new) = (u32::from_le_bytes(pixel), u32::from_le_bytes(colour));
    let (under, over) = (old >> OPACITY, u32::from(covered));
    let shown = if over >= under { new } else { old };
    let opacity = over + under * (255 - over) / 255;
    (shown & ((1 << OPACITY) - 1) | opacity << OPACITY).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::{Dots, PIXEL, Raster, covered_by};

    const INK: [u8; PIXEL] = [10, 20, 30, 255];

    /// The opacities of an 8 by 8 raster with one dot, summed up.
    fn opacity(radius: f32, soft: bool, x: f32, y: f32) -> u32 {
        let mut pixels = vec![0; 64 * PIXEL];
        Dots::new(radius, soft).set(&mut Raster::new(&mut pixels, 8), x, y, INK);
        let alphas = pixels.chunks_exact(PIXEL).map(|pixel| u32::from(pixel[3]));
        alphas.sum()
    }

    #[test]
    fn a_dot_covers_its_area_wherever_it_is() {
        for step in 0..20 {
            let at = 3.5 + step as f32 / 20.0;
            let parts = opacity(2.0, true, at, 4.0) as f32 / 255.0;
            assert!((parts - 12.57).abs() < 0.8, "{parts} at {at}");
        }
    }

    #[test]
    fn a_hard_dot_has_whole_pixels_only() {
        assert_eq!(opacity(1.0, false, 4.0, 4.0), 4 * 255);
        assert_eq!(opacity(0.1, false, 4.0, 4.0), 255);
        assert_eq!(opacity(2.0, false, 4.0, 4.0) % 255, 0);
    }

    #[test]
    fn what_is_outside_is_left_out() {
        assert_eq!(opacity(1.0, false, 0.0, 0.0), 255);
        assert_eq!(opacity(1.0, false, 8.0, 8.0), 255);
        for far in [-1e9, -50.0, 50.0, 1e9] {
            assert_eq!(opacity(2.0, true, far, 4.0), 0);
            assert_eq!(opacity(2.0, true, 4.0, far), 0);
        }
    }

    #[test]
    fn a_dot_on_a_dot_is_opaque_where_either_is() {
        let mut pixels = vec![0; 64 * PIXEL];
        let mut raster = Raster::new(&mut pixels, 8);
        let dots = Dots::new(2.0, true);
        dots.set(&mut raster, 4.0, 4.0, INK);
        dots.set(&mut raster, 4.3, 4.2, INK);
        let alone = |x: f32| opacity(2.0, true, x, 4.0);
        let both: u32 = pixels
            .chunks_exact(PIXEL)
            .map(|pixel| u32::from(pixel[3]))
            .sum();
        assert!(both > alone(4.0) && both < 2 * alone(4.0), "{both}");
        for pixel in pixels.chunks_exact(PIXEL).filter(|pixel| pixel[3] > 0) {
            assert_eq!(pixel[..3], INK[..3]);
        }
    }

    #[test]
    fn of_two_dots_in_a_pixel_the_one_that_covers_more_gives_the_colour() {
        let over = |under: u8, over: u8| covered_by([1, 2, 3, under], INK, over);
        assert_eq!(over(0, 255), INK);
        assert_eq!(over(200, 0), [1, 2, 3, 200]);
        assert_eq!(over(255, 100), [1, 2, 3, 255]);
        assert_eq!(over(100, 255), INK);
        let mixed = over(51, 102);
        assert_eq!(mixed, [10, 20, 30, 132], "0.4 and 0.6 of the other's 0.2");
    }
}
