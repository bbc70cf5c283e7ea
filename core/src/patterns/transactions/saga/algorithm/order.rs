//! The saga of an online order, and the five services that carry it out.
//!
//! Open, reserve and charge can be undone; shipping decides; settling the stock, confirming the
//! order and telling the customer must succeed. Every service owns one small store and answers
//! each request in one local transaction: the effect and its idempotency key are written together.
//!
//! A service first *considers* a request, which changes nothing, and then *commits* the write that
//! came out of it, so that a crash can be placed between the two.

use serde::{Deserialize, Serialize};

use crate::sorted::SortedMap;

use super::{Admission, Answer, Fact, Keys, Kind, Op, Plan, Reason, SagaId, Verb};

/// The steps of an order, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Step {
    /// Enter the order in the book, pending. Undone by cancelling it.
    Open,
    /// Take units off the shelf. Undone by putting them back.
    Reserve,
    /// Take the money. Undone by a refund.
    Charge,
    /// Hand the parcel over: the pivot.
    Ship,
    /// Turn the reservation into a sale.
    Settle,
    /// Mark the order as confirmed.
    Confirm,
    /// Tell the customer.
    Notify,
}

impl Plan for Step {
    type Data = Order;

    const STEPS: &'static [Self] = &[
        Self::Open,
        Self::Reserve,
        Self::Charge,
        Self::Ship,
        Self::Settle,
        Self::Confirm,
        Self::Notify,
    ];

    fn kind(self) -> Kind {
        match self {
            Self::Open | Self::Reserve | Self::Charge => Kind::Compensable,
            Self::Ship => Kind::Pivot,
            Self::Settle | Self::Confirm | Self::Notify => Kind::Retriable,
        }
    }
}

impl Step {
    /// The service that carries this step out and undoes it.
    pub fn owner(self) -> Name {
        match self {
            Self::Open | Self::Confirm => Name::Orders,
            Self::Reserve | Self::Settle => Name::Inventory,
            Self::Charge => Name::Payments,
            Self::Ship => Name::Shipping,
            Self::Notify => Name::Notifications,
        }
    }
}

/// What a customer ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Order {
    /// How many units of the one article that the shop sells.
    pub units: u32,
    /// What the customer pays for all of them.
    pub price_cents: u32,
}

/// The five services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Name {
    /// Keeps the order book.
    Orders,
    /// Keeps the shelf.
    Inventory,
    /// Keeps the money.
    Payments,
    /// Sends parcels.
    Shipping,
    /// Writes to customers.
    Notifications,
}

impl Name {
    /// Every service, in the order in which an order meets them.
    pub const ALL: [Self; 5] = [
        Self::Orders,
        Self::Inventory,
        Self::Payments,
        Self::Shipping,
        Self::Notifications,
    ];
}

/// Which safeguards a service keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rules {
    /// Settle each idempotency key once. Without: every request that arrives is carried out.
    pub keys: bool,
    /// Honour the pending mark of other orders. Without: half-done state is read as final.
    pub lock: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            keys: true,
            lock: true,
        }
    }
}

/// What the world outside decides about one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Fate {
    /// Nothing in particular.
    #[default]
    Normal,
    /// The business says no: the card is declined. Steps that cannot be refused ignore it.
    Refuse,
    /// The service fails before it does anything.
    Fail,
}

/// One service: its store, its keys, and an auditor's count that it never reads itself.
///
/// ```
/// use orrery_core::patterns::transactions::saga::algorithm::{
///     Answer, Fate, Name, Op, Order, Rules, SagaId, Service, Step,
/// };
///
/// let mut payments = Service::new(Name::Payments, Rules::default(), 0);
/// let order = Order { units: 1, price_cents: 4_900 };
/// let charge = Op::act(Step::Charge);
/// assert_eq!(payments.handle(SagaId(7), charge, &order, Fate::Normal), Answer::Done);
/// // The answer is lost and the request repeated: same answer, no second charge.
/// assert_eq!(payments.handle(SagaId(7), charge, &order, Fate::Normal), Answer::Done);
/// assert_eq!(payments.tally(SagaId(7), Step::Charge).acts, 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Service {
    name: Name,
    /// Which safeguards it keeps.
    pub rules: Rules,
    store: Store,
    keys: Keys<(SagaId, Step)>,
    tallies: SortedMap<(SagaId, Step), Tally>,
}

