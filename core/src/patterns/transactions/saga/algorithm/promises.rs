//! What must hold whatever fails: pure predicates over the stores of all five services.
//!
//! The order book is the reference: an order is in progress while its row says pending, and what
//! the other stores hold must agree with the row. None of these looks at a coordinator or an
//! outbox, so they judge orchestration and choreography alike.
//!
//! Each has a form for one order, O(log orders), and each is broken at the very step that does the
//! harm, so checking the order that was touched last is enough.

use std::fmt;

use crate::sorted::{SortedMap, SortedSet};

use super::{Fact, Name, Order, Plan, Row, SagaId, Service, Step, Store, TurnedAway};

/// The state of the whole system that the promises are about.
#[derive(Debug, Clone, Copy)]
pub struct System<'a> {
    /// The orders that clients were told are taken on.
    pub orders: &'a SortedMap<SagaId, Order>,
    /// The five services in the order of [`Name::ALL`].
    pub services: [&'a Service; 5],
    /// The orders that wait for a person.
    pub dead_letters: &'a SortedSet<SagaId>,
}

/// A broken promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Breach {
    /// An order neither ended nor waits for a person.
    Unfinished(SagaId),
    /// Shelf and reservations do not add up to what was there at the start.
    StockMiscounted {
        /// What was there at the start.
        expected_units: u32,
        /// What is there now.
        found_units: u32,
    },
    /// An order holds another number of units than it may.
    UnitsAstray {
        /// Which order.
        saga: SagaId,
        /// What it may hold.
        expected_units: u32,
        /// What it holds.
        found_units: u32,
    },
    /// Money taken for an order does not match what it got.
    MoneyAstray {
        /// Which order.
        saga: SagaId,
        /// Delivered, owed or in progress.
        expected_cents: i64,
        /// Charged less refunded.
        found_cents: i64,
    },
    /// A compensation took effect more often than its action.
    UndoneBeforeDone(SagaId, Step),
    /// An action or a compensation took effect twice.
    Repeated(SagaId, Step),
    /// An order was told "sold out" because of units that then came back.
    TurnedAwayInVain(SagaId),
}

impl Breach {
    /// The order it is about; `None` when it is about the whole shop.
    pub fn saga(&self) -> Option<SagaId> {
        match self {
            Self::StockMiscounted { .. } => None,
            Self::Unfinished(saga)
            | Self::UnitsAstray { saga, .. }
            | Self::MoneyAstray { saga, .. }
            | Self::UndoneBeforeDone(saga, _)
            | Self::Repeated(saga, _)
            | Self::TurnedAwayInVain(saga) => Some(*saga),
        }
    }

    /// What is wrong, without naming the order.
    pub fn words(&self) -> String {
        match self {
            Self::Unfinished(_) => "is neither done, nor undone, nor a dead letter".to_owned(),
            Self::StockMiscounted {
                expected_units,
                found_units,
            } => format!("shelf and reservations add up to {found_units}, not {expected_units}"),
            Self::UnitsAstray {
                expected_units,
                found_units,
                ..
            } => format!("holds {found_units} of the shop’s units, not {expected_units}"),
            Self::MoneyAstray {
                expected_cents,
                found_cents,
                ..
            } => format!(
                "has paid {}, not {}",
                Cents(*found_cents),
                Cents(*expected_cents)
            ),
            Self::UndoneBeforeDone(_, step) => format!("{step:?} was undone but never done"),
            Self::Repeated(_, step) => format!("{step:?} took effect twice"),
            Self::TurnedAwayInVain(_) => "was turned away by units that came back".to_owned(),
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.saga() {
            Some(saga) => write!(f, "{saga}: {}", self.words()),
            None => f.write_str(&self.words()),
        }
    }
}

struct Cents(i64);

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

/// Where all the money is: what was taken is delivered, owed back, or in progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Books {
    /// Charges less refunds, from the ledger.
    pub taken_cents: i64,
    /// The price of everything shipped.
    pub delivered_cents: i64,
    /// Charged, not shipped, and known not to be going to.
    pub owed_cents: i64,
    /// Charged, not shipped yet.
    pub in_progress_cents: i64,
}

/// Where an order stands, told from the stores alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Something is still to be done.
    InProgress,
    /// Shipped, confirmed, and the customer told.
    Done,
    /// Cancelled, with nothing left behind in any store.
    Compensated,
}

impl<'a> System<'a> {
    /// Where the order stands.
    pub fn standing(&self, saga: SagaId) -> Standing {
        let happened = |step| {
            let tally = self.owner(step).tally(saga, step);
            tally.acts > tally.undos
        };
        match self.row(saga) {
            Some(Row::Confirmed) if happened(Step::Ship) && happened(Step::Notify) => {
                Standing::Done
            }
            Some(Row::Cancelled) if !Step::STEPS.iter().any(|&step| happened(step)) => {
                Standing::Compensated
            }
            Some(Row::Pending | Row::Confirmed | Row::Cancelled) | None => Standing::InProgress,
        }
    }

    /// Where all the money is. O(orders + ledger).
    pub fn books(&self) -> Books {
        let mut books = Books::default();
        if let Store::Payments(payments) = self.service(Name::Payments).store() {
            books.taken_cents = payments.ledger.iter().map(|movement| movement.cents).sum();
        }
        for (&saga, order) in self.orders {
            let price = i64::from(order.price_cents);
            let tally = self.owner(Step::Charge).tally(saga, Step::Charge);
            let charged = tally.acts > tally.undos;
            let ship = self.owner(Step::Ship).fact(saga, Step::Ship);
            if self.is_shipped(saga) {
                books.delivered_cents += price;
            } else if charged && self.row(saga) == Some(Row::Pending) {
                let turned_back =
                    self.dead_letters.contains(&saga) || matches!(ship, Some(Fact::Refused(_)));
                if turned_back {
                    books.owed_cents += price;
                } else {
                    books.in_progress_cents += price;
                }
            }
        }
        books
    }

