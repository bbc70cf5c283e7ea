//! What can be set, done and measured.

use super::algorithm::{
    HalfOpen, LateResults, Percent, Settings, TripRule, Verdict, Wait, WindowSize,
};
use crate::kernel::workload::{Shape, Trace};
use crate::time::Span;

crate::choices! {
    /// When a closed breaker opens.
    pub(super) enum Rule {
        /// Rates over a number of calls.
        Calls = "calls", "Rates over the last calls";
        /// Rates over a stretch of time.
        Seconds = "seconds", "Rates over the last seconds";
        /// A number of failures without a success between them.
        Row = "row", "Failures in a row";
    }
}

crate::choices! {
    /// How a trial is decided.
    pub(super) enum Judge {
        /// By the same rates, when all trial calls are in.
        Rates = "rates", "By the rates, when all are in";
        /// By successes, one failure ending it.
        Streak = "streak", "By successes; one failure ends it";
    }
}

crate::choices! {
    /// What becomes of a result whose call was let through in an earlier state.
    pub(super) enum Late {
        /// Nothing.
        Discard = "discard", "Discarded";
        /// It is counted where it arrives.
        Count = "count", "Counted";
    }
}

crate::choices! {
    /// What the service does for a request that needs the dependency when it cannot have it.
    pub(super) enum Instead {
        /// An error, at once.
        Fail = "fail", "An error";
        /// An older or simpler answer of its own.
        Fallback = "fallback", "A fallback answer";
        /// The user is asked to come back when the breaker says.
        Return = "return", "Come back later";
    }
}

crate::choices! {
    /// What ails the dependency when it is in trouble.
    pub(super) enum Trouble {
        /// It answers, and slowly.
        Slow = "slow", "It is slow";
        /// It answers every call with an error at once.
        Errors = "errors", "It answers with errors";
        /// It takes calls and never answers.
        Hang = "hang", "It does not answer";
    }
}

crate::choices! {
    /// The dependency's health over time.
    pub(super) enum Curve {
        /// Well throughout.
        Steady = "steady", "Well throughout";
        /// One stretch of trouble.
        Once = "once", "One stretch of trouble";
        /// Trouble for three quarters of each period.
        Flapping = "flapping", "Flapping";
    }
}

