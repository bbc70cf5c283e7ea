//! Pictures as one GIF: a palette for all of them, and of each only what has changed.
//!
//! The same pictures give the same bytes. Nothing here knows the page or a clock.

use std::borrow::Cow;

use gif::{DisposalMethod, Encoder, Frame, Repeat};
use thiserror::Error;

/// The largest file, in bytes.
pub const BYTES_MAX: usize = 48 << 20;

/// The colours of the palette; the last place is what stays as it was.
const COLOURS: usize = 255;
const STAYS: u8 = 255;

/// Colours are counted, and looked up, by so many bits of each channel.
const BITS: u32 = 5;
const BUCKETS: usize = 1 << (3 * BITS);

/// Why a clip could not be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GifError {
    /// It is too wide or too high.
    #[error("A GIF of {width} by {height} pixels is too large: a side has from 1 to 65535.")]
    Size {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// It grew too long.
    #[error(
        "The clip grew over {} MB after {frames} pictures. Choose a shorter stretch, fewer pictures per second or a smaller width.",
        BYTES_MAX >> 20
    )]
    TooLong {
        /// How many there were room for.
        frames: usize,
    },
    /// The encoder refused.
    #[error("The clip could not be written: {0}. Choose another width.")]
    Encoding(String),
}

/// Counts the colours of some pictures, to choose those that all of them are painted in.
#[derive(Debug, Clone)]
pub struct Palette {
    met: Vec<Bucket>,
}

/// How often colours that are nearly one were met, and the first of them with their own counts.
type Bucket = (u64, Vec<([u8; 3], u32)>);

/// So many colours are told apart within a bucket; pictures of flat shapes have one or two.
const TOLD_APART: usize = 16;

impl Default for Palette {
    fn default() -> Self {
        Self {
            met: vec![(0, Vec::new()); BUCKETS],
        }
    }
}

impl Palette {
    /// Counts a picture of four bytes per pixel.
    pub fn count(&mut self, pixels: &[u8]) {
        for pixel in pixels.chunks_exact(4) {
            let colour = [pixel[0], pixel[1], pixel[2]];
            let (count, own) = &mut self.met[bucket(colour)];
            *count += 1;
            match own.iter().position(|(known, _)| *known == colour) {
                Some(place) => own[place].1 += 1,
                None if own.len() < TOLD_APART => own.push((colour, 1)),
                None => {}
            }
        }
    }

    /// One colour for each of some buckets, the one met most in it: of the bucket met most first, and
    /// then, each time, of the one whose pixels would otherwise be the farthest off in all.
    fn choose(&self) -> Vec<[u8; 3]> {
        let met = self.met.iter().filter_map(|(count, own)| {
            let first = own.iter().rev().max_by_key(|(_, count)| *count);
            first.map(|(colour, _)| (*count, *colour))
        });
        let met: Vec<(u64, [u8; 3])> = met.collect();
        // All are equally far off while nothing is chosen.
        let mut off = vec![1_u64; met.len()];
        let mut colours = Vec::with_capacity(COLOURS);
        while colours.len() < COLOURS {
            let worst = (0..met.len())
                .rev()
                .max_by_key(|place| met[*place].0 * off[*place]);
            let Some(worst) = worst.filter(|place| off[*place] > 0) else {
                break;
            };
            let chosen = met[worst].1;
            let first = colours.is_empty();
            for (off, (_, colour)) in off.iter_mut().zip(&met) {
                let own = u64::from(distance(chosen, *colour));
                *off = if first { own } else { own.min(*off) };
            }
            colours.push(chosen);
        }
        if colours.is_empty() {
            colours.push([255, 255, 255]);
        }
        colours
    }
}

/// The square of how far apart two colours are.
fn distance(one: [u8; 3], other: [u8; 3]) -> u32 {
    let channels = one.iter().zip(other);
    channels
        .map(|(one, other)| u32::from(one.abs_diff(other)).pow(2))
        .sum()
}

fn bucket(colour: [u8; 3]) -> usize {
    let place = |channel: u8| usize::from(channel >> (8 - BITS));
    let [red, green, blue] = colour.map(place);
    (red << (2 * BITS)) | (green << BITS) | blue
}

