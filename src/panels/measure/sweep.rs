//! A sweep that the reader puts together: any knob on x, if wanted another on y, any metric.

use leptos::prelude::*;
use orrery_core::kernel::metrics::MetricSpec;
use orrery_core::kernel::session::RunState;
use orrery_core::lab::{Axis, AxisName, Measure, PlanError, Reduction, Results, Sweep, SweepPlan};
use orrery_core::spec::{Kind, Spec, find};
use orrery_core::time::Span;
use orrery_core::value::Value;
use orrery_core::words::{capitalised, grouped};

use super::experiments::measure;
use super::files::{Files, of_sweep, setting_of_sweep};
use super::undertaking::{Controls, Undertaking};
use super::{plot, table};
use crate::machine::View;
use crate::player::Player;
use crate::player::clock::now_millis;

/// Events of a first slice, by which the time of the whole is estimated.
const PROBE_EVENTS: u64 = 20_000;

/// What two of the fields are called, there and where something is wrong with them.
const RUNS: &str = "Runs for each point";
const SECONDS: &str = "Seconds for each run";

/// An axis as it stands in the form: text, as it was typed.
#[derive(Debug, Clone, PartialEq)]
struct AxisForm {
    knob: String,
    from: String,
    to: String,
    steps: String,
    log: bool,
}

impl AxisForm {
    /// A range around what a knob is now.
    fn of(spec: &Spec) -> Self {
        let (from, to) = match &spec.kind {
            Kind::Int { min, max, .. } => (*min as f64, *max as f64),
            Kind::Real { min, max, .. } => (*min, *max),
            Kind::Flag
            | Kind::Choice(_)
            | Kind::Text { .. }
            | Kind::Node
            | Kind::Nodes
            | Kind::Trace => (0.0, 1.0),
        };
        let default = spec.default.as_f64().unwrap_or(to);
        let to = if default > 0.0 {
            to.min(default * 4.0)
        } else {
            to
        };
        Self {
            knob: spec.key.to_owned(),
            from: from.to_string(),
            to: to.to_string(),
            steps: "6".to_owned(),
            log: false,
        }
    }

    fn read(&self, name: AxisName, player: Player) -> Result<Axis, String> {
        for (part, text) in [("from", &self.from), ("to", &self.to)] {
            if !is_number(text) {
                return Err(unread(
                    &format!("On {name}, {part}"),
                    text,
                    "a number, such as 2.5",
                ));
            }
        }
        if !is_count(&self.steps) {
            let place = format!("On {name}, steps");
            return Err(unread(&place, &self.steps, "a whole number, such as 6"));
        }
        let log = if self.log { ":log" } else { "" };
        let text = format!(
            "{}={}..{}:{}{log}",
            self.knob, self.from, self.to, self.steps
        );
        Axis::parse(&text, name, player.pattern()).map_err(|error| sentence(&error))
    }

    /// The axis in a link.
    fn in_link(&self) -> String {
        let log = if self.log { "~log" } else { "" };
        format!(
            "{}~{}~{}~{}{log}",
            self.knob, self.from, self.to, self.steps
        )
    }

