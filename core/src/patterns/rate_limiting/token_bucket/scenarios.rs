//! The starting points: each is a tour, a preset and a test.

use super::promises::{EXACT_WAIT, IN_RANGE, NEVER_MORE, ONLY_WHEN_SHORT};
use crate::catalog::Scenario;
use crate::value::Call;

/// Seconds, client and cost of a morning in which one customer runs a batch job.
const MORNING: &str = "time,key,cost\n\
0.2,shop,1\n0.5,app,1\n0.9,shop,1\n1.3,app,1\n1.6,shop,2\n2.0,batch,1\n2.0,batch,1\n2.0,batch,1\n\
2.0,batch,1\n2.0,batch,1\n2.1,batch,1\n2.1,batch,1\n2.1,batch,1\n2.1,batch,1\n2.1,batch,1\n\
2.4,shop,1\n2.8,app,1\n3.1,shop,1\n3.6,app,1\n4.0,batch,3\n4.2,batch,3\n4.4,batch,3\n4.6,batch,3\n\
5.0,shop,1\n5.5,app,1\n6.1,shop,1\n6.8,app,2\n7.4,shop,1\n8.0,app,1\n8.6,shop,1\n9.0,batch,5\n\
9.1,batch,5\n9.2,batch,5\n9.9,shop,1\n10.5,app,1\n11.1,shop,1\n11.8,app,1\n12.4,shop,1\n";

/// Every scenario, the first of which is shown first.
pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        burst(),
        idle_credit(),
        obey(),
        hammer(),
        herd(),
        per_client(),
        many(),
        trace(),
        frozen(),
        clock_guarded(),
        clock_unguarded(),
        amnesia(),
        race(),
        poured(),
        early(),
    ]
}

/// What a visitor sees first.
pub(super) fn burst() -> Scenario {
    Scenario::new(
        "burst",
        "A burst, absorbed, then throttled",
        "Fifteen requests at once meet a full bucket of ten: the saved tokens pay for most of \
         them, the rest are refused, and the refill lets the next ones through.",
    )
    .at(3.0, Call::new("burst").with("client", 1).with("size", 15))
    .at(9.0, Call::new("burst").with("client", 2).with("size", 15))
    .caption(
        0.0,
        "Each request takes a token; five new ones drip in every second.",
    )
    .caption(
        3.0,
        "Fifteen requests at once: the saved tokens pay for the first ones.",
    )
    .caption(
        3.6,
        "The bucket is empty: the rest are told when to come back.",
    )
    .caption(
        6.0,
        "The refill goes on, whoever asks: unused credit is saved again.",
    )
    .caption(9.0, "The next burst finds only what has been saved since.")
    .lasts(15.0)
    .leads_to("dry")
    .still(3.45)
    .claim("most of the bursts pass, and some are refused", |run| {
        run.value("refused") >= 5.0 && run.value("admitted") >= 40.0
    })
}

fn idle_credit() -> Scenario {
    Scenario::new(
        "idle-credit",
        "Idle credit, spent at once",
        "Traffic that comes in bursts finds a bucket that filled while nothing happened: the \
         capacity, not the rate, says how much passes at once.",
    )
    .knob("shape", "bursts")
    .knob("capacity", 30)
    .knob("rate", 4.0)
    .knob("clients", 3)
    .caption(
        0.0,
        "Two seconds of traffic at four times the rate, then six of silence.",
    )
    .caption(
        2.0,
        "Silence: the bucket fills, but never beyond its capacity.",
    )
    .caption(8.0, "What was saved is spent at once.")
    .caption(10.5, "Silence again, and the bucket fills.")
    .caption(16.0, "And so on: saved in silence, spent in traffic.")
    .lasts(26.0)
    .still(8.6)
    .claim(
        "the traffic exceeds the rate in bursts, and nearly all of it passes",
        |run| run.ratio("admitted", "offered") > 0.9,
    )
}

