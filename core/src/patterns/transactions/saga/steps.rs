//! What the shop has to say: its steps in plain words.

use super::algorithm::{
    Aborted, Ending, Event as News, Letter, Name, Op, Reason, SagaId, Step as Stage, Verb,
};
use crate::prelude::*;
use crate::words::{capitalised, counted};

/// A step worth a sentence.
#[derive(Debug, Clone)]
pub struct Step {
    /// The node it happens at, if it happens at one.
    pub(super) at: Option<NodeId>,
    /// What happens.
    pub(super) what: What,
}

/// What happens.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// A customer places an order.
    Placed { saga: SagaId, price_cents: u32 },
    /// The customer has not been told that the order is taken on, and asks again.
    AskedAgain(SagaId),
    /// A record is durable.
    Written { saga: SagaId, record: Written },
    /// The coordinator asks a service, for the n-th time.
    Called {
        saga: SagaId,
        op: Op<Stage>,
        attempt: u32,
    },
    /// No answer has come in time.
    TimedOut { saga: SagaId, op: Op<Stage> },
    /// A service has dealt with a request.
    Served {
        saga: SagaId,
        op: Op<Stage>,
        served: Served,
        price_cents: u32,
    },
    /// A service tells its neighbour, for the n-th time.
    Published { event: News, attempt: u32 },
    /// The coordinator turns an order back.
    TurnedBack {
        saga: SagaId,
        aborted: Aborted<Stage>,
    },
    /// An order has to wait for a person.
    Parked(Letter<Stage>),
    /// A person has removed the cause.
    Resolved { saga: SagaId, op: Op<Stage> },
    /// An order is over.
    Ended { saga: SagaId, ending: Ending },
    /// The coordinator starts again from its log.
    Recovered { records: usize, unfinished: usize },
    /// A service starts again with what it had on disk.
    Woken { name: Name, outbox: usize },
    /// A person has prepared a fault.
    Armed(String),
    /// An order has not ended although it has had the time.
    Overdue(SagaId),
}

/// What a durable record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Written {
    /// The saga exists.
    Begin,
    /// This is about to be asked.
    Try(Op<Stage>),
    /// This is done.
    Did(Op<Stage>),
    /// It goes back from this step on.
    Abort(Stage),
    /// It waits for a person.
    Park,
    /// A person has seen to it.
    Resolve,
}

/// What came of a request at a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// It took effect, for the n-th time.
    Did(u32),
    /// There was nothing to undo; a tombstone says so.
    Barred,
    /// It had been settled before.
    Again,
    /// Its compensation had been here first.
    TooLate,
    /// It was refused for good.
    Refused(Reason),
    /// What it wants is held by another order.
    Locked,
    /// The service failed.
    Failed,
}

impl What {
    /// It happens at this node.
    pub(super) const fn at(self, node: NodeId) -> Step {
        Step {
            at: Some(node),
            what: self,
        }
    }

    /// It happens at no node.
    pub(super) const fn nowhere(self) -> Step {
        Step {
            at: None,
            what: self,
        }
    }

    fn words(&self) -> Narration {
        match self {
            Self::Placed { saga, price_cents } => placed(*saga, *price_cents),
            Self::AskedAgain(saga) => {
                let text = format!("Nobody has taken on {saga} yet, so the customer asks again.");
                Narration::new("order", text)
            }
            Self::Written { saga, record } => {
                Narration::new("log", record_words(*saga, *record)).region("write")
            }
            Self::Called { saga, op, attempt } => called(*saga, *op, *attempt),
            Self::TimedOut { saga, op } => timed_out(*saga, *op),
            Self::Served {
                saga,
                op,
                served,
                price_cents,
            } => served_words(*saga, *op, *served, *price_cents),
            Self::Published { event, attempt } => published(event, *attempt),
            Self::TurnedBack { saga, aborted } => turned_back(*saga, *aborted),
            Self::Parked(letter) => parked(letter),
            Self::Resolved { saga, op } => {
                let text = format!(
                    "A person sees to {saga}, and {} is asked once more.",
                    owner(*op)
                );
                let said = Narration::new("dead letter", text).region("resolve");
                said.tone(Tone::Leader).notable()
            }
            Self::Ended { saga, ending } => ended(*saga, *ending),
            Self::Recovered {
                records,
                unfinished,
            } => recovered(*records, *unfinished),
            Self::Woken { name, outbox } => woken(*name, *outbox),
            Self::Armed(text) => Narration::new("fault", text.clone()).tone(Tone::Leader),
            Self::Overdue(saga) => {
                let text = format!("Nobody looks after {saga} any more, and it has not ended.");
                Narration::new("overdue", text).tone(Tone::Failed).notable()
            }
        }
    }
}

