//! What can be set, what a person can do, and what is measured.

use super::algorithm::{LogMode, Op, Plan, Policy, Recovery, Retry, Rules, Step, Verb};
use crate::prelude::*;

crate::choices! {
    /// Who leads an order through its steps.
    pub enum Style {
        /// A coordinator with a log.
        Orchestration = "orchestration", "A coordinator asks";
        /// Nobody: services react to events.
        Choreography = "choreography", "Services react to events";
    }
}

crate::choices! {
    /// When what must be remembered is made durable.
    pub enum Log {
        /// Before anyone is told.
        Before = "before", "Before the call";
        /// Once the call is answered.
        After = "after", "After the call";
        /// Never.
        Off = "off", "Not at all";
    }
}

crate::choices! {
    /// What a restarted coordinator does with orders that have not been shipped.
    pub enum Restarted {
        /// Undoes them.
        Abort = "abort", "Undoes the order";
        /// Goes on with them.
        Resume = "resume", "Goes on with the order";
    }
}

crate::choices! {
    /// One local transaction, as a person names it.
    pub enum Deed {
        /// Enter the order in the book.
        Open = "open", "Open the order";
        /// Take units off the shelf.
        Reserve = "reserve", "Reserve stock";
        /// Take the money.
        Charge = "charge", "Charge";
        /// Hand the parcel over.
        Ship = "ship", "Ship";
        /// Turn the reservation into a sale.
        Settle = "settle", "Settle stock";
        /// Mark the order as confirmed.
        Confirm = "confirm", "Confirm the order";
        /// Tell the customer.
        Notify = "notify", "Notify the customer";
        /// Undo the opening.
        Cancel = "cancel", "Cancel the order";
        /// Undo the reservation.
        Release = "release", "Release stock";
        /// Undo the charge.
        Refund = "refund", "Refund";
    }
}

impl Deed {
    /// The operation that it names.
    pub(super) fn op(self) -> Op<Step> {
        match self {
            Self::Open => Op::act(Step::Open),
            Self::Reserve => Op::act(Step::Reserve),
            Self::Charge => Op::act(Step::Charge),
            Self::Ship => Op::act(Step::Ship),
            Self::Settle => Op::act(Step::Settle),
            Self::Confirm => Op::act(Step::Confirm),
            Self::Notify => Op::act(Step::Notify),
            Self::Cancel => Op::undo(Step::Open),
            Self::Release => Op::undo(Step::Reserve),
            Self::Refund => Op::undo(Step::Charge),
        }
    }

    /// The name of an operation; what has no compensation is named by its action.
    pub(super) fn of(op: Op<Step>) -> Self {
        match (op.step, op.verb) {
            (Step::Open, Verb::Act) => Self::Open,
            (Step::Open, Verb::Undo) => Self::Cancel,
            (Step::Reserve, Verb::Act) => Self::Reserve,
            (Step::Reserve, Verb::Undo) => Self::Release,
            (Step::Charge, Verb::Act) => Self::Charge,
            (Step::Charge, Verb::Undo) => Self::Refund,
            (Step::Ship, _) => Self::Ship,
            (Step::Settle, _) => Self::Settle,
            (Step::Confirm, _) => Self::Confirm,
            (Step::Notify, _) => Self::Notify,
        }
    }
}