/// How often a step of an order took effect and was undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Tally {
    /// Effects of the action.
    pub acts: u32,
    /// Effects of the compensation.
    pub undos: u32,
}

/// What a service answers, and what it would write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Verdict {
    /// The answer, true once the write is committed.
    pub answer: Answer,
    /// The write; `None` when there is nothing new to remember.
    pub write: Option<Write>,
}

/// One local transaction, decided but not yet committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Write {
    saga: SagaId,
    op: Op<Step>,
    order: Order,
    fact: Fact,
}

/// What a service keeps.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Store {
    /// The order book.
    Orders(OrderBook),
    /// The shelf.
    Inventory(Inventory),
    /// The money.
    Payments(Payments),
    /// Parcels handed over: which order, how many units.
    Shipping(Vec<(SagaId, u32)>),
    /// Letters to customers.
    Notifications(Vec<SagaId>),
}

/// The order book.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct OrderBook {
    /// One row per order.
    pub rows: SortedMap<SagaId, Row>,
}

/// What the order book says about an order: all that outsiders may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Row {
    /// Half done: nothing about it is final.
    Pending,
    /// Done.
    Confirmed,
    /// Undone.
    Cancelled,
}

/// The shelf and what is taken from it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Inventory {
    /// Units that anyone may take.
    pub shelf_units: u32,
    /// Units that were there at the start.
    pub initial_units: u32,
    /// Units that belong to an order.
    pub reservations: SortedMap<SagaId, Reservation>,
    /// Orders told "sold out" while enough units were only pending.
    pub turned_away: Vec<TurnedAway>,
}

/// Units that belong to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reservation {
    /// How many.
    pub units: u32,
    /// The semantic lock: they may yet come back.
    pub pending: bool,
}

/// An order that was told "sold out" on the strength of reservations that were not final.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TurnedAway {
    /// The order.
    pub saga: SagaId,
    /// How many units it lacked.
    pub missing_units: u32,
    /// Whose pending reservations stood in its way.
    pub because_of: SortedMap<SagaId, u32>,
}

/// The ledger and the cash box, which must agree.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Payments {
    /// Every movement of money, oldest first.
    pub ledger: Vec<Movement>,
    /// What is in the cash box.
    pub cash_cents: i64,
}

/// One movement of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Movement {
    /// For which order.
    pub saga: SagaId,
    /// Positive for a charge, negative for a refund.
    pub cents: i64,
}

impl Write {
    /// Which saga.
    pub fn saga(&self) -> SagaId {
        self.saga
    }

    /// Which step, forwards or back.
    pub fn op(&self) -> Op<Step> {
        self.op
    }

    /// How the request is settled by it.
    pub fn fact(&self) -> Fact {
        self.fact
    }
}

impl Service {
    /// A service with an empty store; `shelf_units` matters to the inventory only.
    pub fn new(name: Name, rules: Rules, shelf_units: u32) -> Self {
        let store = match name {
            Name::Orders => Store::Orders(OrderBook::default()),
            Name::Inventory => Store::Inventory(Inventory {
                shelf_units,
                initial_units: shelf_units,
                ..Inventory::default()
            }),
            Name::Payments => Store::Payments(Payments::default()),
            Name::Shipping => Store::Shipping(Vec::new()),
            Name::Notifications => Store::Notifications(Vec::new()),
        };
        Self {
            name,
            rules,
            store,
            keys: Keys::default(),
            tallies: SortedMap::new(),
        }
    }

    /// Considers a request and commits what comes of it at once.
    pub fn handle(&mut self, saga: SagaId, op: Op<Step>, order: &Order, fate: Fate) -> Answer {
        let verdict = self.consider(saga, op, order, fate);
        if let Some(write) = verdict.write {
            self.commit(write);
        }
        verdict.answer
    }