impl crate::simulation::Step for Step {
    fn narrate(&self) -> Narration {
        let narration = self.what.words();
        match self.at {
            Some(node) => narration.node(node),
            None => narration,
        }
    }
}

fn placed(saga: SagaId, price_cents: u32) -> Narration {
    let price = euros(i64::from(price_cents));
    let text = format!("A customer places {saga} for {price}.");
    Narration::new("order", text)
        .region("begin")
        .tone(Tone::Active)
}

fn record_words(saga: SagaId, record: Written) -> String {
    match record {
        Written::Begin => format!("On disk: {saga} has begun."),
        Written::Try(op) => format!("On disk: about to {}.", to_do(op, saga)),
        Written::Did(op) => format!("On disk: {}.", is_done(op, saga)),
        Written::Abort(at) => format!(
            "On disk: {saga} goes back, for “{}” was not done.",
            verb(Op::act(at))
        ),
        Written::Park => format!("On disk: {saga} waits for a person."),
        Written::Resolve => format!("On disk: a person has seen to {saga}."),
    }
}

fn called(saga: SagaId, op: Op<Stage>, attempt: u32) -> Narration {
    let again = match attempt {
        1 => String::new(),
        _ => format!(", attempt {attempt}"),
    };
    let text = format!(
        "The coordinator asks {} to {}{again}.",
        owner(op),
        to_do(op, saga)
    );
    Narration::new("call", text)
        .region("call")
        .tone(Tone::Active)
}

fn timed_out(saga: SagaId, op: Op<Stage>) -> Narration {
    let text = format!(
        "No answer from {} in time: nobody knows whether {}.",
        owner(op),
        is_done(op, saga)
    );
    let said = Narration::new("timeout", text).region("timeout");
    said.tone(Tone::Pending).notable()
}

/// What a service made of a request.
fn served_words(saga: SagaId, op: Op<Stage>, served: Served, price_cents: u32) -> Narration {
    let name = owner(op);
    let (kind, text, region, tone) = match served {
        Served::Did(1) => {
            let tone = match op.verb {
                Verb::Act => Tone::Good,
                Verb::Undo => Tone::Refused,
            };
            let text = effect_words(saga, op, price_cents);
            return Narration::new("effect", text)
                .region(effect_region(op))
                .tone(tone);
        }
        Served::Again => {
            let text =
                format!("{name} knows this request about {saga}: same answer, no second effect.");
            return Narration::new("key", text)
                .region("replay")
                .tone(Tone::Pending);
        }
        Served::Did(times) => (
            "effect",
            capitalised(&format!("{} {times} times now.", is_done(op, saga))),
            effect_region(op),
            Tone::Failed,
        ),
        Served::Barred => (
            "key",
            format!(
                "{name} was never asked to {}: nothing to undo, and the request is refused should it still come.",
                to_do(Op::act(op.step), saga)
            ),
            "tombstone",
            Tone::Pending,
        ),
        Served::TooLate => (
            "key",
            format!(
                "Too late to {}: that was withdrawn before.",
                to_do(op, saga)
            ),
            "too-late",
            Tone::Refused,
        ),
        Served::Refused(reason) => (
            "refusal",
            format!("{name} refuses to {}: {reason}.", to_do(op, saga)),
            "refusal",
            Tone::Refused,
        ),
        Served::Locked => (
            "lock",
            format!(
                "{name} lets {saga} wait: the last unit is held by an order that is still pending."
            ),
            "semantic-lock",
            Tone::Pending,
        ),
        Served::Failed => (
            "failure",
            format!("{name} fails before it can {}.", to_do(op, saga)),
            "failure",
            Tone::Stale,
        ),
    };
    Narration::new(kind, text)
        .region(region)
        .tone(tone)
        .notable()
}

