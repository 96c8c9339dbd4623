//! Arrivals by a timetable, as cron and the timers of functions have it.

use std::fmt;

use croner::Cron as Pattern;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::{DateTime, date};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{ArrivalEntry, ProcessError};
use crate::kernel::{StreamKey, Time};
use crate::workload::{Arrival, ArrivalProcess, Arrivals};

pub(super) const ENTRY: ArrivalEntry = ArrivalEntry {
    name: "cron",
    summary: "A timetable: an arrival at each time that a cron pattern names.",
    source: "crontab(5) of Vixie cron; with seconds as in the NCRONTAB of Azure's timer triggers",
    parameters: &[(
        "schedule",
        "minute, hour, day of the month, month, day of the week; a field of seconds may stand first",
    )],
};

/// Time zero: a Monday, and the first of a month and a year.
fn time_zero() -> DateTime {
    date(2024, 1, 1).at(0, 0, 0, 0)
}

/// The parameters of arrivals by a timetable.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cron {
    /// Five fields as in crontab(5), or six with seconds first. Time zero is Monday, 1 January 2024,
    /// 00:00 UTC.
    #[schemars(example = "*/5 * * * *")]
    pub schedule: String,
}

impl Cron {
    /// The process of this timetable; several clients with the same one fire together, at the full
    /// second and in order of their names.
    ///
    /// # Errors
    /// If the schedule is no cron pattern, or no time ever fits it.
    pub fn process(&self) -> Result<Box<dyn ArrivalProcess>, ProcessError> {
        let parser =
            CronParser::builder().seconds(Seconds::Optional).year(Year::Disallowed).build();
        let pattern = parser.parse(&self.schedule).map_err(|error| {
            let message = format!(
                "`{}` is no cron pattern: {}: write minute, hour, day of the month, month and day of \
                 the week, as in \"*/5 * * * *\"",
                self.schedule,
                error.to_string().trim_end_matches('.')
            );
            ProcessError::new("schedule", message)
        })?;
        let process = Process { pattern };
        if process.start(StreamKey::default()).next().is_none() {
            let message =
                format!("no time ever fits `{}`: write a date that occurs", self.schedule);
            return Err(ProcessError::new("schedule", message));
        }
        Ok(Box::new(process))
    }
}

struct Process {
    pattern: Pattern,
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cron({})", self.pattern.as_str())
    }
}

impl ArrivalProcess for Process {
    fn start(&self, _key: StreamKey) -> Box<dyn Arrivals> {
        Box::new(Run { pattern: self.pattern.clone(), last: None })
    }

    fn mean_rate(&self) -> Option<f64> {
        None
    }

    fn is_finite(&self) -> bool {
        false
    }
}

struct Run {
    pattern: Pattern,
    last: Option<DateTime>,
}

impl Arrivals for Run {
    fn next(&mut self) -> Option<Arrival> {
        let (from, inclusive) = match self.last {
            Some(last) => (last, false),
            None => (time_zero(), true),
        };
        let next = self.pattern.find_next_occurrence(&from, inclusive).ok()?;
        self.last = Some(next);
        let seconds = u64::try_from(time_zero().duration_until(next).as_secs()).ok()?;
        let nanos = seconds.checked_mul(1_000_000_000)?;
        (nanos <= Time::MAX.as_nanos()).then(|| Arrival::plain(Time::from_nanos(nanos)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{started, times};
    use super::*;

    fn process(schedule: &str) -> Result<Box<dyn ArrivalProcess>, ProcessError> {
        Cron { schedule: schedule.to_owned() }.process()
    }

    /// The arrivals of the first so many days, in hours.
    fn hours(schedule: &str, days: u64) -> Vec<f64> {
        let times = times(&*process(schedule).unwrap(), 0, days * 86_400);
        times.iter().map(|time| time.as_secs_f64() / 3600.0).collect()
    }

    #[test]
    fn the_fields_are_those_of_crontab() {
        assert_eq!(hours("0 */6 * * *", 1), [0.0, 6.0, 12.0, 18.0]);
        assert_eq!(hours("30 9 * * MON-FRI", 8).len(), 6, "time zero is a Monday");
        assert_eq!(hours("0 0 * * 0", 14), [144.0, 312.0], "Sundays");
        assert_eq!(hours("0 12 1 * *", 60), [12.0, 31.0 * 24.0 + 12.0]);
        assert_eq!(hours("0 0 29 2 *", 366), [59.0 * 24.0], "2024 is a leap year");
        // Where both days are given, either will do.
        assert_eq!(hours("0 0 3 * WED", 10), [48.0, 216.0]);
        assert_eq!(hours("@hourly", 1).len(), 24);
    }

    #[test]
    fn seconds_may_stand_first() {
        let times = times(&*process("*/20 0-1 * * * *").unwrap(), 0, 3600);
        let secs: Vec<f64> = times.iter().map(|time| time.as_secs_f64()).collect();
        assert_eq!(secs, [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
    }

    #[test]
    fn it_ends_with_time() {
        let mut arrivals = started(&*process("0 0 1 1 *").unwrap(), 0);
        let years = std::iter::from_fn(|| arrivals.next()).count();
        assert_eq!(years, 74, "2024 to 2097");
        assert_eq!(arrivals.next(), None);
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for wrong in ["", "* * * *", "61 * * * *", "* * * * MOO", "0 0 0 1 1 * 2024", "@often"] {
            let error = process(wrong).unwrap_err();
            assert_eq!(error.key, "schedule");
            assert!(error.message.contains("is no cron pattern"), "{error}");
        }
        let error = process("0 0 30 2 *").unwrap_err();
        assert!(error.message.contains("no time ever fits"), "{error}");
    }
}
