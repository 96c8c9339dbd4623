//! `PiCloud`'s estimate of what the coming hour needs.

use std::collections::BTreeSet;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::rhythm::Rhythm;
use super::{Capacity, JobView};
use crate::kernel::{Span, Time};
use crate::model::{ApplicationId, CoreTypeId};
use crate::policy::catalogue::Described;
use crate::stats::{Damped, Holt, Moments};
use crate::variate::ParameterError;

/// Estimates for each type of core what the coming hour needs. A job is taken to run as long as those
/// of its service did: their mean, and a standard deviation more. One core runs as many of them
/// one after another as fit into the hour, and at least one: hour-long jobs all run in parallel, short
/// ones are packed. Counted are the jobs that are there, once they have come; before they come, those
/// of services whose jobs come in a rhythm, as from a cron. What other services send is forecast
/// from hour to hour in whole cores, which are there where that is more than what the jobs need. Once
/// the forecast rounds to none, the past is forgotten.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HourAhead {
    /// How long a job is taken to run before one of its service has completed.
    #[serde(default = "ten_minutes")]
    pub guess: Span,
    /// How long before the jobs of a rhythm come machines are rented for them.
    #[serde(default = "two_minutes")]
    pub lead: Span,
    #[serde(skip)]
    hour: Span,
    #[serde(skip)]
    functions: Vec<Record>,
    #[serde(skip)]
    types: Vec<OfType>,
}

impl Default for HourAhead {
    fn default() -> Self {
        Self {
            guess: ten_minutes(),
            lead: two_minutes(),
            hour: Span::from_secs(3600),
            functions: Vec::new(),
            types: Vec::new(),
        }
    }
}

fn ten_minutes() -> Span {
    Span::from_secs(600)
}

fn two_minutes() -> Span {
    Span::from_secs(120)
}

/// How the work of the hours before makes that of the next: half of the level is the last hour's, and
/// there is no trend. A modelling choice; how `PiCloud` did it is not published.
const SHARES: Damped = Damped { level: 0.5, trend: 0.0, damping: 0.0 };

/// What is known of a function.
#[derive(Clone, Debug)]
struct Record {
    job: JobView,
    /// Jobs that are there.
    present: u64,
    runs: Moments,
    /// How much of the time of a core a job is taken to need, in nanoseconds.
    slot: u64,
    rhythm: Rhythm,
}

/// What is known of a type of core. Work is cores times nanoseconds.
#[derive(Clone, Debug, Default)]
struct OfType {
    /// The work of the jobs that are there.
    present: u128,
    /// The work of the jobs without a rhythm that came in this hour of the clock.
    arrived: u128,
    past: Holt,
    /// The work that the past makes one expect of an hour: whole cores.
    forecast: u128,
    /// When this hour of the clock is over; `None` while nothing comes and nothing is expected.
    hour_ends: Option<Time>,
    /// Functions whose jobs come in a rhythm, by the time that they are due.
    due: BTreeSet<(Time, ApplicationId)>,
}

impl Described for HourAhead {
    const NAME: &'static str = "hour-ahead";
    const SUMMARY: &'static str = "As many machines as the coming hour needs, by how long similar jobs ran and which come in a rhythm.";
    const SOURCE: &'static str = "docs.picloud.com/realtime_cores.html (2012): capacity for the coming hour from periodic jobs, and \
         from others by mean and variance over similar jobs; the rules in detail are not published";
}

impl HourAhead {
    /// How much of the time of a core a job of this record is taken to need.
    fn slot(&self, record: &Record) -> u64 {
        let ran = match record.runs.mean() {
            Some(mean) => Span::from_secs_f64(mean + record.runs.sd().unwrap_or(0.0)),
            None => self.guess,
        };
        let fitting = self.hour.as_nanos() / ran.as_nanos().max(1);
        self.hour.as_nanos() / fitting.max(1)
    }

    /// The hours of the clock that are over make the forecast.
    fn look_back(&mut self, core_type: CoreTypeId, now: Time) {
        let hour = self.hour.as_nanos();
        let of_type = &mut self.types[core_type.index()];
        while let Some(end) = of_type.hour_ends
            && end <= now
        {
            let cores = std::mem::take(&mut of_type.arrived) as f64 / hour as f64;
            let forecast = (of_type.past.take(SHARES, cores) + 0.5) as u64;
            of_type.forecast = u128::from(forecast) * u128::from(hour);
            of_type.hour_ends = (forecast > 0).then(|| end + self.hour);
            if forecast == 0 {
                of_type.past = Holt::default();
            }
        }
    }

