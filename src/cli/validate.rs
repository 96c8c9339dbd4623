//! `validate`: whether files are scenarios.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use super::output::{Terminal, many, print, tell};
use crate::experiment::Plan;
use crate::report::printable;
use crate::scenario::{Draft, LoadError, Loaded};

/// The arguments of `validate`.
#[derive(Debug, Args)]
pub(super) struct ValidateArguments {
    /// The scenario files (TOML)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(super) fn validate(arguments: &ValidateArguments, terminal: &Terminal) -> Result<(), Failure> {
    let mut wrong = false;
    for file in &arguments.files {
        match checked(file) {
            Ok((loaded, points)) => {
                let problems = &loaded.problems;
                tell(&problems.render(&loaded.sources, terminal.message_colour));
                let file = file.display();
                print(|out| writeln!(out, "ok {file}: {}{points}", contents(&loaded)))?;
            }
            Err(error) => {
                wrong = true;
                tell(&error.render(terminal.message_colour));
            }
        }
    }
    if wrong { Err(Failure::Tell(String::new())) } else { Ok(()) }
}

/// The scenario in `file`, and how many points its sweep has, each of which is right.
fn checked(file: &Path) -> Result<(Loaded, String), LoadError> {
    let draft = Draft::read(file, &[])?;
    let sweeps = draft.root().get("sweep").is_some();
    let loaded = draft.clone().load()?;
    if !sweeps {
        return Ok((loaded, String::new()));
    }
    let plan = Plan::new(draft, None)?;
    plan.check()?;
    Ok((loaded, format!(", {}", many(plan.points(), "point"))))
}

/// The name of a scenario and what it holds.
fn contents(loaded: &Loaded) -> String {
    let specification = &loaded.specification;
    let clients = many(specification.clients.len() as u64, "client");
    let families = specification.families.iter();
    let (services, workflows): (Vec<_>, Vec<_>) = families
        .filter(|family| family.version_of.is_none())
        .partition(|family| family.jobs.is_empty());
    let services = many(services.len() as u64, "service");
    let workflows = match workflows.len() as u64 {
        0 => String::new(),
        number => format!(", {}", many(number, "workflow")),
    };
    let platforms = many(specification.platforms.len() as u64, "platform");
    format!("{}, {clients}, {services}{workflows}, {platforms}", printable(&specification.name))
}
