//! Recorded workloads, one file a format.
//!
//! [`TraceForm::open`] reads a trace once from end to end, so that everything that could be wrong
//! with it is told before a run, with file and line; what is odd but can be lived with is counted
//! in [`Loaded::warnings`]. A run then streams the file again, or, where the trace holds counts,
//! makes its arrivals from those, held packed. Memory is bounded by the names and periods of the
//! trace, never by its requests. Files may be gzip, known by their content.
//!
//! A new format is one file, one variant of [`TraceFormat`] and one line in [`TRACES`].

mod azure_2019;
mod azure_2021;
mod error;
mod number;
mod openb;
mod period;
mod rate;
mod recorded;
mod requests;
mod spread;
mod table;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

pub use azure_2019::DurationTable;
pub use error::TraceError;
pub use openb::{TracedNode, TracedPod, read_nodes};

use super::ArrivalProcess;
use crate::kernel::Time;
use crate::quantity::Bytes;

/// What there is to know of a trace format: an entry of [`TRACES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceEntry {
    /// Its name in a scenario file.
    pub name: &'static str,
    /// What it holds, in one sentence.
    pub summary: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// Its columns: name and meaning.
    pub columns: &'static [(&'static str, &'static str)],
}

/// The trace formats, in the order in which a reader should meet them.
pub static TRACES: &[TraceEntry] =
    &[requests::ENTRY, azure_2019::ENTRY, azure_2021::ENTRY, rate::ENTRY, openb::ENTRY];

/// The formats of traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum TraceFormat {
    /// One row a request: when, to which service, how much work.
    #[serde(rename = "requests")]
    Requests,
    /// Azure Functions 2019: invocations a minute of each function.
    #[serde(rename = "azure-2019")]
    Azure2019,
    /// Azure Functions 2021: one row an invocation, by its end.
    #[serde(rename = "azure-2021")]
    Azure2021,
    /// Requests a period.
    #[serde(rename = "rate")]
    Rate,
    /// Alibaba's GPU cluster of 2023: one row a pod.
    #[serde(rename = "openb")]
    Openb,
}

impl TraceFormat {
    /// Whether its rows make a family of a service, rather than name services or none.
    pub const fn makes_members(self) -> bool {
        matches!(self, Self::Azure2019 | Self::Azure2021 | Self::Openb)
    }

    /// The name of the format in a scenario file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requests => requests::ENTRY.name,
            Self::Azure2019 => azure_2019::ENTRY.name,
            Self::Azure2021 => azure_2021::ENTRY.name,
            Self::Rate => rate::ENTRY.name,
            Self::Openb => openb::ENTRY.name,
        }
    }
}

/// Which trace to replay, as a scenario file writes it.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TraceForm {
    /// The format of the files.
    pub format: TraceFormat,
    /// The file of a format that has one; relative to the scenario file.
    pub path: Option<String>,
    /// `rate`: the period that is time 0, as the file writes periods; the earliest, if it is left out.
    pub from: Option<String>,
    /// `rate`: the period that the trace ends before.
    pub until: Option<String>,
    /// `azure-2019`: the file of invocations a minute of each function.
    pub invocations: Option<String>,
    /// `azure-2019`: the file of the durations of each function. Without it, requests have the
    /// demand of the service.
    pub durations: Option<String>,
    /// `azure-2019`: the file of the memory of each application. Without it, applications have the
    /// memory of the service.
    pub memory: Option<String>,
    /// `openb`: the list of pods.
    pub pods: Option<String>,
    /// `openb`: the list of the nodes whose GPUs `load` means.
    pub nodes: Option<String>,
    /// `openb`: the pods come in an order at random and stay for ever; they end, or more are drawn from
    /// the list, where they ask for so many times the GPUs of `nodes`. Without it they have their own times.
    pub load: Option<f64>,
}

/// A trace that has been checked, ready to be replayed.
#[derive(Debug)]
pub struct Loaded {
    /// What requests go to; [`Arrival::target`](super::Arrival::target) counts these. The services
    /// of `requests` in order of first appearance, the functions of `azure-2019` in order of their
    /// rows (`HashFunction`, for reports; not always distinct) and of `azure-2021` in order of
    /// first appearance (`APP/FUNC`). Empty for `rate`.
    pub names: Vec<String>,
    /// The application of each name, where the trace has applications.
    pub applications: Option<Vec<u32>>,
    /// The names of the applications.
    pub application_names: Vec<String>,
    /// The durations of each name, where the trace tells them apart from its requests.
    pub demands: Option<DurationTable>,
    /// The memory of each application, where the trace tells it.
    pub memory: Option<Vec<Option<Bytes>>>,
    /// By name: what its pods ask for, and how many there are in the trace; empty if it is not of pods.
    pub pods: Vec<(TracedPod, u64)>,
    /// The arrivals.
    pub process: Box<dyn ArrivalProcess>,
    /// How many requests there are; where they are drawn, how many there are to draw from.
    pub requests: u64,
    /// No request arrives after this time.
    pub last: Time,
    /// What was odd and was lived with: sentences with counts, without a full stop.
    pub warnings: Vec<String>,
}

