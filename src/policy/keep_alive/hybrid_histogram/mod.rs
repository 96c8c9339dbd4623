//! The hybrid histogram policy.

mod arima;
mod idle_times;

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::idle_times::IdleTimes;
use super::{KeepAlive, Plan, minute, probability};
use crate::kernel::{Span, StreamKey, Time};
use crate::model::ApplicationId;
use crate::policy::catalogue::Described;
use crate::policy::eviction::InstanceView;
use crate::quantity::Probability;
use crate::variate::ParameterError;

/// Learns how long each application is idle: from the end of its last execution to the next request.
///
/// From the histogram of its idle times come two windows. The instances go when the application
/// becomes idle and are started again after the pre-warming window, the idle time that most exceed;
/// then they stay for the keep-alive window, until nearly all idle times are over. Where an idle time
/// may be next to nothing, they never go before. As many are started as the requests filled at once
/// since the application was last idle.
///
/// An application with too few idle times, or whose histogram tells of no time in particular, is
/// kept for the whole range. One that is mostly idle for longer than the range is started ahead of
/// the next request as an ARIMA model forecasts it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HybridHistogram {
    /// The longest idle time in the histogram, and the window where nothing is known.
    #[serde(default = "four_hours")]
    pub range: Span,
    /// How long a bin of the histogram is.
    #[serde(default = "minute")]
    pub bin: Span,
    /// The share of idle times that end before the pre-warming window does.
    #[serde(default = "head")]
    pub head: Probability,
    /// The share of idle times that end before the keep-alive window does.
    #[serde(default = "tail")]
    pub tail: Probability,
    /// By which share the head is taken earlier, and the tail later.
    #[serde(default = "margin")]
    pub margin: Probability,
    /// From when the tail counts: the end of the execution, or the start ahead.
    #[serde(default)]
    pub tail_from: TailFrom,
    /// The histogram counts if its bins vary so much: standard deviation over mean of their counts.
    #[serde(default = "least_cv")]
    pub least_cv: f64,
    /// The histogram counts from so many idle times on.
    #[serde(default = "least_idle_times")]
    pub least_idle_times: u32,
    /// The forecast counts if so many of the idle times are longer than the range.
    #[serde(default = "beyond_range")]
    pub beyond_range: Probability,
    /// By which share of the forecast instances are started earlier, and go later.
    #[serde(default = "forecast_margin")]
    pub forecast_margin: Probability,
    #[serde(skip)]
    records: Vec<Record>,
}

/// From when the tail of the idle times counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TailFrom {
    /// The end of the execution, as idle times do.
    #[default]
    End,
    /// The start ahead of the request: kept for longer, by the pre-warming window.
    Start,
}

/// What is known of an application.
#[derive(Clone, Debug)]
struct Record {
    times: IdleTimes,
    windows: Windows,
    stage: Stage,
    idle_since: Time,
    /// The most instances that its requests filled at once since it was last idle.
    peak: u32,
    /// How many it is planned to have at least.
    least: u32,
}

/// How the instances of an application are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Windows {
    /// From the end of the last execution to the start ahead; zero is to keep them all along.
    pre_warm: Span,
    /// From then on.
    keep: Span,
}

/// Where an application stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// No request has come yet.
    New,
    /// Requests wait or are served.
    Busy,
    /// It is idle, and its instances have windows.
    Idle,
    /// It is idle, and its instances are to be started again.
    Unloaded,
    /// It is idle, and its instances are started again, and to go.
    Loaded,
}

fn four_hours() -> Span {
    Span::from_secs(4 * 3600)
}

fn head() -> Probability {
    probability(0.05)
}

fn tail() -> Probability {
    probability(0.99)
}

fn margin() -> Probability {
    probability(0.10)
}

fn least_cv() -> f64 {
    2.0
}

/// A guess: the paper says too few, and no number.
fn least_idle_times() -> u32 {
    5
}

/// That of the re-implementation in `DSLab` (2024); the paper has no number.
fn beyond_range() -> Probability {
    probability(0.5)
}

fn forecast_margin() -> Probability {
    probability(0.15)
}

impl Default for HybridHistogram {
    fn default() -> Self {
        Self {
            range: four_hours(),
            bin: minute(),
            head: head(),
            tail: tail(),
            margin: margin(),
            tail_from: TailFrom::End,
            least_cv: least_cv(),
            least_idle_times: least_idle_times(),
            beyond_range: beyond_range(),
            forecast_margin: forecast_margin(),
            records: Vec::new(),
        }
    }
}

impl Described for HybridHistogram {
    const NAME: &'static str = "hybrid-histogram";
    const SUMMARY: &'static str =
        "Instances go, and are started ahead of requests, by the idle times of their application.";
    const SOURCE: &'static str =
        "Shahrad et al. 2020, Serverless in the Wild, USENIX ATC (the hybrid histogram policy)";
}

impl HybridHistogram {
    fn bins(&self) -> u16 {
        u16::try_from(self.range.as_nanos() / self.bin.as_nanos()).expect("checked by prepare")
    }

