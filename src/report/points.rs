//! runs.csv, summary.csv and quantiles.csv: all runs, and what those of a point give together.

use std::io;

use super::row::{Rows, cell, written};
use super::{Estimate, Folder, FolderError, Part};
use crate::experiment::{Record, Replication};
use crate::kernel::Span;
use crate::metric::{METRICS, Value};
use crate::stats::Histogram;

/// The fractions of quantiles.csv, dense in the tail.
pub const FRACTIONS: &[f64] = &[
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55,
    0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99,
    0.991, 0.992, 0.993, 0.994, 0.995, 0.996, 0.997, 0.998, 0.999, 0.9991, 0.9992, 0.9993, 0.9994,
    0.9995, 0.9996, 0.9997, 0.9998, 0.9999, 1.0,
];

/// The percentiles of summary.csv over the requests of all runs of a point.
const POOLED: &[(&str, f64)] = &[
    ("response_ms_p50_pooled", 0.5),
    ("response_ms_p90_pooled", 0.9),
    ("response_ms_p95_pooled", 0.95),
    ("response_ms_p99_pooled", 0.99),
    ("response_ms_p999_pooled", 0.999),
];

/// Writes the tables of runs, in the order of their points; holds the runs of one point.
#[derive(Debug)]
pub struct PointTables {
    runs: Rows<Part>,
    summary: csv::Writer<Part>,
    quantiles: csv::Writer<Part>,
    confidence: f64,
    tally: Tally,
}

/// The runs of a point so far.
#[derive(Debug, Default)]
struct Tally {
    runs: u64,
    /// By metric.
    values: Vec<Vec<f64>>,
    response: Histogram,
}

impl PointTables {
    /// Tables in `folder` with a column for each of `axes`, and intervals of this confidence.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn new(folder: &Folder, axes: &[&str], confidence: f64) -> Result<Self, FolderError> {
        let failed = |error| folder.failed(error);
        let mut summary = csv::Writer::from_writer(folder.part()?);
        let metrics = METRICS.iter().flat_map(|metric| {
            ["mean", "half_width", "n"].map(|figure| format!("{}_{figure}", metric.name))
        });
        let pooled = POOLED.iter().map(|(name, _)| (*name).to_owned());
        let axes_owned = || axes.iter().map(|axis| (*axis).to_owned());
        let columns = axes_owned().chain(["replications".to_owned()]).chain(metrics).chain(pooled);
        summary.write_record(columns).map_err(written).map_err(failed)?;
        let mut quantiles = csv::Writer::from_writer(folder.part()?);
        let columns = axes.iter().copied().chain(["fraction", "response_ms"]);
        quantiles.write_record(columns).map_err(written).map_err(failed)?;
        let runs = Rows::new(folder.part()?, axes).map_err(failed)?;
        Ok(Self { runs, summary, quantiles, confidence, tally: Tally::default() })
    }

    /// Takes a run of the present point.
    ///
    /// # Errors
    /// If its row cannot be written.
    pub fn run(
        &mut self,
        point: &[String],
        replication: Replication,
        record: &Record,
    ) -> io::Result<()> {
        self.runs.write(point, replication, &record.metrics)?;
        self.tally.add(record);
        Ok(())
    }

    /// Ends the present point; what its runs give together, by metric.
    ///
    /// # Errors
    /// If its rows cannot be written.
    pub fn end_point(&mut self, point: &[String]) -> io::Result<Vec<Option<Estimate>>> {
        let Tally { runs, values, response } = std::mem::take(&mut self.tally);
        let none = Vec::new();
        let estimates: Vec<Option<Estimate>> = (0..METRICS.len())
            .map(|metric| Estimate::of(values.get(metric).unwrap_or(&none), self.confidence))
            .collect();
        let real = |value: Option<f64>| cell(value.map(Value::Real));
        let figures = estimates.iter().flat_map(|estimate| {
            let mean = real(estimate.map(|estimate| estimate.mean));
            let half_width = real(estimate.and_then(|estimate| estimate.half_width));
            [mean, half_width, estimate.map_or(0, |estimate| estimate.n).to_string()]
        });
        let quantile = |q| response.quantile(q).map(Span::as_millis_f64);
        let pooled = POOLED.iter().map(|(_, q)| real(quantile(*q)));
        let row = point.iter().cloned().chain([runs.to_string()]).chain(figures).chain(pooled);
        self.summary.write_record(row).map_err(written)?;
        for &fraction in FRACTIONS {
            if let Some(response) = quantile(fraction) {
                let figures = [fraction, response].map(|value| real(Some(value)));
                let row = point.iter().cloned().chain(figures);
                self.quantiles.write_record(row).map_err(written)?;
            }
        }
        Ok(estimates)
    }

    /// Gives the tables to `folder`.
    ///
    /// # Errors
    /// If what is held back cannot be written.
    pub fn finish(self, folder: &mut Folder) -> Result<(), FolderError> {
        let part =
            |csv: csv::Writer<Part>| csv.into_inner().map_err(csv::IntoInnerError::into_error);
        let parts = || -> io::Result<_> {
            Ok([
                ("runs.csv", self.runs.into_inner()?),
                ("summary.csv", part(self.summary)?),
                ("quantiles.csv", part(self.quantiles)?),
            ])
        };
        for (name, part) in parts().map_err(|error| folder.failed(error))? {
            folder.add(name, part.into_temp_path());
        }
        Ok(())
    }
}

impl Tally {
    fn add(&mut self, record: &Record) {
        self.runs += 1;
        self.values.resize(METRICS.len(), Vec::new());
        for (values, value) in self.values.iter_mut().zip(&record.metrics) {
            values.extend(value.map(Value::as_f64));
        }
        self.response.merge(&record.response);
    }
}
