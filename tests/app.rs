//! The app in a real browser, as a person uses it: by label, role and test id.
#![cfg(target_arch = "wasm32")]

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::document;
use orrery_core::catalog::PATTERNS;
use orrery_core::spec::Kind;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement, HtmlInputElement};

mod support;

use support::{Page, id, settle};

wasm_bindgen_test_configure!(run_in_browser);

impl Page {
    async fn open(path: &str) -> Self {
        let page = Self::open_in("", path).await;
        // A pattern's panels come one after the other.
        if page.find("main.pattern").is_some() {
            for panel in [
                ".top-bar-tools *",
                ".transport-more *",
                ".knob",
                ".readouts *",
            ] {
                page.wait(panel).await;
            }
            settle().await;
        }
        page
    }

    fn text(&self, test_id: &str) -> String {
        self.get(test_id).text_content().unwrap_or_default()
    }

    fn count(&self, test_id: &str) -> u32 {
        let all = self.root.query_selector_all(&id(test_id));
        all.expect("it parses").length()
    }

    /// Types into a field and leaves it.
    fn enter(&self, test_id: &str, text: &str, event: &str) {
        let input: HtmlInputElement = self.get(test_id).unchecked_into();
        input.set_value(text);
        let event = web_sys::Event::new(event).expect("an event");
        let _ = input.dispatch_event(&event);
    }

    fn press(&self, key: &str) {
        let init = web_sys::KeyboardEventInit::new();
        init.set_key(key);
        init.set_bubbles(true);
        let event = web_sys::KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init);
        let _ = document()
            .body()
            .expect("a body")
            .dispatch_event(&event.expect("a key"));
    }

    fn fragment(&self) -> String {
        let location = web_sys::window().expect("there is a window").location();
        location.hash().expect("it has a fragment")
    }
}

fn first() -> &'static str {
    PATTERNS[0].card.slug
}

#[wasm_bindgen_test]
async fn the_gallery_shows_every_pattern_and_narrows_as_words_are_typed() {
    let page = Page::open("").await;
    assert_eq!(page.count("pattern-card") as usize, PATTERNS.len());
    page.enter("search", PATTERNS[0].card.name, "input");
    settle().await;
    let hidden = page
        .root
        .query_selector_all("li[hidden]")
        .expect("it parses")
        .length();
    assert!(hidden >= 1, "the others are hidden");
}

#[wasm_bindgen_test]
async fn an_unknown_address_says_so_and_offers_the_nearest_pattern() {
    let page = Page::open(&format!("p/{}x/", first())).await;
    let said = page.text("missing");
    assert!(said.contains("There is no pattern at"), "{said}");
    assert!(said.contains(PATTERNS[0].card.name), "{said}");
}

#[wasm_bindgen_test]
async fn every_pattern_page_opens_moves_and_says_where_it_is() {
    for pattern in PATTERNS {
        let page = Page::open(&format!("p/{}/", pattern.card.slug)).await;
        page.find("svg[data-testid='stage']")
            .expect("the stage is there");
        let before = page.text("time");
        // A busy machine may be slow to draw the first frames.
        for _ in 0..20 {
            if page.text("time") != before {
                break;
            }
            TimeoutFuture::new(200).await;
        }
        assert_ne!(
            page.text("time"),
            before,
            "{}: time goes on",
            pattern.card.slug
        );
        assert!(!page.text("caption").is_empty());
    }
}

#[wasm_bindgen_test]
async fn the_keyboard_plays_pauses_steps_and_steps_back() {
    let page = Page::open(&format!("p/{}/#at=2", first())).await;
    let play = || {
        page.get("play")
            .get_attribute("aria-label")
            .unwrap_or_default()
    };
    assert!(
        play().starts_with("Play"),
        "a link to an instant opens at rest"
    );
    let here = page.text("time");
    page.press("ArrowRight");
    settle().await;
    let there = page.text("time");
    assert_ne!(there, here, "a step");
    page.press("ArrowRight");
    settle().await;
    page.press("ArrowLeft");
    settle().await;
    assert_eq!(page.text("time"), there, "a step and a step back");
    page.press(" ");
    settle().await;
    assert!(play().starts_with("Pause"));
    page.press(" ");
    settle().await;
    assert!(play().starts_with("Play"));
}

