//! What lies on the axis of time: marks of what happened, and the branches below.

use leptos::html;
use leptos::prelude::*;
use orrery_core::kernel::session::{BranchView, MarkKind};
use orrery_core::time::{SimTime, Span};
use wasm_bindgen::JsCast as _;

use crate::machine::transport::{TRACK_WIDTH, share};
use crate::machine::{MARK_KINDS, View};
use crate::panels::deeds;
use crate::player::Player;

const LANE_HEIGHT: f64 = 10.0;

/// The marks on the scrubber's track.
#[component]
pub fn Marks() -> impl IntoView {
    let player = expect_context::<Player>();
    let shown = expect_context::<View>().marks;
    let axis = Memo::new(move |_| player.readout.with(|readout| readout.axis));
    let marks = Memo::new(move |_| {
        player.revision.track();
        all_marks(player)
    });
    // The picture is stretched to the width of the page; marks keep their shape.
    let stretch = RwSignal::new(1.0);
    let measure = move || {
        let track = document().query_selector(".scrubber-track").ok().flatten();
        let width = track.map_or(0.0, |track| f64::from(track.client_width()));
        if width > 0.0 {
            stretch.try_set(TRACK_WIDTH / width);
        }
    };
    request_animation_frame(measure);
    let resized = window_event_listener(leptos::ev::resize, move |_| measure());
    on_cleanup(move || resized.remove());
    move || marks.with(|marks| draw_marks(marks, shown.get(), axis.get(), stretch.get()))
}

/// The branches, where there is more than one.
#[component]
pub fn Branches() -> impl IntoView {
    let player = expect_context::<Player>();
    let branches = Memo::new(move |_| {
        player.revision.track();
        player
            .read(|session| session.branches())
            .unwrap_or_default()
    });
    // The list is made anew where there are others, not where one has come further.
    let known = Memo::new(move |_| {
        let origins = |branch: &BranchView| (branch.forked_at, branch.deed.clone());
        branches.with(|branches| branches.iter().map(origins).collect::<Vec<_>>())
    });
    move || {
        let count = known.with(Vec::len);
        (count > 1).then(|| view! { <BranchLanes branches count/> })
    }
}

/// The kinds of marks: what the filter calls them, their class, and where on the track they are
/// drawn, for the key. Marks differ in shape and
/// place, not in colour alone: what is told and done hangs below the track, what the machine did
/// stands above it. Later kinds lie on top.
const MARKS: [(&str, &str, &str); MARK_KINDS] = [
    ("Captions", "caption-mark", "0 8 12 12"),
    ("Notable steps", "notable", "0 0 12 13"),
    ("What you did", "action", "0 16 12 12"),
    ("Faults", "fault", "0 17 12 12"),
    ("Broken promises", "violation", "0 0 12 20"),
];

const fn kind_of(mark: MarkKind) -> usize {
    match mark {
        MarkKind::Notable => 1,
        MarkKind::Action => 2,
        MarkKind::Fault => 3,
        MarkKind::Violation => 4,
    }
}

/// One mark of a kind as a path, `unit` wide for every unit of height.
fn mark_path(kind: usize, x: f64, unit: f64) -> String {
    let (left, right) = (x - 4.0 * unit, x + 4.0 * unit);
    match kind {
        0 => format!("M{} 14H{}", x - unit, x + unit),
        1 => format!("M{x} 3V10"),
        2 => format!("M{x} 18L{left} 26H{right}Z"),
        3 => format!("M{left} 19L{right} 27M{right} 19L{left} 27"),
        _ => format!("M{x} 8L{right} 0H{left}ZM{x} 8V20"),
    }
}

/// The marks of the run and of its scenario, by kind.
fn all_marks(player: Player) -> Vec<(usize, SimTime)> {
    let marks = player.read(|session| session.marks()).unwrap_or_default();
    let captions = player.captions().into_iter().map(|at| (0, at));
    let marks = marks.iter().map(|mark| (kind_of(mark.kind), mark.at));
    captions.chain(marks).collect()
}

/// One path for each kind that is shown.
fn draw_marks(
    marks: &[(usize, SimTime)],
    shown: [bool; MARK_KINDS],
    axis: Span,
    stretch: f64,
) -> impl IntoView + use<> {
    let path = |kind: usize| -> String {
        let own = marks.iter().filter(|(own, _)| *own == kind && shown[kind]);
        own.map(|(_, at)| mark_path(kind, share(*at, axis) * TRACK_WIDTH, stretch))
            .collect()
    };
    let paths = std::array::from_fn::<_, MARK_KINDS, _>(path);
    let named = paths.into_iter().zip(MARKS);
    named
        .map(|(path, (_, class, _))| view! { <path class=format!("mark {class}") d=path/> })
        .collect_view()
}

