//! Starting points: what there is to see.

use super::PATTERN;
use super::model::MOST_SERVERS;
use super::promises::{COUNTS, DRAINED, FULL_TABLE, SMOOTH};
use crate::catalog::Scenario;
use crate::lab::Outcome;
use crate::staging::fault;
use crate::time::SimTime;
use crate::value::Call;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        tour(),
        slow_in_turn(),
        slow_by_connections(),
        two_choices(),
        herd(),
        smooth(),
        in_a_row(),
        cold(),
        slow_start(),
        draining(),
        drain_by_weight(),
        crash(),
        leaked_counts(),
        maglev_loss(),
        power_of_two(),
        popular(),
        heavy_tail(),
        crowd(),
    ]
}

/// Turns a knob.
fn set(key: &'static str, value: &'static str) -> Call {
    Call::new("set").with(key, value)
}

/// Does something to a server.
fn to_server(action: &'static str, server: u32) -> Call {
    Call::new(action).with("server", server)
}

/// The first node that is a server, where there is one balancer.
const FIRST_SERVER: i64 = 2;

/// A fault of a server, where there is one balancer.
fn strike(name: &str, server: i64) -> Call {
    fault(name).with("node", FIRST_SERVER + server - 1)
}

/// What a visitor sees first: the idea in two minutes.
pub(super) fn tour() -> Scenario {
    Scenario::new(
        "tour",
        "Who gets the next request?",
        "A tour: eight equal servers, then one that is slow, one that crashes, and one that is drained, under three rules.",
    )
    .knob("timeout", 8_000.0)
    .knob("patience", 20_000.0)
    .caption(0.0, "Clients call. A balancer gives every request to one of eight servers, where it waits in a stack until it is worked on.")
    .caption(6.0, "The rule is round robin: one after the other. It does not look at the stacks, and as long as all servers are alike, it need not.")
    .at(12.0, to_server("pace", 3).with("percent", 50))
    .caption(12.0, "Server 3 becomes half as fast. Round robin goes on giving it every eighth request.")
    .caption(19.0, "Its stack grows, and whoever lands there waits for seconds, beside seven servers with little to do.")
    .at(26.0, set("rule", "least"))
    .caption(26.0, "Now the rule is least connections: whoever has the fewest requests out. The slow server is still full, so it gets none.")
    .caption(31.0, "It has worked its stack off, and from now on gets as much as it can do. Nobody had to tell the balancer that it is slow.")
    .at(42.0, to_server("pace", 3).with("percent", 100))
    .at(42.0, set("rule", "choices"))
    .caption(42.0, "Two random servers, and the less busy one of them: almost as good, and nobody has to look at all of them.")
    .at(50.0, strike("crash", 6))
    .caption(50.0, "Server 6 crashes. What it had is lost, and nobody tells the balancer.")
    .caption(59.0, "After two timeouts in a row it is left out. The calls that it swallowed are sent to somebody else.")
    .at(66.0, strike("restart", 6))
    .caption(66.0, "Server 6 is started again. Nobody tells the balancer that either: a trial will.")
    .at(70.0, to_server("drain", 2))
    .caption(70.0, "Server 2 is drained for an update: it finishes what it has, and gets nothing new.")
    .caption(76.0, "Your turn. Under Challenges: keep the answers fast although a server is slow, with one knob.")
    .lasts(84.0)
    .leads_to("around-the-slow")
    .still(25.0)
    .pace(0.8)
    .claim("most calls are answered", |run| run.ratio("answered", "calls") > 0.95)
    .claim("some had to be sent twice", |run| run.value("retried") > 0.0)
}

/// A slow server among eight, under a rule.
fn slow(slug: &'static str, name: &'static str, summary: &'static str) -> Scenario {
    Scenario::new(slug, name, summary)
        .seed(3)
        .knob("timeout", 0.0)
        .at(3.0, to_server("pace", 3).with("percent", 20))
        .lasts(30.0)
        .still(24.0)
        .pace(0.8)
}

fn slow_in_turn() -> Scenario {
    slow(
        "slow-round-robin",
        "One slow server, in turns",
        "Every eighth request goes to a server that can do a fifth of what it gets. Its queue grows without end.",
    )
    .caption(0.0, "Round robin over eight servers, each busy for seven tenths of the time.")
    .caption(3.0, "Server 3 becomes five times slower. It gets as much as before.")
    .caption(12.0, "It can do one request a second and gets three and a half: the stack only grows.")
    .caption(20.0, "An eighth of all calls wait there. Their clients will have given up before it is their turn.")
    .claim("calls are given up", |run| run.value("given_up") > 20.0)
    .claim("more than thirty requests pile up", |run| run.value("highest") > 30.0)
}