    /// The rhythms whose time has passed without a job are none any more.
    fn drop_late(&mut self, core_type: CoreTypeId, now: Time) {
        let of_type = &mut self.types[core_type.index()];
        while let Some(&(due, function)) = of_type.due.first()
            && due < now
            && self.functions[function.index()].rhythm.latest().is_none_or(|latest| latest < now)
        {
            of_type.due.pop_first();
            self.functions[function.index()].rhythm.lose();
        }
    }

    /// The work that rhythms bring until then.
    fn due(&self, core_type: CoreTypeId, until: Time) -> u128 {
        let due = self.types[core_type.index()].due.iter();
        let due = due.take_while(|(due, _)| *due <= until);
        due.map(|(_, function)| {
            let record = &self.functions[function.index()];
            u128::from(record.rhythm.expected(until)) * record.work()
        })
        .sum()
    }
}

impl Record {
    /// The work of one job.
    fn work(&self) -> u128 {
        u128::from(self.slot) * u128::from(self.job.cores)
    }
}

impl Capacity for HourAhead {
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        if self.guess == Span::ZERO {
            let message = "a job takes some time, as `\"10m\"`";
            return Err(ParameterError::new("guess", message).under(Self::NAME));
        }
        Ok(())
    }

    fn start(&mut self, functions: &[JobView], node_cores: &[u32], lease: Span) {
        self.hour = lease;
        self.types = vec![OfType::default(); node_cores.len()];
        let record = |job: &JobView| {
            let mut record = Record {
                job: *job,
                present: 0,
                runs: Moments::default(),
                slot: 0,
                rhythm: Rhythm::default(),
            };
            record.slot = self.slot(&record);
            record
        };
        self.functions = functions.iter().map(record).collect();
    }

    fn came(&mut self, function: ApplicationId, now: Time) {
        let JobView { core_type, .. } = self.functions[function.index()].job;
        self.look_back(core_type, now);
        let record = &mut self.functions[function.index()];
        let of_type = &mut self.types[core_type.index()];
        record.present += 1;
        of_type.present += record.work();
        let before = record.rhythm.due();
        if record.rhythm.note(now) {
            if let Some(before) = before {
                of_type.due.remove(&(before, function));
            }
            if let Some(due) = record.rhythm.due() {
                of_type.due.insert((due, function));
            }
        }
        if record.rhythm.due().is_none() {
            of_type.arrived += record.work();
            let hour = self.hour.as_nanos();
            of_type.hour_ends.get_or_insert_with(|| {
                Time::from_nanos((now.as_nanos() / hour + 1).saturating_mul(hour))
            });
        }
    }

    fn left(&mut self, function: ApplicationId) {
        let record = &mut self.functions[function.index()];
        record.present -= 1;
        self.types[record.job.core_type.index()].present -= record.work();
    }

    fn ran(&mut self, function: ApplicationId, time: Span) {
        self.functions[function.index()].runs.record(time);
        let slot = self.slot(&self.functions[function.index()]);
        let record = &mut self.functions[function.index()];
        let present = &mut self.types[record.job.core_type.index()].present;
        let others = *present - u128::from(record.present) * record.work();
        record.slot = slot;
        *present = others + u128::from(record.present) * record.work();
    }

    fn wanted(&mut self, core_type: CoreTypeId, now: Time, until: Time) -> u64 {
        self.look_back(core_type, now);
        self.drop_late(core_type, now);
        let OfType { present, forecast, .. } = self.types[core_type.index()];
        let work = present.max(forecast) + self.due(core_type, until.max(now + self.lead));
        let cores = work.div_ceil(self.hour.as_nanos().into());
        u64::try_from(cores).unwrap_or(u64::MAX)
    }

    fn next(&self, core_type: CoreTypeId, now: Time) -> Option<Time> {
        let of_type = &self.types[core_type.index()];
        let from = (now + self.lead, ApplicationId::new(0));
        // Those due sooner have been looked at.
        let due = of_type.due.range(from..).find(|(due, _)| *due > from.0);
        let ahead = due.map(|(due, _)| Time::ZERO + due.since(Time::ZERO + self.lead));
        let hour_ends = of_type.hour_ends.filter(|end| *end > now);
        [ahead, hour_ends].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: CoreTypeId = CoreTypeId::new(0);

    /// Two functions on one type of core: jobs of the first take one core, those of the second four.
    fn started() -> HourAhead {
        let mut policy = HourAhead::default();
        let job = |cores| JobView { core_type: TYPE, cores };
        policy.start(&[job(1), job(4)], &[8], Span::from_secs(3600));
        policy
    }

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    fn wanted(policy: &mut HourAhead, secs: u64) -> u64 {
        policy.wanted(TYPE, at(secs), at(secs))
    }

    #[test]
    fn a_core_runs_as_many_as_fit_into_the_hour() {
        let (mut policy, one, four) = (started(), ApplicationId::new(0), ApplicationId::new(1));
        // A job is taken to run for 10 minutes, so that six make a core.
        (0..6).for_each(|_| policy.came(one, at(0)));
        assert_eq!(wanted(&mut policy, 0), 1);
        policy.came(one, at(0));
        assert_eq!(wanted(&mut policy, 0), 2);
        // It ran for 100 s: 36 make a core, and there are 6 left.
        policy.ran(one, Span::from_secs(100));
        policy.left(one);
        assert_eq!(wanted(&mut policy, 100), 1);
        // Another ran for 2500 s. Mean 1300, standard deviation 1697: 2997 s, so that each needs a core.
        policy.ran(one, Span::from_secs(2500));
        assert_eq!(wanted(&mut policy, 100), 6);
        // Longer than an hour is no more than a core.
        (0..9).for_each(|_| policy.ran(one, Span::from_secs(90_000)));
        assert_eq!(wanted(&mut policy, 100), 6);
        // Four cores of ten minutes are two thirds of a core.
        policy.came(four, at(100));
        assert_eq!(wanted(&mut policy, 100), 7);
    }

    #[test]
    fn an_hour_is_expected_to_be_like_those_before() {
        let (mut policy, one) = (started(), ApplicationId::new(0));
        // 30 jobs of 10 minutes are 5 cores for an hour; they are gone at once.
        for job in 0..30 {
            policy.came(one, at(job));
            policy.left(one);
        }
        assert_eq!(wanted(&mut policy, 100), 0);
        assert_eq!(policy.next(TYPE, at(100)), Some(at(3600)));
        // Then nothing: 5, 2.5, 1.25, 0.6, 0.3, to whole cores.
        let hours = [1, 2, 3, 4, 5].map(|hour| wanted(&mut policy, 3600 * hour));
        assert_eq!(hours, [5, 3, 1, 1, 0]);
        assert_eq!(policy.next(TYPE, at(18_000)), None);
    }

    #[test]
    fn a_rhythm_that_ends_is_forgotten() {
        let (mut policy, four) = (started(), ApplicationId::new(1));
        for time in 0..4 {
            policy.came(four, at(86_400 * time));
            policy.left(four);
        }
        let now = 86_400 * 3 + 10_000;
        assert_eq!(wanted(&mut policy, now), 0);
        assert_eq!(policy.next(TYPE, at(now)), Some(at(86_400 * 4 - 120)));
        // Two minutes before it is due, and until a twentieth of a day after.
        assert_eq!(wanted(&mut policy, 86_400 * 4 - 121), 0);
        assert_eq!(wanted(&mut policy, 86_400 * 4 - 120), 1);
        assert_eq!(wanted(&mut policy, 86_400 * 4 + 4320), 1);
        assert_eq!(wanted(&mut policy, 86_400 * 4 + 4321), 0);
        assert_eq!(policy.next(TYPE, at(86_400 * 4 + 4321)), None);
    }

    #[test]
    fn refuses_a_guess_of_no_time() {
        let mut policy: HourAhead = serde_json::from_str(r#"{"guess": "0s"}"#).unwrap();
        assert_eq!(policy.prepare(Path::new("")).unwrap_err().key, ["hour-ahead", "guess"]);
    }
}
