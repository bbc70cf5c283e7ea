//! What can be set, done and measured.

use crate::kernel::path::Law;
use crate::kernel::workload::{Shape, Trace};
use crate::prelude::*;

crate::choices! {
    /// Who gets the next request.
    pub(super) enum Rule {
        /// One after the other.
        RoundRobin = "round-robin", "Round robin";
        /// In turns by weight, spread out.
        Weighted = "weighted", "Weighted round robin";
        /// Plain chance.
        Random = "random", "Random";
        /// The least busy of a few that are drawn.
        Choices = "choices", "Best of d choices";
        /// Whoever has the fewest requests out.
        Least = "least", "Least connections";
        /// Whoever has answered fastest lately.
        Fastest = "fastest", "Least response time";
        /// The client’s hash modulo the number of servers.
        Hash = "hash", "IP hash";
        /// Consistent hashing with bounded loads.
        Bounded = "bounded", "Bounded consistent hash";
        /// Maglev’s table.
        Maglev = "maglev", "Maglev";
    }
}

crate::knobs! {
    /// What can be set.
    pub(super) struct Knobs {
        /// Who gets the next request.
        rule: Rule = Rule::RoundRobin, "Rule", live(), group("Rule");
        /// How many servers are drawn, of which the least busy gets the request.
        choices: u32 = 2, "Choices d", range(1, 8), live(), group("Rule");
        /// How far above the average the requests out at a server may go: 0.25 allows 1.25 times
        /// the average.
        bound: f64 = 0.25, "Load bound e", range(0, 2), live(), group("Rule");
        /// Slots of Maglev’s table at least; it takes the next prime number.
        table: u32 = 1_000, "Maglev slots", range(16, 65_536), log(), group("Rule");

        /// How many servers there are at the start.
        servers: u32 = 8, "Servers", range(2, 64), group("Servers");
        /// How many requests a server works on at a time.
        workers: u32 = 1, "Workers each", range(1, 32), group("Servers");
        /// How many of the servers are strong.
        strong: u32 = 0, "Strong servers", range(0, 64), group("Servers");
        /// How many times as fast a strong server is, and how many times its weight.
        strength: u32 = 5, "Strength", range(1, 10), group("Servers");
        /// How long a plain server works on a request, on average.
        work: Span = Span::from_millis(200), "Work", range(1, 10_000), unit("ms"), log(), group("Servers");
        /// How the time of work is distributed.
        law: Law = Law::Exponential, "Distribution", group("Servers");
        /// How many requests can wait at a server; what comes then is turned away.
        room: u32 = 100, "Room to wait", range(0, 10_000), log(), live(), group("Servers");
        /// How many times as long work takes on a server that has just started; 1 starts warm.
        cold: u32 = 1, "Cold start", range(1, 50), unit("x"), group("Servers");
        /// How long it takes until such a server is warm.
        warm_up: Span = Span::from_secs(10), "Warms up in", range(100, 60_000), unit("ms"), log(), group("Servers");

        /// How many balancers there are; each knows only what it sends itself.
        balancers: u32 = 1, "Balancers", range(1, 8), group("Balancers");
        /// How often the servers’ loads are posted for all balancers, who then know nothing newer.
        /// At 0 each goes by the requests that it has out itself.
        posted: Span = Span::ZERO, "Loads posted every", range(0, 10_000), unit("ms"), group("Balancers");
        /// How long a balancer waits for a server; 0 waits for ever.
        timeout: Span = Span::from_millis(4_000), "Timeout", range(0, 60_000), unit("ms"), group("Balancers");
        /// How often a request that was not answered is sent to another server.
        retries: u32 = 1, "Further tries", range(0, 3), group("Balancers");
        /// After how many timeouts in a row a balancer takes a server to be down.
        fails: u32 = 2, "Fails until down", range(1, 10), live(), group("Balancers");
        /// For how long it leaves such a server out before it tries again.
        away: Span = Span::from_secs(5), "Left out for", range(100, 60_000), unit("ms"), log(), live(), group("Balancers");
        /// Over how long the weight of a server that has just come rises to what it is; 0 gives it
        /// its whole weight at once.
        slow_start: Span = Span::ZERO, "Slow start", range(0, 60_000), unit("ms"), group("Balancers");

        /// The shape of the traffic.
        shape: Shape = Shape::Poisson, "Shape", live(), group("Traffic");
        /// Requests per second for each server that there is at the start: a plain server with one
        /// worker is busy for this many times the work on a request.
        rate: f64 = 3.5, "Requests per server", range(0, 100), unit("per second"), live(), group("Traffic");
        /// The arrivals of a pasted trace: time in seconds on each line.
        trace: Trace = Trace::default(), "Trace", live(), group("Traffic");
        /// How many clients there are; hashing sends each to a server of its own.
        clients: u32 = 1_000, "Clients", range(1, 20_000), log(), group("Traffic");
        /// Exponent s of Zipf’s law: 0 makes all clients equally busy.
        zipf: f64 = 0.0, "Skew of clients", range(0, 1.5), group("Traffic");
        /// One way between clients, balancers and servers.
        latency: Span = Span::from_millis(40), "Latency", range(0, 2_000), unit("ms"), group("Traffic");
        /// How long a client waits before it gives up.
        patience: Span = Span::from_secs(10), "Patience", range(100, 600_000), unit("ms"), log(), group("Traffic");

        /// Spread the turns of a strong server out. Without it they come in a row.
        smooth: bool = true, "Spread turns out", safeguard(), group("Safeguards");
        /// Under a bound, go on until a server has room. Without it the first step aside is the
        /// last.
        walk_on: bool = true, "Go on until there is room", safeguard(), group("Safeguards");
        /// Give Maglev’s table a prime number of slots. Without it, a power of two.
        prime: bool = true, "Prime table", safeguard(), group("Safeguards");
        /// Take a draining server off every list. Without it only its weight becomes 0, which
        /// matters to rules that go by weights.
        take_off: bool = true, "Drain by taking off", safeguard(), group("Safeguards");
        /// Leave servers out that are known to be down.
        heed_health: bool = true, "Leave out who is down", safeguard(), group("Safeguards");
        /// Count a request as no longer out when it ends without an answer, too.
        count_failures: bool = true, "Count down on failures", safeguard(), group("Safeguards");
        /// Let clients give up when their patience ends.
        gives_up: bool = true, "Clients give up", safeguard(), group("Safeguards");
        /// Count an answer for whom nobody waits any more as late and not as answered.
        count_once: bool = true, "Count each call once", safeguard(), group("Safeguards");
    }
}

