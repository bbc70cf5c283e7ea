//! Values that tell when they change, for what a page begins with.
//!
//! The views of the panels come later than the machine, and with them their own reactive graph; what
//! the machine knows lives here, so that it moves without them. A view that reads a value is drawn
//! anew when it changes, once `src/views.rs` has said how.
//!
//! Values belong to the [`Page`] that is being made; when it is left they go, and whoever still has
//! their handles reads none.

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::fmt::{self, Debug, Formatter};
use std::marker::PhantomData;
use std::rc::Rc;

/// A handle on a value that tells when it changes.
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
///
/// use orrery::observable::{Observable, Page};
///
/// let page = Page::default();
/// let speed = page.make(|| Observable::new(1));
/// let seen = Rc::new(Cell::new(0));
/// let note = Rc::clone(&seen);
/// speed.watch(move || note.set(speed.get_untracked()));
/// speed.set(2);
/// assert_eq!(seen.get(), 2);
///
/// page.leave();
/// assert_eq!(speed.try_get_untracked(), None);
/// ```
pub struct Observable<T> {
    place: usize,
    value: PhantomData<fn() -> T>,
}

impl<T> Clone for Observable<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Observable<T> {}

impl<T> Debug for Observable<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Observable({})", self.place)
    }
}

/// What is told to whoever reads a value in a view.
pub(crate) trait Reader {
    /// Somebody reads it.
    fn read(&self);
    /// It has changed.
    fn changed(&self);
}

/// What is called when a value changes.
type Watcher = Rc<dyn Fn()>;

/// What makes readers.
type MakeReader = fn() -> Box<dyn Reader>;

/// Who wants to know when a value changes.
#[derive(Default)]
struct Audience {
    watchers: RefCell<Vec<(usize, Watcher)>>,
    reader: OnceCell<Box<dyn Reader>>,
}

/// A value and who wants to know of it.
#[derive(Clone)]
struct Entry {
    value: Rc<dyn Any>,
    audience: Rc<Audience>,
}

thread_local! {
    /// All values, by their places, which are given out once.
    static ALL: RefCell<Vec<Option<Entry>>> = const { RefCell::new(Vec::new()) };

    /// The page that is being made.
    static MAKING: RefCell<Option<Page>> = const { RefCell::new(None) };

    /// What makes readers, once there are views.
    static READERS: Cell<Option<MakeReader>> = const { Cell::new(None) };

    /// How many watchers there were.
    static WATCHERS: Cell<usize> = const { Cell::new(0) };
}

/// Has views follow the values that they read.
pub(crate) fn follow_readers(make: MakeReader) {
    READERS.set(Some(make));
}

fn entry(place: usize) -> Option<Entry> {
    ALL.with_borrow(|all| all.get(place).cloned().flatten())
}

fn audience(place: usize) -> Option<Rc<Audience>> {
    entry(place).map(|entry| entry.audience)
}

/// Says that the value at a place is read.
fn track(place: usize) {
    if let (Some(make), Some(audience)) = (READERS.get(), audience(place)) {
        audience.reader.get_or_init(make).read();
    }
}

/// Says that the value at a place has changed.
fn notify(place: usize) {
    let Some(audience) = audience(place) else {
        return;
    };
    if let Some(reader) = audience.reader.get() {
        reader.changed();
    }
    let watchers: Vec<Watcher> = audience
        .watchers
        .borrow()
        .iter()
        .map(|(_, watcher)| Rc::clone(watcher))
        .collect();
    for watcher in watchers {
        watcher();
    }
}

/// Has `watcher` called whenever the value at a place changes, until the page that is being made is
/// left.
fn watch(place: usize, watcher: Watcher) {
    let Some(audience) = audience(place) else {
        return;
    };
    let number = WATCHERS.get();
    WATCHERS.set(number + 1);
    audience.watchers.borrow_mut().push((number, watcher));
    on_leave(move || {
        let mut watchers = audience.watchers.borrow_mut();
        watchers.retain(|(other, _)| *other != number);
    });
}

fn put(value: Rc<dyn Any>) -> usize {
    let entry = Entry {
        value,
        audience: Rc::default(),
    };
    let place = ALL.with_borrow_mut(|all| {
        all.push(Some(entry));
        all.len() - 1
    });
    on_leave(move || {
        // Taken out first: what goes may itself look at values.
        let gone = ALL.with_borrow_mut(|all| all.get_mut(place).and_then(Option::take));
        drop(gone);
    });
    place
}

