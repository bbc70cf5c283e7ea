//! What the balancers have to say: steps in plain words. Servers and balancers are counted from
//! zero here and from one in the words.

use super::knobs::Rule;
use crate::prelude::*;
use crate::real::fixed;
use crate::words::counted;

/// A step worth a sentence.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// A request gets a server.
    Pick(Pick),
    /// Something does not go as it should.
    Trouble {
        /// At which node.
        at: NodeId,
        /// What.
        what: Trouble,
    },
    /// Something is not as it was.
    Change {
        /// At which node.
        at: NodeId,
        /// What.
        what: Change,
    },
}

/// How a request got its server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pick {
    /// The balancer’s node.
    pub(super) at: NodeId,
    /// Which balancer, where there are several.
    pub(super) balancer: Option<usize>,
    /// The number of the call.
    pub(super) call: u32,
    /// The server.
    pub(super) server: usize,
    /// How many requests it had out there before, for all the balancer knows.
    pub(super) load: u32,
    /// By which rule.
    pub(super) rule: Rule,
    /// Whether strong servers get their turns in a row.
    pub(super) in_a_row: bool,
}

/// What does not go as it should.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trouble {
    /// A request that one server has not answered goes to another one.
    Again {
        /// The number of the call.
        call: u32,
        /// Who has not answered.
        tried: usize,
        /// The other server.
        server: usize,
    },
    /// A request goes to a server that is to get none.
    Against {
        /// The server.
        server: usize,
        /// Why it should not: “although …”.
        although: &'static str,
    },
    /// A server has no room for a request.
    TurnedAway {
        /// The server.
        server: usize,
        /// How many it has.
        load: usize,
    },
    /// No answer came in time.
    TimedOut {
        /// The number of the call.
        call: u32,
        /// The server.
        server: usize,
        /// How long it was waited for.
        after: Span,
    },
    /// A balancer takes a server to be down.
    LeftOut {
        /// Which balancer, where there are several.
        balancer: Option<usize>,
        /// The server.
        server: usize,
        /// After how many timeouts in a row.
        fails: u32,
        /// For how long.
        away: Span,
    },
    /// A server that was left out is tried again.
    TriedAgain {
        /// The server.
        server: usize,
    },
    /// There is nobody to send a request to.
    Nobody {
        /// The number of the call.
        call: u32,
    },
    /// A client waits no longer.
    GivenUp {
        /// The number of the call.
        call: u32,
        /// How long it waited.
        after: Span,
    },
    /// An answer comes for which nobody waits.
    Late {
        /// The number of the call.
        call: u32,
    },
}

/// What is not as it was.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// Many requests come at once.
    Burst(u32),
    /// A server is slower or faster from now on.
    Paced {
        /// The server.
        server: usize,
        /// Its speed.
        percent: u32,
    },
    /// A server is worth something else.
    Weighed {
        /// The server.
        server: usize,
        /// Its weight.
        weight: u32,
    },
    /// A server is to get nothing new.
    Draining {
        /// The server.
        server: usize,
        /// How many requests it still has.
        load: usize,
    },
    /// A draining server has finished.
    Drained {
        /// The server.
        server: usize,
    },
    /// A server gets work again.
    Returned {
        /// The server.
        server: usize,
    },
    /// There is one more server.
    Added {
        /// The server.
        server: usize,
        /// How many times as long work takes there at first.
        cold: u32,
    },
    /// Maglev’s table was filled anew.
    Filled {
        /// The part of all slots that have another server now.
        moved: f64,
        /// The part that was taken from servers that are still there.
        needless: f64,
    },
    /// A node has crashed.
    Crashed {
        /// Its name.
        name: String,
        /// How many requests it had in hand.
        lost: usize,
    },
    /// A server works again after a crash.
    Restarted {
        /// The server.
        server: usize,
    },
}

impl crate::simulation::Step for Step {
    fn narrate(&self) -> Narration {
        match self {
            Self::Pick(pick) => pick.narrate(),
            Self::Trouble { at, what } => what.narrate().node(*at),
            Self::Change { at, what } => what.narrate().node(*at).notable(),
        }
    }
}

impl Pick {
    fn narrate(&self) -> Narration {
        let load = self.load;
        let why = match self.rule {
            Rule::RoundRobin => "it is next in turn".to_owned(),
            Rule::Weighted if self.in_a_row => "it has turns left in its row".to_owned(),
            Rule::Weighted => "it has gained most since its last turn".to_owned(),
            Rule::Random => "it was drawn".to_owned(),
            Rule::Choices => format!("with {load} out it is the least busy of those drawn"),
            Rule::Least => format!("nobody has fewer out than its {load}"),
            Rule::Fastest => format!("of two drawn it should answer sooner, with {load} out"),
            Rule::Hash => "the client’s hash says so".to_owned(),
            Rule::Bounded => format!("it is the first clockwise with room, with {load} out"),
            Rule::Maglev => "the client’s slot says so".to_owned(),
        };
        let by = self.balancer.map_or(String::new(), |balancer| {
            format!("Balancer {}: ", balancer + 1)
        });
        let (call, server) = (self.call, self.server + 1);
        Narration::new(
            "pick",
            format!("{by}Call {call} goes to server {server}: {why}."),
        )
        .tone(Tone::Active)
        .region(region(self.rule, self.in_a_row))
        .node(self.at)
    }
}

