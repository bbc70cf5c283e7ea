//! What queues come to on average, where that is known. Times are in service times.
//!
//! Arrivals are Poisson. `load` is the rate of arrivals over the rate at which one server works;
//! for several servers the load of all together, in erlangs.
//!
//! Sources: L. Kleinrock, *Queueing Systems*, vol. 1, Wiley 1975, chapters 3 (M/M/1, M/M/c, M/M/1/K)
//! and 5 (M/G/1); M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE
//! TPDS 12(10), 2001, section 2 (choices); N. Gast and B. Van Houdt, "A Refined Mean Field
//! Approximation", Proc. ACM Meas. Anal. Comput. Syst. 1(2), 2017 (choices among few).

/// Mean time in a system of one server with exponential work: 1 / (1 − load).
pub fn mm1_time(load: f64) -> f64 {
    1.0 / (1.0 - load)
}

/// The share of calls that have to wait for one of `servers` (Erlang's C formula).
///
/// ```
/// use orrery_core::kernel::path::theory;
///
/// // With one server it is the load.
/// assert!((theory::erlang_c(1, 0.7) - 0.7).abs() < 1e-12);
/// // Two lines at one erlang: a third.
/// assert!((theory::erlang_c(2, 1.0) - 1.0 / 3.0).abs() < 1e-12);
/// ```
pub fn erlang_c(servers: u32, load: f64) -> f64 {
    let lost = erlang_b(servers, load);
    let use_of_each = load / f64::from(servers);
    lost / (1.0 - use_of_each * (1.0 - lost))
}

/// The share of calls that are lost where there are no places to wait (Erlang's B formula; it
/// holds for any distribution of work).
pub fn erlang_b(servers: u32, load: f64) -> f64 {
    (1..=servers).fold(1.0, |lost, n| load * lost / (f64::from(n) + load * lost))
}

/// Mean time in a system of `servers` behind one queue, with exponential work.
pub fn mmc_time(servers: u32, load: f64) -> f64 {
    1.0 + erlang_c(servers, load) / (f64::from(servers) - load)
}

/// Mean time in a system of one server with any work: `variability` is the square of its standard
/// deviation over its mean (Pollaczek and Khinchine).
///
/// ```
/// use orrery_core::kernel::path::theory;
///
/// // Work that varies as little as can be waits half as long as memoryless work.
/// let waits = |variability| theory::mg1_time(0.8, variability) - 1.0;
/// assert!((waits(0.0) * 2.0 - waits(1.0)).abs() < 1e-12);
/// assert!((theory::mg1_time(0.8, 1.0) - theory::mm1_time(0.8)).abs() < 1e-12);
/// ```
pub fn mg1_time(load: f64, variability: f64) -> f64 {
    1.0 + load * (1.0 + variability) / (2.0 * (1.0 - load))
}

/// The probability that a system of one server and room for `room` calls, the one served included,
/// holds `calls`, with exponential work.
fn mm1k_probability(load: f64, room: u32, calls: u32) -> f64 {
    let powers: f64 = (0..=room).map(|n| libm::pow(load, f64::from(n))).sum();
    libm::pow(load, f64::from(calls)) / powers
}

/// The share of calls that find no room in a system of one server and room for `room` calls, the
/// one served included, with exponential work.
pub fn mm1k_refused(load: f64, room: u32) -> f64 {
    mm1k_probability(load, room, room)
}

/// Mean time of the calls that found room in such a system, by Little's law.
pub fn mm1k_time(load: f64, room: u32) -> f64 {
    let calls = (0..=room).map(|n| f64::from(n) * mm1k_probability(load, room, n));
    calls.sum::<f64>() / (load * (1.0 - mm1k_refused(load, room)))
}

/// Mean time in a system of very many servers, each with its own queue and exponential work, where
/// every call goes to the shortest of `choices` queues drawn at random: the sum over i from 1 of
/// load^((choices^i − choices) / (choices − 1)), where `load` is that of one server.
///
/// ```
/// use orrery_core::kernel::path::theory;
///
/// assert!((theory::choices_time(1, 0.9) - 10.0).abs() < 1e-9);
/// assert!((theory::choices_time(2, 0.9) - 2.61).abs() < 0.01);
/// ```
pub fn choices_time(choices: u32, load: f64) -> f64 {
    if choices <= 1 {
        return mm1_time(load);
    }
    let choices = f64::from(choices);
    let (mut exponent, mut power, mut sum) = (0.0, choices, 0.0);
    loop {
        let term = libm::pow(load, exponent);
        sum += term;
        if term < 1e-15 {
            return sum;
        }
        exponent += power;
        power *= choices;
    }
}

