//! requests.csv, series.csv, instances.csv, versions.csv and releases.csv: what a run tells on its way, streamed into
//! files.

use std::io::{self, BufWriter, Write};

use tempfile::TempPath;

use super::Part;
use super::row::written;
use crate::kernel::{Span, Time};
use crate::metric::{
    Doing, InstanceRow, Milestone, Recorder, ReleaseRow, RequestRow, SeriesRow, VersionRow,
};
use crate::model::Outcome;
use crate::world::Specification;

/// The columns of requests.csv, after `replication` where there are several.
pub const REQUEST_COLUMNS: &[&str] =
    &["sent_s", "client", "service", "outcome", "attempts", "response_ms", "waiting_ms", "cold"];

/// The columns of series.csv, after `replication` where there are several.
pub const SERIES_COLUMNS: &[&str] =
    &["time_s", "platform", "queue_length", "busy", "instances", "starting", "begun"];

/// The columns of instances.csv, after `replication` where there are several.
pub const INSTANCE_COLUMNS: &[&str] =
    &["platform", "instance", "host", "application", "state", "from_s", "to_s"];

/// The columns of versions.csv, after `replication` where there are several.
pub const VERSION_COLUMNS: &[&str] = &[
    "time_s",
    "service",
    "version",
    "attempts",
    "share",
    "copies",
    "ended",
    "failed",
    "attempt_ms_p50",
    "attempt_ms_p99",
];

/// The columns of releases.csv, after `replication` where there are several.
pub const RELEASE_COLUMNS: &[&str] =
    &["time_s", "release", "service", "version", "milestone", "weight"];

/// How many files a scenario may ask for.
pub const RECORDED: usize = 5;

