//! One row a request: when it is sent, to which service, and how much work it is.

use std::path::Path;

use super::recorded::{Names, Recorded, Row, Rows, span};
use super::table::Table;
use super::{Loaded, TraceEntry, TraceError, Warnings};
use crate::kernel::Time;

pub(super) const ENTRY: TraceEntry = TraceEntry {
    name: "requests",
    summary: "One row a request, in order of time, in `path`.",
    source: "this project",
    columns: &[
        ("time_s", "when it is sent, in seconds since the start; never before the row above"),
        ("service", "the service it goes to"),
        ("duration_s", "its demand in seconds"),
    ],
};

/// Times past this are taken for those of a calendar: 2001-09-09 in seconds since 1970, or 32 years of simulated time. A guess.
const EPOCH: Time = Time::from_nanos(1_000_000_000 * 1_000_000_000);

/// Checks the file at `path`. While it is replayed it is streamed; what is held is its names.
pub(super) fn open(path: &Path) -> Result<Loaded, TraceError> {
    let process = Recorded::check(path, Reader::open, |reader| reader.names)?;
    let mut warnings = Warnings::default();
    if process.requests == 0 {
        warnings.0.push(format!("{} has no row: it sends no request", path.display()));
    }
    if process.last >= EPOCH {
        let days = (process.last - Time::ZERO).as_secs_f64() / 86_400.0;
        warnings.0.push(format!(
            "{}: its times look like seconds since 1970, but they count from the start of the run, which would take {days:.0} days: \
             subtract the time of the first row from all",
            path.display()
        ));
    }
    Ok(Loaded {
        names: process.names(),
        applications: None,
        application_names: Vec::new(),
        demands: None,
        memory: None,
        pods: Vec::new(),
        requests: process.requests,
        last: process.last,
        process: Box::new(process),
        warnings: warnings.0,
    })
}

struct Reader {
    table: Table,
    time: usize,
    service: usize,
    duration: usize,
    names: Names,
    last: i64,
}

impl Reader {
    fn open(path: &Path, names: Names) -> Result<Self, TraceError> {
        let table = Table::open("path", path, None)?;
        let [time, service, duration] = table.places(["time_s", "service", "duration_s"])?;
        Ok(Self { table, time, service, duration, names, last: 0 })
    }
}

impl Rows for Reader {
    fn next(&mut self) -> Result<Option<Row>, TraceError> {
        let table = &mut self.table;
        if !table.next()? {
            return Ok(None);
        }
        let time = table.nanos(self.time, 9)?;
        if time < 0 {
            return Err(table.unexpected(self.time, "a time of 0 or more"));
        }
        if time < self.last {
            let above = span(self.last);
            let message = format!("{above} or more, the time of the row above,");
            return Err(table.unexpected(self.time, &message));
        }
        self.last = time;
        let duration = table.nanos(self.duration, 9)?;
        if duration < 0 {
            return Err(table.unexpected(self.duration, "a duration of 0 or more"));
        }
        let target = self.names.number(table.text(self.service)?);
        let target = target.ok_or_else(|| table.unexpected(self.service, "a name seen before"))?;
        let at = Time::ZERO + span(time);
        Ok(Some(Row { at, target, demand: span(duration) }))
    }
}