fn slow_by_connections() -> Scenario {
    slow(
        "slow-least",
        "One slow server, by connections",
        "The same calls. The slow server gets what it can do, because what it has not done counts.",
    )
    .knob("rule", "least")
    .caption(0.0, "The same calls and the same servers, but the rule counts the requests that are out.")
    .caption(3.0, "Server 3 becomes five times slower. Its requests stay out for longer, and so it gets fewer.")
    .caption(12.0, "No queue, no alarm, and no one had to know why it is slow.")
    .claim("nobody gives up", |run| run.value("given_up") == 0.0)
    .claim("no stack is higher than six", |run| run.value("highest") <= 6.0)
}

fn two_choices() -> Scenario {
    Scenario::new(
        "two-choices",
        "Two choices against one",
        "Thirty-two servers at nine tenths of what they can do: first by lot, then the better of two.",
    )
    .knob("rule", "random")
    .knob("servers", 32)
    .knob("rate", 4.5)
    .knob("timeout", 0.0)
    .knob("patience", 60_000.0)
    .at(30.0, set("rule", "choices"))
    .caption(0.0, "Thirty-two servers, and every request goes to one drawn by lot.")
    .caption(12.0, "Chance is uneven: some have a dozen, others none. In the long run a call takes ten times as long as its work.")
    .caption(30.0, "From now on two are drawn, and the less busy one gets the request.")
    .caption(45.0, "The towers melt and none grow again. In the long run: 2.6 times the work instead of 10.")
    .lasts(60.0)
    .still(29.0)
    .pace(1.5)
    .claim("chance piles a dozen on one server", |run| run.value("highest") >= 12.0)
    .claim("what is there at the end is far less than ten for each", |run| {
        run.value("at_servers") < 160.0
    })
}

fn herd() -> Scenario {
    Scenario::new(
        "herd",
        "The herd that follows old news",
        "Four balancers read the servers’ loads from a board that is renewed every two seconds. All run to the one that was empty.",
    )
    .knob("rule", "least")
    .knob("balancers", 4)
    .knob("posted", OLD)
    .knob("timeout", 0.0)
    .knob("patience", 60_000.0)
    .at(24.0, set("rule", "random"))
    .at(40.0, set("rule", "choices"))
    .caption(0.0, "Four balancers without a common memory. They know the loads from a board that is renewed every two seconds.")
    .caption(4.0, "“Least” means least two seconds ago. All four send everything to whoever was empty then.")
    .caption(10.0, "The next board shows a tower there, and the whole herd turns to somebody else.")
    .caption(17.0, "Calls take more than twice as long as the same calls would by a board that is fresh.")
    .caption(24.0, "Now the same balancers draw lots and look at nothing. It is better than looking at old news.")
    .caption(40.0, "Two choices by the same old board: some chance, some news. The herd never forms.")
    .lasts(56.0)
    .still(23.0)
    .pace(1.0)
    .claim("the herd piles up more than twenty at one server", |run| run.value("highest") > 20.0)
    .claim("the same calls by fresh loads never pile up a fourth of that", |run| {
        run.value("highest") > 4.0 * until_the_cure("least", FRESH).value("highest")
    })
    .claim("and take less than half as long", |_| {
        let took = |posted| until_the_cure("least", posted).mean("latency");
        took(OLD) > 2.0 * took(FRESH)
    })
    .claim("two choices by the old board, or lots, take two thirds as long at most", |_| {
        let took = |rule| until_the_cure(rule, OLD).mean("latency");
        took("choices").max(took("random")) < took("least") * 2.0 / 3.0
    })
    .claim("afterwards there are few left", |run| run.value("at_servers") < 60.0)
}

/// How often the herd’s board is renewed, in milliseconds.
const OLD: f64 = 2_000.0;
/// A board that shows hardly anything too late: ten times in the time of a request.
const FRESH: f64 = 20.0;

/// The calls that the herd gets while it is one, under a rule and a board.
fn until_the_cure(rule: &'static str, posted_ms: f64) -> Outcome {
    let mut cured = herd().knob("rule", rule).knob("posted", posted_ms);
    cured.script.clear();
    (PATTERN.machine.simulate)(&cured.state(), SimTime::from_secs(24))
        .expect("every value is within its range")
}