/// A clip under way.
pub struct Clip {
    encoder: Encoder<Vec<u8>>,
    size: (u16, u16),
    /// In hundredths of a second.
    delay: u16,
    colours: Vec<[u8; 3]>,
    /// The place in the palette for each bucket, once it was looked for.
    nearest: Vec<Option<u8>>,
    shown: Vec<u8>,
    frames: usize,
}

impl Clip {
    /// Begins a clip that shows each picture for `delay` hundredths of a second, for ever.
    ///
    /// # Errors
    /// A size that no GIF has.
    pub fn begin(palette: &Palette, width: u32, height: u32, delay: u16) -> Result<Self, GifError> {
        let side = |side: u32| u16::try_from(side).ok().filter(|side| *side > 0);
        let size = side(width).zip(side(height));
        let size = size.ok_or(GifError::Size { width, height })?;
        let colours = palette.choose();
        let mut table: Vec<u8> = colours.as_flattened().to_vec();
        // The place of what stays has to be there, whatever its colour.
        table.resize((COLOURS + 1) * 3, 0);
        let mut encoder = Encoder::new(Vec::new(), size.0, size.1, &table).map_err(encoding)?;
        encoder.set_repeat(Repeat::Infinite).map_err(encoding)?;
        Ok(Self {
            encoder,
            size,
            delay,
            colours,
            nearest: vec![None; BUCKETS],
            shown: Vec::new(),
            frames: 0,
        })
    }

    /// Adds a picture of four bytes per pixel.
    ///
    /// # Errors
    /// When the clip has grown too long.
    pub fn add(&mut self, pixels: &[u8]) -> Result<(), GifError> {
        let painted: Vec<u8> = pixels
            .chunks_exact(4)
            .map(|pixel| self.place([pixel[0], pixel[1], pixel[2]]))
            .collect();
        let frame = self.difference(&painted);
        self.encoder.write_frame(&frame).map_err(encoding)?;
        self.shown = painted;
        self.frames += 1;
        if self.encoder.get_ref().len() > BYTES_MAX {
            return Err(GifError::TooLong {
                frames: self.frames,
            });
        }
        Ok(())
    }

