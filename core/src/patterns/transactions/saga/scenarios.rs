//! Starting points and sweeps: what there is to see, and what theory says of it.

use super::algorithm::Name;
use super::knobs::Knobs;
use super::model::audit::{ENDS, MONEY, NOT_IN_VAIN, ONCE, STOCK};
use super::model::{COORDINATOR, node};
use crate::catalog::Scenario;
use crate::lab::{Experiment, Theory};
use crate::prelude::*;
use crate::staging::fault;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        shipping_refused(),
        happy(),
        happy_events(),
        payment_refused(),
        shipping_refused_events(),
        between_charge_and_log(),
        asked_again_after_the_crash(),
        refund_keeps_failing(),
        lost_reply(),
        no_keys(),
        never_arrived(),
        too_late(),
        log_after_call(),
        no_log(),
        told_before_committed(),
        last_unit(),
        no_lock(),
        rush(),
    ]
}

/// The call that crashes or restarts a node.
fn on(name: &str, node: NodeId) -> Call {
    fault(name).with("node", i64::from(node.0))
}

/// The call that prepares a fault of one step.
fn prepare(action: &str, step: &str) -> Call {
    Call::new(action).with("step", step)
}

/// A story about a single order, slow enough to follow.
fn one_order(slug: &'static str, name: &'static str, summary: &'static str) -> Scenario {
    Scenario::new(slug, name, summary)
        .knob("orders", 1)
        .pace(0.25)
}

fn happy() -> Scenario {
    Scenario::new(
        "happy",
        "A coordinator asks",
        "Three orders, one service after the other. Before every call the coordinator writes down what it is about to ask.",
    )
    .pace(0.4)
    .caption(0.0, "An order needs five services, and each has a database of its own. No transaction spans them.")
    .caption(0.5, "The coordinator asks one after the other. White in the log: about to be asked. Green: done.")
    .caption(1.2, "Shipping is the pivot: until now everything could be undone, from here on everything must succeed.")
    .caption(1.9, "The book says “pending” until the order is confirmed: nobody may rely on it before.")
    .caption(4.1, "All three are done. Money taken is the price of what was shipped.")
    .lasts(6.0)
    .still(1.75)
    .claim("three orders are done", |run| run.value("completed") == 3.0)
    .claim("in the time that the coordinator’s messages and writes take", |run| {
        (run.mean("duration") - 2_100.0).abs() < 1.0
    })
}

fn happy_events() -> Scenario {
    Scenario::new(
        "happy-events",
        "Services react to events",
        "The same three orders without anyone in charge: each service hears its neighbour’s event, acts, and tells the next.",
    )
    .knob("style", "choreography")
    .pace(0.3)
    .caption(0.0, "The same orders, but nobody is in charge: each service waits for an event of its neighbour.")
    .caption(0.6, "A service commits its change and its event together. The dashed event stays in the outbox until somebody acknowledges it.")
    .caption(1.1, "Half the messages, half the time: nothing goes back to a coordinator in between.")
    .caption(2.2, "The list above is the observer’s. No service has it: to learn how an order stands, one has to ask all five.")
    .lasts(4.5)
    .still(1.33)
    .claim("three orders are done", |run| run.value("completed") == 3.0)
    .claim("in half the time", |run| run.mean("duration") < 1_300.0)
}

fn payment_refused() -> Scenario {
    one_order(
        "payment-refused",
        "The card is declined",
        "Payments says no. The coordinator turns back and undoes what was done, last first.",
    )
    .at(0.0, prepare("fail", "charge"))
    .caption(0.0, "This card will be declined.")
    .caption(0.9, "Payments refuses, and will refuse this order for good: the answer is kept under its key.")
    .caption(1.03, "The coordinator turns back: first the stock, then the order itself. The charge never happened, so there is nothing to refund.")
    .caption(1.75, "Undone. The unit is back on the shelf, and the book says “cancelled”.")
    .lasts(2.5)
    .still(1.38)
    .claim("the order is undone", |run| run.value("compensated") == 1.0)
    .claim("no money is kept", |run| run.value("taken") == 0.0)
}

