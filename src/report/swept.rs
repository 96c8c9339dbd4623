//! A sweep as a person reads it: a row a point, with the metrics that most ask for.

use super::chart::label;
use super::number::count;
use super::table::{GAP, width_of};
use super::{Align, Estimate, Swept, Table};
use crate::experiment::{Axis, Plan};
use crate::metric::METRICS;

/// The metrics shown, those that matter most first: label, name, and what the label's unit is of
/// the metric's.
const COLUMNS: &[(&str, &str, f64)] = &[
    ("p50 ms", "response_ms_p50", 1.0),
    ("p99 ms", "response_ms_p99", 1.0),
    ("USD", "cost_usd", 1.0),
    ("cold %", "cold_start_fraction", 100.0),
    ("taken back", "releases_rolled_back", 1.0),
    ("failed at new", "new_version_failed", 1.0),
    ("requests", "requests", 1.0),
    ("refused", "refused", 1.0),
    ("timed out", "timed_out", 1.0),
    ("failed", "failed", 1.0),
    ("util %", "utilisation", 100.0),
    ("idle GiB s", "wasted_memory_gib_s", 1.0),
];

/// Columns of an axis that are left to it, at least, unless the axes together would take more than half.
const LEAST_OF_AXIS: usize = 24;

/// The points of a sweep, each metric as mean ± half-width, in at most `columns` columns; metrics
/// that are nothing at every point are left out, and so are those that have no room, which a line names.
pub fn swept(plan: &Plan, swept: &Swept, columns: usize) -> String {
    let paths: Vec<&str> = plan.axes().iter().map(Axis::path).collect();
    let axes = short(&paths);
    let values = named(&swept.first, axes.len());
    let least = LEAST_OF_AXIS.min((columns / 2 / axes.len().max(1)).saturating_sub(GAP));
    let width = |axis: usize| {
        let cells = values.iter().map(|cells| width_of(&cells[axis]));
        GAP + cells.max().unwrap_or(0).max(width_of(&axes[axis])).min(least)
    };
    let taken = (0..axes.len()).map(width).sum();
    let (figures, no_room) = figures(&swept.first, columns.saturating_sub(taken));
    let names = axes.iter().map(|axis| (axis.as_str(), Align::Left));
    let head: Vec<_> = names.chain(figures.iter().map(|(name, _)| (*name, Align::Right))).collect();
    if head.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&head);
    for (number, cells) in values.into_iter().enumerate() {
        let figures = figures.iter().map(|(_, cells)| cells[number].clone());
        table.row(cells.into_iter().chain(figures));
    }
    let more = match plan.points() - swept.first.len() as u64 {
        0 => String::new(),
        more => format!("… and {} more points: summary.csv\n", count(more)),
    };
    let only = match &no_room[..] {
        [] => String::new(),
        names => format!("no room here: {}; summary.csv has all\n", names.join(", ")),
    };
    table.render(columns) + &more + &only
}

/// A point: the values of the axes, and what its runs give together.
type Point = (Vec<String>, Vec<Option<Estimate>>);

/// A metric of the table: its label, and a cell a point.
type Figure = (&'static str, Vec<String>);

/// Those of the columns that say something and have `room`, and the labels of those that say something and have none.
fn figures(points: &[Point], mut room: usize) -> (Vec<Figure>, Vec<&'static str>) {
    let (mut figures, mut no_room) = (Vec::new(), Vec::new());
    for &(label, name, factor) in COLUMNS {
        let column = METRICS.iter().position(|metric| metric.name == name);
        let of = |point: &Point| column.and_then(|column| point.1[column]);
        if points.iter().all(|point| of(point).is_none_or(|estimate| estimate.mean == 0.0)) {
            continue;
        }
        let cells: Vec<String> = points.iter().map(|point| shown(of(point), factor)).collect();
        let width = cells.iter().map(|cell| width_of(cell)).max().unwrap_or(0);
        let width = GAP + width.max(width_of(label));
        if width <= room {
            room -= width;
            figures.push((label, cells));
        } else {
            no_room.push(label);
        }
    }
    (figures, no_room)
}

/// By point, the values of the axes in few words.
fn named(points: &[Point], axes: usize) -> Vec<Vec<String>> {
    let names_of = |axis: usize| label::named(points.iter().map(|(cells, _)| cells[axis].as_str()));
    let names: Vec<_> = (0..axes).map(names_of).collect();
    let row = |(cells, _): &Point| {
        cells.iter().zip(&names).map(|(cell, names)| names[cell].clone()).collect()
    };
    points.iter().map(row).collect()
}

fn shown(estimate: Option<Estimate>, factor: f64) -> String {
    let Some(estimate) = estimate else { return super::number::NONE.to_owned() };
    let half_width = estimate.half_width.map(|half_width| half_width * factor);
    let scaled = Estimate { mean: estimate.mean * factor, half_width, n: estimate.n };
    let (mean, half_width) = scaled.shown();
    half_width.map_or(mean.clone(), |half_width| format!("{mean} ± {half_width}"))
}

/// Each path by so few of its last parts as tell it from the others.
fn short(paths: &[&str]) -> Vec<String> {
    let end = |path: &str, parts: usize| {
        let all: Vec<&str> = path.split('.').collect();
        all[all.len().saturating_sub(parts)..].join(".")
    };
    let one = |path: &&str| {
        let parts = path.split('.').count();
        let alone = |parts: &usize| {
            paths.iter().filter(|other| end(other, *parts) == end(path, *parts)).count() == 1
        };
        end(path, (1..=parts).find(alone).unwrap_or(parts))
    };
    paths.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_a_metric() {
        for (_, name, _) in COLUMNS {
            assert!(METRICS.iter().any(|metric| metric.name == *name), "{name}");
        }
    }

    #[test]
    fn paths_are_as_short_as_they_can_be() {
        let paths = ["platform.a.keep_alive", "platform.b.keep_alive", "client.x.rate", "horizon"];
        assert_eq!(short(&paths), ["a.keep_alive", "b.keep_alive", "rate", "horizon"]);
    }
}