/// Three servers of weights 5, 1 and 1, one request at a time.
fn five_one_one(slug: &'static str, name: &'static str, summary: &'static str) -> Scenario {
    Scenario::new(slug, name, summary)
        .knob("rule", "weighted")
        .knob("servers", 3)
        .knob("strong", 1)
        .knob("shape", "constant")
        .knob("rate", 1.0)
        .knob("work", 900.0)
        .knob("law", "constant")
        .lasts(20.0)
        .pace(0.6)
}

fn smooth() -> Scenario {
    five_one_one(
        "smooth",
        "Weights 5, 1 and 1, spread out",
        "The strong server gets five of seven requests, and never five in a row: a a b a c a a.",
    )
    .caption(0.0, "Server 1 is five times as strong. Under each name stands what it has gained and not yet paid.")
    .caption(3.0, "With every request each gains its weight. The richest gets the request and pays seven, what all have gained.")
    .caption(9.0, "Seven requests, and all have what is theirs: five, one and one. The sum is always zero.")
    .still(5.0)
    .claim("everything is answered", |run| run.value("failed") == 0.0)
    .claim("two at the strong one at most", |run| run.value("highest") <= 2.0)
}

fn in_a_row() -> Scenario {
    five_one_one(
        "in-a-row",
        "Weights 5, 1 and 1, in a row",
        "The same shares, but all turns of the strong server come at once.",
    )
    .knob("smooth", false)
    .caption(0.0, "The same weights without care: five for server 1, one for server 2, one for server 3.")
    .caption(1.5, "After two requests it should have had 1.4, after three 2.1. It has had them all: a burst.")
    .caption(9.0, "Shares over a cycle are right. But strong servers are hit by bursts, and the others idle meanwhile.")
    .still(2.0)
    .breaks(&[SMOOTH])
    .claim("everything is answered", |run| run.value("failed") == 0.0)
}

/// A server comes that is cold.
fn newcomer(slug: &'static str, name: &'static str, summary: &'static str) -> Scenario {
    Scenario::new(slug, name, summary)
        .seed(2)
        .knob("rule", "weighted")
        .knob("servers", 6)
        .knob("rate", 4.0)
        .knob("cold", 8)
        .knob("warm_up", 15_000.0)
        .knob("timeout", 0.0)
        .knob("patience", 60_000.0)
        .at(5.0, Call::new("add"))
        .lasts(30.0)
        .still(12.0)
        .pace(0.8)
}

fn cold() -> Scenario {
    newcomer(
        "cold",
        "A cold server is overrun",
        "A new server has empty caches, and gets its whole share at once.",
    )
    .caption(0.0, "Six servers, busy for four fifths of the time. A seventh is about to help.")
    .caption(5.0, "It is here, and cold: at first its work takes eight times as long. Its turn comes as often as anybody’s.")
    .caption(9.0, "At first it can do two requests in three seconds and gets three in one. Whoever lands there pays for the warming up.")
    .caption(20.0, "It is warm now, and has the stack of its first seconds to work off.")
    .claim("a tower grows on the newcomer", |run| run.value("highest") > 12.0)
}

fn slow_start() -> Scenario {
    newcomer(
        "slow-start",
        "The same with a slow start",
        "The newcomer’s weight rises over 24 seconds: it warms up with what it can bear.",
    )
    .knob("slow_start", 24_000.0)
    .caption(0.0, "The same six servers, and the same seventh to come.")
    .caption(
        5.0,
        "The newcomer begins with a ninth of its weight: one turn in fifty.",
    )
    .caption(
        12.0,
        "As it gets warm its weight rises, and with it what it gets.",
    )
    .caption(
        20.0,
        "It is warm now. Its weight goes on rising until it has its whole share.",
    )
    .claim("no tower grows", |run| run.value("highest") <= 12.0)
}

fn draining() -> Scenario {
    Scenario::new(
        "draining",
        "Drained for an update",
        "A server finishes what it has and gets nothing new. No call is lost.",
    )
    .knob("servers", 4)
    .knob("rate", 0.85)
    .knob("work", 800.0)
    .knob("law", "constant")
    .at(3.3, to_server("drain", 2))
    .at(12.0, to_server("return", 2))
    .caption(0.0, "Four servers in turns. Server 2 needs an update.")
    .caption(
        3.3,
        "Draining: it is off the list at once, and works on what it has.",
    )
    .caption(
        4.6,
        "Empty. Now it can be stopped, and no client will know.",
    )
    .caption(12.0, "Updated and back on the list.")
    .lasts(18.0)
    .still(3.8)
    .pace(0.6)
    .claim("no call fails", |run| {
        run.value("failed") + run.value("given_up") == 0.0
    })
}

