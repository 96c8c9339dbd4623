//! A CSV file of a results folder, read row by row.

use std::fmt::Display;
use std::fs::File;
use std::path::{Path, PathBuf};

use csv::{Position, Reader, ReaderBuilder, StringRecord};

use super::ChartError;

/// A file, and the row that was read last.
#[derive(Debug)]
pub(in crate::report) struct Sheet {
    path: PathBuf,
    columns: Vec<String>,
    reader: Reader<File>,
    row: StringRecord,
}

impl Sheet {
    /// The file `name` of `folder`; no data if it is not there.
    pub(in crate::report) fn open(folder: &Path, name: &str) -> Result<Self, ChartError> {
        let path = folder.join(name);
        let file = File::open(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => ChartError::NoData(format!("there is no {name}")),
            _ => ChartError::Broken(format!("cannot read {}: {error}", path.display())),
        })?;
        let mut reader = ReaderBuilder::new().from_reader(file);
        let columns = reader.headers().map(|header| header.iter().map(str::to_owned).collect());
        let columns = columns.map_err(|error| told(&path, &error))?;
        Ok(Self { path, columns, reader, row: StringRecord::new() })
    }

    /// All columns.
    pub(in crate::report) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The place of the column `name`.
    pub(in crate::report) fn find(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// The place of the column `name`; an error if it is not there.
    pub(in crate::report) fn column(&self, name: &str) -> Result<usize, ChartError> {
        self.find(name).ok_or_else(|| {
            let path = self.path.display();
            ChartError::Broken(format!("{path}:1: there is no column `{name}`"))
        })
    }

    /// Reads the next row; whether there was one.
    pub(in crate::report) fn next(&mut self) -> Result<bool, ChartError> {
        self.reader.read_record(&mut self.row).map_err(|error| told(&self.path, &error))
    }

    /// The text of a column.
    pub(in crate::report) fn text(&self, column: usize) -> &str {
        self.row.get(column).unwrap_or_default()
    }

    /// The texts of the columns before `end`.
    pub(super) fn texts(&self, end: usize) -> Vec<String> {
        self.row.iter().take(end).map(str::to_owned).collect()
    }

    /// The number of a column; none if it is empty.
    pub(in crate::report) fn number(&self, column: usize) -> Result<Option<f64>, ChartError> {
        match self.text(column) {
            "" => Ok(None),
            text => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Some(number)),
                _ => Err(self.wrong(column, "a number")),
            },
        }
    }

    /// The number of a column that cannot be empty.
    pub(super) fn needed(&self, column: usize) -> Result<f64, ChartError> {
        self.number(column)?.ok_or_else(|| self.wrong(column, "a number"))
    }

    /// The error of a cell that holds something else.
    pub(super) fn wrong(&self, column: usize, expected: &str) -> ChartError {
        let line = self.row.position().map_or(1, Position::line);
        let (name, text) = (&self.columns[column], self.text(column));
        let (path, column) = (self.path.display(), column + 1);
        ChartError::Broken(format!(
            "{path}:{line}: expected {expected} in column {column}, `{name}`, but found `{text}`"
        ))
    }
}

/// The error of a file that is no CSV.
fn told(path: &Path, error: &csv::Error) -> ChartError {
    let at = |line: Option<&Position>| line.map_or(String::new(), |at| format!(":{}", at.line()));
    let tell = |line: Option<&Position>, what: &dyn Display| {
        ChartError::Broken(format!("{}{}: {what}", path.display(), at(line)))
    };
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => tell(
            pos.as_ref(),
            &format!("expected {expected_len} columns as in the first line, but found {len}"),
        ),
        csv::ErrorKind::Utf8 { pos, .. } => tell(pos.as_ref(), &"the text is not UTF-8"),
        csv::ErrorKind::Io(error) => tell(None, error),
        _ => tell(error.position(), &error),
    }
}