/// What a visitor sees first.
pub(super) fn shipping_refused() -> Scenario {
    one_order(
        "shipping-refused",
        "Shipping says no after the payment",
        "The money is taken, then shipping refuses. Three compensations run backwards: refund, release, cancel.",
    )
    .at(0.0, prepare("fail", "ship"))
    .caption(0.0, "One order through five services, each with its own database. Shipping is going to refuse it.")
    .caption(0.9, "The customer has paid.")
    .caption(1.2, "Shipping says no. Nothing can roll five databases back, so every step needs a way to undo it.")
    .caption(1.33, "Last first: refund the money, put the unit back, cancel the order.")
    .caption(2.3, "Undone. Not as if nothing had happened: the ledger shows a charge and a refund.")
    .lasts(3.0)
    .leads_to("dead-letter")
    .still(1.45)
    .claim("the order is undone", |run| run.value("compensated") == 1.0)
    .claim("the money went back", |run| run.value("taken") == 0.0)
}

fn shipping_refused_events() -> Scenario {
    one_order(
        "shipping-refused-events",
        "The same, told by events",
        "Shipping refuses, and the news travels back: each service undoes its own step when it hears that the next one is undone.",
    )
    .knob("style", "choreography")
    .at(0.0, prepare("fail", "ship"))
    .caption(0.0, "Nobody leads, and shipping is going to refuse.")
    .caption(0.72, "ShippingRefused: payments hears it and refunds.")
    .caption(0.9, "PaymentRefunded: the inventory hears it and puts the unit back. Each service only knows its neighbours.")
    .caption(1.3, "Undone, in the reverse order, and nobody had to know the whole plan.")
    .lasts(2.2)
    .still(0.97)
    .claim("the order is undone", |run| run.value("compensated") == 1.0)
    .claim("the money went back", |run| run.value("taken") == 0.0)
}

fn between_charge_and_log() -> Scenario {
    one_order(
        "between-charge-and-log",
        "The coordinator dies between charge and log",
        "The money is taken and the answer is in, but the coordinator dies before it has written that down. Its log only says: about to charge.",
    )
    .at(1.01, on("crash", COORDINATOR))
    .at(2.0, on("restart", COORDINATOR))
    .caption(0.0, "Before every call the coordinator writes down what it is about to ask.")
    .caption(0.9, "Payments has charged the customer; the answer is on its way.")
    .caption(1.01, "The coordinator dies with the answer in its hands. Its log ends with “about to charge”.")
    .caption(2.0, "Back from the dead it reads: about to charge. Perhaps the customer has paid, perhaps not. So it undoes that too.")
    .caption(2.3, "Payments knows the key: there was a charge, and now there is a refund.")
    .lasts(4.0)
    .still(2.12)
    .claim("the order is undone", |run| run.value("compensated") == 1.0)
    .claim("the customer has the money back", |run| run.value("taken") == 0.0)
}

fn asked_again_after_the_crash() -> Scenario {
    one_order(
        "asked-again-after-the-crash",
        "The same crash, and on it goes",
        "A coordinator that resumes asks payments again under the same key, and hears that it has charged already.",
    )
    .knob("restarted", "resume")
    .at(1.01, on("crash", COORDINATOR))
    .at(2.0, on("restart", COORDINATOR))
    .caption(0.0, "The same crash at the same instant, but this coordinator goes on instead of back.")
    .caption(1.01, "It dies between the charge and the log.")
    .caption(2.0, "“About to charge” may have happened: it asks again under the same key.")
    .caption(2.16, "Payments knows the key: same answer, no second charge. The order goes on.")
    .caption(3.5, "Done, and paid for once.")
    .lasts(4.5)
    .still(2.2)
    .claim("the order is done", |run| run.value("completed") == 1.0)
    .claim("nothing happened twice", |run| run.value("repeated") == 0.0)
}

