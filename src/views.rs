//! Views in the places that a page keeps for them, and views whose code comes later.
//!
//! They come with the panels and the gallery; what a machine begins with has none.

use std::sync::Arc;
use std::time::Duration;

use any_spawner::Executor;
use leptos::mount::mount_to_renderer;
use leptos::prelude::*;
use leptos::reactive::owner::WeakOwner;
use leptos::reactive::signal::ArcTrigger;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;

use crate::loading::{AGAIN, COMING, LoadError, Loading};
use crate::observable::{Page, Reader, follow_readers, on_leave};

/// What a view reads.
struct Trigger(ArcTrigger);

impl Reader for Trigger {
    fn read(&self) {
        self.0.track();
    }

    fn changed(&self) {
        self.0.notify();
    }
}

/// The views of a page, which go when it is left.
#[derive(Clone)]
pub struct Views {
    owner: Owner,
    page: Page,
}

/// The owner of what there is once for a page, as a context of its views.
#[derive(Clone)]
struct OwnerOfPage(WeakOwner);

impl Views {
    /// Begins them for the page that is being made.
    pub fn begin() -> Self {
        // It may have been there before.
        let _ = Executor::init_wasm_bindgen();
        follow_readers(|| Box::new(Trigger(ArcTrigger::new())));
        let owner = Owner::new();
        let of_page = OwnerOfPage(owner.downgrade());
        owner.with(|| provide_context(of_page));
        let last = owner.clone();
        on_leave(move || last.cleanup());
        Self {
            owner,
            page: Page::current(),
        }
    }

    /// Makes something that they have in common.
    pub fn make<T>(&self, make: impl FnOnce() -> T) -> T {
        self.page.make(|| self.owner.with(make))
    }

    /// Shows one at the end of a place, until the page is left.
    pub fn mount(&self, place: &Element, view: impl FnOnce() -> AnyView + 'static) {
        self.make(|| {
            let mounted = mount_to_renderer(place, view);
            on_leave(move || drop(mounted));
        });
    }
}

/// What there is once for each page: made when a view first asks for it, and kept when the view goes.
pub fn once<T: Clone + Send + Sync + 'static>(make: fn() -> T) -> T {
    let make_for_page = || {
        let made = make();
        provide_context(made.clone());
        made
    };
    use_context::<T>().unwrap_or_else(|| {
        let page = use_context::<OwnerOfPage>().and_then(|page| page.0.upgrade());
        match page {
            Some(page) => page.with(make_for_page),
            None => make(),
        }
    })
}

/// Shows something that has arrived.
pub type Show = Arc<dyn Fn() -> AnyView + Send + Sync>;

/// Shows a part of the page once its code is here; until then, that it is coming.
pub fn later(load: impl Fn() -> Loading<Show> + Send + Sync + 'static) -> AnyView {
    let arrived = RwSignal::new(None);
    let begin = Arc::new(move || {
        arrived.set(None);
        let loading = load();
        spawn_local(async move {
            arrived.try_set(Some(loading.await));
        });
    });
    begin();
    arriving(arrived, begin)
}

/// A part of the page that is a piece of its own: what makes its view, once it is here.
pub type Part = Loading<fn() -> AnyView>;

/// Shows a part of the page as soon as it is here.
pub fn part(part: fn() -> Part) -> AnyView {
    later(move || {
        let part = part();
        Box::pin(async move { Ok(Arc::new(part.await?) as Show) })
    })
}

/// Shows a part of the page in a task of its own: parts that come together would keep the page from
/// its next frame, and the visitor waiting.
pub fn soon(part: fn() -> AnyView) -> AnyView {
    let due = RwSignal::new(false);
    let begin = move || {
        due.try_set(true);
    };
    set_timeout(begin, Duration::ZERO);
    let shown = move || match due.get() {
        true => part(),
        false => ().into_any(),
    };
    shown.into_any()
}

fn arriving(
    arrived: RwSignal<Option<Result<Show, LoadError>>>,
    begin: Arc<dyn Fn() + Send + Sync>,
) -> AnyView {
    let shown = move || match arrived.get() {
        None => view! { <p class="quiet-text arriving" role="status">{COMING}</p> }.into_any(),
        Some(Ok(show)) => show(),
        Some(Err(error)) => {
            let begin = Arc::clone(&begin);
            view! {
                <p class="notice refused arriving" role="alert">
                    {error.to_string()}
                    <button type="button" class="button" on:click=move |_| begin()>{AGAIN}</button>
                </p>
            }
            .into_any()
        }
    };
    shown.into_any()
}
