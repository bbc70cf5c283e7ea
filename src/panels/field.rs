//! One form field for any setting: what a [`Spec`] declares decides the control.

use leptos::prelude::*;
use orrery_core::kernel::session::NodeView;
use orrery_core::kernel::workload::Trace;
use orrery_core::spec::{Choice, Kind, Spec};
use orrery_core::value::Value;
use web_sys::ClipboardEvent;

/// Steps of a slider from end to end.
const SLIDER_STEPS: f64 = 1_000.0;

/// A paste of more bytes than this replaces the field's text without passing through it: a browser
/// lays out every line of a text field, half a minute for a million of them.
const LONG_PASTE: usize = 200_000;

/// A field for something that is kept as it is written; `mode` says which keys a phone shows.
pub fn written(
    label: &'static str,
    mode: &'static str,
    test_id: Option<&'static str>,
    text: RwSignal<String>,
) -> AnyView {
    view! {
        <label>
            <span>{label}</span>
            <input
                type="text"
                inputmode=mode
                autocomplete="off"
                data-testid=test_id
                prop:value=text
                on:input=move |event| text.set(event_target_value(&event))
            />
        </label>
    }
    .into_any()
}

/// A labelled control for one setting. `commit` is called with what was entered once it is
/// accepted by the setting's own rules; it may still refuse with a sentence.
#[component]
pub fn Field(
    /// What may be entered.
    spec: &'static Spec,
    /// Where on the page the field stands, to make its id unique.
    place: &'static str,
    /// The present value.
    #[prop(into)]
    value: Signal<Value>,
    /// The nodes to choose from.
    #[prop(into)]
    nodes: Signal<Vec<NodeView>>,
    /// Takes what was entered.
    commit: impl Fn(Value) -> Result<(), String> + Copy + Send + Sync + 'static,
    /// What stands beside the name.
    #[prop(optional)]
    notes: Option<AnyView>,
) -> impl IntoView {
    let id = format!("{place}-{}", spec.key);
    let error = RwSignal::new(None::<String>);
    let enter = Callback::new(move |text: String| {
        let outcome = spec
            .parse(&text)
            .map_err(|error| error.to_string())
            .and_then(commit);
        error.set(outcome.err());
    });
    let control = match &spec.kind {
        Kind::Flag => flag(id.clone(), value, enter).into_any(),
        Kind::Int { min, max } => {
            let scale = Scale {
                min: *min as f64,
                max: *max as f64,
                log: spec.log,
                whole: true,
            };
            number(id.clone(), spec, scale, value, enter).into_any()
        }
        Kind::Real { min, max } => {
            let scale = Scale {
                min: *min,
                max: *max,
                log: spec.log,
                whole: false,
            };
            number(id.clone(), spec, scale, value, enter).into_any()
        }
        Kind::Choice(choices) => choice(id.clone(), choices, value, enter).into_any(),
        Kind::Text { max_chars } => text(id.clone(), *max_chars, value, enter).into_any(),
        Kind::Node => node(id.clone(), spec, nodes, value, enter).into_any(),
        Kind::Nodes => node_set(nodes, value, enter).into_any(),
        Kind::Trace => trace(id.clone(), value, enter).into_any(),
    };
    let wide = matches!(spec.kind, Kind::Text { .. } | Kind::Trace | Kind::Nodes);
    let help = spec.help.clone();
    view! {
        <div class="field" class:wide=wide class:flag=matches!(spec.kind, Kind::Flag)>
            <span class="field-name">
                <label for=id title=help>{spec.label}</label>
                {notes}
            </span>
            {control}
            {move || error.get().map(|error| view! { <p class="field-error" role="alert">{error}</p> })}
        </div>
    }
}

/// How a slider's place and a number go together.
#[derive(Debug, Clone, Copy)]
struct Scale {
    min: f64,
    max: f64,
    log: bool,
    whole: bool,
}