/// Five clients, each with a bucket, offering twice what it lets through.
fn too_much(scenario: Scenario, retry: &str) -> Scenario {
    scenario
        .knob("scope", "per-client")
        .knob("capacity", 3)
        .knob("rate", 1.0)
        .knob("offered", 10.0)
        .knob("retry", retry)
        .knob("patience", 4_000.0)
        .lasts(25.0)
        .still(6.0)
}

fn obey() -> Scenario {
    let scenario = Scenario::new(
        "obey",
        "Clients that obey Retry-After",
        "Twice as much is offered as may pass. Clients that wait as long as they are told, and \
         then keep to the announced rate, waste hardly a try.",
    );
    too_much(scenario, "obey")
        .caption(
            0.0,
            "Each client sends two requests a second; its bucket gains one token.",
        )
        .caption(
            3.0,
            "A refused client falls silent until the time it was told, and sends what it held \
             back at the announced rate.",
        )
        .caption(
            10.0,
            "Nearly every try passes; what is held back for four seconds is given up.",
        )
        .claim("the rate passes in full", |run| run.mean("admitted") > 4.8)
        .claim("fewer than one try in five is refused", |run| {
            run.ratio("refused", "tries") < 0.2
        })
}

fn hammer() -> Scenario {
    let scenario = Scenario::new(
        "hammer",
        "The same clients, hammering",
        "The same arrivals, but a refused client tries again a quarter of a second after each \
         refusal. No more passes; the limiter answers many times as often.",
    );
    too_much(scenario, "hammer")
        .caption(
            0.0,
            "The same ten requests a second, from clients that do not listen.",
        )
        .caption(4.0, "Each refused request is sent again, and again.")
        .caption(
            10.0,
            "Just as much passes as before. The rest is noise that has to be answered.",
        )
        .claim("no more than the rate and the first credit passes", |run| {
            run.mean("admitted") < 5.7
        })
        .claim("more than three tries in four are refused", |run| {
            run.ratio("refused", "tries") > 0.75
        })
}

fn herd() -> Scenario {
    Scenario::new(
        "herd",
        "One bucket, and everyone obeys",
        "Clients that share a bucket are all told the same instant, and all come back at it: one \
         passes, the rest are refused once more.",
    )
    .knob("offered", 10.0)
    .knob("retry", "obey")
    .knob("patience", 4_000.0)
    .knob("clients", 6)
    .caption(
        0.0,
        "Six clients, one bucket, twice as much offered as may pass.",
    )
    .caption(
        4.0,
        "A wait is exact if nothing else comes. Here five others wait for the same token.",
    )
    .caption(
        10.0,
        "Give each client a bucket of its own, or let clients add some chance to their waits.",
    )
    .lasts(20.0)
    .still(6.0)
    .claim(
        "most tries are refused, although every client obeys",
        |run| run.ratio("refused", "tries") > 0.5,
    )
}

fn per_client() -> Scenario {
    Scenario::new(
        "per-client",
        "A bucket for every client",
        "One client sends most of the traffic. With a bucket each it can only spend its own \
         credit; the others never notice.",
    )
    .knob("scope", "per-client")
    .knob("clients", 6)
    .knob("skew", 2.0)
    .knob("offered", 12.0)
    .knob("capacity", 5)
    .knob("rate", 2.0)
    .caption(
        0.0,
        "Six clients, one bucket each; the first sends most of all requests.",
    )
    .caption(5.0, "Its own bucket is empty; the others pass freely.")
    .lasts(20.0)
    .still(8.0)
    .claim(
        "what the busy client sends beyond its rate is refused, and the rest passes",
        |run| run.value("refused") > 40.0 && run.value("admitted") > 90.0,
    )
}

