//! A stretch of a run as a GIF: picture k shows the instant `from` + k × speed / pictures per second.
//!
//! A session of its own is sought from instant to instant, so neither the wall clock nor the page's
//! run has a part in it: the same request gives the same pictures. The work is cut into pieces
//! between which the page draws its frames.

use gloo_timers::future::TimeoutFuture;
use orrery_core::catalog::Pattern;
use orrery_core::kernel::session::{RUN_MAX, RunState, Session, SessionError};
use orrery_core::kernel::timeline::{Cursor, Halt, Stops};
use orrery_core::scene::{StageShape, Theme};
use orrery_core::time::{SimTime, Span};
use thiserror::Error;

use super::gif::{Clip, GifError, Palette};
use super::picture::{self, View};
use crate::saving::{self, SaveError};

/// The most pictures of a clip.
pub const FRAMES_MAX: u64 = 600;
/// The widths that a clip may have, in pixels.
pub const WIDTHS: std::ops::RangeInclusive<u32> = 160..=1280;
/// Pictures per second that a GIF can show: it counts in hundredths of a second.
pub const RATES: [u16; 4] = [5, 10, 20, 25];

/// From so many pictures the palette is chosen.
const SAMPLES: u64 = 12;
/// Events taken between two frames of the page.
const SLICE: u64 = 2_048;

/// What to make a clip of.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipPlan {
    /// Where it begins.
    pub from: SimTime,
    /// Where it ends.
    pub to: SimTime,
    /// Pictures per second, one of [`RATES`].
    pub rate: u16,
    /// Simulated seconds per second of the clip.
    pub speed: f64,
    /// In pixels.
    pub width: u32,
    /// What is shown of the run.
    pub view: View,
    /// For which sort of screen.
    pub shape: StageShape,
    /// In which colours.
    pub theme: Theme,
}