impl TraceForm {
    /// Checks the whole trace; its paths are relative to `base`.
    ///
    /// # Errors
    /// If a path is missing or is not one of the format's, or if a file cannot be read or is not
    /// in the format.
    pub fn open(&self, base: &Path) -> Result<Loaded, TraceError> {
        self.check_keys()?;
        let at = |path: &Option<String>| path.as_ref().map(|path| base.join(path));
        let (path, invocations) = (at(&self.path), at(&self.invocations));
        match self.format {
            TraceFormat::Requests => requests::open(&self.needed("path", path)?),
            TraceFormat::Azure2021 => azure_2021::open(&self.needed("path", path)?),
            TraceFormat::Rate => {
                let part = [("from", &self.from), ("until", &self.until)];
                rate::open(&self.needed("path", path)?, part)
            }
            TraceFormat::Azure2019 => azure_2019::open(
                &self.needed("invocations", invocations)?,
                at(&self.durations).as_deref(),
                at(&self.memory).as_deref(),
            ),
            TraceFormat::Openb => {
                let pods = self.needed("pods", at(&self.pods))?;
                let nodes = at(&self.nodes);
                openb::open(&pods, self.tuned(nodes.as_deref())?)
            }
        }
    }

    /// The list of nodes and how many times their GPUs pods shall ask for, if they shall.
    fn tuned<'a>(&self, nodes: Option<&'a Path>) -> Result<Option<(&'a Path, f64)>, TraceError> {
        if let Some(load) = self.load.filter(|load| !(load.is_finite() && *load > 0.0)) {
            let message = format!("{load} is no load: write a number above 0, as in 1.3");
            return Err(TraceError::form("load", message));
        }
        match (nodes, self.load) {
            (None, None) => Ok(None),
            (Some(nodes), Some(load)) => Ok(Some((nodes, load))),
            (None, Some(_)) => {
                let message = "a load is of the GPUs of nodes: write nodes = \"…\"";
                Err(TraceError::form("load", message))
            }
            (Some(_), None) => {
                let message = "nodes are there for a load: write load = 1.3, or leave them out";
                Err(TraceError::form("nodes", message))
            }
        }
    }

    fn needed(&self, key: &'static str, path: Option<PathBuf>) -> Result<PathBuf, TraceError> {
        path.ok_or_else(|| {
            let format = self.format.name();
            let message =
                format!("a trace of format \"{format}\" needs a file: write {key} = \"…\"");
            TraceError::form(key, message)
        })
    }

    /// Finds a key that the format does not have.
    fn check_keys(&self) -> Result<(), TraceError> {
        let has: &[&str] = match self.format {
            TraceFormat::Azure2019 => &["invocations", "durations", "memory"],
            TraceFormat::Openb => &["pods", "nodes", "load"],
            TraceFormat::Rate => &["path", "from", "until"],
            _ => &["path"],
        };
        let keys = [
            ("path", self.path.is_some()),
            ("from", self.from.is_some()),
            ("until", self.until.is_some()),
            ("invocations", self.invocations.is_some()),
            ("durations", self.durations.is_some()),
            ("memory", self.memory.is_some()),
            ("pods", self.pods.is_some()),
            ("nodes", self.nodes.is_some()),
            ("load", self.load.is_some()),
        ];
        match keys.iter().find(|(key, given)| *given && !has.contains(key)) {
            None => Ok(()),
            Some((key, _)) => {
                let has = match has {
                    [one] => (*one).to_owned(),
                    [first @ .., last] => format!("{} and {last}", first.join(", ")),
                    [] => String::new(),
                };
                let format = self.format.name();
                let message =
                    format!("a trace of format \"{format}\" has no key `{key}`; it has {has}");
                Err(TraceError::form(key, message))
            }
        }
    }
}

/// The sentences of what was odd.
#[derive(Debug, Default)]
struct Warnings(Vec<String>);

impl Warnings {
    /// Adds "`count` `many`" (or "1 `one`"), unless there are none.
    fn add(&mut self, count: u64, one: &str, many: &str) {
        match count {
            0 => {}
            1 => self.0.push(format!("1 {one}")),
            _ => self.0.push(format!("{count} {many}")),
        }
    }
}

/// Requests a second up to `last`; `None` if no time passes.
fn mean_rate(requests: u64, last: Time) -> Option<f64> {
    (last > Time::ZERO).then(|| requests as f64 / last.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_formats() {
        use TraceFormat::{Azure2019, Azure2021, Openb, Rate, Requests};
        let formats = [Requests, Azure2019, Azure2021, Rate, Openb];
        for (format, entry) in formats.into_iter().zip(TRACES) {
            assert_eq!(format.name(), entry.name);
            let quoted = format!("\"{}\"", entry.name);
            assert_eq!(serde_json::from_str::<TraceFormat>(&quoted).unwrap(), format);
            assert!(!entry.summary.is_empty() && !entry.columns.is_empty());
        }
    }
}
