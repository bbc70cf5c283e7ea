//! The algorithm's source, as it runs, with the region of the last step lit up.

use leptos::html;
use leptos::prelude::*;
use orrery_core::catalog::{Reading, Source};

use crate::machine::View;
use crate::panels::listing::{Ink, Line, lines};

/// The sources of the pattern; the one that holds the active region comes to the front.
#[component]
pub fn CodePanel(
    /// What there is to read.
    reading: &'static Reading,
) -> impl IntoView {
    let view = expect_context::<View>();
    let sources = reading.sources;
    let file = RwSignal::new(0_usize);
    Effect::new(move || {
        let Some(region) = view.region.get() else {
            return;
        };
        let mark = format!("// region: {region}\n");
        let holds = |source: &Source| source.text.contains(&mark);
        if !holds(&sources[file.get_untracked()])
            && let Some(index) = sources.iter().position(holds)
        {
            file.set(index);
        }
    });
    let options = sources
        .iter()
        .enumerate()
        .map(|(index, source)| {
            view! {
                <option value=index.to_string() prop:selected=move || file.get() == index>{source.name}</option>
            }
        })
        .collect_view();
    let choose = move |event| {
        if let Ok(index) = event_target_value(&event).parse::<usize>() {
            file.set(index.min(sources.len().saturating_sub(1)));
        }
    };
    view! {
        <div class="code" data-testid="code">
            <div class="code-head">
                <select aria-label="Source file" on:change=choose>{options}</select>
                <span class="quiet-text">
                    {move || view.region.get().map(|region| format!("now: {}", region.replace('-', " ")))}
                </span>
            </div>
            {move || view! { <Listing text=sources[file.get()].text/> }}
        </div>
    }
}

#[component]
fn Listing(text: &'static str) -> impl IntoView {
    let view = expect_context::<View>();
    let list = NodeRef::<html::Pre>::new();
    Effect::new(move || {
        view.region.track();
        if let Some(list) = list.get()
            && let Ok(Some(line)) = list.query_selector(".code-line.lit")
        {
            // Inside the listing only: the page itself stays where it is.
            let line: web_sys::HtmlElement = wasm_bindgen::JsCast::unchecked_into(line);
            list.set_scroll_top(line.offset_top() - list.client_height() / 3);
        }
    });
    let lines = lines(text)
        .into_iter()
        .map(move |line| draw(line, view))
        .collect_view();
    view! { <pre class="listing" tabindex="0" aria-label="Source" node_ref=list><code>{lines}</code></pre> }
}

fn draw(line: Line, view: View) -> impl IntoView {
    let region = line.region;
    let lit = move || region.is_some() && view.region.get() == region.as_deref();
    let pieces = line
        .pieces
        .into_iter()
        .map(|(ink, text)| match ink {
            Ink::Plain => text.into_any(),
            Ink::Comment | Ink::Keyword | Ink::Type | Ink::Text | Ink::Number => {
                view! { <span class=ink.class()>{text}</span> }.into_any()
            }
        })
        .collect_view();
    view! {
        <span class="code-line" class:lit=lit>
            <span class="line-number" aria-hidden="true">{line.number}</span>
            {pieces}
            "\n"
        </span>
    }
}
