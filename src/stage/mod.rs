//! Stub.
use orrery_core::scene::{Picture, StageShape};
use orrery_core::value::Call;
use wasm_bindgen::JsValue;

/// What a person did on the stage.
#[derive(Debug)]
pub enum StageEvent {
    /// Chosen from a menu or typed into a field.
    Act(Call),
    /// Something whose causing event was clicked.
    Event(u64),
}

/// Stub.
#[derive(Debug)]
pub struct Stage;

impl Stage {
    /// Stub.
    ///
    /// # Errors
    /// Stub.
    pub fn mount(
        _: &web_sys::HtmlElement,
        _: impl Fn(StageEvent) + 'static,
    ) -> Result<Self, JsValue> {
        Ok(Self)
    }
    /// Stub.
    pub fn show(&mut self, _: &Picture) {}
    /// Stub.
    pub fn restyle(&mut self) {}
    /// Stub.
    pub fn shape_for(width: f64, height: f64) -> StageShape {
        if width >= height {
            StageShape::Wide
        } else {
            StageShape::Tall
        }
    }
}