    /// What it would answer and write; changes nothing. O(log orders), except when the shelf is
    /// short: O(reservations).
    pub fn consider(&self, saga: SagaId, op: Op<Step>, order: &Order, fate: Fate) -> Verdict {
        let verdict = |answer, fact: Option<Fact>| Verdict {
            answer,
            write: fact.map(|fact| Write {
                saga,
                op,
                order: *order,
                fact,
            }),
        };
        // region: idempotency
        if self.rules.keys {
            match self.keys.admit(&(saga, op.step), op.verb) {
                Admission::Known(answer) => return verdict(answer, None),
                Admission::Bar if fate != Fate::Fail => {
                    return verdict(Answer::Done, Some(Fact::Barred));
                }
                Admission::Bar | Admission::Run => {}
            }
        }
        // endregion
        // region: failure
        if fate == Fate::Fail {
            return verdict(Answer::NotNow(Reason::Fault), None);
        }
        // endregion
        if op.verb == Verb::Undo {
            return verdict(Answer::Done, Some(Fact::Undone));
        }
        if fate == Fate::Refuse && op.step.kind() != Kind::Retriable {
            let reason = Reason::Declined;
            return verdict(Answer::Refused(reason), Some(Fact::Refused(reason)));
        }
        // region: refusal
        match self.obstacle(saga, op.step, order) {
            None => verdict(Answer::Done, Some(Fact::Done)),
            Some(Reason::Locked) => verdict(Answer::NotNow(Reason::Locked), None),
            Some(reason) => verdict(Answer::Refused(reason), Some(Fact::Refused(reason))),
        }
        // endregion
    }

    /// Refuses a request for good although it was never carried out, so that a later copy of it is
    /// refused too.
    pub(super) fn rule_out(saga: SagaId, op: Op<Step>, order: &Order, reason: Reason) -> Write {
        Write {
            saga,
            op,
            order: *order,
            fact: Fact::Refused(reason),
        }
    }

    /// Makes a write durable: the effect and its key together.
    pub fn commit(&mut self, write: Write) {
        let Write {
            saga,
            op,
            order,
            fact,
        } = write;
        let key = (saga, op.step);
        let changed = match fact {
            Fact::Done => self.store.act(saga, op.step, &order),
            Fact::Undone => self.store.undo(saga, op.step, &order),
            Fact::Refused(reason) => {
                self.store.turn_away(saga, op.step, &order, reason);
                false
            }
            Fact::Barred => {
                self.store.bar(saga, op.step);
                false
            }
        };
        if changed {
            let tally = self.tallies.entry(key).or_default();
            match op.verb {
                Verb::Act => tally.acts += 1,
                Verb::Undo => tally.undos += 1,
            }
        }
        if self.rules.keys {
            self.keys.settle(key, fact);
        }
    }

    /// Which service this is.
    pub fn name(&self) -> Name {
        self.name
    }

    /// What it keeps.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How the key of this step is settled.
    pub fn fact(&self, saga: SagaId, step: Step) -> Option<Fact> {
        self.keys.fact(&(saga, step))
    }

    /// Whether it will answer this request from what it has settled before.
    pub fn knows(&self, saga: SagaId, op: Op<Step>) -> bool {
        let admission = self.keys.admit(&(saga, op.step), op.verb);
        self.rules.keys && matches!(admission, Admission::Known(_))
    }

    /// How often this step took effect and was undone.
    pub fn tally(&self, saga: SagaId, step: Step) -> Tally {
        self.tallies.get(&(saga, step)).copied().unwrap_or_default()
    }

    /// Why the step cannot be carried out now, if it cannot.
    fn obstacle(&self, saga: SagaId, step: Step, order: &Order) -> Option<Reason> {
        let Store::Inventory(inventory) = &self.store else {
            return None;
        };
        if step != Step::Reserve || order.units <= inventory.shelf_units {
            return None;
        }
        // region: semantic-lock
        let pending: u32 = inventory.pending_of_others(saga).values().sum();
        if self.rules.lock && order.units <= inventory.shelf_units + pending {
            return Some(Reason::Locked);
        }
        // endregion
        Some(Reason::SoldOut)
    }
}

