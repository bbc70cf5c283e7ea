//! Real numbers as text, in little code.
//!
//! What the standard library writes them with is made for every width and every size: with its tables it
//! takes some 6 kB of what each page loads. What is shown here has few digits, which whole numbers do
//! exactly; the rest is done by hand, digit by digit.

use std::f64::consts::TAU;
use std::fmt;

/// The most decimals with which the digits of any number fit 64 bits: 2⁵³ × 10³ < 2⁶³.
const MOST_DECIMALS: usize = 3;

/// Whole numbers with fewer digits, and powers of ten up to it, are real numbers too, and so is what
/// comes closest to the quotient of both.
const EXACT: f64 = 1e15;

/// What the smallest numbers are multiples of, as a power of two, in quarters.
const LEAST_EXPONENT: i32 = -1076;

/// No real number needs more digits to be told from all others.
const MOST_DIGITS: usize = 17;

/// A number with as few digits as read back as the same.
///
/// ```
/// use orrery_core::real::plain;
///
/// assert_eq!(plain(0.25).to_string(), "0.25");
/// assert_eq!(plain(-40.0).to_string(), "-40");
/// ```
pub const fn plain(value: f64) -> Decimal {
    Decimal {
        value,
        decimals: None,
    }
}

/// A number rounded to so many decimals; what lies in the middle goes to the even digit.
///
/// ```
/// use orrery_core::real::fixed;
///
/// assert_eq!(fixed(2.0 / 3.0, 2).to_string(), "0.67");
/// assert_eq!(fixed(12.5, 0).to_string(), "12");
/// ```
pub const fn fixed(value: f64, decimals: usize) -> Decimal {
    Decimal {
        value,
        decimals: Some(decimals),
    }
}

/// A number, or whichever end of a range it lies beyond; what is no number stays so. `f64::clamp` has
/// words for a range that is none, and with them all that writes numbers.
pub fn within(value: f64, low: f64, high: f64) -> f64 {
    if value < low {
        low
    } else if value > high {
        high
    } else {
        value
    }
}

/// Sine and cosine of an angle in turns. `libm` takes angles of any size in radians, for which it needs
/// a long table of the digits of π; of whole turns there is nothing to take off but the turns.
pub fn sin_cos(turns: f64) -> (f64, f64) {
    // The nearest of the four axes, and the angle beyond it: at most an eighth of a turn.
    let axis = (turns * 4.0).round_ties_even();
    let angle = (turns - axis / 4.0) * TAU;
    let sin = angle * series(angle, &SINE);
    let cos = series(angle, &COSINE);
    match axis as i64 & 3 {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

/// By what each term of the two series of Taylor is less than the one before; with one more they would
/// differ by less than half of a last digit.
const SINE: [f64; 8] = steps(1);
const COSINE: [f64; 8] = steps(0);

const fn steps(first: u32) -> [f64; 8] {
    let mut steps = [0.0; 8];
    let mut term = 0;
    while term < steps.len() {
        let degree = 2.0 * (term + 1) as f64 + first as f64;
        steps[term] = 1.0 / (degree * (degree - 1.0));
        term += 1;
    }
    steps
}

fn series(angle: f64, steps: &[f64]) -> f64 {
    let square = angle * angle;
    let terms = steps.iter().rev();
    terms.fold(1.0, |sum, step| 1.0 - sum * square * step)
}

/// A number to be written, as [`plain`] and [`fixed`] make them.
#[derive(Clone, Copy)]
pub struct Decimal {
    value: f64,
    /// How many are written; as few as are needed without.
    decimals: Option<usize>,
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.value.abs();
        if !size.is_finite() {
            let is_below = self.value < 0.0;
            return f.pad(match (size.is_nan(), is_below) {
                (true, _) => "NaN",
                (_, true) => "-inf",
                (_, false) => "inf",
            });
        }
        let mut text = String::new();
        let done = match self.decimals {
            None => put_few(&mut text, size),
            Some(decimals) => put_rounded(&mut text, size, decimals),
        };
        if !done {
            put_by_hand(&mut text, size, self.decimals);
        }
        f.pad_integral(self.value.is_sign_positive(), "", &text)
    }
}

/// A whole number with a point before its last `decimals`.
pub(crate) fn put(text: &mut String, mut number: u64, decimals: usize) {
    let mut digits = [0; 24];
    let mut start = digits.len();
    let point = start - decimals;
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 && start < point {
            break;
        }
    }
    let (whole, rest) = digits[start..].split_at(point - start);
    put_digits(text, whole);
    if decimals > 0 {
        text.push('.');
        put_digits(text, rest);
    }
}

