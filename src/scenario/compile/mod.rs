//! From a file to a specification: what the parts of a scenario mean together, and all that is
//! wrong with that.

mod accounts;
mod applications;
mod autoscaling;
mod call_graph;
mod circles;
mod clients;
mod cold_start;
mod cores;
mod deliveries;
mod dns;
mod exchange;
mod faas;
mod faults;
mod fitting;
mod fn_project;
mod health;
mod host_faults;
mod layers;
mod lists;
mod node_groups;
mod openwhisk;
mod orchestrator;
mod picloud;
mod places;
mod platforms;
mod pod_demand;
mod pods;
mod prices;
mod quorum;
mod releases;
mod replicas;
mod room;
mod routes;
mod server_faults;
mod serverless;
mod servers;
mod services;
mod strategies;
mod targets;
mod traced;
mod unused;
mod wear;
mod workflows;

use std::collections::BTreeMap;
use std::path::Path;

use super::schema::Scenario;
use super::{Node, Problem, Problems, Severity, Value, dotted};
use crate::kernel::{Span, Time};
use crate::model::ServiceId;
use crate::quantity::suggest::did_you_mean;
use crate::variate::{Distribution, ParameterError, Variate};
use crate::workload::trace::Loaded;
use crate::world::{OutputSpec, Specification};
use routes::RouteDraft;
use targets::FamilyRange;

/// The most samples of a run whose end is known; a guess at what nobody wants more of: with one platform about a gigabyte.
const MOST_SAMPLES: u64 = 10_000_000;
/// The shortest time between samples of a run that may be long; a guess.
const LEAST_OF_ENDLESS: Span = Span::from_millis(1);

/// What everything that is compiled needs to know, and where it says what is wrong.
struct Compiler<'a> {
    scenario: &'a Scenario,
    /// The tree of the file, for the places of errors.
    root: &'a Node,
    /// The folder that paths in the file are relative to.
    base: &'a Path,
    problems: &'a mut Problems,
    /// By client: the trace that it replays.
    traces: BTreeMap<&'a str, Loaded>,
    /// By service: the range of its members.
    families: BTreeMap<&'a str, FamilyRange>,
    /// By service that is a version of another: that one; and so by application.
    versions: BTreeMap<&'a str, &'a str>,
    /// By service that requests from outside come to by way of another: that way.
    routes: BTreeMap<ServiceId, RouteDraft<'a>>,
}

/// Compiles a scenario; `None` if anything is wrong, which `problems` then tells.
pub(super) fn compile(
    scenario: &Scenario,
    root: &Node,
    base: &Path,
    file_stem: &str,
    problems: &mut Problems,
) -> Option<Specification> {
    let mut compiler = Compiler {
        scenario,
        root,
        base,
        problems,
        traces: BTreeMap::new(),
        families: BTreeMap::new(),
        versions: BTreeMap::new(),
        routes: BTreeMap::new(),
    };
    compiler.note_versions();
    compiler.open_traces();
    compiler.number_services();
    compiler.number_routes();
    compiler.check_stopping();
    compiler.check_faults();
    let applications = compiler.applications();
    let mut families = compiler.services(&applications);
    families.extend(compiler.workflows());
    families.extend(compiler.routes(&families, &applications));
    let platforms = compiler.platforms(applications);
    let releases = compiler.releases();
    let clients = compiler.clients();
    compiler.rename_versions();
    if compiler.problems.errors() > 0 {
        return None;
    }
    Some(Specification {
        name: scenario.name.clone().unwrap_or_else(|| file_stem.to_owned()),
        horizon: scenario.horizon.map(|horizon| Time::ZERO + horizon),
        warm_up: Time::ZERO + scenario.warm_up,
        requests: scenario.requests,
        clients,
        families,
        platforms,
        releases,
        output: OutputSpec {
            members: scenario.output.members,
            series: scenario.output.series.map(|series| series.every),
            requests: scenario.output.requests,
            instances: scenario.output.instances,
            levels: false,
            slow: scenario.output.slow,
        },
    })
}

