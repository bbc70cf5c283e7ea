//! The auditor: looks over an order whenever a service has dealt with it, and remembers which
//! promises are broken for whom.

use super::{Cx, Event, Lead, Shop};
use crate::patterns::transactions::saga::algorithm::promises::{
    self, Books, Breach, Standing, System,
};
use crate::patterns::transactions::saga::algorithm::{
    Inventory, Name, Order, Plan, SagaId, Step as Stage, Store,
};
use crate::patterns::transactions::saga::knobs::{
    COMPENSATED, COMPLETED, DURATION, IN_PROGRESS, Knobs, REPEATED, TAKEN,
};
use crate::patterns::transactions::saga::steps::What;
use crate::prelude::*;
use crate::sorted::{SortedMap, SortedSet};

/// What the auditor keeps.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Audit {
    /// Orders that customers were told are taken on.
    pub(in super::super) accepted: SortedSet<SagaId>,
    /// How orders ended, and when.
    pub(in super::super) ended: SortedMap<SagaId, (Standing, SimTime)>,
    /// How many orders have not.
    pub(in super::super) in_progress: u32,
    /// How many were turned away by stock that was only pending.
    pub(super) turned_away: u64,
    /// When the last fault struck, or a knob or a person interfered: from then on orders have their
    /// time again.
    pub(super) disturbed: SimTime,
    /// Orders whose time was over while a dead letter of theirs waited for a person.
    pub(super) excused: SortedSet<SagaId>,
    repeats: SortedMap<SagaId, u64>,
    breaches: SortedMap<(Promise, SagaId), Breach>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Promise {
    Ends,
    Stock,
    Money,
    Order,
    Once,
    NotInVain,
}

pub(in super::super) const ENDS: &str = "every order ends";
pub(in super::super) const STOCK: &str = "stock is conserved";
pub(in super::super) const MONEY: &str = "money is accounted for";
pub(in super::super) const ORDER: &str = "no undoing before doing";
pub(in super::super) const ONCE: &str = "nothing happens twice";
pub(in super::super) const NOT_IN_VAIN: &str = "nobody is turned away in vain";

pub(super) const PROPERTIES: &[Property<Shop>] = &[
    Property::<Shop>::always(
        ENDS,
        "Every order that is taken on ends: fully done, fully undone, or in the dead letters with its reason. It has as long as all its retries can take while nothing ails the network.",
        |shop, _| shop.audit.verdict(Promise::Ends),
    )
    .with_patience(Knobs::patience),
    Property::always(
        STOCK,
        "Shelf and reservations add up to the stock at the start, and only orders that are pending or shipped hold units.",
        |shop, _| shop.audit.verdict(Promise::Stock),
    ),
    Property::always(
        MONEY,
        "Money taken is value delivered plus refunds owed plus orders in progress.",
        |shop, _| shop.audit.verdict(Promise::Money),
    ),
    Property::always(
        ORDER,
        "A compensation never takes effect before its action has.",
        |shop, _| shop.audit.verdict(Promise::Order),
    ),
    Property::always(
        ONCE,
        "No step and no compensation takes effect twice.",
        |shop, _| shop.audit.verdict(Promise::Once),
    ),
    Property::always(
        NOT_IN_VAIN,
        "No order is told “sold out” because of units that another order only held for a while.",
        |shop, _| shop.audit.verdict(Promise::NotInVain),
    ),
];

impl Audit {
    fn verdict(&self, promise: Promise) -> Result<(), String> {
        let first = self.breaches.range((promise, SagaId(0))..).next();
        match first {
            Some(((of, _), breach)) if *of == promise => Err(breach.to_string()),
            _ => Ok(()),
        }
    }

    fn record(&mut self, promise: Promise, saga: SagaId, found: Result<(), Breach>) {
        match found {
            Ok(()) => self.breaches.remove(&(promise, saga)),
            Err(breach) => self.breaches.insert((promise, saga), breach),
        };
    }

    /// What is wrong with an order.
    pub(in super::super) fn breach_of(&self, saga: SagaId) -> Option<&Breach> {
        let breach = self.breaches.iter().find(|((_, of), _)| *of == saga);
        breach.map(|(_, breach)| breach)
    }
}