fn refund_keeps_failing() -> Scenario {
    one_order(
        "refund-keeps-failing",
        "The refund that keeps failing",
        "Compensations can fail too. After four attempts the order goes to the dead letters with its reason and waits for a person.",
    )
    .pace(0.5)
    .at(0.0, prepare("fail", "ship"))
    .at(0.0, prepare("fail", "refund").with("times", 1_000))
    .at(6.0, Call::new("resolve").with("order", 1))
    .caption(0.0, "Shipping will refuse, and then the refund will fail, again and again.")
    .caption(1.33, "The refund fails. There is no undoing of an undoing: it can only be asked again, after longer and longer pauses.")
    .caption(4.0, "Four attempts were in vain. The order is a dead letter now: the shop owes the customer, and a person has to see to it.")
    .caption(6.0, "A person removes the cause, the refund goes through, and the rest is undone.")
    .lasts(8.0)
    .still(5.0)
    .claim("a dead letter was written", |run| run.value("dead_letters") == 1.0)
    .claim("and the box is empty again", |run| run.value("waiting") == 0.0)
    .claim("the order is undone", |run| run.value("compensated") == 1.0)
}

fn lost_reply() -> Scenario {
    one_order(
        "lost-reply",
        "The answer that is lost",
        "Payments charges, but its answer never arrives. A timeout does not mean no: it means unknown.",
    )
    .at(0.0, prepare("lose_reply", "charge"))
    .caption(0.0, "The answer of payments is going to be lost.")
    .caption(0.95, "Charged, but the coordinator will never hear it.")
    .caption(1.34, "The timeout says nothing about the charge. The only safe thing is to ask again under the same key.")
    .caption(1.7, "Same key, same answer, one charge.")
    .lasts(4.0)
    .still(1.71)
    .claim("the order is done", |run| run.value("completed") == 1.0)
    .claim("nothing happened twice", |run| run.value("repeated") == 0.0)
}

fn no_keys() -> Scenario {
    one_order(
        "no-keys",
        "The same without keys: charged twice",
        "Without idempotency keys the repeated request is a new one, and the customer pays twice.",
    )
    .knob("keys", false)
    .at(0.0, prepare("lose_reply", "charge"))
    .caption(0.0, "The same lost answer, but payments keeps no keys.")
    .caption(0.95, "Charged, and the answer is lost.")
    .caption(1.54, "The coordinator asks again.")
    .caption(1.7, "Charged twice. Nothing looks wrong from the coordinator’s side: one answer, one order, done.")
    .lasts(4.0)
    .still(1.85)
    .breaks(&[MONEY, ONCE])
    .claim("the customer is charged twice", |run| run.value("repeated") == 1.0)
}

fn never_arrived() -> Scenario {
    one_order(
        "never-arrived",
        "Undoing what never happened",
        "Payments is cut off. The coordinator gives up without knowing what happened, and later undoes a charge that never was.",
    )
    .pace(0.5)
    .at(0.7, fault("partition").with("nodes", "3"))
    .at(4.7, fault("repair"))
    .caption(0.0, "Payments is about to be cut off.")
    .caption(0.74, "Four requests go into the void. None of them proves that nothing happened.")
    .caption(4.54, "The coordinator gives up and turns back. Because nobody knows, it also asks for the refund.")
    .caption(4.7, "The link is mended.")
    .caption(5.4, "Payments was never asked to charge: nothing to undo. It leaves a tombstone, in case a late request still comes.")
    .lasts(7.5)
    .still(5.6)
    .claim("the order is undone", |run| run.value("compensated") == 1.0)
    .claim("no compensation ran before its action", |run| run.value("repeated") == 0.0)
}

fn too_late() -> Scenario {
    one_order(
        "too-late",
        "The charge that comes after its refund",
        "A copy of the charge request wanders about the network and arrives when the money has long been refunded.",
    )
    .at(0.0, prepare("fail", "ship"))
    .at(0.0, prepare("duplicate", "charge").with("late_ms", 1_600))
    .caption(0.0, "Shipping will refuse, and a copy of the charge request will come very late.")
    .caption(1.2, "Refused: the money goes back.")
    .caption(2.34, "The order is undone. Now the copy of the charge is sent after all.")
    .caption(2.5, "Payments has a tombstone under this key and refuses. Carried out, this charge would never be undone.")
    .lasts(3.5)
    .still(2.58)
    .claim("the order is undone", |run| run.value("compensated") == 1.0)
    .claim("no money is kept", |run| run.value("taken") == 0.0)
}

