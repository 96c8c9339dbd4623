//! A CSV file, plain or gzip, read row by row with the place of every error.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ReaderBuilder};
use flate2::bufread::MultiGzDecoder;

use super::TraceError;
use super::number::{NumberError, count, nanos};

/// A table that is being read: the names of its columns and the row at hand.
pub(super) struct Table {
    key: &'static str,
    path: PathBuf,
    gzip: bool,
    reader: csv::Reader<Box<dyn Read + Send>>,
    columns: Vec<String>,
    record: ByteRecord,
    /// Whether `record` has been read but not yet given out.
    ahead: bool,
}

impl Table {
    /// Opens the table at `path`, which key `key` of the form names. Its first row names the
    /// columns; without a `headerless` set of names the file must have one. With it, the first
    /// row is a header only if it holds the first of those names.
    pub(super) fn open(
        key: &'static str,
        path: &Path,
        headerless: Option<&[&str]>,
    ) -> Result<Self, TraceError> {
        let (bytes, gzip) = open(path).map_err(|e| TraceError::file(key, path, told(&e, false)))?;
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 16)
            .from_reader(bytes);
        let mut table = Self {
            key,
            path: path.to_owned(),
            gzip,
            reader,
            columns: Vec::new(),
            record: ByteRecord::new(),
            ahead: false,
        };
        if !table.read()? {
            return Err(TraceError::file(key, path, "the file is empty"));
        }
        let first: Vec<String> = table
            .record
            .iter()
            .map(|field| String::from_utf8_lossy(field.trim_ascii()).into_owned())
            .collect();
        match headerless {
            Some(names) if !first.iter().any(|field| field == names[0]) => {
                table.columns = names.iter().map(|name| (*name).to_owned()).collect();
                table.ahead = true;
            }
            _ => table.columns = first,
        }
        Ok(table)
    }

    fn read(&mut self) -> Result<bool, TraceError> {
        self.reader.read_byte_record(&mut self.record).map_err(|error| {
            let message = match error.kind() {
                csv::ErrorKind::Io(error) => told(error, self.gzip),
                _ => error.to_string(),
            };
            self.whole(message)
        })
    }

    /// Moves to the next row; false after the last.
    pub(super) fn next(&mut self) -> Result<bool, TraceError> {
        if !std::mem::take(&mut self.ahead) && !self.read()? {
            return Ok(false);
        }
        let (fields, columns) = (self.record.len(), self.columns.len());
        if fields != columns {
            let message = format!("the row has {fields} fields where {columns} are expected");
            return Err(self.error(message));
        }
        Ok(true)
    }

    /// The names of the columns.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Where the column called `name` stands, if there is one.
    pub(super) fn find(&self, name: &str) -> Result<Option<usize>, TraceError> {
        let mut places = (0..self.columns.len()).filter(|i| self.columns[*i] == name);
        let place = places.next();
        if places.next().is_some() {
            let message = format!("the column `{name}` occurs twice");
            return Err(self.whole(message));
        }
        Ok(place)
    }

    /// Where the columns called `names` stand.
    pub(super) fn places<const N: usize>(
        &self,
        names: [&str; N],
    ) -> Result<[usize; N], TraceError> {
        let mut places = [0; N];
        for (place, name) in places.iter_mut().zip(names) {
            *place = self.find(name)?.ok_or_else(|| {
                let message = format!(
                    "there is no column `{name}`: the first line must name the columns {}",
                    names.join(", ")
                );
                self.whole(message)
            })?;
        }
        Ok(places)
    }

    /// The field of this row in column `column`, without surrounding white space.
    pub(super) fn field(&self, column: usize) -> &[u8] {
        self.record[column].trim_ascii()
    }

    /// The field as text.
    pub(super) fn text(&self, column: usize) -> Result<&str, TraceError> {
        match std::str::from_utf8(self.field(column)) {
            Ok("") => Err(self.unexpected(column, "a name")),
            Ok(text) => Ok(text),
            Err(_) => Err(self.unexpected(column, "UTF-8 text")),
        }
    }

    /// The field as a time or length in nanoseconds, in a unit of 10^`digits` of them.
    pub(super) fn nanos(&self, column: usize, digits: u32) -> Result<i64, TraceError> {
        let unit = if digits == 9 { "seconds" } else { "milliseconds" };
        nanos(self.field(column), digits).map_err(|error| match error {
            NumberError::Unreadable => self.unexpected(column, &format!("a number of {unit}")),
            NumberError::TooLarge => self.unexpected(column, "at most 73 years"),
        })
    }

    /// The field as a whole number.
    pub(super) fn count(&self, column: usize) -> Result<u64, TraceError> {
        count(self.field(column)).map_err(|_| self.unexpected(column, "a whole number, 0 or more"))
    }

    /// The error of a field that is not what was expected.
    pub(super) fn unexpected(&self, column: usize, expected: &str) -> TraceError {
        let text = String::from_utf8_lossy(self.field(column));
        self.error(format!("`{}` is `{text}` where {expected} is expected", self.columns[column]))
    }

    /// The line of this row.
    pub(super) fn line(&self) -> Option<u64> {
        self.record.position().map(csv::Position::line)
    }

    /// An error of this row.
    pub(super) fn error(&self, message: impl Into<String>) -> TraceError {
        TraceError { line: self.line(), ..TraceError::file(self.key, &self.path, message) }
    }

    /// An error of the table as a whole.
    pub(super) fn whole(&self, message: impl Into<String>) -> TraceError {
        TraceError::file(self.key, &self.path, message)
    }
}

/// The bytes of the file at `path`, unpacked if they are gzip, and whether they were.
fn open(path: &Path) -> io::Result<(Box<dyn Read + Send>, bool)> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
    let gzip = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let bytes: Box<dyn Read + Send> =
        if gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    Ok((bytes, gzip))
}

/// What went wrong with the file, for the user.
fn told(error: &io::Error, gzip: bool) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof if gzip => {
            "the gzip data ends early: the file has been cut off".to_owned()
        }
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData if gzip => {
            format!("the gzip data is damaged: {error}")
        }
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => "this is a directory, not a file".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}