/// Which kinds of marks the scrubber shows; also the key to their shapes.
#[component]
pub fn MarkFilter() -> impl IntoView {
    let shown = expect_context::<View>().marks;
    let details = NodeRef::<html::Details>::new();
    let close = move || {
        if let Some(details) = details.try_get_untracked().flatten() {
            details.set_open(false);
        }
    };
    let outside = window_event_listener(leptos::ev::pointerdown, move |event| {
        let hit: Option<web_sys::Node> = event.target().and_then(|hit| hit.dyn_into().ok());
        let details = details.try_get_untracked().flatten();
        if details.is_some_and(|details| !details.contains(hit.as_ref())) {
            close();
        }
    });
    on_cleanup(move || outside.remove());
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            close();
            let summary = details
                .get_untracked()
                .and_then(|details| details.first_element_child());
            if let Some(summary) = summary {
                let _ = summary.unchecked_into::<web_sys::HtmlElement>().focus();
            }
        }
    };
    let rows = (0..MARK_KINDS)
        .map(|kind| {
            let (name, class, place) = MARKS[kind];
            let flip = move |event| {
                let on = event_target_checked(&event);
                shown.update(|shown| shown[kind] = on);
            };
            view! {
                <label class="tick">
                    <input type="checkbox" prop:checked=move || shown.get()[kind] on:change=flip/>
                    <svg class="mark-key" viewBox=place aria-hidden="true">
                        <path class=format!("mark {class}") d=mark_path(kind, 6.0, 1.0)/>
                    </svg>
                    {name}
                </label>
            }
        })
        .collect_view();
    view! {
        <details class="mark-filter" node_ref=details on:keydown=on_key data-testid="mark-filter">
            <summary class="button quiet" title="Which marks the time line shows">"Marks"</summary>
            <div class="mark-kinds" role="group" aria-label="Marks on the time line">{rows}</div>
        </details>
    }
}

#[component]
fn BranchLanes(branches: Memo<Vec<BranchView>>, count: usize) -> impl IntoView {
    let player = expect_context::<Player>();
    let current = Memo::new(move |_| player.readout.with(|readout| readout.branch));
    let axis = Memo::new(move |_| {
        let heads = branches.with(|branches| {
            let heads = branches.iter().map(|branch| branch.head.at);
            heads.max().unwrap_or(SimTime::ZERO).since(SimTime::ZERO)
        });
        player.readout.with(|readout| readout.axis.max(heads))
    });
    let list = NodeRef::<html::Ul>::new();
    Effect::new(move || {
        let current = current.get();
        request_animation_frame(move || {
            if let Some(list) = list.try_get_untracked().flatten() {
                keep_in_sight(&list, current);
            }
        });
    });
    let lanes = (0..count)
        .map(|index| {
            let branch = Memo::new(move |_| branches.with(|branches| branches.get(index).cloned()));
            let name = branch.with_untracked(|branch| {
                let deed = branch.as_ref().and_then(|branch| branch.deed.as_ref());
                deed.map_or_else(
                    || "First run".to_owned(),
                    |(at, call)| format!("{} at {at}", deeds::named(player, call)),
                )
            });
            let title = {
                let name = name.clone();
                move || {
                    let stretch = branch.with(|branch| {
                        let branch = branch.as_ref()?;
                        Some((branch.forked_at.at, branch.head.at))
                    });
                    let (from, to) = stretch.unwrap_or_default();
                    format!("{name}: a branch from {from} to {to}")
                }
            };
            let line = move || {
                let axis = axis.get();
                branch.with(|branch| {
                    let branch = branch.as_ref()?;
                    let from = share(branch.forked_at.at, axis) * TRACK_WIDTH;
                    let to = share(branch.head.at, axis).max(0.004) * TRACK_WIDTH;
                    let wide = (to - from).max(4.0);
                    Some(view! {
                        <rect class="branch-line" x=from y="3" width=wide height="4" rx="2"/>
                    })
                })
            };
            let here = move || current.get() == index;
            view! {
                <li>
                    <button
                        type="button"
                        class="branch"
                        data-testid="branch"
                        aria-current=move || here().then_some("true")
                        title=title
                        on:click=move |_| player.switch_branch(index)
                    >
                        <span class="branch-name">{name}</span>
                        <svg
                            viewBox=format!("0 0 {TRACK_WIDTH} {LANE_HEIGHT}")
                            preserveAspectRatio="none"
                            aria-hidden="true"
                        >
                            {line}
                        </svg>
                    </button>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="branches" aria-label="Branches" node_ref=list>{lanes}</ul> }
}

/// Scrolls the list, and nothing around it, as little as it takes to see one of its rows.
fn keep_in_sight(list: &web_sys::Element, row: usize) {
    let Some(row) = u32::try_from(row)
        .ok()
        .and_then(|row| list.children().item(row))
    else {
        return;
    };
    let (room, own) = (
        list.get_bounding_client_rect(),
        row.get_bounding_client_rect(),
    );
    let above = (own.top() - room.top()).min(0.0);
    let below = (own.bottom() - room.bottom()).max(0.0);
    let off = if above < 0.0 { above } else { below };
    if off != 0.0 {
        list.set_scroll_top(list.scroll_top() + off.round() as i32);
    }
}
