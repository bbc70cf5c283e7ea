//! Addresses: which page a path means under any base, and going there without a reload.
//!
//! Every pattern has its own folder `p/<slug>/` on the site. The state of its page stands in the
//! fragment, which `orrery_core::link` reads and writes.

use leptos::prelude::window;
use wasm_bindgen::JsValue;

use crate::dom::on;
use crate::observable::Observable;

/// A page of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// The gallery.
    Home,
    /// The pattern with this slug, if there is one.
    Pattern(String),
    /// The same without the site around it, for other people's pages.
    Embed(String),
}

/// Where the app is, and how it goes elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Navigator {
    base: Observable<String>,
    route: Observable<Route>,
    fragment_changes: Observable<()>,
}

impl Navigator {
    /// Reads the present address and follows the browser's back and forward buttons.
    pub fn start() -> Self {
        let path = pathname();
        let (base, route) = parse(&path);
        let navigator = Self {
            base: Observable::new(base),
            route: Observable::new(route),
            fragment_changes: Observable::new(()),
        };
        on(&window(), "popstate", move |_| navigator.read_address());
        navigator
    }

    /// The present page.
    pub fn route(&self) -> Route {
        self.route.get_untracked()
    }

    /// Calls `moved` after each change of the page, and of the fragment that the app did not make
    /// itself.
    pub fn watch(&self, moved: impl Fn() + Clone + 'static) {
        self.route.watch(moved.clone());
        self.fragment_changes.watch(moved);
    }

    /// The address of a page, with the site's base.
    pub fn href(&self, route: &Route) -> String {
        let base = self.base.get_untracked();
        match route {
            Route::Home => base,
            Route::Pattern(slug) => format!("{base}p/{slug}/"),
            Route::Embed(slug) => format!("{base}embed/{slug}/"),
        }
    }

    /// Goes to a page.
    pub fn go(&self, route: Route) {
        let href = self.href(&route);
        if let Ok(history) = window().history() {
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&href));
        }
        window().scroll_to_with_x_and_y(0.0, 0.0);
        self.route.set(route);
    }

    /// The fragment of the present address, with its `#`.
    pub fn fragment(&self) -> String {
        window().location().hash().unwrap_or_default()
    }

    /// The query of the present address, with its `?`.
    pub fn query(&self) -> String {
        window().location().search().unwrap_or_default()
    }

    /// Writes the state of the page into its address without adding a step to the history.
    pub fn replace_fragment(&self, fragment: &str) {
        if let Ok(history) = window().history() {
            let url = format!("#{fragment}");
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&url));
        }
    }

    fn read_address(&self) {
        let (_, route) = parse(&pathname());
        if self.route.try_get_untracked().as_ref() == Some(&route) {
            self.fragment_changes.notify();
        } else {
            self.route.set(route);
        }
    }
}

/// A page that stands for a pattern, by its slug.
type PageOf = fn(String) -> Route;

/// The folders of such pages.
const FOLDERS: [(&str, PageOf); 2] = [("/p", Route::Pattern), ("/embed", Route::Embed)];

fn pathname() -> String {
    window()
        .location()
        .pathname()
        .unwrap_or_else(|_| "/".to_owned())
}

/// The site's base, ending in a slash.
pub fn base() -> String {
    parse(&pathname()).0
}

/// The page that a path means.
pub fn of_path(path: &str) -> Route {
    parse(path).1
}

/// The site's base, ending in a slash, and the page.
fn parse(path: &str) -> (String, Route) {
    let path = path.strip_suffix("index.html").unwrap_or(path);
    // With two slashes in front, what follows would be read as the name of a host.
    let path = match path.strip_prefix("//") {
        Some(rest) => &format!("/{}", rest.trim_start_matches('/')),
        None => path,
    };
    if let Some((above, slug)) = path.trim_end_matches('/').rsplit_once('/') {
        for (folder, page) in FOLDERS {
            if let Some(base) = above.strip_suffix(folder) {
                return (format!("{base}/"), page(slug.to_owned()));
            }
        }
    }
    let base = path.rsplit_once('/').map_or("", |(base, _)| base);
    (format!("{base}/"), Route::Home)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_found_under_any_base() {
        let pattern = |slug: &str| Route::Pattern(slug.to_owned());
        for (path, base, route) in [
            ("/", "/", Route::Home),
            ("/index.html", "/", Route::Home),
            ("/some/where/", "/some/where/", Route::Home),
            ("/p/cranes/", "/", pattern("cranes")),
            ("/some/where/p/cranes/", "/some/where/", pattern("cranes")),
            ("/some/where/p/cranes", "/some/where/", pattern("cranes")),
            ("/p/p/cranes/index.html", "/p/", pattern("cranes")),
            ("/p/", "/p/", Route::Home),
            (
                "/some/where/embed/cranes/index.html",
                "/some/where/",
                Route::Embed("cranes".to_owned()),
            ),
            ("/embed/p/cranes/", "/embed/", pattern("cranes")),
            ("//", "/", Route::Home),
            ("//p/cranes/", "/", pattern("cranes")),
            ("", "/", Route::Home),
        ] {
            assert_eq!(parse(path), (base.to_owned(), route), "{path}");
        }
    }
}