impl Scale {
    /// A logarithmic slider that may reach zero starts at a thousandth of its end.
    fn floor(self) -> f64 {
        if self.min > 0.0 {
            self.min
        } else {
            self.max / 1e3
        }
    }

    fn to_slider(self, value: f64) -> f64 {
        let share = if self.log {
            (value.max(self.floor()) / self.floor()).ln() / (self.max / self.floor()).ln()
        } else {
            (value - self.min) / (self.max - self.min)
        };
        (share.clamp(0.0, 1.0) * SLIDER_STEPS).round()
    }

    fn of_slider(self, step: f64) -> f64 {
        let share = step / SLIDER_STEPS;
        let raw = if !self.log {
            self.min + share * (self.max - self.min)
        } else if step <= 0.0 {
            self.min
        } else {
            self.floor() * (self.max / self.floor()).powf(share)
        };
        let rounded = if self.whole {
            raw.round()
        } else {
            round_digits(raw, 3)
        };
        rounded.clamp(self.min, self.max)
    }
}

/// A number with so many significant digits.
fn round_digits(value: f64, digits: i32) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let magnitude = value.abs().log10().floor() as i32;
    let factor = 10_f64.powi(digits - 1 - magnitude);
    (value * factor).round() / factor
}

fn number(
    id: String,
    spec: &'static Spec,
    scale: Scale,
    value: Signal<Value>,
    enter: Callback<String>,
) -> impl IntoView {
    let now = move || value.get().as_f64().unwrap_or(scale.min);
    let dragged = RwSignal::new(None::<f64>);
    let shown = move || dragged.get().unwrap_or_else(now).to_string();
    let drag = move |event| {
        dragged.set(
            event_target_value(&event)
                .parse()
                .ok()
                .map(|step| scale.of_slider(step)),
        );
    };
    let drop = move |event| {
        dragged.set(None);
        if let Ok(step) = event_target_value(&event).parse() {
            enter.run(scale.of_slider(step).to_string());
        }
    };
    view! {
        <span class="number">
            <input
                type="text"
                inputmode="decimal"
                autocomplete="off"
                id=id
                class="number-text"
                prop:value=shown
                on:change=move |event| enter.run(event_target_value(&event))
            />
            <span class="unit">{spec.unit}</span>
        </span>
        <input
            type="range"
            class="slider"
            min="0"
            max=SLIDER_STEPS
            aria-label=spec.label
            aria-valuetext=move || format!("{} {}", shown(), spec.unit)
            prop:value=move || scale.to_slider(now())
            on:input=drag
            on:change=drop
        />
    }
}

fn flag(id: String, value: Signal<Value>, enter: Callback<String>) -> impl IntoView {
    let on = move || value.get() == Value::Flag(true);
    let flip = move |event| {
        let text = if event_target_checked(&event) {
            "on"
        } else {
            "off"
        };
        enter.run(text.to_owned());
    };
    view! { <input type="checkbox" class="switch" id=id prop:checked=on on:change=flip/> }
}

fn choice(
    id: String,
    choices: &'static [Choice],
    value: Signal<Value>,
    enter: Callback<String>,
) -> impl IntoView {
    let options = choices
        .iter()
        .map(|choice| {
            let here = move || value.get() == Value::from(choice.key);
            view! { <option value=choice.key prop:selected=here>{choice.label}</option> }
        })
        .collect_view();
    view! {
        <select id=id on:change=move |event| enter.run(event_target_value(&event))>{options}</select>
    }
}

fn text(
    id: String,
    max_chars: usize,
    value: Signal<Value>,
    enter: Callback<String>,
) -> impl IntoView {
    let shown = move || value.get().to_string();
    let change = move |event| enter.run(event_target_value(&event));
    if max_chars > 200 {
        view! { <textarea id=id rows="3" prop:value=shown on:change=change></textarea> }.into_any()
    } else {
        view! { <input type="text" autocomplete="off" id=id prop:value=shown on:change=change/> }
            .into_any()
    }
}

