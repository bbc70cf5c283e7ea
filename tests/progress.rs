//! What a reader has seen and done, in a real browser: kept on the device, shown, saved, added and
//! erased.
#![cfg(target_arch = "wasm32")]

use leptos::prelude::{document, window};
use orrery_core::catalog::{self, Pattern};
use orrery_core::link::Link;
use orrery_core::progress::{Deed, Progress};
use orrery_core::time::{SimTime, Span};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::Storage;

mod support;

use support::{Page, id, settle};

wasm_bindgen_test_configure!(run_in_browser);

const KEY: &str = "orrery-progress";

impl Page {
    async fn open(path: &str) -> Self {
        Self::open_in("", path).await
    }

    /// The home page with the dialog open.
    async fn dialog() -> Self {
        let page = Self::open("").await;
        page.press("progress").await;
        page.wait(&id("progress-dialog")).await;
        settle().await;
        page
    }

    async fn press(&self, test_id: &str) {
        self.wait(&id(test_id)).await.click();
        settle().await;
    }

    fn text(&self, test_id: &str) -> String {
        self.get(test_id).text_content().unwrap_or_default()
    }

    fn tells_of_one_challenge(&self) {
        let done = self.text("challenges-done");
        assert!(done.starts_with("1 of 4"), "{done}");
    }

    /// What the marks on the home page say.
    fn marks(&self) -> Vec<String> {
        let marks = self.root.query_selector_all(&id("progress-mark"));
        let marks = marks.expect("it parses");
        let marks = (0..marks.length()).filter_map(|index| marks.item(index));
        marks.filter_map(|mark| mark.text_content()).collect()
    }

    /// Chooses a file of this text.
    async fn add(&self, text: &str) -> String {
        let input = self.wait(&id("progress-file")).await;
        let choose = js_sys::Function::new_with_args(
            "input, text",
            "const files = new DataTransfer(); \
             files.items.add(new File([text], 'notes.json')); \
             input.files = files.files; \
             input.dispatchEvent(new Event('change'));",
        );
        choose
            .call2(&JsValue::NULL, &input, &text.into())
            .expect("it can be chosen");
        for _ in 0..200 {
            settle().await;
            let told = self.text("progress-told");
            if !told.is_empty() {
                return told;
            }
        }
        panic!("nothing is said of the file");
    }
}

fn storage() -> Storage {
    window().local_storage().ok().flatten().expect("a storage")
}

fn script(text: &str) -> JsValue {
    js_sys::eval(text).expect("it runs")
}

/// What the device keeps.
fn kept() -> Progress {
    let text = storage().get_item(KEY).ok().flatten();
    text.map_or_else(Progress::default, |text| {
        Progress::read(&text).expect("it is ours")
    })
}

