//! The lines of the log as elements: each is written once, however often the log is read again.
//!
//! A busy machine says a hundred things a second. What is new comes into the page as one text, and
//! presses are caught at the list, so that a line costs no listener and no walk through its parts.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use orrery_core::kernel::timeline::Cursor;
use orrery_core::scene::escape;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, Event};

use super::Told;
use crate::dom::{DomResult, Listener, Resizing, is_at};
use crate::machine::View;
use crate::player::Player;

/// The list, and the box that scrolls it.
pub(super) struct Lines {
    list: Element,
    view: View,
    shown: Rc<RefCell<Vec<Told>>>,
    _resizing: Resizing,
    _listeners: [Listener; 2],
}

impl Lines {
    pub(super) fn begin(
        scroller: &Element,
        list: &Element,
        player: Player,
        view: View,
    ) -> DomResult<Self> {
        let shown = Rc::new(RefCell::new(Vec::new()));
        let (own, known) = (list.clone(), Rc::clone(&shown));
        let on_press = Listener::new(list, "click", move |event| {
            let pressed = pressed(&own, &event, &known.borrow());
            match pressed {
                Some(Pressed::Line(cursor)) => player.seek_cursor(cursor),
                Some(Pressed::Why(event)) => view.cause.set(Some(event)),
                None => {}
            }
        })?;
        let follows = Rc::new(Cell::new(true));
        let (own, seen) = (scroller.clone(), Rc::clone(&follows));
        let on_scroll = Listener::new(scroller, "scroll", move |_| {
            let last = own.scroll_height() - own.client_height();
            seen.set(is_at(own.scroll_top(), last));
        })?;
        let own = scroller.clone();
        let resizing = Resizing::of([list, scroller], move || {
            if follows.get() {
                own.set_scroll_top(own.scroll_height());
            }
        })?;
        Ok(Self {
            list: list.clone(),
            view,
            shown,
            _resizing: resizing,
            _listeners: [on_press, on_scroll],
        })
    }

    /// Shows these lines, oldest first.
    pub(super) fn show(&self, lines: Vec<Told>) -> DomResult {
        let mut shown = self.shown.borrow_mut();
        let kept = Kept::of(&shown, &lines);
        let children = self.list.children();
        let older = (0..kept.from).map(|_| 0);
        let newer = (kept.from + kept.count..shown.len()).map(|_| kept.count);
        for index in older.chain(newer) {
            if let Some(line) = children.item(index as u32) {
                line.remove();
            }
        }
        let added = &lines[kept.count..];
        let text: String = (added.iter())
            .map(|told| html(told, self.led_there(told)))
            .collect();
        *shown = lines;
        self.list.insert_adjacent_html("beforeend", &text)
    }

    /// Marks what led to the event that is asked about.
    pub(super) fn light(&self) -> DomResult {
        let lines = self.list.children();
        for (index, told) in (0..).zip(&*self.shown.borrow()) {
            if let Some(line) = lines.item(index) {
                let classes = line.class_list();
                classes.toggle_with_force("led-there", self.led_there(told))?;
            }
        }
        Ok(())
    }

    fn led_there(&self, told: &Told) -> bool {
        let in_chain = |event: &u64| {
            self.view
                .chain
                .try_with_untracked(|chain| chain.iter().any(|cause| cause.record.id.0 == *event))
        };
        told.events
            .iter()
            .any(|event| in_chain(event) == Some(true))
    }
}

/// Which of the lines that are shown stay: so many from one on, the first of those to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kept {
    from: usize,
    count: usize,
}

impl Kept {
    fn of(shown: &[Told], lines: &[Told]) -> Self {
        let key = |told: &Told| (told.line.number, told.events.len());
        let first = lines.first().map(key);
        let from = shown.iter().position(|told| Some(key(told)) == first);
        let from = from.unwrap_or(shown.len());
        let same = |(old, new): &(&Told, &Told)| key(old) == key(new);
        let count = shown[from..].iter().zip(lines).take_while(same).count();
        Self { from, count }
    }
}

/// What was pressed in the list.
enum Pressed {
    /// A line, which leads to its instant.
    Line(Cursor),
    /// The question what led to this event.
    Why(u64),
}

