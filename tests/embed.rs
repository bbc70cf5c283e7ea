//! Embeds in a real browser: what an address asks for, what a page may say, and what it may not.
#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::{document, window};
use orrery::embed::parent::Parent;
use orrery::embed::speech;
use orrery::loading;
use orrery::observable::{Observable, Page as ObservedPage};
use orrery::player::Player;
use orrery::theme::Theme;
use orrery_core::catalog::{CARDS, Card, PATTERNS};
use orrery_core::link::Link;
use orrery_core::time::SimTime;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{HtmlAnchorElement, HtmlElement, HtmlIFrameElement, MessageEvent};

mod support;

use support::{Page, id};

wasm_bindgen_test_configure!(run_in_browser);

fn card() -> &'static Card {
    &CARDS[0]
}

/// An embed of the first pattern; dropping it unmounts.
struct Embed(Page);

impl Embed {
    async fn open(asked: &str) -> Self {
        Self::open_at(asked, "").await
    }

    /// Opens an embed in a place with this style.
    async fn open_at(asked: &str, style: &str) -> Self {
        let path = format!("embed/{}/{asked}", card().slug);
        let page = Page::open_in(style, &path).await;
        TimeoutFuture::new(100).await;
        Self(page)
    }

    fn find(&self, selector: &str) -> Option<HtmlElement> {
        self.0.find(selector)
    }

    fn text(&self, test_id: &str) -> String {
        let found = self.find(&id(test_id));
        found
            .and_then(|element| element.text_content())
            .unwrap_or_default()
    }

    fn plays(&self) -> bool {
        let play = self.0.get("play");
        let label = play.get_attribute("aria-label").unwrap_or_default();
        label.starts_with("Pause")
    }
}

#[wasm_bindgen_test]
async fn nothing_on_a_stage_that_cannot_be_taken_hold_of_is_a_button() {
    let touch = "svg[data-testid='stage'] :is([role='button'], [tabindex='0'], .touchable)";
    let embed = Embed::open("?interactive=on").await;
    embed.0.wait(touch).await;
    let embed = Embed::open("?interactive=off").await;
    embed.0.wait("svg[data-testid='stage'] g[role='img']").await;
    TimeoutFuture::new(300).await;
    assert!(embed.find(touch).is_none(), "all of it is a picture");
    let stage = embed.0.get("stage");
    let described = stage.get_attribute("aria-label").unwrap_or_default();
    assert!(!described.is_empty(), "it is described all the same");
    let named = embed.find("svg[data-testid='stage'] g[role='img'] > title");
    assert!(named.is_some(), "and so is each of its items");
}

#[wasm_bindgen_test]
async fn an_embed_shows_as_much_as_is_asked_for() {
    let stage = "svg[data-testid='stage']";
    for (asked, shown, missing) in [
        (
            "",
            vec![
                stage,
                "[data-testid='transport']",
                "[data-testid='caption']",
            ],
            vec![".top-bar", ".controls", ".embed-problems", ".own-height"],
        ),
        (
            "?controls=none&caption=off",
            vec![stage, "[data-testid='way-out']"],
            vec!["[data-testid='play']", "[data-testid='caption']"],
        ),
        (
            "?controls=play&height=auto",
            vec![stage, "[data-testid='play']", ".own-height"],
            vec!["[data-testid='scrubber']"],
        ),
        (
            "?controls=full",
            vec![stage, ".controls", ".readouts", "[data-testid='speed']"],
            vec![".top-bar"],
        ),
    ] {
        let embed = Embed::open(asked).await;
        TimeoutFuture::new(300).await;
        for selector in shown {
            assert!(embed.find(selector).is_some(), "{asked}: {selector}");
        }
        for selector in missing {
            assert!(embed.find(selector).is_none(), "{asked}: {selector}");
        }
    }
}

