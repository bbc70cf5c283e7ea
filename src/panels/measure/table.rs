//! What a chart shows, as a table.

use leptos::prelude::*;
use orrery_core::lab::{Agreement, Point};
use orrery_core::words::grouped;

use crate::panels::charts::short;

/// The points of a sweep.
#[component]
pub fn Points(
    /// What was measured.
    #[prop(into)]
    points: Signal<Vec<Point>>,
    /// The name of the knob on x.
    #[prop(into)]
    x: String,
) -> impl IntoView {
    let rows = move || points.with(|points| points.iter().map(row).collect::<Vec<_>>());
    view! {
        <details>
            <summary>"As a table"</summary>
            <table>
                <thead>
                    <tr>
                        <th scope="col">{x}</th>
                        <th scope="col">"mean"</th>
                        <th scope="col">"± 95 %"</th>
                        <th scope="col">"runs"</th>
                        <th scope="col">"theory"</th>
                        <th scope="col">"agrees"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </details>
    }
}

fn row(point: &Point) -> impl IntoView + use<> {
    let knobs = match &point.y {
        Some(y) => format!("{}, {}", point.x.told(), y.told()),
        None => point.x.told(),
    };
    let agrees = match point.agreement {
        Agreement::Agrees => "yes",
        Agreement::Differs => "no",
        Agreement::NoTheory => "–",
    };
    let theory = point.theory.map_or_else(|| "–".to_owned(), short);
    view! {
        <tr>
            <td>{knobs}</td>
            <td>{short(point.summary.mean)}</td>
            <td>{short(point.summary.half_width)}</td>
            <td>{grouped(point.summary.count)}</td>
            <td>{theory}</td>
            <td>{agrees}</td>
        </tr>
    }
}
