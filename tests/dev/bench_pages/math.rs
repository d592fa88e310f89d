//! The arithmetic of the bench: medians and percentiles of what was measured.

use std::time::Duration;

/// The middle of these values, or the mean of the middle two; nothing of nothing.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// The value that `percent` of all are at or below, by nearest rank.
pub fn percentile(values: &[Duration], percent: usize) -> Option<Duration> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// Milliseconds of one of `requests` that took `used` together.
pub fn each(used: Duration, requests: usize) -> f64 {
    let requests = u32::try_from(requests.max(1)).unwrap_or(u32::MAX);
    used.as_secs_f64() * 1_000.0 / f64::from(requests)
}

/// How many requests use about `wanted` of processor time when `tried` of them used `used`; at most a hundred times as
/// many as were tried.
pub fn enough(wanted: Duration, used: Duration, tried: usize) -> usize {
    let most = tried * 100;
    let wanted = wanted.as_micros() * u128::try_from(tried).unwrap_or(u128::MAX);
    usize::try_from(wanted.div_ceil(used.as_micros().max(1)))
        .unwrap_or(most)
        .clamp(1, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 100.0]), Some(3.0));
    }

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let values: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(&values, 50), Some(Duration::from_millis(100)));
        assert_eq!(percentile(&values, 99), Some(Duration::from_millis(198)));
        assert_eq!(percentile(&values[..1], 99), Some(Duration::from_millis(200)));
        assert_eq!(percentile(&[], 99), None);
    }

    #[test]
    fn a_request_takes_its_share() {
        assert!((each(Duration::from_secs(1), 400) - 2.5).abs() < 1e-9);
        assert_eq!(enough(Duration::from_secs(1), Duration::from_millis(20), 10), 500);
        assert_eq!(enough(Duration::from_secs(1), Duration::from_secs(4), 3), 1);
        // Too short to be measured: not for ever.
        assert_eq!(enough(Duration::from_secs(1), Duration::ZERO, 10), 1_000);
    }
}
