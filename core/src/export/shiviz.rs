//! A trace as a log for ShiViz: one event per pair of lines, with its vector clock.
//!
//! A file for ShiViz begins with the regular expression that reads it and an empty line (there is
//! one execution). The expression here is the default one of its documentation. The first event of
//! a host has the clock 1 there, and every further one adds 1; a clock also holds what the host has
//! heard of the others (Fidge 1988, Mattern 1989). What is heard follows from the recorded causes:
//! a message carries the clock of its sending, and an event that was scheduled elsewhere, as by a
//! person or by the model as a whole, carries that of the scheduling.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::trace::{Kind, Trace, TraceEvent, seconds};

/// The expression by which a log is read.
pub const SHIVIZ_PATTERN: &str = r"(?<event>.*)\n(?<host>\S*) (?<clock>{.*})";

type Clock = BTreeMap<usize, u64>;

/// A host for what happens at no node.
const ELSEWHERE: &str = "run";

impl Trace {
    /// The trace as a file for ShiViz. Messages still on their way at the end are left out.
    pub fn to_shiviz(&self) -> String {
        let mut log = Log::new(self);
        let sent = self.sent_during();
        let of = |id: u64| sent.get(&id).map_or(&[][..], Vec::as_slice);
        // What was sent before the first event that is here.
        let known: BTreeSet<u64> = self.events.iter().map(|event| event.id).collect();
        for (cause, places) in &sent {
            if !known.contains(cause) {
                log.send(places, None);
            }
        }
        for (place, event) in self.events.iter().enumerate() {
            let clock = log.happen(place, event);
            log.send(of(event.id), Some(&clock));
            log.clocks_of_events.insert(event.id, clock);
        }
        log.text
    }
}

struct Log<'t> {
    trace: &'t Trace,
    hosts: Vec<String>,
    clocks: Vec<Clock>,
    // Of the sending of each message, by its place in the trace.
    sendings: BTreeMap<usize, Clock>,
    clocks_of_events: BTreeMap<u64, Clock>,
    text: String,
}

impl<'t> Log<'t> {
    fn new(trace: &'t Trace) -> Self {
        let names = trace.nodes.iter().map(|node| node.name.as_str());
        let hosts = host_names(names.chain([ELSEWHERE]));
        Self {
            trace,
            clocks: vec![Clock::new(); hosts.len()],
            hosts,
            sendings: BTreeMap::new(),
            clocks_of_events: BTreeMap::new(),
            text: format!("{SHIVIZ_PATTERN}\n\n"),
        }
    }

    fn host(&self, node: Option<u16>) -> usize {
        let elsewhere = self.hosts.len() - 1;
        node.map_or(elsewhere, |node| usize::from(node).min(elsewhere))
    }

    /// Writes an event and gives its clock.
    fn happen(&mut self, place: usize, event: &TraceEvent) -> Clock {
        let heard = match event.kind {
            Kind::Delivered => self.sendings.get(&place).cloned(),
            // Nobody gets a lost message: its loss is seen by no node.
            Kind::Lost => None,
            Kind::Local | Kind::Timer | Kind::Action | Kind::Fault => {
                self.clocks_of_events.get(&event.cause).cloned()
            }
        };
        let host = match event.kind {
            Kind::Lost => self.host(None),
            Kind::Local | Kind::Timer | Kind::Delivered | Kind::Action | Kind::Fault => {
                self.host(event.node)
            }
        };
        let words = match event.kind {
            Kind::Delivered => format!("receive {}", event.label),
            Kind::Lost => format!("lose {}", event.label),
            Kind::Local | Kind::Timer | Kind::Action | Kind::Fault => event.label.clone(),
        };
        self.write(host, event.at_ns, &words, heard.as_ref())
    }

    /// Writes the sending of messages during an event.
    fn send(&mut self, places: &[usize], during: Option<&Clock>) {
        for &place in places {
            let message = &self.trace.events[place];
            let host = self.host(message.from);
            let to = self.trace.name(message.node.unwrap_or(u16::MAX));
            let words = format!("send {} to {to}", message.label);
            let clock = self.write(host, message.since_ns, &words, during);
            self.sendings.insert(place, clock);
        }
    }

    fn write(&mut self, host: usize, at: u64, words: &str, heard: Option<&Clock>) -> Clock {
        let clock = &mut self.clocks[host];
        for (other, ticks) in heard.into_iter().flatten() {
            let mine = clock.entry(*other).or_default();
            *mine = (*mine).max(*ticks);
        }
        *clock.entry(host).or_default() += 1;
        let clock = clock.clone();
        let named: BTreeMap<&str, u64> = clock
            .iter()
            .map(|(host, ticks)| (self.hosts[*host].as_str(), *ticks))
            .collect();
        let named = serde_json::to_string(&named).expect("a clock is plain data");
        // The time in front keeps a label in braces from being read as a host and its clock.
        let _ = writeln!(self.text, "{} s: {}", seconds(at), one_line(words));
        let _ = writeln!(self.text, "{} {named}", self.hosts[host]);
        clock
    }
}

/// Names without white space, no two alike.
fn host_names<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    names
        .map(|name| {
            let fits = |c: char| {
                if c.is_whitespace() || c.is_control() {
                    '_'
                } else {
                    c
                }
            };
            let plain: String = name.chars().map(fits).collect();
            let plain = if plain.is_empty() {
                "_".to_owned()
            } else {
                plain
            };
            let mut unique = plain.clone();
            let mut number = 2;
            while !taken.insert(unique.clone()) {
                unique = format!("{plain}_{number}");
                number += 1;
            }
            unique
        })
        .collect()
}

/// The words on one line: no character at which a regular expression ends a line.
fn one_line(words: &str) -> String {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    words
        .chars()
        .map(|c| if is_break(c) { ' ' } else { c })
        .collect()
}