/// Mean time in a system of `servers` with exponential work, where every call goes to the shorter
/// of the queues of two different servers drawn at random.
///
/// What [`choices_time`] says of very many servers, and a correction that falls as one over their
/// number (Gast and Van Houdt): exact but for what falls as its square.
///
/// ```
/// use orrery_core::kernel::path::theory;
///
/// let few = theory::two_choices_time(10, 0.9);
/// assert!(few > theory::choices_time(2, 0.9) + 0.1);
/// assert!((theory::two_choices_time(100_000, 0.9) - 2.61).abs() < 0.01);
/// ```
pub fn two_choices_time(servers: u32, load: f64) -> f64 {
    let (limit, correction) = two_choices_calls(load, Draws::Different);
    (limit + correction / f64::from(servers)) / load
}

/// Whether the two that are drawn may be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Draws {
    Different,
    #[cfg(test)]
    Any,
}

/// So many levels of queues: at a load of 0.99 one server in 10^17 has more.
const LEVELS: usize = 12;

/// Calls at a server under two choices: in the limit of many servers, and the correction for n of
/// them times n.
///
/// The share x(k) of servers with k calls or more grows by load (x(k − 1)² − x(k)²) and shrinks by
/// x(k) − x(k + 1). Around the point at which both are equal it fluctuates, and since the squares
/// bend, the fluctuations move its mean.
fn two_choices_calls(load: f64, draws: Draws) -> (f64, f64) {
    let share = |k: usize| libm::pow(load, libm::exp2(k as f64) - 1.0);
    let mut slope = [[0.0; LEVELS]; LEVELS];
    for (i, row) in slope.iter_mut().enumerate() {
        row[i] = -2.0 * load * share(i + 1) - 1.0;
        if i > 0 {
            row[i - 1] = 2.0 * load * share(i);
        }
        if i + 1 < LEVELS {
            row[i + 1] = 1.0;
        }
    }
    // The covariance w of the fluctuations: slope w + w slope^T + noise = 0, where every call that
    // comes or goes moves one share, and as many come as go.
    let place = |i: usize, j: usize| i * LEVELS + j;
    let mut equations = vec![vec![0.0; LEVELS * LEVELS + 1]; LEVELS * LEVELS];
    for i in 0..LEVELS {
        for j in 0..LEVELS {
            let equation = &mut equations[place(i, j)];
            for l in 0..LEVELS {
                equation[place(l, j)] += slope[i][l];
                equation[place(i, l)] += slope[j][l];
            }
            if i == j {
                equation[LEVELS * LEVELS] = -2.0 * (share(i + 1) - share(i + 2));
            }
        }
    }
    let covariance = solve(equations);
    let variance = |level: usize| match level {
        0 => 0.0,
        level => covariance[place(level - 1, level - 1)],
    };
    // Who is drawn first is not drawn again: that both have k calls is rarer by this.
    let apart = |k: usize| match draws {
        Draws::Different => share(k) * (1.0 - share(k)),
        #[cfg(test)]
        Draws::Any => 0.0,
    };
    let moved = (0..LEVELS).map(|i| {
        let bends = load * (variance(i) - variance(i + 1));
        let differs = load * (apart(i + 1) - apart(i));
        let mut equation = slope[i].to_vec();
        equation.push(-bends - differs);
        equation
    });
    let correction = solve(moved.collect()).iter().sum();
    ((1..=LEVELS).map(share).sum(), correction)
}

/// Solves linear equations by elimination: in each row the coefficients, then the right side.
fn solve(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    let count = rows.len();
    for column in 0..count {
        let largest = (column..count)
            .max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()))
            .unwrap_or(column);
        rows.swap(column, largest);
        let pivot = rows[column].clone();
        for (i, row) in rows.iter_mut().enumerate() {
            let factor = row[column] / pivot[column];
            if i != column && factor != 0.0 {
                for (value, own) in row.iter_mut().zip(&pivot).skip(column) {
                    *value -= factor * own;
                }
            }
        }
    }
    let solved = rows.iter().enumerate();
    solved.map(|(i, row)| row[count] / row[i]).collect()
}