/// A device that keeps this and nothing else, and a visit that knows nothing of before.
async fn begin_with(deeds: &[(&str, Deed<'_>)]) -> Progress {
    storage().clear().expect("it can be emptied");
    let page = Page::dialog().await;
    page.press("progress-erase").await;
    page.press("progress-erase-all").await;
    drop(page);
    let mut progress = Progress::default();
    for (pattern, deed) in deeds {
        progress.note(pattern, *deed);
    }
    if !progress.is_empty() {
        storage().set_item(KEY, &progress.write()).expect("room");
    }
    progress
}

fn bucket() -> &'static Pattern {
    catalog::find("token-bucket").expect("it is in the catalogue")
}

/// The address at which the pattern's first challenge has just been done.
fn done(folder: &str, before_the_run: &str) -> String {
    let challenge = bucket().all_challenges().next().expect("it has one");
    let mut state = challenge.solved(bucket());
    state.cursor.at = challenge.solution.by;
    let (fragment, _) = Link::from(state).encode(bucket());
    format!("{folder}/token-bucket/{before_the_run}{fragment}")
}

#[wasm_bindgen_test]
async fn a_new_reader_is_shown_no_marks_and_told_so() {
    begin_with(&[]).await;
    let page = Page::dialog().await;
    assert!(page.text("progress-empty").contains("Nothing yet"));
    assert_eq!(page.marks(), Vec::<String>::new());
    assert_eq!(storage().get_item(KEY), Ok(None), "looking leaves no trace");
}

#[wasm_bindgen_test]
async fn a_challenge_stays_done_after_a_reload_and_the_card_says_how_many() {
    begin_with(&[]).await;
    let page = Page::open(&format!("{}&_tab=promises", done("p", "#"))).await;
    page.wait(&id("challenges")).await;
    settle().await;
    page.tells_of_one_challenge();
    drop(page);
    let slug = bucket().all_challenges().next().expect("it has one").slug;
    let seen = kept();
    let seen = seen.of("token-bucket").expect("it was opened");
    assert!(seen.challenges.contains(slug));

    let page = Page::open("p/token-bucket/#at=0&_tab=promises").await;
    page.wait(&id("challenges")).await;
    settle().await;
    page.tells_of_one_challenge();
    drop(page);
    let page = Page::open("").await;
    page.wait(&id("progress-mark")).await;
    assert_eq!(page.marks(), ["1 of 4 challenges"]);
}

#[wasm_bindgen_test]
async fn a_scenario_that_plays_to_its_end_counts_and_one_that_is_moved_there_does_not() {
    begin_with(&[]).await;
    let scenario = (bucket().first)();
    let end = SimTime::ZERO + scenario.lasts;
    let page = Page::open(&format!(
        "p/token-bucket/#scenario={}&at={}",
        scenario.slug,
        end.as_secs_f64() + 1.0
    ))
    .await;
    page.wait(&id("picker")).await;
    settle().await;
    drop(page);
    let before = kept();
    let seen = before.of("token-bucket").expect("it was opened");
    assert!(seen.scenarios.is_empty(), "{seen:?}");

    let near = end - Span::from_millis(200);
    let page = Page::open(&format!(
        "p/token-bucket/#scenario={}&at={}",
        scenario.slug,
        near.as_secs_f64()
    ))
    .await;
    page.wait(&id("picker")).await;
    settle().await;
    page.press("play").await;
    for _ in 0..100 {
        settle().await;
        if kept().totals().scenarios == 1 {
            break;
        }
    }
    let after = kept();
    let seen = after.of("token-bucket").expect("it was opened");
    assert!(seen.scenarios.contains(scenario.slug), "{seen:?}");
    let list = page
        .root
        .query_selector(".scenario-played")
        .expect("it parses");
    assert!(list.is_some(), "the list of scenarios says so");
}

#[wasm_bindgen_test]
async fn a_lesson_counts_once_its_end_comes_into_view() {
    begin_with(&[]).await;
    let page = Page::open("p/token-bucket/#at=0&_tab=lesson").await;
    let end = page.wait(&id("lesson-end")).await;
    end.scroll_into_view();
    for _ in 0..100 {
        settle().await;
        if kept().totals().lessons == 1 {
            return;
        }
    }
    panic!("the lesson was not noted");
}

#[wasm_bindgen_test]
async fn ticks_that_an_earlier_version_kept_are_taken_over() {
    begin_with(&[("saga", Deed::Lesson)]).await;
    storage()
        .set_item("orrery-done-token-bucket", "dry polite")
        .expect("room");
    let page = Page::open("").await;
    page.wait(&id("progress-mark")).await;
    assert_eq!(page.marks().concat(), "2 of 4 challengesseen");
    let now = kept();
    assert!(now.of("saga").is_some_and(|seen| seen.lesson));
    assert!(
        now.of("token-bucket")
            .is_some_and(|seen| seen.challenges.contains("dry"))
    );
    assert_eq!(storage().get_item("orrery-done-token-bucket"), Ok(None));
}

#[wasm_bindgen_test]
async fn what_is_saved_and_erased_comes_back_when_the_file_is_added() {
    let before = begin_with(&[
        ("token-bucket", Deed::Challenge("dry")),
        ("saga", Deed::Lesson),
        ("of-a-newer-version", Deed::Scenario("first")),
    ])
    .await;
    let page = Page::dialog().await;
    assert_eq!(
        page.text("progress-totals"),
        "3 patterns opened, 1 scenario played, 1 lesson read, 1 challenge done."
    );
    script(
        "window.orreryMade = URL.createObjectURL; \
         URL.createObjectURL = blob => { window.orreryBlob = blob; return window.orreryMade.call(URL, blob); };",
    );
    page.press("progress-save").await;
    assert!(page.text("progress-told").contains("orrery-progress.json"));
    let text = script("URL.createObjectURL = window.orreryMade; window.orreryBlob.text()");
    let text = JsFuture::from(js_sys::Promise::from(text))
        .await
        .expect("it can be read");
    let text = text.as_string().expect("it is text");
    assert_eq!(Progress::read(&text).as_ref(), Ok(&before));
    assert_eq!(page.marks().len(), 2);

    page.press("progress-erase").await;
    let focus = document()
        .active_element()
        .and_then(|focus| focus.text_content());
    assert_eq!(
        focus.as_deref(),
        Some("Keep it"),
        "what does no harm has the focus"
    );
    page.press("progress-erase-all").await;
    assert_eq!(
        page.marks(),
        Vec::<String>::new(),
        "the page shows it at once"
    );
    assert!(page.find(&id("progress-empty")).is_some());
    assert_eq!(storage().get_item(KEY), Ok(None));

    let told = page.add(&text).await;
    let new = "new are 3 patterns opened, 1 scenario played, 1 lesson read, 1 challenge done";
    assert!(told.contains(new), "{told}");
    assert_eq!(kept(), before);
    assert_eq!(page.marks().len(), 2);
}

#[wasm_bindgen_test]
async fn a_file_is_merged_with_what_is_here_and_nothing_is_lost() {
    let before = begin_with(&[("saga", Deed::Lesson)]).await;
    let mut other = Progress::default();
    other.note("saga", Deed::Scenario("a"));
    other.note("token-bucket", Deed::Opened);
    let page = Page::dialog().await;
    page.add(&other.write()).await;
    let mut both = before;
    both.merge(&other);
    assert_eq!(kept(), both);
    drop(page);
    let page = Page::dialog().await;
    let told = page.add(&other.write()).await;
    assert!(told.contains("stood here already"), "{told}");
}

#[wasm_bindgen_test]
async fn a_broken_foreign_or_hostile_file_is_refused_with_a_sentence_and_changes_nothing() {
    let before = begin_with(&[("saga", Deed::Lesson)]).await;
    for (text, wrong) in [
        ("", "stops being JSON"),
        ("{\"format\": \"orrery-progress\"", "line 1, column"),
        ("{\"traceEvents\": []}", "“format” is missing"),
        (
            "{\"format\": \"orrery-progress\", \"version\": 99}",
            "version 99",
        ),
        (
            "{\"format\": \"orrery-progress\", \"version\": 1, \"patterns\": \
             {\"<img src=x onerror=alert(1)>\": {}}}",
            "small letters",
        ),
        (
            "{\"format\": \"orrery-progress\", \"version\": 1, \"patterns\": \
             {\"saga\": {\"challenges\": [\"a\", {}]}}}",
            "patterns.saga.challenges[1]",
        ),
        (&"[".repeat(100_000), "stops being JSON"),
        (&" ".repeat((1 << 20) + 1), "1048577 bytes"),
    ] {
        let page = Page::dialog().await;
        let told = page.add(text).await;
        assert!(
            told.starts_with("Nothing was added from “notes.json”"),
            "{told}"
        );
        assert!(told.contains(wrong), "{told}, not {wrong}");
        assert_eq!(kept(), before);
        let image = page.root.query_selector("img[src='x']").expect("it parses");
        assert!(image.is_none(), "nothing of it is taken as markup");
    }
}

#[wasm_bindgen_test]
async fn where_storage_is_refused_the_visit_goes_on_and_the_dialog_says_so() {
    begin_with(&[]).await;
    script("window.orreryStorage = Object.getOwnPropertyDescriptor(window, 'localStorage');");
    for refusal in [
        "get() { throw new DOMException('no', 'SecurityError'); }",
        "value: { getItem() { return null; }, setItem() { throw new Error('full'); }, removeItem() {} }",
    ] {
        script(&format!(
            "Object.defineProperty(window, 'localStorage', {{ configurable: true, {refusal} }});"
        ));
        let page = Page::open("p/token-bucket/#at=0&_tab=promises").await;
        page.wait(&id("challenges")).await;
        drop(page);
        let page = Page::dialog().await;
        assert!(
            page.text("progress-trouble").contains("save it as a file"),
            "{refusal}"
        );
        assert!(
            page.text("progress-totals").starts_with("1 pattern opened"),
            "{refusal}"
        );
        page.press("progress-erase").await;
        page.press("progress-erase-all").await;
        assert!(page.find(&id("progress-empty")).is_some(), "{refusal}");
        drop(page);
        script("Object.defineProperty(window, 'localStorage', window.orreryStorage);");
    }
    assert_eq!(storage().get_item(KEY), Ok(None));
}

#[wasm_bindgen_test]
async fn what_cannot_be_read_is_left_alone_until_it_is_erased() {
    begin_with(&[]).await;
    storage()
        .set_item(KEY, "{\"format\": \"something\"}")
        .expect("room");
    let page = Page::open("p/token-bucket/#at=0").await;
    page.wait(&id("picker")).await;
    drop(page);
    let page = Page::dialog().await;
    let words = page.text("progress-trouble");
    assert!(
        words.contains("\"something\"") && words.contains("Erase it"),
        "{words}"
    );
    let left = storage().get_item(KEY).ok().flatten();
    assert_eq!(left.as_deref(), Some("{\"format\": \"something\"}"));
    page.press("progress-erase").await;
    page.press("progress-erase-all").await;
    assert!(page.find(&id("progress-trouble")).is_none());
    assert_eq!(storage().get_item(KEY), Ok(None));
}

#[wasm_bindgen_test]
async fn pages_side_by_side_lose_nothing_of_each_other() {
    begin_with(&[]).await;
    let page = Page::open("p/token-bucket/#at=0&_tab=promises").await;
    page.wait(&id("challenges")).await;
    settle().await;
    let mut other = kept();
    other.note("saga", Deed::Challenge("undone"));
    other.note("token-bucket", Deed::Challenge("polite"));
    storage().set_item(KEY, &other.write()).expect("room");
    let event = web_sys::Event::new("storage").expect("an event");
    let _ = window().dispatch_event(&event);
    settle().await;
    page.tells_of_one_challenge();
    drop(page);
    let page = Page::open("p/circuit-breaker/#at=0").await;
    page.wait(&id("picker")).await;
    let all = kept();
    assert!(
        all.of("saga")
            .is_some_and(|seen| seen.challenges.contains("undone"))
    );
    assert!(all.of("circuit-breaker").is_some());
}

#[wasm_bindgen_test]
async fn an_embed_keeps_nothing() {
    begin_with(&[]).await;
    let page = Page::open(&done("embed", "?controls=full&")).await;
    page.wait(&id("picker")).await;
    page.find("#tab-promises").expect("the tab").click();
    page.wait(&id("challenges")).await;
    for _ in 0..10 {
        settle().await;
    }
    page.tells_of_one_challenge();
    assert_eq!(storage().get_item(KEY), Ok(None));
}