crate::knobs! {
    /// What can be set.
    pub struct Knobs {
        /// Who leads an order through its steps: one coordinator with a log, or nobody, each
        /// service reacting to its neighbours' events.
        style: Style = Style::Orchestration, "Led by";
        /// Orders placed from the start on, one after the other. More can be placed by hand.
        orders: u32 = 3, "Orders", range(1, 100), unit("orders"), group("Customers");
        /// Time between two orders: short, and many are under way at once.
        spacing: Span = Span::from_millis(900), "Time between orders", range(0, 10_000), unit("ms"),
            group("Customers");
        /// Units on the shelf at the start; each order wants one.
        stock: u32 = 10, "Stock", range(0, 1_000), unit("units"), group("Customers");
        /// One way through the network.
        latency: Span = Span::from_millis(100), "Latency", range(1, 5_000), unit("ms"), log(), live(),
            group("Network");
        /// How far latencies lie apart, as a share of their mean.
        spread: u32 = 0, "Spread of latency", range(0, 100), unit("%"), live(), group("Network");
        /// Share of messages that are lost.
        loss: f64 = 0.0, "Loss", range(0, 100), unit("%"), live(), group("Network");
        /// Share of messages that arrive twice.
        duplicates: f64 = 0.0, "Duplicates", range(0, 100), unit("%"), live(), group("Network");
        /// Share of messages that are overtaken by later ones.
        reorder: f64 = 0.0, "Reordering", range(0, 100), unit("%"), live(), group("Network");
        /// How long a service works on a request.
        work: Span = Span::from_millis(60), "Work per request", range(0, 5_000), unit("ms"), live(),
            group("Services");
        /// How long it takes until a record of the coordinator, or a service's step with the event
        /// that tells of it, is durable. What a service does for a coordinator is durable with its
        /// work.
        write: Span = Span::from_millis(20), "Durable write", range(0, 2_000), unit("ms"), live(),
            group("Services");
        /// Orders that the order service refuses.
        refuse_open: f64 = 0.0, "Order refused", range(0, 100), unit("%"), live(),
            group("Failures by step");
        /// Reservations that the inventory refuses although it has stock.
        refuse_reserve: f64 = 0.0, "Reservation refused", range(0, 100), unit("%"), live(),
            group("Failures by step");
        /// Cards that are declined.
        refuse_charge: f64 = 0.0, "Payment declined", range(0, 100), unit("%"), live(),
            group("Failures by step");
        /// Parcels that cannot be shipped.
        refuse_ship: f64 = 0.0, "Shipping refused", range(0, 100), unit("%"), live(),
            group("Failures by step");
        /// Attempts to settle stock that fail and have to be repeated.
        fail_settle: f64 = 0.0, "Settling fails", range(0, 100), unit("%"), live(),
            group("Failures by step");
        /// Attempts to confirm an order that fail and have to be repeated.
        fail_confirm: f64 = 0.0, "Confirming fails", range(0, 100), unit("%"), live(),
            group("Failures by step");
        /// Attempts to notify a customer that fail and have to be repeated.
        fail_notify: f64 = 0.0, "Notifying fails", range(0, 100), unit("%"), live(),
            group("Failures by step");
        /// Attempts to cancel an order that fail and have to be repeated.
        fail_cancel: f64 = 0.0, "Cancelling fails", range(0, 100), unit("%"), live(),
            group("Failures by step"), formerly("fail_undo");
        /// Attempts to release stock that fail and have to be repeated.
        fail_release: f64 = 0.0, "Releasing fails", range(0, 100), unit("%"), live(),
            group("Failures by step"), formerly("fail_undo");
        /// Attempts to refund that fail and have to be repeated.
        fail_refund: f64 = 0.0, "Refunding fails", range(0, 100), unit("%"), live(),
            group("Failures by step"), formerly("fail_undo");
        /// How long to wait for an answer. Without one, nobody knows whether it happened.
        timeout: Span = Span::from_millis(600), "Timeout", range(10, 60_000), unit("ms"), log(), live(),
            group("Retries");
        /// How often to ask before giving up.
        attempts: u32 = 4, "Attempts", range(1, 12), live(), group("Retries");
        /// The pause after the first attempt; it doubles with each further one.
        backoff: Span = Span::from_millis(200), "First pause", range(0, 10_000), unit("ms"), live(),
            group("Retries");
        /// No pause is longer than this.
        backoff_cap: Span = Span::from_millis(2_000), "Longest pause", range(0, 60_000), unit("ms"),
            live(), group("Retries");
        /// The part of each pause that is left to chance, so that many do not ask at once.
        jitter: u32 = 0, "Jitter", range(0, 100), unit("%"), live(), group("Retries");
        /// After how long a person sees to a dead letter; 0 leaves it to you.
        person: u32 = 0, "A person helps after", range(0, 600), unit("s"), live(), group("Retries");
        /// What a restarted coordinator does with an order that has not been shipped.
        restarted: Restarted = Restarted::Abort, "A restarted coordinator", group("Retries");
        /// Services remember each request under its key and carry it out once. Without keys, what
        /// arrives twice happens twice.
        keys: bool = true, "Idempotency keys", safeguard(), group("Safeguards");
        /// When the coordinator's records and the services' events are made durable: before anyone
        /// is told, only afterwards, or not at all.
        log: Log = Log::Before, "Written down", safeguard(), group("Safeguards");
        /// Stock held by a pending order counts as neither sold nor free: others wait for its end.
        lock: bool = true, "Semantic lock", safeguard(), group("Safeguards");
    }
}

impl Knobs {
    pub(super) fn policy(&self) -> Policy {
        Policy {
            log: match self.log {
                Log::Before => LogMode::BeforeCall,
                Log::After => LogMode::AfterCall,
                Log::Off => LogMode::Off,
            },
            recovery: match self.restarted {
                Restarted::Abort => Recovery::Abort,
                Restarted::Resume => Recovery::Resume,
            },
            retry: Retry {
                attempts: self.attempts,
                base: self.backoff,
                cap: self.backoff_cap,
            },
            timeout: self.timeout,
        }
    }

    pub(super) fn rules(&self) -> Rules {
        Rules {
            keys: self.keys,
            lock: self.lock,
        }
    }