/// An effect, as what it changes in the service's store.
fn effect_words(saga: SagaId, op: Op<Stage>, price_cents: u32) -> String {
    let name = owner(op);
    let price = euros(i64::from(price_cents));
    match (op.verb, op.step) {
        (Verb::Act, Stage::Open) => format!("{name} enters {saga} as pending."),
        (Verb::Act, Stage::Reserve) => format!("{name} takes a unit off the shelf for {saga}."),
        (Verb::Act, Stage::Charge) => format!("{name} charges {price} for {saga}."),
        (_, Stage::Ship) => {
            format!("{name} hands the parcel of {saga} over: no way back from here.")
        }
        (_, Stage::Settle) => format!("{name} marks the unit of {saga} as sold."),
        (_, Stage::Confirm) => format!("{name} marks {saga} as confirmed."),
        (_, Stage::Notify) => format!("{name} tells the customer about {saga}."),
        (Verb::Undo, Stage::Open) => format!("{name} marks {saga} as cancelled."),
        (Verb::Undo, Stage::Reserve) => {
            format!("{name} puts the unit of {saga} back on the shelf.")
        }
        (Verb::Undo, Stage::Charge) => format!("{name} refunds {price} for {saga}."),
    }
}

fn published(event: &News, attempt: u32) -> Narration {
    let name = service_name(event.step.owner());
    let saga = event.saga;
    if attempt > 1 {
        let text = format!(
            "Nobody has acknowledged {} of {saga}: {name} publishes it again, attempt {attempt}.",
            event.name()
        );
        let said = Narration::new("event", text).region("redeliver");
        return said.tone(Tone::Pending).notable();
    }
    let text = format!("{name} publishes {} of {saga}.", event.name());
    Narration::new("event", text)
        .region("publish")
        .tone(Tone::Active)
}

fn turned_back(saga: SagaId, aborted: Aborted<Stage>) -> Narration {
    let op = Op::act(aborted.at);
    let reason = aborted.reason;
    let saga_turns = capitalised(&format!("{saga} turns back: {reason}."));
    let text = if aborted.unknown {
        format!(
            "{saga_turns} Perhaps {}, so that is undone as well.",
            is_done(op, saga)
        )
    } else {
        format!("{saga_turns} What was done is undone, last first.")
    };
    let said = Narration::new("turn", text).region("abort");
    said.tone(Tone::Refused).notable()
}

fn parked(letter: &Letter<Stage>) -> Narration {
    let text = format!(
        "Nobody manages to {}: {}. It waits for a person.",
        to_do(letter.op, letter.saga),
        letter.reason
    );
    let said = Narration::new("dead letter", text).region("park");
    said.tone(Tone::Failed).notable()
}

fn ended(saga: SagaId, ending: Ending) -> Narration {
    let (words, tone) = match ending {
        Ending::Completed => ("ends: it is done", Tone::Good),
        Ending::Compensated => ("ends: it is undone", Tone::Refused),
    };
    let text = capitalised(&format!("{saga} {words}."));
    let said = Narration::new("end", text).region("next");
    said.tone(tone).notable()
}

fn recovered(records: usize, unfinished: usize) -> Narration {
    let text = format!(
        "The coordinator is back. Its log has {}, and orders without an end: {unfinished}.",
        counted(records, ["record", "records"])
    );
    let said = Narration::new("restart", text).region("recover");
    said.tone(Tone::Leader).notable()
}

fn woken(name: Name, outbox: usize) -> Narration {
    let text = format!(
        "{} is back with its store. Events that nobody has acknowledged: {outbox}.",
        service_name(name)
    );
    let said = Narration::new("restart", text).region("wake-node");
    said.tone(Tone::Leader).notable()
}