#[wasm_bindgen_test]
async fn an_embed_opens_at_its_instant_at_rest_and_plays_where_it_is_told_to() {
    let embed = Embed::open("?t=2.5").await;
    assert!(
        embed.text("time").starts_with("2.5"),
        "{}",
        embed.text("time")
    );
    assert!(!embed.plays(), "an instant is looked at");
    drop(embed);
    let embed = Embed::open("?t=2.5&autoplay=on").await;
    assert!(embed.plays());
    drop(embed);
    let embed = Embed::open("?autoplay=off").await;
    assert!(!embed.plays());
    drop(embed);
    let embed = Embed::open("").await;
    assert!(embed.plays(), "a run plays from its start");
}

#[wasm_bindgen_test]
async fn an_embed_has_the_colours_that_it_is_given_and_remembers_nothing() {
    let root = document().document_element().expect("a root");
    let storage = window().local_storage().ok().flatten().expect("a storage");
    storage.set_item("orrery-theme", "light").expect("room");
    let embed = Embed::open("?theme=dark").await;
    assert_eq!(root.get_attribute("data-theme").as_deref(), Some("dark"));
    drop(embed);
    let embed = Embed::open("").await;
    assert_eq!(
        root.get_attribute("data-theme"),
        None,
        "as the system has it"
    );
    drop(embed);
    let kept = storage.get_item("orrery-theme").ok().flatten();
    assert_eq!(
        kept.as_deref(),
        Some("light"),
        "the reader's own choice stays"
    );
    storage.remove_item("orrery-theme").expect("it was there");
}