impl Inventory {
    fn pending_of_others(&self, saga: SagaId) -> SortedMap<SagaId, u32> {
        self.reservations
            .iter()
            .filter(|&(&holder, held)| holder != saga && held.pending)
            .map(|(&holder, held)| (holder, held.units))
            .collect()
    }
}

impl Store {
    /// Carries a step out; whether that changed anything.
    fn act(&mut self, saga: SagaId, step: Step, order: &Order) -> bool {
        match self {
            // region: pending
            Self::Orders(book) if step == Step::Confirm => {
                book.rows.insert(saga, Row::Confirmed) == Some(Row::Pending)
            }
            Self::Orders(book) => {
                let is_new = !book.rows.contains_key(&saga);
                book.rows.entry(saga).or_insert(Row::Pending);
                is_new
            }
            // endregion
            // region: settle
            Self::Inventory(inventory) if step == Step::Settle => {
                let held = inventory.reservations.get_mut(&saga);
                held.is_some_and(|held| std::mem::replace(&mut held.pending, false))
            }
            // endregion
            // region: reserve
            Self::Inventory(inventory) => {
                inventory.shelf_units = inventory.shelf_units.saturating_sub(order.units);
                let fresh = Reservation {
                    units: 0,
                    pending: true,
                };
                inventory.reservations.entry(saga).or_insert(fresh).units += order.units;
                true
            }
            // endregion
            // region: charge
            Self::Payments(payments) => payments.book(saga, i64::from(order.price_cents)),
            // endregion
            // region: ship
            Self::Shipping(parcels) => {
                parcels.push((saga, order.units));
                true
            }
            // endregion
            // region: notify
            Self::Notifications(letters) => {
                letters.push(saga);
                true
            } // endregion
        }
    }

    /// Undoes a step, blindly: what makes this safe is the key, not the store.
    fn undo(&mut self, saga: SagaId, step: Step, order: &Order) -> bool {
        match self {
            // region: cancel
            Self::Orders(book) => book.rows.insert(saga, Row::Cancelled) == Some(Row::Pending),
            // endregion
            // region: release
            Self::Inventory(inventory) => {
                inventory.shelf_units += order.units;
                if let Some(held) = inventory.reservations.get_mut(&saga) {
                    held.units = held.units.saturating_sub(order.units);
                    if held.units == 0 {
                        inventory.reservations.remove(&saga);
                    }
                }
                true
            }
            // endregion
            // region: refund
            Self::Payments(payments) => payments.book(saga, -i64::from(order.price_cents)),
            // endregion
            Self::Shipping(_) | Self::Notifications(_) => {
                debug_assert_eq!(step.kind(), Kind::Compensable, "has no compensation");
                false
            }
        }
    }

    /// Takes note of a refusal.
    fn turn_away(&mut self, saga: SagaId, step: Step, order: &Order, reason: Reason) {
        match self {
            Self::Orders(book) if step == Step::Open => {
                book.rows.entry(saga).or_insert(Row::Cancelled);
            }
            Self::Inventory(inventory) if reason == Reason::SoldOut => {
                let because_of = inventory.pending_of_others(saga);
                let missing_units = order.units.saturating_sub(inventory.shelf_units);
                if missing_units <= because_of.values().sum() {
                    inventory.turned_away.push(TurnedAway {
                        saga,
                        missing_units,
                        because_of,
                    });
                }
            }
            Self::Orders(_)
            | Self::Inventory(_)
            | Self::Payments(_)
            | Self::Shipping(_)
            | Self::Notifications(_) => {}
        }
    }

    /// Takes note of a step that was withdrawn before it arrived.
    fn bar(&mut self, saga: SagaId, step: Step) {
        if let (Self::Orders(book), Step::Open) = (self, step) {
            book.rows.entry(saga).or_insert(Row::Cancelled);
        }
    }
}

impl Payments {
    fn book(&mut self, saga: SagaId, cents: i64) -> bool {
        self.ledger.push(Movement { saga, cents });
        self.cash_cents += cents;
        true
    }
}
