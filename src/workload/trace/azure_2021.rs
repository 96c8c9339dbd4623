//! The Azure Functions trace of 2021: one row an invocation, with its end and its duration.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::Path;

use super::recorded::{Names, Recorded, Row, Rows, span};
use super::table::Table;
use super::{Loaded, TraceEntry, TraceError, Warnings};
use crate::kernel::Time;

pub(super) const ENTRY: TraceEntry = TraceEntry {
    name: "azure-2021",
    summary: "One row an invocation, in `path`, with or without a header; an invocation arrives \
              its duration before its end.",
    source: "Zhang et al., Faster and Cheaper Serverless Computing on Harvested Resources (SOSP \
             2021); the public dataset AzureFunctionsInvocationTrace2021",
    columns: &[
        ("app", "the application"),
        ("func", "the function of the application"),
        ("end_timestamp", "when it ended, in seconds since the start"),
        ("duration", "how long it took, in seconds: its demand"),
    ],
};

const COLUMNS: [&str; 4] = ["app", "func", "end_timestamp", "duration"];

/// Rows are in order of their ends, more or less; to bring them into that of their starts, so many
/// are held at once, in 10 MiB; the public trace takes 44 hours for them. A row that starts before
/// one already given out is moved to its time, and counted.
const HELD_ROWS: usize = 1 << 18;

/// Between the application and the function in a key of [`Names`].
const BETWEEN: char = '\u{1f}';

/// Checks the file at `path`. While it is replayed it is streamed; what is held is its names and
/// at most [`HELD_ROWS`] rows.
pub(super) fn open(path: &Path) -> Result<Loaded, TraceError> {
    let mut warnings = Warnings::default();
    let process = Recorded::check(path, ByStart::open, |rows| {
        let reader = &rows.reader;
        warnings.add(
            reader.negative,
            "row has a negative duration: it is taken as 0",
            "rows have a negative duration: it is taken as 0",
        );
        warnings.add(
            reader.early,
            "row began before time 0: it arrives at 0",
            "rows began before time 0: they arrive at 0",
        );
        warnings.add(
            rows.moved,
            "row stands too late in the file for its start: it is moved to a later time",
            "rows stand too late in the file for their start: they are moved to a later time",
        );
        rows.reader.names
    })?;
    if process.requests == 0 {
        warnings.0.push(format!("{} has no row: it sends no request", path.display()));
    }
    let mut apps = Names::default();
    let (mut names, mut applications) = (Vec::new(), Vec::new());
    for name in process.names() {
        let (app, function) = name.split_once(BETWEEN).expect("every name here is made of two");
        applications.push(apps.number(app).expect("there are no more applications than functions"));
        names.push(format!("{app}/{function}"));
    }
    Ok(Loaded {
        names,
        applications: Some(applications),
        application_names: apps.list(),
        demands: None,
        memory: None,
        pods: Vec::new(),
        requests: process.requests,
        last: process.last,
        process: Box::new(process),
        warnings: warnings.0,
    })
}

/// The rows in the order of the file, with the counts of what is odd.
struct Reader {
    table: Table,
    columns: [usize; 4],
    names: Names,
    name: String,
    negative: u64,
    early: u64,
}

impl Rows for Reader {
    fn next(&mut self) -> Result<Option<Row>, TraceError> {
        let table = &mut self.table;
        if !table.next()? {
            return Ok(None);
        }
        let [app, function, end, duration] = self.columns;
        self.name.clear();
        self.name.push_str(table.text(app)?);
        self.name.push(BETWEEN);
        self.name.push_str(table.text(function)?);
        let ended = table.nanos(end, 9)?;
        if ended < 0 {
            return Err(table.unexpected(end, "a time of 0 or more"));
        }
        let lasted = table.nanos(duration, 9)?;
        self.negative += u64::from(lasted < 0);
        let started = ended - lasted.max(0);
        self.early += u64::from(started < 0);
        let target = self.names.number(&self.name);
        let target = target.ok_or_else(|| table.unexpected(function, "a name seen before"))?;
        Ok(Some(Row { at: Time::ZERO + span(started), target, demand: span(lasted) }))
    }
}

/// A row with its time and its place in the file first, to be ordered by them.
type Held = (Time, u64, Row);

/// The rows in the order of their starts, ties in the order of the file.
struct ByStart<R = Reader> {
    reader: R,
    held: BinaryHeap<Reverse<Held>>,
    limit: usize,
    /// How many rows have been read.
    rows: u64,
    ended: bool,
    last: Time,
    moved: u64,
}

impl ByStart {
    fn open(path: &Path, names: Names) -> Result<Self, TraceError> {
        let table = Table::open("path", path, Some(&COLUMNS))?;
        let columns = table.places(COLUMNS)?;
        let name = String::new();
        let reader = Reader { table, columns, names, name, negative: 0, early: 0 };
        Ok(Self::new(reader, HELD_ROWS))
    }
}

impl<R: Rows> ByStart<R> {
    fn new(reader: R, limit: usize) -> Self {
        let (rows, moved) = (0, 0);
        let held = BinaryHeap::new();
        Self { reader, held, limit, rows, ended: false, last: Time::ZERO, moved }
    }
}

impl<R: Rows> Rows for ByStart<R> {
    fn next(&mut self) -> Result<Option<Row>, TraceError> {
        while !self.ended && self.held.len() < self.limit {
            match self.reader.next()? {
                Some(row) => self.held.push(Reverse((row.at, self.rows, row))),
                None => self.ended = true,
            }
            self.rows += 1;
        }
        let Some(Reverse((at, _, row))) = self.held.pop() else {
            return Ok(None);
        };
        self.moved += u64::from(at < self.last);
        self.last = self.last.max(at);
        Ok(Some(Row { at: self.last, ..row }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Span;

    struct Given<'a>(std::slice::Iter<'a, u64>);

    impl Rows for Given<'_> {
        fn next(&mut self) -> Result<Option<Row>, TraceError> {
            Ok(self.0.next().map(|&at| Row {
                at: Time::from_nanos(at),
                target: 0,
                demand: Span::ZERO,
            }))
        }
    }

    fn ordered(starts: &[u64], limit: usize) -> (Vec<u64>, u64) {
        let mut rows = ByStart::new(Given(starts.iter()), limit);
        let mut times = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            times.push(row.at.as_nanos());
        }
        (times, rows.moved)
    }

    #[test]
    fn rows_within_the_bound_are_brought_into_order() {
        assert_eq!(ordered(&[5, 3, 4, 1, 2], 5), (vec![1, 2, 3, 4, 5], 0));
        assert_eq!(ordered(&[2, 1, 4, 3, 6, 5], 2), (vec![1, 2, 3, 4, 5, 6], 0));
    }

    #[test]
    fn rows_past_the_bound_are_moved_and_counted() {
        assert_eq!(ordered(&[5, 6, 7, 1, 2, 8], 2), (vec![5, 6, 6, 6, 7, 8], 2));
    }
}