    fn service(&self, name: Name) -> &'a Service {
        self.services[name as usize]
    }

    fn owner(&self, step: Step) -> &'a Service {
        self.service(step.owner())
    }

    fn row(&self, saga: SagaId) -> Option<Row> {
        match self.service(Name::Orders).store() {
            Store::Orders(book) => book.rows.get(&saga).copied(),
            Store::Inventory(_)
            | Store::Payments(_)
            | Store::Shipping(_)
            | Store::Notifications(_) => None,
        }
    }

    fn is_shipped(&self, saga: SagaId) -> bool {
        self.owner(Step::Ship).tally(saga, Step::Ship).acts > 0
    }
}

/// Every order ends fully done or fully compensated, or in the dead letters. Holds once everything
/// has come to rest, not before.
///
/// # Errors
///
/// [`Breach::Unfinished`] names the order.
pub fn order_has_ended(system: &System<'_>, saga: SagaId) -> Result<(), Breach> {
    let ended = system.standing(saga) != Standing::InProgress;
    if ended || system.dead_letters.contains(&saga) {
        Ok(())
    } else {
        Err(Breach::Unfinished(saga))
    }
}

/// Stock is conserved: shelf and reservations add up to what was there at the start, and an order
/// holds exactly its units while it is in progress or after it is shipped, and none once cancelled.
///
/// # Errors
///
/// [`Breach::StockMiscounted`] or [`Breach::UnitsAstray`].
pub fn stock_is_conserved(system: &System<'_>, saga: SagaId) -> Result<(), Breach> {
    let Store::Inventory(inventory) = system.service(Name::Inventory).store() else {
        return Ok(());
    };
    let reserved: u32 = inventory.reservations.values().map(|held| held.units).sum();
    if inventory.shelf_units + reserved != inventory.initial_units {
        return Err(Breach::StockMiscounted {
            expected_units: inventory.initial_units,
            found_units: inventory.shelf_units + reserved,
        });
    }
    let ordered_units = system.orders.get(&saga).map_or(0, |order| order.units);
    let held = inventory.reservations.get(&saga);
    let found_units = held.map_or(0, |held| held.units);
    let expected_units = if system.is_shipped(saga) {
        ordered_units
    } else if system.row(saga) == Some(Row::Cancelled) {
        0
    } else {
        found_units.min(ordered_units)
    };
    if found_units == expected_units {
        Ok(())
    } else {
        Err(Breach::UnitsAstray {
            saga,
            expected_units,
            found_units,
        })
    }
}

/// Money taken for an order is its price once it is shipped, nothing once it is cancelled, and
/// nothing or its price in between. Summed over all orders: money taken is value delivered plus
/// refunds owed plus orders in progress ([`System::books`]).
///
/// # Errors
///
/// [`Breach::MoneyAstray`] names the order and the amounts.
pub fn money_is_accounted_for(system: &System<'_>, saga: SagaId) -> Result<(), Breach> {
    let price = system
        .orders
        .get(&saga)
        .map_or(0, |order| i64::from(order.price_cents));
    let tally = system.owner(Step::Charge).tally(saga, Step::Charge);
    let found_cents = (i64::from(tally.acts) - i64::from(tally.undos)) * price;
    let expected_cents = if system.is_shipped(saga) {
        price
    } else if system.row(saga) == Some(Row::Cancelled) {
        0
    } else {
        found_cents.clamp(0, price)
    };
    if found_cents == expected_cents {
        Ok(())
    } else {
        Err(Breach::MoneyAstray {
            saga,
            expected_cents,
            found_cents,
        })
    }
}

/// A compensation never runs before its action's effect.
///
/// # Errors
///
/// [`Breach::UndoneBeforeDone`] names the order and the step.
pub fn nothing_is_undone_before_it_is_done(
    system: &System<'_>,
    saga: SagaId,
) -> Result<(), Breach> {
    let early = Step::STEPS.iter().find(|&&step| {
        let tally = system.owner(step).tally(saga, step);
        tally.undos > tally.acts
    });
    early.map_or(Ok(()), |&step| Err(Breach::UndoneBeforeDone(saga, step)))
}

/// No effect happens twice.
///
/// # Errors
///
/// [`Breach::Repeated`] names the order and the step.
pub fn nothing_happens_twice(system: &System<'_>, saga: SagaId) -> Result<(), Breach> {
    let twice = Step::STEPS.iter().find(|&&step| {
        let tally = system.owner(step).tally(saga, step);
        tally.acts > 1 || tally.undos > 1
    });
    twice.map_or(Ok(()), |&step| Err(Breach::Repeated(saga, step)))
}

/// No order is told "sold out" because of units that another order only held for the moment.
///
/// # Errors
///
/// [`Breach::TurnedAwayInVain`] names the order that was turned away. It is found at the moment the
/// units come back, so unlike the others this one looks at all orders. O(orders turned away).
pub fn nobody_is_turned_away_in_vain(system: &System<'_>) -> Result<(), Breach> {
    let Store::Inventory(inventory) = system.service(Name::Inventory).store() else {
        return Ok(());
    };
    let came_back = |away: &TurnedAway| {
        let units = away.because_of.iter().filter_map(|(holder, units)| {
            (!inventory.reservations.contains_key(holder)).then_some(units)
        });
        units.sum::<u32>() >= away.missing_units
    };
    let mut turned_away = inventory.turned_away.iter();
    turned_away
        .find(|away| came_back(away))
        .map_or(Ok(()), |away| Err(Breach::TurnedAwayInVain(away.saga)))
}
