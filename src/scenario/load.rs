//! Loading a scenario: from a file and `--set` arguments to a specification.

use std::path::{Path, PathBuf};

use super::{Choices, Draft, Problems, Sources};
use crate::kernel::Seed;
use crate::world::Specification;

/// Where a scenario file holds a choice: a name, or a table of a name and its parameters, which a
/// `--set` of another name replaces as a whole.
pub const CHOICES: Choices<'static> = Choices(&[
    "client.*.arrivals",
    "client.*.think_time",
    "client.*.latency",
    "client.*.delivery",
    "client.*.delivery.*.pollers",
    "service.*.demand",
    "service.*.demand.*",
    "service.*.cold_demand",
    "service.*.cold_demand.*",
    "service.*.init",
    "application.*.init",
    "service.*.family.popularity",
    "service.*.calls.*.latency",
    "service.*.calls.*.parallel.*.latency",
    "workflow.*.jobs.*.latency",
    "service.*.pod.balance",
    "service.*.pod.exposure",
    "service.*.pod.rollout",
    "service.*.pod.start",
    "service.*.autoscaling.autoscaler",
    "release.*.strategy",
    "release.*.strategy.in-place.install",
    "release.*.pipeline.build",
    "release.*.pipeline.test",
    "release.*.pipeline.publish",
    "release.*.gate.approval",
    "release.*.version.demand",
    "release.*.version.demand.*",
    "release.*.version.cold_demand",
    "release.*.version.cold_demand.*",
    "release.*.version.init",
    "release.*.version.pod.balance",
    "release.*.version.pod.exposure",
    "release.*.version.pod.rollout",
    "release.*.version.pod.start",
    "release.*.version.autoscaling.autoscaler",
    "release.*.version.calls.*.latency",
    "release.*.version.calls.*.parallel.*.latency",
    "platform.*.discipline",
    "platform.*.balance",
    "platform.*.exposure",
    "platform.*.cold_start",
    "platform.*.cold_start.phases.placement",
    "platform.*.cold_start.phases.sandbox",
    "platform.*.cold_start.phases.code.zip.first_byte",
    "platform.*.cold_start.phases.code.image.*.latency",
    "platform.*.cold_start.phases.runtime.*.own",
    "platform.*.cold_start.phases.runtime.*.total",
    "platform.*.cold_start.phases.runtime.*.image_total",
    "platform.*.cold_start.phases.restore",
    "platform.*.create",
    "platform.*.init",
    "platform.*.resume",
    "platform.*.max_lifetime",
    "platform.*.cores",
    "platform.*.keep_alive",
    "platform.*.keep_alive.sampled.lifetime",
    "platform.*.price",
    "platform.*.eviction",
    "platform.*.placement",
    "platform.*.scaling",
    "platform.*.rollout",
    "platform.*.scheduler",
    "platform.*.autoscaler",
    "platform.*.autoscaling",
    "platform.*.node_autoscaling",
    "platform.*.serverless.boot",
    "platform.*.nodes.*.boot",
    "platform.*.boot",
    "platform.*.spawn",
    "platform.*.capacity",
    "fault.*.between",
    "fault.*.lasts",
]);

/// A scenario that is right.
#[derive(Debug)]
pub struct Loaded {
    /// What runs.
    pub specification: Specification,
    /// The seed that the file gives.
    pub seed: Seed,
    /// Warnings; no errors.
    pub problems: Problems,
    /// The texts that the warnings are about.
    pub sources: Sources,
}

/// Why there is no scenario.
#[derive(Debug)]
pub enum LoadError {
    /// The file cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// What is in it is wrong.
    Invalid {
        /// All that is wrong, warnings included.
        problems: Problems,
        /// The texts in which it is.
        sources: Sources,
    },
}

/// Loads the scenario in the file `path`, changed by `sets` (each `PATH=VALUE`).
///
/// # Errors
/// If the file cannot be read, or for all that is wrong with what is in it, at once.
pub fn load(path: &Path, sets: &[String]) -> Result<Loaded, LoadError> {
    Draft::read(path, sets)?.load()
}

/// Loads the scenario in `text`; `name` stands for it in errors, paths in it are relative to
/// `base`, and it is called `stem` if it has no name of its own.
///
/// ```
/// use cloudsched::scenario::load_text;
/// use std::path::Path;
/// let text = r#"
///     horizon = "1h"
///     [client.users]
///     service = "web"
///     arrivals.poisson = { rate = "5/s" }
///     [service.web]
///     platform = "pool"
///     demand.exponential = { mean = "100ms" }
///     [platform.pool]
///     kind = "servers"
///     servers = 1
/// "#;
/// let loaded = load_text("mm1.toml", text, Path::new("."), "mm1", &[]).unwrap();
/// let outcome = cloudsched::world::run(&loaded.specification, loaded.seed, None, None);
/// assert!(outcome.total().completed > 17_000);
/// ```
///
/// # Errors
/// For all that is wrong with the text, at once.
pub fn load_text(
    name: &str,
    text: &str,
    base: &Path,
    stem: &str,
    sets: &[String],
) -> Result<Loaded, LoadError> {
    Draft::parse(name, text, base, stem, sets)?.load()
}

impl LoadError {
    /// The error as a user reads it, ending with a line break.
    pub fn render(&self, colour: bool) -> String {
        match self {
            Self::Unreadable { path, error } => {
                format!("error: cannot read {}: {error}\n", path.display())
            }
            Self::Invalid { problems, sources } => problems.render(sources, colour),
        }
    }
}
