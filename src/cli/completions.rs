//! `completions`: the script that teaches a shell the command line.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::output::print;
use super::{Arguments, Failure};

const EXAMPLES: &str = "\
Examples:
  source <(cloudsched completions bash)
  cloudsched completions fish > ~/.config/fish/completions/cloudsched.fish";

/// The arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

pub(super) fn completions(arguments: &CompletionsArguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "cloudsched", &mut script);
    Ok(print(|out| out.write_all(&script))?)
}
