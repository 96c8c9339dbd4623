//! CSV files that are written row by row while a run goes on, and how times stand in them.

use std::io::{self, BufWriter, Write};

use tempfile::TempPath;

use super::Part;
use super::row::written;
use crate::kernel::{Span, Time};

/// A CSV file in the making. A run cannot fail, so the first error is kept for its end, and nothing
/// more is written after it.
#[derive(Debug)]
pub(super) struct Sheet {
    csv: csv::Writer<BufWriter<Part>>,
    replication: Option<String>,
    error: Option<csv::Error>,
}

impl Sheet {
    pub(super) fn new(part: Part, columns: &[&str], replication: Option<u64>) -> Self {
        let csv = csv::Writer::from_writer(BufWriter::new(part));
        let mut sheet = Self { csv, replication: None, error: None };
        let leading = replication.map(|_| "replication");
        sheet.write(leading.into_iter().chain(columns.iter().copied()));
        sheet.replication = replication.map(|number| number.to_string());
        sheet
    }

    pub(super) fn write<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        if self.error.is_none() {
            self.error = self.try_write(cells).err();
        }
    }

    fn try_write<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> csv::Result<()> {
        if let Some(replication) = &self.replication {
            self.csv.write_field(replication)?;
        }
        for cell in cells {
            self.csv.write_field(cell)?;
        }
        self.csv.write_record(None::<&[u8]>)
    }

    pub(super) fn finish(self) -> io::Result<TempPath> {
        if let Some(error) = self.error {
            return Err(written(error));
        }
        let inner = self.csv.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        let mut part = inner.into_inner().map_err(io::IntoInnerError::into_error)?;
        part.flush()?;
        Ok(part.into_temp_path())
    }
}

/// A time in seconds.
pub(super) fn seconds(time: Time) -> String {
    decimal(time.as_nanos(), 9)
}

/// A span in milliseconds.
pub(super) fn millis(span: Span) -> String {
    decimal(span.as_nanos(), 6)
}

/// `number` over 10^`places`, exactly and without zeros at the end.
pub(super) fn decimal(number: u64, places: usize) -> String {
    let digits = format!("{number:0width$}", width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    match part.trim_end_matches('0') {
        "" => whole.to_owned(),
        part => format!("{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        assert_eq!(decimal(0, 9), "0");
        assert_eq!(decimal(1, 9), "0.000000001");
        assert_eq!(decimal(1_500_000_000, 9), "1.5");
        assert_eq!(decimal(u64::MAX, 6), "18446744073709.551615");
        assert_eq!(decimal(120_000_000, 6), "120");
    }
}