impl Compiler<'_> {
    fn error(&mut self, path: &[&str], message: impl Into<String>) {
        self.problems.error_at(self.root, &dotted(path), message, None);
    }

    fn error_with(&mut self, path: &[&str], message: impl Into<String>, help: impl Into<String>) {
        self.problems.error_at(self.root, &dotted(path), message, Some(help.into()));
    }

    fn warning(&mut self, path: &[&str], message: impl Into<String>, help: impl Into<String>) {
        self.problems.warning_at(self.root, &dotted(path), message, Some(help.into()));
    }

    /// An error for a name that is not known, unless its table is in the file and an error in that
    /// table was told before.
    fn unknown(&mut self, path: &[&str], table: &str, name: &str, known: &[&str]) {
        if self.root.at(&[table, name]).is_some() {
            return;
        }
        let span = self.root.at(path).map_or(self.root.span.clone(), |node| node.span.clone());
        let problem = Problem::unknown(span, table, name, known);
        self.problems.push(problem);
    }

    /// That series.csv does not fill a disk.
    fn check_series(&mut self, every: Option<Span>, horizon: Option<Span>) {
        let path = ["output", "series", "every"];
        self.positive(&path, every);
        let Some(every) = every.filter(|every| *every > Span::ZERO) else { return };
        match horizon {
            Some(horizon) => {
                let samples = horizon.as_nanos() / every.as_nanos();
                let least = Span::from_nanos(horizon.as_nanos().div_ceil(MOST_SAMPLES));
                self.expect(
                    samples <= MOST_SAMPLES,
                    &path,
                    &format!("{samples} samples are more than {MOST_SAMPLES}, so many that they fill a disk"),
                    &format!("write at least \"{least}\""),
                );
            }
            None => self.expect(
                every >= LEAST_OF_ENDLESS,
                &path,
                &format!("samples every {every} fill a disk if the run is long"),
                &format!("write at least \"{LEAST_OF_ENDLESS}\", or a `horizon`"),
            ),
        }
    }

    /// Whether a table of the file has no such key, nor one that was told to be a slip of it.
    fn lacks(&self, table: &[&str], key: &str) -> bool {
        self.root.at(table).is_none_or(|node| node.get(key).is_none())
            && !self.misspells(table, key)
    }

    /// Whether a list of a table has nothing in it.
    fn is_empty(&self, table: &[&str], key: &str) -> bool {
        let list = self.root.at(table).and_then(|node| node.get(key));
        list.is_some_and(|list| matches!(&list.value, Value::List(all) if all.is_empty()))
    }

    /// Whether a key of a table was told to be unknown, and was meant to be this one.
    fn misspells(&self, table: &[&str], key: &str) -> bool {
        self.root.at(table).map_or(&[][..], Node::entries).iter().any(|(entry, _)| {
            entry.name != key
                && did_you_mean(&entry.name, &[key]).is_some()
                && self.problems.iter().any(|problem| problem.span == entry.span)
        })
    }

    /// An error if `condition` does not hold.
    fn expect(&mut self, condition: bool, path: &[&str], message: &str, help: &str) {
        if !condition {
            self.error_with(path, message, help);
        }
    }

    fn variate(&mut self, path: &[&str], distribution: &Distribution) -> Option<Variate> {
        match distribution.compile(self.base) {
            Ok(variate) => Some(variate),
            Err(error) => {
                self.parameter_error(path, &error);
                None
            }
        }
    }

    /// An error of a parameter, unless it follows from one that was told of what stands in it.
    fn parameter_error(&mut self, path: &[&str], error: &ParameterError) {
        let path: Vec<&str> =
            path.iter().copied().chain(error.key.iter().map(String::as_str)).collect();
        let follows = self.root.at(&path).is_some_and(|node| {
            self.problems.iter().any(|Problem { span, severity, .. }| {
                let is_in = node.span.start < span.start && span.end < node.span.end;
                is_in && *severity == Severity::Error
            })
        });
        if follows {
            return;
        }
        self.error(&path, error.message.clone());
    }

    /// A span that must take some time.
    fn positive(&mut self, path: &[&str], span: Option<Span>) {
        if span == Some(Span::ZERO) {
            self.error_with(
                path,
                format!("`{}` must be longer than no time", path.last().unwrap_or(&"")),
                "write a time with its unit, as in \"2s\"",
            );
        }
    }

    /// Checks that the run ends, and that something is measured.
    fn check_stopping(&mut self) {
        let scenario = self.scenario;
        self.positive(&["horizon"], scenario.horizon);
        if let Some(horizon) = scenario.horizon
            && horizon > Span::ZERO
            && scenario.warm_up >= horizon
        {
            self.error_with(
                &["warm_up"],
                format!("the warm-up of {} leaves nothing of the horizon", scenario.warm_up),
                format!("write less than the horizon of {horizon}"),
            );
        }
        self.expect(
            scenario.requests != Some(0),
            &["requests"],
            "a run of no requests has no figures",
            "write how many requests have to end, as in 1000000",
        );
        self.check_series(scenario.output.series.map(|series| series.every), scenario.horizon);
        self.positive(&["output", "slow"], scenario.output.slow);
        let endless = scenario.client.iter().find(|(name, client)| {
            !self.traces.contains_key(name.as_str()) && !client.ends_by_itself()
        });
        if let (None, None, Some((name, _))) = (scenario.horizon, scenario.requests, endless)
            && self.lacks(&[], "horizon")
            && self.lacks(&[], "requests")
        {
            self.error_with(
                &[],
                format!("the run would never end: client `{name}` sends requests for ever"),
                "add `horizon = \"1h\"` or `requests = 1000000` at the top of the file",
            );
        }
        if scenario.client.is_empty() && self.lacks(&[], "client") {
            self.error_with(
                &[],
                "nothing would happen: there is no client",
                "add a table `[client.NAME]` with `service` and `arrivals`",
            );
        }
    }
}