    /// Reads what [`in_link`](Self::in_link) wrote. What its numbers are worth, the form says.
    fn from_link(text: &str, knobs: &[&'static Spec]) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('~').collect();
        let (axis, log) = match parts.as_slice() {
            [axis @ .., "log"] => (axis, true),
            axis => (axis, false),
        };
        let &[knob, from, to, steps] = axis else {
            return Err(format!(
                "The link's sweep says “{text}”, which is not a knob with a range, such as capacity~1~40~6; the form's own is kept."
            ));
        };
        if !knobs.iter().any(|spec| spec.key == knob) {
            return Err(format!(
                "The link's sweep turns “{knob}”, and no knob with a range has this name here; the form's own is kept."
            ));
        }
        let [knob, from, to, steps] = [knob, from, to, steps].map(str::to_owned);
        Ok(Self {
            knob,
            from,
            to,
            steps,
            log,
        })
    }
}

/// Whether a text is a number that a range may end at.
fn is_number(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok_and(f64::is_finite)
}

/// Whether a text is a whole number of something.
fn is_count(text: &str) -> bool {
    text.trim().parse::<u32>().is_ok()
}

/// What stands in a field that cannot be read, and what to write there.
fn unread(field: &str, text: &str, wanted: &str) -> String {
    match text.trim() {
        "" => format!("{field}: nothing is written there. Write {wanted}."),
        text => {
            let shown: String = text.chars().take(30).collect();
            format!("{field}: “{shown}” cannot be read. Write {wanted}.")
        }
    }
}

/// What is wrong with a plan, as a sentence.
fn sentence(error: &PlanError) -> String {
    capitalised(&error.to_string()) + "."
}

/// The whole form.
#[derive(Clone, Copy)]
struct Form {
    x: RwSignal<AxisForm>,
    y: RwSignal<Option<AxisForm>>,
    metric: RwSignal<String>,
    reduction: RwSignal<Reduction>,
    runs: RwSignal<String>,
    seconds: RwSignal<String>,
}

impl Form {
    /// The form as a pattern's page opens with it: the first knob and the first metric.
    fn plain(knob: &Spec, metric: &MetricSpec) -> Self {
        Self {
            x: RwSignal::new(AxisForm::of(knob)),
            y: RwSignal::new(None),
            metric: RwSignal::new(metric.key.to_owned()),
            reduction: RwSignal::new(Reduction::of(metric.kind)[0]),
            runs: RwSignal::new("20".to_owned()),
            seconds: RwSignal::new("30".to_owned()),
        }
    }

