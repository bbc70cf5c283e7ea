//! The dialog: everything that is kept, as a table, saved as a file, joined with one, and erased.

use js_sys::JsString;
use leptos::html;
use leptos::prelude::*;
use orrery_core::catalog::{self, CARDS};
use orrery_core::progress::{MAX_LEN, ProgressError, Seen, Totals};
use orrery_core::words::counted;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, HtmlInputElement};

use crate::dialog::{Frame, Told};
use crate::progress::marks::done;
use crate::progress::{Kept, STATE, Trouble};
use crate::saving;

/// The name of the file.
const FILE: &str = "orrery-progress.json";

/// Everything that is kept, and what can be done with it.
#[component]
pub fn ProgressDialog(
    /// Whether it is shown.
    open: RwSignal<bool>,
) -> impl IntoView {
    let kept = Kept::here();
    let told: Told = RwSignal::new((String::new(), false));
    let erasing = RwSignal::new(false);
    let before = move || {
        kept.look_again();
        erasing.set(false);
    };
    view! {
        <Frame name="progress" open told title="Your progress".into_any() before=Box::new(before)>
            <p class="quiet-text">{move || whereabouts(kept)}</p>
            <TroubleNote/>
            {table}
            <Deeds kept told erasing/>
            <Show when=move || erasing.get()>
                <Erasing kept told erasing/>
            </Show>
        </Frame>
    }
}

/// Where it is kept, and that it stays there.
fn whereabouts(kept: Kept) -> &'static str {
    match kept.on_device {
        true => {
            "Kept in this browser on this device; nothing of it is sent anywhere. To take it to \
             another device, save it as a file here and add that file there."
        }
        false => {
            "A page within another one keeps nothing: this lasts until the page is left. It is not \
             sent anywhere either."
        }
    }
}

/// What keeps it from being kept.
#[component]
fn TroubleNote() -> impl IntoView {
    let words = move || {
        Some(match STATE.read().trouble.clone()? {
            Trouble::Refused => {
                "This browser does not let the site keep anything, as private windows and \
                strict settings do, or its room is full. What you see here lasts until you leave: \
                save it as a file if you want to keep it."
                    .to_owned()
            }
            Trouble::Unreadable(ProgressError::Version(version)) => format!(
                "What is kept here was written by another version of this site ({version}) and is left \
                 as it is. Reload the page: it may come in that version."
            ),
            Trouble::Unreadable(error) => format!(
                "What is kept here cannot be read: {error}. It is left as it is, and nothing is added \
                 to it. Erase it to begin anew."
            ),
        })
    };
    let note = move || {
        words().map(
            |words| view! { <p class="notice refused" data-testid="progress-trouble">{words}</p> },
        )
    };
    view! { <div role="status">{note}</div> }
}