#[wasm_bindgen_test]
async fn the_scrubber_seeks_and_acting_in_the_past_keeps_both_futures() {
    let page = Page::open(&format!("p/{}/#at=6", first())).await;
    page.enter("scrubber", "1000", "input");
    settle().await;
    assert_eq!(page.count("branch"), 0);
    let action = page
        .find("[data-testid='actions'] .action")
        .expect("something can be done");
    action.click();
    settle().await;
    assert_eq!(page.count("branch"), 2, "{}", page.text("notice"));
    assert!(page.text("notice").contains("new branch"));
    assert!(
        page.fragment().contains("fork="),
        "the link holds the branch: {}",
        page.fragment()
    );
}

#[wasm_bindgen_test]
async fn a_broken_link_says_what_is_wrong_and_opens_the_rest() {
    let page = Page::open(&format!("p/{}/#seed=9&nonsense=%3Cb%3E&at=soon", first())).await;
    let said = page.text("link-problems");
    assert!(
        said.contains("nonsense") && said.contains("at=soon"),
        "{said}"
    );
    assert_eq!(
        page.get("seed")
            .unchecked_into::<HtmlInputElement>()
            .value(),
        "9"
    );
    assert!(page.find("b").is_none(), "markup in a link stays text");
}

#[wasm_bindgen_test]
async fn a_seed_that_is_none_is_refused_with_a_sentence() {
    let page = Page::open(&format!("p/{}/#at=1", first())).await;
    page.enter("seed", "<img src=x>", "change");
    settle().await;
    let said = page.text("seed-error");
    assert!(
        said.starts_with("“<img src=x>” is no seed. Write a whole number"),
        "{said}"
    );
    assert!(page.find("img").is_none());
    let field = page.get("seed");
    let described = field.get_attribute("aria-describedby");
    let described = described.expect("the field leads to the sentence");
    assert!(page.find(&format!(".seed #{described}")).is_some());
    page.enter("seed", "12", "change");
    settle().await;
    assert!(page.find("[data-testid='seed-error']").is_none());
    assert_eq!(field.get_attribute("aria-invalid"), None);
}

#[wasm_bindgen_test]
async fn the_gallery_searches_for_what_was_typed_before_the_app_was_there() {
    let before = document().create_element("div").expect("a div");
    before.set_id("prerendered");
    before.set_inner_html("<input type=\"search\">");
    let body = document().body().expect("a body");
    body.append_child(&before).expect("it can hold more");
    let typed = before.first_element_child().expect("it is there");
    let typed: HtmlInputElement = typed.unchecked_into();
    typed.set_value(PATTERNS[0].card.name);
    typed.focus().expect("it can be typed into");

    let page = Page::open("").await;
    assert!(document().get_element_by_id("prerendered").is_none());
    let field: HtmlInputElement = page.get("search").unchecked_into();
    assert_eq!(field.value(), PATTERNS[0].card.name);
    assert!(page.find("li[hidden]").is_some(), "the others are hidden");
    let active = document().active_element();
    assert_eq!(active.as_ref(), Some(field.as_ref()), "typing goes on");
}

#[wasm_bindgen_test]
async fn a_branch_is_called_by_what_made_it_and_the_one_looked_at_is_in_sight() {
    let page = Page::open(&format!("p/{}/#at=6", first())).await;
    // Each lies in the past of the one before.
    for place in (1..9).rev() {
        page.enter("scrubber", &(place * 400).to_string(), "input");
        settle().await;
        let action = page.find("[data-testid='actions'] .action");
        action.expect("something can be done").click();
        settle().await;
    }
    assert!(page.count("branch") > 4, "{}", page.count("branch"));
    let names = page.root.query_selector_all(".branch-name");
    let names = names.expect("it parses");
    let name = |at| {
        let name = names.item(at).and_then(|name| name.text_content());
        name.unwrap_or_default()
    };
    assert_eq!(name(0), "First run");
    let label = (PATTERNS[0].machine.actions)()[0].label;
    assert!(
        name(1).starts_with(label) && name(1).ends_with(" s") && name(1).contains(" at "),
        "{:?} names {label} and its instant",
        name(1)
    );
    let list = page.find(".branches").expect("the list is there");
    let _ = list.style().set_property("max-height", "84px");
    let _ = list.style().set_property("overflow-y", "auto");
    for branch in [0, names.length() - 1] {
        let rows = page.root.query_selector_all(".branch").expect("it parses");
        let row: HtmlElement = rows.item(branch).expect("a row").unchecked_into();
        row.click();
        settle().await;
        settle().await;
        let (room, own) = (
            list.get_bounding_client_rect(),
            row.get_bounding_client_rect(),
        );
        assert!(
            own.top() >= room.top() - 2.0 && own.bottom() <= room.bottom() + 2.0,
            "branch {branch} from {} to {}, in a list from {} to {}",
            own.top(),
            own.bottom(),
            room.top(),
            room.bottom()
        );
    }
}