    /// What stands in it, by the keys of a link.
    fn in_link(self) -> [(&'static str, Option<String>); 5] {
        let read = format!("{}~{}", self.metric.get(), self.reduction.get().name());
        [
            ("x", Some(self.x.get().in_link())),
            ("y", self.y.get().as_ref().map(AxisForm::in_link)),
            ("read", Some(read)),
            ("runs", Some(self.runs.get())),
            ("seconds", Some(self.seconds.get())),
        ]
    }

    /// Takes over what a link says; a sentence for each part that says nothing here.
    fn take_link(self, player: Player, knobs: &[&'static Spec]) -> Vec<String> {
        let mut problems = Vec::new();
        for (key, set) in [("x", None), ("y", Some(self.y))] {
            match player
                .view(key)
                .map(|text| AxisForm::from_link(&text, knobs))
            {
                Some(Ok(axis)) => match set {
                    Some(optional) => optional.set(Some(axis)),
                    None => self.x.set(axis),
                },
                Some(Err(problem)) => problems.push(problem),
                None => {}
            }
        }
        if let Some(text) = player.view("read") {
            let words = text.replacen('~', ":", 1);
            match Measure::parse(&words, player.pattern()) {
                Ok(Measure::Metric { key, reduction }) => {
                    self.metric.set(key);
                    self.reduction.set(reduction);
                }
                Ok(_) => {}
                Err(problem) => problems.push(format!("The link's sweep: {problem}.")),
            }
        }
        for (key, field) in [("runs", self.runs), ("seconds", self.seconds)] {
            if let Some(text) = player.view(key) {
                field.set(text);
            }
        }
        problems
    }

    /// Has the link say what differs from the form as the page opens with it.
    fn follow(self, player: Player, plain: [(&'static str, Option<String>); 5]) {
        Effect::new(move || {
            for ((key, value), (_, plain)) in self.in_link().into_iter().zip(&plain) {
                player.set_view(key, value.filter(|value| Some(value) != plain.as_ref()));
            }
        });
    }

    /// What is to be measured, or what is wrong with it.
    fn read(self, player: Player, state: &RunState) -> Result<Sweep, String> {
        let told = |error: PlanError| sentence(&error);
        let x = self.x.get().read(AxisName::X, player)?;
        let y = self.y.get().map(|y| y.read(AxisName::Y, player));
        let words = format!("{}:{}", self.metric.get(), self.reduction.get().name());
        let measure = Measure::parse(&words, player.pattern()).map_err(told)?;
        let mut plan = SweepPlan::new(player.pattern(), state, x, measure);
        plan.y = y.transpose()?;
        let runs = self.runs.get();
        let read = runs.trim().parse();
        plan.runs = read.map_err(|_| unread(RUNS, &runs, "a whole number, such as 20"))?;
        let text = self.seconds.get();
        let seconds: f64 = text.trim().parse().unwrap_or(f64::NAN);
        if !seconds.is_finite() {
            return Err(unread(SECONDS, &text, "a number, such as 30"));
        }
        plan.lasts = Span::from_secs_f64(seconds);
        Sweep::new(plan, player.pattern()).map_err(told)
    }
}

/// The form, and what came of it.
#[component]
pub fn SweepPanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let undertaking = Undertaking::on_page();
    let knobs: Vec<&'static Spec> = (player.pattern().machine.knobs)()
        .iter()
        .filter(|spec| matches!(spec.kind, Kind::Int { .. } | Kind::Real { .. }))
        .collect();
    let metrics = (player.pattern().machine.metrics)();
    let (Some(first), Some(metric)) = (knobs.first(), metrics.first()) else {
        return view! { <p class="quiet-text">"This pattern has no number to turn."</p> }
            .into_any();
    };
    let form = Form::plain(first, metric);
    let plain = untrack(|| form.in_link());
    let view = expect_context::<View>();
    let unread = form.take_link(player, &knobs);
    if !unread.is_empty() {
        view.problems.update(|problems| problems.extend(unread));
    }
    form.follow(player, plain);
    let state = Memo::new(move |_| {
        player.settings.track();
        let state = player.read(|session| session.state());
        state.map(RunState::trunk).unwrap_or_default()
    });
    // Checked once for all who ask: a plan is started to be checked.
    let sweep = Memo::new_with_compare(
        move |_| state.with(|state| form.read(player, state)),
        |_, _| true,
    );
    let problem = Memo::new(move |_| sweep.with(|sweep| sweep.as_ref().err().cloned()));
    let results: StoredValue<Option<Results>, LocalStorage> = StoredValue::new_local(None);
    let begin = Callback::new(move |()| {
        sweep.with_untracked(|sweep| {
            if let Ok(sweep) = sweep {
                measure(undertaking, sweep, results);
            }
        });
    });
    let points = Memo::new(move |_| {
        undertaking.revision.track();
        let points = results.with_value(|results| results.as_ref().map(Results::points));
        points.unwrap_or_default()
    });
    let picture = move || {
        points.with(|points| {
            results
                .with_value(|results| draw(results.as_ref()?, points))
                .unwrap_or_default()
        })
    };
    let caption = move || {
        points.track();
        results.with_value(|results| {
            let plan = results.as_ref()?.sweep().plan();
            let measured = plan.measure.label(player.pattern());
            let name = |axis: &Axis| {
                let spec = find((player.pattern().machine.knobs)(), &axis.knob);
                spec.map_or("", |spec| spec.label)
            };
            let y = plan.y.as_ref().map(|y| format!(" and {}", name(y)));
            Some(format!(
                "{measured}, by {}{}",
                name(&plan.x),
                y.unwrap_or_default()
            ))
        })
    };
    let chart = NodeRef::new();
    let is_map =
        move || points.with(|points| points.first().is_some_and(|point| point.y.is_some()));
    let title = Signal::derive(move || caption().unwrap_or_default());
    let axis_y = knobs.clone();
    view! {
        <div class="lab-form">
            <AxisFields name="x" axis=Signal::derive(move || Some(form.x.get()))
                set=Callback::new(move |axis: Option<AxisForm>| {
                    if let Some(axis) = axis {
                        form.x.set(axis);
                    }
                })
                knobs optional=false/>
            <AxisFields name="y" axis=form.y set=Callback::new(move |axis| form.y.set(axis))
                knobs=axis_y optional=true/>
            <MetricFields form/>
            <Number label=RUNS value=form.runs fits=is_count/>
            <Number label=SECONDS value=form.seconds fits=is_number/>
        </div>
        <Show when=move || problem.read().is_some()>
            <p class="notice refused" role="alert" data-testid="sweep-problem">{move || problem.get()}</p>
        </Show>
        <p class="quiet-text">{move || sweep.with(|sweep| sweep.as_ref().ok().map(estimate))}</p>
        <Controls undertaking label="Sweep" begin ready=Signal::derive(move || problem.read().is_none())/>
        <Show when=move || points.with(|points| !points.is_empty())>
            <figure class="chart" data-testid="sweep">
                <figcaption>
                    <span>{caption}</span>
                    <span class="chart-key" hidden=is_map>
                        <span class="key-line">"mean, 95 % interval"</span>
                        <span class="key-band">"90 % of the runs"</span>
                    </span>
                </figcaption>
                <div class="chart-picture" aria-hidden="true" node_ref=chart inner_html=picture></div>
                <Files title setting=setting_of_sweep(results) documents=of_sweep(results) picture=chart/>
                <table::Points points x="Knobs"/>
            </figure>
        </Show>
    }
    .into_any()
}

/// A curve for one knob, a map for two.
fn draw(results: &Results, points: &[orrery_core::lab::Point]) -> Option<String> {
    let sweep = results.sweep();
    if sweep.ys().is_empty() {
        return plot::curve(points, &|_| None);
    }
    let words = |values: &[Value]| -> Vec<String> { values.iter().map(Value::told).collect() };
    let means: Vec<Option<f64>> = (0..sweep.point_count())
        .map(|index| results.point(index).map(|point| point.summary.mean))
        .collect();
    plot::map(&words(sweep.xs()), &words(sweep.ys()), &means)
}

/// How many runs it takes, and about how long, by the time of a first slice.
fn estimate(sweep: &Sweep) -> String {
    let (runs, points) = (sweep.units(), sweep.point_count());
    let begun = now_millis();
    let mut slices = sweep.clone().start();
    if slices.advance(PROBE_EVENTS).is_err() {
        return String::new();
    }
    let estimate = slices.estimate((now_millis() - begun) / 1_000.0);
    let time = match estimate.seconds {
        Some(seconds) if seconds >= 90.0 => format!("about {:.0} min", seconds / 60.0),
        Some(seconds) if seconds >= 1.0 => format!("about {seconds:.0} s"),
        Some(_) => "less than a second".to_owned(),
        None => "a time that cannot be told yet".to_owned(),
    };
    let runs = grouped(runs);
    format!("{points} points, {runs} runs: {time} for one worker.")
}

#[component]
fn AxisFields(
    name: &'static str,
    #[prop(into)] axis: Signal<Option<AxisForm>>,
    set: Callback<Option<AxisForm>>,
    knobs: Vec<&'static Spec>,
    optional: bool,
) -> impl IntoView {
    let known = knobs.clone();
    let choose = move |event| {
        let key = event_target_value(&event);
        let spec = known.iter().find(|spec| spec.key == key);
        set.run(spec.map(|spec| AxisForm::of(spec)));
    };
    let none = optional.then(|| view! { <option value="">"nothing"</option> });
    let options = knobs
        .into_iter()
        .map(|spec| {
            let chosen =
                move || axis.with(|axis| axis.as_ref().is_some_and(|a| a.knob == spec.key));
            view! { <option value=spec.key selected=chosen>{spec.label}</option> }
        })
        .collect_view();
    type Part = (
        fn(&AxisForm) -> String,
        fn(&mut AxisForm, String),
        fn(&str) -> bool,
    );
    let parts: [(&str, Part); 3] = [
        (
            "from",
            (
                |axis| axis.from.clone(),
                |axis, text| axis.from = text,
                is_number,
            ),
        ),
        (
            "to",
            (
                |axis| axis.to.clone(),
                |axis, text| axis.to = text,
                is_number,
            ),
        ),
        (
            "steps",
            (
                |axis| axis.steps.clone(),
                |axis, text| axis.steps = text,
                is_count,
            ),
        ),
    ];
    let change = move |edit: &dyn Fn(&mut AxisForm)| {
        if let Some(mut form) = axis.get_untracked() {
            edit(&mut form);
            set.run(Some(form));
        }
    };
    let fields = parts
        .map(|(words, (get, put, fits))| {
            let wrong = move || {
                let text = axis.with(|axis| axis.as_ref().map(get));
                text.is_some_and(|text| !fits(&text)).then_some("true")
            };
            let value = move || axis.with(|axis| axis.as_ref().map(get).unwrap_or_default());
            let edit = move |event| {
                let text = event_target_value(&event);
                change(&|form| put(form, text.clone()));
            };
            view! {
                <label>
                    <span>{words}</span>
                    <input type="text" inputmode="decimal" aria-label=format!("{name} {words}")
                        aria-invalid=wrong prop:value=value on:change=edit/>
                </label>
            }
        })
        .collect_view();
    let log = move |event| {
        let on = event_target_checked(&event);
        change(&|form| form.log = on);
    };
    let is_log = move || axis.with(|axis| axis.as_ref().is_some_and(|axis| axis.log));
    view! {
        <fieldset class="lab-axis">
            <legend>{format!("On {name}")}</legend>
            <select aria-label=format!("Knob on {name}") on:change=choose>{none}{options}</select>
            <div class="lab-range" hidden=move || axis.with(Option::is_none)>
                {fields}
                <label class="lab-check">
                    <input type="checkbox" prop:checked=is_log on:change=log/>
                    <span>"by ratio"</span>
                </label>
            </div>
        </fieldset>
    }
}

#[component]
fn MetricFields(form: Form) -> impl IntoView {
    let player = expect_context::<Player>();
    let metrics = (player.pattern().machine.metrics)();
    let kind = move || {
        let key = form.metric.get();
        let spec = metrics.iter().find(|spec| spec.key == key);
        spec.map(|spec| spec.kind)
    };
    let choose = move |event| {
        form.metric.set(event_target_value(&event));
        if let Some(first) = kind().and_then(|kind| Reduction::of(kind).first()) {
            form.reduction.set(*first);
        }
    };
    let options = metrics
        .iter()
        .map(|spec| {
            let chosen = move || *form.metric.read() == spec.key;
            view! { <option value=spec.key selected=chosen>{spec.label}</option> }
        })
        .collect_view();
    let reductions = move || {
        let known = kind().map(Reduction::of).unwrap_or_default();
        let chosen = form.reduction.get();
        known
            .iter()
            .map(|reduction| {
                let name = reduction.name();
                view! { <option value=name selected=*reduction == chosen>{name}</option> }
            })
            .collect_view()
    };
    let reduce = move |event| {
        let name = event_target_value(&event);
        let known = kind().map(Reduction::of).unwrap_or_default();
        if let Some(reduction) = known.iter().find(|reduction| reduction.name() == name) {
            form.reduction.set(*reduction);
        }
    };
    view! {
        <label>
            <span>"Metric"</span>
            <select on:change=choose>{options}</select>
        </label>
        <label>
            <span>"Read as"</span>
            <select on:change=reduce>{reductions}</select>
        </label>
    }
}

#[component]
fn Number(label: &'static str, value: RwSignal<String>, fits: fn(&str) -> bool) -> impl IntoView {
    let wrong = move || (!value.with(|text| fits(text))).then_some("true");
    view! {
        <label>
            <span>{label}</span>
            <input type="text" inputmode="decimal" prop:value=value aria-invalid=wrong
                on:change=move |event| value.set(event_target_value(&event))/>
        </label>
    }
}