#[wasm_bindgen_test]
async fn what_cannot_be_read_of_an_address_is_said_in_place_and_the_rest_is_open() {
    let embed = Embed::open("?theme=neon&t=soon&seed=9&nonsense=%3Cb%3E#at=1").await;
    let said = embed.text("link-problems");
    for word in ["theme=neon", "t=soon", "nonsense"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(embed.find("b").is_none(), "markup in an address stays text");
    assert!(embed.text("time").starts_with('1'), "the fragment counts");
    drop(embed);
    let embed = Embed::open("?scenario=no-such").await;
    assert!(embed.text("link-problems").contains("no-such"));
    assert!(embed.find("svg[data-testid='stage']").is_some());
}

#[wasm_bindgen_test]
async fn the_way_out_leads_to_the_same_instant_of_the_same_run() {
    let embed = Embed::open("?controls=transport&seed=9&t=2#v=1").await;
    let link: HtmlAnchorElement = embed
        .find("[data-testid='way-out']")
        .expect("it is there")
        .unchecked_into();
    let event = web_sys::Event::new("pointerenter").expect("an event");
    link.dispatch_event(&event).expect("it is heard");
    let href = link.href();
    let page = format!("/base/p/{}/#seed=9&v=1&at=2@", card().slug);
    assert!(href.contains(&page), "{href}");
}

#[wasm_bindgen_test]
async fn every_scenario_can_be_asked_for_and_tells_its_own_words() {
    for scenario in (PATTERNS[0].scenarios)() {
        let Some((at, words)) = scenario.captions.first() else {
            continue;
        };
        let asked = format!("?scenario={}&t={}", scenario.slug, at.as_secs_f64());
        let embed = Embed::open(&asked).await;
        assert!(embed.find("[data-testid='link-problems']").is_none());
        assert_eq!(embed.text("caption").trim(), *words, "{asked}");
    }
}

#[wasm_bindgen_test]
async fn links_that_an_embed_gives_out_know_the_run_at_their_own_instant() {
    let pattern = PATTERNS[0];
    let at = |seconds| {
        let mut session = (pattern.machine.open)(&(pattern.first)().state()).expect("it opens");
        session.seek(SimTime::from_secs(seconds));
        Link::here(session.as_ref()).encode(pattern).0
    };
    let checked = |fragment: &str| {
        let (link, problems) = Link::decode(pattern, fragment);
        assert_eq!(problems, [], "{fragment}");
        assert!(link.hash.is_some(), "{fragment}");
        let session = (pattern.machine.open)(&link.state).expect("it opens");
        assert_eq!(link.check(session.as_ref(), &pattern.card), Ok(()));
        link.state.cursor.at
    };
    let embed = Embed::open(&format!("?autoplay=off#{}", at(2))).await;
    TimeoutFuture::new(300).await;
    assert!(embed.find("[data-testid='link-problems']").is_none());
    let way_out: HtmlAnchorElement = embed
        .find("[data-testid='way-out']")
        .expect("it is there")
        .unchecked_into();
    let fragment = || way_out.hash().trim_start_matches('#').to_owned();
    assert_eq!(checked(&fragment()), SimTime::from_secs(2));
    let step = "[aria-label^='Step (']";
    let step: HtmlElement = embed.find(step).expect("it is there").unchecked_into();
    step.click();
    let event = web_sys::Event::new("pointerenter").expect("an event");
    way_out.dispatch_event(&event).expect("it is heard");
    assert!(checked(&fragment()) > SimTime::from_secs(2));
}

#[wasm_bindgen_test]
async fn an_embed_sleeps_while_nobody_sees_it() {
    // Below what the window shows.
    let embed = Embed::open_at("", "position:absolute;top:9000px;width:600px").await;
    TimeoutFuture::new(500).await;
    let before = embed.text("time");
    TimeoutFuture::new(700).await;
    assert_eq!(embed.text("time"), before, "time stands");
    embed.0.root.scroll_into_view();
    for _ in 0..30 {
        if embed.text("time") != before {
            break;
        }
        TimeoutFuture::new(200).await;
    }
    assert_ne!(embed.text("time"), before, "and goes on when it is seen");
    window().scroll_to_with_x_and_y(0.0, 0.0);
}

#[wasm_bindgen_test]
async fn the_dialog_writes_what_to_paste_and_shows_what_it_makes() {
    // A page of the same kind, for the same app.
    let page = Embed::open(&format!("../../p/{}/#v=1&seed=9&at=2", card().slug)).await;
    let press = |test_id: &str| {
        let button = page.find(&format!("[data-testid='{test_id}']"));
        button.expect("it is there").click();
    };
    press("export");
    TimeoutFuture::new(300).await;
    let text = || page.text("embed-text");
    assert!(text().starts_with("<iframe src="), "{}", text());
    assert!(text().contains("seed=9&amp;at=2"), "{}", text());
    let choose = |test_id: &str, value: &str| {
        let field: web_sys::HtmlSelectElement = page
            .find(&format!("[data-testid='{test_id}']"))
            .expect("it is there")
            .unchecked_into();
        field.set_value(value);
        let event = web_sys::Event::new("change").expect("an event");
        field.dispatch_event(&event).expect("it is heard");
    };
    choose("embed-theme", "dark");
    choose("embed-tool", "1");
    TimeoutFuture::new(50).await;
    assert!(text().contains("<orrery-demo"), "{}", text());
    assert!(text().contains("theme=\"dark\""), "{}", text());
    press("embed-look");
    TimeoutFuture::new(100).await;
    let preview = page
        .find("[data-testid='embed-preview']")
        .expect("it is there");
    let src = preview.get_attribute("src").unwrap_or_default();
    assert!(
        src.contains("/base/embed/") && src.contains("theme=dark"),
        "{src}"
    );
}

/// A page around an embed that is another window, and all that it was told.
struct Around {
    frame: HtmlIFrameElement,
    heard: Rc<RefCell<Vec<String>>>,
    _listener: Closure<dyn FnMut(MessageEvent)>,
}

impl Around {
    fn new() -> Self {
        let frame: HtmlIFrameElement = document()
            .create_element("iframe")
            .expect("a frame")
            .unchecked_into();
        document()
            .body()
            .expect("a body")
            .append_child(&frame)
            .expect("it can be put in");
        let heard = Rc::new(RefCell::new(Vec::new()));
        let keep = Rc::clone(&heard);
        let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let text = js_sys::JSON::stringify(&event.data()).expect("it is plain");
            keep.borrow_mut().push(String::from(text));
        });
        let window = frame.content_window().expect("it has a window");
        window
            .add_event_listener_with_callback("message", listener.as_ref().unchecked_ref())
            .expect("it can listen");
        Self {
            frame,
            heard,
            _listener: listener,
        }
    }

    fn parent(&self, origin: Option<&str>) -> Parent {
        let window = self.frame.content_window().expect("it has a window");
        Parent::of(window, origin.map(str::to_owned))
    }

    async fn told(&self) -> Vec<String> {
        TimeoutFuture::new(30).await;
        self.heard.take()
    }
}