impl Shop {
    /// Hands the promises what they judge: the stores, and the orders in question.
    fn judged<T>(
        &self,
        orders: &SortedMap<SagaId, Order>,
        judge: impl FnOnce(&System<'_>) -> T,
    ) -> T {
        let dead_letters = self.letters.keys().map(|(_, saga, _)| *saga).collect();
        judge(&System {
            orders,
            services: self.services(),
            dead_letters: &dead_letters,
        })
    }

    /// Where all the money is.
    pub(in super::super) fn books(&self) -> Books {
        let orders = self.orders.iter();
        let orders = orders.map(|(&saga, placed)| (saga, placed.order)).collect();
        self.judged(&orders, |&system| system.books())
    }

    /// Where an order stands, told from the stores alone.
    pub(in super::super) fn standing(&self, saga: SagaId) -> Standing {
        self.judged(&SortedMap::new(), |system| system.standing(saga))
    }

    pub(in super::super) fn inventory(&self) -> &Inventory {
        match self.services()[Name::Inventory as usize].store() {
            Store::Inventory(inventory) => inventory,
            Store::Orders(_)
            | Store::Payments(_)
            | Store::Shipping(_)
            | Store::Notifications(_) => unreachable!("the inventory keeps a shelf"),
        }
    }

    /// Looks over an order that a service has dealt with.
    pub(super) fn look_over(&mut self, saga: SagaId, cx: &mut Cx<'_>) {
        let order = self.order(saga);
        let only = SortedMap::from([(saga, order)]);
        let (findings, in_vain, standing) = self.judged(&only, |system| {
            let findings = [
                (Promise::Stock, promises::stock_is_conserved(system, saga)),
                (
                    Promise::Money,
                    promises::money_is_accounted_for(system, saga),
                ),
                (
                    Promise::Order,
                    promises::nothing_is_undone_before_it_is_done(system, saga),
                ),
                (Promise::Once, promises::nothing_happens_twice(system, saga)),
            ];
            let in_vain = promises::nobody_is_turned_away_in_vain(system);
            (findings, in_vain, system.standing(saga))
        });
        for (promise, found) in findings {
            self.audit.record(promise, saga, found);
        }
        // Whoever was turned away, it is one finding about the whole shop.
        self.audit.record(Promise::NotInVain, SagaId(0), in_vain);
        self.settle_ending(saga, standing, cx);
        let taken = match self.services()[Name::Payments as usize].store() {
            Store::Payments(payments) => payments.cash_cents,
            Store::Orders(_)
            | Store::Inventory(_)
            | Store::Shipping(_)
            | Store::Notifications(_) => 0,
        };
        cx.gauge(TAKEN, taken as f64 / 100.0);
        self.count_repeated(saga, cx);
    }

    fn settle_ending(&mut self, saga: SagaId, standing: Standing, cx: &mut Cx<'_>) {
        let metric = match standing {
            Standing::InProgress => return,
            Standing::Done => COMPLETED,
            Standing::Compensated => COMPENSATED,
        };
        if self.audit.ended.contains_key(&saga) {
            return;
        }
        self.audit.ended.insert(saga, (standing, cx.now()));
        self.audit.record(Promise::Ends, saga, Ok(()));
        self.audit.in_progress -= 1;
        cx.count(metric, 1);
        cx.gauge(IN_PROGRESS, f64::from(self.audit.in_progress));
        let since = cx.now() - self.orders[&saga].at;
        cx.observe(DURATION, since.as_secs_f64() * 1e3);
    }

    fn count_repeated(&mut self, saga: SagaId, cx: &mut Cx<'_>) {
        let services = self.services();
        let extra = |step: &Stage| {
            let tally = services[step.owner() as usize].tally(saga, *step);
            u64::from(tally.acts.saturating_sub(1) + tally.undos.saturating_sub(1))
        };
        let repeated: u64 = Stage::STEPS.iter().map(extra).sum();
        let before = self.audit.repeats.insert(saga, repeated).unwrap_or(0);
        cx.count(REPEATED, repeated - before);
    }

    /// An order has had the time that it needs at most. While a node is down, slow or cut off that
    /// time does not run.
    pub(super) fn deadline(&mut self, saga: SagaId, cx: &mut Cx<'_>) {
        let disturbed = !cx.world().network().is_whole();
        if disturbed {
            self.audit.disturbed = self.audit.disturbed.max(cx.now());
        }
        let due = self.audit.disturbed + self.knobs.patience();
        if disturbed || due > cx.now() {
            cx.schedule_at(due, Event::Deadline(saga));
            return;
        }
        if self.letters.keys().any(|(_, of, _)| *of == saga) {
            self.audit.excused.insert(saga);
        }
        let system = SortedMap::new();
        let found = self.judged(&system, |system| promises::order_has_ended(system, saga));
        if found.is_err() {
            cx.say(What::Overdue(saga).nowhere());
        }
        self.audit.record(Promise::Ends, saga, found);
    }

    /// Whether anyone leads from one place.
    pub(in super::super) fn is_orchestrated(&self) -> bool {
        matches!(self.lead, Lead::Orchestration(_))
    }
}