crate::knobs! {
    /// What can be set.
    pub(super) struct Knobs {
        /// The breaker between the service and its dependency. Without it every request that
        /// needs the dependency calls it.
        breaker: bool = true, "Circuit breaker", group("Breaker"), live(), safeguard();
        /// What opens a closed breaker.
        rule: Rule = Rule::Calls, "Opens by", group("Breaker"), live();
        /// How many calls, or how many seconds, the rates look back on.
        window: u32 = 20, "Window", range(1, 100), group("Breaker"), live();
        /// What has left the window no longer counts. Without it everything counts since the breaker
        /// closed, and a long calm outweighs whatever comes after it.
        forgets: bool = true, "Forget what left the window", group("Breaker"), live(), safeguard();
        /// Below this many calls in the window there is no rate, and the breaker does not open.
        /// With 1, the first failure is a rate of 100 %.
        minimum: u32 = 10, "Minimum of calls", range(1, 100), unit("calls"), group("Breaker"), live(), safeguard();
        /// The share of failed calls that opens the breaker, and that a trial must stay below.
        failure_rate: u32 = 50, "Failure rate", range(1, 100), unit("%"), group("Breaker"), live();
        /// The share of slow calls that opens the breaker, and that a trial must stay below.
        slow_rate: u32 = 60, "Slow-call rate", range(1, 100), unit("%"), group("Breaker"), live();
        /// A call that takes longer than this counts as slow, whether it fails or not.
        slow_after: Span = Span::from_millis(1_000), "Slow after", range(1, 60_000), unit("ms"), log(), group("Breaker"), live();
        /// A breaker that counts failures alone does not see a dependency that answers too late.
        slow_counts: bool = true, "Slow calls count", group("Breaker"), live(), safeguard();
        /// How many failures without a success between them open the breaker, when it opens by
        /// failures in a row.
        row: u32 = 5, "Failures in a row", range(1, 50), group("Breaker"), live();
        /// How long an open breaker refuses every call.
        wait: Span = Span::from_millis(4_000), "Wait", range(10, 120_000), unit("ms"), log(), group("Breaker"), live();
        /// Each further wait is this much of the one before, until the breaker has closed: 100 %
        /// keeps it fixed, 200 % doubles it.
        growth: u32 = 100, "Wait growth", range(100, 400), unit("%"), group("Breaker"), live();
        /// No wait grows longer than this.
        cap: Span = Span::from_millis(60_000), "Longest wait", range(10, 600_000), unit("ms"), log(), group("Breaker"), live();
        /// How many calls are let through after the wait to see how the dependency does.
        trials: u32 = 3, "Trial calls", range(1, 20), unit("calls"), group("Breaker"), live();
        /// Whether the number of trial calls is enforced. Without it everyone who asks after the
        /// wait is let through.
        trial_limit: bool = true, "Limit the trial", group("Breaker"), live(), safeguard();
        /// How a trial is decided.
        judge: Judge = Judge::Rates, "Trial decided", group("Breaker"), live();
        /// Successes that close the breaker, when the trial is decided by successes.
        successes: u32 = 3, "Successes to close", range(1, 20), group("Breaker"), live();
        /// A call that is given up after the timeout is reported as a failure. Without it the
        /// breaker hears nothing of it, and a trial call that nobody answers keeps its place for
        /// ever.
        report_timeouts: bool = true, "Report timeouts", group("Breaker"), live(), safeguard();
        /// The breaker is asked when a thread is about to send the call. Without it a request asks
        /// on arrival, and what it was told then still holds when it has waited for a thread.
        ask_last: bool = true, "Ask right before the call", group("Breaker"), live(), safeguard();
        /// What becomes of a result whose call was let through in an earlier state.
        late: Late = Late::Discard, "Late results are", group("Breaker"), live();

        /// Requests per second that reach the service.
        rate: f64 = 30.0, "Requests", range(0.1, 500), unit("per second"), log(), group("Callers"), live();
        /// How requests come over time.
        shape: Shape = Shape::Poisson, "Traffic", group("Callers"), live();
        /// The arrivals to play when the traffic is a pasted trace: lines of time in seconds.
        trace: Trace = Trace::default(), "Trace", group("Callers");
        /// The share of requests that need the dependency. The others need only a thread.
        share: u32 = 75, "Need the dependency", range(0, 100), unit("%"), group("Callers"), live();
        /// Requests the service can work on at once.
        threads: u32 = 16, "Threads", range(1, 64), group("Callers");
        /// Requests that may wait for a thread; more are turned away.
        backlog: u32 = 10, "Backlog", range(0, 200), unit("requests"), group("Callers"), live();
        /// After this time without an answer the service gives a call up.
        timeout: Span = Span::from_millis(2_000), "Timeout", range(10, 60_000), unit("ms"), log(), group("Callers"), live();
        /// What a request gets that needs the dependency and cannot have it.
        instead: Instead = Instead::Fallback, "Instead of the dependency", group("Callers"), live();

        /// Calls the dependency can work on at once.
        workers: u32 = 8, "Workers", range(1, 32), group("Dependency");
        /// Calls that may wait for a worker; more are answered with an error at once.
        queue: u32 = 100, "Queue", range(0, 200), unit("calls"), group("Dependency"), live();
        /// Half of all calls take less work than this when the dependency is well.
        work: Span = Span::from_millis(60), "Work per call", range(1, 5_000), unit("ms"), log(), group("Dependency"), live();
        /// The share of calls that fail although the dependency is well.
        errors: f64 = 1.0, "Errors when well", range(0, 100), unit("%"), group("Dependency"), live();
        /// The share of calls that fail by the caller's own fault. The breaker ignores them.
        misuse: f64 = 0.0, "Caller's own errors", range(0, 100), unit("%"), group("Dependency"), live();
        /// The dependency's health over time. Whatever it says, you can break and heal it by hand.
        curve: Curve = Curve::Once, "Health", group("Dependency");
        /// What ails it when it is in trouble.
        trouble: Trouble = Trouble::Slow, "Trouble", group("Dependency");
        /// How many times longer its work takes when it is slow.
        slow_factor: u32 = 50, "Slowed down", range(2, 200), unit("times"), group("Dependency"), live();
        /// When the trouble begins.
        trouble_from: Span = Span::from_millis(5_000), "Trouble begins", range(0, 600_000), unit("ms"), group("Dependency");
        /// How long it lasts.
        trouble_lasts: Span = Span::from_millis(12_000), "Trouble lasts", range(0, 3_600_000), unit("ms"), group("Dependency");
        /// The period of flapping: three quarters of it trouble, then a quarter well.
        flap_period: Span = Span::from_millis(4_000), "Flapping period", range(100, 120_000), unit("ms"), log(), group("Dependency"), live();
        /// How long a message takes, one way.
        latency: Span = Span::from_millis(60), "Network latency", range(0, 1_000), unit("ms"), group("Dependency");
    }
}

