//! Requests a period: how many, spread over it by chance.

use std::path::Path;

use super::period::{Clockwork, date_secs};
use super::spread::Spread;
use super::table::Table;
use super::{Loaded, TraceEntry, TraceError, Warnings, mean_rate};
use crate::kernel::{Span, StreamKey, Time};
use crate::workload::{Arrival, ArrivalProcess, Arrivals};

pub(super) const ENTRY: TraceEntry = TraceEntry {
    name: "rate",
    summary: "Requests a period, in `path`, spread over it as a Poisson process spreads that many.",
    source: "the form of published web traces, such as the 1998 World Cup's (Arlitt and Jin 1999)",
    columns: &[
        (
            "period",
            "when the period starts: seconds or YYYY-MM-DD HH:MM:SS; time 0 is the earliest, and \
             the periods are as long as the smallest distance of two",
        ),
        ("count", "how many requests the period has; a period that is not there has none"),
    ],
};

/// A period with requests in it.
#[derive(Clone, Copy, Debug)]
struct Period {
    /// Nanoseconds since the earliest period.
    start: u64,
    count: u64,
}

/// The keys that name a part of the file, and what they say.
type Part<'a> = [(&'static str, &'a Option<String>); 2];

/// Checks the file at `path`, and takes the periods of a part of it: not before the first, and before the second. Its periods
/// are held, 16 bytes each.
pub(super) fn open(path: &Path, part: Part<'_>) -> Result<Loaded, TraceError> {
    let (mut rows, edges) = read(path, part)?;
    rows.sort_by_key(|row| row.start);
    let mut warnings = Warnings::default();
    let mut periods: Vec<Row> = Vec::with_capacity(rows.len());
    let mut repeated = 0;
    for row in rows {
        match periods.last_mut() {
            Some(last) if last.start == row.start => {
                last.count = last.count.saturating_add(row.count);
                repeated += 1;
            }
            _ => periods.push(row),
        }
    }
    warnings.add(
        repeated,
        "row repeats a period: its count is added",
        "rows repeat a period: their counts are added",
    );
    let process = Process::new(path, &periods, edges)?;
    if process.requests == 0 {
        warnings.0.push(format!("{} sends no request", path.display()));
    }
    Ok(Loaded {
        names: Vec::new(),
        applications: None,
        application_names: Vec::new(),
        demands: None,
        memory: None,
        pods: Vec::new(),
        requests: process.requests,
        last: process.last(),
        process: Box::new(process),
        warnings: warnings.0,
    })
}

/// A row: the start of its period in nanoseconds of the file's own clock.
#[derive(Clone, Copy, Debug)]
struct Row {
    start: i64,
    count: u64,
    line: Option<u64>,
}

/// Where a part begins and ends, if that is said, in nanoseconds of the clock of the file.
type Edges = (Option<i64>, Option<i64>);

/// The rows, in the order of the file; and where the part begins and ends.
fn read(path: &Path, [from, until]: Part<'_>) -> Result<(Vec<Row>, Edges), TraceError> {
    let mut table = Table::open("path", path, None)?;
    let [period, count] = table.places(["period", "count"])?;
    let (mut clockwork, mut edges) = (None, (None, None));
    let mut rows = Vec::new();
    while table.next()? {
        if clockwork.is_none() {
            let written = Clockwork::of(table.field(period));
            clockwork = Some(written);
            edges = (edge(from, written)?, edge(until, written)?);
        }
        let start = match clockwork {
            Some(Clockwork::Date) => date_nanos(table.field(period))
                .ok_or_else(|| table.unexpected(period, "a date, YYYY-MM-DD HH:MM:SS,"))?,
            _ => table.nanos(period, 9)?,
        };
        rows.push(Row { start, count: table.count(count)?, line: table.line() });
    }
    Ok((rows, edges))
}

