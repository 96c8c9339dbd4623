//! Replications as text: the mean of each metric and how far the true mean may be from it.

use super::number::{NONE, count, mean_and_half_width, significant};
use super::row::Metrics;
use super::table::cut;
use super::{Align, Table};
use crate::kernel::Seed;
use crate::metric::{METRICS, Value};
use crate::stats::Interval;

/// The confidence of the intervals.
const CONFIDENCE: f64 = 0.95;

/// The metrics of all `runs` of the scenario `name`, the first of which has the seed `seed`: mean,
/// half-width of the 95 % interval (Student's t), and of how many runs; in at most `columns`.
pub fn spread(name: &str, seed: Seed, runs: &[&Metrics], columns: usize) -> String {
    let replications = count(runs.len() as u64);
    let rest = format!(", {replications} replications from seed {}", seed.number());
    let name = cut(&super::table::printable(name), columns.saturating_sub(rest.len()));
    let mut table = Table::new(&[
        ("metric", Align::Left),
        ("mean", Align::Right),
        ("± 95 %", Align::Right),
        ("runs", Align::Right),
    ]);
    for (column, metric) in METRICS.iter().enumerate() {
        let values: Vec<f64> =
            runs.iter().filter_map(|run| run[column].1).map(Value::as_f64).collect();
        if values.is_empty() {
            continue;
        }
        let (mean, half_width) = match Interval::of(&values, CONFIDENCE) {
            Some(interval) => mean_and_half_width(interval.mean, interval.half_width),
            None => (significant(values[0], 4), NONE.to_owned()),
        };
        table.row([metric.name.to_owned(), mean, half_width, count(values.len() as u64)]);
    }
    format!("{name}{rest}\n\n{}", table.render(columns))
}