    pub(super) fn profile(&self) -> LinkProfile {
        let half = self.latency * u64::from(self.spread) / 100;
        LinkProfile {
            latency: if half.is_zero() {
                Duration::Constant(self.latency)
            } else {
                Duration::Uniform {
                    min: self.latency.saturating_sub(half),
                    max: self.latency + half,
                }
            },
            loss: Chance::percent(self.loss),
            duplicate: Chance::percent(self.duplicates),
            reorder: Chance::percent(self.reorder),
            ordered: false,
        }
    }

    /// How likely the world is to refuse this operation, or to fail it where it cannot be refused.
    pub(super) fn failure(&self, op: Op<Step>) -> Chance {
        Chance::percent(match Deed::of(op) {
            Deed::Open => self.refuse_open,
            Deed::Reserve => self.refuse_reserve,
            Deed::Charge => self.refuse_charge,
            Deed::Ship => self.refuse_ship,
            Deed::Settle => self.fail_settle,
            Deed::Confirm => self.fail_confirm,
            Deed::Notify => self.fail_notify,
            Deed::Cancel => self.fail_cancel,
            Deed::Release => self.fail_release,
            Deed::Refund => self.fail_refund,
        })
    }

    /// No order takes longer than this while every node runs: all steps and all compensations, each
    /// asked for as often as the policy allows.
    pub(super) fn patience(&self) -> Span {
        let policy = self.policy();
        let operations = Step::STEPS.len() as u64 + 3;
        let waits = (1..=self.attempts)
            .map(|attempt| policy.timeout + policy.retry.delay(attempt))
            .fold(Span::ZERO, |sum, wait| sum + wait);
        let overhead = self.latency * 8 + self.work + self.write * 4;
        (waits + overhead) * operations + Span::from_secs(2)
    }
}

crate::actions! {
    /// What a person can do.
    pub enum Action {
        /// Places one more order.
        Place {} = "place", "Place an order";
        /// The next time this step is asked for it is refused; what cannot be refused fails.
        Fail {
            /// Which step or compensation.
            step: Deed = Deed::Charge, "Step";
            /// How many times.
            times: u32 = 1, "Times", range(1, 1_000);
        } = "fail", "Fail this step";
        /// The step happens, but the next answer to it is lost.
        LoseReply {
            /// Which step or compensation.
            step: Deed = Deed::Charge, "Step";
            /// How many answers.
            times: u32 = 1, "Times", range(1, 1_000);
        } = "lose_reply", "Lose the reply";
        /// The next request or event that asks for this step is sent a second time.
        Duplicate {
            /// Which step or compensation.
            step: Deed = Deed::Charge, "Step";
            /// How much later the copy is sent.
            late_ms: u32 = 0, "Later by", range(0, 60_000), unit("ms");
        } = "duplicate", "Send it twice";
        /// Removes the cause of a dead letter and lets the order go on.
        Resolve {
            /// The order in the box.
            order: u32 = 1, "Order", range(1, 10_000);
        } = "resolve", "Resolve the dead letter";
    }
}

crate::metrics! {
    /// Orders placed.
    PLACED: Counter, "placed", "Placed", "orders";
    /// Orders fully done.
    COMPLETED: Counter, "completed", "Done", "orders";
    /// Orders fully undone, or refused before anything was done.
    COMPENSATED: Counter, "compensated", "Undone", "orders";
    /// Orders under way.
    IN_PROGRESS: Gauge, "in_progress", "Under way", "orders";
    /// Dead letters written.
    DEAD_LETTERS: Counter, "dead_letters", "Dead letters", "letters";
    /// Dead letters that wait for a person.
    WAITING: Gauge, "waiting", "Waiting for a person", "letters";
    /// From placing an order to its end.
    DURATION: Histogram, "duration", "Time to the end", "ms";
    /// Messages sent.
    MESSAGES: Counter, "messages", "Messages", "messages";
    /// Requests and events sent once more.
    RETRIES: Counter, "retries", "Retries", "messages";
    /// What was durable before anyone was told of it, by one rule in both styles: a record in the
    /// coordinator's log; at a service a step, a compensation or a refusal, with its key and the
    /// event that tells of it in one.
    RECORDS: Counter, "records", "Durable writes", "records";
    /// Requests that had to wait for another order's pending stock.
    LOCK_WAITS: Counter, "lock_waits", "Waits for the lock", "requests";
    /// Orders told “sold out” while enough stock was only pending.
    TURNED_AWAY: Counter, "turned_away", "Turned away by pending stock", "orders";
    /// Charges less refunds.
    TAKEN: Gauge, "taken", "Money taken", "€";
    /// Effects that happened although they had happened before.
    REPEATED: Counter, "repeated", "Repeated effects", "effects";
}