fn log_after_call() -> Scenario {
    one_order(
        "log-after-call",
        "Written down too late: a reservation is lost",
        "The coordinator writes after the call instead of before. It dies in between, and nobody remembers the reservation.",
    )
    .knob("log", "after")
    .at(0.65, on("crash", COORDINATOR))
    .at(1.4, on("restart", COORDINATOR))
    .caption(0.0, "This coordinator saves itself a wait: it calls first and writes the log once the answer is in.")
    .caption(0.6, "The inventory has reserved a unit.")
    .caption(0.65, "The coordinator dies. Its log does not say that it ever asked the inventory.")
    .caption(1.4, "It undoes what the log knows: it cancels the order.")
    .caption(1.7, "The order is cancelled and its unit is reserved for ever.")
    .lasts(3.0)
    .still(2.0)
    .breaks(&[STOCK])
    .claim("the order does not come to a clean end", |run| run.value("in_progress") == 1.0)
}

fn no_log() -> Scenario {
    one_order(
        "no-log",
        "No log: the order is forgotten",
        "The coordinator keeps its state in memory. After a crash there is nobody left who knows of the order, and the money stays taken.",
    )
    .knob("log", "off")
    .knob("attempts", 1)
    .pace(0.5)
    .at(0.85, on("crash", COORDINATOR))
    .at(1.6, on("restart", COORDINATOR))
    .caption(0.0, "This coordinator keeps everything in memory.")
    .caption(0.85, "It dies just after the charge.")
    .caption(1.6, "It is back, and knows nothing. The services wait for a word that never comes.")
    .caption(6.0, "Paid, reserved, pending, for ever. No service has done anything wrong.")
    .caption(21.0, "By now the order would have ended, whatever it took. Nobody will ever end it.")
    .lasts(24.0)
    .still(1.9)
    .breaks(&[ENDS])
    .claim("the order never ends", |run| run.value("in_progress") == 1.0)
}

fn told_before_committed() -> Scenario {
    one_order(
        "told-before-committed",
        "Told before it was so",
        "A service publishes its event first and commits afterwards. It dies in between: the parcel leaves, and the unit is still on the shelf.",
    )
    .knob("style", "choreography")
    .knob("log", "after")
    .knob("write", 60.0)
    .at(0.35, on("crash", node(Name::Inventory)))
    .at(2.0, on("restart", node(Name::Inventory)))
    .caption(0.0, "Each service publishes its event first and commits afterwards: two separate writes.")
    .caption(0.32, "StockReserved is on its way.")
    .caption(0.35, "The inventory dies before it has committed: nothing is reserved.")
    .caption(0.7, "Nobody can tell. The customer has paid, the parcel leaves, and the shelf still counts its unit.")
    .caption(2.0, "The inventory is back and hears of the order again. This time there was still a unit left to reserve.")
    .lasts(5.0)
    .still(1.0)
    .breaks(&[STOCK])
    .claim("a parcel left all the same", |run| run.value("taken") > 0.0)
}

fn last_unit() -> Scenario {
    Scenario::new(
        "last-unit",
        "Two orders, one unit",
        "The first order holds the last unit and will be undone. The semantic lock makes the second one wait for that.",
    )
    .knob("orders", 2)
    .knob("stock", 1)
    .knob("spacing", 200.0)
    .pace(0.3)
    .at(0.0, prepare("fail", "charge"))
    .caption(0.0, "One unit, two orders. The card of the first will be declined.")
    .caption(0.75, "The unit is pending: neither sold nor free. The second order is asked to wait, not turned away.")
    .caption(1.25, "The first order gives the unit back.")
    .caption(1.5, "The second asks again and gets it.")
    .lasts(5.5)
    .still(0.9)
    .claim("the second order is done", |run| run.value("completed") == 1.0)
    .claim("it waited", |run| run.value("lock_waits") > 0.0)
    .claim("nobody was turned away", |run| run.value("turned_away") == 0.0)
}

