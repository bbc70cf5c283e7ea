//! A trace as a Mermaid sequence diagram, for a README or a wiki.
//!
//! Such a diagram has no axis of time: what happens stands in the order in which it happens, a
//! message where it arrives. Renderers refuse long texts, so that only the end of a long run is
//! drawn; a first line says how much is left out.

use std::fmt::Write as _;

use super::trace::{Kind, Trace, TraceEvent, seconds};

/// Longer texts are refused by renderers that are set up as they come (`maxTextSize`).
pub const MERMAID_CHARS_MAX: usize = 50_000;
/// More lines cannot be read by anyone.
const LINES_MAX: usize = 300;

impl Trace {
    /// The end of the trace as a sequence diagram of at most [`MERMAID_CHARS_MAX`] characters.
    pub fn to_mermaid(&self) -> String {
        let mut head = "sequenceDiagram\n".to_owned();
        if self.nodes.is_empty() {
            head.push_str("  participant n0 as run\n");
        }
        for (number, node) in self.nodes.iter().enumerate() {
            let _ = writeln!(head, "  participant n{number} as {}", text(&node.name));
        }
        let lines: Vec<String> = self.events.iter().map(|event| self.line(event)).collect();
        // Room for what is said about the rest.
        let mut room = MERMAID_CHARS_MAX.saturating_sub(head.chars().count() + 200);
        let fitting = lines.iter().rev().take(LINES_MAX).take_while(|line| {
            let length = line.chars().count();
            let fits = length <= room;
            room = room.saturating_sub(length);
            fits
        });
        let shown = fitting.count();
        let left_out = lines.len() - shown;
        let all_left_out = self.left_out + left_out as u64;
        if all_left_out > 0 {
            let over = self.everyone();
            let _ = writeln!(
                head,
                "  Note over {over}: {all_left_out} events before this are left out"
            );
        }
        head.extend(lines[left_out..].iter().map(String::as_str));
        head
    }

    fn line(&self, event: &TraceEvent) -> String {
        let at = seconds(event.at_ns);
        let label = text(&event.label);
        let node = event
            .node
            .filter(|node| usize::from(*node) < self.nodes.len());
        match (event.kind, event.from, node) {
            (Kind::Delivered, Some(from), Some(to)) => {
                format!("  n{from}->>n{to}: {at} s {label}\n")
            }
            (Kind::Lost, Some(from), Some(to)) => {
                format!("  n{from}-xn{to}: {at} s lost {label}\n")
            }
            (
                Kind::Local
                | Kind::Timer
                | Kind::Action
                | Kind::Fault
                | Kind::Delivered
                | Kind::Lost,
                _,
                _,
            ) => {
                let over = node.map_or_else(|| self.everyone(), |node| format!("n{node}"));
                format!("  Note over {over}: {at} s {label}\n")
            }
        }
    }

    /// The participants from the first to the last.
    fn everyone(&self) -> String {
        match self.nodes.len() {
            0 | 1 => "n0".to_owned(),
            count => format!("n0,n{}", count - 1),
        }
    }
}

/// Words that cannot end a line or a statement, begin a comment, or be read as markup: all marks
/// but a few harmless ones are written as entities, by their numbers.
fn text(words: &str) -> String {
    let mut safe = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '\n' | '\u{2028}' | '\u{2029}' => safe.push_str("<br/>"),
            _ if c.is_control() => safe.push(' '),
            ' ' | '.' | ',' | '-' | '_' | '=' | '(' | ')' => safe.push(c),
            _ if c.is_ascii() && !c.is_ascii_alphanumeric() => {
                let _ = write!(safe, "#{};", u32::from(c));
            }
            _ => safe.push(c),
        }
    }
    // A lone word that the grammar knows would end the diagram.
    if safe.trim().is_empty() {
        safe.push('–');
    }
    if safe.trim().eq_ignore_ascii_case("end") {
        safe.insert(0, '(');
        safe.push(')');
    }
    safe
}
