//! Closed forms for the ring: how uneven it is, and how much moves.
//!
//! With hash points that are uniform and independent, the share of the circle owned by a node with
//! `a` of the `a + b` points is Beta(a, b) distributed: the spacings of uniform points on a circle
//! are exchangeable and jointly Dirichlet(1, ..., 1) (Devroye, "Non-Uniform Random Variate
//! Generation", 1986, chapter V, section 2), and sums of them are Beta.

/// The coefficient of variation of one node's share when `nodes` nodes have `points` points each:
/// sqrt((n - 1) / (n v + 1)).
///
/// ```
/// use orrery_core::patterns::partitioning::consistent_hashing::algorithm::theory;
///
/// assert!((theory::share_variation(4, 1) - 0.775).abs() < 0.001);
/// assert!((theory::share_variation(4, 200) - 0.061).abs() < 0.001);
/// ```
pub fn share_variation(nodes: u32, points: u32) -> f64 {
    let (nodes, points) = (f64::from(nodes), f64::from(points));
    ((nodes - 1.0) / (nodes * points + 1.0)).sqrt()
}

/// The share below which a node with `own` of the `own + others` points stays with `probability`:
/// the quantile of Beta(own, others), to about twelve digits. 0 without own points, 1 when there
/// are no others.
///
/// ```
/// use orrery_core::patterns::partitioning::consistent_hashing::algorithm::theory;
///
/// // One point each, four nodes: P(share <= x) = 1 - (1 - x)^3.
/// let median = theory::share_quantile(1, 3, 0.5);
/// assert!((1.0 - (1.0 - median) * (1.0 - median) * (1.0 - median) - 0.5).abs() < 1e-9);
/// ```
pub fn share_quantile(own: u64, others: u64, probability: f64) -> f64 {
    if own == 0 {
        return 0.0;
    }
    if others == 0 {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    // Each halving gains a bit; forty reach 1e-12.
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if beta_cdf(own as f64, others as f64, middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// The expected share of the largest of `nodes` nodes with one point each: H_n / n, where H_n is
/// 1 + 1/2 + ... + 1/n (the largest of n spacings of a circle).
pub fn largest_share_of_single_points(nodes: u32) -> f64 {
    let harmonic: f64 = (1..=nodes).map(|k| 1.0 / f64::from(k)).sum();
    harmonic / f64::from(nodes.max(1))
}

/// The expected fraction of keys that move when a node of equal weight joins `nodes` others on the
/// ring: 1 / (n + 1), what the newcomer then owns.
pub fn moved_on_add(nodes: u32) -> f64 {
    1.0 / (f64::from(nodes) + 1.0)
}

/// The fraction of keys that move under `hash mod n` when a node joins `nodes` others:
/// n / (n + 1). Of the n (n + 1) residues only n give the same node under both moduli.
pub fn moved_on_add_modulo(nodes: u32) -> f64 {
    f64::from(nodes) / (f64::from(nodes) + 1.0)
}

/// The expected fraction of keys that move when one of `nodes` nodes of equal weight leaves the
/// ring: 1 / n, what it owned.
pub fn moved_on_remove(nodes: u32) -> f64 {
    1.0 / f64::from(nodes.max(1))
}

/// The fraction of keys that move under `hash mod n` when any one of `nodes` nodes leaves and
/// those behind it move up: (n - 1) / n.
pub fn moved_on_remove_modulo(nodes: u32) -> f64 {
    1.0 - moved_on_remove(nodes)
}

/// The regularised incomplete beta function I_x(a, b), by its continued fraction (NIST DLMF
/// 8.17.22), evaluated on the side where it converges quickly.
fn beta_cdf(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_cdf(b, a, 1.0 - x);
    }
    let log_front = a * libm::log(x) + b * libm::log1p(-x) + libm::lgamma(a + b)
        - libm::lgamma(a)
        - libm::lgamma(b);
    libm::exp(log_front) / a / beta_fraction(a, b, x)
}

/// The continued fraction 1 + d1 / (1 + d2 / (1 + ...)) of DLMF 8.17.22, by Lentz's method.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    // Keeps a vanishing denominator from dividing by zero; far below any digit that counts.
    const TINY: f64 = 1e-300;
    let coefficient = |step: u32| {
        let m = f64::from(step / 2);
        if step.is_multiple_of(2) {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        }
    };
    let (mut fraction, mut upper, mut lower) = (1.0, 1.0, 0.0);
    // Needs about sqrt(max(a, b)) steps; 24 nodes with 1000 points take under 300.
    for step in 1..1_000 {
        let d = coefficient(step);
        let denominator: f64 = 1.0 + d * lower;
        lower = 1.0
            / if denominator.abs() < TINY {
                TINY
            } else {
                denominator
            };
        upper = 1.0 + d / upper;
        if upper.abs() < TINY {
            upper = TINY;
        }
        fraction *= upper * lower;
        if (upper * lower - 1.0).abs() < 1e-14 {
            break;
        }
    }
    fraction
}
