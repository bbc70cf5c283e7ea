//! The Measure tab: live charts, the pattern's experiments, sweeps of one's own, and many runs of
//! the present setting.

pub mod ensemble;
pub mod experiments;
pub mod files;
mod plot;
pub mod sweep;
pub mod table;
pub mod undertaking;

use leptos::prelude::*;

use crate::panels::charts::ChartsPanel;
use ensemble::EnsemblePanel;
use experiments::ExperimentsPanel;
use sweep::SweepPanel;

/// Everything that measures.
#[component]
pub fn MeasurePanel() -> impl IntoView {
    view! {
        <section class="lab" aria-labelledby="lab-experiments">
            <h3 id="lab-experiments">"Experiments"</h3>
            <ExperimentsPanel/>
        </section>
        <section class="lab" aria-labelledby="lab-sweep">
            <h3 id="lab-sweep">"A sweep of your own"</h3>
            <SweepPanel/>
        </section>
        <section class="lab" aria-labelledby="lab-ensemble">
            <h3 id="lab-ensemble">"Many runs of this setting"</h3>
            <EnsemblePanel/>
        </section>
        <section class="lab" aria-labelledby="lab-live">
            <h3 id="lab-live">"This run, live"</h3>
            <ChartsPanel/>
        </section>
    }
}
