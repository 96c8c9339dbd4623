//! Which metrics a comparison shows, and what is told of those that it cannot.

use std::collections::{BTreeMap, BTreeSet};

use super::Failure;
use super::limit::MetricArgument;
use super::output::tell;
use crate::experiment::defined;
use crate::metric::{METRICS, Value};

/// What is compared if nothing else is asked for.
const DEFAULT: &[&str] =
    &[ANSWERED, "response_ms_mean", "response_ms_p99", "cold_start_fraction", "cost_usd"];

/// What is compared of a release, if nothing else is asked for: what is lost, slow, cold or paid for.
const CAUSED: &[&str] = &[
    "failed",
    "refused",
    "timed_out",
    "slow_requests",
    "response_ms_p99",
    "cold_starts",
    "instance_hours",
    "cost_usd",
];

/// The share of requests that are answered: a value that loses them is no better for being cheap, nor for the short times of
/// those that are left.
const ANSWERED: &str = "availability";

/// By point and replication: the metrics of a run, in the order of the catalogue.
pub(super) type Points = Vec<Vec<Vec<Option<Value>>>>;

/// The metrics that are compared, as far as all runs have them; those that are `asked` for, or else the ones that most want
/// to know, of a release if `caused`. Points are called by their `names`.
pub(super) fn columns(
    asked: &[MetricArgument],
    caused: bool,
    points: &Points,
    names: &[String],
) -> Result<Vec<usize>, Failure> {
    let mut columns: Vec<usize> = if asked.is_empty() {
        let default = if caused { CAUSED } else { DEFAULT };
        default.iter().filter_map(|name| known(name)).collect()
    } else {
        asked.iter().map(|metric| metric.0).collect()
    };
    let mut seen = BTreeSet::new();
    columns.retain(|column| seen.insert(*column));
    if asked.is_empty() {
        columns.retain(|column| says_something(points, *column));
    } else {
        tell(&lost(&columns, points, names));
    }
    tell(&left_out(&columns, points, names));
    columns.retain(|column| defined(points, *column));
    if columns.is_empty() {
        return Err(Failure::error("there is no metric that every run has"));
    }
    Ok(columns)
}

/// The place of a metric in the catalogue.
fn known(name: &str) -> Option<usize> {
    METRICS.iter().position(|metric| metric.name == name)
}

/// Whether any run has the metric, and it is no comparison of nothing: the cost of a scenario without prices is zero
/// everywhere, and that all requests are answered goes without saying.
fn says_something(points: &Points, column: usize) -> bool {
    let idle = if METRICS[column].name == ANSWERED { 1.0 } else { 0.0 };
    let mut values = points.iter().flatten().map(|run| run[column].map(Value::as_f64));
    values.clone().any(|value| value.is_some()) && !values.all(|value| value == Some(idle))
}

/// What cannot be compared, and for want of which values.
fn left_out(columns: &[usize], points: &Points, names: &[String]) -> String {
    let mut groups: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    for &column in columns.iter().filter(|column| !defined(points, **column)) {
        let lacks = points.iter().zip(names).filter(|(runs, _)| {
            let value = |run: &Vec<Option<Value>>| run[column].map(Value::as_f64);
            !runs.iter().all(|run| value(run).is_some_and(f64::is_finite))
        });
        let lacking = lacks.map(|(_, name)| name.as_str()).collect();
        groups.entry(lacking).or_default().push(METRICS[column].name);
    }
    let note = |(lacking, metrics): (Vec<&str>, Vec<&str>)| {
        let (metrics, lacking) = (metrics.join(", "), lacking.join(" and "));
        format!("note: left out, since not every run of {lacking} has a value: {metrics}\n")
    };
    groups.into_iter().map(note).collect()
}

/// That some values answer fewer of the requests than others, where nobody asked.
fn lost(columns: &[usize], points: &Points, names: &[String]) -> String {
    let Some(column) = known(ANSWERED).filter(|column| !columns.contains(column)) else {
        return String::new();
    };
    let mean = |runs: &Vec<Vec<Option<Value>>>| {
        let values: Vec<f64> =
            runs.iter().filter_map(|run| run[column]).map(Value::as_f64).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let means: Vec<Option<f64>> = points.iter().map(mean).collect();
    if means.windows(2).all(|two| two[0] == two[1]) {
        return String::new();
    }
    let said = means.iter().zip(names).map(|(mean, name)| match mean {
        Some(mean) => format!("{mean:.4} at {name}"),
        None => format!("unknown at {name}"),
    });
    let said = said.collect::<Vec<_>>().join(", ");
    format!("note: not all values answer as many of their requests: {ANSWERED} is {said}\n")
}