fn put_digits(text: &mut String, digits: &[u8]) {
    text.extend(digits.iter().map(|digit| char::from(*digit)));
}

/// Writes a number that takes up to 15 digits: with each decimal more, one looks whether that is it.
fn put_few(text: &mut String, size: f64) -> bool {
    let (mut power, mut decimals) = (1.0, 0);
    while size * power < EXACT && power <= EXACT {
        let digits = size * power + 0.5;
        if (digits as u64) as f64 / power == size {
            put(text, digits as u64, decimals);
            return true;
        }
        power *= 10.0;
        decimals += 1;
    }
    false
}

/// Writes a number with a few decimals, if all fits 64 bits.
fn put_rounded(text: &mut String, size: f64, decimals: usize) -> bool {
    let (whole, exponent) = parts(size);
    if decimals > MOST_DECIMALS || exponent > 0 {
        return false;
    }
    let mut digits = whole;
    for _ in 0..decimals {
        digits *= 10;
    }
    let behind = exponent.unsigned_abs();
    // Less than half of the last digit.
    if behind >= u64::BITS {
        put(text, 0, decimals);
        return true;
    }
    let kept = digits >> behind;
    let (gone, unit) = (digits - (kept << behind), 1_u64 << behind);
    let up = gone > unit / 2 || (gone == unit / 2 && gone > 0 && kept % 2 == 1);
    put(text, kept + u64::from(up), decimals);
    true
}

/// The whole number and the exponent of two that a number is made of (IEEE 754, binary64).
const fn parts(size: f64) -> (u64, i32) {
    const BITS: u32 = 52;
    const BIAS: i32 = 1075;
    let bits = size.to_bits();
    let (fraction, exponent) = (bits & ((1 << BITS) - 1), (bits >> BITS) as i32);
    match exponent {
        0 => (fraction, 1 - BIAS),
        exponent => (fraction | (1 << BITS), exponent - BIAS),
    }
}

/// Writes any number, slowly.
fn put_by_hand(text: &mut String, size: f64, decimals: Option<usize>) {
    let (whole, exponent) = parts(size);
    // Quarters, in which the middle between two neighbours is whole.
    let exponent = exponent - 2;
    let behind = usize::try_from(-exponent).unwrap_or(0);
    let exact = Digits::of(4 * whole, exponent);
    let rounded = match decimals {
        Some(decimals) => exact.rounded(behind.saturating_sub(decimals)),
        None => {
            // Below a power of two, neighbours lie closer.
            let nearer = whole == 1 << 52 && exponent > LEAST_EXPONENT;
            let low = Digits::of(4 * whole - if nearer { 1 } else { 2 }, exponent);
            let high = Digits::of(4 * whole + 2, exponent);
            let reads_back = |rounded: &Digits| match whole % 2 {
                0 => low <= *rounded && *rounded <= high,
                _ => low < *rounded && *rounded < high,
            };
            let mut tries =
                (1..=MOST_DIGITS).map(|kept| exact.rounded(exact.len().saturating_sub(kept)));
            tries.find(reads_back).unwrap_or(exact)
        }
    };
    rounded.put(text, behind, decimals);
}

/// The decimal digits of a whole number, the first of them first.
#[derive(PartialEq, Eq)]
struct Digits(Vec<u8>);