#[wasm_bindgen_test]
async fn the_swimlanes_follow_the_present_until_somebody_scrolls_back() {
    let page = Page::open(&format!("p/{}/#at=6&_lanes=on", first())).await;
    let lanes = page.get("lanes");
    // As the stylesheet has it.
    for (name, value) in [
        ("width", "400px"),
        ("height", "200px"),
        ("overflow", "auto"),
    ] {
        let _ = lanes.style().set_property(name, value);
    }
    let said = || {
        let stage = lanes.query_selector("svg").ok().flatten();
        let label = stage.and_then(|stage| stage.get_attribute("aria-label"));
        label.unwrap_or_default()
    };
    let end = || lanes.scroll_width() - lanes.client_width();
    let stands = || (end() - lanes.scroll_left()).abs() < 4;
    for _ in 0..40 {
        if stands() && end() > 400 {
            break;
        }
        settle().await;
    }
    assert!(end() > 400, "there is a past to scroll back to: {}", end());
    assert!(
        stands(),
        "{} of {}: it is at its end",
        lanes.scroll_left(),
        end()
    );
    let latest = said();
    assert!(latest.contains("from "), "{latest}");

    lanes.set_scroll_left(0);
    settle().await;
    assert!(said().contains("from 0.000 s"), "{}", said());
    // A step leads back to the present.
    page.press("ArrowRight");
    settle().await;
    assert!(!said().contains("from 0.000 s"), "{}", said());
}

#[wasm_bindgen_test]
async fn a_knob_out_of_range_is_refused_beside_the_knob() {
    let page = Page::open(&format!("p/{}/#at=1", first())).await;
    let input = page
        .find("[data-testid='knobs'] .number-text")
        .expect("there is a number");
    let input: HtmlInputElement = input.unchecked_into();
    input.set_value("1e9");
    let _ = input.dispatch_event(&web_sys::Event::new("change").expect("an event"));
    settle().await;
    let error = page
        .find(".field-error")
        .expect("it is refused")
        .text_content();
    assert!(error.unwrap_or_default().contains("choose a value from"));
}

#[wasm_bindgen_test]
async fn a_long_trace_that_is_pasted_is_read_without_a_text_field_of_as_many_lines() {
    let page = Page::open("p/token-bucket/").await;
    let field = page.wait("textarea.trace").await;
    let lines: Vec<String> = (0..20_000).map(|at| format!("{at},ada,1")).collect();
    let data = web_sys::DataTransfer::new().expect("a clipboard");
    data.set_data("text/plain", &lines.join("\n"))
        .expect("it takes text");
    let init = web_sys::ClipboardEventInit::new();
    init.set_clipboard_data(Some(&data));
    // Firefox makes the clipboard of such an event itself, from these.
    for (key, value) in [("dataType", "text/plain"), ("data", &lines.join("\n"))] {
        js_sys::Reflect::set(&init, &key.into(), &value.into()).expect("an object");
    }
    init.set_bubbles(true);
    init.set_cancelable(true);
    let paste = web_sys::ClipboardEvent::new_with_event_init_dict("paste", &init);
    let left_to_the_browser = field.dispatch_event(&paste.expect("an event"));
    assert_eq!(left_to_the_browser, Ok(false));
    settle().await;
    let field = page.find(".field:has(textarea.trace)").expect("the field");
    let said = field.text_content().unwrap_or_default();
    assert!(said.contains("20000 arrivals over 19999.000 s"), "{said}");
}

#[wasm_bindgen_test]
async fn every_tab_has_something_to_read() {
    let page = Page::open(&format!("p/{}/#at=5", first())).await;
    for (tab, test_id) in [
        ("log", "log"),
        ("promises", "promise"),
        ("measure", "charts"),
        ("code", "code"),
        ("lesson", "lesson"),
    ] {
        page.find(&format!("#tab-{tab}"))
            .expect("the tab is there")
            .click();
        settle().await;
        assert!(page.text(test_id).len() > 20, "{tab}");
    }
}