/// Where in the source a rule decides.
const fn region(rule: Rule, in_a_row: bool) -> &'static str {
    match rule {
        Rule::RoundRobin => "round-robin",
        Rule::Weighted if in_a_row => "in-a-row",
        Rule::Weighted => "smooth",
        Rule::Random | Rule::Choices => "choices",
        Rule::Least => "least",
        Rule::Fastest => "peak-cost",
        Rule::Hash => "remainder",
        Rule::Bounded => "bounded",
        Rule::Maglev => "maglev",
    }
}

impl Trouble {
    fn narrate(&self) -> Narration {
        let step = |kind, tone, text| Narration::new(kind, text).tone(tone);
        match *self {
            Self::Again {
                call,
                tried,
                server,
            } => step("again", Tone::Stale, {
                let (tried, server) = (tried + 1, server + 1);
                format!("Server {tried} has not answered call {call}: it goes to server {server}.")
            })
            .region("another"),
            Self::Against { server, although } => step("against", Tone::Failed, {
                format!("A request goes to server {}, {although}.", server + 1)
            })
            .notable(),
            Self::TurnedAway { server, load } => step("full", Tone::Refused, {
                format!("Server {} turns a request away: it has {load}.", server + 1)
            }),
            Self::TimedOut {
                call,
                server,
                after,
            } => step("timeout", Tone::Failed, {
                let server = server + 1;
                format!("Server {server} has not answered call {call} in {after}.")
            }),
            Self::LeftOut {
                balancer,
                server,
                fails,
                away,
            } => step("down", Tone::Failed, {
                let who = balancer.map_or("The balancer".to_owned(), |number| {
                    format!("Balancer {}", number + 1)
                });
                let after = match fails {
                    1 => "a timeout".to_owned(),
                    fails => format!("{fails} timeouts in a row"),
                };
                let server = server + 1;
                format!("{who} takes server {server} to be down after {after}, for {away}.")
            })
            .notable(),
            Self::TriedAgain { server } => step("trial", Tone::Pending, {
                let server = server + 1;
                format!("Server {server} gets requests again: the next answer will tell.")
            })
            .notable(),
            Self::Nobody { call } => step("nobody", Tone::Refused, {
                format!("Call {call} is refused: there is no server to send it to.")
            }),
            Self::GivenUp { call, after } => step("given up", Tone::Failed, {
                format!("Whoever made call {call} has waited {after} and gives up.")
            }),
            Self::Late { call } => step("late", Tone::Stale, {
                format!("The answer to call {call} comes too late: nobody waits for it.")
            }),
        }
    }
}

impl Change {
    fn narrate(&self) -> Narration {
        let step = |kind, tone, text| Narration::new(kind, text).tone(tone);
        match self {
            Self::Burst(requests) => step("burst", Tone::Active, {
                let requests = counted(*requests, ["request", "requests"]);
                format!("The clients send {requests} at once.")
            }),
            Self::Paced { server, percent } => {
                let tone = if *percent < 100 {
                    Tone::Stale
                } else {
                    Tone::Good
                };
                let server = server + 1;
                step("server", tone, {
                    format!("Server {server} now works at {percent} % of a plain one’s speed.")
                })
            }
            Self::Weighed { server, weight } => step("server", Tone::Plain, {
                format!("Server {} now weighs {weight}.", server + 1)
            }),
            Self::Draining { server, load } => step("drain", Tone::Stale, {
                let server = server + 1;
                match load {
                    0 => format!("Server {server} is drained, and has nothing to finish."),
                    load => format!("Server {server} is drained: it finishes the {load} it has."),
                }
            }),
            Self::Drained { server } => step("drain", Tone::Good, {
                format!("Server {} has finished and can go.", server + 1)
            }),
            Self::Returned { server } => step("drain", Tone::Good, {
                format!("Server {} is given requests again.", server + 1)
            }),
            Self::Added { server, cold } => step("server", Tone::Good, {
                let cold = match cold {
                    1 => String::new(),
                    cold => format!(" and cold: at first its work takes {cold} times as long"),
                };
                format!("Server {} is new{cold}.", server + 1)
            }),
            Self::Filled { moved, needless } => step("table", Tone::Active, {
                let (moved, needless) = (fixed(moved * 100.0, 1), fixed(needless * 100.0, 1));
                format!(
                    "Maglev’s table is filled anew: {moved} % of its slots have another \
                     server, {needless} % were taken from servers that are still there."
                )
            })
            .region("maglev-fill"),
            Self::Crashed { name, lost } => step("crash", Tone::Failed, {
                let lost = counted(*lost, ["request", "requests"]);
                format!("{name} crashes with {lost} in hand. Nobody is told.")
            }),
            Self::Restarted { server } => step("restart", Tone::Good, {
                format!("Server {} runs again, with an empty queue.", server + 1)
            }),
        }
    }
}