fn many() -> Scenario {
    Scenario::new(
        "many",
        "Fifty buckets, few in memory",
        "A bucket that is full again answers like one never used, so it is forgotten: memory \
         follows the clients that are busy, not all there ever were.",
    )
    .knob("scope", "per-client")
    .knob("clients", 50)
    .knob("skew", 1.0)
    .knob("offered", 25.0)
    .knob("capacity", 5)
    .knob("rate", 1.0)
    .caption(0.0, "Fifty clients; the first ones send most.")
    .caption(
        4.0,
        "A full bucket is forgotten. Whoever comes back finds a full one, as it would have been.",
    )
    .caption(
        10.0,
        "The busy clients meet their limit; the quiet ones never do.",
    )
    .lasts(20.0)
    .still(8.0)
    .claim("fewer than half of the buckets are in memory", |run| {
        run.mean("held") < 25.0
    })
    .claim("only the busy clients are refused", |run| {
        run.ratio("refused", "tries") < 0.5
    })
}

fn trace() -> Scenario {
    Scenario::new(
        "trace",
        "A pasted trace",
        "Arrivals pasted as CSV, here a made-up morning: two calm customers and a batch job, with \
         a bucket each.",
    )
    .knob("shape", "trace")
    .knob("trace", MORNING)
    .knob("scope", "per-client")
    .knob("capacity", 6)
    .knob("rate", 2.0)
    .caption(
        0.0,
        "Each line of the trace is a time, a client and a cost. Paste your own.",
    )
    .caption(
        2.0,
        "The batch job starts: ten requests within a tenth of a second.",
    )
    .caption(5.0, "Shop and app keep their own credit.")
    .caption(
        9.0,
        "Of three requests for five tokens each, one finds enough.",
    )
    .lasts(15.0)
    .still(2.6)
    .claim("every arrival of the trace is offered", |run| {
        run.value("offered") == 38.0
    })
    .claim("the batch job is refused", |run| run.value("refused") > 5.0)
}

fn frozen() -> Scenario {
    Scenario::new(
        "frozen",
        "The refill stops",
        "With the refill stopped only what was saved can be spent, and a refusal can name no \
         time.",
    )
    .knob("offered", 6.0)
    .at(4.0, Call::new("freeze"))
    .at(10.0, Call::new("thaw"))
    .caption(0.0, "A steady trickle, a steady refill.")
    .caption(4.0, "The refill stops.")
    .caption(6.5, "Nothing is left, and no wait would help.")
    .caption(
        10.0,
        "The refill goes on from the level at which it stopped.",
    )
    .lasts(15.0)
    .still(7.0)
    .claim(
        "requests are refused while the refill stands still",
        |run| run.value("refused") > 10.0,
    )
}

fn clock_guarded() -> Scenario {
    Scenario::new(
        "clock-back",
        "The clock steps back",
        "The limiter's clock is set back by five seconds. Time it shows for the second time \
         brings no tokens.",
    )
    .knob("offered", 6.0)
    .at(5.0, Call::new("step-back").with("by", 5_000.0))
    .caption(
        0.0,
        "The limiter reads the time from a clock that somebody may set.",
    )
    .caption(
        5.0,
        "The clock is set back by five seconds: no tokens until it has caught up.",
    )
    .caption(10.0, "It has caught up; the refill goes on.")
    .lasts(16.0)
    .still(7.5)
    .claim("less passes than the rate would allow", |run| {
        run.value("admitted") < 70.0
    })
}

fn clock_unguarded() -> Scenario {
    Scenario::new(
        "clock-unguarded",
        "The same step, without the guard",
        "Elapsed time as an unsigned difference: a step back of a second reads as centuries, and \
         every step mints a full bucket.",
    )
    .knob("guard_clock", false)
    .knob("offered", 8.0)
    .at(4.0, Call::new("step-back").with("by", 1_000.0))
    .at(4.5, Call::new("burst").with("client", 1).with("size", 15))
    .at(6.0, Call::new("step-back").with("by", 1_000.0))
    .at(6.2, Call::new("burst").with("client", 2).with("size", 15))
    .caption(
        0.0,
        "Here the time since the last request is an unsigned difference.",
    )
    .caption(
        4.0,
        "One second back: the difference wraps around, the bucket fills.",
    )
    .caption(6.0, "And again. More has passed than the promise allows.")
    .lasts(10.0)
    .still(5.0)
    .breaks(&[NEVER_MORE])
    .claim("more passes than burst and rate allow", |run| {
        run.violates(NEVER_MORE)
    })
}

