//! Means and their uncertainty.

/// Mean and spread of independent measurements.
///
/// ```
/// use orrery_core::lab::Summary;
///
/// let summary = Summary::of(&[9.0, 10.0, 11.0]);
/// assert_eq!(summary.mean, 10.0);
/// assert!((summary.half_width - 2.484).abs() < 0.001);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// How many.
    pub count: usize,
    /// Their mean; NaN when there are none.
    pub mean: f64,
    /// Half the width of the 95 % confidence interval of the mean (Student's t); infinite below
    /// two measurements.
    pub half_width: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Summary {
    /// Summarises `values`.
    pub fn of(values: &[f64]) -> Self {
        let count = values.len();
        let mean = values.iter().sum::<f64>() / count as f64;
        let half_width = if count < 2 {
            f64::INFINITY
        } else {
            let squares: f64 = values
                .iter()
                .map(|value| (value - mean) * (value - mean))
                .sum();
            let deviation = (squares / (count - 1) as f64).sqrt();
            t_quantile_975(count - 1) * deviation / (count as f64).sqrt()
        };
        Self {
            count,
            mean,
            half_width,
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }
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
}