crate::actions! {
    /// What a person can do.
    pub(super) enum Action {
        /// Lets the dependency answer every call with an error from now on.
        Break {} = "break", "Break the dependency";
        /// Lets the dependency work slowly from now on.
        Slow {} = "slow", "Slow it down";
        /// Lets the dependency take calls and never answer from now on.
        Hang {} = "hang", "Let it hang";
        /// Makes the dependency well from now on.
        Heal {} = "heal", "Heal it";
        /// Lets the dependency be in trouble and well by turns from now on.
        Flap {} = "flap", "Let it flap";
        /// Opens the breaker until it is reset: every call is refused.
        ForceOpen {} = "force-open", "Force the breaker open";
        /// Closes the breaker and lets it forget everything it has seen.
        Reset {} = "reset", "Reset the breaker";
        /// Sends requests now, beside the traffic.
        Send {
            /// How many.
            requests: u32 = 1, "Requests", range(1, 100);
            /// Whether they need the dependency.
            dependency: bool = true, "Need the dependency";
        } = "send", "Send a request";
    }
}

crate::metrics! {
    /// Requests that reached the service.
    ARRIVED: Counter, "arrived", "Requests", "requests";
    /// Requests answered with what they asked for.
    ANSWERED: Counter, "answered", "Answered", "requests";
    /// Requests answered with a fallback.
    FALLEN_BACK: Counter, "fallbacks", "Fallback answers", "requests";
    /// Requests answered with an error.
    FAILED: Counter, "failed", "Failed", "requests";
    /// Requests turned away because no thread was free and the backlog was full.
    TURNED_AWAY: Counter, "turned-away", "Turned away", "requests";
    /// Of those turned away, the ones that did not even need the dependency.
    BYSTANDERS: Counter, "bystanders", "Bystanders hurt", "requests";
    /// Calls sent to the dependency.
    CALLS: Counter, "calls", "Calls", "calls";
    /// Calls that failed: each held a thread for nothing.
    WASTED: Counter, "wasted", "Calls wasted", "calls";
    /// Calls the breaker refused.
    REFUSED: Counter, "refused", "Calls refused", "calls";
    /// How often the breaker opened.
    OPENINGS: Counter, "openings", "Openings", "openings";
    /// Openings for which the dependency had given no cause.
    FALSE_ALARMS: Counter, "false-alarms", "False alarms", "openings";
    /// Threads that wait for the dependency.
    HELD: Gauge, "held", "Threads held", "threads";
    /// The share of time in which every thread waits for the dependency.
    SATURATED: Gauge, "saturated", "All threads held", "";
    /// Calls that the dependency works on or keeps in its queue.
    PILED_UP: Gauge, "piled-up", "Calls at the dependency", "calls";
    /// The share of failed calls in the breaker's window; 0 while there is no rate.
    FAILURE_RATE: Gauge, "failure-rate", "Failure rate", "%";
    /// 0 closed, 1 trying, 2 open.
    OPENNESS: Gauge, "openness", "Breaker", "";
    /// From a request's arrival at the service to its answer.
    LATENCY: Histogram, "latency", "Time to answer", "s";
    /// From the dependency's healing to the closing of the breaker.
    CLOSING: Histogram, "closing", "Time to close", "s";
    /// Results counted from a closing, or the start, to the next opening.
    PATIENCE: Histogram, "patience", "Results until it opens", "results";
}

impl Knobs {
    /// The breaker's settings; every range lies within their limits.
    pub(super) fn settings(&self) -> Settings {
        let rates = |window| TripRule::Rates {
            window,
            minimum_calls: self.minimum,
        };
        Settings {
            trip: match self.rule {
                Rule::Calls => rates(WindowSize::Calls(self.window)),
                Rule::Seconds => rates(WindowSize::Seconds(self.window)),
                Rule::Row => TripRule::Consecutive { failures: self.row },
            },
            forgets: self.forgets,
            failure_rate: Percent::new(self.failure_rate),
            slow_rate: Percent::new(self.slow_rate),
            slow_after: if self.slow_counts {
                self.slow_after
            } else {
                Span::MAX
            },
            wait: if self.growth == 100 {
                Wait::Fixed(self.wait)
            } else {
                Wait::Exponential {
                    initial: self.wait,
                    multiplier_percent: self.growth,
                    cap: self.cap,
                }
            },
            half_open: HalfOpen {
                trials: self.trials,
                limited: self.trial_limit,
                verdict: match self.judge {
                    Judge::Rates => Verdict::Rates { after: self.trials },
                    Judge::Streak => Verdict::Streak {
                        successes: self.successes,
                    },
                },
                at_most: None,
            },
            late_results: match self.late {
                Late::Discard => LateResults::Discard,
                Late::Count => LateResults::Count,
            },
        }
    }
}