fn amnesia() -> Scenario {
    Scenario::new(
        "amnesia",
        "A restart that forgives",
        "A limiter that keeps its buckets in memory and starts with full ones after a crash \
         lets everyone spend the same credit twice.",
    )
    .knob("restart_empty", false)
    .knob("offered", 8.0)
    .at(3.0, Call::new("burst").with("client", 1).with("size", 15))
    .at(4.2, Call::new("fault.crash").with("node", 5))
    .at(4.6, Call::new("fault.restart").with("node", 5))
    .at(5.0, Call::new("burst").with("client", 1).with("size", 15))
    .caption(0.0, "The buckets live in the limiter's memory.")
    .caption(3.0, "A burst spends the whole credit.")
    .caption(
        4.2,
        "The limiter crashes and starts again, with full buckets.",
    )
    .caption(5.0, "The same credit is spent a second time.")
    .lasts(9.0)
    .still(5.5)
    .breaks(&[NEVER_MORE])
    .claim("more passes than burst and rate allow", |run| {
        run.violates(NEVER_MORE)
    })
}

fn race() -> Scenario {
    Scenario::new(
        "check-then-take",
        "A race between check and take",
        "A limiter reads the level, decides, and takes the tokens a round trip later. Whoever \
         asks in between is shown tokens that are promised already.",
    )
    .knob("atomic", false)
    .at(2.0, Call::new("burst").with("client", 1).with("size", 15))
    .caption(0.0, "One after the other, two steps do as well as one.")
    .caption(
        2.0,
        "Fifteen requests at once: each finds the bucket full, for none has taken anything yet.",
    )
    .caption(
        2.5,
        "All fifteen pass, and the bucket is below zero: others wait until that is paid off.",
    )
    .caption(4.0, "Paid off: the next ones pass as before.")
    .lasts(7.0)
    .still(2.6)
    .breaks(&[NEVER_MORE, IN_RANGE])
    .claim("the bucket falls below zero", |run| run.violates(IN_RANGE))
}

fn poured() -> Scenario {
    Scenario::new(
        "poured",
        "A timer that pours",
        "The refill comes once a second, all at once. In between, requests are refused for which \
         the tokens are due.",
    )
    .knob("lazy", false)
    .knob("offered", 8.0)
    .knob("capacity", 5)
    .caption(0.0, "A timer pours five tokens at the end of every second.")
    .caption(
        2.0,
        "The level moves in steps: whoever asks late in a second is refused, and told a wait \
         that is not true.",
    )
    .lasts(8.0)
    .still(3.7)
    .breaks(&[ONLY_WHEN_SHORT, EXACT_WAIT, NEVER_MORE])
    .claim("a request is refused for which the tokens are due", |run| {
        run.violates(ONLY_WHEN_SHORT)
    })
}

fn early() -> Scenario {
    Scenario::new(
        "told-too-little",
        "A wait that is rounded down",
        "Retry-After counts whole seconds. A limiter that rounds down calls every client back \
         too early, to be refused once more.",
    )
    .knob("exact_wait", false)
    .knob("scope", "per-client")
    .knob("clients", 4)
    .knob("capacity", 3)
    .knob("rate", 0.4)
    .knob("offered", 2.0)
    .knob("retry", "obey")
    .knob("latency", 100.0)
    .caption(
        0.0,
        "The clients obey. What they are told is short by up to a second.",
    )
    .caption(
        6.0,
        "Whoever comes back when told finds most of a token, and is refused again.",
    )
    .lasts(20.0)
    .still(6.0)
    .breaks(&[EXACT_WAIT])
    .claim("a client is told less than it has to wait", |run| {
        run.violates(EXACT_WAIT)
    })
}