    fn check(&self) -> Result<(), ParameterError> {
        let error = |key, message: &str| Err(ParameterError::new(key, message));
        let bins = self.range.as_nanos().checked_div(self.bin.as_nanos());
        if !bins.is_some_and(|bins| (2..=u64::from(u16::MAX)).contains(&bins)) {
            return error("bin", "the range must have 2 to 65535 bins; a bin of \"1m\" is usual");
        }
        if self.head > self.tail {
            return error("head", "the head must be less than the tail; 0.05 and 0.99 are usual");
        }
        if !(self.least_cv >= 0.0 && self.least_cv.is_finite()) {
            return error("least_cv", "it must be a number from 0; 2.0 is usual");
        }
        Ok(())
    }

    /// The windows of the standard policy.
    fn standard(&self) -> Windows {
        Windows { pre_warm: Span::ZERO, keep: self.range }
    }

    /// The windows that follow from idle times.
    fn windows(&self, times: &IdleTimes) -> Windows {
        let few = times.within() < self.least_idle_times.max(1);
        match () {
            () if times.share_beyond() > 0.0 && times.share_beyond() >= self.beyond_range.get() => {
                let next = Span::from_secs_f64(arima::next(times.latest()));
                let margin = self.forecast_margin.get();
                Windows { pre_warm: next.scaled(1.0 - margin), keep: next.scaled(2.0 * margin) }
            }
            () if few || !times.varies(self.bins(), self.least_cv) => self.standard(),
            () => self.of_histogram(times),
        }
    }

    fn of_histogram(&self, times: &IdleTimes) -> Windows {
        let margin = self.margin.get();
        let head = self.bin * u64::from(times.bin_of(self.head.get()));
        let tail = self.bin * (u64::from(times.bin_of(self.tail.get())) + 1);
        let (pre_warm, end) = (head.scaled(1.0 - margin), tail.scaled(1.0 + margin));
        let keep = match self.tail_from {
            TailFrom::End => Span::from_nanos(end.as_nanos() - pre_warm.as_nanos()),
            TailFrom::Start => end,
        };
        Windows { pre_warm, keep }
    }
}

impl KeepAlive for HybridHistogram {
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        self.check().map_err(|error| error.under(Self::NAME))
    }

    fn start(&mut self, applications: usize, _key: StreamKey) {
        let record = Record {
            times: IdleTimes::default(),
            windows: self.standard(),
            stage: Stage::New,
            idle_since: Time::ZERO,
            peak: 0,
            least: 0,
        };
        self.records = vec![record; applications];
    }

    fn window(&mut self, instance: &InstanceView) -> Span {
        let Windows { pre_warm, keep } = self.records[instance.application.index()].windows;
        // Where instances are to go with the application, the plan keeps them until it is idle.
        if pre_warm == Span::ZERO { keep } else { Span::ZERO }
    }

    fn follows_requests(&self) -> bool {
        true
    }

    fn arrived(&mut self, now: Time, application: ApplicationId, needed: u32) -> Option<Plan> {
        let stage = self.records[application.index()].stage;
        if !matches!(stage, Stage::New | Stage::Busy) {
            let (bin, bins) = (self.bin, self.bins());
            let record = &mut self.records[application.index()];
            record.times.add(now.since(record.idle_since), bin, bins);
            let windows = self.windows(&self.records[application.index()].times);
            self.records[application.index()].windows = windows;
        }
        let record = &mut self.records[application.index()];
        if stage != Stage::Busy {
            record.peak = 0;
            record.stage = Stage::Busy;
        }
        record.peak = record.peak.max(needed);
        let goes = record.windows.pre_warm > Span::ZERO;
        let least = if goes { record.least.max(record.peak) } else { record.least };
        let changed = least > record.least || matches!(stage, Stage::Unloaded | Stage::Loaded);
        record.least = least;
        changed.then_some(Plan { least, next: None })
    }

    fn idle(&mut self, now: Time, application: ApplicationId) -> Option<Plan> {
        let record = &mut self.records[application.index()];
        record.idle_since = now;
        let before = std::mem::take(&mut record.least);
        if record.windows.pre_warm == Span::ZERO {
            record.stage = Stage::Idle;
            return (before > 0).then(Plan::default);
        }
        record.stage = Stage::Unloaded;
        Some(Plan { least: 0, next: Some(now + record.windows.pre_warm) })
    }

    fn due(&mut self, now: Time, application: ApplicationId, _needed: u32) -> Plan {
        let record = &mut self.records[application.index()];
        if record.stage == Stage::Unloaded {
            record.stage = Stage::Loaded;
            record.least = record.peak;
            // Without margins there may be no window at all; it then ends after the next instant.
            let keep = record.windows.keep.max(Span::from_nanos(1));
            return Plan { least: record.least, next: Some(now + keep) };
        }
        record.stage = Stage::Idle;
        record.least = 0;
        Plan::default()
    }
}

#[cfg(test)]
mod tests;