    /// The file.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub fn finish(self) -> Result<Vec<u8>, GifError> {
        self.encoder
            .into_inner()
            .map_err(|error| GifError::Encoding(error.to_string()))
    }

    fn place(&mut self, colour: [u8; 3]) -> u8 {
        let bucket = bucket(colour);
        if let Some(place) = self.nearest[bucket] {
            return place;
        }
        let places = self.colours.iter().enumerate();
        let place = places.min_by_key(|(_, own)| distance(**own, colour));
        // There are at most 255.
        let place = place.map_or(0, |(place, _)| place as u8);
        self.nearest[bucket] = Some(place);
        place
    }

    /// The smallest rectangle with all that changed since the last picture; in it, only that.
    fn difference(&self, painted: &[u8]) -> Frame<'static> {
        let (width, height) = (usize::from(self.size.0), usize::from(self.size.1));
        let changed = |x: usize, y: usize| {
            let at = y * width + x;
            self.shown.get(at) != painted.get(at)
        };
        let row = |y: &usize| (0..width).any(|x| changed(x, *y));
        let column = |x: &usize| (0..height).any(|y| changed(*x, y));
        // A picture in which nothing changed still takes its time: one pixel that stays.
        let top = (0..height).find(row).unwrap_or(0);
        let bottom = (top..height).rfind(row).unwrap_or(top);
        let left = (0..width).find(column).unwrap_or(0);
        let right = (left..width).rfind(column).unwrap_or(left);
        let mut buffer = Vec::with_capacity((right + 1 - left) * (bottom + 1 - top));
        for y in top..=bottom {
            for x in left..=right {
                let own = painted.get(y * width + x).copied().unwrap_or(0);
                buffer.push(if changed(x, y) { own } else { STAYS });
            }
        }
        Frame {
            delay: self.delay,
            dispose: DisposalMethod::Keep,
            transparent: Some(STAYS),
            left: left as u16,
            top: top as u16,
            width: (right + 1 - left) as u16,
            height: (bottom + 1 - top) as u16,
            buffer: Cow::Owned(buffer),
            ..Frame::default()
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
fn encoding(error: gif::EncodingError) -> GifError {
    GifError::Encoding(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: u32 = 8;
    const HEIGHT: u32 = 6;
    const PAPER: [u8; 3] = [251, 249, 244];
    const INK: [u8; 3] = [29, 33, 38];

    /// Paper with one dot of ink.
    fn picture(dot: usize) -> Vec<u8> {
        let pixels = 0..(WIDTH * HEIGHT) as usize;
        pixels
            .flat_map(|at| {
                let [red, green, blue] = if at == dot { INK } else { PAPER };
                [red, green, blue, 255]
            })
            .collect()
    }

    fn clip(pictures: &[Vec<u8>]) -> Vec<u8> {
        let mut palette = Palette::default();
        for picture in pictures {
            palette.count(picture);
        }
        let mut clip = Clip::begin(&palette, WIDTH, HEIGHT, 8).expect("it has a size");
        for picture in pictures {
            clip.add(picture).expect("it is short");
        }
        clip.finish().expect("it ends")
    }

    /// What a viewer shows, picture by picture, by the decoder of the crate.
    fn shown(bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(bytes).expect("it is a GIF");
        let mut screen = vec![0; (WIDTH * HEIGHT * 4) as usize];
        let mut shown = Vec::new();
        while let Some(frame) = decoder.read_next_frame().expect("it decodes") {
            assert_eq!(frame.delay, 8);
            for (place, pixel) in frame.buffer.chunks_exact(4).enumerate() {
                let (x, y) = (
                    place % usize::from(frame.width),
                    place / usize::from(frame.width),
                );
                let (x, y) = (x + usize::from(frame.left), y + usize::from(frame.top));
                let at = (y * WIDTH as usize + x) * 4;
                if pixel[3] > 0 {
                    screen[at..at + 4].copy_from_slice(pixel);
                }
            }
            shown.push(screen.clone());
        }
        shown
    }

    #[test]
    fn every_picture_comes_back_as_it_was_also_one_that_did_not_change() {
        let pictures = [3, 3, 47, 0].map(picture);
        assert_eq!(shown(&clip(&pictures)), pictures);
    }

    #[test]
    fn the_same_pictures_give_the_same_bytes() {
        let pictures = [1, 2, 3].map(picture);
        assert_eq!(clip(&pictures), clip(&pictures));
    }

    #[test]
    fn more_colours_than_a_palette_holds_become_their_nearest() {
        let shades = |green: u8| -> Vec<u8> {
            let reds = (0..WIDTH * HEIGHT).map(|at| (at * 5) as u8);
            reds.flat_map(|red| [red, green, 200, 255]).collect()
        };
        let mut palette = Palette::default();
        let greens = (0..=u8::MAX).step_by(8);
        for green in greens.clone() {
            palette.count(&shades(green));
        }
        let dot = picture(7);
        palette.count(&dot);
        assert_eq!(palette.choose().len(), COLOURS);
        let mut clip = Clip::begin(&palette, WIDTH, HEIGHT, 8).expect("it has a size");
        let mut pictures: Vec<Vec<u8>> = greens.map(shades).collect();
        pictures.push(dot);
        for picture in &pictures {
            clip.add(picture).expect("it is short");
        }
        let shown = shown(&clip.finish().expect("it ends"));
        for (own, other) in shown.concat().iter().zip(pictures.concat()) {
            assert!(own.abs_diff(other) <= 24, "{own} for {other}");
        }
        let one_dot = &shown[shown.len() - 1][7 * 4..7 * 4 + 3];
        assert_eq!(one_dot, INK, "one pixel among so many keeps its colour");
    }

    #[test]
    fn a_size_that_no_gif_has_is_refused() {
        for (width, height) in [(0, 5), (5, 0), (70_000, 5)] {
            let error = Clip::begin(&Palette::default(), width, height, 4).err();
            assert_eq!(error, Some(GifError::Size { width, height }));
        }
    }
}