fn drain_by_weight() -> Scenario {
    Scenario::new(
        "drain-by-weight",
        "Drained by weight",
        "The weight of the server is set to 0. Round robin has never heard of weights.",
    )
    .knob("servers", 4)
    .knob("rate", 3.0)
    .knob("take_off", false)
    .at(4.0, to_server("drain", 2))
    .at(9.0, set("rule", "weighted"))
    .caption(
        0.0,
        "The same four servers. Whoever drains here sets the weight to 0.",
    )
    .caption(
        4.0,
        "Weight 0, and the next request goes there all the same: this rule does not go by weights.",
    )
    .caption(
        9.0,
        "Under weighted round robin the weight counts, and the server runs empty.",
    )
    .lasts(16.0)
    .still(6.0)
    .pace(0.6)
    .breaks(&[DRAINED])
    .claim("no call fails", |run| run.value("failed") == 0.0)
}

fn crash() -> Scenario {
    Scenario::new(
        "crash",
        "A server is gone",
        "Nobody tells the balancer. Two timeouts in a row do, and after a while it tries again.",
    )
    .knob("servers", 5)
    .knob("rate", 3.0)
    .knob("work", 100.0)
    .knob("timeout", 1_000.0)
    .knob("away", 4_000.0)
    .at(4.0, strike("crash", 2))
    .at(16.0, strike("restart", 2))
    .caption(
        0.0,
        "Five servers in turns. The balancer waits a second for an answer.",
    )
    .caption(4.0, "Server 2 crashes. What is sent there now is lost.")
    .caption(
        5.2,
        "Timeouts. Each call is tried once more, at somebody else.",
    )
    .caption(6.5, "Two in a row: server 2 is left out for four seconds.")
    .caption(
        10.2,
        "A trial costs some calls a second each. Still nothing: left out again.",
    )
    .caption(16.0, "The server is back. The next trial will find it.")
    .caption(
        20.8,
        "Tried once more, it answers, and has its turns as before.",
    )
    .lasts(24.0)
    .still(5.4)
    .pace(0.6)
    .claim("hardly a call fails", |run| {
        run.ratio("failed", "calls") < 0.02
    })
    .claim("some are sent twice", |run| run.value("retried") >= 2.0)
}

fn leaked_counts() -> Scenario {
    Scenario::new(
        "leaked-counts",
        "Counts that leak",
        "Requests that time out stay counted as out. A server that has recovered looks busy for ever.",
    )
    .knob("rule", "least")
    .knob("servers", 4)
    .knob("work", 150.0)
    .knob("timeout", 1_000.0)
    .knob("fails", 5)
    .knob("away", 1_000.0)
    .knob("count_failures", false)
    .at(4.0, strike("pause", 2))
    .at(8.0, strike("resume", 2))
    .caption(0.0, "Least connections, with a mistake: only answers count a request as done.")
    .caption(4.0, "Server 2 stands still for four seconds. What is sent there times out.")
    .caption(8.0, "It goes on, well and empty. The balancer still counts the requests of then as out.")
    .caption(12.0, "It looks busier than all others, and gets nothing, for ever.")
    .lasts(20.0)
    .still(14.0)
    .pace(0.7)
    .breaks(&[COUNTS])
    .claim("most calls are answered", |run| run.ratio("answered", "calls") > 0.9)
}

fn maglev_loss() -> Scenario {
    Scenario::new(
        "maglev-loss",
        "Maglev, and a server less",
        "A table of 101 slots that five servers fill in turns. When one is left out, most slots of the others stay theirs.",
    )
    .knob("rule", "maglev")
    .knob("servers", 5)
    .knob("rate", 3.0)
    .knob("work", 100.0)
    .knob("table", 100)
    .knob("timeout", 1_000.0)
    .knob("away", 8_000.0)
    .at(5.0, strike("crash", 2))
    .at(12.0, strike("restart", 2))
    .caption(0.0, "A client’s hash names one of 101 slots, and the slot its server. In turns, each server took the first free slot of its own order.")
    .caption(5.0, "Server 2 crashes. Until two requests have timed out, its slots are still its own.")
    .caption(6.8, "The table is filled anew without it. Its fifth of the slots is shared out, and hardly any other changes.")
    .caption(14.6, "It is back, and gets nearly the same slots as before: the order of each server is its own.")
    .lasts(20.0)
    .still(9.0)
    .pace(0.6)
    .claim("few slots move without need", |run| run.value("needless") < 0.25)
    .claim("some calls are sent twice", |run| run.value("retried") >= 2.0)
}

