//! `validate`: whether files are scenarios.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::output::{Terminal, print, tell};
use crate::report::printable;
use crate::scenario::{Loaded, load};

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
        match load(file, &[]) {
            Ok(loaded) => {
                let problems = &loaded.problems;
                tell(&problems.render(&loaded.sources, terminal.message_colour));
                let file = file.display();
                print(|out| writeln!(out, "ok {file}: {}", contents(&loaded)))?;
            }
            Err(error) => {
                wrong = true;
                tell(&error.render(terminal.message_colour));
            }
        }
    }
    if wrong { Err(Failure::Tell(String::new())) } else { Ok(()) }
}

/// The name of a scenario and what it holds.
fn contents(loaded: &Loaded) -> String {
    let specification = &loaded.specification;
    let many = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    let clients = many(specification.clients.len(), "client");
    let services = many(specification.families.len(), "service");
    let platforms = many(specification.platforms.len(), "platform");
    format!("{}, {clients}, {services}, {platforms}", printable(&specification.name))
}
