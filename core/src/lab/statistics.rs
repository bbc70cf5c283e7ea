//! Means and their uncertainty.

/// Mean and spread of independent measurements.
///
/// ```
/// use orrery_core::lab::Summary;
///
/// let summary = Summary::of(&[9.0, 10.0, 11.0]);
/// assert_eq!((summary.mean, summary.median), (10.0, 10.0));
/// assert!((summary.half_width - 2.484).abs() < 0.001);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// How many measurements there are.
    pub count: usize,
    /// How many runs measured nothing (a share of nothing, the mean of an empty histogram); they
    /// count nowhere else.
    pub missing: usize,
    /// The mean; NaN when there are none.
    pub mean: f64,
    /// Half the width of the 95 % confidence interval of the mean (Student's t); infinite below
    /// two measurements.
    pub half_width: f64,
    /// The smallest.
    pub min: f64,
    /// The 5th percentile.
    pub p5: f64,
    /// The 25th percentile.
    pub p25: f64,
    /// The 50th percentile.
    pub median: f64,
    /// The 75th percentile.
    pub p75: f64,
    /// The 95th percentile.
    pub p95: f64,
    /// The largest.
    pub max: f64,
}

impl Summary {
    /// Summarises `values`, added up in their order; what is not a finite number is missing.
    pub fn of(values: &[f64]) -> Self {
        let present: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        let count = present.len();
        let mean = present.iter().sum::<f64>() / count as f64;
        let half_width = if count < 2 {
            f64::INFINITY
        } else {
            let squares: f64 = present
                .iter()
                .map(|value| (value - mean) * (value - mean))
                .sum();
            let deviation = (squares / (count - 1) as f64).sqrt();
            t_quantile_975(count - 1) * deviation / (count as f64).sqrt()
        };
        let mut sorted = present;
        sorted.sort_by(f64::total_cmp);
        Self {
            count,
            missing: values.len() - count,
            mean,
            half_width,
            min: quantile(&sorted, 0.0),
            p5: quantile(&sorted, 0.05),
            p25: quantile(&sorted, 0.25),
            median: quantile(&sorted, 0.5),
            p75: quantile(&sorted, 0.75),
            p95: quantile(&sorted, 0.95),
            max: quantile(&sorted, 1.0),
        }
    }
}

/// The value below which a share `q` of the `sorted` values lies, interpolated between neighbours
/// (definition 7 of Hyndman and Fan, 1996); NaN of none.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = q.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    low + (high - low) * (place - below as f64)
}

/// The 97.5 % quantile of the standard normal distribution.
pub const fn normal_quantile_975() -> f64 {
    1.959_963_984_540_054
}

/// The 97.5 % quantile of Student's t with so many degrees of freedom, by the asymptotic expansion
/// of Abramowitz and Stegun 26.7.5 from four degrees on (error below 0.5 %), exact before.
pub fn t_quantile_975(degrees: usize) -> f64 {
    match degrees {
        0 => f64::INFINITY,
        1 => 12.706_204_736,
        2 => 4.302_652_730,
        3 => 3.182_446_305,
        _ => {
            let z = normal_quantile_975();
            let n = degrees as f64;
            let z2 = z * z;
            let g1 = z * (z2 + 1.0) / 4.0;
            let g2 = z * (5.0 * z2 * z2 + 16.0 * z2 + 3.0) / 96.0;
            let g3 = z * (3.0 * z2 * z2 * z2 + 19.0 * z2 * z2 + 17.0 * z2 - 15.0) / 384.0;
            z + g1 / n + g2 / (n * n) + g3 / (n * n * n)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t_quantiles_agree_with_the_printed_table() {
        for (degrees, printed) in [
            (1, 12.706),
            (2, 4.303),
            (3, 3.182),
            (5, 2.571),
            (10, 2.228),
            (30, 2.042),
            (120, 1.980),
        ] {
            let computed = t_quantile_975(degrees);
            assert!(
                (computed / printed - 1.0).abs() < 0.005,
                "{degrees}: {computed} against {printed}"
            );
        }
    }

    #[test]
    fn percentiles_are_interpolated_and_what_is_missing_counts_nowhere() {
        let summary = Summary::of(&[4.0, f64::NAN, 1.0, 3.0, 2.0, 5.0, f64::INFINITY]);
        assert_eq!((summary.count, summary.missing), (5, 2));
        assert_eq!((summary.min, summary.p25, summary.max), (1.0, 2.0, 5.0));
        assert_eq!((summary.mean, summary.median), (3.0, 3.0));
        assert!((summary.p95 - 4.8).abs() < 1e-12);
    }

    #[test]
    fn of_one_measurement_nothing_is_known_about_its_spread() {
        assert_eq!(Summary::of(&[2.0]).half_width, f64::INFINITY);
        assert!(Summary::of(&[]).mean.is_nan());
    }
}
