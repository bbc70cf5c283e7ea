//! The limiter's buckets: one for all clients, or one for each.

use super::algorithm::{KeyedTokenBuckets, Limit, TokenBucket, Tokens};
use super::model::Scope;
use crate::patterns::rate_limiting::limiter::Decision;
use crate::time::SimTime;

/// The limiter's buckets.
#[derive(Debug, Clone)]
pub(super) enum Buckets {
    /// One for all.
    Shared(TokenBucket),
    /// One per client.
    PerClient(KeyedTokenBuckets<u16>),
}

impl Buckets {
    /// Full at `at`.
    pub(super) const fn full(scope: Scope, limit: Limit, at: SimTime) -> Self {
        match scope {
            Scope::Shared => Self::Shared(TokenBucket::full(limit, at)),
            Scope::PerClient => Self::PerClient(KeyedTokenBuckets::full(limit, at)),
        }
    }

    /// Empty at `at`.
    pub(super) const fn empty(scope: Scope, limit: Limit, at: SimTime) -> Self {
        match scope {
            Scope::Shared => Self::Shared(TokenBucket::empty(limit, at)),
            Scope::PerClient => Self::PerClient(KeyedTokenBuckets::empty(limit, at)),
        }
    }

    /// Decides at `at` for a client.
    pub(super) fn decide(&mut self, at: SimTime, client: u16, cost: u64) -> Decision {
        match self {
            Self::Shared(bucket) => bucket.decide(at, cost),
            Self::PerClient(buckets) => buckets.decide(at, &client, cost),
        }
    }

    /// Takes from a client's bucket whatever is there.
    pub(super) fn charge(&mut self, at: SimTime, client: u16, cost: u64) {
        match self {
            Self::Shared(bucket) => bucket.charge(at, cost),
            Self::PerClient(buckets) => buckets.charge(at, &client, cost),
        }
    }

    /// The tokens of a client at `at`.
    pub(super) fn tokens(&self, at: SimTime, client: u16) -> Tokens {
        match self {
            Self::Shared(bucket) => bucket.tokens(at),
            Self::PerClient(buckets) => buckets.tokens(at, &client),
        }
    }

    /// A copy of the bucket of a client.
    pub(super) fn bucket(&self, client: u16) -> TokenBucket {
        match self {
            Self::Shared(bucket) => bucket.clone(),
            Self::PerClient(buckets) => buckets.bucket(&client),
        }
    }

    /// Puts another limit in force from `at` on.
    pub(super) fn set_limit(&mut self, at: SimTime, limit: Limit) {
        match self {
            Self::Shared(bucket) => bucket.set_limit(at, limit),
            Self::PerClient(buckets) => buckets.set_limit(at, limit),
        }
    }

    /// The limit in force.
    pub(super) const fn limit(&self) -> Limit {
        match self {
            Self::Shared(bucket) => *bucket.limit(),
            Self::PerClient(buckets) => *buckets.limit(),
        }
    }

    /// How many buckets are in memory.
    pub(super) fn held(&self) -> usize {
        match self {
            Self::Shared(_) => 1,
            Self::PerClient(buckets) => buckets.held(),
        }
    }
}