/// The files that a scenario may ask for, and whether it does.
pub fn recorded(specification: &Specification) -> [(&'static str, bool); RECORDED] {
    let output = specification.output;
    let versions = output.series.is_some() && !specification.releases.is_empty();
    [
        ("requests.csv", output.requests),
        ("series.csv", output.series.is_some()),
        ("instances.csv", output.instances),
        ("versions.csv", versions),
        ("releases.csv", versions),
    ]
}

/// Writes rows into the files that it is given.
#[derive(Debug)]
pub struct RowRecorder {
    requests: Option<Sheet>,
    series: Option<Sheet>,
    instances: Option<Sheet>,
    versions: Option<Sheet>,
    releases: Option<Sheet>,
}

impl RowRecorder {
    /// A recorder for a run into the files of [`recorded`], in that order; with `replication`, that
    /// number leads each row.
    pub fn new(parts: [Option<Part>; RECORDED], replication: Option<u64>) -> Self {
        let sheet = |columns, part: Option<Part>| part.map(|p| Sheet::new(p, columns, replication));
        let [requests, series, instances, versions, releases] = parts;
        Self {
            requests: sheet(REQUEST_COLUMNS, requests),
            series: sheet(SERIES_COLUMNS, series),
            instances: sheet(INSTANCE_COLUMNS, instances),
            versions: sheet(VERSION_COLUMNS, versions),
            releases: sheet(RELEASE_COLUMNS, releases),
        }
    }

    /// Closes the files.
    ///
    /// # Errors
    /// If anything could not be written since the start.
    pub fn finish(self) -> io::Result<[Option<TempPath>; RECORDED]> {
        let close = |sheet: Option<Sheet>| sheet.map(Sheet::finish).transpose();
        Ok([
            close(self.requests)?,
            close(self.series)?,
            close(self.instances)?,
            close(self.versions)?,
            close(self.releases)?,
        ])
    }
}

impl Recorder for RowRecorder {
    fn request(&mut self, row: &RequestRow<'_>) {
        let Some(sheet) = &mut self.requests else { return };
        sheet.write([
            seconds(row.sent).as_str(),
            row.client,
            row.service,
            outcome(row.outcome),
            &row.attempts.to_string(),
            &millis(row.response),
            &row.waiting.map(millis).unwrap_or_default(),
            row.cold.map_or("", |cold| if cold { "true" } else { "false" }),
        ]);
    }

    fn sample(&mut self, row: &SeriesRow<'_>) {
        let Some(sheet) = &mut self.series else { return };
        let text = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
        sheet.write([
            seconds(row.time).as_str(),
            row.platform,
            &row.queue_length.to_string(),
            &row.busy.to_string(),
            &text(row.instances),
            &text(row.starting),
            &row.begun.to_string(),
        ]);
    }

    fn levels(&mut self, _: &SeriesRow<'_>) {}

    fn period(&mut self, row: &InstanceRow<'_>) {
        let Some(sheet) = &mut self.instances else { return };
        sheet.write([
            row.platform,
            &row.instance.to_string(),
            &row.host.map(|host| host.to_string()).unwrap_or_default(),
            row.application,
            match row.doing {
                Doing::Cold => "cold",
                Doing::Busy => "busy",
                Doing::Idle => "idle",
                Doing::Paused => "paused",
                Doing::Resuming => "resuming",
            },
            &seconds(row.from),
            &seconds(row.to),
        ]);
    }

    fn version(&mut self, row: &VersionRow<'_>) {
        let Some(sheet) = &mut self.versions else { return };
        let share = (row.attempts_of_all > 0)
            .then(|| row.attempts as f64 / row.attempts_of_all as f64)
            .map(|share| share.to_string());
        let quantile = |share| row.took.quantile(share).map(millis).unwrap_or_default();
        sheet.write([
            seconds(row.time).as_str(),
            row.service,
            row.version,
            &row.attempts.to_string(),
            &share.unwrap_or_default(),
            &row.copies.to_string(),
            &row.ended.to_string(),
            &row.failed.to_string(),
            &quantile(0.5),
            &quantile(0.99),
        ]);
    }

    fn release(&mut self, row: &ReleaseRow<'_>) {
        let Some(sheet) = &mut self.releases else { return };
        let (milestone, weight) = match row.milestone {
            Milestone::Begun => ("begun", None),
            Milestone::Shifted(weight) => ("shifted", Some(weight)),
            Milestone::Stalled => ("stalled", None),
            Milestone::Overtaken => ("overtaken", None),
            Milestone::TakenBack => ("taken_back", None),
            Milestone::Restored => ("restored", None),
            Milestone::Completed => ("completed", None),
        };
        sheet.write([
            seconds(row.time).as_str(),
            row.release,
            row.service,
            row.version,
            milestone,
            &weight.map(|weight| weight.to_string()).unwrap_or_default(),
        ]);
    }
}

/// A CSV file in the making. A run cannot fail, so the first error is kept for its end, and nothing
/// more is written after it.
#[derive(Debug)]
struct Sheet {
    csv: csv::Writer<BufWriter<Part>>,
    replication: Option<String>,
    error: Option<csv::Error>,
}

impl Sheet {
    fn new(part: Part, columns: &[&str], replication: Option<u64>) -> Self {
        let csv = csv::Writer::from_writer(BufWriter::new(part));
        let mut sheet = Self { csv, replication: None, error: None };
        let leading = replication.map(|_| "replication");
        sheet.write(leading.into_iter().chain(columns.iter().copied()));
        sheet.replication = replication.map(|number| number.to_string());
        sheet
    }

    fn write<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
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

    fn finish(self) -> io::Result<TempPath> {
        if let Some(error) = self.error {
            return Err(written(error));
        }
        let inner = self.csv.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        let mut part = inner.into_inner().map_err(io::IntoInnerError::into_error)?;
        part.flush()?;
        Ok(part.into_temp_path())
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "completed",
        Outcome::Refused => "refused",
        Outcome::TimedOut => "timed_out",
        Outcome::Failed => "failed",
    }
}

fn seconds(time: Time) -> String {
    decimal(time.as_nanos(), 9)
}

fn millis(span: Span) -> String {
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
    use crate::stats::Histogram;

    #[test]
    fn decimals_are_exact() {
        assert_eq!(decimal(0, 9), "0");
        assert_eq!(decimal(1, 9), "0.000000001");
        assert_eq!(decimal(1_500_000_000, 9), "1.5");
        assert_eq!(decimal(u64::MAX, 6), "18446744073709.551615");
        assert_eq!(decimal(120_000_000, 6), "120");
    }

    fn text(replication: Option<u64>) -> String {
        let part = || Some(tempfile::NamedTempFile::new().unwrap());
        let mut recorder = RowRecorder::new([part(), part(), part(), part(), part()], replication);
        recorder.request(&RequestRow {
            sent: Time::from_nanos(2_000_000_001),
            client: "users, \"all\"",
            service: "web",
            outcome: Outcome::TimedOut,
            attempts: 2,
            response: Span::from_millis(150),
            waiting: None,
            cold: None,
        });
        recorder.sample(&SeriesRow {
            time: Time::from_nanos(10_000_000_000),
            platform: "pool",
            queue_length: 3,
            busy: 4,
            instances: None,
            starting: None,
            begun: 77,
        });
        recorder.period(&InstanceRow {
            platform: "lambda",
            instance: 5,
            host: Some(2),
            application: "thumbnail",
            started: Time::from_nanos(1_500_000_000),
            doing: Doing::Cold,
            from: Time::from_nanos(1_500_000_000),
            to: Time::from_nanos(2_000_000_000),
        });
        let mut took = Histogram::default();
        took.record(Span::from_millis(80));
        let (time, service, version) = (Time::from_nanos(60_000_000_000), "web", "web@v2");
        recorder.version(&VersionRow {
            time,
            service,
            version,
            attempts: 30,
            attempts_of_all: 120,
            copies: 2,
            ended: 31,
            failed: 4,
            took: &took,
        });
        let milestone = Milestone::Shifted(0.25);
        recorder.release(&ReleaseRow { time, release: "v2", service, version, milestone });
        recorder
            .finish()
            .unwrap()
            .map(|path| std::fs::read_to_string(path.unwrap()).unwrap())
            .concat()
    }

    #[test]
    fn rows_are_csv() {
        assert_eq!(
            text(None),
            "sent_s,client,service,outcome,attempts,response_ms,waiting_ms,cold\n\
             2.000000001,\"users, \"\"all\"\"\",web,timed_out,2,150,,\n\
             time_s,platform,queue_length,busy,instances,starting,begun\n\
             10,pool,3,4,,,77\n\
             platform,instance,host,application,state,from_s,to_s\n\
             lambda,5,2,thumbnail,cold,1.5,2\n\
             time_s,service,version,attempts,share,copies,ended,failed,attempt_ms_p50,attempt_ms_p99\n\
             60,web,web@v2,30,0.25,2,31,4,80,80\n\
             time_s,release,service,version,milestone,weight\n\
             60,v2,web,web@v2,shifted,0.25\n"
        );
        let of_3 = text(Some(3));
        let rows: Vec<&str> = of_3.lines().collect();
        assert!(rows[0].starts_with("replication,sent_s,client,"));
        assert_eq!(rows[1], "3,2.000000001,\"users, \"\"all\"\"\",web,timed_out,2,150,,");
        assert!(rows[2].starts_with("replication,time_s,"));
        assert_eq!(rows[3], "3,10,pool,3,4,,,77");
    }
}