/// The number of balls in the fullest of `bins`, on average, when as many balls are put, one after
/// the other, each into the emptiest of `choices` bins drawn at random.
///
/// Exact for one choice. For more it is the limit of many bins, in which the share of bins with at
/// least i balls grows as the share with i − 1 to the power of `choices` less its own (Mitzenmacher,
/// section 3), and the bins with so many are taken to be as many as a Poisson variable says.
///
/// ```
/// use orrery_core::kernel::path::theory;
///
/// // Two balls into two bins: together in half of all cases.
/// assert!((theory::fullest_bin(2, 1) - 1.5).abs() < 1e-12);
/// assert!(theory::fullest_bin(64, 2) < theory::fullest_bin(64, 1) - 1.0);
/// ```
pub fn fullest_bin(bins: u32, choices: u32) -> f64 {
    let at_least: Vec<f64> = match choices {
        0 | 1 => (1..=bins).map(|i| 1.0 - all_below(bins, i)).collect(),
        _ => {
            let expected = shares_at_least(choices).map(|share| share * f64::from(bins));
            expected.map(|bins| 1.0 - libm::exp(-bins)).to_vec()
        }
    };
    // The first ball lies somewhere.
    1.0 + at_least.iter().skip(1).sum::<f64>()
}

/// The probability that no bin has `limit` balls or more: n! / n^n times the coefficient of x^n in
/// (1 + x + … + x^(limit − 1) / (limit − 1)!)^n. Kept in range by scaling with n in every step.
fn all_below(bins: u32, limit: u32) -> f64 {
    let count = bins as usize;
    let mut chances = vec![0.0; count + 1];
    chances[0] = 1.0;
    // After k bins, chances[m] is the probability that the first m balls, dropped into k bins, stay
    // below the limit, up to factors that cancel: a bin takes j of m balls in binomial numbers.
    for bin in 1..=bins {
        let mut next = vec![0.0; count + 1];
        let share = 1.0 / f64::from(bin);
        for (balls, chance) in next.iter_mut().enumerate() {
            let mut binomial = libm::pow(1.0 - share, balls as f64);
            for (in_bin, _) in (0..=balls).zip(0..limit) {
                if in_bin > 0 && bin > 1 {
                    let ways = (balls - in_bin + 1) as f64 / in_bin as f64;
                    binomial *= ways * share / (1.0 - share);
                } else if in_bin > 0 {
                    binomial = f64::from(u8::from(in_bin == balls));
                }
                *chance += binomial * chances[balls - in_bin];
            }
        }
        chances = next;
    }
    chances[count]
}

/// The share of bins with at least 1, 2, … balls once as many balls as bins were put.
fn shares_at_least(choices: u32) -> [f64; 12] {
    const STEPS: u32 = 4_000;
    let step = 1.0 / f64::from(STEPS);
    let grows = |shares: &[f64; 12]| {
        let mut rates = [0.0; 12];
        let mut before = 1.0;
        for (rate, share) in rates.iter_mut().zip(shares) {
            let own = libm::pow(*share, f64::from(choices));
            *rate = before - own;
            before = own;
        }
        rates
    };
    let mut shares = [0.0; 12];
    for _ in 0..STEPS {
        // The midpoint rule.
        let rates = grows(&shares);
        let middle = std::array::from_fn(|i| shares[i] + rates[i] * step / 2.0);
        let rates = grows(&middle);
        shares = std::array::from_fn(|i| shares[i] + rates[i] * step);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64, room: f64) {
        assert!((a - b).abs() < room, "{a} against {b}");
    }

    #[test]
    fn the_formulas_agree_where_they_meet() {
        near(mmc_time(1, 0.6), mm1_time(0.6), 1e-12);
        near(mm1k_time(0.5, 200), mm1_time(0.5), 1e-12);
        near(mm1k_refused(1.0, 4), 0.2, 1e-12);
        near(
            choices_time(2, 0.5),
            1.0 + 0.25 + 0.015_625 + 0.000_061,
            1e-5,
        );
    }

    #[test]
    fn two_choices_among_few_servers_are_corrected_as_published() {
        // The mean queue at a load of 0.9, where the same server may be drawn twice.
        let (limit, correction) = two_choices_calls(0.9, Draws::Any);
        for (servers, calls) in [(10.0, 2.7513), (20.0, 2.5520)] {
            near(limit + correction / servers, calls, 1e-4);
        }
        near(limit / 0.9, choices_time(2, 0.9), 1e-9);
    }

    #[test]
    fn erlangs_table_is_met() {
        // Printed tables of Erlang's C: 5 servers at 4 erlangs, 10 at 8.
        near(erlang_c(5, 4.0), 0.5541, 1e-4);
        near(erlang_c(10, 8.0), 0.4092, 1e-4);
    }

    #[test]
    fn the_fullest_bin_agrees_with_counting_every_case() {
        // Three balls into three bins: 27 ways, of which 6 have a fullest of 1 and 3 of 3.
        near(
            fullest_bin(3, 1),
            (6.0 + 2.0 * 18.0 + 3.0 * 3.0) / 27.0,
            1e-12,
        );
        // Two choices: the share of bins with a ball is tanh 1.
        near(shares_at_least(2)[0], libm::tanh(1.0), 1e-6);
    }
}
