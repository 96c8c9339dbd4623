//! Replications as text: the mean of each metric and how far the true mean may be from it.

use super::estimate::{CONFIDENCE, Estimate};
use super::number::{NONE, count};
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
    let (mut same, mut below_zero) = (false, false);
    for (column, metric) in METRICS.iter().enumerate() {
        let values: Vec<f64> =
            runs.iter().filter_map(|run| run[column]).map(Value::as_f64).collect();
        let Some(estimate) = Estimate::of(&values, CONFIDENCE) else { continue };
        let (mean, half_width) = estimate.shown();
        same |= half_width.is_none() && estimate.n > 1;
        below_zero |= estimate.half_width.is_some_and(|half_width| half_width > estimate.mean);
        let half_width = half_width.unwrap_or_else(|| NONE.to_owned());
        table.row([metric.name.to_owned(), mean, half_width, count(estimate.n)]);
    }
    let mut text = format!("{name}{rest}\n\n{}", table.render(columns));
    if same || below_zero {
        text.push('\n');
    }
    if same {
        text += "± -: the same in all runs that have it, so that no interval can be told\n";
    }
    if below_zero {
        text += "± more than the mean: too few runs; no metric is below zero\n";
    }
    text
}