impl<T: 'static> Observable<T> {
    /// A value of the page that is being made; of the whole visit where none is.
    pub fn new(value: T) -> Self {
        Self {
            place: put(Rc::new(RefCell::new(value))),
            value: PhantomData,
        }
    }

    /// Looks at the value; none when it is gone or being changed.
    pub fn try_with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> Option<R> {
        let entry = entry(self.place)?;
        let value = entry.value.downcast_ref::<RefCell<T>>()?;
        Some(look(&*value.try_borrow().ok()?))
    }

    /// Changes the value and tells nobody; none when it is gone or being looked at.
    pub fn try_update_untracked<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let entry = entry(self.place)?;
        let value = entry.value.downcast_ref::<RefCell<T>>()?;
        Some(change(&mut *value.try_borrow_mut().ok()?))
    }

    /// The same, and tells it.
    pub fn try_update<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let result = self.try_update_untracked(change);
        if result.is_some() {
            notify(self.place);
        }
        result
    }

    /// Changes the value and tells it.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        self.try_update(change);
    }

    /// Gives it another value and tells it.
    pub fn set(self, value: T) {
        self.try_update(|now| *now = value);
    }

    /// Gives it another value, and tells it only if that differs.
    pub fn set_if_new(self, value: T)
    where
        T: PartialEq,
    {
        if self.try_with_untracked(|now| *now != value) == Some(true) {
            self.set(value);
        }
    }

    /// The value; none when it is gone or being changed.
    pub fn try_get_untracked(self) -> Option<T>
    where
        T: Clone,
    {
        self.try_with_untracked(T::clone)
    }

    /// Looks at the value, which must be there.
    pub fn with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> R {
        self.try_with_untracked(look)
            .expect("what reads a value goes before the value does")
    }

    /// The value, which must be there.
    pub fn get_untracked(self) -> T
    where
        T: Clone,
    {
        self.with_untracked(T::clone)
    }

    /// Looks at the value, which must be there; a view is drawn anew when it changes.
    pub fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        self.track();
        self.with_untracked(look)
    }

    /// The value, which must be there; a view is drawn anew when it changes.
    pub fn get(self) -> T
    where
        T: Clone,
    {
        self.track();
        self.get_untracked()
    }

    /// Has a view drawn anew when the value changes.
    pub fn track(self) {
        track(self.place);
    }

    /// Says that the value has changed, though it may be the same.
    pub fn notify(self) {
        notify(self.place);
    }

    /// Calls `heard` after each change, until the page that is being made is left.
    pub fn watch(self, heard: impl Fn() + 'static) {
        watch(self.place, Rc::new(heard));
    }
}

/// A page of the visit, and what lives as long as it does.
#[derive(Clone, Default)]
pub struct Page(Rc<Stay>);

#[derive(Default)]
struct Stay {
    on_leave: RefCell<Vec<Box<dyn FnOnce()>>>,
    is_over: Cell<bool>,
}

impl Page {
    /// Makes something that belongs to this page.
    pub fn make<T>(&self, make: impl FnOnce() -> T) -> T {
        let before = MAKING.replace(Some(self.clone()));
        let made = make();
        MAKING.set(before);
        made
    }

    /// The page that is being made; one of its own where none is.
    pub fn current() -> Self {
        MAKING.with_borrow(Clone::clone).unwrap_or_default()
    }

    /// Whether it was left.
    pub fn is_left(&self) -> bool {
        self.0.is_over.get()
    }

    /// Leaves it: all that belongs to it goes, the last first.
    pub fn leave(&self) {
        self.0.is_over.set(true);
        loop {
            let last = self.0.on_leave.borrow_mut().pop();
            match last {
                Some(go) => go(),
                None => return,
            }
        }
    }
}

/// Does something when the page that is being made is left.
pub fn on_leave(go: impl FnOnce() + 'static) {
    MAKING.with_borrow(|making| {
        if let Some(page) = making {
            page.0.on_leave.borrow_mut().push(Box::new(go));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_watches_is_called_after_the_change_and_not_after_it_left() {
        let (page, other) = (Page::default(), Page::default());
        let value = page.make(|| Observable::new(1));
        let seen = Rc::new(RefCell::new(Vec::new()));
        let note = Rc::clone(&seen);
        other.make(|| value.watch(move || note.borrow_mut().push(value.get_untracked())));
        value.set(2);
        value.set_if_new(2);
        other.leave();
        value.set(3);
        assert_eq!(*seen.borrow(), [2]);
    }

    #[test]
    fn what_is_being_changed_cannot_be_looked_at() {
        let value = Observable::new(1);
        let within = value.try_update(|_| value.try_get_untracked());
        assert_eq!(within, Some(None));
    }

    #[test]
    fn a_page_takes_its_values_with_it_and_no_others() {
        let (page, other) = (Page::default(), Page::default());
        let value = page.make(|| {
            let inner = other.make(|| Observable::new("stays"));
            (Observable::new("goes"), inner)
        });
        page.leave();
        assert_eq!(value.0.try_get_untracked(), None);
        assert_eq!(value.1.try_get_untracked(), Some("stays"));
    }

    #[test]
    fn a_view_that_reads_a_value_is_told_when_it_changes() {
        thread_local!(static TOLD: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) });
        struct Noting;
        impl Reader for Noting {
            fn read(&self) {
                TOLD.with_borrow_mut(|told| told.push("read"));
            }
            fn changed(&self) {
                TOLD.with_borrow_mut(|told| told.push("changed"));
            }
        }
        let value = Observable::new(1);
        value.set(2);
        follow_readers(|| Box::new(Noting));
        assert_eq!(value.get(), 2);
        value.set(3);
        assert_eq!(TOLD.take(), ["read", "changed"]);
    }
}
