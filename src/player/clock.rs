//! The animation loop, and how long its frames take.

use leptos::prelude::{request_animation_frame, window};
use wasm_bindgen::JsValue;

use crate::observable::Observable;

/// The name of the global array that holds the main-thread milliseconds of recent frames, for
/// measurements from outside.
pub const FRAME_MILLIS_KEY: &str = "__orreryFrameMillis";

const FRAMES_KEPT: u32 = 600;
/// After a pause of the browser's own (a hidden tab) time goes on as if little had passed.
const ELAPSED_MAX_MILLIS: f64 = 100.0;

/// Milliseconds on a clock that only grows.
pub fn now_millis() -> f64 {
    window()
        .performance()
        .map_or(0.0, |performance| performance.now())
}

/// Calls `frame` with the milliseconds since the last frame and the time at its start, before each
/// repaint while `awake`, until the page is left. Hidden pages get no frames.
pub fn run_frames(awake: Observable<bool>, frame: impl FnMut(f64, f64) + 'static) {
    let millis = js_sys::Array::new();
    let _ = js_sys::Reflect::set(&window(), &JsValue::from_str(FRAME_MILLIS_KEY), &millis);
    let beat = Observable::new(Beat {
        frame: Some(Box::new(frame)),
        last: now_millis(),
        is_due: false,
        millis,
    });
    let wake = move || {
        if awake.try_get_untracked() == Some(true) {
            next(beat, awake);
        }
    };
    wake();
    awake.watch(wake);
}

/// The loop between two frames.
struct Beat {
    /// Away while it is called.
    frame: Option<Box<dyn FnMut(f64, f64)>>,
    last: f64,
    /// Whether the browser was asked for the next frame.
    is_due: bool,
    millis: js_sys::Array,
}

fn next(beat: Observable<Beat>, awake: Observable<bool>) {
    let asked = beat.try_update_untracked(|beat| std::mem::replace(&mut beat.is_due, true));
    if asked != Some(false) {
        return;
    }
    request_animation_frame(move || {
        let started = now_millis();
        let taken = beat.try_update_untracked(|beat| {
            beat.is_due = false;
            let elapsed = (started - beat.last).min(ELAPSED_MAX_MILLIS);
            beat.last = started;
            Some((beat.frame.take()?, elapsed))
        });
        // None when the page is gone.
        let Some((mut frame, elapsed)) = taken.flatten() else {
            return;
        };
        if awake.try_get_untracked() == Some(true) {
            frame(elapsed, started);
        }
        beat.try_update_untracked(|beat| {
            beat.frame = Some(frame);
            beat.millis.push(&JsValue::from_f64(now_millis() - started));
            if beat.millis.length() > FRAMES_KEPT {
                beat.millis.shift();
            }
        });
        if awake.try_get_untracked() == Some(true) {
            next(beat, awake);
        }
    });
}
