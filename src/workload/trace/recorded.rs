//! Traces with one row a request: checked once, streamed again by every run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use super::{TraceError, mean_rate};
use crate::kernel::{Span, StreamKey, Time};
use crate::workload::{Arrival, ArrivalProcess, Arrivals};

/// One request of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub at: Time,
    pub target: u32,
    pub demand: Span,
}

/// The rows of a trace, in order of time.
pub(super) trait Rows: Send {
    /// The next row.
    fn next(&mut self) -> Result<Option<Row>, TraceError>;
}

/// How the rows of a format are opened, with the names known so far.
pub(super) type Open<R> = fn(&Path, Names) -> Result<R, TraceError>;

/// Names in order of first appearance.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    numbers: BTreeMap<String, u32>,
    /// Whether no further name may appear.
    closed: bool,
}

impl Names {
    /// The number of `name`; `None` if it is new and none may be.
    pub(super) fn number(&mut self, name: &str) -> Option<u32> {
        if let Some(number) = self.numbers.get(name) {
            return Some(*number);
        }
        if self.closed {
            return None;
        }
        let number = u32::try_from(self.numbers.len()).ok()?;
        self.numbers.insert(name.to_owned(), number);
        Some(number)
    }

    /// The names in the order of their numbers.
    pub(super) fn list(&self) -> Vec<String> {
        let mut list: Vec<_> = self.numbers.iter().collect();
        list.sort_unstable_by_key(|(_, number)| **number);
        list.into_iter().map(|(name, _)| name.clone()).collect()
    }
}

/// A checked file with one row a request.
pub(super) struct Recorded<R> {
    path: PathBuf,
    bytes: Option<u64>,
    names: Names,
    open: Open<R>,
    pub requests: u64,
    pub last: Time,
}

impl<R: Rows> Recorded<R> {
    /// Reads the file once. `rest` is given the rows at their end, with what they have counted,
    /// and takes the names out.
    pub(super) fn check(
        path: &Path,
        open: Open<R>,
        rest: impl FnOnce(R) -> Names,
    ) -> Result<Self, TraceError> {
        let bytes = size(path);
        let mut rows = open(path, Names::default())?;
        let (mut requests, mut last) = (0, Time::ZERO);
        while let Some(row) = rows.next()? {
            requests += 1;
            last = row.at;
        }
        let names = Names { closed: true, ..rest(rows) };
        Ok(Self { path: path.to_owned(), bytes, names, open, requests, last })
    }

    /// The names in order of first appearance.
    pub(super) fn names(&self) -> Vec<String> {
        self.names.list()
    }
}

fn size(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|data| data.len())
}

impl<R> fmt::Debug for Recorded<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} requests of {}", self.requests, self.path.display())
    }
}

impl<R: Rows + 'static> ArrivalProcess for Recorded<R> {
    fn start(&self, _key: StreamKey) -> Box<dyn Arrivals> {
        let rows = (self.open)(&self.path, self.names.clone());
        let rows = rows.unwrap_or_else(|error| changed(&error.to_string()));
        if size(&self.path) != self.bytes {
            changed(&format!("{}: its size is another", self.path.display()));
        }
        Box::new(Replay { rows, path: self.path.clone(), left: self.requests })
    }

    fn mean_rate(&self) -> Option<f64> {
        mean_rate(self.requests, self.last)
    }

    fn is_finite(&self) -> bool {
        true
    }
}

/// A run through a checked file.
struct Replay<R> {
    rows: R,
    path: PathBuf,
    left: u64,
}

impl<R: Rows> Arrivals for Replay<R> {
    fn next(&mut self) -> Option<Arrival> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        match self.rows.next() {
            Ok(Some(Row { at, target, demand })) => {
                Some(Arrival { at, target, demand: Some(demand) })
            }
            Ok(None) => changed(&format!("{}: rows are missing", self.path.display())),
            Err(error) => changed(&error.to_string()),
        }
    }
}

fn changed(what: &str) -> ! {
    panic!("{what}; the trace has changed since it was checked at the start: run again")
}

/// A span of this many nanoseconds; none if they are negative.
pub(super) fn span(nanos: i64) -> Span {
    Span::from_nanos(nanos.max(0).cast_unsigned())
}
