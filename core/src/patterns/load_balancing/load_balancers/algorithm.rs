//! Who gets the next request: the rules of load balancers, behind one trait.
//!
//! - In turns: [`RoundRobin`], and [`SmoothWeighted`] as nginx has it; [`InARow`] is what weights
//!   come to without care.
//! - By lot: [`Choices`], one draw or the least busy of several.
//! - By what is known of the servers: [`LeastConnections`], [`PeakEwma`].
//! - By whose request it is: [`Remainder`], [`BoundedHash`], [`Maglev`].
//!
//! A rule knows [`Backends`]: which are open, how busy each is for all the balancer knows, and what
//! each is worth. Time, chance and the hash of a request are given to it. What is not here: how the
//! balancer learns that a server is down, and what becomes of a request that is not answered.
//!
//! Sources: nginx 1.26, `ngx_http_upstream_round_robin.c` (smooth weights; M. Dounin, commit
//! 52327e0627f4) and `ngx_http_upstream_least_conn_module.c`; M. Mitzenmacher, "The Power of Two
//! Choices in Randomized Load Balancing", IEEE TPDS 12(10), 2001; Twitter Finagle,
//! `PeakEwma.scala`; V. Mirrokni, M. Thorup and M. Zadimoghaddam, "Consistent Hashing with Bounded
//! Loads", SODA 2018; D. Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load
//! Balancer", NSDI 2016, section 3.4.
//!
//! ```
//! use orrery_core::patterns::load_balancing::load_balancers::algorithm::{
//!     Ask, Backends, Balance, SmoothWeighted,
//! };
//!
//! let mut draw = |_: u64| 0;
//! let backends = Backends::with_weights([5, 1, 1]);
//! let mut rule = SmoothWeighted::default();
//! rule.changed(&backends);
//! let picks = (0..7).filter_map(|_| rule.pick(Ask::default(), &backends, &mut draw));
//! let names: String = picks.map(|backend| ['a', 'b', 'c'][backend]).collect();
//! assert_eq!(names, "aabacaa");
//! ```

mod hashed;
mod least;
mod lots;
mod maglev;
mod turns;

use std::cmp::Ordering;

use crate::time::{SimTime, Span};

pub use hashed::{BoundedHash, Remainder, hash};
pub use least::{LeastConnections, PeakEwma};
pub use lots::{Choices, MOST_DRAWS, another};
pub use maglev::{Maglev, next_prime};
pub use turns::{InARow, RoundRobin, SmoothWeighted, gcd};

/// A rule that picks a backend for each request.
pub trait Balance {
    /// The backend for a request; none when none is open.
    fn pick(&mut self, ask: Ask, backends: &Backends, dice: &mut dyn Dice) -> Option<usize>;

    /// Backends came, went, opened, closed or changed their weight. To be told once before the
    /// first pick.
    fn changed(&mut self, backends: &Backends) {
        let _ = backends;
    }

    /// A backend has answered a request, or was waited for in vain, so long after it was sent.
    fn answered(&mut self, backend: usize, took: Span, now: SimTime) {
        let _ = (backend, took, now);
    }
}

/// What a rule is told of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ask {
    /// The [`hash`] of whose it is: of a client's address, of a key.
    pub position: u64,
    /// The present instant.
    pub now: SimTime,
}

/// Where chance comes from: a whole number in `0..bound`, each as likely; zero when `bound` is zero.
pub trait Dice {
    /// Draws one.
    fn below(&mut self, bound: u64) -> u64;
}

impl<F: FnMut(u64) -> u64> Dice for F {
    fn below(&mut self, bound: u64) -> u64 {
        self(bound)
    }
}

/// A server as a balancer knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backend {
    /// What it is worth against the others; 0 gets nothing where weights count.
    pub weight: u32,
    /// How busy it is, for all the balancer knows: requests that it has not answered.
    pub load: u32,
    /// Whether it may be picked.
    pub open: bool,
}

impl Backend {
    /// How busy a request more would make it against another: less with fewer requests for what
    /// each is worth. nginx compares without the request itself, and takes turns among equals.
    fn against(self, other: Self) -> Ordering {
        // region: less-busy
        let share = |load: u32, weight: u32| (u64::from(load) + 1) * u64::from(weight);
        share(self.load, other.weight).cmp(&share(other.load, self.weight))
        // endregion
    }
}

/// The servers that a balancer chooses from, by number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Backends {
    list: Vec<Backend>,
    /// The numbers of the open ones.
    open: Vec<u32>,
}

impl Backends {
    /// Open and idle backends of these weights.
    pub fn with_weights(weights: impl IntoIterator<Item = u32>) -> Self {
        let mut backends = Self::default();
        for weight in weights {
            backends.add(weight);
        }
        backends
    }

    /// Adds one that is open and idle, and gives its number.
    pub fn add(&mut self, weight: u32) -> usize {
        let number = self.list.len();
        self.list.push(Backend {
            weight,
            load: 0,
            open: true,
        });
        self.open.push(number as u32);
        number
    }

    /// Opens or closes one; whether that changed anything.
    pub fn set_open(&mut self, backend: usize, open: bool) -> bool {
        if self.list[backend].open == open {
            return false;
        }
        self.list[backend].open = open;
        self.open.clear();
        let numbered = (0_u32..).zip(&self.list);
        self.open
            .extend(numbered.filter(|(_, b)| b.open).map(|(number, _)| number));
        true
    }

    /// Changes what one is worth; whether that changed anything.
    pub fn set_weight(&mut self, backend: usize, weight: u32) -> bool {
        std::mem::replace(&mut self.list[backend].weight, weight) != weight
    }

    /// Says how busy one is.
    pub fn set_load(&mut self, backend: usize, load: u32) {
        self.list[backend].load = load;
    }

    /// One more or one less request is out at it.
    pub fn count(&mut self, backend: usize, more: i32) {
        let load = &mut self.list[backend].load;
        *load = load.saturating_add_signed(more);
    }

    /// All of them, by number.
    pub fn all(&self) -> &[Backend] {
        &self.list
    }

    /// The numbers of the open ones, in order.
    pub fn open(&self) -> &[u32] {
        &self.open
    }

    /// The open ones, with their numbers.
    pub fn iter_open(&self) -> impl Iterator<Item = (usize, &Backend)> + Clone {
        let open = self.open.iter().map(|number| *number as usize);
        open.map(|number| (number, &self.list[number]))
    }

    /// Whether a request more at `one` is borne more easily than at `other`.
    fn is_less_busy(&self, one: usize, other: usize) -> bool {
        self.list[one].against(self.list[other]) == Ordering::Less
    }
}