/// Who carries an operation out, in a sentence.
pub(super) fn owner(op: Op<Stage>) -> &'static str {
    service_name(op.step.owner())
}

/// A service's name on the stage.
pub(super) const fn service_name(name: Name) -> &'static str {
    match name {
        Name::Orders => "Orders",
        Name::Inventory => "Inventory",
        Name::Payments => "Payments",
        Name::Shipping => "Shipping",
        Name::Notifications => "Notifications",
    }
}

/// An operation as a verb: "charge", "refund".
pub(super) const fn verb(op: Op<Stage>) -> &'static str {
    match (op.verb, op.step) {
        (Verb::Act, Stage::Open) => "open",
        (Verb::Act, Stage::Reserve) => "reserve",
        (Verb::Act, Stage::Charge) => "charge",
        (_, Stage::Ship) => "ship",
        (_, Stage::Settle) => "settle",
        (_, Stage::Confirm) => "confirm",
        (_, Stage::Notify) => "notify",
        (Verb::Undo, Stage::Open) => "cancel",
        (Verb::Undo, Stage::Reserve) => "release",
        (Verb::Undo, Stage::Charge) => "refund",
    }
}

/// An operation as something done: "charged", "refunded".
pub(super) const fn done(op: Op<Stage>) -> &'static str {
    match (op.verb, op.step) {
        (Verb::Act, Stage::Open) => "opened",
        (Verb::Act, Stage::Reserve) => "reserved",
        (Verb::Act, Stage::Charge) => "charged",
        (_, Stage::Ship) => "shipped",
        (_, Stage::Settle) => "sold",
        (_, Stage::Confirm) => "confirmed",
        (_, Stage::Notify) => "told",
        (Verb::Undo, Stage::Open) => "cancelled",
        (Verb::Undo, Stage::Reserve) => "released",
        (Verb::Undo, Stage::Charge) => "refunded",
    }
}

/// What an operation is to do to an order: "reserve stock for order 3".
fn to_do(op: Op<Stage>, saga: SagaId) -> String {
    match (op.verb, op.step) {
        (Verb::Act, Stage::Reserve) => format!("reserve stock for {saga}"),
        (Verb::Undo, Stage::Reserve) => format!("release the stock of {saga}"),
        (_, Stage::Settle) => format!("settle the stock of {saga}"),
        (_, Stage::Notify) => format!("tell the customer of {saga}"),
        (_, Stage::Open | Stage::Charge | Stage::Ship | Stage::Confirm) => {
            format!("{} {saga}", verb(op))
        }
    }
}

/// What an operation has done to an order: "the stock for order 3 is reserved".
fn is_done(op: Op<Stage>, saga: SagaId) -> String {
    let of = match (op.verb, op.step) {
        (Verb::Act, Stage::Reserve) => "the stock for ",
        (Verb::Undo, Stage::Reserve) | (_, Stage::Settle) => "the stock of ",
        (_, Stage::Notify) => "the customer of ",
        (_, Stage::Open | Stage::Charge | Stage::Ship | Stage::Confirm) => "",
    };
    format!("{of}{saga} is {}", done(op))
}

/// An amount in the shop's currency.
pub(super) fn euros(cents: i64) -> String {
    let sign = if cents < 0 { "−" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}€{}.{:02}", cents / 100, cents % 100)
}

/// Where the effect of an operation stands in the source.
const fn effect_region(op: Op<Stage>) -> &'static str {
    match (op.verb, op.step) {
        (Verb::Act, Stage::Open) | (_, Stage::Confirm) => "pending",
        (Verb::Act, Stage::Reserve) => "reserve",
        (Verb::Act, Stage::Charge) => "charge",
        (_, Stage::Ship) => "ship",
        (_, Stage::Settle) => "settle",
        (_, Stage::Notify) => "notify",
        (Verb::Undo, Stage::Open) => "cancel",
        (Verb::Undo, Stage::Reserve) => "release",
        (Verb::Undo, Stage::Charge) => "refund",
    }
}