#[wasm_bindgen_test]
async fn without_its_safeguard_each_pattern_is_broken_and_the_story_opens_where_it_breaks() {
    for pattern in PATTERNS {
        let page = Page::open(&format!("p/{}/#at=0", pattern.card.slug)).await;
        let press = |selector: &str| page.find(selector).expect("it is there").click();
        press("#tab-promises");
        settle().await;
        press("[data-testid='hunt']");
        for _ in 0..400 {
            if page.find("[data-testid='hunt-open']").is_some() {
                break;
            }
            settle().await;
        }
        let told = page.text("hunt-told");
        assert!(
            told.contains("made shorter to"),
            "{}: {told}",
            pattern.card.slug
        );
        press("[data-testid='hunt-open']");
        settle().await;
        let broken = page.find(".promise.violated");
        assert!(
            broken.is_some(),
            "{} stands where it breaks",
            pattern.card.slug
        );
    }
}

/// Has the browser do something, as a script.
fn script(text: &str) -> wasm_bindgen::JsValue {
    let function = js_sys::Function::new_no_args(text);
    function
        .call0(&wasm_bindgen::JsValue::NULL)
        .expect("the script runs")
}

/// A story that breaks a promise, opened where it breaks.
const BROKEN: &str =
    "p/saga/#v=1&log=after&do=2:fault.crash,node=6;2:fault.restart,node=6&at=2.48@93";

#[wasm_bindgen_test]
async fn why_a_promise_broke_is_lit_on_the_stage_in_the_swimlanes_and_in_the_log() {
    let page = Page::open(BROKEN).await;
    page.press("s");
    page.find("#tab-promises").expect("the tab").click();
    settle().await;
    let plain = page.get("lanes").inner_html();
    for way in ["promise-why", "flag"] {
        page.get(way).click();
        settle().await;
        settle().await;
        let told = page.text("causes");
        assert!(
            told.contains("you: Crash (Coordinator)"),
            "the deed is in its past: {told}"
        );
        assert!(
            page.find("[data-testid='stage'] .strong").is_some(),
            "{way}"
        );
        assert!(page.find(".led-there").is_some(), "{way}");
        assert_ne!(page.get("lanes").inner_html(), plain, "{way}");
        assert!(page.text("notice").starts_with("Why: "));
        page.find("[data-testid='causes'] button")
            .expect("it can be closed")
            .click();
        page.find("#tab-promises").expect("the tab").click();
        settle().await;
    }
}

#[wasm_bindgen_test]
async fn what_was_found_stays_when_another_tab_is_looked_at() {
    let page = Page::open("p/saga/#at=0").await;
    let tab = |name: &str| page.find(&format!("#tab-{name}")).expect("the tab").click();
    tab("promises");
    settle().await;
    page.get("hunt").click();
    for _ in 0..200 {
        if page.find("[data-testid='hunt-open']").is_some() {
            break;
        }
        settle().await;
    }
    let told = page.text("hunt-told");
    tab("log");
    settle().await;
    tab("promises");
    settle().await;
    assert_eq!(page.text("hunt-told"), told);
    let stories = page.text("stories");
    for part in ["as found", "shortest", "As it was found", "It breaks at"] {
        assert!(stories.contains(part), "{stories}");
    }
    page.get("hunt-open-found").click();
    settle().await;
    assert!(
        page.find(".promise.violated").is_some(),
        "as found it breaks too"
    );
    page.find("[data-testid='outcome-map'] .outcome-spot.kept")
        .expect("a run that kept all")
        .click();
    settle().await;
    assert!(
        page.find(".promise.violated").is_none(),
        "the run of the mark is shown"
    );
}

#[wasm_bindgen_test]
async fn a_run_stops_where_a_metric_passes_a_number() {
    let page = Page::open("p/token-bucket/#v=1&scenario=burst&at=0").await;
    page.press(" ");
    page.find("#tab-promises").expect("the tab").click();
    settle().await;
    for (text, sentence) in [
        ("", "“” is not a number: write one such as 5 or 0.2."),
        ("NaN", "“NaN” is not a number: "),
    ] {
        page.enter("stop-number", text, "input");
        page.get("stop-add").click();
        settle().await;
        assert!(page.text("stop-problem").starts_with(sentence));
        assert_eq!(page.count("stop-chip"), 0);
    }
    page.enter("stop-metric", "refused:rate", "change");
    page.enter("stop-number", "4", "input");
    page.get("stop-add").click();
    settle().await;
    assert_eq!(page.count("stop-chip"), 1);
    assert!(page.fragment().contains("_stop=refused%3Arate%3E4"));
    page.get("next-stop").click();
    settle().await;
    let notice = page.text("notice");
    assert_eq!(notice, "Stopped: Refused, in the last whole second > 4.");
    let at = page.text("time");
    page.get("next-stop").click();
    settle().await;
    assert_ne!((page.text("time"), page.text("notice")), (at, notice));
    page.find("[data-testid='stop-chip'] button")
        .expect("a way to remove it")
        .click();
    settle().await;
    assert_eq!(page.count("stop-chip"), 0);
    assert!(!page.fragment().contains("_stop"));
}

