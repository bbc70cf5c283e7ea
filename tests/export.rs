//! Pictures and clips in a real browser, read back by readers that are not ours.
#![cfg(target_arch = "wasm32")]

use std::cell::Cell;

use orrery::panels::export::clip::{self, ClipPlan, Progress};
use orrery::panels::export::picture::{self, View};
use orrery::saving;
use orrery_core::catalog::{self, PATTERNS, Pattern};
use orrery_core::kernel::session::RunState;
use orrery_core::scene::{StageShape, Theme};
use orrery_core::time::{SimTime, Span};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{DomParser, SupportedType};

wasm_bindgen_test_configure!(run_in_browser);

fn pattern() -> &'static Pattern {
    catalog::find("token-bucket").expect("it is in the catalogue")
}

fn run(pattern: &'static Pattern) -> RunState {
    (pattern.scenarios)().swap_remove(0).state()
}

fn plan() -> ClipPlan {
    ClipPlan {
        from: SimTime::from_millis(1_500),
        to: SimTime::from_millis(3_000),
        rate: 10,
        speed: 1.0,
        width: 220,
        view: View::Stage,
        shape: StageShape::Wide,
        theme: Theme::Light,
    }
}

/// Red, green, blue, alpha.
type Pixel = [u8; 4];

/// What a viewer shows, picture by picture, and for how long in hundredths of a second.
fn shown(bytes: &[u8]) -> Vec<(u16, Vec<Pixel>)> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes).expect("it is a GIF");
    let width = usize::from(decoder.width());
    let mut screen = vec![[0; 4]; width * usize::from(decoder.height())];
    let mut shown = Vec::new();
    while let Some(frame) = decoder.read_next_frame().expect("it decodes") {
        let own = usize::from(frame.width);
        let (left, top) = (usize::from(frame.left), usize::from(frame.top));
        for (place, pixel) in frame.buffer.as_chunks().0.iter().enumerate() {
            if pixel[3] > 0 {
                screen[(place / own + top) * width + place % own + left] = *pixel;
            }
        }
        shown.push((frame.delay, screen.clone()));
    }
    shown
}

#[wasm_bindgen_test]
async fn the_picture_of_every_pattern_parses_and_is_drawn_with_its_swarm() {
    for pattern in PATTERNS {
        let mut session = (pattern.machine.open)(&run(pattern)).expect("it opens");
        session.seek(SimTime::from_secs(3));
        for view in [View::Stage, View::Lanes(Span::from_secs(2))] {
            let svg = picture::svg(&*session, view, StageShape::Wide, Theme::Dark);
            let parser = DomParser::new().expect("a parser");
            let parsed = parser.parse_from_string(&svg, SupportedType::ImageSvgXml);
            let broken = parsed.expect("it answers").query_selector("parsererror");
            assert!(
                broken.expect("it parses").is_none(),
                "{}",
                pattern.card.slug
            );
            let png = saving::png_of(&svg, 880.0, 560.0, 0.5).await;
            let png = png.expect("it is drawn");
            assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
            assert_eq!(png[16..24], [0, 0, 1, 184, 0, 0, 1, 24], "440 by 280");
        }
        let picture = session.scene(StageShape::Wide).to_picture();
        let svg = picture.to_svg_in(Theme::Light);
        let points: usize = picture.swarms.iter().map(|swarm| swarm.tone.len()).sum();
        assert_eq!(
            points > 0,
            svg.contains("class=\"swarm"),
            "{}",
            pattern.card.slug
        );
    }
}

#[wasm_bindgen_test]
async fn a_clip_has_the_asked_pictures_and_pace_and_moves() {
    let plan = plan();
    let heard = Cell::new(Progress { done: 0, of: 0 });
    let go_on = |now| {
        heard.set(now);
        true
    };
    let bytes = clip::make(pattern(), &run(pattern()), &plan, go_on).await;
    let bytes = bytes.expect("it can be made").expect("nobody stopped it");
    let shown = shown(&bytes);
    assert_eq!(shown.len(), 15);
    assert!(shown.iter().all(|(delay, _)| *delay == 10));
    assert_eq!(shown[0].1.len(), 220 * 140);
    assert!(
        shown
            .windows(2)
            .filter(|pair| pair[0].1 != pair[1].1)
            .count()
            > 10,
        "the machine runs"
    );
    assert_eq!(heard.get().done, heard.get().of);

    let again = clip::make(pattern(), &run(pattern()), &plan, |_| true).await;
    assert_eq!(again, Ok(Some(bytes)), "the same request, the same bytes");
}

#[wasm_bindgen_test]
async fn a_picture_of_a_clip_is_that_of_its_instant() {
    let plan = plan();
    let bytes = clip::make(pattern(), &run(pattern()), &plan, |_| true).await;
    let bytes = bytes.expect("it can be made").expect("nobody stopped it");
    let mut session = (pattern().machine.open)(&run(pattern())).expect("it opens");
    for (frame, (_, pixels)) in (0..).zip(shown(&bytes)) {
        session.seek(plan.instant(frame));
        let svg = picture::svg(&*session, plan.view, plan.shape, plan.theme);
        let drawn = saving::pixels_of(&svg, plan.width, plan.height()).await;
        let drawn = drawn.expect("it is drawn");
        let off = pixels
            .iter()
            .zip(drawn.as_chunks::<4>().0)
            .filter(|(own, other)| {
                let channels = own.iter().zip(*other);
                channels
                    .map(|(a, b)| u32::from(a.abs_diff(*b)))
                    .sum::<u32>()
                    > 90
            })
            .count();
        assert!(off < pixels.len() / 200, "picture {frame}: {off} pixels");
    }
}

#[wasm_bindgen_test]
async fn a_clip_that_nobody_wants_any_more_is_not_made() {
    let made = clip::make(pattern(), &run(pattern()), &plan(), |now| now.done < 3).await;
    assert_eq!(made, Ok(None));
    let plan = ClipPlan { rate: 7, ..plan() };
    let refused = clip::make(pattern(), &run(pattern()), &plan, |_| true).await;
    assert!(refused.is_err());
}