fn no_lock() -> Scenario {
    Scenario::new(
        "no-lock",
        "No lock: turned away in vain",
        "Without the semantic lock the second order reads the first one’s half-done state as final, and the shop loses a sale.",
    )
    .knob("orders", 2)
    .knob("stock", 1)
    .knob("spacing", 200.0)
    .knob("lock", false)
    .pace(0.3)
    .at(0.0, prepare("fail", "charge"))
    .caption(0.0, "The same two orders, but pending units count as sold.")
    .caption(0.75, "“Sold out”, says the inventory. But the first order is not through yet.")
    .caption(1.25, "Its card is declined, and the unit comes back. The second customer has gone.")
    .lasts(3.5)
    .still(1.35)
    .breaks(&[NOT_IN_VAIN])
    .claim("no order is done", |run| run.value("completed") == 0.0)
    .claim("both are undone", |run| run.value("compensated") == 2.0)
}

fn rush() -> Scenario {
    Scenario::new(
        "rush",
        "Sixty orders on a bad day",
        "Messages are lost, doubled and overtaken, cards declined, parcels refused, and the coordinator dies twice. Every order ends.",
    )
    .seed(4)
    .knob("orders", 60)
    .knob("spacing", 250.0)
    .knob("stock", 60)
    .knob("spread", 60)
    .knob("loss", 4.0)
    .knob("duplicates", 4.0)
    .knob("reorder", 10.0)
    .knob("refuse_charge", 12.0)
    .knob("refuse_ship", 8.0)
    .knob("fail_cancel", 15.0)
    .knob("fail_release", 15.0)
    .knob("fail_refund", 15.0)
    .knob("jitter", 50)
    .knob("person", 8)
    .at(6.0, on("crash", COORDINATOR))
    .at(7.5, on("restart", COORDINATOR))
    .at(12.0, on("crash", COORDINATOR))
    .at(13.0, on("restart", COORDINATOR))
    .caption(0.0, "Sixty orders, four a second, on a network that loses, doubles and delays.")
    .caption(6.0, "The coordinator dies with a dozen orders under way.")
    .caption(7.5, "It reads its log: what had not been shipped goes back, what had been shipped goes on.")
    .caption(12.0, "And again.")
    .caption(13.0, "It reads its log a second time, and goes on in the same way.")
    .caption(20.0, "Every order is done or undone, and every cent is where it belongs.")
    .lasts(45.0)
    .still(9.0)
    .claim("every order has ended", |run| run.value("in_progress") == 0.0)
    .claim("most are done", |run| run.value("completed") >= 30.0)
    .claim("nothing happened twice", |run| run.value("repeated") == 0.0)
}

/// Values of a knob.
fn values<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Vec<Value> {
    values.into_iter().map(Into::into).collect()
}

pub(super) fn experiments() -> Vec<Experiment> {
    vec![
        time_orchestrated(),
        time_choreographed(),
        done_orchestrated(),
        done_choreographed(),
        undone(),
        turned_away(),
    ]
}

const LATENCIES_MS: [f64; 5] = [10.0, 50.0, 100.0, 200.0, 280.0];

/// Orders so far apart that no two meet.
fn apart() -> Vec<(&'static str, Value)> {
    vec![("orders", 3.into()), ("spacing", 6_000.0.into())]
}

fn time_orchestrated() -> Experiment {
    Experiment {
        slug: "time-orchestrated",
        name: "Time of an order, with a coordinator",
        question: "How long does an order take as the network gets slower?",
        x: "latency",
        values: values(LATENCIES_MS),
        lines: None,
        knobs: apart(),
        script: Vec::new(),
        y: "milliseconds",
        measure: |run| run.mean("duration"),
        lasts: Span::from_secs(20),
        seeds: 3,
        theory: Theory::Curve {
            source: "There and back for seven steps, two records of the coordinator before each: 14 L + 7 work + 14 write",
            at: |latency| {
                let knobs = Knobs::default();
                14.0 * latency + 7.0 * millis(knobs.work) + 14.0 * millis(knobs.write)
            },
            tolerance: 0.001,
        },
    }
}