#[wasm_bindgen_test]
async fn stops_come_with_the_link_and_a_wrong_one_is_named() {
    let page =
        Page::open("p/token-bucket/#v=1&scenario=burst&at=0&_stop=refused%3E4;luck%3E1").await;
    page.find("#tab-promises").expect("the tab").click();
    settle().await;
    assert_eq!(page.count("stop-chip"), 1);
    let whole = page.root.text_content().unwrap_or_default();
    assert!(whole.contains("there is no metric “luck”"));
}

#[wasm_bindgen_test]
async fn an_hour_that_the_page_slept_is_not_made_up_for() {
    let page = Page::open(&format!("p/{}/#at=0", first())).await;
    page.press(" ");
    settle().await;
    let seconds = || {
        let text = page.text("time");
        let number: String = text
            .chars()
            .take_while(|c| c.is_ascii_digit() || *c == '.')
            .collect();
        let unit = &text[number.len()..];
        let number: f64 = number.parse().expect("a time begins with a number");
        if unit.trim_start().starts_with("ms") {
            number / 1e3
        } else {
            number
        }
    };
    let before = seconds();
    script(
        "window.realNow = performance.now.bind(performance); \
         performance.now = () => window.realNow() + 3600000;",
    );
    settle().await;
    settle().await;
    settle().await;
    let after = seconds();
    script("delete performance.now;");
    page.press(" ");
    assert!(after - before < 30.0, "from {before} s to {after} s");
}

#[wasm_bindgen_test]
async fn where_storage_is_refused_everything_else_works() {
    script(
        "Object.defineProperty(window, 'localStorage', { configurable: true, get() { \
           throw new DOMException('no', 'SecurityError'); } });",
    );
    let page = Page::open(&format!("p/{}/#at=0", first())).await;
    page.find("#tab-promises").expect("the tab").click();
    settle().await;
    assert!(page.count("challenges") == 1);
    let theme = page.root.text_content().unwrap_or_default();
    assert!(theme.contains("Theme: "), "the theme can still be chosen");
    script(
        "Object.defineProperty(window, 'localStorage', { configurable: true, value: { \
           getItem() { throw new Error('full'); }, setItem() { throw new Error('full'); }, \
           removeItem() { throw new Error('full'); } } });",
    );
    let again = Page::open(&format!("p/{}/#at=0", first())).await;
    again.find("#tab-promises").expect("the tab").click();
    settle().await;
    assert_eq!(again.count("challenges"), 1);
    script("delete window.localStorage;");
}

#[wasm_bindgen_test]
async fn a_sweep_that_makes_no_sense_is_refused_before_it_begins() {
    let page = Page::open(&format!("p/{}/#at=0", first())).await;
    page.find("#tab-measure").expect("the tab is there").click();
    settle().await;
    assert!(page.find("[data-testid='sweep-problem']").is_none());
    let steps = page
        .find("[aria-label='x steps']")
        .expect("the field is there");
    let steps: HtmlInputElement = steps.unchecked_into();
    steps.set_value("1000000000");
    let event = web_sys::Event::new("change").expect("an event");
    let _ = steps.dispatch_event(&event);
    settle().await;
    let problem = page.text("sweep-problem");
    assert!(problem.contains("1000"), "{problem}");
    // What cannot be read is named with its field, and so is what to write.
    steps.set_value("a few");
    let event = web_sys::Event::new("change").expect("an event");
    let _ = steps.dispatch_event(&event);
    settle().await;
    assert_eq!(
        page.text("sweep-problem"),
        "On x, steps: “a few” cannot be read. Write a whole number, such as 6."
    );
    assert_eq!(steps.get_attribute("aria-invalid").as_deref(), Some("true"));
}