fn node(
    id: String,
    spec: &'static Spec,
    nodes: Signal<Vec<NodeView>>,
    value: Signal<Value>,
    enter: Callback<String>,
) -> impl IntoView {
    let options = move || {
        let offered = nodes
            .get()
            .into_iter()
            .filter(|node| spec.offers(&node.name));
        let nodes = offered.map(|node| {
            let index = node.id.0;
            let here = move || value.get() == Value::Int(i64::from(index));
            view! { <option value=index.to_string() prop:selected=here>{node.name}</option> }
        });
        nodes.collect_view()
    };
    view! {
        <select id=id on:change=move |event| enter.run(event_target_value(&event))>{options}</select>
    }
}

fn node_set(
    nodes: Signal<Vec<NodeView>>,
    value: Signal<Value>,
    enter: Callback<String>,
) -> impl IntoView {
    let chosen = move || -> Vec<u16> {
        value
            .get()
            .to_string()
            .split_whitespace()
            .filter_map(|index| index.parse().ok())
            .collect()
    };
    let boxes = move || {
        let boxes = nodes.get().into_iter().map(|node| {
            let index = node.id.0;
            let flip = move |event| {
                let mut set = chosen();
                set.retain(|other| *other != index);
                if event_target_checked(&event) {
                    set.push(index);
                }
                let words: Vec<String> = set.iter().map(u16::to_string).collect();
                enter.run(words.join(" "));
            };
            view! {
                <label class="tick">
                    <input type="checkbox" prop:checked=move || chosen().contains(&index) on:change=flip/>
                    {node.name}
                </label>
            }
        });
        boxes.collect_view()
    };
    view! { <div class="ticks">{boxes}</div> }
}

fn trace(id: String, value: Signal<Value>, enter: Callback<String>) -> impl IntoView {
    // Large traces are not kept as text, so what was kept is told beside the field.
    let kept = RwSignal::new(None::<String>);
    let summary = move || {
        kept.get().unwrap_or_else(|| {
            let text = value.get().to_string();
            text.parse::<Trace>()
                .map(|trace| trace.summary())
                .unwrap_or_default()
        })
    };
    let take = move |text: String| {
        kept.set(text.parse::<Trace>().ok().map(|trace| trace.summary()));
        enter.run(text);
    };
    let paste = move |event: ClipboardEvent| {
        let data = event.clipboard_data();
        let text = data.and_then(|data| data.get_data("text/plain").ok());
        if let Some(text) = text.filter(|text| text.len() > LONG_PASTE) {
            event.prevent_default();
            take(text);
        }
    };
    view! {
        <textarea
            id=id
            class="trace"
            rows="4"
            spellcheck="false"
            placeholder="time,key,cost\n0.5,alice,1\n0.75,bob,3"
            prop:value=move || value.get().to_string()
            on:change=move |event| take(event_target_value(&event))
            on:paste=paste
        ></textarea>
        <p class="quiet-text" aria-live="polite">{summary}</p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slider_reaches_both_ends_and_comes_back_to_where_it_was() {
        for scale in [
            Scale {
                min: 1.0,
                max: 1_000.0,
                log: false,
                whole: true,
            },
            Scale {
                min: 1.0,
                max: 100_000.0,
                log: true,
                whole: true,
            },
            Scale {
                min: 0.0,
                max: 60.0,
                log: true,
                whole: false,
            },
            Scale {
                min: 0.05,
                max: 1.0,
                log: false,
                whole: false,
            },
        ] {
            assert!((scale.of_slider(0.0) - scale.min).abs() < 1e-9, "{scale:?}");
            assert!(
                (scale.of_slider(SLIDER_STEPS) - scale.max).abs() < 1e-9,
                "{scale:?}"
            );
            for step in [0.0, 250.0, 500.0, 1_000.0] {
                let there = scale.to_slider(scale.of_slider(step));
                assert!((there - step).abs() <= 100.0 && scale.of_slider(there) >= scale.min);
            }
        }
    }
}