fn power_of_two() -> Scenario {
    Scenario::new(
        "power-of-two",
        "Maglev with a table of 64 slots",
        "Steps that share a factor with the size never reach half of the slots: shares are uneven.",
    )
    .knob("rule", "maglev")
    .knob("servers", 5)
    .knob("rate", 3.0)
    .knob("table", 64)
    .knob("prime", false)
    .caption(0.0, "The same table with 64 slots instead of a prime number.")
    .caption(4.0, "An even step only ever reaches every second slot. Who has one runs out of free slots, and others take the rest.")
    .lasts(16.0)
    .still(8.0)
    .pace(0.6)
    .breaks(&[FULL_TABLE])
    .claim("calls are answered all the same", |run| run.value("answered") > 100.0)
}

fn popular() -> Scenario {
    Scenario::new(
        "popular",
        "Popular clients, and a bound",
        "A few clients make most of the calls. Their hash sends all of them to one server, until there is a bound.",
    )
    .seed(2)
    .knob("rule", "hash")
    .knob("servers", 6)
    .knob("rate", 2.6)
    .knob("clients", 40)
    .knob("zipf", 1.1)
    .knob("timeout", 0.0)
    .at(20.0, set("rule", "bounded"))
    .caption(0.0, "Every client has its server, by the hash of its address. That is good for caches.")
    .caption(8.0, "But the most popular of forty clients makes a quarter of all calls, and all of them go to one server.")
    .caption(20.0, "Consistent hashing with a bound: nobody gets more than 1.25 times its share of what is out. The rest goes on clockwise.")
    .caption(30.0, "Most clients still have their own server. The popular ones have two or three.")
    .lasts(44.0)
    .still(18.0)
    .pace(0.9)
    .claim("without a bound a tower grows", |run| run.value("highest") > 15.0)
}

fn heavy_tail() -> Scenario {
    Scenario::new(
        "heavy-tail",
        "Short and long",
        "One request in ten takes twenty times as long. In turns, short ones wait behind long ones.",
    )
    .seed(5)
    .knob("law", "bimodal")
    .knob("timeout", 0.0)
    .knob("patience", 60_000.0)
    .at(30.0, set("rule", "least"))
    .caption(0.0, "Nine requests in ten take 70 milliseconds, one takes a second and a half.")
    .caption(10.0, "Round robin counts requests, not work. Behind every long one a stack of short ones waits.")
    .caption(30.0, "Least connections passes by whoever has got stuck. Nobody told it how long a request will take.")
    .lasts(60.0)
    .still(28.0)
    .pace(1.2)
    .claim("short ones wait for seconds", |run| {
        run.histogram("latency").is_some_and(|latency| latency.quantile(0.99) > 3.0)
    })
    .claim("in the end few wait", |run| run.value("at_servers") < 40.0)
}

fn crowd() -> Scenario {
    Scenario::new(
        "crowd",
        "Ten thousand at once",
        "Sixty-four servers, eight balancers, and ten thousand requests and answers on their way.",
    )
    .knob("rule", "choices")
    .knob("servers", MOST_SERVERS as u32)
    .knob("balancers", 8)
    .knob("workers", 4)
    .knob("work", 80.0)
    .knob("rate", 40.0)
    .knob("latency", 1_000.0)
    .knob("timeout", 0.0)
    .at(7.0, to_server("pace", 14).with("percent", 20))
    .caption(
        0.0,
        "Eight balancers, each of which only knows what it has sent itself.",
    )
    .caption(
        4.0,
        "Two and a half thousand calls a second, each four seconds under way: ten thousand points.",
    )
    .caption(
        7.0,
        "Server 14 becomes slow. Each balancer finds out by itself, by what does not come back.",
    )
    .lasts(12.0)
    .still(6.0)
    .pace(0.5)
    .claim("ten thousand and more are under way", |run| {
        run.value("calls") - run.value("answered") > 10_000.0
    })
}
