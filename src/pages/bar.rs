//! The bar at the top of every page of the site.

use web_sys::Element;

use crate::dom::{DomResult, find, on, report};
use crate::pages::{Visit, WITHIN};
use crate::route::Route;

/// What is drawn beside the name.
const MARK: &str = "<svg class=\"brand-mark\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">\
    <ellipse cx=\"12\" cy=\"12\" rx=\"10\" ry=\"4.2\" class=\"brand-orbit\"/>\
    <ellipse cx=\"12\" cy=\"12\" rx=\"4.2\" ry=\"10\" class=\"brand-orbit\"/>\
    <circle cx=\"12\" cy=\"12\" r=\"2.6\" class=\"brand-sun\"/>\
    <circle cx=\"22\" cy=\"12\" r=\"1.7\" class=\"brand-planet\"/>\
    <circle cx=\"12\" cy=\"2\" r=\"1.7\" class=\"brand-planet\"/></svg>";

/// The button that changes the colours.
const THEME: &str = "<button type=\"button\" class=\"button quiet theme-button\" data-testid=\"theme\" \
    title=\"Change the theme (T)\"><svg class=\"icon\" viewBox=\"0 0 20 20\" aria-hidden=\"true\">\
    <path d=\"M10 2a8 8 0 1 0 0 16zM10 1a9 9 0 1 1 0 18 9 9 0 0 1 0-18z\" fill-rule=\"evenodd\"/></svg>\
    <span class=\"theme-name\"></span></button>";

/// The bar, with this between the brand and the button.
pub(super) fn markup(middle: &str, visit: Visit) -> String {
    let home = visit.navigator.href(&Route::Home);
    format!(
        "<header class=\"top-bar\"><a class=\"brand\" href=\"{home}\" {WITHIN}>{MARK}\
         <span class=\"brand-name\">Orrery</span></a>\
         <div class=\"top-bar-middle\">{middle}</div>{THEME}</header>"
    )
}

/// Brings the bar in `root` to life.
pub(super) fn begin(root: &Element, visit: Visit) {
    let theme = visit.theme;
    let (Some(button), Some(name)) = (find(root, ".theme-button"), find(root, ".theme-name"))
    else {
        return;
    };
    on(&button, "click", move |_| {
        theme.update(|theme| *theme = theme.chosen_next());
    });
    let show = move || -> DomResult {
        let label = theme.get_untracked().label();
        name.set_text_content(Some(label));
        button.set_attribute("aria-label", label)
    };
    report(show());
    theme.watch(move || report(show()));
}
