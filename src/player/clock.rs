//! The animation loop, and how long its frames take.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

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
/// repaint, until the owner is disposed of. Hidden pages get no frames.
pub fn run_frames(frame: impl FnMut(f64, f64) + 'static) {
    let alive = StoredValue::new(true);
    on_cleanup(move || alive.dispose());
    let millis = js_sys::Array::new();
    let _ = js_sys::Reflect::set(&window(), &JsValue::from_str(FRAME_MILLIS_KEY), &millis);
    next(alive, frame, now_millis(), millis);
}

fn next(
    alive: StoredValue<bool>,
    mut frame: impl FnMut(f64, f64) + 'static,
    last: f64,
    millis: js_sys::Array,
) {
    request_animation_frame(move || {
        if alive.try_get_value().is_none() {
            return;
        }
        let started = now_millis();
        frame((started - last).min(ELAPSED_MAX_MILLIS), started);
        millis.push(&JsValue::from_f64(now_millis() - started));
        if millis.length() > FRAMES_KEPT {
            millis.shift();
        }
        next(alive, frame, started, millis);
    });
}