/// An edge of a part in nanoseconds of the file's clock.
fn edge(
    (key, given): (&'static str, &Option<String>),
    written: Clockwork,
) -> Result<Option<i64>, TraceError> {
    let Some(text) = given else { return Ok(None) };
    let (nanos, form) = match written {
        Clockwork::Date => (date_nanos(text.as_bytes()), "a date, as in 1998-06-10 16:00:00"),
        Clockwork::Seconds => (
            text.parse::<i64>().ok().and_then(|secs| secs.checked_mul(1_000_000_000)),
            "whole seconds, as in 3600",
        ),
    };
    let message = || format!("the file writes its periods otherwise than {text:?}: write {form}");
    nanos.map(Some).ok_or_else(|| TraceError::form(key, message()))
}

fn date_nanos(text: &[u8]) -> Option<i64> {
    date_secs(text)?.checked_mul(1_000_000_000)
}

struct Process {
    periods: Vec<Period>,
    step: u64,
    requests: u64,
}

impl Process {
    fn new(path: &Path, rows: &[Row], (from, until): Edges) -> Result<Self, TraceError> {
        let error =
            |line, message: String| TraceError { line, ..TraceError::file("path", path, message) };
        let gaps = rows.windows(2).map(|two| two[1].start.abs_diff(two[0].start));
        let Some(step) = gaps.min() else {
            let message = "two or more periods are needed: their distance is the length of one";
            return Err(error(None, message.to_owned()));
        };
        let origin = from.unwrap_or(rows[0].start);
        if !rows[0].start.abs_diff(origin).is_multiple_of(step) {
            let step = Span::from_nanos(step);
            let message = format!("no period of the file begins there; they are {step} long");
            return Err(TraceError::form("from", message));
        }
        let (mut requests, mut periods) = (0_u64, Vec::new());
        for row in rows {
            let start = row.start.abs_diff(origin);
            if !start.is_multiple_of(step) {
                let message = format!(
                    "the period starts {} after the earliest, which is no whole number of \
                     periods of {}, the smallest distance of two",
                    Span::from_nanos(start),
                    Span::from_nanos(step)
                );
                return Err(error(row.line, message));
            }
            if start.saturating_add(step) > Time::MAX.as_nanos() {
                let message = "the period ends more than 73 years after the earliest starts";
                return Err(error(row.line, message.to_owned()));
            }
            if row.count > step {
                let step = Span::from_nanos(step);
                let message = format!("{} in {step} are more than one a nanosecond", row.count);
                return Err(error(row.line, message));
            }
            if row.start < origin || until.is_some_and(|until| row.start >= until) {
                continue;
            }
            // Counts of at most one a nanosecond over 73 years fit.
            requests += row.count;
            if row.count > 0 {
                periods.push(Period { start, count: row.count });
            }
        }
        Ok(Self { periods, step, requests })
    }

    /// The last nanosecond of the last period with requests.
    fn last(&self) -> Time {
        let last = self.periods.last();
        last.map_or(Time::ZERO, |period| Time::from_nanos(period.start + self.step - 1))
    }
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { periods, step, requests } = self;
        write!(f, "{requests} requests in {} periods of {step} ns", periods.len())
    }
}

impl ArrivalProcess for Process {
    fn start(&self, key: StreamKey) -> Box<dyn Arrivals> {
        let periods = self.periods.clone();
        Box::new(Run { key, periods, step: self.step, next: 0, start: 0, spread: None })
    }

    fn mean_rate(&self) -> Option<f64> {
        mean_rate(self.requests, self.last())
    }

    fn is_finite(&self) -> bool {
        true
    }
}

struct Run {
    key: StreamKey,
    periods: Vec<Period>,
    step: u64,
    /// The period after that of `spread`.
    next: usize,
    start: u64,
    spread: Option<Spread>,
}

impl Arrivals for Run {
    fn next(&mut self) -> Option<Arrival> {
        loop {
            if let Some(offset) = self.spread.as_mut().and_then(|spread| spread.next(self.step)) {
                return Some(Arrival::plain(Time::from_nanos(self.start + offset)));
            }
            let period = self.periods.get(self.next)?;
            self.next += 1;
            self.start = period.start;
            // Its draws are its own, so that they do not depend on the counts before it.
            let draws = self.key.draws(period.start / self.step);
            self.spread = Some(Spread::new(draws, period.count));
        }
    }
}
