//! runs.csv: one row a run.

use std::io;

use crate::experiment::Replication;
use crate::metric::{METRICS, Value};

/// Metrics of a run, in the order of the catalogue.
pub type Metrics = [Option<Value>];

/// A value as a cell of CSV: the same text as in JSON, empty where a metric is not defined.
///
/// ```
/// use cloudsched::metric::Value;
/// use cloudsched::report::cell;
/// assert_eq!(cell(Some(Value::Count(595_471))), "595471");
/// assert_eq!(cell(Some(Value::Real(2e-7))), "2e-7");
/// assert_eq!(cell(None), "");
/// ```
pub fn cell(value: Option<Value>) -> String {
    match value {
        Some(Value::Count(count)) => count.to_string(),
        Some(Value::Real(real)) if real.is_finite() => serde_json::Value::from(real).to_string(),
        Some(Value::Real(_)) | None => String::new(),
    }
}

/// The error of the writer below, which keeps its kind.
pub(super) fn written(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}

/// Writes rows of runs: the axes of a sweep, `replication`, `seed`, then all metrics.
#[derive(Debug)]
pub struct Rows<W: io::Write> {
    csv: csv::Writer<W>,
}

impl<W: io::Write> Rows<W> {
    /// Writes the header, with a column for each of `axes`.
    ///
    /// # Errors
    /// If `to` cannot be written.
    pub fn new(to: W, axes: &[&str]) -> io::Result<Self> {
        let mut csv = csv::Writer::from_writer(to);
        let metrics = METRICS.iter().map(|metric| metric.name);
        let columns = axes.iter().copied().chain(["replication", "seed"]).chain(metrics);
        csv.write_record(columns).map_err(written)?;
        Ok(Self { csv })
    }

    /// Writes the row of a run with these metrics, at a point with these values of the axes.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(
        &mut self,
        point: &[String],
        replication: Replication,
        metrics: &Metrics,
    ) -> io::Result<()> {
        let run = [replication.number.to_string(), replication.seed.number().to_string()];
        let metrics = metrics.iter().map(|value| cell(*value));
        let point = point.iter().cloned();
        self.csv.write_record(point.chain(run).chain(metrics)).map_err(written)
    }

    /// What was written into, with all that was held back.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn into_inner(self) -> io::Result<W> {
        self.csv.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}
