//! Standard exponential variables without a logarithm.
//!
//! The ziggurat of Marsaglia and Tsang ("The Ziggurat Method for Generating Random Variables",
//! Journal of Statistical Software 5(8), 2000): the area under e⁻ˣ is cut into layers of equal
//! area, one of them is chosen at random and a point in it, and the point counts if it lies under
//! the curve. 99 draws in 100 cost one multiplication and one comparison. Layer and point take
//! different bits of a draw, so that they are independent (Doornik, "An Improved Ziggurat Method
//! to Generate Normal Random Samples", 2005).
//!
//! Everything is IEEE arithmetic and `libm`, so that native and wasm draw the same bits. The
//! `rand_distr` crate samples alike, but takes its exponential function from whatever the features
//! of other crates in the build select.

use std::sync::LazyLock;

use super::Random;

const LAYERS: usize = 256;

/// Where the tail begins: with it 256 layers of equal area close at the top of the curve.
const TAIL: f64 = 7.697_117_470_131_487;

/// The area of every layer; the lowest one includes the tail.
const AREA: f64 = 0.003_949_659_822_581_572;

/// The lower right corner of a layer, which lies on the curve except for the lowest layer.
#[derive(Debug, Clone, Copy)]
struct Corner {
    x: f64,
    y: f64,
}

/// From the lowest layer up, and the top of the curve. Computed when first needed, as it would be
/// four kilobytes to download.
static CORNERS: LazyLock<[Corner; LAYERS + 1]> = LazyLock::new(corners);

fn corners() -> [Corner; LAYERS + 1] {
    let on_curve = |x: f64| Corner {
        x,
        y: libm::exp(-x),
    };
    let top = on_curve(0.0);
    let mut corners = [top; LAYERS + 1];
    // As wide as a rectangle with the height of the lowest layer must be to have its area.
    corners[0] = Corner {
        x: AREA / libm::exp(-TAIL),
        y: 0.0,
    };
    corners[1] = on_curve(TAIL);
    for layer in 2..LAYERS {
        let below = corners[layer - 1];
        corners[layer] = on_curve(-libm::log(below.y + AREA / below.x));
    }
    corners
}

/// Draws one (mean 1).
#[inline]
pub(super) fn exponential(random: &mut Random) -> f64 {
    let corners = &*CORNERS;
    let bits = random.bits();
    let layer = (bits % LAYERS as u64) as usize;
    let x = Random::unit_of(bits) * corners[layer].x;
    if x < corners[layer + 1].x {
        x
    } else {
        beside(layer, x, random)
    }
}

/// Decides about a point to the right of where its layer is wholly under the curve.
#[cold]
fn beside(layer: usize, x: f64, random: &mut Random) -> f64 {
    if layer == 0 {
        // Memoryless: beyond any point the law is the same again.
        return TAIL + exponential(random);
    }
    let (low, high) = (CORNERS[layer].y, CORNERS[layer + 1].y);
    if low + random.unit() * (high - low) < libm::exp(-x) {
        x
    } else {
        exponential(random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: usize = 400_000;

    fn draws(seed: u64) -> Vec<f64> {
        let mut random = Random::new(seed);
        (0..DRAWS).map(|_| exponential(&mut random)).collect()
    }

    #[test]
    fn layers_have_equal_areas_and_close_at_the_top() {
        for pair in CORNERS[1..].windows(2) {
            let area = pair[0].x * (pair[1].y - pair[0].y);
            assert!((area / AREA - 1.0).abs() < 1e-9, "{pair:?}: {area}");
        }
        let lowest = TAIL * CORNERS[1].y + CORNERS[1].y;
        assert!((lowest / AREA - 1.0).abs() < 1e-12, "{lowest}");
    }

    #[test]
    fn draws_pass_kolmogorov_and_smirnov_test_against_the_closed_form() {
        for seed in 0..4 {
            let mut draws = draws(seed);
            draws.sort_by(f64::total_cmp);
            let distance = draws
                .iter()
                .enumerate()
                .map(|(rank, x)| {
                    let expected = 1.0 - libm::exp(-x);
                    let (below, upto) = (rank as f64, rank as f64 + 1.0);
                    (expected - below / DRAWS as f64)
                        .abs()
                        .max((upto / DRAWS as f64 - expected).abs())
                })
                .fold(0.0, f64::max);
            // Exceeded by one honest sample in a thousand.
            let critical = 1.95 / (DRAWS as f64).sqrt();
            assert!(distance < critical, "seed {seed}: {distance} > {critical}");
        }
    }

    #[test]
    fn counts_in_narrow_bins_pass_the_chi_square_test() {
        // Bins of equal probability: an error at one layer's edge falls into a few of them.
        const BINS: usize = 1_000;
        let mut counts = [0_u32; BINS];
        for x in draws(5) {
            counts[((1.0 - libm::exp(-x)) * BINS as f64) as usize] += 1;
        }
        let expected = DRAWS as f64 / BINS as f64;
        let statistic: f64 = counts
            .iter()
            .map(|&count| (f64::from(count) - expected).powi(2) / expected)
            .sum();
        // Mean 999, standard deviation 44.7; within four of them.
        assert!((statistic - 999.0).abs() < 179.0, "{statistic}");
    }

    #[test]
    fn moments_are_factorials() {
        let draws = draws(6);
        for (power, moment, tolerance) in [(1, 1.0, 0.006), (2, 2.0, 0.03), (3, 6.0, 0.2)] {
            let mean = draws.iter().map(|x| x.powi(power)).sum::<f64>() / DRAWS as f64;
            assert!((mean - moment).abs() < tolerance, "power {power}: {mean}");
        }
    }

    #[test]
    fn the_tail_is_as_heavy_and_as_long_as_it_should_be() {
        let tail: Vec<f64> = (10..20)
            .flat_map(draws)
            .filter(|&x| x > TAIL)
            .map(|x| x - TAIL)
            .collect();
        let expected = 10.0 * DRAWS as f64 * libm::exp(-TAIL);
        let count = tail.len() as f64;
        assert!((count - expected).abs() < 4.0 * expected.sqrt(), "{count}");
        let mean = tail.iter().sum::<f64>() / count;
        assert!((mean - 1.0).abs() < 4.0 / count.sqrt(), "{mean}");
    }

    #[test]
    fn the_same_seed_draws_the_same_bits_on_every_machine() {
        let mut random = Random::new(42);
        let sum = (0..10_000).fold(0_u64, |sum, _| {
            sum.rotate_left(7) ^ exponential(&mut random).to_bits()
        });
        assert_eq!(sum, 0xe7c8_be84_00cb_473c);
    }
}
