//! Loading a scenario: from a file and `--set` arguments to a specification.

use std::path::{Path, PathBuf};

use super::compile::compile;
use super::schema::{Platform, Scenario};
use super::{Choices, Node, Problems, Sources, read_all, set};
use crate::kernel::Seed;
use crate::world::Specification;

/// Where a scenario file holds a choice: a name, or a table of a name and its parameters, which a
/// `--set` of another name replaces as a whole.
pub const CHOICES: Choices<'static> = Choices(&[
    "client.*.arrivals",
    "client.*.think_time",
    "client.*.latency",
    "service.*.demand",
    "service.*.demand.*",
    "service.*.cold_demand",
    "service.*.cold_demand.*",
    "service.*.family.popularity",
    "service.*.calls.*.latency",
    "service.*.calls.*.parallel.*.latency",
    "platform.*.discipline",
    "platform.*.balance",
    "platform.*.cold_start",
    "platform.*.keep_alive",
    "platform.*.eviction",
    "platform.*.placement",
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
    let text = std::fs::read_to_string(path)
        .map_err(|error| LoadError::Unreadable { path: path.to_owned(), error })?;
    let base = path.parent().unwrap_or(Path::new(""));
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    load_text(&path.to_string_lossy(), &text, base, &stem, sets)
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
    let mut sources = Sources::new(name, text);
    let mut problems = Problems::default();
    match specification(&mut sources, base, stem, sets, &mut problems) {
        Some((specification, seed)) if problems.errors() == 0 => {
            Ok(Loaded { specification, seed, problems, sources })
        }
        _ => Err(LoadError::Invalid { problems, sources }),
    }
}

fn specification(
    sources: &mut Sources,
    base: &Path,
    stem: &str,
    sets: &[String],
    problems: &mut Problems,
) -> Option<(Specification, Seed)> {
    let mut root = Node::parse(sources.file(), problems)?;
    for argument in sets {
        set(&mut root, argument, &CHOICES, sources, problems);
    }
    let mut tagged = root.clone();
    let platforms = tagged.entries_mut().iter_mut().find(|(key, _)| key.name == "platform");
    if let Some((_, platforms)) = platforms {
        for (_, platform) in platforms.entries_mut() {
            if let Err(problem) = platform.externally_tag("kind", Platform::KINDS) {
                problems.push(problem);
            }
        }
    }
    let scenario: Scenario = read_all(&tagged, problems)?;
    let specification = compile(&scenario, &root, base, stem, problems)?;
    Some((specification, Seed::new(scenario.seed)))
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
