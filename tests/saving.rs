//! Files and pictures in a real browser.
#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::rc::Rc;

use orrery::saving::{self, SaveError};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Document, DomParser, Element, Event, HtmlAnchorElement, SupportedType};

wasm_bindgen_test_configure!(run_in_browser);

const CHART: &str = "<svg width=\"60\" height=\"40\" viewBox=\"0 0 60 40\" xmlns=\"http://www.w3.org/2000/svg\">\
    <rect class=\"probe\" width=\"30\" height=\"40\"/><rect class=\"gone\" width=\"60\" height=\"40\"/>\
    <text x=\"2\" y=\"8\">a &lt; b</text></svg>";
const STYLE: &str = ":root { --probe: light-dark(rgb(10, 20, 230), rgb(200, 100, 0)); } \
    .probe { fill: var(--probe); } .gone { display: none; } \
    .sheet { background: light-dark(rgb(250, 240, 230), rgb(1, 2, 3)); } \
    .dark { color-scheme: dark; } .light { color-scheme: light; }";

fn document() -> Document {
    let window = web_sys::window().expect("there is a window");
    window.document().expect("it has a document")
}

/// A chart on the page in a theme; dropping it takes it away.
struct Sheet(Element);

impl Sheet {
    fn new(theme: &str) -> Self {
        let sheet = document().create_element("div").expect("an element");
        sheet.set_class_name(&format!("sheet {theme}"));
        sheet.set_inner_html(&format!("<style>{STYLE}</style>{CHART}"));
        let body = document().body().expect("a body");
        body.append_child(&sheet).expect("it is put in");
        Self(sheet)
    }

    fn chart(&self) -> Element {
        let chart = self.0.query_selector("svg").expect("it parses");
        chart.expect("it is there")
    }
}

impl Drop for Sheet {
    fn drop(&mut self) {
        self.0.remove();
    }
}

fn parse(svg: &str) -> Document {
    let parser = DomParser::new().expect("a parser");
    let parsed = parser.parse_from_string(svg, SupportedType::ImageSvgXml);
    let parsed = parsed.expect("it answers");
    let broken = parsed.query_selector("parsererror").expect("it parses");
    assert!(broken.is_none(), "{svg}");
    parsed
}

fn pixel(pixels: &[u8], width: usize, x: usize, y: usize) -> [u8; 4] {
    let start = (y * width + x) * 4;
    pixels[start..start + 4].try_into().expect("four bytes")
}

#[wasm_bindgen_test]
async fn a_chart_looks_the_same_without_the_page() {
    for (theme, probe, paper) in [
        ("light", [10, 20, 230, 255], [250, 240, 230, 255]),
        ("dark", [200, 100, 0, 255], [1, 2, 3, 255]),
    ] {
        let sheet = Sheet::new(theme);
        let alone = saving::standalone(&sheet.chart(), "", "").expect("it is shown");
        drop(sheet);
        parse(&alone.svg);
        assert!(!alone.svg.contains("class=") && !alone.svg.contains("var("));
        let pixels = saving::pixels_of(&alone.svg, 60, 40)
            .await
            .expect("it can be drawn");
        assert_eq!(pixel(&pixels, 60, 10, 30), probe, "{theme}");
        assert_eq!(pixel(&pixels, 60, 50, 30), paper, "{theme}");
    }
}

#[wasm_bindgen_test]
async fn a_title_and_a_note_are_text_around_the_chart() {
    let sheet = Sheet::new("light");
    let title = "Refused <b>&\"";
    let note = "a note that is much too long for one line of so narrow a chart";
    let alone = saving::standalone(&sheet.chart(), title, note).expect("it is shown");
    assert!(alone.height > 40.0 + 24.0 + 2.0 * 13.0);
    let parsed = parse(&alone.svg);
    let words = parsed.document_element().and_then(|svg| svg.text_content());
    let words = words.expect("it has text");
    assert!(words.starts_with(title), "{words}");
    let pixels = saving::pixels_of(&alone.svg, alone.width as u32, alone.height as u32);
    let pixels = pixels.await.expect("it can be drawn");
    assert_eq!(pixel(&pixels, 60, 10, 24 + 30), [10, 20, 230, 255]);
}

#[wasm_bindgen_test]
async fn a_png_has_the_asked_size() {
    let png = saving::png_of(CHART, 60.0, 40.0, 2.0).await;
    let png = png.expect("it can be drawn");
    assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    assert_eq!((number(16), number(20)), (120, 80));
}

#[wasm_bindgen_test]
async fn what_cannot_be_drawn_is_said() {
    for (svg, width, expected) in [
        ("<svg", 60.0, SaveError::Unreadable),
        (
            CHART,
            0.0,
            SaveError::Size {
                width: 0.0,
                height: 40.0,
            },
        ),
        (
            CHART,
            1e9,
            SaveError::Size {
                width: 1e9,
                height: 40.0,
            },
        ),
    ] {
        let error = saving::png_of(svg, width, 40.0, 1.0).await;
        assert_eq!(error.expect_err("it is refused"), expected);
    }
    let nan = saving::png_of(CHART, f64::NAN, 40.0, 1.0).await;
    assert!(matches!(nan, Err(SaveError::Size { .. })));
    let loose = document().create_element("svg").expect("an element");
    let missing = saving::standalone(&loose, "", "");
    assert_eq!(missing.expect_err("it is not shown"), SaveError::Missing);
}

#[wasm_bindgen_test]
fn a_file_is_offered_under_its_name() {
    let offered = Rc::new(RefCell::new(Vec::new()));
    let heard = Rc::clone(&offered);
    let on_click = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        let link = event.target().and_then(|it| it.dyn_into().ok());
        let link: HtmlAnchorElement = link.expect("a link");
        heard.borrow_mut().push((link.download(), link.href()));
        event.prevent_default();
    });
    let listener = on_click.as_ref().unchecked_ref();
    let _ = document().add_event_listener_with_callback("click", listener);
    saving::save("run.csv", "text/csv", b"a,b\r\n").expect("it is offered");
    let _ = document().remove_event_listener_with_callback("click", listener);
    let offered = offered.borrow();
    assert_eq!(offered.len(), 1);
    assert_eq!(offered[0].0, "run.csv");
    assert!(offered[0].1.starts_with("blob:"), "{}", offered[0].1);
    let left = document().query_selector("a[download]").expect("it parses");
    assert!(left.is_none(), "the link is gone");
}