#[wasm_bindgen_test]
async fn a_link_holds_the_tab_the_swimlanes_and_the_readers_own_sweep() {
    let (knob, metric) = (
        (PATTERNS[0].machine.knobs)()[0].key,
        (PATTERNS[0].machine.metrics)()[0].key,
    );
    let page = Page::open(&format!("p/{}/#at=1&_tab=measure&_lanes=on", first())).await;
    assert!(page.find("[data-testid='lanes']").is_some());
    let type_into = |label: &str, text: &str| {
        let field = page.find(&format!("[aria-label='{label}']"));
        let field: HtmlInputElement = field.expect("the field is there").unchecked_into();
        field.set_value(text);
        let event = web_sys::Event::new("change").expect("an event");
        let _ = field.dispatch_event(&event);
    };
    type_into("x from", "2");
    type_into("x to", "9");
    settle().await;
    let fragment = page.fragment();
    assert!(fragment.contains("_tab=measure"), "{fragment}");
    assert!(fragment.contains("_lanes=on"), "{fragment}");
    assert!(
        fragment.contains(&format!("_x={knob}~2~9~")),
        "{fragment}, {metric} goes without saying"
    );
    drop(page);
    let page = Page::open(&format!("p/{}/{fragment}", first())).await;
    let from = page
        .find("[aria-label='x from']")
        .expect("the sweep's form");
    let from: HtmlInputElement = from.unchecked_into();
    assert_eq!(from.value(), "2");
    assert_eq!(page.fragment(), fragment);
}

#[wasm_bindgen_test]
async fn a_sweep_in_a_link_that_makes_no_sense_is_told_and_harms_nothing() {
    for (wrong, told) in [
        ("_x=nonsense~1~2~3", "“nonsense”"),
        ("_x=1~2", "not a knob with a range"),
        ("_read=nothing~mean", "nothing"),
    ] {
        let page = Page::open(&format!("p/{}/#at=0&_tab=measure&{wrong}", first())).await;
        let problems = page.text("link-problems");
        assert!(problems.contains(told), "{problems}");
        assert!(page.find("[data-testid='sweep-problem']").is_none());
    }
    let knob = (PATTERNS[0].machine.knobs)()
        .iter()
        .find(|spec| matches!(spec.kind, Kind::Int { .. } | Kind::Real { .. }))
        .expect("there is one");
    let nan = format!("p/{}/#at=0&_tab=measure&_x={}~NaN~2~3", first(), knob.key);
    let page = Page::open(&nan).await;
    let problem = page.text("sweep-problem");
    assert!(problem.contains("On x, from: “NaN”"), "{problem}");
}

#[wasm_bindgen_test]
async fn a_click_on_the_bands_opens_the_run_that_passes_there() {
    let page = Page::open(&format!("p/{}/#at=1&_tab=measure", first())).await;
    let panel = page.find("[aria-labelledby='lab-ensemble']");
    let panel = panel.expect("the panel is there");
    let begin = panel.query_selector(".undertaking button");
    let begin = begin.expect("it parses").expect("the button is there");
    begin.unchecked_into::<HtmlElement>().click();
    let bands = page.wait("[data-testid='ensemble'] .picks svg").await;
    let room = bands.get_bounding_client_rect();
    let init = web_sys::MouseEventInit::new();
    init.set_bubbles(true);
    init.set_client_x((room.left() + room.width() * 0.6) as i32);
    init.set_client_y((room.top() + room.height() * 0.5) as i32);
    let event = web_sys::MouseEvent::new_with_mouse_event_init_dict("click", &init);
    let _ = bands.dispatch_event(&event.expect("a click"));
    page.wait("[data-testid='notice']").await;
    let notice = page.text("notice");
    assert!(notice.starts_with("Run "), "{notice}");
    let seed = notice
        .split("the seed ")
        .nth(1)
        .and_then(|rest| rest.split(',').next());
    let seed = seed.expect("it names the seed");
    let fragment = page.fragment();
    assert!(
        seed == "0" || fragment.contains(&format!("seed={seed}")),
        "{notice} {fragment}"
    );
}

#[wasm_bindgen_test]
async fn a_run_without_captions_tells_its_last_notable_step() {
    let page = Page::open(&format!("p/{}/#at=4", first())).await;
    let told = page.text("caption");
    assert_ne!(told, PATTERNS[0].card.summary);
    let log = page.text("log");
    assert!(log.contains(&told), "“{told}” stands in the log");
}

#[wasm_bindgen_test]
async fn asking_why_lights_up_on_the_stage_what_led_to_it() {
    for pattern in PATTERNS {
        let page = Page::open(&format!("p/{}/", pattern.card.slug)).await;
        page.press("ArrowRight");
        page.enter("scrubber", "5000", "input");
        settle().await;
        // Not every line is about something that stands on the stage.
        let lines = page.root.query_selector_all(".why").expect("it parses");
        let mut lit = false;
        for line in (0..lines.length().min(8)).filter_map(|at| lines.get(at)) {
            line.unchecked_into::<HtmlElement>().click();
            settle().await;
            lit = page.find("[data-testid='stage'] .strong").is_some();
            if lit {
                break;
            }
        }
        // A machine without actors has nothing to light up; its causes are told in words.
        let session = (pattern.machine.open)(&(pattern.first)().state()).expect("it opens");
        let has_actors = !session.nodes().is_empty();
        assert!(lit || !has_actors, "{}: nothing is lit", pattern.card.slug);
        assert!(page.text("causes").contains("What led to it"));
        page.find("[data-testid='causes'] button")
            .expect("it can be closed")
            .click();
        settle().await;
        assert_eq!(page.count("causes"), 0);
    }
}

