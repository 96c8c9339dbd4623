//! Replications as text: the mean of each metric and how far the true mean may be from it.

use super::estimate::{CONFIDENCE, Estimate};
use super::number::count;
use super::row::Metrics;
use super::table::cut;
use super::{Align, Table};
use crate::kernel::Seed;
use crate::metric::{METRICS, Value};

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
            runs.iter().filter_map(|run| run[column]).map(Value::as_f64).collect();
        let Some(estimate) = Estimate::of(&values, CONFIDENCE) else { continue };
        let (mean, half_width) = estimate.shown();
        table.row([metric.name.to_owned(), mean, half_width, count(estimate.n)]);
    }
    format!("{name}{rest}\n\n{}", table.render(columns))
}