/// Why there is no clip.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ClipError {
    /// It ends before it begins.
    #[error("The clip would go from {from} to {to}: let it end after it begins.")]
    Empty {
        /// Its beginning.
        from: SimTime,
        /// Its end.
        to: SimTime,
    },
    /// It ends after every run.
    #[error("The clip would go on until {0}; a run ends at {RUN_MAX}. Choose an earlier end.")]
    TooFar(SimTime),
    /// Its speed is none.
    #[error(
        "A clip cannot go at a speed of {0}: choose from 0.001 to 1000 simulated seconds per second."
    )]
    Speed(f64),
    /// Its rate is none that a GIF can have.
    #[error("A GIF cannot show {0} pictures per second evenly: choose 5, 10, 20 or 25.")]
    Rate(u16),
    /// It is too narrow or too wide.
    #[error("A clip cannot be {0} pixels wide: choose from {min} to {max}.", min = WIDTHS.start(), max = WIDTHS.end())]
    Width(u32),
    /// It has too many pictures.
    #[error(
        "The clip would have {0} pictures; {FRAMES_MAX} are the most. Choose a shorter stretch, a higher speed or fewer pictures per second."
    )]
    Frames(u64),
    /// The run cannot be opened.
    #[error(transparent)]
    Run(#[from] SessionError),
    /// A picture cannot be drawn.
    #[error(transparent)]
    Picture(#[from] SaveError),
    /// The file cannot be written.
    #[error(transparent)]
    File(#[from] GifError),
}

impl ClipPlan {
    /// How many pictures it has: those that begin before its end, and at least one.
    ///
    /// # Errors
    /// What of it makes no clip.
    pub fn frames(&self) -> Result<u64, ClipError> {
        if self.to <= self.from {
            return Err(ClipError::Empty {
                from: self.from,
                to: self.to,
            });
        }
        if self.to > RUN_MAX {
            return Err(ClipError::TooFar(self.to));
        }
        if !(0.001..=1_000.0).contains(&self.speed) {
            return Err(ClipError::Speed(self.speed));
        }
        if !RATES.contains(&self.rate) {
            return Err(ClipError::Rate(self.rate));
        }
        if !WIDTHS.contains(&self.width) {
            return Err(ClipError::Width(self.width));
        }
        let lasts = self.to.since(self.from).as_nanos();
        let frames = lasts.div_ceil(self.step().as_nanos().max(1));
        if frames > FRAMES_MAX {
            return Err(ClipError::Frames(frames));
        }
        Ok(frames)
    }

    /// The instant of a picture.
    pub fn instant(&self, frame: u64) -> SimTime {
        self.from + self.step() * frame
    }

    /// Simulated time from picture to picture.
    fn step(&self) -> Span {
        Span::from_secs_f64(self.speed / f64::from(self.rate))
    }

    /// In pixels.
    pub fn height(&self) -> u32 {
        let stage = self.shape.stage();
        (f64::from(self.width) * stage.h / stage.w).round() as u32
    }
}

/// What is told of a clip under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Pictures drawn.
    pub done: u64,
    /// Of so many.
    pub of: u64,
}

/// Makes the clip of a run. `go_on` hears how far it is, and says whether to go on; none when it
/// said no.
///
/// # Errors
/// What of the plan makes no clip, or what the browser does not do.
pub async fn make(
    pattern: &'static Pattern,
    state: &RunState,
    plan: &ClipPlan,
    go_on: impl Fn(Progress) -> bool,
) -> Result<Option<Vec<u8>>, ClipError> {
    let frames = plan.frames()?;
    let samples = frames.min(SAMPLES);
    let of = frames + samples;
    let mut session = (pattern.machine.open)(&RunState {
        cursor: Cursor::default(),
        ..state.clone()
    })?;
    session.seek_cursor(Cursor::default());
    let mut palette = Palette::default();
    for sample in 0..samples {
        let frame = sample * (frames - 1) / (samples - 1).max(1);
        palette.count(&pixels(&mut *session, plan, frame).await?);
        if !go_on(Progress {
            done: sample + 1,
            of,
        }) {
            return Ok(None);
        }
    }
    let mut clip = Clip::begin(&palette, plan.width, plan.height(), 100 / plan.rate)?;
    for frame in 0..frames {
        let pixels = pixels(&mut *session, plan, frame).await?;
        breathe().await;
        clip.add(&pixels)?;
        if !go_on(Progress {
            done: samples + frame + 1,
            of,
        }) {
            return Ok(None);
        }
    }
    Ok(Some(clip.finish()?))
}

/// One picture, as four bytes per pixel.
async fn pixels(
    session: &mut dyn Session,
    plan: &ClipPlan,
    frame: u64,
) -> Result<Vec<u8>, ClipError> {
    let at = plan.instant(frame);
    if session.cursor().at > at {
        session.seek(at);
    }
    while session.advance(at, SLICE, &Stops::default()) == Halt::Budget {
        breathe().await;
    }
    let svg = picture::svg(session, plan.view, plan.shape, plan.theme);
    breathe().await;
    Ok(saving::pixels_of(&svg, plan.width, plan.height()).await?)
}

/// Leaves the page room for a frame.
async fn breathe() {
    TimeoutFuture::new(0).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> ClipPlan {
        ClipPlan {
            from: SimTime::from_secs(2),
            to: SimTime::from_secs(4),
            rate: 10,
            speed: 0.5,
            width: 440,
            view: View::Stage,
            shape: StageShape::Wide,
            theme: Theme::Light,
        }
    }

    #[test]
    fn pictures_are_evenly_spaced_in_simulated_time() {
        let plan = plan();
        assert_eq!(plan.frames(), Ok(40));
        assert_eq!(plan.instant(0), plan.from);
        assert_eq!(plan.instant(3), SimTime::from_millis(2_150));
        assert_eq!(plan.height(), 280);
        let tall = ClipPlan {
            shape: StageShape::Tall,
            ..plan
        };
        assert_eq!(tall.height(), 720);
    }

    #[test]
    fn what_makes_no_clip_is_refused_with_what_to_do() {
        let plan = plan();
        let at = SimTime::from_secs;
        for (changed, told) in [
            (
                ClipPlan {
                    to: at(2),
                    ..plan.clone()
                },
                "end after it begins",
            ),
            (
                ClipPlan {
                    to: RUN_MAX + Span::from_secs(1),
                    ..plan.clone()
                },
                "earlier end",
            ),
            (
                ClipPlan {
                    speed: 0.0,
                    ..plan.clone()
                },
                "speed of 0",
            ),
            (
                ClipPlan {
                    speed: f64::NAN,
                    ..plan.clone()
                },
                "speed of NaN",
            ),
            (
                ClipPlan {
                    rate: 30,
                    ..plan.clone()
                },
                "5, 10, 20 or 25",
            ),
            (
                ClipPlan {
                    width: 9_000,
                    ..plan.clone()
                },
                "from 160 to 1280",
            ),
            (
                ClipPlan {
                    to: at(400),
                    ..plan.clone()
                },
                "7960 pictures",
            ),
        ] {
            let error = changed.frames().expect_err("refused").to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
