//! Round dots in a buffer of pixels. Plain bytes, no DOM.

/// How many bytes a pixel takes.
pub(super) const PIXEL: usize = 4;

/// Red, green, blue and opacity.
pub(super) type Colour = [u8; PIXEL];

/// Into how many places a pixel is divided each way, so that what moves slowly moves smoothly.
const PLACES: usize = 4;

/// How many samples a side the covered part of a pixel is taken from.
const SAMPLES: i32 = 4;

/// Rows of pixels, not premultiplied.
pub(super) struct Raster<'a> {
    pixels: &'a mut [Colour],
    width: i32,
}

impl<'a> Raster<'a> {
    /// The pixels as rows of `width`.
    pub(super) fn new(bytes: &'a mut [u8], width: u32) -> Self {
        let (pixels, _) = bytes.as_chunks_mut();
        let width = width as i32;
        Self { pixels, width }
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
        let left = column.clamp(0, raster.width);
        let right = column.saturating_add(self.size).clamp(left, raster.width);
        // What of the stamp is above and left of the raster.
        let (above, before) = (line.saturating_neg().max(0), left.saturating_sub(column));
        let rows = (raster.pixels)
            .chunks_mut(raster.width.max(1) as usize)
            .skip(line.max(0) as usize);
        let stamp = stamp.chunks(self.size as usize).skip(above as usize);
        for (row, covered) in rows.zip(stamp) {
            let covered = covered.iter().skip(before as usize);
            for (pixel, &covered) in row[left as usize..right as usize].iter_mut().zip(covered) {
                match covered {
                    0 => {}
                    u8::MAX => *pixel = colour,
                    _ => *pixel = blended(*pixel, colour, covered),
                }
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

/// A pixel of which a colour covers a part.
fn blended(pixel: Colour, colour: Colour, covered: u8) -> Colour {
    let [red, green, blue, _] = colour;
    // Most dots have nothing below them, and dividing takes longer than all else here.
    if pixel[3] == 0 {
        return [red, green, blue, covered];
    }
    let over = u32::from(covered);
    let under = u32::from(pixel[3]) * (255 - over) / 255;
    let sum = (over + under).max(1);
    let mixed = |new: u8, old: u8| ((u32::from(new) * over + u32::from(old) * under) / sum) as u8;
    [
        mixed(red, pixel[0]),
        mixed(green, pixel[1]),
        mixed(blue, pixel[2]),
        sum.min(255) as u8,
    ]
}

#[cfg(test)]
mod tests {
    use super::{Dots, PIXEL, Raster};

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
        for pixel in pixels.chunks_exact(PIXEL).filter(|pixel| pixel[3] > 0) {
            assert!(pixel[0].abs_diff(10) < 3, "{pixel:?}");
        }
    }
}
