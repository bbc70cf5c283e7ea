//! Closed forms: how often a filter errs, how full it is, and how many keys made it so.

use super::blocked::BLOCK_BITS;

/// The part of `bits` bits that `keys` keys with `hashes` bits each leave set: 1 − e^(−kn/m)
/// (Bloom 1970, with the limit of Broder and Mitzenmacher 2004, section 2.1).
pub fn fill(bits: u64, hashes: u32, keys: u64) -> f64 {
    -libm::expm1(-f64::from(hashes) * keys as f64 / bits as f64)
}

/// The part of strangers that a plain filter takes for members: (1 − e^(−kn/m))^k.
///
/// ```
/// use orrery_core::patterns::sketches::bloom_filter::algorithm::theory;
///
/// assert!((theory::false_positive_rate(9_585, 7, 1_000) - 0.01).abs() < 0.0001);
/// ```
pub fn false_positive_rate(bits: u64, hashes: u32, keys: u64) -> f64 {
    at_fill(fill(bits, hashes, keys), hashes)
}

/// The same for a filter of which this part of the bits is set.
pub fn at_fill(fill: f64, hashes: u32) -> f64 {
    libm::pow(fill, f64::from(hashes))
}

/// The part of strangers that a blocked filter takes for members. A block gets a Poisson number of
/// keys, and errs as a small filter with so many (Putze, Sanders and Singler 2007, equation 3); here
/// each word of it is a filter of its own, to which a key gives one bit in k/8 of all cases.
pub fn blocked_rate(bits: u64, hashes: u32, keys: u64) -> f64 {
    let block = BLOCK_BITS as f64;
    let mean = keys as f64 * block / bits as f64;
    // What a key leaves of a bit that is not set: up to eight bits are in different words.
    let share = f64::from(hashes) / 8.0;
    let unset = match hashes {
        ..=8 => 1.0 - share / 64.0,
        _ => libm::pow(1.0 - 1.0 / 64.0, share),
    };
    // Beyond ten standard deviations nothing counts.
    let most = (mean + 10.0 * mean.sqrt() + 10.0) as u32;
    let mut rate = 0.0;
    for own in 0..=most {
        let own = f64::from(own);
        let weight = own * libm::log(mean.max(f64::MIN_POSITIVE)) - mean - libm::lgamma(own + 1.0);
        rate += libm::exp(weight) * at_fill(1.0 - libm::pow(unset, own), hashes);
    }
    rate
}

/// How many bits a key takes at the rate `rate` with the best number of hashes: log2(1/p) / ln 2,
/// which is 9.585 at 1 %.
pub fn bits_per_key(rate: f64) -> f64 {
    -libm::log2(rate) / std::f64::consts::LN_2
}

/// How many keys leave `ones` of `bits` bits set: −(m/k) ln(1 − X/m) (Swamidass and Baldi 2007).
/// Infinite when all are set.
pub fn cardinality(bits: u64, hashes: u32, ones: u64) -> f64 {
    -libm::log1p(-(ones as f64 / bits as f64)) * bits as f64 / f64::from(hashes)
}
