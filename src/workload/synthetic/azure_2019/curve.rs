//! Published curves as numbers: quantiles, and whole populations in order of size.

use super::published::{
    APPLICATIONS, FUNCTIONS, INVOCATIONS, INVOCATIONS_14_DAYS, INVOCATIONS_OF_APPLICATIONS,
    INVOCATIONS_OF_FUNCTIONS, Point, TOP,
};

/// The value that a share of `share` does not exceed: between two points on the line in logarithms
/// of values, or in values if one is 0; the first or last value outside the points.
pub(super) fn quantile(points: &[Point], share: f64) -> f64 {
    let above = points.partition_point(|(_, p)| *p <= share);
    if above == 0 {
        return points[0].0;
    }
    let Some(&(high, next)) = points.get(above) else { return points[points.len() - 1].0 };
    let (low, p) = points[above - 1];
    let part = (share - p) / (next - p);
    if low > 0.0 { low * libm::pow(high / low, part) } else { low + (high - low) * part }
}

/// The middle of the share of element `rank` of `of`, the largest being 0.
fn share(rank: usize, of: usize) -> f64 {
    1.0 - (rank as f64 + 0.5) / of as f64
}

/// Invocations of each function of the whole published day, largest first.
fn functions_of_the_day() -> Vec<u64> {
    let daily = INVOCATIONS as f64 / INVOCATIONS_14_DAYS;
    let last = INVOCATIONS_OF_FUNCTIONS[INVOCATIONS_OF_FUNCTIONS.len() - 1];
    let start = FUNCTIONS as f64 * (1.0 - last.1);
    let least_of_top = TOP[TOP.len() - 1].invocations * daily;
    // Between the curve and the functions that are known: a power of the rank.
    let slope = libm::log(least_of_top / last.0) / libm::log(start / TOP.len() as f64);
    let count = |rank: usize| {
        if let Some(top) = TOP.get(rank) {
            return (top.invocations * daily).round();
        }
        let place = rank as f64 + 0.5;
        if place < start {
            return (last.0 * libm::pow(start / place, slope)).round();
        }
        quantile(INVOCATIONS_OF_FUNCTIONS, share(rank, FUNCTIONS)).ceil()
    };
    let mut counts: Vec<u64> = (0..FUNCTIONS).map(|rank| count(rank) as u64).collect();
    let between = TOP.len()..start as usize;
    let rest =
        INVOCATIONS - counts.iter().sum::<u64>() + counts[between.clone()].iter().sum::<u64>();
    scale(&mut counts[between], rest);
    counts
}

/// Scales `values` so that they add up to `total`.
fn scale(values: &mut [u64], total: u64) {
    let factor = total as f64 / values.iter().sum::<u64>() as f64;
    let (mut sum, mut given) = (0, 0);
    for value in values {
        sum += *value;
        let due = (sum as f64 * factor).round() as u64;
        *value = due - given;
        given = due;
    }
}

/// Invocations a day of `functions` functions, largest first. Each stands for the same number of
/// functions of the published day and has as many invocations as they have in the mean.
pub(super) fn invocations_of_functions(functions: usize) -> Vec<u64> {
    means(&functions_of_the_day(), functions)
}

/// Invocations a day of `applications` applications, largest first, likewise.
pub(super) fn invocations_of_applications(applications: usize) -> Vec<u64> {
    let functions = functions_of_the_day();
    let last = INVOCATIONS_OF_APPLICATIONS[INVOCATIONS_OF_APPLICATIONS.len() - 1].1;
    let count = |rank: usize| match share(rank, APPLICATIONS) {
        share if share > last => functions[rank],
        share => quantile(INVOCATIONS_OF_APPLICATIONS, share).ceil() as u64,
    };
    let counts: Vec<u64> = (0..APPLICATIONS).map(count).collect();
    means(&counts, applications)
}

/// `values`, descending, as `parts` whole numbers, descending: the means of as many equal parts,
/// rounded so that every sum of the first is right to a half.
fn means(values: &[u64], parts: usize) -> Vec<u64> {
    let width = values.len() as f64 / parts as f64;
    let (mut sum, mut whole) = (0, 0);
    let mut up_to = |place: f64| {
        while whole < (place as usize).min(values.len()) {
            sum += values[whole];
            whole += 1;
        }
        let part = (place - whole as f64) * values.get(whole).map_or(0.0, |value| *value as f64);
        ((sum as f64 + part) / width).round() as u64
    };
    let mut before = 0;
    let mean = |part: usize| {
        let end = up_to((part + 1) as f64 * width);
        let mean = end - before;
        before = end;
        mean
    };
    let mut means: Vec<u64> = (0..parts).map(mean).collect();
    means.sort_unstable_by(|a, b| b.cmp(a));
    means
}