fn time_choreographed() -> Experiment {
    Experiment {
        slug: "time-choreographed",
        name: "Time of an order, with events",
        question: "How much faster is it without a coordinator in between?",
        x: "latency",
        values: values(LATENCIES_MS),
        lines: None,
        knobs: [apart(), vec![("style", "choreography".into())]].concat(),
        script: Vec::new(),
        y: "milliseconds",
        measure: |run| run.mean("duration"),
        lasts: Span::from_secs(20),
        seeds: 3,
        theory: Theory::Curve {
            source: "One way for seven steps, one durable write in each before it is told: 7 L + 7 work + 7 write",
            at: |latency| {
                let knobs = Knobs::default();
                7.0 * (latency + millis(knobs.work) + millis(knobs.write))
            },
            tolerance: 0.001,
        },
    }
}

fn millis(span: Span) -> f64 {
    span.as_secs_f64() * 1e3
}

/// Orders for a measurement: many, and enough stock for all.
fn crowd() -> Vec<(&'static str, Value)> {
    vec![
        ("orders", 40.into()),
        ("spacing", 50.0.into()),
        ("stock", 1_000.into()),
    ]
}

fn done_orchestrated() -> Experiment {
    Experiment {
        slug: "done-orchestrated",
        name: "Orders done on a lossy network, with a coordinator",
        question: "How many orders get through with four attempts, and without a person?",
        x: "loss",
        values: values([0.0, 10.0, 20.0, 30.0, 40.0]),
        lines: None,
        knobs: crowd(),
        script: Vec::new(),
        y: "share of orders done",
        measure: |run| run.ratio("completed", "placed"),
        lasts: Span::from_secs(120),
        seeds: 20,
        theory: Theory::Curve {
            source: "Six calls, each answered if in one of four attempts neither request nor reply is lost, and a last one that has to be heard",
            at: |percent| {
                let through = 1.0 - percent / 100.0;
                let in_four = |chance: f64| 1.0 - libm::pow(1.0 - chance, 4.0);
                libm::pow(in_four(through * through), 6.0) * in_four(through)
            },
            tolerance: 0.0,
        },
    }
}

fn done_choreographed() -> Experiment {
    Experiment {
        slug: "done-choreographed",
        name: "Orders done on a lossy network, with events",
        question: "How many orders get through when only one way has to work?",
        x: "loss",
        values: values([0.0, 30.0, 40.0, 50.0, 60.0]),
        lines: None,
        knobs: [crowd(), vec![("style", "choreography".into())]].concat(),
        script: Vec::new(),
        y: "share of orders done",
        measure: |run| run.ratio("completed", "placed"),
        lasts: Span::from_secs(120),
        seeds: 20,
        theory: Theory::Curve {
            source: "Six events, each heard if one of four copies arrives; a lost acknowledgement costs only another copy",
            at: |percent| libm::pow(1.0 - libm::pow(percent / 100.0, 4.0), 6.0),
            tolerance: 0.0,
        },
    }
}

fn undone() -> Experiment {
    Experiment {
        slug: "undone",
        name: "Orders undone as cards are declined",
        question: "Does exactly the declined share come back?",
        x: "refuse_charge",
        values: values([0.0, 10.0, 25.0, 50.0, 100.0]),
        lines: None,
        knobs: crowd(),
        script: Vec::new(),
        y: "share of orders undone",
        measure: |run| run.ratio("compensated", "placed"),
        lasts: Span::from_secs(30),
        seeds: 30,
        theory: Theory::Curve {
            source: "Each order is undone if and only if its card is declined",
            at: |percent| percent / 100.0,
            tolerance: 0.0,
        },
    }
}

fn turned_away() -> Experiment {
    Experiment {
        slug: "turned-away",
        name: "Customers turned away by pending stock",
        question: "How many sales does the missing lock put at risk as more cards are declined?",
        x: "refuse_charge",
        values: values([0.0, 20.0, 40.0, 60.0, 80.0]),
        lines: None,
        knobs: vec![
            ("orders", 40.into()),
            ("spacing", 150.0.into()),
            ("stock", 10.into()),
            ("lock", false.into()),
        ],
        script: Vec::new(),
        y: "orders",
        measure: |run| run.value("turned_away"),
        lasts: Span::from_secs(30),
        seeds: 10,
        theory: Theory::None(
            "It depends on how many orders happen to be pending when the shelf is empty.",
        ),
    }
}