#[wasm_bindgen_test]
async fn kinds_of_marks_can_be_left_off_the_time_line() {
    let slug = first();
    let page = Page::open(&format!("p/{slug}/#at=1")).await;
    page.press("1");
    page.press(" ");
    settle().await;
    let drawn = |page: &Page| {
        let path = page.find(".scrubber .caption-mark").expect("a path");
        !path.get_attribute("d").unwrap_or_default().is_empty()
    };
    assert!(drawn(&page), "the captions of a scenario are marked");
    page.find("[data-testid='mark-filter'] input")
        .expect("a box to tick")
        .click();
    settle().await;
    assert!(!drawn(&page));
}

#[wasm_bindgen_test]
async fn the_keyboard_map_opens_as_a_dialog_and_closes_again() {
    let page = Page::open(&format!("p/{}/#at=1", first())).await;
    let open = || page.get("keys").has_attribute("open");
    assert!(!open());
    page.press("?");
    settle().await;
    assert!(open());
    page.find("[data-testid='keys'] button")
        .expect("a way out")
        .click();
    settle().await;
    assert!(!open());
}

#[wasm_bindgen_test]
async fn the_log_is_one_stop_and_arrows_go_from_line_to_line() {
    let page = Page::open(&format!("p/{}/#at=4", first())).await;
    let lines = page.find(".log-lines").expect("the log is there");
    let press = |target: &Element, key: &str| {
        let init = web_sys::KeyboardEventInit::new();
        init.set_key(key);
        init.set_bubbles(true);
        let event = web_sys::KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init);
        let _ = target.dispatch_event(&event.expect("a key"));
    };
    let active = || {
        document()
            .active_element()
            .expect("something has the focus")
    };
    let newest = lines.last_element_child().expect("something was said");
    press(&lines, "ArrowUp");
    assert_eq!(active().class_name(), "log-words");
    assert!(newest.contains(Some(&active())), "the newest line is last");
    let line = active();
    press(&line, "ArrowRight");
    assert_eq!(active().class_name(), "why");
    press(&active(), "ArrowLeft");
    assert!(active().is_same_node(Some(&line)));
    press(&line, "ArrowUp");
    assert!(
        !newest.contains(Some(&active())),
        "up leads to what was said before"
    );
    press(&active(), "ArrowDown");
    assert!(active().is_same_node(Some(&line)));
}

#[wasm_bindgen_test]
async fn lines_of_the_log_stay_as_more_is_said_and_lead_to_their_instants() {
    let page = Page::open("p/circuit-breaker/#at=4").await;
    let lines = page.find(".log-lines").expect("the log is there");
    let oldest = lines.first_element_child().expect("something was said");
    let count = lines.child_element_count();
    for _ in 0..40 {
        page.press("ArrowRight");
    }
    settle().await;
    assert!(
        lines.child_element_count() > count,
        "forty events say something"
    );
    let still = lines.first_element_child();
    assert!(
        oldest.is_same_node(still.as_deref()),
        "what was said before stays"
    );

    let line = page.find(".log-line").expect("a line");
    let at = page.find(".log-time").expect("its instant").text_content();
    let button = line.query_selector(".log-words").ok().flatten();
    button
        .expect("it can be pressed")
        .unchecked_into::<web_sys::HtmlElement>()
        .click();
    settle().await;
    assert!(
        page.text("time").starts_with(&at.expect("words")),
        "{}",
        page.text("time")
    );
    let left = lines.child_element_count();
    assert!(
        left < count,
        "what had not been said by then is gone: {left}"
    );
}