impl Digits {
    /// Those of `whole` × 2 to the `exponent`; where that is negative, all decimals count as whole.
    fn of(whole: u64, exponent: i32) -> Self {
        let mut text = String::new();
        put(&mut text, whole, 0);
        let mut digits: Vec<u8> = text.bytes().map(|digit| digit - b'0').collect();
        let factor = if exponent < 0 { 5 } else { 2 };
        for _ in 0..exponent.unsigned_abs() {
            let mut carried = 0;
            for digit in digits.iter_mut().rev() {
                let product = *digit * factor + carried;
                (*digit, carried) = (product % 10, product / 10);
            }
            if carried > 0 {
                digits.insert(0, carried);
            }
        }
        Self(digits)
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    /// With zeros for the last `gone` digits.
    fn rounded(&self, gone: usize) -> Self {
        let mut digits = vec![0; gone.saturating_sub(self.len())];
        digits.extend(&self.0);
        let kept = digits.len() - gone;
        let is_odd = kept > 0 && digits[kept - 1] % 2 == 1;
        let up = match digits[kept..].split_first() {
            Some((5, rest)) => is_odd || rest.iter().any(|digit| *digit > 0),
            Some((first, _)) => *first > 5,
            None => false,
        };
        digits[kept..].fill(0);
        let nines = digits[..kept].iter().rev().take_while(|digit| **digit == 9);
        let nines = if up { nines.count() } else { 0 };
        if up {
            digits[kept - nines..kept].fill(0);
            match digits[..kept - nines].last_mut() {
                Some(digit) => *digit += 1,
                None => digits.insert(0, 1),
            }
        }
        Self(digits)
    }

    /// Writes it with the last `behind` digits behind the point: as many as are wanted, or up to the
    /// last that is not zero.
    fn put(&self, text: &mut String, behind: usize, decimals: Option<usize>) {
        let zeros = (behind + 1).saturating_sub(self.len());
        let mut digits = vec![b'0'; zeros];
        digits.extend(self.0.iter().map(|digit| b'0' + digit));
        let (whole, rest) = digits.split_at(digits.len() - behind);
        let first = whole.iter().take_while(|digit| **digit == b'0').count();
        put_digits(text, &whole[first.min(whole.len() - 1)..]);
        let last = rest.iter().rposition(|digit| *digit != b'0');
        let shown = decimals.unwrap_or(last.map_or(0, |last| last + 1));
        if shown > 0 {
            text.push('.');
            let there = shown.min(rest.len());
            put_digits(text, &rest[..there]);
            put_digits(text, &vec![b'0'; shown - there]);
        }
    }
}

impl PartialOrd for Digits {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        let significant = |digits: &Self| {
            let zeros = digits.0.iter().take_while(|digit| **digit == 0);
            zeros.count()
        };
        let (own, others) = (&self.0[significant(self)..], &other.0[significant(other)..]);
        let by_length = own.len().cmp(&others.len());
        Some(by_length.then_with(|| own.cmp(others)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn is_as_the_standard_library_writes_it(value: f64) {
        assert_eq!(plain(value).to_string(), format!("{value}"), "{value:e}");
        for decimals in 0..8 {
            let own = fixed(value, decimals).to_string();
            assert_eq!(own, format!("{value:.decimals$}"), "{value:e}");
        }
    }

    #[test]
    fn every_kind_of_number_is_as_the_standard_library_writes_it() {
        for value in [
            0.0,
            -0.0,
            0.5,
            1.5,
            2.5,
            -0.4,
            0.125,
            0.375,
            0.005,
            9.995,
            0.1 + 0.2,
            1.0 / 3.0,
            999.999_5,
            1e15,
            1e21,
            123_456_789_012_345_680.0,
            9_007_199_254_740_993.0,
            5e-324,
            f64::MIN_POSITIVE,
            f64::EPSILON,
            f64::MAX,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
        ] {
            is_as_the_standard_library_writes_it(value);
        }
    }

    #[test]
    fn sines_are_those_of_the_standard_library_but_for_the_last_digit() {
        for step in -4_000..4_000 {
            let turns = f64::from(step) / 1_600.0;
            let (sin, cos) = sin_cos(turns);
            let (their_sin, their_cos) = libm::sincos(turns * TAU);
            // What theirs are told is off by half of a last digit of an angle up to 16.
            assert!(
                (sin - their_sin).abs() < 2e-15,
                "{turns}: {sin} {their_sin}"
            );
            assert!(
                (cos - their_cos).abs() < 2e-15,
                "{turns}: {cos} {their_cos}"
            );
        }
        assert_eq!(sin_cos(0.25), (1.0, -0.0));
        assert_eq!(sin_cos(-0.5), (-0.0, -1.0));
    }

    #[test]
    fn a_width_and_a_sign_are_kept() {
        assert_eq!(
            format!("{:>6}|{:+}", fixed(1.25, 1), plain(3.0)),
            "   1.2|+3"
        );
    }

    proptest! {
        #[test]
        fn any_number_is_as_the_standard_library_writes_it(bits in any::<u64>()) {
            is_as_the_standard_library_writes_it(f64::from_bits(bits));
        }

        #[test]
        fn so_is_what_has_few_digits(number in -1_000_000_000_i64..1_000_000_000, decimals in 0..12) {
            is_as_the_standard_library_writes_it(number as f64 / libm::pow(10.0, f64::from(decimals)));
        }

        #[test]
        fn and_what_is_computed(one in 0.0..1e6_f64, other in 1.0..1e4_f64) {
            is_as_the_standard_library_writes_it(one / other);
        }
    }
}