/// A row for each pattern that was opened, and the sums.
fn table() -> AnyView {
    let state = STATE.read();
    let progress = &state.progress;
    if progress.is_empty() {
        return view! {
            <p class="progress-empty" data-testid="progress-empty">
                "Nothing yet. Open a pattern, play a scenario to its end, read a lesson, do a challenge: \
                 it will stand here."
            </p>
        }
        .into_any();
    }
    // First in the order of the gallery, then what this version does not know.
    let known = CARDS.iter().filter_map(|card| {
        let seen = progress.of(card.slug)?;
        let done = format!("{} of {}", done(seen, card), card.challenges);
        Some(row(card.name.to_owned(), seen, done))
    });
    let others = progress
        .patterns()
        .filter(|(slug, _)| catalog::card(slug).is_none());
    let others = others.map(|(slug, seen)| {
        row(
            format!("{slug} (not in this version)"),
            seen,
            seen.challenges.len().to_string(),
        )
    });
    let rows = known.chain(others).collect_view();
    view! {
        <p class="figure" data-testid="progress-totals">{told_in_full(progress.totals())}</p>
        <div class="progress-rows" role="region" aria-label="By pattern" tabindex="0">
            <table class="outcomes">
                <thead>
                    <tr>
                        <th scope="col">"Pattern"</th>
                        <th scope="col">"Scenarios played"</th>
                        <th scope="col">"Lesson"</th>
                        <th scope="col">"Challenges done"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(name: String, seen: &Seen, done: String) -> impl IntoView + use<> {
    let lesson = if seen.lesson { "read" } else { "not yet" };
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td>{seen.scenarios.len()}</td>
            <td>{lesson}</td>
            <td>{done}</td>
        </tr>
    }
}

fn told_in_full(totals: Totals) -> String {
    let patterns = counted(totals.patterns, ["pattern", "patterns"]);
    format!("{patterns} opened, {}.", parts(totals).join(", "))
}

/// What was done within patterns.
fn parts(totals: Totals) -> [String; 3] {
    [
        counted(totals.scenarios, ["scenario", "scenarios"]) + " played",
        counted(totals.lessons, ["lesson", "lessons"]) + " read",
        counted(totals.challenges, ["challenge", "challenges"]) + " done",
    ]
}

/// Saving, adding, and asking for everything to be erased.
#[component]
fn Deeds(kept: Kept, told: Told, erasing: RwSignal<bool>) -> impl IntoView {
    let file = NodeRef::<html::Input>::new();
    let save = move |_| {
        let text = STATE.read_untracked().progress.write();
        told.set(
            match saving::save(FILE, "application/json", text.as_bytes()) {
                Ok(()) => (format!("Saved as {FILE}."), false),
                Err(error) => (error.to_string(), true),
            },
        );
    };
    let choose = move |_| {
        if let Some(file) = file.get_untracked() {
            file.click();
        }
    };
    let chosen = move |event| {
        let input: HtmlInputElement = event_target(&event);
        let file = input.files().and_then(|files| files.get(0));
        leptos::task::spawn_local(async move {
            if let Some(file) = file {
                told.try_set(add(kept, &file).await);
            }
            // The same file may be chosen again, once it was mended.
            input.set_value("");
        });
    };
    view! {
        <div class="export-row">
            <button type="button" class="button" data-testid="progress-save" on:click=save>
                "Save as a file"
            </button>
            <button type="button" class="button" data-testid="progress-add" on:click=choose>
                "Add a file…"
            </button>
            <input
                type="file"
                hidden
                accept=".json,application/json"
                aria-label="File of progress"
                data-testid="progress-file"
                node_ref=file
                on:change=chosen
            />
            <button
                type="button"
                class="button"
                data-testid="progress-erase"
                aria-expanded=move || erasing.get().to_string()
                on:click=move |_| erasing.set(true)
            >
                "Erase…"
            </button>
        </div>
    }
}

/// Adds a file, and tells what came of it.
async fn add(kept: Kept, file: &File) -> (String, bool) {
    let name = file.name();
    let outcome = match file.size() {
        // Not even read: it may be larger than the memory.
        size if size > MAX_LEN as f64 => Err(ProgressError::TooLong(size as usize)),
        _ => match JsFuture::from(file.text()).await {
            Ok(text) => {
                let text: String = text.unchecked_into::<JsString>().into();
                take(kept, &text)
            }
            Err(_) => {
                let words =
                    format!("“{name}” could not be opened. Choose it again, or a copy of it.");
                return (words, true);
            }
        },
    };
    match outcome {
        Ok(more) => (format!("Added “{name}”: {more}."), false),
        Err(error) => (refused(&name, &error), true),
    }
}

/// Adds a text, and tells what was new in it.
fn take(kept: Kept, text: &str) -> Result<String, ProgressError> {
    let totals = || STATE.read_untracked().progress.totals();
    let before = totals();
    kept.add(text)?;
    let after = totals();
    let more = Totals {
        patterns: after.patterns - before.patterns,
        scenarios: after.scenarios - before.scenarios,
        lessons: after.lessons - before.lessons,
        challenges: after.challenges - before.challenges,
    };
    if more == Totals::default() {
        return Ok("all of it stood here already".to_owned());
    }
    let patterns = counted(more.patterns, ["pattern", "patterns"]) + " opened";
    let parts = std::iter::once(patterns).chain(parts(more));
    let new: Vec<String> = parts.filter(|part| !part.starts_with("0 ")).collect();
    Ok(format!("new are {}", new.join(", ")))
}

/// Why a file is not added, and what to do.
fn refused(name: &str, error: &ProgressError) -> String {
    let advice = match error {
        ProgressError::Version(_) => {
            "Reload this page, which may bring a newer version, and add it again."
        }
        ProgressError::TooMuch(_) => "Save what is here, erase it, and then add the file.",
        ProgressError::TooLong(_)
        | ProgressError::Json { .. }
        | ProgressError::Foreign(_)
        | ProgressError::Field { .. } => {
            "Choose a file that “Save as a file” has written, as it was written."
        }
    };
    format!("Nothing was added from “{name}”: {error}. {advice}")
}

/// Asks whether everything should be erased.
#[component]
fn Erasing(kept: Kept, told: Told, erasing: RwSignal<bool>) -> impl IntoView {
    let keep = NodeRef::<html::Button>::new();
    // What does no harm is what Enter does.
    Effect::new(move || {
        if let Some(keep) = keep.get() {
            let _ = keep.focus();
        }
    });
    let leave = move || {
        erasing.set(false);
        let button = document()
            .query_selector("[data-testid='progress-erase']")
            .ok()
            .flatten();
        if let Some(button) = button {
            let _ = button.unchecked_into::<web_sys::HtmlElement>().focus();
        }
    };
    let erase = move |_| {
        kept.erase();
        told.set(("Everything is erased.".to_owned(), false));
        leave();
    };
    view! {
        <div class="notice" role="group" aria-labelledby="progress-sure">
            <p id="progress-sure">
                "Erase everything that stands here? There is no way back but a file that you have saved."
            </p>
            <div class="export-row">
                <button type="button" class="button" node_ref=keep on:click=move |_| leave()>"Keep it"</button>
                <button type="button" class="button" data-testid="progress-erase-all" on:click=erase>
                    "Erase everything"
                </button>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use orrery_core::progress::Progress;

    use super::*;

    #[test]
    fn what_there_is_is_told_in_words() {
        let totals = Totals {
            patterns: 1,
            scenarios: 0,
            lessons: 2,
            challenges: 1,
        };
        let words = "1 pattern opened, 0 scenarios played, 2 lessons read, 1 challenge done.";
        assert_eq!(told_in_full(totals), words);
    }

    #[test]
    fn a_file_that_is_refused_is_named_with_what_is_wrong_and_what_to_do() {
        for (text, wrong, advice) in [
            ("{", "line 1", "has written"),
            ("{}", "“format” is missing", "has written"),
            (
                r#"{ "format": "orrery-progress", "version": 7 }"#,
                "version 7",
                "Reload",
            ),
        ] {
            let error = Progress::read(text).expect_err("it is none");
            let words = refused("a.json", &error);
            for part in ["“a.json”", wrong, advice] {
                assert!(words.contains(part), "{words}");
            }
        }
    }
}
