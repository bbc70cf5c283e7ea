//! What was measured as files: the data, and the chart as it looks now.

use leptos::html::Div;
use leptos::prelude::*;
use orrery_core::catalog::Pattern;
use orrery_core::export::{VERSION, points_csv, readings_csv, sweep_json};
use orrery_core::kernel::session::RunState;
use orrery_core::lab::Results;
use orrery_core::link::Link;

use crate::player::Player;
use crate::saving::{SaveError, Standalone, file_name, png_of, save, standalone};

/// Pixels of a PNG for each CSS pixel: enough for print and for dense screens.
const PNG_SCALE: f64 = 3.0;

/// A file of data.
#[derive(Clone, Copy)]
pub struct Document {
    /// What its button says.
    pub label: &'static str,
    /// What it holds, for its name.
    pub holds: &'static str,
    /// How its name ends: `csv` or `json`.
    pub extension: &'static str,
    /// Writes it; none before anything was measured.
    pub write: Callback<(), Option<String>>,
}

/// A file of what is measured into a place, once something is.
pub fn document<T: 'static>(
    measured: StoredValue<Option<T>, LocalStorage>,
    [label, holds, extension]: [&'static str; 3],
    write: fn(&T) -> String,
) -> Document {
    let write = move |()| measured.with_value(|measured| measured.as_ref().map(write));
    Document {
        label,
        holds,
        extension,
        write: Callback::new(write),
    }
}

/// The files of a sweep.
pub fn of_sweep(results: StoredValue<Option<Results>, LocalStorage>) -> Vec<Document> {
    vec![
        document(results, ["CSV", "points", "csv"], points_csv),
        document(results, ["Runs, CSV", "readings", "csv"], readings_csv),
        document(results, ["JSON", "sweep", "json"], sweep_json),
    ]
}

/// What all runs of a sweep share.
pub fn setting_of_sweep(
    results: StoredValue<Option<Results>, LocalStorage>,
) -> Callback<(), Option<RunState>> {
    Callback::new(move |()| {
        results.with_value(|results| Some(results.as_ref()?.sweep().plan().base()))
    })
}

/// Buttons that save the data and the chart of a figure.
#[component]
pub fn Files(
    /// What the chart shows.
    #[prop(into)]
    title: Signal<String>,
    /// What was measured: it stands in names and under the chart.
    setting: Callback<(), Option<RunState>>,
    /// What there is besides the chart.
    documents: Vec<Document>,
    /// The element that the chart is in.
    picture: NodeRef<Div>,
) -> impl IntoView {
    let player = expect_context::<Player>();
    let slug = player.exhibit.card.slug;
    let name = move |holds: &str, extension: &str| {
        let seed = setting.run(()).map_or(0, |state| state.seed);
        file_name(slug, holds, seed, None, extension)
    };
    let tell = move |saved: Result<(), SaveError>| {
        if let Err(error) = saved {
            player.say(error.to_string(), true);
        }
    };
    let data = documents
        .into_iter()
        .map(|document| {
            let press = move |_| {
                let Some(text) = document.write.run(()) else {
                    return;
                };
                let mime = match document.extension {
                    "json" => "application/json",
                    _ => "text/csv",
                };
                let name = name(document.holds, document.extension);
                tell(save(&name, mime, text.as_bytes()));
            };
            button(document.label, press)
        })
        .collect_view();
    let chart = move || {
        let shown = picture
            .get_untracked()
            .and_then(|it| it.first_element_child());
        let note = setting.run(()).map(|state| note(player.pattern(), state));
        let shown = shown.ok_or(SaveError::Missing)?;
        standalone(&shown, &title.get_untracked(), &note.unwrap_or_default())
    };
    let svg = move |_| {
        let saved = chart()
            .and_then(|chart| save(&name("chart", "svg"), "image/svg+xml", chart.svg.as_bytes()));
        tell(saved);
    };
    let png = move |_| {
        let (chart, name) = (chart(), name("chart", "png"));
        leptos::task::spawn_local(async move { tell(save_png(chart, &name).await) });
    };
    view! {
        <p class="files" role="group" aria-label="Save as a file">
            <span class="quiet-text">"Save"</span>
            {data}
            {button("SVG", svg)}
            {button("PNG", png)}
        </p>
    }
}

fn button(label: &'static str, press: impl Fn(leptos::ev::MouseEvent) + 'static) -> impl IntoView {
    view! { <button type="button" class="button" on:click=press>{label}</button> }
}

async fn save_png(chart: Result<Standalone, SaveError>, name: &str) -> Result<(), SaveError> {
    let Standalone { svg, width, height } = chart?;
    let bytes = png_of(&svg, width, height, PNG_SCALE).await?;
    save(name, "image/png", &bytes)
}

/// What it takes to measure it again.
fn note(pattern: &Pattern, state: RunState) -> String {
    let (fragment, _) = Link::from(state.trunk()).encode(pattern);
    format!("{} #{fragment} · Orrery {VERSION}", pattern.card.slug)
}