#[wasm_bindgen_test]
async fn variants_stand_side_by_side_at_one_instant_and_the_link_leads_back_to_them() {
    let page = Page::open(&format!("p/{}/#v=1", first())).await;
    page.get("compare").click();
    settle().await;
    settle().await;
    assert_eq!(page.count("variant-head"), 2);
    assert_eq!(page.count("variant-stage"), 1);
    assert!(
        page.find("[data-testid='variant-stage'] svg.stage")
            .is_some()
    );
    page.press("ArrowRight");
    settle().await;
    let knobs = page.text("compare-knobs");
    assert!(!knobs.is_empty(), "they differ in a knob");
    let fragment = page.fragment();
    assert!(fragment.contains("_variants=2"), "{fragment}");
    page.enter("compare-add", "same", "change");
    settle().await;
    assert_eq!(page.count("variant-head"), 3);
    page.press("r");
    settle().await;
    assert_eq!(page.count("variant-head"), 3, "started again together");
    page.press(" ");
    settle().await;
    let fragment = page.fragment();
    assert!(fragment.contains("_variants=3"), "{fragment}");
    drop(page);

    let page = Page::open(&format!("p/{}/{fragment}", first())).await;
    settle().await;
    assert_eq!(page.count("variant-head"), 3, "{fragment}");
    assert!(!page.text("compare-knobs").is_empty());
    page.get("compare").click();
    settle().await;
    assert_eq!(page.count("variant-head"), 0);
    let fragment = page.fragment();
    assert!(!fragment.contains("variants"), "{fragment}");
}

#[wasm_bindgen_test]
async fn a_link_to_variants_that_cannot_be_read_says_so() {
    let page = Page::open(&format!("p/{}/#v=1&_variants=9", first())).await;
    settle().await;
    assert!(page.text("link-problems").contains("_variants=9"));
}

#[wasm_bindgen_test]
async fn everything_of_a_run_can_be_saved_under_a_name_that_says_what_it_is() {
    let page = Page::open(&format!("p/{}/#v=1&seed=5&at=2", first())).await;
    let names = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let heard = std::rc::Rc::clone(&names);
    let on_click = wasm_bindgen::closure::Closure::<dyn FnMut(web_sys::Event)>::new(
        move |event: web_sys::Event| {
            let link = event.target().and_then(|it| it.dyn_into().ok());
            let link: Option<web_sys::HtmlAnchorElement> = link;
            if let Some(link) = link.filter(|link| !link.download().is_empty()) {
                heard.borrow_mut().push(link.download());
                event.prevent_default();
            }
        },
    );
    let listener = on_click.as_ref().unchecked_ref();
    let _ = document().add_event_listener_with_callback("click", listener);
    page.get("export").click();
    settle().await;
    let dialog: web_sys::HtmlDialogElement = page.get("export-dialog").unchecked_into();
    assert!(dialog.open());
    let buttons = "[data-testid^='save-']:not([data-testid='save-clip'])";
    let buttons = page.root.query_selector_all(buttons).expect("it parses");
    for index in 0..buttons.length() {
        let button = buttons.item(index).expect("it is there");
        button.unchecked_into::<HtmlElement>().click();
    }
    for _ in 0..50 {
        settle().await;
        if names.borrow().len() as u32 == buttons.length() {
            break;
        }
    }
    let mut names = names.borrow().clone();
    names.sort_unstable();
    let slug = first();
    let expected = [
        "charts-seed5-2.000s.csv",
        "picture-seed5-2.000s.png",
        "picture-seed5-2.000s.svg",
        "trace-seed5-2.000s.csv",
        "trace-seed5-2.000s.json",
        "trace-seed5-2.000s.mmd",
        "trace-seed5-2.000s.trace.json",
        "trace-shiviz-seed5-2.000s.log",
    ];
    assert_eq!(names, expected.map(|rest| format!("{slug}-{rest}")));
    assert!(
        page.text("clip-plan")
            .contains("pictures of 720 × 458 pixels")
    );
    let _ = document().remove_event_listener_with_callback("click", listener);
}

#[wasm_bindgen_test]
async fn a_tour_stops_at_each_caption_and_ends_with_a_challenge() {
    let page = Page::open(&format!("p/{}/", first())).await;
    page.wait(&id("tour-begin")).await.click();
    let next = page.wait(&id("tour-next")).await;
    let words = || next.text_content().unwrap_or_default();
    let mut told = vec![page.get("caption").inner_text()];
    while !words().starts_with("Your turn") {
        assert_eq!(words(), "Next", "time stands until the reader goes on");
        next.click();
        settle().await;
        assert_eq!(words(), "Skip");
        next.click();
        settle().await;
        told.push(page.get("caption").inner_text());
        assert!(told.len() < 20, "{told:?}");
    }
    let captions = (PATTERNS[0].first)().captions;
    let expected: Vec<&str> = captions.iter().map(|(_, words)| *words).collect();
    assert_eq!(told[..expected.len()], expected, "each of them, in order");
    next.click();
    page.wait("#tab-promises[aria-selected='true']").await;
    assert!(page.find(&id("tour")).is_none(), "now it is the reader’s");
}
