//! Starting points.

use crate::catalog::Scenario;
use crate::value::Call;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![tour()]
}

/// What a visitor sees first.
pub(super) fn tour() -> Scenario {
    Scenario::new(
        "tour",
        "One slow server",
        "One of eight servers becomes slow.",
    )
    .at(4.0, Call::new("pace").with("server", 3).with("percent", 20))
    .caption(0.0, "Requests fall to eight servers, one after the other.")
    .lasts(30.0)
    .still(12.0)
    .pace(0.7)
    .claim("it answers", |run| run.value("answered") > 100.0)
}
