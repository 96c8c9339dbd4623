//! summary.csv: the mean of each metric at each point of a sweep, and its interval.

use std::path::Path;

use super::ChartError;
use super::grid::Grid;
use super::scale::Scale;
use super::sheet::Sheet;
use crate::quantity::suggest::did_you_mean;

/// The file.
pub(in crate::report) const FILE: &str = "summary.csv";

/// What is shown if nobody asks for a metric: the first of these that is defined.
const DEFAULTS: [&str; 3] = ["response_ms_p99", "cold_start_fraction", "cost_usd"];

/// The file in memory.
#[derive(Debug)]
pub(in crate::report) struct Summary {
    /// The points.
    pub(in crate::report) grid: Grid,
    /// The columns behind the axes, and the number of each point in each.
    columns: Vec<String>,
    rows: Vec<Vec<Option<f64>>>,
}

/// What a legend says of points that are lossy.
pub(super) const LOSSY: &str =
    "hollow: more than 1 % of requests lost, or 10 % unanswered at the end";

/// A mean and how far the true one may be from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) mean: f64,
    /// Zero if there is no interval.
    pub(super) half_width: f64,
    /// What cannot be exceeded: 1 for a share.
    pub(super) most: f64,
}

impl Estimate {
    pub(super) fn low(self) -> f64 {
        self.mean - self.half_width
    }

    pub(super) fn high(self) -> f64 {
        (self.mean + self.half_width).min(self.most.max(self.mean))
    }
}

/// A scale around means and their intervals: logarithmic if the means span decades.
pub(super) fn around<'a>(
    estimates: impl Iterator<Item = &'a Estimate> + Clone,
    zero: bool,
    ticks: usize,
) -> Scale {
    let means: Vec<f64> = estimates.clone().map(|estimate| estimate.mean).collect();
    let scale = Scale::fitting(&means, zero, ticks);
    // The lower end of a wide interval may be below zero, where no time and no cost is.
    let ends = estimates.flat_map(|estimate| {
        let least = if scale.log { estimate.mean / 4.0 } else { 0.0 };
        [estimate.low().max(least), estimate.high()]
    });
    if scale.log { Scale::log(ends).unwrap_or(scale) } else { Scale::linear(ends, zero, ticks) }
}

impl Summary {
    /// The summary in `folder`.
    pub(in crate::report) fn read(folder: &Path) -> Result<Self, ChartError> {
        let mut sheet = Sheet::open(folder, FILE)?;
        let axes = sheet.column("replications")?;
        let mut grid = Grid::new(&sheet, axes);
        let columns = sheet.columns()[axes..].to_vec();
        let mut rows = Vec::new();
        while sheet.next()? {
            let point = grid.point(&sheet.texts(axes));
            let cells = axes..axes + columns.len();
            let row: Vec<_> = cells.map(|column| sheet.number(column)).collect::<Result<_, _>>()?;
            // A sample may take a point twice, and the same seeds give it the same figures.
            match rows.get(point) {
                None => rows.push(row),
                Some(known) if *known == row => {}
                Some(_) => return Err(sheet.wrong(0, "each point once")),
            }
        }
        Ok(Self { grid: grid.finish(), columns, rows })
    }

    /// The columns behind the axes.
    pub(in crate::report) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The number of each point in the column `name`, in the order of the points; `None` if there is
    /// no such column.
    pub(in crate::report) fn column(&self, name: &str) -> Option<Vec<Option<f64>>> {
        let column = self.columns.iter().position(|column| column == name)?;
        Some(self.rows.iter().map(|row| row[column]).collect())
    }

    /// The estimate of `metric` at each point; `None` if it is defined at none.
    pub(super) fn estimates(&self, metric: &str) -> Option<Vec<Option<Estimate>>> {
        let column = |name: String| self.columns.iter().position(|column| *column == name);
        let mean = column(format!("{metric}_mean"))?;
        let half_width = column(format!("{metric}_half_width"));
        let share = metric.ends_with("_fraction") || metric.ends_with("utilisation");
        let most = if share { 1.0 } else { f64::INFINITY };
        let estimate = |row: &Vec<Option<f64>>| {
            let half_width = half_width.and_then(|column| row[column]).unwrap_or(0.0);
            row[mean].map(|mean| Estimate { mean, half_width, most })
        };
        let estimates: Vec<_> = self.rows.iter().map(estimate).collect();
        estimates.iter().any(Option::is_some).then_some(estimates)
    }

    /// The estimate of `metric` at each point; no data if it is defined at none.
    pub(super) fn needed(&self, metric: &str) -> Result<Vec<Option<Estimate>>, ChartError> {
        self.estimates(metric).ok_or_else(|| {
            ChartError::NoData(format!("`{metric}` is not defined at any point of {FILE}"))
        })
    }

    /// Whether more than one request in a hundred was lost at `point`, or more than one in ten was still under way at the
    /// end, where some always are: figures of those that were completed do not speak for all.
    pub(super) fn is_lossy(&self, point: usize) -> bool {
        // Both are guesses.
        const LOST: f64 = 0.01;
        const UNDER_WAY: f64 = 0.1;
        let mean = |metric| self.estimates(metric)?[point].map(|estimate| estimate.mean);
        let (Some(sent), Some(completed)) = (mean("requests"), mean("completed")) else {
            return false;
        };
        let under_way = mean("in_flight").unwrap_or(0.0);
        sent - completed - under_way > LOST * sent || under_way > UNDER_WAY * sent
    }

    /// The metric to show, and its estimates: the one that was asked for, or one that is defined.
    pub(super) fn choose(
        &self,
        asked: Option<&str>,
    ) -> Result<(String, Vec<Option<Estimate>>), ChartError> {
        let known: Vec<&str> =
            self.columns.iter().filter_map(|column| column.strip_suffix("_mean")).collect();
        let name = match asked {
            Some(asked) if known.contains(&asked) => asked,
            Some(asked) => {
                let meant = did_you_mean(asked, &known);
                let meant =
                    meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
                return Err(ChartError::Broken(format!("{FILE} has no metric `{asked}`{meant}")));
            }
            None => DEFAULTS
                .into_iter()
                .chain(known)
                .find(|name| self.estimates(name).is_some())
                .ok_or_else(|| ChartError::NoData(format!("no metric of {FILE} is defined")))?,
        };
        Ok((name.to_owned(), self.needed(name)?))
    }
}