fn pressed(list: &Element, event: &Event, lines: &[Told]) -> Option<Pressed> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let button = target.closest("button").ok()??;
    let line = button.closest("li").ok()??;
    let children = list.children();
    let mut all = (0..).zip(lines);
    let is_it = |index| children.item(index).as_ref() == Some(&line);
    let (_, Told { line, .. }) = all.find(|(index, _)| is_it(*index))?;
    Some(match button.class_list().contains("why") {
        true => Pressed::Why(line.event.0),
        false => Pressed::Line(Cursor {
            at: line.at,
            ordinal: line.ordinal,
        }),
    })
}

fn html(told: &Told, led_there: bool) -> String {
    let line = &told.line;
    let tone = line.tone.class();
    let notable = if line.notable { " notable" } else { "" };
    let led_there = if led_there { " led-there" } else { "" };
    let (at, text) = (line.at, escape(&line.text));
    let times = match told.events.len() {
        0 | 1 => String::new(),
        times => format!("<span class=\"log-times\"> ×{times}</span>"),
    };
    format!(
        "<li class=\"log-line {tone}{notable}{led_there}\">\
         <button type=\"button\" class=\"log-words\" tabindex=\"-1\" title=\"Go to this instant\">\
         <span class=\"log-time\">{at}</span><span class=\"log-text\">{text}{times}</span></button>\
         <button type=\"button\" class=\"why\" tabindex=\"-1\" title=\"What led to this\" \
         aria-label=\"Why, at {at}\">why?</button></li>"
    )
}

#[cfg(test)]
mod tests {
    use orrery_core::kernel::session::LogLine;
    use orrery_core::kernel::trace::{EventId, Said};
    use orrery_core::simulation::Narration;
    use orrery_core::time::SimTime;

    use super::*;

    fn told(number: u64, text: &str, times: u64) -> Told {
        let said = Said {
            event: EventId(number),
            at: SimTime::from_secs(2),
            ordinal: number,
            narration: Narration::new("told", text.to_owned()),
        };
        Told {
            line: LogLine::of(number, &said),
            events: (0..times).collect(),
        }
    }

    fn check(shown: &[(u64, u64)], lines: &[(u64, u64)], expected: (usize, usize), lesson: &str) {
        let all = |keys: &[(u64, u64)]| -> Vec<Told> {
            keys.iter()
                .map(|(number, times)| told(*number, "", *times))
                .collect()
        };
        let (from, count) = expected;
        assert_eq!(
            Kept::of(&all(shown), &all(lines)),
            Kept { from, count },
            "{lesson}"
        );
    }

    #[test]
    fn lines_that_are_shown_already_stay() {
        check(&[], &[(1, 1)], (0, 0), "what is new is written");
        check(
            &[(1, 1), (2, 1)],
            &[(1, 1), (2, 1), (3, 1)],
            (0, 2),
            "what is added comes after",
        );
        check(
            &[(1, 1), (2, 1)],
            &[(2, 1), (3, 1)],
            (1, 1),
            "the oldest lines go",
        );
        check(
            &[(1, 1), (2, 1)],
            &[(1, 1), (3, 2)],
            (0, 1),
            "what is said again is written again",
        );
        check(
            &[(1, 1), (2, 1), (3, 1)],
            &[(1, 1)],
            (0, 1),
            "a step back takes lines away",
        );
        check(
            &[(5, 1)],
            &[(1, 1), (2, 1)],
            (1, 0),
            "from elsewhere in the run nothing stays",
        );
        check(
            &[(5, 1)],
            &[],
            (1, 0),
            "a filter that nothing fits leaves nothing",
        );
    }

    #[test]
    fn what_a_line_says_is_text_and_nothing_else() {
        let html = html(&told(1, "<img src=x onerror=alert(1)> & \"so\"", 1), false);
        assert!(
            html.contains("&lt;img src=x onerror=alert(1)&gt; &amp; &quot;so&quot;"),
            "{html}"
        );
        assert!(!html.contains("<img"), "{html}");
    }

    #[test]
    fn a_line_that_was_said_again_says_how_often() {
        assert!(html(&told(1, "no", 3), false).contains("no<span class=\"log-times\"> ×3</span>"));
        assert!(!html(&told(1, "no", 1), false).contains('×'));
    }
}