impl Drop for Around {
    fn drop(&mut self) {
        self.frame.remove();
    }
}

fn data(json: &str) -> JsValue {
    js_sys::JSON::parse(json).expect("it is JSON")
}

#[wasm_bindgen_test]
async fn a_page_plays_seeks_sets_and_is_told_what_it_asked_for() {
    let around = Around::new();
    let page = ObservedPage::default();
    let exhibit = loading::exhibit(card().slug).await.expect("it is here");
    let terms = loading::terms(card().slug).await.expect("they are here");
    let (player, speech) = page.make(|| {
        let (player, _) = Player::open(exhibit, None);
        let theme = Observable::new(Theme::System);
        (
            player,
            speech::begin(player, theme, around.parent(None), terms),
        )
    });
    speech.hear(&data(
        r#"{ "orrery": 1, "type": "seek", "t": 2, "id": "s" }"#,
    ));
    assert_eq!(
        around.told().await,
        [r#"{"id":"s","orrery":1,"type":"done"}"#]
    );
    speech.hear(&data(r#"{ "orrery": 1, "type": "state", "id": 7 }"#));
    let state = around.told().await.remove(0);
    assert!(
        state.contains(r#""t":2.0"#) || state.contains(r#""t":2,"#),
        "{state}"
    );
    assert!(
        state.contains(r#""id":7"#) && state.contains("at=2@"),
        "{state}"
    );
    let knob = &(PATTERNS[0].machine.knobs)()[0];
    speech.hear(&data(&format!(
        r#"{{ "orrery": 1, "type": "set", "knob": "{}", "value": "{}" }}"#,
        knob.key, knob.default
    )));
    assert!(around.told().await[0].contains("done"));
    speech.hear(&data(
        r#"{ "orrery": 1, "type": "subscribe", "to": ["metrics", "time"] }"#,
    ));
    let told = around.told().await.join("\n");
    assert!(
        told.contains("\"type\":\"metrics\"") && told.contains("\"type\":\"time\""),
        "{told}"
    );
    speech.hear(&data(
        r#"{ "orrery": 1, "type": "unsubscribe", "to": ["metrics", "time"] }"#,
    ));
    around.told().await;
    player.step();
    assert_eq!(
        around.told().await,
        Vec::<String>::new(),
        "it is told no more"
    );
    speech.hear(&data(r#"{ "orrery": 1, "type": "describe" }"#));
    assert!(around.told().await[0].contains(knob.key));
}

#[wasm_bindgen_test]
async fn a_hostile_message_is_refused_in_words_and_changes_nothing() {
    let around = Around::new();
    let page = ObservedPage::default();
    let exhibit = loading::exhibit(card().slug).await.expect("it is here");
    let terms = loading::terms(card().slug).await.expect("they are here");
    let (player, speech) = page.make(|| {
        let (player, _) = Player::open(exhibit, None);
        let theme = Observable::new(Theme::System);
        (
            player,
            speech::begin(player, theme, around.parent(None), terms),
        )
    });
    let before = player.read(|session| session.state());
    let circle = js_sys::Object::new();
    for (key, value) in [
        ("orrery", JsValue::from(1)),
        ("self", circle.clone().into()),
    ] {
        js_sys::Reflect::set(&circle, &key.into(), &value).expect("it can be set");
    }
    let huge = js_sys::Object::new();
    let long = JsValue::from_str(&"x".repeat(1 << 20));
    for (key, value) in [("orrery", JsValue::from(1)), ("type", long)] {
        js_sys::Reflect::set(&huge, &key.into(), &value).expect("it can be set");
    }
    let markup = "<img src=x onerror=window.hacked=1>";
    for (message, code) in [
        (circle.into(), "json"),
        (huge.into(), "too-long"),
        (data(r#"{ "orrery": 99, "type": "play" }"#), "version"),
        (
            data(r#"{ "orrery": 1, "type": { "toString": 1 } }"#),
            "field",
        ),
        (
            data(r#"{ "orrery": 1, "type": "seek", "t": 1e300 }"#),
            "field",
        ),
        (
            data(&format!(
                r#"{{ "orrery": 1, "type": "scenario", "scenario": "{markup}" }}"#
            )),
            "refused",
        ),
        (
            data(&format!(
                r#"{{ "orrery": 1, "type": "set", "knob": "__proto__", "value": "{markup}" }}"#
            )),
            "refused",
        ),
        (
            data(&format!(
                r#"{{ "orrery": 1, "type": "act", "action": "{markup}", "args": {{ "a": 1 }} }}"#
            )),
            "refused",
        ),
    ] {
        speech.hear(&message);
        let told = around.told().await;
        assert_eq!(told.len(), 1, "{code}: {told:?}");
        assert!(
            told[0].contains(&format!("\"code\":\"{code}\"")),
            "{told:?}"
        );
        assert!(told[0].len() < 1_000, "{told:?}");
    }
    for unknown in [
        "{}",
        "[1, 2]",
        r#"{ "orrery": 1, "type": "levitate" }"#,
        r#"{ "type": "play" }"#,
    ] {
        speech.hear(&data(unknown));
    }
    assert_eq!(
        around.told().await,
        Vec::<String>::new(),
        "what is unknown is passed over"
    );
    assert_eq!(player.read(|session| session.state()), before);
    let hacked = js_sys::Reflect::get(&window(), &"hacked".into()).expect("a window");
    assert!(hacked.is_undefined());
}

#[wasm_bindgen_test]
fn only_the_page_around_is_heard_and_only_from_its_origin() {
    let around = Around::new();
    let event = |data: JsValue, origin: &str, from: Option<&web_sys::Window>| {
        let init = web_sys::MessageEventInit::new();
        init.set_data(&data);
        init.set_origin(origin);
        init.set_source(from.map(AsRef::as_ref));
        MessageEvent::new_with_event_init_dict("message", &init).expect("an event")
    };
    let outer = around.frame.content_window().expect("it has a window");
    let own = window();
    let ours = || data(r#"{ "orrery": 1, "type": "play" }"#);
    let any = around.parent(None);
    let one = around.parent(Some("https://docs.example"));
    assert!(any.says(&event(ours(), "https://a.example", Some(&outer))));
    assert!(one.says(&event(ours(), "https://docs.example", Some(&outer))));
    assert!(
        !one.says(&event(ours(), "https://a.example", Some(&outer))),
        "another origin"
    );
    assert!(
        !one.says(&event(ours(), "null", Some(&outer))),
        "a page without origin"
    );
    assert!(
        !any.says(&event(ours(), "https://a.example", Some(&own))),
        "another window"
    );
    assert!(
        !any.says(&event(ours(), "https://a.example", None)),
        "no window at all"
    );
    for other in ["7", "\"play\"", "null", "{}", "[]"] {
        assert!(
            !any.says(&event(data(other), "https://a.example", Some(&outer))),
            "{other}"
        );
    }
}