crate::actions! {
    /// What a person can do.
    pub(super) enum Action {
        /// The clients send many requests at once.
        Send {
            /// How many.
            requests: u32 = 50, "Requests", range(1, 1_000);
        } = "send", "Send a burst";
        /// Makes a server slower or faster, for what it begins from now on.
        Pace {
            /// The server.
            server: u32 = 1, "Server", range(1, 64);
            /// Its speed against that of a plain one.
            percent: u32 = 20, "Speed", range(1, 1_000), unit("%");
        } = "pace", "Change a server’s speed";
        /// Lets a server finish what it has and gives it no more.
        Drain {
            /// The server.
            server: u32 = 1, "Server", range(1, 64);
        } = "drain", "Drain a server";
        /// Gives a drained server work again.
        Return {
            /// The server.
            server: u32 = 1, "Server", range(1, 64);
        } = "return", "Put a server back";
        /// Adds a server; it starts cold if servers do.
        Add {
            /// How many times the weight and the speed of a plain server it has.
            strength: u32 = 1, "Strength", range(1, 10);
        } = "add", "Add a server";
        /// Changes what a server is worth.
        Weigh {
            /// The server.
            server: u32 = 1, "Server", range(1, 64);
            /// Its weight.
            weight: u32 = 2, "Weight", range(1, 10);
        } = "weigh", "Change a weight";
    }
}

crate::metrics! {
    /// From call to answer.
    LATENCY: Histogram, "latency", "Latency", "s";
    /// Requests at the servers, waiting or worked on.
    AT_SERVERS: Gauge, "at_servers", "At the servers", "requests";
    /// Calls that were answered in time.
    ANSWERED: Counter, "answered", "Answered", "calls";
    /// Calls that got an error: no server known to be up, no room, no answer.
    FAILED: Counter, "failed", "Failed", "calls";
    /// Calls whose clients waited no longer.
    GIVEN_UP: Counter, "given_up", "Given up", "calls";
    /// Answers for which nobody waited any more.
    LATE: Counter, "late", "Answered too late", "calls";
    /// Further tries at another server.
    RETRIED: Counter, "retried", "Tried again", "tries";
    /// Calls that clients made.
    CALLS: Counter, "calls", "Calls", "calls";
    /// The most requests that any server has had at a time.
    HIGHEST: Gauge, "highest", "Most at one server", "requests";
    /// Servers there are.
    SERVERS: Gauge, "servers", "Servers", "servers";
    /// Servers that work more slowly than a plain one.
    SLOWED: Gauge, "slowed", "Slow servers", "servers";
    /// The part of Maglev’s slots that the last change gave another server.
    MOVED: Gauge, "moved", "Slots moved", "of slots";
    /// The part of Maglev’s slots that the last change took from a server that is still there.
    NEEDLESS: Gauge, "needless", "Moved without need", "of slots";
}

impl Knobs {
    /// What a server is worth, in parts: a plain one.
    pub(super) const PARTS: u32 = 100;

    /// The links between all nodes.
    pub(super) fn profile(&self) -> LinkProfile {
        LinkProfile {
            latency: Duration::Constant(self.latency),
            ..LinkProfile::default()
        }
    }

    /// Requests per second in all.
    pub(super) fn rate_in_all(&self) -> f64 {
        self.rate * f64::from(self.servers)
    }

    /// The bound in thousandths.
    pub(super) fn bound_thousandths(&self) -> u16 {
        (self.bound * 1_000.0 + 0.5) as u16
    }
}
